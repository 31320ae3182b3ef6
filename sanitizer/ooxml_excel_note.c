/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Comments, the drawing that shows them, and what else lies over the cells.
 * A sheet's VML is made from its comments, a yellow box where it was, or
 * beside its cell, as a new comment looks in Excel.
 */
#include <stdio.h>
#include <string.h>

#include "ooxml_excel.h"

#define BLOCK	1024	/* ids of shapes that belong to one o:idmap */
#define BLOCKS_MAX	1024

EXCEL_START(excel_note_start)
{
	struct excel_part *state = rw->state;
	struct excel *excel = state->excel;
	struct excel_notes *notes = state->notes;
	struct excel_note *note;
	struct span ref;

	*action = XML_DROP;
	note = arena_alloc(excel->opc->arena, sizeof(*note));
	if (note == NULL)
		return ERR_LIMIT;
	if (!xml_tag_value(tag, XML_NS_NONE, "ref", &ref) ||
	    !excel_cell(ref, &note->column, &note->row))
		return OK;
	if (notes == NULL) {
		notes = arena_alloc(excel->opc->arena, sizeof(*notes));
		if (notes == NULL)
			return ERR_LIMIT;
		notes->comments = state->part;
		notes->vml_entry = SIZE_MAX;
		notes->next = excel->notes;
		state->notes = excel->notes = notes;
	}
	if (notes->last == NULL)
		notes->first = note;
	else
		notes->last->next = note;
	notes->last = note;
	excel_drop(tag, "guid");
	excel_drop(tag, "shapeId");
	*action = XML_AS_NAMED;
	return OK;
}

/* The sheet's VML stays, as a name for ours, if the sheet has comments. */
EXCEL_START(excel_legacy_start)
{
	struct excel_part *state = rw->state;
	struct excel *excel = state->excel;
	const struct opc_part *part = state->part;
	const struct opc_relation *vml;
	struct excel_notes *notes;
	struct span id;

	*action = XML_DROP;
	if (!xml_tag_value(tag, XML_NS_R, "id", &id) ||
	    (vml = opc_relation_find(part, id)) == NULL ||
	    vml->external.len > 0)
		return OK;
	for (unsigned i = 0; i < part->relations_n; i++) {
		const struct opc_relation *r = &part->relations[i];

		if (r->kind == NULL || r->target == NULL ||
		    strcmp(r->kind->relation, "comments") != 0)
			continue;
		notes = arena_alloc(excel->opc->arena, sizeof(*notes));
		if (notes == NULL)
			return ERR_LIMIT;
		notes->comments = r->target;
		notes->vml_entry = vml->entry;
		notes->next = excel->notes;
		excel->notes = notes;
		*action = XML_AS_NAMED;
		return OK;
	}
	return OK;
}

/* Boxes stand in the order of comments, mostly: *from is where to look. */
static const struct excel_box *
find_box(const struct excel *excel, size_t entry,
    const struct excel_note *note, unsigned *from)
{
	for (unsigned n = 0; n < excel->boxes_n; n++) {
		unsigned i = (*from + n) % excel->boxes_n;
		const struct excel_box *box = &excel->boxes[i];

		if (box->row != note->row || box->column != note->column ||
		    box->entry != entry)
			continue;
		*from = i + 1;
		return box;
	}
	return NULL;
}

/* As Excel places a new one; it has 16,384 columns and 1,048,576 rows. */
static struct excel_box
place_box(const struct excel_note *note)
{
	uint32_t left = note->column + 1 > 16381 ? 16381 : note->column + 1;
	uint32_t top = note->row == 0 ? 0 : note->row - 1;

	if (top > 1048570)
		top = 1048570;
	return (struct excel_box){ .anchor = { left, 15, top, 10, left + 2,
	    15, top + 4, 4 } };
}

static enum err
put_note(struct buf *out, const struct excel_note *note, unsigned id,
    const struct excel_box *found)
{
	struct excel_box box = found != NULL ? *found : place_box(note);
	const uint32_t *a = box.anchor;

	return buf_printf(out, "<v:shape id=\"_x0000_s%u\" "
	    "type=\"#_x0000_t202\" style=\"position:absolute;"
	    "margin-left:59.25pt;margin-top:1.5pt;width:108pt;"
	    "height:59.25pt;z-index:1;visibility:%s\" "
	    "fillcolor=\"#ffffe1\" o:insetmode=\"auto\">"
	    "<v:fill color2=\"#ffffe1\"/>"
	    "<v:shadow on=\"t\" color=\"black\" obscured=\"t\"/>"
	    "<v:path o:connecttype=\"none\"/>"
	    "<v:textbox style=\"mso-direction-alt:auto\"/>"
	    "<xvml:ClientData ObjectType=\"Note\"><xvml:MoveWithCells/>"
	    "<xvml:SizeWithCells/><xvml:Anchor>%u, %u, %u, %u, %u, %u, %u, "
	    "%u</xvml:Anchor><xvml:AutoFill>False</xvml:AutoFill>"
	    "<xvml:Row>%u</xvml:Row><xvml:Column>%u</xvml:Column>%s"
	    "</xvml:ClientData></v:shape>", id, box.visible ? "visible" :
	    "hidden", a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7],
	    note->row, note->column, box.visible ? "<xvml:Visible/>" : "");
}

static enum err
put_head(struct buf *out, unsigned block, unsigned blocks)
{
	static const enum xml_ns namespaces[] = { XML_NS_V, XML_NS_O,
	    XML_NS_XVML };
	struct xml_write w;
	enum err err;

	if ((err = xml_write_declaration(&w, out)) == OK)
		err = xml_write_begin(&w, XML_NS_NONE, "xml");
	for (size_t i = 0; err == OK &&
	    i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
		err = xml_write_namespace(&w, namespaces[i]);
	if (err == OK)
		err = buf_add_str(out, "><o:shapelayout v:ext=\"edit\">"
		    "<o:idmap v:ext=\"edit\" data=\"");
	for (unsigned i = 0; err == OK && i < blocks; i++)
		err = buf_printf(out, "%s%u", i > 0 ? "," : "", block + i);
	return err != OK ? err : buf_add_str(out, "\"/></o:shapelayout>"
	    "<v:shapetype id=\"_x0000_t202\" coordsize=\"21600,21600\" "
	    "o:spt=\"202\" path=\"m,l,21600r21600,l21600,xe\">"
	    "<v:stroke joinstyle=\"miter\"/><v:path gradientshapeok=\"t\" "
	    "o:connecttype=\"rect\"/></v:shapetype>");
}

enum err
excel_vml(struct opc *opc, struct opc_part *part)
{
	struct excel *excel = opc->state;
	const struct excel_notes *sheet = NULL, *notes = excel->notes;
	const struct excel_note *note = NULL;
	unsigned n = 0, blocks, block = excel->note_blocks + 1, from = 0;
	enum err err;

	/* the first sheet that named it: lists are built backwards */
	for (const struct excel_notes *l = excel->notes; l != NULL;
	    l = l->next)
		if (l->vml_entry == part->entry)
			sheet = l;
	while (sheet != NULL && notes != NULL &&
	    (notes->comments != sheet->comments ||
	    notes->vml_entry != SIZE_MAX))
		notes = notes->next;
	if (sheet != NULL && notes != NULL)
		note = notes->first;
	for (const struct excel_note *l = note; l != NULL; l = l->next)
		n++;
	blocks = n / (BLOCK - 1) + 1;
	excel->note_blocks += blocks;
	if (excel->note_blocks > BLOCKS_MAX)
		return opc_error(opc, ERR_LIMIT, part->name,
		    "too many comments");
	if ((err = put_head(&part->out, block, blocks)) != OK)
		return err;
	for (unsigned i = 0; err == OK && note != NULL;
	    note = note->next, i++)
		err = put_note(&part->out, note, (block + i / (BLOCK - 1)) *
		    BLOCK + 1 + i % (BLOCK - 1), find_box(excel, part->entry,
		    note, &from));
	return err == OK ? buf_add_str(&part->out, "</xml>") : err;
}

/* An anchor without its object is what Excel calls damaged. */
EXCEL_START(excel_anchor_start)
{
	struct excel_part *state = rw->state;

	(void)tag;
	state->anchored = false;
	*action = XML_AS_NAMED;
	return OK;
}

EXCEL_END(excel_anchor_end)
{
	struct excel_part *state = rw->state;

	if (!state->anchored)
		xml_rewrite_forget(rw);
	rw->hollow = false;
	return OK;
}

EXCEL_END(excel_object_end)
{
	struct excel_part *state = rw->state;

	state->anchored = true;
	return OK;
}

EXCEL_END(excel_frame_end)
{
	if (rw->hollow) {
		rw->hollow = false;
		xml_rewrite_forget(rw);
		return OK;
	}
	return excel_object_end(rw);
}
