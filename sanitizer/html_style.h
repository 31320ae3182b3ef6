/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HTML_STYLE_H
#define SEKISHO_SANITIZER_HTML_STYLE_H

#include <stdbool.h>
#include <stdint.h>

#include "../gateway/base/buf.h"
#include "html_token.h"

/*
 * As much of CSS as decides whether a text is seen, and where lines break:
 * declarations of the properties below, and rules whose selector is one tag,
 * class or id, or a tag with one of them.
 */
enum html_property {
	STYLE_DISPLAY = 0,	/* enum html_display */
	STYLE_VISIBILITY,	/* 1: hidden or collapse */
	STYLE_FONT_SIZE,	/* 1/64 px; negative: -1/1000 of the parent */
	STYLE_OPACITY,		/* 1: below .1 */
	STYLE_COLOR,		/* COLOR_* */
	STYLE_BACKGROUND,	/* COLOR_*, COLOR_UNKNOWN with an image */
	STYLE_INDENT,		/* lengths in 1/64 px */
	STYLE_LEFT,
	STYLE_TOP,
	STYLE_CLIP,		/* 1: clipped away */
	STYLE_GONE,		/* 1: moved or shrunk out of sight */
	STYLE_OVERFLOW,		/* 1: not visible */
	STYLE_WIDTH,
	STYLE_HEIGHT,
	STYLE_MAX_WIDTH,
	STYLE_MAX_HEIGHT,
	STYLE_MSO_HIDE,		/* 1: all */
	STYLE_WHITE_SPACE,	/* 1: blanks are kept */
	STYLE_MARGIN_TOP,
	STYLE_MARGIN_BOTTOM,
	STYLE_BORDER,		/* 1: some border is drawn */
	STYLE_SYMBOL_FONT,	/* enum html_symbol_font */
	STYLE_PROPERTIES_N
};

enum html_display { DISPLAY_OTHER = 0, DISPLAY_NONE, DISPLAY_BLOCK,
	DISPLAY_INLINE };
enum html_symbol_font { FONT_NORMAL = 0, FONT_SYMBOL, FONT_WINGDINGS };

#define STYLE_PX	64
#define STYLE_LENGTH_MAX (1 << 24)

struct html_style {
	uint32_t	set;		/* bits 1 << enum html_property */
	uint32_t	important;
	int32_t		value[STYLE_PROPERTIES_N];
};

static inline bool
style_has(const struct html_style *style, enum html_property property)
{
	return (style->set >> property & 1) != 0;
}

/* Add the declarations of a style attribute (decoded) or of a rule. */
void html_style_parse(struct html_style *style, struct span declarations);

/* Put over on top of style, as the cascade does with !important. */
void html_style_merge(struct html_style *style, const struct html_style *over);

/*
 * CSS escapes and comments out: needed before parsing only where
 * html_css_is_escaped(). Appended to out.
 */
bool html_css_is_escaped(struct span css);
enum err html_css_unescape(struct span css, struct buf *out) MUST_CHECK;

/* A length in 1/64 px, clamped; false if it is none (auto, 10%, ...). */
bool html_css_length(struct span value, int32_t *length);

#endif
