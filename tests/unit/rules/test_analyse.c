/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the analysis and the proofs report beside the exact messages that are
 * in tests/golden/rules: when they are silent, how much they say, and that a
 * limit is told. Whether the answers are right: test_analyse_brute.c.
 */
#include "helper.h"
#include "../../../rules/analyse_internal.h"
#include "../../../rules/limits.h"
#include "../../../rules/prove_internal.h"

#define TEXT_BYTES	262144

static char text[TEXT_BYTES];
static size_t text_len;

static void PRINTF(1, 2)
line(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text + text_len, TEXT_BYTES - text_len, fmt, ap);
	va_end(ap);
	assert_true(n >= 0 && text_len + (size_t)n + 1 < TEXT_BYTES);
	text_len += (size_t)n;
	text[text_len++] = '\n';
	text[text_len] = '\0';
}

static void
start(void)
{
	text_len = 0;
	line("gateway \"gw1.town.example.lg.jp\"");
	line("segment lgwan tier 2 interface eth1 network 10.20.0.0/16");
	line("segment branch tier 2 interface eth2 network 10.30.0.0/16");
	line("segment internet tier 3 interface eth0 network any");
}

static unsigned
count(const struct rules_run *run, const char *part)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < rules_run_findings(run); i++)
		n += strstr(rules_run_finding(run, i)->text, part) != NULL;
	return n;
}

static const struct rules_finding *
find(const struct rules_run *run, const char *part)
{
	for (uint32_t i = 0; i < rules_run_findings(run); i++)
		if (strstr(rules_run_finding(run, i)->text, part) != NULL)
			return rules_run_finding(run, i);
	print_findings(run);
	fail_msg("no finding has '%s'", part);
	return NULL;
}

static void
only_who_asks_gets_the_analysis(void **state)
{
	struct rules_run *run;

	(void)state;
	start();
	line("host unused in lgwan 10.20.0.1");
	line("deny \"idle\" from lgwan to branch");
	run = run_text_of(text);
	assert_int_equal(rules_run_findings(run), 0);
	rules_run_analyse(run);
	assert_int_equal(rules_run_findings(run), 2);
	assert_int_equal(count(run, "nothing uses host 'unused'"), 1);
	assert_int_equal(count(run, "changes nothing"), 1);
	assert_int_equal(rules_run_errors(run), 0);
	rules_run_free(run);
}

static void
rules_with_errors_are_not_analysed(void **state)
{
	struct rules_run *run;

	(void)state;
	start();
	line("host unused in lgwan 10.20.0.1");
	line("deny \"idle\" from lgwan to brunch");
	run = run_text_of(text);
	rules_run_analyse(run);
	assert_int_equal(rules_run_findings(run), 1);
	assert_int_equal(count(run, "unknown host"), 1);
	rules_run_free(run);
}

static void
good_rules_are_not_talked_about(void **state)
{
	struct rules_run *run;

	(void)state;
	start();
	line("host bad in lgwan 10.20.6.0/24");
	line("host good in lgwan 10.20.6.9");
	line("service ssh tcp 22");
	/* a special case before the general one, three deep */
	line("allow local \"good\" from good to branch service ssh");
	line("deny \"bad\" from bad to any");
	line("allow local \"all\" from lgwan to branch service ssh");
	line("never from bad to internet");
	line("only local between lgwan and branch");
	line("must from good to branch service ssh");
	line("expect deny tcp from 10.20.6.8 to 10.30.0.1 port 22");
	run = run_text_of(text);
	rules_run_analyse(run);
	assert_int_equal(count(run, "overlaps"), 1);
	if (rules_run_findings(run) != 1)
		print_findings(run);
	assert_int_equal(rules_run_findings(run), 1);
	rules_run_free(run);
}

static void
a_few_of_a_kind_are_shown_and_the_rest_counted(void **state)
{
	struct rules_run *run;

	(void)state;
	start();
	line("service ssh tcp 22");
	line("allow local \"all\" from lgwan to branch service ssh");
	for (unsigned i = 0; i < 40; i++) {
		line("host h%u in lgwan 10.20.7.%u", i, i);
		line("allow local \"r%u\" from h%u to branch service ssh", i,
		    i);
	}
	run = run_text_of(text);
	rules_run_analyse(run);
	assert_int_equal(count(run, "this rule is never reached: 'all' "
	    "(test.rules:6) takes all of it"), ANALYSE_SHOWN_MAX);
	assert_string_equal(find(run, "more rules")->text,
	    "25 more rules from here on are never reached");
	assert_int_equal(find(run, "more rules")->line, 38);
	assert_int_equal(rules_run_findings(run), ANALYSE_SHOWN_MAX + 1);
	rules_run_free(run);
}

static void
of_many_that_cover_together_five_are_named(void **state)
{
	struct rules_run *run;
	const char *named;

	(void)state;
	start();
	line("service ssh tcp 22");
	line("host all in lgwan 10.20.7.0/28");
	for (unsigned i = 0; i < 16; i++)
		line("host h%u in lgwan 10.20.7.%u", i, i);
	/* two that are not needed for it */
	line("deny \"a\" from all to internet service ssh");
	line("allow local \"b\" from all to lgwan service ssh");
	for (unsigned i = 0; i < 16; i++)
		line("allow local \"r%u\" from h%u to branch service ssh", i,
		    i);
	line("allow local \"covered\" from all to branch service ssh");
	run = run_text_of(text);
	rules_run_analyse(run);
	named = find(run, "never reached")->text;
	assert_string_equal(named, "this rule is never reached: "
	    "'r0' (test.rules:25), 'r1' (test.rules:26), "
	    "'r2' (test.rules:27), 'r3' (test.rules:28), "
	    "'r4' (test.rules:29) and 11 more together take all of it");
	rules_run_free(run);
}

/* Half of a chess board, whose fields no slabs take. */
static void
chess_board(unsigned size, bool other_colour)
{
	start();
	line("service all tcp 0-65535");
	line("host a in lgwan 10.20.0.0-10.20.0.%u", size - 1);
	line("host b in branch 10.30.0.0-10.30.0.%u", size - 1);
	for (unsigned i = 0; i < size; i++) {
		line("host a%u in lgwan 10.20.0.%u", i, i);
		line("host b%u in branch 10.30.0.%u", i, i);
	}
	for (unsigned i = 0; i < size; i++)
		for (unsigned j = 0; j < size; j++)
			if (other_colour || (i + j) % 2 == 0)
				line("allow local \"%u-%u\" from a%u to b%u "
				    "service all", i, j, i, j);
	line("allow local \"rest\" from a to b service all");
}

static enum rule_state
last_state(uint64_t work_max)
{
	struct rules_run *run = run_text_of(text);
	const struct rules_run *runs[] = { run };
	struct space *space = space_new(runs, 1);
	struct analysis *a = analysis_new(run, space);
	struct point point;
	enum rule_state state;

	assert_non_null(a);
	if (work_max > 0)
		a->finder->work_max = work_max;
	state = analysis_rule(a, a->rules->n - 1, &point);
	analysis_free(a);
	space_free(space);
	rules_run_free(run);
	return state;
}

static void
a_limit_is_no_answer(void **state)
{
	(void)state;
	chess_board(16, true);
	assert_int_equal(last_state(0), RULE_UNREACHABLE);
	assert_int_equal(last_state(1000), RULE_UNKNOWN);
	chess_board(16, false);
	assert_int_equal(last_state(0), RULE_WORKS);
}

static void
a_proof_that_gave_up_does_not_hold(void **state)
{
	struct counter_example example;
	struct rules_run *run;
	const struct rules_run *runs[1];
	struct prover prover;
	struct space *space;

	(void)state;
	chess_board(16, true);
	line("must from a to b service all");
	run = run_text_of(text);
	runs[0] = run;
	space = space_new(runs, 1);
	assert_true(prover_init(&prover, run, space));
	assert_int_equal(prove(&prover, run->all.at[run->all.n - 1], &example),
	    PROOF_HOLDS);
	prover.finder->work_max = 100;
	assert_int_equal(prove(&prover, run->all.at[run->all.n - 1], &example),
	    PROOF_GAVE_UP);
	prover_fini(&prover);
	space_free(space);
	rules_run_free(run);
}

static void
hosts_overlap_in_exact_pairs(void **state)
{
	struct rules_run *run;

	(void)state;
	start();
	line("host a in lgwan 10.20.1.0-10.20.1.9, 10.20.1.30");
	line("host b in lgwan 10.20.1.10-10.20.1.19");
	line("host c in lgwan 10.20.1.19-10.20.1.30");
	line("host d in lgwan 10.20.1.31");
	/* its own addresses are nobody's business */
	line("host e in lgwan 10.20.2.0/24, 10.20.2.4");
	run = run_text_of(text);
	rules_run_analyse(run);
	assert_int_equal(count(run, "overlaps"), 2);
	assert_string_equal(find(run, "'c' overlaps host 'b'")->hint,
	    "both have 10.20.1.19; a rule for one is a rule for the other "
	    "there");
	assert_int_equal(count(run, "'c' overlaps host 'a'"), 1);
	rules_run_free(run);
}

static void
findings_that_are_full_stay_sorted(void **state)
{
	struct rules_run *run;

	(void)state;
	start();
	/* more warnings than are kept, before the analysis adds its own */
	for (unsigned i = 0; i < 2 * RULES_FINDINGS_MAX; i++)
		line("allow local \"%u\" from lgwan to branch service ssh "
		    "until 2000-01-01", i);
	line("service ssh tcp 22");
	line("deny \"idle\" from lgwan to branch");
	run = run_text_of(text);
	assert_int_equal(rules_run_findings(run), RULES_FINDINGS_MAX + 1);
	rules_run_analyse(run);
	assert_int_equal(rules_run_findings(run), RULES_FINDINGS_MAX + 1);
	assert_string_equal(rules_run_finding(run, RULES_FINDINGS_MAX)->text,
	    "too many errors and warnings; the rest is not shown");
	rules_run_free(run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_who_asks_gets_the_analysis),
		cmocka_unit_test(rules_with_errors_are_not_analysed),
		cmocka_unit_test(good_rules_are_not_talked_about),
		cmocka_unit_test(
		    a_few_of_a_kind_are_shown_and_the_rest_counted),
		cmocka_unit_test(of_many_that_cover_together_five_are_named),
		cmocka_unit_test(a_limit_is_no_answer),
		cmocka_unit_test(a_proof_that_gave_up_does_not_hold),
		cmocka_unit_test(hosts_overlap_in_exact_pairs),
		cmocka_unit_test(findings_that_are_full_stay_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
