/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Evidence: of refused and dropped packets a sample, of flows the end, of
 * scans the alarm, all sent to sekisho-capture, which writes. Nobody is waited
 * for: what it does not take at once is counted and lost.
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "packet_internal.h"

#define NONE	((struct span){ NULL, 0 })

/* ---- the channel ---- */

static void
capture_closed(void *arg, struct ipc_channel *channel)
{
	(void)arg;
	ipc_close(channel);
	gate.capture = NULL;
}

static void
from_capture(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	(void)arg;
	(void)channel;
	die(4, "message %d out of place", (int)message->kind);
}

void
packet_evidence_peer(int fd)
{
	const struct ipc_handler handler = { .message = from_capture,
		.closed = capture_closed };

	ipc_close(gate.capture);
	gate.capture = ipc_open(gate.loop, fd, ROLE_PACKET, ROLE_CAPTURE,
	    &handler);
	if (gate.capture == NULL)
		die(4, "no room for a channel");
}

static void
tell(enum msg_kind kind, const void *fixed, struct span tail)
{
	if (gate.capture == NULL || ipc_send(gate.capture, kind, fixed, tail,
	    NULL, 0) != OK)
		counter_add(COUNTER_EVIDENCE_LOST, 1);
}

/* ---- scans ---- */

/* What says nothing of who sends: our own trouble. */
static bool
tells(enum counter why)
{
	return why != COUNTER_REFUSED_NO_RULES &&
	    why != COUNTER_REFUSED_BUSY && why != COUNTER_REFUSED_LATE &&
	    why != COUNTER_REFUSED_TABLE_FULL &&
	    why != COUNTER_REFUSED_LIMIT &&
	    why != COUNTER_REFUSED_SOURCE_LIMIT &&
	    /* nor what we, or an administrator, did to flows that were good */
	    why != COUNTER_DROPPED_CUT && why != COUNTER_DROPPED_FLOW_CUT &&
	    why != COUNTER_DROPPED_RELATED && why != COUNTER_DROPPED_NAT &&
	    why != COUNTER_DROPPED_NO_VERDICT;
}

static void
say_scan(const struct packet_refused *r, const struct rules_segment *segment)
{
	struct msg_scan fixed = { .wall_ns = clock_wall_ms() * 1000000,
		.epoch = gate.epoch, .in = r->in, .targets = SCAN_TARGETS,
		.window_ms = SCAN_WINDOW_MS, .dst_port = r->dst_port,
		.family = r->src.family, .protocol = r->protocol };
	char text[ADDRESS_TEXT_BYTES];

	memcpy(fixed.src, r->src.bytes, sizeof(fixed.src));
	memcpy(fixed.dst, r->dst.bytes, sizeof(fixed.dst));
	address_text(&r->src, text);
	log_alarm("a scan from inside: %s of segment %.*s was refused for "
	    "more than %d destinations within %d s", text,
	    (int)segment->name.len, (const char *)segment->name.ptr,
	    SCAN_TARGETS - 1, SCAN_WINDOW_MS / 1000);
	counter_add(COUNTER_SCANS_SEEN, 1);
	tell(MSG_SCAN, &fixed, NONE);
}

static void
look_for_scan(const struct packet_refused *r, uint64_t now_ms)
{
	struct rules_segment segment;

	/* a late answer is sent to whoever asked: not its choice */
	if (gate.image == NULL || r->in == RULES_NONE || r->reply ||
	    r->src.family == 0 || !tells(r->why))
		return;
	rules_segment(gate.image, r->in, &segment);
	if (segment.tier > PACKET_INSIDE_TIER_MAX)
		return;
	if (packet_scan_refused(gate.scan, &r->src, &r->dst,
	    (uint32_t)r->protocol << 16 | r->dst_port, now_ms))
		say_scan(r, &segment);
}

/* ---- refused packets ---- */

/* Addresses of a packet that makes no sense otherwise. */
static void
take_addresses(struct span bytes, struct packet_refused *r)
{
	const uint8_t *p = bytes.ptr;
	bool four = bytes.len >= 20 && p[0] >> 4 == 4;

	if (!four && !(bytes.len >= 40 && p[0] >> 4 == 6))
		return;
	r->src.family = r->dst.family = four ? 4 : 6;
	memcpy(r->src.bytes, four ? p + 12 : p + 8, four ? 4 : 16);
	memcpy(r->dst.bytes, four ? p + 16 : p + 24, four ? 4 : 16);
	r->protocol = four ? p[9] : p[6];
}

static void
keep(const struct packet_refused *r)
{
	struct msg_refused fixed = { .wall_ns = clock_wall_ms() * 1000000,
		.reason = (uint32_t)r->why, .rule = r->rule,
		.epoch = gate.epoch, .in = r->in, .out = r->out,
		.bytes = r->len, .src_port = r->src_port,
		.dst_port = r->dst_port, .family = r->src.family,
		.protocol = r->protocol };
	uint64_t now_ms = clock_monotonic_ms();

	look_for_scan(r, now_ms);
	packet_audit_refused(r);
	if (!packet_sample_take(gate.sample, &r->src, (uint64_t)r->rule << 32 |
	    (uint32_t)r->why, now_ms, &fixed.missed)) {
		counter_add(COUNTER_REFUSED_UNSAMPLED, 1);
		return;
	}
	memcpy(fixed.src, r->src.bytes, sizeof(fixed.src));
	memcpy(fixed.dst, r->dst.bytes, sizeof(fixed.dst));
	tell(MSG_REFUSED, &fixed, span_sub(r->bytes, 0,
	    REFUSED_TAIL_BYTES_MAX));
}

static void
take_facts(const struct packet_facts *f, struct packet_refused *r)
{
	r->src = f->src;
	r->dst = f->dst;
	r->protocol = f->protocol;
	r->src_port = f->src_port;
	r->dst_port = f->dst_port;
	if (f->protocol == IPPROTO_ICMP || f->protocol == IPPROTO_ICMPV6)
		r->dst_port = (uint16_t)(f->icmp_type << 8 | f->icmp_code);
}

void
packet_evidence_refused(const struct packet_seen *seen, enum counter why,
    uint32_t rule)
{
	struct packet_refused r = { .why = why, .rule = rule,
		.reply = seen->reply,
		.in = packet_link_segment(seen->packet->in),
		.out = packet_link_segment(seen->packet->out),
		.bytes = seen->packet->bytes, .len = seen->packet->len };

	if (seen->parsed)
		take_facts(&seen->facts, &r);
	else
		take_addresses(r.bytes, &r);
	keep(&r);
}

/*
 * Perhaps the answer to somebody, of a flow that the kernel has forgotten: it
 * has not chosen where that goes. Where nothing may ever pass, there is none.
 */
static bool
may_answer(const struct packet_facts *f, enum counter why)
{
	if (why == COUNTER_DROPPED_PAIR || why == COUNTER_DROPPED_SPOOFED ||
	    why == COUNTER_DROPPED_OPTIONS)
		return false;
	switch (f->protocol) {
	case IPPROTO_TCP:
		return f->ack || f->rst;
	case IPPROTO_ICMP:
		return f->icmp_type != 8;	/* echo request */
	case IPPROTO_ICMPV6:
		return f->icmp_type != 128;
	}
	return false;
}

void
packet_evidence_dropped(const struct packet_log_packet *packet,
    enum counter why)
{
	struct packet_refused r = { .why = why, .rule = RULES_NONE,
		.in = packet_link_segment(packet->in),
		.out = packet_link_segment(packet->out),
		.bytes = packet->bytes, .len = packet->len };
	struct packet_facts facts;

	if (packet_parse(PACKET_LINK_RAW, packet->bytes, packet->len,
	    &facts) == PACKET_OK) {
		take_facts(&facts, &r);
		r.reply = may_answer(&facts, why);
	} else {
		take_addresses(r.bytes, &r);
	}
	keep(&r);
}

void
packet_evidence_held(const struct packet_flow *flow,
    const struct packet_held *held, enum counter why)
{
	const struct packet_flow_key *key = &flow->key;
	bool back = held->reply;
	struct packet_refused r = { .why = why, .rule = flow->rule,
		.reply = back,
		.src = back ? key->dst : key->src,
		.dst = back ? key->src : key->dst, .protocol = key->protocol,
		.src_port = back ? key->dst_port : key->src_port,
		.dst_port = back ? key->src_port : key->dst_port,
		.in = packet_link_segment(held->in),
		.out = packet_link_segment(held->out),
		.bytes = { held->bytes, held->bytes_n }, .len = held->len };

	keep(&r);
}

/* ---- flows ---- */

void
packet_evidence_allowed(struct packet_flow *flow)
{
	flow->said_rule = flow->rule;
	flow->said_epoch = (uint16_t)gate.epoch;
	packet_count_rule(flow);
	if (flow->start_ms == 0)
		flow->start_ms = clock_wall_ms();
}

static void
fill(const struct packet_flow *flow, struct msg_flow_ended *fixed)
{
	const struct packet_flow_key *key = &flow->key;

	*fixed = (struct msg_flow_ended){
		.start_ns = flow->start_ms * 1000000,
		.rule = flow->said_rule, .epoch = flow->said_epoch,
		.in = flow->link != 0 ? packet_link_segment(flow->link) :
		    rules_segment_of(gate.image, &key->src),
		.src_port = key->src_port, .dst_port = key->dst_port,
		.family = key->src.family, .protocol = key->protocol };
	memcpy(fixed->src, key->src.bytes, sizeof(fixed->src));
	memcpy(fixed->dst, key->dst.bytes, sizeof(fixed->dst));
}

bool
packet_evidence_begun(const struct packet_flow *flow)
{
	struct msg_flow_ended fixed;

	fill(flow, &fixed);
	return gate.capture != NULL && ipc_send(gate.capture, MSG_FLOW_BEGUN,
	    &fixed, NONE, NULL, 0) == OK;
}

void
packet_evidence_ended(const struct packet_flow *flow,
    const struct packet_conntrack_entry *entry)
{
	struct msg_flow_ended fixed;

	fill(flow, &fixed);
	fixed.end_ns = clock_wall_ms() * 1000000;
	fixed.cut = flow->cut;
	if (entry != NULL) {
		fixed.flags = FLOW_ENDED_COUNTED;
		for (unsigned i = 0; i < 2; i++) {
			fixed.packets[i] = entry->packets[i];
			fixed.bytes[i] = entry->bytes[i];
		}
		if (entry->start_ns != 0)
			fixed.start_ns = entry->start_ns;
		if (entry->stop_ns != 0)
			fixed.end_ns = entry->stop_ns;
	}
	tell(MSG_FLOW_ENDED, &fixed, NONE);
}
