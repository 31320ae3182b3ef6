/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PROC_ROW_H
#define SEKISHO_PROC_ROW_H

#include <stdbool.h>

#include "../base/buf.h"
#include "msg.h"

#define ROW_FIELDS_MAX	64	/* one bit each in struct msg_row */

/*
 * One line of an answer to the tool: named fields in the order in which they
 * are shown. Adding never fails at once: what does not fit, a value that is
 * not UTF-8 and a NUL are made to fit ('?'), a row that became too long loses
 * its last fields and says so by row_bad().
 */
struct row {
	struct buf	buf;
	uint64_t	number;
	unsigned	fields;
	bool		bad;
};

/* Caller owns the struct; row_clear() begins the next row. */
void row_init(struct row *row);
void row_fini(struct row *row);
void row_clear(struct row *row);

void row_text(struct row *row, const char *name, struct span value);
void row_str(struct row *row, const char *name, const char *value);
void row_number(struct row *row, const char *name, uint64_t value);
bool row_bad(const struct row *row);

/* What to send: the fixed struct of MSG_ROW, its tail is row->buf. */
struct msg_row row_fixed(const struct row *row);

/*
 * Read a row: row_next() gives one field after the other (borrowed from the
 * tail) and false at the end. ERR_INPUT by row_check(): not pairs of
 * NUL-terminated UTF-8, or more fields than there are bits.
 */
struct row_reader {
	struct span	rest;
	uint64_t	number;
	unsigned	field;
};

enum err row_check(struct span tail) MUST_CHECK;
void row_reader_init(struct row_reader *reader, const struct msg_row *fixed,
    struct span tail);
bool row_next(struct row_reader *reader, struct span *name,
    struct span *value, bool *number);

#endif
