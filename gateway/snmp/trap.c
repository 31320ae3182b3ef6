/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From numbers to notifications: each condition is told when it begins and
 * when it is over, not at every look; what swings around a limit is told
 * once. How a notification travels is agent.c's.
 */
#include "trap.h"

#define NOBODY		((struct span){ NULL, 0 })
#define PROCESS_READY	4	/* of sekishoProcessState */
#define ROUTE_AGE_COLUMN 13	/* sekishoRouteOldestSeconds */

struct telling {
	trap_tell	*tell;
	void		*arg;
};

static void
say(const struct telling *telling, enum trap_kind kind,
    enum trap_state state, struct span subject, uint64_t value)
{
	const struct trap trap = { kind, state, subject, value };

	telling->tell(telling->arg, &trap);
}

/* high: it should be raised; low: it should be cleared; else as it is. */
static void
level(const struct telling *telling, struct trap_level *level,
    enum trap_kind kind, struct span subject, uint64_t value, bool high,
    bool low)
{
	bool change = level->raised ? low : high;

	level->looks = change ? level->looks + 1 : 0;
	if (level->looks < TRAP_LOOKS)
		return;
	level->looks = 0;
	level->raised = !level->raised;
	say(telling, kind, level->raised ? TRAP_RAISED : TRAP_CLEARED,
	    subject, value);
}

/* A counter that grew: how much of it is news. */
static uint64_t
grown(uint64_t *before, uint64_t now, bool looked)
{
	uint64_t more = looked && now > *before ? now - *before : 0;

	*before = now;
	return more;
}

static void
look_processes(struct trap_watch *watch, const struct snapshot *s,
    const struct telling *telling)
{
	bool seen[MIB_PROCESSES_MAX] = { false };

	for (uint32_t i = 0; i < s->rows[MIB_PROCESSES]; i++) {
		const struct cell *row = snapshot_cell(s, MIB_PROCESSES, i, 0);
		struct trap_process *process;
		bool ready = row[2].number == PROCESS_READY;

		if (row[0].number > MIB_PROCESSES_MAX)
			continue;
		process = &watch->processes[row[0].number - 1];
		seen[row[0].number - 1] = true;
		if (grown(&process->restarts, row[4].number, watch->looked) >
		    0)
			say(telling, TRAP_PROCESS_RESTARTED, TRAP_EVENT,
			    row[1].text, row[4].number);
		level(telling, &process->level, TRAP_PROCESS_DOWN,
		    row[1].text, row[2].number, !ready, ready);
	}
	/* no more wanted by the rules: the next one there begins anew */
	for (unsigned i = 0; i < MIB_PROCESSES_MAX; i++)
		if (!seen[i])
			watch->processes[i] = (struct trap_process){ 0 };
}

/* The route whose mail is the oldest. */
static struct span
oldest_route(const struct snapshot *s)
{
	struct span name = NOBODY;
	uint64_t oldest = 0;

	for (uint32_t i = 0; i < s->rows[MIB_ROUTES]; i++) {
		const struct cell *row = snapshot_cell(s, MIB_ROUTES, i, 0);
		uint64_t age = row[ROUTE_AGE_COLUMN].number;

		if (age > oldest) {
			oldest = age;
			name = row[1].text;
		}
	}
	return name;
}

static void
look_mail(struct trap_watch *watch, const struct snapshot *s,
    const struct telling *telling)
{
	uint64_t mails = snapshot_scalar(s, MIB_MAIL, "Queued") +
	    snapshot_scalar(s, MIB_MAIL, "Deferred");
	uint64_t age = snapshot_scalar(s, MIB_MAIL, "OldestSeconds");
	uint64_t held = snapshot_scalar(s, MIB_MAIL, "OldestHeldSeconds");

	level(telling, &watch->queue, TRAP_QUEUE_HIGH, NOBODY, mails,
	    mails >= TRAP_QUEUE_RAISE, mails <= TRAP_QUEUE_CLEAR);
	level(telling, &watch->oldest, TRAP_MAIL_OLD, oldest_route(s), age,
	    age >= TRAP_OLDEST_RAISE, age <= TRAP_OLDEST_CLEAR);
	level(telling, &watch->held, TRAP_MAIL_HELD, NOBODY, held,
	    held >= TRAP_HELD_RAISE, held <= TRAP_HELD_CLEAR);
}

static void
look_audit(struct trap_watch *watch, const struct snapshot *s,
    const struct telling *telling)
{
	const struct cell *audit;
	uint64_t down;
	bool closed;

	if (s->rows[MIB_AUDIT] == 0)
		return;
	audit = snapshot_cell(s, MIB_AUDIT, 0, 0);
	closed = audit[0].number == 2;
	level(telling, &watch->audit, TRAP_AUDIT_FAILED, audit[1].text,
	    audit[2].number, closed, !closed);
	down = audit[8].number > audit[9].number ?
	    audit[8].number - audit[9].number : 0;
	level(telling, &watch->syslog, TRAP_SYSLOG_DOWN, NOBODY, down,
	    down > 0, down == 0);
}

static void
look_disks(struct trap_watch *watch, const struct snapshot *s,
    const struct telling *telling)
{
	for (uint32_t i = 0; i < s->rows[MIB_DISKS]; i++) {
		const struct cell *row = snapshot_cell(s, MIB_DISKS, i, 0);

		level(telling, &watch->disks[i], TRAP_DISK_HIGH, row[1].text,
		    row[4].number, row[4].number >= TRAP_DISK_RAISE,
		    row[4].number <= TRAP_DISK_CLEAR);
	}
}

/* One more than before: told, with the one that ends first. */
static void
look_expiring(struct trap_watch *watch, const struct snapshot *s,
    const struct telling *telling)
{
	const struct cell *first = NULL;
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->rows[MIB_RULES]; i++) {
		const struct cell *row = snapshot_cell(s, MIB_RULES, i, 0);
		int64_t days = (int64_t)row[7].number;

		if (days < 0 || days > TRAP_DAYS_RAISE)
			continue;
		n++;
		if (first == NULL || days < (int64_t)first[7].number)
			first = row;
	}
	if (n > watch->expiring)
		say(telling, TRAP_RULE_EXPIRES, TRAP_RAISED, first[1].text,
		    first[7].number);
	else if (n == 0 && watch->expiring > 0)
		say(telling, TRAP_RULE_EXPIRES, TRAP_CLEARED, NOBODY, 0);
	watch->expiring = n;
}

static void
look_packets(struct trap_watch *watch, const struct snapshot *s,
    uint64_t passed_ms, const struct telling *telling)
{
	uint64_t more, rate;

	more = grown(&watch->refused, snapshot_scalar(s, MIB_PACKETS,
	    "Refused"), watch->looked);
	rate = passed_ms == 0 ? 0 : more * 1000 / passed_ms;
	level(telling, &watch->burst, TRAP_REFUSALS_BURST, NOBODY, rate,
	    rate >= TRAP_BURST_RAISE, rate <= TRAP_BURST_CLEAR);
	more = grown(&watch->scans, snapshot_scalar(s, MIB_PACKETS, "Scans"),
	    watch->looked);
	if (more > 0)
		say(telling, TRAP_SCAN, TRAP_EVENT, NOBODY, more);
	more = grown(&watch->overruns, snapshot_scalar(s, MIB_PACKETS,
	    "QueueOverruns"), watch->looked);
	if (more > 0)
		say(telling, TRAP_OVERRUN, TRAP_EVENT, NOBODY, more);
}

void
trap_look(struct trap_watch *watch, const struct snapshot *s,
    uint64_t now_ms, trap_tell *tell, void *arg)
{
	const struct telling telling = { tell, arg };
	uint64_t more, passed_ms = 0;
	bool refused = snapshot_scalar(s, MIB_GATEWAY, "RulesRefused") == 1;

	if (watch->looked && now_ms > watch->at_ms)
		passed_ms = now_ms - watch->at_ms;
	look_processes(watch, s, &telling);
	look_mail(watch, s, &telling);
	look_audit(watch, s, &telling);
	look_disks(watch, s, &telling);
	level(&telling, &watch->rules, TRAP_RULES_REFUSED, NOBODY,
	    snapshot_scalar(s, MIB_GATEWAY, "Generation"), refused, !refused);
	look_expiring(watch, s, &telling);
	look_packets(watch, s, passed_ms, &telling);
	/* it must be 0: what was before us is news, too */
	more = grown(&watch->unsanitized, snapshot_scalar(s, MIB_GATEWAY,
	    "UnsanitizedDelivered"), true);
	if (more > 0)
		say(&telling, TRAP_UNSANITIZED, TRAP_EVENT, NOBODY, more);
	watch->looked = true;
	watch->at_ms = now_ms;
}
