/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From many boxes to few regions. The boxes of one key (the same rules and
 * outcomes before and after) do not meet in addresses. They are brought into
 * a form that does not depend on how the walk divided: for each source class
 * the destinations with their service classes; sources with the same ones
 * become one. Then regions that differ in one axis only are united.
 */
#include <stdlib.h>
#include <string.h>

#include "merge_internal.h"

struct kept_box {
	struct range	 src;
	struct range	 dst;
	uint32_t	 services;
	uint32_t	 rule[2];
	uint64_t	 outcome[2];
};

#define SET_SLOTS	(2u * 131072u)
#define SETS_MAX	(SET_SLOTS / 2)

enum err
merge_init(struct merge *m, struct space *space, struct arena *arena)
{
	*m = (struct merge){ .space = space, .arena = arena };
	buf_init(&m->kept, MERGE_BOXES_MAX * sizeof(struct kept_box));
	buf_init(&m->room, MERGE_REGIONS_MAX * sizeof(struct region));
	m->sets = arena_alloc_array(arena, SETS_MAX, sizeof(*m->sets));
	m->set_slots = arena_alloc_array(arena, SET_SLOTS,
	    sizeof(*m->set_slots));
	return m->sets == NULL || m->set_slots == NULL ? ERR_SYSTEM : OK;
}

void
merge_fini(struct merge *m)
{
	buf_fini(&m->kept);
	buf_fini(&m->room);
}

/* The number of a set with these bits; RULES_NONE: no room. */
static uint32_t
set_number(struct merge *m, const uint64_t *bits)
{
	size_t len = m->space->words * sizeof(*bits);
	uint64_t h = 0, *copy;
	uint32_t at;

	for (uint32_t i = 0; i < m->space->words; i++)
		h = ((h ^ bits[i]) * 0xff51afd7ed558ccdu) ^ h >> 29;
	for (at = (uint32_t)(h >> 32) % SET_SLOTS; m->set_slots[at] != 0;
	    at = (at + 1) % SET_SLOTS)
		if (memcmp(m->sets[m->set_slots[at] - 1], bits, len) == 0)
			return m->set_slots[at] - 1;
	copy = arena_alloc(m->arena, len);
	if (copy == NULL || m->sets_n == SETS_MAX)
		return RULES_NONE;
	memcpy(copy, bits, len);
	m->sets[m->sets_n++] = copy;
	m->set_slots[at] = m->sets_n;
	return m->sets_n - 1;
}

static int
order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int
compare_keys(const struct kept_box *a, const struct kept_box *b)
{
	for (unsigned s = 2; s-- > 0; )
		if (a->rule[s] != b->rule[s])
			return order(a->rule[s], b->rule[s]);
	for (unsigned s = 2; s-- > 0; )
		if (a->outcome[s] != b->outcome[s])
			return order(a->outcome[s], b->outcome[s]);
	return 0;
}

static bool
same_range(const struct range *a, const struct range *b)
{
	return a->first == b->first && a->end == b->end;
}

/* Boxes that lie side by side become one, in *a. */
static bool
join(struct kept_box *a, const struct kept_box *b, uint32_t n4)
{
	if (a->services != b->services || compare_keys(a, b) != 0)
		return false;
	if (same_range(&a->src, &b->src) && a->dst.end == b->dst.first) {
		a->dst.end = b->dst.end;
		return true;
	}
	if (same_range(&a->dst, &b->dst) && a->src.end == b->src.first &&
	    b->src.first != n4) {
		a->src.end = b->src.end;
		return true;
	}
	return false;
}

/*
 * The walk goes from low to high, so what it divided comes one behind the
 * other: most of it is put together again at once.
 */
bool
merge_box(void *arg, const struct walk_box *box)
{
	struct merge *m = arg;
	struct kept_box kept = { box->src, box->dst, set_number(m,
	    box->services), { box->rule[0], box->rule[1] },
	    { box->outcome[0], box->outcome[1] } };

	if (kept.services == RULES_NONE || buf_add(&m->kept, (struct span){
	    (const uint8_t *)&kept, sizeof(kept) }) != OK)
		return false;
	m->boxes = (struct kept_box *)(void *)m->kept.ptr;
	m->n++;
	while (m->n > 1 && join(&m->boxes[m->n - 2], &m->boxes[m->n - 1],
	    m->space->src.n4))
		m->n--;
	buf_truncate(&m->kept, m->n * sizeof(kept));
	return true;
}

/* ---- boxes by key, then by source ---- */

static int
compare_boxes(const void *left, const void *right)
{
	const struct kept_box *a = left, *b = right;
	int by_key = compare_keys(a, b);

	return by_key != 0 ? by_key : a->src.first != b->src.first ?
	    order(a->src.first, b->src.first) :
	    order(a->dst.first, b->dst.first);
}

/* ---- one key ---- */

/* Destinations of a source interval, with the service classes of each. */
struct piece {
	struct range	 dst;
	uint32_t	 services;
};

struct strip {
	struct range	 src;
	uint32_t	 first;		/* of the pieces */
	uint32_t	 n;
};

struct group {
	const struct kept_box *boxes;
	uint32_t	 n;
	struct piece	*pieces;
	uint32_t	 pieces_n;
	struct strip	*strips;
	uint32_t	 strips_n;
};

static int
compare_pieces(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;

	return order(a->dst.first, b->dst.first);
}

static int
compare_numbers(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;

	return order(*a, *b);
}

/* Neighbours with the same services become one. */
static uint32_t
join_pieces(struct piece *pieces, uint32_t n)
{
	uint32_t kept = 0;

	qsort(pieces, n, sizeof(*pieces), compare_pieces);
	for (uint32_t i = 0; i < n; i++) {
		struct piece *last = &pieces[kept - 1];

		if (kept > 0 && last->dst.end == pieces[i].dst.first &&
		    last->services == pieces[i].services)
			last->dst.end = pieces[i].dst.end;
		else
			pieces[kept++] = pieces[i];
	}
	return kept;
}

/* False: too many pieces, or out of memory (the boxes stay as they are). */
static bool
cut_strips(const struct merge *m, struct group *g, struct arena *arena)
{
	uint32_t *cuts = arena_alloc_array(arena, 2u * g->n, sizeof(*cuts));
	uint32_t *active = arena_alloc_array(arena, g->n, sizeof(*active));
	uint32_t cuts_n = 0, active_n = 0, next = 0, room = 0;

	g->strips = arena_alloc_array(arena, 2u * g->n, sizeof(*g->strips));
	if (cuts == NULL || active == NULL || g->strips == NULL)
		return false;
	for (uint32_t i = 0; i < g->n; i++) {
		cuts[cuts_n++] = g->boxes[i].src.first;
		cuts[cuts_n++] = g->boxes[i].src.end;
	}
	qsort(cuts, cuts_n, sizeof(*cuts), compare_numbers);
	for (int fill = 0; fill < 2; fill++) {
		active_n = next = 0;
		for (uint32_t c = 0; c + 1 < cuts_n; c++) {
			struct strip *strip = &g->strips[g->strips_n];
			uint32_t kept = 0;

			if (cuts[c] == cuts[c + 1])
				continue;
			for (uint32_t i = 0; i < active_n; i++)
				if (g->boxes[active[i]].src.end > cuts[c])
					active[kept++] = active[i];
			active_n = kept;
			while (next < g->n &&
			    g->boxes[next].src.first == cuts[c])
				active[active_n++] = next++;
			if (!fill) {
				room += active_n;
				/* leave room for the boxes as they are */
				if (room + m->regions_n + m->n >
				    MERGE_REGIONS_MAX)
					return false;
				continue;
			}
			if (active_n == 0)
				continue;
			strip->src = (struct range){ cuts[c], cuts[c + 1] };
			strip->first = g->pieces_n;
			for (uint32_t i = 0; i < active_n; i++)
				g->pieces[g->pieces_n++] = (struct piece){
				    g->boxes[active[i]].dst,
				    g->boxes[active[i]].services };
			strip->n = join_pieces(g->pieces + strip->first,
			    active_n);
			g->pieces_n = strip->first + strip->n;
			g->strips_n++;
		}
		if (!fill)
			g->pieces = arena_alloc_array(arena, room + 1u,
			    sizeof(*g->pieces));
		if (g->pieces == NULL)
			return false;
	}
	return true;
}

/* ---- regions ---- */

/* Valid until the next one is added; NULL: no room. */
static struct region *
region_add(struct merge *m, const struct kept_box *key)
{
	struct region r = { .services = key->services,
	    .rule = { key->rule[0], key->rule[1] },
	    .outcome = { key->outcome[0], key->outcome[1] },
	    .v6 = key->src.first >= m->space->src.n4 };

	buf_truncate(&m->room, m->regions_n * sizeof(r));
	if (buf_add(&m->room, (struct span){ (const uint8_t *)&r,
	    sizeof(r) }) != OK)
		return NULL;
	m->regions = (struct region *)(void *)m->room.ptr;
	return &m->regions[m->regions_n++];
}

static bool
one_range(struct merge *m, struct ranges *to, struct range range)
{
	to->at = arena_alloc(m->arena, sizeof(range));
	if (to->at == NULL)
		return false;
	to->at[0] = range;
	to->n = 1;
	return true;
}

/* A region for each service set of a strip. */
static bool
strip_regions(struct merge *m, const struct group *g, uint32_t at,
    uint8_t *done)
{
	const struct strip *strip = &g->strips[at];
	const struct piece *pieces = g->pieces + strip->first;

	memset(done, 0, strip->n);
	for (uint32_t i = 0; i < strip->n; i++) {
		struct kept_box key = g->boxes[0];
		struct region *r;
		uint32_t n = 0;

		if (done[i])
			continue;
		key.src = strip->src;
		key.services = pieces[i].services;
		r = region_add(m, &key);
		for (uint32_t j = i; j < strip->n; j++)
			n += pieces[j].services == key.services;
		if (r == NULL || !one_range(m, &r->src, strip->src))
			return false;
		r->dst.at = arena_alloc_array(m->arena, n,
		    sizeof(*r->dst.at));
		if (r->dst.at == NULL)
			return false;
		for (uint32_t j = i; j < strip->n; j++)
			if (pieces[j].services == key.services) {
				done[j] = 1;
				r->dst.at[r->dst.n++] = pieces[j].dst;
			}
	}
	return true;
}

static int
compare_sets(const struct ranges *a, const struct ranges *b)
{
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	return memcmp(a->at, b->at, a->n * sizeof(*a->at));
}

static int
by_dst_and_services(const void *left, const void *right)
{
	const struct region *a = left, *b = right;
	int first = compare_sets(&a->dst, &b->dst);

	return first != 0 ? first : a->services != b->services ?
	    order(a->services, b->services) :
	    order(a->src.at[0].first, b->src.at[0].first);
}

static int
by_src_and_services(const void *left, const void *right)
{
	const struct region *a = left, *b = right;
	int first = compare_sets(&a->src, &b->src);

	return first != 0 ? first : a->services != b->services ?
	    order(a->services, b->services) :
	    order(a->dst.at[0].first, b->dst.at[0].first);
}

static int
by_addresses(const void *left, const void *right)
{
	const struct region *a = left, *b = right;
	int first = compare_sets(&a->src, &b->src);

	return first != 0 ? first : compare_sets(&a->dst, &b->dst);
}

static int
compare_ranges(const void *left, const void *right)
{
	const struct range *a = left, *b = right;

	return order(a->first, b->first);
}

/* The union of one axis of n regions; their ranges do not meet. */
static bool
unite(struct merge *m, struct region *regions, uint32_t n, bool source)
{
	struct ranges *to = source ? &regions->src : &regions->dst, all;
	uint32_t room = 0;

	for (uint32_t i = 0; i < n; i++)
		room += source ? regions[i].src.n : regions[i].dst.n;
	all = (struct ranges){ arena_alloc_array(m->arena, room,
	    sizeof(*all.at)), 0 };
	if (all.at == NULL)
		return false;
	room = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct ranges *from = source ? &regions[i].src :
		    &regions[i].dst;

		memcpy(all.at + room, from->at, from->n * sizeof(*all.at));
		room += from->n;
	}
	qsort(all.at, room, sizeof(*all.at), compare_ranges);
	for (uint32_t i = 0; i < room; i++)
		if (all.n > 0 && all.at[all.n - 1].end >= all.at[i].first)
			all.at[all.n - 1].end = all.at[i].end;
		else
			all.at[all.n++] = all.at[i];
	*to = all;
	return true;
}

static bool
unite_services(struct merge *m, struct region *regions, uint32_t n)
{
	uint64_t *bits = arena_alloc_array(m->arena, m->space->words,
	    sizeof(*bits));

	if (bits == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < m->space->words; k++)
			bits[k] |= m->sets[regions[i].services][k];
	regions->services = set_number(m, bits);
	return regions->services != RULES_NONE;
}

enum axis_kind { UNITE_SRC, UNITE_DST, UNITE_SERVICES };

/* Regions from first on that agree but for one axis become one. */
static bool
unite_by(struct merge *m, uint32_t first, enum axis_kind axis)
{
	static int (*const compare[])(const void *, const void *) = {
		[UNITE_SRC] = by_dst_and_services,
		[UNITE_DST] = by_src_and_services,
		[UNITE_SERVICES] = by_addresses
	};
	struct region *r = m->regions + first;
	uint32_t n = m->regions_n - first, kept = 0, end;
	bool ok = true;

	if (n > 0)
		qsort(r, n, sizeof(*r), compare[axis]);
	for (uint32_t i = 0; i < n && ok; i = end) {
		for (end = i + 1; end < n; end++)
			if ((axis != UNITE_SERVICES &&
			    r[i].services != r[end].services) ||
			    (axis != UNITE_SRC &&
			    compare_sets(&r[i].src, &r[end].src) != 0) ||
			    (axis != UNITE_DST &&
			    compare_sets(&r[i].dst, &r[end].dst) != 0))
				break;
		if (end - i > 1)
			ok = axis == UNITE_SERVICES ?
			    unite_services(m, r + i, end - i) :
			    unite(m, r + i, end - i, axis == UNITE_SRC);
		r[kept++] = r[i];
	}
	m->regions_n = first + kept;
	return ok;
}

/* Without the common form: a box is a region. */
static bool
plain_regions(struct merge *m, const struct group *g)
{
	for (uint32_t i = 0; i < g->n; i++) {
		struct region *r = region_add(m, &g->boxes[i]);

		if (r == NULL || !one_range(m, &r->src, g->boxes[i].src) ||
		    !one_range(m, &r->dst, g->boxes[i].dst))
			return false;
	}
	return true;
}

static bool
group_regions(struct merge *m, const struct kept_box *boxes, uint32_t n,
    struct arena *scratch)
{
	struct group g = { .boxes = boxes, .n = n };
	uint32_t first = m->regions_n;
	uint8_t *done;
	bool ok = true;

	if (n == 1)
		return plain_regions(m, &g);
	if (cut_strips(m, &g, scratch)) {
		done = arena_alloc(scratch, g.pieces_n + 1u);
		for (uint32_t i = 0; i < g.strips_n && ok; i++)
			ok = done != NULL && strip_regions(m, &g, i, done);
	} else
		ok = plain_regions(m, &g);
	return ok && unite_by(m, first, UNITE_SRC) &&
	    unite_by(m, first, UNITE_SERVICES) &&
	    unite_by(m, first, UNITE_DST) && unite_by(m, first, UNITE_SRC);
}

enum err
merge_regions(struct merge *m)
{
	uint32_t end;
	bool ok = true;

	if (m->n > 0)
		qsort(m->boxes, m->n, sizeof(*m->boxes), compare_boxes);
	for (uint32_t i = 0; i < m->n && ok; i = end) {
		struct arena *scratch = NULL;
		bool v6 = m->boxes[i].src.first >= m->space->src.n4;

		for (end = i + 1; end < m->n; end++)
			if (compare_keys(&m->boxes[i], &m->boxes[end]) != 0 ||
			    v6 != (m->boxes[end].src.first >=
			    m->space->src.n4))
				break;
		if (end - i > 1)
			scratch = arena_new(RULES_MEMORY_BYTES_MAX);
		ok = (end - i == 1 || scratch != NULL) &&
		    group_regions(m, m->boxes + i, end - i, scratch);
		arena_free(scratch);
	}
	return ok ? OK : ERR_SYSTEM;
}
