/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BENCH_RULES_BENCH_H
#define SEKISHO_BENCH_RULES_BENCH_H

#include <stddef.h>

#include "filter_set.h"

/* What bench_rules is made of: packets, and the two peers it compares with. */

#define PACKETS		(1u << 18)	/* of each traffic, seen in a circle */
#define FLOWS		(1u << 16)	/* of the skewed traffic */
/*
 * So many at once: as many as DPDK's test-acl hands over, and what a socket
 * may give in one go.
 */
#define BATCH		256u
#define BATCH_SMALL	32u

/*
 * A packet as librte_acl reads it: protocol, addresses, ports in network byte
 * order. The linear scan takes the same bytes.
 */
struct tuple {
	uint8_t		protocol;
	uint8_t		unused[3];
	uint32_t	src;
	uint32_t	dst;
	uint16_t	src_port;
	uint16_t	dst_port;
};

/* Fixed seed, the same packets on every machine. Host byte order. */
struct packet {
	uint32_t	src;
	uint32_t	dst;
	uint16_t	src_port;
	uint16_t	dst_port;
	uint8_t		protocol;
};

/* A rule picked uniformly and a random packet inside of it: PACKETS. */
void traffic_uniform(const struct filter_set *set, struct packet *packets);
/* FLOWS such packets, each as often as Zipf's law with exponent 1 says. */
void traffic_skewed(const struct filter_set *set, struct packet *packets);

/* ---- the plain scan of an array ---- */

struct linear;
struct linear *linear_new(const struct filter_set *set);
void linear_free(struct linear *linear);
size_t linear_bytes(const struct linear *linear);
/* Number of the first rule that matches, from 1; 0: none. */
uint32_t linear_classify(const struct linear *linear,
    const struct tuple *tuple);

/* ---- librte_acl ---- */

struct acl;
/* NULL: it is not installed, or it cannot; *why says so, it stays valid. */
struct acl *acl_new(const struct filter_set *set, unsigned core,
    const char **why);
size_t acl_bytes(const struct acl *acl);
/* Its algorithms: what this processor can, NULL behind the last. */
const char *acl_algorithm(unsigned i);
/* Rules as above, of n tuples; false: not with this algorithm here. */
bool acl_classify(const struct acl *acl, unsigned algorithm,
    const uint8_t **tuples, uint32_t *rules, uint32_t n);

#endif
