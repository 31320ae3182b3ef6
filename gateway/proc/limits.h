/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PROC_LIMITS_H
#define SEKISHO_PROC_LIMITS_H

/* loop: events fetched by one epoll_wait */
#define LOOP_EVENTS_MAX		128
/* and looks for what has come, of a loop that is to end */
#define LOOP_LAST_ROUNDS_MAX	256

/* ipc: channels of one process; messages of one channel that wait */
#define IPC_CHANNELS_MAX	160
#define IPC_WAITING_MAX		256

/* ipc: messages fetched by one call, and read in one wake-up of a channel */
#define IPC_BATCH_MAX		16
#define IPC_ROUND_MAX		64

/* ipc: wanted send buffer; the kernel cuts it to net.core.wmem_max */
#define IPC_SNDBUF_BYTES	(1024 * 1024)

/* seccomp: instructions of a child's filter (BPF_MAXINSNS) */
#define SECCOMP_CODE_MAX	4096

/* role: descriptors, address space; folders and ports of a deliver */
#define ROLE_FILES_DAEMON	65536
#define ROLE_FILES_PARENT	4096
#define ROLE_FILES_CHILD	64
/* of a forked child: the kernel also holds all descriptors against it that
 * are on their way between processes of one user */
#define ROLE_FILES_FORKED	1024
#define ROLE_MEMORY_BYTES	(512ul * 1024 * 1024)
#define ROLE_RENDER_MEMORY_BYTES (1024ul * 1024 * 1024)
#define ROLE_FOLDERS_MAX	64
#define ROLE_PORTS_MAX		64
#define ROLE_KEEP_MAX		8
#define ROLE_INHERITED_MAX	1024	/* looked at for left-overs */

/*
 * role: a child's processor time and longest (memory) file. Beyond it comes a
 * signal, so the limits of what children write are below it.
 */
#define ROLE_CHILD_CPU_S	20
#define ROLE_CHILD_FILE_BYTES	(320ul * 1024 * 1024)

#endif
