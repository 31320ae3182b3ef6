/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_LINK_H
#define SEKISHO_SANITIZER_PDF_LINK_H

#include "../gateway/base/wire.h"
#include "sanitizer.h"

/*
 * Links and bookmarks of a PDF on their way around the renderer, which draws
 * none: between CONVERT_PDF_CLEAN and CONVERT_PDF_FINISH they stand in front
 * of the PDF,
 *
 *	"SEKISHO-LINKS 1\n" u32 links, u32 bytes, u32 bookmarks, u32 bytes,
 *	the bytes of both, then the PDF
 *
 * written by a child that read hostile bytes and read as if it were hostile.
 * Places are in millionths of a page's width and height, from its lower left
 * corner as it is seen. Links stand in the order of their pages, bookmarks in
 * that of their tree, each before what is below it.
 */
#define PDF_ONE			1000000u
#define PDF_NOWHERE		UINT32_MAX
#define PDF_LINK_BYTES_MAX	(32u * 1024 * 1024)

struct pdf_place {
	uint32_t	page;		/* 0 is the first */
	uint32_t	x, y;		/* PDF_NOWHERE: the page as a whole */
};
struct pdf_link {
	uint32_t	page;
	uint32_t	left, bottom, right, top;
	struct span	uri;		/* printable ASCII; or, if empty, */
	struct pdf_place to;
};
struct pdf_bookmark {
	uint32_t	depth;		/* 0 is the highest */
	struct pdf_place to;		/* page PDF_NOWHERE: leads nowhere */
	struct span	title;		/* UTF-8 of characters as in CHAR */
};
#define PDF_TITLE_BYTES_MAX	600

enum err pdf_link_put(struct buf *list, const struct pdf_link *link)
    MUST_CHECK;
enum err pdf_bookmark_put(struct buf *list, const struct pdf_bookmark *mark)
    MUST_CHECK;
/* The next one, borrowed; false at the end or when damaged. */
bool pdf_link_next(struct wire_reader *list, struct pdf_link *link);
bool pdf_bookmark_next(struct wire_reader *list, struct pdf_bookmark *mark);

/* What stands in front of a PDF. */
struct pdf_lists {
	uint32_t	links_n, marks_n;
	struct span	links, marks;
};
enum err pdf_lists_write(struct filter *out, const struct pdf_lists *lists)
    MUST_CHECK;
/*
 * How many there are, where their lists begin and where the PDF does. Without
 * them in front of it: none, and all 0. ERR_INPUT: damaged.
 */
struct pdf_lists_head {
	uint32_t	links_n, marks_n;
	uint64_t	links, marks, pdf;
};
enum err pdf_lists_read(const struct input *in, struct pdf_lists_head *head)
    MUST_CHECK;

#endif
