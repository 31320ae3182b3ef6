/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which docs have a key: rows of differences. A long list is many rows, so
 * that one doc is found in it by one of them, and adding touches the last.
 */
#include <string.h>

#include "search_index_internal.h"

#define VARINT_BYTES	10

enum err
search_put(struct buf *out, uint64_t value)
{
	uint8_t bytes[VARINT_BYTES];
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		bytes[n++] = (uint8_t)(value | 0x80);
	bytes[n++] = (uint8_t)value;
	return buf_add(out, (struct span){ bytes, n });
}

bool
search_get(struct span *s, uint64_t *value)
{
	uint64_t result = 0;

	for (size_t i = 0; i < s->len && i < VARINT_BYTES; i++) {
		result |= (uint64_t)(s->ptr[i] & 0x7f) << 7 * i;
		if (s->ptr[i] < 0x80) {
			*s = span_sub(*s, i + 1, s->len);
			*value = result;
			return true;
		}
	}
	return false;
}

/* ---- adding ---- */

static enum err
put_row(struct search_index *index, uint64_t id, const struct buf *more,
    struct diag *diag)
{
	sqlite3_stmt *stmt = search_sql(index, SQL_POSTING_PUT);

	search_bind(stmt, 1, id);
	search_bind_blob(stmt, 2, buf_span(more));
	return search_run(index, stmt, diag);
}

/* Docs into a row, until it is long enough. */
static enum err
fill(struct buf *more, uint32_t last, const uint32_t *docs, size_t n,
    size_t *used)
{
	enum err err = OK;

	for (*used = 0; *used < n && more->len < SEARCH_CHUNK_BYTES &&
	    err == OK; (*used)++) {
		err = search_put(more, docs[*used] - last);
		last = docs[*used];
	}
	return err;
}

/* The last row of a term, with its docs behind it as far as there is room. */
static enum err
add_to_last(struct search_index *index, uint64_t term, struct buf *more,
    const uint32_t *docs, size_t n, size_t *used, struct diag *diag)
{
	sqlite3_stmt *stmt = search_sql(index, SQL_POSTING_LAST);
	struct span left;
	uint64_t id, last, delta;
	enum err err;

	*used = 0;
	search_bind(stmt, 1, search_posting_id(term, 0));
	search_bind(stmt, 2, search_posting_id(term, UINT32_MAX));
	if ((err = search_step(index, stmt, diag)) != OK)
		return err == ERR_AGAIN ? OK : err;
	id = search_column(stmt, 0);
	err = buf_add(more, search_column_blob(stmt, 1));
	sqlite3_reset(stmt);
	left = buf_span(more);
	last = id & UINT32_MAX;
	while (left.len > 0 && err == OK) {
		if (!search_get(&left, &delta))
			return search_damaged(diag);
		last += delta;
	}
	if (last >= docs[0])
		return search_damaged(diag);
	if (err == OK)
		err = fill(more, (uint32_t)last, docs, n, used);
	return err != OK || *used == 0 ? err : put_row(index, id, more, diag);
}

enum err
search_postings_add(struct search_index *index, uint64_t term, bool is_new,
    const uint32_t *docs, size_t n, struct diag *diag)
{
	struct buf more;
	size_t at = 0, used;
	enum err err = OK;

	buf_init(&more, 64 * SEARCH_CHUNK_BYTES);
	if (!is_new)
		err = add_to_last(index, term, &more, docs, n, &at, diag);
	while (at < n && err == OK) {
		buf_clear(&more);
		err = fill(&more, docs[at], docs + at + 1, n - at - 1, &used);
		if (err == OK)
			err = put_row(index, search_posting_id(term, docs[at]),
			    &more, diag);
		at += used + 1;
	}
	buf_fini(&more);
	return err;
}

/* ---- reading ---- */

enum err
search_postings_decode(uint64_t id, struct span more, uint32_t low,
    uint32_t high, struct buf *docs, struct diag *diag)
{
	uint64_t doc = id & UINT32_MAX, delta;
	uint8_t *room;
	uint32_t *out;
	size_t n = 0;

	/* each doc but the first has a byte at least */
	if (buf_reserve(docs, (more.len + 1) * sizeof(*out), &room) != OK)
		return diag_set(diag, ERR_LIMIT, "too many records fit");
	out = (uint32_t *)(void *)room;
	for (;;) {
		if (doc >= low && doc < high)
			out[n++] = (uint32_t)doc;
		if (more.len == 0)
			break;
		if (!search_get(&more, &delta) || delta == 0 ||
		    delta > UINT32_MAX || (doc += delta) > SEARCH_DOCS_MAX)
			return search_damaged(diag);
	}
	docs->len += n * sizeof(*out);
	return OK;
}

/* The row in which a doc is, if it is in one. ERR_AGAIN: none begins before. */
static enum err
row_of(struct search_index *index, uint64_t term, uint32_t doc,
    sqlite3_stmt **stmt, struct diag *diag)
{
	*stmt = search_sql(index, SQL_POSTING_LAST);
	search_bind(*stmt, 1, search_posting_id(term, 0));
	search_bind(*stmt, 2, search_posting_id(term, doc));
	return search_step(index, *stmt, diag);
}

enum err
search_postings_get(struct search_index *index, uint64_t term, uint32_t low,
    uint32_t high, struct buf *docs, struct diag *diag)
{
	uint64_t begin = search_posting_id(term, low);
	sqlite3_stmt *stmt;
	enum err err;

	if (low >= high)
		return OK;
	err = low == 0 ? ERR_AGAIN : row_of(index, term, low, &stmt, diag);
	if (err == OK) {
		begin = search_column(stmt, 0);
		sqlite3_reset(stmt);
	} else if (err != ERR_AGAIN) {
		return err;
	}
	stmt = search_sql(index, SQL_POSTING_RANGE);
	search_bind(stmt, 1, begin);
	search_bind(stmt, 2, search_posting_id(term, high - 1));
	while ((err = search_step(index, stmt, diag)) == OK) {
		err = search_postings_decode(search_column(stmt, 0),
		    search_column_blob(stmt, 1), low, high, docs, diag);
		if (err != OK)
			break;
	}
	sqlite3_reset(stmt);
	return err == ERR_AGAIN ? OK : err;
}

size_t
search_meet(uint32_t *a, size_t a_n, const uint32_t *b, size_t b_n)
{
	size_t n = 0;

	for (size_t i = 0, k = 0; i < a_n; i++) {
		while (k < b_n && b[k] < a[i])
			k++;
		if (k < b_n && b[k] == a[i])
			a[n++] = a[i];
	}
	return n;
}

static enum err
keep_by_rows(struct search_index *index, uint64_t term, uint32_t *docs,
    size_t *n, struct buf *row, struct diag *diag)
{
	sqlite3_stmt *stmt;
	size_t kept = 0, end;
	enum err err = OK;

	for (size_t i = 0; i < *n && err == OK; i = end) {
		const uint32_t *have;
		size_t have_n;

		end = i + 1;
		err = row_of(index, term, docs[i], &stmt, diag);
		if (err == ERR_AGAIN) {
			err = OK;
			continue;
		}
		buf_clear(row);
		if (err == OK)
			err = search_postings_decode(search_column(stmt, 0),
			    search_column_blob(stmt, 1), 0, UINT32_MAX, row,
			    diag);
		sqlite3_reset(stmt);
		if (err != OK)
			break;
		have = (const uint32_t *)(const void *)row->ptr;
		have_n = row->len / sizeof(*have);
		while (end < *n && docs[end] <= have[have_n - 1])
			end++;
		have_n = search_meet(docs + i, end - i, have, have_n);
		memmove(docs + kept, docs + i, have_n * sizeof(*docs));
		kept += have_n;
	}
	*n = kept;
	return err;
}

enum err
search_postings_keep(struct search_index *index, uint64_t term,
    struct buf *docs, struct diag *diag)
{
	uint32_t *have = (uint32_t *)(void *)docs->ptr;
	size_t n = docs->len / sizeof(*have);
	struct buf other;
	enum err err;

	if (n == 0)
		return OK;
	buf_init(&other, SEARCH_BYTES_MAX);
	if (n <= SEARCH_PROBES_MAX) {
		err = keep_by_rows(index, term, have, &n, &other, diag);
	} else {
		err = search_postings_get(index, term, have[0],
		    have[n - 1] + 1, &other, diag);
		n = search_meet(have, n,
		    (const uint32_t *)(const void *)other.ptr,
		    other.len / sizeof(*have));
	}
	buf_fini(&other);
	docs->len = n * sizeof(*have);
	return err;
}
