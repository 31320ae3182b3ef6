/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A table of the colours of one page, where it has few, as a table with
 * shaded cells or a chart has: its characters stay sharp, and it is a third
 * of the size of a JPEG. A photograph has too many.
 */
#include <string.h>

#include "pixels.h"

#define BINS		32768		/* 5 bits of each channel */
#define BINS_MAX	4096		/* a photograph has more */
#define ROWS_MANY	512		/* then every 4th is looked at */
#define LEFT_OVER	100		/* one pixel in so many may be */

struct bin {
	uint32_t	count, colour;	/* the first that was seen of it */
};

static struct bin bins[BINS];
static uint16_t used[BINS_MAX];		/* bins with a count */
static uint32_t colours[PIXELS_PALETTE_N];
static unsigned colours_n;
static uint16_t nearest[BINS];		/* + 1; 0: not looked for yet */

static unsigned
bin_of(uint32_t pixel)
{
	return (pixel >> 9 & 0x7c00) | (pixel >> 6 & 0x3e0) |
	    (pixel >> 3 & 0x1f);
}

static uint32_t
step(uint32_t height)
{
	return height < ROWS_MANY ? 1 : 4;
}

/* False: more colours than a table has room for. */
static bool
count(const uint32_t *pixels, size_t stride, uint32_t width, uint32_t height,
    unsigned *n)
{
	memset(bins, 0, sizeof(bins));
	*n = 0;
	for (uint32_t y = 0; y < height; y += step(height)) {
		const uint32_t *row = pixels + y * stride;

		for (uint32_t x = 0; x < width; x++) {
			struct bin *bin = &bins[bin_of(row[x])];

			if (bin->count++ > 0)
				continue;
			bin->colour = row[x] & 0xffffff;
			if (*n == BINS_MAX)
				return false;
			used[(*n)++] = (uint16_t)bin_of(row[x]);
		}
	}
	return true;
}

/* The largest of the bins to the front; how many pixels are in them. */
static uint64_t
choose(unsigned n)
{
	uint64_t sum = 0;
	unsigned most;
	uint16_t bin;

	for (colours_n = 0; colours_n < PIXELS_PALETTE_N && colours_n < n;
	    colours_n++) {
		most = colours_n;
		for (unsigned i = colours_n + 1; i < n; i++)
			if (bins[used[i]].count > bins[used[most]].count)
				most = i;
		bin = used[most];
		used[most] = used[colours_n];
		used[colours_n] = bin;
		colours[colours_n] = bins[bin].colour;
		nearest[bin] = (uint16_t)(colours_n + 1);
		sum += bins[bin].count;
	}
	return sum;
}

bool
pixels_palette(const uint32_t *pixels, size_t stride, uint32_t width,
    uint32_t height)
{
	uint64_t all = (uint64_t)((height - 1) / step(height) + 1) * width;
	unsigned n;

	memset(nearest, 0, sizeof(nearest));
	colours_n = 0;
	return count(pixels, stride, width, height, &n) &&
	    choose(n) >= all - all / LEFT_OVER;
}

void
pixels_palette_rgb(uint8_t rgb[3 * PIXELS_PALETTE_N])
{
	memset(rgb, 0, 3 * PIXELS_PALETTE_N);
	for (unsigned i = 0; i < colours_n; i++)
		for (unsigned k = 0; k < 3; k++)
			rgb[3 * i + k] = (uint8_t)(colours[i] >>
			    (16 - 8 * k));
}

static int
apart(uint32_t a, uint32_t b)
{
	int sum = 0;

	for (unsigned shift = 0; shift < 24; shift += 8) {
		int d = (int)(a >> shift & 255) - (int)(b >> shift & 255);

		sum += d * d;
	}
	return sum;
}

static uint16_t
look_for(uint32_t pixel)
{
	unsigned best = 0;

	for (unsigned i = 1; i < colours_n; i++)
		if (apart(pixel, colours[i]) < apart(pixel, colours[best]))
			best = i;
	return (uint16_t)(best + 1);
}

void
pixels_palette_pack(const uint32_t *row, uint32_t width, uint8_t *to)
{
	for (uint32_t x = 0; x < width; x++) {
		uint16_t *index = &nearest[bin_of(row[x])];

		if (*index == 0)
			*index = look_for(row[x] & 0xffffff);
		to[x] = (uint8_t)(*index - 1);
	}
}
