/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads address lists in a tolerant way and writes them in one strict form:
 * names as plain words or encoded words, addresses ASCII in < >. Groups are
 * flattened, comments become names where there is none. One pass, linear.
 */
#include "header_address.h"

#include <string.h>

#include "charset.h"
#include "clean.h"
#include "word.h"

#define RAW_BYTES_MAX	(256 * 1024)

/* One element between commas, as it was collected. */
struct element {
	struct buf	phrase;		/* outside < >, without quotes */
	struct buf	bare;		/* the same with its quotes */
	struct buf	angle;		/* inside < > */
	struct buf	after;		/* words behind < > */
	struct buf	comment;
	bool		has_angle;
};

static void
element_init(struct element *e)
{
	buf_init(&e->phrase, RAW_BYTES_MAX);
	buf_init(&e->bare, RAW_BYTES_MAX);
	buf_init(&e->angle, RAW_BYTES_MAX);
	buf_init(&e->after, RAW_BYTES_MAX);
	buf_init(&e->comment, RAW_BYTES_MAX);
	e->has_angle = false;
}

static void
element_clear(struct element *e)
{
	buf_clear(&e->phrase);
	buf_clear(&e->bare);
	buf_clear(&e->angle);
	buf_clear(&e->after);
	buf_clear(&e->comment);
	e->has_angle = false;
}

static void
element_fini(struct element *e)
{
	buf_fini(&e->phrase);
	buf_fini(&e->bare);
	buf_fini(&e->angle);
	buf_fini(&e->after);
	buf_fini(&e->comment);
}

/* ---- addr-spec ---- */

static bool
is_atext(uint8_t c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || (c != 0 &&
	    span_find_byte(SPAN("!#$%&'*+-/=?^_`{|}~"), c) < 19);
}

static bool
is_dot_atom(struct span s)
{
	bool dot = true;		/* none may be first */

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '.' ? dot : !is_atext(s.ptr[i]))
			return false;
		dot = s.ptr[i] == '.';
	}
	return !dot;
}

static bool
is_literal(struct span s)
{
	if (s.len < 3 || s.ptr[0] != '[' || s.ptr[s.len - 1] != ']')
		return false;
	s = span_sub(s, 1, s.len - 2);
	if (span_begins(s, SPAN("IPv6:")))
		s = span_sub(s, 5, s.len);
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = ascii_lower(s.ptr[i]);

		if (!ascii_is_digit(c) && c != '.' && c != ':' &&
		    (c < 'a' || c > 'f'))
			return false;
	}
	return s.len >= 1 && s.len <= 45;
}

static bool
is_domain(struct span s)
{
	struct span label;
	bool more = s.len > 0;

	if (s.len > 253)
		return false;
	while (more) {
		more = span_cut(&s, '.', &label);
		if (label.len == 0 || label.len > 63)
			return false;
		for (size_t i = 0; i < label.len; i++) {
			uint8_t c = label.ptr[i];

			if (!ascii_is_alpha(c) && !ascii_is_digit(c) &&
			    c != '-' && c != '_')
				return false;
		}
		if (!more)
			return true;
	}
	return false;
}

/*
 * Without quotes and backslashes; false when it cannot be a local part.
 * Blanks between atoms are of RFC 822, blanks in quotes are not for us.
 */
static bool
local_plain(struct span raw, struct buf *plain)
{
	bool quoted = false;

	for (size_t i = 0; i < raw.len; i++) {
		uint8_t c = raw.ptr[i];

		if (c == '"')
			quoted = !quoted;
		if (c == '"' || (!quoted && (c == ' ' || c == '\t')))
			continue;
		if (c == '\\' && ++i < raw.len)
			c = raw.ptr[i];
		if (c < 0x21 || c > 0x7e || c == '"' || c == '\\' ||
		    buf_add_byte(plain, c) != OK)
			return false;
	}
	return plain->len > 0 &&
	    span_find(buf_span(plain), SPAN("=?")) == plain->len;
}

bool
address_spec(struct span raw, struct buf *out)
{
	struct span domain, local;
	struct buf plain;
	size_t at = raw.len, start = out->len;
	bool quoted, good = false;

	raw = span_trim(raw);
	if (span_begins_nocase(raw, SPAN("mailto:")))
		raw = span_sub(raw, 7, raw.len);
	if (raw.len > 0 && raw.ptr[0] == '@' &&		/* obs-route */
	    span_find_byte(raw, ':') < raw.len)
		raw = span_sub(raw, span_find_byte(raw, ':') + 1, raw.len);
	for (at = raw.len; at > 0 && raw.ptr[at - 1] != '@'; at--)
		;
	if (at == 0)
		return false;
	local = span_trim(span_sub(raw, 0, at - 1));
	domain = span_trim(span_sub(raw, at, raw.len));
	if (domain.len > 0 && domain.ptr[domain.len - 1] == '.')
		domain.len--;
	buf_init(&plain, 1024);
	if ((is_domain(domain) || is_literal(domain)) &&
	    local_plain(local, &plain)) {
		quoted = !is_dot_atom(buf_span(&plain));
		good = plain.len + (quoted ? 2 : 0) <= 64 &&
		    buf_printf(out, quoted ? "\"%.*s\"@%.*s" : "%.*s@%.*s",
		    (int)plain.len, (const char *)plain.ptr,
		    (int)domain.len, (const char *)domain.ptr) == OK;
	}
	buf_fini(&plain);
	if (!good)
		buf_truncate(out, start);
	return good;
}

/* ---- collecting ---- */

enum where { IN_PHRASE, IN_QUOTE, IN_COMMENT, IN_ANGLE, IN_ANGLE_QUOTE };

struct reader {
	enum where	where;
	enum where	outer;		/* of a comment */
	unsigned	comments;	/* depth */
	struct element	e;
	/* what to do with a finished element */
	enum err	(*found)(struct reader *);
	struct buf	*name;
	struct buf	*out;
	unsigned	max, written, dropped;
};

static enum err
finish(struct reader *r)
{
	enum err err = OK;

	if (span_trim(buf_span(&r->e.phrase)).len > 0 ||
	    span_trim(buf_span(&r->e.angle)).len > 0)
		err = r->found(r);
	element_clear(&r->e);
	return err;
}

/* Where words go. */
static struct buf *
words(struct reader *r)
{
	return r->e.has_angle ? &r->e.after : &r->e.phrase;
}

/* A second < > without a comma: the words between are the second's name. */
static enum err
split_here(struct reader *r)
{
	struct buf name = r->e.after;
	enum err err;

	buf_init(&r->e.after, RAW_BYTES_MAX);
	err = finish(r);
	if (err == OK)
		err = buf_add(&r->e.phrase, buf_span(&name));
	buf_fini(&name);
	return err;
}

static enum err
in_phrase(struct reader *r, uint8_t c)
{
	switch (c) {
	case '"':
		r->where = IN_QUOTE;
		return OK;
	case '(':
		r->outer = r->where;
		r->where = IN_COMMENT;
		r->comments = 1;
		return r->e.comment.len > 0 ?
		    buf_add_byte(&r->e.comment, ' ') : OK;
	case '<':
		if (r->e.has_angle && split_here(r) != OK)
			return ERR_LIMIT;
		r->e.has_angle = true;
		r->where = IN_ANGLE;
		return OK;
	case ',':
	case ';':
		return finish(r);
	case ':':			/* a group's name, unless mailto: */
		if (span_equal_nocase(span_trim(buf_span(&r->e.phrase)),
		    SPAN("mailto")))
			element_clear(&r->e);
		else if (span_find_byte(buf_span(&r->e.phrase), '@') <
		    r->e.phrase.len)
			return buf_add_byte(&r->e.phrase, c) == OK ?
			    buf_add_byte(&r->e.bare, c) : ERR_LIMIT;
		else
			element_clear(&r->e);
		return OK;
	default:
		return buf_add_byte(words(r), c);
	}
}

static enum err
in_comment(struct reader *r, uint8_t c)
{
	if (c == '(') {
		r->comments++;
	} else if (c == ')' && --r->comments == 0) {
		r->where = r->outer;
		return OK;
	}
	return buf_add_byte(&r->e.comment, c);
}

static enum err
read_byte(struct reader *r, struct span s, size_t *i)
{
	uint8_t c = s.ptr[*i];
	bool escaped = c == '\\' && *i + 1 < s.len &&
	    r->where != IN_PHRASE && r->where != IN_ANGLE;

	if (r->where == IN_QUOTE || (r->where == IN_PHRASE &&
	    strchr("(<,;:", c) == NULL)) {
		if (buf_add(&r->e.bare, span_sub(s, *i, escaped ? 2 : 1)) !=
		    OK)
			return ERR_LIMIT;
	}
	if (escaped && r->where != IN_ANGLE_QUOTE)
		c = s.ptr[++*i];
	switch (r->where) {
	case IN_PHRASE:
		return in_phrase(r, c);
	case IN_QUOTE:
		if (c == '"' && !escaped) {
			r->where = IN_PHRASE;
			return OK;
		}
		return buf_add_byte(words(r), c);
	case IN_COMMENT:
		return escaped ? buf_add_byte(&r->e.comment, c) :
		    in_comment(r, c);
	case IN_ANGLE:
		if (c == '>')
			r->where = IN_PHRASE;
		else if (c == '"')
			r->where = IN_ANGLE_QUOTE;
		return c == '>' ? OK : buf_add_byte(&r->e.angle, c);
	case IN_ANGLE_QUOTE:
		if (c == '"')
			r->where = IN_ANGLE;
		if (escaped && buf_add_byte(&r->e.angle, c) != OK)
			return ERR_LIMIT;
		return buf_add_byte(&r->e.angle, escaped ? s.ptr[++*i] : c);
	}
	return OK;
}

/*
 * 8-bit and ISO-2022-JP text is decoded before the structure is read: its
 * bytes may look like quotes, commas and brackets.
 */
static enum err
read_list(struct reader *r, struct span value)
{
	struct buf text;
	enum err err = OK;
	bool raw = false;

	for (size_t i = 0; i < value.len && !raw; i++)
		raw = value.ptr[i] >= 0x80 || value.ptr[i] == 0x1b;
	buf_init(&text, RAW_BYTES_MAX);
	if (raw) {
		err = charset_decode(SPAN(""), value, &text, NULL);
		value = buf_span(&text);
	}
	element_init(&r->e);
	for (size_t i = 0; i < value.len && err == OK; i++)
		err = read_byte(r, value, &i);
	if (err == OK)
		err = finish(r);
	element_fini(&r->e);
	buf_fini(&text);
	return err;
}

/* ---- one element ---- */

/*
 * Split "Name a@b" without < > before its last word, which must have the @;
 * blanks in quotes do not end a word.
 */
static struct span
bare_address(struct span s, struct span *name)
{
	size_t start = 0, best = 0, best_end = 0;
	bool quoted = false, at = false;

	for (size_t i = 0; i <= s.len; i++) {
		uint8_t c = i < s.len ? s.ptr[i] : ' ';

		if (c == '\\' && quoted) {
			i++;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (c == '@' && !quoted) {
			at = true;
		} else if ((c == ' ' || c == '\t') &&
		    (!quoted || i == s.len)) {
			best = at ? start : s.len;
			best_end = i;
			start = i + 1;
			at = false;
		}
	}
	*name = span_sub(s, 0, best);
	return span_sub(s, best, best_end - best);
}

/* Name (clean UTF-8, may be empty) and ADDR of the element at hand. */
static enum err
read_element(struct element *e, struct buf *name, struct buf *address,
    bool *good)
{
	struct span raw, name_only, phrase = span_trim(buf_span(&e->phrase));
	struct buf decoded;
	enum err err;

	raw = buf_span(&e->angle);
	if (!e->has_angle) {
		raw = bare_address(span_trim(buf_span(&e->bare)),
		    &name_only);
		if (raw.len > 0)
			phrase = name_only;
	}
	*good = address_spec(raw, address);
	if (span_trim(phrase).len == 0)
		phrase = buf_span(&e->after);
	if (span_trim(phrase).len == 0)
		phrase = buf_span(&e->comment);
	buf_init(&decoded, RAW_BYTES_MAX);
	if ((err = word_decode(phrase, &decoded, NULL)) == OK)
		err = clean_text(buf_span(&decoded), CLEAN_HEADER, name, NULL);
	buf_fini(&decoded);
	return err;
}

static bool
is_words(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (c == ' ' && n > 0) {
			n = 0;
			continue;
		}
		if ((!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '_' &&
		    c != '-') || ++n > 60)
			return false;
	}
	return n > 0;
}

static enum err
add_mailbox(struct span name, struct span address, struct buf *out)
{
	enum err err = OK;

	name = span_trim(name);
	if (name.len > MAILBOX_NAME_BYTES_MAX) {
		name.len = MAILBOX_NAME_BYTES_MAX;
		while ((name.ptr[name.len] & 0xc0) == 0x80)
			name.len--;
	}
	if (name.len > 0 && !span_equal(name, address)) {
		err = is_words(name) ? buf_add(out, name) :
		    word_encode(name, out);
		if (err == OK)
			err = buf_add_byte(out, ' ');
	}
	if (err == OK)
		err = buf_add_byte(out, '<');
	if (err == OK)
		err = buf_add(out, address);
	return err == OK ? buf_add_byte(out, '>') : err;
}

static enum err
found_one(struct reader *r)
{
	struct buf name, address;
	enum err err;
	bool good;

	buf_init(&name, RAW_BYTES_MAX);
	buf_init(&address, 1024);
	err = read_element(&r->e, &name, &address, &good);
	if (err == OK && (!good || r->written >= r->max)) {
		r->dropped++;
	} else if (err == OK) {
		if (r->written++ > 0)
			err = buf_add_str(r->out, ", ");
		if (err == OK)
			err = add_mailbox(buf_span(&name),
			    buf_span(&address), r->out);
	}
	buf_fini(&name);
	buf_fini(&address);
	return err;
}

enum err
address_list(struct span value, unsigned max, struct buf *out,
    unsigned *written, unsigned *dropped)
{
	struct reader r = { .found = found_one, .out = out, .max = max };
	enum err err;

	err = read_list(&r, value);
	*written = r.written;
	*dropped = r.dropped;
	return err;
}

static enum err
found_first(struct reader *r)
{
	bool good;

	if (r->written++ > 0)
		return OK;
	return read_element(&r->e, r->name, r->out, &good);
}

enum err
address_first(struct span value, struct buf *name, struct buf *address)
{
	struct reader r = { .found = found_first, .name = name,
	    .out = address };

	return read_list(&r, value);
}
