/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JPEG rebuilt: whatever the bytes are, what comes out is a JPEG of our form,
 * which rebuilds again, with nothing left to remove.
 */
#include <stdlib.h>

#include "../../../sanitizer/format_jpeg.h"
#include "../../../sanitizer/report.h"

#define OUT_BYTES_MAX	(32u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err
rebuild(struct span bytes, struct buf *out, struct buf *removed)
{
	struct convert_result result = { 0 };
	struct input in = input_span(bytes);
	struct buf_sink sink;
	enum err err;

	buf_init(&result.removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, out);
	err = format_jpeg(&in, NULL, &sink.filter, &result);
	*removed = result.removed;
	return err;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = { data, size };
	struct buf once, twice, removed, more;

	buf_init(&once, OUT_BYTES_MAX);
	buf_init(&twice, OUT_BYTES_MAX);
	if (rebuild(bytes, &once, &removed) == OK) {
		if (rebuild(buf_span(&once), &twice, &more) != OK ||
		    more.len > 0)
			abort();
		buf_fini(&more);
	}
	buf_fini(&removed);
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
