/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crash_spool DIR [STEP]: the daemon's own code, stopped before its k-th
 * system call on files, for every k, while mails of each kind pass: alone and
 * in groups, delivered in part, put off, held, released, rejected, refused.
 *
 * Every change on disk is written down. After the stop the spool folder is
 * built anew as a power cut may leave it: what was synced, and of the rest
 * nothing, all, each change alone, all but each one, and each write cut at a
 * sector. Then the daemon is started on it and must bring each acknowledged
 * mail to its end: none lost, none delivered twice unless the stop fell
 * between the next hop's 250 and the durable record of it, none damaged.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../gateway/base/clock.h"
#include "../../gateway/base/digest.h"
#include "../../gateway/base/log.h"
#include "../../gateway/base/receipt.h"
#include "../../gateway/proc/role.h"
#include "../../gateway/spool/spool_store.h"
#include "rig.h"

#define OPS_MAX		4096
#define DATA_MAX	(8u << 20)
#define NODES_MAX	512
#define FDS_MAX		256
#define NAME_MAX_BYTES	96
#define MAILS_MAX	64
#define SECTOR		512
#define KILLED		99
#define WALL_MS		UINT64_C(1795341600000)

/* ---- what happened to the disk, shared with the daemon ---- */

enum op_kind {
	OP_CREATE = 1, OP_WRITE, OP_RENAME, OP_UNLINK, OP_MKDIR,
	OP_SYNC_NODE, OP_SYNC_DIR, OP_SYNC_ALL
};

struct op {
	enum op_kind	kind;
	uint32_t	node;
	char		from[NAME_MAX_BYTES];	/* path below the spool */
	char		to[NAME_MAX_BYTES];
	uint64_t	offset;			/* UINT64_MAX: append */
	uint32_t	data, len;
};

static struct shared {
	volatile int	lock;
	uint32_t	calls, kill_at;
	uint32_t	ops_n, data_n, nodes_n;
	uint64_t	node_id[NODES_MAX];
	struct op	ops[OPS_MAX];
	uint8_t		data[DATA_MAX];
} *shared;

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

static void
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
void __wrap_role_start(enum role_id, int, char **, struct role_start *,
    struct role_state *);
int sekisho_spool_main(int, char **);

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
		(void)receipt_parse(span_str(strrchr(path, '/') + 1),
		    &shared->node_id[node]);
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

void
__wrap_role_start(enum role_id role, int argc, char **argv,
    struct role_start *start, struct role_state *state)
{
	const struct msg_sandbox sandbox = { 0 };
	struct diag diag;

	(void)role;
	(void)argc;
	(void)argv;
	memset(start, 0, sizeof(*start));
	memset(state, 0, sizeof(*state));
	log_init("spool");
	if (ipc_send_now(ROLE_FD_SUPERVISOR, MSG_SANDBOX, &sandbox,
	    (struct span){ NULL, 0 }, NULL, 0, &diag) != OK)
		_exit(4);
}

/* ---- the daemon in a fork ---- */

static uint64_t wall_ms = WALL_MS;

static uint64_t
fixed_wall(void)
{
	return wall_ms;
}

static void
quiet(void)
{
	int null = open("/dev/null", O_WRONLY);

	if (getenv("CRASH_LOG") == NULL && null != -1)
		(void)dup2(null, 2);
	clock_replace(NULL, fixed_wall);
}

static void
run_armed(void)
{
	char *argv[] = { (char *)(uintptr_t)"sekisho-spool", NULL };

	quiet();
	armed = true;
	(void)sekisho_spool_main(1, argv);
}

static void
run_plain(void)
{
	char *argv[] = { (char *)(uintptr_t)"sekisho-spool", NULL };

	quiet();
	(void)sekisho_spool_main(1, argv);
}

/* ---- what was promised ---- */

enum fate { FATE_DELIVER = 1, FATE_REJECT };

static struct mail {
	uint64_t	id;
	bool		acknowledged;
	enum fate	fate;
	uint32_t	to_n;
	char		to[3][48];	/* those to be delivered */
	bool		bounces;	/* a recipient is refused */
} mails[MAILS_MAX];
static uint32_t mails_n;
static struct mail next;

static struct mail *
mail_find(uint64_t id)
{
	for (uint32_t i = 0; i < mails_n; i++)
		if (mails[i].id == id)
			return &mails[i];
	return NULL;
}

/* The daemon appends nothing here, the receiver does: so we note it. */
static void
on_body(uint64_t id, struct span bytes)
{
	for (uint32_t n = 0; n < shared->nodes_n; n++)
		if (shared->node_id[n] == id)
			op_add(OP_WRITE, n, "", "", UINT64_MAX, bytes);
	mails[mails_n] = next;
	mails[mails_n++].id = id;
}

static void
on_acknowledged(uint64_t id)
{
	mail_find(id)->acknowledged = true;
}

static uint32_t
on_mark(void)
{
	return shared->ops_n;
}

/* ---- the scenario ---- */

static struct rig rig;
static char base[256];

static uint32_t
files_in(const char *dir, const char *folder)
{
	char path[600];
	struct dirent *entry;
	uint32_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/spool/%s", dir, folder);
	d = opendir(path);
	while (d != NULL && (entry = readdir(d)) != NULL)
		n += entry->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return n;
}

static void
mail_to(const char *body, uint32_t n, const char *const *to, enum fate fate)
{
	static struct envelope envelope;

	memset(&next, 0, sizeof(next));
	next.fate = fate;
	for (uint32_t i = 0; i < n; i++) {
		if (strncmp(to[i], "refuse", 6) == 0)
			next.bounces = true;
		else
			snprintf(next.to[next.to_n++], sizeof(next.to[0]),
			    "%s", to[i]);
	}
	rig_envelope(&envelope, n, to);
	rig_mail(&rig, &envelope, body);
}

static bool
is_answered(const struct rig *r)
{
	return r->outstanding == 0;
}

static void
play_until(bool (*cond)(const struct rig *))
{
	if (!rig_play(&rig, cond, 5000))
		die(4, "the scenario stands still");
}

static void
wait_files(const char *folder, uint32_t n)
{
	for (int i = 0; files_in(rig.dir, folder) != n; i++) {
		if (i == 5000)
			die(4, "no %u files in %s/", (unsigned)n, folder);
		(void)rig_play(&rig, NULL, 1);
	}
}

static const char *const bob[] = { "bob@town.example.lg.jp" };

static void
scenario(void)
{
	static const char *const three[] = { "carol@town.example.lg.jp",
	    "refuse@town.example.lg.jp", "later@town.example.lg.jp" };
	char answer[4096];

	/* one alone; a group, so that one sync serves many */
	mail_to("one\r\n", 1, bob, FATE_DELIVER);
	play_until(is_answered);
	wait_files("queue", 0);
	for (int i = 0; i < 5; i++)
		mail_to("group\r\n", 1, bob, FATE_DELIVER);
	play_until(is_answered);
	wait_files("queue", 0);
	/* delivered in part, refused in part, put off in part */
	mail_to("three\r\n", 3, three, FATE_DELIVER);
	play_until(is_answered);
	wait_files("deferred", 1);
	wait_files("queue", 0);
	(void)rig_ask(&rig, CONTROL_QUEUE_RETRY, 0, answer, sizeof(answer));
	wait_files("queue", 0);
	wait_files("deferred", 1);
	/* held, then released; held, then rejected */
	mail_to("HOLD\r\n", 1, bob, FATE_DELIVER);
	play_until(is_answered);
	wait_files("held", 1);
	(void)rig_ask(&rig, CONTROL_HELD_RELEASE, rig.last_id, answer,
	    sizeof(answer));
	wait_files("held", 0);
	wait_files("queue", 0);
	mail_to("HOLD\r\n", 1, bob, FATE_REJECT);
	play_until(is_answered);
	wait_files("held", 1);
	(void)rig_ask(&rig, CONTROL_HELD_REJECT, rig.last_id, answer,
	    sizeof(answer));
	wait_files("held", 0);
	wait_files("queue", 0);
	/* no next hop, and then one */
	rig.hop_down = true;
	mail_to("down\r\n", 1, bob, FATE_DELIVER);
	play_until(is_answered);
	wait_files("deferred", 2);
	rig.hop_down = false;
	rig.later_ok = true;
	(void)rig_ask(&rig, CONTROL_QUEUE_RETRY, 0, answer, sizeof(answer));
	wait_files("deferred", 0);
	wait_files("queue", 0);
}

/* ---- the disk after the stop ---- */

enum variant { NONE = 1, ALL, ALONE, BUT_ONE, TORN };

struct replay {
	bool		 applied[OPS_MAX];
	struct {
		uint8_t	*bytes;
		size_t	 len;
	} nodes[NODES_MAX];
	char		 path[NODES_MAX][NAME_MAX_BYTES];	/* "": none */
};
static struct replay replay;

static bool
is_change(const struct op *op)
{
	return op->kind >= OP_CREATE && op->kind <= OP_MKDIR;
}

static bool
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

/* The disk when, of the changes not synced, the chosen ones arrived. */
static void
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

static void
replay_build(const char *dir)
{
	static const char *const folders[] = { "", "/draft", "/queue",
	    "/deferred", "/held", "/original", "/report", "/damaged",
	    "/original/2026-11-22", "/report/2026-11-22" };
	char path[600];
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
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (fd == -1 || write(fd, replay.nodes[n].bytes,
		    replay.nodes[n].len) != (ssize_t)replay.nodes[n].len)
			die(4, "%s: %s", path, strerror(errno));
		close(fd);
	}
}

/*
 * May this delivery of before the stop be repeated? Only if nothing durable
 * says that it was made: the first change of the mail's file after it.
 */
static bool
may_repeat(const struct rig_delivery *delivery)
{
	for (uint32_t i = delivery->mark; i < shared->ops_n; i++) {
		const struct op *op = &shared->ops[i];

		if ((op->kind == OP_WRITE || op->kind == OP_RENAME) &&
		    shared->node_id[op->node] == delivery->id)
			return !is_durable(i);
	}
	return true;
}

/* ---- after the restart ---- */

static unsigned problems, states, stops;
static uint8_t seen[65536][8];
static uint32_t seen_n;

/* Was this disk, with these promises, tried already? */
static bool
was_seen(const struct rig_delivery *before, uint32_t before_n)
{
	uint8_t sum[DIGEST_BYTES];
	struct digest digest;

	digest_init(&digest);
	for (uint32_t n = 0; n < NODES_MAX; n++) {
		if (replay.path[n][0] == '\0')
			continue;
		digest_add(&digest, span_str(replay.path[n]));
		digest_add(&digest, (struct span){ replay.nodes[n].bytes,
		    replay.nodes[n].len });
	}
	for (uint32_t i = 0; i < before_n; i++) {
		bool again = may_repeat(&before[i]);

		digest_add(&digest, span_str(before[i].to));
		digest_add(&digest, (struct span){
		    (const uint8_t *)&before[i].id, 8 });
		digest_add(&digest, (struct span){ (uint8_t *)&again, 1 });
	}
	for (uint32_t i = 0; i < mails_n; i++) {
		digest_add(&digest, (struct span){
		    (const uint8_t *)&mails[i].id, 8 });
		digest_add(&digest, (struct span){
		    (const uint8_t *)&mails[i].acknowledged, 1 });
	}
	digest_end(&digest, sum);
	for (uint32_t i = 0; i < seen_n; i++)
		if (memcmp(seen[i], sum, 8) == 0)
			return true;
	if (seen_n < 65536)
		memcpy(seen[seen_n++], sum, 8);
	return false;
}

static void
decide_held(void)
{
	char path[600], answer[4096];
	struct dirent *entry;
	uint64_t ids[MAILS_MAX];
	uint32_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/spool/held", rig.dir);
	d = opendir(path);
	while (d != NULL && (entry = readdir(d)) != NULL)
		if (n < MAILS_MAX && receipt_parse(span_str(entry->d_name),
		    &ids[n]))
			n++;
	if (d != NULL)
		closedir(d);
	for (uint32_t i = 0; i < n; i++) {
		const struct mail *mail = mail_find(ids[i]);

		(void)rig_ask(&rig, mail != NULL && mail->fate == FATE_REJECT ?
		    CONTROL_HELD_REJECT : CONTROL_HELD_RELEASE, ids[i],
		    answer, sizeof(answer));
	}
}

static bool
comes_to_rest(void)
{
	char answer[4096];

	for (int i = 0; i < 3000; i++) {
		uint32_t deferred = files_in(rig.dir, "deferred");

		if (files_in(rig.dir, "held") > 0)
			decide_held();
		else if (deferred > 0 && files_in(rig.dir, "queue") == 0)
			(void)rig_ask(&rig, CONTROL_QUEUE_RETRY, 0, answer,
			    sizeof(answer));
		else if (deferred == 0 && files_in(rig.dir, "queue") == 0)
			return true;
		(void)rig_play(&rig, NULL, 1);
	}
	return false;
}

static void
problem(const char *what, uint64_t id, const char *to, const char *where)
{
	char receipt[RECEIPT_TEXT_BYTES];

	receipt_text(id, receipt);
	fprintf(stderr, "%s: %s %s: %s\n", where, receipt, to, what);
	problems++;
}

/* Deliveries to one recipient: before the stop, and after the restart. */
static void
check_one(const struct mail *mail, const char *to,
    const struct rig_delivery *before, uint32_t before_n, const char *where)
{
	uint32_t after = rig_count(&rig, mail->id, to), times = 0;
	bool repeat = false;

	for (uint32_t i = 0; i < before_n; i++) {
		if (before[i].id != mail->id || strcmp(before[i].to, to) != 0)
			continue;
		times++;
		repeat = may_repeat(&before[i]);
	}
	if (mail->acknowledged && mail->fate == FATE_DELIVER &&
	    times + after == 0)
		problem("LOST", mail->id, to, where);
	if (times > 1 || after > 1 || (times == 1 && after == 1 && !repeat))
		problem("TWICE", mail->id, to, where);
	if (mail->fate == FATE_REJECT && times + after > 0)
		problem("REJECTED AND DELIVERED", mail->id, to, where);
}

static void
check_all(const struct rig_delivery *before, uint32_t before_n,
    const char *where)
{
	uint32_t bounces = 0, notices = rig_count(&rig, 0, "alice@example.jp");

	for (uint32_t i = 0; i < before_n; i++)
		notices += strcmp(before[i].to, "alice@example.jp") == 0;
	for (uint32_t i = 0; i < mails_n; i++) {
		for (uint32_t k = 0; k < mails[i].to_n; k++)
			check_one(&mails[i], mails[i].to[k], before, before_n,
			    where);
		bounces += mails[i].acknowledged && (mails[i].bounces ||
		    mails[i].fate == FATE_REJECT);
	}
	if (notices < bounces)
		problem("NOTIFICATION LOST", 1, "alice", where);
	if (files_in(rig.dir, "damaged") > 0)
		problem("DAMAGED", 1, "", where);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
remove_all(const char *dir)
{
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
restart(enum variant variant, uint32_t one, const struct rig_delivery *before,
    uint32_t before_n)
{
	static const char *const texts[] = { "", "none", "all", "alone",
	    "all but", "torn" };
	char dir[300], where[80];
	jmp_buf gone;

	replay_run(variant, one);
	if (was_seen(before, before_n))
		return;
	states++;
	snprintf(where, sizeof(where), "call %u, %s %u",
	    (unsigned)shared->kill_at, texts[variant], (unsigned)one);
	snprintf(dir, sizeof(dir), "%s/after", base);
	replay_build(dir);
	memset(&rig, 0, sizeof(rig));
	rig.entry = run_plain;
	rig.later_ok = true;
	rig_start_as(&rig, dir);
	rig.gone = &gone;
	if (setjmp(gone) != 0)
		problem("DIED AGAIN", 1, "", where);
	else if (!comes_to_rest())
		problem("DOES NOT COME TO REST", 1, "", where);
	else
		check_all(before, before_n, where);
	rig.gone = NULL;
	rig_kill(&rig);
	remove_all(dir);
}

static void
restarts(const struct rig_delivery *before, uint32_t before_n)
{
	restart(NONE, 0, before, before_n);
	restart(ALL, 0, before, before_n);
	for (uint32_t i = 0; i < shared->ops_n; i++) {
		if (!is_change(&shared->ops[i]) || is_durable(i))
			continue;
		restart(ALONE, i, before, before_n);
		restart(BUT_ONE, i, before, before_n);
		if (shared->ops[i].kind == OP_WRITE)
			restart(TORN, i, before, before_n);
	}
}

/* One run, stopped before call k. False: it ended before. */
static bool
stop_at(uint32_t k)
{
	static struct rig_delivery before[256];
	char dir[300];
	jmp_buf gone;
	uint32_t before_n;
	volatile bool stopped = false;
	int status;

	memset(shared, 0, offsetof(struct shared, ops));
	shared->kill_at = k;
	mails_n = 0;
	snprintf(dir, sizeof(dir), "%s/before", base);
	mkdir(dir, 0700);
	memset(&rig, 0, sizeof(rig));
	rig.entry = run_armed;
	rig.body = on_body;
	rig.acknowledged = on_acknowledged;
	rig.mark = on_mark;
	rig.gone = &gone;
	if (setjmp(gone) == 0) {
		rig_start_as(&rig, dir);
		scenario();
	} else {
		stopped = true;
	}
	rig.gone = NULL;
	before_n = rig.deliveries_n > 256 ? 256 : rig.deliveries_n;
	memcpy(before, rig.deliveries, before_n * sizeof(before[0]));
	if (stopped) {
		(void)waitpid(rig.pid, &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != KILLED)
			die(4, "call %u: the daemon died of itself (%d)",
			    (unsigned)k, status);
		rig_close(&rig);
	} else {
		rig_kill(&rig);
	}
	remove_all(dir);
	stops += stopped;
	restarts(before, before_n);
	return stopped;
}

int
main(int argc, char **argv)
{
	uint32_t step = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
	uint32_t first = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 1;

	if (argc < 2 || step == 0)
		return 2;
	snprintf(base, sizeof(base), "%s", argv[1]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 4;
	for (uint32_t k = first; stop_at(k) && problems < 20; k += step)
		;
	printf("%u stops, %u different disks started from, %u problems\n",
	    stops, states, problems);
	printf("%u passed, %u failed\n", problems == 0 ? stops : 0, problems);
	return problems != 0 || stops == 0;
}
