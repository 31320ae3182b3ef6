/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_OUTLINE_H
#define SEKISHO_SANITIZER_PDF_OUTLINE_H

#include "pdf_link.h"

/*
 * The tree of bookmarks as objects of pdf_write.h. list is as in pdf_link.h;
 * the root is object number `root`, the bookmarks follow it in their order.
 */
struct pdf_outline_item {
	struct pdf_bookmark mark;	/* borrowed from the list */
	/* numbers of objects, 0: none */
	uint32_t	parent, previous, next, first, last, children;
};
struct pdf_outline {
	struct buf	items;		/* struct pdf_outline_item each */
	uint32_t	n, root, first, last, children;
};

/* ERR_INPUT: damaged. pdf_outline_fini() in any case. */
enum err pdf_outline_read(struct pdf_outline *outline, struct span list,
    uint32_t root) MUST_CHECK;
void pdf_outline_fini(struct pdf_outline *outline);
/* The value of the root, with i 0, or of the i-th bookmark, from 1 on. */
typedef enum err pdf_outline_place(void *arg, const struct pdf_place *to,
    struct buf *out);
enum err pdf_outline_put(const struct pdf_outline *outline, uint32_t i,
    pdf_outline_place *place, void *arg, struct buf *out) MUST_CHECK;

#endif
