/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_DAEMON_SEKISHOD_TABLE_INTERNAL_H
#define SEKISHO_DAEMON_SEKISHOD_TABLE_INTERNAL_H

#include "sekishod_table.h"

/*
 * Commands that clear the way in the kernel for text: what the table has now
 * goes, but the hooks, the queue's chain, and counters that text has, too.
 */
enum err table_clear_way(struct span text, struct buf *commands,
    struct diag *diag) MUST_CHECK;

/* What the chain of the queue has, in a line; "" when it is empty. */
enum err table_queue_text(struct buf *out, struct diag *diag) MUST_CHECK;

/* Is there a table? ERR_POLICY: no. */
enum err table_there(struct diag *diag) MUST_CHECK;

/* One dump of nfnetlink: each message of it to fn. */
struct nlmsghdr;
typedef enum err table_message_fn(void *arg, const struct nlmsghdr *message);
enum err table_dump(uint16_t message_type, table_message_fn *fn, void *arg,
    struct diag *diag) MUST_CHECK;

/* Take every flow from conntrack, and so from flow tables. */
enum err table_flows_forget(struct diag *diag) MUST_CHECK;

#endif
