/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_INLINE_H
#define SEKISHO_SANITIZER_INLINE_H

#include "mime_parse.h"

/*
 * Files inside a text: uuencode, yEnc and BinHex blocks, which some readers
 * take out even of a text that we wrote. A filter that passes the text on
 * without them. The parser runs it to find the blocks, the composer once more
 * on the finished UTF-8 text, to put a note in their place.
 */
struct inline_block {
	enum mime_encoding encoding;	/* UU, YENC, BINHEX, BASE64 */
	uint64_t	 offset;	/* of the first line to decode */
	uint64_t	 bytes;
	struct span	 name;		/* raw; valid during the call only */
};

/*
 * found() is called at the end of each block (may be NULL); what it writes
 * to filter.next stands in the place of the block. A line that begins like a
 * block but is none gets a space in front, so no reader can see one.
 */
#define INLINE_LINE_BYTES	1000	/* looked at; the rest passes */
struct inline_filter {
	struct filter	 filter;
	enum err	 (*found)(void *arg, const struct inline_block *block,
			    struct filter *next);
	void		*arg;
	unsigned	 state;
	unsigned	 blocks;
	struct inline_block block;
	uint64_t	 offset;	/* of the line at hand */
	bool		 long_line;
	bool		 cr;
	size_t		 line_len;
	size_t		 held_len;	/* begin line and blank ones behind */
	size_t		 name_len;
	uint8_t		 line[INLINE_LINE_BYTES];
	uint8_t		 held[2 * INLINE_LINE_BYTES];
	uint8_t		 name[256];
};
void inline_filter_init(struct inline_filter *filter,
    enum err (*found)(void *arg, const struct inline_block *block,
    struct filter *next), void *arg, struct filter *next);

#endif
