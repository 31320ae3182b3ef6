/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_EXIF_H
#define SEKISHO_SANITIZER_EXIF_H

#include <stdbool.h>

#include "../gateway/base/span.h"

/*
 * What we want to know of an Exif block (a TIFF header and its directories):
 * how the picture must be turned, and what is in it, for the report. Nothing
 * of it is ever passed on.
 */
struct exif {
	unsigned	orientation;	/* 1-8; 1 when absent or wrong */
	bool		gps;		/* where the photo was taken */
	bool		thumbnail;
};

/* tiff: from the byte order mark on. False: not a TIFF header. */
bool exif_parse(struct span tiff, struct exif *exif);

#endif
