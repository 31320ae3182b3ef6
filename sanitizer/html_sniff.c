/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The charset that a page says it is in, before anything is decoded: the
 * prescan of WHATWG 13.2.3.2 on the first bytes. Whether the label is known,
 * and what to do without one, is charset.c.
 */
#include "html_text.h"
#include "html_token.h"

#define SNIFF_BYTES_MAX	4096

static bool
is_label_byte(uint8_t c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' ||
	    c == '_' || c == ':' || c == '.' || c == '+';
}

/* A label at the start of s, in quotes or not. */
static bool
label_at(struct span s, struct span *label)
{
	size_t n = 0;

	s = span_trim(s);
	if (s.len > 0 && (s.ptr[0] == '"' || s.ptr[0] == '\''))
		s = span_trim(span_sub(s, 1, s.len));
	while (n < s.len && is_label_byte(s.ptr[n]))
		n++;
	*label = span_sub(s, 0, n);
	return n > 0;
}

/* "text/html; charset=..." */
static bool
label_in_content(struct span s, struct span *label)
{
	size_t at;

	for (;;) {
		at = span_find_nocase(s, SPAN("charset"));
		if (at == s.len)
			return false;
		s = span_trim(span_sub(s, at + 7, s.len));
		if (s.len > 0 && s.ptr[0] == '=')
			return label_at(span_sub(s, 1, s.len), label);
	}
}

static bool
label_of_meta(const struct html_token *token, struct span *label)
{
	if (html_has(token, ATTR_CHARSET))
		return label_at(token->attr[ATTR_CHARSET], label);
	return html_has(token, ATTR_HTTP_EQUIV) &&
	    html_has(token, ATTR_CONTENT) &&
	    span_equal_nocase(span_trim(token->attr[ATTR_HTTP_EQUIV]),
	    SPAN("content-type")) &&
	    label_in_content(token->attr[ATTR_CONTENT], label);
}

static bool
label_of_xml(struct span s, struct span *label)
{
	struct span head;
	size_t at;

	if (!span_begins_nocase(s, SPAN("<?xml")))
		return false;
	span_cut(&s, '>', &head);
	at = span_find_nocase(head, SPAN("encoding"));
	head = span_trim(span_sub(head, at + 8, head.len));
	return head.len > 0 && head.ptr[0] == '=' &&
	    label_at(span_sub(head, 1, head.len), label);
}

bool
html_sniff_charset(struct span bytes, struct span *label)
{
	struct html_tokenizer tokenizer;
	struct html_token token;
	struct span xml = { NULL, 0 };

	*label = (struct span){ NULL, 0 };
	if (span_begins(bytes, SPAN("\xef\xbb\xbf")))
		*label = SPAN("utf-8");
	else if (span_begins(bytes, SPAN("\xfe\xff")))
		*label = SPAN("utf-16be");
	else if (span_begins(bytes, SPAN("\xff\xfe\0\0")))
		*label = SPAN("utf-32le");
	else if (span_begins(bytes, SPAN("\xff\xfe")))
		*label = SPAN("utf-16le");
	if (label->len > 0)
		return true;
	bytes = span_sub(bytes, 0, SNIFF_BYTES_MAX);
	html_tokenizer_init(&tokenizer, bytes);
	for (;;) {
		html_token_next(&tokenizer, &token);
		if (token.kind == TOKEN_END)
			break;
		if (token.kind == TOKEN_OPEN && token.tag == TAG_META &&
		    label_of_meta(&token, label))
			return true;
	}
	if (!label_of_xml(span_trim(bytes), &xml))
		return false;
	*label = xml;
	return true;
}
