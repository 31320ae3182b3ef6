/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What each element does to the text: breaks, lists, quotes, headings, ruby,
 * tables, images, and what is left in the place of things that are removed.
 * The stack of open elements is html_text.c, links are html_anchor.c.
 */
#include <stdio.h>
#include <string.h>

#include "../gateway/base/utf8.h"
#include "html_internal.h"

#define SMALL_MARGIN	(4 * STYLE_PX)	/* no empty line for that */
#define HEADING_BARS_MAX 30
#define HEADING_BARS_MIN 4
#define TINY_PIXELS	1
#define NUMBER_MAX	1000000
#define SPAN_MAX	65534

struct span
html_plain(const struct html_walk *w, enum html_attribute attribute)
{
	if (!html_has(&w->token, attribute))
		return (struct span){ NULL, 0 };
	return span_trim(w->token.attr[attribute]);
}

/* The digits at the start of an attribute; false if there is none. */
static bool
leading_number(struct span s, int32_t *value)
{
	int32_t v = 0;
	size_t i = 0;
	bool minus = s.len > 0 && s.ptr[0] == '-';

	for (i = minus; i < s.len && ascii_is_digit(s.ptr[i]); i++)
		if (v < NUMBER_MAX)
			v = v * 10 + (s.ptr[i] - '0');
	*value = minus ? -v : v;
	return i > minus;
}

static unsigned
span_attribute(const struct html_walk *w, enum html_attribute attribute)
{
	int32_t value;

	if (!leading_number(html_plain(w, attribute), &value) || value < 0)
		return 1;
	return value > SPAN_MAX ? SPAN_MAX : (unsigned)value;
}

/* A list right in a list, not in an item of it: no marker indents it. */
static bool
is_bare_list(const struct html_walk *w)
{
	for (unsigned i = w->depth; i > 0; i--) {
		if (w->frames[i - 1].tag == TAG_LI)
			return false;
		if (w->frames[i - 1].list != LIST_NONE)
			return true;
	}
	return false;
}

static bool
in_list(const struct html_walk *w)
{
	return w->open_n[TAG_UL] + w->open_n[TAG_OL] + w->open_n[TAG_MENU] +
	    w->open_n[TAG_DIR] > 1;
}

/* Line ends before the element, and (in the frame) after it. */
static unsigned
breaks_of(const struct html_walk *w, struct html_frame *frame,
    const struct html_style *style)
{
	unsigned flags = html_tag_flags((enum html_tag)frame->tag), before = 0;
	int32_t display = style_has(style, STYLE_DISPLAY) ?
	    style->value[STYLE_DISPLAY] : DISPLAY_OTHER;

	if ((flags & HTML_TAG_P) != 0)
		before = 2;
	else if ((flags & HTML_TAG_B) != 0)
		before = 1;
	if (before == 2 && frame->list != LIST_NONE && in_list(w))
		before = 1;
	if (display == DISPLAY_INLINE && frame->tag != TAG_TABLE &&
	    frame->tag != TAG_TR && frame->tag != TAG_TD &&
	    frame->tag != TAG_TH)
		before = 0;
	else if (display == DISPLAY_BLOCK && before == 0)
		before = 1;
	frame->break_after = (uint8_t)before;
	if (before < 2)
		return before;
	if (style_has(style, STYLE_MARGIN_BOTTOM) &&
	    style->value[STYLE_MARGIN_BOTTOM] <= SMALL_MARGIN)
		frame->break_after = 1;
	if (style_has(style, STYLE_MARGIN_TOP) &&
	    style->value[STYLE_MARGIN_TOP] <= SMALL_MARGIN)
		before = 1;
	return before;
}

static void
list_open(struct html_walk *w, struct html_frame *frame)
{
	struct span type = html_plain(w, ATTR_TYPE);

	frame->list = LIST_BULLET;
	if (is_bare_list(w))
		(void)html_out_indent(&w->out, SPAN("  "));
	if (frame->tag != TAG_OL)
		return;
	frame->list = LIST_NUMBER;
	if (type.len == 1)
		switch (type.ptr[0]) {
		case 'a':
			frame->list = LIST_LOWER_ALPHA;
			break;
		case 'A':
			frame->list = LIST_UPPER_ALPHA;
			break;
		case 'i':
			frame->list = LIST_LOWER_ROMAN;
			break;
		case 'I':
			frame->list = LIST_UPPER_ROMAN;
			break;
		}
	frame->reversed = html_has(&w->token, ATTR_REVERSED);
	if (leading_number(html_plain(w, ATTR_START), &frame->number))
		return;
	frame->number = 1;
	/* it would count down from the number of items, not known yet */
	if (frame->reversed)
		frame->list = LIST_BULLET;
}

static size_t
roman(int32_t n, bool upper, char *text)
{
	static const struct { int32_t value; const char *sign; } signs[] = {
		{ 1000, "m" }, { 900, "cm" }, { 500, "d" }, { 400, "cd" },
		{ 100, "c" }, { 90, "xc" }, { 50, "l" }, { 40, "xl" },
		{ 10, "x" }, { 9, "ix" }, { 5, "v" }, { 4, "iv" }, { 1, "i" },
	};
	size_t len = 0;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		for (; n >= signs[i].value; n -= signs[i].value)
			for (const char *p = signs[i].sign; *p != '\0'; p++)
				text[len++] = (char)(upper ? *p - 32 : *p);
	return len;
}

static size_t
alpha(int32_t n, bool upper, char *text)
{
	char digits[8];
	size_t len = 0;

	for (; n > 0 && len < sizeof(digits); n = (n - 1) / 26)
		digits[len++] = (char)((upper ? 'A' : 'a') + (n - 1) % 26);
	for (size_t i = 0; i < len; i++)
		text[i] = digits[len - 1 - i];
	return len;
}

static void
item_marker(struct html_walk *w, const struct html_frame *list, int32_t n)
{
	char text[HTML_MARKER_BYTES_MAX];
	enum list_kind kind = (enum list_kind)list->list;
	size_t len = 0;

	switch (kind) {
	case LIST_NONE:
	case LIST_BULLET:
		html_out_marker(&w->out, SPAN("・"));
		return;
	case LIST_LOWER_ALPHA:
	case LIST_UPPER_ALPHA:
		if (n > 0 && n <= 26 * 26)
			len = alpha(n, kind == LIST_UPPER_ALPHA, text);
		break;
	case LIST_LOWER_ROMAN:
	case LIST_UPPER_ROMAN:
		if (n > 0 && n <= 399)		/* longest: ccclxxxviii */
			len = roman(n, kind == LIST_UPPER_ROMAN, text);
		break;
	case LIST_NUMBER:
		break;
	}
	if (len == 0)
		len = (size_t)snprintf(text, sizeof(text), "%d", (int)n);
	text[len++] = '.';
	text[len++] = ' ';
	html_out_marker(&w->out, (struct span){ (uint8_t *)text, len });
}

static void
item_open(struct html_walk *w)
{
	static const struct html_frame none = { .list = LIST_BULLET };
	struct html_frame *list = NULL;
	int32_t n = 0;

	for (unsigned i = w->depth; i > 0 && list == NULL; i--)
		if (w->frames[i - 1].list != LIST_NONE)
			list = &w->frames[i - 1];
	if (list != NULL) {
		if (leading_number(html_plain(w, ATTR_VALUE), &n))
			list->number = n;
		n = list->number;
		list->number += list->reversed ? -1 : 1;
	}
	item_marker(w, list == NULL ? &none : list, n);
}

/*
 * Mail programs quote with <blockquote>, and some indent with it: then they
 * say that there is no border.
 */
static void
quote_open(struct html_walk *w, const struct html_style *style)
{
	bool quote = span_equal_nocase(html_plain(w, ATTR_TYPE),
	    SPAN("cite")) || !style_has(style, STYLE_BORDER) ||
	    style->value[STYLE_BORDER] != 0;

	(void)html_out_indent(&w->out, quote ? SPAN("> ") : SPAN("    "));
}

static void
table_open(struct html_walk *w, const struct html_style *style)
{
	struct span border = html_plain(w, ATTR_BORDER);
	struct span role = html_plain(w, ATTR_ROLE);
	bool drawn = html_has(&w->token, ATTR_BORDER) &&
	    !span_begins(border, SPAN("0"));

	if (style_has(style, STYLE_BORDER))
		drawn = style->value[STYLE_BORDER] != 0;
	html_table_open(&w->tables, drawn, span_equal_nocase(role,
	    SPAN("presentation")) || span_equal_nocase(role, SPAN("none")));
}

static void
cell_open(struct html_walk *w, enum html_tag tag,
    const struct html_style *style)
{
	html_table_cell(&w->tables, tag == TAG_TH,
	    span_attribute(w, ATTR_COLSPAN), span_attribute(w, ATTR_ROWSPAN),
	    style_has(style, STYLE_BORDER) && style->value[STYLE_BORDER] != 0);
}

void
html_element_open(struct html_walk *w, struct html_frame *frame,
    const struct html_style *style)
{
	enum html_tag tag = (enum html_tag)frame->tag;
	unsigned breaks;

	if (tag == TAG_UL || tag == TAG_OL || tag == TAG_MENU ||
	    tag == TAG_DIR)
		list_open(w, frame);
	breaks = breaks_of(w, frame, style);
	if (breaks > 0)
		html_out_break(&w->out, breaks);
	if (tag == TAG_LI)
		item_open(w);
	else if (tag == TAG_DD)
		(void)html_out_indent(&w->out, SPAN("    "));
	else if (tag == TAG_BLOCKQUOTE)
		quote_open(w, style);
	else if (tag == TAG_PRE || tag == TAG_LISTING ||
	    tag == TAG_PLAINTEXT) {
		frame->pre = true;
		w->newline_drop = true;
	} else if (tag >= TAG_H1 && tag <= TAG_H3) {
		frame->heading = (uint8_t)(tag - TAG_H1 + 1);
		frame->text_start = w->out.buf->len;
	} else if (tag == TAG_TABLE)
		table_open(w, style);
	else if (tag == TAG_CAPTION)
		html_table_caption(&w->tables);
	else if (tag == TAG_TR)
		html_table_row(&w->tables);
	else if (tag == TAG_TD || tag == TAG_TH)
		cell_open(w, tag, style);
	else if (tag == TAG_RT && w->open_n[TAG_RUBY] > 0)
		frame->wrap = html_out_wrap(&w->out, "(");
	else if (tag == TAG_RP)
		frame->drop = true;
	else if (tag == TAG_S || tag == TAG_STRIKE || tag == TAG_DEL)
		frame->wrap = html_out_wrap(&w->out, "[取消線: ");
	else if (tag == TAG_Q)
		frame->wrap = html_out_wrap(&w->out, "「");
	else if (tag == TAG_FORM)
		html_form_open(w);
	else if (tag == TAG_SELECT || tag == TAG_DATALIST ||
	    tag == TAG_BUTTON) {
		w->result->fields++;
		frame->drop = true;
	} else if (tag == TAG_AUDIO || tag == TAG_VIDEO || tag == TAG_CANVAS)
		frame->drop = true;
}

/* A line under the last line of a heading. */
static void
heading_close(struct html_walk *w, const struct html_frame *frame)
{
	struct span text = span_sub(buf_span(w->out.buf), frame->text_start,
	    SIZE_MAX), line;
	const char *bar = frame->heading == 1 ? "━" : "─";
	size_t at = text.len, bars;

	if (text.len == 0 || (w->tables.depth > 0 &&
	    html_table_is_grid(&w->tables)))
		return;
	while (at > 0 && text.ptr[at - 1] != '\n')
		at--;
	line = span_sub(text, at, text.len);
	bars = (utf8_columns(line, true) - w->out.prefix_len + 1) / 2;
	if (bars > HEADING_BARS_MAX)
		bars = HEADING_BARS_MAX;
	if (bars < HEADING_BARS_MIN)
		bars = HEADING_BARS_MIN;
	html_out_break(&w->out, 1);
	html_out_word(&w->out, span_str(bar));
	while (--bars > 0)
		html_out_append(&w->out, span_str(bar));
}

void
html_element_close(struct html_walk *w, struct html_frame *frame)
{
	enum html_tag tag = (enum html_tag)frame->tag;

	if (frame->wrap != 0)
		html_out_unwrap(&w->out, frame->wrap, tag == TAG_RT ? ")" :
		    tag == TAG_Q ? "」" : "]");
	if (frame->heading > 0)
		heading_close(w, frame);
	if (frame->break_after > 0)
		html_out_break(&w->out, frame->break_after);
	if (tag == TAG_TABLE)
		html_table_close(&w->tables);
	else if (tag == TAG_TD || tag == TAG_TH)
		html_table_cell_end(&w->tables);
	else if (tag == TAG_CAPTION)
		html_table_caption_end(&w->tables);
	html_out_unindent(&w->out, frame->prefix_len);
}

static bool
is_tiny(const struct html_walk *w, enum html_attribute attribute,
    const struct html_style *style, enum html_property property)
{
	struct span value = html_plain(w, attribute);
	int32_t pixels;

	if (style_has(style, property))
		return style->value[property] <= TINY_PIXELS * STYLE_PX;
	return leading_number(value, &pixels) && pixels <= TINY_PIXELS &&
	    span_find_byte(value, '%') == value.len;
}

/* A bar of 1 pixel is as good as none; the text of one is for no reader. */
static void
image(struct html_walk *w)
{
	struct html_style style;
	struct span src, alt;
	bool remote;

	style.set = style.important = 0;
	if (html_has(&w->token, ATTR_STYLE))
		html_style_parse(&style, html_value(w, ATTR_STYLE));
	w->result->images++;
	if (is_tiny(w, ATTR_WIDTH, &style, STYLE_WIDTH) ||
	    is_tiny(w, ATTR_HEIGHT, &style, STYLE_HEIGHT)) {
		w->result->images_tiny++;
		return;
	}
	src = span_trim(html_value(w, ATTR_SRC));
	remote = span_begins_nocase(src, SPAN("http:")) ||
	    span_begins_nocase(src, SPAN("https:")) ||
	    span_begins(src, SPAN("//")) || span_begins(src, SPAN("\\\\"));
	w->result->images_remote += remote;
	if (html_hidden_here(w) != HIDDEN_NOT || (style_has(&style,
	    STYLE_DISPLAY) && style.value[STYLE_DISPLAY] == DISPLAY_NONE))
		return;
	alt = html_plain(w, ATTR_ALT);
	if (alt.len > 0) {
		html_table_stray(&w->tables);
		html_out_word(&w->out, SPAN("[画像: "));
		html_out_text(&w->out, alt, false);
		/* blanks that wait belong inside, and fall away */
		w->out.spaces = 0;
		html_out_word(&w->out, SPAN("]"));
	} else if (!remote && src.len > 0) {
		html_table_stray(&w->tables);
		html_out_word(&w->out, SPAN("[画像]"));
	} else
		w->link_image = true;
}

static void
meta(struct html_walk *w)
{
	if (span_equal_nocase(html_plain(w, ATTR_HTTP_EQUIV),
	    SPAN("refresh")))
		w->result->active++;
}

static void
rule(struct html_walk *w)
{
	html_out_line(&w->out, SPAN("────────────────────"));
}

void
html_element_single(struct html_walk *w)
{
	enum html_tag tag = w->token.tag;
	bool seen = html_hidden_here(w) == HIDDEN_NOT && !html_top(w)->drop;

	if (tag == TAG_BR && seen)
		html_out_newline(&w->out, 3);
	else if (tag == TAG_HR && seen)
		rule(w);
	else if (tag == TAG_IMG || tag == TAG_IMAGE)
		image(w);
	else if (tag == TAG_AREA && seen)
		html_anchor_area(w);
	else if (tag == TAG_INPUT || tag == TAG_KEYGEN || tag == TAG_TEXTAREA)
		w->result->fields++;
	else if (tag == TAG_META)
		meta(w);
	else if (tag == TAG_LINK && span_find_nocase(html_plain(w, ATTR_REL),
	    SPAN("stylesheet")) < html_plain(w, ATTR_REL).len)
		w->result->styles++;
	else if (tag == TAG_STYLE)
		w->result->styles++;
	else if (tag == TAG_SCRIPT || tag == TAG_IFRAME || tag == TAG_FRAME ||
	    tag == TAG_EMBED || tag == TAG_BGSOUND)
		w->result->active++;
	else if (tag == TAG_BASE && w->base.len == 0 &&
	    html_has(&w->token, ATTR_HREF))
		w->err = buf_add(&w->base, span_trim(html_value(w,
		    ATTR_HREF)));
}
