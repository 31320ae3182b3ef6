/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The end of retention: the oldest file goes when its last record is old
 * enough, and a record says so before. What is not sealed as it should be
 * stays, and keeps those behind it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/durable.h"
#include "audit_file.h"
#include "audit_seal.h"

#define TAIL_BYTES	4096

/* ---- the last record ---- */

/* The last line among the bytes, with its newline; empty: not the whole. */
static struct span
last_line(struct span s, bool whole)
{
	size_t end = s.len, at;

	while (end > 0 && s.ptr[end - 1] != '\n')
		end--;
	for (at = end > 0 ? end - 1 : 0; at > 0; at--)
		if (s.ptr[at - 1] == '\n')
			return span_sub(s, at, end - at);
	return whole ? span_sub(s, 0, end) : (struct span){ NULL, 0 };
}

/* "2026-11-27T..." */
static bool
day_of(struct span line, char day[9])
{
	struct audit_line record;

	if (line.len == 0 || !audit_line_read(span_sub(line, 0, line.len - 1),
	    &record) || record.time.len < 10)
		return false;
	memcpy(day, record.time.ptr, 4);
	memcpy(day + 4, record.time.ptr + 5, 2);
	memcpy(day + 6, record.time.ptr + 8, 2);
	day[8] = '\0';
	return true;
}

/* More and more of the end, until a line begins in it. */
static enum err
find_day(int fd, uint64_t bytes, char day[9], struct diag *diag)
{
	uint64_t n = TAIL_BYTES;
	struct buf tail;
	uint8_t *room;
	enum err err;
	size_t got;

	buf_init(&tail, AUDIT_LINE_BYTES_MAX + TAIL_BYTES);
	for (;; n *= 2) {
		if (n > bytes)
			n = bytes;
		if (n > tail.max)
			n = tail.max;
		buf_clear(&tail);
		err = buf_reserve(&tail, (size_t)n, &room);
		if (err == OK)
			err = pread_all(fd, room, (size_t)n, bytes - n, &got,
			    diag);
		if (err != OK)
			break;
		tail.len = got;
		if (day_of(last_line(buf_span(&tail), n == bytes), day) ||
		    n == bytes || n == tail.max)
			break;
	}
	buf_fini(&tail);
	return err;
}

enum err
audit_last_day(int dir, const struct audit_name *name, char day[9],
    struct diag *diag)
{
	int fd = openat(dir, name->text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	enum err err = OK;

	audit_name_day(name, day);
	if (fd == -1 || fstat(fd, &st) == -1)
		err = diag_system(diag, name->text);
	else if (st.st_size > 0)
		err = find_day(fd, (uint64_t)st.st_size, day, diag);
	if (fd != -1)
		close(fd);
	return err;
}

/* ---- erasing ---- */

static enum err
tell_erased(struct audit_file *file, const struct audit_seal *seal,
    uint64_t wall_ms, struct diag *diag)
{
	char hash[DIGEST_HEX_BYTES];
	struct buf members;
	enum err err;

	buf_init(&members, AUDIT_SEAL_BYTES_MAX);
	digest_hex(seal->last.hash, hash);
	err = buf_printf(&members, "\"file\":\"%s\",\"first\":%" PRIu64
	    ",\"last\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"hash\":\"%s\"",
	    seal->file, seal->first, seal->last.seq, seal->bytes, hash);
	if (err == OK)
		err = audit_file_add(file, AUDIT_ERASED, wall_ms,
		    buf_span(&members));
	buf_fini(&members);
	return err == OK ? audit_file_sync(file, wall_ms, diag) :
	    diag_set(diag, err, "cannot record an erasure");
}

/*
 * The file, then its seal: a file without one looks tampered with. A seal
 * that was left alone by a power cut goes with the next file.
 */
static enum err
erase_seals(int dir, uint64_t number, struct diag *diag)
{
	char log_name[AUDIT_NAME_BYTES], seal[AUDIT_NAME_BYTES];
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct audit_name name;
	struct dirent *entry;
	DIR *stream;

	if (fd == -1 || (stream = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return diag_system(diag, "open the log's folder");
	}
	while ((entry = readdir(stream)) != NULL) {
		if (strlen(entry->d_name) != strlen("audit-NNNNNNNN-YYYYMMDD"
		    ".seal"))
			continue;
		snprintf(log_name, sizeof(log_name), "%.23s.log",
		    entry->d_name);
		if (!audit_name_read(log_name, &name) || name.number > number)
			continue;
		audit_name_seal(&name, seal);
		if (strcmp(seal, entry->d_name) == 0)
			(void)!unlinkat(dir, seal, 0);
	}
	closedir(stream);
	return OK;
}

static enum err
erase(struct audit_file *file, const struct audit_name *name,
    uint64_t wall_ms, enum audit_erasure *what, struct diag *diag)
{
	char seal_name[AUDIT_NAME_BYTES];
	struct audit_seal seal;
	enum err err;

	*what = ERASURE_STUCK;
	audit_name_seal(name, seal_name);
	if (!audit_seal_load(file->dir, seal_name, file->key, &seal) ||
	    strcmp(seal.file, name->text) != 0)
		return OK;
	if ((err = tell_erased(file, &seal, wall_ms, diag)) != OK)
		return err;
	if (unlinkat(file->dir, name->text, 0) == -1)
		return diag_system(diag, name->text);
	*what = ERASURE_DONE;
	err = erase_seals(file->dir, name->number, diag);
	return err == OK ? durable_sync_dir(file->dir, diag) : err;
}

enum err
audit_file_erase(struct audit_file *file, const char *day, uint64_t wall_ms,
    enum audit_erasure *what, struct audit_name *name, struct diag *diag)
{
	char its_day[9];
	struct buf names;
	enum err err;
	size_t n;

	*what = ERASURE_NONE;
	buf_init(&names, AUDIT_FILES_MAX * sizeof(struct audit_name));
	err = audit_folder_list(file->dir, &names, &n, diag);
	if (err == OK && n > 1) {
		memcpy(name, names.ptr, sizeof(*name));
		err = audit_last_day(file->dir, name, its_day, diag);
		if (err == OK && strcmp(its_day, day) < 0)
			err = erase(file, name, wall_ms, what, diag);
	}
	buf_fini(&names);
	return err;
}
