/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FORMATS_H
#define SEKISHO_SANITIZER_FORMATS_H

#include "sanitizer.h"

/*
 * What is made of what, for people: `sekisho formats`, and the README's table
 * comes from there. How a kind is treated is not said twice: methods and
 * their order are those of handler.h; here stand the words beside them.
 * Every kind of part has a row, those that are always removed too.
 */
#define FORMATS_KINDS_MAX	8
#define FORMATS_LIMITS_MAX	4

struct format_limit {
	const char	*what;		/* "pixels"; NULL: no more */
	uint64_t	 most;
};

struct format_row {
	enum part_kind	 kinds[FORMATS_KINDS_MAX];	/* 0: no more */
	const char	*comes;		/* "docx, xlsx, pptx" */
	const char	*goes;		/* "the same" */
	const char	*how;		/* for a reader of the README */
	const char	*libraries;	/* that read or draw it; "": none */
	struct format_limit limits[FORMATS_LIMITS_MAX];
};

/* A method that is tried for a kind, where a policy lets all be tried. */
struct format_step {
	enum method	 method;
	const char	*name;		/* in the report: "pdf-redraw" */
	enum part_outcome outcome;
};
/* The i-th of them; false behind the last. */
bool format_step(enum part_kind kind, unsigned i, struct format_step *step);

/* The word of a policy that decides about a kind: "legacy-office". */
const char *format_word(enum part_kind kind);

/* The i-th row, NULL behind the last. */
const struct format_row *format_row(unsigned i);

#endif
