/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decisions on packets, on an image that was checked: classes of the two
 * addresses and of the service, then the first rule of four tables
 * (flow_build.c). No allocation, no loop that grows with the rules but the
 * binary search among addresses that share their upper bits.
 */
#include <netinet/in.h>
#include <string.h>

#include "flow_internal.h"
#include "image_internal.h"

#define BATCH		32u
#define NO_CLASS	UINT32_MAX

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

static uint32_t
address4(const struct address *a)
{
	return (uint32_t)a->bytes[0] << 24 | (uint32_t)a->bytes[1] << 16 |
	    (uint32_t)a->bytes[2] << 8 | a->bytes[3];
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

/* The class of an address with a certain MAC, where it has one. */
static uint32_t
mac_class(const struct flow_view *v, uint32_t base, const uint8_t mac[6])
{
	uint32_t low = 0, high = v->macs_n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct image_mac *m = &v->macs[mid];
		int order = m->base != base ? (m->base < base ? -1 : 1) :
		    memcmp(m->mac, mac, 6);

		if (order == 0)
			return m->class;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return base;
}

INTO_CALLER uint32_t
src_key_class(const struct flow_view *v, uint32_t key,
    const struct rules_packet *p)
{
	uint32_t class = v->src_first[key];

	if (p->has_mac && v->macs_n > 0)
		class = mac_class(v, class, p->mac);
	return class;
}

INTO_CALLER uint32_t
src_class(const struct flow_view *v, const struct rules_packet *p)
{
	uint32_t i;

	if (p->src.family == 4)
		i = key_index_find(&v->src_index4, address4(&p->src));
	else
		i = v->src_n4 + search6(v->src_keys6, v->src_n6,
		    address6(&p->src));
	return src_key_class(v, i, p);
}

INTO_CALLER uint32_t
dst_class(const struct flow_view *v, const struct rules_packet *p)
{
	if (p->dst.family == 4)
		return key_index_find(&v->dst_index4, address4(&p->dst));
	return v->dst_n4 + search6(v->dst_keys6, v->dst_n6,
	    address6(&p->dst));
}

static uint32_t
service_class(const struct rules_image *image, const struct rules_packet *p)
{
	const struct image_flow_header *h = &image->header->flow;
	const struct flow_view *v = &image->flow;

	return v->cells[(h->kinds[p->protocol] * v->dst_ports_n +
	    v->dst_ports[p->dst_port]) * v->src_ports_n +
	    v->src_ports[p->src_port]];
}

/* ---- tables ---- */

static inline uint32_t
lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The rule of a pair when its set has the service, else NONE: no branch. */
static inline uint32_t
pair_rule(const uint32_t *pair, const uint64_t *sets)
{
	uint32_t has = (uint32_t)(sets[pair[1] / 64] >> pair[1] % 64) & 1;

	return pair[0] | (has - 1);
}

static uint32_t
first_of_long(const uint32_t *at, const uint64_t *sets, uint32_t service,
    uint32_t best)
{
	uint32_t n = *at++;

	if (n == FLOW_LIST_TABLE)
		return lower(at[service], best);
	for (; n > 0 && at[0] < best; n--, at += 2)
		best = lower(pair_rule(at, sets), best);
	return best;
}

/* The first rule of a list that has the service, when it is before best. */
static inline uint32_t
first_of(const struct flow_view *v, uint32_t list, const uint64_t *sets,
    uint32_t service, uint32_t best)
{
	const uint32_t *at = v->lists + list;

	if (at[0] > FLOW_LIST_LEAST)
		return first_of_long(at, sets, service, best);
	best = lower(pair_rule(at + 1, sets), best);
	return lower(pair_rule(at + 3, sets), best);
}

static bool
packet_usable(const struct rules_packet *p)
{
	return p->src.family == p->dst.family &&
	    (p->src.family == 4 || p->src.family == 6);
}

/* What the rule says, and what nothing can make right. */
static inline void
conclude(const struct flow_view *v, const struct rules_packet *p,
    uint32_t src, uint32_t dst, uint32_t rule, struct rules_decision *d)
{
	uint32_t from = v->src_segments[src], to = v->dst_segments[dst];
	uint8_t verdict = v->verdicts[lower(rule, v->flows_n)];
	bool allow = verdict & 1;
	bool fits = tiers_fit((enum rules_class)(verdict >> 1),
	    v->tiers[from], v->tiers[to]);

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
	uint32_t	src[BATCH];
	uint32_t	dst[BATCH];
	uint32_t	service[BATCH];
	uint32_t	by_src[BATCH];
	uint32_t	by_dst[BATCH];
	uint32_t	mid[BATCH];
	uint32_t	leaf[BATCH];
	uint32_t	lists[3][BATCH];
	uint32_t	best[BATCH];
	const uint64_t	*sets[BATCH];
};

/* The three steps of key_index.h for both addresses of all packets. */
INTO_CALLER void
batch_keys(const struct flow_view *v, const struct rules_packet *p,
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
		b->src[i] = key_block_leaf(b->src_block[i],
		    address4(&p[i].src));
		b->dst[i] = key_block_leaf(b->dst_block[i],
		    address4(&p[i].dst));
		__builtin_prefetch(&v->src_index4.leaves[b->src[i]]);
		__builtin_prefetch(&v->dst_index4.leaves[b->dst[i]]);
	}
	for (uint32_t i = 0; i < n; i++) {
		b->src[i] = key_leaf_key(b->src_block[i],
		    &v->src_index4.leaves[b->src[i]], address4(&p[i].src));
		b->dst[i] = key_leaf_key(b->dst_block[i],
		    &v->dst_index4.leaves[b->dst[i]], address4(&p[i].dst));
		__builtin_prefetch(&v->src_first[b->src[i]]);
		__builtin_prefetch(&v->by_dst[b->dst[i]]);
	}
}

INTO_CALLER void
batch_classes(const struct rules_image *image, const struct rules_packet *p,
    uint32_t n, struct batch *b)
{
	const struct flow_view *v = &image->flow;

	/* of other families it finds something, which is not used */
	batch_keys(v, p, n, b);
	for (uint32_t i = 0; i < n; i++) {
		if (!packet_usable(&p[i])) {
			b->src[i] = NO_CLASS;
			b->dst[i] = b->service[i] = 0;
			continue;
		}
		if (p[i].src.family == 6) {
			b->src[i] = src_class(v, &p[i]);
			b->dst[i] = dst_class(v, &p[i]);
		} else
			b->src[i] = src_key_class(v, b->src[i], &p[i]);
		__builtin_prefetch(&v->rows[b->src[i]]);
		__builtin_prefetch(&v->by_src[b->src[i]]);
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t src = b->src[i] == NO_CLASS ? 0 : b->src[i];
		uint32_t q = b->src[i] == NO_CLASS ? 0 :
		    service_class(image, &p[i]);

		b->service[i] = q;
		b->sets[i] = v->set_bits + (size_t)q * v->set_words;
		b->best[i] = v->global[q];
		__builtin_prefetch(b->sets[i]);
		b->by_src[i] = v->by_src[src];
		b->by_dst[i] = v->by_dst[b->dst[i]];
		__builtin_prefetch(&v->lists[b->by_src[i]]);
		__builtin_prefetch(&v->lists[b->by_dst[i]]);
		b->mid[i] = v->rows[src] * image->header->flow.top_n +
		    (b->dst[i] >> FLOW_MID_SHIFT);
		__builtin_prefetch(&v->tops[b->mid[i]]);
	}
}

static void
batch_trees(const struct flow_view *v, uint32_t n, struct batch *b)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct image_branch *top = &v->tops[b->mid[i]];

		b->lists[0][i] = top->list;
		__builtin_prefetch(&v->lists[top->list]);
		b->leaf[i] = top->next * FLOW_MID +
		    (b->dst[i] >> FLOW_LEAF_SHIFT & (FLOW_MID - 1));
		__builtin_prefetch(&v->mids[b->leaf[i]]);
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct image_branch *mid = &v->mids[b->leaf[i]];

		b->lists[1][i] = mid->list;
		__builtin_prefetch(&v->lists[mid->list]);
		b->leaf[i] = mid->next * FLOW_LEAF +
		    (b->dst[i] & (FLOW_LEAF - 1));
		__builtin_prefetch(&v->leaves[b->leaf[i]]);
	}
	for (uint32_t i = 0; i < n; i++) {
		b->lists[2][i] = v->leaves[b->leaf[i]];
		__builtin_prefetch(&v->lists[b->lists[2][i]]);
	}
}

static void
batch_first(const struct flow_view *v, uint32_t n, struct batch *b)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t q = b->service[i], best = b->best[i];
		const uint64_t *sets = b->sets[i];

		best = first_of(v, b->by_dst[i], sets, q, best);
		best = first_of(v, b->by_src[i], sets, q, best);
		for (unsigned k = 0; k < 3; k++)
			best = first_of(v, b->lists[k][i], sets, q, best);
		b->best[i] = best;
	}
}

static COUNTS_BITS void
decide_batch(const struct rules_image *image, const struct rules_packet *p,
    uint32_t n, struct rules_decision *decisions)
{
	/* all of it is written before it is read */
	struct batch b __attribute__((uninitialized));

	batch_classes(image, p, n, &b);
	batch_trees(&image->flow, n, &b);
	batch_first(&image->flow, n, &b);
	for (uint32_t i = 0; i < n; i++)
		if (b.src[i] == NO_CLASS)
			decisions[i] = (struct rules_decision){ false,
			    RULES_NO_RULE, RULES_NONE };
		else
			conclude(&image->flow, &p[i], b.src[i], b.dst[i],
			    b.best[i], &decisions[i]);
}

void
rules_decide_many(const struct rules_image *image,
    const struct rules_packet *packets, uint32_t n,
    struct rules_decision *decisions)
{
	require(image->index_arena != NULL);	/* prepared */
	for (uint32_t i = 0; i < n; i += BATCH)
		decide_batch(image, packets + i, n - i < BATCH ? n - i :
		    BATCH, decisions + i);
}

COUNTS_BITS void
rules_decide(const struct rules_image *image, const struct rules_packet *p,
    struct rules_decision *decision)
{
	const struct flow_view *v = &image->flow;
	const struct image_branch *branch;
	const uint64_t *sets;
	uint32_t src, dst, q, best;

	require(image->index_arena != NULL);	/* prepared */
	if (!packet_usable(p)) {
		*decision = (struct rules_decision){ false, RULES_NO_RULE,
		    RULES_NONE };
		return;
	}
	src = src_class(v, p);
	dst = dst_class(v, p);
	q = service_class(image, p);
	sets = v->set_bits + (size_t)q * v->set_words;
	best = first_of(v, v->by_dst[dst], sets, q, v->global[q]);
	best = first_of(v, v->by_src[src], sets, q, best);
	branch = &v->tops[v->rows[src] * image->header->flow.top_n +
	    (dst >> FLOW_MID_SHIFT)];
	best = first_of(v, branch->list, sets, q, best);
	branch = &v->mids[branch->next * FLOW_MID +
	    (dst >> FLOW_LEAF_SHIFT & (FLOW_MID - 1))];
	best = first_of(v, branch->list, sets, q, best);
	best = first_of(v, v->leaves[branch->next * FLOW_LEAF +
	    (dst & (FLOW_LEAF - 1))], sets, q, best);
	conclude(v, p, src, dst, best, decision);
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
	segment = image->flow.src_segments[src_class(&image->flow, &p)];
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
