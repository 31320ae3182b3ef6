/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Office documents by hand in the form that we write, and each thing that
 * must not be in one put into them: refused, with the part's name.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../../gateway/verify/verify.h"
#include "../../../gateway/verify/verify_opc.h"
#include "safe_zip.h"

#define DECL	"<?xml version=\"1.0\" encoding=\"UTF-8\" " \
		"standalone=\"yes\"?>\n"
#define ECMA	"http://schemas.openxmlformats.org/"
#define TYPE	"application/vnd.openxmlformats-officedocument."
#define XMLNS(prefix, uri) " xmlns:" prefix "=\"" ECMA uri "\""
#define XMLNS_R	XMLNS("r", "officeDocument/2006/relationships")
#define XMLNS_A	XMLNS("a", "drawingml/2006/main")
#define P	XMLNS("p", "presentationml/2006/main") XMLNS_A XMLNS_R
#define W	XMLNS("w", "wordprocessingml/2006/main") XMLNS_R XMLNS_A \
		" xmlns:v=\"urn:schemas-microsoft-com:vml\"" \
		" xmlns:o=\"urn:schemas-microsoft-com:office:office\""
#define X	" xmlns=\"" ECMA "spreadsheetml/2006/main\"" XMLNS_R
#define REL_(id, type, target) "<Relationship Id=\"rId" id "\" Type=\"" \
		type "\" Target=\"" target "\""
#define REL(id, type, target) \
		REL_(id, ECMA "officeDocument/2006/relationships/" type, \
		target) "/>"
#define LINK(id, target) \
		REL_(id, ECMA "officeDocument/2006/relationships/hyperlink", \
		target) " TargetMode=\"External\"/>"
#define RELS(list) DECL "<Relationships xmlns=\"" ECMA \
		"package/2006/relationships\">" list "</Relationships>"
#define OVERRIDE(name, type) "<Override PartName=\"/" name \
		"\" ContentType=\"" type "\"/>"
#define TYPES(list) { "[Content_Types].xml", DECL "<Types xmlns=\"" ECMA \
	"package/2006/content-types\"><Default Extension=\"jpeg\" " \
	"ContentType=\"image/jpeg\"/><Default Extension=\"png\" " \
	"ContentType=\"image/png\"/><Default Extension=\"rels\" " \
	"ContentType=\"application/vnd.openxmlformats-package." \
	"relationships+xml\"/><Default Extension=\"xml\" " \
	"ContentType=\"application/xml\"/>" \
	OVERRIDE("docProps/app.xml", TYPE "extended-properties+xml") \
	OVERRIDE("docProps/core.xml", "application/vnd.openxmlformats-" \
	"package.core-properties+xml") list "</Types>" }
#define ROOT(main_part) { "_rels/.rels", RELS(REL("1", "officeDocument", \
	main_part) REL_("2", ECMA "package/2006/relationships/metadata/" \
	"core-properties", "docProps/core.xml") "/>" \
	REL("3", "extended-properties", "docProps/app.xml")) }
#define PROPERTIES \
	{ "docProps/app.xml", DECL "<Properties xmlns=\"" ECMA \
	"officeDocument/2006/extended-properties\"><Application>Sekisho" \
	"</Application></Properties>" }, \
	{ "docProps/core.xml", DECL "<cp:coreProperties" XMLNS("cp", \
	"package/2006/metadata/core-properties") " xmlns:dc=\"http://" \
	"purl.org/dc/elements/1.1/\"><dc:title>題</dc:title>" \
	"</cp:coreProperties>" }

struct entry {
	const char	*name;		/* NULL ends a list */
	const char	*text;		/* NULL: a small PNG */
};

#define POINT	TYPE "presentationml."
static const struct entry pptx[] = {
	TYPES(OVERRIDE("ppt/presentation.xml", POINT "presentation.main+xml")
	OVERRIDE("ppt/slideLayouts/slideLayout1.xml",
	POINT "slideLayout+xml")
	OVERRIDE("ppt/slides/slide1.xml", POINT "slide+xml")),
	ROOT("ppt/presentation.xml"), PROPERTIES,
	{ "ppt/_rels/presentation.xml.rels", RELS(REL("1", "slide",
	"slides/slide1.xml")) },
	{ "ppt/media/image1.png", NULL },
	{ "ppt/presentation.xml", DECL "<p:presentation" P "><p:sldIdLst>"
	"<p:sldId id=\"256\" r:id=\"rId1\"/></p:sldIdLst></p:presentation>" },
	{ "ppt/slideLayouts/slideLayout1.xml", DECL "<p:sldLayout" P
	"><p:cSld/></p:sldLayout>" },
	{ "ppt/slides/_rels/slide1.xml.rels", RELS(REL("1", "slideLayout",
	"../slideLayouts/slideLayout1.xml") LINK("2", "https://a.example/")
	REL("3", "image", "../media/image1.png")
	REL("4", "slide", "slide1.xml")) },
	{ "ppt/slides/slide1.xml", DECL "<p:sld" P "><p:cSld><p:spTree>"
	"<p:sp><p:nvSpPr><p:cNvPr id=\"2\" name=\"s\"><a:hlinkClick "
	"r:id=\"rId2\"/></p:cNvPr></p:nvSpPr></p:sp><p:sp><p:nvSpPr>"
	"<p:cNvPr id=\"3\" name=\"j\"><a:hlinkClick r:id=\"rId4\" "
	"action=\"ppaction://hlinksldjump\"/></p:cNvPr></p:nvSpPr></p:sp>"
	"<p:pic><p:blipFill><a:blip r:embed=\"rId3\"/></p:blipFill></p:pic>"
	"</p:spTree></p:cSld></p:sld>" },
	{ NULL, NULL }
};

#define WORD	TYPE "wordprocessingml."
static const struct entry docx[] = {
	TYPES(OVERRIDE("word/document.xml", WORD "document.main+xml")
	OVERRIDE("word/settings.xml", WORD "settings+xml")),
	ROOT("word/document.xml"), PROPERTIES,
	{ "word/_rels/document.xml.rels", RELS(REL("1", "settings",
	"settings.xml") LINK("2", "https://a.example/")
	REL("3", "image", "media/image1.png")) },
	{ "word/document.xml", DECL "<w:document" W "><w:body><w:p>"
	"<w:hyperlink r:id=\"rId2\"><w:r><w:t>x</w:t></w:r></w:hyperlink>"
	"<w:r><w:pict><v:shape><v:imagedata r:id=\"rId3\"/></v:shape>"
	"</w:pict></w:r></w:p></w:body></w:document>" },
	{ "word/media/image1.png", NULL },
	{ "word/settings.xml", DECL "<w:settings" W
	"><w:zoom w:percent=\"100\"/></w:settings>" },
	{ NULL, NULL }
};

#define EXCEL	TYPE "spreadsheetml."
static const struct entry xlsx[] = {
	TYPES(OVERRIDE("xl/workbook.xml", EXCEL "sheet.main+xml")
	OVERRIDE("xl/worksheets/sheet1.xml", EXCEL "worksheet+xml")),
	ROOT("xl/workbook.xml"), PROPERTIES,
	{ "xl/_rels/workbook.xml.rels", RELS(REL("1", "worksheet",
	"worksheets/sheet1.xml")) },
	{ "xl/workbook.xml", DECL "<workbook" X "><sheets><sheet name=\"S\" "
	"sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>" },
	{ "xl/worksheets/sheet1.xml", DECL "<worksheet" X "><sheetData>"
	"<row r=\"1\"><c r=\"A1\"><f>SUM(B1)</f><v>1</v></c></row>"
	"</sheetData></worksheet>" },
	{ NULL, NULL }
};

static const struct entry *const good[] = { [OPC_DOCX] = docx,
    [OPC_XLSX] = xlsx, [OPC_PPTX] = pptx };

/* What is done to a document. */
struct change {
	enum opc_form	 form;
	const char	*name;		/* of the entry that is changed */
	/* NULL from: all of it; NULL to: it goes */
	const char	*from, *to;
	const char	*why;		/* in the reason, beside the name */
	/* an entry more, before that one; or NULL */
	const char	*more, *more_text;
};

static struct opc opc;
static struct diag diag;
static bool deflated = true;

static void
put_changed(struct safe_zip *zip, const struct entry *e,
    const struct change *change)
{
	static char text[64 * 1024];
	const char *at = strstr(e->text, change->from);
	int before;

	if (at == NULL)
		fail_msg("%s has no %s", e->name, change->from);
	before = (int)(at - e->text);
	snprintf(text, sizeof(text), "%.*s%s%s", before, e->text,
	    change->to, at + strlen(change->from));
	put_entry(zip, e->name, text, strlen(text), deflated);
}

static struct out
make(const struct entry *e, const struct change *change)
{
	struct safe_zip zip = { .n = 0 };
	struct out png = make_png(2, 2, PNG_COLOR_TYPE_GRAY, 6);

	for (; e->name != NULL; e++) {
		bool hit = change != NULL && strcmp(e->name, change->name)
		    == 0;

		if (hit && change->more != NULL)
			put_entry(&zip, change->more, change->more_text,
			    strlen(change->more_text), false);
		if (hit && change->to == NULL && change->more == NULL)
			continue;
		if (hit && change->from != NULL)
			put_changed(&zip, e, change);
		else if (hit && change->to != NULL)
			put_entry(&zip, e->name, change->to,
			    strlen(change->to), false);
		else if (e->text == NULL)
			put_entry(&zip, e->name, png.ptr, png.len, false);
		else
			put_entry(&zip, e->name, e->text, strlen(e->text),
			    deflated);
	}
	free(png.ptr);
	return finish_zip(&zip);
}

/* In pieces of n bytes; NULL: it is taken. */
static const char *
judge_opc(enum opc_form form, const struct out *o, size_t n)
{
	enum err err = OK;

	diag = (struct diag){ .err = OK };
	opc_reader_init(&opc, form);
	for (size_t at = 0; at < o->len && err == OK; at += n)
		err = opc_reader_write(&opc, (struct span){ o->ptr + at,
		    o->len - at < n ? o->len - at : n }, &diag);
	if (err == OK)
		err = opc_reader_end(&opc, &diag);
	return err == OK ? NULL : diag.what;
}

static void
refused(const struct change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct change *c = &changes[i];
		struct out o = make(good[c->form], c);
		const char *why = judge_opc(c->form, &o, 11);

		free(o.ptr);
		if (why == NULL)
			fail_msg("taken: %s with %s", c->name,
			    c->to != NULL ? c->to : c->more);
		if (strstr(why, c->more != NULL ? c->more : c->name) == NULL
		    || strstr(why, c->why) == NULL)
			fail_msg("%s: '%s' has no '%s'", c->name, why,
			    c->why);
	}
}
#define REFUSED(changes) refused(changes, sizeof(changes) / sizeof(*changes))

static void
good_documents_are_taken_in_any_split(void **state)
{
	static const size_t sizes[] = { 1, 7, 1000000 };

	(void)state;
	for (enum opc_form form = OPC_DOCX; form <= OPC_PPTX; form++) {
		struct out o = make(good[form], NULL);

		for (size_t i = 0; i < 3; i++) {
			const char *why = judge_opc(form, &o, sizes[i]);

			if (why != NULL)
				fail_msg("%d: %s", form, why);
		}
		/* each is only what it is called */
		for (enum opc_form f = OPC_DOCX; f <= OPC_PPTX; f++)
			assert_true((judge_opc(f, &o, 99) == NULL) ==
			    (f == form));
		free(o.ptr);
	}
}

#define SLIDE(element) { OPC_PPTX, "ppt/slides/slide1.xml", "<p:cSld>", \
	"<" element "/><p:cSld>", "element", NULL, NULL }
#define BODY(element) { OPC_DOCX, "word/document.xml", "<w:body>", \
	"<w:body><" element "/>", "element", NULL, NULL }
#define SETTING(element) { OPC_DOCX, "word/settings.xml", "<w:zoom", \
	"<" element "/><w:zoom", "element", NULL, NULL }
#define BOOK(element) { OPC_XLSX, "xl/workbook.xml", "<sheets>", \
	"<" element "/><sheets>", "element", NULL, NULL }
#define SHEET(element) { OPC_XLSX, "xl/worksheets/sheet1.xml", \
	"<sheetData>", "<" element "/><sheetData>", "element", NULL, NULL }

static void
elements_that_load_or_start_something_are_refused(void **state)
{
	static const struct change changes[] = {
		SLIDE("p:oleObj"), SLIDE("p:controls"), SLIDE("p:control"),
		SLIDE("p:cmd"), SLIDE("p:sndAc"), SLIDE("p:snd"),
		SLIDE("p:sndTgt"), SLIDE("p:audio"), SLIDE("p:video"),
		SLIDE("p:cMediaNode"), SLIDE("p:embed"), SLIDE("p:link"),
		SLIDE("p:contentPart"), SLIDE("p:custDataLst"),
		SLIDE("p:tags"), SLIDE("p:tagLst"), SLIDE("p:extLst"),
		SLIDE("p:embeddedFontLst"), SLIDE("p:regular"),
		SLIDE("p:htmlPubPr"), SLIDE("p:webPr"), SLIDE("p:sldSyncPr"),
		SLIDE("p:modifyVerifier"), SLIDE("p:smartTags"),
		SLIDE("a:audioCd"), SLIDE("a:audioFile"),
		SLIDE("a:videoFile"), SLIDE("a:wavAudioFile"),
		SLIDE("a:quickTimeFile"), SLIDE("a:snd"),
		SLIDE("a:hlinkMouseOver"), SLIDE("a:extLst"),
		SLIDE("mc:AlternateContent"), SLIDE("p14:media"),
		BODY("w:object"), BODY("w:control"), BODY("w:altChunk"),
		BODY("w:subDoc"), BODY("w:movie"), BODY("w:customXml"),
		BODY("w:smartTag"), BODY("w:dataBinding"),
		BODY("w:objectEmbed"), BODY("w:objectLink"),
		BODY("w:contentPart"), BODY("o:OLEObject"),
		BODY("w:fldData"), BODY("w:frameset"), BODY("w:script"),
		SETTING("w:attachedTemplate"), SETTING("w:mailMerge"),
		SETTING("w:docVars"), SETTING("w:updateFields"),
		SETTING("w:saveThroughXslt"), SETTING("w:rsids"),
		SETTING("w:embedRegular"), SETTING("w:linkStyles"),
		BOOK("externalReferences"), BOOK("externalReference"),
		BOOK("functionGroups"), BOOK("webPublishing"),
		BOOK("webPublishObjects"), BOOK("customWorkbookViews"),
		BOOK("oleSize"), BOOK("fileRecoveryPr"), BOOK("extLst"),
		BOOK("ddeLink"), BOOK("oleLink"), BOOK("connection"),
		SHEET("oleObjects"), SHEET("oleObject"), SHEET("controls"),
		SHEET("control"), SHEET("controlPr"), SHEET("objectPr"),
		SHEET("legacyDrawingHF"), SHEET("drawingHF"),
		SHEET("webPublishItems"), SHEET("queryTableParts"),
		SHEET("ext"), SHEET("ddeLink"),
	};

	(void)state;
	REFUSED(changes);
}

#define TYPES_XML(form, from, to, why) \
	{ form, "[Content_Types].xml", from, to, why, NULL, NULL }

static void
content_types_are_of_the_list_and_the_form(void **state)
{
	static const struct change changes[] = {
		TYPES_XML(OPC_PPTX, POINT "presentation.main+xml",
		    "application/vnd.ms-powerpoint.presentation."
		    "macroEnabled.main+xml", "content type"),
		TYPES_XML(OPC_PPTX, POINT "presentation.main+xml",
		    POINT "template.main+xml", "content type"),
		TYPES_XML(OPC_PPTX, POINT "slide+xml",
		    "application/vnd.ms-office.vbaProject", "content type"),
		TYPES_XML(OPC_PPTX, POINT "slide+xml", POINT "tags+xml",
		    "content type"),
		TYPES_XML(OPC_PPTX, POINT "slide+xml", WORD "styles+xml",
		    "content type"),
		TYPES_XML(OPC_DOCX, WORD "settings+xml",
		    WORD "webSettings+xml", "content type"),
		TYPES_XML(OPC_DOCX, WORD "settings+xml",
		    TYPE "oleObject", "content type"),
		TYPES_XML(OPC_XLSX, EXCEL "worksheet+xml",
		    EXCEL "externalLink+xml", "content type"),
		TYPES_XML(OPC_XLSX, EXCEL "worksheet+xml",
		    "application/vnd.ms-excel.macrosheet+xml",
		    "content type"),
		TYPES_XML(OPC_XLSX, EXCEL "worksheet+xml",
		    EXCEL "sheet.main+xml", "main part"),
		TYPES_XML(OPC_PPTX, "Extension=\"png\"", "Extension=\"bin\"",
		    "default"),
		TYPES_XML(OPC_PPTX, "\"image/png\"", "\"text/html\"",
		    "default"),
		/* longer than the one before it, and smaller */
		TYPES_XML(OPC_DOCX, "</Types>", OVERRIDE(
		    "word/longer-than-settings.xml", WORD "styles+xml")
		    "</Types>", "out of order"),
		TYPES_XML(OPC_PPTX, "<Override", "<!-- x --><Override",
		    "XML"),
	};

	(void)state;
	REFUSED(changes);
}

#define RELATIONS(from, to, why) { OPC_PPTX, \
	"ppt/slides/_rels/slide1.xml.rels", from, to, why, NULL, NULL }

static void
relations_lead_to_what_they_say(void **state)
{
	static const struct change changes[] = {
		RELATIONS("https://a.example/", "file:///c:/x", "link"),
		RELATIONS("https://a.example/", "\\\\host\\share", "link"),
		RELATIONS("https://a.example/", "javascript:x", "link"),
		RELATIONS("https://a.example/", "x.docx", "link"),
		RELATIONS("relationships/hyperlink", "relationships/image",
		    "link"),
		RELATIONS("relationships/hyperlink",
		    "relationships/oleObject", "link"),
		RELATIONS("relationships/hyperlink",
		    "relationships/attachedTemplate", "link"),
		RELATIONS("External", "Internal", "link"),
		RELATIONS("relationships/image", "relationships/oleObject",
		    "relation"),
		RELATIONS("relationships/image", "relationships/package",
		    "relation"),
		RELATIONS("relationships/slideLayout", "relationships/theme",
		    "relation"),
		RELATIONS("relationships/slideLayout",
		    "relationships/officeDocument", "relation"),
		RELATIONS(ECMA "officeDocument/2006/relationships/image",
		    "http://schemas.microsoft.com/office/2006/relationships/"
		    "vbaProject", "relation"),
		RELATIONS("../slideLayouts/slideLayout1.xml",
		    "../media/image1.png", "relation"),
		RELATIONS("../media/image1.png", "../media/none.xml",
		    "relation"),
		RELATIONS("../media/image1.png", "../../../etc/x.png",
		    "leads out"),
		RELATIONS("../media/image1.png", "../media/Image1.png",
		    ""),
		RELATIONS("\"rId3\"", "\"rId9\"", "order"),
		RELATIONS("\"rId2\"", "\"rId1\"", "order"),
		{ OPC_PPTX, "_rels/.rels", "docProps/app.xml",
		    "ppt/slides/slide1.xml", "relation", NULL, NULL },
		{ OPC_PPTX, "_rels/.rels", "</Relationships>", REL("4",
		    "slide", "ppt/slides/slide1.xml") "</Relationships>",
		    "relation", NULL, NULL },
		{ OPC_PPTX, "_rels/.rels", "</Relationships>", LINK("4",
		    "https://a.example/") "</Relationships>", "link", NULL,
		    NULL },
	};

	(void)state;
	REFUSED(changes);
}

#define SLIDE_TEXT(from, to, why) \
	{ OPC_PPTX, "ppt/slides/slide1.xml", from, to, why, NULL, NULL }

static void
elements_name_relations_that_fit_them(void **state)
{
	static const struct change changes[] = {
		/* a picture out of the net, by the relation of a link */
		SLIDE_TEXT("r:embed=\"rId3\"", "r:embed=\"rId2\"",
		    "relation"),
		SLIDE_TEXT("r:embed=\"rId3\"", "r:embed=\"rId1\"",
		    "relation"),
		SLIDE_TEXT("r:embed=\"rId3\"", "r:embed=\"rId5\"",
		    "relation"),
		SLIDE_TEXT("r:embed=\"rId3\"", "r:link=\"rId2\"",
		    "attribute"),
		SLIDE_TEXT("r:embed=\"rId3\"", "r:embed=\"\"",
		    "relation"),
		SLIDE_TEXT("r:id=\"rId2\"", "r:id=\"rId3\"", "relation"),
		SLIDE_TEXT("r:id=\"rId2\"", "r:id=\"rId1\"", "relation"),
		SLIDE_TEXT("hlinksldjump", "program", "action"),
		SLIDE_TEXT("hlinksldjump", "hlinkshowjump?jump=nextslide",
		    "relation"),
		SLIDE_TEXT(" action=\"ppaction://hlinksldjump\"", "",
		    "relation"),
		SLIDE_TEXT("<a:hlinkClick r:id=\"rId2\"/>",
		    "<a:hlinkClick r:id=\"rId2\" action=\"ppaction://"
		    "hlinksldjump\"/>", "relation"),
		SLIDE_TEXT("<a:hlinkClick r:id=\"rId2\"/>",
		    "<a:hlinkClick r:id=\"\"/>", "relation"),
		SLIDE_TEXT("hlinksldjump", "macro?name=x", "action"),
		SLIDE_TEXT("hlinksldjump", "hlinkfile", "action"),
		SLIDE_TEXT("<p:cSld>", "<p:cSld><!-- x -->", "XML"),
		SLIDE_TEXT("name=\"s\"", "name='s'", "XML"),
		{ OPC_PPTX, "ppt/presentation.xml", "r:id=\"rId1\"",
		    "r:id=\"rId2\"", "relation", NULL, NULL },
		{ OPC_DOCX, "word/document.xml", "imagedata r:id=\"rId3\"",
		    "imagedata r:id=\"rId2\"", "relation", NULL, NULL },
		{ OPC_DOCX, "word/document.xml", "<w:body>", "<w:body>"
		    "<w:sectPr><w:headerReference r:id=\"rId2\"/>"
		    "</w:sectPr>", "relation", NULL, NULL },
		{ OPC_DOCX, "word/document.xml", "imagedata r:id=\"rId3\"",
		    "imagedata src=\"http://a.example/\"", "attribute",
		    NULL, NULL },
		{ OPC_DOCX, "word/document.xml", "<w:t>x</w:t>",
		    "<w:instrText>x</w:instrText>", "instruction", NULL,
		    NULL },
		{ OPC_DOCX, "word/document.xml", "<w:t>x</w:t>",
		    "<w:fldChar w:fldCharType=\"begin\"/><w:instrText>DDE"
		    "</w:instrText></w:r><w:r><w:instrText>AUTO x"
		    "</w:instrText><w:fldChar w:fldCharType=\"end\"/>",
		    "field", NULL, NULL },
		{ OPC_XLSX, "xl/worksheets/sheet1.xml", "SUM(B1)",
		    "cmd|'/c calc'!A0", "formula", NULL, NULL },
		{ OPC_XLSX, "xl/worksheets/sheet1.xml", "SUM(B1)",
		    "[1]S!A1", "formula", NULL, NULL },
		{ OPC_XLSX, "xl/worksheets/sheet1.xml", "SUM(B1)",
		    "WEBSERVICE(B1)", "formula", NULL, NULL },
	};

	(void)state;
	REFUSED(changes);
}

#define SHEET_TEXT(to, why) { OPC_XLSX, "xl/worksheets/sheet1.xml", \
	"</worksheet>", to "</worksheet>", why, NULL, NULL }
#define CELL_TEXT(from, to, why) \
	{ OPC_XLSX, "xl/worksheets/sheet1.xml", from, to, why, NULL, NULL }
#define BOOK_TEXT(to, why) { OPC_XLSX, "xl/workbook.xml", "</workbook>", \
	to "</workbook>", why, NULL, NULL }
#define BODY_TEXT(to, why) { OPC_DOCX, "word/document.xml", "<w:body>", \
	"<w:body>" to, why, NULL, NULL }

static void
values_are_of_their_class(void **state)
{
	static const struct change changes[] = {
		SLIDE_TEXT("name=\"s\"", "name=\"s\" descr=\"a&#13;b\"",
		    "value"),
		SLIDE_TEXT("id=\"2\"", "id=\"2&#10;\"", "value"),
		SLIDE_TEXT("id=\"2\"", "id=\"2\xc2\x85\"", "value"),
		SLIDE_TEXT("id=\"2\"", "id=\"2\x7f\"", "value"),
		SLIDE_TEXT("hlinksldjump", "noaction", "value"),
		SLIDE_TEXT("hlinksldjump", "hlinkshowjump?jump=x", "value"),
		SLIDE_TEXT("<p:pic>", "<p:graphicFrame><a:graphic>"
		    "<a:graphicData uri=\"http://schemas.openxmlformats.org/"
		    "presentationml/2006/ole\"/></a:graphic>"
		    "</p:graphicFrame><p:pic>", "value"),
		BODY_TEXT("<w:p><w:hyperlink w:anchor=\"\\\\h\\x\"/></w:p>",
		    "value"),
		BODY_TEXT("<w:p><w:hyperlink w:anchor=\"file://x\"/></w:p>",
		    "value"),
		BODY_TEXT("<v:shape style=\"width:1;BEHAVIOR:x\"/>", "value"),
		BODY_TEXT("<v:shape style=\"background:url(x)\"/>", "value"),
		BODY_TEXT("<v:formulas><v:f eqn=\"val &quot;\"/>"
		    "</v:formulas>", "value"),
		BODY_TEXT("<v:shape href=\"http://a.example/\"/>",
		    "attribute"),
		SLIDE_TEXT("<p:pic>", "<a:ext uri=\"x\"/><p:pic>", "value"),
		SLIDE_TEXT("<p:pic>", "<a:ext><p:pic/></a:ext><p:pic>",
		    "element"),
		BODY_TEXT("<w:p><w:fldSimple w:instr=\" DDEAUTO x y\"/></w:p>",
		    "value"),
		SHEET_TEXT("<hyperlinks><hyperlink ref=\"A1\" "
		    "location=\"[b.xlsx]S!A1\"/></hyperlinks>", "value"),
		SHEET_TEXT("<hyperlinks><hyperlink ref=\"A1\" "
		    "location=\"cmd|' /c x'!A1\"/></hyperlinks>", "value"),
		SHEET_TEXT("<conditionalFormatting><cfRule><colorScale>"
		    "<cfvo val=\"WEBSERVICE(A1)\"/></colorScale></cfRule>"
		    "</conditionalFormatting>", "value"),
		CELL_TEXT("r=\"A1\"", "r=\"A1\" vm=\"1\"", "attribute"),
		BOOK_TEXT("<definedNames><definedName name=\"Auto_Open\">A1"
		    "</definedName></definedNames>", "value"),
		BOOK_TEXT("<definedNames><definedName name=\"_xlnm.auto"
		    "_close2\">A1</definedName></definedNames>", "value"),
		BOOK_TEXT("<definedNames><definedName name=\"\xef\xbc\xa1"
		    "aUTO_OPEN\">A1</definedName></definedNames>", "value"),
		BOOK_TEXT("<definedNames><definedName name=\"x\" xlm=\"1\">A1"
		    "</definedName></definedNames>", "attribute"),
		BOOK_TEXT("<workbookPr updateLinks=\"always\"/>",
		    "attribute"),
		BOOK_TEXT("<cacheSource type=\"external\"/>", "value"),
		BOOK_TEXT("<cacheSource type=\"worksheet\" "
		    "connectionId=\"1\"/>", "attribute"),
		BOOK_TEXT("<cacheField formula=\"[1]S!A1\"/>", "value"),
		BOOK_TEXT("<query mdx=\"x\"/>", "element"),
	};

	(void)state;
	REFUSED(changes);
}

#define RULES "{78C0D931-6437-407d-A8EE-F0AAD7539E65}"
#define LINES "{05C60535-1F16-4fd2-B633-F4F36F0B64E0}"
#define EXTRA(body) "<extLst>" body "</extLst>"
#define X14_SHEET DECL "<worksheet" X " xmlns:x14=\"http://schemas." \
	"microsoft.com/office/spreadsheetml/2009/9/main\" xmlns:xm=\"http://" \
	"schemas.microsoft.com/office/excel/2006/main\"><sheetData/>"
#define X14(body, why) { OPC_XLSX, "xl/worksheets/sheet1.xml", NULL, \
	X14_SHEET body "</worksheet>", why, NULL, NULL }
#define SPARKLINES(formula) "<ext uri=\"" LINES "\"><x14:sparklineGroups>" \
	"<x14:sparklineGroup><x14:sparklines><x14:sparkline><xm:f>" formula \
	"</xm:f><xm:sqref>A1</xm:sqref></x14:sparkline></x14:sparklines>" \
	"</x14:sparklineGroup></x14:sparklineGroups></ext>"

static void
extensions_are_those_that_are_known(void **state)
{
	static const struct change fine[] = {
		X14(EXTRA(SPARKLINES("Other!A1:B9")), ""),
		X14(EXTRA("<ext uri=\"" RULES "\"><x14:conditionalFormattings>"
		    "<x14:conditionalFormatting><x14:cfRule id=\"{00000000-"
		    "0000-4000-8000-0123456789aB}\"><x14:dxf><font><b/></font>"
		    "</x14:dxf></x14:cfRule></x14:conditionalFormatting>"
		    "</x14:conditionalFormattings></ext>"), ""),
	};
	static const struct change changes[] = {
		X14(EXTRA(SPARKLINES("[1]S!A1")), "formula"),
		X14(EXTRA(SPARKLINES("WEBSERVICE(A1)")), "formula"),
		X14(SPARKLINES("A1"), "element"),
		X14(EXTRA("<ext uri=\"{A8765BA9-456A-4dab-B4F3-ACF838C121DE}"
		    "\"/>"), "value"),
		X14(EXTRA("<ext/><x14:id>x</x14:id>"), "element"),
		X14("<sheetViews><extLst/></sheetViews>", "element"),
		X14("<x14:sparklineGroups/>", "element"),
		X14(EXTRA("<ext uri=\"" RULES "\"><x14:slicerList/></ext>"),
		    "element"),
		X14(EXTRA("<ext uri=\"" RULES "\"><x14:cfRule id=\"{x}\"/>"
		    "</ext>"), "value"),
		X14(EXTRA("<ext uri=\"" RULES "\"><x14:id>x</x14:id></ext>"),
		    "identifier"),
		X14(EXTRA("<ext uri=\"" RULES "\"><sheetData><xm:f>A1</xm:f>"
		    "</sheetData></ext>"), "element"),
	};

	(void)state;
	REFUSED(changes);
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		struct out o = make(xlsx, &fine[i]);
		const char *why = judge_opc(OPC_XLSX, &o, 9);

		if (why != NULL)
			fail_msg("%zu: %s", i, why);
		free(o.ptr);
	}
}

static void
entries_are_those_that_were_declared(void **state)
{
	static const struct change changes[] = {
		/* one more, declared by none */
		{ OPC_PPTX, "ppt/presentation.xml", NULL, NULL,
		    "content type", "ppt/notes.xml", DECL "<x/>" },
		{ OPC_PPTX, "ppt/slides/_rels/slide1.xml.rels", NULL, NULL,
		    "content type", "ppt/slides/A.bin", "MZ" },
		{ OPC_PPTX, "ppt/presentation.xml", NULL, NULL,
		    "content type", "ppt/media/vbaProject.bin", "MZ" },
		{ OPC_PPTX, "ppt/presentation.xml", NULL, NULL,
		    "order", "docProps/b.xml", DECL "<x/>" },
		/* no picture */
		{ OPC_PPTX, "ppt/media/image1.png", NULL, "MZ is none",
		    "", NULL, NULL },
		/* another root */
		{ OPC_PPTX, "ppt/slideLayouts/slideLayout1.xml", NULL,
		    DECL "<p:sldMaster" P "/>", "root", NULL, NULL },
		/* declared, but not there */
		{ OPC_PPTX, "ppt/slides/slide1.xml", NULL, NULL,
		    "not there", NULL, NULL },
	};
	static const struct change unnamed[] = {
		{ OPC_PPTX, "ppt/media/image1.png", NULL, NULL, "", NULL,
		    NULL },
		{ OPC_PPTX, "ppt/_rels/presentation.xml.rels", NULL, NULL,
		    "", NULL, NULL },
		{ OPC_PPTX, "_rels/.rels", NULL, NULL, "", NULL, NULL },
		{ OPC_PPTX, "[Content_Types].xml", NULL, NULL, "", NULL,
		    NULL },
		{ OPC_PPTX, "ppt/presentation.xml", NULL, NULL, "",
		    "ppt/media/image2.png", "x" },
	};

	(void)state;
	REFUSED(changes);
	for (size_t i = 0; i < sizeof(unnamed) / sizeof(unnamed[0]); i++) {
		struct out o = make(pptx, &unnamed[i]);

		assert_non_null(judge_opc(OPC_PPTX, &o, 13));
		free(o.ptr);
	}
}

/*
 * A bit turned anywhere is found by a length, a CRC or the form. Nothing is
 * deflated here: there the same bytes can be said in more than one way.
 */
static void
every_turned_bit_is_seen(void **state)
{
	struct out o;

	(void)state;
	deflated = false;
	o = make(pptx, NULL);
	for (size_t i = 0; i < 8 * o.len; i++) {
		o.ptr[i / 8] ^= (uint8_t)(1u << i % 8);
		if (judge_opc(OPC_PPTX, &o, o.len) == NULL)
			fail_msg("bit %zu of byte %zu", i % 8, i / 8);
		o.ptr[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	/* and so is an end that is missing */
	for (size_t n = 0; n < o.len; n += 7) {
		struct out cut = { .ptr = o.ptr, .len = n };

		assert_non_null(judge_opc(OPC_PPTX, &cut, cut.len + 1));
	}
	free(o.ptr);
	deflated = true;
}

static struct verify_result
judge_mail(const char *type, const char *name, const struct out *document)
{
	struct verify_result result;
	struct out o = { NULL, 0, 0 };
	int fd = memfd_create("mail", MFD_CLOEXEC);

	put_top_fields(&o);
	put_multipart(&o, 0, TEST_TEXT);
	put_part(&o, 0, type, name, document->ptr, document->len);
	put_delimiter(&o, 0, "--");
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, o.ptr, o.len), (ssize_t)o.len);
	verify_mail(fd, o.len, &result);
	close(fd);
	free(o.ptr);
	return result;
}

static void
a_mail_has_documents_of_the_type_that_it_says(void **state)
{
	static const char *const names[][2] = { [OPC_DOCX] = { WORD
	    "document", "文書.docx" }, [OPC_XLSX] = { EXCEL "sheet",
	    "表.xlsx" }, [OPC_PPTX] = { POINT "presentation", "資料.pptx" } };
	static const struct change bad = SLIDE("p:oleObj");
	struct verify_result result;
	struct out o;

	(void)state;
	for (enum opc_form form = OPC_DOCX; form <= OPC_PPTX; form++) {
		o = make(good[form], NULL);
		for (enum opc_form f = OPC_DOCX; f <= OPC_PPTX; f++) {
			result = judge_mail(names[f][0], names[f][1], &o);
			if (result.yes != (f == form))
				fail_msg("%d as %d: %s", form, f,
				    result.reason);
		}
		assert_false(judge_mail(names[form][0], "a.zip", &o).yes);
		assert_false(judge_mail("application/zip", names[form][1],
		    &o).yes);
		free(o.ptr);
	}
	o = make(pptx, &bad);
	result = judge_mail(names[OPC_PPTX][0], "a.pptx", &o);
	assert_false(result.yes);
	assert_non_null(strstr(result.reason, "ppt/slides/slide1.xml"));
	assert_non_null(strstr(result.reason, "p:oleObj"));
	free(o.ptr);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_documents_are_taken_in_any_split),
		cmocka_unit_test(
		    elements_that_load_or_start_something_are_refused),
		cmocka_unit_test(content_types_are_of_the_list_and_the_form),
		cmocka_unit_test(relations_lead_to_what_they_say),
		cmocka_unit_test(elements_name_relations_that_fit_them),
		cmocka_unit_test(values_are_of_their_class),
		cmocka_unit_test(extensions_are_those_that_are_known),
		cmocka_unit_test(entries_are_those_that_were_declared),
		cmocka_unit_test(every_turned_bit_is_seen),
		cmocka_unit_test(
		    a_mail_has_documents_of_the_type_that_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
