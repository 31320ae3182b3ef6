/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a package says of itself: content types and relations, and where the
 * targets of relations lead. Nothing here is trusted to be there.
 */
#include "link_target.h"
#include "opc_internal.h"

#include <stdio.h>
#include <string.h>

#define TARGET_BYTES_MAX	2048

enum err
opc_error(struct opc *opc, enum err err, struct span where, const char *why)
{
	if (opc->why[0] == '\0')
		snprintf(opc->why, sizeof(opc->why), "%.*s%s%s",
		    (int)(where.len > 60 ? 60 : where.len),
		    where.len > 0 ? (const char *)where.ptr : "",
		    where.len > 0 ? ": " : "", why);
	return err;
}

enum err
opc_parse(struct opc *opc, size_t entry, struct xml_parse *parse)
{
	struct span name = opc->zip.entries[entry].name;
	enum err err;

	err = zip_read(&opc->zip, entry, xml_parse_input(parse));
	if (err == OK)
		err = filter_end(xml_parse_input(parse));
	if (err != OK)
		(void)opc_error(opc, err, name,
		    parse->scan.why != NULL ? parse->scan.why :
		    parse->why[0] != '\0' ? parse->why :
		    opc->zip.why[0] != '\0' ? opc->zip.why : err_name(err));
	return err;
}

struct reader {
	struct opc	*opc;
	bool		 count;		/* first pass: only how many */
	unsigned	 defaults_n, overrides_n;
	enum err	 (*each)(struct opc *, void *,
			    const struct opc_link *);
	void		*ctx;
};

static enum err
ignore_end(void *ctx, enum xml_ns ns, const char *name)
{
	(void)ctx;
	(void)ns;
	(void)name;
	return OK;
}

static enum err
ignore_text(void *ctx, struct span text)
{
	(void)ctx;
	(void)text;
	return OK;
}

static bool
add_type(struct opc *opc, struct opc_type *list, unsigned *n,
    const struct xml_tag *tag, const char *key)
{
	struct opc_type *type = &list[*n];
	struct span value;

	if (*n == OOXML_PARTS_MAX)
		return false;
	if (!xml_tag_value(tag, XML_NS_NONE, key, &value) ||
	    !arena_dup(opc->arena, value, &type->key))
		return false;
	if (!xml_tag_value(tag, XML_NS_NONE, "ContentType", &value) ||
	    !arena_dup(opc->arena, value, &type->type))
		return false;
	for (unsigned i = 0; i < *n; i++)
		if (span_equal_nocase(list[i].key, type->key))
			return false;	/* readers would differ */
	++*n;
	return true;
}

static enum err
types_start(void *ctx, struct xml_tag *tag)
{
	struct opc *opc = ctx;
	bool added = true;

	if (tag->ns != XML_NS_TYPES)
		return ERR_INPUT;
	if (strcmp(tag->name, "Default") == 0)
		added = add_type(opc, opc->defaults, &opc->defaults_n, tag,
		    "Extension");
	else if (strcmp(tag->name, "Override") == 0)
		added = add_type(opc, opc->overrides, &opc->overrides_n, tag,
		    "PartName");
	return added ? OK : ERR_INPUT;
}

enum err
opc_read_types(struct opc *opc)
{
	static const struct xml_events events = { types_start, ignore_end,
	    ignore_text };
	long entry = zip_find(&opc->zip, SPAN("[Content_Types].xml"));
	struct xml_parse *parse = &opc->rewrite->parse;
	enum err err;

	if (entry < 0)
		return opc_error(opc, ERR_INPUT, SPAN(""),
		    "no [Content_Types].xml");
	opc->known[entry] = true;
	opc->defaults = arena_alloc_array(opc->arena, OOXML_PARTS_MAX,
	    sizeof(struct opc_type));
	opc->overrides = arena_alloc_array(opc->arena, OOXML_PARTS_MAX,
	    sizeof(struct opc_type));
	if (opc->defaults == NULL || opc->overrides == NULL)
		return ERR_LIMIT;
	if ((err = xml_parse_init(parse, &events, opc)) == OK)
		err = opc_parse(opc, (size_t)entry, parse);
	xml_parse_fini(parse);
	return err;
}

struct span
opc_type_of(const struct opc *opc, struct span name)
{
	size_t dot = name.len;

	for (unsigned i = 0; i < opc->overrides_n; i++) {
		struct span key = opc->overrides[i].key;

		if (key.len > 0 && key.ptr[0] == '/' &&
		    span_equal_nocase(span_sub(key, 1, key.len), name))
			return opc->overrides[i].type;
	}
	while (dot > 0 && name.ptr[dot - 1] != '.' &&
	    name.ptr[dot - 1] != '/')
		dot--;
	for (unsigned i = 0; i < opc->defaults_n; i++)
		if (dot > 0 && span_equal_nocase(opc->defaults[i].key,
		    span_sub(name, dot, name.len)))
			return opc->defaults[i].type;
	return SPAN("");
}

/* "/_rels/NAME.rels" beside the part. */
static bool
relations_name(struct span part, char out[512], struct span *name)
{
	size_t slash = part.len;
	int n;

	while (slash > 0 && part.ptr[slash - 1] != '/')
		slash--;
	n = snprintf(out, 512, "%.*s_rels/%.*s.rels", (int)slash,
	    slash > 0 ? (const char *)part.ptr : "",
	    (int)(part.len - slash), part.len > slash ?
	    (const char *)part.ptr + slash : "");
	*name = (struct span){ (const uint8_t *)out, (size_t)n };
	return n > 0 && n < 512;
}

/* The last segment, and is what is before it a base that we know? */
static struct span
split_type(struct span type, bool *known)
{
	static const char *const bases[] = { OPC_TRANSITIONAL,
	    "http://purl.oclc.org/ooxml/officeDocument/relationships/",
	    "http://schemas.openxmlformats.org/package/2006/relationships/"
	    "metadata/" };
	size_t slash = type.len;
	struct span base;

	while (slash > 0 && type.ptr[slash - 1] != '/')
		slash--;
	base = span_sub(type, 0, slash);
	*known = false;
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++)
		*known |= span_equal(base, span_str(bases[i]));
	if (span_begins(base,
	    SPAN("http://schemas.microsoft.com/office/20")) &&
	    span_ends(base, SPAN("/relationships/")))
		*known = true;
	return span_sub(type, slash, type.len);
}

static enum err
relations_start(void *ctx, struct xml_tag *tag)
{
	struct reader *r = ctx;
	struct opc *opc = r->opc;
	struct opc_link link = { 0 };
	struct span type, mode;

	if (tag->ns != XML_NS_RELATIONS)
		return ERR_INPUT;
	if (strcmp(tag->name, "Relationship") != 0)
		return OK;
	if (++opc->relations_n > OOXML_RELATIONS_MAX)
		return ERR_LIMIT;
	if (!xml_tag_value(tag, XML_NS_NONE, "Id", &link.id) ||
	    !xml_tag_value(tag, XML_NS_NONE, "Type", &type) ||
	    !xml_tag_value(tag, XML_NS_NONE, "Target", &link.target))
		return OK;	/* it leads nowhere */
	link.external = xml_tag_value(tag, XML_NS_NONE, "TargetMode",
	    &mode) && !span_equal_nocase(mode, SPAN("Internal"));
	link.type = split_type(type, &link.base_known);
	if (!arena_dup(opc->arena, link.id, &link.id) ||
	    !arena_dup(opc->arena, link.type, &link.type) ||
	    !arena_dup(opc->arena, link.target, &link.target))
		return ERR_LIMIT;
	return r->each(opc, r->ctx, &link);
}

enum err
opc_read_relations(struct opc *opc, struct span name,
    enum err (*each)(struct opc *, void *, const struct opc_link *),
    void *ctx)
{
	static const struct xml_events events = { relations_start,
	    ignore_end, ignore_text };
	struct reader reader = { .opc = opc, .each = each, .ctx = ctx };
	struct xml_parse *parse = &opc->rewrite->parse;
	char path[512];
	struct span rels;
	long entry;
	enum err err;

	if (!relations_name(name, path, &rels))
		return opc_error(opc, ERR_INPUT, name, "name too long");
	entry = zip_find(&opc->zip, rels);
	if (entry < 0)
		return OK;
	opc->known[entry] = true;
	if ((err = xml_parse_init(parse, &events, &reader)) == OK)
		err = opc_parse(opc, (size_t)entry, parse);
	xml_parse_fini(parse);
	return err;
}

/* Put the segments of a path behind those in out; false: leads out of it. */
static bool
walk(char *out, size_t *len, struct span path)
{
	struct span segment;

	while (path.len > 0) {
		span_cut(&path, '/', &segment);
		if (segment.len == 0 || span_equal(segment, SPAN(".")))
			continue;
		if (span_equal(segment, SPAN(".."))) {
			if (*len == 0)
				return false;
			while (*len > 0 && out[*len - 1] != '/')
				--*len;
			if (*len > 0)
				--*len;
			continue;
		}
		if (*len + segment.len + 1 >= TARGET_BYTES_MAX)
			return false;
		if (*len > 0)
			out[(*len)++] = '/';
		memcpy(out + *len, segment.ptr, segment.len);
		*len += segment.len;
	}
	return true;
}

bool
opc_resolve(const struct opc *opc, struct span from, struct span target,
    size_t *entry)
{
	char path[TARGET_BYTES_MAX];
	size_t len = 0, slash = from.len;
	long found;

	while (slash > 0 && from.ptr[slash - 1] != '/')
		slash--;
	if (target.len == 0 || (target.ptr[0] != '/' &&
	    !walk(path, &len, span_sub(from, 0, slash))))
		return false;
	if (!walk(path, &len, target) || len == 0)
		return false;
	found = zip_find(&opc->zip, (struct span){ (uint8_t *)path, len });
	if (found < 0 || opc->zip.entries[found].folder)
		return false;
	*entry = (size_t)found;
	return true;
}

bool
opc_link_target(struct span target, struct arena *arena,
    struct span *written)
{
	char out[LINK_TARGET_BYTES_MAX];
	bool place;
	size_t n = 0;

	target = span_trim(target);
	place = target.len > 1 && target.ptr[0] == '#';
	if (place ? !link_target_escape(target, out, &n) :
	    !link_target(target, out, &n))
		return false;
	return arena_dup(arena, (struct span){ (uint8_t *)out, n }, written);
}

bool
opc_is_place(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\0' || strchr("[]|\\", s.ptr[i]) != NULL)
			return false;
	return span_find(s, SPAN("://")) == s.len;
}
