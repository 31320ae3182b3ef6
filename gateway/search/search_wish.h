/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SEARCH_WISH_H
#define SEKISHO_SEARCH_WISH_H

#include "search_keys.h"

/* What is looked for: all that is named must fit. */
enum search_field {		/* in the order in which it is tried */
	SEARCH_BY_RECEIPT,
	SEARCH_BY_RECIPIENT,
	SEARCH_BY_SENDER,
	SEARCH_BY_ADDRESS,
	SEARCH_BY_RULE,
	SEARCH_BY_OUTCOME,
	SEARCH_BY_TYPE,
	SEARCH_FIELD_N
};

/* Keys from low on, before high. */
struct search_range {
	bool			used, exact;	/* low alone */
	struct search_key	low, high;
};

struct search_wish {
	struct search_range	by[SEARCH_FIELD_N];
	uint64_t		since_ms, until_ms;	/* until: before it */
	uint64_t		limit;		/* the newest; 0: all */
};

void search_wish_init(struct search_wish *wish);

/*
 * Exact; what begins so when it ends in '*' (names and mail addresses); the
 * mail addresses of a domain, "@example.jp"; a network, "192.0.2.0/24".
 * ERR_INPUT: diag says what it is not.
 */
enum err search_wish_by(struct search_wish *wish, enum search_field field,
    const char *text, struct diag *diag) MUST_CHECK;

/*
 * "2026-11-27" (its beginning in the machine's zone; with end, that of the
 * next day) or RFC 3339 with an offset. False: neither.
 */
bool search_time(struct span text, bool end, uint64_t *wall_ms);

/* RFC 3339 alone, for records: quick. */
bool search_time_rfc3339(struct span text, uint64_t *wall_ms);

/* Is this key what a range of the wish asks for? */
bool search_range_has(const struct search_range *range, struct span key);

#endif
