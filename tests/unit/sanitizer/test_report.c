/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of removed things, and the report as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../sanitizer/report.h"

static void
the_same_thing_is_counted_up(void **state)
{
	struct removed_item item;
	struct span rest;
	struct buf list;

	(void)state;
	buf_init(&list, REMOVED_BYTES_MAX);
	assert_int_equal(removed_add(&list, "exif", 1, SPAN("APP1")), OK);
	assert_int_equal(removed_add(&list, "vba", 1, SPAN("x")), OK);
	assert_int_equal(removed_add(&list, "exif", 2, SPAN("APP1")), OK);
	assert_int_equal(removed_add(&list, "exif", 5, SPAN("APP2")), OK);
	rest = buf_span(&list);
	assert_true(removed_next(&rest, &item));
	assert_true(span_equal(item.what, SPAN("exif")));
	assert_int_equal(item.count, 3);
	assert_true(removed_next(&rest, &item));
	assert_true(removed_next(&rest, &item));
	assert_true(span_equal(item.where, SPAN("APP2")));
	assert_false(removed_next(&rest, &item));
	assert_int_equal(removed_count(buf_span(&list), "exif"), 8);
	buf_fini(&list);
}

static void
too_many_kinds_become_other(void **state)
{
	struct buf list;
	char what[32];

	(void)state;
	buf_init(&list, REMOVED_BYTES_MAX);
	for (int i = 0; i < REMOVED_ITEMS_MAX + 20; i++) {
		snprintf(what, sizeof(what), "kind%d", i);
		assert_int_equal(removed_add(&list, what, 1, SPAN("")), OK);
	}
	assert_int_equal(removed_count(buf_span(&list), "other"), 20);
	buf_fini(&list);
}

static void
long_texts_are_cut_between_characters(void **state)
{
	char where[400];
	struct removed_item item;
	struct span rest;
	struct buf list;

	(void)state;
	for (size_t i = 0; i + 3 <= 399; i += 3)
		memcpy(where + i, "字", 3);
	where[399] = '\0';
	buf_init(&list, REMOVED_BYTES_MAX);
	assert_int_equal(removed_add(&list, "a", 1, span_str(where)), OK);
	rest = buf_span(&list);
	assert_true(removed_next(&rest, &item));
	assert_int_equal(item.where.len, 240);
	buf_fini(&list);
}

static void
a_damaged_list_just_ends(void **state)
{
	struct removed_item item;
	struct span rest;
	struct buf list;

	(void)state;
	buf_init(&list, REMOVED_BYTES_MAX);
	assert_int_equal(removed_add(&list, "exif", 1, SPAN("APP1")), OK);
	for (size_t n = 1; n < list.len; n++) {
		rest = span_sub(buf_span(&list), 0, n);
		assert_false(removed_next(&rest, &item));
		assert_int_equal(rest.len, 0);
	}
	buf_fini(&list);
}

static void
the_report_has_the_promised_fields(void **state)
{
	const struct sanitizer_job job = { .id = 0x2812c6c8000001ull,
	    .generation = 7, .policy = { .name = "standard" } };
	const struct sanitizer_result result = { .outcome = MAIL_HOLD,
	    .reason = "why", .out_bytes = 22 };
	struct report_part part = { .path = "1.2", .name = SPAN("見積書.xlsm"),
	    .declared = SPAN("a/b"), .detected = "xlsm",
	    .outcome = OUTCOME_REMOVED, .method = "remove",
	    .bytes_in = 5, .reason = "no" };
	struct report report = { .job = &job, .result = &result,
	    .in_bytes = 11, .elapsed_us = 1500, .parts = &part,
	    .flags = 1u << MIME_TWO_BOUNDARIES };
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	assert_int_equal(report_write(&report, &out), OK);
	assert_int_equal(buf_add_byte(&out, 0), OK);
	for (size_t i = 0; i < 11; i++) {
		static const char *const parts[] = { "{\"version\":1,",
		    "\"outcome\":\"held\"", "\"policy\":\"standard\"",
		    "\"generation\":7", "\"input\":{\"bytes\":11,\"sha256\":",
		    "\"output\":{\"bytes\":22,", "\"ms\":1.500",
		    "\"flags\":[\"two-boundaries\"]",
		    "\"parts\":[{\"path\":\"1.2\",\"name\":\"見積書.xlsm\","
		    "\"declared\":\"a/b\",\"detected\":\"xlsm\","
		    "\"outcome\":\"removed\",\"method\":\"remove\","
		    "\"out_name\":\"\",\"out_type\":\"\",\"bytes_in\":5,",
		    "\"sha256_out\":\"\",\"removed\":[],\"reason\":\"no\"}]",
		    "\"reason\":\"why\"}" };

		if (strstr((const char *)out.ptr, parts[i]) == NULL)
			fail_msg("no %s in %s", parts[i],
			    (const char *)out.ptr);
	}
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_thing_is_counted_up),
		cmocka_unit_test(too_many_kinds_become_other),
		cmocka_unit_test(long_texts_are_cut_between_characters),
		cmocka_unit_test(a_damaged_list_just_ends),
		cmocka_unit_test(the_report_has_the_promised_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
