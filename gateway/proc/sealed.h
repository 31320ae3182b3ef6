/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_PROC_SEALED_H
#define SEKISHO_PROC_SEALED_H

#include <stddef.h>

#include "../base/err.h"
#include "../base/span.h"

/*
 * Map a memory file of another process read-only, all of it. It must be
 * sealed (SEALED_SEALS): then its maker can neither change it under our eyes
 * nor cut it short. The descriptor stays the caller's and may be closed.
 * ERR_POLICY: not sealed. ERR_LIMIT: empty, or longer than bytes_max.
 */
enum err sealed_map(int fd, size_t bytes_max, struct span *bytes,
    struct diag *diag) MUST_CHECK;
void sealed_unmap(struct span bytes);	/* the empty span is allowed */

/*
 * A part of a mapping was read: let its pages go. They come back when they
 * are read again, so this is only about how much memory the process holds.
 */
void sealed_release(struct span part);

#define SEALED_SEALS	(F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK)

#endif
