/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys of a record: whatever a log has in a line, keys are within their
 * limits, and a record that the gateway could have written has keys.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../../gateway/search/search_wish.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err
take(void *arg, struct span key)
{
	unsigned *n = arg;

	if (key.len == 0 || key.len > SEARCH_KEY_BYTES_MAX ||
	    memchr("RrfFtTauyo", key.ptr[0], 10) == NULL)
		abort();
	if (key.ptr[0] == SEARCH_RECEIPT && key.len != 9)
		abort();
	if (key.ptr[0] == SEARCH_ADDRESS && key.len != 6 && key.len != 18)
		abort();
	(*n)++;
	return OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned n = 0;
	const struct search_sink sink = { take, &n };
	struct span s = { data, size };
	struct audit_line line;
	uint64_t ms;
	enum err err;

	if (!audit_line_read(s, &line))
		return 0;
	(void)search_time(line.time, false, &ms);
	err = search_keys(&line, &sink);
	if (n > SEARCH_KEYS_MAX)
		abort();
	if (err != OK && audit_members_are_good(line.members) &&
	    n < SEARCH_KEYS_MAX)
		abort();
	return 0;
}
