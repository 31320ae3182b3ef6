/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The size of what is drawn, before it is drawn, and the stream of pixels.h.
 */
#include <math.h>

#include "../../gateway/base/wire.h"
#include "render.h"

#define ROWS_BYTES	(64 * 1024)

bool
render_size(double points_x, double points_y, struct render_size *size)
{
	double longest = fmax(points_x, points_y), dpi;

	if (!(points_x > 0) || !(points_y > 0) || !isfinite(longest))
		return false;
	size->shrink = longest > RENDER_SIDE_POINTS ?
	    RENDER_SIDE_POINTS / longest : 1;
	size->points_x = fmax(points_x * size->shrink, 1);
	size->points_y = fmax(points_y * size->shrink, 1);
	longest = fmax(size->points_x, size->points_y);
	dpi = fmin(RENDER_DPI, (PIXELS_SIDE_MAX - 1) * 72.0 / longest);
	dpi = fmin(dpi, 72 * sqrt(PIXELS_PAGE_MAX * 0.99 /
	    (size->points_x * size->points_y)));
	size->dpi = (unsigned)fmax(floor(dpi), 1);
	size->width = (int)ceil(size->points_x * size->dpi / 72);
	size->height = (int)ceil(size->points_y * size->dpi / 72);
	return size->width > 0 && size->height > 0 &&
	    size->width <= PIXELS_SIDE_MAX &&
	    size->height <= PIXELS_SIDE_MAX &&
	    (uint64_t)size->width * (uint64_t)size->height <=
	    PIXELS_PAGE_MAX;
}

static enum err
put(struct filter *out, struct buf *buf)
{
	enum err err = filter_write(out, buf_span(buf));

	buf_clear(buf);
	return err;
}

enum err
render_put_begin(struct filter *out)
{
	return filter_write(out, SPAN("SEKISHO-PIXELS 2\n"));
}

enum err
render_put_end(struct filter *out, bool more, uint32_t pages)
{
	struct buf buf;
	enum err err;

	buf_init(&buf, 16);
	if ((err = wire_put_u8(&buf, more ? 2 : 0)) == OK &&
	    (err = wire_put_u32(&buf, pages)) == OK)
		err = put(out, &buf);
	buf_fini(&buf);
	return err;
}

static enum err
put_rows(struct filter *out, struct buf *buf, const struct render_page *page)
{
	size_t len = pixels_row_bytes(page->way.form, page->width);
	enum err err = OK;
	uint8_t *room;

	for (uint32_t y = 0; y < page->height && err == OK; y++) {
		if ((err = buf_reserve(buf, len, &room)) != OK)
			break;
		pixels_pack(page->pixels + y * page->stride, page->width,
		    page->way, room);
		buf->len += len;
		if (buf->len >= ROWS_BYTES)
			err = put(out, buf);
	}
	return err;
}

static enum err
put_palette(struct buf *buf, enum pixels_form form)
{
	uint8_t rgb[3 * PIXELS_PALETTE_N];

	if (form != PIXELS_PALETTE)
		return OK;
	pixels_palette_rgb(rgb);
	return buf_add(buf, (struct span){ rgb, sizeof(rgb) });
}

void
render_page_init(struct render_page *page, cairo_surface_t *surface,
    unsigned dpi)
{
	cairo_surface_flush(surface);
	*page = (struct render_page){
	    .pixels = (const uint32_t *)(const void *)
		cairo_image_surface_get_data(surface),
	    .stride = (size_t)cairo_image_surface_get_stride(surface) / 4,
	    .width = (uint32_t)cairo_image_surface_get_width(surface),
	    .height = (uint32_t)cairo_image_surface_get_height(surface),
	    .way = { PIXELS_RGB, false }, .dpi = (uint16_t)dpi };
}

enum err
render_put_page(struct filter *out, const struct render_page *page)
{
	struct buf buf;
	enum err err;

	buf_init(&buf, ROWS_BYTES + 3 * (PIXELS_SIDE_MAX +
	    PIXELS_PALETTE_N) + 16);
	if ((err = wire_put_u8(&buf, 1)) == OK &&
	    (err = wire_put_u8(&buf, (uint8_t)page->way.form)) == OK &&
	    (err = wire_put_u32(&buf, page->width)) == OK &&
	    (err = wire_put_u32(&buf, page->height)) == OK &&
	    (err = wire_put_u16(&buf, page->dpi)) == OK &&
	    (err = put_palette(&buf, page->way.form)) == OK)
		err = put_rows(out, &buf, page);
	if (err == OK)
		err = put(out, &buf);
	buf_fini(&buf);
	return err;
}

static enum err
put_word(struct buf *buf, const struct pixels_word *word)
{
	enum err err;

	if ((err = wire_put_u32(buf, word->left)) == OK &&
	    (err = wire_put_u32(buf, word->top)) == OK &&
	    (err = wire_put_u32(buf, word->right)) == OK &&
	    (err = wire_put_u32(buf, word->bottom)) == OK &&
	    (err = wire_put_u16(buf, (uint16_t)word->text.len)) == OK)
		err = buf_add(buf, word->text);
	return err;
}

enum err
render_put_words(struct filter *out, const struct pixels_word *words,
    uint32_t n)
{
	struct buf buf;
	enum err err;

	buf_init(&buf, ROWS_BYTES + PIXELS_WORD_BYTES_MAX + 32);
	err = wire_put_u32(&buf, n);
	for (uint32_t i = 0; i < n && err == OK; i++) {
		err = put_word(&buf, &words[i]);
		if (err == OK && buf.len >= ROWS_BYTES)
			err = put(out, &buf);
	}
	if (err == OK)
		err = put(out, &buf);
	buf_fini(&buf);
	return err;
}

enum err
render_put_words_page(struct filter *out, const struct render_size *size,
    const struct pixels_word *words, uint32_t n)
{
	struct buf buf;
	enum err err;

	buf_init(&buf, 16);
	if ((err = wire_put_u32(&buf, (uint32_t)size->width)) == OK &&
	    (err = wire_put_u32(&buf, (uint32_t)size->height)) == OK &&
	    (err = wire_put_u16(&buf, (uint16_t)size->dpi)) == OK)
		err = put(out, &buf);
	buf_fini(&buf);
	return err == OK ? render_put_words(out, words, n) : err;
}

enum err
render_put_words_end(struct filter *out, uint64_t drawn_bytes)
{
	struct buf buf;
	enum err err;

	buf_init(&buf, 32);
	if ((err = wire_put_u64(&buf, drawn_bytes)) == OK &&
	    (err = buf_add_str(&buf, PIXELS_WORDS_MAGIC)) == OK)
		err = put(out, &buf);
	buf_fini(&buf);
	return err;
}

bool
render_box_drawn(const struct render_page *page,
    const struct pixels_word *word)
{
	const uint32_t *row = page->pixels + word->top * page->stride;
	uint32_t first = row[word->left];

	for (uint32_t y = word->top; y < word->bottom;
	    y++, row += page->stride)
		for (uint32_t x = word->left; x < word->right; x++)
			if (((row[x] ^ first) & 0xffffff) != 0)
				return true;
	return false;
}
