/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The strict loader of the tables of packets. Each number that eval_flow.c
 * uses as an index is checked here once, so that a decision needs no check.
 * That the tables mean what the text says is the compiler's business; that
 * no table lets a packet past the limits between the tiers is checked again
 * at each decision.
 */
#include <string.h>

#include "flow_internal.h"
#include "image_internal.h"

static const uint8_t record_bytes[IMAGE_TABLES] = {
	[IMAGE_FLOWS] = sizeof(struct image_flow),
	[IMAGE_FLOW_SERVICES] = sizeof(uint32_t),
	[IMAGE_SERVICES] = sizeof(struct image_service),
	[IMAGE_BOXES] = sizeof(struct image_box),
	[IMAGE_SERVERS] = sizeof(struct image_server),
	[IMAGE_MACS] = sizeof(struct image_mac),
	[IMAGE_SRC_KEYS4] = sizeof(uint32_t),
	[IMAGE_SRC_KEYS6] = sizeof(struct image_key6),
	[IMAGE_SRC_FIRST] = sizeof(uint32_t),
	[IMAGE_SRC_SEGMENTS] = sizeof(uint8_t),
	[IMAGE_DST_KEYS4] = sizeof(uint32_t),
	[IMAGE_DST_KEYS6] = sizeof(struct image_key6),
	[IMAGE_DST_SEGMENTS] = sizeof(uint8_t),
	[IMAGE_SRC_PORTS] = sizeof(uint16_t),
	[IMAGE_DST_PORTS] = sizeof(uint16_t),
	[IMAGE_CELLS] = sizeof(uint32_t),
	[IMAGE_SET_BITS] = sizeof(uint64_t),
	[IMAGE_VERDICTS] = sizeof(uint8_t),
	[IMAGE_GLOBAL] = sizeof(uint32_t),
	[IMAGE_BY_SRC] = sizeof(uint32_t),
	[IMAGE_BY_DST] = sizeof(uint32_t),
	[IMAGE_ROWS] = sizeof(uint32_t),
	[IMAGE_TOPS] = sizeof(struct image_branch),
	[IMAGE_MIDS] = sizeof(struct image_branch),
	[IMAGE_LEAVES] = sizeof(uint32_t),
	[IMAGE_LISTS] = sizeof(uint32_t),
};

size_t
image_flow_record_bytes(enum image_table_kind kind)
{
	return record_bytes[kind];
}

static uint32_t
count(const struct rules_image *image, enum image_table_kind kind)
{
	return image->header->tables[kind].count;
}

static const void *
table(const struct rules_image *image, enum image_table_kind kind)
{
	return image->bytes + image->header->tables[kind].offset;
}

static void
set_view(struct rules_image *image)
{
	const struct image_flow_header *h = &image->header->flow;
	struct flow_view *v = &image->flow;

	*v = (struct flow_view){
		.src_keys4 = table(image, IMAGE_SRC_KEYS4),
		.src_n4 = count(image, IMAGE_SRC_KEYS4),
		.src_keys6 = table(image, IMAGE_SRC_KEYS6),
		.src_n6 = count(image, IMAGE_SRC_KEYS6),
		.dst_keys4 = table(image, IMAGE_DST_KEYS4),
		.dst_n4 = count(image, IMAGE_DST_KEYS4),
		.dst_keys6 = table(image, IMAGE_DST_KEYS6),
		.dst_n6 = count(image, IMAGE_DST_KEYS6),
		.src_first = table(image, IMAGE_SRC_FIRST),
		.src_segments = table(image, IMAGE_SRC_SEGMENTS),
		.dst_segments = table(image, IMAGE_DST_SEGMENTS),
		.macs = table(image, IMAGE_MACS),
		.macs_n = count(image, IMAGE_MACS),
		.src_ports_n = count(image, IMAGE_SRC_PORTS),
		.dst_ports_n = count(image, IMAGE_DST_PORTS),
		.cells = table(image, IMAGE_CELLS),
		.set_bits = table(image, IMAGE_SET_BITS),
		.verdicts = table(image, IMAGE_VERDICTS),
		.flows_n = count(image, IMAGE_FLOWS),
		.set_words = (h->sets_n + 63) / 64,
		.global = table(image, IMAGE_GLOBAL),
		.by_src = table(image, IMAGE_BY_SRC),
		.by_dst = table(image, IMAGE_BY_DST),
		.rows = table(image, IMAGE_ROWS),
		.tops = table(image, IMAGE_TOPS),
		.mids = table(image, IMAGE_MIDS),
		.leaves = table(image, IMAGE_LEAVES),
		.lists = table(image, IMAGE_LISTS),
	};
	for (uint32_t i = 0; i < count(image, IMAGE_SEGMENTS); i++) {
		const struct image_segment *s = image_record(image,
		    IMAGE_SEGMENTS, i);

		v->tiers[i] = (uint8_t)s->tier;
	}
}

/* ---- what is said of rules and services ---- */

static bool
flow_valid(const struct rules_image *image, const struct image_flow *f)
{
	if ((f->name.len != 0 && !image_string_valid(image, f->name,
	    RULES_STRING_BYTES_MAX)) ||
	    !image_string_valid(image, f->file, RULES_PATH_BYTES_MAX) ||
	    f->allow > 1 || f->class > RULES_CLASS_LOCAL ||
	    (f->allow == 0 && f->class != 0) || f->to_mac_set > 1 ||
	    !image_is_zero(f->zero, sizeof(f->zero)) ||
	    !image_range_valid(image, f->services, IMAGE_FLOW_SERVICES,
	    UINT32_MAX))
		return false;
	return f->to_mac_set == 1 || image_is_zero(f->to_mac, 6);
}

static bool
service_valid(const struct rules_image *image, const struct image_service *s)
{
	return image_string_valid(image, s->name, RULES_NAME_BYTES_MAX) &&
	    s->speaks <= RULES_SPEAKS_NOTHING && s->zero == 0 &&
	    image_range_valid(image, s->boxes, IMAGE_BOXES, UINT32_MAX) &&
	    image_range_valid(image, s->servers, IMAGE_SERVERS, UINT32_MAX);
}

static bool
names_valid(const struct rules_image *image)
{
	const uint32_t *services = table(image, IMAGE_FLOW_SERVICES);
	const struct image_box *boxes = table(image, IMAGE_BOXES);
	const struct image_server *servers = table(image, IMAGE_SERVERS);

	if (count(image, IMAGE_VERDICTS) != image->flow.flows_n + 1 ||
	    image->flow.verdicts[image->flow.flows_n] != 0)
		return false;
	for (uint32_t i = 0; i < count(image, IMAGE_FLOWS); i++) {
		const struct image_flow *f = image_record(image, IMAGE_FLOWS,
		    i);

		if (!flow_valid(image, f) ||
		    image->flow.verdicts[i] != image_verdict(f))
			return false;
	}
	for (uint32_t i = 0; i < count(image, IMAGE_FLOW_SERVICES); i++)
		if (services[i] >= count(image, IMAGE_SERVICES))
			return false;
	for (uint32_t i = 0; i < count(image, IMAGE_SERVICES); i++)
		if (!service_valid(image, image_record(image, IMAGE_SERVICES,
		    i)))
			return false;
	for (uint32_t i = 0; i < count(image, IMAGE_BOXES); i++)
		if (boxes[i].protocol > 255 ||
		    boxes[i].src_low > boxes[i].src_high ||
		    boxes[i].dst_low > boxes[i].dst_high)
			return false;
	for (uint32_t i = 0; i < count(image, IMAGE_SERVERS); i++)
		if (!image_string_valid(image, servers[i].name,
		    RULES_DOMAIN_BYTES_MAX) || servers[i].subdomains > 1 ||
		    servers[i].zero != 0)
			return false;
	return true;
}

/* ---- addresses ---- */

static bool
keys_valid(const uint32_t *keys4, uint32_t n4, const struct image_key6 *keys6,
    uint32_t n6)
{
	if (n4 == 0 || n6 == 0 || keys4[0] != 0 || keys6[0].high != 0 ||
	    keys6[0].low != 0)
		return false;
	for (uint32_t i = 1; i < n4; i++)
		if (keys4[i] <= keys4[i - 1])
			return false;
	for (uint32_t i = 1; i < n6; i++)
		if (keys6[i].high < keys6[i - 1].high ||
		    (keys6[i].high == keys6[i - 1].high &&
		    keys6[i].low <= keys6[i - 1].low))
			return false;
	return true;
}

static bool
segments_in_range(const struct rules_image *image, const uint8_t *segments,
    uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (segments[i] != IMAGE_SEGMENT_NONE &&
		    segments[i] >= count(image, IMAGE_SEGMENTS))
			return false;
	return true;
}

static bool
macs_valid(const struct flow_view *v, uint32_t classes_n)
{
	for (uint32_t i = 0; i < v->macs_n; i++) {
		const struct image_mac *m = &v->macs[i];

		if (m->base >= classes_n || m->class >= classes_n ||
		    !image_is_zero(m->zero, sizeof(m->zero)))
			return false;
		if (i > 0 && (m->base < m[-1].base || (m->base ==
		    m[-1].base && memcmp(m->mac, m[-1].mac, 6) <= 0)))
			return false;
	}
	return true;
}

static bool
addresses_valid(struct rules_image *image)
{
	const struct image_flow_header *h = &image->header->flow;
	struct flow_view *v = &image->flow;
	uint32_t first_n = count(image, IMAGE_SRC_FIRST);

	if (h->src_n == 0 || h->src_n > 2 * RULES_CLASSES_MAX ||
	    h->dst_n == 0 || h->dst_n > RULES_CLASSES_MAX ||
	    count(image, IMAGE_SRC_SEGMENTS) != h->src_n ||
	    count(image, IMAGE_DST_SEGMENTS) != h->dst_n ||
	    v->src_n4 > RULES_CLASSES_MAX || v->src_n6 > RULES_CLASSES_MAX ||
	    v->dst_n4 > RULES_CLASSES_MAX || v->dst_n6 > RULES_CLASSES_MAX ||
	    first_n != v->src_n4 + v->src_n6 ||
	    h->dst_n != v->dst_n4 + v->dst_n6 ||
	    !keys_valid(v->src_keys4, v->src_n4, v->src_keys6, v->src_n6) ||
	    !keys_valid(v->dst_keys4, v->dst_n4, v->dst_keys6, v->dst_n6))
		return false;
	for (uint32_t i = 0; i < first_n; i++)
		if (v->src_first[i] >= h->src_n)
			return false;
	return segments_in_range(image, v->src_segments, h->src_n) &&
	    segments_in_range(image, v->dst_segments, h->dst_n) &&
	    macs_valid(v, h->src_n);
}

/* ---- services ---- */

static bool
below(const uint32_t *values, uint32_t n, uint32_t limit)
{
	for (uint32_t i = 0; i < n; i++)
		if (values[i] >= limit)
			return false;
	return true;
}

/*
 * The interval of each port, from where the n intervals begin: an image
 * would be mostly these two tables.
 */
static uint16_t *
expand_ports(struct rules_image *image, const uint16_t *low, uint32_t n)
{
	uint16_t *ports = arena_alloc_array(image->index_arena, IMAGE_PORTS,
	    sizeof(*ports));
	uint32_t next = 1;

	if (ports == NULL)
		return NULL;
	for (uint32_t p = 0; p < IMAGE_PORTS; p++) {
		if (next < n && low[next] == p)
			next++;
		ports[p] = (uint16_t)(next - 1);
	}
	return ports;
}

bool
image_flow_ports(struct rules_image *image)
{
	struct flow_view *v = &image->flow;

	v->src_ports = expand_ports(image, table(image, IMAGE_SRC_PORTS),
	    v->src_ports_n);
	v->dst_ports = expand_ports(image, table(image, IMAGE_DST_PORTS),
	    v->dst_ports_n);
	return v->src_ports != NULL && v->dst_ports != NULL;
}

static bool
ports_valid(const uint16_t *low, uint32_t n)
{
	if (n == 0 || n > IMAGE_PORTS || low[0] != 0)
		return false;
	for (uint32_t i = 1; i < n; i++)
		if (low[i] <= low[i - 1])
			return false;
	return true;
}

static bool
services_valid(const struct rules_image *image)
{
	const struct image_flow_header *h = &image->header->flow;
	const struct flow_view *v = &image->flow;

	if (!ports_valid(table(image, IMAGE_SRC_PORTS), v->src_ports_n) ||
	    !ports_valid(table(image, IMAGE_DST_PORTS), v->dst_ports_n) ||
	    h->kinds_n == 0 || h->kinds_n > 256 ||
	    h->services_n == 0 ||
	    h->services_n > RULES_CELLS_MAX || h->sets_n == 0 ||
	    h->sets_n > RULES_CELLS_MAX || h->zero != 0 ||
	    (uint64_t)h->kinds_n * v->src_ports_n * v->dst_ports_n !=
	    count(image, IMAGE_CELLS) ||
	    count(image, IMAGE_GLOBAL) != h->services_n ||
	    (uint64_t)h->services_n * v->set_words !=
	    count(image, IMAGE_SET_BITS))
		return false;
	for (unsigned p = 0; p < 256; p++)
		if (h->kinds[p] >= h->kinds_n)
			return false;
	for (uint32_t q = 0; q < h->services_n; q++)
		if (v->global[q] != RULES_NONE &&
		    v->global[q] >= count(image, IMAGE_FLOWS))
			return false;
	return below(v->cells, count(image, IMAGE_CELLS), h->services_n);
}

/* ---- lists and trees ---- */

struct checker {
	const struct rules_image *image;
	uint8_t		*starts;	/* bit i: a list begins at i */
	uint32_t	 lists_n;
};

static bool
is_list(const struct checker *c, uint32_t at)
{
	return at < c->lists_n && (c->starts[at / 8] >> at % 8 & 1);
}

/* A table of a rule for each service class. */
static bool
list_table_valid(const struct checker *c, const uint32_t *rules, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (rules[i] != RULES_NONE &&
		    rules[i] >= count(c->image, IMAGE_FLOWS))
			return false;
	return true;
}

static bool
list_pairs_valid(const struct checker *c, const uint32_t *pairs, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (pairs[2 * i] >= count(c->image, IMAGE_FLOWS) ||
		    pairs[2 * i + 1] >= c->image->header->flow.sets_n ||
		    (i > 0 && pairs[2 * i] <= pairs[2 * i - 2]))
			return false;
	for (uint32_t i = n; i < flow_list_pairs(n); i++)
		if (pairs[2 * i] != RULES_NONE || pairs[2 * i + 1] != 0)
			return false;
	return true;
}

static bool
lists_valid(struct checker *c)
{
	const uint32_t *lists = c->image->flow.lists;
	uint32_t services_n = c->image->header->flow.services_n, n;

	if (c->lists_n == 0 || lists[0] != 0)
		return false;
	for (uint32_t at = 0; at < c->lists_n; at += 1 + n) {
		uint32_t room = c->lists_n - at - 1;

		c->starts[at / 8] |= (uint8_t)(1u << at % 8);
		if (lists[at] == FLOW_LIST_TABLE) {
			n = services_n;
			if (n > room || !list_table_valid(c, lists + at + 1,
			    n))
				return false;
			continue;
		}
		n = 2 * flow_list_pairs(lists[at]);
		if (lists[at] > FLOW_LIST_MAX || n > room ||
		    !list_pairs_valid(c, lists + at + 1, lists[at]))
			return false;
	}
	return true;
}

static bool
all_lists(const struct checker *c, const uint32_t *values, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!is_list(c, values[i]))
			return false;
	return true;
}

static bool
branches_valid(const struct checker *c, const struct image_branch *b,
    uint32_t n, uint32_t next_n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!is_list(c, b[i].list) || b[i].next >= next_n)
			return false;
	return true;
}

/* Tops lead to mids, mids to leaves: there is no way round. */
static bool
trees_valid(const struct checker *c)
{
	const struct rules_image *image = c->image;
	const struct image_flow_header *h = &image->header->flow;
	const struct flow_view *v = &image->flow;
	uint32_t tops_n = count(image, IMAGE_TOPS);
	uint32_t mids_n = count(image, IMAGE_MIDS);
	uint32_t leaves_n = count(image, IMAGE_LEAVES);

	if (h->top_n == 0 || tops_n == 0 || tops_n % h->top_n != 0 ||
	    (uint64_t)h->top_n * FLOW_MID * FLOW_LEAF < h->dst_n ||
	    mids_n == 0 || mids_n % FLOW_MID != 0 ||
	    leaves_n == 0 || leaves_n % FLOW_LEAF != 0 ||
	    count(image, IMAGE_ROWS) != h->src_n ||
	    count(image, IMAGE_BY_SRC) != h->src_n ||
	    count(image, IMAGE_BY_DST) != h->dst_n)
		return false;
	return below(v->rows, h->src_n, tops_n / h->top_n) &&
	    all_lists(c, v->by_src, h->src_n) &&
	    all_lists(c, v->by_dst, h->dst_n) &&
	    branches_valid(c, v->tops, tops_n, mids_n / FLOW_MID) &&
	    branches_valid(c, v->mids, mids_n, leaves_n / FLOW_LEAF) &&
	    all_lists(c, v->leaves, leaves_n);
}

bool
image_flow_valid(struct rules_image *image)
{
	struct checker c = { .image = image };
	struct arena *scratch;
	bool valid;

	set_view(image);
	if (!names_valid(image) || !addresses_valid(image) ||
	    !services_valid(image))
		return false;
	c.lists_n = count(image, IMAGE_LISTS);
	scratch = arena_new(c.lists_n / 8 + 64u);
	if (scratch == NULL)
		return false;
	c.starts = arena_alloc(scratch, c.lists_n / 8 + 1u);
	valid = c.starts != NULL && lists_valid(&c) && trees_valid(&c);
	arena_free(scratch);
	return valid;
}
