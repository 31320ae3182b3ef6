/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fixed headers of packets. What is read is always inside the bytes at hand,
 * and every length is compared with what is left of the packet on the wire
 * before it is believed. What a packet means is left to others.
 */
#include <netinet/in.h>
#include <string.h>

#include "packet_parse.h"

#define ETHERTYPE_IPV4		0x0800u
#define ETHERTYPE_IPV6		0x86ddu
#define ETHERTYPE_VLAN		0x8100u	/* 802.1Q */
#define ETHERTYPE_QINQ		0x88a8u	/* 802.1ad */
#define ETHERTYPE_PPPOE		0x8864u	/* RFC 2516, session */

#define PPP_IPV4		0x0021u	/* RFC 1332 */
#define PPP_IPV6		0x0057u	/* RFC 5072 */

#define ARPHRD_ETHERNET		1u
#define MAC_BYTES		6u

#define IPV4_HEADER_BYTES	20u
#define IPV6_HEADER_BYTES	40u
#define IP_BYTES_MAX		65535u
#define TCP_HEADER_BYTES	20u
#define UDP_HEADER_BYTES	8u
#define ICMP_HEADER_BYTES	8u	/* RFC 792; RFC 4443: none is shorter */

#define TCP_FIN			0x01u
#define TCP_SYN			0x02u
#define TCP_RST			0x04u
#define TCP_ACK			0x10u
#define TCP_URG			0x20u

/*
 * What is left: len bytes on the wire, of which have were captured. Invariant:
 * have <= len.
 */
struct cursor {
	const uint8_t	*ptr;
	size_t		 have;
	size_t		 len;
};

static enum packet_reason
need(const struct cursor *c, size_t n, enum packet_reason short_reason)
{
	if (c->len < n)
		return short_reason;
	return c->have < n ? PACKET_CAPTURE_CUT : PACKET_OK;
}

/* Only after need(), or with fewer bytes than that. */
static void
advance(struct cursor *c, size_t n)
{
	require(n <= c->have);
	c->ptr += n;
	c->have -= n;
	c->len -= n;
}

/* The packet ends here, whatever padding the link put behind it. */
static void
limit(struct cursor *c, size_t len)
{
	require(len <= c->len);
	c->len = len;
	if (c->have > len)
		c->have = len;
}

static uint16_t
get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get_u32(const uint8_t *p)
{
	return (uint32_t)get_u16(p) << 16 | get_u16(p + 2);
}

/* ---- what IP carries ---- */

/* What is behind a header of so many bytes; they may not all be captured. */
static void
take_payload(const struct cursor *c, size_t header, struct packet_facts *facts)
{
	size_t have = header < c->have ? c->have - header : 0;

	facts->payload = (struct span){ c->ptr + (c->have - have), have };
	facts->payload_bytes = (uint32_t)(c->len - header);
}

static enum packet_reason
parse_tcp(const struct cursor *c, bool whole, struct packet_facts *facts)
{
	enum packet_reason reason = need(c, TCP_HEADER_BYTES, whole ?
	    PACKET_TCP_SHORT : PACKET_FIRST_FRAGMENT);
	size_t offset;

	if (reason != PACKET_OK)
		return reason;
	offset = (size_t)(c->ptr[12] >> 4) * 4;
	if (offset < TCP_HEADER_BYTES)
		return PACKET_TCP_OFFSET;
	if (offset > c->len)
		return whole ? PACKET_TCP_OFFSET : PACKET_FIRST_FRAGMENT;
	facts->src_port = get_u16(c->ptr);
	facts->dst_port = get_u16(c->ptr + 2);
	facts->syn = (c->ptr[13] & TCP_SYN) != 0;
	facts->ack = (c->ptr[13] & TCP_ACK) != 0;
	facts->fin = (c->ptr[13] & TCP_FIN) != 0;
	facts->rst = (c->ptr[13] & TCP_RST) != 0;
	facts->urg = (c->ptr[13] & TCP_URG) != 0;
	facts->tcp_seq = get_u32(c->ptr + 4);
	take_payload(c, offset, facts);
	return PACKET_OK;
}

static enum packet_reason
parse_udp(const struct cursor *c, bool whole, struct packet_facts *facts)
{
	enum packet_reason reason = need(c, UDP_HEADER_BYTES, whole ?
	    PACKET_UDP_SHORT : PACKET_FIRST_FRAGMENT);
	size_t len;

	if (reason != PACKET_OK)
		return reason;
	len = get_u16(c->ptr + 4);
	/* that of a first fragment is of the whole datagram */
	if (len < UDP_HEADER_BYTES || (whole && len > c->len))
		return PACKET_UDP_LENGTH;
	facts->src_port = get_u16(c->ptr);
	facts->dst_port = get_u16(c->ptr + 2);
	take_payload(c, UDP_HEADER_BYTES, facts);
	/* what is behind the datagram is not of it */
	len -= UDP_HEADER_BYTES;
	if (facts->payload.len > len)
		facts->payload.len = len;
	if (facts->payload_bytes > len)
		facts->payload_bytes = (uint32_t)len;
	return PACKET_OK;
}

static enum packet_reason
parse_icmp(const struct cursor *c, bool whole, struct packet_facts *facts)
{
	enum packet_reason reason;
	bool six = facts->protocol == IPPROTO_ICMPV6;
	uint8_t request = six ? 128 : 8, reply = six ? 129 : 0;

	if (six != (facts->src.family == 6))
		return PACKET_ICMP_FAMILY;
	reason = need(c, ICMP_HEADER_BYTES, whole ? PACKET_ICMP_SHORT :
	    PACKET_FIRST_FRAGMENT);
	if (reason != PACKET_OK)
		return reason;
	facts->icmp_type = c->ptr[0];
	facts->icmp_code = c->ptr[1];
	if (facts->icmp_type == request || facts->icmp_type == reply)
		facts->icmp_id = get_u16(c->ptr + 4);
	return PACKET_OK;
}

static enum packet_reason
parse_payload(const struct cursor *c, struct packet_facts *facts)
{
	bool whole = !facts->fragment;

	if (facts->later)
		return PACKET_OK;
	switch (facts->protocol) {
	case IPPROTO_TCP:
		return parse_tcp(c, whole, facts);
	case IPPROTO_UDP:
		return parse_udp(c, whole, facts);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return parse_icmp(c, whole, facts);
	default:
		return PACKET_OK;
	}
}

/* offset in bytes; more: this is not the last fragment. */
static enum packet_reason
fragment(const struct cursor *c, size_t offset, bool more,
    struct packet_facts *facts)
{
	/* RFC 791, RFC 8200 4.5: whole units of 8 before the last one */
	if (more && c->len % 8 != 0)
		return PACKET_IP_FRAGMENT;
	if (offset + c->len > IP_BYTES_MAX)
		return PACKET_IP_FRAGMENT;
	facts->fragment = offset > 0 || more;
	facts->later = offset > 0;
	return PACKET_OK;
}

/* ---- IPv4 (RFC 791) ---- */

static enum packet_reason
check_options(const uint8_t *p, size_t len)
{
	while (len > 0 && p[0] != 0) {		/* end of the list */
		size_t n = 1;

		if (p[0] != 1) {		/* no operation */
			if (len < 2 || p[1] < 2 || p[1] > len)
				return PACKET_IP_OPTIONS;
			n = p[1];
		}
		p += n;
		len -= n;
	}
	return PACKET_OK;
}

static enum packet_reason
parse_ipv4(struct cursor *c, struct packet_facts *facts)
{
	enum packet_reason reason = need(c, IPV4_HEADER_BYTES,
	    PACKET_IP_SHORT);
	size_t header, total, offset;
	bool more;

	if (reason != PACKET_OK)
		return reason;
	if (c->ptr[0] >> 4 != 4)
		return PACKET_IP_VERSION;
	header = (size_t)(c->ptr[0] & 15) * 4;
	total = get_u16(c->ptr + 2);
	if (header < IPV4_HEADER_BYTES)
		return PACKET_IP_HEADER;
	if (total < header || total > c->len)
		return PACKET_IP_LENGTH;
	limit(c, total);
	reason = need(c, header, PACKET_IP_HEADER);
	if (reason == PACKET_OK)
		reason = check_options(c->ptr + IPV4_HEADER_BYTES,
		    header - IPV4_HEADER_BYTES);
	if (reason != PACKET_OK)
		return reason;
	facts->ip_bytes = (uint32_t)total;
	facts->protocol = c->ptr[9];
	facts->fragment_id = get_u16(c->ptr + 4);
	facts->src.family = facts->dst.family = 4;
	memcpy(facts->src.bytes, c->ptr + 12, 4);
	memcpy(facts->dst.bytes, c->ptr + 16, 4);
	more = (c->ptr[6] & 0x20) != 0;
	offset = (size_t)(get_u16(c->ptr + 6) & 0x1fff) * 8;
	advance(c, header);
	reason = fragment(c, offset, more, facts);
	return reason == PACKET_OK ? parse_payload(c, facts) : reason;
}

/* ---- IPv6 (RFC 8200) ---- */

/* A header of hop-by-hop, routing or destination options. */
static enum packet_reason
skip_extension(struct cursor *c, uint8_t *next)
{
	enum packet_reason reason = need(c, 8, PACKET_IP_EXTENSION);
	size_t len;

	if (reason != PACKET_OK)
		return reason;
	len = ((size_t)c->ptr[1] + 1) * 8;
	reason = need(c, len, PACKET_IP_EXTENSION);
	if (reason != PACKET_OK)
		return reason;
	*next = c->ptr[0];
	advance(c, len);
	return PACKET_OK;
}

static enum packet_reason
take_fragment(struct cursor *c, uint8_t *next, struct packet_facts *facts)
{
	enum packet_reason reason = need(c, 8, PACKET_IP_EXTENSION);
	size_t offset;
	bool more;

	if (reason != PACKET_OK)
		return reason;
	*next = c->ptr[0];
	offset = get_u16(c->ptr + 2) & 0xfff8u;
	more = (c->ptr[3] & 1) != 0;
	facts->fragment_id = get_u32(c->ptr + 4);
	advance(c, 8);
	return fragment(c, offset, more, facts);
}

static enum packet_reason
parse_extensions(struct cursor *c, uint8_t next, struct packet_facts *facts)
{
	enum packet_reason reason = PACKET_OK;
	bool fragmented = false;

	for (unsigned n = 0; reason == PACKET_OK && !facts->later; n++) {
		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING &&
		    next != IPPROTO_FRAGMENT && next != IPPROTO_DSTOPTS)
			break;
		if (n == PACKET_EXTENSIONS_MAX)
			return PACKET_IP_EXTENSIONS;
		/* RFC 8200 4.1: hop-by-hop options are the first, or none */
		if (next == IPPROTO_HOPOPTS && n > 0)
			return PACKET_IP_EXTENSION;
		if (next != IPPROTO_FRAGMENT) {
			reason = skip_extension(c, &next);
			/* the chain must be whole in the first fragment */
			if (reason == PACKET_IP_EXTENSION && facts->fragment)
				reason = PACKET_FIRST_FRAGMENT;
			continue;
		}
		if (fragmented)
			return PACKET_IP_FRAGMENT;
		fragmented = true;
		reason = take_fragment(c, &next, facts);
	}
	facts->protocol = next;
	return reason;
}

static enum packet_reason
parse_ipv6(struct cursor *c, struct packet_facts *facts)
{
	enum packet_reason reason = need(c, IPV6_HEADER_BYTES,
	    PACKET_IP_SHORT);
	size_t len;
	uint8_t next;

	if (reason != PACKET_OK)
		return reason;
	if (c->ptr[0] >> 4 != 6)
		return PACKET_IP_VERSION;
	len = get_u16(c->ptr + 4);
	next = c->ptr[6];
	facts->src.family = facts->dst.family = 6;
	memcpy(facts->src.bytes, c->ptr + 8, 16);
	memcpy(facts->dst.bytes, c->ptr + 24, 16);
	facts->ip_bytes = (uint32_t)(IPV6_HEADER_BYTES + len);
	advance(c, IPV6_HEADER_BYTES);
	if (len > c->len)
		return PACKET_IP_LENGTH;
	limit(c, len);
	/* no jumbograms (RFC 2675): length 0 is only right for "nothing" */
	if (len == 0 && next != IPPROTO_NONE)
		return PACKET_IP_LENGTH;
	reason = parse_extensions(c, next, facts);
	return reason == PACKET_OK ? parse_payload(c, facts) : reason;
}

/* ---- links ---- */

static enum packet_reason
parse_ip(struct cursor *c, struct packet_facts *facts)
{
	enum packet_reason reason = need(c, 1, PACKET_IP_SHORT);

	if (reason != PACKET_OK)
		return reason;
	switch (c->ptr[0] >> 4) {
	case 4:
		return parse_ipv4(c, facts);
	case 6:
		return parse_ipv6(c, facts);
	default:
		return PACKET_IP_VERSION;
	}
}

static enum packet_reason
parse_ppp_protocol(struct cursor *c, struct packet_facts *facts)
{
	enum packet_reason reason = need(c, 2, PACKET_LINK_SHORT);
	uint16_t protocol;

	if (reason != PACKET_OK)
		return reason;
	protocol = get_u16(c->ptr);
	if (protocol == PPP_IPV4 || protocol == PPP_IPV6) {
		advance(c, 2);
		return protocol == PPP_IPV4 ? parse_ipv4(c, facts) :
		    parse_ipv6(c, facts);
	}
	/* RFC 1661 6.5: the protocol in one byte, when that is odd */
	if (c->ptr[0] == PPP_IPV4 || c->ptr[0] == PPP_IPV6) {
		bool four = c->ptr[0] == PPP_IPV4;

		advance(c, 1);
		return four ? parse_ipv4(c, facts) : parse_ipv6(c, facts);
	}
	return PACKET_NOT_IP;
}

static enum packet_reason
parse_pppoe(struct cursor *c, struct packet_facts *facts)
{
	enum packet_reason reason = need(c, 6, PACKET_LINK_SHORT);
	size_t len;

	if (reason != PACKET_OK)
		return reason;
	len = get_u16(c->ptr + 4);
	if (c->ptr[0] != 0x11 || c->ptr[1] != 0 || len > c->len - 6)
		return PACKET_LINK_PPPOE;
	advance(c, 6);
	limit(c, len);
	return parse_ppp_protocol(c, facts);
}

/* type is an Ethernet type; VLAN tags begin behind it. */
static enum packet_reason
parse_ethertype(struct cursor *c, uint16_t type, struct packet_facts *facts)
{
	enum packet_reason reason;

	for (unsigned tags = 0; type == ETHERTYPE_VLAN ||
	    type == ETHERTYPE_QINQ; tags++) {
		if (tags == PACKET_TAGS_MAX)
			return PACKET_LINK_TAGS;
		reason = need(c, 4, PACKET_LINK_SHORT);
		if (reason != PACKET_OK)
			return reason;
		type = get_u16(c->ptr + 2);
		advance(c, 4);
	}
	if (type == ETHERTYPE_IPV4)
		return parse_ipv4(c, facts);
	if (type == ETHERTYPE_IPV6)
		return parse_ipv6(c, facts);
	if (type == ETHERTYPE_PPPOE)
		return parse_pppoe(c, facts);
	return PACKET_NOT_IP;
}

static enum packet_reason
parse_ethernet(struct cursor *c, struct packet_facts *facts)
{
	enum packet_reason reason = need(c, 14, PACKET_LINK_SHORT);
	uint16_t type;

	if (reason != PACKET_OK)
		return reason;
	facts->has_mac = true;
	memcpy(facts->mac, c->ptr + MAC_BYTES, MAC_BYTES);
	type = get_u16(c->ptr + 2 * MAC_BYTES);
	advance(c, 14);
	return parse_ethertype(c, type, facts);
}

/* Where the fields of the two cooked headers are. */
struct sll {
	uint8_t	bytes;
	uint8_t	type;
	uint8_t	hardware;	/* 2 bytes */
	uint8_t	address_len;
	uint8_t	address_len_bytes;
	uint8_t	address;
};

static enum packet_reason
parse_sll(struct cursor *c, const struct sll *sll, struct packet_facts *facts)
{
	enum packet_reason reason = need(c, sll->bytes, PACKET_LINK_SHORT);
	const uint8_t *p = c->ptr;
	uint16_t type;
	unsigned address_len;

	if (reason != PACKET_OK)
		return reason;
	type = get_u16(p + sll->type);
	address_len = sll->address_len_bytes == 1 ? p[sll->address_len] :
	    get_u16(p + sll->address_len);
	if (get_u16(p + sll->hardware) == ARPHRD_ETHERNET &&
	    address_len == MAC_BYTES) {
		facts->has_mac = true;
		memcpy(facts->mac, p + sll->address, MAC_BYTES);
	}
	advance(c, sll->bytes);
	return parse_ethertype(c, type, facts);
}

/* The family of IPv6 differs from one BSD to the next. */
static enum packet_reason
parse_null(struct cursor *c, struct packet_facts *facts)
{
	enum packet_reason reason = need(c, 4, PACKET_LINK_SHORT);
	uint32_t family;

	if (reason != PACKET_OK)
		return reason;
	family = get_u32(c->ptr);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	advance(c, 4);
	switch (family) {
	case 2:
		return parse_ipv4(c, facts);
	case 10:
	case 24:
	case 28:
	case 30:
		return parse_ipv6(c, facts);
	default:
		return PACKET_NOT_IP;
	}
}

static enum packet_reason
parse_ppp(struct cursor *c, struct packet_facts *facts)
{
	enum packet_reason reason = need(c, 2, PACKET_LINK_SHORT);

	if (reason != PACKET_OK)
		return reason;
	/* RFC 1662 3.1: address and control, which may be left out */
	if (c->ptr[0] == 0xff && c->ptr[1] == 0x03)
		advance(c, 2);
	return parse_ppp_protocol(c, facts);
}

enum packet_reason
packet_parse(enum packet_link link, struct span packet, size_t wire_len,
    struct packet_facts *facts)
{
	static const struct sll sll = { 16, 14, 2, 4, 2, 6 };
	static const struct sll sll2 = { 20, 0, 8, 11, 1, 12 };
	struct cursor c = { packet.ptr, packet.len, wire_len };

	if (c.len < c.have)
		c.len = c.have;
	memset(facts, 0, sizeof(*facts));
	switch (link) {
	case PACKET_LINK_ETHERNET:
		return parse_ethernet(&c, facts);
	case PACKET_LINK_RAW:
		return parse_ip(&c, facts);
	case PACKET_LINK_SLL:
		return parse_sll(&c, &sll, facts);
	case PACKET_LINK_SLL2:
		return parse_sll(&c, &sll2, facts);
	case PACKET_LINK_NULL:
		return parse_null(&c, facts);
	case PACKET_LINK_PPP:
		return parse_ppp(&c, facts);
	}
	return PACKET_NOT_IP;
}

const char *
packet_reason_text(enum packet_reason reason)
{
	switch (reason) {
	case PACKET_OK:
		return "good";
	case PACKET_NOT_IP:
		return "no IP packet";
	case PACKET_CAPTURE_CUT:
		return "headers were not captured";
	case PACKET_LINK_SHORT:
		return "ends in the header of the link";
	case PACKET_LINK_TAGS:
		return "too many VLAN tags";
	case PACKET_LINK_PPPOE:
		return "a bad PPPoE header";
	case PACKET_IP_SHORT:
		return "ends in the IP header";
	case PACKET_IP_VERSION:
		return "not the version of IP that it should be";
	case PACKET_IP_HEADER:
		return "the length of the IP header is wrong";
	case PACKET_IP_LENGTH:
		return "the length in the IP header is wrong";
	case PACKET_IP_OPTIONS:
		return "an IP option's length is wrong";
	case PACKET_IP_FRAGMENT:
		return "a fragment that cannot be";
	case PACKET_IP_EXTENSIONS:
		return "too many IPv6 extension headers";
	case PACKET_IP_EXTENSION:
		return "an IPv6 extension header is wrong";
	case PACKET_FIRST_FRAGMENT:
		return "a first fragment without the whole header";
	case PACKET_TCP_SHORT:
		return "ends in the TCP header";
	case PACKET_TCP_OFFSET:
		return "the length of the TCP header is wrong";
	case PACKET_UDP_SHORT:
		return "ends in the UDP header";
	case PACKET_UDP_LENGTH:
		return "the length in the UDP header is wrong";
	case PACKET_ICMP_SHORT:
		return "ends in the ICMP header";
	case PACKET_ICMP_FAMILY:
		return "ICMP of the other IP version";
	case PACKET_REASON_N:
		break;
	}
	return "?";
}
