/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FORMAT_JPEG_H
#define SEKISHO_SANITIZER_FORMAT_JPEG_H

#include "sanitizer.h"

/*
 * A JPEG to a new one, made of nothing but its pixels: baseline, JFIF header
 * of ours, no other APPn or comment, turned as Exif says, CMYK made RGB.
 * Anything cut off is an error (ERR_INPUT): the picture is removed then.
 * ERR_LIMIT: too large (limits.h), or too many scans. result gets outcome,
 * kind, the removed list (its buf is the caller's) or the reason. Runs in a
 * child of its own: libjpeg sees hostile bytes here. Ends out when OK.
 */
enum err format_jpeg(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
