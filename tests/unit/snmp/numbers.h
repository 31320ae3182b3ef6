/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TESTS_SNMP_NUMBERS_H
#define SEKISHO_TESTS_SNMP_NUMBERS_H

#include "../../../gateway/snmp/snapshot.h"

/* How many rows a table has, and its cells: by default from a formula. */
struct numbers {
	uint32_t	rows[MIB_N];
	/* 0: the formula */
	void		(*cell)(const struct numbers *, enum mib_id,
			    uint32_t row, unsigned column, uint64_t *number);
	void		*arg;
};

/* Indexes with gaps, so that what is not there can be asked for, too. */
static inline uint64_t
numbers_index(enum mib_id id, uint32_t row, unsigned column)
{
	if (mib_table(id)->index_n == 1)
		return 3 * (uint64_t)row + 2;
	return column == 0 ? row / 3 + 1 : 2 * (row % 3) + 1;
}

static inline void
numbers_write(const struct numbers *numbers, struct buf *out)
{
	struct snapshot_writer w;

	buf_init(out, SNAPSHOT_BYTES_MAX);
	snapshot_begin(&w, out, 1764201600000u);
	for (unsigned i = 0; i < MIB_N; i++) {
		const struct mib_table *table = mib_table((enum mib_id)i);
		uint32_t rows = table->index_n == 0 ? 1 : numbers->rows[i];

		snapshot_table(&w, (enum mib_id)i);
		for (uint32_t k = 0; k < rows; k++)
			for (unsigned c = 0; c < table->columns_n; c++) {
				uint64_t n = i * 1000 + k * 10 + c;

				if (table->columns[c].type == MIB_INDEX)
					n = numbers_index((enum mib_id)i, k,
					    c);
				if (numbers->cell != NULL)
					numbers->cell(numbers, (enum mib_id)i,
					    k, c, &n);
				if (table->columns[c].type == MIB_TEXT)
					snapshot_text(&w, SPAN("関所"));
				else
					snapshot_number(&w, n);
			}
	}
	require(snapshot_end(&w) == OK);
}

#endif
