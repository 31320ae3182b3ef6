/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a snapshot: refused, or every name of a walk rises, can be got,
 * and the walk ends after as many names as there are cells.
 */
#include <string.h>

#include "../../../gateway/snmp/trap.h"
#include "../../unit/snmp/numbers.h"

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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trap_watch watch;
	struct snapshot snapshot;
	unsigned told = 0;

	if (snapshot_read(&snapshot, (struct span){ data, size }) != OK)
		return 0;
	walk(&snapshot);
	trap_look(&watch, &snapshot, 1, tell, &told);
	snapshot_fini(&snapshot);
	return 0;
}
