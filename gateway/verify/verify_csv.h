/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_CSV_H
#define SEKISHO_VERIFY_CSV_H

#include "verify_text.h"

/*
 * A table of text pushed in any split (sanitizer/mime_write.h section 10): a
 * TEXT_FILE whose rows are quoted fields with commas between, none of which a
 * spreadsheet would take for a formula.
 */
struct csv {
	struct text	text;		/* has looked at each byte before */
	unsigned	state;
	unsigned	content;	/* of the field at hand */
	uint32_t	c;		/* character being put together */
	unsigned	more;		/* bytes that it still needs */
	bool		digit;		/* the character before was 0-9 */
	bool		exponent;	/* was seen in this number */
};

void csv_init(struct csv *csv);
enum err csv_write(struct csv *csv, struct span bytes, struct diag *diag)
    MUST_CHECK;
enum err csv_end(const struct csv *csv, struct diag *diag) MUST_CHECK;

#endif
