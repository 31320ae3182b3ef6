/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names: who defines them, who means whom, and "did you mean". The order of
 * the other checks is here too. A name may be used before its definition.
 */
#include <stdlib.h>
#include <string.h>

#include "finding_internal.h"
#include "run_internal.h"
#include "value_internal.h"

#define NAME_STEPS_MAX	64u	/* in a table of names; then by its order */

static int
compare_text(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

/* By text, then by sequence, so that the first definition is the one. */
static int
compare_names(const void *left, const void *right)
{
	const struct name *a = left, *b = right;
	int order = compare_text(a->text, b->text);

	if (order != 0)
		return order;
	return a->statement->sequence < b->statement->sequence ? -1 : 1;
}

/*
 * The slot of a name, or the free one where it would be; NULL: neither was
 * found in a few steps, as when somebody chose the names for that.
 */
static uint32_t *
name_slot(const struct name_table *table, struct span text)
{
	uint64_t h = 0xcbf29ce484222325u;	/* FNV-1a */

	for (size_t i = 0; i < text.len; i++)
		h = (h ^ text.ptr[i]) * 0x100000001b3u;
	h ^= h >> 32;
	for (uint32_t i = 0; i < NAME_STEPS_MAX; i++) {
		uint32_t *slot = &table->slots[(h + i) &
		    (table->slots_n - 1)];

		if (*slot == 0 || span_equal(table->names[*slot - 1].text,
		    text))
			return slot;
	}
	return NULL;
}

static bool
hash_names(struct rules_run *run, struct name_table *table)
{
	table->slots_n = NAME_STEPS_MAX;
	while (table->slots_n < table->n * 2)
		table->slots_n *= 2;
	table->slots = run_alloc_array(run, table->slots_n,
	    sizeof(*table->slots));
	if (table->slots == NULL)
		return false;
	for (uint32_t i = 0; i < table->n; i++) {
		uint32_t *slot = name_slot(table, table->names[i].text);

		if (slot != NULL && *slot == 0)
			*slot = i + 1;
	}
	return true;
}

/* The first of a text, by the order of the table. */
static struct statement *
name_search(const struct name_table *table, struct span text)
{
	uint32_t low = 0, high = table->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (compare_text(table->names[mid].text, text) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == table->n || !span_equal(table->names[low].text, text))
		return NULL;
	return table->names[low].statement;
}

struct statement *
name_find(const struct rules_run *run, enum name_table_kind kind,
    struct span text)
{
	const struct name_table *table = &run->names[kind];
	const uint32_t *slot;

	if (table->slots == NULL)
		return NULL;
	slot = name_slot(table, text);
	if (slot == NULL)
		return name_search(table, text);
	return *slot == 0 ? NULL : table->names[*slot - 1].statement;
}

static void
report_duplicates(struct rules_run *run, const struct name_table *table)
{
	for (uint32_t i = 1; i < table->n; i++) {
		const struct statement *st = table->names[i].statement;
		const struct statement *first = name_find(run,
		    (enum name_table_kind)(table - run->names),
		    table->names[i].text);

		if (first == st || first == NULL)
			continue;
		finding_error(run, statement_place(st), run_text(run,
		    "the first one is the %s in %s:%u", first->spec->word,
		    run->sources[first->place.source].file,
		    first->place.line), "the name '%s' is taken",
		    run_quote(run, table->names[i].text));
	}
}

/* Who defines names. */
static const enum statement_kind named[NAMES_N][2] = {
	[NAMES_PARTIES] = { ST_SEGMENT, ST_HOST },
	[NAMES_SERVICES] = { ST_SERVICE, ST_SERVICE },
	[NAMES_POLICIES] = { ST_POLICY, ST_POLICY },
	[NAMES_ROUTES] = { ST_MAIL, ST_MAIL },
};

static void
add_names(struct name_table *table, const struct statements *statements)
{
	for (uint32_t i = 0; i < statements->n; i++)
		if (statements->at[i]->head[0] != NULL)
			table->names[table->n++] = (struct name){
			    statements->at[i]->head[0]->text,
			    statements->at[i] };
}

static bool
collect_names(struct rules_run *run)
{
	for (unsigned k = 0; k < NAMES_N; k++) {
		const struct statements *first = &run->kinds[named[k][0]];
		const struct statements *second = &run->kinds[named[k][1]];
		struct name_table *table = &run->names[k];

		table->names = run_alloc_array(run, (size_t)first->n +
		    second->n, sizeof(*table->names));
		if (table->names == NULL)
			return false;
		add_names(table, first);
		if (second != first)
			add_names(table, second);
		qsort(table->names, table->n, sizeof(*table->names),
		    compare_names);
		if (!hash_names(run, table))
			return false;
	}
	for (unsigned k = 0; k < NAMES_N; k++)
		report_duplicates(run, &run->names[k]);
	return true;
}

#define KNOWN_NAMES_MAX	8	/* more are no help */

/* "known are: 'a', 'b'" when they are few; else NULL. */
static const char *
known_names(struct rules_run *run, const struct name_table *table,
    bool segments_only)
{
	const char *list = "known are:";
	unsigned n = 0;

	for (uint32_t i = 0; i < table->n && n <= KNOWN_NAMES_MAX; i++) {
		if (segments_only &&
		    table->names[i].statement->spec->kind != ST_SEGMENT)
			continue;
		list = run_text(run, "%s%s '%s'", list, n == 0 ? "" : ",",
		    run_quote(run, table->names[i].text));
		n++;
	}
	return n == 0 || n > KNOWN_NAMES_MAX ? NULL : list;
}

static void
unknown_name(struct rules_run *run, const struct value *value,
    enum name_table_kind kind, const char *what, bool segments_only)
{
	const struct name_table *table = &run->names[kind];
	struct nearest nearest;
	const char *hint;

	nearest_init(&nearest, value->text);
	for (uint32_t i = 0; i < table->n; i++)
		if (!segments_only ||
		    table->names[i].statement->spec->kind == ST_SEGMENT)
			nearest_offer(&nearest, table->names[i].text);
	hint = nearest_hint(run, &nearest);
	if (hint == NULL)
		hint = known_names(run, table, segments_only);
	finding_error(run, value->place, hint, "unknown %s '%s'", what,
	    run_quote(run, value->text));
}

static void
resolve(struct rules_run *run, struct value *value)
{
	enum name_table_kind kind = NAMES_PARTIES;
	const char *what = "host or segment";
	bool segment = false;

	switch (value->slot->kind) {
	case SLOT_SEGMENT:
		what = "segment";
		segment = true;
		break;
	case SLOT_PARTY:
	case SLOT_PEER:
		break;
	case SLOT_HOP:
		what = "host";
		break;
	case SLOT_SERVICE:
		kind = NAMES_SERVICES;
		what = "service";
		break;
	case SLOT_POLICY:
		kind = NAMES_POLICIES;
		what = "policy";
		break;
	case SLOT_END:
	case SLOT_LITERAL:
	case SLOT_WORD:
	case SLOT_NAME:
	case SLOT_STRING:
	case SLOT_ADDRESS:
	case SLOT_NETWORK:
	case SLOT_RANGE:
	case SLOT_MAC:
	case SLOT_PORT:
	case SLOT_PORTS:
	case SLOT_ICMP:
	case SLOT_PROTOCOL:
	case SLOT_NUMBER:
	case SLOT_DATE:
	case SLOT_DOMAIN:
	case SLOT_INTERFACE:
		return;		/* refers to nothing */
	}
	if (value->form != FORM_NAME)
		return;
	value->statement = name_find(run, kind, value->text);
	if (value->statement == NULL)
		unknown_name(run, value, kind, what, segment);
	else if (segment && value->statement->spec->kind != ST_SEGMENT) {
		finding_error(run, value->place, NULL,
		    "'%s' is a host; the name of a segment is needed here",
		    run_quote(run, value->text));
		value->statement = NULL;
	}
}

static void
resolve_values(struct rules_run *run, const struct clause *clause)
{
	const struct slot *slots = clause->spec->slots;

	for (unsigned i = 0; slots[i].kind != SLOT_END; i++)
		for (struct value *v = clause->values[i]; v != NULL;
		    v = v->next)
			resolve(run, v);
}

static void
resolve_all(struct rules_run *run)
{
	for (uint32_t i = 0; i < run->all.n && !run->stopped; i++) {
		const struct statement *st = run->all.at[i];

		for (struct clause *c = st->clauses; c != NULL; c = c->next)
			resolve_values(run, c);
		for (struct clause *c = st->settings; c != NULL; c = c->next)
			resolve_values(run, c);
	}
}

/* The first mail domain that is the user's own, or the empty span. */
static struct span
own_domain(const struct rules_run *run)
{
	for (uint32_t i = 0; i < run->all.n; i++) {
		const struct statement *st = run->all.at[i];
		const struct statement *from, *to;
		const struct value *own = NULL;

		if (st->spec->kind != ST_MAIL)
			continue;
		from = clause_segment(st, CL_FROM);
		to = clause_segment(st, CL_TO);
		if (from != NULL && segment_tier(from) == 3)
			own = clause_value(st->settings, CL_DOMAINS, 0);
		else if (to != NULL && segment_tier(to) == 3)
			own = clause_value(st->settings, CL_SENDER_DOMAINS,
			    0);
		if (own != NULL && span_begins(own->text, SPAN(".")))
			return span_sub(own->text, 1, own->text.len);
		if (own != NULL)
			return own->text;
	}
	return (struct span){ NULL, 0 };
}

/* A name to begin with: what the file says itself, nobody else's domain. */
static const char *
gateway_form(struct rules_run *run, struct span label)
{
	struct span domain = own_domain(run);
	const char *name = "gw1";

	if (domain_valid(label, 1))
		name = run_quote(run, label);
	if (domain.len == 0)
		return run_text(run, "for example \"%s.\" and your own domain",
		    name);
	return run_text(run, "for example \"%s.%s\"", name,
	    run_quote(run, domain));
}

static void
check_gateway(struct rules_run *run)
{
	const struct statement *first = NULL;

	for (uint32_t i = 0; i < run->kinds[ST_GATEWAY].n; i++) {
		const struct statement *st = run->kinds[ST_GATEWAY].at[i];

		if (first != NULL)
			finding_error(run, st->place, run_text(run,
			    "the first one is in %s:%u",
			    run->sources[first->place.source].file,
			    first->place.line), "'gateway' is given twice");
		else
			first = st;
		if (st->head[0] != NULL &&
		    !domain_valid(st->head[0]->text, 2))
			finding_error(run, st->head[0]->place, run_text(run,
			    "it is said in SMTP and stands in each mail, %s",
			    gateway_form(run, st->head[0]->text)),
			    "the name of the gateway is not a full host name");
	}
	if (first == NULL && run->syntax_errors == 0)
		finding_error(run, (struct place){ 0, 1, 0, 1 }, run_text(run,
		    "write 'gateway' and the host name of this machine, %s",
		    gateway_form(run, (struct span){ NULL, 0 })),
		    "no 'gateway' is given");
}

static void
check_count(struct rules_run *run, enum statement_kind kind, uint32_t max)
{
	const struct statements *all = &run->kinds[kind];

	if (all->n <= max)
		return;
	finding_error(run, all->at[max]->place, NULL, "more than %u of '%s'",
	    max, all->at[max]->spec->word);
	run->stopped = true;
}

void
check_run(struct rules_run *run)
{
	check_count(run, ST_SEGMENT, RULES_SEGMENTS_MAX);
	check_count(run, ST_HOST, RULES_HOSTS_MAX);
	check_count(run, ST_MANAGE, RULES_MANAGES_MAX);
	check_count(run, ST_MAIL, RULES_ROUTES_MAX);
	check_count(run, ST_POLICY, RULES_POLICIES_MAX);
	if (run->stopped || !collect_names(run))
		return;
	resolve_all(run);
	check_gateway(run);
	check_segments(run);
	check_mail(run);
	check_flows(run);
	check_manages(run);
	check_audit(run);
}
