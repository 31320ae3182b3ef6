/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Content-Type, Content-Disposition and Content-Transfer-Encoding (RFC 2045
 * section 5 and 6, RFC 2183). Reads on where a strict reader gives up, and
 * says so in flags: what follows is what some mail program would do.
 */
#include <string.h>

#include "../gateway/base/utf8.h"
#include "charset.h"
#include "mime_internal.h"

bool
mime_lower(struct mime_parser *p, struct span s, struct span *lower)
{
	uint8_t *out = arena_alloc(p->arena, s.len);

	if (out == NULL)
		return false;
	for (size_t i = 0; i < s.len; i++)
		out[i] = ascii_lower(s.ptr[i]);
	*lower = (struct span){ out, s.len };
	return true;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Length of the comment at the start of s; all of s if it never ends. */
static size_t
comment_len(struct span s)
{
	size_t depth = 0, i;

	for (i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '(')
			depth++;
		else if (s.ptr[i] == ')' && --depth == 0)
			return i + 1;
	}
	return s.len;
}

/* "report(1).pdf" without quotes is a name, not a name and a comment. */
static bool
is_comment(struct span s, size_t at)
{
	return s.ptr[at] == '(' && (at == 0 || is_blank(s.ptr[at - 1]));
}

/* Length up to c outside of quotes and comments, or all. */
static size_t
find_outside(struct span s, uint8_t c)
{
	bool quoted = false;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == c && !quoted)
			return i;
		if (s.ptr[i] == '\\' && quoted)
			i++;
		else if (s.ptr[i] == '"')
			quoted = !quoted;
		else if (!quoted && is_comment(s, i))
			i += comment_len(span_sub(s, i, s.len)) - 1;
	}
	return s.len;
}

/*
 * Without comments and without blanks at the ends. glued: also those that no
 * blank stands before. *inside: a comment stood between two pieces, which it
 * may join or part.
 */
static bool
without_comments(struct mime_parser *p, struct span s, bool glued,
    struct span *out, bool *inside)
{
	uint8_t *copy = arena_alloc(p->arena, s.len);
	bool quoted = false, comment = false;
	size_t n = 0;

	if (copy == NULL)
		return false;
	*inside = false;
	for (size_t i = 0; i < s.len; i++) {
		if (!quoted && (is_comment(s, i) ||
		    (glued && s.ptr[i] == '('))) {
			i += comment_len(span_sub(s, i, s.len)) - 1;
			comment = n > 0;
			continue;
		}
		if (s.ptr[i] == '"')
			quoted = !quoted;
		if (comment && !is_blank(s.ptr[i]))
			*inside = true;
		copy[n++] = s.ptr[i];
		if (quoted && s.ptr[i] == '\\' && i + 1 < s.len)
			copy[n++] = s.ptr[++i];
	}
	*out = span_trim((struct span){ copy, n });
	return true;
}

/* "quoted string" to its text; *closed: with a quote at its end. */
static bool
unquote(struct mime_parser *p, struct span s, struct span *out, bool *closed,
    struct span *rest)
{
	uint8_t *copy = arena_alloc(p->arena, s.len);
	size_t n = 0, i;

	if (copy == NULL)
		return false;
	*closed = false;
	for (i = 1; i < s.len; i++) {
		if (s.ptr[i] == '"') {
			*closed = true;
			i++;
			break;
		}
		if (s.ptr[i] == '\\' && i + 1 < s.len)
			i++;
		copy[n++] = s.ptr[i];
	}
	*out = (struct span){ copy, n };
	*rest = span_sub(s, i, s.len);
	return true;
}

/* Room for one more. Most have one or two, some have tens. */
static struct parameter *
parameter_room(struct mime_parser *p, struct mime_content *content)
{
	size_t room = content->room == 0 ? 2 : content->room * 2;
	struct parameter *list;

	if (content->n < content->room)
		return &content->list[content->n];
	list = arena_alloc_array(p->arena, room, sizeof(*list));
	if (list == NULL)
		return NULL;
	if (content->n > 0)
		memcpy(list, content->list, content->n * sizeof(*list));
	content->list = list;
	content->room = room;
	return &list[content->n];
}

static enum err
read_parameter(struct mime_parser *p, struct span s,
    struct mime_content *content)
{
	struct parameter *parameter;
	struct span name, value = s, rest;
	bool inside, closed;

	if (span_trim(s).len == 0)
		return OK;
	if (!span_cut(&value, '=', &name)) {
		content->flags |= BIT(MIME_BAD_CONTENT_TYPE);
		return OK;
	}
	if (content->n == MIME_PARAMETERS_MAX)
		return mime_limit(p, "too many parameters", 0);
	parameter = parameter_room(p, content);
	if (parameter == NULL ||
	    !without_comments(p, name, true, &name, &inside) ||
	    !mime_lower(p, name, &parameter->name) ||
	    !without_comments(p, value, false, &value, &inside))
		return mime_limit(p, "memory", 0);
	parameter->value = value;
	if (value.len > 0 && value.ptr[0] == '"') {
		if (!unquote(p, value, &parameter->value, &closed, &rest))
			return mime_limit(p, "memory", 0);
		if (!closed || span_trim(rest).len > 0)
			content->flags |= BIT(MIME_BAD_CONTENT_TYPE);
	}
	content->n++;
	return OK;
}

static bool
is_type_byte(uint8_t c)
{
	/* RFC 2045 section 5.1: token, less what nobody uses */
	return c > 0x20 && c < 0x7f && memchr("()<>@,;:\\\"/[]?=", c, 15) ==
	    NULL;
}

static bool
is_type(struct span s)
{
	size_t slash = span_find_byte(s, '/');

	if (slash == 0 || slash + 1 >= s.len)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (i != slash && !is_type_byte(s.ptr[i]))
			return false;
	return true;
}

/* "type / subtype", perhaps with more behind it. *rest gets that. */
static struct span
cut_type(struct mime_parser *p, struct span s, struct span *rest)
{
	uint8_t *copy = arena_alloc(p->arena, s.len);
	size_t n = 0, i = 0;
	bool slash = false;

	*rest = (struct span){ NULL, 0 };
	if (copy == NULL)
		return s;
	for (; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (is_blank(c)) {
			size_t next = i;

			while (next < s.len && is_blank(s.ptr[next]))
				next++;
			if (next < s.len && s.ptr[next] != '/' &&
			    !(n > 0 && copy[n - 1] == '/'))
				break;
			continue;
		}
		slash |= c == '/';
		copy[n++] = ascii_lower(c);
	}
	*rest = span_sub(s, i, s.len);
	return (struct span){ copy, n };
}

static enum err
read_type(struct mime_parser *p, struct span s, struct mime_content *content,
    struct span *rest)
{
	bool inside, closed;
	struct span plain, behind;

	*rest = (struct span){ NULL, 0 };
	if (!without_comments(p, s, true, &plain, &inside))
		return mime_limit(p, "memory", 0);
	if (inside)
		content->flags |= BIT(MIME_COMMENT_IN_TYPE);
	if (plain.len > 0 && plain.ptr[0] == '"') {
		content->flags |= BIT(MIME_BAD_CONTENT_TYPE);
		if (!unquote(p, plain, &plain, &closed, &behind))
			return mime_limit(p, "memory", 0);
		plain = span_trim(plain);
	}
	content->type = cut_type(p, plain, rest);
	if (rest->len > 0 || !is_type(content->type))
		content->flags |= BIT(MIME_BAD_CONTENT_TYPE);
	if (is_type(content->type))
		return OK;
	if (span_begins(content->type, SPAN("multipart")))
		content->type = SPAN("multipart/mixed");
	else if (span_begins(content->type, SPAN("text")) ||
	    content->type.len == 0)
		content->type = SPAN("text/plain");
	return OK;
}

static enum err
read_content(struct mime_parser *p, struct span value,
    struct mime_content *content)
{
	struct span rest;
	size_t n = find_outside(value, ';');
	enum err err;

	memset(content, 0, sizeof(*content));
	content->raw = value;
	err = read_type(p, span_sub(value, 0, n), content, &rest);
	if (err == OK && rest.len > 0)
		err = read_parameter(p, rest, content);
	while (err == OK && n < value.len) {
		value = span_sub(value, n + 1, value.len);
		n = find_outside(value, ';');
		err = read_parameter(p, span_sub(value, 0, n), content);
	}
	return err;
}

/* Raw CP932, ISO-2022-JP ...: bytes that may look like quotes, \\ and ;. */
static bool
is_foreign(struct span value)
{
	return utf8_check(value) < value.len ||
	    span_find_byte(value, 0x1b) < value.len;
}

/* In the place of the first one of its name, or behind all. */
static enum err
take_parameter(struct mime_parser *p, struct mime_content *content,
    const struct parameter *from)
{
	size_t i = 0;

	while (i < content->n && !span_equal(content->list[i].name,
	    from->name))
		i++;
	if (i == MIME_PARAMETERS_MAX)
		return OK;
	if (i == content->n && parameter_room(p, content) == NULL)
		return mime_limit(p, "memory", 0);
	content->list[i] = *from;
	if (i == content->n)
		content->n++;
	return OK;
}

/*
 * Names of files in raw text are read out of the decoded value; all else
 * stays as the raw one has it, as a boundary is compared byte by byte.
 */
static enum err
read_foreign_names(struct mime_parser *p, struct span value,
    struct mime_content *content)
{
	struct mime_content decoded;
	struct span copy;
	struct buf text;
	enum err err;

	buf_init(&text, 4 * MIME_FIELD_BYTES_MAX);
	err = charset_decode(SPAN(""), value, &text, NULL);
	if (err == OK && !arena_dup(p->arena, buf_span(&text), &copy))
		err = mime_limit(p, "memory", 0);
	buf_fini(&text);
	if (err == OK)
		err = read_content(p, copy, &decoded);
	for (size_t i = 0; err == OK && i < decoded.n; i++)
		if (span_equal(decoded.list[i].name, SPAN("name")) ||
		    span_equal(decoded.list[i].name, SPAN("filename")))
			err = take_parameter(p, content, &decoded.list[i]);
	return err;
}

enum err
mime_content_read(struct mime_parser *p, struct span value,
    struct mime_content *content)
{
	enum err err = read_content(p, value, content);

	return err == OK && is_foreign(value) ?
	    read_foreign_names(p, value, content) : err;
}

static const struct {
	const char		*name;
	enum mime_encoding	 encoding;
} encodings[] = {
	{ "7bit", ENCODING_IDENTITY },
	{ "8bit", ENCODING_IDENTITY },
	{ "binary", ENCODING_IDENTITY },
	{ "base64", ENCODING_BASE64 },
	{ "quoted-printable", ENCODING_QP },
	{ "x-uuencode", ENCODING_UU },
	{ "x-uue", ENCODING_UU },
	{ "x-uu", ENCODING_UU },
	{ "uuencode", ENCODING_UU },
	{ "x-yencode", ENCODING_YENC },
};

/* Loose spellings: what a program that looks for a piece would find. */
static enum mime_encoding
guess_encoding(struct span value)
{
	if (span_find_nocase(value, SPAN("base64")) < value.len ||
	    span_find_nocase(value, SPAN("base-64")) < value.len ||
	    span_find_nocase(value, SPAN("base 64")) < value.len)
		return ENCODING_BASE64;
	if (span_find_nocase(value, SPAN("quoted")) < value.len)
		return ENCODING_QP;
	if (span_find_nocase(value, SPAN("uue")) < value.len)
		return ENCODING_UU;
	return ENCODING_IDENTITY;
}

enum mime_encoding
mime_encoding_read(struct span value, bool *bad, enum mime_encoding *second)
{
	value = span_trim(value);
	*bad = false;
	*second = ENCODING_IDENTITY;
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++)
		if (span_equal_nocase(value, span_str(encodings[i].name))) {
			*second = encodings[i].encoding;
			return encodings[i].encoding;
		}
	*bad = true;
	/* "base64" in quotes, with a comment, a semicolon: mostly meant so */
	return guess_encoding(value);
}
