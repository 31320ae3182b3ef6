/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hooks of a sheet: formulas of cells, of conditional formats, of data
 * validation and of columns of tables, and links. What a formula came to
 * stays in its cell when the formula goes.
 */
#include <stdio.h>
#include <string.h>

#include "ooxml_excel.h"

bool
excel_cell(struct span ref, uint32_t *column, uint32_t *row)
{
	uint32_t letters = 0;
	uint64_t number;
	size_t i = 0;

	for (; i < ref.len && i < 3 && ref.ptr[i] >= 'A' &&
	    ref.ptr[i] <= 'Z'; i++)
		letters = letters * 26 + (uint32_t)(ref.ptr[i] - 'A' + 1);
	if (letters == 0 || letters > 16384 ||
	    !span_decimal(span_sub(ref, i, ref.len), 1048576, &number) ||
	    number == 0)
		return false;
	*column = letters - 1;
	*row = (uint32_t)number - 1;
	return true;
}

EXCEL_START(excel_cell_start)
{
	struct excel_part *state = rw->state;
	struct span ref;

	state->cell[0] = '\0';
	if (xml_tag_value(tag, XML_NS_NONE, "r", &ref) &&
	    ref.len < sizeof(state->cell)) {
		memcpy(state->cell, ref.ptr, ref.len);
		state->cell[ref.len] = '\0';
	}
	/* they number rows of a part that is not kept */
	excel_drop(tag, "cm");
	excel_drop(tag, "vm");
	*action = XML_AS_NAMED;
	return OK;
}

/* A reference or a word of the schema; other values become "". */
static void
take(const struct xml_tag *tag, const char *name, char *out, size_t size)
{
	struct span value;

	out[0] = '\0';
	if (!xml_tag_value(tag, XML_NS_NONE, name, &value) ||
	    value.len >= size)
		return;
	for (size_t i = 0; i < value.len; i++)
		if (!ascii_is_alpha(value.ptr[i]) && value.ptr[i] != ':' &&
		    value.ptr[i] != '$' && !ascii_is_digit(value.ptr[i]))
			return;
	memcpy(out, value.ptr, value.len);
	out[value.len] = '\0';
}

EXCEL_START(excel_formula_start)
{
	struct excel_part *state = rw->state;
	struct span value;
	uint64_t n;

	take(tag, "t", state->type, sizeof(state->type));
	take(tag, "ref", state->ref, sizeof(state->ref));
	take(tag, "r1", state->inputs[0], sizeof(state->inputs[0]));
	take(tag, "r2", state->inputs[1], sizeof(state->inputs[1]));
	state->two = excel_flag(tag, "dt2D");
	state->by_row = excel_flag(tag, "dtr");
	state->always = excel_flag(tag, "ca");
	state->shared = EXCEL_SHARED_MAX;
	if (xml_tag_value(tag, XML_NS_NONE, "si", &value) &&
	    span_decimal(value, EXCEL_SHARED_MAX - 1, &n))
		state->shared = (uint32_t)n;
	*action = XML_CAPTURE;
	return OK;
}

static enum err
put(struct xml_rewrite *rw, const char *name, const char *value)
{
	if (value[0] == '\0')
		return OK;
	return xml_write_attribute(&rw->write, XML_NS_NONE, name,
	    span_str(value));
}

static enum err
put_formula(struct xml_rewrite *rw, struct span text)
{
	struct excel_part *state = rw->state;
	char shared[16] = "";
	enum err err;

	if (strcmp(state->type, "shared") == 0)
		snprintf(shared, sizeof(shared), "%u", state->shared);
	if ((err = xml_write_begin(&rw->write, XML_NS_X, "f")) == OK &&
	    (err = put(rw, "t", state->type)) == OK &&
	    (err = put(rw, "ref", state->ref)) == OK &&
	    (err = put(rw, "dt2D", state->two ? "1" : "")) == OK &&
	    (err = put(rw, "dtr", state->by_row ? "1" : "")) == OK &&
	    (err = put(rw, "r1", state->inputs[0])) == OK &&
	    (err = put(rw, "r2", state->inputs[1])) == OK &&
	    (err = put(rw, "ca", state->always ? "1" : "")) == OK &&
	    (err = put(rw, "si", shared)) == OK &&
	    (err = xml_write_text(&rw->write, text)) == OK)
		err = xml_write_end(&rw->write, XML_NS_X, "f");
	return err;
}

/*
 * One formula for many cells: with a ref it says what the others of its
 * number are; they go where it went.
 */
static bool
shared_stays(struct xml_rewrite *rw, struct span text)
{
	struct excel_part *state = rw->state;
	uint8_t *byte, bit;

	if (state->shared == EXCEL_SHARED_MAX) {
		xml_rewrite_count(rw, "formula");
		return false;
	}
	byte = &state->excel->shared[state->shared / 8];
	bit = (uint8_t)(1u << state->shared % 8);
	if (text.len > 0) {
		if (!excel_formula(rw, text, state->cell)) {
			*byte &= (uint8_t)~bit;
			return false;
		}
		*byte |= state->ref[0] != '\0' ? bit : 0;
		state->excel->shared_used = true;
	} else if ((*byte & bit) == 0) {
		xml_rewrite_count(rw, "formula");
		return false;
	}
	return true;
}

EXCEL_END(excel_formula_end)
{
	struct excel_part *state = rw->state;
	struct span text = buf_span(&rw->captured);
	bool stays;

	if (strcmp(state->type, "shared") == 0) {
		stays = shared_stays(rw, text);
	} else if (strcmp(state->type, "dataTable") == 0) {
		stays = text.len == 0 && state->ref[0] != '\0' &&
		    state->inputs[0][0] != '\0';
		if (!stays)
			xml_rewrite_count(rw, "formula");
	} else {
		if (strcmp(state->type, "array") != 0)
			state->type[0] = state->ref[0] = '\0';
		/* <f/> is of no use, and of no harm */
		stays = text.len > 0 && excel_formula(rw, text, state->cell);
	}
	return stays ? put_formula(rw, text) : OK;
}

/* A rule or a validation goes whole if one of its formulas may not stay. */
EXCEL_START(excel_rule_start)
{
	struct excel_part *state = rw->state;

	(void)tag;
	state->refused = false;
	*action = XML_AS_NAMED;
	return OK;
}

EXCEL_END(excel_rule_end)
{
	struct excel_part *state = rw->state;

	if (state->refused)
		xml_rewrite_forget(rw);
	state->refused = false;
	return OK;
}

EXCEL_END(excel_rule_formula_end)
{
	struct excel_part *state = rw->state;
	struct span text = buf_span(&rw->captured);
	const struct xml_frame *frame = xml_rewrite_frame(rw, 0);

	if (!excel_formula(rw, text, "")) {
		state->refused = true;
		return OK;
	}
	return xml_write_element(&rw->write, XML_NS_X, frame->written, text);
}

/* The ends of scales and bars. */
EXCEL_START(excel_limit_start)
{
	struct excel_part *state = rw->state;
	struct span value;

	if (xml_tag_value(tag, XML_NS_NONE, "val", &value) &&
	    !excel_formula(rw, value, ""))
		state->refused = true;
	*action = XML_AS_NAMED;
	return OK;
}

EXCEL_START(excel_column_start)
{
	struct excel_part *state = rw->state;

	state->array = excel_flag(tag, "array");
	*action = XML_CAPTURE;
	return OK;
}

EXCEL_END(excel_column_end)
{
	struct excel_part *state = rw->state;
	struct span text = buf_span(&rw->captured);
	const char *name = xml_rewrite_frame(rw, 0)->written;
	enum err err;

	if (text.len == 0 || !excel_formula(rw, text, ""))
		return OK;
	if ((err = xml_write_begin(&rw->write, XML_NS_X, name)) == OK &&
	    (err = put(rw, "array", state->array ? "1" : "")) == OK &&
	    (err = xml_write_text(&rw->write, text)) == OK)
		err = xml_write_end(&rw->write, XML_NS_X, name);
	return err;
}

/* To the web by a relation, or to a place in this book. */
EXCEL_START(excel_link_start)
{
	struct span value, place;
	bool there = xml_tag_value(tag, XML_NS_NONE, "location", &place);

	(void)rw;
	*action = XML_AS_NAMED;
	if (there && !opc_is_place(place)) {
		excel_drop(tag, "location");
		there = false;
	}
	if (!there && !xml_tag_value(tag, XML_NS_R, "id", &value))
		*action = XML_DROP;
	return OK;
}
