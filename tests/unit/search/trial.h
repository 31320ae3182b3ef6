/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TEST_SEARCH_TRIAL_H
#define TEST_SEARCH_TRIAL_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../gateway/audit/audit_file.h"
#include "../../../gateway/base/durable.h"
#include "../../../gateway/base/receipt.h"
#include "../../../gateway/search/search_index_internal.h"

#define TRIAL_RECORDS	900u
#define TRIAL_MS	1795748400000ull	/* 2026-11-27T03:00:00Z */

/* What is searched for; the last ones by time. */
static const struct {
	enum search_field field;
	const char	*text;		/* NULL: all, or those of a second */
	uint64_t	 since_ms, until_ms, limit;
} trial_wishes[] = {
	{ SEARCH_BY_TYPE, "mail", 0, UINT64_MAX, 0 },
	{ SEARCH_BY_SENDER, "user7@company1.example.jp", 0, UINT64_MAX, 0 },
	{ SEARCH_BY_SENDER, "user1*", 0, UINT64_MAX, 0 },
	{ SEARCH_BY_RECIPIENT, "@town.example.lg.jp", 0, UINT64_MAX, 9 },
	{ SEARCH_BY_ADDRESS, "10.20.1.0/24", 0, UINT64_MAX, 0 },
	{ SEARCH_BY_RULE, "town.rules:5", 0, UINT64_MAX, 0 },
	{ SEARCH_BY_RECEIPT, "", 0, UINT64_MAX, 0 },	/* the last */
	{ SEARCH_FIELD_N, NULL, 0, UINT64_MAX, 0 },
	{ SEARCH_FIELD_N, NULL, TRIAL_MS + 300, TRIAL_MS + 700, 0 },
};
#define TRIAL_WISHES	(sizeof(trial_wishes) / sizeof(trial_wishes[0]))

/* A log of mails and flows in several files, and an index of it. */
struct trial {
	char		 path[64], log_path[80], index_path[80];
	int		 dir;
	struct buf	 good;			/* the index as it was made */
	struct search_wish wishes[TRIAL_WISHES];
	struct buf	 scans[TRIAL_WISHES];	/* what must be found */
	unsigned	 said;			/* by the search */
};

static void
trial_say(void *arg, const char *what)
{
	(void)what;
	((struct trial *)arg)->said++;
}

/* receipt: the last one's. */
static void
trial_records(const struct trial *trial, char receipt[RECEIPT_TEXT_BYTES])
{
	struct audit_key *key = audit_key_new();
	struct audit_found found;
	struct audit_file file;
	uint64_t id = 0;
	char text[512];

	require(key != NULL);
	audit_file_init(&file, trial->dir, key);
	file.bytes_max = 100000;
	require(audit_file_open(&file, &found, NULL) == OK);
	for (unsigned i = 0; i < TRIAL_RECORDS; i++) {
		uint64_t now = TRIAL_MS + i;
		bool mail = i % 3 != 0;

		id = receipt_next(id, now);
		receipt_text(id, receipt);
		if (mail)
			snprintf(text, sizeof(text), "\"receipt\":\"%s\","
			    "\"outcome\":\"delivered\",\"from\":\"user%u@"
			    "company%u.example.jp\",\"to\":[{\"address\":"
			    "\"staff%u@town.example.lg.jp\"}]", receipt,
			    i % 300, i % 3, i % 40);
		else
			snprintf(text, sizeof(text), "\"flow\":{\"rule\":"
			    "\"town.rules:%u\",\"src\":\"10.20.%u.%u\"}",
			    i % 7, i % 4, i % 250);
		require(audit_file_add(&file, mail ? AUDIT_MAIL : AUDIT_FLOW,
		    now, span_str(text)) == OK);
		if (i % 50 == 49)
			require(audit_file_sync(&file, now, NULL) == OK);
	}
	audit_file_close(&file);
	audit_key_free(key);
}

/*
 * As sekisho log search does it: what is damaged is made anew, once. Each
 * thing that is told counts in trial->said.
 */
static enum err
trial_search(struct trial *trial, const struct search_wish *wish,
    struct buf *hits)
{
	const struct search_say say = { trial_say, trial };
	struct search_totals totals;
	struct search_index *index;
	bool remake = false;
	uint64_t n;
	enum err err;

	trial->said = 0;
	for (unsigned i = 0; i < 2; i++) {
		buf_clear(hits);
		err = search_index_open(trial->index_path, remake, true, &say,
		    &index, NULL);
		if (err == OK)
			err = search_index_update(index, trial->dir, &say,
			    &totals, NULL);
		if (err == OK)
			err = search_index_find(index, wish, hits, &n, NULL);
		search_index_close(index);
		if (err != ERR_INPUT)
			break;
		trial->said++;
		remake = true;
	}
	return err;
}

/* Is it what was found by reading all of the log? */
static inline bool
trial_is_right(const struct trial *trial, size_t wish, const struct buf *hits)
{
	const struct buf *all = &trial->scans[wish];

	return hits->len == all->len && (all->len == 0 ||
	    memcmp(hits->ptr, all->ptr, all->len) == 0);
}

static void
trial_put(const struct trial *trial, struct span index)
{
	int fd = open(trial->index_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	char journal[96];

	require(fd != -1 && write_all(fd, index, NULL) == OK);
	close(fd);
	snprintf(journal, sizeof(journal), "%s-journal", trial->index_path);
	(void)unlink(journal);
}

static void
trial_begin(struct trial *trial)
{
	char receipt[RECEIPT_TEXT_BYTES];
	struct search_totals totals;
	struct buf hits;
	uint64_t n;
	int fd;

	memset(trial, 0, sizeof(*trial));
	snprintf(trial->path, sizeof(trial->path), "%s/test_search_XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	require(mkdtemp(trial->path) != NULL);
	snprintf(trial->log_path, sizeof(trial->log_path), "%s/log",
	    trial->path);
	snprintf(trial->index_path, sizeof(trial->index_path), "%s/index.db",
	    trial->path);
	require(mkdir(trial->log_path, 0700) == 0);
	trial->dir = open(trial->log_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	require(trial->dir != -1);
	trial_records(trial, receipt);
	buf_init(&hits, 1 << 20);
	for (size_t i = 0; i < TRIAL_WISHES; i++) {
		const char *text = trial_wishes[i].text;

		search_wish_init(&trial->wishes[i]);
		if (text != NULL)
			require(search_wish_by(&trial->wishes[i],
			    trial_wishes[i].field, text[0] != '\0' ? text :
			    receipt, NULL) == OK);
		trial->wishes[i].since_ms = trial_wishes[i].since_ms;
		trial->wishes[i].until_ms = trial_wishes[i].until_ms;
		trial->wishes[i].limit = trial_wishes[i].limit;
		buf_init(&trial->scans[i], 1 << 20);
		require(search_scan(trial->dir, &trial->wishes[i],
		    &trial->scans[i], &n, &totals, NULL) == OK);
		require(trial->scans[i].len > 0);
		require(trial_search(trial, &trial->wishes[i], &hits) == OK);
		require(trial->said == 0 && trial_is_right(trial, i, &hits));
	}
	buf_fini(&hits);
	buf_init(&trial->good, 1 << 24);
	fd = open(trial->index_path, O_RDONLY | O_CLOEXEC);
	require(fd != -1 && pread_whole(fd, &trial->good, NULL) == OK);
	close(fd);
}

static inline void
trial_end(struct trial *trial)
{
	char command[128];

	for (size_t i = 0; i < TRIAL_WISHES; i++)
		buf_fini(&trial->scans[i]);
	buf_fini(&trial->good);
	close(trial->dir);
	snprintf(command, sizeof(command), "rm -rf %s", trial->path);
	require(system(command) == 0);
}

#endif
