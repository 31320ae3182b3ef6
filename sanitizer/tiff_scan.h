/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_TIFF_SCAN_H
#define SEKISHO_SANITIZER_TIFF_SCAN_H

#include "image.h"

/*
 * Walks over the directories of a TIFF (6.0) before libtiff does: counts
 * what beside the first page's pixels will not be passed on (pages, exif,
 * gps, xmp, iptc, icc, thumbnail, metadata, app) in removed. ERR_INPUT: no
 * TIFF, directories in a circle, or entries that are too large for the file.
 * ERR_LIMIT: too many directories.
 */
enum err tiff_scan(struct span file, struct convert_result *result)
    MUST_CHECK;

#endif
