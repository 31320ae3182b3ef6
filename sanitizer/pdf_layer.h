/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_LAYER_H
#define SEKISHO_SANITIZER_PDF_LAYER_H

#include "pdf_object.h"
#include "pixels.h"

/*
 * Words that a drawing lost, invisibly behind its pages: to be searched and
 * copied as before.
 */
struct pdf_layer {
	struct pixels_reader words;
	bool		there;
	qpdf_oh		font;		/* once it is needed */
};

/* The words behind a drawing; *pdf is the drawing alone. */
enum err pdf_layer_open(struct pdf_layer *layer, const struct input *in,
    struct input *pdf) MUST_CHECK;
/*
 * The words of the next page, into its content. A page whose content is not
 * one stream, or which has a font of that name, is left as it is.
 */
enum err pdf_layer_add(struct pdf_layer *layer, struct pdf *pdf,
    qpdf_oh page) MUST_CHECK;

#endif
