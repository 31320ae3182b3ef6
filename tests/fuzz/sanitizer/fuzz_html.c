/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTML conversion: any bytes. Output must be a clean text that ends in LF, and
 * the counts must agree with the samples. The first byte of the input chooses
 * the options.
 */
#include <stdlib.h>

#include "../../../gateway/base/utf8.h"
#include "../../../sanitizer/html_out.h"
#include "../../../sanitizer/html_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct span s)
{
	size_t n;

	if (s.len > 0 && s.ptr[s.len - 1] != '\n')
		abort();
	for (; s.len > 0; s = span_sub(s, n, s.len)) {
		uint32_t c = utf8_decode(s, &n);

		if (c == UTF8_BAD ||
		    (html_is_invisible(c) && c != '\n' && c != '\t'))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct html_result result;
	struct html_options options = { .links_defang = size > 0 &&
	    (data[0] & 1) != 0 };
	struct span html = { data, size }, label;
	struct buf out;
	enum err err;

	(void)html_sniff_charset(html, &label);
	buf_init(&out, 1 << 24);
	err = html_text(html, &options, &out, &result);
	if (err == OK)
		check(buf_span(&out));
	else if (err == ERR_INPUT && utf8_check(html) == html.len)
		abort();
	for (unsigned i = 0; i < result.samples_n; i++)
		if (utf8_check(span_str(result.samples[i].text)) !=
		    span_str(result.samples[i].text).len)
			abort();
	if (result.samples_n > result.hidden)
		abort();
	buf_fini(&out);
	return 0;
}
