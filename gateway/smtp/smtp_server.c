/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The receiving state machine (RFC 5321 4.1.4, PIPELINING 2920, CHUNKING
 * 3030). What each command does in each state; numbers are refusals:
 *
 *		HELLO	READY	MAIL	RCPT	BETWEEN
 *	EHLO	READY	READY	READY*	READY*	READY*
 *	MAIL	503	MAIL	503	503	503
 *	RCPT	503	503	RCPT	RCPT	503
 *	DATA	503	503	554	BEGIN	503
 *	BDAT	503+	503+	554+	BEGIN	CHUNK
 *	RSET	HELLO	READY	READY*	READY*	READY*
 *	QUIT	CLOSED	CLOSED	CLOSED*	CLOSED*	CLOSED*
 *	NOOP HELP VRFY EXPN	the state stays
 *
 *	* the mail is aborted		+ the chunk is read over first
 *	BEGIN -- begun() --> DATA or CHUNK or, when refused, READY
 *	DATA -- CRLF.CRLF --> END, CHUNK -- length, LAST --> END or BETWEEN
 *	END -- ended() --> READY
 *
 * In BEGIN and END no input is handled, so that replies keep their order.
 * The text itself is in smtp_server_text.c, what may pass is the owner's.
 */
#include <inttypes.h>
#include <string.h>

#include "smtp_server_internal.h"

static const struct smtp_reply
    reply_hello_first	= { 503, "5.5.1 Say EHLO first" },
    reply_order		= { 503, "5.5.1 Not in this order" },
    reply_no_recipients	= { 554, "5.5.1 No valid recipients" },
    reply_recipients	= { 452, "4.5.3 Too many recipients" },
    reply_size		= { 552, "5.3.4 Mail is larger than allowed here" },
    reply_sender_utf8	= { 550, "5.6.7 Address needs SMTPUTF8" },
    reply_utf8		= { 553, "5.6.7 Address needs SMTPUTF8" },
    reply_vrfy		= { 252, "2.5.0 Send mail and see" },
    reply_help		= { 214, "2.0.0 RFC 5321" },
    reply_ok		= { 250, "2.0.0 OK" },
    reply_sender_ok	= { 250, "2.1.0 Sender OK" },
    reply_rcpt_ok	= { 250, "2.1.5 Recipient OK" },
    reply_bye		= { 221, "2.0.0 Bye" },
    reply_early		= { 554, "5.5.0 You talked before the greeting" },
    reply_sync		= { 554, "5.5.0 You did not wait for the reply" },
    reply_errors	= { 421, "4.7.0 Too many errors" },
    reply_stop		= { 421, "4.3.2 Going down, come back soon" },
    reply_memory	= { 421, "4.3.0 Out of memory" },
    reply_long		= { 500, "5.5.2 Line too long" },
    reply_bare_line	= { 521, "5.5.2 Bare CR or LF in a command; closing" };

void
smtp_server_init(struct smtp_server *server,
    const struct smtp_server_config *config,
    const struct smtp_server_owner *owner, void *arg)
{
	memset(server, 0, sizeof(*server));
	server->config = config;
	server->owner = owner;
	server->arg = arg;
	buf_init(&server->out, SMTP_OUT_BYTES_MAX);
	buf_init(&server->pending, SMTP_PENDING_BYTES_MAX);
	smtp_line_init(&server->line, SMTP_COMMAND_BYTES_MAX);
	smtp_server_text_init(server);
}

void
smtp_server_fini(struct smtp_server *server)
{
	buf_fini(&server->out);
	buf_fini(&server->pending);
	smtp_line_fini(&server->line);
}

/*
 * Replies are short, and no more input is handled beyond
 * SMTP_REPLIES_BYTES_MAX. Without memory for one nothing can be said.
 */
void
smtp_server_say(struct smtp_server *server, const struct smtp_reply *reply)
{
	if (buf_printf(&server->out, "%u %s\r\n", reply->code,
	    reply->text) != OK)
		server->state = SMTP_SERVER_CLOSED;
}

void
smtp_server_abort(struct smtp_server *server)
{
	if (server->has_mail)
		server->owner->abort(server->arg);
	server->has_mail = false;
	server->recipients = 0;
	server->smtputf8 = false;
}

void
smtp_server_no(struct smtp_server *server, enum smtp_no why,
    const struct smtp_reply *reply)
{
	server->owner->no(server->arg, why, reply, server->command);
}

void
smtp_server_close_for(struct smtp_server *server, enum smtp_no why,
    const struct smtp_reply *reply)
{
	if (server->state == SMTP_SERVER_CLOSED)
		return;
	if (reply->code >= 400 && (reply->code != 421 || server->has_mail))
		smtp_server_no(server, why, reply);
	if (server->state != SMTP_SERVER_END)
		smtp_server_abort(server);
	smtp_server_say(server, reply);
	server->state = SMTP_SERVER_CLOSED;
	buf_fini(&server->pending);
	buf_init(&server->pending, SMTP_PENDING_BYTES_MAX);
}

void
smtp_server_close(struct smtp_server *server, const struct smtp_reply *reply)
{
	smtp_server_close_for(server, SMTP_NO_OTHER, reply);
}

/* One may make a few. */
static void
error(struct smtp_server *server, enum smtp_no why,
    const struct smtp_reply *reply)
{
	smtp_server_no(server, why, reply);
	smtp_server_say(server, reply);
	if (++server->errors >= SMTP_ERRORS_MAX)
		smtp_server_close(server, &reply_errors);
}

/* A command that is none, or not in its place. */
static void
wrong(struct smtp_server *server, const struct smtp_reply *reply)
{
	error(server, SMTP_NO_COMMAND, reply);
}

/* The same, from somebody who does not speak SMTP at all. */
static void
wrong_close(struct smtp_server *server, const struct smtp_reply *reply)
{
	smtp_server_close_for(server, SMTP_NO_COMMAND, reply);
}

/* Where a session is between mails. */
static void
set_ready(struct smtp_server *server)
{
	server->state = server->hello == SMTP_HELLO_NONE ?
	    SMTP_SERVER_HELLO : SMTP_SERVER_READY;
	if (server->stopping)
		smtp_server_close(server, &reply_stop);
}

void
smtp_server_greet(struct smtp_server *server)
{
	if (server->state != SMTP_SERVER_SILENT)
		return;
	server->state = SMTP_SERVER_HELLO;
	if (buf_printf(&server->out, "220 %.*s ESMTP\r\n",
	    (int)server->config->name.len,
	    (const char *)server->config->name.ptr) != OK)
		server->state = SMTP_SERVER_CLOSED;
}

static void
say_extensions(struct smtp_server *server)
{
	if (buf_printf(&server->out, "250-%.*s\r\n250-PIPELINING\r\n"
	    "250-SIZE %" PRIu64 "\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
	    "250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n250 CHUNKING\r\n",
	    (int)server->config->name.len,
	    (const char *)server->config->name.ptr,
	    server->config->size_bytes_max) != OK)
		server->state = SMTP_SERVER_CLOSED;
}

static void
do_hello(struct smtp_server *server, const struct smtp_command *command)
{
	smtp_server_abort(server);
	server->hello = command->verb == SMTP_EHLO ? SMTP_HELLO_ESMTP :
	    SMTP_HELLO_SMTP;
	server->owner->hello(server->arg, command->hello,
	    (enum smtp_hello)server->hello);
	set_ready(server);
	if (server->state == SMTP_SERVER_CLOSED)
		return;
	if (command->verb == SMTP_EHLO)
		say_extensions(server);
	else if (buf_printf(&server->out, "250 %.*s\r\n",
	    (int)server->config->name.len,
	    (const char *)server->config->name.ptr) != OK)
		server->state = SMTP_SERVER_CLOSED;
}

static void
do_mail(struct smtp_server *server, const struct smtp_command *command)
{
	const struct smtp_reply *reply;

	if (server->state != SMTP_SERVER_READY) {
		wrong(server, server->state == SMTP_SERVER_HELLO ?
		    &reply_hello_first : &reply_order);
		return;
	}
	if (command->size_bytes > server->config->size_bytes_max) {
		error(server, SMTP_NO_SIZE, &reply_size); /* RFC 1870 6.1 */
		return;
	}
	if (command->address.utf8 && !command->smtputf8) {
		/* RFC 6531 3.5 */
		error(server, SMTP_NO_UTF8, &reply_sender_utf8);
		return;
	}
	reply = server->owner->mail(server->arg, command);
	if (reply != NULL) {
		error(server, SMTP_NO_PATH, reply);
		return;
	}
	server->has_mail = true;
	server->recipients = 0;
	server->smtputf8 = command->smtputf8;
	server->size_bytes = command->size_bytes;
	server->state = SMTP_SERVER_MAIL;
	smtp_server_say(server, &reply_sender_ok);
}

static void
do_rcpt(struct smtp_server *server, const struct smtp_command *command)
{
	const struct smtp_reply *reply;

	if (server->state != SMTP_SERVER_MAIL &&
	    server->state != SMTP_SERVER_RCPT) {
		wrong(server, server->state == SMTP_SERVER_HELLO ?
		    &reply_hello_first : &reply_order);
		return;
	}
	if (server->recipients >= server->config->recipients_max) {
		/* RFC 5321 4.5.3.1.10; no error: the client comes again */
		smtp_server_no(server, SMTP_NO_OTHER, &reply_recipients);
		smtp_server_say(server, &reply_recipients);
		return;
	}
	if ((command->address.utf8 || command->orcpt_utf8) &&
	    !server->smtputf8) {
		error(server, SMTP_NO_UTF8, &reply_utf8);
		return;
	}
	reply = server->owner->rcpt(server->arg, command);
	if (reply != NULL) {
		error(server, SMTP_NO_PATH, reply);
		return;
	}
	server->recipients++;
	server->state = SMTP_SERVER_RCPT;
	smtp_server_say(server, &reply_rcpt_ok);
}

/* May DATA or BDAT start a text in this state? NULL: yes. */
static const struct smtp_reply *
text_refusal(const struct smtp_server *server)
{
	if (server->state == SMTP_SERVER_RCPT)
		return NULL;
	if (server->state == SMTP_SERVER_MAIL)
		return &reply_no_recipients;	/* RFC 5321 3.3 */
	return server->state == SMTP_SERVER_HELLO ? &reply_hello_first :
	    &reply_order;
}

static void
do_data(struct smtp_server *server)
{
	const struct smtp_reply *refusal = text_refusal(server);

	if (refusal == NULL) {
		server->chunked = false;
		smtp_server_text_begin(server);
	} else if (refusal == &reply_no_recipients) {
		/* a client that did not wait for the refusals: no fault */
		error(server, SMTP_NO_OTHER, refusal);
	} else {
		wrong(server, refusal);
	}
}

static void
do_bdat(struct smtp_server *server, const struct smtp_command *command)
{
	const struct smtp_reply *refusal = NULL;

	if (server->state != SMTP_SERVER_BETWEEN)
		refusal = text_refusal(server);
	server->chunk_left = server->chunk_bytes = command->size_bytes;
	server->chunk_last = command->last;
	server->chunked = true;
	if (refusal != NULL || server->state == SMTP_SERVER_BETWEEN)
		smtp_server_chunk(server, SMTP_NO_OTHER, refusal);
	else
		smtp_server_text_begin(server);
}

/* Commands that cost us and bring nobody a mail. */
static void
do_idle(struct smtp_server *server, const struct smtp_reply *reply)
{
	if (++server->idle_commands > SMTP_IDLE_COMMANDS_MAX)
		smtp_server_close(server, &reply_errors);
	else
		smtp_server_say(server, reply);
}

static void
do_command(struct smtp_server *server, const struct smtp_command *command)
{
	server->command = command;
	switch (command->verb) {
	case SMTP_EHLO:
	case SMTP_HELO:
		if (++server->idle_commands > SMTP_IDLE_COMMANDS_MAX)
			smtp_server_close(server, &reply_errors);
		else
			do_hello(server, command);
		break;
	case SMTP_MAIL:
		do_mail(server, command);
		break;
	case SMTP_RCPT:
		do_rcpt(server, command);
		break;
	case SMTP_DATA:
		do_data(server);
		break;
	case SMTP_BDAT:
		do_bdat(server, command);
		break;
	case SMTP_RSET:
		smtp_server_abort(server);
		set_ready(server);
		if (server->state != SMTP_SERVER_CLOSED)
			do_idle(server, &reply_ok);
		break;
	case SMTP_NOOP:
		do_idle(server, &reply_ok);
		break;
	case SMTP_HELP:
		do_idle(server, &reply_help);
		break;
	case SMTP_VRFY:
		do_idle(server, &reply_vrfy);
		break;
	case SMTP_QUIT:
		server->quit = true;
		smtp_server_close(server, &reply_bye);
		break;
	case SMTP_EXPN:		/* refused by smtp_command_parse() */
	case SMTP_OTHER:
	case SMTP_FOREIGN:
	case SMTP_UNKNOWN:
		break;
	}
	server->command = NULL;
}

/*
 * RFC 2920 3.1: EHLO, DATA and QUIT end a group, the client waits for their
 * reply. One that does not was never talking to us: its text, or a second
 * mail blindly appended to another, would be read as commands.
 */
static bool
must_be_last(enum smtp_verb verb)
{
	return verb == SMTP_EHLO || verb == SMTP_HELO || verb == SMTP_DATA;
}

static void
handle_line(struct smtp_server *server, struct span text, bool more)
{
	struct smtp_command command;
	const struct smtp_reply *reply;

	server->lines++;
	reply = smtp_command_parse(text, &command);
	if (command.verb == SMTP_FOREIGN)
		wrong_close(server, reply);
	else if (more && must_be_last(command.verb))
		wrong_close(server, &reply_sync);
	else if (reply != NULL && command.verb == SMTP_BDAT)
		wrong_close(server, reply);	/* where does it end? */
	else if (reply != NULL)
		wrong(server, reply);
	else
		do_command(server, &command);
}

static void
read_command(struct smtp_server *server, struct span *input)
{
	struct span text;

	switch (smtp_line_next(&server->line, input, &text)) {
	case SMTP_LINE_MORE:
		break;
	case SMTP_LINE_WHOLE:
		handle_line(server, text, input->len > 0);
		break;
	case SMTP_LINE_BARE:
		wrong_close(server, &reply_bare_line);
		break;
	case SMTP_LINE_LONG:
		wrong(server, &reply_long);
		break;
	case SMTP_LINE_ENDLESS:
		wrong_close(server, &reply_long);
		break;
	case SMTP_LINE_MEMORY:
		smtp_server_close(server, &reply_memory);
		break;
	}
}

static void
step(struct smtp_server *server, struct span *input)
{
	switch ((enum smtp_server_state)server->state) {
	case SMTP_SERVER_SILENT:
		wrong_close(server, &reply_early);
		break;
	case SMTP_SERVER_HELLO:
	case SMTP_SERVER_READY:
	case SMTP_SERVER_MAIL:
	case SMTP_SERVER_RCPT:
	case SMTP_SERVER_BETWEEN:
		read_command(server, input);
		break;
	case SMTP_SERVER_DATA:
		smtp_server_read_data(server, input);
		break;
	case SMTP_SERVER_CHUNK:
		smtp_server_read_chunk(server, input);
		break;
	case SMTP_SERVER_BEGIN:
	case SMTP_SERVER_END:
	case SMTP_SERVER_CLOSED:
		break;
	}
}

static bool
can_step(const struct smtp_server *server)
{
	return !smtp_server_waiting(server) &&
	    server->state != SMTP_SERVER_CLOSED &&
	    server->out.len < SMTP_REPLIES_BYTES_MAX;
}

/* Handle what there is; what remains is kept in a buf of its own. */
static void
run(struct smtp_server *server, struct span input)
{
	while (input.len > 0 && can_step(server))
		step(server, &input);
	if (server->state == SMTP_SERVER_CLOSED || input.len == 0)
		return;
	if (buf_add(&server->pending, input) != OK)
		smtp_server_close(server, &reply_memory);
}

void
smtp_server_input(struct smtp_server *server, struct span input)
{
	struct buf old = server->pending;

	if (server->state == SMTP_SERVER_CLOSED)
		return;
	if (old.len == 0) {
		run(server, input);
		return;
	}
	/* bytes that waited come first; they are in our hands for the run */
	if (buf_add(&old, input) != OK) {
		server->pending = old;
		smtp_server_close(server, &reply_memory);
		return;
	}
	buf_init(&server->pending, SMTP_PENDING_BYTES_MAX);
	run(server, buf_span(&old));
	buf_fini(&old);
}

bool
smtp_server_wants_input(const struct smtp_server *server)
{
	return can_step(server) && server->pending.len == 0;
}

bool
smtp_server_has_pending(const struct smtp_server *server)
{
	return server->pending.len > 0 && !smtp_server_waiting(server) &&
	    server->state != SMTP_SERVER_CLOSED;
}

void
smtp_server_begun(struct smtp_server *server, const struct smtp_reply *refusal)
{
	static const struct smtp_reply reply_go = {
		354, "End with CRLF.CRLF"
	};

	if (server->state != SMTP_SERVER_BEGIN)
		return;
	if (server->chunked)
		smtp_server_chunk(server, SMTP_NO_TEXT, refusal);
	else if (refusal != NULL) {
		smtp_server_no(server, SMTP_NO_TEXT, refusal);
		smtp_server_text_refuse(server, refusal);
	} else {
		server->state = SMTP_SERVER_DATA;
		smtp_server_say(server, &reply_go);
	}
}

void
smtp_server_ended(struct smtp_server *server, const struct smtp_reply *reply)
{
	if (server->state != SMTP_SERVER_END)
		return;
	server->has_mail = false;
	server->recipients = 0;
	if (reply->code >= 400)
		server->owner->no(server->arg, SMTP_NO_TEXT, reply, NULL);
	smtp_server_say(server, reply);
	if (reply->code < 300) {
		server->mails++;
		server->errors = 0;
		server->idle_commands = 0;
	}
	set_ready(server);
}

/* The mail is refused, its text read over: say so and be ready again. */
void
smtp_server_text_refuse(struct smtp_server *server,
    const struct smtp_reply *reply)
{
	smtp_server_abort(server);
	smtp_server_say(server, reply);
	if (reply == &smtp_server_bare) {
		/* whatever follows may be a part of the trick */
		server->state = SMTP_SERVER_CLOSED;
		return;
	}
	set_ready(server);
	if (++server->errors >= SMTP_ERRORS_MAX)
		smtp_server_close(server, &reply_errors);
}

void
smtp_server_stop(struct smtp_server *server)
{
	server->stopping = true;
	if (!smtp_server_in_data(server))
		smtp_server_close(server, &reply_stop);
}

bool
smtp_server_waiting(const struct smtp_server *server)
{
	return server->state == SMTP_SERVER_BEGIN ||
	    server->state == SMTP_SERVER_END;
}

bool
smtp_server_in_data(const struct smtp_server *server)
{
	return smtp_server_waiting(server) ||
	    server->state == SMTP_SERVER_DATA ||
	    server->state == SMTP_SERVER_CHUNK ||
	    server->state == SMTP_SERVER_BETWEEN;
}
