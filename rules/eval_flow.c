/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decisions on packets, on an image that was checked: classes of the two
 * addresses and of the service, then the first rule of four tables
 * (flow_build.c). No allocation, no loop that grows with the rules but the
 * binary search among addresses that share their upper bits.
 */
#include <endian.h>
#include <string.h>

#include "flow_internal.h"
#include "image_internal.h"

#define BATCH		64u	/* decided side by side */

/* By class, tier it comes from, tier it goes to. */
static const bool class_fits[RULES_CLASS_MAIL + 1][4][4] = {
	[RULES_CLASS_SCREEN_TRANSFER] = { [2] = { [3] = true } },
	[RULES_CLASS_SPECIFIED] = { [1] = { [2] = true },
	    [2] = { [1] = true } },
	[RULES_CLASS_EXCEPTION] = { [2] = { [3] = true },
	    [3] = { [2] = true } },
	[RULES_CLASS_LOCAL] = { [1] = { [1] = true }, [2] = { [2] = true },
	    [3] = { [3] = true } },
};

bool
tiers_fit(enum rules_class class, unsigned from, unsigned to)
{
	return class_fits[class][from & 3][to & 3];
}

/* ---- classes ---- */

INTO_CALLER uint32_t
address4(const struct address *a)
{
	uint32_t bytes;

	memcpy(&bytes, a->bytes, sizeof(bytes));
	return be32toh(bytes);
}

static struct image_key6
address6(const struct address *a)
{
	struct image_key6 key = { 0, 0 };

	for (unsigned i = 0; i < 8; i++) {
		key.high = key.high << 8 | a->bytes[i];
		key.low = key.low << 8 | a->bytes[i + 8];
	}
	return key;
}

static uint32_t
search6(const struct image_key6 *keys, uint32_t n, struct image_key6 key)
{
	uint32_t at = 0;

	while (n > 0) {
		uint32_t half = n - n / 2;
		const struct image_key6 *k = &keys[at + half - 1];
		bool above = k->high > key.high || (k->high == key.high &&
		    k->low > key.low);

		at += above ? 0 : half;
		n -= half;
	}
	return at - 1;
}

/* The source of a key with a certain MAC, where it has one. */
static uint32_t
mac_source(const struct flow_view *v, uint32_t source, const uint8_t mac[6])
{
	uint32_t low = 0, high = v->macs_n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct image_mac *m = &v->macs[mid];
		int order = m->source != source ?
		    (m->source < source ? -1 : 1) : memcmp(m->mac, mac, 6);

		if (order == 0)
			return v->src_n4 + v->src_n6 + mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return source;
}

/* Which of the sources and of the destinations of the image a packet has. */
struct ends {
	uint32_t	src;
	uint32_t	dst;
};

INTO_CALLER struct ends
find_ends(const struct flow_view *v, const struct rules_packet *p)
{
	struct ends ends;

	if (p->src.family == 4) {
		ends.src = key_index_find(&v->src_index4, address4(&p->src));
		ends.dst = key_index_find(&v->dst_index4, address4(&p->dst));
	} else {
		ends.src = v->src_n4 + search6(v->src_keys6, v->src_n6,
		    address6(&p->src));
		ends.dst = v->dst_n4 + search6(v->dst_keys6, v->dst_n6,
		    address6(&p->dst));
	}
	if (p->has_mac && v->macs_n > 0)
		ends.src = mac_source(v, ends.src, p->mac);
	return ends;
}

INTO_CALLER uint32_t
service_class(const struct rules_image *image, const struct rules_packet *p)
{
	const struct image_flow_header *h = &image->header->flow;
	const struct flow_view *v = &image->flow;

	return v->cells[(h->kinds[p->protocol] * v->dst_ports_n +
	    v->dst_ports[p->dst_port]) * v->src_ports_n +
	    v->src_ports[p->src_port]];
}

/* ---- tables ---- */

INTO_CALLER uint32_t
lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* What is a list in place of a mid goes on through empty nodes. */
INTO_CALLER uint32_t
top_list(uint32_t top)
{
	return top & FLOW_FINAL ? top & ~FLOW_FINAL : 0;
}

INTO_CALLER uint32_t
top_place(const struct image_source *source, uint32_t dst)
{
	return source->row + (dst >> FLOW_MID_SHIFT);
}

INTO_CALLER uint32_t
mid_place(uint32_t top, uint32_t dst)
{
	return (top & FLOW_FINAL ? 0 : top) +
	    (dst >> FLOW_LEAF_SHIFT & (FLOW_MID - 1));
}

INTO_CALLER uint32_t
leaf_place(const struct image_branch *mid, uint32_t dst)
{
	return mid->next + (dst & (FLOW_LEAF - 1));
}

/* What of a list is looked at first. */
INTO_CALLER const uint32_t *
list_at(const struct flow_view *v, uint32_t list, uint32_t service)
{
	return v->lists + (list & FLOW_TABLE ? list + service : list);
}

/* The rule of a pair when its set has the service, else NONE: no branch. */
INTO_CALLER uint32_t
pair_rule(const uint32_t *pair, const uint64_t *sets)
{
	uint32_t has = (uint32_t)(sets[pair[1] / 64] >> pair[1] % 64) & 1;

	return pair[0] | (has - 1);
}

/* The first rule of a list that has the service, when it is before best. */
INTO_CALLER uint32_t
first_of(const struct flow_view *v, uint32_t list, const uint64_t *sets,
    uint32_t service, uint32_t best)
{
	const uint32_t *at = list_at(v, list, service);
	uint32_t n;

	if (list & FLOW_TABLE)
		return lower(*at, best);
	best = lower(pair_rule(at + 1, sets), best);
	best = lower(pair_rule(at + 3, sets), best);
	best = lower(pair_rule(at + 5, sets), best);
	for (n = *at; n > FLOW_LIST_LEAST && at[7] < best; n--, at += 2)
		best = lower(pair_rule(at + 7, sets), best);
	return best;
}

INTO_CALLER bool
packet_usable(const struct rules_packet *p)
{
	return p->src.family == p->dst.family &&
	    (p->src.family == 4 || p->src.family == 6);
}

/* What the rule says, and what nothing can make right. */
INTO_CALLER void
conclude(const struct flow_view *v, const struct rules_packet *p,
    struct ends ends, uint32_t rule, struct rules_decision *d)
{
	uint32_t from = v->sources[ends.src].segment;
	uint32_t to = v->destinations[ends.dst].segment;
	uint8_t verdict = v->verdicts[lower(rule, v->flows_n)];
	bool allow = verdict & 1;
	bool fits = tiers_fit((enum rules_class)(verdict >> 1),
	    v->tiers[from], v->tiers[to]);

	if (!packet_usable(p)) {
		*d = (struct rules_decision){ false, RULES_NO_RULE,
		    RULES_NONE };
		return;
	}
	if (p->in != RULES_NONE && p->in != from) {
		*d = (struct rules_decision){ false, RULES_SPOOFED,
		    RULES_NONE };
		return;
	}
	d->allow = allow & fits;
	d->rule = rule;
	d->reason = rule == RULES_NONE ? RULES_NO_RULE :
	    allow & !fits ? RULES_TIERS : RULES_BY_RULE;
}

/*
 * Step by step for all of them, so that the memory works for many at once:
 * each loop asks for what the next one needs.
 */
struct batch {
	const struct key_block *src_block[BATCH];
	const struct key_block *dst_block[BATCH];
	struct ends	ends[BATCH];
	uint32_t	service[BATCH];
	uint32_t	by_src[BATCH];
	uint32_t	by_dst[BATCH];
	uint32_t	node[BATCH];
	uint32_t	above[BATCH];
	uint32_t	list[BATCH];
	uint32_t	best[BATCH];
	const uint64_t	*sets[BATCH];
};

/* The three steps of key_index.h for both addresses of all packets. */
INTO_CALLER void
batch_ends(const struct flow_view *v, const struct rules_packet *p,
    uint32_t n, struct batch *b)
{
	for (uint32_t i = 0; i < n; i++) {
		b->src_block[i] = key_index_block(&v->src_index4,
		    address4(&p[i].src));
		b->dst_block[i] = key_index_block(&v->dst_index4,
		    address4(&p[i].dst));
		__builtin_prefetch(b->src_block[i]);
		__builtin_prefetch(b->dst_block[i]);
	}
	for (uint32_t i = 0; i < n; i++) {
		b->ends[i].src = key_block_leaf(b->src_block[i],
		    address4(&p[i].src));
		b->ends[i].dst = key_block_leaf(b->dst_block[i],
		    address4(&p[i].dst));
		__builtin_prefetch(&v->src_index4.leaves[b->ends[i].src]);
		__builtin_prefetch(&v->dst_index4.leaves[b->ends[i].dst]);
	}
	for (uint32_t i = 0; i < n; i++) {
		b->ends[i].src = key_leaf_key(b->src_block[i],
		    &v->src_index4.leaves[b->ends[i].src],
		    address4(&p[i].src));
		b->ends[i].dst = key_leaf_key(b->dst_block[i],
		    &v->dst_index4.leaves[b->ends[i].dst],
		    address4(&p[i].dst));
		/* of other families it was something, which is not used */
		if (p[i].src.family != 4 || (p[i].has_mac && v->macs_n > 0))
			b->ends[i] = find_ends(v, &p[i]);
		__builtin_prefetch(&v->sources[b->ends[i].src]);
		__builtin_prefetch(&v->destinations[b->ends[i].dst]);
	}
}

INTO_CALLER void
batch_services(const struct rules_image *image, const struct rules_packet *p,
    uint32_t n, struct batch *b)
{
	const struct flow_view *v = &image->flow;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t q = service_class(image, &p[i]);

		b->service[i] = q;
		b->sets[i] = v->set_bits + (size_t)q * v->set_words;
		b->best[i] = v->global[q];
		__builtin_prefetch(b->sets[i]);
	}
}

INTO_CALLER void
batch_lists(const struct flow_view *v, uint32_t n, struct batch *b)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct image_source *src = &v->sources[b->ends[i].src];
		uint32_t q = b->service[i];

		b->by_src[i] = src->list;
		b->by_dst[i] = v->destinations[b->ends[i].dst].list;
		__builtin_prefetch(list_at(v, b->by_src[i], q));
		__builtin_prefetch(list_at(v, b->by_dst[i], q));
		b->node[i] = top_place(src, b->ends[i].dst);
		__builtin_prefetch(&v->tops[b->node[i]]);
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t top = v->tops[b->node[i]];

		b->above[i] = top_list(top);
		b->node[i] = mid_place(top, b->ends[i].dst);
		__builtin_prefetch(&v->mids[b->node[i]]);
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct image_branch *mid = &v->mids[b->node[i]];

		b->above[i] |= mid->list;
		if (!v->one_list)
			__builtin_prefetch(list_at(v, b->above[i],
			    b->service[i]));
		b->node[i] = leaf_place(mid, b->ends[i].dst);
		__builtin_prefetch(&v->leaves[b->node[i]]);
	}
	for (uint32_t i = 0; i < n; i++) {
		b->list[i] = v->leaves[b->node[i]];
		if (v->one_list)
			b->list[i] |= b->above[i];
		__builtin_prefetch(list_at(v, b->list[i], b->service[i]));
	}
}

INTO_CALLER void
batch_first(const struct flow_view *v, const struct rules_packet *p,
    uint32_t n, uint32_t next_n, struct batch *b)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t q = b->service[i], best = b->best[i];
		const uint64_t *sets = b->sets[i];

		best = first_of(v, b->by_dst[i], sets, q, best);
		if (!v->one_list) {
			best = first_of(v, b->by_src[i], sets, q, best);
			best = first_of(v, b->above[i], sets, q, best);
		}
		b->best[i] = best = first_of(v, b->list[i], sets, q, best);
		__builtin_prefetch(&v->verdicts[lower(best, v->flows_n)]);
		if (i < next_n)
			__builtin_prefetch(&p[n + i]);
	}
}

/* Of the next_n packets behind these n is only said that they are needed. */
static COUNTS_BITS void
decide_batch(const struct rules_image *image, const struct rules_packet *p,
    uint32_t n, uint32_t next_n, struct rules_decision *decisions)
{
	/* all of it is written before it is read */
	struct batch b __attribute__((uninitialized));

	batch_ends(&image->flow, p, n, &b);
	batch_services(image, p, n, &b);
	batch_lists(&image->flow, n, &b);
	batch_first(&image->flow, p, n, next_n, &b);
	for (uint32_t i = 0; i < n; i++)
		conclude(&image->flow, &p[i], b.ends[i], b.best[i],
		    &decisions[i]);
}

static const struct flow_view *
prepared(const struct rules_image *image)
{
	require(image->index_arena != NULL);
	return &image->flow;
}

void
rules_decide_many(const struct rules_image *image,
    const struct rules_packet *packets, uint32_t n,
    struct rules_decision *decisions)
{
	require(image->index_arena != NULL);	/* prepared */
	while (n > 0) {
		uint32_t now = lower(n, BATCH);

		n -= now;
		decide_batch(image, packets, now, lower(n, BATCH), decisions);
		packets += now;
		decisions += now;
	}
}

COUNTS_BITS void
rules_decide(const struct rules_image *image, const struct rules_packet *p,
    struct rules_decision *decision)
{
	const struct flow_view *v = prepared(image);
	struct ends ends = find_ends(v, p);
	const struct image_source *src = &v->sources[ends.src];
	const struct image_branch *mid;
	uint32_t q = service_class(image, p), top, best;
	const uint64_t *sets = v->set_bits + (size_t)q * v->set_words;

	best = first_of(v, v->destinations[ends.dst].list, sets, q,
	    v->global[q]);
	best = first_of(v, src->list, sets, q, best);
	top = v->tops[top_place(src, ends.dst)];
	mid = &v->mids[mid_place(top, ends.dst)];
	best = first_of(v, top_list(top) | mid->list, sets, q, best);
	best = first_of(v, v->leaves[leaf_place(mid, ends.dst)], sets, q,
	    best);
	conclude(v, p, ends, best, decision);
}

uint32_t
rules_segment_of(const struct rules_image *image,
    const struct address *address)
{
	const struct rules_packet p = { .src = *address };
	uint8_t segment;

	require(image->index_arena != NULL);	/* prepared */
	if (address->family != 4 && address->family != 6)
		return RULES_NONE;
	segment = image->flow.sources[find_ends(&image->flow, &p).src].segment;
	return segment == IMAGE_SEGMENT_NONE ? RULES_NONE : segment;
}

/* ---- what is known of a rule ---- */

uint32_t
rules_flows(const struct rules_image *image)
{
	return image->header->tables[IMAGE_FLOWS].count;
}

void
rules_flow(const struct rules_image *image, uint32_t i,
    struct rules_flow *flow)
{
	const struct image_flow *f = image_record(image, IMAGE_FLOWS, i);

	*flow = (struct rules_flow){
		.name = image_text(image, f->name),
		.file = image_text(image, f->file),
		.line = f->line,
		.allow = f->allow == 1,
		.class = (enum rules_class)f->class,
		.flows_max = f->flows_max,
		.until = f->until,
		.to_mac_set = f->to_mac_set == 1,
	};
	memcpy(flow->to_mac, f->to_mac, 6);
}

static bool
in_box(const struct image_box *box, const struct rules_packet *p)
{
	return box->protocol == p->protocol &&
	    p->src_port >= box->src_low && p->src_port <= box->src_high &&
	    p->dst_port >= box->dst_low && p->dst_port <= box->dst_high;
}

/* The first service of a rule that has the packet, or NULL. */
static const struct image_service *
service_of(const struct rules_image *image, uint32_t i,
    const struct rules_packet *p)
{
	const struct image_flow *f = image_record(image, IMAGE_FLOWS, i);

	for (uint32_t k = 0; k < f->services.count; k++) {
		const uint32_t *index = image_record(image,
		    IMAGE_FLOW_SERVICES, f->services.first + k);
		const struct image_service *s = image_record(image,
		    IMAGE_SERVICES, *index);

		for (uint32_t j = 0; j < s->boxes.count; j++)
			if (in_box(image_record(image, IMAGE_BOXES,
			    s->boxes.first + j), p))
				return s;
	}
	return NULL;
}

enum rules_speaks
rules_flow_speaks(const struct rules_image *image, uint32_t flow,
    const struct rules_packet *packet)
{
	const struct image_service *s = service_of(image, flow, packet);

	return s == NULL ? RULES_SPEAKS_NOTHING :
	    (enum rules_speaks)s->speaks;
}

static bool
server_matches(struct span allowed, bool below, struct span name)
{
	struct span tail = name;

	if (below) {
		if (name.len < allowed.len + 2 ||
		    name.ptr[name.len - allowed.len - 1] != '.')
			return false;
		tail = span_sub(name, name.len - allowed.len, allowed.len);
	}
	if (tail.len != allowed.len)
		return false;
	for (size_t i = 0; i < tail.len; i++)
		if (ascii_lower(tail.ptr[i]) != allowed.ptr[i])
			return false;
	return true;
}

bool
rules_flow_server(const struct rules_image *image, uint32_t flow,
    const struct rules_packet *packet, struct span name)
{
	const struct image_service *s = service_of(image, flow, packet);

	if (s == NULL || s->servers.count == 0)
		return true;
	for (uint32_t i = 0; i < s->servers.count; i++) {
		const struct image_server *server = image_record(image,
		    IMAGE_SERVERS, s->servers.first + i);

		if (server_matches(image_text(image, server->name),
		    server->subdomains == 1, name))
			return true;
	}
	return false;
}

bool
rules_flow_server_name(const struct rules_image *image, uint32_t flow,
    const struct rules_packet *packet, uint32_t i, struct span *name,
    bool *below)
{
	const struct image_service *s = service_of(image, flow, packet);
	const struct image_server *server;

	if (s == NULL || i >= s->servers.count)
		return false;
	server = image_record(image, IMAGE_SERVERS, s->servers.first + i);
	*name = image_text(image, server->name);
	*below = server->subdomains == 1;
	return true;
}

uint32_t
rules_ends(const struct rules_image *image)
{
	return image->header->flow.ends;
}

const char *
rules_speaks_name(enum rules_speaks speaks)
{
	switch (speaks) {
	case RULES_SPEAKS_TLS:
		return "tls";
	case RULES_SPEAKS_HTTP:
		return "http";
	case RULES_SPEAKS_SSH:
		return "ssh";
	case RULES_SPEAKS_DNS:
		return "dns";
	case RULES_SPEAKS_SMTP:
		return "smtp";
	case RULES_SPEAKS_NTP:
		return "ntp";
	case RULES_SPEAKS_RDP:
		return "rdp";
	case RULES_SPEAKS_RFB:
		return "rfb";
	case RULES_SPEAKS_PCOIP:
		return "pcoip";
	case RULES_SPEAKS_ICA:
		return "ica";
	case RULES_SPEAKS_BLAST:
		return "blast";
	case RULES_SPEAKS_NOTHING:
		break;
	}
	return NULL;
}

const char *
rules_reason_name(enum rules_reason reason)
{
	switch (reason) {
	case RULES_BY_RULE:
		return "rule";
	case RULES_NO_RULE:
		return "no-rule";
	case RULES_SPOOFED:
		return "spoofed";
	case RULES_TIERS:
		return "tiers";
	}
	return "?";
}

const char *
rules_class_name(enum rules_class class)
{
	switch (class) {
	case RULES_CLASS_SCREEN_TRANSFER:
		return "screen-transfer";
	case RULES_CLASS_SPECIFIED:
		return "specified";
	case RULES_CLASS_EXCEPTION:
		return "exception";
	case RULES_CLASS_LOCAL:
		return "local";
	case RULES_CLASS_MAIL:
		return "mail";
	}
	return "?";
}
