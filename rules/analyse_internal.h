/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_ANALYSE_INTERNAL_H
#define SEKISHO_RULES_ANALYSE_INTERNAL_H

#include "region_internal.h"

/* What the rules of a run are good for. */

/* What an allow gives a flow, beside the way through. */
struct meaning {
	bool		 allow;
	enum rules_class class;
	bool		 limited;	/* counts its own flows */
	uint64_t	 until;
	const uint8_t	*to_mac;	/* the machine that is meant, or NULL */
	const struct value *services;
	bool		 uniform;	/* all of its services speak the same */
};

struct analysis {
	struct rules_run *run;
	struct space	*space;
	const struct flow_rules *rules;
	struct finder	*finder;
	struct meaning	*meanings;
	uint32_t	*service_sets;	/* by service, + 1; 0: not yet */
	uint64_t	*bits;		/* room for a set */
	uint32_t	*overlaps;	/* rules that meet the one at hand */
	uint32_t	 overlaps_n;
	uint32_t	 before;	/* the first of them stand before it */
	uint32_t	*list;		/* room for a list */
	uint8_t		*states;	/* enum rule_state of those looked at */
};

enum rule_state {
	RULE_WORKS,
	RULE_EMPTY,		/* no packet fits: families differ */
	RULE_UNREACHABLE,	/* rules before it decide all its packets */
	RULE_IDLE,		/* without it all is decided the same */
	RULE_UNKNOWN		/* a limit was reached */
};

/* Run and space are borrowed. NULL: out of memory. */
struct analysis *analysis_new(struct rules_run *run, struct space *space);
void analysis_free(struct analysis *analysis);

/*
 * What is the rule good for? *point gets a packet: one that it decides and
 * (RULE_WORKS) would be decided otherwise without it. Sets overlaps.
 */
enum rule_state analysis_rule(struct analysis *analysis, uint32_t rule,
    struct point *point);

/*
 * Services for which rule b (NONE: none matches) does not mean the same as
 * rule a, into bits; false: it does for all.
 */
bool meaning_differs(struct analysis *analysis, uint32_t a, uint32_t b,
    uint64_t *bits);
bool meanings_build(struct analysis *analysis);

/* Warnings about hosts that overlap, hosts and services without a use. */
void analyse_names(struct rules_run *run);

/* "'VDI' (sekisho.rules:25)" */
const char *text_rule(struct rules_run *run, const struct statement *st);
/* "tcp from 10.20.0.1 to 192.0.2.64 port 3389" */
const char *text_packet(struct rules_run *run,
    const struct rules_packet *packet);
const char *text_point(struct rules_run *run, const struct finder *finder,
    const struct point *point);

#endif
