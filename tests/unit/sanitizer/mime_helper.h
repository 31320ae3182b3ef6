/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TESTS_MIME_HELPER_H
#define SEKISHO_TESTS_MIME_HELPER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../../sanitizer/limits.h"
#include "../../../sanitizer/mime_parse.h"

#define OUT_MAX	(64 * 1024 * 1024)
#define F(flag)	(1u << (flag))

/* A parsed mail of a test. */
struct mail {
	struct arena		*arena;
	struct input		 in;
	struct mime_tree	 tree;
	struct diag		 diag;
	enum err		 err;
};

static inline void
mail_parse_span(struct mail *m, struct span text)
{
	memset(m, 0, sizeof(*m));
	m->arena = arena_new(ARENA_BYTES_MAX);
	assert_non_null(m->arena);
	m->in = input_span(text);
	m->err = mime_parse(&m->in, m->arena, &m->tree, &m->diag);
}

static inline void
mail_parse(struct mail *m, const char *text)
{
	mail_parse_span(m, span_str(text));
	if (m->err != OK)
		fail_msg("%s: %s", err_name(m->err), m->diag.what);
}

static inline void
mail_fini(struct mail *m)
{
	arena_free(m->arena);
}

/* The part of this path, or NULL. */
static inline const struct mime_part *
part_at(const struct mime_part *part, const char *path)
{
	for (; part != NULL; part = part->next) {
		const struct mime_part *found;

		if (strcmp(part->path, path) == 0)
			return part;
		found = part_at(part->children, path);
		if (found != NULL)
			return found;
	}
	return NULL;
}

static inline bool
decodes_to(const struct mime_part *part, const char *text)
{
	struct buf out;
	struct buf_sink sink;
	uint64_t junk;
	bool same;

	buf_init(&out, OUT_MAX);
	buf_sink_init(&sink, &out);
	assert_int_equal(mime_part_decode(part, &sink.filter, &junk), OK);
	same = span_equal(buf_span(&out), span_str(text));
	buf_fini(&out);
	return same;
}

/* Is there a leaf of this type (NULL: any) with these bytes? */
static inline bool
has_leaf(const struct mime_part *part, const char *type, const char *text)
{
	for (; part != NULL; part = part->next) {
		if (part->leaf && (type == NULL ||
		    span_equal(part->type, span_str(type))) &&
		    decodes_to(part, text))
			return true;
		if (has_leaf(part->children, type, text))
			return true;
	}
	return false;
}

/* All leaves of all views, for messages. */
static inline void
print_leaves(const struct mime_part *part)
{
	for (; part != NULL; part = part->next) {
		struct buf out;
		struct buf_sink sink;
		uint64_t junk;

		buf_init(&out, OUT_MAX);
		buf_sink_init(&sink, &out);
		if (part->leaf)
			assert_int_equal(mime_part_decode(part, &sink.filter,
			    &junk), OK);
		print_message("  %s view %u %.*s%s \"%.*s\"\n", part->path,
		    part->view, (int)part->type.len,
		    (const char *)part->type.ptr, part->leaf ? " leaf" : "",
		    (int)out.len, (const char *)out.ptr);
		buf_fini(&out);
		print_leaves(part->children);
	}
}

/* The mail has exactly these flags, and among its leaves are these. */
struct reading {
	const char	*mail;
	uint32_t	 flags;
	const char	*leaves[4];
};

static inline void
check_readings(const struct reading *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct mail m;

		mail_parse(&m, cases[i].mail);
		for (size_t k = 0; k < 4 && cases[i].leaves[k] != NULL; k++)
			if (!has_leaf(m.tree.root, NULL, cases[i].leaves[k])) {
				print_leaves(m.tree.root);
				fail_msg("case %zu: no leaf \"%s\"", i,
				    cases[i].leaves[k]);
			}
		if (m.tree.flags != cases[i].flags) {
			for (unsigned f = 0; f < MIME_FLAG_N; f++)
				if ((m.tree.flags & F(f)) != 0)
					print_message("  flag %s\n",
					    mime_flag_name(f));
			print_leaves(m.tree.root);
			fail_msg("case %zu: flags %x, not %x", i,
			    m.tree.flags, cases[i].flags);
		}
		mail_fini(&m);
	}
}
#define CHECK(cases)	\
	check_readings(cases, sizeof(cases) / sizeof(cases[0]))

#endif
