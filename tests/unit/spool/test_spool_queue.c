/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The schedule, with times that the test gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../gateway/spool/spool_queue.h"

static struct spool_queue *queue;

static int
make_queue(void **state)
{
	const uint32_t hops[] = { 2, 1 };

	(void)state;
	queue = queue_new(42);
	assert_non_null(queue);
	queue_routes(queue, hops, 2);
	queue_sanitizers(queue, 4);
	queue_scan_begins(queue, SPOOL_QUEUE);
	queue_scan_begins(queue, SPOOL_DEFERRED);
	return 0;
}

static int
free_queue(void **state)
{
	(void)state;
	queue_free(queue);
	return 0;
}

static void
add(enum spool_state state, uint64_t id, uint64_t due_ms, uint32_t route)
{
	const struct queue_entry entry = { { id, due_ms, state }, route };

	queue_add(queue, &entry);
}

static void
the_oldest_comes_first(void **state)
{
	struct queue_entry entry;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		add(SPOOL_QUEUE, i * 7919 % 1000 + 1, 0, QUEUE_ROUTE_UNKNOWN);
	for (uint64_t i = 1; i <= 1000; i++) {
		assert_true(queue_take(queue, 0, 0, true, &entry));
		assert_int_equal(entry.name.id, i);
	}
	assert_false(queue_take(queue, 0, 0, true, &entry));
}

static void
a_deferred_mail_comes_when_it_is_due(void **state)
{
	struct queue_entry entry;

	(void)state;
	add(SPOOL_DEFERRED, 5, 2000, QUEUE_ROUTE_UNKNOWN);
	add(SPOOL_DEFERRED, 6, 1000, QUEUE_ROUTE_UNKNOWN);
	assert_int_equal(queue_due_ms(queue), 1000);
	assert_false(queue_take(queue, 999, 0, true, &entry));
	assert_true(queue_take(queue, 1000, 0, true, &entry));
	assert_int_equal(entry.name.id, 6);
	assert_false(queue_take(queue, 1999, 0, true, &entry));
	assert_true(queue_take(queue, 5000, 0, true, &entry));
	assert_int_equal(entry.name.id, 5);
	assert_true(queue_due_ms(queue) == UINT64_MAX);
}

static void
a_rescan_forgets_what_is_not_under_way(void **state)
{
	struct queue_entry entry;

	(void)state;
	add(SPOOL_QUEUE, 1, 0, QUEUE_ROUTE_UNKNOWN);
	assert_true(queue_take(queue, 10, 0, true, &entry));
	add(SPOOL_QUEUE, 2, 0, QUEUE_ROUTE_UNKNOWN);
	add(SPOOL_DEFERRED, 3, 2000, QUEUE_ROUTE_UNKNOWN);
	assert_false(queue_wants_scan(queue, SPOOL_DEFERRED));
	queue_rescan(queue);
	assert_true(queue_wants_scan(queue, SPOOL_QUEUE));
	assert_true(queue_wants_scan(queue, SPOOL_DEFERRED));
	assert_true(queue_knows(queue, 1));
	assert_false(queue_knows(queue, 2));
	assert_false(queue_knows(queue, 3));
	add(SPOOL_DEFERRED, 3, 10, QUEUE_ROUTE_UNKNOWN);
	assert_true(queue_take(queue, 10, 0, true, &entry));
	assert_int_equal(entry.name.id, 3);
}

static void
fresh_and_deferred_mails_take_turns(void **state)
{
	struct queue_entry entry;
	unsigned fresh = 0;

	(void)state;
	for (uint64_t i = 1; i <= 10; i++) {
		add(SPOOL_QUEUE, i, 0, QUEUE_ROUTE_UNKNOWN);
		add(SPOOL_DEFERRED, 100 + i, 1, QUEUE_ROUTE_UNKNOWN);
	}
	for (int i = 0; i < 10; i++) {
		assert_true(queue_take(queue, 10, 0, true, &entry));
		fresh += entry.name.state == SPOOL_QUEUE;
	}
	assert_int_equal(fresh, 5);
}

static void
a_known_mail_is_not_taken_in_twice(void **state)
{
	struct queue_entry entry;

	(void)state;
	add(SPOOL_QUEUE, 9, 0, QUEUE_ROUTE_UNKNOWN);
	add(SPOOL_QUEUE, 9, 0, QUEUE_ROUTE_UNKNOWN);
	add(SPOOL_DEFERRED, 9, 1, QUEUE_ROUTE_UNKNOWN);
	assert_true(queue_take(queue, 10, 0, true, &entry));
	add(SPOOL_QUEUE, 9, 0, QUEUE_ROUTE_UNKNOWN);	/* under way */
	assert_false(queue_take(queue, 10, 0, true, &entry));
	queue_forget(queue, 9);
	add(SPOOL_QUEUE, 9, 0, QUEUE_ROUTE_UNKNOWN);
	assert_true(queue_take(queue, 10, 0, true, &entry));
}

/* Any number of mails on disk: all come, in order, by repeated reading. */
static void
a_queue_longer_than_the_window_comes_whole_and_in_order(void **state)
{
	const uint64_t many = 3 * SPOOL_WINDOW_MAX + 17;
	uint64_t next = 1;
	unsigned scans = 1;
	struct queue_entry entry;

	(void)state;
	for (;;) {
		for (uint64_t i = 0; i < many; i++) {
			uint64_t id = i * 48271 % many + 1;

			if (id >= next)
				add(SPOOL_QUEUE, id, 0, QUEUE_ROUTE_UNKNOWN);
		}
		while (queue_take(queue, 0, 0, true, &entry)) {
			assert_int_equal(entry.name.id, next);
			queue_forget(queue, next++);
		}
		if (!queue_wants_scan(queue, SPOOL_QUEUE))
			break;
		queue_scan_begins(queue, SPOOL_QUEUE);
		scans++;
	}
	assert_int_equal(next, many + 1);
	assert_in_range(scans, 4, 6);
}

static void
what_waits_lets_another_route_pass(void **state)
{
	struct queue_entry entry;
	uint64_t retry_ms;

	(void)state;
	add(SPOOL_QUEUE, 1, 0, QUEUE_ROUTE_UNKNOWN);
	add(SPOOL_QUEUE, 2, 0, QUEUE_ROUTE_UNKNOWN);
	for (uint32_t i = 0; i < SPOOL_JOBS_ROUTE_MAX; i++)
		queue_job_begins(queue, 0);
	assert_int_equal(queue_room(queue, 0, 1, &retry_ms), QUEUE_FULL);
	assert_int_equal(queue_room(queue, 1, 1, &retry_ms), QUEUE_ROOM);
	assert_true(queue_take(queue, 0, 1, true, &entry));
	entry.route = 0;
	assert_true(queue_wait(queue, &entry));
	assert_true(queue_take(queue, 0, 1, true, &entry));
	assert_int_equal(entry.name.id, 2);
	assert_false(queue_take(queue, 0, 1, true, &entry));
	queue_job_ends(queue, 0);
	assert_true(queue_take(queue, 0, 1, false, &entry));
	assert_int_equal(entry.name.id, 1);
	assert_int_equal(entry.route, 0);
}

static void
a_full_list_puts_mails_off_by_the_pace_of_the_route(void **state)
{
	struct queue_entry entry = { { 1, 0, SPOOL_QUEUE }, 0 };
	uint64_t first, later = 0;

	(void)state;
	for (uint32_t i = 0; i < SPOOL_WAITING_MAX; i++)
		assert_true(queue_wait(queue, &entry));
	assert_false(queue_wait(queue, &entry));
	first = queue_park_ms(queue, 0, 1000);
	for (int i = 0; i < 10000; i++)
		later = queue_park_ms(queue, 0, 1000);
	/* taken to be 1,000 a second before anything was seen */
	assert_in_range(first, 16000, 17000);
	assert_in_range(later, 26000, 27000);
	for (int i = 0; i < 4000; i++) {
		queue_job_begins(queue, 0);
		queue_job_ends(queue, 0);
	}
	assert_in_range(queue_park_ms(queue, 0, 2000), 6000, 7000);
}

static void
sanitizers_and_memory_bound_what_is_begun(void **state)
{
	uint64_t retry_ms;

	(void)state;
	for (int i = 0; i < 4; i++)
		queue_sanitize_begins(queue);
	assert_int_equal(queue_room(queue, 0, 1, &retry_ms), QUEUE_FULL);
	queue_sanitize_ends(queue);
	assert_int_equal(queue_room(queue, 0, 1, &retry_ms), QUEUE_ROOM);
	queue_safe_bytes(queue, SPOOL_SAFE_BYTES_MAX);
	assert_int_equal(queue_room(queue, 0, 1, &retry_ms), QUEUE_FULL);
	queue_safe_bytes(queue, -(int64_t)SPOOL_SAFE_BYTES_MAX);
	assert_int_equal(queue_room(queue, 0, 1, &retry_ms), QUEUE_ROOM);
}

static void
a_hop_that_fails_gives_way_to_the_next_one(void **state)
{
	uint64_t retry_ms = 0;
	uint32_t hop = 9;

	(void)state;
	assert_int_equal(queue_hop_begins(queue, 0, 0, 1000, &hop, &retry_ms),
	    QUEUE_ROOM);
	assert_int_equal(hop, 0);
	queue_hop_ends(queue, 0, 0, true, 1000);
	assert_false(queue_hop_up(queue, 0, 0));
	assert_int_equal(queue_hop_begins(queue, 0, 1, 1000, &hop, &retry_ms),
	    QUEUE_ROOM);
	assert_int_equal(hop, 1);
	queue_hop_ends(queue, 0, 1, true, 1000);
	assert_int_equal(queue_hop_begins(queue, 0, 3, 1000, &hop, &retry_ms),
	    QUEUE_DOWN);
	assert_in_range(retry_ms, 4000, 8200);
	assert_int_equal(queue_room(queue, 0, 1000, &retry_ms), QUEUE_DOWN);
	/* the other route knows nothing of it */
	assert_int_equal(queue_room(queue, 1, 1000, &retry_ms), QUEUE_ROOM);
}

static void
a_hop_that_was_down_is_tried_with_one_mail(void **state)
{
	uint64_t retry_ms = 0;
	uint32_t hop;

	(void)state;
	assert_int_equal(queue_hop_begins(queue, 1, 0, 1, &hop, &retry_ms),
	    QUEUE_ROOM);
	queue_hop_ends(queue, 1, 0, true, 1);
	assert_int_equal(queue_room(queue, 1, 10000, &retry_ms), QUEUE_ROOM);
	queue_job_begins(queue, 1);
	assert_int_equal(queue_room(queue, 1, 10000, &retry_ms), QUEUE_FULL);
	assert_int_equal(queue_hop_begins(queue, 1, 0, 10000, &hop,
	    &retry_ms), QUEUE_ROOM);
	assert_int_equal(queue_hop_begins(queue, 1, 0, 10000, &hop,
	    &retry_ms), QUEUE_FULL);
	queue_hop_ends(queue, 1, 0, false, 10000);
	assert_true(queue_hop_up(queue, 1, 0));
	assert_int_equal(queue_room(queue, 1, 10000, &retry_ms), QUEUE_ROOM);
}

static void
a_hop_backs_off_to_its_limit_and_not_beyond(void **state)
{
	uint64_t retry_ms = 0, mono_ms = 1, last = 0;
	uint32_t hop;

	(void)state;
	for (int i = 0; i < 20; i++) {
		assert_int_equal(queue_hop_begins(queue, 1, 0, mono_ms, &hop,
		    &retry_ms), QUEUE_ROOM);
		queue_hop_ends(queue, 1, 0, true, mono_ms);
		assert_int_equal(queue_room(queue, 1, mono_ms, &retry_ms),
		    QUEUE_DOWN);
		last = retry_ms;
		mono_ms += SPOOL_HOP_RETRY_LAST_MS * 2;
	}
	assert_in_range(last, SPOOL_HOP_RETRY_LAST_MS * 8 / 10,
	    SPOOL_HOP_RETRY_LAST_MS * 15 / 10);
}

static void
failures_of_one_moment_count_once(void **state)
{
	uint64_t retry_ms = 0;
	uint32_t hop;

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(queue_hop_begins(queue, 1, 0, 1, &hop,
		    &retry_ms), QUEUE_ROOM);
	for (int i = 0; i < 10; i++)
		queue_hop_ends(queue, 1, 0, true, 1);
	assert_int_equal(queue_room(queue, 1, 1, &retry_ms), QUEUE_DOWN);
	assert_in_range(retry_ms, SPOOL_HOP_RETRY_FIRST_MS * 8 / 10,
	    SPOOL_HOP_RETRY_FIRST_MS * 2);
}

static void
a_hop_takes_no_more_than_its_share(void **state)
{
	uint64_t retry_ms = 0;
	uint32_t hop;

	(void)state;
	for (int i = 0; i < SPOOL_HOP_PARALLEL; i++)
		assert_int_equal(queue_hop_begins(queue, 0, 0, 1, &hop,
		    &retry_ms), QUEUE_ROOM);
	assert_int_equal(queue_hop_begins(queue, 0, 0, 1, &hop, &retry_ms),
	    QUEUE_FULL);
	queue_hop_ends(queue, 0, 0, false, 1);
	assert_int_equal(queue_hop_begins(queue, 0, 0, 1, &hop, &retry_ms),
	    QUEUE_ROOM);
}

static void
retries_double_from_a_minute_to_an_hour(void **state)
{
	static const struct {
		uint32_t attempts;
		uint64_t least, most;
	} rows[] = {
		{ 1, 48000, 72000 }, { 2, 96000, 144000 },
		{ 3, 192000, 288000 }, { 7, 2880000, 4320000 },
		{ 1000000, 2880000, 4320000 },
	};
	uint64_t one, same = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int k = 0; k < 100; k++)
			assert_in_range(queue_retry_ms(queue,
			    rows[i].attempts), rows[i].least, rows[i].most);
	one = queue_retry_ms(queue, 1);
	for (int k = 0; k < 100; k++)
		same += queue_retry_ms(queue, 1) == one;
	assert_in_range(same, 0, 5);		/* jitter */
}

static void
new_rules_take_up_what_waits_with_its_route_unknown(void **state)
{
	const uint32_t hops[] = { 1 };
	struct queue_entry entry = { { 77, 0, SPOOL_QUEUE }, 1 };

	(void)state;
	for (uint32_t i = 0; i < SPOOL_JOBS_ROUTE_MAX; i++)
		queue_job_begins(queue, 1);
	queue_add(queue, &entry);
	assert_false(queue_take(queue, 0, 1, true, &entry));
	queue_routes(queue, hops, 1);
	assert_true(queue_take(queue, 0, 1, true, &entry));
	assert_int_equal(entry.name.id, 77);
	assert_true(entry.route == QUEUE_ROUTE_UNKNOWN);
}

static void
a_mail_of_an_idle_route_does_not_stand_behind_others(void **state)
{
	struct queue_entry entry;

	(void)state;
	for (uint64_t i = 1; i <= 1000; i++)
		add(SPOOL_QUEUE, i, 0, QUEUE_ROUTE_UNKNOWN);
	add(SPOOL_QUEUE, 5000, 0, 1);
	assert_true(queue_take(queue, 0, 1, true, &entry));
	assert_int_equal(entry.name.id, 5000);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_queue, free_queue)
	const struct CMUnitTest tests[] = {
		TEST(the_oldest_comes_first),
		TEST(a_deferred_mail_comes_when_it_is_due),
		TEST(a_rescan_forgets_what_is_not_under_way),
		TEST(fresh_and_deferred_mails_take_turns),
		TEST(a_known_mail_is_not_taken_in_twice),
		TEST(a_queue_longer_than_the_window_comes_whole_and_in_order),
		TEST(what_waits_lets_another_route_pass),
		TEST(a_full_list_puts_mails_off_by_the_pace_of_the_route),
		TEST(sanitizers_and_memory_bound_what_is_begun),
		TEST(a_hop_that_fails_gives_way_to_the_next_one),
		TEST(a_hop_that_was_down_is_tried_with_one_mail),
		TEST(a_hop_backs_off_to_its_limit_and_not_beyond),
		TEST(failures_of_one_moment_count_once),
		TEST(a_hop_takes_no_more_than_its_share),
		TEST(retries_double_from_a_minute_to_an_hour),
		TEST(new_rules_take_up_what_waits_with_its_route_unknown),
		TEST(a_mail_of_an_idle_route_does_not_stand_behind_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
