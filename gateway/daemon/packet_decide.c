/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A packet of the queue to its verdict. Three kinds come: the first of a new
 * flow, one of a flow that is inspected, and one of a flow that was allowed
 * before the rules changed. The mark that goes back with an accepted packet
 * is what the kernel remembers of the flow (packet/mark.h).
 *
 *	nothing known --rule allows-----------> ALLOWED (kernel forwards)
 *	nothing known --rule allows, speaks---> OPENING -> INSPECTED
 *	INSPECTED --inspector: good-----------> ALLOWED
 *	INSPECTED --not what it should speak--> CUT (reset by the table)
 *	ALLOWED --new rules: no more----------> CUT
 */
#include <netinet/in.h>
#include <string.h>

#include "../base/clock.h"
#include "../packet/mark.h"
#include "packet_internal.h"

/* ---- facts ---- */

static void
make_key(struct packet_seen *seen)
{
	const struct packet_facts *f = &seen->facts;
	struct packet_flow_key *key = &seen->key;
	bool r = seen->reply;
	uint8_t type = f->icmp_type;

	memset(key, 0, sizeof(*key));
	key->src = r ? f->dst : f->src;
	key->dst = r ? f->src : f->dst;
	key->protocol = f->protocol;
	if (f->protocol == IPPROTO_ICMP || f->protocol == IPPROTO_ICMPV6) {
		/* the answer to an echo request, as the request was */
		if (r && f->protocol == IPPROTO_ICMP && type == 0)
			type = 8;
		else if (r && f->protocol == IPPROTO_ICMPV6 && type == 129)
			type = 128;
		key->src_port = f->icmp_id;
		key->dst_port = (uint16_t)(type << 8 | f->icmp_code);
		return;
	}
	key->src_port = r ? f->dst_port : f->src_port;
	key->dst_port = r ? f->src_port : f->dst_port;
}

void
packet_refuse(const struct packet_seen *seen, enum counter why, uint32_t rule)
{
	packet_count_refused(packet_link_segment(seen->packet->in),
	    packet_link_segment(seen->packet->out), why);
	packet_evidence_refused(seen, why, rule);
	packet_nfq_drop(seen->nfq, seen->packet->id);
}

static uint32_t
state_of(const struct packet_flow *flow)
{
	switch (flow->state) {
	case FLOW_ALLOWED:
		return MARK_ALLOW;
	case FLOW_OPENING:
	case FLOW_INSPECTED:
	case FLOW_WATCHED:
		return MARK_INSPECT;
	case FLOW_CUT:
	case FLOW_FREE:
		break;
	}
	return MARK_CUT;
}

void
packet_answer(const struct packet_flow *flow, struct packet_nfq *nfq,
    struct packet_nfq_id id)
{
	packet_nfq_accept(nfq, id, mark_make(state_of(flow), gate.epoch,
	    flow->rule));
}

/* ---- new flows ---- */

/* Only what may begin a flow: the kernel lets a stray ACK through as new. */
static bool
may_begin(const struct packet_seen *seen)
{
	const struct packet_facts *f = &seen->facts;

	if (seen->reply)
		return false;
	return f->protocol != IPPROTO_TCP ||
	    (f->syn && !f->ack && !f->rst && !f->fin);
}

static enum counter
counter_of(enum packet_flow_refusal refusal)
{
	switch (refusal) {
	case FLOW_RULE_FULL:
		return COUNTER_REFUSED_LIMIT;
	case FLOW_SOURCE_FULL:
		return COUNTER_REFUSED_SOURCE_LIMIT;
	case FLOW_TABLE_FULL:
	case FLOW_TAKEN:
		break;
	}
	return COUNTER_REFUSED_TABLE_FULL;
}

/* It leaves by the segment that its address belongs to. */
static bool
routed_right(const struct packet_seen *seen)
{
	uint32_t out = packet_link_segment(seen->packet->out);
	const struct address *dst = seen->reply ? &seen->key.src :
	    &seen->key.dst;

	return out != RULES_NONE &&
	    rules_segment_of(gate.image, dst) == out;
}

static void
let_in(struct packet_seen *seen, uint32_t rule)
{
	const struct packet_nfq_packet *packet = seen->packet;
	struct rules_flow said;
	struct packet_flow *flow;
	enum packet_flow_refusal refusal;
	uint32_t spoken = packet_rules_spoken(rule, &seen->key);
	bool looked_at;

	rules_flow(gate.image, rule, &said);
	looked_at = said.to_mac_set || spoken != 0;
	refusal = packet_flow_add(gate.flows, &seen->key, looked_at ?
	    FLOW_OPENING : FLOW_ALLOWED, rule, said.flows_max, &flow);
	if (refusal != FLOW_TAKEN) {
		packet_refuse(seen, counter_of(refusal), rule);
		return;
	}
	flow->link = packet->in;
	flow->spoken = spoken;
	flow->has_mac = packet->has_mac;
	memcpy(flow->mac, packet->mac, sizeof(flow->mac));
	flow->since_ms = clock_monotonic_ms();
	packet_evidence_allowed(flow);
	packet_count_known(flow, packet_link_segment(packet->in),
	    packet_link_segment(packet->out));
	if (looked_at) {
		packet_inspect_begin(flow);
		packet_inspect_packet(seen, flow);
		return;
	}
	packet_count_allowed(flow);
	packet_answer(flow, seen->nfq, packet->id);
}

static void
decide_new(struct packet_seen *seen)
{
	const struct packet_nfq_packet *packet = seen->packet;
	enum counter why;
	uint32_t rule;
	bool good;

	if (!may_begin(seen)) {
		packet_refuse(seen, COUNTER_REFUSED_STRAY, RULES_NONE);
		return;
	}
	good = packet_rules_allow(&seen->key, packet_link_segment(
	    packet->in), packet->has_mac ? packet->mac : NULL, &rule, &why);
	packet_count_hit(rule);
	if (!good)
		packet_refuse(seen, why, rule);
	else if (!routed_right(seen))
		packet_refuse(seen, COUNTER_REFUSED_ROUTE, rule);
	else
		let_in(seen, rule);
}

/* ---- flows that the kernel knows, and we do not ---- */

static void
cut_adopted(const struct packet_seen *seen, struct packet_flow *flow,
    enum counter why)
{
	flow->cut = (uint16_t)why;
	counter_add(COUNTER_FLOWS_CUT, 1);
	packet_evidence_refused(seen, why, flow->rule);
}

/*
 * We were started anew, and its entry came too late for our dump. What it
 * speaks nobody knows any more: with a rule that says what, it is cut.
 */
static void
adopt(struct packet_seen *seen)
{
	const struct packet_nfq_packet *packet = seen->packet;
	struct packet_flow *flow;
	enum counter why;
	uint32_t link, rule;
	const uint8_t *mac = NULL;
	bool good;

	link = seen->reply ? packet->out : packet->in;
	if (!seen->reply && packet->has_mac)
		mac = packet->mac;
	good = packet_rules_allow(&seen->key, packet_link_segment(link), mac,
	    &rule, &why);
	/* who sent the first packet is not known from an answer: wait */
	if (!good && seen->reply) {
		packet_refuse(seen, COUNTER_REFUSED_STRAY, RULES_NONE);
		return;
	}
	if (rule == RULES_NONE) {
		packet_refuse(seen, why, rule);
		return;
	}
	if (packet_flow_add(gate.flows, &seen->key, FLOW_CUT, rule, 0,
	    &flow) != FLOW_TAKEN) {
		packet_refuse(seen, COUNTER_REFUSED_TABLE_FULL, rule);
		return;
	}
	flow->link = link;
	flow->has_mac = mac != NULL;
	if (mac != NULL)
		memcpy(flow->mac, mac, sizeof(flow->mac));
	packet_evidence_allowed(flow);
	packet_count_known(flow, packet_link_segment(link),
	    rules_segment_of(gate.image, &flow->key.dst));
	if (good && packet_rules_spoken(rule, &seen->key) == 0)
		packet_flow_set_state(gate.flows, flow, FLOW_ALLOWED);
	else
		cut_adopted(seen, flow, good ? COUNTER_REFUSED_INSPECT : why);
	packet_answer(flow, seen->nfq, packet->id);
}

/* ---- any packet ---- */

/*
 * What we know of it is of a flow before: the kernel has forgotten that. Its
 * word of it is read first, so that it does not end the new one.
 */
static void
end_earlier(const struct packet_flow_key *key)
{
	struct packet_flow *flow;

	packet_conntrack_read();
	flow = packet_flow_find(gate.flows, key);
	if (flow != NULL)
		packet_end(flow, NULL);
}

static void
decide_known(struct packet_seen *seen, struct packet_flow *flow)
{
	if (flow->state != FLOW_ALLOWED && flow->state != FLOW_CUT)
		packet_inspect_packet(seen, flow);
	else
		packet_answer(flow, seen->nfq, seen->packet->id);
}

void
packet_decide(void *arg, struct packet_nfq *nfq,
    const struct packet_nfq_packet *packet)
{
	struct packet_seen seen = { .nfq = nfq, .packet = packet };
	uint32_t mark = packet->mark;
	struct packet_flow *flow;

	(void)arg;
	counter_add(COUNTER_PACKETS_QUEUED, 1);
	seen.reply = (mark & MARK_REPLY) != 0;
	if (gate.image == NULL) {
		packet_refuse(&seen, COUNTER_REFUSED_NO_RULES, RULES_NONE);
		return;
	}
	seen.parsed = packet_parse(PACKET_LINK_RAW, packet->bytes,
	    packet->len, &seen.facts) == PACKET_OK;
	if (!seen.parsed || seen.facts.fragment) {
		packet_refuse(&seen, COUNTER_REFUSED_MALFORMED, RULES_NONE);
		return;
	}
	make_key(&seen);
	flow = packet_flow_find(gate.flows, &seen.key);
	if ((mark & (MARK_WAS_INSPECTED | MARK_WAS_ALLOWED)) == 0) {
		if (flow != NULL && !seen.reply)
			end_earlier(&seen.key);
		decide_new(&seen);
	} else if (flow != NULL) {
		decide_known(&seen, flow);
	} else if ((mark & MARK_WAS_INSPECTED) != 0) {
		/* its first bytes are gone with the process before us */
		counter_add(COUNTER_FLOWS_CUT, 1);
		packet_nfq_accept(nfq, packet->id, mark_make(MARK_CUT,
		    gate.epoch, 0));
	} else {
		adopt(&seen);
	}
}
