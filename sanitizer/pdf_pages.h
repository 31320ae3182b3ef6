/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_PAGES_H
#define SEKISHO_SANITIZER_PDF_PAGES_H

#include "pixels.h"
#include "sanitizer.h"

/*
 * CONVERT_PDF_PIXELS: pages as pixels (pixels.h) to a PDF of pictures, each
 * stored in what suits its colours, with their words invisibly behind. For
 * documents whose pixels do not fit in one stream it goes in two steps:
 * CONVERT_PDF_PAGES makes encoded pages of a stream,
 *
 *	pages = "SEKISHO-PAGES 2\n" *page
 *	page  = u8 form (pixels.h), u32 width, height, u16 dpi across, down,
 *	        of PIXELS_PALETTE: its 768 bytes, u32 bytes, picture,
 *	        u32 bytes, text (operators, not packed)
 *
 * and such lists, one behind the other, are taken in the place of pixels.
 */
enum err pdf_pages(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;
enum err pdf_pages_encode(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

/*
 * For those who have pages of their own: encode each onto a list, and write
 * a document of it, which ends out. A list that begins with pdf_pages_add()
 * is one of the form above.
 */
struct pdf_page {
	enum pixels_form form;
	uint32_t	 width, height;
	uint16_t	 dpi_x, dpi_y;
	const uint8_t	*palette;	/* of PIXELS_PALETTE */
	const uint8_t	*pixels;	/* rows of pixels_row_bytes() */
};
enum err pdf_pages_add(const struct pdf_page *page, struct buf *list)
    MUST_CHECK;
/* *n: how many there are. */
enum err pdf_pages_write(struct span list, struct filter *out, uint32_t *n)
    MUST_CHECK;

/* pdf_picture.c: a page's pixels as data of a picture, appended. */
enum err pdf_picture(const uint8_t *pixels, enum pixels_form form,
    uint32_t width, uint32_t height, struct buf *out) MUST_CHECK;

#endif
