/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_OOXML_H
#define SEKISHO_SANITIZER_OOXML_H

#include "opc.h"

/*
 * HOW A PART IS DESCRIBED. An application (ooxml_word.c) has an array of
 * struct opc_kind, one row for each kind of part: the relation it is reached
 * by, the content types it comes as, the one it is written as, its name, and
 * its struct xml_table. A table names
 *
 *   root         the element that the part must begin with
 *   namespaces   what is declared there, in this order, used or not
 *   names        vocabularies: elements, whether they hold text, and their
 *                attributes. They are the lists of ECMA-376
 *                (ooxml_*_table.h) without what may never be written; an
 *                element or attribute that is in none is left out, counted
 *   rules        what differs for an element: dropped, unwrapped, looked at
 *                by a hook, and what it is called in the report. The first
 *                that fits counts: own rules stand before shared ones
 *   children     where only some children of the root may pass (settings)
 *
 * An attribute of namespace r (and o:relid) names a relation. It is written
 * with a new id if the relation is kept; if an element has such attributes
 * and none is left, the element goes, or does as its rule's `orphan` says.
 * A hook that returns XML_KEEP may leave such a value empty. An element that
 * makes no sense without a child that went (a:graphicData) sets rw->hollow;
 * who holds it (w:drawing) takes itself back at its end.
 *
 * To add an application: its kinds and tables in a file of its own, drawings
 * by OOXML_DRAWING_KINDS("xl") and ooxml_drawing_rules, a row in
 * format_ooxml.c.
 *
 * SHAPE of what is written; an independent reader may insist on all of it.
 *
 * 1. ZIP as of zip.h. Entries: "[Content_Types].xml", "_rels/.rels", then
 *    all others by the bytes of their names: parts, among them always
 *    docProps/app.xml and docProps/core.xml, and beside each part that has
 *    relations its _rels/NAME.rels. Pictures are stored, all else deflated
 *    where that is shorter. Names are of a-z A-Z 0-9 . _ / only.
 * 2. An XML part is UTF-8 without BOM:
 *	part    = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' LF
 *	          element
 *	element = "<" name *attr "/>" /
 *	          "<" name *attr ">" 1*( text / element ) "</" name ">"
 *	attr    = " " name '="' value '"'
 *    no other blanks in tags; an element is written as "/>" if and only if
 *    it has no content; no comments, processing instructions or CDATA.
 *    name is PREFIX:LOCAL with the prefix of xml_namespace.c, no prefix for
 *    elements of SpreadsheetML, content types, relations and app.xml. All
 *    namespaces are declared at the root, before its attributes, in the order
 *    of the table; nowhere else.
 *    In text & < > CR are &amp; &lt; &gt; &#13;. In values & < > " TAB LF
 *    are &amp; &lt; &gt; &quot; &#9; &#10;, the last two only where people
 *    write lines (xml_write.c); no other control character is in a value. No
 *    other references. Text stands only in elements
 *    whose vocabulary says so; no blanks between elements.
 *    vmlDrawingN.vml (Excel) is of this form as well: <xml> of no namespace
 *    with v, o and xvml, one v:shape for each comment, all alike but for id,
 *    xvml:Anchor, xvml:Row and xvml:Column (ooxml_excel_note.c).
 * 3. [Content_Types].xml: Default for jpeg, png, rels, xml in this order,
 *    then Override for docProps/app.xml, docProps/core.xml, the main part
 *    and each other part but pictures, by name. Attributes in the order
 *    Extension/PartName, ContentType.
 * 4. _rels/.rels: rId1 officeDocument, rId2 core-properties, rId3
 *    extended-properties. Others: rId1, rId2 ... by number, without gaps:
 *    first those that need no reference (styles), then in the order in which
 *    the part names them. Attributes Id, Type, Target, and TargetMode
 *    "External" for hyperlinks to http:, https:, mailto: or #place (of
 *    0x21-0x7E without " ' < > \ ^ ` { | }). Internal targets are relative to
 *    the part's folder. Types have the transitional base.
 *    _rels/.rels has these three and no others. A relation leads to a part of
 *    the content type that belongs to it. What leads out is named by elements
 *    of links only (w:hyperlink, hyperlink, a:hlinkClick, a:hlinkHover), and
 *    these name nothing else but slides; a:blip, v:imagedata, v:fill,
 *    v:stroke, dgm:shape and picture name pictures only.
 *    An empty value stands only in jumps within a show (a:hlinkClick,
 *    a:hlinkHover with ppaction://hlinkshowjump?jump=...), which have no
 *    other; hlinksldjump names a slide, no action what leads out.
 *    Values that reach out have a class each: verify_opc_value.c.
 * 5. docProps/app.xml is opc_app_xml or opc_app_microsoft_xml; core.xml has at
 *    most dc:title, dcterms:created and dcterms:modified in this order.
 * 6. Extensions: <extLst> at the end of a worksheet, with one <ext> each of
 *    x14:conditionalFormattings and x14:sparklineGroups, and in <cfRule> with
 *    one of x14:id; <dgm:extLst> at the end of a diagram's data, with
 *    dsp:dataModelExt; w14:checkbox in <w:sdtPr>. No others.
 */

/* Vocabularies, by their prefix. */
extern const struct xml_names ooxml_w, ooxml_m, ooxml_wp, ooxml_wp14,
    ooxml_wps, ooxml_wpg, ooxml_wpc, ooxml_a, ooxml_pic, ooxml_c, ooxml_cdr,
    ooxml_dgm, ooxml_dsp, ooxml_lc, ooxml_xdr, ooxml_v, ooxml_o, ooxml_w10,
    ooxml_xvml, ooxml_pvml, ooxml_x, ooxml_x14, ooxml_xm, ooxml_w14,
    ooxml_cs, ooxml_p;

/* Rules for a:, pic:, v:, o: and the like; ends as rule lists do. */
extern const struct xml_rule ooxml_drawing_rules[];

/* A hook of xdr:sp and cdr:sp: their textlink is a formula. */
enum err ooxml_text_link_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action);

/* Tables of parts that all applications have. */
extern const struct xml_table ooxml_theme_table, ooxml_theme_override_table,
    ooxml_chart_table, ooxml_chart_shapes_table, ooxml_diagram_data_table,
    ooxml_diagram_layout_table, ooxml_diagram_style_table,
    ooxml_diagram_colors_table, ooxml_diagram_drawing_table,
    ooxml_chart_style_table, ooxml_chart_color_table;

#define OOXML_CHART_STYLE \
	"http://schemas.microsoft.com/office/2011/relationships/"
#define OOXML_TYPE "application/vnd.openxmlformats-officedocument."

/* Their kinds; folder is a literal: "word". */
#define OOXML_DRAWING_KINDS(folder) \
	{ .relation = "image", .types = { "image/" }, .out_type = NULL, \
	    .out_name = folder "/media/image%u", .class = OPC_PICTURE }, \
	{ .relation = "theme", .types = { OOXML_TYPE "theme+xml" }, \
	    .out_type = OOXML_TYPE "theme+xml", \
	    .out_name = folder "/theme/theme%u.xml", \
	    .table = &ooxml_theme_table, .implicit = true }, \
	{ .relation = "themeOverride", \
	    .types = { OOXML_TYPE "themeOverride+xml" }, \
	    .out_type = OOXML_TYPE "themeOverride+xml", \
	    .out_name = folder "/theme/themeOverride%u.xml", \
	    .table = &ooxml_theme_override_table, .implicit = true }, \
	{ .relation = "chart", .types = { OOXML_TYPE "drawingml.chart+xml" }, \
	    .out_type = OOXML_TYPE "drawingml.chart+xml", \
	    .out_name = folder "/charts/chart%u.xml", \
	    .table = &ooxml_chart_table }, \
	{ .relation = "chartStyle", \
	    .types = { "application/vnd.ms-office.chartstyle+xml" }, \
	    .out_type = "application/vnd.ms-office.chartstyle+xml", \
	    .out_name = folder "/charts/style%u.xml", \
	    .table = &ooxml_chart_style_table, .implicit = true, \
	    .relation_type = OOXML_CHART_STYLE "chartStyle" }, \
	{ .relation = "chartColorStyle", \
	    .types = { "application/vnd.ms-office.chartcolorstyle+xml" }, \
	    .out_type = "application/vnd.ms-office.chartcolorstyle+xml", \
	    .out_name = folder "/charts/colors%u.xml", \
	    .table = &ooxml_chart_color_table, .implicit = true, \
	    .relation_type = OOXML_CHART_STYLE "chartColorStyle" }, \
	{ .relation = "chartUserShapes", \
	    .types = { OOXML_TYPE "drawingml.chartshapes+xml" }, \
	    .out_type = OOXML_TYPE "drawingml.chartshapes+xml", \
	    .out_name = folder "/drawings/chartShapes%u.xml", \
	    .table = &ooxml_chart_shapes_table }, \
	{ .relation = "diagramData", \
	    .types = { OOXML_TYPE "drawingml.diagramData+xml" }, \
	    .out_type = OOXML_TYPE "drawingml.diagramData+xml", \
	    .out_name = folder "/diagrams/data%u.xml", \
	    .table = &ooxml_diagram_data_table }, \
	{ .relation = "diagramLayout", \
	    .types = { OOXML_TYPE "drawingml.diagramLayout+xml" }, \
	    .out_type = OOXML_TYPE "drawingml.diagramLayout+xml", \
	    .out_name = folder "/diagrams/layout%u.xml", \
	    .table = &ooxml_diagram_layout_table }, \
	{ .relation = "diagramQuickStyle", \
	    .types = { OOXML_TYPE "drawingml.diagramStyle+xml" }, \
	    .out_type = OOXML_TYPE "drawingml.diagramStyle+xml", \
	    .out_name = folder "/diagrams/quickStyle%u.xml", \
	    .table = &ooxml_diagram_style_table }, \
	{ .relation = "diagramColors", \
	    .types = { OOXML_TYPE "drawingml.diagramColors+xml" }, \
	    .out_type = OOXML_TYPE "drawingml.diagramColors+xml", \
	    .out_name = folder "/diagrams/colors%u.xml", \
	    .table = &ooxml_diagram_colors_table }, \
	{ .relation = "diagramDrawing", .types = { \
	    "application/vnd.ms-office.drawingml.diagramDrawing+xml" }, \
	    .out_type = \
	    "application/vnd.ms-office.drawingml.diagramDrawing+xml", \
	    .out_name = folder "/diagrams/drawing%u.xml", \
	    .table = &ooxml_diagram_drawing_table, .implicit = true, \
	    .relation_type = "http://schemas.microsoft.com/office/2007/" \
	    "relationships/diagramDrawing" }

extern const struct opc_kind ooxml_word_kinds[];
extern const unsigned ooxml_word_kinds_n;
extern const struct opc_kind ooxml_excel_kinds[];
extern const unsigned ooxml_excel_kinds_n;
extern const struct opc_kind ooxml_powerpoint_kinds[];
extern const unsigned ooxml_powerpoint_kinds_n;

#endif
