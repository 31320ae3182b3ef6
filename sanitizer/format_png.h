/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FORMAT_PNG_H
#define SEKISHO_SANITIZER_FORMAT_PNG_H

#include "sanitizer.h"

/*
 * A PNG to a new one, made of nothing but its pixels: 8 bits a sample, not
 * interlaced, IHDR PLTE tRNS IDAT IEND. A palette stays one. Only the chunks
 * that make the picture are shown to libpng at all. Errors and result as of
 * format_jpeg(); an animation becomes its first picture. Ends out when OK.
 */
enum err format_png(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
