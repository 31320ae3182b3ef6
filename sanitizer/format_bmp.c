/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * BMP, own reader: the headers of OS/2 1.x and 2.x and of Windows (40 bytes
 * and more), uncompressed, RLE4, RLE8 and bit fields. Pixels that a run
 * leaves out have colour 0. Embedded JPEG and PNG are refused.
 */
#include <string.h>

#include "format_picture.h"
#include "picture.h"

#define FILE_HEADER	14
#define BI_RGB		0
#define BI_RLE8		1
#define BI_RLE4		2
#define BI_BITFIELDS	3
#define BI_ALPHAFIELDS	6
#define SHORT		"BMP: picture is cut off"

struct bmp {
	struct span	file;
	uint32_t	header, compression;
	uint64_t	width, height;
	bool		top_down;
	unsigned	bits;
	size_t		pixels;			/* offset */
	uint32_t	mask[4];		/* R G B A */
	unsigned	colours;
	uint8_t		palette[256][3];
	uint8_t		scale[4][256];		/* of fields up to 8 bits */
};

/* Little-endian, 0 behind the end. */
static uint32_t
get(struct span s, size_t at, unsigned n)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < n && at + i < s.len; i++)
		value |= (uint32_t)s.ptr[at + i] << (8 * i);
	return value;
}

static void
read_palette(struct bmp *b)
{
	size_t entry = b->header == 12 ? 3 : 4;
	size_t at = FILE_HEADER + b->header;
	uint32_t used = b->header >= 36 ? get(b->file, FILE_HEADER + 32, 4) :
	    0;

	if (b->header == 40 && (b->compression == BI_BITFIELDS ||
	    b->compression == BI_ALPHAFIELDS))
		at += 12;
	b->colours = 1u << b->bits;
	if (used > 0 && used < b->colours)
		b->colours = used;
	for (unsigned i = 0; i < b->colours; i++, at += entry)
		for (unsigned s = 0; s < 3 && at + entry <= b->file.len; s++)
			b->palette[i][s] = b->file.ptr[at + 2 - s];
}

static bool
read_masks(struct bmp *b)
{
	bool fields = b->compression != BI_RGB;
	unsigned shift, bits;

	if (fields)
		for (unsigned s = 0; s < 4; s++)
			b->mask[s] = s < 3 || b->header >= 56 ||
			    b->compression == BI_ALPHAFIELDS ?
			    get(b->file, FILE_HEADER + 40 + 4 * s, 4) : 0;
	else if (b->bits == 16)
		memcpy(b->mask, (uint32_t[4]){ 0x7c00, 0x3e0, 0x1f, 0 },
		    sizeof(b->mask));
	else
		memcpy(b->mask, (uint32_t[4]){ 0xff0000, 0xff00, 0xff, 0 },
		    sizeof(b->mask));
	for (unsigned s = 0; s < 4; s++) {
		if (b->mask[s] == 0)
			continue;
		shift = (unsigned)__builtin_ctz(b->mask[s]);
		bits = (unsigned)__builtin_popcount(b->mask[s]);
		if ((uint64_t)b->mask[s] >> shift != (1ull << bits) - 1)
			return false;	/* with holes */
		for (unsigned v = 0; v < 256 && bits <= 8; v++)
			b->scale[s][v] = (uint8_t)((v * 255u +
			    ((1u << bits) - 1) / 2) / ((1u << bits) - 1));
	}
	return true;
}

static uint8_t
field(const struct bmp *b, uint32_t pixel, unsigned s)
{
	unsigned bits = (unsigned)__builtin_popcount(b->mask[s]);

	if (bits == 0)
		return 0;
	pixel = (pixel & b->mask[s]) >> __builtin_ctz(b->mask[s]);
	if (bits > 8)
		return (uint8_t)(pixel >> (bits - 8));
	return b->scale[s][pixel];
}

static enum err
read_header(struct bmp *b, struct convert_result *result)
{
	const size_t at = FILE_HEADER;
	int32_t height;

	b->header = get(b->file, at, 4);
	if (b->header != 12 && (b->header < 16 || b->header > 1024))
		return image_error(result, ERR_INPUT, "BMP: unknown header");
	if (b->header == 12) {
		b->width = get(b->file, at + 4, 2);
		height = (int32_t)get(b->file, at + 6, 2);
		b->bits = get(b->file, at + 10, 2);
	} else {
		b->width = get(b->file, at + 4, 4);
		height = (int32_t)get(b->file, at + 8, 4);
		b->bits = get(b->file, at + 14, 2);
		b->compression = b->header >= 20 ?
		    get(b->file, at + 16, 4) : BI_RGB;
	}
	b->top_down = height < 0;
	b->height = height < 0 ? (uint64_t)-(int64_t)height :
	    (uint64_t)height;
	b->pixels = get(b->file, 10, 4);
	return OK;
}

static enum err
check_header(struct bmp *b, struct convert_result *result)
{
	unsigned bits = b->bits;
	bool known;

	switch (b->compression) {
	case BI_RGB:
		known = bits == 1 || bits == 2 || bits == 4 || bits == 8 ||
		    bits == 16 || bits == 24 || bits == 32;
		break;
	case BI_RLE8:
		known = bits == 8 && !b->top_down;
		break;
	case BI_RLE4:
		known = bits == 4 && !b->top_down;
		break;
	case BI_BITFIELDS:
	case BI_ALPHAFIELDS:
		/* OS/2 has Huffman under this number */
		known = (bits == 16 || bits == 32) && b->header >= 40 &&
		    b->header != 64;
		break;
	default:
		known = false;
	}
	if (!known || (bits > 8 && !read_masks(b)))
		return image_error(result, ERR_INPUT,
		    "BMP: kind not supported");
	if (bits <= 8)
		read_palette(b);
	return OK;
}

static uint8_t *
row_of(const struct bmp *b, struct picture *p, uint64_t y)
{
	return picture_row(p, (uint32_t)(b->top_down ? y :
	    b->height - 1 - y));
}

static void
put_index(const struct bmp *b, uint8_t *to, unsigned index)
{
	memcpy(to, b->palette[index], 3);
}

static void
plain_row(const struct bmp *b, const uint8_t *from, uint8_t *to,
    unsigned samples)
{
	unsigned bytes = b->bits / 8, per = bytes > 0 ? 1 : 8 / b->bits;

	for (uint32_t x = 0; x < b->width; x++, to += samples) {
		uint32_t pixel = 0;

		if (b->bits <= 8) {
			pixel = (uint32_t)from[x / per] >> (8 - b->bits -
			    x % per * b->bits);
			put_index(b, to, pixel & ((1u << b->bits) - 1));
			continue;
		}
		for (unsigned i = 0; i < bytes; i++)
			pixel |= (uint32_t)from[(size_t)x * bytes + i] <<
			    (8 * i);
		for (unsigned s = 0; s < samples; s++)
			to[s] = field(b, pixel, s);
	}
}

static enum err
plain(const struct bmp *b, struct picture *p, struct convert_result *result)
{
	size_t stride = (size_t)((b->width * b->bits + 31) / 32 * 4);
	size_t used = (size_t)((b->width * b->bits + 7) / 8);
	size_t at = b->pixels;

	for (uint64_t y = 0; y < b->height; y++, at += stride) {
		if (at > b->file.len || used > b->file.len - at)
			return image_error(result, ERR_INPUT, SHORT);
		plain_row(b, b->file.ptr + at, row_of(b, p, y), p->samples);
	}
	return OK;
}

/* Where a run stands. */
struct run {
	uint64_t	x, y;
};

static void
put_run(const struct bmp *b, struct picture *p, struct run *r, unsigned index)
{
	if (r->x < b->width && r->y < b->height)
		put_index(b, row_of(b, p, r->y) + r->x * 3, index);
	r->x++;
}

/* n pixels that stand as they are; returns their bytes, padded. */
static size_t
literal(const struct bmp *b, struct picture *p, struct run *r, size_t at,
    unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned v = get(b->file, at + (b->bits == 8 ? i : i / 2), 1);

		put_run(b, p, r, b->bits == 8 ? v : i % 2 ? v & 15 : v >> 4);
	}
	return (size_t)((b->bits == 8 ? n : (n + 1) / 2) + 1) & ~(size_t)1;
}

static enum err
runs(const struct bmp *b, struct picture *p, struct convert_result *result)
{
	struct run r = { 0, 0 };
	size_t at = b->pixels;

	for (uint64_t y = 0; y < b->height; y++)
		for (uint64_t x = 0; x < b->width; x++)
			put_index(b, row_of(b, p, y) + x * 3, 0);
	while (r.y < b->height) {
		unsigned n = get(b->file, at, 1), v = get(b->file, at + 1, 1);

		if (at + 2 > b->file.len)
			return image_error(result, ERR_INPUT, SHORT);
		at += 2;
		if (n > 0)
			for (unsigned i = 0; i < n; i++)
				put_run(b, p, &r, b->bits == 8 ? v :
				    i % 2 ? v & 15 : v >> 4);
		else if (v == 0)
			r = (struct run){ 0, r.y + 1 };
		else if (v == 1)
			break;
		else if (v == 2) {
			r.x += get(b->file, at, 1);
			r.y += get(b->file, at + 1, 1);
			at += 2;
		} else
			at += literal(b, p, &r, at, v);
	}
	return OK;
}

/* Alpha that is nowhere set is no alpha: many writers leave it zero. */
static void
mend_alpha(struct picture *p)
{
	size_t n = p->pixels.len;

	if (p->samples != 4)
		return;
	for (size_t i = 3; i < n; i += 4)
		if (p->pixels.ptr[i] != 0)
			return;
	for (size_t i = 3; i < n; i += 4)
		p->pixels.ptr[i] = 255;
}

static enum err
rebuild(struct bmp *b, struct picture *p, struct filter *out,
    struct convert_result *result)
{
	enum err err = read_header(b, result);

	if (err == OK)
		err = check_header(b, result);
	if (err == OK)
		err = picture_init(p, b->width, b->height, b->bits > 8 &&
		    b->mask[3] != 0 ? 4 : 3, b->file.len, result);
	if (err != OK)
		return err;
	p->lossless = true;
	if (b->compression == BI_RLE4 || b->compression == BI_RLE8)
		err = runs(b, p, result);
	else
		err = plain(b, p, result);
	/* of a profile in the header's own fields only this one is a blob */
	if (err == OK && b->header >= 124 &&
	    get(b->file, FILE_HEADER + 116, 4) > 0)
		err = removed_add(&result->removed, "icc", 1, SPAN("BMP"));
	if (err == OK)
		mend_alpha(p);
	return err == OK ? picture_write(p, out, result) : err;
}

enum err
format_bmp(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct picture picture = { 0 };
	struct bmp b = { 0 };
	struct buf file;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	err = image_read_all(in, &file, result);
	b.file = buf_span(&file);
	if (err == OK)
		err = rebuild(&b, &picture, out, result);
	picture_fini(&picture);
	buf_fini(&file);
	return err;
}
