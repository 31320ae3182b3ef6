/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Messages of nfnetlink_log: the packet that is handed on lies within the
 * message and has a reason, and its headers can be parsed.
 */
#include "../../../gateway/packet/packet_log.c"

#include "../../../gateway/packet/packet_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint8_t *begin, *behind;

static void
packet(void *arg, const struct packet_log_packet *p)
{
	struct packet_facts facts;

	(void)arg;
	require((unsigned)p->why < DROP_N && p->bytes.len > 0);
	require(p->bytes.ptr >= begin && p->bytes.ptr + p->bytes.len <=
	    behind);
	require(p->len >= p->bytes.len && p->len <= UINT16_MAX + 40);
	if (packet_parse(PACKET_LINK_RAW, p->bytes, p->len, &facts) ==
	    PACKET_OK && facts.payload.len > 0)
		require(facts.payload.ptr + facts.payload.len <=
		    p->bytes.ptr + p->bytes.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct packet_log log;
	uint8_t *copy = len > 0 ? malloc(len) : NULL;

	if (copy == NULL)
		return 0;
	memcpy(copy, data, len);
	begin = copy;
	behind = copy + len;
	log.handler = (struct packet_log_handler){ packet, NULL };
	take_datagram(&log, copy, len);
	require(log.lost < (uint64_t)GAP_MAX * (len / 16 + 1));
	log.lost = 0;
	free(copy);
	return 0;
}
