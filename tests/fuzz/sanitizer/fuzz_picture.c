/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures of any kind: what comes out is taken by the verifier, and rebuilt
 * again it has nothing left to remove.
 */
#include <stdlib.h>

#include "../../../gateway/verify/verify_jpeg.h"
#include "../../../gateway/verify/verify_png.h"
#include "../../../sanitizer/image.h"

#define OUT_BYTES_MAX	(64u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err
rebuild(struct span bytes, struct buf *out, struct convert_result *result)
{
	struct input in = input_span(bytes);
	struct buf_sink sink;

	*result = (struct convert_result){ 0 };
	buf_init(&result->removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, out);
	return picture_convert(&in, &sink.filter, result);
}

static bool
verifies(struct span bytes, enum safe_type type)
{
	static struct jpeg jpeg;
	static struct png png;
	struct diag diag;

	if (type == SAFE_JPEG) {
		jpeg_init(&jpeg);
		return jpeg_write(&jpeg, bytes, &diag) == OK &&
		    jpeg_end(&jpeg, &diag) == OK;
	}
	png_init(&png);
	return type == SAFE_PNG && png_write(&png, bytes, &diag) == OK &&
	    png_end(&png, &diag) == OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct convert_result first, second;
	struct buf once, twice;

	buf_init(&once, OUT_BYTES_MAX);
	buf_init(&twice, OUT_BYTES_MAX);
	if (rebuild((struct span){ data, size }, &once, &first) == OK) {
		if (!verifies(buf_span(&once), first.type))
			abort();
		if (rebuild(buf_span(&once), &twice, &second) != OK ||
		    second.removed.len > 0)
			abort();
		buf_fini(&second.removed);
	}
	buf_fini(&first.removed);
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
