/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_FLOW_INTERNAL_H
#define SEKISHO_RULES_FLOW_INTERNAL_H

#include "space_internal.h"

/*
 * From rules as products of classes to tables that find the first match of a
 * point in a fixed number of steps (flow_build.c has how). All numbers are
 * indexes; 0 is "nothing" for lists, tops, mids and leaves.
 */
#define FLOW_LEAF		32u	/* destination classes of a leaf */
#define FLOW_MID		32u	/* leaves of a mid */
#define FLOW_LEAF_SHIFT		5
#define FLOW_MID_SHIFT		10	/* classes of a mid, as a shift */

/* A list that is longer becomes a table by service class. */
#define FLOW_LIST_MAX		16u
#define FLOW_LIST_TABLE		0x80000000u	/* in the place of its count */

/*
 * A short list is filled up with pairs (RULES_NONE, 0), so that so many can
 * be looked at without asking how many there are.
 */
#define FLOW_LIST_LEAST		2u

static inline uint32_t
flow_list_pairs(uint32_t count)
{
	return count < FLOW_LIST_LEAST ? FLOW_LIST_LEAST : count;
}

/* Rules for all destinations below, and where to look for others. */
struct flow_branch {
	uint32_t	list;
	uint32_t	next;
};

struct flow_tables {
	struct buf	 global;	/* by service: rule of any to any */
	struct buf	 by_src;	/* list, of rules to any */
	struct buf	 by_dst;	/* list, of rules from any */
	struct buf	 rows;		/* by source: top */
	struct buf	 tops;		/* branches, top_n each, to mids */
	struct buf	 mids;		/* branches, FLOW_MID each, to leaves */
	struct buf	 leaves;	/* lists, FLOW_LEAF each */
	struct buf	 lists;		/* count, then pairs of rule and set */
	uint32_t	 top_n;
};

/* ERR_LIMIT: a table is too large. ERR_SYSTEM: out of memory. */
enum err flow_build(struct space *space, struct flow_tables *tables)
    MUST_CHECK;
void flow_tables_init(struct flow_tables *tables);
void flow_tables_fini(struct flow_tables *tables);

/*
 * Sets of rules, each once, in ascending order and without those that an
 * earlier one of the same set hides. 0 is the empty one.
 */
struct flow_lists;
struct flow_lists *flow_lists_new(struct space *space,
    const struct flow_rules *rules);
/* The list with one rule more; RULES_NONE: no room. */
uint32_t flow_lists_with(struct flow_lists *lists, uint32_t list,
    uint32_t rule);
/* Write a list to the pool, once; its offset there (0 for the empty one). */
enum err flow_lists_emit(struct flow_lists *lists, uint32_t list,
    struct buf *pool, uint32_t *offset) MUST_CHECK;
/* A pair that fills up a short list. */
enum err flow_lists_filler(struct buf *pool) MUST_CHECK;
void flow_lists_free(struct flow_lists *lists);

#endif
