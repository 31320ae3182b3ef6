/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A connection to a next hop: connect, read, write, deadlines, the end. It
 * is kept for further mails. One that the other side closed while it was
 * idle is no failure: its mail gets a new connection, once. The protocol is
 * smtp_client's, who gets which mail is deliver_hop's.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../proc/counters.h"
#include "deliver_internal.h"

static struct connection *connections;
static struct connection *free_connection;
static uint32_t used_n;

static void on_timer(struct loop_timer *timer);
static void on_ready(struct loop_watch *watch, uint32_t events);

void
connections_init(void)
{
	/* start-up: the table has its full size at once */
	connections = calloc(DELIVER_CONNECTIONS_MAX, sizeof(*connections));
	if (connections == NULL)
		die(4, "no memory for %d connections",
		    DELIVER_CONNECTIONS_MAX);
	for (size_t i = DELIVER_CONNECTIONS_MAX; i > 0; i--) {
		connections[i - 1].next = free_connection;
		free_connection = &connections[i - 1];
	}
}

uint32_t
connections_used(void)
{
	return used_n;
}

/* As in receive: the timer itself is moved only when it fires. */
static void
set_deadline(struct connection *connection, uint64_t wait_ms)
{
	uint64_t due_ms = clock_monotonic_ms() + wait_ms;

	connection->deadline_ms = due_ms;
	if (connection->timer.slot != 0 && connection->timer.due_ms <= due_ms)
		return;
	if (loop_timer_set(deliver.loop, &connection->timer, due_ms) != OK)
		require(false);		/* there is one per connection */
}

static void
set_idle(struct connection *connection, bool idle)
{
	struct connection **p = &connection->hop->idle;

	if (connection->is_idle == idle)
		return;
	connection->is_idle = idle;
	if (idle) {
		connection->idle_next = *p;
		*p = connection;
		return;
	}
	while (*p != connection)
		p = &(*p)->idle_next;
	*p = connection->idle_next;
}

/* ---- what the protocol machine asks ---- */

static void
on_client_result(void *arg, uint32_t recipient,
    const struct smtp_client_outcome *outcome)
{
	struct connection *connection = arg;

	job_result(connection->job, recipient, outcome->class, outcome->code,
	    outcome->text);
}

static void
on_client_ready(void *arg)
{
	struct connection *connection = arg;
	struct hop *hop = connection->hop;
	struct job *job = connection->job;

	if (!connection->ready) {
		connection->ready = connection->newly_ready = true;
		hop->ready_n++;
	}
	connection->job = NULL;
	if (job != NULL)
		job_done(job);
	if (deliver.stopping ||
	    connection->client.mails >= DELIVER_CONNECTION_MAILS_MAX) {
		smtp_client_quit(&connection->client);
		return;
	}
	job = hop_next_job(hop);
	if (job == NULL) {
		set_idle(connection, true);
		set_deadline(connection, DELIVER_IDLE_MS);
		return;
	}
	if (connection->client.mails > 0)
		counter_add(COUNTER_CONNECTIONS_REUSED, 1);
	connection->job = job;
	job->dsn_passed = (connection->client.extensions &
	    SMTP_CLIENT_DSN) != 0;
	smtp_client_mail(&connection->client, &job->mail);
}

static void
on_client_closed(void *arg, const struct smtp_client_outcome *outcome)
{
	struct connection *connection = arg;
	size_t len = outcome->text.len;

	if (len > sizeof(connection->why_text))
		len = sizeof(connection->why_text);
	connection->why.class = (uint8_t)outcome->class;
	connection->why.code = (uint16_t)outcome->code;
	connection->why.len = (uint32_t)len;
	if (len > 0)
		memcpy(connection->why_text, outcome->text.ptr, len);
}

static const struct smtp_client_owner client_owner = {
	.ready = on_client_ready,
	.result = on_client_result,
	.closed = on_client_closed,
};

/* ---- the end ---- */

static void
give_up_job(struct connection *connection, struct span text)
{
	struct job *job = connection->job;
	bool stale = connection->client.mails > 0 &&
	    smtp_client_untouched(&connection->client);

	connection->job = NULL;
	if (job == NULL)
		return;
	if (job->orphan || (stale && deliver.stopping)) {
		job_forget(job);
		return;
	}
	if (stale && !job->retried) {
		job->retried = true;
		hop_put_back(connection->hop, job);
		return;
	}
	/* a QUIT cannot come with a job: class is 4 or 5 here */
	job_result_all(job, connection->why.class, connection->why.code, text);
	job_done(job);
}

static void
connection_close(struct connection *connection)
{
	struct hop *hop = connection->hop;
	struct connection **p = &hop->connections;
	struct job_result why = connection->why;
	char text[SMTP_REPLY_TEXT_BYTES_MAX];
	bool ready = connection->ready;

	memcpy(text, connection->why_text, why.len);
	set_idle(connection, false);
	loop_timer_cancel(deliver.loop, &connection->timer);
	loop_watch_remove(deliver.loop, &connection->watch);
	close(connection->watch.fd);
	while (*p != connection)
		p = &(*p)->next;
	*p = connection->next;
	hop->connections_n--;
	if (ready)
		hop->ready_n--;
	give_up_job(connection, (struct span){ (const uint8_t *)text,
	    why.len });
	smtp_client_fini(&connection->client);
	memset(connection, 0, sizeof(*connection));
	connection->next = free_connection;
	free_connection = connection;
	used_n--;
	if (!ready)
		hop_connect_failed(hop, &why, (struct span){
		    (const uint8_t *)text, why.len });
	hop_schedule(hop);
	if (deliver.stopping && used_n == 0)
		loop_stop(deliver.loop);
}

/* ---- reading and writing ---- */

static void
connection_read(struct connection *connection)
{
	static uint8_t bytes[DELIVER_READ_BYTES];
	ssize_t n = recv(connection->watch.fd, bytes, sizeof(bytes), 0);

	if (n > 0)
		smtp_client_input(&connection->client,
		    (struct span){ bytes, (size_t)n });
	else if (n == 0)
		smtp_client_lost(&connection->client,
		    "connection closed by the next hop");
	else if (errno != EAGAIN && errno != EINTR)
		smtp_client_lost(&connection->client, "connection lost");
}

/* The kernel may know last words that explain why it broke. */
static void
connection_broke(struct connection *connection)
{
	connection_read(connection);
	smtp_client_lost(&connection->client, "connection lost");
}

/* True: something is left to write. */
static bool
connection_write(struct connection *connection)
{
	struct iovec iov[DELIVER_IOV_MAX];
	size_t total = 0;

	while (total < DELIVER_WRITE_BYTES_MAX) {
		struct msghdr header = { .msg_iov = iov };
		ssize_t n;

		header.msg_iovlen = smtp_client_output(&connection->client,
		    iov, DELIVER_IOV_MAX);
		if (header.msg_iovlen == 0)
			return false;
		n = sendmsg(connection->watch.fd, &header, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return true;
		if (n == -1) {
			connection_broke(connection);
			return false;
		}
		smtp_client_written(&connection->client, (size_t)n);
		total += (size_t)n;
		connection->wrote = true;
	}
	return true;
}

/*
 * A new deadline for a connection that moved on: a reply, a new state, bytes
 * written. A reply that drips in byte by byte does not count.
 */
static void
follow_progress(struct connection *connection)
{
	const struct smtp_client *client = &connection->client;
	uint64_t wait_ms = smtp_client_timeout_ms(client);
	uint64_t progress = ((uint64_t)client->mails << 32) +
	    ((uint64_t)client->replies << 8) + client->state;

	if (wait_ms == 0 || (progress == connection->progress &&
	    !connection->wrote))
		return;
	connection->progress = progress;
	connection->wrote = false;
	set_deadline(connection, wait_ms);
}

/* After all that happens to it: write, set events and deadline, or close. */
static void
connection_update(struct connection *connection)
{
	struct span before = connection->client.stuffer.rest;
	bool more = false;

	if (connection->connected)
		more = connection_write(connection);
	if (connection->job != NULL)
		job_release(connection->job, span_sub(before, 0, before.len -
		    connection->client.stuffer.rest.len));
	if (connection->client.state == SMTP_CLIENT_CLOSED) {
		connection_close(connection);
		return;
	}
	loop_watch_events(deliver.loop, &connection->watch,
	    more || !connection->connected ? EPOLLIN | EPOLLOUT : EPOLLIN);
	if (connection->connected)
		follow_progress(connection);
	if (connection->newly_ready) {
		/* one more works: further ones may be opened */
		connection->newly_ready = false;
		hop_schedule(connection->hop);
	}
}

/* There never was a connection: closed, without a word of the protocol's. */
static void
not_connected(struct connection *connection, int error)
{
	struct smtp_client_outcome outcome = { .class = 4 };
	char text[160];

	/* RFC 3463: 4.4.1 no answer from host */
	snprintf(text, sizeof(text), "4.4.1 cannot connect: %s",
	    strerror(error));
	outcome.text = span_str(text);
	on_client_closed(connection, &outcome);
	connection_close(connection);
}

static void
on_timer(struct loop_timer *timer)
{
	struct connection *connection = (struct connection *)((uint8_t *)timer
	    - offsetof(struct connection, timer));

	if (connection->deadline_ms > clock_monotonic_ms()) {
		set_deadline(connection, connection->deadline_ms -
		    clock_monotonic_ms());
		return;
	}
	if (connection->is_idle) {
		set_idle(connection, false);
		smtp_client_quit(&connection->client);
	} else {
		counter_add(COUNTER_TIMEOUTS, 1);
		if (!connection->connected) {
			not_connected(connection, ETIMEDOUT);
			return;
		}
		smtp_client_lost(&connection->client, "timeout");
	}
	connection_update(connection);
}

/* connect() is done: did it work? */
static bool
finish_connect(struct connection *connection)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(connection->watch.fd, SOL_SOCKET, SO_ERROR, &error,
	    &len) == -1)
		error = errno;
	if (error == 0) {
		connection->connected = connection->wrote = true;
		return true;
	}
	not_connected(connection, error);
	return false;
}

static void
on_ready(struct loop_watch *watch, uint32_t events)
{
	struct connection *connection = (struct connection *)watch;

	if (!connection->connected && !finish_connect(connection))
		return;
	/* a reply counts before a break */
	if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) {
		if (connection->is_idle)
			set_idle(connection, false);
		connection_read(connection);
	}
	connection_update(connection);
}

static bool
start_connect(struct connection *connection, const struct hop *hop)
{
	struct sockaddr_storage ss;
	socklen_t len = address_to_sockaddr(&hop->address, hop->port, &ss);
	int fd, one = 1;

	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (fd == -1)
		return false;
	/* the last, short piece of a mail shall not wait for an ACK */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (struct sockaddr *)&ss, len) == -1 &&
	    errno != EINPROGRESS) {
		int saved = errno;

		close(fd);
		errno = saved;
		return false;
	}
	connection->watch.fd = fd;
	return true;
}

bool
connection_open(struct hop *hop)
{
	struct connection *connection = free_connection;

	if (connection == NULL) {
		errno = EMFILE;
		return false;
	}
	if (!start_connect(connection, hop))
		return false;
	free_connection = connection->next;
	connection->used = true;
	connection->watch.ready = on_ready;
	connection->timer.fire = on_timer;
	connection->hop = hop;
	connection->next = hop->connections;
	hop->connections = connection;
	hop->connections_n++;
	used_n++;
	smtp_client_init(&connection->client, span_str(deliver.name),
	    &client_owner, connection);
	if (loop_watch_add(deliver.loop, &connection->watch,
	    EPOLLIN | EPOLLOUT) != OK)
		require(false);		/* there is room for all of them */
	set_deadline(connection, DELIVER_CONNECT_MS);
	counter_add(COUNTER_CONNECTIONS, 1);
	return true;
}

void
connection_give(struct connection *connection, struct job *job)
{
	set_idle(connection, false);
	if (connection->client.mails > 0)
		counter_add(COUNTER_CONNECTIONS_REUSED, 1);
	connection->job = job;
	job->dsn_passed = (connection->client.extensions &
	    SMTP_CLIENT_DSN) != 0;
	smtp_client_mail(&connection->client, &job->mail);
	connection_update(connection);
}

void
connections_stop(void)
{
	for (size_t i = 0; i < DELIVER_CONNECTIONS_MAX; i++) {
		struct connection *connection = &connections[i];

		if (!connection->used || connection->job != NULL)
			continue;
		if (connection->is_idle) {
			set_idle(connection, false);
			smtp_client_quit(&connection->client);
		} else
			smtp_client_lost(&connection->client, "stopping");
		connection_update(connection);
	}
}

void
connections_abort_unsent(void)
{
	for (size_t i = 0; i < DELIVER_CONNECTIONS_MAX; i++) {
		struct connection *connection = &connections[i];

		if (!connection->used || connection->job == NULL ||
		    connection->client.state >= SMTP_CLIENT_TEXT)
			continue;
		smtp_client_lost(&connection->client, "spool is gone");
		connection_update(connection);
	}
}
