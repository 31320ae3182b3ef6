/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_TIFF_READ_H
#define SEKISHO_SANITIZER_TIFF_READ_H

#include <tiffio.h>

#include "picture.h"

/*
 * Pages of a TIFF in memory, one behind the other. tiff_scan() must have
 * looked at its directories before.
 */
#define TIFF_DPI	150	/* where the file does not say */

struct tiff_file {
	TIFF		*tiff;
	struct span	 file;
	uint64_t	 at;
	uint64_t	 pixels_max;	/* of a page */
	bool		 jpeg;		/* the page at hand is */
	char		 message[120];
};

/* At the first page. ERR_INPUT with words; then as after tiff_close(). */
enum err tiff_open(struct tiff_file *tiff, struct span file,
    struct convert_result *result) MUST_CHECK;
void tiff_close(struct tiff_file *tiff);
/* To the next directory; false: there is none. */
bool tiff_next(struct tiff_file *tiff);
/* Is it a page, rather than a smaller picture or a mask of one? */
bool tiff_is_page(struct tiff_file *tiff);
/* Dots an inch; TIFF_DPI where they are not told, or make no sense. */
void tiff_resolution(struct tiff_file *tiff, uint16_t *across,
    uint16_t *down);

/*
 * The page at hand as a picture of four samples. ERR_LIMIT, ERR_INPUT with
 * words. After any return picture_fini() may follow.
 */
enum err tiff_page(struct tiff_file *tiff, struct picture *picture,
    struct convert_result *result) MUST_CHECK;

/*
 * tiff_lab.c: from CIE L*a*b* to sRGB, in the place of libtiff's own way,
 * which has too much contrast. False: not for this number of bits.
 */
bool tiff_lab(TIFFRGBAImage *image);

#endif
