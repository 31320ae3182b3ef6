/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The records of one transaction are collected in memory, so that each key is
 * looked up once and written in the order of the tables: a key that all
 * records have costs no more than one that a few have.
 */
#include <stdlib.h>
#include <string.h>

#include "search_index_internal.h"

struct batch_term {
	uint64_t	at;		/* in keys */
	uint64_t	id;		/* 0: not known yet */
	uint32_t	hash, len;
	uint32_t	serial;		/* of the record that had it last */
	uint32_t	n, first;	/* docs, when they are put in order */
	bool		is_new;
};

struct batch_pair {
	uint32_t	term, doc;
};

struct batch_receipt {
	uint64_t	id, doc;
};

/* ---- arrays in a buf ---- */

static struct batch_term *
terms_of(const struct search_batch *batch)
{
	return (struct batch_term *)(void *)batch->terms.ptr;
}

static size_t
terms_n(const struct search_batch *batch)
{
	return batch->terms.len / sizeof(struct batch_term);
}

static uint32_t *
slots_of(const struct search_batch *batch)
{
	return (uint32_t *)(void *)batch->slots.ptr;
}

static enum err
add_one(struct buf *buf, const void *one, size_t len)
{
	return buf_add(buf, (struct span){ one, len });
}

/* Room of n bytes that are zero. */
static enum err
zeros(struct buf *buf, size_t n, struct diag *diag)
{
	uint8_t *room;

	buf_clear(buf);
	if (buf_reserve(buf, n, &room) != OK)
		return diag_set(diag, ERR_SYSTEM, "no memory for the index");
	memset(room, 0, n);
	buf->len = n;
	return OK;
}

static enum err
clear(struct search_batch *batch, struct diag *diag)
{
	buf_clear(&batch->keys);
	buf_clear(&batch->terms);
	buf_clear(&batch->pairs);
	buf_clear(&batch->receipts);
	batch->records = 0;
	return zeros(&batch->slots, SEARCH_SLOTS * sizeof(uint32_t), diag);
}

/* ---- where the records are ---- */

bool
search_places_next(struct search_places *places, struct search_hit *hit)
{
	uint64_t gap, bytes, seq, time;

	if (!search_get(&places->left, &gap) ||
	    !search_get(&places->left, &bytes) ||
	    !search_get(&places->left, &seq) ||
	    !search_get(&places->left, &time) || bytes > AUDIT_LINE_BYTES_MAX)
		return false;
	hit->offset = places->end + gap;
	hit->bytes = (uint32_t)bytes;
	hit->seq = places->seq + 1 + (uint64_t)search_unzigzag(seq);
	hit->time_ms = places->time_ms + (uint64_t)search_unzigzag(time);
	places->end = hit->offset + bytes;
	places->seq = hit->seq;
	places->time_ms = hit->time_ms;
	return true;
}

static enum err
put_place(struct search_batch *batch, const struct search_hit *hit)
{
	enum err err = search_put(&batch->places, hit->offset -
	    batch->before_end);

	if (err == OK)
		err = search_put(&batch->places, hit->bytes);
	if (err == OK)
		err = search_put(&batch->places, search_zigzag((int64_t)(
		    hit->seq - batch->before_seq - 1)));
	if (err == OK)
		err = search_put(&batch->places, search_zigzag((int64_t)(
		    hit->time_ms - batch->before_ms)));
	batch->before_end = hit->offset + hit->bytes;
	batch->before_seq = hit->seq;
	batch->before_ms = hit->time_ms;
	if (batch->block_n++ == 0 || hit->time_ms < batch->min_ms)
		batch->min_ms = hit->time_ms;
	if (batch->block_n == 1 || hit->time_ms > batch->max_ms)
		batch->max_ms = hit->time_ms;
	return err;
}

static void
begin_block(struct search_batch *batch, uint64_t first, uint64_t file)
{
	buf_clear(&batch->places);
	batch->block_first = first;
	batch->block_file = file;
	batch->block_n = 0;
	batch->before_end = batch->before_seq = batch->before_ms = 0;
}

static enum err
write_block(struct search_batch *batch, struct search_index *index,
    struct diag *diag)
{
	sqlite3_stmt *stmt = search_sql(index, SQL_BLOCK_PUT);
	enum err err;

	if (batch->block_n == 0)
		return OK;
	search_bind(stmt, 1, batch->block_first);
	search_bind(stmt, 2, batch->block_n);
	search_bind(stmt, 3, batch->block_file);
	search_bind(stmt, 4, batch->min_ms);
	search_bind(stmt, 5, batch->max_ms);
	err = search_run(index, stmt, diag);
	stmt = search_sql(index, SQL_PLACE_PUT);
	search_bind(stmt, 1, batch->block_first);
	search_bind_blob(stmt, 2, buf_span(&batch->places));
	return err != OK ? err : search_run(index, stmt, diag);
}

/* Go on with the last block. */
static enum err
read_block(struct search_batch *batch, struct search_index *index,
    struct diag *diag)
{
	sqlite3_stmt *stmt = search_sql(index, SQL_BLOCK_LAST);
	struct search_places places = { .end = 0 };
	struct search_hit hit;
	uint64_t n;
	enum err err = search_step(index, stmt, diag);

	begin_block(batch, index->end.docs, 0);
	if (err != OK)
		return err == ERR_AGAIN ? OK : err;
	begin_block(batch, search_column(stmt, 0), search_column(stmt, 2));
	n = search_column(stmt, 1);
	batch->min_ms = search_column(stmt, 3);
	batch->max_ms = search_column(stmt, 4);
	sqlite3_reset(stmt);
	stmt = search_sql(index, SQL_PLACE_GET);
	search_bind(stmt, 1, batch->block_first);
	if ((err = search_step(index, stmt, diag)) == OK)
		err = buf_add(&batch->places, search_column_blob(stmt, 0));
	sqlite3_reset(stmt);
	places.left = buf_span(&batch->places);
	while (err == OK && places.left.len > 0 &&
	    search_places_next(&places, &hit))
		batch->block_n++;
	if (err == ERR_AGAIN || (err == OK && (batch->block_n != n ||
	    places.left.len > 0 || batch->block_first + n !=
	    index->end.docs)))
		return search_damaged(diag);
	batch->before_end = places.end;
	batch->before_seq = places.seq;
	batch->before_ms = places.time_ms;
	return err;
}

enum err
search_batch_init(struct search_batch *batch, struct search_index *index,
    struct diag *diag)
{
	enum err err;

	memset(batch, 0, sizeof(*batch));
	buf_init(&batch->keys, SEARCH_BYTES_MAX);
	buf_init(&batch->terms, SEARCH_BYTES_MAX);
	buf_init(&batch->pairs, SEARCH_BYTES_MAX);
	buf_init(&batch->receipts, SEARCH_BYTES_MAX);
	buf_init(&batch->slots, SEARCH_BYTES_MAX);
	buf_init(&batch->places, SEARCH_BYTES_MAX);
	err = clear(batch, diag);
	return err != OK ? err : read_block(batch, index, diag);
}

void
search_batch_fini(struct search_batch *batch)
{
	buf_fini(&batch->keys);
	buf_fini(&batch->terms);
	buf_fini(&batch->pairs);
	buf_fini(&batch->receipts);
	buf_fini(&batch->slots);
	buf_fini(&batch->places);
}

/* ---- keys ---- */

static uint32_t
hash_of(struct span key)
{
	uint32_t hash = 2166136261u;		/* FNV-1a */

	for (size_t i = 0; i < key.len; i++)
		hash = (hash ^ key.ptr[i]) * 16777619u;
	return hash;
}

/* The number of a key in this batch. */
static enum err
intern(struct search_batch *batch, struct span key, uint32_t *n)
{
	struct batch_term term = { .at = batch->keys.len, .hash =
	    hash_of(key), .len = (uint32_t)key.len };
	uint32_t *slots = slots_of(batch), at = term.hash;
	const struct batch_term *terms = terms_of(batch);
	enum err err;

	for (;; at++) {
		uint32_t *slot = &slots[at & (SEARCH_SLOTS - 1)];

		if (*slot == 0) {
			*n = (uint32_t)terms_n(batch);
			err = buf_add(&batch->keys, key);
			if (err == OK)
				err = add_one(&batch->terms, &term,
				    sizeof(term));
			*slot = err == OK ? *n + 1 : 0;
			return err;
		}
		*n = *slot - 1;
		if (terms[*n].hash == term.hash && terms[*n].len == key.len &&
		    memcmp(batch->keys.ptr + terms[*n].at, key.ptr,
		    key.len) == 0)
			return OK;
	}
}

/* Keys of the record that is being added. */
struct adding {
	struct search_batch	*batch;
	uint32_t		 doc;
};

static enum err
take_key(void *arg, struct span key)
{
	const struct adding *adding = arg;
	struct search_batch *batch = adding->batch;
	struct batch_receipt receipt = { .doc = adding->doc };
	struct batch_pair pair = { .doc = adding->doc };
	enum err err;

	if (key.ptr[0] == SEARCH_RECEIPT) {
		for (size_t i = 1; i < key.len; i++)
			receipt.id = receipt.id << 8 | key.ptr[i];
		return add_one(&batch->receipts, &receipt, sizeof(receipt));
	}
	err = intern(batch, key, &pair.term);
	if (err != OK || terms_of(batch)[pair.term].serial == batch->serial)
		return err;
	terms_of(batch)[pair.term].serial = batch->serial;
	return add_one(&batch->pairs, &pair, sizeof(pair));
}

enum err
search_batch_add(struct search_batch *batch, struct search_index *index,
    const struct audit_line *line, struct search_hit *hit, bool *good,
    struct diag *diag)
{
	struct adding adding = { batch, (uint32_t)index->end.docs };
	const struct search_sink sink = { take_key, &adding };
	size_t pairs = batch->pairs.len, receipts = batch->receipts.len;
	enum err err;

	batch->serial++;
	if (!search_time_rfc3339(line->time, &hit->time_ms))
		err = ERR_INPUT;
	else
		err = search_keys(line, &sink);
	*good = err == OK;
	if (err != OK) {
		buf_truncate(&batch->pairs, pairs);
		buf_truncate(&batch->receipts, receipts);
		return err == ERR_INPUT ? OK : diag_set(diag, ERR_SYSTEM,
		    "no memory for the index");
	}
	if (batch->block_n >= SEARCH_BLOCK_DOCS ||
	    batch->block_file != hit->file) {
		err = write_block(batch, index, diag);
		begin_block(batch, index->end.docs, hit->file);
	}
	if (err == OK)
		err = put_place(batch, hit);
	index->end.docs++;
	batch->records++;
	return err;
}

bool
search_batch_full(const struct search_batch *batch)
{
	return batch->records >= SEARCH_BATCH_RECORDS ||
	    terms_n(batch) >= SEARCH_BATCH_TERMS ||
	    batch->pairs.len >= SEARCH_BATCH_PAIRS * sizeof(struct batch_pair);
}

/* ---- into the tables ---- */

static int
by_key(const void *a, const void *b, void *arg)
{
	const struct search_batch *batch = arg;
	const struct batch_term *x = &terms_of(batch)[*(const uint32_t *)a];
	const struct batch_term *y = &terms_of(batch)[*(const uint32_t *)b];
	int order = memcmp(batch->keys.ptr + x->at, batch->keys.ptr + y->at,
	    x->len < y->len ? x->len : y->len);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static int
by_id(const void *a, const void *b, void *arg)
{
	const struct batch_term *terms = terms_of(arg);
	uint64_t x = terms[*(const uint32_t *)a].id;
	uint64_t y = terms[*(const uint32_t *)b].id;

	return (x > y) - (x < y);
}

static int
by_receipt(const void *a, const void *b)
{
	const struct batch_receipt *x = a, *y = b;

	return x->id != y->id ? (x->id > y->id) - (x->id < y->id) :
	    (x->doc > y->doc) - (x->doc < y->doc);
}

static enum err
find_id(struct search_batch *batch, struct search_index *index,
    struct batch_term *term, struct diag *diag)
{
	const struct span key = { batch->keys.ptr + term->at, term->len };
	sqlite3_stmt *stmt = search_sql(index, SQL_TERM_GET);
	enum err err;

	search_bind_blob(stmt, 1, key);
	err = search_step(index, stmt, diag);
	if (err == OK) {
		term->id = search_column(stmt, 0);
		sqlite3_reset(stmt);
		return term->id > 0 && term->id < index->end.terms ? OK :
		    search_damaged(diag);
	}
	if (err != ERR_AGAIN)
		return err;
	if (index->end.terms == SEARCH_TERMS_MAX)
		return diag_set(diag, ERR_INPUT, "the index has no numbers "
		    "left");
	term->id = index->end.terms++;
	term->is_new = true;
	stmt = search_sql(index, SQL_TERM_PUT);
	search_bind_blob(stmt, 1, key);
	search_bind(stmt, 2, term->id);
	return search_run(index, stmt, diag);
}

/* The docs of each term side by side: where they begin is in the terms. */
static enum err
group(struct search_batch *batch, struct buf *docs, struct diag *diag)
{
	const struct batch_pair *pairs = (const void *)batch->pairs.ptr;
	size_t n = batch->pairs.len / sizeof(*pairs);
	struct batch_term *terms = terms_of(batch);
	uint32_t first = 0, *out;

	if (n == 0)
		return OK;
	if (zeros(docs, n * sizeof(*out), diag) != OK)
		return ERR_SYSTEM;
	out = (uint32_t *)(void *)docs->ptr;
	for (size_t i = 0; i < n; i++)
		terms[pairs[i].term].n++;
	for (size_t i = 0; i < terms_n(batch); i++) {
		terms[i].first = first;
		first += terms[i].n;
		terms[i].n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		struct batch_term *term = &terms[pairs[i].term];

		out[term->first + term->n++] = pairs[i].doc;
	}
	return OK;
}

static enum err
write_terms(struct search_batch *batch, struct search_index *index,
    uint32_t *order, const uint32_t *docs, struct diag *diag)
{
	struct batch_term *terms = terms_of(batch);
	size_t n = 0;
	enum err err = OK;

	/* one of a record that was none in the end has no docs */
	for (uint32_t i = 0; i < terms_n(batch); i++)
		if (terms[i].n > 0)
			order[n++] = i;
	qsort_r(order, n, sizeof(*order), by_key, batch);
	for (size_t i = 0; i < n && err == OK; i++)
		err = find_id(batch, index, &terms[order[i]], diag);
	if (err == OK)
		qsort_r(order, n, sizeof(*order), by_id, batch);
	for (size_t i = 0; i < n && err == OK; i++) {
		const struct batch_term *term = &terms[order[i]];

		err = search_postings_add(index, term->id, term->is_new,
		    docs + term->first, term->n, diag);
	}
	return err;
}

static enum err
write_receipts(struct search_batch *batch, struct search_index *index,
    struct diag *diag)
{
	struct batch_receipt *receipts = (void *)batch->receipts.ptr;
	size_t n = batch->receipts.len / sizeof(*receipts);
	enum err err = OK;

	if (n > 1)
		qsort(receipts, n, sizeof(*receipts), by_receipt);
	for (size_t i = 0; i < n && err == OK; i++) {
		sqlite3_stmt *stmt = search_sql(index, SQL_RECEIPT_PUT);

		search_bind(stmt, 1, receipts[i].id);
		search_bind(stmt, 2, receipts[i].doc);
		err = search_run(index, stmt, diag);
	}
	return err;
}

enum err
search_batch_write(struct search_batch *batch, struct search_index *index,
    struct diag *diag)
{
	struct buf docs, order;
	enum err err;

	buf_init(&docs, SEARCH_BYTES_MAX);
	buf_init(&order, SEARCH_BYTES_MAX);
	err = write_block(batch, index, diag);
	if (err == OK)
		err = group(batch, &docs, diag);
	if (err == OK)
		err = zeros(&order, (terms_n(batch) + 1) * sizeof(uint32_t),
		    diag);
	if (err == OK)
		err = write_terms(batch, index, (uint32_t *)(void *)order.ptr,
		    (const uint32_t *)(const void *)docs.ptr, diag);
	if (err == OK)
		err = write_receipts(batch, index, diag);
	buf_fini(&docs);
	buf_fini(&order);
	return err != OK ? err : clear(batch, diag);
}
