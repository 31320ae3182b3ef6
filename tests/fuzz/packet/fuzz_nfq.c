/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Messages of nfnetlink_queue: the packet that is handed on lies within the
 * message, and its headers can be parsed.
 */
#include "../../../gateway/packet/packet_nfq.c"

#include "../../../gateway/packet/packet_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const uint8_t *begin, *behind;

static void
packet(void *arg, struct packet_nfq *queue, const struct packet_nfq_packet *p)
{
	struct packet_facts facts;

	(void)arg;
	(void)queue;
	require(p->bytes.len == 0 || (p->bytes.ptr >= begin &&
	    p->bytes.ptr + p->bytes.len <= behind));
	if (packet_parse(PACKET_LINK_RAW, p->bytes, p->len, &facts) ==
	    PACKET_OK && facts.payload.len > 0)
		require(facts.payload.ptr + facts.payload.len <=
		    p->bytes.ptr + p->bytes.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct packet_nfq queue;
	uint8_t *copy = len > 0 ? malloc(len) : NULL;

	if (copy == NULL)
		return 0;
	memcpy(copy, data, len);
	begin = copy;
	behind = copy + len;
	queue.handler = (struct packet_nfq_handler){ .packet = packet };
	take_message(&queue, copy, len);
	free(copy);
	return 0;
}
