/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Word's fields. A field code can start programs and read files (DDE, LINK,
 * INCLUDETEXT), it can be cut over any number of runs and be computed by
 * other fields (QUOTE), so only codes that stay in the document pass, and
 * only as plain text.
 */
#include "ooxml_field.h"

#include <string.h>

static const char *const codes[] = {
	"PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION", "TOC", "TC", "XE",
	"INDEX", "REF", "PAGEREF", "NOTEREF", "SEQ", "STYLEREF", "LISTNUM",
	"DATE", "TIME", "CREATEDATE", "SAVEDATE", "EQ", "SYMBOL", "ADVANCE",
	"FORMTEXT", "FORMCHECKBOX", "FORMDROPDOWN",
};

void
field_init(struct field_state *state, struct arena *arena)
{
	memset(state, 0, sizeof(*state));
	state->arena = arena;
	buf_init(&state->text, FIELD_INSTRUCTION_BYTES_MAX);
}

void
field_fini(struct field_state *state)
{
	buf_fini(&state->text);
}

/* Up to a blank, a quote or a switch. */
static struct span
first_word(struct span s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] > ' ' && s.ptr[n] != '"' &&
	    s.ptr[n] != '\\')
		n++;
	return span_sub(s, 0, n);
}

/* An argument, quoted (also “so”) or not; the rest stays in s. */
static struct span
argument(struct span *s)
{
	static const struct { const char *open, *close; } quotes[] = {
		{ "\"", "\"" },
		{ "\xe2\x80\x9c", "\xe2\x80\x9d" },
	};
	struct span value;

	*s = span_trim(*s);
	for (size_t i = 0; i < 2; i++) {
		struct span open = span_str(quotes[i].open);
		struct span close = span_str(quotes[i].close);
		struct span rest = span_sub(*s, open.len, s->len);
		size_t end;

		if (!span_begins(*s, open))
			continue;
		end = span_find(rest, close);
		*s = span_sub(rest, end + close.len, rest.len);
		return span_sub(rest, 0, end);
	}
	value = first_word(*s);
	if (value.len == 0)	/* a lone quote or switch: passed over */
		*s = span_sub(*s, 1, s->len);
	*s = span_sub(*s, value.len, s->len);
	return value;
}

static bool
is_plain(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < ' ' || s.ptr[i] == '"' || s.ptr[i] == '\\')
			return false;
	return true;
}

/* HYPERLINK "target" \l "place": written from what was understood. */
static bool
hyperlink(struct span rest, struct arena *arena, struct span *written)
{
	struct span target = SPAN(""), place = SPAN(""), value;
	struct buf text;
	bool ok, first = true;

	for (rest = span_trim(rest); rest.len > 0; rest = span_trim(rest)) {
		if (rest.ptr[0] == '\\' && rest.len > 1) {
			uint8_t letter = ascii_lower(rest.ptr[1]);

			rest = span_sub(rest, 2, rest.len);
			if (letter == 'l')
				place = argument(&rest);
			else if (letter == 'o' || letter == 't')
				(void)argument(&rest);
			else if (letter != 'n' && letter != 'h' &&
			    letter != 'm')
				return false;
			continue;
		}
		value = argument(&rest);
		if (value.len > 0 && !first)
			return false;
		if (value.len > 0) {
			target = value;
			first = false;
		}
	}
	if (target.len > 0 && !opc_link_target(target, arena, &target))
		return false;
	if (!is_plain(place) || (target.len == 0 && place.len == 0))
		return false;
	buf_init(&text, FIELD_INSTRUCTION_BYTES_MAX);
	ok = buf_add_str(&text, " HYPERLINK ") == OK &&
	    (target.len == 0 || (buf_add_str(&text, "\"") == OK &&
	    buf_add(&text, target) == OK && buf_add_str(&text, "\" ") == OK))
	    && (place.len == 0 || (buf_add_str(&text, "\\l \"") == OK &&
	    buf_add(&text, place) == OK && buf_add_str(&text, "\" ") == OK))
	    && arena_dup(arena, buf_span(&text), written);
	buf_fini(&text);
	return ok;
}

bool
field_allowed(struct span instruction, struct arena *arena,
    struct span *written, const char **what)
{
	struct span s = span_trim(instruction), word = first_word(s);

	*what = "field";
	*written = instruction;
	if (span_equal_nocase(word, SPAN("DDE")) ||
	    span_equal_nocase(word, SPAN("DDEAUTO"))) {
		*what = "dde-field";
		return false;
	}
	if (span_equal_nocase(word, SPAN("HYPERLINK"))) {
		*what = "link";
		return hyperlink(span_sub(s, word.len, s.len), arena,
		    written);
	}
	if (s.len > 0 && s.ptr[0] == '=')
		return true;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (span_equal_nocase(word, span_str(codes[i])))
			return true;
	return false;
}

enum err
field_simple_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	struct field_state *state = rw->state;
	const char *what = "field";
	struct span written;

	*action = XML_UNWRAP;
	if (state->instructions > 0)
		return OK;
	for (unsigned i = 0; i < tag->attributes_n; i++) {
		struct xml_attribute *a = &tag->attributes[i];

		if (a->ns != XML_NS_W || strcmp(a->name, "instr") != 0)
			continue;
		if (field_allowed(a->value, state->arena, &written, &what)) {
			a->value = written;
			*action = XML_AS_NAMED;
			return OK;
		}
		break;
	}
	xml_rewrite_count(rw, what);
	return OK;
}

static struct field *
top(struct field_state *state)
{
	return state->depth > 0 ? &state->fields[state->depth - 1] : NULL;
}

static enum err
begin(struct xml_rewrite *rw, struct field_state *state,
    enum xml_action *action)
{
	struct field *above = top(state), *field;

	if (state->begin_open)		/* one in another's form data */
		return OK;
	if (state->depth == FIELD_DEPTH_MAX)
		return ERR_LIMIT;
	if (above != NULL && above->instruction && !above->refused) {
		above->refused = true;
		xml_rewrite_count(rw, "field");
	}
	field = &state->fields[state->depth++];
	memset(field, 0, sizeof(*field));
	field->instruction = true;
	/* a part of an instruction that is not written */
	field->refused = state->instructions > 0;
	field->from = state->text.len;
	state->instructions++;
	state->begin_open = true;
	*action = XML_AS_NAMED;
	return OK;
}

/* The instruction is complete: write it, if it may pass. */
static enum err
decide(struct xml_rewrite *rw, struct field_state *state,
    struct field *field)
{
	struct span text = span_sub(buf_span(&state->text), field->from,
	    state->text.len);
	struct xml_write *w = &rw->write;
	struct span written;
	const char *what;
	enum err err;

	field->instruction = false;
	state->instructions--;
	if (!field->refused && !field_allowed(text, state->arena, &written,
	    &what)) {
		field->refused = true;
		xml_rewrite_count(rw, what);
	}
	if (field->refused)
		return OK;
	field->written = true;
	if ((err = xml_write_again(w, field->begin)) == OK &&
	    (err = xml_write_begin(w, XML_NS_W, "instrText")) == OK &&
	    (err = xml_write_attribute(w, XML_NS_XML, "space",
	    SPAN("preserve"))) == OK &&
	    (err = xml_write_text(w, written)) == OK)
		err = xml_write_end(w, XML_NS_W, "instrText");
	return err;
}

enum err
field_char_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	struct field_state *state = rw->state;
	struct field *field = top(state);
	struct span type;
	enum err err = OK;

	*action = XML_DROP;
	(void)xml_tag_value(tag, XML_NS_W, "fldCharType", &type);
	if (span_equal(type, SPAN("begin")))
		return begin(rw, state, action);
	if (field == NULL)
		return OK;
	if (span_equal(type, SPAN("separate"))) {
		if (!field->instruction)
			return OK;
		err = decide(rw, state, field);
	} else if (span_equal(type, SPAN("end"))) {
		if (field->instruction)
			err = decide(rw, state, field);
		state->depth--;
		buf_truncate(&state->text, field->from);
	} else
		return OK;
	*action = field->written ? XML_AS_NAMED : XML_DROP;
	return err;
}

/* A begin, with its form data, waits for its instruction. */
enum err
field_char_end(struct xml_rewrite *rw)
{
	struct field_state *state = rw->state;
	const struct xml_frame *frame = xml_rewrite_frame(rw, 0);
	struct field *field = top(state);
	struct span xml;
	bool ok;

	if (!state->begin_open || field == NULL)
		return OK;
	state->begin_open = false;
	if (buf_add_str(rw->write.out, rw->write.open ? "/>" :
	    "</w:fldChar>") != OK)
		return ERR_LIMIT;
	/* the first byte ends the tag before, if that was open */
	xml = span_sub(buf_span(rw->write.out), frame->before.len +
	    frame->before.open, rw->write.out->len);
	ok = arena_dup(state->arena, xml, &field->begin);
	xml_rewrite_forget(rw);
	return ok ? OK : ERR_LIMIT;
}

enum err
field_instruction_end(struct xml_rewrite *rw)
{
	struct field_state *state = rw->state;
	struct field *field = top(state);

	if (field != NULL && field->instruction)
		return buf_add(&state->text, buf_span(&rw->captured));
	if (rw->captured.len > 0)
		xml_rewrite_count(rw, "field");
	return OK;
}

/* No instruction that we write has more than one paragraph. */
enum err
field_paragraph_end(struct xml_rewrite *rw)
{
	struct field_state *state = rw->state;

	for (unsigned i = 0; i < state->depth &&
	    state->instructions > 0; i++) {
		struct field *field = &state->fields[i];

		if (!field->instruction)
			continue;
		field->instruction = false;
		state->instructions--;
		if (!field->refused)
			xml_rewrite_count(rw, "field");
		field->refused = true;
	}
	return OK;
}

enum err
field_content_start(struct xml_rewrite *rw, struct xml_tag *tag,
    enum xml_action *action)
{
	struct field_state *state = rw->state;

	(void)tag;
	*action = XML_AS_NAMED;
	if (state->instructions > 0) {
		xml_rewrite_count(rw, "field");
		*action = XML_DROP;
	}
	return OK;
}
