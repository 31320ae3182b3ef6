/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hash table from pairs of numbers to numbers, for flow_build.c. */
#include <string.h>

#include "flow_internal.h"

#define MEMOS_LEAST	4096u

struct memo {
	uint64_t	key;		/* a << 32 | b, + 1; 0: free */
	uint32_t	value;
};

void
flow_memo_init(struct flow_memo *memo)
{
	*memo = (struct flow_memo){ .slots_n = 0 };
	buf_init(&memo->slots, RULES_TABLE_BYTES_MAX);
}

void
flow_memo_fini(struct flow_memo *memo)
{
	buf_fini(&memo->slots);
}

static uint64_t
key_of(uint32_t a, uint32_t b)
{
	return ((uint64_t)a << 32 | b) + 1;
}

/* The slot of the key, or the free one where it belongs. */
static struct memo *
memo_of(const struct flow_memo *memo, uint64_t key)
{
	struct memo *slots = (struct memo *)(void *)memo->slots.ptr;
	uint64_t at = key;

	at ^= at >> 33;
	at *= 0xff51afd7ed558ccdu;
	at ^= at >> 33;
	at *= 0xc4ceb9fe1a85ec53u;
	at ^= at >> 33;
	while (slots[at & (memo->slots_n - 1)].key != 0 &&
	    slots[at & (memo->slots_n - 1)].key != key)
		at++;
	return &slots[at & (memo->slots_n - 1)];
}

static enum err
grow(struct flow_memo *memo)
{
	struct flow_memo larger;
	size_t bytes;
	uint8_t *room;
	enum err err;

	flow_memo_init(&larger);
	larger.slots_n = memo->slots_n == 0 ? MEMOS_LEAST : memo->slots_n * 2;
	larger.used = memo->used;
	bytes = larger.slots_n * sizeof(struct memo);
	err = buf_reserve(&larger.slots, bytes, &room);
	if (err != OK)
		return err;
	memset(room, 0, bytes);
	larger.slots.len = bytes;
	for (uint32_t i = 0; i < memo->slots_n; i++) {
		const struct memo *slot = (const struct memo *)(const void *)
		    memo->slots.ptr + i;

		if (slot->key != 0)
			*memo_of(&larger, slot->key) = *slot;
	}
	flow_memo_fini(memo);
	*memo = larger;
	return OK;
}

uint32_t
flow_memo_find(const struct flow_memo *memo, uint32_t a, uint32_t b)
{
	const struct memo *slot;

	if (memo->slots_n == 0)
		return RULES_NONE;
	slot = memo_of(memo, key_of(a, b));
	return slot->key == 0 ? RULES_NONE : slot->value;
}

enum err
flow_memo_add(struct flow_memo *memo, uint32_t a, uint32_t b, uint32_t value)
{
	if (memo->used * 2 >= memo->slots_n) {
		enum err err = grow(memo);

		if (err != OK)
			return err;
	}
	*memo_of(memo, key_of(a, b)) = (struct memo){ key_of(a, b), value };
	memo->used++;
	return OK;
}
