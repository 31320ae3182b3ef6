/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A table rebuilt: whatever the bytes are, the verifier takes what comes
 * out, and it rebuilds to itself with nothing left to remove.
 */
#include <stdlib.h>

#include "../../../gateway/verify/verify_csv.h"
#include "../../../sanitizer/format_csv.h"
#include "../../../sanitizer/report.h"

#define OUT_BYTES_MAX	(32u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err
rebuild(struct span bytes, struct span label, struct buf *out,
    struct buf *removed)
{
	struct input in = input_span(bytes);
	struct buf_sink sink;

	buf_init(out, OUT_BYTES_MAX);
	buf_init(removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, out);
	return format_csv(&in, label, &sink.filter, removed);
}

static void
judge(struct span s, size_t step)
{
	struct diag diag;
	struct csv csv;

	csv_init(&csv);
	for (; s.len > 0; s = span_sub(s, step, s.len))
		if (csv_write(&csv, span_sub(s, 0, step), &diag) != OK)
			abort();
	if (csv_end(&csv, &diag) != OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = { data, size };
	struct buf once, twice, removed, more;

	if (rebuild(bytes, SPAN(""), &once, &removed) == OK) {
		judge(buf_span(&once), 1 + size % 7);
		if (rebuild(buf_span(&once), SPAN("utf-8"), &twice,
		    &more) != OK || more.len > 0 ||
		    !span_equal(buf_span(&once), buf_span(&twice)))
			abort();
		buf_fini(&twice);
		buf_fini(&more);
	}
	buf_fini(&once);
	buf_fini(&removed);
	return 0;
}
