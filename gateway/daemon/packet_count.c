/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counting by pair of segments and by rule, in the memory that outlives us
 * (proc/packet_counts.h). Names are looked up when rules come; on the way of a
 * packet there is an index and an addition.
 */
#include <string.h>
#include <unistd.h>

#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/log.h"
#include "../packet/table.h"
#include "../proc/packet_counts.h"
#include "../proc/role.h"
#include "packet_internal.h"

_Static_assert(NFQ_LATENCIES == COUNTS_LATENCIES &&
    sizeof(struct packet_nfq_latency) == sizeof(struct counts_latency) &&
    offsetof(struct packet_nfq_latency, sum_ns) ==
    offsetof(struct counts_latency, sum_ns), "the same numbers");
_Static_assert(TABLE_SEGMENTS_MAX < COUNTS_SEGMENTS, "each has a place");

static struct packet_counts *counts;
static struct counts_names names;
static uint32_t segments[TABLE_SEGMENTS_MAX];	/* places */
static struct buf places;			/* uint32_t of each rule */
static uint32_t rules_n;

/* Before anything is opened: it came with us. */
void
packet_count_open(void)
{
	counts = packet_counts_map(ROLE_FD_COUNTS);
	if (counts == NULL)
		die(4, "no memory to count in");
	close(ROLE_FD_COUNTS);
	/* the flows of the process before us are counted as they are found */
	for (uint32_t i = 0; i < COUNTS_SEGMENTS; i++)
		for (uint32_t k = 0; k < COUNTS_SEGMENTS; k++)
			if ((i == 0 || counts->segments[i] != 0) &&
			    (k == 0 || counts->segments[k] != 0))
				counts_set(&counts->pairs[i][k].open, 0);
}

struct packet_nfq_latency *
packet_count_latency(void)
{
	return (struct packet_nfq_latency *)(void *)&counts->latency;
}

static void
take_segments(void)
{
	struct span all[TABLE_SEGMENTS_MAX];
	uint32_t n = rules_segments(gate.image);
	struct rules_segment segment;

	memset(segments, 0, sizeof(segments));
	for (uint32_t i = 0; i < n && i < TABLE_SEGMENTS_MAX; i++) {
		rules_segment(gate.image, i, &segment);
		all[i] = segment.name;
	}
	for (uint32_t i = 0; i < n && i < TABLE_SEGMENTS_MAX; i++)
		segments[i] = counts_segment_take(counts, all[i], all,
		    n < TABLE_SEGMENTS_MAX ? n : TABLE_SEGMENTS_MAX);
}

void
packet_count_rules(void)
{
	uint32_t n = rules_flows(gate.image);
	struct rules_flow flow;
	uint32_t *place;
	uint8_t *room;

	take_segments();
	buf_fini(&places);
	buf_init(&places, (n + 1) * sizeof(uint32_t));
	rules_n = 0;
	if (buf_reserve(&places, (n + 1) * sizeof(uint32_t), &room) != OK)
		return;			/* they are not counted */
	place = (uint32_t *)(void *)room;
	counts_names_begin(&names);
	for (uint32_t i = 0; i < n; i++) {
		rules_flow(gate.image, i, &flow);
		place[i] = counts_rule_take(counts, &names, flow.name);
	}
	rules_n = n;
}

/* ---- on the way of a packet ---- */

static struct counts_rule *
rule_at(uint32_t place)
{
	return place < COUNTS_RULES ? &counts->rules[place] : NULL;
}

static uint32_t
place_of(uint32_t rule)
{
	return rule < rules_n ? ((const uint32_t *)(const void *)
	    places.ptr)[rule] : COUNTS_NONE;
}

/* RULES_NONE, and whatever has no place, is of no segment. */
static uint16_t
segment_at(uint32_t segment)
{
	return segment < TABLE_SEGMENTS_MAX ? (uint16_t)segments[segment] : 0;
}

void
packet_count_hit(uint32_t rule)
{
	struct counts_rule *r = rule_at(place_of(rule));

	if (r == NULL)
		return;
	counts_add(&r->hits, 1);
	counts_set(&r->last_ms, clock_wall_ms());
}

void
packet_count_refused(uint32_t from, uint32_t to, enum counter why)
{
	counter_add(why, 1);
	counts_add(&counts->pairs[segment_at(from)][segment_at(to)].
	    refused[why - COUNTER_REFUSED_RULE], 1);
}

static struct counts_pair *
pair_of(const struct packet_flow *flow)
{
	return &counts->pairs[flow->count_from][flow->count_to];
}

void
packet_count_known(struct packet_flow *flow, uint32_t from, uint32_t to)
{
	flow->count_from = segment_at(from);
	flow->count_to = segment_at(to);
	counts_add(&pair_of(flow)->open, 1);
	counter_set(COUNTER_FLOWS_OPEN, packet_flow_n(gate.flows));
}

void
packet_count_cut(const struct packet_flow *flow, enum counter why)
{
	counter_add(why, 1);
	counts_add(&pair_of(flow)->refused[why - COUNTER_REFUSED_RULE], 1);
}

void
packet_count_allowed(struct packet_flow *flow)
{
	counter_add(COUNTER_FLOWS_ALLOWED, 1);
	counts_add(&pair_of(flow)->flows, 1);
}

void
packet_count_rule(struct packet_flow *flow)
{
	flow->count_rule = place_of(flow->rule);
}

void
packet_count_ended(const struct packet_flow *flow,
    const struct packet_conntrack_entry *entry)
{
	struct counts_rule *rule = rule_at(flow->count_rule);
	struct counts_pair *pair = pair_of(flow);

	/* its segment may have lost its place meanwhile */
	if (pair->open > 0)
		counts_set(&pair->open, pair->open - 1);
	if (rule == NULL || entry == NULL)
		return;
	counts_add(&rule->packets, entry->packets[0] + entry->packets[1]);
	counts_add(&rule->bytes, entry->bytes[0] + entry->bytes[1]);
}
