/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS: queries to their last byte, answers to their question. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

#define QUESTION	"\3www\7example\2jp\0" "\0\1\0\1"
#define QUERY		"\1\2\1\0\0\1\0\0\0\0\0\0" QUESTION
#define EDNS		"\0\0\51\4\320\0\0\0\0\0\0"
#define ANSWER		"\1\2\201\200\0\1\0\1\0\0\0\0" QUESTION \
	"\300\14\0\1\0\1\0\0\0\74\0\4\300\0\2\1"
#define L60	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"
#define L61	"\75" L60 "c"
#define L62	"\76" L60 "cd"
#define L63	"\77" L60 "cde"

static const struct {
	const char		*name;
	struct span		 query;
	enum inspect_reason	 why;
} queries[] = {
	{ "plain", S(QUERY), INSPECT_FINE },
	{ "EDNS", S("\1\2\1\40\0\1\0\0\0\0\0\1" QUESTION EDNS),
	    INSPECT_FINE },
	{ "EDNS with a cookie", S("\1\2\1\40\0\1\0\0\0\0\0\1" QUESTION
	    "\0\0\51\4\320\0\0\0\0\0\14\0\12\0\10abcdefgh"), INSPECT_FINE },
	{ "the root", S("\1\2\1\0\0\1\0\0\0\0\0\0" "\0\0\2\0\1"),
	    INSPECT_FINE },
	{ "a name of 255", S("\1\2\1\0\0\1\0\0\0\0\0\0" L63 L63 L63 L61
	    "\0\0\1\0\1"), INSPECT_FINE },
	{ "a name of 256", S("\1\2\1\0\0\1\0\0\0\0\0\0" L63 L63 L63 L62
	    "\0\0\1\0\1"), INSPECT_DNS_QUESTION },
	{ "an answer", S(ANSWER), INSPECT_DNS_HEADER },
	{ "short", S("\1\2\1\0\0\1\0\0\0\0\0"), INSPECT_DNS_HEADER },
	{ "empty", S(""), INSPECT_DNS_HEADER },
	{ "a notify", S("\1\2\40\0\0\1\0\0\0\0\0\0" QUESTION),
	    INSPECT_DNS_HEADER },
	{ "truncated", S("\1\2\3\0\0\1\0\0\0\0\0\0" QUESTION),
	    INSPECT_DNS_HEADER },
	{ "the zero bit", S("\1\2\1\100\0\1\0\0\0\0\0\0" QUESTION),
	    INSPECT_DNS_HEADER },
	{ "an error code", S("\1\2\1\2\0\1\0\0\0\0\0\0" QUESTION),
	    INSPECT_DNS_HEADER },
	{ "no question", S("\1\2\1\0\0\0\0\0\0\0\0\0"), INSPECT_DNS_HEADER },
	{ "two questions", S("\1\2\1\0\0\2\0\0\0\0\0\0" QUESTION QUESTION),
	    INSPECT_DNS_HEADER },
	{ "an answer inside", S("\1\2\1\0\0\1\0\1\0\0\0\0" QUESTION),
	    INSPECT_DNS_HEADER },
	{ "an authority", S("\1\2\1\0\0\1\0\0\0\1\0\0" QUESTION EDNS),
	    INSPECT_DNS_HEADER },
	{ "three additional", S("\1\2\1\0\0\1\0\0\0\0\0\3" QUESTION EDNS
	    EDNS EDNS), INSPECT_DNS_HEADER },
	{ "a pointer", S("\1\2\1\0\0\1\0\0\0\0\0\0" "\300\14\0\1\0\1"),
	    INSPECT_DNS_QUESTION },
	{ "a label of 64", S("\1\2\1\0\0\1\0\0\0\0\0\0" "\100" L60 "cdef"
	    "\0\0\1\0\1"), INSPECT_DNS_QUESTION },
	{ "no end", S("\1\2\1\0\0\1\0\0\0\0\0\0" "\3www"),
	    INSPECT_DNS_QUESTION },
	{ "type 0", S("\1\2\1\0\0\1\0\0\0\0\0\0" "\0\0\0\0\1"),
	    INSPECT_DNS_QUESTION },
	{ "class CHAOS", S("\1\2\1\0\0\1\0\0\0\0\0\0" "\0\0\20\0\3"),
	    INSPECT_DNS_QUESTION },
	{ "a byte behind", S(QUERY "x"), INSPECT_DNS_RECORD },
	{ "EDNS missing", S("\1\2\1\0\0\1\0\0\0\0\0\1" QUESTION),
	    INSPECT_DNS_RECORD },
	{ "EDNS too long", S("\1\2\1\0\0\1\0\0\0\0\0\1" QUESTION
	    "\0\0\51\4\320\0\0\0\0\0\1"), INSPECT_DNS_RECORD },
};

static void
queries_are_read_to_their_last_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		uint8_t tcp[600];
		struct talk t = { queries[i].name, INSPECT_DNS, false,
			{ tcp, queries[i].query.len + 2 },
			S("\0\40\1\2\201\200\0\1\0\0\0\0\0\0" QUESTION),
			queries[i].why, false };
		struct wire w = wire_open(INSPECT_DNS, true, false);

		wire_datagram(&w, INSPECT_CLIENT, queries[i].query);
		if (w.why != queries[i].why)
			fail_msg("%s: %s", queries[i].name,
			    inspect_reason_name(w.why));
		wire_close(&w);
		tcp[0] = (uint8_t)(queries[i].query.len >> 8);
		tcp[1] = (uint8_t)queries[i].query.len;
		memcpy(tcp + 2, queries[i].query.ptr, queries[i].query.len);
		talk_table(&t, 1);
	}
}

static void
every_datagram_is_looked_at(void **state)
{
	struct wire w = wire_open(INSPECT_DNS, true, false);

	(void)state;
	assert_int_equal(wire_datagram(&w, INSPECT_CLIENT, SPAN(QUERY)),
	    INSPECT_PASS);
	assert_int_equal(wire_datagram(&w, INSPECT_SERVER, SPAN(ANSWER)),
	    INSPECT_PASS);
	assert_int_equal(wire_datagram(&w, INSPECT_SERVER, SPAN(ANSWER)),
	    INSPECT_PASS);
	/* another id: late or a guess, but no end of the flow */
	assert_int_equal(wire_datagram(&w, INSPECT_SERVER,
	    SPAN("\1\3\201\200\0\1\0\0\0\0\0\0" QUESTION)), INSPECT_DROP);
	assert_int_equal(w.why, INSPECT_DNS_ID);
	assert_int_equal(wire_datagram(&w, INSPECT_SERVER, SPAN(ANSWER)),
	    INSPECT_PASS);
	assert_int_equal(wire_datagram(&w, INSPECT_CLIENT, SPAN("tunnel")),
	    INSPECT_CUT);
	assert_int_equal(wire_datagram(&w, INSPECT_CLIENT, SPAN(QUERY)),
	    INSPECT_CUT);
	assert_int_equal(w.why, INSPECT_DNS_HEADER);
	wire_close(&w);
	w = wire_open(INSPECT_DNS, true, false);
	assert_int_equal(wire_datagram(&w, INSPECT_SERVER, SPAN(ANSWER)),
	    INSPECT_CUT);
	assert_int_equal(w.why, INSPECT_SERVER_FIRST);
	wire_close(&w);
}

static void
answers_have_a_header_and_a_question(void **state)
{
	static const struct {
		struct span		answer;
		enum inspect_reason	why;
	} cases[] = {
		{ S("\1\2\201\203\0\1\0\0\0\0\0\0" QUESTION),
		    INSPECT_FINE },
		{ S("\1\2\203\200\0\1\0\0\0\0\0\0" QUESTION),
		    INSPECT_FINE },
		{ S("\1\2\201\200\0\0\0\0\0\0\0\0"), INSPECT_FINE },
		{ S("\1\2\1\200\0\1\0\0\0\0\0\0" QUESTION),
		    INSPECT_DNS_HEADER },
		{ S("\1\2\241\200\0\1\0\0\0\0\0\0" QUESTION),
		    INSPECT_DNS_HEADER },
		{ S("\1\2\201\300\0\1\0\0\0\0\0\0" QUESTION),
		    INSPECT_DNS_HEADER },
		{ S("\1\2\201\200\0\2\0\0\0\0\0\0" QUESTION QUESTION),
		    INSPECT_DNS_HEADER },
		{ S("\1\2\201\200\0\1\0\0\0\0\0\0" "\300\14\0\1\0\1"),
		    INSPECT_DNS_QUESTION },
		{ S("\1\2\201\200\0\1\0\0\0\0\0\0" "\3www"),
		    INSPECT_DNS_QUESTION },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wire w = wire_open(INSPECT_DNS, true, false);

		wire_datagram(&w, INSPECT_CLIENT, SPAN(QUERY));
		wire_datagram(&w, INSPECT_SERVER, cases[i].answer);
		assert_int_equal(w.why, cases[i].why);
		wire_close(&w);
	}
}

static void
the_last_questions_are_remembered(void **state)
{
	struct wire w = wire_open(INSPECT_DNS, true, false);
	uint8_t query[] = QUERY, answer[] = ANSWER;

	(void)state;
	for (unsigned i = 0; i <= INSPECT_DNS_IDS_MAX; i++) {
		query[1] = (uint8_t)i;
		assert_int_equal(wire_datagram(&w, INSPECT_CLIENT,
		    (struct span){ query, sizeof(query) - 1 }), INSPECT_PASS);
	}
	for (unsigned i = 0; i <= INSPECT_DNS_IDS_MAX; i++) {
		answer[1] = (uint8_t)i;
		assert_int_equal(wire_datagram(&w, INSPECT_SERVER,
		    (struct span){ answer, sizeof(answer) - 1 }),
		    i == 0 ? INSPECT_DROP : INSPECT_PASS);
	}
	wire_close(&w);
}

static void
answers_over_tcp_have_an_id_that_was_asked(void **state)
{
#define TCP_QUERY	"\0\40" QUERY
	static const struct talk talks[] = {
		{ "second first", INSPECT_DNS, false, S(TCP_QUERY
		    "\0\40" "\7\7\1\0\0\1\0\0\0\0\0\0" QUESTION),
		    S("\0\40" "\7\7\201\200\0\1\0\0\0\0\0\0" QUESTION),
		    INSPECT_FINE, false },
		{ "an error without question", INSPECT_DNS, false,
		    S(TCP_QUERY), S("\0\14" "\1\2\201\201\0\0\0\0\0\0\0\0"),
		    INSPECT_FINE, false },
		{ "another id", INSPECT_DNS, false, S(TCP_QUERY),
		    S("\0\14" "\1\3\201\201\0\0\0\0\0\0\0\0"),
		    INSPECT_DNS_ID, false },
		{ "a query back", INSPECT_DNS, false, S(TCP_QUERY),
		    S(TCP_QUERY), INSPECT_DNS_HEADER, false },
		{ "no length", INSPECT_DNS, false, S(QUERY), S(""),
		    INSPECT_MORE, false },
		{ "length 11", INSPECT_DNS, false, S("\0\13"), S(""),
		    INSPECT_DNS_HEADER, false },
		{ "SSH", INSPECT_DNS, false, S("SSH-2.0-x\r\n"), S(""),
		    INSPECT_TOO_LONG, false },
	};

	(void)state;
	talk_table(talks, sizeof(talks) / sizeof(talks[0]));
}

static void
the_beginning_of_a_long_answer_is_enough(void **state)
{
	static uint8_t answer[60002];
	struct talk t = { "zone", INSPECT_DNS, false, S(TCP_QUERY),
		{ answer, sizeof(answer) }, INSPECT_FINE, false };

	(void)state;
	answer[0] = 60000 >> 8;
	answer[1] = 60000 & 255;
	memcpy(answer + 2, "\1\2\201\200\0\1\0\1\0\0\0\0" QUESTION,
	    sizeof(QUERY) - 1);
	assert_int_equal(talk_once(&t, 0, 1u << 20, 0, 1u << 20), t.why);
	assert_int_equal(talk_once(&t, 0, 1u << 20, 100, 1460), t.why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queries_are_read_to_their_last_byte),
		cmocka_unit_test(every_datagram_is_looked_at),
		cmocka_unit_test(answers_have_a_header_and_a_question),
		cmocka_unit_test(the_last_questions_are_remembered),
		cmocka_unit_test(answers_over_tcp_have_an_id_that_was_asked),
		cmocka_unit_test(the_beginning_of_a_long_answer_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
