/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sync, publish by rename, and whole reads and writes. Who owns which folder
 * and when a batch is synced is the spool's business.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "durable.h"

#define READ_BYTES	65536u

enum err
durable_sync_file(int fd, struct diag *diag)
{
	if (fdatasync(fd) == -1)
		return diag_system(diag, "sync file");
	return OK;
}

enum err
durable_sync_dir(int dir, struct diag *diag)
{
	if (fsync(dir) == -1)
		return diag_system(diag, "sync folder");
	return OK;
}

enum err
durable_rename(int from_dir, const char *from, int to_dir, const char *to,
    struct diag *diag)
{
	if (renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE) == 0)
		return OK;
	if (errno == EEXIST)
		return diag_set(diag, ERR_INPUT, "name exists: %s", to);
	return diag_system(diag, "rename");
}

enum err
durable_replace(int dir, const char *name, struct span bytes, unsigned mode,
    struct diag *diag)
{
	char draft[256];
	enum err err;
	int fd;

	if (snprintf(draft, sizeof(draft), "%s.new", name) >=
	    (int)sizeof(draft))
		return diag_set(diag, ERR_LIMIT, "name too long: %s", name);
	fd = openat(dir, draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC, mode);
	if (fd == -1)
		return diag_system(diag, draft);
	err = write_all(fd, bytes, diag);
	if (err == OK)
		err = durable_sync_file(fd, diag);
	close(fd);
	if (err == OK && renameat(dir, draft, dir, name) == -1)
		err = diag_system(diag, name);
	if (err == OK)
		err = durable_sync_dir(dir, diag);
	else
		unlinkat(dir, draft, 0);
	return err;
}

enum err
write_all(int fd, struct span bytes, struct diag *diag)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return diag_system(diag, "write");
		bytes.ptr += n;
		bytes.len -= (size_t)n;
	}
	return OK;
}

enum err
pwrite_all(int fd, struct span bytes, uint64_t offset, struct diag *diag)
{
	while (bytes.len > 0) {
		ssize_t n = pwrite(fd, bytes.ptr, bytes.len, (off_t)offset);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return diag_system(diag, "write");
		bytes.ptr += n;
		bytes.len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return OK;
}

enum err
pread_all(int fd, void *bytes, size_t len, uint64_t offset, size_t *got,
    struct diag *diag)
{
	uint8_t *p = bytes;

	*got = 0;
	while (*got < len) {
		ssize_t n = pread(fd, p + *got, len - *got,
		    (off_t)(offset + *got));

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return diag_system(diag, "read");
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	return OK;
}

enum err
pread_whole(int fd, struct buf *bytes, struct diag *diag)
{
	uint8_t *room;
	size_t got, more;
	enum err err;

	do {
		more = bytes->len < READ_BYTES ? READ_BYTES : bytes->len;
		if (more > bytes->max - bytes->len)
			more = bytes->max - bytes->len;
		err = more == 0 ? ERR_LIMIT : buf_reserve(bytes, more, &room);
		if (err != OK)
			return diag_set(diag, err, "file too long");
		err = pread_all(fd, room, bytes->cap - bytes->len,
		    bytes->len, &got, diag);
		if (err != OK)
			return err;
		bytes->len += got;
	} while (bytes->len == bytes->cap);
	return OK;
}
