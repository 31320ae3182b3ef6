/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an attribute may say, where a value reaches out, starts something or
 * could carry something along. The names are in the lists of
 * verify_opc_names.c; relations are told apart in verify_opc_part.c.
 */
#include <string.h>

#include "verify_opc_part.h"

enum class {
	LINE = 0,		/* no control characters; all others */
	LINES,			/* LF and TAB as well */
	FIELD,			/* the code of a field of Word */
	FORMULA,		/* of Excel */
	ACTION,			/* of a link on a slide */
	QUIET,			/* a name that Excel does not call by itself */
	PLACE,			/* in this document */
	STYLE,			/* of VML */
	GUIDE,			/* arithmetic of shapes */
	VOCABULARY,		/* the URI of a kind of drawing */
	COMPATIBILITY,		/* the URI of Word's own settings */
	EXTENSION,		/* the URI of an extension that we know */
	IDENTIFIER,		/* {XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX} */
	SHEET,			/* where a pivot table's data are */
	FORM,			/* what a document is protected as */
	MODEL,			/* the URI of the extension of a diagram */
	VERSION,		/* and what it wants to be understood */
	NUMBER			/* rIdN of the part around it */
};

/* The first that fits counts. */
static const struct {
	const char	*element;	/* NULL: any */
	const char	*attribute;
	enum class	 class;
} rows[] = {
	{ "cfvo", "val", FORMULA },
	{ "cacheField", "formula", FORMULA },
	{ "calculatedItem", "formula", FORMULA },
	{ NULL, "textlink", FORMULA },
	{ NULL, "w:instr", FIELD },
	{ "a:hlinkClick", "action", ACTION },
	{ "a:hlinkHover", "action", ACTION },
	{ "definedName", "name", QUIET },
	{ "hyperlink", "location", PLACE },
	{ "w:hyperlink", "w:anchor", PLACE },
	{ "a:gd", "fmla", GUIDE },
	{ "v:f", "eqn", GUIDE },
	{ "a:graphicData", "uri", VOCABULARY },
	{ "w:compatSetting", "w:uri", COMPATIBILITY },
	{ "ext", "uri", EXTENSION },
	{ "x14:cfRule", "id", IDENTIFIER },
	{ "cacheSource", "type", SHEET },
	{ "w:documentProtection", "w:edit", FORM },
	{ "a:ext", "uri", MODEL },
	{ "dsp:dataModelExt", "minVer", VERSION },
	{ "dsp:dataModelExt", "relId", NUMBER },
	/* VML's; elsewhere it is a word of a list */
	{ NULL, "style", STYLE },
	{ NULL, "descr", LINES }, { NULL, "title", LINES },
	{ NULL, "o:title", LINES }, { NULL, "alt", LINES },
	{ NULL, "string", LINES }, { NULL, "name", LINES },
	{ NULL, "tooltip", LINES }, { NULL, "w:tooltip", LINES },
	{ NULL, "display", LINES }, { NULL, "prompt", LINES },
	{ NULL, "promptTitle", LINES }, { NULL, "error", LINES },
	{ NULL, "errorTitle", LINES }, { NULL, "comment", LINES },
	{ NULL, "text", LINES }, { NULL, "val", LINES },
	{ NULL, "v", LINES }, { NULL, "caption", LINES },
	{ NULL, "totalsRowLabel", LINES }, { NULL, "w:displayText", LINES },
};

/* No C0, DEL, C1; UTF-8 is known to be right. */
static bool
is_printable(struct span s, bool lines)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (lines && (c == '\n' || c == '\t'))
			continue;
		if (c < 0x20 || c == 0x7f || (c == 0xc2 && i + 1 < s.len &&
		    s.ptr[i + 1] < 0xa0))
			return false;
	}
	return true;
}

static bool
is_action(struct span s)
{
	static const char *const actions[] = { "ppaction://hlinksldjump",
#define SHOW(where) "ppaction://hlinkshowjump?jump=" where
	    SHOW("firstslide"), SHOW("lastslide"), SHOW("nextslide"),
	    SHOW("previousslide"), SHOW("lastslideviewed"),
	    SHOW("endshow") };
#undef SHOW

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (span_equal(s, span_str(actions[i])))
			return true;
	return s.len == 0;
}

/* Letters that are not ASCII might be none for Excel. */
static bool
is_quiet(struct span s)
{
	static const char *const loud[] = { "auto_open", "auto_close",
	    "auto_activate", "auto_deactivate", "auto_add", "auto_remove",
	    "auto_exec", "auto_new" };
	uint8_t plain[24];
	struct span p = { plain, 0 };

	for (size_t i = 0; i < s.len && p.len < sizeof(plain); i++)
		if (s.ptr[i] > ' ' && s.ptr[i] < 0x7f)
			plain[p.len++] = s.ptr[i];
	if (span_begins_nocase(p, SPAN("_xlnm.")))
		p = span_sub(p, 6, p.len);
	for (size_t i = 0; i < sizeof(loud) / sizeof(loud[0]); i++)
		if (span_begins_nocase(p, span_str(loud[i])))
			return false;
	return true;
}

/* A sheet, a cell, a bookmark: no other file, program or address. */
static bool
is_place(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (strchr("[]|\\", s.ptr[i]) != NULL)
			return false;
	return span_find(s, SPAN("://")) == s.len;
}

static bool
is_style(struct span s)
{
	static const char *const never[] = { "url", "behavior", "expression",
	    "import", "script", "\\", "/*" };

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (span_find_nocase(s, span_str(never[i])) < s.len)
			return false;
	return true;
}

static bool
is_guide(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_is_alpha(s.ptr[i]) && !ascii_is_digit(s.ptr[i]) &&
		    strchr(" _#@+*/?:.-", s.ptr[i]) == NULL)
			return false;
	return true;
}

static bool
is_identifier(struct span s)
{
	static const char form[] = "{........-....-....-....-............}";

	if (s.len != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = ascii_lower(s.ptr[i]);

		if (form[i] == '.' ? !ascii_is_digit(c) &&
		    !(c >= 'a' && c <= 'f') : c != (uint8_t)form[i])
			return false;
	}
	return true;
}

#define ECMA	"http://schemas.openxmlformats.org/drawingml/2006/"
#define WORD	"http://schemas.microsoft.com/office/word/2010/"

static bool
is_listed(enum class class, struct span s)
{
	static const struct { enum class class; const char *uri; } uris[] = {
		{ VOCABULARY, ECMA "picture" }, { VOCABULARY, ECMA "chart" },
		{ VOCABULARY, ECMA "table" }, { VOCABULARY, ECMA "diagram" },
		{ VOCABULARY, ECMA "lockedCanvas" },
		{ VOCABULARY, WORD "wordprocessingShape" },
		{ VOCABULARY, WORD "wordprocessingGroup" },
		{ VOCABULARY, WORD "wordprocessingCanvas" },
		{ COMPATIBILITY,
		    "http://schemas.microsoft.com/office/word" },
		{ EXTENSION, "{78C0D931-6437-407d-A8EE-F0AAD7539E65}" },
		{ EXTENSION, "{05C60535-1F16-4fd2-B633-F4F36F0B64E0}" },
		{ EXTENSION, "{B025F937-C7B1-47D3-B67F-A62EFF666E3E}" },
		{ SHEET, "worksheet" }, { FORM, "forms" },
		{ MODEL, "http://schemas.microsoft.com/office/drawing/2008/"
		    "diagram" },
		{ VERSION, ECMA "diagram" },
	};

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
		if (uris[i].class == class && span_equal(s,
		    span_str(uris[i].uri)))
			return true;
	return false;
}

static bool
fits(enum class class, struct span s)
{
	uint64_t number;

	switch (class) {
	case LINE:
	case LINES:
		return true;
	case FIELD:
		return opc_field_is_fine(s);
	case FORMULA:
		return opc_formula_is_fine(s);
	case ACTION:
		return is_action(s);
	case QUIET:
		return is_quiet(s);
	case PLACE:
		return is_place(s);
	case STYLE:
		return is_style(s);
	case GUIDE:
		return is_guide(s);
	case IDENTIFIER:
		return is_identifier(s);
	case VOCABULARY:
	case COMPATIBILITY:
	case EXTENSION:
	case SHEET:
	case FORM:
	case MODEL:
	case VERSION:
		break;
	case NUMBER:
		return span_begins(s, SPAN("rId")) && span_decimal(
		    span_sub(s, 3, s.len), UINT32_MAX, &number) && number > 0;
	}
	return is_listed(class, s);
}

bool
opc_value_is_fine(struct span element, struct span attribute, struct span s)
{
	enum class class = LINE;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!span_equal(attribute, span_str(rows[i].attribute)) ||
		    (rows[i].element != NULL && !span_equal(element,
		    span_str(rows[i].element))))
			continue;
		class = rows[i].class;
		break;
	}
	return s.len <= VERIFY_VALUE_MAX && is_printable(s, class == LINES ||
	    class == FORMULA) && fits(class, s);
}

bool
opc_identifier_is_fine(struct span s)
{
	return is_identifier(s);
}
