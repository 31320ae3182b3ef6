/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Word documents rebuilt. Each is written down here part by part; what must
 * not pass is looked for in the parts of the result.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <png.h>

#include "package.h"

#define NS	"xmlns:w=\"http://schemas.openxmlformats.org/" \
		"wordprocessingml/2006/main\" xmlns:r=\"http://schemas." \
		"openxmlformats.org/officeDocument/2006/relationships\" " \
		"xmlns:a=\"http://schemas.openxmlformats.org/drawingml/" \
		"2006/main\" xmlns:v=\"urn:schemas-microsoft-com:vml\" " \
		"xmlns:o=\"urn:schemas-microsoft-com:office:office\""
#define DOCUMENT(body) "<w:document " NS "><w:body>" body \
		"</w:body></w:document>"
#define RELS(list) "<Relationships xmlns=\"http://schemas.openxmlformats." \
		"org/package/2006/relationships\">" list "</Relationships>"
#define REL(id, type, target) "<Relationship Id=\"" id "\" Type=\"" \
		PACKAGE_RELATIONS type "\" Target=\"" target "\"/>"
#define EXTERNAL(id, type, target) "<Relationship Id=\"" id "\" Type=\"" \
		PACKAGE_RELATIONS type "\" Target=\"" target \
		"\" TargetMode=\"External\"/>"
#define ROOT	{ "_rels/.rels", NULL, RELS(REL("a", "officeDocument", \
		"doc/main.xml")), 0 }
#define MAIN(body) { "doc/main.xml", PACKAGE_WORD "document.main+xml", \
		DOCUMENT(body), 0 }
#define MAIN_RELS(list) { "doc/_rels/main.xml.rels", NULL, RELS(list), 0 }
#define P(text)	"<w:p><w:r><w:t>" text "</w:t></w:r></w:p>"
#define FIELD(type) "<w:r><w:fldChar w:fldCharType=\"" type "\"/></w:r>"
#define CODE(text) "<w:r><w:instrText>" text "</w:instrText></w:r>"
#define RESULT(text) "<w:r><w:t>" text "</w:t></w:r>"
#define WRITTEN(code) "<w:fldChar w:fldCharType=\"begin\"/><w:instrText " \
		"xml:space=\"preserve\">" code "</w:instrText>" \
		"<w:fldChar w:fldCharType=\"separate\"/>"

static struct buf package, out, text;
static struct convert_result result;

static enum err
rebuild_bytes(struct span bytes)
{
	struct input in = input_span(bytes);
	struct buf_sink sink;

	buf_fini(&result.removed);
	memset(&result, 0, sizeof(result));
	buf_init(&result.removed, REMOVED_BYTES_MAX);
	buf_fini(&out);
	buf_init(&out, PACKAGE_BYTES_MAX);
	buf_sink_init(&sink, &out);
	return format_ooxml(&in, NULL, &sink.filter, &result);
}

static enum err
rebuild(const struct package_part *parts)
{
	buf_fini(&package);
	buf_init(&package, PACKAGE_BYTES_MAX);
	assert_int_equal(package_make(parts, &package), OK);
	return rebuild_bytes(buf_span(&package));
}

/* A part of the result as a string. */
static const char *
part(const char *name)
{
	buf_fini(&text);
	buf_init(&text, PACKAGE_BYTES_MAX);
	if (package_part(buf_span(&out), name, &text) != OK)
		return NULL;
	assert_int_equal(buf_add_byte(&text, '\0'), OK);
	return (const char *)text.ptr;
}

static uint64_t
removed(const char *what)
{
	return removed_count(buf_span(&result.removed), what);
}

/* What stands in the body; the head has the namespaces. */
static void
body_becomes(const char *expected)
{
	const char *p = part("word/document.xml");

	assert_non_null(p);
	p = strstr(p, "<w:body>");
	assert_non_null(p);
	p += 8;
	assert_non_null(strstr(p, "</w:body>"));
	*strstr(p, "</w:body>") = '\0';
	assert_string_equal(p, expected);
}

/* The bodies of documents without relations. */
static void
body(const char *in, const char *expected)
{
	char document[8192];
	struct package_part parts[] = { ROOT,
	    { "doc/main.xml", PACKAGE_WORD "document.main+xml", document, 0 },
	    { NULL, NULL, NULL, 0 } };

	assert_true((size_t)snprintf(document, sizeof(document),
	    "<w:document " NS "><w:body>%s</w:body></w:document>", in) <
	    sizeof(document));
	assert_int_equal(rebuild(parts), OK);
	body_becomes(expected);
}

static void
a_document_is_written_anew_under_names_of_ours(void **state)
{
	static const struct package_part parts[] = { ROOT, MAIN(P("text")),
	    MAIN_RELS(REL("x", "styles", "/other/st.xml")
	    REL("y", "webSettings", "web.xml")),
	    { "other/st.xml", PACKAGE_WORD "styles+xml",
		"<w:styles " NS "/>", 0 },
	    { "doc/web.xml", PACKAGE_WORD "webSettings+xml", "<x/>", 0 },
	    { NULL, NULL, NULL, 0 } };

	(void)state;
	assert_int_equal(rebuild(parts), OK);
	assert_int_equal(result.type, SAFE_DOCX);
	body_becomes(P("text"));
	assert_non_null(part("word/styles.xml"));
	assert_non_null(strstr(part("word/_rels/document.xml.rels"),
	    "<Relationship Id=\"rId1\" Type=\"" PACKAGE_RELATIONS
	    "styles\" Target=\"styles.xml\"/></Relationships>"));
	assert_non_null(part("docProps/app.xml"));
	assert_int_equal(removed("metadata"), 1);
}

/* LibreOffice lays out a table by who made it; names are ours either way. */
static void
of_the_program_only_its_family_is_told(void **state)
{
#define WRITTEN_BY(name) { "_rels/.rels", NULL, RELS(REL("a", \
	    "officeDocument", "doc/main.xml") REL("b", \
	    "extended-properties", "app.xml")), 0 }, MAIN(P("text")), \
	    { "app.xml", "x/y", "<Properties xmlns=\"http://schemas." \
	    "openxmlformats.org/officeDocument/2006/extended-properties\">" \
	    "<Application>" name "</Application></Properties>", 0 }, \
	    { NULL, NULL, NULL, 0 }
	static const struct package_part microsoft[] = {
	    WRITTEN_BY("Microsoft Macintosh Word of Taro") };
	static const struct package_part other[] = {
	    WRITTEN_BY("Word of Taro, not of Microsoft, as is well known") };
#undef WRITTEN_BY

	(void)state;
	assert_int_equal(rebuild(microsoft), OK);
	assert_non_null(strstr(part("docProps/app.xml"), "<Application>"
	    "Microsoft Office</Application></Properties>"));
	assert_int_equal(removed("metadata"), 0);
	assert_int_equal(rebuild(other), OK);
	assert_non_null(strstr(part("docProps/app.xml"), "<Application>"
	    "Sekisho</Application></Properties>"));
}

static void
a_part_of_a_gallery_stays_one(void **state)
{
	static const char sdt[] = "<w:sdt><w:sdtPr><w:id w:val=\"1\"/>"
	    "<w:docPartObj><w:docPartGallery w:val=\"Table of Contents\"/>"
	    "<w:docPartUnique/></w:docPartObj></w:sdtPr><w:sdtContent>"
	    "<w:p/></w:sdtContent></w:sdt>";

	(void)state;
	body(sdt, sdt);
}

static void
what_was_rebuilt_rebuilds_to_the_same(void **state)
{
	static const struct package_part parts[] = { ROOT,
	    MAIN(P("text") "<w:p><w:hyperlink r:id=\"h\"><w:r/>"
	    "</w:hyperlink></w:p>"),
	    MAIN_RELS(EXTERNAL("h", "hyperlink", "https://example.jp/a b")),
	    { NULL, NULL, NULL, 0 } };
	struct buf first;

	(void)state;
	assert_int_equal(rebuild(parts), OK);
	first = out;
	memset(&out, 0, sizeof(out));
	assert_int_equal(rebuild_bytes(buf_span(&first)), OK);
	assert_int_equal(result.removed.len, 0);
	assert_int_equal(first.len, out.len);
	assert_memory_equal(first.ptr, out.ptr, out.len);
	buf_fini(&first);
}

static void
documents_with_macros_become_plain_documents(void **state)
{
	static const struct package_part parts[] = { ROOT,
	    { "doc/main.xml", "application/vnd.ms-word.document."
		"macroEnabled.main+xml", DOCUMENT(P("text")), 0 },
	    MAIN_RELS("<Relationship Id=\"v\" Type=\"http://schemas."
	    "microsoft.com/office/2006/relationships/vbaProject\" "
	    "Target=\"vbaProject.bin\"/>"),
	    { "doc/vbaProject.bin", "application/vnd.ms-office.vbaProject",
		"macro", 0 },
	    { NULL, NULL, NULL, 0 } };

	(void)state;
	assert_int_equal(rebuild(parts), OK);
	assert_int_equal(removed("macro"), 1);
	assert_non_null(strstr(part("[Content_Types].xml"),
	    PACKAGE_WORD "document.main+xml"));
	assert_null(strstr(part("[Content_Types].xml"), "macro"));
}

static void
fields_pass_by_their_code_alone(void **state)
{
	(void)state;
	/* cut over runs: put together and written in one piece */
	body("<w:p>" FIELD("begin") CODE(" PA") CODE("GE ")
	    FIELD("separate") RESULT("1") FIELD("end") "</w:p>",
	    "<w:p><w:r/><w:r/><w:r/><w:r>" WRITTEN(" PAGE ") "</w:r>"
	    RESULT("1") FIELD("end") "</w:p>");
	body("<w:p>" FIELD("begin") CODE(" D") CODE("DEA") CODE("UTO c cmd ")
	    FIELD("separate") RESULT("1") FIELD("end") "</w:p>",
	    "<w:p><w:r/><w:r/><w:r/><w:r/><w:r/>" RESULT("1") "<w:r/></w:p>");
	assert_int_equal(removed("dde-field"), 1);
	body("<w:p>" FIELD("begin") CODE(" INCLUDETEXT \"c:/x\" ")
	    FIELD("end") "</w:p>", "<w:p><w:r/><w:r/><w:r/></w:p>");
	assert_int_equal(removed("field"), 2);	/* and its stray end */
	body("<w:p><w:fldSimple w:instr=\"QUOTE 68 68 69\">" RESULT("a")
	    "</w:fldSimple><w:fldSimple w:instr=\"DATE\">" RESULT("b")
	    "</w:fldSimple></w:p>", "<w:p>" RESULT("a")
	    "<w:fldSimple w:instr=\"DATE\">" RESULT("b")
	    "</w:fldSimple></w:p>");
	assert_int_equal(removed("field"), 1);
}

static void
a_field_inside_an_instruction_takes_both_away(void **state)
{
	(void)state;
	body("<w:p>" FIELD("begin") CODE(" REF ") FIELD("begin")
	    CODE(" QUOTE 1 ") FIELD("separate") RESULT("hidden") FIELD("end")
	    CODE(" x ") FIELD("separate") RESULT("seen") FIELD("end")
	    "</w:p>", "<w:p><w:r/><w:r/><w:r/><w:r/><w:r/><w:r/><w:r/><w:r/>"
	    "<w:r/>" RESULT("seen") "<w:r/></w:p>");
	/* in a result it is one of its own */
	body("<w:p>" FIELD("begin") CODE("TOC") FIELD("separate")
	    FIELD("begin") CODE("PAGEREF a") FIELD("separate") RESULT("7")
	    FIELD("end") FIELD("end") "</w:p>",
	    "<w:p><w:r/><w:r/><w:r>" WRITTEN("TOC") "</w:r><w:r/><w:r/><w:r>"
	    WRITTEN("PAGEREF a") "</w:r>" RESULT("7") FIELD("end")
	    FIELD("end") "</w:p>");
	/* what is never closed hides no more than its paragraph */
	body("<w:p>" FIELD("begin") RESULT("hidden") "</w:p>" P("seen"),
	    "<w:p><w:r/><w:r/></w:p>" P("seen"));
}

static void
form_fields_keep_their_data_and_lose_macros(void **state)
{
	(void)state;
	body("<w:p><w:r><w:fldChar w:fldCharType=\"begin\"><w:ffData>"
	    "<w:entryMacro w:val=\"m\"/><w:checkBox><w:checked/>"
	    "</w:checkBox></w:ffData></w:fldChar></w:r>"
	    CODE("FORMCHECKBOX") FIELD("end") "</w:p>",
	    "<w:p><w:r/><w:r/><w:r><w:fldChar w:fldCharType=\"begin\">"
	    "<w:ffData><w:checkBox><w:checked/></w:checkBox></w:ffData>"
	    "</w:fldChar><w:instrText xml:space=\"preserve\">FORMCHECKBOX"
	    "</w:instrText><w:fldChar w:fldCharType=\"end\"/></w:r></w:p>");
	assert_int_equal(removed("macro"), 1);
}

static void
links_lead_to_the_web_or_stay_inside(void **state)
{
	static const char *const bad[] = { "file:///c:/x", "\\\\host\\x",
	    "javascript:a", "c:/x", "ms-msdt:/id", "ftp://a/" };
	char code[200], expected[300];

	(void)state;
	body("<w:p><w:fldSimple w:instr=\"HYPERLINK &quot;http://a.jp/"
	    "&quot; \\o &quot;tip&quot; \\l &quot;b&quot;\"/></w:p>",
	    "<w:p><w:fldSimple w:instr=\" HYPERLINK &quot;http://a.jp/"
	    "&quot; \\l &quot;b&quot; \"/></w:p>");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(code, sizeof(code), "<w:p><w:fldSimple w:instr=\""
		    "HYPERLINK &quot;%s&quot;\">" RESULT("a")
		    "</w:fldSimple></w:p>", bad[i]);
		snprintf(expected, sizeof(expected), "<w:p>" RESULT("a")
		    "</w:p>");
		body(code, expected);
		assert_int_equal(removed("link"), 1);
	}
}

static void
external_targets_are_left_out(void **state)
{
	static const struct package_part parts[] = { ROOT,
	    MAIN("<w:altChunk r:id=\"c\"/><w:p><w:subDoc r:id=\"s\"/>"
	    "<w:hyperlink r:id=\"f\">" RESULT("a") "</w:hyperlink>"
	    "<w:hyperlink r:id=\"h\">" RESULT("b") "</w:hyperlink><w:r>"
	    "<w:object><v:shape id=\"s\" href=\"http://x/\">"
	    "<v:imagedata r:id=\"i\" r:href=\"i\"/></v:shape>"
	    "<o:OLEObject r:id=\"e\"/></w:object></w:r></w:p>"),
	    MAIN_RELS(EXTERNAL("c", "aFChunk", "http://x/a.html")
	    EXTERNAL("s", "subDocument", "http://x/b.docx")
	    EXTERNAL("i", "image", "http://x/p.png")
	    EXTERNAL("f", "hyperlink", "file://x/y")
	    EXTERNAL("h", "hyperlink", "HTTP://x/&quot;\xe5\xba\x81")
	    EXTERNAL("t", "attachedTemplate", "http://x/t.dotm")
	    REL("e", "oleObject", "embeddings/o.bin")),
	    { "doc/embeddings/o.bin", NULL, "ole", 0 },
	    { NULL, NULL, NULL, 0 } };

	(void)state;
	assert_int_equal(rebuild(parts), OK);
	body_becomes("<w:p>" RESULT("a") "<w:hyperlink r:id=\"rId1\">"
	    RESULT("b") "</w:hyperlink><w:r><w:pict><v:shape id=\"s\"/>"
	    "</w:pict></w:r></w:p>");
	assert_non_null(strstr(part("word/_rels/document.xml.rels"),
	    "Target=\"HTTP://x/%22%E5%BA%81\" TargetMode=\"External\"/>"
	    "</Relationships>"));
	assert_int_equal(removed("template"), 1);
	assert_int_equal(removed("external-link"), 4);
	assert_int_equal(removed("link"), 1);
	assert_int_equal(removed("embedded-file"), 2);
	assert_int_equal(removed("ole-object"), 1);
}

static void
pictures_are_drawn_anew_or_become_a_grey_field(void **state)
{
	static uint8_t png[4096], pixels[3 * 16];
	png_image image = { .version = PNG_IMAGE_VERSION, .width = 4,
	    .height = 4, .format = PNG_FORMAT_RGB };
	png_alloc_size_t n = sizeof(png);
	struct package_part parts[] = { ROOT, MAIN("<w:p><w:r><w:pict>"
	    "<v:shape><v:imagedata r:id=\"a\"/></v:shape>"
	    "<v:shape><v:imagedata r:id=\"b\"/></v:shape>"
	    "</w:pict></w:r></w:p>"),
	    MAIN_RELS(REL("a", "image", "m/a.emf")
	    REL("b", "image", "m/b.png")),
	    { "doc/m/a.emf", NULL, (char *)png, 0 },
	    { "doc/m/b.png", NULL, "no picture", 0 },
	    { NULL, NULL, NULL, 0 } };

	(void)state;
	assert_true(png_image_write_to_memory(&image, png, &n, 0, pixels, 0,
	    NULL));
	parts[3].len = n;
	assert_int_equal(rebuild(parts), OK);
	body_becomes("<w:p><w:r><w:pict>"
	    "<v:shape><v:imagedata r:id=\"rId1\"/></v:shape>"
	    "<v:shape><v:imagedata r:id=\"rId2\"/></v:shape>"
	    "</w:pict></w:r></w:p>");
	assert_non_null(part("word/media/image1.png"));
	assert_non_null(part("word/media/image2.png"));
	assert_memory_equal(text.ptr, "\x89PNG", 4);
	assert_int_equal(removed("picture"), 1);
}

/* Width and height of a PNG. */
static uint32_t
side_of(const char *name, unsigned at)
{
	const char *p = part(name);

	assert_non_null(p);
	assert_memory_equal(p, "\x89PNG", 4);
	return (uint32_t)(uint8_t)p[at + 2] << 8 | (uint8_t)p[at + 3];
}

static void
a_metafile_becomes_a_field_of_its_shape(void **state)
{
	/* a frame of 100 x 50 mm; a WMF of 1 x 4; one that says nothing */
	static const uint8_t emf[] = { [0] = 1, [32] = 0x10, [33] = 0x27,
	    [36] = 0x88, [37] = 0x13, [40] = ' ', [41] = 'E', [42] = 'M',
	    [43] = 'F', [47] = 0 };
	static const uint8_t wmf[] = { 0xd7, 0xcd, 0xc6, 0x9a, 0, 0, 0xff,
	    0xff, 0xfe, 0xff, 0, 0, 2, 0, 0x60, 0, 0, 0 };
	static const uint8_t bare[] = { 1, 0, 9, 0, 0, 3, 0, 0, 0, 0 };
	static const struct package_part parts[] = { ROOT,
	    MAIN("<w:p><w:r><w:pict>"
	    "<v:shape><v:imagedata r:id=\"a\"/></v:shape>"
	    "<v:shape><v:imagedata r:id=\"b\"/></v:shape>"
	    "<v:shape><v:imagedata r:id=\"c\"/></v:shape>"
	    "</w:pict></w:r></w:p>"),
	    MAIN_RELS(REL("a", "image", "m/a.emf")
	    REL("b", "image", "m/b.emf") REL("c", "image", "m/c.emf")),
	    { "doc/m/a.emf", NULL, (const char *)emf, sizeof(emf) },
	    { "doc/m/b.emf", NULL, (const char *)wmf, sizeof(wmf) },
	    { "doc/m/c.emf", NULL, (const char *)bare, sizeof(bare) },
	    { NULL, NULL, NULL, 0 } };

	(void)state;
	assert_int_equal(rebuild(parts), OK);
	assert_int_equal(removed("emf"), 3);
	assert_int_equal(side_of("word/media/image1.png", 16), 480);
	assert_int_equal(side_of("word/media/image1.png", 20), 240);
	assert_int_equal(side_of("word/media/image2.png", 16), 120);
	assert_int_equal(side_of("word/media/image2.png", 20), 480);
	assert_int_equal(side_of("word/media/image3.png", 16), 480);
	assert_int_equal(side_of("word/media/image3.png", 20), 360);
}

static void
styles_of_shapes_load_nothing(void **state)
{
	(void)state;
	body("<w:pict><v:shape style=\"width:1pt\"/>"
	    "<v:rect id=\"a\" style=\"width:1;Behavior:x\"/></w:pict>",
	    "<w:pict><v:shape style=\"width:1pt\"/><v:rect id=\"a\"/>"
	    "</w:pict>");
	assert_int_equal(removed("script"), 1);
}

static void
a_drawing_without_its_data_goes_as_a_whole(void **state)
{
	(void)state;
	body("<w:p><w:r><w:drawing><a:graphic><a:graphicData uri=\"u\">"
	    "<a:unknown/></a:graphicData></a:graphic></w:drawing><w:t>a</w:t>"
	    "</w:r></w:p>", P("a"));
}

static void
odd_packages_are_refused(void **state)
{
	static const struct package_part two_ids[] = { ROOT, MAIN(""),
	    MAIN_RELS(EXTERNAL("a", "hyperlink", "http://a/")
	    EXTERNAL("a", "hyperlink", "http://b/")),
	    { NULL, NULL, NULL, 0 } };
	static const struct package_part doctype[] = { ROOT,
	    { "doc/main.xml", PACKAGE_WORD "document.main+xml",
		"<!DOCTYPE a><a/>", 0 }, { NULL, NULL, NULL, 0 } };
	static const struct package_part nothing[] = {
	    { "_rels/.rels", NULL, RELS(""), 0 }, { NULL, NULL, NULL, 0 } };
	static const struct package_part unknown[] = { ROOT,
	    { "doc/main.xml", "application/x-other", DOCUMENT(""), 0 },
	    { NULL, NULL, NULL, 0 } };

	(void)state;
	assert_int_equal(rebuild(two_ids), ERR_INPUT);
	assert_non_null(strstr(result.reason, "two relations"));
	assert_int_equal(rebuild(doctype), ERR_INPUT);
	assert_non_null(strstr(result.reason, "document type"));
	assert_int_equal(rebuild(nothing), ERR_INPUT);
	assert_int_equal(rebuild(unknown), ERR_POLICY);
}

static void
text_has_paragraphs_and_tables_with_tabs(void **state)
{
	static const struct package_part parts[] = { ROOT,
	    MAIN(P("one") "<w:tbl><w:tr><w:tc>" P("a") "</w:tc><w:tc>"
	    P("b") "</w:tc></w:tr></w:tbl>"), { NULL, NULL, NULL, 0 } };
	struct input in;
	struct buf_sink sink;

	(void)state;
	assert_int_equal(rebuild(parts), OK);
	in = input_span(buf_span(&package));
	buf_clear(&out);
	buf_sink_init(&sink, &out);
	assert_int_equal(format_ooxml_text(&in, NULL, &sink.filter, &result),
	    OK);
	assert_int_equal(result.type, SAFE_TEXT);
	assert_int_equal(buf_add_byte(&out, '\0'), OK);
	assert_non_null(strstr((char *)out.ptr, "one\r\na \tb"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_document_is_written_anew_under_names_of_ours),
		cmocka_unit_test(of_the_program_only_its_family_is_told),
		cmocka_unit_test(a_part_of_a_gallery_stays_one),
		cmocka_unit_test(what_was_rebuilt_rebuilds_to_the_same),
		cmocka_unit_test(documents_with_macros_become_plain_documents),
		cmocka_unit_test(fields_pass_by_their_code_alone),
		cmocka_unit_test(a_field_inside_an_instruction_takes_both_away),
		cmocka_unit_test(form_fields_keep_their_data_and_lose_macros),
		cmocka_unit_test(links_lead_to_the_web_or_stay_inside),
		cmocka_unit_test(external_targets_are_left_out),
		cmocka_unit_test(
		    pictures_are_drawn_anew_or_become_a_grey_field),
		cmocka_unit_test(a_metafile_becomes_a_field_of_its_shape),
		cmocka_unit_test(styles_of_shapes_load_nothing),
		cmocka_unit_test(a_drawing_without_its_data_goes_as_a_whole),
		cmocka_unit_test(odd_packages_are_refused),
		cmocka_unit_test(text_has_paragraphs_and_tables_with_tabs),
	};
	int n = cmocka_run_group_tests(tests, NULL, NULL);

	buf_fini(&package);
	buf_fini(&out);
	buf_fini(&text);
	buf_fini(&result.removed);
	return n;
}
