/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The generations on disk. After a stop at any moment a start finds the old
 * or the new rules in force, never none and never a half of one; the order
 * of the writes sees to it, there is no journal. Which rules are taken, and
 * who may, is decided in sekishod_apply.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/durable.h"
#include "sekishod_generation.h"

#define SMALL_BYTES	128	/* of current, pending, seen */
#define NAME_BYTES	64

/* ---- names ---- */

static void
meta_name(uint64_t number, char name[NAME_BYTES])
{
	snprintf(name, NAME_BYTES, "%08llu.meta", (unsigned long long)number);
}

static void
rules_name(uint64_t number, unsigned file, char name[NAME_BYTES])
{
	snprintf(name, NAME_BYTES, "%08llu.%u.rules",
	    (unsigned long long)number, file);
}

/* "00000007.meta": 7; another name: 0. */
static uint64_t
number_in(const char *name, const char *end)
{
	struct span text = span_str(name), head;
	uint64_t number;

	if (end != NULL && !span_ends(text, span_str(end)))
		return 0;
	if (!span_cut(&text, '.', &head) ||
	    !span_decimal(head, UINT64_MAX / 2, &number))
		return 0;
	return number;
}

/* ---- the small files ---- */

/* got 0: there is none. */
static enum err
read_small(int dir, const char *name, char text[SMALL_BYTES], size_t *got,
    struct diag *diag)
{
	enum err err;
	int fd;

	*got = 0;
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return errno == ENOENT ? OK : diag_system(diag, name);
	err = pread_all(fd, text, SMALL_BYTES, 0, got, diag);
	close(fd);
	return err;
}

static enum err
damaged(const char *name, struct diag *diag)
{
	return diag_set(diag, ERR_INPUT, "generations/%s is damaged", name);
}

static enum err
read_current(struct generation_store *store, struct diag *diag)
{
	char text[SMALL_BYTES];
	size_t got;
	enum err err = read_small(store->dir, "current", text, &got, diag);

	if (err != OK || got == 0)
		return err;
	if (!span_decimal(span_trim((struct span){ (uint8_t *)text, got }),
	    UINT64_MAX / 2, &store->current) || store->current == 0)
		return damaged("current", diag);
	return OK;
}

static enum err
read_pending(struct generation_store *store, struct diag *diag)
{
	char text[SMALL_BYTES];
	struct span rest, number, wait;
	size_t got;
	enum err err = read_small(store->dir, "pending", text, &got, diag);

	if (err != OK || got == 0)
		return err;
	rest = span_trim((struct span){ (uint8_t *)text, got });
	if (!span_cut(&rest, ' ', &number) || !span_cut(&rest, ' ', &wait) ||
	    !span_decimal(number, UINT64_MAX / 2, &store->pending) ||
	    !span_decimal(rest, UINT64_MAX, &store->deadline_ms))
		return damaged("pending", diag);
	store->wait = span_equal(wait, SPAN("STAGED")) ? WAIT_STAGED :
	    span_equal(wait, SPAN("TRIAL")) ? WAIT_TRIAL : WAIT_NONE;
	return store->wait == WAIT_NONE ? damaged("pending", diag) : OK;
}

static enum err
read_seen(struct generation_store *store, struct diag *diag)
{
	char text[SMALL_BYTES];
	size_t got;
	enum err err = read_small(store->dir, "seen", text, &got, diag);

	/* without it the rule file just counts as not looked at */
	if (err != OK || got != sizeof(store->seen))
		return err;
	memcpy(store->seen, text, sizeof(store->seen));
	store->seen_known = true;
	return OK;
}

enum err
generation_set_current(struct generation_store *store, uint64_t number,
    struct diag *diag)
{
	char text[SMALL_BYTES];
	struct diag second;
	enum err err;

	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)number);
	err = durable_replace(store->dir, "current", span_str(text), 0600,
	    diag);
	if (err == OK) {
		store->current = number;
		store->doubt = false;
		return OK;
	}
	/* the new name may stand there, unsynced: put the old one back */
	if (store->current == 0) {
		unlinkat(store->dir, "current", 0);
		return err;
	}
	snprintf(text, sizeof(text), "%llu\n",
	    (unsigned long long)store->current);
	store->doubt = durable_replace(store->dir, "current", span_str(text),
	    0600, &second) != OK;
	return err;
}

enum err
generation_set_pending(struct generation_store *store, uint64_t number,
    enum generation_wait wait, uint64_t deadline_ms, struct diag *diag)
{
	char text[SMALL_BYTES];
	enum err err;

	snprintf(text, sizeof(text), "%llu %s %llu\n",
	    (unsigned long long)number, wait == WAIT_TRIAL ? "TRIAL" :
	    "STAGED", (unsigned long long)deadline_ms);
	err = durable_replace(store->dir, "pending", span_str(text), 0600,
	    diag);
	if (err != OK) {
		if (store->pending == 0)
			unlinkat(store->dir, "pending", 0);
		return err;
	}
	store->pending = number;
	store->wait = wait;
	store->deadline_ms = deadline_ms;
	return OK;
}

enum err
generation_clear_pending(struct generation_store *store, struct diag *diag)
{
	store->pending = 0;
	store->wait = WAIT_NONE;
	store->deadline_ms = 0;
	if (unlinkat(store->dir, "pending", 0) == -1 && errno != ENOENT)
		return diag_system(diag, "remove generations/pending");
	return durable_sync_dir(store->dir, diag);
}

bool
generation_seen_other(const struct generation_store *store, const char *path)
{
	uint8_t digest[DIGEST_BYTES];

	digest_span(span_str(path), digest);
	return store->seen_known && memcmp(store->seen[1], digest,
	    sizeof(digest)) != 0;
}

enum err
generation_set_seen(struct generation_store *store,
    const uint8_t text[DIGEST_BYTES], const char *path, struct diag *diag)
{
	uint8_t seen[2][DIGEST_BYTES];
	enum err err;

	memcpy(seen[0], text, DIGEST_BYTES);
	digest_span(span_str(path), seen[1]);
	if (store->seen_known && memcmp(store->seen, seen, sizeof(seen)) == 0)
		return OK;
	err = durable_replace(store->dir, "seen", (struct span){ seen[0],
	    sizeof(seen) }, 0600, diag);
	if (err != OK)
		return err;
	memcpy(store->seen, seen, sizeof(seen));
	store->seen_known = true;
	return OK;
}

/* ---- meta ---- */

static enum err
read_meta(int dir, uint64_t number, struct generation *g,
    struct rule_set *set, struct diag *diag)
{
	char name[NAME_BYTES];
	struct buf text;
	uint8_t *room;
	size_t got = 0;
	enum err err;
	int fd;

	meta_name(number, name);
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1 && errno == ENOENT)
		return diag_set(diag, ERR_POLICY, "there is no generation "
		    "%llu", (unsigned long long)number);
	if (fd == -1)
		return diag_system(diag, name);
	buf_init(&text, GENERATION_META_BYTES_MAX);
	err = buf_reserve(&text, GENERATION_META_BYTES_MAX, &room);
	if (err == OK)
		err = pread_all(fd, room, GENERATION_META_BYTES_MAX, 0, &got,
		    diag);
	close(fd);
	if (err == OK)
		err = generation_meta_parse((struct span){ room, got }, g,
		    set, diag);
	if (err == ERR_INPUT || (err == OK && g->number != number))
		err = damaged(name, diag);
	buf_fini(&text);
	return err;
}

static enum err
write_meta(int dir, const struct generation *g, const struct rule_set *set,
    struct diag *diag)
{
	char name[NAME_BYTES];
	struct buf text;
	enum err err;

	meta_name(g->number, name);
	buf_init(&text, GENERATION_META_BYTES_MAX);
	err = generation_meta_print(g, set, &text);
	if (err != OK)
		err = diag_set(diag, err, "the record of a generation is too "
		    "long");
	else
		err = durable_replace(dir, name, buf_span(&text), 0600, diag);
	buf_fini(&text);
	return err;
}

enum err
generation_read(const struct generation_store *store, uint64_t number,
    struct generation *g, struct diag *diag)
{
	return read_meta(store->dir, number, g, NULL, diag);
}

enum err
generation_note(struct generation_store *store, uint64_t number,
    enum generation_act act, const struct person *by, struct diag *diag)
{
	static struct rule_set paths;
	static struct generation g;
	enum err err;

	rule_set_init(&paths);
	err = read_meta(store->dir, number, &g, &paths, diag);
	if (err != OK)
		return err;
	if (g.events_n == GENERATION_EVENTS_MAX)
		return diag_set(diag, ERR_LIMIT, "too much happened to "
		    "generation %llu", (unsigned long long)number);
	g.events[g.events_n++] = (struct generation_event){ act,
	    clock_wall_ms(), *by };
	return write_meta(store->dir, &g, &paths, diag);
}

/* ---- files ---- */

enum err
generation_files(const struct generation_store *store,
    const struct generation *g, struct rule_set *set, struct diag *diag)
{
	static struct rule_set paths;
	static struct generation again;
	uint8_t digest[DIGEST_BYTES];
	char name[NAME_BYTES];
	enum err err;

	rule_set_init(set);
	rule_set_init(&paths);
	err = read_meta(store->dir, g->number, &again, &paths, diag);
	for (unsigned i = 0; i < paths.n && err == OK; i++) {
		int fd;

		rules_name(g->number, i, name);
		fd = openat(store->dir, name, O_RDONLY | O_CLOEXEC |
		    O_NOFOLLOW);
		if (fd == -1) {
			err = diag_system(diag, name);
			break;
		}
		err = rule_set_add_fd(set, span_str(paths.files[i].path), fd,
		    diag);
		close(fd);
	}
	if (err == OK)
		err = rule_set_digest(set, digest, diag);
	if (err == OK && memcmp(digest, again.text, sizeof(digest)) != 0)
		err = diag_set(diag, ERR_INPUT, "the rules of generation "
		    "%llu were changed on disk",
		    (unsigned long long)g->number);
	if (err != OK)
		rule_set_fini(set);
	return err;
}

static enum err
write_rules(int dir, uint64_t number, unsigned i, const struct rule_file *file,
    struct diag *diag)
{
	char name[NAME_BYTES];
	struct buf text;
	uint8_t *room;
	size_t got;
	enum err err;

	rules_name(number, i, name);
	buf_init(&text, RULE_FILE_BYTES_MAX + 1);
	err = buf_reserve(&text, (size_t)file->bytes + 1, &room);
	if (err != OK)
		err = diag_set(diag, err, "memory for the rules");
	if (err == OK)
		err = pread_all(file->fd, room, (size_t)file->bytes, 0, &got,
		    diag);
	if (err == OK)
		err = durable_replace(dir, name, (struct span){ room, got },
		    0600, diag);
	buf_fini(&text);
	return err;
}

static void
remove_files(int dir, uint64_t number, unsigned files)
{
	char name[NAME_BYTES];

	/* without its meta it is none any more */
	meta_name(number, name);
	unlinkat(dir, name, 0);
	for (unsigned i = 0; i < files; i++) {
		rules_name(number, i, name);
		unlinkat(dir, name, 0);
	}
}

/* The oldest one goes, unless it is needed. */
static void
remove_oldest(struct generation_store *store)
{
	static struct generation g;
	uint64_t numbers[GENERATIONS_MAX + 1];
	struct diag diag;
	unsigned n;

	if (store->newest <= GENERATIONS_MAX || generation_list(store,
	    numbers, GENERATIONS_MAX + 1, &n, &diag) != OK ||
	    n <= GENERATIONS_MAX)
		return;
	for (unsigned i = 0; i + GENERATIONS_MAX < n; i++) {
		if (numbers[i] == store->current ||
		    numbers[i] == store->pending)
			continue;
		if (read_meta(store->dir, numbers[i], &g, NULL, &diag) != OK)
			g.files = GENERATION_FILES_MAX;
		remove_files(store->dir, numbers[i], g.files);
	}
}

enum err
generation_add(struct generation_store *store, struct generation *g,
    const struct rule_set *set, struct diag *diag)
{
	enum err err = OK;

	g->number = store->newest + 1;
	g->files = set->n;
	for (unsigned i = 0; i < set->n && err == OK; i++)
		err = write_rules(store->dir, g->number, i, &set->files[i],
		    diag);
	if (err == OK)
		err = write_meta(store->dir, g, set, diag);
	if (err != OK) {
		remove_files(store->dir, g->number, set->n);
		return err;
	}
	store->newest = g->number;
	remove_oldest(store);
	return OK;
}

/* ---- the folder ---- */

static DIR *
read_folder(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd == -1 ? NULL : fdopendir(fd);

	if (folder == NULL && fd != -1)
		close(fd);
	return folder;
}

static int
ascending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Where the number is that makes room for a newer one. */
static unsigned
smallest(const uint64_t *numbers, unsigned n)
{
	unsigned at = 0;

	for (unsigned i = 1; i < n; i++)
		if (numbers[i] < numbers[at])
			at = i;
	return at;
}

enum err
generation_list(const struct generation_store *store, uint64_t *numbers,
    unsigned max, unsigned *n, struct diag *diag)
{
	DIR *folder = read_folder(store->dir);
	struct dirent *entry;

	*n = 0;
	memset(numbers, 0, max * sizeof(*numbers));
	if (folder == NULL)
		return diag_system(diag, "read folder generations");
	while ((entry = readdir(folder)) != NULL) {
		uint64_t number = number_in(entry->d_name, ".meta");
		unsigned at;

		if (number == 0)
			continue;
		if (*n < max) {
			numbers[(*n)++] = number;
			continue;
		}
		at = smallest(numbers, *n);
		if (numbers[at] < number)
			numbers[at] = number;
	}
	closedir(folder);
	qsort(numbers, *n, sizeof(*numbers), ascending);
	return OK;
}

/* Rules of a generation that was not finished, and drafts. */
static enum err
tidy(struct generation_store *store, struct diag *diag)
{
	DIR *folder = read_folder(store->dir);
	struct dirent *entry;
	char name[NAME_BYTES];

	if (folder == NULL)
		return diag_system(diag, "read folder generations");
	while ((entry = readdir(folder)) != NULL) {
		uint64_t number = number_in(entry->d_name, ".rules");

		meta_name(number, name);
		if (span_ends(span_str(entry->d_name), SPAN(".new")) ||
		    (number != 0 && faccessat(store->dir, name, F_OK, 0) ==
		    -1 && errno == ENOENT))
			unlinkat(store->dir, entry->d_name, 0);
	}
	closedir(folder);
	return OK;
}

/* What is named exists; its meta was synced before. */
static enum err
check_named(const struct generation_store *store, uint64_t number,
    struct diag *diag)
{
	char name[NAME_BYTES];

	meta_name(number, name);
	if (number == 0 || faccessat(store->dir, name, F_OK, 0) == 0)
		return OK;
	return errno != ENOENT ? diag_system(diag, name) : diag_set(diag,
	    ERR_INPUT, "generations/%s is missing", name);
}

enum err
generation_store_open(struct generation_store *store, int state_dir,
    struct diag *diag)
{
	uint64_t numbers[GENERATIONS_MAX];
	unsigned n = 0;
	enum err err;

	memset(store, 0, sizeof(*store));
	store->dir = openat(state_dir, "generations", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC | O_NOFOLLOW);
	if (store->dir == -1)
		return diag_system(diag, "open folder generations");
	err = generation_list(store, numbers, GENERATIONS_MAX, &n, diag);
	if (err == OK)
		err = read_current(store, diag);
	if (err == OK)
		err = read_pending(store, diag);
	if (err == OK)
		err = read_seen(store, diag);
	if (err == OK && n > 0)
		store->newest = numbers[n - 1];
	if (err == OK)
		err = check_named(store, store->current, diag);
	if (err == OK)
		err = check_named(store, store->pending, diag);
	/* not before: the rules of a meta that is missing are kept */
	if (err == OK)
		err = tidy(store, diag);
	/* confirmed; only the end of the wait was not written down */
	if (err == OK && store->pending != 0 && store->pending ==
	    store->current)
		err = generation_clear_pending(store, diag);
	if (err != OK)
		generation_store_close(store);
	return err;
}

void
generation_store_close(struct generation_store *store)
{
	if (store->dir != -1)
		close(store->dir);
	store->dir = -1;
}
