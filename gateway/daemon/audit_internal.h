/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_DAEMON_AUDIT_INTERNAL_H
#define SEKISHO_DAEMON_AUDIT_INTERNAL_H

#include "../audit/audit_file.h"
#include "../proc/ipc.h"
#include "../proc/loop.h"
#include "../proc/msg.h"
#include "../proc/role.h"

/* audit.c: one loop, one log. */
extern struct loop *audit_loop;
extern struct audit_file audit_log;
extern bool audit_is_open;		/* records can be kept */

/* A record of our own. */
enum err audit_note(enum audit_type type, struct span members);
/* It cannot be written: everybody is told, and it is tried again. */
void audit_close_log(const struct diag *diag);
/* false: the supervisor has no room for it now. */
bool audit_say(enum msg_kind kind, const void *fixed);

/*
 * audit_retain.c: files of the log whose time is over. begin: the log was
 * opened for the first time, and nothing is added yet.
 */
void retain_policy(uint32_t days);
void retain_begin(void);
void retain_second(void);
void retain_clock(int64_t step_ms);

/*
 * audit_places.c, audit_place_*.c: the records, again, to receivers of
 * syslog. They are read from the log behind its sync, so that a receiver
 * holds up nothing.
 */
void places_policy(const struct msg_audit_policy *policy, struct span host);
void places_begin(void);
void places_connection(const struct msg_place *to, int fd);	/* takes fd */
void places_round(void);
void places_second(void);
void places_end(void);

#endif
