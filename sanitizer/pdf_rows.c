/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of what a PDF may hold. Keys of one class that all have plain
 * values stand in one text, with a blank behind each.
 */
#include <string.h>

#include "pdf_rows.h"

#define STREAM		"/Length /Filter "

/* Keys whose values are numbers, names or texts. */
static const char *const values[PDF_CLASS_N] = {
	[PDF_PAGE] = "/Type /Parent /MediaBox /CropBox /BleedBox /TrimBox "
	    "/ArtBox /Rotate /UserUnit ",
	[PDF_RESOURCES] = "/ProcSet ",
	[PDF_IMAGE] = STREAM "/Type /Subtype /Width /Height "
	    "/BitsPerComponent /Decode /ImageMask /Interpolate /Intent "
	    "/Matte /SMaskInData ",
	[PDF_FORM] = STREAM "/Type /Subtype /FormType /BBox /Matrix ",
	[PDF_FONT] = "/Type /Subtype /BaseFont /FirstChar /LastChar /Widths "
	    "/W /DW /W2 /DW2 /FontMatrix /FontBBox /Name ",
	[PDF_DESCRIPTOR] = "/Type /FontName /FontFamily /Flags /FontBBox "
	    "/ItalicAngle /Ascent /Descent /Leading /CapHeight /XHeight "
	    "/StemV /StemH /AvgWidth /MaxWidth /MissingWidth /CharSet "
	    "/FontStretch /FontWeight ",
	[PDF_FONT_FILE] = STREAM "/Length1 /Length2 /Length3 /Subtype ",
	[PDF_ENCODING] = STREAM "/Type /BaseEncoding /Differences /CMapName "
	    "/WMode ",
	[PDF_CID_SYSTEM] = "/Registry /Ordering /Supplement ",
	[PDF_STATE] = "/Type /LW /LC /LJ /ML /D /RI /OP /op /OPM /FL /SM /SA "
	    "/BM /CA /ca /AIS /TK ",
	[PDF_SOFT_MASK] = "/Type /S /BC ",
	[PDF_SPACE] = STREAM "/WhitePoint /BlackPoint /Gamma /Matrix /Range "
	    "/N /Subtype /Components /FunctionType /Domain /Size "
	    "/BitsPerSample /Order /Encode /Decode /C0 /C1 /Bounds ",
	[PDF_PATTERN] = STREAM "/Type /PatternType /PaintType /TilingType "
	    "/BBox /XStep /YStep /Matrix ",
	[PDF_SHADING] = STREAM "/ShadingType /Background /BBox /AntiAlias "
	    "/Coords /Domain /Extend /Matrix /BitsPerCoordinate "
	    "/BitsPerComponent /BitsPerFlag /Decode /VerticesPerRow ",
	[PDF_FUNCTION] = STREAM "/FunctionType /Domain /Range /Size "
	    "/BitsPerSample /Order /Encode /Decode /C0 /C1 /N /Bounds ",
	[PDF_GROUP] = "/Type /S /I /K ",
	[PDF_PARAMETERS] = STREAM "/Predictor /Colors /BitsPerComponent "
	    "/Columns /EarlyChange /K /EndOfLine /EncodedByteAlign /Rows "
	    "/EndOfBlock /BlackIs1 /DamagedRowsBeforeError /ColorTransform ",
	[PDF_PROCEDURE] = STREAM,
	[PDF_LAYER] = "/Type /Name /P /OCGs ",
	[PDF_ANNOTATION] = "/Type /Subtype /Rect /AS /F /C /Border "
	    "/QuadPoints /L /LE /IC /Vertices /InkList /Q /RD /DA /Contents ",
	[PDF_BORDER] = "/Type /W /S /D ",
};

static const struct {
	enum pdf_class	class;
	const char	*key;
	enum pdf_class	child;
} rows[] = {
	{ PDF_PAGE, "/Contents", PDF_PROCEDURE },
	{ PDF_PAGE, "/Resources", PDF_RESOURCES },
	{ PDF_PAGE, "/Group", PDF_GROUP },
	{ PDF_PAGE, "/Annots", PDF_ANNOTATION },
	{ PDF_RESOURCES, "/Font", PDF_FONTS },
	{ PDF_RESOURCES, "/XObject", PDF_XOBJECTS },
	{ PDF_RESOURCES, "/ExtGState", PDF_STATES },
	{ PDF_RESOURCES, "/ColorSpace", PDF_SPACES },
	{ PDF_RESOURCES, "/Pattern", PDF_PATTERNS },
	{ PDF_RESOURCES, "/Shading", PDF_SHADINGS },
	{ PDF_RESOURCES, "/Properties", PDF_PROPERTIES },
	{ PDF_IMAGE, "/ColorSpace", PDF_SPACE },
	{ PDF_IMAGE, "/DecodeParms", PDF_PARAMETERS },
	{ PDF_IMAGE, "/Mask", PDF_IMAGE },
	{ PDF_IMAGE, "/SMask", PDF_IMAGE },
	{ PDF_IMAGE, "/OC", PDF_LAYER },
	{ PDF_FORM, "/Resources", PDF_RESOURCES },
	{ PDF_FORM, "/Group", PDF_GROUP },
	{ PDF_FORM, "/DecodeParms", PDF_PARAMETERS },
	{ PDF_FORM, "/OC", PDF_LAYER },
	{ PDF_FONT, "/FontDescriptor", PDF_DESCRIPTOR },
	{ PDF_FONT, "/Encoding", PDF_ENCODING },
	{ PDF_FONT, "/ToUnicode", PDF_ENCODING },
	{ PDF_FONT, "/DescendantFonts", PDF_FONT },
	{ PDF_FONT, "/CIDSystemInfo", PDF_CID_SYSTEM },
	{ PDF_FONT, "/CIDToGIDMap", PDF_FONT_FILE },
	{ PDF_FONT, "/CharProcs", PDF_PROCEDURES },
	{ PDF_FONT, "/Resources", PDF_RESOURCES },
	{ PDF_DESCRIPTOR, "/FontFile", PDF_FONT_FILE },
	{ PDF_DESCRIPTOR, "/FontFile2", PDF_FONT_FILE },
	{ PDF_DESCRIPTOR, "/FontFile3", PDF_FONT_FILE },
	{ PDF_DESCRIPTOR, "/CIDSet", PDF_FONT_FILE },
	{ PDF_FONT_FILE, "/DecodeParms", PDF_PARAMETERS },
	{ PDF_ENCODING, "/CIDSystemInfo", PDF_CID_SYSTEM },
	{ PDF_ENCODING, "/UseCMap", PDF_ENCODING },
	{ PDF_ENCODING, "/DecodeParms", PDF_PARAMETERS },
	{ PDF_STATE, "/Font", PDF_FONT },
	{ PDF_STATE, "/SMask", PDF_SOFT_MASK },
	{ PDF_SOFT_MASK, "/G", PDF_FORM },
	{ PDF_SOFT_MASK, "/TR", PDF_FUNCTION },
	{ PDF_SPACE, "/Alternate", PDF_SPACE },
	{ PDF_SPACE, "/DecodeParms", PDF_PARAMETERS },
	{ PDF_SPACE, "/Functions", PDF_FUNCTION },
	{ PDF_SPACE, "/Colorants", PDF_SPACES },
	{ PDF_SPACE, "/Process", PDF_SPACE },
	{ PDF_SPACE, "/ColorSpace", PDF_SPACE },
	{ PDF_PATTERN, "/Resources", PDF_RESOURCES },
	{ PDF_PATTERN, "/Shading", PDF_SHADING },
	{ PDF_PATTERN, "/ExtGState", PDF_STATE },
	{ PDF_PATTERN, "/DecodeParms", PDF_PARAMETERS },
	{ PDF_SHADING, "/ColorSpace", PDF_SPACE },
	{ PDF_SHADING, "/Function", PDF_FUNCTION },
	{ PDF_SHADING, "/DecodeParms", PDF_PARAMETERS },
	{ PDF_FUNCTION, "/Functions", PDF_FUNCTION },
	{ PDF_FUNCTION, "/DecodeParms", PDF_PARAMETERS },
	{ PDF_GROUP, "/CS", PDF_SPACE },
	{ PDF_PARAMETERS, "/JBIG2Globals", PDF_PARAMETERS },
	{ PDF_PROCEDURE, "/DecodeParms", PDF_PARAMETERS },
	{ PDF_ANNOTATION, "/AP", PDF_APPEARANCE },
	{ PDF_ANNOTATION, "/BS", PDF_BORDER },
	{ PDF_APPEARANCE, "/N", PDF_APPEARANCES },
};

static const struct {
	enum pdf_class	map, child;
} maps[] = {
	{ PDF_XOBJECTS, PDF_XOBJECT },
	{ PDF_FONTS, PDF_FONT },
	{ PDF_STATES, PDF_STATE },
	{ PDF_SPACES, PDF_SPACE },
	{ PDF_PATTERNS, PDF_PATTERN },
	{ PDF_SHADINGS, PDF_SHADING },
	{ PDF_PROPERTIES, PDF_LAYER },
	{ PDF_PROCEDURES, PDF_PROCEDURE },
	{ PDF_APPEARANCES, PDF_FORM },
};

int
pdf_row(enum pdf_class class, const char *key, enum pdf_class *child)
{
	size_t len = strlen(key);
	const char *at = values[class];

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (maps[i].map == class) {
			*child = maps[i].child;
			return 1;
		}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].class == class && strcmp(rows[i].key, key) == 0) {
			*child = rows[i].child;
			return 1;
		}
	*child = PDF_VALUE;
	while (at != NULL && (at = strstr(at, key)) != NULL) {
		if (at[len] == ' ')
			return 1;
		at += len;
	}
	return 0;
}

int
pdf_is_map(enum pdf_class class)
{
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (maps[i].map == class)
			return 1;
	return 0;
}

int
pdf_has_operators(enum pdf_class class)
{
	return class == PDF_PROCEDURE || class == PDF_FORM ||
	    class == PDF_PATTERN;
}
