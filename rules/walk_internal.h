/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_WALK_INTERNAL_H
#define SEKISHO_RULES_WALK_INTERNAL_H

#include "meaning_internal.h"

/* Steps (rules looked at) of one walk, and lists of rules that it keeps. */
#define WALK_STEPS_MAX	300000000u
#define WALK_LISTS_MAX	(16u * 1024 * 1024)	/* rules */

/* Two rule lists of a space; one may be empty. */
struct walk_side {
	unsigned	 run;
	const struct flow_rules *rules;
};

/*
 * Points that are decided otherwise: all of the box, with one rule before
 * (RULES_NONE: no rule) and one after, and one outcome before and after.
 */
struct walk_box {
	struct range	 src;
	struct range	 dst;
	const uint64_t	*services;	/* valid until the call returns */
	uint32_t	 rule[2];
	uint64_t	 outcome[2];
};

/*
 * box: false ends the walk. wanted: false when nothing in these addresses is
 * of interest, given the rules of side 1 that may decide there; may be NULL.
 */
struct walk_calls {
	bool (*box)(void *arg, const struct walk_box *box);
	bool (*wanted)(void *arg, const struct range *src,
	    const struct range *dst, const uint32_t *rules, uint32_t n);
	void	*arg;
};

/*
 * Call for boxes that have exactly the points whose outcomes differ, each
 * point once. ERR_LIMIT: WALK_STEPS_MAX, or the call ended it.
 */
enum err walk_differences(struct space *space,
    const struct meanings *meanings, const struct walk_side side[2],
    const struct walk_calls *calls) MUST_CHECK;

#endif
