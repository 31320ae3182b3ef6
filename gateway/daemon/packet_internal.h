/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_DAEMON_PACKET_INTERNAL_H
#define SEKISHO_DAEMON_PACKET_INTERNAL_H

#include "../../rules/rules.h"
#include "../packet/packet_conntrack.h"
#include "../packet/packet_flow.h"
#include "../packet/packet_log.h"
#include "../packet/packet_nfq.h"
#include "../packet/packet_parse.h"
#include "../packet/packet_sample.h"
#include "../packet/packet_scan.h"
#include "../proc/counters.h"
#include "../proc/ipc.h"
#include "../proc/loop.h"
#include "limits.h"

/* sekisho-packet, private: one struct, one place for each job. */

struct packet_queue {
	struct loop_watch	 watch;		/* first */
	struct packet_nfq	*nfq;
};

/* A packet in the kernel's queue that waits for the inspector. */
struct packet_held {
	struct packet_nfq	*nfq;
	struct packet_nfq_id	 id;
	uint32_t		 flow;		/* index; its serial below */
	uint32_t		 serial;
	uint32_t		 next;		/* of the same flow, or free */
	uint32_t		 seq;		/* of its first byte */
	bool			 reply;
	bool			 big;
	bool			 answered;	/* has its verdict */
	bool			 used;
	/* its beginning, in case it is the one that ends the flow */
	uint32_t		 in, out;	/* interfaces */
	uint32_t		 len;		/* of all of it */
	uint32_t		 bytes_n;
	uint8_t			 bytes[REFUSED_TAIL_BYTES_MAX];
};

/* One interface of the kernel that a segment names. */
struct packet_interface {
	uint32_t	index;
	uint32_t	segment;
};

struct packet_gate {
	struct loop		*loop;
	struct ipc_channel	*supervisor;
	struct ipc_channel	*inspect;	/* NULL: none for now */
	struct ipc_channel	*capture;	/* the same */
	struct packet_sample	*sample;
	struct packet_scan	*scan;
	struct packet_queue	 queues[NFQ_QUEUES_MAX];
	unsigned		 queues_n;
	struct packet_conntrack	*conntrack;
	struct loop_watch	 events, answers;
	struct packet_log	*log;		/* NULL: no log in the kernel */
	struct loop_watch	 log_watch;
	bool			 log_ready;
	uint32_t		 dump;		/* number of the last one */
	uint64_t		 dump_ms;	/* its beginning */
	bool			 dumping, dump_again;
	struct packet_flows	*flows;
	/* rules in force: none while image is NULL */
	struct rules_image	*image;
	struct span		 bytes;
	uint32_t		 epoch;
	struct flow_cut		 cuts[PACKET_CUTS_MAX];
	unsigned		 cuts_n;
	struct packet_interface	 links[PACKET_LINKS_MAX];
	unsigned		 links_n;
	int			 link_socket;
	struct loop_watch	 link_watch;
	struct packet_held	 held[PACKET_HELD_MAX];
	uint32_t		 held_free;
	struct loop_timer	 late;		/* of inspected flows */
	struct loop_timer	 sweep;		/* of flows that nobody knows */
};

extern struct packet_gate gate;

/* A packet as it is decided on. */
struct packet_seen {
	struct packet_nfq		*nfq;
	const struct packet_nfq_packet	*packet;
	struct packet_facts		 facts;
	bool				 parsed;	/* facts are known */
	struct packet_flow_key		 key;	/* of its flow */
	bool				 reply;
};

/* A refused packet, wherever it was. */
struct packet_refused {
	struct address	src, dst;	/* family 0: could not be read */
	uint8_t		protocol;
	uint16_t	src_port, dst_port;
	uint32_t	in, out;	/* segments */
	uint32_t	rule;
	enum counter	why;
	bool		reply;
	struct span	bytes;
	uint32_t	len;
};

/* packet_decide.c: a packet of the queue, to its verdict */
void packet_decide(void *arg, struct packet_nfq *nfq,
    const struct packet_nfq_packet *packet);
/* The verdict of a flow for one of its packets. */
void packet_answer(const struct packet_flow *flow, struct packet_nfq *nfq,
    struct packet_nfq_id id);
/* A packet goes nowhere: counted, and shown to whom it concerns. */
void packet_refuse(const struct packet_seen *seen, enum counter why,
    uint32_t rule);

/* packet_rules.c: the rules in force, and flows when they change */
void packet_rules_take(struct ipc_message *message);
/* May this go? The rule says so, and nobody has cut it. */
bool packet_rules_allow(const struct packet_flow_key *key, uint32_t in,
    const uint8_t *mac, uint32_t *rule, enum counter *why);
/* What flows of this rule and these ports must speak, as one number; 0:
 * nothing. Equal numbers: the same protocol, and for TLS the same names. */
uint32_t packet_rules_spoken(uint32_t rule, const struct packet_flow_key *key);
void packet_rules_packet(const struct packet_flow_key *key, uint32_t in,
    const uint8_t *mac, struct rules_packet *packet);

/* packet_inspect.c: flows that are not decided yet */
void packet_inspect_peer(int fd);	/* takes fd */
void packet_inspect_begin(struct packet_flow *flow);
/* A packet of such a flow. */
void packet_inspect_packet(struct packet_seen *seen,
    struct packet_flow *flow);
/* The flow is gone, or decided otherwise: so are its held packets. */
void packet_inspect_forget(struct packet_flow *flow);

/* packet_evidence.c: what is kept of refused packets and of flows */
void packet_evidence_peer(int fd);	/* takes fd */
void packet_evidence_refused(const struct packet_seen *seen,
    enum counter why, uint32_t rule);
/* The kernel's table dropped it, and nobody asked us. */
void packet_evidence_dropped(const struct packet_log_packet *packet,
    enum counter why);
/* It ended the flow, or was the first to wait in vain. */
void packet_evidence_held(const struct packet_flow *flow,
    const struct packet_held *held, enum counter why);
/* It is allowed by its rule, from now on or again. */
void packet_evidence_allowed(struct packet_flow *flow);
/* It is over. entry: what the kernel knows of it, or NULL. */
void packet_evidence_ended(const struct packet_flow *flow,
    const struct packet_conntrack_entry *entry);

/* It goes on for long. False: nobody takes it now. */
bool packet_evidence_begun(const struct packet_flow *flow);

/* packet_audit.c: refusals and long flows, for the audit log */
void packet_audit_open(void);
void packet_audit_start(void);
void packet_audit_refused(const struct packet_refused *refused);
/* All that is counted: before rules and segments have other numbers. */
void packet_audit_flush(void);

/*
 * packet_count.c: by pair of segments, and by rule. Segments are indexes of
 * the rules in force, or RULES_NONE.
 */
void packet_count_open(void);		/* before anything else is opened */
void packet_count_rules(void);		/* gate.image is new */
/* Where the queues count how long their verdicts take. */
struct packet_nfq_latency *packet_count_latency(void);
/* The rule decided on the first packet of a flow; RULES_NONE: none did. */
void packet_count_hit(uint32_t rule);
/* One packet that goes nowhere: by its reason, and by its pair. */
void packet_count_refused(uint32_t from, uint32_t to, enum counter why);
/* A flow was added; it is cut; it is let through for good; it has a rule, from
 * now on or again; it is over (entry may be NULL). */
void packet_count_known(struct packet_flow *flow, uint32_t from, uint32_t to);
void packet_count_cut(const struct packet_flow *flow, enum counter why);
void packet_count_allowed(struct packet_flow *flow);
void packet_count_rule(struct packet_flow *flow);
void packet_count_ended(const struct packet_flow *flow,
    const struct packet_conntrack_entry *entry);

/* packet_dropped.c: what the kernel's table drops by itself */
void packet_dropped_open(void);
void packet_dropped_start(void);
/* Some of what it has told: call it when verdicts are given. */
void packet_dropped_read(void);

/* packet.c */
/* The flow is over: for the kernel, too. entry may be NULL. */
void packet_end(struct packet_flow *flow,
    const struct packet_conntrack_entry *entry);
/* Read what the kernel has said of flows so far. */
void packet_conntrack_read(void);
/* Ask for all that it knows. */
void packet_conntrack_ask(void);

/* packet_link.c: which interface belongs to which segment */
void packet_link_open(void);
void packet_link_start(void);
void packet_link_rules(void);
uint32_t packet_link_segment(uint32_t index);	/* or RULES_NONE */

/* packet_trouble.c: alarms about what has no room */
void packet_trouble_open(void);		/* before the sandbox */
void packet_trouble_start(void);

#endif
