/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as what snmpd sends: left to the library, or one whole answer with
 * the length that it says. And the frame: in any split it is where it was.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../gateway/snmp/agentx.h"
#include "../../unit/snmp/numbers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct snapshot snapshot;
	static struct buf bytes, out;
	struct agentx_frame whole = { 0 }, split = { 0 };
	struct span input = { data, size };
	size_t used = 0;

	if (bytes.ptr == NULL) {
		const struct numbers numbers = { .rows = { [MIB_PAIRS] = 3,
			[MIB_RULES] = 5, [MIB_PAIR_REFUSALS] = 4 } };

		numbers_write(&numbers, &bytes);
		require(snapshot_read(&snapshot, buf_span(&bytes)) == OK);
		buf_init(&out, AGENTX_BYTES_MAX);
	}
	if (agentx_answer(&snapshot, input, &used, &out)) {
		require(used > AGENTX_HEADER_BYTES && used <= size);
		require(out.len % 4 == 0 && out.len > AGENTX_HEADER_BYTES);
		require(out.ptr[1] == 18 && (size_t)(out.ptr[16] |
		    out.ptr[17] << 8 | out.ptr[18] << 16) ==
		    out.len - AGENTX_HEADER_BYTES);
	}
	agentx_pass(&whole, input);
	for (size_t i = 0; i < size; i++)
		agentx_pass(&split, span_sub(input, i, 1));
	require(whole.owed == split.owed && whole.head_n == split.head_n);
	return 0;
}
