/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers for meanings: everything that makes one is written as bytes, and
 * equal bytes get one number. Names, owners and places are no meaning.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "meaning_internal.h"
#include "value_internal.h"

#define SLOTS_FIRST	1024u
#define KEY_BYTES_MAX	(64u * 1024 * 1024)

struct entry {
	struct span	 key;
	uint32_t	 next;		/* index + 1 */
};

/* Bytes to numbers from 1 on. */
struct numbers {
	struct entry	*entries;
	uint32_t	*slots;
	uint32_t	 n;
	uint32_t	 max;		/* a power of two; slots, too */
};

struct rule_meaning {
	uint32_t	 shape;
	uint32_t	 base;		/* 0: deny */
	uint64_t	 outcome;
};

struct meanings {
	struct space	*space;
	struct arena	*arena;
	struct buf	 key;
	enum err	 err;
	struct numbers	 speaks;
	struct numbers	 bases;
	struct numbers	 shapes;
	struct rule_meaning *rules[SPACE_RUNS_MAX];
	uint32_t	*service_set[SPACE_RUNS_MAX];	/* by index */
	uint32_t	*service_speaks[SPACE_RUNS_MAX];
};

static uint32_t
hash(struct span s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ s.ptr[i]) * 0x100000001b3u;
	return (uint32_t)(h ^ h >> 32);
}

static bool
numbers_grow(struct meanings *m, struct numbers *numbers)
{
	uint32_t max = numbers->max == 0 ? SLOTS_FIRST : numbers->max * 2;
	struct entry *entries = arena_alloc_array(m->arena, max,
	    sizeof(*entries));
	uint32_t *slots = arena_alloc_array(m->arena, max, sizeof(*slots));

	if (entries == NULL || slots == NULL) {
		m->err = ERR_SYSTEM;
		return false;
	}
	for (uint32_t i = 0; i < numbers->n; i++) {
		uint32_t *slot = &slots[hash(numbers->entries[i].key) &
		    (max - 1)];

		entries[i] = (struct entry){ numbers->entries[i].key, *slot };
		*slot = i + 1;
	}
	numbers->entries = entries;
	numbers->slots = slots;
	numbers->max = max;
	return true;
}

/* The number of the bytes in m->key, which are cleared. */
static uint32_t
number_of_key(struct meanings *m, struct numbers *numbers)
{
	struct span key = buf_span(&m->key);
	uint32_t *slot, i;

	if (m->err != OK || (numbers->n == numbers->max &&
	    !numbers_grow(m, numbers)))
		return 0;
	slot = &numbers->slots[hash(key) & (numbers->max - 1)];
	buf_clear(&m->key);
	for (i = *slot; i != 0; i = numbers->entries[i - 1].next)
		if (span_equal(numbers->entries[i - 1].key, key))
			return i;
	if (!arena_dup(m->arena, key, &numbers->entries[numbers->n].key)) {
		m->err = ERR_SYSTEM;
		return 0;
	}
	numbers->entries[numbers->n].next = *slot;
	*slot = ++numbers->n;
	return numbers->n;
}

static void
key_add(struct meanings *m, const void *bytes, size_t len)
{
	if (m->err == OK)
		m->err = buf_add(&m->key, (struct span){ bytes, len });
}

static void
key_number(struct meanings *m, uint64_t number)
{
	key_add(m, &number, sizeof(number));
}

/* ---- what is spoken ---- */

static int
compare_names(const void *left, const void *right)
{
	const struct value *const *a = left, *const *b = right;
	size_t n = (*a)->text.len < (*b)->text.len ? (*a)->text.len :
	    (*b)->text.len;

	for (size_t i = 0; i < n; i++) {
		int order = ascii_lower((*a)->text.ptr[i]) -
		    ascii_lower((*b)->text.ptr[i]);

		if (order != 0)
			return order;
	}
	return (*a)->text.len < (*b)->text.len ? -1 :
	    (*a)->text.len > (*b)->text.len;
}

static void
key_names(struct meanings *m, const struct value *first)
{
	const struct value **names;
	uint32_t n = 0;

	for (const struct value *v = first; v != NULL; v = v->next)
		n++;
	names = arena_alloc_array(m->arena, n + 1, sizeof(*names));
	if (names == NULL) {
		m->err = ERR_SYSTEM;
		return;
	}
	n = 0;
	for (const struct value *v = first; v != NULL; v = v->next)
		names[n++] = v;
	qsort(names, n, sizeof(*names), compare_names);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t lower[RULES_STRING_BYTES_MAX];
		size_t len = names[i]->text.len;

		if (i > 0 && compare_names(&names[i - 1], &names[i]) == 0)
			continue;
		require(len <= sizeof(lower));
		for (size_t j = 0; j < len; j++)
			lower[j] = ascii_lower(names[i]->text.ptr[j]);
		key_add(m, i == 0 ? " \"" : ", \"", i == 0 ? 2 : 3);
		key_add(m, lower, len);
		key_add(m, "\"", 1);
	}
}

static uint32_t
number_of_speaks(struct meanings *m, const struct statement *service)
{
	const struct value *word = clause_value(service->clauses, CL_SPEAKS,
	    0);

	if (word != NULL) {
		key_add(m, word->text.ptr, word->text.len);
		key_names(m, clause_value(service->clauses, CL_SPEAKS, 1));
	}
	return number_of_key(m, &m->speaks);
}

static bool
number_services(struct meanings *m, unsigned r)
{
	const struct rules_run *run = m->space->runs[r];

	m->service_set[r] = arena_alloc_array(m->arena,
	    run->kinds[ST_SERVICE].n + 1u, sizeof(uint32_t));
	m->service_speaks[r] = arena_alloc_array(m->arena,
	    run->kinds[ST_SERVICE].n + 1u, sizeof(uint32_t));
	if (m->service_set[r] == NULL || m->service_speaks[r] == NULL)
		return false;
	for (uint32_t i = 0; i < run->kinds[ST_SERVICE].n; i++) {
		struct statement *st = run->kinds[ST_SERVICE].at[i];
		struct value one = { .form = FORM_NAME, .statement = st };

		m->service_set[r][st->index] = space_set(m->space, &one);
		m->service_speaks[r][st->index] = number_of_speaks(m, st);
		if (m->service_set[r][st->index] == RULES_NONE)
			return false;
		/* the set must not point at a value that is gone */
		if (m->space->sets[m->service_set[r][st->index]].services ==
		    &one)
			m->space->sets[m->service_set[r][st->index]]
			    .services = NULL;
	}
	return m->err == OK;
}

/* ---- rules ---- */

static uint32_t
number_of_base(struct meanings *m, const struct flow_rule *rule)
{
	const struct value *until = clause_value(rule->st->clauses, CL_UNTIL,
	    0);
	const struct value *to = clause_value(rule->st->clauses, CL_TO, 0);
	const struct value *mac;

	if (!rule->allow)
		return 0;
	key_number(m, rule->class);
	key_number(m, value_scaled(clause_value(rule->st->clauses, CL_LIMIT,
	    0), 0));
	key_number(m, until == NULL ? UINT64_MAX : until->number);
	if (to->next == NULL && to->statement != NULL) {
		mac = clause_value(to->statement->clauses, CL_MAC, 0);
		if (mac != NULL)
			key_add(m, mac->mac, sizeof(mac->mac));
	}
	return number_of_key(m, &m->bases);
}

static void
number_rule(struct meanings *m, unsigned r, uint32_t i)
{
	const struct flow_rule *rule = &m->space->rules[r].rules[i];
	struct rule_meaning *meaning = &m->rules[r][i];
	const struct value *v = clause_value(rule->st->clauses, CL_SERVICE,
	    0);
	uint32_t speaks = 0;
	bool mixed = false;

	meaning->base = number_of_base(m, rule);
	key_number(m, meaning->base);
	key_number(m, rule->set);
	key_number(m, rule->src.n);
	key_add(m, rule->src.at, rule->src.n * sizeof(*rule->src.at));
	key_add(m, rule->dst.at, rule->dst.n * sizeof(*rule->dst.at));
	for (; v != NULL && rule->allow; v = v->next) {
		uint32_t n = m->service_speaks[r][v->statement->index];

		if (speaks != 0 && n != speaks)
			mixed = true;
		speaks = n;
		key_number(m, m->service_set[r][v->statement->index]);
		key_number(m, n);
	}
	meaning->shape = number_of_key(m, &m->shapes);
	meaning->outcome = !rule->allow ? OUTCOME_DENY : mixed ?
	    OUTCOME_MIXED : (uint64_t)meaning->base << 32 | speaks;
}

struct meanings *
meanings_new(struct space *space)
{
	struct arena *arena = arena_new(RULES_MEMORY_BYTES_MAX);
	struct meanings *m = arena == NULL ? NULL :
	    arena_alloc(arena, sizeof(*m));

	if (m == NULL) {
		arena_free(arena);
		return NULL;
	}
	m->space = space;
	m->arena = arena;
	buf_init(&m->key, KEY_BYTES_MAX);
	for (unsigned r = 0; r < space->runs_n; r++) {
		m->rules[r] = arena_alloc_array(arena, space->rules[r].n + 1u,
		    sizeof(*m->rules[r]));
		if (m->rules[r] == NULL || !number_services(m, r))
			m->err = ERR_SYSTEM;
		for (uint32_t i = 0; m->err == OK && i < space->rules[r].n;
		    i++)
			number_rule(m, r, i);
	}
	if (m->err == OK)
		return m;
	meanings_free(m);
	return NULL;
}

void
meanings_free(struct meanings *m)
{
	if (m == NULL)
		return;
	buf_fini(&m->key);
	arena_free(m->arena);
}

uint64_t
meaning_of_rule(const struct meanings *m, unsigned run, uint32_t rule)
{
	return m->rules[run][rule].outcome;
}

uint64_t
meaning_of(const struct meanings *m, unsigned run, uint32_t rule,
    uint32_t service)
{
	const struct rule_meaning *meaning;
	const struct value *v;

	if (rule == RULES_NONE)
		return OUTCOME_DENY;
	meaning = &m->rules[run][rule];
	if (meaning->outcome != OUTCOME_MIXED)
		return meaning->outcome;
	v = clause_value(m->space->rules[run].rules[rule].st->clauses,
	    CL_SERVICE, 0);
	while (v->next != NULL && !set_has(m->space,
	    m->service_set[run][v->statement->index], service))
		v = v->next;
	return (uint64_t)meaning->base << 32 |
	    m->service_speaks[run][v->statement->index];
}

uint32_t
meaning_shape(const struct meanings *m, unsigned run, uint32_t rule)
{
	return m->rules[run][rule].shape;
}

uint32_t
meaning_service_set(const struct meanings *m, unsigned run, uint32_t service)
{
	return m->service_set[run][service];
}

struct span
meaning_speaks(const struct meanings *m, uint64_t outcome)
{
	uint32_t speaks = (uint32_t)outcome;

	return speaks == 0 ? (struct span){ NULL, 0 } :
	    m->speaks.entries[speaks - 1].key;
}
