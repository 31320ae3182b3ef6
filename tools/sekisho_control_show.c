/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of an answer as people or machines read them. Rows that follow each
 * other with the same names are one table; its columns fit Japanese text.
 * Values may come from hostile mails (a subject, an address): no control and
 * no bidirectional character reaches the terminal.
 */
#include <string.h>
#include <time.h>

#include "../gateway/base/utf8.h"
#include "../gateway/base/wire.h"
#include "../gateway/proc/row.h"
#include "control.h"

#define MS_OF_2001	978307200000ull

struct field {
	struct span	name;
	struct span	value;
	bool		number;
};

struct line {
	struct field	fields[ROW_FIELDS_MAX];
	unsigned	n;
};

/* The next row of the collected ones. False: at the end, or damaged. */
static bool
next_line(struct wire_reader *reader, struct line *line)
{
	struct row_reader fields;
	struct msg_row fixed;
	struct span tail;
	struct field *field = line->fields;

	line->n = 0;
	if (reader->rest.len == 0)
		return false;
	fixed.number = wire_get_u64(reader);
	tail = wire_get_bytes(reader, MSG_TAIL_BYTES_MAX);
	if (reader->bad || row_check(tail) != OK) {
		reader->bad = true;
		return false;
	}
	row_reader_init(&fields, &fixed, tail);
	while (row_next(&fields, &field->name, &field->value,
	    &field->number)) {
		line->n++;
		if (line->n == ROW_FIELDS_MAX)
			break;
		field++;
	}
	return true;
}

static bool
same_names(const struct line *a, const struct line *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (!span_equal(a->fields[i].name, b->fields[i].name))
			return false;
	return true;
}

static bool
is_hidden(uint32_t c)
{
	return c == UTF8_BAD || c < 0x20 || (c >= 0x7f && c < 0xa0) ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	    (c >= 0xe0000 && c <= 0xe007f);
}

/* At most max columns of the text, what hides shown as U+FFFD. */
static enum err
clean_text(struct span text, size_t max, struct buf *out)
{
	size_t columns = 0, len;
	enum err err = OK;

	for (; text.len > 0 && err == OK; text = span_sub(text, len,
	    text.len)) {
		uint32_t c = utf8_decode(text, &len);
		unsigned width = is_hidden(c) ? 1 : utf8_width(c, false);

		if (columns + width > max - 1 &&
		    utf8_columns(text, false) > max - columns)
			return buf_add_str(out, "\xe2\x80\xa6");
		columns += width;
		err = is_hidden(c) ? buf_add_str(out, "\xef\xbf\xbd") :
		    buf_add(out, span_sub(text, 0, len));
	}
	return err;
}

/*
 * Names that end in _ms and hold a moment are shown in the zone of the
 * machine, 0 is "not yet".
 */
static bool
moment(const struct field *field, uint64_t *ms)
{
	return field->number && span_ends(field->name, SPAN("_ms")) &&
	    span_decimal(field->value, UINT64_MAX, ms) &&
	    (*ms == 0 || *ms >= MS_OF_2001);
}

/* Nothing to tell: no reply code, not yet, not given. */
static bool
is_none(const struct field *field)
{
	uint64_t ms;

	return field->value.len == 0 || (field->number &&
	    span_equal(field->name, SPAN("code")) &&
	    span_equal(field->value, SPAN("0"))) ||
	    (moment(field, &ms) && ms == 0);
}

/* Names that end in _s hold a length of time. */
static bool
duration(const struct field *field, uint64_t *s)
{
	return field->number && span_ends(field->name, SPAN("_s")) &&
	    span_decimal(field->value, UINT64_MAX, s);
}

/* One word, so that columns stay columns to awk: 12s, 5m03s, 3h12m, 10d04h. */
static enum err
duration_text(uint64_t s, struct buf *out)
{
	if (s < 60)
		return buf_printf(out, "%us", (unsigned)s);
	if (s < 3600)
		return buf_printf(out, "%um%02us", (unsigned)(s / 60),
		    (unsigned)(s % 60));
	if (s < 86400)
		return buf_printf(out, "%uh%02um", (unsigned)(s / 3600),
		    (unsigned)(s / 60 % 60));
	return buf_printf(out, "%llud%02uh", (unsigned long long)s / 86400,
	    (unsigned)(s / 3600 % 24));
}

static enum err
cell_text(const struct field *field, size_t max, struct buf *out)
{
	char text[32];
	struct tm tm;
	uint64_t ms, s;
	time_t t;

	if (is_none(field))
		return buf_add_byte(out, '-');
	if (duration(field, &s))
		return duration_text(s, out);
	if (!moment(field, &ms))
		return clean_text(field->value, max, out);
	t = (time_t)(ms / 1000);
	if (localtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return clean_text(field->value, max, out);
	return buf_add_str(out, text);
}

/* "received_ms" is "received" to people, "uptime_s" is "uptime". */
static struct span
title(const struct field *field)
{
	uint64_t n;
	size_t unit = moment(field, &n) ? 3 : duration(field, &n) ? 2 : 0;

	return span_sub(field->name, 0, field->name.len - unit);
}

static enum err
pad(struct buf *out, size_t n)
{
	enum err err = OK;

	while (n-- > 0 && err == OK)
		err = buf_add_byte(out, ' ');
	return err;
}

/* A text in a column: numbers to the right, the last one without padding. */
static enum err
put_cell(struct buf *out, struct span text, size_t width, bool right,
    bool last)
{
	size_t columns = utf8_columns(text, false);
	size_t blanks = columns < width ? width - columns : 0;
	enum err err = right ? pad(out, blanks) : OK;

	if (err == OK)
		err = buf_add(out, text);
	if (err == OK && !right && !last)
		err = pad(out, blanks);
	if (err == OK)
		err = buf_add_str(out, last ? "\n" : "  ");
	return err;
}

static bool
to_the_right(const struct field *field)
{
	uint64_t ms;

	return field->number && !moment(field, &ms);
}

static enum err
measure(struct wire_reader reader, unsigned rows, size_t *widths,
    struct buf *cell)
{
	enum err err = OK;
	struct line line = { .n = 0 };

	while (rows-- > 0 && err == OK && next_line(&reader, &line))
		for (unsigned i = 0; i < line.n && err == OK; i++) {
			struct span name = title(&line.fields[i]);
			size_t width = utf8_columns(name, false);

			buf_clear(cell);
			err = cell_text(&line.fields[i],
			    CONTROL_CELL_COLUMNS_MAX, cell);
			if (width > widths[i])
				widths[i] = width;
			width = utf8_columns(buf_span(cell), false);
			if (width > widths[i])
				widths[i] = width;
		}
	return err;
}

static enum err
put_table(struct wire_reader *reader, unsigned rows, struct buf *out,
    struct buf *cell)
{
	size_t widths[ROW_FIELDS_MAX] = { 0 };
	enum err err = measure(*reader, rows, widths, cell);
	struct line line = { .n = 0 };

	for (unsigned n = 0; n < rows && err == OK &&
	    next_line(reader, &line); n++) {
		for (unsigned i = 0; i < line.n && n == 0 && err == OK; i++)
			err = put_cell(out, title(&line.fields[i]), widths[i],
			    to_the_right(&line.fields[i]), i + 1 == line.n);
		for (unsigned i = 0; i < line.n && err == OK; i++) {
			buf_clear(cell);
			err = cell_text(&line.fields[i],
			    CONTROL_CELL_COLUMNS_MAX, cell);
			if (err == OK)
				err = put_cell(out, buf_span(cell), widths[i],
				    to_the_right(&line.fields[i]),
				    i + 1 == line.n);
		}
	}
	return err;
}

static enum err
put_lines(const struct line *line, struct buf *out)
{
	enum err err = OK;
	size_t width = 0;

	for (unsigned i = 0; i < line->n; i++) {
		size_t columns = utf8_columns(title(&line->fields[i]), false);

		if (!is_none(&line->fields[i]) && columns > width)
			width = columns;
	}
	for (unsigned i = 0; i < line->n && err == OK; i++) {
		struct span name = title(&line->fields[i]);

		if (is_none(&line->fields[i]))
			continue;
		err = buf_printf(out, "%.*s:", (int)name.len,
		    (const char *)name.ptr);
		if (err == OK)
			err = pad(out, width + 1 - utf8_columns(name, false));
		if (err == OK)
			err = cell_text(&line->fields[i], MSG_TAIL_BYTES_MAX,
			    out);
		if (err == OK)
			err = buf_add_byte(out, '\n');
	}
	return err;
}

enum err
control_show(struct span rows, bool as_lines, struct buf *out)
{
	struct wire_reader reader, ahead;
	struct line first = { .n = 0 }, line = { .n = 0 };
	struct buf cell;
	enum err err = OK;

	wire_reader_init(&reader, rows);
	buf_init(&cell, MSG_TAIL_BYTES_MAX * 3);
	while (err == OK) {
		unsigned n = 1;

		ahead = reader;
		if (!next_line(&ahead, &first))
			break;
		while (next_line(&ahead, &line) && same_names(&first, &line))
			n++;
		if (out->len > 0)
			err = buf_add_byte(out, '\n');
		if (err == OK && n == 1 && as_lines) {
			err = put_lines(&first, out);
			(void)next_line(&reader, &line);
		} else if (err == OK)
			err = put_table(&reader, n, out, &cell);
	}
	buf_fini(&cell);
	return err == OK && reader.bad ? ERR_INPUT : err;
}

/* A number as it is; other values as strings, keys copied with their NUL. */
static void
json_field(struct json *json, const struct field *field)
{
	char key[64];
	uint64_t number;

	if (field->name.len >= sizeof(key))
		return;
	memcpy(key, field->name.ptr, field->name.len);
	key[field->name.len] = '\0';
	if (field->number && span_decimal(field->value, UINT64_MAX, &number))
		json_u64(json, key, number);
	else
		json_string(json, key, field->value);
}

bool
control_json_rows(struct json *json, struct span rows)
{
	struct wire_reader reader;
	struct line line = { .n = 0 };

	wire_reader_init(&reader, rows);
	json_array(json, "rows");
	while (next_line(&reader, &line)) {
		json_object(json, NULL);
		for (unsigned i = 0; i < line.n; i++)
			json_field(json, &line.fields[i]);
		json_object_end(json);
	}
	json_array_end(json);
	return !reader.bad;
}

enum err
control_json(struct span rows, struct span message, struct buf *out)
{
	struct json json;
	bool good;

	json_init(&json, out);
	json_object(&json, NULL);
	good = control_json_rows(&json, rows);
	if (message.len > 0)
		json_string(&json, "message", message);
	json_object_end(&json);
	if (json_end(&json) != OK)
		return json.err;
	return good ? buf_add_byte(out, '\n') : ERR_INPUT;
}

bool
control_number(struct span rows, const char *name, uint64_t *number)
{
	struct wire_reader reader;
	struct line line = { .n = 0 };

	wire_reader_init(&reader, rows);
	if (!next_line(&reader, &line))
		return false;
	for (unsigned i = 0; i < line.n; i++)
		if (line.fields[i].number &&
		    span_equal(line.fields[i].name, span_str(name)))
			return span_decimal(line.fields[i].value, UINT64_MAX,
			    number);
	return false;
}
