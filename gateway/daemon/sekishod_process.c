/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of processes: start with the right descriptors, channels between
 * them, what they say, their end, the delay before the next start. Of mail,
 * each talks to the supervisor and to the spool, to nobody else; of packets,
 * the inspector and who keeps the evidence each to the packet process.
 *
 *	STOPPED -> STARTING -> READY -> (ends) -> WAITING -> STARTING ...
 *	STARTING, READY -> STOPPING -> (ends) -> STOPPED, or STARTING if `again`
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "sekishod_internal.h"

#define NONE		((struct span){ NULL, 0 })
#define FD_ASIDE	512	/* above all fixed numbers */

const char *
process_state_name(enum process_state state)
{
	switch (state) {
	case PROCESS_STOPPED:
		return "stopped";
	case PROCESS_WAITING:
		return "waiting";
	case PROCESS_STARTING:
		return "starting";
	case PROCESS_READY:
		return "ready";
	case PROCESS_STOPPING:
		return "stopping";
	}
	return "?";
}

void
process_name(const struct process *process, char *text, size_t len)
{
	snprintf(text, len, "%s%s%s", role_name(process->role),
	    process->segment_name[0] != '\0' ? "@" : "",
	    process->segment_name);
}

struct process *
process_of(struct gateway *gateway, enum role_id role)
{
	for (unsigned i = 0; i < PROCESSES_MAX; i++)
		if (gateway->processes[i].used &&
		    gateway->processes[i].role == role)
			return &gateway->processes[i];
	return NULL;
}

static void
set_timer(struct process *process, uint64_t delay_ms)
{
	/* the loop has a timer for each row */
	require(loop_timer_set(process->gateway->loop, &process->timer,
	    clock_monotonic_ms() + delay_ms) == OK);
}

/* It does not answer as it should: nothing but its end helps. */
void
process_put_down(struct process *process, const char *why)
{
	char name[128];

	process_name(process, name, sizeof(name));
	log_alarm("%s is killed: %s", name, why);
	kill(process->pid, SIGKILL);
}

static void
send_to(struct process *process, enum msg_kind kind, const void *fixed,
    struct span tail, const int *fds, unsigned fds_n)
{
	enum err err;

	if (process->channel == NULL)
		return;
	err = ipc_send(process->channel, kind, fixed, tail, fds, fds_n);
	if (err == ERR_AGAIN)
		process_put_down(process, "it does not read its messages");
	/* ERR_SYSTEM: it has ended, and SIGCHLD comes */
}

static void
send_listeners(struct process *process)
{
	const struct rules_image *image = process->gateway->config.image;

	for (uint32_t i = 0; i < rules_routes(image); i++) {
		struct rules_route route;

		rules_route(image, i, &route);
		for (uint32_t k = 0; k < route.listens; k++) {
			struct msg_listener fixed = { i, k };
			struct rules_listen listen_on;
			int fd;

			if (route.from != process->segment)
				continue;
			rules_route_listen(image, i, k, &listen_on);
			fd = listener_find(process->gateway,
			    &listen_on.address, listen_on.port);
			require(fd != -1);
			send_to(process, MSG_LISTENER, &fixed, NONE, &fd, 1);
		}
	}
}

void
process_send_rules(struct process *process)
{
	const struct config *config = &process->gateway->config;
	struct msg_rules fixed = { .generation = config->generation,
		.epoch = process->gateway->epoch };
	struct span cuts = packet_cuts(process);

	send_to(process, MSG_RULES, &fixed, cuts, &config->fd, 1);
	if (process->role == ROLE_AUDIT)
		places_send_policy(process);
	if (process->role == ROLE_RECEIVE)
		send_listeners(process);
}

/* Before the rules, with which the agent begins to look. */
static void
send_watched(struct process *process)
{
	const struct buf *watched = &process->gateway->watched;
	const struct msg_empty fixed = { 0 };

	if (watched->len > 0)
		send_to(process, MSG_WATCHED_BEFORE, &fixed,
		    buf_span(watched), NULL, 0);
}

/*
 * Whom a process talks to. The spool and the packet process are in the middle
 * of many, which talk to them and to nobody else.
 */
static enum role_id
middle(enum role_id role)
{
	switch (role) {
	case ROLE_INSPECT:
	case ROLE_CAPTURE:
		return ROLE_PACKET;
	case ROLE_SPOOL:
	case ROLE_PACKET:
	case ROLE_SNMP:		/* it talks to us alone */
		return 0;
	default:
		return ROLE_SPOOL;
	}
}

/* The log takes flows from who keeps the evidence. */
static bool
talk(enum role_id a, enum role_id b)
{
	return middle(a) == b || middle(b) == a ||
	    (a == ROLE_AUDIT && b == ROLE_CAPTURE) ||
	    (a == ROLE_CAPTURE && b == ROLE_AUDIT);
}

/* A channel between a process and its partner, if both live. */
static void
connect_to(struct process *process, struct process *peer)
{
	struct msg_peer to_peer = { process->role, process->segment };
	struct msg_peer to_process = { peer->role, peer->segment };
	struct diag diag;
	int pair[2];

	if (process == peer || peer->channel == NULL ||
	    process->channel == NULL)
		return;
	if (ipc_pair(pair, &diag) != OK) {
		process_put_down(process, "no channel for it");
		return;
	}
	send_to(process, MSG_PEER, &to_process, NONE, &pair[0], 1);
	send_to(peer, MSG_PEER, &to_peer, NONE, &pair[1], 1);
	close(pair[0]);
	close(pair[1]);
}

static void
connect_peers(struct process *process)
{
	struct gateway *gateway = process->gateway;

	for (unsigned i = 0; i < PROCESSES_MAX; i++)
		if (gateway->processes[i].used &&
		    talk(gateway->processes[i].role, process->role))
			connect_to(&gateway->processes[i], process);
}

/* Without a descriptor: not now. */
static void
answer(struct process *process, enum msg_kind kind, int fd)
{
	const struct msg_empty fixed = { 0 };

	send_to(process, kind, &fixed, NONE, &fd, fd == -1 ? 0 : 1);
	if (fd != -1)
		close(fd);
}

/* It may ask as often as it likes, but makes us work no more for it. */
static void
answer_snapshot(struct process *process)
{
	struct gateway *gateway = process->gateway;
	uint64_t now = clock_monotonic_ms(), bytes;
	struct diag diag;
	int fd = -1;

	if (gateway->snapshot_ms == 0 ||
	    now - gateway->snapshot_ms >= SNAPSHOT_PAUSE_MS) {
		gateway->snapshot_ms = now;
		fd = snapshot_make(gateway, &bytes, &diag);
		if (fd == -1)
			log_warn("no numbers for SNMP: %s", diag.what);
	}
	answer(process, MSG_SNAPSHOT, fd);
}

static void
on_message(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	struct process *process = arg;
	char name[128];

	(void)channel;
	process_name(process, name, sizeof(name));
	if (message->kind == MSG_SANDBOX) {
		memcpy(&process->sandbox, message->fixed,
		    sizeof(process->sandbox));
		process->sandbox_known = true;
		if (process->sandbox.landlock_abi == 0)
			log_warn("%s: this kernel has no Landlock for it",
			    name);
	} else if (message->kind == MSG_READY &&
	    process->state == PROCESS_STARTING) {
		process->state = PROCESS_READY;
		log_info("%s is ready (pid %d)", name, (int)process->pid);
		gateway_check_ready(process->gateway);
	} else if (message->kind == MSG_AUDIT_STATE) {
		audit_changed(process->gateway, ((const struct
		    msg_audit_state *)message->fixed)->open == 1,
		    message->tail);
	} else if (message->kind == MSG_EPOCH) {
		packet_taken(process->gateway,
		    ((const struct msg_epoch *)message->fixed)->epoch);
	} else if (message->kind == MSG_PLACE_STATE) {
		places_heard(process->gateway, message->fixed);
	} else if (message->kind == MSG_PLACE_ASK) {
		places_asked(process, message->fixed);
	} else if (message->kind == MSG_SNAPSHOT_ASK) {
		answer_snapshot(process);
	} else if (message->kind == MSG_AGENTX_ASK) {
		answer(process, MSG_AGENTX,
		    snapshot_agentx(process->gateway));
	} else if (message->kind == MSG_WATCHED) {
		snapshot_watched(process->gateway, message->tail);
	}
}

/* Normally it has ended; if not within a second, it is made to. */
static void
on_closed(void *arg, struct ipc_channel *channel)
{
	struct process *process = arg;

	ipc_close(channel);
	process->channel = NULL;
	if (process->state == PROCESS_STARTING ||
	    process->state == PROCESS_READY) {
		process->state = PROCESS_STOPPING;
		set_timer(process, 1000);
	}
}

static void
on_invalid(void *arg, struct ipc_channel *channel, const char *why)
{
	struct process *process = arg;
	char text[128];

	snprintf(text, sizeof(text), "it sent a message %s", why);
	process_put_down(process, text);
	on_closed(arg, channel);
}

static void
on_timer(struct loop_timer *timer)
{
	struct process *process = (struct process *)timer;

	if (process->state == PROCESS_WAITING)
		process_start(process);
	else if (process->state == PROCESS_STOPPING)
		process_put_down(process, "it did not stop in time");
}

/* ---- start ---- */

/* In the child: fd becomes exactly the number that the role expects. */
static void
place(int aside, int number)
{
	if (dup2(aside, number) == -1)
		_exit(127);
}

static void
exec_role(struct process *process, int channel)
{
	const struct gateway *gateway = process->gateway;
	const struct account *account = &gateway->accounts[process->role];
	char program[CONFIG_PATH_BYTES + 64], segment[16], uid[16], gid[16];
	char folders[16];
	char *argv[] = { program, process->segment_name, segment, uid, gid,
	    (char *)(uintptr_t)gateway->empty_path, folders, process->ports,
	    NULL };
	int aside[3 + ROLE_FOLDERS_MAX];
	unsigned n = 3 + process->folders_n;
	sigset_t none;

	snprintf(program, sizeof(program), "%s/%s", gateway->programs_path,
	    role_program(process->role));
	snprintf(segment, sizeof(segment), "-");
	if (process->segment != RULES_NONE)
		snprintf(segment, sizeof(segment), "%u", process->segment);
	snprintf(uid, sizeof(uid), "%u", account->uid);
	snprintf(gid, sizeof(gid), "%u", process->role == ROLE_DELIVER ?
	    packet_gid(gateway, process->segment) : account->gid);
	snprintf(folders, sizeof(folders), "%u", process->folders_n);
	aside[0] = channel;
	aside[1] = process->counters_fd;
	aside[2] = process->role == ROLE_PACKET ? gateway->counts_fd :
	    gateway->state_dir;
	memcpy(aside + 3, process->folders,
	    process->folders_n * sizeof(aside[0]));
	for (unsigned i = 0; i < n; i++) {
		aside[i] = fcntl(aside[i], F_DUPFD_CLOEXEC, FD_ASIDE);
		if (aside[i] == -1)
			_exit(127);
	}
	place(aside[0], ROLE_FD_SUPERVISOR);
	place(aside[1], ROLE_FD_COUNTERS);
	_Static_assert(ROLE_FD_FOLDER == ROLE_FD_COUNTS, "one or the other");
	if (process->role == ROLE_SPOOL || process->role == ROLE_PACKET)
		place(aside[2], ROLE_FD_FOLDER);
	else
		(void)close(ROLE_FD_FOLDER);
	for (unsigned i = 0; i < process->folders_n; i++)
		place(aside[3 + i], ROLE_FD_FOLDERS_FIRST + (int)i);
	/* what the places held before must not go along */
	if (close_range(ROLE_FD_FOLDERS_FIRST + process->folders_n,
	    FD_ASIDE - 1, 0) == -1)
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	unsetenv("NOTIFY_SOCKET");	/* that is ours */
	/* not reached by what the terminal sends to us */
	setpgid(0, 0);
	execv(program, argv);
	die(127, "cannot run %s: %s", program, strerror(errno));
}

static void
come_back_later(struct process *process)
{
	process->state = PROCESS_WAITING;
	set_timer(process, process->delay_ms);
}

static void
forget_counters(struct process *process)
{
	counters_unmap(process->page);
	process->page = NULL;
	if (process->counters_fd > 0)
		close(process->counters_fd);
	process->counters_fd = -1;
}

void
process_start(struct process *process)
{
	const struct ipc_handler handler = { on_message, on_closed, process,
	    on_invalid };
	struct gateway *gateway = process->gateway;
	struct diag diag;
	int pair[2];

	process->timer.fire = on_timer;
	loop_timer_cancel(gateway->loop, &process->timer);
	process->again = false;
	process->sandbox_known = false;
	if (process->delay_ms == 0)
		process->delay_ms = RESTART_DELAY_MS;
	if (process->role == ROLE_AUDIT && !audit_folder_there(process)) {
		come_back_later(process);
		return;
	}
	process->started_ms = clock_monotonic_ms();
	process->counters_fd = counters_create();
	if (process->counters_fd == -1 || ipc_pair(pair, &diag) != OK) {
		log_alarm("no descriptors for another process");
		forget_counters(process);
		come_back_later(process);
		return;
	}
	process->page = counters_map(process->counters_fd);
	process->pid = fork();
	if (process->pid == 0)
		exec_role(process, pair[1]);
	close(pair[1]);
	if (process->pid == -1) {
		log_alarm("cannot fork: %s", strerror(errno));
		close(pair[0]);
		forget_counters(process);
		come_back_later(process);
		return;
	}
	process->state = PROCESS_STARTING;
	process->channel = ipc_open(gateway->loop, pair[0], ROLE_SUPERVISOR,
	    process->role, &handler);
	if (process->channel == NULL) {
		process_put_down(process, "no channel for it");
		return;
	}
	if (process->role == ROLE_SNMP)
		send_watched(process);
	process_send_rules(process);
	if (process->role == ROLE_AUDIT)
		audit_process_starts(process);
	connect_peers(process);
}

/* ---- end ---- */

static void
release(struct process *process)
{
	struct gateway *gateway = process->gateway;

	process->state = PROCESS_STOPPED;
	if (process->wanted)
		return;
	for (unsigned i = 0; i < COUNTER_N; i++)
		gateway->sums[i] += process->sums[i];
	state_reach_close(process);
	process->used = false;
}

void
process_stop(struct process *process)
{
	struct msg_empty fixed = { 0 };

	switch (process->state) {
	case PROCESS_STOPPED:
	case PROCESS_WAITING:
		loop_timer_cancel(process->gateway->loop, &process->timer);
		process->state = PROCESS_STOPPED;
		if (process->again)
			process_start(process);
		else
			release(process);
		return;
	case PROCESS_STARTING:
	case PROCESS_READY:
		send_to(process, MSG_STOP, &fixed, NONE, NULL, 0);
		process->state = PROCESS_STOPPING;
		/* a reload is in no hurry: a deliver may finish its mails */
		set_timer(process, process->gateway->stopping > 0 ? STOP_MS :
		    REPLACE_MS);
		return;
	case PROCESS_STOPPING:
		if (process->gateway->stopping > 0)
			set_timer(process, STOP_MS);
		return;
	}
}

/* What it counted lives on; gauges died with it. */
static void
keep_counters(struct process *process)
{
	if (process->page == NULL)
		return;
	for (unsigned i = 0; i < COUNTER_N; i++)
		if (!counter_is_gauge((enum counter)i))
			process->sums[i] += process->page[i];
	snapshot_keep_page(process->gateway, process->role, process->page);
}

static void
tell_end(const struct process *process, int status)
{
	struct audit_text text;
	char name[128];

	process_name(process, name, sizeof(name));
	audit_begin(&text);
	json_str(&text.json, "process", name);
	json_i64(&text.json, "pid", process->pid);
	if (WIFSIGNALED(status))
		json_u64(&text.json, "signal", (uint64_t)WTERMSIG(status));
	else
		json_u64(&text.json, "exit", (uint64_t)WEXITSTATUS(status));
	audit_end(process->gateway, AUDIT_CRASH, &text);
	if (WIFSIGNALED(status))
		log_alarm("%s (pid %d) ended by signal %d (%s); again in "
		    "%llu ms", name, (int)process->pid, WTERMSIG(status),
		    strsignal(WTERMSIG(status)),
		    (unsigned long long)process->delay_ms);
	else
		log_alarm("%s (pid %d) ended with exit status %d; again in "
		    "%llu ms", name, (int)process->pid, WEXITSTATUS(status),
		    (unsigned long long)process->delay_ms);
}

void
process_ended(struct gateway *gateway, pid_t pid, int status)
{
	struct process *process = NULL;
	uint64_t lived_ms;

	for (unsigned i = 0; i < PROCESSES_MAX && process == NULL; i++)
		if (gateway->processes[i].used &&
		    gateway->processes[i].pid == pid)
			process = &gateway->processes[i];
	if (process == NULL)
		return;
	keep_counters(process);
	forget_counters(process);
	ipc_close(process->channel);
	process->channel = NULL;
	loop_timer_cancel(gateway->loop, &process->timer);
	if (gateway->stopping > 0 || !process->wanted) {
		release(process);
		process->pid = 0;
		gateway_check_stopped(gateway);
		return;
	}
	if (process->again) {
		process_start(process);
		return;
	}
	if (process->role == ROLE_AUDIT)
		audit_ended(process);
	lived_ms = clock_monotonic_ms() - process->started_ms;
	if (lived_ms >= RESTART_FORGET_MS)
		process->delay_ms = RESTART_DELAY_MS;
	process->restarts++;
	tell_end(process, status);
	process->pid = 0;
	come_back_later(process);
	process->delay_ms = process->delay_ms * 2 > RESTART_DELAY_MS_MAX ?
	    RESTART_DELAY_MS_MAX : process->delay_ms * 2;
}
