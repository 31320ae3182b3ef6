/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From decoded pixels to the form they are written in: looks once at all of
 * them, chooses, and hands rows to picture_write.c.
 */
#include <string.h>

#include "picture.h"
#include "picture_write.h"

#define ICON_PIXELS	(128 * 128)
#define GREYS_FEW	32
#define COLOURS_MAX	256
#define SLOTS		1024		/* of the table of colours */
#define STRIP_ROWS	8

/* What was found in the pixels. */
struct census {
	bool		seen_through, coloured;
	uint64_t	same;		/* as their left neighbour */
	unsigned	colours;	/* COLOURS_MAX + 1: more */
	uint32_t	colour[SLOTS];	/* R G B A */
	uint16_t	index[SLOTS];	/* + 1; 0: slot is free */
	uint8_t		palette[COLOURS_MAX * 3];
	uint8_t		alpha[COLOURS_MAX];
};

enum err
picture_init(struct picture *p, uint64_t width, uint64_t height,
    unsigned samples, uint64_t file_bytes, struct convert_result *result)
{
	uint8_t *room;
	size_t bytes;
	enum err err;

	*p = (struct picture){ .samples = samples, .orientation = 1 };
	buf_init(&p->pixels, IMAGE_WORK_BYTES_MAX);
	err = image_check_size(width, height, width * height * samples,
	    file_bytes, result);
	if (err != OK)
		return err;
	p->width = (uint32_t)width;
	p->height = (uint32_t)height;
	bytes = (size_t)width * height * samples;
	if (buf_reserve(&p->pixels, bytes, &room) != OK)
		return image_error(result, ERR_LIMIT, "too large to hold");
	memset(room, 0, bytes);
	p->pixels.len = bytes;
	return OK;
}

void
picture_fini(struct picture *p)
{
	buf_fini(&p->pixels);
}

uint8_t *
picture_row(struct picture *p, uint32_t y)
{
	return p->pixels.ptr + (size_t)y * p->width * p->samples;
}

uint8_t
picture_straight(uint32_t sample, uint32_t alpha)
{
	if (alpha == 0 || alpha == 255)
		return (uint8_t)sample;
	if (sample >= alpha)
		return 255;
	return (uint8_t)((sample * 255 + alpha / 2) / alpha);
}

/*
 * Where output pixel (x, y) comes from: first + x * right + y * down, in
 * pixels; Exif 2.3 section 4.6.4, Orientation.
 */
static void
turn_steps(const struct picture *p, ptrdiff_t *first, ptrdiff_t *right,
    ptrdiff_t *down)
{
	ptrdiff_t w = (ptrdiff_t)p->width, h = (ptrdiff_t)p->height;
	unsigned o = p->orientation;
	bool from_right = o == 2 || o == 3 || o == 7 || o == 8;
	bool from_bottom = o == 3 || o == 4 || o == 6 || o == 7;
	ptrdiff_t across = from_right ? -1 : 1, along = from_bottom ? -w : w;

	*first = (from_right ? w - 1 : 0) + (from_bottom ? (h - 1) * w : 0);
	*right = o >= 5 ? along : across;
	*down = o >= 5 ? across : along;
}

void
picture_turned_rows(const struct picture *p, uint8_t *const *rows,
    unsigned n, uint32_t y)
{
	ptrdiff_t first, right, down, samples = (ptrdiff_t)p->samples;
	uint32_t width = p->orientation >= 5 ? p->height : p->width;
	const uint8_t *from;

	turn_steps(p, &first, &right, &down);
	first += (ptrdiff_t)y * down;
	for (uint32_t x = 0; x < width; x++, first += right) {
		from = p->pixels.ptr + first * samples;
		for (unsigned r = 0; r < n; r++, from += down * samples)
			for (ptrdiff_t s = 0; s < samples; s++)
				rows[r][(ptrdiff_t)x * samples + s] = from[s];
	}
}

/* What is not seen at all goes: nobody would find what is hidden there. */
static void
clear_invisible(struct picture *p)
{
	for (size_t i = 0; p->samples == 4 && i < p->pixels.len; i += 4)
		if (p->pixels.ptr[i + 3] == 0)
			memset(p->pixels.ptr + i, 0, 3);
}

static uint32_t
colour_of(const uint8_t *pixel, unsigned samples)
{
	if (samples == 1)
		return pixel[0] * 0x1010100u | 0xff;
	return (uint32_t)pixel[0] << 24 | (uint32_t)pixel[1] << 16 |
	    (uint32_t)pixel[2] << 8 | (samples == 4 ? pixel[3] : 0xff);
}

/* The slot of a colour: its own, or a free one. */
static unsigned
slot_of(const struct census *c, uint32_t colour)
{
	unsigned slot = colour * 0x9e3779b1u >> 22;

	while (c->index[slot] != 0 && c->colour[slot] != colour)
		slot = (slot + 1) % SLOTS;
	return slot;
}

static void
count_colour(struct census *c, uint32_t colour)
{
	unsigned slot = slot_of(c, colour), n = c->colours;

	if (c->index[slot] != 0)
		return;
	if (n < COLOURS_MAX) {
		c->colour[slot] = colour;
		c->index[slot] = (uint16_t)(n + 1);
		c->palette[3 * n] = (uint8_t)(colour >> 24);
		c->palette[3 * n + 1] = (uint8_t)(colour >> 16);
		c->palette[3 * n + 2] = (uint8_t)(colour >> 8);
		c->alpha[n] = (uint8_t)colour;
	}
	c->colours++;
}

static void
take_census(const struct picture *p, struct census *c)
{
	const uint8_t *pixel = p->pixels.ptr;
	uint32_t colour, last = 0;

	memset(c, 0, sizeof(*c));
	for (uint32_t y = 0; y < p->height; y++)
		for (uint32_t x = 0; x < p->width; x++, pixel += p->samples) {
			colour = colour_of(pixel, p->samples);
			if (x > 0 && colour == last) {
				c->same++;
				continue;
			}
			last = colour;
			if ((colour & 0xff) != 0xff)
				c->seen_through = true;
			if (pixel[0] != (uint8_t)(colour >> 16) ||
			    pixel[0] != (uint8_t)(colour >> 8))
				c->coloured = true;
			if (c->colours <= COLOURS_MAX)
				count_colour(c, colour);
		}
}

static bool
is_png(const struct picture *p, const struct census *c)
{
	uint64_t pixels = (uint64_t)p->width * p->height;

	if (c->seen_through)
		return true;
	return p->lossless && (pixels <= ICON_PIXELS ||
	    c->same >= pixels / 2 ||
	    c->colours <= (c->coloured ? COLOURS_MAX : GREYS_FEW));
}

/* Pixels to those with fewer samples, or to indexes, in place. */
static void
narrow(struct picture *p, const struct census *c, bool indexes,
    unsigned samples)
{
	const uint8_t *from = p->pixels.ptr;
	uint8_t *to = p->pixels.ptr;
	size_t n = (size_t)p->width * p->height;

	for (size_t i = 0; i < n; i++, from += p->samples) {
		if (indexes) {
			uint32_t colour = colour_of(from, p->samples);

			*to++ = (uint8_t)(c->index[slot_of(c, colour)] - 1);
		} else
			for (unsigned s = 0; s < samples; s++)
				*to++ = from[s];
	}
	p->samples = samples;
}

/* What is written: type and colours; the pixels are made to fit. */
static enum safe_type
choose(struct picture *p, const struct census *c, struct picture_form *form)
{
	bool png = is_png(p, c);

	*form = (struct picture_form){ .width = p->width,
	    .height = p->height, .quality = PICTURE_QUALITY };
	if (p->orientation >= 5) {
		form->width = p->height;
		form->height = p->width;
	}
	if (!c->coloured && !c->seen_through) {
		form->colour = PICTURE_GREY;
		if (p->samples > 1)
			narrow(p, c, false, 1);
	} else if (png && c->colours <= COLOURS_MAX) {
		form->colour = PICTURE_PALETTE;
		form->palette = c->palette;
		form->colours = c->colours;
		form->alpha = c->alpha;
		form->alphas = c->seen_through ? c->colours : 0;
		narrow(p, c, true, 1);
	} else if (c->seen_through)
		form->colour = PICTURE_RGBA;
	else {
		form->colour = PICTURE_RGB;
		if (p->samples > 3)
			narrow(p, c, false, 3);
	}
	return png ? SAFE_PNG : SAFE_JPEG;
}

/* Rows as they are, or turned through a strip. */
static enum err
write_rows(struct picture *p, const struct picture_form *form,
    struct picture_writer *writer)
{
	size_t row_bytes = (size_t)form->width * p->samples;
	uint8_t *rows[STRIP_ROWS], *room;
	struct buf strip;
	unsigned n;
	enum err err = OK;

	buf_init(&strip, STRIP_ROWS * row_bytes);
	if (p->orientation > 1 &&
	    buf_reserve(&strip, STRIP_ROWS * row_bytes, &room) != OK)
		err = ERR_LIMIT;
	for (uint32_t y = 0; y < form->height && err == OK; y += n) {
		n = form->height - y < STRIP_ROWS ? form->height - y :
		    STRIP_ROWS;
		for (unsigned i = 0; i < n; i++)
			rows[i] = p->orientation > 1 ? room + i * row_bytes :
			    picture_row(p, y + i);
		if (p->orientation > 1)
			picture_turned_rows(p, rows, n, y);
		err = picture_writer_rows(writer, rows, n);
	}
	buf_fini(&strip);
	return err;
}

enum err
picture_write(struct picture *p, struct filter *out,
    struct convert_result *result)
{
	struct picture_writer writer;
	struct picture_form form;
	struct census census;
	enum err err;

	clear_invisible(p);
	take_census(p, &census);
	result->outcome = OUTCOME_REBUILT;
	result->type = choose(p, &census, &form);
	err = picture_writer_begin(&writer, result->type, &form, out);
	if (err == OK)
		err = write_rows(p, &form, &writer);
	if (err == OK)
		err = picture_writer_end(&writer);
	if (err != OK && writer.message[0] != '\0')
		err = image_error(result, err, writer.message);
	picture_writer_fini(&writer);
	return err;
}
