/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JPEG rebuilt from its pixels. Pictures are made by libjpeg here: four
 * quarters of plain colours, which survive coding well enough to be told
 * apart wherever they are turned to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>

#include "../../../sanitizer/format_jpeg.h"
#include "../../../sanitizer/report.h"

#define BYTES_MAX	(16u * 1024 * 1024)
#define WIDTH		48
#define HEIGHT		32
#define NEAR		24

static const uint8_t quarters[4][3] = {
	{ 200, 30, 30 }, { 30, 200, 30 }, { 30, 30, 200 }, { 220, 220, 220 },
};

struct picture {
	J_COLOR_SPACE	space;
	int		samples;
	unsigned	width, height;
	bool		progressive;
	bool		arithmetic;
	bool		adobe;		/* inverted CMYK */
	int		h, v;		/* sampling of luminance; 0: default */
	struct span	marker;		/* of an APP1 */
	const char	*comment;
};

static const struct picture plain = { .space = JCS_RGB, .samples = 3,
	.width = WIDTH, .height = HEIGHT };

static void
fill_row(const struct picture *p, unsigned y, uint8_t *row)
{
	for (unsigned x = 0; x < p->width; x++) {
		const uint8_t *c = quarters[(y >= p->height / 2) * 2 +
		    (x >= p->width / 2)];

		if (p->samples == 1)
			*row++ = c[1];
		else if (p->samples == 3) {
			memcpy(row, c, 3);
			row += 3;
		} else {
			for (unsigned i = 0; i < 3; i++)
				*row++ = p->adobe ? c[i] :
				    (uint8_t)(255 - c[i]);
			*row++ = p->adobe ? 255 : 0;
		}
	}
}

/* malloc'ed by libjpeg */
static struct span
make(const struct picture *p)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr e;
	unsigned char *bytes = NULL;
	unsigned long len = 0;
	uint8_t *row = malloc((size_t)p->width * 4);

	assert_non_null(row);
	c.err = jpeg_std_error(&e);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &bytes, &len);
	c.image_width = p->width;
	c.image_height = p->height;
	c.input_components = p->samples;
	c.in_color_space = p->space;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 95, TRUE);
	if (p->samples == 4)
		c.write_Adobe_marker = p->adobe;
	if (p->progressive)
		jpeg_simple_progression(&c);
	c.arith_code = p->arithmetic;
	if (p->h > 0) {
		c.comp_info[0].h_samp_factor = p->h;
		c.comp_info[0].v_samp_factor = p->v;
	}
	jpeg_start_compress(&c, TRUE);
	if (p->marker.len > 0)
		jpeg_write_marker(&c, JPEG_APP0 + 1, p->marker.ptr,
		    (unsigned)p->marker.len);
	if (p->comment != NULL)
		jpeg_write_marker(&c, JPEG_COM,
		    (const JOCTET *)p->comment, (unsigned)strlen(p->comment));
	for (unsigned y = 0; y < p->height; y++) {
		fill_row(p, y, row);
		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	free(row);
	return (struct span){ bytes, len };
}

struct rebuilt {
	enum err	 err;
	struct buf	 bytes;
	struct convert_result result;
	unsigned	 width, height;
	int		 samples, h, v;
	uint8_t		*pixels;
};

static void
decode(struct rebuilt *r)
{
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr e;
	size_t row;

	d.err = jpeg_std_error(&e);
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, r->bytes.ptr, r->bytes.len);
	jpeg_read_header(&d, TRUE);
	assert_false(d.progressive_mode);
	assert_false(d.arith_code);
	assert_false(d.saw_Adobe_marker);
	assert_true(d.saw_JFIF_marker);
	r->h = d.comp_info[0].h_samp_factor;
	r->v = d.comp_info[0].v_samp_factor;
	jpeg_start_decompress(&d);
	r->width = d.output_width;
	r->height = d.output_height;
	r->samples = d.output_components;
	row = (size_t)r->width * (size_t)r->samples;
	r->pixels = malloc(row * r->height);
	assert_non_null(r->pixels);
	while (d.output_scanline < d.output_height) {
		uint8_t *at = r->pixels + row * d.output_scanline;

		jpeg_read_scanlines(&d, &at, 1);
	}
	jpeg_finish_decompress(&d);
	assert_int_equal(e.num_warnings, 0);
	jpeg_destroy_decompress(&d);
}

static void
rebuild(struct rebuilt *r, struct span jpeg)
{
	struct input in = input_span(jpeg);
	struct buf_sink sink;

	memset(r, 0, sizeof(*r));
	buf_init(&r->bytes, BYTES_MAX);
	buf_init(&r->result.removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, &r->bytes);
	r->err = format_jpeg(&in, NULL, &sink.filter, &r->result);
	if (r->err == OK) {
		assert_int_equal(r->result.outcome, OUTCOME_REBUILT);
		assert_int_equal(r->result.type, SAFE_JPEG);
		decode(r);
	} else
		assert_true(r->result.reason[0] != '\0');
}

static void
rebuilt_fini(struct rebuilt *r)
{
	buf_fini(&r->bytes);
	buf_fini(&r->result.removed);
	free(r->pixels);
}

/* Which quarter's colour is at the middle of the quarter (x, y)? */
static int
quarter_at(const struct rebuilt *r, unsigned x, unsigned y)
{
	const uint8_t *p = r->pixels + ((size_t)(r->height * (1 + 2 * y) / 4) *
	    r->width + r->width * (1 + 2 * x) / 4) * 3;

	for (int q = 0; q < 4; q++)
		if (abs(p[0] - quarters[q][0]) < NEAR &&
		    abs(p[1] - quarters[q][1]) < NEAR &&
		    abs(p[2] - quarters[q][2]) < NEAR)
			return q;
	return -1;
}

static void
expect_quarters(const struct rebuilt *r, const int order[4])
{
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(quarter_at(r, i & 1, i >> 1), order[i]);
}

static const int upright[4] = { 0, 1, 2, 3 };

static uint64_t
removed(const struct rebuilt *r, const char *what)
{
	return removed_count(buf_span(&r->result.removed), what);
}

/* Exif with an orientation, GPS and thumbnail pointers when asked for. */
static size_t
exif_block(uint8_t *at, bool big, unsigned orientation, bool more)
{
	static const uint8_t little_head[] = "Exif\0\0II*\0\10\0\0\0";
	static const uint8_t big_head[] = "Exif\0\0MM\0*\0\0\0\10";
	uint8_t *p = at;

	memcpy(p, big ? big_head : little_head, 14);
	p += 14;
	*p++ = 0;
	*p++ = (uint8_t)(more ? 2 : 1);
	if (!big) {
		p[-2] = p[-1];
		p[-1] = 0;
	}
	if (big)
		memcpy(p, "\1\22\0\3\0\0\0\1\0", 9);
	else
		memcpy(p, "\22\1\3\0\1\0\0\0", 8);
	p += big ? 9 : 8;
	*p++ = (uint8_t)orientation;
	memset(p, 0, 3);
	p += big ? 2 : 3;
	if (more) {
		memcpy(p, big ? "\210\45\0\4\0\0\0\1\0\0\0\77" :
		    "\45\210\4\0\1\0\0\0\77\0\0\0", 12);
		p += 12;
	}
	memset(p, 0, 4);
	p[big ? 3 : 0] = more ? 99 : 0;
	return (size_t)(p + 4 - at);
}

static void
a_plain_picture_stays_what_it_shows(void **state)
{
	struct rebuilt r;
	struct span jpeg = make(&plain);

	(void)state;
	rebuild(&r, jpeg);
	assert_int_equal(r.err, OK);
	assert_int_equal(r.width, WIDTH);
	assert_int_equal(r.height, HEIGHT);
	expect_quarters(&r, upright);
	assert_int_equal(r.result.removed.len, 0);
	rebuilt_fini(&r);
	free((void *)(uintptr_t)jpeg.ptr);
}

static void
all_kinds_of_coding_become_baseline(void **state)
{
	struct picture kinds[] = { plain, plain, plain, plain, plain, plain };
	struct rebuilt r;

	(void)state;
	kinds[0].progressive = true;
	kinds[1].arithmetic = true;
	kinds[2].h = 2;
	kinds[2].v = 1;
	kinds[3].h = kinds[3].v = 1;
	kinds[4].h = 4;
	kinds[4].v = 1;
	kinds[5].h = 1;
	kinds[5].v = 2;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct span jpeg = make(&kinds[i]);

		rebuild(&r, jpeg);
		assert_int_equal(r.err, OK);
		expect_quarters(&r, upright);
		assert_int_equal(r.h, kinds[i].h == 0 ? 2 : kinds[i].h);
		assert_int_equal(r.v, kinds[i].v == 0 ? 2 : kinds[i].v);
		rebuilt_fini(&r);
		free((void *)(uintptr_t)jpeg.ptr);
	}
}

static void
cmyk_becomes_rgb_and_grey_stays_grey(void **state)
{
	struct picture p = { .space = JCS_CMYK, .samples = 4, .width = WIDTH,
		.height = HEIGHT };
	struct rebuilt r;
	struct span jpeg;

	(void)state;
	for (unsigned adobe = 0; adobe < 2; adobe++) {
		p.adobe = adobe == 1;
		jpeg = make(&p);
		rebuild(&r, jpeg);
		assert_int_equal(r.err, OK);
		assert_int_equal(r.samples, 3);
		expect_quarters(&r, upright);
		rebuilt_fini(&r);
		free((void *)(uintptr_t)jpeg.ptr);
	}
	p = (struct picture){ .space = JCS_GRAYSCALE, .samples = 1,
		.width = WIDTH, .height = HEIGHT };
	jpeg = make(&p);
	rebuild(&r, jpeg);
	assert_int_equal(r.err, OK);
	assert_int_equal(r.samples, 1);
	assert_in_range(r.pixels[0], 26, 34);
	assert_in_range(r.pixels[WIDTH - 1], 196, 204);
	rebuilt_fini(&r);
	free((void *)(uintptr_t)jpeg.ptr);
}

static void
each_orientation_of_exif_is_applied_to_the_pixels(void **state)
{
	/* what stands upper left, upper right, lower left, lower right */
	static const int order[9][4] = {
		{ 0, 1, 2, 3 }, { 0, 1, 2, 3 }, { 1, 0, 3, 2 }, { 3, 2, 1, 0 },
		{ 2, 3, 0, 1 }, { 0, 2, 1, 3 }, { 2, 0, 3, 1 }, { 3, 1, 2, 0 },
		{ 1, 3, 0, 2 },
	};
	struct rebuilt r;
	uint8_t exif[100];

	(void)state;
	for (unsigned o = 0; o <= 9; o++)
		for (unsigned big = 0; big < 2; big++) {
			struct picture p = plain;
			struct span jpeg;
			bool turned = o >= 5 && o <= 8;

			p.marker.ptr = exif;
			p.marker.len = exif_block(exif, big == 1, o, false);
			jpeg = make(&p);
			rebuild(&r, jpeg);
			assert_int_equal(r.err, OK);
			assert_int_equal(r.width, turned ? HEIGHT : WIDTH);
			assert_int_equal(r.height, turned ? WIDTH : HEIGHT);
			expect_quarters(&r, order[o > 8 ? 0 : o]);
			assert_int_equal(removed(&r, "exif"), 1);
			assert_int_equal(removed(&r, "gps"), 0);
			rebuilt_fini(&r);
			free((void *)(uintptr_t)jpeg.ptr);
		}
}

static void
what_is_not_picture_is_removed_and_named(void **state)
{
	struct picture p = plain;
	struct rebuilt r;
	uint8_t exif[100];
	struct span jpeg;

	(void)state;
	p.marker.ptr = exif;
	p.marker.len = exif_block(exif, false, 1, true);
	p.comment = "SECRET";
	jpeg = make(&p);
	rebuild(&r, jpeg);
	assert_int_equal(r.err, OK);
	assert_int_equal(removed(&r, "exif"), 1);
	assert_int_equal(removed(&r, "gps"), 1);
	assert_int_equal(removed(&r, "thumbnail"), 1);
	assert_int_equal(removed(&r, "comment"), 1);
	assert_int_equal(span_find(buf_span(&r.bytes), SPAN("SECRET")),
	    r.bytes.len);
	assert_int_equal(span_find(buf_span(&r.bytes), SPAN("Exif")),
	    r.bytes.len);
	rebuilt_fini(&r);
	free((void *)(uintptr_t)jpeg.ptr);
}

static void
a_second_file_behind_the_end_is_gone(void **state)
{
	static const char tail[] = "PK\3\4 a zip archive, or a program";
	struct rebuilt r;
	struct span jpeg = make(&plain);
	struct buf both;

	(void)state;
	buf_init(&both, BYTES_MAX);
	assert_int_equal(buf_add(&both, jpeg), OK);
	assert_int_equal(buf_add(&both, SPAN("PK\3\4 a zip archive, "
	    "or a program")), OK);
	rebuild(&r, buf_span(&both));
	assert_int_equal(r.err, OK);
	assert_int_equal(removed(&r, "trailing-bytes"), sizeof(tail) - 1);
	assert_int_equal(span_find(buf_span(&r.bytes), SPAN("PK\3\4")),
	    r.bytes.len);
	assert_true(span_ends(buf_span(&r.bytes), SPAN("\xff\xd9")));
	rebuilt_fini(&r);
	buf_fini(&both);
	free((void *)(uintptr_t)jpeg.ptr);
}

static void
a_picture_cut_off_anywhere_is_refused(void **state)
{
	struct rebuilt r;
	struct span jpeg = make(&plain);

	(void)state;
	for (size_t len = 0; len < jpeg.len; len++) {
		rebuild(&r, span_sub(jpeg, 0, len));
		assert_int_equal(r.err, ERR_INPUT);
		rebuilt_fini(&r);
	}
	free((void *)(uintptr_t)jpeg.ptr);
}

/* Write another size into the frame header. */
static void
set_size(struct buf *jpeg, unsigned width, unsigned height)
{
	size_t at = span_find(buf_span(jpeg), SPAN("\xff\xc0"));

	assert_true(at < jpeg->len);
	jpeg->ptr[at + 5] = (uint8_t)(height >> 8);
	jpeg->ptr[at + 6] = (uint8_t)height;
	jpeg->ptr[at + 7] = (uint8_t)(width >> 8);
	jpeg->ptr[at + 8] = (uint8_t)width;
}

static void
too_large_ones_are_refused_before_decoding(void **state)
{
	static const struct { unsigned width, height; } sizes[] = {
		{ 30001, 10 }, { 10, 30001 }, { 20000, 20000 },
		{ 5000, 5000 },		/* from one kilobyte: a bomb */
	};
	struct span jpeg = make(&plain);
	struct rebuilt r;
	struct buf copy;

	(void)state;
	buf_init(&copy, BYTES_MAX);
	assert_int_equal(buf_add(&copy, jpeg), OK);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		set_size(&copy, sizes[i].width, sizes[i].height);
		rebuild(&r, buf_span(&copy));
		assert_int_equal(r.err, ERR_LIMIT);
		assert_int_equal(r.bytes.len, 0);
		rebuilt_fini(&r);
	}
	buf_fini(&copy);
	free((void *)(uintptr_t)jpeg.ptr);
}

static void
a_picture_of_many_scans_is_refused(void **state)
{
	struct picture p = plain;
	struct span jpeg;
	struct rebuilt r;
	struct buf many;
	size_t scan, end;

	(void)state;
	p.progressive = true;
	jpeg = make(&p);
	/* the last scan again and again */
	end = jpeg.len - 2;
	for (scan = end - 1; scan > 0 && !(jpeg.ptr[scan] == 0xff &&
	    jpeg.ptr[scan + 1] == 0xda); scan--)
		;
	buf_init(&many, BYTES_MAX);
	assert_int_equal(buf_add(&many, span_sub(jpeg, 0, end)), OK);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(buf_add(&many, span_sub(jpeg, scan,
		    end - scan)), OK);
	assert_int_equal(buf_add(&many, SPAN("\xff\xd9")), OK);
	rebuild(&r, buf_span(&many));
	assert_int_equal(r.err, ERR_LIMIT);
	rebuilt_fini(&r);
	buf_fini(&many);
	free((void *)(uintptr_t)jpeg.ptr);
}

static void
what_the_output_refuses_is_an_error(void **state)
{
	struct convert_result result = { 0 };
	struct span jpeg = make(&plain);
	struct input in = input_span(jpeg);
	struct buf_sink sink;
	struct buf small;

	(void)state;
	buf_init(&small, 100);
	buf_init(&result.removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, &small);
	assert_int_equal(format_jpeg(&in, NULL, &sink.filter, &result),
	    ERR_LIMIT);
	buf_fini(&small);
	buf_fini(&result.removed);
	free((void *)(uintptr_t)jpeg.ptr);
}

static void
a_rebuilt_picture_has_nothing_to_remove(void **state)
{
	struct span jpeg = make(&plain);
	struct rebuilt once, twice;

	(void)state;
	rebuild(&once, jpeg);
	rebuild(&twice, buf_span(&once.bytes));
	assert_int_equal(twice.err, OK);
	assert_int_equal(twice.result.removed.len, 0);
	expect_quarters(&twice, upright);
	rebuilt_fini(&once);
	rebuilt_fini(&twice);
	free((void *)(uintptr_t)jpeg.ptr);
}

/* 10 x 10 seen, of 16 x 16 coded: Y in 4 blocks, Cb and Cr in one each. */
#define SEEN		10
#define CODED		16

static void
planes_new(JSAMPROW rows[3][CODED], uint8_t bytes[3][CODED][CODED],
    JSAMPARRAY planes[3])
{
	for (unsigned i = 0; i < 3; i++) {
		for (unsigned y = 0; y < CODED; y++)
			rows[i][y] = bytes[i][y];
		planes[i] = rows[i];
	}
}

static struct span
make_with_hidden_edges(uint8_t seen, uint8_t hidden)
{
	static uint8_t bytes[3][CODED][CODED];
	JSAMPROW rows[3][CODED];
	JSAMPARRAY planes[3];
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr e;
	unsigned char *out = NULL;
	unsigned long len = 0;

	for (unsigned i = 0; i < 3; i++)
		for (unsigned y = 0; y < CODED; y++)
			for (unsigned x = 0; x < CODED; x++) {
				unsigned n = i == 0 ? SEEN : SEEN / 2;

				bytes[i][y][x] = x < n && y < n ? seen :
				    hidden;
			}
	planes_new(rows, bytes, planes);
	c.err = jpeg_std_error(&e);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &out, &len);
	c.image_width = c.image_height = SEEN;
	c.input_components = 3;
	c.in_color_space = JCS_YCbCr;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 100, TRUE);
	c.raw_data_in = TRUE;
	jpeg_start_compress(&c, TRUE);
	assert_int_equal(jpeg_write_raw_data(&c, planes, CODED), CODED);
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	return (struct span){ out, len };
}

/* The least and the most of the samples, seen or not. */
static void
range_of_planes(struct span jpeg, unsigned *least, unsigned *most)
{
	static uint8_t bytes[3][CODED][CODED];
	JSAMPROW rows[3][CODED];
	JSAMPARRAY planes[3];
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr e;

	planes_new(rows, bytes, planes);
	d.err = jpeg_std_error(&e);
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, jpeg.ptr, jpeg.len);
	jpeg_read_header(&d, TRUE);
	assert_int_equal(d.max_v_samp_factor, 2);
	d.out_color_space = JCS_YCbCr;
	d.raw_data_out = TRUE;
	jpeg_start_decompress(&d);
	assert_int_equal(jpeg_read_raw_data(&d, planes, CODED), CODED);
	jpeg_destroy_decompress(&d);
	*least = 255;
	*most = 0;
	for (unsigned i = 0; i < 3; i++)
		for (unsigned y = 0; y < (i == 0 ? CODED : DCTSIZE); y++)
			for (unsigned x = 0; x < (i == 0 ? CODED : DCTSIZE);
			    x++) {
				unsigned sample = bytes[i][y][x];

				if (sample < *least)
					*least = sample;
				if (sample > *most)
					*most = sample;
			}
}

static void
what_stands_behind_the_edges_is_not_kept(void **state)
{
	struct span jpeg = make_with_hidden_edges(100, 250);
	struct rebuilt r;
	unsigned least, most;

	(void)state;
	range_of_planes(jpeg, &least, &most);
	assert_true(most > 240);
	rebuild(&r, jpeg);
	assert_int_equal(r.err, OK);
	assert_int_equal(r.width, SEEN);
	range_of_planes(buf_span(&r.bytes), &least, &most);
	assert_in_range(least, 90, 100);
	assert_in_range(most, 100, 110);
	rebuilt_fini(&r);
	free((void *)(uintptr_t)jpeg.ptr);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_picture_stays_what_it_shows),
		cmocka_unit_test(all_kinds_of_coding_become_baseline),
		cmocka_unit_test(cmyk_becomes_rgb_and_grey_stays_grey),
		cmocka_unit_test(
		    each_orientation_of_exif_is_applied_to_the_pixels),
		cmocka_unit_test(what_is_not_picture_is_removed_and_named),
		cmocka_unit_test(a_second_file_behind_the_end_is_gone),
		cmocka_unit_test(a_picture_cut_off_anywhere_is_refused),
		cmocka_unit_test(too_large_ones_are_refused_before_decoding),
		cmocka_unit_test(a_picture_of_many_scans_is_refused),
		cmocka_unit_test(what_the_output_refuses_is_an_error),
		cmocka_unit_test(what_stands_behind_the_edges_is_not_kept),
		cmocka_unit_test(a_rebuilt_picture_has_nothing_to_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
