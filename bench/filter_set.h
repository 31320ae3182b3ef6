/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BENCH_FILTER_SET_H
#define SEKISHO_BENCH_FILTER_SET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * ClassBench filter sets: a rule a line,
 *	@src/len dst/len sport : sport dport : dport proto/mask flags/mask
 * separated by tabs. TCP flags are read over: our rules are about the first
 * packet of a flow. Numbers are in host byte order.
 */
struct prefix {
	uint32_t	address;	/* bits behind len are 0 */
	uint8_t		len;		/* 0: every address */
};

struct port_range {
	uint16_t	low;
	uint16_t	high;
};

struct filter_rule {
	struct prefix	 src;
	struct prefix	 dst;
	struct port_range src_port;	/* of tcp and udp only */
	struct port_range dst_port;
	uint8_t		 protocol;
	bool		 protocol_any;
};

struct filter_set {
	struct filter_rule *filters;	/* in order: the first match decides */
	uint32_t	 n;
};

/* Reads a file, or dies. filter_set_fini() frees. */
void filter_set_read(struct filter_set *set, const char *path);
void filter_set_fini(struct filter_set *set);

/*
 * A set of n rules made of a set: fewer are taken at even distances (with the
 * last, which is where a default stands), more are copies. Every address of
 * copy k has its upper 8 bits xor-ed by a constant of k, as far as its prefix
 * reaches: that maps prefixes to prefixes of the same length and keeps which
 * one is inside which and who speaks to whom. The copies of a rule stand
 * together, so that the order inside each copy stays and a default stays
 * behind all of them. A copy that is the same rule again (no address in it)
 * is left out, so that it may become a few less than n.
 */
void filter_set_scale(const struct filter_set *set, uint32_t n,
    struct filter_set *scaled);

/* Its verdict, which ClassBench doesn't have: of rule number 0, 1, ... */
bool filter_allows(uint32_t number);

uint32_t prefix_mask(uint8_t len);
bool ports_any(const struct filter_rule *filter);

/* As ClassBench, and as a rule file of ours. */
void filter_set_write(const struct filter_set *set, FILE *out);
void filter_set_write_rules(const struct filter_set *set, FILE *out);

#endif
