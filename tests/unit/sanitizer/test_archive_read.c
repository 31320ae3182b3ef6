/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Archives to the list of their files: formats, names of three decades, what
 * is not delivered, and where it ends when the headers lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "archive_helper.h"
#include "zip_helper.h"

#define BOMB_SECONDS	10

static void
expect(enum part_kind kind, struct span archive, const char *wanted)
{
	struct buf text;
	unsigned flags = 0;

	assert_int_equal(show(kind, archive, &text, &flags), OK);
	assert_int_equal(buf_add_byte(&text, 0), OK);
	assert_string_equal((const char *)text.ptr, wanted);
	assert_int_equal(flags, 0);
	buf_fini(&text);
}

static void
expect_error(enum part_kind kind, struct span archive, enum err wanted)
{
	struct buf text;
	unsigned flags;

	assert_int_equal(show(kind, archive, &text, &flags), wanted);
	buf_fini(&text);
}

/* ---- LZH ---- */

static void
lzh_of_three_levels_has_its_names(void **state)
{
	/* ソ表十.txt and 半角ｱ.txt in CP932: 0x5c is half a character */
	static const char *const names[] = { "\x83\x5c\x95\x5c\x8f\x5c.txt",
	    "\x94\xbc\x8a\x70\xb1.txt", "plain.txt" };

	(void)state;
	for (unsigned level = 0; level <= 2; level++) {
		struct buf b;

		buf_init(&b, 64 * 1024);
		for (size_t i = 0; i < 3; i++)
			add_lzh(&b, level, span_str(names[i]), SPAN("abc"));
		assert_int_equal(buf_add_byte(&b, 0), OK);
		expect(PART_ARCHIVE, buf_span(&b),
		    "ソ表十.txt=abc 半角ｱ.txt=abc plain.txt=abc");
		buf_fini(&b);
	}
}

static void
lzh_with_names_that_are_no_text_is_read_all_the_same(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64 * 1024);
	add_lzh(&b, 1, SPAN("\xfd\xfe\xfd"), SPAN("abc"));
	add_lzh(&b, 1, SPAN("\xe5\x86\x85.txt"), SPAN("def"));
	assert_int_equal(buf_add_byte(&b, 0), OK);
	expect(PART_ARCHIVE, buf_span(&b),
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd=abc 内.txt=def");
	buf_fini(&b);
}

static void
lzh_with_a_wrong_crc_is_damaged(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64 * 1024);
	add_lzh(&b, 1, SPAN("a.txt"), SPAN("abc"));
	b.ptr[b.len - 1] = 'X';
	assert_int_equal(buf_add_byte(&b, 0), OK);
	expect(PART_ARCHIVE, buf_span(&b), "a.txt!4");
	buf_fini(&b);
}

/* ---- tar, gz ---- */

static void
tar_gives_files_and_flags_what_is_none(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64 * 1024);
	add_tar(&b, "folder/", '5', "", SPAN(""));
	add_tar(&b, "folder/a.txt", '0', "", SPAN("abc"));
	add_tar(&b, "\x93\xe0\x96\xf3.txt", '0', "", SPAN("sjis"));
	add_tar(&b, "内訳.txt", '0', "", SPAN("utf8"));
	add_tar(&b, "soft", '2', "/etc/passwd", SPAN(""));
	add_tar(&b, "hard", '1', "folder/a.txt", SPAN(""));
	add_tar(&b, "device", '3', "", SPAN(""));
	add_tar(&b, "/etc/passwd", '0', "", SPAN("x"));
	add_tar(&b, "a/../../b.txt", '0', "", SPAN("x"));
	add_tar(&b, "c:\\b.txt", '0', "", SPAN("x"));
	add_tar(&b, "..", '0', "", SPAN("x"));
	add_tar(&b, "..b.txt", '0', "", SPAN("x"));
	end_tar(&b);
	expect(PART_ARCHIVE, buf_span(&b), "a.txt=abc 内訳.txt=sjis "
	    "内訳.txt=utf8 soft!8 hard!8 device!8 passwd!8 b.txt!8 b.txt!8 "
	    "..!8 ..b.txt=x");
	buf_fini(&b);
}

static void
gz_is_a_file_without_a_name_or_a_tar(void **state)
{
	struct buf tar, gz;

	(void)state;
	buf_init(&tar, 64 * 1024);
	buf_init(&gz, 64 * 1024);
	add_gz(&gz, SPAN("hello"), 1);
	expect(PART_ARCHIVE, buf_span(&gz), "=hello");
	buf_clear(&gz);
	add_tar(&tar, "a.txt", '0', "", SPAN("abc"));
	end_tar(&tar);
	add_gz(&gz, buf_span(&tar), 1);
	expect(PART_ARCHIVE, buf_span(&gz), "a.txt=abc");
	/* the second half is missing */
	expect_error(PART_ARCHIVE, span_sub(buf_span(&gz), 0, 8), ERR_INPUT);
	buf_fini(&tar);
	buf_fini(&gz);
}

static void
formats_that_are_not_enabled_are_refused(void **state)
{
	(void)state;
	expect_error(PART_ARCHIVE, SPAN("plain text"), ERR_INPUT);
	expect_error(PART_ARCHIVE, SPAN(""), ERR_INPUT);
	expect_error(PART_ARCHIVE, SPAN("#mtree\n./a type=file\n"),
	    ERR_INPUT);
	expect_error(PART_ARCHIVE, SPAN("070707000000000000100644000000000000"
	    "000001000000000000000000000000200000000003a\0abc"), ERR_INPUT);
	expect_error(PART_ARCHIVE, SPAN("7z\xbc\xaf\x27\x1c rest"),
	    ERR_INPUT);
	/* the ZIP reader is not libarchive's */
	expect_error(PART_ARCHIVE, SPAN("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\0"), ERR_INPUT);
}

/* ---- bombs ---- */

static void
a_bomb_is_stopped_by_what_comes_out(void **state)
{
	static uint8_t same[1024 * 1024];
	struct timespec before, after;
	struct buf gz, twice, few;

	(void)state;
	buf_init(&gz, 8u * 1024 * 1024);
	buf_init(&twice, 8u * 1024 * 1024);
	buf_init(&few, 1024 * 1024);
	memset(same, 'A', sizeof(same));
	add_gz(&gz, (struct span){ same, sizeof(same) }, 1024);
	assert_true(gz.len < 1100 * 1024);
	add_gz(&few, (struct span){ same, sizeof(same) }, 20);
	add_gz(&twice, buf_span(&gz), 1);
	clock_gettime(CLOCK_MONOTONIC, &before);
	expect_error(PART_ARCHIVE, buf_span(&gz), ERR_LIMIT);
	/* packed twice: the inner one is a file, not looked into here */
	expect_error(PART_ARCHIVE, buf_span(&twice), OK);
	/* by its ratio alone */
	expect_error(PART_ARCHIVE, buf_span(&few), ERR_LIMIT);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true(after.tv_sec - before.tv_sec < BOMB_SECONDS);
	buf_fini(&gz);
	buf_fini(&twice);
	buf_fini(&few);
}

static void
a_header_that_promises_much_is_not_believed(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64 * 1024);
	add_tar(&b, "a.txt", '0', "", SPAN("abc"));
	/* 8 GB - 1, of which three bytes are there */
	memcpy(b.ptr + 124, "77777777777", 11);
	memset(b.ptr + 148, ' ', 8);
	{
		unsigned sum = 0;

		for (size_t i = 0; i < 512; i++)
			sum += b.ptr[i];
		snprintf((char *)b.ptr + 148, 8, "%06o", sum);
	}
	expect(PART_ARCHIVE, buf_span(&b), "a.txt!4 !4");
	buf_fini(&b);
}

static void
a_thousand_entries_and_no_more(void **state)
{
	char name[32];
	struct buf b, text;
	unsigned flags;

	(void)state;
	buf_init(&b, 2u * 1024 * 1024);
	for (unsigned i = 0; i < ARCHIVE_ENTRIES_MAX; i++) {
		snprintf(name, sizeof(name), "%u", i);
		add_tar(&b, name, '0', "", SPAN(""));
	}
	assert_int_equal(show(PART_ARCHIVE, buf_span(&b), &text, &flags), OK);
	buf_fini(&text);
	add_tar(&b, "more", '5', "", SPAN(""));
	expect_error(PART_ARCHIVE, buf_span(&b), ERR_LIMIT);
	buf_fini(&b);
}

/* ---- ZIP ---- */

static void
make_zip(struct made *m, const struct spec *specs, size_t n)
{
	begin_zip(m);
	for (size_t i = 0; i < n; i++)
		add_entry(m, &specs[i]);
	end_zip(m, "", "");
}

#define EXPECT_ZIP(wanted, ...) do {					\
	const struct spec specs[] = { __VA_ARGS__ };			\
	struct made m;							\
									\
	make_zip(&m, specs, sizeof(specs) / sizeof(specs[0]));		\
	expect(PART_ZIP, buf_span(&m.bytes), wanted);			\
	buf_fini(&m.bytes);						\
} while (0)

static void
zip_names_are_utf8_or_cp932(void **state)
{
	(void)state;
	EXPECT_ZIP("内訳.txt=a 内訳.txt=b ソ表十.txt=c x.txt=d",
	    { .name = "内訳.txt", .data = "a", .flags = 1u << 11 },
	    { .name = "内訳.txt", .data = "b" },
	    { .name = "dir/\x83\x5c\x95\x5c\x8f\x5c.txt", .data = "c" },
	    { .name = "dir\\x.txt", .data = "d", .deflate = true });
}

static void
zip_gives_files_and_flags_what_is_none(void **state)
{
	(void)state;
	EXPECT_ZIP("link!8 evil.txt!8 evil.txt!8 evil.txt!8 secret!1 "
	    "crc!4 method!4 good=x",
	    { .name = "folder/", .data = "" },
	    { .name = "link", .data = "/etc/passwd",
	    .attributes = 0120777u << 16 },
	    { .name = "../evil.txt", .data = "x" },
	    { .name = "/evil.txt", .data = "x" },
	    { .name = "C:\\evil.txt", .data = "x" },
	    { .name = "secret", .data = "x", .flags = 1 },
	    { .name = "crc", .data = "x", .crc = 1 },
	    { .name = "method", .data = "x", .method = 12 },
	    { .name = "good", .data = "x" });
}

static void
both_readings_of_a_zip_are_there(void **state)
{
	const struct spec specs[] = { { .name = "a.txt", .data = "seen" },
	    { .name = "b.txt", .data = "hidden", .hidden = true } };
	struct buf text;
	unsigned flags = 0;
	struct made m;

	(void)state;
	make_zip(&m, specs, 2);
	assert_int_equal(show(PART_ZIP, buf_span(&m.bytes), &text, &flags),
	    OK);
	assert_true(span_equal(buf_span(&text),
	    SPAN("a.txt=seen b.txt=hidden")));
	assert_int_equal(flags, ENTRIES_CONFLICT);
	buf_fini(&text);
	buf_fini(&m.bytes);
}

static void
a_zip_bomb_is_one_file_too_large(void **state)
{
	static char zeroes[4 * 1024 * 1024];

	(void)state;
	EXPECT_ZIP("bomb!2 good=x", { .name = "bomb", .data = zeroes,
	    .data_n = sizeof(zeroes), .deflate = true },
	    { .name = "good", .data = "x" });
}

static void
a_broken_zip_is_refused(void **state)
{
	(void)state;
	expect_error(PART_ZIP, SPAN("PK\3\4 and nothing of that kind"),
	    ERR_INPUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lzh_of_three_levels_has_its_names),
		cmocka_unit_test(
		    lzh_with_names_that_are_no_text_is_read_all_the_same),
		cmocka_unit_test(lzh_with_a_wrong_crc_is_damaged),
		cmocka_unit_test(tar_gives_files_and_flags_what_is_none),
		cmocka_unit_test(gz_is_a_file_without_a_name_or_a_tar),
		cmocka_unit_test(formats_that_are_not_enabled_are_refused),
		cmocka_unit_test(a_bomb_is_stopped_by_what_comes_out),
		cmocka_unit_test(a_header_that_promises_much_is_not_believed),
		cmocka_unit_test(a_thousand_entries_and_no_more),
		cmocka_unit_test(zip_names_are_utf8_or_cp932),
		cmocka_unit_test(zip_gives_files_and_flags_what_is_none),
		cmocka_unit_test(both_readings_of_a_zip_are_there),
		cmocka_unit_test(a_zip_bomb_is_one_file_too_large),
		cmocka_unit_test(a_broken_zip_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
