/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho-deliver: the SMTP client of one segment. main(), the messages of
 * supervisor and spool, and the end. Jobs, hops, connections and Maildirs
 * are in deliver_job.c, deliver_hop.c, deliver_connection.c and
 * deliver_maildir.c. When and what to try again is left to the spool.
 */
#include <stdio.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../proc/role.h"
#include "../proc/sealed.h"
#include "deliver_internal.h"

struct deliver deliver;

static void
on_rules(struct ipc_message *message)
{
	const struct msg_rules *rules = message->fixed;
	struct rules_image *image = NULL;
	struct span bytes = { NULL, 0 }, name;
	bool first = deliver.image == NULL;
	struct diag diag;

	if (sealed_map(message->fds[0], DAEMON_RULES_BYTES_MAX, &bytes,
	    &diag) != OK || rules_image_open(bytes, &image, &diag) != OK) {
		sealed_unmap(bytes);
		if (first)
			die(4, "rules: %s", diag.what);
		log_alarm("new rules not taken, the old ones stay: %s",
		    diag.what);
		return;
	}
	rules_image_close(deliver.image);
	sealed_unmap(deliver.image_bytes);
	deliver.image = image;
	deliver.image_bytes = bytes;
	deliver.generation = (uint32_t)rules->generation;
	/* connections keep a view of the name: it has a place of its own */
	name = rules_gateway_name(image);
	snprintf(deliver.name, sizeof(deliver.name), "%.*s", (int)name.len,
	    (const char *)name.ptr);
	if (first)
		maildir_init(image);
}

static void
spool_gone(void)
{
	/* it will send again what is not sent yet: forget that */
	jobs_orphan();
	hops_forget_waiting();
	connections_abort_unsent();
}

static void
on_spool(void *arg, struct ipc_channel *channel, struct ipc_message *message)
{
	(void)arg;
	(void)channel;
	if (message->kind == MSG_DELIVER && !deliver.stopping)
		job_take(message->fixed, message);
}

static void
on_spool_closed(void *arg, struct ipc_channel *channel)
{
	(void)arg;
	ipc_close(channel);
	if (deliver.spool != channel)
		return;
	deliver.spool = NULL;
	/* it is stopped before us; its death is the supervisor's alarm */
	log_info("the spool is gone");
	spool_gone();
}

static void
on_peer(struct ipc_message *message)
{
	const struct msg_peer *peer = message->fixed;
	struct ipc_handler handler = {
		.message = on_spool, .closed = on_spool_closed,
	};

	if (peer->role != ROLE_SPOOL)
		die(4, "a channel to role %u", peer->role);
	if (deliver.image == NULL)
		die(4, "a channel before the rules");
	if (deliver.spool != NULL) {
		ipc_close(deliver.spool);
		deliver.spool = NULL;
		spool_gone();
	}
	deliver.spool = ipc_open(deliver.loop, message->fds[0], ROLE_DELIVER,
	    ROLE_SPOOL, &handler);
	message->fds[0] = -1;
	if (deliver.spool == NULL)
		die(4, "no channel to the spool");
}

static void
on_stop_time(struct loop_timer *timer)
{
	(void)timer;
	log_warn("%u connections cut off", connections_used());
	loop_stop(deliver.loop);
}

/* Mails whose sending has begun may end; the spool keeps all others. */
static void
stop(void)
{
	if (deliver.stopping)
		return;
	deliver.stopping = true;
	hops_forget_waiting();
	deliver.stop_timer.fire = on_stop_time;
	if (loop_timer_set(deliver.loop, &deliver.stop_timer,
	    clock_monotonic_ms() + DELIVER_STOP_MS) != OK)
		require(false);
	connections_stop();
	if (connections_used() == 0)
		loop_stop(deliver.loop);
}

static void
on_supervisor(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	static const struct msg_empty empty;
	bool first = deliver.image == NULL;

	(void)arg;
	if (message->kind == MSG_RULES) {
		on_rules(message);
		if (first && ipc_send(channel, MSG_READY, &empty,
		    (struct span){ NULL, 0 }, NULL, 0) != OK)
			die(4, "cannot tell the supervisor");
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
	deliver.supervisor = NULL;
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

	deliver.loop = loop_new(DELIVER_CONNECTIONS_MAX + 8,
	    DELIVER_CONNECTIONS_MAX + 8);
	if (deliver.loop == NULL)
		die(4, "no memory for the loop");
	jobs_init();
	connections_init();
	role_start(ROLE_DELIVER, argc, argv, &start, &state);
	deliver.segment = start.segment;
	deliver.folders_n = start.folders_n;
	deliver.supervisor = ipc_open(deliver.loop, ROLE_FD_SUPERVISOR,
	    ROLE_DELIVER, ROLE_SUPERVISOR, &handler);
	if (deliver.supervisor == NULL)
		die(4, "no channel to the supervisor");
	if (loop_run(deliver.loop, &diag) != OK)
		die(4, "%s", diag.what);
	return 0;
}
