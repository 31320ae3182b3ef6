/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_RULES_DESCRIBE_PARTS_INTERNAL_H
#define SEKISHO_RULES_DESCRIBE_PARTS_INTERNAL_H

#include "describe_internal.h"
#include "run_internal.h"

/* What describe.c and describe_service.c share. */

/* A name and its classes of one family. */
struct named {
	const struct statement *st;
	struct ranges	 set;
	uint64_t	 size;
	bool		 any_mac;	/* a host with MAC, by its address */
	bool		 newest;
};

struct name_list {
	struct named	*at;
	uint32_t	 n;
};

struct named_service {
	const struct statement *st;
	uint32_t	 set;
	uint32_t	 size;
	uint32_t	 order;
};

struct describer {
	struct space	*space;
	struct arena	*arena;		/* of the texts */
	struct name_list sources[2];		/* IPv4, IPv6 */
	struct name_list destinations[2];
	struct named_service *services;		/* greatest first */
	uint32_t	 services_n;
	bool		 no_room;
};

bool describe_list_services(struct describer *describer);

/* Add two texts; a copy of the whole as a string, and no buf any more. */
void describe_put(struct describer *describer, struct buf *buf,
    const char *before, struct span text);
const char *describe_keep(struct describer *describer, struct buf *buf);

#endif
