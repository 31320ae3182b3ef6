/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables of text, made anew field by field. Charsets and forbidden characters
 * are the business of format_text.c: what comes here is clean UTF-8 with CRLF
 * at its line ends.
 */
#include "format_csv.h"

#include <stdio.h>
#include <string.h>

#include "../gateway/base/utf8.h"
#include "limits.h"
#include "report.h"

#define HEAD_BYTES	(64 * 1024)	/* to find the separator in */
#define OUT_BYTES	(32 * 1024)
#define CELL_BYTES	32		/* "XFD1048576" and more */

enum state {
	FIELD_START = 0,
	FIELD_PLAIN,
	FIELD_QUOTED,
	FIELD_QUOTE		/* a quote inside a quoted one: its end? */
};

struct csv {
	struct filter	filter;		/* next: where the table goes */
	struct buf	head;		/* until the separator is known */
	bool		begun;
	uint8_t		separator;
	enum state	state;
	struct buf	field;
	struct buf	out;
	uint64_t	row, column;	/* of the field at hand, from 0 */
	uint64_t	formulas, dde;
	char		first[CELL_BYTES], first_dde[CELL_BYTES];
};

/* ---- formulas ---- */

static bool
is_blank(uint32_t c)
{
	return c == ' ' || c == 0xa0 || c == 0x1680 ||
	    (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f ||
	    c == 0x3000;
}

static bool
is_sign(uint32_t c)
{
	return c == '+' || c == '-' || c == 0xff0b || c == 0xff0d;
}

/* A formula to some program, in the forms of full width to Japanese ones. */
static bool
is_formula_start(uint32_t c)
{
	return is_sign(c) || c == '=' || c == '@' || c == 0xff1d ||
	    c == 0xff20 || c == '\t' || c == '\r' || c == '\n';
}

/*
 * What may follow a sign in a number, a sum of money or a phone number: it
 * can name no cell, no function and no program.
 */
static bool
is_numeric(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 0xff10 && c <= 0xff19) ||
	    (c < 0x80 && c != 0 && strchr(".,-()% ", (int)c) != NULL) ||
	    c == 0xff0c || c == 0xff0d || c == 0xff0e || c == 0xff05 ||
	    c == 0x3000;
}

/* An exponent at s, behind a digit: its bytes, or 0. */
static size_t
exponent(struct span s)
{
	size_t n = 1;

	if (s.len == 0 || (s.ptr[0] != 'e' && s.ptr[0] != 'E'))
		return 0;
	if (n < s.len && (s.ptr[n] == '+' || s.ptr[n] == '-'))
		n++;
	return n < s.len && ascii_is_digit(s.ptr[n]) ? n : 0;
}

/* Behind the sign: the rest is a number, and no more. */
static bool
is_number(struct span s)
{
	bool digit = false, exponent_seen = false;
	size_t len;

	while (s.len > 0) {
		uint32_t c = utf8_decode(s, &len);

		if (digit && !exponent_seen && exponent(s) > 0) {
			len = exponent(s);
			exponent_seen = true;
		} else if (!is_numeric(c)) {
			return false;
		}
		digit = ascii_is_digit(s.ptr[0]);
		s = span_sub(s, len, s.len);
	}
	return true;
}

static bool
is_formula(struct span field)
{
	size_t len = 0;
	uint32_t c = 0;

	for (; field.len > 0; field = span_sub(field, len, field.len)) {
		c = utf8_decode(field, &len);
		if (!is_blank(c))
			break;
	}
	if (field.len == 0 || !is_formula_start(c))
		return false;
	return !is_sign(c) || !is_number(span_sub(field, len, field.len));
}

/* "B3", as a spreadsheet calls it. */
static void
name_cell(const struct csv *csv, char name[CELL_BYTES])
{
	uint64_t column = csv->column + 1;
	char letters[16];
	size_t n = sizeof(letters);

	for (letters[--n] = '\0'; column > 0 && n > 0; column /= 26) {
		column--;
		letters[--n] = (char)('A' + column % 26);
	}
	snprintf(name, CELL_BYTES, "%.8s%llu", letters + n,
	    (unsigned long long)csv->row + 1);
}

/* ---- writing ---- */

static enum err
flush(struct csv *csv)
{
	enum err err = filter_write(csv->filter.next, buf_span(&csv->out));

	buf_clear(&csv->out);
	return err;
}

static enum err
count_formula(struct csv *csv, struct span field)
{
	if (csv->formulas++ == 0)
		name_cell(csv, csv->first);
	if (span_find_byte(field, '|') < field.len && csv->dde++ == 0)
		name_cell(csv, csv->first_dde);
	return buf_add_byte(&csv->out, '\'');
}

static enum err
write_field(struct csv *csv)
{
	struct span s = buf_span(&csv->field), piece;
	bool more;
	enum err err;

	err = buf_add_str(&csv->out, csv->column > 0 ? ",\"" : "\"");
	if (err == OK && is_formula(s))
		err = count_formula(csv, s);
	while (err == OK) {
		more = span_cut(&s, '"', &piece);
		err = buf_add(&csv->out, piece);
		if (err != OK || !more)
			break;
		err = buf_add_str(&csv->out, "\"\"");
	}
	if (err == OK)
		err = buf_add_byte(&csv->out, '"');
	if (err == OK && csv->out.len > OUT_BYTES)
		err = flush(csv);
	buf_clear(&csv->field);
	csv->column++;
	csv->state = FIELD_START;
	return err;
}

static enum err
end_row(struct csv *csv)
{
	enum err err = write_field(csv);

	csv->row++;
	csv->column = 0;
	return err == OK ? buf_add_str(&csv->out, "\r\n") : err;
}

/* ---- reading ---- */

/* In a field: how many bytes from s on say nothing to the reader. */
static size_t
plain_run(const struct csv *csv, struct span s)
{
	size_t n = 0;

	if (csv->state == FIELD_QUOTED)
		return span_find_byte(s, '"');
	while (n < s.len && s.ptr[n] != csv->separator && s.ptr[n] != '\r' &&
	    s.ptr[n] != '\n')
		n++;
	return n;
}

/* One byte that may say something. Lines end in CRLF here, and only so. */
static enum err
read_byte(struct csv *csv, uint8_t c)
{
	if (csv->state == FIELD_QUOTED) {
		csv->state = FIELD_QUOTE;	/* c is a quote */
		return OK;
	}
	if (c == '"' && csv->state != FIELD_PLAIN) {
		bool doubled = csv->state == FIELD_QUOTE;

		csv->state = FIELD_QUOTED;
		return doubled ? buf_add_byte(&csv->field, c) : OK;
	}
	if (c == csv->separator)
		return write_field(csv);
	if (c == '\n')
		return end_row(csv);
	if (c == '\r')
		return OK;
	csv->state = FIELD_PLAIN;
	return buf_add_byte(&csv->field, c);
}

static enum err
read_table(struct csv *csv, struct span s)
{
	enum err err = OK;
	size_t n;

	while (s.len > 0 && err == OK) {
		n = csv->state == FIELD_QUOTED || csv->state == FIELD_PLAIN ?
		    plain_run(csv, s) : 0;
		if (n > 0) {
			err = buf_add(&csv->field, span_sub(s, 0, n));
		} else {
			err = read_byte(csv, s.ptr[0]);
			n = 1;
		}
		s = span_sub(s, n, s.len);
	}
	return err;
}

/* ---- the separator ---- */

static const uint8_t separators[] = { '\t', ',', ';' };
#define SEPARATORS_N	sizeof(separators)

struct tally {
	uint64_t	here;		/* in this line, outside of quotes */
	uint64_t	first;		/* in the first line that has text */
	uint64_t	alike;		/* lines with as many as the first */
};

static void
end_of_line(struct tally *tally, bool first)
{
	for (size_t i = 0; i < SEPARATORS_N; i++) {
		if (first)
			tally[i].first = tally[i].here;
		if (tally[i].here == tally[i].first)
			tally[i].alike++;
		tally[i].here = 0;
	}
}

/*
 * The one that stands in the first line, and equally often in most others.
 * A tie is the first in the list: TABs hardly stand in texts at all.
 */
static uint8_t
find_separator(struct span head)
{
	struct tally tally[SEPARATORS_N] = { 0 };
	bool quoted = false, first = true, text = false;
	uint64_t best = 0;
	uint8_t separator = ',';

	for (size_t i = 0; i < head.len; i++) {
		uint8_t c = head.ptr[i];

		if (c == '"')
			quoted = !quoted;
		for (size_t k = 0; k < SEPARATORS_N && !quoted; k++)
			tally[k].here += c == separators[k];
		if (c == '\n' && !quoted && text) {
			end_of_line(tally, first);
			first = text = false;
		}
		text |= c != '\r' && c != '\n';
	}
	if (text)
		end_of_line(tally, first);
	for (size_t k = 0; k < SEPARATORS_N; k++)
		if (tally[k].first > 0 && tally[k].alike > best) {
			best = tally[k].alike;
			separator = separators[k];
		}
	return separator;
}

static enum err
begin(struct csv *csv)
{
	enum err err;

	csv->begun = true;
	csv->separator = find_separator(buf_span(&csv->head));
	if ((err = buf_add_str(&csv->out, "\xef\xbb\xbf")) == OK)
		err = read_table(csv, buf_span(&csv->head));
	buf_fini(&csv->head);
	return err;
}

static enum err
csv_write(struct filter *f, struct span s)
{
	struct csv *csv = (struct csv *)f;
	size_t n;
	enum err err = OK;

	if (!csv->begun) {
		n = HEAD_BYTES - csv->head.len;
		err = buf_add(&csv->head, span_sub(s, 0, n));
		s = span_sub(s, n, s.len);
		if (err == OK && csv->head.len == HEAD_BYTES)
			err = begin(csv);
	}
	return err == OK && csv->begun ? read_table(csv, s) : err;
}

static enum err
csv_end(struct filter *f)
{
	struct csv *csv = (struct csv *)f;
	enum err err = OK;

	if (!csv->begun)
		err = begin(csv);
	/* a row without its line end; a table has at least one */
	if (err == OK && (csv->state != FIELD_START || csv->column > 0 ||
	    csv->row == 0))
		err = end_row(csv);
	if (err == OK)
		err = flush(csv);
	return err == OK ? filter_end(csv->filter.next) : err;
}

static enum err
report_table(const struct csv *csv, const struct text_result *text,
    struct buf *removed)
{
	uint64_t characters = clean_counts_removed(&text->counts);
	enum err err = OK;

	if (csv->formulas > 0)
		err = removed_add(removed, "formula", csv->formulas,
		    span_str(csv->first));
	if (err == OK && csv->dde > 0)
		err = removed_add(removed, "dde", csv->dde,
		    span_str(csv->first_dde));
	if (err == OK && csv->separator != ',')
		err = removed_add(removed, "separator", 1,
		    csv->separator == '\t' ? SPAN("TAB") : SPAN(";"));
	if (err == OK && characters > 0)
		err = removed_add(removed, "invisible-characters", characters,
		    SPAN(""));
	return err;
}

enum err
format_csv(const struct input *in, struct span label, struct filter *out,
    struct buf *removed)
{
	struct csv csv = { .filter = { csv_write, csv_end, out } };
	struct text_result text;
	enum err err;

	buf_init(&csv.head, HEAD_BYTES);
	buf_init(&csv.field, CSV_FIELD_BYTES_MAX);
	/* a field of quotes doubles */
	buf_init(&csv.out, 2 * CSV_FIELD_BYTES_MAX + 2 * OUT_BYTES);
	err = format_text_decode(in, label, &csv.filter, &text);
	if (err == OK)
		err = report_table(&csv, &text, removed);
	buf_fini(&csv.head);
	buf_fini(&csv.field);
	buf_fini(&csv.out);
	return err;
}
