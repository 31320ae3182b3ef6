/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures of other kinds to PNG and JPEG: small ones made here, by hand or
 * by the encoders of their libraries; what comes out is read by libpng and
 * judged by the verifier.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include <png.h>
#include <webp/encode.h>

#include "../../../gateway/verify/verify_jpeg.h"
#include "../../../gateway/verify/verify_png.h"
#include "../../../sanitizer/picture.h"

#define OUT_MAX	(4u * 1024 * 1024)

struct run {
	struct filter	filter;
	struct buf	out;
	struct convert_result result;
	enum err	err;
};

static enum err
keep(struct filter *f, struct span s)
{
	return buf_add(&((struct run *)f)->out, s);
}

static enum err
end(struct filter *f)
{
	(void)f;
	return OK;
}

static void
run_begin(struct run *r)
{
	memset(r, 0, sizeof(*r));
	r->filter = (struct filter){ keep, end, NULL };
	buf_init(&r->out, OUT_MAX);
	buf_init(&r->result.removed, REMOVED_BYTES_MAX);
}

static void
run_end(struct run *r)
{
	buf_fini(&r->out);
	buf_fini(&r->result.removed);
}

static void
convert(struct run *r, const void *bytes, size_t len)
{
	struct input in = input_span((struct span){ bytes, len });

	run_begin(r);
	r->err = picture_convert(&in, &r->filter, &r->result);
}

/* The verifier takes it; its pixels as RGBA. */
static void
read_png(struct run *r, uint32_t width, uint32_t height, uint8_t *rgba)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	struct png verifier;
	struct diag diag;

	if (r->err != OK)
		fail_msg("%d: %s", (int)r->err, r->result.reason);
	assert_int_equal(r->result.type, SAFE_PNG);
	png_init(&verifier);
	assert_int_equal(png_write(&verifier, buf_span(&r->out), &diag), OK);
	assert_int_equal(png_end(&verifier, &diag), OK);
	assert_true(png_image_begin_read_from_memory(&image, r->out.ptr,
	    r->out.len));
	assert_int_equal(image.width, width);
	assert_int_equal(image.height, height);
	image.format = PNG_FORMAT_RGBA;
	assert_true(png_image_finish_read(&image, NULL, rgba, 0, NULL));
}

static void
expect_png(const void *bytes, size_t len, uint32_t width, uint32_t height,
    const uint32_t *colors)
{
	uint8_t rgba[64 * 4];
	struct run r;

	convert(&r, bytes, len);
	read_png(&r, width, height, rgba);
	for (uint32_t i = 0; i < width * height; i++) {
		uint32_t color = (uint32_t)rgba[i * 4] << 24 |
		    (uint32_t)rgba[i * 4 + 1] << 16 |
		    (uint32_t)rgba[i * 4 + 2] << 8 | rgba[i * 4 + 3];

		if (color != colors[i])
			fail_msg("pixel %u: %08x, expected %08x", i, color,
			    colors[i]);
	}
	run_end(&r);
}

static void
expect_error(const void *bytes, size_t len, enum err err)
{
	struct run r;

	convert(&r, bytes, len);
	assert_int_equal(r.err, err);
	assert_true(r.result.reason[0] != '\0');
	run_end(&r);
}

/* ---- BMP ---- */

#define LE16(v)	(v) & 0xff, (v) >> 8 & 0xff
#define LE32(v)	LE16(v), (v) >> 16 & 0xff, (v) >> 24 & 0xff
#define BMP(width, height, bits, compression, colors, offset) \
	'B', 'M', LE32(0), LE32(0), LE32(offset), LE32(40), LE32(width), \
	LE32((uint32_t)(height)), LE16(1), LE16(bits), LE32(compression), \
	LE32(0), LE32(0), LE32(0), LE32(colors), LE32(0)

static void
a_bitmap_of_24_bits(void **state)
{
	static const uint8_t bytes[] = { BMP(2, 2, 24, 0, 0, 54),
	    1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0 };
	static const uint8_t down[] = { BMP(2, -2, 24, 0, 0, 54),
	    1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0 };
	static const uint32_t up[] = { 0x090807ff, 0x0c0b0aff, 0x030201ff,
	    0x060504ff };
	static const uint32_t from_top[] = { 0x030201ff, 0x060504ff,
	    0x090807ff, 0x0c0b0aff };

	(void)state;
	expect_png(bytes, sizeof(bytes), 2, 2, up);
	expect_png(down, sizeof(down), 2, 2, from_top);
	for (size_t len = 54; len < sizeof(bytes); len++)
		expect_error(bytes, len, ERR_INPUT);
}

static void
bitmaps_of_few_bits(void **state)
{
	static const uint8_t one[] = { BMP(3, 1, 1, 0, 2, 62),
	    0, 0, 0xff, 0, 0xff, 0, 0, 0, 0xa0, 0, 0, 0 };
	static const uint8_t four[] = { BMP(3, 1, 4, 0, 3, 66),
	    1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x21, 0x00, 0, 0 };
	static const uint8_t beyond[] = { BMP(3, 1, 4, 0, 3, 66),
	    1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x31, 0x00, 0, 0 };
	static const uint8_t sixteen[] = { BMP(2, 1, 16, 0, 0, 54),
	    0x00, 0x7c, 0x1f, 0x00 };
	static const uint8_t masks[] = { BMP(2, 1, 32, 3, 0, 66),
	    LE32(0xff), LE32(0xff00), LE32(0xff0000), 1, 2, 3, 9, 4, 5, 6,
	    9 };

	(void)state;
	expect_png(one, sizeof(one), 3, 1, (const uint32_t[]){ 0x0000ffff,
	    0xff0000ff, 0x0000ffff });
	expect_png(four, sizeof(four), 3, 1, (const uint32_t[]){ 0x000003ff,
	    0x000002ff, 0x000001ff });
	expect_error(beyond, sizeof(beyond), ERR_INPUT);
	expect_png(sixteen, sizeof(sixteen), 2, 1, (const uint32_t[]){
	    0xff0000ff, 0x0000ffff });
	expect_png(masks, sizeof(masks), 2, 1, (const uint32_t[]){
	    0x010203ff, 0x040506ff });
}

static void
bitmaps_of_runs(void **state)
{
	static const uint8_t runs[] = { BMP(4, 2, 8, 1, 2, 62),
	    1, 2, 3, 0, 4, 5, 6, 0,
	    3, 1, 0, 0,			/* three, end of row */
	    0, 3, 1, 0, 1, 0,		/* three as they are, one to pad */
	    0, 1 };
	static const uint8_t no_end[] = { BMP(4, 2, 8, 1, 2, 62),
	    1, 2, 3, 0, 4, 5, 6, 0, 3, 1 };
	/* a run and a jump that lead out of the picture */
	static const uint8_t out[] = { BMP(2, 1, 8, 1, 2, 62),
	    1, 2, 3, 0, 4, 5, 6, 0, 255, 1, 0, 2, 255, 255, 9, 1, 0, 1 };

	(void)state;
	expect_png(runs, sizeof(runs), 4, 2, (const uint32_t[]){
	    0x060504ff, 0x030201ff, 0x060504ff, 0x030201ff,
	    0x060504ff, 0x060504ff, 0x060504ff, 0x030201ff });
	expect_error(no_end, sizeof(no_end), ERR_INPUT);
	expect_png(out, sizeof(out), 2, 1, (const uint32_t[]){ 0x060504ff,
	    0x060504ff });
}

static void
large_ones_are_refused_before_decoding(void **state)
{
	static const uint8_t wide[] = { BMP(30001, 1, 24, 0, 0, 54), 0 };
	static const uint8_t bomb[] = { BMP(9000, 9000, 8, 1, 1, 58),
	    0, 0, 0, 0, 0, 1 };
	static const uint8_t none[] = { BMP(0, 1, 24, 0, 0, 54), 0 };

	(void)state;
	expect_error(wide, sizeof(wide), ERR_LIMIT);
	expect_error(bomb, sizeof(bomb), ERR_LIMIT);
	expect_error(none, sizeof(none), ERR_INPUT);
}

/* ---- the others ---- */

/* 2 x 1: red, and index 1, which is transparent; a comment; two frames. */
static const uint8_t gif[] = { 'G', 'I', 'F', '8', '9', 'a', LE16(2),
    LE16(1), 0x80, 0, 0, 255, 0, 0, 0, 255, 0,
    0x21, 0xfe, 2, 'h', 'i', 0,
    0x21, 0xf9, 4, 1, 0, 0, 1, 0,
    0x2c, LE16(0), LE16(0), LE16(2), LE16(1), 0, 2, 2, 0x44, 0x0a, 0,
    0x2c, LE16(0), LE16(0), LE16(2), LE16(1), 0, 2, 2, 0x44, 0x0a, 0,
    0x3b };

static void
a_gif_is_its_first_picture(void **state)
{
	struct run r;

	(void)state;
	expect_png(gif, sizeof(gif), 2, 1, (const uint32_t[]){ 0xff0000ff,
	    0 });
	convert(&r, gif, sizeof(gif));
	assert_int_equal(removed_count(buf_span(&r.result.removed),
	    "animation"), 1);
	assert_int_equal(removed_count(buf_span(&r.result.removed),
	    "comment"), 1);
	run_end(&r);
	for (size_t len = 13; len < 39; len++)
		expect_error(gif, len, ERR_INPUT);
}

#define TAG(tag, type, n, value) LE16(tag), LE16(type), LE32(n), LE32(value)

static void
a_tiff_is_turned_and_counted(void **state)
{
	/* 2 x 1 grey, to be turned by 90 degrees; an artist */
	static const uint8_t bytes[] = { 'I', 'I', LE16(42), LE32(12),
	    0x11, 0xee, 'a', 0, LE16(10),
	    TAG(256, 3, 1, 2), TAG(257, 3, 1, 1), TAG(258, 3, 1, 8),
	    TAG(259, 3, 1, 1), TAG(262, 3, 1, 1), TAG(273, 4, 1, 8),
	    TAG(274, 3, 1, 3), TAG(278, 3, 1, 1), TAG(279, 4, 1, 2),
	    TAG(315, 2, 2, 'a'), LE32(0) };
	struct run r;

	(void)state;
	expect_png(bytes, sizeof(bytes), 2, 1, (const uint32_t[]){
	    0xeeeeeeff, 0x111111ff });
	convert(&r, bytes, sizeof(bytes));
	assert_int_equal(removed_count(buf_span(&r.result.removed),
	    "author"), 1);
	run_end(&r);
	expect_error(bytes, sizeof(bytes) - 30, ERR_INPUT);
}

static void
a_photograph_becomes_a_jpeg(void **state)
{
	static uint8_t rgb[200 * 100 * 3];
	struct jpeg verifier;
	uint8_t *webp = NULL;
	struct diag diag;
	struct run r;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(rgb); i++)
		rgb[i] = (uint8_t)(i * i >> 5 ^ i / 600);
	len = WebPEncodeRGB(rgb, 200, 100, 600, 80, &webp);
	assert_true(len > 0);
	convert(&r, webp, len);
	assert_int_equal(r.err, OK);
	assert_int_equal(r.result.type, SAFE_JPEG);
	jpeg_init(&verifier);
	assert_int_equal(jpeg_write(&verifier, buf_span(&r.out), &diag), OK);
	assert_int_equal(jpeg_end(&verifier, &diag), OK);
	run_end(&r);
	expect_error(webp, len / 2, ERR_INPUT);
	WebPFree(webp);
}

static void
few_colors_without_loss_stay_exact(void **state)
{
	static uint8_t rgba[64 * 4], read[64 * 4];
	uint8_t *webp = NULL;
	struct run r;
	size_t len;

	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		rgba[i * 4] = (uint8_t)(i * 4);
		rgba[i * 4 + 1] = (uint8_t)(i % 8 * 30);
		rgba[i * 4 + 3] = i < 8 ? 100 : 255;
	}
	len = WebPEncodeLosslessRGBA(rgba, 8, 8, 32, &webp);
	assert_true(len > 0);
	convert(&r, webp, len);
	read_png(&r, 8, 8, read);
	assert_memory_equal(rgba, read, sizeof(rgba));
	run_end(&r);
	WebPFree(webp);
}

/* ---- turning ---- */

static void
all_orientations(void **state)
{
	/* a b c / d e f, as Exif says that a viewer shows them */
	static const char *const shown[9] = { NULL, "abcdef", "cbafed",
	    "fedcba", "defabc", "adbecf", "daebfc", "fcebda", "cfbead" };
	static const unsigned widths[9] = { 0, 3, 3, 3, 3, 2, 2, 2, 2 };

	(void)state;
	for (unsigned o = 1; o <= 8; o++) {
		const char *want = shown[o];
		struct picture p;
		uint8_t rgba[64];
		struct run r;

		run_begin(&r);
		assert_int_equal(picture_init(&p, 3, 2, 1, 8, 6, &r.result),
		    OK);
		memcpy(p.pixels.ptr, "abcdef", 6);
		p.orientation = o;
		r.err = picture_write(&p, &r.filter, &r.result);
		read_png(&r, widths[o], 6 / widths[o], rgba);
		for (unsigned i = 0; i < 6; i++)
			if (rgba[i * 4] != want[i])
				fail_msg("orientation %u, pixel %u", o, i);
		picture_fini(&p);
		run_end(&r);
	}
}

static void
no_picture_is_no_picture(void **state)
{
	(void)state;
	expect_error("hello, world, this is a text\n", 29, ERR_POLICY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bitmap_of_24_bits),
		cmocka_unit_test(bitmaps_of_few_bits),
		cmocka_unit_test(bitmaps_of_runs),
		cmocka_unit_test(large_ones_are_refused_before_decoding),
		cmocka_unit_test(a_gif_is_its_first_picture),
		cmocka_unit_test(a_tiff_is_turned_and_counted),
		cmocka_unit_test(a_photograph_becomes_a_jpeg),
		cmocka_unit_test(few_colors_without_loss_stay_exact),
		cmocka_unit_test(all_orientations),
		cmocka_unit_test(no_picture_is_no_picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
