/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is taken out of a PDF before it is drawn, and what is not drawn at
 * all. What stays is looked for in the bytes: there are no packed objects.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../sanitizer/limits.h"
#include "../../../sanitizer/pdf_clean.h"
#include "pdf_helper.h"

#define PAGES	"<</Type/Pages/Count 1/Kids[3 0 R]>>"
#define CONTENT	"<</Length 12>>\nstream\n0 0 9 9 re f\nendstream"

static void
an_action_anywhere_is_gone_and_counted(void **state)
{
	static const char *const objects[] = {
		"<</Type/Catalog/Pages 2 0 R/OpenAction 7 0 R/AcroForm<</XFA "
		    "7 0 R/Fields[]>>/Metadata 7 0 R/Names<</JavaScript<<"
		    "/Names[(a) 7 0 R]>>/EmbeddedFiles<</Names[(a) 7 0 R (b) "
		    "7 0 R]>>>>>>",
		PAGES,
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R"
		    "/AA<</O 7 0 R>>/Annots[5 0 R 6 0 R 8 0 R 9 0 R 10 0 R "
		    "11 0 R]/PieceInfo<</X 7 0 R>>>>",
		CONTENT,
		"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI"
		    "(https://evil.example/)>>>>",
		"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI"
		    "(javascript:x)>>>>",
		"<</S/JavaScript/JS(app.alert\\(1\\))>>",
		"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/Launch/F"
		    "(cmd.exe)>>>>",
		"<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS 7 0 R>>",
		"<</Type/Annot/Subtype/RichMedia/Rect[0 0 9 9]>>",
		"<</Type/Annot/Subtype/Square/Rect[0 0 9 9]/A 7 0 R/Popup 7 0 "
		    "R>>",
	};
	static const struct { const char *what; unsigned n; } gone[] = {
		{ "open-action", 1 }, { "xfa", 1 }, { "metadata", 3 },
		{ "javascript", 2 }, { "embedded-file", 3 }, { "action", 1 },
		{ "link", 0 }, { "uri-not-allowed", 1 }, { "link-kept", 1 },
		{ "launch", 1 },
		{ "rich-media", 1 },
	};
	static const char *const never[] = { "JavaScript", "app.alert",
		"Launch", "cmd.exe", "/URI", "EmbeddedFiles", "/XFA", "/AA",
		"RichMedia", "FileAttachment", "PieceInfo", "Metadata",
		"OpenAction", "AcroForm", "/Link", "Title", "Popup" };
	struct convert_result result;
	struct buf in, out;

	(void)state;
	pdf_build(&in, "", objects, sizeof(objects) / sizeof(objects[0]));
	assert_int_equal(pdf_run(pdf_clean, buf_span(&in), &out, &result),
	    OK);
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		assert_int_equal(removed_count(buf_span(&result.removed),
		    gone[i].what), gone[i].n);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_false(pdf_has(&out, never[i]));
	assert_true(pdf_has(&out, "/Square"));
	assert_true(pdf_has(&out, "0 0 9 9 re f"));
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&result.removed);
}

static void
expect_error(const char *junk, const char *const *objects, size_t n,
    enum err wanted, const char *why)
{
	struct convert_result result;
	struct buf in, out;

	pdf_build(&in, junk, objects, n);
	assert_int_equal(pdf_run(pdf_clean, buf_span(&in), &out, &result),
	    wanted);
	if (why != NULL)
		assert_non_null(strstr(result.reason, why));
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&result.removed);
}

static void
a_loop_in_the_page_tree_is_an_error(void **state)
{
	static const char *const self[] = {
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Count 2/Kids[2 0 R 3 0 R]>>",
		"<</Type/Pages/Count 1/Parent 2 0 R/Kids[2 0 R]>>",
	};

	(void)state;
	expect_error("", self, 3, ERR_INPUT, NULL);
}

static void
no_pages_are_an_error(void **state)
{
	static const char *const none[] = { "<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Count 0/Kids[]>>" };

	(void)state;
	expect_error("", none, 2, ERR_INPUT, "no pages");
}

/* A header that is not at the front is looked for by readers. */
static void
a_header_within_1024_bytes_is_one(void **state)
{
	static const char *const objects[] = { "<</Type/Catalog/Pages 2 0 R>>",
		PAGES, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>" };
	char junk[1001];

	(void)state;
	memset(junk, ' ', sizeof(junk) - 1);
	junk[1000] = '\0';
	expect_error(junk, objects, 3, OK, NULL);
}

/* n operators in a content stream. */
static enum err
with_operators(size_t n)
{
	static char stream[5 * 1000 * 1000];
	const char *objects[] = { "<</Type/Catalog/Pages 2 0 R>>", PAGES,
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents "
		    "4 0 R>>", stream };
	struct convert_result result;
	struct buf in, out;
	int len = snprintf(stream, sizeof(stream), "<</Length %zu>>\nstream\n",
	    2 * n);
	enum err err;

	assert_true((size_t)len + 2 * n + 16 < sizeof(stream));
	for (size_t i = 0; i < n; i++)
		memcpy(stream + len + 2 * i, "n ", 2);
	memcpy(stream + (size_t)len + 2 * n, "\nendstream", 11);
	pdf_build(&in, "", objects, 4);
	err = pdf_run(pdf_clean, buf_span(&in), &out, &result);
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&result.removed);
	return err;
}

static void
too_many_operators_are_a_limit(void **state)
{
	(void)state;
	assert_int_equal(with_operators(1000), OK);
	assert_int_equal(with_operators(PDF_OPERATORS_MAX + 1), ERR_LIMIT);
}

static void
a_field_becomes_its_picture_and_a_signature_is_said(void **state)
{
	static const char *const objects[] = {
		"<</Type/Catalog/Pages 2 0 R>>", PAGES,
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Annots[4 0 R "
		    "5 0 R]>>",
		"<</Type/Annot/Subtype/Widget/FT/Tx/V(secret)/Rect[0 0 9 9]"
		    "/AP<</N 6 0 R/D 6 0 R>>>>",
		"<</Type/Annot/Subtype/Widget/FT/Sig/V(x)/Rect[0 0 9 9]"
		    "/AP<</N 6 0 R>>>>",
		"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/PS(x)/Length 12>>"
		    "\nstream\n0 0 9 9 re f\nendstream",
	};
	struct convert_result result;
	struct buf in, out;

	(void)state;
	pdf_build(&in, "", objects, 6);
	assert_int_equal(pdf_run(pdf_clean, buf_span(&in), &out, &result),
	    OK);
	assert_int_equal(removed_count(buf_span(&result.removed),
	    "form-field"), 1);
	assert_int_equal(removed_count(buf_span(&result.removed),
	    "signature"), 1);
	assert_int_equal(removed_count(buf_span(&result.removed),
	    "postscript"), 1);
	assert_true(pdf_has(&out, "/Stamp"));
	assert_false(pdf_has(&out, "/Widget"));
	assert_false(pdf_has(&out, "secret"));
	assert_false(pdf_has(&out, "/PS"));
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&result.removed);
}

/* Flags of annotations: 2 hidden, 4 on paper, 32 not on a screen. */
static void
what_a_screen_shows_is_drawn_and_nothing_else(void **state)
{
	static const struct { const char *flags; bool shown; } cases[] = {
		{ "", true }, { "/F 4", true }, { "/F 0", true },
		{ "/F 2", false }, { "/F 6", false }, { "/F 36", false },
		{ "/F(x)", true },
	};
	char annotation[200];
	const char *const objects[] = {
		"<</Type/Catalog/Pages 2 0 R/AcroForm<</NeedAppearances true>>"
		    ">>", PAGES,
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Annots[4 0 R]"
		    ">>", annotation,
		"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 12>>"
		    "\nstream\n0 0 9 9 re f\nendstream",
	};
	static const char *const kinds[] = { "Widget", "Square" };
	struct convert_result result;
	struct buf in, out;

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		bool shown = cases[i / 2].shown;

		snprintf(annotation, sizeof(annotation), "<</Type/Annot"
		    "/Subtype/%s%s/Rect[0 0 9 9]/AP<</N 5 0 R>>>>",
		    kinds[i % 2], cases[i / 2].flags);
		pdf_build(&in, "", objects, 5);
		assert_int_equal(pdf_run(pdf_clean, buf_span(&in), &out,
		    &result), OK);
		assert_int_equal(pdf_has(&out, "/F 4"), shown);
		assert_int_equal(pdf_has(&out, "/Type /Annot"), shown);
		assert_int_equal(removed_count(buf_span(&result.removed),
		    "hidden-annotation"), !shown);
		buf_fini(&in);
		buf_fini(&out);
		buf_fini(&result.removed);
	}
}

/* A page with one picture; dict is what is said of it. */
static void
describe(const char *dict, const char *data, size_t len, const char *wanted)
{
	char picture[400], text[400];
	const char *const objects[] = { "<</Type/Catalog/Pages 2 0 R>>", PAGES,
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Resources<<"
		    "/XObject<</I 4 0 R>>>>>>", picture };
	struct convert_result result;
	struct buf in, out;
	size_t at;

	snprintf(picture, sizeof(picture), "<</Type/XObject/Subtype/Image"
	    "/Width 8/Height 8%s/Length %zu>>\nstream\n%.*s\nendstream", dict,
	    len, (int)len, "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@");
	pdf_build(&in, "", objects, 4);
	at = span_find(buf_span(&in), SPAN("stream\n")) + 7;
	assert_true(at + len < in.len);
	memcpy(in.ptr + at, data, len);
	assert_int_equal(pdf_run(pdf_clean, buf_span(&in), &out, &result),
	    OK);
	snprintf(text, sizeof(text), "/ColorSpace %s", wanted);
	if (wanted[0] != '\0')
		assert_true(pdf_has(&out, text));
	else
		assert_false(pdf_has(&out, "/ColorSpace"));
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&result.removed);
}

static void
a_scan_is_described_so_that_it_is_decoded(void **state)
{
	static const char codestream[42] = "\xff\x4f\xff\x51\0\x29\0\0"
	    "\0\0\0\x08\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0\x08"
	    "\0\0\0\0\0\0\0\0\0\x03";
#define PALETTE(of) "[ /Indexed " of " 1 "

	(void)state;
	describe("/BitsPerComponent 1/ColorSpace/DeviceGray/Filter"
	    "/JBIG2Decode", "x", 1, PALETTE("/DeviceGray"));
	describe("/BitsPerComponent 1/ColorSpace/DeviceGray/Decode[1 0]"
	    "/Filter[/CCITTFaxDecode]", "x", 1, PALETTE("/DeviceGray"));
	describe("/BitsPerComponent 1/ColorSpace[/CalGray<</WhitePoint[1 1 1]"
	    ">>]/Filter/CCITTFaxDecode", "x", 1, "[ /Indexed [ /CalGray");
	/* nothing to be done */
	describe("/BitsPerComponent 1/ColorSpace/DeviceGray/Filter"
	    "/FlateDecode", "x", 1, "/DeviceGray");
	describe("/ImageMask true/Filter/JBIG2Decode", "x", 1, "");
	describe("/Filter/JPXDecode", codestream, 42, "/DeviceRGB");
	describe("/Filter/JPXDecode", "....ihdr\0\0\0\x08\0\0\0\x08\0\x01"
	    "....", 22, "/DeviceGray");
	/* colours that a palette makes of one sample */
	describe("/Filter/JPXDecode", "....ihdr\0\0\0\x08\0\0\0\x08\0\x01"
	    "....pclr\0\x10\x03...", 32, "/DeviceRGB");
	describe("/Filter/JPXDecode", "ihdr\0\0\0\x08\0\0\0\x08\0\x04", 14,
	    "");
	describe("/Filter/JPXDecode", "ihdr", 4, "");
}

/* The cleaned page with these fonts of one Type 0 above the second. */
static void
fonts_become(const char *one, const char *two, const char *wanted,
    bool there)
{
	const char *objects[] = { "<</Type/Catalog/Pages 2 0 R>>", PAGES,
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R"
		    "/Resources<</Font<</F 5 0 R>>>>>>", CONTENT, one, two,
		"<</Length 3>>\nstream\nOLD\nendstream" };
	struct convert_result result;
	struct buf in, out;

	pdf_build(&in, "", objects, 7);
	assert_int_equal(pdf_run(pdf_clean, buf_span(&in), &out, &result),
	    OK);
	assert_int_equal(pdf_has(&out, wanted), there);
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&result.removed);
}

static void
a_font_without_names_of_its_codes_gets_some(void **state)
{
#define TYPE0(more) "<</Type/Font/Subtype/Type0/DescendantFonts[6 0 R]" more \
	">>"
#define OF(name) "<</Type/Font/Subtype/CIDFontType2/CIDSystemInfo<<" \
	"/Registry(Adobe)/Ordering(" name ")>>>>"
	(void)state;
	fonts_become("<</Type/Font/Subtype/TrueType>>", "null",
	    "/ToUnicode", true);
	fonts_become("<</Type/Font/Subtype/TrueType/ToUnicode 7 0 R>>",
	    "null", "OLD", true);
	fonts_become("<</Type/Font/Subtype/TrueType/ToUnicode 7 0 R>>",
	    "null", "begincmap", false);
	fonts_become(TYPE0("/Encoding/Identity-V"), OF("Japan1"),
	    "/Adobe-Japan1-UCS2 usecmap", true);
	fonts_become(TYPE0("/Encoding/90msp-RKSJ-H"), OF("Japan1"),
	    "/90ms-RKSJ-UCS2 usecmap", true);
	fonts_become(TYPE0("/Encoding/UniJIS-UCS2-H"), OF("Japan1"),
	    "<0000> <ffff> <0000>", true);
	/* what a number of a glyph means is in the font alone */
	fonts_become(TYPE0("/Encoding/Identity-H"), OF("Identity"),
	    "/ToUnicode", false);
	fonts_become(TYPE0("/Encoding/90msp-RKSJ"), OF("Japan1"),
	    "/ToUnicode", false);
	fonts_become(TYPE0("/Encoding 7 0 R"), OF("Japan1"),
	    "/ToUnicode", false);
	fonts_become("<</Type/Font/Subtype/Type0/DescendantFonts 5 0 R"
	    "/Encoding/Identity-H>>", "null", "/ToUnicode", false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_action_anywhere_is_gone_and_counted),
		cmocka_unit_test(a_loop_in_the_page_tree_is_an_error),
		cmocka_unit_test(no_pages_are_an_error),
		cmocka_unit_test(a_header_within_1024_bytes_is_one),
		cmocka_unit_test(too_many_operators_are_a_limit),
		cmocka_unit_test(a_font_without_names_of_its_codes_gets_some),
		cmocka_unit_test(
		    a_field_becomes_its_picture_and_a_signature_is_said),
		cmocka_unit_test(
		    what_a_screen_shows_is_drawn_and_nothing_else),
		cmocka_unit_test(a_scan_is_described_so_that_it_is_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
