/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FORMAT_CSV_H
#define SEKISHO_SANITIZER_FORMAT_CSV_H

#include "format_text.h"

/*
 * A table of text (csv, tsv) to the one form of tables, section 10 of the
 * safe form. Read as spreadsheets and Python read it (RFC 4180, but a quote
 * counts only at the start of a field); whether comma, TAB or semicolon
 * separates is found from the first lines. Always written with commas: under
 * the name .csv a program splits there and nowhere else, and a field that
 * another separator hides is one that nobody has looked at.
 *
 * A field that a spreadsheet would calculate gets an apostrophe before it.
 * removed counts these as "formula" and "dde" (where: the first such cell),
 * a change of the separator as "separator", characters as format_text().
 * Ends out. ERR_INPUT: no text. ERR_LIMIT: a field that is too long.
 */
enum err format_csv(const struct input *in, struct span label,
    struct filter *out, struct buf *removed) MUST_CHECK;

#endif
