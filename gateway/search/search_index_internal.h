/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SEARCH_INDEX_INTERNAL_H
#define SEKISHO_SEARCH_INDEX_INTERNAL_H

#include <sqlite3.h>

#include "../audit/audit_folder.h"
#include "search_index.h"

/*
 * The tables. A record is a "doc": numbers from 0 in the order of the log,
 * not used again when files were erased.
 *
 *	state	 one row: where the index ends, and the last line there
 *	file	 number, bytes that were read of it, its first doc, lines that
 *		 are no records
 *	block	 up to 512 docs of one file: the first, how many, file, the
 *		 lowest and highest time
 *	place	 the same by its first doc: where each one is, its seq, time
 *	term	 key -> a number
 *	posting	 number << 32 | first doc: the docs behind it that have this
 *		 key, up to some 2 KB; a key of a record alone has no blob
 *	receipt	 id, doc: as nearly each record has its own
 *
 * Docs are written as differences, 7 bits a byte, low ones first.
 */
enum search_sql {
	SQL_BEGIN, SQL_COMMIT, SQL_ROLLBACK,
	SQL_STATE_GET, SQL_STATE_PUT,
	SQL_FILES, SQL_FILE_PUT, SQL_FILE_DELETE, SQL_DAMAGED,
	SQL_BLOCKS, SQL_BLOCK_LAST, SQL_BLOCK_PUT, SQL_BLOCK_DELETE,
	SQL_PLACE_GET, SQL_PLACE_PUT, SQL_PLACE_DELETE,
	SQL_TERM_GET, SQL_TERM_PUT, SQL_TERM_RANGE, SQL_TERM_CLEAN,
	SQL_POSTING_LAST, SQL_POSTING_RANGE, SQL_POSTING_PUT,
	SQL_POSTING_OLD, SQL_POSTING_DELETE,
	SQL_RECEIPT_GET, SQL_RECEIPT_PUT, SQL_RECEIPT_DELETE,
	SQL_N
};

/* Where the index ends. */
struct search_end {
	uint64_t	docs, terms;	/* the next ones */
	uint64_t	file, bytes;	/* read so far; file 0: nothing yet */
	/* the last record, to know the log again */
	uint64_t	line_file, line_at, line_bytes;	/* 0: none */
	uint8_t		line_hash[DIGEST_BYTES];
};

struct search_index {
	int		 fd;		/* has the lock */
	sqlite3		*db;
	sqlite3_stmt	*sql[SQL_N];
	struct search_end end;
};

/* ---- search_index.c ---- */

/* A statement that is ready to be bound. */
sqlite3_stmt *search_sql(struct search_index *index, enum search_sql sql);
void search_bind(sqlite3_stmt *stmt, int column, uint64_t value);
void search_bind_blob(sqlite3_stmt *stmt, int column, struct span blob);
uint64_t search_column(sqlite3_stmt *stmt, int column);
struct span search_column_blob(sqlite3_stmt *stmt, int column);
/* OK: a row. ERR_AGAIN: no more. ERR_INPUT: the database is damaged. */
enum err search_step(struct search_index *index, sqlite3_stmt *stmt,
    struct diag *diag) MUST_CHECK;
/* For what gives no rows. */
enum err search_run(struct search_index *index, sqlite3_stmt *stmt,
    struct diag *diag) MUST_CHECK;
enum err search_damaged(struct diag *diag) MUST_CHECK;
enum err search_end_get(struct search_index *index, struct diag *diag)
    MUST_CHECK;
enum err search_end_put(struct search_index *index, struct diag *diag)
    MUST_CHECK;

/* ---- search_page.c ---- */

/*
 * Open the database, which must be there, by a file system that sums up each
 * page: a damaged one is SQLITE_IOERR_DATA for who reads it. A code of
 * SQLite's; *db is to be closed, whatever it is.
 */
int search_page_open(const char *path, sqlite3 **db) MUST_CHECK;
/* Write the sum of a page of SEARCH_PAGE_BYTES at an offset of the file. */
void search_page_seal(uint8_t *page, uint64_t offset);

/* ---- search_postings.c ---- */

enum err search_put(struct buf *out, uint64_t value) MUST_CHECK;
/* False: no number stands there. */
bool search_get(struct span *s, uint64_t *value);
static inline uint64_t
search_zigzag(int64_t value)
{
	return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}
static inline int64_t
search_unzigzag(uint64_t value)
{
	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}
static inline uint64_t
search_posting_id(uint64_t term, uint64_t doc)
{
	return term << 32 | doc;
}
/* Docs (uint32_t, rising) behind those that a term has. */
enum err search_postings_add(struct search_index *index, uint64_t term,
    bool is_new, const uint32_t *docs, size_t n, struct diag *diag)
    MUST_CHECK;
/* A row's docs of [low, high) behind those in docs. */
enum err search_postings_decode(uint64_t id, struct span more, uint32_t low,
    uint32_t high, struct buf *docs, struct diag *diag) MUST_CHECK;
/* All docs of a term in [low, high). */
enum err search_postings_get(struct search_index *index, uint64_t term,
    uint32_t low, uint32_t high, struct buf *docs, struct diag *diag)
    MUST_CHECK;
/* Of rising numbers in a, those that are in b, too, stay; how many. */
size_t search_meet(uint32_t *a, size_t a_n, const uint32_t *b, size_t b_n);
/* Only those that are in docs and of the term stay in docs. */
enum err search_postings_keep(struct search_index *index, uint64_t term,
    struct buf *docs, struct diag *diag) MUST_CHECK;

/* ---- search_batch.c ---- */

/* What one transaction adds. */
struct search_batch {
	struct buf	 keys;		/* bytes */
	struct buf	 terms;		/* struct batch_term */
	struct buf	 pairs;		/* struct batch_pair */
	struct buf	 receipts;	/* struct batch_receipt */
	struct buf	 slots;		/* uint32_t: a term + 1 */
	uint32_t	 serial;	/* of the record being added */
	uint32_t	 records;
	/* where the records of the block are */
	struct buf	 places;
	uint64_t	 block_first, block_file;
	uint32_t	 block_n;
	uint64_t	 min_ms, max_ms;
	uint64_t	 before_end, before_seq, before_ms;
};
enum err search_batch_init(struct search_batch *batch,
    struct search_index *index, struct diag *diag) MUST_CHECK;
void search_batch_fini(struct search_batch *batch);
/* Not good: not a record, nothing was added. The hit has all but its time. */
enum err search_batch_add(struct search_batch *batch,
    struct search_index *index, const struct audit_line *line,
    struct search_hit *hit, bool *good, struct diag *diag) MUST_CHECK;
bool search_batch_full(const struct search_batch *batch);
/* Into the database, within a transaction. */
enum err search_batch_write(struct search_batch *batch,
    struct search_index *index, struct diag *diag) MUST_CHECK;

/* A row of places, one by one. */
struct search_places {
	struct span	left;
	uint64_t	end, seq, time_ms;
};
bool search_places_next(struct search_places *places, struct search_hit *hit);

/* ---- search_purge.c ---- */

/* Docs before this one are of files that were erased. */
enum err search_purge(struct search_index *index, uint64_t first_doc,
    struct diag *diag) MUST_CHECK;

/* ---- search_hits.c ---- */

/* By time; with a limit only the newest stay. */
void search_hits_sort(struct buf *hits, uint64_t limit);

#endif
