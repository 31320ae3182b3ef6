/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FORMAT_PDF_H
#define SEKISHO_SANITIZER_FORMAT_PDF_H

#include "handler.h"

/*
 * PDF and SVG, in steps that are a child each; nothing of the file is read
 * here. Each ends out. ERR_LIMIT and ERR_INPUT: try the next method.
 */
enum err format_pdf_redraw(const struct handler_input *input,
    struct filter *out, struct convert_result *result) MUST_CHECK;
enum err format_pdf_image(const struct handler_input *input,
    struct filter *out, struct convert_result *result) MUST_CHECK;
enum err format_pdf_text(const struct handler_input *input,
    struct filter *out, struct convert_result *result) MUST_CHECK;
enum err format_svg(const struct handler_input *input,
    struct filter *out, struct convert_result *result) MUST_CHECK;

#endif
