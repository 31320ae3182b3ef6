/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which mail is begun: names are read from the folders in steps, taken from
 * the schedule in their order, and looked at. One that finds no room waits,
 * in memory or on disk; one that is too old, finished already or without a
 * route ends here. Its way from then on is spool_flow.c.
 */
#include "../base/clock.h"
#include "spool_internal.h"

/* No room, or all of its hops are down. */
static void
look_no_room(struct spool_daemon *daemon, const struct queue_entry *entry,
    enum queue_room room, uint64_t retry_ms)
{
	if (room == QUEUE_FULL && queue_wait(daemon->queue, entry))
		return;
	if (room == QUEUE_FULL) {
		daemon->parked++;
		retry_ms = queue_park_ms(daemon->queue, entry->route,
		    clock_monotonic_ms());
	}
	(void)outcome_put_off(daemon, entry, retry_ms);
}

/* A file that cannot be read (is gone, is damaged, or the disk refuses). */
static void
look_unread(struct spool_daemon *daemon, const struct queue_entry *entry,
    enum err err, const struct diag *diag)
{
	if (err == ERR_AGAIN) {
		queue_forget(daemon->queue, entry->name.id);
		return;
	}
	if (err == ERR_INPUT) {
		outcome_damaged(daemon, &entry->name, diag);
		return;
	}
	log_alarm("read a mail: %s", diag->what);
	(void)outcome_put_off(daemon, entry, SPOOL_UNREAD_MS);
}

static bool
is_delay_to_tell(const struct job *job)
{
	const struct spool_file *file = &job->mail.file;

	return (file->status.flags & SPOOL_FLAG_DELAY_TOLD) == 0 &&
	    clock_wall_ms() >= file->received_ms + SPOOL_DELAY_MS;
}

/* The mail is read; begin it, or do what is to be done without a hop. */
static void
look_read(struct spool_daemon *daemon, struct job *job,
    struct queue_entry *entry)
{
	uint64_t mono_ms = clock_monotonic_ms(), retry_ms = 0;
	enum queue_room room;

	entry->route = job->route;
	if (job->route == QUEUE_ROUTE_UNKNOWN) {
		outcome_hold(daemon, job, "its route is not in the rules");
		return;
	}
	room = queue_room(daemon->queue, job->route, mono_ms, &retry_ms);
	if (spool_file_pending(&job->mail.file) == 0) {
		job_begin(daemon, job);
		outcome_settle(daemon, job);
	} else if (outcome_is_expired(daemon, job)) {
		job_begin(daemon, job);
		outcome_final(daemon, job, SPOOL_EXPIRED);
	} else if (room == QUEUE_DOWN && is_delay_to_tell(job)) {
		job_begin(daemon, job);
		job->retry_ms = retry_ms;
		outcome_attempt_ends(daemon, job);
	} else if (room != QUEUE_ROOM) {
		spool_mail_close(&job->mail);
		look_no_room(daemon, entry, room, retry_ms);
	} else {
		job_begin(daemon, job);
		flow_begin(daemon, job);
	}
}

static void
look(struct spool_daemon *daemon, struct queue_entry *entry)
{
	uint64_t retry_ms = 0;
	struct diag diag;
	struct job *job;
	enum err err;

	if (job_find(daemon, entry->name.id) != NULL)
		return;		/* an old name of what is under way */
	if (entry->route != QUEUE_ROUTE_UNKNOWN &&
	    queue_room(daemon->queue, entry->route, clock_monotonic_ms(),
	    &retry_ms) == QUEUE_FULL) {
		look_no_room(daemon, entry, QUEUE_FULL, 0);
		return;
	}
	job = job_open(daemon, &entry->name, &err, &diag);
	if (job == NULL)
		look_unread(daemon, entry, err, &diag);
	else
		look_read(daemon, job, entry);
}

static void
scan_found(void *arg, const struct spool_name *name)
{
	struct spool_daemon *daemon = arg;
	const struct queue_entry entry = { *name, QUEUE_ROUTE_UNKNOWN };

	daemon->scan_names++;
	if (name->due_ms > clock_wall_ms() + SPOOL_DUE_AHEAD_MS &&
	    !queue_knows(daemon->queue, name->id))
		/* by a clock that was wrong: it would wait for years */
		(void)outcome_put_off(daemon, &entry, queue_between_ms(
		    daemon->queue, 0, SPOOL_RETRY_FIRST_MS));
	else
		queue_add(daemon->queue, &entry);
}

static void
scan_ended(struct spool_daemon *daemon)
{
	if (daemon->scan.state == SPOOL_QUEUE)
		daemon->queued = daemon->scan_names;
	else
		daemon->deferred = daemon->scan_names;
	if (daemon->scan.strange > 0) {
		counter_add(COUNTER_DAMAGED, daemon->scan.strange);
		log_alarm("%u strange files of %s/ were set aside in damaged/",
		    (unsigned)daemon->scan.strange,
		    spool_state_name(daemon->scan.state));
	}
	spool_scan_close(&daemon->scan);
	daemon_gauges(daemon);
}

/* One step of reading a folder whose window has run empty. */
static void
scan_step(struct spool_daemon *daemon)
{
	enum spool_state state;
	struct diag diag;
	bool end = false;
	enum err err = OK;

	if (daemon->scan.dir == NULL) {
		if (queue_wants_scan(daemon->queue, SPOOL_QUEUE))
			state = SPOOL_QUEUE;
		else if (queue_wants_scan(daemon->queue, SPOOL_DEFERRED))
			state = SPOOL_DEFERRED;
		else
			return;
		daemon->scan_names = 0;
		err = spool_scan_open(daemon->store, state, &daemon->scan,
		    &diag);
		if (err == OK)
			queue_scan_begins(daemon->queue, state);
	}
	if (err == OK)
		err = spool_scan_next(daemon->store, &daemon->scan,
		    SPOOL_SCAN_NAMES_MAX, scan_found, daemon, &end, &diag);
	if (err != OK) {
		/* the queue cannot be seen: start anew, and say so */
		die(4, "read %s/: %s", spool_state_name(daemon->scan.state),
		    diag.what);
	}
	if (end)
		scan_ended(daemon);
	daemon_again(daemon);
}

void
schedule_again(struct spool_daemon *daemon, uint64_t id)
{
	queue_forget(daemon->queue, id);
	if (daemon->rescan_ms == 0)
		daemon->rescan_ms = clock_monotonic_ms() + SPOOL_UNREAD_MS;
}

/*
 * Names say by wall time when a mail is due. When that clock is set back
 * they are read anew, and what is due too far away comes nearer.
 */
void
schedule_tick(struct spool_daemon *daemon)
{
	uint64_t mono_ms = clock_monotonic_ms();
	int64_t offset = (int64_t)(clock_wall_ms() - mono_ms);
	int64_t back = daemon->clock_offset - offset;

	if (daemon->clock_offset != 0 && back > SPOOL_CLOCK_BACK_MS) {
		log_alarm("the clock was set back by %lld s",
		    (long long)back / 1000);
		daemon->rescan_ms = mono_ms;
	}
	daemon->clock_offset = offset;
	if (daemon->rescan_ms == 0 || daemon->rescan_ms > mono_ms)
		return;
	daemon->rescan_ms = 0;
	queue_rescan(daemon->queue);
	daemon_again(daemon);
}

void
schedule_round(struct spool_daemon *daemon)
{
	struct queue_entry entry;

	if (daemon->image == NULL || daemon->stopping)
		return;
	scan_step(daemon);
	if (!daemon->audit_open || daemon->sanitize.channel == NULL ||
	    daemon->verify.channel == NULL)
		return;
	for (uint32_t i = 0; i < SPOOL_LOOK_MAX; i++) {
		if (!queue_take(daemon->queue, clock_wall_ms(),
		    clock_monotonic_ms(), daemon->parked < SPOOL_PARKED_MAX,
		    &entry))
			return;
		look(daemon, &entry);
	}
	daemon_again(daemon);
}
