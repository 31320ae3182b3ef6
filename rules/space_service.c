/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Service classes: the packets, by protocol and ports, that the same services
 * have. Ports are cut where a service begins or ends; the cells of that grid
 * are then divided by one service after another until no service divides a
 * class. Sets of classes, each once, are here too.
 */
#include <netinet/in.h>
#include <string.h>

#include "space_parts_internal.h"

#define PORTS		65536u

/* ---- the grid ---- */

struct port_range {
	uint32_t	low;
	uint32_t	high;
};

static struct port_range
range_of(const struct value *v)
{
	return (struct port_range){ (uint32_t)v->number,
	    v->form == FORM_PORTS ? (uint32_t)v->last_number :
	    (uint32_t)v->number };
}

static void
cut_ports(uint8_t *cuts, const struct value *ports)
{
	for (const struct value *v = ports; v != NULL; v = v->next) {
		struct port_range r = range_of(v);

		cuts[r.low] = 1;
		if (r.high + 1 < PORTS)
			cuts[r.high + 1] = 1;
	}
}

static const enum clause_kind port_clauses[] = { CL_TCP, CL_UDP, CL_ICMP,
    CL_ICMP6 };
static const uint8_t port_protocols[] = { IPPROTO_TCP, IPPROTO_UDP,
    IPPROTO_ICMP, IPPROTO_ICMPV6 };

/* Intervals of ports from the cuts. False: out of memory. */
static bool
intervals(struct space *space, const uint8_t *cuts, uint16_t **map,
    uint16_t **low, uint32_t *n)
{
	*map = arena_alloc_array(space->arena, PORTS, sizeof(**map));
	*low = arena_alloc_array(space->arena, PORTS, sizeof(**low));
	if (*map == NULL || *low == NULL)
		return false;
	*n = 0;
	for (uint32_t p = 0; p < PORTS; p++) {
		if (p == 0 || cuts[p])
			(*low)[(*n)++] = (uint16_t)p;
		(*map)[p] = (uint16_t)(*n - 1);
	}
	return true;
}

/*
 * Kinds of protocols: tcp, udp, icmp, icmp6, and the others divided until no
 * service divides a kind (parts[kind] is the kind of those in the service).
 */
static void
divide_kinds(struct service_index *index, const struct value *protocols)
{
	uint8_t in[256] = { 0 }, parts[256] = { 0 };
	uint32_t inside[256] = { 0 }, all[256] = { 0 };

	for (const struct value *v = protocols; v != NULL; v = v->next)
		for (uint32_t p = range_of(v).low; p <= range_of(v).high; p++)
			in[p] = 1;
	for (unsigned p = 0; p < 256; p++) {
		all[index->kinds[p]]++;
		inside[index->kinds[p]] += in[p];
	}
	for (unsigned p = 0; p < 256; p++) {
		uint8_t kind = index->kinds[p];

		if (!in[p] || inside[kind] == all[kind])
			continue;
		if (parts[kind] == 0)
			parts[kind] = (uint8_t)index->kinds_n++;
		index->kinds[p] = parts[kind];
	}
}

static void
protocol_kinds(struct space *space)
{
	struct service_index *index = &space->index->services;

	memset(index->kinds, 4, sizeof(index->kinds));
	for (unsigned i = 0; i < 4; i++)
		index->kinds[port_protocols[i]] = (uint8_t)i;
	index->kinds_n = 5;
	for (unsigned r = 0; r < space->runs_n; r++)
		for (uint32_t i = 0; i < space->runs[r]->kinds[ST_SERVICE].n;
		    i++) {
			const struct statement *st =
			    space->runs[r]->kinds[ST_SERVICE].at[i];

			divide_kinds(index, clause_value(st->clauses,
			    CL_PROTOCOL, 0));
		}
	for (unsigned p = 256; p-- > 0; )
		index->kind_protocol[index->kinds[p]] = (uint8_t)p;
}

static bool
grid(struct space *space)
{
	struct service_index *index = &space->index->services;
	uint8_t *dst = arena_alloc(space->arena, PORTS);
	uint8_t *src = arena_alloc(space->arena, PORTS);
	uint64_t cells;

	if (dst == NULL || src == NULL)
		return false;
	for (unsigned r = 0; r < space->runs_n; r++)
		for (uint32_t i = 0; i < space->runs[r]->kinds[ST_SERVICE].n;
		    i++) {
			const struct statement *st =
			    space->runs[r]->kinds[ST_SERVICE].at[i];

			for (unsigned k = 0; k < 4; k++)
				cut_ports(dst, clause_value(st->clauses,
				    port_clauses[k], 0));
			cut_ports(src, clause_value(st->clauses,
			    CL_SOURCE_PORT, 0));
		}
	protocol_kinds(space);
	if (!intervals(space, dst, &index->dst_port, &index->dst_low,
	    &index->dst_n) || !intervals(space, src, &index->src_port,
	    &index->src_low, &index->src_n))
		return false;
	cells = (uint64_t)index->kinds_n * index->dst_n * index->src_n;
	if (cells > RULES_CELLS_MAX)
		return false;
	index->cells_n = (uint32_t)cells;
	index->cells = arena_alloc_array(space->arena, index->cells_n,
	    sizeof(*index->cells));
	return index->cells != NULL;
}

/* ---- division ---- */

/* What a service takes of a kind: called for each row of source intervals. */
typedef void cell_function(void *arg, uint32_t first, uint32_t n);

static void
each_source(const struct service_index *index, const struct value *ports,
    uint32_t row, cell_function *call, void *arg)
{
	if (ports == NULL) {
		call(arg, row, index->src_n);
		return;
	}
	for (const struct value *v = ports; v != NULL; v = v->next) {
		struct port_range r = range_of(v);
		uint32_t first = index->src_port[r.low];

		call(arg, row + first, index->src_port[r.high] - first + 1u);
	}
}

/* Cells of a service, some of them perhaps twice. */
static void
each_cell(const struct service_index *index, const struct statement *service,
    cell_function *call, void *arg)
{
	const struct value *sources = clause_value(service->clauses,
	    CL_SOURCE_PORT, 0), *v;

	for (uint32_t k = 0; k < 4; k++)
		for (v = clause_value(service->clauses, port_clauses[k], 0);
		    v != NULL; v = v->next) {
			struct port_range r = range_of(v);

			for (uint32_t d = index->dst_port[r.low];
			    d <= index->dst_port[r.high]; d++)
				each_source(index, k < 2 ? sources : NULL,
				    (k * index->dst_n + d) * index->src_n,
				    call, arg);
		}
	for (v = clause_value(service->clauses, CL_PROTOCOL, 0); v != NULL;
	    v = v->next)
		for (uint32_t p = range_of(v).low; p <= range_of(v).high; p++)
			call(arg, index->kinds[p] * index->dst_n *
			    index->src_n, index->dst_n * index->src_n);
}

struct divide {
	uint32_t	*cells;
	uint32_t	*fresh;		/* class -> its part in the service */
	uint8_t		*done;		/* cells of this service, seen */
	uint32_t	*touched;	/* those, and their class before */
	uint32_t	*before;
	uint32_t	 touched_n;
	uint32_t	 n;		/* classes */
};

static void
divide_cells(void *arg, uint32_t first, uint32_t n)
{
	struct divide *d = arg;

	for (uint32_t i = first; i < first + n; i++) {
		uint32_t class = d->cells[i];

		if (d->done[i])
			continue;
		d->done[i] = 1;
		d->before[d->touched_n] = class;
		d->touched[d->touched_n++] = i;
		if (d->fresh[class] == 0)
			d->fresh[class] = d->n++;
		d->cells[i] = d->fresh[class];
	}
}

/*
 * A class that lies in the service as a whole is renumbered by this; numbers
 * that nobody has are taken out by compact(). Numbers grow by the cells of a
 * service at the most, so the table of them is made smaller in between.
 */
static uint32_t
compact(struct divide *d, uint32_t cells_n, uint32_t *numbers)
{
	uint32_t n = 0;

	memset(numbers, 0, d->n * sizeof(*numbers));
	for (uint32_t i = 0; i < cells_n; i++) {
		uint32_t *number = &numbers[d->cells[i]];

		if (*number == 0)
			*number = ++n;
		d->cells[i] = *number - 1;
	}
	return n;
}

static bool
divide(struct space *space)
{
	struct service_index *index = &space->index->services;
	uint32_t n = index->cells_n;
	struct divide d = { .cells = index->cells, .n = 1 };
	uint32_t *numbers;

	/* numbers in use and those of one service more */
	d.fresh = arena_alloc_array(space->arena, 3u * (size_t)n + 1,
	    sizeof(*d.fresh));
	numbers = arena_alloc_array(space->arena, 3u * (size_t)n + 1,
	    sizeof(*numbers));
	d.done = arena_alloc(space->arena, n);
	d.touched = arena_alloc_array(space->arena, n, sizeof(*d.touched));
	d.before = arena_alloc_array(space->arena, n, sizeof(*d.before));
	if (d.fresh == NULL || numbers == NULL || d.done == NULL ||
	    d.touched == NULL || d.before == NULL)
		return false;
	for (unsigned r = 0; r < space->runs_n; r++)
		for (uint32_t i = 0; i < space->runs[r]->kinds[ST_SERVICE].n;
		    i++) {
			const struct statement *st =
			    space->runs[r]->kinds[ST_SERVICE].at[i];

			each_cell(index, st, divide_cells, &d);
			while (d.touched_n > 0) {
				d.done[d.touched[--d.touched_n]] = 0;
				d.fresh[d.before[d.touched_n]] = 0;
			}
			if (d.n > 2 * n)
				d.n = compact(&d, n, numbers);
		}
	space->services_n = compact(&d, n, numbers);
	space->words = (space->services_n + 63) / 64;
	return true;
}

/* Of two packets that differ in the source port alone the higher is usual. */
static bool
examples(struct space *space)
{
	const struct service_index *index = &space->index->services;
	uint32_t i = 0;
	uint8_t *seen = arena_alloc(space->arena, space->services_n);

	space->services = arena_alloc_array(space->arena, space->services_n,
	    sizeof(*space->services));
	if (space->services == NULL || seen == NULL)
		return false;
	for (uint32_t k = 0; k < index->kinds_n; k++)
		for (uint32_t d = 0; d < index->dst_n; d++)
			for (uint32_t s = 0; s < index->src_n; s++, i++) {
				uint32_t class = index->cells[i];
				struct service_class *e =
				    &space->services[class];
				uint8_t p = index->kind_protocol[k];
				bool icmp = p == IPPROTO_ICMP ||
				    p == IPPROTO_ICMPV6;
				bool ports = p == IPPROTO_TCP ||
				    p == IPPROTO_UDP;
				bool same;

				if (icmp && index->dst_low[d] > 255)
					continue;
				if (!icmp && !ports && d + s > 0)
					continue;
				same = seen[class] && e->protocol == p &&
				    e->dst_port == index->dst_low[d];
				if (seen[class] && !(same && ports))
					continue;
				seen[class] = 1;
				*e = (struct service_class){ p,
				    ports ? index->src_low[s] : 0,
				    ports || icmp ? index->dst_low[d] : 0 };
			}
	return true;
}

bool
space_build_services(struct space *space)
{
	return grid(space) && divide(space) && examples(space);
}

uint32_t
space_service_of(const struct space *space, uint8_t protocol,
    uint16_t src_port, uint16_t dst_port)
{
	const struct service_index *index = &space->index->services;

	return index->cells[(index->kinds[protocol] * index->dst_n +
	    index->dst_port[dst_port]) * index->src_n +
	    index->src_port[src_port]];
}

/* ---- sets ---- */

static uint32_t
hash_bits(const uint64_t *bits, uint32_t words)
{
	uint64_t h = 0x9e3779b97f4a7c15u;

	for (uint32_t i = 0; i < words; i++) {
		h ^= bits[i];
		h *= 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	return (uint32_t)h;
}

/* Twice the room for sets, and their hash anew. */
static bool
more_sets(struct space *space)
{
	struct space_index *index = space->index;
	uint32_t max = index->sets_max == 0 ? 256 : index->sets_max * 2;
	struct service_set *sets = arena_alloc_array(space->arena, max,
	    sizeof(*sets));
	uint32_t *slots = arena_alloc_array(space->arena, max * 2u,
	    sizeof(*slots));

	if (sets == NULL || slots == NULL)
		return false;
	if (space->sets_n > 0)
		memcpy(sets, space->sets, space->sets_n * sizeof(*sets));
	for (uint32_t i = 0; i < space->sets_n; i++) {
		uint32_t at = hash_bits(sets[i].bits, space->words);

		while (slots[at % (max * 2)] != 0)
			at++;
		slots[at % (max * 2)] = i + 1;
	}
	space->sets = sets;
	index->sets_max = max;
	index->set_slots = slots;
	index->set_slots_n = max * 2;
	return true;
}

/* The number of a set of these bits; they become the set's when it is new. */
static uint32_t
set_of_bits(struct space *space, uint64_t *bits, const struct value *services)
{
	struct space_index *index = space->index;
	uint32_t at, slot;

	if (space->sets_n == index->sets_max && !more_sets(space))
		return RULES_NONE;
	for (at = hash_bits(bits, space->words);; at++) {
		slot = index->set_slots[at % index->set_slots_n];
		if (slot == 0)
			break;
		if (memcmp(space->sets[slot - 1].bits, bits,
		    space->words * sizeof(*bits)) == 0)
			return slot - 1;
	}
	space->sets[space->sets_n] = (struct service_set){ bits, services };
	index->set_slots[at % index->set_slots_n] = ++space->sets_n;
	return space->sets_n - 1;
}

struct mark {
	const uint32_t	*cells;
	uint64_t	*bits;
};

static void
mark_cells(void *arg, uint32_t first, uint32_t n)
{
	struct mark *mark = arg;

	for (uint32_t i = first; i < first + n; i++)
		mark->bits[mark->cells[i] / 64] |=
		    1ull << mark->cells[i] % 64;
}

static uint64_t *
new_bits(struct space *space)
{
	return arena_alloc_array(space->arena, space->words,
	    sizeof(uint64_t));
}

/* Where the set of a service is noted: thousands of rules name the same. */
static uint32_t *
noted_set(struct space *space, const struct statement *service)
{
	unsigned r = space_run_of(space, service);

	if (space->index->of_service[r] == NULL)
		space->index->of_service[r] = arena_alloc_array(space->arena,
		    space->runs[r]->kinds[ST_SERVICE].n + 1u,
		    sizeof(uint32_t));
	if (space->index->of_service[r] == NULL)
		return NULL;
	return &space->index->of_service[r][service->index];
}

static uint32_t
set_of_service(struct space *space, const struct value *v)
{
	struct mark mark = { space->index->services.cells, NULL };
	uint32_t *noted = noted_set(space, v->statement), set;

	if (noted == NULL)
		return RULES_NONE;
	if (*noted != 0)
		return *noted - 1;
	mark.bits = new_bits(space);
	if (mark.bits == NULL)
		return RULES_NONE;
	each_cell(&space->index->services, v->statement, mark_cells, &mark);
	set = set_of_bits(space, mark.bits, v);
	if (set != RULES_NONE)
		*noted = set + 1;
	return set;
}

uint32_t
space_set(struct space *space, const struct value *services)
{
	uint64_t *bits;

	if (services == NULL && space->sets_n > 0)
		return 0;	/* the first one that was made */
	if (services != NULL && services->next == NULL)
		return set_of_service(space, services);
	bits = new_bits(space);
	if (bits == NULL)
		return RULES_NONE;
	for (uint32_t i = 0; services == NULL && i < space->services_n; i++)
		bits[i / 64] |= 1ull << i % 64;
	for (const struct value *v = services; v != NULL; v = v->next) {
		uint32_t set = set_of_service(space, v);

		if (set == RULES_NONE)
			return RULES_NONE;
		for (uint32_t w = 0; w < space->words; w++)
			bits[w] |= space->sets[set].bits[w];
	}
	return set_of_bits(space, bits, services);
}

bool
set_has(const struct space *space, uint32_t set, uint32_t service)
{
	return space->sets[set].bits[service / 64] >> service % 64 & 1;
}
