/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FORMAT_WEBP_H
#define SEKISHO_SANITIZER_FORMAT_WEBP_H

#include "sanitizer.h"

/*
 * A WebP, by libwebp, turned as its Exif says; of an animation the first
 * picture. Errors and result as of format_jpeg().
 */
enum err format_webp(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
