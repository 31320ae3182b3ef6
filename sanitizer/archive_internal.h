/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_ARCHIVE_INTERNAL_H
#define SEKISHO_SANITIZER_ARCHIVE_INTERNAL_H

#include "archive_read.h"
#include "entries.h"

/*
 * The last component of an entry's path in UTF-8, appended to name. utf8: the
 * archive says so; otherwise valid UTF-8 is taken as that, the rest as CP932,
 * where a backslash may be the half of a character. *odd: absolute, with a
 * drive letter, or with "..". A long name keeps its end.
 */
enum err archive_name(struct span path, bool utf8, struct buf *name,
    bool *odd) MUST_CHECK;

/* Does a RAR 5 hold an encrypted file? Looks at its headers only. */
bool archive_rar5_encrypted(const struct input *in);

#endif
