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

/*
 * flow: how many are known at once, and of one source address; of different
 * sources. What a new one needs beyond these is refused.
 */
#define FLOWS_MAX		262144
#define FLOWS_PER_SOURCE_MAX	32768
#define FLOW_SOURCES_MAX	65536

#endif
