/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crash_generation DIR: the store of the generations, stopped before its k-th
 * system call on files, for every k, while rules are applied, tried, confirmed
 * and taken back. The folder is then built anew as a power cut may leave it,
 * and a start on it must find the old or the new rules in force, whole, and
 * be able to go on; what was said to be done is done.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../gateway/base/log.h"
#include "../../gateway/daemon/sekishod_generation.h"
#include "../../gateway/proc/role.h"
#include "disk.h"

/* What a start may find: before and after the step that is under way. */
struct promise {
	uint64_t	current, current_next;
	uint64_t	pending, pending_next;
	uint64_t	newest;		/* at least */
};
static struct promise *promise;		/* shared with the child */

static char base[200];
static unsigned stops, disks, problems;
static struct rule_set set;
static const struct person person = { 1000, "kato" };

static void
must(enum err err, const struct diag *diag)
{
	if (err != OK)
		die(4, "%s: %s", err_name(err), diag->what);
}

/* Two files, different in each generation. */
static void
make_set(uint64_t number)
{
	char text[64];
	struct diag diag;

	rule_set_init(&set);
	snprintf(text, sizeof(text), "include \"b\"\n# %u\n",
	    (unsigned)number);
	must(rule_set_add(&set, SPAN("/etc/a"), span_str(text), &diag),
	    &diag);
	must(rule_set_add(&set, SPAN("/etc/b"), span_str(text + 8), &diag),
	    &diag);
}

static uint64_t
add(struct generation_store *store)
{
	static struct generation g;
	struct diag diag;

	memset(&g, 0, sizeof(g));
	make_set(store->newest + 1);
	g.author = person;
	snprintf(g.reason, sizeof(g.reason), "because");
	snprintf(g.source, sizeof(g.source), "/etc/a");
	must(rule_set_digest(&set, g.text, &diag), &diag);
	must(generation_add(store, &g, &set, &diag), &diag);
	rule_set_fini(&set);
	promise->newest = g.number;
	return g.number;
}

static void
set_current(struct generation_store *store, uint64_t number)
{
	struct diag diag;

	promise->current_next = number;
	must(generation_set_current(store, number, &diag), &diag);
	promise->current = number;
}

static void
set_pending(struct generation_store *store, uint64_t number)
{
	struct diag diag;

	promise->pending_next = number;
	must(number != 0 ? generation_set_pending(store, number, WAIT_TRIAL,
	    1, &diag) : generation_clear_pending(store, &diag), &diag);
	promise->pending = number;
}

static void
note(struct generation_store *store, uint64_t number, enum generation_act act)
{
	struct diag diag;

	must(generation_note(store, number, act, &person, &diag), &diag);
}

static void
scenario(void)
{
	static const uint8_t seen[DIGEST_BYTES] = { 1 };
	struct generation_store store;
	struct diag diag;
	uint64_t number;

	must(generation_store_open(&store, ROLE_FD_FOLDER, &diag), &diag);
	number = add(&store);
	set_current(&store, number);
	note(&store, number, ACT_IN_FORCE);
	must(generation_set_seen(&store, seen, "/etc/a", &diag), &diag);
	for (unsigned i = 0; i < 2; i++) {
		number = add(&store);
		set_pending(&store, number);
		note(&store, number, ACT_TRIAL);
		if (i == 0) {
			set_current(&store, number);
			note(&store, number, ACT_CONFIRMED);
		} else {
			note(&store, number, ACT_TIMED_OUT);
		}
		set_pending(&store, 0);
	}
}

/* ---- after the stop ---- */

static void
problem(const char *what, const char *where)
{
	printf("%s: %s\n", where, what);
	problems++;
}

static bool
whole(const struct generation_store *store, uint64_t number)
{
	static struct generation g;
	struct diag diag;
	bool good;

	if (generation_read(store, number, &g, &diag) != OK ||
	    generation_files(store, &g, &set, &diag) != OK)
		return false;
	good = set.n == 2 && strcmp(g.reason, "because") == 0;
	rule_set_fini(&set);
	return good;
}

static void
check(int dir, const char *where)
{
	struct generation_store store;
	uint64_t numbers[8];
	struct diag diag;
	unsigned n;

	if (generation_store_open(&store, dir, &diag) != OK) {
		problem(diag.what, where);
		return;
	}
	if (store.current != promise->current &&
	    store.current != promise->current_next)
		problem("neither the old nor the new in force", where);
	/* one that is confirmed waits no more, whatever `pending` says */
	if (store.pending != promise->pending &&
	    store.pending != promise->pending_next &&
	    !(store.pending == 0 && promise->pending == store.current))
		problem("another one waits", where);
	if (store.newest < promise->newest)
		problem("a generation is lost", where);
	if (generation_list(&store, numbers, 8, &n, &diag) != OK)
		problem("no list", where);
	for (unsigned i = 0; i < n; i++)
		if (!whole(&store, numbers[i]))
			problem("a generation is damaged", where);
	/* and it goes on */
	set_current(&store, add(&store));
	if (!whole(&store, store.current))
		problem("the next one is damaged", where);
	generation_store_close(&store);
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
restart(enum variant variant, uint32_t one)
{
	const struct promise kept = *promise;
	char where[80], dir[300], from[320], to[320];
	int fd;

	replay_run(variant, one);
	disks++;
	snprintf(where, sizeof(where), "call %u, variant %d %u",
	    (unsigned)shared->kill_at, (int)variant, (unsigned)one);
	snprintf(dir, sizeof(dir), "%s/after", base);
	replay_build(dir);
	snprintf(from, sizeof(from), "%s/spool", dir);
	snprintf(to, sizeof(to), "%s/generations", dir);
	if (rename(from, to) == -1)
		die(4, "rename %s", from);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(fd, where);
	close(fd);
	*promise = kept;
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* False: the scenario ended before call k. */
static bool
stop_at(uint32_t k)
{
	char dir[300], folder[320];
	int status, fd;
	pid_t pid;

	disk_begin(k);
	memset(promise, 0, sizeof(*promise));
	snprintf(dir, sizeof(dir), "%s/before", base);
	snprintf(folder, sizeof(folder), "%s/generations", dir);
	if (mkdir(dir, 0700) == -1 || mkdir(folder, 0700) == -1)
		die(4, "make %s", folder);
	pid = fork();
	if (pid == 0) {
		fd = open(dir, O_RDONLY | O_DIRECTORY);
		if (dup2(fd, ROLE_FD_FOLDER) == -1)
			_exit(4);
		disk_arm();
		scenario();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    (WEXITSTATUS(status) != KILLED && WEXITSTATUS(status) != 0))
		die(4, "call %u: it died of itself", (unsigned)k);
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	stops += WEXITSTATUS(status) == KILLED;
	restart(NONE, 0);
	restart(ALL, 0);
	for (uint32_t i = 0; i < shared->ops_n; i++) {
		if (!is_change(&shared->ops[i]) || is_durable(i))
			continue;
		restart(ALONE, i);
		restart(BUT_ONE, i);
		if (shared->ops[i].kind == OP_WRITE)
			restart(TORN, i);
	}
	return WEXITSTATUS(status) == KILLED;
}

/* More than are kept: the oldest go, what is in force stays. */
static void
many(void)
{
	static uint64_t numbers[GENERATIONS_MAX + 8];
	struct generation_store store;
	char dir[300], folder[320];
	struct diag diag;
	unsigned n;
	int fd;

	snprintf(dir, sizeof(dir), "%s/many", base);
	snprintf(folder, sizeof(folder), "%s/generations", dir);
	if (mkdir(dir, 0700) == -1 || mkdir(folder, 0700) == -1)
		die(4, "make %s", folder);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(generation_store_open(&store, fd, &diag), &diag);
	set_current(&store, add(&store));
	for (unsigned i = 1; i < GENERATIONS_MAX + 5; i++)
		(void)add(&store);
	must(generation_list(&store, numbers, GENERATIONS_MAX + 8, &n,
	    &diag), &diag);
	if (n != GENERATIONS_MAX + 1 || numbers[0] != 1 || numbers[1] != 6)
		problem("not the newest ones are kept", "many");
	if (!whole(&store, 1) || !whole(&store, GENERATIONS_MAX + 5))
		problem("damaged", "many");
	generation_store_close(&store);
	close(fd);
}

/* Cut at any byte, or with any bit turned: never taken for whole. */
static void
damaged(void)
{
	static struct generation g;
	struct diag diag;
	struct buf text;

	memset(&g, 0, sizeof(g));
	make_set(7);
	g.number = 7;
	g.author = person;
	snprintf(g.reason, sizeof(g.reason), "because");
	g.events[g.events_n++] = (struct generation_event){ ACT_IN_FORCE, 1,
	    person };
	buf_init(&text, GENERATION_META_BYTES_MAX);
	g.files = set.n;
	must(generation_meta_print(&g, &set, &text), &diag);
	rule_set_fini(&set);
	if (generation_meta_parse(buf_span(&text), &g, NULL, &diag) != OK)
		problem("a whole one is refused", "damaged");
	for (size_t i = 0; i < text.len; i++) {
		if (generation_meta_parse((struct span){ text.ptr, i }, &g,
		    NULL, &diag) == OK)
			problem("a part is taken for whole", "damaged");
		for (unsigned bit = 0; bit < 8; bit++) {
			text.ptr[i] ^= (uint8_t)(1u << bit);
			if (generation_meta_parse(buf_span(&text), &g, NULL,
			    &diag) == OK)
				problem("a turned bit is not seen",
				    "damaged");
			text.ptr[i] ^= (uint8_t)(1u << bit);
		}
	}
	buf_fini(&text);
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	snprintf(base, sizeof(base), "%s", argv[1]);
	promise = mmap(NULL, sizeof(*promise), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (promise == MAP_FAILED || !disk_start())
		return 4;
	for (uint32_t k = 1; stop_at(k) && problems < 20; k++)
		;
	many();
	damaged();
	printf("%u stops, %u disks started from, %u problems\n", stops,
	    disks, problems);
	printf("%u passed, %u failed\n", problems == 0 ? stops : 0, problems);
	return problems != 0 || stops == 0;
}
