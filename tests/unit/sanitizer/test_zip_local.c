/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tolerant reader of ZIPs: both views of an archive, and its limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "zip_helper.h"

#define TEXT	"some text that is longer when it is said again and again, " \
		"again and again and again"

static struct arena *arena;
static struct zip archive;
static struct input in;

static enum err
open_bytes(const struct buf *b)
{
	arena_free(arena);
	arena = arena_new(ARENA_BYTES_MAX);
	assert_non_null(arena);
	in = input_span(buf_span(b));
	return zip_open(&archive, &in, ZIP_TOLERANT, arena);
}

static enum err
read_entry(size_t i, struct buf *out)
{
	struct buf_sink sink;

	buf_init(out, 1u << 30);
	buf_sink_init(&sink, out);
	return zip_read(&archive, i, &sink.filter);
}

/* The i-th entry: name, views, contents (NULL: it cannot be read). */
static void
has(size_t i, const char *name, unsigned view, const char *data)
{
	struct buf out;
	enum err err;

	assert_true(i < archive.entries_n);
	if (!span_equal(archive.entries[i].name, span_str(name)))
		fail_msg("%zu is not %s", i, name);
	assert_int_equal(archive.entries[i].view, view);
	err = read_entry(i, &out);
	if (data == NULL)
		assert_int_equal(err, ERR_INPUT);
	else {
		if (err != OK)
			fail_msg("%s", archive.why);
		assert_int_equal(out.len, strlen(data));
		assert_memory_equal(out.ptr, data, out.len);
	}
	buf_fini(&out);
}

static void
make(struct made *m, const struct spec *rows, size_t n, const char *gap)
{
	begin_zip(m);
	for (size_t i = 0; i < n; i++)
		add_entry(m, &rows[i]);
	end_zip(m, gap, "");
}

/* Take it, with this many entries and this conflict. */
static void
takes(const struct made *m, size_t n, bool conflict)
{
	if (open_bytes(&m->bytes) != OK)
		fail_msg("%s", archive.why);
	assert_int_equal(archive.entries_n, n);
	assert_int_equal(archive.conflict, conflict);
}

static void
an_honest_archive_has_one_view(void **state)
{
	static const struct spec rows[] = {
		{ "\x83\x5c.txt", TEXT, .deflate = true },
		{ .name = "../a", .data = "x" },
		{ "c:\\b", TEXT, .deflate = true, .descriptor = 16 },
		{ "d/", "", .attributes = 0040755u << 16 },
		{ "link", "/etc/passwd", .attributes = 0120777u << 16 },
		{ "e", "secret", .flags = 1 },
	};
	struct made m;
	struct buf out;

	(void)state;
	make(&m, rows, 6, "");
	takes(&m, 6, false);
	for (size_t i = 0; i < 5; i++)
		has(i, rows[i].name, 3, rows[i].data);
	assert_true(archive.entries[3].folder);
	assert_true(archive.entries[4].link);
	assert_true(archive.entries[5].encrypted);
	assert_int_equal(read_entry(5, &out), ERR_POLICY);
	buf_fini(&out);
	buf_fini(&m.bytes);
}

static void
a_hidden_entry_is_seen(void **state)
{
	static const struct spec rows[] = {
		{ .name = "a", .data = "x" },
		{ "hidden", "evil", .hidden = true, .before = "gap" },
		{ "sized", TEXT, .deflate = true, .hidden = true },
		{ "unsized", TEXT, .deflate = true, .hidden = true,
		    .descriptor = 16 },
		{ "stored", "evil", .hidden = true, .descriptor = 16 },
		{ .name = "b", .data = "y" },
	};
	struct made m;

	(void)state;
	make(&m, rows, 6, "");
	takes(&m, 6, true);
	has(0, "a", 3, "x");
	has(1, "b", 3, "y");
	has(2, "hidden", ZIP_VIEW_LOCAL, "evil");
	has(3, "sized", ZIP_VIEW_LOCAL, TEXT);
	has(4, "unsized", ZIP_VIEW_LOCAL, TEXT);
	has(5, "stored", ZIP_VIEW_LOCAL, "evil");
	buf_fini(&m.bytes);
}

static void
two_names_are_two_entries(void **state)
{
	static const struct spec row = {
		"a.txt", "x", .local_name = "a.exe"
	};
	struct made m;

	(void)state;
	make(&m, &row, 1, "");
	takes(&m, 2, true);
	has(0, "a.txt", ZIP_VIEW_CENTRAL, "x");
	has(1, "a.exe", ZIP_VIEW_LOCAL, "x");
	buf_fini(&m.bytes);
}

static void
two_sizes_are_two_entries(void **state)
{
	struct made m;
	struct spec row = { "a.txt", "long text", .local_sizes = 1 };

	(void)state;
	make(&m, &row, 1, "");
	takes(&m, 2, true);
	has(0, "a.txt", ZIP_VIEW_CENTRAL, "long text");
	has(1, "a.txt", ZIP_VIEW_LOCAL, NULL);
	buf_fini(&m.bytes);
}

/* A self-extractor: offsets count from the prefix or from the file. */
static void
a_prefix_is_passed_over(void **state)
{
	static const struct spec rows[] = {
		{ .name = "a", .data = "x" }, { .name = "b", .data = "y" }
	};
	struct made m, whole;

	(void)state;
	make(&m, rows, 2, "");
	begin_zip(&whole);
	add_bytes(&whole.bytes, "MZ a program PK\3\4 that unpacks", 30);
	add_bytes(&whole.bytes, m.bytes.ptr, m.bytes.len);
	takes(&whole, 2, false);
	has(0, "a", 3, "x");
	has(1, "b", 3, "y");
	buf_fini(&m.bytes);
	buf_fini(&whole.bytes);
}

static void
two_archives_in_one_file_are_both_seen(void **state)
{
	static const struct spec a = { .name = "a", .data = "x" },
	    b = { .name = "b", .data = "y" };
	struct made one, two;

	(void)state;
	make(&one, &a, 1, "");
	make(&two, &b, 1, "");
	add_bytes(&one.bytes, two.bytes.ptr, two.bytes.len);
	takes(&one, 2, true);
	has(0, "b", 3, "y");
	has(1, "a", ZIP_VIEW_LOCAL, "x");
	buf_fini(&one.bytes);
	buf_fini(&two.bytes);
}

/* Cut anywhere: an answer, no more entries than there were. */
static void
a_cut_archive_gives_what_is_there(void **state)
{
	static const struct spec rows[] = {
		{ .name = "a", .data = "x" }, { .name = "b", .data = "y" }
	};
	struct made m;
	size_t len;

	(void)state;
	make(&m, rows, 2, "");
	len = m.bytes.len;
	while (--m.bytes.len > 0)
		if (open_bytes(&m.bytes) == OK)
			assert_true(archive.entries_n <= 2);
	m.bytes.len = len - 22;
	takes(&m, 2, true);
	has(0, "a", ZIP_VIEW_LOCAL, "x");
	m.bytes.len = 10;
	assert_int_equal(open_bytes(&m.bytes), ERR_INPUT);
	buf_fini(&m.bytes);
}

static void
a_unicode_name_counts_with_its_crc(void **state)
{
	uint8_t extra[] = "\x75\x70\x0b\0\1....\xe3\x81\x82.tx";
	uLong crc = crc32(0, (const uint8_t *)"a", 1);
	struct spec row = { "a", "x", .extra = { extra, 15 },
	    .local_extra = { extra, 15 } };
	struct made m;

	(void)state;
	make(&m, &row, 1, "");
	takes(&m, 1, false);
	assert_int_equal(archive.entries[0].unicode.len, 0);
	buf_fini(&m.bytes);
	for (unsigned i = 0; i < 4; i++)
		extra[5 + i] = (uint8_t)(crc >> 8 * i);
	make(&m, &row, 1, "");
	takes(&m, 1, false);
	assert_true(span_equal(archive.entries[0].unicode,
	    SPAN("\xe3\x81\x82.tx")));
	buf_fini(&m.bytes);
}

static void
output_is_counted_not_believed(void **state)
{
	size_t n = 3u << 20;
	char *zeros = calloc(1, n);
	struct spec bomb = { "bomb", zeros, n, .deflate = true };
	struct made m;
	struct buf out;

	(void)state;
	assert_non_null(zeros);
	make(&m, &bomb, 1, "");
	takes(&m, 1, false);
	assert_int_equal(read_entry(0, &out), ERR_LIMIT);
	assert_true(out.len <= (1u << 20) + 32768);
	buf_fini(&out);
	/* headers that promise 1 byte */
	archive.entries[0].size = 1;
	assert_int_equal(read_entry(0, &out), ERR_INPUT);
	assert_true(out.len <= 1);
	buf_fini(&out);
	buf_fini(&m.bytes);
	/* hidden, of unknown length: found out by inflating it */
	bomb.hidden = true;
	bomb.descriptor = 16;
	make(&m, &bomb, 1, "");
	assert_int_equal(open_bytes(&m.bytes), ERR_LIMIT);
	buf_fini(&m.bytes);
	free(zeros);
}

static void
there_are_at_most_1000_entries(void **state)
{
	char name[16];

	(void)state;
	for (unsigned hidden = 0; hidden < 2; hidden++)
		for (unsigned n = 1000; n <= 1001; n++) {
			struct made m;

			begin_zip(&m);
			for (unsigned i = 0; i < n; i++) {
				struct spec s = { name, "x",
				    .hidden = hidden };

				snprintf(name, sizeof(name), "%u", i);
				add_entry(&m, &s);
			}
			end_zip(&m, "", "");
			assert_int_equal(open_bytes(&m.bytes),
			    n == 1000 ? OK : ERR_LIMIT);
			buf_fini(&m.bytes);
		}
}

/* A file of nothing but beginnings of headers ends soon. */
static void
false_headers_are_limited(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1u << 20);
	for (unsigned i = 0; i < 100000; i++)
		add_bytes(&b, "PK\3\4", 4);
	assert_int_equal(open_bytes(&b), ERR_LIMIT);
	buf_fini(&b);
}

static int
tidy(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_archive_has_one_view),
		cmocka_unit_test(a_hidden_entry_is_seen),
		cmocka_unit_test(two_names_are_two_entries),
		cmocka_unit_test(two_sizes_are_two_entries),
		cmocka_unit_test(a_prefix_is_passed_over),
		cmocka_unit_test(two_archives_in_one_file_are_both_seen),
		cmocka_unit_test(a_cut_archive_gives_what_is_there),
		cmocka_unit_test(a_unicode_name_counts_with_its_crc),
		cmocka_unit_test(output_is_counted_not_believed),
		cmocka_unit_test(there_are_at_most_1000_entries),
		cmocka_unit_test(false_headers_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, tidy);
}
