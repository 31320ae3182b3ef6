/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Segments: order, repetition, overlap, wrap, limits, and who may speak. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

#define GREETING	SPAN("SSH-2.0-x\r\n")

static struct wire
ssh(void)
{
	struct wire w = wire_open(INSPECT_SSH, false, false);

	wire_greet(&w);
	return w;
}

#define assert_answer(w, call, expected, reason) do {		\
	assert_int_equal(call, expected);			\
	assert_int_equal((w)->why, reason);			\
} while (0)

static void
what_is_held_already_is_dropped(void **state)
{
	struct wire w = ssh();

	(void)state;
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 0, SPAN("SSH-")),
	    INSPECT_HOLD, INSPECT_MORE);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 0, SPAN("SSH-")),
	    INSPECT_DROP, INSPECT_AGAIN);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 1, SPAN("SH")),
	    INSPECT_DROP, INSPECT_AGAIN);
	/* old and new in one */
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 2, SPAN("H-2.0")),
	    INSPECT_HOLD, INSPECT_MORE);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 0, GREETING),
	    INSPECT_PASS, INSPECT_FINE);
	/* of a side that passed, it passes */
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 0, SPAN("SSH-")),
	    INSPECT_PASS, INSPECT_FINE);
	assert_answer(&w, wire_say(&w, INSPECT_SERVER, 0, GREETING),
	    INSPECT_ALLOW, INSPECT_FINE);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 0, SPAN("other")),
	    INSPECT_ALLOW, INSPECT_FINE);
	wire_close(&w);
}

static void
other_bytes_at_the_same_place_cut(void **state)
{
	struct wire w = ssh();

	(void)state;
	wire_say(&w, INSPECT_CLIENT, 0, SPAN("SSH-"));
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 2, SPAN("X-2.0")),
	    INSPECT_CUT, INSPECT_OVERLAP);
	assert_answer(&w, wire_say(&w, INSPECT_SERVER, 0, GREETING),
	    INSPECT_CUT, INSPECT_OVERLAP);
	wire_close(&w);
	/* also behind a judged side, for the peer may not have it yet */
	w = ssh();
	wire_say(&w, INSPECT_CLIENT, 0, GREETING);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 11, SPAN("more")),
	    INSPECT_PASS, INSPECT_FINE);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 8, SPAN("y\r")),
	    INSPECT_CUT, INSPECT_OVERLAP);
	wire_close(&w);
	w = ssh();
	wire_say(&w, INSPECT_CLIENT, 0, GREETING);
	wire_say(&w, INSPECT_CLIENT, 11, SPAN("more"));
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 11, SPAN("evil")),
	    INSPECT_CUT, INSPECT_OVERLAP);
	wire_close(&w);
}

static void
what_is_ahead_comes_again(void **state)
{
	struct wire w = ssh();

	(void)state;
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 4, SPAN("2.0-x\r\n")),
	    INSPECT_DROP, INSPECT_ORDER);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 0, SPAN("SSH-")),
	    INSPECT_HOLD, INSPECT_MORE);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 5, SPAN(".0-x\r\n")),
	    INSPECT_DROP, INSPECT_ORDER);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 4, SPAN("2.0-x\r\n")),
	    INSPECT_PASS, INSPECT_FINE);
	/* a good side has no order to keep */
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 500, SPAN("ahead")),
	    INSPECT_PASS, INSPECT_FINE);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, (uint32_t)-7,
	    SPAN("before it")), INSPECT_DROP, INSPECT_ORDER);
	wire_close(&w);
	w = ssh();
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, (uint32_t)-2,
	    SPAN("xxSSH-2.0-x\r\n")), INSPECT_DROP, INSPECT_ORDER);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 1u << 31,
	    SPAN("SSH-2.0-x\r\n")), INSPECT_DROP, INSPECT_ORDER);
	wire_close(&w);
}

static void
sequence_numbers_wrap_anywhere(void **state)
{
	(void)state;
	for (uint32_t isn = 0u - 30; isn != 10; isn++) {
		struct wire w = wire_open(INSPECT_SSH, false, false);

		w.isn[0] = w.isn[1] = isn;
		wire_greet(&w);
		for (uint32_t i = 0; i < 10; i++) {
			assert_int_equal(wire_say(&w, INSPECT_CLIENT, i + 1,
			    span_sub(GREETING, i + 1, 1)), INSPECT_DROP);
			assert_int_equal(wire_say(&w, INSPECT_CLIENT, i,
			    span_sub(GREETING, i, 1)), INSPECT_HOLD);
			assert_int_equal(wire_say(&w, INSPECT_CLIENT, 0,
			    span_sub(GREETING, 0, i + 1)), INSPECT_DROP);
		}
		assert_int_equal(wire_say(&w, INSPECT_CLIENT, 10,
		    SPAN("\n")), INSPECT_PASS);
		assert_int_equal(wire_say(&w, INSPECT_SERVER, 0, GREETING),
		    INSPECT_ALLOW);
		wire_close(&w);
	}
}

static void
a_keepalive_neither_passes_nor_cuts(void **state)
{
	struct wire w = ssh();

	(void)state;
	/* before the first byte */
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, (uint32_t)-1,
	    SPAN("\0")), INSPECT_DROP, INSPECT_KEEPALIVE);
	wire_say(&w, INSPECT_CLIENT, 0, SPAN("SSH-"));
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 3, SPAN("\0")),
	    INSPECT_DROP, INSPECT_KEEPALIVE);
	/* elsewhere it is none */
	assert_int_equal(wire_say(&w, INSPECT_CLIENT, 4, SPAN("2.0-x\r\n")),
	    INSPECT_PASS);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 10, SPAN("\0")),
	    INSPECT_DROP, INSPECT_KEEPALIVE);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, (uint32_t)-1,
	    SPAN("\0")), INSPECT_DROP, INSPECT_KEEPALIVE);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 2, SPAN("\0")),
	    INSPECT_CUT, INSPECT_OVERLAP);
	wire_close(&w);
	w = ssh();
	wire_say(&w, INSPECT_CLIENT, 0, SPAN("SSH-"));
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 3, SPAN("\0002")),
	    INSPECT_CUT, INSPECT_OVERLAP);
	wire_close(&w);
}

static void
a_window_probe_is_a_byte_like_others(void **state)
{
	struct wire w = ssh();

	(void)state;
	wire_say(&w, INSPECT_CLIENT, 0, SPAN("SSH-"));
	assert_int_equal(wire_say(&w, INSPECT_CLIENT, 4, SPAN("2")),
	    INSPECT_HOLD);
	assert_int_equal(wire_say(&w, INSPECT_CLIENT, 4, SPAN("2")),
	    INSPECT_DROP);
	assert_int_equal(wire_say(&w, INSPECT_CLIENT, 4, SPAN("2.0-x\r\n")),
	    INSPECT_PASS);
	wire_close(&w);
}

static struct inspect_segment
segment(uint32_t seq, const char *payload)
{
	return (struct inspect_segment){ .seq = seq,
		.payload = span_str(payload) };
}

static void
a_syn_begins_a_direction_once(void **state)
{
	struct wire w = wire_open(INSPECT_SSH, false, false);
	struct inspect_segment s = segment(100, "");

	(void)state;
	s.syn = true;
	assert_int_equal(wire_show(&w, INSPECT_CLIENT, s), INSPECT_PASS);
	assert_int_equal(wire_show(&w, INSPECT_CLIENT, s), INSPECT_PASS);
	/* the client began anew before anyone spoke */
	s.seq = 200;
	assert_int_equal(wire_show(&w, INSPECT_CLIENT, s), INSPECT_PASS);
	assert_int_equal(wire_show(&w, INSPECT_CLIENT, segment(201, "SSH-")),
	    INSPECT_HOLD);
	/* PASS would let the held bytes go */
	assert_answer(&w, wire_show(&w, INSPECT_CLIENT, s), INSPECT_DROP,
	    INSPECT_SYN_AGAIN);
	s.seq = 300;
	assert_answer(&w, wire_show(&w, INSPECT_CLIENT, s), INSPECT_DROP,
	    INSPECT_SYN_AGAIN);
	assert_answer(&w, wire_show(&w, INSPECT_SERVER, segment(1, "SSH-")),
	    INSPECT_CUT, INSPECT_MIDWAY);
	wire_close(&w);
	w = wire_open(INSPECT_SSH, false, false);
	s.payload = SPAN("early");
	assert_answer(&w, wire_show(&w, INSPECT_CLIENT, s), INSPECT_CUT,
	    INSPECT_SYN_DATA);
	wire_close(&w);
	w = wire_open(INSPECT_SSH, false, false);
	s.payload = SPAN("");
	s.fin = true;
	assert_answer(&w, wire_show(&w, INSPECT_CLIENT, s), INSPECT_CUT,
	    INSPECT_ENDED);
	wire_close(&w);
	/* a beginning of one side while the other has spoken */
	w = ssh();
	wire_say(&w, INSPECT_CLIENT, 0, SPAN("SSH-"));
	s = (struct inspect_segment){ .seq = 77, .syn = true };
	assert_answer(&w, wire_show(&w, INSPECT_SERVER, s), INSPECT_DROP,
	    INSPECT_SYN_AGAIN);
	wire_close(&w);
}

static void
urgent_data_cuts(void **state)
{
	struct wire w = ssh();
	struct inspect_segment s = segment(CLIENT_ISN + 1, "SSH-");

	(void)state;
	s.urgent = true;
	assert_answer(&w, wire_show(&w, INSPECT_CLIENT, s), INSPECT_CUT,
	    INSPECT_URGENT);
	wire_close(&w);
}

static void
fin(struct wire *w, uint32_t offset, const char *payload,
    enum inspect_answer answer, enum inspect_reason why)
{
	struct inspect_segment s = segment(CLIENT_ISN + 1 + offset, payload);

	s.fin = true;
	assert_answer(w, wire_show(w, INSPECT_CLIENT, s), answer, why);
}

static void
the_end_comes_once_and_last(void **state)
{
	struct wire w = ssh();

	(void)state;
	fin(&w, 0, "", INSPECT_PASS, INSPECT_FINE);	/* said nothing */
	fin(&w, 0, "", INSPECT_PASS, INSPECT_FINE);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 0, SPAN("S")),
	    INSPECT_CUT, INSPECT_AFTER_END);
	wire_close(&w);
	w = ssh();
	wire_say(&w, INSPECT_CLIENT, 0, SPAN("SSH-"));
	fin(&w, 5, "", INSPECT_DROP, INSPECT_ORDER);
	fin(&w, 4, "", INSPECT_CUT, INSPECT_ENDED);
	wire_close(&w);
	w = ssh();
	fin(&w, 0, "SSH-", INSPECT_CUT, INSPECT_ENDED);
	wire_close(&w);
	w = ssh();
	wire_say(&w, INSPECT_CLIENT, 0, SPAN("SSH-"));
	fin(&w, 0, "SSH", INSPECT_CUT, INSPECT_AFTER_END);
	wire_close(&w);
	w = ssh();
	fin(&w, 0, "SSH-2.0-x\r\n", INSPECT_PASS, INSPECT_FINE);
	fin(&w, 11, "", INSPECT_PASS, INSPECT_FINE);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 11, SPAN("x")),
	    INSPECT_CUT, INSPECT_AFTER_END);
	wire_close(&w);
	w = ssh();
	fin(&w, 0, "SSH-2.0-x\r\n", INSPECT_PASS, INSPECT_FINE);
	fin(&w, 5, "", INSPECT_CUT, INSPECT_AFTER_END);
	wire_close(&w);
}

static void
there_is_a_limit_of_bytes_and_of_pieces(void **state)
{
	static uint8_t line[65536];
	struct wire w = wire_open(INSPECT_HTTP, false, false);
	uint32_t i;

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "GET /", 5);
	wire_greet(&w);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 0,
	    (struct span){ line, INSPECT_BYTES_MAX - 1 }), INSPECT_HOLD,
	    INSPECT_MORE);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, INSPECT_BYTES_MAX - 1,
	    SPAN("x")), INSPECT_CUT, INSPECT_TOO_LONG);
	wire_close(&w);
	/* one segment of a large send (GSO) */
	w = wire_open(INSPECT_HTTP, false, false);
	wire_greet(&w);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 0,
	    (struct span){ line, 65000 }), INSPECT_CUT, INSPECT_TOO_LONG);
	wire_close(&w);
	memcpy(line + 16000, " HTTP/1.1\r\n", 11);
	w = wire_open(INSPECT_HTTP, false, false);
	wire_greet(&w);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 0,
	    (struct span){ line, sizeof(line) }), INSPECT_PASS, INSPECT_FINE);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 65536,
	    (struct span){ line, 40 }), INSPECT_PASS, INSPECT_FINE);
	wire_close(&w);
	w = wire_open(INSPECT_HTTP, false, false);
	wire_greet(&w);
	for (i = 0; i < INSPECT_HELD_MAX - 1; i++)
		assert_int_equal(wire_say(&w, INSPECT_CLIENT, i,
		    (struct span){ line + i, 1 }), INSPECT_HOLD);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, i, SPAN("x")),
	    INSPECT_CUT, INSPECT_PIECES);
	wire_close(&w);
}

static void
more_than_a_window_of_good_bytes_passes(void **state)
{
	static uint8_t body[65000];
	struct wire w = wire_open(INSPECT_HTTP, false, false);
	struct inspect_segment s = { .payload = { body, sizeof(body) } };
	uint64_t at = 16;

	(void)state;
	wire_greet(&w);
	assert_int_equal(wire_say(&w, INSPECT_CLIENT, 0,
	    SPAN("PUT / HTTP/1.1\r\n")), INSPECT_PASS);
	/* a segment far ahead does not end the look at the first bytes */
	assert_int_equal(wire_say(&w, INSPECT_CLIENT, 0x7fffff00u,
	    SPAN("x")), INSPECT_PASS);
	assert_int_equal(wire_say(&w, INSPECT_CLIENT, 0x80000000u,
	    SPAN("x")), INSPECT_DROP);
	for (; at < 5ull << 30; at += sizeof(body)) {
		s.seq = (uint32_t)(CLIENT_ISN + 1 + at);
		if (inspect_tcp(w.inspect, w.flow, INSPECT_CLIENT, &s,
		    &w.why) != INSPECT_PASS)
			break;
	}
	assert_true(at >= 5ull << 30);
	assert_int_equal(wire_say(&w, INSPECT_SERVER, 0,
	    SPAN("HTTP/1.1 200 OK\r\n")), INSPECT_ALLOW);
	wire_close(&w);
}

static void
the_second_speaker_waits(void **state)
{
	struct wire w = wire_open(INSPECT_TLS, false, false);

	(void)state;
	wire_greet(&w);
	assert_int_equal(wire_say(&w, INSPECT_CLIENT, 0, SPAN("\26\3\1")),
	    INSPECT_HOLD);
	/* nothing of the client has reached it: this is no answer */
	assert_answer(&w, wire_say(&w, INSPECT_SERVER, 0, SPAN("\25\3\1")),
	    INSPECT_CUT, INSPECT_SERVER_FIRST);
	wire_close(&w);
	w = wire_open(INSPECT_SMTP, false, false);
	wire_greet(&w);
	assert_int_equal(wire_say(&w, INSPECT_SERVER, 0, SPAN("220-a\r\n")),
	    INSPECT_HOLD);
	assert_answer(&w, wire_say(&w, INSPECT_CLIENT, 0, SPAN("EHLO x\r\n")),
	    INSPECT_CUT, INSPECT_CLIENT_FIRST);
	wire_close(&w);
}

static void
without_a_buffer_it_comes_again(void **state)
{
	struct inspect *inspect = inspect_new(3, 1);
	struct inspect_ask ask = { .protocol = INSPECT_SSH };
	struct inspect_flow *flow[3];
	struct inspect_segment s = { .seq = 9, .syn = true };
	enum inspect_reason why;

	(void)state;
	assert_non_null(inspect);
	for (int i = 0; i < 3; i++) {
		flow[i] = inspect_open(inspect, &ask);
		assert_non_null(flow[i]);
		assert_int_equal(inspect_tcp(inspect, flow[i], INSPECT_CLIENT,
		    &s, &why), INSPECT_PASS);
	}
	assert_null(inspect_open(inspect, &ask));
	s = segment(10, "SSH-");
	assert_int_equal(inspect_tcp(inspect, flow[0], INSPECT_CLIENT, &s,
	    &why), INSPECT_HOLD);
	assert_int_equal(inspect_tcp(inspect, flow[1], INSPECT_CLIENT, &s,
	    &why), INSPECT_DROP);
	assert_int_equal(why, INSPECT_NO_BUFFER);
	inspect_close(inspect, flow[0]);
	assert_int_equal(inspect_tcp(inspect, flow[1], INSPECT_CLIENT, &s,
	    &why), INSPECT_HOLD);
	assert_int_equal(inspect_buffers_used(inspect), 1);
	inspect_free(inspect);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_held_already_is_dropped),
		cmocka_unit_test(other_bytes_at_the_same_place_cut),
		cmocka_unit_test(what_is_ahead_comes_again),
		cmocka_unit_test(sequence_numbers_wrap_anywhere),
		cmocka_unit_test(a_keepalive_neither_passes_nor_cuts),
		cmocka_unit_test(a_window_probe_is_a_byte_like_others),
		cmocka_unit_test(a_syn_begins_a_direction_once),
		cmocka_unit_test(urgent_data_cuts),
		cmocka_unit_test(the_end_comes_once_and_last),
		cmocka_unit_test(there_is_a_limit_of_bytes_and_of_pieces),
		cmocka_unit_test(more_than_a_window_of_good_bytes_passes),
		cmocka_unit_test(the_second_speaker_waits),
		cmocka_unit_test(without_a_buffer_it_comes_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
