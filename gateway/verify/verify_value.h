/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_VALUE_H
#define SEKISHO_VERIFY_VALUE_H

#include "verify_lines.h"

/*
 * Values of header fields, unfolded: sections 4 and 5 of the safe form. Each
 * reader is true when the whole value is exactly its form.
 */
bool value_date(struct span v) MUST_CHECK;
bool value_mailboxes(struct span v, size_t max) MUST_CHECK;
bool value_text(struct span v) MUST_CHECK;
bool value_ids(struct span v, size_t max) MUST_CHECK;
bool value_uris(struct span v) MUST_CHECK;
bool value_list_id(struct span v) MUST_CHECK;
bool value_hop(struct span v) MUST_CHECK;
/* *receipt points into v. */
bool value_received(struct span v, struct span *receipt) MUST_CHECK;
bool value_summary(struct span v, struct span *receipt) MUST_CHECK;

/*
 * Encoded words "=?UTF-8?B?...?=" with `between` between them, decoded into
 * out (of max bytes): whole characters, words filled. 0: it is anything else.
 */
size_t value_words(struct span v, const char *between, uint8_t *out,
    size_t max) MUST_CHECK;

/* Does "=?" stand in it? Some reader could take it for an encoded word. */
bool has_word_mark(struct span v) MUST_CHECK;

/* The number that a receipt spells; 0: it is none (base/receipt.h). */
uint64_t value_receipt(struct span v) MUST_CHECK;

/* A cursor, shared with the other readers of fixed forms. */
bool take_literal(struct span *v, const char *text) MUST_CHECK;
/* The longest run of bytes in the set, min to max of them. */
bool take_run(struct span *v, const bool set[256], size_t min, size_t max,
    struct span *run) MUST_CHECK;
bool take_date(struct span *v, unsigned day_digits_min) MUST_CHECK;
/* Digits, min to max of them. */
bool take_digits(struct span *v, size_t min, size_t max, unsigned *value)
    MUST_CHECK;

/*
 * Sets of bytes by name: make one once, from a list of ranges "az09--" (two
 * bytes each) and of single bytes.
 */
void set_make(bool set[256], const char *ranges, const char *singles);

#endif
