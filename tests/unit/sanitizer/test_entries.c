/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of files that a child hands over: what is written is read back,
 * and nothing that is damaged in any byte of its frame is read as whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../sanitizer/entries.h"

#define LIST_BYTES_MAX	(64 * 1024)
#define HEAD		"SEKISHO-ENTRIES 1\n"

static void
write_list(struct buf *list)
{
	struct input hello = input_span(SPAN("hello"));
	struct input empty = input_span(SPAN(""));
	struct entries_writer w;
	struct buf_sink sink;

	buf_init(list, LIST_BYTES_MAX);
	buf_sink_init(&sink, list);
	assert_int_equal(entries_begin(&w, &sink.filter), OK);
	assert_int_equal(entries_add(&w, SPAN("内訳.xlsx"), 0, &hello), OK);
	assert_int_equal(entries_add(&w, SPAN("secret"), ENTRY_ENCRYPTED,
	    NULL), OK);
	assert_int_equal(entries_add(&w, SPAN(""), 0, &empty), OK);
	assert_int_equal(entries_end(&w, ENTRIES_CUT), OK);
}

/* All of a list; the number of entries, or -1 when it is damaged. */
static int
read_list(struct span bytes)
{
	struct input in = input_span(bytes);
	struct entries_reader r;
	struct entry entry;
	unsigned flags;
	int n = 0;
	bool more;

	if (entries_open(&r, &in) != OK)
		return -1;
	for (;;) {
		if (entries_next(&r, &entry, &more, &flags) != OK)
			return -1;
		if (!more)
			return n;
		n++;
	}
}

static void
what_is_written_is_read(void **state)
{
	struct entries_reader r;
	struct entry entry;
	struct input in;
	struct buf list;
	unsigned flags = 0;
	uint8_t bytes[8];
	size_t got;
	bool more;

	(void)state;
	write_list(&list);
	in = input_span(buf_span(&list));
	assert_int_equal(entries_open(&r, &in), OK);
	assert_int_equal(entries_next(&r, &entry, &more, &flags), OK);
	assert_true(more);
	assert_true(span_equal(entry.name, SPAN("内訳.xlsx")));
	assert_int_equal(entry.flags, 0);
	assert_int_equal(input_read(&entry.bytes, 0, bytes, 8, &got), OK);
	assert_int_equal(got, 5);
	assert_memory_equal(bytes, "hello", 5);
	assert_int_equal(entries_next(&r, &entry, &more, &flags), OK);
	assert_true(more);
	assert_int_equal(entry.flags, ENTRY_ENCRYPTED);
	assert_int_equal(entry.bytes.len, 0);
	assert_int_equal(entries_next(&r, &entry, &more, &flags), OK);
	assert_true(more);
	assert_int_equal(entry.name.len, 0);
	assert_int_equal(entries_next(&r, &entry, &more, &flags), OK);
	assert_false(more);
	assert_int_equal(flags, ENTRIES_CUT);
	buf_fini(&list);
}

static void
a_list_that_is_cut_off_is_damaged(void **state)
{
	struct buf list;

	(void)state;
	write_list(&list);
	assert_int_equal(read_list(buf_span(&list)), 3);
	for (size_t n = 0; n < list.len; n++)
		assert_int_equal(read_list(span_sub(buf_span(&list), 0, n)),
		    -1);
	assert_int_equal(buf_add_byte(&list, 0), OK);
	assert_int_equal(read_list(buf_span(&list)), -1);
	buf_fini(&list);
}

static void
a_frame_that_lies_is_damaged(void **state)
{
	static const struct { const char *bytes; size_t len; } rows[] = {
#define ROW(s) { HEAD s, sizeof(HEAD s) - 1 }
		/* longer than there is */
		ROW("\1\0\0\1a\0\0\0\0\0\0\0\xff"),
		ROW("\1\0\0\1a\xff\xff\xff\xff\xff\xff\xff\xff"),
		/* a name that is too long, or no UTF-8 */
		ROW("\1\0\4\1a"), ROW("\1\0\0\1\xff\0\0\0\0\0\0\0\0"),
		/* flags that are unknown, or with bytes */
		ROW("\1\x10\0\0\0\0\0\0\0\0\0\0"),
		ROW("\1\1\0\0\0\0\0\0\0\0\0\1x"
		    "\0\0\0\0\0\0\0\0\0\x1f"),
		/* the end: flags, length, a kind that is none */
		ROW("\0\4\0\0\0\0\0\0\0\x12"), ROW("\0\0\0\0\0\0\0\0\0\x13"),
		ROW("\2\0\0\0\0\0\0\0\0\x12"),
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(read_list((struct span){ (const uint8_t *)
		    rows[i].bytes, rows[i].len }), -1);
	assert_int_equal(read_list(SPAN(HEAD "\0\0\0\0\0\0\0\0\0\x12")), 0);
	assert_int_equal(read_list(SPAN("SEKISHO-ENTRIES 2\n"
	    "\0\0\0\0\0\0\0\0\0\x12")), -1);
}

static void
a_name_that_cannot_be_read_is_not_written(void **state)
{
	static const uint8_t name[ENTRIES_NAME_BYTES_MAX + 1] = { 'a' };
	struct entries_writer w;
	struct buf_sink sink;
	struct buf list;

	(void)state;
	buf_init(&list, LIST_BYTES_MAX);
	buf_sink_init(&sink, &list);
	assert_int_equal(entries_begin(&w, &sink.filter), OK);
	assert_int_equal(entries_add(&w, (struct span){ name, sizeof(name) },
	    ENTRY_ODD, NULL), ERR_INPUT);
	assert_int_equal(entries_add(&w, SPAN("\x83\x5c"), ENTRY_ODD, NULL),
	    ERR_INPUT);
	buf_fini(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(a_list_that_is_cut_off_is_damaged),
		cmocka_unit_test(a_frame_that_lies_is_damaged),
		cmocka_unit_test(a_name_that_cannot_be_read_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
