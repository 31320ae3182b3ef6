/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The strict loader: an image is taken only when every count, offset, index,
 * enum and string of it is what the compiler could have written, so that
 * eval.c needs no checks. An image comes in a sealed descriptor; the bytes
 * cannot change after they were checked.
 */
#include <string.h>

#include "../gateway/base/utf8.h"
#include "image_internal.h"

#define IMAGE_ALIGN	8u
#define IMAGE_SLACK	64u	/* of the arena, for alignment */

size_t
image_record_bytes(enum image_table_kind kind)
{
	switch (kind) {
	case IMAGE_SEGMENTS:
		return sizeof(struct image_segment);
	case IMAGE_NETWORKS:
		return sizeof(struct image_address);
	case IMAGE_ROUTES:
		return sizeof(struct image_route);
	case IMAGE_LISTENS:
		return sizeof(struct image_listen);
	case IMAGE_HOPS:
		return sizeof(struct image_hop);
	case IMAGE_DOMAINS:
		return sizeof(struct image_domain);
	case IMAGE_POLICIES:
		return sizeof(struct image_policy);
	case IMAGE_MANAGES:
		return sizeof(struct image_manage);
	case IMAGE_PEERS:
		return sizeof(struct image_peer);
	case IMAGE_BYTES:
		return 1;
	case IMAGE_FLOWS:
	case IMAGE_FLOW_SERVICES:
	case IMAGE_SERVICES:
	case IMAGE_BOXES:
	case IMAGE_SERVERS:
	case IMAGE_MACS:
	case IMAGE_SRC_KEYS4:
	case IMAGE_SRC_KEYS6:
	case IMAGE_SOURCES:
	case IMAGE_DST_KEYS4:
	case IMAGE_DST_KEYS6:
	case IMAGE_DESTINATIONS:
	case IMAGE_SRC_PORTS:
	case IMAGE_DST_PORTS:
	case IMAGE_CELLS:
	case IMAGE_SET_BITS:
	case IMAGE_VERDICTS:
	case IMAGE_GLOBAL:
	case IMAGE_TOPS:
	case IMAGE_MIDS:
	case IMAGE_LEAVES:
	case IMAGE_LISTS:
	case IMAGE_TABLES:
		break;
	}
	return image_flow_record_bytes(kind);
}

const void *
image_record(const struct rules_image *image, enum image_table_kind kind,
    uint32_t i)
{
	const struct image_table *table = &image->header->tables[kind];

	require(i < table->count);
	return image->bytes + table->offset + i * image_record_bytes(kind);
}

struct span
image_text(const struct rules_image *image, struct image_string string)
{
	return (struct span){ image->bytes +
	    image->header->tables[IMAGE_BYTES].offset + string.offset,
	    string.len };
}

int
image_compare(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = 0;

	if (a.ptr != NULL && b.ptr != NULL)
		order = memcmp(a.ptr, b.ptr, n);
	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

/* Tables follow each other without gaps and fill the image exactly. */
static bool
tables_valid(const struct rules_image *image, size_t len)
{
	static const uint32_t max[IMAGE_TABLES] = {
		[IMAGE_SEGMENTS] = RULES_SEGMENTS_MAX,
		[IMAGE_NETWORKS] = RULES_IMAGE_BYTES_MAX /
		    sizeof(struct image_address),
		[IMAGE_ROUTES] = RULES_ROUTES_MAX,
		[IMAGE_LISTENS] = RULES_ROUTES_MAX * RULES_LISTENS_MAX,
		[IMAGE_HOPS] = RULES_ROUTES_MAX * RULES_HOPS_MAX,
		[IMAGE_DOMAINS] = RULES_ROUTES_MAX * RULES_DOMAINS_MAX,
		[IMAGE_POLICIES] = RULES_POLICIES_MAX,
		[IMAGE_MANAGES] = RULES_MANAGES_MAX,
		[IMAGE_PEERS] = RULES_MANAGES_MAX * RULES_MANAGE_PEERS_MAX,
		[IMAGE_BYTES] = RULES_IMAGE_BYTES_MAX,
	};
	uint64_t at = sizeof(struct image_header);

	for (unsigned k = 0; k < IMAGE_TABLES; k++) {
		const struct image_table *table = &image->header->tables[k];

		at = (at + IMAGE_ALIGN - 1) / IMAGE_ALIGN * IMAGE_ALIGN;
		/* those of packets have limits of their own */
		if (table->offset != at || (max[k] != 0 &&
		    table->count > max[k]))
			return false;
		at += (uint64_t)table->count *
		    image_record_bytes((enum image_table_kind)k);
		if (at > len)
			return false;
	}
	return at == len;
}

bool
image_range_valid(const struct rules_image *image, struct image_range range,
    enum image_table_kind kind, uint32_t max)
{
	uint32_t count = image->header->tables[kind].count;

	return range.count <= max && range.first <= count &&
	    range.count <= count - range.first;
}

bool
image_string_valid(const struct rules_image *image, struct image_string string,
    uint32_t max)
{
	const struct image_table *table = &image->header->tables[IMAGE_BYTES];
	struct span text;

	if (string.len == 0 || string.len > max ||
	    string.offset >= table->count ||
	    string.len >= table->count - string.offset)
		return false;
	text = image_text(image, string);
	if (text.ptr[text.len] != '\0' || utf8_check(text) != text.len)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
			return false;
	return true;
}

bool
image_is_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* A network; no bit is set behind its prefix. */
static bool
address_valid(const struct image_address *a)
{
	unsigned bits = a->family == 4 ? 32 : 128;

	if ((a->family != 4 && a->family != 6) || a->prefix_len > bits ||
	    !image_is_zero(a->zero, sizeof(a->zero)))
		return false;
	for (unsigned i = a->prefix_len; i < 128; i++)
		if (a->bytes[i / 8] & 0x80 >> i % 8)
			return false;
	return true;
}

static bool
host_valid(const struct image_address *a)
{
	return address_valid(a) && a->prefix_len == (a->family == 4 ? 32 : 128);
}

static bool
segments_valid(const struct rules_image *image)
{
	uint32_t n = image->header->tables[IMAGE_SEGMENTS].count, any = 0;
	uint32_t networks = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct image_segment *s = image_record(image,
		    IMAGE_SEGMENTS, i);

		if (!image_string_valid(image, s->name, RULES_NAME_BYTES_MAX) ||
		    !image_string_valid(image, s->interface_name,
		    RULES_INTERFACE_BYTES_MAX) ||
		    !image_range_valid(image, s->networks, IMAGE_NETWORKS,
		    RULES_NETWORKS_MAX) ||
		    s->tier < 1 || s->tier > 3 || s->any > 1)
			return false;
		any += s->any;
		networks += s->networks.count;
	}
	return any <= 1 && networks <= RULES_NETWORKS_MAX;
}

static bool
domains_valid(const struct rules_image *image, struct image_range range)
{
	struct span before = { NULL, 0 };

	if (!image_range_valid(image, range, IMAGE_DOMAINS, RULES_DOMAINS_MAX))
		return false;
	for (uint32_t i = 0; i < range.count; i++) {
		const struct image_domain *d = image_record(image,
		    IMAGE_DOMAINS, range.first + i);
		struct span name;

		if (!image_string_valid(image, d->name,
		    RULES_DOMAIN_BYTES_MAX) || d->subdomains > 1 ||
		    d->zero != 0)
			return false;
		name = image_text(image, d->name);
		for (size_t j = 0; j < name.len; j++)
			if (name.ptr[j] != ascii_lower(name.ptr[j]))
				return false;
		if (image_compare(before, name) >= 0)
			return false;
		before = name;
	}
	return true;
}

/* The limits between the tiers hold for an image as for a text. */
static bool
tiers_valid(const struct rules_image *image, const struct image_route *r)
{
	const struct image_segment *from, *to;

	if (r->from >= image->header->tables[IMAGE_SEGMENTS].count ||
	    r->to >= image->header->tables[IMAGE_SEGMENTS].count ||
	    r->from == r->to)
		return false;
	from = image_record(image, IMAGE_SEGMENTS, r->from);
	to = image_record(image, IMAGE_SEGMENTS, r->to);
	if (from->tier != to->tier && from->tier + to->tier != 5)
		return false;
	return !(r->recipients_any == 1 &&
	    (from->tier == 3 || r->senders_any == 1));
}

static bool
within(uint64_t value, uint64_t min, uint64_t max)
{
	return value >= min && value <= max;
}

static bool
route_valid(const struct rules_image *image, const struct image_route *r)
{
	return image_string_valid(image, r->name, RULES_NAME_BYTES_MAX) &&
	    r->policy < image->header->tables[IMAGE_POLICIES].count &&
	    r->accept_any <= 1 && r->recipients_any <= 1 &&
	    r->senders_any <= 1 && tiers_valid(image, r) &&
	    image_range_valid(image, r->peers, IMAGE_NETWORKS, UINT32_MAX) &&
	    image_range_valid(image, r->listens, IMAGE_LISTENS,
	    RULES_LISTENS_MAX) && r->listens.count > 0 &&
	    image_range_valid(image, r->hops, IMAGE_HOPS, RULES_HOPS_MAX) &&
	    r->hops.count > 0 && domains_valid(image, r->recipients) &&
	    domains_valid(image, r->senders) &&
	    within(r->size_bytes_max, RULES_SIZE_MIN, RULES_SIZE_MAX) &&
	    r->greeting_delay_ms <= RULES_GREETING_MS_MAX &&
	    within(r->sessions_max, 1, RULES_SESSIONS_MAX) &&
	    within(r->sessions_per_peer_max, 1, r->sessions_max) &&
	    within(r->recipients_max, 1, RULES_RECIPIENTS_MAX) &&
	    within(r->retain_days, 1, RULES_RETAIN_DAYS_MAX) &&
	    within(r->expire_s, RULES_EXPIRE_S_MIN, RULES_EXPIRE_S_MAX);
}

static bool
hop_valid(const struct rules_image *image, const struct image_hop *hop)
{
	struct span name;

	if (!image_string_valid(image, hop->name, RULES_PATH_BYTES_MAX))
		return false;
	if (hop->kind == RULES_HOP_SMTP)
		return host_valid(&hop->address) &&
		    within(hop->port, 1, UINT16_MAX);
	name = image_text(image, hop->name);
	return hop->kind == RULES_HOP_MAILDIR && name.ptr[0] == '/' &&
	    hop->port == 0 && image_is_zero((const uint8_t *)&hop->address,
	    sizeof(hop->address));
}

static bool
policy_valid(const struct rules_image *image, const struct image_policy *p)
{
	const uint8_t methods[] = { p->pdf, p->image, p->office, p->text,
	    p->archive, p->legacy_office, p->encrypted, p->other };

	for (size_t i = 0; i < sizeof(methods); i++)
		if (methods[i] > RULES_METHOD_HOLD)
			return false;
	return image_string_valid(image, p->name, RULES_NAME_BYTES_MAX) &&
	    p->body_keep <= 1 && p->inspect <= 1 && p->notice_english <= 1 &&
	    p->links <= RULES_LINKS_DEFANG &&
	    within(p->archive_depth, 1, RULES_ARCHIVE_DEPTH_MAX) &&
	    image_is_zero(p->zero, sizeof(p->zero));
}

static bool
records_valid(const struct rules_image *image)
{
	const struct image_table *t = image->header->tables;

	for (uint32_t i = 0; i < t[IMAGE_NETWORKS].count; i++)
		if (!address_valid(image_record(image, IMAGE_NETWORKS, i)))
			return false;
	for (uint32_t i = 0; i < t[IMAGE_ROUTES].count; i++)
		if (!route_valid(image, image_record(image, IMAGE_ROUTES, i)))
			return false;
	for (uint32_t i = 0; i < t[IMAGE_LISTENS].count; i++) {
		const struct image_listen *listen = image_record(image,
		    IMAGE_LISTENS, i);

		if (!host_valid(&listen->address) || listen->zero != 0 ||
		    !within(listen->port, 1, UINT16_MAX))
			return false;
	}
	for (uint32_t i = 0; i < t[IMAGE_HOPS].count; i++)
		if (!hop_valid(image, image_record(image, IMAGE_HOPS, i)))
			return false;
	for (uint32_t i = 0; i < t[IMAGE_POLICIES].count; i++)
		if (!policy_valid(image, image_record(image, IMAGE_POLICIES,
		    i)))
			return false;
	return true;
}

enum err
rules_image_open(struct span bytes, struct rules_image **image,
    struct diag *diag)
{
	struct rules_image view = { .bytes = bytes.ptr };
	const struct image_header *header;

	*image = NULL;
	if (bytes.len < sizeof(*header) || bytes.len > RULES_IMAGE_BYTES_MAX)
		return diag_set(diag, ERR_INPUT, "rules image: wrong size");
	if ((uintptr_t)bytes.ptr % IMAGE_ALIGN != 0)
		return diag_set(diag, ERR_INPUT, "rules image: not aligned");
	header = view.header = (const void *)bytes.ptr;
	if (header->magic != IMAGE_MAGIC || header->version != IMAGE_VERSION ||
	    header->bytes != bytes.len)
		return diag_set(diag, ERR_INPUT, "rules image: not one of "
		    "version %u", IMAGE_VERSION);
	if (!tables_valid(&view, bytes.len))
		return diag_set(diag, ERR_INPUT, "rules image: bad tables");
	if (!image_string_valid(&view, header->gateway,
	    RULES_DOMAIN_BYTES_MAX) ||
	    !segments_valid(&view) || !records_valid(&view) ||
	    !image_manages_valid(&view) || !image_audit_valid(&view))
		return diag_set(diag, ERR_INPUT, "rules image: bad record");
	view.arena = arena_new(sizeof(**image) + IMAGE_SLACK);
	if (view.arena == NULL)
		return diag_set(diag, ERR_SYSTEM, "rules image: no memory");
	*image = arena_alloc(view.arena, sizeof(**image));
	if (*image == NULL) {
		arena_free(view.arena);
		return diag_set(diag, ERR_SYSTEM, "rules image: no memory");
	}
	**image = view;
	if (!image_flow_valid(*image)) {
		arena_free(view.arena);
		*image = NULL;
		return diag_set(diag, ERR_INPUT, "rules image: bad table of "
		    "packets");
	}
	return OK;
}

/* How ports and addresses are looked up: made of tables that were checked. */
enum err
rules_image_prepare(struct rules_image *image, struct diag *diag)
{
	struct flow_view *v = &image->flow;

	if (image->index_arena != NULL)
		return OK;
	image->index_arena = arena_new(2 * IMAGE_PORTS * sizeof(uint16_t) +
	    IMAGE_SLACK + key_index_bytes(v->src_keys4, v->src_n4) +
	    key_index_bytes(v->dst_keys4, v->dst_n4));
	if (image->index_arena != NULL && image_flow_ports(image) &&
	    key_index_build(&v->src_index4, v->src_keys4, v->src_n4,
	    image->index_arena) && key_index_build(&v->dst_index4,
	    v->dst_keys4, v->dst_n4, image->index_arena))
		return OK;
	arena_free(image->index_arena);
	image->index_arena = NULL;
	return diag_set(diag, ERR_SYSTEM, "rules image: no memory");
}

void
rules_image_close(struct rules_image *image)
{
	if (image == NULL)
		return;
	arena_free(image->index_arena);
	arena_free(image->arena);
}
