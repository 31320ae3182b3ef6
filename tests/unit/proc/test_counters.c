/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counter pages: one writes, another sees it; the page cannot shrink. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "../../../gateway/proc/counters.h"

static void
counting_without_a_page_does_nothing(void **state)
{
	(void)state;
	counters_attach(-1);
	counter_add(COUNTER_SESSIONS, 1);
	counter_set(COUNTER_HELD, 1);
}

static void
a_reader_sees_what_the_writer_counts(void **state)
{
	const uint64_t *page;
	int fd = counters_create();

	(void)state;
	assert_int_not_equal(fd, -1);
	page = counters_map(fd);
	assert_non_null(page);
	counters_attach(fd);
	counter_add(COUNTER_SESSIONS, 2);
	counter_add(COUNTER_SESSIONS, 3);
	counter_set(COUNTER_HELD, 7);
	counter_set(COUNTER_HELD, 4);
	assert_int_equal(page[COUNTER_SESSIONS], 5);
	assert_int_equal(page[COUNTER_HELD], 4);
	assert_int_equal(page[COUNTER_SESSIONS_OPEN], 0);
	assert_int_equal(counter_get(COUNTER_SESSIONS), 5);
	assert_int_equal(counter_get(COUNTER_HELD), 4);
	counters_detach();
	assert_int_equal(counter_get(COUNTER_SESSIONS), 0);
	counter_add(COUNTER_SESSIONS, 1);
	assert_int_equal(page[COUNTER_SESSIONS], 5);
	counters_unmap(page);
	close(fd);
}

static void
the_page_cannot_be_cut_short_under_its_reader(void **state)
{
	int fd = counters_create();

	(void)state;
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 1 << 20), -1);
	close(fd);
}

static void
every_counter_has_its_own_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < COUNTER_N; i++) {
		assert_non_null(counter_name((enum counter)i));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(
			    counter_name((enum counter)i),
			    counter_name((enum counter)k));
	}
	assert_true(counter_is_gauge(COUNTER_QUEUED));
	assert_false(counter_is_gauge(COUNTER_DELIVERED));
}

static void
routes_are_counted_by_name_until_the_places_are_out(void **state)
{
	const uint64_t *page;
	char name[8];
	int fd = counters_create();

	(void)state;
	page = counters_map(fd);
	assert_non_null(page);
	counters_attach(fd);
	counter_route_add(SPAN("inbound"), ROUTE_RECEIVED, 1);
	counter_route_add(SPAN("outbound"), ROUTE_BYTES, 70);
	counter_route_add(SPAN("inbound"), ROUTE_RECEIVED, 4);
	assert_int_equal(counters_route(page, 0)->key,
	    counter_route_key(SPAN("inbound")));
	assert_int_equal(counters_route(page, 0)->values[ROUTE_RECEIVED], 5);
	assert_int_equal(counters_route(page, 1)->values[ROUTE_BYTES], 70);
	for (unsigned i = 2; i < COUNTER_ROUTES_MAX + 3; i++) {
		name[0] = 'r';
		name[1] = (char)('0' + i / 10);
		name[2] = (char)('0' + i % 10);
		name[3] = '\0';
		counter_route_add(span_str(name), ROUTE_REJECTED, 1);
	}
	for (unsigned i = 2; i < COUNTER_ROUTES_MAX; i++)
		assert_int_equal(counters_route(page, i)->
		    values[ROUTE_REJECTED], 1);
	assert_int_equal(page[COUNTER_N - 1], 0);
	counters_detach();
	counter_route_add(SPAN("inbound"), ROUTE_RECEIVED, 1);
	assert_int_equal(counters_route(page, 0)->values[ROUTE_RECEIVED], 5);
	counters_unmap(page);
	close(fd);
}

static void
what_waits_on_a_route_is_set_and_not_summed(void **state)
{
	const uint64_t *page;
	int fd = counters_create();

	(void)state;
	page = counters_map(fd);
	assert_non_null(page);
	counters_attach(fd);
	counter_route_set(SPAN("inbound"), ROUTE_QUEUED, 9);
	counter_route_set(SPAN("inbound"), ROUTE_QUEUED, 4);
	counter_route_add(SPAN("inbound"), ROUTE_RECEIVED, 1);
	assert_int_equal(counters_route(page, 0)->gauges[ROUTE_QUEUED], 4);
	assert_int_equal(counters_route(page, 0)->gauges[ROUTE_OLDEST_MS], 0);
	assert_int_equal(counters_route(page, 0)->values[ROUTE_RECEIVED], 1);
	assert_int_equal(counters_route(page, 1)->key, 0);
	counters_detach();
	counters_unmap(page);
	close(fd);
}

/* Each in a place of its own, and none in that of another's. */
static void
formats_are_counted_by_outcome(void **state)
{
	const uint64_t *page;
	int fd = counters_create();

	(void)state;
	page = counters_map(fd);
	assert_non_null(page);
	counters_attach(fd);
	for (unsigned k = 0; k < COUNTER_FORMATS_N; k++)
		for (unsigned i = 0; i < FORMAT_OUTCOME_N; i++)
			counter_format_add(k, (enum format_outcome)i,
			    k * 100 + i);
	counter_format_add(3, FORMAT_REMOVED, 5);
	for (unsigned k = 0; k < COUNTER_FORMATS_N; k++)
		for (unsigned i = 0; i < FORMAT_OUTCOME_N; i++)
			assert_int_equal(counters_format(page, k,
			    (enum format_outcome)i), k * 100 + i + (k == 3 &&
			    i == FORMAT_REMOVED ? 5 : 0));
	assert_int_equal(page[COUNTER_N - 1], 0);
	assert_int_equal(counters_route(page, COUNTER_ROUTES_MAX - 1)->
	    gauges[ROUTE_GAUGE_N - 1], 0);
	counters_detach();
	counter_format_add(3, FORMAT_REMOVED, 5);
	counters_unmap(page);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counting_without_a_page_does_nothing),
		cmocka_unit_test(a_reader_sees_what_the_writer_counts),
		cmocka_unit_test(the_page_cannot_be_cut_short_under_its_reader),
		cmocka_unit_test(every_counter_has_its_own_name),
		cmocka_unit_test(
		    routes_are_counted_by_name_until_the_places_are_out),
		cmocka_unit_test(what_waits_on_a_route_is_set_and_not_summed),
		cmocka_unit_test(formats_are_counted_by_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
