/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_CAPTURE_TEXT_H
#define SEKISHO_CAPTURE_TEXT_H

#include "../base/address.h"
#include "../base/buf.h"

/*
 * Evidence as lines of JSON, one object a line, flat. Names of fields stay
 * what they are; new ones may come behind. Moments are milliseconds since 1970.
 * A field whose value is not known is left out.
 */

struct capture_rule {
	bool		known;
	struct span	file;
	uint32_t	line;
	struct span	name;
	const char	*class;		/* NULL: a `deny` */
};

/* Who with whom. */
struct capture_ends {
	struct span	in, out;	/* names of segments; may be empty */
	struct address	src, dst;	/* family 0: not known */
	uint8_t		protocol;
	uint16_t	src_port;	/* of icmp: not shown */
	uint16_t	dst_port;	/* of icmp: type << 8 | code */
};

/*
 * packet, time_ms, reason, rule ("FILE:LINE"), name, in, out, protocol, src,
 * src_port, dst, dst_port (icmp: type, code), bytes, missed, generation.
 * missed: so many of the same source and reason before it were not kept.
 */
struct capture_packet {
	uint64_t	number;		/* in its capture file, from 1 */
	uint64_t	wall_ms;
	const char	*reason;
	struct capture_rule rule;
	struct capture_ends ends;
	uint32_t	bytes;
	uint64_t	missed;
	uint64_t	generation;	/* of the rules; 0: not known */
};

/*
 * start_ms, end_ms, duration_ms, rule, name, class, in, out, protocol, src,
 * src_port, dst, dst_port, packets_there, bytes_there, packets_back,
 * bytes_back, cut, generation. cut: why it was ended by us; not there: it was
 * not. Bytes are those of IP packets; without the four the kernel has not
 * told. It ends when the kernel forgets it: some time after its last packet.
 * end_ms 0: it goes on, and the three that need an end are not there.
 */
struct capture_flow {
	uint64_t	start_ms;
	uint64_t	end_ms;
	struct capture_rule rule;
	struct capture_ends ends;
	bool		counted;
	uint64_t	packets[2];
	uint64_t	bytes[2];
	const char	*cut;		/* NULL: it was not */
	uint64_t	generation;
};

/*
 * time_ms, alarm ("scan"), in, protocol, src, dst, dst_port (the last of its
 * destinations), targets, window_ms.
 */
struct capture_scan {
	uint64_t	wall_ms;
	uint32_t	targets;
	uint32_t	window_ms;
	struct capture_ends ends;
};

/*
 * first_ms, last_ms, packets, then reason and all of packet that these have in
 * common: the source port is not. others: of many that were too different to
 * be told apart, instead; inside: whether their sources were.
 */
struct capture_refusals {
	uint64_t	first_ms;
	uint64_t	last_ms;
	uint64_t	packets;
	const char	*reason;
	struct capture_rule rule;
	struct capture_ends ends;
	uint64_t	generation;
	bool		others;
	bool		inside;
};

/* A line of its own behind what out has. ERR_LIMIT: out is full. */
enum err capture_packet_text(const struct capture_packet *packet,
    struct buf *out) MUST_CHECK;
enum err capture_flow_text(const struct capture_flow *flow,
    struct buf *out) MUST_CHECK;
enum err capture_refusals_text(const struct capture_refusals *refusals,
    struct buf *out) MUST_CHECK;
enum err capture_scan_text(const struct capture_scan *scan,
    struct buf *out) MUST_CHECK;

#endif
