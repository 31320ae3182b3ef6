/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is told what about a mail (RFC 3461), and the notification as a mail of
 * its own in the queue: null sender, the route that goes the other way. None
 * about a notification, none to a null sender, so that none can loop. Its
 * text is spool_dsn.c.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../proc/sealed.h"
#include "spool_internal.h"

/* The commit's cookie says which job waits for it. */
#define COOKIE_JOB	(UINT64_C(1) << 63)

static bool
wants(uint8_t notify, enum dsn_action action)
{
	switch (action) {
	case DSN_FAILED:
		return notify == NOTIFY_DEFAULT ||
		    (notify & NOTIFY_FAILURE) != 0;
	case DSN_DELAYED:
		return notify == NOTIFY_DEFAULT ||
		    (notify & NOTIFY_DELAY) != 0;
	case DSN_RELAYED:
	case DSN_DELIVERED:
		return (notify & NOTIFY_SUCCESS) != 0;
	}
	return false;
}

/* Is the recipient in the state that the action tells of? */
static bool
fits(const struct spool_result *result, enum dsn_action action)
{
	if (result->told_id != 0)
		return false;
	switch (action) {
	case DSN_FAILED:
		return result->state == SPOOL_REFUSED ||
		    result->state == SPOOL_EXPIRED ||
		    result->state == SPOOL_REJECTED;
	case DSN_DELAYED:
		return result->state == SPOOL_PENDING;
	case DSN_RELAYED:
		/* RFC 3461 section 5.2.2: not if the next one was asked to */
		return result->state == SPOOL_DELIVERED && !result->maildir &&
		    !result->passed;
	case DSN_DELIVERED:
		return result->state == SPOOL_DELIVERED && result->maildir;
	}
	return false;
}

static enum dsn_reason
reason_of(const struct spool_result *result)
{
	switch ((enum spool_result_state)result->state) {
	case SPOOL_PENDING:
		return DSN_REASON_WAITING;
	case SPOOL_DELIVERED:
		return DSN_REASON_DONE;
	case SPOOL_REFUSED:
		return DSN_REASON_REFUSED;
	case SPOOL_EXPIRED:
		return DSN_REASON_EXPIRED;
	case SPOOL_REJECTED:
	case SPOOL_DROPPED:
		break;
	}
	return DSN_REASON_REJECTED;
}

/* The recipients to tell of; 0: none. */
static uint32_t
recipients_of(const struct job *job, enum dsn_action action,
    struct dsn_recipient out[ENVELOPE_RECIPIENTS_MAX])
{
	const struct spool_file *file = &job->mail.file;
	uint32_t n = 0;

	for (uint32_t i = 0; i < file->envelope.recipients_n; i++) {
		const struct envelope_recipient *recipient =
		    &file->envelope.recipients[i];
		const struct spool_result *result = &file->results[i];

		if (!fits(result, action) || !wants(recipient->notify, action))
			continue;
		out[n] = (struct dsn_recipient){
			.address = recipient->address,
			.orcpt = recipient->orcpt,
			.reason = reason_of(result),
			.code = result->code,
		};
		memcpy(out[n].status, result->status,
		    sizeof(out[n].status));
		if (result->state == SPOOL_PENDING) {
			/* RFC 3463: 4.4.1 no answer from host */
			out[n].status[0] = out[n].status[1] = 4;
			out[n].status[2] = 1;
		}
		n++;
	}
	return n;
}

static bool
is_time(const struct job *job, enum dsn_action action)
{
	const struct spool_file *file = &job->mail.file;

	if ((job->notices_done & 1u << action) != 0)
		return false;
	if (action != DSN_DELAYED)
		return true;
	return (file->status.flags & SPOOL_FLAG_DELAY_TOLD) == 0 &&
	    clock_wall_ms() >= file->received_ms + SPOOL_DELAY_MS;
}

/* The recipients of the action were told (or cannot be). */
static void
mark(struct job *job, enum dsn_action action, uint64_t told_id)
{
	struct spool_file *file = &job->mail.file;

	job->notices_done |= 1u << action;
	if (action == DSN_DELAYED) {
		file->status.flags |= SPOOL_FLAG_DELAY_TOLD;
		job->status_dirty = true;
		return;
	}
	for (uint32_t i = 0; i < file->envelope.recipients_n; i++)
		if (fits(&file->results[i], action))
			file->results[i].told_id = told_id;
	job->results_dirty = true;
}

/* RULES_NONE: nobody can be told. */
static uint32_t
reverse_route(struct spool_daemon *daemon, const struct job *job)
{
	const struct spool_file *file = &job->mail.file;
	uint32_t reverse;

	if (file->kind == SPOOL_DSN || file->envelope.sender.len == 0 ||
	    job->route == QUEUE_ROUTE_UNKNOWN)
		return RULES_NONE;
	reverse = rules_mail_reverse(daemon->image, job->route);
	if (reverse == RULES_NONE || !rules_mail_recipient(daemon->image,
	    reverse, address_domain(file->envelope.sender)))
		return RULES_NONE;
	return reverse;
}

static void
suppress(struct job *job, enum dsn_action action)
{
	const struct spool_file *file = &job->mail.file;
	char receipt[RECEIPT_TEXT_BYTES];

	receipt_text(file->id, receipt);
	counter_add(COUNTER_DSN_SUPPRESSED, 1);
	if (file->kind == SPOOL_DSN || file->envelope.sender.len == 0)
		log_info("%s no notification: the sender is null", receipt);
	else
		log_alarm("%s no notification to %.*s: no route goes there",
		    receipt, SHOW(file->envelope.sender));
	/* its own number stands for nobody */
	mark(job, action, file->id);
}

/* The bytes: a draft of our own, filled. */
static enum err
write_draft(struct spool_daemon *daemon, struct job *job,
    const struct dsn *about, uint32_t reverse, struct spool_draft *draft,
    uint64_t *body_bytes, struct diag *diag)
{
	struct envelope envelope = {
		.helo = about->gateway,
		.peer = { .family = 4, .bytes = { 127, 0, 0, 1 } },
		.protocol = PROTOCOL_ESMTP,
		.recipients_n = 1,
		.recipients = { { .address = about->sender,
		    .notify = NOTIFY_NEVER } },
	};
	static struct spool_file file;	/* 8 KiB; one thread */
	struct dsn dsn = *about;
	struct buf buf, body;
	enum err err;
	int fd = -1;

	memset(&file, 0, sizeof(file));
	file.received_ms = about->now_ms;
	file.about = about->about;
	file.kind = SPOOL_DSN;
	memcpy(file.route, daemon->routes[reverse].name, sizeof(file.route));
	buf_init(&buf, SPOOL_ENVELOPE_BYTES_MAX);
	buf_init(&body, DSN_BYTES_MAX);
	err = envelope_encode(&envelope, &buf);
	if (err != OK)
		(void)diag_set(diag, err, "envelope of a notification");
	if (err == OK)
		err = spool_store_draft(daemon->store, &file, buf_span(&buf),
		    draft, &fd, diag);
	if (err == OK) {
		dsn.id = job->notice_id = draft->id;
		err = dsn_write(&dsn, &body);
		if (err != OK)
			(void)diag_set(diag, err, "write a notification");
		else
			err = write_all(fd, buf_span(&body), diag);
		if (err != OK)
			spool_store_drop(daemon->store, draft->id);
		close(fd);
	}
	*body_bytes = body.len;
	buf_fini(&body);
	buf_fini(&buf);
	return err;
}

static enum err
begin(struct spool_daemon *daemon, struct job *job, enum dsn_action action,
    uint32_t reverse, const struct dsn_recipient *recipients, uint32_t n,
    struct diag *diag)
{
	const struct spool_file *file = &job->mail.file;
	const struct dsn dsn = {
		.about = file->id,
		.now_ms = clock_wall_ms(),
		.arrival_ms = file->received_ms,
		.retry_until_ms = file->received_ms + (uint64_t)
		    daemon->routes[job->route].rules.expire_s * 1000,
		.action = action,
		.gateway = rules_gateway_name(daemon->image),
		.sender = file->envelope.sender,
		.envid = file->envelope.envid,
		.recipients = recipients,
		.recipients_n = n,
	};
	uint64_t cookie = COOKIE_JOB | (uint64_t)(job->serial & INT32_MAX) <<
	    32 | (uint64_t)(job - daemon->jobs);
	struct spool_draft draft;
	uint64_t body_bytes;
	enum err err;

	err = write_draft(daemon, job, &dsn, reverse, &draft, &body_bytes,
	    diag);
	if (err != OK)
		return err;
	err = spool_store_commit(daemon->store, &draft, body_bytes, cookie,
	    diag);
	if (err == ERR_AGAIN)
		spool_store_drop(daemon->store, draft.id);
	return err;
}

enum notify_answer
notify_next(struct spool_daemon *daemon, struct job *job)
{
	static const enum dsn_action order[] = { DSN_FAILED, DSN_RELAYED,
	    DSN_DELIVERED, DSN_DELAYED };
	static struct dsn_recipient recipients[ENVELOPE_RECIPIENTS_MAX];
	struct diag diag;
	uint32_t n, reverse;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (!is_time(job, order[i]))
			continue;
		n = recipients_of(job, order[i], recipients);
		if (n == 0)
			continue;
		reverse = reverse_route(daemon, job);
		if (reverse == RULES_NONE) {
			suppress(job, order[i]);
			continue;
		}
		if (begin(daemon, job, order[i], reverse, recipients, n,
		    &diag) != OK) {
			log_alarm("notification: %s", diag.what);
			return NOTIFY_LATER;
		}
		job->state = JOB_NOTIFY;
		job->notice = order[i];
		daemon_again(daemon);
		return NOTIFY_BEGUN;
	}
	return NOTIFY_NONE;
}

void
notify_done(struct spool_daemon *daemon, struct job *job, enum err err,
    const struct diag *diag)
{
	struct queue_entry entry = { .name = { .id = job->notice_id,
	    .state = SPOOL_QUEUE }, .route = QUEUE_ROUTE_UNKNOWN };

	if (err != OK) {
		log_alarm("notification: %s", diag->what);
		outcome_untold(daemon, job);
		return;
	}
	counter_add(COUNTER_DSN_SENT, 1);
	daemon->queued++;
	queue_add(daemon->queue, &entry);
	mark(job, job->notice, job->notice_id);
	outcome_settle(daemon, job);
}

int
notify_memfd(const struct job *job, struct diag *diag)
{
	const struct spool_file *file = &job->mail.file;
	uint8_t *bytes;
	struct buf body;
	size_t got = 0;
	enum err err;
	int fd;

	buf_init(&body, DSN_BYTES_MAX);
	err = buf_reserve(&body, (size_t)(file->body_bytes > DSN_BYTES_MAX ?
	    DSN_BYTES_MAX + 1 : file->body_bytes), &bytes);
	if (err != OK)
		(void)diag_set(diag, err, "notification too long");
	else
		err = pread_all(job->mail.fd, bytes, (size_t)file->body_bytes,
		    file->body_offset, &got, diag);
	fd = err != OK ? -1 : memfd_create("notification", MFD_CLOEXEC |
	    MFD_ALLOW_SEALING);
	if (err == OK && fd == -1)
		err = diag_system(diag, "memory for a notification");
	if (err == OK)
		err = write_all(fd, (struct span){ bytes, got }, diag);
	if (err == OK && fcntl(fd, F_ADD_SEALS, SEALED_SEALS | F_SEAL_SEAL) ==
	    -1)
		err = diag_system(diag, "seal a notification");
	buf_fini(&body);
	if (err != OK && fd != -1) {
		close(fd);
		fd = -1;
	}
	return fd;
}
