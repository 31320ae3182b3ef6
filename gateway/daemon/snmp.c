/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho-snmp: answers snmpd with the numbers of the gateway. It has a
 * channel to the supervisor, from which come the numbers (a snapshot, asked
 * for at most once a second) and the connection to snmpd; it opens neither
 * file nor socket. When no new numbers come in time the old ones are given,
 * so that a walk waits for nobody long.
 *
 * It is net-snmp that waits for descriptors, by select(): so there is no
 * loop.h here.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../proc/counters.h"
#include "../proc/ipc.h"
#include "../proc/role.h"
#include "../proc/sealed.h"
#include "../snmp/agent.h"

#define NONE	((struct span){ NULL, 0 })

static uint8_t bytes[MSG_BYTES_MAX];
static struct snapshot snapshot;
static struct span mapping;
static uint64_t taken_ms;	/* of the snapshot; monotonic; 0: none yet */
static uint64_t asked_ms;	/* for one that has not come; 0: none */
static struct trap_watch watch;
static bool ready, stopping, connected;
static uint64_t tried_ms;	/* when snmpd was asked for, or went */

/* ---- the supervisor ---- */

static void
send_empty(enum msg_kind kind)
{
	const struct msg_empty fixed = { 0 };
	struct diag diag;

	if (ipc_send_now(ROLE_FD_SUPERVISOR, kind, &fixed, NONE, NULL, 0,
	    &diag) != OK)
		die(4, "the supervisor is gone");
}

static void
take_snapshot(int fd)
{
	struct snapshot fresh;
	struct span map;
	struct diag diag;

	asked_ms = 0;
	if (fd == -1)
		return;			/* not now */
	if (sealed_map(fd, SNAPSHOT_BYTES_MAX, &map, &diag) != OK) {
		log_warn("numbers: %s", diag.what);
		return;
	}
	if (snapshot_read(&fresh, map) != OK)
		die(4, "the numbers are not what they should be");
	snapshot_fini(&snapshot);
	sealed_unmap(mapping);
	snapshot = fresh;
	mapping = map;
	taken_ms = clock_monotonic_ms();
}

/* False: nothing came within the time. */
static bool
from_supervisor(unsigned timeout_ms)
{
	struct ipc_message message;
	struct diag diag;
	enum err err = ipc_receive_now(ROLE_FD_SUPERVISOR, ROLE_SNMP,
	    ROLE_SUPERVISOR, bytes, &message, timeout_ms, &diag);

	if (err == ERR_AGAIN)
		return false;
	if (err != OK)
		die(4, "the supervisor is gone");
	if (message.kind == MSG_SNAPSHOT) {
		take_snapshot(message.fds[0]);
	} else if (message.kind == MSG_AGENTX) {
		if (message.fds[0] != -1)
			agent_connection(message.fds[0]);
		else
			counter_add(COUNTER_AGENTX_REFUSED, 1);
		message.fds[0] = -1;
	} else if (message.kind == MSG_WATCHED_BEFORE) {
		if (trap_restore(&watch, message.tail) != OK)
			log_warn("what was told before is not known");
	} else if (message.kind == MSG_STOP) {
		stopping = true;
	} else if (message.kind == MSG_RULES) {
		if (!ready)
			send_empty(MSG_READY);
		ready = true;
	} else {
		die(4, "message %d out of place", (int)message.kind);
	}
	for (unsigned i = 0; i < message.fds_n; i++)
		if (message.fds[i] != -1)
			close(message.fds[i]);
	return true;
}

static void
ask_snapshot(uint64_t now)
{
	/* an answer that is late is still hoped for */
	if (asked_ms != 0 && now - asked_ms < AGENT_LOOK_MS)
		return;
	asked_ms = now;
	send_empty(MSG_SNAPSHOT_ASK);
}

/* ---- what the agent wants ---- */

static const struct snapshot *
on_snapshot(void *arg)
{
	uint64_t now = clock_monotonic_ms(), until = now + AGENT_WAIT_MS;
	static uint64_t waited_ms;

	(void)arg;
	counter_add(COUNTER_SNMP_REQUESTS, 1);
	if (taken_ms != 0 && now - taken_ms < AGENT_FRESH_MS)
		return &snapshot;
	ask_snapshot(now);
	/* a walk is many requests: one of them waits, in a second */
	if (waited_ms != 0 && now - waited_ms < AGENT_FRESH_MS)
		return &snapshot;
	while (asked_ms != 0 && now < until && !stopping) {
		(void)from_supervisor((unsigned)(until - now));
		now = clock_monotonic_ms();
	}
	if (asked_ms != 0) {
		waited_ms = now;
		counter_add(COUNTER_SNMP_STALE, 1);
	}
	return &snapshot;
}

static void
on_ask(void *arg)
{
	static uint64_t sent_ms;

	(void)arg;
	tried_ms = clock_monotonic_ms();
	if (!ready || tried_ms - sent_ms < AGENT_ASK_MS)
		return;
	sent_ms = tried_ms;
	send_empty(MSG_AGENTX_ASK);
}

static void
on_open(void *arg, bool open)
{
	(void)arg;
	if (open != connected)
		log_info(open ? "snmpd has our tables" : "snmpd is gone");
	connected = open;
	tried_ms = clock_monotonic_ms();
	counter_set(COUNTER_AGENTX_OPEN, open ? 1 : 0);
}

static void
on_trap(void *arg, const struct trap *trap)
{
	(void)arg;
	counter_add(COUNTER_SNMP_TRAPS, 1);
	agent_tell(trap);
}

/*
 * A master that talks nonsense may leave the library in a state in which it
 * neither works nor tries again. We end then, and are started anew.
 */
static void
still_sane(void)
{
	static uint64_t armed_ms;
	uint64_t now = clock_monotonic_ms();

	if (now - armed_ms >= AGENT_FRESH_MS) {
		(void)alarm(AGENT_HANGS_S);
		armed_ms = now;
		if (!agent_whole())
			die(4, "net-snmp is not what it was");
	}
	if (!connected && now - tried_ms >= AGENT_LOST_MS)
		die(4, "net-snmp does not look for snmpd any more");
}

/*
 * Behind what was told: if we end in between it is told twice by the next one,
 * and not never.
 */
static void
remember(void)
{
	static const struct msg_empty fixed;
	struct diag diag;
	struct buf saved;

	buf_init(&saved, TRAP_SAVED_BYTES);
	if (trap_save(&watch, &saved) != OK)
		log_warn("no memory to keep what was told");
	else if (ipc_send_now(ROLE_FD_SUPERVISOR, MSG_WATCHED, &fixed,
	    buf_span(&saved), NULL, 0, &diag) != OK)
		die(4, "the supervisor is gone");
	buf_fini(&saved);
}

/*
 * What changes while snmpd is away is told when it is back, as the numbers
 * are then compared with those of before.
 */
static void
look(void)
{
	static uint64_t seen_ms;
	uint64_t now = clock_monotonic_ms();

	if (!ready || !connected)
		return;
	if (taken_ms != seen_ms && taken_ms != 0 && now - taken_ms <
	    AGENT_LOOK_MS && (watch.at_ms == 0 ||
	    now - watch.at_ms >= AGENT_FRESH_MS)) {
		seen_ms = taken_ms;
		trap_look(&watch, &snapshot, now, on_trap, NULL);
		remember();
	}
	if (taken_ms == 0 || now - taken_ms >= AGENT_LOOK_MS)
		ask_snapshot(now);
}

int
main(int argc, char **argv)
{
	const struct agent_owner owner = { on_snapshot, on_ask, on_open,
		NULL };
	struct role_start start;
	struct role_state state;
	enum err err;

	log_init("snmp");
	agent_start(&owner);
	role_start(ROLE_SNMP, argc, argv, &start, &state);
	tried_ms = clock_monotonic_ms();
	while (!stopping) {
		still_sane();
		if (agent_wait(ROLE_FD_SUPERVISOR, AGENT_FRESH_MS / 2, &err))
			(void)from_supervisor(1);
		if (err != OK)
			die(4, "wait: %s", strerror(errno));
		look();
	}
	return 0;
}
