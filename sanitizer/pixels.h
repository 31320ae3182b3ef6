/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PIXELS_H
#define SEKISHO_SANITIZER_PIXELS_H

#include "sanitizer.h"

/*
 * Pages as pixels, on their way from the program that drew them to the one
 * that writes a picture or a PDF of them. The reader trusts nothing of it.
 *
 *	pixels = "SEKISHO-PIXELS 2\n" *page end
 *	end    = u8 0, or u8 2: the document has more pages, from another
 *	         order with a later first page; u32 pages of this stream
 *	page   = u8 1, u8 form, u32 width, u32 height (pixels), u16 dpi,
 *	         of PIXELS_PALETTE: 256 colours of 3 bytes,
 *	         rows from the top, each of pixels_row_bytes(),
 *	         u32 words, word * words
 *	word   = u32 left, top, right, bottom (pixels of the page), u16 bytes,
 *	         UTF-8
 *
 * Integers are little-endian. Words are those of the page's text, in reading
 * order: the invisible layer by which a page can be searched.
 */
#define PIXELS_PAGES_MAX	2000
#define PIXELS_SIDE_MAX		16384
#define PIXELS_PAGE_MAX		(40u * 1000 * 1000)
#define PIXELS_WORDS_MAX	50000
#define PIXELS_WORD_BYTES_MAX	1024

/* How pixels lie in a row: packed into bytes from the left. */
enum pixels_form {
	PIXELS_BILEVEL = 0,	/* a bit each, 1 is white */
	PIXELS_GREY,		/* 4 bits: 16 levels */
	PIXELS_INDEXED,		/* a byte: grey, with some colour */
	PIXELS_PALETTE,		/* a byte: of colours of its own */
	PIXELS_RGB		/* three bytes */
};
#define PIXELS_PALETTE_N	256

/*
 * The colours of PIXELS_INDEXED: 16 greys from black to white, then a cube of
 * 6 * 6 * 6 in steps of 51, red changing least often.
 */
#define PIXELS_GREYS_N		16
#define PIXELS_COLOURS_N	(PIXELS_GREYS_N + 216)

struct pixels_word {
	uint32_t	left, top, right, bottom;
	struct span	text;
};

/* ---- pixels_pack.c: from 0x..rrggbb, a word each ---- */

/*
 * How a page is put down. Where little of it is grey, greys are only those at
 * the edges of characters, and 8 of the 16 do: coarse.
 */
struct pixels_way {
	enum pixels_form form;
	bool		 coarse;
};
/* What suits a page; stride: words from one row to the next. */
struct pixels_way pixels_choose(const uint32_t *pixels, size_t stride,
    uint32_t width, uint32_t height);
void pixels_pack(const uint32_t *row, uint32_t width, struct pixels_way way,
    uint8_t *to);
size_t pixels_row_bytes(enum pixels_form form, uint32_t width);

/*
 * pixels_palette.c, of the page that pixels_choose() saw last: does it have
 * few colours; which, in the order of their frequency; pixels as indexes.
 */
bool pixels_palette(const uint32_t *pixels, size_t stride, uint32_t width,
    uint32_t height);
void pixels_palette_rgb(uint8_t rgb[3 * PIXELS_PALETTE_N]);
void pixels_palette_pack(const uint32_t *row, uint32_t width, uint8_t *to);

/* ---- pixels.c: reading a stream ---- */

/*
 * In the order of the stream: pixels_open(); for each page pixels_next(),
 * then pixels_rows() until all rows are read, then pixels_words() and that
 * many pixels_word(). ERR_INPUT: not in this form.
 */
#define PIXELS_AHEAD_BYTES	16384
struct pixels_reader {
	const struct input *in;
	uint64_t	 at;
	uint32_t	 pages;
	enum pixels_form form;		/* of the page */
	uint32_t	 width, height;
	uint16_t	 dpi;
	bool		 more;		/* at the end: in another stream */
	uint8_t		 palette[3 * PIXELS_PALETTE_N];
	/* read ahead, for what is small */
	uint64_t	 ahead_at;
	size_t		 ahead_len;
	uint8_t		 ahead[PIXELS_AHEAD_BYTES];
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

/*
 * Words behind a drawing (CONVERT_RENDER_DRAW), of a page each:
 *
 *	drawing = PDF *page u64 bytes of the PDF, "SEKISHO-WORDS 1\n"
 *	page    = u32 width, u32 height, u16 dpi, u32 words, word * words
 *
 * pixels_words_open() finds them: *pdf is the PDF then, or all of in where
 * there are none, and *there false. Then pixels_words_next() for each page,
 * which fills width, height and dpi, pixels_words(), and pixels_word().
 */
#define PIXELS_WORDS_MAGIC	"SEKISHO-WORDS 1\n"
enum err pixels_words_open(struct pixels_reader *r, const struct input *in,
    struct input *pdf, bool *there) MUST_CHECK;
enum err pixels_words_next(struct pixels_reader *r) MUST_CHECK;

/* What the end of a stream says, without reading the pages. */
enum err pixels_count(const struct input *in, uint32_t *pages, bool *more)
    MUST_CHECK;

#endif
