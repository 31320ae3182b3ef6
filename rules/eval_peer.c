/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Look-up on a checked image for the table of the kernel: networks of the
 * segments, peers of the mail routes, and who may reach the gateway itself.
 */
#include <string.h>

#include "image_internal.h"

/* ---- segments ---- */

static const struct image_segment *
segment_record(const struct rules_image *image, uint32_t i)
{
	return image_record(image, IMAGE_SEGMENTS, i);
}

uint32_t
rules_segment_networks(const struct rules_image *image, uint32_t i)
{
	return segment_record(image, i)->networks.count;
}

void
rules_segment_network(const struct rules_image *image, uint32_t i, uint32_t k,
    struct address *address, uint8_t *prefix_len)
{
	const struct image_segment *s = segment_record(image, i);
	const struct image_address *a;

	require(k < s->networks.count);
	a = image_record(image, IMAGE_NETWORKS, s->networks.first + k);
	*address = image_address(a);
	*prefix_len = a->prefix_len;
}

/* ---- peers of routes ---- */

static const struct image_route *
route_record(const struct rules_image *image, uint32_t i)
{
	return image_record(image, IMAGE_ROUTES, i);
}

/* The networks whose addresses may speak to the route, beside `any`. */
static struct image_range
route_networks(const struct rules_image *image, const struct image_route *r)
{
	return r->accept_any ? segment_record(image, r->from)->networks :
	    r->peers;
}

uint32_t
rules_route_peers(const struct rules_image *image, uint32_t route)
{
	const struct image_route *r = route_record(image, route);
	bool any = r->accept_any && segment_record(image, r->from)->any;

	return route_networks(image, r).count + (any ? 2 : 0);
}

/* All addresses behind the bits of the prefix. */
static void
set_range(struct rules_peer *peer, const struct address *first,
    unsigned prefix_len)
{
	unsigned bits = first->family == 4 ? 32 : 128;

	peer->first = peer->last = *first;
	for (unsigned i = prefix_len; i < bits; i++)
		peer->last.bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
}

void
rules_route_peer(const struct rules_image *image, uint32_t route, uint32_t i,
    struct rules_peer *peer)
{
	const struct image_route *r = route_record(image, route);
	struct image_range networks = route_networks(image, r);
	struct address all = { .family = i == networks.count ? 4 : 6 };
	const struct image_address *a;

	require(i < rules_route_peers(image, route));
	*peer = (struct rules_peer){ .segment = r->from };
	if (i >= networks.count) {
		set_range(peer, &all, 0);
		return;
	}
	a = image_record(image, IMAGE_NETWORKS, networks.first + i);
	all = image_address(a);
	set_range(peer, &all, a->prefix_len);
}

/* ---- the gateway itself ---- */

static const struct image_manage *
manage_record(const struct rules_image *image, uint32_t i)
{
	return image_record(image, IMAGE_MANAGES, i);
}

uint32_t
rules_manages(const struct rules_image *image)
{
	return image->header->tables[IMAGE_MANAGES].count;
}

void
rules_manage(const struct rules_image *image, uint32_t i,
    struct rules_manage *manage)
{
	const struct image_manage *m = manage_record(image, i);

	*manage = (struct rules_manage){
		.name = image_text(image, m->name),
		.file = image_text(image, m->file),
		.line = m->line,
		.from = m->from == 1,
		.peers = m->peers.count,
		.services = m->ports.count,
		.until = m->until,
	};
}

void
rules_manage_peer(const struct rules_image *image, uint32_t i, uint32_t k,
    struct rules_peer *peer)
{
	const struct image_manage *m = manage_record(image, i);
	const struct image_peer *p;

	require(k < m->peers.count);
	p = image_record(image, IMAGE_PEERS, m->peers.first + k);
	*peer = (struct rules_peer){ .segment = p->segment,
	    .has_mac = p->has_mac == 1 };
	peer->first.family = peer->last.family = p->family;
	memcpy(peer->first.bytes, p->first, sizeof(p->first));
	memcpy(peer->last.bytes, p->last, sizeof(p->last));
	memcpy(peer->mac, p->mac, sizeof(p->mac));
}

void
rules_manage_port(const struct rules_image *image, uint32_t i, uint32_t k,
    struct rules_port *port)
{
	const struct image_manage *m = manage_record(image, i);
	const struct image_box *box;

	require(k < m->ports.count);
	box = image_record(image, IMAGE_BOXES, m->ports.first + k);
	*port = (struct rules_port){ (uint8_t)box->protocol, box->dst_low,
	    box->dst_high, box->src_low, box->src_high };
}
