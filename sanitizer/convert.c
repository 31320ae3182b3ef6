/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The other end of host->convert: handlers that need a library of their own,
 * each run in a child that sees this one file and nothing else.
 */
#include <stdio.h>

#include "detect.h"
#include "format_bmp.h"
#include "format_gif.h"
#include "format_heic.h"
#include "format_jpeg.h"
#include "format_picture.h"
#include "format_png.h"
#include "format_tiff.h"
#include "format_webp.h"
#include "image.h"
#include "pdf_clean.h"
#include "pdf_finish.h"
#include "pdf_pages.h"
#include "pixels_picture.h"
#include "sanitizer.h"

/* A row for each task and kind: who does it. */
static const struct {
	enum convert_task task;
	enum part_kind	 kind;
	enum err	 (*run)(const struct input *,
			    const struct sanitizer_policy *, struct filter *,
			    struct convert_result *);
} rows[] = {
	{ CONVERT_PICTURE, PART_JPEG, format_jpeg },
	{ CONVERT_PICTURE, PART_PNG, format_png },
	{ CONVERT_PICTURE, PART_GIF, format_gif },
	{ CONVERT_PICTURE, PART_WEBP, format_webp },
	{ CONVERT_PICTURE, PART_BMP, format_bmp },
	{ CONVERT_PICTURE, PART_TIFF, format_tiff },
	{ CONVERT_PICTURE, PART_HEIC, format_heic },
};

enum err
sanitizer_convert(const struct convert_order *order, const struct input *in,
    const struct sanitizer_policy *policy, struct filter *out,
    struct convert_result *result)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].task == order->task &&
		    rows[i].kind == order->kind)
			return rows[i].run(in, policy, out, result);
	snprintf(result->reason, sizeof(result->reason),
	    "no handler for this kind");
	return ERR_POLICY;
}

enum err
picture_convert(const struct input *in, struct filter *out,
    struct convert_result *result)
{
	struct convert_order order = { .task = CONVERT_PICTURE };
	struct sanitizer_policy policy;
	struct detected d;
	enum err err = detect(in, SPAN(""), &d);

	if (err != OK)
		return err;
	order.kind = d.type->kind;
	sanitizer_policy_standard(&policy);
	return sanitizer_convert(&order, in, &policy, out, result);
}
