/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho-spool: the durable queue. Start, rules, channels to the other
 * processes, and the round: what was begun is synced once for all, then those
 * who wait are told, then new work is begun. The parts are listed in
 * spool_internal.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../proc/sealed.h"
#include "limits.h"
#include "spool_internal.h"

#define WATCHES_MAX	512
#define TIMERS_MAX	64
#define IMAGE_BYTES_MAX	(64u * 1024 * 1024)
/* The sanitizer works beside the rest: so many mails per processor. */
#define SANITIZERS_PER_CPU	2

/* Of spool_notify.c's cookies. */
#define COOKIE_JOB	(UINT64_C(1) << 63)

static struct spool_daemon the_daemon;

void
daemon_gauges(const struct spool_daemon *daemon)
{
	counter_set(COUNTER_QUEUED, daemon->queued);
	counter_set(COUNTER_DEFERRED, daemon->deferred);
	counter_set(COUNTER_HELD, daemon->held);
}

struct span
address_domain(struct span address)
{
	for (size_t i = address.len; i > 0; i--)
		if (address.ptr[i - 1] == '@')
			return span_sub(address, i, address.len);
	return NO_SPAN;
}

static void
timer_set(struct spool_daemon *daemon, struct loop_timer *timer, uint64_t in)
{
	/* TIMERS_MAX is more than there are */
	require(loop_timer_set(daemon->loop, timer,
	    clock_monotonic_ms() + in) == OK);
}

static void
nothing(struct loop_timer *timer)
{
	(void)timer;
}

void
daemon_again(struct spool_daemon *daemon)
{
	timer_set(daemon, &daemon->again, 0);
}

/* ---- rounds ---- */

static void
commit_done(void *arg, uint64_t id, uint64_t cookie, enum err err,
    const struct diag *diag)
{
	struct spool_daemon *daemon = arg;
	struct job *job;

	(void)id;
	if ((cookie & COOKIE_JOB) == 0) {
		draft_done(daemon, (uint32_t)cookie, err, diag);
		return;
	}
	job = &daemon->jobs[(uint32_t)cookie];
	require(job->state == JOB_NOTIFY && (job->serial & INT32_MAX) ==
	    (cookie >> 32 & INT32_MAX));
	notify_done(daemon, job, err, diag);
}

void
daemon_sync(struct spool_daemon *daemon)
{
	struct diag diag;

	daemon->record_due = false;
	loop_timer_cancel(daemon->loop, &daemon->record);
	if (spool_store_sync(daemon->store, commit_done, daemon, &diag) != OK)
		log_alarm("sync: %s", diag.what);
	daemon_gauges(daemon);
}

static void
record_fire(struct loop_timer *timer)
{
	(void)timer;
	the_daemon.record_due = true;
}

/*
 * A commit waits for its answer, so it is synced now, and all records with
 * it. Records alone wait a moment for company.
 */
static void
round_ends(void *arg)
{
	struct spool_daemon *daemon = arg;

	if (spool_store_commits(daemon->store) > 0 || daemon->record_due)
		daemon_sync(daemon);
	schedule_round(daemon);
	if (spool_store_commits(daemon->store) > 0)
		daemon_again(daemon);
	else if (spool_store_dirty(daemon->store) && daemon->record.slot == 0)
		timer_set(daemon, &daemon->record, SPOOL_RECORD_DELAY_MS);
	if (daemon->stopping && (flow_delivering(daemon) == 0 ||
	    clock_monotonic_ms() >= daemon->stop_ms) &&
	    spool_store_commits(daemon->store) == 0) {
		daemon_sync(daemon);
		loop_stop_drained(daemon->loop);
	}
}

static void
tick_fire(struct loop_timer *timer)
{
	timer_set(&the_daemon, timer, SPOOL_TICK_MS);
	schedule_tick(&the_daemon);
	flow_tick(&the_daemon);
}

/* ---- retention ---- */

static uint32_t
retain_days(void *arg, const char *route)
{
	const struct spool_daemon *daemon = arg;
	uint32_t i = daemon_route(daemon, route), most = 0;

	if (i != QUEUE_ROUTE_UNKNOWN)
		return daemon->routes[i].rules.retain_days;
	for (i = 0; i < daemon->routes_n; i++)
		if (daemon->routes[i].rules.retain_days > most)
			most = daemon->routes[i].rules.retain_days;
	return most;
}

static void
sweep_fire(struct loop_timer *timer)
{
	struct spool_daemon *daemon = &the_daemon;
	struct spool_retention retention = { .retain_days = retain_days,
	    .arg = daemon, .days_min = UINT32_MAX };
	uint64_t before = daemon->sweep.erased;
	struct diag diag;
	bool end = true;

	for (uint32_t i = 0; i < daemon->routes_n; i++) {
		uint32_t days = daemon->routes[i].rules.retain_days;

		if (days < retention.days_min)
			retention.days_min = days;
		if (days > retention.days_max)
			retention.days_max = days;
	}
	/* without routes nobody says how long */
	if (daemon->routes_n > 0 && spool_sweep_step(daemon->store,
	    &daemon->sweep, &retention, clock_wall_ms(), &end, &diag) != OK) {
		log_alarm("sweep of originals: %s", diag.what);
		spool_sweep_close(&daemon->sweep);
	}
	counter_add(COUNTER_ORIGINALS_ERASED, daemon->sweep.erased - before);
	if (end && (daemon->sweep.erased > 0 ||
	    daemon->sweep.reports_erased > 0))
		log_info("retention: %llu originals and %llu reports erased",
		    (unsigned long long)daemon->sweep.erased,
		    (unsigned long long)daemon->sweep.reports_erased);
	if (end)
		memset(&daemon->sweep, 0, sizeof(daemon->sweep));
	timer_set(daemon, timer, end ? SPOOL_SWEEP_MS : SPOOL_SWEEP_STEP_MS);
}

static void
census_fire(struct loop_timer *timer)
{
	timer_set(&the_daemon, timer, census_step(&the_daemon));
}

/* ---- rules ---- */

uint32_t
daemon_route(const struct spool_daemon *daemon, const char *name)
{
	for (uint32_t i = 0; i < daemon->routes_n; i++)
		if (strcmp(daemon->routes[i].name, name) == 0)
			return i;
	return QUEUE_ROUTE_UNKNOWN;
}

static enum err
routes_read(struct spool_daemon *daemon, const struct rules_image *image,
    struct diag *diag)
{
	uint32_t n = rules_routes(image);

	if (n > SPOOL_ROUTES_MAX || rules_segments(image) > SPOOL_SEGMENTS_MAX)
		return diag_set(diag, ERR_LIMIT, "too many routes");
	for (uint32_t i = 0; i < n; i++) {
		struct daemon_route *route = &daemon->routes[i];

		memset(route, 0, sizeof(*route));
		rules_route(image, i, &route->rules);
		if (route->rules.name.len == 0 ||
		    route->rules.name.len > SPOOL_ROUTE_BYTES_MAX ||
		    route->rules.hops > SPOOL_HOPS_MAX)
			return diag_set(diag, ERR_LIMIT, "route %u",
			    (unsigned)i);
		memcpy(route->name, route->rules.name.ptr,
		    route->rules.name.len);
	}
	daemon->routes_n = n;
	return OK;
}

void
daemon_ready(struct spool_daemon *daemon)
{
	const struct msg_empty empty = { 0 };

	if (daemon->image != NULL && daemon->audit_known && ipc_send(
	    daemon->supervisor.channel, MSG_READY, &empty, NO_SPAN, NULL, 0)
	    != OK)
		log_warn("the supervisor does not listen");
}

/*
 * Between two events: the new image takes the place of the old. The limits
 * are those of the compiler, so what does not fit was not made by it.
 */
static void
rules_new(struct spool_daemon *daemon, int fd, uint64_t generation)
{
	uint32_t hops[SPOOL_ROUTES_MAX];
	struct rules_image *image = NULL;
	struct span bytes = NO_SPAN;
	struct diag diag;

	if (sealed_map(fd, IMAGE_BYTES_MAX, &bytes, &diag) != OK ||
	    rules_image_open(bytes, &image, &diag) != OK ||
	    routes_read(daemon, image, &diag) != OK)
		die(4, "rules: %s", diag.what);
	for (uint32_t i = 0; i < daemon->routes_n; i++)
		hops[i] = daemon->routes[i].rules.hops;
	queue_routes(daemon->queue, hops, daemon->routes_n);
	flow_routes(daemon);
	draft_routes(daemon);
	rules_image_close(daemon->image);
	sealed_unmap(daemon->image_bytes);
	daemon->image = image;
	daemon->image_bytes = bytes;
	daemon->generation = generation;
	flow_kick(daemon);
	daemon_ready(daemon);
	daemon_again(daemon);
}

/* ---- channels ---- */

static void
peer_closed(void *arg, struct ipc_channel *channel)
{
	struct daemon_peer *peer = arg;

	ipc_close(channel);
	peer->channel = NULL;
	if (peer->role == ROLE_SUPERVISOR)
		die(4, "the supervisor is gone");
	if (peer->role == ROLE_AUDIT)
		audit_state(peer->daemon, false, SPAN("its process ended"));
	if (peer->role == ROLE_RECEIVE)
		draft_peer_gone(peer->daemon, peer);
	else
		flow_peer_gone(peer->daemon, peer);
}

static void peer_message(void *arg, struct ipc_channel *channel,
    struct ipc_message *message);

static void
peer_open(struct daemon_peer *peer, int fd)
{
	const struct ipc_handler handler = { .message = peer_message,
	    .closed = peer_closed, .arg = peer };

	if (peer->channel != NULL)
		peer_closed(peer, peer->channel);
	peer->channel = ipc_open(peer->daemon->loop, fd, ROLE_SPOOL,
	    peer->role, &handler);
	if (peer->channel == NULL)
		die(4, "channel: too many");
}

/* The supervisor brings a channel to another process. Takes fd. */
static void
peer_new(struct spool_daemon *daemon, int fd, const struct msg_peer *new)
{
	struct daemon_peer *peer = NULL;

	if (new->role == ROLE_SANITIZE)
		peer = &daemon->sanitize;
	else if (new->role == ROLE_VERIFY)
		peer = &daemon->verify;
	else if (new->role == ROLE_AUDIT)
		peer = &daemon->audit;
	else if (new->segment < SPOOL_SEGMENTS_MAX &&
	    new->role == ROLE_DELIVER)
		peer = &daemon->deliver[new->segment];
	else if (new->segment < SPOOL_SEGMENTS_MAX &&
	    new->role == ROLE_RECEIVE)
		peer = &daemon->receive[new->segment];
	if (peer == NULL)
		die(4, "a channel to role %u", (unsigned)new->role);
	peer_open(peer, fd);
	daemon_again(daemon);
}

static void
stop(struct spool_daemon *daemon)
{
	daemon->stopping = true;
	daemon->stop_ms = clock_monotonic_ms() + SPOOL_STOP_MS;
	daemon_again(daemon);
}

static void
supervisor_message(struct spool_daemon *daemon, struct ipc_message *message)
{
	const struct msg_rules *rules = message->fixed;
	int fd = message->fds[0];

	switch (message->kind) {
	case MSG_RULES:
		rules_new(daemon, fd, rules->generation);
		break;
	case MSG_PEER:
		message->fds[0] = -1;
		peer_new(daemon, fd, message->fixed);
		break;
	case MSG_STOP:
		stop(daemon);
		break;
	case MSG_CONTROL_PASS:
		message->fds[0] = -1;
		control_new(daemon, fd, message->fixed);
		break;
	default:
		die(4, "a message of kind %d", (int)message->kind);
	}
}

static void
peer_message(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	struct daemon_peer *peer = arg;
	struct spool_daemon *daemon = peer->daemon;

	(void)channel;
	switch (message->kind) {
	case MSG_DRAFT_NEW:
		draft_new(daemon, peer, message);
		break;
	case MSG_DRAFT_COMMIT:
		draft_commit(daemon, peer, message->fixed);
		break;
	case MSG_DRAFT_DROP:
		draft_drop(daemon, peer, message->fixed);
		break;
	case MSG_REJECTED:
		audit_rejected(daemon, message->fixed, message->tail);
		break;
	case MSG_SANITIZED:
		flow_sanitized(daemon, message);
		break;
	case MSG_VERIFIED:
		flow_verified(daemon, message);
		break;
	case MSG_DELIVERED:
		flow_delivered(daemon, peer, message);
		break;
	case MSG_AUDITED:
		audit_done(daemon, message->fixed);
		break;
	case MSG_AUDIT_STATE:
		audit_state(daemon, ((const struct msg_audit_state *)
		    message->fixed)->open == 1, message->tail);
		break;
	default:
		if (peer->role != ROLE_SUPERVISOR)
			die(4, "a message of kind %d", (int)message->kind);
		supervisor_message(daemon, message);
	}
}

/* ---- start ---- */

static void
held_found(void *arg, const struct spool_name *name)
{
	struct spool_daemon *daemon = arg;

	(void)name;
	daemon->held++;
}

/* How many are held; what does not belong there is set aside. */
static enum err
count_held(struct spool_daemon *daemon, struct diag *diag)
{
	struct spool_scan scan;
	bool end = false;
	enum err err;

	err = spool_scan_open(daemon->store, SPOOL_HELD, &scan, diag);
	while (err == OK && !end)
		err = spool_scan_next(daemon->store, &scan, UINT32_MAX,
		    held_found, daemon, &end, diag);
	spool_scan_close(&scan);
	return err;
}

static void
peers_init(struct spool_daemon *daemon)
{
	daemon->supervisor.role = ROLE_SUPERVISOR;
	daemon->sanitize.role = ROLE_SANITIZE;
	daemon->verify.role = ROLE_VERIFY;
	daemon->audit.role = ROLE_AUDIT;
	daemon->supervisor.daemon = daemon->sanitize.daemon =
	    daemon->verify.daemon = daemon->audit.daemon = daemon;
	for (uint32_t i = 0; i < SPOOL_SEGMENTS_MAX; i++) {
		daemon->deliver[i] = (struct daemon_peer){ daemon, NULL,
		    ROLE_DELIVER, i, 0 };
		daemon->receive[i] = (struct daemon_peer){ daemon, NULL,
		    ROLE_RECEIVE, i, 0 };
	}
}

static uint32_t
cpus(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) == -1)
		return 1;
	return (uint32_t)CPU_COUNT(&set);
}

static void
start(struct spool_daemon *daemon)
{
	uint64_t seed = 0;
	struct diag diag;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = clock_monotonic_ns();
	daemon->folder = openat(ROLE_FD_FOLDER, "spool", O_RDONLY |
	    O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (daemon->folder == -1)
		die(4, "open the spool folder: %s", strerror(errno));
	daemon->queue = queue_new(seed);
	if (daemon->queue == NULL || draft_start(daemon) != OK ||
	    flow_start(daemon) != OK || control_start(daemon) != OK)
		die(4, "memory for the queue");
	if (spool_store_open(&daemon->store, daemon->folder, &diag) != OK ||
	    count_held(daemon, &diag) != OK)
		die(4, "spool: %s", diag.what);
	queue_sanitizers(daemon->queue, cpus() * SANITIZERS_PER_CPU);
}

int
main(int argc, char **argv)
{
	struct spool_daemon *daemon = &the_daemon;
	struct role_start role;
	struct role_state state;
	struct diag diag;

	daemon->loop = loop_new(WATCHES_MAX, TIMERS_MAX);
	if (daemon->loop == NULL)
		die(4, "memory for the loop");
	role_start(ROLE_SPOOL, argc, argv, &role, &state);
	peers_init(daemon);
	start(daemon);
	daemon->tick.fire = tick_fire;
	daemon->again.fire = nothing;
	daemon->record.fire = record_fire;
	daemon->sweep_timer.fire = sweep_fire;
	timer_set(daemon, &daemon->tick, SPOOL_TICK_MS);
	timer_set(daemon, &daemon->sweep_timer, SPOOL_SWEEP_STEP_MS);
	daemon->census_timer.fire = census_fire;
	census_start();
	timer_set(daemon, &daemon->census_timer, SPOOL_CENSUS_STEP_MS);
	peer_open(&daemon->supervisor, ROLE_FD_SUPERVISOR);
	loop_on_round(daemon->loop, round_ends, daemon);
	if (loop_run(daemon->loop, &diag) != OK)
		die(4, "%s", diag.what);
	if (!ipc_finish(daemon->audit.channel, CHANNEL_FINISH_MS))
		log_warn("sekisho-audit does not read: records are lost");
	spool_store_close(daemon->store);
	return 0;
}
