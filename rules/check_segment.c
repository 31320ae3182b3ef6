/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Segments and hosts: which addresses belong where. The narrowest network
 * decides; a segment with `network any` has what is left.
 */
#include <stdlib.h>
#include <string.h>

#include "finding_internal.h"
#include "run_internal.h"
#include "value_internal.h"

#define NETWORKS_NAMED_MAX 4	/* of a segment, in a hint */

unsigned
segment_tier(const struct statement *segment)
{
	const struct value *tier = clause_value(segment->clauses, CL_TIER, 0);

	return tier == NULL ? 0 : (unsigned)tier->number;
}

struct statement *
clause_segment(const struct statement *st, enum clause_kind kind)
{
	const struct value *value = clause_value(st->clauses, kind, 0);

	return value == NULL ? NULL : value->statement;
}

struct statement *
party_segment(struct statement *party)
{
	if (party->spec->kind == ST_SEGMENT)
		return party;
	return clause_segment(party, CL_IN);
}

const struct value *
host_addresses(const struct statement *host)
{
	return clause_value(host->clauses, CL_IN, 1);
}

struct span_of_addresses
value_addresses(const struct value *value)
{
	struct span_of_addresses s = { value->network.address,
	    value->network.address };
	unsigned bytes = s.low.family == 4 ? 4 : 16;
	unsigned whole = value->network.prefix_len / 8u;

	if (value->form == FORM_RANGE)
		s.high = *value->last;
	else if (whole < bytes) {
		s.high.bytes[whole] |= (uint8_t)(0xff >>
		    value->network.prefix_len % 8);
		memset(s.high.bytes + whole + 1, 0xff, bytes - whole - 1);
	}
	return s;
}

static bool
holds(const struct span_of_addresses *a, const struct span_of_addresses *b)
{
	return a->low.family == b->low.family &&
	    memcmp(a->low.bytes, b->low.bytes, 16) <= 0 &&
	    memcmp(a->high.bytes, b->high.bytes, 16) >= 0;
}

static bool
meets(const struct span_of_addresses *a, const struct span_of_addresses *b)
{
	return a->low.family == b->low.family &&
	    memcmp(a->low.bytes, b->high.bytes, 16) <= 0 &&
	    memcmp(a->high.bytes, b->low.bytes, 16) >= 0;
}

struct statement *
segment_of(const struct rules_run *run,
    const struct span_of_addresses *addresses, struct statement **other)
{
	const struct segment_network *best = NULL;
	struct statement *segment = run->any_segment;

	*other = NULL;
	for (uint32_t i = 0; i < run->networks_n; i++) {
		const struct segment_network *n = &run->networks[i];

		if (holds(&n->span, addresses) &&
		    (best == NULL || n->prefix_len > best->prefix_len))
			best = n;
	}
	if (best != NULL)
		segment = best->segment;
	for (uint32_t i = 0; i < run->networks_n; i++) {
		const struct segment_network *n = &run->networks[i];

		if (n->segment != segment && meets(&n->span, addresses) &&
		    !holds(&n->span, addresses))
			*other = n->segment;
	}
	return segment;
}

/* All networks of all segments in one array. False: out of memory. */
static bool
collect_networks(struct rules_run *run)
{
	const struct statements *segments = &run->kinds[ST_SEGMENT];
	uint32_t n = 0;

	for (uint32_t i = 0; i < segments->n; i++)
		for (const struct value *v = clause_value(
		    segments->at[i]->clauses, CL_NETWORK, 0); v != NULL;
		    v = v->next)
			n++;
	run->networks = run_alloc_array(run, n, sizeof(*run->networks));
	if (run->networks == NULL)
		return false;
	for (uint32_t i = 0; i < segments->n; i++) {
		struct statement *st = segments->at[i];

		for (const struct value *v = clause_value(st->clauses,
		    CL_NETWORK, 0); v != NULL; v = v->next) {
			if (v->form != FORM_ANY) {
				run->networks[run->networks_n++] =
				    (struct segment_network){ st,
				    value_addresses(v),
				    v->network.prefix_len };
			} else if (run->any_segment == NULL) {
				run->any_segment = st;
			} else
				finding_error(run, v->place, run_text(run,
				    "'%s' is that one already", run_quote(run,
				    statement_name(run->any_segment))),
				    "only one segment can be the rest of "
				    "the world");
		}
	}
	return true;
}

/* One warning for each pair of segments, in the line of the later one. */
static void
check_overlaps(struct rules_run *run)
{
	for (uint32_t i = 0; i < run->networks_n; i++) {
		const struct segment_network *a = &run->networks[i];

		for (uint32_t j = 0; j < i; j++) {
			const struct segment_network *b = &run->networks[j];

			if (!meets(&a->span, &b->span))
				continue;
			if (a->segment == b->segment) {
				finding_warning(run, statement_place(
				    a->segment), NULL, "networks of this "
				    "segment overlap");
				break;
			}
			finding_warning(run, statement_place(a->segment),
			    "an address belongs to the narrowest network; "
			    "write the networks so that they do not meet",
			    "segment '%s' overlaps segment '%s'",
			    run_quote(run, statement_name(a->segment)),
			    run_quote(run, statement_name(b->segment)));
			break;
		}
	}
}

/* Two segments on one interface cannot be told apart by where it came in. */
static void
check_interfaces(struct rules_run *run)
{
	const struct value *seen[RULES_SEGMENTS_MAX];
	unsigned n = 0;

	for (uint32_t i = 0; i < run->kinds[ST_SEGMENT].n; i++) {
		const struct value *v = clause_value(
		    run->kinds[ST_SEGMENT].at[i]->clauses, CL_INTERFACE, 0);

		if (v == NULL || span_equal(v->text, SPAN("lo")))
			continue;
		for (unsigned j = 0; j < n; j++)
			if (span_equal(seen[j]->text, v->text)) {
				finding_warning(run, v->place,
				    "give each segment an interface or VLAN "
				    "of its own", "interface '%s' is that of "
				    "another segment",
				    run_quote(run, v->text));
				break;
			}
		seen[n++] = v;
	}
}

static const char *
networks_text(struct rules_run *run, const struct statement *segment)
{
	const struct value *v = clause_value(segment->clauses, CL_NETWORK, 0);
	const char *list = NULL;
	unsigned n = 0;

	for (; v != NULL; v = v->next) {
		struct buf text;

		if (n++ == NETWORKS_NAMED_MAX)
			return run_text(run, "%s, ...", list);
		if (v->form == FORM_ANY)
			return "what no other segment has";
		buf_init(&text, RULES_QUOTE_BYTES_MAX);
		if (value_print(v, &text) == OK)
			list = run_text(run, "%s%s%.*s", list == NULL ? "" :
			    list, list == NULL ? "" : ", ", (int)text.len,
			    (const char *)text.ptr);
		buf_fini(&text);
	}
	return list;
}

/*
 * The segment with `network any` has every stray address: it is not offered
 * as the home of one that was mistyped.
 */
const char *
segment_hint(struct rules_run *run, const struct statement *segment,
    const struct statement *found)
{
	const char *networks = networks_text(run, segment);
	const char *name = run_quote(run, statement_name(segment));

	if (networks == NULL)
		return NULL;
	if (found == NULL || found == run->any_segment || found == segment)
		return run_text(run, "'%s' has %s", name, networks);
	return run_text(run, "'%s' has %s; it is in segment '%s'", name,
	    networks, run_quote(run, statement_name(found)));
}

static void
check_host(struct rules_run *run, struct statement *host)
{
	struct statement *own = party_segment(host);
	const struct value *mac = clause_value(host->clauses, CL_MAC, 0);
	const struct value *v = host_addresses(host);

	if (mac != NULL && v != NULL &&
	    (v->next != NULL || v->form != FORM_ADDRESS))
		finding_error(run, mac->place, "write one host for each "
		    "machine", "a host with a MAC address has one IP address");
	/* what a broken segment has is not known: one error is enough */
	for (; v != NULL && own != NULL && !own->broken; v = v->next) {
		struct span_of_addresses addresses = value_addresses(v);
		struct statement *other, *segment;

		segment = segment_of(run, &addresses, &other);
		if (segment != own)
			finding_error(run, v->place,
			    segment_hint(run, own, segment),
			    "the address is not in segment '%s'",
			    run_quote(run, statement_name(own)));
		else if (other != NULL)
			finding_error(run, v->place, NULL, "a part of these "
			    "addresses is in segment '%s'",
			    run_quote(run, statement_name(other)));
	}
}

struct host_mac {
	const struct statement *host;
	const struct value *mac;
	uint8_t		 family;	/* of its address */
};

static int
compare_macs(const void *left, const void *right)
{
	const struct host_mac *a = left, *b = right;
	int order = memcmp(a->mac->mac, b->mac->mac, 6);

	if (order != 0)
		return order;
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return a->host->sequence < b->host->sequence ? -1 : 1;
}

static void
report_same_mac(struct rules_run *run, const struct host_mac *at,
    const struct host_mac *other)
{
	finding_warning(run, at->mac->place, run_text(run,
	    "host '%s' (%s:%u) has it, too; unless one router stands before "
	    "both, read it from the device",
	    run_quote(run, statement_name(other->host)),
	    run->sources[other->mac->place.source].file,
	    other->mac->place.line), "two hosts have the same MAC address");
}

/*
 * A machine with an IPv4 and an IPv6 address is two hosts: within a family
 * the same MAC address is more often a line that was copied. Not always, as
 * those behind a router are seen with the router's.
 */
static void
check_macs(struct rules_run *run)
{
	const struct statements *hosts = &run->kinds[ST_HOST];
	struct host_mac *macs = run_alloc_array(run, hosts->n,
	    sizeof(*macs));
	uint32_t n = 0;

	for (uint32_t i = 0; macs != NULL && i < hosts->n; i++) {
		const struct statement *st = hosts->at[i];
		const struct value *mac = clause_value(st->clauses, CL_MAC, 0);

		if (mac != NULL && host_addresses(st) != NULL)
			macs[n++] = (struct host_mac){ st, mac,
			    host_addresses(st)->network.address.family };
	}
	if (n == 0)
		return;
	qsort(macs, n, sizeof(*macs), compare_macs);
	for (uint32_t i = 1, first = 0; i < n; i++) {
		if (macs[i].family != macs[first].family || memcmp(
		    macs[i].mac->mac, macs[first].mac->mac, 6) != 0) {
			first = i;
			continue;
		}
		if (i == first + 1)
			report_same_mac(run, &macs[first], &macs[i]);
		report_same_mac(run, &macs[i], &macs[first]);
	}
}

/* Each is compared with all networks: their number has a limit. */
static bool
addresses_counted(struct rules_run *run)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < run->kinds[ST_HOST].n; i++)
		for (const struct value *v = host_addresses(
		    run->kinds[ST_HOST].at[i]); v != NULL; v = v->next)
			if (n++ == RULES_ADDRESSES_MAX) {
				finding_error(run, v->place, "use networks "
				    "or ranges", "more than %d addresses in "
				    "all hosts", RULES_ADDRESSES_MAX);
				run->stopped = true;
				return false;
			}
	return true;
}

void
check_segments(struct rules_run *run)
{
	if (!collect_networks(run))
		return;
	if (run->networks_n > RULES_NETWORKS_MAX) {
		finding_error(run, statement_place(
		    run->networks[RULES_NETWORKS_MAX].segment), NULL,
		    "more than %d networks in all segments",
		    RULES_NETWORKS_MAX);
		run->networks_n = 0;
		run->stopped = true;
		return;
	}
	check_overlaps(run);
	check_interfaces(run);
	if (!addresses_counted(run))
		return;
	for (uint32_t i = 0; i < run->kinds[ST_HOST].n && !run->stopped; i++)
		check_host(run, run->kinds[ST_HOST].at[i]);
	check_macs(run);
}
