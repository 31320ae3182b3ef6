/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Encode and decode numbers and byte strings of our own records. The reader
 * is sticky-bad, so that a decoder is a straight line with one check.
 */
#include "wire.h"

static enum err
put_number(struct buf *buf, uint64_t v, size_t len)
{
	uint8_t b[8];

	for (size_t i = 0; i < len; i++)
		b[i] = (uint8_t)(v >> (8 * i));
	return buf_add(buf, (struct span){ b, len });
}

enum err
wire_put_u8(struct buf *buf, uint8_t v)
{
	return put_number(buf, v, 1);
}

enum err
wire_put_u16(struct buf *buf, uint16_t v)
{
	return put_number(buf, v, 2);
}

enum err
wire_put_u32(struct buf *buf, uint32_t v)
{
	return put_number(buf, v, 4);
}

enum err
wire_put_u64(struct buf *buf, uint64_t v)
{
	return put_number(buf, v, 8);
}

enum err
wire_put_bytes(struct buf *buf, struct span s)
{
	enum err err;

	if (s.len > UINT32_MAX)
		return ERR_LIMIT;
	err = wire_put_u32(buf, (uint32_t)s.len);
	return err == OK ? buf_add(buf, s) : err;
}

void
wire_reader_init(struct wire_reader *r, struct span s)
{
	r->rest = s;
	r->bad = false;
}

static struct span
take(struct wire_reader *r, size_t len)
{
	struct span s = { NULL, 0 };

	if (r->bad || len > r->rest.len) {
		r->bad = true;
		return s;
	}
	s = span_sub(r->rest, 0, len);
	r->rest = span_sub(r->rest, len, r->rest.len);
	return s;
}

static uint64_t
get_number(struct wire_reader *r, size_t len)
{
	struct span s = take(r, len);
	uint64_t v = 0;

	for (size_t i = s.len; i > 0; i--)
		v = v << 8 | s.ptr[i - 1];
	return v;
}

uint8_t
wire_get_u8(struct wire_reader *r)
{
	return (uint8_t)get_number(r, 1);
}

uint16_t
wire_get_u16(struct wire_reader *r)
{
	return (uint16_t)get_number(r, 2);
}

uint32_t
wire_get_u32(struct wire_reader *r)
{
	return (uint32_t)get_number(r, 4);
}

uint64_t
wire_get_u64(struct wire_reader *r)
{
	return get_number(r, 8);
}

struct span
wire_get_bytes(struct wire_reader *r, size_t max)
{
	size_t len = wire_get_u32(r);

	if (len > max)
		r->bad = true;
	return take(r, len);
}

bool
wire_reader_done(const struct wire_reader *r)
{
	return !r->bad && r->rest.len == 0;
}
