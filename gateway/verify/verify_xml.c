/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tokenizer: text is judged byte by byte, a tag is collected up to its
 * ">" (which stands nowhere else in our form) and then taken apart.
 */
#include "verify_xml.h"

#include <string.h>

static const char declaration[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

enum { DECLARATION = 0, TEXT, TAG, DONE };

void
xml_init(struct xml *x, const struct xml_reader *reader, void *arg)
{
	x->reader = reader;
	x->arg = arg;
	x->state = DECLARATION;
	x->depth = 0;
	x->filled = false;
	x->utf8_left = 0;
	x->reference_len = 0;
	x->tag_len = 0;
}

static enum err
no(struct diag *diag, const char *why)
{
	return diag_set(diag, ERR_INPUT, "XML: %s", why);
}

/* ---- characters ---- */

/* XML 1.0 section 2.2; the rest of our rules is where they stand. */
static bool
is_char(uint32_t c)
{
	return c == 0x9 || c == 0xa || (c >= 0x20 && c <= 0xd7ff) ||
	    (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}

/* The next byte of UTF-8: false when it cannot be. */
static bool
take_utf8(struct xml *x, uint8_t byte)
{
	if (x->utf8_left > 0) {
		if ((byte & 0xc0) != 0x80)
			return false;
		x->utf8 = x->utf8 << 6 | (byte & 0x3fu);
		return --x->utf8_left > 0 || (x->utf8 >= x->utf8_min &&
		    is_char(x->utf8));
	}
	if (byte < 0x80)
		return is_char(byte);
	if (byte >= 0xc2 && byte <= 0xdf) {
		x->utf8_left = 1;
		x->utf8 = byte & 0x1fu;
		x->utf8_min = 0x80;
	} else if (byte >= 0xe0 && byte <= 0xef) {
		x->utf8_left = 2;
		x->utf8 = byte & 0x0fu;
		x->utf8_min = 0x800;
	} else if (byte >= 0xf0 && byte <= 0xf4) {
		x->utf8_left = 3;
		x->utf8 = byte & 0x07u;
		x->utf8_min = 0x10000;
	} else {
		return false;
	}
	return true;
}

static const struct {
	const char	*text;
	char		 is;
	bool		 value_only;
} references[] = {
	{ "&amp;", '&', false }, { "&lt;", '<', false },
	{ "&gt;", '>', false }, { "&#13;", '\r', false },
	{ "&quot;", '"', true }, { "&#9;", '\t', true },
	{ "&#10;", '\n', true },
};

/* A byte of a reference; false: it is none of ours. */
static bool
take_reference(struct xml *x, uint8_t byte, bool value)
{
	if (x->reference_len == sizeof(x->reference) - 1)
		return false;
	x->reference[x->reference_len++] = (char)byte;
	if (byte != ';')
		return true;
	for (size_t i = 0; i < sizeof(references) / sizeof(references[0]);
	    i++)
		if (strlen(references[i].text) == x->reference_len &&
		    memcmp(references[i].text, x->reference,
		    x->reference_len) == 0) {
			x->reference_len = 0;
			return value || !references[i].value_only;
		}
	return false;
}

/* A byte of text or of a value. */
static bool
take_byte(struct xml *x, uint8_t byte, bool value)
{
	if (x->reference_len > 0 || byte == '&')
		return x->utf8_left == 0 && take_reference(x, byte, value);
	if (byte == '<' || byte == '>' || byte == '\r' || (value &&
	    (byte == '"' || byte == '\t' || byte == '\n')))
		return false;
	return take_utf8(x, byte);
}

size_t
xml_plain(struct span s, uint8_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		struct span rest = span_sub(s, i, s.len - i);

		out[n++] = s.ptr[i];
		if (s.ptr[i] != '&')
			continue;
		for (size_t r = 0; r < sizeof(references) /
		    sizeof(references[0]); r++) {
			struct span text = span_str(references[r].text);

			if (!span_begins(rest, text))
				continue;
			out[n - 1] = (uint8_t)references[r].is;
			i += text.len - 1;
			break;
		}
	}
	return n;
}

/* ---- tags ---- */

static bool
is_name(struct span name)
{
	bool colon = false;

	if (name.len == 0 || name.len > VERIFY_XML_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i];

		if (c == ':') {
			if (colon || i == 0 || i + 1 == name.len)
				return false;
			colon = true;
		} else if (!((c >= 'a' && c <= 'z') || (c >= 'A' &&
		    c <= 'Z') || c == '_' || (i > 0 && ((c >= '0' &&
		    c <= '9') || c == '-' || c == '.')))) {
			return false;
		}
	}
	return true;
}

static enum err
close_element(struct xml *x, struct span name, struct diag *diag)
{
	x->depth--;
	x->filled = true;
	x->state = x->depth == 0 ? DONE : TEXT;
	return x->reader->end(x->arg, name, diag);
}

/* </name> */
static enum err
end_tag(struct xml *x, struct span name, struct diag *diag)
{
	if (x->depth == 0 || name.len != x->name_len[x->depth - 1] ||
	    memcmp(name.ptr, x->names[x->depth - 1], name.len) != 0)
		return no(diag, "an end tag that ends nothing");
	if (!x->filled)
		return no(diag, "an empty element in two tags");
	return close_element(x, name, diag);
}

/* name="value", at *at behind its blank. */
static bool
read_attr(struct xml *x, struct span tag, size_t *at, struct xml_attr *attr)
{
	size_t start = *at, i = *at;

	while (i < tag.len && tag.ptr[i] != '=')
		i++;
	attr->name = span_sub(tag, start, i - start);
	if (!is_name(attr->name) || i + 1 >= tag.len ||
	    tag.ptr[i + 1] != '"')
		return false;
	i += 2;
	start = i;
	while (i < tag.len && tag.ptr[i] != '"')
		if (!take_byte(x, tag.ptr[i++], true))
			return false;
	attr->value = span_sub(tag, start, i - start);
	*at = i + 1;
	return i < tag.len && x->reference_len == 0 && x->utf8_left == 0;
}

/* <name attr="..." .../> ; tag is what stands between < and >. */
static enum err
start_tag(struct xml *x, struct span tag, struct diag *diag)
{
	static struct xml_attr attrs[VERIFY_XML_ATTRIBUTES_MAX];
	bool empty = tag.len > 0 && tag.ptr[tag.len - 1] == '/';
	size_t at = 0, n = 0;
	struct span name;
	enum err err;

	tag.len -= empty;
	while (at < tag.len && tag.ptr[at] != ' ')
		at++;
	name = span_sub(tag, 0, at);
	if (!is_name(name))
		return no(diag, "a tag that is none");
	while (at < tag.len) {
		if (n == VERIFY_XML_ATTRIBUTES_MAX || tag.ptr[at++] != ' ' ||
		    !read_attr(x, tag, &at, &attrs[n]))
			return no(diag, "an attribute that is none");
		for (size_t i = 0; i < n; i++)
			if (span_equal(attrs[i].name, attrs[n].name))
				return no(diag, "an attribute twice");
		n++;
	}
	if (x->depth == VERIFY_XML_DEPTH_MAX)
		return no(diag, "nested too deep");
	memcpy(x->names[x->depth], name.ptr, name.len);
	x->name_len[x->depth++] = (uint8_t)name.len;
	x->filled = false;
	x->state = TEXT;
	err = x->reader->start(x->arg, name, attrs, n, diag);
	return err == OK && empty ? close_element(x, name, diag) : err;
}

static enum err
tag(struct xml *x, struct diag *diag)
{
	struct span whole = { x->tag, x->tag_len };

	x->tag_len = 0;
	if (whole.len > 0 && whole.ptr[0] == '/')
		return end_tag(x, span_sub(whole, 1, whole.len - 1), diag);
	return start_tag(x, whole, diag);
}

/* ---- the stream ---- */

static enum err
take_declaration(struct xml *x, struct span *in, struct diag *diag)
{
	while (in->len > 0 && x->tag_len < sizeof(declaration) - 1) {
		if (in->ptr[0] != (uint8_t)declaration[x->tag_len++])
			return no(diag, "another declaration");
		*in = span_sub(*in, 1, in->len - 1);
	}
	if (x->tag_len == sizeof(declaration) - 1) {
		x->tag_len = 0;
		x->state = TEXT;
	}
	return OK;
}

static enum err
take_text(struct xml *x, struct span *in, struct diag *diag)
{
	size_t n = 0;
	enum err err = OK;

	while (n < in->len && in->ptr[n] != '<')
		if (!take_byte(x, in->ptr[n++], false))
			return no(diag, "a character that is not to be");
	if (n > 0) {
		if (x->depth == 0)
			return no(diag, "text outside of all elements");
		x->filled = true;
		err = x->reader->text(x->arg, span_sub(*in, 0, n), diag);
	}
	*in = span_sub(*in, n, in->len - n);
	if (in->len == 0 || err != OK)
		return err;
	if (x->reference_len > 0 || x->utf8_left > 0)
		return no(diag, "half a character");
	x->state = TAG;
	*in = span_sub(*in, 1, in->len - 1);
	return OK;
}

static enum err
take_tag(struct xml *x, struct span *in, struct diag *diag)
{
	while (in->len > 0) {
		uint8_t byte = in->ptr[0];

		*in = span_sub(*in, 1, in->len - 1);
		if (byte == '>')
			return tag(x, diag);
		if (x->tag_len == sizeof(x->tag))
			return no(diag, "a tag that is too long");
		x->tag[x->tag_len++] = byte;
	}
	return OK;
}

enum err
xml_write(struct xml *x, struct span in, struct diag *diag)
{
	enum err err = OK;

	while (in.len > 0 && err == OK) {
		switch (x->state) {
		case DECLARATION:
			err = take_declaration(x, &in, diag);
			break;
		case TEXT:
			err = take_text(x, &in, diag);
			break;
		case TAG:
			err = take_tag(x, &in, diag);
			break;
		default:
			return no(diag, "bytes behind the end");
		}
	}
	return err;
}

enum err
xml_end(const struct xml *x, struct diag *diag)
{
	return x->state == DONE ? OK : no(diag, "it has no end");
}
