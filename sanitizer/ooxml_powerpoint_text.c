/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text of a presentation: its slides in the order of the show, each under
 * its number, with the notes of the speaker behind it.
 */
#include <string.h>

#include "ooxml_powerpoint.h"
#include "opc_internal.h"

#define SLIDES_MAX	OOXML_PARTS_MAX

struct reader {
	struct opc	*opc;
	struct buf	*out;
	struct span	 ids[SLIDES_MAX];	/* of the list of slides */
	unsigned	 ids_n;
	size_t		 entries[SLIDES_MAX];	/* SIZE_MAX: not known */
	size_t		 notes_entry;		/* SIZE_MAX: it has none */
	bool		*seen;			/* entries: each once */
	struct span	 name;			/* of the part at hand */
	unsigned	 in_text;
	unsigned	 rows;			/* tables that are open */
	bool		 cell;			/* one was before in it */
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

static enum err
list_start(void *ctx, struct xml_tag *tag)
{
	struct reader *r = ctx;
	struct span id;

	if (tag->ns != XML_NS_P || strcmp(tag->name, "sldId") != 0 ||
	    !xml_tag_value(tag, XML_NS_R, "id", &id))
		return OK;
	if (r->ids_n == SLIDES_MAX ||
	    !arena_dup(r->opc->arena, id, &r->ids[r->ids_n]))
		return ERR_LIMIT;
	r->entries[r->ids_n++] = SIZE_MAX;
	return OK;
}

static enum err
slide_link(struct opc *opc, void *ctx, const struct opc_link *link)
{
	struct reader *r = ctx;
	size_t entry;

	if (link->external || !link->base_known ||
	    !span_equal(link->type, SPAN("slide")) ||
	    !opc_resolve(opc, r->name, link->target, &entry))
		return OK;
	for (unsigned i = 0; i < r->ids_n; i++)
		if (span_equal(link->id, r->ids[i]))
			r->entries[i] = entry;
	return OK;
}

static enum err
notes_link(struct opc *opc, void *ctx, const struct opc_link *link)
{
	struct reader *r = ctx;
	size_t entry;

	if (!link->external && link->base_known &&
	    span_equal(link->type, SPAN("notesSlide")) &&
	    opc_resolve(opc, r->name, link->target, &entry))
		r->notes_entry = entry;
	return OK;
}

/* ---- what is written ---- */

static enum err
start(void *ctx, struct xml_tag *tag)
{
	struct reader *r = ctx;

	if (tag->ns != XML_NS_A)
		return OK;
	if (strcmp(tag->name, "t") == 0)
		r->in_text++;
	else if (strcmp(tag->name, "br") == 0)
		return buf_add_byte(r->out, r->rows > 0 ? ' ' : '\n');
	else if (strcmp(tag->name, "tr") == 0) {
		r->rows++;
		r->cell = false;
	} else if (strcmp(tag->name, "tc") == 0) {
		if (r->cell)
			return buf_add_byte(r->out, '\t');
		r->cell = true;
	}
	return OK;
}

static enum err
end(void *ctx, enum xml_ns ns, const char *name)
{
	struct reader *r = ctx;

	if (ns != XML_NS_A)
		return OK;
	if (strcmp(name, "t") == 0 && r->in_text > 0)
		r->in_text--;
	else if (strcmp(name, "tr") == 0) {
		r->rows -= r->rows > 0;
		r->cell = r->rows > 0;
		return buf_add_byte(r->out, '\n');
	} else if (strcmp(name, "p") == 0)
		/* in a cell a paragraph is no line */
		return buf_add_byte(r->out, r->rows > 0 ? ' ' : '\n');
	return OK;
}

static enum err
text(void *ctx, struct span s)
{
	struct reader *r = ctx;

	return r->in_text > 0 ? buf_add(r->out, s) : OK;
}

static enum err
parse(struct reader *r, size_t entry, const struct xml_events *events)
{
	struct xml_parse *p = &r->opc->rewrite->parse;
	enum err err;

	r->in_text = r->rows = 0;
	r->cell = false;
	if ((err = xml_parse_init(p, events, r)) == OK)
		err = opc_parse(r->opc, entry, p);
	xml_parse_fini(p);
	return err;
}

static enum err
read_slide(struct reader *r, unsigned i)
{
	static const struct xml_events events = { start, end, text };
	enum err err;

	if (r->entries[i] == SIZE_MAX || r->seen[r->entries[i]])
		return OK;
	r->seen[r->entries[i]] = true;
	r->name = r->opc->zip.entries[r->entries[i]].name;
	r->notes_entry = SIZE_MAX;
	if ((err = buf_printf(r->out, "%s[%u]\n", r->out->len > 0 ? "\n" :
	    "", i + 1)) != OK ||
	    (err = parse(r, r->entries[i], &events)) != OK ||
	    (err = opc_read_relations(r->opc, r->name, notes_link,
	    r)) != OK || r->notes_entry == SIZE_MAX ||
	    r->seen[r->notes_entry])
		return err;
	r->seen[r->notes_entry] = true;
	if ((err = buf_printf(r->out, "\n[%u: notes]\n", i + 1)) == OK)
		err = parse(r, r->notes_entry, &events);
	return err;
}

enum err
powerpoint_text(struct opc *opc, struct buf *out)
{
	static const struct xml_events list = { list_start, ignore_end,
	    ignore_text };
	struct reader *r = arena_alloc(opc->arena, sizeof(*r));
	enum err err;

	if (r == NULL || (r->seen = arena_alloc_array(opc->arena,
	    opc->zip.entries_n + 1, sizeof(r->seen[0]))) == NULL)
		return ERR_LIMIT;
	r->opc = opc;
	r->out = out;
	r->name = opc->zip.entries[opc->main_entry].name;
	if ((err = parse(r, opc->main_entry, &list)) == OK)
		err = opc_read_relations(opc, r->name, slide_link, r);
	for (unsigned i = 0; i < r->ids_n && err == OK; i++)
		err = read_slide(r, i);
	return err;
}
