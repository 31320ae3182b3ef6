/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Transfer encodings: what comes out, what counts as junk, any split.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "../../../gateway/base/buf.h"
#include "../../../sanitizer/transfer.h"

#define OUT_MAX	(1024 * 1024)

enum kind { B64, B64_GO_ON, QP, UU, YENC, ENCODE };

/* All decoders by one call: step bytes at a time, 0 is all at once. */
static uint64_t
run(enum kind kind, struct span in, size_t step, struct buf *out)
{
	struct base64_decoder base64;
	struct base64_encoder encoder;
	struct qp_decoder qp;
	struct line_decoder line;
	struct buf_sink sink;
	struct filter *f = NULL;

	buf_sink_init(&sink, out);
	switch (kind) {
	case B64:
	case B64_GO_ON:
		base64_decoder_init(&base64, kind == B64_GO_ON, &sink.filter);
		f = &base64.filter;
		break;
	case QP:
		qp_decoder_init(&qp, &sink.filter);
		f = &qp.filter;
		break;
	case UU:
		uu_decoder_init(&line, &sink.filter);
		f = &line.filter;
		break;
	case YENC:
		yenc_decoder_init(&line, &sink.filter);
		f = &line.filter;
		break;
	case ENCODE:
		base64_encoder_init(&encoder, &sink.filter);
		f = &encoder.filter;
		break;
	}
	if (step == 0)
		step = in.len + 1;
	for (size_t at = 0; at < in.len; at += step)
		assert_int_equal(filter_write(f, span_sub(in, at, step)), OK);
	assert_int_equal(filter_end(f), OK);
	switch (kind) {
	case B64:
	case B64_GO_ON:
		return base64.junk;
	case QP:
		return qp.junk;
	case UU:
	case YENC:
		return line.junk;
	case ENCODE:
		break;
	}
	return 0;
}

struct test_case {
	enum kind	 kind;
	const char	*in;
	const char	*out;
	uint64_t	 junk;
};

static void
check(const struct test_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct span in = span_str(cases[i].in);

		for (size_t step = 0; step <= in.len; step++) {
			struct buf out;
			uint64_t junk;

			buf_init(&out, OUT_MAX);
			junk = run(cases[i].kind, in, step, &out);
			if (!span_equal(buf_span(&out),
			    span_str(cases[i].out)) || junk != cases[i].junk)
				fail_msg("\"%s\" by %zu: \"%.*s\" junk %d",
				    cases[i].in, step, (int)out.len,
				    (const char *)out.ptr, (int)junk);
			buf_fini(&out);
		}
	}
}
#define CHECK(cases)	check(cases, sizeof(cases) / sizeof(cases[0]))

static void
base64_gives_its_bytes(void **state)
{
	static const struct test_case cases[] = {
		/* RFC 4648 section 10 */
		{ B64, "", "", 0 },
		{ B64, "Zg==", "f", 0 },
		{ B64, "Zm8=", "fo", 0 },
		{ B64, "Zm9v", "foo", 0 },
		{ B64, "Zm9vYg==", "foob", 0 },
		{ B64, "Zm9vYmE=", "fooba", 0 },
		{ B64, "Zm9vYmFy", "foobar", 0 },
		{ B64, "Zm9v\r\nYm\nFy\r\n \t", "foobar", 0 },
	};
	(void)state;
	CHECK(cases);
}

static void
base64_counts_what_a_strict_reader_refuses(void **state)
{
	static const struct test_case cases[] = {
		{ B64, "Zm9v*Ym-Fy", "foobar", 2 },
		{ B64, "Zm9vY", "foo", 1 },
		{ B64, "Zm9vYg", "foob", 1 },
		{ B64, "Zm9vYmE", "fooba", 1 },
		{ B64, "Zm9vYg=", "foob", 1 },
		{ B64, "=", "", 1 },
		{ B64, "Zm9v=", "foo", 1 },
	};
	(void)state;
	CHECK(cases);
}

static void
padding_inside_stops_or_goes_on(void **state)
{
	static const struct test_case cases[] = {
		{ B64, "Zg==Zm9v", "f", 4 },
		{ B64_GO_ON, "Zg==Zm9v", "ffoo", 0 },
		{ B64, "Zm8=\r\nZm8=", "fo", 4 },
		{ B64_GO_ON, "Zm8=\r\nZm8=", "fofo", 0 },
		{ B64_GO_ON, "Zg=Zm9v", "ffoo", 1 },
	};
	(void)state;
	CHECK(cases);
}

static void
quoted_printable_gives_its_text(void **state)
{
	static const struct test_case cases[] = {
		{ QP, "a=3Db=e3=81=82", "a=b\xe3\x81\x82", 0 },
		{ QP, "soft=\r\nbreak=\nend", "softbreakend", 0 },
		{ QP, "soft= \t\r\nbreak", "softbreak", 0 },
		{ QP, "trailing \t\r\nblank \n", "trailing\r\nblank\n", 0 },
		{ QP, "kept =\r\nblank", "kept blank", 0 },
		{ QP, "in the middle", "in the middle", 0 },
	};
	(void)state;
	CHECK(cases);
}

static void
quoted_printable_keeps_what_is_no_code(void **state)
{
	static const struct test_case cases[] = {
		{ QP, "a=zz", "a=zz", 1 },
		{ QP, "a=4z", "a=4z", 1 },
		{ QP, "1 = 1", "1 = 1", 1 },
		{ QP, "==41", "=A", 1 },
		{ QP, "cut=", "cut", 1 },
		{ QP, "cut=4", "cut=4", 1 },
		{ QP, "\xff\x01", "\xff\x01", 2 },
	};
	(void)state;
	CHECK(cases);
}

static void
uuencode_is_read_from_begin_to_end(void **state)
{
	static const struct test_case cases[] = {
		{ UU, "begin 644 f.txt\n#0V%T\n`\nend\n", "Cat", 0 },
		{ UU, "#0V%T\r\n#0V%T\r\nend\r\n", "CatCat", 0 },
		{ UU, "#0V%T\nend\n#0V%T\n", "Cat", 0 },
		{ UU, "#0V%T\nnot data\nend\n", "Cat", 1 },
		{ UU, "#0V%T\n", "Cat", 1 },
		/* blanks at the end were lost: they were zeroes */
		{ UU, "\"86\n`\nend\n", "a\x60", 0 },
	};
	(void)state;
	CHECK(cases);
}

static void
yenc_is_read_from_ybegin_to_yend(void **state)
{
	static const struct test_case cases[] = {
		/* 'a' + 42 = 0x8b; '=' is escaped as "=}" */
		{ YENC, "=ybegin line=128 size=3 name=x\r\n\x8b\x8b=}\r\n"
		    "=yend size=3\r\n", "aa\x13", 0 },
		{ YENC, "before\n=ybegin line=1\n\x8b\n=yend\n\x8b\n", "a", 1 },
		{ YENC, "=ybegin\n\x8b\n", "a", 1 },
	};
	(void)state;
	CHECK(cases);
}

static void
encoder_writes_lines_of_76(void **state)
{
	uint8_t in[150];
	struct buf out;

	(void)state;
	memset(in, 0, sizeof(in));
	buf_init(&out, OUT_MAX);
	run(ENCODE, (struct span){ in, 57 }, 0, &out);
	assert_int_equal(out.len, 78);
	assert_memory_equal(out.ptr + 76, "\r\n", 2);
	buf_clear(&out);
	run(ENCODE, (struct span){ in, 58 }, 0, &out);
	assert_int_equal(out.len, 78 + 4 + 2);
	assert_memory_equal(out.ptr + 78, "AA==\r\n", 6);
	buf_clear(&out);
	run(ENCODE, (struct span){ in, 0 }, 0, &out);
	assert_int_equal(out.len, 0);
	buf_fini(&out);
}

static void
any_bytes_survive_encoder_and_decoder(void **state)
{
	static uint8_t in[20000];
	struct buf text, back;

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7 + i / 251);
	for (size_t n = 0; n < sizeof(in); n = n * 3 + 1) {
		buf_init(&text, OUT_MAX);
		buf_init(&back, OUT_MAX);
		run(ENCODE, (struct span){ in, n }, 17, &text);
		assert_int_equal(run(B64, buf_span(&text), 0, &back), 0);
		assert_int_equal(back.len, n);
		assert_memory_equal(back.ptr, in, n);
		buf_fini(&text);
		buf_fini(&back);
	}
}

static void
long_lines_of_no_data_are_left_out(void **state)
{
	static char in[5000];
	struct buf out;

	(void)state;
	memset(in, 'M', sizeof(in));
	memcpy(in + 4000, "\n#0V%T\nend\n", 11);
	buf_init(&out, OUT_MAX);
	assert_int_equal(run(UU, (struct span){ (uint8_t *)in, 4011 }, 0,
	    &out), 1);
	assert_int_equal(out.len, 3);
	assert_memory_equal(out.ptr, "Cat", 3);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_gives_its_bytes),
		cmocka_unit_test(base64_counts_what_a_strict_reader_refuses),
		cmocka_unit_test(padding_inside_stops_or_goes_on),
		cmocka_unit_test(quoted_printable_gives_its_text),
		cmocka_unit_test(quoted_printable_keeps_what_is_no_code),
		cmocka_unit_test(uuencode_is_read_from_begin_to_end),
		cmocka_unit_test(yenc_is_read_from_ybegin_to_yend),
		cmocka_unit_test(encoder_writes_lines_of_76),
		cmocka_unit_test(any_bytes_survive_encoder_and_decoder),
		cmocka_unit_test(long_lines_of_no_data_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
