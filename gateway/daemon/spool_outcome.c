/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What becomes of a mail: delivered, put off, held, bounced, expired, set
 * aside. Each outcome is one move between folders, one counter and one log
 * line. A mail leaves the queue for good only after the notification about
 * it is safe in the queue itself.
 */
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "spool_internal.h"

struct tally {
	uint32_t	delivered, refused, expired, rejected, dropped;
	uint32_t	pending;
};

static struct tally
tally_of(const struct spool_file *file)
{
	struct tally tally = { 0 };

	for (uint32_t i = 0; i < file->envelope.recipients_n; i++) {
		switch ((enum spool_result_state)file->results[i].state) {
		case SPOOL_PENDING:
			tally.pending++;
			break;
		case SPOOL_DELIVERED:
			tally.delivered++;
			break;
		case SPOOL_REFUSED:
			tally.refused++;
			break;
		case SPOOL_EXPIRED:
			tally.expired++;
			break;
		case SPOOL_REJECTED:
			tally.rejected++;
			break;
		case SPOOL_DROPPED:
			tally.dropped++;
			break;
		}
	}
	return tally;
}

/* One line per outcome: "RECEIPT delivered route=inbound to=... 12 ms". */
static void
log_outcome(const struct job *job, const char *outcome, const char *why,
    void (*line)(const char *, ...))
{
	const struct spool_file *file = &job->mail.file;
	struct span to = file->envelope.recipients[0].address;
	char receipt[RECEIPT_TEXT_BYTES], more[32] = "";
	uint64_t us = (clock_monotonic_ns() - job->begun_ns) / 1000;

	receipt_text(file->id, receipt);
	if (file->envelope.recipients_n > 1)
		snprintf(more, sizeof(more), " (+%u)",
		    (unsigned)file->envelope.recipients_n - 1);
	line("%s %s route=%s to=%.*s%s (%llu bytes) %llu.%llu ms%s%s",
	    receipt, outcome, file->route, SHOW(to), more,
	    (unsigned long long)file->body_bytes,
	    (unsigned long long)us / 1000,
	    (unsigned long long)us / 100 % 10, why[0] != '\0' ? ": " : "",
	    why);
}

static uint64_t *
gauge_of(struct spool_daemon *daemon, enum spool_state state)
{
	switch (state) {
	case SPOOL_QUEUE:
		return &daemon->queued;
	case SPOOL_DEFERRED:
		return &daemon->deferred;
	case SPOOL_HELD:
		return &daemon->held;
	case SPOOL_DRAFT:
	case SPOOL_ORIGINAL:
	case SPOOL_DAMAGED:
	case SPOOL_STATE_N:
		break;
	}
	return NULL;
}

static void
gauges_move(struct spool_daemon *daemon, enum spool_state from,
    enum spool_state to)
{
	uint64_t *gauge = gauge_of(daemon, from);

	if (gauge != NULL && *gauge > 0)
		(*gauge)--;
	gauge = gauge_of(daemon, to);
	if (gauge != NULL)
		(*gauge)++;
	daemon_gauges(daemon);
}

static enum err
move(struct spool_daemon *daemon, struct spool_name *name,
    enum spool_state to, uint64_t due_ms)
{
	enum spool_state from = name->state;
	struct diag diag;
	enum err err;

	err = spool_store_move(daemon->store, name, to, due_ms, &diag);
	if (err != OK)
		log_alarm("move a mail from %s/ to %s/: %s",
		    spool_state_name(from), spool_state_name(to), diag.what);
	if (err == ERR_INPUT) {
		/* another has its name there: two of a number are damage */
		to = SPOOL_DAMAGED;
		counter_add(COUNTER_DAMAGED, 1);
		err = spool_store_move(daemon->store, name, to, 0, &diag);
	}
	if (err == OK)
		gauges_move(daemon, from, to);
	return err;
}

void
outcome_damaged(struct spool_daemon *daemon, const struct spool_name *name,
    const struct diag *diag)
{
	struct spool_name moved = *name;
	char receipt[RECEIPT_TEXT_BYTES];

	receipt_text(name->id, receipt);
	log_alarm("%s damaged, set aside: %s", receipt, diag->what);
	counter_add(COUNTER_DAMAGED, 1);
	/* known for ever if it cannot be moved: it must not block the queue */
	if (move(daemon, &moved, SPOOL_DAMAGED, 0) == OK)
		queue_forget(daemon->queue, name->id);
}

static bool
put_off(struct spool_daemon *daemon, struct spool_name name, uint32_t route,
    uint64_t due_ms)
{
	struct queue_entry entry = { name, route };

	if (move(daemon, &entry.name, SPOOL_DEFERRED, due_ms) != OK) {
		schedule_again(daemon, name.id);
		return false;
	}
	queue_forget(daemon->queue, name.id);
	if (entry.name.state == SPOOL_DEFERRED)
		queue_add(daemon->queue, &entry);
	return true;
}

bool
outcome_put_off(struct spool_daemon *daemon, const struct queue_entry *entry,
    uint64_t delay_ms)
{
	return put_off(daemon, entry->name, entry->route,
	    clock_wall_ms() + delay_ms);
}

/* Write what changed into the file. False: it was not possible. */
static bool
record(struct spool_daemon *daemon, struct job *job)
{
	uint32_t n = job->results_dirty ?
	    job->mail.file.envelope.recipients_n : 0;
	struct diag diag;

	if (n == 0 && !job->status_dirty)
		return true;
	if (spool_store_record(daemon->store, &job->mail, job->status_dirty,
	    0, n, &diag) != OK) {
		log_alarm("record results: %s", diag.what);
		return false;
	}
	job->results_dirty = job->status_dirty = false;
	return true;
}

static void
text_set(struct job *job, const char *text)
{
	snprintf(job->mail.file.status.text,
	    sizeof(job->mail.file.status.text), "%s", text);
	job->status_dirty = true;
}

/* "lgwan-mail (10.20.0.25): 4.4.1 cannot connect: ..." */
void
outcome_reason(struct spool_daemon *daemon, struct job *job, struct span text)
{
	char address[ADDRESS_TEXT_BYTES] = "";
	struct rules_hop hop = { .name = NO_SPAN };
	bool named = false;

	/* rules that came meanwhile may not have this hop any more */
	if (job->route != QUEUE_ROUTE_UNKNOWN &&
	    job->hop < daemon->routes[job->route].rules.hops)
		rules_route_hop(daemon->image, job->route, job->hop, &hop);
	if (hop.name.len > 0 && hop.kind == RULES_HOP_SMTP) {
		address_text(&hop.address, address);
		named = !span_equal(hop.name, span_str(address));
	}
	snprintf(job->last_text, sizeof(job->last_text), "%.*s%s%s%s%s%.*s",
	    (int)hop.name.len, (const char *)hop.name.ptr,
	    named ? " (" : "", named ? address : "", named ? ")" : "",
	    hop.name.len > 0 ? ": " : "", (int)text.len,
	    (const char *)text.ptr);
}

/* ---- the ends ---- */

/*
 * Done, but it cannot leave the queue: moved later, when its results say that
 * nothing is to be repeated. Without them it stays known, and untouched.
 */
static void
unfinished(struct spool_daemon *daemon, struct job *job)
{
	job->results_dirty = true;
	if (record(daemon, job))
		schedule_again(daemon, job->mail.name.id);
	job_free(daemon, job);
}

static void
finish(struct spool_daemon *daemon, struct job *job)
{
	const struct tally tally = tally_of(&job->mail.file);
	const char *outcome = "delivered";
	enum counter counter = COUNTER_MAILS_DELIVERED;
	enum route_counter of_route = ROUTE_DELIVERED;
	uint64_t id = job->mail.name.id;

	if (tally.dropped > 0) {
		outcome = "dropped";
		counter = COUNTER_MAILS_DROPPED;
		of_route = ROUTE_DROPPED;
	} else if (tally.refused > 0 || tally.rejected > 0) {
		outcome = tally.delivered > 0 ? "bounced in part" : "bounced";
		counter = COUNTER_MAILS_BOUNCED;
		of_route = ROUTE_BOUNCED;
	} else if (tally.expired > 0) {
		outcome = tally.delivered > 0 ? "expired in part" : "expired";
		counter = COUNTER_MAILS_EXPIRED;
		of_route = ROUTE_EXPIRED;
	}
	if (!job->audited) {
		job->ends = JOB_FINISH;
		if (!audit_mail(daemon, job, outcome, counter ==
		    COUNTER_MAILS_DELIVERED ? "" : job->last_text))
			outcome_unaudited(daemon, job);
		return;
	}
	/* delivered to all and nothing told: that it is done says it all */
	if (counter != COUNTER_MAILS_DELIVERED || job->notices_done != 0)
		(void)record(daemon, job);
	if (move(daemon, &job->mail.name, SPOOL_ORIGINAL, 0) != OK) {
		unfinished(daemon, job);
		return;
	}
	queue_forget(daemon->queue, id);
	counter_add(counter, 1);
	if (job->mail.file.kind == SPOOL_MAIL && tally.delivered > 0)
		counter_add(COUNTER_MAILS_CONVERTED, 1);
	counter_route_add(span_str(job->mail.file.route), of_route, 1);
	log_outcome(job, outcome, counter == COUNTER_MAILS_BOUNCED ?
	    job->last_text : "", counter == COUNTER_MAILS_DELIVERED ?
	    log_info : log_warn);
	job_free(daemon, job);
}

static void
defer(struct spool_daemon *daemon, struct job *job)
{
	struct spool_status *status = &job->mail.file.status;
	uint64_t now = clock_wall_ms(), delay = job->retry_ms;
	const char *text = job->last_text[0] != '\0' ? job->last_text :
	    "no next hop can be reached";

	status->attempts++;
	status->attempt_ms = now;
	if (delay == 0)
		delay = queue_retry_ms(daemon->queue, status->attempts);
	text_set(job, text);
	(void)record(daemon, job);
	log_outcome(job, "deferred", text, log_info);
	(void)put_off(daemon, job->mail.name, job->route, now + delay);
	job_free(daemon, job);
}

void
outcome_untold(struct spool_daemon *daemon, struct job *job)
{
	if (job->mail.name.state == SPOOL_HELD) {
		(void)record(daemon, job);
		job_free(daemon, job);
		return;
	}
	snprintf(job->last_text, sizeof(job->last_text), "%s",
	    "the notification could not be written");
	defer(daemon, job);
}

void
outcome_settle(struct spool_daemon *daemon, struct job *job)
{
	switch (notify_next(daemon, job)) {
	case NOTIFY_BEGUN:
		return;
	case NOTIFY_LATER:
		outcome_untold(daemon, job);
		return;
	case NOTIFY_NONE:
		if (spool_file_pending(&job->mail.file) == 0) {
			finish(daemon, job);
			return;
		}
		break;
	}
	defer(daemon, job);
}

void
outcome_attempt_ends(struct spool_daemon *daemon, struct job *job)
{
	if (spool_file_pending(&job->mail.file) > 0 &&
	    outcome_is_expired(daemon, job))
		outcome_final(daemon, job, SPOOL_EXPIRED);
	else
		outcome_settle(daemon, job);
}

bool
outcome_is_expired(const struct spool_daemon *daemon, const struct job *job)
{
	uint64_t expire_ms;

	if (job->route == QUEUE_ROUTE_UNKNOWN)
		return false;
	expire_ms = (uint64_t)daemon->routes[job->route].rules.expire_s * 1000;
	return clock_wall_ms() >= job->mail.file.received_ms + expire_ms;
}

void
outcome_final(struct spool_daemon *daemon, struct job *job,
    enum spool_result_state state)
{
	struct spool_file *file = &job->mail.file;

	for (uint32_t i = 0; i < file->envelope.recipients_n; i++) {
		struct spool_result *result = &file->results[i];

		if (result->state != SPOOL_PENDING)
			continue;
		result->state = (uint8_t)state;
		result->time_ms = clock_wall_ms();
		/* RFC 3463: 5.4.7 delivery time expired, 5.7.1 not allowed */
		result->status[0] = 5;
		result->status[1] = state == SPOOL_EXPIRED ? 4 : 7;
		result->status[2] = state == SPOOL_EXPIRED ? 7 : 1;
	}
	job->results_dirty = true;
	outcome_settle(daemon, job);
}

static void
hold(struct spool_daemon *daemon, struct job *job)
{
	uint64_t id = job->mail.name.id;

	(void)record(daemon, job);
	if (move(daemon, &job->mail.name, SPOOL_HELD, 0) != OK) {
		schedule_again(daemon, id);
		job_free(daemon, job);
		return;
	}
	queue_forget(daemon->queue, id);
	counter_add(COUNTER_MAILS_HELD, 1);
	counter_route_add(span_str(job->mail.file.route), ROUTE_HELD, 1);
	log_outcome(job, "held", job->mail.file.status.text, log_alarm);
	job_free(daemon, job);
}

void
outcome_hold(struct spool_daemon *daemon, struct job *job, const char *reason)
{
	text_set(job, reason);
	job->mail.file.status.flags &= ~SPOOL_FLAG_RELEASED;
	job->mail.file.status.crashes = 0;
	job->ends = JOB_HOLD;
	if (!audit_mail(daemon, job, "held", job->mail.file.status.text))
		outcome_unaudited(daemon, job);
}

void
outcome_audited(struct spool_daemon *daemon, struct job *job)
{
	if (job->ends == JOB_HOLD)
		hold(daemon, job);
	else
		finish(daemon, job);
}

/*
 * What was done is written down, and the mail stays: when the log is open
 * again, its results say that nothing but the record is left to do.
 */
void
outcome_unaudited(struct spool_daemon *daemon, struct job *job)
{
	if (job->ends == JOB_FINISH)
		job->results_dirty = true;
	outcome_again(daemon, job);
}

void
outcome_release(struct spool_daemon *daemon, struct job *job)
{
	struct queue_entry entry = { job->mail.name, job->route };

	job->mail.file.status.flags |= SPOOL_FLAG_RELEASED;
	job->status_dirty = true;
	if (record(daemon, job) && move(daemon, &entry.name, SPOOL_QUEUE,
	    0) == OK) {
		queue_forget(daemon->queue, entry.name.id);
		if (entry.name.state == SPOOL_QUEUE)
			queue_add(daemon->queue, &entry);
		daemon_again(daemon);
	}
	job_free(daemon, job);
}

void
outcome_again(struct spool_daemon *daemon, struct job *job)
{
	uint64_t delay = queue_between_ms(daemon->queue, SPOOL_AWAY_MS / 2,
	    SPOOL_AWAY_MS);

	(void)record(daemon, job);
	(void)put_off(daemon, job->mail.name, job->route,
	    clock_wall_ms() + delay);
	job_free(daemon, job);
}

/*
 * The peer's death may be this mail's doing or another's that was there at
 * the time. A mail that was there again and again is held: fail closed.
 */
void
outcome_crashed(struct spool_daemon *daemon, struct job *job,
    const char *what)
{
	struct spool_status *status = &job->mail.file.status;

	status->crashes++;
	if (status->crashes >= SPOOL_CRASHES_MAX) {
		outcome_hold(daemon, job, what);
		return;
	}
	text_set(job, what);
	outcome_again(daemon, job);
}
