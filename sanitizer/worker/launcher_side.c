/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Children of the zygotes: started, listened to, killed. What a mail's child
 * may order, and what becomes of a result, is its owner's business.
 */
#include <string.h>
#include <unistd.h>

#include "../../gateway/base/log.h"
#include "../../gateway/proc/counters.h"
#include "launcher.h"

static struct side *sides;
static uint64_t last_job;

static void
over(struct side *side)
{
	if (side->exited && side->channel == NULL)
		side->is->over(side);
}

static void
wrong(struct side *side, const char *why, bool invalid)
{
	if (side->is->wrong != NULL)
		side->is->wrong(side, why, invalid);
	side_kill(side);
}

static void
on_message(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	struct side *side = arg;

	(void)channel;
	if (side->killed)
		return;		/* it speaks to nobody */
	if (message->kind != MSG_JOB_DONE) {
		if (side->done || side->is->order == NULL ||
		    !side->is->order(side, message))
			wrong(side, "a message out of place", false);
		return;
	}
	if (side->done || buf_add(&side->tail, message->tail) != OK) {
		wrong(side, "a message out of place", false);
		return;
	}
	memcpy(&side->result, message->fixed, sizeof(side->result));
	side->done = true;
	for (unsigned i = 0; i < message->fds_n && i < 2; i++) {
		side->fds[i] = message->fds[i];
		message->fds[i] = -1;
	}
}

static void
on_closed(void *arg, struct ipc_channel *channel)
{
	struct side *side = arg;

	ipc_close(channel);
	side->channel = NULL;
	over(side);
}

/* Bytes that are no message: the child was taken over. */
static void
on_invalid(void *arg, struct ipc_channel *channel, const char *why)
{
	wrong(arg, why, true);
	on_closed(arg, channel);
}

bool
side_start(struct side *side)
{
	const struct ipc_handler handler = { .message = on_message,
		.closed = on_closed, .arg = side, .invalid = on_invalid };
	int fd;

	side->job = ++last_job;
	side->done = side->exited = side->killed = side->late = false;
	side->fds[0] = side->fds[1] = -1;
	buf_init(&side->tail, MSG_TAIL_BYTES_MAX);
	if (zygote_job(side->kind, side->job, &fd) != OK) {
		side->job = 0;
		return false;
	}
	side->channel = ipc_open(launcher.loop, fd, ROLE_SANITIZE,
	    ROLE_WORKER, &handler);
	if (side->channel == NULL)
		die(4, "no room for a channel");
	side->next = sides;
	sides = side;
	counter_add(COUNTER_CHILDREN, 1);
	return true;
}

/*
 * Once: a child that sends on and on until it is gone must not fill the
 * channel to its zygote, where the other jobs' orders go.
 */
void
side_kill(struct side *side)
{
	if (side->job == 0 || side->exited || side->killed)
		return;
	side->killed = true;
	zygote_kill(side->kind, side->job);
}

void
side_fini(struct side *side)
{
	for (struct side **at = &sides; *at != NULL; at = &(*at)->next)
		if (*at == side) {
			*at = side->next;
			break;
		}
	ipc_close(side->channel);
	side->channel = NULL;
	for (unsigned i = 0; i < 2; i++) {
		if (side->fds[i] != -1)
			close(side->fds[i]);
		side->fds[i] = -1;
	}
	buf_fini(&side->tail);
	side->job = 0;
	side->done = side->exited = side->killed = false;
}

void
sides_ended(const struct msg_job_exit *message)
{
	struct side *side = sides;

	while (side != NULL && side->job != message->job)
		side = side->next;
	if (side == NULL)
		return;
	side->exited = true;
	side->exit = *message;
	counter_add(COUNTER_CHILD_CPU_US, message->cpu_us);
	over(side);
}
