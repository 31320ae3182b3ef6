/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mails on disk: drafts, commits in groups, records in place, moves between
 * the folders. Reading folders, days and retention is spool_store_scan.c; the
 * format of a file is spool_file.c; what becomes of a mail is the daemon's.
 *
 * Allowed states (which files exist), and the repair after a crash:
 *
 *   file in             means                         repair at start
 *   draft/R             being received, or received   removed: never
 *                       and not acknowledged          acknowledged
 *   queue/R             acknowledged, to be tried     none: tried
 *   deferred/DUE-R      acknowledged, tried before    none: tried at DUE
 *   held/R              acknowledged, waits for a     none
 *                       person
 *   original/DAY/R      finished                      none: erased in time
 *   report/DAY/R.json   what the sanitizer did        none: made again
 *   draft/R.json        a report being written        removed
 *   damaged/ANY         set aside, with an alarm      none, never touched
 *   anything else in    not ours, or decayed          moved to damaged/
 *   queue, deferred, held                             when it is found
 *
 * A file is in one folder at a time, because a rename is one step. A result
 * that was written but not synced may be lost: the recipient is tried again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "../base/receipt.h"
#include "spool_store_internal.h"

/* The kernel's time of a change is that of its last tick. */
#define MTIME_SLACK_MS		50
#define CLOCK_BACK_MS		UINT64_C(86400000)
#define FRONT_FIRST_BYTES	2048	/* most fronts are shorter */

static const char *const folder_names[SPOOL_STATE_N] = {
	"draft", "queue", "deferred", "held", "original", "damaged"
};

const char *
spool_state_name(enum spool_state state)
{
	return folder_names[state];
}

/* ---- open and close ---- */

static int
folder_open(int dir, const char *name, struct diag *diag)
{
	int fd;

	if (mkdirat(dir, name, 0700) == -1 && errno != EEXIST) {
		diag_system(diag, name);
		return -1;
	}
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd == -1)
		diag_system(diag, name);
	return fd;
}

static void
remove_draft(void *arg, const struct spool_name *name)
{
	spool_store_drop(arg, name->id);
}

static enum err
remove_drafts(struct spool_store *store, struct diag *diag)
{
	struct spool_scan scan;
	bool end = false;
	enum err err;

	err = spool_scan_open(store, SPOOL_DRAFT, &scan, diag);
	while (err == OK && !end)
		err = spool_scan_next(store, &scan, UINT32_MAX, remove_draft,
		    store, &end, diag);
	spool_scan_close(&scan);
	return err;
}

/*
 * A clock that was set back must not give a number twice. The last number
 * was given out when draft/ changed last; a folder from far in the future
 * tells of a clock that was wrong then, and of numbers far away.
 */
static enum err
last_id_find(struct spool_store *store, struct diag *diag)
{
	uint64_t now = clock_wall_ms(), changed;
	struct stat st;

	if (fstat(store->folders[SPOOL_DRAFT], &st) == -1)
		return diag_system(diag, "time of draft/");
	changed = (uint64_t)st.st_mtim.tv_sec * 1000 +
	    (uint64_t)st.st_mtim.tv_nsec / 1000000 + MTIME_SLACK_MS;
	if (changed <= now + CLOCK_BACK_MS)
		store->last_id = receipt_next(0, changed);
	return OK;
}

enum err
spool_store_open(struct spool_store **storep, int dir, struct diag *diag)
{
	/* start-up: once, of a fixed size */
	struct spool_store *store = calloc(1, sizeof(*store));
	enum err err = OK;

	if (store == NULL)
		return diag_system(diag, "memory for the spool");
	buf_init(&store->front, SPOOL_FILE_FRONT_BYTES_MAX);
	for (int i = 0; i < STORE_DAYS_OPEN_MAX; i++)
		store->days[i].fd = store->report_days[i].fd = -1;
	store->report = -1;
	for (int i = 0; i < SPOOL_STATE_N; i++) {
		store->folders[i] = err != OK ? -1 :
		    folder_open(dir, folder_names[i], diag);
		if (store->folders[i] == -1)
			err = ERR_SYSTEM;
	}
	if (err == OK) {
		store->report = folder_open(dir, "report", diag);
		if (store->report == -1)
			err = ERR_SYSTEM;
	}
	if (err == OK)
		err = durable_sync_dir(dir, diag);
	if (err == OK)
		err = last_id_find(store, diag);
	if (err == OK)
		err = remove_drafts(store, diag);
	if (err != OK) {
		spool_store_close(store);
		store = NULL;
	}
	*storep = store;
	return err;
}

void
spool_store_close(struct spool_store *store)
{
	if (store == NULL)
		return;
	for (uint32_t i = 0; i < store->commits_n; i++)
		close(store->commits[i].fd);
	for (uint32_t i = 0; i < store->records_n; i++)
		close(store->records[i]);
	for (int i = 0; i < STORE_DAYS_OPEN_MAX; i++) {
		if (store->days[i].fd != -1)
			close(store->days[i].fd);
		if (store->report_days[i].fd != -1)
			close(store->report_days[i].fd);
	}
	for (int i = 0; i < SPOOL_STATE_N; i++)
		if (store->folders[i] != -1)
			close(store->folders[i]);
	if (store->report != -1)
		close(store->report);
	buf_fini(&store->front);
	free(store);
}

/*
 * f_favail is 0 of 0 where a file system has no table of files (btrfs).
 */
enum err
spool_store_room(struct spool_store *store, uint64_t bytes, struct diag *diag)
{
	uint64_t now = clock_monotonic_ms(), have;
	struct statvfs vfs;

	if (store->space_ms == 0 || now - store->space_ms >= SPOOL_SPACE_MS) {
		if (fstatvfs(store->folders[SPOOL_DRAFT], &vfs) == -1)
			return diag_system(diag, "free space");
		store->space_ms = now == 0 ? 1 : now;
		have = (uint64_t)vfs.f_bavail * vfs.f_frsize;
		store->space_bytes = have > SPOOL_FREE_BYTES_MIN ?
		    have - SPOOL_FREE_BYTES_MIN : 0;
		if (vfs.f_files != 0 && vfs.f_favail < SPOOL_FREE_FILES_MIN)
			store->space_bytes = 0;
	}
	if (bytes >= store->space_bytes)
		return diag_set(diag, ERR_LIMIT, "disk full");
	store->space_bytes -= bytes;
	return OK;
}

/* ---- from draft to queue ---- */

static void
draft_text(uint64_t id, char text[SPOOL_NAME_BYTES])
{
	const struct spool_name name = { .id = id, .state = SPOOL_DRAFT };

	spool_name_text(&name, text);
}

enum err
spool_store_draft(struct spool_store *store, struct spool_file *file,
    struct span envelope, struct spool_draft *draft, int *fd,
    struct diag *diag)
{
	char name[SPOOL_NAME_BYTES];
	enum err err;

	*fd = -1;
	file->id = receipt_next(store->last_id, clock_wall_ms());
	buf_clear(&store->front);
	err = spool_file_front(file, envelope, &store->front);
	if (err != OK)
		return diag_set(diag, err, "not a good envelope");
	err = spool_store_room(store, store->front.len, diag);
	if (err != OK)
		return err;
	draft_text(file->id, name);
	*fd = openat(store->folders[SPOOL_DRAFT], name, O_WRONLY | O_APPEND |
	    O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd == -1)
		return diag_system(diag, "make draft");
	store->last_id = file->id;
	err = write_all(*fd, buf_span(&store->front), diag);
	if (err != OK) {
		close(*fd);
		*fd = -1;
		spool_store_drop(store, file->id);
		return err;
	}
	*draft = (struct spool_draft){ file->id, file->status_offset,
	    file->body_offset };
	return OK;
}

void
spool_store_drop(struct spool_store *store, uint64_t id)
{
	char name[SPOOL_NAME_BYTES];

	draft_text(id, name);
	/* what stays is removed at the next start */
	(void)unlinkat(store->folders[SPOOL_DRAFT], name, 0);
}

enum err
spool_store_commit(struct spool_store *store, const struct spool_draft *draft,
    uint64_t body_bytes, uint64_t cookie, struct diag *diag)
{
	uint8_t piece[SPOOL_FILE_COMMIT_BYTES];
	char name[SPOOL_NAME_BYTES];
	struct store_commit *commit;
	struct stat st;
	uint64_t offset;
	enum err err = OK;
	int fd;

	if (store->commits_n == SPOOL_BATCH_MAX)
		return diag_set(diag, ERR_AGAIN, "too many commits");
	draft_text(draft->id, name);
	fd = openat(store->folders[SPOOL_DRAFT], name, O_WRONLY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		err = diag_system(diag, "open draft");
	else if (st.st_size < draft->body_offset || body_bytes >
	    (uint64_t)st.st_size - draft->body_offset)
		err = diag_set(diag, ERR_INPUT, "draft is too short");
	if (err == OK) {
		offset = spool_file_put_commit(draft->id,
		    draft->status_offset, body_bytes, piece);
		err = pwrite_all(fd, (struct span){ piece, sizeof(piece) },
		    offset, diag);
	}
	if (err != OK) {
		if (fd != -1)
			close(fd);
		spool_store_drop(store, draft->id);
		return err;
	}
	commit = &store->commits[store->commits_n++];
	commit->id = draft->id;
	commit->cookie = cookie;
	commit->fd = fd;
	commit->err = OK;
	return OK;
}

uint32_t
spool_store_commits(const struct spool_store *store)
{
	return store->commits_n;
}

bool
spool_store_dirty(const struct spool_store *store)
{
	if (store->commits_n > 0 || store->records_n > 0)
		return true;
	for (int i = 0; i < SPOOL_STATE_N; i++)
		if (store->dirty[i])
			return true;
	return false;
}

/*
 * The bytes of all files of the round. For a handful, file by file; beyond
 * that one sync of the file system costs less than as many of files (it
 * commits its journal once).
 */
static enum err
sync_files(struct spool_store *store, struct diag *diag)
{
	enum err err = OK;

	if (store->commits_n + store->records_n >= SPOOL_SYNCFS_FILES_MIN) {
		if (syncfs(store->folders[SPOOL_QUEUE]) == 0)
			return OK;
		err = diag_system(diag, "sync spool");
		for (uint32_t i = 0; i < store->commits_n; i++) {
			store->commits[i].err = err;
			store->commits[i].diag = *diag;
		}
		return err;
	}
	for (uint32_t i = 0; i < store->records_n; i++)
		if (durable_sync_file(store->records[i], diag) != OK)
			err = ERR_SYSTEM;
	for (uint32_t i = 0; i < store->commits_n; i++)
		store->commits[i].err = durable_sync_file(
		    store->commits[i].fd, &store->commits[i].diag);
	return err;
}

static void
publish(struct spool_store *store)
{
	char name[SPOOL_NAME_BYTES];

	for (uint32_t i = 0; i < store->commits_n; i++) {
		struct store_commit *commit = &store->commits[i];

		if (commit->err != OK)
			continue;
		draft_text(commit->id, name);
		commit->err = durable_rename(store->folders[SPOOL_DRAFT], name,
		    store->folders[SPOOL_QUEUE], name, &commit->diag);
		if (commit->err == OK)
			store->dirty[SPOOL_QUEUE] = true;
	}
}

/*
 * Folders that files moved to before those that they came from: at no time
 * is a mail in neither. deferred/ needs none for itself: a mail whose move
 * is lost is in queue/ again and is tried sooner.
 */
static enum err
sync_folders(struct spool_store *store, struct diag *diag)
{
	static const enum spool_state order[] = { SPOOL_ORIGINAL, SPOOL_HELD,
	    SPOOL_DAMAGED, SPOOL_QUEUE, SPOOL_DEFERRED };
	enum err err = OK;

	for (int i = 0; i < STORE_DAYS_OPEN_MAX; i++) {
		if (store->days[i].fd == -1 || !store->days[i].dirty)
			continue;
		if (durable_sync_dir(store->days[i].fd, diag) != OK)
			err = ERR_SYSTEM;
		store->days[i].dirty = false;
	}
	store->dirty[SPOOL_ORIGINAL] = false;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (!store->dirty[order[i]])
			continue;
		if (durable_sync_dir(store->folders[order[i]], diag) != OK)
			err = ERR_SYSTEM;
		store->dirty[order[i]] = false;
	}
	return err;
}

/* Not durable after all: the sender keeps it, so it must not be here. */
static void
retract(struct spool_store *store, struct store_commit *commit,
    const struct diag *diag)
{
	char name[SPOOL_NAME_BYTES];

	draft_text(commit->id, name);
	(void)unlinkat(store->folders[SPOOL_QUEUE], name, 0);
	commit->err = ERR_SYSTEM;
	commit->diag = *diag;
}

enum err
spool_store_sync(struct spool_store *store, void (*done)(void *arg,
    uint64_t id, uint64_t cookie, enum err err, const struct diag *diag),
    void *arg, struct diag *diag)
{
	uint32_t n = store->commits_n;
	struct diag folder_diag;
	enum err err, folder_err;

	err = sync_files(store, diag);
	publish(store);
	folder_err = sync_folders(store, &folder_diag);
	for (uint32_t i = 0; i < store->records_n; i++)
		close(store->records[i]);
	store->records_n = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct store_commit *commit = &store->commits[i];

		close(commit->fd);
		if (commit->err == OK && folder_err != OK)
			retract(store, commit, &folder_diag);
		else if (commit->err != OK)
			spool_store_drop(store, commit->id);
	}
	/* a copy, because done may begin new commits */
	memcpy(store->told, store->commits, n * sizeof(store->told[0]));
	store->commits_n = 0;
	for (uint32_t i = 0; i < n; i++)
		done(arg, store->told[i].id, store->told[i].cookie,
		    store->told[i].err, &store->told[i].diag);
	if (err == OK && folder_err != OK) {
		*diag = folder_diag;
		err = folder_err;
	}
	return err;
}

/* ---- what is in the queue ---- */

void
spool_mail_init(struct spool_mail *mail)
{
	mail->fd = -1;
	buf_init(&mail->front, SPOOL_FILE_FRONT_BYTES_MAX +
	    FRONT_FIRST_BYTES);
}

void
spool_mail_close(struct spool_mail *mail)
{
	if (mail->fd != -1)
		close(mail->fd);
	mail->fd = -1;
	buf_clear(&mail->front);
}

void
spool_mail_fini(struct spool_mail *mail)
{
	spool_mail_close(mail);
	buf_fini(&mail->front);
}

static enum err
read_front(struct spool_mail *mail, struct diag *diag)
{
	size_t got, more, need = 0;
	uint8_t *room;
	enum err err;

	err = buf_reserve(&mail->front, FRONT_FIRST_BYTES, &room);
	if (err == OK)
		err = pread_all(mail->fd, room, FRONT_FIRST_BYTES, 0, &got,
		    diag);
	if (err != OK)
		return err;
	mail->front.len = got;
	err = spool_file_front_bytes(buf_span(&mail->front), &need, diag);
	if (err == OK && need > got) {
		err = buf_reserve(&mail->front, need - got, &room);
		if (err == OK)
			err = pread_all(mail->fd, room, need - got, got, &more,
			    diag);
		if (err == OK)
			mail->front.len += more;
	}
	if (err == OK && mail->front.len > need)
		buf_truncate(&mail->front, need);
	return err;
}

/* The folder that holds name, or -1; text gets the name inside it. */
static int
folder_of(struct spool_store *store, const struct spool_name *name,
    struct store_day **day, char text[SPOOL_NAME_BYTES], struct diag *diag)
{
	*day = NULL;
	spool_name_text(name, text);
	if (name->state != SPOOL_ORIGINAL)
		return store->folders[name->state];
	return store_day_folder(store, store->days,
	    store->folders[SPOOL_ORIGINAL], store_day_of(name->id), day, diag);
}

enum err
spool_store_read(struct spool_store *store, const struct spool_name *name,
    struct spool_mail *mail, struct diag *diag)
{
	char text[SPOOL_NAME_BYTES];
	struct store_day *day;
	struct stat st;
	enum err err = OK;
	int folder;

	require(mail->fd == -1);
	mail->name = *name;
	folder = folder_of(store, name, &day, text, diag);
	if (folder == -1)
		return ERR_SYSTEM;
	/* O_NONBLOCK: whatever else lies there must not stop us */
	mail->fd = openat(folder, text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	if (mail->fd == -1 && errno == ENOENT)
		return diag_set(diag, ERR_AGAIN, "no such mail");
	if (mail->fd == -1 && (errno == ELOOP || errno == ENXIO))
		return diag_set(diag, ERR_INPUT, "not a file");
	if (mail->fd == -1 || fstat(mail->fd, &st) == -1)
		err = diag_system(diag, "open mail");
	else if (!S_ISREG(st.st_mode))
		err = diag_set(diag, ERR_INPUT, "not a file");
	if (err == OK)
		err = read_front(mail, diag);
	if (err == OK)
		err = spool_file_decode(buf_span(&mail->front),
		    (uint64_t)st.st_size, &mail->file, diag);
	if (err == OK && mail->file.id != name->id)
		err = diag_set(diag, ERR_INPUT, "another mail's number");
	if (err == OK && !mail->file.committed)
		err = diag_set(diag, ERR_INPUT, "never committed");
	if (err != OK)
		spool_mail_close(mail);
	return err == ERR_LIMIT ? ERR_SYSTEM : err;
}

/* All slots in between are written as they are: the same bytes again. */
static enum err
write_slots(struct spool_mail *mail, int fd, uint32_t first, uint32_t n,
    struct diag *diag)
{
	uint8_t slots[SPOOL_FILE_SLOT_BYTES * ENVELOPE_RECIPIENTS_MAX];
	uint64_t offset = 0, at;

	require(n <= ENVELOPE_RECIPIENTS_MAX &&
	    first + n <= mail->file.envelope.recipients_n);
	for (uint32_t i = 0; i < n; i++) {
		at = spool_file_put_slot(&mail->file, first + i,
		    slots + (size_t)i * SPOOL_FILE_SLOT_BYTES);
		if (i == 0)
			offset = at;
	}
	return pwrite_all(fd, (struct span){ slots, (size_t)n *
	    SPOOL_FILE_SLOT_BYTES }, offset, diag);
}

enum err
spool_store_record(struct spool_store *store, struct spool_mail *mail,
    bool with_status, uint32_t first, uint32_t n, struct diag *diag)
{
	uint8_t status[SPOOL_FILE_STATUS_BYTES];
	char text[SPOOL_NAME_BYTES];
	struct store_day *day;
	uint64_t offset;
	enum err err = OK;
	int folder, fd;

	folder = folder_of(store, &mail->name, &day, text, diag);
	if (folder == -1)
		return ERR_SYSTEM;
	fd = openat(folder, text, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return diag_system(diag, "open mail for its record");
	if (n > 0)
		err = write_slots(mail, fd, first, n, diag);
	if (err == OK && with_status) {
		offset = spool_file_put_status(&mail->file, status);
		err = pwrite_all(fd, (struct span){ status, sizeof(status) },
		    offset, diag);
	}
	if (err == OK && store->records_n < SPOOL_BATCH_MAX) {
		store->records[store->records_n++] = fd;
		return OK;
	}
	if (err == OK)
		err = durable_sync_file(fd, diag);
	close(fd);
	return err;
}

enum err
spool_store_move(struct spool_store *store, struct spool_name *name,
    enum spool_state to, uint64_t due_ms, struct diag *diag)
{
	struct spool_name new = { .id = name->id, .state = to,
	    .due_ms = to == SPOOL_DEFERRED ? due_ms : 0 };
	char from_text[SPOOL_NAME_BYTES], to_text[SPOOL_NAME_BYTES];
	struct store_day *from_day, *to_day;
	int from_folder, to_folder;
	enum err err;

	from_folder = folder_of(store, name, &from_day, from_text, diag);
	if (from_folder == -1)
		return ERR_SYSTEM;
	if (to == SPOOL_DAMAGED) {
		err = store_set_aside(store, from_folder, from_text, diag);
		store->dirty[name->state] = true;
		if (err == OK)
			*name = new;
		return err;
	}
	to_folder = folder_of(store, &new, &to_day, to_text, diag);
	if (to_folder == -1)
		return ERR_SYSTEM;
	err = durable_rename(from_folder, from_text, to_folder, to_text, diag);
	if (err != OK)
		return err;
	if (to_day != NULL)
		to_day->dirty = true;
	if (to == SPOOL_HELD || to == SPOOL_ORIGINAL ||
	    name->state == SPOOL_HELD) {
		store->dirty[to] = true;
		store->dirty[name->state] = true;
	}
	*name = new;
	return OK;
}

bool
spool_store_exists(struct spool_store *store, const struct spool_name *name)
{
	char text[SPOOL_NAME_BYTES], day_text[DAY_TEXT_BYTES];
	char path[SPOOL_NAME_BYTES + DAY_TEXT_BYTES];

	spool_name_text(name, text);
	if (name->state != SPOOL_ORIGINAL)
		return faccessat(store->folders[name->state], text, F_OK,
		    0) == 0;
	store_day_text(store_day_of(name->id), day_text);
	if (snprintf(path, sizeof(path), "%s/%s", day_text, text) >=
	    (int)sizeof(path))
		return false;
	return faccessat(store->folders[SPOOL_ORIGINAL], path, F_OK, 0) == 0;
}

/* ---- reports ---- */

static enum err
copy_bytes(int from, int to, uint64_t bytes, struct diag *diag)
{
	uint8_t block[16 * 1024];
	uint64_t at = 0;
	size_t got, want;
	enum err err;

	while (at < bytes) {
		want = bytes - at < sizeof(block) ? (size_t)(bytes - at) :
		    sizeof(block);
		err = pread_all(from, block, want, at, &got, diag);
		if (err == OK && got < want)
			err = diag_set(diag, ERR_INPUT, "report is too short");
		if (err == OK)
			err = write_all(to, (struct span){ block, got }, diag);
		if (err != OK)
			return err;
		at += got;
	}
	return OK;
}

enum err
spool_store_report(struct spool_store *store, uint64_t id, int from,
    uint64_t bytes, struct diag *diag)
{
	char receipt[RECEIPT_TEXT_BYTES], text[SPOOL_NAME_BYTES];
	int drafts = store->folders[SPOOL_DRAFT], folder, fd;
	struct store_day *day;
	enum err err;

	if (bytes > SPOOL_REPORT_BYTES_MAX)
		return diag_set(diag, ERR_LIMIT, "report too long");
	receipt_text(id, receipt);
	snprintf(text, sizeof(text), "%s.json", receipt);
	folder = store_day_folder(store, store->report_days, store->report,
	    store_day_of(id), &day, diag);
	if (folder == -1)
		return ERR_SYSTEM;
	fd = openat(drafts, text, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd == -1)
		return diag_system(diag, "make report");
	err = copy_bytes(from, fd, bytes, diag);
	close(fd);
	if (err == OK && renameat(drafts, text, folder, text) == -1)
		err = diag_system(diag, "rename report");
	if (err != OK)
		(void)unlinkat(drafts, text, 0);
	return err;
}
