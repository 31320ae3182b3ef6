/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_ROWS_H
#define SEKISHO_SANITIZER_PDF_ROWS_H

/*
 * What may stand in a dictionary of a PDF (cdr.md section 4). A dictionary is
 * looked at as what its place says it is; a key that its class has no row for
 * is taken out.
 */
enum pdf_class {
	PDF_VALUE = 0,		/* numbers, names, texts: no dictionary */
	PDF_PAGE,
	PDF_RESOURCES,
	PDF_XOBJECTS,		/* maps from names */
	PDF_FONTS,
	PDF_STATES,
	PDF_SPACES,
	PDF_PATTERNS,
	PDF_SHADINGS,
	PDF_PROPERTIES,
	PDF_PROCEDURES,		/* of a Type 3 font */
	PDF_APPEARANCES,	/* by state */
	PDF_XOBJECT,		/* one of the two below, by its Subtype */
	PDF_IMAGE,
	PDF_FORM,
	PDF_FONT,
	PDF_DESCRIPTOR,
	PDF_FONT_FILE,
	PDF_ENCODING,
	PDF_CID_SYSTEM,
	PDF_STATE,
	PDF_SOFT_MASK,
	PDF_SPACE,
	PDF_PATTERN,
	PDF_SHADING,
	PDF_FUNCTION,
	PDF_GROUP,
	PDF_PARAMETERS,		/* of a filter */
	PDF_PROCEDURE,
	PDF_LAYER,
	PDF_ANNOTATION,
	PDF_APPEARANCE,
	PDF_BORDER,
	PDF_TREE,		/* of names: nothing is pruned in it */
	PDF_FILE,		/* an embedded one: the same */
	PDF_BOOKMARK,		/* the same */
	PDF_CLASS_N
};

/*
 * May the class have this key ("/Font")? What its value is then goes into
 * *child. Maps take any key.
 */
int pdf_row(enum pdf_class class, const char *key, enum pdf_class *child);

/* Does it map names to things? No stream does. */
int pdf_is_map(enum pdf_class class);

/* Does a stream of this class hold operators? */
int pdf_has_operators(enum pdf_class class);

#endif
