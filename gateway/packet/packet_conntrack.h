/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_CONNTRACK_H
#define SEKISHO_PACKET_CONNTRACK_H

#include "packet_flow.h"

/*
 * What the kernel knows of flows (ctnetlink): the end of each, all of them at
 * the start, and taking one away. Nothing is allocated after opening.
 */

struct packet_conntrack_entry {
	struct packet_flow_key key;	/* of the original direction */
	uint32_t	mark;		/* see mark.h */
	uint64_t	packets[2];	/* there, back; 0 without accounting */
	uint64_t	bytes[2];
	uint64_t	start_ns;	/* wall; 0 without time stamps */
	uint64_t	stop_ns;
};

struct packet_conntrack;

struct packet_conntrack_handler {
	/* the kernel has forgotten this one */
	void	(*gone)(void *arg, const struct packet_conntrack_entry *entry);
	/* one of packet_conntrack_dump() */
	void	(*entry)(void *arg,
		    const struct packet_conntrack_entry *entry);
	/* the last one was said; whole: none was left out */
	void	(*end)(void *arg, bool whole);
	void	*arg;
};

/* Needs CAP_NET_ADMIN. handler is copied. */
enum err packet_conntrack_open(const struct packet_conntrack_handler *handler,
    struct packet_conntrack **conntrack, struct diag *diag) MUST_CHECK;
void packet_conntrack_close(struct packet_conntrack *conntrack);

/* Readable: packet_conntrack_receive(). Two sockets, of events and answers. */
int packet_conntrack_event_fd(const struct packet_conntrack *conntrack);
int packet_conntrack_answer_fd(const struct packet_conntrack *conntrack);

/*
 * Hand on what has come, in portions; *more: there may be others. *lost: the
 * kernel dropped events, so that what is known must be compared with a dump.
 */
enum err packet_conntrack_receive(struct packet_conntrack *conntrack,
    bool *lost, bool *more, struct diag *diag) MUST_CHECK;

/* Ask for all entries. One dump at a time. */
enum err packet_conntrack_dump(struct packet_conntrack *conntrack,
    struct diag *diag) MUST_CHECK;

/* Take one away; that it was not there is no error. */
enum err packet_conntrack_delete(struct packet_conntrack *conntrack,
    const struct packet_flow_key *key, struct diag *diag) MUST_CHECK;

#endif
