/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_SCAN_H
#define SEKISHO_SANITIZER_PDF_SCAN_H

#include "pdf_object.h"

/*
 * A picture of JBIG2, fax or JPEG 2000, as scanners make them, described in
 * such a way that the renderer decodes it. Otherwise it would be copied into
 * the drawing as it is, where nobody decodes it. dict is the stream's, before
 * it is pruned; it looks the same afterwards.
 */
void pdf_scan_describe(struct pdf *pdf, qpdf_oh stream, qpdf_oh dict);

#endif
