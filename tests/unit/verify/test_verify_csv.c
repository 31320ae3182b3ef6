/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../../../gateway/verify/verify_csv.h"
#include "safe_mail.h"

static bool
is_table(struct span s, size_t step)
{
	struct csv csv;

	csv_init(&csv);
	for (; s.len > 0; s = span_sub(s, step, s.len))
		if (csv_write(&csv, span_sub(s, 0, step), NULL) != OK)
			return false;
	return csv_end(&csv, NULL) == OK;
}

static bool
takes(struct span s)
{
	bool yes = is_table(s, s.len);

	for (size_t step = 1; step < s.len; step++)
		assert_int_equal(is_table(s, step), yes);
	return yes;
}

#define TAKES(literal)	takes(SPAN("\xef\xbb\xbf" literal))
#define FIELD(literal)	TAKES("\"x\",\"" literal "\"\r\n")

static void
rows_are_quoted_fields_and_commas(void **state)
{
	(void)state;
	assert_true(TAKES("\"\"\r\n"));
	assert_true(TAKES("\"a\",\"b\"\r\n\"c\"\r\n"));
	assert_true(TAKES("\"a\"\"b\",\"x\r\ny\",\"\tz\"\r\n") == false);
	assert_true(TAKES("\"a\"\"b\",\"x\r\ny\",\"z\t\"\r\n"));
	assert_false(TAKES(""));
	assert_false(TAKES("\r\n"));
	assert_false(TAKES("a\r\n"));
	assert_false(TAKES("\"a\""));
	assert_false(TAKES("\"a\r\n"));
	assert_false(TAKES("\"a\"\r\n\r\n"));
	assert_false(TAKES("\"a\",\r\n"));
	assert_false(TAKES("\"a\",b\r\n"));
	assert_false(TAKES("\"a\";\"b\"\r\n"));
	assert_false(TAKES("\"a\"b\r\n"));
	assert_false(TAKES("\"a\" ,\"b\"\r\n"));
	assert_false(TAKES("\"a\"\r\n "));
	assert_false(TAKES("\"a\"\n"));
	assert_false(takes(SPAN("\"a\"\r\n")));
}

static void
characters_are_those_of_texts(void **state)
{
	(void)state;
	assert_true(FIELD("氏名 𠮷"));
	assert_false(FIELD("a\0b"));
	assert_false(FIELD("a\xe2\x80\xae" "b"));
	assert_false(FIELD("a\xff"));
}

static void
no_field_is_a_formula(void **state)
{
	(void)state;
	assert_false(FIELD("=1"));
	assert_false(FIELD("@x"));
	assert_false(FIELD("\t=1"));
	assert_false(FIELD("\r\n=1"));
	assert_false(FIELD("+A1"));
	assert_false(FIELD("-A1"));
	assert_false(FIELD(" =1"));
	assert_false(FIELD("\xe3\x80\x80=1"));
	assert_false(FIELD("\xc2\xa0=1"));
	assert_false(FIELD("＝1"));
	assert_false(FIELD("＠1"));
	assert_false(FIELD("＋A"));
	assert_false(FIELD("－A"));
	assert_false(FIELD("-1+1"));
	assert_false(FIELD("-1\"\""));
	assert_false(FIELD("-1E"));
	assert_false(FIELD("-1E+"));
	assert_false(FIELD("-E1"));
	assert_false(FIELD("-1E1E1"));
	assert_false(FIELD("-1\r\n"));
	assert_true(FIELD("\"\"=1"));
	assert_true(FIELD("'=1"));
	assert_true(FIELD("a=1"));
	assert_true(FIELD("-1"));
	assert_true(FIELD("-1.5E+10%"));
	assert_true(FIELD("+81 (0)3-1234-5678"));
	assert_true(FIELD("－１，２３４．５％"));
	assert_true(FIELD("-"));
	assert_true(FIELD("  "));
}

static void
a_mail_may_carry_a_table(void **state)
{
	static const struct {
		const char *type, *name, *bytes;
		bool yes;
	} parts[] = {
		{ "text/csv; charset=utf-8", "表.csv",
		    "\xef\xbb\xbf\"a\",\"b\"\r\n", true },
		{ "text/csv; charset=utf-8", "表.csv",
		    "\xef\xbb\xbf\"=a\",\"b\"\r\n", false },
		{ "text/csv; charset=utf-8", "表.txt",
		    "\xef\xbb\xbf\"a\",\"b\"\r\n", false },
		{ "text/csv", "表.csv",
		    "\xef\xbb\xbf\"a\",\"b\"\r\n", false },
		{ "text/plain; charset=utf-8", "表.csv",
		    "\xef\xbb\xbf\"a\",\"b\"\r\n", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		struct out o = { NULL, 0, 0 };

		put_top_fields(&o);
		put_multipart(&o, 0, TEST_TEXT);
		put_part(&o, 0, parts[i].type, parts[i].name, parts[i].bytes,
		    strlen(parts[i].bytes));
		put_delimiter(&o, 0, "--");
		assert_int_equal(judge(o.ptr, o.len).yes, parts[i].yes);
		free(o.ptr);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_quoted_fields_and_commas),
		cmocka_unit_test(characters_are_those_of_texts),
		cmocka_unit_test(no_field_is_a_formula),
		cmocka_unit_test(a_mail_may_carry_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
