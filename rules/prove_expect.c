/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The expects of a file: each packet is put to the evaluator of the packet
 * path, on the image that would be loaded.
 */
#include <netinet/in.h>
#include <string.h>

#include "analyse_internal.h"
#include "finding_internal.h"
#include "prove_internal.h"

static uint8_t
protocol_number(uint64_t protocol)
{
	switch ((enum protocol)protocol) {
	case PROTOCOL_TCP:
		return IPPROTO_TCP;
	case PROTOCOL_UDP:
		return IPPROTO_UDP;
	case PROTOCOL_ICMP:
		return IPPROTO_ICMP;
	case PROTOCOL_ICMP6:
		return IPPROTO_ICMPV6;
	}
	return 0;
}

static struct rules_packet
expected_packet(const struct statement *st)
{
	const struct clause *c = st->clauses;
	const struct value *src_port = clause_value(c, CL_FROM, 2);
	const struct value *dst_port = clause_value(c, CL_TO, 2);
	const struct value *type = clause_value(c, CL_TYPE, 0);
	const struct value *mac = clause_value(c, CL_MAC, 0);
	const struct statement *in = clause_segment(st, CL_IN);
	struct rules_packet packet = {
		.src = clause_value(c, CL_FROM, 0)->network.address,
		.dst = clause_value(c, CL_TO, 0)->network.address,
		.in = in == NULL ? RULES_NONE : in->index,
		.has_mac = mac != NULL,
		.protocol = protocol_number(st->head[1]->number),
	};

	if (mac != NULL)
		memcpy(packet.mac, mac->mac, 6);
	if (type != NULL)
		packet.dst_port = (uint16_t)type->number;
	else {
		packet.dst_port = (uint16_t)dst_port->number;
		packet.src_port = src_port == NULL ? RULES_SOURCE_PORT :
		    (uint16_t)src_port->number;
	}
	return packet;
}

static const char *
flow_text(struct rules_run *run, const struct space *space, uint32_t rule,
    const struct rules_packet *packet)
{
	const struct flow_rule *flow = &space->rules[0].rules[rule];
	struct point point;

	return run_text(run, "%s %s it%s", text_rule(run, flow->st),
	    flow->allow ? "allows" : "denies",
	    space_point(space, packet, &point) ? behind_text(run, space, rule,
	    packet, &point) : "");
}

/* Why it was decided so. */
static const char *
reason_text(struct rules_run *run, const struct space *space,
    const struct rules_packet *packet, const struct rules_decision *decision)
{
	switch (decision->reason) {
	case RULES_BY_RULE:
		return flow_text(run, space, decision->rule, packet);
	case RULES_NO_RULE:
		return no_rule_text(run, "no rule allows it", packet);
	case RULES_SPOOFED:
		return "its source does not belong to the segment that it "
		    "comes from";
	case RULES_TIERS:
		return "no rule may allow it between these tiers";
	}
	return NULL;
}

static void
check_expect_holds(struct rules_run *run, const struct space *space,
    const struct rules_image *image, const struct statement *st)
{
	const struct rules_packet packet = expected_packet(st);
	bool allow = st->head[0]->number != 0;
	struct rules_decision decision;

	rules_decide(image, &packet, &decision);
	if (decision.allow == allow)
		return;
	finding_proof(run, st->place, reason_text(run, space, &packet,
	    &decision), "'%s' is expected, but this packet is %s",
	    allow ? "allow" : "deny", allow ? "denied" : "allowed");
}

void
check_expects(struct rules_run *run, struct space *space)
{
	const struct place start = { 0, 1, 0, 1 };
	struct rules_image *image = NULL;
	struct diag diag = { 0 };
	struct buf bytes;
	bool ready;

	buf_init(&bytes, RULES_IMAGE_BYTES_MAX);
	ready = rules_compile(run, &bytes) == OK &&
	    rules_image_open(buf_span(&bytes), &image, &diag) == OK &&
	    rules_image_prepare(image, &diag) == OK;
	if (!ready)
		finding_proof(run, start, NULL, "the packets of 'expect' "
		    "cannot be tried: the compiled rules are too large");
	for (uint32_t i = 0; ready && i < run->kinds[ST_EXPECT].n &&
	    !run->stopped; i++)
		check_expect_holds(run, space, image,
		    run->kinds[ST_EXPECT].at[i]);
	rules_image_close(image);
	buf_fini(&bytes);
}
