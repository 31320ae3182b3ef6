/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TOOLS_DIFF_SHOW_H
#define SEKISHO_TOOLS_DIFF_SHOW_H

#include "../rules/rules.h"

/* Is there any difference at all? */
bool diff_found(const struct rules_diff *diff);

/*
 * The difference as people read it, at most max regions of each kind; the
 * names of the two files are for "the same meaning".
 */
enum err diff_show(struct rules_diff *diff, const char *before,
    const char *after, uint32_t max, struct buf *out) MUST_CHECK;

#define DIFF_REGIONS_SHOWN	100u	/* of each kind, without --all */

/*
 * The answer of a command about two runs without errors, as text or JSON, to
 * standard output. EXIT_DONE: the same meaning; EXIT_NO: they differ; else
 * said what is wrong.
 */
int diff_report(const char *command, const struct rules_run *const runs[2],
    const char *const names[2], uint32_t max, bool json);

#endif
