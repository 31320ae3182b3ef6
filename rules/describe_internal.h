/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_DESCRIBE_INTERNAL_H
#define SEKISHO_RULES_DESCRIBE_INTERNAL_H

#include "space_internal.h"

/*
 * Sets of classes in the words of the files: by the names of segments, hosts
 * and services where these are exactly the set, else by addresses and ports.
 */

/* Items of a text for people; then "... and N more". */
#define DESCRIBE_ITEMS	4u
#define DESCRIBE_NAMES	8u

struct describer;

/*
 * Lives in the space's arena, and so do the texts. NULL: out of memory. Names
 * of the last run of the space go before those of the others.
 */
struct describer *describer_new(struct space *space);
/* Where texts go from now on; borrowed. */
void describe_into(struct describer *describer, struct arena *arena);

/*
 * A text for people and all addresses (networks, ranges, "A mac M") of a set
 * of classes of one family; NULL in *text: out of memory. v6: its family.
 */
struct description {
	const char	*text;
	const struct statement *name;	/* it is this one, exactly */
	const char	**items;
	uint32_t	 items_n;
};
void describe_addresses(struct describer *describer,
    const struct ranges *set, bool source, bool v6, struct description *to);
void describe_services(struct describer *describer, const uint64_t *bits,
    struct description *to);

/* Has the party classes of that family? */
bool describe_family(const struct describer *describer,
    const struct statement *party, bool source, bool v6);

/* One address, or all from low to high as a network or else as a range. */
enum err describe_span(struct buf *buf, const struct address *low,
    const struct address *high) MUST_CHECK;

#endif
