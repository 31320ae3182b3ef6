/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hosts whose addresses overlap, and hosts and services that nothing uses.
 */
#include <stdlib.h>
#include <string.h>

#include "analyse_internal.h"
#include "finding_internal.h"

/* ---- overlaps ---- */

struct host_span {
	struct span_of_addresses span;
	const struct statement *host;
	const struct value *value;
};

static int
compare_addresses(const struct address *a, const struct address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static int
compare_spans(const void *left, const void *right)
{
	const struct host_span *a = left, *b = right;
	int order = compare_addresses(&a->span.low, &b->span.low);

	if (order != 0)
		return order;
	return a->host->sequence < b->host->sequence ? -1 :
	    a->host->sequence > b->host->sequence;
}

static uint32_t
collect_spans(struct rules_run *run, struct host_span **spans)
{
	const struct statements *hosts = &run->kinds[ST_HOST];
	uint32_t n = 0;

	for (uint32_t i = 0; i < hosts->n; i++)
		for (const struct value *v = host_addresses(hosts->at[i]);
		    v != NULL; v = v->next)
			n++;
	*spans = run_alloc_array(run, n + 1u, sizeof(**spans));
	if (*spans == NULL)
		return 0;
	n = 0;
	for (uint32_t i = 0; i < hosts->n; i++)
		for (const struct value *v = host_addresses(hosts->at[i]);
		    v != NULL; v = v->next)
			(*spans)[n++] = (struct host_span){
			    value_addresses(v), hosts->at[i], v };
	qsort(*spans, n, sizeof(**spans), compare_spans);
	return n;
}

static void
report_overlap(struct rules_run *run, const struct host_span *a,
    const struct host_span *b)
{
	const struct address *low = &b->span.low;	/* b begins later */
	char text[ADDRESS_TEXT_BYTES];
	const struct host_span *later = a, *first = b;

	if (a->host->sequence < b->host->sequence) {
		later = b;
		first = a;
	}
	address_text(low, text);
	finding_warning(run, later->value->place, run_text(run,
	    "both have %s; a rule for one is a rule for the other there",
	    text), "host '%s' overlaps host '%s' (%s:%u)",
	    run_quote(run, statement_name(later->host)),
	    run_quote(run, statement_name(first->host)),
	    run->sources[first->host->place.source].file,
	    first->host->place.line);
}

/*
 * Sorted by where they begin; those before that have not ended are open. The
 * pairs that are looked at are those that overlap, until the limit.
 */
static void
host_overlaps(struct rules_run *run)
{
	struct host_span *spans;
	uint32_t n = collect_spans(run, &spans), open_n = 0, found = 0;
	uint32_t steps = 0;
	uint32_t *open = run_alloc_array(run, n + 1u, sizeof(*open));
	const struct statement *more = NULL;

	for (uint32_t i = 0; open != NULL && i < n &&
	    steps < ANALYSE_STEPS_MAX; i++) {
		uint32_t kept = 0;

		steps += open_n;

		for (uint32_t o = 0; o < open_n; o++) {
			const struct host_span *b = &spans[open[o]];

			if (compare_addresses(&b->span.high,
			    &spans[i].span.low) < 0)
				continue;
			open[kept++] = open[o];
			if (b->host == spans[i].host)
				continue;
			if (found++ < ANALYSE_SHOWN_MAX)
				report_overlap(run, b, &spans[i]);
			else if (more == NULL)
				more = spans[i].host;
		}
		open_n = kept;
		open[open_n++] = i;
	}
	if (more != NULL)
		finding_warning(run, statement_place(more), NULL,
		    "%s%u more pairs of hosts overlap",
		    steps >= ANALYSE_STEPS_MAX ? "at least " : "",
		    found - ANALYSE_SHOWN_MAX);
}

/* ---- use ---- */

static void
use_values(uint8_t *used, const struct clause *clauses)
{
	for (const struct clause *c = clauses; c != NULL; c = c->next)
		for (unsigned i = 0; i < grammar_slots(c->spec->slots); i++)
			for (const struct value *v = c->values[i]; v != NULL;
			    v = v->next)
				if (v->statement != NULL)
					used[v->statement->sequence] = 1;
}

static void
unused(struct rules_run *run, const uint8_t *used, enum statement_kind kind)
{
	uint32_t n = 0;
	const struct statement *more = NULL;

	for (uint32_t i = 0; i < run->kinds[kind].n; i++) {
		const struct statement *st = run->kinds[kind].at[i];

		if (used[st->sequence])
			continue;
		if (n++ < ANALYSE_SHOWN_MAX)
			finding_warning(run, statement_place(st), NULL,
			    "%s uses %s '%s'", kind == ST_SERVICE ?
			    "no rule" : "nothing", st->spec->word,
			    run_quote(run, statement_name(st)));
		else if (more == NULL)
			more = st;
	}
	if (more != NULL)
		finding_warning(run, statement_place(more), NULL,
		    "%u more of '%s' are not used", n - ANALYSE_SHOWN_MAX,
		    more->spec->word);
}

void
analyse_names(struct rules_run *run)
{
	uint8_t *used = run_alloc(run, run->all.n + 1u);

	host_overlaps(run);
	if (used == NULL)
		return;
	for (uint32_t i = 0; i < run->all.n; i++) {
		use_values(used, run->all.at[i]->clauses);
		use_values(used, run->all.at[i]->settings);
	}
	unused(run, used, ST_SERVICE);
	unused(run, used, ST_HOST);
}
