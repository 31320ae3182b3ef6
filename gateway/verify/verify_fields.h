/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_FIELDS_H
#define SEKISHO_VERIFY_FIELDS_H

#include "verify_lines.h"

/*
 * The fields of a mail up to Content-Type (which is peeked at, not taken):
 * names, order, number, folding and values of sections 2 to 4. On the top
 * *id gets the number of its receipt, the same in both fields that name it.
 * Memory: one static buffer of VERIFY_VALUE_BYTES_MAX.
 */
enum err fields_read(struct lines *lines, bool top, uint64_t *id,
    struct diag *diag) MUST_CHECK;

#endif
