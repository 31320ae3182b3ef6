/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The dot filter against a simple model over the whole input, in pieces
 * whose sizes come from the input; and out and back again.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../../../gateway/base/buf.h"
#include "../../../gateway/smtp/smtp_dot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the first CRLF "." CRLF (or "." CRLF at the start) ends; 0: none. */
static size_t
find_end(struct span s)
{
	size_t at;

	if (span_begins(s, SPAN(".\r\n")))
		return 3;
	at = span_find(s, SPAN("\r\n.\r\n"));
	return at == s.len ? 0 : at + 5;
}

static bool
has_bare(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\n' && (i == 0 || s.ptr[i - 1] != '\r'))
			return true;
		if (s.ptr[i] == '\r' && i + 1 < s.len && s.ptr[i + 1] != '\n')
			return true;
	}
	return false;
}

static void
there_and_back(struct span body)
{
	struct smtp_stuffer stuffer;
	struct buf wire, text;
	struct buf_sink sink;
	struct smtp_dot dot;
	struct span rest, piece;

	buf_init(&wire, 4 * body.len + 16);
	buf_init(&text, body.len + 16);
	smtp_stuffer_init(&stuffer, body);
	while ((piece = smtp_stuffer_next(&stuffer)).len > 0) {
		require(buf_add(&wire, piece) == OK);
		smtp_stuffer_advance(&stuffer, piece.len);
	}
	buf_sink_init(&sink, &text);
	smtp_dot_init(&dot, &sink.filter);
	rest = buf_span(&wire);
	require(smtp_dot_take(&dot, &rest) && rest.len == 0);
	require(dot.err == OK);
	require(span_begins(buf_span(&text), body));
	require(text.len == body.len || text.len == body.len + 2);
	buf_fini(&wire);
	buf_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = { data, size };
	size_t end, used = 0, step = size == 0 ? 1 : 1 + data[0] % 9;
	struct buf text;
	struct buf_sink sink;
	struct smtp_dot dot;
	bool ended = false;

	if (size == 0)
		return 0;
	end = find_end(all);
	buf_init(&text, size + 1);
	buf_sink_init(&sink, &text);
	smtp_dot_init(&dot, &sink.filter);
	while (!ended && used < size) {
		struct span piece = span_sub(all, used, step);
		size_t len = piece.len;

		ended = smtp_dot_take(&dot, &piece);
		used += len - piece.len;
	}
	require(ended == (end > 0));
	require(!ended || used == end);
	require(dot.bare == has_bare(span_sub(all, 0, used)));
	require(dot.err == (dot.bare ? ERR_INPUT : OK));
	if (ended && !dot.bare) {
		require(text.len <= end - 3);
		there_and_back(buf_span(&text));
	}
	buf_fini(&text);
	return 0;
}
