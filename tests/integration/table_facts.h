/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TESTS_INTEGRATION_TABLE_FACTS_H
#define SEKISHO_TESTS_INTEGRATION_TABLE_FACTS_H

#include <stdio.h>

#include "../../gateway/packet/table.h"

/*
 * Facts from text, one a line; SEGMENT is a name that came before:
 *	epoch N
 *	flowtable
 *	uid UID
 *	segment NAME INTERFACE TIER [cut] any|NETWORK...
 *	listener SEGMENT ADDRESS PORT PEER...
 *	hop SEGMENT UID GID ADDRESS PORT
 *	from SEGMENT PEER PROTOCOL FIRST LAST [MAC]
 *	to SEGMENT PEER PROTOCOL FIRST LAST [UID]
 * A PEER is an address, or FIRST-LAST. What is wrong ends the program.
 */
#define FACTS_MAX	64
#define FACTS_EACH_MAX	64

struct facts {
	struct table_facts	facts;
	struct table_segment	segments[FACTS_MAX + 1];
	struct network		networks[FACTS_MAX + 1][FACTS_EACH_MAX];
	struct table_listener	listeners[FACTS_MAX];
	struct table_range	peers[FACTS_MAX][FACTS_EACH_MAX];
	struct table_hop	hops[FACTS_MAX];
	struct table_manage	manages[FACTS_MAX];
	uid_t			uids[FACTS_MAX];
	char			text[65536];
};

void facts_read(struct facts *facts, FILE *file);

#endif
