/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TIFF of several pages to a PDF that the verifier takes, of one page to a
 * picture; Lab in its right colours. Made by libtiff.
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
#include <tiffio.h>

#include "../../../gateway/verify/verify_pdf.h"
#include "../../../sanitizer/format_picture.h"
#include "../../../sanitizer/image.h"

#define BYTES_MAX	(32u * 1024 * 1024)

struct leaf {			/* of a TIFF */
	uint32_t	width, height;
	uint32_t	kind;		/* FILETYPE_ */
	uint16_t	orientation;
	float		x_dpi, y_dpi;	/* 0: none */
};

static void
put_leaf(TIFF *tiff, const struct leaf *leaf)
{
	uint8_t row[512] = { 0xf0 };

	TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, leaf->kind);
	TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, leaf->width);
	TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, leaf->height);
	TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 1);
	TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
	TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, leaf->height);
	TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
	TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
	TIFFSetField(tiff, TIFFTAG_ORIENTATION, leaf->orientation);
	TIFFSetField(tiff, TIFFTAG_SOFTWARE, "SECRET");
	if (leaf->x_dpi > 0) {
		TIFFSetField(tiff, TIFFTAG_XRESOLUTION, leaf->x_dpi);
		TIFFSetField(tiff, TIFFTAG_YRESOLUTION, leaf->y_dpi);
		TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
	}
	for (uint32_t y = 0; y < leaf->height; y++)
		assert_int_equal(TIFFWriteScanline(tiff, row, y, 0), 1);
	assert_int_equal(TIFFWriteDirectory(tiff), 1);
}

static struct buf
read_back(int fd)
{
	struct buf file;
	off_t len = lseek(fd, 0, SEEK_END);
	uint8_t *room;

	buf_init(&file, BYTES_MAX);
	assert_true(len > 0);
	assert_int_equal(buf_reserve(&file, (size_t)len, &room), OK);
	assert_int_equal(pread(fd, room, (size_t)len, 0), len);
	file.len = (size_t)len;
	close(fd);
	return file;
}

static struct buf
make(const struct leaf *leaves, size_t n)
{
	int fd = memfd_create("picture", MFD_CLOEXEC);
	TIFF *tiff;

	assert_int_not_equal(fd, -1);
	tiff = TIFFFdOpen(dup(fd), "picture", "w");
	for (size_t i = 0; i < n; i++)
		put_leaf(tiff, &leaves[i]);
	TIFFClose(tiff);
	return read_back(fd);
}

struct made {
	enum err	err;
	struct buf	bytes;
	struct convert_result result;
};

static void
run(struct made *m, struct buf *file)
{
	struct input in = input_span(buf_span(file));
	struct buf_sink sink;

	memset(m, 0, sizeof(*m));
	buf_init(&m->bytes, BYTES_MAX);
	buf_init(&m->result.removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, &m->bytes);
	m->err = format_tiff_pages(&in, NULL, &sink.filter, &m->result);
	buf_fini(file);
}

static void
made_fini(struct made *m)
{
	buf_fini(&m->bytes);
	buf_fini(&m->result.removed);
}

static unsigned
count(const struct made *m, const char *text)
{
	struct span s = buf_span(&m->bytes), want = span_str(text);
	unsigned n = 0;
	size_t at;

	while ((at = span_find(s, want)) < s.len) {
		s = span_sub(s, at + want.len, s.len);
		n++;
	}
	return n;
}

static uint64_t
gone(const struct made *m, const char *what)
{
	return removed_count(buf_span(&m->result.removed), what);
}

static void
is_a_safe_pdf(const struct made *m, uint32_t pages)
{
	static struct pdf_reader pdf;
	struct diag diag = { .err = OK };

	assert_int_equal(m->err, OK);
	assert_int_equal(m->result.type, SAFE_PDF);
	assert_int_equal(m->result.outcome, OUTCOME_REBUILT);
	assert_int_equal(m->result.pages, pages);
	assert_int_equal(count(m, "/Type/Page>>"), pages);
	pdf_reader_init(&pdf);
	assert_int_equal(pdf_reader_write(&pdf, buf_span(&m->bytes), &diag),
	    OK);
	assert_int_equal(pdf_reader_end(&pdf, &diag), OK);
}

static void
several_pages_become_a_pdf(void **state)
{
	static const struct leaf leaves[] = {
		{ 300, 150, 0, 1, 150, 150 },
		{ 40, 20, FILETYPE_REDUCEDIMAGE, 1, 0, 0 },
		{ 300, 150, FILETYPE_MASK, 1, 0, 0 },
		/* a fax: its dots are higher than wide */
		{ 408, 196, FILETYPE_PAGE, 1, 204, 98 },
		/* turned */
		{ 150, 75, FILETYPE_PAGE, 6, 75, 150 },
		/* a resolution that nobody has */
		{ 75, 75, FILETYPE_PAGE, 1, 1, 1 },
	};
	struct buf file = make(leaves, 6);
	struct made m;

	(void)state;
	run(&m, &file);
	is_a_safe_pdf(&m, 4);
	assert_int_equal(count(&m, "/MediaBox[0 0 144 72]"), 1);
	assert_int_equal(count(&m, "/MediaBox[0 0 144 144]"), 1);
	assert_int_equal(count(&m, "/Height 196"), 1);
	assert_int_equal(count(&m, "/MediaBox[0 0 36 144]"), 1);
	assert_int_equal(count(&m, "/Width 75"), 2);
	assert_int_equal(count(&m, "/MediaBox[0 0 36 36]"), 1);
	assert_int_equal(count(&m, "SECRET"), 0);
	assert_int_equal(gone(&m, "pages"), 0);
	assert_int_equal(gone(&m, "thumbnail"), 1);
	assert_int_equal(gone(&m, "mask"), 1);
	assert_int_equal(gone(&m, "metadata"), 6);
	made_fini(&m);
}

static void
one_page_becomes_a_picture(void **state)
{
	static const struct leaf leaves[] = {
		{ 40, 20, FILETYPE_REDUCEDIMAGE, 1, 0, 0 },
		{ 300, 150, 0, 1, 150, 150 },
	};
	struct buf file = make(leaves, 2);
	struct made m;

	(void)state;
	run(&m, &file);
	assert_int_equal(m.err, OK);
	assert_int_equal(m.result.type, SAFE_PNG);
	assert_int_equal(m.result.pages, 0);
	/* the page, not the small picture of it */
	assert_int_equal(m.bytes.ptr[18] << 8 | m.bytes.ptr[19], 300);
	assert_int_equal(gone(&m, "thumbnail"), 1);
	made_fini(&m);
}

/* The compression of the n-th directory is one that we do not have. */
static void
spoil(struct buf *file, unsigned n)
{
	uint32_t at, i, entries;

	memcpy(&at, file->ptr + 4, 4);
	for (;; n--) {
		entries = (uint32_t)(file->ptr[at] | file->ptr[at + 1] << 8);
		if (n == 0)
			break;
		memcpy(&at, file->ptr + at + 2 + 12 * entries, 4);
	}
	for (i = 0; i < entries; i++)
		if (file->ptr[at + 2 + 12 * i] == 3 &&
		    file->ptr[at + 3 + 12 * i] == 1) {
			file->ptr[at + 10 + 12 * i] = 0x34;
			file->ptr[at + 11 + 12 * i] = 0x12;
			return;
		}
	fail();
}

static void
a_page_that_cannot_be_read_is_left_out_and_counted(void **state)
{
	static const struct leaf leaves[3] = { { 30, 20, 0, 1, 0, 0 },
		{ 30, 20, 2, 1, 0, 0 }, { 30, 20, 2, 1, 0, 0 } };
	struct buf file;
	struct made m;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		file = make(leaves, 3);
		spoil(&file, i);
		run(&m, &file);
		is_a_safe_pdf(&m, 2);
		assert_int_equal(gone(&m, "damaged-page"), 1);
		made_fini(&m);
	}
	file = make(leaves, 3);
	for (unsigned i = 0; i < 3; i++)
		spoil(&file, i);
	run(&m, &file);
	assert_int_equal(m.err, ERR_INPUT);
	assert_int_not_equal(m.result.reason[0], '\0');
	made_fini(&m);
}

static void
a_page_too_large_ends_it(void **state)
{
	static const struct leaf leaves[2] = { { 30, 20, 0, 1, 0, 0 },
		{ 16, 16385, 2, 1, 0, 0 } };
	struct buf file = make(leaves, 2);
	struct made m;

	(void)state;
	run(&m, &file);
	assert_int_equal(m.err, ERR_LIMIT);
	made_fini(&m);
}

/* One pixel of L*a*b*, as the grey PNG or the palette shows it. */
static void
lab(uint16_t bits, int l, int a, int b, const uint8_t rgb[3])
{
	int fd = memfd_create("picture", MFD_CLOEXEC);
	uint16_t wide[3] = { (uint16_t)(l * 65535 / 100), (uint16_t)(a * 256),
		(uint16_t)(b * 256) };
	uint8_t narrow[3] = { (uint8_t)((l * 255 + 50) / 100), (uint8_t)a,
		(uint8_t)b };
	size_t at;
	struct buf file;
	struct made m;
	TIFF *tiff;

	assert_int_not_equal(fd, -1);
	tiff = TIFFFdOpen(dup(fd), "picture", "w");
	TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, 1);
	TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, 1);
	TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits);
	TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 3);
	TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
	TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_CIELAB);
	assert_int_equal(TIFFWriteScanline(tiff, bits == 8 ? (void *)narrow :
	    (void *)wide, 0, 0), 1);
	TIFFClose(tiff);
	file = read_back(fd);
	run(&m, &file);
	assert_int_equal(m.err, OK);
	assert_int_equal(m.result.type, SAFE_PNG);
	at = span_find(buf_span(&m.bytes), SPAN("PLTE"));
	assert_true(at + 7 < m.bytes.len);
	for (unsigned i = 0; i < 3; i++)
		assert_in_range(m.bytes.ptr[at + 4 + i] + 2, rgb[i],
		    rgb[i] + 4);
	made_fini(&m);
}

static void
lab_has_the_colours_of_srgb(void **state)
{
	/* by LittleCMS, perceptual, D50 */
	static const struct { int l, a, b; uint8_t rgb[3]; } cases[] = {
		{ 60, 40, 30, { 217, 114, 94 } },
		{ 70, -30, 20, { 120, 185, 132 } },
		{ 50, 20, -20, { 140, 108, 154 } },
		{ 20, 5, 5, { 57, 46, 41 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		lab(8, cases[i].l, cases[i].a, cases[i].b, cases[i].rgb);
		lab(16, cases[i].l, cases[i].a, cases[i].b, cases[i].rgb);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_pages_become_a_pdf),
		cmocka_unit_test(one_page_becomes_a_picture),
		cmocka_unit_test(
		    a_page_that_cannot_be_read_is_left_out_and_counted),
		cmocka_unit_test(a_page_too_large_ends_it),
		cmocka_unit_test(lab_has_the_colours_of_srgb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
