/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_JPEG_SCAN_H
#define SEKISHO_SANITIZER_JPEG_SCAN_H

#include "exif.h"
#include "image.h"

/*
 * Walks over the segments of a JPEG up to its first scan: adds what will not
 * be passed on (exif, gps, thumbnail, xmp, icc, iptc, comment, app) to
 * removed, and tells how the picture must be turned. What is no JPEG is left
 * to the decoder to say.
 */
enum err jpeg_scan(const struct input *in, struct buf *removed,
    struct exif *exif) MUST_CHECK;

#endif
