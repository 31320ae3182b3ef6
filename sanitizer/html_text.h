/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HTML_TEXT_H
#define SEKISHO_SANITIZER_HTML_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "../gateway/base/buf.h"
#include "../gateway/base/err.h"
#include "../gateway/base/span.h"

/*
 * HTML to plain text. The words that a reader of the page would see come
 * through, with tables, lists and quotes drawn in text; what he would not see
 * is left out and counted; where a link really goes is written behind it.
 */

#define HTML_SAMPLES_MAX		20
#define HTML_SAMPLE_CHARACTERS_MAX	80
#define HTML_SAMPLE_BYTES_MAX		(HTML_SAMPLE_CHARACTERS_MAX * 4 + 1)

/* Why a text was hidden. */
enum html_hidden {
	HIDDEN_NOT = 0,
	HIDDEN_DISPLAY,		/* display:none, <template>, <dialog> */
	HIDDEN_VISIBILITY,	/* visibility:hidden, collapse */
	HIDDEN_FONT_SIZE,	/* below 3px */
	HIDDEN_OPACITY,		/* below .1 */
	HIDDEN_ATTRIBUTE,	/* hidden */
	HIDDEN_COLOR,		/* as the background, or transparent */
	HIDDEN_OFF_SCREEN,	/* text-indent, left, top <= -500px, clip */
	HIDDEN_BOX,		/* width or height 0, overflow hidden */
	HIDDEN_MSO,		/* mso-hide:all, <!--[if mso]> */
	HIDDEN_N
};
const char *html_hidden_name(enum html_hidden why);	/* "display" */

struct html_options {
	bool	links_defang;	/* http -> hxxp, in text and targets */
};

/*
 * What was found. Counts are exact; samples are the first HTML_SAMPLES_MAX
 * hidden pieces, each its first 80 characters on one line, blanks folded,
 * clean UTF-8 with a NUL behind it.
 */
struct html_sample {
	enum html_hidden why;
	char		 text[HTML_SAMPLE_BYTES_MAX];
};

struct html_result {
	uint64_t	hidden;		/* pieces of hidden text, left out */
	uint64_t	links;		/* with a target, also the removed */
	uint64_t	links_lying;	/* text names another domain */
	uint64_t	links_dangerous;	/* removed: bad scheme */
	uint64_t	images;		/* all <img> */
	uint64_t	images_remote;	/* target dropped, alt text stays */
	uint64_t	images_tiny;	/* 1x1 and smaller: nothing stays */
	uint64_t	forms;		/* replaced by a line */
	uint64_t	fields;		/* of forms, left out */
	uint64_t	active;		/* script object embed applet iframe
					 * frame svg audio video, refresh */
	uint64_t	handlers;	/* onclick=... attributes */
	uint64_t	styles;		/* <style>, linked style sheets */
	uint64_t	invisible;	/* bidi, zero-width, control characters
					 * taken out of the text */
	unsigned	samples_n;
	struct html_sample samples[HTML_SAMPLES_MAX];
};

/*
 * Convert. html is UTF-8 (charset.h makes it so; a BOM is ignored), any bytes
 * otherwise. Text is appended to out: UTF-8, lines end with LF, no control but
 * LF and TAB, no bidi or zero-width character (but ZWJ between emoji). out may
 * be left as it was when the page has no visible text. result is overwritten.
 * ERR_INPUT: html is not UTF-8. ERR_LIMIT: out is full, or a limit of
 * limits.h (HTML_*). On an error what out got is worthless. Linear time.
 */
enum err html_text(struct span html, const struct html_options *options,
    struct buf *out, struct html_result *result) MUST_CHECK;

/*
 * The charset that a page names in its first 4,096 bytes, as WHATWG's prescan
 * finds it: byte order mark, <meta charset>, <meta http-equiv content-type>,
 * or <?xml encoding?>. False if there is none. *label points into bytes, or is
 * a literal; a label, not yet known to be a charset.
 */
bool html_sniff_charset(struct span bytes, struct span *label);

#endif
