/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Captures for test_replay: lines on standard input become packets on
 * standard output.
 *
 *	make_capture LINK-TYPE [ng]
 *
 *	mac 02:00:5e:10:00:07			sender of what follows
 *	tcp SRC PORT DST PORT FLAGS		Ethernet, FLAGS: hexadecimal
 *	udp SRC PORT DST PORT
 *	icmp SRC DST TYPE ID
 *	hex BYTES				as they are, after the link
 *	wire N					the next is N bytes longer
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACKET_BYTES_MAX	2048

static uint8_t packet[PACKET_BYTES_MAX];
static size_t len;
static uint8_t mac[6];
static unsigned wire_more;
static bool next_generation;

static void
put(const void *bytes, size_t n)
{
	if (n > PACKET_BYTES_MAX - len)
		exit(4);
	memcpy(packet + len, bytes, n);
	len += n;
}

static void
put16(unsigned v)
{
	const uint8_t bytes[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	put(bytes, 2);
}

/* Ethernet and IP around n bytes of protocol. */
static void
begin(const char *src, const char *dst, unsigned protocol, unsigned n)
{
	static const uint8_t gateway[6] = { 0x02, 0, 0x5e, 0, 0, 1 };
	uint8_t s[16], d[16];

	len = 0;
	put(gateway, 6);
	put(mac, 6);
	if (inet_pton(AF_INET, src, s) == 1 &&
	    inet_pton(AF_INET, dst, d) == 1) {
		put16(0x0800);
		put16(0x4500);
		put16(20 + n);
		put("\0\1\0\0\100", 5);
		put(&(uint8_t){ (uint8_t)protocol }, 1);
		put16(0);
		put(s, 4);
		put(d, 4);
		return;
	}
	if (inet_pton(AF_INET6, src, s) != 1 ||
	    inet_pton(AF_INET6, dst, d) != 1)
		exit(4);
	put16(0x86dd);
	put("\140\0\0\0", 4);
	put16(n);
	put16(protocol << 8 | 64);
	put(s, 16);
	put(d, 16);
}

static void
word(uint32_t v)
{
	fwrite(&v, 4, 1, stdout);
}

/* Padding to whole words, as pcapng has it. */
static void
write_packet(void)
{
	const uint32_t padded = ((uint32_t)len + 3) / 4 * 4;

	if (next_generation) {
		word(6);
		word(32 + padded);
		word(0);
	}
	word(0);
	word(0);
	word((uint32_t)len);
	word((uint32_t)len + wire_more);
	fwrite(packet, 1, len, stdout);
	if (next_generation) {
		fwrite("\0\0\0", 1, padded - len, stdout);
		word(32 + padded);
	}
	wire_more = 0;
}

static void
write_head(uint32_t link)
{
	if (!next_generation) {
		word(0xa1b2c3d4);
		word(2 | 4 << 16);
		word(0);
		word(0);
		word(65535);
		word(link);
		return;
	}
	word(0x0a0d0d0a);
	word(28);
	word(0x1a2b3c4d);
	word(1);
	word(UINT32_MAX);
	word(UINT32_MAX);
	word(28);
	word(1);
	word(20);
	word(link);
	word(65535);
	word(20);
}

static void
hex(const char *text)
{
	unsigned byte;
	int n;

	len = 0;
	while (sscanf(text, " %2x%n", &byte, &n) == 1) {
		put(&(uint8_t){ (uint8_t)byte }, 1);
		text += n;
	}
}

static void
line(const char *text)
{
	char src[64], dst[64];
	unsigned a, b, flags;

	if (sscanf(text, "mac %hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0],
	    &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) == 6 ||
	    sscanf(text, "wire %u", &wire_more) == 1)
		return;
	if (sscanf(text, "tcp %63s %u %63s %u %x", src, &a, dst, &b,
	    &flags) == 5) {
		begin(src, dst, 6, 20);
		put16(a);
		put16(b);
		put("\0\0\0\1\0\0\0\0\120", 9);
		put(&(uint8_t){ (uint8_t)flags }, 1);
		put("\377\377\0\0\0\0", 6);
	} else if (sscanf(text, "udp %63s %u %63s %u", src, &a, dst, &b) ==
	    4) {
		begin(src, dst, 17, 8);
		put16(a);
		put16(b);
		put("\0\10\0\0", 4);
	} else if (sscanf(text, "icmp %63s %63s %u %u", src, dst, &a, &b) ==
	    4) {
		begin(src, dst, 1, 8);
		put16(a << 8);
		put16(0);
		put16(b);
		put16(1);
	} else if (strncmp(text, "hex ", 4) == 0)
		hex(text + 4);
	else
		exit(4);
	write_packet();
}

int
main(int argc, char **argv)
{
	char text[3 * PACKET_BYTES_MAX];

	if (argc < 2)
		return 2;
	next_generation = argc > 2;
	write_head((uint32_t)strtoul(argv[1], NULL, 10));
	while (fgets(text, sizeof(text), stdin) != NULL)
		line(text);
	return fflush(stdout) == 0 ? 0 : 4;
}
