/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The writing side of the HTML conversion: from pieces of text and breaks to
 * lines. White space is folded as CSS does it (white-space: normal or pre);
 * invisible characters are dropped by the table of the safe form
 * (mime_write.h section 5). It knows no element.
 */
#include <string.h>

#include "../gateway/base/utf8.h"
#include "clean.h"
#include "html_entity.h"
#include "html_out.h"

#define BREAKS_MAX	3	/* two empty lines in a row */
#define SPACES_MAX	80
#define TAB_SPACES	8	/* at the start of a line */
#define NO_BREAK_SPACE	0xa0
#define ZERO_WIDTH_JOINER 0x200d
#define VARIATION_16	0xfe0f

/*
 * Classes of bytes: a run of PLAIN is copied at once. LOOK are lead bytes of
 * characters that may be invisible or a blank.
 */
enum byte_class { PLAIN = 0, BLANK, AMPERSAND, LOOK };

static const uint8_t classes[256] = {
	LOOK, LOOK, LOOK, LOOK, LOOK, LOOK, LOOK, LOOK,
	LOOK, BLANK, BLANK, LOOK, BLANK, BLANK, LOOK, LOOK,
	LOOK, LOOK, LOOK, LOOK, LOOK, LOOK, LOOK, LOOK,
	LOOK, LOOK, LOOK, LOOK, LOOK, LOOK, LOOK, LOOK,
	[' '] = BLANK, ['&'] = AMPERSAND, [0x7f] = LOOK,
	[0xc2] = LOOK, [0xcd] = LOOK, [0xd8] = LOOK, [0xe1] = LOOK,
	[0xe2] = LOOK, [0xef] = LOOK, [0xf0] = LOOK, [0xf1] = LOOK,
	[0xf2] = LOOK, [0xf3] = LOOK, [0xf4] = LOOK,
};

bool
html_is_invisible(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad)
		return true;
	if (c < 0x34f)
		return false;
	return c == 0x34f || c == 0x61c || c == 0x180e ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || (c >= 0xfdd0 && c <= 0xfdef) ||
	    c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	    (c & 0xfffe) == 0xfffe || (c >= 0x1d173 && c <= 0x1d17a) ||
	    (c >= 0xe0000 && c <= 0xe007f);
}

void
html_out_init(struct html_out *out, struct buf *buf)
{
	memset(out, 0, sizeof(*out));
	out->buf = buf;
	out->waiting = true;
	out->link_start = SIZE_MAX;
}

static void
put(struct html_out *out, const void *ptr, size_t len)
{
	uint8_t *room;

	if (out->err != OK || len == 0)
		return;
	if (out->buf->cap - out->buf->len < len) {
		out->err = buf_reserve(out->buf, len, &room);
		if (out->err != OK)
			return;
	}
	memcpy(out->buf->ptr + out->buf->len, ptr, len);
	out->buf->len += len;
}

static void
put_str(struct html_out *out, const char *str)
{
	put(out, str, strlen(str));
}

/* An empty line shows the quote marks, but no blanks at its end. */
static void
put_blank_prefix(struct html_out *out)
{
	size_t len = out->blank_len;

	while (len > 0 && out->prefix[len - 1] == ' ')
		len--;
	put(out, out->prefix, len);
}

static void
put_prefix(struct html_out *out)
{
	if (out->marker_len == 0) {
		put(out, out->prefix, out->prefix_len);
		return;
	}
	put(out, out->prefix, out->marker_at);
	put(out, out->marker, out->marker_len);
	out->marker_len = 0;
}

static void
end_line(struct html_out *out)
{
	if (out->line_open || out->begun)
		put(out, "\n", 1);
	for (unsigned i = 1; out->begun && i < out->breaks; i++) {
		put_blank_prefix(out);
		put(out, "\n", 1);
	}
	out->breaks = 0;
	out->line_open = false;
}

/* Something visible comes: write all that waited for it. */
static void
flush(struct html_out *out)
{
	static const char blanks[SPACES_MAX + 1] =
	    "                                        "
	    "                                        ";

	if (out->breaks > 0)
		end_line(out);
	if (!out->line_open) {
		put_prefix(out);
		out->line_open = out->begun = true;
	}
	if (out->spaces > 0)
		put(out, blanks, out->spaces);
	out->spaces = 0;
	out->hard_spaces = false;
	out->blank_len = out->prefix_len;
	for (unsigned i = 0; i < out->wraps_n; i++)
		put_str(out, out->wraps[i]);
	out->wraps_n = 0;
	if (out->link_wanted) {
		out->link_wanted = false;
		out->link_start = out->buf->len;
	}
	out->waiting = false;
}

/* The blanks at the end of a line fall away; a line of hard ones is empty. */
static void
drop_spaces(struct html_out *out)
{
	bool empty_line = out->hard_spaces && out->begun &&
	    (!out->line_open || out->breaks > 0);

	if (empty_line && out->breaks < BREAKS_MAX)
		out->breaks++;
	out->spaces = 0;
	out->hard_spaces = false;
}

static void
note_break(struct html_out *out)
{
	if (out->prefix_len < out->blank_len)
		out->blank_len = out->prefix_len;
	out->waiting = true;
}

void
html_out_break(struct html_out *out, unsigned n)
{
	drop_spaces(out);
	if (!out->begun)
		return;
	if (out->breaks < n)
		out->breaks = n;
	note_break(out);
}

void
html_out_newline(struct html_out *out, unsigned cap)
{
	if (cap == 0)
		cap = UINT32_MAX;
	else if (cap > BREAKS_MAX)
		cap = BREAKS_MAX;
	out->spaces = 0;
	out->hard_spaces = false;
	if (!out->begun)
		return;
	if (out->breaks < cap)
		out->breaks++;
	note_break(out);
}

static void
put_space(struct html_out *out, bool hard)
{
	if (hard) {
		out->hard_spaces = true;
		if (out->spaces < SPACES_MAX)
			out->spaces++;
	} else if (out->line_open && out->breaks == 0 && out->spaces == 0)
		out->spaces = 1;
	out->waiting = true;
}

/* The last character written on this line, or 0. */
static uint32_t
last_character(const struct html_out *out)
{
	const struct buf *buf = out->buf;
	size_t at = buf->len, len;
	uint32_t c;

	if (out->waiting || at == 0)
		return 0;
	for (at--; at > 0 && (buf->ptr[at] & 0xc0) == 0x80; at--)
		;
	c = utf8_decode(span_sub(buf_span(buf), at, buf->len), &len);
	return c == UTF8_BAD ? 0 : c;
}

/* ZWJ stays between emoji, where it makes one picture of two. */
static bool
joins(const struct html_out *out, struct span behind)
{
	uint32_t before = last_character(out), after;
	size_t len;

	if (behind.len == 0 || before == 0)
		return false;
	after = utf8_decode(behind, &len);
	return (before == VARIATION_16 || clean_joins(before)) &&
	    after != UTF8_BAD && clean_joins(after);
}

/* One character; behind is the raw text after it. */
static void
put_character(struct html_out *out, uint32_t c, bool pre, struct span behind)
{
	uint8_t bytes[4];

	if (c == '\r')
		return;		/* CRLF; a lone CR is no line end in HTML */
	if (c == '\n' && pre)
		html_out_newline(out, 0);
	else if (c == ' ' || c == '\n' || c == '\t' || c == '\f') {
		if (c == '\t' && pre && out->line_open && out->breaks == 0) {
			flush(out);
			put(out, "\t", 1);
		} else
			for (int n = c == '\t' && pre ? TAB_SPACES : 1; n > 0;
			    n--)
				put_space(out, pre);
	} else if (c == NO_BREAK_SPACE)
		put_space(out, true);
	else if (c == 0x2028 || c == 0x2029) {
		out->invisible++;
		put_space(out, false);
	} else if (c == ZERO_WIDTH_JOINER && joins(out, behind))
		put(out, "\xe2\x80\x8d", 3);
	else if (html_is_invisible(c))
		out->invisible++;
	else {
		if (out->waiting)
			flush(out);
		put(out, bytes, utf8_encode(c, bytes));
	}
}

/* Length of the run that is copied as it is; single spaces belong to it. */
static size_t
plain_run(struct span s)
{
	size_t i = 0;

	for (;;) {
		while (i < s.len && classes[s.ptr[i]] == PLAIN)
			i++;
		if (i == 0 || i + 1 >= s.len || s.ptr[i] != ' ' ||
		    classes[s.ptr[i + 1]] != PLAIN)
			return i;
		i += 2;
	}
}

static size_t
special(struct html_out *out, struct span s, bool pre)
{
	uint32_t c[2];
	unsigned n = 1;
	size_t len;

	if (s.ptr[0] == '&')
		len = html_entity(s, false, c, &n);
	else {
		c[0] = utf8_decode(s, &len);
		if (c[0] == UTF8_BAD)
			c[0] = 0xfffd;
	}
	for (unsigned i = 0; i < n; i++)
		put_character(out, c[i], pre, span_sub(s, len, s.len));
	return len;
}

void
html_out_text(struct html_out *out, struct span s, bool pre)
{
	size_t len;

	while (s.len > 0 && out->err == OK) {
		len = plain_run(s);
		if (len > 0) {
			if (out->waiting)
				flush(out);
			put(out, s.ptr, len);
		} else if (!pre && classes[s.ptr[0]] == BLANK) {
			put_space(out, false);
			for (len = 1; len < s.len &&
			    classes[s.ptr[len]] == BLANK; len++)
				;
		} else
			len = special(out, s, pre);
		s = span_sub(s, len, s.len);
	}
}

void
html_out_word(struct html_out *out, struct span word)
{
	if (word.len == 0)
		return;
	if (out->waiting)
		flush(out);
	put(out, word.ptr, word.len);
}

void
html_out_append(struct html_out *out, struct span text)
{
	if (text.len > 0)
		put(out, text.ptr, text.len);
}

void
html_out_line(struct html_out *out, struct span line)
{
	html_out_break(out, 1);
	flush(out);
	while (line.len > 0 && line.ptr[line.len - 1] == ' ')
		line.len--;
	html_out_append(out, line);
	html_out_break(out, 1);
}

bool
html_out_indent(struct html_out *out, struct span add)
{
	if (add.len > sizeof(out->prefix) - out->prefix_len)
		return false;
	memcpy(out->prefix + out->prefix_len, add.ptr, add.len);
	out->prefix_len += add.len;
	if (out->breaks == 0)
		out->blank_len = out->prefix_len;
	return true;
}

void
html_out_unindent(struct html_out *out, size_t len)
{
	if (len >= out->prefix_len)
		return;
	out->prefix_len = len;
	if (out->blank_len > len)
		out->blank_len = len;
	if (out->marker_len > 0 && out->marker_at >= len)
		out->marker_len = 0;
}

void
html_out_marker(struct html_out *out, struct span marker)
{
	size_t at = out->prefix_len;
	size_t columns = utf8_columns(marker, true);

	require(marker.len <= sizeof(out->marker));
	for (size_t i = 0; i < columns; i++)
		if (!html_out_indent(out, SPAN(" ")))
			break;
	memcpy(out->marker, marker.ptr, marker.len);
	out->marker_len = marker.len;
	out->marker_at = at;
}

void
html_out_marker_flush(struct html_out *out)
{
	if (out->marker_len == 0)
		return;
	flush(out);
	html_out_break(out, 1);
}

unsigned
html_out_wrap(struct html_out *out, const char *opening)
{
	if (out->wraps_n == HTML_WRAPS_MAX)
		return 0;
	if (++out->wrap_last == 0)
		out->wrap_last = 1;
	out->wraps[out->wraps_n] = opening;
	out->wrap_ids[out->wraps_n++] = out->wrap_last;
	out->waiting = true;
	return out->wrap_last;
}

void
html_out_unwrap(struct html_out *out, unsigned id, const char *closing)
{
	if (id == 0)
		return;
	for (unsigned i = 0; i < out->wraps_n; i++) {
		if (out->wrap_ids[i] != id)
			continue;
		for (out->wraps_n--; i < out->wraps_n; i++) {
			out->wraps[i] = out->wraps[i + 1];
			out->wrap_ids[i] = out->wrap_ids[i + 1];
		}
		return;
	}
	put_str(out, closing);
}

void
html_out_link_start(struct html_out *out)
{
	out->link_wanted = true;
	out->link_start = SIZE_MAX;
	out->waiting = true;
}

size_t
html_out_link_stop(struct html_out *out)
{
	size_t start = out->link_start;

	out->link_wanted = false;
	out->link_start = SIZE_MAX;
	return start;
}

void
html_out_finish(struct html_out *out)
{
	if (out->begun)
		put(out, "\n", 1);
	out->breaks = out->spaces = 0;
	out->line_open = out->begun = false;
	out->waiting = true;
}
