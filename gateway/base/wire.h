/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_WIRE_H
#define SEKISHO_BASE_WIRE_H

#include <stdbool.h>

#include "buf.h"

/*
 * Bounded encoding of fixed records: unsigned numbers little-endian, byte
 * strings behind a 32-bit length. Used for messages between our processes
 * and for the spool's files.
 */
enum err wire_put_u8(struct buf *buf, uint8_t v) MUST_CHECK;
enum err wire_put_u16(struct buf *buf, uint16_t v) MUST_CHECK;
enum err wire_put_u32(struct buf *buf, uint32_t v) MUST_CHECK;
enum err wire_put_u64(struct buf *buf, uint64_t v) MUST_CHECK;
enum err wire_put_bytes(struct buf *buf, struct span s) MUST_CHECK;

/*
 * Reading never fails at once: beyond the end, or after a string longer than
 * its max, the reader goes bad, stays bad and gives zeroes and empty spans.
 * One asks once, at the end: wire_reader_done() is true when all was good and
 * not a byte is left over.
 */
struct wire_reader {
	struct span	rest;
	bool		bad;
};

void wire_reader_init(struct wire_reader *r, struct span s);
uint8_t wire_get_u8(struct wire_reader *r);
uint16_t wire_get_u16(struct wire_reader *r);
uint32_t wire_get_u32(struct wire_reader *r);
uint64_t wire_get_u64(struct wire_reader *r);
struct span wire_get_bytes(struct wire_reader *r, size_t max);	/* borrowed */
bool wire_reader_done(const struct wire_reader *r);

#endif
