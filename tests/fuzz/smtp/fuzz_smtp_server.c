/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A session with an owner whose answers come from the input: at once or
 * later, yes or no. It must keep to the order that smtp_server.h promises:
 * begin, data, end or abort, one draft at a time, replies one per command.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../../../gateway/smtp/smtp_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct owner {
	struct smtp_server server;
	uint32_t	 random;	/* seeded by the input */
	bool		 mail;
	bool		 text;		/* one was begun */
	bool		 refused;	/* it was */
	bool		 begun;
	bool		 ending;
	bool		 begin_waits;
	bool		 end_waits;
	bool		 bare;
	bool		 cr;
	uint64_t	 bytes;
	unsigned	 nos;		/* told of, and not said */
};

static const struct smtp_reply reply_no = { 550, "5.7.1 no" };
static const struct smtp_reply reply_ok = { 250, "2.0.0 ok" };
static const struct smtp_server_config config = {
	SPAN("gw.example"), 500, 3
};

static bool
chance(struct owner *o, unsigned n)
{
	o->random = o->random * 1664525u + 1013904223u;
	return (o->random >> 16) % n == 0;
}

static void
on_hello(void *arg, struct span name, enum smtp_hello hello)
{
	struct owner *o = arg;

	require(!o->mail && name.len > 0 && hello != SMTP_HELLO_NONE);
}

static const struct smtp_reply *
on_mail(void *arg, const struct smtp_command *command)
{
	struct owner *o = arg;

	require(!o->mail && command->verb == SMTP_MAIL);
	if (chance(o, 5))
		return &reply_no;
	o->mail = true;
	return NULL;
}

static const struct smtp_reply *
on_rcpt(void *arg, const struct smtp_command *command)
{
	struct owner *o = arg;

	require(o->mail && !o->begun);
	require(command->address.whole.len > 0);
	return chance(o, 5) ? &reply_no : NULL;
}

static void
answer_begin(struct owner *o)
{
	o->begin_waits = false;
	o->begun = !chance(o, 5);
	smtp_server_begun(&o->server, o->begun ? NULL : &reply_no);
}

static void
on_begin(void *arg)
{
	struct owner *o = arg;

	require(o->mail && !o->begun && !o->begin_waits);
	o->bytes = 0;
	o->text = true;
	o->refused = false;
	o->cr = o->bare = false;
	o->begin_waits = true;
	if (chance(o, 2))
		answer_begin(o);
}

static enum err
on_data(void *arg, struct span s)
{
	struct owner *o = arg;

	require(o->begun && !o->ending && s.len > 0);
	o->bytes += s.len;
	require(o->bytes <= config.size_bytes_max);
	for (size_t i = 0; i < s.len; i++) {
		if ((s.ptr[i] == '\n') != o->cr)
			o->bare = true;
		o->cr = s.ptr[i] == '\r';
	}
	return chance(o, 50) ? ERR_SYSTEM : OK;
}

static void
answer_end(struct owner *o)
{
	o->end_waits = o->ending = o->begun = o->mail = false;
	smtp_server_ended(&o->server, chance(o, 4) ? &reply_no : &reply_ok);
}

static void
on_end(void *arg)
{
	struct owner *o = arg;

	require(o->begun && !o->ending);
	require(!o->bare && !o->cr);	/* no smuggled line gets this far */
	o->ending = o->end_waits = true;
	if (chance(o, 2))
		answer_end(o);
}

static void
on_abort(void *arg)
{
	struct owner *o = arg;

	require(o->mail && !o->ending);
	o->mail = o->begun = o->begin_waits = false;
}

static void
on_no(void *arg, enum smtp_no why, const struct smtp_reply *reply,
    const struct smtp_command *command)
{
	struct owner *o = arg;

	require(reply->code >= 400);
	require(why != SMTP_NO_PATH || (command != NULL &&
	    reply == &reply_no));
	/* a text is refused for one reason, so that it is counted once */
	if (why >= SMTP_NO_SIZE && (command == NULL ||
	    command->verb != SMTP_MAIL)) {
		require(o->text && o->refused == (why == SMTP_NO_ALSO_BARE));
		o->refused = true;
	}
	require(command == NULL || command->verb != SMTP_RCPT ||
	    command->address.whole.len > 0);
	o->nos++;
}

static const struct smtp_server_owner calls = {
	on_hello, on_mail, on_rcpt, on_begin, on_data, on_end, on_abort,
	on_no,
};

/* Replies are whole lines of ours: a code, and nothing that breaks one. */
static void
check_replies(struct owner *o)
{
	struct span out = buf_span(&o->server.out), line;

	while (out.len > 0) {
		size_t at = span_find(out, SPAN("\r\n"));

		require(at < out.len);
		line = span_sub(out, 0, at);
		out = span_sub(out, at + 2, out.len);
		require(line.len > 4 && line.ptr[0] >= '2' &&
		    line.ptr[0] <= '5');
		/* none was said that nobody was told of */
		if (line.ptr[0] >= '4' && !span_begins(line, SPAN("421")))
			require(o->nos-- > 0);
		for (size_t i = 0; i < line.len; i++)
			require(line.ptr[i] >= ' ' && line.ptr[i] < 0x7f);
	}
	buf_clear(&o->server.out);
}

static void
settle(struct owner *o)
{
	for (;;) {
		check_replies(o);
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct owner o;
	struct span rest;

	if (size < 2)
		return 0;
	memset(&o, 0, sizeof(o));
	o.random = data[0] * 256u + data[1];
	rest = (struct span){ data + 2, size - 2 };
	smtp_server_init(&o.server, &config, &calls, &o);
	smtp_server_greet(&o.server);
	while (rest.len > 0 && o.server.state != SMTP_SERVER_CLOSED) {
		size_t n = 1 + (o.random >> 8) % 100;

		settle(&o);
		if (o.server.state == SMTP_SERVER_CLOSED)
			break;
		/* a client waits at the end of a line, more often than not */
		if (chance(&o, 2)) {
			n = span_find(rest, SPAN("\r\n")) + 2;
		}
		require(smtp_server_wants_input(&o.server));
		smtp_server_input(&o.server, span_sub(rest, 0, n));
		rest = span_sub(rest, n, rest.len);
		if (chance(&o, 200))
			smtp_server_stop(&o.server);
	}
	settle(&o);
	if (chance(&o, 2))
		smtp_server_close(&o.server, &reply_no);
	check_replies(&o);
	smtp_server_fini(&o.server);
	return 0;
}
