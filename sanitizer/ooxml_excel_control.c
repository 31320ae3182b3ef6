/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Boxes and buttons of forms that lie over the cells. They go, but what they
 * say stays: Excel keeps for each a hidden shape with its words, which is
 * shown, with a sign of what the box was set to. Which shape is of a box,
 * and how it is set, says the VML of the sheet.
 */
#include <stdio.h>
#include <string.h>

#include "ooxml_excel.h"
#include "opc_internal.h"

struct reader {
	struct excel	*excel;
	size_t		 entry;
	uint32_t	 id;		/* of the shape that is open */
	enum excel_sign	 sign;
	bool		 checked;	/* the text that comes says so */
	bool		 set;
};

/* Of the kinds that have words; a button without its macro has none. */
static const struct {
	const char	*type;
	enum excel_sign	 sign;
} kinds[] = {
	{ "Checkbox", EXCEL_BOX }, { "Radio", EXCEL_CIRCLE },
	{ "Label", EXCEL_WORDS }, { "GBox", EXCEL_WORDS },
};

static enum err
start(void *ctx, struct xml_tag *tag)
{
	struct reader *r = ctx;
	struct span value;
	uint64_t id;

	r->checked = false;
	if (tag->ns == XML_NS_V && strcmp(tag->name, "shape") == 0) {
		r->id = 0;
		r->sign = EXCEL_NO_SIGN;
		r->set = false;
		if (xml_tag_value(tag, XML_NS_NONE, "id", &value) &&
		    span_begins(value, SPAN("_x0000_s")) &&
		    span_decimal(span_sub(value, 8, value.len), UINT32_MAX,
		    &id))
			r->id = (uint32_t)id;
	} else if (tag->ns == XML_NS_XVML &&
	    strcmp(tag->name, "ClientData") == 0 &&
	    xml_tag_value(tag, XML_NS_NONE, "ObjectType", &value)) {
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (span_equal(value, span_str(kinds[i].type)))
				r->sign = kinds[i].sign;
	} else if (tag->ns == XML_NS_XVML &&
	    strcmp(tag->name, "Checked") == 0) {
		r->checked = true;
	}
	return OK;
}

static enum err
text(void *ctx, struct span s)
{
	struct reader *r = ctx;

	if (r->checked && span_equal(span_trim(s), SPAN("1")))
		r->set = true;
	return OK;
}

static enum err
end(void *ctx, enum xml_ns ns, const char *name)
{
	struct reader *r = ctx;
	struct excel_control *control;

	r->checked = false;
	if (ns != XML_NS_V || strcmp(name, "shape") != 0 || r->id == 0 ||
	    r->sign == EXCEL_NO_SIGN ||
	    r->excel->controls_n == EXCEL_CONTROLS_MAX)
		return OK;
	if ((control = arena_alloc(r->excel->opc->arena,
	    sizeof(*control))) == NULL)
		return ERR_LIMIT;
	*control = (struct excel_control){ r->entry, r->id, r->sign, r->set,
	    r->excel->controls };
	r->excel->controls = control;
	r->excel->controls_n++;
	r->id = 0;
	return OK;
}

enum err
excel_read_controls(struct excel *excel)
{
	static const struct xml_events events = { start, end, text };
	struct opc *opc = excel->opc;
	struct xml_parse *p = &opc->rewrite->parse;
	enum err err = OK;

	for (size_t i = 0; err == OK && i < opc->zip.entries_n; i++) {
		struct reader r = { .excel = excel, .entry = i };

		if (!span_equal_nocase(opc_type_of(opc,
		    opc->zip.entries[i].name), SPAN("application/vnd."
		    "openxmlformats-officedocument.vmlDrawing")))
			continue;
		if ((err = xml_parse_init(p, &events, &r)) == OK)
			err = opc_parse(opc, i, p);
		xml_parse_fini(p);
		/* Excel's VML is not always XML; what was read counts */
		if (err == ERR_INPUT || err == ERR_LIMIT) {
			opc->why[0] = '\0';
			err = OK;
		}
	}
	return err;
}

/* Is it the VML of this sheet? */
static bool
is_of(const struct opc_part *sheet, size_t entry)
{
	for (unsigned i = 0; sheet != NULL && i < sheet->relations_n; i++)
		if (sheet->relations[i].kind != NULL &&
		    sheet->relations[i].entry == entry)
			return true;
	return false;
}

/* The control that a shape of this drawing belongs to, or NULL. */
static const struct excel_control *
find(const struct excel_part *state, struct span id)
{
	const struct excel_control *c;
	uint64_t number;

	if (!span_decimal(id, UINT32_MAX, &number))
		return NULL;
	for (c = state->excel->controls; c != NULL; c = c->next)
		if (c->id == number && is_of(state->part->from, c->entry))
			return c;
	return NULL;
}

/* In what is only there for those who know controls. */
static bool
in_choice(const struct xml_rewrite *rw)
{
	const struct xml_frame *frame;

	for (unsigned i = 0; (frame = xml_rewrite_frame(rw, i)) != NULL; i++)
		if (frame->tried)
			return true;
	return false;
}

/* xdr:cNvPr: the shape of a control is shown. */
EXCEL_START(excel_properties_start)
{
	static const char *const signs[][2] = {
		[EXCEL_BOX] = { "\xe2\x98\x90", "\xe2\x98\x91" },
		[EXCEL_CIRCLE] = { "\xe2\x97\x8b", "\xe2\x97\x89" },
		[EXCEL_WORDS] = { NULL, NULL },
	};
	struct excel_part *state = rw->state;
	const struct excel_control *c;
	struct span id;

	*action = XML_AS_NAMED;
	state->sign = NULL;
	if (!excel_flag(tag, "hidden") || !in_choice(rw))
		return OK;
	if (!xml_tag_value(tag, XML_NS_NONE, "id", &id) ||
	    (c = find(state, id)) == NULL) {
		state->unseen = true;
		return OK;
	}
	excel_drop(tag, "hidden");
	state->sign = signs[c->sign][c->set];
	return OK;
}

static enum err
put_sign(struct xml_rewrite *rw, struct span words)
{
	struct excel_part *state = rw->state;
	struct xml_write *w = &rw->write;
	enum err err;

	if ((err = xml_write_begin(w, XML_NS_A, "t")) == OK &&
	    (err = xml_write_text(w, span_str(state->sign))) == OK &&
	    (words.len == 0 || (err = xml_write_text(w,
	    SPAN(" "))) == OK) && (err = xml_write_text(w, words)) == OK)
		err = xml_write_end(w, XML_NS_A, "t");
	state->sign = NULL;
	return err;
}

/* a:t: the sign stands before the first words. */
EXCEL_START(excel_words_start)
{
	const struct excel_part *state = rw->state;

	(void)tag;
	*action = state->sign != NULL ? XML_CAPTURE : XML_AS_NAMED;
	return OK;
}

EXCEL_END(excel_words_end)
{
	const struct excel_part *state = rw->state;

	if (xml_rewrite_frame(rw, 0)->action != XML_CAPTURE ||
	    state->sign == NULL)
		return OK;
	return put_sign(rw, buf_span(&rw->captured));
}

/* xdr:sp: a box without words is its sign alone. */
EXCEL_END(excel_shape_end)
{
	struct excel_part *state = rw->state;
	struct xml_write *w = &rw->write;
	enum err err = OK;

	if (state->unseen) {
		/* of a button, or of nothing that we know */
		state->unseen = false;
		xml_rewrite_forget(rw);
		return OK;
	}
	if (state->sign != NULL && !state->worded) {
		if ((err = xml_write_begin(w, XML_NS_XDR, "txBody")) == OK &&
		    (err = xml_write_begin(w, XML_NS_A, "bodyPr")) == OK &&
		    (err = xml_write_end(w, XML_NS_A, "bodyPr")) == OK &&
		    (err = xml_write_begin(w, XML_NS_A, "p")) == OK &&
		    (err = xml_write_begin(w, XML_NS_A, "r")) == OK &&
		    (err = put_sign(rw, SPAN(""))) == OK &&
		    (err = xml_write_end(w, XML_NS_A, "r")) == OK &&
		    (err = xml_write_end(w, XML_NS_A, "p")) == OK)
			err = xml_write_end(w, XML_NS_XDR, "txBody");
	}
	state->sign = NULL;
	state->worded = false;
	return err == OK ? excel_object_end(rw) : err;
}

/* xdr:txBody without words holds nothing: excel_shape_end() writes one. */
EXCEL_END(excel_body_end)
{
	struct excel_part *state = rw->state;

	if (state->sign != NULL)
		xml_rewrite_forget(rw);
	else
		state->worded = true;
	return OK;
}
