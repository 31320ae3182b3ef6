/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET and GETNEXT against a list of all names that was made the slow way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "numbers.h"

#define NAMES_MAX	4096

struct name {
	unsigned long	arcs[MIB_NAME_MAX];
	size_t		n;
	enum mib_id	id;
	uint32_t	row;
	unsigned	column;
};

static struct name names[NAMES_MAX];
static size_t names_n;
static struct snapshot snapshot;
static struct buf bytes;

static int
by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return mib_compare(x->arcs, x->n, y->arcs, y->n);
}

static void
add_name(enum mib_id id, uint32_t row, unsigned column)
{
	const struct mib_table *table = mib_table(id);
	struct name *name = &names[names_n++];

	assert_true(names_n < NAMES_MAX);
	memcpy(name->arcs, table->root, table->root_n *
	    sizeof(name->arcs[0]));
	name->n = table->root_n;
	name->arcs[name->n++] = table->columns[column].number;
	if (table->index_n == 0)
		name->arcs[name->n++] = 0;
	for (unsigned i = 0; i < table->index_n; i++)
		name->arcs[name->n++] = (unsigned long)numbers_index(id, row,
		    i);
	name->id = id;
	name->row = row;
	name->column = column;
}

static int
set_up(void **state)
{
	static const struct numbers numbers = { .rows = { [MIB_APPL] = 1,
	    [MIB_MTA] = 1, [MIB_MTA_GROUPS] = 4, [MIB_PROCESSES] = 5,
	    [MIB_PAIRS] = 9,
	    [MIB_REFUSALS] = 20, [MIB_RULES] = 100, [MIB_ROUTES] = 3,
	    [MIB_DISKS] = 1 } };		/* and no queues */

	(void)state;
	numbers_write(&numbers, &bytes);
	assert_int_equal(snapshot_read(&snapshot, buf_span(&bytes)), OK);
	for (unsigned i = 0; i < MIB_N; i++) {
		const struct mib_table *table = mib_table((enum mib_id)i);

		for (uint32_t k = 0; k < snapshot.rows[i]; k++)
			for (unsigned c = 0; c < table->columns_n; c++)
				if (table->columns[c].type != MIB_INDEX)
					add_name((enum mib_id)i, k, c);
	}
	qsort(names, names_n, sizeof(names[0]), by_name);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	snapshot_fini(&snapshot);
	buf_fini(&bytes);
	return 0;
}

static void
check_value(const struct name *name, const struct mib_value *value)
{
	const struct mib_column *column =
	    &mib_table(name->id)->columns[name->column];

	assert_int_equal(value->type, column->type);
	if (column->type == MIB_TEXT)
		assert_true(span_equal(value->text, SPAN("関所")));
	else
		assert_int_equal(value->number, (unsigned)name->id * 1000u +
		    name->row * 10u + name->column);
}

static void
a_walk_meets_every_name_in_order_and_ends(void **state)
{
	unsigned long at[MIB_NAME_MAX] = { 1 };
	size_t at_n = 1;
	struct mib_value value;

	(void)state;
	for (size_t i = 0; i < names_n; i++) {
		assert_true(mib_next(&snapshot, at, at_n, at, &at_n, &value));
		assert_int_equal(mib_compare(at, at_n, names[i].arcs,
		    names[i].n), 0);
		check_value(&names[i], &value);
	}
	assert_false(mib_next(&snapshot, at, at_n, at, &at_n, &value));
}

static void
each_name_is_got_and_no_other(void **state)
{
	unsigned long other[MIB_NAME_MAX];
	struct mib_value value;

	(void)state;
	for (size_t i = 0; i < names_n; i++) {
		const struct name *name = &names[i];

		assert_true(mib_get(&snapshot, name->arcs, name->n, &value));
		check_value(name, &value);
		/* too short, too long, beside it */
		assert_false(mib_get(&snapshot, name->arcs, name->n - 1,
		    &value));
		memcpy(other, name->arcs, sizeof(other));
		other[name->n] = 0;
		assert_false(mib_get(&snapshot, other, name->n + 1, &value));
		/* scalars have 0 only, indexes of rows have gaps */
		other[name->n - 1]++;
		assert_false(mib_get(&snapshot, other, name->n, &value));
	}
}

/* The slow way: the first of the list that is behind. */
static const struct name *
expected(const unsigned long *arcs, size_t n)
{
	for (size_t i = 0; i < names_n; i++)
		if (mib_compare(names[i].arcs, names[i].n, arcs, n) > 0)
			return &names[i];
	return NULL;
}

static void
check_next(const unsigned long *from, size_t from_n)
{
	const struct name *want = expected(from, from_n);
	unsigned long next[MIB_NAME_MAX];
	struct mib_value value;
	size_t next_n = 0;
	bool is = mib_next(&snapshot, from, from_n, next, &next_n, &value);

	assert_int_equal(is, want != NULL);
	if (want == NULL)
		return;
	assert_int_equal(mib_compare(next, next_n, want->arcs, want->n), 0);
	check_value(want, &value);
}

static void
names_that_are_not_there_are_followed_by_the_right_ones(void **state)
{
	unsigned long from[MIB_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < names_n; i += 7)
		for (size_t n = 0; n <= names[i].n; n++) {
			memcpy(from, names[i].arcs, sizeof(names[i].arcs));
			check_next(from, n);
			if (n == 0)
				continue;
			from[n - 1]++;
			check_next(from, n);
			from[n - 1] = UINT32_MAX;
			check_next(from, n);
			from[n - 1] = 0;
			check_next(from, n);
			from[n - 1] = names[i].arcs[n - 1];
			from[n] = 0;
			check_next(from, n + 1);
			from[n] = UINT32_MAX;
			check_next(from, n + 1);
		}
}

static void
before_the_first_snapshot_there_is_nothing(void **state)
{
	static const struct snapshot none;
	unsigned long next[MIB_NAME_MAX], from[] = { 1 };
	struct mib_value value;
	size_t next_n;

	(void)state;
	assert_false(mib_next(&none, from, 1, next, &next_n, &value));
	assert_false(mib_get(&none, names[0].arcs, names[0].n, &value));
	assert_int_equal(snapshot_scalar(&none, MIB_MAIL, "Queued"), 0);
}

static void
the_tables_are_in_the_order_of_their_names(void **state)
{
	(void)state;
	for (unsigned i = 1; i < MIB_N; i++) {
		const struct mib_table *a = mib_table((enum mib_id)(i - 1));
		const struct mib_table *b = mib_table((enum mib_id)i);

		assert_int_equal(mib_compare(a->root, a->root_n, b->root,
		    b->root_n), -1);
		assert_true(b->root_n + 1 + MIB_INDEX_MAX <= MIB_NAME_MAX);
		assert_true(b->index_n <= MIB_INDEX_MAX);
		for (unsigned k = 0; k < b->columns_n; k++) {
			assert_true((b->columns[k].type == MIB_INDEX) ==
			    (k < b->index_n));
			assert_true(k == 0 || b->columns[k - 1].number <
			    b->columns[k].number);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_walk_meets_every_name_in_order_and_ends),
		cmocka_unit_test(each_name_is_got_and_no_other),
		cmocka_unit_test(
		    names_that_are_not_there_are_followed_by_the_right_ones),
		cmocka_unit_test(before_the_first_snapshot_there_is_nothing),
		cmocka_unit_test(the_tables_are_in_the_order_of_their_names),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
