/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SMTP_DOT_H
#define SEKISHO_SMTP_DOT_H

#include "../base/filter.h"

/*
 * The text behind DATA: takes the stuffed dots out and finds the end, which
 * is CRLF "." CRLF and nothing else. Not a struct filter, because the end is
 * in the bytes and commands may follow it; the output goes to a filter.
 */
struct smtp_dot {
	struct filter	*out;		/* borrowed */
	enum err	 err;		/* first of out; ERR_INPUT when bare */
	bool		 bare;		/* a bare CR or LF was seen */
	uint8_t		 state;
};

void smtp_dot_init(struct smtp_dot *dot, struct filter *out);

/*
 * Take bytes off the front of *input, at most up to the end of the text. True
 * when that was found; out got everything then, but not filter_end(). After
 * an error nothing more is written, but the end is still looked for.
 */
bool smtp_dot_take(struct smtp_dot *dot, struct span *input);

/*
 * The chunks of BDAT: counted, not delimited, yet lines all the same (we do
 * not offer BINARYMIME). A bare CR or LF spoils them just so: the next hop
 * may be talked to by DATA.
 */
struct smtp_crlf {
	bool	cr;		/* the last byte was CR */
	bool	bare;
};

void smtp_crlf_init(struct smtp_crlf *crlf);
void smtp_crlf_add(struct smtp_crlf *crlf, struct span s);
void smtp_crlf_end(struct smtp_crlf *crlf);

/*
 * The way out: the text to send behind DATA for a body, piece by piece, with
 * dots stuffed and the end mark behind it. The cursor is a place in that
 * text; copy it to look ahead.
 */
struct smtp_stuffer {
	struct span	rest;		/* of the body */
	uint8_t		state;
};

/* The body is borrowed; its lines end in CRLF (the verifier has seen it). */
void smtp_stuffer_init(struct smtp_stuffer *stuffer, struct span body);

/* The next piece, at most SMTP_WINDOW_BYTES; empty at the end. */
struct span smtp_stuffer_next(const struct smtp_stuffer *stuffer);

/* Go on by len bytes of the piece that smtp_stuffer_next() gives. */
void smtp_stuffer_advance(struct smtp_stuffer *stuffer, size_t len);

#endif
