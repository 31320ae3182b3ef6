/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One part of an office document: the form of its XML, its names, and the
 * words that must not be in it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../../gateway/verify/verify_opc_part.h"

#define DECL	"<?xml version=\"1.0\" encoding=\"UTF-8\" " \
		"standalone=\"yes\"?>\n"
#define W	"<w:document xmlns:w=\"http://schemas.openxmlformats.org/" \
		"wordprocessingml/2006/main\" xmlns:r=\"http://schemas." \
		"openxmlformats.org/officeDocument/2006/relationships\">"
#define WORD(x)	DECL W "<w:body>" x "</w:body></w:document>"
#define RUN(x)	WORD("<w:p><w:r>" x "</w:r></w:p>")
#define X	"<worksheet xmlns=\"http://schemas.openxmlformats.org/" \
		"spreadsheetml/2006/main\">"
#define CELL(x)	DECL X "<sheetData><row r=\"1\"><c r=\"A1\"><f>" x \
		"</f><v>1</v></c></row></sheetData></worksheet>"

static struct opc_part part;

/* In pieces of n bytes; NULL: it is taken. */
static const char *
judge(const char *root, const char *xml, size_t n)
{
	static struct diag diag;
	size_t len = strlen(xml);
	enum err err = OK;

	diag = (struct diag){ .err = OK };
	opc_part_init(&part, root, 2, NULL, NULL);
	for (size_t at = 0; at < len && err == OK; at += n)
		err = opc_part_write(&part, (struct span){
		    (const uint8_t *)xml + at, len - at < n ? len - at : n },
		    &diag);
	if (err == OK)
		err = opc_part_end(&part, &diag);
	return err == OK ? NULL : diag.what;
}

static void
yes(const char *root, const char *xml)
{
	static const size_t sizes[] = { 1, 7, 100000 };

	for (size_t i = 0; i < 3; i++) {
		const char *why = judge(root, xml, sizes[i]);

		if (why != NULL)
			fail_msg("%s: %s", xml, why);
	}
}

static void
no(const char *root, const char *xml, const char *expected)
{
	const char *why = judge(root, xml, 5);

	if (why == NULL)
		fail_msg("taken: %s", xml);
	if (strstr(why, expected) == NULL)
		fail_msg("%s: '%s' has no '%s'", xml, why, expected);
}

static void
what_we_write_is_taken(void **state)
{
	(void)state;
	yes("w:document", DECL W "<w:body/></w:document>");
	yes("w:document", RUN("<w:t xml:space=\"preserve\">あ &amp; &lt;b&gt; "
	    "\n\"'</w:t>"));
	yes("w:document", WORD("<w:p/>"));
	yes("w:document", WORD("<w:p><w:hyperlink r:id=\"rId2\"><w:r/>"
	    "</w:hyperlink></w:p>"));
	yes("worksheet", CELL("SUM(A1:A3)&amp;\"a|b[1]\""));
}

static void
another_form_of_xml_is_refused(void **state)
{
	static const char *const wrong[] = {
		W "<w:body/></w:document>",
		"\xef\xbb\xbf" DECL W "<w:body/></w:document>",
		DECL " " W "<w:body/></w:document>",
		DECL W "<w:body></w:body></w:document>",
		DECL W "<w:body/></w:document>\n",
		DECL W "<w:body/></w:document><w:document/>",
		DECL W "<w:body/>",
		DECL W "<!-- x --><w:body/></w:document>",
		DECL "<!DOCTYPE x>" W "<w:body/></w:document>",
		DECL W "<?x y?><w:body/></w:document>",
		DECL W "<w:body ></w:body></w:document>",
		WORD("<w:p/></w:body><w:body>") "x",
		RUN("<w:t><![CDATA[x]]></w:t>"),
		RUN("<w:t>&nbsp;</w:t>"),
		RUN("<w:t>&#65;</w:t>"),
		RUN("<w:t>&quot;</w:t>"),
		RUN("<w:t>a > b</w:t>"),
		RUN("<w:t>\xc0\xaf</w:t>"),
		RUN("<w:t>\xed\xa0\x80</w:t>"),
		RUN("<w:t>\x01</w:t>"),
		RUN("<w:t xml:space='preserve'>x</w:t>"),
		RUN("<w:t xml:space=\"a\" xml:space=\"b\">x</w:t>"),
		RUN("<w:t  xml:space=\"preserve\">x</w:t>"),
		WORD("<w:p>text</w:p>"),
		WORD("\n<w:p/>"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (judge("w:document", wrong[i], 9) == NULL)
			fail_msg("taken: %s", wrong[i]);
}

static void
names_that_are_not_listed_are_refused(void **state)
{
	static const char *const never[] = { "w:object", "w:control",
	    "w:altChunk", "w:subDoc", "w:attachedTemplate", "w:mailMerge",
	    "w:script", "o:OLEObject", "x:p", "p" };
	char xml[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		snprintf(xml, sizeof(xml), "%s%s<w:body><%s/></w:body>"
		    "</w:document>", DECL, W, never[i]);
		no("w:document", xml, "element");
	}
	no("w:document", WORD("<w:p onclick=\"x\"/>"), "attribute");
	no("w:document", WORD("<w:p r:id=\"rId1\"/>"), "attribute");
	no("w:document", WORD("<w:p xmlns:a=\"b\"/>"), "attribute");
	no("w:document", WORD("<w:p><w:hyperlink r:id=\"rId3\"/></w:p>"),
	    "relation");
	no("w:document", WORD("<w:p><w:hyperlink r:id=\"rId0\"/></w:p>"),
	    "relation");
	no("w:document", DECL "<w:document xmlns:w=\"urn:x\"/>",
	    "namespace");
	no("w:styles", RUN("<w:t>x</w:t>"), "root");
}

#define FIELD(code) RUN("<w:fldChar w:fldCharType=\"begin\"/>" \
	"<w:instrText xml:space=\"preserve\">" code "</w:instrText>" \
	"<w:fldChar w:fldCharType=\"separate\"/><w:t>x</w:t>" \
	"<w:fldChar w:fldCharType=\"end\"/>")

static void
fields_are_read(void **state)
{
	(void)state;
	yes("w:document", FIELD(" PAGE \\* MERGEFORMAT "));
	yes("w:document", FIELD(" HYPERLINK \"https://a.example/\" "));
	yes("w:document", FIELD(" HYPERLINK \\l \"there\" "));
	yes("w:document", FIELD("=1+1"));
	no("w:document", FIELD(" DDEAUTO c:\\\\x \"y\" "), "field");
	no("w:document", FIELD(" INCLUDETEXT \"x\" "), "field");
	no("w:document", FIELD(" QUOTE 68 "), "field");
	yes("w:document", FIELD(" HYPERLINK \"https://a.example/\" \\l "
	    "\"there\" "));
	no("w:document", FIELD(" HYPERLINK "), "field");
	no("w:document", FIELD(" HYPERLINK \"https://a.example/\" \"x.exe\""),
	    "field");
	no("w:document", FIELD(" HYPERLINK \\l \"there\" \"x.exe\" "),
	    "field");
	no("w:document", FIELD(" HYPERLINK \\l \"\\\\host\\x\" "), "field");
	no("w:document", FIELD(" HYPERLINK \\x \"file\" "), "field");
	no("w:document", FIELD(" HYPERLINK \"https://a.example/ "), "field");
	no("w:document", FIELD(" HYPERLINK \"file:///x\" "), "field");
	no("w:document", FIELD(" HYPERLINK \\\\evil\\x "), "field");
	/* cut over two runs */
	no("w:document", RUN("<w:fldChar w:fldCharType=\"begin\"/>"
	    "<w:instrText>DDE</w:instrText><w:instrText>AUTO x"
	    "</w:instrText><w:fldChar w:fldCharType=\"end\"/>"), "field");
	no("w:document", RUN("<w:instrText>PAGE</w:instrText>"),
	    "without field");
	no("w:document", RUN("<w:fldChar w:fldCharType=\"begin\"/>"
	    "<w:fldChar w:fldCharType=\"begin\"/>"), "in an instruction");
	no("w:document", RUN("<w:fldChar w:fldCharType=\"end\"/>"),
	    "without beginning");
	no("w:document", WORD("<w:p><w:fldSimple w:instr=\"LINK x\"/>"
	    "</w:p>"), "value");
}

static void
formulas_are_read(void **state)
{
	static const char *const never[] = { "cmd|'/c calc'!A0",
	    "[1]Sheet1!A1", "'[1]S'!A1", "'\\\\h\\s'!A1",
	    "WEBSERVICE(A1)", "_xlfn.WEBSERVICE(A1)", "CALL(A1)",
	    "Macro!SUM(A1)", "HYPERLINK(A1)", "CELL(\"filename\")", "A\\B",
	    "T[1]S!A1", "0.[1]'S'!A1",
	    "\"no end" };
	char xml[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		snprintf(xml, sizeof(xml), DECL X "<sheetData><row><c><f>%s"
		    "</f></c></row></sheetData></worksheet>", never[i]);
		no("worksheet", xml, "formula");
	}
	yes("worksheet", CELL("_xlfn.XLOOKUP(A1,'S 1'!B:B,T[[#All],[c]])"));
	yes("worksheet", CELL("HYPERLINK(\"https://a.example/\",1)"));
	no("worksheet", DECL X "<sheetData><row><c><f>1<v>2</v></f></c>"
	    "</row></sheetData></worksheet>", "in words");
	no("workbook", DECL "<workbook xmlns=\"http://schemas.openxmlformats"
	    ".org/spreadsheetml/2006/main\"><definedNames><definedName "
	    "name=\"Auto_Open\">A1</definedName></definedNames></workbook>",
	    "value");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_we_write_is_taken),
		cmocka_unit_test(another_form_of_xml_is_refused),
		cmocka_unit_test(names_that_are_not_listed_are_refused),
		cmocka_unit_test(fields_are_read),
		cmocka_unit_test(formulas_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
