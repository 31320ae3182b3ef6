/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_OBJECT_H
#define SEKISHO_SANITIZER_PDF_OBJECT_H

#include <qpdf/qpdf-c.h>

#include "pdf_rows.h"
#include "sanitizer.h"

/*
 * A PDF as qpdf reads it, and the walk that takes out of it what pdf_rows.h
 * has no row for. Every call of qpdf can fail: pdf_failed() after each.
 */
struct pdf {
	qpdf_data	 q;
	struct buf	 bytes;		/* qpdf reads from here */
	int		 pages;
	struct convert_result *result;
	enum err	 err;
	bool		 to_draw;	/* pictures as pdf_scan.h has them */
	bool		 name_codes;	/* pdf_font_unicode() for each font */
	/* the walk */
	struct buf	 stack;
	struct buf	 visited;	/* by object number: bits of classes */
	uint64_t	 operators;
	uint64_t	 content_bytes;
	char		 where[24];	/* "page 3" */
};

/* Read it all; the page tree is sound after OK. pdf_close() in any case. */
enum err pdf_open(struct pdf *pdf, const struct input *in,
    struct convert_result *result) MUST_CHECK;
void pdf_close(struct pdf *pdf);

/* Did the last call of qpdf, or one before it, go wrong? */
bool pdf_failed(struct pdf *pdf);
/* Say why, if nobody did; returns err. */
enum err pdf_trouble(struct pdf *pdf, enum err err, const char *why);
/* Count what was taken out, at pdf->where. */
void pdf_removed(struct pdf *pdf, const char *what, uint64_t n);

/* The value of a key, to be released; null where there is none. */
qpdf_oh pdf_get(struct pdf *pdf, qpdf_oh dict, const char *key);
bool pdf_has(struct pdf *pdf, qpdf_oh dict, const char *key);
/* The length of an array; 0 if it is none. */
int pdf_items(struct pdf *pdf, qpdf_oh oh);

/*
 * Was this object looked at as this class before? Now it is. Never true of
 * what has no number, which holds no loop.
 */
bool pdf_seen(struct pdf *pdf, qpdf_oh oh, enum pdf_class class);

/* Take out of oh, and of all that it leads to, what has no row. */
enum err pdf_prune(struct pdf *pdf, qpdf_oh oh, enum pdf_class class)
    MUST_CHECK;
/* Is dict's key this name ("/Link")? */
bool pdf_is_name(struct pdf *pdf, qpdf_oh dict, const char *key,
    const char *name);

#endif
