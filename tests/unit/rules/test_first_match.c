/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Generated rule files (fixed seed) against a walk through their rules that
 * knows nothing of classes and tables: overlapping networks, ranges and
 * machines of both families in three segments, lists of parties, services by
 * ports, source ports, ICMP types and protocol numbers. tests/corpus does the
 * same with ClassBench sets, where they are.
 */
#include <stdbool.h>

#include "helper.h"

#define HOSTS		40u
#define SERVICES	14u
#define RULES		60u
#define PARTIES		3u		/* of one from or to, at most */
#define FILES		25u
#define PACKETS		4000u		/* for each file */
#define TEXT_BYTES	65536u

/* Addresses of the tests: 10.20.x.y, 192.0.x.y, 2001:db8:20::x:y. */
enum place { NEAR4, FAR4, NEAR6, PLACES };
enum { SEGMENT_LEFT, SEGMENT_RIGHT, SEGMENT_REST, SEGMENTS };

struct spot {
	enum place	place;
	uint32_t	low;		/* x and y */
};

struct host {
	enum place	place;
	uint32_t	low;
	uint32_t	high;
};

struct service {
	unsigned	protocol;
	uint32_t	low, high;	/* ports, types; protocols */
	uint32_t	source_low, source_high;
};

/* A party: a host, a segment, or any. */
enum party_kind { PARTY_HOST, PARTY_SEGMENT, PARTY_ANY };
struct party {
	enum party_kind	kind;
	uint32_t	i;
};

struct rule {
	bool		allow;
	struct party	from[PARTIES], to[PARTIES];
	uint32_t	from_n, to_n;
	uint32_t	services[2];
	uint32_t	services_n;	/* 0: every packet */
};

static struct host hosts[HOSTS];
static struct service services[SERVICES];
static struct rule rules[RULES];
static uint64_t state;

static uint32_t
below(uint32_t n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(((state >> 32) * n) >> 32);
}

/* ---- what is generated ---- */

/* Left is the lower half of NEAR4 and NEAR6, right the upper half of NEAR4. */
static uint32_t
segment_of(const struct spot *spot)
{
	if (spot->place == FAR4)
		return SEGMENT_REST;
	if (spot->low < 0x8000)
		return SEGMENT_LEFT;
	return spot->place == NEAR4 ? SEGMENT_RIGHT : SEGMENT_REST;
}

static void
generate_hosts(void)
{
	for (uint32_t i = 0; i < HOSTS; i++) {
		struct host *h = &hosts[i];
		uint32_t half, bits = below(4) == 0 ? below(15) : below(5);

		h->place = (enum place)below(PLACES);
		h->low = below(65536);
		/* near others, so that many overlap */
		if (i > 4 && below(2) == 0) {
			h->place = hosts[below(i)].place;
			h->low = hosts[below(i)].low ^ below(16);
		}
		half = h->low & 0x8000;		/* in one segment */
		if (below(3) == 0)
			h->high = h->low + below(300);
		else {
			h->low = h->low >> bits << bits;
			h->high = h->low + (1u << bits) - 1;
		}
		if (h->high > half + 0x7fff)
			h->high = half + 0x7fff;
	}
}

static void
generate_services(void)
{
	static const unsigned protocols[] = { 6, 6, 6, 17, 17, 1, 58, 50 };

	for (uint32_t i = 0; i < SERVICES; i++) {
		struct service *s = &services[i];

		*s = (struct service){ protocols[below(8)], 0, 0, 0, 65535 };
		s->low = below(3) == 0 ? 1 + below(65535) : 1 + below(40);
		s->high = s->low + (below(2) == 0 ? 0 : below(30));
		if (s->protocol == 1 || s->protocol == 58) {
			s->low = below(20);
			s->high = s->low + below(10);
		} else if (s->protocol == 50) {
			s->low = 59 + below(60);
			s->high = s->low + below(60);
		} else if (below(3) == 0) {
			s->source_low = 1 + below(1000);
			s->source_high = s->source_low + below(64000);
		}
		if (s->high > 65535)
			s->high = 65535;
	}
}

static uint32_t
generate_parties(struct party *parties, bool with_any)
{
	uint32_t n = 1 + (below(3) == 0 ? below(PARTIES) : 0);

	for (uint32_t i = 0; i < n; i++) {
		parties[i] = (struct party){ PARTY_HOST, below(HOSTS) };
		if (below(5) == 0)
			parties[i] = (struct party){ PARTY_SEGMENT,
			    below(SEGMENTS) };
		for (uint32_t k = 0; k < i; k++)
			if (parties[k].kind == parties[i].kind &&
			    parties[k].i == parties[i].i)
				return i;	/* no party twice */
	}
	if (n == 1 && with_any && below(6) == 0)
		parties[0].kind = PARTY_ANY;
	return n;
}

static void
generate_rules(void)
{
	for (uint32_t i = 0; i < RULES; i++) {
		struct rule *r = &rules[i];

		r->allow = below(3) > 0;
		r->from_n = generate_parties(r->from, !r->allow);
		r->to_n = generate_parties(r->to, !r->allow);
		r->services_n = r->allow ? 1 + below(2) : below(3);
		r->services[0] = below(SERVICES);
		r->services[1] = (r->services[0] + 1 + below(SERVICES - 1)) %
		    SERVICES;
	}
}

/* ---- the same, as text ---- */

static char text[TEXT_BYTES];
static size_t text_len;

static void PRINTF(1, 2)
say(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text + text_len, sizeof(text) - text_len, fmt, ap);
	va_end(ap);
	assert_true(n >= 0 && (size_t)n < sizeof(text) - text_len);
	text_len += (size_t)n;
}

static void
say_address(enum place place, uint32_t low)
{
	switch (place) {
	case NEAR4:
		say("10.20.%u.%u", low >> 8, low & 255);
		break;
	case FAR4:
		say("192.0.%u.%u", low >> 8, low & 255);
		break;
	case NEAR6:
		say("2001:db8:20::%x", low);
		break;
	case PLACES:
		break;
	}
}

static const char *const segment_names[SEGMENTS] = { "left", "right", "rest" };

static void
say_service(uint32_t i)
{
	const struct service *s = &services[i];
	const char *word = s->protocol == 6 ? "tcp" : s->protocol == 17 ?
	    "udp" : s->protocol == 1 ? "icmp" : s->protocol == 58 ? "icmp6" :
	    "protocol";

	say("service s%u %s %u", i, word, s->low);
	if (s->high > s->low)
		say("-%u", s->high);
	if (s->source_low > 0 && s->source_high > s->source_low)
		say(" source-port %u-%u", s->source_low, s->source_high);
	else if (s->source_low > 0)
		say(" source-port %u", s->source_low);
	say("\n");
}

static void
say_parties(const char *word, const struct party *parties, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		say(i == 0 ? " %s " : ", ", word);
		switch (parties[i].kind) {
		case PARTY_HOST:
			say("h%u", parties[i].i);
			break;
		case PARTY_SEGMENT:
			say("%s", segment_names[parties[i].i]);
			break;
		case PARTY_ANY:
			say("any");
			break;
		}
	}
}

static void
say_all(void)
{
	text_len = 0;
	say("gateway \"gw1.town.example.lg.jp\"\n"
	    "segment left tier 2 interface eth0 network 10.20.0.0/17, "
	    "2001:db8:20::/113\n"
	    "segment right tier 2 interface eth1 network 10.20.128.0/17\n"
	    "segment rest tier 2 interface eth2 network any\n");
	for (uint32_t i = 0; i < HOSTS; i++) {
		const struct spot spot = { hosts[i].place, hosts[i].low };

		say("host h%u in %s ", i, segment_names[segment_of(&spot)]);
		say_address(hosts[i].place, hosts[i].low);
		if (hosts[i].high > hosts[i].low) {
			say("-");
			say_address(hosts[i].place, hosts[i].high);
		}
		say("\n");
	}
	for (uint32_t i = 0; i < SERVICES; i++)
		say_service(i);
	for (uint32_t i = 0; i < RULES; i++) {
		const struct rule *r = &rules[i];

		say("%s \"r%u\"", r->allow ? "allow local" : "deny", i);
		say_parties("from", r->from, r->from_n);
		say_parties("to", r->to, r->to_n);
		for (uint32_t k = 0; k < r->services_n; k++)
			say("%s s%u", k == 0 ? " service" : ",",
			    r->services[k]);
		say("\n");
	}
}

/* ---- the walk ---- */

static bool
party_has(const struct party *parties, uint32_t n, const struct spot *spot)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct host *h = &hosts[parties[i].i];

		switch (parties[i].kind) {
		case PARTY_HOST:
			if (h->place == spot->place && spot->low >= h->low &&
			    spot->low <= h->high)
				return true;
			break;
		case PARTY_SEGMENT:
			if (segment_of(spot) == parties[i].i)
				return true;
			break;
		case PARTY_ANY:
			return true;
		}
	}
	return false;
}

static bool
service_has(const struct service *s, const struct rules_packet *p)
{
	if (s->protocol == 50)
		return p->protocol >= s->low && p->protocol <= s->high;
	return s->protocol == p->protocol && p->dst_port >= s->low &&
	    p->dst_port <= s->high && p->src_port >= s->source_low &&
	    p->src_port <= s->source_high;
}

static uint32_t
walk(const struct spot *src, const struct spot *dst,
    const struct rules_packet *p)
{
	for (uint32_t i = 0; i < RULES; i++) {
		const struct rule *r = &rules[i];

		if (party_has(r->from, r->from_n, src) &&
		    party_has(r->to, r->to_n, dst) && (r->services_n == 0 ||
		    service_has(&services[r->services[0]], p) ||
		    (r->services_n > 1 &&
		    service_has(&services[r->services[1]], p))))
			return i;
	}
	return RULES_NONE;
}

/* ---- packets ---- */

/* In a host, at one of its ends, or beside it; now and then anywhere. */
static void
random_spot(struct spot *spot, bool six)
{
	const struct host *h = &hosts[below(HOSTS)];
	const uint32_t choices[] = { h->low, h->high, h->low - 1,
	    h->high + 1, h->low + below(h->high - h->low + 1),
	    below(65536) };

	spot->place = six ? NEAR6 : h->place != NEAR6 ? h->place :
	    below(2) == 0 ? NEAR4 : FAR4;
	spot->low = choices[below(6)] & 0xffff;
}

static void
spot_address(const struct spot *spot, struct address *a)
{
	static const uint8_t prefixes[PLACES][6] = { { 10, 20 }, { 192, 0 },
	    { 0x20, 0x01, 0x0d, 0xb8, 0, 0x20 } };

	memset(a, 0, sizeof(*a));
	a->family = spot->place == NEAR6 ? 6 : 4;
	memcpy(a->bytes, prefixes[spot->place], a->family == 6 ? 6 : 2);
	a->bytes[a->family == 6 ? 14 : 2] = (uint8_t)(spot->low >> 8);
	a->bytes[a->family == 6 ? 15 : 3] = (uint8_t)spot->low;
}

static void
random_service(struct rules_packet *p)
{
	const struct service *s = &services[below(SERVICES)];
	const uint32_t ports[] = { s->low, s->high, s->low - 1, s->high + 1,
	    1 + below(65535) };
	const uint32_t sources[] = { s->source_low, s->source_high,
	    s->source_low - 1, s->source_high + 1, below(65536) };
	uint32_t port = ports[below(5)];

	p->protocol = (uint8_t)s->protocol;
	if (s->protocol == 6 || s->protocol == 17) {
		p->dst_port = (uint16_t)(port == 0 ? 1 : port);
		p->src_port = (uint16_t)sources[below(5)];
	} else if (s->protocol == 50)
		p->protocol = (uint8_t)port;
	else
		p->dst_port = port & 0xff;
	/* protocols that a number became by chance */
	if (s->protocol == 50 && (p->protocol == 1 || p->protocol == 6 ||
	    p->protocol == 17 || p->protocol == 58))
		p->protocol = 50;
	if (below(20) == 0)
		p->protocol = 255;
	if (p->protocol == 255)
		p->src_port = p->dst_port = 0;
}

static void
check_packets(const struct rules_image *image, uint32_t *matched)
{
	for (uint32_t i = 0; i < PACKETS; i++) {
		struct rules_packet p = { .in = RULES_NONE };
		struct rules_decision one, many[2];
		struct rules_packet two[2];
		bool six = below(3) == 0;
		struct spot src, dst;
		uint32_t expected;

		random_spot(&src, six);
		random_spot(&dst, six);
		spot_address(&src, &p.src);
		spot_address(&dst, &p.dst);
		random_service(&p);
		if (below(4) == 0)
			p.in = segment_of(&src);
		expected = walk(&src, &dst, &p);
		two[0] = two[1] = p;
		two[0].in = (segment_of(&src) + 1) % SEGMENTS;
		rules_decide(image, &p, &one);
		rules_decide_many(image, two, 2, many);
		assert_int_equal(one.rule, expected);
		assert_int_equal(one.allow, expected != RULES_NONE &&
		    rules[expected].allow);
		assert_int_equal(one.reason, expected == RULES_NONE ?
		    RULES_NO_RULE : RULES_BY_RULE);
		assert_int_equal(many[0].reason, RULES_SPOOFED);
		assert_false(many[0].allow);
		assert_int_equal(many[1].rule, expected);
		assert_int_equal(many[1].allow, one.allow);
		assert_int_equal(rules_segment_of(image, &p.src),
		    segment_of(&src));
		matched[expected == RULES_NONE ? RULES : expected]++;
	}
}

static void
the_image_decides_as_a_walk_through_the_rules(void **state_)
{
	static uint32_t matched[RULES + 1];
	uint32_t seen = 0;

	(void)state_;
	state = 20261127;
	for (uint32_t file = 0; file < FILES; file++) {
		struct rules_image *image;
		struct buf bytes;

		generate_hosts();
		generate_services();
		generate_rules();
		say_all();
		image = image_of(text, &bytes);
		assert_int_equal(rules_flows(image), RULES);
		check_packets(image, matched);
		rules_image_close(image);
		buf_fini(&bytes);
	}
	/* every place in the file decided something, and none did, too */
	for (uint32_t i = 0; i <= RULES; i++)
		seen += matched[i] > 0;
	assert_int_equal(seen, RULES + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_image_decides_as_a_walk_through_the_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
