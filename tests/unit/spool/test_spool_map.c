/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of mail numbers, against a plain list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../gateway/spool/spool_map.h"

#define ITEMS	50

static void
a_million_steps_agree_with_a_plain_list(void **state)
{
	struct spool_map *map = spool_map_new(ITEMS);
	uint32_t list[200] = { 0 };	/* value + 1; 0: not there */
	uint32_t n = 0, random = 1, value;

	(void)state;
	assert_non_null(map);
	for (int step = 0; step < 1000000; step++) {
		uint32_t i;
		uint64_t id;

		random = random * 1103515245 + 12345;
		i = (random >> 8) % 200;
		id = (uint64_t)i * 256 + 1;	/* as receipts: far apart */
		if ((random >> 20 & 1) != 0) {
			bool added = spool_map_add(map, id, i * 3);

			assert_int_equal(added, list[i] == 0 && n < ITEMS);
			if (added) {
				list[i] = i * 3 + 1;
				n++;
			}
		} else {
			spool_map_remove(map, id);
			n -= list[i] != 0;
			list[i] = 0;
		}
		assert_int_equal(spool_map_count(map), n);
		assert_int_equal(spool_map_get(map, id, &value),
		    list[i] != 0);
		if (list[i] != 0)
			assert_int_equal(value, list[i] - 1);
	}
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(spool_map_get(map, (uint64_t)i * 256 + 1,
		    NULL), list[i] != 0);
	spool_map_free(map);
}

static void
zero_is_never_there(void **state)
{
	struct spool_map *map = spool_map_new(4);

	(void)state;
	assert_false(spool_map_get(map, 0, NULL));
	spool_map_remove(map, 0);
	assert_int_equal(spool_map_count(map), 0);
	spool_map_free(map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_million_steps_agree_with_a_plain_list),
		cmocka_unit_test(zero_is_never_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
