/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Service classes in words: names of services with their ports; what no name
 * is for, as protocols and ports from the grid that the space is made of.
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "describe_parts_internal.h"
#include "space_parts_internal.h"
#include "value_internal.h"

/* Texts of ports that a description lists. */
#define PORT_ITEMS_MAX	100000u

static uint32_t
count_bits(const struct space *space, const uint64_t *bits)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < space->words; i++)
		n += (uint32_t)__builtin_popcountll(bits[i]);
	return n;
}

static int
compare_services(const void *left, const void *right)
{
	const struct named_service *a = left, *b = right;

	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* Services of the last run first: of equal ones its name is taken. */
bool
describe_list_services(struct describer *d)
{
	struct space *space = d->space;
	uint32_t max = 0;

	for (unsigned r = 0; r < space->runs_n; r++)
		max += space->runs[r]->kinds[ST_SERVICE].n;
	d->services = arena_alloc_array(space->arena, max + 1u,
	    sizeof(*d->services));
	if (d->services == NULL)
		return false;
	for (unsigned r = space->runs_n; r-- > 0; )
		for (uint32_t i = 0; i < space->runs[r]->kinds[ST_SERVICE].n;
		    i++) {
			struct statement *st =
			    space->runs[r]->kinds[ST_SERVICE].at[i];
			struct value *one;
			struct named_service *s;

			one = arena_alloc(space->arena, sizeof(*one));
			if (one == NULL)
				return false;
			one->form = FORM_NAME;
			one->statement = st;
			s = &d->services[d->services_n];
			s->order = d->services_n++;
			s->st = st;
			s->set = space_set(space, one);
			if (s->set == RULES_NONE)
				return false;
			s->size = count_bits(space, space->sets[s->set].bits);
		}
	qsort(d->services, d->services_n, sizeof(*d->services),
	    compare_services);
	return true;
}

/* ---- by name ---- */

static bool
inside(const struct space *space, const uint64_t *part, const uint64_t *whole)
{
	for (uint32_t i = 0; i < space->words; i++)
		if (part[i] & ~whole[i])
			return false;
	return true;
}

/* Names inside the set, the greatest first, taken out of it. */
static unsigned
take_services(const struct describer *d, uint64_t *left,
    const struct named_service **names, unsigned max)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < d->services_n && n < max; i++) {
		const uint64_t *bits = d->space->sets[d->services[i].set].bits;

		if (d->services[i].size == 0 ||
		    !inside(d->space, bits, left))
			continue;
		names[n++] = &d->services[i];
		for (uint32_t k = 0; k < d->space->words; k++)
			left[k] &= ~bits[k];
	}
	return n;
}

/* " (tcp 3389)": the clauses of a service as they are written. */
static void
put_ports(struct describer *d, struct buf *buf, const struct statement *st)
{
	const char *before = " (";

	for (const struct clause *c = st->clauses; c != NULL; c = c->next) {
		if (c->spec->kind == CL_SPEAKS)
			continue;
		describe_put(d, buf, before, span_str(c->spec->word));
		before = " ";
		for (const struct value *v = c->values[0]; v != NULL;
		    v = v->next) {
			describe_put(d, buf, v == c->values[0] ? " " : ", ",
			    (struct span){ 0 });
			if (value_print(v, buf) != OK)
				d->no_room = true;
		}
	}
	describe_put(d, buf, ")", (struct span){ 0 });
}

static void
put_services(struct describer *d, struct buf *buf,
    const struct named_service *const *names, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		describe_put(d, buf, i == 0 ? "" : ", ",
		    statement_name(names[i]->st));
		put_ports(d, buf, names[i]->st);
	}
}

/* ---- by number ---- */

struct ports {
	const char	**at;
	uint32_t	 n;
};

static void
put_range(struct describer *d, struct buf *buf, const char *before,
    uint32_t low, uint32_t high)
{
	enum err err = low == high ? buf_printf(buf, "%s%u", before, low) :
	    buf_printf(buf, "%s%u-%u", before, low, high);

	if (err != OK)
		d->no_room = true;
}

static uint32_t
last_port(const uint16_t *low, uint32_t n, uint32_t i, uint32_t max)
{
	uint32_t last = i + 1 < n ? low[i + 1] - 1u : max;

	return last < max ? last : max;
}

static const char *
kind_name(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp type";
	case IPPROTO_ICMPV6:
		return "icmp6 type";
	default:
		return NULL;
	}
}

/* "tcp 100-200 source-port 5": a rectangle of ports of a kind. */
static void
add_rectangle(struct describer *d, struct ports *to, uint32_t kind,
    const struct range *dst, const struct range *src)
{
	const struct service_index *index = &d->space->index->services;
	uint8_t protocol = index->kind_protocol[kind];
	const char *name = kind_name(protocol);
	bool icmp = protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
	uint32_t max = icmp ? 255 : 65535;
	uint32_t low = index->dst_low[dst->first];
	struct buf buf;

	if (to->n == PORT_ITEMS_MAX || low > max)
		return;
	buf_init(&buf, 256);
	if (name == NULL && kind + 1 == index->kinds_n &&
	    index->kinds_n < 256)
		describe_put(d, &buf, "other protocols", (struct span){ 0 });
	else if (name == NULL)
		put_range(d, &buf, "protocol ", protocol, protocol);
	else {
		uint32_t high = last_port(index->dst_low, index->dst_n,
		    dst->end - 1, max);

		describe_put(d, &buf, name, (struct span){ 0 });
		if (low > 0 || high < max)
			put_range(d, &buf, " ", low, high);
		else
			describe_put(d, &buf, icmp ? " any" : "",
			    (struct span){ 0 });
		if (!icmp && src->end - src->first < index->src_n)
			put_range(d, &buf, " source-port ",
			    index->src_low[src->first],
			    last_port(index->src_low, index->src_n,
			    src->end - 1, 65535));
	}
	to->at[to->n++] = describe_keep(d, &buf);
}

static bool
has_cell(const struct describer *d, const uint64_t *bits, uint32_t kind,
    uint32_t dst, uint32_t src)
{
	const struct service_index *index = &d->space->index->services;
	uint32_t class = index->cells[(kind * index->dst_n + dst) *
	    index->src_n + src];

	return bits[class / 64] >> class % 64 & 1;
}

/* Do two columns of the grid have the same source ports in the set? */
static bool
same_sources(const struct describer *d, const uint64_t *bits, uint32_t kind,
    uint32_t a, uint32_t b)
{
	for (uint32_t s = 0; s < d->space->index->services.src_n; s++)
		if (has_cell(d, bits, kind, a, s) !=
		    has_cell(d, bits, kind, b, s))
			return false;
	return true;
}

static void
list_kind(struct describer *d, const uint64_t *bits, uint32_t kind,
    struct ports *to)
{
	const struct service_index *index = &d->space->index->services;
	struct range dst, src;

	for (dst.first = 0; dst.first < index->dst_n; dst.first = dst.end) {
		dst.end = dst.first + 1;
		while (dst.end < index->dst_n && same_sources(d, bits, kind,
		    dst.first, dst.end))
			dst.end++;
		for (src.first = 0; src.first < index->src_n;
		    src.first = src.end) {
			src.end = src.first + 1;
			if (!has_cell(d, bits, kind, dst.first, src.first))
				continue;
			while (src.end < index->src_n && has_cell(d, bits,
			    kind, dst.first, src.end))
				src.end++;
			add_rectangle(d, to, kind, &dst, &src);
		}
	}
}

static struct ports
list_ports(struct describer *d, const uint64_t *bits)
{
	const struct service_index *index = &d->space->index->services;
	struct ports to = { arena_alloc_array(d->arena,
	    index->cells_n < PORT_ITEMS_MAX ? index->cells_n + 1u :
	    PORT_ITEMS_MAX, sizeof(*to.at)), 0 };

	if (to.at == NULL) {
		d->no_room = true;
		return to;
	}
	for (uint32_t k = 0; k < index->kinds_n && !d->no_room; k++)
		list_kind(d, bits, k, &to);
	return to;
}

static void
put_list(struct describer *d, struct buf *buf, const struct ports *ports)
{
	uint32_t n = ports->n <= DESCRIBE_ITEMS + 1 ? ports->n :
	    DESCRIBE_ITEMS;

	for (uint32_t i = 0; i < n && !d->no_room; i++)
		describe_put(d, buf, buf->len == 0 ? "" : ", ",
		    span_str(ports->at[i]));
	if (n < ports->n && buf_printf(buf, " ... and %u more",
	    ports->n - n) != OK)
		d->no_room = true;
}

/* "any service except rdp"; false: it is not of that form. */
static bool
put_others(struct describer *d, struct buf *buf, const uint64_t *bits,
    uint64_t *left)
{
	const struct named_service *names[DESCRIBE_NAMES];
	unsigned n;

	for (uint32_t i = 0; i < d->space->words; i++)
		left[i] = d->space->sets[0].bits[i] & ~bits[i];
	n = take_services(d, left, names, DESCRIBE_NAMES);
	if (count_bits(d->space, left) > 0)
		return false;
	describe_put(d, buf, n == 0 ? "any service" : "any service except ",
	    (struct span){ 0 });
	put_services(d, buf, names, n);
	return true;
}

void
describe_services(struct describer *d, const uint64_t *bits,
    struct description *to)
{
	const struct named_service *names[DESCRIBE_NAMES];
	uint64_t *left = arena_alloc_array(d->arena, d->space->words,
	    sizeof(*left));
	struct ports all = list_ports(d, bits), rest;
	struct buf buf;
	unsigned n;

	*to = (struct description){ .items = all.at, .items_n = all.n };
	if (left == NULL || d->no_room)
		return;
	buf_init(&buf, 1 << 20);
	memcpy(left, bits, d->space->words * sizeof(*left));
	n = take_services(d, left, names, DESCRIBE_NAMES);
	if (count_bits(d->space, left) == 0) {
		put_services(d, &buf, names, n);
		to->name = n == 1 ? names[0]->st : NULL;
	} else if (!put_others(d, &buf, bits, left)) {
		memcpy(left, bits, d->space->words * sizeof(*left));
		n = take_services(d, left, names, DESCRIBE_NAMES);
		put_services(d, &buf, names, n);
		rest = list_ports(d, left);
		put_list(d, &buf, &rest);
	}
	to->text = describe_keep(d, &buf);
}
