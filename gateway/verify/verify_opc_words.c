/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words that could reach out of a document: codes of fields, functions of
 * formulas, targets of links. Lists of what is harmless.
 */
#include <string.h>

#include "verify_formula_names.h"
#include "verify_opc_part.h"

/* ASCII case folded; word is in capitals. */
static bool
is_word(struct span s, const char *word)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (word[i] == '\0' || (c >= 'a' && c <= 'z' ?
		    c - 'a' + 'A' : c) != (uint8_t)word[i])
			return false;
	}
	return word[s.len] == '\0';
}

static bool
starts(struct span s, const char *word)
{
	size_t len = strlen(word);

	return s.len >= len && is_word(span_sub(s, 0, len), word);
}

bool
opc_link_is_fine(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~' ||
		    strchr("\"'<>\\^`{|}", s.ptr[i]) != NULL)
			return false;
	return starts(s, "HTTP://") || starts(s, "HTTPS://") ||
	    starts(s, "MAILTO:") || starts(s, "#");
}

/* ---- fields ---- */

static struct span
skip_blanks(struct span s)
{
	while (s.len > 0 && s.ptr[0] == ' ')
		s = span_sub(s, 1, s.len - 1);
	return s;
}

static struct span
first_word(struct span s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] > ' ' && s.ptr[n] != '"' &&
	    s.ptr[n] != '\\')
		n++;
	return span_sub(s, 0, n);
}

/* Take "..." off the front; nothing is escaped in it. */
static bool
take_quoted(struct span *s, struct span *inside)
{
	size_t end;

	if (s->len == 0 || s->ptr[0] != '"')
		return false;
	*s = span_sub(*s, 1, s->len - 1);
	end = span_find(*s, SPAN("\""));
	*inside = span_sub(*s, 0, end);
	*s = span_sub(*s, end + 1, s->len);
	return end > 0 && span_find(*inside, SPAN("\\")) == inside->len;
}

/*
 * Behind HYPERLINK: a target, \l and a place in the document, or both. No
 * more: Word would take a second target, or one behind the switches.
 */
static bool
link_field_is_fine(struct span s)
{
	struct span inside;
	bool any = false;

	s = skip_blanks(s);
	if (s.len > 0 && s.ptr[0] == '"') {
		if (!take_quoted(&s, &inside) || !opc_link_is_fine(inside))
			return false;
		any = true;
		s = skip_blanks(s);
	}
	if (span_begins(s, SPAN("\\l "))) {
		s = skip_blanks(span_sub(s, 3, s.len - 3));
		if (!take_quoted(&s, &inside))
			return false;
		any = true;
	}
	return any && skip_blanks(s).len == 0;
}

bool
opc_field_is_fine(struct span code)
{
	static const char *const codes[] = { "PAGE", "NUMPAGES",
	    "SECTIONPAGES", "SECTION", "TOC", "TC", "XE", "INDEX", "REF",
	    "PAGEREF", "NOTEREF", "SEQ", "STYLEREF", "LISTNUM", "DATE",
	    "TIME", "CREATEDATE", "SAVEDATE", "EQ", "SYMBOL", "ADVANCE",
	    "FORMTEXT", "FORMCHECKBOX", "FORMDROPDOWN" };
	struct span s = skip_blanks(code), word;

	if (s.len == 0 || s.ptr[0] == '=')
		return true;
	word = first_word(s);
	if (is_word(word, "HYPERLINK"))
		return link_field_is_fine(span_sub(s, word.len, s.len -
		    word.len));
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (is_word(word, codes[i]))
			return true;
	return false;
}

/* ---- formulas ---- */

static bool
is_function(struct span name)
{
	if (starts(name, "_XLFN."))
		name = span_sub(name, 6, name.len - 6);
	if (starts(name, "_XLWS."))
		name = span_sub(name, 6, name.len - 6);
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (is_word(name, functions[i]))
			return true;
	return false;
}

static bool
in_name(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == '$' ||
	    c >= 0x80;
}

/* Past a quoted piece, its quotes doubled inside; at its length: no end. */
static size_t
past_quotes(struct span s, size_t at)
{
	uint8_t quote = s.ptr[at++];

	for (; at < s.len; at++) {
		if (s.ptr[at] != quote)
			continue;
		if (at + 1 == s.len || s.ptr[at + 1] != quote)
			return at + 1;
		at++;
	}
	return s.len + 1;
}

static bool
has_any(struct span s, const char *set)
{
	for (size_t i = 0; i < s.len; i++)
		if (strchr(set, s.ptr[i]) != NULL)
			return true;
	return false;
}

/* Past [...] of a table, in which ' takes the next character as it is. */
static size_t
past_brackets(struct span s, size_t at)
{
	unsigned depth = 0;

	for (; at < s.len; at++) {
		if (s.ptr[at] == '\'')
			at++;
		else if (s.ptr[at] == '[')
			depth++;
		else if (s.ptr[at] == ']' && --depth == 0)
			return at + 1;
	}
	return s.len + 1;
}

/* The first argument of HYPERLINK and CELL. */
static bool
argument_is_fine(struct span name, struct span rest)
{
	struct span text;
	size_t end;

	if (!is_word(name, "HYPERLINK") && !is_word(name, "CELL"))
		return true;
	rest = skip_blanks(rest);
	if (rest.len == 0 || rest.ptr[0] != '"')
		return false;
	end = past_quotes(rest, 0);
	if (end > rest.len)
		return false;
	text = span_sub(rest, 1, end - 2);
	rest = skip_blanks(span_sub(rest, end, rest.len - end));
	if (rest.len == 0 || (rest.ptr[0] != ',' && rest.ptr[0] != ')'))
		return false;
	if (is_word(name, "CELL"))
		return !is_word(text, "FILENAME");
	return starts(text, "HTTP://") || starts(text, "HTTPS://") ||
	    starts(text, "MAILTO:") || starts(text, "#");
}

/* The piece at *at; false: it may not be. bang: "!" stands before it. */
static bool
piece(struct span s, size_t *at, bool *after_name, bool *bang)
{
	size_t start = *at, end;
	uint8_t c = s.ptr[start];
	struct span name;

	if (c == '"' || c == '\'') {
		end = past_quotes(s, start);
		if (end > s.len || (c == '\'' && (end == s.len ||
		    s.ptr[end] != '!' || has_any(span_sub(s, start, end -
		    start), "[]|\\/"))))
			return false;
		*at = end;
		*after_name = *bang = false;
		return true;
	}
	if (c == '[') {
		uint8_t first = start + 1 < s.len ? s.ptr[start + 1] : 0;

		end = past_brackets(s, start);
		if (end > s.len || (end < s.len && (s.ptr[end] == '!' ||
		    s.ptr[end] == '\'' || in_name(s.ptr[end]))) ||
		    (!*after_name && (first == 0 || strchr("@#[", first) ==
		    NULL)))
			return false;
		*at = end;
		*after_name = *bang = false;
		return true;
	}
	if (!in_name(c)) {
		*bang = c == '!';
		*after_name = false;
		(*at)++;
		return c != '|' && c != '\\' && c >= ' ';
	}
	while (*at < s.len && in_name(s.ptr[*at]))
		(*at)++;
	name = span_sub(s, start, *at - start);
	*after_name = true;
	if (*at < s.len && s.ptr[*at] == '(' && (*bang ||
	    !is_function(name) || !argument_is_fine(name, span_sub(s, *at +
	    1, s.len - *at - 1))))
		return false;
	*bang = false;
	return true;
}

bool
opc_formula_is_fine(struct span s)
{
	bool after_name = false, bang = false;
	size_t at = 0;

	while (at < s.len) {
		/* a formula in lines */
		if (s.ptr[at] == '\n' || s.ptr[at] == '\r' ||
		    s.ptr[at] == '\t') {
			at++;
			after_name = bang = false;
		} else if (!piece(s, &at, &after_name, &bang)) {
			return false;
		}
	}
	return true;
}
