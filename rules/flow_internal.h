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

/* A branch of a top: a mid, or with this bit the list of all below. */
#define FLOW_FINAL		0x80000000u

/*
 * A list is known by the word of the pool where it begins, a multiple of
 * FLOW_LIST_ALIGN: so a short one is in one line of the cache. A list of more
 * than FLOW_LIST_MAX rules is a table by service class, which its number
 * says, so that only the word of the service is looked at.
 */
#define FLOW_LIST_ALIGN		8u
#define FLOW_LIST_MAX		16u
#define FLOW_LIST_TABLE		0x80000000u	/* in the place of its count */
#define FLOW_TABLE		1u		/* in the number of the list */

/*
 * A short list is filled up with pairs (RULES_NONE, 0), so that so many can
 * be looked at without asking how many there are.
 */
#define FLOW_LIST_LEAST		3u

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
	struct buf	 by_src;	/* by class: list, of rules to any */
	struct buf	 by_dst;	/* by class: list, of rules from any */
	struct buf	 rows;		/* by class of sources: top */
	struct buf	 tops;		/* top_n each, mids or lists */
	struct buf	 mids;		/* struct flow_branch, FLOW_MID each */
	struct buf	 leaves;	/* lists, FLOW_LEAF each */
	struct buf	 lists;		/* pool of lists */
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
/* The rules of both lists; RULES_NONE: no room. */
uint32_t flow_lists_union(struct flow_lists *lists, uint32_t a, uint32_t b);
/* Write a list to the pool, once; its number there (0 for the empty one). */
enum err flow_lists_emit(struct flow_lists *lists, uint32_t list,
    struct buf *pool, uint32_t *number) MUST_CHECK;
void flow_lists_free(struct flow_lists *lists);

/* What was found for a pair of numbers, so that it is not sought again. */
struct flow_memo {
	struct buf	 slots;
	uint32_t	 slots_n;
	uint32_t	 used;
};
void flow_memo_init(struct flow_memo *memo);
void flow_memo_fini(struct flow_memo *memo);
/* RULES_NONE: nothing yet. */
uint32_t flow_memo_find(const struct flow_memo *memo, uint32_t a, uint32_t b);
/* Of a pair that has nothing yet. ERR_LIMIT, ERR_SYSTEM: no room. */
enum err flow_memo_add(struct flow_memo *memo, uint32_t a, uint32_t b,
    uint32_t value) MUST_CHECK;

#endif
