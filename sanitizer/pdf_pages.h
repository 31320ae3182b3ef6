/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_PAGES_H
#define SEKISHO_SANITIZER_PDF_PAGES_H

#include "sanitizer.h"

/*
 * CONVERT_PDF_PIXELS: pages as pixels (pixels.h) to a PDF of pictures, each
 * stored in what suits its colours, with their words invisibly behind. For
 * documents whose pixels do not fit in one stream it goes in two steps:
 * CONVERT_PDF_PAGES makes encoded pages of a stream,
 *
 *	pages = "SEKISHO-PAGES 1\n" *page
 *	page  = u8 kind (enum below), u32 width, height, u16 dpi,
 *	        u32 bytes, picture, u32 bytes, text (operators, not packed)
 *
 * and such lists, one behind the other, are taken in the place of pixels.
 */
enum pdf_page_kind {
	PDF_PAGE_BILEVEL = 0,
	PDF_PAGE_GREY,		/* 16 levels */
	PDF_PAGE_INDEXED,	/* grey, with some colour */
	PDF_PAGE_COLOUR		/* JPEG */
};

/*
 * The colours of PDF_PAGE_INDEXED: 16 greys from black to white, then a cube
 * of 6 * 6 * 6 in steps of 51, red changing least often.
 */
#define PDF_GREYS_N	16
#define PDF_COLOURS_N	(PDF_GREYS_N + 216)

enum err pdf_pages(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;
enum err pdf_pages_encode(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

/* pdf_picture.c: a page's RGB in the form that suits it, appended. */
enum err pdf_picture(const uint8_t *rgb, uint32_t width, uint32_t height,
    struct buf *out, enum pdf_page_kind *kind) MUST_CHECK;

#endif
