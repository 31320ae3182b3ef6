/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decisions on packets: the image against what the text says. */
#include <netinet/in.h>
#include <stdio.h>

#include "../../../rules/space_internal.h"
#include "helper.h"

static const char text[] =
    "gateway \"gw1.town.example.lg.jp\"\n"
    "segment mynumber tier 1 interface eth2 network 10.10.0.0/16\n"
    "segment lgwan tier 2 interface eth1 network 10.20.0.0/16, "
    "2001:db8:20::/48\n"
    "segment dmz tier 3 interface eth3 network 192.0.2.0/24\n"
    "segment internet tier 3 interface eth0 network any\n"
    "host vdi in dmz 192.0.2.64/28\n"
    "host six in internet 2001:db8:99::1\n"
    "host kiosk in lgwan 10.20.3.7 mac 02:00:5e:10:00:07\n"
    "host juki in mynumber 10.10.0.9 mac 02:00:5e:10:00:09\n"
    "host bad in lgwan 10.20.9.0-10.20.9.99\n"
    "service rdp tcp 3389 speaks rdp\n"
    "service web tcp 443 speaks tls \"*.example.jp\", \"one.example\"\n"
    "service nats tcp 4222\n"
    "service time udp 123 source-port 123\n"
    "service esp protocol 50\n"
    "service ping icmp echo-request icmp6 echo-request\n"
    "deny \"bad\" from bad to any\n"				/* 0 */
    "allow screen-transfer \"VDI\" from lgwan to vdi, six service rdp "
    "limit 200 flows\n"						/* 1 */
    "deny \"no kiosk\" from kiosk to internet service web\n"	/* 2 */
    "allow exception \"web\" from lgwan to internet service web, ping, time, "
    "esp owner \"o\" reason \"r\" approved \"a\" until 2030-03-31\n" /* 3 */
    "allow specified \"juki\" from kiosk to juki service nats owner \"o\" "
    "purpose \"p\" approved \"a\" until 2029-03-31\n"		/* 4 */
    "allow exception \"old\" from lgwan to dmz service nats owner \"o\" "
    "reason \"r\" approved \"a\" until 2020-03-31\n";		/* off */

#define MAC7	{ 2, 0, 0x5e, 0x10, 0, 7 }
#define MAC8	{ 2, 0, 0x5e, 0x10, 0, 8 }

static const struct {
	const char	*src;
	const char	*dst;
	uint8_t		 protocol;
	uint16_t	 src_port;
	uint16_t	 dst_port;
	uint32_t	 in;
	bool		 has_mac;
	uint8_t		 mac[6];
	bool		 allow;
	enum rules_reason reason;
	uint32_t	 rule;
} cases[] = {
	/* the first match, at both ends of each field */
	{ "10.20.0.0", "192.0.2.64", 6, 9, 3389, RULES_NONE, 0, { 0 },
	    1, RULES_BY_RULE, 1 },
	{ "10.20.255.255", "192.0.2.79", 6, 9, 3389, RULES_NONE, 0, { 0 },
	    1, RULES_BY_RULE, 1 },
	{ "10.20.1.1", "192.0.2.80", 6, 9, 3389, RULES_NONE, 0, { 0 },
	    0, RULES_NO_RULE, RULES_NONE },
	{ "10.20.1.1", "192.0.2.63", 6, 9, 3389, RULES_NONE, 0, { 0 },
	    0, RULES_NO_RULE, RULES_NONE },
	{ "10.21.0.0", "192.0.2.64", 6, 9, 3389, RULES_NONE, 0, { 0 },
	    0, RULES_NO_RULE, RULES_NONE },
	{ "10.20.1.1", "192.0.2.64", 6, 9, 3390, RULES_NONE, 0, { 0 },
	    0, RULES_NO_RULE, RULES_NONE },
	{ "10.20.1.1", "192.0.2.64", 17, 9, 3389, RULES_NONE, 0, { 0 },
	    0, RULES_NO_RULE, RULES_NONE },
	/* what a deny cuts out, with every protocol */
	{ "10.20.9.0", "192.0.2.64", 6, 9, 3389, RULES_NONE, 0, { 0 },
	    0, RULES_BY_RULE, 0 },
	{ "10.20.9.99", "8.8.8.8", 89, 0, 0, RULES_NONE, 0, { 0 },
	    0, RULES_BY_RULE, 0 },
	{ "10.20.9.100", "192.0.2.64", 6, 9, 3389, RULES_NONE, 0, { 0 },
	    1, RULES_BY_RULE, 1 },
	/* a deny of a machine holds whatever its MAC address is */
	{ "10.20.3.7", "8.8.8.8", 6, 9, 443, RULES_NONE, 0, { 0 },
	    0, RULES_BY_RULE, 2 },
	{ "10.20.3.7", "8.8.8.8", 6, 9, 443, RULES_NONE, 1, MAC8,
	    0, RULES_BY_RULE, 2 },
	{ "10.20.3.8", "8.8.8.8", 6, 9, 443, RULES_NONE, 1, MAC8,
	    1, RULES_BY_RULE, 3 },
	/* an allow of a machine needs it */
	{ "10.20.3.7", "10.10.0.9", 6, 9, 4222, RULES_NONE, 1, MAC7,
	    1, RULES_BY_RULE, 4 },
	{ "10.20.3.7", "10.10.0.9", 6, 9, 4222, RULES_NONE, 1, MAC8,
	    0, RULES_NO_RULE, RULES_NONE },
	{ "10.20.3.7", "10.10.0.9", 6, 9, 4222, RULES_NONE, 0, { 0 },
	    0, RULES_NO_RULE, RULES_NONE },
	/* where it came in */
	{ "10.20.1.1", "192.0.2.64", 6, 9, 3389, 1, 0, { 0 },
	    1, RULES_BY_RULE, 1 },
	{ "10.20.1.1", "192.0.2.64", 6, 9, 3389, 3, 0, { 0 },
	    0, RULES_SPOOFED, RULES_NONE },
	/* the other protocols */
	{ "10.20.1.1", "8.8.8.8", 17, 123, 123, RULES_NONE, 0, { 0 },
	    1, RULES_BY_RULE, 3 },
	{ "10.20.1.1", "8.8.8.8", 17, 124, 123, RULES_NONE, 0, { 0 },
	    0, RULES_NO_RULE, RULES_NONE },
	{ "10.20.1.1", "8.8.8.8", 50, 0, 0, RULES_NONE, 0, { 0 },
	    1, RULES_BY_RULE, 3 },
	{ "10.20.1.1", "8.8.8.8", 51, 0, 0, RULES_NONE, 0, { 0 },
	    0, RULES_NO_RULE, RULES_NONE },
	{ "10.20.1.1", "8.8.8.8", 1, 0, 8, RULES_NONE, 0, { 0 },
	    1, RULES_BY_RULE, 3 },
	{ "10.20.1.1", "8.8.8.8", 1, 0, 0, RULES_NONE, 0, { 0 },
	    0, RULES_NO_RULE, RULES_NONE },
	/* IPv6 */
	{ "2001:db8:20::5", "2001:db8:99::1", 6, 9, 3389, RULES_NONE, 0,
	    { 0 }, 1, RULES_BY_RULE, 1 },
	{ "2001:db8:20::5", "2001:db8:99::2", 6, 9, 3389, RULES_NONE, 0,
	    { 0 }, 0, RULES_NO_RULE, RULES_NONE },
	{ "2001:db8:20:ffff:ffff:ffff:ffff:ffff", "2001:db8:99::2", 58, 0,
	    128, RULES_NONE, 0, { 0 }, 1, RULES_BY_RULE, 3 },
	{ "2001:db8:21::", "2001:db8:99::2", 58, 0, 128, RULES_NONE, 0,
	    { 0 }, 0, RULES_NO_RULE, RULES_NONE },
	/* two families in one packet */
	{ "2001:db8:20::5", "8.8.8.8", 6, 9, 443, RULES_NONE, 0, { 0 },
	    0, RULES_NO_RULE, RULES_NONE },
	/* a rule that ended */
	{ "10.20.1.1", "192.0.2.1", 6, 9, 4222, RULES_NONE, 0, { 0 },
	    0, RULES_NO_RULE, RULES_NONE },
};

struct loaded {
	struct rules_run *run;
	struct buf	 bytes;
	struct rules_image *image;
};

static void
load(struct loaded *l, const char *from)
{
	struct diag diag = { 0 };

	l->run = rules_run_new("test.rules", span_str(from), NULL, TODAY);
	assert_non_null(l->run);
	print_findings(l->run);
	assert_int_equal(rules_run_errors(l->run), 0);
	buf_init(&l->bytes, 1u << 28);
	assert_int_equal(rules_compile(l->run, &l->bytes), OK);
	assert_int_equal(rules_image_open(buf_span(&l->bytes), &l->image,
	    &diag), OK);
	assert_int_equal(rules_image_prepare(l->image, &diag), OK);
}

static void
unload(struct loaded *l)
{
	rules_image_close(l->image);
	buf_fini(&l->bytes);
	rules_run_free(l->run);
}

static struct rules_packet
packet_of(size_t i)
{
	struct rules_packet p = { .in = cases[i].in,
	    .has_mac = cases[i].has_mac, .protocol = cases[i].protocol,
	    .src_port = cases[i].src_port, .dst_port = cases[i].dst_port };

	assert_true(address_parse(span_str(cases[i].src), &p.src));
	assert_true(address_parse(span_str(cases[i].dst), &p.dst));
	memcpy(p.mac, cases[i].mac, 6);
	return p;
}

static void
the_first_rule_that_matches_decides(void **state)
{
	struct loaded l;

	(void)state;
	load(&l, text);
	assert_int_equal(rules_flows(l.image), 5);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rules_packet p = packet_of(i);
		struct rules_decision d;

		rules_decide(l.image, &p, &d);
		if (d.allow != cases[i].allow ||
		    d.reason != cases[i].reason || d.rule != cases[i].rule)
			fail_msg("case %zu: allow %d reason %d rule %u", i,
			    d.allow, d.reason, d.rule);
	}
	unload(&l);
}

static void
a_batch_says_what_each_says_alone(void **state)
{
	enum { N = 3 * sizeof(cases) / sizeof(cases[0]) };
	static struct rules_packet packets[N];
	static struct rules_decision many[N];
	struct loaded l;

	(void)state;
	load(&l, text);
	for (size_t i = 0; i < N; i++)
		packets[i] = packet_of(i * 7 % (N / 3));
	rules_decide_many(l.image, packets, N, many);
	for (size_t i = 0; i < N; i++) {
		struct rules_decision d;

		rules_decide(l.image, &packets[i], &d);
		assert_int_equal(many[i].allow, d.allow);
		assert_int_equal(many[i].reason, d.reason);
		assert_int_equal(many[i].rule, d.rule);
	}
	unload(&l);
}

static void
what_is_known_of_a_rule(void **state)
{
	struct rules_packet p = packet_of(12);
	struct rules_flow flow;
	struct loaded l;

	(void)state;
	load(&l, text);
	rules_flow(l.image, 1, &flow);
	assert_true(span_equal(flow.name, SPAN("VDI")));
	assert_true(span_equal(flow.file, SPAN("test.rules")));
	assert_int_equal(flow.line, 18);
	assert_int_equal(flow.flows_max, 200);
	assert_int_equal(flow.class, RULES_CLASS_SCREEN_TRANSFER);
	assert_int_equal(flow.until, RULES_NONE);
	rules_flow(l.image, 4, &flow);
	assert_true(flow.to_mac_set);
	assert_int_equal(flow.to_mac[5], 9);
	assert_int_equal(rules_ends(l.image), flow.until);
	assert_int_equal(rules_flow_speaks(l.image, 3, &p), RULES_SPEAKS_TLS);
	assert_true(rules_flow_server(l.image, 3, &p, SPAN("a.EXAMPLE.jp")));
	assert_true(rules_flow_server(l.image, 3, &p, SPAN("one.example")));
	assert_false(rules_flow_server(l.image, 3, &p, SPAN("example.jp")));
	assert_false(rules_flow_server(l.image, 3, &p, SPAN("xexample.jp")));
	assert_false(rules_flow_server(l.image, 3, &p, SPAN("a.one.example")));
	p.protocol = 1;
	p.dst_port = 8;
	assert_int_equal(rules_flow_speaks(l.image, 3, &p),
	    RULES_SPEAKS_NOTHING);
	assert_true(rules_flow_server(l.image, 3, &p, SPAN("any.thing")));
	unload(&l);
}

/*
 * The day after the end of a rule that a `must` stands on: the file would not
 * load now, but the rules in force have to go on without that rule.
 */
static void
on_a_new_day_rules_that_ended_are_off_though_a_proof_fails(void **state)
{
	static const char must[] = BASE
	    "allow exception \"web\" from lgwan to mx service https owner "
	    "\"o\" reason \"r\" approved \"a\" until 2026-11-22\n"
	    "must from lgwan to mx service https\n"
	    "expect allow tcp from 10.20.0.1 to 192.0.2.5 port 443\n";
	struct rules_run *run;
	struct rules_image *image;
	struct diag diag = { 0 };
	struct buf bytes;

	(void)state;
	run = run_text_of(must);
	assert_int_equal(rules_run_errors(run), 0);
	rules_run_free(run);
	run = rules_run_new("a", span_str(must), NULL, TODAY + 1);
	assert_int_equal(rules_run_errors(run), 2);
	rules_run_free(run);
	run = rules_run_renew("a", span_str(must), NULL, TODAY + 1);
	assert_int_equal(rules_run_errors(run), 0);
	buf_init(&bytes, 1 << 24);
	assert_int_equal(rules_compile(run, &bytes), OK);
	assert_int_equal(rules_image_open(buf_span(&bytes), &image, &diag),
	    OK);
	assert_int_equal(rules_image_prepare(image, &diag), OK);
	assert_int_equal(rules_flows(image), 0);
	assert_int_equal(rules_ends(image), RULES_NONE);
	rules_image_close(image);
	buf_fini(&bytes);
	rules_run_free(run);
}

/* ---- the image against a walk over the rules, on random files ---- */

static uint64_t random_state = 20261127;

static uint32_t
below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 11) % n;
}

static enum err MUST_CHECK
add_hosts(struct buf *b, uint32_t n)
{
	enum err err = OK;

	for (uint32_t i = 0; i < n && err == OK; i++)
		switch (below(4)) {
		case 0:
			err = buf_printf(b, "host h%u in net 10.0.%u.%u\n", i,
			    below(4), below(256));
			break;
		case 1:
			err = buf_printf(b, "host h%u in net 10.0.%u.0/%u\n",
			    i, below(4), 24 + below(2));
			break;
		case 2:
			err = buf_printf(b, "host h%u in net 10.0.0.%u-10.0."
			    "%u.%u, 2001:db8::%x\n", i, below(256),
			    1 + below(200), below(256), below(64));
			break;
		default:
			err = buf_printf(b, "host h%u in net 10.0.%u.%u mac "
			    "02:00:00:00:00:0%u\n", i, below(4), below(256),
			    below(10));
		}
	return err;
}

static enum err MUST_CHECK
add_services(struct buf *b, uint32_t n)
{
	enum err err = OK;

	for (uint32_t i = 0; i < n && err == OK; i++) {
		uint32_t port = below(100);

		switch (below(4)) {
		case 0:
			err = buf_printf(b, "service s%u tcp %u-%u udp %u\n",
			    i, port, port + below(50), 1 + below(99));
			break;
		case 1:
			err = buf_printf(b, "service s%u tcp %u source-port "
			    "%u-%u\n", i, port + 1, port, port + 20);
			break;
		case 2:
			err = buf_printf(b, "service s%u icmp %u protocol "
			    "%u\n", i, below(3), 47 + below(4));
			break;
		default:
			err = buf_printf(b, "service s%u tcp 0-65535 udp "
			    "0-65535\n", i);
		}
	}
	return err;
}

static void
random_text(struct buf *b, uint32_t hosts, uint32_t services, uint32_t rules)
{
	enum err err = buf_add_str(b, "gateway \"g.example.jp\"\n"
	    "segment net tier 2 interface lo network any\n");

	assert_int_equal(err, OK);
	assert_int_equal(add_hosts(b, hosts), OK);
	assert_int_equal(add_services(b, services), OK);
	for (uint32_t i = 0; i < rules; i++) {
		char from[16] = "net", to[16] = "net";

		if (below(4) > 0)
			snprintf(from, sizeof(from), "h%u", below(hosts));
		if (below(4) > 0)
			snprintf(to, sizeof(to), "h%u", below(hosts));
		err = below(2) == 0 ? buf_printf(b, "allow local \"r\" from "
		    "%s to %s service s%u\n", from, to, below(services)) :
		    buf_printf(b, "deny \"r\" from %s to %s%s\n", from,
		    below(9) == 0 ? "any" : to, below(9) == 0 ? "" :
		    " service s1");
		assert_int_equal(err, OK);
	}
}

static void
random_packet(const struct space *space, struct rules_packet *p)
{
	struct point point = { below(space->src.n), below(space->dst.n),
	    below(space->services_n) };

	space_packet(space, &point, p);
	if (below(2) == 0) {
		p->src.bytes[below(16) % (p->src.family == 4 ? 4 : 16)] =
		    (uint8_t)below(256);
		p->dst.bytes[below(16) % (p->dst.family == 4 ? 4 : 16)] =
		    (uint8_t)below(256);
		p->dst_port = (uint16_t)below(200);
		p->src_port = (uint16_t)below(200);
	}
	if (below(4) == 0) {
		p->has_mac = true;
		memset(p->mac, 0, 6);
		p->mac[0] = 2;
		p->mac[5] = (uint8_t)below(12);
	}
}

static void
compare_with_walk(uint32_t hosts, uint32_t services, uint32_t rules,
    uint32_t packets)
{
	const struct rules_run *run;
	struct space *space;
	struct loaded l;
	struct buf b;

	buf_init(&b, 1u << 24);
	random_text(&b, hosts, services, rules);
	assert_int_equal(buf_add_byte(&b, 0), OK);
	l.run = NULL;
	load(&l, (const char *)b.ptr);
	run = l.run;
	space = space_new(&run, 1);
	assert_non_null(space);
	for (uint32_t i = 0; i < packets; i++) {
		struct rules_packet p;
		struct rules_decision d;
		struct point point;
		uint32_t expected = RULES_NONE;

		random_packet(space, &p);
		if (space_point(space, &p, &point))
			expected = space_first_match(space, &space->rules[0],
			    &point);
		rules_decide(l.image, &p, &d);
		if (d.rule != expected)
			fail_msg("packet %u: rule %u, not %u\n%s", i, d.rule,
			    expected, (const char *)b.ptr);
	}
	space_free(space);
	unload(&l);
	buf_fini(&b);
}

static void
the_image_agrees_with_a_walk_over_the_rules(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 200; i++)
		compare_with_walk(2 + below(8), 2 + below(6), below(12), 500);
	for (unsigned i = 0; i < 4; i++)
		compare_with_walk(2000, 60, 3000, 5000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_rule_that_matches_decides),
		cmocka_unit_test(a_batch_says_what_each_says_alone),
		cmocka_unit_test(what_is_known_of_a_rule),
		cmocka_unit_test(
		    on_a_new_day_rules_that_ended_are_off_though_a_proof_fails),
		cmocka_unit_test(the_image_agrees_with_a_walk_over_the_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
