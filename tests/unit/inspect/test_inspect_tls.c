/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TLS: records, hellos in any pieces, server names, and what servers answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

#include "hello.h"

#define ZERO8	"\0\0\0\0\0\0\0\0"
#define ZERO32	ZERO8 ZERO8 ZERO8 ZERO8
#define SERVER_HELLO							\
	S("\26\3\3\0\54" "\2\0\0\50" "\3\3" ZERO32 "\0\x13\x01\0" "\0\0")
#define NAME	"www.example.lg.jp"

struct hello_case {
	const char		*name;
	struct order		 order;
	bool			 listed;
	enum inspect_reason	 why;
};

static void
each_hello_has_its_answer(const struct hello_case *cases, size_t n)
{
	static struct bytes b;

	for (size_t i = 0; i < n; i++) {
		struct talk t = { cases[i].name, INSPECT_TLS, false,
			{ NULL, 0 }, SERVER_HELLO, cases[i].why,
			cases[i].listed };

		hello_records(&b, &cases[i].order, 16384);
		t.client = span_of(&b);
		talk_table(&t, 1);
		/* the same in records of 7 bytes, and of 3 */
		hello_records(&b, &cases[i].order, 7);
		t.client = span_of(&b);
		talk_table(&t, 1);
		hello_records(&b, &cases[i].order, 3);
		t.client = span_of(&b);
		assert_int_equal(talk_once(&t, 0, 1u << 20, 0, 1u << 20),
		    t.why);
	}
}

static void
a_hello_is_read_to_its_last_byte(void **state)
{
	static const struct hello_case cases[] = {
		{ "plain", { .name = NAME }, false, INSPECT_FINE },
		{ "no name", { .name = NULL }, false, INSPECT_FINE },
		{ "no extensions", { .no_extensions = true }, false,
		    INSPECT_FINE },
		{ "TLS 1.0", { .version = 0x0301 }, false, INSPECT_FINE },
		{ "SSL 3", { .version = 0x0300 }, false, INSPECT_TLS_HELLO },
		{ "version 3.4", { .version = 0x0304 }, false,
		    INSPECT_TLS_HELLO },
		{ "session of 32", { .session = 32 }, false, INSPECT_FINE },
		{ "session of 33", { .session = 33 }, false,
		    INSPECT_TLS_HELLO },
		{ "no cipher", { .ciphers = S("") }, false,
		    INSPECT_TLS_HELLO },
		{ "odd ciphers", { .ciphers = S("\x13\x01\x13") }, false,
		    INSPECT_TLS_HELLO },
		{ "compression only", { .compressions = S("\1") }, false,
		    INSPECT_TLS_HELLO },
		{ "compression too", { .compressions = S("\1\0") }, false,
		    INSPECT_FINE },
		{ "an extension", { .extensions = S("\0\x17\0\0") }, false,
		    INSPECT_FINE },
		{ "twice", { .extensions = S("\0\x17\0\0\0\x17\0\0") }, false,
		    INSPECT_TLS_EXTENSION },
		{ "too long", { .extensions = S("\0\x17\0\1") }, false,
		    INSPECT_TLS_EXTENSION },
		{ "half of one", { .extensions = S("\0\x17\0") }, false,
		    INSPECT_TLS_EXTENSION },
		{ "a byte behind", { .name = NAME, .tail = S("x") }, false,
		    INSPECT_TLS_EXTENSION },
		{ "pre-shared key last", { .extensions = S("\0\x17\0\0"
		    "\0\x29\0\0") }, false, INSPECT_FINE },
		{ "pre-shared key first", { .extensions = S("\0\x29\0\0"
		    "\0\x17\0\0") }, false, INSPECT_TLS_EXTENSION },
		{ "encrypted", { .extensions = S("\xfe\x0d\0\0") }, false,
		    INSPECT_FINE },
	};

	(void)state;
	each_hello_has_its_answer(cases, sizeof(cases) / sizeof(cases[0]));
}

static void
a_listed_name_must_be_said(void **state)
{
	static const struct hello_case cases[] = {
		{ "listed", { .name = NAME }, true, INSPECT_FINE },
		{ "in capitals", { .name = "WWW.Example.LG.JP" }, true,
		    INSPECT_FINE },
		{ "another", { .name = "evil.example.com" }, true,
		    INSPECT_TLS_NOT_LISTED },
		{ "none", { .name = NULL }, true, INSPECT_TLS_NO_NAME },
		{ "no extensions", { .no_extensions = true }, true,
		    INSPECT_TLS_NO_NAME },
		{ "encrypted", { .name = NAME,
		    .extensions = S("\xfe\x0d\0\1x") }, true,
		    INSPECT_TLS_ENCRYPTED },
		{ "encrypted, draft 8", { .name = NAME,
		    .extensions = S("\xfe\x08\0\1x") }, true,
		    INSPECT_TLS_ENCRYPTED },
		{ "encrypted, draft 7", { .name = NAME,
		    .extensions = S("\xff\x02\0\1x") }, true,
		    INSPECT_TLS_ENCRYPTED },
		{ "encrypted name", { .extensions = S("\xff\xce\0\1x") },
		    true, INSPECT_TLS_ENCRYPTED },
		{ "two name extensions", { .name = NAME,
		    .extensions = S("\0\0\0\6\0\4\0\0\1a") }, true,
		    INSPECT_TLS_EXTENSION },
		{ "two names", { .extensions = S("\0\0\0\12\0\10\0\0\1a"
		    "\0\0\1b") }, false, INSPECT_TLS_NAME },
		{ "an unknown type", { .extensions = S("\0\0\0\6\0\4\1\0\1a")
		    }, false, INSPECT_TLS_NAME },
		{ "an empty list", { .extensions = S("\0\0\0\2\0\0") },
		    false, INSPECT_TLS_NAME },
		{ "an empty extension", { .extensions = S("\0\0\0\0") },
		    false, INSPECT_TLS_NAME },
		{ "bytes behind", { .extensions = S("\0\0\0\7\0\4\0\0\1ax") },
		    false, INSPECT_TLS_NAME },
		{ "an empty name", { .name = "" }, false, INSPECT_TLS_NAME },
		{ "a dot at its end", { .name = NAME "." }, true,
		    INSPECT_TLS_NAME },
		{ "an empty label", { .name = "www..jp" }, false,
		    INSPECT_TLS_NAME },
		{ "a hyphen first", { .name = "-a.jp" }, false,
		    INSPECT_TLS_NAME },
		{ "a hyphen last", { .name = "a-.jp" }, false,
		    INSPECT_TLS_NAME },
		{ "a blank", { .name = "a b.jp" }, false, INSPECT_TLS_NAME },
		{ "no ASCII", { .name = "\xe9\x96\xa2.jp" }, false,
		    INSPECT_TLS_NAME },
		{ "IPv4", { .name = "192.0.2.1" }, false,
		    INSPECT_TLS_NAME_ADDRESS },
		{ "a number", { .name = "3221225985" }, false,
		    INSPECT_TLS_NAME_ADDRESS },
		{ "hexadecimal", { .name = "0xc0000201" }, false,
		    INSPECT_TLS_NAME_ADDRESS },
		{ "IPv6", { .name = "2001:db8::1" }, false,
		    INSPECT_TLS_NAME_ADDRESS },
		{ "digits within", { .name = "1.2.3.4.jp" }, false,
		    INSPECT_FINE },
	};

	(void)state;
	each_hello_has_its_answer(cases, sizeof(cases) / sizeof(cases[0]));
}

static void
a_name_has_its_limits(void **state)
{
	static struct bytes b;
	char name[300];
	struct order o = { .name = name };
	struct talk t = { "name", INSPECT_TLS, false, { NULL, 0 },
		SERVER_HELLO, INSPECT_FINE, false };

	(void)state;
	for (size_t len = 252; len <= 255; len++) {
		for (size_t i = 0; i < len; i++)
			name[i] = i % 64 == 63 ? '.' : 'a';
		name[len] = '\0';
		hello_records(&b, &o, 16384);
		t.client = span_of(&b);
		t.why = len <= 253 ? INSPECT_FINE : INSPECT_TLS_NAME;
		talk_table(&t, 1);
	}
	memset(name, 'a', 64);
	name[64] = '\0';
	hello_records(&b, &o, 16384);
	t.client = span_of(&b);
	t.why = INSPECT_TLS_NAME;
	talk_table(&t, 1);
}

static void
a_large_hello_fits_in_16_kib(void **state)
{
	static struct bytes b, extension;
	struct order o = { .name = NAME };
	struct talk t = { "large", INSPECT_TLS, false, { NULL, 0 },
		SERVER_HELLO, INSPECT_FINE, true };

	(void)state;
	extension.len = 0;
	put(&extension, 2, 21);		/* padding (RFC 7685) */
	put(&extension, 2, 16000);
	extension.len += 16000;
	o.extensions = span_of(&extension);
	hello_records(&b, &o, 16384);
	t.client = span_of(&b);
	assert_int_equal(talk_once(&t, 0, 1u << 20, 0, 1u << 20),
	    INSPECT_FINE);
	assert_int_equal(talk_once(&t, 1, 1460, 0, 1460), INSPECT_FINE);
	/* the same and 500 more */
	extension.len = 2;
	put(&extension, 2, 16500);
	extension.len += 16500;
	o.extensions = span_of(&extension);
	hello_records(&b, &o, 16384);
	t.client = span_of(&b);
	t.why = INSPECT_TOO_LONG;
	assert_int_equal(talk_once(&t, 0, 1u << 20, 0, 1u << 20), t.why);
	assert_int_equal(talk_once(&t, 1, 1460, 0, 1460), t.why);
}

static void
there_is_a_limit_of_extensions(void **state)
{
	static struct bytes b, extensions;
	struct order o = { .name = NULL };
	struct talk t = { "many", INSPECT_TLS, false, { NULL, 0 },
		SERVER_HELLO, INSPECT_FINE, false };

	(void)state;
	extensions.len = 0;
	for (uint32_t i = 1; i <= INSPECT_TLS_EXTENSIONS_MAX + 1; i++) {
		put(&extensions, 4, (0x5000 + i) << 16);
		o.extensions = span_of(&extensions);
		hello_records(&b, &o, 16384);
		t.client = span_of(&b);
		t.why = i <= INSPECT_TLS_EXTENSIONS_MAX ? INSPECT_FINE :
		    INSPECT_TLS_EXTENSION;
		assert_int_equal(talk_once(&t, 0, 1u << 20, 0, 1u << 20),
		    t.why);
	}
}

static void
every_length_in_a_hello_must_fit(void **state)
{
	static struct bytes b;
	const struct order o = { .name = NAME };
	struct talk t = { "cut", INSPECT_TLS, false, { NULL, 0 },
		SERVER_HELLO, INSPECT_FINE, true };

	(void)state;
	hello_records(&b, &o, 16384);
	t.client = span_of(&b);
	/* lengths: record, message, session, ciphers, compressions, ... */
	static const size_t at[] = { 3, 4, 6, 7, 8, 43, 44, 45, 50, 52, 53,
		56, 57, 58, 59, 61, 62 };

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		for (int change = -1; change <= 1; change += 2) {
			enum inspect_reason why;

			b.ptr[at[i]] = (uint8_t)(b.ptr[at[i]] + change);
			why = talk_once(&t, 0, 1u << 20, 0, 1u << 20);
			assert_true(why != INSPECT_FINE);
			b.ptr[at[i]] = (uint8_t)(b.ptr[at[i]] - change);
		}
	assert_int_equal(talk_once(&t, 0, 1u << 20, 0, 1u << 20),
	    INSPECT_FINE);
}

static void
what_is_no_hello_is_cut_at_once(void **state)
{
	static const struct talk talks[] = {
		{ "SSH", INSPECT_TLS, false, S("SSH-2.0-x\r\n"), S(""),
		    INSPECT_TLS_RECORD, false },
		{ "HTTP", INSPECT_TLS, false, S("GET / HTTP/1.1\r\n"), S(""),
		    INSPECT_TLS_RECORD, false },
		{ "SSL 2", INSPECT_TLS, false, S("\x80\x2e\1\3\1"), S(""),
		    INSPECT_TLS_RECORD, false },
		{ "SSL 3 record", INSPECT_TLS, false, S("\26\3\0\0\60"), S(""),
		    INSPECT_TLS_RECORD, false },
		{ "version 2", INSPECT_TLS, false, S("\26\2"), S(""),
		    INSPECT_TLS_RECORD, false },
		{ "version 3.4", INSPECT_TLS, false, S("\26\3\4"), S(""),
		    INSPECT_TLS_RECORD, false },
		{ "an empty record", INSPECT_TLS, false, S("\26\3\1\0\0"),
		    S(""), INSPECT_TLS_RECORD, false },
		{ "a long record", INSPECT_TLS, false, S("\26\3\1\x40\1"),
		    S(""), INSPECT_TLS_RECORD, false },
		{ "application data", INSPECT_TLS, false, S("\27\3\3\0\1x"),
		    S(""), INSPECT_TLS_RECORD, false },
		{ "a server's hello", INSPECT_TLS, false, SERVER_HELLO, S(""),
		    INSPECT_TLS_MESSAGE, false },
		{ "a short hello", INSPECT_TLS, false,
		    S("\26\3\1\0\5\1\0\0\50\3"), S(""), INSPECT_TLS_HELLO,
		    false },
		{ "a huge hello", INSPECT_TLS, false,
		    S("\26\3\1\0\5\1\1\0\0\3"), S(""), INSPECT_TOO_LONG,
		    false },
		{ "a record beyond the hello", INSPECT_TLS, false,
		    S("\26\3\1\0\200\1\0\0\100\3"), S(""), INSPECT_TLS_RECORD,
		    false },
		{ "an alert between", INSPECT_TLS, false,
		    S("\26\3\1\0\5\1\0\0\100\3\25\3\1\0\2\1\0"), S(""),
		    INSPECT_TLS_RECORD, false },
		{ "SSH on the port of PCoIP", INSPECT_PCOIP, false,
		    S("SSH-2.0-x\r\n"), S(""), INSPECT_TLS_RECORD, false },
		{ "SSH on the port of Blast", INSPECT_BLAST, false,
		    S("SSH-2.0-x\r\n"), S(""), INSPECT_TLS_RECORD, false },
	};

	(void)state;
	talk_table(talks, sizeof(talks) / sizeof(talks[0]));
}

static void
a_server_answers_with_hello_or_alert(void **state)
{
	static const struct {
		const char		*name;
		struct span		 server;
		enum inspect_reason	 why;
	} cases[] = {
		{ "alert", S("\25\3\3\0\2\2\50"), INSPECT_FINE },
		{ "alert of level 3", S("\25\3\3\0\2\3\50"),
		    INSPECT_TLS_MESSAGE },
		{ "long alert", S("\25\3\3\0\3\2\50x"), INSPECT_TLS_RECORD },
		{ "half an alert", S("\25\3\3\0\2\2"), INSPECT_MORE },
		{ "in pieces", S("\26\3\3\0\3\2\0\0\26\3\3\0\51\50\3\3" ZERO32
		    "\0\x13\x01\0\0\0"), INSPECT_FINE },
		{ "with a certificate behind", S("\26\3\3\1\54" "\2\0\0\50"
		    "\3\3" ZERO32 "\0\x13\x01\0\0\0" "\13\0\0"),
		    INSPECT_FINE },
		{ "session too long", S("\26\3\3\0\54" "\2\0\0\50" "\3\3"
		    ZERO32 "\41\x13\x01\0\0\0"), INSPECT_TLS_HELLO },
		{ "session of 33", S("\26\3\3\0\115" "\2\0\0\111" "\3\3"
		    ZERO32 "\41" ZERO32 "\0\x13\x01\0\0\0"),
		    INSPECT_TLS_HELLO },
		{ "session of 32", S("\26\3\3\0\114" "\2\0\0\110" "\3\3"
		    ZERO32 "\40" ZERO32 "\x13\x01\0\0\0"), INSPECT_FINE },
		{ "version 3.4", S("\26\3\3\0\54" "\2\0\0\50" "\3\4"
		    ZERO32 "\0\x13\x01\0\0\0"), INSPECT_TLS_HELLO },
		{ "compression", S("\26\3\3\0\54" "\2\0\0\50" "\3\3"
		    ZERO32 "\0\x13\x01\1\0\0"), INSPECT_TLS_HELLO },
		{ "SSL 3", S("\26\3\3\0\54" "\2\0\0\50" "\3\0"
		    ZERO32 "\0\x13\x01\0\0\0"), INSPECT_TLS_HELLO },
		{ "a client's hello", S("\26\3\1\0\60\1"),
		    INSPECT_TLS_MESSAGE },
		{ "data", S("\27\3\3\0\1x"), INSPECT_TLS_RECORD },
		{ "HTTP", S("HTTP/1.1 400 Bad Request\r\n"),
		    INSPECT_TLS_RECORD },
		{ "SSH", S("SSH-2.0-x\r\n"), INSPECT_TLS_RECORD },
	};
	static struct bytes b;
	const struct order o = { .name = NAME };

	(void)state;
	hello_records(&b, &o, 16384);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct talk t = { cases[i].name, INSPECT_TLS, false,
			span_of(&b), cases[i].server, cases[i].why, false };

		talk_table(&t, 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_is_read_to_its_last_byte),
		cmocka_unit_test(a_listed_name_must_be_said),
		cmocka_unit_test(a_name_has_its_limits),
		cmocka_unit_test(a_large_hello_fits_in_16_kib),
		cmocka_unit_test(there_is_a_limit_of_extensions),
		cmocka_unit_test(every_length_in_a_hello_must_fit),
		cmocka_unit_test(what_is_no_hello_is_cut_at_once),
		cmocka_unit_test(a_server_answers_with_hello_or_alert),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
