/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing and reading a snapshot:
 *	u32 magic, u32 version, u64 when it was made,
 *	for each table: u32 columns, u32 rows, then the cells of each row:
 *	u64, or a string behind its length.
 * What the numbers are is the supervisor's business; how they are asked for
 * is mib.c's.
 */
#include <string.h>

#include "../base/utf8.h"
#include "../base/wire.h"
#include "snapshot.h"

/* ---- writing ---- */

static void
keep(struct snapshot_writer *writer, enum err err)
{
	if (writer->err == OK)
		writer->err = err;
}

void
snapshot_begin(struct snapshot_writer *writer, struct buf *out,
    uint64_t made_ms)
{
	*writer = (struct snapshot_writer){ .out = out };
	keep(writer, wire_put_u32(out, SNAPSHOT_MAGIC));
	keep(writer, wire_put_u32(out, SNAPSHOT_VERSION));
	keep(writer, wire_put_u64(out, made_ms));
}

static void
end_table(struct snapshot_writer *writer)
{
	const struct mib_table *table;

	if (writer->tables == 0)
		return;
	table = mib_table((enum mib_id)(writer->tables - 1));
	require(writer->column == 0);
	require(table->index_n > 0 || writer->rows == 1);
	if (writer->err != OK)
		return;
	for (unsigned i = 0; i < 4; i++)
		writer->out->ptr[writer->rows_at + i] =
		    (uint8_t)(writer->rows >> (8 * i));
}

void
snapshot_table(struct snapshot_writer *writer, enum mib_id id)
{
	require((unsigned)id == writer->tables);
	end_table(writer);
	writer->tables++;
	writer->rows = 0;
	keep(writer, wire_put_u32(writer->out, mib_table(id)->columns_n));
	writer->rows_at = writer->out->len;
	keep(writer, wire_put_u32(writer->out, 0));
}

static const struct mib_column *
next_column(struct snapshot_writer *writer)
{
	const struct mib_table *table;
	const struct mib_column *column;

	require(writer->tables > 0);
	table = mib_table((enum mib_id)(writer->tables - 1));
	require(writer->column > 0 || !snapshot_full(writer));
	column = &table->columns[writer->column++];
	if (writer->column == table->columns_n) {
		writer->column = 0;
		writer->rows++;
	}
	return column;
}

void
snapshot_number(struct snapshot_writer *writer, uint64_t number)
{
	enum mib_type type = next_column(writer)->type;

	require(type != MIB_TEXT);
	if (type == MIB_GAUGE32 && number > UINT32_MAX)
		number = UINT32_MAX;
	else if (type == MIB_COUNTER32)
		number = (uint32_t)number;
	else if (type == MIB_INTEGER && (int64_t)number > INT32_MAX)
		number = INT32_MAX;
	else if (type == MIB_INTEGER && (int64_t)number < INT32_MIN)
		number = (uint64_t)(int64_t)INT32_MIN;
	keep(writer, wire_put_u64(writer->out, number));
}

void
snapshot_text(struct snapshot_writer *writer, struct span text)
{
	size_t good = utf8_check(text), max = SNAPSHOT_TEXT_BYTES_MAX;

	require(next_column(writer)->type == MIB_TEXT);
	if (good > max) {
		good = max;
		/* not within a character */
		while (good > 0 && (text.ptr[good] & 0xc0) == 0x80)
			good--;
	}
	keep(writer, wire_put_bytes(writer->out, span_sub(text, 0, good)));
}

bool
snapshot_full(const struct snapshot_writer *writer)
{
	require(writer->tables > 0);
	return writer->rows >=
	    mib_table((enum mib_id)(writer->tables - 1))->rows_max;
}

enum err
snapshot_end(struct snapshot_writer *writer)
{
	end_table(writer);
	require(writer->tables == MIB_N);
	return writer->err;
}

/* ---- reading ---- */

static bool
number_good(enum mib_type type, uint64_t number)
{
	switch (type) {
	case MIB_INDEX:
		return number >= 1 && number <= UINT32_MAX;
	case MIB_INTEGER:
		return (int64_t)number >= INT32_MIN &&
		    (int64_t)number <= INT32_MAX;
	case MIB_GAUGE32:
	case MIB_COUNTER32:
		return number <= UINT32_MAX;
	case MIB_COUNTER64:
	case MIB_TICKS:
	case MIB_DATE:
		return true;
	case MIB_TEXT:
		break;
	}
	return false;
}

static enum err
read_cell(struct wire_reader *reader, enum mib_type type, struct cell *cell)
{
	*cell = (struct cell){ 0, { NULL, 0 } };
	if (type == MIB_TEXT) {
		cell->text = wire_get_bytes(reader, SNAPSHOT_TEXT_BYTES_MAX);
		return !reader->bad && utf8_check(cell->text) ==
		    cell->text.len ? OK : ERR_INPUT;
	}
	cell->number = wire_get_u64(reader);
	return !reader->bad && number_good(type, cell->number) ? OK :
	    ERR_INPUT;
}

/* Indexes rise from row to row: nothing can be found in another order. */
static bool
rises(const struct mib_table *table, const struct cell *before,
    const struct cell *row)
{
	for (unsigned i = 0; i < table->index_n; i++)
		if (before[i].number != row[i].number)
			return before[i].number < row[i].number;
	return false;
}

static enum err
read_table(struct snapshot *snapshot, enum mib_id id,
    struct wire_reader *reader)
{
	const struct mib_table *table = mib_table(id);
	struct buf *cells = &snapshot->cells[id];
	size_t row_bytes = table->columns_n * sizeof(struct cell);
	uint32_t columns = wire_get_u32(reader), rows = wire_get_u32(reader);
	enum err err = OK;

	buf_init(cells, (table->rows_max + 1) * row_bytes);
	if (reader->bad || columns != table->columns_n ||
	    rows > table->rows_max || (table->index_n == 0 && rows != 1))
		return ERR_INPUT;
	for (uint32_t i = 0; i < rows && err == OK; i++) {
		struct cell *row;
		uint8_t *room;

		err = buf_reserve(cells, row_bytes, &room);
		if (err != OK)
			return ERR_SYSTEM;
		row = (struct cell *)(void *)room;
		for (unsigned k = 0; k < columns && err == OK; k++)
			err = read_cell(reader, table->columns[k].type,
			    &row[k]);
		if (err == OK && i > 0 && !rises(table, row - columns, row))
			err = ERR_INPUT;
		cells->len += row_bytes;
	}
	snapshot->rows[id] = rows;
	return err;
}

enum err
snapshot_read(struct snapshot *snapshot, struct span bytes)
{
	struct wire_reader reader;
	enum err err = OK;

	memset(snapshot, 0, sizeof(*snapshot));
	wire_reader_init(&reader, bytes);
	if (wire_get_u32(&reader) != SNAPSHOT_MAGIC ||
	    wire_get_u32(&reader) != SNAPSHOT_VERSION)
		return ERR_INPUT;
	snapshot->made_ms = wire_get_u64(&reader);
	for (unsigned i = 0; i < MIB_N && err == OK; i++)
		err = read_table(snapshot, (enum mib_id)i, &reader);
	if (err == OK && !wire_reader_done(&reader))
		err = ERR_INPUT;
	if (err != OK)
		snapshot_fini(snapshot);
	return err;
}

void
snapshot_fini(struct snapshot *snapshot)
{
	for (unsigned i = 0; i < MIB_N; i++)
		buf_fini(&snapshot->cells[i]);
	memset(snapshot, 0, sizeof(*snapshot));
}

const struct cell *
snapshot_cell(const struct snapshot *snapshot, enum mib_id id, uint32_t row,
    unsigned column)
{
	const struct mib_table *table = mib_table(id);

	require(row < snapshot->rows[id] && column < table->columns_n);
	return (const struct cell *)(const void *)snapshot->cells[id].ptr +
	    (size_t)row * table->columns_n + column;
}

uint64_t
snapshot_scalar(const struct snapshot *snapshot, enum mib_id id,
    const char *name)
{
	const struct mib_table *table = mib_table(id);

	for (unsigned i = 0; i < table->columns_n; i++)
		if (strcmp(table->columns[i].name, name) == 0)
			return snapshot->rows[id] == 0 ? 0 :
			    snapshot_cell(snapshot, id, 0, i)->number;
	require(false);			/* no such scalar */
	return 0;
}
