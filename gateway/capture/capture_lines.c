/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file a day, and a further one when it is full. A start goes on with the
 * last one of the day; if that ends in the midst of a line, because a process
 * was killed, the next line begins anew: readers pass over the torn one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/durable.h"
#include "capture_lines.h"

#define DAY_MS	86400000u

void
capture_lines_init(struct capture_lines *lines, int dir, const char *family)
{
	memset(lines, 0, sizeof(*lines));
	lines->family = family;
	lines->dir = dir;
	lines->fd = -1;
	lines->file_bytes_max = CAPTURE_FILE_BYTES_MAX;
	lines->total_bytes_max = CAPTURE_TOTAL_BYTES_MAX;
}

void
capture_lines_close(struct capture_lines *lines)
{
	if (lines->fd != -1)
		close(lines->fd);
	lines->fd = -1;
}

static void
make_name(const struct capture_lines *lines, char name[CAPTURE_NAME_BYTES + 8])
{
	snprintf(name, CAPTURE_NAME_BYTES + 8, "%s.jsonl", lines->stem);
}

static enum err
end_torn_line(struct capture_lines *lines, struct diag *diag)
{
	char last = '\n';

	if (lines->bytes == 0)
		return OK;
	if (pread(lines->fd, &last, 1, (off_t)lines->bytes - 1) != 1)
		return diag_system(diag, "read a file of records");
	if (last == '\n')
		return OK;
	lines->bytes++;
	return write_all(lines->fd, SPAN("\n"), diag);
}

static enum err
open_number(struct capture_lines *lines, uint64_t wall_ms, struct diag *diag)
{
	char name[CAPTURE_NAME_BYTES + 8];
	struct stat st;

	capture_name_make(lines->stem, lines->family, wall_ms, true,
	    lines->number);
	make_name(lines, name);
	lines->fd = openat(lines->dir, name, O_RDWR | O_CREAT | O_APPEND |
	    O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lines->fd == -1 || fstat(lines->fd, &st) == -1)
		return diag_system(diag, "open a file of records");
	lines->bytes = (uint64_t)st.st_size;
	return OK;
}

/* The one of today that has room for len bytes. */
static enum err
open_room(struct capture_lines *lines, uint64_t wall_ms, size_t len,
    unsigned *erased, struct diag *diag)
{
	uint64_t day = wall_ms / DAY_MS;
	enum err err = OK;

	if (day != lines->day) {
		capture_lines_close(lines);
		lines->day = day;
		lines->number = 0;
	}
	while (err == OK && (lines->fd == -1 || (lines->bytes > 0 &&
	    lines->bytes + len > lines->file_bytes_max))) {
		if (lines->fd != -1) {
			(void)fdatasync(lines->fd);
			capture_lines_close(lines);
			lines->number++;
		}
		err = open_number(lines, wall_ms, diag);
		if (err == OK && lines->bytes == 0)
			err = capture_folder_trim(lines->dir, lines->family,
			    lines->file_bytes_max, lines->total_bytes_max,
			    lines->stem, erased, diag);
		else if (err == OK)
			err = end_torn_line(lines, diag);
	}
	return err;
}

enum err
capture_lines_add(struct capture_lines *lines, struct span text,
    uint64_t wall_ms, unsigned *erased, struct diag *diag)
{
	char name[CAPTURE_NAME_BYTES + 8];
	enum err err;

	*erased = 0;
	err = open_room(lines, wall_ms, text.len, erased, diag);
	if (err == OK)
		err = write_all(lines->fd, text, diag);
	if (err == OK) {
		lines->bytes += text.len;
		return OK;
	}
	if (lines->fd == -1)
		return err;
	/* what was written of it is taken back; a full disk allows that */
	make_name(lines, name);
	if (lines->bytes == 0)
		(void)unlinkat(lines->dir, name, 0);
	else if (ftruncate(lines->fd, (off_t)lines->bytes) == -1)
		(void)diag_system(diag, "take back half a record");
	capture_lines_close(lines);
	return err;
}
