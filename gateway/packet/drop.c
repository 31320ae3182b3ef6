/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of the kernel's log: table_drop.c writes them into the table, and
 * packet_log.c reads them back.
 */
#include "../base/err.h"
#include "drop.h"

static const char *const words[DROP_N] = {
	[DROP_SPOOFED] = "spoofed",
	[DROP_OPTIONS] = "options",
	[DROP_MISROUTED] = "misrouted",
	[DROP_CUT] = "cut",
	[DROP_INPUT] = "input",
	[DROP_OUTPUT] = "output",
	[DROP_INTERFACE] = "interface",
	[DROP_PAIR] = "pair",
	[DROP_INVALID] = "invalid",
	[DROP_RELATED] = "related",
	[DROP_NAT] = "nat",
	[DROP_FLOW_CUT] = "flow-cut",
	[DROP_NO_VERDICT] = "no-verdict",
};

const char *
drop_word(enum drop drop)
{
	require((unsigned)drop < DROP_N);
	return words[drop];
}

enum drop
drop_of_prefix(struct span prefix)
{
	const size_t before = sizeof(DROP_PREFIX) - 1;

	if (prefix.len < before || !span_equal(span_sub(prefix, 0, before),
	    span_str(DROP_PREFIX)))
		return DROP_N;
	for (unsigned i = 0; i < DROP_N; i++)
		if (span_equal(span_sub(prefix, before, prefix.len),
		    span_str(words[i])))
			return (enum drop)i;
	return DROP_N;
}
