/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The keys that a dictionary of a PDF may have, by its class: those that our
 * writers and cairo make, and no more than them.
 */
#include <string.h>

#include "verify_pdf.h"

#define PLAIN		KIND_NONE
#define MUST		KEY_MUST
#define LENGTH(kind)						\
	{ kind, "Length", PLAIN, KEY_STREAM, NULL },		\
	{ kind, "Filter", PLAIN, KEY_STREAM, "/FlateDecode" }
#define BOOL		"true false"
#define SPACE_NAMES	"/DeviceRGB /DeviceGray /DeviceCMYK"

static const struct pdf_key keys[] = {
	{ KIND_PAGE, "Annots", KIND_LINK, KEY_MANY, NULL },
	{ KIND_PAGE, "Contents", KIND_CONTENT, MUST, NULL },
	{ KIND_PAGE, "Group", KIND_GROUP, 0, NULL },
	{ KIND_PAGE, "MediaBox", PLAIN, MUST, NULL },
	{ KIND_PAGE, "Parent", KIND_PAGES, MUST, NULL },
	{ KIND_PAGE, "Resources", KIND_RESOURCES, MUST, NULL },
	{ KIND_PAGE, "Type", PLAIN, MUST, "/Page" },

	LENGTH(KIND_CONTENT),
	LENGTH(KIND_GLYPH),
	LENGTH(KIND_CMAP),

	LENGTH(KIND_FONT_FILE),
	{ KIND_FONT_FILE, "Length1", PLAIN, 0, NULL },
	{ KIND_FONT_FILE, "Length2", PLAIN, 0, NULL },
	{ KIND_FONT_FILE, "Length3", PLAIN, 0, NULL },
	{ KIND_FONT_FILE, "Subtype", PLAIN, 0, "/Type1C /CIDFontType0C" },

	{ KIND_IMAGE, "BitsPerComponent", PLAIN, MUST, NULL },
	{ KIND_IMAGE, "ColorSpace", KIND_SPACE, KEY_NAME, SPACE_NAMES },
	{ KIND_IMAGE, "Decode", PLAIN, 0, NULL },
	{ KIND_IMAGE, "Filter", PLAIN, KEY_STREAM,
	    "/FlateDecode /DCTDecode" },
	{ KIND_IMAGE, "Height", PLAIN, MUST, NULL },
	{ KIND_IMAGE, "ImageMask", PLAIN, 0, BOOL },
	{ KIND_IMAGE, "Interpolate", PLAIN, 0, BOOL },
	{ KIND_IMAGE, "Length", PLAIN, KEY_STREAM, NULL },
	{ KIND_IMAGE, "SMask", KIND_IMAGE, 0, NULL },
	{ KIND_IMAGE, "Subtype", PLAIN, MUST, "/Image" },
	{ KIND_IMAGE, "Type", PLAIN, MUST, "/XObject" },
	{ KIND_IMAGE, "Width", PLAIN, MUST, NULL },

	LENGTH(KIND_FORM),
	{ KIND_FORM, "BBox", PLAIN, MUST, NULL },
	{ KIND_FORM, "FormType", PLAIN, 0, "1" },
	{ KIND_FORM, "Group", KIND_GROUP, 0, NULL },
	{ KIND_FORM, "Matrix", PLAIN, 0, NULL },
	{ KIND_FORM, "Resources", KIND_RESOURCES, 0, NULL },
	{ KIND_FORM, "Subtype", PLAIN, MUST, "/Form" },
	{ KIND_FORM, "Type", PLAIN, MUST, "/XObject" },

	{ KIND_RESOURCES, "ColorSpace", KIND_SPACES, 0, NULL },
	{ KIND_RESOURCES, "ExtGState", KIND_STATES, 0, NULL },
	{ KIND_RESOURCES, "Font", KIND_FONTS, 0, NULL },
	{ KIND_RESOURCES, "Pattern", KIND_PATTERNS, 0, NULL },
	{ KIND_RESOURCES, "Shading", KIND_SHADINGS, 0, NULL },
	{ KIND_RESOURCES, "XObject", KIND_XOBJECTS, 0, NULL },

	{ KIND_FONT, "BaseFont", PLAIN, 0, NULL },
	{ KIND_FONT, "CIDSystemInfo", KIND_CID_SYSTEM, 0, NULL },
	{ KIND_FONT, "CIDToGIDMap", PLAIN, 0, "/Identity" },
	{ KIND_FONT, "CharProcs", KIND_GLYPHS, 0, NULL },
	{ KIND_FONT, "DW", PLAIN, 0, NULL },
	{ KIND_FONT, "DW2", PLAIN, 0, NULL },
	{ KIND_FONT, "DescendantFonts", KIND_FONT, KEY_MANY, NULL },
	{ KIND_FONT, "Encoding", KIND_ENCODING, KEY_NAME,
	    "/Identity-H /Identity-V /WinAnsiEncoding /MacRomanEncoding" },
	{ KIND_FONT, "FirstChar", PLAIN, 0, NULL },
	{ KIND_FONT, "FontBBox", PLAIN, 0, NULL },
	{ KIND_FONT, "FontDescriptor", KIND_DESCRIPTOR, 0, NULL },
	{ KIND_FONT, "FontMatrix", PLAIN, 0, NULL },
	{ KIND_FONT, "LastChar", PLAIN, 0, NULL },
	{ KIND_FONT, "Name", PLAIN, 0, NULL },
	{ KIND_FONT, "Resources", KIND_RESOURCES, 0, NULL },
	{ KIND_FONT, "Subtype", PLAIN, MUST,
	    "/Type0 /Type1 /Type3 /TrueType /CIDFontType0 /CIDFontType2" },
	{ KIND_FONT, "ToUnicode", KIND_CMAP, 0, NULL },
	{ KIND_FONT, "Type", PLAIN, MUST, "/Font" },
	{ KIND_FONT, "W", PLAIN, 0, NULL },
	{ KIND_FONT, "W2", PLAIN, 0, NULL },
	{ KIND_FONT, "Widths", PLAIN, 0, NULL },

	{ KIND_DESCRIPTOR, "Ascent", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "AvgWidth", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "CapHeight", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "CharSet", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "Descent", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "Flags", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "FontBBox", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "FontFamily", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "FontFile", KIND_FONT_FILE, 0, NULL },
	{ KIND_DESCRIPTOR, "FontFile2", KIND_FONT_FILE, 0, NULL },
	{ KIND_DESCRIPTOR, "FontFile3", KIND_FONT_FILE, 0, NULL },
	{ KIND_DESCRIPTOR, "FontName", PLAIN, MUST, NULL },
	{ KIND_DESCRIPTOR, "FontStretch", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "FontWeight", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "ItalicAngle", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "Leading", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "MaxWidth", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "MissingWidth", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "StemH", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "StemV", PLAIN, 0, NULL },
	{ KIND_DESCRIPTOR, "Type", PLAIN, MUST, "/FontDescriptor" },
	{ KIND_DESCRIPTOR, "XHeight", PLAIN, 0, NULL },

	{ KIND_ENCODING, "BaseEncoding", PLAIN, 0,
	    "/WinAnsiEncoding /MacRomanEncoding" },
	{ KIND_ENCODING, "Differences", PLAIN, 0, NULL },
	{ KIND_ENCODING, "Type", PLAIN, 0, "/Encoding" },

	{ KIND_CID_SYSTEM, "Ordering", PLAIN, MUST, NULL },
	{ KIND_CID_SYSTEM, "Registry", PLAIN, MUST, NULL },
	{ KIND_CID_SYSTEM, "Supplement", PLAIN, MUST, NULL },

	{ KIND_STATE, "AIS", PLAIN, 0, BOOL },
	{ KIND_STATE, "BM", PLAIN, 0, NULL },
	{ KIND_STATE, "CA", PLAIN, 0, NULL },
	{ KIND_STATE, "SMask", KIND_SOFT_MASK, KEY_NAME, "/None" },
	{ KIND_STATE, "Type", PLAIN, 0, "/ExtGState" },
	{ KIND_STATE, "ca", PLAIN, 0, NULL },

	{ KIND_SOFT_MASK, "BC", PLAIN, 0, NULL },
	{ KIND_SOFT_MASK, "G", KIND_FORM, MUST, NULL },
	{ KIND_SOFT_MASK, "S", PLAIN, MUST, "/Luminosity /Alpha" },
	{ KIND_SOFT_MASK, "Type", PLAIN, 0, "/Mask" },

	{ KIND_GROUP, "CS", KIND_SPACE, KEY_NAME, SPACE_NAMES },
	{ KIND_GROUP, "I", PLAIN, 0, BOOL },
	{ KIND_GROUP, "K", PLAIN, 0, BOOL },
	{ KIND_GROUP, "S", PLAIN, MUST, "/Transparency" },
	{ KIND_GROUP, "Type", PLAIN, 0, "/Group" },

	LENGTH(KIND_PATTERN),
	{ KIND_PATTERN, "BBox", PLAIN, 0, NULL },
	{ KIND_PATTERN, "Matrix", PLAIN, 0, NULL },
	{ KIND_PATTERN, "PaintType", PLAIN, 0, "1 2" },
	{ KIND_PATTERN, "PatternType", PLAIN, MUST, "1 2" },
	{ KIND_PATTERN, "Resources", KIND_RESOURCES, 0, NULL },
	{ KIND_PATTERN, "Shading", KIND_SHADING, 0, NULL },
	{ KIND_PATTERN, "TilingType", PLAIN, 0, "1 2 3" },
	{ KIND_PATTERN, "Type", PLAIN, 0, "/Pattern" },
	{ KIND_PATTERN, "XStep", PLAIN, 0, NULL },
	{ KIND_PATTERN, "YStep", PLAIN, 0, NULL },

	LENGTH(KIND_SHADING),
	{ KIND_SHADING, "BBox", PLAIN, 0, NULL },
	{ KIND_SHADING, "BitsPerComponent", PLAIN, 0, NULL },
	{ KIND_SHADING, "BitsPerCoordinate", PLAIN, 0, NULL },
	{ KIND_SHADING, "BitsPerFlag", PLAIN, 0, NULL },
	{ KIND_SHADING, "ColorSpace", KIND_SPACE, MUST | KEY_NAME,
	    SPACE_NAMES },
	{ KIND_SHADING, "Coords", PLAIN, 0, NULL },
	{ KIND_SHADING, "Decode", PLAIN, 0, NULL },
	{ KIND_SHADING, "Domain", PLAIN, 0, NULL },
	{ KIND_SHADING, "Extend", PLAIN, 0, NULL },
	{ KIND_SHADING, "Function", KIND_FUNCTION, KEY_MANY, NULL },
	{ KIND_SHADING, "ShadingType", PLAIN, MUST, "1 2 3 4 5 6 7" },

	LENGTH(KIND_FUNCTION),
	{ KIND_FUNCTION, "BitsPerSample", PLAIN, 0, NULL },
	{ KIND_FUNCTION, "Bounds", PLAIN, 0, NULL },
	{ KIND_FUNCTION, "C0", PLAIN, 0, NULL },
	{ KIND_FUNCTION, "C1", PLAIN, 0, NULL },
	{ KIND_FUNCTION, "Decode", PLAIN, 0, NULL },
	{ KIND_FUNCTION, "Domain", PLAIN, MUST, NULL },
	{ KIND_FUNCTION, "Encode", PLAIN, 0, NULL },
	{ KIND_FUNCTION, "FunctionType", PLAIN, MUST, "0 2 3 4" },
	{ KIND_FUNCTION, "Functions", KIND_FUNCTION, KEY_MANY, NULL },
	{ KIND_FUNCTION, "N", PLAIN, 0, NULL },
	{ KIND_FUNCTION, "Order", PLAIN, 0, NULL },
	{ KIND_FUNCTION, "Range", PLAIN, 0, NULL },
	{ KIND_FUNCTION, "Size", PLAIN, 0, NULL },
};

const struct pdf_key *
pdf_reader_key(enum pdf_kind kind, struct span name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].kind == kind &&
		    span_equal(name, span_str(keys[i].name)))
			return &keys[i];
	return NULL;
}

unsigned
pdf_reader_keys(enum pdf_kind kind, unsigned flags)
{
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		n += keys[i].kind == kind && (keys[i].flags & flags) != 0;
	return n;
}

enum pdf_kind
pdf_reader_map(enum pdf_kind kind)
{
	static const enum pdf_kind children[] = {
		[KIND_XOBJECTS] = KIND_XOBJECT, [KIND_FONTS] = KIND_FONT,
		[KIND_STATES] = KIND_STATE, [KIND_PATTERNS] = KIND_PATTERN,
		[KIND_SHADINGS] = KIND_SHADING, [KIND_SPACES] = KIND_SPACE,
		[KIND_GLYPHS] = KIND_GLYPH, [KIND_BOOKMARK] = KIND_NONE,
	};

	return children[kind];
}

unsigned
pdf_reader_streams(enum pdf_kind kind)
{
	if (kind == KIND_PATTERN || kind == KIND_SHADING ||
	    kind == KIND_FUNCTION)
		return 2;
	return kind >= KIND_CONTENT && kind <= KIND_FORM;
}
