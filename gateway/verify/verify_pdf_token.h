/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_PDF_TOKEN_H
#define SEKISHO_VERIFY_PDF_TOKEN_H

#include "verify_pdf_content.h"

/* A value of a PDF that is neither array nor dict. */
struct pdf_token {
	char	kind;	/* / n s r, t f 0 of the words; NUL: there is none */
	struct span text;
	uint64_t number;	/* of r, and of n if it is an integer */
};

/* The token at the front, taken off. */
struct pdf_token pdf_token_take(struct span *s);

/*
 * The length of the name at the front with its slash, or 0; the bytes that it
 * stands for go to out[PDF_TOKEN_BYTES_MAX].
 */
size_t pdf_token_name(struct span s, uint8_t *out, size_t *out_len);

#endif
