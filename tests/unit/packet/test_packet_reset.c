/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reset as others see it: bytes by hand, and checksums summed anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/packet/packet_parse.h"
#include "../../../gateway/packet/packet_reset.h"

static struct packet_flow_key
key(const char *src, const char *dst)
{
	struct packet_flow_key k = { .protocol = 6, .src_port = 50000,
		.dst_port = 5901 };

	assert_true(address_parse(span_str(src), &k.src));
	assert_true(address_parse(span_str(dst), &k.dst));
	return k;
}

static void
a_reset_of_ipv4_is_these_bytes(void **state)
{
	/* 192.0.2.66:5901 to 10.20.1.5:50000, sums by hand */
	static const uint8_t wanted[40] = {
		0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0x6d, 0x75,
		192, 0, 2, 66, 10, 20, 1, 5,
		0x17, 0x0d, 0xc3, 0x50, 1, 2, 3, 4, 0, 0, 0, 0,
		0x50, 4, 0, 0, 0, 0, 0, 0 };
	struct packet_flow_key k = key("10.20.1.5", "192.0.2.66");
	uint8_t bytes[PACKET_RESET_BYTES];

	(void)state;
	assert_int_equal(packet_reset(&k, true, 0x01020304, bytes), 40);
	bytes[36] = bytes[37] = 0;	/* the next test has it */
	assert_memory_equal(bytes, wanted, sizeof(wanted));
}

static uint16_t
ones(const uint8_t *p, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] * 256 : p[i];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void
checksums_are_right_in_both_directions(void **state)
{
	static const char *const ends[][2] = {
		{ "10.20.1.5", "192.0.2.66" },
		{ "255.255.255.254", "255.255.255.253" },
		{ "2001:db8:20::5", "2001:db8:ff::66" } };
	uint8_t bytes[PACKET_RESET_BYTES];
	struct packet_facts facts;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		struct packet_flow_key k = key(ends[i / 2][0], ends[i / 2][1]);
		bool six = k.src.family == 6;
		size_t len = packet_reset(&k, i % 2 == 1, 0xfffffff0u + i,
		    bytes);
		size_t ip = six ? 40 : 20, at = six ? 8 : 12;

		assert_int_equal(packet_parse(PACKET_LINK_RAW,
		    (struct span){ bytes, len }, len, &facts), PACKET_OK);
		assert_true(facts.rst && !facts.syn && !facts.ack);
		assert_int_equal(facts.tcp_seq, 0xfffffff0u + i);
		assert_true(address_equal(&facts.src, i % 2 == 1 ? &k.dst :
		    &k.src));
		assert_int_equal(facts.src_port, i % 2 == 1 ? 5901 : 50000);
		if (!six)
			assert_int_equal(ones(bytes, 20, 0), 0xffff);
		assert_int_equal(ones(bytes + at, len - at, 6 + (uint32_t)(len
		    - ip)), 0xffff);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reset_of_ipv4_is_these_bytes),
		cmocka_unit_test(checksums_are_right_in_both_directions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
