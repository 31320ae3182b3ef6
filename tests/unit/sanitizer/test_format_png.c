/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PNG rebuilt from its pixels. Pictures are made by libpng here and read back
 * by it; what stands between the chunks is looked at byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <png.h>
#include <zlib.h>

#include "../../../sanitizer/format_png.h"
#include "../../../sanitizer/report.h"

#define BYTES_MAX	(16u * 1024 * 1024)
#define WIDTH		21u
#define HEIGHT		13u

struct picture {
	int		color, depth;
	bool		interlaced;
	bool		transparent;	/* a tRNS chunk */
	bool		text;
};

static void
sink_write(png_structp png, png_bytep bytes, size_t len)
{
	assert_int_equal(buf_add(png_get_io_ptr(png),
	    (struct span){ bytes, len }), OK);
}

static void
sink_flush(png_structp png)
{
	(void)png;
}

static unsigned
samples_of(int color)
{
	return color == PNG_COLOR_TYPE_RGB ? 3 :
	    color == PNG_COLOR_TYPE_RGB_ALPHA ? 4 :
	    color == PNG_COLOR_TYPE_GRAY_ALPHA ? 2 : 1;
}

/* The 8-bit value of a sample, or an index below 5. */
static uint8_t
sample(const struct picture *p, unsigned x, unsigned y, unsigned s)
{
	if (p->color == PNG_COLOR_TYPE_PALETTE)
		return (uint8_t)((x + y) % (p->depth == 1 ? 2 : 3));
	if (p->depth < 8)	/* a value that 1 bit can hold */
		return (x + y) % 2 == 0 ? 0 : 255;
	return (uint8_t)(x * 11 + y * 7 + s * 50);
}

static void
put_sample(const struct picture *p, uint8_t *row, size_t at, uint8_t value)
{
	if (p->depth == 16) {
		row[at * 2] = value;	/* v * 257, scales back to v */
		row[at * 2 + 1] = value;
	} else if (p->depth == 8)
		row[at] = value;
	else {
		unsigned bits = (unsigned)p->depth, per = 8 / bits;
		unsigned v = p->color == PNG_COLOR_TYPE_PALETTE ? value :
		    (unsigned)value >> (8 - bits);

		row[at / per] |= (uint8_t)(v << (8 - bits -
		    at % per * bits));
	}
}

static void
make(const struct picture *p, struct buf *out)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING,
	    NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	png_color colors[3] = { { 255, 0, 0 }, { 0, 255, 0 }, { 0, 0, 255 } };
	png_byte alpha[2] = { 0, 128 };
	png_color_16 key = { 0 };
	png_text text = { .compression = PNG_TEXT_COMPRESSION_NONE,
		.key = (png_charp)(uintptr_t)"Comment",
		.text = (png_charp)(uintptr_t)"SECRET", .text_length = 6 };
	uint8_t rows[HEIGHT][WIDTH * 8];
	int passes;

	buf_init(out, BYTES_MAX);
	png_set_write_fn(png, out, sink_write, sink_flush);
	png_set_IHDR(png, info, WIDTH, HEIGHT, p->depth, p->color,
	    p->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
	    PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	if (p->color == PNG_COLOR_TYPE_PALETTE)
		png_set_PLTE(png, info, colors, p->depth == 1 ? 2 : 3);
	if (p->transparent)
		png_set_tRNS(png, info, alpha, 2, &key);
	if (p->text) {
		png_set_text(png, info, &text, 1);
		png_set_gAMA(png, info, 0.45);
		png_set_pHYs(png, info, 100, 100, 1);
	}
	png_write_info(png, info);
	memset(rows, 0, sizeof(rows));
	for (unsigned y = 0; y < HEIGHT; y++)
		for (unsigned x = 0; x < WIDTH; x++)
			for (unsigned s = 0; s < samples_of(p->color); s++)
				put_sample(p, rows[y],
				    x * samples_of(p->color) + s,
				    sample(p, x, y, s));
	passes = png_set_interlace_handling(png);
	while (passes-- > 0)
		for (unsigned y = 0; y < HEIGHT; y++)
			png_write_row(png, rows[y]);
	png_write_end(png, info);
	png_destroy_write_struct(&png, &info);
}

struct rebuilt {
	enum err	 err;
	struct buf	 bytes;
	struct convert_result result;
	char		 chunks[100];		/* "IHDR IDAT IEND " */
	int		 color;
	uint8_t		 rows[HEIGHT][WIDTH * 8];
	png_color	 palette[256];
	uint8_t		 alpha[256];
	int		 colors_n, alpha_n;
};

static void
source_read(png_structp png, png_bytep bytes, size_t len)
{
	struct span *s = png_get_io_ptr(png);

	assert_true(len <= s->len);
	memcpy(bytes, s->ptr, len);
	*s = span_sub(*s, len, s->len);
}

static uint32_t
u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static void
list_chunks(struct rebuilt *r)
{
	size_t at = 8, n = 0;

	while (at < r->bytes.len) {
		if (n == 0 || memcmp(r->chunks + n - 5, r->bytes.ptr + at + 4,
		    4) != 0) {
			assert_true(n + 5 < sizeof(r->chunks));
			memcpy(r->chunks + n, r->bytes.ptr + at + 4, 4);
			r->chunks[n + 4] = ' ';
			n += 5;
		}
		at += 12 + u32(r->bytes.ptr + at);
	}
	assert_int_equal(at, r->bytes.len);
}

static void
decode(struct rebuilt *r)
{
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL,
	    NULL, NULL);
	png_infop info = png_create_info_struct(png);
	struct span s = buf_span(&r->bytes);
	png_colorp palette;
	png_bytep alpha;

	png_set_read_fn(png, &s, source_read);
	png_read_info(png, info);
	assert_int_equal(png_get_image_width(png, info), WIDTH);
	assert_int_equal(png_get_image_height(png, info), HEIGHT);
	assert_int_equal(png_get_bit_depth(png, info), 8);
	assert_int_equal(png_get_interlace_type(png, info), 0);
	r->color = png_get_color_type(png, info);
	if (png_get_PLTE(png, info, &palette, &r->colors_n))
		memcpy(r->palette, palette,
		    (size_t)r->colors_n * sizeof(palette[0]));
	if (png_get_tRNS(png, info, &alpha, &r->alpha_n, NULL))
		memcpy(r->alpha, alpha, (size_t)r->alpha_n);
	for (unsigned y = 0; y < HEIGHT; y++)
		png_read_row(png, r->rows[y], NULL);
	png_read_end(png, NULL);
	png_destroy_read_struct(&png, &info, NULL);
}

static void
rebuild(struct rebuilt *r, struct span png)
{
	struct input in = input_span(png);
	struct buf_sink sink;

	memset(r, 0, sizeof(*r));
	buf_init(&r->bytes, BYTES_MAX);
	buf_init(&r->result.removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, &r->bytes);
	r->err = format_png(&in, NULL, &sink.filter, &r->result);
	if (r->err == OK) {
		assert_int_equal(r->result.type, SAFE_PNG);
		list_chunks(r);
		decode(r);
	} else
		assert_true(r->result.reason[0] != '\0');
}

static void
rebuilt_fini(struct rebuilt *r)
{
	buf_fini(&r->bytes);
	buf_fini(&r->result.removed);
}

static uint64_t
removed(const struct rebuilt *r, const char *what)
{
	return removed_count(buf_span(&r->result.removed), what);
}

static void
every_kind_keeps_its_pixels(void **state)
{
	static const struct { int color, depth; } kinds[] = {
		{ PNG_COLOR_TYPE_GRAY, 1 }, { PNG_COLOR_TYPE_GRAY, 2 },
		{ PNG_COLOR_TYPE_GRAY, 4 }, { PNG_COLOR_TYPE_GRAY, 8 },
		{ PNG_COLOR_TYPE_GRAY, 16 }, { PNG_COLOR_TYPE_RGB, 8 },
		{ PNG_COLOR_TYPE_RGB, 16 }, { PNG_COLOR_TYPE_PALETTE, 1 },
		{ PNG_COLOR_TYPE_PALETTE, 2 }, { PNG_COLOR_TYPE_PALETTE, 4 },
		{ PNG_COLOR_TYPE_PALETTE, 8 }, { PNG_COLOR_TYPE_GRAY_ALPHA, 8 },
		{ PNG_COLOR_TYPE_GRAY_ALPHA, 16 },
		{ PNG_COLOR_TYPE_RGB_ALPHA, 8 },
		{ PNG_COLOR_TYPE_RGB_ALPHA, 16 },
	};
	struct rebuilt r;
	struct buf png;

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct picture p = { .color = kinds[i / 2].color,
			.depth = kinds[i / 2].depth, .interlaced = i % 2 == 1 };
		unsigned n = samples_of(p.color);

		make(&p, &png);
		rebuild(&r, buf_span(&png));
		assert_int_equal(r.err, OK);
		assert_int_equal(r.color, p.color);
		for (unsigned y = 0; y < HEIGHT; y++)
			for (unsigned x = 0; x < WIDTH * n; x++)
				assert_int_equal(r.rows[y][x],
				    sample(&p, x / n, y, x % n));
		assert_string_equal(r.chunks,
		    p.color == PNG_COLOR_TYPE_PALETTE ?
		    "IHDR PLTE IDAT IEND " : "IHDR IDAT IEND ");
		rebuilt_fini(&r);
		buf_fini(&png);
	}
}

static void
a_palette_stays_one_with_its_transparency(void **state)
{
	struct picture p = { .color = PNG_COLOR_TYPE_PALETTE, .depth = 4,
		.transparent = true };
	struct rebuilt r;
	struct buf png;

	(void)state;
	make(&p, &png);
	rebuild(&r, buf_span(&png));
	assert_int_equal(r.err, OK);
	assert_string_equal(r.chunks, "IHDR PLTE tRNS IDAT IEND ");
	assert_int_equal(r.colors_n, 3);
	assert_int_equal(r.palette[1].green, 255);
	assert_int_equal(r.alpha_n, 2);
	assert_int_equal(r.alpha[0], 0);
	assert_int_equal(r.alpha[1], 128);
	rebuilt_fini(&r);
	buf_fini(&png);
}

static void
a_transparent_colour_becomes_alpha(void **state)
{
	struct picture p = { .color = PNG_COLOR_TYPE_GRAY, .depth = 1,
		.transparent = true };
	struct rebuilt r;
	struct buf png;

	(void)state;
	make(&p, &png);
	rebuild(&r, buf_span(&png));
	assert_int_equal(r.err, OK);
	assert_int_equal(r.color, PNG_COLOR_TYPE_GRAY_ALPHA);
	assert_int_equal(r.rows[0][0], 0);
	assert_int_equal(r.rows[0][1], 0);	/* black is the key */
	assert_int_equal(r.rows[0][2], 255);
	assert_int_equal(r.rows[0][3], 255);
	rebuilt_fini(&r);
	buf_fini(&png);
}

static void
texts_and_metadata_are_removed_and_named(void **state)
{
	struct picture p = { .color = PNG_COLOR_TYPE_RGB, .depth = 8,
		.text = true };
	struct rebuilt r;
	struct buf png;

	(void)state;
	make(&p, &png);
	assert_true(span_find(buf_span(&png), SPAN("SECRET")) < png.len);
	assert_int_equal(buf_add(&png, SPAN("PK\3\4 tail")), OK);
	rebuild(&r, buf_span(&png));
	assert_int_equal(r.err, OK);
	assert_string_equal(r.chunks, "IHDR IDAT IEND ");
	assert_int_equal(removed(&r, "text"), 1);
	assert_int_equal(removed(&r, "metadata"), 2);
	assert_int_equal(removed(&r, "trailing-bytes"), 9);
	assert_int_equal(span_find(buf_span(&r.bytes), SPAN("SECRET")),
	    r.bytes.len);
	assert_int_equal(span_find(buf_span(&r.bytes), SPAN("PK\3\4")),
	    r.bytes.len);
	rebuilt_fini(&r);
	buf_fini(&png);
}

static void
a_picture_cut_off_or_damaged_is_refused(void **state)
{
	struct picture p = { .color = PNG_COLOR_TYPE_RGB, .depth = 8 };
	struct rebuilt r;
	struct buf png;

	(void)state;
	make(&p, &png);
	for (size_t len = 0; len < png.len; len++) {
		rebuild(&r, span_sub(buf_span(&png), 0, len));
		assert_int_equal(r.err, ERR_INPUT);
		rebuilt_fini(&r);
	}
	png.ptr[60] ^= 1;		/* in IDAT: its CRC is wrong now */
	rebuild(&r, buf_span(&png));
	assert_int_equal(r.err, ERR_INPUT);
	rebuilt_fini(&r);
	buf_fini(&png);
}

static void
put_chunk(struct buf *out, const char *type, struct span data)
{
	uint8_t n[4];
	uLong crc = crc32(crc32(0, (const Bytef *)type, 4), data.ptr,
	    (uInt)data.len);

	for (unsigned i = 0; i < 4; i++)
		n[i] = (uint8_t)(data.len >> (24 - 8 * i));
	assert_int_equal(buf_add(out, (struct span){ n, 4 }), OK);
	assert_int_equal(buf_add_str(out, type), OK);
	assert_int_equal(buf_add(out, data), OK);
	for (unsigned i = 0; i < 4; i++)
		n[i] = (uint8_t)(crc >> (24 - 8 * i));
	assert_int_equal(buf_add(out, (struct span){ n, 4 }), OK);
}

static void
start(struct buf *out, unsigned width, unsigned height, uint8_t depth,
    uint8_t color)
{
	uint8_t head[13] = { (uint8_t)(width >> 24), (uint8_t)(width >> 16),
		(uint8_t)(width >> 8), (uint8_t)width, (uint8_t)(height >> 24),
		(uint8_t)(height >> 16), (uint8_t)(height >> 8),
		(uint8_t)height, depth, color, 0, 0, 0 };

	buf_init(out, BYTES_MAX);
	assert_int_equal(buf_add(out, SPAN("\x89PNG\r\n\x1a\n")), OK);
	put_chunk(out, "IHDR", (struct span){ head, sizeof(head) });
}

static void
bombs_are_refused_before_decoding(void **state)
{
	/* 900 million pixels of one bit in 109 KB; too long; too thin a file */
	static const struct { unsigned width, height; uint8_t depth; } sizes[] =
	{
		{ 30000, 30000, 1 }, { 30001, 1, 8 }, { 1, 30001, 8 },
		{ 9000, 9000, 8 },
	};
	static uint8_t zeroes[1000];
	uint8_t packed[200];
	uLongf len = sizeof(packed);
	struct rebuilt r;
	struct buf png;

	(void)state;
	assert_int_equal(compress(packed, &len, zeroes, sizeof(zeroes)), Z_OK);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		start(&png, sizes[i].width, sizes[i].height, sizes[i].depth,
		    0);
		put_chunk(&png, "IDAT", (struct span){ packed, len });
		put_chunk(&png, "IEND", (struct span){ NULL, 0 });
		rebuild(&r, buf_span(&png));
		/* libpng itself refuses a side, we the rest */
		assert_true(r.err == ERR_LIMIT || r.err == ERR_INPUT);
		assert_int_equal(r.bytes.len, 0);
		rebuilt_fini(&r);
		buf_fini(&png);
	}
}

static void
odd_chunks_are_passed_over_unread_or_refused(void **state)
{
	struct picture p = { .color = PNG_COLOR_TYPE_GRAY, .depth = 8 };
	struct rebuilt r;
	struct buf png, odd;

	(void)state;
	make(&p, &png);
	buf_init(&odd, BYTES_MAX);
	/* a profile that no decompressor would like, and a private chunk */
	assert_int_equal(buf_add(&odd, span_sub(buf_span(&png), 0, 33)), OK);
	put_chunk(&odd, "iCCP", SPAN("name\0\0not deflate at all"));
	put_chunk(&odd, "prVt", SPAN("evil"));
	put_chunk(&odd, "acTL", SPAN("\0\0\0\1\0\0\0\0"));
	assert_int_equal(buf_add(&odd, span_sub(buf_span(&png), 33, png.len)),
	    OK);
	rebuild(&r, buf_span(&odd));
	assert_int_equal(r.err, OK);
	assert_int_equal(removed(&r, "icc"), 1);
	assert_int_equal(removed(&r, "app"), 1);
	assert_int_equal(removed(&r, "animation"), 1);
	rebuilt_fini(&r);
	/* a critical chunk that we do not know */
	buf_truncate(&odd, 33);
	put_chunk(&odd, "CgBI", SPAN("abcd"));
	assert_int_equal(buf_add(&odd, span_sub(buf_span(&png), 33, png.len)),
	    OK);
	rebuild(&r, buf_span(&odd));
	assert_int_equal(r.err, ERR_INPUT);
	rebuilt_fini(&r);
	buf_fini(&png);
	buf_fini(&odd);
}

static void
an_index_without_a_colour_is_refused(void **state)
{
	uint8_t row[3] = { 0, 1, 7 }, packed[50];
	uLongf len = sizeof(packed);
	struct rebuilt r;
	struct buf png;

	(void)state;
	assert_int_equal(compress(packed, &len, row, sizeof(row)), Z_OK);
	start(&png, 2, 1, 8, 3);
	put_chunk(&png, "PLTE", SPAN("\1\2\3\4\5\6"));
	put_chunk(&png, "IDAT", (struct span){ packed, len });
	put_chunk(&png, "IEND", (struct span){ NULL, 0 });
	rebuild(&r, buf_span(&png));
	assert_int_equal(r.err, ERR_INPUT);
	rebuilt_fini(&r);
	buf_fini(&png);
}

static void
a_rebuilt_picture_rebuilds_to_the_same_bytes(void **state)
{
	struct picture p = { .color = PNG_COLOR_TYPE_RGB_ALPHA, .depth = 16,
		.interlaced = true, .text = true };
	struct rebuilt once, twice;
	struct buf png;

	(void)state;
	make(&p, &png);
	rebuild(&once, buf_span(&png));
	rebuild(&twice, buf_span(&once.bytes));
	assert_int_equal(twice.err, OK);
	assert_int_equal(twice.result.removed.len, 0);
	assert_true(span_equal(buf_span(&once.bytes),
	    buf_span(&twice.bytes)));
	rebuilt_fini(&once);
	rebuilt_fini(&twice);
	buf_fini(&png);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_keeps_its_pixels),
		cmocka_unit_test(a_palette_stays_one_with_its_transparency),
		cmocka_unit_test(a_transparent_colour_becomes_alpha),
		cmocka_unit_test(texts_and_metadata_are_removed_and_named),
		cmocka_unit_test(a_picture_cut_off_or_damaged_is_refused),
		cmocka_unit_test(bombs_are_refused_before_decoding),
		cmocka_unit_test(odd_chunks_are_passed_over_unread_or_refused),
		cmocka_unit_test(an_index_without_a_colour_is_refused),
		cmocka_unit_test(a_rebuilt_picture_rebuilds_to_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
