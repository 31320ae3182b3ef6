/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finds files inside a text by the lines around them and takes them out:
 * uuencode ("begin 644 name"), its base64 form, yEnc ("=ybegin") and BinHex.
 *
 *	state		lines
 *	IN_TEXT		pass on, until one that begins a block
 *	IN_HOPE		"begin" was seen: is the next line, behind blank ones,
 *			data? If not, all of it was text
 *	IN_UU		data, to "end" or to a line that is none
 *	IN_BASE64	data, to "====" or to a line that is none
 *	IN_YENC		to "=yend"
 *	IN_BINHEX	to a line that ends in ":"
 */
#include <string.h>

#include "inline.h"
#include "transfer.h"

enum { IN_TEXT = 0, IN_HOPE, IN_UU, IN_BASE64, IN_YENC, IN_BINHEX };

#define BINHEX_LINE	"(This file must be converted with BinHex"

/* "begin 644 name" with some latitude; *name gets the rest. */
static bool
is_begin(struct span line, struct span *name, bool *base64)
{
	struct span rest;
	size_t n = 0;

	*base64 = span_begins_nocase(line, SPAN("begin-base64"));
	if (!*base64 && !span_begins_nocase(line, SPAN("begin")))
		return false;
	rest = span_sub(line, *base64 ? 12 : 5, line.len);
	if (rest.len == 0 || (rest.ptr[0] != ' ' && rest.ptr[0] != '\t'))
		return false;
	rest = span_trim(rest);
	while (n < rest.len && rest.ptr[n] >= '0' && rest.ptr[n] <= '7')
		n++;
	if (n < 3 || n > 6 || (n < rest.len && rest.ptr[n] != ' ' &&
	    rest.ptr[n] != '\t'))
		return false;
	*name = span_trim(span_sub(rest, n, rest.len));
	return true;
}

/* What some reader might take for the start of a block all the same. */
static bool
is_alike(struct span line)
{
	return span_begins_nocase(line, SPAN("begin ")) ||
	    span_begins_nocase(line, SPAN("begin\t")) ||
	    span_begins_nocase(line, SPAN("begin-base64 ")) ||
	    span_begins_nocase(line, SPAN("=ybegin "));
}

static bool
is_base64(struct span line)
{
	if (line.len == 0)
		return false;
	for (size_t i = 0; i < line.len; i++)
		if (!ascii_is_alpha(line.ptr[i]) &&
		    !ascii_is_digit(line.ptr[i]) && line.ptr[i] != '+' &&
		    line.ptr[i] != '/' && line.ptr[i] != '=')
			return false;
	return true;
}

static enum err
pass(struct inline_filter *f, struct span s)
{
	return s.len == 0 ? OK : filter_write(f->filter.next, s);
}

/* A line of text; never one that looks like the start of a block. */
static enum err
pass_line(struct inline_filter *f, struct span line)
{
	enum err err = OK;

	if (is_alike(line))
		err = pass(f, SPAN(" "));
	return err != OK ? err : pass(f, line);
}

static void
start(struct inline_filter *f, unsigned state, enum mime_encoding encoding,
    struct span name)
{
	f->state = state;
	f->block.encoding = encoding;
	f->block.offset = f->offset;
	f->name_len = name.len < sizeof(f->name) ? name.len : sizeof(f->name);
	if (f->name_len > 0)
		memcpy(f->name, name.ptr, f->name_len);
}

/* The block ends at this offset. */
static enum err
stop(struct inline_filter *f, uint64_t end)
{
	f->state = IN_TEXT;
	f->blocks++;
	f->block.bytes = end > f->block.offset ? end - f->block.offset : 0;
	f->block.name = (struct span){ f->name, f->name_len };
	return f->found == NULL ? OK :
	    f->found(f->arg, &f->block, f->filter.next);
}

/* "=ybegin line=128 size=123 name=x y.zip" */
static struct span
yenc_name(struct span line)
{
	size_t at = span_find(line, SPAN("name="));

	return at == line.len ? (struct span){ NULL, 0 } :
	    span_trim(span_sub(line, at + 5, line.len));
}

static enum err
text_line(struct inline_filter *f, struct span line, struct span raw)
{
	struct span name;
	bool base64;

	switch (line.len == 0 ? 0 : line.ptr[0]) {
	case 'b':
	case 'B':
		if (!is_begin(line, &name, &base64))
			break;
		start(f, IN_HOPE, base64 ? ENCODING_BASE64 : ENCODING_UU,
		    name);
		memcpy(f->held, raw.ptr, raw.len);
		f->held_len = raw.len;
		return OK;
	case '=':
		if (!span_begins(line, SPAN("=ybegin ")))
			break;
		start(f, IN_YENC, ENCODING_YENC, yenc_name(line));
		return OK;
	case '(':
		if (!span_begins(line, SPAN(BINHEX_LINE)))
			break;
		start(f, IN_BINHEX, ENCODING_BINHEX,
		    (struct span){ NULL, 0 });
		return OK;
	}
	return pass_line(f, raw);
}

/* Behind "begin": data makes it a block, all else makes it text. */
static enum err
hope_line(struct inline_filter *f, struct span line, struct span raw)
{
	bool base64 = f->block.encoding == ENCODING_BASE64;
	bool data = base64 ? is_base64(line) : uu_is_data(line) ||
	    span_equal_nocase(span_trim(line), SPAN("end"));
	enum err err;

	if (span_trim(line).len == 0 && f->held_len + raw.len <
	    sizeof(f->held)) {
		memcpy(f->held + f->held_len, raw.ptr, raw.len);
		f->held_len += raw.len;
		return OK;
	}
	if (data) {
		f->held_len = 0;
		if (base64)
			f->block.offset = f->offset;
		f->state = base64 ? IN_BASE64 : IN_UU;
		return OK;
	}
	f->state = IN_TEXT;
	err = pass_line(f, (struct span){ f->held, f->held_len });
	f->held_len = 0;
	return err != OK ? err : text_line(f, line, raw);
}

/* A whole line, or the first INLINE_LINE_BYTES of a longer one. */
static enum err
take_line(struct inline_filter *f, struct span raw)
{
	struct span line = raw;
	uint64_t end = f->offset + raw.len;
	enum err err;

	while (line.len > 0 && (line.ptr[line.len - 1] == '\n' ||
	    line.ptr[line.len - 1] == '\r'))
		line.len--;
	switch (f->state) {
	case IN_HOPE:
		return hope_line(f, line, raw);
	case IN_UU:
		if (span_equal_nocase(span_trim(line), SPAN("end")))
			return stop(f, end);
		if (uu_is_data(line) || line.len == 0)
			return OK;
		break;
	case IN_BASE64:
		if (span_equal(line, SPAN("====")))
			return stop(f, f->offset);
		if (is_base64(line))
			return OK;
		break;
	case IN_YENC:
		return span_begins(line, SPAN("=yend")) ? stop(f, end) : OK;
	case IN_BINHEX:
		return line.len > 1 && line.ptr[line.len - 1] == ':' ?
		    stop(f, end) : OK;
	default:
		return text_line(f, line, raw);
	}
	/* cut off: what comes now is text again */
	err = stop(f, f->offset);
	return err != OK ? err : text_line(f, line, raw);
}

/* The rest of a line that is too long to be anything but text or yEnc. */
static enum err
take_rest(struct inline_filter *f, struct span s)
{
	return f->state == IN_TEXT ? pass(f, s) : OK;
}

/* s: up to and with a line end, or to the end of what there is. */
static enum err
take_piece(struct inline_filter *f, struct span s, bool ends)
{
	struct span line;
	size_t n = sizeof(f->line) - f->line_len;
	enum err err = OK;

	if (f->long_line) {
		err = take_rest(f, s);
		f->offset += s.len;
		f->long_line = !ends;
		return err;
	}
	if (f->line_len == 0 && ends && s.len <= sizeof(f->line)) {
		err = take_line(f, s);
		f->offset += s.len;
		return err;
	}
	if (n > s.len)
		n = s.len;
	memcpy(f->line + f->line_len, s.ptr, n);
	f->line_len += n;
	if (f->line_len < sizeof(f->line) && !ends)
		return OK;
	line = (struct span){ f->line, f->line_len };
	f->line_len = 0;
	err = take_line(f, line);
	f->offset += line.len;
	if (n == s.len && ends)
		return err;
	/* line.len is INLINE_LINE_BYTES: there may be more of it */
	f->long_line = !ends;
	s = span_sub(s, n, s.len);
	if (err == OK)
		err = take_rest(f, s);
	f->offset += s.len;
	return err;
}

static enum err
inline_write(struct filter *filter, struct span s)
{
	struct inline_filter *f = (struct inline_filter *)filter;
	enum err err = OK;
	size_t n;

	for (; err == OK && s.len > 0; s = span_sub(s, n, s.len)) {
		bool ends;

		n = span_find_byte(s, '\n');
		ends = n < s.len;
		n += ends;
		err = take_piece(f, span_sub(s, 0, n), ends);
	}
	return err;
}

static enum err
inline_end(struct filter *filter)
{
	struct inline_filter *f = (struct inline_filter *)filter;
	struct span line = { f->line, f->line_len };
	enum err err = OK;

	if (f->line_len > 0)
		err = take_line(f, line);
	f->offset += f->line_len;
	if (err == OK && f->state == IN_HOPE)
		err = pass_line(f, (struct span){ f->held, f->held_len });
	else if (err == OK && f->state != IN_TEXT)
		err = stop(f, f->offset);
	return err != OK ? err : filter_end(filter->next);
}

void
inline_filter_init(struct inline_filter *f,
    enum err (*found)(void *arg, const struct inline_block *block,
    struct filter *next), void *arg, struct filter *next)
{
	memset(f, 0, offsetof(struct inline_filter, line));
	f->filter = (struct filter){ inline_write, inline_end, next };
	f->found = found;
	f->arg = arg;
}
