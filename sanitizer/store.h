/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_STORE_H
#define SEKISHO_SANITIZER_STORE_H

#include "../gateway/base/arena.h"
#include "../gateway/base/digest.h"
#include "sanitizer.h"

/*
 * Where decoded and converted leaves wait until the mail is composed: small
 * ones in memory, large ones in a scratch file when there is one, so that a
 * mail of any size needs little memory. Bytes given out stay until the end.
 */
#define STORE_MEMORY_BYTES	(64 * 1024)	/* larger ones are spilled */

struct store {
	struct arena	*arena;
	int		 fd;		/* -1: everything stays in memory */
	uint64_t	 used;		/* of the file */
	uint64_t	 total;		/* bytes written here and kept */
	uint64_t	 total_max;
	uint64_t	 lost;		/* written in vain */
};
void store_init(struct store *store, struct arena *arena, int fd,
    uint64_t total_max);

/*
 * A sink for one leaf; it counts and hashes what it gets. After end():
 * result has the bytes. ERR_LIMIT: total_max, or the arena is full.
 * store_sink_fini() in any case; without an end() the room is free again, so
 * that what is too large does not keep out what would fit. (As often as it
 * can be done with total_max bytes: work has an end.)
 */
struct store_sink {
	struct filter	 filter;
	struct store	*store;
	struct buf	 buf;
	uint64_t	 offset;	/* in the file */
	uint64_t	 bytes;
	bool		 spilled;
	bool		 hashed;
	struct digest	 digest;
	uint8_t		 sha256[DIGEST_BYTES];
	struct input	 result;
};
void store_sink_init(struct store_sink *sink, struct store *store);
void store_sink_fini(struct store_sink *sink);

#endif
