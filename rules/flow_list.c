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
	uint32_t	emitted;	/* offset, or 0 */
};

struct memo {
	uint64_t	key;		/* list << 32 | rule, + 1; 0: free */
	uint32_t	list;
};

struct flow_lists {
	struct space	*space;
	const struct flow_rules *rules;
	struct buf	 records;	/* struct list_record */
	struct buf	 pool;		/* rules of all lists */
	struct buf	 slots;		/* uint32_t: list + 1, by content */
	struct buf	 memos;		/* struct memo */
	uint32_t	 slots_n;
	uint32_t	 memos_n;
	uint32_t	 memos_used;
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
	buf_init(&lists->memos, RULES_TABLE_BYTES_MAX);
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
	buf_fini(&lists->memos);
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

static enum err
grow_memos(struct flow_lists *lists)
{
	uint32_t n = lists->memos_n == 0 ? 4096 : lists->memos_n * 2;
	struct memo *memos;
	struct buf old = lists->memos;
	enum err err;

	buf_init(&lists->memos, RULES_TABLE_BYTES_MAX);
	err = zeroed(&lists->memos, n, sizeof(*memos));
	memos = (struct memo *)(void *)lists->memos.ptr;
	for (uint32_t i = 0; i < lists->memos_n && err == OK; i++) {
		const struct memo *m = (struct memo *)(void *)old.ptr + i;
		uint64_t at = mix(m->key);

		if (m->key == 0)
			continue;
		while (memos[at & (n - 1)].key != 0)
			at++;
		memos[at & (n - 1)] = *m;
	}
	buf_fini(&old);
	lists->memos_n = n;
	return err;
}

uint32_t
flow_lists_with(struct flow_lists *lists, uint32_t list, uint32_t rule)
{
	uint64_t key = ((uint64_t)list << 32 | rule) + 1, at = mix(key);
	struct memo *memos;
	uint32_t result;

	if (lists->memos_used * 2 >= lists->memos_n &&
	    grow_memos(lists) != OK)
		return RULES_NONE;
	memos = (struct memo *)(void *)lists->memos.ptr;
	while (memos[at & (lists->memos_n - 1)].key != 0) {
		if (memos[at & (lists->memos_n - 1)].key == key)
			return memos[at & (lists->memos_n - 1)].list;
		at++;
	}
	result = make(lists, list, rule);
	if (result == RULES_NONE)
		return RULES_NONE;
	memos[at & (lists->memos_n - 1)] = (struct memo){ key, result };
	lists->memos_used++;
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

enum err
flow_lists_filler(struct buf *pool)
{
	const uint32_t pair[2] = { RULES_NONE, 0 };

	return buf_add(pool, (struct span){ (const uint8_t *)pair,
	    sizeof(pair) });
}

enum err
flow_lists_emit(struct flow_lists *lists, uint32_t list, struct buf *pool,
    uint32_t *offset)
{
	struct list_record *r = record_of(lists, list);
	const uint32_t *rules = rules_of(lists, r);
	enum err err;

	*offset = r->emitted;
	if (r->emitted != 0 || r->count == 0)
		return OK;
	*offset = r->emitted = (uint32_t)(pool->len / sizeof(uint32_t));
	if (r->count > FLOW_LIST_MAX)
		return emit_table(lists, rules, r->count, pool);
	err = buf_add(pool, (struct span){ (const uint8_t *)&r->count,
	    sizeof(r->count) });
	for (uint32_t i = 0; i < r->count && err == OK; i++) {
		uint32_t pair[2] = { rules[i],
		    lists->rules->rules[rules[i]].set };

		err = buf_add(pool, (struct span){ (const uint8_t *)pair,
		    sizeof(pair) });
	}
	for (uint32_t i = r->count; i < FLOW_LIST_LEAST && err == OK; i++)
		err = flow_lists_filler(pool);
	return err;
}
