/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../../../gateway/verify/verify_text.h"
#include "safe_mail.h"

static bool
is_text(enum text_kind kind, const void *bytes, size_t len, size_t step)
{
	struct span s = { bytes, len };
	struct text text;

	text_init(&text, kind);
	for (; s.len > 0; s = span_sub(s, step, s.len))
		if (text_write(&text, span_sub(s, 0, step), NULL) != OK)
			return false;
	return text_end(&text, NULL) == OK;
}

/* A literal, with the NULs that are in it; in every split. */
static bool
takes(enum text_kind kind, const char *bytes, size_t len)
{
	bool yes = is_text(kind, bytes, len, len);

	for (size_t step = 1; step < len; step++)
		assert_int_equal(is_text(kind, bytes, len, step), yes);
	return yes;
}

#define TAKES(kind, literal)	takes(kind, literal, sizeof(literal) - 1)

static void
words_are_one_line_of_visible_characters(void **state)
{
	(void)state;
	assert_true(TAKES(TEXT_WORDS, "見積書 (1).txt"));
	assert_true(TAKES(TEXT_WORDS, "\xf0\xa0\xae\xb7"));	/* U+20BB7 */
	assert_true(TAKES(TEXT_WORDS, "葛\xf3\xa0\x84\x80"));	/* IVS */
	assert_true(TAKES(TEXT_WORDS, "\xee\x80\x80"));	/* private use */
	assert_false(TAKES(TEXT_WORDS, "a\tb"));
	assert_false(TAKES(TEXT_WORDS, "a\r\nb"));
	assert_false(TAKES(TEXT_WORDS, "a\0b"));
	assert_false(TAKES(TEXT_WORDS, "a\x7f"));
	assert_false(TAKES(TEXT_WORDS, "a\x1b[0m"));
}

static void
lines_end_in_crlf_and_the_last_one_too(void **state)
{
	(void)state;
	assert_true(TAKES(TEXT_BODY, "\r\n"));
	assert_true(TAKES(TEXT_BODY, "a\tb\r\n\r\n"));
	assert_false(TAKES(TEXT_BODY, ""));
	assert_false(TAKES(TEXT_BODY, "a"));
	assert_false(TAKES(TEXT_BODY, "a\n"));
	assert_false(TAKES(TEXT_BODY, "a\r"));
	assert_false(TAKES(TEXT_BODY, "a\rb\r\n"));
	assert_false(TAKES(TEXT_BODY, "a\nb\r\n"));
	assert_false(TAKES(TEXT_BODY, "a\r\r\n"));
	assert_false(TAKES(TEXT_BODY, "a\r\xe3\x81\x82\r\n"));
	assert_false(TAKES(TEXT_BODY, "a\r\nb"));
}

static void
a_file_begins_with_one_bom(void **state)
{
	(void)state;
	assert_true(TAKES(TEXT_FILE, "\xef\xbb\xbf" "a\r\n"));
	assert_false(TAKES(TEXT_FILE, "a\r\n"));
	assert_false(TAKES(TEXT_FILE, "\xe3\x81\x82\r\n"));
	assert_false(TAKES(TEXT_FILE, "\xef\xbb\xbf"));
	assert_false(TAKES(TEXT_FILE, "\xef\xbb\xbf\xef\xbb\xbf" "a\r\n"));
	assert_false(TAKES(TEXT_BODY, "\xef\xbb\xbf" "a\r\n"));
}

static void
only_a_body_is_looked_at_for_encoded_files(void **state)
{
	(void)state;
	assert_false(TAKES(TEXT_BODY, "begin 644 a\r\n"));
	assert_false(TAKES(TEXT_BODY, "a\r\nBeGiN 644 a\r\n"));
	assert_false(TAKES(TEXT_BODY, "=ybegin l\r\n"));
	assert_true(TAKES(TEXT_BODY, " begin 644 a\r\nbegin\r\n=ybegi \r\n"));
	assert_true(TAKES(TEXT_BODY, "あbegin 644 a\r\n"));
	assert_true(TAKES(TEXT_FILE, "\xef\xbb\xbf" "begin 644 a\r\n"));
}

static void
utf8_is_strict(void **state)
{
	static const char *const bad[] = { "\x80", "\xc0\x80", "\xc1\xbf",
		"\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
		"\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xff", "\xe3\x81", "\xe3\x81" "a",
		"\xe3" "a", "\xf0\xa0\xae", "\xc3" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (takes(TEXT_WORDS, bad[i], strlen(bad[i])))
			fail_msg("taken: number %zu", i);
}

/* The list of mime_write.h section 5, once more and by itself. */
static bool
is_listed(uint32_t c)
{
	static const uint32_t list[][2] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad },
		{ 0x34f, 0x34f }, { 0x61c, 0x61c }, { 0x180e, 0x180e },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
		{ 0xd800, 0xdfff }, { 0xfdd0, 0xfdef }, { 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe007f }
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		if (c >= list[i][0] && c <= list[i][1])
			return true;
	return (c & 0xffff) >= 0xfffe;
}

static size_t
encode(uint32_t c, uint8_t *p)
{
	if (c < 0x80) {
		p[0] = (uint8_t)c;
		return 1;
	} else if (c < 0x800) {
		p[0] = (uint8_t)(0xc0 | c >> 6);
		p[1] = (uint8_t)(0x80 | (c & 63));
		return 2;
	} else if (c < 0x10000) {
		p[0] = (uint8_t)(0xe0 | c >> 12);
		p[1] = (uint8_t)(0x80 | (c >> 6 & 63));
		p[2] = (uint8_t)(0x80 | (c & 63));
		return 3;
	}
	p[0] = (uint8_t)(0xf0 | c >> 18);
	p[1] = (uint8_t)(0x80 | (c >> 12 & 63));
	p[2] = (uint8_t)(0x80 | (c >> 6 & 63));
	p[3] = (uint8_t)(0x80 | (c & 63));
	return 4;
}

static void
every_character_is_judged_by_the_list(void **state)
{
	uint8_t bytes[4];

	(void)state;
	for (uint32_t c = 0; c < 0x110000; c++) {
		size_t len = encode(c, bytes);

		if (is_text(TEXT_WORDS, bytes, len, len) == is_listed(c))
			fail_msg("U+%04X is judged wrongly", c);
	}
}

static void
a_joiner_stands_between_emoji_only(void **state)
{
	(void)state;
	assert_true(TAKES(TEXT_WORDS, "👨‍👩‍👧"));
	assert_true(TAKES(TEXT_WORDS, "❤\xef\xb8\x8f\u200d🔥"));
	assert_false(TAKES(TEXT_WORDS, "a\u200db"));
	assert_false(TAKES(TEXT_WORDS, "👨\u200d"));
	assert_false(TAKES(TEXT_WORDS, "👨\u200da"));
	assert_false(TAKES(TEXT_WORDS, "\u200d👨"));
	assert_false(TAKES(TEXT_WORDS, "👨\u200d\u200d👨"));
	assert_false(TAKES(TEXT_WORDS, "👨\u200dあ"));
	assert_false(TAKES(TEXT_BODY, "👨\u200d\r\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_one_line_of_visible_characters),
		cmocka_unit_test(lines_end_in_crlf_and_the_last_one_too),
		cmocka_unit_test(a_file_begins_with_one_bom),
		cmocka_unit_test(only_a_body_is_looked_at_for_encoded_files),
		cmocka_unit_test(utf8_is_strict),
		cmocka_unit_test(every_character_is_judged_by_the_list),
		cmocka_unit_test(a_joiner_stands_between_emoji_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
