/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names the segments of a JPEG (ITU-T T.81 B.1.1) that a rebuilt picture does
 * not have. A segment is read once, at most SEGMENTS_MAX of them.
 */
#include <stdio.h>

#include "jpeg_scan.h"

#define SEGMENT_BYTES_MAX	65535
#define SEGMENTS_MAX		4096

#define M_TEM	0x01
#define M_SOI	0xd8
#define M_EOI	0xd9
#define M_SOS	0xda
#define M_RST0	0xd0
#define M_APP0	0xe0
#define M_APP15	0xef
#define M_COM	0xfe

static enum err
note_app(struct buf *removed, uint8_t marker, struct span body,
    struct exif *exif, bool *turned)
{
	char where[8];
	struct exif found;
	enum err err;

	snprintf(where, sizeof(where), "APP%d", marker - M_APP0);
	if (marker == M_APP0 && span_begins(body, SPAN("JFIF\0"))) {
		if (body.len >= 14 && body.ptr[12] != 0 && body.ptr[13] != 0)
			return removed_add(removed, "thumbnail", 1,
			    span_str(where));
		return OK;		/* we write one of our own */
	}
	if (span_begins(body, SPAN("Exif\0"))) {
		err = removed_add(removed, "exif", 1, span_str(where));
		if (err != OK || !exif_parse(span_sub(body, 6, body.len),
		    &found))
			return err;
		if (!*turned)
			*exif = found;
		*turned = true;
		if (found.gps)
			err = removed_add(removed, "gps", 1, span_str(where));
		if (err == OK && found.thumbnail)
			err = removed_add(removed, "thumbnail", 1,
			    span_str(where));
		return err;
	}
	if (span_begins(body, SPAN("http://ns.adobe.com/x")))
		return removed_add(removed, "xmp", 1, span_str(where));
	if (span_begins(body, SPAN("ICC_PROFILE\0")))
		return removed_add(removed, "icc", 1, span_str(where));
	if (span_begins(body, SPAN("Photoshop ")))
		return removed_add(removed, "iptc", 1, span_str(where));
	if (span_begins(body, SPAN("Adobe")))
		return OK;		/* only says how colours are coded */
	return removed_add(removed, "app", 1, span_str(where));
}

/* The next marker at *at, fill bytes skipped; 0 when there is none. */
static enum err
next_marker(const struct input *in, uint64_t *at, uint8_t *marker)
{
	uint8_t bytes[2];
	size_t got;
	enum err err;

	*marker = 0;
	for (unsigned fill = 0; fill < SEGMENTS_MAX; fill++, ++*at) {
		err = input_read(in, *at, bytes, 2, &got);
		if (err != OK || got < 2 || bytes[0] != 0xff)
			return err;
		if (bytes[1] != 0xff) {
			*marker = bytes[1];
			*at += 2;
			return OK;
		}
	}
	return OK;
}

static bool
is_alone(uint8_t marker)
{
	return marker == M_TEM || (marker >= M_RST0 && marker <= M_SOI);
}

enum err
jpeg_scan(const struct input *in, struct buf *removed, struct exif *exif)
{
	uint8_t marker, length[2];
	uint64_t at = 0;
	struct buf body;
	uint8_t *room;
	bool turned = false;
	size_t len, got;
	enum err err = OK;

	*exif = (struct exif){ .orientation = 1 };
	buf_init(&body, SEGMENT_BYTES_MAX);
	for (unsigned n = 0; n < SEGMENTS_MAX && err == OK; n++) {
		err = next_marker(in, &at, &marker);
		if (err != OK || marker == 0 || marker == M_EOI ||
		    marker == M_SOS)
			break;
		if (is_alone(marker))
			continue;
		err = input_read(in, at, length, 2, &got);
		len = (size_t)length[0] << 8 | length[1];
		if (err != OK || got < 2 || len < 2)
			break;
		at += 2;
		len -= 2;
		if (marker == M_COM)
			err = removed_add(removed, "comment", 1, SPAN("COM"));
		if (marker >= M_APP0 && marker <= M_APP15) {
			buf_clear(&body);
			err = buf_reserve(&body, len, &room);
			if (err == OK)
				err = input_read(in, at, room, len, &got);
			if (err == OK)
				err = note_app(removed, marker,
				    (struct span){ room, got }, exif, &turned);
		}
		at += len;
	}
	buf_fini(&body);
	return err;
}
