/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Jobs: a safe mail and its recipients in one delivery attempt. Before
 * anything is sent the digest that the verifier named is computed again over
 * the very bytes that will be sent. Results go back when all are known.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/digest.h"
#include "../base/durable.h"
#include "../base/log.h"
#include "../base/receipt.h"
#include "../proc/counters.h"
#include "../proc/sealed.h"
#include "deliver_internal.h"

#define REPORT_AGAIN_MS	100

static struct job *jobs;
static struct job *free_job;
static struct job *unreported;		/* the channel was full */
static struct loop_timer report_timer;

static void on_report_timer(struct loop_timer *timer);

void
jobs_init(void)
{
	/* start-up: the table has its full size at once */
	jobs = calloc(DELIVER_JOBS_MAX, sizeof(*jobs));
	if (jobs == NULL)
		die(4, "no memory for %d jobs", DELIVER_JOBS_MAX);
	for (size_t i = DELIVER_JOBS_MAX; i > 0; i--) {
		jobs[i - 1].next = free_job;
		free_job = &jobs[i - 1];
	}
	report_timer.fire = on_report_timer;
}

struct span
job_body(const struct job *job)
{
	return job->mapped.len > 0 ? job->mapped : buf_span(&job->copied);
}

void
job_forget(struct job *job)
{
	sealed_unmap(job->mapped);
	buf_fini(&job->copied);
	buf_fini(&job->envelope);
	buf_fini(&job->texts);
	memset(job, 0, sizeof(*job));
	job->next = free_job;
	free_job = job;
}

void
job_result(struct job *job, uint32_t recipient, unsigned class,
    unsigned code, struct span text)
{
	struct job_result *result = &job->results[recipient];

	require(recipient < job->mail.recipients_n && result->class == 0);
	if (text.len > DELIVERY_TEXT_BYTES_MAX)
		text.len = DELIVERY_TEXT_BYTES_MAX;
	result->class = (uint8_t)class;
	result->code = (uint16_t)code;
	result->offset = (uint32_t)job->texts.len;
	if (buf_add(&job->texts, text) == OK)
		result->len = (uint32_t)text.len;
}

void
job_result_all(struct job *job, unsigned class, unsigned code,
    struct span text)
{
	for (uint32_t i = 0; i < job->mail.recipients_n; i++)
		if (job->results[i].class == 0)
			job_result(job, i, class, code, text);
}

static enum err
encode_results(const struct job *job, struct buf *tail)
{
	enum err err = OK;

	for (uint32_t i = 0; i < job->mail.recipients_n && err == OK; i++) {
		const struct job_result *from = &job->results[i];
		struct delivery_result to = { from->class, from->code,
		    span_sub(buf_span(&job->texts), from->offset, from->len) };

		err = delivery_result_put(tail, &to);
	}
	return err;
}

/* ERR_AGAIN: the channel is full. */
static enum err
report(const struct job *job)
{
	static struct buf tail;		/* reused; one thread */
	struct msg_delivered fixed = {
		.id = job->id,
		.job = job->number,
		.hop_failed = job->hop_failed,
		.results = job->mail.recipients_n,
		.dsn_passed = job->dsn_passed,
	};

	if (job->orphan || deliver.spool == NULL)
		return OK;	/* he who asked is gone */
	if (tail.max == 0)
		buf_init(&tail, MSG_TAIL_BYTES_MAX);
	buf_clear(&tail);
	if (encode_results(job, &tail) != OK)
		die(4, "no memory to report a delivery");
	return ipc_send(deliver.spool, MSG_DELIVERED, &fixed,
	    buf_span(&tail), NULL, 0);
}

static void
count(const struct job *job)
{
	uint64_t delivered = 0, deferred = 0, refused = 0;

	for (uint32_t i = 0; i < job->mail.recipients_n; i++) {
		if (job->results[i].class == DELIVERY_DONE)
			delivered++;
		else if (job->results[i].class == DELIVERY_LATER)
			deferred++;
		else
			refused++;
	}
	counter_add(COUNTER_DELIVERED, delivered);
	counter_add(COUNTER_DELIVERY_DEFERRED, deferred);
	counter_add(COUNTER_DELIVERY_REFUSED, refused);
	if (delivered > 0)
		counter_add(COUNTER_BYTES_DELIVERED, job_body(job).len);
}

void
job_done(struct job *job)
{
	/* every recipient has a result, or it is our bug */
	for (uint32_t i = 0; i < job->mail.recipients_n; i++)
		require(job->results[i].class != 0);
	count(job);
	if (report(job) != ERR_AGAIN) {
		job_forget(job);
		return;
	}
	job->next = unreported;
	unreported = job;
	if (loop_timer_set(deliver.loop, &report_timer,
	    clock_monotonic_ms() + REPORT_AGAIN_MS) != OK)
		require(false);
}

static void
on_report_timer(struct loop_timer *timer)
{
	struct job *job = unreported;

	unreported = NULL;
	while (job != NULL) {
		struct job *next = job->next;

		if (report(job) != ERR_AGAIN)
			job_forget(job);
		else {
			job->next = unreported;
			unreported = job;
		}
		job = next;
	}
	if (unreported != NULL && loop_timer_set(deliver.loop, timer,
	    clock_monotonic_ms() + REPORT_AGAIN_MS) != OK)
		require(false);
}

void
jobs_orphan(void)
{
	for (size_t i = 0; i < DELIVER_JOBS_MAX; i++)
		if (jobs[i].used)
			jobs[i].orphan = true;
}

/* A copy costs less than a mapping for small mails. */
static enum err
read_mail(struct job *job, int fd, uint64_t bytes, struct diag *diag)
{
	uint8_t *room;
	size_t got;
	enum err err;

	if (bytes == 0 || bytes > DELIVER_MAIL_BYTES_MAX)
		return diag_set(diag, ERR_LIMIT, "mail of %llu bytes",
		    (unsigned long long)bytes);
	if (bytes > DELIVER_COPY_BYTES_MAX) {
		err = sealed_map(fd, (size_t)bytes, &job->mapped, diag);
		if (err == OK && job->mapped.len != bytes)
			err = diag_set(diag, ERR_INPUT,
			    "memory file is shorter than the mail");
		return err;
	}
	err = buf_reserve(&job->copied, (size_t)bytes, &room);
	if (err != OK)
		return diag_set(diag, err, "no memory for a mail");
	err = pread_all(fd, room, (size_t)bytes, 0, &got, diag);
	if (err == OK && (got != bytes || lseek(fd, 0, SEEK_END) !=
	    (off_t)bytes))
		err = diag_set(diag, ERR_INPUT,
		    "memory file is not as long as the mail");
	if (err == OK)
		job->copied.len = (size_t)bytes;
	return err;
}

void
job_release(const struct job *job, struct span part)
{
	if (job->mapped.len >= DELIVER_RELEASE_BYTES_MIN)
		sealed_release(part);
}

/* The promise of the process: only what the verifier has seen goes out. */
static enum err
check_digest(const struct job *job, const uint8_t named[DIGEST_BYTES],
    struct diag *diag)
{
	struct span rest = job_body(job), piece;
	uint8_t own[DIGEST_BYTES];
	struct digest digest;

	digest_init(&digest);
	for (; rest.len > 0; rest = span_sub(rest, piece.len, rest.len)) {
		piece = span_sub(rest, 0, DELIVER_PIECE_BYTES);
		digest_add(&digest, piece);
		job_release(job, piece);
	}
	digest_end(&digest, own);
	if (memcmp(own, named, DIGEST_BYTES) != 0)
		return diag_set(diag, ERR_POLICY,
		    "the mail is not the one that was verified");
	return OK;
}

static enum err
read_envelope(struct job *job, struct span tail, uint32_t flags,
    struct diag *diag)
{
	/*
	 * DELIVER_SMTPUTF8 says what the addresses say themselves, and the
	 * text never needs it: its header is in encoded words.
	 */
	static struct envelope envelope;	/* large; one thread */

	if (buf_add(&job->envelope, tail) != OK)
		return diag_set(diag, ERR_LIMIT, "no memory for an envelope");
	if (envelope_decode(buf_span(&job->envelope), &envelope) != OK ||
	    envelope.recipients_n == 0)
		return diag_set(diag, ERR_INPUT, "envelope cannot be read");
	job->mail = (struct smtp_client_mail){
		.sender = envelope.sender,
		.envid = envelope.envid,
		.ret = (enum smtp_ret)envelope.ret,
		.eightbit = (flags & DELIVER_8BITMIME) != 0,
		.recipients = job->recipients,
		.recipients_n = envelope.recipients_n,
	};
	for (uint32_t i = 0; i < envelope.recipients_n; i++)
		job->recipients[i] = (struct smtp_client_recipient){
			.address = envelope.recipients[i].address,
			.orcpt = envelope.recipients[i].orcpt,
			.notify = envelope.recipients[i].notify,
		};
	return OK;
}

static struct job *
job_new(const struct msg_deliver *fixed)
{
	struct job *job = free_job;

	if (job == NULL)
		return NULL;
	free_job = job->next;
	job->next = NULL;
	job->used = true;
	job->id = fixed->id;
	job->number = fixed->job;
	buf_init(&job->copied, DELIVER_COPY_BYTES_MAX);
	buf_init(&job->envelope, MSG_TAIL_BYTES_MAX);
	buf_init(&job->texts, ENVELOPE_RECIPIENTS_MAX *
	    DELIVERY_TEXT_BYTES_MAX);
	return job;
}

static void
route_job(const struct msg_deliver *fixed, struct job *job)
{
	struct rules_route route = { 0 };
	struct rules_hop rules;
	struct hop *hop;

	if (fixed->route < rules_routes(deliver.image))
		rules_route(deliver.image, fixed->route, &route);
	if (fixed->route >= rules_routes(deliver.image) ||
	    route.to != deliver.segment || fixed->hop >= route.hops) {
		job_result_all(job, DELIVERY_LATER, 0,
		    SPAN("4.4.4 no such next hop in this segment"));
		job_done(job);
		return;
	}
	rules_route_hop(deliver.image, fixed->route, fixed->hop, &rules);
	if (rules.kind == RULES_HOP_MAILDIR) {
		maildir_deliver(rules.path, job);
		return;
	}
	hop = hop_find(&rules.address, rules.port);
	if (hop == NULL) {
		job_result_all(job, DELIVERY_LATER, 0,
		    SPAN("4.3.2 too many next hops at once"));
		job_done(job);
		return;
	}
	hop_add_job(hop, job);
	hop_schedule(hop);
}

/* No job could be made: say so for all recipients of the tail. */
static void
answer_busy(const struct msg_deliver *fixed, struct span tail)
{
	static struct job busy;		/* never in the table */
	struct diag diag;

	memset(&busy, 0, sizeof(busy));
	busy.id = fixed->id;
	busy.number = fixed->job;
	buf_init(&busy.envelope, MSG_TAIL_BYTES_MAX);
	buf_init(&busy.texts, ENVELOPE_RECIPIENTS_MAX *
	    DELIVERY_TEXT_BYTES_MAX);
	if (read_envelope(&busy, tail, 0, &diag) != OK)
		die(4, "job of the spool: %s", diag.what);
	job_result_all(&busy, DELIVERY_LATER, 0,
	    SPAN("4.3.2 too many deliveries at once"));
	/* a full channel here means that the spool is far beyond its limit */
	if (report(&busy) == ERR_AGAIN)
		die(4, "channel to the spool is full");
	buf_fini(&busy.envelope);
	buf_fini(&busy.texts);
}

/* Its route is one of other rules: no result at all, see msg.h. */
static void
answer_other_rules(const struct msg_deliver *fixed)
{
	const struct msg_delivered answer = { .id = fixed->id,
	    .job = fixed->job };

	if (ipc_send(deliver.spool, MSG_DELIVERED, &answer,
	    (struct span){ NULL, 0 }, NULL, 0) != OK)
		die(4, "channel to the spool is full");
}

void
job_take(const struct msg_deliver *fixed, struct ipc_message *message)
{
	char receipt[RECEIPT_TEXT_BYTES];
	struct diag diag;
	struct job *job;
	enum err err;

	if (fixed->generation != deliver.generation) {
		answer_other_rules(fixed);
		return;
	}
	job = job_new(fixed);
	if (job == NULL) {
		answer_busy(fixed, message->tail);
		return;
	}
	err = read_envelope(job, message->tail, fixed->flags, &diag);
	if (err != OK)
		die(4, "job of the spool: %s", diag.what);
	err = read_mail(job, message->fds[0], fixed->bytes, &diag);
	if (err == OK)
		err = check_digest(job, fixed->sha256, &diag);
	if (err != OK) {
		receipt_text(fixed->id, receipt);
		log_alarm("%s not sent: %s", receipt, diag.what);
		job_result_all(job, DELIVERY_LATER, 0,
		    SPAN("4.3.5 the mail is not the one that was verified"));
		job_done(job);
		return;
	}
	job->mail.body = job_body(job);
	route_job(fixed, job);
}
