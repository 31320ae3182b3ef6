/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The watched disk: wrapped system calls, the list of changes, and what a
 * power cut may make of them. Syncs do not reach the real disk; what they
 * promise is what we model.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../gateway/base/log.h"
#include "../../gateway/base/receipt.h"
#include "../../gateway/proc/role.h"
#include "disk.h"

#define FDS_MAX		256
#define SECTOR		512

/* ---- what happened to the disk, shared with the daemon ---- */

struct shared *shared;
struct replay replay;

static bool armed;			/* in the daemon to be stopped */

static void
shared_lock(void)
{
	while (__sync_lock_test_and_set(&shared->lock, 1) != 0)
		;
}

static struct op *
op_new(enum op_kind kind, uint32_t node)
{
	struct op *op = &shared->ops[shared->ops_n];

	if (shared->ops_n == OPS_MAX - 1)
		die(4, "too many changes");
	memset(op, 0, sizeof(*op));
	op->kind = kind;
	op->node = node;
	return op;
}

void
op_add(enum op_kind kind, uint32_t node, const char *from, const char *to,
    uint64_t offset, struct span bytes)
{
	struct op *op;

	shared_lock();
	op = op_new(kind, node);
	snprintf(op->from, sizeof(op->from), "%s", from);
	snprintf(op->to, sizeof(op->to), "%s", to);
	op->offset = offset;
	op->data = shared->data_n;
	op->len = (uint32_t)bytes.len;
	if (bytes.len > DATA_MAX - shared->data_n)
		die(4, "too much data");
	if (bytes.len > 0)
		memcpy(shared->data + op->data, bytes.ptr, bytes.len);
	shared->data_n += op->len;
	shared->ops_n++;
	__sync_lock_release(&shared->lock);
}

/* ---- descriptors of the daemon ---- */

static struct {
	bool	 used, dir;
	uint32_t node;
	bool	 append;
	char	 path[NAME_MAX_BYTES];
} fds[FDS_MAX];

/* Names of the living model, to know which node a path is. */
static struct {
	char	 path[NAME_MAX_BYTES];	/* "": free */
	uint32_t node;
} names[NODES_MAX];

static uint32_t
node_of(const char *path)
{
	for (int i = 0; i < NODES_MAX; i++)
		if (strcmp(names[i].path, path) == 0)
			return names[i].node;
	return UINT32_MAX;
}

static void
name_set(const char *path, uint32_t node)
{
	for (int i = 0; i < NODES_MAX; i++) {
		if (names[i].path[0] != '\0')
			continue;
		snprintf(names[i].path, sizeof(names[i].path), "%s", path);
		names[i].node = node;
		return;
	}
	die(4, "too many names");
}

static void
name_remove(const char *path)
{
	for (int i = 0; i < NODES_MAX; i++)
		if (strcmp(names[i].path, path) == 0)
			names[i].path[0] = '\0';
}

/* "queue/NAME"; the spool folder itself is "". False: not below it. */
static bool
path_of(int dir, const char *name, char path[NAME_MAX_BYTES])
{
	if (dir < 0 || dir >= FDS_MAX || !fds[dir].used || !fds[dir].dir)
		return false;
	if (fds[dir].path[0] == '\0')
		snprintf(path, NAME_MAX_BYTES, "%.90s", name);
	else
		snprintf(path, NAME_MAX_BYTES, "%.40s/%.50s", fds[dir].path,
		    name);
	return true;
}

static void
parent_of(const char *path, char parent[NAME_MAX_BYTES])
{
	const char *slash = strrchr(path, '/');

	snprintf(parent, NAME_MAX_BYTES, "%.*s",
	    slash == NULL ? 0 : (int)(slash - path), path);
}

/* ---- the system calls ---- */

int __real_openat(int, const char *, int, ...);
ssize_t __real_write(int, const void *, size_t);
ssize_t __real_pwrite(int, const void *, size_t, off_t);
int __real_fdatasync(int);
int __real_fsync(int);
int __real_syncfs(int);
int __real_renameat(int, const char *, int, const char *);
int __real_renameat2(int, const char *, int, const char *, unsigned);
int __real_unlinkat(int, const char *, int);
int __real_mkdirat(int, const char *, mode_t);
int __real_close(int);
int __wrap_openat(int, const char *, int, ...);
ssize_t __wrap_write(int, const void *, size_t);
ssize_t __wrap_pwrite(int, const void *, size_t, off_t);
int __wrap_fdatasync(int);
int __wrap_fsync(int);
int __wrap_syncfs(int);
int __wrap_renameat(int, const char *, int, const char *);
int __wrap_renameat2(int, const char *, int, const char *, unsigned);
int __wrap_unlinkat(int, const char *, int);
int __wrap_mkdirat(int, const char *, mode_t);
int __wrap_close(int);
ssize_t __wrap_getrandom(void *, size_t, unsigned);
int __real_fstat(int, struct stat *);
int __wrap_fstat(int, struct stat *);

static void
count(void)
{
	if (armed && ++shared->calls == shared->kill_at)
		_exit(KILLED);
}

static void
opened(int fd, const char *path, int flags)
{
	uint32_t node = node_of(path);
	const char *slash;

	if (fd < 0 || fd >= FDS_MAX)
		die(4, "descriptor %d", fd);
	if ((flags & O_DIRECTORY) == 0 && (flags & O_CREAT) != 0 &&
	    node == UINT32_MAX) {
		node = shared->nodes_n++;
		if (node == NODES_MAX)
			die(4, "too many files");
		op_add(OP_CREATE, node, "", path, 0,
		    (struct span){ NULL, 0 });
		name_set(path, node);
		slash = strrchr(path, '/');
		(void)receipt_parse(span_str(slash != NULL ? slash + 1 :
		    path), &shared->node_id[node]);
	}
	fds[fd].used = true;
	fds[fd].dir = (flags & O_DIRECTORY) != 0;
	fds[fd].node = node;
	fds[fd].append = (flags & O_APPEND) != 0 || (flags & O_CREAT) != 0;
	snprintf(fds[fd].path, sizeof(fds[fd].path), "%s",
	    strcmp(path, ".") == 0 ? "" : path);
}

int
__wrap_openat(int dir, const char *name, int flags, ...)
{
	char path[NAME_MAX_BYTES];
	va_list ap;
	mode_t mode;
	int fd;

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	count();
	fd = __real_openat(dir, name, flags, mode);
	if (!armed || fd == -1)
		return fd;
	if (dir == ROLE_FD_FOLDER)
		opened(fd, ".", flags);
	else if (path_of(dir, name, path))
		opened(fd, strcmp(name, ".") == 0 ? fds[dir].path : path,
		    flags);
	return fd;
}

static bool
is_file(int fd)
{
	return armed && fd >= 0 && fd < FDS_MAX && fds[fd].used &&
	    !fds[fd].dir && fds[fd].node != UINT32_MAX;
}

ssize_t
__wrap_write(int fd, const void *bytes, size_t len)
{
	ssize_t n;

	if (!is_file(fd))
		return __real_write(fd, bytes, len);
	count();
	n = __real_write(fd, bytes, len);
	if (n > 0)
		op_add(OP_WRITE, fds[fd].node, "", "", UINT64_MAX,
		    (struct span){ bytes, (size_t)n });
	return n;
}

ssize_t
__wrap_pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
	ssize_t n;

	count();
	n = __real_pwrite(fd, bytes, len, offset);
	if (is_file(fd) && n > 0)
		op_add(OP_WRITE, fds[fd].node, "", "", (uint64_t)offset,
		    (struct span){ bytes, (size_t)n });
	return n;
}

/* The real disk is not asked: that nothing is lost is what we model. */
int
__wrap_fdatasync(int fd)
{
	count();
	if (is_file(fd))
		op_add(OP_SYNC_NODE, fds[fd].node, "", "", 0,
		    (struct span){ NULL, 0 });
	return 0;
}

int
__wrap_fsync(int fd)
{
	count();
	if (armed && fd < FDS_MAX && fds[fd].used && fds[fd].dir)
		op_add(OP_SYNC_DIR, 0, "", fds[fd].path, 0,
		    (struct span){ NULL, 0 });
	return 0;
}

int
__wrap_syncfs(int fd)
{
	(void)fd;
	count();
	if (armed)
		op_add(OP_SYNC_ALL, 0, "", "", 0, (struct span){ NULL, 0 });
	return 0;
}

static void
renamed(int from_dir, const char *from, int to_dir, const char *to)
{
	char from_path[NAME_MAX_BYTES], to_path[NAME_MAX_BYTES];
	uint32_t node;

	if (!armed || !path_of(from_dir, from, from_path) ||
	    !path_of(to_dir, to, to_path))
		return;
	node = node_of(from_path);
	name_remove(from_path);
	name_remove(to_path);
	name_set(to_path, node);
	op_add(OP_RENAME, node, from_path, to_path, 0,
	    (struct span){ NULL, 0 });
}

int
__wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	int r;

	count();
	r = __real_renameat(from_dir, from, to_dir, to);
	if (r == 0)
		renamed(from_dir, from, to_dir, to);
	return r;
}

int
__wrap_renameat2(int from_dir, const char *from, int to_dir, const char *to,
    unsigned flags)
{
	int r;

	count();
	r = __real_renameat2(from_dir, from, to_dir, to, flags);
	if (r == 0)
		renamed(from_dir, from, to_dir, to);
	return r;
}

int
__wrap_unlinkat(int dir, const char *name, int flags)
{
	char path[NAME_MAX_BYTES];
	int r;

	count();
	r = __real_unlinkat(dir, name, flags);
	if (r == 0 && armed && path_of(dir, name, path)) {
		op_add(OP_UNLINK, node_of(path), path, "", 0,
		    (struct span){ NULL, 0 });
		name_remove(path);
	}
	return r;
}

int
__wrap_mkdirat(int dir, const char *name, mode_t mode)
{
	char path[NAME_MAX_BYTES];
	int r;

	count();
	r = __real_mkdirat(dir, name, mode);
	if (r == 0 && armed && path_of(dir, name, path))
		op_add(OP_MKDIR, 0, "", path, 0, (struct span){ NULL, 0 });
	return r;
}

int
__wrap_close(int fd)
{
	if (armed && fd >= 0 && fd < FDS_MAX)
		fds[fd].used = false;
	return __real_close(fd);
}

/* The same numbers in every run: folders have no time. */
int
__wrap_fstat(int fd, struct stat *st)
{
	int r;

	count();
	r = __real_fstat(fd, st);
	if (armed && r == 0 && S_ISDIR(st->st_mode))
		st->st_mtim.tv_sec = 0;
	return r;
}

/* The same jitter in every run. */
ssize_t
__wrap_getrandom(void *bytes, size_t len, unsigned flags)
{
	(void)flags;
	memset(bytes, 7, len);
	return (ssize_t)len;
}

bool
disk_start(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return shared != MAP_FAILED;
}

void
disk_begin(uint32_t kill_at)
{
	memset(shared, 0, offsetof(struct shared, ops));
	shared->kill_at = kill_at;
}

void
disk_arm(void)
{
	armed = true;
}

/* ---- the disk after the stop ---- */

bool
is_change(const struct op *op)
{
	return op->kind >= OP_CREATE && op->kind <= OP_MKDIR;
}

bool
is_durable(uint32_t i)
{
	const struct op *op = &shared->ops[i];
	char parent[NAME_MAX_BYTES];

	parent_of(op->kind == OP_UNLINK ? op->from : op->to, parent);
	for (uint32_t k = i + 1; k < shared->ops_n; k++) {
		const struct op *sync = &shared->ops[k];

		if (sync->kind == OP_SYNC_ALL)
			return true;
		if (op->kind == OP_WRITE ? sync->kind == OP_SYNC_NODE &&
		    sync->node == op->node : sync->kind == OP_SYNC_DIR &&
		    strcmp(sync->to, parent) == 0)
			return true;
	}
	return false;
}

static void
replay_write(const struct op *op, size_t len)
{
	uint8_t **bytes = &replay.nodes[op->node].bytes;
	size_t *size = &replay.nodes[op->node].len, offset, end;

	offset = op->offset == UINT64_MAX ? *size : (size_t)op->offset;
	end = offset + len;
	if (end > *size) {
		*bytes = realloc(*bytes, end);
		if (*bytes == NULL)
			die(4, "memory");
		memset(*bytes + *size, 0, end - *size);
		*size = end;
	}
	memcpy(*bytes + offset, shared->data + op->data, len);
}

static void
replay_name(const struct op *op)
{
	switch (op->kind) {
	case OP_CREATE:
	case OP_RENAME:
		/* a journal keeps order: a file that moved was made before */
		for (uint32_t n = 0; n < NODES_MAX; n++)
			if (strcmp(replay.path[n], op->to) == 0)
				replay.path[n][0] = '\0';
		snprintf(replay.path[op->node], NAME_MAX_BYTES, "%s", op->to);
		break;
	case OP_UNLINK:
		if (op->node != UINT32_MAX &&
		    strcmp(replay.path[op->node], op->from) == 0)
			replay.path[op->node][0] = '\0';
		break;
	case OP_MKDIR:
	case OP_WRITE:
	case OP_SYNC_NODE:
	case OP_SYNC_DIR:
	case OP_SYNC_ALL:
		break;
	}
}

void
replay_run(enum variant variant, uint32_t one)
{
	memset(replay.path, 0, sizeof(replay.path));
	for (uint32_t n = 0; n < NODES_MAX; n++)
		replay.nodes[n].len = 0;
	for (uint32_t i = 0; i < shared->ops_n; i++) {
		const struct op *op = &shared->ops[i];
		bool take = is_durable(i) || variant == ALL ||
		    (variant == BUT_ONE && i != one) ||
		    ((variant == ALONE || variant == TORN) && i == one);
		size_t len = op->len;

		if (!is_change(op) || !take)
			continue;
		if (op->kind != OP_WRITE) {
			replay_name(op);
			continue;
		}
		if (variant == TORN && i == one && op->offset != UINT64_MAX)
			len = (SECTOR - (size_t)op->offset % SECTOR) < len ?
			    SECTOR - (size_t)op->offset % SECTOR : len / 2 /
			    32 * 32;
		replay_write(op, len);
	}
}

void
replay_build(const char *dir)
{
	static const char *const folders[] = { "", "/draft", "/queue",
	    "/deferred", "/held", "/original", "/report", "/damaged" };
	char path[600], *slash;
	int fd;

	mkdir(dir, 0700);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/spool%s", dir, folders[i]);
		mkdir(path, 0700);
	}
	for (uint32_t n = 0; n < NODES_MAX; n++) {
		if (replay.path[n][0] == '\0')
			continue;
		snprintf(path, sizeof(path), "%s/spool/%s", dir,
		    replay.path[n]);
		slash = strrchr(path, '/');	/* the folder of a day */
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (fd == -1 || write(fd, replay.nodes[n].bytes,
		    replay.nodes[n].len) != (ssize_t)replay.nodes[n].len)
			die(4, "%s: %s", path, strerror(errno));
		close(fd);
	}
}
