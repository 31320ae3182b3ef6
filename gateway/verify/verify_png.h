/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_PNG_H
#define SEKISHO_VERIFY_PNG_H

#include "verify_inflate.h"

/*
 * A PNG (ISO 15948) pushed in any split: signature, IHDR, with a palette
 * PLTE and maybe tRNS, IDAT one behind the other, IEND, nothing else and
 * nothing behind. 8 bits a sample, not interlaced; the data inflate to
 * exactly the promised lines, and indices stay inside the palette.
 */
#define PNG_CHUNK_BYTES_MAX	(256 * 3)	/* of a chunk read whole */

struct png {
	unsigned	 state;
	unsigned	 have;		/* of head */
	uint8_t		 head[8];	/* signature, length and type, CRC */
	uint32_t	 left;		/* of the chunk's data */
	uint32_t	 crc, type;
	bool		 palette, transparent, data;	/* were seen */
	unsigned	 chunk_len;
	uint8_t		 chunk[PNG_CHUNK_BYTES_MAX];
	uint32_t	 width, height;
	unsigned	 colour, samples, colours;	/* colours: of PLTE */
	uint32_t	 rows;		/* done */
	uint32_t	 row_at;	/* bytes of this row; 0: filter next */
	unsigned	 filter;
	uint8_t		 row[2][VERIFY_SIDE_MAX];	/* palette only */
	struct inflate	 inflate;
};

void png_init(struct png *png);
enum err png_write(struct png *png, struct span bytes, struct diag *diag)
    MUST_CHECK;
enum err png_end(const struct png *png, struct diag *diag) MUST_CHECK;

#endif
