/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The namespaces of office documents, and what may stand in each.
 */
#include <string.h>

#include "verify_opc_diagram.h"
#include "verify_opc_drawing.h"
#include "verify_opc_excel.h"
#include "verify_opc_extension.h"
#include "verify_opc_part.h"
#include "verify_opc_powerpoint.h"
#include "verify_opc_word.h"

#define OPC	"http://schemas.openxmlformats.org/package/2006/"
#define ECMA	"http://schemas.openxmlformats.org/"
#define MS	"http://schemas.microsoft.com/office/"

static const struct opc_name names_types[] = {
	{ "Default", "ContentType Extension" },
	{ "Override", "ContentType PartName" },
	{ "Types", "" },
};
static const struct opc_name names_relations[] = {
	{ "Relationship", "Id Target TargetMode Type" },
	{ "Relationships", "" },
};
static const struct opc_name names_app[] = {
	{ "Application", "*" },
	{ "Properties", "" },
};
static const struct opc_name names_cp[] = { { "coreProperties", "" } };
static const struct opc_name names_dc[] = { { "title", "*" } };
static const struct opc_name names_dcterms[] = {
	{ "created", "*xsi:type" },
	{ "modified", "*xsi:type" },
};

#define SPACE(prefix, uri, names) \
	{ prefix, uri, names, sizeof(names) / sizeof(names[0]) }
#define EMPTY(prefix, uri) { prefix, uri, NULL, 0 }

static const struct opc_space spaces[] = {
	SPACE("", OPC "content-types", names_types),
	SPACE("", OPC "relationships", names_relations),
	SPACE("", ECMA "officeDocument/2006/extended-properties", names_app),
	SPACE("", ECMA "spreadsheetml/2006/main", names_x),
	SPACE("cp", OPC "metadata/core-properties", names_cp),
	SPACE("dc", "http://purl.org/dc/elements/1.1/", names_dc),
	SPACE("dcterms", "http://purl.org/dc/terms/", names_dcterms),
	EMPTY("xsi", "http://www.w3.org/2001/XMLSchema-instance"),
	EMPTY("r", ECMA "officeDocument/2006/relationships"),
	SPACE("w", ECMA "wordprocessingml/2006/main", names_w),
	SPACE("m", ECMA "officeDocument/2006/math", names_m),
	SPACE("wp", ECMA "drawingml/2006/wordprocessingDrawing", names_wp),
	SPACE("wp14", MS "word/2010/wordprocessingDrawing", names_wp14),
	SPACE("wps", MS "word/2010/wordprocessingShape", names_wps),
	SPACE("wpg", MS "word/2010/wordprocessingGroup", names_wpg),
	SPACE("wpc", MS "word/2010/wordprocessingCanvas", names_wpc),
	SPACE("a", ECMA "drawingml/2006/main", names_a),
	SPACE("pic", ECMA "drawingml/2006/picture", names_pic),
	SPACE("c", ECMA "drawingml/2006/chart", names_c),
	SPACE("cdr", ECMA "drawingml/2006/chartDrawing", names_cdr),
	SPACE("dgm", ECMA "drawingml/2006/diagram", names_dgm),
	SPACE("dsp", MS "drawing/2008/diagram", names_dsp),
	SPACE("lc", ECMA "drawingml/2006/lockedCanvas", names_lc),
	SPACE("xdr", ECMA "drawingml/2006/spreadsheetDrawing", names_xdr),
	SPACE("v", "urn:schemas-microsoft-com:vml", names_v),
	SPACE("o", "urn:schemas-microsoft-com:office:office", names_o),
	SPACE("w10", "urn:schemas-microsoft-com:office:word", names_w10),
	SPACE("xvml", "urn:schemas-microsoft-com:office:excel", names_xvml),
	EMPTY("pvml", "urn:schemas-microsoft-com:office:powerpoint"),
	SPACE("x14", MS "spreadsheetml/2009/9/main", names_x14),
	SPACE("xm", MS "excel/2006/main", names_xm),
	SPACE("w14", MS "word/2010/wordml", names_w14),
	SPACE("cs", MS "drawing/2012/chartStyle", names_cs),
	SPACE("p", ECMA "presentationml/2006/main", names_p),
};

const struct opc_space *
opc_space_find(struct span prefix, struct span uri)
{
	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
		if (span_equal(prefix, span_str(spaces[i].prefix)) &&
		    span_equal(uri, span_str(spaces[i].uri)))
			return &spaces[i];
	return NULL;
}

const struct opc_name *
opc_name_find(const struct opc_space *space, struct span name)
{
	size_t low = 0, high = space->names_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *at = space->names[middle].name;
		size_t len = strlen(at);
		int order = memcmp(name.ptr, at, name.len < len ? name.len :
		    len);

		if (order == 0 && name.len == len)
			return &space->names[middle];
		if (order < 0 || (order == 0 && name.len < len))
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool
opc_name_has(const struct opc_name *name, struct span attribute)
{
	const char *at = name->attributes;

	at += at[0] == '*';
	while (*at != '\0') {
		size_t len = strcspn(at, " ");

		if (len == attribute.len && memcmp(at, attribute.ptr, len) ==
		    0)
			return true;
		at += len;
		at += *at == ' ';
	}
	return false;
}
