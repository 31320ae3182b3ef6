/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TEST_AUDIT_HELPER_H
#define TEST_AUDIT_HELPER_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../gateway/audit/audit_check.h"
#include "../../../gateway/audit/audit_file.h"

#define NOON_MS	1795748400000ull	/* 2026-11-27T03:00:00Z */
#define DAY_MS	86400000ull

/* A folder of its own under /tmp, a key, and the writer. */
struct log {
	char		 path[64];
	int		 dir;
	struct audit_key *key;
	struct audit_file file;
	struct audit_found found;
};

static void
log_begin(struct log *log)
{
	memset(log, 0, sizeof(*log));
	strcpy(log->path, "/tmp/test_audit_XXXXXX");
	assert_non_null(mkdtemp(log->path));
	log->dir = open(log->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_not_equal(log->dir, -1);
	assert_non_null(log->key = audit_key_new());
	audit_file_init(&log->file, log->dir, log->key);
	assert_int_equal(audit_file_open(&log->file, &log->found, NULL), OK);
}

static void
log_end(struct log *log)
{
	char command[128];

	audit_file_close(&log->file);
	audit_key_free(log->key);
	close(log->dir);
	snprintf(command, sizeof(command), "rm -rf %s", log->path);
	assert_int_equal(system(command), 0);
}

/* n records, synced in groups of seven. */
static inline void
log_write(struct log *log, unsigned n, uint64_t wall_ms)
{
	char members[64];

	for (unsigned i = 0; i < n; i++) {
		snprintf(members, sizeof(members), "\"receipt\":\"R%06u\","
		    "\"n\":%u", i, i * 7919 % 1000);
		assert_int_equal(audit_file_add(&log->file, AUDIT_MAIL,
		    wall_ms + i, span_str(members)), OK);
		if (i % 7 == 6 || i + 1 == n)
			assert_int_equal(audit_file_sync(&log->file,
			    wall_ms + i, NULL), OK);
	}
	assert_int_equal(audit_file_sign(&log->file, wall_ms, NULL), OK);
}

/* What the check said first. */
struct told {
	unsigned	n;
	char		file[AUDIT_NAME_BYTES];
	uint64_t	line;
	char		what[256];
};

static void
tell(void *arg, const struct audit_finding *finding)
{
	struct told *told = arg;

	if (told->n++ > 0)
		return;
	snprintf(told->file, sizeof(told->file), "%s", finding->file);
	snprintf(told->what, sizeof(told->what), "%s", finding->what);
	told->line = finding->line;
}

static struct audit_check
log_check(const struct log *log, struct told *told)
{
	struct audit_check check = { .key = log->key, .finding = tell,
		.arg = told };

	memset(told, 0, sizeof(*told));
	assert_int_equal(audit_check_folder(&check, log->dir, NULL), OK);
	assert_int_equal(told->n, check.findings);
	return check;
}

/* A whole file of the folder, to be freed. */
static char *
slurp(const struct log *log, const char *name, size_t *len)
{
	int fd = openat(log->dir, name, O_RDONLY);
	struct stat st;
	char *bytes;

	assert_int_not_equal(fd, -1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_non_null(bytes = malloc((size_t)st.st_size + 1));
	assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
	bytes[st.st_size] = '\0';
	*len = (size_t)st.st_size;
	close(fd);
	return bytes;
}

static void
spit(const struct log *log, const char *name, const char *bytes, size_t len)
{
	int fd = openat(log->dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

/* ---- one record of a file ---- */

/* A file as it was written, and where one of its records stands. */
struct place {
	char	 file[AUDIT_NAME_BYTES];
	char	*bytes, *line, *next;	/* next: behind it */
	size_t	 len;
	uint64_t number;		/* of the line */
};

/* The file and line of a record, looked for as text. */
static inline struct place
place_of(const struct log *log, uint64_t seq)
{
	struct place place = { .number = 1 };
	char begin[64];

	snprintf(begin, sizeof(begin), "{\"seq\":%" PRIu64 ",", seq);
	for (unsigned i = 1; i < 100; i++) {
		snprintf(place.file, sizeof(place.file),
		    "audit-%08u-20261127.log", i);
		place.bytes = slurp(log, place.file, &place.len);
		place.line = strstr(place.bytes, begin);
		if (place.line != NULL)
			break;
		free(place.bytes);
	}
	assert_non_null(place.line);
	for (const char *p = place.bytes; p < place.line; p++)
		place.number += *p == '\n';
	place.next = strchr(place.line, '\n') + 1;
	return place;
}

/* Its file again, but for this record. */
static inline void
spit_without(const struct log *log, const struct place *place)
{
	size_t before = (size_t)(place->line - place->bytes);
	size_t n = (size_t)(place->next - place->line);
	char *other = malloc(place->len);

	assert_non_null(other);
	memcpy(other, place->bytes, before);
	memcpy(other + before, place->next, place->len - before - n);
	spit(log, place->file, other, place->len - n);
	free(other);
}

/* It and the one behind it, which is as long, in each other's place. */
static inline void
spit_swapped(const struct log *log, const struct place *place)
{
	size_t before = (size_t)(place->line - place->bytes);
	size_t n = (size_t)(place->next - place->line);
	char *other = malloc(place->len);

	assert_non_null(other);
	memcpy(other, place->bytes, place->len);
	memcpy(other + before, place->next, n);
	memcpy(other + before + n, place->line, n);
	spit(log, place->file, other, place->len);
	free(other);
}

#endif
