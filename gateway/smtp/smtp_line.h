/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SMTP_LINE_H
#define SEKISHO_SMTP_LINE_H

#include "../base/buf.h"

/*
 * Cuts incoming bytes into lines that end in CRLF and nothing else. A CR or
 * LF that is not part of a CRLF spoils its line: what one reads as one line,
 * another would read as two, and that is how commands are smuggled.
 */
enum smtp_line_event {
	SMTP_LINE_MORE = 1,	/* the input is used up */
	SMTP_LINE_WHOLE,
	SMTP_LINE_BARE,		/* ended, but with a bare CR or LF in it */
	SMTP_LINE_LONG,		/* ended, but was longer than the maximum */
	SMTP_LINE_ENDLESS,	/* SMTP_SWALLOW_BYTES_MAX: give it up */
	SMTP_LINE_MEMORY
};

struct smtp_line {
	struct buf	 partial;	/* of the line that has not ended */
	size_t		 bytes_max;	/* with its CRLF */
	size_t		 swallowed;	/* of a line that is too long */
	bool		 given;		/* partial was given out as a line */
};

/* The caller owns the struct; nothing is allocated for whole lines. */
void smtp_line_init(struct smtp_line *line, size_t bytes_max);
void smtp_line_fini(struct smtp_line *line);

/*
 * Take the next line off the front of *input. SMTP_LINE_WHOLE: *text is the
 * line without its CRLF, valid until the next call and as long as the input.
 * A bare LF ends its line too, so that one can answer. Linear in the input.
 */
enum smtp_line_event smtp_line_next(struct smtp_line *line,
    struct span *input, struct span *text);

#endif
