/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The walk over a package: from the main part along relations that fit, each
 * part once. What is made stays in memory until the names and the ids of all
 * are known; opc_write.c puts it together.
 */
#include "opc_internal.h"

#include <stdio.h>
#include <string.h>

static enum err
root_relation(struct opc *opc, void *ctx, const struct opc_link *link)
{
	size_t entry;

	(void)ctx;
	if (link->external || !link->base_known ||
	    !opc_resolve(opc, SPAN(""), link->target, &entry))
		return OK;
	if (span_equal(link->type, SPAN("officeDocument"))) {
		if (opc->main_entry != SIZE_MAX)
			return opc_error(opc, ERR_INPUT, SPAN(""),
			    "two main parts");
		opc->main_entry = entry;
	} else if (span_equal(link->type, SPAN("core-properties"))) {
		opc->core_entry = entry;
		opc->known[entry] = true;
	} else if (span_equal(link->type, SPAN("extended-properties"))) {
		opc->known[entry] = true;
		return opc_app(opc, entry);
	}
	return OK;
}

enum err
opc_open(struct opc *opc, const struct input *in, struct arena *arena,
    const struct sanitizer_policy *policy, struct buf *removed)
{
	enum err err;

	memset(opc, 0, sizeof(*opc));
	opc->arena = arena;
	opc->policy = policy;
	opc->removed = removed;
	opc->main_entry = opc->core_entry = SIZE_MAX;
	buf_init(&opc->core, 16 * 1024);
	if ((err = zip_open(&opc->zip, in, ZIP_STRICT, arena)) != OK)
		return opc_error(opc, err, SPAN(""), opc->zip.why);
	opc->rewrite = arena_alloc(arena, sizeof(*opc->rewrite));
	opc->of_entry = arena_alloc_array(arena, opc->zip.entries_n + 1,
	    sizeof(opc->of_entry[0]));
	opc->known = arena_alloc_array(arena, opc->zip.entries_n + 1,
	    sizeof(bool));
	opc->refused = arena_alloc_array(arena, opc->zip.entries_n + 1,
	    sizeof(bool));
	if (opc->rewrite == NULL || opc->of_entry == NULL ||
	    opc->known == NULL || opc->refused == NULL)
		return ERR_LIMIT;
	if ((err = opc_read_types(opc)) != OK)
		return opc_error(opc, err, SPAN(""), "bad content types");
	err = opc_read_relations(opc, SPAN(""), root_relation, NULL);
	if (err != OK)
		return opc_error(opc, err, SPAN(""), "bad root relations");
	if (opc->main_entry == SIZE_MAX)
		return opc_error(opc, ERR_INPUT, SPAN(""), "no main part");
	opc->main_type = opc_type_of(opc,
	    opc->zip.entries[opc->main_entry].name);
	return OK;
}

void
opc_close(struct opc *opc)
{
	for (unsigned i = 0; i < opc->parts_n; i++)
		buf_fini(&opc->parts[i]->out);
	buf_fini(&opc->core);
}

static bool
type_fits(const struct opc_kind *kind, struct span type)
{
	for (unsigned i = 0; i < OPC_TYPES_MAX && kind->types[i] != NULL;
	    i++) {
		struct span known = span_str(kind->types[i]);

		if (span_equal_nocase(type, known) ||
		    (span_ends(known, SPAN("/")) &&
		    span_begins_nocase(type, known)))
			return true;
	}
	return false;
}

static const struct opc_kind *
find_kind(const struct opc *opc, struct span relation, size_t entry)
{
	struct span type = opc_type_of(opc, opc->zip.entries[entry].name);

	for (unsigned i = 0; i < opc->kinds_n; i++)
		if (span_equal(relation, span_str(opc->kinds[i].relation)) &&
		    type_fits(&opc->kinds[i], type))
			return &opc->kinds[i];
	return NULL;
}

/* The part of an entry, made on the first call. */
static enum err
reach(struct opc *opc, const struct opc_part *from, size_t entry,
    const struct opc_kind *kind, struct opc_part **part)
{
	unsigned number = 1;
	struct opc_part *p = opc->of_entry[entry];

	*part = p;
	if (p != NULL)
		return OK;
	if (opc->parts_n == OOXML_PARTS_MAX)
		return opc_error(opc, ERR_LIMIT, SPAN(""), "too many parts");
	for (unsigned i = 0; i < opc->parts_n; i++)
		if (strcmp(opc->parts[i]->kind->out_name,
		    kind->out_name) == 0)
			number++;
	if ((p = arena_alloc(opc->arena, sizeof(*p))) == NULL)
		return ERR_LIMIT;
	p->opc = opc;
	p->name = opc->zip.entries[entry].name;
	p->entry = entry;
	p->from = from;
	p->kind = kind;
	p->out_type = kind->out_type;
	if (kind->single && number > 1)
		return opc_error(opc, ERR_INPUT, p->name, "a second one");
	buf_init(&p->out, OOXML_OUT_BYTES_MAX);
	snprintf(p->out_name, sizeof(p->out_name), "%s", kind->out_name);
	if (strstr(kind->out_name, "%u") != NULL) {
		int at = (int)(strstr(kind->out_name, "%u") -
		    kind->out_name);

		snprintf(p->out_name, sizeof(p->out_name), "%.*s%u%s", at,
		    kind->out_name, number, kind->out_name + at + 2);
	}
	opc->of_entry[entry] = opc->parts[opc->parts_n++] = p;
	*part = p;
	return OK;
}

static uint32_t
hash(struct span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ s.ptr[i]) * 16777619u;
	return h;
}

/* Slots double as the list grows; ids that collide are few by their limit. */
struct opc_relation *
opc_relation_find(const struct opc_part *part, struct span id)
{
	if (part->slots_n == 0)
		return NULL;
	for (uint32_t at = hash(id) % part->slots_n; part->slots[at] != 0;
	    at = (at + 1) % part->slots_n) {
		struct opc_relation *r =
		    &part->relations[part->slots[at] - 1];

		if (span_equal(r->id, id))
			return r;
	}
	return NULL;
}

static void
put_slot(struct opc_part *part, unsigned index)
{
	uint32_t at = hash(part->relations[index].id) % part->slots_n;

	while (part->slots[at] != 0)
		at = (at + 1) % part->slots_n;
	part->slots[at] = index + 1;
}

static enum err
add_relation(struct opc *opc, struct opc_part *part,
    const struct opc_relation *relation)
{
	struct opc_relation *more;
	unsigned n = part->slots_n / 2;

	if (part->relations_n == n) {
		n = n == 0 ? 16 : 2 * n;
		more = arena_alloc_array(opc->arena, n, sizeof(*more));
		part->slots = arena_alloc_array(opc->arena, 2 * n,
		    sizeof(part->slots[0]));
		if (more == NULL || part->slots == NULL)
			return ERR_LIMIT;
		if (part->relations_n > 0)
			memcpy(more, part->relations, part->relations_n *
			    sizeof(*more));
		part->relations = more;
		part->slots_n = 2 * n;
		for (unsigned i = 0; i < part->relations_n; i++)
			put_slot(part, i);
	}
	part->relations[part->relations_n] = *relation;
	put_slot(part, part->relations_n++);
	return OK;
}

/* What an external target is called in the report. */
static const char *
external_what(struct span type)
{
	if (span_equal(type, SPAN("attachedTemplate")))
		return "template";
	if (span_equal(type, SPAN("hyperlink")))
		return "link";
	return "external-link";
}

static enum err
part_relation(struct opc *opc, void *ctx, const struct opc_link *link)
{
	struct opc_part *part = ctx;
	struct opc_relation r = { .id = link->id };
	bool hyperlink = span_equal(link->type, SPAN("hyperlink"));
	enum err err;

	if (opc_relation_find(part, link->id) != NULL)
		return opc_error(opc, ERR_INPUT, part->name,
		    "two relations of one id");
	if (link->external || (hyperlink && link->target.len > 0 &&
	    link->target.ptr[0] == '#')) {
		if (!link->base_known || !hyperlink ||
		    !opc_link_target(link->target, opc->arena, &r.external))
			return removed_add(opc->removed,
			    external_what(link->type), 1, part->name);
		return add_relation(opc, part, &r);
	}
	if (!link->base_known ||
	    !opc_resolve(opc, part->name, link->target, &r.entry))
		return OK;
	r.kind = find_kind(opc, link->type, r.entry);
	if (r.kind == NULL || opc->refused[r.entry])
		return OK;	/* counted as a part that is not reached */
	if (r.kind->implicit) {
		if ((err = reach(opc, part, r.entry, r.kind,
		    &r.target)) != OK)
			return err;
		r.number = ++part->last_number;
	}
	return add_relation(opc, part, &r);
}

static bool
is_one_of(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

static bool
relation_fits(const struct opc_relation *r, const char *element)
{
	static const char *const links[] = { "hyperlink", "hlinkClick",
	    "hlinkHover", NULL };
	static const char *const pictures[] = { "blip", "imagedata", "fill",
	    "stroke", "picture", "shape", NULL };

	if (r->external.len > 0)
		return is_one_of(element, links);
	return !is_one_of(element, pictures) ||
	    r->kind->class == OPC_PICTURE;
}

bool
opc_relation_named(void *ctx, const char *element, struct xml_attribute *a)
{
	struct opc_part *part = ctx;
	struct opc_relation *r = opc_relation_find(part, a->value);

	if (r == NULL || !relation_fits(r, element))
		return false;
	if (r->number == 0) {
		if (r->external.len == 0 && reach(part->opc, part,
		    r->entry, r->kind, &r->target) != OK)
			return false;
		r->number = ++part->last_number;
	}
	snprintf(r->written, sizeof(r->written), "rId%u", r->number);
	a->value = span_str(r->written);
	return true;
}

static enum err
rewrite_part(struct opc *opc, struct opc_part *part)
{
	struct xml_rewrite *rw = opc->rewrite;
	enum err err, closed = OK;
	bool open;

	err = xml_rewrite_init(rw, part->kind->table, &part->out);
	rw->relation = opc_relation_named;
	rw->ctx = part;
	if (err == OK && part->kind->open != NULL)
		err = part->kind->open(opc, part, rw);
	open = err == OK;
	if (err == OK)
		err = opc_parse(opc, part->entry, &rw->parse);
	if (open && part->kind->close != NULL)
		closed = part->kind->close(opc, part, rw);
	if (err == OK)
		err = closed;
	if (err == OK)
		err = xml_rewrite_report(rw, opc->removed, part->name);
	xml_rewrite_fini(rw);
	return err;
}

enum err
opc_rebuild(struct opc *opc, const struct opc_kind *kinds, unsigned kinds_n)
{
	struct opc_part *part;
	const struct opc_kind *kind;
	enum err err;

	opc->kinds = kinds;
	opc->kinds_n = kinds_n;
	kind = find_kind(opc, SPAN("officeDocument"), opc->main_entry);
	if (kind == NULL)
		return opc_error(opc, ERR_POLICY, opc->main_type,
		    "a type that is not made");
	if ((err = reach(opc, NULL, opc->main_entry, kind, &part)) != OK)
		return err;
	err = opc_core(opc, opc->core_entry);
	for (unsigned i = 0; err == OK && i < opc->parts_n; i++) {
		part = opc->parts[i];
		if (part->kind->class == OPC_PICTURE) {
			err = opc_picture(opc, part);
		} else if (part->kind->make != NULL) {
			err = part->kind->make(opc, part);
		} else {
			err = opc_read_relations(opc, part->name,
			    part_relation, part);
			if (err == OK)
				err = rewrite_part(opc, part);
		}
		opc->out_bytes += part->out.len;
		if (err == OK && opc->out_bytes > OOXML_OUT_BYTES_MAX)
			err = ERR_LIMIT;
		if (err != OK)
			(void)opc_error(opc, err, part->name, err_name(err));
	}
	return err == OK ? opc_count_unreached(opc) : err;
}
