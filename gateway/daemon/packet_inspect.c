/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Flows that are allowed if they are what they should be. The handshake of
 * TCP passes; each packet with payload is held in the kernel and a copy goes
 * to sekisho-inspect, whose answer lets it go, or ends the flow. Where a rule
 * names the machine that answers (its MAC address), its first answer is
 * looked at here.
 */
#include <netinet/in.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../packet/mark.h"
#include "../packet/packet_reset.h"
#include "packet_internal.h"

#define NONE	((struct span){ NULL, 0 })

static uint64_t
flow_id(const struct packet_flow *flow)
{
	return (uint64_t)flow->serial << 32 |
	    packet_flow_index(gate.flows, flow);
}

/* ---- held packets ---- */

static void
free_held(uint32_t i)
{
	gate.held[i].used = false;
	gate.held[i].next = gate.held_free;
	gate.held_free = i;
}

/* FLOW_NONE: no room. */
static uint32_t
hold(const struct packet_seen *seen, struct packet_flow *flow)
{
	uint32_t i = gate.held_free, *link = &flow->held;
	struct span begin;

	if (i == FLOW_NONE || flow->held_n == PACKET_HELD_FLOW_MAX)
		return FLOW_NONE;
	gate.held_free = gate.held[i].next;
	gate.held[i] = (struct packet_held){ .nfq = seen->nfq,
		.id = seen->packet->id, .next = FLOW_NONE,
		.flow = packet_flow_index(gate.flows, flow),
		.serial = flow->serial, .seq = seen->facts.tcp_seq,
		.reply = seen->reply, .big = seen->packet->big, .used = true,
		.in = seen->packet->in, .out = seen->packet->out,
		.len = seen->packet->len };
	begin = span_sub(seen->packet->bytes, 0, sizeof(gate.held[i].bytes));
	memcpy(gate.held[i].bytes, begin.ptr, begin.len);
	gate.held[i].bytes_n = (uint32_t)begin.len;
	while (*link != FLOW_NONE)
		link = &gate.held[*link].next;
	*link = i;
	flow->held_n++;
	return i;
}

/*
 * Those of one direction (2: of both) get their verdict: as the flow is now,
 * or gone. only: this one alone; FLOW_NONE: all.
 */
static void
release(struct packet_flow *flow, unsigned direction, uint32_t only,
    bool drop)
{
	uint32_t *link = &flow->held, i;

	while ((i = *link) != FLOW_NONE) {
		struct packet_held *held = &gate.held[i];

		if ((direction != 2 && held->reply != (direction == 1)) ||
		    (only != FLOW_NONE && i != only)) {
			link = &held->next;
			continue;
		}
		*link = held->next;
		flow->held_n--;
		if (held->answered)
			;		/* by a reset */
		else if (drop)
			packet_nfq_drop(held->nfq, held->id);
		else
			packet_answer(flow, held->nfq, held->id);
		free_held(i);
	}
}

void
packet_inspect_forget(struct packet_flow *flow)
{
	const struct msg_inspect_end end = { flow_id(flow) };

	release(flow, 2, FLOW_NONE, true);
	if (flow->told && gate.inspect != NULL && ipc_send(gate.inspect,
	    MSG_INSPECT_END, &end, NONE, NULL, 0) == ERR_AGAIN)
		counter_add(COUNTER_IPC_FULL, 1);
	flow->told = false;
}

/*
 * Whoever waits for the oldest held packet of this direction gets a reset in
 * its place. Who sent it gets one from the table, when it sends it again.
 */
static void
reset_receiver(struct packet_flow *flow, bool reply)
{
	uint8_t bytes[PACKET_RESET_BYTES];
	struct packet_held *held = NULL;
	size_t len;

	for (uint32_t i = flow->held; i != FLOW_NONE && held == NULL;
	    i = gate.held[i].next)
		if (gate.held[i].reply == reply)
			held = &gate.held[i];
	if (held == NULL || held->big || flow->key.protocol != IPPROTO_TCP)
		return;
	len = packet_reset(&flow->key, reply, held->seq, bytes);
	packet_nfq_replace(held->nfq, held->id, mark_make(MARK_INSPECT,
	    gate.epoch, flow->rule), (struct span){ bytes, len });
	held->answered = true;
}

/*
 * Its packets are answered by a reset from now on, and the held ones too. by:
 * the one that it is cut for, else the first that waits.
 */
static void
cut(struct packet_flow *flow, enum counter why, uint32_t by)
{
	if (by == FLOW_NONE)
		by = flow->held;
	if (by != FLOW_NONE)
		packet_evidence_held(flow, &gate.held[by], why);
	flow->cut = (uint16_t)why;
	packet_count_cut(flow, why);
	counter_add(COUNTER_FLOWS_CUT, 1);
	reset_receiver(flow, false);
	reset_receiver(flow, true);
	packet_flow_set_state(gate.flows, flow, FLOW_CUT);
	release(flow, 2, FLOW_NONE, false);
	packet_inspect_forget(flow);
}

static void
allow(struct packet_flow *flow)
{
	packet_count_allowed(flow);
	packet_flow_set_state(gate.flows, flow, FLOW_ALLOWED);
	release(flow, 2, FLOW_NONE, false);
	flow->told = false;
}

/* ---- time ---- */

static void
set_late(void)
{
	const struct packet_flow *oldest = packet_flow_oldest(gate.flows);

	if (oldest == NULL)
		loop_timer_cancel(gate.loop, &gate.late);
	else if (loop_timer_set(gate.loop, &gate.late, oldest->since_ms +
	    PACKET_INSPECT_MS) != OK)
		die(4, "no timer");
}

static void
on_late(struct loop_timer *timer)
{
	uint64_t now = clock_monotonic_ms();
	struct packet_flow *flow;

	(void)timer;
	while ((flow = packet_flow_oldest(gate.flows)) != NULL &&
	    flow->since_ms + PACKET_INSPECT_MS <= now)
		cut(flow, COUNTER_REFUSED_LATE, FLOW_NONE);
	set_late();
}

void
packet_inspect_begin(struct packet_flow *flow)
{
	(void)flow;
	gate.late.fire = on_late;
	counter_add(COUNTER_FLOWS_INSPECTED, 1);
}

/* The talk begins: from here on it is in a hurry. */
static void
begin_talk(struct packet_flow *flow)
{
	bool first = packet_flow_oldest(gate.flows) == NULL;

	if (flow->state != FLOW_OPENING)
		return;
	flow->since_ms = clock_monotonic_ms();
	packet_flow_set_state(gate.flows, flow, FLOW_INSPECTED);
	if (first)
		set_late();
}

/* ---- packets ---- */

static void
ask(struct packet_seen *seen, struct packet_flow *flow)
{
	const struct packet_facts *facts = &seen->facts;
	const struct packet_flow_key *key = &flow->key;
	struct msg_inspect ask = { .flow = flow_id(flow),
		.epoch = gate.epoch, .rule = flow->rule,
		.isn = { flow->isn[0], flow->isn[1] },
		.seq = facts->tcp_seq, .bytes = facts->payload_bytes,
		.src_port = key->src_port, .dst_port = key->dst_port,
		.family = key->src.family, .protocol = key->protocol };
	uint32_t i = gate.inspect == NULL ? FLOW_NONE : hold(seen, flow);

	if (i == FLOW_NONE) {
		packet_refuse(seen, COUNTER_REFUSED_BUSY, flow->rule);
		return;
	}
	memcpy(ask.src, key->src.bytes, sizeof(ask.src));
	memcpy(ask.dst, key->dst.bytes, sizeof(ask.dst));
	ask.packet = i;
	ask.flags = (uint8_t)((flow->told ? 0 : INSPECT_FIRST) |
	    (seen->reply ? INSPECT_REPLY : 0) |
	    (facts->fin ? INSPECT_FIN : 0) | (facts->urg ? INSPECT_URG : 0));
	if (ipc_send(gate.inspect, MSG_INSPECT, &ask, facts->payload, NULL,
	    0) == OK) {
		flow->told = true;
		return;
	}
	packet_count_refused(packet_link_segment(seen->packet->in),
	    packet_link_segment(seen->packet->out), COUNTER_REFUSED_BUSY);
	packet_evidence_held(flow, &gate.held[i], COUNTER_REFUSED_BUSY);
	release(flow, 2, i, true);
}

/* The rule names the machine that answers. */
static bool
right_machine(const struct packet_seen *seen, const struct packet_flow *flow)
{
	struct rules_flow said;

	rules_flow(gate.image, flow->rule, &said);
	return !said.to_mac_set || (seen->packet->has_mac && memcmp(
	    said.to_mac, seen->packet->mac, sizeof(said.to_mac)) == 0);
}

/* The first answer, by whom it comes. False: the packet has its verdict. */
static bool
take_answer(struct packet_seen *seen, struct packet_flow *flow)
{
	if (!seen->reply || flow->answered)
		return true;
	if (!right_machine(seen, flow)) {
		packet_evidence_refused(seen, COUNTER_REFUSED_MAC,
		    flow->rule);
		cut(flow, COUNTER_REFUSED_MAC, FLOW_NONE);
		packet_answer(flow, seen->nfq, seen->packet->id);
		return false;
	}
	flow->answered = true;
	flow->isn[1] = seen->facts.tcp_seq;
	if (flow->spoken != 0)
		return true;
	allow(flow);
	packet_answer(flow, seen->nfq, seen->packet->id);
	return false;
}

static void
tcp_packet(struct packet_seen *seen, struct packet_flow *flow)
{
	const struct packet_facts *facts = &seen->facts;
	bool opening = facts->syn && facts->payload_bytes == 0 &&
	    facts->ack == seen->reply;

	if (facts->rst && facts->payload_bytes == 0) {
		packet_answer(flow, seen->nfq, seen->packet->id);
	} else if (opening && !flow->told) {
		if (!seen->reply)
			flow->isn[0] = facts->tcp_seq;
		else if (flow->answered)
			flow->isn[1] = facts->tcp_seq;
		if (take_answer(seen, flow))
			packet_answer(flow, seen->nfq, seen->packet->id);
	} else if (facts->syn || facts->rst || !flow->answered) {
		/* data before the handshake is over, or a second one */
		packet_refuse(seen, COUNTER_REFUSED_STRAY, flow->rule);
	} else {
		begin_talk(flow);
		if (facts->payload_bytes == 0 && !facts->fin)
			packet_answer(flow, seen->nfq, seen->packet->id);
		else
			ask(seen, flow);
	}
}

void
packet_inspect_packet(struct packet_seen *seen, struct packet_flow *flow)
{
	if (flow->key.protocol == IPPROTO_TCP) {
		tcp_packet(seen, flow);
		return;
	}
	if (!take_answer(seen, flow))
		return;
	if (flow->spoken == 0) {
		packet_answer(flow, seen->nfq, seen->packet->id);
		return;
	}
	begin_talk(flow);
	ask(seen, flow);
}

/* ---- the inspector ---- */

static void
from_inspect(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	const struct msg_inspected *answer = message->fixed;
	struct packet_flow *flow;
	struct packet_held *held;

	(void)arg;
	(void)channel;
	flow = packet_flow_at(gate.flows, (uint32_t)answer->flow);
	if (flow == NULL || flow->serial != answer->flow >> 32 ||
	    (flow->state != FLOW_INSPECTED && flow->state != FLOW_WATCHED))
		return;			/* decided without it */
	if (answer->packet >= PACKET_HELD_MAX)
		die(4, "an answer about packet %u", answer->packet);
	held = &gate.held[answer->packet];
	if (!held->used || held->serial != flow->serial ||
	    held->flow != (uint32_t)answer->flow)
		return;
	switch (answer->answer) {
	case INSPECTED_HOLD:
		break;
	case INSPECTED_PASS:
		release(flow, held->reply ? 1 : 0, FLOW_NONE, false);
		/* datagrams are judged one by one, as long as it lives */
		if (flow->key.protocol == IPPROTO_UDP) {
			if (flow->state != FLOW_WATCHED)
				packet_count_allowed(flow);
			packet_flow_set_state(gate.flows, flow, FLOW_WATCHED);
			set_late();
		}
		break;
	case INSPECTED_ALLOW:
		allow(flow);
		set_late();
		break;
	case INSPECTED_DROP:
		if (answer->reason != 0)	/* else it has other rules */
			packet_evidence_held(flow, held,
			    COUNTER_REFUSED_INSPECT);
		release(flow, 2, answer->packet, true);
		break;
	case INSPECTED_CUT:
		flow->told = false;	/* it has forgotten it itself */
		cut(flow, COUNTER_REFUSED_INSPECT, answer->packet);
		set_late();
		break;
	default:
		die(4, "an answer of kind %u", answer->answer);
	}
}

/* What it had seen of the flows, nobody knows any more. */
static void
lose_inspector(void)
{
	struct packet_flow *flow;

	ipc_close(gate.inspect);
	gate.inspect = NULL;
	for (uint32_t i = 0; i < FLOWS_MAX; i++) {
		flow = packet_flow_at(gate.flows, i);
		if (flow != NULL && flow->told)
			cut(flow, COUNTER_REFUSED_BUSY, FLOW_NONE);
	}
	set_late();
}

static void
inspect_closed(void *arg, struct ipc_channel *channel)
{
	(void)arg;
	(void)channel;
	lose_inspector();
}

void
packet_inspect_peer(int fd)
{
	const struct ipc_handler handler = { .message = from_inspect,
		.closed = inspect_closed };

	if (gate.inspect != NULL)
		lose_inspector();
	gate.inspect = ipc_open(gate.loop, fd, ROLE_PACKET, ROLE_INSPECT,
	    &handler);
	if (gate.inspect == NULL)
		die(4, "no room for a channel");
}
