/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SNMP_SNAPSHOT_H
#define SEKISHO_SNMP_SNAPSHOT_H

#include "../base/buf.h"
#include "mib.h"

/*
 * The numbers of the gateway at one moment, as the supervisor writes them
 * into a memory file: all tables of mib.h in their order, row by row.
 */
#define SNAPSHOT_MAGIC		0x534b4d53u	/* SMKS */
#define SNAPSHOT_VERSION	1

/* ---- writing ---- */

/*
 * Cells are given in the order of the columns; what does not fit its type is
 * made to fit, a text is cut at a whole character. Errors (memory, limit) are
 * kept for snapshot_end(). Giving cells out of place is our bug: require().
 */
struct snapshot_writer {
	struct buf	*out;
	enum err	 err;
	unsigned	 tables;	/* begun */
	unsigned	 column;	/* the next cell's */
	uint32_t	 rows;
	size_t		 rows_at;
};

void snapshot_begin(struct snapshot_writer *writer, struct buf *out,
    uint64_t made_ms);
/* The next table; empty ones are begun, too. */
void snapshot_table(struct snapshot_writer *writer, enum mib_id id);
void snapshot_number(struct snapshot_writer *writer, uint64_t number);
void snapshot_text(struct snapshot_writer *writer, struct span text);
/* No more rows fit into the table. */
bool snapshot_full(const struct snapshot_writer *writer);
enum err snapshot_end(struct snapshot_writer *writer) MUST_CHECK;

/* ---- reading ---- */

struct cell {
	uint64_t	number;
	struct span	text;		/* borrowed from the bytes */
};

struct snapshot {
	uint64_t	made_ms;	/* wall */
	struct buf	cells[MIB_N];
	uint32_t	rows[MIB_N];
};

/*
 * Takes nothing on trust: version, tables, counts, types, UTF-8, indexes that
 * rise. ERR_INPUT: it is no snapshot; ERR_SYSTEM: no memory. In both cases
 * there is nothing to free. Bytes are borrowed until snapshot_fini().
 */
enum err snapshot_read(struct snapshot *snapshot, struct span bytes)
    MUST_CHECK;
void snapshot_fini(struct snapshot *snapshot);

const struct cell *snapshot_cell(const struct snapshot *snapshot,
    enum mib_id id, uint32_t row, unsigned column);
/* Of scalars; 0 before the first snapshot. */
uint64_t snapshot_scalar(const struct snapshot *snapshot, enum mib_id id,
    const char *name);

#endif
