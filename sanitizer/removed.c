/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Codec of the list of removed things. The reader trusts nothing: the list
 * comes out of a child that has read hostile bytes.
 */
#include "../gateway/base/wire.h"
#include "removed.h"

enum err
removed_add(struct buf *list, const char *what, uint64_t count,
    struct span where)
{
	size_t len = list->len;
	struct span word = span_str(what);
	enum err err;

	require(word.len > 0 && word.len <= REMOVED_WHAT_BYTES_MAX);
	err = wire_put_bytes(list, word);
	if (err == OK)
		err = wire_put_u64(list, count);
	if (err == OK)
		err = wire_put_bytes(list,
		    span_sub(where, 0, REMOVED_WHERE_BYTES_MAX));
	if (err != OK)
		buf_truncate(list, len);
	return err;
}

bool
removed_next(struct span *list, struct removed *item)
{
	struct wire_reader r;

	if (list->len == 0)
		return false;
	wire_reader_init(&r, *list);
	item->what = wire_get_bytes(&r, REMOVED_WHAT_BYTES_MAX);
	item->count = wire_get_u64(&r);
	item->where = wire_get_bytes(&r, REMOVED_WHERE_BYTES_MAX);
	if (r.bad || item->what.len == 0)
		return false;
	*list = r.rest;
	return true;
}
