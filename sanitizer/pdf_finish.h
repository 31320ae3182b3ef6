/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_FINISH_H
#define SEKISHO_SANITIZER_PDF_FINISH_H

#include "sanitizer.h"

/*
 * CONVERT_PDF_FINISH: what the renderer drew, object for object, in the shape
 * of pdf_write.h, with the words that it lost (pixels.h); links and bookmarks
 * that stand in front of it (pdf_link.h) go back into it. ERR_INPUT: a picture
 * in a form that is not decoded here (JBIG2, JPEG 2000, fax), so that this
 * method has failed.
 */
enum err pdf_finish(const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result) MUST_CHECK;

#endif
