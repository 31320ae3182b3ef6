/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_TIFF_SCAN_H
#define SEKISHO_SANITIZER_TIFF_SCAN_H

#include "image.h"

/*
 * Walks over the directories of a TIFF (6.0) before libtiff does: counts
 * what beside the pixels of the first page, or of all, will not be passed on
 * (pages, exif, gps, xmp, iptc, icc, thumbnail, mask, metadata, app) in
 * removed. ERR_INPUT: no TIFF, directories in a circle, or entries that are
 * too large for the file. ERR_LIMIT: too many directories.
 */
struct tiff_scanned {
	unsigned	directories;	/* sound ones: none is read behind */
	unsigned	pages;		/* of these */
};
enum err tiff_scan(struct span file, bool all, struct tiff_scanned *scanned,
    struct convert_result *result) MUST_CHECK;

#endif
