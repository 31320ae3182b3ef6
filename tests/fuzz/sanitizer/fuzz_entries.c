/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of files from a child that may have been taken over: whatever the
 * bytes are, what is read from them to the end is, written anew, the same.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../sanitizer/entries.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err
copy_list(struct entries_reader *r, struct entries_writer *w)
{
	struct entry entry;
	unsigned flags = 0;
	enum err err;
	bool more;

	while ((err = entries_next(r, &entry, &more, &flags)) == OK && more) {
		const struct input *bytes = entry.flags == 0 ?
		    &entry.bytes : NULL;

		if (entries_add(w, entry.name, entry.flags, bytes) != OK)
			abort();
	}
	return err == OK ? entries_end(w, flags) : err;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = input_span((struct span){ data, size });
	struct entries_reader r;
	struct entries_writer w;
	struct buf_sink sink;
	struct buf out;

	buf_init(&out, size + 64);
	buf_sink_init(&sink, &out);
	if (entries_open(&r, &in) == OK &&
	    entries_begin(&w, &sink.filter) == OK &&
	    copy_list(&r, &w) == OK &&
	    (out.len != size || memcmp(out.ptr, data, size) != 0))
		abort();
	buf_fini(&out);
	return 0;
}
