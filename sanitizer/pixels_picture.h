/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PIXELS_PICTURE_H
#define SEKISHO_SANITIZER_PIXELS_PICTURE_H

#include "sanitizer.h"

/*
 * The first page of pixels.h as a picture (CONVERT_PIXELS_PICTURE): what was
 * drawn by another program, in our own forms. Errors and result as of
 * picture_write().
 */
enum err pixels_picture(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
