/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HTML_OUT_H
#define SEKISHO_SANITIZER_HTML_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "../gateway/base/buf.h"
#include "limits.h"

#define HTML_MARKER_BYTES_MAX	24
#define HTML_WRAPS_MAX		8

/*
 * Writes the text: folds blanks, keeps line breaks waiting until there is
 * something behind them, puts the prefix (quote marks, indent, list marker)
 * before each line, and leaves out invisible characters. An error stays in
 * err; what comes behind it does nothing.
 */
struct html_out {
	struct buf	*buf;
	enum err	 err;
	uint64_t	 invisible;	/* characters left out */

	/* what waits for the next visible character */
	bool		 waiting;	/* any of these */
	unsigned	 breaks;	/* line ends */
	unsigned	 spaces;
	bool		 hard_spaces;	/* one of them was U+00A0 or in pre */
	bool		 line_open;	/* the line has text */
	bool		 begun;		/* there is a line before */

	/* the prefix of each line; of empty lines the first blank_len bytes */
	char		 prefix[HTML_PREFIX_BYTES_MAX];
	size_t		 prefix_len;
	size_t		 blank_len;
	/* a list marker: stands for the prefix from marker_at on, once */
	char		 marker[HTML_MARKER_BYTES_MAX];
	size_t		 marker_len;
	size_t		 marker_at;

	/* openings of pairs such as 「」, written with the first character */
	const char	*wraps[HTML_WRAPS_MAX];
	unsigned	 wrap_ids[HTML_WRAPS_MAX];
	unsigned	 wraps_n;
	unsigned	 wrap_last;

	/* where the text of the open link begins; SIZE_MAX: not yet */
	bool		 link_wanted;
	size_t		 link_start;
};

void html_out_init(struct html_out *out, struct buf *buf);

/* At least n line ends before what follows (1: new line, 2: empty line). */
void html_out_break(struct html_out *out, unsigned n);
/* One more line end: <br>, or LF in pre. cap 0: any number of empty lines. */
void html_out_newline(struct html_out *out, unsigned cap);

/* Text with references; pre keeps blanks and line ends as they are. */
void html_out_text(struct html_out *out, struct span text, bool pre);
/* Ours, or cleaned already: written as it is, in the flow of the text. */
void html_out_word(struct html_out *out, struct span word);
/* Straight behind the last character, before any waiting break. */
void html_out_append(struct html_out *out, struct span text);
/* A whole line of its own, with the prefix. May be empty. */
void html_out_line(struct html_out *out, struct span line);

/* Make the prefix longer (false: no room, it stays), or cut it back. */
bool html_out_indent(struct html_out *out, struct span add);
void html_out_unindent(struct html_out *out, size_t len);
/* Indent as wide as the marker; the next line begins with the marker. */
void html_out_marker(struct html_out *out, struct span marker);
/* A marker that still waits gets a line of its own. */
void html_out_marker_flush(struct html_out *out);

/*
 * Open a pair: returns its number, 0 when there is no room. Close it: nothing
 * is written when no text came between.
 */
unsigned html_out_wrap(struct html_out *out, const char *opening);
void html_out_unwrap(struct html_out *out, unsigned id, const char *closing);

/* Watch for the start of a link's text; where it began, or SIZE_MAX. */
void html_out_link_start(struct html_out *out);
size_t html_out_link_stop(struct html_out *out);

/* The last line ends here. */
void html_out_finish(struct html_out *out);

/* Is c taken out of texts (control, bidi, zero-width, tag, non-character)? */
bool html_is_invisible(uint32_t c);

#endif
