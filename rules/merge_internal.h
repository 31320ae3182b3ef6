/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_MERGE_INTERNAL_H
#define SEKISHO_RULES_MERGE_INTERNAL_H

#include "walk_internal.h"

/* Boxes that are kept; a difference of more is not looked at to its end. */
#define MERGE_BOXES_MAX	1000000u
#define MERGE_REGIONS_MAX 2000000u	/* on the way to few */

/*
 * Boxes of one key (rules and outcomes before and after) become few regions:
 * a set of source classes times a set of destination classes times a set of
 * service classes. All of it is in the arena.
 */
struct region {
	struct ranges	 src;
	struct ranges	 dst;
	uint32_t	 services;	/* index of merge->sets */
	uint32_t	 rule[2];
	uint64_t	 outcome[2];
	bool		 v6;
};

struct merge {
	struct space	*space;
	struct arena	*arena;		/* borrowed */
	struct buf	 kept;
	struct kept_box	*boxes;		/* in it */
	uint32_t	 n;
	uint64_t	**sets;		/* sets of service classes, each once */
	uint32_t	*set_slots;
	uint32_t	 sets_n;
	struct buf	 room;
	struct region	*regions;	/* in it */
	uint32_t	 regions_n;
};

/* ERR_SYSTEM: out of memory. merge_fini() is needed after every return. */
enum err merge_init(struct merge *merge, struct space *space,
    struct arena *arena) MUST_CHECK;
void merge_fini(struct merge *merge);
/* Keeps a box: for walk_differences(). */
bool merge_box(void *merge, const struct walk_box *box);
/* To regions, sorted by key. */
enum err merge_regions(struct merge *merge) MUST_CHECK;

#endif
