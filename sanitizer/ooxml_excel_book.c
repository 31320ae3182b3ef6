/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hooks of the workbook and of its tables and pivot tables: sheets, names,
 * and where a formula stands in an attribute.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "ooxml_excel.h"

bool
excel_flag(const struct xml_tag *tag, const char *name)
{
	struct span value;

	return xml_tag_value(tag, XML_NS_NONE, name, &value) &&
	    !span_equal(value, SPAN("0")) &&
	    !span_equal_nocase(value, SPAN("false"));
}

void
excel_drop(struct xml_tag *tag, const char *name)
{
	for (unsigned i = 0; i < tag->attributes_n; i++)
		if (tag->attributes[i].ns == XML_NS_NONE &&
		    strcmp(tag->attributes[i].name, name) == 0)
			tag->attributes[i].drop = true;
}

/* Does a formula name a sheet that went? Gone!A1, 'Gone'!A1 */
static bool
names_gone(const struct excel *excel, struct span text)
{
	unsigned seen = 0;

	if (excel->gone_n == 0 || span_find_byte(text, '!') == text.len)
		return false;
	if (excel->gone_n > EXCEL_GONE_MAX)
		return true;	/* too many to look for: to be safe */
	for (unsigned i = 0; i < excel->sheets_n &&
	    seen < excel->gone_n; i++) {
		struct span name = excel->sheets[i].name, rest = text;

		if (excel->sheets[i].kept)
			continue;
		seen++;
		while (rest.len > 0) {
			size_t at = span_find_nocase(rest, name);

			if (at == rest.len)
				break;
			rest = span_sub(rest, at + name.len, rest.len);
			if (span_begins(rest, SPAN("!")) ||
			    span_begins(rest, SPAN("'!")) ||
			    span_begins(rest, SPAN(":")))
				return true;
			if (name.len == 0)
				return true;
		}
	}
	return false;
}

/* "sheet3.xml C7" */
static bool
name_place(struct excel_part *state, const char *what, const char *cell)
{
	struct opc *opc = state->excel->opc;
	struct span name = state->part->name;
	char where[REMOVED_TEXT_BYTES_MAX];
	size_t slash = name.len;

	if (cell[0] == '\0' || state->excel->places == EXCEL_PLACES_MAX)
		return false;
	while (slash > 0 && name.ptr[slash - 1] != '/')
		slash--;
	name = span_sub(name, slash, 120);
	snprintf(where, sizeof(where), "%.*s %s", (int)name.len,
	    (const char *)name.ptr, cell);
	if (removed_add(opc->removed, what, 1, span_str(where)) != OK)
		return false;
	state->excel->places++;
	return true;
}

bool
excel_formula(struct xml_rewrite *rw, struct span text, const char *cell)
{
	struct excel_part *state = rw->state;
	struct formula_result result;
	const char *what;

	if (formula_check(text, &result) != FORMULA_FINE)
		what = formula_verdict_name(result.verdict);
	else if (names_gone(state->excel, text))
		what = "formula";
	else
		return true;
	if (!name_place(state, what, cell))
		xml_rewrite_count(rw, what);
	return false;
}

EXCEL_START(excel_sheet_start)
{
	struct excel_part *state = rw->state;
	struct excel *excel = state->excel;
	struct opc *opc = excel->opc;
	unsigned i = excel->sheets_seen;

	*action = XML_DROP;
	if (rw->depth != 2 || i == excel->sheets_n)
		return OK;
	excel->sheets_seen++;
	if (!excel->sheets[i].kept)
		return OK;
	*action = XML_AS_NAMED;
	for (unsigned a = 0; a < tag->attributes_n; a++) {
		struct xml_attribute *at = &tag->attributes[a];

		if (at->ns != XML_NS_NONE || strcmp(at->name, "state") != 0)
			continue;
		at->drop = i == excel->shown;
		if (!span_equal(at->value, SPAN("veryHidden")))
			continue;
		at->value = SPAN("hidden");
		return removed_add(opc->removed, "very-hidden-sheet", 1,
		    excel->sheets[i].name);
	}
	return OK;
}

/* The sheet in front has another number if one before it went. */
EXCEL_START(excel_view_start)
{
	static const char *const names[] = { "activeTab", "firstSheet" };
	struct excel_part *state = rw->state;
	const struct excel *excel = state->excel;
	char number[16];
	uint64_t i;
	int n;

	*action = XML_AS_NAMED;
	for (unsigned a = 0; a < tag->attributes_n; a++) {
		struct xml_attribute *at = &tag->attributes[a];

		if (at->ns != XML_NS_NONE || excel->gone_n == 0 ||
		    (strcmp(at->name, names[0]) != 0 &&
		    strcmp(at->name, names[1]) != 0))
			continue;
		at->drop = !span_decimal(at->value, UINT_MAX, &i) ||
		    i >= excel->sheets_n || !excel->sheets[i].kept;
		if (at->drop)
			continue;
		n = snprintf(number, sizeof(number), "%u",
		    excel->sheets[i].index);
		if (!arena_dup(excel->opc->arena, (struct span){
		    (const uint8_t *)number, (size_t)n }, &at->value))
			return ERR_LIMIT;
	}
	return OK;
}

/*
 * Names that Excel calls by itself, however they are written: letters that
 * are not ASCII might be none for it.
 */
static bool
runs_by_itself(const char *name, size_t len)
{
	static const char *const known[] = { "auto_open", "auto_close",
	    "auto_activate", "auto_deactivate", "auto_add", "auto_remove",
	    "auto_exec", "auto_new" };
	uint8_t plain[EXCEL_NAME_BYTES_MAX];
	struct span s = { plain, 0 };

	for (size_t i = 0; i < len; i++) {
		if ((uint8_t)name[i] < ' ')
			return true;	/* it would be another one */
		if (name[i] > ' ' && name[i] < 0x7f)
			plain[s.len++] = (uint8_t)name[i];
	}
	if (span_begins_nocase(s, SPAN("_xlnm.")))
		s = span_sub(s, 6, s.len);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_begins_nocase(s, span_str(known[i])))
			return true;
	return false;
}

EXCEL_START(excel_name_start)
{
	struct excel_part *state = rw->state;
	struct span value;
	uint64_t i;

	state->refused = rw->depth != 2 || excel_flag(tag, "xlm") ||
	    excel_flag(tag, "function") || excel_flag(tag, "vbProcedure");
	state->hidden = excel_flag(tag, "hidden");
	state->local = UINT_MAX;
	state->name_len = 0;
	if (xml_tag_value(tag, XML_NS_NONE, "localSheetId", &value)) {
		if (!span_decimal(value, UINT_MAX, &i) ||
		    i >= state->excel->sheets_n ||
		    !state->excel->sheets[i].kept)
			state->refused = true;
		else
			state->local = state->excel->sheets[i].index;
	}
	if (!xml_tag_value(tag, XML_NS_NONE, "name", &value) ||
	    value.len == 0 || value.len > sizeof(state->name)) {
		state->refused = true;
	} else {
		memcpy(state->name, value.ptr, value.len);
		state->name_len = value.len;
	}
	if (runs_by_itself(state->name, state->name_len))
		state->refused = true;
	*action = state->refused ? XML_DROP : XML_CAPTURE;
	return OK;
}

EXCEL_END(excel_name_end)
{
	struct excel_part *state = rw->state;
	struct span text = buf_span(&rw->captured), name = {
	    (const uint8_t *)state->name, state->name_len };
	char number[16];
	enum err err;

	if (text.len == 0 || !excel_formula(rw, text, ""))
		return OK;
	snprintf(number, sizeof(number), "%u", state->local);
	if ((err = xml_write_begin(&rw->write, XML_NS_X,
	    "definedName")) == OK &&
	    (err = xml_write_attribute(&rw->write, XML_NS_NONE, "name",
	    name)) == OK && (state->local == UINT_MAX ||
	    (err = xml_write_attribute(&rw->write, XML_NS_NONE,
	    "localSheetId", span_str(number))) == OK) &&
	    (!state->hidden || (err = xml_write_attribute(&rw->write,
	    XML_NS_NONE, "hidden", SPAN("1"))) == OK) &&
	    (err = xml_write_text(&rw->write, text)) == OK)
		err = xml_write_end(&rw->write, XML_NS_X, "definedName");
	return err;
}

EXCEL_START(excel_book_start)
{
	static const char *const names[] = { "codeName", "updateLinks",
	    "refreshAllConnections", "allowRefreshQuery",
	    "saveExternalLinkValues", "promptedSolutions", "publishItems",
	    "hidePivotFieldList" };

	(void)rw;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		excel_drop(tag, names[i]);
	*action = XML_AS_NAMED;
	return OK;
}

EXCEL_START(excel_cache_start)
{
	(void)rw;
	if (excel_flag(tag, "refreshOnLoad"))
		xml_rewrite_count(rw, "refresh");
	excel_drop(tag, "refreshOnLoad");
	excel_drop(tag, "backgroundQuery");
	excel_drop(tag, "refreshedBy");
	*action = XML_AS_NAMED;
	return OK;
}

EXCEL_START(excel_cache_field_start)
{
	struct span value;

	*action = XML_AS_NAMED;
	if (xml_tag_value(tag, XML_NS_NONE, "formula", &value) &&
	    !excel_formula(rw, value, ""))
		excel_drop(tag, "formula");
	return OK;
}

/* A table that a query filled is a plain one, and so are its columns. */
EXCEL_START(excel_table_start)
{
	struct span value;

	(void)rw;
	*action = XML_AS_NAMED;
	if (xml_tag_value(tag, XML_NS_NONE, "tableType", &value) &&
	    !span_equal(value, SPAN("worksheet")))
		excel_drop(tag, "tableType");
	excel_drop(tag, "connectionId");
	excel_drop(tag, "queryTableFieldId");
	excel_drop(tag, "published");
	return OK;
}

EXCEL_END(excel_filled_end)
{
	if (rw->write.open)
		xml_rewrite_forget(rw);
	return OK;
}
