/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PICTURE_WRITE_H
#define SEKISHO_SANITIZER_PICTURE_WRITE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>

#include <jpeglib.h>
#include <png.h>

#include "sanitizer.h"

/*
 * The only two ways in which we write a picture, from rows to a filter:
 *
 *	JPEG	baseline, a JFIF header of ours, tables of libjpeg, one scan
 *	PNG	8 bits a sample, not interlaced, IHDR PLTE tRNS IDAT IEND
 *
 * gateway/verify reads exactly these. Nothing but pixels comes in here, so
 * nothing else of an input can go out.
 */
enum picture_colour {
	PICTURE_GREY = 1,
	PICTURE_GREY_ALPHA,		/* PNG only */
	PICTURE_RGB,
	PICTURE_RGBA,			/* PNG only */
	PICTURE_PALETTE,		/* PNG only: a byte is an index */
	PICTURE_YCC			/* JPEG only: Y Cb Cr */
};

#define PICTURE_QUALITY		90	/* of JPEG, when nobody knows better */

struct picture_form {
	uint32_t	 width, height;
	enum picture_colour colour;
	/* JPEG: 1-100; sampling 1x1, 2x1, 1x2, 2x2, 4x1, as pixels of
	 * brightness to one of colour; rows come as planes of that sampling */
	int		 quality;
	int		 across, down;
	bool		 planes;
	/* PNG: up to 256 colours of 3 bytes, the alpha of the first ones */
	const uint8_t	*palette;
	unsigned	 colours;
	const uint8_t	*alpha;
	unsigned	 alphas;
};

#define PICTURE_OUT_BYTES	(32 * 1024)

struct picture_writer {
	enum safe_type	 type;
	struct filter	*sink;
	uint32_t	 width;
	unsigned	 colours;	/* of a palette; 0: none */
	enum err	 err;
	char		 message[JMSG_LENGTH_MAX];
	jmp_buf		 escape;	/* both libraries leave by it */
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct jpeg_destination_mgr target;
	png_structp	 png;
	png_infop	 info;
	size_t		 out_len;
	uint8_t		 out[PICTURE_OUT_BYTES];
};

/*
 * Begin a picture; type is SAFE_JPEG or SAFE_PNG, the sink is borrowed. All
 * of form is copied. After any return picture_writer_fini() must follow. On
 * errors, here and below, message has the words.
 */
enum err picture_writer_begin(struct picture_writer *writer,
    enum safe_type type, const struct picture_form *form, struct filter *sink)
    MUST_CHECK;

/*
 * The next n rows. ERR_INPUT: an index has no colour in the palette, on which
 * viewers disagree.
 */
enum err picture_writer_rows(struct picture_writer *writer,
    uint8_t *const *rows, unsigned n) MUST_CHECK;

/* The next rows of Y, Cb and Cr: 8 * down of Y, 8 of the others. */
enum err picture_writer_planes(struct picture_writer *writer,
    uint8_t **planes[3], unsigned rows) MUST_CHECK;

/* All rows were given: write the end, and end the sink. */
enum err picture_writer_end(struct picture_writer *writer) MUST_CHECK;

void picture_writer_fini(struct picture_writer *writer);

#endif
