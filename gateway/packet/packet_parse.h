/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_PARSE_H
#define SEKISHO_PACKET_PARSE_H

#include "../base/address.h"
#include "../base/err.h"
#include "limits.h"

/*
 * Fixed headers of a packet, from the link up to the ports, and nothing
 * behind them: no reassembly, no payload, no checksums. Strict: a length that
 * does not fit into what is around it ends it, with a reason. No allocation.
 */

/* What the bytes begin with. */
enum packet_link {
	PACKET_LINK_ETHERNET,	/* with 802.1Q, 802.1ad and PPPoE sessions */
	PACKET_LINK_RAW,	/* the IP header */
	PACKET_LINK_SLL,	/* Linux "cooked", version 1 */
	PACKET_LINK_SLL2,	/* version 2 */
	PACKET_LINK_NULL,	/* BSD loopback: family of either byte order */
	PACKET_LINK_PPP		/* with or without its address and control */
};

enum packet_reason {
	PACKET_OK = 0,
	PACKET_NOT_IP,		/* ARP and other protocols of the link */
	PACKET_CAPTURE_CUT,	/* what is needed was not captured */
	PACKET_LINK_SHORT,	/* ends in the header of the link */
	PACKET_LINK_TAGS,	/* more than PACKET_TAGS_MAX VLAN tags */
	PACKET_LINK_PPPOE,	/* bad version, code or length of PPPoE */
	PACKET_IP_SHORT,	/* ends in the fixed header of IP */
	PACKET_IP_VERSION,	/* not 4 or 6, or not what the link says */
	PACKET_IP_HEADER,	/* header length below 20 */
	PACKET_IP_LENGTH,	/* total length beyond the end, or too small */
	PACKET_IP_OPTIONS,	/* an option's length lies */
	PACKET_IP_FRAGMENT,	/* no multiple of 8, beyond 65535, or twice */
	PACKET_IP_EXTENSIONS,	/* more than PACKET_EXTENSIONS_MAX of them */
	PACKET_IP_EXTENSION,	/* one is beyond the end, or not in its place */
	PACKET_FIRST_FRAGMENT,	/* does not hold the whole header (RFC 7112) */
	PACKET_TCP_SHORT,
	PACKET_TCP_OFFSET,	/* data offset below 5, or beyond the end */
	PACKET_UDP_SHORT,
	PACKET_UDP_LENGTH,	/* below 8, or beyond the end */
	PACKET_ICMP_SHORT,
	PACKET_ICMP_FAMILY,	/* ICMP in IPv6, or ICMPv6 in IPv4 */
	PACKET_REASON_N
};

struct packet_facts {
	struct address	src;
	struct address	dst;
	uint8_t		mac[6];		/* of the sender on this link */
	bool		has_mac;
	uint8_t		protocol;	/* IANA number; see below */
	/* the packet is a piece; `later`: not the first, no ports known */
	bool		fragment;
	bool		later;
	uint32_t	fragment_id;
	uint16_t	src_port;	/* tcp, udp */
	uint16_t	dst_port;
	bool		syn;		/* tcp */
	bool		ack;
	bool		fin;
	bool		rst;
	bool		urg;
	uint32_t	tcp_seq;
	uint8_t		icmp_type;	/* icmp, icmp6 */
	uint8_t		icmp_code;
	uint16_t	icmp_id;	/* of an echo request or reply */
	uint32_t	ip_bytes;	/* of the packet, by its IP header */
	/* tcp, udp: what of the payload was captured, and its length on the
	 * wire; borrowed from the packet */
	struct span	payload;
	uint32_t	payload_bytes;
};

/*
 * Facts of one packet. wire_len is how long it was on the wire (at least
 * packet.len): lengths are judged by it, so that a capture with only the
 * heads of packets is read as well. On another result than PACKET_OK facts
 * are not complete and must not be used.
 *
 * protocol is that of the header behind the extension headers hop-by-hop,
 * routing, fragment and destination options; AH is a protocol as in IPv4, so
 * that a rule for 51 means the same in both families. Of a later fragment it
 * is what its fragment header says. `syn` and so on are 0 where there are
 * none.
 */
enum packet_reason packet_parse(enum packet_link link, struct span packet,
    size_t wire_len, struct packet_facts *facts) MUST_CHECK;

/* "no IP packet", "a length in the UDP header is wrong", ... Never NULL. */
const char *packet_reason_text(enum packet_reason reason);

#endif
