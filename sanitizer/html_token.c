/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tokenizer of HTML: the states of WHATWG 13.2.5 that matter for a text (data,
 * tag, attributes, raw text with the escapes of scripts, comment, bogus
 * comment, CDATA). Each call moves on, none looks at a byte twice but for a
 * bounded look-ahead. What elements mean is html_text.c.
 */
#include <string.h>

#include "html_token.h"

#define NAME_BYTES_MAX	11	/* longest in the tables: 10 */

struct name {
	char		text[NAME_BYTES_MAX + 1];
	uint8_t		flags;
};

static const struct name tags[TAG_N] = {
	{ "", 0 },
#define X(id, name, flags) { name, flags },
	HTML_TAGS(X)
#undef X
};

static const struct name attributes[ATTR_N] = {
#define X(id, name) { name, 0 },
	HTML_ATTRIBUTES(X)
#undef X
};

/* Index of name in names[first..n), sorted; n if absent. */
static size_t
name_find(const struct name *names, size_t first, size_t n, struct span name)
{
	char folded[NAME_BYTES_MAX + 1] = { 0 };
	size_t low = first, high = n;

	if (name.len > NAME_BYTES_MAX)
		return n;
	for (size_t i = 0; i < name.len; i++)
		folded[i] = (char)ascii_lower(name.ptr[i]);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = memcmp(names[mid].text, folded, sizeof(folded));

		if (order == 0)
			return mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return n;
}

enum html_tag
html_tag_find(struct span name)
{
	size_t i = name_find(tags, 1, TAG_N, name);

	return i == TAG_N ? TAG_OTHER : (enum html_tag)i;
}

unsigned
html_tag_flags(enum html_tag tag)
{
	return tags[tag].flags;
}

void
html_tokenizer_init(struct html_tokenizer *t, struct span html)
{
	memset(t, 0, sizeof(*t));
	t->html = html;
}

static size_t
find_from(struct span s, size_t at, uint8_t c)
{
	return at + span_find_byte(span_sub(s, at, s.len), c);
}

static bool
at_is(struct span s, size_t at, uint8_t c)
{
	return at < s.len && s.ptr[at] == c;
}

/* 13.2.5.43 to 52: ends at -->, --!>, or at once for <!--> and <!--->. */
static void
comment(struct html_tokenizer *t, struct html_token *token)
{
	struct span s = t->html;
	size_t start = t->at + 4, at = start;

	token->kind = TOKEN_COMMENT;
	if (at_is(s, at, '>') || (at_is(s, at, '-') && at_is(s, at + 1, '>'))) {
		t->at = at_is(s, at, '>') ? at + 1 : at + 2;
		return;
	}
	for (;;) {
		at = find_from(s, at, '-');
		if (at + 1 >= s.len) {
			token->text = span_sub(s, start, s.len);
			t->at = s.len;
			return;
		}
		if (s.ptr[at + 1] != '-') {
			at++;
			continue;
		}
		if (at_is(s, at + 2, '>') ||
		    (at_is(s, at + 2, '!') && at_is(s, at + 3, '>'))) {
			token->text = span_sub(s, start, at - start);
			t->at = s.ptr[at + 2] == '>' ? at + 3 : at + 4;
			return;
		}
		at++;
	}
}

/* 13.2.5.41: <!..., <?... and </ before no letter go up to the next >. */
static void
bogus_comment(struct html_tokenizer *t, struct html_token *token)
{
	size_t end = find_from(t->html, t->at, '>');

	token->kind = TOKEN_COMMENT;
	token->text = span_sub(t->html, t->at + 2,
	    end > t->at + 2 ? end - t->at - 2 : 0);
	t->at = end == t->html.len ? end : end + 1;
}

/* 13.2.5.69: text up to ]]>, in foreign content only. */
static void
cdata(struct html_tokenizer *t, struct html_token *token)
{
	struct span rest = span_sub(t->html, t->at + 9, t->html.len);
	size_t len = span_find(rest, SPAN("]]>"));

	token->kind = TOKEN_RAW;
	token->text = span_sub(rest, 0, len);
	t->at += 9 + (len == rest.len ? len : len + 3);
}

/* Is an end tag of the open raw text element at this '<'? */
static bool
raw_ends(const struct html_tokenizer *t, size_t at, struct span name)
{
	struct span s = span_sub(t->html, at, t->html.len);

	if (s.len < name.len + 3 || s.ptr[1] != '/' ||
	    !span_begins_nocase(span_sub(s, 2, s.len), name))
		return false;
	return html_is_blank(s.ptr[name.len + 2]) ||
	    s.ptr[name.len + 2] == '/' || s.ptr[name.len + 2] == '>';
}

/* Behind <script or </script there must be a blank, / or >. */
static bool
is_script_word(struct span s, struct span word)
{
	return span_begins_nocase(s, word) && s.len > word.len &&
	    (html_is_blank(s.ptr[word.len]) || s.ptr[word.len] == '/' ||
	    s.ptr[word.len] == '>');
}

/*
 * 13.2.5.15 to 31: inside <!-- of a script a second <script hides the next
 * </script. --> ends both states.
 */
static size_t
script_end(const struct html_tokenizer *t)
{
	struct span s = t->html, rest;
	bool escaped = false, twice = false;
	size_t at = t->at;

	for (; at < s.len; at++) {
		uint8_t c = s.ptr[at];

		if (!escaped && c != '<') {
			at = find_from(s, at, '<');
			if (at == s.len)
				break;
		} else if (c != '<' && c != '-')
			continue;
		rest = span_sub(s, at, s.len);
		if (span_begins(rest, SPAN("-->"))) {
			escaped = twice = false;
		} else if (!escaped && span_begins(rest, SPAN("<!--"))) {
			/* <!--> and <!---> are whole: see the dashes again */
			escaped = true;
			at++;
		} else if (is_script_word(rest, SPAN("</script"))) {
			if (!twice)
				return at;
			twice = false;
		} else if (escaped && is_script_word(rest, SPAN("<script")))
			twice = true;
	}
	return s.len;
}

static void
raw_text(struct html_tokenizer *t, struct html_token *token)
{
	struct span name = span_str(tags[t->raw].text);
	size_t at = t->at;

	if (t->raw == TAG_SCRIPT)
		at = script_end(t);
	else {
		at = find_from(t->html, at, '<');
		while (at < t->html.len && !raw_ends(t, at, name))
			at = find_from(t->html, at + 1, '<');
	}
	token->kind = TOKEN_RAW;
	token->tag = t->raw;
	token->text = span_sub(t->html, t->at, at - t->at);
	t->at = at;
	t->raw = TAG_OTHER;
}

static void
keep_attribute(struct html_token *token, struct span name, struct span value)
{
	size_t i;

	if (name.len > 2 && ascii_lower(name.ptr[0]) == 'o' &&
	    ascii_lower(name.ptr[1]) == 'n')
		token->handlers++;
	i = name_find(attributes, 0, ATTR_N, name);
	/* 13.2.5.33: of two with one name the first counts */
	if (i == ATTR_N || html_has(token, (enum html_attribute)i))
		return;
	token->set |= UINT32_C(1) << i;
	token->attr[i] = value;
}

/* 13.2.5.34 to 39; *at is behind the name. Returns the value. */
static struct span
attribute_value(struct span s, size_t *at)
{
	struct span value = { NULL, 0 };
	size_t i = *at, start;
	uint8_t quote;

	while (i < s.len && html_is_blank(s.ptr[i]))
		i++;
	if (!at_is(s, i, '='))
		return value;
	for (i++; i < s.len && html_is_blank(s.ptr[i]); i++)
		;
	if (at_is(s, i, '"') || at_is(s, i, '\'')) {
		quote = s.ptr[i];
		start = i + 1;
		i = find_from(s, start, quote);
		value = span_sub(s, start, i - start);
		*at = i == s.len ? i : i + 1;
		return value;
	}
	for (start = i; i < s.len && !html_is_blank(s.ptr[i]) &&
	    s.ptr[i] != '>'; i++)
		;
	*at = i;
	return span_sub(s, start, i - start);
}

/* 13.2.5.32, 33, 40. Returns false at the end of the input: no tag. */
static bool
read_attributes(struct html_tokenizer *t, struct html_token *token, size_t at)
{
	struct span s = t->html, name, value;
	size_t start;

	for (;;) {
		while (at < s.len && (html_is_blank(s.ptr[at]) ||
		    s.ptr[at] == '/')) {
			token->self_closing = s.ptr[at] == '/' &&
			    at_is(s, at + 1, '>');
			at++;
		}
		if (at >= s.len)
			return false;
		if (s.ptr[at] == '>') {
			t->at = at + 1;
			return true;
		}
		/* a = in the first place belongs to the name */
		for (start = at++; at < s.len && !html_is_blank(s.ptr[at]) &&
		    s.ptr[at] != '/' && s.ptr[at] != '>' &&
		    s.ptr[at] != '='; at++)
			;
		name = span_sub(s, start, at - start);
		value = attribute_value(s, &at);
		keep_attribute(token, name, value);
	}
}

static void
tag(struct html_tokenizer *t, struct html_token *token, size_t at)
{
	struct span s = t->html;
	size_t start = at;

	while (at < s.len && !html_is_blank(s.ptr[at]) && s.ptr[at] != '/' &&
	    s.ptr[at] != '>')
		at++;
	token->name = span_sub(s, start, at - start);
	token->tag = html_tag_find(token->name);
	if (at_is(s, at, '>')) {
		t->at = at + 1;
	} else if (!read_attributes(t, token, at)) {
		/* 13.2.5.8 and on: the end of the input inside a tag */
		token->kind = TOKEN_END;
		t->at = s.len;
		return;
	}
	if (token->kind != TOKEN_OPEN || t->foreign)
		return;
	if ((tags[token->tag].flags & HTML_TAG_R) != 0)
		t->raw = token->tag;
	else if (token->tag == TAG_PLAINTEXT)
		t->plaintext = true;
}

/* A '<' that opens nothing is text. */
static bool
markup(struct html_tokenizer *t, struct html_token *token)
{
	struct span s = t->html;
	uint8_t c = t->at + 1 < s.len ? s.ptr[t->at + 1] : 0;

	if (ascii_is_alpha(c)) {
		token->kind = TOKEN_OPEN;
		tag(t, token, t->at + 1);
	} else if (c == '/') {
		c = t->at + 2 < s.len ? s.ptr[t->at + 2] : 0;
		if (c == 0)
			return false;
		token->kind = TOKEN_CLOSE;
		if (ascii_is_alpha(c))
			tag(t, token, t->at + 2);
		else
			bogus_comment(t, token);
	} else if (c == '!' && at_is(s, t->at + 2, '-') &&
	    at_is(s, t->at + 3, '-')) {
		comment(t, token);
	} else if (t->foreign && span_begins(span_sub(s, t->at, 9),
	    SPAN("<![CDATA["))) {
		cdata(t, token);
	} else if (c == '!' || c == '?') {
		bogus_comment(t, token);
	} else
		return false;
	return true;
}

void
html_token_next(struct html_tokenizer *t, struct html_token *token)
{
	size_t end;

	/* attr[] is read where set says so: no need to clear it */
	token->kind = TOKEN_END;
	token->tag = TAG_OTHER;
	token->self_closing = false;
	token->handlers = 0;
	token->set = 0;
	token->text = token->name = (struct span){ NULL, 0 };
	if (t->at >= t->html.len)
		return;
	if (t->raw != TAG_OTHER) {
		raw_text(t, token);
		if (token->text.len > 0 || t->at >= t->html.len)
			return;
		token->kind = TOKEN_END;
		token->tag = TAG_OTHER;
	}
	if (!t->plaintext && t->html.ptr[t->at] == '<' && markup(t, token))
		return;
	end = t->plaintext ? t->html.len :
	    find_from(t->html, t->at + 1, '<');
	token->kind = TOKEN_TEXT;
	token->text = span_sub(t->html, t->at, end - t->at);
	t->at = end;
}
