/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who can reach whom: for each two segments the classes of which a packet
 * really is let through. The rules are compared with no rules at all, so
 * that each packet that is allowed comes by with the rule that decides.
 */
#include <stdlib.h>
#include <string.h>

#include "walk_internal.h"

#define CLASSES		((unsigned)RULES_CLASS_MAIL)	/* of flows */

struct cell {
	uint32_t	*rules;		/* bits; NULL: nothing is allowed */
	uint32_t	*services;
};

struct rules_matrix {
	const struct rules_run *run;
	struct arena	*arena;
	struct space	*space;
	struct meanings	*meanings;
	const struct statement *segments[RULES_SEGMENTS_MAX];
	const struct statement **services;	/* by index */
	uint32_t	 segments_n;
	struct cell	*cells;		/* from, to, class */
	struct range	 src;		/* the box last asked for */
	struct range	 dst;
	bool		 one_cell;
	bool		 no_room;
	struct rules_reach *reaches;
	uint32_t	 reaches_n;
};

static bool
bit(const uint32_t *bits, uint32_t i)
{
	return bits[i / 32] >> i % 32 & 1;
}

static struct cell *
cell_at(const struct rules_matrix *m, uint32_t from, uint32_t to,
    unsigned class)
{
	return &m->cells[(from * m->segments_n + to) * CLASSES + class];
}

/* Rule i got packets of these service classes through. */
static void
mark(struct rules_matrix *m, uint32_t from, uint32_t to, uint32_t i,
    const uint64_t *bits)
{
	const struct flow_rule *rule = &m->space->rules[0].rules[i];
	struct cell *cell = cell_at(m, from, to, rule->class);
	const struct value *v = clause_value(rule->st->clauses, CL_SERVICE,
	    0);

	if (cell->rules == NULL) {
		cell->rules = arena_alloc_array(m->arena,
		    m->space->rules[0].n / 32 + 1, sizeof(uint32_t));
		cell->services = arena_alloc_array(m->arena,
		    m->run->kinds[ST_SERVICE].n / 32 + 1, sizeof(uint32_t));
		if (cell->rules == NULL || cell->services == NULL) {
			m->no_room = true;
			return;
		}
	}
	cell->rules[i / 32] |= 1u << i % 32;
	for (; v != NULL; v = v->next) {
		uint32_t s = v->statement->index;
		const uint64_t *set = m->space->sets[meaning_service_set(
		    m->meanings, 0, s)].bits;

		for (uint32_t k = 0; k < m->space->words; k++)
			if (set[k] & bits[k])
				cell->services[s / 32] |= 1u << s % 32;
	}
}

/* The segments of the classes of a range, as bits. */
static uint64_t
segments_in(const struct axis *axis, const struct range *range)
{
	uint64_t segments = 0;

	for (uint32_t c = range->first; c < range->end; c++)
		if (axis->classes[c].segment < RULES_SEGMENTS_MAX)
			segments |= 1ull << axis->classes[c].segment;
	return segments;
}

static bool
one_segment(const struct axis *axis, const struct range *range)
{
	uint32_t first = axis->classes[range->first].segment;

	for (uint32_t c = range->first + 1; c < range->end; c++)
		if (axis->classes[c].segment != first)
			return false;
	return true;
}

static bool
matrix_box(void *arg, const struct walk_box *box)
{
	struct rules_matrix *m = arg;
	uint64_t from = segments_in(&m->space->src, &box->src);
	uint64_t to = segments_in(&m->space->dst, &box->dst);

	for (uint32_t f = 0; f < m->segments_n; f++)
		for (uint32_t t = 0; t < m->segments_n; t++)
			if (from >> f & 1 && to >> t & 1)
				mark(m, f, t, box->rule[1], box->services);
	return !m->no_room;
}

static bool
seen(const struct rules_matrix *m, uint32_t from, uint32_t to, uint32_t i)
{
	const struct flow_rule *rule = &m->space->rules[0].rules[i];
	const struct value *v = clause_value(rule->st->clauses, CL_SERVICE,
	    0);
	const struct cell *cell;

	if (!rule->allow)
		return true;
	cell = cell_at(m, from, to, rule->class);
	if (cell->rules == NULL || !bit(cell->rules, i))
		return false;
	for (; v != NULL; v = v->next)
		if (!bit(cell->services, v->statement->index))
			return false;
	return true;
}

static bool
same(const struct range *a, const struct range *b)
{
	return a->first == b->first && a->end == b->end;
}

/* Would a packet of these addresses say something new of the rule? */
static bool
matrix_wanted(void *arg, const struct range *src, const struct range *dst,
    uint32_t rule)
{
	struct rules_matrix *m = arg;
	uint32_t from = m->space->src.classes[src->first].segment;
	uint32_t to = m->space->dst.classes[dst->first].segment;

	/* asked for all rules of a box, one after the other */
	if (!same(src, &m->src) || !same(dst, &m->dst)) {
		m->src = *src;
		m->dst = *dst;
		m->one_cell = from < m->segments_n && to < m->segments_n &&
		    one_segment(&m->space->src, src) &&
		    one_segment(&m->space->dst, dst);
	}
	return !m->one_cell || !seen(m, from, to, rule);
}

/* ---- the list ---- */

static uint32_t
count(const uint32_t *bits, uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += bit(bits, i);
	return sum;
}

static const char *
name_of(struct rules_matrix *m, const struct statement *st)
{
	struct span name = statement_name(st);
	char *copy = arena_alloc(m->arena, name.len + 1);

	if (copy == NULL) {
		m->no_room = true;
		return "";
	}
	memcpy(copy, name.ptr, name.len);
	return copy;
}

static void
add_cell(struct rules_matrix *m, uint32_t from, uint32_t to, unsigned class)
{
	const struct cell *cell = cell_at(m, from, to, class);
	struct rules_reach *reach = &m->reaches[m->reaches_n];
	uint32_t max = m->run->kinds[ST_SERVICE].n;
	const char **names;

	if (cell->rules == NULL)
		return;
	names = arena_alloc_array(m->arena, count(cell->services, max) + 1u,
	    sizeof(*names));
	if (names == NULL) {
		m->no_room = true;
		return;
	}
	*reach = (struct rules_reach){ from, to, (enum rules_class)class,
	    { NULL, 0 }, count(cell->rules, m->space->rules[0].n), names, 0 };
	for (uint32_t i = 0; i < max; i++)
		if (bit(cell->services, i))
			names[reach->services_n++] = name_of(m,
			    m->services[i]);
	m->reaches_n++;
}

static void
add_routes(struct rules_matrix *m, uint32_t from, uint32_t to)
{
	for (uint32_t i = 0; i < m->run->kinds[ST_MAIL].n; i++) {
		const struct statement *st = m->run->kinds[ST_MAIL].at[i];

		if (clause_segment(st, CL_FROM)->index != from ||
		    clause_segment(st, CL_TO)->index != to)
			continue;
		m->reaches[m->reaches_n++] = (struct rules_reach){ from, to,
		    RULES_CLASS_MAIL, statement_name(st), 1, NULL, 0 };
	}
}

static enum err
list_reaches(struct rules_matrix *m)
{
	uint32_t n = m->segments_n;

	m->reaches = arena_alloc_array(m->arena, (size_t)n * n * CLASSES +
	    m->run->kinds[ST_MAIL].n + 1u, sizeof(*m->reaches));
	if (m->reaches == NULL)
		return ERR_SYSTEM;
	for (uint32_t from = 0; from < n; from++)
		for (uint32_t to = 0; to < n; to++) {
			for (unsigned class = 0; class < CLASSES; class++)
				add_cell(m, from, to, class);
			add_routes(m, from, to);
		}
	return m->no_room ? ERR_SYSTEM : OK;
}

static enum err
fill(struct rules_matrix *m)
{
	static const struct flow_rules none;
	struct walk_side side[2] = { { 0, &none },
	    { 0, &m->space->rules[0] } };
	struct walk_calls calls = { matrix_box, matrix_wanted, m };
	enum err err;

	m->services = arena_alloc_array(m->arena,
	    m->run->kinds[ST_SERVICE].n + 1u, sizeof(*m->services));
	if (m->services == NULL)
		return ERR_SYSTEM;
	for (uint32_t i = 0; i < m->run->all.n; i++) {
		const struct statement *st = m->run->all.at[i];

		if (st->spec->kind == ST_SEGMENT)
			m->segments[m->segments_n++] = st;
		else if (st->spec->kind == ST_SERVICE)
			m->services[st->index] = st;
	}
	m->cells = arena_alloc_array(m->arena, (size_t)m->segments_n *
	    m->segments_n * CLASSES + 1u, sizeof(*m->cells));
	if (m->cells == NULL)
		return ERR_SYSTEM;
	err = walk_differences(m->space, m->meanings, side, &calls);
	if (err == OK)
		err = list_reaches(m);
	return m->no_room ? ERR_SYSTEM : err;
}

enum err
rules_matrix_new(const struct rules_run *run, struct rules_matrix **to,
    struct diag *diag)
{
	struct arena *arena = arena_new(RULES_MEMORY_BYTES_MAX);
	struct rules_matrix *m = arena == NULL ? NULL :
	    arena_alloc(arena, sizeof(*m));
	enum err err = ERR_SYSTEM;

	*to = NULL;
	if (m == NULL) {
		arena_free(arena);
		return diag_set(diag, ERR_SYSTEM, "out of memory");
	}
	m->arena = arena;
	m->run = run;
	if (run->errors > 0) {
		rules_matrix_free(m);
		return diag_set(diag, ERR_INPUT, "the rules have errors");
	}
	m->space = space_new(&run, 1);
	if (m->space == NULL) {
		rules_matrix_free(m);
		return diag_set(diag, ERR_LIMIT, "the rules have too many "
		    "addresses or ports");
	}
	m->meanings = meanings_new(m->space);
	if (m->meanings != NULL)
		err = fill(m);
	if (err == OK)
		*to = m;
	else
		rules_matrix_free(m);
	return err == OK ? OK : diag_set(diag, err, err == ERR_LIMIT ?
	    "the rules are too many to be looked at to the end" :
	    "the matrix needs more memory than there is");
}

void
rules_matrix_free(struct rules_matrix *m)
{
	if (m == NULL)
		return;
	meanings_free(m->meanings);
	space_free(m->space);
	arena_free(m->arena);
}

uint32_t
rules_matrix_segments(const struct rules_matrix *m)
{
	return m->segments_n;
}

void
rules_matrix_segment(const struct rules_matrix *m, uint32_t i,
    struct rules_segment *segment)
{
	require(i < m->segments_n);
	*segment = (struct rules_segment){
		.name = statement_name(m->segments[i]),
		.tier = (uint8_t)segment_tier(m->segments[i]),
		.interface_name = clause_value(m->segments[i]->clauses,
		    CL_INTERFACE, 0)->text,
		.any = m->segments[i] == m->run->any_segment,
	};
}

uint32_t
rules_matrix_reaches(const struct rules_matrix *m)
{
	return m->reaches_n;
}

const struct rules_reach *
rules_matrix_reach(const struct rules_matrix *m, uint32_t i)
{
	require(i < m->reaches_n);
	return &m->reaches[i];
}
