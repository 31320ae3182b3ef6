/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_DURABLE_H
#define SEKISHO_BASE_DURABLE_H

#include "buf.h"
#include "err.h"
#include "span.h"

/*
 * What must survive a power cut. All of these block for the disk. A failed
 * sync is never tried again: the kernel may have dropped the pages, so the
 * caller gives the file up.
 */
enum err durable_sync_file(int fd, struct diag *diag) MUST_CHECK;
enum err durable_sync_dir(int dir, struct diag *diag) MUST_CHECK;

/*
 * Give the finished file its name in another folder; the name must not exist
 * there. The folders are synced by the caller (often once for many files).
 * ERR_INPUT: the name exists.
 */
enum err durable_rename(int from_dir, const char *from, int to_dir,
    const char *to, struct diag *diag) MUST_CHECK;

/*
 * Write a small file whole and make it durable: draft, sync, rename over the
 * old one, sync of the folder. Readers see the old or the new, never a part.
 */
enum err durable_replace(int dir, const char *name, struct span bytes,
    unsigned mode, struct diag *diag) MUST_CHECK;

/* Write (read at an offset) everything in spite of signals and short counts. */
enum err write_all(int fd, struct span bytes, struct diag *diag) MUST_CHECK;
enum err pwrite_all(int fd, struct span bytes, uint64_t offset,
    struct diag *diag) MUST_CHECK;
/* *got < len only at the end of the file. */
enum err pread_all(int fd, void *bytes, size_t len, uint64_t offset,
    size_t *got, struct diag *diag) MUST_CHECK;
/*
 * A file, from its start to its end, into an empty buf. ERR_LIMIT: it is as
 * long as the maximum of the buf, or longer.
 */
enum err pread_whole(int fd, struct buf *bytes, struct diag *diag) MUST_CHECK;

#endif
