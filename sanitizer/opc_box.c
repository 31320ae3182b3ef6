/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The grey field instead of a picture that is not drawn, with the words of
 * why, in the shape of the picture so that they are not pulled out of it.
 */
#include "opc_internal.h"

#include <string.h>

#include "opc_box_words.h"
#include "picture_write.h"

#define SIDE	480		/* the longer one */
#define SIDE_MIN 24
#define MARGIN	6
#define GREY	0xd9
#define LINE	0x99
#define INK	0x40

struct words {
	const uint8_t	*bits;
	uint32_t	 width, height;
};
static const struct words of_metafile = { words_metafile, 176, 40 };
static const struct words of_picture = { words_picture, 192, 20 };

static int32_t
little(struct span s, size_t at, unsigned bytes)
{
	uint32_t v = 0;

	for (unsigned i = bytes; i-- > 0; )
		v = v << 8 | s.ptr[at + i];
	return bytes == 2 ? (int16_t)v : (int32_t)v;
}

bool
opc_is_metafile(struct span s)
{
	return (s.len > 44 && span_begins(s, SPAN("\x01\0\0\0")) &&
	    memcmp(s.ptr + 40, " EMF", 4) == 0) ||
	    span_begins(s, SPAN("\xd7\xcd\xc6\x9a")) ||
	    span_begins(s, SPAN("\x01\0\x09\0\0\x03")) ||
	    span_begins(s, SPAN("\x02\0\x09\0\0\x03"));
}

/* As wide to high as the drawing says; else 4 to 3. */
static void
shape_of(struct span s, uint32_t *width, uint32_t *height)
{
	int64_t w = 4, h = 3;

	if (s.len > 44 && opc_is_metafile(s) && s.ptr[0] == 1 &&
	    memcmp(s.ptr + 40, " EMF", 4) == 0) {
		w = (int64_t)little(s, 32, 4) - little(s, 24, 4);
		h = (int64_t)little(s, 36, 4) - little(s, 28, 4);
	} else if (s.len >= 14 && s.ptr[0] == 0xd7) {
		w = (int64_t)little(s, 10, 2) - little(s, 6, 2);
		h = (int64_t)little(s, 12, 2) - little(s, 8, 2);
	}
	w = w < 0 ? -w : w;
	h = h < 0 ? -h : h;
	if (w == 0 || h == 0) {
		w = 4;
		h = 3;
	}
	*width = w >= h ? SIDE : (uint32_t)(SIDE * w / h);
	*height = w >= h ? (uint32_t)(SIDE * h / w) : SIDE;
	*width = *width < SIDE_MIN ? SIDE_MIN : *width;
	*height = *height < SIDE_MIN ? SIDE_MIN : *height;
}

/* The row y of a box with words in its middle, if they fit. */
static void
draw_row(uint8_t *row, const struct picture_form *box, uint32_t y,
    const struct words *words)
{
	uint32_t left = (box->width - words->width) / 2;
	uint32_t top = (box->height - words->height) / 2;
	const uint8_t *bits;

	if (y == 0 || y == box->height - 1) {
		memset(row, LINE, box->width);
		return;
	}
	memset(row, GREY, box->width);
	row[0] = row[box->width - 1] = LINE;
	if (box->width < words->width + MARGIN ||
	    box->height < words->height + MARGIN || y < top ||
	    y >= top + words->height)
		return;
	bits = words->bits + (size_t)(y - top) * (words->width / 8);
	for (uint32_t x = 0; x < words->width; x++)
		if ((bits[x / 8] >> (7 - x % 8) & 1) != 0)
			row[left + x] = INK;
}

enum err
opc_box(struct opc *opc, struct span picture, struct filter *out)
{
	const struct words *words = opc_is_metafile(picture) ?
	    &of_metafile : &of_picture;
	struct picture_form form = { .colour = PICTURE_GREY };
	uint8_t row[SIDE], *rows = row;
	enum err err;

	if (opc->box_writer == NULL)
		opc->box_writer = arena_alloc(opc->arena,
		    sizeof(*opc->box_writer));
	if (opc->box_writer == NULL)
		return ERR_LIMIT;
	shape_of(picture, &form.width, &form.height);
	err = picture_writer_begin(opc->box_writer, SAFE_PNG, &form, out);
	for (uint32_t y = 0; err == OK && y < form.height; y++) {
		draw_row(row, &form, y, words);
		err = picture_writer_rows(opc->box_writer, &rows, 1);
	}
	if (err == OK)
		err = picture_writer_end(opc->box_writer);
	picture_writer_fini(opc->box_writer);
	return err;
}
