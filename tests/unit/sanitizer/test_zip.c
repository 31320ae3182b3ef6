/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The strict reader of ZIPs: what it takes, and what two could read in two
 * ways. Then the writer, and the verifier's opinion of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "../../../gateway/verify/verify_zip.h"
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
	return zip_open(&archive, &in, ZIP_STRICT, arena);
}

static void
reads(const char *name, const void *data, size_t n)
{
	struct buf out;
	struct buf_sink sink;
	long i = zip_find(&archive, span_str(name));

	assert_true(i >= 0);
	buf_init(&out, 1u << 30);
	buf_sink_init(&sink, &out);
	if (zip_read(&archive, (size_t)i, &sink.filter) != OK)
		fail_msg("%s", archive.why);
	assert_int_equal(out.len, n);
	assert_memory_equal(out.ptr, data, n);
	buf_fini(&out);
}

static void
what_offices_write_is_read(void **state)
{
	static const struct spec rows[] = {
		{ "[Content_Types].xml", TEXT, .deflate = true },
		{ .name = "stored.xml", .data = TEXT },
		{ .name = "empty.xml", .data = "" },
		{ .name = "dir/", .data = "" },
		{ "dir/12.xml", TEXT, .deflate = true, .descriptor = 12 },
		{ "dir/16.xml", TEXT, .deflate = true, .descriptor = 16 },
		{ "dir/20.xml", TEXT, .deflate = true, .descriptor = 20 },
		{ "dir/24.xml", TEXT, .deflate = true, .descriptor = 24 },
		{ "sized.xml", TEXT, .descriptor = 16, .sized = true },
		{ "flags.xml", TEXT, .deflate = true, .local_flags = 6 },
		{ "utf8.xml", TEXT, .flags = 0x800 },
		{ "mode.xml", TEXT, .attributes = 0100644u << 16 },
		/* growth hint of Office, and padding of zipalign */
		{ "hint.xml", TEXT, .local_extra = { (const uint8_t *)
		    "\x20\xa2\6\0\x28\xa0\2\0\0\0", 10 } },
		{ "align.xml", TEXT, .local_extra = { (const uint8_t *)
		    "\0\0\0", 3 } },
	};
	size_t n = sizeof(rows) / sizeof(*rows);
	struct made m;

	(void)state;
	begin_zip(&m);
	for (size_t i = 0; i < n; i++)
		add_entry(&m, &rows[i]);
	end_zip(&m, "", "a comment");
	if (open_bytes(&m.bytes) != OK)
		fail_msg("%s", archive.why);
	assert_int_equal(archive.entries_n, n);
	assert_false(archive.conflict);
	for (size_t i = 0; i < n; i++) {
		reads(rows[i].name, rows[i].data, strlen(rows[i].data));
		assert_int_equal(archive.entries[i].view, 3);
	}
	assert_true(archive.entries[3].folder);
	assert_int_equal(zip_find(&archive, SPAN("DIR/12.XML")), 4);
	assert_int_equal(zip_find(&archive, SPAN("dir/12.xm")), -1);
	assert_int_equal(zip_find(&archive, SPAN("dir")), -1);
	assert_int_equal(zip_find(&archive, SPAN("")), -1);
	buf_fini(&m.bytes);
}

static const uint8_t zip64_same[] = "\1\0\20\0\4\0\0\0\0\0\0\0\4\0\0\0\0\0\0";
static const uint8_t zip64_other[] = "\1\0\20\0\5\0\0\0\0\0\0\0\5\0\0\0\0\0\0";
/* version 1, CRC of "a.xml", another name */
static const uint8_t unicode_other[] = "\x75\x70\x0a\0\1\0\0\0\0b.xml";

static const struct {
	struct spec	spec;
	const char	*why;		/* NULL: it is taken */
} alone[] = {
	{ { .name = "a.xml", .data = "data" }, NULL },
	{ { "a.xml", "data", .before = "x" }, "bytes before it" },
	{ { "a.xml", "data", .flags = 1 }, "encrypted" },
	{ { "a.xml", "data", .flags = 1 << 6 }, "encrypted" },
	{ { "a.xml", "data", .flags = 1 << 13 }, "encrypted" },
	{ { "a.xml", "data", .flags = 1 << 5 }, "unknown flags" },
	{ { "a.xml", "data", .method = 12 }, "unknown method" },
	{ { "a.xml", "data", .method = 99 }, "encrypted" },
	{ { "a.xml", TEXT, .deflate = true, .descriptor = 16, .wrong = 1 },
	    "bad descriptor" },
	{ { "a.xml", TEXT, .descriptor = 16 }, "unknown length" },
	{ { "a.xml", "data", .local_name = "b.xml" }, "headers differ" },
	/* ASCII is UTF-8, with its flag and without */
	{ { "a.xml", "data", .local_flags = 0x800 }, NULL },
	{ { "a.xml", "data", .local_flags = 1 }, "headers differ" },
	{ { "a.xml", "data", .local_flags = 8 }, "bytes behind it|bad desc" },
	{ { "a.xml", "data", .local_sizes = 1 }, "headers differ" },
	{ { "a.xml", TEXT, .deflate = true, .central_sizes = 1 },
	    "headers differ" },
	{ { "a.xml", "data", .attributes = 0120777u << 16 }, "a link" },
	{ { "a.xml", "data", .attributes = 0020666u << 16 }, "a link" },
	{ { .name = "dir/", .data = "data" }, "folder with bytes" },
	{ { .name = "../a.xml", .data = "data" }, "not allowed" },
	{ { .name = "a/../b.xml", .data = "data" }, "not allowed" },
	{ { .name = "a/..", .data = "data" }, "not allowed" },
	{ { .name = "./a.xml", .data = "data" }, "not allowed" },
	{ { .name = "a//b.xml", .data = "data" }, "not allowed" },
	{ { .name = "/a.xml", .data = "data" }, "not allowed" },
	{ { .name = "a\\b.xml", .data = "data" }, "not allowed" },
	{ { .name = "c:a.xml", .data = "data" }, "not allowed" },
	{ { .name = "a\n.xml", .data = "data" }, "not allowed" },
	{ { .name = "\x83\x5c.xml", .data = "data" }, "not allowed" },
	{ { .name = "", .data = "data" }, "not allowed" },
	{ { .name = "a..b.xml", .data = "data" }, NULL },
	{ { "a.xml", "data", .extra = { (const uint8_t *)"\1\2\3", 3 } },
	    "bad extra" },
	{ { "a.xml", "data", .extra = { (const uint8_t *)"\1\2\3\0", 4 } },
	    "bad extra" },
	{ { "a.xml", "data", .local_extra = { (const uint8_t *)"\1\2\3\0",
	    4 } }, "bad extra" },
	{ { "a.xml", "data", .extra = { zip64_same, 20 } }, NULL },
	{ { "a.xml", "data", .local_extra = { zip64_same, 20 } }, NULL },
	{ { "a.xml", "data", .extra = { zip64_other, 20 } }, "bad extra" },
	{ { "a.xml", "data", .local_extra = { zip64_other, 20 } },
	    "bad extra" },
};

/* One of the reasons that are separated by "|". */
static bool
has_reason(const char *reasons)
{
	struct span rest = span_str(reasons), one;
	struct span why = span_str(archive.why);
	bool more = true, found = false;

	while (more) {
		more = span_cut(&rest, '|', &one);
		found |= span_find(why, one) < why.len;
	}
	return found;
}

static void
an_entry_means_one_thing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(alone) / sizeof(*alone); i++) {
		struct made m;
		enum err err;

		begin_zip(&m);
		add_entry(&m, &alone[i].spec);
		end_zip(&m, "", "");
		err = open_bytes(&m.bytes);
		if (alone[i].why == NULL ? err != OK :
		    err != ERR_INPUT || !has_reason(alone[i].why))
			fail_msg("row %zu: %s: %s", i, err_name(err),
			    archive.why);
		buf_fini(&m.bytes);
	}
}

static void
a_second_name_is_refused(void **state)
{
	uint8_t extra[14];
	uLong crc = crc32(0, (const uint8_t *)"a.xml", 5);
	struct spec spec = { "a.xml", "data", .extra = { extra, 14 } };

	(void)state;
	memcpy(extra, unicode_other, sizeof(extra));
	for (unsigned right = 0; right < 2; right++) {
		struct made m;

		if (right)
			for (unsigned i = 0; i < 4; i++)
				extra[5 + i] = (uint8_t)(crc >> 8 * i);
		begin_zip(&m);
		add_entry(&m, &spec);
		end_zip(&m, "", "");
		assert_int_equal(open_bytes(&m.bytes),
		    right ? ERR_INPUT : OK);
		buf_fini(&m.bytes);
	}
}

/* Two entries, and what may lie between and behind. */
static void
nothing_lies_between(void **state)
{
	static const struct {
		struct spec a, b;
		const char *gap, *why;
	} rows[] = {
		{ { .name = "a", .data = "x" },
		    { .name = "b", .data = "y" }, "", NULL },
		{ { .name = "a", .data = "x" }, { "b", "y", .before = "z" }, "",
		    "bytes behind it" },
		{ { .name = "a", .data = "x" },
		    { "b", "y", .hidden = true }, "",
		    "bytes behind it" },
		{ { "a", "x", .hidden = true },
		    { .name = "b", .data = "y" }, "",
		    "bytes before it" },
		{ { .name = "a", .data = "x" },
		    { .name = "b", .data = "y" }, "gap", "bytes behind it" },
		{ { .name = "a", .data = "x" },
		    { .name = "A", .data = "y" }, "", "two of one name" },
		{ { .name = "a", .data = "x" },
		    { .name = "a/", .data = "" }, "", "two of one name" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct made m;
		enum err err;

		begin_zip(&m);
		add_entry(&m, &rows[i].a);
		add_entry(&m, &rows[i].b);
		end_zip(&m, rows[i].gap, "");
		err = open_bytes(&m.bytes);
		if (rows[i].why == NULL ? err != OK :
		    err != ERR_INPUT || !has_reason(rows[i].why))
			fail_msg("row %zu: %s", i, archive.why);
		buf_fini(&m.bytes);
	}
}

/* Both records of the directory name the same local header. */
static void
entries_do_not_overlap(void **state)
{
	struct spec a = { .name = "a", .data = "x" };
	struct made m;

	(void)state;
	begin_zip(&m);
	add_entry(&m, &a);
	add_bytes(&m.central, m.central.ptr, 0);
	{
		uint8_t record[47];

		memcpy(record, m.central.ptr, sizeof(record));
		record[46] = 'b';
		add_bytes(&m.central, record, sizeof(record));
		m.n = 2;
	}
	end_zip(&m, "", "");
	assert_int_equal(open_bytes(&m.bytes), ERR_INPUT);
	assert_true(has_reason("overlap|headers differ"));
	buf_fini(&m.bytes);
}

static void
there_is_one_end(void **state)
{
	static const char end[] = "PK\5\6";
	struct spec a = { .name = "a", .data = "x" };
	struct made m;
	uint8_t record[22] = { 0 };

	(void)state;
	begin_zip(&m);
	add_entry(&m, &a);
	end_zip(&m, "", "");
	add_bytes(&m.bytes, "x", 1);
	assert_int_equal(open_bytes(&m.bytes), ERR_INPUT);
	assert_true(has_reason("behind the end record"));
	buf_truncate(&m.bytes, m.bytes.len - 1);
	assert_int_equal(open_bytes(&m.bytes), OK);
	/* a second one in the comment of the first */
	m.bytes.ptr[m.bytes.len - 2] = 22;
	memcpy(record, end, 4);
	add_bytes(&m.bytes, record, sizeof(record));
	assert_int_equal(open_bytes(&m.bytes), ERR_INPUT);
	buf_fini(&m.bytes);

	/* in stored data, with a comment that is all the rest */
	begin_zip(&m);
	record[20] = 69 + 1;	/* record, end, name */
	a.data = (const char *)record;
	a.data_n = sizeof(record);
	add_entry(&m, &a);
	end_zip(&m, "", "");
	m.bytes.ptr[31 + 20] = (uint8_t)(m.bytes.len - 31 - 22);
	assert_int_equal(open_bytes(&m.bytes), ERR_INPUT);
	assert_true(has_reason("two end records"));
	buf_fini(&m.bytes);
	for (size_t n = 0; n < 22; n++) {
		struct buf cut = { (uint8_t *)(uintptr_t)"PK\5\6\0\0\0\0\0\0"
		    "\0\0\0\0\0\0\0\0\0\0\0", n, n, n };

		assert_int_equal(open_bytes(&cut), ERR_INPUT);
	}
}

/* ZIP64 records in front of the end record, where nothing needs them. */
static void
zip64_records_say_the_same(void **state)
{
	struct spec a = { .name = "a", .data = "x" };

	(void)state;
	for (int wrong = -1; wrong < 76; wrong++) {
		struct made m;
		uint8_t end[22], *p;
		size_t start, at;

		begin_zip(&m);
		add_entry(&m, &a);
		end_zip(&m, "", "");
		at = m.bytes.len - 22;
		start = at - 47;
		memcpy(end, m.bytes.ptr + at, 22);
		buf_truncate(&m.bytes, at);
		add32(&m.bytes, 0x06064b50);
		add32(&m.bytes, 44);
		add32(&m.bytes, 0);
		add32(&m.bytes, 45 | 45u << 16);
		for (unsigned i = 0; i < 8; i++)
			add32(&m.bytes, i == 2 || i == 4 ? 1 : i == 6 ? 47 : 0);
		add32(&m.bytes, start);
		add32(&m.bytes, 0);
		add32(&m.bytes, 0x07064b50);
		add32(&m.bytes, 0);
		add32(&m.bytes, at);
		add32(&m.bytes, 0);
		add32(&m.bytes, 1);
		add_bytes(&m.bytes, end, 22);
		p = m.bytes.ptr + at;
		/* the versions are nobody's business */
		if (wrong >= 12 && wrong < 16) {
			buf_fini(&m.bytes);
			continue;
		}
		if (wrong >= 0)
			p[wrong] ^= 2;
		if (open_bytes(&m.bytes) != (wrong < 0 ? OK : ERR_INPUT))
			fail_msg("byte %d: %s", wrong, archive.why);
		buf_fini(&m.bytes);
	}
}

/* Each byte changed: an answer, and what is read is what was written. */
static void
changed_bytes_change_no_content(void **state)
{
	static const struct spec rows[] = {
		{ "a.xml", TEXT, .deflate = true },
		{ "b.xml", TEXT, .deflate = true, .descriptor = 16 },
		{ .name = "c.xml", .data = "stored" },
	};
	struct made m;

	(void)state;
	begin_zip(&m);
	for (size_t i = 0; i < 3; i++)
		add_entry(&m, &rows[i]);
	end_zip(&m, "", "");
	for (size_t at = 0; at < m.bytes.len; at++) {
		m.bytes.ptr[at] ^= 0x24;
		if (open_bytes(&m.bytes) == OK) {
			struct buf out;
			struct buf_sink sink;

			assert_int_equal(archive.entries_n, 3);
			for (size_t i = 0; i < 3; i++) {
				buf_init(&out, 1000);
				buf_sink_init(&sink, &out);
				if (zip_read(&archive, i,
				    &sink.filter) == OK) {
					assert_int_equal(out.len,
					    strlen(rows[i].data));
					assert_memory_equal(out.ptr,
					    rows[i].data, out.len);
				}
				buf_fini(&out);
			}
		}
		m.bytes.ptr[at] ^= 0x24;
	}
	buf_fini(&m.bytes);
}

static void
limits_are_kept(void **state)
{
	size_t n = 3u << 20;
	char *zeros = calloc(1, n), name[16];
	struct spec bomb = { "a", zeros, n, .deflate = true };
	struct made m;

	(void)state;
	assert_non_null(zeros);
	begin_zip(&m);
	add_entry(&m, &bomb);
	end_zip(&m, "", "");
	assert_int_equal(open_bytes(&m.bytes), ERR_LIMIT);
	buf_fini(&m.bytes);
	bomb.data_n = 1u << 20;		/* small ones may be what they are */
	begin_zip(&m);
	add_entry(&m, &bomb);
	end_zip(&m, "", "");
	assert_int_equal(open_bytes(&m.bytes), OK);
	reads("a", zeros, 1u << 20);
	assert_int_equal(archive.inflated, 1u << 20);
	reads("a", zeros, 1u << 20);
	assert_int_equal(archive.inflated, 1u << 20);
	buf_fini(&m.bytes);
	free(zeros);
	for (unsigned entries = 2000; entries <= 2001; entries++) {
		begin_zip(&m);
		for (unsigned i = 0; i < entries; i++) {
			struct spec s = { .name = name, .data = "x" };

			snprintf(name, sizeof(name), "%u", i);
			add_entry(&m, &s);
		}
		end_zip(&m, "", "");
		assert_int_equal(open_bytes(&m.bytes),
		    entries == 2000 ? OK : ERR_LIMIT);
		buf_fini(&m.bytes);
	}
}

/* ---- the writer ---- */

static enum err
any_begin(void *arg, struct span s, struct diag *diag)
{
	(void)arg;
	(void)s;
	(void)diag;
	return OK;
}

static enum err
any_end(void *arg, struct diag *diag)
{
	(void)diag;
	++*(unsigned *)arg;
	return OK;
}

static void
verifies(const struct buf *b, unsigned entries)
{
	static const struct unzip_reader reader = {
		any_begin, any_begin, any_end
	};
	static struct unzip unzip;
	struct diag diag = { .err = OK };
	unsigned n = 0;

	unzip_init(&unzip, &reader, &n);
	if (unzip_write(&unzip, buf_span(b), &diag) != OK ||
	    unzip_end(&unzip, &diag) != OK)
		fail_msg("%s", diag.what);
	assert_int_equal(n, entries);
}

static void
write_zip(struct buf *out, const struct spec *rows, size_t n)
{
	struct buf_sink sink;
	struct zip_writer w;

	buf_init(out, 1u << 30);
	buf_sink_init(&sink, out);
	assert_int_equal(zip_writer_init(&w, &sink.filter), OK);
	for (size_t i = 0; i < n; i++) {
		struct input bytes = input_span((struct span){
		    (const uint8_t *)rows[i].data, rows[i].data_n > 0 ?
		    rows[i].data_n : strlen(rows[i].data) });

		assert_int_equal(zip_add(&w, span_str(rows[i].name), &bytes,
		    !rows[i].deflate), OK);
	}
	assert_int_equal(zip_finish(&w), OK);
	zip_writer_fini(&w);
}

static void
what_is_written_is_read_and_verified(void **state)
{
	static const struct spec rows[] = {
		{ "[Content_Types].xml", TEXT TEXT, .deflate = true },
		{ "short.txt", "x", .deflate = true },	/* stored */
		{ "empty.txt", "", .deflate = true },
		{ .name = "media/image1.png", .data = TEXT },
	};
	struct buf once, twice;

	(void)state;
	write_zip(&once, rows, 4);
	write_zip(&twice, rows, 4);
	assert_int_equal(once.len, twice.len);
	assert_memory_equal(once.ptr, twice.ptr, once.len);
	verifies(&once, 4);
	if (open_bytes(&once) != OK)
		fail_msg("%s", archive.why);
	for (size_t i = 0; i < 4; i++)
		reads(rows[i].name, rows[i].data, strlen(rows[i].data));
	assert_int_equal(archive.entries[0].method, 8);
	assert_int_equal(archive.entries[1].method, 0);
	assert_int_equal(archive.entries[3].method, 0);
	buf_fini(&once);
	buf_fini(&twice);
}

static void
names_that_are_not_ascii_have_their_flag(void **state)
{
	static const struct spec row = { "説明.txt", TEXT, .deflate = true };
	struct buf out;

	(void)state;
	write_zip(&out, &row, 1);
	verifies(&out, 1);
	assert_int_equal(out.ptr[7], 8);
	buf_fini(&out);
}

/* Six random bits of eight: 12 MB become 9. */
static void
what_is_too_large_to_hold_is_deflated_twice(void **state)
{
	size_t n = 12u << 20;
	char *data = malloc(n);
	struct spec row = { "large.bin", data, n, .deflate = true };
	uint32_t random = 1;
	struct buf out;

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < n; i++) {
		random = random * 1664525 + 1013904223;
		data[i] = (char)(random >> 26);
	}
	write_zip(&out, &row, 1);
	assert_true(out.len > ZIP_PACKED_BYTES_MAX);
	assert_true(out.len < n);
	assert_int_equal(open_bytes(&out), OK);
	reads("large.bin", data, n);
	verifies(&out, 1);
	buf_fini(&out);
	free(data);
}

static void
names_are_utf8_and_not_empty(void **state)
{
	struct buf out;
	struct buf_sink sink;
	struct zip_writer w;
	struct input none = input_span(SPAN(""));

	(void)state;
	buf_init(&out, 1000);
	buf_sink_init(&sink, &out);
	assert_int_equal(zip_writer_init(&w, &sink.filter), OK);
	assert_int_equal(zip_add(&w, SPAN(""), &none, false), ERR_INPUT);
	assert_int_equal(zip_add(&w, SPAN("\x83\x5c"), &none, false),
	    ERR_INPUT);
	assert_int_equal(out.len, 0);
	/* archives of 4 GB would need ZIP64 */
	w.offset = 0xfffffff0;
	assert_int_equal(zip_add(&w, SPAN("a"), &none, false), ERR_LIMIT);
	zip_writer_fini(&w);
	buf_fini(&out);
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
		cmocka_unit_test(what_offices_write_is_read),
		cmocka_unit_test(an_entry_means_one_thing),
		cmocka_unit_test(a_second_name_is_refused),
		cmocka_unit_test(nothing_lies_between),
		cmocka_unit_test(entries_do_not_overlap),
		cmocka_unit_test(there_is_one_end),
		cmocka_unit_test(zip64_records_say_the_same),
		cmocka_unit_test(changed_bytes_change_no_content),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(what_is_written_is_read_and_verified),
		cmocka_unit_test(names_that_are_not_ascii_have_their_flag),
		cmocka_unit_test(what_is_too_large_to_hold_is_deflated_twice),
		cmocka_unit_test(names_are_utf8_and_not_empty),
	};

	return cmocka_run_group_tests(tests, NULL, tidy);
}
