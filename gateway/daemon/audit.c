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

#include "../audit/audit_mask.h"
#include "../base/clock.h"
#include "../base/json.h"
#include "../base/log.h"
#include "../proc/counters.h"
#include "../proc/sealed.h"
#include "audit_internal.h"
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

struct loop *audit_loop;
static struct peer supervisor = { NULL, ROLE_SUPERVISOR };
static struct peer spool = { NULL, ROLE_SPOOL };
static struct peer capture = { NULL, ROLE_CAPTURE };
struct audit_file audit_log;
static struct audit_key *key;
bool audit_is_open;
static struct audit_mask mask;
static char why_closed[DIAG_WHAT_BYTES_MAX + 64];
static struct owed owed[AUDIT_OWED_MAX];
static unsigned owed_n;
static struct loop_timer second, gather;
static bool at_once;			/* somebody looks for what waits */
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

bool
audit_say(enum msg_kind kind, const void *fixed)
{
	return supervisor.channel != NULL && ipc_send(supervisor.channel,
	    kind, fixed, NONE, NULL, 0) == OK;
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
	const struct msg_audit_state fixed = { .open = audit_is_open };

	say(peer, MSG_AUDIT_STATE, &fixed, audit_is_open ? NONE :
	    span_str(why_closed));
}

/* ---- open and closed ---- */

void
audit_close_log(const struct diag *diag)
{
	bool was_open = audit_is_open;

	audit_is_open = false;
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
	uint64_t n = audit_log.waiting_n;
	struct diag diag = { .what = "" };
	enum err err;

	if (n == 0)
		return OK;
	err = audit_file_sync(&audit_log, clock_wall_ms(), &diag);
	if (err != OK) {
		audit_close_log(&diag);
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
	enum err err = audit_file_sign(&audit_log, clock_wall_ms(), &diag);

	if (err != OK)
		audit_close_log(&diag);
	return err;
}

enum err
audit_note(enum audit_type type, struct span members)
{
	enum err err = audit_file_add(&audit_log, type, clock_wall_ms(),
	    members);

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
		(void)audit_note(AUDIT_LOG, span_str(members));
		log_warn("the audit log ended in the midst of a record: %llu "
		    "bytes that nobody was told of are gone",
		    (unsigned long long)found->torn_bytes);
	}
	if (found->damaged || found->cut) {
		(void)audit_note(AUDIT_LOG, found->cut ?
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

	if (audit_file_open(&audit_log, &found, &diag) != OK) {
		audit_close_log(&diag);
		return;
	}
	if (first) {
		retain_begin();
		places_begin();
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
	if (json_end(&json) != OK || audit_note(AUDIT_ENGINE, span_sub(
	    buf_span(&members), 1, members.len - 2)) != OK ||
	    sync_log() != OK || sign_log() != OK) {
		audit_is_open = false;
	} else {
		audit_is_open = true;
		counter_set(COUNTER_AUDIT_OPEN, 1);
		if (!first)
			log_info("the audit log is written again");
		say_state(&supervisor);
		say_state(&spool);
	}
	buf_fini(&members);
}

/* ---- records ---- */

/* As it is asked for; ERR_INPUT: it is no record. */
static enum err
add_masked(enum audit_type type, struct span members)
{
	struct buf masked;
	enum err err;

	if (mask.what == 0)
		return audit_file_add(&audit_log, type, clock_wall_ms(),
		    members);
	buf_init(&masked, AUDIT_LINE_BYTES_MAX);
	err = audit_mask_members(&mask, members, &masked);
	if (err == OK)
		err = audit_file_add(&audit_log, type, clock_wall_ms(),
		    buf_span(&masked));
	buf_fini(&masked);
	return err;
}

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
		err = add_masked((enum audit_type)fixed->type,
		    buf_span(&text));
	sealed_unmap(report);
	buf_fini(&text);
	if (err == ERR_INPUT) {
		if (fixed->bytes > 0)
			log_warn("a report is no JSON, or too long: left out");
		err = add_masked((enum audit_type)fixed->type, members);
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
	if (audit_is_open && owed_n == AUDIT_OWED_MAX)
		(void)sync_log();
	if (audit_is_open)
		err = add(fixed, message->tail, fd);
	if (err == ERR_LIMIT && sync_log() == OK)
		err = add(fixed, message->tail, fd);
	if (err != OK) {
		counter_add(COUNTER_AUDIT_REFUSED, 1);
		if (peer != &capture)
			answer(peer, fixed->token, err);
		return;
	}
	at_once |= peer == &supervisor;
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

	if (clock_offset_ms != 0 && audit_is_open &&
	    (step > AUDIT_CLOCK_STEP_MS || step < -AUDIT_CLOCK_STEP_MS)) {
		snprintf(members, sizeof(members), "\"step_ms\":%lld",
		    (long long)step);
		(void)audit_note(AUDIT_CLOCK, span_str(members));
		retain_clock(step);
		log_warn("the clock was set by %lld ms", (long long)step);
	}
	clock_offset_ms = offset;
}

static void
on_second(struct loop_timer *timer)
{
	if (key != NULL && !audit_is_open)
		open_log(false);
	watch_clock();
	(void)sync_log();
	/* it syncs for itself: nobody else may wait then */
	if (audit_is_open)
		retain_second();
	if (audit_is_open)
		(void)sign_log();
	places_second();
	require(loop_timer_set(audit_loop, timer, clock_monotonic_ms() +
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
 * that somebody does wait for. What an administrator did is there at once.
 */
static void
end_round(void *arg)
{
	(void)arg;
	if (audit_log.waiting_n >= AUDIT_GATHER_MAX || at_once)
		(void)sync_log();
	else if (audit_log.waiting_n > 0 && gather.slot == 0)
		require(loop_timer_set(audit_loop, &gather,
		    clock_monotonic_ms() + AUDIT_GATHER_MS) == OK);
	at_once = false;
	places_round();
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
	peer->channel = ipc_open(audit_loop, message->fds[0], ROLE_AUDIT,
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
	audit_file_init(&audit_log, ROLE_FD_FOLDERS_FIRST, key);
	audit_is_open = true;		/* so that a failure is said */
	open_log(true);
	say(&supervisor, MSG_READY, &ready, NONE);
}

static void
take_policy(const struct msg_audit_policy *policy, struct span host)
{
	mask.what = policy->mask;
	memcpy(mask.key, policy->mask_key, sizeof(mask.key));
	retain_policy(policy->retain_days);
	places_policy(policy, host);
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
	case MSG_AUDIT_POLICY:
		take_policy(message->fixed, message->tail);
		break;
	case MSG_PLACE:
		places_connection(message->fixed, message->fds_n > 0 ?
		    message->fds[0] : -1);
		if (message->fds_n > 0)
			message->fds[0] = -1;
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
	case MSG_STOP:	/* the others have ended: what they said last is here */
		loop_stop_drained(audit_loop);
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

	audit_loop = loop_new(8, 4);
	if (audit_loop == NULL)
		die(4, "no memory");
	role_start(ROLE_AUDIT, argc, argv, &start, &state);
	if (start.folders_n != 1)
		die(4, "no folder to write into");
	supervisor.channel = ipc_open(audit_loop, ROLE_FD_SUPERVISOR,
	    ROLE_AUDIT, ROLE_SUPERVISOR, &handler);
	if (supervisor.channel == NULL)
		die(4, "no channel to the supervisor");
	second.fire = on_second;
	gather.fire = on_gathered;
	on_second(&second);
	loop_on_round(audit_loop, end_round, NULL);
	if (loop_run(audit_loop, &diag) != OK)
		die(4, "%s: %s", diag.what, strerror(diag.errnum));
	(void)sync_log();
	if (audit_is_open && key != NULL && audit_file_sign(&audit_log,
	    clock_wall_ms(), &diag) != OK)
		log_alarm("the end of the audit log is not signed: %s",
		    diag.what);
	places_end();
	audit_file_close(&audit_log);
	audit_key_free(key);
	return 0;
}
