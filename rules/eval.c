/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decisions and look-up on an image that rules_image_open() has checked. No
 * allocation; a mail decision is a walk over the networks of the segments
 * and of one route, or a binary search per label of a domain.
 */
#include <string.h>

#include "image_internal.h"

struct span
rules_gateway_name(const struct rules_image *image)
{
	return image_text(image, image->header->gateway);
}

uint32_t
rules_segments(const struct rules_image *image)
{
	return image->header->tables[IMAGE_SEGMENTS].count;
}

void
rules_segment(const struct rules_image *image, uint32_t i,
    struct rules_segment *segment)
{
	const struct image_segment *s = image_record(image, IMAGE_SEGMENTS, i);

	*segment = (struct rules_segment){
		.name = image_text(image, s->name),
		.tier = (uint8_t)s->tier,
		.interface_name = image_text(image, s->interface_name),
		.any = s->any == 1,
	};
}

uint32_t
rules_routes(const struct rules_image *image)
{
	return image->header->tables[IMAGE_ROUTES].count;
}

static const struct image_route *
route_record(const struct rules_image *image, uint32_t i)
{
	return image_record(image, IMAGE_ROUTES, i);
}

void
rules_route(const struct rules_image *image, uint32_t i,
    struct rules_route *route)
{
	const struct image_route *r = route_record(image, i);

	*route = (struct rules_route){
		.name = image_text(image, r->name),
		.from = r->from,
		.to = r->to,
		.policy = r->policy,
		.size_bytes_max = r->size_bytes_max,
		.greeting_delay_ms = r->greeting_delay_ms,
		.sessions_max = r->sessions_max,
		.sessions_per_peer_max = r->sessions_per_peer_max,
		.recipients_max = r->recipients_max,
		.retain_days = r->retain_days,
		.expire_s = r->expire_s,
		.listens = r->listens.count,
		.hops = r->hops.count,
	};
}

struct address
image_address(const struct image_address *a)
{
	struct address address = { .family = a->family };

	memcpy(address.bytes, a->bytes, sizeof(address.bytes));
	return address;
}

void
rules_route_listen(const struct rules_image *image, uint32_t route,
    uint32_t i, struct rules_listen *listen)
{
	const struct image_route *r = route_record(image, route);
	const struct image_listen *l;

	require(i < r->listens.count);
	l = image_record(image, IMAGE_LISTENS, r->listens.first + i);
	*listen = (struct rules_listen){ image_address(&l->address),
	    (uint16_t)l->port };
}

void
rules_route_hop(const struct rules_image *image, uint32_t route,
    uint32_t i, struct rules_hop *hop)
{
	const struct image_route *r = route_record(image, route);
	const struct image_hop *h;

	require(i < r->hops.count);
	h = image_record(image, IMAGE_HOPS, r->hops.first + i);
	*hop = (struct rules_hop){
		.kind = (enum rules_hop_kind)h->kind,
		.address = image_address(&h->address),
		.port = (uint16_t)h->port,
		.name = image_text(image, h->name),
	};
	if (hop->kind == RULES_HOP_MAILDIR)
		hop->path = hop->name;
}

static bool
in_network(const struct rules_image *image, uint32_t i,
    const struct address *a, unsigned *prefix_len)
{
	const struct image_address *record = image_record(image,
	    IMAGE_NETWORKS, i);
	struct network n = { image_address(record), record->prefix_len };

	*prefix_len = record->prefix_len;
	return network_contains(&n, a);
}

/* The segment with the narrowest network around the address, else `any`. */
static uint32_t
segment_of_address(const struct rules_image *image, const struct address *a)
{
	uint32_t best = RULES_NONE;
	unsigned best_len = 0, len;

	for (uint32_t i = 0; i < rules_segments(image); i++) {
		const struct image_segment *s = image_record(image,
		    IMAGE_SEGMENTS, i);

		if (s->any && best == RULES_NONE)
			best = i;
		for (uint32_t j = 0; j < s->networks.count; j++)
			if (in_network(image, s->networks.first + j, a,
			    &len) && len + 1 > best_len) {
				best = i;
				best_len = len + 1;
			}
	}
	return best;
}

/*
 * An address of another segment is refused even where the whole segment is
 * accepted: with `network any` it would otherwise be part of it.
 */
bool
rules_mail_peer(const struct rules_image *image, uint32_t route,
    const struct address *peer)
{
	const struct image_route *r = route_record(image, route);
	unsigned len;

	if (segment_of_address(image, peer) != r->from)
		return false;
	if (r->accept_any)
		return true;
	for (uint32_t i = 0; i < r->peers.count; i++)
		if (in_network(image, r->peers.first + i, peer, &len))
			return true;
	return false;
}

/* The record of exactly this name (lower case), or NULL. */
static const struct image_domain *
find_domain(const struct rules_image *image, struct image_range range,
    struct span name)
{
	uint32_t low = 0, high = range.count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct image_domain *d = image_record(image,
		    IMAGE_DOMAINS, range.first + mid);
		int order = image_compare(image_text(image, d->name), name);

		if (order == 0)
			return d;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static bool
domain_allowed(const struct rules_image *image, struct image_range range,
    struct span domain)
{
	uint8_t lower[RULES_DOMAIN_BYTES_MAX];
	struct span rest = { lower, domain.len }, label;
	const struct image_domain *d;

	if (domain.len == 0 || domain.len > sizeof(lower))
		return false;
	for (size_t i = 0; i < domain.len; i++)
		lower[i] = ascii_lower(domain.ptr[i]);
	if (find_domain(image, range, rest) != NULL)
		return true;
	while (span_cut(&rest, '.', &label)) {
		d = find_domain(image, range, rest);
		if (label.len > 0 && d != NULL && d->subdomains)
			return true;
	}
	return false;
}

bool
rules_mail_sender(const struct rules_image *image, uint32_t route,
    struct span domain)
{
	const struct image_route *r = route_record(image, route);

	return domain.len == 0 || r->senders_any ||
	    domain_allowed(image, r->senders, domain);
}

bool
rules_mail_recipient(const struct rules_image *image, uint32_t route,
    struct span domain)
{
	const struct image_route *r = route_record(image, route);

	return r->recipients_any ||
	    domain_allowed(image, r->recipients, domain);
}

bool
rules_mail_local(const struct rules_image *image, uint32_t route,
    struct span local)
{
	if (route_record(image, route)->recipients_any)
		return true;
	return span_find_byte(local, '@') == local.len &&
	    span_find_byte(local, '%') == local.len &&
	    span_find_byte(local, '!') == local.len;
}

struct span
rules_mail_own_domain(const struct rules_image *image, uint32_t route)
{
	const struct image_route *r = route_record(image, route);
	const struct image_domain *best = NULL, *d;

	for (uint32_t i = 0; i < r->recipients.count; i++) {
		d = image_record(image, IMAGE_DOMAINS,
		    r->recipients.first + i);
		if (best == NULL || (best->subdomains && !d->subdomains))
			best = d;
	}
	return best == NULL ? (struct span){ NULL, 0 } :
	    image_text(image, best->name);
}

uint32_t
rules_mail_reverse(const struct rules_image *image, uint32_t route)
{
	const struct image_route *r = route_record(image, route);

	for (uint32_t i = 0; i < rules_routes(image); i++)
		if (route_record(image, i)->from == r->to &&
		    route_record(image, i)->to == r->from)
			return i;
	return RULES_NONE;
}

uint32_t
rules_policies(const struct rules_image *image)
{
	return image->header->tables[IMAGE_POLICIES].count;
}

void
rules_policy(const struct rules_image *image, uint32_t i,
    struct rules_policy *policy)
{
	const struct image_policy *p = image_record(image, IMAGE_POLICIES, i);

	*policy = (struct rules_policy){
		.name = image_text(image, p->name),
		.body_keep = p->body_keep,
		.inspect = p->inspect,
		.pdf = p->pdf,
		.image = p->image,
		.office = p->office,
		.text = p->text,
		.archive = p->archive,
		.legacy_office = p->legacy_office,
		.encrypted = p->encrypted,
		.other = p->other,
		.archive_depth = p->archive_depth,
		.links = p->links,
		.notice_english = p->notice_english,
	};
}
