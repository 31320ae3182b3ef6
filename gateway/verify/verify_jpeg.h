/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_JPEG_H
#define SEKISHO_VERIFY_JPEG_H

#include "verify_lines.h"

/*
 * A JPEG (ITU-T T.81) pushed in any split, as libjpeg writes it without
 * extras: SOI, APP0 (JFIF, literally), DQT, SOF0, DHT, SOS, one scan, EOI and
 * nothing behind. The scan is walked code by code: it holds exactly the
 * blocks of the promised picture, then less than a byte of ones.
 */
#define JPEG_SEGMENT_BYTES_MAX	(2 + 17 + 256)
#define JPEG_FAST_BITS		10

struct jpeg_code {
	bool		defined;
	/* by the next 10 bits: bits of code and value, then the step */
	struct {
		uint8_t	bits, step;
	} fast[1 << JPEG_FAST_BITS];
	uint16_t	count[17];
	uint8_t		symbol[256];
};

struct jpeg {
	unsigned	 state;
	unsigned	 order;		/* the last kind of segment seen */
	uint8_t		 marker;
	bool		 ff;		/* FF was the last byte of the scan */
	unsigned	 need, have;	/* of segment, with its length */
	uint8_t		 segment[JPEG_SEGMENT_BYTES_MAX];
	unsigned	 quantisers;	/* bits: tables defined */
	uint32_t	 width, height;	/* 0: no frame was seen */
	unsigned	 components;
	uint8_t		 blocks_of[3];	/* in an MCU */
	unsigned	 blocks_n;
	struct {
		uint8_t	dc, ac;
	} block[6];			/* codes of each block of an MCU */
	uint64_t	 mcus;		/* left */
	unsigned	 at_block, at_coefficient;
	uint64_t	 bits;		/* the next one is the highest */
	unsigned	 bits_n;
	struct jpeg_code code[4];	/* DC 0, DC 1, AC 0, AC 1 */
};

void jpeg_init(struct jpeg *jpeg);
enum err jpeg_write(struct jpeg *jpeg, struct span bytes, struct diag *diag)
    MUST_CHECK;
enum err jpeg_end(const struct jpeg *jpeg, struct diag *diag) MUST_CHECK;

#endif
