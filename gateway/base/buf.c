/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Growing bytes with a maximum. One of the few places that call malloc: all
 * that grows with input grows here and stops at its limit.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "checked.h"

#define BUF_CAP_MIN	256

void
buf_init(struct buf *buf, size_t max)
{
	memset(buf, 0, sizeof(*buf));
	buf->max = max;
}

void
buf_fini(struct buf *buf)
{
	free(buf->ptr);
	memset(buf, 0, sizeof(*buf));
}

void
buf_clear(struct buf *buf)
{
	buf->len = 0;
}

void
buf_truncate(struct buf *buf, size_t len)
{
	require(len <= buf->len);
	buf->len = len;
}

/*
 * gcc 12's analyzer loses the owner of realloc's result when the buf comes
 * out of a struct buf_sink, and then calls it a leak.
 */
#pragma GCC diagnostic push
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
enum err
buf_reserve(struct buf *buf, size_t len, uint8_t **room)
{
	size_t need, cap;
	uint8_t *ptr;

	if (!size_add(buf->len, len, &need) || need > buf->max)
		return ERR_LIMIT;
	if (need > buf->cap || buf->ptr == NULL) {
		cap = buf->cap < BUF_CAP_MIN ? BUF_CAP_MIN : buf->cap;
		while (cap < need)
			if (!size_mul(cap, 2, &cap))
				return ERR_LIMIT;
		if (cap > buf->max)
			cap = buf->max > need ? buf->max : need;
		if (cap == 0)
			cap = 1;	/* realloc(p, 0) would free */
		ptr = realloc(buf->ptr, cap);
		if (ptr == NULL)
			return ERR_SYSTEM;
		buf->ptr = ptr;
		buf->cap = cap;
	}
	*room = buf->ptr + buf->len;
	return OK;
}
#pragma GCC diagnostic pop

enum err
buf_add(struct buf *buf, struct span s)
{
	uint8_t *room;
	enum err err;

	if (s.len == 0)
		return OK;
	err = buf_reserve(buf, s.len, &room);
	if (err != OK)
		return err;
	memcpy(room, s.ptr, s.len);
	buf->len += s.len;
	return OK;
}

enum err
buf_add_byte(struct buf *buf, uint8_t c)
{
	return buf_add(buf, (struct span){ &c, 1 });
}

enum err
buf_add_str(struct buf *buf, const char *str)
{
	return buf_add(buf, span_str(str));
}

enum err
buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list ap;
	uint8_t *room;
	size_t need, max;
	enum err err;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return ERR_SYSTEM;
	/* vsnprintf writes a NUL behind: room for it, but not counted */
	if (!size_add(buf->len, (size_t)n, &need) || need > buf->max)
		return ERR_LIMIT;
	max = buf->max;
	buf->max = SIZE_MAX;
	err = buf_reserve(buf, (size_t)n + 1, &room);
	buf->max = max;
	if (err != OK)
		return err;
	va_start(ap, fmt);
	vsnprintf((char *)room, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)n;
	return OK;
}

void
buf_consume(struct buf *buf, size_t len)
{
	require(len <= buf->len);
	if (len > 0 && len < buf->len)
		memmove(buf->ptr, buf->ptr + len, buf->len - len);
	buf->len -= len;
}

struct span
buf_span(const struct buf *buf)
{
	return (struct span){ buf->ptr, buf->len };
}

static enum err
sink_write(struct filter *filter, struct span s)
{
	struct buf_sink *sink = (struct buf_sink *)filter;

	return buf_add(sink->buf, s);
}

static enum err
sink_end(struct filter *filter)
{
	(void)filter;
	return OK;
}

void
buf_sink_init(struct buf_sink *sink, struct buf *buf)
{
	sink->filter = (struct filter){ sink_write, sink_end, NULL };
	sink->buf = buf;
}
