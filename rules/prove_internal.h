/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_PROVE_INTERNAL_H
#define SEKISHO_RULES_PROVE_INTERNAL_H

#include "region_internal.h"

/*
 * What the file says must hold of its rules: never, only, must. One that does
 * not is an error with a counter-example.
 */

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
 * What the rules behind the one that decides would do: "; without it ...", or
 * "". In the memory of the run.
 */
const char *behind_text(struct rules_run *run, const struct space *space,
    uint32_t rule, const struct rules_packet *packet,
    const struct point *point);
/* The start, and which rule is nearest to the packet that none matches. */
const char *no_rule_text(struct rules_run *run, const char *start,
    const struct rules_packet *packet);
/* The expects of a run; the space is for behind_text(). */
void check_expects(struct rules_run *run, struct space *space);

#endif
