/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTML conversion: any bytes. Output must be a clean text that ends in LF, and
 * the counts must agree with the samples. The first byte of the input chooses
 * the options.
 */
#include <stdlib.h>

#include "../../../gateway/base/utf8.h"
#include "../../../sanitizer/clean.h"
#include "../../../sanitizer/html_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct span text)
{
	struct clean_counts counts = { 0 };
	struct buf clean;

	if (text.len > 0 && text.ptr[text.len - 1] != '\n')
		abort();
	buf_init(&clean, 1 << 25);
	if (utf8_check(text) != text.len ||
	    clean_text(text, CLEAN_TEXT, &clean, &counts) != OK ||
	    clean_counts_removed(&counts) != 0)
		abort();
	buf_fini(&clean);
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
