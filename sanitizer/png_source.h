/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PNG_SOURCE_H
#define SEKISHO_SANITIZER_PNG_SOURCE_H

#include "image.h"

/*
 * A PNG as a stream in which only the chunks of the picture itself are left.
 * The others are counted in removed by what they are: text, exif, icc,
 * animation, metadata, app. They are passed over, not read.
 */
struct png_source {
	const struct input *in;
	struct buf	*removed;
	enum err	 err;
	uint64_t	 at;		/* of the next byte to give */
	uint64_t	 chunk_end;	/* of the chunk at hand, with its CRC */
	uint64_t	 signature_left;
	unsigned	 chunks;
	bool		 ended;		/* IEND is the chunk at hand */
	uint64_t	 window_at;
	size_t		 window_len;
	uint8_t		 window[IMAGE_READ_BYTES];
};

void png_source_init(struct png_source *source, const struct input *in,
    struct buf *removed);

/* Exactly len bytes; ERR_INPUT when there are less. */
enum err png_source_read(struct png_source *source, uint8_t *bytes,
    size_t len) MUST_CHECK;

/* The picture was read: counts what stands behind IEND. */
enum err png_source_end(struct png_source *source) MUST_CHECK;

#endif
