/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_DAEMON_SEKISHOD_TABLE_H
#define SEKISHO_DAEMON_SEKISHOD_TABLE_H

#include "../base/err.h"
#include "../base/span.h"

/*
 * The kernel's side of packet/table.h, by libnftables and libnftnl. It works
 * on the network namespace of the process and needs CAP_NET_ADMIN. Nothing
 * hostile is read: the text is our own.
 */

/* Would the kernel take it? Nothing changes. ERR_SYSTEM: diag has why. */
enum err table_check(struct span text, struct diag *diag) MUST_CHECK;
/* One transaction: all of it, or nothing. */
enum err table_load(struct span text, struct diag *diag) MUST_CHECK;

/*
 * Fill the chain of the queue, once: packets are spread over the queues first
 * to first + n - 1 by the processor that they come in on. Native where the
 * kernel has nft_queue, else by the NFQUEUE target of xtables; *native says
 * which. Neither has a way around a queue that nobody listens to.
 */
enum err table_queue(unsigned first, unsigned n, bool *native,
    struct diag *diag) MUST_CHECK;

/* Does the kernel have flow tables for inet? Found by trying. */
bool table_has_flowtable(void);

/* Values of named counters, in any order. */
enum err table_counters(void (*value)(void *arg, const char *name,
    uint64_t packets, uint64_t bytes), void *arg, struct diag *diag)
    MUST_CHECK;

/*
 * A setting of the kernel that we need, below /proc/sys. was and is: -1 when
 * it is not there. Told only where something was changed, or is not right.
 */
struct table_tunable {
	const char	*name;		/* "net/ipv4/ip_forward" */
	long		 wanted;
	long		 was;
	long		 is;
};
typedef void table_tunable_fn(void *arg, const struct table_tunable *);

/* All but forwarding. False: one that matters cannot be set. */
bool table_tunables(table_tunable_fn *tell, void *arg);
/* Forwarding: after the table is there, never before. */
bool table_forwarding(table_tunable_fn *tell, void *arg);

#endif
