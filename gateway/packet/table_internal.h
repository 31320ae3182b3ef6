/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PACKET_TABLE_INTERNAL_H
#define SEKISHO_PACKET_TABLE_INTERNAL_H

#include "table.h"

/* More networks than this in a family are looked up in a set. */
#define TABLE_DIRECT_MAX	4

struct table_writer {
	const struct table_facts *facts;
	struct buf	*out;
	enum err	 err;		/* first; nothing is written then */
};

void table_put(struct table_writer *w, const char *fmt, ...) PRINTF(2, 3);

/* "ip" or "ip6". */
const char *table_family(const struct address *a);
/* A range as an element: "192.0.2.5", "192.0.2.5-192.0.2.9". */
void table_put_range(struct table_writer *w, const struct table_range *r);
/* All addresses of a family: needs no match. */
bool table_range_is_all(const struct table_range *r);

/* Does the segment have addresses of the family (4, 6)? */
bool table_segment_has(const struct table_segment *s, uint8_t family);

/* table_check.c: facts that can be said at all */
enum err table_facts_check(const struct table_facts *facts,
    struct diag *diag) MUST_CHECK;

/* table_drop.c: chains that count, log, and drop */
void table_put_drops(struct table_writer *w);

/* table_source.c: sets of networks, prerouting, from.A, to.A */
void table_put_source(struct table_writer *w);

/* table_forward.c: forward, verdict, what they stand on */
void table_put_forward(struct table_writer *w);

/* table_local.c: input and output */
void table_put_local(struct table_writer *w);

#endif
