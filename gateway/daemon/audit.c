/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho-audit: the audit log. Records come from the supervisor, the spool
 * and sekisho-capture; those of some milliseconds cost one sync, as the disk
 * is that of the mails, too, and only then those who wait are told. When the
 * log cannot be written everybody is told that it is closed, and it is tried
 * again each second: nothing may happen meanwhile that would have to be in
 * it. It has the log's folder, the key and its channels, nothing else.
 */
#include <stdio.h>
#include <string.h>

#include "../audit/audit_file.h"
#include "../base/clock.h"
#include "../base/json.h"
#include "../base/log.h"
#include "../proc/counters.h"
#include "../proc/ipc.h"
#include "../proc/role.h"
#include "../proc/sealed.h"
#include "limits.h"

#define NONE	((struct span){ NULL, 0 })

struct peer {
	struct ipc_channel	*channel;	/* NULL: away */
	enum role_id		 role;
};

/* An answer that is owed after the sync. */
struct owed {
	struct peer	*peer;
	uint64_t	 token;
};

static struct loop *loop;
static struct peer supervisor = { NULL, ROLE_SUPERVISOR };
static struct peer spool = { NULL, ROLE_SPOOL };
static struct peer capture = { NULL, ROLE_CAPTURE };
static struct audit_file file;
static struct audit_key *key;
static bool is_open;			/* records can be kept */
static char why_closed[DIAG_WHAT_BYTES_MAX + 64];
static struct owed owed[AUDIT_OWED_MAX];
static unsigned owed_n;
static struct loop_timer second, gather;
static uint64_t clock_offset_ms;	/* wall - monotonic; 0: not known */

/* ---- answers ---- */

static void
say(struct peer *peer, enum msg_kind kind, const void *fixed,
    struct span tail)
{
	/* who does not read is put down by the supervisor, or is gone */
	if (peer->channel != NULL && ipc_send(peer->channel, kind, fixed,
	    tail, NULL, 0) != OK)
		log_warn("%s does not read", role_name(peer->role));
}

static void
answer(struct peer *peer, uint64_t token, enum err err)
{
	const struct msg_audited fixed = { .token = token, .status = err };

	if (token != 0)
		say(peer, MSG_AUDITED, &fixed, NONE);
}

static void
answer_all(enum err err)
{
	for (unsigned i = 0; i < owed_n; i++)
		answer(owed[i].peer, owed[i].token, err);
	owed_n = 0;
}

static void
say_state(struct peer *peer)
{
	const struct msg_audit_state fixed = { .open = is_open };

	say(peer, MSG_AUDIT_STATE, &fixed, is_open ? NONE :
	    span_str(why_closed));
}

/* ---- open and closed ---- */

static void
close_log(const struct diag *diag)
{
	bool was_open = is_open;

	is_open = false;
	counter_set(COUNTER_AUDIT_OPEN, 0);
	snprintf(why_closed, sizeof(why_closed), "%s%s%s", diag->what,
	    diag->errnum != 0 ? ": " : "",
	    diag->errnum != 0 ? strerror(diag->errnum) : "");
	answer_all(ERR_SYSTEM);
	if (!was_open)
		return;
	counter_add(COUNTER_AUDIT_FAILURES, 1);
	log_alarm("the audit log cannot be written, so the gateway is closed "
	    "until it can: %s", why_closed);
	say_state(&supervisor);
	say_state(&spool);
}

static enum err
sync_log(void)
{
	uint64_t n = file.waiting_n;
	struct diag diag = { .what = "" };
	enum err err;

	if (n == 0)
		return OK;
	err = audit_file_sync(&file, clock_wall_ms(), &diag);
	if (err != OK) {
		close_log(&diag);
		return err;
	}
	counter_add(COUNTER_AUDIT_RECORDS, n);
	counter_add(COUNTER_AUDIT_SYNCS, 1);
	answer_all(OK);
	return OK;
}

static enum err
sign_log(void)
{
	struct diag diag = { .what = "" };
	enum err err = audit_file_sign(&file, clock_wall_ms(), &diag);

	if (err != OK)
		close_log(&diag);
	return err;
}

/* A record of our own. */
static enum err
note(enum audit_type type, struct span members)
{
	enum err err = audit_file_add(&file, type, clock_wall_ms(), members);

	if (err != OK)
		log_alarm("a record of the log itself: %s", err_name(err));
	return err;
}

static void
tell_found(const struct audit_found *found)
{
	char members[128];

	if (found->torn_bytes > 0) {
		snprintf(members, sizeof(members), "\"event\":\"torn\","
		    "\"bytes\":%llu", (unsigned long long)found->torn_bytes);
		(void)note(AUDIT_LOG, span_str(members));
		log_warn("the audit log ended in the midst of a record: %llu "
		    "bytes that nobody was told of are gone",
		    (unsigned long long)found->torn_bytes);
	}
	if (found->damaged || found->cut) {
		(void)note(AUDIT_LOG, found->cut ?
		    SPAN("\"event\":\"cut\"") : SPAN("\"event\":\"damaged\""));
		log_alarm("the audit log %s: see sekisho log verify",
		    found->cut ? "has lost records that were signed" :
		    "is damaged at its end");
	}
}

/* What happened while it was closed is in the log of stderr only. */
static void
open_log(bool first)
{
	struct audit_found found;
	struct diag diag = { .what = "" };
	struct buf members;
	struct json json;

	if (audit_file_open(&file, &found, &diag) != OK) {
		close_log(&diag);
		return;
	}
	/*
	 * A record may fit into what is left of a block; that a file can be
	 * made says more, and the next thing to be made is the head anyway.
	 */
	if (sign_log() != OK)
		return;
	tell_found(&found);
	buf_init(&members, 1024);
	json_init(&json, &members);
	json_object(&json, NULL);
	json_str(&json, "part", "audit");
	json_str(&json, "event", first ? "open" : "open again");
	if (!first)
		json_str(&json, "reason", why_closed);
	json_object_end(&json);
	if (json_end(&json) != OK || note(AUDIT_ENGINE, span_sub(
	    buf_span(&members), 1, members.len - 2)) != OK ||
	    sync_log() != OK || sign_log() != OK) {
		is_open = false;
	} else {
		is_open = true;
		counter_set(COUNTER_AUDIT_OPEN, 1);
		if (!first)
			log_info("the audit log is written again");
		say_state(&supervisor);
		say_state(&spool);
	}
	buf_fini(&members);
}

/* ---- records ---- */

/* The members that came, and the report if there is one and it is good. */
static enum err
add(const struct msg_audit *fixed, struct span members, int fd)
{
	struct span report = NONE;
	struct buf text;
	struct diag diag;
	enum err err = ERR_INPUT;

	buf_init(&text, AUDIT_LINE_BYTES_MAX);
	if (fd != -1 && fixed->bytes > 0 && sealed_map(fd,
	    AUDIT_LINE_BYTES_MAX / 2, &report, &diag) == OK &&
	    report.len >= fixed->bytes &&
	    buf_add(&text, members) == OK &&
	    buf_add_str(&text, ",\"report\":") == OK &&
	    buf_add(&text, span_trim(span_sub(report, 0, fixed->bytes))) == OK)
		err = audit_file_add(&file, (enum audit_type)fixed->type,
		    clock_wall_ms(), buf_span(&text));
	sealed_unmap(report);
	buf_fini(&text);
	if (err == ERR_INPUT) {
		if (fixed->bytes > 0)
			log_warn("a report is no JSON, or too long: left out");
		err = audit_file_add(&file, (enum audit_type)fixed->type,
		    clock_wall_ms(), members);
	}
	return err;
}

static void
record(struct peer *peer, const struct ipc_message *message)
{
	const struct msg_audit *fixed = message->fixed;
	int fd = message->fds_n > 0 ? message->fds[0] : -1;
	enum err err = ERR_SYSTEM;

	if (fixed->type == 0 || fixed->type >= AUDIT_TYPE_N)
		die(4, "a record of type %u", (unsigned)fixed->type);
	if (is_open && owed_n == AUDIT_OWED_MAX)
		(void)sync_log();
	if (is_open)
		err = add(fixed, message->tail, fd);
	if (err == ERR_LIMIT && sync_log() == OK)
		err = add(fixed, message->tail, fd);
	if (err != OK) {
		counter_add(COUNTER_AUDIT_REFUSED, 1);
		if (peer != &capture)
			answer(peer, fixed->token, err);
		return;
	}
	if (fixed->token != 0 && peer != &capture)
		owed[owed_n++] = (struct owed){ peer, fixed->token };
}

/* ---- time ---- */

/* A step of the wall clock; slow corrections are not told. */
static void
watch_clock(void)
{
	uint64_t wall = clock_wall_ms();
	uint64_t offset = wall - clock_monotonic_ms();
	int64_t step = (int64_t)(offset - clock_offset_ms);
	char members[64];

	if (clock_offset_ms != 0 && is_open && (step > AUDIT_CLOCK_STEP_MS ||
	    step < -AUDIT_CLOCK_STEP_MS)) {
		snprintf(members, sizeof(members), "\"step_ms\":%lld",
		    (long long)step);
		(void)note(AUDIT_CLOCK, span_str(members));
		log_warn("the clock was set by %lld ms", (long long)step);
	}
	clock_offset_ms = offset;
}

static void
on_second(struct loop_timer *timer)
{
	if (key != NULL && !is_open)
		open_log(false);
	watch_clock();
	(void)sync_log();
	if (is_open)
		(void)sign_log();
	require(loop_timer_set(loop, timer, clock_monotonic_ms() +
	    AUDIT_SECOND_MS) == OK);
}

static void
on_gathered(struct loop_timer *timer)
{
	(void)timer;
	(void)sync_log();
}

/*
 * No client waits for this sync, only mails that are done, so that a few more
 * of them may come together: the more syncs there are, the longer takes each
 * that somebody does wait for.
 */
static void
end_round(void *arg)
{
	(void)arg;
	if (file.waiting_n >= AUDIT_GATHER_MAX)
		(void)sync_log();
	else if (file.waiting_n > 0 && gather.slot == 0)
		require(loop_timer_set(loop, &gather, clock_monotonic_ms() +
		    AUDIT_GATHER_MS) == OK);
}

/* ---- messages ---- */

static void
peer_message(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	(void)channel;
	if (message->kind != MSG_AUDIT)
		die(4, "message %d out of place", (int)message->kind);
	record(arg, message);
}

static void
peer_closed(void *arg, struct ipc_channel *channel)
{
	struct peer *peer = arg;
	unsigned left = 0;

	ipc_close(channel);
	peer->channel = NULL;
	for (unsigned i = 0; i < owed_n; i++)
		if (owed[i].peer != peer)
			owed[left++] = owed[i];
	owed_n = left;
}

static void
new_peer(struct peer *peer, struct ipc_message *message)
{
	const struct ipc_handler handler = { .message = peer_message,
		.closed = peer_closed, .arg = peer };

	if (peer->channel != NULL)
		peer_closed(peer, peer->channel);
	peer->channel = ipc_open(loop, message->fds[0], ROLE_AUDIT,
	    peer->role, &handler);
	message->fds[0] = -1;
	if (peer->channel == NULL)
		die(4, "no room for a channel");
	/* flows are not waited for, and nobody is told */
	if (peer == &spool)
		say_state(peer);
}

static void
take_key(const struct msg_audit_key *fixed)
{
	const struct msg_empty ready = { 0 };

	if (key != NULL)
		die(4, "a second key");
	if ((key = audit_key_secret(fixed->secret)) == NULL)
		die(4, "the key cannot be used");
	audit_file_init(&file, ROLE_FD_FOLDERS_FIRST, key);
	is_open = true;		/* so that a failure is said */
	open_log(true);
	say(&supervisor, MSG_READY, &ready, NONE);
}

static void
from_supervisor(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	const struct msg_peer *peer = message->fixed;

	(void)channel;
	switch (message->kind) {
	case MSG_AUDIT_KEY:
		take_key(message->fixed);
		break;
	case MSG_AUDIT:
		record(arg, message);
		break;
	case MSG_PEER:
		if (peer->role != ROLE_SPOOL && peer->role != ROLE_CAPTURE)
			die(4, "a channel to role %u", (unsigned)peer->role);
		new_peer(peer->role == ROLE_SPOOL ? &spool : &capture,
		    message);
		break;
	case MSG_RULES:
		break;
	case MSG_STOP:
		loop_stop(loop);
		break;
	default:
		die(4, "message %d out of place", (int)message->kind);
	}
}

static void
supervisor_closed(void *arg, struct ipc_channel *channel)
{
	(void)arg;
	(void)channel;
	die(4, "the supervisor is gone");
}

int
main(int argc, char **argv)
{
	const struct ipc_handler handler = { .message = from_supervisor,
		.closed = supervisor_closed, .arg = &supervisor };
	struct role_start start;
	struct role_state state;
	struct diag diag;

	loop = loop_new(8, 4);
	if (loop == NULL)
		die(4, "no memory");
	role_start(ROLE_AUDIT, argc, argv, &start, &state);
	if (start.folders_n != 1)
		die(4, "no folder to write into");
	supervisor.channel = ipc_open(loop, ROLE_FD_SUPERVISOR, ROLE_AUDIT,
	    ROLE_SUPERVISOR, &handler);
	if (supervisor.channel == NULL)
		die(4, "no channel to the supervisor");
	second.fire = on_second;
	gather.fire = on_gathered;
	on_second(&second);
	loop_on_round(loop, end_round, NULL);
	if (loop_run(loop, &diag) != OK)
		die(4, "%s: %s", diag.what, strerror(diag.errnum));
	(void)sync_log();
	if (is_open && key != NULL && audit_file_sign(&file, clock_wall_ms(),
	    &diag) != OK)
		log_alarm("the end of the audit log is not signed: %s",
		    diag.what);
	audit_file_close(&file);
	audit_key_free(key);
	return 0;
}
