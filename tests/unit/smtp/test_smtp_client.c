/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Conversations with the sending side: each class of reply in each state,
 * with and without PIPELINING, and what the owner gets to know. A '|' in
 * what the server says means that it waits for what the client sends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/smtp/smtp_client.h"

#define HELLO "220 mx ESMTP\r\n|250-mx\r\n250-PIPELINING\r\n" \
	"250 SIZE 100\r\n|"
#define PLAIN "220 mx\r\n|250 mx\r\n|"
#define SAYS "EHLO gw.example\r\n"
#define MAIL "MAIL FROM:<a@b> SIZE=4\r\n"
#define MAIL0 "MAIL FROM:<a@b>\r\n"
#define TWO "RCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\n"
#define TEXT "hi\r\n.\r\n"
#define GROUP MAIL TWO "DATA\r\n"

static const struct smtp_client_recipient two[] = {
	{ SPAN("c@d"), SPAN(""), 0 }, { SPAN("e@f"), SPAN(""), 0 },
};
static const struct smtp_client_mail plain_mail = {
	.sender = SPAN("a@b"), .recipients = two, .recipients_n = 2,
	.body = SPAN("hi\r\n"),
};

struct owner {
	struct smtp_client client;
	const struct smtp_client_mail *mails;
	size_t		 mails_n;
	size_t		 given;
	struct buf	 sent;		/* to the server */
	struct buf	 results;	/* "0=2/250 text;" */
	struct buf	 closed;	/* "4/421 text" */
};

static void
on_ready(void *arg)
{
	struct owner *o = arg;

	assert_int_equal(buf_add_str(&o->results, "ready;"), OK);
	if (o->given < o->mails_n)
		smtp_client_mail(&o->client, &o->mails[o->given++]);
}

static void
on_result(void *arg, uint32_t recipient,
    const struct smtp_client_outcome *outcome)
{
	struct owner *o = arg;

	assert_int_equal(buf_printf(&o->results, "%u=%u/%u %.*s;", recipient,
	    outcome->class, outcome->code, (int)outcome->text.len,
	    (const char *)outcome->text.ptr), OK);
}

static void
on_closed(void *arg, const struct smtp_client_outcome *outcome)
{
	struct owner *o = arg;

	assert_int_equal(o->closed.len, 0);
	assert_int_equal(buf_printf(&o->closed, "%u/%u %.*s", outcome->class,
	    outcome->code, (int)outcome->text.len,
	    (const char *)outcome->text.ptr), OK);
}

static const struct smtp_client_owner calls = {
	on_ready, on_result, on_closed
};

static void
owner_init(struct owner *o, const struct smtp_client_mail *mails, size_t n)
{
	memset(o, 0, sizeof(*o));
	o->mails = mails;
	o->mails_n = n;
	buf_init(&o->sent, 1 << 20);
	buf_init(&o->results, 1 << 16);
	buf_init(&o->closed, 4096);
	smtp_client_init(&o->client, SPAN("gw.example"), &calls, o);
}

static void
owner_fini(struct owner *o)
{
	smtp_client_fini(&o->client);
	buf_fini(&o->sent);
	buf_fini(&o->results);
	buf_fini(&o->closed);
}

/* Write all it has to say, at most step bytes at once. */
static void
drain(struct owner *o, size_t step)
{
	struct iovec iov[3];
	size_t n;

	while ((n = smtp_client_output(&o->client, iov, 3)) > 0) {
		size_t left = step, len = 0;

		for (size_t i = 0; i < n && left > 0; i++) {
			struct span s = span_sub((struct span){
			    iov[i].iov_base, iov[i].iov_len }, 0, left);

			assert_int_equal(buf_add(&o->sent, s), OK);
			left -= s.len;
			len += s.len;
		}
		smtp_client_written(&o->client, len);
	}
}

static void
talk(struct owner *o, struct span script, size_t step)
{
	struct span group;
	bool more = true;

	while (more) {
		more = span_cut(&script, '|', &group);
		drain(o, step);
		for (size_t at = 0; at < group.len; at += step)
			smtp_client_input(&o->client,
			    span_sub(group, at, step));
	}
	drain(o, step);
}

static void
compare(const char *what, const struct buf *got, const char *expected)
{
	if (span_equal(buf_span(got), span_str(expected)))
		return;
	fail_msg("%s: got:\n%.*s\nexpected:\n%s", what, (int)got->len,
	    (const char *)got->ptr, expected);
}

struct conversation {
	struct span	 server;
	const char	*sent;
	const char	*results;
	const char	*closed;
};

static void
hold_all(const struct conversation *c, size_t n,
    const struct smtp_client_mail *mails, size_t mails_n)
{
	static const size_t steps[] = { SIZE_MAX, 1, 2, 5 };

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
			struct owner o;

			owner_init(&o, mails, mails_n);
			talk(&o, c[i].server, steps[k]);
			compare("sent", &o.sent, c[i].sent);
			compare("results", &o.results, c[i].results);
			compare("closed", &o.closed, c[i].closed);
			owner_fini(&o);
		}
}
#define HOLD_ALL(table, mails, n) \
	hold_all(table, sizeof(table) / sizeof((table)[0]), mails, n)

static void
replies_before_the_mail(void **state)
{
	static const struct conversation c[] = {
		{ SPAN("220 mx\r\n|250 mx\r\n"), SAYS, "ready;", "" },
		{ SPAN("220-a\r\n220 b\r\n|502 5.5.1 what\r\n|250 mx\r\n"),
		    SAYS "HELO gw.example\r\n", "ready;", "" },
		{ SPAN("554 5.7.1 go away\r\n"), "", "",
		    "4/554 5.7.1 go away" },
		{ SPAN("421 4.3.2 later\r\n"), "", "", "4/421 4.3.2 later" },
		{ SPAN("354 what\r\n"), "", "", "4/354 what" },
		{ SPAN("220 mx\r\n|450 4.7.1 grey\r\n"), SAYS, "",
		    "4/450 4.7.1 grey" },
		{ SPAN("220 mx\r\n|421 busy\r\n"), SAYS, "", "4/421 busy" },
		{ SPAN("220 mx\r\n|500 what\r\n|550 no\r\n"),
		    SAYS "HELO gw.example\r\n", "", "4/550 no" },
		{ SPAN("hello\r\n"), "", "", "4/0 4.4.2 unintelligible reply "
		    "while waiting for the greeting" },
		{ SPAN("220 mx\n"), "", "", "4/0 4.4.2 unintelligible reply "
		    "while waiting for the greeting" },
		{ SPAN("220-mx\r\n221 mx\r\n"), "", "", "4/0 4.4.2 "
		    "unintelligible reply while waiting for the greeting" },
		{ SPAN("150 mx\r\n"), "", "", "4/0 4.4.2 unintelligible "
		    "reply while waiting for the greeting" },
		{ SPAN("220mx\r\n"), "", "", "4/0 4.4.2 unintelligible reply "
		    "while waiting for the greeting" },
		/* nothing is asked, something is said */
		{ SPAN("220 mx\r\n|250 mx\r\n|421 4.4.2 idle\r\n"), SAYS,
		    "ready;", "4/421 4.4.2 idle" },
		{ SPAN("220 mx\r\n|250 mx\r\n|250 mx\r\n"), SAYS, "ready;",
		    "4/250 mx" },
	};

	(void)state;
	HOLD_ALL(c, NULL, 0);
}

static void
a_mail_with_pipelining(void **state)
{
	static const struct conversation c[] = {
		{ SPAN(HELLO "250 s\r\n250 r\r\n250 r\r\n354 go\r\n|"
		    "250-2.0.0 queued\r\n250 2.0.0 as 1\r\n"),
		    SAYS GROUP TEXT, "ready;0=2/250 2.0.0 queued as 1;"
		    "1=2/250 2.0.0 queued as 1;ready;", "" },
		/* partial recipients */
		{ SPAN(HELLO "250 s\r\n550 5.1.1 who\r\n250 r\r\n354 go\r\n|"
		    "250 ok\r\n"), SAYS GROUP TEXT,
		    "ready;0=5/550 5.1.1 who;1=2/250 ok;ready;", "" },
		{ SPAN(HELLO "250 s\r\n250 r\r\n452 4.5.3 many\r\n354 go\r\n|"
		    "250 ok\r\n"), SAYS GROUP TEXT,
		    "ready;1=4/452 4.5.3 many;0=2/250 ok;ready;", "" },
		{ SPAN(HELLO "250 s\r\n552 many\r\n250 r\r\n354 go\r\n|"
		    "250 ok\r\n"), SAYS GROUP TEXT,
		    "ready;0=4/552 many;1=2/250 ok;ready;", "" },
		/* none; and one that wants the text all the same */
		{ SPAN(HELLO "250 s\r\n550 a\r\n450 b\r\n554 none\r\n"),
		    SAYS GROUP, "ready;0=5/550 a;1=4/450 b;ready;", "" },
		{ SPAN(HELLO "250 s\r\n550 a\r\n450 b\r\n354 go\r\n|"
		    "554 none\r\n"), SAYS GROUP ".\r\n",
		    "ready;0=5/550 a;1=4/450 b;ready;", "" },
		/* the sender */
		{ SPAN(HELLO "550 5.7.1 s\r\n503 a\r\n503 b\r\n503 c\r\n"),
		    SAYS GROUP, "ready;0=5/550 5.7.1 s;1=5/550 5.7.1 s;"
		    "ready;", "" },
		{ SPAN(HELLO "451 s\r\n503 a\r\n503 b\r\n354 go\r\n|503 x\r\n"),
		    SAYS GROUP ".\r\n", "ready;0=4/451 s;1=4/451 s;ready;",
		    "" },
		/* DATA and the text */
		{ SPAN(HELLO "250 s\r\n250 r\r\n250 r\r\n451 no\r\n"),
		    SAYS GROUP, "ready;0=4/451 no;1=4/451 no;ready;", "" },
		{ SPAN(HELLO "250 s\r\n250 r\r\n250 r\r\n354 go\r\n|"
		    "554 5.6.0 no\r\n"), SAYS GROUP TEXT,
		    "ready;0=5/554 5.6.0 no;1=5/554 5.6.0 no;ready;", "" },
		{ SPAN(HELLO "250 s\r\n250 r\r\n250 r\r\n354 go\r\n|"
		    "452 4.3.1 full\r\n"), SAYS GROUP TEXT,
		    "ready;0=4/452 4.3.1 full;1=4/452 4.3.1 full;ready;",
		    "" },
		/* 421 anywhere */
		{ SPAN(HELLO "421 bye\r\n"), SAYS GROUP, "ready;",
		    "4/421 bye" },
		{ SPAN(HELLO "250 s\r\n550 a\r\n421 bye\r\n"), SAYS GROUP,
		    "ready;0=5/550 a;", "4/421 bye" },
		{ SPAN(HELLO "250 s\r\n250 r\r\n250 r\r\n421 bye\r\n"),
		    SAYS GROUP, "ready;", "4/421 bye" },
		{ SPAN(HELLO "250 s\r\n250 r\r\n250 r\r\n354 go\r\n|"
		    "421 bye\r\n"), SAYS GROUP TEXT, "ready;", "4/421 bye" },
		/* replies that make no sense */
		{ SPAN(HELLO "354 s\r\n"), SAYS GROUP, "ready;", "4/0 4.4.2 "
		    "unintelligible reply while waiting for the reply to "
		    "MAIL" },
		{ SPAN(HELLO "250 s\r\n354 r\r\n"), SAYS GROUP, "ready;",
		    "4/0 4.4.2 unintelligible reply while waiting for the "
		    "reply to RCPT" },
		{ SPAN(HELLO "250 s\r\n250 r\r\n250 r\r\n250 go\r\n"),
		    SAYS GROUP, "ready;", "4/0 4.4.2 unintelligible reply "
		    "while waiting for the reply to DATA" },
		{ SPAN(HELLO "250 s\r\n250 r\r\n250 r\r\n354 go\r\n|"
		    "354 more\r\n"), SAYS GROUP TEXT, "ready;", "4/0 4.4.2 "
		    "unintelligible reply while waiting for the reply to "
		    "the mail" },
	};

	(void)state;
	HOLD_ALL(c, &plain_mail, 1);
}

static void
a_mail_without_pipelining(void **state)
{
	static const struct conversation c[] = {
		{ SPAN(PLAIN "250 s\r\n|250 r\r\n|250 r\r\n|354 go\r\n|"
		    "250 ok\r\n"), SAYS MAIL0 TWO "DATA\r\n" TEXT,
		    "ready;0=2/250 ok;1=2/250 ok;ready;", "" },
		{ SPAN(PLAIN "550 s\r\n"), SAYS MAIL0,
		    "ready;0=5/550 s;1=5/550 s;ready;", "" },
		{ SPAN(PLAIN "250 s\r\n|450 r\r\n|550 r\r\n"),
		    SAYS MAIL0 TWO, "ready;0=4/450 r;1=5/550 r;ready;", "" },
		{ SPAN(PLAIN "250 s\r\n|450 r\r\n|250 r\r\n|354 go\r\n|"
		    "250 ok\r\n"), SAYS MAIL0 TWO "DATA\r\n" TEXT,
		    "ready;0=4/450 r;1=2/250 ok;ready;", "" },
		{ SPAN(PLAIN "250 s\r\n|250 r\r\n|250 r\r\n|554 no\r\n"),
		    SAYS MAIL0 TWO "DATA\r\n",
		    "ready;0=5/554 no;1=5/554 no;ready;", "" },
	};

	(void)state;
	HOLD_ALL(c, &plain_mail, 1);
}

static void
a_second_mail_needs_rset_only_behind_an_unfinished_one(void **state)
{
	struct smtp_client_mail mails[2] = { plain_mail, plain_mail };
	static const struct conversation c[] = {
		{ SPAN(HELLO "250 s\r\n250 r\r\n250 r\r\n354 go\r\n|250 1\r\n|"
		    "250 s\r\n250 r\r\n250 r\r\n354 go\r\n|250 2\r\n"),
		    SAYS GROUP TEXT GROUP TEXT, "ready;0=2/250 1;1=2/250 1;"
		    "ready;0=2/250 2;1=2/250 2;ready;", "" },
		{ SPAN(HELLO "250 s\r\n250 r\r\n250 r\r\n451 no\r\n|"
		    "250 reset\r\n250 s\r\n250 r\r\n250 r\r\n354 go\r\n|"
		    "250 2\r\n"), SAYS GROUP "RSET\r\n" GROUP TEXT,
		    "ready;0=4/451 no;1=4/451 no;ready;0=2/250 2;1=2/250 2;"
		    "ready;", "" },
		{ SPAN(PLAIN "250 s\r\n|550 a\r\n|550 b\r\n|250 reset\r\n|"
		    "250 s\r\n|250 r\r\n|250 r\r\n|354 go\r\n|250 2\r\n"),
		    SAYS MAIL0 TWO "RSET\r\n" MAIL0 TWO "DATA\r\n" TEXT,
		    "ready;0=5/550 a;1=5/550 b;ready;0=2/250 2;1=2/250 2;"
		    "ready;", "" },
		{ SPAN(PLAIN "550 s\r\n|250 s\r\n|250 r\r\n|250 r\r\n|"
		    "354 go\r\n|250 2\r\n"), SAYS MAIL0 MAIL0 TWO "DATA\r\n"
		    TEXT, "ready;0=5/550 s;1=5/550 s;ready;0=2/250 2;"
		    "1=2/250 2;ready;", "" },
		{ SPAN(PLAIN "250 s\r\n|550 a\r\n|550 b\r\n|550 reset\r\n"),
		    SAYS MAIL0 TWO "RSET\r\n", "ready;0=5/550 a;1=5/550 b;"
		    "ready;", "4/0 4.4.2 unintelligible reply while waiting "
		    "for the reply to RSET" },
	};

	(void)state;
	HOLD_ALL(c, mails, 2);
}

static void
what_the_server_cannot_take_is_not_tried(void **state)
{
	static const struct smtp_client_recipient odd[] = {
		{ SPAN("\xe5\xb1\xb1@d"), SPAN(""), 0 },
		{ SPAN("a@b>\r\nRCPT TO:<x@y"), SPAN(""), 0 },
		{ SPAN("ok@d"), SPAN(""), 0 },
	};
	static const struct smtp_client_recipient ascii[] = {
		{ SPAN("c@d"), SPAN(""), 0 },
	};
	static uint8_t large[101];
	static const struct smtp_client_mail mails[] = {
		{ .sender = SPAN(""), .recipients = odd, .recipients_n = 3,
		    .body = SPAN("hi\r\n") },
		{ .sender = SPAN("\xe5\xb1\xb1@b"), .recipients = ascii,
		    .recipients_n = 1, .body = SPAN("hi\r\n") },
		{ .sender = SPAN("a\r\nb@b"), .recipients = ascii,
		    .recipients_n = 1, .body = SPAN("hi\r\n") },
		{ .sender = SPAN("a@b"), .recipients = ascii,
		    .recipients_n = 1, .body = { large, sizeof(large) } },
		{ .sender = SPAN("a@b"), .recipients = ascii, .eightbit = true,
		    .recipients_n = 1, .body = SPAN("hi\r\n") },
		{ .sender = SPAN("a@b"), .recipients = ascii, .smtputf8 = true,
		    .recipients_n = 1, .body = SPAN("hi\r\n") },
	};
	static const struct conversation c[] = {
		{ SPAN(HELLO "250 s\r\n250 r\r\n354 go\r\n|250 ok\r\n"),
		    SAYS "MAIL FROM:<> SIZE=4\r\nRCPT TO:<ok@d>\r\nDATA\r\n"
		    TEXT,
		    "ready;0=5/0 5.6.7 the next hop does not offer SMTPUTF8 "
		    "for this address;1=5/0 5.1.3 bad address;2=2/250 ok;"
		    "ready;0=5/0 5.6.7 the next hop does not offer SMTPUTF8, "
		    "which this mail needs;"
		    "ready;0=5/0 5.1.7 bad sender address;"
		    "ready;0=5/0 5.3.4 the mail is larger than the next hop "
		    "takes;"
		    "ready;0=5/0 5.6.3 the next hop does not offer 8BITMIME, "
		    "which this mail needs;"
		    "ready;0=5/0 5.6.7 the next hop does not offer SMTPUTF8, "
		    "which this mail needs;ready;", "" },
	};

	(void)state;
	HOLD_ALL(c, mails, 6);
}

/* The sender is refused, and one recipient never had a RCPT. */
static void
replies_are_counted_right_when_recipients_were_left_out(void **state)
{
	static const struct smtp_client_recipient odd[] = {
		{ SPAN("c@d"), SPAN(""), 0 },
		{ SPAN("bad address"), SPAN(""), 0 },
		{ SPAN("e@f"), SPAN(""), 0 },
	};
	static const struct smtp_client_mail mails[] = {
		{ .sender = SPAN("a@b"), .recipients = odd, .recipients_n = 3,
		    .body = SPAN("hi\r\n") },
	};
	static const struct conversation c[] = {
		{ SPAN(HELLO "550 no\r\n503 a\r\n503 b\r\n503 c\r\n"),
		    SAYS GROUP, "ready;1=5/0 5.1.3 bad address;0=5/550 no;"
		    "2=5/550 no;ready;", "" },
	};

	(void)state;
	HOLD_ALL(c, mails, 1);
}

static void
extensions_are_used_where_they_are_offered(void **state)
{
	static const struct smtp_client_recipient rcpt[] = {
		{ SPAN("\xe5\xb1\xb1@d"), SPAN("rfc822;x+y@z"),
		    SMTP_NOTIFY_SUCCESS | SMTP_NOTIFY_DELAY },
		{ SPAN("e@f"), SPAN("utf-8;\xe5\xb1\xb1@d"),
		    SMTP_NOTIFY_NEVER },
	};
	static const struct smtp_client_mail mails[] = {
		{ .sender = SPAN("a@b"), .envid = SPAN("id=1"),
		    .ret = SMTP_RET_HDRS, .recipients = rcpt,
		    .recipients_n = 2, .eightbit = true,
		    .body = SPAN(".\r\n") },
	};
	static const struct conversation c[] = {
		{ SPAN("220 mx\r\n|250-mx\r\n250-pipelining\r\n250-SIZE\r\n"
		    "250-8BITMIME\r\n250-SMTPUTF8\r\n250 DSN\r\n|"
		    "250 s\r\n250 r\r\n250 r\r\n354 go\r\n|250 ok\r\n"),
		    SAYS "MAIL FROM:<a@b> SIZE=3 BODY=8BITMIME SMTPUTF8 "
		    "RET=HDRS ENVID=id+3D1\r\n"
		    "RCPT TO:<\xe5\xb1\xb1@d> NOTIFY=SUCCESS,DELAY "
		    "ORCPT=rfc822;x+2By@z\r\n"
		    "RCPT TO:<e@f> NOTIFY=NEVER\r\nDATA\r\n..\r\n.\r\n",
		    "ready;0=2/250 ok;1=2/250 ok;ready;", "" },
	};

	(void)state;
	HOLD_ALL(c, mails, 1);
}

static void
a_lost_connection_is_told_with_its_state(void **state)
{
	static const struct {
		struct span	server;
		const char	*closed;
		bool		untouched;
	} cases[] = {
		{ SPAN(""), "4/0 4.4.2 gone while waiting for the greeting",
		    true },
		{ SPAN("220 mx\r\n"), "4/0 4.4.2 gone while waiting for the "
		    "reply to EHLO", true },
		{ SPAN(HELLO), "4/0 4.4.2 gone while waiting for the reply to "
		    "MAIL", true },
		{ SPAN(HELLO "250 s\r\n"), "4/0 4.4.2 gone while waiting for "
		    "the reply to RCPT", false },
		{ SPAN(HELLO "250 s\r\n250 r\r\n550 r\r\n"), "4/0 4.4.2 gone "
		    "while waiting for the reply to DATA", false },
		{ SPAN(HELLO "250 s\r\n250 r\r\n250 r\r\n354 go\r\n|"),
		    "4/0 4.4.2 gone while waiting for the reply to the mail",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct owner o;

		owner_init(&o, &plain_mail, 1);
		talk(&o, cases[i].server, SIZE_MAX);
		assert_int_equal(smtp_client_untouched(&o.client),
		    cases[i].untouched);
		smtp_client_lost(&o.client, "gone");
		smtp_client_lost(&o.client, "gone twice");
		compare("closed", &o.closed, cases[i].closed);
		assert_int_equal(smtp_client_output(&o.client,
		    (struct iovec[1]){ { 0 } }, 1), 0);
		owner_fini(&o);
	}
}

static void
a_reply_in_the_middle_of_the_text_ends_it(void **state)
{
	static const struct {
		struct span	reply;
		const char	*closed;
	} cases[] = {
		{ SPAN("552 5.3.4 too big\r\n"), "5/552 5.3.4 too big" },
		{ SPAN("451 4.3.0 sorry\r\n"), "4/451 4.3.0 sorry" },
		{ SPAN("250 what\r\n"), "4/0 4.4.2 unintelligible reply while "
		    "sending the mail" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct owner o;
		struct iovec iov[1];

		owner_init(&o, &plain_mail, 1);
		talk(&o, SPAN(HELLO "250 s\r\n250 r\r\n250 r\r\n"), SIZE_MAX);
		smtp_client_input(&o.client, SPAN("354 go\r\n"));
		assert_int_equal(smtp_client_output(&o.client, iov, 1), 1);
		smtp_client_written(&o.client, 1);
		smtp_client_input(&o.client, cases[i].reply);
		compare("closed", &o.closed, cases[i].closed);
		owner_fini(&o);
	}
}

static void
quit_is_said_when_ready_and_closes(void **state)
{
	struct owner o;

	(void)state;
	owner_init(&o, NULL, 0);
	smtp_client_quit(&o.client);
	talk(&o, SPAN("220 mx\r\n|250 mx\r\n|"), SIZE_MAX);
	smtp_client_quit(&o.client);
	assert_int_equal(smtp_client_timeout_ms(&o.client), SMTP_QUIT_MS);
	talk(&o, SPAN("221 bye\r\n"), SIZE_MAX);
	compare("sent", &o.sent, SAYS "QUIT\r\n");
	compare("closed", &o.closed, "2/221 bye");
	owner_fini(&o);
}

static void
long_replies_are_cut_and_endless_ones_refused(void **state)
{
	struct owner o;
	struct buf reply;

	(void)state;
	owner_init(&o, NULL, 0);
	buf_init(&reply, 1 << 16);
	for (int i = 0; i < SMTP_REPLY_LINES_MAX; i++)
		assert_int_equal(buf_add_str(&reply,
		    "554-a line of some length\r\n"), OK);
	smtp_client_input(&o.client, buf_span(&reply));
	assert_int_equal(o.closed.len, 0);
	assert_int_equal(o.client.reader.len, SMTP_REPLY_TEXT_BYTES_MAX);
	smtp_client_input(&o.client, SPAN("554 end\r\n"));
	compare("closed", &o.closed, "4/0 4.4.2 unintelligible reply while "
	    "waiting for the greeting");
	buf_fini(&reply);
	owner_fini(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_before_the_mail),
		cmocka_unit_test(a_mail_with_pipelining),
		cmocka_unit_test(a_mail_without_pipelining),
		cmocka_unit_test(
		    a_second_mail_needs_rset_only_behind_an_unfinished_one),
		cmocka_unit_test(what_the_server_cannot_take_is_not_tried),
		cmocka_unit_test(
		    replies_are_counted_right_when_recipients_were_left_out),
		cmocka_unit_test(extensions_are_used_where_they_are_offered),
		cmocka_unit_test(a_lost_connection_is_told_with_its_state),
		cmocka_unit_test(a_reply_in_the_middle_of_the_text_ends_it),
		cmocka_unit_test(quit_is_said_when_ready_and_closes),
		cmocka_unit_test(
		    long_replies_are_cut_and_endless_ones_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
