/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The index follows the log: is it the log that was read (the files, and the
 * last record's hash, which by the chain stands for all before), what was
 * erased, and what is new.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/durable.h"
#include "search_index_internal.h"

struct update {
	struct search_index	*index;
	const struct search_say	*say;
	struct search_totals	*totals;
	int			 dir;
	const struct audit_name	*names;
	size_t			 n;
	struct search_batch	 batch;
	bool			 begun;		/* a transaction */
	uint64_t		 damaged;	/* lines, not written yet */
	uint64_t		 first;		/* doc of this file */
	struct buf		 line;		/* the last record */
};

static enum err
another(struct diag *diag, const char *why)
{
	return diag_set(diag, ERR_INPUT, "the index is of another log: %s",
	    why);
}

/* ---- is it the same log ---- */

/* One file that was read before. */
static enum err
check_file(const struct update *update, const struct audit_name *name,
    uint64_t bytes, struct diag *diag)
{
	struct stat st;

	if (fstatat(update->dir, name->text, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? another(diag, "a file went just now")
		    : diag_system(diag, name->text);
	if ((uint64_t)st.st_size < bytes)
		return another(diag, "a file became shorter");
	if ((uint64_t)st.st_size > bytes &&
	    name->number != update->index->end.file)
		return another(diag, "an old file became longer");
	return OK;
}

static enum err
check_line(const struct update *update, const struct audit_name *name,
    struct diag *diag)
{
	const struct search_end *end = &update->index->end;
	int fd = openat(update->dir, name->text, O_RDONLY | O_CLOEXEC |
	    O_NOFOLLOW);
	uint8_t hash[DIGEST_BYTES], *room;
	struct buf line;
	size_t got;
	enum err err;

	if (fd == -1)
		return diag_system(diag, name->text);
	buf_init(&line, AUDIT_LINE_BYTES_MAX);
	err = buf_reserve(&line, end->line_bytes, &room);
	if (err == OK)
		err = pread_all(fd, room, end->line_bytes, end->line_at, &got,
		    diag);
	if (err == OK) {
		digest_span((struct span){ room, got }, hash);
		if (memcmp(hash, end->line_hash, DIGEST_BYTES) != 0)
			err = another(diag, "its last record is not there");
	}
	buf_fini(&line);
	close(fd);
	return err;
}

/*
 * The files of the index beside those of the folder, both by number. Those
 * that are gone must be the oldest ones; *keep is the first doc that stays.
 */
static enum err
compare(const struct update *update, uint64_t *keep, struct diag *diag)
{
	struct search_index *index = update->index;
	sqlite3_stmt *stmt = search_sql(index, SQL_FILES);
	uint64_t number;
	size_t i = 0;
	enum err err;

	*keep = index->end.docs;
	while ((err = search_step(index, stmt, diag)) == OK) {
		number = search_column(stmt, 0);
		if (i < update->n && update->names[i].number < number) {
			err = another(diag, "an old file is there again");
			break;
		}
		if (i == update->n || update->names[i].number > number) {
			if (i == 0)
				continue;
			err = another(diag, "a file in its midst is gone");
			break;
		}
		if (i == 0)
			*keep = search_column(stmt, 2);
		err = check_file(update, &update->names[i],
		    search_column(stmt, 1), diag);
		if (err == OK && number == index->end.line_file)
			err = check_line(update, &update->names[i], diag);
		if (err != OK)
			break;
		i++;
	}
	sqlite3_reset(stmt);
	if (err == ERR_AGAIN && i < update->n &&
	    update->names[i].number < index->end.file)
		return another(diag, "an old file is there again");
	return err == ERR_AGAIN ? OK : err;
}

static enum err
forget_files(const struct update *update, struct diag *diag)
{
	struct search_index *index = update->index;
	uint64_t oldest = update->n > 0 ? update->names[0].number :
	    UINT64_MAX;
	uint64_t number = 0;
	enum err err;

	for (;;) {
		sqlite3_stmt *stmt = search_sql(index, SQL_FILES);

		if ((err = search_step(index, stmt, diag)) != OK)
			break;
		number = search_column(stmt, 0);
		sqlite3_reset(stmt);
		if (number >= oldest)
			return OK;
		stmt = search_sql(index, SQL_FILE_DELETE);
		search_bind(stmt, 1, number);
		if ((err = search_run(index, stmt, diag)) != OK)
			break;
	}
	return err == ERR_AGAIN ? OK : err;
}

static enum err
run(struct update *update, enum search_sql sql, struct diag *diag)
{
	return search_run(update->index, search_sql(update->index, sql), diag);
}

static enum err
forget(struct update *update, uint64_t keep, struct diag *diag)
{
	enum err err = run(update, SQL_BEGIN, diag);

	if (err == OK)
		err = search_purge(update->index, keep, diag);
	if (err == OK)
		err = forget_files(update, diag);
	return err == OK ? run(update, SQL_COMMIT, diag) : err;
}

/* Did the first file of the index go? */
static enum err
compare_and_forget(struct update *update, struct diag *diag)
{
	sqlite3_stmt *stmt = search_sql(update->index, SQL_FILES);
	uint64_t keep, oldest;
	enum err err = search_step(update->index, stmt, diag);

	if (err != OK)
		return err == ERR_AGAIN ? OK : err;
	oldest = search_column(stmt, 0);
	sqlite3_reset(stmt);
	err = compare(update, &keep, diag);
	if (err == OK && (update->n == 0 || update->names[0].number > oldest))
		err = forget(update, keep, diag);
	return err;
}

/* ---- what is new ---- */

static enum err
begin(struct update *update, struct diag *diag)
{
	if (update->begun)
		return OK;
	update->begun = true;
	return run(update, SQL_BEGIN, diag);
}

static enum err
put_file(struct update *update, struct diag *diag)
{
	const struct search_end *end = &update->index->end;
	sqlite3_stmt *stmt = search_sql(update->index, SQL_FILE_PUT);

	search_bind(stmt, 1, end->file);
	search_bind(stmt, 2, end->bytes);
	search_bind(stmt, 3, update->first);
	search_bind(stmt, 4, update->damaged);
	update->damaged = 0;
	return search_run(update->index, stmt, diag);
}

static enum err
commit(struct update *update, struct diag *diag)
{
	struct search_index *index = update->index;
	enum err err;

	if (!update->begun)
		return OK;
	if (update->line.len > 0)
		digest_span(buf_span(&update->line), index->end.line_hash);
	err = search_batch_write(&update->batch, index, diag);
	if (err == OK)
		err = put_file(update, diag);
	if (err == OK)
		err = search_end_put(index, diag);
	if (err == OK)
		err = run(update, SQL_COMMIT, diag);
	update->begun = false;
	return err;
}

static enum err
add_line(struct update *update, struct span text, uint64_t end,
    struct diag *diag)
{
	struct search_end *at = &update->index->end;
	struct search_hit hit = { .file = (uint32_t)at->file,
		.bytes = (uint32_t)text.len, .offset = end - text.len };
	struct audit_line line;
	bool good = audit_line_read(span_sub(text, 0, text.len - 1), &line);
	enum err err = OK;

	if (at->docs >= SEARCH_DOCS_MAX)
		return diag_set(diag, ERR_INPUT, "the index has no numbers "
		    "left");
	if (good) {
		hit.seq = line.seq;
		err = search_batch_add(&update->batch, update->index, &line,
		    &hit, &good, diag);
	}
	at->bytes = end;
	if (!good || err != OK) {
		update->damaged++;
		return err;
	}
	at->line_file = at->file;
	at->line_at = hit.offset;
	at->line_bytes = text.len;
	update->totals->added++;
	buf_clear(&update->line);
	err = buf_add(&update->line, text);
	return err != OK ? diag_set(diag, err, "no memory for the index") : OK;
}

/* Behind the next newline of a line that is too long. ERR_AGAIN: no such. */
static enum err
pass_line(int fd, uint64_t *offset, struct diag *diag)
{
	uint8_t bytes[65536];
	size_t got, n;
	enum err err;

	for (;;) {
		err = pread_all(fd, bytes, sizeof(bytes), *offset, &got, diag);
		if (err != OK || got == 0)
			return err != OK ? err : ERR_AGAIN;
		n = span_find_byte((struct span){ bytes, got }, '\n');
		*offset += n < got ? n + 1 : got;
		if (n < got)
			return OK;
	}
}

/* A line that is too long for a record. ERR_AGAIN: it has no end yet. */
static enum err
add_long_line(struct update *update, struct audit_reader *reader,
    struct diag *diag)
{
	uint64_t offset = update->index->end.bytes;
	enum err err = pass_line(reader->fd, &offset, diag);
	int fd;

	if (err != OK)
		return err;
	if ((fd = dup(reader->fd)) == -1)
		return diag_system(diag, "a file of the log");
	audit_reader_fini(reader);
	audit_reader_init(reader, fd, offset);
	update->index->end.bytes = offset;
	update->damaged++;
	return begin(update, diag);
}

static enum err
add_lines(struct update *update, struct audit_reader *reader,
    struct diag *diag)
{
	struct span line;
	enum err err;

	do {
		err = audit_reader_next(reader, &line, diag);
		if (err == ERR_LIMIT)
			err = add_long_line(update, reader, diag);
		else if (err == OK && (err = begin(update, diag)) == OK)
			err = add_line(update, line, reader->at, diag);
		else if (err == ERR_INPUT)
			return OK;	/* no newline yet */
		if (err == OK && search_batch_full(&update->batch))
			err = commit(update, diag);
	} while (err == OK);
	return err == ERR_AGAIN ? OK : err;
}

/* last: what has no newline is being written; else it is damage. */
static enum err
add_file(struct update *update, const struct audit_name *name, bool last,
    struct diag *diag)
{
	struct search_end *end = &update->index->end;
	struct audit_reader reader;
	struct stat st;
	enum err err;
	int fd;

	fd = openat(update->dir, name->text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return diag_system(diag, name->text);
	audit_reader_init(&reader, fd, end->bytes);
	err = add_lines(update, &reader, diag);
	if (err == OK && !last && fstat(reader.fd, &st) == 0 &&
	    (uint64_t)st.st_size > end->bytes) {
		err = begin(update, diag);
		end->bytes = (uint64_t)st.st_size;
		update->damaged++;
	}
	audit_reader_fini(&reader);
	return err;
}

/* Its row is there from the beginning on, that others know what was read. */
static enum err
next_file(struct update *update, const struct audit_name *name,
    struct diag *diag)
{
	struct search_end *end = &update->index->end;
	enum err err = OK;

	if (update->begun)
		err = put_file(update, diag);	/* of the one before */
	end->file = name->number;
	end->bytes = 0;
	update->first = end->docs;
	return err == OK ? begin(update, diag) : err;
}

static uint64_t
bytes_to_read(const struct update *update, size_t i)
{
	uint64_t sum = 0;
	struct stat st;

	for (; i < update->n; i++)
		if (fstatat(update->dir, update->names[i].text, &st,
		    AT_SYMLINK_NOFOLLOW) == 0)
			sum += (uint64_t)st.st_size - (update->names[i].number
			    == update->index->end.file ?
			    update->index->end.bytes : 0);
	return sum;
}

static enum err
add_files(struct update *update, struct diag *diag)
{
	const struct search_end *end = &update->index->end;
	char text[96];
	uint64_t bytes;
	enum err err = OK;
	size_t i = 0;

	while (i < update->n && update->names[i].number < end->file)
		i++;
	if ((bytes = bytes_to_read(update, i)) > SEARCH_TELL_BYTES) {
		snprintf(text, sizeof(text), "the index reads %" PRIu64
		    " MB of the log", bytes / 1000000);
		update->say->say(update->say->arg, text);
	}
	for (; i < update->n && err == OK; i++) {
		if (update->names[i].number != end->file)
			err = next_file(update, &update->names[i], diag);
		if (err == OK)
			err = add_file(update, &update->names[i],
			    i + 1 == update->n, diag);
	}
	return err == OK ? commit(update, diag) : err;
}

/* ---- together ---- */

static enum err
totals_of(const struct update *update, struct diag *diag)
{
	sqlite3_stmt *stmt = search_sql(update->index, SQL_DAMAGED);
	enum err err = search_step(update->index, stmt, diag);

	update->totals->damaged = search_column(stmt, 0);
	sqlite3_reset(stmt);
	return err;
}

static enum err
check_numbers(const struct update *update, struct diag *diag)
{
	for (size_t i = 1; i < update->n; i++)
		if (update->names[i].number == update->names[i - 1].number)
			return diag_set(diag, ERR_SYSTEM, "two files of the "
			    "log have the number %" PRIu64,
			    update->names[i].number);
	return OK;
}

enum err
search_index_update(struct search_index *index, int dir,
    const struct search_say *say, struct search_totals *totals,
    struct diag *diag)
{
	struct update update = { .index = index, .say = say, .dir = dir,
		.totals = totals };
	struct buf names;
	enum err err;

	memset(totals, 0, sizeof(*totals));
	buf_init(&names, AUDIT_FILES_MAX * sizeof(struct audit_name));
	buf_init(&update.line, AUDIT_LINE_BYTES_MAX + 1);
	err = audit_folder_list(dir, &names, &update.n, diag);
	update.names = (const struct audit_name *)(const void *)names.ptr;
	if (err == OK)
		err = check_numbers(&update, diag);
	if (err == OK)
		err = compare_and_forget(&update, diag);
	if (err == OK)
		err = search_batch_init(&update.batch, index, diag);
	if (err == OK)
		err = add_files(&update, diag);
	search_batch_fini(&update.batch);
	buf_fini(&update.line);
	buf_fini(&names);
	return err != OK ? err : totals_of(&update, diag);
}
