/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ICA of Citrix has no published form. What is known from outside: on port 1494
 * each side begins with 7f 7f "ICA" 00, the server first (the probes of nmap,
 * the header of the detect string); on port 2598, with session reliability,
 * each side with 1a "CGP/01" (libprotoident, nDPI). No more can be checked.
 */
#include "inspect_internal.h"

static enum inspect_reason
judge_banner(struct span bytes)
{
	bool cgp = bytes.ptr[0] == 0x1a;

	return read_literal(&bytes, cgp ? SPAN("\x1a" "CGP/01") :
	    SPAN("\x7f\x7fICA\0"), INSPECT_ICA_BANNER);
}

enum inspect_reason
inspect_ica_judge(struct inspect *inspect, struct inspect_flow *flow,
    enum inspect_direction direction, struct span bytes)
{
	const struct inspect_side *other = &flow->side[!direction];

	(void)inspect;
	/* both speak the same of the two */
	if (other->good && other->buffer->bytes[0] != bytes.ptr[0])
		return INSPECT_ICA_BANNER;
	return judge_banner(bytes);
}
