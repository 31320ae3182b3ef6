/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Next hops: who waits for a connection and how many there may be. Idle
 * connections are used first, the latest used before others; more are opened
 * as long as jobs wait, at most as many at once as work already and one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../proc/counters.h"
#include "deliver_internal.h"

#define NO_MORE_MS	10000	/* behind a refused further connection */

struct hop *
hop_find(const struct address *address, uint16_t port)
{
	struct hop *free_hop = NULL;

	for (size_t i = 0; i < DELIVER_HOPS_MAX; i++) {
		struct hop *hop = &deliver.hops[i];

		if (hop->used && hop->port == port &&
		    address_equal(&hop->address, address))
			return hop;
		if (!hop->used && free_hop == NULL)
			free_hop = hop;
	}
	if (free_hop != NULL) {
		memset(free_hop, 0, sizeof(*free_hop));
		free_hop->used = true;
		free_hop->address = *address;
		free_hop->port = port;
	}
	return free_hop;
}

void
hop_add_job(struct hop *hop, struct job *job)
{
	job->next = NULL;
	if (hop->first == NULL)
		hop->first = job;
	else
		hop->last->next = job;
	hop->last = job;
}

void
hop_put_back(struct hop *hop, struct job *job)
{
	job->next = hop->first;
	if (hop->first == NULL)
		hop->last = job;
	hop->first = job;
}

struct job *
hop_next_job(struct hop *hop)
{
	struct job *job = hop->first;

	if (job != NULL)
		hop->first = job->next;
	return job;
}

void
hop_connect_failed(struct hop *hop, const struct job_result *why,
    struct span text)
{
	struct job *job;

	counter_add(COUNTER_CONNECTIONS_FAILED, 1);
	if (hop->ready_n > 0) {
		/* it talks to us, but not on so many lines */
		hop->no_more_until_ms = clock_monotonic_ms() + NO_MORE_MS;
		return;
	}
	while ((job = hop_next_job(hop)) != NULL) {
		job->hop_failed = true;
		job_result_all(job, DELIVERY_LATER, why->code, text);
		job_done(job);
	}
}

static bool
may_open(const struct hop *hop)
{
	uint32_t opening = hop->connections_n - hop->ready_n;

	if (hop->connections_n == 0)
		return true;
	return hop->connections_n < DELIVER_HOP_CONNECTIONS_MAX &&
	    opening <= hop->ready_n &&
	    clock_monotonic_ms() >= hop->no_more_until_ms;
}

void
hop_schedule(struct hop *hop)
{
	uint32_t waiting = 0, opening;

	while (hop->first != NULL && hop->idle != NULL)
		connection_give(hop->idle, hop_next_job(hop));
	for (struct job *job = hop->first; job != NULL &&
	    waiting < DELIVER_HOP_CONNECTIONS_MAX; job = job->next)
		waiting++;
	opening = hop->connections_n - hop->ready_n;
	while (opening < waiting && may_open(hop)) {
		struct job_result why = { .class = DELIVERY_LATER };
		char text[160];

		if (connection_open(hop)) {
			opening++;
			continue;
		}
		snprintf(text, sizeof(text), "4.4.1 cannot connect: %s",
		    strerror(errno));
		if (hop->connections_n == 0)
			hop_connect_failed(hop, &why, span_str(text));
		break;
	}
	hop_release(hop);
}

void
hops_forget_waiting(void)
{
	for (size_t i = 0; i < DELIVER_HOPS_MAX; i++) {
		struct hop *hop = &deliver.hops[i];
		struct job *job;

		while (hop->used && (job = hop_next_job(hop)) != NULL)
			job_forget(job);
		hop_release(hop);
	}
}

void
hop_release(struct hop *hop)
{
	if (hop->first == NULL && hop->connections_n == 0)
		hop->used = false;
}
