/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of the log were erased: nothing of their records stays in the index,
 * in its free pages neither. Once a day at most, so it reads all of it.
 */
#include "search_index_internal.h"

static enum err
delete_before(struct search_index *index, enum search_sql sql, uint64_t doc,
    struct diag *diag)
{
	sqlite3_stmt *stmt = search_sql(index, sql);

	search_bind(stmt, 1, doc);
	return search_run(index, stmt, diag);
}

/* A row that begins before; what is of a file that stays is put back. */
static enum err
cut_row(struct search_index *index, uint64_t id, const struct buf *docs,
    struct diag *diag)
{
	const uint32_t *left = (const uint32_t *)(const void *)docs->ptr;
	size_t n = docs->len / sizeof(*left);
	enum err err = delete_before(index, SQL_POSTING_DELETE, id, diag);
	sqlite3_stmt *stmt;
	struct buf more;

	if (n == 0 || err != OK)
		return err;
	buf_init(&more, 64 * SEARCH_CHUNK_BYTES);
	for (size_t i = 1; i < n && err == OK; i++)
		err = search_put(&more, left[i] - left[i - 1]);
	stmt = search_sql(index, SQL_POSTING_PUT);
	search_bind(stmt, 1, search_posting_id(id >> 32, left[0]));
	search_bind_blob(stmt, 2, buf_span(&more));
	if (err == OK)
		err = search_run(index, stmt, diag);
	buf_fini(&more);
	return err;
}

/* The next row from *id on. ERR_AGAIN: there is none. */
static enum err
next_row(struct search_index *index, uint64_t *id, uint32_t first_doc,
    struct buf *docs, struct diag *diag)
{
	sqlite3_stmt *stmt = search_sql(index, SQL_POSTING_OLD);
	enum err err;

	search_bind(stmt, 1, *id);
	search_bind(stmt, 2, first_doc);
	buf_clear(docs);
	err = search_step(index, stmt, diag);
	if (err == OK) {
		*id = search_column(stmt, 0);
		err = search_postings_decode(*id, search_column_blob(stmt, 1),
		    first_doc, UINT32_MAX, docs, diag);
	}
	sqlite3_reset(stmt);
	return err;
}

enum err
search_purge(struct search_index *index, uint64_t first_doc,
    struct diag *diag)
{
	struct buf docs;
	uint64_t id = 0;
	enum err err;

	if (sqlite3_exec(index->db, "PRAGMA secure_delete=ON", NULL, NULL,
	    NULL) != SQLITE_OK)
		return search_damaged(diag);
	buf_init(&docs, SEARCH_BYTES_MAX);
	while ((err = next_row(index, &id, (uint32_t)first_doc, &docs,
	    diag)) == OK) {
		if ((err = cut_row(index, id, &docs, diag)) != OK)
			break;
		id++;
	}
	buf_fini(&docs);
	if (err == ERR_AGAIN)
		err = search_run(index, search_sql(index, SQL_TERM_CLEAN),
		    diag);
	if (err == OK)
		err = delete_before(index, SQL_RECEIPT_DELETE, first_doc, diag);
	if (err == OK)
		err = delete_before(index, SQL_PLACE_DELETE, first_doc, diag);
	if (err == OK)
		err = delete_before(index, SQL_BLOCK_DELETE, first_doc, diag);
	return err;
}
