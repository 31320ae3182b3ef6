/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * XML to XML by a small table of its own: what passes, how it is written, and
 * what is refused before a parser could spend time on it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../sanitizer/report.h"
#include "../../../sanitizer/xml_rewrite.h"

#define W	"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
#define STRICT	"http://purl.oclc.org/ooxml/wordprocessingml/main"
#define R	"http://schemas.openxmlformats.org/officeDocument/2006/" \
		"relationships"
#define MC	"http://schemas.openxmlformats.org/markup-compatibility/2006"
#define WPS	"http://schemas.microsoft.com/office/word/2010/" \
		"wordprocessingShape"
#define HEAD	"<?xml version=\"1.0\" encoding=\"UTF-8\" " \
		"standalone=\"yes\"?>\n"
#define ROOT	HEAD "<w:body xmlns:w=\"" W "\" xmlns:r=\"" R "\""
#define IN	"<w:body xmlns:w=\"" W "\" xmlns:r=\"" R "\" xmlns:mc=\"" MC \
		"\" xmlns:wps=\"" WPS "\" xmlns:q=\"urn:q\">"

static const struct xml_name w_names[] = {
	{ "b", false, "w:val" },
	{ "body", false, "" },
	{ "p", false, "w:tooltip w:val r:id r:link" },
	{ "q", false, "r:id" },
	{ "t", true, "xml:space" },
};
static const struct xml_names w = { XML_NS_W, w_names, 5 };
static const struct xml_names *const names[] = { &w, NULL };
static const enum xml_ns namespaces[] = { XML_NS_W, XML_NS_R, XML_NS_NONE };

static enum err
captured_end(struct xml_rewrite *rw)
{
	return xml_write_element(&rw->write, XML_NS_W, "t",
	    buf_span(&rw->captured));
}

static enum err
forget_end(struct xml_rewrite *rw)
{
	xml_rewrite_forget(rw);
	return OK;
}

static const struct xml_rule rules[] = {
	{ XML_NS_W, "smart", XML_UNWRAP, 0, "smart-tag", NULL, NULL },
	{ XML_NS_W, "evil", XML_DROP, 0, "macro", NULL, NULL },
	{ XML_NS_W, "code", XML_CAPTURE, 0, NULL, NULL, captured_end },
	{ XML_NS_W, "b", 0, 0, NULL, NULL, forget_end },
	{ XML_NS_W, "q", 0, XML_UNWRAP, NULL, NULL, NULL },
	{ XML_NS_NONE, NULL, 0, 0, NULL, NULL, NULL }
};
static const struct xml_table table = { .root_ns = XML_NS_W, .root = "body",
	.namespaces = namespaces, .names = names, .rules = { rules } };

static bool
relation(void *ctx, const char *element, struct xml_attribute *a)
{
	(void)element;
	(void)ctx;
	if (!span_equal(a->value, SPAN("known")))
		return false;
	a->value = SPAN("rId1");
	return true;
}

static struct xml_rewrite *rw;
static struct buf out;
static char why[200];

static enum err
run(struct span in, size_t step)
{
	struct filter *f;
	enum err err;

	buf_fini(&out);
	buf_init(&out, 1024 * 1024);
	why[0] = '\0';
	assert_int_equal(xml_rewrite_init(rw, &table, &out), OK);
	rw->relation = relation;
	f = xml_parse_input(&rw->parse);
	err = OK;
	for (size_t at = 0; err == OK && at < in.len; at += step)
		err = filter_write(f, span_sub(in, at, step));
	if (err == OK)
		err = filter_end(f);
	snprintf(why, sizeof(why), "%s%s", rw->parse.why,
	    rw->parse.scan.why != NULL ? rw->parse.scan.why : "");
	return err;
}

static void
becomes(struct span in, const char *expected)
{
	assert_int_equal(run(in, in.len), OK);
	assert_int_equal(buf_add_byte(&out, '\0'), OK);
	assert_string_equal((char *)out.ptr, expected);
	xml_rewrite_fini(rw);
}

static void
refused(struct span in, enum err err, const char *because)
{
	assert_int_equal(run(in, in.len), err);
	if (strstr(why, because) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", because, why);
	xml_rewrite_fini(rw);
}

static uint64_t
removed(const char *what)
{
	struct buf list;
	uint64_t n;

	buf_init(&list, REMOVED_BYTES_MAX);
	assert_int_equal(xml_rewrite_report(rw, &list, SPAN("x")), OK);
	n = removed_count(buf_span(&list), what);
	buf_fini(&list);
	return n;
}

static void
what_the_table_names_is_written_in_one_form(void **state)
{
	(void)state;
	becomes(SPAN("<?xml version='1.0'?>\n<!-- c --><?pi x?>" IN
	    "\n <w:p  w:val = 'a&amp;\"&#10;&#x9;' w:tooltip='a&#10;b"
	    "\xc2\x85&#9;'></w:p>"
	    "<w:t xml:space='preserve'>a&lt;<![CDATA[<&]]>\"</w:t>"
	    "<w:p><!-- x --><w:t/></w:p></w:body>"),
	    ROOT "><w:p w:val=\"a&amp;&quot;  \" w:tooltip=\"a&#10;b &#9;\"/>"
	    "<w:t xml:space=\"preserve\">a&lt;&lt;&amp;\"</w:t>"
	    "<w:p><w:t/></w:p></w:body>");
}

static void
what_it_does_not_name_is_left_out_and_counted(void **state)
{
	struct span in = SPAN(IN "<w:p w:rsidR='1' q:a='2' w:no='3'>"
	    "<w:unknown><w:t>x</w:t></w:unknown><q:t>y</q:t>stray</w:p>"
	    "<w:evil><w:t>z</w:t></w:evil>"
	    "<w:smart><w:t>kept</w:t></w:smart></w:body>");

	(void)state;
	becomes(in, ROOT "><w:p/><w:t>kept</w:t></w:body>");
	assert_int_equal(run(in, in.len), OK);
	assert_int_equal(removed("metadata"), 1);
	assert_int_equal(removed("extension"), 2);
	assert_int_equal(removed("attribute"), 1);
	assert_int_equal(removed("element"), 1);
	assert_int_equal(removed("macro"), 1);
	assert_int_equal(removed("smart-tag"), 1);
	assert_int_equal(removed("stray-text"), 1);
	xml_rewrite_fini(rw);
}

static void
an_element_goes_with_its_last_relation(void **state)
{
	(void)state;
	becomes(SPAN(IN "<w:p r:id='known' r:link='no'/><w:p r:id='no'><w:t/>"
	    "</w:p><w:q r:id='no'><w:t>a</w:t></w:q><w:p r:id=''/></w:body>"),
	    ROOT "><w:p r:id=\"rId1\"/><w:t>a</w:t></w:body>");
}

static void
hooks_capture_text_and_take_elements_back(void **state)
{
	(void)state;
	becomes(SPAN(IN "<w:code>a<w:t>b</w:t>c</w:code>"
	    "<w:p><w:b><w:t>gone</w:t></w:b></w:p></w:body>"),
	    ROOT "><w:t>ac</w:t><w:p/></w:body>");
}

static void
one_branch_of_an_alternative_is_taken(void **state)
{
	(void)state;
	becomes(SPAN(IN "<mc:AlternateContent><mc:Choice Requires='wps'>"
	    "<w:t>1</w:t></mc:Choice><mc:Choice Requires='wps'><w:t>2</w:t>"
	    "</mc:Choice><mc:Fallback><w:t>3</w:t></mc:Fallback>"
	    "</mc:AlternateContent><mc:AlternateContent>"
	    "<mc:Choice Requires='wps q'><w:t>4</w:t></mc:Choice>"
	    "<mc:Fallback><w:t>5</w:t></mc:Fallback></mc:AlternateContent>"
	    "<mc:Fallback><w:t>6</w:t></mc:Fallback></w:body>"),
	    ROOT "><w:t>1</w:t><w:t>5</w:t></w:body>");
}

static void
strict_namespaces_are_written_as_the_others(void **state)
{
	(void)state;
	becomes(SPAN("<x:body xmlns:x='" STRICT "'><x:p x:val='1'/>"
	    "</x:body>"), ROOT "><w:p w:val=\"1\"/></w:body>");
}

static void
utf16_is_the_same_as_utf8(void **state)
{
	static const char in[] = "<?xml version='1.0' encoding='UTF-16'?>"
	    "<w:body xmlns:w='" W "'><w:t>ab</w:t></w:body>";
	uint8_t little[2 * sizeof(in) + 8], big[2 * sizeof(in) + 8];
	size_t n = 2;

	(void)state;
	memcpy(little, "\xff\xfe", 2);
	memcpy(big, "\xfe\xff", 2);
	for (size_t i = 0; i < sizeof(in) - 1; i++, n += 2) {
		little[n] = big[n + 1] = (uint8_t)in[i];
		little[n + 1] = big[n] = 0;
	}
	becomes((struct span){ little, n }, ROOT "><w:t>ab</w:t></w:body>");
	becomes((struct span){ big, n }, ROOT "><w:t>ab</w:t></w:body>");
	refused((struct span){ little, n - 1 }, ERR_INPUT, "cut off");
}

static void
any_split_gives_the_same_output(void **state)
{
	struct span in = SPAN("\xef\xbb\xbf<?xml version='1.0' "
	    "encoding='utf-8'?>" IN "<w:t>\xe7\x84\xa1&amp;</w:t>"
	    "<!--a-b--><w:p w:val='>&lt;'/></w:body>");

	(void)state;
	for (size_t step = 1; step <= in.len; step++) {
		assert_int_equal(run(in, step), OK);
		assert_int_equal(buf_add_byte(&out, '\0'), OK);
		assert_string_equal((char *)out.ptr,
		    ROOT "><w:t>\xe7\x84\xa1&amp;</w:t>"
		    "<w:p w:val=\"&gt;&lt;\"/></w:body>");
		xml_rewrite_fini(rw);
	}
}

static void
what_is_not_plain_xml_is_refused(void **state)
{
	static const struct { const char *in; enum err err;
	    const char *why; } cases[] = {
		{ "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", ERR_INPUT,
		    "document type" },
		{ "<!DOCTYPE a><a/>", ERR_INPUT, "document type" },
		{ IN "<!ELEMENT a></w:body>", ERR_INPUT, "document type" },
		{ IN "&nbsp;</w:body>", ERR_INPUT, "" },
		{ IN "<w:p></w:body>", ERR_INPUT, "XML: error" },
		{ IN "<z:p/></w:body>", ERR_INPUT, "XML: error" },
		{ IN "</w:body><w:body/>", ERR_INPUT, "XML: error" },
		{ IN "<w:p>", ERR_INPUT, "XML: error" },
		{ "", ERR_INPUT, "cut off" },
		{ "<w:p xmlns:w='" W "'/>", ERR_INPUT, "root" },
		{ "<body/>", ERR_INPUT, "root" },
		{ "<?xml version='1.0' encoding='windows-1252'?><a/>",
		    ERR_INPUT, "encoding" },
		{ "<?xml version='1.0' encoding='UTF-16'?><a/>",
		    ERR_INPUT, "encoding" },
		{ IN "\xff</w:body>", ERR_INPUT, "XML: error" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refused(span_str(cases[i].in), cases[i].err, cases[i].why);
}

/* A tag of so many bytes from its '<' to its '>'. */
static void
add_tag(struct buf *in, int bytes)
{
	static const char head[] = "<w:p w:val='=\">", tail[] = "'/>";

	assert_int_equal(buf_add_str(in, head), OK);
	bytes -= (int)(sizeof(head) - 1 + sizeof(tail) - 1);
	while (bytes-- > 0)
		assert_int_equal(buf_add_byte(in, 'a'), OK);
	assert_int_equal(buf_add_str(in, tail), OK);
}

static void
the_limit_of_a_tag_is_exact_in_any_split(void **state)
{
	static const size_t steps[] = { 1, 7, 4096, XML_TAG_BYTES_MAX,
		XML_TAG_BYTES_MAX + 1, 1024 * 1024 };
	struct buf in;

	(void)state;
	buf_init(&in, 1024 * 1024);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		for (int more = 0; more < 2; more++) {
			buf_clear(&in);
			assert_int_equal(buf_add_str(&in, IN), OK);
			/* the first is forgotten when the second begins */
			add_tag(&in, XML_TAG_BYTES_MAX);
			add_tag(&in, XML_TAG_BYTES_MAX + more);
			assert_int_equal(buf_add_str(&in, "</w:body>"), OK);
			assert_int_equal(run(buf_span(&in), steps[i]),
			    more ? ERR_LIMIT : OK);
			xml_rewrite_fini(rw);
		}
	buf_fini(&in);
}

static void
large_tags_many_attributes_and_depth_are_limits(void **state)
{
	struct buf in;

	(void)state;
	buf_init(&in, 1024 * 1024);
	assert_int_equal(buf_add_str(&in, IN "<w:p w:val='"), OK);
	for (int i = 0; i < XML_TAG_BYTES_MAX; i++)
		assert_int_equal(buf_add_byte(&in, 'a'), OK);
	refused(buf_span(&in), ERR_LIMIT, "tag too long");
	buf_clear(&in);
	assert_int_equal(buf_add_str(&in, IN "<w:p"), OK);
	for (int i = 0; i <= XML_TAG_EQUALS_MAX; i++)
		assert_int_equal(buf_printf(&in, " a%d=''", i), OK);
	refused(buf_span(&in), ERR_LIMIT, "too many attributes");
	buf_clear(&in);
	assert_int_equal(buf_add_str(&in, IN), OK);
	for (int i = 0; i < XML_DEPTH_MAX; i++)
		assert_int_equal(buf_add_str(&in, "<w:p>"), OK);
	assert_int_not_equal(run(buf_span(&in), in.len), OK);
	xml_rewrite_fini(rw);
	buf_fini(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_table_names_is_written_in_one_form),
		cmocka_unit_test(what_it_does_not_name_is_left_out_and_counted),
		cmocka_unit_test(an_element_goes_with_its_last_relation),
		cmocka_unit_test(hooks_capture_text_and_take_elements_back),
		cmocka_unit_test(one_branch_of_an_alternative_is_taken),
		cmocka_unit_test(strict_namespaces_are_written_as_the_others),
		cmocka_unit_test(utf16_is_the_same_as_utf8),
		cmocka_unit_test(any_split_gives_the_same_output),
		cmocka_unit_test(the_limit_of_a_tag_is_exact_in_any_split),
		cmocka_unit_test(what_is_not_plain_xml_is_refused),
		cmocka_unit_test(
		    large_tags_many_attributes_and_depth_are_limits),
	};
	int n;

	rw = malloc(sizeof(*rw));
	assert_non_null(rw);
	n = cmocka_run_group_tests(tests, NULL, NULL);
	buf_fini(&out);
	free(rw);
	return n;
}
