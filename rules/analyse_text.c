/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules and packets in the words of messages; a packet as `sekisho explain`
 * takes it.
 */
#include <netinet/in.h>

#include "analyse_internal.h"
#include "finding_internal.h"

const char *
text_rule(struct rules_run *run, const struct statement *st)
{
	return run_text(run, "'%s' (%s:%u)",
	    run_quote(run, statement_name(st)),
	    run->sources[st->place.source].file, st->place.line);
}

static const char *
text_protocol(struct rules_run *run, uint8_t protocol)
{
	const char *name = rules_protocol_name(protocol);

	return name != NULL ? name : run_text(run, "protocol %u", protocol);
}

const char *
text_packet(struct rules_run *run, const struct rules_packet *packet)
{
	char src[ADDRESS_TEXT_BYTES], dst[ADDRESS_TEXT_BYTES];
	const char *from = "", *to = "", *mac = "";
	bool ports = packet->protocol == IPPROTO_TCP ||
	    packet->protocol == IPPROTO_UDP;

	address_text(&packet->src, src);
	address_text(&packet->dst, dst);
	/* what is left out is that one for `sekisho explain`, too */
	if (ports && packet->src_port != RULES_SOURCE_PORT)
		from = run_text(run, " port %u", packet->src_port);
	if (ports)
		to = run_text(run, " port %u", packet->dst_port);
	else if (packet->protocol == IPPROTO_ICMP ||
	    packet->protocol == IPPROTO_ICMPV6)
		to = run_text(run, " type %u", packet->dst_port);
	if (packet->has_mac)
		mac = run_text(run, " mac %02x:%02x:%02x:%02x:%02x:%02x",
		    packet->mac[0], packet->mac[1], packet->mac[2],
		    packet->mac[3], packet->mac[4], packet->mac[5]);
	return run_text(run, "%s from %s%s to %s%s%s",
	    text_protocol(run, packet->protocol), src, from, dst, to, mac);
}

const char *
text_point(struct rules_run *run, const struct finder *finder,
    const struct point *point)
{
	struct rules_packet packet;

	space_packet(finder->space, point, &packet);
	return text_packet(run, &packet);
}
