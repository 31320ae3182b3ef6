/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PDFs of the safe form, and the same with one thing changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../../../gateway/verify/verify_pdf.h"
#include "safe_pdf.h"

static struct diag diag;

static bool
is_pdf(const uint8_t *bytes, size_t len, size_t step)
{
	static struct pdf_reader pdf;
	struct span s = { bytes, len };

	diag = (struct diag){ .err = OK };
	pdf_reader_init(&pdf);
	for (; s.len > 0; s = span_sub(s, step, s.len))
		if (pdf_reader_write(&pdf, span_sub(s, 0, step), &diag) != OK)
			return false;
	return pdf_reader_end(&pdf, &diag) == OK;
}

/* With these parts it is refused, and the reason has this in it. */
static void
refused(const struct pdf_parts *parts, const char *why)
{
	struct out o = make_pdf(parts);
	bool yes = is_pdf(o.ptr, o.len, o.len);

	free(o.ptr);
	if (yes || strstr(diag.what, why) == NULL)
		fail_msg("\"%s\" was expected, not \"%s\"", why,
		    yes ? "yes" : diag.what);
}

static bool
taken(const struct pdf_parts *parts)
{
	struct out o = make_pdf(parts);
	bool yes = is_pdf(o.ptr, o.len, o.len);

	free(o.ptr);
	if (!yes)
		print_message("%s\n", diag.what);
	return yes;
}

static void
a_page_is_taken_in_any_split(void **state)
{
	struct out o = make_pdf(NULL);

	(void)state;
	for (size_t step = 1; step <= o.len; step += step < 100 ? 1 : 97)
		if (!is_pdf(o.ptr, o.len, step))
			fail_msg("step %zu: %s", step, diag.what);
	free(o.ptr);
}

/* Where a value is free: digits of numbers, letters of names and strings. */
static bool
is_free(const struct out *o, size_t at)
{
	static const char *const fields[] = { "/Ascent 928", "/FontBBox[-1 -2"
	    " 3 4]", "/FontFamily<4142>", "/FontName/AB+C", "/BaseFont/AB+C"
	    "#20d", "/FirstChar 32", "/LastChar 33", "/Widths[317 -0.5]",
	    "/CA 1", "/ca 0.5", "[0 0 595.276 841]", "/Length1 7",
	    "/f-0-0 6", "/I0 9", "/a0<<", "/I true", "/DeviceRGB", "/CA ",
	    "/FontFile2", "/WinAnsiEncoding", "/TrueType" };

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		size_t len = strlen(fields[i]);

		for (size_t from = at < len ? 0 : at - len + 1; from <= at &&
		    from + len <= o->len; from++)
			if (memcmp(o->ptr + from, fields[i], len) == 0)
				return true;
	}
	return false;
}

/*
 * What may be flipped and stay a PDF is a number, name or text that draws
 * something else, and a key where another of the same class is near; nothing
 * of the frame, no reference, no stream.
 */
static void
a_changed_bit_is_refused_but_in_free_values(void **state)
{
	struct out o;
	unsigned taken_n = 0;

	(void)state;
	/* stored: packed, another distance may copy the same bytes */
	safe_pdf_level = 0;
	o = make_pdf(NULL);
	safe_pdf_level = 9;
	for (size_t bit = 0; bit < 8 * o.len; bit++) {
		struct out was = o;
		uint8_t byte = o.ptr[bit / 8];
		bool yes;

		o.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
		yes = is_pdf(o.ptr, o.len, o.len);
		o.ptr[bit / 8] = byte;
		if (yes && !is_free(&was, bit / 8))
			fail_msg("bit %zu of byte %zu (%.30s)", bit % 8,
			    bit / 8, (const char *)o.ptr + bit / 8);
		taken_n += yes;
	}
	print_message("%u of %zu flips stay a PDF\n", taken_n, 8 * o.len);
	for (size_t len = 0; len < o.len; len++)
		assert_false(is_pdf(o.ptr, len, len + 1));
	put_bytes(&o, "\n", 1);
	assert_false(is_pdf(o.ptr, o.len, o.len));
	assert_string_equal(diag.what, "PDF: bytes behind the end");
	free(o.ptr);
}

/* ---- keys ---- */

/* Behind a key and its value, in a dict without arrays of names. */
static const char *
next_key(const char *p)
{
	int depth = 0;

	p += 1 + strcspn(p + 1, "/ <[");
	if (*p == '/')
		return p + 1 + strcspn(p + 1, "/>");
	for (; depth > 0 || (*p != '/' && *p != '>'); p++) {
		if (strncmp(p, "<<", 2) == 0 || strncmp(p, ">>", 2) == 0) {
			depth += *p == '<' ? 1 : -1;
			p++;
		} else if (*p == '<')
			p = strchr(p, '>');
	}
	return p;
}

/* dict with "/key value" where it belongs by its order */
static void
insert_key(char *out, size_t size, const char *dict, const char *key,
    const char *value)
{
	const char *p = dict + 2;

	/* a longer one that begins so comes behind it, too */
	while (*p == '/' && strncmp(p, key, strlen(key)) < 0)
		p = next_key(p);
	snprintf(out, size, "%.*s%s%s%s", (int)(p - dict), dict, key, value,
	    p);
}

static const struct { const char *key, *value; } forbidden[] = {
	{ "/AA", "<</O<</JS<61>/S/JavaScript>>>>" },
	{ "/AF", "[6 0 R]" },
	{ "/EmbeddedFiles", " 6 0 R" }, { "/JS", "<61>" },
	{ "/JavaScript", "<61>" }, { "/Launch", "<61>" },
	{ "/Metadata", " 6 0 R" }, { "/Names", "<<>>" },
	{ "/OC", " 6 0 R" }, { "/OpenAction", " 6 0 R" },
	{ "/PieceInfo", "<<>>" }, { "/RichMedia", "<<>>" },
	{ "/StructParents", " 0" }, { "/URI", "<61>" }, { "/XFA", "<61>" },
	{ "/Ref", "<<>>" }, { "/OPI", "<<>>" }, { "/F", "<61>" },
	{ "/DecodeParms", "<<>>" }, { "/FFilter", "/FlateDecode" },
};

static void
a_key_of_active_content_is_refused_in_any_object(void **state)
{
	static const char image[] = PDF_IMAGE, font[] = "<</BaseFont/A"
	    "/FontDescriptor 7 0 R/Subtype/Type1/ToUnicode 8 0 R/Type/Font>>";
	static const char resources[] = "<</Font<</f 6 0 R>>/XObject<</I0 9 0"
	    " R>>>>";
	static const char descriptor[] = "<</Ascent 1/FontFile2 10 0 R"
	    "/FontName/A/Type/FontDescriptor>>";
	const struct { const char *dict; size_t at; unsigned object; } in[] = {
		{ PDF_PAGE_TEXT, offsetof(struct pdf_parts, page), 3 },
		{ resources, offsetof(struct pdf_parts, resources), 5 },
		{ font, offsetof(struct pdf_parts, font), 6 },
		{ descriptor, offsetof(struct pdf_parts, descriptor), 7 },
		{ image, offsetof(struct pdf_parts, image), 9 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(in) / sizeof(*in); i++) {
		struct pdf_parts parts = { NULL };
		const char *dict = in[i].dict;
		char text[1024], why[64];

		memcpy((uint8_t *)&parts + in[i].at, &dict, sizeof(dict));
		assert_true(taken(&parts));
		for (size_t k = 0; k < sizeof(forbidden) /
		    sizeof(*forbidden); k++) {
			const char *with = text;

			insert_key(text, sizeof(text), in[i].dict,
			    forbidden[k].key, forbidden[k].value);
			memcpy((uint8_t *)&parts + in[i].at, &with,
			    sizeof(with));
			snprintf(why, sizeof(why), "PDF, object %u: key %s "
			    "is not", in[i].object, forbidden[k].key);
			refused(&parts, why);
		}
	}
}

static void
the_catalog_and_the_tree_have_no_other_keys(void **state)
{
	struct safe_pdf p;
	struct out o;

	(void)state;
	pdf_begin(&p);
	pdf_value(&p, "<</OpenAction 3 0 R/Pages 2 0 R/Type/Catalog>>");
	o = pdf_finish_file(&p);
	assert_false(is_pdf(o.ptr, o.len, o.len));
	assert_string_equal(diag.what, "PDF, object 1: catalog");
	free(o.ptr);
	pdf_begin(&p);
	pdf_value(&p, "<</Pages 2 0 R/Type/Catalog>>");
	pdf_value(&p, "<</Count 1/Kids[3 0 R 4 0 R]/Type/Pages>>");
	o = pdf_finish_file(&p);
	assert_false(is_pdf(o.ptr, o.len, o.len));
	assert_string_equal(diag.what, "PDF, object 2: tree of pages");
	free(o.ptr);
}

/* ---- values ---- */

static void
there_is_one_way_of_writing_a_value(void **state)
{
	static const char *const bad[] = { "/Ascent  1", "/Ascent +1",
		"/Ascent 01", "/Ascent 1.0", "/Ascent 1.", "/Ascent .5",
		"/Ascent -0", "/Ascent 1.1234567", "/Ascent(1)", "/Ascent<4>",
		"/Ascent<4A>", "/Ascent /x", "/Ascent/#41", "/Ascent/#2f",
		"/Ascent/#00", "/Ascent/x#", "/Ascent[1  2]", "/Ascent[ 1]",
		"/Ascent[1 ]", "/Ascent[1,2]", "/Ascent[1", "/Ascent 7 0 R",
		"/Ascent 1%x", "/Ascent<<>>", "/Ascent 1/Ascent 1",
		"/Ascent truely", "/B 1/Ascent 1", "/Ascent[[[[[[[[[[[[[[[[["
		"1]]]]]]]]]]]]]]]]]" };
	static const char *const good[] = { "/Ascent 1", "/Ascent 0",
		"/Ascent -0.5", "/Ascent 1.123456", "/Ascent<4a>", "/Ascent<>",
		"/Ascent/x#2F#20", "/Ascent[]", "/Ascent[1 [2 /x] <41> true "
		"false null]", "/Ascent null", "/Ascent true" };
	char text[256];
	struct pdf_parts parts = { .descriptor = text };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text), "<<%s/FontFile2 10 0 R/FontName"
		    "/A/Type/FontDescriptor>>", bad[i]);
		refused(&parts, "PDF, object 7: ");
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		snprintf(text, sizeof(text), "<<%s/FontFile2 10 0 R/FontName"
		    "/A/Type/FontDescriptor>>", good[i]);
		assert_true(taken(&parts));
	}
}

static void
references_fit_the_class_of_their_object(void **state)
{
	(void)state;
	refused(&(struct pdf_parts){ .resources = "<</Font<</f 6 0 R>>"
	    "/XObject<</I0 6 0 R>>>>" }, "object 5: a reference to an object "
	    "of another class");
	refused(&(struct pdf_parts){ .resources = "<</Font<</f 6 0 R>>"
	    "/XObject<</I0 9 0 R/I1 99 0 R>>>>" }, "that is not there");
	refused(&(struct pdf_parts){ .resources = "<</Font<</f 6 0 R>>>>" },
	    "object 9: nothing refers to it");
	refused(&(struct pdf_parts){ .resources = "<</Font<</f 6 0 R>>"
	    "/XObject<</I0 3 0 R>>>>" }, "object 5: a reference");
	refused(&(struct pdf_parts){ .resources = "<</Font<</f 6 0 R>>"
	    "/XObject<</I0 200001 0 R>>>>" }, "object 5: a reference");
	refused(&(struct pdf_parts){ .font = "<</BaseFont/A/FontDescriptor 8"
	    " 0 R/Subtype/Type1/ToUnicode 8 0 R/Type/Font>>" },
	    "object 6: a reference to an object of another class");
}

static void
pages_have_a_size(void **state)
{
	static const struct { const char *box; bool good; } boxes[] = {
		{ "[0 0 14400 1]", true }, { "[0 0 0.5 14399.9]", true },
		{ "[0 0 0 1]", false }, { "[0 0 14401 1]", false },
		{ "[0 0 14400.5 1]", false }, { "[1 0 9 9]", false },
		{ "[0 0 -5 5]", false }, { "[0 0 5 5 5]", false },
		{ "[0 0 5]", false }, { "<<>>", false },
	};
	char text[256];
	struct pdf_parts parts = { .page = text };

	(void)state;
	for (size_t i = 0; i < sizeof(boxes) / sizeof(*boxes); i++) {
		snprintf(text, sizeof(text), "<</Contents 4 0 R/MediaBox%s"
		    "/Parent 2 0 R/Resources 5 0 R/Type/Page>>", boxes[i].box);
		if (boxes[i].good)
			assert_true(taken(&parts));
		else
			refused(&parts, "object 3: size of a page");
	}
}

/* ---- links ---- */

/* A page with this value of Annots, behind it a link; NULL: it is taken. */
static void
with_link(const char *annots, const char *link, const char *why)
{
	char page[256];
	struct safe_pdf p;
	struct out o;
	bool yes;

	snprintf(page, sizeof(page), "<</Annots%s/Contents 4 0 R/MediaBox[0 0"
	    " 100 200]/Parent 2 0 R/Resources 5 0 R/Type/Page>>", annots);
	pdf_begin(&p);
	pdf_value(&p, "<</Pages 2 0 R/Type/Catalog>>");
	pdf_value(&p, "<</Count 1/Kids[3 0 R]/Type/Pages>>");
	pdf_value(&p, page);
	pdf_flate(&p, PDF_FLATE, "q Q", 3);
	pdf_value(&p, "<<>>");
	pdf_value(&p, link);
	o = pdf_finish_file(&p);
	yes = is_pdf(o.ptr, o.len, o.len);
	free(o.ptr);
	if (why == NULL ? !yes : yes || strstr(diag.what, why) == NULL)
		fail_msg("%s %s: %s", annots, link, yes ? "yes" : diag.what);
}

#define RECT	"/Rect[10 20.5 30 60]"
#define TAIL	"/Subtype/Link/Type/Annot>>"
#define URI(hex) "<</A<</S/URI/Type/Action/URI<" hex ">>>/Border[0 0 0]" \
	RECT TAIL
#define PLACE(dest) "<</Border[0 0 0]/Dest[" dest "]" RECT TAIL
#define A_URI	"687474703a2f2f612f"	/* http://a/ */

static void
a_link_has_one_shape(void **state)
{
	static const char *const good[] = { URI(A_URI),
		URI("6d61696c746f3a61"), URI("48545450533a2f2f61"),
		PLACE("3 0 R /Fit"), PLACE("3 0 R /XYZ 0 14400 0") };
	static const char *const bad[] = { URI(""), URI("23612f"),
		URI("6a6176617363726970743a61"), URI(A_URI "20"),
		URI(A_URI "22"), URI(A_URI "80"), URI("66696c653a2f2f61"),
		"<</A<</S/URI/Type/Action/URI<" A_URI ">>>/Border[0 0 0]" RECT
		    "/Subtype/Link/Type/Annot/Z 1>>",
		"<</A<</Next 3 0 R/S/URI/Type/Action/URI<" A_URI ">>>"
		    "/Border[0 0 0]" RECT TAIL,
		"<</A<</S/Launch/Type/Action/URI<" A_URI ">>>/Border[0 0 0]"
		    RECT TAIL,
		PLACE("2 0 R /Fit"), PLACE("4 0 R /Fit"), PLACE("/Fit"),
		PLACE("3 0 R /XYZ 0 14401 0"), PLACE("3 0 R /XYZ -1 0 0"),
		PLACE("3 0 R /XYZ 0 0 2"), PLACE("3 0 R /FitB"),
		"<</Border[0 0 0]/Dest[3 0 R /Fit]/Rect[30 20 10 60]" TAIL,
		"<</Border[0 0 0]/Dest[3 0 R /Fit]/Rect[10 20 30 20]" TAIL,
		"<</Border[0 0 0]/Dest[3 0 R /Fit]/Rect[-1 20 30 40]" TAIL,
		"<</Border[0 0 0]/Dest[3 0 R /Fit]/Rect[1 2 3 14400.5]" TAIL,
		"<</Border[0 0 9]/Dest[3 0 R /Fit]" RECT TAIL,
		"<</Border[0 0 0]" RECT TAIL,
		"<</Border[0 0 0]" RECT "/Subtype/Widget/Type/Annot>>",
		"<<>>", "[]" };
	char part[256];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		with_link("[6 0 R]", good[i], NULL);
		for (size_t len = 0; len < strlen(good[i]); len++) {
			snprintf(part, sizeof(part), "%.*s", (int)len,
			    good[i]);
			with_link("[6 0 R]", part, "object 6: ");
		}
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		with_link("[6 0 R]", bad[i], "object 6: ");
}

static void
links_are_a_list_of_references(void **state)
{
	(void)state;
	with_link("[6 0 R 6 0 R]", URI(A_URI), NULL);
	with_link(" 6 0 R", URI(A_URI), "object 3: links of a page");
	with_link("[" URI(A_URI) "]", URI(A_URI), "object 3: a dictionary");
	with_link("[6 0 R /x]", URI(A_URI), "object 3: ");
	with_link("[5 0 R]", URI(A_URI), "object 3: a reference");
	with_link("[]", URI(A_URI), "object 6: nothing refers to it");
}

/* ---- bookmarks ---- */

#define MARK	"/Title<feff0061>>>"
#define CATALOG	"<</Outlines 4 0 R/Pages 2 0 R/Type/Catalog>>"
#define ROOT	"<</Count 2/First 5 0 R/Last 7 0 R/Type/Outlines>>"

/* Objects 1, 4, 5, 6 and 7; NULL: as they should be, or: it is taken. */
static void
with_marks(const char *const with[5], const char *why)
{
	static const char *const usual[] = { CATALOG, ROOT,
		"<</Count -1/Dest[3 0 R /Fit]/First 6 0 R/Last 6 0 R/Next 7 0"
		    " R/Parent 4 0 R" MARK,
		"<</Dest[3 0 R /XYZ 1 2.5 0]/Parent 5 0 R" MARK,
		"<</Parent 4 0 R/Prev 5 0 R" MARK };
	struct safe_pdf p;
	struct out o;
	bool yes;

	pdf_begin(&p);
	for (unsigned i = 0; i < 5; i++) {
		const char *value = with[i] != NULL ? with[i] : usual[i];

		if (*value != '\0')
			pdf_value(&p, value);
		if (i == 0) {
			pdf_value(&p, "<</Count 1/Kids[3 0 R]/Type/Pages>>");
			pdf_value(&p, "<</Contents 8 0 R/MediaBox[0 0 9 9]"
			    "/Parent 2 0 R/Resources<<>>/Type/Page>>");
		}
	}
	pdf_flate(&p, PDF_FLATE, "q Q", 3);
	o = pdf_finish_file(&p);
	yes = is_pdf(o.ptr, o.len, o.len);
	free(o.ptr);
	if (why == NULL ? !yes : yes || strstr(diag.what, why) == NULL)
		fail_msg("\"%s\" was expected, not \"%s\"",
		    why != NULL ? why : "yes", yes ? "yes" : diag.what);
}

/* One object another one. */
static void
with_mark(unsigned i, const char *value, const char *why)
{
	const char *with[5] = { NULL };

	with[i] = value;
	with_marks(with, why);
}

static void
bookmarks_are_a_tree_in_its_order(void **state)
{
	static const char *const last[] = {
		"<</Parent 4 0 R/Prev 7 0 R" MARK,	/* itself */
		"<</Parent 4 0 R/Prev 4 0 R" MARK,
		"<</Next 5 0 R/Parent 4 0 R/Prev 5 0 R" MARK,
		"<</Parent 7 0 R/Prev 5 0 R" MARK,
		"<</Parent 3 0 R/Prev 5 0 R" MARK,
		"<</Count -1/Parent 4 0 R/Prev 5 0 R" MARK,
		"<</First 8 0 R/Last 8 0 R/Parent 4 0 R/Prev 5 0 R" MARK,
		"<</Prev 5 0 R" MARK,
		"<</Next 7 0 R/Parent 4 0 R/Prev 5 0 R" MARK,
		"<</A<</S/URI/URI<61>>>/Parent 4 0 R/Prev 5 0 R" MARK,
		"<</Dest[2 0 R /Fit]/Parent 4 0 R/Prev 5 0 R" MARK,
		"<</Parent 4 0 R/Prev 5 0 R/SE 3 0 R" MARK,
		"<</Parent 4 0 R/Prev 5 0 R/Title<feff0061>/Z 1>>",
		"<</Parent 4 0 R/Prev 5 0 R>>", "<<>>", "[]" };
	static const char *const roots[] = {
		"<</Count 2/First 6 0 R/Last 7 0 R/Type/Outlines>>",
		"<</Count 2/First 5 0 R/Last 4 0 R/Type/Outlines>>",
		"<</Count 2/First 5 0 R/Last 3 0 R/Type/Outlines>>",
		"<</Count 0/First 5 0 R/Last 7 0 R/Type/Outlines>>",
		"<</Count 2/First 5 0 R/Last 7 0 R/Parent 4 0 R/Type/Outlines"
		    ">>", "<</Count 2/Type/Outlines>>",
		"<</First 5 0 R/Last 7 0 R/Type/Outlines>>" };

	(void)state;
	with_marks((const char *const [5]){ NULL }, NULL);
	for (size_t i = 0; i < sizeof(last) / sizeof(*last); i++)
		with_mark(4, last[i], "PDF, object 7: ");
	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++)
		with_mark(1, roots[i], "PDF, object 4: ");
	with_mark(0, "<</Outlines 5 0 R/Pages 2 0 R/Type/Catalog>>",
	    "object 2: root of the bookmarks");
	with_mark(0, "<</Outlines 3 0 R/Pages 2 0 R/Type/Catalog>>",
	    "object 1: catalog");
	with_mark(0, "<</Pages 2 0 R/Type/Catalog>>",
	    "object 4: nothing refers to it");
	with_mark(0, "<</Outlines 04 0 R/Pages 2 0 R/Type/Catalog>>",
	    "object 1: catalog");
}

static void
a_title_is_words(void **state)
{
	static const char *const good[] = { "feff", "feff65e5672c0020d842dfb7",
		"feffd83ddc68200dd83ddc69" };
	static const char *const bad[] = { "", "61", "feff00", "feff000a",
		"feff0009", "feff202e", "feffd842", "feffd8420061",
		"feffdfb7d842", "feff200b", "fffe6100", "feff0000",
		"feffffff" };
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		snprintf(text, sizeof(text), "<</Parent 4 0 R/Prev 5 0 R/Title"
		    "<%s>>>", good[i]);
		with_mark(4, text, NULL);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text), "<</Parent 4 0 R/Prev 5 0 R/Title"
		    "<%s>>>", bad[i]);
		with_mark(4, text, "PDF, object 7: ");
	}
}

/* ---- streams ---- */

static void
pictures_are_as_long_as_they_say(void **state)
{
	static const char wide[] = "<</BitsPerComponent 8/ColorSpace/DeviceRGB"
	    "/Filter/FlateDecode/Height 1/Length %zu/Subtype/Image/Type"
	    "/XObject/Width 30001>>";
	static const char bare[] = "<</BitsPerComponent 1/Filter/FlateDecode"
	    "/Height 1/Length %zu/Subtype/Image/Type/XObject/Width 8>>";
	static const char dct[] = "<</BitsPerComponent 8/ColorSpace/DeviceRGB"
	    "/Filter/DCTDecode/Height 1/Length %zu/Subtype/Image/Type/XObject"
	    "/Width 3>>";

	(void)state;
	refused(&(struct pdf_parts){ .image_len = 5 }, "object 9: a picture");
	refused(&(struct pdf_parts){ .image_len = 7 }, "object 9: a picture");
	refused(&(struct pdf_parts){ .image = wide }, "object 9: picture too");
	refused(&(struct pdf_parts){ .image = bare }, "object 9: kind of");
	refused(&(struct pdf_parts){ .image = dct }, "object 9: JPEG");
}

#define TEXT_OF(hex) "/Span << /ActualText <feff" hex "> >> BDC\n"

static void
content_has_listed_operators_only(void **state)
{
	static const char *const bad[] = { "q\n", "Q\n", "BT\n", "ET\n",
		"BT BT ET ET\n", "q Q Q\n", "1 w 2\n", "w\n", "1 2 w\n",
		"/x w\n", "(a) Tj )\n", "(a\n) Tj\n", "((a)) Tj\n",
		"(\\400) Tj\n", "<4> Tj\n", "<4x> Tj\n", "[1 [2]] TJ\n",
		"[/x] TJ\n", "[q] TJ\n", "1 2 3 4 5 6 7 8 9 sc\n", "1 x\n",
		"/P <</MCID 0>> BDC EMC\n", "/P BMC\n", "EMC\n", "/P MP\n",
		"BX EX\n", "% x\n", "BI\n/IM true\n/W 8\n/H 1\n/BPC 1\n"
		"/D [1 0]\nID x\nEI\n", "{ }\n", "1e5 w\n", "+1 w\n",
		"--1 w\n", "1.2.3 w\n", "\x01", "q\tQ\n", "<< >>\n", "[\n",
		"(a", "/\n", "PS\n", TEXT_OF("") "EMC\n",
		"BT " TEXT_OF("") "ET EMC\n", "BT " TEXT_OF("") "ET\n",
		"BT " TEXT_OF("006") "EMC ET\n",
		"BT " TEXT_OF("00g6") "EMC ET\n",
		"BT " TEXT_OF("") TEXT_OF("") "EMC EMC ET\n",
		"BT " TEXT_OF("") "EMC EMC ET\n",
		"BT /Span << /Alt <feff> >> BDC\nEMC ET\n",
		"BT /Span << /ActualText (a) >> BDC\nEMC ET\n",
		"BT /Span << /ActualText <feff> /E <41> >> BDC\nEMC ET\n",
		"BT /Span /P BDC\nEMC ET\n", "BT 1 " TEXT_OF("") "EMC ET\n" };
	static const char *const good[] = { "q Q", "1 w", "0 0 1 1 re W* n\n",
		"[] 0 d\n", "/P cs /P1 scn\n", "1 0 0 sc\n",
		"/Sh sh\n", "BT [<41>-1.5(b)]TJ ET\n",
		"BT " TEXT_OF("00660069") "<01>Tj\nEMC\n" TEXT_OF("")
		    "EMC\nET\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refused(&(struct pdf_parts){ .content = bad[i] },
		    "PDF, object 4: content: ");
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(taken(&(struct pdf_parts){ .content = good[i] }));
	assert_true(taken(&(struct pdf_parts){ .content =
	    "BT (\\012\\)\\\n\\\\) Tj ET\n" }));
}

static void
maps_to_unicode_are_no_programs(void **state)
{
	(void)state;
	refused(&(struct pdf_parts){ .cmap = "/a usecmap\n" },
	    "PDF, object 8: content: operator usecmap");
	refused(&(struct pdf_parts){ .cmap = "(a) run\n" },
	    "PDF, object 8: content: operator run");
	refused(&(struct pdf_parts){ .cmap = "{ 1 } loop\n" },
	    "PDF, object 8: content: braces");
}

/* ---- what a drawing may have besides ---- */

static const struct { const char *dict, *data; } rich[] = {
	{ "<</BBox[0 0 9 9]/Filter/FlateDecode/Length %zu/Resources<<>>"
	    "/Subtype/Form/Type/XObject>>", "q Q" },
	{ "<</BBox[0 0 9 9]/Filter/FlateDecode/Length %zu/PaintType 1"
	    "/PatternType 1/Resources<</XObject<</x 6 0 R>>>>/TilingType 1"
	    "/XStep 9/YStep 9>>", "/x Do" },
	{ "<</PatternType 2/Shading<</ColorSpace/DeviceRGB/Coords[0 0 1 1]"
	    "/Domain[0 1]/Extend[true true]/Function 11 0 R/ShadingType 2>>>>",
	    NULL },
	{ "<</CharProcs<</g0 12 0 R>>/Encoding<</Differences[0 /g0]>>"
	    "/FirstChar 0/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/LastChar 0"
	    "/Subtype/Type3/Type/Font/Widths[9]>>", NULL },
	{ "[/Indexed /DeviceRGB 1 <000000ffffff>]", NULL },
	{ "<</Bounds[0.5]/Domain[0 1]/Encode[0 1 0 1]/FunctionType 3"
	    "/Functions[13 0 R 14 0 R]>>", NULL },
	{ "<</Filter/FlateDecode/Length %zu>>", "9 0 0 0 9 9 d1\n9 0 0 9 0 0 "
	    "cm\nBI\n/IM true\n/W 9\n/H 1\n/BPC 1\n/D [1 0]\nID (\xff\n"
	    "EI\n" },
	{ "<</C0[0 0 0]/C1[1 1 1]/Domain[0 1]/FunctionType 2/N 1>>", NULL },
	{ "<</Domain[0 1]/Filter/FlateDecode/FunctionType 4/Length %zu/Range"
	    "[0 1 0 1 0 1]>>", "{ dup 0.5 gt { dup } { 1 sub 0 } ifelse }" },
};

/* Row `other` has another dict or data, if it is not NULL. */
static bool
takes_rich(size_t other, const char *dict, const char *data)
{
	struct out jpeg = make_jpeg(37, 21, 0x22, false);
	struct safe_pdf p;
	struct out o;
	bool yes;

	pdf_begin(&p);
	pdf_value(&p, "<</Pages 2 0 R/Type/Catalog>>");
	pdf_value(&p, "<</Count 1/Kids[3 0 R]/Type/Pages>>");
	pdf_value(&p, PDF_PAGE_TEXT);
	pdf_flate(&p, PDF_FLATE, "q Q", 3);
	pdf_value(&p, "<</Font<</f 9 0 R>>/Pattern<</p 7 0 R/q 8 0 R>>"
	    "/XObject<</x 6 0 R/y 15 0 R>>>>");
	for (size_t i = 0; i < sizeof(rich) / sizeof(*rich); i++) {
		const char *d = i == other && dict ? dict : rich[i].dict;
		const char *bytes = i == other && data ? data : rich[i].data;

		if (bytes != NULL)
			pdf_flate(&p, d, bytes, strlen(bytes));
		else
			pdf_value(&p, d);
	}
	pdf_stream(&p, "<</BitsPerComponent 8/ColorSpace/DeviceRGB/Filter"
	    "/DCTDecode/Height 21/Length %zu/Subtype/Image/Type/XObject"
	    "/Width 37>>", jpeg.ptr, jpeg.len);
	o = pdf_finish_file(&p);
	yes = is_pdf(o.ptr, o.len, o.len) && is_pdf(o.ptr, o.len, 3);
	free(o.ptr);
	free(jpeg.ptr);
	return yes;
}

static void
forms_patterns_glyphs_and_functions_are_read(void **state)
{
	static char large[5000];

	(void)state;
	if (!takes_rich(99, NULL, NULL))
		fail_msg("%s", diag.what);
	assert_false(takes_rich(0, NULL, "/x BMC EMC"));
	assert_false(takes_rich(1, NULL, "Q"));
	assert_false(takes_rich(2, "<</PatternType 1/Shading<</ColorSpace"
	    "/DeviceRGB/Function 11 0 R/ShadingType 2>>>>", NULL));
	assert_false(takes_rich(2, "<</PatternType 2/Shading<</ColorSpace"
	    "/DeviceRGB/Function 11 0 R/ShadingType 4>>>>", NULL));
	assert_false(takes_rich(4, "[/Indexed /DeviceRGB 2 <000000ffffff>]",
	    NULL));
	assert_false(takes_rich(4, "[/ICCBased 6 0 R]", NULL));
	assert_false(takes_rich(6, NULL, "9 0 0 0 9 9 d1\nBI\n/IM true\n/W 9"
	    "\n/H 2\n/BPC 1\n/D [1 0]\nID (\xff\nEI\n"));
	assert_false(takes_rich(6, NULL, "9 0 0 0 9 9 d1\nBI\n/IM true\n/W 09"
	    "\n/H 1\n/BPC 1\n/D [1 0]\nID (\xff\nEI\n"));
	assert_false(takes_rich(7, "<</C0[0 0 0]/Domain[0 1]/FunctionType 4"
	    "/N 1>>", NULL));
	assert_false(takes_rich(8, NULL, "{ 1 } { 2 }"));
	assert_false(takes_rich(8, NULL, "{ (a) run }"));
	memset(large, ' ', sizeof(large) - 1);
	memcpy(large, "{", 1);
	large[sizeof(large) - 2] = '}';
	assert_false(takes_rich(8, NULL, large));
	assert_non_null(strstr(diag.what, "object 14: content: too long"));
}

static void
a_mail_may_have_a_pdf(void **state)
{
	struct out o = make_pdf(NULL);

	(void)state;
	for (unsigned cut = 0; cut < 2; cut++) {
		struct out mail = { NULL, 0, 0 };

		put_top_fields(&mail);
		put_multipart(&mail, 0, TEST_TEXT);
		put_part(&mail, 0, "application/pdf", "資料.pdf", o.ptr,
		    o.len - cut);
		put_delimiter(&mail, 0, "--");
		assert_int_equal(judge(mail.ptr, mail.len).yes, cut == 0);
		free(mail.ptr);
	}
	free(o.ptr);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_taken_in_any_split),
		cmocka_unit_test(a_changed_bit_is_refused_but_in_free_values),
		cmocka_unit_test(
		    a_key_of_active_content_is_refused_in_any_object),
		cmocka_unit_test(the_catalog_and_the_tree_have_no_other_keys),
		cmocka_unit_test(there_is_one_way_of_writing_a_value),
		cmocka_unit_test(references_fit_the_class_of_their_object),
		cmocka_unit_test(pages_have_a_size),
		cmocka_unit_test(a_link_has_one_shape),
		cmocka_unit_test(links_are_a_list_of_references),
		cmocka_unit_test(bookmarks_are_a_tree_in_its_order),
		cmocka_unit_test(a_title_is_words),
		cmocka_unit_test(pictures_are_as_long_as_they_say),
		cmocka_unit_test(content_has_listed_operators_only),
		cmocka_unit_test(maps_to_unicode_are_no_programs),
		cmocka_unit_test(forms_patterns_glyphs_and_functions_are_read),
		cmocka_unit_test(a_mail_may_have_a_pdf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
