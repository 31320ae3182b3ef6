/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as the main part of a Word document, in pieces as the first byte
 * says: what comes out rewrites to the same, with nothing left to remove.
 */
#include <stdlib.h>

#include "../../../sanitizer/ooxml.h"
#include "../../../sanitizer/ooxml_field.h"

#define OUT_BYTES_MAX	(8u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
relation(void *ctx, const char *element, struct xml_attribute *a)
{
	(void)element;
	(void)ctx;
	return span_begins(a->value, SPAN("rId"));
}

static enum err
rewrite(struct span in, size_t step, struct buf *out, bool *removed)
{
	static struct xml_rewrite rw;
	static struct field_state fields;
	struct arena *arena = arena_new(4u * 1024 * 1024);
	struct filter *f;
	enum err err;

	require(arena != NULL);
	err = xml_rewrite_init(&rw, ooxml_word_kinds[0].table, out);
	require(err == OK);
	field_init(&fields, arena);
	rw.relation = relation;
	rw.state = &fields;
	f = xml_parse_input(&rw.parse);
	for (size_t at = 0; err == OK && at < in.len; at += step)
		err = filter_write(f, span_sub(in, at, step));
	if (err == OK)
		err = filter_end(f);
	*removed = rw.counts[0].n > 0;
	xml_rewrite_fini(&rw);
	field_fini(&fields);
	arena_free(arena);
	return err;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once, twice;
	bool removed;

	if (size < 1)
		return 0;
	buf_init(&once, OUT_BYTES_MAX);
	buf_init(&twice, OUT_BYTES_MAX);
	if (rewrite((struct span){ data + 1, size - 1 },
	    data[0] == 0 ? size : data[0], &once, &removed) == OK) {
		require(rewrite(buf_span(&once), 4096, &twice, &removed) ==
		    OK);
		require(!removed);
		require(span_equal(buf_span(&once), buf_span(&twice)));
	}
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
