/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SMTP: greetings, first commands, and clients that do not wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

#define GREETING	S("220 mail.example.lg.jp ESMTP\r\n")
#define EHLO		S("EHLO mx.example.jp\r\n")

static void
a_greeting_comes_before_a_command(void **state)
{
	static const struct talk talks[] = {
		{ "EHLO", INSPECT_SMTP, true, EHLO, GREETING, INSPECT_FINE,
		    false },
		{ "helo", INSPECT_SMTP, true, S("helo a\r\n"), GREETING,
		    INSPECT_FINE, false },
		{ "QUIT", INSPECT_SMTP, true, S("QUIT\r\n"),
		    S("554 no service\r\n"), INSPECT_FINE, false },
		{ "RSET", INSPECT_SMTP, true, S("RSET\r\n"), GREETING,
		    INSPECT_FINE, false },
		{ "NOOP with a word", INSPECT_SMTP, true, S("NOOP a\r\n"),
		    GREETING, INSPECT_FINE, false },
		{ "not now", INSPECT_SMTP, true, S("QUIT\r\n"),
		    S("421\r\n"), INSPECT_FINE, false },
		{ "several lines", INSPECT_SMTP, true, EHLO,
		    S("220-a\r\n220-\r\n220 c\r\n"), INSPECT_FINE, false },
		{ "codes differ", INSPECT_SMTP, true, EHLO,
		    S("220-a\r\n554 c\r\n"), INSPECT_SMTP_GREETING, false },
		{ "never ends", INSPECT_SMTP, true, S(""), S("220-a\r\n"),
		    INSPECT_MORE, false },
		{ "seventeen lines", INSPECT_SMTP, true, EHLO,
		    S("220-\r\n220-\r\n220-\r\n220-\r\n220-\r\n220-\r\n"
		    "220-\r\n220-\r\n220-\r\n220-\r\n220-\r\n220-\r\n"
		    "220-\r\n220-\r\n220-\r\n220-\r\n220 a\r\n"),
		    INSPECT_SMTP_GREETING, false },
		{ "250", INSPECT_SMTP, true, EHLO, S("250 ok\r\n"),
		    INSPECT_SMTP_GREETING, false },
		{ "2200", INSPECT_SMTP, true, EHLO, S("2200 ok\r\n"),
		    INSPECT_SMTP_GREETING, false },
		{ "a bare LF", INSPECT_SMTP, true, EHLO, S("220 ok\n"),
		    INSPECT_SMTP_GREETING, false },
		{ "a NUL", INSPECT_SMTP, true, EHLO, S("220 o\0k\r\n"),
		    INSPECT_SMTP_GREETING, false },
		{ "SSH", INSPECT_SMTP, true, S(""), S("SSH-2.0-x\r\n"),
		    INSPECT_SMTP_GREETING, false },
		{ "IMAP", INSPECT_SMTP, true, S(""), S("* OK ready\r\n"),
		    INSPECT_SMTP_GREETING, false },
		{ "did not wait", INSPECT_SMTP, false, EHLO, GREETING,
		    INSPECT_CLIENT_FIRST, false },
		{ "EHLO without a name", INSPECT_SMTP, true, S("EHLO\r\n"),
		    GREETING, INSPECT_SMTP_COMMAND, false },
		{ "EHLO with a blank", INSPECT_SMTP, true, S("EHLO  \r\n"),
		    GREETING, INSPECT_SMTP_COMMAND, false },
		{ "EHLOX", INSPECT_SMTP, true, S("EHLOX a\r\n"), GREETING,
		    INSPECT_SMTP_COMMAND, false },
		{ "MAIL first", INSPECT_SMTP, true, S("MAIL FROM:<a@b>\r\n"),
		    GREETING, INSPECT_SMTP_COMMAND, false },
		{ "CR inside", INSPECT_SMTP, true, S("EHLO a\rb\r\n"),
		    GREETING, INSPECT_SMTP_COMMAND, false },
		{ "a command with LF", INSPECT_SMTP, true, S("EHLO a\n"),
		    GREETING, INSPECT_SMTP_COMMAND, false },
		{ "HTTP", INSPECT_SMTP, true, S("GET / HTTP/1.1\r\n"),
		    GREETING, INSPECT_SMTP_COMMAND, false },
		{ "TLS", INSPECT_SMTP, true, S("\26\3\1\2"), GREETING,
		    INSPECT_SMTP_COMMAND, false },
	};

	(void)state;
	talk_table(talks, sizeof(talks) / sizeof(talks[0]));
}

static void
lines_have_their_limit(void **state)
{
	uint8_t line[600];
	struct talk t = { "long", INSPECT_SMTP, true, { line, 512 }, GREETING,
		INSPECT_FINE, false };

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "EHLO ", 5);
	memcpy(line + 510, "\r\n", 2);
	talk_every_split(&t);
	memcpy(line + 510, "x\r\n", 3);
	t.client.len = 513;
	t.why = INSPECT_SMTP_COMMAND;
	talk_every_split(&t);
	memcpy(line + 510, "xx", 2);
	t.client.len = 512;
	talk_every_split(&t);
	memcpy(line, "220 x", 5);
	t = (struct talk){ "long", INSPECT_SMTP, true, EHLO, { line, 513 },
		INSPECT_SMTP_GREETING, false };
	talk_every_split(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_greeting_comes_before_a_command),
		cmocka_unit_test(lines_have_their_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
