/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_IMAGE_INTERNAL_H
#define SEKISHO_RULES_IMAGE_INTERNAL_H

#include "../gateway/base/arena.h"
#include "limits.h"
#include "key_index.h"
#include "rules.h"

/*
 * The compiled form: a header and tables of records of fixed size, one behind
 * the other without gaps, each table at a multiple of 8. Bytes of strings are
 * in the last table, each string followed by a NUL. There are no pointers;
 * records refer to records by index and count. Written and read by one build
 * on one machine: numbers are as the machine has them, padding is spelled out
 * and zero. Any change raises IMAGE_VERSION.
 */
#define IMAGE_MAGIC	0x5254434b53454b31ull
#define IMAGE_VERSION	5u

enum image_table_kind {
	IMAGE_SEGMENTS,
	IMAGE_NETWORKS,		/* of segments and of accept lists */
	IMAGE_ROUTES,
	IMAGE_LISTENS,
	IMAGE_HOPS,
	IMAGE_DOMAINS,
	IMAGE_POLICIES,
	/* the gateway itself: image_manage.c; its ports are IMAGE_BOXES */
	IMAGE_MANAGES,
	IMAGE_PEERS,
	/* packets: image_flow_internal.h */
	IMAGE_FLOWS,
	IMAGE_FLOW_SERVICES,
	IMAGE_SERVICES,
	IMAGE_BOXES,
	IMAGE_SERVERS,
	IMAGE_MACS,
	IMAGE_SRC_KEYS4,
	IMAGE_SRC_KEYS6,
	IMAGE_SOURCES,		/* of each key in order, then of each MAC */
	IMAGE_DST_KEYS4,
	IMAGE_DST_KEYS6,
	IMAGE_DESTINATIONS,	/* of each key in order */
	IMAGE_SRC_PORTS,	/* where intervals of ports begin */
	IMAGE_DST_PORTS,
	IMAGE_CELLS,
	IMAGE_SET_BITS,
	IMAGE_VERDICTS,
	IMAGE_GLOBAL,
	IMAGE_TOPS,
	IMAGE_MIDS,
	IMAGE_LEAVES,
	IMAGE_LISTS,
	IMAGE_BYTES,
	IMAGE_TABLES
};

struct image_table {
	uint32_t	offset;
	uint32_t	count;		/* of records */
};

struct image_string {
	uint32_t	offset;		/* in IMAGE_BYTES */
	uint32_t	len;		/* without its NUL */
};

/* Records first .. first + count - 1 of a table. */
struct image_range {
	uint32_t	first;
	uint32_t	count;
};

/* Sizes that belong to several tables. */
struct image_flow_header {
	uint32_t	services_n;	/* service classes */
	uint32_t	sets_n;		/* sets of service classes */
	uint32_t	kinds_n;	/* of protocols */
	uint32_t	top_n;		/* branches of a top */
	uint32_t	ends;		/* last day that it is right, or NONE */
	uint32_t	zero;
	uint8_t		kinds[256];	/* by protocol */
};

struct image_address {
	uint8_t		bytes[16];
	uint8_t		family;
	uint8_t		prefix_len;
	uint8_t		zero[6];
};

struct image_place {
	struct image_address address;
	uint32_t	port;
	uint32_t	segment;	/* or RULES_NONE: this machine */
};

/* There is one of it, whether the text has an `audit` or not. */
struct image_audit {
	uint32_t	retain_days;	/* 0: for ever */
	uint32_t	mask;
	uint32_t	places_n;	/* the others are zero */
	uint32_t	zero;
	struct image_place places[RULES_PLACES_MAX];
};

struct image_header {
	uint64_t	magic;
	uint32_t	version;
	uint32_t	bytes;		/* of the whole image */
	struct image_string gateway;
	struct image_flow_header flow;
	struct image_audit audit;
	struct image_table tables[IMAGE_TABLES];
};

struct image_segment {
	struct image_string name;
	struct image_string interface_name;
	struct image_range networks;
	uint32_t	tier;
	uint32_t	any;		/* 1: what no other segment has */
};

struct image_route {
	struct image_string name;
	uint32_t	from;
	uint32_t	to;
	uint32_t	policy;
	uint32_t	accept_any;	/* 1: the whole segment */
	struct image_range peers;
	struct image_range recipients;	/* of IMAGE_DOMAINS, sorted */
	struct image_range senders;
	struct image_range listens;
	struct image_range hops;
	uint32_t	recipients_any;
	uint32_t	senders_any;
	uint64_t	size_bytes_max;
	uint32_t	greeting_delay_ms;
	uint32_t	sessions_max;
	uint32_t	sessions_per_peer_max;
	uint32_t	recipients_max;
	uint32_t	retain_days;
	uint32_t	expire_s;
};

struct image_listen {
	struct image_address address;
	uint32_t	port;
	uint32_t	zero;
};

struct image_hop {
	struct image_address address;	/* zero for a maildir */
	struct image_string name;
	uint32_t	kind;		/* enum rules_hop_kind */
	uint32_t	port;		/* 0 for a maildir */
};

/* Lower case; each list sorted by bytes, without the same name twice. */
struct image_domain {
	struct image_string name;
	uint32_t	subdomains;	/* 1: and all below */
	uint32_t	zero;
};

struct image_policy {
	struct image_string name;
	uint8_t		body_keep, inspect, pdf, image;
	uint8_t		office, text, archive, legacy_office;
	uint8_t		encrypted, other, archive_depth, links;
	uint8_t		notice_english;
	uint8_t		zero[3];
};

struct image_manage {
	struct image_string name;
	struct image_string file;
	uint32_t	line;
	uint32_t	from;		/* 1: to the gateway; 0: it connects */
	uint32_t	until;
	uint32_t	zero;
	struct image_range peers;	/* of IMAGE_PEERS */
	struct image_range ports;	/* of IMAGE_BOXES */
};

/* Addresses that are a part of a segment, all of it in one network. */
struct image_peer {
	uint8_t		first[16];
	uint8_t		last[16];
	uint32_t	segment;
	uint8_t		family;
	uint8_t		has_mac;	/* 1: then first is last */
	uint8_t		mac[6];
	uint8_t		zero[4];
};

struct image_flow {
	struct image_string name;
	struct image_string file;
	uint32_t	line;
	uint32_t	allow;		/* 1 or 0 */
	uint32_t	class;		/* 0 for a deny */
	uint32_t	flows_max;
	uint32_t	until;
	struct image_range services;	/* of IMAGE_FLOW_SERVICES */
	uint8_t		to_mac[6];
	uint8_t		to_mac_set;
	uint8_t		zero[5];
};

/* The little of a rule that every decision needs, close together. */
static inline uint8_t
image_verdict(const struct image_flow *f)
{
	return (uint8_t)(f->class << 1 | f->allow);
}

struct image_service {
	struct image_string name;
	uint32_t	speaks;		/* enum rules_speaks */
	uint32_t	zero;
	struct image_range boxes;
	struct image_range servers;
};

/* Packets of a protocol with both ports in their intervals. */
struct image_box {
	uint32_t	protocol;
	uint16_t	src_low, src_high;
	uint16_t	dst_low, dst_high;
};

struct image_server {
	struct image_string name;	/* lower case */
	uint32_t	subdomains;	/* 1: all below, not itself */
	uint32_t	zero;
};

/* What is said of a class of addresses, in one line of the cache. */
struct image_source {
	uint32_t	row;		/* its top, by the first branch */
	uint32_t	list;		/* of rules to any */
	uint8_t		segment;	/* or IMAGE_SEGMENT_NONE */
	uint8_t		zero[7];
};

struct image_destination {
	uint32_t	list;		/* of rules from any */
	uint8_t		segment;
	uint8_t		zero[3];
};

/* Sorted by source, then by MAC; the n-th has the n-th source behind keys. */
struct image_mac {
	uint32_t	source;		/* of the address, other MACs */
	uint8_t		mac[6];
	uint8_t		zero[2];
};

struct image_key6 {
	uint64_t	high;
	uint64_t	low;
};

struct image_branch {
	uint32_t	list;
	uint32_t	next;		/* its leaf, by the first list */
};

/* The tables of packets where their bytes are. */
struct flow_view {
	struct key_index src_index4, dst_index4;
	const uint32_t	*src_keys4, *dst_keys4;
	const struct image_key6 *src_keys6, *dst_keys6;
	uint32_t	 src_n4, src_n6, dst_n4, dst_n6;	/* keys */
	const struct image_source *sources;
	const struct image_destination *destinations;
	const struct image_mac *macs;
	uint32_t	 macs_n;
	uint16_t	*src_ports, *dst_ports;	/* interval of each port */
	uint32_t	 src_ports_n, dst_ports_n;
	const uint32_t	*cells;
	const uint64_t	*set_bits;
	const uint8_t	*verdicts;	/* of each rule, and 0 */
	uint32_t	 flows_n;
	uint32_t	 set_words;
	const uint32_t	*global, *tops, *leaves, *lists;
	const struct image_branch *mids;
	bool		 one_list;	/* of a source and a destination */
	uint8_t		 tiers[256];	/* by segment; 0: no segment */
};

struct rules_image {
	struct arena	*arena;		/* holds this */
	struct arena	*index_arena;	/* holds what decisions need beside it;
					   NULL: not made yet */
	const uint8_t	*bytes;
	const struct image_header *header;
	struct flow_view flow;
};

/* image_flow.c: the tables of packets. Sets image->flow. */
bool image_flow_valid(struct rules_image *image) MUST_CHECK;
/* The interval of each port, in image->index_arena. False: no room. */
bool image_flow_ports(struct rules_image *image) MUST_CHECK;
size_t image_flow_record_bytes(enum image_table_kind kind);
/* image_manage.c: behind the segments; IMAGE_BOXES are image_flow.c's. */
bool image_manages_valid(const struct rules_image *image) MUST_CHECK;
/* image_audit.c: behind the segments. */
bool image_audit_valid(const struct rules_image *image) MUST_CHECK;
/* An address of this machine, which is of no segment. */
bool image_is_loopback(const struct image_address *a);
/* Does a class go from one tier to another? The limits between the tiers. */
bool tiers_fit(enum rules_class class, unsigned from, unsigned to);

/* image.c: pieces of records. Strings are not empty. */
bool image_range_valid(const struct rules_image *image,
    struct image_range range, enum image_table_kind kind, uint32_t max);
bool image_string_valid(const struct rules_image *image,
    struct image_string string, uint32_t max);
bool image_is_zero(const uint8_t *bytes, size_t len);

#define IMAGE_SEGMENT_NONE	255u
#define IMAGE_PORTS		65536u

/* Bytes of one record of each table; IMAGE_BYTES: 1. */
size_t image_record_bytes(enum image_table_kind kind);

/* Record i of a table of a checked image. */
const void *image_record(const struct rules_image *image,
    enum image_table_kind kind, uint32_t i);
struct span image_text(const struct rules_image *image,
    struct image_string string);
struct address image_address(const struct image_address *a);

/* Order of domain names in the image. */
int image_compare(struct span a, struct span b);

#endif
