/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FORMAT_BMP_H
#define SEKISHO_SANITIZER_FORMAT_BMP_H

#include "sanitizer.h"

/*
 * A Windows or OS/2 bitmap (BITMAPFILEHEADER with the core header of 12 bytes
 * or one of 40 to 124): 1, 4, 8, 16, 24 and 32 bits, masks, run lengths. Rows
 * that are cut off are an error. Errors and result as of format_jpeg().
 */
enum err format_bmp(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
