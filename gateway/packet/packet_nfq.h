/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_NFQ_H
#define SEKISHO_PACKET_NFQ_H

#include "../base/err.h"
#include "../base/span.h"
#include "limits.h"

/*
 * Queues of the kernel (nfnetlink_queue): packets come in batches, verdicts
 * go back in batches. A packet without a verdict waits in the kernel; those
 * that wait are dropped when the process ends. Nothing is allocated after
 * packet_nfq_open().
 */

/* By which a verdict finds its packet. */
struct packet_nfq_id {
	uint32_t number;   /* on this queue */
	uint64_t taken_ns; /* when it came to us; monotonic */
};

/* One packet, valid during the callback. */
struct packet_nfq_packet {
	struct packet_nfq_id id; /* for its verdict */
	uint32_t mark; /* see mark.h */
	uint32_t in;   /* interface indexes; 0: unknown */
	uint32_t out;
	bool has_mac;
	uint8_t mac[6];    /* of who sent it to us */
	struct span bytes; /* from the IP header, maybe cut off */
	uint32_t len;      /* of all of it */
	bool	big;		/* several packets of the wire in one (GSO) */
};

struct packet_nfq;

/*
 * How long verdicts took, from the moment at which their packet was taken from
 * the queue to the one at which the kernel had them: by NFQ_LATENCY_US, and
 * not cumulative.
 */
struct packet_nfq_latency {
	uint64_t verdicts[NFQ_LATENCIES];
	uint64_t sum_ns;
};

struct packet_nfq_handler {
	void (*packet)(void *arg, struct packet_nfq *queue,
	    const struct packet_nfq_packet *packet);
	void *arg;
	struct packet_nfq_latency *latency; /* added to; NULL: nowhere */
};

/*
 * Take over queue `number` of this network namespace; at most NFQ_QUEUE_MAX
 * packets wait in it. Needs CAP_NET_ADMIN, here and for each verdict.
 * ERR_SYSTEM: EBUSY (somebody has the queue), EPERM, ...
 */
enum err packet_nfq_open(uint16_t number,
    const struct packet_nfq_handler *handler, struct packet_nfq **queue,
    struct diag *diag) MUST_CHECK;
void packet_nfq_close(struct packet_nfq *queue);
/* Readable: there is something for packet_nfq_receive(). */
int packet_nfq_fd(const struct packet_nfq *queue);

/*
 * Hand at most NFQ_BATCH packets to the handler; *more: there may be others.
 * ERR_SYSTEM: the socket is of no use any more.
 */
enum err packet_nfq_receive(
    struct packet_nfq *queue, bool *more, struct diag *diag) MUST_CHECK;

/*
 * Verdicts are gathered; packet_nfq_flush() sends them in one call. It is
 * called by packet_nfq_receive() at the end of a batch, and when there is no
 * room.
 */
void packet_nfq_accept(struct packet_nfq *queue, struct packet_nfq_id id,
    uint32_t mark);
/* It goes on with these bytes instead of its own; not if it is `big`. */
void packet_nfq_replace(struct packet_nfq *queue, struct packet_nfq_id id,
    uint32_t mark,
    struct span bytes);
void packet_nfq_drop(struct packet_nfq *queue, struct packet_nfq_id id);
void packet_nfq_flush(struct packet_nfq *queue);

struct packet_nfq_counts {
	uint64_t packets;
	uint64_t overruns; /* ENOBUFS: the kernel dropped some */
	uint64_t refused;  /* messages that make no sense */
	uint64_t unsent;   /* verdicts that could not be sent */
};
const struct packet_nfq_counts *packet_nfq_counts(
    const struct packet_nfq *queue);

#endif
