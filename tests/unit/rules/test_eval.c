/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an image says, for the whole way from text to decision. */
#include "helper.h"

#define DEFAULTS	BASE \
	"policy p { }\n" \
	"mail m from internet to lgwan {\n" \
	"    listen 192.0.2.25\n    accept from mx\n" \
	"    domains town.example.lg.jp\n    next-hop lgwan-mail\n" \
	"    policy p\n}\n"

static bool
is_text(struct span s, const char *text)
{
	return span_equal(s, span_str(text));
}

static void
the_example_becomes_what_it_says(void **state)
{
	static char text[65536];
	struct rules_image *image;
	struct rules_segment segment;
	struct rules_route route;
	struct rules_listen listen;
	struct rules_hop hop;
	struct rules_policy policy;
	struct buf bytes;

	(void)state;
	read_whole("rules/examples/town.rules", text, sizeof(text));
	image = image_of(text, &bytes);
	assert_true(is_text(rules_gateway_name(image),
	    "gw1.town.example.lg.jp"));
	assert_int_equal(rules_segments(image), 3);
	rules_segment(image, 1, &segment);
	assert_true(is_text(segment.name, "lgwan"));
	assert_true(is_text(segment.interface_name, "eth1"));
	assert_int_equal(segment.tier, 2);
	assert_int_equal(rules_routes(image), 2);
	rules_route(image, 0, &route);
	assert_true(is_text(route.name, "inbound"));
	assert_int_equal(route.from, 2);
	assert_int_equal(route.to, 1);
	assert_int_equal(route.policy, 0);
	assert_int_equal(route.size_bytes_max, 20 * 1024 * 1024);
	assert_int_equal(route.listens, 1);
	assert_int_equal(route.hops, 1);
	rules_route_listen(image, 0, 0, &listen);
	assert_int_equal(listen.port, 25);
	assert_memory_equal(listen.address.bytes, "\xc0\x00\x02\x19", 4);
	rules_route_hop(image, 0, 0, &hop);
	assert_int_equal(hop.kind, RULES_HOP_SMTP);
	assert_true(is_text(hop.name, "lgwan-mail"));
	assert_memory_equal(hop.address.bytes, "\x0a\x14\x00\x19", 4);
	assert_int_equal(rules_mail_reverse(image, 0), 1);
	assert_int_equal(rules_mail_reverse(image, 1), 0);
	assert_int_equal(rules_policies(image), 2);
	rules_policy(image, 0, &policy);
	assert_int_equal(policy.archive_depth, 3);
	assert_int_equal(policy.encrypted, RULES_METHOD_HOLD);
	assert_int_equal(policy.pdf, RULES_METHOD_REBUILD);
	assert_int_equal(policy.legacy_office, RULES_METHOD_CONVERT);
	assert_int_equal(policy.body_keep, 0);
	rules_policy(image, 1, &policy);
	assert_int_equal(policy.body_keep, 1);
	assert_int_equal(policy.inspect, 1);
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
what_is_not_said_is_removed_or_has_its_default(void **state)
{
	struct rules_image *image;
	struct rules_policy p;
	struct rules_route r;
	struct rules_listen listen;
	struct buf bytes;

	(void)state;
	image = image_of(DEFAULTS, &bytes);
	rules_policy(image, 0, &p);
	assert_int_equal(p.pdf, RULES_METHOD_REMOVE);
	assert_int_equal(p.image, RULES_METHOD_REMOVE);
	assert_int_equal(p.office, RULES_METHOD_REMOVE);
	assert_int_equal(p.text, RULES_METHOD_REMOVE);
	assert_int_equal(p.archive, RULES_METHOD_REMOVE);
	assert_int_equal(p.legacy_office, RULES_METHOD_REMOVE);
	assert_int_equal(p.encrypted, RULES_METHOD_REMOVE);
	assert_int_equal(p.other, RULES_METHOD_REMOVE);
	assert_int_equal(p.body_keep + p.inspect + p.notice_english, 0);
	assert_int_equal(p.links, RULES_LINKS_SHOW);
	rules_route(image, 0, &r);
	assert_int_equal(r.size_bytes_max, 20 * 1024 * 1024);
	assert_int_equal(r.greeting_delay_ms, 0);
	assert_int_equal(r.sessions_max, 1000);
	assert_int_equal(r.sessions_per_peer_max, 100);
	assert_int_equal(r.recipients_max, 100);
	assert_int_equal(r.retain_days, 30);
	assert_int_equal(r.expire_s, 5 * 86400);
	rules_route_listen(image, 0, 0, &listen);
	assert_int_equal(listen.port, 25);
	assert_int_equal(rules_mail_reverse(image, 0), RULES_NONE);
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
every_setting_reaches_the_image(void **state)
{
	struct rules_image *image;
	struct rules_policy p;
	struct rules_route r;
	struct rules_hop hop;
	struct buf bytes;

	(void)state;
	image = image_of(BASE
	    "host two in lgwan 10.20.0.26, 10.20.0.27\n"
	    "policy p {\n"
	    "    body keep  pdf image  image hold  office text  text rebuild\n"
	    "    archive extract depth 7  legacy-office image\n"
	    "    encrypted hold  other hold  notice ja, en  links defang\n"
	    "}\n"
	    "mail m from internet to lgwan {\n"
	    "    listen 192.0.2.25 port 2525\n    listen 2001:db8::25\n"
	    "    accept from mx\n    domains a.example.jp\n"
	    "    next-hop maildir \"/var/mail/町\"\n"
	    "    next-hop two port 26\n    next-hop 10.20.0.28\n"
	    "    size 100 KB  greeting-delay 1500 ms  sessions 50\n"
	    "    sessions-per-peer 5  recipients 7  retain 3 days\n"
	    "    expire 36 hours\n    policy p\n}\n", &bytes);
	rules_policy(image, 0, &p);
	assert_int_equal(p.body_keep, 1);
	assert_int_equal(p.pdf, RULES_METHOD_IMAGE);
	assert_int_equal(p.image, RULES_METHOD_HOLD);
	assert_int_equal(p.office, RULES_METHOD_TEXT);
	assert_int_equal(p.text, RULES_METHOD_REBUILD);
	assert_int_equal(p.archive, RULES_METHOD_EXTRACT);
	assert_int_equal(p.archive_depth, 7);
	assert_int_equal(p.legacy_office, RULES_METHOD_IMAGE);
	assert_int_equal(p.encrypted, RULES_METHOD_HOLD);
	assert_int_equal(p.other, RULES_METHOD_HOLD);
	assert_int_equal(p.notice_english, 1);
	assert_int_equal(p.links, RULES_LINKS_DEFANG);
	rules_route(image, 0, &r);
	assert_int_equal(r.size_bytes_max, 100 * 1024);
	assert_int_equal(r.greeting_delay_ms, 1500);
	assert_int_equal(r.sessions_max, 50);
	assert_int_equal(r.sessions_per_peer_max, 5);
	assert_int_equal(r.recipients_max, 7);
	assert_int_equal(r.retain_days, 3);
	assert_int_equal(r.expire_s, 36 * 3600);
	assert_int_equal(r.listens, 2);
	assert_int_equal(r.hops, 4);
	rules_route_hop(image, 0, 0, &hop);
	assert_int_equal(hop.kind, RULES_HOP_MAILDIR);
	assert_true(is_text(hop.path, "/var/mail/町"));
	assert_int_equal(hop.path.ptr[hop.path.len], 0);
	rules_route_hop(image, 0, 2, &hop);
	assert_int_equal(hop.address.bytes[3], 27);
	assert_int_equal(hop.port, 26);
	rules_route_hop(image, 0, 3, &hop);
	assert_true(is_text(hop.name, "10.20.0.28"));
	assert_int_equal(hop.port, 25);
	rules_image_close(image);
	buf_fini(&bytes);
}

static bool
peer(const struct rules_image *image, const char *text)
{
	struct address a;

	assert_true(address_parse(span_str(text), &a));
	return rules_mail_peer(image, 0, &a);
}

static void
peers_are_those_of_the_list_and_of_the_segment(void **state)
{
	struct rules_image *image;
	struct buf bytes;

	(void)state;
	image = image_of(BASE "host some in internet 198.51.100.7-"
	    "198.51.100.22, 2001:db8::/64\npolicy p { }\n"
	    "mail m from internet to lgwan {\n    listen 192.0.2.25\n"
	    "    accept from mx, some, 203.0.113.64/26\n"
	    "    domains a.example.jp\n    next-hop lgwan-mail\n"
	    "    policy p\n}\n", &bytes);
	assert_true(peer(image, "192.0.2.5"));
	assert_false(peer(image, "192.0.2.6"));
	assert_false(peer(image, "198.51.100.6"));
	for (unsigned i = 7; i <= 22; i++) {
		char text[32];

		snprintf(text, sizeof(text), "198.51.100.%u", i);
		assert_true(peer(image, text));
	}
	assert_false(peer(image, "198.51.100.23"));
	assert_true(peer(image, "2001:db8::ffff:0:0:1"));
	assert_false(peer(image, "2001:db8:0:1::1"));
	assert_false(peer(image, "203.0.113.63"));
	assert_true(peer(image, "203.0.113.64"));
	assert_true(peer(image, "203.0.113.127"));
	assert_false(peer(image, "203.0.113.128"));
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
an_address_of_another_segment_is_never_a_peer(void **state)
{
	struct rules_image *image;
	struct buf bytes;

	(void)state;
	image = image_of(BASE "policy p { }\n"
	    "mail m from internet to lgwan {\n    listen 192.0.2.25\n"
	    "    accept from internet\n    domains a.example.jp\n"
	    "    next-hop lgwan-mail\n    policy p\n}\n", &bytes);
	assert_true(peer(image, "8.8.8.8"));
	assert_true(peer(image, "2001:db8::1"));
	assert_false(peer(image, "10.20.0.25"));
	assert_false(peer(image, "10.10.0.9"));
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
a_range_of_all_addresses_is_one_network(void **state)
{
	struct rules_image *image;
	struct buf bytes;

	(void)state;
	image = image_of("gateway \"gw1.town.example.lg.jp\"\n"
	    "segment lgwan tier 2 interface eth1 network 10.20.0.0/16\n"
	    "segment internet tier 3 interface eth0 network any, "
	    "0.0.0.0/0, ::/0\n"
	    "host w in internet 11.0.0.0-255.255.255.255, "
	    "8000::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\npolicy p { }\n"
	    "mail m from internet to lgwan {\n    listen 192.0.2.25\n"
	    "    accept from w\n    domains a.example.jp\n"
	    "    next-hop 10.20.0.1\n    policy p\n}\n", &bytes);
	assert_true(peer(image, "255.255.255.255"));
	assert_true(peer(image, "11.0.0.0"));
	assert_false(peer(image, "10.255.255.255"));
	assert_true(peer(image, "ffff::1"));
	assert_false(peer(image, "7fff::1"));
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
domains_are_compared_without_case_and_by_whole_labels(void **state)
{
	static const struct {
		const char	*domain;
		bool		 recipient;
	} samples[] = {
		{ "town.example.lg.jp", true },
		{ "TOWN.Example.LG.jp", true },
		{ "x.town.example.lg.jp", false },
		{ "own.example.lg.jp", false },
		{ "example.lg.jp", false },
		{ "city.example.jp", true },
		{ "a.city.example.jp", true },
		{ "a.b.C.city.example.jp", true },
		{ "xcity.example.jp", false },
		{ ".city.example.jp", false },
		{ "a..city.example.jp", false },
		{ "both.example.jp", true },
		{ "sub.both.example.jp", true },
		{ "jp", false }, { ".", false }, { "", false },
		{ "town.example.lg.jp.", false },
		{ "[192.0.2.1]", false },
	};
	struct rules_image *image;
	struct buf bytes;
	char name[300];

	(void)state;
	image = image_of(BASE "policy p { }\n"
	    "mail m from internet to lgwan {\n    listen 192.0.2.25\n"
	    "    accept from mx\n    domains Town.example.LG.jp\n"
	    "    domains .city.example.jp, both.example.jp, "
	    ".both.example.jp, town.example.lg.jp\n"
	    "    next-hop lgwan-mail\n    policy p\n}\n", &bytes);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		assert_int_equal(rules_mail_recipient(image, 0,
		    span_str(samples[i].domain)), samples[i].recipient);
	memset(name, 'a', sizeof(name));
	memcpy(name + sizeof(name) - 16, ".city.example.jp", 16);
	assert_false(rules_mail_recipient(image, 0,
	    (struct span){ (const uint8_t *)name, sizeof(name) }));
	assert_true(rules_mail_recipient(image, 0, (struct span){
	    (const uint8_t *)name + 100, sizeof(name) - 100 }));
	/* no sender-domains: everyone may send */
	assert_true(rules_mail_sender(image, 0, SPAN("spam.example")));
	assert_true(rules_mail_sender(image, 0, (struct span){ NULL, 0 }));
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
sender_domains_limit_senders_but_not_the_null_path(void **state)
{
	struct rules_image *image;
	struct buf bytes;

	(void)state;
	image = image_of(BASE "policy p { }\n"
	    "mail m from lgwan to internet {\n    listen 10.20.0.1\n"
	    "    accept from lgwan-mail\n"
	    "    sender-domains town.example.lg.jp\n"
	    "    next-hop mx\n    policy p\n}\n", &bytes);
	assert_true(rules_mail_sender(image, 0, SPAN("town.example.lg.jp")));
	assert_false(rules_mail_sender(image, 0, SPAN("example.com")));
	assert_true(rules_mail_sender(image, 0, (struct span){ NULL, 0 }));
	assert_true(rules_mail_recipient(image, 0, SPAN("example.com")));
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
no_recipient_names_a_host_behind_his_own(void **state)
{
	static const struct {
		const char	*local;
		bool		 passes;
	} samples[] = {
		{ "soumu", true }, { "a.b+c/d=e", true }, { "\"a b\"", true },
		{ "user%other.example", false },
		{ "other.example!user", false },
		{ "\"user@other.example\"", false },
		{ "\"user%other.example\"", false },
		{ "\"other.example\\!user\"", false }, { "%", false },
	};
	struct rules_image *image;
	struct buf bytes;

	(void)state;
	image = image_of(BASE "policy p { }\n"
	    "mail m from internet to lgwan {\n    listen 192.0.2.25\n"
	    "    accept from mx\n    next-hop lgwan-mail\n    policy p\n"
	    "    domains town.example.lg.jp\n}\n"
	    "mail o from lgwan to internet {\n    listen 10.20.0.1\n"
	    "    accept from lgwan-mail\n    next-hop mx\n    policy p\n"
	    "    sender-domains town.example.lg.jp\n}\n", &bytes);
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		assert_int_equal(rules_mail_local(image, 0,
		    span_str(samples[i].local)), samples[i].passes);
		/* who may write to anybody needs no such trick */
		assert_true(rules_mail_local(image, 1,
		    span_str(samples[i].local)));
	}
	rules_image_close(image);
	buf_fini(&bytes);
}

static void
the_postmaster_is_of_the_first_domain_that_stands_alone(void **state)
{
	static const struct {
		const char	*route, *own;
	} samples[] = {
		{ "from internet to lgwan {\n    listen 192.0.2.25\n"
		    "    accept from mx\n    next-hop lgwan-mail\n"
		    "    domains town.example.lg.jp, .a.example.jp, "
		    "city.example.jp\n", "city.example.jp" },
		{ "from internet to lgwan {\n    listen 192.0.2.25\n"
		    "    accept from mx\n    next-hop lgwan-mail\n"
		    "    domains .b.example.jp, .a.example.jp\n",
		    "a.example.jp" },
		{ "from lgwan to internet {\n    listen 10.20.0.1\n"
		    "    accept from lgwan-mail\n    next-hop mx\n"
		    "    sender-domains town.example.lg.jp\n", "" },
	};
	struct rules_image *image;
	struct buf bytes;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		snprintf(text, sizeof(text), BASE "policy p { }\n"
		    "mail m %s    policy p\n}\n", samples[i].route);
		image = image_of(text, &bytes);
		assert_true(is_text(rules_mail_own_domain(image, 0),
		    samples[i].own));
		rules_image_close(image);
		buf_fini(&bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_postmaster_is_of_the_first_domain_that_stands_alone),
		cmocka_unit_test(no_recipient_names_a_host_behind_his_own),
		cmocka_unit_test(the_example_becomes_what_it_says),
		cmocka_unit_test(
		    what_is_not_said_is_removed_or_has_its_default),
		cmocka_unit_test(every_setting_reaches_the_image),
		cmocka_unit_test(
		    peers_are_those_of_the_list_and_of_the_segment),
		cmocka_unit_test(
		    an_address_of_another_segment_is_never_a_peer),
		cmocka_unit_test(a_range_of_all_addresses_is_one_network),
		cmocka_unit_test(
		    domains_are_compared_without_case_and_by_whole_labels),
		cmocka_unit_test(
		    sender_domains_limit_senders_but_not_the_null_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
