/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TEST_SERVER_OWNER_H
#define TEST_SERVER_OWNER_H

#include <string.h>

#include "../../../gateway/smtp/smtp_server.h"

#define GREETING "220 gw.example ESMTP\r\n"
#define EXTENSIONS "250-gw.example\r\n250-PIPELINING\r\n250-SIZE 1000\r\n" \
	"250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n" \
	"250-DSN\r\n250 CHUNKING\r\n"
#define SENDER_OK "250 2.1.0 Sender OK\r\n"
#define RCPT_OK "250 2.1.5 Recipient OK\r\n"
#define GO "354 End with CRLF.CRLF\r\n"
#define TAKEN "250 2.0.0 taken\r\n"
#define CHUNK_OK "250 2.0.0 Chunk taken\r\n"
#define OK_REPLY "250 2.0.0 OK\r\n"
#define BYE "221 2.0.0 Bye\r\n"
#define BARE "550 5.6.0 Bare CR or LF in the mail; closing\r\n"
#define ORDER "503 5.5.1 Not in this order\r\n"
#define HELLO_FIRST "503 5.5.1 Say EHLO first\r\n"
#define EHLO "EHLO c.example\r\n|"
#define UP_TO_DATA EHLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n|"
#define UP_TO_DATA_REPLIES GREETING EXTENSIONS SENDER_OK RCPT_OK GO

static const struct smtp_reply
    reply_no = { 550, "5.7.1 no" },
    reply_full = { 452, "4.3.1 full" },
    reply_taken = { 250, "2.0.0 taken" };

/* The owner: what it will say, and what it was told. */
struct owner {
	struct smtp_server server;
	struct buf	 said;		/* all replies */
	struct buf	 mails;		/* "[sender>rcpt,rcpt,:text]" */
	struct buf	 mail;		/* the one under way */
	struct buf	 refused;	/* "why code," but for paths */
	struct buf	 nos;		/* "code[/verb argument]," */
	bool		 later;
	bool		 begin_waits;
	bool		 end_waits;
	bool		 begun;		/* a draft exists */
	const struct smtp_reply *begin_refusal;
	const struct smtp_reply *end_reply;
	enum err	 data_err;
	unsigned	 drafts;
	unsigned	 aborts;
};

static void
add(struct buf *buf, struct span s)
{
	assert_int_equal(buf_add(buf, s), OK);
}

static void
on_hello(void *arg, struct span name, enum smtp_hello hello)
{
	(void)arg;
	assert_true(name.len > 0);
	assert_true(hello != SMTP_HELLO_NONE);
}

static const struct smtp_reply *
on_mail(void *arg, const struct smtp_command *command)
{
	struct owner *o = arg;

	if (span_equal(command->address.domain, SPAN("no.example")))
		return &reply_no;
	buf_clear(&o->mail);
	add(&o->mail, SPAN("["));
	add(&o->mail, command->address.whole);
	add(&o->mail, SPAN(">"));
	return NULL;
}

static const struct smtp_reply *
on_rcpt(void *arg, const struct smtp_command *command)
{
	struct owner *o = arg;

	if (span_equal(command->address.domain, SPAN("no.example")))
		return &reply_no;
	add(&o->mail, command->address.whole);
	add(&o->mail, SPAN(","));
	return NULL;
}

static void
answer_begin(struct owner *o)
{
	o->begin_waits = false;
	o->begun = o->begin_refusal == NULL;
	smtp_server_begun(&o->server, o->begin_refusal);
}

static void
on_begin(void *arg)
{
	struct owner *o = arg;

	assert_false(o->begun);
	o->drafts++;
	add(&o->mail, SPAN(":"));
	o->begin_waits = true;
	if (!o->later)
		answer_begin(o);
}

static enum err
on_data(void *arg, struct span s)
{
	struct owner *o = arg;

	assert_true(o->begun);
	add(&o->mail, s);
	return o->data_err;
}

static void
answer_end(struct owner *o)
{
	o->end_waits = o->begun = false;
	if (o->end_reply->code == 250) {
		add(&o->mails, buf_span(&o->mail));
		add(&o->mails, SPAN("]"));
	}
	smtp_server_ended(&o->server, o->end_reply);
}

static void
on_end(void *arg)
{
	struct owner *o = arg;

	assert_true(o->begun);
	o->end_waits = true;
	if (!o->later)
		answer_end(o);
}

static void
on_abort(void *arg)
{
	struct owner *o = arg;

	o->begun = false;
	o->aborts++;
}

/* The mail under way stands behind it: what a record would say of it. */
static void
on_no(void *arg, enum smtp_no why, const struct smtp_reply *reply,
    const struct smtp_command *command)
{
	static const char *const letters[] = {
		[SMTP_NO_COMMAND] = "w", [SMTP_NO_UTF8] = "u",
		[SMTP_NO_SIZE] = "s", [SMTP_NO_LOOP] = "l",
		[SMTP_NO_BARE] = "b", [SMTP_NO_TEXT] = "t",
		[SMTP_NO_ALSO_BARE] = "+b",
	};
	struct owner *o = arg;

	if (letters[why] != NULL)
		assert_int_equal(buf_printf(&o->refused, "%s%u,",
		    letters[why], reply->code), OK);
	assert_int_equal(buf_printf(&o->nos, "%u", reply->code), OK);
	if (command != NULL && command->address.whole.len > 0)
		assert_int_equal(buf_printf(&o->nos, "/%.*s",
		    (int)command->address.whole.len,
		    (const char *)command->address.whole.ptr), OK);
	else if (o->server.has_mail)
		add(&o->nos, SPAN("+"));
	add(&o->nos, SPAN(","));
}

static const struct smtp_server_owner calls = {
	on_hello, on_mail, on_rcpt, on_begin, on_data, on_end, on_abort,
	on_no,
};

static struct smtp_server_config config = {
	SPAN("gw.example"), 1000, 2
};

static void
owner_init(struct owner *o, bool later)
{
	memset(o, 0, sizeof(*o));
	o->later = later;
	o->end_reply = &reply_taken;
	buf_init(&o->said, 1 << 20);
	buf_init(&o->mails, 1 << 16);
	buf_init(&o->mail, 1 << 16);
	buf_init(&o->refused, 1 << 12);
	buf_init(&o->nos, 1 << 16);
	smtp_server_init(&o->server, &config, &calls, o);
	smtp_server_greet(&o->server);
}

static void
owner_fini(struct owner *o)
{
	smtp_server_fini(&o->server);
	buf_fini(&o->said);
	buf_fini(&o->mails);
	buf_fini(&o->mail);
	buf_fini(&o->refused);
	buf_fini(&o->nos);
}

#endif
