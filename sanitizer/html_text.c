/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTML to text: walks over the tokens with a stack of open elements, as much
 * of WHATWG's tree construction (13.2.6) as decides what a text is inside of.
 * There is no tree. What elements write is html_element.c, who sees it
 * html_hidden.c. A style sheet that comes behind text makes a second pass.
 */
#include <string.h>

#include "../gateway/base/utf8.h"
#include "html_internal.h"

#define DEFAULT_FONT_SIZE	(16 * STYLE_PX)
#define SYMBOLS_MAX		4	/* characters of a list sign */

static uint32_t
name_hash(struct span name)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ ascii_lower(name.ptr[i])) * 16777619u;
	return hash;
}

/* What is hidden by being what it is. */
static enum html_hidden
hidden_element(const struct html_walk *w)
{
	if (html_has(&w->token, ATTR_HIDDEN))
		return HIDDEN_ATTRIBUTE;
	if (w->token.tag == TAG_TEMPLATE || (w->token.tag == TAG_DIALOG &&
	    !html_has(&w->token, ATTR_OPEN)))
		return HIDDEN_DISPLAY;
	return HIDDEN_NOT;
}

/* The look of what is around it. */
static void
inherit(struct html_frame *frame, const struct html_frame *parent)
{
	frame->hidden = parent->hidden;
	frame->unseen = parent->unseen;
	frame->symbol = parent->symbol;
	frame->invisible = parent->invisible;
	frame->font_size = parent->font_size;
	frame->color = parent->color;
	frame->background = parent->background;
}

/* A frame that inherits from the top one; not yet pushed. */
static void
frame_inherit(const struct html_walk *w, struct html_frame *frame,
    enum html_tag tag)
{
	const struct html_frame *top = &w->frames[w->depth];

	memset(frame, 0, offsetof(struct html_frame, own));
	frame->tag = (uint8_t)tag;
	inherit(frame, top);
	frame->pre = top->pre;
	frame->drop = top->drop;
	frame->prefix_len = (uint8_t)w->out.prefix_len;
}

/* What it says itself, on top of what it inherited. */
static void
look(struct html_walk *w, struct html_frame *frame)
{
	if (frame->hidden == HIDDEN_NOT && frame->own_hidden != HIDDEN_NOT)
		frame->hidden = frame->unseen = frame->own_hidden;
	if (frame->styled)
		html_hidden_style(w, frame, &frame->own);
}

static void
frame_style(struct html_walk *w, struct html_frame *frame,
    struct html_style *style)
{
	frame->own_hidden = (uint8_t)hidden_element(w);
	/* a link has a colour of its own, unless it is said otherwise */
	if (frame->tag == TAG_A && html_has(&w->token, ATTR_HREF) &&
	    !style_has(style, STYLE_COLOR)) {
		style->set |= UINT32_C(1) << STYLE_COLOR;
		style->value[STYLE_COLOR] = (int32_t)COLOR_LINK;
	}
	if (style->set != 0) {
		frame->styled = true;
		memcpy(&frame->own, style, sizeof(*style));
	}
	look(w, frame);
}

/*
 * A formatting element ended below elements that stay open: they lose what
 * they had from it.
 */
static void
look_again(struct html_walk *w, unsigned dead)
{
	inherit(&w->frames[dead], &w->frames[dead - 1]);
	w->frames[dead].styled = false;
	w->frames[dead].own_hidden = HIDDEN_NOT;
	for (unsigned i = dead + 1; i <= w->depth; i++) {
		inherit(&w->frames[i], &w->frames[i - 1]);
		look(w, &w->frames[i]);
	}
}

static void
pop(struct html_walk *w)
{
	struct html_frame *frame = html_top(w);

	if (!frame->dead) {
		w->open_n[frame->tag]--;
		if (frame->hidden == HIDDEN_NOT)
			html_element_close(w, frame);
	}
	if (w->link_open && (frame->tag == TAG_TD || frame->tag == TAG_TH ||
	    frame->tag == TAG_TABLE) && w->link_depth >= w->depth)
		html_anchor_close(w);
	w->depth--;
	if (w->frames[w->depth].unseen != frame->unseen)
		html_hidden_end(w);
	w->hidden_space |= frame->break_after > 0 || frame->tag == TAG_TD;
}

static void
push(struct html_walk *w, const struct html_frame *frame)
{
	require(w->depth + 1 < HTML_DEPTH_MAX);
	w->depth++;
	w->open_n[frame->tag]++;
}

/*
 * Close frames down to and with the one at index. Formatting elements that
 * were not closed themselves go on with the next text (13.2.4.3), but for
 * those of a cell.
 */
static void
pop_to(struct html_walk *w, unsigned index)
{
	unsigned tag = w->frames[index].tag;
	bool cell = tag == TAG_TD || tag == TAG_TH || tag == TAG_TABLE ||
	    tag == TAG_TR || tag == TAG_CAPTION;
	const struct html_frame *frame;

	if (cell)
		w->again_n = 0;
	for (unsigned i = index + 1; i <= w->depth && !cell; i++) {
		frame = &w->frames[i];
		if (w->again_n < HTML_REOPEN_MAX && !frame->dead &&
		    (frame->styled || frame->own_hidden != HIDDEN_NOT) &&
		    frame->tag != TAG_A && (html_tag_flags((enum html_tag)
		    frame->tag) & HTML_TAG_F) != 0)
			w->again[w->again_n++] = *frame;
	}
	while (w->depth >= index)
		pop(w);
}

/* "Reconstruct the active formatting elements" */
static void
reopen(struct html_walk *w)
{
	struct html_frame *frame;

	for (unsigned i = 0; i < w->again_n &&
	    w->depth + 1 < HTML_DEPTH_MAX; i++) {
		frame = &w->frames[w->depth + 1];
		frame_inherit(w, frame, (enum html_tag)w->again[i].tag);
		frame->own = w->again[i].own;
		frame->own_hidden = w->again[i].own_hidden;
		frame->styled = w->again[i].styled;
		look(w, frame);
		push(w, frame);
	}
	w->again_n = 0;
}

/* 13.2.4.2: what an element is "in scope" up to. */
static bool
is_barrier(unsigned tag)
{
	return tag == TAG_TD || tag == TAG_TH || tag == TAG_CAPTION ||
	    tag == TAG_TABLE || tag == TAG_APPLET || tag == TAG_OBJECT ||
	    tag == TAG_MARQUEE || tag == TAG_TEMPLATE;
}

/* The frame of an open tag, no barrier between; 0 if there is none. */
static unsigned
find_in_scope(const struct html_walk *w, enum html_tag tag)
{
	if (w->open_n[tag] == 0)
		return 0;
	for (unsigned i = w->depth; i > 0; i--) {
		if (w->frames[i].tag == tag && !w->frames[i].dead)
			return i;
		if (is_barrier(w->frames[i].tag))
			return 0;
	}
	return 0;
}

static unsigned
find_table(const struct html_walk *w)
{
	if (w->open_n[TAG_TABLE] == 0)
		return 0;
	for (unsigned i = w->depth; i > 0; i--)
		if (w->frames[i].tag == TAG_TABLE)
			return i;
	return 0;
}

/* Close what is open inside the nearest table from this tag on, or deeper. */
static bool
table_context(struct html_walk *w, enum html_tag tag)
{
	unsigned table = find_table(w), keep;

	if (table == 0)
		return false;
	for (keep = table + 1; keep <= w->depth; keep++) {
		unsigned open = w->frames[keep].tag;

		if (tag == TAG_TR && (open == TAG_TBODY || open == TAG_THEAD ||
		    open == TAG_TFOOT))
			continue;
		if ((tag == TAG_TD || tag == TAG_TH) && (open == TAG_TR ||
		    open == TAG_TBODY || open == TAG_THEAD ||
		    open == TAG_TFOOT))
			continue;
		break;
	}
	if (keep <= w->depth)
		pop_to(w, keep);
	return true;
}

/* 13.2.6.4.7: li, dd and dt end the one before, not reaching over a list. */
static void
close_item(struct html_walk *w, enum html_tag a, enum html_tag b)
{
	if (w->open_n[a] == 0 && w->open_n[b] == 0)
		return;
	for (unsigned i = w->depth; i > 0; i--) {
		unsigned tag = w->frames[i].tag;

		if ((tag == a || tag == b) && !w->frames[i].dead) {
			pop_to(w, i);
			return;
		}
		if ((html_tag_flags((enum html_tag)tag) & HTML_TAG_S) != 0 &&
		    tag != TAG_ADDRESS && tag != TAG_DIV && tag != TAG_P)
			return;
	}
}

static void
close_ruby(struct html_walk *w)
{
	for (unsigned i = w->depth; i > 0 && w->open_n[TAG_RUBY] > 0; i--) {
		unsigned tag = w->frames[i].tag;

		if (tag == TAG_RUBY)
			return;
		if (tag == TAG_RT || tag == TAG_RP || tag == TAG_RB ||
		    tag == TAG_RTC) {
			pop_to(w, i);
			return;
		}
	}
}

/* Implied end tags. False: the tag has no place here and is left out. */
static bool
make_room(struct html_walk *w, enum html_tag tag)
{
	unsigned at;

	if (tag == TAG_HTML || tag == TAG_BODY)
		return w->open_n[tag] == 0;
	if (tag == TAG_TD || tag == TAG_TH || tag == TAG_TR ||
	    tag == TAG_TBODY || tag == TAG_THEAD || tag == TAG_TFOOT ||
	    tag == TAG_CAPTION || tag == TAG_COLGROUP)
		return table_context(w, tag) && tag != TAG_COLGROUP;
	if ((html_tag_flags(tag) & HTML_TAG_K) != 0) {
		at = find_in_scope(w, TAG_P);
		if (at > 0)
			pop_to(w, at);
	}
	if (tag == TAG_LI)
		close_item(w, TAG_LI, TAG_LI);
	else if (tag == TAG_DD || tag == TAG_DT)
		close_item(w, TAG_DD, TAG_DT);
	else if (tag == TAG_RT || tag == TAG_RP || tag == TAG_RB ||
	    tag == TAG_RTC)
		close_ruby(w);
	else if (tag >= TAG_H1 && tag <= TAG_H6 &&
	    html_top(w)->tag >= TAG_H1 && html_top(w)->tag <= TAG_H6)
		pop_to(w, w->depth);
	return tag != TAG_HEAD;
}

/* An element beyond the stack: it breaks lines, and hides what it hides. */
static void
open_over(struct html_walk *w)
{
	struct html_frame frame;
	struct html_style style;

	w->over++;
	html_cascade(w, &style);
	frame_inherit(w, &frame, w->token.tag);
	frame_style(w, &frame, &style);
	if (frame.unseen != HIDDEN_NOT && w->over_hidden == 0)
		w->over_hidden = w->over;
	if ((html_tag_flags(w->token.tag) & (HTML_TAG_B | HTML_TAG_P)) != 0)
		html_out_break(&w->out, 1);
}

static void
open_element(struct html_walk *w)
{
	enum html_tag tag = w->token.tag;
	struct html_frame *frame;
	struct html_style style;

	if (tag == TAG_OBJECT || tag == TAG_APPLET || tag == TAG_AUDIO ||
	    tag == TAG_VIDEO)
		w->result->active++;
	if (tag == TAG_A && w->link_open)
		html_anchor_close(w);
	if (w->over > 0 || w->depth + 1 + HTML_REOPEN_MAX >= HTML_DEPTH_MAX) {
		open_over(w);
	} else {
		if (!make_room(w, tag))
			return;
		html_cascade(w, &style);
		/* unknown and plain: nothing to remember */
		if (tag == TAG_OTHER && style.set == 0 &&
		    !html_has(&w->token, ATTR_HIDDEN))
			return;
		if ((html_tag_flags(tag) & HTML_TAG_S) == 0)
			reopen(w);
		frame = &w->frames[w->depth + 1];
		frame_inherit(w, frame, tag);
		frame_style(w, frame, &style);
		if (tag == TAG_OTHER)
			frame->name = name_hash(w->token.name);
		if (frame->unseen != html_top(w)->unseen)
			html_hidden_end(w);
		push(w, frame);
		if (frame->hidden == HIDDEN_NOT)
			html_element_open(w, frame, &style);
	}
	if (tag == TAG_A)
		html_anchor_open(w);
}

/* In <svg>: nothing is shown; these end it (13.2.6.5). */
static bool
breaks_out(enum html_tag tag)
{
	unsigned flags = html_tag_flags(tag);

	if (tag == TAG_A || tag == TAG_S || tag == TAG_FORM ||
	    tag == TAG_FONT || tag == TAG_STYLE || tag == TAG_TITLE ||
	    tag == TAG_SCRIPT)
		return tag == TAG_S;
	return (flags & (HTML_TAG_P | HTML_TAG_F | HTML_TAG_B)) != 0 ||
	    tag == TAG_BR || tag == TAG_HR || tag == TAG_IMG ||
	    tag == TAG_SPAN || tag == TAG_EMBED || tag == TAG_META ||
	    tag == TAG_RUBY || tag == TAG_HEAD;
}

/* A tag inside <svg>; true when it is dealt with. */
static bool
foreign(struct html_walk *w)
{
	const struct html_token *token = &w->token;
	bool island = token->tag == TAG_TITLE || span_equal_nocase(token->name,
	    SPAN("foreignobject")) || span_equal_nocase(token->name,
	    SPAN("desc"));

	if (token->kind == TOKEN_OPEN && w->foreign_inner == 0 &&
	    breaks_out(token->tag)) {
		w->foreign = w->tokenizer.foreign = false;
		return false;
	}
	if (token->kind == TOKEN_CLOSE && token->tag == TAG_SVG) {
		w->foreign = w->tokenizer.foreign = false;
		w->foreign_inner = 0;
		return true;
	}
	if (island && token->kind == TOKEN_OPEN && !token->self_closing)
		w->foreign_inner++;
	else if (island && token->kind == TOKEN_CLOSE && w->foreign_inner > 0)
		w->foreign_inner--;
	if (token->kind == TOKEN_OPEN && token->tag == TAG_SCRIPT)
		w->result->active++;
	w->tokenizer.foreign = w->foreign_inner == 0;
	return true;
}

static void
open_tag(struct html_walk *w)
{
	enum html_tag tag = w->token.tag;
	unsigned flags = html_tag_flags(tag);

	w->result->handlers += w->token.handlers;
	w->newline_drop = false;
	if (w->foreign && foreign(w))
		return;
	if (tag == TAG_SVG) {
		w->result->active++;
		if (!w->token.self_closing) {
			w->foreign = w->tokenizer.foreign = true;
			w->foreign_inner = 0;
		}
	} else if ((flags & (HTML_TAG_V | HTML_TAG_R)) != 0) {
		if ((flags & HTML_TAG_K) != 0 && w->over == 0)
			(void)make_room(w, tag);
		html_element_single(w);
	} else
		open_element(w);
}

/*
 * 13.2.6.4.7, adoption agency: the end tag of a formatting element does not
 * close blocks that began inside it. Those stay, the element is dead.
 */
static void
close_formatting(struct html_walk *w, enum html_tag tag)
{
	unsigned at;
	bool block = false;

	for (unsigned i = w->again_n; i > 0; i--)
		if (w->again[i - 1].tag == tag) {
			w->again_n--;
			memmove(&w->again[i - 1], &w->again[i],
			    (w->again_n - (i - 1)) * sizeof(w->again[0]));
			return;
		}
	at = find_in_scope(w, tag);
	for (unsigned i = at + 1; at > 0 && i <= w->depth; i++)
		block |= (html_tag_flags((enum html_tag)w->frames[i].tag) &
		    HTML_TAG_S) != 0;
	if (at == 0)
		return;
	if (!block) {
		pop_to(w, at);
		return;
	}
	w->frames[at].dead = true;
	w->open_n[tag]--;
	if (w->frames[at].styled || w->frames[at].own_hidden != HIDDEN_NOT)
		look_again(w, at);
	if (w->frames[at].wrap != 0 && w->frames[at].hidden == HIDDEN_NOT)
		html_out_unwrap(&w->out, w->frames[at].wrap, "]");
}

/* "Any other end tag": found before a special element, or ignored. */
static void
close_other(struct html_walk *w, enum html_tag tag)
{
	uint32_t name = tag == TAG_OTHER ? name_hash(w->token.name) : 0;

	for (unsigned i = w->depth; i > 0; i--) {
		const struct html_frame *frame = &w->frames[i];

		if (frame->tag == tag && frame->name == name) {
			pop_to(w, i);
			return;
		}
		if ((html_tag_flags((enum html_tag)frame->tag) &
		    HTML_TAG_S) != 0)
			return;
	}
}

static void
close_table_part(struct html_walk *w, enum html_tag tag)
{
	unsigned table = find_table(w);

	for (unsigned i = w->depth; i >= table && i > 0; i--)
		if (w->frames[i].tag == tag) {
			pop_to(w, i);
			return;
		}
}

static void
close_over(struct html_walk *w, unsigned flags)
{
	if (w->over < w->over_hidden + 1)
		w->over_hidden = 0;
	w->over--;
	if ((flags & (HTML_TAG_B | HTML_TAG_P)) != 0)
		html_out_break(&w->out, 1);
}

static void
close_tag(struct html_walk *w)
{
	enum html_tag tag = w->token.tag;
	unsigned flags = html_tag_flags(tag), at;

	w->newline_drop = false;
	if (w->token.name.len == 0 || (w->foreign && foreign(w)))
		return;
	if (tag == TAG_BR) {		/* </br> is <br> */
		html_element_single(w);
		return;
	}
	if (tag == TAG_A && w->link_open)
		html_anchor_close(w);
	if ((flags & (HTML_TAG_V | HTML_TAG_R)) != 0)
		return;
	if (w->over > 0) {
		close_over(w, flags);
		return;
	}
	if (tag == TAG_BODY || tag == TAG_HTML ||
	    (w->open_n[tag] == 0 && w->again_n == 0))
		return;
	if ((flags & HTML_TAG_F) != 0)
		close_formatting(w, tag);
	else if (tag == TAG_TABLE || tag == TAG_TR || tag == TAG_TD ||
	    tag == TAG_TH || tag == TAG_TBODY || tag == TAG_THEAD ||
	    tag == TAG_TFOOT || tag == TAG_CAPTION)
		close_table_part(w, tag);
	else if ((flags & HTML_TAG_S) != 0) {
		at = find_in_scope(w, tag);
		if (at > 0)
			pop_to(w, at);
	} else
		close_other(w, tag);
}

static bool
has_text(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!html_is_blank(s.ptr[i]))
			return true;
	return false;
}

/*
 * Signs of Word's lists and Outlook's smiley, which are letters in a font
 * that a text does not have.
 */
static bool
symbol_text(struct html_walk *w, struct span text)
{
	static const struct { const char *from, *to; } signs[] = {
		{ "J", "☺" }, { "K", "😐" }, { "L", "☹" }, { "à", "→" },
		{ "ß", "←" }, { "ü", "✓" }, { "û", "✗" },
	};

	text = span_trim(text);
	if (text.len == 0 || text.len > SYMBOLS_MAX || text.ptr[0] == '&')
		return false;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (html_top(w)->symbol == FONT_WINGDINGS &&
		    span_equal(text, span_str(signs[i].from))) {
			html_out_word(&w->out, span_str(signs[i].to));
			return true;
		}
	html_out_word(&w->out, SPAN("・"));
	return true;
}

static void
text(struct html_walk *w, struct span s)
{
	const struct html_frame *frame;
	enum html_hidden why;

	if (html_top(w)->drop || w->foreign)
		return;
	if (w->again_n > 0 && has_text(s))
		reopen(w);
	frame = html_top(w);
	why = html_hidden_here(w);
	if (why != HIDDEN_NOT) {
		html_hidden_text(w, s, why);
		w->mso_block = false;
		return;
	}
	if (w->newline_drop) {
		w->newline_drop = false;
		if (span_begins(s, SPAN("\r\n")))
			s = span_sub(s, 2, s.len);
		else if (span_begins(s, SPAN("\n")))
			s = span_sub(s, 1, s.len);
	}
	if ((w->tables.depth > 0 || w->hidden_open || w->mso_block) &&
	    has_text(s)) {
		html_table_stray(&w->tables);
		html_hidden_end(w);
		w->mso_block = false;
	}
	if (frame->symbol != FONT_NORMAL && symbol_text(w, s))
		return;
	html_out_text(&w->out, s, frame->pre);
}

/* Preformatted text in which & is an ordinary character. */
static void
raw_lines(struct html_walk *w, struct span s)
{
	struct span piece;
	bool more;

	do {
		more = span_cut(&s, '&', &piece);
		html_out_text(&w->out, piece, true);
		if (more)
			html_out_word(&w->out, SPAN("&"));
	} while (more);
}

/* Content of a raw text element; most of it is no text. */
static void
raw(struct html_walk *w)
{
	size_t rules = w->sheet->rules_n;

	if (w->token.tag == TAG_STYLE && !w->sheet_ready) {
		w->err = html_sheet_add(w->sheet, w->token.text);
		if (w->out.begun || w->result->hidden > 0)
			w->sheet_late |= w->sheet->rules_n > rules ||
			    rules > 0;
	} else if (w->token.tag == TAG_XMP &&
	    html_hidden_here(w) == HIDDEN_NOT && !html_top(w)->drop) {
		html_out_break(&w->out, 2);
		html_table_stray(&w->tables);
		raw_lines(w, w->token.text);
		html_out_break(&w->out, 2);
	}
}

static void
walk_init(struct html_walk *w, struct span html, struct buf *out)
{
	html_tokenizer_init(&w->tokenizer, html);
	html_out_init(&w->out, out);
	html_tables_init(&w->tables, &w->out);
	html_link_init(&w->link);
	buf_init(&w->href, HTML_VALUE_BYTES_MAX);
	buf_init(&w->base, HTML_VALUE_BYTES_MAX);
	buf_init(&w->value, HTML_VALUE_BYTES_MAX);
	memset(&w->frames[0], 0, sizeof(w->frames[0]));
	w->frames[0].font_size = DEFAULT_FONT_SIZE;
	w->frames[0].color = COLOR_BLACK;
	w->frames[0].background = COLOR_WHITE;
}

static void
walk_fini(struct html_walk *w)
{
	html_tables_fini(&w->tables);
	html_link_fini(&w->link);
	buf_fini(&w->href);
	buf_fini(&w->base);
	buf_fini(&w->value);
}

static enum err
walk(struct html_walk *w)
{
	while (w->err == OK && w->out.err == OK) {
		html_token_next(&w->tokenizer, &w->token);
		switch (w->token.kind) {
		case TOKEN_END:
			if (w->link_open)
				html_anchor_close(w);
			if (w->depth > 0)
				pop_to(w, 1);
			html_out_finish(&w->out);
			return w->err != OK ? w->err : w->out.err;
		case TOKEN_TEXT:
			text(w, w->token.text);
			break;
		case TOKEN_RAW:
			raw(w);
			break;
		case TOKEN_OPEN:
			open_tag(w);
			break;
		case TOKEN_CLOSE:
			close_tag(w);
			break;
		case TOKEN_COMMENT:
			html_hidden_comment(w, w->token.text);
			break;
		}
	}
	return w->err != OK ? w->err : w->out.err;
}

/* http becomes hxxp wherever it stands: it stays readable, and dead. */
static void
defang(struct buf *out, size_t start)
{
	struct span rest = span_sub(buf_span(out), start, SIZE_MAX);
	uint8_t *at;
	size_t n;

	while ((n = span_find(rest, SPAN("://"))) < rest.len) {
		at = out->ptr + (rest.ptr - out->ptr) + n;
		if (n >= 5 && ascii_lower(at[-1]) == 's')
			at--;
		if (n >= 4 && ascii_lower(at[-4]) == 'h' &&
		    ascii_lower(at[-3]) == 't' && ascii_lower(at[-2]) == 't' &&
		    ascii_lower(at[-1]) == 'p')
			at[-3] = at[-2] = 'x';
		rest = span_sub(rest, n + 3, rest.len);
	}
}

enum err
html_text(struct span html, const struct html_options *options,
    struct buf *out, struct html_result *result)
{
	static const struct html_options standard = { false };
	/* large, and little of it is used; one thread, and no way back here */
	static struct html_walk w;
	struct html_sheet sheet;
	size_t start = out->len;
	bool again = false;
	enum err err;

	if (options == NULL)
		options = &standard;
	if (span_begins(html, SPAN("\xef\xbb\xbf")))
		html = span_sub(html, 3, html.len);
	memset(result, 0, offsetof(struct html_result, samples));
	if (utf8_check(html) != html.len)
		return ERR_INPUT;
	html_sheet_init(&sheet);
	do {
		memset(result, 0, offsetof(struct html_result, samples));
		buf_truncate(out, start);
		/* frames are written before they are read */
		memset(&w, 0, offsetof(struct html_walk, frames));
		memset(&w.depth, 0, sizeof(w) -
		    offsetof(struct html_walk, depth));
		w.options = options;
		w.result = result;
		w.sheet = &sheet;
		w.sheet_ready = again;
		walk_init(&w, html, out);
		err = walk(&w);
		result->invisible = w.out.invisible;
		walk_fini(&w);
		again = err == OK && w.sheet_late && !again;
	} while (again);
	html_sheet_fini(&sheet);
	if (err == OK && options->links_defang)
		defang(out, start);
	return err;
}
