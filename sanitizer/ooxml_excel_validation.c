/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Data validation that Excel since 2010 writes as an extension, as it does
 * for each list that stands in another sheet. It is written as any other is,
 * in its place before the links, which Excel reads as well.
 */
#include <string.h>

#include "ooxml_excel.h"

static const char *const names[EXCEL_VALIDATION_VALUES] = { "type",
    "errorStyle", "imeMode", "operator", "allowBlank", "showDropDown",
    "showInputMessage", "showErrorMessage", "errorTitle", "error",
    "promptTitle", "prompt" };

EXCEL_END(excel_data_end)
{
	struct excel_part *state = rw->state;

	state->data_end = rw->write.out->len;
	return OK;
}

EXCEL_START(excel_counted_start)
{
	(void)rw;
	excel_drop(tag, "count");	/* it may be another one then */
	*action = XML_AS_NAMED;
	return OK;
}

/* Where validations have to stand: in theirs, or before what follows. */
static size_t
place(const struct xml_rewrite *rw, size_t from, bool *theirs)
{
	static const char *const after[] = { "<hyperlinks", "<printOptions",
	    "<pageMargins", "<pageSetup", "<headerFooter", "<rowBreaks",
	    "<colBreaks", "<ignoredErrors", "<drawing", "<legacyDrawing",
	    "<picture", "<tableParts", "<extLst" };
	struct span tail = span_sub(buf_span(rw->write.out), from,
	    rw->write.out->len);
	size_t at = span_find(tail, SPAN("</dataValidations>"));

	*theirs = at < tail.len;
	for (size_t i = 0; !*theirs &&
	    i < sizeof(after) / sizeof(after[0]); i++) {
		size_t found = span_find(tail, span_str(after[i]));

		at = found < at ? found : at;
	}
	return from + at;
}

EXCEL_START(excel_validations_start)
{
	struct excel_part *state = rw->state;

	(void)tag;
	*action = XML_DROP;
	if (state->data_end == 0 || state->moved || rw->write.open)
		return OK;
	state->moved = true;
	state->from = rw->write.out->len;
	state->place = place(rw, state->data_end, &state->theirs);
	*action = XML_UNWRAP;
	return state->theirs ? OK : xml_write_begin(&rw->write, XML_NS_X,
	    "dataValidations");
}

/* What was written at the end of the sheet goes to its place. */
EXCEL_END(excel_validations_end)
{
	struct excel_part *state = rw->state;
	struct buf *out = rw->write.out, moved;
	size_t len;
	enum err err = OK;

	if (rw->write.open) {		/* nothing is in it */
		xml_write_back(&rw->write,
		    (struct xml_mark){ state->from, false });
		return OK;
	}
	if (!state->theirs)
		err = xml_write_end(&rw->write, XML_NS_X, "dataValidations");
	buf_init(&moved, OOXML_OUT_BYTES_MAX);
	len = out->len - state->from;
	if (err == OK && len > 0 && (err = buf_add(&moved,
	    span_sub(buf_span(out), state->from, len))) == OK) {
		memmove(out->ptr + state->place + len,
		    out->ptr + state->place, state->from - state->place);
		memcpy(out->ptr + state->place, moved.ptr, len);
	}
	buf_fini(&moved);
	return err;
}

EXCEL_START(excel_validation_start)
{
	struct excel_part *state = rw->state;
	struct arena *arena = state->excel->opc->arena;
	struct span value;

	memset(&state->validation, 0, sizeof(state->validation));
	for (unsigned i = 0; i < EXCEL_VALIDATION_VALUES; i++)
		if (xml_tag_value(tag, XML_NS_NONE, names[i], &value) &&
		    !arena_dup(arena, value, &state->validation.values[i]))
			return ERR_LIMIT;
	*action = XML_UNWRAP;
	return OK;
}

/* xm:f and xm:sqref. */
EXCEL_END(excel_validation_text_end)
{
	struct excel_part *state = rw->state;
	struct excel_validation *v = &state->validation;
	const struct xml_frame *above = xml_rewrite_frame(rw, 1);
	struct span *to = &v->places;

	if (strcmp(xml_rewrite_frame(rw, 0)->written, "f") == 0)
		to = &v->formulas[strcmp(above->written, "formula2") == 0];
	return arena_dup(state->excel->opc->arena, buf_span(&rw->captured),
	    to) ? OK : ERR_LIMIT;
}

EXCEL_END(excel_validation_end)
{
	struct excel_part *state = rw->state;
	const struct excel_validation *v = &state->validation;
	struct xml_write *w = &rw->write;
	enum err err;

	if (v->places.len == 0 || !excel_formula(rw, v->formulas[0], "") ||
	    !excel_formula(rw, v->formulas[1], ""))
		return OK;
	err = xml_write_begin(w, XML_NS_X, "dataValidation");
	for (unsigned i = 0; i < EXCEL_VALIDATION_VALUES && err == OK; i++)
		if (v->values[i].len > 0)
			err = xml_write_attribute(w, XML_NS_NONE, names[i],
			    v->values[i]);
	if (err == OK)
		err = xml_write_attribute(w, XML_NS_NONE, "sqref",
		    v->places);
	if (err == OK && v->formulas[0].len > 0)
		err = xml_write_element(w, XML_NS_X, "formula1",
		    v->formulas[0]);
	if (err == OK && v->formulas[1].len > 0)
		err = xml_write_element(w, XML_NS_X, "formula2",
		    v->formulas[1]);
	return err == OK ? xml_write_end(w, XML_NS_X, "dataValidation") :
	    err;
}
