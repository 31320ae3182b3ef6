/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho-receive: the SMTP server of one segment. main(), the messages of
 * the supervisor, and the end. Listeners, sessions and mails are in
 * receive_listen.c, receive_session.c and receive_mail.c. It opens nothing:
 * sockets, channels and draft files all come to it as descriptors.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../proc/counters.h"
#include "../proc/role.h"
#include "../proc/sealed.h"
#include "receive_internal.h"

struct receive receive;

void
receive_log(const struct session *session, const char *fmt, ...)
{
	static uint64_t second;
	static unsigned lines;
	char text[512], peer[ADDRESS_TEXT_BYTES] = "";
	uint64_t now = clock_monotonic_ms() / 1000;
	va_list ap;

	if (now != second) {
		if (lines > RECEIVE_LOG_PER_S)
			log_info("%u more lines about clients not written",
			    lines - RECEIVE_LOG_PER_S);
		second = now;
		lines = 0;
	}
	if (++lines > RECEIVE_LOG_PER_S)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text[strcspn(text, "\r\n")] = '\0';
	if (session != NULL)
		address_text(&session->peer, peer);
	log_info("%s%s%s", peer, session != NULL ? ": " : "", text);
}

static void
on_rules(struct ipc_message *message)
{
	const struct msg_rules *rules = message->fixed;
	struct rules_image *image = NULL;
	struct span bytes = { NULL, 0 };
	struct diag diag;

	if (sealed_map(message->fds[0], DAEMON_RULES_BYTES_MAX, &bytes,
	    &diag) != OK || rules_image_open(bytes, &image, &diag) != OK) {
		sealed_unmap(bytes);
		if (receive.image == NULL)
			die(4, "rules: %s", diag.what);
		log_alarm("new rules not taken, the old ones stay: %s",
		    diag.what);
		return;
	}
	listeners_follow_rules(image);
	rules_image_close(receive.image);
	sealed_unmap(receive.image_bytes);
	receive.image = image;
	receive.image_bytes = bytes;
	receive.generation = (uint32_t)rules->generation;
}

static void
on_spool_closed(void *arg, struct ipc_channel *channel)
{
	(void)arg;
	ipc_close(channel);
	if (receive.spool != channel)
		return;
	receive.spool = NULL;
	log_warn("the spool is gone, clients are asked to come again");
	drafts_lost();
}

static void
on_peer(struct ipc_message *message)
{
	const struct msg_peer *peer = message->fixed;
	struct ipc_handler handler = {
		.message = spool_message, .closed = on_spool_closed,
	};

	if (peer->role != ROLE_SPOOL)
		die(4, "a channel to role %u", peer->role);
	if (receive.spool != NULL) {
		ipc_close(receive.spool);
		receive.spool = NULL;
		drafts_lost();
	}
	receive.spool = ipc_open(receive.loop, message->fds[0], ROLE_RECEIVE,
	    ROLE_SPOOL, &handler);
	message->fds[0] = -1;
	if (receive.spool == NULL)
		die(4, "no channel to the spool");
}

static void
on_stop_time(struct loop_timer *timer)
{
	(void)timer;
	log_warn("%u sessions cut off", receive.sessions_n);
	sessions_close();
	loop_stop(receive.loop);
}

/* Mails under way may end; nobody new, and no further command. */
static void
stop(void)
{
	if (receive.stopping)
		return;
	receive.stopping = true;
	rejects_flush(true);
	listeners_close();
	receive.stop_timer.fire = on_stop_time;
	if (loop_timer_set(receive.loop, &receive.stop_timer,
	    clock_monotonic_ms() + RECEIVE_STOP_MS) != OK)
		require(false);
	sessions_stop_listener(NULL);
	if (receive.sessions_n == 0)
		loop_stop(receive.loop);
}

static void
on_supervisor(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	const struct msg_listener *listener = message->fixed;
	static const struct msg_empty empty;
	bool first = receive.image == NULL;

	(void)arg;
	if (message->kind == MSG_RULES) {
		on_rules(message);
		if (first && ipc_send(channel, MSG_READY, &empty,
		    (struct span){ NULL, 0 }, NULL, 0) != OK)
			die(4, "cannot tell the supervisor");
	} else if (message->kind == MSG_LISTENER) {
		listener_add(listener->route, listener->listen,
		    message->fds[0]);
		message->fds[0] = -1;
	} else if (message->kind == MSG_PEER)
		on_peer(message);
	else if (message->kind == MSG_STOP)
		stop();
}

static void
on_supervisor_closed(void *arg, struct ipc_channel *channel)
{
	(void)arg;
	ipc_close(channel);
	receive.supervisor = NULL;
	stop();
}

int
main(int argc, char **argv)
{
	struct ipc_handler handler = {
		.message = on_supervisor, .closed = on_supervisor_closed,
	};
	struct role_start start;
	struct role_state state;
	struct diag diag;

	receive.loop = loop_new(RECEIVE_SESSIONS_MAX + RECEIVE_LISTENERS_MAX +
	    8, RECEIVE_SESSIONS_MAX + RECEIVE_LISTENERS_MAX + 8);
	if (receive.loop == NULL)
		die(4, "no memory for the loop");
	sessions_init();
	rejects_init();
	role_start(ROLE_RECEIVE, argc, argv, &start, &state);
	receive.segment = start.segment;
	receive.supervisor = ipc_open(receive.loop, ROLE_FD_SUPERVISOR,
	    ROLE_RECEIVE, ROLE_SUPERVISOR, &handler);
	if (receive.supervisor == NULL)
		die(4, "no channel to the supervisor");
	if (loop_run(receive.loop, &diag) != OK)
		die(4, "%s", diag.what);
	rejects_flush(true);
	if (!ipc_finish(receive.spool, CHANNEL_FINISH_MS))
		log_warn("the spool does not read: records are lost");
	return 0;
}
