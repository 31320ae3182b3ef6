/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links and bookmarks of a PDF to the lists of pdf_link.h. Where places are on
 * a page, and which ones have a name, is pdf_places.c.
 */
#include <string.h>

#include "clean.h"
#include "limits.h"
#include "link_target.h"
#include "pdf_links.h"
#include "report.h"

#define HOSTS_MAX	16	/* that are named */

/* ---- links ---- */

static void
count_host(struct pdf_links *l)
{
	struct buf *removed = &l->pdf->result->removed;
	struct span host = buf_span(&l->target.host), list;
	struct removed_item item;
	unsigned hosts = 0;
	bool known = false;

	list = buf_span(removed);
	while (removed_next(&list, &item))
		if (span_equal(item.what, SPAN("link-kept"))) {
			hosts++;
			known |= span_equal(item.where, host);
		}
	if (removed_add(removed, "link-kept", 1, known || hosts < HOSTS_MAX ?
	    host : SPAN("...")) != OK)
		(void)pdf_trouble(l->pdf, ERR_LIMIT, "list of links");
}

static bool
take_uri(struct pdf_links *l, qpdf_oh action, struct pdf_link *link,
    char out[LINK_TARGET_BYTES_MAX])
{
	qpdf_oh oh = pdf_get(l->pdf, action, "/URI");
	const char *bytes = NULL;
	size_t len = 0, n = 0;
	bool fine = false;
	struct span uri;

	if (!l->defang && l->pdf->err == OK && qpdf_oh_get_value_as_string(
	    l->pdf->q, oh, &bytes, &len) && bytes != NULL) {
		uri = (struct span){ (const uint8_t *)bytes, len };
		fine = link_target(uri, out, &n) &&
		    html_link_parse(&l->target, uri, SPAN("")) == OK &&
		    (l->target.kind == TARGET_WEB ||
		    l->target.kind == TARGET_MAIL) &&
		    l->target.host.len > 0;
		link->uri = (struct span){ (const uint8_t *)out, n };
	}
	qpdf_oh_release(l->pdf->q, oh);
	return fine && !pdf_failed(l->pdf);
}

static bool
take_target(struct pdf_links *l, qpdf_oh annotation, struct pdf_link *link,
    char out[LINK_TARGET_BYTES_MAX])
{
	struct pdf *pdf = l->pdf;
	qpdf_oh action = pdf_get(pdf, annotation, "/A"), dest;
	bool taken = false;

	if (pdf->err == OK && qpdf_oh_is_dictionary(pdf->q, action)) {
		if (pdf_is_name(pdf, action, "/S", "/URI")) {
			taken = take_uri(l, action, link, out);
		} else if (pdf_is_name(pdf, action, "/S", "/GoTo")) {
			dest = pdf_get(pdf, action, "/D");
			taken = pdf->err == OK &&
			    pdf_links_place(l, dest, &link->to);
			qpdf_oh_release(pdf->q, dest);
		}
		if (taken && pdf_has(pdf, action, "/Next"))
			pdf_removed(pdf, "action", 1);
	} else if (pdf->err == OK) {
		dest = pdf_get(pdf, annotation, "/Dest");
		taken = pdf->err == OK && pdf_links_place(l, dest, &link->to);
		qpdf_oh_release(pdf->q, dest);
	}
	qpdf_oh_release(pdf->q, action);
	return taken && pdf->err == OK;
}

bool
pdf_links_take(struct pdf_links *l, qpdf_oh page, uint32_t number,
    qpdf_oh annotation)
{
	struct pdf_link link = { .page = number };
	char out[LINK_TARGET_BYTES_MAX];

	if (l->n >= PDF_LINKS_MAX ||
	    !pdf_is_name(l->pdf, annotation, "/Subtype", "/Link") ||
	    !pdf_links_rect(l->pdf, page, annotation, &link) ||
	    !take_target(l, annotation, &link, out))
		return false;
	if (pdf_link_put(&l->list, &link) != OK) {
		(void)pdf_trouble(l->pdf, ERR_LIMIT, "list of links");
		return false;
	}
	l->n++;
	if (link.uri.len > 0)
		count_host(l);
	return true;
}

/* ---- bookmarks ---- */

/* One line of characters that a person sees. */
static enum err
put_title(struct pdf_links *l, qpdf_oh item, struct pdf_bookmark *mark)
{
	qpdf_oh oh = pdf_get(l->pdf, item, "/Title");
	const char *bytes = NULL;
	size_t len = 0;
	enum err err = OK;

	buf_clear(&l->title);
	if (l->pdf->err == OK && qpdf_oh_get_value_as_utf8(l->pdf->q, oh,
	    &bytes, &len) && bytes != NULL)
		err = clean_text(span_sub((struct span){
		    (const uint8_t *)bytes, len }, 0, PDF_TITLE_BYTES_MAX),
		    CLEAN_HEADER, &l->title, NULL);
	len = l->title.len;
	if (len > PDF_TITLE_BYTES_MAX)
		for (len = PDF_TITLE_BYTES_MAX;
		    (l->title.ptr[len] & 0xc0) == 0x80; len--)
			;
	mark->title = span_sub(buf_span(&l->title), 0, len);
	qpdf_oh_release(l->pdf->q, oh);
	return err;
}

/* What leads elsewhere than to a page stays as a heading. */
static void
find_target(struct pdf_links *l, qpdf_oh item, struct pdf_bookmark *mark)
{
	struct pdf *pdf = l->pdf;
	qpdf_oh action = pdf_get(pdf, item, "/A"), dest;

	if (qpdf_oh_is_dictionary(pdf->q, action))
		dest = pdf_is_name(pdf, action, "/S", "/GoTo") ?
		    pdf_get(pdf, action, "/D") : qpdf_oh_new_null(pdf->q);
	else
		dest = pdf_get(pdf, item, "/Dest");
	if (pdf->err != OK || !pdf_links_place(l, dest, &mark->to))
		mark->to = (struct pdf_place){ PDF_NOWHERE, PDF_NOWHERE,
		    PDF_NOWHERE };
	qpdf_oh_release(pdf->q, dest);
	qpdf_oh_release(pdf->q, action);
}

/* What is still to be looked at, with its depth. */
struct waiting {
	qpdf_oh		oh;
	uint32_t	depth;
};

static void
wait_for(struct pdf_links *l, struct buf *stack, qpdf_oh oh, uint32_t depth)
{
	struct waiting w = { oh, depth };

	if (l->pdf->err != OK || !qpdf_oh_is_dictionary(l->pdf->q, oh) ||
	    pdf_seen(l->pdf, oh, PDF_BOOKMARK) ||
	    buf_add(stack, (struct span){ (const void *)&w, sizeof(w) }) !=
	    OK)
		qpdf_oh_release(l->pdf->q, oh);
}

static void
take_bookmark(struct pdf_links *l, qpdf_oh item, uint32_t depth)
{
	struct pdf_bookmark mark = { .depth = depth };
	enum err err;

	if ((err = put_title(l, item, &mark)) == OK) {
		find_target(l, item, &mark);
		err = pdf_bookmark_put(&l->marks, &mark);
	}
	l->marks_n++;
	if (err != OK)
		(void)pdf_trouble(l->pdf, err, "bookmarks");
}

bool
pdf_links_bookmarks(struct pdf_links *l)
{
	qpdf_oh root = qpdf_get_root(l->pdf->q);
	qpdf_oh outlines = pdf_get(l->pdf, root, "/Outlines");
	struct waiting w;
	struct buf stack;
	bool whole = true;

	buf_init(&stack, 2 * PDF_BOOKMARKS_MAX * sizeof(w));
	wait_for(l, &stack, pdf_get(l->pdf, outlines, "/First"), 0);
	while (stack.len > 0 && !pdf_failed(l->pdf)) {
		memcpy(&w, stack.ptr + stack.len - sizeof(w), sizeof(w));
		buf_truncate(&stack, stack.len - sizeof(w));
		if (l->marks_n < PDF_BOOKMARKS_MAX) {
			take_bookmark(l, w.oh, w.depth);
			wait_for(l, &stack, pdf_get(l->pdf, w.oh, "/Next"),
			    w.depth);
			if (w.depth < PDF_BOOKMARK_DEPTH_MAX)
				wait_for(l, &stack, pdf_get(l->pdf, w.oh,
				    "/First"), w.depth + 1);
			else
				whole = false;
		} else
			whole = false;
		qpdf_oh_release(l->pdf->q, w.oh);
	}
	buf_fini(&stack);
	qpdf_oh_release(l->pdf->q, outlines);
	qpdf_oh_release(l->pdf->q, root);
	return whole;
}

void
pdf_links_init(struct pdf_links *l, struct pdf *pdf,
    const struct sanitizer_policy *policy)
{
	*l = (struct pdf_links){ .pdf = pdf,
	    .defang = policy != NULL && policy->links_defang };
	buf_init(&l->list, PDF_LINK_BYTES_MAX);
	buf_init(&l->marks, PDF_LINK_BYTES_MAX);
	buf_init(&l->title, 4 * PDF_TITLE_BYTES_MAX);
	html_link_init(&l->target);
	pdf_links_pages(l);
}

void
pdf_links_fini(struct pdf_links *l)
{
	buf_fini(&l->list);
	buf_fini(&l->marks);
	buf_fini(&l->title);
	pdf_links_pages_fini(l);
	html_link_fini(&l->target);
}
