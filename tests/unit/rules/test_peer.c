/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the table of the kernel is made of: networks, peers, `manage`. */
#include <netinet/in.h>

#include "helper.h"

#define RULES \
	"gateway \"gw1.town.example.lg.jp\"\n" \
	"segment core tier 1 interface eth2 network 10.10.0.0/16\n" \
	"segment lgwan tier 2 interface eth1\n" \
	"    network 10.20.0.0/16, 2001:db8:20::/48\n" \
	"segment internet tier 3 interface eth0 network any\n" \
	"host admin in lgwan 10.20.2.10-10.20.2.13, 2001:db8:20:2::/64\n" \
	"host kiosk in lgwan 10.20.3.7 mac 02:00:5e:10:00:07\n" \
	"host mx in internet 192.0.2.5, 192.0.2.64/28\n" \
	"service ssh tcp 22, 2200-2299\n" \
	"service time udp 123 source-port 123, 1024-65535\n" \
	"service ping icmp echo-request icmp6 echo-request\n" \
	"service esp protocol 50-51\n"

static const char *
peer_text(const struct rules_image *image, const struct rules_peer *peer)
{
	static char text[300];
	char first[ADDRESS_TEXT_BYTES], last[ADDRESS_TEXT_BYTES];
	struct rules_segment segment;
	const uint8_t *m = peer->mac;
	int n;

	rules_segment(image, peer->segment, &segment);
	address_text(&peer->first, first);
	address_text(&peer->last, last);
	n = snprintf(text, sizeof(text), "%.*s %s %s", (int)segment.name.len,
	    (const char *)segment.name.ptr, first, last);
	if (peer->has_mac)
		snprintf(text + n, sizeof(text) - (size_t)n,
		    " %02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3],
		    m[4], m[5]);
	return text;
}

static void
assert_peers(const struct rules_image *image, uint32_t manage,
    const char *const *expected)
{
	struct rules_manage m;
	struct rules_peer peer;
	uint32_t k;

	rules_manage(image, manage, &m);
	for (k = 0; k < m.peers && expected[k] != NULL; k++) {
		rules_manage_peer(image, manage, k, &peer);
		assert_string_equal(peer_text(image, &peer), expected[k]);
	}
	assert_int_equal(k, m.peers);
	assert_null(expected[k]);
}

static void
assert_route_peers(const struct rules_image *image, uint32_t route,
    const char *const *expected)
{
	struct rules_peer peer;
	uint32_t k, n = rules_route_peers(image, route);

	for (k = 0; k < n && expected[k] != NULL; k++) {
		rules_route_peer(image, route, k, &peer);
		assert_string_equal(peer_text(image, &peer), expected[k]);
		/* what is said is what is decided */
		if (peer.segment != 2 || n != 2) {
			assert_true(rules_mail_peer(image, route,
			    &peer.first));
			assert_true(rules_mail_peer(image, route,
			    &peer.last));
		}
	}
	assert_int_equal(k, n);
	assert_null(expected[k]);
}

static void
hosts_and_segments_are_ranges_with_their_segment(void **state)
{
	static const char *const from[] = {
		"lgwan 10.20.2.10 10.20.2.13",
		"lgwan 2001:db8:20:2:: 2001:db8:20:2:ffff:ffff:ffff:ffff",
		"lgwan 10.20.3.7 10.20.3.7 02:00:5e:10:00:07",
		"core 10.10.0.0 10.10.255.255", NULL
	};
	/* no packet that leaves has the MAC address of its target yet */
	static const char *const to[] = {
		"internet 192.0.2.5 192.0.2.5",
		"internet 192.0.2.64 192.0.2.79",
		"lgwan 10.20.3.7 10.20.3.7",
		"lgwan 10.20.0.0 10.20.255.255",
		"lgwan 2001:db8:20:: 2001:db8:20:ffff:ffff:ffff:ffff:ffff",
		NULL
	};
	struct rules_manage m;
	struct buf bytes;
	struct rules_image *image = image_of(RULES
	    "manage \"運用\" from admin, kiosk, core service ssh\n"
	    "manage \"out\" to mx, kiosk, lgwan service time\n", &bytes);

	(void)state;
	assert_int_equal(rules_manages(image), 2);
	assert_peers(image, 0, from);
	assert_peers(image, 1, to);
	rules_manage(image, 0, &m);
	assert_true(span_equal(m.name, SPAN("運用")));
	assert_true(span_equal(m.file, SPAN("test.rules")));
	assert_int_equal(m.line, 13);
	assert_int_equal(m.until, RULES_NONE);
	assert_true(m.from);
	rules_manage(image, 1, &m);
	assert_false(m.from);
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
services_are_ranges_of_ports(void **state)
{
	static const struct rules_port expected[] = {
		{ IPPROTO_TCP, 22, 22, 0, 65535 },
		{ IPPROTO_TCP, 2200, 2299, 0, 65535 },
		{ IPPROTO_UDP, 123, 123, 123, 123 },
		{ IPPROTO_UDP, 123, 123, 1024, 65535 },
		{ IPPROTO_ICMP, 8, 8, 0, 65535 },
		{ IPPROTO_ICMPV6, 128, 128, 0, 65535 },
		{ 50, 0, 65535, 0, 65535 },
		{ 51, 0, 65535, 0, 65535 },
	};
	struct rules_manage m;
	struct buf bytes;
	struct rules_image *image = image_of(RULES
	    "allow local \"x\" from lgwan to lgwan service esp\n"
	    "manage \"a\" from lgwan service ssh, time, ping, esp\n", &bytes);

	(void)state;
	rules_manage(image, 0, &m);
	assert_int_equal(m.services, sizeof(expected) / sizeof(expected[0]));
	for (uint32_t k = 0; k < m.services; k++) {
		struct rules_port port;

		rules_manage_port(image, 0, k, &port);
		assert_int_equal(port.protocol, expected[k].protocol);
		assert_int_equal(port.first, expected[k].first);
		assert_int_equal(port.last, expected[k].last);
		assert_int_equal(port.src_first, expected[k].src_first);
		assert_int_equal(port.src_last, expected[k].src_last);
	}
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
one_that_ended_is_off_and_an_end_makes_the_image_old(void **state)
{
	struct rules_manage m;
	struct buf bytes;
	struct rules_image *image = image_of(RULES
	    "manage \"over\" from lgwan service ssh until 2026-11-21\n"
	    "manage \"today\" from lgwan service ssh until 2026-11-22\n"
	    "manage \"later\" from lgwan service ssh until 2027-11-22\n",
	    &bytes);

	(void)state;
	assert_int_equal(rules_manages(image), 2);
	rules_manage(image, 0, &m);
	assert_true(span_equal(m.name, SPAN("today")));
	assert_int_equal(m.until, TODAY);
	assert_int_equal(rules_ends(image), TODAY);
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
a_file_without_manage_has_none(void **state)
{
	struct buf bytes;
	struct rules_image *image = image_of(RULES, &bytes);

	(void)state;
	assert_int_equal(rules_manages(image), 0);
	assert_int_equal(rules_ends(image), RULES_NONE);
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
networks_of_a_segment_are_as_written(void **state)
{
	struct rules_segment segment;
	struct address address;
	char text[ADDRESS_TEXT_BYTES];
	uint8_t prefix_len;
	struct buf bytes;
	struct rules_image *image = image_of(RULES, &bytes);

	(void)state;
	assert_int_equal(rules_segment_networks(image, 1), 2);
	rules_segment_network(image, 1, 1, &address, &prefix_len);
	address_text(&address, text);
	assert_string_equal(text, "2001:db8:20::");
	assert_int_equal(prefix_len, 48);
	rules_segment(image, 1, &segment);
	assert_false(segment.any);
	rules_segment(image, 2, &segment);
	assert_true(segment.any);
	assert_int_equal(rules_segment_networks(image, 2), 0);
	rules_image_close(image);
	buf_fini(&bytes);
}

#define ROUTE(name, from, to, accept) \
	"mail " name " from " from " to " to " {\n" \
	"listen " accept "\n" \
	"domains town.example.lg.jp\n" \
	"next-hop maildir \"/var/mail\"\n" \
	"policy p\n}\n"

static void
peers_of_a_route_are_who_may_speak_to_it(void **state)
{
	static const char *const hosts[] = {
		"lgwan 10.20.2.10 10.20.2.11", "lgwan 10.20.2.12 10.20.2.13",
		"lgwan 2001:db8:20:2:: 2001:db8:20:2:ffff:ffff:ffff:ffff",
		"lgwan 10.20.3.7 10.20.3.7", "lgwan 10.20.9.9 10.20.9.9", NULL
	};
	static const char *const all[] = {
		"lgwan 10.20.0.0 10.20.255.255",
		"lgwan 2001:db8:20:: 2001:db8:20:ffff:ffff:ffff:ffff:ffff",
		NULL
	};
	static const char *const world[] = {
		"internet 0.0.0.0 255.255.255.255",
		"internet :: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NULL
	};
	struct buf bytes;
	struct rules_image *image = image_of(RULES "policy p { pdf rebuild }\n"
	    ROUTE("a", "lgwan", "internet",
	    "10.20.0.1\naccept from admin, kiosk, 10.20.9.9")
	    ROUTE("b", "lgwan", "internet", "10.20.0.2\naccept from lgwan")
	    ROUTE("c", "internet", "lgwan", "192.0.2.25\naccept from any"),
	    &bytes);

	(void)state;
	assert_route_peers(image, 0, hosts);
	assert_route_peers(image, 1, all);
	assert_route_peers(image, 2, world);
	rules_image_close(image);
	buf_fini(&bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    hosts_and_segments_are_ranges_with_their_segment),
		cmocka_unit_test(services_are_ranges_of_ports),
		cmocka_unit_test(
		    one_that_ended_is_off_and_an_end_makes_the_image_old),
		cmocka_unit_test(a_file_without_manage_has_none),
		cmocka_unit_test(networks_of_a_segment_are_as_written),
		cmocka_unit_test(peers_of_a_route_are_who_may_speak_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
