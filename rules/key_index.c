/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Made of the keys of a checked image when it is opened; see key_index.h. */
#include "key_index.h"

#define TOPS		65536u
#define BLOCKS		16u		/* of a top */

/* Of each: what is needed of blocks (in tops) and leaves. */
struct need {
	uint32_t	tops;
	uint32_t	leaves;
};

static struct need
need_of(const uint32_t *keys, uint32_t n)
{
	struct need need = { 1, 1 };	/* behind the last key */

	for (uint32_t i = 0; i < n; i++) {
		/* its own, and one for the gap before it */
		if (i == 0 || keys[i] >> 16 != keys[i - 1] >> 16)
			need.tops += 2;
		need.leaves += i == 0 || keys[i] >> 6 != keys[i - 1] >> 6;
	}
	return need;
}

size_t
key_index_bytes(const uint32_t *keys, uint32_t n)
{
	struct need need = need_of(keys, n);

	return TOPS * sizeof(uint16_t) + need.tops * (size_t)BLOCKS *
	    sizeof(struct key_block) + need.leaves * sizeof(struct key_leaf) +
	    3 * sizeof(max_align_t);
}

/* The keys of one block; gives the first key behind it. */
static uint32_t
fill_block(const uint32_t *keys, uint32_t n, uint32_t key, uint32_t number,
    struct key_block *block, struct key_leaf *leaves, uint32_t *leaf)
{
	block->leaf = *leaf;
	while (key < n && keys[key] >> 12 == number) {
		uint32_t of_leaf = keys[key] >> 6;

		block->bits |= UINT64_C(1) << (of_leaf & 63);
		leaves[*leaf].before = key - 1;	/* key 0 has no one before */
		for (; key < n && keys[key] >> 6 == of_leaf; key++)
			leaves[*leaf].bits |= UINT64_C(1) << (keys[key] & 63);
		(*leaf)++;
	}
	return key;
}

bool
key_index_build(struct key_index *index, const uint32_t *keys, uint32_t n,
    struct arena *arena)
{
	struct need need = need_of(keys, n);
	uint16_t *tops = arena_alloc_array(arena, TOPS, sizeof(*tops));
	struct key_block *blocks = arena_alloc_array(arena,
	    need.tops * (size_t)BLOCKS, sizeof(*blocks));
	struct key_leaf *leaves = arena_alloc_array(arena, need.leaves,
	    sizeof(*leaves));
	uint32_t key = 0, leaf = 0, used = 0;
	bool empty = false;

	if (tops == NULL || blocks == NULL || leaves == NULL)
		return false;
	for (uint32_t t = 0; t < TOPS; t++) {
		bool has_keys = key < n && keys[key] >> 16 == t;

		if (!has_keys && empty) {
			tops[t] = tops[t - 1];
			continue;
		}
		empty = !has_keys;
		tops[t] = (uint16_t)(used / BLOCKS);
		for (uint32_t i = 0; i < BLOCKS; i++)
			key = fill_block(keys, n, key, t * BLOCKS + i,
			    &blocks[used++], leaves, &leaf);
	}
	leaves[leaf].before = n - 1;
	*index = (struct key_index){ tops, blocks, leaves };
	return true;
}
