/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The axes of addresses of the space of decisions (space_internal.h): where
 * the addresses that the rules name cut them, and which classes a party has.
 * Service classes are in space_service.c, rules in space_rules.c.
 */
#include <stdlib.h>
#include <string.h>

#include "space_parts_internal.h"

struct address_key
address_key(const struct address *a)
{
	struct address_key key = { .family = a->family };
	unsigned bytes = a->family == 4 ? 4 : 16;

	for (unsigned i = 0; i < bytes; i++) {
		key.high = key.high << 8 | key.low >> 56;
		key.low = key.low << 8 | a->bytes[i];
	}
	return key;
}

struct address
key_address(struct address_key key)
{
	struct address a = { .family = key.family };
	unsigned bytes = key.family == 4 ? 4 : 16;

	for (unsigned i = bytes; i-- > 0; ) {
		a.bytes[i] = (uint8_t)key.low;
		key.low = key.low >> 8 | key.high << 56;
		key.high >>= 8;
	}
	return a;
}

int
key_compare(const struct address_key *a, const struct address_key *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return a->low < b->low ? -1 : a->low > b->low;
}

static int
compare_keys(const void *left, const void *right)
{
	return key_compare(left, right);
}

/* The key behind; false when there is none in the family. */
static bool
key_next(struct address_key *key)
{
	if (key->family == 4)
		return ++key->low <= UINT32_MAX;
	return ++key->low != 0 || ++key->high != 0;
}

static bool
key_before(struct address_key *key)
{
	if (key->low == 0 && key->high == 0)
		return false;
	if (key->low-- == 0)
		key->high--;
	return true;
}

/* ---- cuts ---- */

struct cuts {
	struct arena	*arena;
	struct address_key *keys;
	uint32_t	 n;
	uint32_t	 max;
	bool		 no_room;
};

static void
cut(struct cuts *cuts, struct address_key key)
{
	if (cuts->n == cuts->max) {
		uint32_t max = cuts->max == 0 ? 1024 : cuts->max * 2;
		struct address_key *keys = arena_alloc_array(cuts->arena, max,
		    sizeof(*keys));

		if (keys == NULL) {
			cuts->no_room = true;
			return;
		}
		if (cuts->n > 0)
			memcpy(keys, cuts->keys, cuts->n * sizeof(*keys));
		cuts->keys = keys;
		cuts->max = max;
	}
	cuts->keys[cuts->n++] = key;
}

static void
cut_span(struct cuts *cuts, const struct span_of_addresses *span)
{
	struct address_key key = address_key(&span->high);

	cut(cuts, address_key(&span->low));
	if (key_next(&key))
		cut(cuts, key);
}

/* Each host once, though a thousand rules name it. */
static void
cut_parties(struct cuts *cuts, const struct value *parties, uint8_t *seen)
{
	for (const struct value *v = parties; v != NULL; v = v->next) {
		const struct statement *st = v->statement;

		if (st == NULL || st->spec->kind != ST_HOST ||
		    seen[st->index])
			continue;
		seen[st->index] = 1;
		for (const struct value *a = host_addresses(st); a != NULL;
		    a = a->next) {
			struct span_of_addresses span = value_addresses(a);

			cut_span(cuts, &span);
		}
	}
}

static void
cut_run(struct cuts *cuts, const struct rules_run *run, enum clause_kind side)
{
	static const enum statement_kind kinds[] = { ST_ALLOW, ST_DENY,
	    ST_NEVER, ST_MUST };
	uint8_t *seen = arena_alloc(cuts->arena, run->kinds[ST_HOST].n + 1u);

	if (seen == NULL) {
		cuts->no_room = true;
		return;
	}
	for (uint32_t i = 0; i < run->networks_n; i++)
		cut_span(cuts, &run->networks[i].span);
	for (unsigned k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (uint32_t i = 0; i < run->kinds[kinds[k]].n; i++)
			cut_parties(cuts, clause_value(
			    run->kinds[kinds[k]].at[i]->clauses, side, 0),
			    seen);
	for (uint32_t i = 0; i < run->kinds[ST_ONLY].n; i++) {
		const struct clause *c = run->kinds[ST_ONLY].at[i]->clauses;

		cut_parties(cuts, clause_value(c, CL_BETWEEN, 0), seen);
		cut_parties(cuts, clause_value(c, CL_BETWEEN, 2), seen);
	}
}

/* ---- MAC addresses of sources ---- */

static int
compare_macs(const void *left, const void *right)
{
	const struct source_mac *a = left, *b = right;
	int order = key_compare(&a->key, &b->key);

	return order != 0 ? order : memcmp(a->mac, b->mac, 6);
}

static bool
collect_macs(struct space *space)
{
	struct space_index *index = space->index;
	uint32_t max = 0, n = 0;

	for (unsigned r = 0; r < space->runs_n; r++)
		max += space->runs[r]->kinds[ST_HOST].n;
	index->macs = arena_alloc_array(space->arena, max + 1,
	    sizeof(*index->macs));
	if (index->macs == NULL)
		return false;
	for (unsigned r = 0; r < space->runs_n; r++)
		for (uint32_t i = 0; i < space->runs[r]->kinds[ST_HOST].n;
		    i++) {
			const struct statement *st =
			    space->runs[r]->kinds[ST_HOST].at[i];
			const struct value *mac, *a;

			mac = clause_value(st->clauses, CL_MAC, 0);
			a = host_addresses(st);
			if (mac == NULL || a == NULL)
				continue;
			index->macs[n].key = address_key(&a->network.address);
			memcpy(index->macs[n++].mac, mac->mac, 6);
		}
	qsort(index->macs, n, sizeof(*index->macs), compare_macs);
	for (uint32_t i = 0; i < n; i++)
		if (index->macs_n == 0 || compare_macs(&index->macs[i],
		    &index->macs[index->macs_n - 1]) != 0)
			index->macs[index->macs_n++] = index->macs[i];
	return true;
}

/* ---- segments ---- */

/* The segment of an address that no cut divides, in a run. */
static struct statement *
segment_at(const struct rules_run *run, const struct address *address)
{
	struct span_of_addresses one = { *address, *address };
	struct statement *other;

	return segment_of(run, &one, &other);
}

/* ---- axes ---- */

static void
sort_cuts(struct cuts *cuts)
{
	uint32_t n = 0;

	qsort(cuts->keys, cuts->n, sizeof(*cuts->keys), compare_keys);
	for (uint32_t i = 0; i < cuts->n; i++)
		if (n == 0 || key_compare(&cuts->keys[i],
		    &cuts->keys[n - 1]) != 0)
			cuts->keys[n++] = cuts->keys[i];
	cuts->n = n;
}

static struct address_key
last_key(const struct cuts *cuts, uint32_t i)
{
	struct address_key key = { cuts->keys[i].family, UINT64_MAX,
	    UINT64_MAX };

	if (key.family == 4) {
		key.high = 0;
		key.low = UINT32_MAX;
	}
	if (i + 1 < cuts->n && cuts->keys[i + 1].family == key.family) {
		key = cuts->keys[i + 1];
		require(key_before(&key));
	}
	return key;
}

/*
 * Where the cuts of an axis are, and the first class of each interval. With
 * macs (the source axis) an interval has one class more for each of its own.
 */
static bool
axis_build(struct space *space, struct cuts *cuts, struct axis *axis,
    struct axis_index *index, bool with_macs)
{
	const struct space_index *all = space->index;
	uint32_t macs_n = with_macs ? all->macs_n : 0, m = 0;

	sort_cuts(cuts);
	if (cuts->no_room || cuts->n > RULES_CLASSES_MAX)
		return false;
	index->keys = cuts->keys;
	index->n = cuts->n;
	index->first = arena_alloc_array(space->arena, cuts->n + 1u,
	    sizeof(*index->first));
	axis->classes = arena_alloc_array(space->arena, cuts->n + macs_n,
	    sizeof(*axis->classes));
	if (index->first == NULL || axis->classes == NULL)
		return false;
	for (uint32_t i = 0; i < cuts->n; i++) {
		struct address_key high = last_key(cuts, i);
		struct axis_class *c = &axis->classes[axis->n];
		const struct statement *segment;

		index->first[i] = axis->n++;
		c->low = key_address(cuts->keys[i]);
		c->high = key_address(high);
		segment = segment_at(space->runs[0], &c->low);
		c->segment = segment == NULL ? RULES_NONE : segment->index;
		/* an interval of one address, where a host has a MAC */
		while (m < macs_n && key_compare(&all->macs[m].key,
		    &cuts->keys[i]) < 0)
			m++;
		for (; m < macs_n && key_compare(&all->macs[m].key,
		    &cuts->keys[i]) == 0 && key_compare(&high,
		    &cuts->keys[i]) == 0; m++) {
			struct axis_class *own = &axis->classes[axis->n++];

			*own = *c;
			own->has_mac = true;
			memcpy(own->mac, all->macs[m].mac, 6);
		}
		if (c->low.family == 4)
			axis->n4 = axis->n;
	}
	index->first[cuts->n] = axis->n;
	return true;
}

static bool
axis_new(struct space *space, struct axis *axis, struct axis_index *index,
    enum clause_kind side)
{
	struct cuts cuts = { .arena = space->arena };

	cut(&cuts, (struct address_key){ .family = 4 });
	cut(&cuts, (struct address_key){ .family = 6 });
	for (unsigned r = 0; r < space->runs_n; r++)
		cut_run(&cuts, space->runs[r], side);
	return axis_build(space, &cuts, axis, index, side == CL_FROM);
}

/* The interval around a key. */
static uint32_t
interval_of(const struct axis_index *index, const struct address_key *key)
{
	uint32_t low = 0, high = index->n;

	while (high - low > 1) {
		uint32_t mid = low + (high - low) / 2;

		if (key_compare(&index->keys[mid], key) <= 0)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* ---- parties ---- */

struct collect {
	struct range	*at;
	uint32_t	 n;
};

static void
collect_span(struct collect *to, const struct axis_index *index,
    const struct span_of_addresses *span)
{
	struct address_key low = address_key(&span->low);
	struct address_key high = address_key(&span->high);

	to->at[to->n++] = (struct range){
	    index->first[interval_of(index, &low)],
	    index->first[interval_of(index, &high) + 1] };
}

/* A host that an allow names has, as a source, the class of its MAC. */
static void
collect_mac(struct collect *to, const struct space *space,
    const struct axis_index *index, const struct statement *host,
    const struct value *mac)
{
	struct address_key key = address_key(
	    &host_addresses(host)->network.address);
	uint32_t i = interval_of(index, &key);

	for (uint32_t c = index->first[i]; c < index->first[i + 1]; c++)
		if (space->src.classes[c].has_mac &&
		    memcmp(space->src.classes[c].mac, mac->mac, 6) == 0)
			to->at[to->n++] = (struct range){ c, c + 1 };
}

static int
compare_ranges(const void *left, const void *right)
{
	const struct range *a = left, *b = right;

	return a->first < b->first ? -1 : a->first > b->first;
}

static struct ranges
merged(struct collect *from)
{
	struct ranges ranges = { from->at, 0 };

	qsort(from->at, from->n, sizeof(*from->at), compare_ranges);
	for (uint32_t i = 0; i < from->n; i++) {
		struct range *last = &from->at[ranges.n - 1];

		if (ranges.n > 0 && from->at[i].first <= last->end) {
			if (from->at[i].end > last->end)
				last->end = from->at[i].end;
		} else
			from->at[ranges.n++] = from->at[i];
	}
	return ranges;
}

unsigned
space_run_of(const struct space *space, const struct statement *st)
{
	for (unsigned r = 0; r + 1 < space->runs_n; r++) {
		const struct statements *all = &space->runs[r]->all;

		if (st->sequence < all->n && all->at[st->sequence] == st)
			return r;
	}
	return space->runs_n - 1;
}

/* The classes whose addresses are a segment's; computed once. */
static const struct ranges *
segment_ranges(struct space *space, const struct statement *segment,
    bool source)
{
	const struct axis *axis = source ? &space->src : &space->dst;
	struct ranges *cached;
	struct collect to = { NULL, 0 };
	unsigned r = space_run_of(space, segment);
	bool inside = false;

	cached = &space->index->segments[r][source][segment->index];
	if (cached->at != NULL)
		return cached;
	to.at = arena_alloc_array(space->arena, axis->n, sizeof(*to.at));
	if (to.at == NULL)
		return cached;
	for (uint32_t c = 0; c < axis->n; c++) {
		bool in = r == 0 ? axis->classes[c].segment ==
		    segment->index : segment_at(space->runs[r],
		    &axis->classes[c].low) == segment;

		if (in && !inside)
			to.at[to.n++].first = c;
		if (in)
			to.at[to.n - 1].end = c + 1;
		inside = in;
	}
	*cached = (struct ranges){ to.at, to.n };
	return cached;
}

static uint32_t
count_ranges(struct space *space, const struct value *parties, bool source)
{
	uint32_t n = 0;

	for (const struct value *v = parties; v != NULL; v = v->next) {
		if (v->form == FORM_ANY)
			n++;
		else if (v->statement->spec->kind == ST_SEGMENT)
			n += segment_ranges(space, v->statement, source)->n;
		else
			for (const struct value *a = host_addresses(
			    v->statement); a != NULL; a = a->next)
				n++;
	}
	return n;
}

static void
collect_host(struct collect *to, const struct axis_index *index,
    const struct statement *host)
{
	for (const struct value *a = host_addresses(host); a != NULL;
	    a = a->next) {
		struct span_of_addresses span = value_addresses(a);

		collect_span(to, index, &span);
	}
}

/* The classes of a host with every MAC; computed once. */
static struct ranges
host_ranges(struct space *space, const struct value *party, bool source)
{
	const struct statement *host = party->statement;
	unsigned r = space_run_of(space, host);
	struct ranges **noted = &space->index->hosts[r][source], *own;
	struct collect to = { NULL, 0 };

	if (*noted == NULL)
		*noted = arena_alloc_array(space->arena,
		    space->runs[r]->kinds[ST_HOST].n + 1u, sizeof(**noted));
	if (*noted == NULL)
		return (struct ranges){ NULL, 0 };
	own = &(*noted)[host->index];
	if (own->at != NULL)
		return *own;
	to.at = arena_alloc_array(space->arena, count_ranges(space, party,
	    source) + 1u, sizeof(*to.at));
	if (to.at == NULL)
		return (struct ranges){ NULL, 0 };
	collect_host(&to, source ? &space->index->src : &space->index->dst,
	    host);
	*own = merged(&to);
	return *own;
}

/*
 * Of one party, as in most rules: all of them share its ranges. False: it is
 * `any`, or of one MAC.
 */
static bool
shared_ranges(struct space *space, const struct value *party, bool source,
    bool with_mac, struct ranges *ranges)
{
	if (party->form == FORM_ANY)
		return false;
	if (party->statement->spec->kind == ST_SEGMENT) {
		*ranges = *segment_ranges(space, party->statement, source);
		return true;
	}
	if (source && with_mac && clause_find(party->statement->clauses,
	    CL_MAC) != NULL)
		return false;
	*ranges = host_ranges(space, party, source);
	return true;
}

static struct ranges
party_ranges(struct space *space, const struct value *parties, bool source,
    bool with_mac)
{
	const struct axis *axis = source ? &space->src : &space->dst;
	const struct axis_index *index = source ? &space->index->src :
	    &space->index->dst;
	struct collect to = { NULL, 0 };
	struct ranges shared;

	if (parties->next == NULL && shared_ranges(space, parties, source,
	    with_mac, &shared))
		return shared;
	to.at = arena_alloc_array(space->arena, count_ranges(space, parties,
	    source) + 1u, sizeof(*to.at));
	if (to.at == NULL)
		return (struct ranges){ NULL, 0 };
	for (const struct value *v = parties; v != NULL; v = v->next) {
		const struct value *mac;

		if (v->form == FORM_ANY) {
			to.at[to.n++] = (struct range){ 0, axis->n };
			continue;
		}
		if (v->statement->spec->kind == ST_SEGMENT) {
			const struct ranges *s = segment_ranges(space,
			    v->statement, source);

			for (uint32_t i = 0; i < s->n; i++)
				to.at[to.n++] = s->at[i];
			continue;
		}
		mac = clause_value(v->statement->clauses, CL_MAC, 0);
		if (source && with_mac && mac != NULL) {
			collect_mac(&to, space, index, v->statement, mac);
			continue;
		}
		collect_host(&to, index, v->statement);
	}
	return merged(&to);
}

struct ranges
space_sources(struct space *space, const struct value *parties, bool with_mac)
{
	return party_ranges(space, parties, true, with_mac);
}

struct ranges
space_destinations(struct space *space, const struct value *parties)
{
	return party_ranges(space, parties, false, false);
}

/* ---- points ---- */

static bool
class_of(const struct axis_index *index, const struct address *address,
    uint32_t *first, uint32_t *end)
{
	struct address_key key = address_key(address);
	uint32_t i;

	if (address->family != 4 && address->family != 6)
		return false;
	i = interval_of(index, &key);
	*first = index->first[i];
	*end = index->first[i + 1];
	return true;
}

bool
space_point(const struct space *space, const struct rules_packet *packet,
    struct point *point)
{
	uint32_t end;

	if (packet->src.family != packet->dst.family ||
	    !class_of(&space->index->dst, &packet->dst, &point->dst, &end) ||
	    !class_of(&space->index->src, &packet->src, &point->src, &end))
		return false;
	if (packet->has_mac)
		for (uint32_t c = point->src + 1; c < end; c++)
			if (memcmp(space->src.classes[c].mac, packet->mac,
			    6) == 0)
				point->src = c;
	point->service = space_service_of(space, packet->protocol,
	    packet->src_port, packet->dst_port);
	return true;
}

/* ---- the space ---- */

static bool
space_build(struct space *space)
{
	struct space_index *index = arena_alloc(space->arena, sizeof(*index));

	space->index = index;
	if (index == NULL || !collect_macs(space) ||
	    !axis_new(space, &space->src, &index->src, CL_FROM) ||
	    !axis_new(space, &space->dst, &index->dst, CL_TO) ||
	    !space_build_services(space))
		return false;
	for (unsigned r = 0; r < space->runs_n; r++)
		if (!space_build_rules(space, r))
			return false;
	return true;
}

struct space *
space_new(const struct rules_run *const *runs, unsigned n)
{
	struct arena *arena = arena_new(RULES_MEMORY_BYTES_MAX);
	struct space *space;

	require(n >= 1 && n <= SPACE_RUNS_MAX);
	if (arena == NULL)
		return NULL;
	space = arena_alloc(arena, sizeof(*space));
	if (space == NULL) {
		arena_free(arena);
		return NULL;
	}
	space->arena = arena;
	space->runs_n = n;
	for (unsigned r = 0; r < n; r++)
		space->runs[r] = runs[r];
	if (!space_build(space)) {
		arena_free(arena);
		return NULL;
	}
	return space;
}

void
space_free(struct space *space)
{
	if (space != NULL)
		arena_free(space->arena);
}
