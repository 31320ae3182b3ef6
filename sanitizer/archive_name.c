/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names in archives. Japanese archives of three decades carry CP932 bytes
 * without a word about it, newer ones UTF-8, some with a flag.
 */
#include "archive_internal.h"

#include "../gateway/base/utf8.h"
#include "charset.h"
#include "limits.h"

static bool
is_separator(uint8_t c)
{
	return c == '/' || c == '\\';
}

/* Leads out of where it is unpacked: /a, \a, C:a, a/../b. */
static bool
leads_out(struct span path)
{
	size_t start = 0;

	if (path.len > 0 && is_separator(path.ptr[0]))
		return true;
	if (path.len > 1 && path.ptr[1] == ':' && ascii_is_alpha(path.ptr[0]))
		return true;
	for (size_t i = 0; i <= path.len; i++) {
		if (i < path.len && !is_separator(path.ptr[i]))
			continue;
		if (span_equal(span_sub(path, start, i - start), SPAN("..")))
			return true;
		start = i + 1;
	}
	return false;
}

static struct span
last_component(struct span path)
{
	size_t i;

	while (path.len > 0 && is_separator(path.ptr[path.len - 1]))
		path.len--;
	for (i = path.len; i > 0 && !is_separator(path.ptr[i - 1]); i--)
		;
	path = span_sub(path, i, path.len);
	/* the end has the extension */
	if (path.len > ENTRIES_NAME_BYTES_MAX)
		path = span_sub(path, path.len - ENTRIES_NAME_BYTES_MAX,
		    path.len);
	while (path.len > 0 && (path.ptr[0] & 0xc0) == 0x80)
		path = span_sub(path, 1, path.len);
	return path;
}

enum err
archive_name(struct span path, bool utf8, struct buf *name, bool *odd)
{
	struct buf decoded;
	enum err err;

	buf_init(&decoded, ARCHIVE_PATH_BYTES_MAX * 4);
	*odd = path.len > ARCHIVE_PATH_BYTES_MAX;
	if (*odd)
		path = span_sub(path, path.len - ARCHIVE_PATH_BYTES_MAX,
		    path.len);
	err = charset_decode(utf8 || utf8_check(path) == path.len ?
	    SPAN("utf-8") : SPAN("cp932"), path, &decoded, NULL);
	if (err == OK) {
		path = buf_span(&decoded);
		*odd |= leads_out(path);
		err = buf_add(name, last_component(path));
	}
	buf_fini(&decoded);
	return err;
}
