/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Targets of links in the documents that leave here, of whatever format.
 */
#include <string.h>

#include "link_target.h"

bool
link_target_escape(struct span target, char out[LINK_TARGET_BYTES_MAX],
    size_t *len)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (size_t i = 0; i < target.len; i++) {
		uint8_t c = target.ptr[i];

		if (n + 3 > LINK_TARGET_BYTES_MAX)
			return false;
		if (c <= 0x20 || c >= 0x7f || c == '\\' ||
		    strchr("\"<>^`{|}'", c) != NULL) {
			out[n++] = '%';
			out[n++] = hex[c >> 4];
			out[n++] = hex[c & 15];
		} else
			out[n++] = (char)c;
	}
	*len = n;
	return true;
}

bool
link_target(struct span target, char out[LINK_TARGET_BYTES_MAX], size_t *len)
{
	target = span_trim(target);
	return (span_begins_nocase(target, SPAN("http://")) ||
	    span_begins_nocase(target, SPAN("https://")) ||
	    span_begins_nocase(target, SPAN("mailto:"))) &&
	    link_target_escape(target, out, len);
}
