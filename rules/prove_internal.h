/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_PROVE_INTERNAL_H
#define SEKISHO_RULES_PROVE_INTERNAL_H

#include "region_internal.h"

/*
 * What the file says must hold of its rules: never, only, must. One that does
 * not is an error with a counter-example.
 */

/* The source port of an `expect` and of examples that do not name one. */
#define PROVE_SOURCE_PORT	49152u

struct prover {
	struct rules_run *run;
	struct space	*space;
	const struct flow_rules *rules;
	struct finder	*finder;
	uint32_t	*list;		/* rules that meet the region at hand */
	uint32_t	 list_n;
};

enum proof_answer {
	PROOF_HOLDS,
	PROOF_BROKEN,		/* by point, that rule decides */
	PROOF_NO_PACKET,	/* a must of packets that there are none of */
	PROOF_GAVE_UP
};

struct counter_example {
	struct point	 point;
	uint32_t	 rule;		/* NONE: no rule matches it */
	bool		 back;		/* only: from the second to the first */
};

/* The run and the space are borrowed. False: out of memory. */
bool prover_init(struct prover *prover, struct rules_run *run,
    struct space *space);
void prover_fini(struct prover *prover);

/* A never, only (its flows, not its mail) or must. */
enum proof_answer prove(struct prover *prover, const struct statement *st,
    struct counter_example *example);
/* The route of mail that an only forbids, or NULL. */
const struct statement *prove_mail(const struct rules_run *run,
    const struct statement *only);

/* All proofs and then all expects of a run without errors. */
void check_meaning(struct rules_run *run);

/*
 * A rule that would let the packet through, were it not for its date or the
 * sender's MAC address: in words, or NULL.
 */
const char *near_miss(struct rules_run *run, struct space *space,
    const struct point *point);
/* The expects of a run; the space is for near_miss(). */
void check_expects(struct rules_run *run, struct space *space);

#endif
