/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_DETECT_H
#define SEKISHO_SANITIZER_DETECT_H

#include "sanitizer.h"

/*
 * What a file is, by its bytes: own anchored signatures first, libmagic as a
 * second opinion on what they do not know (cdr.md section 10). Names and
 * declared types never make a file safer, they only make it more suspect.
 */
#define DETECT_BYTES_MAX	(64 * 1024)	/* looked at from the start */

struct file_type {
	const char	*label;		/* "xlsm"; in reports */
	enum part_kind	 kind;
	const char	*ja;		/* "Excelブック(マクロ付き)" */
	const char	*en;		/* "Excel workbook with macros" */
};

struct detected {
	const struct file_type *type;	/* never NULL */
	bool	encrypted;		/* needs a password */
	bool	polyglot;		/* two signatures hit */
	bool	disguised;		/* the name pretends another kind */
	bool	differs;		/* the extension is of another kind */
};

/*
 * name: decoded, UTF-8, not yet cleaned; may be empty. Reads at most
 * DETECT_BYTES_MAX from the start, 64 KB from the end and, of containers,
 * the table of contents. ERR_SYSTEM, ERR_LIMIT from reading only.
 */
enum err detect(const struct input *in, struct span name,
    struct detected *result) MUST_CHECK;

/* Load libmagic's table; before rights are dropped. Without it: own table. */
void detect_warm(void);

/* The row of a label; the row of "unknown" when there is none. */
const struct file_type *file_type_find(const char *label);
/* The type that an extension stands for (no dot, any case), or NULL. */
const struct file_type *file_type_of_extension(struct span extension);

#endif
