/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which processes the rules need: one that writes the audit log, one spool,
 * one sanitize, one verify, one for packets with its inspector and who keeps
 * the evidence, a receive for each segment that is listened in, a deliver for
 * each that is delivered to. A plan is made whole, with all that can go wrong,
 * before anything that runs is touched; then it is applied.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/log.h"
#include "sekishod_internal.h"

#define ALWAYS_MAX	7	/* one of each, whatever the rules say; and
				   one that answers snmpd, when asked for */

/* Rows like those of the table, of which only the description is used. */
static struct process plan[PROCESSES_MAX];
static unsigned plan_n;

static struct process *
add(enum role_id role, uint32_t segment, struct span name)
{
	struct process *row;

	if (plan_n == PROCESSES_MAX || name.len >= SEGMENT_NAME_BYTES)
		return NULL;
	row = &plan[plan_n++];
	memset(row, 0, sizeof(*row));
	row->role = role;
	row->segment = segment;
	if (name.len > 0)
		memcpy(row->segment_name, name.ptr, name.len);
	return row;
}

static enum err
plan_segment(struct gateway *gateway, const struct rules_image *image,
    uint32_t i, struct diag *diag)
{
	struct rules_segment segment;
	struct process *row;
	bool from = false, to = false;

	rules_segment(image, i, &segment);
	for (uint32_t k = 0; k < rules_routes(image); k++) {
		struct rules_route route;

		rules_route(image, k, &route);
		from = from || (route.from == i && route.listens > 0);
		to = to || (route.to == i && route.hops > 0);
	}
	if (from && add(ROLE_RECEIVE, i, segment.name) == NULL)
		return diag_set(diag, ERR_LIMIT, "too many processes");
	if (!to)
		return OK;
	row = add(ROLE_DELIVER, i, segment.name);
	if (row == NULL)
		return diag_set(diag, ERR_LIMIT, "too many processes");
	return state_reach(gateway, image, i, row, diag);
}

enum err
plan_make(struct gateway *gateway, const struct rules_image *image,
    struct diag *diag)
{
	static const enum role_id always[ALWAYS_MAX] = { ROLE_AUDIT,
	    ROLE_SPOOL, ROLE_SANITIZE, ROLE_VERIFY, ROLE_INSPECT, ROLE_CAPTURE,
	    ROLE_PACKET };
	unsigned used = 0, n = gateway->mail_only ? 4 : ALWAYS_MAX;
	struct process *row;
	enum err err = OK;

	plan_n = 0;
	for (size_t i = 0; i < n && err == OK; i++) {
		row = add(always[i], RULES_NONE, (struct span){ NULL, 0 });
		if (always[i] == ROLE_CAPTURE)
			err = state_folder(gateway, "captures", row, diag);
		else if (always[i] == ROLE_AUDIT)
			err = state_folder(gateway, "audit", row, diag);
	}
	if (err == OK && gateway->agentx_path[0] != '\0') {
		(void)add(ROLE_SNMP, RULES_NONE, (struct span){ NULL, 0 });
		n++;
	}
	for (uint32_t i = 0; i < rules_segments(image) && err == OK; i++)
		err = plan_segment(gateway, image, i, diag);
	for (unsigned i = 0; i < PROCESSES_MAX; i++)
		used += gateway->processes[i].used ? 1 : 0;
	/* in the worst case all that run now are still ending */
	if (err == OK && used > 0 && used + plan_n - n > PROCESSES_MAX)
		err = diag_set(diag, ERR_LIMIT, "too many processes at once");
	if (err != OK)
		plan_drop();
	return err;
}

void
plan_drop(void)
{
	for (unsigned i = 0; i < plan_n; i++)
		state_reach_close(&plan[i]);
	plan_n = 0;
}

static struct process *
find(struct gateway *gateway, const struct process *row)
{
	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		struct process *process = &gateway->processes[i];

		if (process->used && process->role == row->role &&
		    strcmp(process->segment_name, row->segment_name) == 0)
			return process;
	}
	return NULL;
}

static struct process *
find_free(struct gateway *gateway)
{
	for (unsigned i = 0; i < PROCESSES_MAX; i++)
		if (!gateway->processes[i].used)
			return &gateway->processes[i];
	require(false);		/* plan_make() has counted */
	return NULL;
}

/* It goes on; only what is fixed at its start makes it start anew. */
static void
keep(struct process *process, struct process *row)
{
	bool same = process->segment == row->segment && memcmp(process->reach,
	    row->reach, sizeof(row->reach)) == 0;

	process->wanted = true;
	if (same) {
		state_reach_close(row);
		if (process->state == PROCESS_STOPPING)
			process->again = true;
		else
			process_send_rules(process);
		return;
	}
	state_reach_close(process);
	process->segment = row->segment;
	memcpy(process->folders, row->folders, sizeof(row->folders));
	process->folders_n = row->folders_n;
	memcpy(process->ports, row->ports, sizeof(row->ports));
	memcpy(process->reach, row->reach, sizeof(row->reach));
	process->again = true;
	process_stop(process);
}

void
plan_apply(struct gateway *gateway)
{
	bool in_plan[PROCESSES_MAX] = { false };
	struct process *process;

	for (unsigned i = 0; i < plan_n; i++) {
		process = find(gateway, &plan[i]);
		if (process != NULL)
			in_plan[process - gateway->processes] = true;
	}
	for (unsigned i = 0; i < PROCESSES_MAX; i++) {
		process = &gateway->processes[i];
		if (process->used && !in_plan[i]) {
			process->wanted = process->again = false;
			process_stop(process);
		}
	}
	for (unsigned i = 0; i < plan_n; i++) {
		process = find(gateway, &plan[i]);
		if (process != NULL) {
			keep(process, &plan[i]);
			continue;
		}
		process = find_free(gateway);
		*process = plan[i];
		process->gateway = gateway;
		process->used = process->wanted = true;
		process_start(process);
	}
	plan_n = 0;
}
