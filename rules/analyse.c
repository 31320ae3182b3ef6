/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What each rule is good for, exactly: is there a packet that it decides, and
 * one that would be decided otherwise without it? What is said about it is in
 * analyse_report.c.
 */
#include <string.h>

#include "analyse_internal.h"

struct analysis *
analysis_new(struct rules_run *run, struct space *space)
{
	struct finder *finder = finder_new(space, &space->rules[0]);
	struct analysis *a;
	uint32_t n = space->rules[0].n;

	if (finder == NULL)
		return NULL;
	a = arena_alloc(finder->arena, sizeof(*a));
	if (a == NULL) {
		finder_free(finder);
		return NULL;
	}
	*a = (struct analysis){ .run = run, .space = space,
	    .rules = &space->rules[0], .finder = finder };
	a->bits = arena_alloc_array(finder->arena, space->words,
	    sizeof(*a->bits));
	a->overlaps = arena_alloc_array(finder->arena, n + 1u,
	    sizeof(*a->overlaps));
	a->list = arena_alloc_array(finder->arena, n + 1u, sizeof(*a->list));
	a->states = arena_alloc_array(finder->arena, n + 1u,
	    sizeof(*a->states));
	if (a->bits == NULL || a->overlaps == NULL || a->list == NULL ||
	    a->states == NULL || !meanings_build(a)) {
		finder_free(finder);
		return NULL;
	}
	(void)finder_index(finder);	/* slower without */
	return a;
}

void
analysis_free(struct analysis *a)
{
	if (a != NULL)
		finder_free(a->finder);
}

static void
find_overlaps(struct analysis *a, uint32_t rule, const struct region *region)
{
	a->before = finder_overlaps(a->finder, region, 0, rule, a->overlaps);
	a->overlaps_n = a->before + finder_overlaps(a->finder, region,
	    rule + 1, a->rules->n, a->overlaps + a->before);
}

/* The rule that decides a point of a rule when that one is gone, or NONE. */
static uint32_t
successor(const struct analysis *a, const struct point *point)
{
	for (uint32_t i = a->before; i < a->overlaps_n; i++)
		if (rule_matches(a->space,
		    &a->rules->rules[a->overlaps[i]], point))
			return a->overlaps[i];
	return RULES_NONE;
}

/*
 * Is there a packet that the rule decides, later rules have none before
 * overlaps[i] for, and that one (NONE: nothing) decides otherwise?
 */
static enum region_answer
find_other(struct analysis *a, uint32_t rule, uint32_t i,
    struct point *point)
{
	uint32_t next = i < a->overlaps_n ? a->overlaps[i] : RULES_NONE;
	struct region own = region_of(a->space, &a->rules->rules[rule]);
	struct region region = own;

	if (!meaning_differs(a, rule, next, a->bits))
		return REGION_COVERED;
	if (next != RULES_NONE) {
		struct region other = region_of(a->space,
		    &a->rules->rules[next]);

		other.bits = a->bits;
		if (!region_meet(a->finder, &own, &other, &region))
			return REGION_COVERED;
	}
	return finder_uncovered(a->finder, &region, a->overlaps, i,
	    RULES_NONE, point);
}

enum rule_state
analysis_rule(struct analysis *a, uint32_t rule, struct point *point)
{
	struct region region = region_of(a->space, &a->rules->rules[rule]);
	struct point other;
	uint32_t next;

	if (region_empty(a->finder, &region))
		return RULE_EMPTY;
	find_overlaps(a, rule, &region);
	switch (finder_uncovered(a->finder, &region, a->overlaps, a->before,
	    RULES_NONE, point)) {
	case REGION_COVERED:
		return RULE_UNREACHABLE;
	case REGION_GAVE_UP:
		return RULE_UNKNOWN;
	case REGION_POINT:
		break;
	}
	/* mostly the packet that was found shows it */
	next = successor(a, point);
	if (meaning_differs(a, rule, next, a->bits) &&
	    (a->bits[point->service / 64] >> point->service % 64 & 1) != 0)
		return RULE_WORKS;
	for (uint32_t i = a->before; i <= a->overlaps_n; i++) {
		struct region later;

		switch (find_other(a, rule, i, &other)) {
		case REGION_POINT:
			*point = other;
			return RULE_WORKS;
		case REGION_GAVE_UP:
			return RULE_UNKNOWN;
		case REGION_COVERED:
			break;
		}
		if (i == a->overlaps_n)
			break;
		later = region_of(a->space,
		    &a->rules->rules[a->overlaps[i]]);
		if (region_contains(a->finder, &later, &region))
			break;		/* nothing of it gets further */
	}
	return RULE_IDLE;
}
