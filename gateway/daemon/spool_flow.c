/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A mail's way through the other processes: sanitized, verified, delivered by
 * transactions of bounded size. What the others answer is checked against
 * what was asked. Which mail is begun is spool_schedule.c, what becomes of it
 * in the end spool_outcome.c.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../proc/delivery_result.h"
#include "../proc/sealed.h"
#include "spool_internal.h"

#define REASON_BYTES_MAX	160

enum err
flow_start(struct spool_daemon *daemon)
{
	/* start-up: once, of a fixed size */
	daemon->jobs = calloc(JOBS_N, sizeof(*daemon->jobs));
	daemon->job_map = spool_map_new(JOBS_N);
	if (daemon->jobs == NULL || daemon->job_map == NULL)
		return ERR_SYSTEM;
	for (uint32_t i = 0; i < JOBS_N; i++) {
		spool_mail_init(&daemon->jobs[i].mail);
		daemon->jobs[i].safe_fd = daemon->jobs[i].report_fd = -1;
	}
	return OK;
}

/* ---- places ---- */

static struct job *
job_place(struct spool_daemon *daemon)
{
	for (uint32_t n = 0; n < JOBS_N; n++) {
		uint32_t i = (daemon->job_hint + n) % JOBS_N;

		if (daemon->jobs[i].state == JOB_FREE) {
			daemon->job_hint = i;
			return &daemon->jobs[i];
		}
	}
	return NULL;
}

static void
job_clear(struct job *job)
{
	job->serial++;
	job->route = QUEUE_ROUTE_UNKNOWN;
	job->counted = job->sanitizing = false;
	job->safe_bytes = 0;
	job->verified = false;
	job->begun_ns = clock_monotonic_ns();
	job->deadline_ms = UINT64_MAX;
	job->hop = job->tried = job->batch_n = 0;
	memset(job->attempted, 0, sizeof(job->attempted));
	job->last_text[0] = '\0';
	job->status_dirty = job->results_dirty = false;
	job->retry_ms = 0;
	job->notices_done = 0;
	job->notice_id = 0;
	job->report_bytes = 0;
	job->ends = JOB_FINISH;
	job->audited = false;
}

struct job *
job_open(struct spool_daemon *daemon, const struct spool_name *name,
    enum err *err, struct diag *diag)
{
	struct job *job = job_place(daemon);

	if (job == NULL) {
		*err = diag_set(diag, ERR_LIMIT, "too many mails under way");
		return NULL;
	}
	*err = spool_store_read(daemon->store, name, &job->mail, diag);
	if (*err != OK)
		return NULL;
	job_clear(job);
	job->route = daemon_route(daemon, job->mail.file.route);
	return job;
}

void
job_enter(struct spool_daemon *daemon, struct job *job)
{
	require(spool_map_add(daemon->job_map, job->mail.name.id,
	    (uint32_t)(job - daemon->jobs)));
}

void
job_begin(struct spool_daemon *daemon, struct job *job)
{
	job_enter(daemon, job);
	job->counted = true;
	queue_job_begins(daemon->queue, job->route);
}

static void
sanitizer_is_free(struct spool_daemon *daemon, struct job *job)
{
	if (job->sanitizing)
		queue_sanitize_ends(daemon->queue);
	job->sanitizing = false;
}

void
job_free(struct spool_daemon *daemon, struct job *job)
{
	uint32_t i;

	if (spool_map_get(daemon->job_map, job->mail.name.id, &i) &&
	    &daemon->jobs[i] == job)
		spool_map_remove(daemon->job_map, job->mail.name.id);
	sanitizer_is_free(daemon, job);
	if (job->counted)
		queue_job_ends(daemon->queue, job->route);
	if (job->safe_fd != -1) {
		close(job->safe_fd);
		queue_safe_bytes(daemon->queue, -(int64_t)job->safe_bytes);
	}
	if (job->report_fd != -1) {
		close(job->report_fd);
		queue_safe_bytes(daemon->queue, -(int64_t)job->report_bytes);
	}
	job->safe_fd = job->report_fd = -1;
	job->counted = false;
	spool_mail_close(&job->mail);
	job->state = JOB_FREE;
	job->serial++;
}

struct job *
job_find(struct spool_daemon *daemon, uint64_t id)
{
	uint32_t i;

	return spool_map_get(daemon->job_map, id, &i) ? &daemon->jobs[i] :
	    NULL;
}

static void
job_wait(struct job *job, enum job_state state, uint64_t timeout_ms)
{
	job->state = state;
	job->deadline_ms = clock_monotonic_ms() + timeout_ms;
}

/* ---- to the sanitizer and the verifier ---- */

static void
send_verify(struct spool_daemon *daemon, struct job *job)
{
	const struct msg_verify verify = {
		.id = job->mail.name.id,
		.bytes = job->safe_bytes,
		.form = job->mail.file.kind == SPOOL_DSN ? VERIFY_DSN :
		    VERIFY_MAIL,
	};

	if (daemon->verify.channel == NULL ||
	    ipc_send(daemon->verify.channel, MSG_VERIFY, &verify, NO_SPAN,
	    &job->safe_fd, 1) != OK) {
		outcome_again(daemon, job);
		return;
	}
	job_wait(job, JOB_VERIFY, SPOOL_VERIFY_MS);
}

static void
send_sanitize(struct spool_daemon *daemon, struct job *job)
{
	const struct spool_file *file = &job->mail.file;
	const struct msg_sanitize sanitize = {
		.id = file->id,
		.body_offset = file->body_offset,
		.body_bytes = file->body_bytes,
		.received_ms = file->received_ms,
		.route = job->route,
		.flags = (file->status.flags & SPOOL_FLAG_RELEASED) != 0 ?
		    SANITIZE_RELEASE : 0,
		.generation = (uint32_t)daemon->generation,
	};

	if (daemon->sanitize.channel == NULL ||
	    ipc_send(daemon->sanitize.channel, MSG_SANITIZE, &sanitize,
	    file->envelope_bytes, &job->mail.fd, 1) != OK) {
		outcome_again(daemon, job);
		return;
	}
	job->sanitizing = true;
	queue_sanitize_begins(daemon->queue);
	job_wait(job, JOB_SANITIZE, SPOOL_SANITIZE_MS);
}

/* A notification is ours: verified as a mail is, but nothing to sanitize. */
static void
begin_dsn(struct spool_daemon *daemon, struct job *job)
{
	struct diag diag;

	job->safe_fd = notify_memfd(job, &diag);
	if (job->safe_fd == -1) {
		log_warn("notification: %s", diag.what);
		outcome_again(daemon, job);
		return;
	}
	job->safe_bytes = job->mail.file.body_bytes;
	queue_safe_bytes(daemon->queue, (int64_t)job->safe_bytes);
	send_verify(daemon, job);
}

void
flow_begin(struct spool_daemon *daemon, struct job *job)
{
	if (job->mail.file.kind == SPOOL_DSN)
		begin_dsn(daemon, job);
	else
		send_sanitize(daemon, job);
}

/* ---- answers ---- */

/* The text of another process, for a file and a log line. */
static void
reason_copy(char out[REASON_BYTES_MAX + 1], const char *before,
    struct span text)
{
	size_t n = strlen(before);

	memcpy(out, before, n);
	for (size_t i = 0; i < text.len && n < REASON_BYTES_MAX; i++)
		out[n++] = text.ptr[i] < 0x20 || text.ptr[i] == 0x7f ? '?' :
		    (char)text.ptr[i];
	out[n] = '\0';
}

static bool
is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals != -1 && (seals & SEALED_SEALS) == SEALED_SEALS;
}

/* Descriptors in the order safe mail, report; each only if it has bytes. */
static void
take_results(struct spool_daemon *daemon, struct job *job,
    struct ipc_message *message, const struct msg_sanitized *answer)
{
	unsigned i = 0;
	struct diag diag;

	if (answer->safe_bytes > 0 && i < message->fds_n) {
		job->safe_fd = message->fds[i];
		message->fds[i++] = -1;
		job->safe_bytes = answer->safe_bytes;
		queue_safe_bytes(daemon->queue, (int64_t)job->safe_bytes);
	}
	if (answer->report_bytes == 0 || i >= message->fds_n)
		return;
	if (spool_store_report(daemon->store, job->mail.name.id,
	    message->fds[i], answer->report_bytes, &diag) != OK)
		log_warn("keep a report: %s", diag.what);
	if (is_sealed(message->fds[i])) {
		job->report_fd = message->fds[i];
		job->report_bytes = answer->report_bytes;
		message->fds[i] = -1;
		/* it is memory as the safe mail is, until it is recorded */
		queue_safe_bytes(daemon->queue, (int64_t)job->report_bytes);
	}
}

void
flow_sanitized(struct spool_daemon *daemon, struct ipc_message *message)
{
	const struct msg_sanitized *answer = message->fixed;
	struct job *job = job_find(daemon, answer->id);
	char reason[REASON_BYTES_MAX + 1];

	if (job == NULL || job->state != JOB_SANITIZE)
		return;		/* it took too long, and was given up */
	sanitizer_is_free(daemon, job);
	switch ((enum sanitize_outcome)answer->outcome) {
	case SANITIZE_SAFE:
		take_results(daemon, job, message, answer);
		if (job->safe_fd != -1 && is_sealed(job->safe_fd)) {
			send_verify(daemon, job);
			return;
		}
		outcome_hold(daemon, job, "the sanitizer gave no safe mail");
		return;
	case SANITIZE_HOLD:
		take_results(daemon, job, message, answer);
		reason_copy(reason, "", message->tail);
		outcome_hold(daemon, job, reason);
		return;
	case SANITIZE_FAILED:
		take_results(daemon, job, message, answer);
		reason_copy(reason, "could not be made safe: ", message->tail);
		break;
	case SANITIZE_CRASHED:
		reason_copy(reason, "the sanitizer crashed: ", message->tail);
		if (answer->detail == SIGKILL) {
			/* from outside: memory is short, or its parent died */
			outcome_crashed(daemon, job, reason);
			return;
		}
		break;
	case SANITIZE_TIMEOUT:
		reason_copy(reason, "the sanitizer took too long: ",
		    message->tail);
		break;
	case SANITIZE_BUSY:
		outcome_again(daemon, job);
		return;
	default:
		reason_copy(reason, "the sanitizer gave a wrong answer",
		    NO_SPAN);
	}
	outcome_hold(daemon, job, reason);
}

void
flow_verified(struct spool_daemon *daemon, const struct ipc_message *message)
{
	const struct msg_verified *answer = message->fixed;
	struct job *job = job_find(daemon, answer->id);
	char reason[REASON_BYTES_MAX + 1], text[REASON_BYTES_MAX + 1];

	if (job == NULL || job->state != JOB_VERIFY)
		return;
	if (answer->yes == 1 && answer->bytes == job->safe_bytes) {
		memcpy(job->sha256, answer->sha256, sizeof(job->sha256));
		job->verified = true;
		flow_deliver(daemon, job);
		return;
	}
	counter_add(COUNTER_VERIFY_NO, 1);
	snprintf(text, sizeof(text), "verifier refused at offset %llu: ",
	    (unsigned long long)answer->offset);
	reason_copy(reason, text, message->tail);
	outcome_hold(daemon, job, reason);
}

/* ---- delivery ---- */

static bool
is_ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= 0x80)
			return false;
	return true;
}

/* The recipients of the next transaction; false: none is left. */
static bool
batch_fill(struct job *job)
{
	const struct spool_file *file = &job->mail.file;

	job->batch_n = 0;
	for (uint32_t i = 0; i < file->envelope.recipients_n &&
	    job->batch_n < SPOOL_TRANSACTION_MAX; i++)
		if (file->results[i].state == SPOOL_PENDING &&
		    !job->attempted[i])
			job->batch[job->batch_n++] = (uint8_t)i;
	return job->batch_n > 0;
}

static enum err
batch_send(const struct spool_daemon *daemon, struct job *job,
    struct ipc_channel *channel)
{
	static struct envelope part;	/* 4 KiB; one thread */
	const struct envelope *whole = &job->mail.file.envelope;
	struct span tail = job->mail.file.envelope_bytes;
	struct msg_deliver deliver = {
		.id = job->mail.name.id,
		.job = job->serial,
		.bytes = job->safe_bytes,
		.route = job->route,
		.hop = job->hop,
		.generation = (uint32_t)daemon->generation,
	};
	bool ascii = is_ascii(whole->sender);
	struct buf buf;
	enum err err = OK;

	memcpy(deliver.sha256, job->sha256, sizeof(deliver.sha256));
	for (uint32_t i = 0; i < job->batch_n; i++)
		ascii = ascii &&
		    is_ascii(whole->recipients[job->batch[i]].address);
	if (!ascii)
		deliver.flags |= DELIVER_SMTPUTF8;
	buf_init(&buf, MSG_TAIL_BYTES_MAX);
	if (job->batch_n < whole->recipients_n) {
		part = *whole;
		part.recipients_n = job->batch_n;
		for (uint32_t i = 0; i < job->batch_n; i++)
			part.recipients[i] =
			    whole->recipients[job->batch[i]];
		err = envelope_encode(&part, &buf);
		tail = buf_span(&buf);
	}
	if (err == OK)
		err = ipc_send(channel, MSG_DELIVER, &deliver, tail,
		    &job->safe_fd, 1);
	buf_fini(&buf);
	return err;
}

void
flow_deliver(struct spool_daemon *daemon, struct job *job)
{
	uint64_t mono_ms = clock_monotonic_ms(), retry_ms = 0;
	struct ipc_channel *channel;
	struct rules_hop hop;
	enum queue_room room;

	if (!batch_fill(job)) {
		outcome_attempt_ends(daemon, job);
		return;
	}
	if (job->route == QUEUE_ROUTE_UNKNOWN) {
		outcome_hold(daemon, job, "its route is not in the rules");
		return;
	}
	job->segment = daemon->routes[job->route].rules.to;
	channel = daemon->deliver[job->segment].channel;
	if (channel == NULL || daemon->stopping) {
		outcome_again(daemon, job);
		return;
	}
	room = queue_hop_begins(daemon->queue, job->route, job->tried, mono_ms,
	    &job->hop, &retry_ms);
	if (room == QUEUE_FULL) {
		job->state = JOB_READY;
		job->deadline_ms = UINT64_MAX;
		return;
	}
	if (room == QUEUE_DOWN) {
		job->retry_ms = retry_ms;
		outcome_attempt_ends(daemon, job);
		return;
	}
	rules_route_hop(daemon->image, job->route, job->hop, &hop);
	job->maildir = hop.kind == RULES_HOP_MAILDIR;
	if (batch_send(daemon, job, channel) != OK) {
		queue_hop_unknown(daemon->queue, job->route, job->hop);
		outcome_again(daemon, job);
		return;
	}
	job_wait(job, JOB_DELIVER, SPOOL_DELIVER_MS);
}

/* "5.1.1" in front of the text; the codec has checked it. */
static void
result_status(const struct delivery_result *result, uint16_t status[3])
{
	struct span rest = delivery_result_status(result), part;
	uint64_t n;

	for (int i = 0; i < 3; i++) {
		(void)span_cut(&rest, '.', &part);
		status[i] = span_decimal(part, 999, &n) ? (uint16_t)n : 0;
	}
}

static void
result_apply(struct spool_daemon *daemon, struct job *job, uint32_t i,
    const struct delivery_result *result, bool passed)
{
	struct spool_result *to = &job->mail.file.results[i];

	if (result->class != DELIVERY_DONE)
		outcome_reason(daemon, job, result->text);
	if (result->class == DELIVERY_LATER) {
		job->attempted[i] = true;
		return;
	}
	to->state = result->class == DELIVERY_DONE ? SPOOL_DELIVERED :
	    SPOOL_REFUSED;
	to->maildir = job->maildir;
	to->passed = passed && !job->maildir;
	to->code = result->reply_code;
	to->time_ms = clock_wall_ms();
	result_status(result, to->status);
	job->results_dirty = true;
}

/* All results or none: a wrong answer is not believed in part. */
static bool
results_read(struct job *job, struct span tail,
    struct delivery_result results[SPOOL_TRANSACTION_MAX])
{
	struct wire_reader reader;

	wire_reader_init(&reader, tail);
	for (uint32_t i = 0; i < job->batch_n; i++)
		if (delivery_result_get(&reader, &results[i]) != OK)
			return false;
	return wire_reader_done(&reader);
}

/* Not finished with this transaction: what is known must not be lost. */
static void
record_now(struct spool_daemon *daemon, struct job *job)
{
	struct diag diag;

	if (!job->results_dirty || spool_file_pending(&job->mail.file) == 0)
		return;
	if (spool_store_record(daemon->store, &job->mail, false, 0,
	    job->mail.file.envelope.recipients_n, &diag) != OK)
		log_alarm("record results: %s", diag.what);
	else
		job->results_dirty = false;
}

void
flow_delivered(struct spool_daemon *daemon, const struct daemon_peer *peer,
    const struct ipc_message *message)
{
	const struct msg_delivered *answer = message->fixed;
	struct delivery_result results[SPOOL_TRANSACTION_MAX];
	struct job *job = job_find(daemon, answer->id);

	if (job == NULL || job->state != JOB_DELIVER ||
	    job->serial != answer->job || job->segment != peer->segment)
		return;
	if (answer->results == 0) {
		/* new rules have reached only one of us yet */
		queue_hop_unknown(daemon->queue, job->route, job->hop);
		outcome_again(daemon, job);
		return;
	}
	if (answer->results != job->batch_n ||
	    !results_read(job, message->tail, results)) {
		log_alarm("the deliverer gave a wrong answer");
		queue_hop_unknown(daemon->queue, job->route, job->hop);
		outcome_crashed(daemon, job, "delivery gave a wrong answer");
		return;
	}
	queue_hop_ends(daemon->queue, job->route, job->hop,
	    answer->hop_failed != 0, clock_monotonic_ms());
	if (answer->hop_failed != 0) {
		/* new rules may have come meanwhile: then it is none of them */
		if (job->hop < SPOOL_HOPS_MAX)
			job->tried |= 1u << job->hop;
		outcome_reason(daemon, job, results[0].text);
	} else {
		/* nothing above lets this happen: it is counted apart */
		if (!job->verified)
			counter_add(COUNTER_UNSANITIZED_DELIVERED, 1);
		for (uint32_t i = 0; i < job->batch_n; i++)
			result_apply(daemon, job, job->batch[i],
			    &results[i], answer->dsn_passed != 0);
		record_now(daemon, job);
	}
	flow_deliver(daemon, job);
	flow_kick(daemon);
}

void
flow_kick(struct spool_daemon *daemon)
{
	for (uint32_t i = 0; i < JOBS_N; i++)
		if (daemon->jobs[i].state == JOB_READY)
			flow_deliver(daemon, &daemon->jobs[i]);
}

/* ---- trouble ---- */

static void
job_gave_up(struct spool_daemon *daemon, struct job *job, const char *what)
{
	if (job->state == JOB_DELIVER)
		queue_hop_unknown(daemon->queue, job->route, job->hop);
	outcome_crashed(daemon, job, what);
}

void
flow_peer_gone(struct spool_daemon *daemon, struct daemon_peer *peer)
{
	for (uint32_t i = 0; i < JOBS_N; i++) {
		struct job *job = &daemon->jobs[i];

		if (job->state == JOB_SANITIZE && peer == &daemon->sanitize)
			job_gave_up(daemon, job, "the sanitizer went away");
		else if (job->state == JOB_VERIFY && peer == &daemon->verify)
			job_gave_up(daemon, job, "the verifier went away");
		else if (job->state == JOB_AUDIT && peer == &daemon->audit)
			outcome_unaudited(daemon, job);
		else if (job->state == JOB_DELIVER &&
		    peer->role == ROLE_DELIVER &&
		    peer->segment == job->segment)
			job_gave_up(daemon, job, "the deliverer went away");
	}
}

void
flow_tick(struct spool_daemon *daemon)
{
	uint64_t mono_ms = clock_monotonic_ms();

	daemon->parked = 0;
	for (uint32_t i = 0; i < JOBS_N; i++) {
		struct job *job = &daemon->jobs[i];

		if (job->state == JOB_FREE || job->state == JOB_NOTIFY ||
		    job->deadline_ms > mono_ms)
			continue;
		log_alarm("no answer in time, state %d", (int)job->state);
		if (job->state == JOB_AUDIT) {
			outcome_unaudited(daemon, job);
			continue;
		}
		job_gave_up(daemon, job, "no answer in time");
	}
	flow_kick(daemon);
}

/*
 * Routes have new numbers. What is under way goes on when its route is still
 * there (counted anew); what waits for a hop is looked at by the new ones.
 */
void
flow_routes(struct spool_daemon *daemon)
{
	for (uint32_t i = 0; i < JOBS_N; i++) {
		struct job *job = &daemon->jobs[i];

		if (job->state == JOB_FREE)
			continue;
		if (job->state == JOB_DELIVER) {
			/* its hop is one of the old rules */
			job->hop = UINT32_MAX;
		}
		job->tried = 0;
		job->route = daemon_route(daemon, job->mail.file.route);
		if (job->route == QUEUE_ROUTE_UNKNOWN)
			job->counted = false;
		if (job->counted)
			queue_job_begins(daemon->queue, job->route);
	}
}

uint32_t
flow_delivering(const struct spool_daemon *daemon)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < JOBS_N; i++)
		n += daemon->jobs[i].state == JOB_DELIVER ||
		    daemon->jobs[i].state == JOB_AUDIT;
	return n;
}
