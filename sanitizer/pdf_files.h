/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_FILES_H
#define SEKISHO_SANITIZER_PDF_FILES_H

#include "sanitizer.h"

/*
 * CONVERT_ENTRIES of a PDF: the files that are attached to it, to the list of
 * entries.h, each once, with the limits of archives; those above them without
 * their bytes. ERR_LIMIT: more than ARCHIVE_ENTRIES_MAX.
 */
enum err pdf_files(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
