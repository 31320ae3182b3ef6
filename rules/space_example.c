/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The example packet of a point of the space: one that a person takes for a
 * packet, of all those that the rules cannot tell apart.
 */
#include <netinet/in.h>
#include <string.h>

#include "space_parts_internal.h"

static bool
class_holds(const struct axis_class *c, const struct address *a)
{
	return c->low.family == a->family &&
	    memcmp(c->low.bytes, a->bytes, 16) <= 0 &&
	    memcmp(c->high.bytes, a->bytes, 16) >= 0;
}

/*
 * An address of a class that a person takes for one: of the networks for
 * documentation (RFC 5737, RFC 3849) where they are in it, else not the first
 * of many, which often is that of a network.
 */
static struct address
plain_address(const struct axis_class *c)
{
	static const struct address known[] = {
		{ 4, { 198, 51, 100, 7 } }, { 4, { 203, 0, 113, 7 } },
		{ 4, { 192, 0, 2, 7 } }, { 4, { 1, 0, 0, 7 } },
		{ 6, { 0x20, 0x01, 0x0d, 0xb8, [15] = 7 } },
	};
	struct address a = c->low;
	unsigned last = a.family == 4 ? 3 : 15;

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (class_holds(c, &known[i]))
			return known[i];
	if (a.bytes[last] == 0) {
		a.bytes[last] = 1;
		if (class_holds(c, &a))
			return a;
	}
	return c->low;
}

/* Port 0 is in the class of ports that no service has, but on no wire. */
static void
plain_port(const struct space *space, uint32_t service,
    struct rules_packet *packet)
{
	static const uint16_t known[] = { 9999, 1 };

	for (unsigned i = 0; i < 2 && packet->dst_port == 0; i++)
		if (space_service_of(space, packet->protocol,
		    packet->src_port, known[i]) == service)
			packet->dst_port = known[i];
}

/*
 * The port of a client, where the rules cannot tell it from the lowest one of
 * the class: that is what stands behind the source port of some service.
 */
static void
plain_source_port(const struct space *space, uint32_t service,
    struct rules_packet *packet)
{
	static const uint16_t known[] = { RULES_SOURCE_PORT, 1 };

	for (unsigned i = 0; i < 2; i++)
		if ((i == 0 || packet->src_port == 0) &&
		    space_service_of(space, packet->protocol, known[i],
		    packet->dst_port) == service) {
			packet->src_port = known[i];
			return;
		}
}

/* The class is of several protocols, and its example of the wrong one. */
static void
plain_protocol(const struct space *space, uint32_t service,
    struct rules_packet *packet)
{
	const struct service_index *index = &space->index->services;
	uint32_t row = index->dst_n * index->src_n;
	uint8_t wrong;

	wrong = packet->src.family == 4 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	if (packet->protocol != wrong)
		return;
	for (uint32_t i = 0; i < index->cells_n; i++) {
		uint8_t protocol = index->kind_protocol[i / row];
		bool icmp = protocol == IPPROTO_ICMP ||
		    protocol == IPPROTO_ICMPV6;
		uint16_t port = index->dst_low[i % row / index->src_n];

		if (index->cells[i] != service || protocol == wrong ||
		    (icmp && port > UINT8_MAX))
			continue;
		packet->protocol = protocol;
		packet->src_port = 0;
		packet->dst_port = icmp ? port : 0;
		return;
	}
}

void
space_packet(const struct space *space, const struct point *point,
    struct rules_packet *packet)
{
	const struct axis_class *src = &space->src.classes[point->src];
	const struct service_class *s = &space->services[point->service];

	*packet = (struct rules_packet){
		.src = plain_address(src),
		.dst = plain_address(&space->dst.classes[point->dst]),
		.in = RULES_NONE,
		.has_mac = src->has_mac,
		.protocol = s->protocol,
		.src_port = s->src_port,
		.dst_port = s->dst_port,
	};
	memcpy(packet->mac, src->mac, 6);
	if (packet->protocol == IPPROTO_TCP ||
	    packet->protocol == IPPROTO_UDP) {
		plain_port(space, point->service, packet);
		plain_source_port(space, point->service, packet);
	}
	plain_protocol(space, point->service, packet);
}
