/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Workbooks rebuilt. Each is written down here part by part; what stands in
 * the parts of the result is compared as it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../sanitizer/ooxml_excel.h"
#include "package.h"

#define MAIN_NS	"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define NS	"xmlns=\"" MAIN_NS "\" xmlns:r=\"http://schemas." \
		"openxmlformats.org/officeDocument/2006/relationships\""
#define EXCEL	"application/vnd.openxmlformats-officedocument.spreadsheetml."
#define RELS(list) "<Relationships xmlns=\"http://schemas.openxmlformats." \
		"org/package/2006/relationships\">" list "</Relationships>"
#define REL(id, type, target) "<Relationship Id=\"" id "\" Type=\"" \
		PACKAGE_RELATIONS type "\" Target=\"" target "\"/>"
#define EXTERNAL(id, type, target) "<Relationship Id=\"" id "\" Type=\"" \
		PACKAGE_RELATIONS type "\" Target=\"" target \
		"\" TargetMode=\"External\"/>"
#define ROOT	{ "_rels/.rels", NULL, RELS(REL("a", "officeDocument", \
		"xl/book.xml")), 0 }
#define BOOK(type, body) { "xl/book.xml", type, \
		"<workbook " NS ">" body "</workbook>", 0 }
#define BOOK_RELS(list) { "xl/_rels/book.xml.rels", NULL, RELS(list), 0 }
#define SHEETS	"<sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"s\"/></sheets>"
#define SHEET(name, body) { "xl/" name, EXCEL "worksheet+xml", \
		"<worksheet " NS ">" body "</worksheet>", 0 }
#define LAST	{ NULL, NULL, NULL, 0 }

static struct buf package, out, text;
static struct convert_result result;

static void
begin(struct buf_sink *sink)
{
	buf_fini(&result.removed);
	memset(&result, 0, sizeof(result));
	buf_init(&result.removed, REMOVED_BYTES_MAX);
	buf_fini(&out);
	buf_init(&out, PACKAGE_BYTES_MAX);
	buf_sink_init(sink, &out);
}

static enum err
rebuild_bytes(struct span bytes)
{
	struct input in = input_span(bytes);
	struct buf_sink sink;

	begin(&sink);
	return format_ooxml(&in, NULL, &sink.filter, &result);
}

/* OK: and what came out becomes the same again, with nothing removed. */
static enum err
rebuild(const struct package_part *parts)
{
	struct buf first, removed;
	enum err err;

	buf_fini(&package);
	buf_init(&package, PACKAGE_BYTES_MAX);
	assert_int_equal(package_make(parts, &package), OK);
	if ((err = rebuild_bytes(buf_span(&package))) != OK)
		return err;
	first = out;
	removed = result.removed;
	memset(&out, 0, sizeof(out));
	memset(&result.removed, 0, sizeof(result.removed));
	assert_int_equal(rebuild_bytes(buf_span(&first)), OK);
	assert_int_equal(result.removed.len, 0);
	assert_int_equal(first.len, out.len);
	assert_memory_equal(first.ptr, out.ptr, out.len);
	buf_fini(&first);
	buf_fini(&result.removed);
	result.removed = removed;
	return OK;
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

static void
part_has(const char *name, const char *expected)
{
	const char *p = part(name);

	assert_non_null(p);
	if (strstr(p, expected) == NULL)
		print_message("%s has no %s:\n%s\n", name, expected, p);
	assert_non_null(strstr(p, expected));
}

static void
part_lacks(const char *name, const char *word)
{
	const char *p = part(name);

	assert_non_null(p);
	if (strstr(p, word) != NULL)
		print_message("%s has %s:\n%s\n", name, word, p);
	assert_null(strstr(p, word));
}

static uint64_t
removed(const char *what)
{
	return removed_count(buf_span(&result.removed), what);
}

static bool
removed_at(const char *what, const char *where)
{
	struct span list = buf_span(&result.removed);
	struct removed_item item;

	while (removed_next(&list, &item))
		if (span_equal(item.what, span_str(what)) &&
		    span_equal(item.where, span_str(where)))
			return true;
	return false;
}

/* One sheet without relations: its body in, its body out. */
static void
sheet(const char *in, const char *expected)
{
	char xml[16384];
	struct package_part parts[] = { ROOT,
	    BOOK(EXCEL "sheet.main+xml", SHEETS),
	    BOOK_RELS(REL("s", "worksheet", "w3.xml")),
	    { "xl/w3.xml", EXCEL "worksheet+xml", xml, 0 }, LAST };
	const char *p;

	assert_true((size_t)snprintf(xml, sizeof(xml), "<worksheet " NS
	    ">%s</worksheet>", in) < sizeof(xml));
	assert_int_equal(rebuild(parts), OK);
	p = part("xl/worksheets/sheet1.xml");
	assert_non_null(p);
	p = strstr(p, "<worksheet ");
	assert_non_null(p);
	p = strchr(p, '>') + 1;
	*strstr(p, "</worksheet>") = '\0';
	assert_string_equal(p, expected);
}

#define DATA(cells) "<sheetData><row r=\"1\">" cells "</row></sheetData>"
#define CELL(ref, f, v) "<c r=\"" ref "\">" f "<v>" v "</v></c>"

static void
a_bad_formula_goes_and_its_value_stays(void **state)
{
	static const struct { const char *formula, *what; } bad[] = {
		{ "cmd|'/c calc'!A0", "dde" },
		{ "[1]Sheet1!A1", "external-link" },
		{ "'C:\\[x.xlsx]S'!A1", "external-link" },
		{ "WEBSERVICE(&quot;http://x/&quot;)", "function" },
		{ "HYPERLINK(&quot;file:///c:/x&quot;)", "function" },
		{ "1+CALL(&quot;a&quot;)", "function" },
		{ "A1\\B2", "formula" },
	};
	char in[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(in, sizeof(in), DATA(CELL("C7", "<f>%s</f>", "5")),
		    bad[i].formula);
		sheet(in, DATA(CELL("C7", "", "5")));
		assert_int_equal(removed(bad[i].what), 1);
		assert_true(removed_at(bad[i].what, "w3.xml C7"));
	}
	sheet(DATA(CELL("A1", "<f ca=\"1\">SUM(B1:B9)&amp;\"x\"</f>", "5")),
	    DATA(CELL("A1", "<f ca=\"1\">SUM(B1:B9)&amp;\"x\"</f>", "5")));
}

static void
places_are_named_until_they_are_many(void **state)
{
	static char in[8192] = "<sheetData>", xml[9000];
	struct package_part parts[] = { ROOT,
	    BOOK(EXCEL "sheet.main+xml", SHEETS),
	    BOOK_RELS(REL("s", "worksheet", "w.xml")),
	    { "xl/w.xml", EXCEL "worksheet+xml", xml, 0 }, LAST };
	char cell[128];

	(void)state;
	for (int i = 1; i <= 20; i++) {
		snprintf(cell, sizeof(cell), "<row r=\"%d\">"
		    "<c r=\"A%d\"><f>x|y!z</f></c></row>", i, i);
		strncat(in, cell, sizeof(in) - strlen(in) - 1);
	}
	strncat(in, "</sheetData>", sizeof(in) - strlen(in) - 1);
	snprintf(xml, sizeof(xml), "<worksheet " NS ">%s</worksheet>", in);
	assert_int_equal(rebuild(parts), OK);
	assert_int_equal(removed("dde"), 20);
	assert_true(removed_at("dde", "w.xml A16"));
	assert_false(removed_at("dde", "w.xml A17"));
	assert_true(removed_at("dde", "xl/w.xml"));
}

static void
who_shares_a_bad_formula_loses_it_too(void **state)
{
	(void)state;
	sheet(DATA(CELL("A1", "<f t=\"shared\" ref=\"A1:A3\" si=\"0\">"
	    "EXEC(1)</f>", "1") CELL("A2", "<f t=\"shared\" si=\"0\"/>", "2")
	    CELL("B1", "<f t=\"shared\" ref=\"B1:B3\" si=\"1\">C1*2</f>",
	    "3") CELL("B2", "<f t=\"shared\" si=\"1\"/>", "4")
	    CELL("B3", "<f t=\"shared\" si=\"9\"/>", "5")),
	    DATA(CELL("A1", "", "1") CELL("A2", "", "2")
	    CELL("B1", "<f t=\"shared\" ref=\"B1:B3\" si=\"1\">C1*2</f>",
	    "3") CELL("B2", "<f t=\"shared\" si=\"1\"/>", "4")
	    CELL("B3", "", "5")));
	assert_int_equal(removed("function"), 1);
	assert_int_equal(removed("formula"), 2);
}

static void
array_formulas_and_data_tables_are_looked_at(void **state)
{
	(void)state;
	sheet(DATA(CELL("A1", "<f t=\"array\" ref=\"A1:A2\">RTD(1)</f>", "1")
	    CELL("B1", "<f t=\"array\" ref=\"B1:B2\">C1:C2*2</f>", "2")
	    CELL("C1", "<f t=\"dataTable\" ref=\"C1:D2\" dt2D=\"1\" "
	    "dtr=\"1\" r1=\"F1\" r2=\"F2\"/>", "3")
	    CELL("D1", "<f t=\"dataTable\" ref=\"C1:D2\" r1=\"a|b!c\"/>",
	    "4")),
	    DATA(CELL("A1", "", "1")
	    CELL("B1", "<f t=\"array\" ref=\"B1:B2\">C1:C2*2</f>", "2")
	    CELL("C1", "<f t=\"dataTable\" ref=\"C1:D2\" dt2D=\"1\" "
	    "dtr=\"1\" r1=\"F1\" r2=\"F2\"/>", "3") CELL("D1", "", "4")));
}

static void
rules_and_validations_go_whole(void **state)
{
	(void)state;
	sheet("<sheetData/><conditionalFormatting sqref=\"A1\">"
	    "<cfRule type=\"expression\" priority=\"1\">"
	    "<formula>[1]S!A1</formula></cfRule></conditionalFormatting>"
	    "<conditionalFormatting sqref=\"A2\"><cfRule type=\"colorScale\""
	    " priority=\"2\"><colorScale><cfvo type=\"formula\" "
	    "val=\"x|y!z\"/></colorScale></cfRule><cfRule type=\"cellIs\" "
	    "priority=\"3\"><formula>1</formula></cfRule>"
	    "</conditionalFormatting><dataValidations count=\"2\">"
	    "<dataValidation sqref=\"A1\" type=\"list\">"
	    "<formula1>\"a,b\"</formula1></dataValidation>"
	    "<dataValidation sqref=\"A2\" type=\"custom\">"
	    "<formula1>1</formula1><formula2>EXEC(1)</formula2>"
	    "</dataValidation></dataValidations>",
	    "<sheetData/><conditionalFormatting sqref=\"A2\">"
	    "<cfRule type=\"cellIs\" priority=\"3\"><formula>1</formula>"
	    "</cfRule></conditionalFormatting><dataValidations>"
	    "<dataValidation sqref=\"A1\" type=\"list\">"
	    "<formula1>\"a,b\"</formula1></dataValidation>"
	    "</dataValidations>");
	assert_int_equal(removed("external-link"), 1);
	assert_int_equal(removed("dde"), 1);
	assert_int_equal(removed("function"), 1);
}

#define X14	"xmlns:x14=\"http://schemas.microsoft.com/office/" \
		"spreadsheetml/2009/9/main\" xmlns:xm=\"http://schemas." \
		"microsoft.com/office/excel/2006/main\""
#define LISTS	"<extLst><ext uri=\"other\"><x14:conditionalFormattings " \
		X14 "/></ext><ext uri=\"{CCE6A557-97BC-4b89-ADB6-D9C93CAA" \
		"B3DF}\"><x14:dataValidations " X14 "><x14:dataValidation " \
		"type=\"list\" allowBlank=\"1\" xr:uid=\"u\" xmlns:xr=" \
		"\"x\"><x14:formula1><xm:f>B!$A$1:$A$9</xm:f>" \
		"</x14:formula1><xm:sqref>C1:C9</xm:sqref>" \
		"</x14:dataValidation><x14:dataValidation type=\"list\">" \
		"<x14:formula1><xm:f>[1]B!A1</xm:f></x14:formula1>" \
		"<xm:sqref>D1</xm:sqref></x14:dataValidation>" \
		"</x14:dataValidations></ext></extLst>"
#define LIST	"<dataValidation type=\"list\" allowBlank=\"1\" " \
		"sqref=\"C1:C9\"><formula1>B!$A$1:$A$9</formula1>" \
		"</dataValidation>"
#define OWN	"<dataValidation sqref=\"A1\" type=\"whole\">" \
		"<formula1>1</formula1></dataValidation>"

static void
lists_of_other_sheets_become_plain_validations(void **state)
{
	(void)state;
	sheet("<sheetData/><pageMargins left=\"1\"/>" LISTS,
	    "<sheetData/><dataValidations>" LIST "</dataValidations>"
	    "<pageMargins left=\"1\"/>");
	assert_int_equal(removed("external-link"), 1);
	sheet("<sheetData/><dataValidations count=\"1\">" OWN
	    "</dataValidations><pageMargins left=\"1\"/>" LISTS,
	    "<sheetData/><dataValidations>" OWN LIST "</dataValidations>"
	    "<pageMargins left=\"1\"/>");
	sheet("<sheetData/>" LISTS LISTS, "<sheetData/><dataValidations>"
	    LIST "</dataValidations>");
	sheet("<sheetData/><extLst><ext uri=\"{CCE6A557-97BC-4b89-ADB6-"
	    "D9C93CAAB3DF}\"><x14:dataValidations " X14 "/></ext></extLst>"
	    "<pageMargins left=\"1\"/>",
	    "<sheetData/><pageMargins left=\"1\"/>");
}

static void
links_lead_to_the_web_or_stay_inside(void **state)
{
	static const struct package_part parts[] = { ROOT,
	    BOOK(EXCEL "sheet.main+xml", SHEETS),
	    BOOK_RELS(REL("s", "worksheet", "w.xml")),
	    SHEET("w.xml", "<sheetData/><hyperlinks>"
	    "<hyperlink ref=\"A1\" r:id=\"h\" tooltip=\"t\"/>"
	    "<hyperlink ref=\"A2\" r:id=\"f\" location=\"A1\"/>"
	    "<hyperlink ref=\"A3\" location=\"B!A1\" display=\"d\"/>"
	    "<hyperlink ref=\"A4\" location=\"[x.xls]B!A1\"/>"
	    "<hyperlink ref=\"A5\"/></hyperlinks>"),
	    { "xl/_rels/w.xml.rels", NULL, RELS(
	    EXTERNAL("h", "hyperlink", "https://example.jp/")
	    EXTERNAL("f", "hyperlink", "file:///c:/x.exe")), 0 }, LAST };

	(void)state;
	assert_int_equal(rebuild(parts), OK);
	part_has("xl/worksheets/sheet1.xml", "<hyperlinks>"
	    "<hyperlink ref=\"A1\" r:id=\"rId1\" tooltip=\"t\"/>"
	    "<hyperlink ref=\"A3\" location=\"B!A1\" display=\"d\"/>"
	    "</hyperlinks>");
	part_lacks("xl/worksheets/_rels/sheet1.xml.rels", "file:");
}

static void
what_an_empty_list_would_hold_takes_it_away(void **state)
{
	(void)state;
	sheet("<sheetData/><hyperlinks><hyperlink ref=\"A1\"/></hyperlinks>"
	    "<pageSetup r:id=\"gone\" paperSize=\"9\"/>"
	    "<legacyDrawing r:id=\"gone\"/><oleObjects><oleObject/>"
	    "</oleObjects><tableParts count=\"1\"><tablePart r:id=\"x\"/>"
	    "</tableParts><extLst><ext uri=\"x\"/></extLst>",
	    "<sheetData/><pageSetup paperSize=\"9\"/>");
	assert_int_equal(removed("ole-object"), 1);
}

#define MS_REL(id, type, target) "<Relationship Id=\"" id "\" Type=\"" \
		"http://schemas.microsoft.com/office/2006/relationships/" \
		type "\" Target=\"" target "\"/>"

static void
macro_sheets_go_with_all_that_leads_to_them(void **state)
{
	static const struct package_part parts[] = { ROOT,
	    BOOK("application/vnd.ms-excel.sheet.macroEnabled.main+xml",
	    "<workbookPr codeName=\"c\" date1904=\"1\"/><bookViews>"
	    "<workbookView activeTab=\"2\" firstSheet=\"0\"/></bookViews>"
	    "<sheets><sheet name=\"M'c\" sheetId=\"1\" r:id=\"m\"/>"
	    "<sheet name=\"Macro\" sheetId=\"4\" r:id=\"m\"/>"
	    "<sheet name=\"A\" sheetId=\"2\" state=\"veryHidden\" "
	    "r:id=\"s\"/><sheet name=\"B\" sheetId=\"3\" r:id=\"t\"/>"
	    "</sheets><definedNames>"
	    "<definedName name=\"_xlnm.Auto_Open\">Macro!$A$1</definedName>"
	    "<definedName name=\"auto_open1\">A!$A$1</definedName>"
	    "<definedName name=\"Auto_\xc2\xad" "Close\">A!$A$1</definedName>"
	    "<definedName name=\"go\" xlm=\"1\">A!$A$1</definedName>"
	    "<definedName name=\"fu\" function=\"1\">A!$A$1</definedName>"
	    "<definedName name=\"vb\" vbProcedure=\"1\">A!$A$1</definedName>"
	    "<definedName name=\"n1\">macro!$A$1</definedName>"
	    "<definedName name=\"n2\" hidden=\"1\">x|y!z</definedName>"
	    "<definedName name=\"n3\" localSheetId=\"0\">1</definedName>"
	    "<definedName name=\"_xlnm.Print_Titles\" localSheetId=\"3\">"
	    "B!$A:$B,B!$1:$2</definedName></definedNames>"),
	    BOOK_RELS(MS_REL("m", "xlMacrosheet", "m.xml")
	    REL("s", "worksheet", "a.xml") REL("t", "worksheet", "b.xml")
	    MS_REL("v", "vbaProject", "vbaProject.bin")),
	    { "xl/m.xml", "application/vnd.ms-excel.macrosheet+xml",
		"<x/>", 0 },
	    { "xl/vbaProject.bin", "application/vnd.ms-office.vbaProject",
		"macro", 0 },
	    SHEET("a.xml", DATA(CELL("A1", "<f>Macro!B2</f>", "1"))),
	    SHEET("b.xml", "<sheetPr codeName=\"c\"/><sheetData/>"), LAST };

	(void)state;
	assert_int_equal(rebuild(parts), OK);
	assert_int_equal(result.type, SAFE_XLSX);
	part_has("[Content_Types].xml", EXCEL "sheet.main+xml");
	part_lacks("[Content_Types].xml", "acro");
	part_has("xl/workbook.xml", "<workbookPr date1904=\"1\"/><bookViews>"
	    "<workbookView activeTab=\"0\"/></bookViews>"
	    "<sheets><sheet name=\"A\" sheetId=\"2\" state=\"hidden\" "
	    "r:id=\"rId1\"/><sheet name=\"B\" sheetId=\"3\" r:id=\"rId2\"/>"
	    "</sheets><definedNames><definedName "
	    "name=\"_xlnm.Print_Titles\" localSheetId=\"1\">"
	    "B!$A:$B,B!$1:$2</definedName></definedNames></workbook>");
	part_has("xl/worksheets/sheet1.xml", DATA(CELL("A1", "", "1")));
	part_lacks("xl/worksheets/sheet2.xml", "codeName");
	assert_int_equal(removed("sheet"), 2);
	assert_true(removed_at("very-hidden-sheet", "A"));
	assert_true(removed_at("macro", "xl/vbaProject.bin"));
	assert_true(removed_at("macro", "xl/m.xml"));
}

static void
a_macro_sheet_called_a_worksheet_is_none(void **state)
{
	static const struct package_part parts[] = { ROOT,
	    BOOK(EXCEL "sheet.main+xml", SHEETS),
	    BOOK_RELS(REL("s", "worksheet", "m.xml")),
	    { "xl/m.xml", "application/vnd.ms-excel.macrosheet+xml",
		"<worksheet " NS "><sheetData/></worksheet>", 0 }, LAST };

	(void)state;
	assert_int_equal(rebuild(parts), ERR_POLICY);
	assert_non_null(strstr(result.reason, "no sheet of it can stay"));
}

static void
other_books_and_dde_go_with_their_parts(void **state)
{
	static const struct package_part parts[] = { ROOT,
	    BOOK(EXCEL "sheet.main+xml", SHEETS "<externalReferences>"
	    "<externalReference r:id=\"e\"/></externalReferences>"
	    "<calcPr calcId=\"1\"/>"),
	    BOOK_RELS(REL("s", "worksheet", "w.xml")
	    REL("e", "externalLink", "e1.xml")
	    REL("d", "externalLink", "e2.xml")
	    REL("c", "connections", "connections.xml")
	    REL("k", "calcChain", "calcChain.xml")),
	    { "xl/e1.xml", EXCEL "externalLink+xml", "<externalLink " NS
		"><externalBook r:id=\"x\"/></externalLink>", 0 },
	    { "xl/e2.xml", EXCEL "externalLink+xml", "<externalLink " NS
		"><ddeLink ddeService=\"cmd\" ddeTopic=\"/c calc\"/>"
		"</externalLink>", 0 },
	    { "xl/connections.xml", EXCEL "connections+xml", "<x/>", 0 },
	    { "xl/calcChain.xml", EXCEL "calcChain+xml", "<x/>", 0 },
	    SHEET("w.xml", "<sheetData/>"), LAST };

	(void)state;
	assert_int_equal(rebuild(parts), OK);
	part_has("xl/workbook.xml", "</sheets><calcPr calcId=\"1\"/>");
	assert_true(removed_at("dde", "xl/e2.xml"));
	assert_true(removed_at("external-link", "xl/e1.xml"));
	assert_true(removed_at("external-link", "xl/connections.xml"));
	assert_false(removed_at("part", "xl/calcChain.xml"));
}

#define VML "application/vnd.openxmlformats-officedocument.vmlDrawing"

static void
the_drawing_of_comments_is_made_from_them(void **state)
{
	static const struct package_part parts[] = { ROOT,
	    BOOK(EXCEL "sheet.main+xml", SHEETS),
	    BOOK_RELS(REL("s", "worksheet", "w.xml")),
	    SHEET("w.xml", "<sheetData/><legacyDrawing r:id=\"v\"/>"),
	    { "xl/_rels/w.xml.rels", NULL, RELS(
	    REL("c", "comments", "c.xml") REL("v", "vmlDrawing", "v.vml")),
	    0 },
	    { "xl/c.xml", EXCEL "comments+xml", "<comments " NS "><authors>"
		"<author>a</author></authors><commentList>"
		"<comment ref=\"B3\" authorId=\"0\"><text><t>hi</t></text>"
		"</comment><comment ref=\"bad\" authorId=\"0\"/>"
		"</commentList></comments>", 0 },
	    { "xl/v.vml", VML, "<not <well formed <script>", 0 }, LAST };

	(void)state;
	assert_int_equal(rebuild(parts), OK);
	part_has("xl/worksheets/sheet1.xml",
	    "<legacyDrawing r:id=\"rId2\"/>");
	part_has("xl/comments1.xml", "<commentList><comment ref=\"B3\" "
	    "authorId=\"0\"><text><t>hi</t></text></comment></commentList>");
	part_has("xl/drawings/vmlDrawing1.vml", "<xvml:Row>2</xvml:Row>"
	    "<xvml:Column>1</xvml:Column>");
	part_lacks("xl/drawings/vmlDrawing1.vml", "script");
	assert_int_equal(removed("comment"), 1);
}

static void
vml_of_controls_is_not_kept(void **state)
{
	static const struct package_part parts[] = { ROOT,
	    BOOK(EXCEL "sheet.main+xml", SHEETS),
	    BOOK_RELS(REL("s", "worksheet", "w.xml")),
	    SHEET("w.xml", "<sheetData/><legacyDrawing r:id=\"v\"/>"
	    "<controls><control r:id=\"x\"/></controls>"),
	    { "xl/_rels/w.xml.rels", NULL,
		RELS(REL("v", "vmlDrawing", "v.vml")), 0 },
	    { "xl/v.vml", VML, "<xml/>", 0 }, LAST };

	(void)state;
	assert_int_equal(rebuild(parts), OK);
	part_has("xl/worksheets/sheet1.xml", "<sheetData/></worksheet>");
	assert_null(part("xl/drawings/vmlDrawing1.vml"));
	assert_int_equal(removed("form-control"), 1);
}

#define CACHE(source) "<pivotCacheDefinition " NS " r:id=\"r\" " \
		"refreshOnLoad=\"1\" refreshedBy=\"me\">" source \
		"<cacheFields count=\"1\"><cacheField name=\"n\" " \
		"formula=\"a|b!c\"/></cacheFields></pivotCacheDefinition>"

static enum err
pivot(const char *cache)
{
	struct package_part parts[] = { ROOT,
	    BOOK(EXCEL "sheet.main+xml", SHEETS "<pivotCaches><pivotCache "
	    "cacheId=\"1\" r:id=\"p\"/></pivotCaches>"),
	    BOOK_RELS(REL("s", "worksheet", "w.xml")
	    REL("p", "pivotCacheDefinition", "d.xml")),
	    SHEET("w.xml", "<sheetData/>"),
	    { "xl/_rels/w.xml.rels", NULL,
		RELS(REL("t", "pivotTable", "t.xml")), 0 },
	    { "xl/t.xml", EXCEL "pivotTable+xml",
		"<pivotTableDefinition " NS " name=\"P\" cacheId=\"1\"/>", 0 },
	    { "xl/_rels/t.xml.rels", NULL,
		RELS(REL("d", "pivotCacheDefinition", "d.xml")), 0 },
	    { "xl/d.xml", EXCEL "pivotCacheDefinition+xml", cache, 0 },
	    { "xl/_rels/d.xml.rels", NULL,
		RELS(REL("r", "pivotCacheRecords", "r.xml")), 0 },
	    { "xl/r.xml", EXCEL "pivotCacheRecords+xml",
		"<pivotCacheRecords " NS "/>", 0 }, LAST };

	return rebuild(parts);
}

static void
pivot_tables_stay_if_their_data_are_in_the_book(void **state)
{
	(void)state;
	assert_int_equal(pivot(CACHE("<cacheSource type=\"worksheet\">"
	    "<worksheetSource ref=\"A1:B2\" sheet=\"A\"/></cacheSource>")),
	    OK);
	part_has("xl/workbook.xml", "<pivotCaches><pivotCache cacheId=\"1\" "
	    "r:id=\"rId1\"/></pivotCaches>");
	part_has("xl/pivotCache/pivotCacheDefinition1.xml",
	    "r:id=\"rId1\"><cacheSource type=\"worksheet\"><worksheetSource "
	    "ref=\"A1:B2\" sheet=\"A\"/></cacheSource><cacheFields "
	    "count=\"1\"><cacheField name=\"n\"/></cacheFields>");
	part_lacks("xl/pivotCache/pivotCacheDefinition1.xml", "refresh");
	assert_non_null(part("xl/pivotTables/pivotTable1.xml"));
	assert_int_equal(removed("refresh"), 1);
	assert_int_equal(pivot(CACHE("<cacheSource type=\"external\" "
	    "connectionId=\"1\"/>")), OK);
	part_has("xl/workbook.xml", "</sheets></workbook>");
	assert_null(part("xl/pivotTables/pivotTable1.xml"));
	assert_null(part("xl/pivotCache/pivotCacheDefinition1.xml"));
	assert_int_equal(removed("pivot-table"), 3);
	assert_int_equal(pivot(CACHE("<cacheSource type=\"worksheet\">"
	    "<worksheetSource ref=\"A1:B2\" r:id=\"x\"/></cacheSource>")),
	    OK);
	assert_null(part("xl/pivotTables/pivotTable1.xml"));
}

static void
tables_forget_their_query(void **state)
{
	static const struct package_part parts[] = { ROOT,
	    BOOK(EXCEL "sheet.main+xml", SHEETS),
	    BOOK_RELS(REL("s", "worksheet", "w.xml")),
	    SHEET("w.xml", "<sheetData/><tableParts count=\"1\">"
	    "<tablePart r:id=\"t\"/></tableParts>"),
	    { "xl/_rels/w.xml.rels", NULL, RELS(REL("t", "table", "t.xml")),
		0 },
	    { "xl/t.xml", EXCEL "table+xml", "<table " NS " id=\"1\" "
		"name=\"T\" ref=\"A1:B2\" tableType=\"queryTable\" "
		"connectionId=\"1\"><tableColumns count=\"2\">"
		"<tableColumn id=\"1\" name=\"a\" queryTableFieldId=\"1\">"
		"<calculatedColumnFormula>"
		"T[[#This Row],[b]]*2</calculatedColumnFormula>"
		"</tableColumn><tableColumn id=\"2\" name=\"b\">"
		"<calculatedColumnFormula>EXEC(1)</calculatedColumnFormula>"
		"</tableColumn></tableColumns></table>", 0 }, LAST };

	(void)state;
	assert_int_equal(rebuild(parts), OK);
	part_has("xl/tables/table1.xml", " id=\"1\" name=\"T\" "
	    "ref=\"A1:B2\"><tableColumns count=\"2\"><tableColumn id=\"1\" "
	    "name=\"a\"><calculatedColumnFormula>T[[#This Row],[b]]*2"
	    "</calculatedColumnFormula></tableColumn><tableColumn id=\"2\" "
	    "name=\"b\"/></tableColumns></table>");
}

#define DRAWING_NS "xmlns:xdr=\"http://schemas.openxmlformats.org/" \
		"drawingml/2006/spreadsheetDrawing\" xmlns:a=\"http://" \
		"schemas.openxmlformats.org/drawingml/2006/main\" xmlns:c=" \
		"\"http://schemas.openxmlformats.org/drawingml/2006/chart\" " \
		"xmlns:r=\"http://schemas.openxmlformats.org/" \
		"officeDocument/2006/relationships\""
#define CHART	"http://schemas.openxmlformats.org/drawingml/2006/chart"
#define FRAME(id) "<xdr:absoluteAnchor><xdr:graphicFrame macro=\"m\">" \
		"<a:graphic><a:graphicData uri=\"" CHART "\"><c:chart " \
		"r:id=\"" id "\"/></a:graphicData></a:graphic>" \
		"</xdr:graphicFrame>" \
		"<xdr:clientData/></xdr:absoluteAnchor>"

static void
an_anchor_without_its_object_goes(void **state)
{
	static const struct package_part parts[] = { ROOT,
	    BOOK(EXCEL "sheet.main+xml", SHEETS),
	    BOOK_RELS(REL("s", "worksheet", "w.xml")),
	    SHEET("w.xml", "<sheetData/><drawing r:id=\"d\"/>"),
	    { "xl/_rels/w.xml.rels", NULL,
		RELS(REL("d", "drawing", "d.xml")), 0 },
	    { "xl/d.xml", "application/vnd.openxmlformats-officedocument."
		"drawing+xml", "<xdr:wsDr " DRAWING_NS ">" FRAME("gone")
		FRAME("c") "<xdr:oneCellAnchor><mc:AlternateContent "
		"xmlns:mc=\"http://schemas.openxmlformats.org/"
		"markup-compatibility/2006\"><mc:Choice xmlns:a14=\"x\" "
		"Requires=\"a14\"><xdr:sp/></mc:Choice>"
		"</mc:AlternateContent></xdr:oneCellAnchor>"
		"<xdr:oneCellAnchor><xdr:sp macro=\"m\" "
		"textlink=\"[1]A!A1\"/></xdr:oneCellAnchor></xdr:wsDr>", 0 },
	    { "xl/_rels/d.xml.rels", NULL, RELS(REL("c", "chart", "c.xml")),
		0 },
	    { "xl/c.xml", "application/vnd.openxmlformats-officedocument."
		"drawingml.chart+xml", "<c:chartSpace " DRAWING_NS
		"><c:f>A!$A$1:$A$3</c:f><c:f>[1]A!$A$1</c:f>"
		"</c:chartSpace>", 0 }, LAST };

	(void)state;
	assert_int_equal(rebuild(parts), OK);
	part_has("xl/drawings/drawing1.xml", "<xdr:absoluteAnchor>"
	    "<xdr:graphicFrame><a:graphic><a:graphicData uri=\"" CHART
	    "\"><c:chart "
	    "r:id=\"rId1\"/></a:graphicData></a:graphic></xdr:graphicFrame>"
	    "<xdr:clientData/></xdr:absoluteAnchor><xdr:oneCellAnchor>"
	    "<xdr:sp/></xdr:oneCellAnchor></xdr:wsDr>");
	part_lacks("xl/drawings/drawing1.xml", "<xdr:wsDr><xdr:oneCell");
	part_has("xl/charts/chart1.xml",
	    "<c:f>A!$A$1:$A$3</c:f><c:f>#REF!</c:f>");
}

static void
the_text_is_that_of_the_cells(void **state)
{
	static const struct package_part parts[] = { ROOT,
	    BOOK(EXCEL "sheet.main+xml", "<workbookPr/><sheets><sheet "
	    "name=\"A\" r:id=\"s\"/><sheet name=\"B\" r:id=\"t\"/></sheets>"),
	    BOOK_RELS(REL("s", "worksheet", "a.xml")
	    REL("t", "worksheet", "b.xml") REL("x", "sharedStrings",
	    "x.xml") REL("y", "styles", "y.xml")),
	    { "xl/y.xml", EXCEL "styles+xml", "<styleSheet " NS "><numFmts>"
		"<numFmt numFmtId=\"170\" formatCode=\"[$-411]ggge&quot;"
		"\xe5\xb9\xb4&quot;m\"/></numFmts><cellStyleXfs><xf "
		"numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf "
		"numFmtId=\"0\"/><xf numFmtId=\"170\"/></cellXfs>"
		"</styleSheet>", 0 },
	    { "xl/x.xml", EXCEL "sharedStrings+xml", "<sst " NS "><si><t>one"
		"</t></si><si><r><t>t</t></r><r><t>wo</t></r><rPh><t>zwei"
		"</t></rPh></si></sst>", 0 },
	    SHEET("a.xml", DATA("<c r=\"A1\" t=\"s\"><v>1</v></c>"
	    "<c r=\"D1\"><f>1+1</f><v>2</v></c>"
	    "<c r=\"E1\" t=\"inlineStr\"><is><t>in\nline</t></is></c>"
	    "<c t=\"s\"><v>0</v></c><c t=\"s\"><v>99</v></c>")),
	    SHEET("b.xml", DATA("<c s=\"0\"><v>3</v></c>"
	    "<c s=\"1\"><v>42133.25</v></c>")), LAST };
	struct buf_sink sink;
	struct input in;

	(void)state;
	buf_fini(&package);
	buf_init(&package, PACKAGE_BYTES_MAX);
	assert_int_equal(package_make(parts, &package), OK);
	in = input_span(buf_span(&package));
	begin(&sink);
	assert_int_equal(format_ooxml_text(&in, NULL, &sink.filter, &result),
	    OK);
	assert_int_equal(buf_add_byte(&out, '\0'), OK);
	assert_non_null(strstr((char *)out.ptr, "[A]\r\n"
	    "two\t\t\t2\tin line\tone\r\n\r\n[B]\r\n3\t2015-05-09 06:00"
	    "\r\n"));
}

static void
dates_are_known_by_their_format(void **state)
{
	static const struct { const char *code; bool date; } codes[] = {
		{ "yyyy/m/d", true }, { "H:MM", true }, { "General", false },
		{ "0.00E+00", false }, { "\"day\"0", false },
		{ "[Red]#,##0", false }, { "[$-411]ggge\"x\"m", true },
		{ "\\d0", false }, { "0;d", false }, { "\"open", false },
		{ "", false }, { "_d0", false },
	};
	static const struct { const char *in, *out; bool from_1904; } days[] = {
		{ "1", "1900-01-01", false }, { "59", "1900-02-28", false },
		{ "61", "1900-03-01", false }, { "1", "1904-01-02", true },
		{ "42133", "2015-05-09", false },
		{ "0.5", "12:00", false },
		{ "42133.99999", "2015-05-10", false },
		{ "2958465", "9999-12-31", false },
		{ "-1", NULL, false }, { "2958466", NULL, false },
		{ "x", NULL, false }, { "nan", NULL, false },
	};
	char date[EXCEL_DATE_BYTES_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_int_equal(excel_format_is_date(
		    span_str(codes[i].code)), codes[i].date);
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		bool is = excel_date(span_str(days[i].in),
		    days[i].from_1904, date);

		assert_int_equal(is, days[i].out != NULL);
		if (is)
			assert_string_equal(date, days[i].out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_formula_goes_and_its_value_stays),
		cmocka_unit_test(places_are_named_until_they_are_many),
		cmocka_unit_test(who_shares_a_bad_formula_loses_it_too),
		cmocka_unit_test(array_formulas_and_data_tables_are_looked_at),
		cmocka_unit_test(rules_and_validations_go_whole),
		cmocka_unit_test(
		    lists_of_other_sheets_become_plain_validations),
		cmocka_unit_test(links_lead_to_the_web_or_stay_inside),
		cmocka_unit_test(what_an_empty_list_would_hold_takes_it_away),
		cmocka_unit_test(macro_sheets_go_with_all_that_leads_to_them),
		cmocka_unit_test(a_macro_sheet_called_a_worksheet_is_none),
		cmocka_unit_test(other_books_and_dde_go_with_their_parts),
		cmocka_unit_test(the_drawing_of_comments_is_made_from_them),
		cmocka_unit_test(vml_of_controls_is_not_kept),
		cmocka_unit_test(
		    pivot_tables_stay_if_their_data_are_in_the_book),
		cmocka_unit_test(tables_forget_their_query),
		cmocka_unit_test(an_anchor_without_its_object_goes),
		cmocka_unit_test(dates_are_known_by_their_format),
		cmocka_unit_test(the_text_is_that_of_the_cells),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
