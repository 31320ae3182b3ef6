/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_FINDING_INTERNAL_H
#define SEKISHO_RULES_FINDING_INTERNAL_H

#include "ast_internal.h"

/*
 * Report an error or warning at a place. hint may be NULL, else it is a
 * string of the run (run_text) or a literal. Beyond RULES_FINDINGS_MAX the
 * errors are only counted, warnings give way to errors.
 */
void finding_error(struct rules_run *run, struct place place,
    const char *hint, const char *fmt, ...) PRINTF(4, 5);
void finding_warning(struct rules_run *run, struct place place,
    const char *hint, const char *fmt, ...) PRINTF(4, 5);
/* That a proof or test does not hold: an error, or a warning on a new day. */
void finding_proof(struct rules_run *run, struct place place,
    const char *hint, const char *fmt, ...) PRINTF(4, 5);
/* An error that makes the tree incomplete: printing is refused after it. */
void finding_syntax(struct rules_run *run, struct place place,
    const char *hint, const char *fmt, ...) PRINTF(4, 5);

/* A finding at a place, still without text; it belongs to the caller. */
struct rules_finding finding_at(const struct rules_run *run,
    enum rules_severity severity, struct place place);

/* By file in the order of reading, line, column. */
void findings_sort(struct rules_run *run);
/* Findings that are sorted are added to; sort them again behind it. */
void findings_reopen(struct rules_run *run);

/* Text in the run's memory; when that is full, a text that says so. */
const char *run_text(struct rules_run *run, const char *fmt, ...)
    PRINTF(2, 3);
/* A word of the file for a message: at most RULES_QUOTE_BYTES_MAX bytes. */
const char *run_quote(struct rules_run *run, struct span word);

/*
 * "did you mean 'X'?": candidates are offered one by one; the nearest one
 * that is not too far away wins.
 */
struct nearest {
	struct span	word;
	struct span	best;
	unsigned	distance;
	uint32_t	offered;
};
void nearest_init(struct nearest *nearest, struct span word);
void nearest_offer(struct nearest *nearest, struct span candidate);
/* NULL: nothing is near. */
const char *nearest_hint(struct rules_run *run, const struct nearest *nearest);

#endif
