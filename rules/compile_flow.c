/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The part of the image that decides on packets: what is known of each rule
 * and service for people, the classes of addresses and ports, and the tables
 * of flow_build.c.
 */
#include <netinet/in.h>
#include <string.h>

#include "compile_internal.h"
#include "flow_internal.h"
#include "space_parts_internal.h"

/* ---- services ---- */

static void
add_box(struct compiler *c, uint32_t protocol, const struct value *sources,
    uint32_t low, uint32_t high)
{
	const struct value *v = sources;

	do {
		struct image_box box = { protocol, 0, UINT16_MAX,
		    (uint16_t)low, (uint16_t)high };

		if (v != NULL) {
			box.src_low = (uint16_t)v->number;
			box.src_high = (uint16_t)v->last_number;
			v = v->next;
		}
		compile_add(c, IMAGE_BOXES, &box);
	} while (v != NULL);
}

void
compile_boxes(struct compiler *c, const struct statement *st)
{
	static const struct {
		enum clause_kind kind;
		uint8_t	protocol;
		bool	ports;
	} kinds[] = {
		{ CL_TCP, IPPROTO_TCP, true },
		{ CL_UDP, IPPROTO_UDP, true },
		{ CL_ICMP, IPPROTO_ICMP, false },
		{ CL_ICMP6, IPPROTO_ICMPV6, false },
	};
	const struct value *v, *sources = clause_value(st->clauses,
	    CL_SOURCE_PORT, 0);

	for (unsigned i = 0; i < 4; i++)
		for (v = clause_value(st->clauses, kinds[i].kind, 0);
		    v != NULL; v = v->next)
			add_box(c, kinds[i].protocol, kinds[i].ports ?
			    sources : NULL, (uint32_t)v->number,
			    (uint32_t)(v->form == FORM_PORTS ?
			    v->last_number : v->number));
	for (v = clause_value(st->clauses, CL_PROTOCOL, 0); v != NULL;
	    v = v->next)
		for (uint64_t p = v->number; p <= v->last_number; p++)
			add_box(c, (uint32_t)p, NULL, 0, UINT16_MAX);
}

static void
add_servers(struct compiler *c, const struct value *names)
{
	uint8_t lower[RULES_DOMAIN_BYTES_MAX];

	for (const struct value *v = names; v != NULL; v = v->next) {
		struct image_server server = { .subdomains =
		    span_begins(v->text, SPAN("*.")) };
		struct span name = span_sub(v->text, server.subdomains ? 2 :
		    0, v->text.len);

		require(name.len <= sizeof(lower));
		for (size_t i = 0; i < name.len; i++)
			lower[i] = ascii_lower(name.ptr[i]);
		server.name = compile_string(c, (struct span){ lower,
		    name.len });
		compile_add(c, IMAGE_SERVERS, &server);
	}
}

static void
add_service(struct compiler *c, const struct statement *st)
{
	const struct value *speaks = clause_value(st->clauses, CL_SPEAKS, 0);
	struct image_service s = { .speaks = speaks == NULL ?
	    RULES_SPEAKS_NOTHING : (uint32_t)speaks->number };

	s.name = compile_string(c, statement_name(st));
	s.boxes.first = compile_count(c, IMAGE_BOXES);
	compile_boxes(c, st);
	s.boxes.count = compile_count(c, IMAGE_BOXES) - s.boxes.first;
	s.servers.first = compile_count(c, IMAGE_SERVERS);
	add_servers(c, clause_value(st->clauses, CL_SPEAKS, 1));
	s.servers.count = compile_count(c, IMAGE_SERVERS) - s.servers.first;
	compile_add(c, IMAGE_SERVICES, &s);
}

/* ---- rules ---- */

/* A path may have any bytes; in the image it is text to be shown. */
static struct image_string
add_path(struct compiler *c, const char *path)
{
	uint8_t shown[RULES_PATH_BYTES_MAX];
	size_t n = 0;

	for (; n < sizeof(shown) && path[n] != '\0'; n++) {
		uint8_t byte = (uint8_t)path[n];

		shown[n] = byte < 0x20 || byte >= 0x7f ? '?' : byte;
	}
	return compile_string(c, (struct span){ shown, n });
}

/* Most rules are in the same file: its name is written once. */
struct image_string
compile_path(struct compiler *c, uint32_t source)
{
	if (c->paths[source].len == 0)
		c->paths[source] = add_path(c, c->run->sources[source].file);
	return c->paths[source];
}

static void
add_flow(struct compiler *c, const struct flow_rule *rule)
{
	const struct statement *st = rule->st;
	const struct value *until = clause_value(st->clauses, CL_UNTIL, 0);
	const struct value *to = clause_value(st->clauses, CL_TO, 0), *v;
	struct image_flow f = { .line = st->place.line,
	    .allow = rule->allow, .class = rule->allow ?
	    (uint32_t)rule->class : 0, .until = until == NULL ? RULES_NONE :
	    (uint32_t)until->number };
	uint8_t verdict;

	f.name = compile_string(c, statement_name(st));
	f.file = compile_path(c, st->place.source);
	f.flows_max = (uint32_t)value_scaled(clause_value(st->clauses,
	    CL_LIMIT, 0), 0);
	f.services.first = compile_count(c, IMAGE_FLOW_SERVICES);
	for (v = clause_value(st->clauses, CL_SERVICE, 0); v != NULL;
	    v = v->next)
		compile_add(c, IMAGE_FLOW_SERVICES, &v->statement->index);
	f.services.count = compile_count(c, IMAGE_FLOW_SERVICES) -
	    f.services.first;
	if (to->next == NULL && to->statement != NULL) {
		v = clause_value(to->statement->clauses, CL_MAC, 0);
		if (v != NULL) {
			f.to_mac_set = 1;
			memcpy(f.to_mac, v->mac, 6);
		}
	}
	verdict = image_verdict(&f);
	compile_add(c, IMAGE_FLOWS, &f);
	compile_add(c, IMAGE_VERDICTS, &verdict);
}

static uint32_t
first_end(const struct flow_rules *rules)
{
	uint32_t ends = RULES_NONE;

	for (uint32_t i = 0; i < rules->n; i++) {
		const struct value *until = clause_value(
		    rules->rules[i].st->clauses, CL_UNTIL, 0);

		if (until != NULL && until->number < ends)
			ends = (uint32_t)until->number;
	}
	return ends;
}

/* ---- classes ---- */

static void
add_keys(struct compiler *c, const struct axis_index *index,
    enum image_table_kind kind4, enum image_table_kind kind6)
{
	for (uint32_t i = 0; i < index->n; i++) {
		const struct address_key *key = &index->keys[i];
		struct image_key6 key6 = { key->high, key->low };
		uint32_t key4 = (uint32_t)key->low;

		if (key->family == 4)
			compile_add(c, kind4, &key4);
		else
			compile_add(c, kind6, &key6);
	}
}

/* A MAC is found by the key of its address. */
static void
add_macs(struct compiler *c, const struct space *space)
{
	const struct axis_index *index = &space->index->src;

	for (uint32_t i = 0; i < index->n; i++)
		for (uint32_t k = index->first[i] + 1; k < index->first[i +
		    1]; k++) {
			struct image_mac m = { .source = i };

			memcpy(m.mac, space->src.classes[k].mac, 6);
			compile_add(c, IMAGE_MACS, &m);
		}
}

static void
add_classes(struct compiler *c, const struct space *space)
{
	add_keys(c, &space->index->src, IMAGE_SRC_KEYS4, IMAGE_SRC_KEYS6);
	add_keys(c, &space->index->dst, IMAGE_DST_KEYS4, IMAGE_DST_KEYS6);
	add_macs(c, space);
}

static void
add_services(struct compiler *c, const struct space *space,
    struct image_flow_header *h)
{
	const struct service_index *index = &space->index->services;

	for (uint32_t i = 0; i < index->src_n; i++)
		compile_add(c, IMAGE_SRC_PORTS, &index->src_low[i]);
	for (uint32_t i = 0; i < index->dst_n; i++)
		compile_add(c, IMAGE_DST_PORTS, &index->dst_low[i]);
	for (uint32_t i = 0; i < index->cells_n; i++)
		compile_add(c, IMAGE_CELLS, &index->cells[i]);
	memcpy(h->kinds, index->kinds, sizeof(h->kinds));
	h->kinds_n = index->kinds_n;
	h->services_n = space->services_n;
	h->sets_n = space->sets_n;
	for (uint32_t q = 0; q < space->services_n; q++)
		for (uint32_t w = 0; w < (space->sets_n + 63) / 64; w++) {
			uint64_t bits = 0;

			for (uint32_t s = w * 64; s < space->sets_n &&
			    s < w * 64 + 64; s++)
				bits |= (uint64_t)set_has(space, s, q) <<
				    s % 64;
			compile_add(c, IMAGE_SET_BITS, &bits);
		}
}

/* ---- tables ---- */

/* The bytes of a table as they are. */
static void
add_table(struct compiler *c, enum image_table_kind kind, struct buf *from)
{
	buf_fini(&c->tables[kind]);
	c->tables[kind] = *from;
	buf_init(from, RULES_TABLE_BYTES_MAX);
}

static uint8_t
class_segment(const struct axis *axis, uint32_t class)
{
	uint32_t segment = axis->classes[class].segment;

	return segment == RULES_NONE ? IMAGE_SEGMENT_NONE : (uint8_t)segment;
}

static uint32_t
word(const struct buf *words, uint32_t i)
{
	return ((const uint32_t *)(const void *)words->ptr)[i];
}

static void
add_source(struct compiler *c, const struct space *space,
    const struct flow_tables *t, uint32_t class)
{
	struct image_source source = { .row = word(&t->rows, class),
	    .list = word(&t->by_src, class),
	    .segment = class_segment(&space->src, class) };

	compile_add(c, IMAGE_SOURCES, &source);
}

/* The key finds the record of its class; those with a MAC are behind. */
static void
add_ends(struct compiler *c, const struct space *space,
    const struct flow_tables *t)
{
	const struct axis_index *src = &space->index->src;

	for (uint32_t i = 0; i < src->n; i++)
		add_source(c, space, t, src->first[i]);
	for (uint32_t i = 0; i < src->n; i++)
		for (uint32_t k = src->first[i] + 1; k < src->first[i + 1];
		    k++)
			add_source(c, space, t, k);
	for (uint32_t i = 0; i < space->dst.n; i++) {
		struct image_destination d = { .list = word(&t->by_dst, i),
		    .segment = class_segment(&space->dst, i) };

		compile_add(c, IMAGE_DESTINATIONS, &d);
	}
}

static void
add_tables(struct compiler *c, struct space *space,
    struct image_flow_header *h)
{
	struct flow_tables t;

	flow_tables_init(&t);
	c->err = flow_build(space, &t);
	if (c->err == OK) {
		h->top_n = t.top_n;
		add_table(c, IMAGE_GLOBAL, &t.global);
		add_ends(c, space, &t);
		add_table(c, IMAGE_TOPS, &t.tops);
		add_table(c, IMAGE_MIDS, &t.mids);
		add_table(c, IMAGE_LEAVES, &t.leaves);
		add_table(c, IMAGE_LISTS, &t.lists);
	}
	flow_tables_fini(&t);
}

void
compile_flows(struct compiler *c, struct image_flow_header *h)
{
	const struct rules_run *run = c->run;
	const uint8_t no_rule = 0;
	struct space *space = space_new(&run, 1);

	if (space == NULL) {
		c->err = ERR_LIMIT;
		return;
	}
	for (uint32_t i = 0; i < run->kinds[ST_SERVICE].n; i++)
		add_service(c, run->kinds[ST_SERVICE].at[i]);
	for (uint32_t i = 0; i < space->rules[0].n; i++)
		add_flow(c, &space->rules[0].rules[i]);
	compile_add(c, IMAGE_VERDICTS, &no_rule);
	h->ends = first_end(&space->rules[0]);
	add_classes(c, space);
	add_services(c, space, h);
	if (c->err == OK)
		add_tables(c, space, h);
	space_free(space);
}
