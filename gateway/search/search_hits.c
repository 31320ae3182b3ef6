/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found: by time, and read from the log. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/durable.h"
#include "search_index_internal.h"

static int
by_time(const void *a, const void *b)
{
	const struct search_hit *x = a, *y = b;

	return x->time_ms != y->time_ms ?
	    (x->time_ms > y->time_ms) - (x->time_ms < y->time_ms) :
	    (x->seq > y->seq) - (x->seq < y->seq);
}

void
search_hits_sort(struct buf *hits, uint64_t limit)
{
	size_t n = hits->len / sizeof(struct search_hit);

	if (n > 1)
		qsort(hits->ptr, n, sizeof(struct search_hit), by_time);
	if (limit > 0 && n > limit)
		buf_consume(hits, (n - (size_t)limit) *
		    sizeof(struct search_hit));
}

/* ---- the log ---- */

enum err
search_log_open(struct search_log *log, int dir, struct diag *diag)
{
	memset(log, 0, sizeof(*log));
	log->dir = dir;
	log->fd = -1;
	buf_init(&log->names, AUDIT_FILES_MAX * sizeof(struct audit_name));
	return audit_folder_list(dir, &log->names, &log->names_n, diag);
}

void
search_log_close(struct search_log *log)
{
	if (log->fd != -1)
		close(log->fd);
	log->fd = -1;
	buf_fini(&log->names);
}

static enum err
open_file(struct search_log *log, uint32_t number, struct diag *diag)
{
	const struct audit_name *names = (const void *)log->names.ptr;

	if (log->fd != -1 && log->file == number)
		return OK;
	if (log->fd != -1)
		close(log->fd);
	log->fd = -1;
	for (size_t i = 0; i < log->names_n; i++) {
		if (names[i].number != number)
			continue;
		log->fd = openat(log->dir, names[i].text, O_RDONLY |
		    O_CLOEXEC | O_NOFOLLOW);
		if (log->fd == -1 && errno != ENOENT)
			return diag_system(diag, names[i].text);
		break;
	}
	log->file = number;
	return log->fd != -1 ? OK : ERR_AGAIN;
}

enum err
search_log_read(struct search_log *log, const struct search_hit *hit,
    struct buf *out, struct diag *diag)
{
	struct audit_line line;
	uint8_t *room;
	size_t got;
	enum err err = open_file(log, hit->file, diag);

	buf_clear(out);
	if (err == OK && buf_reserve(out, hit->bytes, &room) != OK)
		err = diag_set(diag, ERR_SYSTEM, "no memory for a record");
	if (err == OK)
		err = pread_all(log->fd, room, hit->bytes, hit->offset, &got,
		    diag);
	if (err != OK)
		return err;
	out->len = got;
	if (got < hit->bytes || got == 0 || room[got - 1] != '\n' ||
	    !audit_line_read(span_sub(buf_span(out), 0, got - 1), &line) ||
	    line.seq != hit->seq)
		return ERR_INPUT;
	return OK;
}
