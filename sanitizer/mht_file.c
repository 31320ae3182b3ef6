/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Web pages as mails (.mht): finds the page among the parts and hands it to
 * html_file.c. Pictures, scripts and frames beside it are left out.
 */
#include "mht_file.h"

#include "format_text.h"
#include "html_file.h"
#include "limits.h"
#include "mime_parse.h"
#include "report.h"

/* The next part in the order in which they stand, or NULL. */
static const struct mime_part *
next_part(const struct mime_part *part)
{
	if (part->children != NULL)
		return part->children;
	while (part != NULL && part->next == NULL)
		part = part->parent;
	return part != NULL ? part->next : NULL;
}

/* The first leaf of this type; other readings of a part are no pages. */
static const struct mime_part *
find_page(const struct mime_part *root, struct span type)
{
	for (const struct mime_part *p = root; p != NULL; p = next_part(p))
		if (p->leaf && p->view == 0 && span_equal(p->type, type))
			return p;
	return NULL;
}

static enum err
count_others(const struct mime_part *root, const struct mime_part *page,
    struct buf *removed)
{
	enum err err = OK;

	for (const struct mime_part *p = root; p != NULL && err == OK;
	    p = next_part(p))
		if (p->leaf && p != page)
			err = removed_add(removed, "embedded-part", 1,
			    p->type);
	return err;
}

static enum err
write_page(const struct mime_part *page, bool html,
    const struct sanitizer_policy *policy, struct filter *out,
    struct buf *removed)
{
	struct text_result text;
	struct buf_sink sink;
	struct input in;
	struct buf body;
	uint64_t junk = 0;
	enum err err;

	buf_init(&body, HTML_FILE_BYTES_MAX);
	buf_sink_init(&sink, &body);
	err = mime_part_decode(page, &sink.filter, &junk);
	in = input_span(buf_span(&body));
	if (err == OK && html)
		err = html_file(&in, page->charset, policy, out, removed);
	else if (err == OK)
		err = format_text(&in, page->charset, out, &text);
	buf_fini(&body);
	return err;
}

enum err
mht_file(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct buf *removed)
{
	struct arena *arena = arena_new(ARENA_BYTES_MAX);
	const struct mime_part *page;
	struct mime_tree tree;
	struct diag diag;
	bool html = true;
	enum err err;

	if (arena == NULL)
		return ERR_SYSTEM;
	if ((err = mime_parse(in, arena, &tree, &diag)) != OK)
		goto out;
	page = find_page(tree.root, SPAN("text/html"));
	if (page == NULL)
		page = find_page(tree.root, SPAN("application/xhtml+xml"));
	if (page == NULL) {
		html = false;
		page = find_page(tree.root, SPAN("text/plain"));
	}
	err = page == NULL ? ERR_INPUT :
	    write_page(page, html, policy, out, removed);
	if (err == OK)
		err = count_others(tree.root, page, removed);
out:
	arena_free(arena);
	return err;
}
