/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SNMP_AGENT_H
#define SEKISHO_SNMP_AGENT_H

#include "trap.h"

/*
 * The one file that knows net-snmp: an AgentX sub-agent (RFC 2741). It opens
 * no socket: a connection to snmpd is given to it, and asked for when there
 * is none. One per process, as the library has it.
 */
struct agent_owner {
	/* The numbers to answer with, as fresh as can be; never NULL. */
	const struct snapshot *(*snapshot)(void *arg);
	/* snmpd is not connected: agent_connection() is hoped for. */
	void	(*ask)(void *arg);
	/* snmpd has all our tables, or is gone. */
	void	(*open)(void *arg, bool open);
	void	*arg;
};

/*
 * Start-up code: the library is made ready, and reads no file. Everything
 * that it opens is close-on-exec then. Before role_start().
 */
void agent_start(const struct agent_owner *owner);

/* Takes fd: a stream to snmpd, used at the next try. */
void agent_connection(int fd);

/*
 * Wait for fd or for snmpd, at most timeout_ms, and answer what snmpd asks.
 * True: fd can be read. ERR_SYSTEM in *err: select() failed.
 */
bool agent_wait(int fd, unsigned timeout_ms, enum err *err);

/*
 * False: the library has closed what it talks to itself by, or has connected
 * and not registered all tables; both happen when snmpd talks nonsense. It
 * answers nothing then: the process should end.
 */
bool agent_whole(void);

/* Lost when snmpd is not there: ask agent_owner.open. */
void agent_tell(const struct trap *trap);

#endif
