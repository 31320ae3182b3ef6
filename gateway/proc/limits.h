/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PROC_LIMITS_H
#define SEKISHO_PROC_LIMITS_H

/* loop: events fetched by one epoll_wait */
#define LOOP_EVENTS_MAX		128

/* ipc: channels of one process; messages of one channel that wait */
#define IPC_CHANNELS_MAX	128
#define IPC_WAITING_MAX		256

/* ipc: messages fetched by one call, and read in one wake-up of a channel */
#define IPC_BATCH_MAX		16
#define IPC_ROUND_MAX		64

/* ipc: wanted send buffer; the kernel cuts it to net.core.wmem_max */
#define IPC_SNDBUF_BYTES	(1024 * 1024)

#endif
