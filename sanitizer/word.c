/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Encoded words (RFC 2047) and raw 8-bit text of header fields to UTF-8, and
 * UTF-8 to encoded words, percent encoding (RFC 8187) and folded fields of
 * the safe form. Reads what mail programs in Japan send rather than what the
 * RFC allows: words in quotes, cut in the middle of a character, without end.
 */
#include <string.h>

#include "../gateway/base/utf8.h"
#include "charset_internal.h"
#include "limits.h"
#include "transfer.h"
#include "word.h"

#define LABEL_BYTES_MAX	64

/* One encoded word as it stands in the value. */
struct word {
	struct span	label;
	bool		base64;
	struct span	text;
	size_t		end;	/* offset behind it */
};

/* Words that wait for more of their charset. */
struct joiner {
	struct buf		*out;
	struct charset_result	*result;
	bool			 pending;
	bool			 base64;	/* decoder is open */
	struct span		 label;
	struct buf		 bytes;
	struct buf_sink		 sink;
	struct base64_decoder	 decoder;
};

/* Where the next "?=" is; looked for once, so that all stays linear. */
struct ends {
	struct span	value;
	size_t		next;
	bool		known;
};

static size_t
next_end(struct ends *ends, size_t from)
{
	if (!ends->known || ends->next < from) {
		ends->next = from + span_find(
		    span_sub(ends->value, from, ends->value.len), SPAN("?="));
		ends->known = true;
	}
	return ends->next;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
all_blank(struct span s)
{
	return span_trim(s).len == 0;
}

/* "=?label*language?B?" at `at`; *text_at gets where the text begins. */
static bool
parse_start(struct span value, size_t at, struct word *word, size_t *text_at)
{
	struct span s = span_sub(value, at + 2, LABEL_BYTES_MAX + 3);
	struct span label, language;
	uint8_t encoding;

	if (!span_cut(&s, '?', &label) || label.len == 0 || s.len < 2 ||
	    s.ptr[1] != '?')
		return false;
	*text_at = at + 2 + label.len + 3;
	for (size_t i = 0; i < label.len; i++)
		if (label.ptr[i] <= 0x20 || label.ptr[i] >= 0x7f)
			return false;
	encoding = ascii_lower(s.ptr[0]);
	if (encoding != 'b' && encoding != 'q')
		return false;
	word->base64 = encoding == 'b';
	language = label;
	span_cut(&language, '*', &word->label);		/* RFC 2231 */
	return true;
}

/* The word at `at`, where "=?" stands. */
static bool
parse_word(struct ends *ends, size_t at, struct word *word)
{
	struct span value = ends->value;
	size_t text_at, end, other;

	if (!parse_start(value, at, word, &text_at))
		return false;
	end = next_end(ends, text_at);
	/* another word begins before this one ends: its ?= was lost */
	other = text_at + span_find(span_sub(value, text_at, end - text_at),
	    SPAN("=?"));
	if (other < end && other + 1 < end) {
		word->text = span_trim(span_sub(value, text_at,
		    other - text_at));
		word->end = text_at + (size_t)(word->text.ptr == NULL ? 0 :
		    word->text.ptr + word->text.len - (value.ptr + text_at));
		return word->text.len > 0;
	}
	word->end = end + 2;
	if (end == value.len) {
		/* no ?= at all: up to the next blank */
		for (end = text_at; end < value.len &&
		    !is_blank(value.ptr[end]); end++)
			;
		word->end = end;
		if (end == text_at)
			return false;
	}
	word->text = span_sub(value, text_at, end - text_at);
	return true;
}

static int
hex_value(uint8_t c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* =XX, or %XX in RFC 2231; what is none stays. */
static enum err
unescape(struct span s, uint8_t mark, struct buf *out)
{
	uint8_t *room;
	size_t n = 0;
	enum err err = buf_reserve(out, s.len, &room);

	if (err != OK)
		return err;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (c == mark && i + 2 < s.len && hex_value(s.ptr[i + 1]) >= 0
		    && hex_value(s.ptr[i + 2]) >= 0) {
			c = (uint8_t)(hex_value(s.ptr[i + 1]) << 4 |
			    hex_value(s.ptr[i + 2]));
			i += 2;
		} else if (c == '_' && mark == '=')
			c = ' ';
		room[n++] = c;
	}
	out->len += n;
	return OK;
}

static void
add_result(struct charset_result *sum, const struct charset_result *result)
{
	if (sum == NULL)
		return;
	sum->name = result->name;
	sum->guessed |= result->guessed;
	sum->utf7 |= result->utf7;
	sum->bad += result->bad;
	sum->private_use += result->private_use;
}

static enum err
put_decoded(struct joiner *j, struct span label, struct span bytes)
{
	struct charset_result result;
	enum err err = charset_decode(label, bytes, j->out, &result);

	add_result(j->result, &result);
	return err;
}

static enum err
put_raw(struct joiner *j, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= 0x80 || s.ptr[i] == 0x1b)
			return put_decoded(j, (struct span){ NULL, 0 }, s);
	return buf_add(j->out, s);
}

static enum err
close_base64(struct joiner *j)
{
	if (!j->base64)
		return OK;
	j->base64 = false;
	return filter_end(&j->decoder.filter);
}

static enum err
flush(struct joiner *j)
{
	enum err err = close_base64(j);

	if (err == OK && j->pending)
		err = put_decoded(j, j->label, buf_span(&j->bytes));
	j->pending = false;
	buf_clear(&j->bytes);
	return err;
}

/*
 * base64 goes on from word to word: some programs cut it anywhere. If the
 * next word is whole by itself, the one before only lacked its padding.
 */
static enum err
add_base64(struct joiner *j, struct span text)
{
	enum err err = OK;

	if (j->base64 && j->decoder.n > 0 && text.len % 4 == 0)
		err = close_base64(j);
	if (!j->base64) {
		buf_sink_init(&j->sink, &j->bytes);
		base64_decoder_init(&j->decoder, true, &j->sink.filter);
		j->base64 = true;
	}
	return err != OK ? err : filter_write(&j->decoder.filter, text);
}

static bool
same_charset(struct span a, struct span b)
{
	const struct charset *charset = charset_find(a);

	return charset != NULL ? charset == charset_find(b) :
	    span_equal_nocase(a, b);
}

static enum err
add_word(struct joiner *j, const struct word *word)
{
	enum err err = OK;

	if (j->pending && !same_charset(j->label, word->label))
		err = flush(j);
	j->pending = true;
	j->label = word->label;
	if (err != OK)
		return err;
	if (word->base64)
		return add_base64(j, word->text);
	err = close_base64(j);
	return err != OK ? err : unescape(word->text, '=', &j->bytes);
}

enum err
word_decode(struct span value, struct buf *out, struct charset_result *result)
{
	struct joiner j = { .out = out, .result = result };
	struct ends ends = { value, 0, false };
	size_t at = 0, raw_at = 0;
	enum err err = OK;
	struct span raw;
	struct word word;

	buf_init(&j.bytes, value.len);
	while (err == OK && at < value.len) {
		at += span_find(span_sub(value, at, value.len), SPAN("=?"));
		if (at >= value.len)
			break;
		if (!parse_word(&ends, at, &word)) {
			at++;
			continue;
		}
		raw = span_sub(value, raw_at, at - raw_at);
		if (!j.pending || !all_blank(raw)) {
			err = flush(&j);
			if (err == OK)
				err = put_raw(&j, raw);
		}
		if (err == OK)
			err = add_word(&j, &word);
		at = raw_at = word.end;
	}
	if (err == OK)
		err = flush(&j);
	if (err == OK)
		err = put_raw(&j, span_sub(value, raw_at, value.len));
	buf_fini(&j.bytes);
	return err;
}

bool
word_is_encoded(struct span value)
{
	struct ends ends = { value, 0, false };
	struct word word;

	for (size_t at = 0; at < value.len; at++) {
		at += span_find(span_sub(value, at, value.len), SPAN("=?"));
		if (at < value.len && parse_word(&ends, at, &word))
			return true;
	}
	return false;
}

/* "name", "name*", "name*3", "name*3*": what kind, of which section? */
enum section_kind { SECTION_NONE = 0, SECTION_PLAIN, SECTION_WHOLE,
	SECTION_PIECE };

static enum section_kind
section_of(struct span have, struct span name, uint64_t *number,
    bool *extended)
{
	struct span rest;

	*extended = false;
	if (!span_begins(have, name))
		return SECTION_NONE;
	rest = span_sub(have, name.len, have.len);
	if (rest.len == 0)
		return SECTION_PLAIN;
	if (rest.ptr[0] != '*')
		return SECTION_NONE;
	rest = span_sub(rest, 1, rest.len);
	*extended = rest.len == 0 || rest.ptr[rest.len - 1] == '*';
	if (rest.len == 0)
		return SECTION_WHOLE;
	if (*extended)
		rest.len--;
	if (!span_decimal(rest, UINT32_MAX, number))
		return SECTION_NONE;
	return SECTION_PIECE;
}

/* The pieces of one parameter, by their number. */
struct sections {
	const struct parameter	*piece[MIME_SECTIONS_MAX];
	bool			 extended[MIME_SECTIONS_MAX];
	size_t			 n;		/* highest number + 1 */
	bool			 any_extended;
};

static enum err
collect(const struct parameter *list, size_t n, struct span name,
    struct sections *sections, const struct parameter **plain)
{
	const struct parameter *whole = NULL;

	for (size_t i = 0; i < n; i++) {
		uint64_t number = 0;
		bool extended;
		enum section_kind kind = section_of(list[i].name, name,
		    &number, &extended);

		if (kind == SECTION_PLAIN && *plain == NULL)
			*plain = &list[i];
		if (kind == SECTION_WHOLE && whole == NULL)
			whole = &list[i];
		if (kind != SECTION_PIECE)
			continue;
		if (number >= MIME_SECTIONS_MAX)
			return ERR_LIMIT;
		if (sections->piece[number] != NULL)
			continue;	/* the first one counts */
		sections->piece[number] = &list[i];
		sections->extended[number] = extended;
		sections->any_extended |= extended;
		if (number >= sections->n)
			sections->n = (size_t)number + 1;
	}
	if (whole != NULL) {
		memset(sections, 0, sizeof(*sections));
		sections->piece[0] = whole;
		sections->extended[0] = sections->any_extended = true;
		sections->n = 1;
	}
	return OK;
}

/* charset'language'value; without both quotes all is value. */
static struct span
cut_charset(struct span s, struct span *charset)
{
	struct span rest = s, label, language;

	if (!span_cut(&rest, '\'', &label) ||
	    !span_cut(&rest, '\'', &language))
		return s;
	*charset = label;
	return rest;
}

static enum err
join_sections(const struct sections *sections, struct buf *out)
{
	struct span charset = { NULL, 0 };
	struct buf bytes;
	bool first = true;
	enum err err = OK;

	buf_init(&bytes, MIME_FIELD_BYTES_MAX);
	for (size_t i = 0; err == OK && i < sections->n; i++) {
		struct span value;

		if (sections->piece[i] == NULL)
			continue;	/* lost; the others still say much */
		value = sections->piece[i]->value;
		if (sections->extended[i]) {
			if (first)
				value = cut_charset(value, &charset);
			first = false;
			err = unescape(value, '%', &bytes);
		} else
			err = buf_add(&bytes, value);
	}
	if (err == OK && sections->any_extended)
		err = charset_decode(charset, buf_span(&bytes), out, NULL);
	else if (err == OK)
		err = buf_add(out, buf_span(&bytes));
	buf_fini(&bytes);
	return err;
}

enum err
word_parameter(const struct parameter *list, size_t n, struct span name,
    struct buf *out, bool *is_utf8, bool *found)
{
	struct sections sections = { .n = 0 };
	const struct parameter *plain = NULL;
	enum err err = collect(list, n, name, &sections, &plain);

	*is_utf8 = false;
	*found = err == OK && (sections.n > 0 || plain != NULL);
	if (!*found)
		return err;
	if (sections.n == 0)
		return buf_add(out, plain->value);
	*is_utf8 = sections.any_extended;
	return join_sections(&sections, out);
}

enum err
word_encode(struct span text, struct buf *out)
{
	static const char begin[] = "=?UTF-8?B?";
	struct span s = text;
	enum err err = OK;
	uint8_t *room;
	size_t n, len;

	for (; err == OK && s.len > 0; s = span_sub(s, n, s.len)) {
		for (n = 0; n < s.len; n += len) {
			utf8_decode(span_sub(s, n, s.len), &len);
			if (n + len > WORD_BYTES_MAX)
				break;
		}
		if (s.len != text.len)
			err = buf_add_byte(out, ' ');
		if (err == OK)
			err = buf_add_str(out, begin);
		if (err == OK)
			err = buf_reserve(out, (n + 2) / 3 * 4, &room);
		if (err != OK)
			break;
		out->len += base64_encode(span_sub(s, 0, n), room);
		err = buf_add_str(out, "?=");
	}
	return err;
}

enum err
word_percent(struct span text, struct buf *out)
{
	static const char digits[] = "0123456789ABCDEF";
	uint8_t *room;
	size_t n = 0;
	enum err err = buf_reserve(out, text.len * 3, &room);

	if (err != OK)
		return err;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];

		if (ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' ||
		    c == '.' || c == '_') {
			room[n++] = c;
			continue;
		}
		room[n++] = '%';
		room[n++] = (uint8_t)digits[c >> 4];
		room[n++] = (uint8_t)digits[c & 15];
	}
	out->len += n;
	return OK;
}

enum err
word_fold(struct span name, struct span value, struct buf *out)
{
	struct span token;
	size_t column = name.len + 1;
	bool first = true;
	enum err err = buf_add(out, name);

	if (err == OK)
		err = buf_add_byte(out, ':');
	while (err == OK && value.len > 0) {
		span_cut(&value, ' ', &token);
		if (token.len == 0)
			continue;
		if (!first && column + 1 + token.len > WORD_LINE_BYTES) {
			err = buf_add_str(out, "\r\n");
			column = 0;
		}
		if (err == OK)
			err = buf_add_byte(out, ' ');
		if (err == OK)
			err = buf_add(out, token);
		column += 1 + token.len;
		first = false;
	}
	return err != OK ? err : buf_add_str(out, "\r\n");
}
