/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_MEANING_INTERNAL_H
#define SEKISHO_RULES_MEANING_INTERNAL_H

#include "space_internal.h"

/*
 * What a decision means, as numbers that can be compared: of two rules, also
 * of two files, the numbers are equal exactly if the meaning is.
 *
 * An outcome is 0 (denied, by a rule or by none) or a number for class,
 * limit, end and MAC address of the target, and in its low half one for the
 * protocol that must be spoken. A shape is the same together with the box.
 */
#define OUTCOME_DENY	0ull
#define OUTCOME_MIXED	UINT64_MAX	/* depends on the service class */

struct meanings;

/* Borrows the space. NULL: out of memory. */
struct meanings *meanings_new(struct space *space);
void meanings_free(struct meanings *meanings);

/* Of rule i of a run, or OUTCOME_MIXED. */
uint64_t meaning_of_rule(const struct meanings *meanings, unsigned run,
    uint32_t rule);
/* Of a rule (RULES_NONE: no rule) for a service class that it has. */
uint64_t meaning_of(const struct meanings *meanings, unsigned run,
    uint32_t rule, uint32_t service);
uint32_t meaning_shape(const struct meanings *meanings, unsigned run,
    uint32_t rule);
/* The set of service i (its index) of a run. */
uint32_t meaning_service_set(const struct meanings *meanings, unsigned run,
    uint32_t service);
/* "tls \"www.example.jp\"", or "" when it does not say. */
struct span meaning_speaks(const struct meanings *meanings, uint64_t outcome);

#endif
