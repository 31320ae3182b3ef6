/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stands in for sekisho-audit in a bench: it says that the log is open, and of
 * each record at once that it is durable, and writes nothing. What a relay
 * does more beside it is what the audit log costs.
 */
#include "../gateway/base/log.h"
#include "../gateway/proc/ipc.h"
#include "../gateway/proc/role.h"

#define NONE	((struct span){ NULL, 0 })

static struct loop *loop;
static struct ipc_channel *supervisor;

static void
say(struct ipc_channel *channel, enum msg_kind kind, const void *fixed)
{
	if (ipc_send(channel, kind, fixed, NONE, NULL, 0) != OK)
		die(4, "a message cannot be sent");
}

static void
say_open(struct ipc_channel *channel)
{
	const struct msg_audit_state open = { .open = 1 };

	say(channel, MSG_AUDIT_STATE, &open);
}

static void
closed(void *arg, struct ipc_channel *channel)
{
	(void)arg;
	if (channel == supervisor)
		die(4, "the supervisor is gone");
	ipc_close(channel);
}

static void
on_record(void *arg, struct ipc_channel *channel, struct ipc_message *message)
{
	const struct msg_audit *record = message->fixed;
	const struct msg_audited yes = { .token = record->token,
		.status = OK };

	(void)arg;
	if (record->token != 0)
		say(channel, MSG_AUDITED, &yes);
}

static void
new_peer(struct ipc_message *message)
{
	const struct msg_peer *peer = message->fixed;
	const struct ipc_handler handler = { .message = on_record,
		.closed = closed };
	struct ipc_channel *channel = ipc_open(loop, message->fds[0],
	    ROLE_AUDIT, (enum role_id)peer->role, &handler);

	message->fds[0] = -1;
	if (channel == NULL)
		die(4, "no room for a channel");
	if (peer->role == ROLE_SPOOL)
		say_open(channel);
}

static void
from_supervisor(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	const struct msg_empty ready = { 0 };

	if (message->kind == MSG_AUDIT) {
		on_record(arg, channel, message);
	} else if (message->kind == MSG_PEER) {
		new_peer(message);
	} else if (message->kind == MSG_AUDIT_KEY) {
		say_open(channel);
		say(channel, MSG_READY, &ready);
	} else if (message->kind == MSG_STOP) {
		loop_stop(loop);
	}
}

int
main(int argc, char **argv)
{
	const struct ipc_handler handler = { .message = from_supervisor,
		.closed = closed };
	struct role_start start;
	struct role_state state;
	struct diag diag;

	loop = loop_new(8, 4);
	if (loop == NULL)
		die(4, "no memory");
	role_start(ROLE_AUDIT, argc, argv, &start, &state);
	supervisor = ipc_open(loop, ROLE_FD_SUPERVISOR, ROLE_AUDIT,
	    ROLE_SUPERVISOR, &handler);
	if (supervisor == NULL)
		die(4, "no channel to the supervisor");
	if (loop_run(loop, &diag) != OK)
		die(4, "%s", diag.what);
	return 0;
}
