/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_SPACE_PARTS_INTERNAL_H
#define SEKISHO_RULES_SPACE_PARTS_INTERNAL_H

#include "space_internal.h"

/*
 * What space.c, space_service.c, space_rules.c and the writer of the image
 * share; analysis and difference need none of it.
 */

/* An address as a number of its family. */
struct address_key {
	uint8_t		family;
	uint64_t	high;
	uint64_t	low;
};

struct address_key address_key(const struct address *a);
struct address key_address(struct address_key key);
int key_compare(const struct address_key *a, const struct address_key *b);

/* Interval i begins at keys[i] and has the classes first[i] .. first[i+1]-1. */
struct axis_index {
	struct address_key *keys;
	uint32_t	*first;
	uint32_t	 n;
};

struct source_mac {
	struct address_key key;
	uint8_t		mac[6];
};

/*
 * Protocols fall into kinds, ports into intervals; a cell is a kind, an
 * interval of destination ports and one of source ports. All services take
 * whole cells. Cell of (kind, d, s): (kind * dst_n + d) * src_n + s.
 */
struct service_index {
	uint8_t		kinds[256];	/* by protocol */
	uint32_t	kinds_n;
	uint8_t		kind_protocol[256];	/* an example */
	uint16_t	*dst_port;	/* 65536: interval of a port */
	uint16_t	*src_port;
	uint32_t	dst_n;
	uint32_t	src_n;
	uint16_t	*dst_low;	/* lowest port of an interval */
	uint16_t	*src_low;
	uint32_t	*cells;		/* service class of each */
	uint32_t	cells_n;
};


struct space_index {
	struct axis_index src;
	struct axis_index dst;
	struct source_mac *macs;	/* sorted, once each */
	uint32_t	 macs_n;
	struct service_index services;
	struct ranges	 segments[SPACE_RUNS_MAX][2][RULES_SEGMENTS_MAX];
	struct ranges	*hosts[SPACE_RUNS_MAX][2];	/* of any MAC; noted */
	uint32_t	*set_slots;	/* hash of sets by bits: index + 1 */
	uint32_t	 set_slots_n;
	uint32_t	 sets_max;
	uint32_t	*of_service[SPACE_RUNS_MAX];	/* its set + 1 */
};

/* The run of a statement. */
unsigned space_run_of(const struct space *space, const struct statement *st);
bool space_build_services(struct space *space);
bool space_build_rules(struct space *space, unsigned run);
uint32_t space_service_of(const struct space *space, uint8_t protocol,
    uint16_t src_port, uint16_t dst_port);

#endif
