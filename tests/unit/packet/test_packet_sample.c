/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/packet/packet_sample.h"
#include "../../../gateway/packet/packet_scan.h"

#define START_MS	1000000u

static struct address
v4(uint32_t n)
{
	struct address a = { .family = 4 };

	a.bytes[0] = 10;
	a.bytes[1] = (uint8_t)(n >> 16);
	a.bytes[2] = (uint8_t)(n >> 8);
	a.bytes[3] = (uint8_t)n;
	return a;
}

static unsigned
taken(struct packet_sample *sample, uint32_t source, uint64_t what,
    unsigned n, uint64_t now_ms, uint64_t *missed)
{
	const struct address src = v4(source);
	unsigned got = 0;
	uint64_t m;

	for (unsigned i = 0; i < n; i++)
		if (packet_sample_take(sample, &src, what, now_ms, &m)) {
			*missed = m;
			got++;
		}
	return got;
}

static void
a_source_gets_a_burst_and_then_one_a_second(void **state)
{
	struct packet_sample *sample = packet_sample_new();
	uint64_t missed = 99;

	(void)state;
	assert_int_equal(taken(sample, 1, 7, 100, START_MS, &missed),
	    SAMPLE_BURST);
	assert_int_equal(missed, 0);
	assert_int_equal(taken(sample, 1, 7, 100, START_MS + 999, &missed),
	    0);
	assert_int_equal(taken(sample, 1, 7, 100, START_MS + 1000, &missed),
	    SAMPLE_PER_S);
	/* and says how many were passed over */
	assert_int_equal(missed, 200 - SAMPLE_BURST);
	assert_int_equal(taken(sample, 1, 7, 100, START_MS + 3600000,
	    &missed), SAMPLE_BURST);
	packet_sample_free(sample);
}

static void
time_in_small_steps_is_not_lost(void **state)
{
	struct packet_sample *sample = packet_sample_new();
	uint64_t missed;
	unsigned got = 0;

	(void)state;
	for (unsigned ms = 0; ms <= 20000; ms++)
		got += taken(sample, 1, 7, 1, START_MS + ms, &missed);
	assert_int_equal(got, SAMPLE_BURST + 20 * SAMPLE_PER_S);
	packet_sample_free(sample);
}

static void
reasons_and_sources_have_buckets_of_their_own(void **state)
{
	struct packet_sample *sample = packet_sample_new();
	uint64_t missed;

	(void)state;
	assert_int_equal(taken(sample, 1, 7, 50, START_MS, &missed),
	    SAMPLE_BURST);
	assert_int_equal(taken(sample, 1, 8, 50, START_MS, &missed),
	    SAMPLE_BURST);
	assert_int_equal(taken(sample, 2, 7, 50, START_MS, &missed),
	    SAMPLE_BURST);
	packet_sample_free(sample);
}

static void
all_together_are_limited(void **state)
{
	struct packet_sample *sample = packet_sample_new();
	uint64_t missed;
	unsigned got = 0;

	(void)state;
	for (unsigned s = 0; s < 10; s++)
		for (uint32_t i = 0; i < 20000; i++)
			got += taken(sample, i, 7, 1, START_MS + s * 1000,
			    &missed);
	assert_in_range(got, SAMPLE_ALL_BURST, SAMPLE_ALL_BURST +
	    9 * SAMPLE_ALL_PER_S);
	packet_sample_free(sample);
}

static void
a_full_table_shares_one_bucket(void **state)
{
	struct packet_sample *sample = packet_sample_new();
	uint64_t missed, t = START_MS;
	unsigned got;

	(void)state;
	/* so many that no place is left, for longer than any is kept */
	for (unsigned round = 0; round < 2; round++)
		for (uint32_t i = 0; i < SAMPLE_BUCKETS * 8; i++)
			(void)taken(sample, i, 7, SAMPLE_BURST + 2, t,
			    &missed);
	t += 3000;	/* the global one is full again, theirs are not */
	got = 0;
	for (uint32_t i = 0; i < 50; i++)
		got += taken(sample, 1000000 + i, 9, 1, t, &missed);
	assert_in_range(got, 1, SAMPLE_BURST + 3);
	/* later there are places again */
	t += 120000;
	assert_int_equal(taken(sample, 2000000, 9, 50, t, &missed),
	    SAMPLE_BURST);
	packet_sample_free(sample);
}

static unsigned
scans(struct packet_scan *scan, uint32_t source, uint32_t from, uint32_t n,
    uint64_t now_ms, uint64_t step_ms)
{
	const struct address src = v4(source), dst = v4(5);
	unsigned said = 0;

	for (uint32_t i = 0; i < n; i++)
		said += packet_scan_refused(scan, &src, &dst, from + i,
		    now_ms + i * step_ms);
	return said;
}

static void
a_scan_is_said_once(void **state)
{
	struct packet_scan *scan = packet_scan_new();

	(void)state;
	assert_int_equal(scans(scan, 1, 0, SCAN_TARGETS - 1, START_MS, 0), 0);
	assert_int_equal(scans(scan, 1, 500, 1, START_MS + 1, 0), 1);
	assert_int_equal(scans(scan, 1, 0, 60000, START_MS + 2, 1), 0);
	/* it never stopped for long enough */
	assert_int_equal(scans(scan, 1, 0, 1000, START_MS + 110000, 1), 0);
	/* now it did */
	assert_int_equal(scans(scan, 1, 0, 1000, START_MS + 111000 +
	    SCAN_QUIET_MS, 1), 1);
	packet_scan_free(scan);
}

static void
the_same_destinations_again_are_no_scan(void **state)
{
	struct packet_scan *scan = packet_scan_new();

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(scans(scan, 1, 0, SCAN_TARGETS - 1,
		    START_MS + i, 0), 0);
	packet_scan_free(scan);
}

static void
what_is_slow_is_no_scan_and_no_border_hides_one(void **state)
{
	struct packet_scan *scan = packet_scan_new();
	const uint64_t step = SCAN_WINDOW_MS / (SCAN_TARGETS - 1);

	(void)state;
	assert_int_equal(scans(scan, 1, 0, 500, START_MS, step + 1), 0);
	for (uint64_t shift = 0; shift < SCAN_WINDOW_MS; shift += 777)
		assert_int_equal(scans(scan, 2 + (uint32_t)shift, 0, 60,
		    START_MS + shift, step - 5), 1);
	packet_scan_free(scan);
}

static void
many_others_do_not_hide_one(void **state)
{
	struct packet_scan *scan = packet_scan_new();
	unsigned said = 0;

	(void)state;
	for (uint32_t i = 0; i < SCAN_TARGETS; i++) {
		said += scans(scan, 1, i, 1, START_MS + i * 10, 0);
		said += scans(scan, 2, i, 1, START_MS + i * 10, 0);
		for (uint32_t k = 0; k < 5000; k++)
			said += scans(scan, 1000 + i * 5000 + k, 1, 1,
			    START_MS + i * 10 + 1, 0);
	}
	assert_in_range(said, 1, 2);
	packet_scan_free(scan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_gets_a_burst_and_then_one_a_second),
		cmocka_unit_test(time_in_small_steps_is_not_lost),
		cmocka_unit_test(
		    reasons_and_sources_have_buckets_of_their_own),
		cmocka_unit_test(all_together_are_limited),
		cmocka_unit_test(a_full_table_shares_one_bucket),
		cmocka_unit_test(a_scan_is_said_once),
		cmocka_unit_test(the_same_destinations_again_are_no_scan),
		cmocka_unit_test(
		    what_is_slow_is_no_scan_and_no_border_hides_one),
		cmocka_unit_test(many_others_do_not_hide_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
