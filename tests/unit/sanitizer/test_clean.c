/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cleaning: what is taken out, what stays, what is counted; any split.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "../../../gateway/base/utf8.h"
#include "../../../sanitizer/clean.h"

#define OUT_MAX	(1024 * 1024)

struct test_case {
	struct span	in;
	struct span	out;
};
#define CASE(in, out)	{ SPAN(in), SPAN(out) }

static void
split(struct span in, enum clean_mode mode, size_t step, struct buf *out,
    struct clean_counts *counts)
{
	struct clean_filter f;
	struct buf_sink sink;

	buf_sink_init(&sink, out);
	clean_filter_init(&f, mode, &sink.filter);
	for (size_t at = 0; at < in.len; at += step)
		assert_int_equal(filter_write(&f.filter,
		    span_sub(in, at, step)), OK);
	assert_int_equal(filter_end(&f.filter), OK);
	*counts = f.counts;
}

static void
check(enum clean_mode mode, const struct test_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t step = 1; step <= cases[i].in.len + 1; step++) {
			struct clean_counts counts;
			struct buf out;

			buf_init(&out, OUT_MAX);
			split(cases[i].in, mode, step, &out, &counts);
			if (!span_equal(buf_span(&out), cases[i].out))
				fail_msg("case %zu by %zu: \"%.*s\"", i, step,
				    (int)out.len, (const char *)out.ptr);
			buf_fini(&out);
		}
}
#define CHECK(mode, cases)	\
	check(mode, cases, sizeof(cases) / sizeof(cases[0]))

static void
invisible_characters_go(void **state)
{
	static const struct test_case cases[] = {
		CASE("a\0b\x1b" "c\x7f", "abc"),
		CASE("a\xc2\x80\xc2\x9f" "b", "ab"),
		/* RLO, LRI, PDI: "exe.fdp" would show as "pdf.exe" */
		CASE("\xe2\x80\xae" "exe\xe2\x81\xa6x\xe2\x81\xa9", "exex"),
		CASE("a\xe2\x80\x8b" "b\xef\xbb\xbf" "c\xe2\x81\xa0", "abc"),
		CASE("co\xc2\xad" "op", "coop"),
		CASE("\xf3\xa0\x81\xa1" "a", "a"),
		CASE("\xcd\x8f\xd8\x9c\xe1\xa0\x8e", ""),
		CASE("\xef\xbf\xb9" "a\xef\xbf\xbb", "a"),
	};
	(void)state;
	CHECK(CLEAN_TEXT, cases);
}

static void
what_japanese_text_needs_stays(void **state)
{
	static const struct test_case cases[] = {
		/* IVS: 葛 + VS17; VS16; gaiji; half-width kana; 〜 */
		CASE("\xe8\x91\x9b\xf3\xa0\x84\x80", "\xe8\x91\x9b\xf3\xa0\x84"
		    "\x80"),
		CASE("\xe2\x98\x83\xef\xb8\x8f", "\xe2\x98\x83\xef\xb8\x8f"),
		CASE("\xee\x80\x80", "\xee\x80\x80"),
		CASE("\xef\xbd\xb1\xe2\x91\xa0", "\xef\xbd\xb1\xe2\x91\xa0"),
	};
	(void)state;
	CHECK(CLEAN_TEXT, cases);
}

/* Hidden words can be spelt with selectors: emoji 😊 and a row of them. */
static void
a_selector_stays_behind_what_it_selects(void **state)
{
#define VS1	"\xef\xb8\x80"
#define VS15	"\xef\xb8\x8e"
#define VS16	"\xef\xb8\x8f"
#define VS17	"\xf3\xa0\x84\x80"
#define SMILE	"\xf0\x9f\x98\x8a"
	static const struct test_case cases[] = {
		CASE(SMILE VS17 VS17 VS1 "x", SMILE "x"),
		CASE(SMILE VS16 VS16 VS15 "x", SMILE VS16 "x"),
		CASE("葛" VS17 VS17 VS16 "城" VS1 "x", "葛" VS17 "城" VS1 "x"),
		CASE("1" VS16 "\xe2\x83\xa3", "1" VS16 "\xe2\x83\xa3"),
		CASE("a" VS1 "b" VS17 "c", "abc"),
		CASE(VS16 " " VS16 "\n" VS17 "x", " \r\nx"),
		CASE("𠮷" VS17 "x", "𠮷" VS17 "x"),
	};
	static const struct test_case headers[] = {
		CASE("葛\n" VS17 "x", "葛 x"),
	};

	(void)state;
	CHECK(CLEAN_TEXT, cases);
	CHECK(CLEAN_HEADER, headers);
}

static void
a_joiner_stays_between_emoji_only(void **state)
{
#define ZWJ	"\xe2\x80\x8d"
#define MAN	"\xf0\x9f\x91\xa8"
#define HEART	"\xe2\x9d\xa4\xef\xb8\x8f"
	static const struct test_case cases[] = {
		CASE(MAN ZWJ MAN, MAN ZWJ MAN),
		CASE(MAN ZWJ HEART ZWJ MAN, MAN ZWJ HEART ZWJ MAN),
		CASE("a" ZWJ "b", "ab"),
		CASE(MAN ZWJ "b", MAN "b"),
		CASE(MAN ZWJ ZWJ MAN, MAN ZWJ MAN),
		CASE(MAN ZWJ, MAN),
		CASE(ZWJ MAN, MAN),
		CASE(MAN ZWJ "\n" MAN, MAN "\r\n" MAN),
	};
	static const struct test_case headers[] = {
		CASE(MAN ZWJ "\n" MAN, MAN " " MAN),
		CASE(MAN "\n" ZWJ MAN, MAN " " MAN),
	};

	(void)state;
	CHECK(CLEAN_TEXT, cases);
	CHECK(CLEAN_HEADER, headers);
}

static void
all_line_ends_become_crlf(void **state)
{
	static const struct test_case cases[] = {
		CASE("a\nb\r\nc\rd\r\r\ne", "a\r\nb\r\nc\r\nd\r\n\r\ne"),
		CASE("a\xe2\x80\xa8" "b\xe2\x80\xa9" "c\x0b" "d\x0c" "e",
		    "a\r\nb\r\nc\r\nd\r\ne"),
		CASE("a\tb\r\n", "a\tb\r\n"),
	};
	(void)state;
	CHECK(CLEAN_TEXT, cases);
}

static void
a_header_is_one_line(void **state)
{
	static const struct test_case cases[] = {
		CASE("a\r\n b", "a b"),
		CASE("a\r\n\tb", "a b"),
		CASE("a \r\nb", "a b"),
		CASE("\r\na\r\n", "a"),
		CASE("a\r\nBcc: x", "a Bcc: x"),
		CASE("a\t\tb", "a b"),
	};
	(void)state;
	CHECK(CLEAN_HEADER, cases);
}

static void
bad_bytes_become_the_replacement_character(void **state)
{
#define BAD	"\xef\xbf\xbd"
	static const struct test_case cases[] = {
		CASE("a\x80" "b", "a" BAD "b"),
		CASE("\xe3\x81", BAD BAD),
		CASE("\xe3\x81" "a", BAD BAD "a"),
		CASE("\xc0\xaf", BAD BAD),
		CASE("\xed\xa0\x80", BAD BAD BAD),
		CASE("\xef\xbf\xbe\xef\xb7\x90\xf0\x9f\xbf\xbf", BAD BAD BAD),
	};
	(void)state;
	CHECK(CLEAN_TEXT, cases);
}

static void
each_class_is_counted(void **state)
{
	struct clean_counts c = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	assert_int_equal(clean_text(SPAN("\x01\x02" "\xe2\x80\xae"
	    "\xe2\x80\x8b\xe2\x80\x8b\xe2\x80\x8b" "\xc2\xad"
	    "\xf3\xa0\x80\x81" "\xff" "\xee\x80\x80\xf3\xb0\x80\x80"),
	    CLEAN_TEXT, &out, &c), OK);
	assert_int_equal(c.controls, 2);
	assert_int_equal(c.bidi, 1);
	assert_int_equal(c.zero_width, 3);
	assert_int_equal(c.soft_hyphens, 1);
	assert_int_equal(c.tags, 1);
	assert_int_equal(c.bad, 1);
	assert_int_equal(c.private_use, 2);
	assert_int_equal(clean_counts_removed(&c), 9);
	buf_fini(&out);
}

/* The table of the safe form (mime_write.h, 5.), written once more. */
static bool
is_char(uint32_t c)
{
	static const uint32_t out[][2] = {
		{ 0x00, 0x08 }, { 0x0b, 0x0c }, { 0x0e, 0x1f }, { 0x7f, 0x9f },
		{ 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c },
		{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
		{ 0x1d173, 0x1d17a }, { 0xe0000, 0xe007f },
		{ 0xfdd0, 0xfdef },
	};

	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		if (c >= out[i][0] && c <= out[i][1])
			return false;
	return (c & 0xfffe) != 0xfffe;
}

static void
every_character_of_unicode_comes_out_as_char(void **state)
{
	struct clean_counts counts = { 0 };
	struct buf in, out;
	size_t n, kept = 0, expected = 0;

	(void)state;
	buf_init(&in, 16 * OUT_MAX);
	buf_init(&out, 16 * OUT_MAX);
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		uint8_t bytes[4];

		if ((c >= 0xd800 && c <= 0xdfff) || c == '\r' || c == '\n')
			continue;
		if (is_char(c))
			expected++;
		assert_int_equal(buf_add(&in, (struct span){ bytes,
		    utf8_encode(c, bytes) }), OK);
	}
	assert_int_equal(clean_text(buf_span(&in), CLEAN_TEXT, &out, &counts),
	    OK);
	for (struct span s = buf_span(&out); s.len > 0;
	    s = span_sub(s, n, s.len)) {
		uint32_t c = utf8_decode(s, &n);

		assert_true(c != UTF8_BAD && is_char(c));
		if (c != '\r' && c != '\n' && c != 0xfffd)
			kept++;
	}
	/* FFFD itself, and selectors: one of them is the first in a row */
	assert_int_equal(kept, expected - 1 - (16 + 240 - 1));
	buf_fini(&in);
	buf_fini(&out);
}

static void
cleaning_twice_changes_nothing(void **state)
{
	static const struct span in = SPAN("a\xe2\x80\x8d\xf0\x9f\x91\xa8"
	    "\xe2\x80\x8d\xe2\x80\xae\xf0\x9f\x91\xa8\r\r\n\x85\xc2\x85 b");
	struct buf once, twice;

	(void)state;
	buf_init(&once, OUT_MAX);
	buf_init(&twice, OUT_MAX);
	for (enum clean_mode mode = CLEAN_HEADER; mode <= CLEAN_TEXT; mode++) {
		buf_clear(&once);
		buf_clear(&twice);
		assert_int_equal(clean_text(in, mode, &once, NULL), OK);
		assert_int_equal(clean_text(buf_span(&once), mode, &twice,
		    NULL), OK);
		assert_true(span_equal(buf_span(&once), buf_span(&twice)));
	}
	buf_fini(&once);
	buf_fini(&twice);
}

static void
nfc_composes_and_keeps_compatibility_characters(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, OUT_MAX);
	/* か + dakuten becomes が; ① stays ①; bad bytes U+FFFD */
	assert_int_equal(clean_nfc(SPAN("\xe3\x81\x8b\xe3\x82\x99\xe2\x91\xa0"
	    "\xff"), &out), OK);
	assert_true(span_equal(buf_span(&out),
	    SPAN("\xe3\x81\x8c\xe2\x91\xa0\xef\xbf\xbd")));
	buf_clear(&out);
	assert_int_equal(clean_nfc((struct span){ NULL, 0 }, &out), OK);
	assert_int_equal(out.len, 0);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(invisible_characters_go),
		cmocka_unit_test(what_japanese_text_needs_stays),
		cmocka_unit_test(a_selector_stays_behind_what_it_selects),
		cmocka_unit_test(a_joiner_stays_between_emoji_only),
		cmocka_unit_test(all_line_ends_become_crlf),
		cmocka_unit_test(a_header_is_one_line),
		cmocka_unit_test(bad_bytes_become_the_replacement_character),
		cmocka_unit_test(each_class_is_counted),
		cmocka_unit_test(every_character_of_unicode_comes_out_as_char),
		cmocka_unit_test(cleaning_twice_changes_nothing),
		cmocka_unit_test(
		    nfc_composes_and_keeps_compatibility_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
