/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WRAP: fstatvfs fdatasync fsync openat */
/* Mails on disk: states, commits, records, repairs, retention. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../gateway/base/clock.h"
#include "../../../gateway/base/durable.h"
#include "../../../gateway/base/receipt.h"
#include "../../../gateway/spool/spool_queue.h"
#include "../../../gateway/spool/spool_store.h"

#define WALL_MS	UINT64_C(1795341600000)		/* 2026-11-22 10:00 UTC */
#define DAY_MS	UINT64_C(86400000)
#define NAMES	100000

int __real_fstatvfs(int, struct statvfs *);
int __real_fdatasync(int);
int __real_fsync(int);
int __real_openat(int, const char *, int, ...);
int __wrap_fstatvfs(int, struct statvfs *);
int __wrap_fdatasync(int);
int __wrap_fsync(int);
int __wrap_openat(int, const char *, int, ...);

static uint64_t wall_ms = WALL_MS, mono_ms = 1;
static uint64_t free_blocks;		/* 0: ask the disk */
static bool sync_broken, dir_sync_broken;
static unsigned dir_syncs, opens;

int
__wrap_fstatvfs(int fd, struct statvfs *vfs)
{
	int r = __real_fstatvfs(fd, vfs);

	if (free_blocks != 0) {
		vfs->f_frsize = 4096;
		vfs->f_bavail = free_blocks;
	}
	return r;
}

int
__wrap_fdatasync(int fd)
{
	if (sync_broken) {
		errno = EIO;
		return -1;
	}
	return __real_fdatasync(fd);
}

int
__wrap_fsync(int fd)
{
	dir_syncs++;
	if (dir_sync_broken) {
		errno = EIO;
		return -1;
	}
	return __real_fsync(fd);
}

int
__wrap_openat(int dir, const char *name, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	opens++;
	return __real_openat(dir, name, flags, mode);
}

static uint64_t
test_wall(void)
{
	return wall_ms;
}

static uint64_t
test_mono(void)
{
	return mono_ms;
}

/* ---- a spool folder of its own for each test ---- */

static char path[64];
static int dir;
static struct spool_store *store;
static struct diag diag;

static void
reopen(void)
{
	spool_store_close(store);
	assert_int_equal(spool_store_open(&store, dir, &diag), OK);
}

static int
make_store(void **state)
{
	(void)state;
	clock_replace(test_mono, test_wall);
	wall_ms = WALL_MS;
	free_blocks = 0;
	sync_broken = dir_sync_broken = false;
	snprintf(path, sizeof(path), "/tmp/sekisho-store.XXXXXX");
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(dir != -1);
	store = NULL;
	reopen();
	return 0;
}

static int
remove_one(const char *name, const struct stat *st, int type,
    struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(name);
}

static int
remove_store(void **state)
{
	(void)state;
	spool_store_close(store);
	close(dir);
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool
is_there(const char *name)
{
	return faccessat(dir, name, F_OK, 0) == 0;
}

static uint32_t
files_in(const char *folder)
{
	char below[128];
	struct dirent *entry;
	uint32_t n = 0;
	DIR *d;

	snprintf(below, sizeof(below), "%s/%s", path, folder);
	d = opendir(below);
	while (d != NULL && (entry = readdir(d)) != NULL)
		n += entry->d_name[0] != '.';
	if (d != NULL)
		closedir(d);
	return n;
}

/* ---- mails ---- */

static enum err told_err;
static uint64_t told_id, told_cookie;
static unsigned told;

static void
done(void *arg, uint64_t id, uint64_t cookie, enum err err,
    const struct diag *d)
{
	(void)arg;
	(void)d;
	told++;
	told_id = id;
	told_cookie = cookie;
	told_err = err;
}

static struct spool_draft
draft_on(const char *route, struct span body)
{
	static struct spool_file file;
	struct envelope envelope = {
		.peer = { .family = 4 }, .protocol = PROTOCOL_ESMTP,
		.sender = SPAN("alice@example.jp"), .recipients_n = 2,
		.recipients = { { .address = SPAN("bob@town.example") },
		    { .address = SPAN("carol@town.example") } },
	};
	struct spool_draft draft;
	struct buf buf;
	int fd;

	memset(&file, 0, sizeof(file));
	file.kind = SPOOL_MAIL;
	file.received_ms = wall_ms;
	snprintf(file.route, sizeof(file.route), "%s", route);
	buf_init(&buf, 4096);
	assert_int_equal(envelope_encode(&envelope, &buf), OK);
	assert_int_equal(spool_store_draft(store, &file, buf_span(&buf),
	    &draft, &fd, &diag), OK);
	buf_fini(&buf);
	assert_int_equal(write_all(fd, body, &diag), OK);
	close(fd);
	return draft;
}

static uint64_t
commit_on(const char *route)
{
	const struct spool_draft draft = draft_on(route, SPAN("hello\r\n"));

	assert_int_equal(spool_store_commit(store, &draft, 7, 99, &diag), OK);
	assert_int_equal(spool_store_sync(store, done, NULL, &diag), OK);
	assert_int_equal(told_err, OK);
	assert_int_equal(told_id, draft.id);
	return draft.id;
}

static struct spool_name
in_queue(uint64_t id)
{
	return (struct spool_name){ .id = id, .state = SPOOL_QUEUE };
}

/* ---- tests ---- */

static void
a_name_has_one_spelling(void **state)
{
	static const struct {
		enum spool_state state;
		const char *text;
		bool good;
	} rows[] = {
		{ SPOOL_QUEUE, "261122-8JN2-000G", true },
		{ SPOOL_QUEUE, "261122-8jn2-000g", false },
		{ SPOOL_QUEUE, "261122-8JN2000G", false },
		{ SPOOL_QUEUE, "261122-8JN2-000H", false },
		{ SPOOL_QUEUE, "261122-8JN2-000G.new", false },
		{ SPOOL_QUEUE, "", false },
		{ SPOOL_DEFERRED, "000001a202a9e100-261122-8JN2-000G", true },
		{ SPOOL_DEFERRED, "000001A202a9e100-261122-8JN2-000G", false },
		{ SPOOL_DEFERRED, "1a202a9e100-261122-8JN2-000G", false },
		{ SPOOL_DEFERRED, "261122-8JN2-000G", false },
		{ SPOOL_QUEUE, "000001a202a9e100-261122-8JN2-000G", false },
	};
	struct spool_name name;
	char text[SPOOL_NAME_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(spool_name_parse(rows[i].state, rows[i].text,
		    &name), rows[i].good);
		if (!rows[i].good)
			continue;
		spool_name_text(&name, text);
		assert_string_equal(text, rows[i].text);
	}
	assert_true(spool_name_parse(SPOOL_DEFERRED, rows[6].text, &name));
	assert_int_equal(name.due_ms, 0x1a202a9e100);
	assert_int_equal(name.id, receipt_next(0, WALL_MS));
}

static void
a_commit_is_in_the_queue_after_the_sync_and_not_before(void **state)
{
	const struct spool_draft draft = draft_on("inbound", SPAN("hello\r\n"));
	struct spool_mail mail;
	struct spool_name name;
	uint8_t body[16];
	size_t got;

	(void)state;
	assert_int_equal(files_in("draft"), 1);
	assert_int_equal(spool_store_commit(store, &draft, 7, 99, &diag), OK);
	assert_int_equal(spool_store_commits(store), 1);
	assert_int_equal(files_in("queue"), 0);
	told = 0;
	assert_int_equal(spool_store_sync(store, done, NULL, &diag), OK);
	assert_int_equal(told, 1);
	assert_int_equal(told_cookie, 99);
	assert_int_equal(files_in("draft"), 0);
	assert_false(spool_store_dirty(store));
	spool_mail_init(&mail);
	name = in_queue(draft.id);
	assert_int_equal(spool_store_read(store, &name, &mail, &diag), OK);
	assert_string_equal(mail.file.route, "inbound");
	assert_int_equal(mail.file.body_bytes, 7);
	assert_int_equal(pread_all(mail.fd, body, sizeof(body),
	    mail.file.body_offset, &got, &diag), OK);
	assert_int_equal(got, 7);
	assert_memory_equal(body, "hello\r\n", 7);
	spool_mail_fini(&mail);
}

/* The receiver's descriptor lives on; what it appends is not the mail's. */
static void
bytes_after_the_commit_do_not_count(void **state)
{
	const struct spool_draft draft = draft_on("inbound", SPAN("hello\r\n"));
	char receipt[RECEIPT_TEXT_BYTES], name_text[64];
	struct spool_mail mail;
	struct spool_name name = in_queue(draft.id);
	int fd;

	(void)state;
	receipt_text(draft.id, receipt);
	snprintf(name_text, sizeof(name_text), "draft/%s", receipt);
	fd = openat(dir, name_text, O_WRONLY | O_APPEND);
	assert_true(fd != -1);
	assert_int_equal(spool_store_commit(store, &draft, 7, 0, &diag), OK);
	assert_int_equal(spool_store_sync(store, done, NULL, &diag), OK);
	assert_int_equal(write(fd, "more", 4), 4);
	close(fd);
	spool_mail_init(&mail);
	assert_int_equal(spool_store_read(store, &name, &mail, &diag), OK);
	assert_int_equal(mail.file.body_bytes, 7);
	spool_mail_fini(&mail);
}

static void
a_commit_of_more_than_was_written_is_refused(void **state)
{
	const struct spool_draft draft = draft_on("inbound", SPAN("hello\r\n"));

	(void)state;
	assert_int_equal(spool_store_commit(store, &draft, 8, 0, &diag),
	    ERR_INPUT);
	assert_int_equal(files_in("draft"), 0);
	assert_int_equal(spool_store_commits(store), 0);
}

static void
a_group_shares_one_sync_of_the_folder(void **state)
{
	(void)state;
	for (int i = 0; i < SPOOL_BATCH_MAX; i++) {
		const struct spool_draft draft = draft_on("inbound",
		    SPAN("x"));

		assert_int_equal(spool_store_commit(store, &draft, 1,
		    (uint64_t)i, &diag), OK);
	}
	told = dir_syncs = 0;
	assert_int_equal(spool_store_sync(store, done, NULL, &diag), OK);
	assert_int_equal(told, SPOOL_BATCH_MAX);
	assert_int_equal(dir_syncs, 1);
	assert_int_equal(files_in("queue"), SPOOL_BATCH_MAX);
}

static void
a_full_batch_asks_for_a_sync_and_keeps_the_draft(void **state)
{
	struct spool_draft draft = { 0 };

	(void)state;
	for (int i = 0; i <= SPOOL_BATCH_MAX; i++) {
		draft = draft_on("inbound", SPAN("x"));
		assert_int_equal(spool_store_commit(store, &draft, 1, 0,
		    &diag), i < SPOOL_BATCH_MAX ? OK : ERR_AGAIN);
	}
	assert_int_equal(spool_store_sync(store, done, NULL, &diag), OK);
	assert_int_equal(spool_store_commit(store, &draft, 1, 0, &diag), OK);
	assert_int_equal(spool_store_sync(store, done, NULL, &diag), OK);
	assert_int_equal(files_in("queue"), SPOOL_BATCH_MAX + 1);
}

static void
a_failed_sync_leaves_nothing_in_the_queue(void **state)
{
	struct spool_draft draft = draft_on("inbound", SPAN("x"));

	(void)state;
	assert_int_equal(spool_store_commit(store, &draft, 1, 0, &diag), OK);
	sync_broken = true;
	assert_int_equal(spool_store_sync(store, done, NULL, &diag), OK);
	assert_int_equal(told_err, ERR_SYSTEM);
	assert_int_equal(files_in("queue") + files_in("draft"), 0);
	sync_broken = false;
	draft = draft_on("inbound", SPAN("x"));
	assert_int_equal(spool_store_commit(store, &draft, 1, 0, &diag), OK);
	dir_sync_broken = true;
	assert_int_equal(spool_store_sync(store, done, NULL, &diag),
	    ERR_SYSTEM);
	assert_int_equal(told_err, ERR_SYSTEM);
	assert_int_equal(files_in("queue") + files_in("draft"), 0);
}

static void
drafts_are_gone_after_a_start_and_queued_mails_are_not(void **state)
{
	uint64_t id = commit_on("inbound");

	(void)state;
	(void)draft_on("inbound", SPAN("never acknowledged"));
	assert_int_equal(files_in("draft"), 1);
	reopen();
	assert_int_equal(files_in("draft"), 0);
	assert_int_equal(files_in("queue"), 1);
	assert_true(spool_store_exists(store,
	    &(struct spool_name){ .id = id, .state = SPOOL_QUEUE }));
}

static void
a_clock_set_back_gives_no_number_twice(void **state)
{
	uint64_t first = commit_on("inbound"), second;

	(void)state;
	wall_ms -= 3600000;
	second = commit_on("inbound");
	assert_true(second > first);
	/* after a restart, which takes a moment, the folder's time tells */
	clock_replace(test_mono, NULL);
	first = commit_on("inbound");
	wall_ms = clock_wall_ms() - 3600000;
	clock_replace(test_mono, test_wall);
	nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	(void)draft_on("inbound", SPAN("later"));
	reopen();
	second = commit_on("inbound");
	assert_true(second > first);
}

static void
results_are_still_there_when_read_again(void **state)
{
	struct spool_name name = in_queue(commit_on("inbound"));
	struct spool_mail mail;

	(void)state;
	spool_mail_init(&mail);
	assert_int_equal(spool_store_read(store, &name, &mail, &diag), OK);
	mail.file.results[1] = (struct spool_result){
	    .state = SPOOL_DELIVERED, .code = 250, .status = { 2, 0, 0 } };
	mail.file.status.attempts = 1;
	snprintf(mail.file.status.text, sizeof(mail.file.status.text), "why");
	assert_int_equal(spool_store_record(store, &mail, true, 0, 2, &diag),
	    OK);
	assert_true(spool_store_dirty(store));
	assert_int_equal(spool_store_move(store, &name, SPOOL_DEFERRED,
	    WALL_MS + 60000, &diag), OK);
	assert_int_equal(spool_store_sync(store, done, NULL, &diag), OK);
	assert_int_equal(files_in("deferred"), 1);
	spool_mail_close(&mail);
	assert_int_equal(spool_store_read(store, &name, &mail, &diag), OK);
	assert_int_equal(mail.file.results[0].state, SPOOL_PENDING);
	assert_int_equal(mail.file.results[1].state, SPOOL_DELIVERED);
	assert_string_equal(mail.file.status.text, "why");
	assert_int_equal(mail.file.body_bytes, 7);
	spool_mail_fini(&mail);
}

static void
a_finished_mail_is_kept_by_the_day_of_its_receipt(void **state)
{
	struct spool_name name = in_queue(commit_on("inbound"));

	(void)state;
	assert_int_equal(spool_store_move(store, &name, SPOOL_ORIGINAL, 0,
	    &diag), OK);
	assert_int_equal(name.state, SPOOL_ORIGINAL);
	assert_int_equal(spool_store_sync(store, done, NULL, &diag), OK);
	assert_int_equal(files_in("original/2026-11-22"), 1);
	assert_true(spool_store_exists(store, &name));
}

static void
what_is_no_mail_is_set_aside_when_it_is_read(void **state)
{
	uint64_t id = commit_on("inbound");
	struct spool_name name = in_queue(id), other = in_queue(id + 1);
	struct spool_mail mail;
	char receipt[RECEIPT_TEXT_BYTES], text[64];

	(void)state;
	/* a good file under another mail's name */
	receipt_text(id, receipt);
	snprintf(text, sizeof(text), "queue/%s", receipt);
	spool_mail_init(&mail);
	assert_int_equal(spool_store_read(store, &other, &mail, &diag),
	    ERR_AGAIN);
	{
		char from[64];

		snprintf(from, sizeof(from), "%s", text);
		receipt_text(id + 1, receipt);
		snprintf(text, sizeof(text), "queue/%s", receipt);
		assert_int_equal(renameat(dir, from, dir, text), 0);
	}
	assert_int_equal(spool_store_read(store, &name, &mail, &diag),
	    ERR_AGAIN);
	assert_int_equal(spool_store_read(store, &other, &mail, &diag),
	    ERR_INPUT);
	assert_int_equal(spool_store_move(store, &other, SPOOL_DAMAGED, 0,
	    &diag), OK);
	assert_int_equal(files_in("queue"), 0);
	assert_int_equal(files_in("damaged"), 1);
	/* a folder, a link, a pipe */
	other = in_queue(id + 2);
	receipt_text(id + 2, receipt);
	snprintf(text, sizeof(text), "queue/%s", receipt);
	assert_int_equal(mkdirat(dir, text, 0700), 0);
	assert_int_equal(spool_store_read(store, &other, &mail, &diag),
	    ERR_INPUT);
	assert_int_equal(unlinkat(dir, text, AT_REMOVEDIR), 0);
	assert_int_equal(symlinkat("/etc/passwd", dir, text), 0);
	assert_int_equal(spool_store_read(store, &other, &mail, &diag),
	    ERR_INPUT);
	assert_int_equal(unlinkat(dir, text, 0), 0);
	assert_int_equal(mkfifoat(dir, text, 0600), 0);
	assert_int_equal(spool_store_read(store, &other, &mail, &diag),
	    ERR_INPUT);
	spool_mail_fini(&mail);
}

static unsigned names_seen;

static void
count_name(void *arg, const struct spool_name *name)
{
	(void)arg;
	(void)name;
	names_seen++;
}

static void
strange_names_are_set_aside_and_counted(void **state)
{
	static const char *const strange[] = { "queue/README",
	    "queue/261122-8JN2-000H", "queue/damaged" };
	struct spool_scan scan;
	bool end = false;

	(void)state;
	(void)commit_on("inbound");
	for (size_t i = 0; i < 3; i++)
		close(openat(dir, strange[i], O_CREAT | O_WRONLY, 0600));
	/* a name that damaged/ has already */
	close(openat(dir, "damaged/README", O_CREAT | O_WRONLY, 0600));
	names_seen = 0;
	assert_int_equal(spool_scan_open(store, SPOOL_QUEUE, &scan, &diag),
	    OK);
	while (!end)
		assert_int_equal(spool_scan_next(store, &scan, 2, count_name,
		    NULL, &end, &diag), OK);
	assert_int_equal(scan.strange, 3);
	spool_scan_close(&scan);
	assert_int_equal(names_seen, 1);
	assert_int_equal(files_in("queue"), 1);
	assert_int_equal(files_in("damaged"), 4);
	assert_true(is_there("damaged/README.1"));
}

static void
a_full_disk_is_a_limit_before_anything_is_made(void **state)
{
	(void)state;
	mono_ms += SPOOL_SPACE_MS;
	free_blocks = (SPOOL_FREE_BYTES_MIN + 1024 * 1024) / 4096;
	assert_int_equal(spool_store_room(store, 2 * 1024 * 1024, &diag),
	    ERR_LIMIT);
	assert_int_equal(spool_store_room(store, 600 * 1024, &diag), OK);
	/* announced is taken, until the disk is asked again */
	assert_int_equal(spool_store_room(store, 600 * 1024, &diag),
	    ERR_LIMIT);
	mono_ms += SPOOL_SPACE_MS;
	assert_int_equal(spool_store_room(store, 600 * 1024, &diag), OK);
	mono_ms += SPOOL_SPACE_MS;
	free_blocks = 1;
	assert_int_equal(spool_store_room(store, 0, &diag), ERR_LIMIT);
}

static uint32_t
days_of(void *arg, const char *route)
{
	(void)arg;
	return strcmp(route, "short") == 0 ? 3 : 30;
}

static void
sweep_all(uint64_t now_ms, uint64_t *erased)
{
	const struct spool_retention retention = { days_of, NULL, 3, 30 };
	struct spool_sweep sweep;
	bool end = false;

	memset(&sweep, 0, sizeof(sweep));
	for (int steps = 0; !end; steps++) {
		assert_in_range(steps, 0, 1000);
		assert_int_equal(spool_sweep_step(store, &sweep, &retention,
		    now_ms, &end, &diag), OK);
	}
	*erased = sweep.erased;
	spool_sweep_close(&sweep);
}

static void
originals_are_erased_when_their_route_says_so(void **state)
{
	struct spool_name name;
	uint64_t erased;

	(void)state;
	for (int i = 0; i < 150; i++) {
		name = in_queue(commit_on(i < 100 ? "short" : "long"));
		assert_int_equal(spool_store_move(store, &name,
		    SPOOL_ORIGINAL, 0, &diag), OK);
	}
	assert_int_equal(spool_store_sync(store, done, NULL, &diag), OK);
	sweep_all(WALL_MS + 3 * DAY_MS, &erased);
	assert_int_equal(erased, 0);
	sweep_all(WALL_MS + 4 * DAY_MS, &erased);
	assert_int_equal(erased, 100);
	assert_int_equal(files_in("original/2026-11-22"), 50);
	sweep_all(WALL_MS + 30 * DAY_MS, &erased);
	assert_int_equal(erased, 0);
	sweep_all(WALL_MS + 31 * DAY_MS, &erased);
	assert_int_equal(erased, 50);
	assert_false(is_there("original/2026-11-22"));
	/* and the folder comes again when it is needed */
	name = in_queue(commit_on("short"));
	assert_int_equal(spool_store_move(store, &name, SPOOL_ORIGINAL, 0,
	    &diag), OK);
	assert_int_equal(files_in("original/2026-11-22"), 1);
}

static void
a_report_is_kept_by_day_and_receipt(void **state)
{
	int fd = openat(dir, "source", O_RDWR | O_CREAT, 0600);

	(void)state;
	assert_int_equal(write(fd, "{\"version\":1}", 13), 13);
	assert_int_equal(spool_store_report(store, receipt_next(0, WALL_MS),
	    fd, 13, &diag), OK);
	assert_true(is_there("report/2026-11-22/261122-8JN2-000G.json"));
	assert_int_equal(spool_store_report(store, receipt_next(0, WALL_MS),
	    fd, 14, &diag), ERR_INPUT);
	assert_int_equal(files_in("draft"), 0);
	close(fd);
}

static void
to_queue(void *arg, const struct spool_name *name)
{
	const struct queue_entry entry = { *name, QUEUE_ROUTE_UNKNOWN };

	queue_add(arg, &entry);
}

/*
 * 100,000 mails wait: by names alone the first is known, after reading them
 * once, with a handful of files opened and memory for a window.
 */
static void
the_first_of_a_long_queue_is_known_without_opening_any(void **state)
{
	struct spool_queue *queue = queue_new(1);
	struct queue_entry entry;
	struct spool_scan scan;
	uint64_t id = 0, first = 0;
	bool end = false;
	unsigned before;

	(void)state;
	for (int i = 0; i < NAMES; i++) {
		char receipt[RECEIPT_TEXT_BYTES], text[64];

		id = receipt_next(id, WALL_MS);
		first = first == 0 ? id : first;
		receipt_text(id, receipt);
		snprintf(text, sizeof(text), "queue/%s", receipt);
		assert_int_equal(mknodat(dir, text, S_IFREG | 0600, 0), 0);
	}
	before = opens;
	reopen();
	assert_int_equal(spool_scan_open(store, SPOOL_QUEUE, &scan, &diag),
	    OK);
	queue_scan_begins(queue, SPOOL_QUEUE);
	while (!end)
		assert_int_equal(spool_scan_next(store, &scan,
		    SPOOL_SCAN_NAMES_MAX, to_queue, queue, &end, &diag), OK);
	spool_scan_close(&scan);
	assert_true(queue_take(queue, WALL_MS, 1, true, &entry));
	assert_int_equal(entry.name.id, first);
	assert_in_range(opens - before, 1, 20);
	queue_free(queue);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_store, remove_store)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_has_one_spelling),
		TEST(a_commit_is_in_the_queue_after_the_sync_and_not_before),
		TEST(bytes_after_the_commit_do_not_count),
		TEST(a_commit_of_more_than_was_written_is_refused),
		TEST(a_group_shares_one_sync_of_the_folder),
		TEST(a_full_batch_asks_for_a_sync_and_keeps_the_draft),
		TEST(a_failed_sync_leaves_nothing_in_the_queue),
		TEST(drafts_are_gone_after_a_start_and_queued_mails_are_not),
		TEST(a_clock_set_back_gives_no_number_twice),
		TEST(results_are_still_there_when_read_again),
		TEST(a_finished_mail_is_kept_by_the_day_of_its_receipt),
		TEST(what_is_no_mail_is_set_aside_when_it_is_read),
		TEST(strange_names_are_set_aside_and_counted),
		TEST(a_full_disk_is_a_limit_before_anything_is_made),
		TEST(originals_are_erased_when_their_route_says_so),
		TEST(a_report_is_kept_by_day_and_receipt),
		TEST(the_first_of_a_long_queue_is_known_without_opening_any),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
