/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The package: which entries there are, in which order, of which type, and
 * that relations lead to each of them and to nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
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

/* FNV-1a */
static uint64_t
hash(struct span s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ s.ptr[i]) * UINT64_C(0x100000001b3);
	return h;
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
	struct opc_entry *part = &o->parts[o->parts_n];
	unsigned t = 0;

	while (t < TYPES_N && (!span_equal(type, span_str(types[t].type)) ||
	    (types[t].forms & 1u << o->form) == 0))
		t++;
	if (t == TYPES_N)
		return no(diag, "a content type that is not to be", type);
	/* the two of properties, then the main part, then the others */
	if ((o->parts_n == 2) != (t < MAIN_TYPES))
		return no(diag, "a main part out of place", name);
	if (o->parts_n == VERIFY_OPC_PARTS_MAX || name.len < 2 ||
	    name.ptr[0] != '/' || name.len > VERIFY_OPC_NAME_MAX)
		return no(diag, "a part that is not to be", name);
	name = span_sub(name, 1, name.len - 1);
	if (o->parts_n > 3 && !stands_behind(name, part[-1].name))
		return no(diag, "parts out of order", name);
	memcpy(part->name, name.ptr, name.len);
	part->name[name.len] = '\0';
	part->type = (uint8_t)t;
	part->seen = false;
	o->parts_n++;
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
relation_fits(const struct opc *o, struct span type, struct span path)
{
	const char *relation;

	if (span_equal(type, SPAN(BASE "image")))
		return is_picture(path);
	for (unsigned i = 0; i < o->parts_n; i++) {
		if (!span_equal(path, span_str(o->parts[i].name)))
			continue;
		relation = types[o->parts[i].type].relation;
		if (strchr(relation, '/') != NULL)
			return span_equal(type, span_str(relation));
		return span_begins(type, SPAN(BASE)) && span_equal(
		    span_sub(type, sizeof(BASE) - 1, type.len),
		    span_str(relation));
	}
	return false;
}

/* Those of the package: the main part and the two of properties, no more. */
static bool
is_root_relation(const struct opc *o, unsigned number, struct span path)
{
	static const unsigned order[] = { 2, 1, 0 };	/* of the parts */

	return number <= 3 && o->parts_n >= 3 && span_equal(path,
	    span_str(o->parts[order[number - 1]].name));
}

static enum err
on_relation(void *arg, struct span name, const struct xml_attr *attrs,
    size_t n, struct diag *diag)
{
	char expected[16], path[VERIFY_OPC_NAME_MAX];
	struct opc *o = arg;
	struct span type, target, mode;

	if (span_equal(name, SPAN("Relationships")))
		return OK;
	snprintf(expected, sizeof(expected), "rId%u",
	    ++o->owners[o->owners_n - 1].n);
	type = attr(attrs, n, 1, "Type");
	target = attr(attrs, n, 2, "Target");
	mode = attr(attrs, n, 3, "TargetMode");
	if ((n != 3 && n != 4) || !span_equal(attr(attrs, n, 0, "Id"),
	    span_str(expected)))
		return no(diag, "a relation out of order", type);
	if (o->leads_n == VERIFY_OPC_TARGETS_MAX)
		return no(diag, "too many relations", type);
	o->leads[o->leads_n++] = n == 4 ? OPC_OUT :
	    span_equal(type, SPAN(BASE "image")) ? OPC_TO_PICTURE :
	    span_equal(type, SPAN(BASE "slide")) ? OPC_TO_SLIDE :
	    OPC_TO_PART;
	if (n == 4) {
		static uint8_t plain[VERIFY_XML_TAG_MAX];
		size_t len = xml_plain(target, plain);

		if (o->owners_n == 1 || !span_equal(mode, SPAN("External")) ||
		    !span_equal(type, SPAN(BASE "hyperlink")) ||
		    !opc_link_is_fine((struct span){ plain, len }))
			return no(diag, "a link that is not to be", target);
		return OK;
	}
	if (!resolve(o, target, path))
		return no(diag, "a target that leads out", target);
	if (!relation_fits(o, type, span_str(path)))
		return no(diag, "a relation that is not to be", type);
	if ((o->owners_n == 1) != (span_equal(type, SPAN(CORE)) ||
	    span_equal(type, SPAN(BASE "officeDocument")) ||
	    span_equal(type, SPAN(BASE "extended-properties"))))
		return no(diag, "a relation out of place", type);
	if (o->owners_n == 1 && !is_root_relation(o, o->owners[0].n,
	    span_str(path)))
		return no(diag, "another relation of the package", target);
	o->targets[o->targets_n++] = hash(span_str(path));
	return OK;
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

	if (o->owners_n == VERIFY_OPC_PARTS_MAX || folder == name.len ||
	    len < 0)
		return no(diag, "relations out of place", name);
	snprintf(owner, sizeof(owner), "%.*s%.*s", (int)folder,
	    (const char *)name.ptr, len, (const char *)name.ptr + folder +
	    6);
	o->owners[o->owners_n].name = hash(span_str(owner));
	o->owners[o->owners_n].n = 0;
	o->owners[o->owners_n].first = o->leads_n;
	o->owners[o->owners_n++].there = owner[0] == '\0';
	opc_part_init(&o->part, "Relationships", 0, &relations_reader, o);
	return OK;
}

/* ---- entries ---- */

/* Its part, with the relations that it has. */
static void
begin_xml(struct opc *o, const char *root, uint64_t name)
{
	for (unsigned i = 0; i < o->owners_n; i++) {
		if (o->owners[i].name != name)
			continue;
		o->owners[i].there = true;
		opc_part_init(&o->part, root, o->owners[i].n, NULL, NULL);
		o->part.leads = o->leads + o->owners[i].first;
		return;
	}
	opc_part_init(&o->part, root, 0, NULL, NULL);
}

static enum err
begin_part(struct opc *o, struct span name, struct diag *diag)
{
	uint64_t h = hash(name);

	o->there[o->there_n++] = h;
	if (is_picture(name)) {
		o->content = ends(name, ".png") ? OPC_PNG : OPC_JPEG;
		if (o->content == OPC_PNG)
			png_init(&o->picture.png);
		else
			jpeg_init(&o->picture.jpeg);
		return OK;
	}
	for (unsigned i = 0; i < o->parts_n; i++) {
		if (!span_equal(name, span_str(o->parts[i].name)) ||
		    o->parts[i].seen)
			continue;
		o->parts[i].seen = true;
		begin_xml(o, types[o->parts[i].type].root, h);
		return OK;
	}
	return no(diag, "an entry without content type", name);
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
	if (!is_part_name(name) || o->there_n == VERIFY_OPC_PARTS_MAX)
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
	o->entries = o->types_step = o->parts_n = 0;
	o->there_n = o->targets_n = o->leads_n = o->owners_n = 0;
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

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Each entry is led to, and all that is led to is there. */
enum err
opc_reader_end(struct opc *o, struct diag *diag)
{
	unsigned t = 0;
	enum err err = unzip_end(&o->zip, diag);

	if (err != OK)
		return err;
	for (unsigned i = 0; i < o->parts_n; i++)
		if (!o->parts[i].seen)
			return no(diag, "a part that is not there",
			    span_str(o->parts[i].name));
	for (unsigned i = 0; i < o->owners_n; i++)
		if (!o->owners[i].there)
			return no(diag, "relations of nobody", NONE);
	if (o->parts_n < 3)
		return no(diag, "no main part", NONE);
	qsort(o->there, o->there_n, sizeof(o->there[0]), compare);
	qsort(o->targets, o->targets_n, sizeof(o->targets[0]), compare);
	for (unsigned i = 0; i < o->there_n; i++) {
		if (t < o->targets_n && o->targets[t] < o->there[i])
			return no(diag, "a relation to nothing", NONE);
		if (t == o->targets_n || o->targets[t] != o->there[i])
			return no(diag, "an entry that nothing leads to",
			    NONE);
		while (t < o->targets_n && o->targets[t] == o->there[i])
			t++;
	}
	return t == o->targets_n ? OK : no(diag, "a relation to nothing",
	    NONE);
}
