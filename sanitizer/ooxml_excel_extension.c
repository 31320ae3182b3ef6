/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What Excel since 2010 keeps behind a sheet: conditional formats that look
 * into another sheet or are drawn in the newer way, and sparklines. They
 * stay, as extensions of these names and no others; validation is moved to
 * its place (ooxml_excel_validation.c).
 */
#include <string.h>

#include "ooxml_excel.h"

enum where { OF_SHEET, OF_RULE };
static const struct {
	const char	*uri;
	enum where	 where;
	enum xml_action	 action;
} extensions[] = {
	/* x14:dataValidations */
	{ "{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}", OF_SHEET, XML_UNWRAP },
	/* x14:conditionalFormattings */
	{ "{78C0D931-6437-407d-A8EE-F0AAD7539E65}", OF_SHEET, XML_AS_NAMED },
	/* x14:sparklineGroups */
	{ "{05C60535-1F16-4fd2-B633-F4F36F0B64E0}", OF_SHEET, XML_AS_NAMED },
	/* x14:id, of the rule's other half in conditionalFormattings */
	{ "{B025F937-C7B1-47D3-B67F-A62EFF666E3E}", OF_RULE, XML_AS_NAMED },
};

/* The list of a sheet is begun by the first that stays in it. */
EXCEL_START(excel_extensions_start)
{
	const struct xml_frame *above = xml_rewrite_frame(rw, 0);

	(void)tag;
	*action = XML_DROP;
	if (strcmp(rw->table->root, "worksheet") != 0 || above == NULL ||
	    above->ns != XML_NS_X)
		return OK;
	if (rw->depth == 1)
		*action = XML_UNWRAP;
	else if (strcmp(above->written, "cfRule") == 0)
		*action = XML_AS_NAMED;
	return OK;
}

EXCEL_END(excel_extensions_end)
{
	struct excel_part *state = rw->state;
	enum err err = OK;

	if (xml_rewrite_frame(rw, 0)->action != XML_UNWRAP)
		return excel_filled_end(rw);
	if (state->extended)
		err = xml_write_end(&rw->write, XML_NS_X, "extLst");
	state->extended = false;
	return err;
}

EXCEL_START(excel_extension_start)
{
	struct excel_part *state = rw->state;
	const struct xml_frame *list = xml_rewrite_frame(rw, 0);
	enum where where;
	size_t i = 0, n = sizeof(extensions) / sizeof(extensions[0]);
	struct span uri;

	*action = XML_DROP;
	if (list == NULL || list->ns != XML_NS_X ||
	    strcmp(list->written, "extLst") != 0 ||
	    !xml_tag_value(tag, XML_NS_NONE, "uri", &uri))
		return OK;
	where = rw->depth == 2 ? OF_SHEET : OF_RULE;
	while (i < n && (extensions[i].where != where ||
	    !span_equal_nocase(uri, span_str(extensions[i].uri))))
		i++;
	if (i == n || (where == OF_SHEET && (state->seen & 1u << i) != 0))
		return OK;
	*action = extensions[i].action;
	for (unsigned a = 0; a < tag->attributes_n; a++)
		if (strcmp(tag->attributes[a].name, "uri") == 0)
			tag->attributes[a].value =
			    span_str(extensions[i].uri);
	if (where == OF_RULE)
		return OK;
	state->seen |= 1u << i;
	state->begun = !state->extended && *action != XML_UNWRAP;
	if (!state->begun)
		return OK;
	state->extended = true;
	return xml_write_begin(&rw->write, XML_NS_X, "extLst");
}

EXCEL_END(excel_extension_end)
{
	struct excel_part *state = rw->state;

	if (xml_rewrite_frame(rw, 0)->action == XML_UNWRAP ||
	    !rw->write.open)
		return OK;
	/* with the list's beginning, if that is its own */
	xml_rewrite_forget(rw);
	if (rw->depth == 3 && state->begun)
		state->extended = false;
	return OK;
}

static bool
is_identifier(struct span s)
{
	static const char form[] = "{........-....-....-....-............}";

	if (s.len != EXCEL_ID_BYTES)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = ascii_lower(s.ptr[i]);

		if (form[i] != '.' ? c != (uint8_t)form[i] :
		    !ascii_is_digit(c) && (c < 'a' || c > 'f'))
			return false;
	}
	return true;
}

/* The first half of a rule says which one the second is. */
EXCEL_END(excel_format_id_end)
{
	struct excel_part *state = rw->state;
	struct span id = buf_span(&rw->captured);

	if (!is_identifier(id) || state->id[0] != '\0' || rw->depth < 3 ||
	    strcmp(xml_rewrite_frame(rw, 1)->written, "ext") != 0)
		return OK;
	memcpy(state->id, id.ptr, id.len);
	state->id[id.len] = '\0';
	return xml_write_element(&rw->write, XML_NS_X14, "id", id);
}

static bool
is_known(const struct excel_part *state, struct span id)
{
	for (const struct excel_id *i = state->ids; i != NULL; i = i->next)
		if (span_equal_nocase(id, span_str(i->id)))
			return true;
	return false;
}

/* One without priority is the second half of another. */
EXCEL_START(excel_format_start)
{
	struct excel_part *state = rw->state;
	struct span id, value;
	bool named = xml_tag_value(tag, XML_NS_NONE, "id", &id) &&
	    is_identifier(id);

	state->refused = false;
	state->id[0] = '\0';
	*action = XML_AS_NAMED;
	if (!named)
		excel_drop(tag, "id");
	if (!xml_tag_value(tag, XML_NS_NONE, "priority", &value) &&
	    (!named || !is_known(state, id)))
		*action = XML_DROP;
	return OK;
}

/* Goes whole, as excel_rule_end() says; else what is around it stays. */
EXCEL_END(excel_format_end)
{
	struct excel_part *state = rw->state;
	const struct xml_frame *frame = xml_rewrite_frame(rw, 0);
	struct excel_id *id;

	if (strcmp(frame->written, "sparkline") == 0 && !state->placed)
		state->refused = true;
	if (!state->refused) {
		state->stayed++;
		if (frame->ns == XML_NS_X && state->id[0] != '\0') {
			id = arena_alloc(state->excel->opc->arena,
			    sizeof(*id));
			if (id == NULL)
				return ERR_LIMIT;
			memcpy(id->id, state->id, sizeof(id->id));
			id->next = state->ids;
			state->ids = id;
		}
	}
	state->id[0] = '\0';
	return excel_rule_end(rw);
}

EXCEL_START(excel_formats_start)
{
	struct excel_part *state = rw->state;

	(void)tag;
	state->stayed = 0;
	state->placed = state->torn = false;
	*action = XML_AS_NAMED;
	return OK;
}

EXCEL_END(excel_formats_end)
{
	struct excel_part *state = rw->state;

	bool group = strcmp(xml_rewrite_frame(rw, 0)->written,
	    "sparklineGroup") == 0;

	/* each sparkline has a place of its own */
	if (state->stayed == 0 || state->torn || (!group && !state->placed))
		xml_rewrite_forget(rw);
	return OK;
}

EXCEL_START(excel_sparkline_start)
{
	struct excel_part *state = rw->state;

	(void)tag;
	state->refused = state->placed = false;
	*action = XML_AS_NAMED;
	return OK;
}

/* xm:f and xm:sqref, of whatever they stand in. */
EXCEL_END(excel_extension_text_end)
{
	struct excel_part *state = rw->state;
	const struct xml_frame *frame = xml_rewrite_frame(rw, 0);
	const struct xml_frame *above = xml_rewrite_frame(rw, 1);
	struct span text = buf_span(&rw->captured);

	if (above->ns != XML_NS_X14)
		return OK;
	if (strcmp(above->written, "formula1") == 0 ||
	    strcmp(above->written, "formula2") == 0 ||
	    strcmp(above->written, "dataValidation") == 0)
		return excel_validation_text_end(rw);
	if (strcmp(frame->written, "sqref") == 0) {
		state->placed = text.len > 0;
	} else if (!excel_formula(rw, text, "")) {
		state->refused = true;
		/* the axis of all sparklines of a group */
		state->torn |= strcmp(above->written, "sparklineGroup") == 0;
		return OK;
	}
	return xml_write_element(&rw->write, XML_NS_XM, frame->written, text);
}
