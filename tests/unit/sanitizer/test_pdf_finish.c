/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one shape of PDF that leaves: from a drawing, and from pixels. The
 * whole file is compared where it is short; else what must not be there is
 * looked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zlib.h>

#include "../../../gateway/base/wire.h"
#include "../../../gateway/verify/verify_pdf.h"
#include "../../../sanitizer/pdf_finish.h"
#include "../../../sanitizer/pdf_jpeg.h"
#include "../../../sanitizer/pdf_pages.h"
#include "../../../sanitizer/pdf_write.h"
#include "../../../sanitizer/pixels.h"
#include "pdf_helper.h"

static void
a_drawing_is_written_in_our_shape(void **state)
{
	static const char *const objects[] = {
		"<</Type/Catalog/Pages 2 0 R/Lang(en)>>",
		"<</Type/Pages/Count 1/Kids[5 0 R]>>",
		"<</ca .50/Type/ExtGState/CA 1.0/Foo 3/ML -0.1234567>>",
		"(unused)",
		"<<  /Resources<</ExtGState<</a#20b 3 0 R>>/Bar 4 0 R>>"
		    "/Type/Page/Parent 2 0 R/MediaBox[0 0 +99 99.5]>>",
	};
	static const char wanted[] = "%PDF-1.5\n%\xE2\xE3\xCF\xD3\n"
	    "1 0 obj\n<</Pages 2 0 R/Type/Catalog>>\nendobj\n"
	    "2 0 obj\n<</Count 1/Kids[3 0 R]/Type/Pages>>\nendobj\n"
	    "3 0 obj\n<</MediaBox[0 0 99 99.5]/Parent 2 0 R/Resources"
	    "<</ExtGState<</a#20b 4 0 R>>>>/Type/Page>>\nendobj\n"
	    "4 0 obj\n<</CA 1/ML -0.123456/Type/ExtGState/ca 0.5>>\nendobj\n"
	    "xref\n0 5\n0000000000 65535 f \n0000000015 00000 n \n"
	    "0000000060 00000 n \n0000000111 00000 n \n"
	    "0000000216 00000 n \ntrailer\n<</Root 1 0 R/Size 5>>\n"
	    "startxref\n276\n%%EOF\n";
	struct convert_result result;
	struct buf in, out;

	(void)state;
	pdf_build(&in, "", objects, 5);
	assert_int_equal(pdf_run(pdf_finish, buf_span(&in), &out, &result),
	    OK);
	assert_int_equal(result.type, SAFE_PDF);
	assert_int_equal(out.len, sizeof(wanted) - 1);
	assert_memory_equal(out.ptr, wanted, out.len);
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&result.removed);
}

/* A drawing with one picture: a JPEG with a comment in it. */
static void
build_picture(struct buf *in, const char *filter)
{
	static uint8_t rgb[16 * 16 * 3];
	char text[400];
	struct buf jpeg, all, whole;
	const char *objects[] = { "<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Count 1/Kids[3 0 R]>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources"
		    "<</XObject<</I 4 0 R>>>>>>", text };
	size_t at;

	buf_init(&jpeg, 65536);
	buf_init(&all, 131072);
	assert_int_equal(pdf_jpeg(rgb, 16, 16, 3, 80, &jpeg), OK);
	/* behind SOI; the place holder has its length */
	assert_int_equal(buf_add(&all, span_sub(buf_span(&jpeg), 0, 2)), OK);
	assert_int_equal(buf_add(&all, SPAN("\xff\xfe\0\x0cPOLYGLOT!!")), OK);
	assert_int_equal(buf_add(&all, span_sub(buf_span(&jpeg), 2,
	    jpeg.len)), OK);
	snprintf(text, sizeof(text), "<</Type/XObject/Subtype/Image/Width 16"
	    "/Height 16/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/%s"
	    "/Length %zu>>\nstream\n@@@@\nendstream", filter, all.len);
	pdf_build(in, "", objects, 4);
	at = span_find(buf_span(in), SPAN("@@@@"));
	assert_true(at < in->len);
	/* the table of offsets is off then: qpdf mends it */
	buf_init(&whole, PDF_HELPER_BYTES);
	assert_int_equal(buf_add(&whole, span_sub(buf_span(in), 0, at)), OK);
	assert_int_equal(buf_add(&whole, buf_span(&all)), OK);
	assert_int_equal(buf_add(&whole, span_sub(buf_span(in), at + 4,
	    in->len)), OK);
	buf_fini(in);
	*in = whole;
	buf_fini(&jpeg);
	buf_fini(&all);
}

static void
a_jpeg_is_encoded_anew(void **state)
{
	struct convert_result result;
	struct buf in, out;

	(void)state;
	build_picture(&in, "DCTDecode");
	assert_true(pdf_has(&in, "POLYGLOT"));
	assert_int_equal(pdf_run(pdf_finish, buf_span(&in), &out, &result),
	    OK);
	assert_false(pdf_has(&out, "POLYGLOT"));
	assert_true(pdf_has(&out, "/Filter/DCTDecode/Height 16/Length"));
	assert_true(pdf_has(&out, "JFIF"));
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&result.removed);
}

static void
a_picture_that_is_not_decoded_ends_the_method(void **state)
{
	static const char *const filters[] = { "JPXDecode", "JBIG2Decode",
		"CCITTFaxDecode", "Unknown" };
	struct convert_result result;
	struct buf in, out;

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		build_picture(&in, filters[i]);
		assert_int_not_equal(pdf_run(pdf_finish, buf_span(&in), &out,
		    &result), OK);
		buf_fini(&in);
		buf_fini(&out);
		buf_fini(&result.removed);
	}
}

/* ---- pixels ---- */

#define MANY	0xff123456	/* a page that is a photograph */

/* A page of one colour, in the form that suits it. */
static void
put_page(struct buf *s, uint32_t colour, const char *word)
{
	uint32_t pixels[600];
	struct pixels_way way;
	uint8_t row[90], rgb[3 * PIXELS_PALETTE_N];

	for (unsigned i = 0; i < 600; i++)
		pixels[i] = colour == MANY ? i * 0x9e3779b1u >> 8 : colour;
	way = pixels_choose(pixels, 30, 30, 20);
	assert_int_equal(wire_put_u8(s, 1), OK);
	assert_int_equal(wire_put_u8(s, (uint8_t)way.form), OK);
	assert_int_equal(wire_put_u32(s, 30), OK);
	assert_int_equal(wire_put_u32(s, 20), OK);
	assert_int_equal(wire_put_u16(s, 150), OK);
	pixels_palette_rgb(rgb);
	if (way.form == PIXELS_PALETTE)
		assert_int_equal(buf_add(s, (struct span){ rgb,
		    sizeof(rgb) }), OK);
	for (unsigned y = 0; y < 20; y++) {
		pixels_pack(pixels + 30 * y, 30, way, row);
		assert_int_equal(buf_add(s, (struct span){ row,
		    pixels_row_bytes(way.form, 30) }), OK);
	}
	assert_int_equal(wire_put_u32(s, 1), OK);
	assert_int_equal(wire_put_u32(s, 2), OK);
	assert_int_equal(wire_put_u32(s, 3), OK);
	assert_int_equal(wire_put_u32(s, 22), OK);
	assert_int_equal(wire_put_u32(s, 13), OK);
	assert_int_equal(wire_put_u16(s, (uint16_t)strlen(word)), OK);
	assert_int_equal(buf_add_str(s, word), OK);
}

static void
put_end(struct buf *s, uint8_t kind, uint32_t pages)
{
	assert_int_equal(wire_put_u8(s, kind), OK);
	assert_int_equal(wire_put_u32(s, pages), OK);
}

static void
begin(struct buf *s)
{
	buf_init(s, PDF_HELPER_BYTES);
	assert_int_equal(buf_add_str(s, "SEKISHO-PIXELS 2\n"), OK);
}

static void
pages_are_stored_as_suits_their_colours(void **state)
{
	static const struct { uint32_t colour; const char *form; } pages[] = {
		{ 0, "<</BitsPerComponent 1/ColorSpace/DeviceGray" },
		{ 0x636363, "<</BitsPerComponent 4/ColorSpace/DeviceGray" },
		{ 0xc80000, "<</BitsPerComponent 8/ColorSpace[/Indexed "
		    "/DeviceRGB 255 <c8000000" },
		{ MANY, "<</BitsPerComponent 8/ColorSpace/DeviceRGB"
		    "/Filter/DCTDecode" },
	};
	static struct pdf_reader reader;
	struct diag diag = { .err = OK };
	struct convert_result result;
	struct buf in, out;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		begin(&in);
		put_page(&in, pages[i].colour, "\u65e5");
		put_end(&in, 0, 1);
		assert_int_equal(pdf_run(pdf_pages, buf_span(&in), &out,
		    &result), OK);
		assert_int_equal(result.type, SAFE_PDF);
		assert_int_equal(result.pages, 1);
		assert_true(pdf_has(&out, pages[i].form));
		assert_true(pdf_has(&out, "/MediaBox[0 0 14.4 9.6]"));
		pdf_reader_init(&reader);
		assert_int_equal(pdf_reader_write(&reader, buf_span(&out),
		    &diag), OK);
		assert_int_equal(pdf_reader_end(&reader, &diag), OK);
		buf_fini(&in);
		buf_fini(&out);
		buf_fini(&result.removed);
	}
}

/* In two steps the same document comes out as in one. */
static void
encoded_pages_give_the_same_document(void **state)
{
	struct buf whole, first, second, one, a, b, two;
	struct convert_result result;

	(void)state;
	begin(&whole);
	put_page(&whole, 0, "x");
	put_page(&whole, 0xc80000, "\u672c");
	put_end(&whole, 0, 2);
	begin(&first);
	put_page(&first, 0, "x");
	put_end(&first, 2, 1);
	begin(&second);
	put_page(&second, 0xc80000, "\u672c");
	put_end(&second, 0, 1);
	assert_int_equal(pdf_run(pdf_pages, buf_span(&whole), &one, &result),
	    OK);
	buf_fini(&result.removed);
	assert_int_equal(pdf_run(pdf_pages_encode, buf_span(&first), &a,
	    &result), OK);
	buf_fini(&result.removed);
	assert_int_equal(pdf_run(pdf_pages_encode, buf_span(&second), &b,
	    &result), OK);
	buf_fini(&result.removed);
	assert_int_equal(buf_add(&a, buf_span(&b)), OK);
	assert_int_equal(pdf_run(pdf_pages, buf_span(&a), &two, &result), OK);
	buf_fini(&result.removed);
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.ptr, two.ptr, one.len);
	buf_fini(&whole);
	buf_fini(&first);
	buf_fini(&second);
	buf_fini(&one);
	buf_fini(&a);
	buf_fini(&b);
	buf_fini(&two);
}

/* ---- words that a drawing lost ---- */

/* A drawing of a page, and behind it the words of a list of pages. */
static void
draw(struct buf *s, const char *resources, const char *word, unsigned pages)
{
	static const char content[] = "1 0 0 -1 0 72 cm";
	char page[200], stream[100];
	const char *const objects[] = { "<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Count 1/Kids[3 0 R]>>", page, stream };
	uint64_t bytes;

	snprintf(page, sizeof(page), "<</Type/Page/Parent 2 0 R/MediaBox"
	    "[0 0 144 72]/Contents 4 0 R/Resources<<%s>>>>", resources);
	snprintf(stream, sizeof(stream), "<</Length %zu>>\nstream\n%s\n"
	    "endstream", strlen(content), content);
	pdf_build(s, "", objects, 4);
	bytes = s->len;
	for (unsigned i = 0; i < pages; i++) {
		assert_int_equal(wire_put_u32(s, 300), OK);
		assert_int_equal(wire_put_u32(s, 150), OK);
		assert_int_equal(wire_put_u16(s, 150), OK);
		assert_int_equal(wire_put_u32(s, word != NULL), OK);
		if (word == NULL)
			continue;
		assert_int_equal(wire_put_u32(s, 10), OK);
		assert_int_equal(wire_put_u32(s, 20), OK);
		assert_int_equal(wire_put_u32(s, 90), OK);
		assert_int_equal(wire_put_u32(s, 60), OK);
		assert_int_equal(wire_put_u16(s, (uint16_t)strlen(word)), OK);
		assert_int_equal(buf_add_str(s, word), OK);
	}
	assert_int_equal(wire_put_u64(s, bytes), OK);
	assert_int_equal(buf_add_str(s, "SEKISHO-WORDS 1\n"), OK);
}

/* The only stream of operators, inflated. */
static void
content_of(const struct buf *pdf, char *to, size_t max)
{
	size_t at = span_find(buf_span(pdf), SPAN("/Contents "));
	unsigned long object, len = max - 1;
	char name[32];

	assert_true(at < pdf->len);
	object = strtoul((const char *)pdf->ptr + at + 10, NULL, 10);
	snprintf(name, sizeof(name), "\n%lu 0 obj\n", object);
	at = span_find(buf_span(pdf), span_str(name));
	assert_true(at < pdf->len);
	at += span_find(span_sub(buf_span(pdf), at, pdf->len),
	    SPAN("stream\n")) + 7;
	/* what stands behind the zlib stream is not looked at */
	assert_int_equal(uncompress((uint8_t *)to, &len, pdf->ptr + at,
	    pdf->len - at), Z_OK);
	to[len] = '\0';
}

static void
lost_words_are_written_behind_the_drawing(void **state)
{
	static struct pdf_reader reader;
	struct convert_result result;
	struct diag diag = { .err = OK };
	struct buf in, out;
	char content[400];

	(void)state;
	draw(&in, "/ExtGState<</a<</ca 1>>>>", "\u65e5a", 1);
	assert_int_equal(pdf_run(pdf_finish, buf_span(&in), &out, &result),
	    OK);
	assert_int_equal(result.pages, 1);
	content_of(&out, content, sizeof(content));
	assert_string_equal(content, "q\n1 0 0 -1 0 72 cm\nQ\n"
	    "q 0.48 0 0 0.48 0 0 cm BT 3 Tr\n"
	    "/F0 40 Tf 100 Tz 1 0 0 1 10 90 Tm <65e50061> Tj\nET Q\n");
	assert_true(pdf_has(&out, "/Font<</F0 "));
	assert_true(pdf_has(&out, "/BaseFont/Sekisho"));
	pdf_reader_init(&reader);
	assert_int_equal(pdf_reader_write(&reader, buf_span(&out), &diag),
	    OK);
	assert_int_equal(pdf_reader_end(&reader, &diag), OK);
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&result.removed);
}

static void
a_page_that_lost_nothing_stays_as_it_is(void **state)
{
	static const struct { const char *resources, *word; } cases[] = {
		{ "", NULL }, { "/Font<</F0<</Type/Font>>>>", "x" } };
	struct convert_result result;
	struct buf in, out;
	char content[400];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		draw(&in, cases[i].resources, cases[i].word, 1);
		assert_int_equal(pdf_run(pdf_finish, buf_span(&in), &out,
		    &result), OK);
		content_of(&out, content, sizeof(content));
		assert_string_equal(content, "1 0 0 -1 0 72 cm");
		assert_false(pdf_has(&out, "Sekisho"));
		buf_fini(&in);
		buf_fini(&out);
		buf_fini(&result.removed);
	}
}

static void
words_of_too_few_pages_are_refused(void **state)
{
	struct convert_result result;
	struct buf in, out;

	(void)state;
	draw(&in, "", "x", 0);
	assert_int_equal(pdf_run(pdf_finish, buf_span(&in), &out, &result),
	    ERR_INPUT);
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&result.removed);
	/* a drawing longer than all that there is */
	draw(&in, "", "x", 1);
	in.ptr[in.len - 16 - 8 + 3] = 1;
	assert_int_equal(pdf_run(pdf_finish, buf_span(&in), &out, &result),
	    ERR_INPUT);
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&result.removed);
}

static void
damaged_pixels_are_refused_at_every_length(void **state)
{
	struct convert_result result;
	struct buf in, out;

	(void)state;
	begin(&in);
	put_page(&in, 0, "x");
	put_end(&in, 0, 1);
	for (size_t len = 0; len < in.len; len++) {
		assert_int_not_equal(pdf_run(pdf_pages, span_sub(
		    buf_span(&in), 0, len), &out, &result), OK);
		buf_fini(&out);
		buf_fini(&result.removed);
	}
	/* more is to come, but there is no place for it */
	in.ptr[in.len - 5] = 2;
	assert_int_equal(pdf_run(pdf_pages, buf_span(&in), &out, &result),
	    ERR_INPUT);
	buf_fini(&out);
	buf_fini(&result.removed);
	buf_fini(&in);
}

static void
numbers_have_one_form(void **state)
{
	static const struct { int64_t n; const char *text; } cases[] = {
		{ 0, "0" }, { 1, "0.000001" }, { 1000000, "1" },
		{ -500000, "-0.5" }, { 595276000, "595.276" },
		{ 100000000, "100" },
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&out, 100);
		assert_int_equal(pdf_put_number(&out, cases[i].n), OK);
		assert_true(span_equal(buf_span(&out),
		    span_str(cases[i].text)));
		buf_fini(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_drawing_is_written_in_our_shape),
		cmocka_unit_test(a_jpeg_is_encoded_anew),
		cmocka_unit_test(
		    a_picture_that_is_not_decoded_ends_the_method),
		cmocka_unit_test(pages_are_stored_as_suits_their_colours),
		cmocka_unit_test(encoded_pages_give_the_same_document),
		cmocka_unit_test(lost_words_are_written_behind_the_drawing),
		cmocka_unit_test(a_page_that_lost_nothing_stays_as_it_is),
		cmocka_unit_test(words_of_too_few_pages_are_refused),
		cmocka_unit_test(damaged_pixels_are_refused_at_every_length),
		cmocka_unit_test(numbers_have_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
