/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Regions and the rules that touch them: products of ranges and sets, what
 * two have in common, which packets there are at all. The search for what is
 * left of a region is in region.c.
 */
#include <netinet/in.h>
#include <string.h>

#include "region_internal.h"
#include "space_parts_internal.h"

static struct range
around(const struct ranges *ranges)
{
	if (ranges->n == 0)
		return (struct range){ 0, 0 };
	return (struct range){ ranges->at[0].first,
	    ranges->at[ranges->n - 1].end };
}

static bool
ranges_touch(const struct range *a, const struct range *b)
{
	return a->first < b->end && b->first < a->end;
}

static bool
is_icmp(uint8_t protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

/*
 * ICMP is of IPv4 and ICMPv6 of IPv6; a class of services that has nothing
 * else has no packet of the other family.
 */
static void
family_services(struct finder *finder)
{
	const struct service_index *index = &finder->space->index->services;
	uint32_t row = index->dst_n * index->src_n;

	for (uint32_t i = 0; i < index->cells_n; i++) {
		uint8_t protocol = index->kind_protocol[i / row];
		uint32_t class = index->cells[i];
		uint64_t bit = 1ull << class % 64;

		/* a type of ICMP is a byte */
		if (is_icmp(protocol) &&
		    index->dst_low[i % row / index->src_n] > UINT8_MAX)
			continue;
		if (protocol != IPPROTO_ICMPV6)
			finder->family[0][class / 64] |= bit;
		if (protocol != IPPROTO_ICMP)
			finder->family[1][class / 64] |= bit;
	}
}

static bool
finder_room(struct finder *f)
{
	struct arena *arena = f->arena;
	size_t words = f->space->words;
	uint32_t n = f->rules->n;

	f->lists_max = n * 2u + REGION_LISTS_MAX;
	if (n < REGION_LISTS_MAX / REGION_LISTS_DEPTH)
		f->lists_max = (n + 1) * REGION_LISTS_DEPTH;
	f->slabs_max = n + REGION_SLABS_MAX;
	f->boxes = arena_alloc_array(arena, n + 1u, sizeof(*f->boxes));
	f->family[0] = arena_alloc_array(arena, words, sizeof(uint64_t));
	f->family[1] = arena_alloc_array(arena, words, sizeof(uint64_t));
	f->cells = arena_alloc_array(arena, REGION_DEPTH_MAX,
	    sizeof(*f->cells));
	f->cell_bits = arena_alloc_array(arena, words * REGION_DEPTH_MAX,
	    sizeof(uint64_t));
	f->bits = arena_alloc_array(arena, words, sizeof(uint64_t));
	f->rest = arena_alloc_array(arena, words, sizeof(uint64_t));
	f->lists = arena_alloc_array(arena, f->lists_max, sizeof(*f->lists));
	f->flags = arena_alloc_array(arena, f->lists_max, sizeof(*f->flags));
	f->slabs = arena_alloc_array(arena, f->slabs_max, sizeof(*f->slabs));
	f->used = arena_alloc_array(arena, n + 1u, sizeof(*f->used));
	f->meet_bits = arena_alloc_array(arena, words, sizeof(uint64_t));
	return f->boxes != NULL && f->family[0] != NULL &&
	    f->family[1] != NULL && f->cells != NULL &&
	    f->cell_bits != NULL && f->bits != NULL && f->rest != NULL &&
	    f->lists != NULL && f->flags != NULL && f->slabs != NULL &&
	    f->used != NULL && f->meet_bits != NULL;
}

struct finder *
finder_new(struct space *space, const struct flow_rules *rules)
{
	struct arena *arena = arena_new(REGION_MEMORY_BYTES_MAX);
	struct finder *f;

	if (arena == NULL)
		return NULL;
	f = arena_alloc(arena, sizeof(*f));
	if (f == NULL) {
		arena_free(arena);
		return NULL;
	}
	f->arena = arena;
	f->space = space;
	f->rules = rules;
	f->work_max = REGION_WORK_MAX;
	if (!finder_room(f)) {
		arena_free(arena);
		return NULL;
	}
	for (uint32_t i = 0; i < rules->n; i++)
		f->boxes[i] = (struct box){ around(&rules->rules[i].src),
		    around(&rules->rules[i].dst) };
	family_services(f);
	return f;
}

void
finder_free(struct finder *finder)
{
	if (finder != NULL)
		arena_free(finder->arena);
}

static bool
bits_meet(const uint64_t *a, const uint64_t *b, uint32_t words)
{
	for (uint32_t i = 0; i < words; i++)
		if ((a[i] & b[i]) != 0)
			return true;
	return false;
}

static bool
overlaps(const struct finder *f, const struct region *region,
    const struct range *src, const struct range *dst, uint32_t rule)
{
	const struct box *b = &f->boxes[rule];

	return ranges_touch(&b->src, src) && ranges_touch(&b->dst, dst) &&
	    bits_meet(f->space->sets[f->rules->rules[rule].set].bits,
	    region->bits, f->space->words);
}

uint32_t
finder_overlaps(struct finder *f, const struct region *region, uint32_t first,
    uint32_t end, uint32_t *list)
{
	struct range src = around(&region->src), dst = around(&region->dst);
	const uint64_t *touching;
	uint32_t n = 0;

	if (first >= end || src.first >= src.end || dst.first >= dst.end)
		return 0;
	f->work_all += (end - first) / 8;
	if (f->index == NULL) {
		for (uint32_t i = first; i < end; i++)
			if (overlaps(f, region, &src, &dst, i))
				list[n++] = i;
		return n;
	}
	touching = finder_touching(f, &src, &dst, first, end);
	for (uint32_t w = first / 64; w < (end + 63) / 64; w++)
		for (uint64_t bits = touching[w]; bits != 0;
		    bits &= bits - 1) {
			uint32_t i = w * 64 +
			    (uint32_t)__builtin_ctzll(bits);

			if (overlaps(f, region, &src, &dst, i))
				list[n++] = i;
		}
	return n;
}

struct region
region_of(const struct space *space, const struct flow_rule *rule)
{
	return (struct region){ rule->src, rule->dst,
	    space->sets[rule->set].bits };
}

static struct ranges
ranges_meet(const struct ranges *a, const struct ranges *b,
    struct range *room)
{
	struct ranges meet = { room, 0 };

	for (uint32_t i = 0, j = 0; i < a->n && j < b->n; ) {
		struct range r = a->at[i];

		if (b->at[j].first > r.first)
			r.first = b->at[j].first;
		if (b->at[j].end < r.end)
			r.end = b->at[j].end;
		if (r.first < r.end)
			room[meet.n++] = r;
		if (a->at[i].end < b->at[j].end)
			i++;
		else
			j++;
	}
	return meet;
}

/* Has it a source and a destination of one family, and a service of it? */
bool
region_empty(const struct finder *f, const struct region *r)
{
	struct range src = around(&r->src), dst = around(&r->dst);
	const struct space *space = f->space;

	if (r->src.n == 0 || r->dst.n == 0)
		return true;
	return !(src.first < space->src.n4 && dst.first < space->dst.n4 &&
	    bits_meet(r->bits, f->family[0], space->words)) &&
	    !(src.end > space->src.n4 && dst.end > space->dst.n4 &&
	    bits_meet(r->bits, f->family[1], space->words));
}

static bool
meet_room(struct finder *f, uint32_t need)
{
	if (need <= f->meet_max)
		return true;
	f->meet = arena_alloc_array(f->arena, need * 2u, sizeof(*f->meet));
	f->meet_max = f->meet == NULL ? 0 : need * 2;
	f->no_memory |= f->meet == NULL;
	return f->meet != NULL;
}

bool
region_meet(struct finder *f, const struct region *a, const struct region *b,
    struct region *meet)
{
	uint32_t src_n = a->src.n + b->src.n, dst_n = a->dst.n + b->dst.n;

	*meet = *a;
	if (!meet_room(f, src_n + dst_n))
		return true;
	meet->src = ranges_meet(&a->src, &b->src, f->meet);
	meet->dst = ranges_meet(&a->dst, &b->dst, f->meet + src_n);
	for (uint32_t i = 0; i < f->space->words; i++)
		f->meet_bits[i] = a->bits[i] & b->bits[i];
	meet->bits = f->meet_bits;
	return !region_empty(f, meet);
}

bool
ranges_contain(const struct ranges *a, const struct ranges *b)
{
	uint32_t i = 0;

	for (uint32_t j = 0; j < b->n; j++) {
		while (i < a->n && a->at[i].end < b->at[j].end)
			i++;
		if (i == a->n || a->at[i].first > b->at[j].first)
			return false;
	}
	return true;
}

bool
region_contains(const struct finder *f, const struct region *a,
    const struct region *b)
{
	for (uint32_t i = 0; i < f->space->words; i++)
		if ((b->bits[i] & ~a->bits[i]) != 0)
			return false;
	return ranges_contain(&a->src, &b->src) &&
	    ranges_contain(&a->dst, &b->dst);
}

static bool
ranges_have(const struct ranges *ranges, uint32_t class)
{
	uint32_t low = 0, high = ranges->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (ranges->at[mid].end <= class)
			low = mid + 1;
		else
			high = mid;
	}
	return low < ranges->n && ranges->at[low].first <= class;
}

bool
rule_matches(const struct space *space, const struct flow_rule *rule,
    const struct point *point)
{
	return set_has(space, rule->set, point->service) &&
	    ranges_have(&rule->src, point->src) &&
	    ranges_have(&rule->dst, point->dst);
}
