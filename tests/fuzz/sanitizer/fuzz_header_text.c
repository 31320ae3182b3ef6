/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stands in fields: addresses, dates, names of files, as raw bytes. What
 * comes out is in the alphabet of the safe form, whatever went in.
 */
#include <string.h>

#include "../../../sanitizer/detect.h"
#include "../../../sanitizer/filename.h"
#include "../../../sanitizer/header_address.h"
#include "../../../sanitizer/header_date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
printable(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		require(s.ptr[i] >= 0x20 && s.ptr[i] <= 0x7e);
	require(span_find(s, SPAN("  ")) == s.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = { data, size };
	char date[HEADER_DATE_BYTES];
	struct input in = input_span(s);
	struct detected detected;
	unsigned written, dropped;
	struct buf out;

	buf_init(&out, 4 * 1024 * 1024);
	if (address_list(s, 1000, &out, &written, &dropped) == OK) {
		printable(buf_span(&out));
		require((written == 0) == (out.len == 0));
	}
	buf_clear(&out);
	if (header_date(s, date))
		require(strlen(date) == 31);
	if (filename_clean(s, SPAN("x"), "txt", &out) == OK) {
		require(out.len >= 5 && out.len <= 200);
		require(span_ends(buf_span(&out), SPAN(".txt")));
		require(out.ptr[0] != '.' && out.ptr[0] != ' ');
		for (size_t i = 0; i < out.len; i++)
			require(out.ptr[i] >= 0x20 &&
			    strchr("\\/:*?\"<>|", out.ptr[i]) == NULL);
	}
	require(detect(&in, s, &detected) == OK);
	require(detected.type != NULL);
	buf_fini(&out);
	return 0;
}
