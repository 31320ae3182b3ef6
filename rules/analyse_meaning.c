/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Do two rules mean the same for a packet? A deny is a deny, and is what
 * happens without a rule; an allow also says its class, what the flow must
 * speak, how many there may be and how long.
 */
#include <string.h>

#include "analyse_internal.h"

/* The MAC address of the one machine that an allow goes to. */
static const uint8_t *
target_mac(const struct statement *st)
{
	const struct value *to = clause_value(st->clauses, CL_TO, 0), *mac;

	if (to == NULL || to->next != NULL || to->form != FORM_NAME ||
	    to->statement->spec->kind != ST_HOST)
		return NULL;
	mac = clause_value(to->statement->clauses, CL_MAC, 0);
	return mac == NULL ? NULL : mac->mac;
}

/* Two services that make a flow speak the same. */
static bool
speak_same(const struct statement *a, const struct statement *b)
{
	const struct value *x = clause_value(a->clauses, CL_SPEAKS, 0);
	const struct value *y = clause_value(b->clauses, CL_SPEAKS, 0);

	if (x == NULL || y == NULL)
		return x == y;
	if (x->number != y->number)
		return false;
	x = clause_value(a->clauses, CL_SPEAKS, 1);
	y = clause_value(b->clauses, CL_SPEAKS, 1);
	for (; x != NULL && y != NULL; x = x->next, y = y->next)
		if (!span_equal(x->text, y->text))
			return false;
	return x == NULL && y == NULL;
}

bool
meanings_build(struct analysis *a)
{
	a->meanings = arena_alloc_array(a->finder->arena, a->rules->n + 1u,
	    sizeof(*a->meanings));
	a->service_sets = arena_alloc_array(a->finder->arena,
	    a->run->kinds[ST_SERVICE].n + 1u, sizeof(*a->service_sets));
	if (a->meanings == NULL || a->service_sets == NULL)
		return false;
	for (uint32_t i = 0; i < a->rules->n; i++) {
		const struct flow_rule *rule = &a->rules->rules[i];
		const struct clause *c = rule->st->clauses;
		const struct value *until = clause_value(c, CL_UNTIL, 0);
		struct meaning *m = &a->meanings[i];

		*m = (struct meaning){ .allow = rule->allow,
		    .class = rule->class,
		    .limited = clause_value(c, CL_LIMIT, 0) != NULL,
		    .until = until == NULL ? UINT64_MAX : until->number,
		    .to_mac = target_mac(rule->st),
		    .services = clause_value(c, CL_SERVICE, 0),
		    .uniform = true };
		for (const struct value *v = m->services; m->allow &&
		    v != NULL; v = v->next)
			m->uniform &= speak_same(m->services->statement,
			    v->statement);
	}
	return true;
}

/* The classes of one service, whatever list it stands in. */
static uint32_t
service_set(struct analysis *a, const struct value *service)
{
	uint32_t *set = &a->service_sets[service->statement->index];
	struct value *one;

	if (*set != 0)
		return *set - 1;
	one = arena_alloc(a->space->arena, sizeof(*one));
	if (one == NULL)
		return RULES_NONE;
	*one = *service;
	one->next = NULL;
	*set = space_set(a->space, one) + 1;
	return *set - 1;		/* 0 - 1 is NONE */
}

/* What a flow of the class must speak: its first service in the list. */
static const struct statement *
speaker(struct analysis *a, const struct value *services, uint32_t class)
{
	for (const struct value *v = services; v != NULL; v = v->next) {
		uint32_t set = service_set(a, v);

		if (set == RULES_NONE)
			a->finder->no_memory = true;
		else if (set_has(a->space, set, class))
			return v->statement;
	}
	return NULL;
}

static bool
one_machine(const uint8_t *a, const uint8_t *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return memcmp(a, b, 6) == 0;
}

/* Differ in what they must speak: one service class after another. */
static bool
speech_differs(struct analysis *a, const struct meaning *x,
    const struct meaning *y, uint64_t *bits)
{
	bool differ = false;

	for (uint32_t s = 0; s < a->space->services_n; s++) {
		const struct statement *one, *other;

		if ((bits[s / 64] >> s % 64 & 1) == 0)
			continue;
		one = speaker(a, x->services, s);
		other = speaker(a, y->services, s);
		if (one == NULL || other == NULL || !speak_same(one, other))
			differ = true;
		else
			bits[s / 64] &= ~(1ull << s % 64);
	}
	return differ;
}

bool
meaning_differs(struct analysis *analysis, uint32_t a, uint32_t b,
    uint64_t *bits)
{
	const struct meaning *x = &analysis->meanings[a], *y = NULL;
	const struct flow_rule *rules = analysis->rules->rules;
	const struct space *space = analysis->space;
	const uint64_t *own = space->sets[rules[a].set].bits;
	const uint64_t *of = own;
	bool any = false;

	if (b != RULES_NONE) {
		y = &analysis->meanings[b];
		of = space->sets[rules[b].set].bits;
	}
	if (!x->allow && (y == NULL || !y->allow))
		return false;
	for (uint32_t w = 0; w < space->words; w++) {
		bits[w] = own[w] & of[w];
		any |= bits[w] != 0;
	}
	/* two limits are two counters: each lets through its own number */
	if (!x->allow || y == NULL || !y->allow || x->class != y->class ||
	    x->limited || y->limited || y->until < x->until ||
	    !one_machine(x->to_mac, y->to_mac))
		return any;
	if (x->uniform && y->uniform)
		return any && !speak_same(x->services->statement,
		    y->services->statement);
	return any && speech_differs(analysis, x, y, bits);
}
