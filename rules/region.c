/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is anything left of a region when the packets of some rules are taken out?
 * The region is cut into cells until in a cell each rule takes slabs (all
 * sources and services, or all destinations and services) or services only:
 * then what is left is a product, and easy to see. At each cell a likely
 * point is tried first, so that most questions end early. After Overmars and
 * Yap, "New upper bounds in Klee's measure problem", with the services as
 * bits instead of a third axis.
 */
#include <stdlib.h>
#include <string.h>

#include "region_internal.h"

/* What a rule takes of the cell at hand. */
#define TAKES_ALL_SRC	1u
#define TAKES_ALL_DST	2u
#define TAKES_ALL_BITS	4u

#define SLAB_DST	(TAKES_ALL_SRC | TAKES_ALL_BITS)	/* some dst */
#define SLAB_SRC	(TAKES_ALL_DST | TAKES_ALL_BITS)	/* some src */

#define SAMPLES_MAX	31	/* of the places to cut at */

struct search {
	struct finder	*f;
	const struct region *region;
	uint32_t	 cells_n;
	struct cell	 cell;
	struct point	*point;
};

/* The first of the ranges that ends behind class; ranges->n: none does. */
static uint32_t
range_at(const struct ranges *ranges, uint32_t class)
{
	uint32_t low = 0, high = ranges->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (ranges->at[mid].end <= class)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* False: they do not meet. *all: they hold all of it. */
static bool
takes(const struct ranges *ranges, const struct range *of, bool *all)
{
	uint32_t i = ranges->n == 1 ? 0 : range_at(ranges, of->first);
	const struct range *r = &ranges->at[i];

	if (i == ranges->n || r->first >= of->end || r->end <= of->first)
		return false;
	*all = r->first <= of->first && r->end >= of->end;
	return true;
}

/* Make a range as narrow as the ranges in it allow. False: nothing is. */
static bool
narrow(const struct ranges *ranges, struct range *range)
{
	uint32_t i = range_at(ranges, range->first), last;

	if (i == ranges->n || ranges->at[i].first >= range->end)
		return false;
	if (ranges->at[i].first > range->first)
		range->first = ranges->at[i].first;
	last = range_at(ranges, range->end - 1);
	if (last == ranges->n || ranges->at[last].first >= range->end)
		range->end = ranges->at[last - 1].end;
	return true;
}

static const uint64_t *
rule_bits(const struct finder *f, uint32_t rule)
{
	return f->space->sets[f->rules->rules[rule].set].bits;
}

static bool
bits_empty(const uint64_t *bits, uint32_t words)
{
	for (uint32_t i = 0; i < words; i++)
		if (bits[i] != 0)
			return false;
	return true;
}

/*
 * The rules of the cell's list that touch it, into a list behind it. Those
 * that hold all of its addresses take their services at once. False: no
 * service is left.
 */
static bool
touch_cell(struct search *s, uint32_t *n)
{
	struct finder *f = s->f;
	const uint32_t *from = &f->lists[s->cell.list_at];
	uint32_t at = s->cell.list_at + s->cell.list_n;
	uint32_t words = f->space->words;

	*n = 0;
	for (uint32_t i = 0; i < s->cell.list_n; i++) {
		const struct flow_rule *rule = &f->rules->rules[from[i]];
		const uint64_t *bits;
		bool src, dst, meets = false;

		if (!takes(&rule->src, &s->cell.src, &src) ||
		    !takes(&rule->dst, &s->cell.dst, &dst))
			continue;
		if (!src || !dst) {
			f->lists[at + *n] = from[i];
			f->flags[at + (*n)++] = (uint8_t)(
			    (src ? TAKES_ALL_SRC : 0) |
			    (dst ? TAKES_ALL_DST : 0));
			continue;
		}
		bits = rule_bits(f, from[i]);
		for (uint32_t w = 0; w < words; w++) {
			meets |= (f->bits[w] & bits[w]) != 0;
			f->bits[w] &= ~bits[w];
		}
		if (!meets)
			continue;
		f->used[from[i]] = f->question;
		if (bits_empty(f->bits, words))
			return false;
	}
	return true;
}

/* Drop rules without a service that is left; mark those that have all. */
static void
mark_services(struct search *s, uint32_t *n)
{
	struct finder *f = s->f;
	uint32_t at = s->cell.list_at + s->cell.list_n;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < *n; i++) {
		const uint64_t *bits = rule_bits(f, f->lists[at + i]);
		bool all = true, some = false;

		for (uint32_t w = 0; w < f->space->words; w++) {
			some |= (f->bits[w] & bits[w]) != 0;
			all &= (f->bits[w] & ~bits[w]) == 0;
		}
		if (!some)
			continue;
		f->lists[at + kept] = f->lists[at + i];
		f->flags[at + kept++] = (uint8_t)(f->flags[at + i] |
		    (all ? TAKES_ALL_BITS : 0));
	}
	*n = kept;
}

static int
compare_ranges(const void *left, const void *right)
{
	const struct range *a = left, *b = right;

	return a->first < b->first ? -1 : a->first > b->first;
}

/*
 * The first class of the ranges inside `of` that is in no slab of the kind.
 * A rule with more ranges than there is room for stops being a slab.
 */
static uint32_t
first_free(struct search *s, uint32_t n, unsigned kind,
    const struct ranges *ranges, const struct range *of)
{
	struct finder *f = s->f;
	uint32_t at = s->cell.list_at + s->cell.list_n;
	uint32_t slabs_n = 0, class, slab = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct flow_rule *rule =
		    &f->rules->rules[f->lists[at + i]];
		const struct ranges *own = kind == SLAB_SRC ? &rule->src :
		    &rule->dst;
		uint32_t r;

		if (f->flags[at + i] != kind)
			continue;
		if (slabs_n + own->n > f->slabs_max) {
			f->flags[at + i] &= (uint8_t)~TAKES_ALL_BITS;
			continue;
		}
		for (r = range_at(own, of->first); r < own->n &&
		    own->at[r].first < of->end; r++)
			f->slabs[slabs_n++] = own->at[r];
	}
	if (slabs_n > 1)
		qsort(f->slabs, slabs_n, sizeof(*f->slabs), compare_ranges);
	for (class = of->first; class < of->end; ) {
		uint32_t r = range_at(ranges, class);

		if (r == ranges->n)
			break;
		if (ranges->at[r].first > class)
			class = ranges->at[r].first;
		while (slab < slabs_n && f->slabs[slab].end <= class)
			slab++;
		if (slab == slabs_n || f->slabs[slab].first > class)
			break;
		class = f->slabs[slab].end;
	}
	return class < of->end && range_at(ranges, class) < ranges->n ?
	    class : RULES_NONE;
}

static void
use_slabs(struct search *s, uint32_t n, unsigned kind)
{
	struct finder *f = s->f;
	uint32_t at = s->cell.list_at + s->cell.list_n;

	for (uint32_t i = 0; i < n; i++)
		if (f->flags[at + i] == kind)
			f->used[f->lists[at + i]] = f->question;
}

/* Is a service left at this source and destination? Then it is the point. */
static bool
try_point(struct search *s, uint32_t n, uint32_t src, uint32_t dst)
{
	struct finder *f = s->f;
	const uint32_t *list = &f->lists[s->cell.list_at + s->cell.list_n];
	struct range src_range = { src, src + 1 };
	struct range dst_range = { dst, dst + 1 };
	uint32_t words = f->space->words;

	memcpy(f->rest, f->bits, words * sizeof(*f->rest));
	for (uint32_t i = 0; i < n; i++) {
		const struct flow_rule *rule = &f->rules->rules[list[i]];
		const uint64_t *bits = rule_bits(f, list[i]);
		bool all;

		if (!takes(&rule->src, &src_range, &all) ||
		    !takes(&rule->dst, &dst_range, &all))
			continue;
		for (uint32_t w = 0; w < words; w++)
			f->rest[w] &= ~bits[w];
		if (bits_empty(f->rest, words))
			return false;
	}
	for (uint32_t w = 0; w < words; w++)
		if (f->rest[w] != 0) {
			*s->point = (struct point){ src, dst, w * 64 +
			    (uint32_t)__builtin_ctzll(f->rest[w]) };
			return true;
		}
	return false;
}

/* A place inside `of` where the rule begins or ends. */
static uint32_t
cut_of(const struct ranges *ranges, const struct range *of, bool late)
{
	const struct range *r = &ranges->at[range_at(ranges, of->first)];

	if (r->first > of->first && !(late && r->end < of->end))
		return r->first;
	return r->end;
}

static int
compare_cuts(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

/* Where to cut the cell: the middle of some borders on the busier axis. */
static uint32_t
choose_cut(struct search *s, uint32_t n, bool *by_src)
{
	struct finder *f = s->f;
	uint32_t at = s->cell.list_at + s->cell.list_n;
	uint32_t cuts[SAMPLES_MAX], cuts_n = 0, src_n = 0, dst_n = 0;
	uint32_t seen = 0, step;

	for (uint32_t i = 0; i < n; i++) {
		unsigned flags = f->flags[at + i];

		if (flags == SLAB_SRC || flags == SLAB_DST)
			continue;
		src_n += (flags & TAKES_ALL_SRC) == 0;
		dst_n += (flags & TAKES_ALL_DST) == 0;
	}
	*by_src = src_n >= dst_n;
	step = (*by_src ? src_n : dst_n) / SAMPLES_MAX + 1;
	for (uint32_t i = 0; i < n; i++) {
		const struct flow_rule *rule =
		    &f->rules->rules[f->lists[at + i]];
		unsigned flags = f->flags[at + i];

		if (flags == SLAB_SRC || flags == SLAB_DST ||
		    (flags & (*by_src ? TAKES_ALL_SRC : TAKES_ALL_DST)) != 0 ||
		    seen++ % step != 0)
			continue;
		cuts[cuts_n++] = cut_of(*by_src ? &rule->src : &rule->dst,
		    *by_src ? &s->cell.src : &s->cell.dst, seen / step % 2);
	}
	qsort(cuts, cuts_n, sizeof(*cuts), compare_cuts);
	return cuts[cuts_n / 2];
}

static void
push(struct search *s, struct cell cell, const uint64_t *bits)
{
	struct finder *f = s->f;
	uint32_t words = f->space->words;

	memcpy(f->cell_bits + (size_t)s->cells_n * words, bits,
	    words * sizeof(*bits));
	f->cells[s->cells_n++] = cell;
}

static void
push_halves(struct search *s, uint32_t n)
{
	struct cell low = s->cell, high;
	bool by_src;
	uint32_t at = choose_cut(s, n, &by_src);

	low.list_at += low.list_n;
	low.list_n = n;
	high = low;
	if (by_src)
		low.src.end = high.src.first = at;
	else
		low.dst.end = high.dst.first = at;
	push(s, low, s->f->bits);
	push(s, high, s->f->bits);
}

static enum region_answer
visit(struct search *s)
{
	struct finder *f = s->f;
	uint32_t n, src, dst, partial = 0, at;

	f->work += s->cell.list_n + 16u;
	if (!narrow(&s->region->src, &s->cell.src) ||
	    !narrow(&s->region->dst, &s->cell.dst))
		return REGION_COVERED;
	at = s->cell.list_at + s->cell.list_n;
	if (at + s->cell.list_n > f->lists_max ||
	    s->cells_n + 2 > REGION_DEPTH_MAX || f->work > f->work_max)
		return REGION_GAVE_UP;
	if (!touch_cell(s, &n))
		return REGION_COVERED;
	mark_services(s, &n);
	src = first_free(s, n, SLAB_SRC, &s->region->src, &s->cell.src);
	if (src == RULES_NONE) {
		use_slabs(s, n, SLAB_SRC);
		return REGION_COVERED;
	}
	dst = first_free(s, n, SLAB_DST, &s->region->dst, &s->cell.dst);
	if (dst == RULES_NONE) {
		use_slabs(s, n, SLAB_DST);
		return REGION_COVERED;
	}
	if (try_point(s, n, src, dst))
		return REGION_POINT;
	for (uint32_t i = 0; i < n; i++)
		partial += f->flags[at + i] != SLAB_SRC &&
		    f->flags[at + i] != SLAB_DST;
	/* without any, (src, dst) is in no rule, and bits are left */
	require(partial > 0);
	push_halves(s, n);
	return REGION_COVERED;
}

/* The two families are two cells: no packet has addresses of both. */
static void
push_families(struct search *s, uint32_t list_n)
{
	const struct space *space = s->f->space;
	struct cell four = { { 0, space->src.n4 }, { 0, space->dst.n4 }, 0,
	    list_n };
	struct cell six = { { space->src.n4, space->src.n },
	    { space->dst.n4, space->dst.n }, 0, list_n };

	for (unsigned family = 2; family-- > 0; ) {
		for (uint32_t w = 0; w < space->words; w++)
			s->f->bits[w] = s->region->bits[w] &
			    s->f->family[family][w];
		if (!bits_empty(s->f->bits, space->words))
			push(s, family == 0 ? four : six, s->f->bits);
	}
}

enum region_answer
finder_uncovered(struct finder *f, const struct region *region,
    const uint32_t *list, uint32_t n, uint32_t except, struct point *point)
{
	struct search s = { .f = f, .region = region, .point = point };
	enum region_answer answer = REGION_COVERED;
	uint32_t words = f->space->words, kept = 0;

	f->question++;
	f->work = 0;
	if (f->no_memory)
		return REGION_GAVE_UP;
	for (uint32_t i = 0; i < n; i++)
		if (list[i] != except)
			f->lists[kept++] = list[i];
	push_families(&s, kept);
	while (answer == REGION_COVERED && s.cells_n > 0) {
		s.cell = f->cells[--s.cells_n];
		memcpy(f->bits, f->cell_bits + (size_t)s.cells_n * words,
		    words * sizeof(*f->bits));
		answer = visit(&s);
	}
	f->work_all += f->work;
	return answer;
}

bool
finder_used(const struct finder *f, uint32_t rule)
{
	return f->used[rule] == f->question;
}

/* Keep of the list what the last answer was made of. */
static uint32_t
keep_used(const struct finder *f, uint32_t *list, uint32_t n)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++)
		if (finder_used(f, list[i]))
			list[kept++] = list[i];
	return kept;
}

/* Is it covered without list[at] .. list[at + len - 1]? Then they go. */
static bool
drop(struct finder *f, const struct region *region, uint32_t *list,
    uint32_t *n, uint32_t at, uint32_t len, uint32_t *room)
{
	struct point point;
	uint32_t rest = *n - at - len;

	memcpy(room, list, at * sizeof(*room));
	memcpy(room + at, list + at + len, rest * sizeof(*room));
	if (finder_uncovered(f, region, room, at + rest, RULES_NONE,
	    &point) != REGION_COVERED)
		return false;
	*n = at + rest;
	memcpy(list, room, *n * sizeof(*room));
	return true;
}

uint32_t
finder_reduce(struct finder *f, const struct region *region, uint32_t *list,
    uint32_t n)
{
	uint32_t *room;
	struct point point;
	unsigned tries = 0;

	if (finder_uncovered(f, region, list, n, RULES_NONE, &point) !=
	    REGION_COVERED)
		return n;
	n = keep_used(f, list, n);
	room = arena_alloc_array(f->arena, n + 1u, sizeof(*room));
	if (room == NULL)
		return n;
	for (uint32_t len = (n + 1) / 2; len > 0; len /= 2)
		for (uint32_t at = 0; at < n &&
		    tries++ < REGION_REDUCE_MAX; )
			if (!drop(f, region, list, &n, at,
			    len < n - at ? len : n - at, room))
				at += len;
	return n;
}
