/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_LINES_H
#define SEKISHO_VERIFY_LINES_H

#include "../base/digest.h"
#include "limits.h"
#include "verify.h"

/*
 * A file as lines that end in CRLF, through one window: each byte is read
 * once, and what is judged is what goes into the digest.
 */
struct lines {
	int		 fd;
	uint64_t	 size;
	uint64_t	 fetched;	/* read into the window so far */
	uint64_t	 offset;	/* of the line at hand */
	size_t		 at;		/* the same, in the window */
	size_t		 have;
	size_t		 line_len;	/* at hand, with its CRLF; 0: none */
	struct digest	 digest;
	uint8_t		 window[VERIFY_WINDOW_BYTES];
};

/* lines_fini() is needed after it unless lines_digest() was called. */
void lines_init(struct lines *lines, int fd, uint64_t size);
void lines_fini(struct lines *lines);
/* Of everything; only when lines_at_end(). */
void lines_digest(struct lines *lines, uint8_t out[DIGEST_BYTES]);

/* Was the last line taken? */
bool lines_at_end(const struct lines *lines);

/*
 * The line at hand without its CRLF, valid until the next call with lines.
 * Its bytes are not checked. ERR_INPUT: there is none, or it is too long or
 * does not end in CRLF.
 */
enum err lines_peek(struct lines *lines, struct span *line, struct diag *diag)
    MUST_CHECK;
/* Go on behind the line that was peeked at. */
void lines_take(struct lines *lines);

/* Both, and the line holds nothing but 0x20-0x7E. */
enum err lines_next(struct lines *lines, struct span *line, struct diag *diag)
    MUST_CHECK;

/* The next line is exactly this. */
enum err lines_expect(struct lines *lines, const char *text,
    struct diag *diag) MUST_CHECK;

/* Is all of s in 0x20-0x7E? */
bool lines_printable(struct span s);

/* Every no begins here: ERR_INPUT and why. */
enum err refuse(struct diag *diag, const char *why);

/* Turn what a reader returned into the answer; frees lines' digest. */
void lines_result(struct lines *lines, enum err err, const struct diag *diag,
    struct verify_result *result);

#endif
