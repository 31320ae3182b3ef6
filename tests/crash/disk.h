/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TESTS_CRASH_DISK_H
#define SEKISHO_TESTS_CRASH_DISK_H

#include <stdbool.h>

#include "../../gateway/base/span.h"

/*
 * A disk that is watched: the system calls of the daemon on files are wrapped
 * (see tests.mk) and each change is written down in memory that is shared
 * with the test; from that, the disk is built as a power cut may leave it.
 */
#define OPS_MAX		4096
#define DATA_MAX	(8u << 20)
#define NODES_MAX	512
#define NAME_MAX_BYTES	96
#define KILLED		99	/* exit status of a daemon that was stopped */

enum op_kind {
	OP_CREATE = 1, OP_WRITE, OP_RENAME, OP_UNLINK, OP_MKDIR,
	OP_SYNC_NODE, OP_SYNC_DIR, OP_SYNC_ALL
};

struct op {
	enum op_kind	kind;
	uint32_t	node;
	char		from[NAME_MAX_BYTES];	/* path below the spool */
	char		to[NAME_MAX_BYTES];
	uint64_t	offset;			/* UINT64_MAX: append */
	uint32_t	data, len;
};

struct shared {
	volatile int	lock;
	uint32_t	calls, kill_at;
	uint32_t	ops_n, data_n, nodes_n;
	uint64_t	node_id[NODES_MAX];
	struct op	ops[OPS_MAX];
	uint8_t		data[DATA_MAX];
};
extern struct shared *shared;

/* Start-up: makes shared. False: no memory. */
bool disk_start(void);
/* Forget all; the daemon is to be stopped before its call kill_at. */
void disk_begin(uint32_t kill_at);
/* In the daemon: from here on its calls are watched. */
void disk_arm(void);
void op_add(enum op_kind kind, uint32_t node, const char *from,
    const char *to, uint64_t offset, struct span bytes);

/* ---- after the stop ---- */

enum variant { NONE = 1, ALL, ALONE, BUT_ONE, TORN };

struct replay {
	bool		 applied[OPS_MAX];
	struct {
		uint8_t	*bytes;
		size_t	 len;
	} nodes[NODES_MAX];
	char		 path[NODES_MAX][NAME_MAX_BYTES];	/* "": none */
};
extern struct replay replay;

/* A change, not a sync. Was it synced before the stop? */
bool is_change(const struct op *op);
bool is_durable(uint32_t i);
/* The disk when, of the changes not synced, the chosen ones arrived. */
void replay_run(enum variant variant, uint32_t one);
/* Write it down below dir. */
void replay_build(const char *dir);

#endif
