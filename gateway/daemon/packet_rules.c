/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rules in force. When they change, every flow that lives is decided anew
 * at once: the kernel shows us its next packet (its mark has the old epoch),
 * and the answer is ready then.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "../base/log.h"
#include "../packet/mark.h"
#include "../proc/sealed.h"
#include "packet_internal.h"

void
packet_rules_packet(const struct packet_flow_key *key, uint32_t in,
    const uint8_t *mac, struct rules_packet *packet)
{
	bool icmp = key->protocol == IPPROTO_ICMP ||
	    key->protocol == IPPROTO_ICMPV6;

	memset(packet, 0, sizeof(*packet));
	packet->src = key->src;
	packet->dst = key->dst;
	packet->in = in;
	packet->protocol = key->protocol;
	packet->has_mac = mac != NULL;
	if (mac != NULL)
		memcpy(packet->mac, mac, sizeof(packet->mac));
	packet->src_port = icmp ? 0 : key->src_port;
	packet->dst_port = icmp ? key->dst_port >> 8 : key->dst_port;
}

static bool
is_cut(uint32_t kind, uint32_t index)
{
	for (unsigned i = 0; i < gate.cuts_n; i++)
		if (gate.cuts[i].kind == kind && gate.cuts[i].index == index)
			return true;
	return false;
}

static enum counter
why_not(const struct rules_decision *decision)
{
	switch (decision->reason) {
	case RULES_BY_RULE:
		return COUNTER_REFUSED_RULE;
	case RULES_NO_RULE:
		return COUNTER_REFUSED_NO_RULE;
	case RULES_SPOOFED:
		return COUNTER_REFUSED_SPOOFED;
	case RULES_TIERS:
		break;
	}
	return COUNTER_REFUSED_TIERS;
}

bool
packet_rules_allow(const struct packet_flow_key *key, uint32_t in,
    const uint8_t *mac, uint32_t *rule, enum counter *why)
{
	struct rules_decision decision;
	struct rules_packet packet;

	*rule = RULES_NONE;
	*why = COUNTER_REFUSED_SPOOFED;
	if (in == RULES_NONE)		/* an interface of no segment */
		return false;
	packet_rules_packet(key, in, mac, &packet);
	rules_decide(gate.image, &packet, &decision);
	*rule = decision.rule;
	*why = why_not(&decision);
	if (!decision.allow)
		return false;
	*why = COUNTER_REFUSED_CUT;
	if (gate.cuts_n == 0)
		return true;
	return !is_cut(FLOW_CUT_RULE, decision.rule) &&
	    !is_cut(FLOW_CUT_SEGMENT, in) && !is_cut(FLOW_CUT_SEGMENT,
	    rules_segment_of(gate.image, &key->dst));
}

/* FNV-1a: it only tells our own rules apart. */
static uint32_t
hash(uint32_t h, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 16777619u;
	return h;
}

uint32_t
packet_rules_spoken(uint32_t rule, const struct packet_flow_key *key)
{
	struct rules_packet packet;
	enum rules_speaks speaks;
	struct span name;
	uint32_t h = 2166136261u;
	uint8_t byte;
	bool below;

	packet_rules_packet(key, RULES_NONE, NULL, &packet);
	speaks = rules_flow_speaks(gate.image, rule, &packet);
	if (speaks == RULES_SPEAKS_NOTHING)
		return 0;
	byte = (uint8_t)speaks;
	h = hash(h, &byte, 1);
	for (uint32_t i = 0; rules_flow_server_name(gate.image, rule,
	    &packet, i, &name, &below); i++) {
		byte = below ? 1 : 2;
		h = hash(h, &byte, 1);
		h = hash(h, name.ptr, name.len);
	}
	return h == 0 ? 1 : h;
}

/* ---- a change ---- */

static void
end_flow(struct packet_flow *flow, enum counter why)
{
	struct diag diag;
	bool gone = why == COUNTER_REFUSED_CUT;

	flow->cut = (uint16_t)why;
	packet_inspect_forget(flow);
	packet_flow_set_state(gate.flows, flow, FLOW_CUT);
	counter_add(COUNTER_FLOWS_CUT, 1);
	/* an administrator's cut does not wait for the next packet */
	if (gone && packet_conntrack_delete(gate.conntrack, &flow->key,
	    &diag) != OK)
		log_warn("%s: %s", diag.what, strerror(diag.errnum));
}

/* A flow that lives, by the new rules. */
static void
decide_again(struct packet_flow *flow)
{
	uint32_t in, rule, spoken = flow->spoken;
	enum counter why;
	bool good;

	if (flow->state == FLOW_CUT) {
		flow->rule = 0;
		return;
	}
	/* an index of a segment is of the rules before; an interface is not */
	in = flow->link != 0 ? packet_link_segment(flow->link) :
	    rules_segment_of(gate.image, &flow->key.src);
	good = packet_rules_allow(&flow->key, in, flow->has_mac ?
	    flow->mac : NULL, &rule, &why);
	if (good && packet_rules_spoken(rule, &flow->key) != spoken) {
		good = false;
		why = COUNTER_REFUSED_INSPECT;
	}
	if (!good) {
		flow->rule = 0;
		end_flow(flow, why);
		return;
	}
	/* a limit that became lower is one for new flows */
	(void)packet_flow_count(gate.flows, flow, rule, 0);
	packet_evidence_allowed(flow);
}

static void
decide_all_again(void)
{
	struct packet_flow *flow;

	for (uint32_t i = 0; i < FLOWS_MAX; i++) {
		flow = packet_flow_at(gate.flows, i);
		if (flow != NULL)
			decide_again(flow);
	}
}

static enum err
take_image(struct ipc_message *message, struct rules_image **image,
    struct span *bytes, struct diag *diag)
{
	enum err err = sealed_map(message->fds[0], PACKET_RULES_BYTES_MAX,
	    bytes, diag);

	if (err != OK)
		return err;
	err = rules_image_open(*bytes, image, diag);
	if (err == OK)
		err = rules_image_prepare(*image, diag);
	if (err == OK)
		err = packet_flow_rules(gate.flows, rules_flows(*image) + 1,
		    diag);
	if (err != OK)
		sealed_unmap(*bytes);
	return err;
}

void
packet_rules_take(struct ipc_message *message)
{
	const struct msg_rules *fixed = message->fixed;
	struct rules_image *image, *old = gate.image;
	struct span bytes, old_bytes = gate.bytes;
	struct diag diag;

	if (take_image(message, &image, &bytes, &diag) != OK)
		die(4, "rules: %s", diag.what);
	if (message->tail.len % sizeof(gate.cuts[0]) != 0 ||
	    message->tail.len > sizeof(gate.cuts) || fixed->epoch == 0 ||
	    fixed->epoch >= MARK_EPOCH_N)
		die(4, "rules: cuts or an epoch that cannot be");
	packet_audit_flush();
	gate.image = image;
	gate.bytes = bytes;
	gate.epoch = fixed->epoch;
	gate.cuts_n = (unsigned)(message->tail.len / sizeof(gate.cuts[0]));
	if (gate.cuts_n > 0)
		memcpy(gate.cuts, message->tail.ptr, message->tail.len);
	packet_link_rules();
	packet_count_rules();
	decide_all_again();
	if (old != NULL) {
		rules_image_close(old);
		sealed_unmap(old_bytes);
	}
}
