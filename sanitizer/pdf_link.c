/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of links between the steps of a PDF.
 */
#include <string.h>

#include "limits.h"
#include "link_target.h"
#include "pdf_link.h"

#define MAGIC		"SEKISHO-LINKS 1\n"
#define HEAD_BYTES	(sizeof(MAGIC) - 1 + 8)

enum err
pdf_link_put(struct buf *list, const struct pdf_link *link)
{
	const uint32_t numbers[] = { link->page, link->left, link->bottom,
		link->right, link->top, link->to_page, link->to_x,
		link->to_y };
	enum err err = OK;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) &&
	    err == OK; i++)
		err = wire_put_u32(list, numbers[i]);
	return err == OK ? wire_put_bytes(list, link->uri) : err;
}

bool
pdf_link_next(struct wire_reader *list, struct pdf_link *link)
{
	uint32_t *const numbers[] = { &link->page, &link->left,
		&link->bottom, &link->right, &link->top, &link->to_page,
		&link->to_x, &link->to_y };

	if (list->rest.len == 0)
		return false;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		*numbers[i] = wire_get_u32(list);
	link->uri = wire_get_bytes(list, LINK_TARGET_BYTES_MAX);
	if (link->left >= link->right || link->bottom >= link->top ||
	    link->right > PDF_ONE || link->top > PDF_ONE ||
	    (link->to_y != PDF_NOWHERE && (link->to_x > PDF_ONE ||
	    link->to_y > PDF_ONE)))
		list->bad = true;
	return !list->bad;
}

enum err
pdf_links_write(struct filter *out, uint32_t n, struct span list)
{
	struct buf head;
	enum err err;

	buf_init(&head, HEAD_BYTES);
	if ((err = buf_add_str(&head, MAGIC)) == OK &&
	    (err = wire_put_u32(&head, n)) == OK &&
	    (err = wire_put_u32(&head, (uint32_t)list.len)) == OK &&
	    (err = filter_write(out, buf_span(&head))) == OK &&
	    list.len > 0)
		err = filter_write(out, list);
	buf_fini(&head);
	return err;
}

enum err
pdf_links_read(const struct input *in, struct pdf_links_head *head)
{
	uint8_t bytes[HEAD_BYTES];
	struct wire_reader r;
	uint32_t len;
	size_t got;
	enum err err;

	*head = (struct pdf_links_head){ .n = 0 };
	if ((err = input_read(in, 0, bytes, sizeof(bytes), &got)) != OK)
		return err;
	if (got < sizeof(bytes) || memcmp(bytes, MAGIC, sizeof(MAGIC) - 1) !=
	    0)
		return OK;
	wire_reader_init(&r, (struct span){ bytes + sizeof(MAGIC) - 1, 8 });
	head->n = wire_get_u32(&r);
	len = wire_get_u32(&r);
	head->list = HEAD_BYTES;
	head->pdf = HEAD_BYTES + (uint64_t)len;
	return head->n <= PDF_LINKS_MAX && len <= PDF_LINK_BYTES_MAX &&
	    head->pdf <= in->len ? OK : ERR_INPUT;
}
