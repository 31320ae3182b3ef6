/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_LOG_H
#define SEKISHO_PACKET_LOG_H

#include "../base/err.h"
#include "../base/span.h"
#include "drop.h"
#include "limits.h"

/*
 * What the table logs of the packets that it drops (nfnetlink_log, group
 * LOG_GROUP). Nothing is allocated after packet_log_open().
 */

/* One packet, valid during the callback. */
struct packet_log_packet {
	enum drop	why;
	uint32_t	in;	/* interface indexes; 0: none */
	uint32_t	out;
	struct span	bytes;	/* from the IP header, maybe cut off */
	uint32_t	len;	/* of all of it, by its own word if cut off */
};

struct packet_log;

struct packet_log_handler {
	void (*packet)(void *arg, const struct packet_log_packet *packet);
	void *arg;
};

/*
 * Take over the group in this network namespace. Needs CAP_NET_ADMIN.
 * handler is copied. ERR_SYSTEM: the kernel has no such log, or somebody else
 * has the group (EBUSY).
 */
enum err packet_log_open(const struct packet_log_handler *handler,
    struct packet_log **log, struct diag *diag) MUST_CHECK;
void packet_log_close(struct packet_log *log);
/* Readable: there is something for packet_log_receive(). */
int packet_log_fd(const struct packet_log *log);

/*
 * Hand on at most LOG_BATCH datagrams. *lost: so many packets the kernel
 * logged in vain, for there was no room, or they made no sense; at the least.
 * ERR_SYSTEM: the socket is of no use any more.
 */
enum err packet_log_receive(struct packet_log *log, uint64_t *lost,
    struct diag *diag) MUST_CHECK;

#endif
