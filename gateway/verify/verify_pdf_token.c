/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers, names, strings and references of a PDF, in the one way of writing
 * each of them.
 */
#include <string.h>

#include "verify_pdf_token.h"

static bool
is_digit_at(struct span s, size_t at)
{
	return at < s.len && ascii_is_digit(s.ptr[at]);
}

/* integer / real; the length of it, or 0. */
static size_t
number_len(struct span s, bool *is_integer)
{
	size_t at = s.len > 0 && s.ptr[0] == '-', first = at, dot;

	while (is_digit_at(s, at))
		at++;
	if (at == first || at - first > 15 ||
	    (s.ptr[first] == '0' && at - first > 1))
		return 0;
	*is_integer = at == s.len || s.ptr[at] != '.';
	if (*is_integer)
		return first == 1 && s.ptr[first] == '0' ? 0 : at;
	dot = at++;
	while (is_digit_at(s, at))
		at++;
	return at == dot + 1 || at - dot > 7 || s.ptr[at - 1] == '0' ? 0 : at;
}

static int
hex_digit(uint8_t c, char ten)
{
	if (ascii_is_digit(c))
		return c - '0';
	return c >= ten && c < ten + 6 ? c - ten + 10 : -1;
}

static bool
is_plain(uint8_t c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) ||
	    (c != 0 && strchr("-_+.,*", c) != NULL);
}

size_t
pdf_token_name(struct span s, uint8_t *out, size_t *out_len)
{
	size_t at = 1;
	int high, low;

	for (*out_len = 0; at < s.len; ) {
		uint8_t c = s.ptr[at];

		if (c == '#') {
			if (s.len - at < 3 ||
			    (high = hex_digit(s.ptr[at + 1], 'A')) < 0 ||
			    (low = hex_digit(s.ptr[at + 2], 'A')) < 0)
				return 0;
			c = (uint8_t)(high << 4 | low);
			if (c == 0 || is_plain(c))
				return 0;
			at += 3;
		} else if (is_plain(c))
			at++;
		else
			break;
		if (*out_len == PDF_TOKEN_BYTES_MAX)
			return 0;
		out[(*out_len)++] = c;
	}
	return at;
}

static size_t
string_len(struct span s)
{
	size_t at = 1;

	while (at < s.len && hex_digit(s.ptr[at], 'a') >= 0)
		at++;
	return at < s.len && s.ptr[at] == '>' && at % 2 == 1 ? at + 1 : 0;
}

static struct pdf_token
take(struct span *s, char kind, size_t len)
{
	struct pdf_token t = { kind, span_sub(*s, 0, len), 0 };

	*s = span_sub(*s, len, s->len);
	return t;
}

static struct pdf_token
take_number(struct span *s)
{
	struct pdf_token none = { 0 }, t;
	bool is_integer = false;
	size_t len = number_len(*s, &is_integer);

	if (len == 0)
		return none;
	t = take(s, 'n', len);
	if (!is_integer || !span_decimal(t.text, UINT64_MAX, &t.number)) {
		t.number = UINT64_MAX;
		return t;
	}
	if (t.number > 0 && span_begins(*s, SPAN(" 0 R"))) {
		t.kind = 'r';
		*s = span_sub(*s, 4, s->len);
	}
	return t;
}

struct pdf_token
pdf_token_take(struct span *s)
{
	static const char *const words[] = { "true", "false", "null" };
	uint8_t name[PDF_TOKEN_BYTES_MAX];
	struct pdf_token none = { 0 };
	uint8_t c = s->len > 0 ? s->ptr[0] : 0;
	size_t len;

	if (c == '/')
		return (len = pdf_token_name(*s, name, &(size_t){ 0 })) == 0 ?
		    none : take(s, '/', len);
	if (c == '<')
		return (len = string_len(*s)) == 0 ? none :
		    take(s, 's', len);
	for (size_t i = 0; i < 3; i++)
		if (span_begins(*s, span_str(words[i])))
			return take(s, "tf0"[i], strlen(words[i]));
	return take_number(s);
}
