/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is asked of the audit log: one statement, and places for its records
 * that are within the town. What leaves this machine is not encrypted.
 */
#include "finding_internal.h"
#include "run_internal.h"
#include "value_internal.h"

#define ADDRESS	1		/* slots of grammar.c */
#define PORT	3

static uint64_t
port_of(const struct clause *place)
{
	return place->values[PORT] == NULL ? RULES_SYSLOG_PORT_DEFAULT :
	    place->values[PORT]->number;
}

static bool
is_loopback(const struct address *a)
{
	static const struct address one = { 6, { [15] = 1 } };

	return a->family == 4 ? a->bytes[0] == 127 : address_equal(a, &one);
}

static void
check_place(struct rules_run *run, const struct clause *place)
{
	const struct value *v = place->values[ADDRESS];
	struct span_of_addresses addresses = value_addresses(v);
	struct statement *other, *segment;

	if (is_loopback(&v->network.address))
		return;
	segment = segment_of(run, &addresses, &other);
	if (segment == NULL)
		finding_error(run, v->place, NULL,
		    "the receiver is in no segment");
	else if (segment_tier(segment) == 3)
		finding_error(run, v->place, "name one in tier 1 or 2, or one "
		    "on this machine that encrypts, such as 127.0.0.1",
		    "the records would cross segment '%s' of tier 3 as they "
		    "are", run_quote(run, statement_name(segment)));
}

static void
check_places(struct rules_run *run, const struct statement *st)
{
	const struct clause *c = clause_find(st->settings, CL_SYSLOG);
	const struct clause *first = c;
	unsigned n = 0;

	for (; c != NULL; c = clause_next(c)) {
		if (n++ == RULES_PLACES_MAX) {
			finding_error(run, c->place, NULL, "more than %u "
			    "'syslog'", RULES_PLACES_MAX);
			return;
		}
		check_place(run, c);
		if (c != first && port_of(c) == port_of(first) &&
		    address_equal(&c->values[ADDRESS]->network.address,
		    &first->values[ADDRESS]->network.address))
			finding_error(run, c->values[ADDRESS]->place, NULL,
			    "the same receiver twice");
	}
}

static void
check_retain(struct rules_run *run, const struct statement *st)
{
	const struct value *v = clause_value(st->settings, CL_RETAIN, 0);

	if (v != NULL && value_scaled(v, 0) < RULES_KEEP_DAYS_USUAL)
		finding_warning(run, v->place, "a year is the least that is "
		    "usual; what happened is often asked for later",
		    "the audit log is erased in less than a year");
}

void
check_audit(struct rules_run *run)
{
	const struct statements *all = &run->kinds[ST_AUDIT];

	for (uint32_t i = 0; i < all->n; i++) {
		const struct statement *st = all->at[i];

		if (i > 0)
			finding_error(run, st->place, run_text(run,
			    "the first one is in %s:%u",
			    run->sources[all->at[0]->place.source].file,
			    all->at[0]->place.line),
			    "'audit' is given twice");
		if (st->broken)
			continue;
		check_retain(run, st);
		check_places(run, st);
	}
}
