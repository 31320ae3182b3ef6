/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files attached to a PDF: each once, with the name that a reader shows, and
 * with limits that what the PDF says of sizes does not move.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <zlib.h>

#include "../../../sanitizer/entries.h"
#include "../../../sanitizer/limits.h"
#include "../../../sanitizer/pdf_files.h"
#include "pdf_helper.h"

#define PAGES	"<</Type/Pages/Count 1/Kids[3 0 R]>>"
#define PAGE	"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]"
#define N(array) (sizeof(array) / sizeof((array)[0]))

/* "name=bytes!flags;" of each; long files as their length. */
static void
list(const struct buf *out, struct buf *text)
{
	struct input in = input_span(buf_span(out));
	struct entries_reader r;
	struct entry entry;
	unsigned flags;
	bool more;

	buf_init(text, 1u << 20);
	assert_int_equal(entries_open(&r, &in), OK);
	while (entries_next(&r, &entry, &more, &flags) == OK && more) {
		assert_int_equal(buf_printf(text, "%.*s=", (int)entry.name.len,
		    (const char *)entry.name.ptr), OK);
		if (entry.bytes.len < 64)
			assert_int_equal(input_all(&entry.bytes, text), OK);
		else
			assert_int_equal(buf_printf(text, "#%llu",
			    (unsigned long long)entry.bytes.len), OK);
		if (entry.flags != 0)
			assert_int_equal(buf_printf(text, "!%u",
			    entry.flags), OK);
		assert_int_equal(buf_add_byte(text, ';'), OK);
	}
	assert_false(more);
	assert_int_equal(buf_add_byte(text, 0), OK);
}

static void
expect_spans(const struct span *objects, size_t n, const char *wanted)
{
	struct convert_result result;
	struct buf in, out, text;

	pdf_build_spans(&in, "", objects, n);
	assert_int_equal(pdf_run(pdf_files, buf_span(&in), &out, &result),
	    OK);
	list(&out, &text);
	assert_string_equal((const char *)text.ptr, wanted);
	buf_fini(&text);
	buf_fini(&in);
	buf_fini(&out);
	buf_fini(&result.removed);
}

static void
expect(const char *const *objects, size_t n, const char *wanted)
{
	struct span spans[40];

	assert_true(n <= N(spans));
	for (size_t i = 0; i < n; i++)
		spans[i] = span_str(objects[i]);
	expect_spans(spans, n, wanted);
}

#define FILE_OF(text)	"<</Type/EmbeddedFile/Length 1/Params<</Size " \
	"9000000000000000000>>>>\nstream\n" text "\nendstream"

static void
every_place_of_a_file_is_looked_at_and_each_is_given_once(void **state)
{
	static const char *const objects[] = {
		"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Kids["
		    "4 0 R 5 0 R]>>>>/AF[6 0 R 9 0 R]>>",
		PAGES,
		PAGE "/AF 11 0 R/Annots[<</Subtype/FileAttachment/FS 13 0 R"
		    ">> <</Subtype/Link/AF[15 0 R]>> 16 0 R]>>",
		"<</Kids[5 0 R 4 0 R]/Names[(k1) 6 0 R (k2)]>>",
		"<</Kids[4 0 R]/Names[(<7>k3.txt) 8 0 R]>>",
		"<</Type/Filespec/F(C:\\\\x\\\\one.txt)/EF<</F 7 0 R>>>>",
		FILE_OF("1"),
		"<</EF<</F 10 0 R>>>>",
		"<</F(nine.txt)/EF<</F 7 0 R>>>>",
		FILE_OF("3"),
		"<</UF<FEFF8868002E007400780074>/F(other)/EF<</F 12 0 R/UF "
		    "14 0 R>>>>",
		FILE_OF("5"),
		"<</F<95C52E747874>/EF<</DOS 17 0 R>>>>",
		FILE_OF("6"),
		"<</F(../../\xe8\xa1\xa8.txt)/EF<</Unix 18 0 R/F 99 0 R>>>>",
		"<</Subtype/FileAttachment/FS<</F(ext.txt)/FS/URL>>>>",
		FILE_OF("7"),
		FILE_OF("8"),
	};

	(void)state;
	expect(objects, N(objects), "one.txt=1;k3.txt=3;"
	    "\u8868.txt=6;\u8868.txt=5;"
	    "\u9801.txt=7;\u8868.txt=8;");
}

static void
a_document_without_files_gives_an_empty_list(void **state)
{
	static const char *const objects[] = {
		"<</Type/Catalog/Pages 2 0 R>>", PAGES, PAGE ">>" };

	(void)state;
	expect(objects, N(objects), "");
}

/* n zeroes packed; the object is the caller's to free. */
static struct span
zeroes(size_t n, const char *entries)
{
	uLongf len = compressBound(n);
	uint8_t *packed = malloc(len), *plain = calloc(1, n), *all;
	int head;

	assert_int_equal(compress2(packed, &len, plain, n, 9), Z_OK);
	all = malloc(len + 400);
	head = snprintf((char *)all, 300, "<</Filter/FlateDecode/Length %lu%s"
	    ">>\nstream\n", (unsigned long)len, entries);
	memcpy(all + head, packed, len);
	memcpy(all + head + len, "\nendstream", 10);
	free(packed);
	free(plain);
	return (struct span){ all, (size_t)head + len + 10 };
}

#define THREE	"<</Type/Catalog/Pages 2 0 R/AF[" \
	"<</F(a)/EF<</F 4 0 R>>>> <</F(b)/EF<</F 5 0 R>>>> " \
	"<</F(c)/EF<</F 6 0 R>>>>]>>"

static void
a_bomb_is_too_large_and_what_is_before_it_comes(void **state)
{
	struct span bomb = zeroes(8 << 20, ""), fine = zeroes(1000, "");
	const struct span objects[] = { SPAN(THREE), SPAN(PAGES),
		SPAN(PAGE ">>"), fine, bomb, SPAN(FILE_OF("z")) };

	(void)state;
	/* the budget is spent then */
	expect_spans(objects, N(objects), "a=#1000;b=!2;c=!2;");
	free((void *)(uintptr_t)bomb.ptr);
	free((void *)(uintptr_t)fine.ptr);
}

static void
filters_that_could_grow_without_limit_are_not_tried(void **state)
{
	static const char *const objects[] = { THREE, PAGES, PAGE ">>",
		"<</Filter[/ASCIIHexDecode/FlateDecode/FlateDecode]/Length 1>>"
		    "\nstream\n>\nendstream",
		"<</Filter[/ASCIIHexDecode/ASCII85Decode]/Length 11>>\n"
		    "stream\n39 6a 7e 3e>\nendstream",
		"<</Filter/DCTDecode/Length 1>>\nstream\nx\nendstream" };

	(void)state;
	expect(objects, N(objects), "a=!2;b=M;c=!4;");
}

static void
a_damaged_file_is_named_and_the_next_one_comes(void **state)
{
	struct span cut = zeroes(1000, "");
	struct span objects[] = { SPAN(THREE), SPAN(PAGES), SPAN(PAGE ">>"),
		SPAN("<</Filter/FlateDecode/Length 4>>\nstream\nabcd\n"
		    "endstream"), cut, SPAN(FILE_OF("z")) };
	uint8_t *at = (uint8_t *)(uintptr_t)cut.ptr;

	(void)state;
	at[cut.len - 12] ^= 0xff;		/* of its check sum */
	expect_spans(objects, N(objects), "a=!4;b=!4;c=z;");
	free(at);
}

static void
too_many_files_are_a_limit(void **state)
{
	static char specs[ARCHIVE_ENTRIES_MAX + 1][64];
	static struct span objects[PDF_HELPER_OBJECTS];
	struct convert_result result;
	struct buf in, out, catalog;

	(void)state;
	for (size_t n = ARCHIVE_ENTRIES_MAX; n <= ARCHIVE_ENTRIES_MAX + 1;
	    n++) {
		buf_init(&catalog, 1u << 20);
		assert_int_equal(buf_add_str(&catalog, "<</Type/Catalog/Pages"
		    " 2 0 R/AF["), OK);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(buf_printf(&catalog, "<</EF<</F %zu "
			    "0 R>>>>", i + 4), OK);
			snprintf(specs[i], sizeof(specs[i]),
			    "<</Length 1>>\nstream\nx\nendstream");
			objects[3 + i] = span_str(specs[i]);
		}
		assert_int_equal(buf_add_str(&catalog, "]>>"), OK);
		objects[0] = buf_span(&catalog);
		objects[1] = SPAN(PAGES);
		objects[2] = SPAN(PAGE ">>");
		pdf_build_spans(&in, "", objects, n + 3);
		assert_int_equal(pdf_run(pdf_files, buf_span(&in), &out,
		    &result), n > ARCHIVE_ENTRIES_MAX ? ERR_LIMIT : OK);
		buf_fini(&in);
		buf_fini(&out);
		buf_fini(&catalog);
		buf_fini(&result.removed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_place_of_a_file_is_looked_at_and_each_is_given_once),
		cmocka_unit_test(a_document_without_files_gives_an_empty_list),
		cmocka_unit_test(
		    a_bomb_is_too_large_and_what_is_before_it_comes),
		cmocka_unit_test(
		    filters_that_could_grow_without_limit_are_not_tried),
		cmocka_unit_test(
		    a_damaged_file_is_named_and_the_next_one_comes),
		cmocka_unit_test(too_many_files_are_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
