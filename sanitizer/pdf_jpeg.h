/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_JPEG_H
#define SEKISHO_SANITIZER_PDF_JPEG_H

#include "sanitizer.h"

/*
 * Samples to a baseline JPEG with a JFIF header, appended to out. samples has
 * height rows of width * components bytes; components is 1 (grey) or 3 (RGB).
 */
enum err pdf_jpeg(const uint8_t *samples, uint32_t width, uint32_t height,
    int components, int quality, struct buf *out) MUST_CHECK;

#endif
