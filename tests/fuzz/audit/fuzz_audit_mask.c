/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names in records: the first byte says what is masked. Members that are good
 * stay so; what is asked for no address is left of; others are refused.
 */
#include <stddef.h>
#include <stdint.h>

#include "../../../gateway/audit/audit_mask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct audit_mask mask = { .what = size > 0 ? data[0] & 15 : 0 };
	struct span members = span_sub((struct span){ data, size }, 1, size);
	bool good = audit_members_are_good(members);
	struct buf once, twice;
	enum err err;

	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	err = audit_mask_members(&mask, members, &once);
	if (mask.what == 0)
		require(err == OK && span_equal(buf_span(&once), members));
	else if (!good)
		require(err == ERR_INPUT && once.len == 0);
	else
		require(err == OK && audit_members_are_good(buf_span(&once)));
	/* the same input, the same output */
	if (err == OK)
		require(audit_mask_members(&mask, members, &twice) == OK &&
		    span_equal(buf_span(&once), buf_span(&twice)));
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
