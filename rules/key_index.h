/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_KEY_INDEX_H
#define SEKISHO_RULES_KEY_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../gateway/base/arena.h"

/*
 * Which of the sorted IPv4 keys is the last one not above an address, in
 * three steps whatever their number: a place for each /16 says where its 16
 * blocks are, a block which of its 64 /26 have keys and how many leaves are
 * before, a leaf which of its 64 addresses are keys and which key was before.
 * A /16 without keys shares its blocks with the ones beside it.
 */
struct key_block {
	uint64_t	bits;
	uint32_t	leaf;		/* of its first bit */
	uint32_t	unused;
};

struct key_leaf {
	uint64_t	bits;
	uint32_t	before;		/* key before the first bit */
	uint32_t	unused;
};

struct key_index {
	const uint16_t	*tops;		/* by the upper 16 bits: 16 blocks */
	const struct key_block *blocks;
	const struct key_leaf *leaves;
};

/* How many bytes key_index_build() takes of an arena. keys[0] is 0. */
size_t key_index_bytes(const uint32_t *keys, uint32_t n);
/* False: the arena has no room. The keys are not used afterwards. */
bool key_index_build(struct key_index *index, const uint32_t *keys,
    uint32_t n, struct arena *arena) MUST_CHECK;

/*
 * For functions that count and shift bits: ones that have the instructions
 * for it are made as well, and taken where the processor has them (to count
 * since 2009, to shift by a variable without detours since 2013).
 */
#ifdef __x86_64__
#define COUNTS_BITS	\
	__attribute__((target_clones("arch=x86-64-v3", "popcnt", "default")))
#else
#define COUNTS_BITS
#endif
/* Into them: called, it would be without the instruction. */
#define INTO_CALLER	static inline __attribute__((always_inline))

INTO_CALLER uint32_t
count_bits(uint64_t bits)
{
	return (uint32_t)__builtin_popcountll(bits);
}

INTO_CALLER const struct key_block *
key_index_block(const struct key_index *index, uint32_t address)
{
	return &index->blocks[index->tops[address >> 16] * 16u +
	    (address >> 12 & 15)];
}

/* Without bits of its own: the next leaf, which knows the key before. */
INTO_CALLER uint32_t
key_block_leaf(const struct key_block *block, uint32_t address)
{
	return block->leaf + count_bits(block->bits &
	    ((UINT64_C(1) << (address >> 6 & 63)) - 1));
}

INTO_CALLER uint32_t
key_leaf_key(const struct key_block *block, const struct key_leaf *leaf,
    uint32_t address)
{
	uint64_t is_here = 0 - (block->bits >> (address >> 6 & 63) & 1);

	return leaf->before + count_bits(leaf->bits & is_here &
	    UINT64_MAX >> (63 - (address & 63)));
}

INTO_CALLER uint32_t
key_index_find(const struct key_index *index, uint32_t address)
{
	const struct key_block *block = key_index_block(index, address);

	return key_leaf_key(block, &index->leaves[key_block_leaf(block,
	    address)], address);
}

#endif
