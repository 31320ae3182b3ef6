/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text of a document, for those who get no document, written as any text
 * file is: of Word from the main part alone, of Excel by ooxml_excel_text.c.
 */
#include <stdio.h>
#include <string.h>

#include "format_ooxml.h"
#include "format_text.h"
#include "ooxml.h"
#include "ooxml_excel.h"
#include "ooxml_powerpoint.h"

#define TEXT_BYTES_MAX	(64u * 1024 * 1024)

struct reader {
	struct buf	 text;
	unsigned	 in_text;	/* depth in w:t */
	unsigned	 rows;		/* tables that are open */
	bool		 cell;		/* a cell was before in this row */
};

static enum err
start(void *ctx, struct xml_tag *tag)
{
	struct reader *r = ctx;

	if (tag->ns != XML_NS_W)
		return OK;
	if (strcmp(tag->name, "t") == 0)
		r->in_text++;
	else if (strcmp(tag->name, "tab") == 0)
		return buf_add_byte(&r->text, '\t');
	else if (strcmp(tag->name, "br") == 0 ||
	    strcmp(tag->name, "cr") == 0)
		return buf_add_byte(&r->text, '\n');
	else if (strcmp(tag->name, "tr") == 0) {
		r->rows++;
		r->cell = false;
	} else if (strcmp(tag->name, "tc") == 0) {
		if (r->cell)
			return buf_add_byte(&r->text, '\t');
		r->cell = true;
	}
	return OK;
}

static enum err
end(void *ctx, enum xml_ns ns, const char *name)
{
	struct reader *r = ctx;

	if (ns != XML_NS_W)
		return OK;
	if (strcmp(name, "t") == 0 && r->in_text > 0)
		r->in_text--;
	else if (strcmp(name, "tr") == 0) {
		r->rows -= r->rows > 0;
		r->cell = r->rows > 0;
		return buf_add_byte(&r->text, '\n');
	} else if (strcmp(name, "p") == 0)
		/* in a cell a paragraph is no line */
		return buf_add_byte(&r->text, r->rows > 0 ? ' ' : '\n');
	return OK;
}

static enum err
text(void *ctx, struct span s)
{
	struct reader *r = ctx;

	return r->in_text > 0 ? buf_add(&r->text, s) : OK;
}

static bool
has(struct span type, struct span word)
{
	return span_find_nocase(type, word) < type.len;
}

static enum err
read_text(struct opc *opc, struct reader *r)
{
	static const struct xml_events events = { start, end, text };
	struct xml_parse *parse = &opc->rewrite->parse;
	enum err err;

	if (has(opc->main_type, SPAN("spreadsheetml")) ||
	    has(opc->main_type, SPAN("ms-excel")))
		return excel_text(opc, &r->text);
	if (has(opc->main_type, SPAN("presentationml")) ||
	    has(opc->main_type, SPAN("ms-powerpoint")))
		return powerpoint_text(opc, &r->text);
	if (!has(opc->main_type, SPAN("word")))
		return opc_error(opc, ERR_POLICY, SPAN(""),
		    "text of this type is not read");
	if ((err = xml_parse_init(parse, &events, r)) == OK)
		err = opc_parse(opc, opc->main_entry, parse);
	xml_parse_fini(parse);
	return err;
}

enum err
format_ooxml_text(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result)
{
	struct arena *arena = arena_new(OOXML_ARENA_BYTES_MAX);
	struct reader reader = { 0 };
	struct text_result counts;
	struct input plain;
	struct opc *opc;
	enum err err = ERR_SYSTEM;

	buf_init(&reader.text, TEXT_BYTES_MAX);
	opc = arena != NULL ? arena_alloc(arena, sizeof(*opc)) : NULL;
	if (opc != NULL) {
		err = opc_open(opc, in, arena, policy, &result->removed);
		if (err == OK)
			err = read_text(opc, &reader);
		plain = input_span(buf_span(&reader.text));
		if (err == OK)
			err = format_text(&plain, SPAN("utf-8"), out,
			    &counts);
		if (err != OK)
			snprintf(result->reason, sizeof(result->reason),
			    "OOXML: %.140s", opc->why[0] != '\0' ?
			    opc->why : err_name(err));
		opc_close(opc);
	}
	result->outcome = OUTCOME_EXTRACTED;
	result->type = SAFE_TEXT;
	buf_fini(&reader.text);
	arena_free(arena);
	return err;
}
