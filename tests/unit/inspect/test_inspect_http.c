/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTTP: request lines, status lines, and ways out of the protocol. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

#define OK_LINE	S("HTTP/1.1 200 OK\r\n")
#define GET	S("GET / HTTP/1.1\r\n")

static void
request_lines_are_strict(void **state)
{
	static const struct talk talks[] = {
		{ "GET", INSPECT_HTTP, false, GET, OK_LINE, INSPECT_FINE,
		    false },
		{ "HTTP/1.0", INSPECT_HTTP, false, S("POST /a?b HTTP/1.0\r\n"),
		    OK_LINE, INSPECT_FINE, false },
		{ "a proxy", INSPECT_HTTP, false,
		    S("GET http://www.example.jp/ HTTP/1.1\r\nHost: x"),
		    OK_LINE, INSPECT_FINE, false },
		{ "the server", INSPECT_HTTP, false,
		    S("OPTIONS * HTTP/1.1\r\n"), OK_LINE, INSPECT_FINE,
		    false },
		{ "WebDAV", INSPECT_HTTP, false,
		    S("PROPFIND /a HTTP/1.1\r\n"), OK_LINE, INSPECT_FINE,
		    false },
		{ "CONNECT", INSPECT_HTTP, false,
		    S("CONNECT a.example:22 HTTP/1.1\r\n"), S(""),
		    INSPECT_HTTP_CONNECT, false },
		{ "HTTP/2", INSPECT_HTTP, false,
		    S("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), S(""),
		    INSPECT_HTTP_2, false },
		{ "HTTP/1.2", INSPECT_HTTP, false, S("GET / HTTP/1.2\r\n"),
		    S(""), INSPECT_HTTP_VERSION, false },
		{ "HTTP/2.0", INSPECT_HTTP, false, S("GET / HTTP/2.0\r\n"),
		    S(""), INSPECT_HTTP_VERSION, false },
		{ "no version", INSPECT_HTTP, false, S("GET /\r\n"), S(""),
		    INSPECT_HTTP_TARGET, false },
		{ "a bare LF", INSPECT_HTTP, false, S("GET / HTTP/1.1\n"),
		    S(""), INSPECT_HTTP_VERSION, false },
		{ "two blanks", INSPECT_HTTP, false, S("GET  / HTTP/1.1\r\n"),
		    S(""), INSPECT_HTTP_TARGET, false },
		{ "a relative target", INSPECT_HTTP, false,
		    S("GET a HTTP/1.1\r\n"), S(""), INSPECT_HTTP_TARGET,
		    false },
		{ "another scheme", INSPECT_HTTP, false,
		    S("GET ftp://a/ HTTP/1.1\r\n"), S(""),
		    INSPECT_HTTP_TARGET, false },
		{ "a NUL", INSPECT_HTTP, false, S("GET /\0 HTTP/1.1\r\n"),
		    S(""), INSPECT_HTTP_TARGET, false },
		{ "no ASCII", INSPECT_HTTP, false,
		    S("GET /\xe9 HTTP/1.1\r\n"), S(""), INSPECT_HTTP_TARGET,
		    false },
		{ "small letters", INSPECT_HTTP, false,
		    S("get / HTTP/1.1\r\n"), S(""), INSPECT_HTTP_METHOD,
		    false },
		{ "a line before", INSPECT_HTTP, false,
		    S("\r\nGET / HTTP/1.1\r\n"), S(""), INSPECT_HTTP_METHOD,
		    false },
		{ "no method", INSPECT_HTTP, false, S("SSH-2.0-x\r\n"), S(""),
		    INSPECT_HTTP_METHOD, false },
		{ "TLS", INSPECT_HTTP, false, S("\26\3\1\2\0\1"), S(""),
		    INSPECT_HTTP_METHOD, false },
		{ "half a method", INSPECT_HTTP, false, S("PROP"), S(""),
		    INSPECT_MORE, false },
		{ "the server first", INSPECT_HTTP, true, GET, OK_LINE,
		    INSPECT_SERVER_FIRST, false },
	};

	(void)state;
	talk_table(talks, sizeof(talks) / sizeof(talks[0]));
}

static void
responses_begin_with_a_status(void **state)
{
	static const struct talk talks[] = {
		{ "no phrase", INSPECT_HTTP, false, GET,
		    S("HTTP/1.0 404\r\n"), INSPECT_FINE, false },
		{ "continue", INSPECT_HTTP, false, GET,
		    S("HTTP/1.1 100 Continue\r\n"), INSPECT_FINE, false },
		{ "an upgrade", INSPECT_HTTP, false, GET,
		    S("HTTP/1.1 101 Switching\r\n"), INSPECT_HTTP_UPGRADE,
		    false },
		{ "HTTP/2", INSPECT_HTTP, false, GET,
		    S("HTTP/2.0 200 OK\r\n"), INSPECT_HTTP_VERSION, false },
		{ "four digits", INSPECT_HTTP, false, GET,
		    S("HTTP/1.1 2000\r\n"), INSPECT_HTTP_STATUS, false },
		{ "two digits", INSPECT_HTTP, false, GET,
		    S("HTTP/1.1 20 OK\r\n"), INSPECT_HTTP_STATUS, false },
		{ "a code of 6", INSPECT_HTTP, false, GET,
		    S("HTTP/1.1 600 OK\r\n"), INSPECT_HTTP_STATUS, false },
		{ "two blanks", INSPECT_HTTP, false, GET,
		    S("HTTP/1.1  200 OK\r\n"), INSPECT_HTTP_STATUS, false },
		{ "no status", INSPECT_HTTP, false, GET, S("<html>"),
		    INSPECT_HTTP_VERSION, false },
		{ "SSH", INSPECT_HTTP, false, GET, S("SSH-2.0-x\r\n"),
		    INSPECT_HTTP_VERSION, false },
		{ "half", INSPECT_HTTP, false, GET, S("HTTP/1.1 200"),
		    INSPECT_MORE, false },
	};

	(void)state;
	talk_table(talks, sizeof(talks) / sizeof(talks[0]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_lines_are_strict),
		cmocka_unit_test(responses_begin_with_a_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
