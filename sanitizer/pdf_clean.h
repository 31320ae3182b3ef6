/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_CLEAN_H
#define SEKISHO_SANITIZER_PDF_CLEAN_H

#include "sanitizer.h"

/*
 * CONVERT_PDF_CLEAN: a PDF to one that holds what pdf_rows.h lists, for the
 * renderer to read; never delivered. In front of it stand its links, as
 * pdf_link.h has them. ERR_POLICY "encrypted": it needs a
 * password. ERR_LIMIT: content that takes too long to draw.
 */
enum err pdf_clean(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
