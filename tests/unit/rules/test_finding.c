/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings: place, mark, order, limit, "did you mean". */
#include "helper.h"
#include "../../../rules/finding_internal.h"

static const char *
shown(const struct rules_finding *finding)
{
	static char text[4096];
	struct buf out;

	buf_init(&out, sizeof(text) - 1);
	assert_int_equal(rules_finding_print(finding, &out), OK);
	memcpy(text, out.ptr, out.len);
	text[out.len] = '\0';
	buf_fini(&out);
	return text;
}

static struct rules_finding
finding_in(const char *source, uint32_t column, uint32_t width)
{
	return (struct rules_finding){ .severity = RULES_ERROR,
	    .file = "f", .line = 7, .column = column, .width = width,
	    .text = "wrong", .source = span_str(source) };
}

static void
the_mark_stands_under_what_is_wrong(void **state)
{
	static const struct {
		const char	*source;
		uint32_t	 column, width;
		const char	*expected;
	} samples[] = {
		{ "abc def", 5, 3, "    abc def\n        ^~~\n" },
		{ "税務課 def", 5, 3, "    税務課 def\n           ^~~\n" },
		{ "x 税務", 3, 2, "    x 税務\n      ^~~~\n" },
		{ "ｶﾅ x", 4, 1, "    ｶﾅ x\n       ^\n" },
		{ "\tx", 2, 1, "            x\n            ^\n" },
		{ "ab\tx", 4, 1, "    ab      x\n            ^\n" },
		{ "ab", 3, 1, "    ab\n      ^\n" },
		{ "", 1, 1, "    \n    ^\n" },
		{ "a\xff""b c", 3, 1, "    a\xef\xbf\xbd""b c\n      ^\n" },
		{ "a\x1b[31m", 1, 1, "    a\xef\xbf\xbd[31m\n    ^\n" },
		{ "a\u202e""b", 3, 1, "    a\xef\xbf\xbd""b\n      ^\n" },
		{ "か\u3099x", 3, 1, "    か\u3099x\n      ^\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct rules_finding f = finding_in(samples[i].source,
		    samples[i].column, samples[i].width);
		char expected[256];

		snprintf(expected, sizeof(expected), "f:7:%u: error: "
		    "wrong\n%s", samples[i].column, samples[i].expected);
		assert_string_equal(shown(&f), expected);
	}
}

static void
columns_count_characters_and_the_hint_comes_last(void **state)
{
	struct rules_run *run = run_text_of(BASE
	    "deny \"住基連携\" from mx to lgwn\n");
	const struct rules_finding *f;

	(void)state;
	assert_int_equal(rules_run_findings(run), 1);
	f = rules_run_finding(run, 0);
	assert_int_equal(f->line, 8);
	assert_int_equal(f->column, 24);
	assert_int_equal(f->width, 4);
	assert_string_equal(shown(f), "test.rules:8:24: error: unknown host "
	    "or segment 'lgwn'\n"
	    "    deny \"住基連携\" from mx to lgwn\n"
	    "                               ^~~~\n"
	    "    hint: did you mean 'lgwan'?\n");
	rules_run_free(run);
}

static void
findings_are_sorted_by_line_and_column(void **state)
{
	struct rules_run *run = run_text_of(BASE
	    "never from nowhere to nobody service nothing\n"
	    "hots x\n"
	    "host y in noland 10.20.0.300\n");
	uint32_t line = 0, column = 0;

	(void)state;
	assert_int_equal(rules_run_findings(run), 5);
	for (uint32_t i = 0; i < 5; i++) {
		const struct rules_finding *f = rules_run_finding(run, i);

		assert_true(f->line > line || (f->line == line &&
		    f->column > column));
		line = f->line;
		column = f->column;
	}
	rules_run_free(run);
}

static void
after_a_hundred_errors_it_says_that_there_are_more(void **state)
{
	static char text[32768];
	struct rules_run *run;
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "host h%u in nowhere 1.1.1\n", i);
	run = run_text_of(text);
	assert_int_equal(rules_run_findings(run), RULES_FINDINGS_MAX + 1);
	assert_true(rules_run_errors(run) > RULES_FINDINGS_MAX);
	assert_string_equal(rules_run_finding(run, RULES_FINDINGS_MAX)->text,
	    "too many errors and warnings; the rest is not shown");
	rules_run_free(run);
}

static void
the_nearest_name_wins_when_it_is_near(void **state)
{
	static const struct {
		const char	*word;
		const char	*nearest;	/* NULL: none is near */
	} samples[] = {
		{ "lgwan", "lgwan" }, { "LGWAN", "lgwan" },
		{ "lgwna", "lgwan" }, { "lgan", "lgwan" },
		{ "lgwann", "lgwan" }, { "igwan", "lgwan" },
		{ "intrenet", "internet" }, { "xyz", NULL }, { "", NULL },
		{ "l", NULL }, { "mynumbers", "mynumber" },
		{ "inter", NULL },
	};
	static const char *const names[] = { "internet", "lgwan", "mynumber" };
	struct rules_run *run = run_text_of("");

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct nearest nearest;
		const char *hint;
		char expected[64];

		nearest_init(&nearest, span_str(samples[i].word));
		for (size_t j = 0; j < 3; j++)
			nearest_offer(&nearest, span_str(names[j]));
		hint = nearest_hint(run, &nearest);
		if (samples[i].nearest == NULL) {
			assert_null(hint);
			continue;
		}
		snprintf(expected, sizeof(expected), "did you mean '%s'?",
		    samples[i].nearest);
		assert_non_null(hint);
		assert_string_equal(hint, expected);
	}
	rules_run_free(run);
}

static void
long_words_are_cut_at_a_character(void **state)
{
	static char word[256];
	struct rules_run *run = run_text_of("");
	const char *quote;

	(void)state;
	for (size_t i = 0; i + 3 < sizeof(word); i += 3)
		memcpy(word + i, "町", 3);
	quote = run_quote(run, span_str(word));
	assert_int_equal(strlen(quote), 60 + 3);
	assert_memory_equal(quote + 57, "町...", 7);
	word[0] = 'a';
	word[1] = 'b';
	word[2] = 'c';
	memmove(word + 1, word + 3, sizeof(word) - 3);
	quote = run_quote(run, span_str(word));
	assert_int_equal(strlen(quote), 58 + 3);
	rules_run_free(run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mark_stands_under_what_is_wrong),
		cmocka_unit_test(
		    columns_count_characters_and_the_hint_comes_last),
		cmocka_unit_test(findings_are_sorted_by_line_and_column),
		cmocka_unit_test(
		    after_a_hundred_errors_it_says_that_there_are_more),
		cmocka_unit_test(the_nearest_name_wins_when_it_is_near),
		cmocka_unit_test(long_words_are_cut_at_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
