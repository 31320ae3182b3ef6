/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_DAEMON_SEKISHOD_TABLE_H
#define SEKISHO_DAEMON_SEKISHOD_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/digest.h"
#include "../base/err.h"
#include "../packet/table.h"

/*
 * The table in the kernel, of the network namespace that the caller is in.
 * All of it needs CAP_NET_ADMIN there, and blocks for the kernel (some ms).
 * Nothing is kept between calls. `text` is what table_write() made.
 */

/* Would it load? The kernel is asked; nothing changes. ERR_INPUT: see diag. */
enum err table_check(struct span text, struct diag *diag) MUST_CHECK;

/*
 * Load it in one transaction: every packet sees the old table or the new one.
 * Counters keep their values; what the new text does not have goes. The queue
 * is left as it is. ERR_INPUT: refused, diag has the first line of why, and
 * the old table is in force.
 */
enum err table_load(struct span text, struct diag *diag) MUST_CHECK;

/*
 * Fill the chain to_queue: packets go to n queues from first on, chosen by
 * their addresses, the same for both directions. No listener means drop. Does
 * nothing when it is so already. Call it after each table_load(). *native
 * (may be NULL) says whether the kernel's own expression was used, or
 * the target of xtables where it has none. ERR_SYSTEM: it has neither.
 */
enum err table_queue_rule(uint16_t first, uint16_t n, bool *native,
    struct diag *diag) MUST_CHECK;

/*
 * Can the kernel forward flows of these interfaces by a flow table? It is
 * asked. False, too, while an interface is missing.
 */
bool table_has_flowtable(const struct table_facts *facts);

/*
 * Can the kernel log packets for sekisho-packet? It is asked. Without, what
 * the table drops is counted and leaves no other evidence.
 */
bool table_has_log(void);

/*
 * Digest of the table as the kernel lists it, without values of counters and
 * handles: take it after loading, compare it later. ERR_POLICY: there is no
 * table.
 */
enum err table_digest(uint8_t digest[DIGEST_BYTES], struct diag *diag)
    MUST_CHECK;

/* Take the table away: then nothing is filtered any more. For tests. */
enum err table_unload(struct diag *diag) MUST_CHECK;

/* Each named counter, in no order. name is NUL-terminated, and borrowed. */
typedef void table_counter_fn(void *arg, const char *name, uint64_t packets,
    uint64_t bytes);
enum err table_counters(table_counter_fn *fn, void *arg, struct diag *diag)
    MUST_CHECK;

enum table_tunable_result {
	TUNABLE_WAS,		/* as it should be already */
	TUNABLE_SET,		/* now it is */
	TUNABLE_WRONG,		/* not as it should be, and it cannot be set */
	TUNABLE_MISSING		/* this kernel (or interface) has no such */
};

/* One line of the report: wanted is what for, was is before, errnum why not. */
struct table_tunable {
	const char		*name;	/* "net/ipv4/ip_forward" */
	const char		*wanted;
	const char		*was;
	const char		*is;
	enum table_tunable_result result;
	bool			 bad;	/* no gateway while it is so */
	int			 errnum;
};

/*
 * Set what the kernel must do beside the table, of the gateway and of each
 * interface of the facts, and report each line; forwarding comes last, and
 * only if the table is there (ERR_POLICY: it is not, nothing was done).
 * conntrack_max: entries, 0 leaves the kernel's. With set false it is only
 * looked at. ERR_SYSTEM: a line was bad; forwarding was not switched on then
 * (but it stays on where it was).
 */
typedef void table_tunable_fn(void *arg, const struct table_tunable *line);
enum err table_tunables(const struct table_facts *facts,
    uint32_t conntrack_max, bool set, table_tunable_fn *fn, void *arg,
    struct diag *diag) MUST_CHECK;

/*
 * Forward nothing from here on, whatever the table says: for when the kernel
 * does not take it. What a flow table carries does not ask for forwarding, so
 * with `fast` conntrack forgets all its flows as well, which takes them out of
 * there within a second. Undone by table_tunables(). The first error.
 */
enum err table_forwarding_stop(bool fast, struct diag *diag) MUST_CHECK;

#endif
