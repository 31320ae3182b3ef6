/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The first bytes of each direction of a TCP connection, in order, and what is
 * to be done with each segment. The judge of the protocol sees all bytes of a
 * direction from its first one.
 *
 *	direction	segment				answer
 *	no SYN seen	any				CUT
 *	undecided	ahead of the next byte		DROP
 *	undecided	all of it held already		DROP
 *	any		other bytes at the same place	CUT
 *	undecided	new bytes, not enough		HOLD, or CUT at a limit
 *	undecided	new bytes, good			PASS, ALLOW if both are
 *	good		any				PASS
 *
 * Two stacks that disagree on which of two overlapping segments counts are the
 * oldest way around such a look (Ptacek and Newsham 1998): so there is never a
 * choice, they must be the same.
 */
#include <string.h>

#include "inspect_internal.h"

/* No window is larger (RFC 7323 2.3), so nothing older comes again. */
#define WINDOW_MAX	((uint32_t)1 << 30)

struct call {
	struct inspect			*inspect;
	struct inspect_flow		*flow;
	struct inspect_side		*side;
	enum inspect_direction		 direction;
	const struct inspect_segment	*segment;
	enum inspect_reason		*reason;
};

static enum inspect_answer
cut(const struct call *c, enum inspect_reason why)
{
	return inspect_refuse(c->inspect, c->flow, why, c->reason);
}

static enum inspect_answer
drop(const struct call *c, enum inspect_reason why)
{
	*c->reason = why;
	return INSPECT_DROP;
}

static enum inspect_answer
pass(const struct call *c)
{
	*c->reason = INSPECT_FINE;
	return INSPECT_PASS;
}

/*
 * A SYN has no byte of the stream. It is not passed while bytes of its side
 * are here: PASS would let these go, too.
 */
static enum inspect_answer
take_syn(const struct call *c)
{
	struct inspect_side *other = &c->flow->side[!c->direction];
	uint32_t first = c->segment->seq + 1;

	/*
	 * RFC 7413: before the handshake the server may drop the data, or not;
	 * which bytes it reads cannot be known here.
	 */
	if (c->segment->payload.len > 0)
		return cut(c, INSPECT_SYN_DATA);
	if (c->segment->fin)
		return cut(c, INSPECT_ENDED);
	if (c->side->len > 0 || c->side->ended)
		return drop(c, INSPECT_SYN_AGAIN);
	if (c->side->started && c->side->first != first && other->len > 0)
		return drop(c, INSPECT_SYN_AGAIN);
	c->side->started = true;
	c->side->first = first;
	return pass(c);
}

/* Are the bytes of the segment those that were seen at their place? */
static bool
same_bytes(const struct call *c, uint32_t offset)
{
	const struct inspect_side *side = c->side;
	struct span payload = c->segment->payload;
	size_t len;

	if (offset >= side->len)
		return true;
	len = side->len - offset;
	if (len > payload.len)
		len = payload.len;
	return len == 0 ||
	    memcmp(side->buffer->bytes + offset, payload.ptr, len) == 0;
}

/*
 * A keep-alive may carry one byte of anything at the place of the last one
 * (RFC 9293 3.8.4): it cannot go on, and must not end the flow.
 */
static bool
is_keepalive(const struct call *c, int32_t offset)
{
	return c->segment->payload.len == 1 && !c->segment->fin &&
	    offset == (int32_t)c->side->len - 1;
}

/* Add what is behind the bytes at hand, up to the limit. False: no buffer. */
static bool
append(const struct call *c, uint32_t offset)
{
	struct inspect_side *side = c->side;
	struct span payload = c->segment->payload;
	size_t old = side->len - offset, len;

	require(offset <= side->len && old <= payload.len);
	len = payload.len - old;
	if (len > INSPECT_BYTES_MAX - side->len)
		len = INSPECT_BYTES_MAX - side->len;
	if (len == 0)
		return true;
	if (!inspect_buffer_take(c->inspect, side))
		return false;
	memcpy(side->buffer->bytes + side->len, payload.ptr + old, len);
	side->len += (uint32_t)len;
	return true;
}

/* Payload behind a FIN, or a FIN elsewhere: it is not one stream. */
static bool
end_agrees(const struct call *c, uint32_t end)
{
	if (c->side->ended)
		return end <= c->side->end &&
		    (!c->segment->fin || end == c->side->end);
	return !c->segment->fin || end >= c->side->len;
}

static void
note_end(const struct call *c, uint32_t end)
{
	if (c->segment->fin) {
		c->side->ended = true;
		c->side->end = end;
	}
}

/*
 * A good direction is not looked at further, but the bytes that were judged
 * must stay what they are until the other end has answered them. After a window
 * of bytes nothing of them can come again, and the offset is soon no more one;
 * these bytes are counted, as one segment far ahead is easily sent.
 */
static enum inspect_answer
take_good(const struct call *c, int32_t offset)
{
	uint32_t at = (uint32_t)offset, end;

	if (c->side->passed > WINDOW_MAX)
		return pass(c);
	if (offset < 0)
		return drop(c, offset == -1 ? INSPECT_KEEPALIVE :
		    INSPECT_ORDER);
	end = at + (uint32_t)c->segment->payload.len;
	if (!same_bytes(c, at))
		return is_keepalive(c, offset) ? drop(c, INSPECT_KEEPALIVE) :
		    cut(c, INSPECT_OVERLAP);
	if (!end_agrees(c, end))
		return cut(c, INSPECT_AFTER_END);
	note_end(c, end);
	if (at <= c->side->len && end > c->side->len && !append(c, at))
		return drop(c, INSPECT_NO_BUFFER);
	c->side->passed += (uint32_t)c->segment->payload.len;
	return pass(c);
}

/* Did the one speak who has to wait for the other? */
static enum inspect_reason
check_turn(const struct call *c)
{
	const struct inspect_check *check =
	    inspect_check_of(c->flow->ask.protocol);

	if (c->flow->side[!c->direction].good)
		return INSPECT_FINE;
	/*
	 * The other side's bytes went on only if they were good: until then
	 * nobody can have answered them.
	 */
	if (c->direction == INSPECT_CLIENT &&
	    check->first == INSPECT_FIRST_SERVER)
		return INSPECT_CLIENT_FIRST;
	if (c->direction == INSPECT_SERVER &&
	    check->first == INSPECT_FIRST_CLIENT)
		return INSPECT_SERVER_FIRST;
	return INSPECT_FINE;
}

static enum inspect_answer
judge(const struct call *c)
{
	struct inspect_side *side = c->side;
	enum inspect_reason why = inspect_check_of(c->flow->ask.protocol)->tcp(
	    c->inspect, c->flow, c->direction,
	    (struct span){ side->buffer->bytes, side->len });

	if (why == INSPECT_FINE) {
		side->good = true;
		side->held = 0;
		if (c->flow->side[!c->direction].good)
			return inspect_allow(c->inspect, c->flow, c->reason);
		return pass(c);
	}
	if (why != INSPECT_MORE)
		return cut(c, why);
	if (side->len == INSPECT_BYTES_MAX)
		return cut(c, INSPECT_TOO_LONG);
	if (side->ended)
		return cut(c, INSPECT_ENDED);
	if (++side->held == INSPECT_HELD_MAX)
		return cut(c, INSPECT_PIECES);
	*c->reason = INSPECT_MORE;
	return INSPECT_HOLD;
}

static enum inspect_answer
take_undecided(const struct call *c, int32_t offset)
{
	struct inspect_side *side = c->side;
	uint32_t at = (uint32_t)offset, end;
	enum inspect_reason why;

	/* ahead of the next byte; before the first one is far ahead, too */
	if (at > side->len)
		return drop(c, is_keepalive(c, offset) ? INSPECT_KEEPALIVE :
		    INSPECT_ORDER);
	end = at + (uint32_t)c->segment->payload.len;
	if (!same_bytes(c, at))
		return is_keepalive(c, offset) ? drop(c, INSPECT_KEEPALIVE) :
		    cut(c, INSPECT_OVERLAP);
	if (!end_agrees(c, end))
		return cut(c, INSPECT_AFTER_END);
	if (end <= side->len) {
		if (!c->segment->fin)
			return drop(c, INSPECT_AGAIN);
		if (side->len > 0)
			return cut(c, INSPECT_ENDED);
		/* nothing was said, and nothing will be */
		note_end(c, end);
		return pass(c);
	}
	why = check_turn(c);
	if (why != INSPECT_FINE)
		return cut(c, why);
	if (!append(c, at))
		return drop(c, INSPECT_NO_BUFFER);
	note_end(c, end);
	return judge(c);
}

enum inspect_answer
inspect_tcp(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_direction direction, const struct inspect_segment *segment,
    enum inspect_reason *reason)
{
	struct call c = { inspect, flow, &flow->side[direction], direction,
		segment, reason };
	int32_t offset;

	require(!flow->ask.udp);
	require(segment->syn || segment->fin || segment->payload.len > 0);
	if (flow->state == INSPECT_ALLOWED)
		return inspect_allow(inspect, flow, reason);
	if (flow->state == INSPECT_REFUSED)
		return cut(&c, flow->reason);
	if (segment->syn)
		return take_syn(&c);
	if (!c.side->started)
		return cut(&c, INSPECT_MIDWAY);
	/*
	 * Stacks differ in which byte is urgent and in whether it stays in the
	 * stream (RFC 6093 3.2): what is judged would not be what is read.
	 */
	if (segment->urgent)
		return cut(&c, INSPECT_URGENT);
	/* modulo 2^32 (RFC 9293 3.4) */
	offset = (int32_t)(segment->seq - c.side->first);
	return c.side->good ? take_good(&c, offset) :
	    take_undecided(&c, offset);
}
