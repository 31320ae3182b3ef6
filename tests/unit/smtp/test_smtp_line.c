/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines: CRLF only, limits, and the same lines for every split. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/smtp/limits.h"
#include "../../../gateway/smtp/smtp_line.h"

#define LINE_MAX_BYTES	16

/* Feed in steps; each line becomes "text|", each other event its letter. */
static void
cut(struct span input, size_t step, struct buf *out)
{
	static const char letters[] = "??.BLEM";
	struct smtp_line line;

	smtp_line_init(&line, LINE_MAX_BYTES);
	for (size_t at = 0; at < input.len; at += step) {
		struct span piece = span_sub(input, at, step), text;
		enum smtp_line_event event = SMTP_LINE_WHOLE;

		while (piece.len > 0 && event != SMTP_LINE_ENDLESS) {
			event = smtp_line_next(&line, &piece, &text);
			if (event == SMTP_LINE_WHOLE) {
				assert_int_equal(buf_add(out, text), OK);
				assert_int_equal(buf_add_byte(out, '|'), OK);
			} else if (event != SMTP_LINE_MORE)
				assert_int_equal(buf_add_byte(out,
				    (uint8_t)letters[event]), OK);
		}
		if (event == SMTP_LINE_ENDLESS)
			break;
	}
	smtp_line_fini(&line);
}

static void
expect(struct span input, const char *expected)
{
	struct buf out;

	for (size_t step = 1; step <= input.len; step++) {
		buf_init(&out, 1024);
		cut(input, step, &out);
		assert_int_equal(out.len, strlen(expected));
		assert_memory_equal(out.ptr, expected, out.len);
		buf_fini(&out);
	}
}

static void
lines_end_in_crlf_whatever_the_split(void **state)
{
	(void)state;
	expect(SPAN("EHLO a\r\nQUIT\r\n"), "EHLO a|QUIT|");
	expect(SPAN("\r\n\r\n"), "||");
	expect(SPAN("no end"), "");
	expect(SPAN("a\r\nrest"), "a|");
}

static void
a_bare_cr_or_lf_spoils_its_line(void **state)
{
	(void)state;
	expect(SPAN("a\nb\r\n"), "Bb|");
	expect(SPAN("\n"), "B");
	expect(SPAN("a\rb\r\nc\r\n"), "Bc|");
	expect(SPAN("a\r\r\nc\r\n"), "Bc|");
	expect(SPAN("\r\n\n\r\n"), "|B|");
}

static void
a_line_beyond_the_maximum_is_read_over(void **state)
{
	(void)state;
	expect(SPAN("12345678901234\r\nb\r\n"), "12345678901234|b|");
	expect(SPAN("123456789012345\r\nb\r\n"), "Lb|");
	expect(SPAN("12345678901234567890123456789012345\r\nb\r\n"), "Lb|");
	/* the length is the more telling fault */
	expect(SPAN("1234567890\r2345678901234567890\nb\r\n"), "Lb|");
}

static void
an_endless_line_is_given_up_whatever_the_split(void **state)
{
	static const size_t steps[] = { 1, 7, 1000, 65536, 200000 };
	uint8_t *bytes = malloc(200000);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', 200000);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct buf out;

		buf_init(&out, 1024);
		cut((struct span){ bytes, 200000 }, steps[i], &out);
		assert_int_equal(out.len, 1);
		assert_int_equal(out.ptr[0], 'E');
		buf_fini(&out);
	}
	/* just within what is read over: long, not endless */
	bytes[SMTP_SWALLOW_BYTES_MAX - 1] = '\n';
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct buf out;

		buf_init(&out, 1024);
		cut((struct span){ bytes, SMTP_SWALLOW_BYTES_MAX }, steps[i],
		    &out);
		assert_int_equal(out.len, 1);
		assert_int_equal(out.ptr[0], 'L');
		buf_fini(&out);
	}
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_in_crlf_whatever_the_split),
		cmocka_unit_test(a_bare_cr_or_lf_spoils_its_line),
		cmocka_unit_test(a_line_beyond_the_maximum_is_read_over),
		cmocka_unit_test(
		    an_endless_line_is_given_up_whatever_the_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
