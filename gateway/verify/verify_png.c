/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PNG as our writer makes it, and no other. Chunks are walked with their
 * CRCs, the data are inflated and counted; only pictures with a palette are
 * unfiltered, because an index must have a colour.
 *
 *	SIGNATURE -> HEAD -> (COLLECT | DATA) -> CRC -> HEAD ... -> END
 */
#include <string.h>

#include "verify_crc.h"
#include "verify_png.h"

enum { SIGNATURE = 0, HEAD, COLLECT, DATA, CRC, END };

#define TYPE(a, b, c, d)	\
	((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define IHDR	TYPE('I', 'H', 'D', 'R')
#define PLTE	TYPE('P', 'L', 'T', 'E')
#define TRNS	TYPE('t', 'R', 'N', 'S')
#define IDAT	TYPE('I', 'D', 'A', 'T')
#define IEND	TYPE('I', 'E', 'N', 'D')

#define COLOUR_PALETTE	3

static const uint8_t signature[8] = {
	0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a
};

/* Samples of a pixel by colour type; 0: there is no such type. */
static const uint8_t samples_of[7] = { 1, 0, 3, 1, 2, 0, 4 };

static uint32_t
get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static unsigned
paeth(unsigned a, unsigned b, unsigned c)
{
	int p = (int)(a + b) - (int)c;
	int pa = p > (int)a ? p - (int)a : (int)a - p;
	int pb = p > (int)b ? p - (int)b : (int)b - p;
	int pc = p > (int)c ? p - (int)c : (int)c - p;

	return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/* One byte of a palette picture: undo the row's filter, look at the index. */
static enum err
palette_byte(struct png *png, uint8_t byte, struct diag *diag)
{
	uint32_t x = png->row_at - 1;
	uint8_t *row = png->row[png->rows & 1];
	const uint8_t *up_row = png->row[(png->rows & 1) ^ 1];
	unsigned left = x > 0 ? row[x - 1] : 0;
	unsigned up = png->rows > 0 ? up_row[x] : 0;
	unsigned corner = x > 0 && png->rows > 0 ? up_row[x - 1] : 0;
	unsigned add = 0;

	switch (png->filter) {
	case 1:
		add = left;
		break;
	case 2:
		add = up;
		break;
	case 3:
		add = (left + up) / 2;
		break;
	case 4:
		add = paeth(left, up, corner);
		break;
	}
	row[x] = (uint8_t)(byte + add);
	if (row[x] >= png->colours)
		return refuse(diag, "PNG: an index without a colour");
	return OK;
}

/* Inflated data: rows of a filter byte and width * samples bytes. */
static enum err
rows(void *arg, struct span s, struct diag *diag)
{
	struct png *png = arg;
	uint32_t stride = png->width * png->samples;

	while (s.len > 0) {
		size_t n = 1;
		enum err err;

		if (png->rows == png->height)
			return refuse(diag, "PNG: more rows than promised");
		if (png->row_at == 0) {
			png->filter = s.ptr[0];
			if (png->filter > 4)
				return refuse(diag, "PNG: unknown filter");
			png->row_at = 1;
		} else if (png->colour == COLOUR_PALETTE) {
			if ((err = palette_byte(png, s.ptr[0], diag)) != OK)
				return err;
			png->row_at++;
		} else {
			n = stride + 1 - png->row_at;
			if (n > s.len)
				n = s.len;
			png->row_at += (uint32_t)n;
		}
		s = span_sub(s, n, s.len);
		if (png->row_at == stride + 1) {
			png->row_at = 0;
			png->rows++;
		}
	}
	return OK;
}

void
png_init(struct png *png)
{
	crc_prepare();
	memset(png, 0, offsetof(struct png, chunk));
	png->rows = png->row_at = 0;
	png->width = png->height = 0;
	inflate_init(&png->inflate, rows, png);
}

static enum err
header_chunk(struct png *png, struct diag *diag)
{
	const uint8_t *c = png->chunk;

	png->width = get_u32(c);
	png->height = get_u32(c + 4);
	png->colour = c[9];
	if (png->width == 0 || png->width > VERIFY_SIDE_MAX ||
	    png->height == 0 || png->height > VERIFY_SIDE_MAX ||
	    (uint64_t)png->width * png->height > VERIFY_PIXELS_MAX)
		return refuse(diag, "PNG: too large, or empty");
	if (c[8] != 8 || png->colour > 6 || samples_of[png->colour] == 0 ||
	    c[10] != 0 || c[11] != 0 || c[12] != 0)
		return refuse(diag, "PNG: kind of picture not allowed");
	png->samples = samples_of[png->colour];
	return OK;
}

/* May this chunk stand here, and how long may it be? */
static enum err
chunk_begins(struct png *png, struct diag *diag)
{
	png->left = get_u32(png->head);
	png->type = get_u32(png->head + 4);
	png->crc = crc_add(0xffffffffu, png->head + 4, 4);
	png->chunk_len = 0;
	png->state = COLLECT;
	if (png->type == IHDR) {
		if (png->width == 0 && png->left == 13)
			return OK;
	} else if (png->width == 0)
		return refuse(diag, "PNG: does not begin with IHDR");
	else if (png->type == PLTE) {
		if (png->colour == COLOUR_PALETTE && !png->palette &&
		    png->left > 0 && png->left % 3 == 0 &&
		    png->left <= sizeof(png->chunk))
			return OK;
	} else if (png->type == TRNS) {
		if (png->palette && !png->transparent && !png->data &&
		    png->left > 0 && png->left <= png->colours)
			return OK;
	} else if (png->type == IDAT) {
		png->state = DATA;
		if ((png->colour != COLOUR_PALETTE || png->palette) &&
		    !inflate_is_done(&png->inflate) &&
		    png->left > 0 && png->left <= INT32_MAX)
			return OK;
	} else if (png->type == IEND) {
		if (png->left == 0 && inflate_is_done(&png->inflate))
			return OK;
	}
	return refuse(diag, "PNG: a chunk that must not stand here");
}

/* The CRC was right: what the chunk says now counts. */
static enum err
chunk_ends(struct png *png, struct diag *diag)
{
	png->state = HEAD;
	switch (png->type) {
	case IHDR:
		return header_chunk(png, diag);
	case PLTE:
		png->palette = true;
		png->colours = png->chunk_len / 3;
		return OK;
	case TRNS:
		png->transparent = true;
		return OK;
	case IDAT:
		png->data = true;
		return OK;
	default:
		png->state = END;
		return OK;
	}
}

/* Collect up to `want` bytes of head; true when they are there. */
static bool
collect(struct png *png, struct span *s, unsigned want)
{
	while (png->have < want && s->len > 0) {
		png->head[png->have++] = *s->ptr++;
		s->len--;
	}
	if (png->have < want)
		return false;
	png->have = 0;
	return true;
}

static enum err
chunk_data(struct png *png, struct span *s, struct diag *diag)
{
	struct span now = span_sub(*s, 0, png->left);
	enum err err = OK;

	png->crc = crc_add(png->crc, now.ptr, now.len);
	if (png->state == DATA)
		err = inflate_write(&png->inflate, now, diag);
	else {
		memcpy(png->chunk + png->chunk_len, now.ptr, now.len);
		png->chunk_len += (unsigned)now.len;
	}
	png->left -= (uint32_t)now.len;
	*s = span_sub(*s, now.len, s->len);
	return err;
}

static enum err
step(struct png *png, struct span *s, struct diag *diag)
{
	switch (png->state) {
	case SIGNATURE:
		if (!collect(png, s, 8))
			return OK;
		png->state = HEAD;
		if (memcmp(png->head, signature, 8) != 0)
			return refuse(diag, "PNG: wrong signature");
		return OK;
	case HEAD:
		return collect(png, s, 8) ? chunk_begins(png, diag) : OK;
	case CRC:
		if (!collect(png, s, 4))
			return OK;
		if (get_u32(png->head) != (png->crc ^ 0xffffffffu))
			return refuse(diag, "PNG: wrong CRC");
		return chunk_ends(png, diag);
	case END:
		return refuse(diag, "PNG: bytes behind IEND");
	default:
		return chunk_data(png, s, diag);
	}
}

enum err
png_write(struct png *png, struct span s, struct diag *diag)
{
	enum err err = OK;

	while (s.len > 0 && err == OK) {
		err = step(png, &s, diag);
		if (err == OK && png->left == 0 &&
		    (png->state == COLLECT || png->state == DATA))
			png->state = CRC;
	}
	return err;
}

enum err
png_end(const struct png *png, struct diag *diag)
{
	if (png->state != END)
		return refuse(diag, "PNG: ends before IEND");
	if (png->rows != png->height || png->row_at != 0)
		return refuse(diag, "PNG: fewer rows than promised");
	return OK;
}
