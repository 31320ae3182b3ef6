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
	for (size_t j = 0; j < sizeof(addresses) / sizeof(addresses[0]); j++)
		if (address_parse(span_str(addresses[j]), &a))
			(void)rules_mail_peer(image, i, &a);
	(void)rules_mail_sender(image, i, SPAN("town.example.lg.jp"));
	(void)rules_mail_recipient(image, i, SPAN("a.b.example.jp"));
	(void)rules_mail_reverse(image, i);
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
	require(rules_gateway_name(image).len > 0);
	for (uint32_t i = 0; i < rules_segments(image); i++) {
		rules_segment(image, i, &segment);
		require(segment.tier >= 1 && segment.tier <= 3);
	}
	for (uint32_t i = 0; i < rules_policies(image); i++) {
		rules_policy(image, i, &policy);
		require(policy.pdf <= RULES_METHOD_HOLD);
	}
	for (uint32_t i = 0; i < rules_routes(image); i++)
		ask_route(image, i);
	rules_image_close(image);
	return 0;
}
