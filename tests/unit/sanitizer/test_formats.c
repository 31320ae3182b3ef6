/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table that `sekisho formats` shows, beside the one that works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../../sanitizer/formats.h"
#include "../../../sanitizer/handler.h"

/* what is counted has the same names, in an archive that we have not */
#include "../../../gateway/proc/counters.c"

static unsigned
rows_of(enum part_kind kind, const struct format_row **row)
{
	const struct format_row *r;
	unsigned n = 0;

	for (unsigned i = 0; (r = format_row(i)) != NULL; i++)
		for (unsigned k = 0; k < FORMATS_KINDS_MAX; k++) {
			if (k > 0 && r->kinds[k] == PART_UNKNOWN)
				break;
			if (r->kinds[k] == kind) {
				n++;
				*row = r;
			}
		}
	return n;
}

static void
every_kind_has_one_row(void **state)
{
	const struct format_row *row;

	(void)state;
	for (int k = PART_UNKNOWN + 1; k < PART_KIND_N; k++)
		assert_int_equal(rows_of((enum part_kind)k, &row), 1);
}

/* "nothing" stands where the ladder has no step, and nowhere else. */
static void
a_row_says_what_the_handlers_do(void **state)
{
	struct sanitizer_policy policy;
	const struct format_row *row = NULL;

	(void)state;
	sanitizer_policy_standard(&policy);
	for (int k = PART_UNKNOWN + 1; k < PART_KIND_N; k++) {
		bool opened = k == PART_MAIL || k == PART_ZIP ||
		    k == PART_ARCHIVE;
		bool handled = opened || handler_find((enum part_kind)k,
		    &policy, 0) != NULL;

		assert_int_equal(rows_of((enum part_kind)k, &row), 1);
		assert_int_equal(span_begins(span_str(row->goes),
		    SPAN("nothing")), !handled);
		assert_int_equal(row->libraries[0] == '\0', !handled);
		assert_int_equal(row->limits[0].what == NULL, !handled);
		assert_string_equal(handler_word((enum part_kind)k),
		    handler_word(row->kinds[0]));
	}
}

static void
kinds_and_outcomes_are_counted_by_their_names(void **state)
{
	(void)state;
	assert_int_equal(COUNTER_FORMATS_N, PART_KIND_N);
	assert_string_equal(counter_format_name(PART_UNKNOWN), "other");
	for (unsigned k = PART_UNKNOWN + 1; k < PART_KIND_N; k++)
		assert_string_equal(counter_format_name(k),
		    part_kind_name((enum part_kind)k));
	for (unsigned i = OUTCOME_KEPT; i <= OUTCOME_REMOVED; i++)
		assert_string_equal(counter_outcome_name(
		    (enum format_outcome)(i - 1)),
		    part_outcome_name((enum part_outcome)i));
	assert_string_equal(counter_outcome_name((enum format_outcome)
	    (TALLY_HELD - 1)), "held");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_one_row),
		cmocka_unit_test(a_row_says_what_the_handlers_do),
		cmocka_unit_test(
		    kinds_and_outcomes_are_counted_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
