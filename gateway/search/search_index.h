/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SEARCH_INDEX_H
#define SEKISHO_SEARCH_INDEX_H

#include "search_wish.h"

/*
 * The index of a log, a SQLite database in a file of its own. It holds nothing
 * that the log does not say: delete it, and it is made anew. Whoever has it
 * open has it alone; others wait.
 */
struct search_index;

/* What is told meanwhile, a sentence each. */
struct search_say {
	void	(*say)(void *arg, const char *what);
	void	*arg;
};

/*
 * remake: forget what is there. sure: it is our place, so whatever stands
 * there is an index of ours; else a file that is none is left alone.
 * ERR_POLICY: no right to write there, or not an index. ERR_AGAIN: another
 * search has it for too long. ERR_INPUT: damaged, to be remade.
 */
enum err search_index_open(const char *path, bool remake, bool sure,
    const struct search_say *say, struct search_index **index,
    struct diag *diag) MUST_CHECK;
void search_index_close(struct search_index *index);

/* What the index knows of the log now. */
struct search_totals {
	uint64_t	added;		/* records, by this update */
	uint64_t	damaged;	/* lines that are none, of all */
};

/*
 * Bring it up to date with the log in a folder, so many transactions as it
 * takes. ERR_INPUT: it is damaged, or of another log: to be remade.
 */
enum err search_index_update(struct search_index *index, int dir,
    const struct search_say *say, struct search_totals *totals,
    struct diag *diag) MUST_CHECK;

/* Where a record is. */
struct search_hit {
	uint64_t	time_ms, seq, offset;
	uint32_t	file;		/* its number */
	uint32_t	bytes;		/* with the newline */
};

/*
 * Records that fit, by time, as an array of struct search_hit in hits (NULL:
 * only *n). ERR_INPUT as above.
 */
enum err search_index_find(struct search_index *index,
    const struct search_wish *wish, struct buf *hits, uint64_t *n,
    struct diag *diag) MUST_CHECK;

/* The same without an index: every record is read. */
enum err search_scan(int dir, const struct search_wish *wish,
    struct buf *hits, uint64_t *n, struct search_totals *totals,
    struct diag *diag) MUST_CHECK;

/*
 * The record of a hit, read from the log, in out with its newline. ERR_INPUT:
 * something else stands there now. ERR_AGAIN: the file was erased.
 */
struct search_log {
	int		dir, fd;	/* fd: of file; -1: none */
	uint32_t	file;
	struct buf	names;		/* struct audit_name */
	size_t		names_n;
};
enum err search_log_open(struct search_log *log, int dir, struct diag *diag)
    MUST_CHECK;
void search_log_close(struct search_log *log);
enum err search_log_read(struct search_log *log, const struct search_hit *hit,
    struct buf *out, struct diag *diag) MUST_CHECK;

#endif
