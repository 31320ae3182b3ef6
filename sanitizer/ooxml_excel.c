/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Excel: which parts of a workbook are kept, and what of SpreadsheetML
 * differs from its vocabulary. The hooks are in ooxml_excel_*.c.
 */
#include "ooxml_excel.h"

#include "ooxml.h"

#define END	{ XML_NS_NONE, NULL, 0, 0, NULL, NULL, NULL }
#define OUT(name, removed) \
	{ XML_NS_X, name, XML_DROP, 0, removed, NULL, NULL }
#define FILLED(name) \
	{ XML_NS_X, name, 0, 0, NULL, NULL, excel_filled_end }

#define FILLED14(name) \
	{ XML_NS_X14, name, 0, 0, NULL, NULL, excel_filled_end }

static const struct xml_rule rules[] = {
	{ XML_NS_X, "c", 0, 0, NULL, excel_cell_start, NULL },
	{ XML_NS_X, "f", XML_CAPTURE, 0, NULL, excel_formula_start,
	    excel_formula_end },
	{ XML_NS_X, "cfRule", 0, 0, NULL, excel_rule_start,
	    excel_format_end },
	{ XML_NS_X, "formula", XML_CAPTURE, 0, NULL, NULL,
	    excel_rule_formula_end },
	{ XML_NS_X, "cfvo", 0, 0, NULL, excel_limit_start, NULL },
	{ XML_NS_X, "dataValidation", 0, 0, NULL, excel_rule_start,
	    excel_rule_end },
	{ XML_NS_X, "formula1", XML_CAPTURE, 0, NULL, NULL,
	    excel_rule_formula_end },
	{ XML_NS_X, "formula2", XML_CAPTURE, 0, NULL, NULL,
	    excel_rule_formula_end },
	{ XML_NS_X, "hyperlink", 0, 0, "link", excel_link_start, NULL },
	{ XML_NS_X, "legacyDrawing", 0, 0, "drawing", excel_legacy_start,
	    NULL },
	/* without its printer's settings */
	{ XML_NS_X, "pageSetup", 0, XML_KEEP, NULL, NULL, NULL },
	{ XML_NS_X, "pivotSelection", 0, XML_KEEP, NULL, NULL, NULL },
	{ XML_NS_X, "picture", 0, 0, "picture", NULL, NULL },
	{ XML_NS_X, "drawing", 0, 0, "drawing", NULL, NULL },
	{ XML_NS_X, "sheetData", 0, 0, NULL, NULL, excel_data_end },
	{ XML_NS_X, "dataValidations", 0, 0, NULL, excel_counted_start,
	    excel_filled_end },
	{ XML_NS_X, "tableParts", 0, 0, NULL, excel_counted_start,
	    excel_filled_end },
	{ XML_NS_X, "extLst", 0, 0, NULL, excel_extensions_start,
	    excel_extensions_end },
	{ XML_NS_X, "ext", 0, 0, NULL, excel_extension_start,
	    excel_extension_end },
	{ XML_NS_X14, "id", XML_CAPTURE, 0, NULL, NULL, excel_format_id_end },
	FILLED14("conditionalFormattings"),
	{ XML_NS_X14, "conditionalFormatting", 0, 0, NULL,
	    excel_formats_start, excel_formats_end },
	{ XML_NS_X14, "cfRule", 0, 0, NULL, excel_format_start,
	    excel_format_end },
	FILLED14("sparklineGroups"),
	{ XML_NS_X14, "sparklineGroup", 0, 0, NULL, excel_formats_start,
	    excel_formats_end },
	FILLED14("sparklines"),
	{ XML_NS_X14, "sparkline", 0, 0, NULL, excel_sparkline_start,
	    excel_format_end },
	{ XML_NS_X14, "dataValidations", 0, 0, NULL, excel_validations_start,
	    excel_validations_end },
	{ XML_NS_X14, "dataValidation", 0, 0, NULL, excel_validation_start,
	    excel_validation_end },
	{ XML_NS_X14, "formula1", XML_UNWRAP, 0, NULL, NULL, NULL },
	{ XML_NS_X14, "formula2", XML_UNWRAP, 0, NULL, NULL, NULL },
	{ XML_NS_XM, "f", XML_CAPTURE, 0, NULL, NULL,
	    excel_extension_text_end },
	{ XML_NS_XM, "sqref", XML_CAPTURE, 0, NULL, NULL,
	    excel_extension_text_end },
	FILLED("conditionalFormatting"),
	FILLED("hyperlinks"),
	FILLED("definedNames"),
	FILLED("pivotCaches"),
	OUT("oleObjects", "ole-object"),
	OUT("controls", "form-control"),
	OUT("legacyDrawingHF", "picture"),
	OUT("drawingHF", "picture"),
	OUT("customProperties", "metadata"),
	OUT("cellWatches", "metadata"),
	OUT("customSheetViews", "custom-view"),
	OUT("customWorkbookViews", "custom-view"),
	OUT("webPublishItems", "external-link"),
	OUT("webPublishing", "external-link"),
	OUT("webPublishObjects", "external-link"),
	OUT("dataConsolidate", "external-link"),
	OUT("externalReferences", "external-link"),
	OUT("functionGroups", "macro"),
	OUT("smartTags", "smart-tag"),
	OUT("smartTagPr", "smart-tag"),
	OUT("smartTagTypes", "smart-tag"),
	OUT("fileSharing", "metadata"),
	OUT("fileRecoveryPr", "metadata"),
	OUT("oleSize", "ole-object"),
	OUT("securityDescriptor", "metadata"),
	OUT("commentPr", "comment-format"),
	OUT("xmlColumnPr", "external-link"),
	/* of data that a server has */
	OUT("calculatedMembers", "external-link"),
	OUT("tupleCache", "external-link"),
	{ XML_NS_X, "sheet", 0, 0, "sheet", excel_sheet_start, NULL },
	{ XML_NS_X, "workbookView", 0, 0, NULL, excel_view_start, NULL },
	{ XML_NS_X, "definedName", 0, 0, "macro", excel_name_start,
	    excel_name_end },
	{ XML_NS_X, "workbookPr", 0, 0, NULL, excel_book_start, NULL },
	{ XML_NS_X, "sheetPr", 0, 0, NULL, excel_book_start, NULL },
	{ XML_NS_X, "fileVersion", 0, 0, NULL, excel_book_start, NULL },
	{ XML_NS_X, "table", 0, 0, NULL, excel_table_start, NULL },
	{ XML_NS_X, "tableColumn", 0, 0, NULL, excel_table_start, NULL },
	{ XML_NS_X, "calculatedColumnFormula", XML_CAPTURE, 0, NULL,
	    excel_column_start, excel_column_end },
	{ XML_NS_X, "totalsRowFormula", XML_CAPTURE, 0, NULL,
	    excel_column_start, excel_column_end },
	{ XML_NS_X, "comment", 0, 0, "comment", excel_note_start, NULL },
	{ XML_NS_X, "pivotCacheDefinition", 0, XML_KEEP, NULL,
	    excel_cache_start, NULL },
	{ XML_NS_X, "cacheField", 0, 0, NULL, excel_cache_field_start,
	    NULL },
	{ XML_NS_X, "calculatedItem", 0, 0, NULL, excel_cache_field_start,
	    NULL },
	END
};

/* What lies over the cells. */
static const struct xml_rule drawing_rules[] = {
	{ XML_NS_XDR, "twoCellAnchor", 0, 0, "drawing", excel_anchor_start,
	    excel_anchor_end },
	{ XML_NS_XDR, "oneCellAnchor", 0, 0, "drawing", excel_anchor_start,
	    excel_anchor_end },
	{ XML_NS_XDR, "absoluteAnchor", 0, 0, "drawing", excel_anchor_start,
	    excel_anchor_end },
	{ XML_NS_XDR, "sp", 0, 0, NULL, ooxml_text_link_start,
	    excel_shape_end },
	{ XML_NS_XDR, "cNvPr", 0, 0, NULL, excel_properties_start, NULL },
	{ XML_NS_XDR, "txBody", 0, 0, NULL, NULL, excel_body_end },
	{ XML_NS_A, "t", 0, 0, NULL, excel_words_start, excel_words_end },
	{ XML_NS_XDR, "grpSp", 0, 0, NULL, NULL, excel_object_end },
	{ XML_NS_XDR, "cxnSp", 0, 0, NULL, NULL, excel_object_end },
	{ XML_NS_XDR, "pic", 0, 0, NULL, NULL, excel_object_end },
	{ XML_NS_XDR, "graphicFrame", 0, 0, NULL, NULL, excel_frame_end },
	END
};

static const char *const book_children[] = { "fileVersion", "workbookPr",
    "workbookProtection", "bookViews", "sheets", "definedNames", "calcPr",
    "pivotCaches", NULL };
static const char *const sheet_children[] = { "sheetPr", "dimension",
    "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr",
    "sheetProtection", "protectedRanges", "scenarios", "autoFilter",
    "sortState", "mergeCells", "phoneticPr", "conditionalFormatting",
    "dataValidations", "hyperlinks", "printOptions", "pageMargins",
    "pageSetup", "headerFooter", "rowBreaks", "colBreaks", "ignoredErrors",
    "drawing", "legacyDrawing", "picture", "tableParts", "extLst", NULL };
static const char *const chart_children[] = { "sheetPr", "sheetViews",
    "sheetProtection", "pageMargins", "pageSetup", "headerFooter", "drawing",
    "picture", NULL };

static const enum xml_ns namespaces[] = { XML_NS_X, XML_NS_R, XML_NS_NONE };
static const enum xml_ns sheet_namespaces[] = { XML_NS_X, XML_NS_R,
    XML_NS_X14, XML_NS_XM, XML_NS_NONE };
static const enum xml_ns drawing_namespaces[] = { XML_NS_XDR, XML_NS_A,
    XML_NS_R, XML_NS_C, XML_NS_DGM, XML_NS_LC, XML_NS_NONE };
static const struct xml_names *const names[] = { &ooxml_x, NULL };
static const struct xml_names *const sheet_names[] = { &ooxml_x, &ooxml_x14,
    &ooxml_xm, NULL };
static const struct xml_names *const drawing_names[] = { &ooxml_xdr,
    &ooxml_a, &ooxml_c, &ooxml_dgm, &ooxml_lc, NULL };

#define TABLE(root_, children_) { .root_ns = XML_NS_X, .root = root_, \
	.namespaces = namespaces, .names = names, .rules = { rules }, \
	.children = children_ }

static const struct xml_table book = TABLE("workbook", book_children);
static const struct xml_table sheet = { .root_ns = XML_NS_X,
    .root = "worksheet", .namespaces = sheet_namespaces,
    .names = sheet_names, .rules = { rules }, .children = sheet_children };
static const struct xml_table chartsheet =
    TABLE("chartsheet", chart_children);
static const struct xml_table strings = TABLE("sst", NULL);
static const struct xml_table styles = TABLE("styleSheet", NULL);
static const struct xml_table table = TABLE("table", NULL);
static const struct xml_table comments = TABLE("comments", NULL);
static const struct xml_table pivot = TABLE("pivotTableDefinition", NULL);
static const struct xml_table cache = TABLE("pivotCacheDefinition", NULL);
static const struct xml_table records = TABLE("pivotCacheRecords", NULL);
static const struct xml_table drawing = { .root_ns = XML_NS_XDR,
    .root = "wsDr", .namespaces = drawing_namespaces,
    .names = drawing_names, .rules = { drawing_rules,
    ooxml_drawing_rules }, .choice = XML_NS_A14 };

#define EXCEL	OOXML_TYPE "spreadsheetml."
#define MS	"application/vnd.ms-excel."
#define KIND(relation_, name_, table_, implicit_, single_) \
	{ .relation = relation_, .types = { EXCEL relation_ "+xml" }, \
	    .out_type = EXCEL relation_ "+xml", .out_name = "xl/" name_, \
	    .table = &table_, .implicit = implicit_, .single = single_, \
	    .open = excel_part_open }

const struct opc_kind ooxml_excel_kinds[] = {
	{ .relation = "officeDocument", .types = { EXCEL "sheet.main+xml",
	    EXCEL "template.main+xml", MS "sheet.macroEnabled.main+xml",
	    MS "template.macroEnabled.main+xml",
	    MS "addin.macroEnabled.main+xml" },
	    .out_type = EXCEL "sheet.main+xml",
	    .out_name = "xl/workbook.xml", .table = &book, .single = true,
	    .open = excel_part_open },
	KIND("worksheet", "worksheets/sheet%u.xml", sheet, false, false),
	KIND("chartsheet", "chartsheets/sheet%u.xml", chartsheet, false,
	    false),
	KIND("sharedStrings", "sharedStrings.xml", strings, true, true),
	KIND("styles", "styles.xml", styles, true, true),
	KIND("table", "tables/table%u.xml", table, false, false),
	KIND("comments", "comments%u.xml", comments, true, false),
	KIND("pivotTable", "pivotTables/pivotTable%u.xml", pivot, true,
	    false),
	KIND("pivotCacheDefinition",
	    "pivotCache/pivotCacheDefinition%u.xml", cache, true, false),
	KIND("pivotCacheRecords", "pivotCache/pivotCacheRecords%u.xml",
	    records, false, false),
	{ .relation = "drawing", .types = { OOXML_TYPE "drawing+xml" },
	    .out_type = OOXML_TYPE "drawing+xml",
	    .out_name = "xl/drawings/drawing%u.xml", .table = &drawing,
	    .open = excel_part_open },
	{ .relation = "vmlDrawing", .types = { OOXML_TYPE "vmlDrawing" },
	    .out_type = OOXML_TYPE "vmlDrawing",
	    .out_name = "xl/drawings/vmlDrawing%u.vml", .make = excel_vml },
	OOXML_DRAWING_KINDS("xl"),
};
const unsigned ooxml_excel_kinds_n =
    sizeof(ooxml_excel_kinds) / sizeof(ooxml_excel_kinds[0]);
