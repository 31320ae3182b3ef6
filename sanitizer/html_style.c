/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Declarations of CSS: the few properties that decide whether a text is seen
 * and where its lines break. Lengths without a base that we know (em, vw) are
 * taken at 16 px. Rules and selectors are html_sheet.c.
 */
#include <string.h>

#include "html_color.h"
#include "html_style.h"

#define PROPERTY_BYTES_MAX	20
#define SCALE_MIN		100	/* 1/1000: below it nothing is seen */
#define MOVED_AWAY		(-700 * STYLE_PX) /* -300px centres a mail */

/* 1/1000 px of one unit */
static const struct {
	const char	*name;
	int32_t		 milli;
} units[] = {
	{ "px", 1000 }, { "pt", 1333 }, { "pc", 16000 }, { "in", 96000 },
	{ "cm", 37795 }, { "mm", 3780 }, { "q", 945 }, { "em", 16000 },
	{ "rem", 16000 }, { "ex", 8000 }, { "ch", 8000 }, { "vw", 10000 },
	{ "vh", 8000 },
};

/*
 * A number: *milli in thousandths, clamped; *rest is behind it. False when
 * there is no digit.
 */
static bool
css_number(struct span s, int64_t *milli, struct span *rest)
{
	int64_t v = 0, unit = 1000;
	size_t i = 0, digits = 0;
	bool minus = false;

	if (s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+'))
		minus = s.ptr[i++] == '-';
	for (; i < s.len && ascii_is_digit(s.ptr[i]); i++, digits++)
		if (v < STYLE_LENGTH_MAX)
			v = v * 10 + (s.ptr[i] - '0');
	v *= 1000;
	if (i < s.len && s.ptr[i] == '.')
		for (i++; i < s.len && ascii_is_digit(s.ptr[i]);
		    i++, digits++) {
			unit /= 10;
			v += (s.ptr[i] - '0') * unit;
		}
	*milli = minus ? -v : v;
	*rest = span_sub(s, i, s.len);
	return digits > 0;
}

static int32_t
clamp(int64_t v)
{
	if (v > STYLE_LENGTH_MAX)
		return STYLE_LENGTH_MAX;
	return v < -STYLE_LENGTH_MAX ? -STYLE_LENGTH_MAX : (int32_t)v;
}

bool
html_css_length(struct span value, int32_t *length)
{
	struct span unit;
	int64_t milli;

	if (!css_number(value, &milli, &unit))
		return false;
	if (unit.len == 0) {
		*length = clamp(milli * STYLE_PX / 1000);
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!span_equal_nocase(unit, span_str(units[i].name)))
			continue;
		*length = clamp(milli * units[i].milli / 1000 * STYLE_PX /
		    1000);
		return true;
	}
	return false;
}

static void
set(struct html_style *style, enum html_property property, int32_t value)
{
	style->set |= UINT32_C(1) << property;
	style->value[property] = value;
}

static void
set_length(struct html_style *style, enum html_property property,
    struct span value)
{
	int32_t length;

	if (html_css_length(value, &length))
		set(style, property, length);
	else if (value.len > 0)		/* auto, none, a share: not 0 */
		set(style, property, span_equal(value, SPAN("0%")) ? 0 :
		    STYLE_LENGTH_MAX);
}

static void
set_color(struct html_style *style, enum html_property property,
    struct span value)
{
	uint32_t color;

	if (html_color_parse(value, &color))
		set(style, property, (int32_t)color);
}

/* One of several words separated by blanks; false at the end. */
static bool
next_word(struct span *s, struct span *word)
{
	size_t i = 0, depth = 0;

	while (s->len > 0 && html_is_blank(s->ptr[0]))
		*s = span_sub(*s, 1, s->len);
	if (s->len == 0)
		return false;
	for (; i < s->len; i++) {
		if (s->ptr[i] == '(')
			depth++;
		else if (s->ptr[i] == ')' && depth > 0)
			depth--;
		else if (depth == 0 && html_is_blank(s->ptr[i]))
			break;
	}
	*word = span_sub(*s, 0, i);
	*s = span_sub(*s, i, s->len);
	return true;
}

static bool
is(struct span value, const char *word)
{
	return span_equal_nocase(value, span_str(word));
}

static void
parse_display(struct html_style *style, struct span v)
{
	enum html_display display = DISPLAY_OTHER;

	if (is(v, "none"))
		display = DISPLAY_NONE;
	else if (is(v, "block") || is(v, "list-item") || is(v, "flex") ||
	    is(v, "grid"))
		display = DISPLAY_BLOCK;
	else if (is(v, "inline") || is(v, "inline-block"))
		display = DISPLAY_INLINE;
	set(style, STYLE_DISPLAY, (int32_t)display);
}

static void
parse_font_size(struct html_style *style, struct span v)
{
	static const struct { const char *name; int32_t px; } sizes[] = {
		{ "xx-small", 9 }, { "x-small", 10 }, { "small", 13 },
		{ "medium", 16 }, { "large", 18 }, { "x-large", 24 },
		{ "xx-large", 32 }, { "xxx-large", 48 },
	};
	struct span unit;
	int64_t milli;
	int32_t length;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (is(v, sizes[i].name))
			set(style, STYLE_FONT_SIZE, sizes[i].px * STYLE_PX);
	if (!css_number(v, &milli, &unit) || milli < 0)
		return;
	/* relative to the parent: -1/1000, and -1 for nothing at all */
	if (is(unit, "em"))
		set(style, STYLE_FONT_SIZE, -1 - clamp(milli));
	else if (is(unit, "%"))
		set(style, STYLE_FONT_SIZE, -1 - clamp(milli / 100));
	else if (html_css_length(v, &length))
		set(style, STYLE_FONT_SIZE, length);
}

/* font: ... SIZE[/LINE] FAMILY: the first word that is a length. */
static void
parse_font(struct html_style *style, struct span v)
{
	struct span word, rest, size;
	int64_t milli;

	while (next_word(&v, &word)) {
		if (!css_number(word, &milli, &rest) || rest.len == 0)
			continue;
		size = word;
		span_cut(&size, '/', &word);
		parse_font_size(style, word);
		return;
	}
}

static void
parse_family(struct html_style *style, struct span v)
{
	enum html_symbol_font font = FONT_NORMAL;
	struct span first;

	span_cut(&v, ',', &first);
	first = span_trim(first);
	if (first.len > 1 && (first.ptr[0] == '"' || first.ptr[0] == '\''))
		first = span_sub(first, 1, first.len - 2);
	if (is(first, "symbol"))
		font = FONT_SYMBOL;
	else if (span_begins_nocase(first, SPAN("wingdings")) ||
	    is(first, "webdings"))
		font = FONT_WINGDINGS;
	set(style, STYLE_SYMBOL_FONT, (int32_t)font);
}

static void
parse_background(struct html_style *style, struct span v)
{
	struct span word;
	uint32_t color, found = COLOR_TRANSPARENT;

	while (next_word(&v, &word)) {
		if (span_begins_nocase(word, SPAN("url(")) ||
		    span_find_nocase(word, SPAN("gradient(")) < word.len)
			found = COLOR_UNKNOWN;
		else if (found != COLOR_UNKNOWN &&
		    html_color_parse(word, &color))
			found = color;
	}
	set(style, STYLE_BACKGROUND, (int32_t)found);
}

static void
parse_background_image(struct html_style *style, struct span v)
{
	if (!is(v, "none"))
		set(style, STYLE_BACKGROUND, (int32_t)COLOR_UNKNOWN);
}

static void
parse_background_color(struct html_style *style, struct span v)
{
	if (!style_has(style, STYLE_BACKGROUND) ||
	    (uint32_t)style->value[STYLE_BACKGROUND] != COLOR_UNKNOWN)
		set_color(style, STYLE_BACKGROUND, v);
}

static void
parse_margin(struct html_style *style, struct span v)
{
	struct span top, word, bottom;
	unsigned n = 1;

	if (!next_word(&v, &top))
		return;
	bottom = top;
	for (; n < 4 && next_word(&v, &word); n++)
		if (n == 2)
			bottom = word;
	set_length(style, STYLE_MARGIN_TOP, top);
	set_length(style, STYLE_MARGIN_BOTTOM, bottom);
}

/* Is there a line: a width above 0 and a style that draws? */
static void
parse_border(struct html_style *style, struct span v)
{
	struct span word;
	bool drawn = false, none = false;
	int32_t width;

	while (next_word(&v, &word)) {
		if (html_css_length(word, &width))
			none |= width == 0;
		else if (is(word, "none") || is(word, "hidden"))
			none = true;
		else if (is(word, "solid") || is(word, "double") ||
		    is(word, "dotted") || is(word, "dashed") ||
		    is(word, "inset") || is(word, "outset") ||
		    is(word, "ridge") || is(word, "groove"))
			drawn = true;
	}
	set(style, STYLE_BORDER, drawn && !none);
}

static void
parse_visibility(struct html_style *style, struct span v)
{
	set(style, STYLE_VISIBILITY, is(v, "hidden") || is(v, "collapse"));
}

static void
parse_opacity(struct html_style *style, struct span v)
{
	struct span rest;
	int64_t milli;

	if (!css_number(v, &milli, &rest))
		return;
	if (is(rest, "%"))
		milli /= 100;
	set(style, STYLE_OPACITY, milli < 100);
}

/* clip: rect(0,0,0,0) and clip-path: inset(50%): gone from the screen */
static void
parse_clip(struct html_style *style, struct span v)
{
	struct span name, unit;
	bool zero = true, any = false;
	int64_t milli;

	if (!span_cut(&v, '(', &name))
		return;
	while (v.len > 0) {
		if (!css_number(v, &milli, &unit)) {
			v = span_sub(v, 1, v.len);
			continue;
		}
		if (is(name, "inset")) {
			set(style, STYLE_CLIP, milli >= 50000 &&
			    span_begins(unit, SPAN("%")));
			return;
		}
		zero &= milli <= 1000;
		any = true;
		v = unit;
	}
	if (is(name, "rect"))
		set(style, STYLE_CLIP, zero && any);
}

/*
 * Those below say only what hides; what does not takes nothing back, as each
 * works for itself.
 */
static void
parse_zoom(struct html_style *style, struct span v)
{
	struct span unit;
	int64_t milli;

	if (!css_number(v, &milli, &unit))
		return;
	if (is(unit, "%"))
		milli /= 100;
	if (milli >= 0 && milli < SCALE_MIN)
		set(style, STYLE_GONE, 1);
}

static void
parse_margin_left(struct html_style *style, struct span v)
{
	int32_t length;

	if (html_css_length(v, &length) && length <= MOVED_AWAY)
		set(style, STYLE_GONE, 1);
}

/* scale(0), scaleX(.01), translate(-9999px, 0), one behind the other */
static void
parse_transform(struct html_style *style, struct span v)
{
	struct span name, arguments, argument;

	while (span_cut(&v, '(', &name)) {
		bool more;

		name = span_trim(name);
		span_cut(&v, ')', &arguments);
		do {
			more = span_cut(&arguments, ',', &argument);
			argument = span_trim(argument);
			if (span_begins_nocase(name, SPAN("scale")))
				parse_zoom(style, argument);
			else if (span_begins_nocase(name, SPAN("translate")))
				parse_margin_left(style, argument);
		} while (more);
	}
}

static void
parse_filter(struct html_style *style, struct span v)
{
	struct span name, argument;

	while (span_cut(&v, '(', &name)) {
		span_cut(&v, ')', &argument);
		if (is(span_trim(name), "opacity"))
			parse_zoom(style, span_trim(argument));
	}
}

static void
parse_content_visibility(struct html_style *style, struct span v)
{
	if (is(v, "hidden"))
		set(style, STYLE_GONE, 1);
}

static void
parse_white_space(struct html_style *style, struct span v)
{
	set(style, STYLE_WHITE_SPACE, is(v, "pre") || is(v, "pre-wrap") ||
	    is(v, "pre-line") || is(v, "break-spaces"));
}

static void
parse_overflow(struct html_style *style, struct span v)
{
	set(style, STYLE_OVERFLOW, !is(v, "visible"));
}

static void
parse_mso_hide(struct html_style *style, struct span v)
{
	set(style, STYLE_MSO_HIDE, is(v, "all"));
}

struct property {
	const char	*name;
	void		 (*parse)(struct html_style *, struct span);
	enum html_property length;	/* when parse is NULL */
	bool		 color;
};

/* Sorted by name. */
static const struct property properties[] = {
	{ "background", parse_background, 0, false },
	{ "background-color", parse_background_color, 0, false },
	{ "background-image", parse_background_image, 0, false },
	{ "border", parse_border, 0, false },
	{ "border-bottom", parse_border, 0, false },
	{ "border-style", parse_border, 0, false },
	{ "border-top", parse_border, 0, false },
	{ "clip", parse_clip, 0, false },
	{ "clip-path", parse_clip, 0, false },
	{ "color", NULL, STYLE_COLOR, true },
	{ "content-visibility", parse_content_visibility, 0, false },
	{ "display", parse_display, 0, false },
	{ "filter", parse_filter, 0, false },
	{ "font", parse_font, 0, false },
	{ "font-family", parse_family, 0, false },
	{ "font-size", parse_font_size, 0, false },
	{ "height", NULL, STYLE_HEIGHT, false },
	{ "left", NULL, STYLE_LEFT, false },
	{ "margin", parse_margin, 0, false },
	{ "margin-bottom", NULL, STYLE_MARGIN_BOTTOM, false },
	{ "margin-left", parse_margin_left, 0, false },
	{ "margin-top", NULL, STYLE_MARGIN_TOP, false },
	{ "max-height", NULL, STYLE_MAX_HEIGHT, false },
	{ "max-width", NULL, STYLE_MAX_WIDTH, false },
	{ "mso-hide", parse_mso_hide, 0, false },
	{ "opacity", parse_opacity, 0, false },
	{ "overflow", parse_overflow, 0, false },
	{ "overflow-x", parse_overflow, 0, false },
	{ "overflow-y", parse_overflow, 0, false },
	{ "scale", parse_zoom, 0, false },
	{ "text-indent", NULL, STYLE_INDENT, false },
	{ "top", NULL, STYLE_TOP, false },
	{ "transform", parse_transform, 0, false },
	{ "visibility", parse_visibility, 0, false },
	{ "white-space", parse_white_space, 0, false },
	{ "width", NULL, STYLE_WIDTH, false },
	{ "zoom", parse_zoom, 0, false },
};
#define PROPERTIES_N	(sizeof(properties) / sizeof(properties[0]))

static const struct property *
property_find(struct span name)
{
	char folded[PROPERTY_BYTES_MAX + 1] = { 0 };
	size_t low = 0, high = PROPERTIES_N;

	if (name.len > PROPERTY_BYTES_MAX)
		return NULL;
	for (size_t i = 0; i < name.len; i++)
		folded[i] = (char)ascii_lower(name.ptr[i]);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(properties[mid].name, folded);

		if (order == 0)
			return &properties[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* The value without !important; true when it was there. */
static bool
cut_important(struct span *value)
{
	size_t at = value->len;

	while (at > 0 && value->ptr[at - 1] != '!')
		at--;
	if (at == 0 || !span_equal_nocase(span_trim(span_sub(*value, at,
	    value->len)), SPAN("important")))
		return false;
	*value = span_trim(span_sub(*value, 0, at - 1));
	return true;
}

static void
declaration(struct html_style *style, struct span name, struct span value)
{
	const struct property *property = property_find(name);
	struct html_style one;

	if (property == NULL)
		return;
	/* shorthands see what their longhands said before */
	one.set = style->set;
	one.important = 0;
	memcpy(one.value, style->value, sizeof(one.value));
	one.set = property->parse == parse_background_color ||
	    property->parse == parse_border ?
	    style->set & (UINT32_C(1) << STYLE_BACKGROUND) : 0;
	if (cut_important(&value))
		one.important = UINT32_MAX;
	if (property->parse != NULL)
		property->parse(&one, value);
	else if (property->color)
		set_color(&one, property->length, value);
	else
		set_length(&one, property->length, value);
	one.important &= one.set;
	html_style_merge(style, &one);
}

/* The end of a value: ; outside of quotes and parentheses. */
static size_t
value_end(struct span s)
{
	size_t depth = 0, i = 0;

	for (; i < s.len; i++) {
		uint8_t c = s.ptr[i];

		if (c == '"' || c == '\'')
			i += 1 + span_find_byte(span_sub(s, i + 1, s.len), c);
		else if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (c == ';' && depth == 0)
			break;
	}
	return i > s.len ? s.len : i;
}

void
html_style_parse(struct html_style *style, struct span s)
{
	struct span name, value;
	size_t end;

	while (s.len > 0) {
		for (end = 0; end < s.len && s.ptr[end] != ':' &&
		    s.ptr[end] != ';'; end++)
			;
		name = span_trim(span_sub(s, 0, end));
		if (end == s.len)
			return;
		if (s.ptr[end] == ';') {
			s = span_sub(s, end + 1, s.len);
			continue;
		}
		s = span_sub(s, end + 1, s.len);
		end = value_end(s);
		value = span_trim(span_sub(s, 0, end));
		s = span_sub(s, end + 1, s.len);
		declaration(style, name, value);
	}
}

void
html_style_merge(struct html_style *style, const struct html_style *over)
{
	uint32_t take = over->set & (over->important | ~style->important);
	unsigned i;

	style->set |= take;
	style->important |= over->important & take;
	for (; take != 0; take &= take - 1) {
		i = (unsigned)__builtin_ctz(take);
		style->value[i] = over->value[i];
	}
}

bool
html_css_is_escaped(struct span css)
{
	return span_find_byte(css, '\\') < css.len ||
	    span_find(css, SPAN("/*")) < css.len;
}

/* CSS Syntax 4.3.7: a backslash, 1 to 6 hexadecimal digits, one blank. */
static size_t
css_escape(struct span s, struct buf *out, enum err *err)
{
	uint32_t value = 0;
	size_t i = 1;
	int digit;

	for (; i < s.len && i < 7; i++) {
		uint8_t c = ascii_lower(s.ptr[i]);

		if (ascii_is_digit(c))
			digit = c - '0';
		else if (c >= 'a' && c <= 'f')
			digit = c - 'a' + 10;
		else
			break;
		value = value << 4 | (uint32_t)digit;
	}
	if (i == 1) {		/* any other character stands for itself */
		*err = i < s.len ? buf_add_byte(out, s.ptr[1]) : OK;
		return 2;
	}
	/* names that matter are ASCII; anything else just is not one */
	*err = buf_add_byte(out, value > 0 && value < 0x80 ? (uint8_t)value :
	    '?');
	return i < s.len && html_is_blank(s.ptr[i]) ? i + 1 : i;
}

enum err
html_css_unescape(struct span s, struct buf *out)
{
	enum err err = OK;
	size_t n;

	while (s.len > 0 && err == OK) {
		n = 1;
		if (span_begins(s, SPAN("/*"))) {
			n = 2 + span_find(span_sub(s, 2, s.len), SPAN("*/")) +
			    2;
		} else if (s.ptr[0] == '\\')
			n = css_escape(s, out, &err);
		else
			err = buf_add_byte(out, s.ptr[0]);
		s = span_sub(s, n, s.len);
	}
	return err;
}
