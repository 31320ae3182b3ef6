/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What waits, counted from the disk: how many mails of each route, and since
 * when the oldest of them has been there. The schedule knows the names that
 * come first only, and routes only of files that it has opened; so all are
 * looked at again and again, some at a time, and what a pass has found counts
 * when it is over.
 */
#include <string.h>

#include "spool_internal.h"

static struct census {
	struct spool_scan scan;		/* dir is NULL between two folders */
	struct spool_mail mail;
	enum spool_state state;		/* of the folder at hand */
	uint64_t	generation;	/* of the rules: routes have numbers */
	uint64_t	oldest, oldest_held;
	struct {
		uint64_t	n, oldest;
	} routes[SPOOL_ROUTES_MAX];
} census;

/* The earlier of two times; 0 is none. */
static void
earlier(uint64_t *oldest, uint64_t then_ms)
{
	if (*oldest == 0 || then_ms < *oldest)
		*oldest = then_ms;
}

static void
found(void *arg, const struct spool_name *name)
{
	struct spool_daemon *daemon = arg;
	uint64_t then_ms = receipt_time_ms(name->id);
	struct diag diag;
	uint32_t i;

	if (name->state == SPOOL_HELD) {
		earlier(&census.oldest_held, then_ms);
		return;
	}
	/* gone meanwhile, or damaged: who looks for work says so */
	if (spool_store_read(daemon->store, name, &census.mail, &diag) != OK)
		return;
	earlier(&census.oldest, then_ms);
	i = daemon_route(daemon, census.mail.file.route);
	spool_mail_close(&census.mail);
	if (i == QUEUE_ROUTE_UNKNOWN)
		return;
	census.routes[i].n++;
	earlier(&census.routes[i].oldest, then_ms);
}

static void
pass_begins(const struct spool_daemon *daemon)
{
	spool_scan_close(&census.scan);
	census.state = SPOOL_QUEUE;
	census.generation = daemon->generation;
	census.oldest = census.oldest_held = 0;
	memset(census.routes, 0, sizeof(census.routes));
}

static void
pass_ends(const struct spool_daemon *daemon)
{
	counter_set(COUNTER_OLDEST_MS, census.oldest);
	counter_set(COUNTER_OLDEST_HELD_MS, census.oldest_held);
	for (uint32_t i = 0; i < daemon->routes_n; i++) {
		struct span name = daemon->routes[i].rules.name;

		counter_route_set(name, ROUTE_QUEUED, census.routes[i].n);
		counter_route_set(name, ROUTE_OLDEST_MS,
		    census.routes[i].oldest);
	}
	counter_add(COUNTER_CENSUSES, 1);
}

/* One step of one folder; true: it is read to its end. */
static bool
step(struct spool_daemon *daemon)
{
	struct diag diag;
	bool end = false;
	enum err err = OK;

	if (census.scan.dir == NULL)
		err = spool_scan_open(daemon->store, census.state,
		    &census.scan, &diag);
	if (err == OK)
		err = spool_scan_next(daemon->store, &census.scan,
		    SPOOL_CENSUS_FILES_MAX, found, daemon, &end, &diag);
	if (err != OK) {
		log_alarm("count mails: %s", diag.what);
		end = true;
	}
	if (!end)
		return false;
	counter_add(COUNTER_DAMAGED, census.scan.strange);
	spool_scan_close(&census.scan);
	return true;
}

uint64_t
census_step(struct spool_daemon *daemon)
{
	if (daemon->image == NULL)
		return SPOOL_CENSUS_MS;
	if (census.state == SPOOL_DRAFT ||
	    census.generation != daemon->generation)
		pass_begins(daemon);
	if (!step(daemon))
		return SPOOL_CENSUS_STEP_MS;
	if (census.state == SPOOL_HELD) {
		pass_ends(daemon);
		census.state = SPOOL_DRAFT;	/* none at hand */
		return SPOOL_CENSUS_MS;
	}
	census.state = census.state == SPOOL_QUEUE ? SPOOL_DEFERRED :
	    SPOOL_HELD;
	return SPOOL_CENSUS_STEP_MS;
}

void
census_start(void)
{
	spool_mail_init(&census.mail);
}
