/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Charsets: the characters that Japanese users expect from each spelling of
 * their charsets, guessing, and nothing lost in silence; any split.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "../../../gateway/base/utf8.h"
#include "../../../sanitizer/charset.h"

#define OUT_MAX	(1024 * 1024)
#define BAD	"\xef\xbf\xbd"

struct test_case {
	const char	*label;
	struct span	 in;
	const char	*out;
	uint64_t	 bad;
	const char	*name;	/* NULL: not looked at */
};

static void
check(const struct test_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t step = 1; step <= cases[i].in.len + 1; step++) {
			struct charset_filter f;
			struct buf_sink sink;
			struct buf out;

			buf_init(&out, OUT_MAX);
			buf_sink_init(&sink, &out);
			charset_filter_init(&f, span_str(cases[i].label),
			    &sink.filter);
			for (size_t at = 0; at < cases[i].in.len; at += step)
				assert_int_equal(filter_write(&f.filter,
				    span_sub(cases[i].in, at, step)), OK);
			assert_int_equal(filter_end(&f.filter), OK);
			if (!span_equal(buf_span(&out),
			    span_str(cases[i].out)) ||
			    f.result.bad != cases[i].bad)
				fail_msg("case %zu by %zu: \"%.*s\" as %s, "
				    "%d bad", i, step, (int)out.len,
				    (const char *)out.ptr, f.result.name,
				    (int)f.result.bad);
			if (cases[i].name != NULL)
				assert_string_equal(f.result.name,
				    cases[i].name);
			charset_filter_fini(&f);
			buf_fini(&out);
		}
}
#define CHECK(cases)	check(cases, sizeof(cases) / sizeof(cases[0]))

static void
iso_2022_jp_in_all_its_forms(void **state)
{
	static const struct test_case cases[] = {
		{ "iso-2022-jp", SPAN("\x1b$B4X=j\x1b(B!"), "関所!", 0, NULL },
		{ "ISO-2022-JP", SPAN("\x1b$@4X=j\x1b(J\\~"), "関所\\~", 0,
		    NULL },
		/* NEC row 13, IBM extensions by NEC's rows */
		{ "cp50220", SPAN("\x1b$B-!-j|b\x1b(B"), "①㈱髙", 0, NULL },
		/* what Windows shows: FULLWIDTH TILDE and HYPHEN-MINUS */
		{ "iso-2022-jp", SPAN("\x1b$B!A!]!q!B\x1b(B"),
		    "\xef\xbd\x9e\xef\xbc\x8d\xef\xbf\xa0\xe2\x88\xa5", 0,
		    NULL },
		/* half-width kana by escape, by SO/SI, by 8 bits */
		{ "iso-2022-jp", SPAN("\x1b(I123\x1b(B"), "ｱｲｳ", 0, NULL },
		{ "cp50222", SPAN("\x0e" "123\x0f" "1"), "ｱｲｳ1", 0, NULL },
		{ "iso-2022-jp", SPAN("\xb1\xb2\xb3"), "ｱｲｳ", 0, NULL },
		/* JIS X 0212: 丂; gaiji; 8-bit Shift_JIS under this name */
		{ "iso-2022-jp-1", SPAN("\x1b$(D0!\x1b(B"), "丂", 0, NULL },
		{ "iso-2022-jp-ms", SPAN("\x1b$(?!!\x1b(B"), "\xee\x80\x80",
		    0, NULL },
		{ "iso-2022-jp", SPAN("\x8a\xd6\x8f\x8a"), "関所", 0, NULL },
		/* a line that was cut ends in ASCII */
		{ "jis", SPAN("\x1b$B4X\r\nabc"), "関\r\nabc", 0, NULL },
		{ "iso-2022-jp-2", SPAN("\x1b$(C0!\x1b$A0!\x1b(B"), "가啊", 0,
		    NULL },
	};
	(void)state;
	CHECK(cases);
}

static void
shift_jis_is_windows_31j(void **state)
{
	static const struct test_case cases[] = {
		{ "shift_jis", SPAN("\x8a\xd6\x8f\x8a"), "関所", 0, NULL },
		{ "x-sjis", SPAN("\x87\x40\x87\x8a\xfb\xfc\xee\xe0"), "①㈱髙髙",
		    0, NULL },
		{ "windows-31j", SPAN("\x81\x60\x81\x7c\x81\x5c"),
		    "\xef\xbd\x9e\xef\xbc\x8d\xe2\x80\x95", 0, NULL },
		{ "ms_kanji", SPAN("\xb1\xb2 \\ ~"), "ｱｲ \\ ~", 0, NULL },
		/* a trail byte that is a backslash */
		{ "cp932", SPAN("\x83\x5c\x95\x5c\x8f\x5c"), "ソ表十", 0,
		    "shift_jis" },
		{ "cp932", SPAN("\xf0\x40"), "\xee\x80\x80", 0, NULL },
	};
	(void)state;
	CHECK(cases);
}

static void
euc_jp_gives_the_same_characters(void **state)
{
	static const struct test_case cases[] = {
		{ "euc-jp", SPAN("\xb4\xd8\xbd\xea"), "関所", 0, NULL },
		{ "cp51932", SPAN("\xad\xa1\xad\xea\xfc\xe2"), "①㈱髙", 0,
		    NULL },
		{ "x-euc-jp", SPAN("\x8e\xb1\x8e\xb2\xa1\xc1\xa1\xdd"),
		    "ｱｲ\xef\xbd\x9e\xef\xbc\x8d", 0, NULL },
		{ "eucjp-ms", SPAN("\x8f\xb0\xa1"), "丂", 0, NULL },
	};
	(void)state;
	CHECK(cases);
}

static void
other_charsets_are_known(void **state)
{
	static const struct test_case cases[] = {
		{ "iso-8859-1", SPAN("caf\xe9 \x80"), "café €", 0, NULL },
		{ "koi8-r", SPAN("\xcd\xc9\xd2"), "мир", 0, NULL },
		{ "windows-1251", SPAN("\xec\xe8\xf0"), "мир", 0, NULL },
		{ "gb2312", SPAN("\xc4\xe3\xba\xc3"), "你好", 0, "gb18030" },
		{ "big5", SPAN("\xa7\x41\xa6\x6e"), "你好", 0, NULL },
		{ "ks_c_5601-1987", SPAN("\xb0\xa1"), "가", 0, "euc-kr" },
		{ "utf-7", SPAN("+laJiQA-!"), "関所!", 0, "utf-7" },
		{ "utf-16", SPAN("\xff\xfe\xa2\x95"), "関", 0, "utf-16le" },
		{ "utf-16", SPAN("\xfe\xff\x95\xa2"), "関", 0, "utf-16be" },
		{ "utf-16", SPAN("\x95\xa2\0a"), "関a", 0, "utf-16be" },
		{ "utf-16", SPAN("a\0b\0c\0"), "abc", 0, "utf-16le" },
		{ "utf-8", SPAN("\xef\xbb\xbf\xe9\x96\xa2"), "関", 0, NULL },
		{ " \"UTF-8\" ", SPAN("\xe9\x96\xa2"), "関", 0, "utf-8" },
	};
	(void)state;
	CHECK(cases);
}

static void
malformed_input_is_replaced_and_counted(void **state)
{
	static const struct test_case cases[] = {
		{ "utf-8", SPAN("a\xff" "b\xe3\x81"), "a" BAD "b" BAD BAD, 3,
		    NULL },
		{ "shift_jis", SPAN("\x8a"), BAD, 1, NULL },
		/* the < behind a lead byte is not eaten */
		{ "shift_jis", SPAN("\x82<a"), BAD "<a", 1, NULL },
		{ "shift_jis", SPAN("\x80\xa0\xff"), BAD BAD BAD, 3, NULL },
		{ "iso-2022-jp", SPAN("\x1b$B4"), BAD, 1, NULL },
		{ "iso-2022-jp", SPAN("\x1b$B4\x1b(Ba"), BAD "a", 1, NULL },
		/* still in the two-byte set: the ! is half a character */
		{ "iso-2022-jp", SPAN("\x1b$B4\xe0!"), BAD BAD BAD, 3, NULL },
		{ "iso-2022-jp", SPAN("\x1b%Ga"), "\x1b%Ga", 0, NULL },
		{ "iso-2022-jp", SPAN("\x1b"), BAD, 1, NULL },
		{ "euc-jp", SPAN("\xb4<\x8f\xb0"), BAD "<" BAD, 2, NULL },
		{ "utf-16be", SPAN("\xd8\x00\x00" "a"), BAD "a", 1, NULL },
	};
	(void)state;
	CHECK(cases);
}

static void
what_has_no_label_is_guessed(void **state)
{
	static const struct test_case cases[] = {
		{ "", SPAN("plain text\r\n"), "plain text\r\n", 0, "us-ascii" },
		{ "us-ascii", SPAN("\xe9\x96\xa2\xe6\x89\x80"), "関所", 0,
		    "utf-8" },
		{ "x-unknown", SPAN("\x1b$B4X=j\x1b(B"), "関所", 0,
		    "iso-2022-jp" },
		{ "", SPAN("\x82\xb1\x82\xf1\x82\xc9\x82\xbf\x82\xcd"),
		    "こんにちは", 0, "shift_jis" },
		{ "", SPAN("\xa4\xb3\xa4\xf3\xa4\xcb\xa4\xc1\xa4\xcf"),
		    "こんにちは", 0, "euc-jp" },
		{ "", SPAN("\x8c\xa9\x90\xcf\x8f\x91.pdf"), "見積書.pdf", 0,
		    "shift_jis" },
		{ "", SPAN("\xb8\xab\xc0\xd1\xbd\xf1.pdf"), "見積書.pdf", 0,
		    "euc-jp" },
		{ "", SPAN("d\xe9j\xe0 vu, un \xe9t\xe9 \xe0 No\xebl"),
		    "déjà vu, un été à Noël", 0, "windows-1252" },
		{ "", SPAN("25\xb0" "C"), "25°C", 0, "windows-1252" },
		{ "", SPAN("\xef\xbb\xbf" "a"), "a", 0, "utf-8" },
		{ "", SPAN("\xff\xfe" "a\0\xa2\x95"), "a関", 0, "utf-16le" },
		{ "", SPAN("a\0b\0c\0d\0\xa2\x95"), "abcd関", 0, "utf-16le" },
	};
	(void)state;
	CHECK(cases);
}

static void
stray_zeroes_do_not_make_it_utf16(void **state)
{
	static const struct span texts[] = {
		SPAN("bo\0dy\r\n"), SPAN("a\0"), SPAN("\0hello"),
		SPAN("a\0b\0\r\nc"),
	};
	struct charset_result result;
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_init(&out, 1024);
		assert_int_equal(charset_decode(SPAN(""), texts[i], &out,
		    &result), OK);
		assert_true(span_equal(buf_span(&out), texts[i]));
		buf_fini(&out);
	}
}

static void
a_guess_looks_behind_long_ascii(void **state)
{
	static char in[300 * 1024];
	struct charset_result result;
	struct buf out;

	(void)state;
	memset(in, 'a', sizeof(in));
	/* 関 in CP932, again and again from the 200,000th byte on */
	for (size_t i = 200000; i + 1 < sizeof(in); i += 2)
		memcpy(in + i, "\x8a\xd6", 2);
	buf_init(&out, OUT_MAX);
	assert_int_equal(charset_decode(SPAN(""), (struct span){
	    (uint8_t *)in, sizeof(in) }, &out, &result), OK);
	assert_string_equal(result.name, "shift_jis");
	assert_true(result.guessed);
	assert_int_equal(result.bad, 0);
	assert_int_equal(out.len, 200000 + (sizeof(in) - 200000) / 2 * 3);
	buf_fini(&out);
}

static void
gaiji_are_kept_and_counted(void **state)
{
	static const struct span in[] = { SPAN("\xf0\x40\xf9\xfc"),
		SPAN("\xee\x80\x80\xf3\xb0\x80\x80") };
	static const char *const labels[] = { "cp932", "utf-8" };
	struct charset_result result;
	struct buf out;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		buf_init(&out, OUT_MAX);
		assert_int_equal(charset_decode(span_str(labels[i]), in[i],
		    &out, &result), OK);
		assert_int_equal(result.private_use, 2);
		assert_int_equal(result.bad, 0);
		buf_fini(&out);
	}
}

static void
labels_of_mails_never_reach_icu(void **state)
{
	(void)state;
	assert_true(charset_known(SPAN("Windows-31J")));
	assert_true(charset_known(SPAN("us-ascii")));
	assert_false(charset_known(SPAN("UTF-16,swaplfnl")));
	assert_false(charset_known(SPAN("ibm-943")) &&
	    charset_known(SPAN("../../etc/passwd")));
	assert_false(charset_known(SPAN("")));
}

/* A converter that ICU does not have would be guessed instead. */
static void
every_charset_of_the_table_has_its_converter(void **state)
{
	static const char *const labels[] = { "utf-8", "shift_jis",
		"iso-2022-jp", "euc-jp", "utf-16le", "utf-16be", "utf-32le",
		"utf-32be", "windows-1252", "gb18030", "euc-kr", "utf-7",
		"big5", "big5-hkscs", "iso-2022-kr", "hz-gb-2312",
		"windows-1250", "windows-1251", "windows-1253",
		"windows-1254", "windows-1255", "windows-1256",
		"windows-1257", "windows-1258", "windows-874", "iso-8859-2",
		"iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6",
		"iso-8859-7", "iso-8859-8", "iso-8859-10", "iso-8859-13",
		"iso-8859-14", "iso-8859-15", "koi8-r", "koi8-u" };

	(void)state;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		struct charset_result result;
		struct buf out;

		buf_init(&out, OUT_MAX);
		assert_int_equal(charset_decode(span_str(labels[i]),
		    SPAN("\xa4\xa4\0\0"), &out, &result), OK);
		assert_string_equal(result.name, labels[i]);
		assert_false(result.guessed);
		buf_fini(&out);
	}
}

/* One text under way while another one of the same charset is decoded. */
static void
two_texts_do_not_disturb_each_other(void **state)
{
	struct charset_filter a, b;
	struct buf_sink sink_a, sink_b;
	struct buf out_a, out_b;

	(void)state;
	buf_init(&out_a, OUT_MAX);
	buf_init(&out_b, OUT_MAX);
	buf_sink_init(&sink_a, &out_a);
	buf_sink_init(&sink_b, &out_b);
	charset_filter_init(&a, SPAN("shift_jis"), &sink_a.filter);
	charset_filter_init(&b, SPAN("shift_jis"), &sink_b.filter);
	assert_int_equal(filter_write(&a.filter, SPAN("\x8a")), OK);
	assert_int_equal(filter_write(&b.filter, SPAN("\x8f\x8a")), OK);
	assert_int_equal(filter_write(&a.filter, SPAN("\xd6")), OK);
	assert_int_equal(filter_end(&a.filter), OK);
	assert_int_equal(filter_end(&b.filter), OK);
	charset_filter_fini(&a);
	charset_filter_fini(&b);
	assert_true(span_equal(buf_span(&out_a), span_str("関")));
	assert_true(span_equal(buf_span(&out_b), span_str("所")));
	buf_fini(&out_a);
	buf_fini(&out_b);
}

/* CP932 and JIS row by row: every two-byte code, one result. */
static void
jis_and_shift_jis_agree_on_every_character(void **state)
{
	struct buf jis, sjis;

	(void)state;
	buf_init(&jis, OUT_MAX);
	buf_init(&sjis, OUT_MAX);
	for (unsigned row = 0x21; row <= 0x7e; row++)
		for (unsigned cell = 0x21; cell <= 0x7e; cell++) {
			uint8_t a[] = { 0x1b, '$', 'B', (uint8_t)row,
				(uint8_t)cell, 0x1b, '(', 'B' };
			unsigned lead = (row + 1) / 2 +
			    (row < 0x5f ? 0x70 : 0xb0);
			unsigned trail = cell + (row % 2 == 0 ? 0x7e :
			    cell < 0x60 ? 0x1f : 0x20);
			uint8_t b[] = { (uint8_t)lead, (uint8_t)trail };

			buf_clear(&jis);
			buf_clear(&sjis);
			assert_int_equal(charset_decode(SPAN("iso-2022-jp"),
			    (struct span){ a, sizeof(a) }, &jis, NULL), OK);
			assert_int_equal(charset_decode(SPAN("cp932"),
			    (struct span){ b, sizeof(b) }, &sjis, NULL), OK);
			assert_true(span_equal(buf_span(&jis),
			    buf_span(&sjis)));
		}
	buf_fini(&jis);
	buf_fini(&sjis);
}

static void
output_is_always_utf8(void **state)
{
	static const char *const labels[] = { "iso-2022-jp", "euc-jp",
		"cp932", "utf-8", "utf-7", "utf-16", "gb18030", "big5",
		"euc-kr", "" };
	uint8_t in[512];
	uint32_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		const char *label = labels[round % 10];
		struct buf out;

		for (size_t i = 0; i < sizeof(in); i++) {
			seed = seed * 1664525 + 1013904223;
			in[i] = (uint8_t)(seed >> 24);
		}
		buf_init(&out, OUT_MAX);
		assert_int_equal(charset_decode(span_str(label),
		    (struct span){ in, sizeof(in) }, &out, NULL), OK);
		assert_int_equal(utf8_check(buf_span(&out)), out.len);
		buf_fini(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iso_2022_jp_in_all_its_forms),
		cmocka_unit_test(shift_jis_is_windows_31j),
		cmocka_unit_test(euc_jp_gives_the_same_characters),
		cmocka_unit_test(other_charsets_are_known),
		cmocka_unit_test(malformed_input_is_replaced_and_counted),
		cmocka_unit_test(what_has_no_label_is_guessed),
		cmocka_unit_test(stray_zeroes_do_not_make_it_utf16),
		cmocka_unit_test(a_guess_looks_behind_long_ascii),
		cmocka_unit_test(gaiji_are_kept_and_counted),
		cmocka_unit_test(labels_of_mails_never_reach_icu),
		cmocka_unit_test(every_charset_of_the_table_has_its_converter),
		cmocka_unit_test(two_texts_do_not_disturb_each_other),
		cmocka_unit_test(jis_and_shift_jis_agree_on_every_character),
		cmocka_unit_test(output_is_always_utf8),
	};

	charset_warm();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
