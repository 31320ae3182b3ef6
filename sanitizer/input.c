/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bytes that can be read at any place, from a descriptor or from memory. A
 * file that becomes shorter while we read is only a short read here; what is
 * missing shows as a cut-off mail.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sanitizer.h"

#define PUSH_BYTES	(16 * 1024)	/* on the stack */

struct input
input_span(struct span s)
{
	return (struct input){ .fd = -1, .len = s.len, .memory = s.ptr };
}

struct input
input_fd(int fd, uint64_t offset, uint64_t len)
{
	return (struct input){ .fd = fd, .offset = offset, .len = len };
}

struct input
input_sub(const struct input *in, uint64_t offset, uint64_t len)
{
	struct input sub = *in;

	if (offset > in->len)
		offset = in->len;
	if (len > in->len - offset)
		len = in->len - offset;
	if (in->fd == -1) {
		if (in->memory != NULL)
			sub.memory = in->memory + offset;
	} else
		sub.offset = in->offset + offset;
	sub.len = len;
	return sub;
}

enum err
input_read(const struct input *in, uint64_t offset, void *bytes, size_t len,
    size_t *got)
{
	ssize_t n;

	*got = 0;
	if (offset >= in->len)
		return OK;
	if (len > in->len - offset)
		len = (size_t)(in->len - offset);
	if (len == 0)
		return OK;
	if (in->fd == -1) {
		memcpy(bytes, in->memory + offset, len);
		*got = len;
		return OK;
	}
	while (*got < len) {
		n = pread(in->fd, (uint8_t *)bytes + *got, len - *got,
		    (off_t)(in->offset + offset + *got));
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return ERR_SYSTEM;
		}
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	return OK;
}

enum err
input_push(const struct input *in, struct filter *to)
{
	uint8_t bytes[PUSH_BYTES];
	uint64_t offset = 0;
	enum err err = OK;
	size_t got;

	if (in->fd == -1)
		return in->len == 0 ? OK : filter_write(to,
		    (struct span){ in->memory, (size_t)in->len });
	while (err == OK && offset < in->len) {
		err = input_read(in, offset, bytes, sizeof(bytes), &got);
		if (err != OK || got == 0)
			break;
		err = filter_write(to, (struct span){ bytes, got });
		offset += got;
	}
	return err;
}

enum err
input_all(const struct input *in, struct buf *buf)
{
	uint8_t *room;
	size_t got;
	enum err err;

	if (in->len > buf->max - buf->len)
		return ERR_LIMIT;
	if ((err = buf_reserve(buf, (size_t)in->len, &room)) != OK)
		return err;
	err = input_read(in, 0, room, (size_t)in->len, &got);
	if (err == OK)
		buf->len += got;
	return err;
}
