/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links of a PDF: which may stay, where they are on the page as it is seen,
 * and the one shape in which they come back onto the drawing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../../gateway/verify/verify_pdf.h"
#include "../../../sanitizer/pdf_clean.h"
#include "../../../sanitizer/pdf_finish.h"
#include "../../../sanitizer/pdf_link.h"
#include "pdf_helper.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define LINK	"<</Type/Annot/Subtype/Link"

static enum err
clean(struct span pdf, bool defang, struct buf *out,
    struct convert_result *result)
{
	struct sanitizer_policy policy;
	struct input in = input_span(pdf);
	struct buf_sink sink;

	sanitizer_policy_standard(&policy);
	policy.links_defang = defang;
	memset(result, 0, sizeof(*result));
	buf_init(&result->removed, REMOVED_BYTES_MAX);
	buf_init(out, PDF_HELPER_BYTES);
	buf_sink_init(&sink, out);
	return pdf_clean(&in, &policy, &sink.filter, result);
}

/* "page: left bottom right top -> target" in points of a page of 100 x 200 */
static void
list(const struct buf *bytes, struct buf *text)
{
	struct input in = input_span(buf_span(bytes));
	struct pdf_lists_head head;
	struct wire_reader r;
	struct pdf_link link;
	uint32_t n = 0;

	buf_init(text, 1u << 20);
	assert_int_equal(pdf_lists_read(&in, &head), OK);
	wire_reader_init(&r, span_sub(buf_span(bytes), head.links,
	    head.marks - head.links));
	for (; pdf_link_next(&r, &link); n++) {
		assert_int_equal(buf_printf(text, "%u: %g %g %g %g -> ",
		    link.page, link.left / 1e4, link.bottom / 5e3,
		    link.right / 1e4, link.top / 5e3), OK);
		if (link.uri.len > 0)
			assert_int_equal(buf_add(text, link.uri), OK);
		else
			assert_int_equal(buf_printf(text, "%u %g %g",
			    link.to.page, link.to.y == PDF_NOWHERE ? -1 :
			    link.to.x / 1e4, link.to.y == PDF_NOWHERE ? -1 :
			    link.to.y / 5e3), OK);
		assert_int_equal(buf_add_byte(text, '\n'), OK);
	}
	assert_false(r.bad);
	assert_int_equal(n, head.links_n);
	assert_int_equal(buf_add_byte(text, 0), OK);
}

/* Annotations on a page with these keys, of two; what is listed. */
static void
expect(const char *keys, const char *annotations, const char *catalog,
    const char *wanted)
{
	char root[1000], page[3000];
	const char *objects[] = { root, "<</Type/Pages/Count 2/Kids[3 0 R "
	    "4 0 R]>>", page, "<</Type/Page/Parent 2 0 R/MediaBox"
	    "[0 0 100 200]>>" };
	struct convert_result result;
	struct buf in, out, text;

	snprintf(root, sizeof(root), "<</Type/Catalog/Pages 2 0 R%s>>",
	    catalog);
	snprintf(page, sizeof(page), "<</Type/Page/Parent 2 0 R%s/Annots[%s]"
	    ">>", keys, annotations);
	pdf_build(&in, "", objects, N(objects));
	assert_int_equal(clean(buf_span(&in), false, &out, &result), OK);
	list(&out, &text);
	assert_string_equal((const char *)text.ptr, wanted);
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&text);
	buf_fini(&result.removed);
}

static void
a_link_is_where_it_is_seen(void **state)
{
	static const struct { const char *keys, *wanted; } cases[] = {
		{ "/MediaBox[0 0 100 200]", "10 20 30 60" },
		{ "/MediaBox[100 200 0 0]", "10 20 30 60" },
		{ "/MediaBox[0 0 999 999]/CropBox[0 10 100 210]",
		    "10 10 30 50" },
		{ "/MediaBox[-100 -200 100 200]", "55 110 65 130" },
		{ "/MediaBox[0 0 200 100]/Rotate 90", "20 170 60 190" },
		{ "/MediaBox[0 0 100 200]/Rotate 180", "70 140 90 180" },
		{ "/MediaBox[0 0 200 100]/Rotate -90", "40 10 80 30" },
		{ "/MediaBox[20 0 120 200]", "0 20 10 60" },
	};
	char wanted[100];

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		snprintf(wanted, sizeof(wanted), "0: %s -> http://a.example\n",
		    cases[i].wanted);
		expect(cases[i].keys, LINK "/Rect[30 20 10 60]/A<</S/URI/URI"
		    "(http://a.example)>>>>", "", wanted);
	}
	expect("/MediaBox[40 0 120 200]", LINK "/Rect[10 20 30 60]/A<</S/URI"
	    "/URI(http://a.example)>>>>", "", "");
	expect("/MediaBox[0 0 0 200]", LINK "/Rect[10 20 30 60]/A<</S/URI"
	    "/URI(http://a.example)>>>>", "", "");
}

static void
a_target_is_checked_and_written_in_ascii(void **state)
{
	static const struct { const char *uri, *wanted; } cases[] = {
		{ "https://a.example/b c?d=\xe8\xa1\xa8#e",
		    "https://a.example/b%20c?d=%E8%A1%A8#e" },
		{ "  HTTP://a.example", "HTTP://a.example" },
		{ "mailto:a@b.example", "mailto:a@b.example" },
		{ "http://a.example/\\<\\>\"'", "http://a.example/%3C%3E%22"
		    "%27" },
		{ "javascript:alert\\(1\\)", NULL }, { "file:///c:/x", NULL },
		{ "ftp://a.example", NULL }, { "//a.example", NULL },
		{ "\\\\\\\\a\\\\b", NULL }, { "http:a.example", NULL },
		{ "http://", NULL }, { "data:text/html,x", NULL },
		{ "#x", NULL }, { "", NULL }, { "a.html", NULL },
		{ "ms-word:ofe|u|http://a.example/", NULL },
	};
	char annotation[300], wanted[200];

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		snprintf(annotation, sizeof(annotation), LINK "/Rect[10 20 30 "
		    "60]/A<</S/URI/URI(%s)>>>>", cases[i].uri);
		snprintf(wanted, sizeof(wanted), "0: 10 20 30 60 -> %s\n",
		    cases[i].wanted != NULL ? cases[i].wanted : "");
		expect("/MediaBox[0 0 100 200]", annotation, "",
		    cases[i].wanted != NULL ? wanted : "");
	}
}

static void
places_in_the_document_are_resolved(void **state)
{
	static const struct { const char *keys, *wanted; } cases[] = {
		{ "/Dest[4 0 R/XYZ 10 20 2]", "1 10 20" },
		{ "/Dest[4 0 R/XYZ null 20 null]", "1 0 20" },
		{ "/Dest[4 0 R/XYZ null null null]", "1 -1 -1" },
		{ "/Dest[3 0 R/Fit]", "0 -1 -1" },
		{ "/Dest[1/FitH 50]", "1 0 50" },
		{ "/Dest[4 0 R/FitR 10 20 30 40]", "1 10 40" },
		{ "/Dest[4 0 R/XYZ 999 -5 0]", "1 100 0" },
		{ "/Dest(two)", "1 -1 -1" }, { "/Dest/old", "0 0 9" },
		{ "/A<</S/GoTo/D(two)>>", "1 -1 -1" },
		{ "/A<</S/GoTo/D[4 0 R/Fit]/Next<</S/Launch>>>>", "1 -1 -1" },
		{ "/Dest(none)", NULL }, { "/Dest[9/Fit]", NULL },
		{ "/Dest[1 0 R/Fit]", NULL }, { "/Dest[-1/Fit]", NULL },
		{ "/Dest(loop)", NULL }, { "/Dest[]", NULL }, { "", NULL },
		{ "/A<</S/GoToR/F(x.pdf)/D[0/Fit]>>", NULL },
		{ "/A<</S/Launch/F(x.exe)>>/Dest[3 0 R/Fit]", NULL },
	};
	char annotation[300], wanted[200];

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		snprintf(annotation, sizeof(annotation), LINK "/Rect[10 20 30 "
		    "60]%s>>", cases[i].keys);
		snprintf(wanted, sizeof(wanted), "0: 10 20 30 60 -> %s\n",
		    cases[i].wanted != NULL ? cases[i].wanted : "");
		expect("/MediaBox[0 0 100 200]", annotation, "/Names<</Dests"
		    "<</Kids[<</Names[(loop)(loop)(two)<</D[4 0 R/Fit]>>(two)"
		    "[3 0 R/Fit]]>>]>>>>/Dests<</old[3 0 R/FitH 9]>>",
		    cases[i].wanted != NULL ? wanted : "");
	}
}

/* ---- bookmarks ---- */

/* A document of one page with these behind /Outlines; what comes out. */
static void
with_outlines(const char *const *marks, size_t n, struct buf *out,
    struct convert_result *result)
{
	static const char *objects[40] = {
		"<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R>>",
		"<</Type/Pages/Count 1/Kids[3 0 R]>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 200]/Contents "
		    "4 0 R/Resources<<>>>>",
		"<</Length 4>>\nstream\nq Q \nendstream" };
	struct convert_result forget;
	struct buf in, middle;

	for (size_t i = 0; i < n; i++)
		objects[4 + i] = marks[i];
	pdf_build(&in, "", objects, n + 4);
	assert_int_equal(clean(buf_span(&in), false, &middle, result), OK);
	assert_int_equal(pdf_run(pdf_finish, buf_span(&middle), out, &forget),
	    OK);
	buf_fini(&forget.removed);
	buf_fini(&middle);
	buf_fini(&in);
}

static bool
verifier_takes(const struct buf *bytes)
{
	static struct pdf_reader pdf;
	struct diag diag = { .err = OK };

	pdf_reader_init(&pdf);
	if (pdf_reader_write(&pdf, buf_span(bytes), &diag) == OK &&
	    pdf_reader_end(&pdf, &diag) == OK)
		return true;
	print_message("%s\n", diag.what);
	return false;
}

static void
bookmarks_come_back_as_a_tree(void **state)
{
	static const char *const marks[] = {
		"<</First 6 0 R/Last 8 0 R>>",
		"<</Title(one)/Dest[3 0 R/XYZ 10 20 0]/First 7 0 R/Next 8 0 R"
		    "/Count 5>>",
		"<</Title<FEFF65E5202E000A672C>/A<</S/GoTo/D[3 0 R/Fit]>>>>",
		/* back to the first: a ring */
		"<</Title(two)/A<</S/URI/URI(http://a.example)>>/Next 6 0 R>>",
	};
	struct convert_result result;
	struct buf out;

	(void)state;
	with_outlines(marks, N(marks), &out, &result);
	assert_true(pdf_has(&out, "1 0 obj\n<</Outlines 4 0 R/Pages 2 0 R"
	    "/Type/Catalog>>"));
	assert_true(pdf_has(&out, "4 0 obj\n<</Count 2/First 5 0 R/Last 7 0 R"
	    "/Type/Outlines>>"));
	assert_true(pdf_has(&out, "5 0 obj\n<</Count -1/Dest[3 0 R /XYZ 10 20"
	    " 0]/First 6 0 R/Last 6 0 R/Next 7 0 R/Parent 4 0 R/Title"
	    "<feff006f006e0065>>>"));
	assert_true(pdf_has(&out, "6 0 obj\n<</Dest[3 0 R /Fit]/Parent 5 0 R"
	    "/Title<feff65e50020672c>>>"));
	assert_true(pdf_has(&out, "7 0 obj\n<</Parent 4 0 R/Prev 5 0 R/Title"
	    "<feff00740077006f>>>"));
	assert_int_equal(removed_count(buf_span(&result.removed),
	    "bookmarks"), 0);
	assert_true(verifier_takes(&out));
	buf_fini(&out);
	buf_fini(&result.removed);
}

/* What stands too deep is left out, and that is said. */
static void
bookmarks_end_at_their_depth(void **state)
{
	static char texts[22][80];
	const char *marks[22];
	struct convert_result result;
	struct buf out;

	(void)state;
	for (unsigned i = 0; i < 22; i++) {
		snprintf(texts[i], sizeof(texts[i]), "<</Title(%u)/First %u 0"
		    " R>>", i, i + 6);
		marks[i] = texts[i];
	}
	with_outlines(marks, N(marks), &out, &result);
	/* 0 is the root; 1 to 17 have depths from 0 to 16 */
	assert_true(pdf_has(&out, "/Title<feff00310037>>>"));
	assert_false(pdf_has(&out, "/Title<feff00310038>>>"));
	assert_int_equal(removed_count(buf_span(&result.removed),
	    "bookmarks"), 1);
	assert_true(verifier_takes(&out));
	buf_fini(&out);
	buf_fini(&result.removed);
}

static void
damaged_bookmarks_are_refused(void **state)
{
	static const struct pdf_bookmark lies[] = {
		{ .depth = 1 }, { .depth = 99 },
		{ .to = { 0, PDF_ONE + 1, 0 } },
		{ .title = SPAN("\xff") },
	};
	static const char *const objects[] = { "<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Count 1/Kids[3 0 R]>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>" };
	struct convert_result result;
	struct buf in, list_of, whole, out;
	struct buf_sink sink;

	(void)state;
	pdf_build(&in, "", objects, N(objects));
	for (size_t i = 0; i < N(lies); i++) {
		buf_init(&list_of, 4096);
		buf_init(&whole, PDF_HELPER_BYTES);
		buf_sink_init(&sink, &whole);
		assert_int_equal(pdf_bookmark_put(&list_of, &lies[i]), OK);
		assert_int_equal(pdf_lists_write(&sink.filter,
		    &(struct pdf_lists){ .marks_n = 1,
		    .marks = buf_span(&list_of) }), OK);
		assert_int_equal(buf_add(&whole, buf_span(&in)), OK);
		assert_int_equal(pdf_run(pdf_finish, buf_span(&whole), &out,
		    &result), ERR_INPUT);
		buf_fini(&result.removed);
		buf_fini(&out);
		buf_fini(&whole);
		buf_fini(&list_of);
	}
	buf_fini(&in);
}

/* ---- back onto the drawing ---- */

#define TWO	"<</Type/Annot/Subtype/Link/Rect[10 20 30 60]/A<</S/URI/URI" \
	"(http://a.example/)>>>> " LINK "/Rect[10 70 30 99.5]/Dest[4 0 R" \
	"/XYZ 10 20 0]>> " LINK "/Rect[10 20 30 60]/Dest[3 0 R/Fit]>>"

static void
build_two(struct buf *in)
{
	static const char *const objects[] = { "<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 200]/Annots[" TWO
		    "]/Contents 5 0 R/Resources<<>>>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 200]/Contents "
		    "5 0 R/Resources<<>>>>",
		"<</Length 4>>\nstream\nq Q \nendstream" };

	pdf_build(in, "", objects, N(objects));
}

static void
links_come_back_in_one_shape_which_the_verifier_takes(void **state)
{
	struct convert_result result;
	struct buf in, middle, out, again, twice;

	(void)state;
	build_two(&in);
	assert_int_equal(clean(buf_span(&in), false, &middle, &result), OK);
	assert_int_equal(removed_count(buf_span(&result.removed),
	    "link-kept"), 1);
	assert_int_equal(removed_count(buf_span(&result.removed), "link"), 0);
	buf_fini(&result.removed);
	assert_int_equal(pdf_run(pdf_finish, buf_span(&middle), &out,
	    &result), OK);
	buf_fini(&result.removed);
	assert_true(pdf_has(&out, "3 0 obj\n<</Annots[5 0 R 6 0 R 7 0 R]"
	    "/Contents 8 0 R/MediaBox"));
	assert_true(pdf_has(&out, "5 0 obj\n<</A<</S/URI/Type/Action/URI"
	    "<687474703a2f2f612e6578616d706c652f>>>/Border[0 0 0]"
	    "/Rect[10 20 30 60]/Subtype/Link/Type/Annot>>\nendobj\n"));
	assert_true(pdf_has(&out, "6 0 obj\n<</Border[0 0 0]/Dest[4 0 R /XYZ "
	    "10 20 0]/Rect[10 70 30 99.5]/Subtype/Link/Type/Annot>>"));
	assert_true(pdf_has(&out, "7 0 obj\n<</Border[0 0 0]/Dest[3 0 R /Fit]"
	    "/Rect[10 20 30 60]/Subtype/Link/Type/Annot>>"));
	assert_true(verifier_takes(&out));
	/* made safe once more it stays as it is */
	assert_int_equal(clean(buf_span(&out), false, &again, &result), OK);
	buf_fini(&result.removed);
	assert_int_equal(pdf_run(pdf_finish, buf_span(&again), &twice,
	    &result), OK);
	assert_int_equal(out.len, twice.len);
	assert_memory_equal(out.ptr, twice.ptr, out.len);
	buf_fini(&result.removed);
	buf_fini(&in);
	buf_fini(&middle);
	buf_fini(&out);
	buf_fini(&again);
	buf_fini(&twice);
}

static void
where_the_policy_defangs_only_places_in_the_document_stay(void **state)
{
	struct convert_result result;
	struct buf in, middle, text;

	(void)state;
	build_two(&in);
	assert_int_equal(clean(buf_span(&in), true, &middle, &result), OK);
	list(&middle, &text);
	assert_string_equal((const char *)text.ptr, "0: 10 70 30 99.5 -> "
	    "1 10 20\n0: 10 20 30 60 -> 0 -1 -1\n");
	assert_int_equal(removed_count(buf_span(&result.removed), "link"), 1);
	buf_fini(&result.removed);
	buf_fini(&in);
	buf_fini(&middle);
	buf_fini(&text);
}

static void
a_list_that_lies_is_refused(void **state)
{
	static const struct pdf_link lies[] = {
		{ .page = 0, .left = 9, .right = 9, .top = 9 },
		{ .page = 0, .right = PDF_ONE + 1, .top = 9 },
		{ .page = 2, .right = PDF_ONE, .top = PDF_ONE },
		{ .page = 0, .right = PDF_ONE, .top = PDF_ONE,
		    .uri = SPAN("javascript:x") },
		{ .page = 0, .right = PDF_ONE, .top = PDF_ONE, .to.x = 0,
		    .to.y = PDF_ONE + 1 },
	};
	struct convert_result result;
	struct buf in, list_of, whole, out;
	struct buf_sink sink;

	(void)state;
	build_two(&in);
	for (size_t i = 0; i < N(lies); i++) {
		buf_init(&list_of, 4096);
		buf_init(&whole, PDF_HELPER_BYTES);
		buf_sink_init(&sink, &whole);
		assert_int_equal(pdf_link_put(&list_of, &lies[i]), OK);
		assert_int_equal(pdf_lists_write(&sink.filter,
		    &(struct pdf_lists){ .links_n = 1,
		    .links = buf_span(&list_of) }), OK);
		assert_int_equal(buf_add(&whole, buf_span(&in)), OK);
		assert_int_equal(pdf_run(pdf_finish, buf_span(&whole), &out,
		    &result), ERR_INPUT);
		buf_fini(&result.removed);
		buf_fini(&out);
		buf_fini(&whole);
		buf_fini(&list_of);
	}
	buf_fini(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_is_where_it_is_seen),
		cmocka_unit_test(a_target_is_checked_and_written_in_ascii),
		cmocka_unit_test(places_in_the_document_are_resolved),
		cmocka_unit_test(bookmarks_come_back_as_a_tree),
		cmocka_unit_test(bookmarks_end_at_their_depth),
		cmocka_unit_test(damaged_bookmarks_are_refused),
		cmocka_unit_test(
		    links_come_back_in_one_shape_which_the_verifier_takes),
		cmocka_unit_test(
		    where_the_policy_defangs_only_places_in_the_document_stay),
		cmocka_unit_test(a_list_that_lies_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
