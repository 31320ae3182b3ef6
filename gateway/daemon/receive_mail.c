/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The answers to the protocol machine: may this sender and recipient pass (a
 * first opinion, the spool asks the rules again), and where the text goes:
 * into a draft that the spool made, in large pieces. 250 is said when the
 * spool says that the mail is on disk, never before.
 */
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/receipt.h"
#include "../proc/counters.h"
#include "receive_internal.h"

_Static_assert(SMTP_NOTIFY_NEVER == NOTIFY_NEVER &&
    SMTP_NOTIFY_SUCCESS == NOTIFY_SUCCESS &&
    SMTP_NOTIFY_FAILURE == NOTIFY_FAILURE &&
    SMTP_NOTIFY_DELAY == NOTIFY_DELAY &&
    (int)SMTP_RET_FULL == (int)RET_FULL &&
    (int)SMTP_RET_HDRS == (int)RET_HDRS, "one spelling of DSN parameters");
_Static_assert(SMTP_RECIPIENTS_MAX == ENVELOPE_RECIPIENTS_MAX,
    "one number of recipients");

static const struct smtp_reply
    reply_sender	= { 550, "5.7.1 Sender not allowed here" },
    reply_relay		= { 550, "5.7.1 No relay to this recipient" },
    /* in the same words: nobody finds out which names there are */
    reply_mailbox	= { 550, "5.7.1 No relay to this recipient" },
    reply_policy	= { 550, "5.7.1 Not allowed by the rules" },
    reply_recipients	= { 452, "4.5.3 Too many recipients" },
    reply_memory	= { 451, "4.3.0 Out of memory, try later" },
    reply_later		= { 451, "4.3.0 Cannot take the mail now, try later" },
    reply_full		= { 452, "4.3.1 No room for the mail, try later" };

/* What the spool is still to be told: drafts that nobody wants. */
static struct msg_draft_drop unsent[RECEIVE_DROPS_MAX];
static uint32_t unsent_n;
static struct loop_timer drop_timer;

/* For a status of the spool's; the table of err to replies. */
static const struct smtp_reply *
reply_of(enum err err)
{
	switch (err) {
	case ERR_LIMIT:
	case ERR_SYSTEM:
		return &reply_full;
	case ERR_POLICY:
		return &reply_policy;
	case OK:
	case ERR_AGAIN:
	case ERR_INPUT:
		break;
	}
	return &reply_later;
}

static void
mail_forget(struct session *session)
{
	arena_free(session->arena);
	session->arena = NULL;
	session->envelope = NULL;
	session->envelope_bytes = 0;
}

static void
on_hello(void *arg, struct span name, enum smtp_hello hello)
{
	struct session *session = arg;

	(void)hello;
	buf_clear(&session->helo);
	/* without memory the name is lost, which only the record misses */
	if (buf_add(&session->helo, name) != OK)
		buf_clear(&session->helo);
}

static const struct smtp_reply *
on_mail(void *arg, const struct smtp_command *command)
{
	struct session *session = arg;
	struct envelope *envelope;

	if (!rules_mail_sender(receive.image, session->listener->route,
	    command->address.domain))
		return &reply_sender;
	session->arena = arena_new(RECEIVE_ARENA_BYTES_MAX);
	if (session->arena == NULL)
		return &reply_memory;
	envelope = arena_alloc(session->arena, sizeof(*envelope));
	if (envelope == NULL || !arena_dup(session->arena,
	    command->address.whole, &envelope->sender) ||
	    !arena_dup(session->arena, command->envid, &envelope->envid)) {
		mail_forget(session);
		return &reply_memory;
	}
	envelope->body = command->eightbit ? BODY_8BITMIME : BODY_7BIT;
	envelope->smtputf8 = command->smtputf8;
	envelope->ret = (uint8_t)command->ret;
	session->envelope = envelope;
	session->envelope_bytes = command->address.whole.len +
	    command->envid.len + ENVELOPE_HELO_BYTES_MAX;
	return NULL;
}

/*
 * RFC 5321 4.5.1: <postmaster> without a domain is to be accepted (the
 * grammar takes no other name alone). He is the one of the route's domain;
 * domain is empty when it has none.
 */
static bool
find_mailbox(const struct session *session, const struct smtp_address *address,
    struct span *whole, struct span *domain)
{
	uint8_t *text;

	*whole = address->whole;
	*domain = address->domain;
	if (domain->len > 0)
		return true;
	*domain = rules_mail_own_domain(receive.image,
	    session->listener->route);
	if (domain->len == 0)
		return true;
	text = arena_alloc(session->arena, whole->len + 1 + domain->len);
	if (text == NULL)
		return false;
	memcpy(text, whole->ptr, whole->len);
	text[whole->len] = '@';
	memcpy(text + whole->len + 1, domain->ptr, domain->len);
	*whole = (struct span){ text, whole->len + 1 + domain->len };
	return true;
}

/* Asked for twice in the same words: he gets the mail once. */
static bool
is_known(const struct envelope *envelope, struct span whole,
    const struct smtp_command *command)
{
	for (uint32_t i = 0; i < envelope->recipients_n; i++) {
		const struct envelope_recipient *other =
		    &envelope->recipients[i];

		if (span_equal(other->address, whole) &&
		    span_equal(other->orcpt, command->orcpt) &&
		    other->notify == command->notify)
			return true;
	}
	return false;
}

static const struct smtp_reply *
on_rcpt(void *arg, const struct smtp_command *command)
{
	struct session *session = arg;
	struct envelope *envelope = session->envelope;
	struct envelope_recipient *recipient;
	struct span whole, domain;
	size_t bytes;

	if (!find_mailbox(session, &command->address, &whole, &domain))
		return &reply_memory;
	if (!rules_mail_recipient(receive.image, session->listener->route,
	    domain))
		return &reply_relay;
	if (!rules_mail_local(receive.image, session->listener->route,
	    command->address.local))
		return &reply_mailbox;
	if (is_known(envelope, whole, command))
		return NULL;
	/* the envelope must fit in one message to the spool */
	bytes = whole.len + command->orcpt.len + 32;
	if (envelope->recipients_n == ENVELOPE_RECIPIENTS_MAX ||
	    session->envelope_bytes + bytes > RECEIVE_ENVELOPE_BYTES_MAX)
		return &reply_recipients;
	recipient = &envelope->recipients[envelope->recipients_n];
	if (!arena_dup(session->arena, whole, &recipient->address) ||
	    !arena_dup(session->arena, command->orcpt, &recipient->orcpt))
		return &reply_memory;
	recipient->notify = command->notify;
	session->envelope_bytes += bytes;
	envelope->recipients_n++;
	return NULL;
}

static uint8_t
protocol_of(const struct session *session)
{
	if (session->envelope->smtputf8)
		return PROTOCOL_UTF8SMTP;
	return session->server.hello == SMTP_HELLO_ESMTP ? PROTOCOL_ESMTP :
	    PROTOCOL_SMTP;
}

/* The text is to follow: ask for a draft. */
static void
on_begin(void *arg)
{
	static struct buf tail;		/* reused; one thread */
	struct session *session = arg;
	struct msg_draft_new fixed = {
		.session = session->number,
		.route = session->listener->route,
		.generation = receive.generation,
	};
	enum err err;

	if (tail.max == 0)
		buf_init(&tail, MSG_TAIL_BYTES_MAX);
	buf_clear(&tail);
	session->envelope->helo = buf_span(&session->helo);
	session->envelope->peer = session->peer;
	session->envelope->peer_port = session->peer_port;
	session->envelope->protocol = protocol_of(session);
	fixed.body_bytes = session->server.size_bytes;
	err = envelope_encode(session->envelope, &tail);
	if (err == OK && receive.spool == NULL)
		err = ERR_AGAIN;
	if (err == OK)
		err = ipc_send(receive.spool, MSG_DRAFT_NEW, &fixed,
		    buf_span(&tail), NULL, 0);
	if (err != OK) {
		smtp_server_begun(&session->server, &reply_later);
		return;
	}
	session->draft.state = DRAFT_ASKED;
	session->draft.written = 0;
}

/* Write what is gathered, and s behind it. */
static enum err
draft_write(struct draft *draft, struct span s)
{
	struct iovec iov[2] = {
		{ draft->gathered.ptr, draft->gathered.len },
		{ (void *)(uintptr_t)s.ptr, s.len },
	};
	size_t total = iov[0].iov_len + iov[1].iov_len;
	ssize_t n;
	enum err err = OK;

	if (total == 0)
		return OK;
	if (iov[1].iov_len == 0)
		n = write(draft->fd, iov[0].iov_base, iov[0].iov_len);
	else
		n = writev(draft->fd, iov, 2);
	if (n == -1)
		return ERR_SYSTEM;
	if ((size_t)n < total) {	/* nearly full, or a signal */
		size_t first = iov[0].iov_len;
		size_t done = (size_t)n;

		if (done < first)
			err = write_all(draft->fd, span_sub(
			    buf_span(&draft->gathered), done, first), NULL);
		done = done < first ? 0 : done - first;
		if (err == OK)
			err = write_all(draft->fd, span_sub(s, done, s.len),
			    NULL);
	}
	if (err == OK)
		draft->written += total;
	buf_clear(&draft->gathered);
	return err;
}

static enum err
on_data(void *arg, struct span s)
{
	struct session *session = arg;
	struct draft *draft = &session->draft;

	if (draft->state != DRAFT_OPEN)
		return ERR_AGAIN;
	counter_add(COUNTER_BYTES_RECEIVED, s.len);
	if (draft->gathered.len + s.len <= RECEIVE_BODY_BYTES)
		return buf_add(&draft->gathered, s);
	return draft_write(draft, s);
}

static void
draft_close(struct draft *draft)
{
	if (draft->fd != -1)
		close(draft->fd);
	draft->fd = -1;
	buf_fini(&draft->gathered);
	buf_init(&draft->gathered, RECEIVE_BODY_BYTES);
}

/* True: it is with the spool, or there is no spool that has the draft. */
static bool
drop_sent(const struct msg_draft_drop *drop)
{
	return receive.spool == NULL || ipc_send(receive.spool,
	    MSG_DRAFT_DROP, drop, (struct span){ NULL, 0 }, NULL, 0) !=
	    ERR_AGAIN;
}

static void
on_drop_timer(struct loop_timer *timer)
{
	while (unsent_n > 0 && drop_sent(&unsent[unsent_n - 1]))
		unsent_n--;
	if (unsent_n > 0 && loop_timer_set(receive.loop, timer,
	    clock_monotonic_ms() + RECEIVE_DROP_AGAIN_MS) != OK)
		require(false);
}

/*
 * With the channel full (many clients went away at once, or the spool is
 * busy) it is said again: the spool has room for so many drafts only, and one
 * that nobody drops would take its place until the spool is started anew.
 */
static void
send_drop(uint64_t session, uint64_t id)
{
	struct msg_draft_drop drop = { .session = session, .id = id };

	if (drop_sent(&drop))
		return;
	if (unsent_n == RECEIVE_DROPS_MAX) {
		receive_log(NULL, "draft could not be dropped");
		return;
	}
	unsent[unsent_n++] = drop;
	drop_timer.fire = on_drop_timer;
	if (drop_timer.slot == 0 && loop_timer_set(receive.loop, &drop_timer,
	    clock_monotonic_ms() + RECEIVE_DROP_AGAIN_MS) != OK)
		require(false);
}

void
draft_drop(struct session *session)
{
	struct draft *draft = &session->draft;

	if (draft->state == DRAFT_OPEN)
		send_drop(session->number, draft->id);
	/*
	 * ASKED: dropped when it comes; the session has another number then,
	 * so that it cannot be taken for the draft of its next mail.
	 * COMMITTING: the spool decides.
	 */
	if (draft->state == DRAFT_ASKED)
		session->number += UINT64_C(1) << 32;
	draft_close(draft);
	draft->state = DRAFT_NONE;
	mail_forget(session);
}

static void
on_end(void *arg)
{
	struct session *session = arg;
	struct draft *draft = &session->draft;
	struct msg_draft_commit fixed = { .session = session->number };
	enum err err;

	err = draft->state == DRAFT_OPEN ?
	    draft_write(draft, (struct span){ NULL, 0 }) : ERR_AGAIN;
	fixed.id = draft->id;
	fixed.body_bytes = draft->written;
	if (err == OK && receive.spool == NULL)
		err = ERR_AGAIN;
	if (err == OK)
		err = ipc_send(receive.spool, MSG_DRAFT_COMMIT, &fixed,
		    (struct span){ NULL, 0 }, NULL, 0);
	if (err != OK) {
		smtp_server_ended(&session->server, reply_of(err));
		draft_drop(session);
		return;
	}
	draft_close(draft);
	draft->state = DRAFT_COMMITTING;
}

static void
on_abort(void *arg)
{
	draft_drop(arg);
}

/* The counter of what is refused for good; COUNTER_N: it has none. */
static enum counter
counter_of(enum smtp_no why, const struct smtp_reply *reply)
{
	switch (why) {
	case SMTP_NO_PATH:
		return reply == &reply_sender ? COUNTER_REJECTED_SENDER :
		    reply == &reply_relay ? COUNTER_REJECTED_RELAY :
		    reply == &reply_mailbox ? COUNTER_REJECTED_MAILBOX :
		    COUNTER_N;
	case SMTP_NO_UTF8:
		return COUNTER_REJECTED_UTF8;
	case SMTP_NO_SIZE:
		return COUNTER_REJECTED_SIZE;
	case SMTP_NO_LOOP:
		return COUNTER_REJECTED_LOOP;
	case SMTP_NO_BARE:
		return COUNTER_REJECTED_SMUGGLING;
	case SMTP_NO_TEXT:
		return reply->code < 500 ? COUNTER_N :
		    reply == &reply_policy ? COUNTER_REJECTED_POLICY :
		    COUNTER_REJECTED_OTHER;
	case SMTP_NO_OTHER:
	case SMTP_NO_COMMAND:
	case SMTP_NO_ALSO_BARE:
		break;
	}
	return COUNTER_N;
}

/* Every no is counted, logged and recorded here. */
static void
on_no(void *arg, enum smtp_no why, const struct smtp_reply *reply,
    const struct smtp_command *command)
{
	struct session *session = arg;
	enum counter counter = counter_of(why, reply);

	if (counter != COUNTER_N) {
		counter_add(COUNTER_MAILS_REJECTED, 1);
		counter_add(counter, 1);
		counter_route_add(session->listener->rules.name,
		    ROUTE_REJECTED, 1);
	}
	if (why == SMTP_NO_TEXT && reply->code < 500)
		counter_add(COUNTER_MAILS_DEFERRED_IN, 1);
	if (why == SMTP_NO_BARE || why == SMTP_NO_ALSO_BARE)
		counter_add(COUNTER_SMTP_SMUGGLING, 1);
	if (why == SMTP_NO_COMMAND)
		counter_add(COUNTER_REJECTED_COMMAND, 1);
	if (why == SMTP_NO_PATH && counter != COUNTER_N)
		receive_log(session, "%s <%.*s> refused",
		    command->verb == SMTP_MAIL ? "sender" : "recipient",
		    (int)command->address.whole.len,
		    (const char *)command->address.whole.ptr);
	else if (counter != COUNTER_N || why == SMTP_NO_TEXT)
		receive_log(session, "mail refused: %u %s", reply->code,
		    reply->text);
	reject_session(session, reply, command);
}

const struct smtp_server_owner session_owner = {
	.hello = on_hello,
	.mail = on_mail,
	.rcpt = on_rcpt,
	.begin = on_begin,
	.data = on_data,
	.end = on_end,
	.abort = on_abort,
	.no = on_no,
};

static void
on_draft(const struct msg_draft *fixed, struct ipc_message *message)
{
	struct session *session = session_find(fixed->session);

	if (session == NULL || session->draft.state != DRAFT_ASKED) {
		if (fixed->status == OK)
			send_drop(fixed->session, fixed->id);
		return;
	}
	if (fixed->status != OK || message->fds_n != 1) {
		session->draft.state = DRAFT_NONE;
		smtp_server_begun(&session->server,
		    reply_of((enum err)fixed->status));
	} else {
		session->draft.state = DRAFT_OPEN;
		session->draft.id = fixed->id;
		session->draft.fd = message->fds[0];
		message->fds[0] = -1;
		smtp_server_begun(&session->server, NULL);
	}
	session_update(session);
}

static void
on_committed(const struct msg_committed *fixed)
{
	struct session *session = session_find(fixed->session);
	char receipt[RECEIPT_TEXT_BYTES], text[64];
	struct smtp_reply reply = { 250, text };

	if (session == NULL || session->draft.state != DRAFT_COMMITTING ||
	    session->draft.id != fixed->id)
		return;		/* the client did not wait; the mail is safe */
	session->draft.state = DRAFT_NONE;
	if (fixed->status == OK) {
		receipt_text(fixed->id, receipt);
		snprintf(text, sizeof(text), "2.0.0 %s accepted", receipt);
		counter_add(COUNTER_MAILS_RECEIVED, 1);
		smtp_server_ended(&session->server, &reply);
	} else {
		smtp_server_ended(&session->server,
		    reply_of((enum err)fixed->status));
	}
	mail_forget(session);
	session_update(session);
}

void
spool_message(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	(void)arg;
	(void)channel;
	if (message->kind == MSG_DRAFT)
		on_draft(message->fixed, message);
	else if (message->kind == MSG_COMMITTED)
		on_committed(message->fixed);
}

void
drafts_lost(void)
{
	unsent_n = 0;		/* they went with it */
	for (size_t i = 0; i < RECEIVE_SESSIONS_MAX; i++) {
		struct session *session = &receive.sessions[i];
		enum draft_state was = session->draft.state;

		if (!session->used || was == DRAFT_NONE)
			continue;
		draft_close(&session->draft);
		session->draft.state = was == DRAFT_OPEN ? DRAFT_BROKEN :
		    DRAFT_NONE;
		if (was == DRAFT_ASKED)
			smtp_server_begun(&session->server, &reply_later);
		else if (was == DRAFT_COMMITTING) {
			/* it may be safe or not: the client shall try again */
			smtp_server_ended(&session->server, &reply_later);
			mail_forget(session);
		}
		session_update(session);
	}
}
