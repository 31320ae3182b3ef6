/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TOOLS_MATRIX_PICTURE_H
#define SEKISHO_TOOLS_MATRIX_PICTURE_H

#include "../rules/rules.h"

/* What a class is called in the picture: Japanese and English. */
const char *matrix_class_ja(enum rules_class class);

/*
 * The matrix as a picture: SVG, or a page with the picture and a table. No
 * script, nothing is loaded, all text of the rules is escaped. title is the
 * name of the file.
 */
enum err matrix_svg(const struct rules_matrix *matrix, const char *title,
    struct buf *out) MUST_CHECK;
enum err matrix_html(const struct rules_matrix *matrix, const char *title,
    struct buf *out) MUST_CHECK;

#endif
