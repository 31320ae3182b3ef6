/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_REMOVED_H
#define SEKISHO_SANITIZER_REMOVED_H

#include <stdbool.h>
#include <stdint.h>

#include "../gateway/base/buf.h"
#include "../gateway/base/span.h"

/*
 * The list of what was taken out of one file, as it travels from the child
 * that did it (convert_result.removed) to the report. Encoded with wire.h:
 * what, count, where, again and again.
 */

#define REMOVED_WHAT_BYTES_MAX	64	/* an ASCII word: "exif", "icc" */
#define REMOVED_WHERE_BYTES_MAX	512	/* clamped by removed_add() */

struct removed {
	struct span	what;
	struct span	where;		/* may be empty; any bytes */
	uint64_t	count;
};

/* Add one item to the list. ERR_LIMIT: the buf is full. */
enum err removed_add(struct buf *list, const char *what, uint64_t count,
    struct span where) MUST_CHECK;

/*
 * The next item; false at the end or where the list is damaged. Spans point
 * into the list. *list is moved on.
 */
bool removed_next(struct span *list, struct removed *item);

#endif
