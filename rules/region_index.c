/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which rules touch a region, for the analysis, which asks it of each rule:
 * looking at all others each time is the square of their number. An axis is
 * cut into buckets of classes, with a bit for each rule that touches one; the
 * nodes of a tree over the buckets have the bits of all below, so that a wide
 * region costs a few of them, too.
 */
#include <string.h>

#include "region_internal.h"

#define BUCKETS		256u	/* the leaves of the tree; a power of two */

struct touch {
	uint64_t	*bits;		/* of each node: words, a bit a rule */
	uint32_t	 words;
	uint32_t	 size;		/* classes of a bucket */
};

struct finder_index {
	struct touch	 src;
	struct touch	 dst;
	uint64_t	*src_bits;	/* of the region at hand */
	uint64_t	*dst_bits;
};

static bool
touch_build(struct touch *touch, struct finder *f, uint32_t classes_n,
    bool source)
{
	uint32_t n = f->rules->n, words = (n + 63) / 64;

	touch->words = words;
	touch->size = (classes_n + BUCKETS - 1) / BUCKETS;
	touch->bits = arena_alloc_array(f->arena, 2 * BUCKETS *
	    (size_t)words, sizeof(*touch->bits));
	if (touch->bits == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct range *r = source ? &f->boxes[i].src :
		    &f->boxes[i].dst;

		if (r->first >= r->end)
			continue;
		for (uint32_t b = r->first / touch->size;
		    b <= (r->end - 1) / touch->size; b++)
			touch->bits[(size_t)(BUCKETS + b) * words + i / 64] |=
			    1ull << i % 64;
	}
	for (uint32_t node = BUCKETS - 1; node > 0; node--)
		for (uint32_t w = 0; w < words; w++)
			touch->bits[(size_t)node * words + w] =
			    touch->bits[(size_t)2 * node * words + w] |
			    touch->bits[((size_t)2 * node + 1) * words + w];
	return true;
}

bool
finder_index(struct finder *f)
{
	struct finder_index *index = arena_alloc(f->arena, sizeof(*index));
	uint32_t words = (f->rules->n + 63) / 64;

	if (index == NULL)
		return false;
	index->src_bits = arena_alloc_array(f->arena, words + 1u,
	    sizeof(uint64_t));
	index->dst_bits = arena_alloc_array(f->arena, words + 1u,
	    sizeof(uint64_t));
	if (index->src_bits == NULL || index->dst_bits == NULL ||
	    !touch_build(&index->src, f, f->space->src.n, true) ||
	    !touch_build(&index->dst, f, f->space->dst.n, false))
		return false;
	f->index = index;
	return true;
}

static void
add_node(const struct touch *touch, uint32_t node, uint64_t *bits,
    uint32_t first, uint32_t end)
{
	const uint64_t *from = touch->bits + (size_t)node * touch->words;

	for (uint32_t w = first; w < end; w++)
		bits[w] |= from[w];
}

/* Words first .. end - 1 of the rules that touch the buckets of a range. */
static void
touching(const struct touch *touch, const struct range *range, uint64_t *bits,
    uint32_t first, uint32_t end)
{
	uint32_t low = range->first / touch->size + BUCKETS;
	uint32_t high = (range->end - 1) / touch->size + 1 + BUCKETS;

	memset(bits + first, 0, (end - first) * sizeof(*bits));
	for (; low < high; low /= 2, high /= 2) {
		if (low & 1)
			add_node(touch, low++, bits, first, end);
		if (high & 1)
			add_node(touch, --high, bits, first, end);
	}
}

const uint64_t *
finder_touching(const struct finder *f, const struct range *src,
    const struct range *dst, uint32_t first, uint32_t end)
{
	const struct finder_index *index = f->index;
	uint32_t from = first / 64, to = (end + 63) / 64;

	touching(&index->src, src, index->src_bits, from, to);
	touching(&index->dst, dst, index->dst_bits, from, to);
	for (uint32_t w = from; w < to; w++)
		index->src_bits[w] &= index->dst_bits[w];
	if (first % 64 != 0)
		index->src_bits[from] &= UINT64_MAX << first % 64;
	if (end % 64 != 0)
		index->src_bits[to - 1] &= UINT64_MAX >> (64 - end % 64);
	return index->src_bits;
}
