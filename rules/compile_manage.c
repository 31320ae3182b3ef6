/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `manage` statements to the image. Addresses and ports of each are written
 * where it is: the table of the kernel is made of them, one by one.
 */
#include <string.h>

#include "compile_internal.h"

static void
add_peer(struct compiler *c, const struct value *addresses,
    const struct statement *segment, const struct value *mac)
{
	struct span_of_addresses span = value_addresses(addresses);
	struct image_peer p = { .segment = segment->index,
	    .family = span.low.family, .has_mac = mac != NULL };

	memcpy(p.first, span.low.bytes, sizeof(p.first));
	memcpy(p.last, span.high.bytes, sizeof(p.last));
	if (mac != NULL)
		memcpy(p.mac, mac->mac, sizeof(p.mac));
	compile_add(c, IMAGE_PEERS, &p);
}

/* The MAC address counts where packets come from: there it is seen. */
static void
add_party(struct compiler *c, struct statement *party, bool from)
{
	const struct statement *segment = party_segment(party);
	const struct value *mac = from ? clause_value(party->clauses, CL_MAC,
	    0) : NULL;
	const struct value *v = party == segment ?
	    clause_value(party->clauses, CL_NETWORK, 0) :
	    host_addresses(party);

	for (; v != NULL; v = v->next)
		add_peer(c, v, segment, mac);
}

static void
add_manage(struct compiler *c, const struct statement *st)
{
	const struct value *from = clause_value(st->clauses, CL_FROM, 0), *v;
	const struct value *until = clause_value(st->clauses, CL_UNTIL, 0);
	struct image_manage m = { .line = st->place.line,
	    .from = from != NULL, .until = until == NULL ? RULES_NONE :
	    (uint32_t)until->number };

	m.name = compile_string(c, statement_name(st));
	m.file = compile_path(c, st->place.source);
	m.peers.first = compile_count(c, IMAGE_PEERS);
	for (v = from != NULL ? from : clause_value(st->clauses, CL_TO, 0);
	    v != NULL; v = v->next)
		add_party(c, v->statement, from != NULL);
	m.peers.count = compile_count(c, IMAGE_PEERS) - m.peers.first;
	m.ports.first = compile_count(c, IMAGE_BOXES);
	for (v = clause_value(st->clauses, CL_SERVICE, 0); v != NULL;
	    v = v->next)
		compile_boxes(c, v->statement);
	m.ports.count = compile_count(c, IMAGE_BOXES) - m.ports.first;
	compile_add(c, IMAGE_MANAGES, &m);
}

void
compile_manages(struct compiler *c, uint32_t *ends)
{
	const struct statements *manages = &c->run->kinds[ST_MANAGE];

	for (uint32_t i = 0; i < manages->n; i++) {
		const struct statement *st = manages->at[i];
		const struct value *until;

		if (!rule_in_force(c->run, st))
			continue;
		add_manage(c, st);
		until = clause_value(st->clauses, CL_UNTIL, 0);
		if (until != NULL && until->number < *ends)
			*ends = (uint32_t)until->number;
	}
}
