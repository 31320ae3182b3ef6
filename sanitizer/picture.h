/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PICTURE_H
#define SEKISHO_SANITIZER_PICTURE_H

#include "image.h"

/*
 * A decoded picture, and its way into the two safe forms: what the handlers
 * of GIF, WebP, BMP, TIFF and HEIC have in common. (JPEG and PNG go through
 * row by row, in format_jpeg.c and format_png.c.)
 */
struct picture {
	uint32_t	width, height;
	unsigned	samples;	/* 1 grey, 3 RGB, 4 RGB and alpha */
	bool		lossy;		/* its form was one for photographs */
	unsigned	orientation;	/* 1-8 of Exif, applied on writing */
	struct buf	pixels;		/* rows from the top, nothing between */
};

/*
 * Room for the pixels, all zero, after image_check_size(). bits: what a pixel
 * takes in its own form when it is not compressed; file_bytes: the size of
 * what holds them. ERR_LIMIT, with the reason in result.
 */
enum err picture_init(struct picture *picture, uint64_t width,
    uint64_t height, unsigned samples, unsigned bits, uint64_t file_bytes,
    struct convert_result *result) MUST_CHECK;
void picture_fini(struct picture *picture);

/* The samples of pixel x of row y. */
uint8_t *picture_at(struct picture *picture, uint32_t x, uint32_t y);

/*
 * Write it, turned; result gets type and outcome. Ends out. JPEG of quality
 * 90 when it is opaque and a photograph: its form was lossy, or it has more
 * than 65,536 colours, or more than one in eight pixels has a colour of its
 * own. Else PNG, with a palette when 256 colours are enough, grey when it is.
 */
enum err picture_write(struct picture *picture, struct filter *out,
    struct convert_result *result) MUST_CHECK;

/* What picture_write() chooses from; for the writers below. */
struct picture_rows {
	uint32_t	width, height;
	unsigned	samples;	/* of a pixel: 1, 3 or 4 */
	bool		indexed;	/* sample: an index into the palette */
	unsigned	colors;
	uint32_t	palette[256];	/* RGBA, big-endian */
	/* the next row, from the top */
	const uint8_t	*(*row)(void *arg, uint32_t y);
	void		*arg;
};
enum err picture_png(const struct picture_rows *rows, struct filter *out,
    struct convert_result *result) MUST_CHECK;
enum err picture_jpeg(const struct picture_rows *rows, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
