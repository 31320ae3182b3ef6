/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PROC_PACKET_COUNTS_H
#define SEKISHO_PROC_PACKET_COUNTS_H

#include "counters.h"

/*
 * What sekisho-packet counts beside its page of counters: by pair of segments,
 * by rule, and how long its verdicts took. One memory file for the whole life
 * of the gateway: each sekisho-packet goes on where the one before it was
 * killed, so nothing is lost and nothing is added up by somebody else. One
 * writer, who adds without locks; the supervisor reads.
 *
 * Segments and rules are known by their names, so that new rules move
 * nothing. A place of the table is looked for when the rules come, and is an
 * index from then on.
 */
#define COUNTS_SEGMENTS		128	/* place 0: of no segment */
#define COUNTS_RULES		(1u << 18)
#define COUNTS_RULES_TAKEN_MAX	(COUNTS_RULES / 4 * 3)
#define COUNTS_SAME_NAME_MAX	64	/* rules; the others share a place */
#define COUNTS_NONE		UINT32_MAX
#define COUNTS_LATENCIES	9
#define COUNTS_REASONS		(COUNTER_DROPPED_NO_VERDICT - \
				    COUNTER_REFUSED_RULE + 1)

struct counts_pair {
	uint64_t	flows;		/* that were let through */
	uint64_t	open;		/* of all that are known, those now */
	uint64_t	refused[COUNTS_REASONS];
};

struct counts_rule {
	uint64_t	key;		/* 0: free */
	uint64_t	hits;
	uint64_t	last_ms;	/* wall, of the last hit */
	uint64_t	packets, bytes;	/* of flows that have ended */
};

struct counts_latency {
	uint64_t	verdicts[COUNTS_LATENCIES];	/* not cumulative */
	uint64_t	sum_ns;
};

struct packet_counts {
	uint64_t	segments[COUNTS_SEGMENTS];	/* keys; 0: free */
	struct counts_latency latency;
	uint64_t	rules_taken;
	struct counts_pair pairs[COUNTS_SEGMENTS][COUNTS_SEGMENTS];
	struct counts_rule rules[COUNTS_RULES];
};

/* Descriptor of a memory file, its size sealed; -1: see errno. */
int packet_counts_create(void);
/* NULL: it is not one. The descriptor may be closed then. */
struct packet_counts *packet_counts_map(int fd);
const struct packet_counts *packet_counts_map_read(int fd);

static inline void
counts_add(uint64_t *cell, uint64_t n)
{
	__atomic_store_n(cell, *cell + n, __ATOMIC_RELAXED);
}

static inline void
counts_set(uint64_t *cell, uint64_t n)
{
	__atomic_store_n(cell, n, __ATOMIC_RELAXED);
}

static inline uint64_t
counts_get(const uint64_t *cell)
{
	return __atomic_load_n(cell, __ATOMIC_RELAXED);
}

/*
 * Places of the names of one set of rules, in its order: rules of the same
 * name each get their own. Zeroed at first; counts_names_begin() for each set.
 */
struct counts_names {
	uint32_t	round;
	uint32_t	seen[COUNTS_RULES];	/* in this round */
};
void counts_names_begin(struct counts_names *names);
/* The next rule's place. COUNTS_NONE: it has none (yet). */
uint32_t counts_rule_find(const struct packet_counts *counts,
    struct counts_names *names, struct span name);
/* The same, and takes one; COUNTS_NONE: COUNTS_RULES_TAKEN_MAX are taken. */
uint32_t counts_rule_take(struct packet_counts *counts,
    struct counts_names *names, struct span name);

/* 0: it has none (yet). */
uint32_t counts_segment_find(const struct packet_counts *counts,
    struct span name);
/*
 * Takes a place. When there is none left, that of a segment that is not among
 * the n names that are in use is cleared for it; 0: all of them are.
 */
uint32_t counts_segment_take(struct packet_counts *counts, struct span name,
    const struct span *names, uint32_t n);

#endif
