/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The listening sockets of this segment: accept, and turn away who may not
 * speak here or comes too often. A listener is known by its address and
 * port; which route that is may change with new rules.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../proc/counters.h"
#include "receive_internal.h"

static void
listener_close(struct listener *listener)
{
	loop_timer_cancel(receive.loop, &listener->pause);
	loop_watch_remove(receive.loop, &listener->watch);
	if (listener->watch.fd != -1)
		close(listener->watch.fd);
	listener->watch.fd = -1;
}

/* The last and only words to someone who gets no session. */
static void
turn_away(const struct listener *listener, int fd, const struct address *peer,
    const struct smtp_reply *reply)
{
	char text[ADDRESS_TEXT_BYTES], line[128];
	int n = snprintf(line, sizeof(line), "%u %s\r\n", reply->code,
	    reply->text);

	counter_add(COUNTER_SESSIONS_REFUSED, 1);
	counter_add(reply->code == 554 ? COUNTER_REJECTED_PEER :
	    COUNTER_REJECTED_SESSIONS, 1);
	address_text(peer, text);
	receive_log(NULL, "%s turned away: %u %s", text, reply->code,
	    reply->text);
	reject_peer(listener, peer, reply);
	/* a fresh socket has room for a line; if not, he gets none */
	if (send(fd, line, (size_t)n, MSG_NOSIGNAL) != -1)
		shutdown(fd, SHUT_WR);
	close(fd);
}

static uint32_t
route_sessions(uint32_t route)
{
	uint32_t n = 0;

	for (size_t i = 0; i < RECEIVE_LISTENERS_MAX; i++)
		if (receive.listeners[i].used &&
		    receive.listeners[i].route == route)
			n += receive.listeners[i].sessions_n;
	return n;
}

static const struct smtp_reply
    reply_peer		= { 554, "5.7.1 No service for you here" },
    reply_route		= { 421, "4.7.0 Too many sessions" },
    reply_his		= { 421, "4.7.0 Too many sessions from your address" },
    reply_all		= { 421, "4.3.2 No session is free" };

/* Takes fd. */
static void
admit(struct listener *listener, int fd, const struct sockaddr_storage *ss)
{
	struct address peer;
	uint16_t port;

	if (!address_from_sockaddr((const struct sockaddr *)ss, &peer, &port))
		close(fd);
	else if (!rules_mail_peer(receive.image, listener->route, &peer))
		turn_away(listener, fd, &peer, &reply_peer);
	else if (route_sessions(listener->route) >=
	    listener->rules.sessions_max)
		turn_away(listener, fd, &peer, &reply_route);
	else if (session_peer_count(listener, &peer) >=
	    listener->rules.sessions_per_peer_max)
		turn_away(listener, fd, &peer, &reply_his);
	else if (session_open(listener, fd, &peer, port) == NULL)
		turn_away(listener, fd, &peer, &reply_all);
}

/* Out of descriptors: sessions that end will bring some. */
static void
pause_accepting(struct listener *listener)
{
	log_warn("accept: %s", strerror(errno));
	loop_watch_events(receive.loop, &listener->watch, 0);
	if (loop_timer_set(receive.loop, &listener->pause,
	    clock_monotonic_ms() + RECEIVE_PAUSE_MS) != OK)
		require(false);
}

static void
on_pause_over(struct loop_timer *timer)
{
	struct listener *listener = (struct listener *)((uint8_t *)timer -
	    offsetof(struct listener, pause));

	loop_watch_events(receive.loop, &listener->watch, EPOLLIN);
}

static void
on_listener(struct loop_watch *watch, uint32_t events)
{
	struct listener *listener = (struct listener *)watch;
	struct sockaddr_storage ss;

	(void)events;
	for (int i = 0; i < RECEIVE_ACCEPTS_MAX; i++) {
		socklen_t len = sizeof(ss);
		int fd = accept4(watch->fd, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd != -1) {
			admit(listener, fd, &ss);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS)
			pause_accepting(listener);
		if (errno != EINTR && errno != ECONNABORTED)
			break;
	}
}

static void
use_rules(struct listener *listener, const struct rules_image *image,
    uint32_t route)
{
	listener->route = route;
	rules_route(image, route, &listener->rules);
	listener->config.name = rules_gateway_name(image);
	listener->config.size_bytes_max = listener->rules.size_bytes_max;
	listener->config.recipients_max = listener->rules.recipients_max;
	if (listener->config.recipients_max > SMTP_RECIPIENTS_MAX)
		listener->config.recipients_max = SMTP_RECIPIENTS_MAX;
}

static bool
same_listen(const struct rules_listen *a, const struct rules_listen *b)
{
	return a->port == b->port && address_equal(&a->address, &b->address);
}

/* The slot of this address and port, or a free one. */
static struct listener *
find_slot(const struct rules_listen *listen)
{
	struct listener *free_slot = NULL;

	for (size_t i = 0; i < RECEIVE_LISTENERS_MAX; i++) {
		struct listener *slot = &receive.listeners[i];

		if (slot->used && same_listen(&slot->listen, listen))
			return slot;
		if (!slot->used && free_slot == NULL)
			free_slot = slot;
	}
	return free_slot;
}

void
listener_add(uint32_t route, uint32_t listen, int fd)
{
	struct listener *listener;
	struct rules_listen place;
	struct rules_route rules;

	if (receive.image == NULL || route >= rules_routes(receive.image))
		die(4, "a listener for a route that does not exist");
	rules_route(receive.image, route, &rules);
	if (listen >= rules.listens)
		die(4, "a listener that the route does not have");
	rules_route_listen(receive.image, route, listen, &place);
	listener = find_slot(&place);
	if (listener == NULL)
		die(4, "more than %d listeners", RECEIVE_LISTENERS_MAX);
	if (listener->used)
		listener_close(listener);
	listener->used = true;
	listener->listen = place;
	listener->watch.fd = fd;
	listener->watch.ready = on_listener;
	listener->pause.fire = on_pause_over;
	use_rules(listener, receive.image, route);
	if (receive.stopping)
		listener_close(listener);
	else if (loop_watch_add(receive.loop, &listener->watch, EPOLLIN) != OK)
		die(4, "cannot watch a listener");
}

/* False: the new rules do not have it. */
static bool
find_route(const struct rules_image *image, const struct rules_listen *listen,
    uint32_t *route)
{
	for (uint32_t i = 0; i < rules_routes(image); i++) {
		struct rules_route rules;

		rules_route(image, i, &rules);
		for (uint32_t k = 0; k < rules.listens; k++) {
			struct rules_listen other;

			rules_route_listen(image, i, k, &other);
			if (rules.from == receive.segment &&
			    same_listen(&other, listen)) {
				*route = i;
				return true;
			}
		}
	}
	return false;
}

/*
 * New rules: each listener finds its route again. One that is gone closes;
 * its slot stays as long as sessions point to it, and these end at their
 * next command.
 */
void
listeners_follow_rules(const struct rules_image *image)
{
	for (size_t i = 0; i < RECEIVE_LISTENERS_MAX; i++) {
		struct listener *listener = &receive.listeners[i];
		uint32_t route;

		if (!listener->used)
			continue;
		if (find_route(image, &listener->listen, &route)) {
			use_rules(listener, image, route);
			continue;
		}
		listener_close(listener);
		sessions_stop_listener(listener);
		listener->config.name = rules_gateway_name(image);
		if (listener->sessions_n == 0)
			listener->used = false;
	}
}

void
listeners_close(void)
{
	for (size_t i = 0; i < RECEIVE_LISTENERS_MAX; i++)
		if (receive.listeners[i].used)
			listener_close(&receive.listeners[i]);
}
