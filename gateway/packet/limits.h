/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_LIMITS_H
#define SEKISHO_PACKET_LIMITS_H

#define PACKET_TAGS_MAX		2	/* VLAN tags: 802.1ad, then 802.1Q */
#define PACKET_EXTENSIONS_MAX	8	/* IPv6 extension headers */

/*
 * nfq: queues of a gateway, the first number; packets of one batch, that wait
 * in one queue; of a packet, what comes to us: headers and INSPECT_BYTES_MAX
 */
#define NFQ_FIRST		7100
#define NFQ_QUEUES_MAX		8
#define NFQ_BATCH		32
#define NFQ_QUEUE_MAX		8192
#define NFQ_COPY_BYTES		(16 * 1024 + 256)
#define NFQ_REPLACE_BYTES_MAX	64
#define NFQ_SOCKET_BYTES	(16 * 1024 * 1024)
/* classes of the time of a verdict; up to so much, but for the last */
#define NFQ_LATENCIES		9
#define NFQ_LATENCY_US		{ 100, 200, 500, 1000, 2000, 5000, 10000, \
				    50000 }

/*
 * log: the group of the kernel's log; of each reason, and segment, so many
 * at once and so many a second are logged, and of each so much; messages
 * that the kernel gathers, and for how long; of them a datagram; datagrams
 * of one batch.
 */
#define LOG_GROUP		7100
#define LOG_PER_S		20
#define LOG_BURST		50
#define LOG_COPY_BYTES		512
#define LOG_GATHER		16
#define LOG_GATHER_CS		10	/* 1/100 s */
#define LOG_DATAGRAM_BYTES	(16 * 1024)
#define LOG_BATCH		4
#define LOG_SOCKET_BYTES	(1024 * 1024)

/*
 * flow: how many are known at once, and of one source address; of different
 * sources. What a new one needs beyond these is refused.
 */
#define FLOWS_MAX		262144
#define FLOWS_PER_SOURCE_MAX	32768
#define FLOW_SOURCES_MAX	65536

/*
 * sample: refused packets that are kept as evidence. Of one source and
 * reason so many at once and so many a second, and of all together; buckets.
 */
#define SAMPLE_BUCKETS		4096	/* a power of 2 */
#define SAMPLE_BURST		5
#define SAMPLE_PER_S		1
#define SAMPLE_ALL_BURST	200
#define SAMPLE_ALL_PER_S	100

/*
 * scan: who is refused for so many destinations within the window scans. It
 * is said once, until there was none for so long. Sources that are watched.
 */
#define SCAN_SOURCES		1024	/* a power of 2 */
#define SCAN_TARGETS		31
#define SCAN_WINDOW_MS		10000
#define SCAN_QUIET_MS		60000

#endif
