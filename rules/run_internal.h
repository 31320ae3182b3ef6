/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_RUN_INTERNAL_H
#define SEKISHO_RULES_RUN_INTERNAL_H

#include "ast_internal.h"

/*
 * Names, types, ranges, conflicts. check_run() calls the others in order:
 * names are resolved, then segments and hosts, then what stands on them.
 */
void check_run(struct rules_run *run);
void check_segments(struct rules_run *run);
void check_mail(struct rules_run *run);
void check_flows(struct rules_run *run);
void check_manages(struct rules_run *run);
void check_audit(struct rules_run *run);
/* Of a rule with an end: that it is near, or was. */
void check_until(struct rules_run *run, const struct statement *st);
/* space_rules.c: has it no end, or one that is not before today? */
bool rule_in_force(const struct rules_run *run, const struct statement *st);

/* The statement of a name, or NULL. */
struct statement *name_find(const struct rules_run *run,
    enum name_table_kind kind, struct span name);

/* The segment statement at the other end of a mail's from or to, or NULL. */
struct statement *clause_segment(const struct statement *st,
    enum clause_kind kind);
/* Tier of a segment statement; 0 when it is not known. */
unsigned segment_tier(const struct statement *segment);
/* The segment of a segment or host statement, or NULL. */
struct statement *party_segment(struct statement *party);

/* Addresses of a value of form ADDRESS, NETWORK or RANGE. */
struct span_of_addresses value_addresses(const struct value *value);

/*
 * The segment around the addresses: of the narrowest network that holds them
 * all, else the one that is `any`, else NULL. *other gets a segment that has
 * a part of them for itself, or NULL.
 */
struct statement *segment_of(const struct rules_run *run,
    const struct span_of_addresses *addresses, struct statement **other);

/*
 * For an address that is not in the segment, but in found (or NULL): the
 * networks that it should be in. NULL: the segment has none, by an error.
 */
const char *segment_hint(struct rules_run *run,
    const struct statement *segment, const struct statement *found);

/* The first value of a host's addresses. */
const struct value *host_addresses(const struct statement *host);

#endif
