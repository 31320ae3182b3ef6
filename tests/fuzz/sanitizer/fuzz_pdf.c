/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PDF pruned, and written in our shape: what was written can be read again
 * and then comes out as it is; pixels are refused or give such a PDF, too.
 * Files in it come as a list that can be read to its end.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../sanitizer/entries.h"
#include "../../../sanitizer/pdf_clean.h"
#include "../../../sanitizer/pdf_files.h"
#include "../../../sanitizer/pdf_finish.h"
#include "../../../sanitizer/pdf_pages.h"
#include "../../../sanitizer/report.h"

#define OUT_BYTES_MAX	(32u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef enum err task_fn(const struct input *, const struct sanitizer_policy *,
    struct filter *, struct convert_result *);

static enum err
run(task_fn *task, struct span bytes, struct buf *out)
{
	struct convert_result result = { 0 };
	struct input in = input_span(bytes);
	struct buf_sink sink;
	enum err err;

	buf_init(out, OUT_BYTES_MAX);
	buf_init(&result.removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, out);
	err = task(&in, NULL, &sink.filter, &result);
	buf_fini(&result.removed);
	return err;
}

static void
read_list(struct span bytes)
{
	struct input in = input_span(bytes);
	struct entries_reader r;
	struct entry entry;
	unsigned flags;
	bool more;

	if (entries_open(&r, &in) != OK)
		abort();
	do
		if (entries_next(&r, &entry, &more, &flags) != OK)
			abort();
	while (more);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = { data, size };
	struct buf clean, made, again;

	if (run(pdf_pages, bytes, &made) == OK) {
		if (run(pdf_clean, buf_span(&made), &again) != OK)
			abort();
		buf_fini(&again);
	}
	buf_fini(&made);
	if (run(pdf_files, bytes, &made) == OK)
		read_list(buf_span(&made));
	buf_fini(&made);
	if (run(pdf_clean, bytes, &clean) == OK) {
		if (run(pdf_finish, buf_span(&clean), &made) == OK) {
			if (run(pdf_finish, buf_span(&made), &again) != OK)
				abort();
			buf_fini(&again);
		}
		buf_fini(&made);
	}
	buf_fini(&clean);
	/* a drawing, with words behind it */
	if (run(pdf_finish, bytes, &made) == OK) {
		if (run(pdf_finish, buf_span(&made), &again) != OK)
			abort();
		buf_fini(&again);
	}
	buf_fini(&made);
	return 0;
}
