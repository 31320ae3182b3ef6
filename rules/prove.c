/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Proofs over the whole space: never, only and must. Errors are reported by
 * prove_report.c, expects are run by prove_expect.c.
 */
#include "prove_internal.h"

bool
prover_init(struct prover *p, struct rules_run *run, struct space *space)
{
	*p = (struct prover){ .run = run, .space = space,
	    .rules = &space->rules[0],
	    .finder = finder_new(space, &space->rules[0]) };
	if (p->finder == NULL)
		return false;
	p->list = arena_alloc_array(p->finder->arena, p->rules->n + 1u,
	    sizeof(*p->list));
	return p->list != NULL;
}

void
prover_fini(struct prover *p)
{
	finder_free(p->finder);
	p->finder = NULL;
}

/* A packet of the region that the i-th rule of the list decides. */
static enum proof_answer
decided_by(struct prover *p, const struct region *region, uint32_t i,
    struct counter_example *example)
{
	struct region own = region_of(p->space,
	    &p->rules->rules[p->list[i]]), both;

	if (!region_meet(p->finder, region, &own, &both))
		return PROOF_HOLDS;
	example->rule = p->list[i];
	switch (finder_uncovered(p->finder, &both, p->list, i, RULES_NONE,
	    &example->point)) {
	case REGION_COVERED:
		break;
	case REGION_POINT:
		return PROOF_BROKEN;
	case REGION_GAVE_UP:
		return PROOF_GAVE_UP;
	}
	return PROOF_HOLDS;
}

/* Is a class of allow among those of an only? */
static bool
class_listed(const struct statement *only, enum rules_class class)
{
	for (const struct value *v = only->head[0]; v != NULL; v = v->next)
		if (v->number == class)
			return true;
	return false;
}

/* No allow, but those of the classes of only (NULL: of none), lets through. */
static enum proof_answer
prove_closed(struct prover *p, const struct region *region,
    const struct statement *only, struct counter_example *example)
{
	for (uint32_t i = 0; i < p->list_n; i++) {
		const struct flow_rule *rule = &p->rules->rules[p->list[i]];
		enum proof_answer answer;

		if (!rule->allow || (only != NULL &&
		    class_listed(only, rule->class)))
			continue;
		answer = decided_by(p, region, i, example);
		if (answer != PROOF_HOLDS)
			return answer;
	}
	return PROOF_HOLDS;
}

/* Each packet is let through. */
static enum proof_answer
prove_open(struct prover *p, const struct region *region,
    struct counter_example *example)
{
	for (uint32_t i = 0; i < p->list_n; i++) {
		enum proof_answer answer;

		if (p->rules->rules[p->list[i]].allow)
			continue;
		answer = decided_by(p, region, i, example);
		if (answer != PROOF_HOLDS)
			return answer;
	}
	example->rule = RULES_NONE;
	switch (finder_uncovered(p->finder, region, p->list, p->list_n,
	    RULES_NONE, &example->point)) {
	case REGION_COVERED:
		break;
	case REGION_POINT:
		return PROOF_BROKEN;
	case REGION_GAVE_UP:
		return PROOF_GAVE_UP;
	}
	return PROOF_HOLDS;
}

static enum proof_answer
prove_way(struct prover *p, const struct statement *st,
    const struct value *from, const struct value *to,
    struct counter_example *example)
{
	bool must = st->spec->kind == ST_MUST;
	struct region region = {
		space_sources(p->space, from, must),
		space_destinations(p->space, to), NULL
	};
	uint32_t set = space_set(p->space, clause_value(st->clauses,
	    CL_SERVICE, 0));

	if (region.src.at == NULL || region.dst.at == NULL ||
	    set == RULES_NONE)
		return PROOF_GAVE_UP;
	region.bits = p->space->sets[set].bits;
	if (region_empty(p->finder, &region))
		return must ? PROOF_NO_PACKET : PROOF_HOLDS;
	p->list_n = finder_overlaps(p->finder, &region, 0, p->rules->n,
	    p->list);
	if (must)
		return prove_open(p, &region, example);
	return prove_closed(p, &region, st->spec->kind == ST_ONLY ? st :
	    NULL, example);
}

enum proof_answer
prove(struct prover *p, const struct statement *st,
    struct counter_example *example)
{
	const struct value *a = clause_value(st->clauses, CL_BETWEEN, 0);
	const struct value *b = clause_value(st->clauses, CL_BETWEEN, 2);
	enum proof_answer answer;

	*example = (struct counter_example){ .rule = RULES_NONE };
	if (st->spec->kind != ST_ONLY)
		return prove_way(p, st, clause_value(st->clauses, CL_FROM, 0),
		    clause_value(st->clauses, CL_TO, 0), example);
	answer = prove_way(p, st, a, b, example);
	if (answer != PROOF_HOLDS)
		return answer;
	example->back = true;
	return prove_way(p, st, b, a, example);
}

/* Is a party, or a part of it, in the segment? */
static bool
party_in(const struct value *party, const struct statement *segment)
{
	return party->form == FORM_ANY ||
	    party_segment(party->statement) == segment;
}

const struct statement *
prove_mail(const struct rules_run *run, const struct statement *only)
{
	const struct value *a = clause_value(only->clauses, CL_BETWEEN, 0);
	const struct value *b = clause_value(only->clauses, CL_BETWEEN, 2);

	if (class_listed(only, RULES_CLASS_MAIL))
		return NULL;
	for (uint32_t i = 0; i < run->kinds[ST_MAIL].n; i++) {
		const struct statement *st = run->kinds[ST_MAIL].at[i];
		const struct statement *from, *to;

		from = clause_segment(st, CL_FROM);
		to = clause_segment(st, CL_TO);
		if ((party_in(a, from) && party_in(b, to)) ||
		    (party_in(b, from) && party_in(a, to)))
			return st;
	}
	return NULL;
}
