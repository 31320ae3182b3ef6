/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PIXELS_H
#define SEKISHO_SANITIZER_PIXELS_H

#include "sanitizer.h"

/*
 * Pages as pixels, on their way from the program that drew them to the one
 * that writes a picture or a PDF of them. The reader trusts nothing of it.
 *
 *	pixels = "SEKISHO-PIXELS 1\n" *page end
 *	end    = u8 0, or u8 2: the document has more pages, from another
 *	         order with a later first page
 *	page   = u8 1, u32 width, u32 height (pixels), u16 dpi,
 *	         width * height * 3 bytes of RGB, rows from the top,
 *	         u32 words, word * words
 *	word   = u32 left, top, right, bottom (pixels of the page), u16 bytes,
 *	         UTF-8
 *
 * Integers are big-endian. Words are those of the page's text, in reading
 * order: the invisible layer by which a page can be searched.
 */
#define PIXELS_PAGES_MAX	2000
#define PIXELS_SIDE_MAX		16384
#define PIXELS_PAGE_MAX		(40u * 1000 * 1000)
#define PIXELS_WORDS_MAX	50000
#define PIXELS_WORD_BYTES_MAX	1024

struct pixels_word {
	uint32_t	left, top, right, bottom;
	struct span	text;
};

#endif
