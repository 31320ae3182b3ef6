/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words of header fields: encoded words as they are sent, RFC 2231, and the
 * words, percent encoding and folding of the safe form.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "../../../sanitizer/limits.h"
#include "../../../sanitizer/word.h"

#define OUT_MAX	(1024 * 1024)

struct test_case {
	const char	*in;
	const char	*out;
};

static void
check(const struct test_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf out;

		buf_init(&out, OUT_MAX);
		assert_int_equal(word_decode(span_str(cases[i].in), &out,
		    NULL), OK);
		if (!span_equal(buf_span(&out), span_str(cases[i].out)))
			fail_msg("\"%s\" gives \"%.*s\"", cases[i].in,
			    (int)out.len, (const char *)out.ptr);
		buf_fini(&out);
	}
}
#define CHECK(cases)	check(cases, sizeof(cases) / sizeof(cases[0]))

static void
encoded_words_are_decoded(void **state)
{
	static const struct test_case cases[] = {
		/* RFC 2047 section 8 */
		{ "=?ISO-8859-1?Q?a?=", "a" },
		{ "=?ISO-8859-1?Q?a?= b", "a b" },
		{ "=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab" },
		{ "=?ISO-8859-1?Q?a?=\r\n   =?ISO-8859-1?Q?b?=", "ab" },
		{ "=?ISO-8859-1?Q?a_b?=", "a b" },
		{ "=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b" },
		{ "=?utf-8*ja?b?6Zai5omA?=", "関所" },
		{ "=?UTF-8?Q?=E9=96=A2?= (=?UTF-8?Q?=E6=89=80?=)",
		    "関 (所)" },
		{ "", "" },
		{ "plain", "plain" },
	};
	(void)state;
	CHECK(cases);
}

static void
words_are_joined_before_their_charset_is_decoded(void **state)
{
	static const struct test_case cases[] = {
		/* あ cut in two */
		{ "=?utf-8?B?44E=?= =?utf-8?B?gg==?=", "あ" },
		{ "=?utf-8?Q?=E3=81?= =?UTF-8?Q?=82?=", "あ" },
		{ "=?utf-8?Q?=E3?= =?utf-8?B?gYI=?=", "あ" },
		/* the escape is in the first word, its end in the second */
		{ "=?iso-2022-jp?B?GyRCNFg=?= =?ISO-2022-JP?B?PWobKEI=?=",
		    "関所" },
		/* other names of the same charset */
		{ "=?shift_jis?B?ig==?= =?windows-31j?B?1g==?=", "関" },
		/* base64 cut anywhere, and only its padding lost */
		{ "=?utf-8?B?44G?= =?utf-8?B?C?=", "あ" },
		{ "=?utf-8?B?YQ?= =?utf-8?B?Yg==?=", "ab" },
	};
	(void)state;
	CHECK(cases);
}

static void
japanese_subjects_give_what_was_written(void **state)
{
	static const struct test_case cases[] = {
		/* ①㈱ by NEC row 13 under ISO-2022-JP */
		{ "=?ISO-2022-JP?B?GyRCLSEtahsoQg==?=", "①㈱" },
		{ "=?Shift_JIS?B?h0A=?=", "①" },
		{ "=?windows-31j?B?7uA=?=", "髙" },
		{ "=?ISO-2022-JP?B?GyRCNFg9aiFBGyhC?=", "関所\xef\xbd\x9e" },
		/* raw: JIS, CP932, UTF-8 */
		{ "\x1b$B4X=j\x1b(B", "関所" },
		{ "\x8a\xd6\x8f\x8a\x82\xcc\x82\xb1\x82\xc6", "関所のこと" },
		{ "関所", "関所" },
		{ "Re: 関所 =?utf-8?B?6Zai5omA?=", "Re: 関所 関所" },
	};
	(void)state;
	CHECK(cases);
}

static void
words_are_found_in_quotes_and_without_blanks(void **state)
{
	static const struct test_case cases[] = {
		{ "\"=?utf-8?B?6Zai5omA?=\" <a@b>", "\"関所\" <a@b>" },
		{ "x=?utf-8?B?6Zai?=y", "x関y" },
		{ "=?utf-8?B?6Zai?==?utf-8?B?5omA?=", "関所" },
	};
	(void)state;
	CHECK(cases);
}

static void
broken_words_are_read_as_far_as_they_make_sense(void **state)
{
	static const struct test_case cases[] = {
		{ "=?utf-8?Q?Hello World?=", "Hello World" },
		{ "=?utf-8?B?6Zai\r\n 5omA?=", "関所" },
		{ "=?utf-8?B?6Zai5omA", "関所" },
		{ "=?utf-8?B?6Zai5omA rest", "関所 rest" },
		{ "=?utf-8?B?6Zai =?utf-8?B?5omA?=", "関所" },
		{ "=?utf-8?B?6Zai5o==?=", "関\xef\xbf\xbd" },
		{ "=?utf-8?X?abc?=", "=?utf-8?X?abc?=" },
		{ "=??B?YQ==?=", "=??B?YQ==?=" },
		{ "=?utf-8?Q", "=?utf-8?Q" },
		{ "=?", "=?" },
		{ "=?a b?Q?c?=", "=?a b?Q?c?=" },
		{ "1 =? 2", "1 =? 2" },
		{ "=?utf-8?Q?a=zz=4?=", "a=zz=4" },
		{ "=?x-unknown?Q?=E9=96=A2?=", "関" },
	};
	(void)state;
	CHECK(cases);
}

static void
decoding_takes_linear_time(void **state)
{
	static char in[1024 * 1024];
	static const char *const pieces[] = { "=?utf-8?Q?", "=?", "=?a?B?b",
		"=?utf-8?Q?a?= ", "?=" };
	clock_t start = clock();

	(void)state;
	for (size_t p = 0; p < 5; p++) {
		size_t n = strlen(pieces[p]);
		struct buf out;

		for (size_t i = 0; i + n <= sizeof(in); i += n)
			memcpy(in + i, pieces[p], n);
		buf_init(&out, 4 * sizeof(in));
		assert_int_equal(word_decode((struct span){ (uint8_t *)in,
		    sizeof(in) }, &out, NULL), OK);
		buf_fini(&out);
	}
	/* 0.1 s, 3-6 s with a sanitizer; quadratic it is an hour */
	assert_true((clock() - start) / CLOCKS_PER_SEC < 60);
}

static void
result_counts_over_all_words(void **state)
{
	struct charset_result result = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	assert_int_equal(word_decode(SPAN("=?utf-8?Q?=FF?= a "
	    "=?cp932?B?8EA=?= =?utf-7?Q?a?="), &out, &result), OK);
	assert_int_equal(result.bad, 1);
	assert_int_equal(result.private_use, 1);
	assert_true(result.utf7);
	buf_fini(&out);
	assert_true(word_is_encoded(SPAN("x =?utf-8?Q?a?=")));
	assert_false(word_is_encoded(SPAN("x =?utf-8 Q?a?=")));
}

static void
check_parameter(const struct parameter *list, size_t n, const char *expected,
    bool expected_utf8)
{
	bool is_utf8, found;
	struct buf out;

	buf_init(&out, OUT_MAX);
	assert_int_equal(word_parameter(list, n, SPAN("filename"), &out,
	    &is_utf8, &found), OK);
	assert_int_equal(found, expected != NULL);
	assert_int_equal(is_utf8, expected_utf8);
	if (expected != NULL && !span_equal(buf_span(&out),
	    span_str(expected)))
		fail_msg("\"%.*s\", not \"%s\"", (int)out.len,
		    (const char *)out.ptr, expected);
	buf_fini(&out);
}
#define PARAMETERS(...)	(const struct parameter[]){ __VA_ARGS__ }, \
	sizeof((struct parameter[]){ __VA_ARGS__ }) / sizeof(struct parameter)
#define P(name, value)	{ SPAN(name), SPAN(value) }

static void
sections_are_put_together_in_order(void **state)
{
	(void)state;
	check_parameter(PARAMETERS(P("filename*0*", "utf-8''%E9%96"),
	    P("filename*1*", "%A2"), P("filename*2", ".txt")), "関.txt", true);
	check_parameter(PARAMETERS(P("filename*1*", "%A2.txt"),
	    P("filename*0*", "utf-8''%E9%96")), "関.txt", true);
	check_parameter(PARAMETERS(P("filename*0", "a"), P("filename*1", "b")),
	    "ab", false);
	/* one is missing; one is there twice */
	check_parameter(PARAMETERS(P("filename*0", "a"), P("filename*2", "c"),
	    P("filename*2", "d")), "ac", false);
}

static void
extended_values_are_decoded(void **state)
{
	(void)state;
	check_parameter(PARAMETERS(P("filename", "x.txt"),
	    P("filename*", "UTF-8'ja'%E9%96%A2.txt")), "関.txt", true);
	check_parameter(PARAMETERS(P("filename*",
	    "iso-2022-jp''%1B$B4X=j%1B(B.txt")), "関所.txt", true);
	check_parameter(PARAMETERS(P("filename*", "cp932''%8A%D6")), "関",
	    true);
	/* without its charset, and with a broken code */
	check_parameter(PARAMETERS(P("filename*", "%E9%96%A2.txt")), "関.txt",
	    true);
	check_parameter(PARAMETERS(P("filename*", "utf-8''100%.txt")),
	    "100%.txt", true);
}

static void
a_zero_byte_does_not_cut_a_name(void **state)
{
	bool is_utf8, found;
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	assert_int_equal(word_parameter(PARAMETERS(P("filename*",
	    "utf-8''a.txt%00.exe")), SPAN("filename"), &out, &is_utf8, &found),
	    OK);
	assert_true(span_equal(buf_span(&out), SPAN("a.txt\0.exe")));
	buf_fini(&out);
}

static void
plain_values_stay_raw(void **state)
{
	(void)state;
	check_parameter(PARAMETERS(P("name", "no"), P("filename",
	    "=?utf-8?B?6Zai?="), P("filename", "second")), "=?utf-8?B?6Zai?=",
	    false);
	check_parameter(PARAMETERS(P("filenames", "no"), P("filename*x", "no"),
	    P("name", "no")), NULL, false);
}

static void
too_many_sections_are_a_limit(void **state)
{
	bool is_utf8, found;
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	assert_int_equal(word_parameter(PARAMETERS(P("filename*100", "x")),
	    SPAN("filename"), &out, &is_utf8, &found), ERR_LIMIT);
	assert_int_equal(word_parameter(PARAMETERS(P("filename*99", "x")),
	    SPAN("filename"), &out, &is_utf8, &found), OK);
	buf_fini(&out);
}

static void
encoded_words_are_filled_with_whole_characters(void **state)
{
	char text[400] = "";
	struct buf out, back;
	struct span s, token;

	(void)state;
	for (size_t i = 0; i < 30; i++)
		strncat(text, "関a", sizeof(text) - strlen(text) - 1);
	buf_init(&out, OUT_MAX);
	buf_init(&back, OUT_MAX);
	assert_int_equal(word_encode(span_str(text), &out), OK);
	s = buf_span(&out);
	while (s.len > 0) {
		struct buf word;

		span_cut(&s, ' ', &token);
		assert_true(token.len <= 75);
		buf_init(&word, OUT_MAX);
		assert_int_equal(word_decode(token, &word, NULL), OK);
		assert_true(word.len <= WORD_BYTES_MAX);
		/* filled: the next character did not fit */
		if (s.len > 0)
			assert_true(word.len > WORD_BYTES_MAX - 3);
		assert_int_equal(span_find(buf_span(&word),
		    SPAN("\xef\xbf\xbd")), word.len);
		buf_fini(&word);
	}
	assert_int_equal(word_decode(buf_span(&out), &back, NULL), OK);
	assert_true(span_equal(buf_span(&back), span_str(text)));
	buf_clear(&out);
	assert_int_equal(word_encode(span_str("関"), &out), OK);
	assert_true(span_equal(buf_span(&out), SPAN("=?UTF-8?B?6Zai?=")));
	buf_fini(&out);
	buf_fini(&back);
}

static void
percent_encoding_keeps_letters_digits_and_three_signs(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	assert_int_equal(word_percent(span_str("aZ09-._ 関(1)'*~"), &out), OK);
	assert_true(span_equal(buf_span(&out),
	    SPAN("aZ09-._%20%E9%96%A2%281%29%27%2A%7E")));
	buf_fini(&out);
}

static void
fields_are_folded_at_76(void **state)
{
	struct buf out;
	char a[71];

	(void)state;
	memset(a, 'a', 70);
	a[70] = '\0';
	buf_init(&out, OUT_MAX);
	assert_int_equal(word_fold(SPAN("To"), SPAN("<a@b>, <c@d>"), &out),
	    OK);
	assert_true(span_equal(buf_span(&out), SPAN("To: <a@b>, <c@d>\r\n")));
	/* "To: " and 70 bytes are 74: " b" still fits, " bc" does not */
	buf_clear(&out);
	assert_int_equal(buf_printf(&out, "%s b", a), OK);
	{
		struct buf folded;

		buf_init(&folded, OUT_MAX);
		assert_int_equal(word_fold(SPAN("To"), buf_span(&out),
		    &folded), OK);
		assert_int_equal(span_find(buf_span(&folded), SPAN("\r\n")),
		    76);
		buf_clear(&folded);
		assert_int_equal(buf_add_byte(&out, 'c'), OK);
		assert_int_equal(word_fold(SPAN("To"), buf_span(&out),
		    &folded), OK);
		assert_true(span_ends(buf_span(&folded), SPAN("a\r\n bc\r\n")));
		buf_fini(&folded);
	}
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encoded_words_are_decoded),
		cmocka_unit_test(
		    words_are_joined_before_their_charset_is_decoded),
		cmocka_unit_test(japanese_subjects_give_what_was_written),
		cmocka_unit_test(words_are_found_in_quotes_and_without_blanks),
		cmocka_unit_test(
		    broken_words_are_read_as_far_as_they_make_sense),
		cmocka_unit_test(decoding_takes_linear_time),
		cmocka_unit_test(result_counts_over_all_words),
		cmocka_unit_test(sections_are_put_together_in_order),
		cmocka_unit_test(extended_values_are_decoded),
		cmocka_unit_test(a_zero_byte_does_not_cut_a_name),
		cmocka_unit_test(plain_values_stay_raw),
		cmocka_unit_test(too_many_sections_are_a_limit),
		cmocka_unit_test(
		    encoded_words_are_filled_with_whole_characters),
		cmocka_unit_test(
		    percent_encoding_keeps_letters_digits_and_three_signs),
		cmocka_unit_test(fields_are_folded_at_76),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
