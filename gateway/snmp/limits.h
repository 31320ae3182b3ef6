/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SNMP_LIMITS_H
#define SEKISHO_SNMP_LIMITS_H

/* snapshot: longest text (DisplayString), all of its bytes */
#define SNAPSHOT_TEXT_BYTES_MAX	255
#define SNAPSHOT_BYTES_MAX	(64u * 1024 * 1024)

/* mib: longest name of a value, and arcs of an index */
#define MIB_NAME_MAX		24
#define MIB_INDEX_MAX		3

/* rows of a table; what has more is cut, and the scalar says how many */
#define MIB_PROCESSES_MAX	256
#define MIB_PAIRS_MAX		4096
#define MIB_REASONS_MAX		64
#define MIB_PAIR_REFUSALS_MAX	16384
#define MIB_DROPS_MAX		1024
#define MIB_LATENCIES_MAX	16
#define MIB_RULES_MAX		65536
#define MIB_ROUTES_MAX		256
#define MIB_QUEUES_MAX		64
#define MIB_DISKS_MAX		8
#define MIB_PARTS_MAX		512
#define MIB_TIMES_MAX		16

/* agent: how long a walk waits for new numbers, and how old they may be */
#define AGENT_WAIT_MS		200
#define AGENT_FRESH_MS		1000
/* the agent asks for itself, to see what it must tell */
#define AGENT_LOOK_MS		2000
/* lost connection: tried anew so often; also how often snmpd is pinged */
#define AGENT_PING_S		1
/* no round in so long, or no try to connect: it is lost in itself */
#define AGENT_HANGS_S		15
#define AGENT_LOST_MS		10000
#define AGENT_REGISTER_MS	5000	/* for all tables, once connected */
#define AGENT_ASK_MS		500	/* between two tries */

/* trap: refusals a second that are a burst, and those that are not */
#define TRAP_BURST_RAISE	100
#define TRAP_BURST_CLEAR	20
#define TRAP_DISK_RAISE		90	/* per cent in use */
#define TRAP_DISK_CLEAR		85
#define TRAP_DAYS_RAISE		30	/* until a rule ends */
#define TRAP_QUEUE_RAISE	10000	/* mails in the queue */
#define TRAP_QUEUE_CLEAR	5000
#define TRAP_OLDEST_RAISE	3600	/* s, of a mail in the queue */
#define TRAP_OLDEST_CLEAR	1800
#define TRAP_HELD_RAISE		86400	/* s, of a mail that is held */
#define TRAP_HELD_CLEAR		43200
/* what a watch has seen: 6 numbers, levels of 2 bytes, and processes */
#define TRAP_SAVED_BYTES	(6 * 8 + (7 + MIB_DISKS_MAX) * 2 + \
				    MIB_PROCESSES_MAX * 10)
/* looks in a row that must agree before one is told */
#define TRAP_LOOKS		2

#endif
