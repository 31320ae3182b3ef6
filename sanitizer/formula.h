/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_FORMULA_H
#define SEKISHO_SANITIZER_FORMULA_H

#include <stdbool.h>

#include "../gateway/base/span.h"

/*
 * May a formula of a spreadsheet stay (ECMA-376 part 1, 18.17)? One that
 * names something outside its workbook, starts a program (DDE), or calls what
 * is not in the list of harmless functions goes; its cell keeps the value.
 * What is not understood goes as well.
 *
 * text: UTF-8 without the leading "=", as in <f>. Linear in its length;
 * longer than FORMULA_BYTES_MAX is refused.
 */
#define FORMULA_BYTES_MAX	(64 * 1024)	/* Excel: 8,192 characters */
#define FORMULA_NAME_MAX	64

enum formula_verdict {
	FORMULA_FINE = 0,
	FORMULA_DDE,		/* app|topic!item */
	FORMULA_EXTERNAL,	/* [1]Sheet1!A1, a path, a URL */
	FORMULA_FUNCTION,	/* not in the list, or of an add-in */
	FORMULA_SYNTAX		/* not understood */
};

struct formula_result {
	enum formula_verdict verdict;
	struct span	what;	/* the function or token; inside text */
};

enum formula_verdict formula_check(struct span text,
    struct formula_result *result);

/* "dde", "external-link", "function", "formula": for the report. */
const char *formula_verdict_name(enum formula_verdict verdict);

/* Is it in the list? name in any case, without a prefix "_xlfn.". */
bool formula_function_is_known(struct span name);

#endif
