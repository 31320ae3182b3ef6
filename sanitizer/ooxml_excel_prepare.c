/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What of a workbook must be known before its first part is written: the
 * sheets that stay, and the pivot tables whose data are in the book.
 */
#include <limits.h>
#include <string.h>

#include "ooxml_excel.h"
#include "opc_internal.h"

#define TYPE(name) \
	SPAN("application/vnd.openxmlformats-officedocument.spreadsheetml." \
	    name "+xml")

struct link {
	struct span	 id;
	size_t		 entry;
};
struct reader {
	struct excel	*excel;
	struct link	*links;		/* to sheets that can stay */
	unsigned	 links_n;
	unsigned	 depth;
	unsigned	 sheets_depth;	/* 2: in <sheets> */
	unsigned	 kept, visible;
	bool		 source, external, dde;
	struct span	 name;		/* of a pivot table */
	bool		 cache;		/* it has one that stays */
};

static enum err
end(void *ctx, enum xml_ns ns, const char *name)
{
	struct reader *r = ctx;

	(void)ns;
	(void)name;
	if (r->depth == r->sheets_depth)
		r->sheets_depth = 0;
	r->depth--;
	return OK;
}

static enum err
text(void *ctx, struct span s)
{
	(void)ctx;
	(void)s;
	return OK;
}

static enum err
sheet_link(struct opc *opc, void *ctx, const struct opc_link *link)
{
	struct reader *r = ctx;
	struct span type;
	size_t entry;

	if (link->external || !link->base_known ||
	    (!span_equal(link->type, SPAN("worksheet")) &&
	    !span_equal(link->type, SPAN("chartsheet"))) ||
	    !opc_resolve(opc, opc->zip.entries[opc->main_entry].name,
	    link->target, &entry))
		return OK;
	type = opc_type_of(opc, opc->zip.entries[entry].name);
	if (!span_equal_nocase(type, TYPE("worksheet")) &&
	    !span_equal_nocase(type, TYPE("chartsheet")))
		return OK;
	if (r->links_n == OOXML_PARTS_MAX)
		return opc_error(opc, ERR_LIMIT, SPAN(""),
		    "too many sheets");
	r->links[r->links_n++] = (struct link){ link->id, entry };
	return OK;
}

static enum err
add_sheet(struct reader *r, const struct xml_tag *tag)
{
	struct excel *excel = r->excel;
	struct excel_sheet *sheet = &excel->sheets[excel->sheets_n];
	struct span id = SPAN(""), name = SPAN(""), state = SPAN("");

	if (excel->sheets_n == OOXML_PARTS_MAX)
		return opc_error(excel->opc, ERR_LIMIT, SPAN(""),
		    "too many sheets");
	(void)xml_tag_value(tag, XML_NS_R, "id", &id);
	(void)xml_tag_value(tag, XML_NS_NONE, "name", &name);
	(void)xml_tag_value(tag, XML_NS_NONE, "state", &state);
	if (!arena_dup(excel->opc->arena, name, &sheet->name))
		return ERR_LIMIT;
	for (unsigned i = 0; i < r->links_n && !sheet->kept; i++)
		if (span_equal(r->links[i].id, id)) {
			sheet->kept = true;
			sheet->entry = r->links[i].entry;
		}
	sheet->hidden = span_equal(state, SPAN("hidden")) ||
	    span_equal(state, SPAN("veryHidden"));
	sheet->index = r->kept;
	if (!sheet->kept)
		excel->gone_n++;
	else if (!sheet->hidden)
		r->visible++;
	r->kept += sheet->kept;
	excel->sheets_n++;
	return OK;
}

/* Only <workbook><sheets><sheet>, as the rewriter sees them. */
static enum err
book_start(void *ctx, struct xml_tag *tag)
{
	struct reader *r = ctx;

	r->depth++;
	if (tag->ns != XML_NS_X)
		return OK;
	if (r->depth == 2 && strcmp(tag->name, "sheets") == 0)
		r->sheets_depth = r->depth;
	else if (r->depth == 2 && strcmp(tag->name, "workbookPr") == 0)
		r->excel->from_1904 = excel_flag(tag, "date1904");
	else if (r->depth == 3 && r->sheets_depth == 2 &&
	    strcmp(tag->name, "sheet") == 0)
		return add_sheet(r, tag);
	return OK;
}

static enum err
parse(struct reader *r, size_t entry,
    enum err (*start)(void *, struct xml_tag *))
{
	struct xml_events events = { start, end, text };
	struct opc *opc = r->excel->opc;
	struct xml_parse *p = &opc->rewrite->parse;
	enum err err;

	r->depth = 0;
	if ((err = xml_parse_init(p, &events, r)) == OK)
		err = opc_parse(opc, entry, p);
	xml_parse_fini(p);
	return err;
}

enum err
excel_read_sheets(struct opc *opc, struct excel *excel)
{
	struct reader r = { .excel = excel };
	enum err err;

	memset(excel, 0, sizeof(*excel));
	excel->opc = opc;
	excel->shown = UINT_MAX;
	r.links = arena_alloc_array(opc->arena, OOXML_PARTS_MAX,
	    sizeof(r.links[0]));
	excel->sheets = arena_alloc_array(opc->arena, OOXML_PARTS_MAX,
	    sizeof(excel->sheets[0]));
	if (r.links == NULL || excel->sheets == NULL)
		return ERR_LIMIT;
	if ((err = opc_read_relations(opc,
	    opc->zip.entries[opc->main_entry].name, sheet_link,
	    &r)) != OK || (err = parse(&r, opc->main_entry,
	    book_start)) != OK)
		return err;
	if (r.kept == 0)
		return opc_error(opc, ERR_POLICY, SPAN(""),
		    excel->sheets_n == 0 ? "a workbook without sheets" :
		    "no sheet of it can stay");
	for (unsigned i = excel->sheets_n; i-- > 0 && r.visible == 0; )
		if (excel->sheets[i].kept)
			excel->shown = i;
	return OK;
}

/* Where a pivot table's data come from. */
static enum err
cache_start(void *ctx, struct xml_tag *tag)
{
	struct reader *r = ctx;
	struct span value;

	r->depth++;
	if (tag->ns != XML_NS_X)
		return OK;
	if (strcmp(tag->name, "cacheSource") == 0) {
		if (!xml_tag_value(tag, XML_NS_NONE, "type", &value) ||
		    !span_equal(value, SPAN("worksheet")))
			r->external = true;
	} else if (strcmp(tag->name, "worksheetSource") == 0) {
		r->source = true;
		if (xml_tag_value(tag, XML_NS_R, "id", &value))
			r->external = true;
	}
	return OK;
}

static enum err
pivot_link(struct opc *opc, void *ctx, const struct opc_link *link)
{
	struct reader *r = ctx;
	size_t entry;

	if (!link->external && link->base_known &&
	    span_equal(link->type, SPAN("pivotCacheDefinition")) &&
	    opc_resolve(opc, r->name, link->target, &entry) &&
	    span_equal_nocase(opc_type_of(opc,
	    opc->zip.entries[entry].name), TYPE("pivotCacheDefinition")) &&
	    !opc->refused[entry])
		r->cache = true;
	return OK;
}

static enum err
external_start(void *ctx, struct xml_tag *tag)
{
	struct reader *r = ctx;

	r->depth++;
	if (tag->ns == XML_NS_X && strcmp(tag->name, "ddeLink") == 0)
		r->dde = true;
	return OK;
}

/* Another book, or a program that is asked for data: it is not reached. */
static enum err
count_external(struct excel *excel)
{
	struct opc *opc = excel->opc;
	struct reader r = { .excel = excel };
	enum err err;

	for (size_t i = 0; i < opc->zip.entries_n; i++) {
		struct span name = opc->zip.entries[i].name;

		if (!span_equal_nocase(opc_type_of(opc, name),
		    TYPE("externalLink")))
			continue;
		r.dde = false;
		if ((err = parse(&r, i, external_start)) != OK)
			return err;
		opc->known[i] = true;
		if ((err = removed_add(opc->removed, r.dde ? "dde" :
		    "external-link", 1, name)) != OK)
			return err;
	}
	return OK;
}

/* Those with data from elsewhere go, and the tables that show them. */
static enum err
refuse_pivots(struct excel *excel)
{
	struct opc *opc = excel->opc;
	struct reader r = { .excel = excel };
	enum err err;

	for (size_t i = 0; i < opc->zip.entries_n; i++) {
		struct span type = opc_type_of(opc, opc->zip.entries[i].name);

		if (span_equal_nocase(type, TYPE("calcChain")))
			opc->known[i] = true;	/* Excel makes it anew */
		if (!span_equal_nocase(type, TYPE("pivotCacheDefinition")))
			continue;
		r.source = r.external = false;
		if ((err = parse(&r, i, cache_start)) != OK)
			return err;
		opc->refused[i] = r.external || !r.source;
	}
	for (size_t i = 0; i < opc->zip.entries_n; i++) {
		r.name = opc->zip.entries[i].name;
		if (!span_equal_nocase(opc_type_of(opc, r.name),
		    TYPE("pivotTable")))
			continue;
		r.cache = false;
		if ((err = opc_read_relations(opc, r.name, pivot_link,
		    &r)) != OK)
			return err;
		opc->refused[i] = !r.cache;
	}
	return OK;
}

enum err
excel_prepare(struct opc *opc)
{
	struct excel *excel = arena_alloc(opc->arena, sizeof(*excel));
	enum err err;

	if (excel == NULL)
		return ERR_LIMIT;
	if ((err = excel_read_sheets(opc, excel)) != OK)
		return err;
	excel->shared = arena_alloc(opc->arena, EXCEL_SHARED_MAX / 8);
	if (excel->shared == NULL)
		return ERR_LIMIT;
	opc->state = excel;
	if ((err = refuse_pivots(excel)) == OK)
		err = count_external(excel);
	return err == OK ? excel_read_vml(excel) : err;
}

enum err
excel_part_open(struct opc *opc, struct opc_part *part,
    struct xml_rewrite *rw)
{
	struct excel_part *state = arena_alloc(opc->arena, sizeof(*state));
	struct excel *excel = opc->state;

	if (state == NULL)
		return ERR_LIMIT;
	state->excel = excel;
	state->part = part;
	if (excel->shared_used)
		memset(excel->shared, 0, EXCEL_SHARED_MAX / 8);
	excel->shared_used = false;
	rw->state = state;
	return OK;
}
