/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The end of DATA: CRLF.CRLF and nothing else, for every split; the known
 * ways to smuggle a second mail; dots on the way out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/base/buf.h"
#include "../../../gateway/smtp/limits.h"
#include "../../../gateway/smtp/smtp_dot.h"
#include "../../../gateway/smtp/smtp_received.h"

struct outcome {
	struct buf	text;
	size_t		used;	/* bytes up to the end */
	bool		end;
	bool		bare;
};

static struct outcome
run(struct span input, size_t step)
{
	struct outcome o = { .used = 0 };
	struct buf_sink sink;
	struct smtp_dot dot;

	buf_init(&o.text, 4096);
	buf_sink_init(&sink, &o.text);
	smtp_dot_init(&dot, &sink.filter);
	for (size_t at = 0; at < input.len && !o.end; at += step) {
		struct span piece = span_sub(input, at, step);
		size_t len = piece.len;

		o.end = smtp_dot_take(&dot, &piece);
		o.used += len - piece.len;
		assert_true(o.end || piece.len == 0);
	}
	o.bare = dot.bare;
	assert_int_equal(dot.err, dot.bare ? ERR_INPUT : OK);
	return o;
}

static void
any_split_gives_the_same_text(void **state)
{
	static const struct {
		struct span	input;
		struct span	text;
		size_t		used;
	} good[] = {
		{ SPAN(".\r\n"), SPAN(""), 3 },
		{ SPAN("a\r\n.\r\n"), SPAN("a\r\n"), 6 },
		{ SPAN("a\r\n.\r\nQUIT\r\n"), SPAN("a\r\n"), 6 },
		{ SPAN("..a\r\n.b\r\n...\r\n.\r\n"),
		    SPAN(".a\r\nb\r\n..\r\n"), 17 },
		{ SPAN("a.\r\n..\r\n\r\n.\r\n"), SPAN("a.\r\n.\r\n\r\n"),
		    13 },
		{ SPAN("\0\x80\xff\r\n.\r\n"), SPAN("\0\x80\xff\r\n"), 8 },
		{ SPAN("\r\n\r\n.\r\n"), SPAN("\r\n\r\n"), 7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		for (size_t step = 1; step <= good[i].input.len; step++) {
			struct outcome o = run(good[i].input, step);

			assert_true(o.end);
			assert_false(o.bare);
			assert_int_equal(o.used, good[i].used);
			assert_int_equal(o.text.len, good[i].text.len);
			if (o.text.len > 0)
				assert_memory_equal(o.text.ptr,
				    good[i].text.ptr, o.text.len);
			buf_fini(&o.text);
		}
}

/*
 * Each "end mark" that some server took for one. None may end the text here,
 * each must spoil it, and the proper end behind it must be found.
 */
static void
no_false_end_mark_ends_the_text(void **state)
{
	static const struct span marks[] = {
		SPAN("\n.\n"), SPAN("\n.\r\n"), SPAN("\r\n.\n"),
		SPAN("\r.\r"), SPAN("\r.\r\n"), SPAN("\r\n.\r"),
		SPAN("\n.\r"), SPAN("\r.\n"), SPAN("\r\r\n.\r\r\n"),
		SPAN("\r\n.\r\r\n"), SPAN("\r\n\n.\r\n"), SPAN("\n\r\n.\n"),
		SPAN("\r\n\r.\r\n"), SPAN("\n\r.\r\n"), SPAN("\r\n.\n\r\n"),
		SPAN("\r\n..\r"), SPAN("\r\n.\r\0\n"), SPAN("\r\0\n.\r\n"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct buf in;

		buf_init(&in, 1024);
		assert_int_equal(buf_add_str(&in, "Subject: x\r\n\r\none"),
		    OK);
		assert_int_equal(buf_add(&in, marks[i]), OK);
		assert_int_equal(buf_add_str(&in, "MAIL FROM:<evil@x>\r\n"
		    "RCPT TO:<a@b>\r\nDATA\r\nSubject: two\r\n\r\ntwo"
		    "\r\n.\r\n"), OK);
		for (size_t step = 1; step <= in.len; step++) {
			struct outcome o = run(buf_span(&in), step);

			assert_true(o.end);
			assert_true(o.bare);
			assert_int_equal(o.used, in.len);
			buf_fini(&o.text);
		}
		buf_fini(&in);
	}
}

/* A NUL is a byte like others: no end, and not ours to refuse. */
static void
a_nul_does_not_make_an_end_mark(void **state)
{
	struct span input = SPAN("a\r\n\0.\r\nb\r\n.\0\r\nc\r\n.\r\n");

	(void)state;
	for (size_t step = 1; step <= input.len; step++) {
		struct outcome o = run(input, step);

		assert_true(o.end);
		assert_false(o.bare);
		assert_int_equal(o.used, input.len);
		assert_true(span_equal(buf_span(&o.text),
		    SPAN("a\r\n\0.\r\nb\r\n\0\r\nc\r\n")));
		buf_fini(&o.text);
	}
}

static enum err
refuse_write(struct filter *filter, struct span s)
{
	(void)filter;
	(void)s;
	return ERR_LIMIT;
}

static void
an_error_behind_still_finds_the_end(void **state)
{
	struct filter filter = { refuse_write, NULL, NULL };
	struct span input = SPAN("a\r\nb\r\n.\r\nNOOP\r\n");
	struct smtp_dot dot;

	(void)state;
	smtp_dot_init(&dot, &filter);
	assert_true(smtp_dot_take(&dot, &input));
	assert_int_equal(dot.err, ERR_LIMIT);
	assert_true(span_equal(input, SPAN("NOOP\r\n")));
}

static void
chunks_with_bare_cr_or_lf_are_spoiled(void **state)
{
	static const struct {
		struct span	input;
		bool		bare;
	} cases[] = {
		{ SPAN(""), false }, { SPAN("a\r\nb\r\n"), false },
		{ SPAN("no end"), false }, { SPAN("a\nb"), true },
		{ SPAN("\n"), true }, { SPAN("a\rb"), true },
		{ SPAN("a\r"), true }, { SPAN("a\r\r\n"), true },
		{ SPAN("\r\n.\r\n"), false }, { SPAN("a\r\n\n"), true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t step = 1; step <= cases[i].input.len + 1; step++) {
			struct smtp_crlf crlf;

			smtp_crlf_init(&crlf);
			for (size_t at = 0; at < cases[i].input.len;
			    at += step)
				smtp_crlf_add(&crlf, span_sub(cases[i].input,
				    at, step));
			smtp_crlf_end(&crlf);
			assert_int_equal(crlf.bare, cases[i].bare);
		}
}

/* Everything that the stuffer gives, in steps. */
static void
stuff(struct span body, size_t step, struct buf *out)
{
	struct smtp_stuffer stuffer;

	smtp_stuffer_init(&stuffer, body);
	for (;;) {
		struct span piece = smtp_stuffer_next(&stuffer);

		assert_true(piece.len <= SMTP_WINDOW_BYTES);
		if (piece.len == 0)
			break;
		piece = span_sub(piece, 0, step);
		assert_int_equal(buf_add(out, piece), OK);
		smtp_stuffer_advance(&stuffer, piece.len);
	}
}

static void
dots_are_stuffed_whatever_the_steps(void **state)
{
	static const struct {
		struct span	body;
		struct span	wire;
	} cases[] = {
		{ SPAN(""), SPAN(".\r\n") },
		{ SPAN("a\r\n"), SPAN("a\r\n.\r\n") },
		{ SPAN("a"), SPAN("a\r\n.\r\n") },
		{ SPAN(".\r\n"), SPAN("..\r\n.\r\n") },
		{ SPAN("."), SPAN("..\r\n.\r\n") },
		{ SPAN("a\r\n.b\r\n..c\r\nd.\r\n.\r\n"),
		    SPAN("a\r\n..b\r\n...c\r\nd.\r\n..\r\n.\r\n") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t step = 1; step <= cases[i].wire.len; step++) {
			struct buf out;

			buf_init(&out, 1024);
			stuff(cases[i].body, step, &out);
			assert_int_equal(out.len, cases[i].wire.len);
			assert_memory_equal(out.ptr, cases[i].wire.ptr,
			    out.len);
			buf_fini(&out);
		}
}

static void
what_is_stuffed_comes_back_as_it_was(void **state)
{
	size_t len = 3 * SMTP_WINDOW_BYTES;
	uint8_t *body = malloc(len);
	struct buf wire;
	struct outcome o = { .used = 0 };
	struct buf_sink sink;
	struct smtp_dot dot;
	struct span rest;

	(void)state;
	assert_non_null(body);
	/* a line of dots at each window's edge, in all phases */
	for (size_t i = 0; i < len; i++)
		body[i] = (uint8_t)"..\r\n.x.\r\n"[i % 9];
	memcpy(body + len - 2, "\r\n", 2);
	body[len - 3] = 'x';
	buf_init(&wire, 4 * len);
	stuff((struct span){ body, len }, SIZE_MAX, &wire);
	buf_init(&o.text, 2 * len);
	buf_sink_init(&sink, &o.text);
	smtp_dot_init(&dot, &sink.filter);
	rest = buf_span(&wire);
	assert_true(smtp_dot_take(&dot, &rest));
	assert_int_equal(rest.len, 0);
	assert_int_equal(dot.err, OK);
	assert_int_equal(o.text.len, len);
	assert_memory_equal(o.text.ptr, body, len);
	buf_fini(&o.text);
	buf_fini(&wire);
	free(body);
}

static void
received_lines_of_the_header_are_counted(void **state)
{
	static const struct {
		struct span	input;
		unsigned	count;
	} cases[] = {
		{ SPAN("Received: a\r\nreceived:b\r\n c\r\nX: y\r\n"
		    "RECEIVED: d\r\n\r\nReceived: in the body\r\n"), 3 },
		{ SPAN("Received : no\r\nXReceived: no\r\nReceive: no\r\n"
		    " Received: folded\r\nReceivedx: no\r\n"), 0 },
		{ SPAN("\r\nReceived: a\r\n"), 0 },
		{ SPAN("Rec\r\nReceived: a\r\nRR\r\nReceived:"), 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t step = 1; step <= cases[i].input.len; step++) {
			struct smtp_received received;

			smtp_received_init(&received);
			for (size_t at = 0; at < cases[i].input.len;
			    at += step)
				smtp_received_add(&received, span_sub(
				    cases[i].input, at, step));
			assert_int_equal(received.count, cases[i].count);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_split_gives_the_same_text),
		cmocka_unit_test(no_false_end_mark_ends_the_text),
		cmocka_unit_test(a_nul_does_not_make_an_end_mark),
		cmocka_unit_test(an_error_behind_still_finds_the_end),
		cmocka_unit_test(chunks_with_bare_cr_or_lf_are_spoiled),
		cmocka_unit_test(dots_are_stuffed_whatever_the_steps),
		cmocka_unit_test(what_is_stuffed_comes_back_as_it_was),
		cmocka_unit_test(received_lines_of_the_header_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
