/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A snapshot of all tables, as they are now, in which some bytes are others:
 * refused, or every name of a walk rises, can be got, and the walk ends after
 * as many names as there are cells. The snapshot is made here and the input
 * says only what to change, so no corpus grows old when tables change:
 *	u8 rows of each table, u8 bytes cut off the end,
 *	then for each change: u16 where, u8 what is flipped there.
 */
#include <string.h>

#include "../../../gateway/snmp/trap.h"
#include "../../unit/snmp/numbers.h"

#define HEAD_BYTES	2
#define CHANGE_BYTES	3
#define ROWS_MAX	7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
tell(void *arg, const struct trap *trap)
{
	require(trap->subject.len <= SNAPSHOT_TEXT_BYTES_MAX);
	(*(unsigned *)arg)++;
}

static void
walk(const struct snapshot *snapshot)
{
	unsigned long at[MIB_NAME_MAX], next[MIB_NAME_MAX];
	struct mib_value value, again;
	size_t at_n = 0, next_n, left = 0;

	for (unsigned i = 0; i < MIB_N; i++)
		left += (size_t)snapshot->rows[i] *
		    mib_table((enum mib_id)i)->columns_n;
	while (mib_next(snapshot, at, at_n, next, &next_n, &value)) {
		require(left-- > 0);
		require(mib_compare(at, at_n, next, next_n) < 0);
		require(mib_get(snapshot, next, next_n, &again));
		require(again.number == value.number &&
		    again.type == value.type);
		memcpy(at, next, sizeof(at));
		at_n = next_n;
	}
}

/* Nothing changed: each table is read with all its rows, and is walked. */
static void
all_is_reached(struct span bytes, const struct numbers *numbers)
{
	struct snapshot snapshot;

	require(snapshot_read(&snapshot, bytes) == OK);
	for (unsigned i = 0; i < MIB_N; i++)
		require(snapshot.rows[i] == (mib_table((enum mib_id)i)->
		    index_n == 0 ? 1 : numbers->rows[i]));
	walk(&snapshot);
	snapshot_fini(&snapshot);
}

static void
change(struct buf *bytes, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i + CHANGE_BYTES <= size; i += CHANGE_BYTES) {
		size_t at = (size_t)data[i] | (size_t)data[i + 1] << 8;

		bytes->ptr[at % bytes->len] ^= data[i + 2];
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trap_watch watch = { .looked = false };
	struct numbers numbers = { .cell = NULL };
	struct snapshot snapshot;
	struct buf bytes;
	unsigned told = 0;

	if (size < HEAD_BYTES)
		return 0;
	for (unsigned i = 0; i < MIB_N; i++) {
		uint32_t max = mib_table((enum mib_id)i)->rows_max;

		numbers.rows[i] = data[0] % (ROWS_MAX + 1);
		if (numbers.rows[i] > max)
			numbers.rows[i] = max;
	}
	numbers_write(&numbers, &bytes);
	all_is_reached(buf_span(&bytes), &numbers);
	change(&bytes, data + HEAD_BYTES, size - HEAD_BYTES);
	if (snapshot_read(&snapshot, span_sub(buf_span(&bytes), 0,
	    bytes.len - data[1])) == OK) {
		require(data[1] == 0);
		walk(&snapshot);
		for (unsigned i = 1; i <= TRAP_LOOKS; i++)
			trap_look(&watch, &snapshot, i, tell, &told);
		snapshot_fini(&snapshot);
	}
	buf_fini(&bytes);
	return 0;
}
