/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a page is stored: black and white as one bit a pixel, grey as 16
 * levels, grey with some colour by a fixed table, few colours by a table of
 * their own, all others as they are. Most pixels of a page are white: those
 * cost next to nothing here.
 */
#include <string.h>

#include "pixels.h"

#define COLOUR_SPREAD	28	/* between channels: what an eye takes for it */
#define COLOUR_PIXELS	64	/* a seal has some thousands */
#define COLOUR_SHARE	20	/* one in so many and more: a JPEG */
#define GREY_SHARE	500	/* one in so many may be neither */
#define PHOTO_SHARE	4	/* one in so many are: a photograph */
#define WHITE		0xffffffu

struct census {
	uint64_t	coloured, grey;
};

/* How many pixels from here on are white. */
static uint32_t
white_run(const uint32_t *pixels, uint32_t n)
{
	uint64_t two[2];
	uint32_t i = 0;

	for (; n - i >= 4; i += 4) {
		memcpy(two, pixels + i, sizeof(two));
		if ((two[0] & two[1] & UINT64_C(0x00ffffff00ffffff)) !=
		    UINT64_C(0x00ffffff00ffffff))
			break;
	}
	while (i < n && (pixels[i] & WHITE) == WHITE)
		i++;
	return i;
}

static unsigned
spread(uint32_t pixel, unsigned *least)
{
	unsigned r = pixel >> 16 & 255, g = pixel >> 8 & 255, b = pixel & 255;
	unsigned high = r > g ? r : g, low = r < g ? r : g;

	high = high > b ? high : b;
	*least = low < b ? low : b;
	return high - *least;
}

static void
look(const uint32_t *row, uint32_t width, struct census *c)
{
	unsigned least;

	for (uint32_t x = 0; x < width; x++) {
		if ((row[x] & WHITE) == WHITE) {
			x += white_run(row + x, width - x);
			if (x == width)
				break;
		}
		c->coloured += spread(row[x], &least) > COLOUR_SPREAD;
		c->grey += least > 32 && least < 224;
	}
}

struct pixels_way
pixels_choose(const uint32_t *pixels, size_t stride, uint32_t width,
    uint32_t height)
{
	uint64_t n = (uint64_t)width * height;
	struct census c = { 0, 0 };

	for (uint32_t y = 0; y < height; y++) {
		look(pixels + y * stride, width, &c);
		if (c.coloured > n / COLOUR_SHARE)
			return (struct pixels_way){ pixels_palette(pixels,
			    stride, width, height) ? PIXELS_PALETTE :
			    PIXELS_RGB, false };
	}
	return (struct pixels_way){
	    c.coloured > COLOUR_PIXELS ? PIXELS_INDEXED :
	    c.grey > n / GREY_SHARE ? PIXELS_GREY : PIXELS_BILEVEL,
	    c.grey < n / PHOTO_SHARE };
}

size_t
pixels_row_bytes(enum pixels_form form, uint32_t width)
{
	static const uint8_t bits[] = { 1, 4, 8, 8, 24 };

	return ((size_t)width * bits[form] + 7) / 8;
}

static unsigned
grey_of(uint32_t pixel)
{
	return ((pixel >> 16 & 255) * 77 + (pixel >> 8 & 255) * 151 +
	    (pixel & 255) * 28) >> 8;
}

/* What is nearly white, or nearly black, is so. */
static unsigned
level_of(uint32_t pixel, bool coarse)
{
	static const uint8_t eight[PIXELS_GREYS_N] = { 0, 0, 0, 2, 4, 4, 6, 6,
		9, 9, 11, 11, 13, 15, 15, 15 };
	unsigned level = (grey_of(pixel) * 15 + 127) / 255;

	return coarse ? eight[level] : level;
}

static unsigned
index_of(uint32_t pixel, bool coarse)
{
	unsigned least;

	if (spread(pixel, &least) <= COLOUR_SPREAD)
		return level_of(pixel, coarse);
	return PIXELS_GREYS_N + ((pixel >> 16 & 255) + 25) / 51 * 36 +
	    ((pixel >> 8 & 255) + 25) / 51 * 6 + ((pixel & 255) + 25) / 51;
}

/* The pixel at x, which is not white, into a row of white ones. */
static void
put(uint32_t pixel, uint32_t x, struct pixels_way way, uint8_t *to)
{
	unsigned level;

	switch (way.form) {
	case PIXELS_BILEVEL:
		if (grey_of(pixel) < 128)
			to[x / 8] &= (uint8_t)~(0x80u >> x % 8);
		break;
	case PIXELS_GREY:
		level = level_of(pixel, way.coarse);
		to[x / 2] &= (uint8_t)(x % 2 == 0 ? level << 4 | 0x0f :
		    0xf0 | level);
		break;
	case PIXELS_INDEXED:
		to[x] = (uint8_t)index_of(pixel, way.coarse);
		break;
	case PIXELS_PALETTE:
	case PIXELS_RGB:
		break;		/* have a way of their own */
	}
}

static void
pack_rgb(const uint32_t *row, uint32_t width, uint8_t *to)
{
	for (uint32_t x = 0; x < width; x++) {
		*to++ = (uint8_t)(row[x] >> 16);
		*to++ = (uint8_t)(row[x] >> 8);
		*to++ = (uint8_t)row[x];
	}
}

void
pixels_pack(const uint32_t *row, uint32_t width, struct pixels_way way,
    uint8_t *to)
{
	if (way.form == PIXELS_RGB) {
		pack_rgb(row, width, to);
		return;
	}
	if (way.form == PIXELS_PALETTE) {
		pixels_palette_pack(row, width, to);
		return;
	}
	memset(to, way.form == PIXELS_INDEXED ? PIXELS_GREYS_N - 1 : 0xff,
	    pixels_row_bytes(way.form, width));
	for (uint32_t x = 0; x < width; x++) {
		if ((row[x] & WHITE) == WHITE) {
			x += white_run(row + x, width - x);
			if (x == width)
				break;
		}
		put(row[x], x, way, to);
	}
}
