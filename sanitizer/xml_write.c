/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * XML in one form: no choice of quotes, blanks or escapes is left, so that
 * the same content is always the same bytes.
 */
#include "xml_write.h"

#include <string.h>

/* A name with its prefix. Every tag goes through here: lengths once. */
struct name {
	const char	*prefix, *local;
	size_t		 prefix_len, local_len;
};

static struct name
name_of(enum xml_ns ns, const char *local)
{
	const char *prefix = xml_ns_prefix(ns);

	return (struct name){ prefix, local,
	    prefix[0] == '\0' ? 0 : strlen(prefix), strlen(local) };
}

static size_t
name_len(const struct name *name)
{
	return name->prefix_len + (name->prefix_len > 0) + name->local_len;
}

static uint8_t *
put(uint8_t *to, const void *bytes, size_t len)
{
	memcpy(to, bytes, len);
	return to + len;
}

static uint8_t *
put_name(uint8_t *to, const struct name *name)
{
	if (name->prefix_len > 0) {
		to = put(to, name->prefix, name->prefix_len);
		*to++ = ':';
	}
	return put(to, name->local, name->local_len);
}

static enum err
close_tag(struct xml_write *w)
{
	if (!w->open)
		return OK;
	w->open = false;
	return buf_add_byte(w->out, '>');
}

/* What is_plain() stops at: 1 everywhere, 2 in values only. */
static const uint8_t special[256] = {
	['&'] = 1, ['<'] = 1, ['>'] = 1, ['\r'] = 1,
	['"'] = 2, ['\t'] = 2, ['\n'] = 2
};

static bool
is_plain(struct span text, bool value)
{
	for (size_t i = 0; i < text.len; i++)
		if (special[text.ptr[i]] != 0 &&
		    (value || special[text.ptr[i]] == 1))
			return false;
	return true;
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

	if (is_plain(text, value))
		return buf_add(w->out, text);
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

static bool
is_one_line(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (control_bytes(text, i) > 0)
			return false;
	return true;
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
xml_write_begin(struct xml_write *w, enum xml_ns ns, const char *local)
{
	struct name name = name_of(ns, local);
	uint8_t *to;
	enum err err;

	err = buf_reserve(w->out, w->open + 1u + name_len(&name), &to);
	if (err != OK)
		return err;
	if (w->open)
		*to++ = '>';
	*to++ = '<';
	to = put_name(to, &name);
	w->out->len = (size_t)(to - w->out->ptr);
	w->open = true;
	return OK;
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
xml_write_attribute(struct xml_write *w, enum xml_ns ns, const char *local,
    struct span value)
{
	struct name name = name_of(ns, local);
	bool plain = is_plain(value, true) && is_one_line(value);
	uint8_t *to;
	enum err err;

	require(w->open);
	err = buf_reserve(w->out, 4 + name_len(&name) +
	    (plain ? value.len : 0), &to);
	if (err != OK)
		return err;
	*to++ = ' ';
	to = put_name(to, &name);
	to = put(to, "=\"", 2);
	if (plain && value.len > 0)
		to = put(to, value.ptr, value.len);
	if (plain)
		*to++ = '"';
	w->out->len = (size_t)(to - w->out->ptr);
	if (!plain && (err = put_value(w, ns, local, value)) == OK)
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
xml_write_end(struct xml_write *w, enum xml_ns ns, const char *local)
{
	struct name name = name_of(ns, local);
	uint8_t *to;
	enum err err;

	if (w->open) {
		w->open = false;
		return buf_add(w->out, SPAN("/>"));
	}
	err = buf_reserve(w->out, 3 + name_len(&name), &to);
	if (err != OK)
		return err;
	to = put_name(put(to, "</", 2), &name);
	*to++ = '>';
	w->out->len = (size_t)(to - w->out->ptr);
	return OK;
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
