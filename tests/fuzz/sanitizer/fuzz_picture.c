/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures of every kind rebuilt: whatever the bytes are, what comes out is
 * what the independent verifier takes for a safe JPEG or PNG, or PDF where a
 * TIFF has pages.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../gateway/verify/verify_jpeg.h"
#include "../../../gateway/verify/verify_pdf.h"
#include "../../../gateway/verify/verify_png.h"
#include "../../../sanitizer/format_picture.h"
#include "../../../sanitizer/image.h"

#define OUT_BYTES_MAX	(64u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_safe(struct span bytes, enum safe_type type)
{
	static struct jpeg jpeg;
	static struct png png;
	static struct pdf_reader pdf;
	struct diag diag;

	if (type == SAFE_PDF) {
		pdf_reader_init(&pdf);
		return pdf_reader_write(&pdf, bytes, &diag) == OK &&
		    pdf_reader_end(&pdf, &diag) == OK;
	}

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
	struct span bytes = { data, size };
	struct convert_result result = { 0 };
	struct input in = input_span(bytes);
	struct buf_sink sink;
	struct buf out;
	enum err err;

	buf_init(&out, OUT_BYTES_MAX);
	buf_init(&result.removed, REMOVED_BYTES_MAX);
	buf_sink_init(&sink, &out);
	if (span_begins(span_sub(bytes, 4, 4), SPAN("ftyp")))
		err = format_heic(&in, NULL, &sink.filter, &result);
	else if (span_begins(bytes, SPAN("II*\0")) ||
	    span_begins(bytes, SPAN("MM\0*")))
		err = format_tiff_pages(&in, NULL, &sink.filter, &result);
	else
		err = picture_convert(&in, &sink.filter, &result);
	if (err == OK && !is_safe(buf_span(&out), result.type))
		abort();
	if (err != OK && err != ERR_SYSTEM && result.reason[0] == '\0')
		abort();
	buf_fini(&result.removed);
	buf_fini(&out);
	return 0;
}
