/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A window over the input of the MIME parser: the parser keeps offsets only,
 * and looks at the bytes through here. A small mail is read once and stays.
 */
#include "mime_internal.h"

/* A whole header fits, so that it can be read in one piece. */
#define WINDOW_BYTES	(MIME_HEADER_BYTES_MAX + 8 * MIME_LOOK_BYTES)

enum err
mime_limit(struct mime_parser *p, const char *what, uint64_t offset)
{
	if (p->diag != NULL)
		p->diag->offset = offset;
	return diag_set(p->diag, ERR_LIMIT, "MIME: %s", what);
}

enum err
mime_work(struct mime_parser *p, uint64_t bytes)
{
	p->work += bytes;
	return p->work > p->work_max ?
	    mime_limit(p, "too many readings", 0) : OK;
}

enum err
mime_window(struct mime_parser *p, const struct input *in, uint64_t offset,
    size_t want, struct span *s)
{
	uint64_t rest = offset < in->len ? in->len - offset : 0;
	enum err err;

	require(want <= WINDOW_BYTES);
	if (want > rest)
		want = (size_t)rest;
	if (in->fd == -1) {
		*s = span_sub((struct span){ in->memory, (size_t)in->len },
		    (size_t)offset, (size_t)rest);
		return OK;
	}
	if (p->window_in != in || offset < p->window_offset ||
	    offset + want > p->window_offset + p->window_len) {
		if (p->window == NULL) {
			p->window_cap = in->len < WINDOW_BYTES ?
			    (size_t)in->len : WINDOW_BYTES;
			p->window = arena_alloc(p->arena, p->window_cap);
			if (p->window == NULL)
				return mime_limit(p, "memory", offset);
		}
		p->window_in = NULL;
		err = input_read(in, offset, p->window, p->window_cap,
		    &p->window_len);
		if (err != OK)
			return diag_system(p->diag, "read mail");
		p->window_in = in;
		p->window_offset = offset;
	}
	*s = span_sub((struct span){ p->window, p->window_len },
	    (size_t)(offset - p->window_offset), p->window_len);
	return OK;
}
