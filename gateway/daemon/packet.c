/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho-packet: verdicts on flows. It looks at fixed headers only, because
 * the kernel asks for CAP_NET_ADMIN with each verdict and so it cannot be
 * given up; payload goes to sekisho-inspect. It never waits for anybody: what
 * has no room is refused and counted. All memory is taken at the start, but
 * for new rules.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../packet/mark.h"
#include "../proc/role.h"
#include "packet_internal.h"

#define NONE		((struct span){ NULL, 0 })
#define WATCHES_MAX	(NFQ_QUEUES_MAX + 9)
#define EVENT_ROUNDS_MAX	64
#define YOUNG_MS	6000	/* perhaps not in the kernel's table yet:
				   its first packet may still be held */
_Static_assert(YOUNG_MS > PACKET_INSPECT_MS, "as long as one is held");

struct packet_gate gate;

/* ---- what the kernel says of flows ---- */

void
packet_end(struct packet_flow *flow,
    const struct packet_conntrack_entry *entry)
{
	packet_evidence_ended(flow, entry);
	packet_count_ended(flow, entry);
	packet_inspect_forget(flow);
	packet_flow_remove(gate.flows, flow);
	counter_add(COUNTER_FLOWS_ENDED, 1);
	counter_set(COUNTER_FLOWS_OPEN, packet_flow_n(gate.flows));
}

static void
on_gone(void *arg, const struct packet_conntrack_entry *entry)
{
	struct packet_flow *flow = packet_flow_find(gate.flows, &entry->key);

	(void)arg;
	if (flow != NULL)
		packet_end(flow, entry);
}

/*
 * A flow that the process before us, or we, let through in this epoch: it was
 * found to be what its rule says.
 */
static void
on_entry(void *arg, const struct packet_conntrack_entry *entry)
{
	uint32_t rule = entry->mark & MARK_RULE;
	struct packet_flow *flow = packet_flow_find(gate.flows, &entry->key);

	(void)arg;
	if (flow != NULL) {
		flow->dump = gate.dump;
		return;
	}
	if ((entry->mark & ~MARK_RULE) != mark_make(MARK_ALLOW, gate.epoch,
	    0) || rule >= rules_flows(gate.image))
		return;
	if (packet_flow_add(gate.flows, &entry->key, FLOW_ALLOWED, rule, 0,
	    &flow) != FLOW_TAKEN) {
		packet_count_refused(rules_segment_of(gate.image,
		    &entry->key.src), rules_segment_of(gate.image,
		    &entry->key.dst), COUNTER_REFUSED_TABLE_FULL);
		return;
	}
	flow->spoken = packet_rules_spoken(rule, &entry->key);
	flow->since_ms = clock_monotonic_ms();
	flow->dump = gate.dump;
	packet_evidence_allowed(flow);
	if (entry->start_ns != 0)
		flow->start_ms = entry->start_ns / 1000000;
	packet_count_known(flow, rules_segment_of(gate.image,
	    &flow->key.src), rules_segment_of(gate.image, &flow->key.dst));
}

/*
 * What is not in the kernel's table is over. One that was there the last time
 * is looked for once more: a dump beside changes may miss it, and a flow that
 * lives would be without what is known of it.
 */
static void
sweep(void)
{
	struct packet_flow *flow;

	for (uint32_t i = 0; i < FLOWS_MAX; i++) {
		flow = packet_flow_at(gate.flows, i);
		if (flow != NULL && flow->dump != gate.dump &&
		    flow->dump + 1 != gate.dump &&
		    flow->since_ms + YOUNG_MS < gate.dump_ms)
			packet_end(flow, NULL);
	}
}

static void
on_dump_end(void *arg, bool whole)
{
	(void)arg;
	gate.dumping = false;
	if (whole)
		sweep();
	if (!whole || gate.dump_again)
		packet_conntrack_ask();
}

void
packet_conntrack_ask(void)
{
	struct diag diag;

	gate.dump_again = gate.dumping;
	if (gate.dumping)
		return;
	gate.dump++;
	gate.dump_ms = clock_monotonic_ms();
	if (packet_conntrack_dump(gate.conntrack, &diag) != OK)
		die(4, "%s: %s", diag.what, strerror(diag.errnum));
	gate.dumping = true;
}

void
packet_conntrack_read(void)
{
	struct diag diag;
	bool lost, more = true;

	for (unsigned i = 0; more && i < EVENT_ROUNDS_MAX; i++) {
		if (packet_conntrack_receive(gate.conntrack, &lost, &more,
		    &diag) != OK)
			die(4, "%s: %s", diag.what, strerror(diag.errnum));
		if (lost && gate.image != NULL) {
			counter_add(COUNTER_EVENTS_LOST, 1);
			packet_conntrack_ask();
		}
	}
}

/*
 * A flow whose first packet did not get through in the end (the kernel drops
 * what waits when a hook goes, as with each new table) is one that the kernel
 * never knew, and tells no end of.
 */
static void
look_for_lost(struct loop_timer *timer)
{
	if (packet_flow_n(gate.flows) > 0 && !gate.dumping)
		packet_conntrack_ask();
	if (loop_timer_set(gate.loop, timer, clock_monotonic_ms() +
	    PACKET_SWEEP_MS) != OK)
		die(4, "no timer");
}

static void
on_conntrack(struct loop_watch *watch, uint32_t events)
{
	(void)watch;
	(void)events;
	packet_conntrack_read();
}

/* ---- queues ---- */

static void
on_queue(struct loop_watch *watch, uint32_t events)
{
	struct packet_queue *queue = (struct packet_queue *)watch;
	struct diag diag;
	bool more = true;

	(void)events;
	for (unsigned i = 0; more && i < PACKET_ROUNDS_MAX; i++)
		if (packet_nfq_receive(queue->nfq, &more, &diag) != OK)
			die(4, "%s: %s", diag.what, strerror(diag.errnum));
}

/* Verdicts that did not come out of a batch: of held packets. */
static void
flush(void)
{
	for (unsigned i = 0; i < gate.queues_n; i++)
		packet_nfq_flush(gate.queues[i].nfq);
}

static void
end_round(void *arg)
{
	(void)arg;
	flush();
	packet_dropped_read();
}

/* ---- messages ---- */

static void
take_rules(struct ipc_channel *channel, struct ipc_message *message)
{
	bool first = gate.image == NULL;
	const struct msg_empty ready = { 0 };
	struct msg_epoch epoch = { 0 };

	/* what was accepted by the rules before goes before the new ones */
	flush();
	packet_rules_take(message);
	epoch.epoch = gate.epoch;
	if (first)
		packet_conntrack_ask();
	if ((first && ipc_send(channel, MSG_READY, &ready, NONE, NULL, 0) !=
	    OK) || ipc_send(channel, MSG_EPOCH, &epoch, NONE, NULL, 0) != OK)
		die(4, "the supervisor is gone");
}

static void
from_supervisor(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	const struct msg_peer *peer = message->fixed;

	(void)arg;
	if (message->kind == MSG_RULES) {
		take_rules(channel, message);
	} else if (message->kind == MSG_PEER && peer->role == ROLE_INSPECT) {
		packet_inspect_peer(message->fds[0]);
		message->fds[0] = -1;
	} else if (message->kind == MSG_PEER && peer->role == ROLE_CAPTURE) {
		packet_evidence_peer(message->fds[0]);
		message->fds[0] = -1;
	} else if (message->kind == MSG_STOP) {
		loop_stop(gate.loop);
	} else {
		die(4, "message %d out of place", (int)message->kind);
	}
}

static void
supervisor_closed(void *arg, struct ipc_channel *channel)
{
	(void)arg;
	(void)channel;
	die(4, "the supervisor is gone");
}

/* ---- start ---- */

/* Before the sandbox, and with it the right to make sockets, is closed. */
static void
open_all(void)
{
	const struct packet_nfq_handler packets = { packet_decide, NULL,
		packet_count_latency() };
	const struct packet_conntrack_handler flows = { on_gone, on_entry,
		on_dump_end, NULL };
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct diag diag;

	gate.queues_n = processors < 1 ? 1 : processors > NFQ_QUEUES_MAX ?
	    NFQ_QUEUES_MAX : (unsigned)processors;
	for (unsigned i = 0; i < gate.queues_n; i++)
		if (packet_nfq_open((uint16_t)(NFQ_FIRST + i), &packets,
		    &gate.queues[i].nfq, &diag) != OK)
			die(4, "queue %u: %s: %s", NFQ_FIRST + i, diag.what,
			    strerror(diag.errnum));
	if (packet_conntrack_open(&flows, &gate.conntrack, &diag) != OK)
		die(4, "%s: %s", diag.what, strerror(diag.errnum));
	packet_link_open();
	packet_trouble_open();
	packet_dropped_open();
	packet_audit_open();
	gate.flows = packet_flow_new();
	gate.sample = packet_sample_new();
	gate.scan = packet_scan_new();
	gate.loop = loop_new(WATCHES_MAX, 5);
	if (gate.flows == NULL || gate.sample == NULL || gate.scan == NULL ||
	    gate.loop == NULL)
		die(4, "no memory");
	for (uint32_t i = 0; i < PACKET_HELD_MAX; i++)
		gate.held[i].next = i + 1 < PACKET_HELD_MAX ? i + 1 :
		    FLOW_NONE;
}

static void
watch(struct loop_watch *w, int fd,
    void (*ready)(struct loop_watch *, uint32_t))
{
	w->fd = fd;
	w->ready = ready;
	if (loop_watch_add(gate.loop, w, EPOLLIN) != OK)
		die(4, "cannot watch a descriptor");
}

int
main(int argc, char **argv)
{
	const struct ipc_handler handler = { .message = from_supervisor,
		.closed = supervisor_closed };
	struct role_start start;
	struct role_state state;
	struct diag diag;

	packet_count_open();
	open_all();
	role_start(ROLE_PACKET, argc, argv, &start, &state);
	gate.supervisor = ipc_open(gate.loop, ROLE_FD_SUPERVISOR,
	    ROLE_PACKET, ROLE_SUPERVISOR, &handler);
	if (gate.supervisor == NULL)
		die(4, "no channel to the supervisor");
	for (unsigned i = 0; i < gate.queues_n; i++)
		watch(&gate.queues[i].watch,
		    packet_nfq_fd(gate.queues[i].nfq), on_queue);
	watch(&gate.events, packet_conntrack_event_fd(gate.conntrack),
	    on_conntrack);
	watch(&gate.answers, packet_conntrack_answer_fd(gate.conntrack),
	    on_conntrack);
	packet_link_start();
	packet_trouble_start();
	gate.sweep.fire = look_for_lost;
	look_for_lost(&gate.sweep);
	packet_dropped_start();
	packet_audit_start();
	loop_on_round(gate.loop, end_round, NULL);
	if (loop_run(gate.loop, &diag) != OK)
		die(4, "%s: %s", diag.what, strerror(diag.errnum));
	return 0;
}
