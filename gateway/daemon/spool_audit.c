/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the spool has to say to the audit log. A mail that is done, or held,
 * moves on only after its record is durable; while the log is closed no mail
 * is taken and none is begun.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../audit/audit_record.h"
#include "../base/clock.h"
#include "../base/json.h"
#include "../base/wire.h"
#include "../proc/counters.h"
#include "spool_internal.h"

#define MEMBERS_BYTES_MAX	MSG_TAIL_BYTES_MAX
#define RECIPIENTS_BYTES	(48u * 1024)	/* then only their number */

static uint64_t
token_of(const struct spool_daemon *daemon, const struct job *job)
{
	/* a serial of 0 is never one of a job that is used */
	return (uint64_t)job->serial << 32 | (uint64_t)(job - daemon->jobs);
}

static struct job *
job_of(const struct spool_daemon *daemon, uint64_t token)
{
	uint32_t i = (uint32_t)token;

	if (i >= JOBS_N || daemon->jobs[i].state != JOB_AUDIT ||
	    daemon->jobs[i].serial != token >> 32)
		return NULL;
	return &daemon->jobs[i];
}

/* The object that json wrote, without its braces. */
static enum err
tell(struct spool_daemon *daemon, enum audit_type type, const struct buf *text,
    uint64_t token, int report, uint64_t report_bytes)
{
	const struct msg_audit audit = { .token = token, .type = type,
	    .bytes = report != -1 ? report_bytes : 0 };

	return ipc_send(daemon->audit.channel, MSG_AUDIT, &audit, span_sub(
	    buf_span(text), 1, text->len - 2), &report, report != -1 ? 1 : 0);
}

/* ---- a mail ---- */

static const char *
result_name(uint8_t state)
{
	switch ((enum spool_result_state)state) {
	case SPOOL_PENDING:
		return "pending";
	case SPOOL_DELIVERED:
		return "delivered";
	case SPOOL_REFUSED:
		return "refused";
	case SPOOL_EXPIRED:
		return "expired";
	case SPOOL_REJECTED:
		return "rejected";
	case SPOOL_DROPPED:
		return "dropped";
	}
	return "?";
}

static void
put_recipients(struct json *json, const struct spool_file *file)
{
	uint32_t i;

	json_array(json, "to");
	for (i = 0; i < file->envelope.recipients_n &&
	    json->buf->len < RECIPIENTS_BYTES; i++) {
		json_object(json, NULL);
		json_string(json, "address",
		    file->envelope.recipients[i].address);
		json_str(json, "result", result_name(file->results[i].state));
		json_object_end(json);
	}
	json_array_end(json);
	if (i < file->envelope.recipients_n)
		json_u64(json, "to_left_out",
		    file->envelope.recipients_n - i);
}

static enum err
mail_text(const struct spool_daemon *daemon, const struct job *job,
    const char *outcome, const char *why, struct buf *out)
{
	const struct spool_file *file = &job->mail.file;
	char receipt[RECEIPT_TEXT_BYTES], time[CLOCK_TEXT_BYTES];
	char peer[ADDRESS_TEXT_BYTES];
	struct json json;

	receipt_text(file->id, receipt);
	clock_rfc3339(file->received_ms, time, sizeof(time));
	json_init(&json, out);
	json_object(&json, NULL);
	json_str(&json, "receipt", receipt);
	json_str(&json, "outcome", outcome);
	if (why[0] != '\0')
		json_str(&json, "reason", why);
	json_str(&json, "kind", file->kind == SPOOL_DSN ? "notification" :
	    "mail");
	json_str(&json, "route", file->route);
	json_u64(&json, "generation", daemon->generation);
	json_str(&json, "received", time);
	if (file->envelope.peer.family != 0) {
		address_text(&file->envelope.peer, peer);
		json_str(&json, "peer", peer);
	}
	json_string(&json, "from", file->envelope.sender);
	put_recipients(&json, file);
	json_u64(&json, "bytes", file->body_bytes);
	json_milli(&json, "ms", (clock_monotonic_ns() - job->begun_ns) / 1000);
	json_object_end(&json);
	return json_end(&json);
}

bool
audit_mail(struct spool_daemon *daemon, struct job *job, const char *outcome,
    const char *why)
{
	struct buf text;
	enum err err;

	if (!daemon->audit_open || daemon->audit.channel == NULL)
		return false;
	buf_init(&text, MEMBERS_BYTES_MAX);
	err = mail_text(daemon, job, outcome, why, &text);
	if (err == OK)
		err = tell(daemon, AUDIT_MAIL, &text, token_of(daemon, job),
		    job->report_fd, job->report_bytes);
	buf_fini(&text);
	if (err != OK) {
		log_alarm("a mail's outcome cannot be recorded: %s",
		    err_name(err));
		return false;
	}
	/* some come here without having been begun */
	if (job_find(daemon, job->mail.name.id) == NULL)
		job_enter(daemon, job);
	job->state = JOB_AUDIT;
	job->deadline_ms = clock_monotonic_ms() + SPOOL_AUDIT_MS;
	return true;
}

void
audit_done(struct spool_daemon *daemon, const struct msg_audited *answer)
{
	struct job *job = job_of(daemon, answer->token);

	if (job == NULL)
		return;		/* it took too long, and was given up */
	job->audited = answer->status == OK;
	if (job->audited)
		outcome_audited(daemon, job);
	else
		outcome_unaudited(daemon, job);
}

/* ---- what was rejected at the door ---- */

static void
put_peer(struct json *json, const struct msg_rejected *rejected)
{
	struct network peer = { .prefix_len = rejected->prefix_len,
		.address.family = rejected->family };
	char text[ADDRESS_TEXT_BYTES];

	memcpy(peer.address.bytes, rejected->bytes, sizeof(rejected->bytes));
	if (peer.prefix_len == (peer.address.family == 6 ? 128 : 32))
		address_text(&peer.address, text);
	else
		network_text(&peer, text);
	json_str(json, "peer", text);
}

/* Of one alone: the words that he said, as far as he came. */
static void
put_words(struct json *json, struct wire_reader *words)
{
	struct span helo = wire_get_bytes(words, ENVELOPE_HELO_BYTES_MAX);
	bool has_from = wire_get_u8(words) == 1;
	struct span from = wire_get_bytes(words, ENVELOPE_ADDRESS_BYTES_MAX);
	uint32_t left_out = wire_get_u32(words);

	if (helo.len > 0)
		json_string(json, "helo", helo);
	if (has_from)
		json_string(json, "from", from);
	if (words->rest.len == 0 || words->bad)
		return;
	json_array(json, "to");
	while (words->rest.len > 0 && !words->bad) {
		json_object(json, NULL);
		json_string(json, "address", wire_get_bytes(words,
		    ENVELOPE_ADDRESS_BYTES_MAX));
		json_str(json, "result", "rejected");
		json_object_end(json);
	}
	json_array_end(json);
	if (left_out > 0)
		json_u64(json, "to_left_out", left_out);
}

/* n is 1, or first and last say when they were. */
static void
put_many(struct json *json, const struct msg_rejected *rejected)
{
	char time[CLOCK_TEXT_BYTES];

	json_u64(json, "n", rejected->n);
	if (rejected->n == 1)
		return;
	clock_rfc3339(rejected->first_ms, time, sizeof(time));
	json_str(json, "first", time);
	clock_rfc3339(rejected->last_ms, time, sizeof(time));
	json_str(json, "last", time);
}

/* ERR_INPUT: it is not what a receiver says. */
static enum err
rejected_text(const struct msg_rejected *rejected, struct span tail,
    struct buf *out)
{
	struct wire_reader words;
	struct span reason, route;
	struct json json;
	enum err err;

	wire_reader_init(&words, tail);
	reason = wire_get_bytes(&words, 512);
	route = wire_get_bytes(&words, SPOOL_ROUTE_BYTES_MAX);
	json_init(&json, out);
	json_object(&json, NULL);
	if (rejected->family == 4 || rejected->family == 6)
		put_peer(&json, rejected);
	else
		json_bool(&json, "others", true);
	if (route.len > 0)
		json_string(&json, "route", route);
	if (rejected->code != 0)
		json_u64(&json, "code", rejected->code);
	if (reason.len > 0)
		json_string(&json, "reason", reason);
	put_many(&json, rejected);
	if (rejected->session != 0) {
		json_u64(&json, "session", rejected->session);
		put_words(&json, &words);
	}
	json_object_end(&json);
	err = json_end(&json);
	return err == OK && !wire_reader_done(&words) ? ERR_INPUT : err;
}

void
audit_rejected(struct spool_daemon *daemon,
    const struct msg_rejected *rejected, struct span words)
{
	struct buf text;
	enum err err = ERR_SYSTEM;

	buf_init(&text, MEMBERS_BYTES_MAX);
	if (daemon->audit.channel != NULL)
		err = rejected_text(rejected, words, &text);
	if (err == OK)
		err = tell(daemon, AUDIT_REJECTED, &text, 0, -1, 0);
	if (err != OK)
		counter_add(COUNTER_AUDIT_LOST, rejected->n);
	buf_fini(&text);
}

/* ---- what an administrator does ---- */

bool
audit_admin(struct spool_daemon *daemon, uint32_t uid, const char *act,
    const char *receipt)
{
	struct buf text;
	struct json json;
	enum err err;

	if (!daemon->audit_open || daemon->audit.channel == NULL)
		return false;
	buf_init(&text, MEMBERS_BYTES_MAX);
	json_init(&json, &text);
	json_object(&json, NULL);
	json_str(&json, "act", act);
	json_u64(&json, "uid", uid);
	if (receipt[0] != '\0')
		json_str(&json, "receipt", receipt);
	json_object_end(&json);
	err = json_end(&json);
	if (err == OK)
		err = tell(daemon, AUDIT_ADMIN, &text, 0, -1, 0);
	buf_fini(&text);
	return err == OK;
}

/* ---- open and closed ---- */

void
audit_state(struct spool_daemon *daemon, bool open, struct span why)
{
	bool first = !daemon->audit_known;

	if (daemon->audit_open && !open)
		log_alarm("no mail is taken while the audit log is closed: "
		    "%.*s", SHOW(why));
	else if (!daemon->audit_open && open && !first)
		log_info("mail is taken again");
	daemon->audit_open = open;
	daemon->audit_known = true;
	if (first)
		daemon_ready(daemon);
	if (open)
		daemon_again(daemon);
}
