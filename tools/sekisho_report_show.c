/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shows a sanitizer's report to a person. It reads what our own JSON writer
 * writes, keys in their order, and no other JSON; strings are unescaped, and
 * controls of a terminal stay escaped.
 */
#include <stdio.h>
#include <string.h>

#include "../gateway/base/utf8.h"
#include "report_show.h"

#define VALUE_BYTES_MAX	2048
#define NAME_COLUMNS	34

struct value {
	char	text[VALUE_BYTES_MAX];
	size_t	len;
};

static unsigned
hex(const uint8_t *p)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++) {
		uint8_t c = ascii_lower(p[i]);

		v = v << 4 | (unsigned)(ascii_is_digit(c) ? c - '0' :
		    c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0);
	}
	return v;
}

/* A string's inside, up to its closing quote. False: no end. */
static bool
read_string(struct span *s, struct value *value)
{
	size_t i = 0;
	bool closed;

	value->len = 0;
	for (; i < s->len && s->ptr[i] != '"'; i++) {
		uint8_t c = s->ptr[i];

		if (c == '\\' && i + 5 < s->len && s->ptr[i + 1] == 'u') {
			unsigned v = hex(s->ptr + i + 2);

			c = v >= 0x20 && v < 0x7f ? (uint8_t)v : ' ';
			i += 5;
		} else if (c == '\\' && i + 1 < s->len) {
			c = s->ptr[++i];
			if (strchr("nrtbf", c) != NULL)
				c = ' ';
		}
		if (value->len < sizeof(value->text) - 1)
			value->text[value->len++] = (char)c;
	}
	value->text[value->len] = '\0';
	closed = i < s->len;
	*s = span_sub(*s, i + 1, s->len);
	return closed;
}

/* The next value of this key at or behind the place of s. */
static bool
next(struct span *s, const char *key, struct value *value)
{
	char pattern[40];
	size_t at, i;

	snprintf(pattern, sizeof(pattern), "\"%s\":", key);
	at = span_find(*s, span_str(pattern));
	value->len = 0;
	value->text[0] = '\0';
	if (at == s->len)
		return false;
	*s = span_sub(*s, at + strlen(pattern), s->len);
	if (s->len > 0 && s->ptr[0] == '"') {
		*s = span_sub(*s, 1, s->len);
		return read_string(s, value);
	}
	for (i = 0; i < s->len && i < 30 && strchr(",}]", s->ptr[i]) == NULL;
	    i++)
		value->text[value->len++] = (char)s->ptr[i];
	value->text[value->len] = '\0';
	return true;
}

static enum err
add_padded(struct buf *out, const char *text, size_t columns)
{
	size_t width = utf8_columns(span_str(text), true);
	enum err err = buf_add_str(out, text);

	for (; width < columns && err == OK; width++)
		err = buf_add_byte(out, ' ');
	return err;
}

static enum err
show_part(struct span *s, struct buf *out)
{
	static struct value path, name, detected, outcome, method, out_name;
	static struct value bytes, reason;
	enum err err;

	if (!next(s, "path", &path) || !next(s, "name", &name) ||
	    !next(s, "detected", &detected) ||
	    !next(s, "outcome", &outcome) || !next(s, "method", &method) ||
	    !next(s, "out_name", &out_name) ||
	    !next(s, "bytes_in", &bytes) || !next(s, "reason", &reason))
		return ERR_INPUT;
	err = buf_printf(out, "  %-8s %-10s ", path.text, outcome.text);
	if (err == OK)
		err = add_padded(out, name.len > 0 ? name.text : "(no name)",
		    NAME_COLUMNS);
	if (err == OK)
		err = buf_printf(out, " %-8s %10s bytes", detected.text,
		    bytes.text);
	if (err == OK && out_name.len > 0)
		err = buf_printf(out, " -> %s", out_name.text);
	if (err == OK && reason.len > 0)
		err = buf_printf(out, "  (%s)", reason.text);
	return err == OK ? buf_add_byte(out, '\n') : err;
}

enum err
report_show(struct span json, struct buf *out)
{
	static struct value receipt, outcome, policy, in, sha, made;
	struct span parts = json, flags;
	size_t at;
	enum err err;

	if (!next(&json, "receipt", &receipt) ||
	    !next(&json, "outcome", &outcome) ||
	    !next(&json, "policy", &policy) || !next(&json, "bytes", &in) ||
	    !next(&json, "bytes", &made) || !next(&json, "sha256", &sha))
		return ERR_INPUT;
	err = buf_printf(out, "receipt %s  outcome %s  policy %s\n"
	    "in %s bytes, out %s bytes, sha256 %s\n", receipt.text,
	    strcmp(outcome.text, "delivered") == 0 ? "safe" : outcome.text,
	    policy.text, in.text, made.text, sha.text);
	at = span_find(json, SPAN("\"flags\":["));
	flags = span_sub(json, at + 9, json.len);
	flags = span_sub(flags, 0, span_find_byte(flags, ']'));
	if (err == OK && flags.len > 0)
		err = buf_printf(out, "ambiguous: %.*s\n", (int)flags.len,
		    (const char *)flags.ptr);
	at = span_find(json, SPAN("\"parts\":["));
	parts = span_sub(json, at, json.len);
	while (err == OK && span_find(parts, SPAN("\"path\":")) < parts.len)
		err = show_part(&parts, out);
	return err;
}
