/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SMTP_REPLY_H
#define SEKISHO_SMTP_REPLY_H

#include "limits.h"
#include "smtp_line.h"

/*
 * A reply that we give: a code and a text that begins with an enhanced code
 * (RFC 3463, 2034), "5.1.1 no such user", or none (greeting, EHLO, 354).
 */
struct smtp_reply {
	unsigned	 code;
	const char	*text;
};

/*
 * A reply that we get, line by line. Text is hostile; of several lines it is
 * joined by blanks and cut at SMTP_REPLY_TEXT_BYTES_MAX.
 */
struct smtp_reply_reader {
	struct smtp_line line;
	unsigned	 code;		/* 200-599, of the reply at hand */
	unsigned	 lines;
	size_t		 len;
	uint8_t		 text[SMTP_REPLY_TEXT_BYTES_MAX];
};

enum smtp_reply_event {
	SMTP_REPLY_MORE = 1,	/* the input is used up */
	SMTP_REPLY_LINE,	/* one line, more follow: see *line */
	SMTP_REPLY_WHOLE,	/* the last line; code and text are there */
	SMTP_REPLY_BROKEN	/* not a reply: the connection is no good */
};

void smtp_reply_reader_init(struct smtp_reply_reader *reader);
void smtp_reply_reader_fini(struct smtp_reply_reader *reader);

/*
 * Take bytes off the front of *input up to the end of a line. *line is its
 * text behind the code, valid until the next call.
 */
enum smtp_reply_event smtp_reply_next(struct smtp_reply_reader *reader,
    struct span *input, struct span *line);

/* Text of the reply at hand; valid until the next reply begins. */
struct span smtp_reply_text(const struct smtp_reply_reader *reader);

#endif
