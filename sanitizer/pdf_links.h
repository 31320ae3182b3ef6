/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_LINKS_H
#define SEKISHO_SANITIZER_PDF_LINKS_H

#include "html_link.h"
#include "pdf_link.h"
#include "pdf_object.h"

/*
 * The links of a PDF that may stay: to the web or a mail address, checked by
 * link_target.h as those of all documents are, unless the policy defangs
 * them; and to a page of the same document. Where the first kind leads is
 * counted as "link-kept" with the host, as an eye cannot see it.
 */
struct pdf_links {
	struct pdf	*pdf;
	bool		 defang;
	struct buf	 list, marks;	/* as in pdf_link.h */
	uint32_t	 n, marks_n;
	struct buf	 title;
	struct buf	 pages;		/* by number of object, sorted */
	struct buf	 names, places;	/* of destinations, sorted */
	bool		 places_ready;
	struct html_link target;
};
/* After pdf_open(); policy may be NULL. */
void pdf_links_init(struct pdf_links *links, struct pdf *pdf,
    const struct sanitizer_policy *policy);
void pdf_links_fini(struct pdf_links *links);

/* Take the bookmarks along; false: not all of them can stay. */
bool pdf_links_bookmarks(struct pdf_links *links);
/* Take a link annotation of this page along; false: it cannot stay. */
bool pdf_links_take(struct pdf_links *links, qpdf_oh page, uint32_t number,
    qpdf_oh annotation);

/* pdf_places.c: what it needs to find pages and names; pdf_links_init(). */
void pdf_links_pages(struct pdf_links *links);
void pdf_links_pages_fini(struct pdf_links *links);
/* Where an annotation is on its page; false: nowhere. */
bool pdf_links_rect(struct pdf *pdf, qpdf_oh page, qpdf_oh annotation,
    struct pdf_link *link);
/* A destination, by its name or as it stands; false: there is none. */
bool pdf_links_place(struct pdf_links *links, qpdf_oh dest,
    struct pdf_place *to);

#endif
