/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens of rule texts, each with its place. */
#include "helper.h"
#include "../../../rules/lexer_internal.h"

/* All tokens as one string: kind letter, '(' text ')'. */
static const char *
tokens(const char *text, uint32_t *errors)
{
	static const char letters[] = "$nws{},#!";
	static char out[4096];
	struct rules_run *run = run_text_of("");
	struct lexer lexer;
	struct token token;
	size_t n = 0;
	uint32_t before = rules_run_errors(run);

	run->sources[0].text = span_str(text);
	lexer_init(&lexer, run, 0);
	do {
		lexer_next(&lexer, &token);
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%c",
		    letters[token.kind]);
		if (token.kind == TOKEN_WORD || token.kind == TOKEN_STRING ||
		    token.kind == TOKEN_COMMENT)
			n += (size_t)snprintf(out + n, sizeof(out) - n,
			    "(%.*s)", (int)token.text.len,
			    (const char *)token.text.ptr);
		assert_true(n < sizeof(out) - 64);
	} while (token.kind != TOKEN_END);
	*errors = rules_run_errors(run) - before;
	rules_run_free(run);
	return out;
}

struct sample {
	const char	*text;
	const char	*tokens;
	uint32_t	 errors;
};

static void
text_is_cut_into_tokens(void **state)
{
	static const struct sample samples[] = {
		{ "", "$", 0 },
		{ "a", "w(a)$", 0 },
		{ " a\tb \n", "w(a)w(b)n$", 0 },
		{ "a{b}c,d", "w(a){w(b)}w(c),w(d)$", 0 },
		{ "10.20.0.0/16 2001:db8::/48", "w(10.20.0.0/16)"
		  "w(2001:db8::/48)$", 0 },
		{ "a#b\nc", "w(a)#(#b)nw(c)$", 0 },
		{ "# c  \t\r\nd", "#(# c)nw(d)$", 0 },
		{ "\"x y\"z", "s(\"x y\")w(z)$", 0 },
		{ "\"a\\\"b\\\\\" c", "s(\"a\\\"b\\\\\")w(c)$", 0 },
		{ "\"# {,}\"", "s(\"# {,}\")$", 0 },
		{ "a\"b\"", "w(a)s(\"b\")$", 0 },
		{ "町 名", "w(町)w(名)$", 0 },
		{ "\xef\xbb\xbf""a", "w(a)$", 0 },
		{ "a\r\nb", "w(a)nw(b)$", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		uint32_t errors;

		assert_string_equal(tokens(samples[i].text, &errors),
		    samples[i].tokens);
		assert_int_equal(errors, samples[i].errors);
	}
}

static void
what_is_not_text_is_reported_once_and_passed_over(void **state)
{
	static const struct sample samples[] = {
		{ "a\rb", "w(a)!w(b)$", 1 },
		{ "a\x01""b", "w(a)!w(b)$", 1 },
		{ "a\x7f""b", "w(a)!w(b)$", 1 },
		{ "a\u3000b", "w(a)!w(b)$", 1 },	/* full-width blank */
		{ "a\u00a0b", "w(a)!w(b)$", 1 },
		{ "a\u202eb", "w(a)!w(b)$", 1 },
		{ "\"a\u202eb\" c", "!w(c)$", 1 },
		{ "# a\u200bb\nc", "!nw(c)$", 1 },
		{ "\"open\nnext", "!nw(next)$", 1 },
		{ "\"open\\\"", "!$", 1 },
		{ "\"", "!$", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		uint32_t errors;

		assert_string_equal(tokens(samples[i].text, &errors),
		    samples[i].tokens);
		assert_int_equal(errors, samples[i].errors);
	}
}

static void
a_line_beyond_the_limit_is_passed_over_as_a_whole(void **state)
{
	static char text[RULES_LINE_BYTES_MAX + 16];
	uint32_t errors;

	(void)state;
	memset(text, 'a', RULES_LINE_BYTES_MAX);
	memcpy(text + RULES_LINE_BYTES_MAX, "\nb", 3);
	for (size_t i = 64; i < RULES_LINE_BYTES_MAX; i++)
		text[i] = ' ';
	assert_int_equal(strlen(tokens(text, &errors)), 3 + 64 + 1 + 4 + 1);
	assert_int_equal(errors, 0);
	memcpy(text + RULES_LINE_BYTES_MAX, " \nb", 4);
	assert_string_equal(tokens(text, &errors), "!nw(b)$");
	assert_int_equal(errors, 1);
}

static void
each_token_knows_its_line_and_offset(void **state)
{
	struct rules_run *run = run_text_of("");
	struct lexer lexer;
	struct token token;

	(void)state;
	run->sources[0].text = SPAN("ab\r\n\n  町 x");
	lexer_init(&lexer, run, 0);
	lexer_next(&lexer, &token);
	assert_true(token.at_line_start);
	assert_int_equal(token.place.line, 1);
	lexer_next(&lexer, &token);
	assert_int_equal(token.kind, TOKEN_LINE);
	assert_int_equal(token.place.offset, 2);
	lexer_next(&lexer, &token);
	lexer_next(&lexer, &token);
	assert_false(token.at_line_start);
	assert_int_equal(token.place.line, 3);
	assert_int_equal(token.place.offset, 7);
	assert_int_equal(token.place.len, 3);
	lexer_next(&lexer, &token);
	assert_int_equal(token.place.offset, 11);
	rules_run_free(run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_cut_into_tokens),
		cmocka_unit_test(
		    what_is_not_text_is_reported_once_and_passed_over),
		cmocka_unit_test(
		    a_line_beyond_the_limit_is_passed_over_as_a_whole),
		cmocka_unit_test(each_token_knows_its_line_and_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
