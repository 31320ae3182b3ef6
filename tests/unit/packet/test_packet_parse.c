/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets made by hand: what is read from them, and what ends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/packet/packet_parse.h"

#define PACKET_BYTES_MAX	512

struct packet {
	uint8_t	bytes[PACKET_BYTES_MAX];
	size_t	len;
};

/* "45 00 0028 ..." to bytes; blanks are free. */
static void
add(struct packet *p, const char *hex)
{
	while (*hex != '\0') {
		char pair[3] = { hex[0], hex[1], '\0' };

		if (*hex == ' ') {
			hex++;
			continue;
		}
		assert_true(p->len < PACKET_BYTES_MAX);
		p->bytes[p->len++] = (uint8_t)strtoul(pair, NULL, 16);
		hex += 2;
	}
}

static struct packet
packet(const char *one, const char *two, const char *three)
{
	struct packet p = { .len = 0 };

	add(&p, one);
	add(&p, two);
	add(&p, three);
	return p;
}

/* The exact size on the heap, so that one byte too far is seen. */
static enum packet_reason
parse(enum packet_link link, const struct packet *p, size_t have,
    size_t wire_len, struct packet_facts *facts)
{
	uint8_t *copy = malloc(have == 0 ? 1 : have);
	enum packet_reason reason;

	assert_non_null(copy);
	memcpy(copy, p->bytes, have);
	reason = packet_parse(link, (struct span){ copy, have }, wire_len,
	    facts);
	free(copy);
	return reason;
}

static enum packet_reason
parse_all(enum packet_link link, const struct packet *p,
    struct packet_facts *facts)
{
	return parse(link, p, p->len, p->len, facts);
}

#define ETH	"02005e000001 02005e100007"
#define IP4(len, protocol) \
	"45000" len " 0001 0000 40 " protocol " 0000 0a140105 c0000242"
#define IP6(len, next) "60000000 00" len " " next " 40 " \
	"20010db8002000000000000000000005 20010db8003000000000000000000009"
#define TCP_SYN	"c350 0d3d 00000001 00000000 5002 ffff 0000 0000"
#define UDP	"c350 0035 0008 0000"

static void
assert_address(const struct address *a, const char *text)
{
	char shown[ADDRESS_TEXT_BYTES];

	address_text(a, shown);
	assert_string_equal(shown, text);
}

static void
tcp_over_ethernet_gives_all_facts(void **state)
{
	static const uint8_t mac[6] = { 0x02, 0, 0x5e, 0x10, 0, 0x07 };
	struct packet p = packet(ETH "0800", IP4("028", "06"), TCP_SYN);
	struct packet_facts f;

	(void)state;
	add(&p, "000000000000");	/* padding of the link */
	assert_int_equal(parse_all(PACKET_LINK_ETHERNET, &p, &f), PACKET_OK);
	assert_address(&f.src, "10.20.1.5");
	assert_address(&f.dst, "192.0.2.66");
	assert_true(f.has_mac);
	assert_memory_equal(f.mac, mac, 6);
	assert_int_equal(f.protocol, 6);
	assert_int_equal(f.src_port, 50000);
	assert_int_equal(f.dst_port, 3389);
	assert_true(f.syn && !f.ack && !f.fragment && !f.later);
	assert_int_equal(f.ip_bytes, 40);
}

static void
each_link_leads_to_the_same_packet(void **state)
{
	static const struct {
		enum packet_link link;
		const char	*head;
		bool		 mac;
	} links[] = {
		{ PACKET_LINK_RAW, "", false },
		{ PACKET_LINK_ETHERNET, ETH "8100 0064 0800", true },
		{ PACKET_LINK_ETHERNET, ETH "88a8 0064 8100 0065 0800", true },
		{ PACKET_LINK_ETHERNET, ETH "8864 1100 0001 0026 0021", true },
		{ PACKET_LINK_SLL, "0000 0001 0006 02005e100007 0000 0800",
		    true },
		{ PACKET_LINK_SLL, "0000 0304 0006 000000000000 0000 0800",
		    false },
		{ PACKET_LINK_SLL2, "0800 0000 00000002 0001 00 06 "
		    "02005e100007 0000", true },
		{ PACKET_LINK_NULL, "02000000", false },
		{ PACKET_LINK_NULL, "00000002", false },
		{ PACKET_LINK_PPP, "ff03 0021", false },
		{ PACKET_LINK_PPP, "0021", false },
		{ PACKET_LINK_PPP, "21", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct packet p = packet(links[i].head, IP4("024", "11"),
		    "c350 0035 0010 0000 0102030405060708");
		struct packet_facts f;

		if (parse_all(links[i].link, &p, &f) != PACKET_OK)
			fail_msg("link %zu: refused", i);
		assert_int_equal(f.protocol, 17);
		assert_int_equal(f.dst_port, 53);
		assert_int_equal(f.has_mac, links[i].mac);
		if (links[i].mac)
			assert_int_equal(f.mac[5], 7);
	}
}

static void
ipv6_extension_headers_are_walked(void **state)
{
	struct packet p = packet(IP6("28", "00"),
	    "2b 00 0104 00000000 3c 00 00 00 00000000 06 00 0104 00000000",
	    "");
	struct packet_facts f;

	(void)state;
	/* 24 bytes of extensions and 20 of TCP */
	p.bytes[5] = 44;
	add(&p, TCP_SYN);
	assert_int_equal(parse_all(PACKET_LINK_RAW, &p, &f), PACKET_OK);
	assert_int_equal(f.protocol, 6);
	assert_int_equal(f.dst_port, 3389);
	assert_address(&f.src, "2001:db8:20::5");
	assert_int_equal(f.ip_bytes, 84);
}

static void
fragments_are_marked(void **state)
{
	struct packet p = packet(IP4("01c", "11"), UDP, "");
	struct packet_facts f;

	(void)state;
	p.bytes[6] = 0x20;			/* more, offset 0 */
	p.bytes[p.len - 3] = 200;		/* of the whole datagram */
	assert_int_equal(parse_all(PACKET_LINK_RAW, &p, &f), PACKET_OK);
	assert_true(f.fragment && !f.later);
	assert_int_equal(f.dst_port, 53);
	assert_int_equal(f.fragment_id, 1);
	p.bytes[6] = 0;
	p.bytes[7] = 1;				/* the last, offset 8 */
	assert_int_equal(parse_all(PACKET_LINK_RAW, &p, &f), PACKET_OK);
	assert_true(f.fragment && f.later);
	assert_int_equal(f.dst_port, 0);

	p = packet(IP6("10", "2c"), "11 00 0009 00000007", UDP);
	assert_int_equal(parse_all(PACKET_LINK_RAW, &p, &f), PACKET_OK);
	assert_true(f.fragment && f.later);
	assert_int_equal(f.protocol, 17);
	assert_int_equal(f.fragment_id, 7);
	p.bytes[43] = 0;			/* an atomic fragment */
	assert_int_equal(parse_all(PACKET_LINK_RAW, &p, &f), PACKET_OK);
	assert_true(!f.fragment && !f.later);
	assert_int_equal(f.dst_port, 53);
}

static void
icmp_gives_type_and_id_of_an_echo(void **state)
{
	struct packet p = packet(IP4("01c", "01"), "08 00 0000 1234 0001", "");
	struct packet_facts f;

	(void)state;
	assert_int_equal(parse_all(PACKET_LINK_RAW, &p, &f), PACKET_OK);
	assert_int_equal(f.icmp_type, 8);
	assert_int_equal(f.icmp_id, 0x1234);
	p.bytes[20] = 3;
	assert_int_equal(parse_all(PACKET_LINK_RAW, &p, &f), PACKET_OK);
	assert_int_equal(f.icmp_type, 3);
	assert_int_equal(f.icmp_id, 0);
	p = packet(IP6("08", "3a"), "80 00 0000 1234 0001", "");
	assert_int_equal(parse_all(PACKET_LINK_RAW, &p, &f), PACKET_OK);
	assert_int_equal(f.protocol, 58);
	assert_int_equal(f.icmp_id, 0x1234);
}

static void
other_protocols_have_no_ports(void **state)
{
	struct packet p = packet(IP4("016", "32"), "ffff", "");
	struct packet_facts f;

	(void)state;
	assert_int_equal(parse_all(PACKET_LINK_RAW, &p, &f), PACKET_OK);
	assert_int_equal(f.protocol, 50);
	assert_int_equal(f.src_port, 0);
	/* AH is no extension: a rule for 51 means it in both families */
	p = packet(IP6("18", "33"), "06 04 0000 00000000 00000000", TCP_SYN);
	p.len = 40 + 24;
	assert_int_equal(parse_all(PACKET_LINK_RAW, &p, &f), PACKET_OK);
	assert_int_equal(f.protocol, 51);
	assert_int_equal(f.dst_port, 0);
}

/* What lies, and how. */
static const struct {
	enum packet_link link;
	const char	*bytes;
	enum packet_reason reason;
} bad[] = {
	{ PACKET_LINK_ETHERNET, ETH "0806 0001", PACKET_NOT_IP },
	{ PACKET_LINK_ETHERNET, ETH "0026 4242", PACKET_NOT_IP },
	{ PACKET_LINK_ETHERNET, ETH "08", PACKET_LINK_SHORT },
	{ PACKET_LINK_ETHERNET, "", PACKET_LINK_SHORT },
	{ PACKET_LINK_ETHERNET, ETH "8100 00", PACKET_LINK_SHORT },
	{ PACKET_LINK_ETHERNET, ETH "8100 0001 8100 0001 8100 0001 "
	    "0800", PACKET_LINK_TAGS },
	{ PACKET_LINK_ETHERNET, ETH "8864 1100 0001 0004 0021",
	    PACKET_LINK_PPPOE },
	{ PACKET_LINK_ETHERNET, ETH "8864 2100 0001 0002 0021",
	    PACKET_LINK_PPPOE },
	{ PACKET_LINK_ETHERNET, ETH "0800" "60", PACKET_IP_SHORT },
	{ PACKET_LINK_ETHERNET, ETH "0800" IP6("00", "3b"),
	    PACKET_IP_VERSION },
	{ PACKET_LINK_ETHERNET, ETH "86dd" IP4("014", "32")
	    "0000000000000000000000000000000000000000",
	    PACKET_IP_VERSION },
	{ PACKET_LINK_RAW, "", PACKET_IP_SHORT },
	{ PACKET_LINK_RAW, "5500", PACKET_IP_VERSION },
	{ PACKET_LINK_RAW, "44000014 0001 0000 40 32 0000 0a140105 "
	    "c0000242", PACKET_IP_HEADER },
	{ PACKET_LINK_RAW, IP4("013", "32"), PACKET_IP_LENGTH },
	{ PACKET_LINK_RAW, IP4("015", "32"), PACKET_IP_LENGTH },
	{ PACKET_LINK_RAW, IP4("000", "32"), PACKET_IP_LENGTH },
	{ PACKET_LINK_RAW, "46000014 0001 0000 40 32 0000 0a140105 "
	    "c0000242", PACKET_IP_LENGTH },
	{ PACKET_LINK_RAW, "46000018 0001 0000 40 32 0000 0a140105 "
	    "c0000242 83050000", PACKET_IP_OPTIONS },
	{ PACKET_LINK_RAW, "46000018 0001 0000 40 32 0000 0a140105 "
	    "c0000242 01010183", PACKET_IP_OPTIONS },
	{ PACKET_LINK_RAW, "46000018 0001 0000 40 32 0000 0a140105 "
	    "c0000242 83010000", PACKET_IP_OPTIONS },
	{ PACKET_LINK_RAW, "45000015 0001 2000 40 32 0000 0a140105 "
	    "c0000242 00", PACKET_IP_FRAGMENT },
	{ PACKET_LINK_RAW, "4500001c 0001 1fff 40 32 0000 0a140105 "
	    "c0000242 0000000000000000", PACKET_IP_FRAGMENT },
	{ PACKET_LINK_RAW, "4500001c 0001 2000 40 06 0000 0a140105 "
	    "c0000242 c3500d3d00000001", PACKET_FIRST_FRAGMENT },
	{ PACKET_LINK_RAW, IP4("027", "06") TCP_SYN,
	    PACKET_TCP_SHORT },
	{ PACKET_LINK_RAW, IP4("028", "06") "c350 0d3d 00000001 "
	    "00000000 4002 ffff 0000 0000", PACKET_TCP_OFFSET },
	{ PACKET_LINK_RAW, IP4("028", "06") "c350 0d3d 00000001 "
	    "00000000 6002 ffff 0000 0000", PACKET_TCP_OFFSET },
	{ PACKET_LINK_RAW, IP4("01b", "11") UDP, PACKET_UDP_SHORT },
	{ PACKET_LINK_RAW, IP4("01c", "11") "c350 0035 0007 0000",
	    PACKET_UDP_LENGTH },
	{ PACKET_LINK_RAW, IP4("01c", "11") "c350 0035 0009 0000",
	    PACKET_UDP_LENGTH },
	{ PACKET_LINK_RAW, IP4("01b", "01") "0800000012340001",
	    PACKET_ICMP_SHORT },
	{ PACKET_LINK_RAW, IP4("01c", "3a") "8000000012340001",
	    PACKET_ICMP_FAMILY },
	{ PACKET_LINK_RAW, IP6("08", "01") "0800000012340001",
	    PACKET_ICMP_FAMILY },
	{ PACKET_LINK_RAW, IP6("09", "32") "0800000012340001",
	    PACKET_IP_LENGTH },
	{ PACKET_LINK_RAW, IP6("00", "06"), PACKET_IP_LENGTH },
	{ PACKET_LINK_RAW, IP6("08", "3c") "0601010400000000",
	    PACKET_IP_EXTENSION },
	{ PACKET_LINK_RAW, IP6("10", "3c") "0000010400000000"
	    "0600010400000000", PACKET_IP_EXTENSION },
	{ PACKET_LINK_RAW, IP6("10", "2c") "2c00000000000007"
	    "0600000000000007", PACKET_IP_FRAGMENT },
	{ PACKET_LINK_RAW, IP6("10", "2c") "3c00000100000007"
	    "0601010400000000", PACKET_FIRST_FRAGMENT },
	{ PACKET_LINK_SLL, "0000 0001 0006", PACKET_LINK_SHORT },
	{ PACKET_LINK_NULL, "07000000 45", PACKET_NOT_IP },
	{ PACKET_LINK_PPP, "ff03 c021", PACKET_NOT_IP },
};

static void
a_lie_is_refused_with_its_reason(void **state)
{
	struct packet_facts f;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct packet p = packet(bad[i].bytes, "", "");
		enum packet_reason reason = parse_all(bad[i].link, &p, &f);

		if (reason != bad[i].reason)
			fail_msg("packet %zu: %s, not %s", i,
			    packet_reason_text(reason),
			    packet_reason_text(bad[i].reason));
	}
}

static void
nine_extension_headers_are_too_many(void **state)
{
	struct packet_facts f;

	(void)state;
	for (unsigned n = 7; n <= 9; n++) {
		struct packet p = packet(IP6("00", "3c"), "", "");

		p.bytes[5] = (uint8_t)(n * 8 + 8);
		for (unsigned i = 0; i < n; i++)
			add(&p, i + 1 < n ? "3c00010400000000" :
			    "1100010400000000");
		add(&p, UDP);
		assert_int_equal(parse_all(PACKET_LINK_RAW, &p, &f),
		    n > PACKET_EXTENSIONS_MAX ? PACKET_IP_EXTENSIONS :
		    PACKET_OK);
	}
}

/* Only the heads were captured: as long as they are whole it is no lie. */
static void
a_short_capture_is_told_from_a_short_packet(void **state)
{
	struct packet p = packet(ETH "0800", IP4("028", "06"), TCP_SYN);
	struct packet_facts f;

	(void)state;
	p.bytes[16] = 2;	/* total length 552 */
	for (size_t have = 0; have <= p.len; have++) {
		enum packet_reason reason = parse(PACKET_LINK_ETHERNET, &p,
		    have, 600, &f);

		assert_int_equal(reason, have < 54 ? PACKET_CAPTURE_CUT :
		    PACKET_OK);
		reason = parse(PACKET_LINK_ETHERNET, &p, have, have, &f);
		assert_true(reason != PACKET_OK &&
		    reason != PACKET_CAPTURE_CUT);
	}
}

static void
payload_is_what_is_behind_the_header_and_no_more(void **state)
{
	/* 24 bytes of TCP header, FIN and URG, "abc", then padding */
	struct packet p = packet("", IP4("02f", "06"), "c350 0d3d 01020304 "
	    "00000000 6021 ffff 0000 0000 01010100 616263");
	struct packet u = packet("", IP4("023", "11"), "c350 0035 000a 0000 "
	    "61626364656667");
	struct packet_facts f;

	(void)state;
	add(&p, "000000");
	assert_int_equal(packet_parse(PACKET_LINK_RAW,
	    (struct span){ p.bytes, p.len }, p.len, &f), PACKET_OK);
	assert_int_equal(f.tcp_seq, 0x01020304);
	assert_true(f.fin && f.urg && !f.syn && !f.rst && !f.ack);
	assert_int_equal(f.payload.len, 3);
	assert_int_equal(f.payload_bytes, 3);
	assert_memory_equal(f.payload.ptr, "abc", 3);
	/* one byte of it was captured */
	assert_int_equal(packet_parse(PACKET_LINK_RAW,
	    (struct span){ p.bytes, 45 }, p.len, &f), PACKET_OK);
	assert_int_equal(f.payload.len, 1);
	assert_int_equal(f.payload_bytes, 3);
	/* the datagram is shorter than the packet */
	assert_int_equal(packet_parse(PACKET_LINK_RAW,
	    (struct span){ u.bytes, u.len }, u.len, &f), PACKET_OK);
	assert_int_equal(f.payload.len, 2);
	assert_int_equal(f.payload_bytes, 2);
	assert_memory_equal(f.payload.ptr, "ab", 2);
}

static void
every_reason_has_a_text(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PACKET_REASON_N; i++)
		assert_string_not_equal(packet_reason_text(
		    (enum packet_reason)i), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_over_ethernet_gives_all_facts),
		cmocka_unit_test(each_link_leads_to_the_same_packet),
		cmocka_unit_test(ipv6_extension_headers_are_walked),
		cmocka_unit_test(fragments_are_marked),
		cmocka_unit_test(icmp_gives_type_and_id_of_an_echo),
		cmocka_unit_test(other_protocols_have_no_ports),
		cmocka_unit_test(a_lie_is_refused_with_its_reason),
		cmocka_unit_test(nine_extension_headers_are_too_many),
		cmocka_unit_test(a_short_capture_is_told_from_a_short_packet),
		cmocka_unit_test(
		    payload_is_what_is_behind_the_header_and_no_more),
		cmocka_unit_test(every_reason_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
