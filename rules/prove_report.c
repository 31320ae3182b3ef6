/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Proofs that do not hold, as errors with the packet that breaks them and the
 * rule that it takes.
 */
#include "analyse_internal.h"
#include "finding_internal.h"
#include "prove_internal.h"
#include "value_internal.h"

/* The statement of an allow that would match but for date or MAC. */
static bool
would_match(struct space *space, const struct statement *st,
    const struct point *point)
{
	const struct flow_rule rule = {
		.src = space_sources(space, clause_value(st->clauses,
		    CL_FROM, 0), false),
		.dst = space_destinations(space, clause_value(st->clauses,
		    CL_TO, 0)),
		.set = space_set(space, clause_value(st->clauses, CL_SERVICE,
		    0)),
	};

	return rule.src.at != NULL && rule.dst.at != NULL &&
	    rule.set != RULES_NONE && rule_matches(space, &rule, point);
}

const char *
near_miss(struct rules_run *run, struct space *space,
    const struct point *point)
{
	for (uint32_t i = 0; i < run->kinds[ST_ALLOW].n; i++) {
		const struct statement *st = run->kinds[ST_ALLOW].at[i];
		const struct value *until = clause_value(st->clauses,
		    CL_UNTIL, 0);
		char date[DATE_TEXT_BYTES];

		if (!would_match(space, st, point))
			continue;
		if (until == NULL || until->number >= run->today)
			return run_text(run, "%s is for a sender with its "
			    "own MAC address", text_rule(run, st));
		date_text(until->number, date);
		return run_text(run, "%s ended on %s", text_rule(run, st),
		    date);
	}
	return NULL;
}

static const char *
why(struct prover *p, const struct counter_example *example)
{
	const char *text = text_point(p->run, p->finder, &example->point);
	const struct flow_rule *rule;
	const char *near;

	if (example->rule == RULES_NONE) {
		near = near_miss(p->run, p->space, &example->point);
		return near == NULL ? run_text(p->run,
		    "%s: no rule allows it", text) : run_text(p->run,
		    "%s: no rule allows it; %s", text, near);
	}
	rule = &p->rules->rules[example->rule];
	return run_text(p->run, "%s: %s %s", text, text_rule(p->run,
	    rule->st), rule->allow ? "lets it through" : "stops it");
}

static void
check_proof(struct prover *p, const struct statement *st)
{
	const char *word = st->spec->word;
	struct counter_example example;

	switch (prove(p, st, &example)) {
	case PROOF_HOLDS:
		break;
	case PROOF_BROKEN:
		finding_proof(p->run, st->place, why(p, &example),
		    "this '%s' does not hold", word);
		return;
	case PROOF_NO_PACKET:
		finding_proof(p->run, st->place, "one side has IPv4 "
		    "addresses or services only, the other IPv6",
		    "this '%s' is about no packet at all", word);
		return;
	case PROOF_GAVE_UP:
		finding_proof(p->run, st->place, "divide it into several, or "
		    "make the rules simpler", "this '%s' could not be proved "
		    "within the limits", word);
		return;
	}
	if (st->spec->kind == ST_ONLY) {
		const struct statement *mail = prove_mail(p->run, st);

		if (mail != NULL)
			finding_proof(p->run, st->place, run_text(p->run,
			    "mail goes there by the route %s",
			    text_rule(p->run, mail)),
			    "this '%s' does not hold", word);
	}
}

void
check_meaning(struct rules_run *run)
{
	const struct rules_run *runs[] = { run };
	struct prover p = { .finder = NULL };
	struct space *space;

	if (run->kinds[ST_NEVER].n + run->kinds[ST_ONLY].n +
	    run->kinds[ST_MUST].n + run->kinds[ST_EXPECT].n == 0)
		return;
	space = space_new(runs, 1);
	if (space == NULL || !prover_init(&p, run, space)) {
		finding_proof(run, (struct place){ 0, 1, 0, 1 }, "fewer "
		    "different addresses and ports in the rules",
		    "the rules cannot be proved: they need more memory than "
		    "there is");
		prover_fini(&p);
		space_free(space);
		return;
	}
	/* first, as a failed proof makes compiling impossible */
	if (run->kinds[ST_EXPECT].n > 0)
		check_expects(run, space);
	for (uint32_t i = 0; i < run->all.n && !run->stopped; i++) {
		enum statement_kind kind = run->all.at[i]->spec->kind;

		if (kind == ST_NEVER || kind == ST_ONLY || kind == ST_MUST)
			check_proof(&p, run->all.at[i]);
	}
	prover_fini(&p);
	space_free(space);
}
