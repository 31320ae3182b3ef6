/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SNMP_TRAP_H
#define SEKISHO_SNMP_TRAP_H

#include "../base/buf.h"
#include "snapshot.h"

/*
 * What an administrator is told without asking. The number is that of the
 * notification below sekishoNotifications.
 */
enum trap_kind {
	TRAP_PROCESS_DOWN = 1,	/* raised, cleared; value: its state */
	TRAP_PROCESS_RESTARTED,	/* event; value: how often so far */
	TRAP_QUEUE_HIGH,	/* raised, cleared; value: mails */
	TRAP_DISK_HIGH,		/* raised, cleared; value: per cent */
	TRAP_RULES_REFUSED,	/* raised, cleared */
	TRAP_RULE_EXPIRES,	/* raised, cleared; value: days left */
	TRAP_REFUSALS_BURST,	/* raised, cleared; value: in a second */
	TRAP_SCAN,		/* event; value: how many more */
	TRAP_OVERRUN,		/* event; value: packets that the kernel lost */
	TRAP_UNSANITIZED,	/* event; value: mails */
	TRAP_MAIL_OLD = 21,	/* raised, cleared; value: seconds */
	TRAP_MAIL_HELD,		/* raised, cleared; value: seconds */
	TRAP_AUDIT_FAILED,	/* raised, cleared; value: how often so far */
	TRAP_SYSLOG_DOWN	/* raised, cleared; value: receivers */
};

enum trap_state { TRAP_RAISED = 1, TRAP_CLEARED, TRAP_EVENT };

struct trap {
	enum trap_kind	kind;
	enum trap_state	state;
	struct span	subject;	/* of what; may be empty */
	uint64_t	value;
};

/* Raised at one value, cleared at another, and not by a single look. */
struct trap_level {
	bool		raised;
	unsigned	looks;		/* that want it changed, in a row */
};

struct trap_process {
	struct trap_level level;
	uint64_t	restarts;
};

/* All zero before the first look. Size is bounded by limits.h. */
struct trap_watch {
	bool		looked;
	uint64_t	at_ms;		/* of the last look */
	struct trap_process processes[MIB_PROCESSES_MAX];
	struct trap_level queue, rules, burst, oldest, held, audit, syslog;
	struct trap_level disks[MIB_DISKS_MAX];
	uint32_t	expiring;
	uint64_t	refused, scans, overruns, unsanitized;
};

typedef void trap_tell(void *arg, const struct trap *trap);

/*
 * Compare a snapshot with what was seen before and tell what changed. now_ms
 * is monotonic. What counters did before the first look is not told, except
 * that unsanitized mails always are.
 */
void trap_look(struct trap_watch *watch, const struct snapshot *snapshot,
    uint64_t now_ms, trap_tell *tell, void *arg);

/*
 * What a watch has seen, for another one that goes on with it in its place:
 * TRAP_SAVED_BYTES, always. trap_restore() gives ERR_INPUT for bytes that are
 * none of this, and changes nothing then; now_ms is to be of the same clock.
 */
enum err trap_save(struct trap_watch *watch, struct buf *to) MUST_CHECK;
enum err trap_restore(struct trap_watch *watch, struct span saved) MUST_CHECK;

#endif
