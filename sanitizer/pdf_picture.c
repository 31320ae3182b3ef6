/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a page is stored: black and white as one bit a pixel, grey as 16
 * levels, grey with some colour by a fixed table, all packed by zlib; pages of
 * colour as JPEG. A text page is small so.
 */
#include <string.h>

#include "limits.h"
#include "pdf_jpeg.h"
#include "pdf_pages.h"
#include "pdf_write.h"

#define QUALITY		80
#define COLOUR_SPREAD	28	/* between channels: what an eye takes for it */
#define COLOUR_PIXELS	64	/* a seal has some thousands */
#define COLOUR_SHARE	20	/* one in so many and more: a JPEG */
#define GREY_SHARE	500	/* one in so many may be neither */

struct colours {
	uint64_t	coloured, grey;
};

static uint8_t
grey_of(const uint8_t *p)
{
	return (uint8_t)((p[0] * 77 + p[1] * 151 + p[2] * 28) >> 8);
}

static void
look(const uint8_t *rgb, size_t n, struct colours *c)
{
	for (size_t i = 0; i < n; i++, rgb += 3) {
		int high = rgb[0], low = rgb[0];

		if ((rgb[0] & rgb[1] & rgb[2]) == 255)
			continue;
		for (int k = 1; k < 3; k++) {
			high = rgb[k] > high ? rgb[k] : high;
			low = rgb[k] < low ? rgb[k] : low;
		}
		c->coloured += high - low > COLOUR_SPREAD;
		c->grey += low > 32 && low < 224;
	}
}

static uint8_t
level(const uint8_t *p)
{
	return (uint8_t)((grey_of(p) * 15 + 127) / 255);
}

static uint8_t
index_of(const uint8_t *p)
{
	int high = p[0], low = p[0];

	for (int k = 1; k < 3; k++) {
		high = p[k] > high ? p[k] : high;
		low = p[k] < low ? p[k] : low;
	}
	if (high - low <= COLOUR_SPREAD)
		return level(p);
	return (uint8_t)(PDF_GREYS_N + (p[0] + 25) / 51 * 36 +
	    (p[1] + 25) / 51 * 6 + (p[2] + 25) / 51);
}

static void
pack_row(const uint8_t *rgb, uint32_t width, unsigned bits, uint8_t *to)
{
	unsigned per = 8 / bits, shift;

	memset(to, 0, (width + per - 1) / per);
	for (uint32_t x = 0; x < width; x++) {
		const uint8_t *p = rgb + 3 * (size_t)x;
		unsigned value = bits == 1 ? grey_of(p) >= 128 :
		    bits == 4 ? level(p) : index_of(p);

		shift = (per - 1 - x % per) * bits;
		to[x / per] |= (uint8_t)(value << shift);
	}
}

static enum err
pack(const uint8_t *rgb, uint32_t width, uint32_t height, unsigned bits,
    struct buf *out)
{
	size_t row = ((size_t)width * bits + 7) / 8;
	struct buf packed;
	uint8_t *room;
	enum err err;

	buf_init(&packed, IMAGE_WORK_BYTES_MAX);
	if ((err = buf_reserve(&packed, row * height, &room)) == OK) {
		for (uint32_t y = 0; y < height; y++)
			pack_row(rgb + (size_t)y * width * 3, width, bits,
			    room + y * row);
		packed.len = row * height;
		err = pdf_deflate(buf_span(&packed), out);
	}
	buf_fini(&packed);
	return err;
}

enum err
pdf_picture(const uint8_t *rgb, uint32_t width, uint32_t height,
    struct buf *out, enum pdf_page_kind *kind)
{
	size_t n = (size_t)width * height;
	struct colours c = { 0, 0 };

	look(rgb, n, &c);
	if (c.coloured > n / COLOUR_SHARE) {
		*kind = PDF_PAGE_COLOUR;
		return pdf_jpeg(rgb, width, height, 3, QUALITY, out);
	}
	if (c.coloured > COLOUR_PIXELS) {
		*kind = PDF_PAGE_INDEXED;
		return pack(rgb, width, height, 8, out);
	}
	*kind = c.grey > n / GREY_SHARE ? PDF_PAGE_GREY : PDF_PAGE_BILEVEL;
	return pack(rgb, width, height, *kind == PDF_PAGE_GREY ? 4 : 1, out);
}
