/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HEIC_SCAN_H
#define SEKISHO_SANITIZER_HEIC_SCAN_H

#include "image.h"

/*
 * Walks over the boxes of a HEIF file (ISO 23008-12) before libheif does:
 * every size that is declared is checked, what is coded in other ways than
 * HEVC is refused (ERR_POLICY), and exif, xmp, icc and further pictures are
 * counted in removed. ERR_INPUT, ERR_LIMIT with the reason.
 */
enum err heic_scan(struct span file, struct convert_result *result)
    MUST_CHECK;

#endif
