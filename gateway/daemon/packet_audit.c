/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the audit log is told of packets, by way of sekisho-capture: who was
 * refused what, counted, once a minute; and flows that last longer than that,
 * once they do. A short flow is told of when it is over, with its beginning
 * (packet_evidence.c): two records of each would double the log, and say no
 * more a minute later. Bounded as all here; what the other side does not take
 * at once is offered again.
 */
#include <string.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/tally.h"
#include "packet_internal.h"

#define NONE	((struct span){ NULL, 0 })

/* What is counted together; of a TCP connection the source port is chance. */
struct alike {
	struct address	src, dst;
	uint8_t		protocol;
	uint8_t		zero;
	uint16_t	dst_port;
	uint16_t	zero2;
	uint32_t	rule;
	uint32_t	why;
	uint32_t	in, out;
	uint32_t	epoch;
	uint32_t	zero3;
};
_Static_assert(sizeof(struct alike) == 64, "no padding: it is a key");

/*
 * Outside addresses are anybody's to make up: they shall not take the places
 * of those inside.
 */
enum side { INSIDE, OUTSIDE, SIDES };
static struct tally *tallies[SIDES];
static struct loop_timer timer;
static uint32_t flow_at;	/* of the walk */

static enum side
side_of(uint32_t segment)
{
	struct rules_segment said;

	if (gate.image == NULL || segment == RULES_NONE)
		return OUTSIDE;
	rules_segment(gate.image, segment, &said);
	return said.tier <= PACKET_INSIDE_TIER_MAX ? INSIDE : OUTSIDE;
}

void
packet_audit_refused(const struct packet_refused *r)
{
	struct alike alike;

	memset(&alike, 0, sizeof(alike));
	alike.src = r->src;
	alike.dst = r->dst;
	alike.protocol = r->protocol;
	alike.dst_port = r->dst_port;
	alike.rule = r->rule;
	alike.why = (uint32_t)r->why;
	alike.in = r->in;
	alike.out = r->out;
	alike.epoch = gate.epoch;
	(void)tally_add(tallies[side_of(r->in)], &alike,
	    clock_monotonic_ms(), clock_wall_ms());
}

/* False: it is not taken now. */
static bool
tell_refusals(const struct tally_entry *entry, enum side side)
{
	struct msg_refusals fixed = { .n = entry->n,
		.first_ms = entry->first_ms, .last_ms = entry->last_ms,
		.flags = (entry->others ? REFUSALS_OTHERS : 0) |
		    (side == INSIDE ? REFUSALS_INSIDE : 0) };
	struct alike alike;

	memcpy(&alike, entry->key, sizeof(alike));
	fixed.reason = alike.why;
	fixed.rule = alike.rule;
	fixed.epoch = alike.epoch;
	fixed.in = alike.in;
	fixed.out = alike.out;
	fixed.dst_port = alike.dst_port;
	fixed.family = alike.src.family;
	fixed.protocol = alike.protocol;
	memcpy(fixed.src, alike.src.bytes, sizeof(fixed.src));
	memcpy(fixed.dst, alike.dst.bytes, sizeof(fixed.dst));
	return gate.capture != NULL && ipc_send(gate.capture, MSG_REFUSALS,
	    &fixed, NONE, NULL, 0) == OK;
}

static void
flush(uint64_t now_ms, bool all)
{
	const struct tally_entry *entry;
	unsigned told = 0;

	for (unsigned side = 0; side < SIDES; side++)
		while ((all || told < PACKET_TELL_MAX) && (entry = tally_due(
		    tallies[side], now_ms, all)) != NULL &&
		    tell_refusals(entry, (enum side)side)) {
			tally_told(tallies[side], now_ms);
			told++;
		}
}

/* Numbers of rules and segments are about to mean something else. */
void
packet_audit_flush(void)
{
	flush(clock_monotonic_ms(), true);
}

/* A piece of the table each time, all of it in a minute. */
static void
look_at_flows(uint64_t now_ms)
{
	uint32_t end = flow_at + FLOWS_MAX / PACKET_FLOW_LOOKS;
	unsigned left = PACKET_TELL_MAX;

	for (; flow_at < end && flow_at < FLOWS_MAX; flow_at++) {
		struct packet_flow *flow = packet_flow_at(gate.flows,
		    flow_at);

		if (flow == NULL || flow->begun ||
		    flow->state != FLOW_ALLOWED ||
		    now_ms < flow->since_ms + PACKET_FLOW_LASTS_MS)
			continue;
		if (left-- == 0 || !packet_evidence_begun(flow))
			return;		/* again in a second */
		flow->begun = true;
	}
	if (flow_at >= FLOWS_MAX)
		flow_at = 0;
}

static void
on_second(struct loop_timer *unused)
{
	uint64_t now_ms = clock_monotonic_ms();

	(void)unused;
	if (gate.capture != NULL) {
		flush(now_ms, false);
		look_at_flows(now_ms);
	}
	if (loop_timer_set(gate.loop, &timer, now_ms + PACKET_TELL_MS) != OK)
		die(4, "no timer");
}

void
packet_audit_open(void)
{
	for (unsigned side = 0; side < SIDES; side++) {
		tallies[side] = tally_new(PACKET_REFUSALS_MAX,
		    sizeof(struct alike), 0, PACKET_REFUSALS_MS);
		if (tallies[side] == NULL)
			die(4, "no memory");
	}
}

void
packet_audit_start(void)
{
	timer.fire = on_second;
	on_second(&timer);
}
