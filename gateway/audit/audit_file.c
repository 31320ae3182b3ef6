/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/durable.h"
#include "audit_check.h"
#include "audit_seal.h"

void
audit_file_init(struct audit_file *file, int dir, const struct audit_key *key)
{
	memset(file, 0, sizeof(*file));
	file->dir = dir;
	file->key = key;
	file->fd = -1;
	file->bytes_max = AUDIT_FILE_BYTES_MAX;
	buf_init(&file->waiting, AUDIT_GROUP_BYTES_MAX);
}

static void
give_up(struct audit_file *file)
{
	if (file->fd != -1)
		close(file->fd);
	file->fd = -1;
	buf_clear(&file->waiting);
	file->waiting_n = 0;
	file->next = file->head;
}

void
audit_file_close(struct audit_file *file)
{
	give_up(file);
	buf_fini(&file->waiting);
}

/* ---- where the log ends ---- */

static bool
exists(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The file that is to be written on: its end, without a torn line. */
static enum err
open_last(struct audit_file *file, uint64_t good, struct audit_found *found,
    struct diag *diag)
{
	struct stat st;

	file->fd = openat(file->dir, file->name.text, O_WRONLY | O_APPEND |
	    O_CLOEXEC | O_NOFOLLOW);
	if (file->fd == -1 || fstat(file->fd, &st) == -1)
		return diag_system(diag, file->name.text);
	file->bytes = good;
	found->torn_bytes = (uint64_t)st.st_size - good;
	if (found->torn_bytes > 0 && ftruncate(file->fd, (off_t)good) == -1)
		return diag_system(diag, "cut a torn line off");
	return OK;
}

static enum err
find_end(struct audit_file *file, const struct audit_name *names, size_t n,
    struct audit_found *found, struct diag *diag)
{
	char seal[AUDIT_NAME_BYTES];
	uint64_t good = 0;
	enum err err = OK;

	/* the last one may be empty: the record before it is further up */
	for (size_t i = n; i-- > 0 && file->head.seq == 0; ) {
		uint64_t first, end;

		err = audit_check_end(file->dir, &names[i], &file->head,
		    &first, &end, diag);
		if (err != OK && err != ERR_INPUT)
			return err;
		if (i + 1 < n)
			continue;
		file->name = names[i];
		file->first = first;
		good = end;
		found->damaged = err == ERR_INPUT;
	}
	if (n == 0)
		return OK;
	audit_name_seal(&file->name, seal);
	if (found->damaged || exists(file->dir, seal))
		return OK;
	return open_last(file, good, found, diag);
}

enum err
audit_file_open(struct audit_file *file, struct audit_found *found,
    struct diag *diag)
{
	struct audit_seal head;
	struct buf names;
	enum err err;
	size_t n;

	give_up(file);
	memset(found, 0, sizeof(*found));
	memset(&file->head, 0, sizeof(file->head));
	memset(&file->name, 0, sizeof(file->name));
	file->first = file->bytes = 0;
	buf_init(&names, AUDIT_FILES_MAX * sizeof(struct audit_name));
	err = audit_folder_list(file->dir, &names, &n, diag);
	if (err == OK)
		err = find_end(file, (const struct audit_name *)
		    (const void *)names.ptr, n, found, diag);
	buf_fini(&names);
	found->cut = audit_seal_load(file->dir, AUDIT_HEAD_NAME, file->key,
	    &head) &&
	    head.last.seq > file->head.seq;
	/* numbers that were used once are never used again */
	if (found->cut)
		file->head = head.last;
	file->next = file->head;
	file->head_old = true;
	if (err != OK)
		give_up(file);
	return err;
}

/* ---- files ---- */

static void
fill_seal(const struct audit_file *file, struct audit_seal *seal)
{
	memset(seal, 0, sizeof(*seal));
	memcpy(seal->file, file->name.text, sizeof(seal->file));
	seal->first = file->first != 0 ? file->first : file->head.seq + 1;
	seal->bytes = file->bytes;
	seal->last = file->head;
}

static enum err
write_seal(struct audit_file *file, const char *name, uint64_t wall_ms,
    struct diag *diag)
{
	struct audit_seal seal;
	struct buf text;
	enum err err;

	buf_init(&text, AUDIT_SEAL_BYTES_MAX);
	fill_seal(file, &seal);
	err = audit_seal_text(&seal, wall_ms, file->key, &text);
	err = err != OK ? diag_set(diag, err, "cannot sign %s", name) :
	    durable_replace(file->dir, name, buf_span(&text), 0640, diag);
	buf_fini(&text);
	return err;
}

static enum err
finish(struct audit_file *file, uint64_t wall_ms, struct diag *diag)
{
	char name[AUDIT_NAME_BYTES];
	enum err err;

	audit_name_seal(&file->name, name);
	err = write_seal(file, name, wall_ms, diag);
	if (err == OK) {
		close(file->fd);
		file->fd = -1;
	}
	return err;
}

static enum err
begin(struct audit_file *file, uint64_t wall_ms, struct diag *diag)
{
	struct audit_name name;

	audit_name_make(&name, file->name.number + 1, wall_ms);
	file->fd = openat(file->dir, name.text, O_WRONLY | O_CREAT | O_EXCL |
	    O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (file->fd == -1)
		return diag_system(diag, name.text);
	file->name = name;
	file->first = file->bytes = 0;
	return durable_sync_dir(file->dir, diag);
}

static enum err
make_room(struct audit_file *file, uint64_t wall_ms, struct diag *diag)
{
	char today[9], day[9];
	enum err err = OK;

	if (file->fd != -1) {
		audit_day(wall_ms, today);
		audit_name_day(&file->name, day);
		if (file->bytes > 0 && (strcmp(day, today) != 0 ||
		    file->bytes + file->waiting.len > file->bytes_max))
			err = finish(file, wall_ms, diag);
	}
	if (err == OK && file->fd == -1)
		err = begin(file, wall_ms, diag);
	return err;
}

/* ---- records ---- */

/*
 * What was written is of use only where it is found again: a file that was
 * taken away, or replaced, goes on taking records that nobody will read.
 */
static enum err
is_there(const struct audit_file *file, struct diag *diag)
{
	struct stat ours, found;

	if (fstat(file->fd, &ours) == -1 || fstatat(file->dir,
	    file->name.text, &found, AT_SYMLINK_NOFOLLOW) == -1)
		return diag_system(diag, file->name.text);
	if (ours.st_dev != found.st_dev || ours.st_ino != found.st_ino)
		return diag_set(diag, ERR_SYSTEM, "%s is another file now",
		    file->name.text);
	return OK;
}

enum err
audit_file_add(struct audit_file *file, enum audit_type type,
    uint64_t wall_ms, struct span members)
{
	enum err err = audit_record_add(&file->waiting, &file->next, type,
	    wall_ms, members);

	file->waiting_n += err == OK;
	return err;
}

enum err
audit_file_sync(struct audit_file *file, uint64_t wall_ms, struct diag *diag)
{
	enum err err;

	if (file->waiting_n == 0)
		return OK;
	err = make_room(file, wall_ms, diag);
	if (err == OK)
		err = write_all(file->fd, buf_span(&file->waiting), diag);
	if (err == OK)
		err = durable_sync_file(file->fd, diag);
	if (err == OK)
		err = is_there(file, diag);
	if (err != OK) {
		/* as if it had not been, where the disk lets us */
		if (file->fd != -1)
			(void)!ftruncate(file->fd, (off_t)file->bytes);
		give_up(file);
		return err;
	}
	if (file->first == 0)
		file->first = file->head.seq + 1;
	file->bytes += file->waiting.len;
	file->head = file->next;
	file->head_old = true;
	buf_clear(&file->waiting);
	file->waiting_n = 0;
	return OK;
}

enum err
audit_file_sign(struct audit_file *file, uint64_t wall_ms, struct diag *diag)
{
	enum err err;

	if (!file->head_old || file->name.number == 0)
		return OK;
	err = write_seal(file, AUDIT_HEAD_NAME, wall_ms, diag);
	if (err == OK)
		file->head_old = false;
	return err;
}
