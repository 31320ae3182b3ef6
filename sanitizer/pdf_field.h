/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_FIELD_H
#define SEKISHO_SANITIZER_PDF_FIELD_H

#include "pdf_object.h"

/*
 * A field of a form (a Widget annotation) becomes what is drawn of it, or of
 * its value; false: nothing is. Counted as "form-field" or "signature", the
 * latter with a "signer": the name that its maker gave, which nobody has
 * checked. A value that is not drawn is a "form-value", with its words.
 */
bool pdf_field(struct pdf *pdf, qpdf_oh annotation);

/*
 * pdf_field_draw.c: give a field an appearance of its words, or as much of
 * them as there is room for; false: not all of them are to be seen.
 */
struct pdf_field_text {
	struct span	words;		/* UTF-8 */
	struct span	style;		/* /DA, of which the size is taken */
	int		quadding;	/* 0 left, 1 middle, 2 right */
	bool		many;		/* lines */
};
bool pdf_field_draw(struct pdf *pdf, qpdf_oh field,
    const struct pdf_field_text *text);

/* pdf_signer.c: the name of who signed, appended as it stands; or nothing. */
enum err pdf_signer(struct pdf *pdf, qpdf_oh signature, struct buf *name)
    MUST_CHECK;

#endif
