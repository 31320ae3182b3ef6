/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HTML_INTERNAL_H
#define SEKISHO_SANITIZER_HTML_INTERNAL_H

#include "html_color.h"
#include "html_link.h"
#include "html_out.h"
#include "html_sheet.h"
#include "html_table.h"
#include "html_text.h"
#include "html_token.h"

/*
 * What html_text.c (elements and their order), html_element.c (what each one
 * does to the text) and html_hidden.c (who sees it) share.
 */

/* One open element, with what its content inherits. */
struct html_frame {
	uint8_t		tag;		/* enum html_tag */
	uint8_t		hidden;		/* enum html_hidden of the subtree */
	uint8_t		unseen;		/* of text right here, computed */
	uint8_t		symbol;		/* enum html_symbol_font */
	bool		dead;		/* closed, but things inside it live */
	bool		styled;		/* it has declarations of its own */
	uint8_t		own_hidden;	/* hidden by what it is */
	bool		invisible;	/* visibility:hidden */
	bool		pre;
	bool		drop;		/* form fields, foreign content */
	bool		reversed;	/* list */
	uint8_t		break_after;
	uint8_t		list;		/* enum list_kind of ul, ol, dl */
	uint8_t		heading;	/* 1-3 */
	uint8_t		prefix_len;	/* to go back to */
	unsigned	wrap;		/* html_out_wrap() */
	int32_t		number;		/* next of the list */
	int32_t		font_size;	/* 1/64 px */
	uint32_t	color;
	uint32_t	background;
	uint32_t	name;		/* TAG_OTHER: hash of its name */
	size_t		text_start;	/* of headings */
	struct html_style own;		/* valid when styled */
};

#define HTML_REOPEN_MAX		8
#define HTML_VALUE_BYTES_MAX	(128u * 1024 * 1024)

enum list_kind { LIST_NONE = 0, LIST_BULLET, LIST_NUMBER, LIST_LOWER_ALPHA,
	LIST_UPPER_ALPHA, LIST_LOWER_ROMAN, LIST_UPPER_ROMAN };

struct html_walk {
	struct html_tokenizer	 tokenizer;
	struct html_token	 token;
	const struct html_options *options;
	struct html_result	*result;
	struct html_out		 out;
	struct html_tables	 tables;
	struct html_sheet	*sheet;
	bool			 sheet_ready;	/* second pass: all is known */
	bool			 sheet_late;	/* a rule came after text */

	/* frames[0] is the page; depth is of the last one */
	struct html_frame	 frames[HTML_DEPTH_MAX];
	unsigned		 depth;
	struct html_frame	 again[HTML_REOPEN_MAX];	/* to reopen */
	unsigned		 again_n;
	unsigned		 open_n[TAG_N];	/* of each tag, not dead */
	uint64_t		 over;		/* open ones beyond the stack */
	uint64_t		 over_hidden;	/* hidden from this one on */
	bool			 foreign;	/* in <svg> */
	unsigned		 foreign_inner;	/* in its HTML islands */
	bool			 newline_drop;	/* the first LF of <pre> */

	struct html_link	 link;
	bool			 link_open;
	unsigned		 link_depth;
	bool			 link_image;
	struct buf		 href;
	struct buf		 base;

	struct buf		 value;		/* decoded attribute */
	bool			 hidden_open;	/* a piece is being gathered */
	bool			 hidden_space;
	unsigned		 hidden_characters;
	bool			 mso_block;	/* [if mso] came just now */
	enum err		 err;
};

static inline struct html_frame *
html_top(struct html_walk *w)
{
	return &w->frames[w->depth];
}

/* html_cascade.c: all declarations for the element of the token. */
void html_cascade(struct html_walk *w, struct html_style *style);

/* html_hidden.c: why text at this place is not seen, HIDDEN_NOT if it is. */
enum html_hidden html_hidden_here(const struct html_walk *w);
/* Compute what the element of the token gives to its content. */
void html_hidden_style(struct html_walk *w, struct html_frame *frame,
    struct html_style *style);
/* Gather a piece of text that is not seen. */
void html_hidden_text(struct html_walk *w, struct span text,
    enum html_hidden why);
void html_hidden_end(struct html_walk *w);
/* The text of a <!--[if mso]> block. */
void html_hidden_comment(struct html_walk *w, struct span comment);

/* html_element.c: the element of the token begins; frame is its new one. */
void html_element_open(struct html_walk *w, struct html_frame *frame,
    const struct html_style *style);
/* A void element, or one whose content does not matter. */
void html_element_single(struct html_walk *w);
/* The element of the frame ends (it is still the top one). */
void html_element_close(struct html_walk *w, struct html_frame *frame);

/* html_anchor.c */
void html_anchor_open(struct html_walk *w);
void html_anchor_close(struct html_walk *w);
void html_anchor_area(struct html_walk *w);
void html_form_open(struct html_walk *w);

/* The attribute without references, in w->value; empty if it is absent. */
struct span html_value(struct html_walk *w, enum html_attribute attribute);
/* The same, trimmed, when it has no reference (numbers, keywords). */
struct span html_plain(const struct html_walk *w,
    enum html_attribute attribute);

#endif
