/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_VERIFY_ARCHIVE_H
#define SEKISHO_VERIFY_ARCHIVE_H

#include "verify_csv.h"
#include "verify_jpeg.h"
#include "verify_pdf.h"
#include "verify_png.h"
#include "verify_text.h"
#include "verify_opc.h"
#include "verify_zip.h"

/*
 * An archive of safe forms, pushed in any split: section 11 of the safe form.
 * Each entry has a NAME (section 8), no folder, and is what its extension
 * says; verify_archive.c has the table, a form that is added there is allowed
 * in archives.
 */
union archive_content {
	struct text	text;
	struct csv	csv;
	struct png	png;
	struct jpeg	jpeg;
	struct pdf_reader pdf;
	struct opc	opc;
};

struct archive_form {
	const char	*extension;
	void		 (*init)(union archive_content *);
	enum err	 (*write)(union archive_content *, struct span,
			    struct diag *);
	enum err	 (*end)(union archive_content *, struct diag *);
};

struct archive {
	struct unzip	zip;
	const struct archive_form *form;	/* of the entry at hand */
	union archive_content content;
};

/* Large: static storage. */
void archive_init(struct archive *archive);
enum err archive_write(struct archive *archive, struct span bytes,
    struct diag *diag) MUST_CHECK;
enum err archive_end(const struct archive *archive, struct diag *diag)
    MUST_CHECK;

/*
 * Is it a NAME of section 8 whose extension is this (".txt")? It is, apart
 * from its characters, which are those of TEXT_WORDS.
 */
bool name_is_clean(struct span name, const char *extension) MUST_CHECK;

#endif
