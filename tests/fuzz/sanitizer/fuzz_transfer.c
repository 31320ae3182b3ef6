/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Transfer decoders and the filter for blocks in texts: any split gives the
 * same bytes and the same junk. The first byte is how the input is split.
 */
#include "../../../gateway/base/buf.h"
#include "../../../sanitizer/inline.h"
#include "../../../sanitizer/transfer.h"

#define OUT_MAX	(4 * 1024 * 1024)
#define KINDS	7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
push(struct filter *f, struct span in, size_t step)
{
	for (size_t at = 0; at < in.len; at += step)
		require(filter_write(f, span_sub(in, at, step)) == OK);
	require(filter_end(f) == OK);
}

static uint64_t
run(unsigned kind, struct span in, size_t step, struct buf *out)
{
	struct base64_decoder base64;
	struct base64_encoder encoder;
	struct qp_decoder qp;
	struct line_decoder line;
	struct inline_filter blocks;
	struct buf_sink sink;

	buf_sink_init(&sink, out);
	switch (kind) {
	case 0:
	case 1:
		base64_decoder_init(&base64, kind == 1, &sink.filter);
		push(&base64.filter, in, step);
		return base64.junk;
	case 2:
		qp_decoder_init(&qp, &sink.filter);
		push(&qp.filter, in, step);
		return qp.junk;
	case 3:
		uu_decoder_init(&line, &sink.filter);
		push(&line.filter, in, step);
		return line.junk;
	case 4:
		yenc_decoder_init(&line, &sink.filter);
		push(&line.filter, in, step);
		return line.junk;
	case 5:
		inline_filter_init(&blocks, NULL, NULL, &sink.filter);
		push(&blocks.filter, in, step);
		return blocks.blocks;
	}
	base64_encoder_init(&encoder, &sink.filter);
	push(&encoder.filter, in, step);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	size_t step;

	if (size < 1 || size > 256 * 1024)
		return 0;
	step = (size_t)data[0] % 80 + 1;
	in = span_sub(in, 1, in.len);
	for (unsigned kind = 0; kind < KINDS; kind++) {
		struct buf whole, split, back;
		uint64_t junk;

		buf_init(&whole, OUT_MAX);
		buf_init(&split, OUT_MAX);
		buf_init(&back, OUT_MAX);
		junk = run(kind, in, in.len + 1, &whole);
		require(run(kind, in, step, &split) == junk);
		require(span_equal(buf_span(&whole), buf_span(&split)));
		if (kind == 6) {
			require(run(0, buf_span(&whole), step, &back) == 0);
			require(span_equal(buf_span(&back), in));
		}
		buf_fini(&whole);
		buf_fini(&split);
		buf_fini(&back);
	}
	return 0;
}
