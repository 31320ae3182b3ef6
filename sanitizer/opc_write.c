/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The new package: content types, relations, then parts by name; and the
 * names of all that did not get into it.
 */
#include "opc_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPES_BYTES_MAX		(1024 * 1024)
#define RELATIONS_BYTES_MAX	(32u * 1024 * 1024)

struct item {
	char		 name[OPC_NAME_BYTES + 16];
	struct span	 bytes;
	bool		 stored;
};

static bool
is_picture(const struct opc_part *part)
{
	return part->kind->class == OPC_PICTURE;
}

static enum err
put_override(struct xml_write *w, const char *name, const char *type)
{
	char path[OPC_NAME_BYTES + 2];
	enum err err;

	snprintf(path, sizeof(path), "/%s", name);
	if ((err = xml_write_begin(w, XML_NS_TYPES, "Override")) == OK &&
	    (err = xml_write_attribute(w, XML_NS_NONE, "PartName",
	    span_str(path))) == OK &&
	    (err = xml_write_attribute(w, XML_NS_NONE, "ContentType",
	    span_str(type))) == OK)
		err = xml_write_end(w, XML_NS_TYPES, "Override");
	return err;
}

static enum err
put_defaults(struct xml_write *w)
{
	static const char *const types[][2] = {
		{ "jpeg", "image/jpeg" },
		{ "png", "image/png" },
		{ "rels", "application/vnd.openxmlformats-package."
		    "relationships+xml" },
		{ "xml", "application/xml" },
	};
	enum err err = OK;

	for (size_t i = 0; err == OK &&
	    i < sizeof(types) / sizeof(types[0]); i++)
		if ((err = xml_write_begin(w, XML_NS_TYPES,
		    "Default")) == OK &&
		    (err = xml_write_attribute(w, XML_NS_NONE, "Extension",
		    span_str(types[i][0]))) == OK &&
		    (err = xml_write_attribute(w, XML_NS_NONE, "ContentType",
		    span_str(types[i][1]))) == OK)
			err = xml_write_end(w, XML_NS_TYPES, "Default");
	return err;
}

static int
compare_parts(const void *a, const void *b)
{
	return strcmp((*(const struct opc_part *const *)a)->out_name,
	    (*(const struct opc_part *const *)b)->out_name);
}

static enum err
put_types(struct opc *opc, struct buf *out)
{
	struct xml_write w;
	enum err err;

	if ((err = xml_write_declaration(&w, out)) != OK ||
	    (err = xml_write_begin(&w, XML_NS_TYPES, "Types")) != OK ||
	    (err = xml_write_namespace(&w, XML_NS_TYPES)) != OK ||
	    (err = put_defaults(&w)) != OK)
		return err;
	err = put_override(&w, "docProps/app.xml", "application/vnd."
	    "openxmlformats-officedocument.extended-properties+xml");
	if (err == OK)
		err = put_override(&w, "docProps/core.xml", "application/"
		    "vnd.openxmlformats-package.core-properties+xml");
	for (unsigned i = 0; err == OK && i < opc->parts_n; i++)
		if (!is_picture(opc->parts[i]))
			err = put_override(&w, opc->parts[i]->out_name,
			    opc->parts[i]->out_type);
	if (err == OK)
		err = xml_write_end(&w, XML_NS_TYPES, "Types");
	return err;
}

static enum err
put_relation(struct xml_write *w, unsigned number, struct span type,
    struct span target, bool external)
{
	char id[16];
	enum err err;

	snprintf(id, sizeof(id), "rId%u", number);
	if ((err = xml_write_begin(w, XML_NS_RELATIONS,
	    "Relationship")) == OK &&
	    (err = xml_write_attribute(w, XML_NS_NONE, "Id",
	    span_str(id))) == OK &&
	    (err = xml_write_attribute(w, XML_NS_NONE, "Type",
	    type)) == OK &&
	    (err = xml_write_attribute(w, XML_NS_NONE, "Target",
	    target)) == OK &&
	    (!external || (err = xml_write_attribute(w, XML_NS_NONE,
	    "TargetMode", SPAN("External"))) == OK))
		err = xml_write_end(w, XML_NS_RELATIONS, "Relationship");
	return err;
}

static enum err
begin_relations(struct xml_write *w, struct buf *out)
{
	enum err err;

	if ((err = xml_write_declaration(w, out)) == OK &&
	    (err = xml_write_begin(w, XML_NS_RELATIONS,
	    "Relationships")) == OK)
		err = xml_write_namespace(w, XML_NS_RELATIONS);
	return err;
}

static enum err
put_root(struct opc *opc, struct buf *out)
{
	struct xml_write w;
	enum err err;

	if ((err = begin_relations(&w, out)) == OK &&
	    (err = put_relation(&w, 1,
	    SPAN(OPC_TRANSITIONAL "officeDocument"),
	    span_str(opc->parts[0]->out_name), false)) == OK &&
	    (err = put_relation(&w, 2, SPAN(OPC_CORE_TYPE),
	    SPAN("docProps/core.xml"), false)) == OK &&
	    (err = put_relation(&w, 3,
	    SPAN(OPC_TRANSITIONAL "extended-properties"),
	    SPAN("docProps/app.xml"), false)) == OK)
		err = xml_write_end(&w, XML_NS_RELATIONS, "Relationships");
	return err;
}

/* From the folder of one part to another, "../media/image1.png". */
static void
relative(const char *from, const char *to, char out[2 * OPC_NAME_BYTES])
{
	size_t same = 0, n = 0;

	for (size_t i = 0; from[i] != '\0' && from[i] == to[i]; i++)
		if (from[i] == '/')
			same = i + 1;
	for (size_t i = same; from[i] != '\0'; i++)
		if (from[i] == '/' && n + 3 < OPC_NAME_BYTES) {
			memcpy(out + n, "../", 3);
			n += 3;
		}
	snprintf(out + n, 2 * OPC_NAME_BYTES - n, "%s", to + same);
}

static enum err
put_one(struct xml_write *w, const struct opc_part *part,
    const struct opc_relation *r)
{
	char target[2 * OPC_NAME_BYTES], type[160];
	const struct opc_kind *kind;

	if (r->target == NULL)
		return put_relation(w, r->number,
		    SPAN(OPC_TRANSITIONAL "hyperlink"), r->external, true);
	kind = r->kind;
	if (kind->relation_type != NULL)
		snprintf(type, sizeof(type), "%s", kind->relation_type);
	else
		snprintf(type, sizeof(type), "%s%s", OPC_TRANSITIONAL,
		    kind->relation);
	relative(part->out_name, r->target->out_name, target);
	return put_relation(w, r->number, span_str(type), span_str(target),
	    false);
}

/* In the order of their numbers; those without one were never named. */
static enum err
put_relations(struct opc *opc, const struct opc_part *part, struct buf *out)
{
	const struct opc_relation **by_number;
	struct xml_write w;
	enum err err;

	by_number = arena_alloc_array(opc->arena, part->last_number + 1,
	    sizeof(*by_number));
	if (by_number == NULL)
		return ERR_LIMIT;
	for (unsigned i = 0; i < part->relations_n; i++)
		by_number[part->relations[i].number] = &part->relations[i];
	err = begin_relations(&w, out);
	for (unsigned i = 1; err == OK && i <= part->last_number; i++)
		if (by_number[i] != NULL)
			err = put_one(&w, part, by_number[i]);
	if (err == OK)
		err = xml_write_end(&w, XML_NS_RELATIONS, "Relationships");
	return err;
}

static int
compare_items(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->name,
	    ((const struct item *)b)->name);
}

static void
relations_path(const struct opc_part *part, struct item *item)
{
	const char *slash = strrchr(part->out_name, '/');
	int folder = slash == NULL ? 0 : (int)(slash + 1 - part->out_name);

	snprintf(item->name, sizeof(item->name), "%.*s_rels/%s.rels", folder,
	    part->out_name, part->out_name + folder);
}

/* All entries; those of relations live in the given buf, one after another. */
static enum err
collect(struct opc *opc, struct buf *relations, struct item *items,
    unsigned *n)
{
	enum err err;
	size_t *ends;

	ends = arena_alloc_array(opc->arena, opc->parts_n + 1,
	    sizeof(*ends));
	if (ends == NULL)
		return ERR_LIMIT;
	for (unsigned i = 0; i < opc->parts_n; i++) {
		if (opc->parts[i]->last_number > 0 && (err =
		    put_relations(opc, opc->parts[i], relations)) != OK)
			return err;
		ends[i] = relations->len;
	}
	for (unsigned i = 0; i < opc->parts_n; i++) {
		struct opc_part *part = opc->parts[i];
		size_t from = i > 0 ? ends[i - 1] : 0;

		snprintf(items[*n].name, sizeof(items[*n].name), "%s",
		    part->out_name);
		items[*n].bytes = buf_span(&part->out);
		items[(*n)++].stored = is_picture(part);
		if (ends[i] == from)
			continue;
		relations_path(part, &items[*n]);
		items[(*n)++].bytes = span_sub(buf_span(relations), from,
		    ends[i] - from);
	}
	snprintf(items[*n].name, sizeof(items[*n].name), "docProps/app.xml");
	items[(*n)++].bytes = span_str(opc->microsoft ?
	    opc_app_microsoft_xml : opc_app_xml);
	snprintf(items[*n].name, sizeof(items[*n].name),
	    "docProps/core.xml");
	items[(*n)++].bytes = buf_span(&opc->core);
	return OK;
}

static enum err
add(struct zip_writer *zip, const char *name, struct span bytes, bool stored)
{
	struct input in = input_span(bytes);

	return zip_add(zip, span_str(name), &in, stored);
}

enum err
opc_write(struct opc *opc, struct filter *out)
{
	struct buf types, root, relations;
	struct zip_writer zip;
	struct item *items;
	unsigned n = 0;
	enum err err;

	buf_init(&types, TYPES_BYTES_MAX);
	buf_init(&root, TYPES_BYTES_MAX);
	buf_init(&relations, RELATIONS_BYTES_MAX);
	if ((err = zip_writer_init(&zip, out)) != OK)
		return err;
	items = arena_alloc_array(opc->arena, 2 * opc->parts_n + 2,
	    sizeof(*items));
	if (items == NULL)
		err = ERR_LIMIT;
	/* both in the order of names */
	qsort(opc->parts + 1, opc->parts_n - 1, sizeof(opc->parts[0]),
	    compare_parts);
	if (err == OK && (err = put_types(opc, &types)) == OK &&
	    (err = put_root(opc, &root)) == OK &&
	    (err = collect(opc, &relations, items, &n)) == OK &&
	    (err = add(&zip, "[Content_Types].xml", buf_span(&types),
	    false)) == OK)
		err = add(&zip, "_rels/.rels", buf_span(&root), false);
	if (err == OK)
		qsort(items, n, sizeof(*items), compare_items);
	for (unsigned i = 0; err == OK && i < n; i++)
		err = add(&zip, items[i].name, items[i].bytes,
		    items[i].stored);
	if (err == OK)
		err = zip_finish(&zip);
	zip_writer_fini(&zip);
	buf_fini(&types);
	buf_fini(&root);
	buf_fini(&relations);
	return err;
}

/* Words for the report, by what is in a name or a content type. */
static const struct {
	const char	*in;
	const char	*what;
} unreached[] = {
	{ "vba", "macro" },
	{ "macrosheet", "macro" },
	{ "activex", "activex" },
	{ "control", "activex" },
	{ "oleobject", "ole-object" },
	{ "embeddings/", "embedded-file" },
	{ "externallink", "external-link" },
	{ "customxml", "custom-xml" },
	{ "custom-properties", "metadata" },
	{ "thumbnail", "thumbnail" },
	{ "printersettings", "printer-settings" },
	{ "signature", "signature" },
	{ "customui", "macro" },
	{ "dialogsheet", "macro" },
	{ "connections", "external-link" },
	{ "querytable", "external-link" },
	{ "ctrlprop", "form-control" },
	{ "pivot", "pivot-table" },
	{ "vmldrawing", "drawing" },
	{ "slicer", "slicer" },
	{ "timeline", "slicer" },
	{ "threadedcomment", "threaded-comment" },
	{ "persons/", "metadata" },
	{ "revision", "metadata" },
	{ "webextension", "web-extension" },
	{ "chartex", "chart" },
	{ "comments/moderncomment", "comment" },
	{ "websettings", "metadata" },
	{ "styleswitheffects", "metadata" },
	{ "tags+xml", "metadata" },
	{ "font", "font" },
	{ "media/", "media" },
};

static const char *
unreached_what(struct span name, struct span type)
{
	for (size_t i = 0; i < sizeof(unreached) / sizeof(unreached[0]);
	    i++) {
		struct span in = span_str(unreached[i].in);

		if (span_find_nocase(name, in) < name.len ||
		    span_find_nocase(type, in) < type.len)
			return unreached[i].what;
	}
	return "part";
}

enum err
opc_count_unreached(struct opc *opc)
{
	enum err err = OK;

	for (size_t i = 0; err == OK && i < opc->zip.entries_n; i++) {
		struct span name = opc->zip.entries[i].name;

		if (opc->known[i] || opc->of_entry[i] != NULL ||
		    opc->zip.entries[i].folder ||
		    span_ends_nocase(name, SPAN(".rels")))
			continue;
		err = removed_add(opc->removed, unreached_what(name,
		    opc_type_of(opc, name)), 1, name);
	}
	return err;
}
