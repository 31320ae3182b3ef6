/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A tokenizer of formulas, no parser: what is dangerous shows in the tokens.
 * Operators and parentheses may stand in any order, a reader that refuses
 * the order does no harm by it.
 */
#include <string.h>

#include "formula.h"

#define BRACKETS_MAX	8	/* Table[[#This Row],[Column]] */

struct reader {
	struct span	text;
	size_t		at;
	struct span	before;		/* the token before, if a name */
	bool		bang;		/* "!" stands before this token */
};

static int
peek(const struct reader *r)
{
	return r->at < r->text.len ? r->text.ptr[r->at] : -1;
}

static enum formula_verdict
say(struct formula_result *result, enum formula_verdict verdict,
    struct span what)
{
	*result = (struct formula_result){ verdict, what };
	return verdict;
}

/* ASCII case folded. */
static bool
begins(struct span s, const char *word)
{
	size_t len = strlen(word);

	if (s.len < len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = (char)s.ptr[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (c != word[i])
			return false;
	}
	return true;
}

static bool
equals(struct span s, const char *word)
{
	return s.len == strlen(word) && begins(s, word);
}

/* Past a quoted token in which the quote is doubled; false: it has no end. */
static bool
read_quoted(struct reader *r, struct span *inside)
{
	uint8_t quote = r->text.ptr[r->at++];
	size_t start = r->at;

	while (r->at < r->text.len) {
		if (r->text.ptr[r->at++] != quote)
			continue;
		if (peek(r) != quote) {
			*inside = span_sub(r->text, start,
			    r->at - 1 - start);
			return true;
		}
		r->at++;
	}
	return false;
}

static bool
has(struct span s, const char *bytes)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != '\0' && strchr(bytes, s.ptr[i]) != NULL)
			return true;
	return false;
}

/* 'Sheet 1'!A1; in another book: '[1]Sheet'!A1, 'C:\[b.xls]S'!A1 */
static enum formula_verdict
read_sheet(struct reader *r, struct formula_result *result)
{
	size_t start = r->at;
	struct span name;

	if (!read_quoted(r, &name))
		return say(result, FORMULA_SYNTAX, span_sub(r->text, start,
		    FORMULA_NAME_MAX));
	if (has(name, "|") || peek(r) == '|')
		return say(result, FORMULA_DDE, name);
	if (has(name, "[]\\/"))
		return say(result, FORMULA_EXTERNAL, name);
	if (peek(r) != '!')
		return say(result, FORMULA_SYNTAX, name);
	r->at++;
	r->bang = true;
	r->before = (struct span){ NULL, 0 };
	return FORMULA_FINE;
}

static bool
is_name_byte(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == '$' ||
	    c == '?' || c >= 0x80;
}

/*
 * Table[Column], [@Column] and the like; [1]Sheet!A1 and [book.xlsx] are of
 * another book. In a column's name a ' takes the next character as it is.
 */
static enum formula_verdict
read_brackets(struct reader *r, struct formula_result *result)
{
	size_t start = r->at;
	unsigned depth = 0;
	int first = r->at + 1 < r->text.len ? r->text.ptr[r->at + 1] : -1;

	if (r->before.len == 0 && first != '@' && first != '#' &&
	    first != '[')
		return say(result, FORMULA_EXTERNAL, span_sub(r->text, start,
		    FORMULA_NAME_MAX));
	while (r->at < r->text.len) {
		uint8_t c = r->text.ptr[r->at++];

		if (c == '\'' && r->at < r->text.len) {
			r->at++;
		} else if (c == '[' && ++depth > BRACKETS_MAX) {
			break;
		} else if (c == ']' && --depth == 0) {
			/* nothing of a reference to a sheet stands behind */
			if (peek(r) == '!' || peek(r) == '|' ||
			    peek(r) == '\'' || is_name_byte(peek(r)))
				break;
			r->before = (struct span){ NULL, 0 };
			return FORMULA_FINE;
		}
	}
	return say(result, peek(r) == '|' ? FORMULA_DDE : FORMULA_SYNTAX,
	    span_sub(r->text, start, FORMULA_NAME_MAX));
}

/* #REF! #N/A #NAME? #VALUE! #DIV/0! #NUM! #NULL! ...; A1# is a spill. */
static void
read_error(struct reader *r)
{
	r->at++;
	while ((peek(r) >= 'A' && peek(r) <= 'Z') || peek(r) == '/' ||
	    peek(r) == '_' || peek(r) == '0')
		r->at++;
	if (peek(r) == '!' || peek(r) == '?')
		r->at++;
	r->before = (struct span){ NULL, 0 };
}

static void
skip_spaces(struct reader *r)
{
	while (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\n' ||
	    peek(r) == '\r')
		r->at++;
}

/*
 * The first argument of HYPERLINK and CELL, a text that stands there: a link
 * to the web or into the book, and not the place of the file.
 */
static bool
argument_is_fine(struct reader r, bool link)
{
	struct span text;

	r.at++;				/* the parenthesis */
	skip_spaces(&r);
	if (peek(&r) != '"' || !read_quoted(&r, &text))
		return false;
	skip_spaces(&r);
	if (peek(&r) != ',' && peek(&r) != ')')
		return false;
	if (!link)
		return !equals(text, "FILENAME");
	return begins(text, "HTTP://") || begins(text, "HTTPS://") ||
	    begins(text, "MAILTO:") || begins(text, "#");
}

static enum formula_verdict
check_function(const struct reader *r, struct span name,
    struct formula_result *result)
{
	struct span plain = name;

	if (begins(plain, "_XLFN."))
		plain = span_sub(plain, 6, plain.len - 6);
	if (begins(plain, "_XLWS."))
		plain = span_sub(plain, 6, plain.len - 6);
	/* Sheet1!F(): a macro sheet's */
	if (r->bang || !formula_function_is_known(plain))
		return say(result, FORMULA_FUNCTION, name);
	if ((equals(plain, "HYPERLINK") && !argument_is_fine(*r, true)) ||
	    (equals(plain, "CELL") && !argument_is_fine(*r, false)))
		return say(result, FORMULA_FUNCTION, name);
	return FORMULA_FINE;
}

/* A name, number, reference, or function; and the sheet before a "!". */
static enum formula_verdict
read_name(struct reader *r, struct formula_result *result)
{
	enum formula_verdict verdict = FORMULA_FINE;
	size_t start = r->at;
	struct span name;

	while (is_name_byte(peek(r)))
		r->at++;
	name = span_sub(r->text, start, r->at - start);
	if (peek(r) == '|')
		return say(result, FORMULA_DDE, name);
	if (peek(r) == '!') {
		if (r->bang)
			return say(result, FORMULA_SYNTAX, name);
		r->at++;
		r->bang = true;
		r->before = (struct span){ NULL, 0 };
		return FORMULA_FINE;
	}
	if (peek(r) == '(')
		verdict = check_function(r, name, result);
	r->bang = false;
	r->before = name;
	return verdict;
}

static enum formula_verdict
read_token(struct reader *r, struct formula_result *result)
{
	int c = peek(r);
	struct span text;

	if (is_name_byte(c))
		return read_name(r, result);
	if (c == '[')
		return read_brackets(r, result);
	if (c == '\'')
		return read_sheet(r, result);
	if (c == '"') {
		if (!read_quoted(r, &text))
			return say(result, FORMULA_SYNTAX, span_sub(r->text,
			    r->at, 0));
		r->before = (struct span){ NULL, 0 };
		r->bang = false;
		return FORMULA_FINE;
	}
	if (c == '#') {
		read_error(r);
		r->bang = false;
		return FORMULA_FINE;
	}
	if (c == '|')
		return say(result, FORMULA_DDE, span_sub(r->text, r->at, 1));
	if (c == '\0' || strchr("+-*/^&=<>%,;(){}:@ \t\r\n", c) == NULL)
		return say(result, FORMULA_SYNTAX, span_sub(r->text, r->at,
		    1));
	r->at++;
	r->before = (struct span){ NULL, 0 };
	r->bang = false;
	return FORMULA_FINE;
}

enum formula_verdict
formula_check(struct span text, struct formula_result *result)
{
	struct reader r = { .text = text };
	enum formula_verdict verdict = FORMULA_FINE;

	*result = (struct formula_result){ FORMULA_FINE, { NULL, 0 } };
	if (text.len > FORMULA_BYTES_MAX)
		return say(result, FORMULA_SYNTAX, span_sub(text, 0, 0));
	while (verdict == FORMULA_FINE && r.at < text.len)
		verdict = read_token(&r, result);
	return verdict;
}

const char *
formula_verdict_name(enum formula_verdict verdict)
{
	switch (verdict) {
	case FORMULA_FINE:
		return "";
	case FORMULA_DDE:
		return "dde";
	case FORMULA_EXTERNAL:
		return "external-link";
	case FORMULA_FUNCTION:
		return "function";
	case FORMULA_SYNTAX:
		break;
	}
	return "formula";
}
