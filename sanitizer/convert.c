/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The other end of host->start: handlers that need a library of their own,
 * each run in a child that sees this one file and nothing else.
 */
#include <stdio.h>

#include "archive_read.h"
#include "format_jpeg.h"
#include "format_ooxml.h"
#include "format_picture.h"
#include "format_png.h"
#include "pdf_clean.h"
#include "pdf_files.h"
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
	{ CONVERT_PICTURE, PART_TIFF, format_tiff_pages },
	{ CONVERT_PICTURE, PART_HEIC, format_heic },
	{ CONVERT_OFFICE, PART_OOXML, format_ooxml },
	{ CONVERT_OFFICE_TEXT, PART_OOXML, format_ooxml_text },
	{ CONVERT_PDF_CLEAN, PART_PDF, pdf_clean },
	{ CONVERT_PDF_FINISH, PART_PDF, pdf_finish },
	{ CONVERT_PDF_PAGES, PART_PDF, pdf_pages_encode },
	{ CONVERT_PDF_PIXELS, PART_PDF, pdf_pages },
	{ CONVERT_PIXELS_PICTURE, PART_SVG, pixels_picture },
	{ CONVERT_ENTRIES, PART_ZIP, archive_zip_entries },
	{ CONVERT_ENTRIES, PART_ARCHIVE, archive_read_entries },
	{ CONVERT_ENTRIES, PART_PDF, pdf_files },
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
