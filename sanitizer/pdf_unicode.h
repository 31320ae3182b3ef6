/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_UNICODE_H
#define SEKISHO_SANITIZER_PDF_UNICODE_H

#include "pdf_object.h"

/*
 * Give a font that has no /ToUnicode one, if it is known what its codes mean;
 * trouble is in pdf->err. What the font has stays as it is.
 */
void pdf_font_unicode(struct pdf *pdf, qpdf_oh font);

#endif
