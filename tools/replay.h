/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TOOLS_REPLAY_H
#define SEKISHO_TOOLS_REPLAY_H

#include "../gateway/base/arena.h"
#include "../gateway/packet/packet_parse.h"
#include "../rules/rules.h"

/*
 * The flows of a capture. Both directions of a conversation are one flow.
 * The client is who sent the first packet that was seen, and in TCP rather
 * who sent the SYN.
 */
#define REPLAY_FLOWS_MAX	262144u	/* then packets are only counted */

struct replay_end {
	struct address	address;
	uint16_t	port;		/* tcp, udp; id of an ICMP echo */
};

struct replay_flow {
	struct replay_end client;
	struct replay_end server;
	uint8_t		protocol;
	bool		echo;		/* ICMP echo, request or reply */
	uint8_t		icmp_type;	/* of the first packet */
	bool		has_mac;	/* of the client, when it was seen */
	uint8_t		mac[6];
	bool		middle;		/* TCP without its SYN */
	uint64_t	packets;
	uint64_t	bytes;		/* on the wire */
	struct rules_decision decision;
};

struct replay {
	const struct rules_image *image;
	struct arena	*arena;
	struct replay_flow *flows;	/* in the order of their beginnings */
	uint32_t	 flows_n;
	uint32_t	*slots;		/* hash: index + 1 */
	uint64_t	 secret;	/* of the hash: captures are hostile */
	uint64_t	 packets;
	uint64_t	 bytes;
	uint64_t	 broken[PACKET_REASON_N];	/* packets, by reason */
	uint64_t	 later;		/* fragments without ports */
	uint64_t	 beyond;	/* packets of flows that had no room */
	const char	*link_name;
	const char	*trouble;	/* why reading ended early, or NULL */
};

/* ERR_SYSTEM: out of memory. replay_fini() is needed after every return. */
enum err replay_init(struct replay *replay, const struct rules_image *image)
    MUST_CHECK;
void replay_fini(struct replay *replay);

/* One packet, as packet_parse() takes it. */
void replay_packet(struct replay *replay, enum packet_link link,
    struct span packet, size_t wire_len);

/* Decide all flows, each once. */
void replay_decide(struct replay *replay);

/* The packet that a flow is decided by. */
void replay_flow_packet(const struct replay_flow *flow,
    struct rules_packet *packet);

/* Packets that belong to no flow because they are broken or no IP. */
uint64_t replay_broken(const struct replay *replay);

/* Refused flows to one server and port, the most frequent first. */
struct replay_refused {
	const struct replay_flow *example;
	uint64_t	flows;
	uint64_t	packets;
};
/* In the arena; *n gets how many there are. NULL: out of memory. */
struct replay_refused *replay_refused(struct replay *replay, uint32_t *n);

/* Flows, packets and bytes by rule. */
struct replay_sum {
	uint64_t	flows;
	uint64_t	packets;
	uint64_t	bytes;
};
struct replay_sums {
	struct replay_sum *rules;	/* by index of rules_flow() */
	struct replay_sum allow;
	struct replay_sum deny;
	struct replay_sum no_rule;	/* of deny: none matched */
	uint64_t	middle;		/* flows that began before */
};
/* In the arena. ERR_SYSTEM: out of memory. */
enum err replay_sum(struct replay *replay, struct replay_sums *sums)
    MUST_CHECK;

/* The report; top: how many of the refused flows. */
enum err replay_text(struct replay *replay, uint32_t top, struct buf *out)
    MUST_CHECK;
enum err replay_json(struct replay *replay, const char *capture,
    uint32_t top, struct buf *out) MUST_CHECK;

/* "tcp", "icmp6", or the number. */
#define PROTOCOL_TEXT_BYTES	12
void protocol_text(uint8_t protocol, char text[PROTOCOL_TEXT_BYTES]);
/* Has it ports? */
bool protocol_ports(uint8_t protocol);

/*
 * From here on this process can read and write what it has open, take
 * memory up to a limit, and end. libpcap reads a hostile file next.
 */
enum err replay_sandbox(struct diag *diag) MUST_CHECK;

#endif
