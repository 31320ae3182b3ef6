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

#endif
