/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who may reach the gateway itself, and what it may reach: form, the limits
 * of tier 3, and what would not do what it seems to.
 */
#include <string.h>

#include "finding_internal.h"
#include "run_internal.h"

/* ---- parties ---- */

static void
check_segment(struct rules_run *run, const struct value *v, bool from)
{
	const struct statement *segment = v->statement;
	const char *name = run_quote(run, v->text);

	if (from && segment_tier(segment) == 3)
		finding_error(run, v->place, "name the machine with 'host'; "
		    "better, manage from tier 1 or 2", "the whole segment "
		    "'%s' of tier 3 must not manage the gateway", name);
	else if (segment == run->any_segment)
		finding_error(run, v->place, "name the machines with 'host'",
		    "'%s' is the rest of the world", name);
	else if (segment_tier(segment) == 3)
		finding_warning(run, v->place, "name the machines with "
		    "'host'", "the gateway may send to all of segment '%s' "
		    "of tier 3", name);
}

/* A host of tier 3 that connects: only machines, one by one. */
static void
check_outside(struct rules_run *run, const struct value *v)
{
	const struct value *a = host_addresses(v->statement);
	const char *name = run_quote(run, v->text);

	for (; a != NULL; a = a->next) {
		struct span_of_addresses span = value_addresses(a);

		if (address_equal(&span.low, &span.high))
			continue;
		finding_error(run, v->place, "write the addresses of the "
		    "machines one by one", "'%s' is more than single "
		    "addresses of tier 3", name);
		return;
	}
	finding_warning(run, v->place, "manage the gateway from tier 1 or 2",
	    "'%s' is in tier 3: who has that machine reaches the gateway",
	    name);
}

static void
check_parties(struct rules_run *run, const struct value *parties, bool from)
{
	for (const struct value *v = parties; v != NULL; v = v->next) {
		struct statement *segment;

		if (v->form == FORM_ANY) {
			finding_error(run, v->place, "name the machines with "
			    "'host'", "'manage' does not %s 'any'", from ?
			    "come from" : "go to");
			continue;
		}
		if (v->statement == NULL || v->statement->broken)
			continue;
		segment = party_segment(v->statement);
		if (segment == v->statement)
			check_segment(run, v, from);
		else if (from && segment != NULL &&
		    segment_tier(segment) == 3)
			check_outside(run, v);
	}
}

/* The addresses of a party, or the networks of a segment. */
static const struct value *
party_addresses(const struct value *party)
{
	const struct statement *st = party->statement;

	if (st == NULL)
		return NULL;
	return st->spec->kind == ST_SEGMENT ?
	    clause_value(st->clauses, CL_NETWORK, 0) : host_addresses(st);
}

#define FAMILY_4	1u
#define FAMILY_6	2u

/* Families of the peers; reports where they are too many. */
static unsigned
count_peers(struct rules_run *run, const struct value *parties)
{
	unsigned families = 0;
	uint32_t n = 0;

	for (const struct value *v = parties; v != NULL; v = v->next)
		for (const struct value *a = party_addresses(v); a != NULL;
		    a = a->next) {
			if (a->form == FORM_ANY)
				continue;
			families |= a->network.address.family == 4 ?
			    FAMILY_4 : FAMILY_6;
			if (n++ != RULES_MANAGE_PEERS_MAX)
				continue;
			finding_error(run, v->place, "use networks or ranges",
			    "more than %d addresses in one 'manage'",
			    RULES_MANAGE_PEERS_MAX);
		}
	return families;
}

/* ---- services ---- */

static uint32_t
list_length(const struct statement *st, enum clause_kind kind)
{
	uint32_t n = 0;

	for (const struct value *v = clause_value(st->clauses, kind, 0);
	    v != NULL; v = v->next)
		n++;
	return n;
}

/* As many boxes as compile_boxes() writes. */
static uint64_t
service_ports(const struct statement *st)
{
	uint64_t sources = list_length(st, CL_SOURCE_PORT);
	uint64_t n = ((uint64_t)list_length(st, CL_TCP) +
	    list_length(st, CL_UDP)) * (sources == 0 ? 1 : sources) +
	    list_length(st, CL_ICMP) + list_length(st, CL_ICMP6);

	for (const struct value *v = clause_value(st->clauses, CL_PROTOCOL,
	    0); v != NULL; v = v->next)
		n += v->last_number - v->number + 1;
	return n;
}

/* The families that a service can be of. */
static unsigned
service_families(const struct statement *st)
{
	unsigned families = 0;

	if (clause_find(st->clauses, CL_TCP) != NULL ||
	    clause_find(st->clauses, CL_UDP) != NULL ||
	    clause_find(st->clauses, CL_PROTOCOL) != NULL)
		return FAMILY_4 | FAMILY_6;
	if (clause_find(st->clauses, CL_ICMP) != NULL)
		families |= FAMILY_4;
	if (clause_find(st->clauses, CL_ICMP6) != NULL)
		families |= FAMILY_6;
	return families;
}

static void
check_services(struct rules_run *run, const struct statement *st,
    unsigned families)
{
	const struct value *v = clause_value(st->clauses, CL_SERVICE, 0);
	uint64_t n = 0;
	bool many = false;

	for (; v != NULL; v = v->next) {
		const char *name = run_quote(run, v->text);

		if (v->statement == NULL || v->statement->broken)
			continue;
		n += service_ports(v->statement);
		if (n > RULES_MANAGE_PORTS_MAX && !many) {
			finding_error(run, v->place, "use ranges", "more "
			    "than %d ports in one 'manage'",
			    RULES_MANAGE_PORTS_MAX);
			many = true;
		}
		if (clause_find(v->statement->clauses, CL_SPEAKS) != NULL)
			finding_warning(run, v->place, "use a service "
			    "without 'speaks' here", "what service '%s' "
			    "speaks is not looked at in 'manage'", name);
		if (families != 0 && (families &
		    service_families(v->statement)) == 0)
			finding_warning(run, v->place, NULL, "service '%s' "
			    "does nothing here: all addresses are %s",
			    name, families == FAMILY_4 ? "IPv4" : "IPv6");
	}
}

/* ---- the statement ---- */

static void
check_manage(struct rules_run *run, const struct statement *st)
{
	const struct clause *from = clause_find(st->clauses, CL_FROM);
	const struct clause *to = clause_find(st->clauses, CL_TO);
	const struct value *parties;

	if (from == NULL && to == NULL)
		finding_error(run, statement_place(st), "'from' is who may "
		    "connect to the gateway, 'to' where it may connect",
		    "this 'manage' has neither 'from' nor 'to'");
	if (from != NULL && to != NULL)
		finding_error(run, to->place, "the gateway is the other end; "
		    "write one 'manage' for each direction",
		    "this 'manage' has 'from' and 'to'");
	check_until(run, st);
	if ((from == NULL) == (to == NULL))
		return;
	parties = from != NULL ? from->values[0] : to->values[0];
	check_parties(run, parties, from != NULL);
	check_services(run, st, count_peers(run, parties));
}

/* Counters and messages are by name. At most RULES_MANAGES_MAX. */
static void
check_name(struct rules_run *run, const struct statement *const *before,
    uint32_t n, const struct statement *st)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!span_equal(statement_name(before[i]),
		    statement_name(st)))
			continue;
		finding_error(run, statement_place(st), run_text(run,
		    "the first one is in %s:%u",
		    run->sources[before[i]->place.source].file,
		    before[i]->place.line), "the name of another 'manage'");
		return;
	}
}

void
check_manages(struct rules_run *run)
{
	const struct statement *manages[RULES_MANAGES_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; i < run->kinds[ST_MANAGE].n && !run->stopped;
	    i++) {
		const struct statement *st = run->kinds[ST_MANAGE].at[i];

		if (st->broken)
			continue;
		check_manage(run, st);
		check_name(run, manages, n, st);
		require(n < RULES_MANAGES_MAX);
		manages[n++] = st;
	}
}
