/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands: what is understood, and how each wrong one is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/smtp/smtp_command.h"
#include "../../../gateway/smtp/smtp_xtext.h"

/* One line that says all that was understood. */
static const char *
describe(const struct smtp_command *c)
{
	static char text[1024];

	snprintf(text, sizeof(text),
	    "%d hello=%.*s <%.*s> size=%llu%s%s%s ret=%d envid=%.*s "
	    "notify=%u orcpt=%.*s", (int)c->verb,
	    (int)c->hello.len, (const char *)c->hello.ptr,
	    (int)c->address.whole.len, (const char *)c->address.whole.ptr,
	    (unsigned long long)c->size_bytes, c->last ? " last" : "",
	    c->eightbit ? " 8bit" : "", c->smtputf8 ? " utf8" : "",
	    (int)c->ret, (int)c->envid.len, (const char *)c->envid.ptr,
	    c->notify, (int)c->orcpt.len, (const char *)c->orcpt.ptr);
	return text;
}

static void
good_commands_are_understood(void **state)
{
	static const struct {
		const char	*line;
		const char	*meaning;
	} good[] = {
		{ "EHLO mail.example", "1 hello=mail.example <> size=0 ret=0 "
		    "envid= notify=0 orcpt=" },
		{ "helo [192.0.2.1] ", "2 hello=[192.0.2.1] <> size=0 ret=0 "
		    "envid= notify=0 orcpt=" },
		{ "MAIL FROM:<>", "3 hello= <> size=0 ret=0 envid= notify=0 "
		    "orcpt=" },
		{ "mail from:<a@b> size=12 body=8bitmime smtputf8 ret=HDRS "
		    "ENVID=x+2By AUTH=<>", "3 hello= <a@b> size=12 8bit utf8 "
		    "ret=2 envid=x+y notify=0 orcpt=" },
		{ "MAIL FROM: <a@b>  BODY=7BIT RET=full ",
		    "3 hello= <a@b> size=0 ret=1 envid= notify=0 orcpt=" },
		{ "RCPT TO:<a@b> NOTIFY=SUCCESS,delay ORCPT=rfc822;c+40d",
		    "4 hello= <a@b> size=0 ret=0 envid= notify=10 "
		    "orcpt=rfc822;c@d" },
		{ "RCPT TO:<a@b> NOTIFY=NEVER", "4 hello= <a@b> size=0 ret=0 "
		    "envid= notify=1 orcpt=" },
		{ "DATA", "5 hello= <> size=0 ret=0 envid= notify=0 orcpt=" },
		{ "BDAT 100", "6 hello= <> size=100 ret=0 envid= notify=0 "
		    "orcpt=" },
		{ "BDAT 0 last", "6 hello= <> size=0 last ret=0 envid= "
		    "notify=0 orcpt=" },
		{ "RSET", "7 hello= <> size=0 ret=0 envid= notify=0 orcpt=" },
		{ "NOOP whatever it is", "8 hello= <> size=0 ret=0 envid= "
		    "notify=0 orcpt=" },
		{ "QUIT ", "9 hello= <> size=0 ret=0 envid= notify=0 "
		    "orcpt=" },
		{ "VRFY a", "10 hello= <> size=0 ret=0 envid= notify=0 "
		    "orcpt=" },
		{ "HELP", "12 hello= <> size=0 ret=0 envid= notify=0 "
		    "orcpt=" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct smtp_command command;

		if (smtp_command_parse(span_str(good[i].line), &command) !=
		    NULL)
			fail_msg("refused: %s", good[i].line);
		assert_string_equal(describe(&command), good[i].meaning);
	}
}

#define X100 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	const char	*line;
	unsigned	 code;
	const char	*enhanced;
} bad[] = {
	{ "", 500, "5.5.1" },
	{ "FOO", 500, "5.5.1" },
	{ "MAILFROM:<a@b>", 500, "5.5.1" },
	{ "DATA\tx", 500, "5.5.1" },
	{ "NOOP \x01", 500, "5.5.2" },
	{ "NOOP \x7f", 500, "5.5.2" },
	{ "EHLO", 501, "5.5.4" },
	{ "EHLO a;b", 501, "5.5.4" },
	{ "MAIL", 501, "5.5.4" },
	{ "MAIL TO:<a@b>", 501, "5.5.4" },
	{ "MAIL FROM<a@b>", 501, "5.5.4" },
	{ "MAIL FROM:a@b", 501, "5.1.7" },
	{ "MAIL FROM:<a@b", 501, "5.1.7" },
	{ "MAIL FROM:<a@b>x", 501, "5.1.7" },
	{ "MAIL FROM:<a@b>SIZE=1", 501, "5.1.7" },
	{ "MAIL FROM:<a@b> <c@d>", 555, "5.5.4" },
	{ "MAIL FROM:<a@b> X=1", 555, "5.5.4" },
	{ "MAIL FROM:<a@b> NOTIFY=NEVER", 555, "5.5.4" },
	{ "MAIL FROM:<a@b> SIZE", 501, "5.5.4" },
	{ "MAIL FROM:<a@b> SIZE=", 501, "5.5.4" },
	{ "MAIL FROM:<a@b> SIZE=-1", 501, "5.5.4" },
	{ "MAIL FROM:<a@b> SIZE=99999999999999999999", 501, "5.5.4" },
	{ "MAIL FROM:<a@b> SIZE=1 SIZE=2", 501, "5.5.4" },
	{ "MAIL FROM:<a@b> BODY=BINARYMIME", 501, "5.5.4" },
	{ "MAIL FROM:<a@b> SMTPUTF8=1", 501, "5.5.4" },
	{ "MAIL FROM:<a@b> RET=SOME", 501, "5.5.4" },
	{ "MAIL FROM:<a@b> ENVID=a+0Db", 501, "5.5.4" },
	{ "MAIL FROM:<a@b> ENVID=a+4", 501, "5.5.4" },
	{ "MAIL FROM:<a@b> ENVID=a+4g", 501, "5.5.4" },
	{ "MAIL FROM:<a@b> ENVID=a=b", 501, "5.5.4" },
	{ "MAIL FROM:<a@b> ENVID=" X100 "y", 501, "5.5.4" },
	{ "RCPT TO:<>", 501, "5.1.3" },
	{ "RCPT TO:a@b", 501, "5.1.3" },
	{ "RCPT FROM:<a@b>", 501, "5.5.4" },
	{ "RCPT TO:<a@b> NOTIFY=", 501, "5.5.4" },
	{ "RCPT TO:<a@b> NOTIFY=NEVER,DELAY", 501, "5.5.4" },
	{ "RCPT TO:<a@b> NOTIFY=DELAY,", 501, "5.5.4" },
	{ "RCPT TO:<a@b> ORCPT=a@b", 501, "5.5.4" },
	{ "RCPT TO:<a@b> ORCPT=;a@b", 501, "5.5.4" },
	{ "RCPT TO:<a@b> ORCPT=rfc822;", 501, "5.5.4" },
	{ "RCPT TO:<a@b> ORCPT=rf c;x", 501, "5.5.4" },
	{ "RCPT TO:<a@b> ORCPT=rfc822;a+0Ab", 501, "5.5.4" },
	{ "RCPT TO:<a@b> ORCPT=rfc822;" X100 X100 X100 X100 X100, 501,
	    "5.5.4" },
	{ "DATA now", 501, "5.5.4" },
	{ "BDAT", 501, "5.5.4" },
	{ "BDAT x", 501, "5.5.4" },
	{ "BDAT 10 FIRST", 501, "5.5.4" },
	{ "BDAT 99999999999999999999", 501, "5.5.4" },
	{ "VRFY", 501, "5.5.4" },
	{ "EXPN list", 502, "5.5.1" },
	{ "STARTTLS", 502, "5.5.1" },
	{ "AUTH PLAIN", 502, "5.5.1" },
	{ "GET / HTTP/1.1", 521, "5.5.1" },
	{ "POST / HTTP/1.0", 521, "5.5.1" },
};

static void
bad_commands_get_the_reply_that_fits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct smtp_command command;
		const struct smtp_reply *reply;

		reply = smtp_command_parse(span_str(bad[i].line), &command);
		if (reply == NULL)
			fail_msg("accepted: %s", bad[i].line);
		if (reply->code != bad[i].code || strncmp(reply->text,
		    bad[i].enhanced, strlen(bad[i].enhanced)) != 0)
			fail_msg("%s: %u %s", bad[i].line, reply->code,
			    reply->text);
	}
}

static void
a_nul_in_a_command_is_refused(void **state)
{
	struct smtp_command command;

	(void)state;
	assert_int_equal(smtp_command_parse(SPAN("NOOP\0"), &command)->code,
	    500);
	assert_int_equal(smtp_command_parse(SPAN("MAIL FROM:<a\0@b>"),
	    &command)->code, 500);
}

static void
an_orcpt_beyond_ascii_is_marked(void **state)
{
	struct smtp_command command;

	(void)state;
	assert_null(smtp_command_parse(SPAN("RCPT TO:<a@b> "
	    "ORCPT=utf-8;\xe5\xb1\xb1@b"), &command));
	assert_true(command.orcpt_utf8);
	assert_null(smtp_command_parse(SPAN("RCPT TO:<a@b> "
	    "ORCPT=rfc822;+E5+B1+B1@b"), &command));
	assert_true(command.orcpt_utf8);
	assert_non_null(smtp_command_parse(SPAN("RCPT TO:<a@b> "
	    "ORCPT=rfc822;+E5@b"), &command));
}

static void
xtext_comes_back_as_it_was(void **state)
{
	uint8_t back[64];
	struct buf out;
	size_t len;

	(void)state;
	buf_init(&out, 256);
	assert_int_equal(smtp_xtext_encode(SPAN("a+b=c d@e"), &out), OK);
	assert_true(span_equal(buf_span(&out), SPAN("a+2Bb+3Dc+20d@e")));
	assert_true(smtp_xtext_decode(buf_span(&out), back, sizeof(back),
	    &len));
	assert_true(span_equal((struct span){ back, len },
	    SPAN("a+b=c d@e")));
	assert_false(smtp_xtext_decode(SPAN("abc"), back, 2, &len));
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_commands_are_understood),
		cmocka_unit_test(bad_commands_get_the_reply_that_fits),
		cmocka_unit_test(a_nul_in_a_command_is_refused),
		cmocka_unit_test(an_orcpt_beyond_ascii_is_marked),
		cmocka_unit_test(xtext_comes_back_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
