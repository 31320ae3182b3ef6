/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SNMP_MIB_H
#define SEKISHO_SNMP_MIB_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/span.h"
#include "limits.h"

/*
 * What can be asked: one description of all tables (mib_tables.c), which the
 * writer and the reader of a snapshot, the agent and `sekisho metrics` share.
 * The words for people are in mibs/SEKISHO-MIB.txt; a test compares the two.
 */

/* In the order of a snapshot, which is that of their names. */
enum mib_id {
	MIB_APPL,		/* NETWORK-SERVICES-MIB (RFC 2788) */
	MIB_MTA,		/* MTA-MIB (RFC 2789) */
	MIB_MTA_GROUPS,		/* of it: a group is a route */
	MIB_GATEWAY,
	MIB_PROCESSES,
	MIB_PAIRS,
	MIB_REFUSALS,
	MIB_RULES,
	MIB_MAIL,
	MIB_ROUTES,
	MIB_SANITIZER,
	MIB_PACKETS,
	MIB_QUEUES,
	MIB_DISKS,
	MIB_AGENT,
	MIB_PAIR_REFUSALS,
	MIB_DROPS,
	MIB_LATENCIES,
	MIB_PARTS,		/* of mails, by format and outcome */
	MIB_SANITIZE_TIMES,
	MIB_REJECTIONS,		/* of mails, by reason */
	MIB_AUDIT,
	MIB_N
};

enum mib_type {
	MIB_INDEX,		/* not-accessible; from 1 on */
	MIB_INTEGER,		/* signed: two's complement in the cell */
	MIB_GAUGE32,		/* stays at its largest value */
	MIB_COUNTER32,		/* wraps */
	MIB_COUNTER64,
	MIB_TICKS,		/* since we started: cell in ms, or 0 */
	MIB_DATE,		/* DateAndTime: cell in ms since 1970 */
	MIB_TEXT
};

struct mib_column {
	uint32_t	 number;
	enum mib_type	 type;
	const char	*name;		/* as in the MIB, without prefix */
};

struct mib_table {
	const char	*name;		/* prefix of its columns, in lower_case
					   for metrics */
	const unsigned long *root;	/* above the columns */
	unsigned	 root_n;
	unsigned	 index_n;	/* of the first columns; 0: scalars */
	bool		 split;		/* others may have its columns, too:
					   each is registered alone */
	uint32_t	 rows_max;
	const struct mib_column *columns;
	unsigned	 columns_n;
};

const struct mib_table *mib_table(enum mib_id id);

/* Below netSnmpPlaypen until a number of our own is there. */
#define MIB_ROOT_N	11
extern const unsigned long mib_root[MIB_ROOT_N];

struct mib_value {
	enum mib_type	type;		/* never MIB_INDEX */
	uint64_t	number;
	struct span	text;		/* borrowed from the snapshot */
};

struct snapshot;

/* The value of exactly this name. False: there is none. */
bool mib_get(const struct snapshot *snapshot, const unsigned long *name,
    size_t name_n, struct mib_value *value);
/*
 * The first value behind this name, in the order of RFC 3416 4.2.2, and its
 * name (MIB_NAME_MAX arcs of room). False: it is the last one.
 */
bool mib_next(const struct snapshot *snapshot, const unsigned long *name,
    size_t name_n, unsigned long *next, size_t *next_n,
    struct mib_value *value);

/* As in RFC 3416: -1, 0, 1. */
int mib_compare(const unsigned long *a, size_t a_n, const unsigned long *b,
    size_t b_n);

#endif
