/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho log search: by the index beside the log, or by one of our own in a
 * folder for temporary files, or by reading all of the log: slower each time,
 * and said, but the answer is the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../gateway/base/durable.h"
#include "../gateway/search/search_index.h"
#include "commands.h"
#include "log_show.h"

#define PATH_BYTES	4096
#define LIMIT_MAX	1000000000
#define SHOWN_BYTES	(2u * 1024 * 1024)
#define WRITE_BYTES	65536u
#define HITS_BYTES_MAX	(64ull * 1024 * 1024 * 1024)

struct search {
	const struct log_search	 *how;
	const struct search_wish *wish;
	struct buf		  hits;
	uint64_t		  n;
	struct search_totals	  totals;
};

static void
say(void *arg, const char *what)
{
	(void)arg;
	fprintf(stderr, "sekisho log: %s\n", what);
}

static const struct search_say on_stderr = { say, NULL };

/* What an error was, in one line. */
static const char *
reason(const struct diag *diag, char text[256])
{
	snprintf(text, 256, "%s%s%s", diag->what, diag->errnum != 0 ? ": " :
	    "", diag->errnum != 0 ? strerror(diag->errnum) : "");
	return text;
}

/* ---- what is asked for ---- */

static const char *const by_names[SEARCH_FIELD_N] = {
	[SEARCH_BY_RECEIPT] = "--receipt", [SEARCH_BY_SENDER] = "--sender",
	[SEARCH_BY_RECIPIENT] = "--recipient",
	[SEARCH_BY_ADDRESS] = "--address", [SEARCH_BY_RULE] = "--rule",
	[SEARCH_BY_OUTCOME] = "--outcome", [SEARCH_BY_TYPE] = "--type",
};

static bool
asks(const struct log_search *how)
{
	bool any = how->since != NULL || how->until != NULL;

	for (unsigned i = 0; i < SEARCH_FIELD_N; i++)
		any = any || how->by[i] != NULL;
	return any;
}

bool
log_search_used(const struct log_search *how)
{
	return asks(how) || how->limit != NULL || how->index != NULL ||
	    how->rebuild || how->count;
}

static int
read_time(const char *name, const char *text, bool end, uint64_t *ms)
{
	if (text == NULL || search_time(span_str(text), end, ms))
		return -1;
	return usage_error("log", "%s '%s': neither a day, 2026-11-27, nor a "
	    "time, 2026-11-27T09:00:00+09:00", name, text);
}

int
log_search_wish(const struct log_search *how, struct search_wish *wish)
{
	struct diag diag = { .what = "" };
	int status;

	search_wish_init(wish);
	if (!asks(how))
		return usage_error("log", "search for what?");
	for (unsigned i = 0; i < SEARCH_FIELD_N; i++)
		if (how->by[i] != NULL && search_wish_by(wish,
		    (enum search_field)i, how->by[i], &diag) != OK)
			return usage_error("log", "%s '%s': %s", by_names[i],
			    how->by[i], diag.what);
	status = read_time("--since", how->since, false, &wish->since_ms);
	if (status == -1)
		status = read_time("--until", how->until, true,
		    &wish->until_ms);
	if (status == -1 && how->limit != NULL && (!span_decimal(span_str(
	    how->limit), LIMIT_MAX, &wish->limit) || wish->limit == 0))
		status = usage_error("log", "--limit wants a number from 1");
	return status;
}

/* ---- where the index is ---- */

/* A folder that is ours alone. */
static bool
own_folder(const char *path)
{
	int fd;
	struct stat st;
	bool own;

	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		return false;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return false;
	own = fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    (st.st_mode & 022) == 0;
	close(fd);
	return own;
}

static bool
place_beside(const struct log_search *how, char path[PATH_BYTES])
{
	char *real = realpath(how->folder, NULL);
	char folder[PATH_BYTES];
	int len = real == NULL ? -1 : snprintf(folder, sizeof(folder),
	    "%s-index", real);

	free(real);
	if (len < 0 || (size_t)len >= sizeof(folder) || !own_folder(folder))
		return false;
	return snprintf(path, PATH_BYTES, "%s/index.db", folder) < PATH_BYTES;
}

static bool
place_temporary(const struct log_search *how, char path[PATH_BYTES])
{
	const char *tmp = getenv("TMPDIR");
	char folder[PATH_BYTES];
	struct stat st;
	int len = snprintf(folder, sizeof(folder),
	    "%s/sekisho-audit-index-%u", tmp != NULL ? tmp : "/tmp",
	    (unsigned)geteuid());

	if (len < 0 || (size_t)len >= sizeof(folder) ||
	    fstat(how->dir, &st) == -1 || !own_folder(folder))
		return false;
	return snprintf(path, PATH_BYTES, "%s/%llx-%llx.db", folder,
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino) <
	    PATH_BYTES;
}

/* ---- search ---- */

static enum err
use_index(struct search *search, struct search_index *index,
    struct diag *diag)
{
	enum err err = search_index_update(index, search->how->dir,
	    &on_stderr, &search->totals, diag);

	return err != OK ? err : search_index_find(index, search->wish,
	    search->how->count ? NULL : &search->hits, &search->n, diag);
}

/* One that is damaged, or of another log, is made anew, once. */
static enum err
search_by(struct search *search, const char *path, bool sure,
    struct diag *diag)
{
	bool remake = search->how->rebuild;
	struct search_index *index;
	char text[256];
	enum err err = OK;

	for (unsigned i = 0; i < 2; i++) {
		*diag = (struct diag){ .what = "" };
		buf_clear(&search->hits);
		err = search_index_open(path, remake, sure, &on_stderr,
		    &index, diag);
		if (err == OK)
			err = use_index(search, index, diag);
		search_index_close(index);
		if (err != ERR_INPUT || i > 0)
			break;
		fprintf(stderr, "sekisho log: %s: it is made anew\n",
		    reason(diag, text));
		remake = true;
	}
	return err;
}

/* Beside the log, or where one may write. ERR_POLICY: nowhere. */
static enum err
search_by_place(struct search *search, struct diag *diag)
{
	char path[PATH_BYTES];
	enum err err = ERR_POLICY;

	if (search->how->index != NULL)
		return search_by(search, search->how->index, false, diag);
	if (place_beside(search->how, path))
		err = search_by(search, path, true, diag);
	if (err == ERR_POLICY && place_temporary(search->how, path)) {
		fprintf(stderr, "sekisho log: no right to write beside the "
		    "log: the index is %s\n", path);
		err = search_by(search, path, true, diag);
	}
	return err;
}

static enum err
find(struct search *search, int *status, struct diag *diag)
{
	char text[256];
	enum err err = search_by_place(search, diag);

	*status = EXIT_SYSTEM;
	if (err == OK || err == ERR_AGAIN || err == ERR_LIMIT)
		return err;
	if (search->how->index != NULL && err == ERR_POLICY) {
		*status = EXIT_REFUSED;
		return err;
	}
	fprintf(stderr, "sekisho log: no index (%s): all of the log is "
	    "read\n", err == ERR_POLICY && diag->what[0] == '\0' ?
	    "no right to write one" : reason(diag, text));
	*diag = (struct diag){ .what = "" };
	buf_clear(&search->hits);
	return search_scan(search->how->dir, search->wish,
	    search->how->count ? NULL : &search->hits, &search->n,
	    &search->totals, diag);
}

/* ---- show ---- */

static enum err
show_hit(const struct search *search, struct search_log *log,
    const struct search_hit *hit, struct buf *line, struct buf *out,
    struct diag *diag)
{
	enum err err = search_log_read(log, hit, line, diag);

	if (err == ERR_AGAIN || err == ERR_INPUT) {
		fprintf(stderr, "sekisho log: record %" PRIu64 " %s\n",
		    hit->seq, err == ERR_AGAIN ? "was erased just now" :
		    "is not where it was: the log was changed, see "
		    "sekisho log verify, then --rebuild");
		return ERR_INPUT;
	}
	if (err == OK && search->how->json)
		return write_all(STDOUT_FILENO, buf_span(line), diag);
	if (err == OK && (err = log_line(span_sub(buf_span(line), 0,
	    line->len - 1), out)) != OK)
		return diag_set(diag, ERR_SYSTEM, "a record is too long");
	if (err == OK && out->len >= WRITE_BYTES) {
		err = write_all(STDOUT_FILENO, buf_span(out), diag);
		buf_clear(out);
	}
	return err;
}

/* *lost: some are not there. */
static enum err
show(const struct search *search, bool *lost, struct diag *diag)
{
	const struct search_hit *hits = (const void *)search->hits.ptr;
	size_t n = search->hits.len / sizeof(*hits);
	struct search_log log;
	struct buf line, out;
	enum err err;

	buf_init(&line, AUDIT_LINE_BYTES_MAX + 1);
	buf_init(&out, SHOWN_BYTES);
	err = search_log_open(&log, search->how->dir, diag);
	for (size_t i = 0; i < n && err == OK; i++) {
		err = show_hit(search, &log, &hits[i], &line, &out, diag);
		if (err == ERR_INPUT) {
			*lost = true;
			err = OK;
		}
	}
	if (err == OK)
		err = write_all(STDOUT_FILENO, buf_span(&out), diag);
	search_log_close(&log);
	buf_fini(&line);
	buf_fini(&out);
	return err;
}

int
log_search(const struct log_search *how, const struct search_wish *wish)
{
	struct search search = { .how = how, .wish = wish };
	struct diag diag = { .what = "" };
	char text[256];
	bool lost = false;
	int status;
	enum err err;

	buf_init(&search.hits, HITS_BYTES_MAX);
	err = find(&search, &status, &diag);
	if (err == OK && search.totals.damaged > 0)
		fprintf(stderr, "sekisho log: %" PRIu64 " lines of the log "
		    "are no records and are not found: see sekisho log "
		    "verify\n", search.totals.damaged);
	if (err == OK && how->count)
		printf("%" PRIu64 "\n", search.n);
	else if (err == OK)
		err = show(&search, &lost, &diag);
	buf_fini(&search.hits);
	if (err != OK) {
		fprintf(stderr, "sekisho log: %s\n", reason(&diag, text));
		return status;
	}
	return lost ? EXIT_SYSTEM : search.n > 0 ? EXIT_DONE : EXIT_NO;
}
