/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reader of Exif 2.3 (section 4.6), only as far as orientation and the
 * presence of position and thumbnail. Every offset is from hostile bytes.
 */
#include <stdint.h>

#include "exif.h"

#define TAG_ORIENTATION	0x0112
#define TAG_GPS		0x8825
#define TYPE_SHORT	3
#define ENTRY_BYTES	12

struct reader {
	struct span	tiff;
	bool		big;
	bool		bad;
};

static uint32_t
get(struct reader *r, uint64_t at, unsigned len)
{
	uint32_t value = 0;

	if (at + len > r->tiff.len) {
		r->bad = true;
		return 0;
	}
	for (unsigned i = 0; i < len; i++)
		value = value << 8 | r->tiff.ptr[at + (r->big ? i :
		    len - 1 - i)];
	return value;
}

bool
exif_parse(struct span tiff, struct exif *exif)
{
	struct reader r = { tiff, false, false };
	uint64_t ifd, entry;
	uint32_t n, value;

	*exif = (struct exif){ .orientation = 1 };
	r.big = span_begins(tiff, SPAN("MM\0*"));
	if (!r.big && !span_begins(tiff, SPAN("II*\0")))
		return false;
	ifd = get(&r, 4, 4);
	n = get(&r, ifd, 2);
	for (uint32_t i = 0; i < n && !r.bad; i++) {
		entry = ifd + 2 + (uint64_t)i * ENTRY_BYTES;
		switch (get(&r, entry, 2)) {
		case TAG_ORIENTATION:
			value = get(&r, entry + 8, 2);
			if (get(&r, entry + 2, 2) == TYPE_SHORT &&
			    value >= 1 && value <= 8)
				exif->orientation = value;
			break;
		case TAG_GPS:
			exif->gps = true;
			break;
		}
	}
	/* behind the last entry: the directory of the thumbnail */
	exif->thumbnail = !r.bad && get(&r, ifd + 2 + (uint64_t)n *
	    ENTRY_BYTES, 4) != 0;
	return true;
}
