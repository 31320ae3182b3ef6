/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The name trees of a PDF: embedded files and destinations are in them. What
 * is still to be looked at waits on a stack.
 */
#include <string.h>

#include "limits.h"
#include "pdf_tree.h"

#define NODES_MAX	(100u * 1000)

struct walk {
	struct pdf	*pdf;
	struct buf	 stack;		/* qpdf_oh each */
	unsigned	 nodes, pairs;
	pdf_tree_visit	*visit;
	void		*arg;
};

static void
push(struct walk *w, qpdf_oh oh)
{
	if (++w->nodes > NODES_MAX ||
	    buf_add(&w->stack, (struct span){ (const void *)&oh,
	    sizeof(oh) }) != OK)
		qpdf_oh_release(w->pdf->q, oh);
}

static bool
pop(struct walk *w, qpdf_oh *oh)
{
	if (w->stack.len == 0)
		return false;
	memcpy(oh, w->stack.ptr + w->stack.len - sizeof(*oh), sizeof(*oh));
	buf_truncate(&w->stack, w->stack.len - sizeof(*oh));
	return true;
}

static void
visit_pairs(struct walk *w, qpdf_oh node)
{
	qpdf_oh list = pdf_get(w->pdf, node, "/Names"), key, value;
	int n = pdf_items(w->pdf, list);

	for (int i = 0; i + 1 < n && !pdf_failed(w->pdf) &&
	    w->pairs < PDF_TREE_PAIRS_MAX; i += 2, w->pairs++) {
		key = qpdf_oh_get_array_item(w->pdf->q, list, i);
		value = qpdf_oh_get_array_item(w->pdf->q, list, i + 1);
		if (!pdf_failed(w->pdf))
			w->visit(w->arg, key, value);
		qpdf_oh_release(w->pdf->q, key);
		qpdf_oh_release(w->pdf->q, value);
	}
	qpdf_oh_release(w->pdf->q, list);
}

/* The first one on top. */
static void
push_kids(struct walk *w, qpdf_oh node)
{
	qpdf_oh list = pdf_get(w->pdf, node, "/Kids");

	for (int i = pdf_items(w->pdf, list); i > 0 && w->pdf->err == OK; i--)
		push(w, qpdf_oh_get_array_item(w->pdf->q, list, i - 1));
	qpdf_oh_release(w->pdf->q, list);
}

void
pdf_name_tree(struct pdf *pdf, qpdf_oh root, pdf_tree_visit *visit, void *arg)
{
	struct walk w = { .pdf = pdf, .visit = visit, .arg = arg };
	qpdf_oh node;

	buf_init(&w.stack, NODES_MAX * sizeof(node));
	push(&w, qpdf_oh_new_object(pdf->q, root));
	while (!pdf_failed(pdf) && pop(&w, &node)) {
		if (qpdf_oh_is_dictionary(pdf->q, node) &&
		    !pdf_seen(pdf, node, PDF_TREE)) {
			visit_pairs(&w, node);
			push_kids(&w, node);
		}
		qpdf_oh_release(pdf->q, node);
	}
	buf_fini(&w.stack);
}
