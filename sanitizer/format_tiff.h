/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FORMAT_TIFF_H
#define SEKISHO_SANITIZER_FORMAT_TIFF_H

#include "sanitizer.h"

/*
 * The first page of a TIFF, by libtiff, whatever its colours are; further
 * ones count as "pages". Errors and result as of format_jpeg().
 */
enum err format_tiff(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
