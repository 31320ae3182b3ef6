/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files inside a text: taken out, reported with their place and name, and no
 * line is left that a reader could take for one; any split.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../../sanitizer/inline.h"

#define OUT_MAX	(1024 * 1024)

/* Write "[encoding offset+bytes name]" in the place of a block. */
static enum err
found(void *arg, const struct inline_block *block, struct filter *next)
{
	char note[400];
	int n;

	assert_null(arg);
	n = snprintf(note, sizeof(note), "[%d %d+%d %.*s]",
	    (int)block->encoding, (int)block->offset, (int)block->bytes,
	    (int)block->name.len, (const char *)block->name.ptr);
	return filter_write(next, (struct span){ (uint8_t *)note, (size_t)n });
}

static void
run(struct span in, size_t step, struct buf *out)
{
	struct inline_filter f;
	struct buf_sink sink;

	buf_sink_init(&sink, out);
	inline_filter_init(&f, found, NULL, &sink.filter);
	for (size_t at = 0; at < in.len; at += step)
		assert_int_equal(filter_write(&f.filter,
		    span_sub(in, at, step)), OK);
	assert_int_equal(filter_end(&f.filter), OK);
}

struct test_case {
	const char	*in;
	const char	*out;
};

static void
check(const struct test_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct span in = span_str(cases[i].in);

		for (size_t step = 1; step <= in.len + 1; step++) {
			struct buf out;

			buf_init(&out, OUT_MAX);
			run(in, step, &out);
			if (!span_equal(buf_span(&out),
			    span_str(cases[i].out)))
				fail_msg("case %zu by %zu: \"%.*s\"", i, step,
				    (int)out.len, (const char *)out.ptr);
			buf_fini(&out);
		}
	}
}
#define CHECK(cases)	check(cases, sizeof(cases) / sizeof(cases[0]))

static void
blocks_are_taken_out_of_the_text(void **state)
{
	/* 4 UU, 5 yEnc, 6 BinHex, 1 base64: enum mime_encoding */
	static const struct test_case cases[] = {
		{ "a\nbegin 644 x y.txt\n#0V%T\n`\nend\nb\n",
		    "a\n[4 2+30 x y.txt]b\n" },
		{ "begin-base64 755 x\nQ2F0\n====\nb", "[1 19+5 x]b" },
		{ "=ybegin line=1 name=x\nabc\n=yend\nb",
		    "[5 0+32 x]b" },
		{ "(This file must be converted with BinHex 4.0)\n\n:ab\nc:\n"
		    "b", "[6 0+54 ]b" },
		{ "begin 644 a\n#0V%T\nend\nbegin 644 b\n#0V%T\nend\n",
		    "[4 0+22 a][4 22+22 b]" },
		{ "BEGIN  0644 a\r\n\r\n#0V%T\r\nEnd\r\nb", "[4 0+29 a]b" },
	};
	(void)state;
	CHECK(cases);
}

static void
blocks_that_are_cut_off_end_with_their_data(void **state)
{
	static const struct test_case cases[] = {
		{ "begin 644 a\n#0V%T\nand then text\n",
		    "[4 0+18 a]and then text\n" },
		{ "begin 644 a\n#0V%T\n", "[4 0+18 a]" },
		{ "=ybegin line=1\nabc\n", "[5 0+19 ]" },
		{ "begin-base64 644 a\nQ2F0\nnot data.\n",
		    "[1 19+5 a]not data.\n" },
	};
	(void)state;
	CHECK(cases);
}

static void
words_that_look_like_a_block_get_a_blank(void **state)
{
	static const struct test_case cases[] = {
		{ "begin 2023 with us\nor not\n",
		    " begin 2023 with us\nor not\n" },
		{ "begin the day\n", " begin the day\n" },
		{ "begin \n", " begin \n" },
		{ "Begin  x\n", " Begin  x\n" },
		{ "begin 644 a", " begin 644 a" },
		{ "begin 644 a\n\n\ntext\n", " begin 644 a\n\n\ntext\n" },
		{ "beginning\nit begin 644 a", "beginning\nit begin 644 a" },
		{ "", "" },
		{ "\n\n", "\n\n" },
	};
	(void)state;
	CHECK(cases);
}

/* Lines around the length that is looked at. */
static void
long_lines_pass(void **state)
{
	char in[2100];
	struct buf out;

	(void)state;
	for (size_t n = INLINE_LINE_BYTES - 3; n < INLINE_LINE_BYTES + 4; n++)
		for (size_t step = 1; step < 2100; step += 97) {
			memset(in, 'x', sizeof(in));
			in[n] = '\n';
			in[2 * n] = '\n';
			buf_init(&out, OUT_MAX);
			run((struct span){ (uint8_t *)in, 2 * n + 1 }, step,
			    &out);
			assert_int_equal(out.len, 2 * n + 1);
			assert_memory_equal(out.ptr, in, out.len);
			buf_fini(&out);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_taken_out_of_the_text),
		cmocka_unit_test(blocks_that_are_cut_off_end_with_their_data),
		cmocka_unit_test(words_that_look_like_a_block_get_a_blank),
		cmocka_unit_test(long_lines_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
