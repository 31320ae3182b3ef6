/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The MIME parser on any bytes: every range lies in its input, limits hold,
 * each leaf decodes, and a descriptor gives the same tree as memory.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../sanitizer/charset.h"
#include "../../../sanitizer/clean.h"
#include "../../../sanitizer/inline.h"
#include "../../../sanitizer/limits.h"
#include "../../../sanitizer/mime_parse.h"
#include "../../../sanitizer/word.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err
drop_write(struct filter *filter, struct span s)
{
	(void)filter;
	for (size_t i = 0; i < s.len; i += 4096)
		require(s.ptr[i] <= 255);
	return OK;
}

static enum err
drop_end(struct filter *filter)
{
	(void)filter;
	return OK;
}

/* Body through all that the composer puts behind it. */
static void
decode(const struct mime_part *part)
{
	struct filter drop = { drop_write, drop_end, NULL };
	struct inline_filter blocks;
	struct clean_filter clean;
	struct charset_filter charset;
	uint64_t junk;
	enum err err;

	inline_filter_init(&blocks, NULL, NULL, &drop);
	clean_filter_init(&clean, CLEAN_TEXT, &blocks.filter);
	charset_filter_init(&charset, part->charset, &clean.filter);
	err = mime_part_decode(part, &charset.filter, &junk);
	require(err == OK);
	charset_filter_fini(&charset);
}

static size_t
walk(const struct mime_part *part, bool decodes)
{
	size_t n = 0;

	for (; part != NULL; part = part->next) {
		n++;
		require(part->depth <= MIME_DEPTH_MAX);
		require(part->body_offset <= part->in->len);
		require(part->body_bytes <= part->in->len -
		    part->body_offset);
		if (part->leaf && decodes)
			decode(part);
		n += walk(part->children, decodes);
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(ARENA_BYTES_MAX);
	struct input in = input_span((struct span){ data, size });
	struct mime_tree tree, again;
	struct diag diag;
	int fd = memfd_create("mail", MFD_CLOEXEC);
	enum err err, err_fd;

	require(arena != NULL && fd != -1);
	require(write(fd, data, size) == (ssize_t)size);
	err = mime_parse(&in, arena, &tree, &diag);
	require(err == OK || err == ERR_LIMIT);
	require(tree.parts <= MIME_PARTS_MAX);
	if (err == OK)
		require(walk(tree.root, true) == tree.parts);
	arena_free(arena);
	arena = arena_new(ARENA_BYTES_MAX);
	require(arena != NULL);
	in = input_fd(fd, 0, size);
	err_fd = mime_parse(&in, arena, &again, &diag);
	require(err_fd == err || err_fd == ERR_LIMIT);
	if (err == OK && err_fd == OK) {
		require(again.parts == tree.parts);
		require(again.leaves == tree.leaves);
		require(again.flags == tree.flags);
		require(walk(again.root, false) == again.parts);
	}
	arena_free(arena);
	close(fd);
	return 0;
}
