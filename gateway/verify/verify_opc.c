/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The package: which entries there are, in which order, of which type, and
 * that relations lead to each of them and to nothing else.
 */
#include <stdio.h>
#include <string.h>

#include "verify_opc.h"

#define OFFICE	"application/vnd.openxmlformats-officedocument."
#define WORD	OFFICE "wordprocessingml."
#define EXCEL	OFFICE "spreadsheetml."
#define POINT	OFFICE "presentationml."
#define BASE	"http://schemas.openxmlformats.org/officeDocument/2006/" \
		"relationships/"
#define CORE	"http://schemas.openxmlformats.org/package/2006/" \
		"relationships/metadata/core-properties"
#define DIAGRAM_DRAWING	"http://schemas.microsoft.com/office/2007/" \
		"relationships/diagramDrawing"
#define CHART_STYLE "http://schemas.microsoft.com/office/2011/" \
		"relationships/chart"	/* Style, ColorStyle */
#define NONE	((struct span){ (const uint8_t *)"", 0 })
#define ALL	(1u << OPC_DOCX | 1u << OPC_XLSX | 1u << OPC_PPTX)
#define DOCX	(1u << OPC_DOCX)
#define XLSX	(1u << OPC_XLSX)
#define PPTX	(1u << OPC_PPTX)

/*
 * Content types of parts: the root that they must have, and the relation that
 * leads to them (of BASE if it is no URI). The first are the main parts.
 */
static const struct {
	const char	*type;
	const char	*root;
	const char	*relation;
	unsigned	 forms;
} types[] = {
	{ WORD "document.main+xml", "w:document", "officeDocument", DOCX },
	{ EXCEL "sheet.main+xml", "workbook", "officeDocument", XLSX },
	{ POINT "presentation.main+xml", "p:presentation",
	    "officeDocument", PPTX },
#define MAIN_TYPES 3
	{ OFFICE "extended-properties+xml", "Properties",
	    "extended-properties", ALL },
	{ "application/vnd.openxmlformats-package.core-properties+xml",
	    "cp:coreProperties", CORE, ALL },
	{ WORD "styles+xml", "w:styles", "styles", DOCX },
	{ WORD "settings+xml", "w:settings", "settings", DOCX },
	{ WORD "fontTable+xml", "w:fonts", "fontTable", DOCX },
	{ WORD "numbering+xml", "w:numbering", "numbering", DOCX },
	{ WORD "footnotes+xml", "w:footnotes", "footnotes", DOCX },
	{ WORD "endnotes+xml", "w:endnotes", "endnotes", DOCX },
	{ WORD "comments+xml", "w:comments", "comments", DOCX },
	{ WORD "header+xml", "w:hdr", "header", DOCX },
	{ WORD "footer+xml", "w:ftr", "footer", DOCX },
	{ EXCEL "worksheet+xml", "worksheet", "worksheet", XLSX },
	{ EXCEL "chartsheet+xml", "chartsheet", "chartsheet", XLSX },
	{ EXCEL "sharedStrings+xml", "sst", "sharedStrings", XLSX },
	{ EXCEL "styles+xml", "styleSheet", "styles", XLSX },
	{ EXCEL "table+xml", "table", "table", XLSX },
	{ EXCEL "comments+xml", "comments", "comments", XLSX },
	{ EXCEL "pivotTable+xml", "pivotTableDefinition", "pivotTable", XLSX },
	{ EXCEL "pivotCacheDefinition+xml", "pivotCacheDefinition",
	    "pivotCacheDefinition", XLSX },
	{ EXCEL "pivotCacheRecords+xml", "pivotCacheRecords",
	    "pivotCacheRecords", XLSX },
	{ OFFICE "drawing+xml", "xdr:wsDr", "drawing", XLSX },
	{ OFFICE "vmlDrawing", "xml", "vmlDrawing", XLSX },
	{ POINT "slide+xml", "p:sld", "slide", PPTX },
	{ POINT "slideLayout+xml", "p:sldLayout", "slideLayout", PPTX },
	{ POINT "slideMaster+xml", "p:sldMaster", "slideMaster", PPTX },
	{ POINT "notesSlide+xml", "p:notes", "notesSlide", PPTX },
	{ POINT "notesMaster+xml", "p:notesMaster", "notesMaster", PPTX },
	{ POINT "handoutMaster+xml", "p:handoutMaster", "handoutMaster", PPTX },
	{ POINT "presProps+xml", "p:presentationPr", "presProps", PPTX },
	{ POINT "viewProps+xml", "p:viewPr", "viewProps", PPTX },
	{ POINT "tableStyles+xml", "a:tblStyleLst", "tableStyles", PPTX },
	{ POINT "commentAuthors+xml", "p:cmAuthorLst", "commentAuthors", PPTX },
	{ POINT "comments+xml", "p:cmLst", "comments", PPTX },
	{ OFFICE "theme+xml", "a:theme", "theme", ALL },
	{ OFFICE "themeOverride+xml", "a:themeOverride", "themeOverride", ALL },
	{ OFFICE "drawingml.chart+xml", "c:chartSpace", "chart", ALL },
	{ OFFICE "drawingml.chartshapes+xml", "c:userShapes",
	    "chartUserShapes", ALL },
	{ OFFICE "drawingml.diagramData+xml", "dgm:dataModel",
	    "diagramData", ALL },
	{ OFFICE "drawingml.diagramLayout+xml", "dgm:layoutDef",
	    "diagramLayout", ALL },
	{ OFFICE "drawingml.diagramStyle+xml", "dgm:styleDef",
	    "diagramQuickStyle", ALL },
	{ OFFICE "drawingml.diagramColors+xml", "dgm:colorsDef",
	    "diagramColors", ALL },
	{ "application/vnd.ms-office.chartstyle+xml", "cs:chartStyle",
	    CHART_STYLE "Style", ALL },
	{ "application/vnd.ms-office.chartcolorstyle+xml", "cs:colorStyle",
	    CHART_STYLE "ColorStyle", ALL },
	{ "application/vnd.ms-office.drawingml.diagramDrawing+xml",
	    "dsp:drawing", DIAGRAM_DRAWING, ALL },
};
#define TYPES_N (sizeof(types) / sizeof(types[0]))

static enum err
no(struct diag *diag, const char *why, struct span what)
{
	return diag_set(diag, ERR_INPUT, "%s: %.*s", why,
	    (int)(what.len < 80 ? what.len : 80), (const char *)what.ptr);
}

/* ---- names ---- */

/*
 * FNV-1a of the name in small letters: it says where to look, not what is
 * the same.
 */
static uint32_t
place_of(struct span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (s.ptr[i] | 0x20u)) * 16777619u;
	return h % VERIFY_OPC_SLOTS;
}

/* By bytes; *alike: but for capital letters, which Windows does not tell. */
static bool
is_name_of(const struct opc_entry *e, struct span name, bool *alike)
{
	*alike = false;
	if (strlen(e->name) != name.len)
		return false;
	if (memcmp(e->name, name.ptr, name.len) == 0)
		return true;
	for (size_t i = 0; i < name.len; i++)
		if (ascii_lower((uint8_t)e->name[i]) !=
		    ascii_lower(name.ptr[i]))
			return false;
	*alike = true;
	return false;
}

/* The entry of a name, made on the first call; NULL: refused, see diag. */
static struct opc_entry *
find_entry(struct opc *o, struct span name, struct diag *diag)
{
	uint32_t at = place_of(name);
	const char *why = NULL;
	struct opc_entry *e;
	bool alike;

	for (; o->slots[at] != 0; at = (at + 1) % VERIFY_OPC_SLOTS) {
		e = &o->names[o->slots[at] - 1];
		if (is_name_of(e, name, &alike))
			return e;
		if (alike && why == NULL)
			why = "a name in other capitals";
	}
	if (why == NULL && o->names_n == VERIFY_OPC_PARTS_MAX)
		why = "too many names";
	if (why == NULL && (name.len == 0 ||
	    name.len >= VERIFY_OPC_NAME_MAX ||
	    memchr(name.ptr, 0, name.len) != NULL))
		why = "a name that is not to be";
	if (why != NULL) {
		(void)no(diag, why, name);
		return NULL;
	}
	e = &o->names[o->names_n++];
	memset(e, 0, sizeof(*e));
	memcpy(e->name, name.ptr, name.len);
	o->slots[at] = (uint16_t)o->names_n;
	return e;
}

static bool
ends(struct span s, const char *with)
{
	size_t len = strlen(with);

	return s.len > len && span_equal(span_sub(s, s.len - len, len),
	    span_str(with));
}

/* ---- [Content_Types].xml ---- */

static struct span
attr(const struct xml_attr *attrs, size_t n, size_t i, const char *name)
{
	return i < n && span_equal(attrs[i].name, span_str(name)) ?
	    attrs[i].value : NONE;
}

/* By bytes, and not the same. */
static bool
stands_behind(struct span name, const char *before)
{
	size_t len = strlen(before);
	int order = memcmp(before, name.ptr, len < name.len ? len : name.len);

	return order < 0 || (order == 0 && len < name.len);
}

static enum err
add_part(struct opc *o, struct span name, struct span type,
    struct diag *diag)
{
	struct opc_entry *part;
	unsigned t = 0, n = o->names_n;

	while (t < TYPES_N && (!span_equal(type, span_str(types[t].type)) ||
	    (types[t].forms & 1u << o->form) == 0))
		t++;
	if (t == TYPES_N)
		return no(diag, "a content type that is not to be", type);
	/* the two of properties, then the main part, then the others */
	if ((n == 2) != (t < MAIN_TYPES))
		return no(diag, "a main part out of place", name);
	if (name.len < 2 || name.ptr[0] != '/')
		return no(diag, "a part that is not to be", name);
	name = span_sub(name, 1, name.len - 1);
	if (n > 3 && !stands_behind(name, o->names[n - 1].name))
		return no(diag, "parts out of order", name);
	if ((part = find_entry(o, name, diag)) == NULL)
		return ERR_INPUT;
	if (part->typed)
		return no(diag, "two content types", name);
	part->type = (uint8_t)t;
	part->typed = true;
	o->typed_n = o->names_n;
	return OK;
}

static enum err
on_type(void *arg, struct span name, const struct xml_attr *attrs, size_t n,
    struct diag *diag)
{
	static const struct { const char *extension, *type; } defaults[] = {
		{ "jpeg", "image/jpeg" }, { "png", "image/png" },
		{ "rels", "application/vnd.openxmlformats-package."
		    "relationships+xml" },
		{ "xml", "application/xml" },
	};
	struct opc *o = arg;
	unsigned step = o->types_step++;

	if (step == 0)
		return OK;		/* the root */
	if (step <= 4)
		return span_equal(name, SPAN("Default")) && n == 2 &&
		    span_equal(attr(attrs, n, 0, "Extension"),
		    span_str(defaults[step - 1].extension)) &&
		    span_equal(attr(attrs, n, 1, "ContentType"),
		    span_str(defaults[step - 1].type)) ? OK :
		    no(diag, "another default type", name);
	if (!span_equal(name, SPAN("Override")) || n != 2)
		return no(diag, "no override", name);
	return add_part(o, attr(attrs, n, 0, "PartName"), attr(attrs, n, 1,
	    "ContentType"), diag);
}

/* ---- relations ---- */

/* A target against the folder of its owner: the name of an entry. */
static bool
resolve(const struct opc *o, struct span target, char *out)
{
	struct span folder = span_str(o->name);
	size_t len;

	/* name is "word/_rels/document.xml.rels" */
	len = span_find(folder, SPAN("_rels/"));
	folder = span_sub(folder, 0, len);
	while (span_begins(target, SPAN("../"))) {
		target = span_sub(target, 3, target.len - 3);
		if (folder.len == 0)
			return false;
		do
			folder.len--;
		while (folder.len > 0 && folder.ptr[folder.len - 1] != '/');
	}
	if (folder.len + target.len >= VERIFY_OPC_NAME_MAX ||
	    target.len == 0)
		return false;
	if (folder.len > 0)
		memcpy(out, folder.ptr, folder.len);
	memcpy(out + folder.len, target.ptr, target.len);
	out[folder.len + target.len] = '\0';
	return true;
}

static bool
is_picture(struct span name)
{
	return ends(name, ".jpeg") || ends(name, ".png");
}

/* Does the relation fit what it leads to, by the content type? */
static bool
relation_fits(const struct opc_entry *to, struct span type)
{
	const char *relation;

	if (!to->typed)
		return span_equal(type, SPAN(BASE "image")) &&
		    is_picture(span_str(to->name));
	relation = types[to->type].relation;
	if (strchr(relation, '/') != NULL)
		return span_equal(type, span_str(relation));
	return span_begins(type, SPAN(BASE)) && span_equal(
	    span_sub(type, sizeof(BASE) - 1, type.len), span_str(relation));
}

/* Those of the package: the main part and the two of properties, no more. */
static bool
is_root_relation(const struct opc *o, uint32_t number,
    const struct opc_entry *to)
{
	static const unsigned order[] = { 2, 1, 0 };	/* of the parts */

	return number <= 3 && o->typed_n >= 3 &&
	    to == &o->names[order[number - 1]];
}

static enum err
external(const struct opc *o, struct span type, struct span target,
    struct span mode, struct diag *diag)
{
	static uint8_t plain[VERIFY_XML_TAG_MAX];
	size_t len = xml_plain(target, plain);

	if (o->owner == NULL || !span_equal(mode, SPAN("External")) ||
	    !span_equal(type, SPAN(BASE "hyperlink")) ||
	    !opc_link_is_fine((struct span){ plain, len }))
		return no(diag, "a link that is not to be", target);
	return OK;
}

static enum err
internal(struct opc *o, uint32_t number, struct span type,
    struct span target, struct diag *diag)
{
	char path[VERIFY_OPC_NAME_MAX];
	struct opc_entry *to;

	if (!resolve(o, target, path))
		return no(diag, "a target that leads out", target);
	if ((to = find_entry(o, span_str(path), diag)) == NULL)
		return ERR_INPUT;
	if (!relation_fits(to, type))
		return no(diag, "a relation that is not to be", type);
	if ((o->owner == NULL) != (span_equal(type, SPAN(CORE)) ||
	    span_equal(type, SPAN(BASE "officeDocument")) ||
	    span_equal(type, SPAN(BASE "extended-properties"))))
		return no(diag, "a relation out of place", type);
	if (o->owner == NULL && !is_root_relation(o, number, to))
		return no(diag, "another relation of the package", target);
	to->led_to = true;
	return OK;
}

static enum err
on_relation(void *arg, struct span name, const struct xml_attr *attrs,
    size_t n, struct diag *diag)
{
	struct opc *o = arg;
	uint32_t number;
	char expected[16];
	struct span type;

	if (span_equal(name, SPAN("Relationships")))
		return OK;
	number = o->owner == NULL ? ++o->root_relations :
	    ++o->owner->relations;
	snprintf(expected, sizeof(expected), "rId%u", number);
	type = attr(attrs, n, 1, "Type");
	if ((n != 3 && n != 4) || !span_equal(attr(attrs, n, 0, "Id"),
	    span_str(expected)))
		return no(diag, "a relation out of order", type);
	if (o->leads_n == VERIFY_OPC_RELATIONS_MAX)
		return no(diag, "too many relations", type);
	o->leads[o->leads_n++] = n == 4 ? OPC_OUT :
	    span_equal(type, SPAN(BASE "image")) ? OPC_TO_PICTURE :
	    span_equal(type, SPAN(BASE "slide")) ? OPC_TO_SLIDE :
	    OPC_TO_PART;
	return n == 4 ? external(o, type, attr(attrs, n, 2, "Target"),
	    attr(attrs, n, 3, "TargetMode"), diag) :
	    internal(o, number, type, attr(attrs, n, 2, "Target"), diag);
}

static enum err
ignore_text(void *arg, struct span text, struct diag *diag)
{
	(void)arg;
	(void)text;
	(void)diag;
	return OK;
}

static enum err
ignore_end(void *arg, struct span name, struct diag *diag)
{
	(void)arg;
	(void)name;
	(void)diag;
	return OK;
}

static const struct xml_reader types_reader = { on_type, ignore_text,
    ignore_end };
static const struct xml_reader relations_reader = { on_relation, ignore_text,
    ignore_end };

/* "word/_rels/document.xml.rels" is of "word/document.xml". */
static enum err
begin_relations(struct opc *o, struct span name, struct diag *diag)
{
	char owner[VERIFY_OPC_NAME_MAX];
	size_t folder = span_find(name, SPAN("_rels/"));
	int len = (int)(name.len - folder - 6 - 5);

	if (folder == name.len || len < 0 || (folder > 0 &&
	    name.ptr[folder - 1] != '/'))
		return no(diag, "relations out of place", name);
	snprintf(owner, sizeof(owner), "%.*s%.*s", (int)folder,
	    (const char *)name.ptr, len, (const char *)name.ptr + folder +
	    6);
	opc_part_init(&o->part, "Relationships", 0, &relations_reader, o);
	o->owner = NULL;
	if (o->entries == 2)
		return OK;		/* the package's */
	if ((o->owner = find_entry(o, span_str(owner), diag)) == NULL)
		return ERR_INPUT;
	if (!o->owner->typed || o->owner->relations > 0 || o->owner->there)
		return no(diag, "relations of nobody", name);
	o->owner->first = o->leads_n;
	return OK;
}

/* ---- entries ---- */

static enum err
begin_part(struct opc *o, struct span name, struct diag *diag)
{
	struct opc_entry *e = find_entry(o, name, diag);

	if (e == NULL)
		return ERR_INPUT;
	if (e->there || e->typed == is_picture(name))
		return no(diag, "an entry without content type", name);
	e->there = true;
	if (!e->typed) {
		o->content = ends(name, ".png") ? OPC_PNG : OPC_JPEG;
		if (o->content == OPC_PNG)
			png_init(&o->picture.png);
		else
			jpeg_init(&o->picture.jpeg);
		return OK;
	}
	opc_part_init(&o->part, types[e->type].root, e->relations, NULL,
	    NULL);
	o->part.leads = o->leads + e->first;
	return OK;
}

static bool
is_part_name(struct span name)
{
	if (name.len == 0 || name.len >= VERIFY_OPC_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '_' || c == '/' ||
		    (c == '.' && i > 0 && name.ptr[i - 1] != '.')))
			return false;
	}
	return true;
}

static enum err
on_begin(void *arg, struct span name, struct diag *diag)
{
	struct opc *o = arg;
	unsigned n = o->entries++;
	char before[VERIFY_OPC_NAME_MAX];

	memcpy(before, o->name, sizeof(before));
	if (n == 0) {
		if (!span_equal(name, SPAN("[Content_Types].xml")))
			return no(diag, "another first entry", name);
		o->content = OPC_XML;
		opc_part_init(&o->part, "Types", 0, &types_reader, o);
		return OK;
	}
	if (!is_part_name(name))
		return no(diag, "a name that is not to be", name);
	memcpy(o->name, name.ptr, name.len);
	o->name[name.len] = '\0';
	if (n == 1 ? strcmp(o->name, "_rels/.rels") != 0 :
	    n > 2 && strcmp(before, o->name) >= 0)
		return no(diag, "entries out of order", name);
	o->content = OPC_XML;
	return ends(name, ".rels") ? begin_relations(o, name, diag) :
	    begin_part(o, name, diag);
}

static enum err
on_bytes(void *arg, struct span bytes, struct diag *diag)
{
	struct opc *o = arg;

	switch (o->content) {
	case OPC_JPEG:
		return jpeg_write(&o->picture.jpeg, bytes, diag);
	case OPC_PNG:
		return png_write(&o->picture.png, bytes, diag);
	case OPC_XML:
		break;
	}
	return opc_part_write(&o->part, bytes, diag);
}

static enum err
on_end(void *arg, struct diag *diag)
{
	struct opc *o = arg;

	switch (o->content) {
	case OPC_JPEG:
		return jpeg_end(&o->picture.jpeg, diag);
	case OPC_PNG:
		return png_end(&o->picture.png, diag);
	case OPC_XML:
		break;
	}
	return opc_part_end(&o->part, diag);
}

static const struct unzip_reader reader = { on_begin, on_bytes, on_end };

void
opc_reader_init(struct opc *o, enum opc_form form)
{
	o->form = form;
	o->entries = o->types_step = o->names_n = o->typed_n = 0;
	o->leads_n = 0;
	o->owner = NULL;
	o->root_relations = 0;
	memset(o->slots, 0, sizeof(o->slots));
	o->name[0] = '\0';
	unzip_init(&o->zip, &reader, o);
}

enum err
opc_reader_write(struct opc *o, struct span bytes, struct diag *diag)
{
	enum err err = unzip_write(&o->zip, bytes, diag);
	char what[DIAG_WHAT_BYTES_MAX];

	if (err == OK || o->entries == 0)
		return err;
	snprintf(what, sizeof(what), "%s", diag->what);
	return diag_set(diag, err, "%.100s: %.150s", o->name[0] == '\0' ?
	    "[Content_Types].xml" : o->name, what);
}

/* Each entry is led to, and all that is led to or typed is there. */
enum err
opc_reader_end(struct opc *o, struct diag *diag)
{
	enum err err = unzip_end(&o->zip, diag);

	if (err != OK)
		return err;
	if (o->typed_n < 3)
		return no(diag, "no main part", NONE);
	for (unsigned i = 0; i < o->names_n; i++) {
		const struct opc_entry *e = &o->names[i];

		if (!e->there)
			return no(diag, e->typed ?
			    "a part that is not there" :
			    "a relation to nothing", span_str(e->name));
		if (!e->led_to)
			return no(diag, "an entry that nothing leads to",
			    span_str(e->name));
	}
	return OK;
}
