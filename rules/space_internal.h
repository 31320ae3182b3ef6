/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_SPACE_INTERNAL_H
#define SEKISHO_RULES_SPACE_INTERNAL_H

#include "run_internal.h"

/*
 * The space of decisions, cut into classes that no statement of the files
 * can tell apart inside. A packet is a point (source class, destination
 * class, service class); a rule is the product of a set of source classes, a
 * set of destination classes and a set of service classes. Everything exact
 * (analysis, proofs, difference) and the image itself are made of this: there
 * is one model. Finite, small, whole numbers only.
 *
 * A source class is an interval of addresses of one family together with
 * "one certain MAC address" or "any other MAC address, or none". Classes are
 * ordered: IPv4 by address, then IPv6; of one interval first the class of
 * other MACs, then those of each MAC. A destination class has no MAC. All
 * addresses of a class are of one segment.
 *
 * A service class is a set of (protocol, source port, destination port or
 * ICMP type) that the same services of all files have.
 */
struct axis_class {
	struct address	low;		/* lowest address: the example */
	struct address	high;
	uint32_t	segment;	/* index of run 0's segments, or NONE */
	bool		has_mac;
	uint8_t		mac[6];
};

struct axis {
	struct axis_class *classes;
	uint32_t	 n;
	uint32_t	 n4;		/* the first n4 are IPv4 */
};

/* The example of a service class: one of its packets, the plainest. */
struct service_class {
	uint8_t		protocol;
	uint16_t	src_port;
	uint16_t	dst_port;	/* or ICMP type */
};

/* Classes first .. end - 1. */
struct range {
	uint32_t	first;
	uint32_t	end;
};

/* Sorted, not touching each other, not empty. */
struct ranges {
	struct range	*at;
	uint32_t	 n;
};

/* Runs that are looked at together: one, or the two of a difference. */
#define SPACE_RUNS_MAX	2

/* A set of service classes: bit i of word i / 64. */
struct service_set {
	uint64_t	*bits;
	const struct value *services;	/* the list; NULL: every packet */
};

struct flow_rule {
	const struct statement *st;	/* allow or deny */
	struct ranges	 src;
	struct ranges	 dst;
	uint32_t	 set;		/* of space->sets; 0: every packet */
	bool		 allow;
	enum rules_class class;
};

/* The rules of a run in file order, without those that ended. */
struct flow_rules {
	struct flow_rule *rules;
	uint32_t	 n;
};

struct space {
	struct arena	*arena;
	const struct rules_run *runs[SPACE_RUNS_MAX];
	unsigned	 runs_n;
	struct axis	 src;
	struct axis	 dst;
	struct service_class *services;
	uint32_t	 services_n;
	uint32_t	 words;		/* of a set: (services_n + 63) / 64 */
	struct service_set *sets;
	uint32_t	 sets_n;
	struct flow_rules rules[SPACE_RUNS_MAX];
	struct space_index *index;	/* to find classes; see space.c */
};

/*
 * The space of one or two runs without errors (proofs and tests of the files
 * cut classes, too). NULL: out of memory, or RULES_CLASSES_MAX passed.
 * The runs are borrowed. With two runs segments are matched by name; an
 * address that the two put into segments of different names is in a class of
 * its own, whose `segment` is that of run 0.
 */
struct space *space_new(const struct rules_run *const *runs, unsigned n);
void space_free(struct space *space);

/*
 * The classes of a list of parties (segments, hosts, any), as in from or to.
 * with_mac: of a host with a MAC address only the class of that MAC (what an
 * `allow` and a `must` mean by it); else the host's address with every MAC.
 * In the space's arena; n is 0 only without memory.
 */
struct ranges space_sources(struct space *space, const struct value *parties,
    bool with_mac);
struct ranges space_destinations(struct space *space,
    const struct value *parties);
/* The set of a list of services; NULL: set 0, every packet. NONE: memory. */
uint32_t space_set(struct space *space, const struct value *services);

bool set_has(const struct space *space, uint32_t set, uint32_t service);

/* The classes of a packet; false: it has none (families differ). */
struct point {
	uint32_t	src;
	uint32_t	dst;
	uint32_t	service;
};
bool space_point(const struct space *space, const struct rules_packet *packet,
    struct point *point);
/* The example packet of a point. Both classes are of one family. */
void space_packet(const struct space *space, const struct point *point,
    struct rules_packet *packet);

/* The first rule of a list that matches, by walking it; NONE: none does. */
uint32_t space_first_match(const struct space *space,
    const struct flow_rules *rules, const struct point *point);

#endif
