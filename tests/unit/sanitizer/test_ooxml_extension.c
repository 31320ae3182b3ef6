/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What Microsoft added to the standard, and is kept: each document is made
 * here, rebuilt, the same again when it is rebuilt once more, and taken by
 * the verifier.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/verify/verify_opc.h"
#include "package.h"

#define ECMA	"http://schemas.openxmlformats.org/"
#define MS	"http://schemas.microsoft.com/office/"
#define OFFICE	"application/vnd.openxmlformats-officedocument."
#define R	" xmlns:r=\"" ECMA "officeDocument/2006/relationships\""
#define RELS(list) "<Relationships xmlns=\"" ECMA \
		"package/2006/relationships\">" list "</Relationships>"
#define REL_(id, type, target) "<Relationship Id=\"" id "\" Type=\"" type \
		"\" Target=\"" target "\"/>"
#define REL(id, type, target) REL_(id, PACKAGE_RELATIONS type, target)
#define LAST	{ NULL, NULL, NULL, 0 }

static struct buf out, text;
static struct convert_result result;
static struct opc opc;

static void
run(struct span bytes)
{
	struct input in = input_span(bytes);
	struct buf_sink sink;

	buf_fini(&result.removed);
	memset(&result, 0, sizeof(result));
	buf_init(&result.removed, REMOVED_BYTES_MAX);
	buf_fini(&out);
	buf_init(&out, PACKAGE_BYTES_MAX);
	buf_sink_init(&sink, &out);
	if (format_ooxml(&in, NULL, &sink.filter, &result) != OK)
		fail_msg("%s", result.reason);
}

static void
rebuild(const struct package_part *parts, enum opc_form form)
{
	struct buf package, first, removed;
	struct diag diag = { .err = OK };

	buf_init(&package, PACKAGE_BYTES_MAX);
	assert_int_equal(package_make(parts, &package), OK);
	run(buf_span(&package));
	buf_fini(&package);
	opc_reader_init(&opc, form);
	if (opc_reader_write(&opc, buf_span(&out), &diag) != OK ||
	    opc_reader_end(&opc, &diag) != OK)
		fail_msg("the verifier: %s", diag.what);
	first = out;
	removed = result.removed;
	memset(&out, 0, sizeof(out));
	memset(&result.removed, 0, sizeof(result.removed));
	run(buf_span(&first));
	assert_int_equal(result.removed.len, 0);
	assert_int_equal(first.len, out.len);
	assert_memory_equal(first.ptr, out.ptr, out.len);
	buf_fini(&first);
	buf_fini(&result.removed);
	result.removed = removed;
}

/* What stands in the root of a part of the result. */
static const char *
part(const char *name)
{
	const char *p;
	char *end;

	buf_fini(&text);
	buf_init(&text, PACKAGE_BYTES_MAX);
	if (package_part(buf_span(&out), name, &text) != OK)
		fail_msg("no %s", name);
	assert_int_equal(buf_add_byte(&text, '\0'), OK);
	p = strchr(strstr((const char *)text.ptr, "?>") + 2, '>');
	assert_non_null(p);
	end = strrchr((char *)text.ptr, '<');
	if (end > p)
		*end = '\0';
	return p + 1;
}

static void
part_is(const char *name, const char *expected)
{
	assert_string_equal(part(name), expected);
}

/* ---- Excel ---- */

#define X14	" xmlns:x14=\"" MS "spreadsheetml/2009/9/main\" xmlns:xm=\"" \
		MS "excel/2006/main\""
#define EXT(uri, body) "<ext uri=\"{" uri "}\">" body "</ext>"
#define FORMATS	"78C0D931-6437-407d-A8EE-F0AAD7539E65"
#define LINES	"05C60535-1F16-4fd2-B633-F4F36F0B64E0"
#define LISTS	"CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF"
#define ID	"{DA7ABA51-AAAA-BBBB-0001-000000000001}"

static void
sheet(const char *in, const char *expected)
{
	char xml[16384];
	const struct package_part parts[] = {
	    { "_rels/.rels", NULL, RELS(REL("a", "officeDocument",
		"xl/b.xml")), 0 },
	    { "xl/b.xml", OFFICE "spreadsheetml.sheet.main+xml",
		"<workbook xmlns=\"" ECMA "spreadsheetml/2006/main\"" R
		"><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"s\"/>"
		"</sheets></workbook>", 0 },
	    { "xl/_rels/b.xml.rels", NULL, RELS(REL("s", "worksheet",
		"w.xml")), 0 },
	    { "xl/w.xml", OFFICE "spreadsheetml.worksheet+xml", xml, 0 },
	    LAST };

	assert_true((size_t)snprintf(xml, sizeof(xml), "<worksheet xmlns=\""
	    ECMA "spreadsheetml/2006/main\"" R X14 ">%s</worksheet>", in) <
	    sizeof(xml));
	rebuild(parts, OPC_XLSX);
	part_is("xl/worksheets/sheet1.xml", expected);
}

/* A rule that looks into another sheet, with its colours. */
#define OTHER(formula, guid) "<x14:conditionalFormatting><x14:cfRule " \
		"type=\"expression\" priority=\"2\" id=\"" guid "\"><xm:f>" \
		formula "</xm:f><x14:dxf><font><b/><color rgb=\"FF9C0006\"/>" \
		"</font></x14:dxf></x14:cfRule><xm:sqref>A1:A9</xm:sqref>" \
		"</x14:conditionalFormatting>"
#define ALL_FORMATS(list) "<x14:conditionalFormattings>" list \
		"</x14:conditionalFormattings>"

static void
formats_that_look_into_another_sheet_stay(void **state)
{
	static const char good[] = "<sheetData/><extLst>"
	    EXT(FORMATS, ALL_FORMATS(OTHER("B!$A1&gt;3", ID))) "</extLst>";

	(void)state;
	sheet(good, good);
	/* the one that asks elsewhere goes, the other stays */
	sheet("<sheetData/><extLst>" EXT(FORMATS, ALL_FORMATS(
	    OTHER("[1]B!$A1&gt;3", ID) OTHER("B!$A1&gt;3", ID)))
	    "</extLst>", good);
	assert_int_equal(removed_count(buf_span(&result.removed),
	    "external-link"), 1);
	/* and with the last of them all that was around it */
	sheet("<sheetData/><extLst>" EXT(FORMATS, ALL_FORMATS(
	    OTHER("[1]B!$A1&gt;3", ID))) "</extLst>", "<sheetData/>");
	/* what has no place is nowhere */
	sheet("<sheetData/><extLst>" EXT(FORMATS, ALL_FORMATS(
	    "<x14:conditionalFormatting><x14:cfRule priority=\"1\"/>"
	    "</x14:conditionalFormatting>")) "</extLst>", "<sheetData/>");
	sheet("<sheetData/><extLst>" EXT(FORMATS, ALL_FORMATS(
	    OTHER("B!$A1", "x"))) "</extLst>", "<sheetData/><extLst>"
	    EXT(FORMATS, ALL_FORMATS("<x14:conditionalFormatting><x14:cfRule "
	    "type=\"expression\" priority=\"2\"><xm:f>B!$A1</xm:f><x14:dxf>"
	    "<font><b/><color rgb=\"FF9C0006\"/></font></x14:dxf>"
	    "</x14:cfRule><xm:sqref>A1:A9</xm:sqref>"
	    "</x14:conditionalFormatting>")) "</extLst>");
}

#define BAR(guid) "<conditionalFormatting sqref=\"A1:A9\"><cfRule " \
		"type=\"dataBar\" priority=\"1\"><dataBar><cfvo " \
		"type=\"min\"/><cfvo type=\"max\"/><color rgb=\"FF63C384\"/>" \
		"</dataBar><extLst>" \
		EXT("B025F937-C7B1-47D3-B67F-A62EFF666E3E", \
		"<x14:id>" guid "</x14:id>") "</extLst></cfRule>" \
		"</conditionalFormatting>"
#define PLAIN_BAR "<conditionalFormatting sqref=\"A1:A9\"><cfRule " \
		"type=\"dataBar\" priority=\"1\"><dataBar><cfvo " \
		"type=\"min\"/><cfvo type=\"max\"/><color rgb=\"FF63C384\"/>" \
		"</dataBar></cfRule></conditionalFormatting>"
#define HALF	"<x14:conditionalFormatting><x14:cfRule " \
		"type=\"dataBar\" id=\"" ID "\"><x14:dataBar " \
		"minLength=\"0\" maxLength=\"100\" border=\"1\">" \
		"<x14:cfvo type=\"num\"><xm:f>$B$1</xm:f>" \
		"</x14:cfvo><x14:cfvo type=\"autoMax\"/><x14:borderColor " \
		"rgb=\"FF63C384\"/></x14:dataBar></x14:cfRule><xm:sqref>A1:A9" \
		"</xm:sqref></x14:conditionalFormatting>"

static void
bars_keep_both_of_their_halves(void **state)
{
	static const char good[] = "<sheetData/>" BAR(ID) "<extLst>"
	    EXT(FORMATS, ALL_FORMATS(HALF)) "</extLst>";

	(void)state;
	sheet(good, good);
	/* no half alone */
	sheet("<sheetData/>" PLAIN_BAR "<extLst>" EXT(FORMATS,
	    ALL_FORMATS(HALF)) "</extLst>", "<sheetData/>" PLAIN_BAR);
	sheet("<sheetData/>" BAR("{x}"), "<sheetData/>" PLAIN_BAR);
}

#define GROUP(axis, list) "<x14:sparklineGroup type=\"column\" " \
		"displayEmptyCellsAs=\"gap\"><x14:colorSeries " \
		"rgb=\"FF376092\"/>" axis "<x14:sparklines>" list \
		"</x14:sparklines></x14:sparklineGroup>"
#define SPARKLINE(formula) "<x14:sparkline><xm:f>" formula "</xm:f>" \
		"<xm:sqref>D1</xm:sqref></x14:sparkline>"
#define ALL_LINES(list) EXT(LINES, "<x14:sparklineGroups>" list \
		"</x14:sparklineGroups>")

static void
sparklines_stay(void **state)
{
	static const char good[] = "<sheetData/><pageMargins left=\"1\"/>"
	    "<extLst>" ALL_LINES(GROUP("", SPARKLINE("B!A1:C1")))
	    "</extLst>";

	(void)state;
	sheet(good, good);
	sheet("<sheetData/><pageMargins left=\"1\"/><extLst>" ALL_LINES(
	    GROUP("", SPARKLINE("[1]B!A1:C1")) GROUP("",
	    SPARKLINE("B!A1:C1") SPARKLINE("cmd|'x'!A1"))
	    GROUP("<xm:f>[2]B!A1</xm:f>", SPARKLINE("B!A1:C1")))
	    "</extLst>", good);
}

static void
each_extension_comes_to_its_place(void **state)
{
#define LIST "<x14:dataValidations><x14:dataValidation type=\"list\">" \
	"<x14:formula1><xm:f>B!$A$1:$A$3</xm:f></x14:formula1>" \
	"<xm:sqref>E2</xm:sqref></x14:dataValidation></x14:dataValidations>"
	(void)state;
	sheet("<sheetData/><pageMargins left=\"1\"/><extLst>"
	    EXT("A8765BA9-456A-4dab-B4F3-ACF838C121DE", "<x14:slicerList/>")
	    EXT(FORMATS, ALL_FORMATS(OTHER("B!$A1", ID))) EXT(LISTS, LIST)
	    ALL_LINES(GROUP("", SPARKLINE("B!A1"))) EXT(FORMATS,
	    ALL_FORMATS(OTHER("B!$A2", ID))) "</extLst>",
	    "<sheetData/><dataValidations><dataValidation type=\"list\" "
	    "sqref=\"E2\"><formula1>B!$A$1:$A$3</formula1></dataValidation>"
	    "</dataValidations><pageMargins left=\"1\"/><extLst>"
	    EXT(FORMATS, ALL_FORMATS(OTHER("B!$A1", ID)))
	    ALL_LINES(GROUP("", SPARKLINE("B!A1"))) "</extLst>");
	assert_int_equal(removed_count(buf_span(&result.removed),
	    "extension"), 2);
}

#define XDR	" xmlns:xdr=\"" ECMA "drawingml/2006/spreadsheetDrawing\" " \
		"xmlns:a=\"" ECMA "drawingml/2006/main\" xmlns:mc=\"" ECMA \
		"markup-compatibility/2006\" xmlns:a14=\"" MS \
		"drawing/2010/main\""
#define SHAPE(id, hidden, body) "<xdr:absoluteAnchor><xdr:sp><xdr:nvSpPr>" \
		"<xdr:cNvPr id=\"" id "\" name=\"n\"" hidden "/></xdr:nvSpPr>" \
		body "</xdr:sp><xdr:clientData/></xdr:absoluteAnchor>"
#define CONTROL(id, body) "<mc:AlternateContent><mc:Choice Requires=\"a14\">" \
		SHAPE(id, " hidden=\"1\"", body) "</mc:Choice><mc:Fallback>" \
		SHAPE("9", "", "") "</mc:Fallback></mc:AlternateContent>"
#define BODY(words) "<xdr:txBody><a:bodyPr/><a:p><a:r>" words "</a:r></a:p>" \
		"</xdr:txBody>"
#define VML(id, type, more) "<v:shape id=\"_x0000_s" id "\"><x:ClientData " \
		"ObjectType=\"" type "\">" more "</x:ClientData></v:shape>"

static void
boxes_of_forms_keep_their_words(void **state)
{
	static const struct package_part parts[] = {
	    { "_rels/.rels", NULL, RELS(REL("a", "officeDocument",
		"xl/b.xml")), 0 },
	    { "xl/b.xml", OFFICE "spreadsheetml.sheet.main+xml",
		"<workbook xmlns=\"" ECMA "spreadsheetml/2006/main\"" R
		"><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"s\"/>"
		"</sheets></workbook>", 0 },
	    { "xl/_rels/b.xml.rels", NULL, RELS(REL("s", "worksheet",
		"w.xml")), 0 },
	    { "xl/w.xml", OFFICE "spreadsheetml.worksheet+xml",
		"<worksheet xmlns=\"" ECMA "spreadsheetml/2006/main\"" R
		"><sheetData/><drawing r:id=\"d\"/><legacyDrawing r:id=\"v\""
		"/><controls/></worksheet>", 0 },
	    { "xl/_rels/w.xml.rels", NULL, RELS(REL("d", "drawing", "d.xml")
		REL("v", "vmlDrawing", "v.vml")), 0 },
	    { "xl/v.vml", OFFICE "vmlDrawing", "<xml xmlns:v=\"urn:schemas-"
		"microsoft-com:vml\" xmlns:x=\"urn:schemas-microsoft-com:"
		"office:excel\">" VML("1025", "Checkbox", "")
		VML("1026", "Checkbox", "<x:Checked>1</x:Checked>")
		VML("1027", "Radio", "<x:Checked> 1 </x:Checked>")
		VML("1028", "Label", "") VML("1029", "Button", "")
		VML("1030", "Checkbox", "") "<br></xml>", 0 },
	    { "xl/d.xml", OFFICE "drawing+xml", "<xdr:wsDr" XDR ">"
		CONTROL("1025", BODY("<a:t>\xe5\x90\x8c</a:t>"))
		CONTROL("1026", BODY("<a:t>b</a:t><a:t>c</a:t>"))
		CONTROL("1027", "<xdr:txBody><a:p/></xdr:txBody>")
		CONTROL("1028", BODY("<a:t>d</a:t>"))
		CONTROL("1029", BODY("<a:t>run</a:t>"))
		CONTROL("1030", "") SHAPE("1025", " hidden=\"1\"", "")
		"</xdr:wsDr>", 0 }, LAST };

	(void)state;
	rebuild(parts, OPC_XLSX);
	part_is("xl/drawings/drawing1.xml",
	    SHAPE("1025", "", BODY("<a:t>\xe2\x98\x90 \xe5\x90\x8c</a:t>"))
	    SHAPE("1026", "", BODY("<a:t>\xe2\x98\x91 b</a:t><a:t>c</a:t>"))
	    SHAPE("1027", "", BODY("<a:t>\xe2\x97\x89</a:t>"))
	    SHAPE("1028", "", BODY("<a:t>d</a:t>"))
	    /* of the button what those see who know no controls */
	    SHAPE("9", "", "")
	    SHAPE("1030", "", BODY("<a:t>\xe2\x98\x90</a:t>"))
	    SHAPE("1025", " hidden=\"1\"", ""));
	assert_int_equal(removed_count(buf_span(&result.removed),
	    "form-control"), 1);
}

static void
boxes_of_comments_stay_where_they_are(void **state)
{
#define NOTE(row, more) VML("1", "Note", "<x:Anchor>1, 2, 3, 4, 5, 6, 7, 8" \
	"</x:Anchor><x:Row>" row "</x:Row><x:Column>1</x:Column>" more)
#define COMMENT(ref) "<comment ref=\"" ref "\" authorId=\"0\"><text><t>x" \
	"</t></text></comment>"
	static const struct package_part parts[] = {
	    { "_rels/.rels", NULL, RELS(REL("a", "officeDocument",
		"xl/b.xml")), 0 },
	    { "xl/b.xml", OFFICE "spreadsheetml.sheet.main+xml",
		"<workbook xmlns=\"" ECMA "spreadsheetml/2006/main\"" R
		"><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"s\"/>"
		"</sheets></workbook>", 0 },
	    { "xl/_rels/b.xml.rels", NULL, RELS(REL("s", "worksheet",
		"w.xml")), 0 },
	    { "xl/w.xml", OFFICE "spreadsheetml.worksheet+xml",
		"<worksheet xmlns=\"" ECMA "spreadsheetml/2006/main\"" R
		"><sheetData/><legacyDrawing r:id=\"v\"/></worksheet>", 0 },
	    { "xl/_rels/w.xml.rels", NULL, RELS(REL("c", "comments",
		"c.xml") REL("v", "vmlDrawing", "v.vml")), 0 },
	    { "xl/c.xml", OFFICE "spreadsheetml.comments+xml",
		"<comments xmlns=\"" ECMA "spreadsheetml/2006/main\"><authors>"
		"<author>a</author></authors><commentList>" COMMENT("B3")
		COMMENT("B5") COMMENT("B7") "</commentList></comments>", 0 },
	    { "xl/v.vml", OFFICE "vmlDrawing", "<xml xmlns:v=\"urn:schemas-"
		"microsoft-com:vml\" xmlns:x=\"urn:schemas-microsoft-com:"
		"office:excel\">" NOTE("4", "<x:Visible/>") NOTE("2", "")
		VML("2", "Note", "<x:Anchor>9, 2, 3, 4, 5, 6, 7, 8"
		"</x:Anchor><x:Row>6</x:Row><x:Column>1</x:Column>")
		"</xml>", 0 }, LAST };
	const char *p;

	(void)state;
	rebuild(parts, OPC_XLSX);
	p = part("xl/drawings/vmlDrawing1.vml");
	assert_non_null(strstr(p, "<xvml:Anchor>1, 2, 3, 4, 5, 6, 7, 8"
	    "</xvml:Anchor><xvml:AutoFill>False</xvml:AutoFill><xvml:Row>2"
	    "</xvml:Row><xvml:Column>1</xvml:Column></xvml:ClientData>"));
	assert_non_null(strstr(p, "<xvml:Row>4</xvml:Row><xvml:Column>1"
	    "</xvml:Column><xvml:Visible/></xvml:ClientData>"));
	/* from right to left is no box */
	assert_non_null(strstr(p, "<xvml:Anchor>2, 15, 5, 10, 4, 15, 9, 4"
	    "</xvml:Anchor><xvml:AutoFill>False</xvml:AutoFill><xvml:Row>6"
	    "</xvml:Row>"));
}

/* ---- Word ---- */

#define W	"<w:document xmlns:w=\"" ECMA "wordprocessingml/2006/main\" " \
		"xmlns:w14=\"" MS "word/2010/wordml\"" R "><w:body>"

static void
boxes_to_check_can_be_checked(void **state)
{
	static const struct package_part parts[] = {
	    { "_rels/.rels", NULL, RELS(REL("a", "officeDocument",
		"word/d.xml")), 0 },
	    { "word/d.xml", PACKAGE_WORD "document.main+xml", W
		"<w:p w14:paraId=\"1\"><w:sdt><w:sdtPr><w:id w:val=\"7\"/>"
		"<w14:checkbox><w14:checked w14:val=\"0\"/><w14:checkedState "
		"w14:val=\"2612\" w14:font=\"MS Gothic\"/>"
		"<w14:uncheckedState w14:val=\"2610\" w14:font=\"MS Gothic\"/>"
		"</w14:checkbox><w14:entityPicker/></w:sdtPr><w:sdtContent>"
		"<w:r><w:t>☐</w:t></w:r></w:sdtContent></w:sdt></w:p>"
		"</w:body></w:document>", 0 }, LAST };

	(void)state;
	rebuild(parts, OPC_DOCX);
	part_is("word/document.xml", "<w:body><w:p><w:sdt><w:sdtPr><w:id "
	    "w:val=\"7\"/><w14:checkbox><w14:checked w14:val=\"0\"/>"
	    "<w14:checkedState w14:val=\"2612\" w14:font=\"MS Gothic\"/>"
	    "<w14:uncheckedState w14:val=\"2610\" w14:font=\"MS Gothic\"/>"
	    "</w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:t>☐</w:t></w:r>"
	    "</w:sdtContent></w:sdt></w:p></w:body>");
}

static void
protect(const char *attributes, const char *expected)
{
	char settings[1024];
	const struct package_part parts[] = {
	    { "_rels/.rels", NULL, RELS(REL("a", "officeDocument",
		"word/d.xml")), 0 },
	    { "word/d.xml", PACKAGE_WORD "document.main+xml", W "<w:p/>"
		"</w:body></w:document>", 0 },
	    { "word/_rels/d.xml.rels", NULL, RELS(REL("s", "settings",
		"s.xml")), 0 },
	    { "word/s.xml", PACKAGE_WORD "settings+xml", settings, 0 },
	    LAST };

	snprintf(settings, sizeof(settings), "<w:settings xmlns:w=\"" ECMA
	    "wordprocessingml/2006/main\"><w:documentProtection %s/>"
	    "<w:compat/></w:settings>", attributes);
	rebuild(parts, OPC_DOCX);
	part_is("word/settings.xml", expected);
}

/* Their boxes and lists could not be used otherwise. */
static void
forms_stay_protected_as_forms(void **state)
{
	(void)state;
	protect("w:edit=\"forms\" w:enforcement=\"1\" w:hash=\"x\" "
	    "w:salt=\"y\" w:cryptSpinCount=\"1\"",
	    "<w:documentProtection w:edit=\"forms\" w:enforcement=\"1\"/>"
	    "<w:compat/>");
	protect("w:edit=\"readOnly\" w:enforcement=\"1\"", "<w:compat/>");
	protect("w:enforcement=\"1\"", "<w:compat/>");
}

/* ---- charts ---- */

#define A	" xmlns:a=\"" ECMA "drawingml/2006/main\""
#define C	" xmlns:c=\"" ECMA "drawingml/2006/chart\""
#define CS	" xmlns:cs=\"" MS "drawing/2012/chartStyle\"" A
#define STYLES	MS "2011/relationships/chart"

static void
charts_keep_their_style(void **state)
{
	static const struct package_part parts[] = {
	    { "_rels/.rels", NULL, RELS(REL("a", "officeDocument",
		"word/d.xml")), 0 },
	    { "word/d.xml", PACKAGE_WORD "document.main+xml", W "<w:p><w:r>"
		"<w:drawing><a:graphic" A "><a:graphicData uri=\"" ECMA
		"drawingml/2006/chart\"><c:chart" C " r:id=\"c\"/>"
		"</a:graphicData></a:graphic></w:drawing></w:r></w:p>"
		"</w:body></w:document>", 0 },
	    { "word/_rels/d.xml.rels", NULL, RELS(REL("c", "chart",
		"c.xml")), 0 },
	    { "word/c.xml", OFFICE "drawingml.chart+xml", "<c:chartSpace" C
		"><c:chart/></c:chartSpace>", 0 },
	    { "word/_rels/c.xml.rels", NULL, RELS(REL_("s", STYLES "Style",
		"s.xml") REL_("k", STYLES "ColorStyle", "k.xml")), 0 },
	    { "word/s.xml", "application/vnd.ms-office.chartstyle+xml",
		"<cs:chartStyle" CS " id=\"201\"><cs:axisTitle><cs:lnRef "
		"idx=\"0\"/><cs:fontRef idx=\"minor\"><a:schemeClr "
		"val=\"tx1\"/></cs:fontRef><cs:evil/></cs:axisTitle>"
		"</cs:chartStyle>", 0 },
	    { "word/k.xml", "application/vnd.ms-office.chartcolorstyle+xml",
		"<cs:colorStyle" CS " meth=\"cycle\" id=\"10\"><a:schemeClr "
		"val=\"accent1\"/><cs:variation/></cs:colorStyle>", 0 },
	    LAST };

	(void)state;
	rebuild(parts, OPC_DOCX);
	part_is("word/charts/style1.xml", "<cs:axisTitle><cs:lnRef "
	    "idx=\"0\"/><cs:fontRef idx=\"minor\"><a:schemeClr val=\"tx1\"/>"
	    "</cs:fontRef></cs:axisTitle>");
	part_is("word/charts/colors1.xml", "<a:schemeClr val=\"accent1\"/>"
	    "<cs:variation/>");
}

/* ---- diagrams ---- */

#define DGM	" xmlns:dgm=\"" ECMA "drawingml/2006/diagram\" xmlns:dsp=\"" \
		MS "drawing/2008/diagram\"" A
#define DIAGRAM(name, root, type, body) { "word/" name ".xml", type, \
		"<" root DGM ">" body "</" root ">", 0 }
#define MODEL(id) "<dgm:extLst><a:ext uri=\"" MS "drawing/2008/diagram\">" \
		"<dsp:dataModelExt relId=\"" id "\" minVer=\"" ECMA \
		"drawingml/2006/diagram\"/></a:ext></dgm:extLst>"
#define DRAWING "application/vnd.ms-office.drawingml.diagramDrawing+xml"

/* A document that shows a diagram whose data name its drawing by this id. */
static void
diagram(const char *extension)
{
	char data[2048];
	const struct package_part parts[] = {
	    { "_rels/.rels", NULL, RELS(REL("a", "officeDocument",
		"word/d.xml")), 0 },
	    { "word/d.xml", PACKAGE_WORD "document.main+xml", W "<w:p><w:r>"
		"<w:drawing><a:graphic" A "><a:graphicData uri=\"" ECMA
		"drawingml/2006/diagram\"><dgm:relIds" DGM " r:dm=\"m\" "
		"r:lo=\"l\" r:qs=\"q\" r:cs=\"c\"/></a:graphicData>"
		"</a:graphic></w:drawing></w:r></w:p></w:body></w:document>",
		0 },
	    { "word/_rels/d.xml.rels", NULL, RELS(REL("m", "diagramData",
		"m.xml") REL("l", "diagramLayout", "l.xml")
		REL("q", "diagramQuickStyle", "q.xml")
		REL("c", "diagramColors", "c.xml") REL_("drawn", MS
		"2007/relationships/diagramDrawing", "r.xml")), 0 },
	    { "word/m.xml", OFFICE "drawingml.diagramData+xml", data, 0 },
	    DIAGRAM("l", "dgm:layoutDef", OFFICE
		"drawingml.diagramLayout+xml", "<dgm:extLst/>"),
	    DIAGRAM("q", "dgm:styleDef", OFFICE
		"drawingml.diagramStyle+xml", ""),
	    DIAGRAM("c", "dgm:colorsDef", OFFICE
		"drawingml.diagramColors+xml", ""),
	    DIAGRAM("r", "dsp:drawing", DRAWING, "<dsp:spTree/>"), LAST };

	assert_true((size_t)snprintf(data, sizeof(data), "<dgm:dataModel" DGM
	    "><dgm:ptLst><dgm:pt><dgm:extLst><a:ext uri=\"x\"/>"
	    "</dgm:extLst><dgm:spPr><a:xfrm><a:ext cx=\"1\" cy=\"2\"/>"
	    "</a:xfrm></dgm:spPr></dgm:pt></dgm:ptLst>%s</dgm:dataModel>",
	    extension) < sizeof(data));
	rebuild(parts, OPC_DOCX);
}

static void
diagrams_name_their_drawing(void **state)
{
#define POINTS	"<dgm:ptLst><dgm:pt><dgm:spPr><a:xfrm><a:ext cx=\"1\" " \
		"cy=\"2\"/></a:xfrm></dgm:spPr></dgm:pt></dgm:ptLst>"
	(void)state;
	diagram(MODEL("drawn"));
	part_is("word/diagrams/data1.xml", POINTS MODEL("rId1"));
	part_is("word/diagrams/drawing1.xml", "<dsp:spTree/>");
	/* one that is not there, or is none */
	diagram(MODEL("gone"));
	part_is("word/diagrams/data1.xml", POINTS);
	diagram(MODEL("l"));
	part_is("word/diagrams/data1.xml", POINTS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_that_look_into_another_sheet_stay),
		cmocka_unit_test(bars_keep_both_of_their_halves),
		cmocka_unit_test(sparklines_stay),
		cmocka_unit_test(each_extension_comes_to_its_place),
		cmocka_unit_test(boxes_of_forms_keep_their_words),
		cmocka_unit_test(boxes_of_comments_stay_where_they_are),
		cmocka_unit_test(boxes_to_check_can_be_checked),
		cmocka_unit_test(forms_stay_protected_as_forms),
		cmocka_unit_test(charts_keep_their_style),
		cmocka_unit_test(diagrams_name_their_drawing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
