/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is read of the VML of a sheet: where the boxes of comments are, and
 * the parts of forms. Those go, but what they say stays: Excel keeps for
 * each a hidden shape with its words, which is shown, with a sign of what
 * the box was set to.
 */
#include <stdio.h>
#include <string.h>

#include "ooxml_excel.h"
#include "opc_internal.h"

#define WORDS_MAX	96		/* of an anchor: eight numbers */

struct reader {
	struct excel	*excel;
	size_t		 entry;
	uint32_t	 id;		/* of the shape that is open */
	enum excel_sign	 sign;
	bool		 set;
	bool		 note;		/* it is a comment's */
	struct excel_box box;
	bool		 reads;		/* text belongs to what is open */
	char		 words[WORDS_MAX];
	size_t		 words_len;
};

/* Of the kinds that have words; a button without its macro has none. */
static const struct {
	const char	*type;
	enum excel_sign	 sign;
} kinds[] = {
	{ "Checkbox", EXCEL_BOX }, { "Radio", EXCEL_CIRCLE },
	{ "Label", EXCEL_WORDS }, { "GBox", EXCEL_WORDS },
};

static void
begin_shape(struct reader *r, const struct xml_tag *tag)
{
	struct span value;
	uint64_t id;

	r->id = 0;
	r->sign = EXCEL_NO_SIGN;
	r->set = r->note = false;
	memset(&r->box, 0, sizeof(r->box));
	if (xml_tag_value(tag, XML_NS_NONE, "id", &value) &&
	    span_begins(value, SPAN("_x0000_s")) &&
	    span_decimal(span_sub(value, 8, value.len), UINT32_MAX, &id))
		r->id = (uint32_t)id;
}

static enum err
start(void *ctx, struct xml_tag *tag)
{
	struct reader *r = ctx;
	struct span value;

	r->reads = tag->ns == XML_NS_XVML;
	r->words_len = 0;
	if (tag->ns == XML_NS_V && strcmp(tag->name, "shape") == 0) {
		begin_shape(r, tag);
	} else if (tag->ns == XML_NS_XVML &&
	    strcmp(tag->name, "ClientData") == 0 &&
	    xml_tag_value(tag, XML_NS_NONE, "ObjectType", &value)) {
		r->note = span_equal(value, SPAN("Note"));
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (span_equal(value, span_str(kinds[i].type)))
				r->sign = kinds[i].sign;
	}
	return OK;
}

static enum err
text(void *ctx, struct span s)
{
	struct reader *r = ctx;

	if (!r->reads)
		return OK;
	if (s.len > sizeof(r->words) - r->words_len) {
		r->reads = false;
		r->words_len = 0;
		return OK;
	}
	memcpy(r->words + r->words_len, s.ptr, s.len);
	r->words_len += s.len;
	return OK;
}

/* "1, 15, 0, 10, 3, 15, 4, 4": columns and rows, and the way into them. */
static bool
read_anchor(struct span s, uint32_t anchor[8])
{
	static const uint32_t max[4] = { 16383, 10000, 1048575, 10000 };
	struct span word;
	uint64_t n;

	for (unsigned i = 0; i < 8; i++) {
		span_cut(&s, ',', &word);
		if (!span_decimal(span_trim(word), max[i % 4], &n))
			return false;
		anchor[i] = (uint32_t)n;
	}
	return s.len == 0 && anchor[0] <= anchor[4] && anchor[2] <= anchor[6];
}

static void
end_word(struct reader *r, const char *name)
{
	struct span words = span_trim((struct span){
	    (const uint8_t *)r->words, r->words_len });
	uint64_t n;

	if (strcmp(name, "Checked") == 0)
		r->set = span_equal(words, SPAN("1"));
	else if (strcmp(name, "Anchor") == 0)
		r->box.placed = read_anchor(words, r->box.anchor);
	else if (strcmp(name, "Visible") == 0)
		r->box.visible = !span_equal_nocase(words, SPAN("False"));
	else if (strcmp(name, "Row") == 0 &&
	    span_decimal(words, 1048575, &n))
		r->box.row = (uint32_t)n;
	else if (strcmp(name, "Column") == 0 &&
	    span_decimal(words, 16383, &n))
		r->box.column = (uint32_t)n;
}

static enum err
end_shape(struct reader *r)
{
	struct excel *excel = r->excel;
	struct arena *arena = excel->opc->arena;
	struct excel_control *control;

	if (r->note && r->box.placed && excel->boxes_n < EXCEL_BOXES_MAX) {
		if (excel->boxes == NULL)
			excel->boxes = arena_alloc_array(arena,
			    EXCEL_BOXES_MAX, sizeof(excel->boxes[0]));
		if (excel->boxes == NULL)
			return ERR_LIMIT;
		r->box.entry = r->entry;
		excel->boxes[excel->boxes_n++] = r->box;
	}
	if (r->id == 0 || r->sign == EXCEL_NO_SIGN ||
	    excel->controls_n == EXCEL_CONTROLS_MAX)
		return OK;
	if ((control = arena_alloc(arena, sizeof(*control))) == NULL)
		return ERR_LIMIT;
	*control = (struct excel_control){ r->entry, r->id, r->sign, r->set,
	    excel->controls };
	excel->controls = control;
	excel->controls_n++;
	return OK;
}

static enum err
end(void *ctx, enum xml_ns ns, const char *name)
{
	struct reader *r = ctx;
	enum err err = OK;

	if (r->reads && ns == XML_NS_XVML)
		end_word(r, name);
	r->reads = false;
	if (ns == XML_NS_V && strcmp(name, "shape") == 0) {
		err = end_shape(r);
		r->id = 0;
		r->note = false;
	}
	return err;
}

enum err
excel_read_vml(struct excel *excel)
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
