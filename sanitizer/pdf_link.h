/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_LINK_H
#define SEKISHO_SANITIZER_PDF_LINK_H

#include "../gateway/base/wire.h"
#include "sanitizer.h"

/*
 * Links of a PDF on their way around the renderer, which draws none: between
 * CONVERT_PDF_CLEAN and CONVERT_PDF_FINISH they stand in front of the PDF,
 *
 *	"SEKISHO-LINKS 1\n" u32 links, u32 bytes, the bytes, then the PDF
 *
 * written by a child that read hostile bytes and read as if it were hostile.
 * Places are in millionths of a page's width and height, from its lower left
 * corner as it is seen. Links stand in the order of their pages.
 */
#define PDF_ONE			1000000u
#define PDF_NOWHERE		UINT32_MAX
#define PDF_LINK_BYTES_MAX	(32u * 1024 * 1024)

struct pdf_link {
	uint32_t	page;		/* 0 is the first */
	uint32_t	left, bottom, right, top;
	struct span	uri;		/* printable ASCII; or, if empty, */
	uint32_t	to_page;
	uint32_t	to_x, to_y;	/* PDF_NOWHERE: the page as a whole */
};

enum err pdf_link_put(struct buf *list, const struct pdf_link *link)
    MUST_CHECK;
/* The next one, borrowed; false at the end or when damaged. */
bool pdf_link_next(struct wire_reader *list, struct pdf_link *link);

/* What stands in front of a PDF with n links. */
enum err pdf_links_write(struct filter *out, uint32_t n, struct span list)
    MUST_CHECK;
/*
 * How many links there are, where their list begins and where the PDF does.
 * Without one in front of it: none, 0 and 0. ERR_INPUT: damaged.
 */
struct pdf_links_head {
	uint32_t	n;
	uint64_t	list, pdf;
};
enum err pdf_links_read(const struct input *in, struct pdf_links_head *head)
    MUST_CHECK;

#endif
