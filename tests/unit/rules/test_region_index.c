/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules that an index finds are those of a walk through all. */
#include "helper.h"
#include "../../../rules/region_internal.h"

#define HOSTS	300u
#define RULES	400u

static uint32_t
next(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void
add_party(struct buf *text, uint32_t *state)
{
	uint32_t kind = next(state) % 16;

	assert_int_equal(kind == 0 ? buf_add_str(text, "any") : kind == 1 ?
	    buf_add_str(text, "lgwan") : buf_printf(text, "h%u",
	    next(state) % HOSTS), OK);
}

/* Hosts of all widths, rules from and to them, segments and any. */
static struct rules_run *
many_rules(struct buf *text)
{
	uint32_t state = 7;

	assert_int_equal(buf_add_str(text, BASE), OK);
	for (uint32_t i = 0; i < HOSTS; i++) {
		uint32_t low = next(&state) % 200;

		assert_int_equal(i % 8 == 0 ? buf_printf(text, "host h%u in "
		    "internet 2001:db8::%x\n", i, i) : buf_printf(text,
		    "host h%u in lgwan 10.20.%u.0-10.20.%u.%u\n", i, low,
		    low + next(&state) % 50, next(&state) % 256), OK);
	}
	for (uint32_t i = 0; i < RULES; i++) {
		assert_int_equal(buf_add_str(text, "deny \"d\" from "), OK);
		add_party(text, &state);
		assert_int_equal(buf_add_str(text, " to "), OK);
		add_party(text, &state);
		assert_int_equal(buf_add_str(text, i % 3 == 0 ?
		    " service https\n" : "\n"), OK);
	}
	assert_int_equal(buf_add_byte(text, '\0'), OK);
	return run_text_of((const char *)text->ptr);
}

static void
an_index_finds_the_same_rules(void **state)
{
	static const uint32_t parts[][2] = { { 0, RULES }, { 1, 63 },
	    { 64, 128 }, { 100, 101 }, { 129, RULES }, { 5, 5 } };
	static uint32_t walked[RULES], found[RULES];
	const struct rules_run *run;
	struct finder *plain, *indexed;
	struct space *space;
	struct buf text;
	uint32_t all = 0;

	(void)state;
	buf_init(&text, 1 << 20);
	run = many_rules(&text);
	assert_int_equal(rules_run_errors(run), 0);
	space = space_new(&run, 1);
	assert_non_null(space);
	plain = finder_new(space, &space->rules[0]);
	indexed = finder_new(space, &space->rules[0]);
	assert_true(finder_index(indexed));
	for (uint32_t i = 0; i < RULES; i++)
		for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]);
		    k++) {
			struct region region = region_of(space,
			    &space->rules[0].rules[i]);
			uint32_t n = finder_overlaps(plain, &region,
			    parts[k][0], parts[k][1], walked);

			assert_int_equal(finder_overlaps(indexed, &region,
			    parts[k][0], parts[k][1], found), n);
			assert_memory_equal(found, walked, n *
			    sizeof(*found));
			all += n;
		}
	assert_true(all > RULES);
	finder_free(plain);
	finder_free(indexed);
	space_free(space);
	rules_run_free((struct rules_run *)(uintptr_t)run);
	buf_fini(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_index_finds_the_same_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
