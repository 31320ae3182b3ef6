/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a wish to places in the log: the docs that all keys have in common,
 * then where they are and when. Blocks outside the wished time, and below the
 * newest ones when only those are wanted, are not read.
 */
#include <string.h>

#include "search_index_internal.h"

struct block {
	uint64_t	first, n, file, min_ms, max_ms;
	uint64_t	until_ms;	/* the highest time up to here */
};

struct find {
	struct search_index	 *index;
	const struct search_wish *wish;
	struct buf		  blocks;	/* struct block */
	size_t			  n;
	uint32_t		  low, high;	/* docs that may fit by time */
	struct buf		  docs;		/* uint32_t, rising */
	bool			  narrowed;	/* docs says what fits so far */
	struct buf		 *hits;
	uint64_t		  count, lowest_ms;
};

/* ---- time ---- */

static bool
may_fit(const struct find *find, const struct block *block)
{
	return block->max_ms >= find->wish->since_ms &&
	    block->min_ms < find->wish->until_ms;
}

static enum err
read_blocks(struct find *find, struct diag *diag)
{
	sqlite3_stmt *stmt = search_sql(find->index, SQL_BLOCKS);
	uint64_t end = 0, until = 0;
	struct block block;
	enum err err;

	find->low = UINT32_MAX;
	while ((err = search_step(find->index, stmt, diag)) == OK) {
		block.first = search_column(stmt, 0);
		block.n = search_column(stmt, 1);
		block.file = search_column(stmt, 2);
		block.min_ms = search_column(stmt, 3);
		block.max_ms = search_column(stmt, 4);
		if (block.max_ms > until)
			until = block.max_ms;
		block.until_ms = until;
		if (block.first < end || block.n > SEARCH_BLOCK_DOCS ||
		    block.first > SEARCH_DOCS_MAX)
			return search_damaged(diag);
		end = block.first + block.n;
		if (may_fit(find, &block)) {
			if (find->low == UINT32_MAX)
				find->low = (uint32_t)block.first;
			find->high = (uint32_t)end;
		}
		if (buf_add(&find->blocks, (struct span){ (const uint8_t *)
		    &block, sizeof(block) }) != OK)
			return diag_set(diag, ERR_SYSTEM, "no memory");
		find->n++;
	}
	return err == ERR_AGAIN ? OK : err;
}

/* ---- keys ---- */

/* Lists of several keys: rising, each doc once. By a bit for each doc. */
static enum err
put_in_order(const struct find *find, struct buf *docs, struct diag *diag)
{
	uint32_t *list = (uint32_t *)(void *)docs->ptr;
	size_t n = docs->len / sizeof(*list), kept = 0;
	size_t words_n = (find->high - find->low) / 64u + 1;
	uint64_t *words;
	uint8_t *room;
	struct buf bits;

	buf_init(&bits, SEARCH_BYTES_MAX);
	if (buf_reserve(&bits, words_n * sizeof(*words), &room) != OK)
		return diag_set(diag, ERR_SYSTEM, "no memory");
	memset(room, 0, words_n * sizeof(*words));
	words = (uint64_t *)(void *)room;
	for (size_t i = 0; i < n; i++)
		words[(list[i] - find->low) / 64] |=
		    1ull << (list[i] - find->low) % 64;
	for (size_t i = 0; i < words_n; i++)
		for (uint64_t left = words[i]; left != 0; left &= left - 1)
			list[kept++] = find->low + (uint32_t)(i * 64) +
			    (uint32_t)__builtin_ctzll(left);
	docs->len = kept * sizeof(*list);
	buf_fini(&bits);
	return OK;
}

static void
keep_common(struct buf *docs, const struct buf *other)
{
	uint32_t *list = (uint32_t *)(void *)docs->ptr;

	docs->len = sizeof(*list) * search_meet(list, docs->len /
	    sizeof(*list), (const uint32_t *)(const void *)other->ptr,
	    other->len / sizeof(*list));
}

static enum err
receipt_docs(struct find *find, struct span key, struct buf *docs,
    struct diag *diag)
{
	sqlite3_stmt *stmt = search_sql(find->index, SQL_RECEIPT_GET);
	uint64_t id = 0;
	enum err err;

	for (size_t i = 1; i < key.len; i++)
		id = id << 8 | key.ptr[i];
	search_bind(stmt, 1, id);
	search_bind(stmt, 2, find->low);
	search_bind(stmt, 3, find->high);
	while ((err = search_step(find->index, stmt, diag)) == OK) {
		uint32_t doc = (uint32_t)search_column(stmt, 0);

		if (buf_add(docs, (struct span){ (const uint8_t *)&doc,
		    sizeof(doc) }) != OK)
			return diag_set(diag, ERR_SYSTEM, "no memory");
	}
	return err == ERR_AGAIN ? OK : err;
}

/* The numbers of the keys in a range. */
static enum err
terms_of(struct find *find, const struct search_range *range,
    struct buf *terms, struct diag *diag)
{
	sqlite3_stmt *stmt = search_sql(find->index, range->exact ?
	    SQL_TERM_GET : SQL_TERM_RANGE);
	enum err err;

	search_bind_blob(stmt, 1, search_key_span(&range->low));
	if (!range->exact)
		search_bind_blob(stmt, 2, search_key_span(&range->high));
	while ((err = search_step(find->index, stmt, diag)) == OK) {
		uint64_t id = search_column(stmt, 0);

		if (id > SEARCH_TERMS_MAX)
			return search_damaged(diag);
		if (buf_add(terms, (struct span){ (const uint8_t *)&id,
		    sizeof(id) }) != OK)
			return diag_set(diag, ERR_SYSTEM, "no memory");
	}
	return err == ERR_AGAIN ? OK : err;
}

static enum err
range_docs(struct find *find, const struct search_range *range,
    struct buf *docs, struct diag *diag)
{
	const uint64_t *ids;
	struct buf terms;
	size_t n;
	enum err err;

	if (range->low.bytes[0] == SEARCH_RECEIPT)
		return receipt_docs(find, search_key_span(&range->low), docs,
		    diag);
	buf_init(&terms, SEARCH_BYTES_MAX);
	err = terms_of(find, range, &terms, diag);
	ids = (const uint64_t *)(const void *)terms.ptr;
	n = terms.len / sizeof(*ids);
	for (size_t i = 0; i < n && err == OK; i++)
		err = search_postings_get(find->index, ids[i], find->low,
		    find->high, docs, diag);
	if (n > 1 && docs->len > 0 && err == OK)
		err = put_in_order(find, docs, diag);
	buf_fini(&terms);
	return err;
}

/* One more thing that must fit. */
static enum err
narrow(struct find *find, const struct search_range *range,
    struct diag *diag)
{
	struct buf other;
	uint64_t id;
	enum err err;

	buf_init(&other, SEARCH_BYTES_MAX);
	if (!find->narrowed) {
		err = range_docs(find, range, &find->docs, diag);
	} else if (range->exact && range->low.bytes[0] != SEARCH_RECEIPT) {
		err = terms_of(find, range, &other, diag);
		if (err == OK && other.len == sizeof(id)) {
			memcpy(&id, other.ptr, sizeof(id));
			err = search_postings_keep(find->index, id,
			    &find->docs, diag);
		} else {
			buf_clear(&find->docs);
		}
	} else {
		err = range_docs(find, range, &other, diag);
		keep_common(&find->docs, &other);
	}
	find->narrowed = true;
	buf_fini(&other);
	return err;
}

/* What is exact first: it leaves less. */
static enum err
narrow_all(struct find *find, struct diag *diag)
{
	enum err err = OK;

	for (unsigned i = 0; i < 2 * SEARCH_FIELD_N && err == OK; i++) {
		const struct search_range *range =
		    &find->wish->by[i % SEARCH_FIELD_N];

		if (range->used && range->exact == (i < SEARCH_FIELD_N))
			err = narrow(find, range, diag);
	}
	return err;
}

/* ---- places ---- */

static bool
in_time(const struct find *find, uint64_t ms)
{
	return ms >= find->wish->since_ms && ms < find->wish->until_ms;
}

static enum err
take_hit(struct find *find, const struct search_hit *hit, struct diag *diag)
{
	if (!in_time(find, hit->time_ms))
		return OK;
	find->count++;
	if (find->hits == NULL)
		return OK;
	if (hit->time_ms < find->lowest_ms)
		find->lowest_ms = hit->time_ms;
	return buf_add(find->hits, (struct span){ (const uint8_t *)hit,
	    sizeof(*hit) }) == OK ? OK : diag_set(diag, ERR_LIMIT,
	    "too many records fit");
}

/* Of a block: these docs, or all (NULL). */
static enum err
read_places(struct find *find, const struct block *block,
    const uint32_t *docs, size_t n, struct diag *diag)
{
	sqlite3_stmt *stmt = search_sql(find->index, SQL_PLACE_GET);
	struct search_hit hit = { .file = (uint32_t)block->file };
	struct search_places places = { .end = 0 };
	size_t k = 0;
	enum err err;

	search_bind(stmt, 1, block->first);
	err = search_step(find->index, stmt, diag);
	if (err == OK)
		places.left = search_column_blob(stmt, 0);
	else if (err == ERR_AGAIN)
		err = search_damaged(diag);
	for (uint64_t i = 0; i < block->n && err == OK; i++) {
		if (docs != NULL && k == n)
			break;
		if (!search_places_next(&places, &hit))
			err = search_damaged(diag);
		else if (docs == NULL || docs[k] == block->first + i) {
			err = take_hit(find, &hit, diag);
			k++;
		}
	}
	sqlite3_reset(stmt);
	return err;
}

/* The docs of a block, which are the last of n; how many they are. */
static size_t
docs_in(const struct block *block, const uint32_t *docs, size_t n)
{
	size_t k = 0;

	while (k < n && docs[n - 1 - k] >= block->first)
		k++;
	return k;
}

static enum err
take_block(struct find *find, const struct block *block,
    const uint32_t *docs, size_t n, struct diag *diag)
{
	if (!may_fit(find, block))
		return OK;
	if (find->hits == NULL && in_time(find, block->min_ms) &&
	    in_time(find, block->max_ms)) {
		find->count += docs != NULL ? n : block->n;
		return OK;
	}
	return read_places(find, block, docs, n, diag);
}

/* From the newest on, so that a limit can end it. */
static enum err
take_all(struct find *find, struct diag *diag)
{
	const struct block *blocks = (const void *)find->blocks.ptr;
	const uint32_t *docs = find->narrowed ?
	    (const uint32_t *)(const void *)find->docs.ptr : NULL;
	size_t n = find->docs.len / sizeof(*docs), here;
	enum err err = OK;

	find->lowest_ms = UINT64_MAX;
	for (size_t i = find->n; i-- > 0 && err == OK; ) {
		if (find->narrowed && n == 0)
			break;
		if (find->wish->limit > 0 && find->hits != NULL &&
		    find->count >= find->wish->limit &&
		    blocks[i].until_ms < find->lowest_ms)
			break;
		here = find->narrowed ? docs_in(&blocks[i], docs, n) : 0;
		if (!find->narrowed || here > 0)
			err = take_block(find, &blocks[i], docs == NULL ?
			    NULL : docs + (n - here), here, diag);
		n -= here;
	}
	return err;
}

enum err
search_index_find(struct search_index *index, const struct search_wish *wish,
    struct buf *hits, uint64_t *n, struct diag *diag)
{
	struct find find = { .index = index, .wish = wish, .hits = hits };
	enum err err;

	buf_init(&find.blocks, SEARCH_BYTES_MAX);
	buf_init(&find.docs, SEARCH_BYTES_MAX);
	err = read_blocks(&find, diag);
	if (err == OK)
		err = narrow_all(&find, diag);
	if (err == OK)
		err = take_all(&find, diag);
	buf_fini(&find.blocks);
	buf_fini(&find.docs);
	*n = find.count;
	if (err == OK && hits != NULL)
		search_hits_sort(hits, wish->limit);
	return err;
}
