/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Analysis, proofs and decisions against brute force: every packet of small
 * random worlds is tried with an evaluator that shares nothing with ours.
 */
#include "small_rules.h"

#ifdef __SANITIZE_ADDRESS__
#define SETS_N	1000u
#else
#define SETS_N	10000u
#endif

/* So many of each answer at the least, or the sets are not what they were. */
static unsigned seen_states[RULE_UNKNOWN + 1], seen_answers[4][3];

static void
dump(const struct small_set *set, unsigned seed)
{
	print_message("set %u:\n%s", seed, set->text);
}

/* ---- what a rule is good for ---- */

static enum rule_state
naive_state(const struct small_set *set, unsigned rule)
{
	struct small_packet p;
	bool any = false, decides = false;

	EACH_PACKET(p) {
		if (!small_rule_has(&set->in_force[rule], &p))
			continue;
		any = true;
		if (small_match(set, &p, 0) != rule)
			continue;
		decides = true;
		if (!small_same(set, rule, small_match(set, &p, rule + 1),
		    &p))
			return RULE_WORKS;
	}
	return decides ? RULE_IDLE :
	    any ? RULE_UNREACHABLE : RULE_EMPTY;
}

/* The rules that are named are enough, and each of them is needed. */
static bool
covered_by(const struct small_set *set, unsigned rule, const uint32_t *list,
    uint32_t n, uint32_t except)
{
	struct small_packet p;

	EACH_PACKET(p) {
		bool covered = false;

		if (!small_rule_has(&set->in_force[rule], &p))
			continue;
		for (uint32_t i = 0; i < n; i++)
			covered |= i != except &&
			    small_rule_has(&set->in_force[list[i]], &p);
		if (!covered)
			return false;
	}
	return true;
}

static void
compare_cover(struct analysis *a, const struct small_set *set, unsigned rule)
{
	struct region region = region_of(a->space, &a->rules->rules[rule]);
	uint32_t n;

	for (uint32_t i = 0; i < a->before; i++)
		a->list[i] = a->overlaps[i];
	n = finder_reduce(a->finder, &region, a->list, a->before);
	assert_true(covered_by(set, rule, a->list, n, RULES_NONE));
	for (uint32_t i = 0; i < n; i++) {
		assert_true(a->list[i] < rule);
		assert_false(covered_by(set, rule, a->list, n, i));
	}
}

static void
compare_rules(struct rules_run *run, struct small_set *set, unsigned seed)
{
	const struct rules_run *runs[] = { run };
	struct space *space = space_new(runs, 1);
	struct analysis *a;

	assert_non_null(space);
	assert_int_equal(space->rules[0].n, set->n);
	a = analysis_new(run, space);
	assert_non_null(a);
	for (unsigned i = 0; i < set->n; i++) {
		enum rule_state expected = naive_state(set, i), state;
		struct rules_packet packet;
		struct small_packet p;
		struct point point;

		state = analysis_rule(a, i, &point);
		if (state != expected) {
			dump(set, seed);
			print_message("rule in force %u\n", i);
		}
		assert_int_equal(state, expected);
		seen_states[state]++;
		if (state == RULE_UNREACHABLE)
			compare_cover(a, set, i);
		if (state != RULE_WORKS && state != RULE_IDLE)
			continue;
		space_packet(a->finder->space, &point, &packet);
		p = small_from(&packet);
		if (!small_exists(&p) || small_match(set, &p, 0) != i) {
			dump(set, seed);
			print_message("%s by rule %u\n", text_packet(run,
			    &packet), i);
		}
		assert_true(small_exists(&p));
		assert_int_equal(small_match(set, &p, 0), i);
		assert_int_equal(small_same(set, i, small_match(set, &p,
		    i + 1), &p), state == RULE_IDLE);
	}
	analysis_free(a);
	space_free(space);
}

/* ---- decisions ---- */

static void
compare_decisions(struct rules_run *run, const struct small_set *set,
    unsigned seed)
{
	struct rules_image *image = NULL;
	struct small_packet p;
	struct diag diag;
	struct buf bytes;

	buf_init(&bytes, 1u << 26);
	assert_int_equal(rules_compile(run, &bytes), OK);
	assert_int_equal(rules_image_open(buf_span(&bytes), &image, &diag),
	    OK);
	assert_int_equal(rules_image_prepare(image, &diag), OK);
	assert_int_equal(rules_flows(image), set->n);
	EACH_PACKET(p) {
		uint32_t rule = small_match(set, &p, 0);
		struct rules_decision decision;
		struct rules_packet packet;

		small_packet(&p, &packet);
		packet.in = (p.dst + p.kind) % 7 == 0 ? p.kind % SEGMENTS_N :
		    RULES_NONE;
		rules_decide(image, &packet, &decision);
		if (packet.in != RULES_NONE && packet.in !=
		    small_segment_of[p.address]) {
			assert_false(decision.allow);
			assert_int_equal(decision.reason, RULES_SPOOFED);
			continue;
		}
		if (decision.rule != rule)
			dump(set, seed);
		assert_int_equal(decision.rule, rule);
		assert_int_equal(decision.allow, rule != RULES_NONE &&
		    set->in_force[rule].allow);
	}
	rules_image_close(image);
	buf_fini(&bytes);
}

/* ---- proofs ---- */

/* Does the packet break the proof? */
static bool
breaks(const struct small_set *set, const struct small_proof *proof,
    const struct small_packet *p)
{
	uint32_t rule = small_match(set, p, 0);
	bool allow = rule != RULES_NONE && set->in_force[rule].allow;

	switch (proof->kind) {
	case SMALL_NEVER:
		return allow;
	case SMALL_ONLY:
		return allow &&
		    (proof->classes >> set->in_force[rule].class & 1) == 0;
	case SMALL_MUST:
		return !allow;
	}
	return false;
}

static enum proof_answer
naive_proof(const struct small_set *set, const struct small_proof *proof)
{
	struct small_rule there = small_region(set, proof, false);
	struct small_rule back = small_region(set, proof, true);
	struct small_packet p;
	bool any = false;

	if (proof->kind != SMALL_ONLY)
		back = there;
	EACH_PACKET(p) {
		if (!small_rule_has(&there, &p) && !small_rule_has(&back, &p))
			continue;
		any = true;
		if (breaks(set, proof, &p))
			return PROOF_BROKEN;
	}
	return any || proof->kind != SMALL_MUST ? PROOF_HOLDS :
	    PROOF_NO_PACKET;
}

static bool
has_error(const struct rules_run *run, uint32_t line)
{
	for (uint32_t i = 0; i < rules_run_findings(run); i++)
		if (rules_run_finding(run, i)->severity == RULES_ERROR &&
		    rules_run_finding(run, i)->line == line)
			return true;
	return false;
}

static void
compare_proof(struct prover *prover, const struct statement *st,
    struct small_set *set, unsigned i)
{
	const struct small_proof *proof = &set->proofs[i];
	enum proof_answer expected = naive_proof(set, proof);
	struct counter_example example;
	struct rules_packet packet;
	struct small_rule region;
	struct small_packet p;

	assert_int_equal(st->place.line, set->proof_line[i]);
	if (prove(prover, st, &example) != expected)
		print_message("%sproof %u\n", set->text, i);
	assert_int_equal(prove(prover, st, &example), expected);
	assert_int_equal(has_error(prover->run, st->place.line),
	    expected != PROOF_HOLDS);
	seen_answers[expected][proof->kind]++;
	if (expected != PROOF_BROKEN)
		return;
	space_packet(prover->finder->space, &example.point, &packet);
	p = small_from(&packet);
	assert_true(small_exists(&p));
	assert_true(breaks(set, proof, &p));
	region = small_region(set, proof, example.back);
	assert_true(small_rule_has(&region, &p));
	assert_int_equal(small_match(set, &p, 0), example.rule);
}

static void
compare_proofs(struct small_set *set)
{
	struct rules_run *run;
	const struct rules_run *runs[1];
	struct prover prover;
	struct space *space;
	unsigned n = 0;

	small_text(set, true);
	run = run_text_of(set->text);
	runs[0] = run;
	space = space_new(runs, 1);
	assert_non_null(space);
	assert_true(prover_init(&prover, run, space));
	for (uint32_t i = 0; i < run->all.n; i++) {
		enum statement_kind kind = run->all.at[i]->spec->kind;

		if (kind == ST_NEVER || kind == ST_ONLY || kind == ST_MUST)
			compare_proof(&prover, run->all.at[i], set, n++);
	}
	assert_int_equal(n, set->proofs_n);
	prover_fini(&prover);
	space_free(space);
	rules_run_free(run);
}

static void
ten_thousand_small_worlds_agree(void **state)
{
	static struct small_set set;

	(void)state;
	for (unsigned seed = 0; seed < SETS_N; seed++) {
		struct rules_run *run;

		small_draw(&set, seed);
		small_text(&set, false);
		run = run_text_of(set.text);
		if (rules_run_errors(run) > 0) {
			dump(&set, seed);
			print_findings(run);
		}
		assert_int_equal(rules_run_errors(run), 0);
		compare_rules(run, &set, seed);
		compare_decisions(run, &set, seed);
		rules_run_analyse(run);
		rules_run_free(run);
		compare_proofs(&set);
	}
	for (unsigned s = RULE_WORKS; s < RULE_UNKNOWN; s++) {
		print_message("state %u: %u rules\n", s, seen_states[s]);
		assert_true(seen_states[s] > SETS_N / 100);
	}
	for (unsigned k = SMALL_NEVER; k <= SMALL_MUST; k++) {
		print_message("proof %u: %u hold, %u do not\n", k,
		    seen_answers[PROOF_HOLDS][k],
		    seen_answers[PROOF_BROKEN][k]);
		assert_true(seen_answers[PROOF_HOLDS][k] > SETS_N / 50);
		assert_true(seen_answers[PROOF_BROKEN][k] > SETS_N / 50);
	}
	assert_true(seen_answers[PROOF_NO_PACKET][SMALL_MUST] > SETS_N / 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_thousand_small_worlds_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
