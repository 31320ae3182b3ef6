/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an image says of the audit log: the strict loader, and the view of it.
 * That records do not cross tier 3 holds for an image as for a text.
 */
#include <string.h>

#include "image_internal.h"

bool
image_is_loopback(const struct image_address *a)
{
	return a->family == 4 ? a->bytes[0] == 127 :
	    image_is_zero(a->bytes, 15) && a->bytes[15] == 1;
}

static bool
place_valid(const struct rules_image *image, const struct image_place *p)
{
	const struct image_address *a = &p->address;
	const struct image_segment *s;

	if ((a->family != 4 && a->family != 6) ||
	    a->prefix_len != (a->family == 4 ? 32 : 128) ||
	    (a->family == 4 && !image_is_zero(a->bytes + 4, 12)) ||
	    !image_is_zero(a->zero, sizeof(a->zero)) ||
	    p->port == 0 || p->port > UINT16_MAX)
		return false;
	if (image_is_loopback(a) || p->segment == RULES_NONE)
		return image_is_loopback(a) && p->segment == RULES_NONE;
	if (p->segment >= image->header->tables[IMAGE_SEGMENTS].count)
		return false;
	s = image_record(image, IMAGE_SEGMENTS, p->segment);
	return s->tier < 3;
}

bool
image_audit_valid(const struct rules_image *image)
{
	const struct image_audit *audit = &image->header->audit;

	if (audit->retain_days > RULES_KEEP_DAYS_MAX || audit->zero != 0 ||
	    audit->places_n > RULES_PLACES_MAX || audit->mask >
	    (RULES_MASK_SENDERS | RULES_MASK_RECIPIENTS |
	    RULES_MASK_SUBJECTS | RULES_MASK_NAMES))
		return false;
	for (uint32_t i = 0; i < RULES_PLACES_MAX; i++)
		if (i < audit->places_n ?
		    !place_valid(image, &audit->places[i]) :
		    !image_is_zero((const uint8_t *)&audit->places[i],
		    sizeof(audit->places[i])))
			return false;
	return true;
}

void
rules_audit(const struct rules_image *image, struct rules_audit *audit)
{
	const struct image_audit *said = &image->header->audit;

	*audit = (struct rules_audit){ .retain_days = said->retain_days,
	    .mask = said->mask, .places = said->places_n };
}

void
rules_audit_place(const struct rules_image *image, uint32_t i,
    struct rules_place *place)
{
	const struct image_place *said = &image->header->audit.places[i];

	require(i < image->header->audit.places_n);
	*place = (struct rules_place){ .address = image_address(
	    &said->address), .port = (uint16_t)said->port,
	    .segment = said->segment };
}
