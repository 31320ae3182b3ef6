/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PROC_ROLE_H
#define SEKISHO_PROC_ROLE_H

#include <stdbool.h>
#include <sys/types.h>

#include "../base/err.h"
#include "msg.h"

/* Descriptors that the supervisor leaves open over exec. */
#define ROLE_FD_SUPERVISOR	3	/* SEQPACKET channel to sekishod */
#define ROLE_FD_COUNTERS	4	/* counter page */
#define ROLE_FD_FOLDER		5	/* spool: state folder; else absent */
#define ROLE_FD_FOLDERS_FIRST	6	/* deliver: Maildirs, in route order */

/*
 * What role_enter() gives up for good, in one visible order: limits, chroot
 * to empty, groups, ids, capabilities, no_new_privs, Landlock, seccomp.
 * Folders whose descriptors are given stay usable (Landlock rule), nothing
 * else does. Without root: chroot and ids are left out, which the state says.
 */
struct role_options {
	uid_t		 uid;		/* 0: do not change (not root) */
	gid_t		 gid;
	const int	*folders;	/* opened before, kept usable */
	unsigned	 folders_n;
	const uint16_t	*ports;		/* TCP ports it may connect to */
	unsigned	 ports_n;
	const char	*chroot_dir;	/* empty folder; NULL: none */
};

struct role_state {
	bool	ids_dropped;
	bool	chrooted;
	bool	seccomp;
	int	landlock_abi;		/* 0: kernel has none */
};

/* After OK nothing can be taken back. On error the caller exits. */
enum err role_enter(enum role_id role, const struct role_options *options,
    struct role_state *state, struct diag *diag) MUST_CHECK;

/*
 * The stricter filter of a worker's or verifier's child: memory and the pipe
 * or job channel it has, no new descriptor, no file, no socket, no process.
 * Compile it once, before role_enter() (role_start() does it for these two);
 * each child then enters with a few system calls. The child closes what it
 * shall not have before (close_range() is allowed until then).
 */
enum err role_child_prepare(enum role_id role, struct diag *diag) MUST_CHECK;
enum err role_enter_child(enum role_id role, struct diag *diag) MUST_CHECK;

const char *role_name(enum role_id role);	/* "receive" */
const char *role_program(enum role_id role);	/* "sekisho-receive" */

/*
 * Start-up code of every daemon: parse the argv that the supervisor gave,
 *   PROGRAM SEGMENT-NAME SEGMENT-INDEX UID GID CHROOT [FOLDERS [PORTS]]
 * ("" or "-" where there is none; FOLDERS is how many, PORTS as "25,587"),
 * close what does not belong, name the log, attach the counters, enter the
 * role and tell the supervisor (MSG_SANDBOX; not the worker). Dies on
 * trouble. The launcher starts its zygotes before it calls this, giving them
 * the same arguments; launcher and worker close other descriptors themselves.
 */
struct role_start {
	const char	*segment_name;	/* "" when the role has none */
	uint32_t	 segment;	/* UINT32_MAX when none */
	unsigned	 folders_n;	/* of ROLE_FD_FOLDERS_FIRST on */
	struct role_options options;
};
void role_start(enum role_id role, int argc, char **argv,
    struct role_start *start, struct role_state *state);

#endif
