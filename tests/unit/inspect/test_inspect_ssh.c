/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SSH: the version lines of both sides, and lines before the server's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

#define OPENSSH	S("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")

static void
both_sides_say_their_version(void **state)
{
	static const struct talk talks[] = {
		{ "OpenSSH", INSPECT_SSH, false, OPENSSH, OPENSSH,
		    INSPECT_FINE, false },
		{ "server first", INSPECT_SSH, true, OPENSSH, OPENSSH,
		    INSPECT_FINE, false },
		{ "1.99", INSPECT_SSH, false, OPENSSH,
		    S("SSH-1.99-Cisco-1.25\n"), INSPECT_FINE, false },
		{ "packets behind it", INSPECT_SSH, false,
		    S("SSH-2.0-x\r\n\0\0\1\54\6\24"), OPENSSH, INSPECT_FINE,
		    false },
		{ "lines before", INSPECT_SSH, false, OPENSSH,
		    S("Only for staff.\r\n\346\227\245\r\nSSH-2.0-x\r\n"),
		    INSPECT_FINE, false },
		{ "lines before the client's", INSPECT_SSH, false,
		    S("hello\r\nSSH-2.0-x\r\n"), S(""), INSPECT_SSH_BANNER,
		    false },
		{ "1.5", INSPECT_SSH, false, S("SSH-1.5-x\r\n"), S(""),
		    INSPECT_SSH_BANNER, false },
		{ "no software", INSPECT_SSH, false, S("SSH-2.0-\r\n"), S(""),
		    INSPECT_SSH_BANNER, false },
		{ "no software, no CR", INSPECT_SSH, false, S("SSH-2.0-\n"),
		    S(""), INSPECT_SSH_BANNER, false },
		{ "a NUL", INSPECT_SSH, false, S("SSH-2.0-a\0b\r\n"), S(""),
		    INSPECT_SSH_BANNER, false },
		{ "CR inside", INSPECT_SSH, false, S("SSH-2.0-a\rb\r\n"),
		    S(""), INSPECT_SSH_BANNER, false },
		{ "a control before", INSPECT_SSH, false, OPENSSH,
		    S("\26\3\1\0\0"), INSPECT_SSH_BANNER, false },
		{ "TLS", INSPECT_SSH, false, S("\26\3\1\0\54\1"), S(""),
		    INSPECT_SSH_BANNER, false },
		{ "HTTP answers", INSPECT_SSH, false, OPENSSH,
		    S("HTTP/1.1 400 Bad Request\r\n\r\n"), INSPECT_MORE,
		    false },
		{ "eleven lines", INSPECT_SSH, false, OPENSSH,
		    S("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\nSSH-2.0-x\r\n"),
		    INSPECT_SSH_LINES, false },
		{ "ten lines", INSPECT_SSH, false, OPENSSH,
		    S("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\nSSH-2.0-x\r\n"),
		    INSPECT_FINE, false },
	};

	(void)state;
	talk_table(talks, sizeof(talks) / sizeof(talks[0]));
}

static void
a_line_has_its_limit(void **state)
{
	uint8_t line[2000];
	struct talk t = { "long", INSPECT_SSH, false, { line, 255 }, OPENSSH,
		INSPECT_FINE, false };

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "SSH-2.0-", 8);
	memcpy(line + 253, "\r\n", 2);
	talk_every_split(&t);
	memcpy(line + 253, "x\r\n", 3);
	t.client.len = 256;
	t.why = INSPECT_SSH_BANNER;
	talk_every_split(&t);
	memset(line, 'x', sizeof(line));
	t = (struct talk){ "before", INSPECT_SSH, false, OPENSSH,
		{ line, 1025 }, INSPECT_SSH_LINES, false };
	talk_every_split(&t);
	t.server.len = 1024;
	t.why = INSPECT_MORE;
	talk_every_split(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_say_their_version),
		cmocka_unit_test(a_line_has_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
