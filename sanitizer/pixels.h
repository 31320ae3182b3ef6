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

/*
 * Reading, in the order of the stream: pixels_open(); for each page
 * pixels_next(), then pixels_rows() until all rows are read, then
 * pixels_words() and that many pixels_word(). ERR_INPUT: not in this form.
 */
struct pixels_reader {
	const struct input *in;
	uint64_t	 at;
	uint32_t	 pages;
	uint32_t	 width, height;	/* of the page */
	uint16_t	 dpi;
	bool		 more;		/* at the end: in another stream */
	uint8_t		 text[PIXELS_WORD_BYTES_MAX];
};
enum err pixels_open(struct pixels_reader *r, const struct input *in)
    MUST_CHECK;
/* *page is false at the end of the stream. */
enum err pixels_next(struct pixels_reader *r, bool *page) MUST_CHECK;
enum err pixels_rows(struct pixels_reader *r, uint8_t *to, uint32_t rows)
    MUST_CHECK;
enum err pixels_words(struct pixels_reader *r, uint32_t *n) MUST_CHECK;
/* The text is valid until the next call; its UTF-8 was not looked at. */
enum err pixels_word(struct pixels_reader *r, struct pixels_word *word)
    MUST_CHECK;

/* The whole stream: how many pages (never 0), and are there more? */
enum err pixels_count(const struct input *in, uint32_t *pages, bool *more)
    MUST_CHECK;

#endif
