/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_ARCHIVE_READ_H
#define SEKISHO_SANITIZER_ARCHIVE_READ_H

#include "sanitizer.h"

/*
 * CONVERT_ENTRIES: the files in an archive as the list of entries.h, each of
 * them unpacked by count and not by what a header says (cdr.md section 8).
 * Folders have no entry. Both end out.
 *
 * ERR_INPUT: nothing can be read. ERR_LIMIT: more entries, more bytes or a
 * higher ratio than limits.h allows; then there is no list at all. A file
 * that is too large alone, damaged, encrypted, a link, a device or one whose
 * path leads out of the archive is named and flagged.
 */

/* tar, gz, bz2, xz, cab, rar, 7z, lzh by libarchive. */
enum err archive_read_entries(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;
/* ZIP by our own reader; ENTRIES_CONFLICT: both of its readings are there. */
enum err archive_zip_entries(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

/* What a child could not open any more: a locale and one converter. */
void archive_read_warm(void);

#endif
