/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DTLS of Blast: the first datagram of each side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

#include "hello.h"

#define VERIFY	S("\26\376\377\0\0\0\0\0\0\0\0\0\43" \
	"\3\0\0\27\0\0\0\0\0\0\0\27" \
	"\376\377\20\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\0\0\0\0")

static struct span
hello_datagram(const struct order *o, size_t offset, size_t len)
{
	static struct bytes body, out;

	hello_body(&body, o);
	out.len = 0;
	put(&out, 3, 0x16feff);
	put(&out, 4, 0);
	put(&out, 4, 0);
	put(&out, 2, (uint32_t)(12 + len));
	put(&out, 1, 1);
	put(&out, 3, (uint32_t)body.len);
	put(&out, 2, 0);
	put(&out, 3, (uint32_t)offset);
	put_vector(&out, 3, span_sub(span_of(&body), offset, len));
	return span_of(&out);
}

static size_t
body_bytes(const struct order *o)
{
	static struct bytes body;

	hello_body(&body, o);
	return body.len;
}

static void
a_hello_is_answered(void **state)
{
	static const struct span verify = VERIFY;
	const struct order o = { .name = "www.example.lg.jp", .dtls = true };
	struct span hello = hello_datagram(&o, 0, body_bytes(&o));
	struct wire w = wire_open(INSPECT_BLAST, true, false);

	(void)state;
	assert_int_equal(wire_datagram(&w, INSPECT_CLIENT, hello),
	    INSPECT_PASS);
	assert_int_equal(wire_datagram(&w, INSPECT_CLIENT, hello),
	    INSPECT_PASS);
	assert_int_equal(wire_datagram(&w, INSPECT_SERVER, verify),
	    INSPECT_ALLOW);
	wire_close(&w);
	/* each byte of a hello that is cut off is missed */
	for (size_t len = 0; len < hello.len; len++) {
		w = wire_open(INSPECT_BLAST, true, false);
		assert_int_equal(wire_datagram(&w, INSPECT_CLIENT,
		    span_sub(hello, 0, len)), INSPECT_CUT);
		wire_close(&w);
	}
}

static void
a_piece_of_a_hello_is_known_by_its_headers(void **state)
{
	const struct order o = { .name = "www.example.lg.jp", .dtls = true };
	struct wire w = wire_open(INSPECT_BLAST, true, false);

	(void)state;
	assert_int_equal(wire_datagram(&w, INSPECT_CLIENT,
	    hello_datagram(&o, 0, 40)), INSPECT_PASS);
	assert_int_equal(wire_datagram(&w, INSPECT_CLIENT,
	    hello_datagram(&o, 40, body_bytes(&o) - 40)), INSPECT_PASS);
	wire_close(&w);
	w = wire_open(INSPECT_BLAST, true, true);
	assert_int_equal(wire_datagram(&w, INSPECT_CLIENT,
	    hello_datagram(&o, 0, 40)), INSPECT_CUT);
	assert_int_equal(w.why, INSPECT_TLS_NO_NAME);
	wire_close(&w);
}

static void
what_is_no_hello_is_cut(void **state)
{
	static const struct span bad[] = {
		S(""), S("x"), S("\26\3\1\0\5"), VERIFY,
		S("\27\376\375\0\0\0\0\0\0\0\0\0\1x"),
		S("\26\376\375\0\1\0\0\0\0\0\0\0\1\1"),
	};
	const struct order o = { .dtls = true };
	const struct order tls = { .dtls = true, .version = 0x0303 };
	struct wire v = wire_open(INSPECT_BLAST, true, false);

	(void)state;
	assert_int_equal(wire_datagram(&v, INSPECT_CLIENT,
	    hello_datagram(&tls, 0, body_bytes(&tls))), INSPECT_CUT);
	assert_int_equal(v.why, INSPECT_TLS_HELLO);
	wire_close(&v);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct wire w = wire_open(INSPECT_BLAST, true, false);

		assert_int_equal(wire_datagram(&w, INSPECT_CLIENT, bad[i]),
		    INSPECT_CUT);
		wire_close(&w);
		if (i == 3)
			continue;
		w = wire_open(INSPECT_BLAST, true, false);
		wire_datagram(&w, INSPECT_CLIENT, hello_datagram(&o, 0,
		    body_bytes(&o)));
		assert_int_equal(wire_datagram(&w, INSPECT_SERVER, bad[i]),
		    INSPECT_CUT);
		wire_close(&w);
	}
}

/* Change one byte of what was good. */
static void
every_field_of_a_header_counts(void **state)
{
	static const struct {
		size_t	at;
		uint8_t	value;
	} changes[] = {
		{ 0, 23 }, { 1, 3 }, { 2, 0xfc }, { 3, 1 }, { 4, 1 },
		{ 11, 1 }, { 13, 11 }, { 14, 1 }, { 17, 1 }, { 18, 17 },
		{ 19, 1 }, { 21, 1 }, { 22, 1 }, { 24, 255 },
	};
	static const struct span verify = VERIFY;
	static const struct span bad[] = {
		S("\25\376\375\0\0\0\0\0\0\0\0\0\3\2\50x"),
		S("\25\376\375\0\0\0\0\0\0\0\0\0\0"),
	};
	const struct order o = { .dtls = true };
	struct span hello = hello_datagram(&o, 0, body_bytes(&o));
	uint8_t bytes[300];
	struct wire w;

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		for (int server = 0; server < 2; server++) {
			struct span good = server ? verify : hello;

			assert_true(good.len < sizeof(bytes));
			memcpy(bytes, good.ptr, good.len);
			bytes[changes[i].at] = changes[i].value;
			w = wire_open(INSPECT_BLAST, true, false);
			wire_datagram(&w, INSPECT_CLIENT, hello);
			assert_int_equal(w.answer, INSPECT_PASS);
			wire_datagram(&w, server ? INSPECT_SERVER :
			    INSPECT_CLIENT, (struct span){ bytes, good.len });
			assert_int_equal(w.answer, INSPECT_CUT);
			wire_close(&w);
		}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		w = wire_open(INSPECT_BLAST, true, false);
		wire_datagram(&w, INSPECT_CLIENT, hello);
		assert_int_equal(wire_datagram(&w, INSPECT_SERVER, bad[i]),
		    INSPECT_CUT);
		wire_close(&w);
	}
	/* a byte behind the record, and one behind the message in it */
	memcpy(bytes, hello.ptr, hello.len);
	bytes[hello.len] = 0;
	for (int inside = 0; inside < 2; inside++) {
		bytes[12] = (uint8_t)(hello.ptr[12] + inside);
		w = wire_open(INSPECT_BLAST, true, false);
		assert_int_equal(wire_datagram(&w, INSPECT_CLIENT,
		    (struct span){ bytes, hello.len + 1 }), INSPECT_CUT);
		wire_close(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_is_answered),
		cmocka_unit_test(a_piece_of_a_hello_is_known_by_its_headers),
		cmocka_unit_test(what_is_no_hello_is_cut),
		cmocka_unit_test(every_field_of_a_header_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
