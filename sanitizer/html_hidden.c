/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who sees a text: the computed style of elements, as far as it hides, and the
 * list of what was hidden. Two kinds are told apart: what hides everything
 * inside an element (display, opacity ...), and what is inherited but can be
 * taken back by an element inside (visibility, size, colour).
 */
#include <string.h>

#include "../gateway/base/utf8.h"
#include "html_entity.h"
#include "html_internal.h"

#define FONT_SIZE_MIN	(3 * STYLE_PX)
#define OFF_SCREEN	(-500 * STYLE_PX)
#define BOX_MAX		STYLE_PX	/* 1px: "for screen readers only" */

const char *
html_hidden_name(enum html_hidden why)
{
	static const char *const names[HIDDEN_N] = {
		[HIDDEN_NOT] = "not",
		[HIDDEN_DISPLAY] = "display",
		[HIDDEN_VISIBILITY] = "visibility",
		[HIDDEN_FONT_SIZE] = "font-size",
		[HIDDEN_OPACITY] = "opacity",
		[HIDDEN_ATTRIBUTE] = "hidden",
		[HIDDEN_COLOR] = "color",
		[HIDDEN_OFF_SCREEN] = "off-screen",
		[HIDDEN_BOX] = "box",
		[HIDDEN_MSO] = "mso",
	};

	return why < HIDDEN_N ? names[why] : "?";
}

enum html_hidden
html_hidden_here(const struct html_walk *w)
{
	if (w->over_hidden > 0)
		return HIDDEN_DISPLAY;
	return (enum html_hidden)w->frames[w->depth].unseen;
}

static bool
at_most(const struct html_style *style, enum html_property property,
    int32_t max)
{
	return style_has(style, property) && style->value[property] <= max;
}

static bool
is_set(const struct html_style *style, enum html_property property)
{
	return style_has(style, property) && style->value[property] != 0;
}

/* What hides the whole element. */
static enum html_hidden
hidden_whole(const struct html_walk *w, const struct html_style *style)
{
	if (style_has(style, STYLE_DISPLAY) &&
	    style->value[STYLE_DISPLAY] == DISPLAY_NONE)
		return HIDDEN_DISPLAY;
	if (is_set(style, STYLE_OPACITY))
		return HIDDEN_OPACITY;
	if (at_most(style, STYLE_INDENT, OFF_SCREEN) ||
	    at_most(style, STYLE_LEFT, OFF_SCREEN) ||
	    at_most(style, STYLE_TOP, OFF_SCREEN) ||
	    is_set(style, STYLE_CLIP) || is_set(style, STYLE_GONE))
		return HIDDEN_OFF_SCREEN;
	if (is_set(style, STYLE_OVERFLOW) &&
	    (at_most(style, STYLE_WIDTH, BOX_MAX) ||
	    at_most(style, STYLE_HEIGHT, BOX_MAX) ||
	    at_most(style, STYLE_MAX_WIDTH, BOX_MAX) ||
	    at_most(style, STYLE_MAX_HEIGHT, BOX_MAX)))
		return HIDDEN_BOX;
	/*
	 * A button that follows its own double for Outlook ([if mso]) is the
	 * one that everybody else sees: of the two this one stays.
	 */
	if (is_set(style, STYLE_MSO_HIDE) && !w->mso_block)
		return HIDDEN_MSO;
	return HIDDEN_NOT;
}

/* A size in per mille of the parent's is stored as -1 - per mille. */
static int32_t
font_size(int32_t value, int32_t parent)
{
	int64_t size;

	if (value >= 0)
		return value;
	size = (int64_t)parent * (-1 - (int64_t)value) / 1000;
	return size > STYLE_LENGTH_MAX ? STYLE_LENGTH_MAX : (int32_t)size;
}

static enum html_hidden
computed(const struct html_frame *frame)
{
	uint32_t color;

	if (frame->hidden != HIDDEN_NOT)
		return (enum html_hidden)frame->hidden;
	if (frame->invisible)
		return HIDDEN_VISIBILITY;
	if (frame->font_size < FONT_SIZE_MIN)
		return HIDDEN_FONT_SIZE;
	color = html_color_blend(frame->color, frame->background);
	return html_color_is_near(color, frame->background) ? HIDDEN_COLOR :
	    HIDDEN_NOT;
}

void
html_hidden_style(struct html_walk *w, struct html_frame *frame,
    struct html_style *style)
{
	if (frame->hidden == HIDDEN_NOT)
		frame->hidden = (uint8_t)hidden_whole(w, style);
	if (style_has(style, STYLE_VISIBILITY))
		frame->invisible = style->value[STYLE_VISIBILITY] != 0;
	if (style_has(style, STYLE_FONT_SIZE))
		frame->font_size = font_size(style->value[STYLE_FONT_SIZE],
		    frame->font_size);
	if (style_has(style, STYLE_COLOR))
		frame->color = (uint32_t)style->value[STYLE_COLOR];
	if (style_has(style, STYLE_BACKGROUND))
		frame->background = html_color_blend((uint32_t)
		    style->value[STYLE_BACKGROUND], frame->background);
	if (style_has(style, STYLE_WHITE_SPACE))
		frame->pre = style->value[STYLE_WHITE_SPACE] != 0;
	if (style_has(style, STYLE_SYMBOL_FONT))
		frame->symbol = (uint8_t)style->value[STYLE_SYMBOL_FONT];
	frame->unseen = (uint8_t)computed(frame);
}

static void
piece_character(struct html_walk *w, uint32_t c, enum html_hidden why)
{
	struct html_result *result = w->result;
	struct html_sample *sample;
	uint8_t bytes[4];
	size_t len, at;

	if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' ||
	    c == 0xa0 || c == 0x3000) {
		w->hidden_space = true;
		return;
	}
	/* fillers of preheaders are no text: ZWNJ, ZWJ, figure space ... */
	if (html_is_invisible(c) || c == 0x200d || c == 0x2007)
		return;
	if (!w->hidden_open) {
		w->hidden_open = true;
		w->hidden_space = false;
		w->hidden_characters = 0;
		result->hidden++;
		if (result->hidden <= HTML_SAMPLES_MAX) {
			result->samples[result->samples_n].why = why;
			result->samples[result->samples_n++].text[0] = '\0';
		}
	}
	if (result->hidden > HTML_SAMPLES_MAX)
		return;
	sample = &result->samples[result->samples_n - 1];
	at = strlen(sample->text);
	if (w->hidden_space && w->hidden_characters > 0 &&
	    ++w->hidden_characters < HTML_SAMPLE_CHARACTERS_MAX)
		sample->text[at++] = ' ';
	w->hidden_space = false;
	if (w->hidden_characters++ < HTML_SAMPLE_CHARACTERS_MAX) {
		len = utf8_encode(c, bytes);
		memcpy(sample->text + at, bytes, len);
		at += len;
	}
	sample->text[at] = '\0';
}

void
html_hidden_text(struct html_walk *w, struct span text, enum html_hidden why)
{
	uint32_t c[2];
	unsigned n;
	size_t len;

	for (; text.len > 0; text = span_sub(text, len, text.len)) {
		if (w->hidden_open && (w->result->hidden > HTML_SAMPLES_MAX ||
		    w->hidden_characters >= HTML_SAMPLE_CHARACTERS_MAX))
			return;
		n = 1;
		if (text.ptr[0] == '&')
			len = html_entity(text, false, c, &n);
		else
			c[0] = utf8_decode(text, &len);
		for (unsigned i = 0; i < n && c[i] != UTF8_BAD; i++)
			piece_character(w, c[i], why);
	}
}

void
html_hidden_end(struct html_walk *w)
{
	w->hidden_open = false;
	w->hidden_space = false;
}

/*
 * <!--[if mso]> text <![endif]-->: Word's engine shows it, all others do not.
 * <xml> in it holds settings, no text.
 */
void
html_hidden_comment(struct html_walk *w, struct span comment)
{
	struct html_tokenizer tokenizer;
	struct html_token token;
	size_t end;
	bool xml = false;

	if (!span_begins_nocase(comment, SPAN("[if ")) ||
	    span_begins_nocase(comment, SPAN("[if !")))
		return;
	end = span_find(comment, SPAN("]>"));
	if (end == comment.len)
		return;
	html_hidden_end(w);
	html_tokenizer_init(&tokenizer, span_sub(comment, end + 2,
	    comment.len));
	for (;;) {
		html_token_next(&tokenizer, &token);
		if (token.kind == TOKEN_END)
			break;
		if (token.tag == TAG_XML)
			xml = token.kind == TOKEN_OPEN;
		if (token.kind == TOKEN_TEXT && !xml)
			html_hidden_text(w, token.text, HIDDEN_MSO);
	}
	if (w->hidden_open)
		w->mso_block = true;
	html_hidden_end(w);
}
