/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_TABLE_H
#define SEKISHO_PACKET_TABLE_H

#include "../base/address.h"
#include "../base/buf.h"
#include "../base/err.h"

/*
 * The gateway's table in the kernel, as text for libnftables. Everything is
 * closed but what is said here. A pure function of facts: who loads it is
 * sekishod_table.c.
 */

#define TABLE_NAME	"sekisho"
#define TABLE_FAMILY	"inet"
#define TABLE_QUEUE_CHAIN	"to_queue"	/* filled by table_queue_rule() */

struct table_segment {
	struct span	name;
	struct span	interface_name;
	bool		any;		/* what no other segment has */
	bool		cut;		/* nothing passes but `manage` */
	const struct network *networks;
	unsigned	networks_n;
};

/* A socket that takes mail. No peers: all of its segment may connect. */
struct table_listener {
	unsigned	segment;
	struct address	address;
	uint16_t	port;
	const struct network *peers;
	unsigned	peers_n;
};

/* Where the deliver with these ids may connect to, and nobody else of ours. */
struct table_hop {
	unsigned	segment;
	uid_t		uid;
	gid_t		gid;
	struct address	address;
	uint16_t	port;
};

/* Of the machine itself: who may reach it, what it may reach. */
struct table_manage {
	bool		from;
	unsigned	segment;
	struct network	peer;
	bool		has_mac;	/* with `from` */
	uint8_t		mac[6];
	uint8_t		protocol;
	uint16_t	first, last;	/* ports, or types of ICMP */
};

struct table_facts {
	uint32_t	epoch;		/* see mark.h */
	bool		flowtable;	/* the kernel has it */
	const struct table_segment *segments;
	unsigned	segments_n;
	const struct table_listener *listeners;
	unsigned	listeners_n;
	const struct table_hop *hops;
	unsigned	hops_n;
	const struct table_manage *manages;
	unsigned	manages_n;
	/* our daemons: on loopback they reach nothing but their hops */
	const uid_t	*uids;
	unsigned	uids_n;
};

/*
 * One transaction that makes the table, or brings the one that is there to
 * this state: chains are written anew, counters keep their values. ERR_LIMIT:
 * longer than out may be.
 */
enum err table_text(const struct table_facts *facts, struct buf *out)
    MUST_CHECK;

#endif
