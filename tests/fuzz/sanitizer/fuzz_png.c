/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PNG rebuilt: whatever the bytes are, what comes out is a PNG of our form,
 * which rebuilds again, with nothing left to remove.
 */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "../../../sanitizer/format_png.h"
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
	err = format_png(&in, NULL, &sink.filter, &result);
	*removed = result.removed;
	return err;
}

static uint32_t
u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* Right CRCs, or every mutation would end at the first one. */
static void
mend(uint8_t *png, size_t size)
{
	size_t at = 8, len;
	uLong crc;

	for (; at + 12 <= size; at += 12 + len) {
		len = u32(png + at);
		if (len > size - at - 12)
			return;
		crc = crc32(0, png + at + 4, (uInt)len + 4);
		for (unsigned i = 0; i < 4; i++)
			png[at + 8 + len + i] = (uint8_t)(crc >> (24 - 8 * i));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	struct span bytes = { copy, size };
	struct buf once, twice, removed, more;

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	mend(copy, size);

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
	free(copy);
	return 0;
}
