/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../../sanitizer/notice_removed.h"

static void
what_matters_is_named_once(void **state)
{
	struct buf list, out;

	(void)state;
	buf_init(&list, REMOVED_BYTES_MAX);
	buf_init(&out, 4096);
	assert_int_equal(removed_add(&list, "metadata", 3, SPAN("a")), OK);
	assert_int_equal(notice_removed(buf_span(&list), false, &out), OK);
	assert_int_equal(out.len, 0);
	assert_int_equal(removed_add(&list, "external-link", 1, SPAN("a")),
	    OK);
	assert_int_equal(removed_add(&list, "external-link", 1, SPAN("b")),
	    OK);
	assert_int_equal(removed_add(&list, "macro", 1, SPAN("v")), OK);
	assert_int_equal(notice_removed(buf_span(&list), false, &out), OK);
	assert_true(span_equal(buf_span(&out),
	    SPAN("マクロ、外部へのリンク(2)")));
	buf_clear(&out);
	assert_int_equal(notice_removed(buf_span(&list), true, &out), OK);
	assert_true(span_equal(buf_span(&out),
	    SPAN("macros, links to the outside(2)")));
	buf_fini(&list);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_matters_is_named_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
