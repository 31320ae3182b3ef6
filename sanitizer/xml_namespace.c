/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of namespaces. A name that is not here is nobody's, whatever
 * prefix it came with.
 */
#include "xml_namespace.h"

#include <stddef.h>
#include <string.h>

#define OPC	"http://schemas.openxmlformats.org/package/2006/"
#define ECMA	"http://schemas.openxmlformats.org/"
#define STRICT	"http://purl.oclc.org/ooxml/"
#define MS	"http://schemas.microsoft.com/office/"

static const struct {
	const char	*prefix;
	const char	*uri;
	const char	*strict;	/* NULL: the same */
} table[XML_NS_N] = {
	[XML_NS_XML] = { "xml", "http://www.w3.org/XML/1998/namespace",
	    NULL },
	[XML_NS_MC] = { "mc", ECMA "markup-compatibility/2006", NULL },
	[XML_NS_TYPES] = { "", OPC "content-types", NULL },
	[XML_NS_RELATIONS] = { "", OPC "relationships", NULL },
	[XML_NS_CORE] = { "cp", OPC "metadata/core-properties", NULL },
	[XML_NS_DC] = { "dc", "http://purl.org/dc/elements/1.1/", NULL },
	[XML_NS_DCTERMS] = { "dcterms", "http://purl.org/dc/terms/", NULL },
	[XML_NS_R] = { "r", ECMA "officeDocument/2006/relationships",
	    STRICT "officeDocument/relationships" },
	[XML_NS_W] = { "w", ECMA "wordprocessingml/2006/main",
	    STRICT "wordprocessingml/main" },
	[XML_NS_M] = { "m", ECMA "officeDocument/2006/math",
	    STRICT "officeDocument/math" },
	[XML_NS_WP] = { "wp", ECMA "drawingml/2006/wordprocessingDrawing",
	    STRICT "drawingml/wordprocessingDrawing" },
	[XML_NS_WP14] = { "wp14", MS "word/2010/wordprocessingDrawing",
	    NULL },
	[XML_NS_WPS] = { "wps", MS "word/2010/wordprocessingShape", NULL },
	[XML_NS_WPG] = { "wpg", MS "word/2010/wordprocessingGroup", NULL },
	[XML_NS_WPC] = { "wpc", MS "word/2010/wordprocessingCanvas", NULL },
	[XML_NS_A] = { "a", ECMA "drawingml/2006/main",
	    STRICT "drawingml/main" },
	[XML_NS_PIC] = { "pic", ECMA "drawingml/2006/picture",
	    STRICT "drawingml/picture" },
	[XML_NS_C] = { "c", ECMA "drawingml/2006/chart",
	    STRICT "drawingml/chart" },
	[XML_NS_CDR] = { "cdr", ECMA "drawingml/2006/chartDrawing",
	    STRICT "drawingml/chartDrawing" },
	[XML_NS_DGM] = { "dgm", ECMA "drawingml/2006/diagram",
	    STRICT "drawingml/diagram" },
	[XML_NS_DSP] = { "dsp", MS "drawing/2008/diagram", NULL },
	[XML_NS_LC] = { "lc", ECMA "drawingml/2006/lockedCanvas",
	    STRICT "drawingml/lockedCanvas" },
	[XML_NS_XDR] = { "xdr", ECMA "drawingml/2006/spreadsheetDrawing",
	    STRICT "drawingml/spreadsheetDrawing" },
	[XML_NS_V] = { "v", "urn:schemas-microsoft-com:vml", NULL },
	[XML_NS_O] = { "o", "urn:schemas-microsoft-com:office:office",
	    NULL },
	[XML_NS_W10] = { "w10", "urn:schemas-microsoft-com:office:word",
	    NULL },
	[XML_NS_XVML] = { "xvml", "urn:schemas-microsoft-com:office:excel",
	    NULL },
	[XML_NS_PVML] = { "pvml",
	    "urn:schemas-microsoft-com:office:powerpoint", NULL },
	[XML_NS_X] = { "", ECMA "spreadsheetml/2006/main",
	    STRICT "spreadsheetml/main" },
	[XML_NS_X14] = { "x14", MS "spreadsheetml/2009/9/main", NULL },
	[XML_NS_XM] = { "xm", MS "excel/2006/main", NULL },
	[XML_NS_W14] = { "w14", MS "word/2010/wordml", NULL },
	[XML_NS_CS] = { "cs", MS "drawing/2012/chartStyle", NULL },
	[XML_NS_A14] = { "a14", MS "drawing/2010/main", NULL },
	[XML_NS_P] = { "p", ECMA "presentationml/2006/main",
	    STRICT "presentationml/main" },
};

enum xml_ns
xml_ns_find(const char *uri)
{
	if (uri == NULL || uri[0] == '\0')
		return XML_NS_NONE;
	for (int i = 0; i < XML_NS_N; i++) {
		if (table[i].uri == NULL)
			continue;
		if (strcmp(uri, table[i].uri) == 0 ||
		    (table[i].strict != NULL &&
		    strcmp(uri, table[i].strict) == 0))
			return (enum xml_ns)i;
	}
	return XML_NS_UNKNOWN;
}

const char *
xml_ns_prefix(enum xml_ns ns)
{
	return table[ns].prefix != NULL ? table[ns].prefix : "";
}

const char *
xml_ns_uri(enum xml_ns ns)
{
	return table[ns].uri != NULL ? table[ns].uri : "";
}
