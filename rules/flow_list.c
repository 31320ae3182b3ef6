/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists of rules for flow_build.c. A list is stored once; "this list and
 * that rule" is remembered, since tables ask for the same again and again.
 */
#include <string.h>

#include "flow_internal.h"

struct list_record {
	uint32_t	first;		/* in the pool of rules */
	uint32_t	count;
	uint32_t	emitted;	/* its number in the image, or 0 */
};

struct flow_lists {
	struct space	*space;
	const struct flow_rules *rules;
	struct buf	 records;	/* struct list_record */
	struct buf	 pool;		/* rules of all lists */
	struct buf	 slots;		/* uint32_t: list + 1, by content */
	uint32_t	 slots_n;
	struct flow_memo withs;		/* list and rule */
	struct flow_memo unions;	/* list and list */
	uint32_t	*fresh;		/* the list being made */
};

static uint32_t
lists_n(const struct flow_lists *lists)
{
	return (uint32_t)(lists->records.len / sizeof(struct list_record));
}

static struct list_record *
record_of(const struct flow_lists *lists, uint32_t list)
{
	return (struct list_record *)(void *)lists->records.ptr + list;
}

static const uint32_t *
rules_of(const struct flow_lists *lists, const struct list_record *r)
{
	return (const uint32_t *)(const void *)lists->pool.ptr + r->first;
}

static uint64_t
mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdu;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 33;
}

static uint32_t
hash_rules(const uint32_t *rules, uint32_t n)
{
	uint64_t h = n;

	for (uint32_t i = 0; i < n; i++)
		h = mix(h ^ rules[i]);
	return (uint32_t)h;
}

/* n zeroed records in a buf that had others. */
static enum err
zeroed(struct buf *buf, size_t n, size_t size)
{
	uint8_t *room;
	enum err err;

	buf_clear(buf);
	err = buf_reserve(buf, n * size, &room);
	if (err != OK)
		return err;
	memset(room, 0, n * size);
	buf->len = n * size;
	return OK;
}

static enum err
grow_slots(struct flow_lists *lists)
{
	uint32_t n = lists->slots_n == 0 ? 1024 : lists->slots_n * 2;
	uint32_t *slots;

	if (zeroed(&lists->slots, n, sizeof(*slots)) != OK)
		return ERR_LIMIT;
	slots = (uint32_t *)(void *)lists->slots.ptr;
	lists->slots_n = n;
	for (uint32_t i = 0; i < lists_n(lists); i++) {
		const struct list_record *r = record_of(lists, i);
		uint32_t at = hash_rules(rules_of(lists, r), r->count);

		while (slots[at & (n - 1)] != 0)
			at++;
		slots[at & (n - 1)] = i + 1;
	}
	return OK;
}

/* The list of these rules. */
static uint32_t
intern(struct flow_lists *lists, const uint32_t *rules, uint32_t n)
{
	struct list_record fresh = { .count = n };
	uint32_t at, *slots, list;

	if (lists_n(lists) * 2 >= lists->slots_n && grow_slots(lists) != OK)
		return RULES_NONE;
	slots = (uint32_t *)(void *)lists->slots.ptr;
	for (at = hash_rules(rules, n);; at++) {
		const struct list_record *r;

		list = slots[at & (lists->slots_n - 1)];
		if (list == 0)
			break;
		r = record_of(lists, list - 1);
		if (r->count == n && (n == 0 || memcmp(rules_of(lists, r),
		    rules, n * sizeof(*rules)) == 0))
			return list - 1;
	}
	fresh.first = (uint32_t)(lists->pool.len / sizeof(*rules));
	list = lists_n(lists);
	if (buf_add(&lists->pool, (struct span){ (const uint8_t *)rules,
	    n * sizeof(*rules) }) != OK || buf_add(&lists->records,
	    (struct span){ (const uint8_t *)&fresh, sizeof(fresh) }) != OK)
		return RULES_NONE;
	slots[at & (lists->slots_n - 1)] = list + 1;
	return list;
}

struct flow_lists *
flow_lists_new(struct space *space, const struct flow_rules *rules)
{
	struct flow_lists *lists = arena_alloc(space->arena, sizeof(*lists));

	if (lists == NULL)
		return NULL;
	lists->space = space;
	lists->rules = rules;
	buf_init(&lists->records, RULES_TABLE_BYTES_MAX);
	buf_init(&lists->pool, RULES_TABLE_BYTES_MAX);
	buf_init(&lists->slots, RULES_TABLE_BYTES_MAX);
	flow_memo_init(&lists->withs);
	flow_memo_init(&lists->unions);
	lists->fresh = arena_alloc_array(space->arena, rules->n + 1u,
	    sizeof(*lists->fresh));
	if (lists->fresh == NULL || intern(lists, lists->fresh, 0) != 0) {
		flow_lists_free(lists);
		return NULL;
	}
	return lists;
}

void
flow_lists_free(struct flow_lists *lists)
{
	if (lists == NULL)
		return;
	buf_fini(&lists->records);
	buf_fini(&lists->pool);
	buf_fini(&lists->slots);
	flow_memo_fini(&lists->withs);
	flow_memo_fini(&lists->unions);
}

/* Does set a have all of set b? */
static bool
contains(const struct space *space, uint32_t a, uint32_t b)
{
	const uint64_t *left = space->sets[a].bits;
	const uint64_t *right = space->sets[b].bits;

	if (a == b || a == 0)
		return true;
	for (uint32_t i = 0; i < space->words; i++)
		if (right[i] & ~left[i])
			return false;
	return true;
}

/* *rule gets in; what it or an earlier one hides is left out. */
static uint32_t
make(struct flow_lists *lists, uint32_t list, uint32_t rule)
{
	const struct list_record *r = record_of(lists, list);
	const uint32_t *old = rules_of(lists, r);
	uint32_t set = lists->rules->rules[rule].set, n = 0, i = 0;

	for (; i < r->count && old[i] < rule; i++) {
		if (contains(lists->space, lists->rules->rules[old[i]].set,
		    set))
			return list;
		lists->fresh[n++] = old[i];
	}
	if (i < r->count && old[i] == rule)
		return list;
	lists->fresh[n++] = rule;
	for (; i < r->count; i++)
		if (!contains(lists->space, set,
		    lists->rules->rules[old[i]].set))
			lists->fresh[n++] = old[i];
	return intern(lists, lists->fresh, n);
}

uint32_t
flow_lists_with(struct flow_lists *lists, uint32_t list, uint32_t rule)
{
	uint32_t result = flow_memo_find(&lists->withs, list, rule);

	if (result != RULES_NONE)
		return result;
	result = make(lists, list, rule);
	if (result == RULES_NONE || flow_memo_add(&lists->withs, list, rule,
	    result) != OK)
		return RULES_NONE;
	return result;
}

/* Does one of the first n rules of a list hide a later rule? */
static bool
hides(const struct flow_lists *lists, const uint32_t *rules, uint32_t n,
    uint32_t rule)
{
	for (uint32_t i = 0; i < n; i++)
		if (contains(lists->space, lists->rules->rules[rules[i]].set,
		    lists->rules->rules[rule].set))
			return true;
	return false;
}

static uint32_t
unite(struct flow_lists *lists, uint32_t a, uint32_t b)
{
	const struct list_record *left = record_of(lists, a);
	const struct list_record *right = record_of(lists, b);
	const uint32_t *x = rules_of(lists, left);
	const uint32_t *y = rules_of(lists, right);
	uint32_t i = 0, j = 0, n = 0;

	while (i < left->count || j < right->count) {
		if (j == right->count || (i < left->count && x[i] < y[j])) {
			/* its own list hides it as little as before */
			if (!hides(lists, y, j, x[i]))
				lists->fresh[n++] = x[i];
			i++;
		} else if (i == left->count || y[j] < x[i]) {
			if (!hides(lists, x, i, y[j]))
				lists->fresh[n++] = y[j];
			j++;
		} else {
			lists->fresh[n++] = x[i];
			i++;
			j++;
		}
	}
	return intern(lists, lists->fresh, n);
}

uint32_t
flow_lists_union(struct flow_lists *lists, uint32_t a, uint32_t b)
{
	uint32_t result;

	if (a == 0 || b == 0 || a == b)
		return a == 0 ? b : a;
	result = flow_memo_find(&lists->unions, a, b);
	if (result != RULES_NONE)
		return result;
	result = unite(lists, a, b);
	if (result == RULES_NONE || flow_memo_add(&lists->unions, a, b,
	    result) != OK)
		return RULES_NONE;
	return result;
}

/* The first rule of each service class: word by word of the sets. */
static enum err
emit_table(const struct flow_lists *lists, const uint32_t *rules, uint32_t n,
    struct buf *pool)
{
	const struct space *space = lists->space;
	size_t bytes = (space->services_n + 1u) * sizeof(uint32_t);
	uint8_t *room = NULL;
	uint32_t *table;
	enum err err;

	err = buf_reserve(pool, bytes, &room);
	if (err != OK)
		return err;
	table = (uint32_t *)(void *)room;
	memset(table, 0xff, bytes);	/* RULES_NONE */
	*table++ = FLOW_LIST_TABLE;
	for (uint32_t w = 0; w < space->words; w++) {
		uint64_t taken = 0;

		for (uint32_t i = 0; i < n; i++) {
			const struct flow_rule *rule =
			    &lists->rules->rules[rules[i]];
			uint64_t fresh = space->sets[rule->set].bits[w] &
			    ~taken;

			taken |= fresh;
			for (; fresh != 0; fresh &= fresh - 1)
				table[w * 64 + (unsigned)__builtin_ctzll(
				    fresh)] = rules[i];
		}
	}
	pool->len += bytes;
	return OK;
}

/* n words of one value. */
static enum err
fill(struct buf *pool, size_t n, uint32_t value)
{
	enum err err = OK;

	for (; n > 0 && err == OK; n--)
		err = buf_add(pool, (struct span){ (const uint8_t *)&value,
		    sizeof(value) });
	return err;
}

static enum err
emit_pairs(const struct flow_lists *lists, const uint32_t *rules, uint32_t n,
    struct buf *pool)
{
	enum err err = fill(pool, 1, n);

	for (uint32_t i = 0; i < flow_list_pairs(n) && err == OK; i++) {
		uint32_t pair[2] = { RULES_NONE, 0 };

		if (i < n) {
			pair[0] = rules[i];
			pair[1] = lists->rules->rules[rules[i]].set;
		}
		err = buf_add(pool, (struct span){ (const uint8_t *)pair,
		    sizeof(pair) });
	}
	return err;
}

enum err
flow_lists_emit(struct flow_lists *lists, uint32_t list, struct buf *pool,
    uint32_t *number)
{
	struct list_record *r = record_of(lists, list);
	const uint32_t *rules = rules_of(lists, r);
	bool is_table = r->count > FLOW_LIST_MAX;
	size_t at = pool->len / sizeof(uint32_t);
	enum err err;

	*number = r->emitted;
	/* the empty one is the first of the pool: its number is 0 */
	if (r->emitted != 0 || (list == 0 && at > 0))
		return OK;
	*number = r->emitted = (uint32_t)at | (is_table ? FLOW_TABLE : 0);
	err = is_table ? emit_table(lists, rules, r->count, pool) :
	    emit_pairs(lists, rules, r->count, pool);
	at = pool->len / sizeof(uint32_t);
	if (err == OK)
		err = fill(pool, (FLOW_LIST_ALIGN - at % FLOW_LIST_ALIGN) %
		    FLOW_LIST_ALIGN, 0);
	return err;
}
