/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What has a check, and the names of reasons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

static void
what_cannot_be_checked_is_cut(void **state)
{
	static const bool tcp[INSPECT_PROTOCOL_N] = { true, true, true, true,
		true, false, true, true, true, true, true };
	static const bool udp[INSPECT_PROTOCOL_N] = { false, false, false,
		true, false, true, false, false, false, false, true };

	(void)state;
	for (int p = 0; p < INSPECT_PROTOCOL_N; p++) {
		struct wire w;

		assert_int_equal(inspect_checks((enum inspect_protocol)p,
		    false), tcp[p]);
		assert_int_equal(inspect_checks((enum inspect_protocol)p,
		    true), udp[p]);
		w = wire_open((enum inspect_protocol)p, true, false);
		wire_datagram(&w, INSPECT_CLIENT, SPAN("x"));
		assert_int_equal(w.answer, INSPECT_CUT);
		assert_int_equal(w.why == INSPECT_UNCHECKED, !udp[p]);
		wire_close(&w);
	}
}

static void
each_reason_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < INSPECT_REASON_N; i++) {
		const char *name = inspect_reason_name(
		    (enum inspect_reason)i);

		assert_non_null(name);
		assert_non_null(inspect_reason_text((enum inspect_reason)i));
		assert_true(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789"
		    "-") == strlen(name) && name[0] != '\0');
		for (int k = 0; k < i; k++)
			assert_string_not_equal(name, inspect_reason_name(
			    (enum inspect_reason)k));
	}
	assert_string_equal(inspect_reason_name(INSPECT_REASON_N), "?");
	assert_string_equal(inspect_answer_name(INSPECT_DROP), "drop");
}

static void
flows_come_and_go(void **state)
{
	struct inspect *inspect = inspect_new(2, 1);
	const struct inspect_ask ask = { .protocol = INSPECT_RFB };
	struct inspect_flow *a, *b;

	(void)state;
	assert_non_null(inspect);
	for (int i = 0; i < 5; i++) {
		a = inspect_open(inspect, &ask);
		b = inspect_open(inspect, &ask);
		assert_true(a != NULL && b != NULL && a != b);
		assert_null(inspect_open(inspect, &ask));
		assert_int_equal(inspect_flows_used(inspect), 2);
		inspect_close(inspect, a);
		inspect_close(inspect, b);
	}
	inspect_free(inspect);
	inspect_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_checked_is_cut),
		cmocka_unit_test(each_reason_has_a_name_of_its_own),
		cmocka_unit_test(flows_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
