/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Before the XML parser: one encoding, no declarations, tags of a bounded
 * size. It knows just enough of XML to see where tags begin and end, and
 * refuses what it does not know; all else is the parser's business.
 */
#include "xml_scan.h"

#include <string.h>

#include "../gateway/base/utf8.h"

enum {
	STATE_TEXT,
	STATE_OPENING,		/* behind '<' */
	STATE_TAG,
	STATE_QUOTED,		/* in an attribute's value */
	STATE_COMMENT,
	STATE_CDATA,
	STATE_PI
};

static enum err
refuse(struct xml_scan *s, enum err err, const char *why)
{
	s->why = why;
	return err;
}

/* Behind "<!": a comment or CDATA. Anything else declares something. */
static enum err
on_declaration(struct xml_scan *s)
{
	static const char comment[] = "<!--", cdata[] = "<![CDATA[";

	if (s->opening_n == 4 && memcmp(s->opening, comment, 4) == 0) {
		s->state = STATE_COMMENT;
		s->matched = 0;
		s->tag_bytes = 0;
		return OK;
	}
	if (s->opening_n == 9 && memcmp(s->opening, cdata, 9) == 0) {
		s->state = STATE_CDATA;
		s->matched = 0;
		return OK;
	}
	if (memcmp(s->opening, comment, s->opening_n < 4 ?
	    s->opening_n : 4) == 0 ||
	    memcmp(s->opening, cdata, s->opening_n) == 0)
		return OK;
	return refuse(s, ERR_INPUT, "document type declaration");
}

static enum err
on_opening(struct xml_scan *s, uint8_t c)
{
	s->opening[s->opening_n++] = c;
	if (s->opening[1] == '!')
		return on_declaration(s);
	if (c == '?') {
		s->state = STATE_PI;
		s->matched = 0;
		s->tag_bytes = 0;
	} else {
		s->state = c == '>' ? STATE_TEXT : STATE_TAG;
		s->tag_bytes = 2;
		s->equals = 0;
	}
	return OK;
}

static enum err
on_tag(struct xml_scan *s, uint8_t c)
{
	if (++s->tag_bytes > XML_TAG_BYTES_MAX)
		return refuse(s, ERR_LIMIT, "tag too long");
	if (s->state == STATE_QUOTED) {
		if (c == s->quote)
			s->state = STATE_TAG;
		return OK;
	}
	if (c == '"' || c == '\'') {
		s->quote = c;
		s->state = STATE_QUOTED;
	} else if (c == '>')
		s->state = STATE_TEXT;
	else if (c == '=' && ++s->equals > XML_TAG_EQUALS_MAX)
		return refuse(s, ERR_LIMIT, "too many attributes");
	return OK;
}

/* Until "-->", "]]>" or "?>": the last byte repeated, then '>'. */
static enum err
on_construct(struct xml_scan *s, uint8_t c)
{
	uint8_t mark = s->state == STATE_COMMENT ? '-' :
	    s->state == STATE_CDATA ? ']' : '?';
	unsigned need = s->state == STATE_PI ? 1 : 2;

	if (s->state != STATE_CDATA &&
	    ++s->tag_bytes > XML_COMMENT_BYTES_MAX)
		return refuse(s, ERR_LIMIT, "comment too long");
	if (c == mark)
		s->matched++;
	else if (c == '>' && s->matched >= need)
		s->state = STATE_TEXT;
	else
		s->matched = 0;
	return OK;
}

static enum err
scan_byte(struct xml_scan *s, uint8_t c)
{
	switch (s->state) {
	case STATE_TEXT:
		if (c == '<') {
			s->state = STATE_OPENING;
			s->opening[0] = c;
			s->opening_n = 1;
		}
		return OK;
	case STATE_OPENING:
		return on_opening(s, c);
	case STATE_TAG:
	case STATE_QUOTED:
		return on_tag(s, c);
	default:
		return on_construct(s, c);
	}
}

/* From p on to where a tag, or a value in it, means something to on_tag(). */
static const uint8_t *
scan_tag(struct xml_scan *s, const uint8_t *p, const uint8_t *end)
{
	static const bool means[256] = {
		['"'] = true, ['\''] = true, ['>'] = true, ['='] = true
	};
	const uint8_t *from = p;
	uint8_t quote = s->state == STATE_QUOTED ? s->quote : 0;

	/* on_tag() itself sees the byte that is one too many */
	if ((size_t)(end - p) > XML_TAG_BYTES_MAX - s->tag_bytes)
		end = p + (XML_TAG_BYTES_MAX - s->tag_bytes);
	for (; p < end; p++) {
		if (quote != 0)
			quote = *p == quote ? 0 : quote;
		else if (!means[*p])
			continue;
		else if (*p == '"' || *p == '\'')
			quote = *p;
		else if (*p == '>' || ++s->equals > XML_TAG_EQUALS_MAX)
			break;
	}
	s->equals -= s->equals > XML_TAG_EQUALS_MAX;	/* on_tag() counts */
	s->state = quote != 0 ? STATE_QUOTED : STATE_TAG;
	s->quote = quote;
	s->tag_bytes += (size_t)(p - from);
	return p;
}

static enum err
scan(struct xml_scan *s, struct span bytes)
{
	const uint8_t *p = bytes.ptr, *end = p + bytes.len;
	enum err err;

	while (p < end) {
		if (s->state == STATE_TEXT) {
			p = memchr(p, '<', (size_t)(end - p));
			if (p == NULL)
				break;
		} else if (s->state == STATE_TAG ||
		    s->state == STATE_QUOTED) {
			p = scan_tag(s, p, end);
			if (p == end)
				break;
		}
		if ((err = scan_byte(s, *p++)) != OK)
			return err;
	}
	return filter_write(s->filter.next, bytes);
}

/* encoding="..." must be what the bytes are. */
static bool
encoding_fits(const struct xml_scan *s)
{
	struct span all = { s->declaration, s->declaration_n }, value, rest;
	size_t at = span_find(all, SPAN("encoding"));

	if (at == all.len)
		return true;
	rest = span_trim(span_sub(all, at + 8, all.len));
	if (rest.len == 0 || rest.ptr[0] != '=')
		return false;
	rest = span_trim(span_sub(rest, 1, rest.len));
	if (rest.len == 0 || (rest.ptr[0] != '"' && rest.ptr[0] != '\''))
		return false;
	at = span_find_byte(span_sub(rest, 1, rest.len), rest.ptr[0]);
	value = span_sub(rest, 1, at);
	if (s->utf16)
		return span_equal_nocase(value, SPAN("utf-16")) ||
		    span_equal_nocase(value, SPAN("utf-16le")) ||
		    span_equal_nocase(value, SPAN("utf-16be"));
	return span_equal_nocase(value, SPAN("utf-8")) ||
	    span_equal_nocase(value, SPAN("utf8")) ||
	    span_equal_nocase(value, SPAN("us-ascii"));
}

/*
 * The XML declaration is taken off: the parser is told nothing about the
 * encoding, so it cannot be talked into another one.
 */
static enum err
declaration_byte(struct xml_scan *s, uint8_t c)
{
	static const char begin[] = "<?xml";
	size_t n = s->declaration_n;

	if (n == sizeof(s->declaration))
		return refuse(s, ERR_INPUT, "XML declaration too long");
	s->declaration[s->declaration_n++] = c;
	if ((n < 5 && c != begin[n]) ||
	    (n == 5 && c != ' ' && c != '\t' && c != '\r' && c != '\n')) {
		s->declared = true;
		return scan(s, (struct span){ s->declaration, n + 1 });
	}
	if (n > 5 && c == '>' && s->declaration[n - 1] == '?') {
		s->declared = true;
		if (!encoding_fits(s))
			return refuse(s, ERR_INPUT,
			    "encoding is not UTF-8 or UTF-16");
	}
	return OK;
}

static enum err
put_utf8(struct xml_scan *s, struct span bytes)
{
	enum err err;

	while (!s->declared && bytes.len > 0) {
		if ((err = declaration_byte(s, bytes.ptr[0])) != OK)
			return err;
		bytes = span_sub(bytes, 1, bytes.len);
	}
	return bytes.len > 0 ? scan(s, bytes) : OK;
}

static enum err
flush(struct xml_scan *s)
{
	struct span bytes = { s->out, s->out_n };

	s->out_n = 0;
	return bytes.len > 0 ? put_utf8(s, bytes) : OK;
}

static enum err
put_unit(struct xml_scan *s, uint16_t unit)
{
	uint32_t c = unit;
	enum err err;

	if (s->high != 0) {
		if (unit < 0xdc00 || unit > 0xdfff)
			return refuse(s, ERR_INPUT, "bad UTF-16");
		c = 0x10000 + (((uint32_t)s->high - 0xd800) << 10) +
		    ((uint32_t)unit - 0xdc00);
		s->high = 0;
	} else if (unit >= 0xd800 && unit <= 0xdbff) {
		s->high = unit;
		return OK;
	} else if (unit >= 0xdc00 && unit <= 0xdfff)
		return refuse(s, ERR_INPUT, "bad UTF-16");
	if (s->out_n + 4 > sizeof(s->out) && (err = flush(s)) != OK)
		return err;
	s->out_n += utf8_encode(c, s->out + s->out_n);
	return OK;
}

static enum err
put_utf16(struct xml_scan *s, struct span bytes)
{
	enum err err;

	for (size_t i = 0; i < bytes.len; i++) {
		uint8_t c = bytes.ptr[i];

		if (!s->have_half) {
			s->half = c;
			s->have_half = true;
			continue;
		}
		s->have_half = false;
		err = put_unit(s, (uint16_t)(s->big ?
		    s->half << 8 | c : c << 8 | s->half));
		if (err != OK)
			return err;
	}
	return flush(s);
}

static enum err
put(struct xml_scan *s, struct span bytes)
{
	return s->utf16 ? put_utf16(s, bytes) : put_utf8(s, bytes);
}

/* From the first bytes: which encoding, and the BOM is gone. */
static enum err
start(struct xml_scan *s)
{
	struct span first = { s->bom, s->bom_n };
	size_t bom = 0;

	s->started = true;
	if (span_begins(first, SPAN("\xef\xbb\xbf")))
		bom = 3;
	else if (span_begins(first, SPAN("\xff\xfe")) ||
	    span_begins(first, SPAN("\xfe\xff"))) {
		s->utf16 = true;
		s->big = s->bom[0] == 0xfe;
		bom = 2;
	}
	return put(s, span_sub(first, bom, first.len));
}

static enum err
on_write(struct filter *f, struct span bytes)
{
	struct xml_scan *s = (struct xml_scan *)f;
	enum err err;

	while (!s->started && bytes.len > 0) {
		s->bom[s->bom_n++] = bytes.ptr[0];
		bytes = span_sub(bytes, 1, bytes.len);
		if (s->bom_n == sizeof(s->bom) && (err = start(s)) != OK)
			return err;
	}
	return bytes.len > 0 ? put(s, bytes) : OK;
}

static enum err
on_end(struct filter *f)
{
	struct xml_scan *s = (struct xml_scan *)f;
	enum err err;

	if (!s->started && (err = start(s)) != OK)
		return err;
	if (!s->declared || s->have_half || s->high != 0 ||
	    s->state != STATE_TEXT)
		return refuse(s, ERR_INPUT, "XML is cut off");
	return filter_end(s->filter.next);
}

void
xml_scan_init(struct xml_scan *s, struct filter *next)
{
	memset(s, 0, offsetof(struct xml_scan, out));
	s->filter.write = on_write;
	s->filter.end = on_end;
	s->filter.next = next;
}
