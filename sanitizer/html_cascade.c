/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a page says about the look of one element: old attributes, rules of its
 * style sheets, the style attribute, in the order in which they override each
 * other. Also the values of attributes, free of references and of escapes.
 */
#include "html_entity.h"
#include "html_internal.h"

#define BIT(attribute)		(UINT32_C(1) << ATTR_##attribute)
#define STYLE_ATTRIBUTES	(BIT(STYLE) | BIT(CLASS) | BIT(ID) | \
	BIT(BGCOLOR) | BIT(COLOR) | BIT(SIZE) | BIT(FACE) | BIT(HIDDEN) | \
	BIT(TEXT) | BIT(BACKGROUND))

struct span
html_value(struct html_walk *w, enum html_attribute attribute)
{
	struct span raw;
	enum err err;

	if (!html_has(&w->token, attribute))
		return (struct span){ NULL, 0 };
	raw = w->token.attr[attribute];
	if (span_find_byte(raw, '&') == raw.len)
		return raw;
	buf_clear(&w->value);
	err = html_entity_decode(raw, &w->value);
	if (err != OK)
		w->err = err;
	return buf_span(&w->value);
}

static void
set(struct html_style *style, enum html_property property, int32_t value)
{
	style->set |= UINT32_C(1) << property;
	style->value[property] = value;
}

/* Attributes of old HTML that are style; anything else overrides them. */
static void
attribute_style(struct html_walk *w, enum html_tag tag,
    struct html_style *style)
{
	static const int32_t sizes[8] = { 0, 10, 13, 16, 18, 24, 32, 48 };
	struct span value;
	uint32_t color;

	if (html_has(&w->token, ATTR_BGCOLOR) && html_color_attribute(
	    html_value(w, ATTR_BGCOLOR), &color))
		set(style, STYLE_BACKGROUND, (int32_t)color);
	if (html_has(&w->token, ATTR_BACKGROUND) &&
	    html_plain(w, ATTR_BACKGROUND).len > 0)
		set(style, STYLE_BACKGROUND, (int32_t)COLOR_UNKNOWN);
	if (tag == TAG_BODY && html_has(&w->token, ATTR_TEXT) &&
	    html_color_attribute(html_value(w, ATTR_TEXT), &color))
		set(style, STYLE_COLOR, (int32_t)color);
	if (tag != TAG_FONT)
		return;
	if (html_has(&w->token, ATTR_COLOR) && html_color_attribute(
	    html_value(w, ATTR_COLOR), &color))
		set(style, STYLE_COLOR, (int32_t)color);
	value = html_plain(w, ATTR_SIZE);
	if (value.len == 1 && value.ptr[0] >= '1' && value.ptr[0] <= '7')
		set(style, STYLE_FONT_SIZE, sizes[value.ptr[0] - '0'] *
		    STYLE_PX);
	value = html_plain(w, ATTR_FACE);
	if (span_begins_nocase(value, SPAN("wingdings")))
		set(style, STYLE_SYMBOL_FONT, FONT_WINGDINGS);
	else if (span_equal_nocase(value, SPAN("symbol")))
		set(style, STYLE_SYMBOL_FONT, FONT_SYMBOL);
	else if (value.len > 0)
		set(style, STYLE_SYMBOL_FONT, FONT_NORMAL);
}

static void
inline_style(struct html_walk *w, struct html_style *style)
{
	struct span css = html_value(w, ATTR_STYLE);
	struct html_style own;
	struct buf plain;

	own.set = own.important = 0;
	if (!html_css_is_escaped(css))
		html_style_parse(&own, css);
	else {
		buf_init(&plain, HTML_VALUE_BYTES_MAX);
		if (w->err == OK)
			w->err = html_css_unescape(css, &plain);
		html_style_parse(&own, buf_span(&plain));
		buf_fini(&plain);
	}
	html_style_merge(style, &own);
}

void
html_cascade(struct html_walk *w, struct html_style *style)
{
	enum html_tag tag = w->token.tag;
	struct span classes = { NULL, 0 }, id = { NULL, 0 };
	struct html_style rules;

	style->set = style->important = 0;
	if ((w->token.set & STYLE_ATTRIBUTES) == 0 && !w->sheet->tags[tag])
		return;
	attribute_style(w, tag, style);
	if (w->sheet->rules_n > 0) {
		rules.set = rules.important = 0;
		if (html_has(&w->token, ATTR_CLASS))
			classes = w->token.attr[ATTR_CLASS];
		if (html_has(&w->token, ATTR_ID))
			id = w->token.attr[ATTR_ID];
		if (span_find_byte(classes, '&') < classes.len)
			classes = html_value(w, ATTR_CLASS);
		else if (span_find_byte(id, '&') < id.len)
			id = html_value(w, ATTR_ID);
		html_sheet_apply(w->sheet, tag, classes, id, &rules);
		html_style_merge(style, &rules);
	}
	if (html_has(&w->token, ATTR_STYLE))
		inline_style(w, style);
}
