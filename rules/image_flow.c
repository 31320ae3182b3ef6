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
	[IMAGE_SOURCES] = sizeof(struct image_source),
	[IMAGE_DST_KEYS4] = sizeof(uint32_t),
	[IMAGE_DST_KEYS6] = sizeof(struct image_key6),
	[IMAGE_DESTINATIONS] = sizeof(struct image_destination),
	[IMAGE_SRC_PORTS] = sizeof(uint16_t),
	[IMAGE_DST_PORTS] = sizeof(uint16_t),
	[IMAGE_CELLS] = sizeof(uint32_t),
	[IMAGE_SET_BITS] = sizeof(uint64_t),
	[IMAGE_VERDICTS] = sizeof(uint8_t),
	[IMAGE_GLOBAL] = sizeof(uint32_t),
	[IMAGE_TOPS] = sizeof(uint32_t),
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
		.sources = table(image, IMAGE_SOURCES),
		.destinations = table(image, IMAGE_DESTINATIONS),
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
segments_in_range(const struct rules_image *image)
{
	const struct flow_view *v = &image->flow;
	uint32_t n = count(image, IMAGE_SEGMENTS);

	for (uint32_t i = 0; i < count(image, IMAGE_SOURCES); i++)
		if ((v->sources[i].segment != IMAGE_SEGMENT_NONE &&
		    v->sources[i].segment >= n) || !image_is_zero(
		    v->sources[i].zero, sizeof(v->sources[i].zero)))
			return false;
	for (uint32_t i = 0; i < count(image, IMAGE_DESTINATIONS); i++)
		if ((v->destinations[i].segment != IMAGE_SEGMENT_NONE &&
		    v->destinations[i].segment >= n) || !image_is_zero(
		    v->destinations[i].zero,
		    sizeof(v->destinations[i].zero)))
			return false;
	return true;
}

static bool
macs_valid(const struct flow_view *v)
{
	for (uint32_t i = 0; i < v->macs_n; i++) {
		const struct image_mac *m = &v->macs[i];

		if (m->source >= v->src_n4 + v->src_n6 ||
		    !image_is_zero(m->zero, sizeof(m->zero)))
			return false;
		if (i > 0 && (m->source < m[-1].source || (m->source ==
		    m[-1].source && memcmp(m->mac, m[-1].mac, 6) <= 0)))
			return false;
	}
	return true;
}

static bool
addresses_valid(struct rules_image *image)
{
	const struct flow_view *v = &image->flow;

	if (v->src_n4 > RULES_CLASSES_MAX || v->src_n6 > RULES_CLASSES_MAX ||
	    v->dst_n4 > RULES_CLASSES_MAX || v->dst_n6 > RULES_CLASSES_MAX ||
	    v->macs_n > RULES_CLASSES_MAX || count(image, IMAGE_SOURCES) !=
	    v->src_n4 + v->src_n6 + v->macs_n ||
	    count(image, IMAGE_DESTINATIONS) != v->dst_n4 + v->dst_n6)
		return false;
	return keys_valid(v->src_keys4, v->src_n4, v->src_keys6, v->src_n6) &&
	    keys_valid(v->dst_keys4, v->dst_n4, v->dst_keys6, v->dst_n6) &&
	    segments_in_range(image) && macs_valid(v);
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
	uint8_t		*starts;	/* of each FLOW_LIST_ALIGN words */
	uint32_t	 lists_n;
};

enum start { START_NONE = 0, START_PAIRS, START_TABLE };

static bool
is_list(const struct checker *c, uint32_t number)
{
	uint32_t at = number & ~FLOW_TABLE;

	return at < c->lists_n && at % FLOW_LIST_ALIGN == 0 &&
	    c->starts[at / FLOW_LIST_ALIGN] == (number & FLOW_TABLE ?
	    START_TABLE : START_PAIRS);
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

/* The list that begins here and how many words behind its count it has. */
static bool
list_valid(struct checker *c, uint32_t at, uint32_t *words)
{
	const uint32_t *list = c->image->flow.lists + at;
	bool is_table = list[0] == FLOW_LIST_TABLE;
	uint32_t n;

	if (!is_table && list[0] > FLOW_LIST_MAX)
		return false;
	n = is_table ? c->image->header->flow.services_n :
	    2 * flow_list_pairs(list[0]);
	if (n > c->lists_n - at - 1)
		return false;
	c->starts[at / FLOW_LIST_ALIGN] = is_table ? START_TABLE :
	    START_PAIRS;
	*words = n;
	return is_table ? list_table_valid(c, list + 1, n) :
	    list_pairs_valid(c, list + 1, list[0]);
}

/* One behind the other; the first is empty. */
static bool
lists_valid(struct checker *c)
{
	const uint32_t *lists = c->image->flow.lists;
	uint32_t words = 0;

	if (c->lists_n == 0 || c->lists_n % FLOW_LIST_ALIGN != 0 ||
	    lists[0] != 0)
		return false;
	for (uint32_t at = 0; at < c->lists_n; ) {
		if (!list_valid(c, at, &words))
			return false;
		for (at += 1 + words; at % FLOW_LIST_ALIGN != 0; at++)
			if (lists[at] != 0)
				return false;
	}
	return true;
}

/* Each is a list, or the first branch of a mid. */
static bool
tops_valid(const struct checker *c, uint32_t n, uint32_t mids_n)
{
	const uint32_t *tops = c->image->flow.tops;

	for (uint32_t i = 0; i < n; i++)
		if (tops[i] & FLOW_FINAL ?
		    !is_list(c, tops[i] & ~FLOW_FINAL) :
		    tops[i] >= mids_n || tops[i] % FLOW_MID != 0)
			return false;
	return true;
}

static bool
mids_valid(const struct checker *c, uint32_t n, uint32_t leaves_n)
{
	const struct image_branch *mids = c->image->flow.mids;

	for (uint32_t i = 0; i < n; i++)
		if (!is_list(c, mids[i].list) || mids[i].next >= leaves_n ||
		    mids[i].next % FLOW_LEAF != 0)
			return false;
	return true;
}

static bool
has_one_list(const struct flow_view *v, uint32_t sources_n, uint32_t mids_n)
{
	for (uint32_t i = 0; i < sources_n; i++)
		if (v->sources[i].list != 0)
			return false;
	for (uint32_t i = 0; i < mids_n; i++)
		if (v->mids[i].list != 0 && v->mids[i].next != 0)
			return false;
	return true;
}

static bool
ends_valid(const struct checker *c, uint32_t tops_n, uint32_t top_n)
{
	const struct flow_view *v = &c->image->flow;

	for (uint32_t i = 0; i < count(c->image, IMAGE_SOURCES); i++)
		if (!is_list(c, v->sources[i].list) ||
		    v->sources[i].row >= tops_n ||
		    v->sources[i].row % top_n != 0)
			return false;
	for (uint32_t i = 0; i < count(c->image, IMAGE_DESTINATIONS); i++)
		if (!is_list(c, v->destinations[i].list))
			return false;
	return true;
}

/* Tops lead to mids, mids to leaves: there is no way round. */
static bool
trees_valid(const struct checker *c, struct flow_view *v)
{
	const struct rules_image *image = c->image;
	uint32_t top_n = image->header->flow.top_n;
	uint32_t tops_n = count(image, IMAGE_TOPS);
	uint32_t mids_n = count(image, IMAGE_MIDS);
	uint32_t leaves_n = count(image, IMAGE_LEAVES);

	if (top_n == 0 || tops_n == 0 || tops_n % top_n != 0 ||
	    (uint64_t)top_n * FLOW_MID * FLOW_LEAF <
	    count(image, IMAGE_DESTINATIONS) ||
	    mids_n == 0 || mids_n % FLOW_MID != 0 ||
	    leaves_n == 0 || leaves_n % FLOW_LEAF != 0 ||
	    !ends_valid(c, tops_n, top_n) ||
	    !tops_valid(c, tops_n, mids_n) ||
	    !mids_valid(c, mids_n, leaves_n))
		return false;
	v->one_list = has_one_list(v, count(image, IMAGE_SOURCES),
	    mids_n);
	for (uint32_t i = 0; i < leaves_n; i++)
		if (!is_list(c, v->leaves[i]))
			return false;
	/*
	 * A list in place of a node goes on through the first of each, and
	 * lists from there are put together by bits: they must be empty.
	 */
	return image_is_zero((const uint8_t *)v->mids,
	    FLOW_MID * sizeof(v->mids[0])) && image_is_zero(
	    (const uint8_t *)v->leaves, FLOW_LEAF * sizeof(uint32_t));
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
	scratch = arena_new(c.lists_n / FLOW_LIST_ALIGN + 64u);
	if (scratch == NULL)
		return false;
	c.starts = arena_alloc(scratch, c.lists_n / FLOW_LIST_ALIGN + 1u);
	valid = c.starts != NULL && lists_valid(&c) && trees_valid(&c,
	    &image->flow);
	arena_free(scratch);
	return valid;
}
