/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * XML in one form: no choice of quotes, blanks or escapes is left, so that
 * the same content is always the same bytes.
 */
#include "xml_write.h"

#include <string.h>

static enum err
close_tag(struct xml_write *w)
{
	if (!w->open)
		return OK;
	w->open = false;
	return buf_add_byte(w->out, '>');
}

static enum err
put_name(struct xml_write *w, enum xml_ns ns, const char *name)
{
	const char *prefix = xml_ns_prefix(ns);
	size_t prefix_len = strlen(prefix), len = strlen(name);
	uint8_t *room;
	enum err err;

	if ((err = buf_reserve(w->out, prefix_len + len + 1, &room)) != OK)
		return err;
	memcpy(room, prefix, prefix_len);
	if (prefix_len > 0)
		room[prefix_len++] = ':';
	memcpy(room + prefix_len, name, len);
	w->out->len += prefix_len + len;
	return OK;
}

/* NULL: the byte stands for itself. */
static const char *
escape(uint8_t c, bool value)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\r':
		return "&#13;";
	case '"':
		return value ? "&quot;" : NULL;
	case '\t':
		return value ? "&#9;" : NULL;
	case '\n':
		return value ? "&#10;" : NULL;
	}
	return NULL;
}

static enum err
put_escaped(struct xml_write *w, struct span text, bool value)
{
	const char *reference;
	size_t from = 0;
	enum err err;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] > '>' ||
		    (reference = escape(text.ptr[i], value)) == NULL)
			continue;
		if ((err = buf_add(w->out, span_sub(text, from,
		    i - from))) != OK ||
		    (err = buf_add_str(w->out, reference)) != OK)
			return err;
		from = i + 1;
	}
	return buf_add(w->out, span_sub(text, from, text.len));
}

/* Values in which people write more than one line, or Excel formulas. */
static bool
has_lines(enum xml_ns ns, const char *name)
{
	static const char *const names[] = { "alt", "caption", "comment",
	    "descr", "display", "error", "errorTitle", "formula", "name",
	    "prompt", "promptTitle", "string", "text", "textlink", "title",
	    "tooltip", "totalsRowLabel", "v", "val" };

	if (ns == XML_NS_W)
		return strcmp(name, "tooltip") == 0 ||
		    strcmp(name, "displayText") == 0;
	if (ns == XML_NS_O)
		return strcmp(name, "title") == 0;
	for (size_t i = 0; ns == XML_NS_NONE &&
	    i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* How many bytes of a control character stand at i: C0, DEL, C1. */
static size_t
control_bytes(struct span text, size_t i)
{
	uint8_t c = text.ptr[i];

	if (c == 0xc2 && i + 1 < text.len && text.ptr[i + 1] < 0xa0)
		return 2;
	return c < 0x20 || c == 0x7f;
}

/* A value is one line: control characters become blanks. */
static enum err
put_value(struct xml_write *w, enum xml_ns ns, const char *name,
    struct span text)
{
	size_t from = 0, n;
	enum err err;

	for (size_t i = 0; i < text.len; i++) {
		if ((n = control_bytes(text, i)) == 0 ||
		    ((text.ptr[i] == '\n' || text.ptr[i] == '\t') &&
		    has_lines(ns, name)))
			continue;
		if ((err = put_escaped(w, span_sub(text, from, i - from),
		    true)) != OK || (err = buf_add_byte(w->out, ' ')) != OK)
			return err;
		from = i + n;
		i = from - 1;
	}
	return put_escaped(w, span_sub(text, from, text.len), true);
}

enum err
xml_write_declaration(struct xml_write *w, struct buf *out)
{
	w->out = out;
	w->open = false;
	return buf_add(out, SPAN("<?xml version=\"1.0\" encoding=\"UTF-8\" "
	    "standalone=\"yes\"?>\n"));
}

enum err
xml_write_begin(struct xml_write *w, enum xml_ns ns, const char *name)
{
	enum err err;

	if ((err = close_tag(w)) == OK &&
	    (err = buf_add_byte(w->out, '<')) == OK)
		err = put_name(w, ns, name);
	w->open = true;
	return err;
}

enum err
xml_write_namespace(struct xml_write *w, enum xml_ns ns)
{
	const char *prefix = xml_ns_prefix(ns);

	require(w->open);
	return buf_printf(w->out, " xmlns%s%s=\"%s\"",
	    prefix[0] != '\0' ? ":" : "", prefix, xml_ns_uri(ns));
}

enum err
xml_write_attribute(struct xml_write *w, enum xml_ns ns, const char *name,
    struct span value)
{
	enum err err;

	require(w->open);
	if ((err = buf_add_byte(w->out, ' ')) == OK &&
	    (err = put_name(w, ns, name)) == OK &&
	    (err = buf_add(w->out, SPAN("=\""))) == OK &&
	    (err = put_value(w, ns, name, value)) == OK)
		err = buf_add_byte(w->out, '"');
	return err;
}

enum err
xml_write_text(struct xml_write *w, struct span text)
{
	enum err err;

	if (text.len == 0)
		return OK;
	if ((err = close_tag(w)) == OK)
		err = put_escaped(w, text, false);
	return err;
}

enum err
xml_write_end(struct xml_write *w, enum xml_ns ns, const char *name)
{
	enum err err;

	if (w->open) {
		w->open = false;
		return buf_add(w->out, SPAN("/>"));
	}
	if ((err = buf_add(w->out, SPAN("</"))) == OK &&
	    (err = put_name(w, ns, name)) == OK)
		err = buf_add_byte(w->out, '>');
	return err;
}

enum err
xml_write_element(struct xml_write *w, enum xml_ns ns, const char *name,
    struct span text)
{
	enum err err;

	if ((err = xml_write_begin(w, ns, name)) == OK &&
	    (err = xml_write_text(w, text)) == OK)
		err = xml_write_end(w, ns, name);
	return err;
}

enum err
xml_write_again(struct xml_write *w, struct span xml)
{
	enum err err = close_tag(w);

	return err == OK ? buf_add(w->out, xml) : err;
}

struct xml_mark
xml_write_mark(const struct xml_write *w)
{
	return (struct xml_mark){ w->out->len, w->open };
}

void
xml_write_back(struct xml_write *w, struct xml_mark mark)
{
	buf_truncate(w->out, mark.len);
	w->open = mark.open;
}
