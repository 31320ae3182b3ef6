/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text of a mail in the receiving state machine: DATA by its end mark,
 * BDAT by its lengths. Both pass one sink that counts bytes and Received
 * lines and hands on to the owner. A mail found bad is dropped at once, its
 * remaining text read over up to the proper end, and the reply given there:
 * a reply earlier would not be waited for by the client.
 */
#include <stddef.h>

#include "smtp_server_internal.h"

const struct smtp_reply smtp_server_bare = {
	550, "5.6.0 Bare CR or LF in the mail; closing"
};

static const struct smtp_reply
    reply_size		= { 552, "5.3.4 Mail is larger than allowed here" },
    reply_loop		= { 554, "5.4.6 Too many Received lines, mail loops" },
    reply_full		= { 452, "4.3.1 No room for the mail, try later" },
    reply_later		= { 451, "4.3.0 Cannot take the mail now, try later" },
    reply_endless	= { 421, "4.3.4 Mail is much too large; closing" },
    reply_chunk		= { 250, "2.0.0 Chunk taken" };

/*
 * The first thing wrong with a mail counts; a trick is told behind it, too,
 * and becomes the reply, as the most telling of several. The draft goes at
 * once.
 */
static void
refuse(struct smtp_server *server, enum smtp_no why,
    const struct smtp_reply *reply)
{
	if (server->refusal == reply || (server->refusal != NULL &&
	    why != SMTP_NO_BARE))
		return;
	if (server->refusal != NULL)
		why = SMTP_NO_ALSO_BARE;
	server->refusal = reply;
	smtp_server_no(server, why, reply);
	if (server->has_mail)
		server->owner->abort(server->arg);
	server->has_mail = false;
}

static const struct smtp_reply *
reply_of(enum err err)
{
	switch (err) {
	case ERR_LIMIT:
	case ERR_SYSTEM:
		return &reply_full;
	case OK:
	case ERR_AGAIN:
	case ERR_INPUT:
	case ERR_POLICY:
		break;
	}
	return &reply_later;
}

/* Text without its transfer form, from DATA or BDAT. */
static void
take_text(struct smtp_server *server, struct span s)
{
	enum err err;

	if (__builtin_add_overflow(server->body_bytes, s.len,
	    &server->body_bytes))
		server->body_bytes = UINT64_MAX;
	if (server->body_bytes > server->config->size_bytes_max)
		refuse(server, SMTP_NO_SIZE, &reply_size);
	smtp_received_add(&server->received, s);
	if (server->received.count > SMTP_RECEIVED_MAX)
		refuse(server, SMTP_NO_LOOP, &reply_loop);
	if (server->refusal != NULL)
		return;
	err = server->owner->data(server->arg, s);
	if (err != OK)
		refuse(server, SMTP_NO_TEXT, reply_of(err));
}

static enum err
sink_write(struct filter *sink, struct span s)
{
	struct smtp_server *server = (struct smtp_server *)((uint8_t *)sink -
	    offsetof(struct smtp_server, sink));

	take_text(server, s);
	return OK;		/* the end must be found all the same */
}

static enum err
sink_end(struct filter *sink)
{
	(void)sink;
	return OK;
}

void
smtp_server_text_init(struct smtp_server *server)
{
	server->sink = (struct filter){ sink_write, sink_end, NULL };
}

void
smtp_server_text_begin(struct smtp_server *server)
{
	server->refusal = NULL;
	server->body_bytes = 0;
	smtp_received_init(&server->received);
	smtp_crlf_init(&server->crlf);
	smtp_dot_init(&server->dot, &server->sink);
	server->state = SMTP_SERVER_BEGIN;
	server->owner->begin(server->arg);
}

/* The text is complete. */
static void
text_end(struct smtp_server *server)
{
	if (server->dot.bare || server->crlf.bare)
		refuse(server, SMTP_NO_BARE, &smtp_server_bare);
	if (server->refusal != NULL) {
		smtp_server_text_refuse(server, server->refusal);
		return;
	}
	server->state = SMTP_SERVER_END;
	server->owner->end(server->arg);
}

/* One who sends on and on far beyond what was announced is cut off. */
static bool
is_endless(struct smtp_server *server)
{
	uint64_t max = server->config->size_bytes_max;

	return server->body_bytes > max &&
	    server->body_bytes - max > SMTP_OVERSIZE_BYTES_MAX;
}

static void
cut_off(struct smtp_server *server)
{
	smtp_server_close_for(server, SMTP_NO_SIZE, &reply_endless);
}

void
smtp_server_read_data(struct smtp_server *server, struct span *input)
{
	size_t before = input->len;
	bool end = smtp_dot_take(&server->dot, input);

	/* a spoiled text is not put to the sink any more, but counts */
	if (server->dot.bare) {
		refuse(server, SMTP_NO_BARE, &smtp_server_bare);
		server->body_bytes += before - input->len;
	}
	if (end)
		text_end(server);
	else if (is_endless(server))
		cut_off(server);
}

void
smtp_server_chunk(struct smtp_server *server, enum smtp_no why,
    const struct smtp_reply *refusal)
{
	bool fresh = server->state != SMTP_SERVER_BETWEEN;

	if (fresh)
		server->refusal = NULL;
	if (refusal != NULL)
		refuse(server, why, refusal);
	server->state = SMTP_SERVER_CHUNK;
	if (server->chunk_left > SMTP_OVERSIZE_BYTES_MAX +
	    server->config->size_bytes_max) {
		cut_off(server);
		return;
	}
	if (server->chunk_left == 0)
		smtp_server_read_chunk(server, &(struct span){ NULL, 0 });
}

/* All bytes of this chunk are read. RFC 3030 2.: each BDAT has its reply. */
static void
chunk_end(struct smtp_server *server)
{
	if (server->chunk_last && server->refusal == NULL) {
		smtp_crlf_end(&server->crlf);
		text_end(server);
		return;
	}
	if (server->crlf.bare)
		refuse(server, SMTP_NO_BARE, &smtp_server_bare);
	if (server->refusal != NULL) {
		smtp_server_text_refuse(server, server->refusal);
		return;
	}
	server->state = SMTP_SERVER_BETWEEN;
	smtp_server_say(server, &reply_chunk);
}

void
smtp_server_read_chunk(struct smtp_server *server, struct span *input)
{
	struct span s = *input;

	if (s.len > server->chunk_left)
		s.len = (size_t)server->chunk_left;
	*input = span_sub(*input, s.len, input->len);
	server->chunk_left -= s.len;
	if (server->refusal != NULL)
		server->body_bytes += s.len;
	else if (s.len > 0) {
		smtp_crlf_add(&server->crlf, s);
		if (server->crlf.bare)
			refuse(server, SMTP_NO_BARE, &smtp_server_bare);
		else
			take_text(server, s);
	}
	if (server->chunk_left == 0)
		chunk_end(server);
}
