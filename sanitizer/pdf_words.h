/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_WORDS_H
#define SEKISHO_SANITIZER_PDF_WORDS_H

#include "pixels.h"

/*
 * Words behind a page, to be searched and copied, in a font F0 that shows
 * nothing: its codes are UTF-16. Operators are in pixels of the page, whose
 * height is given, and stand between "BT 3 Tr" and "ET" (pdf_write.h).
 */
enum err pdf_words_put(const struct pixels_word *word, uint32_t height,
    struct buf *out) MUST_CHECK;
/* The CMap of its /ToUnicode. */
enum err pdf_words_map(struct buf *out) MUST_CHECK;

#endif
