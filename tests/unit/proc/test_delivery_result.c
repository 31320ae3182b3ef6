/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The codec for delivery results: hostile text in, checked text out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/proc/delivery_result.h"

static void
round_trip(uint8_t class, const char *in, const char *expected)
{
	struct delivery_result result = { class, 250, span_str(in) }, back;
	struct wire_reader reader;
	struct buf buf;

	buf_init(&buf, 4096);
	assert_int_equal(delivery_result_put(&buf, &result), OK);
	wire_reader_init(&reader, buf_span(&buf));
	assert_int_equal(delivery_result_get(&reader, &back), OK);
	assert_true(wire_reader_done(&reader));
	assert_int_equal(back.class, class);
	assert_int_equal(back.reply_code, 250);
	assert_int_equal(back.text.len, strlen(expected));
	assert_memory_equal(back.text.ptr, expected, back.text.len);
	buf_fini(&buf);
}

static void
text_gets_an_enhanced_code_unless_it_has_a_fitting_one(void **state)
{
	(void)state;
	round_trip(DELIVERY_DONE, "2.0.0 queued", "2.0.0 queued");
	round_trip(DELIVERY_DONE, "2.0.0", "2.0.0");
	round_trip(DELIVERY_DONE, "queued", "2.0.0 queued");
	round_trip(DELIVERY_REFUSED, "5.1.123 who?", "5.1.123 who?");
	round_trip(DELIVERY_REFUSED, "4.1.1 lies", "5.0.0 4.1.1 lies");
	round_trip(DELIVERY_LATER, "4.1.1x", "4.0.0 4.1.1x");
	round_trip(DELIVERY_LATER, "4.1234.1 a", "4.0.0 4.1234.1 a");
	round_trip(DELIVERY_LATER, "4..1 a", "4.0.0 4..1 a");
	round_trip(DELIVERY_LATER, "", "4.0.0 ");
}

static void
bytes_that_are_not_printable_become_question_marks(void **state)
{
	(void)state;
	round_trip(DELIVERY_REFUSED, "5.0.0 a\r\n\x1b[1m\xe3\x81\x82",
	    "5.0.0 a???[1m???");
}

static void
long_text_is_cut_at_the_maximum(void **state)
{
	char in[DELIVERY_TEXT_BYTES_MAX + 100];
	char expected[DELIVERY_TEXT_BYTES_MAX + 1];

	(void)state;
	memset(in, 'x', sizeof(in) - 1);
	in[sizeof(in) - 1] = '\0';
	memset(expected, 'x', sizeof(expected) - 1);
	memcpy(expected, "5.0.0 ", 6);
	expected[sizeof(expected) - 1] = '\0';
	round_trip(DELIVERY_REFUSED, in, expected);
}

static void
a_full_buffer_is_a_limit_and_leaves_what_was_there(void **state)
{
	struct delivery_result result = { DELIVERY_DONE, 250, SPAN("2.0.0") };
	struct buf buf;

	(void)state;
	buf_init(&buf, 20);
	assert_int_equal(delivery_result_put(&buf, &result), OK);
	assert_int_equal(buf.len, 12);
	assert_int_equal(delivery_result_put(&buf, &result), ERR_LIMIT);
	assert_int_equal(buf.len, 12);
	buf_fini(&buf);
}

static void
what_put_would_not_write_is_refused(void **state)
{
	static const struct {
		const char	*bytes;
		size_t		 len;
	} bad[] = {
		{ "", 0 },
		{ "\x02\xfa\x00", 3 },
		{ "\x03\xfa\x00\x05\x00\x00\x00" "3.0.0", 12 },
		{ "\x02\xfa\x00\x06\x00\x00\x00" "2.0.0", 12 },
		{ "\x02\xfa\x00\x05\x00\x00\x00" "5.0.0", 12 },
		{ "\x02\xfa\xff\x05\x00\x00\x00" "2.0.0", 12 },
		{ "\x02\xfa\x00\x07\x00\x00\x00" "2.0.0 \n", 14 },
		{ "\x02\xfa\x00\xff\xff\xff\xff" "2.0.0", 12 },
	};
	struct delivery_result result;
	struct wire_reader reader;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		wire_reader_init(&reader, (struct span){
		    (const uint8_t *)bad[i].bytes, bad[i].len });
		assert_int_equal(delivery_result_get(&reader, &result),
		    ERR_INPUT);
	}
}

static void
status_is_the_enhanced_code(void **state)
{
	struct delivery_result result = {
		DELIVERY_REFUSED, 550, SPAN("5.1.10 null MX")
	};
	struct span status = delivery_result_status(&result);

	(void)state;
	assert_true(span_equal(status, SPAN("5.1.10")));
	result.text = SPAN("no code");
	assert_int_equal(delivery_result_status(&result).len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    text_gets_an_enhanced_code_unless_it_has_a_fitting_one),
		cmocka_unit_test(
		    bytes_that_are_not_printable_become_question_marks),
		cmocka_unit_test(long_text_is_cut_at_the_maximum),
		cmocka_unit_test(
		    a_full_buffer_is_a_limit_and_leaves_what_was_there),
		cmocka_unit_test(what_put_would_not_write_is_refused),
		cmocka_unit_test(status_is_the_enhanced_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
