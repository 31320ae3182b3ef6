/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_PDF_CONTENT_H
#define SEKISHO_VERIFY_PDF_CONTENT_H

#include "verify_lines.h"

/*
 * What streams of a PDF say in operators, pushed in any split: content of
 * pages, glyphs of Type 3 fonts, maps to Unicode, functions of type 4. Each
 * operator is on a list with the kinds of its operands. No comments, no
 * dictionaries in content, no marked content but the text of some glyphs; that
 * and an image in line (a whole glyph) only in the one form of cairo's.
 */
enum pdf_dialect {
	DIALECT_NONE = 0,	/* bytes that nobody reads here */
	DIALECT_CONTENT,
	DIALECT_GLYPH,		/* that, and an image in line */
	DIALECT_CMAP,
	DIALECT_FUNCTION
};

#define PDF_TOKEN_BYTES_MAX	127
#define PDF_OPERANDS_MAX	8
#define PDF_SPAN_DIGITS_MAX	512

struct pdf_content {
	enum pdf_dialect dialect;
	unsigned	 state;
	uint64_t	 bytes, operators;
	unsigned	 states, braces;
	bool		 text, array, span;
	unsigned	 dicts;		/* open; CMaps only */
	unsigned	 operands;
	char		 operand[PDF_OPERANDS_MAX + 1];
	unsigned	 digits;	/* of an escape, hex string or span */
	uint64_t	 image_left;
	unsigned	 token_len;
	char		 token[PDF_TOKEN_BYTES_MAX + 1];
};

void pdf_content_init(struct pdf_content *c, enum pdf_dialect dialect);
enum err pdf_content_write(struct pdf_content *c, struct span bytes,
    struct diag *diag) MUST_CHECK;
enum err pdf_content_end(struct pdf_content *c, struct diag *diag)
    MUST_CHECK;

/* Is the token an operator of the dialect, and are its operands there? */
bool pdf_content_operator(const struct pdf_content *c);

#endif
