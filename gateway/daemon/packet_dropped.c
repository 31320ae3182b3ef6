/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the kernel's table drops by itself nobody asks us about. Some of it the
 * kernel shows us, and it becomes evidence as what we refuse. It comes after
 * all verdicts: of each round a few, and without it everything else works.
 */
#include "../base/log.h"
#include "packet_internal.h"

static const enum counter counters[DROP_N] = {
	[DROP_SPOOFED] = COUNTER_DROPPED_SPOOFED,
	[DROP_OPTIONS] = COUNTER_DROPPED_OPTIONS,
	[DROP_MISROUTED] = COUNTER_DROPPED_MISROUTED,
	[DROP_CUT] = COUNTER_DROPPED_CUT,
	[DROP_INPUT] = COUNTER_DROPPED_INPUT,
	[DROP_OUTPUT] = COUNTER_DROPPED_OUTPUT,
	[DROP_INTERFACE] = COUNTER_DROPPED_INTERFACE,
	[DROP_PAIR] = COUNTER_DROPPED_PAIR,
	[DROP_INVALID] = COUNTER_DROPPED_INVALID,
	[DROP_RELATED] = COUNTER_DROPPED_RELATED,
	[DROP_NAT] = COUNTER_DROPPED_NAT,
	[DROP_FLOW_CUT] = COUNTER_DROPPED_FLOW_CUT,
	[DROP_NO_VERDICT] = COUNTER_DROPPED_NO_VERDICT,
};

static void
on_packet(void *arg, const struct packet_log_packet *packet)
{
	enum counter why = counters[packet->why];

	(void)arg;
	packet_count_refused(packet_link_segment(packet->in),
	    packet_link_segment(packet->out), why);
	packet_evidence_dropped(packet, why);
}

static void
on_ready(struct loop_watch *watch, uint32_t events)
{
	(void)watch;
	(void)events;
	gate.log_ready = true;		/* at the end of the round */
}

void
packet_dropped_read(void)
{
	uint64_t lost;
	struct diag diag;

	if (!gate.log_ready)
		return;
	gate.log_ready = false;
	if (packet_log_receive(gate.log, &lost, &diag) == OK) {
		if (lost > 0)
			counter_add(COUNTER_EVIDENCE_LOST, lost);
		return;
	}
	log_alarm("what the kernel's table drops leaves no evidence any more: "
	    "%s", diag.what);
	loop_watch_remove(gate.loop, &gate.log_watch);
	packet_log_close(gate.log);
	gate.log = NULL;
	counter_set(COUNTER_DROPS_HEARD, 0);
}

/* Before the sandbox. A kernel may have no log, or somebody else the group. */
void
packet_dropped_open(void)
{
	const struct packet_log_handler handler = { on_packet, NULL };
	struct diag diag;

	if (packet_log_open(&handler, &gate.log, &diag) != OK)
		log_warn("what the kernel's table drops leaves no evidence: "
		    "%s", diag.what);
}

void
packet_dropped_start(void)
{
	if (gate.log == NULL)
		return;
	gate.log_watch.fd = packet_log_fd(gate.log);
	gate.log_watch.ready = on_ready;
	if (loop_watch_add(gate.loop, &gate.log_watch, EPOLLIN) != OK)
		die(4, "cannot watch the log of the kernel");
	counter_set(COUNTER_DROPS_HEARD, 1);
}
