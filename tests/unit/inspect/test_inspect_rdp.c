/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RDP: connection requests and confirms as clients and servers make them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

/* with TPKT and X.224 headers; octal of the two lengths */
#define REQUEST(tpkt, li, rest)	S("\3\0\0" tpkt li "\340\0\0\0\0\0" rest)
#define CONFIRM(tpkt, li, rest)	S("\3\0\0" tpkt li "\320\0\0\22\64\0" rest)
#define HYBRID		"\1\0\10\0\3\0\0\0"
#define COOKIE		"Cookie: mstshash=u\r\n"	/* 20 bytes */
#define GOOD_REQUEST	REQUEST("\23", "\16", HYBRID)
#define GOOD_CONFIRM	CONFIRM("\23", "\16", "\2\37\10\0\2\0\0\0")
#define ID16		"\1\2\3\4\5\6\7\10\11\13\14\16\17\20\21\22"
#define ZERO16		"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void
requests_are_read_whole(void **state)
{
	static const struct talk talks[] = {
		{ "negotiation", INSPECT_RDP, false, GOOD_REQUEST,
		    GOOD_CONFIRM, INSPECT_FINE, false },
		{ "bare", INSPECT_RDP, false, REQUEST("\13", "\6", ""),
		    CONFIRM("\13", "\6", ""), INSPECT_FINE, false },
		{ "cookie", INSPECT_RDP, false,
		    REQUEST("\37", "\32", COOKIE), GOOD_CONFIRM, INSPECT_FINE,
		    false },
		{ "cookie and negotiation", INSPECT_RDP, false,
		    REQUEST("\47", "\42", COOKIE HYBRID), GOOD_CONFIRM,
		    INSPECT_FINE, false },
		{ "token of a broker", INSPECT_RDP, false,
		    REQUEST("\47", "\42", "Cookie: msts=1.2.3\r\n" HYBRID),
		    GOOD_CONFIRM, INSPECT_FINE, false },
		{ "correlation", INSPECT_RDP, false, REQUEST("\67", "\62",
		    "\1\10\10\0\13\0\0\0" "\6\0\44\0" ID16 ZERO16),
		    GOOD_CONFIRM, INSPECT_FINE, false },
		{ "correlation not announced", INSPECT_RDP, false,
		    REQUEST("\67", "\62", "\1\0\10\0\13\0\0\0"
		    "\6\0\44\0" ID16 ZERO16), S(""), INSPECT_RDP_NEGOTIATION,
		    false },
		{ "correlation announced only", INSPECT_RDP, false,
		    REQUEST("\23", "\16", "\1\10\10\0\3\0\0\0"), S(""),
		    INSPECT_RDP_NEGOTIATION, false },
		{ "a control in the cookie", INSPECT_RDP, false,
		    REQUEST("\37", "\32", "Cookie: mstshash=\t\r\n"), S(""),
		    INSPECT_RDP_COOKIE, false },
		{ "length of 256 and 8", INSPECT_RDP, false,
		    REQUEST("\23", "\16", "\1\0\10\1\3\0\0\0"), S(""),
		    INSPECT_RDP_NEGOTIATION, false },
		{ "bytes behind the correlation", INSPECT_RDP, false,
		    REQUEST("\70", "\63", "\1\10\10\0\13\0\0\0" "\6\0\44\0"
		    ID16 ZERO16 "x"), S(""), INSPECT_RDP_NEGOTIATION, false },
		{ "another correlation", INSPECT_RDP, false,
		    REQUEST("\67", "\62", "\1\10\10\0\13\0\0\0" "\5\0\44\0"
		    ID16 ZERO16), S(""), INSPECT_RDP_NEGOTIATION, false },
		{ "cookie without end", INSPECT_RDP, false,
		    REQUEST("\37", "\32", "Cookie: mstshash=user"), S(""),
		    INSPECT_RDP_COOKIE, false },
		{ "another text", INSPECT_RDP, false,
		    REQUEST("\37", "\32", "Kookie: mstshash=u\r\n"), S(""),
		    INSPECT_RDP_COOKIE, false },
		{ "unknown protocol", INSPECT_RDP, false,
		    REQUEST("\23", "\16", "\1\0\10\0\40\0\0\0"), S(""),
		    INSPECT_RDP_NEGOTIATION, false },
		{ "unknown flag", INSPECT_RDP, false,
		    REQUEST("\23", "\16", "\1\4\10\0\3\0\0\0"), S(""),
		    INSPECT_RDP_NEGOTIATION, false },
		{ "length of 9", INSPECT_RDP, false,
		    REQUEST("\23", "\16", "\1\0\11\0\3\0\0\0"), S(""),
		    INSPECT_RDP_NEGOTIATION, false },
		{ "a byte behind", INSPECT_RDP, false,
		    REQUEST("\24", "\17", HYBRID "x"), S(""),
		    INSPECT_RDP_NEGOTIATION, false },
	};

	(void)state;
	talk_table(talks, sizeof(talks) / sizeof(talks[0]));
}

static void
headers_are_those_of_a_connection(void **state)
{
	static const struct talk talks[] = {
		{ "TPKT version 2", INSPECT_RDP, false, S("\2\0\0\23"), S(""),
		    INSPECT_RDP_TPKT, false },
		{ "TPKT reserved", INSPECT_RDP, false, S("\3\1\0\23"), S(""),
		    INSPECT_RDP_TPKT, false },
		{ "destination", INSPECT_RDP, false,
		    S("\3\0\0\13\6\340\0\1\0\0\0"), S(""), INSPECT_RDP_X224,
		    false },
		{ "high destination", INSPECT_RDP, false,
		    S("\3\0\0\13\6\340\1\0\0\0\0"), S(""), INSPECT_RDP_X224,
		    false },
		{ "TPKT too short", INSPECT_RDP, false, S("\3\0\0\12"), S(""),
		    INSPECT_RDP_TPKT, false },
		{ "TPKT too long", INSPECT_RDP, false, S("\3\0\1\4"), S(""),
		    INSPECT_RDP_TPKT, false },
		{ "lengths differ", INSPECT_RDP, false,
		    REQUEST("\23", "\15", HYBRID), S(""), INSPECT_RDP_X224,
		    false },
		{ "data", INSPECT_RDP, false, S("\3\0\0\13\6\360\0\0\0\0\0"),
		    S(""), INSPECT_RDP_X224, false },
		{ "class 4", INSPECT_RDP, false,
		    S("\3\0\0\13\6\340\0\0\0\0\100"), S(""), INSPECT_RDP_X224,
		    false },
		{ "TLS", INSPECT_RDP, false, S("\26\3\1\2\0\1"), S(""),
		    INSPECT_RDP_TPKT, false },
		{ "VNC", INSPECT_RDP, true, S(""), S("RFB 003.008\n"),
		    INSPECT_SERVER_FIRST, false },
	};

	(void)state;
	talk_table(talks, sizeof(talks) / sizeof(talks[0]));
}

static void
confirms_fit_a_request(void **state)
{
	static const struct talk talks[] = {
		{ "failure", INSPECT_RDP, false, GOOD_REQUEST,
		    CONFIRM("\23", "\16", "\3\0\10\0\5\0\0\0"), INSPECT_FINE,
		    false },
		{ "failure of no kind", INSPECT_RDP, false, GOOD_REQUEST,
		    CONFIRM("\23", "\16", "\3\0\10\0\0\0\0\0"),
		    INSPECT_RDP_NEGOTIATION, false },
		{ "two protocols", INSPECT_RDP, false, GOOD_REQUEST,
		    CONFIRM("\23", "\16", "\2\0\10\0\3\0\0\0"),
		    INSPECT_RDP_NEGOTIATION, false },
		{ "an unknown protocol", INSPECT_RDP, false, GOOD_REQUEST,
		    CONFIRM("\23", "\16", "\2\0\10\0\100\0\0\0"),
		    INSPECT_RDP_NEGOTIATION, false },
		{ "failure 8", INSPECT_RDP, false, GOOD_REQUEST,
		    CONFIRM("\23", "\16", "\3\0\10\0\10\0\0\0"),
		    INSPECT_RDP_NEGOTIATION, false },
		{ "no protocol", INSPECT_RDP, false, GOOD_REQUEST,
		    CONFIRM("\23", "\16", "\2\0\10\0\0\0\0\0"), INSPECT_FINE,
		    false },
		{ "a request back", INSPECT_RDP, false, GOOD_REQUEST,
		    GOOD_REQUEST, INSPECT_RDP_X224, false },
		{ "a request's negotiation", INSPECT_RDP, false,
		    GOOD_REQUEST, CONFIRM("\23", "\16", HYBRID),
		    INSPECT_RDP_NEGOTIATION, false },
		{ "half", INSPECT_RDP, false, GOOD_REQUEST,
		    S("\3\0\0\23\16\320"), INSPECT_MORE, false },
		{ "too long", INSPECT_RDP, false, GOOD_REQUEST,
		    CONFIRM("\24", "\17", "\2\0\10\0\1\0\0\0x"),
		    INSPECT_RDP_NEGOTIATION, false },
	};

	(void)state;
	talk_table(talks, sizeof(talks) / sizeof(talks[0]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_read_whole),
		cmocka_unit_test(headers_are_those_of_a_connection),
		cmocka_unit_test(confirms_fit_a_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
