/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A table to the verifier: the same answer in any split, and what it takes
 * has no field that begins like a formula for the plainest of readers.
 */
#include <stdlib.h>

#include "../../../gateway/verify/verify_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
takes(struct span s, size_t step)
{
	struct diag diag;
	struct csv csv;

	csv_init(&csv);
	for (; s.len > 0; s = span_sub(s, step, s.len))
		if (csv_write(&csv, span_sub(s, 0, step), &diag) != OK)
			return false;
	return csv_end(&csv, &diag) == OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = { data, size };
	bool yes = takes(s, size + 1), quoted = false;

	if (takes(s, 1) != yes || takes(s, 3) != yes)
		abort();
	for (size_t i = 3; yes && i + 1 < size; i++) {
		if (data[i] != '"')
			continue;
		quoted = !quoted;
		if (quoted && (data[i - 1] == ',' || data[i - 1] == '\n' ||
		    i == 3) && (data[i + 1] == '=' || data[i + 1] == '@' ||
		    data[i + 1] == '\t' || data[i + 1] == '\r'))
			abort();
	}
	return 0;
}
