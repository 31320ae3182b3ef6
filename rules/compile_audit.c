/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The `audit` statement to the image, in its header: there is one at most. */
#include "compile_internal.h"

static void
add_place(struct compiler *c, const struct clause *clause,
    struct image_place *place)
{
	const struct value *v = clause->values[1];
	struct span_of_addresses addresses = value_addresses(v);
	struct statement *other, *segment;

	place->address = compile_network(&v->network);
	place->port = clause->values[3] == NULL ? RULES_SYSLOG_PORT_DEFAULT :
	    (uint32_t)clause->values[3]->number;
	place->segment = RULES_NONE;
	if (image_is_loopback(&place->address))
		return;
	segment = segment_of(c->run, &addresses, &other);
	require(segment != NULL);
	place->segment = segment->index;
}

void
compile_audit(struct compiler *c, struct image_audit *audit)
{
	const struct statements *all = &c->run->kinds[ST_AUDIT];
	const struct statement *st = all->n > 0 ? all->at[0] : NULL;
	const struct clause *place;
	const struct value *v;

	if (st == NULL)
		return;
	audit->retain_days = (uint32_t)value_scaled(clause_value(st->settings,
	    CL_RETAIN, 0), 0);
	for (v = clause_value(st->settings, CL_MASK, 0); v != NULL;
	    v = v->next)
		audit->mask |= (uint32_t)v->number;
	for (place = clause_find(st->settings, CL_SYSLOG); place != NULL;
	    place = clause_next(place)) {
		require(audit->places_n < RULES_PLACES_MAX);
		add_place(c, place, &audit->places[audit->places_n++]);
	}
}
