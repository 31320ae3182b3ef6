/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files that are attached to a PDF are taken out of the original and go their
 * own way, each with a row in the report, a line in the notice and a place
 * beside the PDF. A PDF that is sanitized alone has no such place: what was
 * attached to it is left out and counted.
 */
#include "sanitize_internal.h"

/* Does the PDF have any? One that could not be read did not say. */
static bool
may_have_files(const struct report_part *row)
{
	return row->outcome == OUTCOME_REMOVED ||
	    removed_count(row->removed, "embedded-file") > 0 ||
	    /* a long list may end before it */
	    removed_count(row->removed, "other") > 0;
}

enum err
sanitize_pdf_files(struct level *l, const struct sanitize_names *names,
    struct report_part *row, struct notice_item *item,
    const struct input *in)
{
	struct buf list;
	struct span kept;
	enum err err;

	if (!may_have_files(row))
		return OK;
	if (l->alone) {
		if (row->reason == NULL && row->outcome != OUTCOME_REMOVED)
			row->reason = "files attached to it come out in a "
			    "mail or an archive only";
		return OK;
	}
	err = sanitize_entries_beside(l, names, row, in, &item->files);
	if (err != OK || item->files == 0)
		return err;
	/* they are not left out */
	buf_init(&list, REMOVED_BYTES_MAX);
	if ((err = removed_add_list(&list, row->removed, "embedded-file")) ==
	    OK && !arena_dup(l->c->arena, buf_span(&list), &kept))
		err = ERR_LIMIT;
	buf_fini(&list);
	if (err == OK)
		item->removed = kept;
	return err;
}
