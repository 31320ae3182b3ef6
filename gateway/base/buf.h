/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_BUF_H
#define SEKISHO_BASE_BUF_H

#include "err.h"
#include "filter.h"
#include "span.h"

/*
 * Growing bytes with a maximum that is fixed at the start. Every function
 * that adds returns ERR_LIMIT when the maximum would be passed and
 * ERR_SYSTEM when memory is out; the bytes before stay as they were.
 */
struct buf {
	uint8_t	*ptr;
	size_t	 len;
	size_t	 cap;
	size_t	 max;
};

/* Caller owns the struct; buf_fini frees the bytes and zeroes the struct. */
void buf_init(struct buf *buf, size_t max);
void buf_fini(struct buf *buf);

/* Forget the bytes, keep the memory. Cut back to len (<= buf->len). */
void buf_clear(struct buf *buf);
void buf_truncate(struct buf *buf, size_t len);

enum err buf_add(struct buf *buf, struct span s) MUST_CHECK;
enum err buf_add_byte(struct buf *buf, uint8_t c) MUST_CHECK;
enum err buf_add_str(struct buf *buf, const char *str) MUST_CHECK;
enum err buf_printf(struct buf *buf, const char *fmt, ...)
    MUST_CHECK PRINTF(2, 3);

/*
 * Room for len more bytes behind buf->len: *room points there until the next
 * call. The caller writes and then adds what it wrote to buf->len.
 */
enum err buf_reserve(struct buf *buf, size_t len, uint8_t **room) MUST_CHECK;

/* Remove len bytes (<= buf->len) from the front. */
void buf_consume(struct buf *buf, size_t len);

/* View of the whole; valid until the next call that adds. */
struct span buf_span(const struct buf *buf);

/* A sink filter that adds all it gets to a buf (borrowed). */
struct buf_sink {
	struct filter	 filter;
	struct buf	*buf;
};
void buf_sink_init(struct buf_sink *sink, struct buf *buf);

#endif
