/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each no that a client gets, for the audit log: the spool makes a record of
 * it. A client may ask for as many as he likes, so the first few of the same
 * peer, reply and route go there one by one, and the rest as a number, once a
 * minute. The reply waits for none of this: who was refused lost nothing that
 * was promised to him.
 */
#include <string.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/tally.h"
#include "../base/wire.h"
#include "../proc/counters.h"
#include "receive_internal.h"

/* What is alike; a customer's /64 of IPv6 is one peer, as for sessions. */
struct alike {
	uint8_t		family;
	uint8_t		prefix_len;
	uint16_t	code;
	uint8_t		zero[4];
	uint8_t		bytes[16];
	char		route[64];
	char		reason[64];
};
_Static_assert(sizeof(struct alike) == 24 + 64 + 64 &&
    sizeof(struct alike) <= TALLY_KEY_BYTES_MAX, "no padding: it is a key");

static struct tally *tally;
static struct loop_timer timer;

void
rejects_init(void)
{
	tally = tally_new(REJECTED_PLACES, sizeof(struct alike),
	    REJECTED_AT_ONCE, REJECTED_EVERY_MS);
	if (tally == NULL)
		die(4, "no memory for what is rejected");
}

/* Longer than the place: the rest is cut off, as it is a key only. */
static void
copy_text(char *to, size_t room, struct span from)
{
	memcpy(to, from.ptr, from.len < room ? from.len : room - 1);
}

static void
make_alike(const struct listener *listener, const struct address *peer,
    const struct smtp_reply *reply, struct alike *alike)
{
	memset(alike, 0, sizeof(*alike));
	alike->family = peer->family;
	alike->prefix_len = peer->family == 6 ? 64 : 32;
	memcpy(alike->bytes, peer->bytes, peer->family == 6 ? 8 : 4);
	alike->code = (uint16_t)reply->code;
	copy_text(alike->route, sizeof(alike->route), listener->rules.name);
	copy_text(alike->reason, sizeof(alike->reason),
	    span_str(reply->text));
}

/* ---- to the spool ---- */

static bool
send_rejected(const struct msg_rejected *fixed, const struct buf *tail)
{
	return receive.spool != NULL && ipc_send(receive.spool, MSG_REJECTED,
	    fixed, buf_span(tail), NULL, 0) == OK;
}

/* What was said to him, of whom, for whom: as far as it is known. */
static enum err
put_mail(const struct session *session, const struct smtp_command *command,
    struct buf *tail)
{
	const struct envelope *envelope = session->envelope;
	bool sender = command != NULL && command->verb == SMTP_MAIL;
	bool one = command != NULL && command->verb == SMTP_RCPT;
	uint32_t n = envelope != NULL && !one ? envelope->recipients_n : 0;
	struct span from = sender ? command->address.whole :
	    envelope != NULL ? envelope->sender : (struct span){ NULL, 0 };
	enum err err = wire_put_bytes(tail, buf_span(&session->helo));

	if (err == OK)
		err = wire_put_u8(tail, sender || envelope != NULL);
	if (err == OK)
		err = wire_put_bytes(tail, from);
	if (err == OK)
		err = wire_put_u32(tail, n > REJECTED_TO_MAX ?
		    n - REJECTED_TO_MAX : 0);
	if (err == OK && one)
		err = wire_put_bytes(tail, command->address.whole);
	for (uint32_t i = 0; i < n && i < REJECTED_TO_MAX && err == OK; i++)
		err = wire_put_bytes(tail, envelope->recipients[i].address);
	return err;
}

/* One alone, with all that is known of it. session: NULL, he got none. */
static bool
tell_one(const struct listener *listener, const struct session *session,
    const struct address *peer, const struct smtp_reply *reply,
    const struct smtp_command *command)
{
	uint64_t now = clock_wall_ms();
	struct msg_rejected fixed = { .n = 1, .first_ms = now,
		.last_ms = now, .code = reply->code, .family = peer->family,
		.prefix_len = peer->family == 6 ? 128 : 32,
		.session = session != NULL ? session->number + 1 : 0 };
	struct buf tail;
	enum err err;
	bool good;

	memcpy(fixed.bytes, peer->bytes, sizeof(fixed.bytes));
	buf_init(&tail, MSG_TAIL_BYTES_MAX);
	err = wire_put_bytes(&tail, span_str(reply->text));
	if (err == OK)
		err = wire_put_bytes(&tail, listener->rules.name);
	if (err == OK && session != NULL)
		err = put_mail(session, command, &tail);
	good = err == OK && send_rejected(&fixed, &tail);
	buf_fini(&tail);
	return good;
}

/* So many more of the same, or of all that found no place. */
static bool
tell_many(const struct tally_entry *entry)
{
	struct msg_rejected fixed = { .n = entry->n,
		.first_ms = entry->first_ms, .last_ms = entry->last_ms };
	struct alike alike;
	struct buf tail;
	bool good;

	memcpy(&alike, entry->key, sizeof(alike));
	fixed.code = alike.code;
	fixed.family = alike.family;
	fixed.prefix_len = alike.prefix_len;
	memcpy(fixed.bytes, alike.bytes, sizeof(fixed.bytes));
	buf_init(&tail, MSG_TAIL_BYTES_MAX);
	good = wire_put_bytes(&tail, span_str(alike.reason)) == OK &&
	    wire_put_bytes(&tail, span_str(alike.route)) == OK &&
	    send_rejected(&fixed, &tail);
	buf_fini(&tail);
	return good;
}

/* ---- when ---- */

void
rejects_flush(bool all)
{
	uint64_t now = clock_monotonic_ms();
	const struct tally_entry *entry;

	while ((entry = tally_due(tally, now, all)) != NULL &&
	    tell_many(entry))
		tally_told(tally, now);
}

static void
on_timer(struct loop_timer *which)
{
	rejects_flush(false);
	if (!tally_is_empty(tally) && loop_timer_set(receive.loop, which,
	    clock_monotonic_ms() + REJECTED_LOOK_MS) != OK)
		require(false);
}

/* Something is counted, and is to be told some time. */
static void
wait_for_it(void)
{
	timer.fire = on_timer;
	if (timer.slot == 0 && loop_timer_set(receive.loop, &timer,
	    clock_monotonic_ms() + REJECTED_LOOK_MS) != OK)
		require(false);
}

static void
reject(const struct listener *listener, const struct session *session,
    const struct address *peer, const struct smtp_reply *reply,
    const struct smtp_command *command)
{
	uint64_t now = clock_monotonic_ms(), wall = clock_wall_ms();
	struct alike alike;

	make_alike(listener, peer, reply, &alike);
	if (!tally_add(tally, &alike, now, wall))
		wait_for_it();
	else if (!tell_one(listener, session, peer, reply, command)) {
		tally_count(tally, &alike, now, wall);
		wait_for_it();
	}
}

void
reject_session(const struct session *session, const struct smtp_reply *reply,
    const struct smtp_command *command)
{
	reject(session->listener, session, &session->peer, reply, command);
}

void
reject_peer(const struct listener *listener, const struct address *peer,
    const struct smtp_reply *reply)
{
	reject(listener, NULL, peer, reply, NULL);
}
