/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of an answer: what was put in comes out, hostile values do no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../../gateway/proc/row.h"

static void
next_is(struct row_reader *reader, const char *name, const char *value,
    bool is_number)
{
	struct span got_name, got_value;
	bool number;

	assert_true(row_next(reader, &got_name, &got_value, &number));
	assert_true(span_equal(got_name, span_str(name)));
	assert_true(span_equal(got_value, span_str(value)));
	assert_int_equal(number, is_number);
}

static void
fields_come_out_in_the_order_they_went_in(void **state)
{
	struct span name, value;
	struct row_reader reader;
	struct msg_row fixed;
	struct row row;
	bool number;

	(void)state;
	row_init(&row);
	row_str(&row, "役割", "受信");
	row_number(&row, "pid", 0);
	row_str(&row, "empty", "");
	row_number(&row, "bytes", UINT64_MAX);
	assert_false(row_bad(&row));
	assert_int_equal(row_check(buf_span(&row.buf)), OK);
	fixed = row_fixed(&row);
	row_reader_init(&reader, &fixed, buf_span(&row.buf));
	next_is(&reader, "役割", "受信", false);
	next_is(&reader, "pid", "0", true);
	next_is(&reader, "empty", "", false);
	next_is(&reader, "bytes", "18446744073709551615", true);
	assert_false(row_next(&reader, &name, &value, &number));
	row_clear(&row);
	assert_int_equal(row.buf.len, 0);
	assert_int_equal(row_fixed(&row).number, 0);
	row_fini(&row);
}

static void
a_hostile_value_cannot_add_a_field(void **state)
{
	static const uint8_t evil[] = "a\0b\xff\xfe";
	struct row_reader reader;
	struct msg_row fixed;
	struct row row;

	(void)state;
	row_init(&row);
	row_text(&row, "subject", (struct span){ evil, sizeof(evil) - 1 });
	assert_int_equal(row_check(buf_span(&row.buf)), OK);
	fixed = row_fixed(&row);
	row_reader_init(&reader, &fixed, buf_span(&row.buf));
	next_is(&reader, "subject", "a?b??", false);
	row_fini(&row);
}

static void
a_field_too_many_or_too_long_is_left_out_and_told(void **state)
{
	static uint8_t big[MSG_TAIL_BYTES_MAX];
	struct row row;

	(void)state;
	memset(big, 'x', sizeof(big));
	row_init(&row);
	for (unsigned i = 0; i < ROW_FIELDS_MAX; i++)
		row_number(&row, "n", i);
	assert_false(row_bad(&row));
	row_number(&row, "n", 1);
	assert_true(row_bad(&row));
	assert_int_equal(row_check(buf_span(&row.buf)), OK);
	row_clear(&row);
	row_str(&row, "a", "b");
	row_text(&row, "big", (struct span){ big, sizeof(big) });
	assert_true(row_bad(&row));
	assert_int_equal(row.buf.len, 4);
	row_fini(&row);
}

static void
what_is_no_row_is_refused(void **state)
{
	static const struct { const char *bytes; size_t len; } bad[] = {
		{ "a", 1 }, { "a\0", 2 }, { "a\0b", 3 }, { "a\0b\0c\0", 6 },
		{ "a\0\xff\0", 4 },
	};
	static uint8_t many[4 * (ROW_FIELDS_MAX + 1)];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(row_check((struct span){
		    (const uint8_t *)bad[i].bytes, bad[i].len }), ERR_INPUT);
	assert_int_equal(row_check((struct span){ many, sizeof(many) }),
	    ERR_INPUT);
	assert_int_equal(row_check((struct span){ NULL, 0 }), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_come_out_in_the_order_they_went_in),
		cmocka_unit_test(a_hostile_value_cannot_add_a_field),
		cmocka_unit_test(
		    a_field_too_many_or_too_long_is_left_out_and_told),
		cmocka_unit_test(what_is_no_row_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
