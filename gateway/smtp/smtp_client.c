/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sending state machine (RFC 5321 4.3.2, PIPELINING 2920):
 *
 *	state		2xx		354	4xx 5xx
 *	GREETING	EHLO		-	closed
 *	EHLO		READY		-	4xx closed, 5xx HELO
 *	HELO		READY		-	closed
 *	RSET		MAIL		-	closed
 *	MAIL		RCPT		-	all recipients; READY
 *	RCPT		next, DATA	-	this recipient; next, DATA
 *	DATA		-		TEXT	accepted recipients; READY
 *	TEXT		-		-	closed with this reply
 *	END		READY		-	accepted recipients; READY
 *	QUIT		closed, whatever it says
 *
 * "-", a reply in READY, and what is no reply: closed. 421 closes in every
 * state. With PIPELINING [RSET] MAIL RCPT... DATA go out at once and the
 * replies walk through the same states. Commands are in smtp_client_mail.c.
 */
#include <stdio.h>
#include <string.h>

#include "smtp_client_internal.h"

void
smtp_client_init(struct smtp_client *client, struct span name,
    const struct smtp_client_owner *owner, void *arg)
{
	memset(client, 0, sizeof(*client));
	client->name = name;
	client->owner = owner;
	client->arg = arg;
	buf_init(&client->out, SMTP_COMMANDS_BYTES_MAX);
	smtp_reply_reader_init(&client->reader);
}

void
smtp_client_fini(struct smtp_client *client)
{
	buf_fini(&client->out);
	smtp_reply_reader_fini(&client->reader);
}

static const char *
state_text(const struct smtp_client *client)
{
	switch ((enum smtp_client_state)client->state) {
	case SMTP_CLIENT_GREETING:
		return "while waiting for the greeting";
	case SMTP_CLIENT_EHLO:
		return "while waiting for the reply to EHLO";
	case SMTP_CLIENT_HELO:
		return "while waiting for the reply to HELO";
	case SMTP_CLIENT_RSET:
		return "while waiting for the reply to RSET";
	case SMTP_CLIENT_MAIL:
		return "while waiting for the reply to MAIL";
	case SMTP_CLIENT_RCPT:
		return "while waiting for the reply to RCPT";
	case SMTP_CLIENT_DATA:
		return "while waiting for the reply to DATA";
	case SMTP_CLIENT_TEXT:
		return "while sending the mail";
	case SMTP_CLIENT_END:
		return "while waiting for the reply to the mail";
	case SMTP_CLIENT_READY:
	case SMTP_CLIENT_QUIT:
	case SMTP_CLIENT_CLOSED:
		break;
	}
	return "while idle";
}

static void
close_with(struct smtp_client *client,
    const struct smtp_client_outcome *outcome)
{
	if (client->state == SMTP_CLIENT_CLOSED)
		return;
	client->state = SMTP_CLIENT_CLOSED;
	buf_clear(&client->out);
	client->owner->closed(client->arg, outcome);
}

void
smtp_client_lost(struct smtp_client *client, const char *why)
{
	struct smtp_client_outcome outcome = { 4, 0, { NULL, 0 } };
	char text[SMTP_REPLY_TEXT_BYTES_MAX];

	snprintf(text, sizeof(text), "4.4.2 %s %s", why, state_text(client));
	outcome.text = span_str(text);
	close_with(client, &outcome);
}

/* The reply at hand ends it. */
static void
close_by_reply(struct smtp_client *client, unsigned class)
{
	struct smtp_client_outcome outcome = {
		class, client->reader.code, smtp_reply_text(&client->reader)
	};

	close_with(client, &outcome);
}

static void
broken(struct smtp_client *client)
{
	smtp_client_lost(client, "unintelligible reply");
}

void
smtp_client_become_ready(struct smtp_client *client)
{
	client->state = SMTP_CLIENT_READY;
	client->mail = NULL;
	if (client->in_ready) {		/* no recursion over many mails */
		client->ready_again = true;
		return;
	}
	client->in_ready = true;
	do {
		client->ready_again = false;
		client->owner->ready(client->arg);
	} while (client->ready_again && client->state == SMTP_CLIENT_READY);
	client->in_ready = false;
}

static void
send_hello(struct smtp_client *client, const char *verb, uint8_t state)
{
	client->state = state;
	if (buf_printf(&client->out, "%s %.*s\r\n", verb,
	    (int)client->name.len, (const char *)client->name.ptr) != OK)
		smtp_client_lost(client, "no memory");
}

/* One line of the reply to EHLO: "SIZE 10000000" */
static void
read_extension(struct smtp_client *client, struct span line)
{
	struct span word;
	uint64_t size;

	span_cut(&line, ' ', &word);
	if (span_equal_nocase(word, SPAN("PIPELINING")))
		client->extensions |= SMTP_CLIENT_PIPELINING;
	else if (span_equal_nocase(word, SPAN("8BITMIME")))
		client->extensions |= SMTP_CLIENT_8BITMIME;
	else if (span_equal_nocase(word, SPAN("SMTPUTF8")))
		client->extensions |= SMTP_CLIENT_SMTPUTF8;
	else if (span_equal_nocase(word, SPAN("DSN")))
		client->extensions |= SMTP_CLIENT_DSN;
	else if (span_equal_nocase(word, SPAN("SIZE"))) {
		client->extensions |= SMTP_CLIENT_SIZE;
		if (span_decimal(span_trim(line), UINT64_MAX, &size))
			client->size_bytes_max = size;
	}
}

/* Replies before there is a mail. */
static void
on_session_reply(struct smtp_client *client, unsigned class)
{
	bool ehlo = client->state == SMTP_CLIENT_EHLO;

	if (class == 2 && client->state == SMTP_CLIENT_GREETING)
		send_hello(client, "EHLO", SMTP_CLIENT_EHLO);
	else if (class == 2)
		smtp_client_become_ready(client);
	else if (class == 5 && ehlo) {
		client->extensions = 0;
		send_hello(client, "HELO", SMTP_CLIENT_HELO);
	} else
		close_by_reply(client, 4);
}

static void
on_reply(struct smtp_client *client)
{
	unsigned class = client->reader.code / 100;

	if (client->reader.code == 421 && client->state != SMTP_CLIENT_QUIT) {
		close_by_reply(client, 4);	/* RFC 5321 3.8 */
		return;
	}
	switch ((enum smtp_client_state)client->state) {
	case SMTP_CLIENT_GREETING:
	case SMTP_CLIENT_EHLO:
	case SMTP_CLIENT_HELO:
		on_session_reply(client, class);
		break;
	case SMTP_CLIENT_RSET:
	case SMTP_CLIENT_MAIL:
	case SMTP_CLIENT_RCPT:
	case SMTP_CLIENT_DATA:
	case SMTP_CLIENT_END:
		if (!smtp_client_mail_reply(client, class))
			broken(client);
		break;
	case SMTP_CLIENT_TEXT:
		if (class >= 4)
			close_by_reply(client, class);
		else
			broken(client);
		break;
	case SMTP_CLIENT_QUIT:
		close_by_reply(client, 2);
		break;
	case SMTP_CLIENT_READY:
		close_by_reply(client, 4);
		break;
	case SMTP_CLIENT_CLOSED:
		break;
	}
}

void
smtp_client_input(struct smtp_client *client, struct span input)
{
	struct span line;

	while (input.len > 0 && client->state != SMTP_CLIENT_CLOSED) {
		enum smtp_reply_event event;

		event = smtp_reply_next(&client->reader, &input, &line);
		if (client->state == SMTP_CLIENT_EHLO &&
		    client->reader.code / 100 == 2 &&
		    (event == SMTP_REPLY_LINE || event == SMTP_REPLY_WHOLE))
			read_extension(client, line);
		if (event == SMTP_REPLY_WHOLE)
			on_reply(client);
		else if (event == SMTP_REPLY_BROKEN)
			broken(client);
	}
}

size_t
smtp_client_output(struct smtp_client *client, struct iovec *iov, size_t n)
{
	struct smtp_stuffer cursor = client->stuffer;
	struct span piece = buf_span(&client->out);
	size_t i = 0;

	if (piece.len > 0 && n > 0)
		iov[i++] = (struct iovec){ (void *)(uintptr_t)piece.ptr,
		    piece.len };
	if (client->state != SMTP_CLIENT_TEXT)
		return i;
	while (i < n) {
		piece = smtp_stuffer_next(&cursor);
		if (piece.len == 0)
			break;
		iov[i++] = (struct iovec){ (void *)(uintptr_t)piece.ptr,
		    piece.len };
		smtp_stuffer_advance(&cursor, piece.len);
	}
	return i;
}

void
smtp_client_written(struct smtp_client *client, size_t len)
{
	size_t n = len < client->out.len ? len : client->out.len;

	buf_consume(&client->out, n);
	len -= n;
	while (len > 0) {
		struct span piece = smtp_stuffer_next(&client->stuffer);

		n = len < piece.len ? len : piece.len;
		require(n > 0);
		smtp_stuffer_advance(&client->stuffer, n);
		len -= n;
	}
	if (client->state == SMTP_CLIENT_TEXT &&
	    smtp_stuffer_next(&client->stuffer).len == 0)
		client->state = SMTP_CLIENT_END;
}

void
smtp_client_quit(struct smtp_client *client)
{
	if (client->state != SMTP_CLIENT_READY)
		return;
	client->state = SMTP_CLIENT_QUIT;
	if (buf_add_str(&client->out, "QUIT\r\n") != OK)
		smtp_client_lost(client, "no memory");
}

uint64_t
smtp_client_timeout_ms(const struct smtp_client *client)
{
	switch ((enum smtp_client_state)client->state) {
	case SMTP_CLIENT_GREETING:
		return SMTP_GREETING_MS;
	case SMTP_CLIENT_EHLO:
	case SMTP_CLIENT_HELO:
	case SMTP_CLIENT_RSET:
		return SMTP_HELLO_MS;
	case SMTP_CLIENT_MAIL:
		return SMTP_MAIL_MS;
	case SMTP_CLIENT_RCPT:
		return SMTP_RCPT_MS;
	case SMTP_CLIENT_DATA:
		return SMTP_DATA_MS;
	case SMTP_CLIENT_TEXT:
		return SMTP_BLOCK_MS;
	case SMTP_CLIENT_END:
		return SMTP_END_MS;
	case SMTP_CLIENT_QUIT:
		return SMTP_QUIT_MS;
	case SMTP_CLIENT_READY:
	case SMTP_CLIENT_CLOSED:
		break;
	}
	return 0;
}

bool
smtp_client_untouched(const struct smtp_client *client)
{
	return client->replies == 0;
}
