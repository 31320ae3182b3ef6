/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of text, and pages saved as mails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/verify/verify_csv.h"
#include "../../../sanitizer/format_csv.h"
#include "../../../sanitizer/limits.h"
#include "../../../sanitizer/mht_file.h"
#include "../../../sanitizer/report.h"

#define BOM	"\xef\xbb\xbf"

struct made {
	enum err	err;
	struct buf	out, removed;
};

static struct made
make(struct span text, const char *label)
{
	struct input in = input_span(text);
	struct buf_sink sink;
	struct made made;

	buf_init(&made.out, 8 * 1024 * 1024);
	buf_init(&made.removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, &made.out);
	made.err = format_csv(&in, span_str(label), &sink.filter,
	    &made.removed);
	return made;
}

static void
made_fini(struct made *made)
{
	buf_fini(&made->out);
	buf_fini(&made->removed);
}

/* The verifier's opinion, in pieces of any size. */
static bool
is_safe(struct span s, size_t step)
{
	struct csv csv;

	csv_init(&csv);
	for (; s.len > 0; s = span_sub(s, step, s.len))
		if (csv_write(&csv, span_sub(s, 0, step), NULL) != OK)
			return false;
	return csv_end(&csv, NULL) == OK;
}

/* in becomes out, with BOM, and n of these things are counted. */
static void
expect_span(struct span in, const char *label, struct span out,
    const char *what, uint64_t n)
{
	struct made made = make(in, label), again;
	struct span got;

	assert_int_equal(made.err, OK);
	got = span_sub(buf_span(&made.out), 3, made.out.len);
	assert_true(span_begins(buf_span(&made.out), SPAN(BOM)));
	if (!span_equal(got, out))
		fail_msg("%.*s: %.*s", (int)in.len, (const char *)in.ptr,
		    (int)got.len, (const char *)got.ptr);
	if (what == NULL)
		assert_int_equal(made.removed.len, 0);
	else
		assert_int_equal(removed_count(buf_span(&made.removed), what),
		    n);
	for (size_t step = 1; step <= 3; step++)
		assert_true(is_safe(buf_span(&made.out), step));
	again = make(buf_span(&made.out), "utf-8");
	assert_int_equal(again.err, OK);
	assert_int_equal(again.removed.len, 0);
	assert_true(span_equal(buf_span(&again.out), buf_span(&made.out)));
	made_fini(&again);
	made_fini(&made);
}

#define EXPECT(in, out, what, n) \
	expect_span(SPAN(in), "", SPAN(out), what, n)

static void
every_field_is_quoted_and_every_row_ends_in_crlf(void **state)
{
	(void)state;
	EXPECT("a,b\nc,d", "\"a\",\"b\"\r\n\"c\",\"d\"\r\n", NULL, 0);
	EXPECT("a,b\r\n", "\"a\",\"b\"\r\n", NULL, 0);
	EXPECT("a\rb\r", "\"a\"\r\n\"b\"\r\n", NULL, 0);
	EXPECT("a,,\n", "\"a\",\"\",\"\"\r\n", NULL, 0);
	EXPECT("a,", "\"a\",\"\"\r\n", NULL, 0);
	EXPECT("", "\"\"\r\n", NULL, 0);
	EXPECT("a\n\nb\n", "\"a\"\r\n\"\"\r\n\"b\"\r\n", NULL, 0);
	EXPECT("ID;P,1\n", "\"ID;P\",\"1\"\r\n", NULL, 0);
}

static void
quotes_are_read_as_spreadsheets_do(void **state)
{
	(void)state;
	EXPECT("\"a,b\",\"c\"\"d\"\n", "\"a,b\",\"c\"\"d\"\r\n", NULL, 0);
	EXPECT("\"x\ny\",z\n", "\"x\r\ny\",\"z\"\r\n", NULL, 0);
	EXPECT("a\"b,c\n", "\"a\"\"b\",\"c\"\r\n", NULL, 0);
	EXPECT("\"a\"b\"c,d\n", "\"ab\"\"c\",\"d\"\r\n", NULL, 0);
	EXPECT("\"open,\nb", "\"open,\r\nb\"\r\n", NULL, 0);
	EXPECT("\"\"", "\"\"\r\n", NULL, 0);
	EXPECT("\"\"\"\"", "\"\"\"\"\r\n", NULL, 0);
}

static void
the_separator_is_found_and_becomes_a_comma(void **state)
{
	(void)state;
	EXPECT("a\tb,c\nd\te\n", "\"a\",\"b,c\"\r\n\"d\",\"e\"\r\n",
	    "separator", 1);
	EXPECT("a;b\n1,5;2,5\n3,0;4\n",
	    "\"a\",\"b\"\r\n\"1,5\",\"2,5\"\r\n\"3,0\",\"4\"\r\n",
	    "separator", 1);
	EXPECT("a,b\nx;y,z\n", "\"a\",\"b\"\r\n\"x;y\",\"z\"\r\n", NULL, 0);
	/* what a quote hides is no separator */
	EXPECT("\"a\tb\",c\n\"d\te\",f\n",
	    "\"a\tb\",\"c\"\r\n\"d\te\",\"f\"\r\n", NULL, 0);
}

static void
charsets_are_those_of_texts(void **state)
{
	(void)state;
	expect_span(SPAN("\x8e\x81\x96\xbc,\x93\xfa\n"), "",
	    SPAN("\"氏名\",\"日\"\r\n"), NULL, 0);
	/* a trail byte that looks like a separator is none */
	expect_span(SPAN("\x83\x5c,\x95\x5c\n"), "shift_jis",
	    SPAN("\"ソ\",\"表\"\r\n"), NULL, 0);
	expect_span(SPAN("\x1b$B;aL>\x1b(B,1\n"), "",
	    SPAN("\"氏名\",\"1\"\r\n"), NULL, 0);
	expect_span(SPAN("\xff\xfe" "a\0,\0b\0"), "",
	    SPAN("\"a\",\"b\"\r\n"), NULL, 0);
	expect_span(SPAN(BOM "氏名,1\n"), "", SPAN("\"氏名\",\"1\"\r\n"),
	    NULL, 0);
	EXPECT("a\xe2\x80\xae" "b,c\n", "\"ab\",\"c\"\r\n",
	    "invisible-characters", 1);
}

static void
formulas_are_defused(void **state)
{
	static const char *const formulas[] = {
		"=1+1", "+A1", "-cmd", "@SUM(A1)", "  =1", "\xe3\x80\x80=1",
		"\xc2\xa0=1", "＝1", "＋A1", "－A1", "＠A1", "\xe2\x80\x83=1",
		"=cmd|'/c calc'!A0", "-1+cmd", "+1E", "-1e+", "-E5", "-1E5E6",
		"-1:1", "=", "@", "+1!A", "-2+3", "-１E5", "-1e5A1",
	};
	char in[64], out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(formulas) / sizeof(*formulas); i++) {
		snprintf(in, sizeof(in), "x,\"%s\"\n", formulas[i]);
		snprintf(out, sizeof(out), "\"x\",\"'%s\"\r\n", formulas[i]);
		expect_span(span_str(in), "utf-8", span_str(out), "formula",
		    1);
	}
	EXPECT("\"\t=1\",a\n", "\"'\t=1\",\"a\"\r\n", "formula", 1);
	EXPECT("\"\r\n=1\",a\n", "\"'\r\n=1\",\"a\"\r\n", "formula", 1);
	EXPECT("a,=cmd|'/c x'!A0\n=1,=MSEXCEL|'x'!y\n",
	    "\"a\",\"'=cmd|'/c x'!A0\"\r\n\"'=1\",\"'=MSEXCEL|'x'!y\"\r\n",
	    "dde", 2);
	EXPECT("a,=cmd|'/c x'!A0\n=1,=MSEXCEL|'x'!y\n",
	    "\"a\",\"'=cmd|'/c x'!A0\"\r\n\"'=1\",\"'=MSEXCEL|'x'!y\"\r\n",
	    "formula", 3);
}

static void
numbers_dates_and_telephones_stay(void **state)
{
	static const char *const fields[] = {
		"-1", "+1", "-1,234.5", "-0.5%", "-1.5E+10", "-1e5",
		"+81-3-1234-5678", "+81 (0)3 1234 5678", "-", "－", "---",
		"－１２３", "-(100)", "2026-11-27", "03-1234-5678", "a=b",
		"△1,234", "'=1", "1=1", " - ", "平成=1", "a@b.example",
	};
	char in[64], out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		snprintf(in, sizeof(in), "x,\"%s\"\n", fields[i]);
		snprintf(out, sizeof(out), "\"x\",\"%s\"\r\n", fields[i]);
		expect_span(span_str(in), "utf-8", span_str(out), NULL, 0);
	}
}

static void
the_report_names_the_first_cell(void **state)
{
	struct made made = make(SPAN("a,b\nc,=1\n=2\n"), "");
	struct span list = buf_span(&made.removed);
	struct removed_item item;

	(void)state;
	assert_true(removed_next(&list, &item));
	assert_true(span_equal(item.what, SPAN("formula")));
	assert_true(span_equal(item.where, SPAN("B2")));
	assert_int_equal(item.count, 2);
	made_fini(&made);
}

static void
binaries_in_disguise_are_refused(void **state)
{
	uint8_t bytes[1000];
	struct made made;

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	memset(bytes + 100, 1, 10);
	made = make((struct span){ bytes, sizeof(bytes) }, "");
	assert_int_equal(made.err, OK);		/* one in a hundred */
	made_fini(&made);
	bytes[500] = 1;
	made = make((struct span){ bytes, sizeof(bytes) }, "");
	assert_int_equal(made.err, ERR_INPUT);
	made_fini(&made);
	memset(bytes, 0, sizeof(bytes));
	made = make((struct span){ bytes, sizeof(bytes) }, "");
	assert_int_equal(made.err, ERR_INPUT);
	made_fini(&made);
}

static void
a_field_has_a_limit_and_a_table_has_none(void **state)
{
	size_t len = CSV_FIELD_BYTES_MAX + 1;
	uint8_t *bytes = malloc(len);
	struct made made;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, '"', len);
	made = make((struct span){ bytes, CSV_FIELD_BYTES_MAX }, "");
	assert_int_equal(made.err, OK);
	made_fini(&made);
	memset(bytes, 'a', len);
	made = make((struct span){ bytes, len }, "");
	assert_int_equal(made.err, ERR_LIMIT);
	made_fini(&made);
	for (size_t i = 0; i < len; i++)
		bytes[i] = i % 8 == 7 ? '\n' : i % 2 == 1 ? ',' : 'a';
	made = make((struct span){ bytes, len }, "");
	assert_int_equal(made.err, OK);
	assert_true(is_safe(buf_span(&made.out), 4096));
	made_fini(&made);
	free(bytes);
}

/* ---- pages as mails ---- */

#define MHT	"From: <Saved by Blink>\r\nSubject: x\r\n" \
		"MIME-Version: 1.0\r\n" \
		"Content-Type: multipart/related; boundary=\"b\"\r\n\r\n"

static void
expect_page(struct span mht, enum err wanted, const char *text,
    uint64_t others)
{
	struct input in = input_span(mht);
	struct sanitizer_policy policy;
	struct buf out, removed;
	struct buf_sink sink;
	enum err err;

	sanitizer_policy_standard(&policy);
	buf_init(&out, 65536);
	buf_init(&removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, &out);
	err = mht_file(&in, &policy, &sink.filter, &removed);
	assert_int_equal(err, wanted);
	if (err == OK)
		assert_true(span_equal(buf_span(&out), span_str(text)));
	assert_int_equal(removed_count(buf_span(&removed), "embedded-part"),
	    others);
	buf_fini(&out);
	buf_fini(&removed);
}

static void
a_page_saved_as_a_mail_gives_its_text(void **state)
{
	(void)state;
	expect_page(SPAN(MHT
	    "--b\r\nContent-Type: image/png\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n"
	    "--b\r\nContent-Type: text/html; charset=\"shift_jis\"\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	    "<p>=83e<script>x</script></p>\r\n"
	    "--b\r\nContent-Type: text/html\r\n\r\n<p>frame</p>\r\n--b--\r\n"),
	    OK, BOM "テ\r\n", 2);
	expect_page(SPAN(MHT
	    "--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b--\r\n"),
	    OK, BOM "plain\r\n", 0);
	expect_page(SPAN(MHT
	    "--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n"),
	    ERR_INPUT, "", 0);
	expect_page(SPAN("Subject: x\r\nContent-Type: text/html\r\n\r\n"
	    "<b>one</b>"), OK, BOM "one\r\n", 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_field_is_quoted_and_every_row_ends_in_crlf),
		cmocka_unit_test(quotes_are_read_as_spreadsheets_do),
		cmocka_unit_test(the_separator_is_found_and_becomes_a_comma),
		cmocka_unit_test(charsets_are_those_of_texts),
		cmocka_unit_test(formulas_are_defused),
		cmocka_unit_test(numbers_dates_and_telephones_stay),
		cmocka_unit_test(the_report_names_the_first_cell),
		cmocka_unit_test(binaries_in_disguise_are_refused),
		cmocka_unit_test(a_field_has_a_limit_and_a_table_has_none),
		cmocka_unit_test(a_page_saved_as_a_mail_gives_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
