/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of an answer to the tool, as "name\0value\0" pairs. The writer makes
 * everything fit, as values may come from mails; the reader trusts nothing.
 */
#include <string.h>

#include "../base/utf8.h"
#include "row.h"

void
row_init(struct row *row)
{
	memset(row, 0, sizeof(*row));
	buf_init(&row->buf, MSG_TAIL_BYTES_MAX);
}

void
row_fini(struct row *row)
{
	buf_fini(&row->buf);
	memset(row, 0, sizeof(*row));
}

void
row_clear(struct row *row)
{
	buf_clear(&row->buf);
	row->number = 0;
	row->fields = 0;
	row->bad = false;
}

/* A value that is not UTF-8 is shown as what of it is ASCII. */
static enum err
add_value(struct buf *buf, struct span value)
{
	bool utf8 = utf8_check(value) == value.len;
	enum err err = OK;
	uint8_t c;

	for (size_t i = 0; i < value.len && err == OK; i++) {
		c = value.ptr[i];
		if (c == '\0' || (!utf8 && c >= 0x80))
			c = '?';
		err = buf_add_byte(buf, c);
	}
	return err == OK ? buf_add_byte(buf, '\0') : err;
}

void
row_text(struct row *row, const char *name, struct span value)
{
	size_t before = row->buf.len;
	enum err err;

	if (row->bad)
		return;
	if (row->fields == ROW_FIELDS_MAX) {
		row->bad = true;
		return;
	}
	err = buf_add_str(&row->buf, name);
	if (err == OK)
		err = buf_add_byte(&row->buf, '\0');
	if (err == OK)
		err = add_value(&row->buf, value);
	if (err != OK) {
		buf_truncate(&row->buf, before);
		row->bad = true;
		return;
	}
	row->fields++;
}

void
row_str(struct row *row, const char *name, const char *value)
{
	row_text(row, name, span_str(value));
}

void
row_number(struct row *row, const char *name, uint64_t value)
{
	uint8_t text[20];
	size_t i = sizeof(text);
	unsigned field = row->fields;

	do {
		text[--i] = (uint8_t)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	row_text(row, name, (struct span){ text + i, sizeof(text) - i });
	if (row->fields > field)
		row->number |= 1ull << field;
}

bool
row_bad(const struct row *row)
{
	return row->bad;
}

struct msg_row
row_fixed(const struct row *row)
{
	return (struct msg_row){ row->number };
}

enum err
row_check(struct span tail)
{
	unsigned strings = 0;
	struct span rest = tail, one;

	if (tail.len > 0 && tail.ptr[tail.len - 1] != '\0')
		return ERR_INPUT;
	while (rest.len > 0) {
		if (!span_cut(&rest, '\0', &one) || utf8_check(one) < one.len)
			return ERR_INPUT;
		strings++;
	}
	return strings % 2 == 0 && strings / 2 <= ROW_FIELDS_MAX ? OK :
	    ERR_INPUT;
}

void
row_reader_init(struct row_reader *reader, const struct msg_row *fixed,
    struct span tail)
{
	*reader = (struct row_reader){ tail, fixed->number, 0 };
}

bool
row_next(struct row_reader *reader, struct span *name, struct span *value,
    bool *number)
{
	if (reader->field == ROW_FIELDS_MAX ||
	    !span_cut(&reader->rest, '\0', name) ||
	    !span_cut(&reader->rest, '\0', value))
		return false;
	*number = (reader->number >> reader->field & 1) != 0;
	reader->field++;
	return true;
}
