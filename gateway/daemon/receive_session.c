/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A session's socket and clock: read, write, deadlines, the end. What a
 * session costs while it is idle is its struct; buffers exist while there is
 * something in them. The protocol is smtp_server's, mails are receive_mail's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../proc/counters.h"
#include "receive_internal.h"

static const struct smtp_reply
    reply_timeout = { 421, "4.4.2 You took too long; closing" },
    reply_spool = { 451, "4.3.0 Cannot take the mail now, try later" };

static void session_close(struct session *session);

/*
 * A session in the middle of a mail has two descriptors. One that could not
 * be received would end the process, so there are no more sessions than that.
 */
static void
sessions_bound(void)
{
	struct rlimit files;

	receive.sessions_max = RECEIVE_SESSIONS_MAX;
	if (getrlimit(RLIMIT_NOFILE, &files) == -1 || files.rlim_max >=
	    2 * RECEIVE_SESSIONS_MAX + RECEIVE_FILES_BESIDES)
		return;
	receive.sessions_max = files.rlim_max <= RECEIVE_FILES_BESIDES ? 1 :
	    (uint32_t)(files.rlim_max - RECEIVE_FILES_BESIDES) / 2;
	log_warn("%u sessions at once at most: the limit of open files is low",
	    receive.sessions_max);
}

void
sessions_init(void)
{
	sessions_bound();
	/* start-up: the table has its full size at once */
	receive.sessions = calloc(RECEIVE_SESSIONS_MAX,
	    sizeof(*receive.sessions));
	if (receive.sessions == NULL)
		die(4, "no memory for %d sessions", RECEIVE_SESSIONS_MAX);
}

/*
 * Slots beyond those ever used are not touched, so that they cost nothing.
 * The number counts the users of a slot: late answers find nobody.
 */
static struct session *
slot_take(void)
{
	static uint32_t touched;
	struct session *session = receive.free_session;

	if (receive.sessions_n >= receive.sessions_max)
		return NULL;
	if (session != NULL)
		receive.free_session = session->next;
	else if (touched < RECEIVE_SESSIONS_MAX) {
		session = &receive.sessions[touched];
		session->number = touched++;
	}
	return session;
}

struct session *
session_find(uint64_t number)
{
	uint64_t i = number & UINT32_MAX;
	struct session *session;

	if (i >= RECEIVE_SESSIONS_MAX)
		return NULL;
	session = &receive.sessions[i];
	return session->used && session->number == number ? session : NULL;
}

/* One customer has a /64 of IPv6 at least (RFC 6177): that is one peer. */
static size_t
peer_bytes(const struct address *peer)
{
	return peer->family == 6 ? 8 : sizeof(peer->bytes);
}

static bool
same_peer(const struct address *a, const struct address *b)
{
	return a->family == b->family &&
	    memcmp(a->bytes, b->bytes, peer_bytes(a)) == 0;
}

static struct session **
bucket_of(const struct address *peer)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < peer_bytes(peer); i++)
		hash = (hash ^ peer->bytes[i]) * 16777619u;
	return &receive.buckets[(hash ^ hash >> 16) &
	    (RECEIVE_PEER_BUCKETS - 1)];
}

uint32_t
session_peer_count(const struct listener *listener, const struct address *peer)
{
	uint32_t n = 0;

	for (struct session *s = *bucket_of(peer); s != NULL; s = s->next)
		if (s->listener->route == listener->route &&
		    same_peer(&s->peer, peer))
			n++;
	return n;
}

static void
bucket_remove(struct session *session)
{
	struct session **p = bucket_of(&session->peer);

	while (*p != session)
		p = &(*p)->next;
	*p = session->next;
}

static struct session *
session_of(struct loop_timer *timer)
{
	return (struct session *)((uint8_t *)timer -
	    offsetof(struct session, timer));
}

/* The timer is moved only when it fires: most deadlines are never met. */
static void
set_deadline(struct session *session, uint64_t due_ms)
{
	session->deadline_ms = due_ms;
	if (session->timer.slot != 0 && session->timer.due_ms <= due_ms)
		return;
	if (loop_timer_set(receive.loop, &session->timer, due_ms) != OK)
		require(false);		/* there is one per session */
}

/* A session that moves on gets a new deadline; one that drips does not. */
static void
follow_progress(struct session *session)
{
	const struct smtp_server *server = &session->server;
	uint64_t progress = ((uint64_t)server->lines << 32) +
	    ((uint64_t)server->state << 28) +
	    (server->body_bytes / RECEIVE_PROGRESS_BYTES & 0xfffffff);
	uint64_t wait = SMTP_COMMAND_MS;

	if (progress == session->progress)
		return;
	session->progress = progress;
	if (smtp_server_waiting(server))
		wait = RECEIVE_SPOOL_MS;
	else if (smtp_server_in_data(server))
		wait = SMTP_BLOCK_MS;
	set_deadline(session, clock_monotonic_ms() + wait);
}

static void
on_timeout(struct session *session)
{
	if (session->lingering) {	/* it has ended, and was counted */
		session_close(session);
		return;
	}
	counter_add(COUNTER_TIMEOUTS, 1);
	if (session->server.state == SMTP_SERVER_CLOSED)
		session_close(session);		/* he does not even read */
	else if (session->draft.state == DRAFT_ASKED) {
		smtp_server_begun(&session->server, &reply_spool);
		draft_drop(session);
		session_update(session);
	} else if (session->draft.state == DRAFT_COMMITTING) {
		smtp_server_ended(&session->server, &reply_spool);
		draft_drop(session);
		session_update(session);
	} else {
		receive_log(session, "timeout");
		smtp_server_close(&session->server, &reply_timeout);
		set_deadline(session, clock_monotonic_ms() +
		    RECEIVE_LINGER_MS);
		session_update(session);
	}
}

static void
on_timer(struct loop_timer *timer)
{
	struct session *session = session_of(timer);

	if (!session->greeted) {
		session->greeted = true;
		set_deadline(session, clock_monotonic_ms() + SMTP_COMMAND_MS);
		smtp_server_greet(&session->server);
		session_update(session);
	} else if (session->deadline_ms > clock_monotonic_ms())
		set_deadline(session, session->deadline_ms);
	else
		on_timeout(session);
}

static void
session_close(struct session *session)
{
	uint64_t number = session->number;

	draft_drop(session);
	smtp_server_fini(&session->server);
	buf_fini(&session->helo);
	loop_timer_cancel(receive.loop, &session->timer);
	loop_watch_remove(receive.loop, &session->watch);
	close(session->watch.fd);
	bucket_remove(session);
	session->listener->sessions_n--;
	memset(session, 0, sizeof(*session));
	session->number = number + (UINT64_C(1) << 32);
	session->next = receive.free_session;
	receive.free_session = session;
	receive.sessions_n--;
	counter_set(COUNTER_SESSIONS_OPEN, receive.sessions_n);
	if (receive.stopping && receive.sessions_n == 0)
		loop_stop(receive.loop);
}

/*
 * Our last words are written. To close now with input unread would make the
 * kernel reset the connection and the words could be lost on their way: wait
 * a little for the peer to close.
 */
static void
linger(struct session *session)
{
	if (session->server.quit ||
	    shutdown(session->watch.fd, SHUT_WR) == -1) {
		session_close(session);
		return;
	}
	session->lingering = true;
	loop_watch_events(receive.loop, &session->watch, EPOLLIN);
	set_deadline(session, clock_monotonic_ms() + RECEIVE_LINGER_MS);
}

/* False: the connection is broken. */
static bool
flush(struct session *session)
{
	struct buf *out = &session->server.out;
	ssize_t n;

	if (out->len == 0)
		return true;
	n = send(session->watch.fd, out->ptr, out->len, MSG_NOSIGNAL);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR;
	if ((size_t)n < out->len)
		buf_consume(out, (size_t)n);
	else if (out->cap > 512) {
		size_t max = out->max;

		buf_fini(out);
		buf_init(out, max);
	} else
		buf_clear(out);
	return true;
}

void
session_update(struct session *session)
{
	struct smtp_server *server = &session->server;
	uint32_t events;

	for (;;) {
		/* while the spool is asked, replies wait for the next one */
		if (!smtp_server_waiting(server) && !flush(session)) {
			session_close(session);
			return;
		}
		if (server->out.len > 0 || !smtp_server_has_pending(server))
			break;
		smtp_server_input(server, (struct span){ NULL, 0 });
	}
	if (server->state == SMTP_SERVER_CLOSED && server->out.len == 0) {
		linger(session);
		return;
	}
	follow_progress(session);
	/* nobody talks while he waits for us, as a rule: leave EPOLLIN on */
	events = session->watch.events & EPOLLIN;
	if (smtp_server_wants_input(server))
		events = EPOLLIN;
	if (server->out.len > 0 && !smtp_server_waiting(server))
		events |= EPOLLOUT;
	loop_watch_events(receive.loop, &session->watch, events);
}

static void
read_lingering(struct session *session, uint8_t *bytes)
{
	ssize_t n = recv(session->watch.fd, bytes, RECEIVE_READ_BYTES, 0);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		session->lingered_bytes += (uint64_t)n;
	if (n <= 0 || session->lingered_bytes > RECEIVE_LINGER_BYTES)
		session_close(session);
}

/* False: closed. */
static bool
read_some(struct session *session, uint8_t *bytes)
{
	for (int i = 0; i < RECEIVE_READS_MAX; i++) {
		ssize_t n;

		if (!smtp_server_wants_input(&session->server))
			return true;
		n = recv(session->watch.fd, bytes, RECEIVE_READ_BYTES, 0);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n <= 0) {
			session_close(session);
			return false;
		}
		session->greeted = true;	/* or he talked before it */
		smtp_server_input(&session->server,
		    (struct span){ bytes, (size_t)n });
		if (n < RECEIVE_READ_BYTES)
			return true;
	}
	return true;
}

static void
on_ready(struct loop_watch *watch, uint32_t events)
{
	static uint8_t bytes[RECEIVE_READ_BYTES];
	struct session *session = (struct session *)watch;

	if ((events & (EPOLLERR | EPOLLHUP)) != 0 &&
	    (events & EPOLLIN) == 0) {
		session_close(session);
		return;
	}
	if (session->lingering) {
		read_lingering(session, bytes);
		return;
	}
	if ((events & EPOLLIN) != 0) {
		if (!smtp_server_wants_input(&session->server))
			loop_watch_events(receive.loop, watch,
			    watch->events & ~(uint32_t)EPOLLIN);
		else if (!read_some(session, bytes))
			return;
	}
	session_update(session);
}

static void
greet(struct session *session)
{
	uint32_t delay_ms = session->listener->rules.greeting_delay_ms;
	uint64_t now = clock_monotonic_ms();

	session->greeted = delay_ms == 0;
	if (session->greeted)
		smtp_server_greet(&session->server);
	set_deadline(session, now + (delay_ms == 0 ? SMTP_COMMAND_MS :
	    delay_ms));
}

struct session *
session_open(struct listener *listener, int fd, const struct address *peer,
    uint16_t port)
{
	struct session *session = slot_take();
	struct session **bucket = bucket_of(peer);

	if (session == NULL)
		return NULL;
	session->used = true;
	session->watch.fd = fd;
	session->watch.ready = on_ready;
	session->timer.fire = on_timer;
	session->listener = listener;
	session->peer = *peer;
	session->peer_port = port;
	session->draft.fd = -1;
	buf_init(&session->draft.gathered, RECEIVE_BODY_BYTES);
	buf_init(&session->helo, SMTP_DOMAIN_BYTES_MAX);
	smtp_server_init(&session->server, &listener->config, &session_owner,
	    session);
	session->next = *bucket;
	*bucket = session;
	listener->sessions_n++;
	receive.sessions_n++;
	counter_set(COUNTER_SESSIONS_OPEN, receive.sessions_n);
	counter_add(COUNTER_SESSIONS, 1);
	if (loop_watch_add(receive.loop, &session->watch, EPOLLIN) != OK) {
		session_close(session);
		return session;
	}
	greet(session);
	session_update(session);
	return session;
}

void
sessions_stop_listener(const struct listener *listener)
{
	for (size_t i = 0; i < RECEIVE_SESSIONS_MAX; i++) {
		struct session *session = &receive.sessions[i];

		if (!session->used || session->lingering ||
		    (listener != NULL && session->listener != listener))
			continue;
		session->greeted = true;
		smtp_server_stop(&session->server);
		session_update(session);
	}
}

void
sessions_close(void)
{
	for (size_t i = 0; i < RECEIVE_SESSIONS_MAX; i++)
		if (receive.sessions[i].used)
			session_close(&receive.sessions[i]);
}
