/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of files that a child has taken out of an archive: written by a
 * child that read hostile bytes, read by the process that asked it. The
 * reader believes nothing: every length is held against what is there.
 */
#include "entries.h"

#include <string.h>

#include "../gateway/base/utf8.h"

#define MAGIC		"SEKISHO-ENTRIES 1\n"
#define MAGIC_BYTES	(sizeof(MAGIC) - 1)
#define HEAD_BYTES	4		/* u8 1, u8 flags, u16 name bytes */
#define FILE_PIECE_BYTES (16 * 1024)
#define END_BYTES	10		/* u8 0, u8 flags, u64 length */

#define ENTRY_FLAGS	(ENTRY_ENCRYPTED | ENTRY_TOO_LARGE | \
	ENTRY_DAMAGED | ENTRY_ODD)
#define WHOLE_FLAGS	(ENTRIES_CONFLICT | ENTRIES_CUT)

static void
put_u64(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

static uint64_t
get_u64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* ---- writing ---- */

static enum err
put(struct entries_writer *w, struct span s)
{
	enum err err = filter_write(w->out, s);

	if (err == OK)
		w->bytes += s.len;
	return err;
}

enum err
entries_begin(struct entries_writer *w, struct filter *out)
{
	*w = (struct entries_writer){ .out = out };
	return put(w, SPAN(MAGIC));
}

/* A file that became shorter meanwhile would shift all behind it. */
static enum err
put_file(struct entries_writer *w, const struct input *in)
{
	uint8_t bytes[FILE_PIECE_BYTES];
	uint64_t at = 0;
	enum err err = OK;
	size_t got;

	while (err == OK && at < in->len) {
		err = input_read(in, at, bytes, sizeof(bytes), &got);
		if (err == OK && got == 0)
			err = ERR_INPUT;
		if (err == OK)
			err = put(w, (struct span){ bytes, got });
		at += got;
	}
	return err;
}

enum err
entries_add(struct entries_writer *w, struct span name, unsigned flags,
    const struct input *bytes)
{
	uint64_t len = bytes != NULL ? bytes->len : 0;
	uint8_t head[HEAD_BYTES] = { 1, (uint8_t)flags,
	    (uint8_t)(name.len >> 8), (uint8_t)name.len };
	uint8_t size[8];
	enum err err;

	require((flags & ~(unsigned)ENTRY_FLAGS) == 0);
	require(flags == 0 || bytes == NULL);
	if (name.len > ENTRIES_NAME_BYTES_MAX || utf8_check(name) != name.len)
		return ERR_INPUT;
	put_u64(size, len);
	if ((err = put(w, (struct span){ head, sizeof(head) })) == OK &&
	    (err = put(w, name)) == OK)
		err = put(w, (struct span){ size, sizeof(size) });
	return err == OK && len > 0 ? put_file(w, bytes) : err;
}

enum err
entries_end(struct entries_writer *w, unsigned flags)
{
	uint8_t end[END_BYTES] = { 0, (uint8_t)flags };

	require((flags & ~(unsigned)WHOLE_FLAGS) == 0);
	put_u64(end + 2, w->bytes);
	return put(w, (struct span){ end, sizeof(end) });
}

/* ---- reading ---- */

/* Exactly len bytes from where we are. */
static enum err
get(struct entries_reader *r, void *bytes, size_t len)
{
	size_t got;
	enum err err = input_read(r->in, r->at, bytes, len, &got);

	if (err == OK && got != len)
		err = ERR_INPUT;
	r->at += got;
	return err;
}

enum err
entries_open(struct entries_reader *r, const struct input *in)
{
	uint8_t magic[MAGIC_BYTES];
	enum err err;

	r->in = in;
	r->at = 0;
	if ((err = get(r, magic, sizeof(magic))) == OK &&
	    memcmp(magic, MAGIC, sizeof(magic)) != 0)
		err = ERR_INPUT;
	return err;
}

/* u8 0 has been read: nothing may follow its length. */
static enum err
read_end(struct entries_reader *r, unsigned *flags)
{
	uint64_t before = r->at - 1;
	uint8_t end[END_BYTES - 1];
	enum err err;

	if ((err = get(r, end, sizeof(end))) != OK)
		return err;
	if ((end[0] & ~(unsigned)WHOLE_FLAGS) != 0 ||
	    get_u64(end + 1) != before || r->at != r->in->len)
		return ERR_INPUT;
	*flags = end[0];
	return OK;
}

static enum err
read_name(struct entries_reader *r, struct entry *entry, size_t len)
{
	enum err err;

	if (len > ENTRIES_NAME_BYTES_MAX)
		return ERR_INPUT;
	if ((err = get(r, r->name, len)) != OK)
		return err;
	entry->name = (struct span){ r->name, len };
	return utf8_check(entry->name) == len ? OK : ERR_INPUT;
}

enum err
entries_next(struct entries_reader *r, struct entry *entry, bool *more,
    unsigned *flags)
{
	uint8_t kind, head[HEAD_BYTES - 1], size[8];
	uint64_t len;
	enum err err;

	*more = false;
	if ((err = get(r, &kind, 1)) != OK)
		return err;
	if (kind == 0)
		return read_end(r, flags);
	if (kind != 1)
		return ERR_INPUT;
	if ((err = get(r, head, sizeof(head))) != OK ||
	    (err = read_name(r, entry, (size_t)head[1] << 8 | head[2])) !=
	    OK || (err = get(r, size, sizeof(size))) != OK)
		return err;
	len = get_u64(size);
	entry->flags = head[0];
	if ((entry->flags & ~(unsigned)ENTRY_FLAGS) != 0 ||
	    len > r->in->len - r->at || (entry->flags != 0 && len > 0))
		return ERR_INPUT;
	entry->bytes = input_sub(r->in, r->at, len);
	r->at += len;
	*more = true;
	return OK;
}
