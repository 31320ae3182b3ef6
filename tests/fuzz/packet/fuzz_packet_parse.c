/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes behind any link: facts or a reason, never a byte too far. The
 * first byte is the link, the second what the wire had beyond the capture.
 */
#include <stddef.h>
#include <stdint.h>

#include "../../../gateway/packet/packet_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet_facts f;
	enum packet_reason reason;
	struct span packet;

	if (size < 2)
		return 0;
	packet = (struct span){ data + 2, size - 2 };
	reason = packet_parse((enum packet_link)(data[0] %
	    (PACKET_LINK_PPP + 1)), packet, packet.len + data[1], &f);
	require(reason < PACKET_REASON_N);
	require(data[1] > 0 || reason != PACKET_CAPTURE_CUT);
	if (reason != PACKET_OK)
		return 0;
	require(f.src.family == f.dst.family);
	require(f.src.family == 4 || f.src.family == 6);
	require(f.ip_bytes >= (f.src.family == 4 ? 20 : 40));
	require(f.ip_bytes <= packet.len + data[1]);
	require(f.fragment || !f.later);
	if (f.later || (f.protocol != 6 && f.protocol != 17))
		require(f.src_port == 0 && f.dst_port == 0);
	if (f.protocol != 6)
		require(!f.syn && !f.ack);
	return 0;
}
