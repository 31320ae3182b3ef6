/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words that are not to be seen, behind a page: operators, and the map of the
 * font that they name.
 */
#include <inttypes.h>

#include "pdf_words.h"

#define GETA	0x3013	/* printed where there is no type */

/* One character of UTF-8 off the front; 0: damaged, one byte was taken. */
static uint32_t
next_char(struct span *s)
{
	unsigned n = s->ptr[0] < 0x80 ? 0 : s->ptr[0] < 0xe0 ? 1 :
	    s->ptr[0] < 0xf0 ? 2 : 3;
	uint32_t c = n == 0 ? s->ptr[0] : s->ptr[0] & (0x3fu >> n);
	static const uint32_t least[4] = { 0x20, 0x80, 0x800, 0x10000 };
	bool good = s->len > n && (s->ptr[0] < 0x80 || s->ptr[0] >= 0xc2) &&
	    s->ptr[0] < 0xf5;

	for (unsigned i = 1; i <= n && good; i++) {
		good = (s->ptr[i] & 0xc0) == 0x80;
		c = c << 6 | (s->ptr[i] & 0x3f);
	}
	good = good && c >= least[n] && c <= 0x10ffff &&
	    (c < 0xd800 || c > 0xdfff);
	*s = span_sub(*s, good ? n + 1 : 1, s->len);
	return !good ? 0 : c > 0xffff ? GETA : c;
}

enum err
pdf_words_put(const struct pixels_word *word, uint32_t height,
    struct buf *out)
{
	uint32_t wide = word->right - word->left;
	uint32_t high = word->bottom - word->top;
	uint32_t chars = 0, size, length, scale, c;
	struct span s = word->text;
	bool upright;
	enum err err;

	while (s.len > 0)
		chars += next_char(&s) != 0;
	if (chars == 0)
		return OK;
	upright = chars > 1 && high > wide + wide / 2;
	size = upright ? wide : high;
	length = upright ? high : wide;
	/* each character is as wide as the font is high */
	scale = (uint32_t)((uint64_t)length * 100 / ((uint64_t)size * chars));
	if (scale == 0)
		scale = 1;
	err = buf_printf(out, "/F0 %" PRIu32 " Tf %" PRIu32 " Tz %s %" PRIu32
	    " %" PRIu32 " Tm <", size, scale, upright ? "0 -1 1 0" :
	    "1 0 0 1", word->left, upright ? height - word->top :
	    height - word->bottom);
	for (s = word->text; s.len > 0 && err == OK; )
		if ((c = next_char(&s)) != 0)
			err = buf_printf(out, "%04" PRIx32, c);
	return err == OK ? buf_add_str(out, "> Tj\n") : err;
}

/* Codes are UTF-16: each stands for itself. */
enum err
pdf_words_map(struct buf *out)
{
	enum err err;

	err = buf_add_str(out, "/CIDInit /ProcSet findresource begin\n"
	    "12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) "
	    "/Ordering (UCS) /Supplement 0 >> def\n/CMapName "
	    "/Adobe-Identity-UCS def\n/CMapType 2 def\n"
	    "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n");
	for (unsigned i = 0; i < 256 && err == OK; i++) {
		if (i % 64 == 0)
			err = buf_add_str(out, "64 beginbfrange\n");
		if (err == OK)
			err = buf_printf(out, "<%02x00> <%02xff> "
			    "<%02x00>\n", i, i, i);
		if (err == OK && i % 64 == 63)
			err = buf_add_str(out, "endbfrange\n");
	}
	return err == OK ? buf_add_str(out, "endcmap\nCMapName currentdict "
	    "/CMap defineresource pop\nend\nend\n") : err;
}
