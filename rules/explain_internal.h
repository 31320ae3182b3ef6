/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_EXPLAIN_INTERNAL_H
#define SEKISHO_RULES_EXPLAIN_INTERNAL_H

#include "ast_internal.h"

/*
 * The allow that is nearest to a packet that no rule matches, and what it
 * misses by: "nearest is 'VDI' (sekisho.rules:25), but ...". NULL: there is
 * none that differs in one field only. In the memory of the run.
 */
const char *explain_nearest(struct rules_run *run,
    const struct rules_packet *packet);

#endif
