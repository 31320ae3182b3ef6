/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A PDF in two splits: the answer is the same. Then, as streams seldom come
 * through a mutation whole, the input as a value, as content, as a map, and
 * as a function, each in a file or reader of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../gateway/verify/verify_pdf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pdf_reader pdf;

static bool
judge(const uint8_t *data, size_t size, size_t step)
{
	struct span s = { data, size };

	pdf_reader_init(&pdf);
	for (; s.len > 0; s = span_sub(s, step, s.len))
		if (pdf_reader_write(&pdf, span_sub(s, 0, step), NULL) != OK)
			return false;
	return pdf_reader_end(&pdf, NULL) == OK;
}

static bool
judge_content(enum pdf_dialect dialect, const uint8_t *data, size_t size,
    size_t step)
{
	struct span s = { data, size };
	struct pdf_content c;

	pdf_content_init(&c, dialect);
	for (; s.len > 0; s = span_sub(s, step, s.len))
		if (pdf_content_write(&c, span_sub(s, 0, step), NULL) != OK)
			return false;
	return pdf_content_end(&c, NULL) == OK;
}

static bool
judge_value(enum pdf_kind kind, struct span value)
{
	/* only what references change */
	memset(pdf.kinds, 0, 64);
	pdf.objects = 9;
	pdf.highest = 0;
	pdf.pages = 1;
	pdf.outlines = 4;
	pdf.kind = kind;
	return pdf_reader_value(&pdf, value, false, NULL) == OK ||
	    pdf_reader_value(&pdf, value, true, NULL) == OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t step = 1 + size / 7;
	struct span s = { data, size };

	if (judge(data, size, size) != judge(data, size, step))
		abort();
	for (enum pdf_dialect d = DIALECT_CONTENT; d <= DIALECT_FUNCTION; d++)
		if (judge_content(d, data, size, size) !=
		    judge_content(d, data, size, step))
			abort();
	for (enum pdf_kind kind = KIND_PAGE; kind <= KIND_BOOKMARK; kind++)
		if (judge_value(kind, s) && memchr(data, '\n', size) != NULL)
			abort();
	return 0;
}
