/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From pixels to the better of the two forms: what colours there are decides.
 */
#include <string.h>

#include "picture.h"

#define COLORS_MAX	65536		/* more is a photograph */
#define SLOTS		(4 * COLORS_MAX)
#define SMALL_PIXELS	4096		/* an icon is no photograph */
#define PALETTE_MAX	256

enum err
picture_init(struct picture *p, uint64_t width, uint64_t height,
    unsigned samples, unsigned bits, uint64_t file_bytes,
    struct convert_result *result)
{
	uint64_t bytes = width * height * samples;
	uint8_t *room;
	enum err err;

	memset(p, 0, sizeof(*p));
	err = image_check_size(width, height, width * height * bits / 8,
	    file_bytes, result);
	if (err != OK)
		return err;
	p->width = (uint32_t)width;
	p->height = (uint32_t)height;
	p->samples = samples;
	p->orientation = 1;
	buf_init(&p->pixels, IMAGE_WORK_BYTES_MAX);
	if (bytes > IMAGE_WORK_BYTES_MAX ||
	    buf_reserve(&p->pixels, (size_t)bytes, &room) != OK)
		return image_error(result, ERR_LIMIT, "too large to hold");
	memset(room, 0, (size_t)bytes);
	p->pixels.len = (size_t)bytes;
	return OK;
}

void
picture_fini(struct picture *p)
{
	buf_fini(&p->pixels);
}

uint8_t *
picture_at(struct picture *p, uint32_t x, uint32_t y)
{
	return p->pixels.ptr + ((size_t)y * p->width + x) * p->samples;
}

/* ---- colours ---- */

struct colors {
	struct buf	room;
	uint64_t	*slots;		/* 0: free; else USED, index, RGBA */
	uint32_t	palette[PALETTE_MAX];
	uint32_t	n;
	bool		opaque, grey;
};

static uint32_t
color_at(const struct picture *p, size_t i)
{
	const uint8_t *s = p->pixels.ptr + i * p->samples;

	if (p->samples == 1)
		return (uint32_t)s[0] * 0x01010100u | 0xff;
	return (uint32_t)s[0] << 24 | (uint32_t)s[1] << 16 |
	    (uint32_t)s[2] << 8 | (p->samples == 4 ? s[3] : 0xff);
}

#define USED	(UINT64_C(1) << 63)

/* The slot of a colour: its own, or a free one. */
static uint64_t *
slot_of(const struct colors *c, uint32_t color)
{
	uint32_t at = (uint32_t)(((uint64_t)color * 0x9e3779b1u >> 14) &
	    (SLOTS - 1));

	while (c->slots[at] != 0 && (uint32_t)c->slots[at] != color)
		at = (at + 1) & (SLOTS - 1);
	return &c->slots[at];
}

/* Colours up to COLORS_MAX + 1; an invisible pixel has none. */
static enum err
count_colors(const struct picture *p, struct colors *c)
{
	size_t pixels = (size_t)p->width * p->height;
	uint32_t last = 0;
	uint8_t *room;

	memset(c, 0, sizeof(*c));
	c->opaque = c->grey = true;
	buf_init(&c->room, SLOTS * sizeof(uint64_t));
	if (buf_reserve(&c->room, SLOTS * sizeof(uint64_t), &room) != OK)
		return ERR_LIMIT;
	memset(room, 0, SLOTS * sizeof(uint64_t));
	c->slots = (uint64_t *)(void *)room;
	for (size_t i = 0; i < pixels; i++) {
		uint32_t color = color_at(p, i);
		uint64_t *slot;

		if (i > 0 && color == last)
			continue;
		last = color;
		c->opaque &= (color & 0xff) == 0xff;
		c->grey &= (color >> 24) == (color >> 16 & 0xff) &&
		    (color >> 24) == (color >> 8 & 0xff);
		if (c->n > COLORS_MAX)
			continue;
		slot = slot_of(c, color);
		if (*slot != 0)
			continue;
		if (c->n < PALETTE_MAX)
			c->palette[c->n] = color;
		*slot = USED | (uint64_t)(c->n < PALETTE_MAX ? c->n : 0) <<
		    32 | color;
		c->n++;
	}
	return OK;
}

/* ---- rows, turned ---- */

struct turner {
	struct picture	*picture;
	struct colors	*colors;
	struct buf	 row;
	uint8_t		*room;
	struct picture_rows rows;
	ptrdiff_t	 first, right, down;	/* in pixels */
};

/* Exif 2.3 section 4.6.4, Orientation; as in format_jpeg.c. */
static void
turn_init(struct turner *t)
{
	ptrdiff_t w = (ptrdiff_t)t->picture->width;
	ptrdiff_t h = (ptrdiff_t)t->picture->height;
	unsigned o = t->picture->orientation;
	bool from_right = o == 2 || o == 3 || o == 7 || o == 8;
	bool from_bottom = o == 3 || o == 4 || o == 6 || o == 7;
	ptrdiff_t across = from_right ? -1 : 1, along = from_bottom ? -w : w;

	t->first = (from_right ? w - 1 : 0) + (from_bottom ? (h - 1) * w : 0);
	t->right = o >= 5 ? along : across;
	t->down = o >= 5 ? across : along;
	t->rows.width = (uint32_t)(o >= 5 ? h : w);
	t->rows.height = (uint32_t)(o >= 5 ? w : h);
}

static const uint8_t *
next_row(void *arg, uint32_t y)
{
	struct turner *t = arg;
	ptrdiff_t at = t->first + (ptrdiff_t)y * t->down;
	uint8_t *out = t->room;

	for (uint32_t x = 0; x < t->rows.width; x++, at += t->right) {
		uint32_t color = color_at(t->picture, (size_t)at);

		if (t->rows.indexed) {
			*out++ = (uint8_t)(*slot_of(t->colors, color) >> 32);
			continue;
		}
		*out++ = (uint8_t)(color >> 24);
		if (t->rows.samples == 1)
			continue;
		*out++ = (uint8_t)(color >> 16);
		*out++ = (uint8_t)(color >> 8);
		if (t->rows.samples == 4)
			*out++ = (uint8_t)color;
	}
	return t->room;
}

static enum err
write_turned(struct turner *t, bool photo, struct filter *out,
    struct convert_result *result)
{
	struct colors *c = t->colors;

	turn_init(t);
	t->rows.row = next_row;
	t->rows.arg = t;
	t->rows.indexed = !photo && c->n <= PALETTE_MAX &&
	    !(c->grey && c->opaque);
	t->rows.samples = t->rows.indexed || (c->grey && c->opaque) ? 1 :
	    c->opaque ? 3 : 4;
	t->rows.colors = c->n;
	memcpy(t->rows.palette, c->palette, sizeof(c->palette));
	buf_init(&t->row, IMAGE_SIDE_MAX * 4);
	if (buf_reserve(&t->row, (size_t)t->rows.width * 4, &t->room) != OK)
		return image_error(result, ERR_LIMIT, "too large to hold");
	return photo ? picture_jpeg(&t->rows, out, result) :
	    picture_png(&t->rows, out, result);
}

enum err
picture_write(struct picture *p, struct filter *out,
    struct convert_result *result)
{
	size_t pixels = (size_t)p->width * p->height;
	struct turner t = { .picture = p };
	struct colors colors;
	enum err err;
	bool photo;

	err = count_colors(p, &colors);
	if (err == OK) {
		t.colors = &colors;
		photo = colors.opaque && colors.n > PALETTE_MAX &&
		    pixels > SMALL_PIXELS && (p->lossy ||
		    colors.n > COLORS_MAX || colors.n > pixels / 8);
		err = write_turned(&t, photo, out, result);
	}
	buf_fini(&t.row);
	buf_fini(&colors.room);
	return err;
}
