/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The other end of host->convert: handlers that need a library of their own,
 * each run in a child that sees this one file and nothing else.
 */
#include <stdio.h>

#include "format_jpeg.h"
#include "format_png.h"
#include "sanitizer.h"

enum err
sanitizer_convert(enum part_kind kind, const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result)
{
	if (kind == PART_JPEG)
		return format_jpeg(in, policy, out, result);
	if (kind == PART_PNG)
		return format_png(in, policy, out, result);
	snprintf(result->reason, sizeof(result->reason),
	    "no handler for this kind");
	return ERR_POLICY;
}
