/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FILENAME_H
#define SEKISHO_SANITIZER_FILENAME_H

#include "mime_parse.h"

#define FILENAME_BYTES_MAX	200

/*
 * Names of attachments (cdr.md section 8). The result is NAME of the safe
 * form: last component, NFC, nothing invisible, nothing that Windows refuses,
 * the extension of what we produce; known extensions before it lose their
 * dot. raw: UTF-8, any bytes; an empty one gets `fallback`. Appended to out.
 */
enum err filename_clean(struct span raw, struct span fallback,
    const char *extension, struct buf *out) MUST_CHECK;

/*
 * Like it for showing only (removed files): clean, one line, no forced
 * extension, at most FILENAME_BYTES_MAX. May give nothing.
 */
enum err filename_show(struct span raw, struct buf *out) MUST_CHECK;

/* The declared name of a part, decoded to UTF-8, not clean. May be empty. */
enum err filename_of_part(const struct mime_part *part, struct buf *out)
    MUST_CHECK;

/*
 * Make name differ from the n taken ones (ASCII letters folded) by "(2)",
 * "(3)"... before its extension. name is in a buf, changed in place.
 */
enum err filename_unique(struct buf *name, const struct span *taken, size_t n)
    MUST_CHECK;

#endif
