/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FORMAT_PICTURE_H
#define SEKISHO_SANITIZER_FORMAT_PICTURE_H

#include "sanitizer.h"

/*
 * Pictures without a safe form of their own, to a new JPEG or PNG: picture.h
 * has the rule, result which it was. Made of pixels only, turned as the
 * input says, colours taken for sRGB. What is left out is counted in removed:
 * animation (pictures behind the first one), pages, exif, gps, xmp, icc,
 * iptc, comment, thumbnail, app, trailing-bytes. Sizes are checked before
 * anything is decoded. Errors as of format_jpeg(). End out when OK.
 *
 * gif	with giflib; the first picture of an animation on its canvas
 * bmp	own reader: OS/2 and Windows headers, 1-32 bits, RLE, bit fields
 * webp	with libwebp; the first picture of an animation on its canvas
 * tiff	with libtiff; the first page; compressions that are in use only (no
 *	old-style JPEG)
 * heic	with libheif and libde265, one thread; HEVC only: no AVIF
 */
enum err format_gif(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;
enum err format_bmp(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;
enum err format_webp(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;
enum err format_tiff(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;
/* All pages of a TIFF: one to a picture, several to a PDF (SAFE_PDF). */
enum err format_tiff_pages(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;
enum err format_heic(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
