/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The index as a file: who has it, is it ours and of this version, its tables
 * and statements. One flock(2) keeps it to one search at a time, so that a
 * damaged one can be emptied where it stands.
 */
#include "search_index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/durable.h"
#include "search_index_internal.h"

#define VERSION		2	/* 2: pages have sums */
#define APPLICATION	0x53656b69		/* "Seki" */
#define HEADER_BYTES	100
#define PATH_BYTES	4096
#define TEXT_OF(x)	TEXT_OF_(x)
#define TEXT_OF_(x)	#x

static const char schema[] =
    "BEGIN;"
    "PRAGMA application_id=" TEXT_OF(APPLICATION) ";"
    "PRAGMA user_version=" TEXT_OF(VERSION) ";"
    "CREATE TABLE state(one INTEGER PRIMARY KEY, docs, terms, file, bytes,"
    " line_file, line_at, line_bytes, line_hash);"
    "CREATE TABLE file(number INTEGER PRIMARY KEY, bytes, first, damaged);"
    "CREATE TABLE block(first INTEGER PRIMARY KEY, n, file, min_ms, max_ms);"
    "CREATE TABLE place(first INTEGER PRIMARY KEY, records);"
    "CREATE TABLE term(key BLOB PRIMARY KEY, id) WITHOUT ROWID;"
    "CREATE TABLE posting(id INTEGER PRIMARY KEY, more);"
    "CREATE TABLE receipt(id, doc, PRIMARY KEY(id, doc)) WITHOUT ROWID;"
    "INSERT INTO state VALUES(1, 0, 1, 0, 0, 0, 0, 0, x'');"
    "COMMIT;";

static const char *const texts[SQL_N] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_STATE_GET] = "SELECT docs, terms, file, bytes, line_file, "
	    "line_at, line_bytes, line_hash FROM state",
	[SQL_STATE_PUT] = "UPDATE state SET docs=?, terms=?, file=?, bytes=?,"
	    " line_file=?, line_at=?, line_bytes=?, line_hash=?",
	[SQL_FILES] = "SELECT number, bytes, first, damaged FROM file "
	    "ORDER BY number",
	[SQL_FILE_PUT] = "INSERT INTO file VALUES(?1, ?2, ?3, ?4) ON CONFLICT "
	    "DO UPDATE SET bytes=?2, damaged=damaged+?4",
	[SQL_FILE_DELETE] = "DELETE FROM file WHERE number=?",
	[SQL_DAMAGED] = "SELECT ifnull(sum(damaged), 0) FROM file",
	[SQL_BLOCKS] = "SELECT first, n, file, min_ms, max_ms FROM block "
	    "ORDER BY first",
	[SQL_BLOCK_LAST] = "SELECT first, n, file, min_ms, max_ms FROM block "
	    "ORDER BY first DESC LIMIT 1",
	[SQL_BLOCK_PUT] = "INSERT OR REPLACE INTO block VALUES(?, ?, ?, ?, ?)",
	[SQL_BLOCK_DELETE] = "DELETE FROM block WHERE first<?",
	[SQL_PLACE_GET] = "SELECT records FROM place WHERE first=?",
	[SQL_PLACE_PUT] = "INSERT OR REPLACE INTO place VALUES(?, ?)",
	[SQL_PLACE_DELETE] = "DELETE FROM place WHERE first<?",
	[SQL_TERM_GET] = "SELECT id FROM term WHERE key=?",
	[SQL_TERM_PUT] = "INSERT INTO term VALUES(?, ?)",
	[SQL_TERM_RANGE] = "SELECT id FROM term WHERE key>=? AND key<?",
	[SQL_TERM_CLEAN] = "DELETE FROM term WHERE NOT EXISTS (SELECT 1 FROM "
	    "posting WHERE posting.id BETWEEN term.id<<32 AND "
	    "term.id<<32|4294967295)",
	[SQL_POSTING_LAST] = "SELECT id, more FROM posting WHERE id BETWEEN "
	    "? AND ? ORDER BY id DESC LIMIT 1",
	[SQL_POSTING_RANGE] = "SELECT id, more FROM posting WHERE id BETWEEN "
	    "? AND ? ORDER BY id",
	[SQL_POSTING_PUT] = "INSERT OR REPLACE INTO posting VALUES(?, ?)",
	[SQL_POSTING_OLD] = "SELECT id, more FROM posting WHERE id>=? AND "
	    "(id&4294967295)<? ORDER BY id LIMIT 1",
	[SQL_POSTING_DELETE] = "DELETE FROM posting WHERE id=?",
	[SQL_RECEIPT_GET] = "SELECT doc FROM receipt WHERE id=? AND doc>=? "
	    "AND doc<?",
	[SQL_RECEIPT_PUT] = "INSERT OR IGNORE INTO receipt VALUES(?, ?)",
	[SQL_RECEIPT_DELETE] = "DELETE FROM receipt WHERE doc<?",
};

/* ---- statements ---- */

enum err
search_damaged(struct diag *diag)
{
	return diag_set(diag, ERR_INPUT, "the index is damaged");
}

static enum err
sql_error(struct search_index *index, struct diag *diag)
{
	int code = sqlite3_extended_errcode(index->db);

	if (code == SQLITE_IOERR_DATA)
		return search_damaged(diag);
	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_ERROR:	/* a table that is not as we made it */
	case SQLITE_MISMATCH:
	case SQLITE_CONSTRAINT:
		return search_damaged(diag);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return diag_set(diag, ERR_POLICY, "the index: %s",
		    sqlite3_errmsg(index->db));
	default:
		return diag_set(diag, ERR_SYSTEM, "the index: %s",
		    sqlite3_errmsg(index->db));
	}
}

sqlite3_stmt *
search_sql(struct search_index *index, enum search_sql sql)
{
	sqlite3_reset(index->sql[sql]);
	return index->sql[sql];
}

void
search_bind(sqlite3_stmt *stmt, int column, uint64_t value)
{
	(void)sqlite3_bind_int64(stmt, column, (sqlite3_int64)value);
}

/* The bytes stay until the statement is done. */
void
search_bind_blob(sqlite3_stmt *stmt, int column, struct span blob)
{
	(void)sqlite3_bind_blob64(stmt, column, blob.len > 0 ?
	    (const void *)blob.ptr : "", blob.len, SQLITE_STATIC);
}

uint64_t
search_column(sqlite3_stmt *stmt, int column)
{
	return (uint64_t)sqlite3_column_int64(stmt, column);
}

struct span
search_column_blob(sqlite3_stmt *stmt, int column)
{
	const void *bytes = sqlite3_column_blob(stmt, column);
	int n = sqlite3_column_bytes(stmt, column);

	return (struct span){ bytes, bytes != NULL ? (size_t)n : 0 };
}

enum err
search_step(struct search_index *index, sqlite3_stmt *stmt, struct diag *diag)
{
	int code = sqlite3_step(stmt);

	if (code == SQLITE_ROW)
		return OK;
	if (code == SQLITE_DONE) {
		sqlite3_reset(stmt);
		return ERR_AGAIN;
	}
	return sql_error(index, diag);
}

enum err
search_run(struct search_index *index, sqlite3_stmt *stmt, struct diag *diag)
{
	enum err err = search_step(index, stmt, diag);

	sqlite3_reset(stmt);
	return err == ERR_AGAIN ? OK : err;
}

/* ---- where it ends ---- */

enum err
search_end_get(struct search_index *index, struct diag *diag)
{
	sqlite3_stmt *stmt = search_sql(index, SQL_STATE_GET);
	struct search_end *end = &index->end;
	struct span hash;
	enum err err = search_step(index, stmt, diag);

	if (err != OK)
		return err == ERR_AGAIN ? search_damaged(diag) : err;
	end->docs = search_column(stmt, 0);
	end->terms = search_column(stmt, 1);
	end->file = search_column(stmt, 2);
	end->bytes = search_column(stmt, 3);
	end->line_file = search_column(stmt, 4);
	end->line_at = search_column(stmt, 5);
	end->line_bytes = search_column(stmt, 6);
	hash = search_column_blob(stmt, 7);
	if (end->docs > SEARCH_DOCS_MAX || end->terms > SEARCH_TERMS_MAX ||
	    end->line_bytes > AUDIT_LINE_BYTES_MAX ||
	    (end->line_bytes > 0 && hash.len != DIGEST_BYTES))
		err = search_damaged(diag);
	else if (end->line_bytes > 0)
		memcpy(end->line_hash, hash.ptr, DIGEST_BYTES);
	sqlite3_reset(stmt);
	return err;
}

enum err
search_end_put(struct search_index *index, struct diag *diag)
{
	sqlite3_stmt *stmt = search_sql(index, SQL_STATE_PUT);
	const struct search_end *end = &index->end;

	search_bind(stmt, 1, end->docs);
	search_bind(stmt, 2, end->terms);
	search_bind(stmt, 3, end->file);
	search_bind(stmt, 4, end->bytes);
	search_bind(stmt, 5, end->line_file);
	search_bind(stmt, 6, end->line_at);
	search_bind(stmt, 7, end->line_bytes);
	search_bind_blob(stmt, 8, (struct span){ end->line_hash,
	    DIGEST_BYTES });
	return search_run(index, stmt, diag);
}

/* ---- open ---- */

static enum err
lock(int fd, const struct search_say *say, struct diag *diag)
{
	const struct timespec pause = { 0, SEARCH_LOCK_MS * 1000000L };

	for (unsigned i = 0; i < SEARCH_LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return OK;
		if (errno != EWOULDBLOCK)
			return diag_system(diag, "lock the index");
		if (i == 1000 / SEARCH_LOCK_MS)
			say->say(say->arg, "another search has the index, "
			    "this one waits for it");
		nanosleep(&pause, NULL);
	}
	return diag_set(diag, ERR_AGAIN, "another search has the index");
}

/* What stands there: nothing yet (OK), an index of ours (ERR_AGAIN), or not. */
static enum err
look(int fd, struct diag *diag)
{
	uint8_t header[HEADER_BYTES];
	uint32_t id;
	size_t got;
	enum err err = pread_all(fd, header, sizeof(header), 0, &got, diag);

	if (err != OK)
		return err;
	if (got == 0)
		return OK;
	id = (uint32_t)header[68] << 24 | (uint32_t)header[69] << 16 |
	    (uint32_t)header[70] << 8 | header[71];
	if (got < sizeof(header) || memcmp(header, "SQLite format 3", 16) != 0
	    || id != APPLICATION)
		return ERR_INPUT;
	return (header[60] | header[61] | header[62]) == 0 &&
	    header[63] == VERSION ? ERR_AGAIN : ERR_POLICY;
}

static enum err
empty(int fd, const char *path, struct diag *diag)
{
	char journal[PATH_BYTES];

	if (ftruncate(fd, 0) == -1)
		return diag_system(diag, "empty the index");
	snprintf(journal, sizeof(journal), "%.4000s-journal", path);
	(void)unlink(journal);
	return OK;
}

/* Whatever stands there becomes an index of ours, or nothing, or stays. */
static enum err
clear(int fd, const char *path, bool remake, bool sure,
    const struct search_say *say, struct diag *diag)
{
	enum err err = look(fd, diag);

	if (err == ERR_SYSTEM)
		return err;
	if (err == ERR_INPUT && !sure)
		return diag_set(diag, ERR_POLICY, "not an index of the audit "
		    "log, so it is left alone");
	if (err == ERR_POLICY)
		say->say(say->arg, "the index is of another version: it is "
		    "made anew");
	else if (err == ERR_INPUT && !remake)
		say->say(say->arg, "the index is damaged: it is made anew");
	if (err != OK && (err != ERR_AGAIN || remake))
		return empty(fd, path, diag);
	return OK;
}

static enum err
prepare(struct search_index *index, struct diag *diag)
{
	static const char settings[] = "PRAGMA page_size="
	    TEXT_OF(SEARCH_PAGE_BYTES) ";PRAGMA cache_size=-131072;"
	    "PRAGMA temp_store=MEMORY;";
	struct stat st;

	if (fstat(index->fd, &st) == -1)
		return diag_system(diag, "the index");
	(void)sqlite3_busy_timeout(index->db, 10000);
	if (sqlite3_exec(index->db, settings, NULL, NULL, NULL) != SQLITE_OK ||
	    (st.st_size == 0 && sqlite3_exec(index->db, schema, NULL, NULL,
	    NULL) != SQLITE_OK))
		return sql_error(index, diag);
	for (unsigned i = 0; i < SQL_N; i++)
		if (sqlite3_prepare_v3(index->db, texts[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &index->sql[i], NULL) !=
		    SQLITE_OK)
			return sql_error(index, diag);
	return search_end_get(index, diag);
}

enum err
search_index_open(const char *path, bool remake, bool sure,
    const struct search_say *say, struct search_index **out,
    struct diag *diag)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct search_index *index;
	enum err err;

	*out = NULL;
	if (fd == -1)
		return errno == EACCES || errno == EROFS || errno == EPERM ||
		    errno == ENOENT ? diag_set(diag, ERR_POLICY, "%s",
		    strerror(errno)) : diag_system(diag, path);
	err = lock(fd, say, diag);
	if (err == OK)
		err = clear(fd, path, remake, sure, say, diag);
	/* start-up: one a search */
	index = err == OK ? calloc(1, sizeof(*index)) : NULL;
	if (index == NULL) {
		close(fd);
		return err != OK ? err : diag_system(diag, "no memory");
	}
	index->fd = fd;
	if (search_page_open(path, &index->db) != SQLITE_OK)
		err = sql_error(index, diag);
	else
		err = prepare(index, diag);
	if (err != OK)
		search_index_close(index);
	else
		*out = index;
	return err;
}

void
search_index_close(struct search_index *index)
{
	if (index == NULL)
		return;
	for (unsigned i = 0; i < SQL_N; i++)
		sqlite3_finalize(index->sql[i]);
	(void)sqlite3_close(index->db);
	close(index->fd);	/* last: it drops SQLite's own locks, too */
	free(index);
}
