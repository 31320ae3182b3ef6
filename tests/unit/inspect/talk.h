/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For the tests of inspect: a talk of two sides, shown in any split, and what
 * must hold for every answer. Include after cmocka.h.
 */
#ifndef SEKISHO_TEST_INSPECT_TALK_H
#define SEKISHO_TEST_INSPECT_TALK_H

#include "../../../gateway/inspect/inspect.h"

#define S(literal)	{ (const uint8_t *)("" literal), sizeof(literal) - 1 }

#define CLIENT_ISN	0xfffffff0u	/* wraps within the first bytes */
#define SERVER_ISN	0x00001000u

/* One case: what both say, in turns of whole sides. */
struct talk {
	const char		*name;
	enum inspect_protocol	 protocol;
	bool			 server_first;
	struct span		 client;
	struct span		 server;
	enum inspect_reason	 why;	/* FINE: allowed; MORE: not clear */
	bool			 listed;
};

struct wire {
	struct inspect		*inspect;
	struct inspect_flow	*flow;
	uint32_t		 isn[2];
	bool			 good[2];
	enum inspect_answer	 answer;
	enum inspect_reason	 why;
};

static bool
talk_server_allowed(void *arg, struct span name)
{
	(void)arg;
	for (size_t i = 0; i < name.len; i++)
		assert_int_equal(name.ptr[i], ascii_lower(name.ptr[i]));
	return span_equal(name, SPAN("www.example.lg.jp"));
}

static struct wire
wire_open(enum inspect_protocol protocol, bool udp, bool listed)
{
	struct inspect_ask ask = { .protocol = protocol, .udp = udp,
		.servers_listed = listed,
		.server_allowed = talk_server_allowed };
	struct wire w = { .inspect = inspect_new(1, 2),
		.isn = { CLIENT_ISN, SERVER_ISN } };

	assert_non_null(w.inspect);
	w.flow = inspect_open(w.inspect, &ask);
	assert_non_null(w.flow);
	return w;
}

static void
wire_close(struct wire *w)
{
	inspect_close(w->inspect, w->flow);
	assert_int_equal(inspect_buffers_used(w->inspect), 0);
	assert_int_equal(inspect_flows_used(w->inspect), 0);
	inspect_free(w->inspect);
}

/* The exact size on the heap, so that one byte too far is seen. */
static enum inspect_answer
wire_show(struct wire *w, enum inspect_direction direction,
    struct inspect_segment segment)
{
	struct span payload = segment.payload;
	uint8_t *copy = malloc(payload.len == 0 ? 1 : payload.len);

	assert_non_null(copy);
	if (payload.len > 0)
		memcpy(copy, payload.ptr, payload.len);
	segment.payload.ptr = copy;
	w->why = INSPECT_REASON_N;
	w->answer = inspect_tcp(w->inspect, w->flow, direction, &segment,
	    &w->why);
	free(copy);
	assert_true(w->why < INSPECT_REASON_N);
	assert_int_equal(w->why == INSPECT_MORE, w->answer == INSPECT_HOLD);
	assert_int_equal(w->why == INSPECT_FINE, w->answer == INSPECT_PASS ||
	    w->answer == INSPECT_ALLOW);
	if (w->answer == INSPECT_ALLOW || w->answer == INSPECT_CUT)
		assert_int_equal(inspect_buffers_used(w->inspect), 0);
	return w->answer;
}

static void __attribute__((unused))
wire_greet(struct wire *w)
{
	for (int d = 0; d < 2; d++)
		assert_int_equal(wire_show(w, (enum inspect_direction)d,
		    (struct inspect_segment){ .seq = w->isn[d], .syn = true }),
		    INSPECT_PASS);
}

/* Bytes at an offset of their direction's stream. */
static enum inspect_answer __attribute__((unused))
wire_say(struct wire *w, enum inspect_direction direction, uint32_t offset,
    struct span payload)
{
	return wire_show(w, direction, (struct inspect_segment){
	    .seq = w->isn[direction] + 1 + offset, .payload = payload });
}

static enum inspect_answer __attribute__((unused))
wire_datagram(struct wire *w, enum inspect_direction direction,
    struct span payload)
{
	uint8_t *copy = malloc(payload.len == 0 ? 1 : payload.len);

	assert_non_null(copy);
	if (payload.len > 0)
		memcpy(copy, payload.ptr, payload.len);
	w->answer = inspect_udp(w->inspect, w->flow, direction,
	    (struct span){ copy, payload.len }, &w->why);
	free(copy);
	return w->answer;
}

/* In pieces of step bytes, the first one of `head` (0: none). */
static void
talk_side(struct wire *w, enum inspect_direction direction, struct span all,
    size_t head, size_t step)
{
	size_t at = 0, len = head > 0 ? head : step;

	while (at < all.len && w->answer != INSPECT_CUT) {
		struct span piece = span_sub(all, at, len);

		wire_say(w, direction, (uint32_t)at, piece);
		at += piece.len;
		len = step;
		if (w->answer == INSPECT_PASS)
			w->good[direction] = true;
		/* a side that is good stays so */
		if (w->good[direction])
			assert_true(w->answer == INSPECT_PASS ||
			    w->answer == INSPECT_ALLOW);
		if (w->answer == INSPECT_ALLOW)
			assert_true(w->good[!direction]);
		assert_true(w->answer != INSPECT_DROP);
	}
}

static enum inspect_reason
talk_once(const struct talk *t, size_t client_head, size_t client_step,
    size_t server_head, size_t server_step)
{
	struct wire w = wire_open(t->protocol, false, t->listed);
	enum inspect_reason why;

	wire_greet(&w);
	for (int turn = 0; turn < 2; turn++) {
		if ((turn == 0) == t->server_first)
			talk_side(&w, INSPECT_SERVER, t->server, server_head,
			    server_step);
		else
			talk_side(&w, INSPECT_CLIENT, t->client, client_head,
			    client_step);
	}
	why = w.answer == INSPECT_PASS ? INSPECT_MORE : w.why;
	wire_close(&w);
	return why;
}

static void __attribute__((unused))
talk_every_split(const struct talk *t)
{
	const size_t all = 1u << 20;
	size_t small = t->client.len > t->server.len ? t->client.len :
	    t->server.len;

	assert_int_equal(talk_once(t, 0, all, 0, all), t->why);
	for (size_t i = 1; i < t->client.len; i++)
		assert_int_equal(talk_once(t, i, all, 0, all), t->why);
	for (size_t i = 1; i < t->server.len; i++)
		assert_int_equal(talk_once(t, 0, all, i, all), t->why);
	/* as small as may be */
	small = small / (INSPECT_HELD_MAX - 1) + 1;
	assert_int_equal(talk_once(t, 0, small, 0, small), t->why);
}

static void __attribute__((unused))
talk_table(const struct talk *talks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum inspect_reason why = talk_once(&talks[i], 0, 1u << 20, 0,
		    1u << 20);

		if (why != talks[i].why)
			fail_msg("%s: %s, should be %s", talks[i].name,
			    inspect_reason_name(why),
			    inspect_reason_name(talks[i].why));
		talk_every_split(&talks[i]);
	}
}

#endif
