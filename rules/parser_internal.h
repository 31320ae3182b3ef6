/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_PARSER_INTERNAL_H
#define SEKISHO_RULES_PARSER_INTERNAL_H

#include "ast_internal.h"

/*
 * Read a source into its statements; all errors go to the run's findings.
 * After a broken place it goes on with the next line or statement.
 */
void parse_source(struct rules_run *run, uint32_t source);

#endif
