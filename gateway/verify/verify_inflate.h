/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_INFLATE_H
#define SEKISHO_VERIFY_INFLATE_H

#include "verify_lines.h"

/*
 * A zlib stream (RFC 1950, RFC 1951), or deflated data alone (raw), pushed
 * in any split. Stricter than zlib: codes must be complete, no preset
 * dictionary, nothing behind the end. 32 KB window, no allocation.
 */
#define INFLATE_WINDOW_BYTES	32768
#define INFLATE_FAST_BITS	10
#define INFLATE_SYMBOLS_MAX	288

struct inflate_code {
	uint16_t	fast[1 << INFLATE_FAST_BITS];	/* symbol << 4 | len */
	uint16_t	count[16];
	uint16_t	symbol[INFLATE_SYMBOLS_MAX];
};

struct inflate {
	unsigned	 state;
	uint64_t	 bits;
	unsigned	 bits_n;
	struct span	 in;
	bool		 last_block;
	bool		 raw;
	unsigned	 stored;	/* bytes left of a stored block */
	unsigned	 lit_n, dist_n, len_n, have_n;
	uint8_t		 lengths[320];
	uint32_t	 adler_a, adler_b;
	uint64_t	 out_bytes;
	size_t		 flushed;	/* up to here in the window */
	size_t		 at;
	enum err	 (*out)(void *arg, struct span, struct diag *);
	void		*arg;
	struct inflate_code literal, distance;
	uint8_t		 window[INFLATE_WINDOW_BYTES];
};

void inflate_init(struct inflate *z,
    enum err (*out)(void *arg, struct span, struct diag *), void *arg);
void inflate_init_raw(struct inflate *z,
    enum err (*out)(void *arg, struct span, struct diag *), void *arg);
enum err inflate_write(struct inflate *z, struct span in, struct diag *diag)
    MUST_CHECK;
/* Did the stream end, with the right checksum (raw: without one)? */
bool inflate_is_done(const struct inflate *z);

#endif
