/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The header block of a mail or part: lines to unfolded fields (RFC 5322
 * section 2.2), tolerant of what mail programs tolerate. Where they disagree
 * on what belongs to the header, the place is noted for another reading.
 */
#include <string.h>

#include "mime_internal.h"

/* State while going through the lines. */
struct lines {
	struct mime_parser	*p;
	const struct mime_how	*how;
	struct mime_header	*header;
	struct span		 text;		/* from range->start */
	uint64_t		 start;
	size_t			 at;		/* of the line at hand */
	size_t			 fields_n;
	size_t			 field_at;	/* of the field at hand */
	size_t			 field_end;
	bool			 in_field;
	struct mime_field	**tail;
};

/* The line at `at` without its end; *next gets where the next one begins. */
static struct span
line_at(const struct lines *l, size_t at, size_t *next)
{
	struct span rest = span_sub(l->text, at, l->text.len);
	struct span line;
	size_t n = 0;

	if (l->how->cr) {
		while (n < rest.len && rest.ptr[n] != '\n' &&
		    rest.ptr[n] != '\r')
			n++;
		line = span_sub(rest, 0, n);
		if (n + 1 < rest.len && rest.ptr[n] == '\r' &&
		    rest.ptr[n + 1] == '\n')
			n++;
	} else {
		n = span_find_byte(rest, '\n');
		line = span_sub(rest, 0, n);
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
	}
	*next = at + (n < rest.len ? n + 1 : n);
	return line;
}

size_t
mime_header_name(struct span line, bool *blank_before_colon)
{
	size_t n = 0, end;

	/* RFC 5322 section 3.6.8; NUL is taken out later */
	while (n < line.len && (line.ptr[n] == 0 || (line.ptr[n] > 0x20 &&
	    line.ptr[n] < 0x7f)) && line.ptr[n] != ':')
		n++;
	end = n;
	while (end < line.len && (line.ptr[end] == ' ' ||
	    line.ptr[end] == '\t'))
		end++;
	*blank_before_colon = end > n;
	return end < line.len && line.ptr[end] == ':' ? n : 0;
}

static bool
is_field(struct span line)
{
	bool blank;

	return mime_header_name(line, &blank) > 0;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static bool
begins_blank(struct span line)
{
	return line.len > 0 && is_blank(line.ptr[0]);
}

static bool
is_mbox_line(struct span line)
{
	return span_begins(line, SPAN("From ")) ||
	    span_begins(line, SPAN(">From "));
}

/*
 * Unfold into the arena: line ends go, blanks behind them stay; NUL goes, a
 * bare CR becomes a blank. *nul gets where in the copy the first NUL was.
 */
static bool
unfold(struct lines *l, struct span raw, struct span *copy,
    const uint8_t **nul)
{
	uint8_t *out = arena_alloc(l->p->arena, raw.len);
	size_t n = 0;

	if (out == NULL)
		return false;
	*nul = NULL;
	for (size_t i = 0; i < raw.len; i++) {
		uint8_t c = raw.ptr[i];

		if (c == '\n')
			continue;
		if (c == '\r') {
			if (i + 1 == raw.len || raw.ptr[i + 1] == '\n')
				continue;
			if (!l->how->cr) {
				l->header->flags |= BIT(MIME_BARE_CR);
				l->header->bare_cr = true;
			}
			c = ' ';
		}
		if (c == 0) {
			l->header->flags |= BIT(MIME_NUL_IN_HEADER);
			if (*nul == NULL)
				*nul = out + n;
			continue;
		}
		out[n++] = c;
	}
	*copy = (struct span){ out, n };
	return true;
}

/* One more way to read a Content-* field, unless it says the same. */
static enum err
add_reading(struct lines *l, struct span *list, size_t *n, struct span value,
    enum mime_flag flag)
{
	for (size_t i = 0; i < *n; i++)
		if (span_equal(list[i], value))
			return OK;
	if (*n == MIME_READINGS_MAX)
		return mime_limit(l->p, "Content fields", l->start);
	if (*n > 0 && flag != MIME_FLAG_N)
		l->header->flags |= BIT(flag);
	list[(*n)++] = value;
	return OK;
}

static enum err
content_field(struct lines *l, struct span name, struct span value,
    const uint8_t *nul)
{
	struct mime_header *h = l->header;
	struct span cut = value;
	enum err err = OK;

	if (value.len == 0 || nul < value.ptr)
		nul = NULL;
	if (nul != NULL)
		cut = span_trim(span_sub(value, 0,
		    (size_t)(nul - value.ptr)));
	if (h->early_end != UINT64_MAX)
		h->content_after = true;
	if (span_equal_nocase(name, SPAN("content-type"))) {
		err = add_reading(l, h->types, &h->types_n, value,
		    MIME_TWO_CONTENT_TYPES);
		/* C programs see what is before the NUL */
		if (err == OK && nul != NULL)
			err = add_reading(l, h->types, &h->types_n, cut,
			    MIME_FLAG_N);
	} else if (span_equal_nocase(name,
	    SPAN("content-transfer-encoding"))) {
		err = add_reading(l, h->encodings, &h->encodings_n, value,
		    MIME_TWO_ENCODINGS);
		if (err == OK && nul != NULL)
			err = add_reading(l, h->encodings, &h->encodings_n,
			    cut, MIME_FLAG_N);
	} else if (span_equal_nocase(name, SPAN("content-disposition"))) {
		if (h->disposition.len == 0)
			h->disposition = value;
	} else if (span_equal_nocase(name, SPAN("content-id"))) {
		if (h->content_id.len == 0)
			h->content_id = value;
	}
	return err;
}

/* The field from field_at to field_end is complete. */
static enum err
end_field(struct lines *l)
{
	struct span raw = span_sub(l->text, l->field_at,
	    l->field_end - l->field_at);
	struct span copy, name, value;
	struct mime_field *field;
	const uint8_t *nul;
	enum err err;
	bool content;

	if (!l->in_field)
		return OK;
	l->in_field = false;
	if (raw.len > MIME_FIELD_BYTES_MAX)
		return mime_limit(l->p, "header field too long",
		    l->start + l->field_at);
	if (++l->fields_n > MIME_FIELDS_MAX)
		return mime_limit(l->p, "too many header fields",
		    l->start + l->field_at);
	if (!unfold(l, raw, &copy, &nul))
		return mime_limit(l->p, "memory", l->start);
	value = copy;
	span_cut(&value, ':', &name);
	name = span_trim(name);
	value = span_trim(value);
	content = span_begins_nocase(name, SPAN("content-"));
	if (content) {
		err = content_field(l, name, value, nul);
		if (err != OK)
			return err;
	}
	if (!content && !l->how->mail)
		return OK;
	field = arena_alloc(l->p->arena, sizeof(*field));
	if (field == NULL)
		return mime_limit(l->p, "memory", l->start);
	field->name = name;
	field->value = value;
	*l->tail = field;
	l->tail = &field->next;
	return OK;
}

/* Does a line behind leading blank ones begin a header, or is it text? */
static bool
begins_header(struct span line)
{
	static const char *const names[] = {
		"return-path", "received", "from", "to", "subject", "date",
		"message-id", "mime-version", "delivered-to", "reply-to",
		"sender", "cc", "dkim-signature", "authentication-results"
	};
	bool blank;
	struct span name = span_sub(line, 0, mime_header_name(line, &blank));

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_equal_nocase(name, span_str(names[i])))
			return true;
	return span_begins_nocase(name, SPAN("content-")) ||
	    span_begins_nocase(name, SPAN("x-"));
}

/* A line that some see as several: the header is read once more by them. */
static bool
note_bare_cr(struct lines *l, struct span line)
{
	if (l->how->cr || span_find_byte(line, '\r') == line.len)
		return false;
	l->header->flags |= BIT(MIME_BARE_CR);
	l->header->bare_cr = true;
	return true;
}

/* Blank lines, an mbox line, blanks before the first field of a mail. */
static void
leave_out_start(struct lines *l)
{
	struct span line = { NULL, 0 };
	size_t at = 0, next = 0;

	if (span_begins(l->text, SPAN("\xef\xbb\xbf")))
		at = l->at = 3;
	for (; at < l->text.len; at = next) {
		line = line_at(l, at, &next);
		if (span_trim(line).len > 0)
			break;
	}
	if (at == l->text.len)
		return;
	if (is_mbox_line(line)) {
		if (!note_bare_cr(l, line))
			l->at = next;
		return;
	}
	if (at == l->at && !begins_blank(line))
		return;
	if (!begins_header(span_trim(line)))
		return;
	l->header->flags |= BIT(MIME_BAD_HEADER);
	while (is_blank(l->text.ptr[at]))
		at++;
	l->at = at;
}

/*
 * A line that is no field. Header goes on behind it if the next line is one
 * or ends the header; otherwise the empty line was forgotten and this is the
 * body. True: it goes on.
 */
static bool
goes_on_behind(struct lines *l, size_t next)
{
	struct span line;
	size_t after;

	if (next >= l->text.len)
		return false;
	line = line_at(l, next, &after);
	if (l->fields_n == 0 && !l->in_field)
		return begins_header(line);
	return line.len == 0 || begins_blank(line) || is_field(line);
}

/* Somebody may end the header here: only the first such place counts. */
static void
note_early_end(struct lines *l)
{
	l->header->flags |= BIT(MIME_BAD_HEADER);
	if (l->header->early_end == UINT64_MAX)
		l->header->early_end = l->start + l->at;
}

/* VT and the like before a name: some take it for a blank, some do not. */
static size_t
leading_controls(struct span line)
{
	size_t n = 0;

	while (n < line.len && line.ptr[n] > 0 && line.ptr[n] < 0x20)
		n++;
	return n;
}

/* One line; *done when the header ends, body is set then. */
static enum err
header_line(struct lines *l, struct span line, size_t next, bool *done)
{
	bool blank = false;
	size_t after, controls;
	enum err err;

	if (line.len == 0) {
		l->header->body = l->start + next;
		*done = true;
		return OK;
	}
	if (begins_blank(line)) {
		/* a line of blanks alone: folding, or the end? */
		if (span_trim(line).len == 0 && next < l->text.len &&
		    line_at(l, next, &after).len > 0)
			note_early_end(l);
		if (l->in_field)
			l->field_end = l->at + line.len;
		return OK;
	}
	err = end_field(l);
	if (err != OK)
		return err;
	controls = leading_controls(line);
	if (mime_header_name(span_sub(line, controls, line.len),
	    &blank) > 0) {
		if (blank || controls > 0)
			l->header->flags |= BIT(MIME_BAD_HEADER);
		l->in_field = true;
		l->field_at = l->at + controls;
		l->field_end = l->at + line.len;
		return OK;
	}
	note_early_end(l);
	note_bare_cr(l, line);
	/* a delimiter where the empty line is missing */
	if (span_begins(line, SPAN("--")))
		l->header->content_after = true;
	if (!goes_on_behind(l, next)) {
		l->header->early_end = UINT64_MAX;
		l->header->body = l->start + l->at;
		*done = true;
	}
	return OK;
}

enum err
mime_header_read(struct mime_parser *p, const struct mime_range *range,
    const struct mime_how *how, struct mime_header *header)
{
	struct lines l = { .p = p, .how = how, .header = header };
	uint64_t end = range->end - range->start;
	bool done = false;
	struct span line;
	size_t next;
	enum err err;

	memset(header, 0, sizeof(*header));
	header->early_end = UINT64_MAX;
	header->body = range->end;
	l.start = range->start;
	l.tail = &header->fields;
	err = mime_window(p, range->in, range->start,
	    MIME_HEADER_BYTES_MAX + 2, &l.text);
	if (err != OK)
		return err;
	if (how->header_end != UINT64_MAX)
		end = how->header_end - range->start;
	if (end < l.text.len)
		l.text.len = (size_t)end;
	if (how->mail)
		leave_out_start(&l);
	for (; err == OK && !done && l.at < l.text.len; l.at = next) {
		if (l.at > MIME_HEADER_BYTES_MAX)
			return mime_limit(p, "header too long", range->start);
		line = line_at(&l, l.at, &next);
		err = header_line(&l, line, next, &done);
		if (done)
			break;
	}
	if (err == OK)
		err = end_field(&l);
	if (!done && how->header_end != UINT64_MAX)
		header->body = how->header_end;
	return err != OK ? err : mime_work(p, l.at);
}
