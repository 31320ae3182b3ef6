/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TESTS_ESCAPE_H
#define SEKISHO_TESTS_ESCAPE_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What an act finds; made before the role is entered. */
struct escape_setup {
	char		 outside[300];	/* a file outside the role's folder */
	char		 chroot_dir[300];
	int		 folder;	/* the role's folder */
	int		 draft;		/* append-only descriptor */
	int		 memfd;
	int		 pair[2];	/* SEQPACKET */
	int		 pipe[2];
	int		 udp;		/* an inet socket left open */
	int		 program;	/* /bin/true */
	pid_t		 foreign;	/* a process of ours, outside */
	uint16_t	 port_allowed;
	uint16_t	 port_other;
};
extern struct escape_setup setup;

/*
 * An act gives -1 when it was refused, as system calls do. Roles are bits:
 * R(SPOOL), and CHILD(WORKER) for a child of the worker.
 */
struct act {
	const char	*name;
	int		(*run)(void);
	uint32_t	 needed;	/* must work in these */
	uint32_t	 either;	/* may work, does no harm */
	uint32_t	 landlock_roles; /* refused by Landlock only ... */
	int		 landlock_abi;	/* ... from this ABI on */
};
extern const struct act acts[];
extern const size_t acts_n;

struct sockaddr_in loopback(uint16_t port);

#define R(role)		(1u << ROLE_##role)
#define CHILD(role)	(1u << (16 + ROLE_##role))
#define ROLES		(R(RECEIVE) | R(SPOOL) | R(SANITIZE) | R(WORKER) | \
	R(VERIFY) | R(DELIVER) | R(COMPILE) | R(PACKET) | R(INSPECT) | \
	R(CAPTURE) | R(RENDER) | R(AUDIT) | R(SNMP))
#define FOLDERS		(R(SPOOL) | R(DELIVER) | R(CAPTURE) | R(AUDIT))
#define CHILDREN	(CHILD(WORKER) | CHILD(VERIFY) | CHILD(RENDER))
#define RENDER		(R(RENDER) | CHILD(RENDER))
#define PARENTS		(R(WORKER) | R(VERIFY) | R(RENDER))

#endif
