/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PICTURE_H
#define SEKISHO_SANITIZER_PICTURE_H

#include "image.h"

/*
 * A decoded picture as a whole, and what becomes of it. Formats that have no
 * safe form of their own (GIF, WebP, BMP, TIFF, HEIC) decode into one.
 *
 * PNG or JPEG? PNG when something is seen through it (alpha below 255), and
 * when the source is lossless and has few colours:
 *	- up to 128 x 128 pixels: an icon; or
 *	- half of the pixels or more are as their left neighbour: a drawing, a
 *	  screen, a scanned text; or
 *	- up to 256 colours, of greys up to 32.
 * Otherwise, photographs, JPEG of quality 90. A PNG of up to 256 colours,
 * alpha included, has a palette; one of greys only is a grey one.
 */
struct picture {
	uint32_t	 width, height;	/* as stored, before it is turned */
	unsigned	 samples;	/* 1 grey, 3 RGB, 4 RGBA (straight) */
	unsigned	 orientation;	/* as Exif has it: 1-8 */
	bool		 lossless;
	struct buf	 pixels;	/* rows from the top, none between */
};

/*
 * Room for a picture of this size from a file of so many bytes, zeroed.
 * ERR_LIMIT, ERR_INPUT as of image_check_size(): before anything is decoded.
 * After any return picture_fini() may follow.
 */
enum err picture_init(struct picture *picture, uint64_t width,
    uint64_t height, unsigned samples, uint64_t file_bytes,
    struct convert_result *result) MUST_CHECK;
void picture_fini(struct picture *picture);

/* The y-th row, before it is turned. */
uint8_t *picture_row(struct picture *picture, uint32_t y);

/* A sample without the alpha that was multiplied into it. */
uint8_t picture_straight(uint32_t sample, uint32_t alpha);

/*
 * Choose the form, write it, end out; result gets outcome and type. Pixels
 * are worthless afterwards.
 */
enum err picture_write(struct picture *picture, struct filter *out,
    struct convert_result *result) MUST_CHECK;

/* n rows from y on of the picture as it is seen: turned. */
void picture_turned_rows(const struct picture *picture, uint8_t *const *rows,
    unsigned n, uint32_t y);

#endif
