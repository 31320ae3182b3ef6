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
#define ROLE_FD_COUNTS		5	/* packet: packet_counts.h */
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
 * Short-lived children of the worker and of the verifier, one per mail or
 * file. A filter of their own would cost each some 90 us (the kernel compiles
 * it anew), so the filter of these two roles is already that narrow: a child
 * gets its limits (no process of its own, processor time, descriptors, file
 * size) and loses the counter page and all descriptors but its own. Only
 * where limits do not bind, with the user id of root, it gets a filter too.
 *
 * There is no kill() in these roles, as a child has what its parent has: fork
 * by role_fork_child(), which gives the parent a descriptor of the child (to
 * be closed by it; readable, as poll(2) has it, once the child has ended), and
 * end it by role_kill_child(). fork() works, but gives nothing to kill by.
 * In the child call role_close_others(), then role_enter_child().
 */
enum err role_child_prepare(enum role_id role, struct diag *diag) MUST_CHECK;
pid_t role_fork_child(int *pidfd);	/* as fork(); -1: see errno */
void role_kill_child(int pidfd);	/* SIGKILL; harmless if it has ended */
enum err role_enter_child(enum role_id role, struct diag *diag) MUST_CHECK;

/* Close all descriptors but 0, 1, 2 and these (at most 8, any order). */
void role_close_others(const int *keep, unsigned keep_n);

const char *role_name(enum role_id role);	/* "receive" */
const char *role_program(enum role_id role);	/* "sekisho-receive" */

/*
 * Start-up code of every daemon: parse the argv that the supervisor gave,
 *   PROGRAM SEGMENT-NAME SEGMENT-INDEX UID GID CHROOT [FOLDERS [PORTS]]
 * ("" or "-" where there is none; FOLDERS is how many, PORTS as "25,587"),
 * close what else was inherited, name the log, attach the counters, enter the
 * role and tell the supervisor (MSG_SANDBOX; not the worker). Dies on
 * trouble. The launcher starts its zygotes before it calls this, giving them
 * the same arguments. What was opened close-on-exec before stays open.
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
