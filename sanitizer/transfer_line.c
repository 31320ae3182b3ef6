/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * uuencode and yEnc decoders: the old ways to put a file into a text. Both
 * work on lines; a line that is too long to be one of data is left out and
 * counted.
 */
#include <string.h>

#include "transfer.h"

static enum err
flush(struct line_decoder *d)
{
	struct span s = { d->out, d->out_len };

	d->out_len = 0;
	return s.len == 0 ? OK : filter_write(d->filter.next, s);
}

static struct span
line_span(const struct line_decoder *d)
{
	struct span s = { d->line, d->line_len };

	if (s.len > 0 && s.ptr[s.len - 1] == '\r')
		s.len--;
	return s;
}

static enum err
end_line(struct line_decoder *d)
{
	enum err err = OK;

	if (d->out_len + TRANSFER_LINE_BYTES > sizeof(d->out))
		err = flush(d);
	if (d->long_line)
		d->junk++;
	else if (!d->done)
		d->data(d);
	d->line_len = 0;
	d->long_line = false;
	return err;
}

static enum err
line_write(struct filter *filter, struct span s)
{
	struct line_decoder *d = (struct line_decoder *)filter;
	enum err err = OK;
	size_t n, take;

	for (; err == OK && s.len > 0; s = span_sub(s, n, s.len)) {
		n = span_find_byte(s, '\n');
		take = sizeof(d->line) - d->line_len;
		if (take > n)
			take = n;
		else if (take < n)
			d->long_line = true;
		if (take > 0)
			memcpy(d->line + d->line_len, s.ptr, take);
		d->line_len += (unsigned)take;
		if (n < s.len) {
			err = end_line(d);
			n++;
		}
	}
	return err;
}

static enum err
line_end(struct filter *filter)
{
	struct line_decoder *d = (struct line_decoder *)filter;
	enum err err = OK;

	if (d->line_len > 0 || d->long_line)
		err = end_line(d);
	if (!d->done)
		d->junk++;	/* cut off */
	if (err == OK)
		err = flush(d);
	return err != OK ? err : filter_end(filter->next);
}

/* Characters of a line that says it holds n bytes. */
static size_t
uu_characters(size_t n)
{
	return (n + 2) / 3 * 4;
}

bool
uu_is_data(struct span line)
{
	size_t need;

	while (line.len > 0 && (line.ptr[line.len - 1] == '\r' ||
	    line.ptr[line.len - 1] == '\t'))
		line.len--;
	if (line.len == 0)
		return false;
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] < 0x20 || line.ptr[i] > 0x60)
			return false;
	/* blanks at the end may be lost on the way, a checksum added */
	need = uu_characters((line.ptr[0] - 0x20u) & 63);
	return line.len - 1 >= need / 2 && line.len - 1 <= need + 2;
}

static void
uu_data(struct line_decoder *d)
{
	struct span line = line_span(d);
	size_t n;

	if (!d->began) {
		d->began = true;
		if (span_begins_nocase(line, SPAN("begin")))
			return;
	}
	if (span_equal_nocase(span_trim(line), SPAN("end"))) {
		d->done = true;
		return;
	}
	if (!uu_is_data(line)) {
		d->junk++;
		return;
	}
	n = (line.ptr[0] - 0x20u) & 63;
	for (size_t i = 0, at = 1; i < n; i += 3, at += 4) {
		uint32_t bits = 0;

		for (size_t k = at; k < at + 4; k++)
			bits = bits << 6 | (k < line.len ?
			    (line.ptr[k] - 0x20u) & 63 : 0);
		d->out[d->out_len++] = (uint8_t)(bits >> 16);
		if (i + 1 < n)
			d->out[d->out_len++] = (uint8_t)(bits >> 8);
		if (i + 2 < n)
			d->out[d->out_len++] = (uint8_t)bits;
	}
}

void
uu_decoder_init(struct line_decoder *d, struct filter *next)
{
	memset(d, 0, offsetof(struct line_decoder, line));
	d->filter = (struct filter){ line_write, line_end, next };
	d->data = uu_data;
}

/* Each byte is 42 higher; critical ones are = and the byte 64 higher. */
static void
yenc_data(struct line_decoder *d)
{
	struct span line = line_span(d);
	bool escape = false;

	if (span_begins(line, SPAN("=y"))) {
		d->began |= span_begins(line, SPAN("=ybegin"));
		d->done = span_begins(line, SPAN("=yend"));
		return;
	}
	if (!d->began) {
		d->junk++;
		return;
	}
	for (size_t i = 0; i < line.len; i++) {
		uint8_t c = line.ptr[i];

		if (c == '=' && !escape) {
			escape = true;
			continue;
		}
		d->out[d->out_len++] = (uint8_t)(c - 42 - (escape ? 64 : 0));
		escape = false;
	}
	if (escape)
		d->junk++;
}

void
yenc_decoder_init(struct line_decoder *d, struct filter *next)
{
	uu_decoder_init(d, next);
	d->data = yenc_data;
}
