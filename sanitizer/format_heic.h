/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FORMAT_HEIC_H
#define SEKISHO_SANITIZER_FORMAT_HEIC_H

#include "sanitizer.h"

/*
 * The main picture of a HEIC, by libheif, turned and cropped as it says.
 * Errors and result as of format_jpeg().
 */
enum err format_heic(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
