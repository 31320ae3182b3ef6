/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The image loader on hostile bytes. What it takes can be asked everything
 * without a fault; what it takes is within the limits.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../rules/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask_route(const struct rules_image *image, uint32_t i)
{
	static const char *const addresses[] = {
		"0.0.0.0", "10.20.0.25", "192.0.2.5", "255.255.255.255", "::",
		"2001:db8::1"
	};
	struct rules_route route;
	struct rules_listen listen;
	struct rules_hop hop;
	struct rules_peer peer;
	struct address a;

	rules_route(image, i, &route);
	require(route.from < rules_segments(image));
	require(route.to < rules_segments(image));
	require(route.policy < rules_policies(image));
	require(route.listens > 0 && route.hops > 0);
	for (uint32_t j = 0; j < route.listens; j++)
		rules_route_listen(image, i, j, &listen);
	for (uint32_t j = 0; j < route.hops; j++) {
		rules_route_hop(image, i, j, &hop);
		require(hop.kind != RULES_HOP_MAILDIR ||
		    hop.path.ptr[hop.path.len] == '\0');
	}
	for (uint32_t j = 0; j < rules_route_peers(image, i); j++) {
		rules_route_peer(image, i, j, &peer);
		require(peer.segment == route.from);
	}
	for (size_t j = 0; j < sizeof(addresses) / sizeof(addresses[0]); j++)
		if (address_parse(span_str(addresses[j]), &a))
			(void)rules_mail_peer(image, i, &a);
	(void)rules_mail_sender(image, i, SPAN("town.example.lg.jp"));
	(void)rules_mail_recipient(image, i, SPAN("a.b.example.jp"));
	(void)rules_mail_reverse(image, i);
}

/* What the table of the kernel is made of. */
static void
ask_manage(const struct rules_image *image, uint32_t i)
{
	struct rules_segment segment;
	struct rules_manage manage;
	struct rules_peer peer;
	struct rules_port port;

	rules_manage(image, i, &manage);
	require(manage.name.len > 0 && manage.file.len > 0);
	require(manage.peers > 0 && manage.services > 0);
	for (uint32_t k = 0; k < manage.peers; k++) {
		rules_manage_peer(image, i, k, &peer);
		rules_segment(image, peer.segment, &segment);
		require(!peer.has_mac || manage.from);
		require(!manage.from || segment.tier != 3 ||
		    address_equal(&peer.first, &peer.last));
	}
	for (uint32_t k = 0; k < manage.services; k++) {
		rules_manage_port(image, i, k, &port);
		require(port.first <= port.last);
		require(port.src_first <= port.src_last);
	}
}

static void
ask_networks(const struct rules_image *image, uint32_t i)
{
	struct address address;
	uint8_t prefix_len;

	for (uint32_t k = 0; k < rules_segment_networks(image, i); k++) {
		rules_segment_network(image, i, k, &address, &prefix_len);
		require(prefix_len <= (address.family == 4 ? 32 : 128));
	}
}

/* Packets at the edges of all that can be an index. */
static void
ask_packets(const struct rules_image *image)
{
	static const uint8_t protocols[] = { 0, 1, 6, 17, 58, 255 };
	static const uint16_t ports[] = { 0, 25, 3389, UINT16_MAX };
	struct rules_decision one, many[2];
	struct rules_packet p[2] = { { .in = RULES_NONE, .has_mac = true,
	    .mac = { 2, 0, 0x5e, 0x10, 0, 7 } } };
	struct rules_flow flow;

	for (unsigned i = 0; i < 6 * 4 * 8; i++) {
		p[0].protocol = protocols[i % 6];
		p[0].dst_port = ports[i / 6 % 4];
		p[0].src_port = ports[(i / 6 + 1) % 4];
		p[0].src.family = p[0].dst.family = i & 1 ? 4 : 6;
		p[0].src.bytes[i % 4] = (uint8_t)(i * 37);
		p[0].dst.bytes[i % 3] = (uint8_t)(i * 73);
		p[1] = p[0];
		rules_decide(image, &p[0], &one);
		rules_decide_many(image, p, 2, many);
		require(one.rule == many[0].rule &&
		    one.allow == many[1].allow);
		if (one.rule == RULES_NONE)
			continue;
		rules_flow(image, one.rule, &flow);
		require(!one.allow || flow.allow);
		(void)rules_flow_speaks(image, one.rule, &p[0]);
		(void)rules_flow_server(image, one.rule, &p[0],
		    SPAN("www.example.jp"));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rules_image *image;
	struct rules_segment segment;
	struct rules_policy policy;
	struct diag diag;

	if (rules_image_open((struct span){ data, size }, &image, &diag) != OK)
		return 0;
	require(rules_image_prepare(image, &diag) == OK);
	require(rules_gateway_name(image).len > 0);
	for (uint32_t i = 0; i < rules_segments(image); i++) {
		rules_segment(image, i, &segment);
		require(segment.tier >= 1 && segment.tier <= 3);
		ask_networks(image, i);
	}
	for (uint32_t i = 0; i < rules_policies(image); i++) {
		rules_policy(image, i, &policy);
		require(policy.pdf <= RULES_METHOD_HOLD);
	}
	for (uint32_t i = 0; i < rules_routes(image); i++)
		ask_route(image, i);
	for (uint32_t i = 0; i < rules_manages(image); i++)
		ask_manage(image, i);
	ask_packets(image);
	rules_image_close(image);
	return 0;
}
