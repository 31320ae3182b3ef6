/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_IMAGE_INTERNAL_H
#define SEKISHO_RULES_IMAGE_INTERNAL_H

#include "../gateway/base/arena.h"
#include "limits.h"
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
#define IMAGE_VERSION	1u

enum image_table_kind {
	IMAGE_SEGMENTS,
	IMAGE_NETWORKS,		/* of segments and of accept lists */
	IMAGE_ROUTES,
	IMAGE_LISTENS,
	IMAGE_HOPS,
	IMAGE_DOMAINS,
	IMAGE_POLICIES,
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

struct image_header {
	uint64_t	magic;
	uint32_t	version;
	uint32_t	bytes;		/* of the whole image */
	struct image_string gateway;
	struct image_table tables[IMAGE_TABLES];
};

struct image_address {
	uint8_t		bytes[16];
	uint8_t		family;
	uint8_t		prefix_len;
	uint8_t		zero[6];
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

struct rules_image {
	struct arena	*arena;		/* holds this */
	const uint8_t	*bytes;
	const struct image_header *header;
};

/* Bytes of one record of each table; IMAGE_BYTES: 1. */
size_t image_record_bytes(enum image_table_kind kind);

/* Record i of a table of a checked image. */
const void *image_record(const struct rules_image *image,
    enum image_table_kind kind, uint32_t i);
struct span image_text(const struct rules_image *image,
    struct image_string string);

/* Order of domain names in the image. */
int image_compare(struct span a, struct span b);

#endif
