/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GET and GETNEXT on a snapshot: names are a table's root, a column, and the
 * index of a row (0 for a scalar). What follows a name is found by halving,
 * so a walk over thousands of rows costs no more per row than one over ten.
 */
#include <string.h>

#include "snapshot.h"

int
mib_compare(const unsigned long *a, size_t a_n, const unsigned long *b,
    size_t b_n)
{
	for (size_t i = 0; i < a_n && i < b_n; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return a_n == b_n ? 0 : a_n < b_n ? -1 : 1;
}

static size_t
row_index(const struct snapshot *snapshot, enum mib_id id, uint32_t row,
    unsigned long index[MIB_INDEX_MAX])
{
	const struct mib_table *table = mib_table(id);

	if (table->index_n == 0) {
		index[0] = 0;
		return 1;
	}
	for (unsigned i = 0; i < table->index_n; i++)
		index[i] = (unsigned long)snapshot_cell(snapshot, id, row,
		    i)->number;
	return table->index_n;
}

/* The first row whose index is at least (behind: beyond) the arcs. */
static uint32_t
find_row(const struct snapshot *snapshot, enum mib_id id,
    const unsigned long *arcs, size_t arcs_n, bool behind)
{
	uint32_t low = 0, high = snapshot->rows[id], middle;
	unsigned long index[MIB_INDEX_MAX];
	size_t n;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		n = row_index(snapshot, id, middle, index);
		order = mib_compare(index, n, arcs, arcs_n);
		if (order < 0 || (behind && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
take(const struct snapshot *snapshot, enum mib_id id, uint32_t row,
    unsigned column, struct mib_value *value)
{
	const struct cell *cell = snapshot_cell(snapshot, id, row, column);

	value->type = mib_table(id)->columns[column].type;
	value->number = cell->number;
	value->text = cell->text;
}

bool
mib_get(const struct snapshot *snapshot, const unsigned long *name,
    size_t name_n, struct mib_value *value)
{
	for (unsigned i = 0; i < MIB_N; i++) {
		const struct mib_table *table = mib_table((enum mib_id)i);
		size_t above = table->root_n + 1;
		unsigned long index[MIB_INDEX_MAX];
		uint32_t row;

		if (name_n <= above || mib_compare(name, table->root_n,
		    table->root, table->root_n) != 0)
			continue;
		for (unsigned k = 0; k < table->columns_n; k++) {
			if (table->columns[k].number != name[above - 1] ||
			    table->columns[k].type == MIB_INDEX)
				continue;
			row = find_row(snapshot, (enum mib_id)i, name + above,
			    name_n - above, false);
			if (row == snapshot->rows[i])
				return false;
			if (mib_compare(index, row_index(snapshot,
			    (enum mib_id)i, row, index), name + above,
			    name_n - above) != 0)
				return false;
			take(snapshot, (enum mib_id)i, row, k, value);
			return true;
		}
		return false;
	}
	return false;
}

/* arcs: what the name has behind the root of the table; none: all of it. */
static bool
next_in_table(const struct snapshot *snapshot, enum mib_id id,
    const unsigned long *arcs, size_t arcs_n, unsigned long *next,
    size_t *next_n, struct mib_value *value)
{
	const struct mib_table *table = mib_table(id);
	uint32_t row;

	for (unsigned k = 0; k < table->columns_n; k++) {
		const struct mib_column *column = &table->columns[k];

		if (column->type == MIB_INDEX ||
		    (arcs_n > 0 && column->number < arcs[0]))
			continue;
		row = arcs_n > 0 && column->number == arcs[0] ?
		    find_row(snapshot, id, arcs + 1, arcs_n - 1, true) : 0;
		if (row == snapshot->rows[id])
			continue;
		memcpy(next, table->root, table->root_n * sizeof(next[0]));
		next[table->root_n] = column->number;
		*next_n = table->root_n + 1 + row_index(snapshot, id, row,
		    next + table->root_n + 1);
		take(snapshot, id, row, k, value);
		return true;
	}
	return false;
}

bool
mib_next(const struct snapshot *snapshot, const unsigned long *name,
    size_t name_n, unsigned long *next, size_t *next_n,
    struct mib_value *value)
{
	for (unsigned i = 0; i < MIB_N; i++) {
		const struct mib_table *table = mib_table((enum mib_id)i);
		size_t n = table->root_n, skip = name_n < n ? name_n : n;
		int order = mib_compare(name, skip, table->root, skip);

		if (order > 0)
			continue;	/* it is behind the whole table */
		if (order < 0 || name_n < n)
			skip = n = name_n;
		if (next_in_table(snapshot, (enum mib_id)i, name + n,
		    name_n - skip, next, next_n, value))
			return true;
	}
	return false;
}
