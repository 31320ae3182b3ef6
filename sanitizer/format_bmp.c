/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bitmaps, after Microsoft's description of BITMAPFILEHEADER, BITMAPINFO and
 * BITMAPV4HEADER. A profile (V5) and what lies between the parts is not read.
 */
#include <string.h>

#include "format_bmp.h"
#include "picture.h"

#define FILE_BYTES	14
#define CORE_BYTES	12
#define INFO_BYTES	40
#define HEADER_BYTES_MAX 124
#define ROW_BYTES_MAX	((size_t)IMAGE_SIDE_MAX * 4 + 4)

enum compression { RGB = 0, RLE8 = 1, RLE4 = 2, BITFIELDS = 3,
	ALPHABITFIELDS = 6 };

struct bitmap {
	const struct input *in;
	struct convert_result *result;
	struct picture	 picture;
	uint32_t	 width, height, bits, compression;
	bool		 from_top;
	uint32_t	 mask[4];		/* red green blue alpha */
	unsigned	 colors;
	uint8_t		 palette[256][3];
	uint64_t	 at;			/* of the pixels */
	struct buf	 row;			/* of the file */
};

static uint32_t
get16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t
get32(const uint8_t *p)
{
	return get16(p) | get16(p + 2) << 16;
}

static enum err
read_at(struct bitmap *b, uint64_t offset, void *bytes, size_t len)
{
	size_t got;
	enum err err = input_read(b->in, offset, bytes, len, &got);

	if (err == OK && got != len)
		err = image_error(b->result, ERR_INPUT, "BMP: is cut off");
	return err;
}

static bool
has_depth(uint32_t bits, uint32_t compression)
{
	switch (compression) {
	case RGB:
		return bits == 1 || bits == 4 || bits == 8 || bits == 16 ||
		    bits == 24 || bits == 32;
	case RLE8:
		return bits == 8;
	case RLE4:
		return bits == 4;
	case BITFIELDS:
	case ALPHABITFIELDS:
		return bits == 16 || bits == 32;
	default:
		return false;
	}
}

static void
set_masks(struct bitmap *b, const uint8_t *masks, bool alpha)
{
	if (masks != NULL) {
		for (unsigned i = 0; i < 4; i++)
			b->mask[i] = i < 3 || alpha ?
			    get32(masks + (size_t)4 * i) : 0;
	} else if (b->bits == 16) {
		b->mask[0] = 0x7c00;
		b->mask[1] = 0x03e0;
		b->mask[2] = 0x001f;
	} else {
		b->mask[0] = 0xff0000;
		b->mask[1] = 0x00ff00;
		b->mask[2] = 0x0000ff;
	}
}

static enum err
read_palette(struct bitmap *b, uint64_t offset, uint32_t used, size_t entry)
{
	uint8_t bytes[256 * 4];
	enum err err;

	b->colors = 1u << b->bits;
	if (used > 0 && used < b->colors)
		b->colors = used;
	if ((err = read_at(b, offset, bytes, b->colors * entry)) != OK)
		return err;
	for (unsigned i = 0; i < b->colors; i++) {
		b->palette[i][0] = bytes[i * entry + 2];
		b->palette[i][1] = bytes[i * entry + 1];
		b->palette[i][2] = bytes[i * entry];
	}
	return OK;
}

static enum err
read_info(struct bitmap *b, const uint8_t *h, uint32_t len)
{
	int32_t height = (int32_t)get32(h + 8);
	uint64_t masks = FILE_BYTES + INFO_BYTES;
	uint8_t bytes[16];
	enum err err;

	b->width = get32(h + 4);
	b->from_top = height < 0;
	b->height = height < 0 ? 0u - (uint32_t)height : (uint32_t)height;
	b->bits = get16(h + 14);
	b->compression = get32(h + 16);
	if (!has_depth(b->bits, b->compression))
		return image_error(b->result, ERR_INPUT,
		    "BMP: depth or compression is none we know");
	if (b->compression == BITFIELDS || b->compression == ALPHABITFIELDS) {
		bool alpha = len >= 56 || b->compression == ALPHABITFIELDS;

		if ((err = read_at(b, masks, bytes, alpha ? 16 : 12)) != OK)
			return err;
		set_masks(b, bytes, alpha);
	} else {
		set_masks(b, NULL, false);
	}
	return b->bits > 8 ? OK : read_palette(b, FILE_BYTES + len,
	    get32(h + 32), 4);
}

static enum err
read_headers(struct bitmap *b)
{
	uint8_t file[FILE_BYTES + 4], h[HEADER_BYTES_MAX] = { 0 };
	uint32_t len;
	enum err err;

	if ((err = read_at(b, 0, file, sizeof(file))) != OK)
		return err;
	len = get32(file + FILE_BYTES);
	b->at = get32(file + 10);
	if (len == CORE_BYTES) {
		if ((err = read_at(b, FILE_BYTES, h, len)) != OK)
			return err;
		b->width = get16(h + 4);
		b->height = get16(h + 6);
		b->bits = get16(h + 10);
		if (!has_depth(b->bits, RGB))
			return image_error(b->result, ERR_INPUT,
			    "BMP: depth is none we know");
		set_masks(b, NULL, false);
		return b->bits > 8 ? OK : read_palette(b, FILE_BYTES + len, 0,
		    3);
	}
	if (len < INFO_BYTES || len > HEADER_BYTES_MAX)
		return image_error(b->result, ERR_INPUT,
		    "BMP: header is none we know");
	if ((err = read_at(b, FILE_BYTES, h, len)) != OK)
		return err;
	return read_info(b, h, len);
}

/* ---- pixels ---- */

static void
put(struct bitmap *b, uint32_t x, uint32_t y, const uint8_t *rgb)
{
	memcpy(picture_at(&b->picture, x, b->from_top ? y :
	    b->height - 1 - y), rgb, 3);
}

/* An index beyond the palette has no colour. */
static bool
put_index(struct bitmap *b, uint32_t x, uint32_t y, unsigned index)
{
	if (index >= b->colors)
		return false;
	put(b, x, y, b->palette[index]);
	return true;
}

/* A field of a pixel, scaled to 8 bits. */
static uint8_t
field(uint32_t pixel, uint32_t mask)
{
	uint32_t low, most;

	if (mask == 0)
		return 0;
	low = mask & (0u - mask);
	most = mask / low;
	return (uint8_t)((uint64_t)((pixel & mask) / low) * 255 / most);
}

static bool
put_row(struct bitmap *b, const uint8_t *row, uint32_t y)
{
	for (uint32_t x = 0; x < b->width; x++) {
		uint32_t pixel;
		uint8_t rgb[3];

		if (b->bits <= 8) {
			unsigned bit = x * b->bits;

			pixel = (uint32_t)row[bit / 8] >> (8 - b->bits -
			    bit % 8) & ((1u << b->bits) - 1);
			if (!put_index(b, x, y, pixel))
				return false;
			continue;
		}
		if (b->bits == 24) {
			const uint8_t *p = row + (size_t)x * 3;

			put(b, x, y, (const uint8_t[3]){ p[2], p[1], p[0] });
			continue;
		}
		pixel = b->bits == 16 ? get16(row + (size_t)x * 2) :
		    get32(row + (size_t)x * 4);
		for (unsigned i = 0; i < 3; i++)
			rgb[i] = field(pixel, b->mask[i]);
		put(b, x, y, rgb);
		if (b->picture.samples == 4)
			picture_at(&b->picture, x, b->from_top ? y :
			    b->height - 1 - y)[3] = field(pixel, b->mask[3]);
	}
	return true;
}

static enum err
read_plain(struct bitmap *b)
{
	size_t len = ((size_t)b->width * b->bits + 31) / 32 * 4;
	uint8_t *row;
	enum err err;

	buf_init(&b->row, ROW_BYTES_MAX);
	if (buf_reserve(&b->row, len, &row) != OK)
		return ERR_LIMIT;
	for (uint32_t y = 0; y < b->height; y++) {
		if ((err = read_at(b, b->at + y * len, row, len)) != OK)
			return err;
		if (!put_row(b, row, y))
			return image_error(b->result, ERR_INPUT,
			    "BMP: index without colour");
	}
	return OK;
}

/* ---- run lengths ---- */

struct runs {
	struct bitmap	*b;
	struct image_reader reader;
	size_t		 at;
	uint32_t	 x, y;
};

static bool
next(struct runs *r, uint8_t *byte)
{
	if (r->at == r->reader.len) {
		r->at = 0;
		if (image_read(&r->reader) != OK || r->reader.len == 0)
			return false;
	}
	*byte = r->reader.bytes[r->at++];
	return true;
}

/* What a run says beyond the edge is not there to be seen. */
static bool
run_put(struct runs *r, unsigned index)
{
	bool good = true;

	if (r->x < r->b->width && r->y < r->b->height)
		good = put_index(r->b, r->x, r->y, index);
	if (r->x < IMAGE_SIDE_MAX)
		r->x++;
	return good;
}

static bool
repeat(struct runs *r, unsigned n, uint8_t value)
{
	bool four = r->b->compression == RLE4, good = true;

	for (unsigned i = 0; i < n && good; i++)
		good = run_put(r, !four ? value : i % 2 == 0 ? value >> 4 :
		    value & 15);
	return good;
}

static bool
literal(struct runs *r, unsigned n)
{
	bool four = r->b->compression == RLE4, good = true;
	unsigned bytes = four ? (n + 1) / 2 : n;
	uint8_t value = 0;

	for (unsigned i = 0; i < n && good; i++) {
		if (!four || i % 2 == 0)
			good = next(r, &value);
		good = good && run_put(r, !four ? value : i % 2 == 0 ?
		    value >> 4 : value & 15);
	}
	return good && (bytes % 2 == 0 || next(r, &value));
}

/* False at an error; *end at the end. */
static bool
escape(struct runs *r, uint8_t code, bool *end)
{
	uint8_t dx, dy;

	switch (code) {
	case 0:
		r->x = 0;
		r->y++;
		break;
	case 1:
		*end = true;
		break;
	case 2:
		if (!next(r, &dx) || !next(r, &dy))
			return false;
		r->x += dx;
		r->y += dy;
		break;
	default:
		return literal(r, code);
	}
	/* below the picture nothing is seen any more */
	*end = *end || r->y >= r->b->height;
	return r->x <= 2 * IMAGE_SIDE_MAX;
}

static enum err
read_runs(struct bitmap *b)
{
	struct runs r = { .b = b, .reader = { .in = b->in, .at = b->at } };
	uint8_t n, value;
	bool end = false;

	/* what no run touches has the first colour */
	for (uint32_t y = 0; y < b->height; y++)
		for (uint32_t x = 0; x < b->width; x++)
			(void)put_index(b, x, y, 0);
	while (!end) {
		if (!next(&r, &n) || !next(&r, &value) || !(n > 0 ?
		    repeat(&r, n, value) : escape(&r, value, &end)))
			return image_error(b->result, ERR_INPUT,
			    "BMP: runs are damaged");
	}
	return OK;
}

enum err
format_bmp(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct bitmap b = { .in = in, .result = result };
	bool runs;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	if ((err = read_headers(&b)) != OK)
		return err;
	runs = b.compression == RLE8 || b.compression == RLE4;
	err = picture_init(&b.picture, b.width, b.height, b.mask[3] != 0 ? 4 :
	    3, b.bits, in->len, result);
	if (err == OK)
		err = runs ? read_runs(&b) : read_plain(&b);
	if (err == OK)
		err = picture_write(&b.picture, out, result);
	buf_fini(&b.row);
	picture_fini(&b.picture);
	return err;
}
