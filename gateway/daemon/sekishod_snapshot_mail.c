/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The numbers of mail: what the pages of receive, spool, sanitize, verify and
 * deliver have, living and dead. What waits is on the disk, so its numbers
 * stand while the spool is away.
 */
#include <string.h>

#include "../base/clock.h"
#include "../snmp/snapshot.h"
#include "sekishod_internal.h"

#define HUNDREDTHS_MAX	INT32_MAX	/* TimeInterval */
#define NO_LIMIT	UINT32_MAX

/*
 * The page of the spool, as it was when it last knew what is on the disk: one
 * that has been started anew does not at first.
 */
static uint64_t of_spool[COUNTERS_PAGE_BYTES / sizeof(uint64_t)];

static void
remember(const uint64_t *page)
{
	if (__atomic_load_n(&page[COUNTER_CENSUSES], __ATOMIC_RELAXED) == 0)
		return;
	for (size_t i = 0; i < sizeof(of_spool) / sizeof(of_spool[0]); i++)
		of_spool[i] = __atomic_load_n(&page[i], __ATOMIC_RELAXED);
}

static void
remember_living(const struct gateway *g)
{
	for (unsigned i = 0; i < PROCESSES_MAX; i++)
		if (g->processes[i].used && g->processes[i].page != NULL &&
		    g->processes[i].role == ROLE_SPOOL)
			remember(g->processes[i].page);
}

static uint64_t
counter(const struct gateway *gateway, enum counter which)
{
	return control_counter(gateway, which);
}

static uint64_t
counters_between(const struct gateway *gateway, enum counter first,
    enum counter last)
{
	uint64_t sum = 0;

	for (unsigned i = first; i <= (unsigned)last; i++)
		sum += counter(gateway, (enum counter)i);
	return sum;
}

/* 0: since never. A clock that was set back makes nothing older. */
static uint64_t
age_ms(uint64_t then_ms, uint64_t now_ms)
{
	return then_ms != 0 && now_ms > then_ms ? now_ms - then_ms : 0;
}

/* ---- routes ---- */

static void
add_route(struct counter_route *sum, const struct counter_route *more)
{
	for (unsigned i = 0; i < ROUTE_COUNTER_N; i++)
		sum->values[i] += __atomic_load_n(&more->values[i],
		    __ATOMIC_RELAXED);
}

static void
keep_routes(struct gateway *g, const uint64_t *page)
{
	for (unsigned i = 0; i < COUNTER_ROUTES_MAX; i++) {
		const struct counter_route *route = counters_route(page, i);
		unsigned k = 0;

		if (route->key == 0)
			continue;
		while (k < ROUTES_SUMMED_MAX && g->route_sums[k].key != 0 &&
		    g->route_sums[k].key != route->key)
			k++;
		if (k == ROUTES_SUMMED_MAX)
			continue;
		g->route_sums[k].key = route->key;
		add_route(&g->route_sums[k], route);
	}
}

void
snapshot_keep_page(struct gateway *g, enum role_id role, const uint64_t *page)
{
	keep_routes(g, page);
	if (role == ROLE_SPOOL)
		remember(page);
	for (unsigned k = 0; k < COUNTER_FORMATS_N; k++)
		for (unsigned i = 0; i < FORMAT_OUTCOME_N; i++)
			g->format_sums[k][i] += counters_format(page, k,
			    (enum format_outcome)i);
}

/* Gauges are those of the spool. */
static struct counter_route
route_counters(const struct gateway *g, struct span name)
{
	struct counter_route sum = { .key = counter_route_key(name) };

	for (unsigned i = 0; i < ROUTES_SUMMED_MAX; i++)
		if (g->route_sums[i].key == sum.key)
			add_route(&sum, &g->route_sums[i]);
	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		const uint64_t *page = g->processes[i].page;

		if (!g->processes[i].used || page == NULL)
			continue;
		for (unsigned k = 0; k < COUNTER_ROUTES_MAX; k++)
			if (counters_route(page, k)->key == sum.key)
				add_route(&sum, counters_route(page, k));
	}
	for (unsigned k = 0; k < COUNTER_ROUTES_MAX; k++)
		if (counters_route(of_spool, k)->key == sum.key)
			memcpy(sum.gauges, counters_route(of_spool,
			    k)->gauges, sizeof(sum.gauges));
	return sum;
}

/* ---- tables of others ---- */

static void
put_appl(const struct gateway *g, struct snapshot_writer *w)
{
	/* applOperStatus: up(1), down(2), restarting(5), quiescing(6) */
	uint64_t status = g->stopping > 0 ? 6 : g->was_ready ? 1 : 5;

	snapshot_table(w, MIB_APPL);
	snapshot_number(w, 1);
	snapshot_text(w, SPAN("sekisho"));
	snapshot_number(w, g->started_ms);
	snapshot_number(w, status);
	snapshot_number(w, counter(g, COUNTER_SESSIONS_OPEN));
	snapshot_number(w, counter(g, COUNTER_SESSIONS));
	snapshot_number(w, counter(g, COUNTER_CONNECTIONS));
	snapshot_number(w, counter(g, COUNTER_SESSIONS_REFUSED));
	snapshot_number(w, counter(g, COUNTER_CONNECTIONS_FAILED));
	snapshot_text(w, SPAN("Sekisho sanitizing mail gateway"));
}

static void
put_mta(const struct gateway *g, struct snapshot_writer *w)
{
	snapshot_table(w, MIB_MTA);
	snapshot_number(w, 1);
	snapshot_number(w, counter(g, COUNTER_MAILS_RECEIVED));
	snapshot_number(w, of_spool[COUNTER_QUEUED] +
	    of_spool[COUNTER_DEFERRED] + of_spool[COUNTER_HELD]);
	snapshot_number(w, counter(g, COUNTER_MAILS_DELIVERED));
	snapshot_number(w, counter(g, COUNTER_BYTES_RECEIVED) / 1024);
	snapshot_number(w, counter(g, COUNTER_BYTES_DELIVERED) / 1024);
	snapshot_number(w, counter(g, COUNTER_DELIVERED));
	snapshot_number(w, counter(g, COUNTER_MAILS_CONVERTED));
	snapshot_number(w, counter(g, COUNTER_SANITIZE_HOLD) +
	    counters_between(g, COUNTER_SANITIZE_CRASHED,
	    COUNTER_SANITIZE_TIMEOUT));
	snapshot_number(w, counter(g, COUNTER_REJECTED_LOOP));
}

/* What MTA-MIB wants of a route: RFC 2789 calls it a group. */
static void
put_mta_groups(const struct gateway *g, struct snapshot_writer *w,
    uint64_t now)
{
	struct counter_route sum;
	uint64_t hundredths;
	struct rules_route route;

	snapshot_table(w, MIB_MTA_GROUPS);
	for (uint32_t i = 0; i < rules_routes(g->config.image) &&
	    !snapshot_full(w); i++) {
		rules_route(g->config.image, i, &route);
		sum = route_counters(g, route.name);
		snapshot_number(w, 1);
		snapshot_number(w, i + 1);
		snapshot_number(w, sum.values[ROUTE_RECEIVED]);
		snapshot_number(w, sum.values[ROUTE_REJECTED]);
		snapshot_number(w, sum.gauges[ROUTE_QUEUED]);
		snapshot_number(w, sum.values[ROUTE_DELIVERED]);
		snapshot_number(w, sum.values[ROUTE_BYTES] / 1024);
		hundredths = age_ms(sum.gauges[ROUTE_OLDEST_MS], now) / 10;
		snapshot_number(w, hundredths < HUNDREDTHS_MAX ? hundredths :
		    HUNDREDTHS_MAX);
		snapshot_text(w, route.name);
	}
}

/* ---- our own ---- */

static void
put_mail(const struct gateway *g, struct snapshot_writer *w, uint64_t now)
{
	static const enum counter order[] = { COUNTER_SESSIONS,
	    COUNTER_SESSIONS_OPEN, COUNTER_SESSIONS_REFUSED,
	    COUNTER_MAILS_RECEIVED, COUNTER_MAILS_REJECTED,
	    COUNTER_MAILS_DEFERRED_IN, COUNTER_BYTES_RECEIVED,
	    COUNTER_SMTP_SMUGGLING, COUNTER_MAILS_DELIVERED,
	    COUNTER_MAILS_HELD, COUNTER_MAILS_BOUNCED, COUNTER_MAILS_EXPIRED,
	    COUNTER_MAILS_DROPPED, COUNTER_DELIVERED, COUNTER_BYTES_DELIVERED,
	    COUNTER_QUEUED, COUNTER_DEFERRED, COUNTER_HELD, COUNTER_DSN_SENT,
	    COUNTER_DAMAGED, COUNTER_COMMIT_FAILED };

	snapshot_table(w, MIB_MAIL);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		snapshot_number(w, order[i] == COUNTER_QUEUED || order[i] ==
		    COUNTER_DEFERRED || order[i] == COUNTER_HELD ?
		    of_spool[order[i]] : counter(g, order[i]));
	snapshot_number(w, age_ms(of_spool[COUNTER_OLDEST_MS], now) / 1000);
	snapshot_number(w, age_ms(of_spool[COUNTER_OLDEST_HELD_MS], now) /
	    1000);
	snapshot_number(w, counter(g, COUNTER_MAILS_CONVERTED));
}

static void
put_routes(const struct gateway *g, struct snapshot_writer *w, uint64_t now)
{
	const struct rules_image *image = g->config.image;
	struct rules_segment from, to;
	struct counter_route sum;
	struct rules_route route;

	snapshot_table(w, MIB_ROUTES);
	for (uint32_t i = 0; i < rules_routes(image) && !snapshot_full(w);
	    i++) {
		rules_route(image, i, &route);
		rules_segment(image, route.from, &from);
		rules_segment(image, route.to, &to);
		sum = route_counters(g, route.name);
		snapshot_number(w, i + 1);
		snapshot_text(w, route.name);
		snapshot_text(w, from.name);
		snapshot_text(w, to.name);
		for (unsigned k = 0; k < ROUTE_COUNTER_N; k++)
			snapshot_number(w, sum.values[k]);
		snapshot_number(w, sum.gauges[ROUTE_QUEUED]);
		snapshot_number(w, age_ms(sum.gauges[ROUTE_OLDEST_MS], now) /
		    1000);
	}
}

static void
put_sanitizer(const struct gateway *g, struct snapshot_writer *w)
{
	static const enum counter order[] = { COUNTER_SANITIZED,
	    COUNTER_SANITIZE_HOLD, COUNTER_SANITIZE_CRASHED,
	    COUNTER_SANITIZE_TIMEOUT, COUNTER_CHILDREN, COUNTER_CHILD_CPU_US,
	    COUNTER_VERIFIED_YES, COUNTER_VERIFIED_NO,
	    COUNTER_SANITIZE_US };

	snapshot_table(w, MIB_SANITIZER);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		snapshot_number(w, counter(g, order[i]));
}

/* ---- the sanitizer, and the door ---- */

static void
put_parts(const struct gateway *g, struct snapshot_writer *w)
{
	snapshot_table(w, MIB_PARTS);
	for (unsigned k = 0; k < COUNTER_FORMATS_N; k++)
		for (unsigned i = 0; i < FORMAT_OUTCOME_N; i++) {
			enum format_outcome outcome = (enum format_outcome)i;
			uint64_t sum = g->format_sums[k][i];

			for (unsigned p = 0; p < PROCESSES_MAX; p++)
				if (g->processes[p].used &&
				    g->processes[p].page != NULL)
					sum += counters_format(
					    g->processes[p].page, k, outcome);
			snapshot_number(w, k + 1);
			snapshot_number(w, i + 1);
			snapshot_text(w, span_str(counter_format_name(k)));
			snapshot_text(w, span_str(counter_outcome_name(
			    outcome)));
			snapshot_number(w, sum);
		}
}

static void
put_times(const struct gateway *g, struct snapshot_writer *w)
{
	static const struct {
		enum counter	counter;
		uint32_t	up_to_ms;
	} buckets[] = { { COUNTER_SANITIZE_10MS, 10 },
	    { COUNTER_SANITIZE_30MS, 30 }, { COUNTER_SANITIZE_100MS, 100 },
	    { COUNTER_SANITIZE_300MS, 300 }, { COUNTER_SANITIZE_1S, 1000 },
	    { COUNTER_SANITIZE_3S, 3000 }, { COUNTER_SANITIZE_10S, 10000 },
	    { COUNTER_SANITIZE_30S, 30000 },
	    { COUNTER_SANITIZE_LONGER, NO_LIMIT } };

	snapshot_table(w, MIB_SANITIZE_TIMES);
	for (size_t i = 0; i < sizeof(buckets) / sizeof(buckets[0]); i++) {
		snapshot_number(w, i + 1);
		snapshot_number(w, buckets[i].up_to_ms);
		snapshot_number(w, counter(g, buckets[i].counter));
	}
}

static void
put_rejections(const struct gateway *g, struct snapshot_writer *w)
{
	const size_t prefix = strlen("rejected-");
	uint64_t index = 0;

	snapshot_table(w, MIB_REJECTIONS);
	for (unsigned i = COUNTER_REJECTED_SENDER;
	    i <= COUNTER_REJECTED_SESSIONS; i++) {
		const char *name = counter_name((enum counter)i);

		snapshot_number(w, ++index);
		snapshot_text(w, i < COUNTER_REJECTED_COMMAND ?
		    SPAN("mail") : i == COUNTER_REJECTED_COMMAND ?
		    SPAN("command") : SPAN("session"));
		snapshot_text(w, span_str(name + prefix));
		snapshot_number(w, counter(g, (enum counter)i));
	}
}

/* ---- in the order of the tables ---- */

void
snapshot_mail_standard(const struct gateway *g, struct snapshot_writer *w,
    uint64_t now)
{
	remember_living(g);
	put_appl(g, w);
	put_mta(g, w);
	put_mta_groups(g, w, now);
}

void
snapshot_mail(const struct gateway *g, struct snapshot_writer *w,
    uint64_t now)
{
	put_mail(g, w, now);
	put_routes(g, w, now);
	put_sanitizer(g, w);
}

void
snapshot_mail_more(const struct gateway *g, struct snapshot_writer *w)
{
	put_parts(g, w);
	put_times(g, w);
	put_rejections(g, w);
}
