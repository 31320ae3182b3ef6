/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_TREE_H
#define SEKISHO_SANITIZER_PDF_TREE_H

#include "pdf_object.h"

/*
 * Each pair of a name tree (ISO 32000-1, 7.9.6), in its order; visit() borrows
 * both. A loop ends where it closes; beyond PDF_TREE_PAIRS_MAX nothing is
 * visited. Trouble with the file is in pdf->err then.
 */
typedef void pdf_tree_visit(void *arg, qpdf_oh key, qpdf_oh value);
void pdf_name_tree(struct pdf *pdf, qpdf_oh root, pdf_tree_visit *visit,
    void *arg);

#endif
