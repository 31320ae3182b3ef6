/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_FLOW_H
#define SEKISHO_PACKET_FLOW_H

#include "../base/address.h"
#include "../base/err.h"
#include "limits.h"

/*
 * The flows that were let through and live: so many for each rule, for each
 * source and in all. What the kernel forwards by itself it knows from its own
 * table (conntrack); this one is for counting, for what an entry of the
 * kernel has no room for (who a flow came from, what it speaks), and for
 * flows that are still inspected. All memory is taken by packet_flow_new().
 */

#define FLOW_NONE	UINT32_MAX

/* Addresses and ports as the first packet had them. */
struct packet_flow_key {
	struct address	src;
	struct address	dst;
	uint8_t		protocol;
	uint16_t	src_port;	/* ICMP: the id of an echo request */
	uint16_t	dst_port;	/* ICMP: type << 8 | code */
};

enum packet_flow_state {
	FLOW_FREE = 0,
	FLOW_OPENING,		/* allowed; to be inspected */
	FLOW_INSPECTED,
	FLOW_WATCHED,		/* the same, and it is in no hurry */
	FLOW_ALLOWED,
	FLOW_CUT
};

struct packet_flow {
	struct packet_flow_key key;
	enum packet_flow_state state;
	uint32_t	rule;		/* of the image in force */
	uint32_t	link;		/* interface it came by; 0: unknown */
	uint32_t	serial;		/* tells two lives of a place apart */
	uint32_t	spoken;		/* what it was found to speak, see
					   packet_rules.h; 0: nothing */
	bool		has_mac;
	uint8_t		mac[6];
	uint64_t	since_ms;	/* monotonic */
	uint32_t	isn[2];		/* TCP: there, back */
	bool		answered;	/* the second is known */
	bool		told;		/* the inspector knows it */
	bool		begun;		/* the audit log has its beginning */
	uint32_t	dump;		/* the last one that had it */
	uint64_t	start_ms;	/* wall: for its record */
	uint32_t	said_rule;	/* that allowed it last, in the */
	uint16_t	said_epoch;	/* image of this epoch */
	uint16_t	cut;		/* enum counter: why; 0: it was not */
	uint32_t	count_rule;	/* places of packet_count.c */
	uint16_t	count_from, count_to;
	uint32_t	held;		/* list of held packets */
	uint16_t	held_n;
	/* private to packet_flow.c */
	uint32_t	next;		/* in its bucket, or among the free */
	uint32_t	source;
	uint32_t	older, newer;	/* inspected ones, by age */
	bool		counted;	/* by its rule */
};

struct packet_flows;

/* NULL: no memory (some 40 MB). The hash is keyed by getrandom(2). */
struct packet_flows *packet_flow_new(void);
void packet_flow_free(struct packet_flows *flows);

/*
 * The rules changed: there are `rules` of them now, and no flow is counted
 * for any until packet_flow_count(). The one call that allocates, when the
 * number has grown. ERR_SYSTEM: no memory; nothing has changed.
 */
enum err packet_flow_rules(struct packet_flows *flows, uint32_t rules,
    struct diag *diag) MUST_CHECK;

/* NULL: there is none. */
struct packet_flow *packet_flow_find(struct packet_flows *flows,
    const struct packet_flow_key *key);

enum packet_flow_refusal {
	FLOW_TAKEN = 0,
	FLOW_TABLE_FULL,	/* FLOWS_MAX, or FLOW_SOURCES_MAX */
	FLOW_SOURCE_FULL,	/* FLOWS_PER_SOURCE_MAX */
	FLOW_RULE_FULL		/* `limit` of the rule */
};

/*
 * A new flow, counted for its source and for rule. most: of that rule, 0 for
 * no limit. The key must not be there. On refusal *flow is NULL.
 */
enum packet_flow_refusal packet_flow_add(struct packet_flows *flows,
    const struct packet_flow_key *key, enum packet_flow_state state,
    uint32_t rule, uint32_t most, struct packet_flow **flow);

/* Count it for this rule instead of the one before. False: `most` is reached,
 * and it counts for none. */
bool packet_flow_count(struct packet_flows *flows, struct packet_flow *flow,
    uint32_t rule, uint32_t most);
/* It counts for no rule any more. */
void packet_flow_uncount(struct packet_flows *flows,
    struct packet_flow *flow);

/* Inspected flows are in the order of their beginning; others in none. */
void packet_flow_set_state(struct packet_flows *flows,
    struct packet_flow *flow, enum packet_flow_state state);
/* The oldest of the inspected ones, or NULL. */
struct packet_flow *packet_flow_oldest(struct packet_flows *flows);

void packet_flow_remove(struct packet_flows *flows, struct packet_flow *flow);

uint32_t packet_flow_n(const struct packet_flows *flows);
uint32_t packet_flow_of_rule(const struct packet_flows *flows, uint32_t rule);

/* A number for a flow that lives (below FLOWS_MAX), and back. */
uint32_t packet_flow_index(const struct packet_flows *flows,
    const struct packet_flow *flow);
/* NULL: no flow lives there. */
struct packet_flow *packet_flow_at(struct packet_flows *flows,
    uint32_t index);

#endif
