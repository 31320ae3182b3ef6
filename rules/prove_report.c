/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Proofs that do not hold, as errors with the packet that breaks them and the
 * rule that it takes.
 */
#include "analyse_internal.h"
#include "explain_internal.h"
#include "finding_internal.h"
#include "prove_internal.h"

const char *
no_rule_text(struct rules_run *run, const char *start,
    const struct rules_packet *packet)
{
	/* what is not shown is not worth a walk over all rules */
	const char *near = run->findings_n < RULES_FINDINGS_MAX ?
	    explain_nearest(run, packet) : NULL;

	return near == NULL ? start : run_text(run, "%s; %s", start, near);
}

const char *
behind_text(struct rules_run *run, const struct space *space, uint32_t rule,
    const struct rules_packet *packet, const struct point *point)
{
	const struct flow_rules *rules = &space->rules[0];
	bool allow = rules->rules[rule].allow;
	const struct flow_rule *next;
	uint32_t i = rule + 1;

	while (i < rules->n && !rule_matches(space, &rules->rules[i], point))
		i++;
	if (i == rules->n)
		return allow ? "" : no_rule_text(run,
		    "; without it no rule would allow it", packet);
	next = &rules->rules[i];
	if (next->allow == allow)
		return run_text(run, "; behind it %s %s it, too",
		    text_rule(run, next->st), allow ? "allows" : "denies");
	return run_text(run, "; it stands before %s, which would %s it: the "
	    "first match decides", text_rule(run, next->st),
	    next->allow ? "allow" : "deny");
}

static const char *
why(struct prover *p, const struct counter_example *example)
{
	const char *text = text_point(p->run, p->finder, &example->point);
	const struct flow_rule *rule;
	struct rules_packet packet;

	space_packet(p->space, &example->point, &packet);
	if (example->rule == RULES_NONE)
		return no_rule_text(p->run, run_text(p->run,
		    "%s: no rule allows it", text), &packet);
	rule = &p->rules->rules[example->rule];
	return run_text(p->run, "%s: %s %s%s", text, text_rule(p->run,
	    rule->st), rule->allow ? "lets it through" : "stops it",
	    behind_text(p->run, p->space, example->rule, &packet,
	    &example->point));
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
