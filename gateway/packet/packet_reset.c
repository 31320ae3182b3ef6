/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The last packet of a flow that is cut: it takes the place of one that was
 * held, so that whoever waits for that one hears that the flow is over.
 */
#include <netinet/in.h>
#include <string.h>

#include "packet_reset.h"

#define IPV4_BYTES	20
#define IPV6_BYTES	40
#define TCP_BYTES	20
#define HOPS		64
#define RST		0x04

static void
put_u16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* RFC 1071; len is even. */
static uint32_t
sum(uint32_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return sum;
}

static unsigned
fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static size_t
put_ip(uint8_t *p, const struct address *src, const struct address *dst)
{
	if (src->family == 4) {
		p[0] = 0x45;
		put_u16(p + 2, IPV4_BYTES + TCP_BYTES);
		p[6] = 0x40;		/* not to be cut to pieces */
		p[8] = HOPS;
		p[9] = IPPROTO_TCP;
		memcpy(p + 12, src->bytes, 4);
		memcpy(p + 16, dst->bytes, 4);
		put_u16(p + 10, fold(sum(0, p, IPV4_BYTES)));
		return IPV4_BYTES;
	}
	p[0] = 0x60;
	put_u16(p + 4, TCP_BYTES);
	p[6] = IPPROTO_TCP;
	p[7] = HOPS;
	memcpy(p + 8, src->bytes, 16);
	memcpy(p + 24, dst->bytes, 16);
	return IPV6_BYTES;
}

size_t
packet_reset(const struct packet_flow_key *key, bool reply, uint32_t seq,
    uint8_t bytes[PACKET_RESET_BYTES])
{
	const struct address *src = reply ? &key->dst : &key->src;
	const struct address *dst = reply ? &key->src : &key->dst;
	uint32_t check = IPPROTO_TCP + TCP_BYTES;
	uint8_t *tcp;
	size_t ip;

	memset(bytes, 0, PACKET_RESET_BYTES);
	ip = put_ip(bytes, src, dst);
	tcp = bytes + ip;
	put_u16(tcp, reply ? key->dst_port : key->src_port);
	put_u16(tcp + 2, reply ? key->src_port : key->dst_port);
	put_u16(tcp + 4, seq >> 16);
	put_u16(tcp + 6, seq & 0xffff);
	tcp[12] = TCP_BYTES / 4 << 4;
	tcp[13] = RST;
	check = sum(check, src->bytes, sizeof(src->bytes));
	check = sum(check, dst->bytes, sizeof(dst->bytes));
	put_u16(tcp + 16, fold(sum(check, tcp, TCP_BYTES)));
	return ip + TCP_BYTES;
}
