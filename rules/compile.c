/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Checked statements to the image (image_internal.h): mail and what both
 * parts need; packets are in compile_flow.c. One buffer per table; they are
 * put behind each other at the end. Everything was checked before:
 * what is missing here is a bug, not an error of the administrator.
 */
#include <stdlib.h>
#include <string.h>

#include "compile_internal.h"

void
compile_add(struct compiler *c, enum image_table_kind kind, const void *record)
{
	if (c->err == OK)
		c->err = buf_add(&c->tables[kind], (struct span){ record,
		    image_record_bytes(kind) });
}

uint32_t
compile_count(const struct compiler *c, enum image_table_kind kind)
{
	return (uint32_t)(c->tables[kind].len / image_record_bytes(kind));
}

struct image_string
compile_string(struct compiler *c, struct span text)
{
	struct image_string string = { compile_count(c, IMAGE_BYTES),
	    (uint32_t)text.len };

	if (c->err == OK)
		c->err = buf_add(&c->tables[IMAGE_BYTES], text);
	if (c->err == OK)
		c->err = buf_add_byte(&c->tables[IMAGE_BYTES], 0);
	return string;
}

struct image_address
compile_network(const struct network *network)
{
	struct image_address a = { .family = network->address.family,
	    .prefix_len = network->prefix_len };

	memcpy(a.bytes, network->address.bytes, sizeof(a.bytes));
	return a;
}

/* a + 2^bit; false when that wraps. */
static bool
add_power(struct address *a, unsigned bit)
{
	unsigned bytes = a->family == 4 ? 4 : 16, carry = 1u << bit % 8;

	for (unsigned i = bytes - bit / 8; i-- > 0 && carry > 0; ) {
		carry += a->bytes[i];
		a->bytes[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return carry == 0;
}

/* The widest network that begins at low and does not pass high. */
static struct network
widest(const struct address *low, const struct address *high)
{
	unsigned bits = low->family == 4 ? 32 : 128;
	struct network n = { *low, (uint8_t)bits };

	while (n.prefix_len > 0) {
		unsigned bit = n.prefix_len - 1u;
		struct address last = *low;

		if (low->bytes[bit / 8] & 0x80 >> bit % 8)
			break;
		for (unsigned i = bit; i < bits; i++)
			last.bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
		if (memcmp(last.bytes, high->bytes, 16) > 0)
			break;
		n.prefix_len--;
	}
	return n;
}

/* A range of addresses as the fewest networks; at most 2 * 128 - 2. */
static void
add_range(struct compiler *c, const struct address *first,
    const struct address *last)
{
	struct address low = *first;
	unsigned bits = low.family == 4 ? 32 : 128;

	while (c->err == OK && memcmp(low.bytes, last->bytes, 16) <= 0) {
		struct network n = widest(&low, last);
		struct image_address a = compile_network(&n);

		compile_add(c, IMAGE_NETWORKS, &a);
		if (n.prefix_len == 0 || !add_power(&low, bits - n.prefix_len))
			break;
	}
}

static void
add_network(struct compiler *c, const struct value *v)
{
	struct image_address a;

	if (v->form == FORM_RANGE) {
		add_range(c, &v->network.address, v->last);
		return;
	}
	a = compile_network(&v->network);
	compile_add(c, IMAGE_NETWORKS, &a);
}

static void
add_segment(struct compiler *c, const struct statement *st)
{
	struct image_segment s = { .tier = segment_tier(st) };
	const struct value *v;

	s.name = compile_string(c, statement_name(st));
	s.interface_name = compile_string(c, clause_value(st->clauses,
	    CL_INTERFACE, 0)->text);
	s.networks.first = compile_count(c, IMAGE_NETWORKS);
	for (v = clause_value(st->clauses, CL_NETWORK, 0); v != NULL;
	    v = v->next)
		if (v->form == FORM_ANY)
			s.any = 1;
		else
			add_network(c, v);
	s.networks.count = compile_count(c, IMAGE_NETWORKS) - s.networks.first;
	compile_add(c, IMAGE_SEGMENTS, &s);
}

static void
add_peers(struct compiler *c, const struct statement *st,
    struct image_route *r)
{
	const struct clause *clause = clause_find(st->settings, CL_ACCEPT);

	r->peers.first = compile_count(c, IMAGE_NETWORKS);
	for (; clause != NULL; clause = clause_next(clause))
		for (const struct value *v = clause->values[1]; v != NULL;
		    v = v->next) {
			const struct value *a;

			if (v->form == FORM_ANY || (v->statement != NULL &&
			    v->statement->spec->kind == ST_SEGMENT)) {
				r->accept_any = 1;
				continue;
			}
			if (v->statement == NULL) {
				add_network(c, v);
				continue;
			}
			for (a = host_addresses(v->statement); a != NULL;
			    a = a->next)
				add_network(c, a);
		}
	r->peers.count = compile_count(c, IMAGE_NETWORKS) - r->peers.first;
}

static void
add_listens(struct compiler *c, const struct statement *st,
    struct image_route *r)
{
	const struct clause *clause = clause_find(st->settings, CL_LISTEN);

	r->listens.first = compile_count(c, IMAGE_LISTENS);
	for (; clause != NULL; clause = clause_next(clause)) {
		struct image_listen l = { .port = RULES_PORT_DEFAULT };

		l.address = compile_network(&clause->values[0]->network);
		if (clause->values[2] != NULL)
			l.port = (uint32_t)clause->values[2]->number;
		compile_add(c, IMAGE_LISTENS, &l);
		r->listens.count++;
	}
}

static void
add_hop(struct compiler *c, struct image_route *r, const struct value *name,
    const struct value *address, const struct value *port)
{
	struct image_hop hop = { .kind = RULES_HOP_MAILDIR };

	hop.name = compile_string(c, name->text);
	if (address != NULL) {
		hop.kind = RULES_HOP_SMTP;
		hop.address = compile_network(&address->network);
		hop.port = port == NULL ? RULES_PORT_DEFAULT :
		    (uint32_t)port->number;
	}
	compile_add(c, IMAGE_HOPS, &hop);
	r->hops.count++;
}

static void
add_hops(struct compiler *c, const struct statement *st,
    struct image_route *r)
{
	const struct clause *clause = clause_find(st->settings, CL_NEXT_HOP);

	r->hops.first = compile_count(c, IMAGE_HOPS);
	for (; clause != NULL; clause = clause_next(clause)) {
		const struct value *v = clause->values[0], *a;

		if (v->form == FORM_MAILDIR)
			add_hop(c, r, clause->values[1], NULL, NULL);
		else if (v->form == FORM_ADDRESS)
			add_hop(c, r, v, v, clause->values[3]);
		else
			for (a = host_addresses(v->statement); a != NULL;
			    a = a->next)
				add_hop(c, r, v, a, clause->values[3]);
	}
}

/* A name, and after sorting the broader form of it first. */
static int
compare_domains(const void *left, const void *right)
{
	const struct span *a = left, *b = right;
	bool dot_a = a->ptr[0] == '.', dot_b = b->ptr[0] == '.';
	int order = image_compare(span_sub(*a, dot_a, a->len),
	    span_sub(*b, dot_b, b->len));

	return order != 0 ? order : (int)dot_b - (int)dot_a;
}

/* Lower-case copies of all domains of the settings of a kind, in *names. */
static uint32_t
gather_domains(struct compiler *c, const struct statement *st,
    enum clause_kind kind, struct arena *arena, struct span **names)
{
	const struct clause *first = clause_find(st->settings, kind), *clause;
	uint32_t n = 0;

	for (clause = first; clause != NULL; clause = clause_next(clause))
		for (const struct value *v = clause->values[0]; v != NULL;
		    v = v->next)
			n++;
	*names = arena_alloc_array(arena, n + 1, sizeof(**names));
	if (*names == NULL) {
		c->err = ERR_SYSTEM;
		return 0;
	}
	n = 0;
	for (clause = first; clause != NULL; clause = clause_next(clause))
		for (const struct value *v = clause->values[0]; v != NULL;
		    v = v->next) {
			uint8_t *copy = arena_alloc(arena, v->text.len);

			if (copy == NULL) {
				c->err = ERR_SYSTEM;
				return 0;
			}
			for (size_t i = 0; i < v->text.len; i++)
				copy[i] = ascii_lower(v->text.ptr[i]);
			(*names)[n++] = (struct span){ copy, v->text.len };
		}
	return n;
}

static struct image_range
add_domains(struct compiler *c, const struct statement *st,
    enum clause_kind kind, struct arena *arena)
{
	struct image_range range = { compile_count(c, IMAGE_DOMAINS), 0 };
	struct span *names, before = { NULL, 0 };
	uint32_t n = gather_domains(c, st, kind, arena, &names);

	if (n == 0)
		return range;
	qsort(names, n, sizeof(*names), compare_domains);
	for (uint32_t i = 0; i < n; i++) {
		struct image_domain d = { .subdomains =
		    names[i].ptr[0] == '.' };
		struct span name = span_sub(names[i], d.subdomains,
		    names[i].len);

		if (span_equal(name, before))
			continue;
		before = name;
		d.name = compile_string(c, name);
		compile_add(c, IMAGE_DOMAINS, &d);
		range.count++;
	}
	return range;
}

static uint64_t
setting(const struct statement *st, enum clause_kind kind, uint64_t otherwise)
{
	return value_scaled(clause_value(st->settings, kind, 0), otherwise);
}

static void
add_route(struct compiler *c, const struct statement *st, struct arena *arena)
{
	struct image_route r = { .policy = clause_value(st->settings,
	    CL_POLICY, 0)->statement->index };

	r.name = compile_string(c, statement_name(st));
	r.from = clause_segment(st, CL_FROM)->index;
	r.to = clause_segment(st, CL_TO)->index;
	add_peers(c, st, &r);
	add_listens(c, st, &r);
	add_hops(c, st, &r);
	r.recipients_any = clause_find(st->settings, CL_DOMAINS) == NULL;
	r.senders_any = clause_find(st->settings, CL_SENDER_DOMAINS) == NULL;
	r.recipients = add_domains(c, st, CL_DOMAINS, arena);
	r.senders = add_domains(c, st, CL_SENDER_DOMAINS, arena);
	r.size_bytes_max = setting(st, CL_SIZE, RULES_SIZE_DEFAULT);
	r.greeting_delay_ms = (uint32_t)setting(st, CL_GREETING_DELAY, 0);
	r.sessions_max = (uint32_t)setting(st, CL_SESSIONS,
	    RULES_SESSIONS_DEFAULT);
	r.sessions_per_peer_max = (uint32_t)setting(st, CL_SESSIONS_PER_PEER,
	    r.sessions_max < RULES_PER_PEER_DEFAULT ? r.sessions_max :
	    RULES_PER_PEER_DEFAULT);
	r.recipients_max = (uint32_t)setting(st, CL_RECIPIENTS,
	    RULES_RECIPIENTS_DEFAULT);
	r.retain_days = (uint32_t)setting(st, CL_RETAIN,
	    RULES_RETAIN_DAYS_DEFAULT);
	r.expire_s = (uint32_t)setting(st, CL_EXPIRE, RULES_EXPIRE_S_DEFAULT);
	compile_add(c, IMAGE_ROUTES, &r);
}

static uint8_t
choice(const struct statement *st, enum clause_kind kind, uint8_t otherwise)
{
	const struct value *v = clause_value(st->settings, kind, 0);

	return v == NULL ? otherwise : (uint8_t)v->number;
}

/*
 * What is not said is removed: the safe side. With `attachments inspect`,
 * which is for mail that leaves, what is not said is rebuilt.
 */
static void
add_policy(struct compiler *c, const struct statement *st)
{
	const struct value *depth = clause_value(st->settings, CL_ARCHIVE, 2);
	bool inspect = clause_find(st->settings, CL_ATTACHMENTS) != NULL;
	uint8_t usual = inspect ? RULES_METHOD_REBUILD : RULES_METHOD_REMOVE;
	const struct value *v;
	struct image_policy p = {
		.body_keep = choice(st, CL_BODY, 0),
		.inspect = inspect,
		.pdf = choice(st, CL_PDF, usual),
		.image = choice(st, CL_IMAGE, usual),
		.office = choice(st, CL_OFFICE, usual),
		.text = choice(st, CL_TEXT, usual),
		.archive = choice(st, CL_ARCHIVE, usual),
		.legacy_office = choice(st, CL_LEGACY_OFFICE,
		    inspect ? RULES_METHOD_CONVERT : RULES_METHOD_REMOVE),
		.encrypted = choice(st, CL_ENCRYPTED,
		    inspect ? RULES_METHOD_HOLD : RULES_METHOD_REMOVE),
		.other = choice(st, CL_OTHER, RULES_METHOD_REMOVE),
		.links = choice(st, CL_LINKS, RULES_LINKS_SHOW),
		.archive_depth = (uint8_t)(depth == NULL ?
		    RULES_ARCHIVE_DEPTH_DEFAULT : depth->number)
	};

	for (v = clause_value(st->settings, CL_NOTICE, 0); v != NULL;
	    v = v->next)
		if (v->number == 1)
			p.notice_english = 1;
	p.name = compile_string(c, statement_name(st));
	compile_add(c, IMAGE_POLICIES, &p);
}

static void
add_statements(struct compiler *c, struct image_header *header,
    struct arena *arena)
{
	const struct statements *kinds = c->run->kinds;

	for (uint32_t i = 0; i < kinds[ST_GATEWAY].n; i++)
		header->gateway = compile_string(c, statement_name(
		    kinds[ST_GATEWAY].at[i]));
	for (uint32_t i = 0; i < kinds[ST_SEGMENT].n; i++)
		add_segment(c, kinds[ST_SEGMENT].at[i]);
	for (uint32_t i = 0; i < kinds[ST_MAIL].n && c->err == OK; i++)
		add_route(c, kinds[ST_MAIL].at[i], arena);
	for (uint32_t i = 0; i < kinds[ST_POLICY].n; i++)
		add_policy(c, kinds[ST_POLICY].at[i]);
}

/* Header, then each table at a multiple of 8: where they will be. */
static enum err
place_tables(const struct compiler *c, struct image_header *header)
{
	size_t at = sizeof(*header);

	header->magic = IMAGE_MAGIC;
	header->version = IMAGE_VERSION;
	for (unsigned k = 0; k < IMAGE_TABLES; k++) {
		at = (at + 7) / 8 * 8;
		header->tables[k] = (struct image_table){ (uint32_t)at,
		    compile_count(c, (enum image_table_kind)k) };
		at += c->tables[k].len;
		if (at > RULES_IMAGE_BYTES_MAX)
			return ERR_LIMIT;
	}
	header->bytes = (uint32_t)at;
	return OK;
}

/*
 * The bytes of the largest table become the image, and the others are put
 * around them: it may be nine tenths of all, and new pages for a copy of it
 * cost more than the move.
 */
static enum err
assemble(struct compiler *c, struct image_header *header, struct buf *image)
{
	enum err err = place_tables(c, header);
	size_t max = image->max, at = sizeof(*header);
	unsigned largest = 0;
	uint8_t *room;

	require(image->len == 0);
	if (err != OK)
		return err;
	for (unsigned k = 1; k < IMAGE_TABLES; k++)
		if (c->tables[k].len > c->tables[largest].len)
			largest = k;
	buf_fini(image);
	*image = c->tables[largest];
	image->max = max;
	buf_init(&c->tables[largest], RULES_IMAGE_BYTES_MAX);
	c->tables[largest].len = image->len;	/* moved, not copied below */
	err = buf_reserve(image, header->bytes - image->len, &room);
	if (err != OK)
		return err;
	memmove(image->ptr + header->tables[largest].offset, image->ptr,
	    image->len);
	memcpy(image->ptr, header, sizeof(*header));
	for (unsigned k = 0; k < IMAGE_TABLES; k++) {
		size_t offset = header->tables[k].offset;

		memset(image->ptr + at, 0, offset - at);
		if (c->tables[k].ptr != NULL)
			memcpy(image->ptr + offset, c->tables[k].ptr,
			    c->tables[k].len);
		at = offset + c->tables[k].len;
	}
	image->len = at;
	return OK;
}

enum err
rules_compile(const struct rules_run *run, struct buf *image)
{
	struct compiler c = { .run = run };
	struct image_header header = { 0 };
	struct arena *arena;
	enum err err;

	if (run->errors > 0)
		return ERR_INPUT;
	arena = arena_new(RULES_MEMORY_BYTES_MAX);
	if (arena == NULL)
		return ERR_SYSTEM;
	for (unsigned k = 0; k < IMAGE_TABLES; k++)
		buf_init(&c.tables[k], RULES_IMAGE_BYTES_MAX);
	add_statements(&c, &header, arena);
	if (c.err == OK)
		compile_flows(&c, &header.flow);
	if (c.err == OK)
		compile_manages(&c, &header.flow.ends);
	compile_audit(&c, &header.audit);
	err = c.err == OK ? assemble(&c, &header, image) : c.err;
	for (unsigned k = 0; k < IMAGE_TABLES; k++)
		buf_fini(&c.tables[k]);
	arena_free(arena);
	return err;
}
