/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rules of a run as products of classes, and the plain walk over them
 * that everything faster is compared with.
 */
#include "space_parts_internal.h"

/* A rule that ended is off. */
bool
rule_in_force(const struct rules_run *run, const struct statement *st)
{
	const struct value *until = clause_value(st->clauses, CL_UNTIL, 0);

	return until == NULL || until->number >= run->today;
}

static bool
build_rule(struct space *space, const struct statement *st,
    struct flow_rule *rule)
{
	rule->st = st;
	rule->allow = st->spec->kind == ST_ALLOW;
	if (rule->allow)
		rule->class = (enum rules_class)st->head[0]->number;
	rule->src = space_sources(space, clause_value(st->clauses, CL_FROM,
	    0), rule->allow);
	rule->dst = space_destinations(space, clause_value(st->clauses, CL_TO,
	    0));
	rule->set = space_set(space, clause_value(st->clauses, CL_SERVICE,
	    0));
	return rule->src.at != NULL && rule->dst.at != NULL &&
	    rule->set != RULES_NONE;
}

bool
space_build_rules(struct space *space, unsigned r)
{
	const struct rules_run *run = space->runs[r];
	struct flow_rules *rules = &space->rules[r];

	if (space->sets_n == 0 && space_set(space, NULL) != 0)
		return false;
	rules->rules = arena_alloc_array(space->arena, run->flows.n + 1u,
	    sizeof(*rules->rules));
	if (rules->rules == NULL)
		return false;
	for (uint32_t i = 0; i < run->flows.n; i++) {
		const struct statement *st = run->flows.at[i];

		if (!rule_in_force(run, st))
			continue;
		if (!build_rule(space, st, &rules->rules[rules->n++]))
			return false;
	}
	return true;
}

static bool
ranges_have(const struct ranges *ranges, uint32_t class)
{
	for (uint32_t i = 0; i < ranges->n; i++)
		if (class >= ranges->at[i].first && class < ranges->at[i].end)
			return true;
	return false;
}

uint32_t
space_first_match(const struct space *space, const struct flow_rules *rules,
    const struct point *point)
{
	for (uint32_t i = 0; i < rules->n; i++) {
		const struct flow_rule *rule = &rules->rules[i];

		if (set_has(space, rule->set, point->service) &&
		    ranges_have(&rule->dst, point->dst) &&
		    ranges_have(&rule->src, point->src))
			return i;
	}
	return RULES_NONE;
}
