/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_TRANSFER_H
#define SEKISHO_SANITIZER_TRANSFER_H

#include <stdbool.h>

#include "../gateway/base/filter.h"

/*
 * Content transfer encodings as push filters (house.md section 7). Decoders
 * are tolerant as mail programs are, and count what a strict one would have
 * refused: `junk`, to be read after end(). None of them allocates, none fails
 * by itself: an error is always one of `next`. Any split, same output.
 */
#define TRANSFER_OUT_BYTES	4096	/* collected before next is called */
#define TRANSFER_LINE_BYTES	1024	/* of uuencode and yEnc control lines */

/* RFC 4648 section 4, RFC 2045 section 6.8. */
struct base64_decoder {
	struct filter	 filter;
	bool		 go_on;
	bool		 padded;	/* a = was seen: this is the end */
	bool		 after;		/* alphabet was seen behind a = */
	uint64_t	 junk;
	uint32_t	 bits;
	unsigned	 n;		/* characters in bits, 0-3 */
	unsigned	 pads;		/* = that must still come */
	unsigned	 out_len;
	uint8_t		 out[TRANSFER_OUT_BYTES];
};

/*
 * go_on false: the first = that ends a quantum ends the data, what follows is
 * junk. True: padding closes a quantum and the next one begins, as some mail
 * programs read it. CR, LF, space and TAB are not junk; an incomplete last
 * quantum gives the bytes that are whole and counts as one.
 */
void base64_decoder_init(struct base64_decoder *decoder, bool go_on,
    struct filter *next);

/* 76 columns, each line and the last one too ends in CRLF. */
struct base64_encoder {
	struct filter	 filter;
	unsigned	 in_len;
	uint8_t		 in[57];
	unsigned	 out_len;
	uint8_t		 out[78 * 52];
};
void base64_encoder_init(struct base64_encoder *encoder, struct filter *next);

/* The same in one piece without line ends: 4 * ceil(n / 3) characters. */
size_t base64_encode(struct span bytes, uint8_t *out);

/*
 * RFC 2045 section 6.7. Line ends come out as they went in; blanks before a
 * line end fall away (rule 3). = before anything that is neither two
 * hexadecimal digits nor a line end stays as it is and counts as junk, as do
 * bytes outside 0x20-0x7E but TAB.
 */
struct qp_decoder {
	struct filter	 filter;
	uint64_t	 junk;
	unsigned	 state;
	uint8_t		 first;		/* digit behind = */
	unsigned	 blanks_len;	/* held back: may end a line */
	bool		 blanks_over;
	unsigned	 out_len;
	uint8_t		 blanks[998];
	uint8_t		 out[TRANSFER_OUT_BYTES];
};
void qp_decoder_init(struct qp_decoder *decoder, struct filter *next);

/* uuencode and yEnc, line by line. */
struct line_decoder {
	struct filter	 filter;
	bool		 done;		/* "end" or "=yend" was seen */
	bool		 began;
	bool		 long_line;
	uint64_t	 junk;
	unsigned	 line_len;
	unsigned	 out_len;
	uint8_t		 line[TRANSFER_LINE_BYTES];
	uint8_t		 out[TRANSFER_OUT_BYTES];
	void		 (*data)(struct line_decoder *);
};

/* From the "begin" line (or the first data line) to "end". Lines that are
 * no data are left out and counted. */
void uu_decoder_init(struct line_decoder *decoder, struct filter *next);
/* Is it a line of uuencoded data (without its line end)? */
bool uu_is_data(struct span line);
/* From "=ybegin" to "=yend"; more parts may follow. CRCs are not checked. */
void yenc_decoder_init(struct line_decoder *decoder, struct filter *next);

#endif
