/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Presentations rebuilt. A small one is written down here part by part; what
 * must not pass is looked for in the parts of the result.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "package.h"

#define POINT	"application/vnd.openxmlformats-officedocument." \
		"presentationml."
#define NS	"xmlns:p=\"http://schemas.openxmlformats.org/" \
		"presentationml/2006/main\" xmlns:r=\"http://schemas." \
		"openxmlformats.org/officeDocument/2006/relationships\" " \
		"xmlns:a=\"http://schemas.openxmlformats.org/drawingml/" \
		"2006/main\""
#define RELS(list) "<Relationships xmlns=\"http://schemas.openxmlformats." \
		"org/package/2006/relationships\">" list "</Relationships>"
#define REL(id, type, target) "<Relationship Id=\"" id "\" Type=\"" \
		PACKAGE_RELATIONS type "\" Target=\"" target "\"/>"
#define EXTERNAL(id, target) "<Relationship Id=\"" id "\" Type=\"" \
		PACKAGE_RELATIONS "hyperlink\" Target=\"" target \
		"\" TargetMode=\"External\"/>"
#define SLIDE(tree, behind) "<p:sld " NS "><p:cSld><p:spTree>" tree \
		"</p:spTree></p:cSld>" behind "</p:sld>"
#define SHAPE(id, inside) "<p:sp><p:nvSpPr><p:cNvPr id=\"" id \
		"\" name=\"s\">" inside "</p:cNvPr></p:nvSpPr></p:sp>"
#define MASTER	"<p:sldMaster " NS "><p:cSld><p:spTree/></p:cSld>" \
		"<p:sldLayoutIdLst><p:sldLayoutId r:id=\"l\"/>" \
		"</p:sldLayoutIdLst></p:sldMaster>"
#define LAYOUT	"<p:sldLayout " NS "><p:cSld><p:spTree/></p:cSld>" \
		"</p:sldLayout>"
#define LISTS	"<p:sldMasterIdLst><p:sldMasterId r:id=\"m\"/>" \
		"</p:sldMasterIdLst><p:sldIdLst><p:sldId id=\"256\" " \
		"r:id=\"s1\"/><p:sldId id=\"257\" r:id=\"s2\"/></p:sldIdLst>"

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

/* A presentation of two slides, of which the first and its relations differ. */
static enum err
make(const char *type, const char *behind, const char *slide,
    const char *relations)
{
	static char main_part[8192], rels[8192];
	struct package_part parts[] = {
	    { "_rels/.rels", NULL, RELS(REL("a", "officeDocument",
		"p/main.xml")), 0 },
	    { "p/main.xml", type, main_part, 0 },
	    { "p/_rels/main.xml.rels", NULL, RELS(
		REL("s2", "slide", "two.xml") REL("s1", "slide", "one.xml")
		REL("m", "slideMaster", "master.xml")
		REL("o", "slide", "orphan.xml")), 0 },
	    { "p/one.xml", POINT "slide+xml", slide, 0 },
	    { "p/_rels/one.xml.rels", NULL, rels, 0 },
	    { "p/two.xml", POINT "slide+xml", SLIDE(SHAPE("2", ""), ""), 0 },
	    { "p/_rels/two.xml.rels", NULL, RELS(
		REL("y", "slideLayout", "layout.xml")), 0 },
	    { "p/orphan.xml", POINT "slide+xml", SLIDE("", ""), 0 },
	    { "p/master.xml", POINT "slideMaster+xml", MASTER, 0 },
	    { "p/_rels/master.xml.rels", NULL, RELS(
		REL("l", "slideLayout", "layout.xml")), 0 },
	    { "p/layout.xml", POINT "slideLayout+xml", LAYOUT, 0 },
	    { "p/_rels/layout.xml.rels", NULL, RELS(
		REL("z", "slideMaster", "master.xml")), 0 },
	    { "p/notes.xml", POINT "notesSlide+xml", "<p:notes " NS "><p:cSld>"
		"<p:spTree><p:sp><p:txBody><a:p><a:r><a:t>said</a:t></a:r>"
		"</a:p></p:txBody></p:sp></p:spTree></p:cSld></p:notes>", 0 },
	    { "p/_rels/notes.xml.rels", NULL, RELS(
		REL("b", "slide", "one.xml")), 0 },
	    { "p/sound.wav", "audio/x-wav", "RIFF", 0 },
	    { "p/word.bin", "application/x", "MZ", 0 },
	    { "p/picture.png", NULL, "no picture", 0 },
	    { NULL, NULL, NULL, 0 } };

	assert_true((size_t)snprintf(main_part, sizeof(main_part),
	    "<p:presentation " NS " conformance=\"strict\">%s%s"
	    "</p:presentation>", LISTS, behind) < sizeof(main_part));
	assert_true((size_t)snprintf(rels, sizeof(rels), RELS("%s%s"),
	    REL("y", "slideLayout", "layout.xml"), relations) <
	    sizeof(rels));
	buf_fini(&package);
	buf_init(&package, PACKAGE_BYTES_MAX);
	assert_int_equal(package_make(parts, &package), OK);
	return rebuild_bytes(buf_span(&package));
}

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

/* The first slide, from its tree of shapes on. */
static const char *
tree(void)
{
	const char *p = part("ppt/slides/slide1.xml");

	assert_non_null(p);
	p = strstr(p, "<p:cSld>");
	assert_non_null(p);
	return p + 8;
}

static void
slide(const char *in, const char *relations, const char *expected)
{
	static char again[PACKAGE_BYTES_MAX / 64];
	size_t len;

	assert_int_equal(make(POINT "presentation.main+xml", "", in,
	    relations), OK);
	assert_string_equal(tree(), expected);
	/* it is the same once more, and nothing is left to remove */
	len = out.len;
	assert_true(len < sizeof(again));
	memcpy(again, out.ptr, len);
	assert_int_equal(rebuild_bytes((struct span){
	    (const uint8_t *)again, len }), OK);
	assert_int_equal(result.removed.len, 0);
	assert_int_equal(out.len, len);
	assert_memory_equal(out.ptr, again, len);
}

/* ... and what the first pass left out. */
static void
slide_loses(const char *in, const char *relations, const char *what)
{
	assert_int_equal(make(POINT "presentation.main+xml", "", in,
	    relations), OK);
	assert_true(removed(what) > 0);
}

#define TREE(shapes) "<p:spTree>" shapes "</p:spTree></p:cSld></p:sld>"

static void
a_presentation_is_written_under_names_of_ours(void **state)
{
	(void)state;
	assert_int_equal(make(POINT "presentation.main+xml", "",
	    SLIDE("", ""), ""), OK);
	assert_int_equal(result.type, SAFE_PPTX);
	assert_non_null(strstr(part("ppt/presentation.xml"),
	    "<p:sldMasterIdLst><p:sldMasterId r:id=\"rId1\"/>"
	    "</p:sldMasterIdLst><p:sldIdLst><p:sldId id=\"256\" "
	    "r:id=\"rId2\"/><p:sldId id=\"257\" r:id=\"rId3\"/>"
	    "</p:sldIdLst>"));
	assert_null(strstr(part("ppt/presentation.xml"), "conformance"));
	/* what belongs to something says so without an r:id */
	assert_non_null(strstr(part("ppt/slides/_rels/slide2.xml.rels"),
	    "Target=\"../slideLayouts/slideLayout1.xml\""));
	assert_non_null(strstr(part("ppt/slideLayouts/_rels/"
	    "slideLayout1.xml.rels"),
	    "Target=\"../slideMasters/slideMaster1.xml\""));
	/* a slide that is in no list is nobody's */
	assert_null(part("ppt/slides/slide3.xml"));
	assert_int_equal(removed("part"), 5);
}

static void
shows_templates_and_macros_become_plain_presentations(void **state)
{
	static const char *const types[] = { POINT "slideshow.main+xml",
	    POINT "template.main+xml", "application/vnd.ms-powerpoint."
	    "presentation.macroEnabled.main+xml", "application/vnd."
	    "ms-powerpoint.slideshow.macroEnabled.main+xml",
	    "application/vnd.ms-powerpoint.template.macroEnabled.main+xml" };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		assert_int_equal(make(types[i], "", SLIDE("", ""), ""), OK);
		assert_non_null(strstr(part("[Content_Types].xml"), "\"/ppt/"
		    "presentation.xml\" ContentType=\"" POINT
		    "presentation.main+xml\""));
	}
	assert_int_equal(make("application/vnd.ms-powerpoint.addin."
	    "macroEnabled.main+xml", "", SLIDE("", ""), ""), ERR_POLICY);
}

#define LINK(attributes) SLIDE(SHAPE("2", "<a:hlinkClick " attributes \
		"/>"), "")
#define LINKED(attributes) TREE(SHAPE("2", "<a:hlinkClick " attributes \
		"/>"))
#define UNLINKED TREE("<p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"s\"/>" \
		"</p:nvSpPr></p:sp>")

static void
links_lead_to_the_web_or_to_a_slide(void **state)
{
	(void)state;
	slide(LINK("r:id=\"h\""), EXTERNAL("h", "https://a.example/"),
	    LINKED("r:id=\"rId2\""));
	slide(LINK("r:id=\"h\" action=\"ppaction://hlinksldjump\""),
	    REL("h", "slide", "two.xml"),
	    LINKED("r:id=\"rId2\" action=\"ppaction://hlinksldjump\""));
	slide(LINK("r:id=\"\" action=\"ppaction://hlinkshowjump?"
	    "jump=nextslide\""), "", LINKED("r:id=\"\" action=\""
	    "ppaction://hlinkshowjump?jump=nextslide\""));
}

static void
links_that_start_something_go(void **state)
{
	static const char *const actions[] = { "ppaction://program",
	    "ppaction://macro?name=x", "ppaction://ole?verb=0",
	    "ppaction://media", "ppaction://hlinkfile",
	    "ppaction://hlinkpres?slideindex=1", "ppaction://customshow?id=0",
	    "ppaction://hlinkshowjump?jump=/x", "ppaction://noaction",
	    "ppaction://hlinksldjump&#x20;", "file://x" };
	char xml[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		snprintf(xml, sizeof(xml), LINK("r:id=\"h\" action=\"%s\""),
		    actions[i]);
		slide(xml, EXTERNAL("h", "https://a.example/"), UNLINKED);
		slide_loses(xml, "", "link");
	}
	slide(LINK("r:id=\"h\""), EXTERNAL("h", "file:///c:/x.exe"),
	    UNLINKED);
	/* a jump that leads out, a link that leads to a part */
	slide(LINK("r:id=\"h\" action=\"ppaction://hlinksldjump\""),
	    EXTERNAL("h", "https://a.example/"), UNLINKED);
	slide(LINK("r:id=\"h\""), REL("h", "slide", "two.xml"), UNLINKED);
	/* a slide that is not in the list */
	slide(LINK("r:id=\"h\" action=\"ppaction://hlinksldjump\""),
	    REL("h", "slide", "orphan.xml"), UNLINKED);
	assert_null(part("ppt/slides/slide3.xml"));
}

#define IMAGE(id) "<p:pic><p:blipFill><a:blip r:embed=\"" id \
		"\"/></p:blipFill></p:pic>"

/* A picture out of the net, by the relation of a link. */
static void
a_picture_is_a_picture_of_the_package(void **state)
{
	(void)state;
	slide(SLIDE(IMAGE("i"), ""), REL("i", "image", "picture.png"),
	    TREE(IMAGE("rId2")));
	slide(SLIDE(IMAGE("h"), ""), EXTERNAL("h", "https://a.example/"),
	    TREE("<p:pic><p:blipFill/></p:pic>"));
	slide(SLIDE(IMAGE("h"), ""), REL("h", "slide", "two.xml"),
	    TREE("<p:pic><p:blipFill/></p:pic>"));
	slide_loses(SLIDE(IMAGE("h"), ""),
	    EXTERNAL("h", "https://a.example/"), "picture");
}

#define FRAME(data) "<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id=\"7\" " \
		"name=\"frame\"/></p:nvGraphicFramePr><p:xfrm/><a:graphic>" \
		"<a:graphicData uri=\"http://schemas.openxmlformats.org/" \
		"presentationml/2006/ole\">" data "</a:graphicData>" \
		"</a:graphic></p:graphicFrame>"
#define PREVIEW(id, name, relation) "<p:pic><p:nvPicPr><p:cNvPr id=\"" id \
		"\" name=\"" name "\"/></p:nvPicPr><p:blipFill><a:blip " \
		"r:embed=\"" relation "\"/></p:blipFill></p:pic>"

static void
an_object_becomes_the_picture_beside_it(void **state)
{
	(void)state;
	slide(SLIDE(SHAPE("2", "<a:extLst/>") FRAME("<p:oleObj progId=\"x\" "
	    "r:id=\"e\"><p:embed/>" PREVIEW("0", "", "i") "</p:oleObj>"), ""),
	    REL("e", "oleObject", "word.bin")
	    REL("i", "image", "picture.png"),
	    TREE("<p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"s\"/>"
	    "</p:nvSpPr></p:sp>" PREVIEW("7", "frame", "rId2")));
	slide_loses(SLIDE(FRAME("<p:oleObj r:id=\"e\"><p:embed/>"
	    "</p:oleObj>"), ""), REL("e", "oleObject", "word.bin"),
	    "ole-object");
	assert_null(part("ppt/embeddings/word.bin"));
}

static void
an_object_without_picture_goes_with_its_frame(void **state)
{
	(void)state;
	slide(SLIDE(FRAME("<p:oleObj r:id=\"e\" spid=\"_x0000_s1\">"
	    "<p:embed/></p:oleObj>"), ""),
	    REL("e", "oleObject", "word.bin"),
	    "<p:spTree/></p:cSld></p:sld>");
	/* the picture is not there either */
	slide(SLIDE(FRAME("<p:oleObj><p:link/>" PREVIEW("0", "", "gone")
	    "</p:oleObj>"), ""), "", "<p:spTree/></p:cSld></p:sld>");
	/* outside of a frame there are none */
	slide(SLIDE("<p:oleObj>" PREVIEW("0", "", "i") "</p:oleObj>", ""),
	    REL("i", "image", "picture.png"),
	    "<p:spTree/></p:cSld></p:sld>");
}

#define TIMING(inside) "<p:timing><p:tnLst><p:par><p:cTn id=\"1\">" \
		"<p:childTnLst>" inside "</p:childTnLst></p:cTn></p:par>" \
		"</p:tnLst></p:timing>"
#define SET(id)	"<p:set><p:cBhvr><p:tgtEl><p:spTgt spid=\"" id "\"/>" \
		"</p:tgtEl></p:cBhvr></p:set>"
#define ONE	"<p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"s\"/></p:nvSpPr>" \
		"</p:sp>"
#define BARE	"<p:spTree>" ONE "</p:spTree></p:cSld></p:sld>"

static void
an_animation_stays_whole_or_goes(void **state)
{
	static const char *const bad[] = { SET("3"), SET("x"),
	    SET("2") "<p:cmd type=\"verb\" cmd=\"0\"/>",
	    SET("2") "<p:audio><p:cMediaNode/></p:audio>",
	    SET("2") "<p:video/>", SET("2") "<p:unknown/>",
	    SET("2") "<p:timing/>" };
	char xml[2048];

	(void)state;
	slide(SLIDE(ONE, TIMING(SET("2"))), "", "<p:spTree>" ONE
	    "</p:spTree></p:cSld>" TIMING(SET("2")) "</p:sld>");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(xml, sizeof(xml), SLIDE(ONE, TIMING("%s")), bad[i]);
		slide(xml, "", BARE);
		slide_loses(xml, "", "animation");
	}
}

static void
a_transition_loses_its_sound_alone(void **state)
{
	(void)state;
	slide(SLIDE(ONE, "<p:transition spd=\"slow\"><p:fade/><p:sndAc>"
	    "<p:stSnd><p:snd r:embed=\"w\" name=\"x\"/></p:stSnd></p:sndAc>"
	    "</p:transition>"), REL("w", "audio", "sound.wav"),
	    "<p:spTree>" ONE "</p:spTree></p:cSld><p:transition "
	    "spd=\"slow\"><p:fade/></p:transition></p:sld>");
}

static void
controls_media_and_tags_go(void **state)
{
	(void)state;
	slide(SLIDE("<p:pic><p:nvPicPr><p:nvPr><a:videoFile r:link=\"w\"/>"
	    "<p:custDataLst><p:tags r:id=\"t\"/></p:custDataLst></p:nvPr>"
	    "</p:nvPicPr></p:pic>", "<p:controls><p:control r:id=\"c\"/>"
	    "</p:controls><p:extLst><p:ext uri=\"x\"/></p:extLst>"),
	    REL("w", "video", "sound.wav"), TREE("<p:pic><p:nvPicPr>"
	    "<p:nvPr/></p:nvPicPr></p:pic>"));
}

static void
a_custom_show_has_all_of_its_slides_or_goes(void **state)
{
	static const char torn[] = "<p:custShowLst><p:custShow name=\"a\" "
	    "id=\"0\"><p:sldLst><p:sld r:id=\"s1\"/><p:sld r:id=\"o\"/>"
	    "</p:sldLst></p:custShow></p:custShowLst>";

	(void)state;
	assert_int_equal(make(POINT "presentation.main+xml",
	    "<p:custShowLst><p:custShow name=\"a\" id=\"0\"><p:sldLst>"
	    "<p:sld r:id=\"s2\"/></p:sldLst></p:custShow></p:custShowLst>",
	    SLIDE("", ""), ""), OK);
	assert_non_null(strstr(part("ppt/presentation.xml"),
	    "<p:sld r:id=\"rId3\"/>"));
	assert_int_equal(make(POINT "presentation.main+xml", torn,
	    SLIDE("", ""), ""), OK);
	assert_null(strstr(part("ppt/presentation.xml"), "custShow"));
	assert_int_equal(removed("custom-show"), 1);
	assert_null(part("ppt/slides/slide3.xml"));
}

static void
a_slide_stands_in_the_list_once(void **state)
{
	(void)state;
	assert_int_equal(make(POINT "presentation.main+xml",
	    "<p:sldIdLst><p:sldId id=\"300\" r:id=\"s1\"/><p:sldId "
	    "id=\"301\" r:id=\"m\"/></p:sldIdLst>", SLIDE("", ""), ""), OK);
	assert_null(strstr(part("ppt/presentation.xml"), "id=\"300\""));
	assert_null(strstr(part("ppt/presentation.xml"), "id=\"301\""));
	assert_int_equal(removed("slide"), 2);
}

static void
text_is_that_of_the_slides_in_their_order(void **state)
{
	struct buf_sink sink;
	struct input in;

	(void)state;
	assert_int_equal(make(POINT "presentation.main+xml",
	    /* once more, which is not read again */
	    "<p:sldIdLst><p:sldId r:id=\"s1\"/></p:sldIdLst>",
	    SLIDE("<p:sp><p:txBody><a:p><a:r><a:t>one</a:t></a:r><a:br/>"
	    "<a:fld><a:t>two</a:t></a:fld></a:p></p:txBody></p:sp>"
	    "<a:tbl><a:tr><a:tc><a:p><a:r><a:t>a</a:t></a:r></a:p></a:tc>"
	    "<a:tc><a:p><a:r><a:t>b</a:t></a:r></a:p></a:tc></a:tr></a:tbl>",
	    ""), REL("n", "notesSlide", "notes.xml")), OK);
	assert_non_null(part("ppt/notesSlides/notesSlide1.xml"));
	assert_non_null(strstr(part("ppt/notesSlides/_rels/"
	    "notesSlide1.xml.rels"), "Target=\"../slides/slide1.xml\""));
	in = input_span(buf_span(&package));
	buf_fini(&out);
	buf_init(&out, PACKAGE_BYTES_MAX);
	buf_sink_init(&sink, &out);
	assert_int_equal(format_ooxml_text(&in, NULL, &sink.filter, &result),
	    OK);
	assert_int_equal(buf_add_byte(&out, '\0'), OK);
	assert_string_equal((const char *)out.ptr, "\xef\xbb\xbf[1]\r\none\r\n"
	    "two\r\na \tb \r\n\r\n[1: notes]\r\nsaid\r\n\r\n[2]\r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_presentation_is_written_under_names_of_ours),
		cmocka_unit_test(
		    shows_templates_and_macros_become_plain_presentations),
		cmocka_unit_test(links_lead_to_the_web_or_to_a_slide),
		cmocka_unit_test(links_that_start_something_go),
		cmocka_unit_test(a_picture_is_a_picture_of_the_package),
		cmocka_unit_test(an_object_becomes_the_picture_beside_it),
		cmocka_unit_test(
		    an_object_without_picture_goes_with_its_frame),
		cmocka_unit_test(an_animation_stays_whole_or_goes),
		cmocka_unit_test(a_transition_loses_its_sound_alone),
		cmocka_unit_test(controls_media_and_tags_go),
		cmocka_unit_test(a_custom_show_has_all_of_its_slides_or_goes),
		cmocka_unit_test(a_slide_stands_in_the_list_once),
		cmocka_unit_test(text_is_that_of_the_slides_in_their_order),
	};
	int n = cmocka_run_group_tests(tests, NULL, NULL);

	buf_fini(&package);
	buf_fini(&out);
	buf_fini(&text);
	buf_fini(&result.removed);
	return n;
}
