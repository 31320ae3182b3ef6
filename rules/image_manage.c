/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The strict loader of what concerns the gateway itself. The limits of the
 * language hold for an image as for a text: who manages the gateway is never
 * a network of tier 3, and a peer is where its segment is.
 */
#include <string.h>

#include "image_internal.h"

static uint32_t
count(const struct rules_image *image, enum image_table_kind kind)
{
	return image->header->tables[kind].count;
}

/* Has a network of the segment both addresses (or one of them)? */
static bool
segment_has(const struct rules_image *image, uint32_t segment,
    const struct address *first, const struct address *last, bool both)
{
	const struct image_segment *s = image_record(image, IMAGE_SEGMENTS,
	    segment);

	for (uint32_t i = 0; i < s->networks.count; i++) {
		const struct image_address *a = image_record(image,
		    IMAGE_NETWORKS, s->networks.first + i);
		struct network n = { image_address(a), a->prefix_len };
		bool has_first = network_contains(&n, first);
		bool has_last = network_contains(&n, last);

		if (both ? has_first && has_last : has_first || has_last)
			return true;
	}
	return false;
}

static bool
place_valid(const struct rules_image *image, const struct image_peer *p)
{
	struct address first = { .family = p->family };
	struct address last = { .family = p->family };
	const struct image_segment *s;

	if (p->segment >= count(image, IMAGE_SEGMENTS))
		return false;
	memcpy(first.bytes, p->first, sizeof(first.bytes));
	memcpy(last.bytes, p->last, sizeof(last.bytes));
	if (segment_has(image, p->segment, &first, &last, true))
		return true;
	s = image_record(image, IMAGE_SEGMENTS, p->segment);
	for (uint32_t i = 0; i < count(image, IMAGE_SEGMENTS); i++)
		if (segment_has(image, i, &first, &last, false))
			return false;
	return s->any == 1;
}

static bool
peer_valid(const struct rules_image *image, const struct image_peer *p)
{
	if ((p->family != 4 && p->family != 6) || p->has_mac > 1 ||
	    !image_is_zero(p->zero, sizeof(p->zero)) ||
	    memcmp(p->first, p->last, sizeof(p->first)) > 0)
		return false;
	if (p->family == 4 && (!image_is_zero(p->first + 4, 12) ||
	    !image_is_zero(p->last + 4, 12)))
		return false;
	if (p->has_mac == 1 ?
	    memcmp(p->first, p->last, sizeof(p->first)) != 0 :
	    !image_is_zero(p->mac, sizeof(p->mac)))
		return false;
	return place_valid(image, p);
}

/* What depends on the direction; behind peer_valid() of all. */
static bool
peers_valid(const struct rules_image *image, const struct image_manage *m)
{
	for (uint32_t k = 0; k < m->peers.count; k++) {
		const struct image_peer *p = image_record(image, IMAGE_PEERS,
		    m->peers.first + k);
		const struct image_segment *s = image_record(image,
		    IMAGE_SEGMENTS, p->segment);

		if (m->from == 1 && s->tier == 3 &&
		    memcmp(p->first, p->last, sizeof(p->first)) != 0)
			return false;
		if (m->from == 0 && p->has_mac == 1)
			return false;
	}
	return true;
}

static bool
manage_valid(const struct rules_image *image, const struct image_manage *m)
{
	return image_string_valid(image, m->name, RULES_STRING_BYTES_MAX) &&
	    image_string_valid(image, m->file, RULES_PATH_BYTES_MAX) &&
	    m->from <= 1 && m->zero == 0 &&
	    image_range_valid(image, m->peers, IMAGE_PEERS,
	    RULES_MANAGE_PEERS_MAX) && m->peers.count > 0 &&
	    image_range_valid(image, m->ports, IMAGE_BOXES,
	    RULES_MANAGE_PORTS_MAX) && m->ports.count > 0 &&
	    peers_valid(image, m);
}

bool
image_manages_valid(const struct rules_image *image)
{
	for (uint32_t i = 0; i < count(image, IMAGE_PEERS); i++)
		if (!peer_valid(image, image_record(image, IMAGE_PEERS, i)))
			return false;
	for (uint32_t i = 0; i < count(image, IMAGE_MANAGES); i++)
		if (!manage_valid(image, image_record(image, IMAGE_MANAGES,
		    i)))
			return false;
	return true;
}
