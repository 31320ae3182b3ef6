/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_REGION_INTERNAL_H
#define SEKISHO_RULES_REGION_INTERNAL_H

#include "space_internal.h"

/*
 * The one question that analysis and proofs are made of: has a region of the
 * space a packet that none of these rules matches? The answer is exact, with
 * that packet; or the limits of limits.h are reached, and it says so.
 */

/* Packets: sources x destinations x services, of one family each. */
struct region {
	struct ranges	 src;
	struct ranges	 dst;
	const uint64_t	*bits;		/* services: space->words words */
};

enum region_answer {
	REGION_COVERED,
	REGION_POINT,		/* one that no rule matches */
	REGION_GAVE_UP
};

struct box {
	struct range	src;
	struct range	dst;
};

/* A piece of the region; its list are the rules that may matter in it. */
struct cell {
	struct range	src;
	struct range	dst;
	uint32_t	list_at;
	uint32_t	list_n;
};

/* The rules and the memory to work in; nothing of it grows in a question. */
struct finder {
	struct arena	*arena;
	struct space	*space;
	const struct flow_rules *rules;
	struct box	*boxes;		/* around each rule */
	struct finder_index *index;	/* or NULL */
	uint64_t	*family[2];	/* services that IPv4, IPv6 have */
	struct cell	*cells;		/* stack */
	uint64_t	*cell_bits;	/* of each: services not covered */
	uint64_t	*bits;		/* of the cell at hand */
	uint64_t	*rest;		/* of the point at hand */
	uint32_t	*lists;
	uint8_t		*flags;		/* beside lists */
	uint32_t	 lists_max;
	struct range	*slabs;
	uint32_t	 slabs_max;
	struct range	*meet;		/* of region_meet() */
	uint64_t	*meet_bits;
	uint32_t	 meet_max;
	bool		 no_memory;	/* then each answer is GAVE_UP */
	uint32_t	*used;		/* by rule: question it mattered in */
	uint32_t	 question;
	uint64_t	 work;		/* rules looked at, in this question */
	uint64_t	 work_max;	/* then the answer is GAVE_UP */
	uint64_t	 work_all;
};

/* Rules and space are borrowed. NULL: out of memory. */
struct finder *finder_new(struct space *space,
    const struct flow_rules *rules);
void finder_free(struct finder *finder);

/* Before many questions about overlaps. False: no room, it does without. */
bool finder_index(struct finder *finder);
/*
 * A bit for each of the rules first .. end - 1 that may touch the ranges, in
 * words by the numbers of all rules. With an index; neither range is empty,
 * and first < end. They live until the next call.
 */
const uint64_t *finder_touching(const struct finder *finder,
    const struct range *src, const struct range *dst, uint32_t first,
    uint32_t end);

/*
 * The rules first .. end - 1 that may match a packet of the region, into
 * list, which has room for them all. Returns how many.
 */
uint32_t finder_overlaps(struct finder *finder, const struct region *region,
    uint32_t first, uint32_t end, uint32_t *list);

/*
 * A point of the region that none of the listed rules matches; `except` (or
 * NONE) is passed over. When the answer is REGION_COVERED, finder_used() says
 * which rules were enough for it.
 */
enum region_answer finder_uncovered(struct finder *finder,
    const struct region *region, const uint32_t *list, uint32_t n,
    uint32_t except, struct point *point);
bool finder_used(const struct finder *finder, uint32_t rule);

/*
 * Make a list that covers the region as short as it gets by leaving out what
 * is not needed; the order stays. Returns its new length.
 */
uint32_t finder_reduce(struct finder *finder, const struct region *region,
    uint32_t *list, uint32_t n);

/* The packets of a rule. */
struct region region_of(const struct space *space,
    const struct flow_rule *rule);
/* The packets of both; it lives until the next call. False: there are none. */
bool region_meet(struct finder *finder, const struct region *a,
    const struct region *b, struct region *meet);
bool region_empty(const struct finder *finder, const struct region *region);
/* Every packet of b is one of a. */
bool region_contains(const struct finder *finder, const struct region *a,
    const struct region *b);
bool ranges_contain(const struct ranges *a, const struct ranges *b);

bool rule_matches(const struct space *space, const struct flow_rule *rule,
    const struct point *point);

#endif
