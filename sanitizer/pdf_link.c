/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lists of links and bookmarks between the steps of a PDF.
 */
#include <string.h>

#include "limits.h"
#include "link_target.h"
#include "pdf_link.h"

#define MAGIC		"SEKISHO-LINKS 1\n"
#define NUMBERS_BYTES	16
#define HEAD_BYTES	(sizeof(MAGIC) - 1 + NUMBERS_BYTES)

enum err
pdf_link_put(struct buf *list, const struct pdf_link *link)
{
	const uint32_t numbers[] = { link->page, link->left, link->bottom,
		link->right, link->top, link->to.page, link->to.x,
		link->to.y };
	enum err err = OK;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) &&
	    err == OK; i++)
		err = wire_put_u32(list, numbers[i]);
	return err == OK ? wire_put_bytes(list, link->uri) : err;
}

static bool
is_place(const struct pdf_place *place)
{
	return place->y == PDF_NOWHERE || (place->x <= PDF_ONE &&
	    place->y <= PDF_ONE);
}

bool
pdf_link_next(struct wire_reader *list, struct pdf_link *link)
{
	uint32_t *const numbers[] = { &link->page, &link->left,
		&link->bottom, &link->right, &link->top, &link->to.page,
		&link->to.x, &link->to.y };

	if (list->rest.len == 0)
		return false;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		*numbers[i] = wire_get_u32(list);
	link->uri = wire_get_bytes(list, LINK_TARGET_BYTES_MAX);
	if (link->left >= link->right || link->bottom >= link->top ||
	    link->right > PDF_ONE || link->top > PDF_ONE ||
	    !is_place(&link->to))
		list->bad = true;
	return !list->bad;
}

enum err
pdf_bookmark_put(struct buf *list, const struct pdf_bookmark *mark)
{
	enum err err;

	if ((err = wire_put_u32(list, mark->depth)) == OK &&
	    (err = wire_put_u32(list, mark->to.page)) == OK &&
	    (err = wire_put_u32(list, mark->to.x)) == OK &&
	    (err = wire_put_u32(list, mark->to.y)) == OK)
		err = wire_put_bytes(list, mark->title);
	return err;
}

bool
pdf_bookmark_next(struct wire_reader *list, struct pdf_bookmark *mark)
{
	if (list->rest.len == 0)
		return false;
	mark->depth = wire_get_u32(list);
	mark->to.page = wire_get_u32(list);
	mark->to.x = wire_get_u32(list);
	mark->to.y = wire_get_u32(list);
	mark->title = wire_get_bytes(list, PDF_TITLE_BYTES_MAX);
	if (!is_place(&mark->to) || mark->depth > PDF_BOOKMARK_DEPTH_MAX)
		list->bad = true;
	return !list->bad;
}

enum err
pdf_lists_write(struct filter *out, const struct pdf_lists *lists)
{
	struct buf head;
	enum err err;

	buf_init(&head, HEAD_BYTES);
	if ((err = buf_add_str(&head, MAGIC)) == OK &&
	    (err = wire_put_u32(&head, lists->links_n)) == OK &&
	    (err = wire_put_u32(&head, (uint32_t)lists->links.len)) == OK &&
	    (err = wire_put_u32(&head, lists->marks_n)) == OK &&
	    (err = wire_put_u32(&head, (uint32_t)lists->marks.len)) == OK)
		err = filter_write(out, buf_span(&head));
	if (err == OK && lists->links.len > 0)
		err = filter_write(out, lists->links);
	if (err == OK && lists->marks.len > 0)
		err = filter_write(out, lists->marks);
	buf_fini(&head);
	return err;
}

enum err
pdf_lists_read(const struct input *in, struct pdf_lists_head *head)
{
	uint8_t bytes[HEAD_BYTES];
	struct wire_reader r;
	uint32_t links, marks;
	size_t got;
	enum err err;

	*head = (struct pdf_lists_head){ .pdf = 0 };
	if ((err = input_read(in, 0, bytes, sizeof(bytes), &got)) != OK)
		return err;
	if (got < sizeof(bytes) || memcmp(bytes, MAGIC, sizeof(MAGIC) - 1) !=
	    0)
		return OK;
	wire_reader_init(&r, (struct span){ bytes + sizeof(MAGIC) - 1,
	    NUMBERS_BYTES });
	head->links_n = wire_get_u32(&r);
	links = wire_get_u32(&r);
	head->marks_n = wire_get_u32(&r);
	marks = wire_get_u32(&r);
	head->links = HEAD_BYTES;
	head->marks = head->links + links;
	head->pdf = head->marks + marks;
	return head->links_n <= PDF_LINKS_MAX && head->marks_n <=
	    PDF_BOOKMARKS_MAX && links <= PDF_LINK_BYTES_MAX && marks <=
	    PDF_LINK_BYTES_MAX && head->pdf <= in->len ? OK : ERR_INPUT;
}
