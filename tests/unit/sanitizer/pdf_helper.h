/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TESTS_PDF_HELPER_H
#define SEKISHO_TESTS_PDF_HELPER_H

/* Small PDFs from their objects' texts, for tests of both sides of them. */
#include <stdio.h>
#include <string.h>

#include "../../../sanitizer/report.h"
#include "../../../sanitizer/sanitizer.h"

#define PDF_HELPER_BYTES	(64u * 1024 * 1024)

#define PDF_HELPER_OBJECTS	1200

/* Object i+1 is objects[i]; object 1 is the catalog. */
static inline void
pdf_build_spans(struct buf *buf, const char *junk, const struct span *objects,
    size_t n)
{
	static uint64_t at[PDF_HELPER_OBJECTS];
	uint64_t xref;

	assert_true(n <= PDF_HELPER_OBJECTS);
	buf_init(buf, PDF_HELPER_BYTES);
	assert_int_equal(buf_printf(buf, "%s%%PDF-1.5\n", junk), OK);
	for (size_t i = 0; i < n; i++) {
		at[i] = buf->len;
		assert_int_equal(buf_printf(buf, "%zu 0 obj\n", i + 1), OK);
		assert_int_equal(buf_add(buf, objects[i]), OK);
		assert_int_equal(buf_add_str(buf, "\nendobj\n"), OK);
	}
	xref = buf->len;
	assert_int_equal(buf_printf(buf, "xref\n0 %zu\n0000000000 65535 f \n",
	    n + 1), OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(buf_printf(buf, "%010llu 00000 n \n",
		    (unsigned long long)at[i]), OK);
	assert_int_equal(buf_printf(buf, "trailer\n<</Size %zu/Root 1 0 R"
	    "/Info<</Title(x)>>>>\nstartxref\n%llu\n%%%%EOF\n", n + 1,
	    (unsigned long long)xref), OK);
}

static inline void
pdf_build(struct buf *buf, const char *junk, const char *const *objects,
    size_t n)
{
	static struct span spans[PDF_HELPER_OBJECTS];

	assert_true(n <= PDF_HELPER_OBJECTS);
	for (size_t i = 0; i < n; i++)
		spans[i] = span_str(objects[i]);
	pdf_build_spans(buf, junk, spans, n);
}

typedef enum err pdf_task(const struct input *,
    const struct sanitizer_policy *, struct filter *,
    struct convert_result *);

/* out and result->removed are the caller's to end. */
static inline enum err
pdf_run(pdf_task *task, struct span bytes, struct buf *out,
    struct convert_result *result)
{
	struct input in = input_span(bytes);
	struct buf_sink sink;

	memset(result, 0, sizeof(*result));
	buf_init(&result->removed, REMOVED_BYTES_MAX);
	buf_init(out, PDF_HELPER_BYTES);
	buf_sink_init(&sink, out);
	return task(&in, NULL, &sink.filter, result);
}

static inline bool
pdf_has(const struct buf *buf, const char *text)
{
	return span_find(buf_span(buf), span_str(text)) < buf->len;
}

#endif
