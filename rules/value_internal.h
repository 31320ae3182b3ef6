/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_VALUE_INTERNAL_H
#define SEKISHO_RULES_VALUE_INTERNAL_H

#include "../gateway/base/buf.h"
#include "lexer_internal.h"

/*
 * Understand a word or string for a slot. False: reported. unit_follows is
 * set when the number's unit is the next word: value_unit() takes it.
 */
bool value_parse(struct rules_run *run, const struct slot *slot,
    const struct token *token, struct value *value, bool *unit_follows);
bool value_unit(struct rules_run *run, const struct token *token,
    struct value *value);

/* "expected a port number, found 'x'": also when the token is none at all. */
void value_expected(struct rules_run *run, const struct slot *slot,
    const struct token *token);

/* Canonical text of a value. */
enum err value_print(const struct value *value, struct buf *out) MUST_CHECK;

/* "2027-03-31" of days since 1970. */
#define DATE_TEXT_BYTES	16
void date_text(uint64_t days, char text[DATE_TEXT_BYTES]);

/* A DNS name with at least min_labels labels (RFC 1123 2.1). */
bool domain_valid(struct span domain, unsigned min_labels);

#endif
