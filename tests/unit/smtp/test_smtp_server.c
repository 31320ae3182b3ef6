/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Conversations with the receiving side. A '|' in what the client says means
 * that it waits for the replies so far. Each conversation is held with an
 * owner that answers at once and one that answers later, in pieces of all
 * sizes; the replies and the mails taken must be the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server_owner.h"

/* Write what it says, answer what it asks, until it wants more input. */
static void
settle(struct owner *o)
{
	for (;;) {
		add(&o->said, buf_span(&o->server.out));
		buf_clear(&o->server.out);
		if (o->begin_waits)
			answer_begin(o);
		else if (o->end_waits)
			answer_end(o);
		else if (smtp_server_has_pending(&o->server))
			smtp_server_input(&o->server,
			    (struct span){ NULL, 0 });
		else
			break;
	}
}

static void
feed(struct owner *o, struct span input, size_t step)
{
	for (size_t at = 0; at < input.len; at += step) {
		settle(o);
		if (!smtp_server_wants_input(&o->server))
			break;
		smtp_server_input(&o->server, span_sub(input, at, step));
	}
	settle(o);
}

static void
say(struct owner *o, struct span script, size_t step)
{
	struct span group;
	bool more = true;

	while (more) {
		more = span_cut(&script, '|', &group);
		feed(o, group, step);
	}
}

struct conversation {
	struct span	client;
	const char	*replies;
	const char	*mails;
	bool		closed;
};

static void
compare(const struct buf *got, const char *expected)
{
	if (span_equal(buf_span(got), span_str(expected)))
		return;
	fail_msg("got:\n%.*s\nexpected:\n%s", (int)got->len,
	    (const char *)got->ptr, expected);
}

/* Each no that was said was told, too, in their order. */
static void
compare_nos(const struct owner *o)
{
	struct span said = buf_span(&o->said), nos = buf_span(&o->nos);
	struct span line, no;

	while (said.len > 0) {
		(void)span_cut(&said, '\n', &line);
		if (line.len == 0 || line.ptr[0] < '4' ||
		    span_begins(line, SPAN("421")))
			continue;
		do
			assert_true(span_cut(&nos, ',', &no));
		while (memcmp(no.ptr, line.ptr, 3) != 0);
	}
}

static void
hold(const struct conversation *c, bool later, size_t step)
{
	struct owner o;

	owner_init(&o, later);
	say(&o, c->client, step);
	compare(&o.said, c->replies);
	compare(&o.mails, c->mails);
	assert_int_equal(o.server.state == SMTP_SERVER_CLOSED, c->closed);
	assert_int_equal(o.server.pending.len, 0);
	compare_nos(&o);
	owner_fini(&o);
}

static void
hold_all(const struct conversation *c, size_t n)
{
	static const size_t steps[] = { SIZE_MAX, 1, 2, 3, 7, 40 };

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
			hold(&c[i], false, steps[k]);
			hold(&c[i], true, steps[k]);
		}
}
#define HOLD_ALL(table) hold_all(table, sizeof(table) / sizeof((table)[0]))

static void
mails_are_taken(void **state)
{
	static const struct conversation c[] = {
		{ SPAN("HELO c\r\n|MAIL FROM:<a@b>\r\n|RCPT TO:<c@d>\r\n|"
		    "DATA\r\n|hi\r\n.\r\n|QUIT\r\n"),
		    GREETING "250 gw.example\r\n" SENDER_OK RCPT_OK GO TAKEN
		    BYE, "[a@b>c@d,:hi\r\n]", true },
		{ SPAN(UP_TO_DATA "..hi\r\n.\r\nQUIT\r\n"),
		    UP_TO_DATA_REPLIES TAKEN BYE, "[a@b>c@d,:.hi\r\n]",
		    true },
		/* two in one session, all that may be pipelined is */
		{ SPAN(UP_TO_DATA "1\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<e@f>\r\n"
		    "RCPT TO:<g@h>\r\nDATA\r\n|2\r\n.\r\n"),
		    UP_TO_DATA_REPLIES TAKEN SENDER_OK RCPT_OK RCPT_OK GO
		    TAKEN, "[a@b>c@d,:1\r\n][>e@f,g@h,:2\r\n]", false },
		/* the empty text */
		{ SPAN(UP_TO_DATA ".\r\n"), UP_TO_DATA_REPLIES TAKEN,
		    "[a@b>c@d,:]", false },
	};

	(void)state;
	HOLD_ALL(c);
}

static void
chunks_are_taken(void **state)
{
	static const struct conversation c[] = {
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
		    "BDAT 4\r\na\r\n.BDAT 5 LAST\r\n\r\nb\r\nNOOP\r\n"),
		    GREETING EXTENSIONS SENDER_OK RCPT_OK CHUNK_OK TAKEN
		    OK_REPLY, "[a@b>c@d,:a\r\n.\r\nb\r\n]", false },
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
		    "BDAT 3\r\na\r\nBDAT 0 LAST\r\n"),
		    GREETING EXTENSIONS SENDER_OK RCPT_OK CHUNK_OK TAKEN,
		    "[a@b>c@d,:a\r\n]", false },
		/* CR and LF in two chunks are still a CRLF */
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
		    "BDAT 2\r\na\rBDAT 1 LAST\r\n\n"),
		    GREETING EXTENSIONS SENDER_OK RCPT_OK CHUNK_OK TAKEN,
		    "[a@b>c@d,:a\r\n]", false },
		/* only BDAT, RSET and the like may follow */
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
		    "BDAT 3\r\na\r\n|DATA\r\n|MAIL FROM:<a@b>\r\n"
		    "RCPT TO:<c@d>\r\nRSET\r\nBDAT 2 LAST\r\nxy"),
		    GREETING EXTENSIONS SENDER_OK RCPT_OK CHUNK_OK ORDER ORDER
		    ORDER OK_REPLY ORDER, "", false },
		/* a chunk that is refused is read over */
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nBDAT 6 LAST\r\nQUIT\r\n"
		    "NOOP\r\n"), GREETING EXTENSIONS SENDER_OK
		    "554 5.5.1 No valid recipients\r\n" OK_REPLY, "", false },
		{ SPAN("BDAT 6\r\nQUIT\r\nNOOP\r\n"),
		    GREETING HELLO_FIRST OK_REPLY, "", false },
		/* where does it end? nobody knows */
		{ SPAN(EHLO "BDAT x\r\nNOOP\r\n"), GREETING EXTENSIONS
		    "501 5.5.4 Wrong or missing argument\r\n", "", true },
		{ SPAN(EHLO "BDAT 18446744073709551615\r\nNOOP\r\n"),
		    GREETING EXTENSIONS "421 4.3.4 Mail is much too large; "
		    "closing\r\n", "", true },
	};

	(void)state;
	HOLD_ALL(c);
}

static void
commands_out_of_order_are_refused(void **state)
{
	static const struct conversation c[] = {
		{ SPAN("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n|"
		    "NOOP\r\nRSET\r\nVRFY a\r\nHELP\r\nEXPN a\r\nQUIT\r\n"),
		    GREETING HELLO_FIRST HELLO_FIRST HELLO_FIRST OK_REPLY
		    OK_REPLY "252 2.5.0 Send mail and see\r\n"
		    "214 2.0.0 RFC 5321\r\n502 5.5.1 Command not offered\r\n"
		    BYE, "", true },
		{ SPAN(EHLO "RCPT TO:<c@d>\r\nDATA\r\n|MAIL FROM:<a@b>\r\n"
		    "MAIL FROM:<a@b>\r\nDATA\r\n|RSET\r\nRCPT TO:<c@d>\r\n"),
		    GREETING EXTENSIONS ORDER ORDER SENDER_OK ORDER
		    "554 5.5.1 No valid recipients\r\n" OK_REPLY ORDER, "",
		    false },
		/* EHLO forgets the mail */
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\n" EHLO "RCPT TO:<c@d>\r\n"),
		    GREETING EXTENSIONS SENDER_OK EXTENSIONS ORDER, "",
		    false },
	};

	(void)state;
	HOLD_ALL(c);
}

#define X100 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
#define X1000 X100 X100 X100 X100 X100 X100 X100 X100 X100 X100

static void
each_refusal_is_told_once_with_its_reason(void **state)
{
	static const struct {
		struct span	 said;
		const char	*refused;
	} cases[] = {
		{ SPAN("MAIL FROM:<a@b>\r\nDATA\r\n"), "w503,w503," },
		{ SPAN(EHLO "MAIL FROM:<a@b> SIZE=1001\r\n"), "s552," },
		{ SPAN(EHLO "MAIL FROM:<\xe5\xb1\xb1@b>\r\n"
		    "MAIL FROM:<a@b>\r\nRCPT TO:<\xe5\xb1\xb1@b>\r\n"),
		    "u550,u553," },
		{ SPAN(EHLO "MAIL FROM:<a@no.example>\r\nMAIL FROM:<a@b>\r\n"
		    "RCPT TO:<c@no.example>\r\nDATA\r\n"), "" },
		{ SPAN(EHLO "MAIL FROM\r\nNONSENSE\r\n"), "w501,w500," },
		{ SPAN("NOOP\nQUIT\r\n"), "w521," },
		{ SPAN(UP_TO_DATA X1000 "x\r\n.\r\n"), "s552," },
		/* though nobody waits for the reply */
		{ SPAN(UP_TO_DATA X1000 "x\r\n"), "s552," },
		{ SPAN(UP_TO_DATA "x\n.\r\n"), "b550," },
		{ SPAN(UP_TO_DATA X1000 "x\r\ny\n.\r\n"), "s552,+b550," },
		{ SPAN(UP_TO_DATA "x\ny" X1000 "\r\n.\r\n"), "b550," },
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
		    "BDAT 99999999\r\nx"), "s421," },
		/* chunks of no mail: no fault that counts */
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
		    "BDAT 3\r\na\r\nRSET\r\nBDAT 1\r\nx"), "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct owner o;

		owner_init(&o, false);
		say(&o, cases[i].said, 7);
		compare(&o.refused, cases[i].refused);
		owner_fini(&o);
	}
}

static void
the_owner_refuses_senders_and_recipients(void **state)
{
	static const struct conversation c[] = {
		{ SPAN(EHLO "MAIL FROM:<a@no.example>\r\nMAIL FROM:<a@b>\r\n"
		    "RCPT TO:<c@no.example>\r\nRCPT TO:<c@d>\r\nDATA\r\n|"
		    "x\r\n.\r\n"), GREETING EXTENSIONS "550 5.7.1 no\r\n"
		    SENDER_OK "550 5.7.1 no\r\n" RCPT_OK GO TAKEN,
		    "[a@b>c@d,:x\r\n]", false },
		/* the third of two */
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
		    "RCPT TO:<e@f>\r\nRCPT TO:<g@h>\r\nDATA\r\n|x\r\n.\r\n"),
		    GREETING EXTENSIONS SENDER_OK RCPT_OK RCPT_OK
		    "452 4.5.3 Too many recipients\r\n" GO TAKEN,
		    "[a@b>c@d,e@f,:x\r\n]", false },
		/* addresses beyond ASCII need SMTPUTF8 */
		{ SPAN(EHLO "MAIL FROM:<\xe5\xb1\xb1@b>\r\n"
		    "MAIL FROM:<a@b>\r\nRCPT TO:<\xe5\xb1\xb1@b>\r\nRSET\r\n"
		    "MAIL FROM:<\xe5\xb1\xb1@b> SMTPUTF8\r\n"
		    "RCPT TO:<\xe5\xb1\xb1@b>\r\n"), GREETING EXTENSIONS
		    "550 5.6.7 Address needs SMTPUTF8\r\n" SENDER_OK
		    "553 5.6.7 Address needs SMTPUTF8\r\n" OK_REPLY SENDER_OK
		    RCPT_OK, "", false },
	};

	(void)state;
	HOLD_ALL(c);
}

static void
too_large_a_mail_is_refused_when_announced_and_when_sent(void **state)
{
	static const struct conversation announced[] = {
		{ SPAN(EHLO "MAIL FROM:<a@b> SIZE=1001\r\n"
		    "MAIL FROM:<a@b> SIZE=1000\r\n"), GREETING EXTENSIONS
		    "552 5.3.4 Mail is larger than allowed here\r\n"
		    SENDER_OK, "", false },
	};
	struct buf script;

	(void)state;
	HOLD_ALL(announced);
	for (int too_long = 0; too_long < 2; too_long++) {
		buf_init(&script, 4096);
		add(&script, SPAN(UP_TO_DATA));
		for (int i = 0; i < 998 + too_long; i++)
			add(&script, SPAN("x"));
		add(&script, SPAN("\r\n.\r\nNOOP\r\n"));
		for (size_t step = 1; step < 1200; step += 97) {
			struct owner o;

			owner_init(&o, false);
			say(&o, buf_span(&script), step);
			compare(&o.said, too_long ? UP_TO_DATA_REPLIES
			    "552 5.3.4 Mail is larger than allowed here\r\n"
			    OK_REPLY : UP_TO_DATA_REPLIES TAKEN OK_REPLY);
			assert_int_equal(o.aborts, too_long);
			compare(&o.refused, too_long ? "s552," : "");
			owner_fini(&o);
		}
		buf_fini(&script);
	}
}

/* The reply comes at the proper end, and nothing behind it is read. */
static void
a_bare_cr_or_lf_refuses_the_mail_and_ends_the_session(void **state)
{
	static const struct conversation c[] = {
		{ SPAN(UP_TO_DATA "x\n.\r\nMAIL FROM:<e@vil>\r\n"
		    "RCPT TO:<c@d>\r\nDATA\r\nevil\r\n.\r\nNOOP\r\n"),
		    UP_TO_DATA_REPLIES BARE, "", true },
		{ SPAN(UP_TO_DATA "x\r\n.\nMAIL FROM:<e@vil>\r\n.\r\n"),
		    UP_TO_DATA_REPLIES BARE, "", true },
		{ SPAN(UP_TO_DATA "x\n.\nMAIL FROM:<e@vil>\r\n.\r\n"),
		    UP_TO_DATA_REPLIES BARE, "", true },
		{ SPAN(UP_TO_DATA "x\r.\rMAIL FROM:<e@vil>\r\n.\r\n"),
		    UP_TO_DATA_REPLIES BARE, "", true },
		{ SPAN(UP_TO_DATA "x\r.\r\nMAIL FROM:<e@vil>\r\n.\r\n"),
		    UP_TO_DATA_REPLIES BARE, "", true },
		{ SPAN(UP_TO_DATA "x\r\n.\rMAIL FROM:<e@vil>\r\n.\r\n"),
		    UP_TO_DATA_REPLIES BARE, "", true },
		/* and it never ended: no reply, no mail */
		{ SPAN(UP_TO_DATA "x\n.\nQUIT\r\n"), UP_TO_DATA_REPLIES, "",
		    false },
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
		    "BDAT 3\r\na\nbNOOP\r\n"),
		    GREETING EXTENSIONS SENDER_OK RCPT_OK BARE, "", true },
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
		    "BDAT 2 LAST\r\na\rNOOP\r\n"),
		    GREETING EXTENSIONS SENDER_OK RCPT_OK BARE, "", true },
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
		    "BDAT 2\r\na\rBDAT 2 LAST\r\nb\rNOOP\r\n"),
		    GREETING EXTENSIONS SENDER_OK RCPT_OK CHUNK_OK BARE, "",
		    true },
		{ SPAN("EHLO a\nQUIT\r\n"), GREETING
		    "521 5.5.2 Bare CR or LF in a command; closing\r\n", "",
		    true },
		{ SPAN("EHLO a\rQUIT\r\n"), GREETING
		    "521 5.5.2 Bare CR or LF in a command; closing\r\n", "",
		    true },
	};

	(void)state;
	HOLD_ALL(c);
}

/* Whole only: who sends byte by byte cannot be told from who waits. */
static void
one_who_does_not_wait_for_the_reply_is_sent_away(void **state)
{
	static const struct conversation c[] = {
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
		    "x\r\n.\r\n"), GREETING EXTENSIONS SENDER_OK RCPT_OK
		    "554 5.5.0 You did not wait for the reply\r\n", "",
		    true },
		{ SPAN("EHLO a\r\nMAIL FROM:<a@b>\r\n"), GREETING
		    "554 5.5.0 You did not wait for the reply\r\n", "",
		    true },
		{ SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), GREETING
		    "521 5.5.1 This is a mail server; closing\r\n", "",
		    true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		hold(&c[i], false, SIZE_MAX);
		hold(&c[i], true, SIZE_MAX);
	}
}

static void
one_who_talks_before_the_greeting_is_sent_away(void **state)
{
	struct owner o;

	(void)state;
	owner_init(&o, false);
	smtp_server_fini(&o.server);
	smtp_server_init(&o.server, &config, &calls, &o);
	smtp_server_input(&o.server, SPAN("EHLO a\r\n"));
	compare(&o.server.out, "554 5.5.0 You talked before the greeting\r\n");
	assert_int_equal(o.server.state, SMTP_SERVER_CLOSED);
	owner_fini(&o);
}

static void
a_draft_that_is_refused_refuses_the_mail(void **state)
{
	(void)state;
	for (int later = 0; later < 2; later++) {
		struct owner o;

		owner_init(&o, later != 0);
		o.begin_refusal = &reply_full;
		say(&o, SPAN(UP_TO_DATA "NOOP\r\nMAIL FROM:<a@b>\r\n"
		    "RCPT TO:<c@d>\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"), 100);
		compare(&o.said, GREETING EXTENSIONS SENDER_OK RCPT_OK
		    "452 4.3.1 full\r\n" OK_REPLY SENDER_OK RCPT_OK
		    "452 4.3.1 full\r\n" OK_REPLY);
		compare(&o.mails, "");
		compare(&o.refused, "t452,t452,");
		assert_int_equal(o.aborts, 2);
		owner_fini(&o);
	}
}

static void
trouble_with_the_draft_is_told_at_the_end(void **state)
{
	static const struct {
		enum err	err;
		const char	*reply;
	} cases[] = {
		{ ERR_SYSTEM, "452 4.3.1 No room for the mail, try later\r\n" },
		{ ERR_LIMIT, "452 4.3.1 No room for the mail, try later\r\n" },
		{ ERR_AGAIN,
		    "451 4.3.0 Cannot take the mail now, try later\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct owner o;
		char expected[1024];

		owner_init(&o, true);
		o.data_err = cases[i].err;
		say(&o, SPAN(UP_TO_DATA "1\r\n2\r\n.\r\nNOOP\r\n"), 2);
		snprintf(expected, sizeof(expected), "%s%s%s",
		    UP_TO_DATA_REPLIES, cases[i].reply, OK_REPLY);
		compare(&o.said, expected);
		compare(&o.mails, "");
		assert_int_equal(o.aborts, 1);
		owner_fini(&o);
	}
}

static void
a_commit_that_did_not_work_is_told(void **state)
{
	struct owner o;

	(void)state;
	owner_init(&o, true);
	o.end_reply = &reply_full;
	say(&o, SPAN(UP_TO_DATA "1\r\n.\r\nNOOP\r\n"), 3);
	compare(&o.said, UP_TO_DATA_REPLIES "452 4.3.1 full\r\n" OK_REPLY);
	compare(&o.mails, "");
	owner_fini(&o);
}

static void
each_no_is_told_with_what_it_is_about(void **state)
{
	static const struct {
		struct span	client;
		const char	*nos;
	} c[] = {
		{ SPAN(EHLO "MAIL FROM:<a@no.example>\r\n"),
		    "550/a@no.example," },
		{ SPAN(EHLO "MAIL FROM:<a@b> SIZE=1001\r\n"), "552/a@b," },
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@no.example>\r\n"
		    "RCPT TO:<c@d>\r\nRCPT TO:<e@d>\r\nRCPT TO:<f@d>\r\n"),
		    "550/c@no.example,452/f@d," },
		/* once, and before the mail is forgotten */
		{ SPAN(UP_TO_DATA "x\n.\r\n"), "550+," },
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
		    "BDAT 2\r\na\rBDAT 2 LAST\r\nb\r"), "550+," },
		{ SPAN(EHLO "BDAT 2\r\nab"), "503," },
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nDATA\r\n"), "554+," },
		{ SPAN(EHLO "MAIL FROM:<a@b>\r\nGET / HTTP/1.1\r\n"),
		    "521+," },
		{ SPAN(EHLO "QUIT\r\n"), "" },
	};
	struct owner o;

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		owner_init(&o, true);
		say(&o, c[i].client, SIZE_MAX);
		compare(&o.nos, c[i].nos);
		owner_fini(&o);
	}
	/* a draft, or a commit, that did not work */
	for (int end = 0; end < 2; end++) {
		owner_init(&o, true);
		if (end != 0)
			o.end_reply = &reply_full;
		else
			o.begin_refusal = &reply_full;
		say(&o, SPAN(UP_TO_DATA "1\r\n.\r\n"), SIZE_MAX);
		assert_memory_equal(o.nos.ptr, end != 0 ? "452," : "452+,",
		    4);
		owner_fini(&o);
	}
	/* an end between two mails refuses nothing, one within a mail does */
	for (int mail = 0; mail < 2; mail++) {
		owner_init(&o, false);
		say(&o, mail != 0 ? SPAN(UP_TO_DATA "1\r\n") : SPAN(EHLO),
		    SIZE_MAX);
		smtp_server_close(&o.server, &(struct smtp_reply){ 421, "" });
		compare(&o.nos, mail != 0 ? "421+," : "");
		owner_fini(&o);
	}
}

static void
a_mail_that_loops_is_refused(void **state)
{
	(void)state;
	for (unsigned n = 100; n <= 101; n++) {
		struct buf script;
		struct owner o;

		config.size_bytes_max = 100000;
		buf_init(&script, 8192);
		add(&script, SPAN("HELO a\r\n|MAIL FROM:<a@b>\r\n"
		    "RCPT TO:<c@d>\r\nDATA\r\n|"));
		for (unsigned i = 0; i < n; i++)
			add(&script, SPAN("Received: x\r\n"));
		add(&script, SPAN("\r\nReceived: y\r\n.\r\n"));
		owner_init(&o, true);
		say(&o, buf_span(&script), 50);
		compare(&o.refused, n > 100 ? "l554," : "");
		assert_int_equal(o.mails.len > 0, n == 100);
		owner_fini(&o);
		buf_fini(&script);
		config.size_bytes_max = 1000;
	}
}

static void
too_many_errors_end_the_session(void **state)
{
	struct owner o;

	(void)state;
	owner_init(&o, false);
	for (int i = 0; i < SMTP_ERRORS_MAX - 1; i++)
		feed(&o, SPAN("X\r\n"), SIZE_MAX);
	assert_int_not_equal(o.server.state, SMTP_SERVER_CLOSED);
	feed(&o, SPAN("X\r\n"), SIZE_MAX);
	assert_int_equal(o.server.state, SMTP_SERVER_CLOSED);
	assert_true(span_ends(buf_span(&o.said),
	    SPAN("421 4.7.0 Too many errors\r\n")));
	owner_fini(&o);
}

static void
idle_commands_without_end_end_the_session(void **state)
{
	static const struct span commands[] = {
		SPAN("NOOP\r\n"), SPAN("RSET\r\n"), SPAN("VRFY a\r\n"),
		SPAN("HELP\r\n"), SPAN("HELO a\r\n"),
	};

	(void)state;
	for (size_t k = 0; k < sizeof(commands) / sizeof(commands[0]); k++) {
		struct owner o;

		owner_init(&o, false);
		for (int i = 0; i < SMTP_IDLE_COMMANDS_MAX; i++)
			feed(&o, commands[k], SIZE_MAX);
		assert_int_not_equal(o.server.state, SMTP_SERVER_CLOSED);
		feed(&o, commands[k], SIZE_MAX);
		assert_int_equal(o.server.state, SMTP_SERVER_CLOSED);
		owner_fini(&o);
	}
}

/* A client that sends and does not read makes us stop reading. */
static void
unread_replies_stop_the_input(void **state)
{
	struct owner o;

	(void)state;
	owner_init(&o, false);
	smtp_server_input(&o.server, SPAN("HELO a\r\n"));
	for (int i = 0; i < 90 && smtp_server_wants_input(&o.server); i++)
		smtp_server_input(&o.server, SPAN("MAIL FROM:<a@b> "
		    "SIZE=4\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\n"
		    "RCPT TO:<c@d>\r\nRCPT TO:<c@d>\r\nRCPT TO:<c@d>\r\n"
		    "RSET\r\n"));
	assert_false(smtp_server_wants_input(&o.server));
	assert_true(o.server.out.len >= SMTP_REPLIES_BYTES_MAX);
	assert_true(o.server.out.len < SMTP_REPLIES_BYTES_MAX + 512);
	assert_true(o.server.pending.len > 0);
	settle(&o);
	assert_true(smtp_server_wants_input(&o.server));
	assert_int_equal(o.server.pending.len, 0);
	owner_fini(&o);
}

static void
stopping_ends_idle_sessions_at_once_and_others_behind_their_mail(void **state)
{
	struct owner o;

	(void)state;
	owner_init(&o, false);
	say(&o, SPAN(EHLO "MAIL FROM:<a@b>\r\n"), SIZE_MAX);
	smtp_server_stop(&o.server);
	settle(&o);
	compare(&o.said, GREETING EXTENSIONS SENDER_OK
	    "421 4.3.2 Going down, come back soon\r\n");
	assert_int_equal(o.aborts, 1);
	owner_fini(&o);

	owner_init(&o, true);
	say(&o, SPAN(UP_TO_DATA "1\r\n"), SIZE_MAX);
	smtp_server_stop(&o.server);
	settle(&o);
	assert_int_equal(o.server.state, SMTP_SERVER_DATA);
	say(&o, SPAN("2\r\n.\r\nNOOP\r\n"), SIZE_MAX);
	compare(&o.said, UP_TO_DATA_REPLIES TAKEN
	    "421 4.3.2 Going down, come back soon\r\n");
	compare(&o.mails, "[a@b>c@d,:1\r\n2\r\n]");
	owner_fini(&o);
}

static void
closing_aborts_a_mail_but_not_one_that_is_being_committed(void **state)
{
	static const struct smtp_reply timeout = { 421, "4.4.2 too slow" };
	struct owner o;

	(void)state;
	owner_init(&o, true);
	say(&o, SPAN(UP_TO_DATA "1\r\n"), SIZE_MAX);
	smtp_server_close(&o.server, &timeout);
	settle(&o);
	compare(&o.said, UP_TO_DATA_REPLIES "421 4.4.2 too slow\r\n");
	assert_int_equal(o.aborts, 1);
	smtp_server_input(&o.server, SPAN("NOOP\r\n"));
	assert_int_equal(o.server.out.len, 0);
	owner_fini(&o);

	owner_init(&o, true);
	say(&o, SPAN(UP_TO_DATA), SIZE_MAX);
	smtp_server_input(&o.server, SPAN("1\r\n.\r\n"));
	assert_true(smtp_server_waiting(&o.server));
	smtp_server_close(&o.server, &timeout);
	assert_int_equal(o.aborts, 0);
	owner_fini(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mails_are_taken),
		cmocka_unit_test(chunks_are_taken),
		cmocka_unit_test(commands_out_of_order_are_refused),
		cmocka_unit_test(each_refusal_is_told_once_with_its_reason),
		cmocka_unit_test(the_owner_refuses_senders_and_recipients),
		cmocka_unit_test(
		    too_large_a_mail_is_refused_when_announced_and_when_sent),
		cmocka_unit_test(
		    a_bare_cr_or_lf_refuses_the_mail_and_ends_the_session),
		cmocka_unit_test(
		    one_who_does_not_wait_for_the_reply_is_sent_away),
		cmocka_unit_test(
		    one_who_talks_before_the_greeting_is_sent_away),
		cmocka_unit_test(a_draft_that_is_refused_refuses_the_mail),
		cmocka_unit_test(trouble_with_the_draft_is_told_at_the_end),
		cmocka_unit_test(a_commit_that_did_not_work_is_told),
		cmocka_unit_test(each_no_is_told_with_what_it_is_about),
		cmocka_unit_test(a_mail_that_loops_is_refused),
		cmocka_unit_test(too_many_errors_end_the_session),
		cmocka_unit_test(idle_commands_without_end_end_the_session),
		cmocka_unit_test(unread_replies_stop_the_input),
		cmocka_unit_test(
	    stopping_ends_idle_sessions_at_once_and_others_behind_their_mail),
		cmocka_unit_test(
		    closing_aborts_a_mail_but_not_one_that_is_being_committed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
