/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of removed things that handlers fill, in any program: report.c
 * writes it as JSON.
 */
#include "report.h"

#include <stdio.h>

#include "../gateway/base/wire.h"

/* At most max bytes, cut between characters. */
static struct span
cut(struct span s, size_t max)
{
	if (s.len <= max)
		return s;
	while (max > 0 && (s.ptr[max] & 0xc0) == 0x80)
		max--;
	return span_sub(s, 0, max);
}

bool
removed_next(struct span *list, struct removed_item *item)
{
	struct wire_reader r;

	if (list->len == 0)
		return false;
	wire_reader_init(&r, *list);
	item->what = wire_get_bytes(&r, REMOVED_TEXT_BYTES_MAX);
	item->count = wire_get_u64(&r);
	item->where = wire_get_bytes(&r, REMOVED_TEXT_BYTES_MAX);
	*list = r.rest;
	if (r.bad)
		*list = (struct span){ NULL, 0 };
	return !r.bad;
}

uint64_t
removed_count(struct span list, const char *what)
{
	struct removed_item item;
	uint64_t n = 0;

	while (removed_next(&list, &item))
		if (span_equal(item.what, span_str(what)))
			n += item.count;
	return n;
}

static void
put_u64(uint8_t *at, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

/* Count up in place where the list has the item; *items: how many it has. */
static bool
count_up(struct buf *list, struct span what, uint64_t count,
    struct span where, unsigned *items)
{
	struct span rest = buf_span(list);
	struct removed_item item;

	*items = 0;
	while (removed_next(&rest, &item)) {
		++*items;
		if (!span_equal(item.what, what) ||
		    !span_equal(item.where, where))
			continue;
		put_u64(list->ptr + (item.what.ptr + item.what.len -
		    list->ptr), item.count + count);
		return true;
	}
	return false;
}

enum err
removed_add(struct buf *list, const char *what, uint64_t count,
    struct span where)
{
	struct span text = cut(span_str(what), REMOVED_TEXT_BYTES_MAX);
	unsigned items;
	enum err err;

	where = cut(where, REMOVED_TEXT_BYTES_MAX);
	if (count_up(list, text, count, where, &items))
		return OK;
	if (items >= REMOVED_ITEMS_MAX) {
		text = SPAN("other");
		where = SPAN("");
		if (count_up(list, text, count, where, &items))
			return OK;
	}
	if ((err = wire_put_bytes(list, text)) == OK &&
	    (err = wire_put_u64(list, count)) == OK)
		err = wire_put_bytes(list, where);
	return err;
}

enum err
removed_add_list(struct buf *list, struct span from, const char *without)
{
	struct removed_item item;
	char what[REMOVED_TEXT_BYTES_MAX + 1];
	enum err err = OK;

	while (err == OK && removed_next(&from, &item)) {
		if (without != NULL && span_equal(item.what,
		    span_str(without)))
			continue;
		snprintf(what, sizeof(what), "%.*s", (int)item.what.len,
		    (const char *)item.what.ptr);
		err = removed_add(list, what, item.count, item.where);
	}
	return err;
}
