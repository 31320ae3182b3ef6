/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures of other kinds become JPEG or PNG. They are made by hand or by the
 * encoders of the same libraries; results are read by libjpeg and libpng, and
 * by the verifier, which takes nothing but the safe forms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <libheif/heif.h>
#include <png.h>
#include <tiffio.h>
#include <webp/encode.h>

#include "../../../gateway/verify/verify_jpeg.h"
#include "../../../gateway/verify/verify_png.h"
#include "../../../sanitizer/format_picture.h"
#include "../../../sanitizer/image.h"

#define BYTES_MAX	(32u * 1024 * 1024)
#define WIDTH		160
#define HEIGHT		140

/* The encoder that makes our samples keeps some memory for itself. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libx265";
}

struct rebuilt {
	enum err	err;
	struct buf	bytes;
	struct convert_result result;
};

static void
is_accepted(const struct rebuilt *r)
{
	static struct jpeg jpeg;
	static struct png png;
	struct diag diag;

	if (r->result.type == SAFE_JPEG) {
		jpeg_init(&jpeg);
		assert_int_equal(jpeg_write(&jpeg, buf_span(&r->bytes),
		    &diag), OK);
		assert_int_equal(jpeg_end(&jpeg, &diag), OK);
		return;
	}
	assert_int_equal(r->result.type, SAFE_PNG);
	png_init(&png);
	assert_int_equal(png_write(&png, buf_span(&r->bytes), &diag), OK);
	assert_int_equal(png_end(&png, &diag), OK);
}

static void
rebuild(struct rebuilt *r, struct span bytes)
{
	struct input in = input_span(bytes);
	struct buf_sink sink;

	memset(r, 0, sizeof(*r));
	buf_init(&r->bytes, BYTES_MAX);
	buf_init(&r->result.removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, &r->bytes);
	if (span_begins(span_sub(bytes, 4, 4), SPAN("ftyp")))
		r->err = format_heic(&in, NULL, &sink.filter, &r->result);
	else
		r->err = picture_convert(&in, &sink.filter, &r->result);
	if (r->err == OK)
		is_accepted(r);
	else
		assert_int_not_equal(r->result.reason[0], 0);
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

/* The pixels of a PNG, as RGBA. */
static uint8_t *
pixels(const struct rebuilt *r, uint32_t *width, uint32_t *height)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	uint8_t *rgba;

	assert_int_equal(r->err, OK);
	assert_int_equal(r->result.type, SAFE_PNG);
	assert_true(png_image_begin_read_from_memory(&image, r->bytes.ptr,
	    r->bytes.len));
	image.format = PNG_FORMAT_RGBA;
	rgba = malloc(PNG_IMAGE_SIZE(image));
	assert_non_null(rgba);
	assert_true(png_image_finish_read(&image, NULL, rgba, 0, NULL));
	*width = image.width;
	*height = image.height;
	return rgba;
}

static void
shows(struct span bytes, uint32_t want_width, uint32_t want_height,
    const uint32_t *want)
{
	uint32_t width, height;
	struct rebuilt r;
	uint8_t *rgba;

	rebuild(&r, bytes);
	rgba = pixels(&r, &width, &height);
	assert_int_equal(width, want_width);
	assert_int_equal(height, want_height);
	for (uint32_t i = 0; i < width * height; i++)
		assert_int_equal((uint32_t)rgba[4 * i] << 24 |
		    (uint32_t)rgba[4 * i + 1] << 16 |
		    (uint32_t)rgba[4 * i + 2] << 8 | rgba[4 * i + 3],
		    want[i]);
	free(rgba);
	rebuilt_fini(&r);
}

#define RED	0xff0000ffu
#define GREEN	0x00ff00ffu
#define BLUE	0x0000ffffu
#define BLACK	0x000000ffu
#define WHITE	0xffffffffu

/* ---- BMP ---- */

#define U16(v)	(v) & 255, (v) >> 8 & 255
#define U32(v)	U16(v), (v) >> 16 & 255, (v) >> 24 & 255
#define WINDOWS(w, h, bits, comp, used, offset)	\
	'B', 'M', U32(0), U32(0), U32(offset), U32(40), U32(w), \
	U32((unsigned)(h)), U16(1), U16(bits), U32(comp), U32(0), U32(0), \
	U32(0), U32(used), U32(0)
#define PALETTE	U32(0), U32(0xff0000), U32(0xff00), U32(0xff)

static void
bmp_with_runs_fields_and_old_headers_shows_its_pixels(void **state)
{
	const uint8_t rle8[] = { WINDOWS(4u, 2, 8u, 1u, 4u, 70u), PALETTE,
	    4, 1, 0, 0, 0, 3, 1, 2, 3, 0, 0, 1 };
	const uint8_t rle4[] = { WINDOWS(4u, 2, 4u, 2u, 4u, 70u), PALETTE,
	    4, 0x12, 0, 2, 1, 0, 0, 0, 3, 0x31, 0, 1 };
	const uint8_t fields[] = { WINDOWS(2u, -2, 16u, 3u, 0u, 66u),
	    U32(0xf800u), U32(0x7e0u), U32(0x1fu),
	    U16(0xf800u), U16(0x7e0u), U16(0x1fu), U16(0xffffu) };
	const uint8_t os2[] = { 'B', 'M', U32(0), U32(0), U32(26u),
	    U32(12u), U16(1u), U16(2u), U16(1u), U16(24u), 255, 0, 0, 0,
	    0, 0, 255, 0 };
	const uint8_t empty_alpha[] = { WINDOWS(1u, 1, 32u, 0u, 0u, 54u),
	    U32(0x00ff0000u) };

	(void)state;
	shows((struct span){ rle8, sizeof(rle8) }, 4, 2, (uint32_t[]){
	    RED, GREEN, BLUE, BLACK, RED, RED, RED, RED });
	shows((struct span){ rle4, sizeof(rle4) }, 4, 2, (uint32_t[]){
	    BLUE, RED, BLUE, BLACK, RED, GREEN, RED, GREEN });
	shows((struct span){ fields, sizeof(fields) }, 2, 2, (uint32_t[]){
	    RED, GREEN, BLUE, WHITE });
	shows((struct span){ os2, sizeof(os2) }, 1, 2, (uint32_t[]){
	    RED, BLUE });
	shows((struct span){ empty_alpha, sizeof(empty_alpha) }, 1, 1,
	    (uint32_t[]){ RED });
}

static void
bmp_cut_off_or_too_large_is_refused(void **state)
{
	const uint8_t cut[] = { WINDOWS(4u, 2, 24u, 0u, 0u, 54u), 1, 2, 3 };
	const uint8_t large[] = { WINDOWS(30001u, 1, 24u, 0u, 0u, 54u) };
	const uint8_t bomb[] = { WINDOWS(5000u, 5000, 8u, 1u, 0u, 54u) };
	const uint8_t jpeg[] = { WINDOWS(5u, 5, 0u, 4u, 0u, 54u), 255, 216 };
	const uint8_t cut_run[] = { WINDOWS(4u, 2, 8u, 1u, 4u, 70u), PALETTE,
	    4, 1 };
	struct { struct span bytes; enum err err; } cases[] = {
		{ { cut, sizeof(cut) }, ERR_INPUT },
		{ { large, sizeof(large) }, ERR_LIMIT },
		{ { bomb, sizeof(bomb) }, ERR_LIMIT },
		{ { jpeg, sizeof(jpeg) }, ERR_INPUT },
		{ { cut_run, sizeof(cut_run) }, ERR_INPUT },
		{ SPAN("what is this?"), ERR_POLICY },
	};
	struct rebuilt r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rebuild(&r, cases[i].bytes);
		assert_int_equal(r.err, cases[i].err);
		rebuilt_fini(&r);
	}
}

/* ---- GIF ---- */

/* Two frames of two pixels on a canvas of 3 x 1, a comment, and bytes more. */
static void
gif_becomes_its_first_picture_and_says_what_is_gone(void **state)
{
	const uint8_t gif[] = { 'G', 'I', 'F', '8', '9', 'a', U16(3), U16(1),
	    0x80, 0, 0, 255, 0, 0, 0, 0, 255,
	    0x21, 0xfe, 3, 'S', 'E', 'C', 0,
	    0x21, 0xf9, 4, 1, 0, 0, 1, 0,
	    0x2c, U16(0), U16(0), U16(2), U16(1), 0, 2, 2, 0x44, 0x0a, 0,
	    0x2c, U16(0), U16(0), U16(2), U16(1), 0, 2, 2, 0x44, 0x0a, 0,
	    0x3b, 'P', 'K', 3, 4 };
	struct span bytes = { gif, sizeof(gif) };
	struct rebuilt r;

	(void)state;
	shows(bytes, 3, 1, (uint32_t[]){ RED, 0, 0 });
	rebuild(&r, bytes);
	assert_int_equal(removed(&r, "animation"), 1);
	assert_int_equal(removed(&r, "comment"), 1);
	assert_int_equal(removed(&r, "trailing-bytes"), 4);
	assert_int_equal(span_find(buf_span(&r.bytes), SPAN("SEC")),
	    r.bytes.len);
	rebuilt_fini(&r);
	rebuild(&r, span_sub(bytes, 0, 40));
	assert_int_equal(r.err, ERR_INPUT);
	rebuilt_fini(&r);
}

/* ---- WebP, HEIC, TIFF: made by their libraries ---- */

static uint8_t photo[WIDTH * HEIGHT * 3], drawing[WIDTH * HEIGHT * 4];

static void
draw(void)
{
	for (unsigned y = 0; y < HEIGHT; y++)
		for (unsigned x = 0; x < WIDTH; x++) {
			uint8_t *p = photo + (y * WIDTH + x) * 3;
			uint8_t *d = drawing + (y * WIDTH + x) * 4;

			p[0] = (uint8_t)(x + y / 2);
			p[1] = (uint8_t)(y + 20);
			p[2] = (uint8_t)(200 - x);
			d[0] = x / 20 % 2 ? 255 : 0;
			d[1] = y / 20 % 2 ? 255 : 0;
			d[2] = 40;
			d[3] = 255;
		}
}

static void
webp_is_jpeg_when_lossy_png_when_drawn_or_seen_through(void **state)
{
	struct rebuilt r;
	uint8_t *file;
	size_t len;

	(void)state;
	draw();
	len = WebPEncodeRGB(photo, WIDTH, HEIGHT, WIDTH * 3, 90, &file);
	rebuild(&r, (struct span){ file, len });
	assert_int_equal(r.err, OK);
	assert_int_equal(r.result.type, SAFE_JPEG);
	rebuilt_fini(&r);
	rebuild(&r, (struct span){ file, len / 2 });
	assert_int_equal(r.err, ERR_INPUT);
	rebuilt_fini(&r);
	WebPFree(file);

	len = WebPEncodeLosslessRGBA(drawing, WIDTH, HEIGHT, WIDTH * 4,
	    &file);
	rebuild(&r, (struct span){ file, len });
	assert_int_equal(r.result.type, SAFE_PNG);
	rebuilt_fini(&r);
	WebPFree(file);

	len = WebPEncodeLosslessRGB(photo, WIDTH, HEIGHT, WIDTH * 3, &file);
	rebuild(&r, (struct span){ file, len });
	assert_int_equal(r.result.type, SAFE_JPEG);
	rebuilt_fini(&r);
	WebPFree(file);

	len = WebPEncodeRGBA(drawing, WIDTH, HEIGHT, WIDTH * 4, 90, &file);
	rebuild(&r, (struct span){ file, len });
	assert_int_equal(r.result.type, SAFE_JPEG);
	rebuilt_fini(&r);
	WebPFree(file);

	drawing[3] = 100;
	len = WebPEncodeRGBA(drawing, WIDTH, HEIGHT, WIDTH * 4, 90, &file);
	rebuild(&r, (struct span){ file, len });
	assert_int_equal(r.result.type, SAFE_PNG);
	rebuilt_fini(&r);
	WebPFree(file);
}

static struct heif_error
take_heif(struct heif_context *context, const void *bytes, size_t len,
    void *user)
{
	(void)context;
	assert_int_equal(buf_add(user, (struct span){ bytes, len }), OK);
	return (struct heif_error){ heif_error_Ok, heif_suberror_Unspecified,
	    "" };
}

static void
make_heic(struct buf *file)
{
	struct heif_context *context = heif_context_alloc();
	struct heif_writer writer = { 1, take_heif };
	struct heif_encoder *encoder;
	struct heif_image *image;
	uint8_t *plane;
	int stride;

	buf_init(file, BYTES_MAX);
	assert_int_equal(heif_context_get_encoder_for_format(context,
	    heif_compression_HEVC, &encoder).code, heif_error_Ok);
	heif_image_create(WIDTH, HEIGHT, heif_colorspace_RGB,
	    heif_chroma_interleaved_RGB, &image);
	heif_image_add_plane(image, heif_channel_interleaved, WIDTH, HEIGHT,
	    24);
	plane = heif_image_get_plane(image, heif_channel_interleaved,
	    &stride);
	for (int y = 0; y < HEIGHT; y++)
		memcpy(plane + y * stride, photo + y * WIDTH * 3, WIDTH * 3);
	assert_int_equal(heif_context_encode_image(context, image, encoder,
	    NULL, NULL).code, heif_error_Ok);
	assert_int_equal(heif_context_write(context, &writer, file).code,
	    heif_error_Ok);
	heif_image_release(image);
	heif_encoder_release(encoder);
	heif_context_free(context);
}

static void
heic_becomes_a_jpeg_and_its_declared_size_is_checked(void **state)
{
	struct rebuilt r;
	struct buf file;
	size_t at;

	(void)state;
	draw();
	make_heic(&file);
	rebuild(&r, buf_span(&file));
	assert_int_equal(r.err, OK);
	assert_int_equal(r.result.type, SAFE_JPEG);
	rebuilt_fini(&r);

	at = span_find(buf_span(&file), SPAN("ispe"));
	assert_true(at < file.len);
	file.ptr[at + 9] = 1;		/* 65,696 pixels wide */
	rebuild(&r, buf_span(&file));
	assert_int_equal(r.err, ERR_LIMIT);
	assert_string_equal(r.result.reason, "picture too large");
	rebuilt_fini(&r);
	file.ptr[at + 9] = 0;

	at = span_find(buf_span(&file), SPAN("infe"));
	memcpy(file.ptr + at + 12, "av01", 4);
	rebuild(&r, buf_span(&file));
	assert_int_equal(r.err, ERR_POLICY);
	rebuilt_fini(&r);
	buf_fini(&file);
}

/* A page of 3 x 2: white, black, black / white, white, white. */
static void
tiff_page(TIFF *tiff, uint16_t orientation)
{
	uint8_t rows[2] = { 0x60, 0x00 };

	TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, 3);
	TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 2);
	TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 1);
	TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
	TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 2);
	TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
	TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
	TIFFSetField(tiff, TIFFTAG_ORIENTATION, orientation);
	TIFFSetField(tiff, TIFFTAG_SOFTWARE, "SECRET");
	assert_int_equal(TIFFWriteScanline(tiff, rows, 0, 0), 1);
	assert_int_equal(TIFFWriteScanline(tiff, rows + 1, 1, 0), 1);
	assert_int_equal(TIFFWriteDirectory(tiff), 1);
}

static size_t
make_tiff(uint8_t *bytes, size_t max, uint16_t orientation, unsigned pages)
{
	int fd = memfd_create("picture", MFD_CLOEXEC);
	ssize_t len;
	TIFF *tiff;

	assert_int_not_equal(fd, -1);
	tiff = TIFFFdOpen(dup(fd), "picture", "w");
	while (pages-- > 0)
		tiff_page(tiff, orientation);
	TIFFClose(tiff);
	len = pread(fd, bytes, max, 0);
	assert_true(len > 0);
	close(fd);
	return (size_t)len;
}

static void
tiff_shows_its_first_page_turned_as_it_says(void **state)
{
	static const uint32_t want[9][6] = {
		[1] = { WHITE, BLACK, BLACK, WHITE, WHITE, WHITE },
		[2] = { BLACK, BLACK, WHITE, WHITE, WHITE, WHITE },
		[3] = { WHITE, WHITE, WHITE, BLACK, BLACK, WHITE },
		[4] = { WHITE, WHITE, WHITE, WHITE, BLACK, BLACK },
		[5] = { WHITE, WHITE, BLACK, WHITE, BLACK, WHITE },
		[6] = { WHITE, WHITE, WHITE, BLACK, WHITE, BLACK },
		[7] = { WHITE, BLACK, WHITE, BLACK, WHITE, WHITE },
		[8] = { BLACK, WHITE, BLACK, WHITE, WHITE, WHITE },
	};
	uint8_t bytes[8192];
	struct rebuilt r;
	size_t len;

	(void)state;
	for (uint16_t o = 1; o <= 8; o++) {
		len = make_tiff(bytes, sizeof(bytes), o, 3);
		shows((struct span){ bytes, len }, o < 5 ? 3 : 2,
		    o < 5 ? 2 : 3, want[o]);
	}
	rebuild(&r, (struct span){ bytes, len });
	assert_int_equal(removed(&r, "pages"), 2);
	assert_int_equal(removed(&r, "metadata"), 1);
	assert_int_equal(span_find(buf_span(&r.bytes), SPAN("SECRET")),
	    r.bytes.len);
	rebuilt_fini(&r);
}

static void
tiff_in_a_circle_or_with_a_far_directory_is_refused(void **state)
{
	const uint8_t circle[] = { 'I', 'I', '*', 0, U32(8), U16(0), U32(8) };
	const uint8_t far[] = { 'I', 'I', '*', 0, U32(0xfffffff0u), 0 };
	const uint8_t many[] = { 'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 1, 0, 0,
	    4, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct rebuilt r;

	(void)state;
	rebuild(&r, (struct span){ circle, sizeof(circle) });
	assert_int_equal(r.err, ERR_LIMIT);
	rebuilt_fini(&r);
	rebuild(&r, (struct span){ far, sizeof(far) });
	assert_int_equal(r.err, ERR_INPUT);
	rebuilt_fini(&r);
	rebuild(&r, (struct span){ many, sizeof(many) });
	assert_int_equal(r.err, ERR_INPUT);
	rebuilt_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    bmp_with_runs_fields_and_old_headers_shows_its_pixels),
		cmocka_unit_test(bmp_cut_off_or_too_large_is_refused),
		cmocka_unit_test(
		    gif_becomes_its_first_picture_and_says_what_is_gone),
		cmocka_unit_test(
		    webp_is_jpeg_when_lossy_png_when_drawn_or_seen_through),
		cmocka_unit_test(
		    heic_becomes_a_jpeg_and_its_declared_size_is_checked),
		cmocka_unit_test(tiff_shows_its_first_page_turned_as_it_says),
		cmocka_unit_test(
		    tiff_in_a_circle_or_with_a_far_directory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
