/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens often is told seldom, and no event is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/base/tally.h"

#define NOW	5000000u
#define WALL	1795748400000ull
#define MINUTE	60000u

static bool
add(struct tally *tally, uint64_t key, uint64_t after_ms)
{
	return tally_add(tally, &key, NOW + after_ms, WALL + after_ms);
}

static uint64_t
key_of(const struct tally_entry *entry)
{
	uint64_t key;

	memcpy(&key, entry->key, sizeof(key));
	return key;
}

static void
the_first_are_told_at_once_and_the_rest_once_a_minute(void **state)
{
	struct tally *tally = tally_new(64, 8, 3, MINUTE);
	const struct tally_entry *entry;

	(void)state;
	assert_non_null(tally);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(add(tally, 7, 10 * i), i < 3);
	/* somebody else is not held up by him */
	assert_true(add(tally, 8, 500));
	assert_false(tally_is_empty(tally));
	assert_null(tally_due(tally, NOW + MINUTE - 1, false));
	entry = tally_due(tally, NOW + MINUTE, false);
	assert_non_null(entry);
	assert_int_equal(key_of(entry), 7);
	assert_int_equal(entry->n, 997);
	assert_int_equal(entry->first_ms, WALL + 30);
	assert_int_equal(entry->last_ms, WALL + 9990);
	/* it could not be told: it is the same one the next time */
	assert_ptr_equal(tally_due(tally, NOW + MINUTE, false), entry);
	tally_told(tally, NOW + MINUTE);
	assert_true(tally_is_empty(tally));
	assert_null(tally_due(tally, NOW + MINUTE, false));
	/* he goes on: still one a minute */
	assert_false(add(tally, 7, MINUTE + 5));
	assert_null(tally_due(tally, NOW + 2 * MINUTE - 1, false));
	entry = tally_due(tally, NOW + 2 * MINUTE, false);
	assert_non_null(entry);
	assert_int_equal(entry->n, 1);
	assert_int_equal(entry->first_ms, WALL + MINUTE + 5);
	tally_told(tally, NOW + 2 * MINUTE);
	/* after a minute without any he is as new */
	assert_true(add(tally, 7, 3 * MINUTE));
	tally_free(tally);
}

static void
what_could_not_be_told_at_once_is_counted(void **state)
{
	struct tally *tally = tally_new(64, 8, 3, MINUTE);
	const struct tally_entry *entry;
	uint64_t key = 7;

	(void)state;
	assert_true(add(tally, key, 0));
	tally_count(tally, &key, NOW, WALL);
	assert_null(tally_due(tally, NOW, false));
	entry = tally_due(tally, NOW, true);
	assert_non_null(entry);
	assert_int_equal(entry->n, 1);
	tally_free(tally);
}

static void
what_finds_no_place_is_counted_among_the_others(void **state)
{
	struct tally *tally = tally_new(64, 8, 0, MINUTE);
	const struct tally_entry *entry;
	uint64_t n = 0, others = 0;
	unsigned entries = 0;

	(void)state;
	for (uint64_t i = 0; i < 10000; i++)
		assert_false(add(tally, i, i));
	while ((entry = tally_due(tally, NOW + MINUTE, true)) != NULL) {
		n += entry->n;
		entries++;
		if (entry->others) {
			others += entry->n;
			assert_int_equal(key_of(entry), 0);
		}
		tally_told(tally, NOW + MINUTE);
	}
	assert_int_equal(n, 10000);
	assert_in_range(entries, 33, 65);
	assert_in_range(others, 10000 - 64, 9999);
	/* and those of before make room */
	assert_false(add(tally, 77777, 3 * MINUTE));
	entry = tally_due(tally, NOW + 4 * MINUTE, false);
	assert_non_null(entry);
	assert_int_equal(key_of(entry), 77777);
	assert_false(entry->others);
	tally_free(tally);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_first_are_told_at_once_and_the_rest_once_a_minute),
		cmocka_unit_test(what_could_not_be_told_at_once_is_counted),
		cmocka_unit_test(
		    what_finds_no_place_is_counted_among_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
