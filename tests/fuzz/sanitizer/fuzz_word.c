/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words, charsets and cleaning on any bytes: the output is UTF-8, a second
 * cleaning changes nothing, encoding and decoding give the same text again.
 * The first byte picks the charset, the second how the input is split.
 */
#include "../../../gateway/base/utf8.h"
#include "../../../sanitizer/charset.h"
#include "../../../sanitizer/clean.h"
#include "../../../sanitizer/word.h"

#define OUT_MAX	(4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(struct span text)
{
	struct buf once, twice, words, back;

	buf_init(&once, OUT_MAX);
	buf_init(&twice, OUT_MAX);
	buf_init(&words, OUT_MAX);
	buf_init(&back, OUT_MAX);
	require(utf8_check(text) == text.len);
	require(clean_text(text, CLEAN_HEADER, &once, NULL) == OK);
	require(clean_text(buf_span(&once), CLEAN_HEADER, &twice, NULL) ==
	    OK);
	require(span_equal(buf_span(&once), buf_span(&twice)));
	require(word_encode(buf_span(&once), &words) == OK);
	require(word_decode(buf_span(&words), &back, NULL) == OK);
	require(span_equal(buf_span(&once), buf_span(&back)));
	buf_clear(&back);
	require(word_percent(buf_span(&once), &back) == OK);
	buf_clear(&back);
	if (once.len < 4096)
		require(clean_nfc(buf_span(&once), &back) == OK);
	buf_fini(&once);
	buf_fini(&twice);
	buf_fini(&words);
	buf_fini(&back);
}

static void
check_split(struct span label, struct span in, size_t step, struct span whole)
{
	struct charset_filter f;
	struct buf_sink sink;
	struct buf out;

	buf_init(&out, OUT_MAX);
	buf_sink_init(&sink, &out);
	charset_filter_init(&f, label, &sink.filter);
	for (size_t at = 0; at < in.len; at += step)
		require(filter_write(&f.filter, span_sub(in, at, step)) ==
		    OK);
	require(filter_end(&f.filter) == OK);
	charset_filter_fini(&f);
	require(span_equal(buf_span(&out), whole));
	buf_fini(&out);
}

static void
check_parameters(struct span in)
{
	struct parameter list[16];
	struct span value, name;
	bool is_utf8, found;
	struct buf out;
	size_t n = 0;
	enum err err;

	while (n < 16 && in.len > 0) {
		span_cut(&in, ';', &value);
		span_cut(&value, '=', &name);
		list[n++] = (struct parameter){ name, value };
	}
	buf_init(&out, OUT_MAX);
	err = word_parameter(list, n, SPAN("name"), &out, &is_utf8, &found);
	require(err == OK || err == ERR_LIMIT);
	buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const labels[] = { "", "iso-2022-jp", "shift_jis",
		"euc-jp", "utf-8", "utf-7", "utf-16", "gb18030", "big5",
		"euc-kr", "windows-1252", "iso-2022-kr", "hz-gb-2312",
		"koi8-r", "utf-32", "us-ascii" };
	struct span in = { data, size }, label;
	struct buf out;

	if (size < 2 || size > 64 * 1024)
		return 0;
	label = span_str(labels[data[0] % 16]);
	in = span_sub(in, 2, in.len);
	buf_init(&out, OUT_MAX);
	require(charset_decode(label, in, &out, NULL) == OK);
	check_split(label, in, (size_t)data[1] % 64 + 1, buf_span(&out));
	check_text(buf_span(&out));
	buf_clear(&out);
	require(word_decode(in, &out, NULL) == OK);
	check_text(buf_span(&out));
	buf_fini(&out);
	check_parameters(in);
	return 0;
}
