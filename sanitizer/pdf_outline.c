/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bookmarks: from a list with depths to objects that know their neighbours.
 * All are closed at first, so that how many are seen is how many are there.
 */
#include <inttypes.h>
#include <string.h>

#include "../gateway/base/utf8.h"
#include "limits.h"
#include "pdf_outline.h"

static struct pdf_outline_item *
item_of(const struct pdf_outline *o, uint32_t number)
{
	return (struct pdf_outline_item *)(void *)(o->items.ptr +
	    (number - o->root - 1) * sizeof(struct pdf_outline_item));
}

/* The next one in the list: below, beside, or beside one above the last. */
static void
link_item(struct pdf_outline *o, uint32_t number, uint32_t open[])
{
	struct pdf_outline_item *item = item_of(o, number), *other;
	uint32_t depth = item->mark.depth, before = open[depth];

	item->parent = depth == 0 ? o->root : open[depth - 1];
	if (depth == 0) {
		o->first = o->first == 0 ? number : o->first;
		o->last = number;
		o->children++;
	} else {
		other = item_of(o, item->parent);
		other->first = other->first == 0 ? number : other->first;
		other->last = number;
		other->children++;
	}
	if (before != 0) {
		item->previous = before;
		item_of(o, before)->next = number;
	}
	open[depth] = number;
	for (uint32_t d = depth + 1; d <= PDF_BOOKMARK_DEPTH_MAX; d++)
		open[d] = 0;
}

enum err
pdf_outline_read(struct pdf_outline *o, struct span list, uint32_t root)
{
	uint32_t open[PDF_BOOKMARK_DEPTH_MAX + 1] = { 0 }, deepest = 0;
	struct pdf_outline_item item = { .parent = 0 };
	struct wire_reader r;

	*o = (struct pdf_outline){ .root = root };
	buf_init(&o->items, PDF_BOOKMARKS_MAX * sizeof(item));
	wire_reader_init(&r, list);
	while (pdf_bookmark_next(&r, &item.mark)) {
		if (item.mark.depth > deepest)
			return ERR_INPUT;
		deepest = item.mark.depth + 1;
		if (buf_add(&o->items, (struct span){ (const void *)&item,
		    sizeof(item) }) != OK)
			return ERR_LIMIT;
		link_item(o, root + ++o->n, open);
	}
	return r.bad ? ERR_INPUT : OK;
}

void
pdf_outline_fini(struct pdf_outline *o)
{
	buf_fini(&o->items);
}

/* UTF-16BE with its mark, in hexadecimal. */
static enum err
put_title(struct span s, struct buf *out)
{
	enum err err = buf_add_str(out, "/Title<feff");
	uint32_t c;
	size_t n;

	for (; s.len > 0 && err == OK; s = span_sub(s, n, s.len)) {
		c = utf8_decode(s, &n);
		if (c == UTF8_BAD)
			return ERR_INPUT;
		if (c < 0x10000)
			err = buf_printf(out, "%04" PRIx32, c);
		else
			err = buf_printf(out, "%04" PRIx32 "%04" PRIx32,
			    0xd800 + ((c - 0x10000) >> 10),
			    0xdc00 + ((c - 0x10000) & 0x3ff));
	}
	return err == OK ? buf_add_byte(out, '>') : err;
}

static enum err
put_reference(struct buf *out, const char *key, uint32_t number)
{
	return number == 0 ? OK : buf_printf(out, "/%s %" PRIu32 " 0 R", key,
	    number);
}

enum err
pdf_outline_put(const struct pdf_outline *o, uint32_t i,
    pdf_outline_place *place, void *arg, struct buf *out)
{
	const struct pdf_outline_item *item;
	enum err err;

	if (i == 0)
		return buf_printf(out, "<</Count %" PRIu32 "/First %" PRIu32
		    " 0 R/Last %" PRIu32 " 0 R/Type/Outlines>>", o->children,
		    o->first, o->last);
	item = item_of(o, o->root + i);
	err = buf_add_str(out, "<<");
	if (err == OK && item->children > 0)
		err = buf_printf(out, "/Count -%" PRIu32, item->children);
	if (err == OK && item->mark.to.page != PDF_NOWHERE)
		err = place(arg, &item->mark.to, out);
	if (err == OK &&
	    (err = put_reference(out, "First", item->first)) == OK &&
	    (err = put_reference(out, "Last", item->last)) == OK &&
	    (err = put_reference(out, "Next", item->next)) == OK &&
	    (err = put_reference(out, "Parent", item->parent)) == OK &&
	    (err = put_reference(out, "Prev", item->previous)) == OK &&
	    (err = put_title(item->mark.title, out)) == OK)
		err = buf_add_str(out, ">>");
	return err;
}
