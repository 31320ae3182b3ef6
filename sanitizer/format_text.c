/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text files made anew, flowed lines joined, two texts compared. Charsets
 * and forbidden characters are the business of charset.c and clean.c.
 */
#include "format_text.h"

#include <stdlib.h>
#include <string.h>

#include "../gateway/base/utf8.h"

#define BAD_SHARE	100	/* one in so many ends it */
#define BAD_ALWAYS_OK	2	/* ... but not in a line or two */
#define BUCKETS_MIN	512
#define BUCKETS_MAX	8192	/* a power of 2 */

/* ---- files ---- */

/* The last step: BOM first, a line end last, bytes counted. */
struct finish {
	struct filter	filter;
	uint64_t	bytes;
	uint8_t		last;
};

static enum err
finish_write(struct filter *f, struct span s)
{
	struct finish *finish = (struct finish *)f;
	enum err err = OK;

	if (s.len == 0)
		return OK;
	if (finish->bytes == 0) {
		err = filter_write(f->next, SPAN("\xef\xbb\xbf"));
		finish->bytes = 3;
	}
	finish->last = s.ptr[s.len - 1];
	finish->bytes += s.len;
	return err == OK ? filter_write(f->next, s) : err;
}

static enum err
finish_end(struct filter *f)
{
	struct finish *finish = (struct finish *)f;
	enum err err = OK;

	if (finish->last != '\n')
		err = finish_write(f, SPAN("\r\n"));
	return err == OK ? filter_end(f->next) : err;
}

enum err
format_text_decode(const struct input *in, struct span label,
    struct filter *to, struct text_result *result)
{
	struct clean_filter clean;
	struct charset_filter charset;
	uint8_t bom[2];
	size_t got;
	uint64_t bad;
	enum err err;

	if ((err = input_read(in, 0, bom, 2, &got)) != OK)
		return err;
	if (got == 2 && ((bom[0] == 0xff && bom[1] == 0xfe) ||
	    (bom[0] == 0xfe && bom[1] == 0xff)))
		label = SPAN("utf-16");
	clean_filter_init(&clean, CLEAN_TEXT, to);
	charset_filter_init(&charset, label, &clean.filter);
	if ((err = input_push(in, &charset.filter)) == OK)
		err = filter_end(&charset.filter);
	result->charset = charset.result;
	result->counts = clean.counts;
	charset_filter_fini(&charset);
	bad = clean.counts.controls + charset.result.bad;
	if (err == OK && bad > BAD_ALWAYS_OK && bad > in->len / BAD_SHARE)
		err = ERR_INPUT;
	return err;
}

enum err
format_text(const struct input *in, struct span label, struct filter *out,
    struct text_result *result)
{
	struct finish finish = { .filter = { finish_write, finish_end, out } };
	enum err err;

	err = format_text_decode(in, label, &finish.filter, result);
	result->bytes = finish.bytes;
	return err;
}

/* ---- format=flowed ---- */

struct line {
	struct span	text;		/* without quote marks */
	unsigned	depth;
	bool		flowed, signature;
};

static struct line
read_line(struct span raw)
{
	struct line line = { .text = raw };

	if (line.text.len > 0 && line.text.ptr[line.text.len - 1] == '\r')
		line.text.len--;
	while (line.text.len > 0 && line.text.ptr[0] == '>') {
		line.depth++;
		line.text = span_sub(line.text, 1, line.text.len);
	}
	if (line.text.len > 0 && line.text.ptr[0] == ' ')  /* stuffing */
		line.text = span_sub(line.text, 1, line.text.len);
	line.signature = span_equal(line.text, SPAN("-- "));
	line.flowed = !line.signature && line.text.len > 0 &&
	    line.text.ptr[line.text.len - 1] == ' ';
	return line;
}

static enum err
begin_line(const struct line *line, struct buf *out)
{
	enum err err = OK;

	for (unsigned i = 0; i < line->depth && err == OK; i++)
		err = buf_add_byte(out, '>');
	return err == OK && line->depth > 0 ? buf_add_byte(out, ' ') : err;
}

enum err
format_text_unflow(struct span text, bool delsp, struct buf *out)
{
	struct line line, last = { .flowed = false };
	struct span raw;
	bool more = text.len > 0;
	enum err err = OK;

	while (more && err == OK) {
		more = span_cut(&text, '\n', &raw);
		if (!more && raw.len == 0)
			break;
		line = read_line(raw);
		if (!last.flowed || line.depth != last.depth ||
		    line.signature) {
			if (out->len > 0)
				err = buf_add_str(out, "\r\n");
			if (err == OK)
				err = begin_line(&line, out);
		}
		if (err == OK)
			err = buf_add(out, line.flowed && delsp ?
			    span_sub(line.text, 0, line.text.len - 1) :
			    line.text);
		last = line;
		more = more && text.len > 0;
	}
	return err == OK && out->len > 0 ? buf_add_str(out, "\r\n") : err;
}

/* ---- comparison ---- */

static bool
is_word(uint32_t c)
{
	return (c < 0x80 && (ascii_is_alpha((uint8_t)c) ||
	    ascii_is_digit((uint8_t)c))) || (c >= 0xc0 && c < 0x2000) ||
	    (c >= 0x3041 && c != 0x30fb && c < 0xfe00);
}

/* Words of Latin letters, single characters of everything else. */
static uint64_t
count_words(struct span s, int32_t *buckets, size_t buckets_n, int32_t step)
{
	uint64_t words = 0;
	uint32_t hash = 0;
	size_t len;

	for (size_t i = 0; i <= s.len; i += len) {
		struct span rest = span_sub(s, i, s.len);
		uint32_t c = ' ';

		len = 1;
		if (span_begins_nocase(rest, SPAN("http://")) ||
		    span_begins_nocase(rest, SPAN("https://"))) {
			while (len < rest.len && rest.ptr[len] > ' ' &&
			    rest.ptr[len] != '>' && rest.ptr[len] < 0x80)
				len++;
		} else if (rest.len > 0) {
			c = utf8_decode(rest, &len);
		}
		if (c < 0x300 && is_word(c)) {
			if (c < 0x80)
				c = ascii_lower((uint8_t)c);
			hash = (hash ^ c) * 16777619u + 1;
			continue;
		}
		if (hash != 0) {
			buckets[(hash ^ hash >> 15) & (buckets_n - 1)] += step;
			words++;
			hash = 0;
		}
		if (is_word(c)) {
			buckets[(c * 2654435761u >> 12) &
			    (buckets_n - 1)] += step;
			words++;
		}
	}
	return words;
}

unsigned
format_text_difference(struct span a, struct span b)
{
	static int32_t buckets[BUCKETS_MAX];	/* one thread */
	uint64_t words, other = 0;
	size_t n = BUCKETS_MIN;

	/* short texts need few, and fewer pages of memory */
	while (n < BUCKETS_MAX && n < a.len + b.len)
		n *= 2;
	memset(buckets, 0, n * sizeof(buckets[0]));
	words = count_words(a, buckets, n, 1) + count_words(b, buckets, n, -1);
	for (size_t i = 0; i < n; i++)
		other += (uint64_t)(buckets[i] < 0 ? -buckets[i] : buckets[i]);
	return words == 0 ? 0 : (unsigned)(other * 1000 / words);
}
