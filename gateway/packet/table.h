/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_TABLE_H
#define SEKISHO_PACKET_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../base/address.h"
#include "../base/buf.h"
#include "../base/err.h"

/*
 * The gateway's nftables table as text: `table inet sekisho`. This writes it
 * and does nothing else; who loads it is sekishod (sekishod_table.h).
 *
 * Chains of hooks, in the order of a packet:
 *	prerouting	raw	is the source one of the segment it came from?
 *	forward		0	flows that were decided go on, others queue
 *	verdict		10	what came back from the queue, with its mark
 *	input, output	0	listeners, next hops, `manage`, by who and where
 *
 * The queue itself is not in the text: the chain to_queue is made empty, so
 * that all is dropped until table_queue_rule() has filled it, and a reload
 * leaves it alone.
 *
 * Named counters, stable, as SNMP and `sekisho status` show them. A dot parts
 * the words, for no segment has one in its name. A and B are segments:
 *	pair.A.B		forwarded from A to B
 *	queue.A			given to the queue, came from A
 *	drop.A.spoofed		source is not one of A
 *	drop.A.options		source route, routing header of type 0
 *	drop.A.local		link-local, multicast, broadcast from A
 *	drop.A.misrouted	would leave by A, is not addressed to A
 *	drop.A.cut		came from or would go to A, which is cut
 *	drop.A.input		to the gateway itself, from A
 *	drop.A.output		of the gateway itself, to A
 *	drop.interface		from an interface of no segment
 *	drop.output		of the gateway, to an interface of no segment
 *	drop.pair		between segments that nothing may join
 *	drop.invalid		connection tracking does not know it
 *	drop.related		an error about a flow that is not allowed now
 *	drop.nat		its destination was translated; not by us
 *	drop.cut		of a flow that was cut
 *	drop.no-verdict		came from the queue without a verdict
 * With `log`, some of each but drop.A.local are shown to sekisho-packet, as
 * evidence: see table_drop.c.
 * Flows in the flow table are not seen by pair.A.B: conntrack has them.
 */
#define TABLE_NAME		"sekisho"
#define TABLE_QUEUE_CHAIN	"to_queue"
#define TABLE_SEGMENTS_MAX	64
#define TABLE_BYTES_MAX		(16u * 1024 * 1024)	/* enough for a buf */
#define TABLE_NAME_BYTES_MAX	63		/* of a segment */
#define TABLE_UID_OTHERS	((uid_t)-1)

struct table_range {
	struct address	first;
	struct address	last;		/* same family, not below first */
};

/* Two segments cannot share an interface; none can have "lo". */
struct table_segment {
	const char		*name;		/* a-z A-Z 0-9 - _ */
	const char		*interface_name;
	uint8_t			 tier;		/* 1, 2, 3 */
	bool			 any;		/* all that no other one has */
	bool			 cut;		/* only `manage from` is left */
	const struct network	*networks;	/* unless any */
	uint32_t		 networks_n;
};

/* TCP. Peers of the other family than the address are passed over. */
struct table_listener {
	uint32_t		 segment;	/* index */
	struct address		 address;
	uint16_t		 port;
	const struct table_range *peers;
	uint32_t		 peers_n;	/* 0: nobody */
};

/* TCP, of the deliver of a segment, known by user and group. */
struct table_hop {
	uid_t			 uid;
	gid_t			 gid;
	uint32_t		 segment;
	struct address		 address;
	uint16_t		 port;
};

/* What an administrator (from) or the machine itself (to) may, and no flow. */
struct table_manage {
	bool			 from;		/* else: to */
	uint32_t		 segment;
	struct table_range	 peer;
	bool			 has_mac;	/* from only */
	uint8_t			 mac[6];
	uint8_t			 protocol;	/* IANA number */
	uint16_t		 first;		/* ports of tcp and udp, */
	uint16_t		 last;		/* types of icmp; else unused */
	uid_t			 uid;	/* to only: its user, or
					   OTHERS: all but `uids` */
};

struct table_facts {
	uint32_t		 epoch;		/* see mark.h; not 0 */
	const struct table_segment *segments;
	uint32_t		 segments_n;
	const struct table_listener *listeners;
	uint32_t		 listeners_n;
	const struct table_hop	*hops;
	uint32_t		 hops_n;
	const struct table_manage *manages;
	uint32_t		 manages_n;
	const uid_t		*uids;		/* of all our daemons */
	uint32_t		 uids_n;
	bool			 flowtable;	/* see table_has_flowtable() */
	bool			 log;		/* see table_has_log() */
};

/*
 * Write the table of the facts (all borrowed) behind what out has. The same
 * facts give the same bytes. ERR_INPUT: facts that no table can say, see
 * diag; ERR_LIMIT: more than TABLE_SEGMENTS_MAX, or out is full.
 */
enum err table_write(const struct table_facts *facts, struct buf *out,
    struct diag *diag) MUST_CHECK;

#endif
