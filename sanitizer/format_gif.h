/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FORMAT_GIF_H
#define SEKISHO_SANITIZER_FORMAT_GIF_H

#include "sanitizer.h"

/*
 * The first picture of a GIF on its canvas, by giflib; further ones count as
 * "animation". Errors and result as of format_jpeg().
 */
enum err format_gif(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
