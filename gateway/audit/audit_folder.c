/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"

#define NUMBER_DIGITS	8
#define NUMBER_MAX	99999999u
#define WINDOW_BYTES	(256 * 1024)

bool
audit_name_read(const char *text, struct audit_name *name)
{
	struct span s = span_str(text), number, day;

	if (s.len >= sizeof(name->text) || !span_begins(s, SPAN("audit-")) ||
	    !span_ends(s, SPAN(".log")) || s.len != 6 + 8 + 1 + 8 + 4)
		return false;
	number = span_sub(s, 6, NUMBER_DIGITS);
	day = span_sub(s, 15, 8);
	if (s.ptr[14] != '-' || span_find_byte(day, '.') < day.len)
		return false;
	memcpy(name->text, text, s.len + 1);
	return span_decimal(number, NUMBER_MAX, &name->number) &&
	    name->number > 0;
}

void
audit_day(uint64_t wall_ms, char day[9])
{
	char text[CLOCK_TEXT_BYTES];

	clock_rfc3339(wall_ms, text, sizeof(text));
	memcpy(day, text, 4);
	memcpy(day + 4, text + 5, 2);
	memcpy(day + 6, text + 8, 2);
	day[8] = '\0';
}

void
audit_name_make(struct audit_name *name, uint64_t number, uint64_t wall_ms)
{
	char day[9];

	require(number > 0 && number <= NUMBER_MAX);
	audit_day(wall_ms, day);
	name->number = number;
	snprintf(name->text, sizeof(name->text), "audit-%08" PRIu64 "-%s.log",
	    number, day);
}

void
audit_name_day(const struct audit_name *name, char day[9])
{
	memcpy(day, name->text + 15, 8);
	day[8] = '\0';
}

void
audit_name_seal(const struct audit_name *name, char text[AUDIT_NAME_BYTES])
{
	snprintf(text, AUDIT_NAME_BYTES, "%.23s.seal", name->text);
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = ((const struct audit_name *)a)->number;
	uint64_t y = ((const struct audit_name *)b)->number;

	return x < y ? -1 : x > y;
}

static enum err
list(DIR *dir, struct buf *names, size_t *n, struct diag *diag)
{
	struct audit_name name;
	struct dirent *entry;
	enum err err = OK;

	while (err == OK && (errno = 0, entry = readdir(dir)) != NULL) {
		memset(&name, 0, sizeof(name));
		if (!audit_name_read(entry->d_name, &name))
			continue;
		if (++*n > AUDIT_FILES_MAX)
			return diag_set(diag, ERR_LIMIT,
			    "more than %d files of the log", AUDIT_FILES_MAX);
		err = buf_add(names, (struct span){ (const uint8_t *)&name,
		    sizeof(name) });
	}
	if (err != OK)
		return diag_set(diag, err, "no memory for names");
	return errno != 0 ? diag_system(diag, "read the log's folder") : OK;
}

enum err
audit_folder_list(int dir, struct buf *names, size_t *n, struct diag *diag)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream;
	enum err err;

	*n = 0;
	buf_clear(names);
	if (fd == -1 || (stream = fdopendir(fd)) == NULL) {
		err = diag_system(diag, "open the log's folder");
		if (fd != -1)
			close(fd);
		return err;
	}
	err = list(stream, names, n, diag);
	closedir(stream);
	if (err == OK && *n > 1)
		qsort(names->ptr, *n, sizeof(struct audit_name), by_number);
	return err;
}

/* ---- lines ---- */

void
audit_reader_init(struct audit_reader *reader, int fd, uint64_t offset)
{
	memset(reader, 0, sizeof(*reader));
	reader->fd = fd;
	reader->at = offset;
	buf_init(&reader->window, AUDIT_LINE_BYTES_MAX + WINDOW_BYTES);
}

void
audit_reader_fini(struct audit_reader *reader)
{
	if (reader->fd != -1)
		close(reader->fd);
	reader->fd = -1;
	buf_fini(&reader->window);
}

/* More of the file behind what is there. ERR_AGAIN: no more. */
static enum err
fill(struct audit_reader *reader, struct diag *diag)
{
	uint64_t behind;
	uint8_t *room;
	size_t got;
	enum err err;

	if (reader->used > 0) {
		buf_consume(&reader->window, reader->used);
		reader->used = 0;
	}
	behind = reader->at + reader->window.len;
	err = buf_reserve(&reader->window, WINDOW_BYTES, &room);
	if (err != OK)
		return diag_set(diag, err, "a line of over %u bytes",
		    AUDIT_LINE_BYTES_MAX);
	err = pread_all(reader->fd, room, WINDOW_BYTES, behind, &got, diag);
	reader->window.len += err == OK ? got : 0;
	return err == OK && got == 0 ? ERR_AGAIN : err;
}

enum err
audit_reader_next(struct audit_reader *reader, struct span *line,
    struct diag *diag)
{
	size_t searched = 0, n;
	struct span left;
	enum err err;

	for (;;) {
		left = span_sub(buf_span(&reader->window), reader->used,
		    reader->window.len);
		n = searched + span_find_byte(span_sub(left, searched,
		    left.len), '\n');
		if (n < left.len)
			break;
		searched = left.len;
		if ((err = fill(reader, diag)) == ERR_AGAIN && left.len > 0)
			return diag_set(diag, ERR_INPUT,
			    "a line without its end");
		if (err != OK)
			return err;
	}
	*line = span_sub(left, 0, n + 1);
	reader->used += line->len;
	reader->at += line->len;
	return OK;
}
