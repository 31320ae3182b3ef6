/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pixels of a page as the data of a picture in a PDF: few bits a pixel
 * packed by zlib, pages of colour as JPEG. A text page is small so.
 */
#include "pdf_jpeg.h"
#include "pdf_pages.h"
#include "pdf_write.h"

#define QUALITY		80

enum err
pdf_picture(const uint8_t *pixels, enum pixels_form form, uint32_t width,
    uint32_t height, struct buf *out)
{
	if (form == PIXELS_RGB)
		return pdf_jpeg(pixels, width, height, 3, QUALITY, out);
	return pdf_deflate_pixels((struct span){ pixels,
	    pixels_row_bytes(form, width) * height }, form == PIXELS_BILEVEL ||
	    form == PIXELS_PALETTE, out);
}
