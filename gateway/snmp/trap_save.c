/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was seen and told, as bytes: they outlive the agent, so that the next
 * one tells what has changed since, and nothing again.
 */
#include "../base/wire.h"
#include "trap.h"

#define LEVELS_N	7

static void
all_levels(struct trap_watch *watch, struct trap_level *levels[LEVELS_N])
{
	struct trap_level *all[LEVELS_N] = { &watch->queue, &watch->rules,
		&watch->burst, &watch->oldest, &watch->held, &watch->audit,
		&watch->syslog };

	for (unsigned i = 0; i < LEVELS_N; i++)
		levels[i] = all[i];
}

static enum err
put_level(struct buf *to, const struct trap_level *level)
{
	enum err err = wire_put_u8(to, level->raised);

	return err != OK ? err : wire_put_u8(to, (uint8_t)level->looks);
}

static void
get_level(struct wire_reader *from, struct trap_level *level)
{
	uint8_t raised = wire_get_u8(from), looks = wire_get_u8(from);

	level->raised = raised == 1;
	level->looks = looks;
	if (raised > 1 || looks >= TRAP_LOOKS)
		from->bad = true;
}

enum err
trap_save(struct trap_watch *watch, struct buf *to)
{
	const uint64_t numbers[] = { watch->at_ms, watch->expiring,
		watch->refused, watch->scans, watch->overruns,
		watch->unsanitized };
	struct trap_level *levels[LEVELS_N];
	enum err err = OK;

	all_levels(watch, levels);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) &&
	    err == OK; i++)
		err = wire_put_u64(to, numbers[i]);
	for (unsigned i = 0; i < LEVELS_N && err == OK; i++)
		err = put_level(to, levels[i]);
	for (unsigned i = 0; i < MIB_DISKS_MAX && err == OK; i++)
		err = put_level(to, &watch->disks[i]);
	for (unsigned i = 0; i < MIB_PROCESSES_MAX && err == OK; i++) {
		err = put_level(to, &watch->processes[i].level);
		if (err == OK)
			err = wire_put_u64(to, watch->processes[i].restarts);
	}
	return err;
}

enum err
trap_restore(struct trap_watch *watch, struct span saved)
{
	struct trap_level *levels[LEVELS_N];
	struct trap_watch was = { .looked = true };
	struct wire_reader from;
	uint64_t expiring;

	wire_reader_init(&from, saved);
	all_levels(&was, levels);
	was.at_ms = wire_get_u64(&from);
	expiring = wire_get_u64(&from);
	was.expiring = (uint32_t)expiring;
	was.refused = wire_get_u64(&from);
	was.scans = wire_get_u64(&from);
	was.overruns = wire_get_u64(&from);
	was.unsanitized = wire_get_u64(&from);
	for (unsigned i = 0; i < LEVELS_N; i++)
		get_level(&from, levels[i]);
	for (unsigned i = 0; i < MIB_DISKS_MAX; i++)
		get_level(&from, &was.disks[i]);
	for (unsigned i = 0; i < MIB_PROCESSES_MAX; i++) {
		get_level(&from, &was.processes[i].level);
		was.processes[i].restarts = wire_get_u64(&from);
	}
	if (expiring > MIB_RULES_MAX || !wire_reader_done(&from))
		return ERR_INPUT;
	*watch = was;
	return OK;
}
