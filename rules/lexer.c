/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text to tokens, each with its place. The text is valid UTF-8 (run.c sees to
 * that). Words are cut here and understood in value.c; comments and ends of
 * lines are tokens, because the printer keeps them. Linear, no allocation.
 */
#include <inttypes.h>
#include <string.h>

#include "../gateway/base/utf8.h"
#include "finding_internal.h"
#include "lexer_internal.h"

void
lexer_init(struct lexer *lexer, struct rules_run *run, uint32_t source)
{
	*lexer = (struct lexer){ .run = run, .source = source, .line = 1 };
	lexer->text = run->sources[source].text;
	if (span_begins(lexer->text, SPAN("\xef\xbb\xbf")))
		lexer->at = 3;	/* byte order mark of some editors */
	lexer->line_start = lexer->at;
}

static struct place
place_of(const struct lexer *lexer, size_t from, size_t to)
{
	return (struct place){ lexer->source, lexer->line, (uint32_t)from,
	    (uint32_t)(to - from) };
}

/*
 * Characters that have no place in a rule file: controls, and those that
 * make a line look different from what it is (bidirectional controls, zero
 * width), wherever they stand.
 */
static bool
is_forbidden(uint32_t c)
{
	return (c < 0x20 && c != '\t') || (c >= 0x7f && c < 0xa0) ||
	    c == 0xad || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	    (c >= 0xe0000 && c <= 0xe007f);
}

static bool
is_blank(uint32_t c)
{
	return c == 0x3000 || c == 0xa0 || (c >= 0x2000 && c <= 0x200a);
}

static void
report_character(struct lexer *lexer, size_t at, size_t len, uint32_t c)
{
	if (lexer->run == NULL)
		return;
	if (is_blank(c))
		finding_syntax(lexer->run, place_of(lexer, at, at + len),
		    "use an ordinary blank here",
		    c == 0x3000 ? "a full-width blank is not a blank" :
		    "the character U+%04" PRIX32 " is not a blank", c);
	else
		finding_syntax(lexer->run, place_of(lexer, at, at + len),
		    "remove it", "control or invisible character U+%04" PRIX32
		    " is not allowed", c);
}

/* The end of the line that begins at line_start: at its LF, or the text's. */
static size_t
line_end(const struct lexer *lexer)
{
	struct span rest = span_sub(lexer->text, lexer->line_start,
	    lexer->text.len);

	return lexer->line_start + span_find_byte(rest, '\n');
}

static void
set(struct lexer *lexer, struct token *token, enum token_kind kind, size_t to)
{
	token->kind = kind;
	token->text = span_sub(lexer->text, lexer->at, to - lexer->at);
	token->place = place_of(lexer, lexer->at, to);
	lexer->at = to;
}

/* A character that is part of a word, for bytes below 0x80. */
static bool
ends_word(uint8_t c)
{
	return c <= ' ' || c == 0x7f || c == '{' || c == '}' || c == '"' ||
	    c == '#' || c == ',';
}

static void
word(struct lexer *lexer, struct token *token)
{
	size_t at = lexer->at, len;

	while (at < lexer->text.len) {
		uint32_t c = lexer->text.ptr[at];

		len = 1;
		if (c < 0x80) {
			if (ends_word((uint8_t)c))
				break;
		} else {
			c = utf8_decode(span_sub(lexer->text, at, 4), &len);
			if (is_forbidden(c) || is_blank(c))
				break;
		}
		at += len;
	}
	if (at > lexer->at) {
		set(lexer, token, TOKEN_WORD, at);
		return;
	}
	report_character(lexer, at, len,
	    utf8_decode(span_sub(lexer->text, at, 4), &len));
	set(lexer, token, TOKEN_BAD, at + len);
}

/* Everything up to `to` is free of forbidden characters? Reports the first. */
static bool
clean(struct lexer *lexer, size_t from, size_t to)
{
	size_t len;

	for (size_t at = from; at < to; at += len) {
		uint32_t c = utf8_decode(span_sub(lexer->text, at, 4), &len);

		if (is_forbidden(c)) {
			report_character(lexer, at, len, c);
			return false;
		}
	}
	return true;
}

/* "...", with \" and \\ inside; it ends on its line. */
static void
string(struct lexer *lexer, struct token *token)
{
	size_t end = line_end(lexer), at = lexer->at + 1;

	while (at < end && lexer->text.ptr[at] != '"')
		at += lexer->text.ptr[at] == '\\' && at + 1 < end ? 2 : 1;
	if (at >= end) {
		if (end > lexer->at && lexer->text.ptr[end - 1] == '\r')
			end--;
		if (lexer->run != NULL)
			finding_syntax(lexer->run,
			    place_of(lexer, lexer->at, lexer->at + 1),
			    "a string ends on the line on which it begins",
			    "the closing '\"' is missing");
		set(lexer, token, TOKEN_BAD, end);
		return;
	}
	if (at - lexer->at > RULES_STRING_BYTES_MAX) {
		if (lexer->run != NULL)
			finding_syntax(lexer->run,
			    place_of(lexer, lexer->at, at + 1), NULL,
			    "the string is longer than %d bytes",
			    RULES_STRING_BYTES_MAX);
		set(lexer, token, TOKEN_BAD, at + 1);
	} else if (!clean(lexer, lexer->at, at))
		set(lexer, token, TOKEN_BAD, at + 1);
	else
		set(lexer, token, TOKEN_STRING, at + 1);
}

static void
comment(struct lexer *lexer, struct token *token)
{
	size_t end = line_end(lexer), to = end;

	while (to > lexer->at && (lexer->text.ptr[to - 1] == '\r' ||
	    lexer->text.ptr[to - 1] == ' ' || lexer->text.ptr[to - 1] == '\t'))
		to--;
	set(lexer, token, clean(lexer, lexer->at, to) ? TOKEN_COMMENT :
	    TOKEN_BAD, to);
	lexer->at = end;
}

/* A line beyond the limit is reported and passed over as a whole. */
static bool
line_too_long(struct lexer *lexer, struct token *token)
{
	size_t end;

	if (lexer->line_checked)
		return false;
	lexer->line_checked = true;
	end = line_end(lexer);
	if (end - lexer->line_start <= RULES_LINE_BYTES_MAX)
		return false;
	if (lexer->run != NULL)
		finding_syntax(lexer->run,
		    place_of(lexer, lexer->at, lexer->at + 1),
		    "a list may go on in the next line after a comma",
		    "the line is longer than %d bytes", RULES_LINE_BYTES_MAX);
	set(lexer, token, TOKEN_BAD, lexer->at + 1);
	lexer->at = end;
	return true;
}

static void
line(struct lexer *lexer, struct token *token, size_t len)
{
	set(lexer, token, TOKEN_LINE, lexer->at + len);
	lexer->line++;
	lexer->line_start = lexer->at;
	lexer->line_checked = false;
}

void
lexer_next(struct lexer *lexer, struct token *token)
{
	struct span text = lexer->text;

	*token = (struct token){ 0 };
	if (line_too_long(lexer, token))
		return;
	while (lexer->at < text.len &&
	    (text.ptr[lexer->at] == ' ' || text.ptr[lexer->at] == '\t'))
		lexer->at++;
	token->at_line_start = lexer->at == lexer->line_start;
	if (lexer->at >= text.len) {
		set(lexer, token, TOKEN_END, lexer->at);
		return;
	}
	switch (text.ptr[lexer->at]) {
	case '\n':
		line(lexer, token, 1);
		break;
	case '\r':
		if (lexer->at + 1 < text.len && text.ptr[lexer->at + 1] == '\n')
			line(lexer, token, 2);
		else
			word(lexer, token);	/* reports it */
		break;
	case '#':
		comment(lexer, token);
		break;
	case '"':
		string(lexer, token);
		break;
	case '{':
		set(lexer, token, TOKEN_OPEN, lexer->at + 1);
		break;
	case '}':
		set(lexer, token, TOKEN_CLOSE, lexer->at + 1);
		break;
	case ',':
		set(lexer, token, TOKEN_COMMA, lexer->at + 1);
		break;
	default:
		word(lexer, token);
	}
}
