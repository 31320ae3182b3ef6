/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of the ZIP reader: archives of any kind, right and wrong. */
#ifndef SEKISHO_TESTS_ZIP_HELPER_H
#define SEKISHO_TESTS_ZIP_HELPER_H

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../../../gateway/base/arena.h"
#include "../../../sanitizer/limits.h"
#include "../../../sanitizer/zip.h"

/* One entry; zero is a stored, honest one. */
struct spec {
	const char	*name, *data;
	size_t		 data_n;	/* 0: strlen(data) */
	bool		 deflate;
	unsigned	 flags, method;	/* added; method 0: by deflate */
	unsigned	 descriptor;	/* its length: 12, 16, 20, 24 */
	unsigned	 wrong;		/* xor with the descriptor's CRC */
	const char	*local_name;	/* NULL: the same */
	unsigned	 local_flags;	/* xor */
	unsigned	 local_sizes;	/* added to both in the local header */
	unsigned	 central_sizes;	/* added to size in the central one */
	unsigned	 crc;		/* xor in both */
	uint32_t	 attributes;	/* made by Unix if not 0 */
	struct span	 local_extra, extra;
	const char	*before;	/* bytes in front of it */
	bool		 hidden;	/* no record in the directory */
	bool		 sized;		/* sizes, although descriptor */
};

struct made {
	struct buf	 bytes, central;
	unsigned	 n;
};

static inline void
add16(struct buf *b, unsigned v)
{
	uint8_t p[2] = { (uint8_t)v, (uint8_t)(v >> 8) };

	if (buf_add(b, (struct span){ p, 2 }) != OK)
		abort();
}

static inline void
add32(struct buf *b, uint64_t v)
{
	add16(b, (unsigned)(v & 0xffff));
	add16(b, (unsigned)(v >> 16 & 0xffff));
}

static inline void
add_bytes(struct buf *b, const void *p, size_t n)
{
	if (buf_add(b, (struct span){ p, n }) != OK)
		abort();
}

static inline void
add_descriptor(struct buf *b, const struct spec *s, uint32_t crc,
    size_t packed, size_t size)
{
	if (s->descriptor % 8 == 0)
		add32(b, 0x08074b50);
	add32(b, crc ^ s->wrong);
	add32(b, packed);
	if (s->descriptor >= 20)
		add32(b, 0);
	add32(b, size);
	if (s->descriptor >= 20)
		add32(b, 0);
}

static inline void
add_entry(struct made *m, const struct spec *s)
{
	const char *local = s->local_name != NULL ? s->local_name : s->name;
	size_t n = s->data_n > 0 || s->data == NULL ? s->data_n :
	    strlen(s->data), packed_n = n, at;
	unsigned method = s->method > 0 ? s->method : s->deflate ? 8 : 0;
	unsigned flags = s->flags | (s->descriptor > 0 ? 8u : 0);
	uint32_t crc = (uint32_t)crc32(0, (const uint8_t *)s->data, (uInt)n) ^
	    s->crc;
	bool told = s->descriptor == 0 || s->sized;
	uint8_t *packed = malloc(n + n / 8 + 64);
	struct buf *b = &m->bytes, *c = &m->central;
	z_stream z = { .next_in = Z_NULL };

	if (packed == NULL)
		abort();
	if (n > 0)
		memcpy(packed, s->data, n);
	if (s->deflate) {
		if (deflateInit2(&z, 6, Z_DEFLATED, -15, 8, 0) != Z_OK)
			abort();
		z.next_in = (Bytef *)(uintptr_t)s->data;
		z.avail_in = (uInt)n;
		z.next_out = packed;
		z.avail_out = (uInt)(n + n / 8 + 64);
		if (deflate(&z, Z_FINISH) != Z_STREAM_END)
			abort();
		packed_n = z.total_out;
		deflateEnd(&z);
	}
	if (s->before != NULL)
		add_bytes(b, s->before, strlen(s->before));
	at = b->len;
	add32(b, 0x04034b50);
	add16(b, 20);
	add16(b, flags ^ s->local_flags);
	add16(b, method);
	add32(b, 0x12345678);		/* a date */
	add32(b, told ? crc : 0);
	add32(b, told ? packed_n + s->local_sizes : 0);
	add32(b, told ? n + s->local_sizes : 0);
	add16(b, (unsigned)strlen(local));
	add16(b, (unsigned)s->local_extra.len);
	add_bytes(b, local, strlen(local));
	add_bytes(b, s->local_extra.ptr, s->local_extra.len);
	add_bytes(b, packed, packed_n);
	if (s->descriptor > 0)
		add_descriptor(b, s, crc, packed_n, n);
	free(packed);
	if (s->hidden)
		return;
	m->n++;
	add32(c, 0x02014b50);
	add16(c, s->attributes != 0 ? 3u << 8 : 0);
	add16(c, 20);
	add16(c, flags);
	add16(c, method);
	add32(c, 0x87654321);
	add32(c, crc);
	add32(c, packed_n);
	add32(c, n + s->central_sizes);
	add16(c, (unsigned)strlen(s->name));
	add16(c, (unsigned)s->extra.len);
	add32(c, 0);
	add16(c, 0);
	add32(c, s->attributes);
	add32(c, at);
	add_bytes(c, s->name, strlen(s->name));
	add_bytes(c, s->extra.ptr, s->extra.len);
}

static inline void
begin_zip(struct made *m)
{
	buf_init(&m->bytes, 64u * 1024 * 1024);
	buf_init(&m->central, 64u * 1024 * 1024);
	m->n = 0;
}

/* gap: before the directory; comment: behind the end record, promised. */
static inline void
end_zip(struct made *m, const char *gap, const char *comment)
{
	struct buf *b = &m->bytes;
	size_t start;

	add_bytes(b, gap, strlen(gap));
	start = b->len;
	add_bytes(b, m->central.ptr, m->central.len);
	add32(b, 0x06054b50);
	add32(b, 0);
	add16(b, m->n);
	add16(b, m->n);
	add32(b, m->central.len);
	add32(b, start);
	add16(b, (unsigned)strlen(comment));
	add_bytes(b, comment, strlen(comment));
	buf_fini(&m->central);
}

#endif
