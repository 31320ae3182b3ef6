/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Word: which parts of a document are kept, and what of WordprocessingML
 * differs from its vocabulary. Fields are in ooxml_field.c.
 */
#include <string.h>

#include "ooxml.h"
#include "ooxml_field.h"

/* An OLE object keeps its picture: w:object is written as w:pict. */
static enum err
object_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	enum err err = field_content_start(rw, tag, action);

	tag->name = "pict";
	return err;
}

/* A drawing of nothing is not a drawing. */
static enum err
drawing_end(struct xml_rewrite *rw)
{
	if (rw->hollow)
		xml_rewrite_forget(rw);
	rw->hollow = false;
	return OK;
}

/* To the web by a relation, or to a bookmark; as opc_link_target() says. */
static enum err
link_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	(void)rw;
	*action = XML_AS_NAMED;
	for (unsigned i = 0; i < tag->attributes_n; i++) {
		struct xml_attribute *a = &tag->attributes[i];

		if (a->ns == XML_NS_W && strcmp(a->name, "anchor") == 0)
			a->drop = !opc_is_place(a->value);
	}
	return OK;
}

/*
 * Boxes and lists to fill in work only in what is protected as a form; any
 * other protection, and the password, goes.
 */
static enum err
protection_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	struct span edit;

	(void)rw;
	*action = xml_tag_value(tag, XML_NS_W, "edit", &edit) &&
	    span_equal(edit, SPAN("forms")) ? XML_AS_NAMED : XML_DROP;
	for (unsigned i = 0; i < tag->attributes_n; i++)
		tag->attributes[i].drop |= tag->attributes[i].ns != XML_NS_W ||
		    (strcmp(tag->attributes[i].name, "edit") != 0 &&
		    strcmp(tag->attributes[i].name, "enforcement") != 0);
	return OK;
}

/* Settings of Word itself; others are of programs that we do not know. */
static enum err
compatibility_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	struct span uri;

	(void)rw;
	*action = xml_tag_value(tag, XML_NS_W, "uri", &uri) && span_equal(uri,
	    SPAN("http://schemas.microsoft.com/office/word")) ?
	    XML_AS_NAMED : XML_DROP;
	return OK;
}

#define W(name, action, removed) \
	{ XML_NS_W, name, action, 0, removed, NULL, NULL }

static const struct xml_rule rules[] = {
	{ XML_NS_W, "p", 0, 0, NULL, NULL, field_paragraph_end },
	{ XML_NS_W, "t", 0, 0, NULL, field_content_start, NULL },
	{ XML_NS_W, "fldChar", 0, 0, "field", field_char_start,
	    field_char_end },
	{ XML_NS_W, "instrText", XML_CAPTURE, 0, NULL, NULL,
	    field_instruction_end },
	{ XML_NS_W, "fldSimple", 0, 0, NULL, field_simple_start, NULL },
	{ XML_NS_W, "drawing", 0, 0, NULL, field_content_start,
	    drawing_end },
	{ XML_NS_W, "pict", 0, 0, NULL, field_content_start, NULL },
	{ XML_NS_W, "object", 0, 0, "ole-object", object_start, NULL },
	{ XML_NS_W, "hyperlink", 0, XML_UNWRAP, NULL, link_start, NULL },
	{ XML_NS_W, "documentProtection", 0, 0, "protection",
	    protection_start, NULL },
	{ XML_NS_W, "compatSetting", 0, 0, NULL, compatibility_start, NULL },
	W("control", XML_DROP, "activex"),
	W("altChunk", XML_DROP, "embedded-file"),
	W("subDoc", XML_DROP, "external-link"),
	W("movie", XML_DROP, "media"),
	W("customXml", XML_UNWRAP, "custom-xml"),
	W("smartTag", XML_UNWRAP, "smart-tag"),
	W("customXmlPr", XML_DROP, "custom-xml"),
	W("smartTagPr", XML_DROP, "smart-tag"),
	W("dataBinding", XML_DROP, "custom-xml"),
	W("attachedTemplate", XML_DROP, "template"),
	W("linkStyles", XML_DROP, "template"),
	W("mailMerge", XML_DROP, "mail-merge"),
	W("docVars", XML_DROP, "document-variables"),
	W("rsids", XML_DROP, "metadata"),
	W("rsid", XML_DROP, "metadata"),
	W("updateFields", XML_DROP, "field"),
	W("entryMacro", XML_DROP, "macro"),
	W("exitMacro", XML_DROP, "macro"),
	W("delInstrText", XML_DROP, "field"),
	W("fldData", XML_DROP, "field"),
	W("embedRegular", XML_DROP, "font"),
	W("embedBold", XML_DROP, "font"),
	W("embedItalic", XML_DROP, "font"),
	W("embedBoldItalic", XML_DROP, "font"),
	W("printerSettings", XML_DROP, "printer-settings"),
	W("saveThroughXslt", XML_DROP, "external-link"),
	{ XML_NS_NONE, NULL, 0, 0, NULL, NULL, NULL }
};

/* Of the settings only what lays out the page, or lets a form be filled. */
static const char *const settings[] = {
	"zoom", "mirrorMargins", "alignBordersAndEdges",
	"bordersDoNotSurroundHeader", "bordersDoNotSurroundFooter",
	"gutterAtTop", "trackRevisions", "doNotTrackMoves",
	"doNotTrackFormatting", "documentProtection", "defaultTabStop",
	"autoHyphenation",
	"consecutiveHyphenLimit", "hyphenationZone", "doNotHyphenateCaps",
	"evenAndOddHeaders", "bookFoldRevPrinting", "bookFoldPrinting",
	"bookFoldPrintingSheets", "drawingGridHorizontalSpacing",
	"drawingGridVerticalSpacing", "displayHorizontalDrawingGridEvery",
	"displayVerticalDrawingGridEvery", "characterSpacingControl",
	"noLineBreaksAfter", "noLineBreaksBefore",
	"strictFirstAndLastChars", "noPunctuationKerning", "footnotePr",
	"endnotePr", "compat", "mathPr", "themeFontLang",
	"clrSchemeMapping", "displayBackgroundShape", "decimalSymbol",
	"listSeparator", NULL
};

static const enum xml_ns namespaces[] = { XML_NS_W, XML_NS_R, XML_NS_M,
    XML_NS_WP, XML_NS_WP14, XML_NS_WPS, XML_NS_WPG, XML_NS_WPC, XML_NS_A,
    XML_NS_PIC, XML_NS_C, XML_NS_DGM, XML_NS_LC, XML_NS_V, XML_NS_O,
    XML_NS_W10, XML_NS_W14, XML_NS_NONE };
static const struct xml_names *const names[] = { &ooxml_w, &ooxml_m,
    &ooxml_wp, &ooxml_wp14, &ooxml_wps, &ooxml_wpg, &ooxml_wpc, &ooxml_a,
    &ooxml_pic, &ooxml_c, &ooxml_dgm, &ooxml_lc, &ooxml_v, &ooxml_o,
    &ooxml_w10, &ooxml_w14, NULL };

#define TABLE(root_, children_) { .root_ns = XML_NS_W, .root = root_, \
	.namespaces = namespaces, .names = names, \
	.rules = { rules, ooxml_drawing_rules }, .children = children_ }

static const struct xml_table document = TABLE("document", NULL);
static const struct xml_table styles = TABLE("styles", NULL);
static const struct xml_table settings_table = TABLE("settings", settings);
static const struct xml_table fonts = TABLE("fonts", NULL);
static const struct xml_table numbering = TABLE("numbering", NULL);
static const struct xml_table footnotes = TABLE("footnotes", NULL);
static const struct xml_table endnotes = TABLE("endnotes", NULL);
static const struct xml_table header = TABLE("hdr", NULL);
static const struct xml_table footer = TABLE("ftr", NULL);
static const struct xml_table comments = TABLE("comments", NULL);

static enum err
open_part(struct opc *opc, struct opc_part *part, struct xml_rewrite *rw)
{
	struct field_state *state = arena_alloc(opc->arena, sizeof(*state));

	(void)part;
	if (state == NULL)
		return ERR_LIMIT;
	field_init(state, opc->arena);
	rw->state = state;
	return OK;
}

static enum err
close_part(struct opc *opc, struct opc_part *part, struct xml_rewrite *rw)
{
	(void)opc;
	(void)part;
	field_fini(rw->state);
	return OK;
}

#define WORD	OOXML_TYPE "wordprocessingml."
#define MS	"application/vnd.ms-word."
#define KIND(relation_, type_, name_, table_, implicit_) \
	{ .relation = relation_, .types = { WORD type_ "+xml" }, \
	    .out_type = WORD type_ "+xml", .out_name = "word/" name_ ".xml", \
	    .table = &table_, .implicit = implicit_, .single = implicit_, \
	    .open = open_part, .close = close_part }

const struct opc_kind ooxml_word_kinds[] = {
	{ .relation = "officeDocument", .types = {
	    WORD "document.main+xml", WORD "template.main+xml",
	    MS "document.macroEnabled.main+xml",
	    MS "template.macroEnabledTemplate.main+xml" },
	    .out_type = WORD "document.main+xml",
	    .out_name = "word/document.xml", .table = &document,
	    .single = true, .open = open_part, .close = close_part },
	KIND("styles", "styles", "styles", styles, true),
	KIND("settings", "settings", "settings", settings_table, true),
	KIND("fontTable", "fontTable", "fontTable", fonts, true),
	KIND("numbering", "numbering", "numbering", numbering, true),
	KIND("footnotes", "footnotes", "footnotes", footnotes, true),
	KIND("endnotes", "endnotes", "endnotes", endnotes, true),
	KIND("comments", "comments", "comments", comments, true),
	KIND("header", "header", "header%u", header, false),
	KIND("footer", "footer", "footer%u", footer, false),
	OOXML_DRAWING_KINDS("word"),
};
const unsigned ooxml_word_kinds_n =
    sizeof(ooxml_word_kinds) / sizeof(ooxml_word_kinds[0]);
