/* SPDX-License-Identifier: GPL-3.0-or-later */
/* span, utf8, receipt, json: what the rest of the code takes for granted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "../../../gateway/base/json.h"
#include "../../../gateway/base/receipt.h"
#include "../../../gateway/base/utf8.h"

static void
a_span_is_cut_at_a_byte_and_never_overruns(void **state)
{
	struct span s = SPAN("a,b"), head;

	(void)state;
	assert_true(span_cut(&s, ',', &head));
	assert_true(span_equal(head, SPAN("a")));
	assert_false(span_cut(&s, ',', &head));
	assert_true(span_equal(head, SPAN("b")));
	assert_int_equal(s.len, 0);
	assert_int_equal(span_sub(SPAN("abc"), 2, 99).len, 1);
	assert_int_equal(span_sub(SPAN("abc"), 9, 1).len, 0);
	assert_int_equal(span_find_nocase(SPAN("xAbC"), SPAN("abc")), 1);
	assert_int_equal(span_find(SPAN("xabx"), SPAN("abc")), 4);
	assert_true(span_equal(span_trim(SPAN(" \t a b\r\n")), SPAN("a b")));
}

static void
a_number_is_decimal_and_bounded(void **state)
{
	uint64_t n = 7;

	(void)state;
	assert_true(span_decimal(SPAN("65535"), 65535, &n));
	assert_int_equal(n, 65535);
	assert_false(span_decimal(SPAN("65536"), 65535, &n));
	assert_false(span_decimal(SPAN(""), 10, &n));
	assert_false(span_decimal(SPAN("-1"), 10, &n));
	assert_false(span_decimal(SPAN("1 "), 10, &n));
	assert_false(span_decimal(SPAN("99999999999999999999999"),
	    UINT64_MAX, &n));
	assert_true(span_decimal(SPAN("18446744073709551615"), UINT64_MAX,
	    &n));
}

static void
utf8_is_strict(void **state)
{
	static const struct {
		const char	*bytes;
		size_t		 good;
	} table[] = {
		{ "abc", 3 },
		{ "\xe9\x96\xa2\xe6\x89\x80", 6 },
		{ "\xf0\x9f\x98\x80", 4 },
		{ "\xf4\x8f\xbf\xbf", 4 },
		{ "\xf4\x90\x80\x80", 0 },	/* over U+10FFFF */
		{ "\xc0\xaf", 0 },		/* not the shortest */
		{ "\xe0\x80\xaf", 0 },
		{ "\xf0\x80\x80\xaf", 0 },
		{ "\xed\xa0\x80", 0 },		/* a surrogate */
		{ "a\x80", 1 },
		{ "a\xe9\x96", 1 },		/* cut off */
		{ "\xff", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(utf8_check(span_str(table[i].bytes)),
		    table[i].good);
}

static void
every_character_survives_encode_and_decode(void **state)
{
	uint8_t b[4];
	size_t n;

	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		size_t len;

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		len = utf8_encode(c, b);
		assert_int_equal(utf8_decode((struct span){ b, len }, &n), c);
		assert_int_equal(n, len);
	}
}

static void
japanese_takes_two_columns(void **state)
{
	(void)state;
	assert_int_equal(utf8_columns(SPAN("関所"), false), 4);
	assert_int_equal(utf8_columns(SPAN("ｱｲｳ"), false), 3);
	assert_int_equal(utf8_columns(SPAN("①"), false), 1);
	assert_int_equal(utf8_columns(SPAN("①"), true), 2);
	assert_int_equal(utf8_columns(SPAN("か\xe3\x82\x99"), false), 2);
	assert_int_equal(utf8_columns(SPAN("\xff"), false), 1);
}

static void
receipts_grow_even_when_the_clock_goes_back(void **state)
{
	uint64_t now = UINT64_C(1795343529000);	/* 2026-11-22 */
	uint64_t a = receipt_next(0, now), b = receipt_next(a, now);
	uint64_t c = receipt_next(b, now - 3600000);

	(void)state;
	assert_true(b > a);
	assert_true(c > b);
	assert_int_equal(receipt_time_ms(a), now);
}

static void
a_receipt_is_read_as_it_is_written(void **state)
{
	char text[RECEIPT_TEXT_BYTES];
	uint64_t id, back = 0;

	(void)state;
	for (uint64_t i = 0; i < 5000; i++) {
		id = receipt_next(0, UINT64_C(1795343529000) +
		    i * 86413337) + i % 256;
		receipt_text(id, text);
		assert_int_equal(strlen(text), 16);
		assert_true(receipt_parse(span_str(text), &back));
		assert_int_equal(back, id);
	}
	assert_false(receipt_parse(SPAN("261122-AAAA"), &back));
	assert_false(receipt_parse(SPAN("261332-0000-0000"), &back));
	assert_false(receipt_parse(SPAN("260231-0000-0000"), &back));
}

static void
one_wrong_character_in_a_receipt_is_found(void **state)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char text[RECEIPT_TEXT_BYTES], wrong[RECEIPT_TEXT_BYTES];
	uint64_t id;

	(void)state;
	receipt_text(receipt_next(0, UINT64_C(1795343529123)), text);
	for (size_t at = 7; at < 16; at++) {
		for (size_t k = 0; text[at] != '-' && k < 32; k++) {
			memcpy(wrong, text, sizeof(wrong));
			wrong[at] = alphabet[k];
			assert_int_equal(receipt_parse(span_str(wrong), &id),
			    alphabet[k] == text[at]);
		}
	}
}

static void
json_is_escaped_and_nested(void **state)
{
	struct buf buf;
	struct json json;

	(void)state;
	buf_init(&buf, 1000);
	json_init(&json, &buf);
	json_object(&json, NULL);
	json_str(&json, "a\"", "\x01\n\\関\xff");
	json_array(&json, "list");
	json_u64(&json, NULL, UINT64_MAX);
	json_i64(&json, NULL, -5);
	json_milli(&json, NULL, 1234);
	json_null(&json, NULL);
	json_bool(&json, NULL, true);
	json_array_end(&json);
	json_object_end(&json);
	assert_int_equal(json_end(&json), OK);
	assert_true(span_equal(buf_span(&buf), SPAN(
	    "{\"a\\\"\":\"\\u0001\\n\\\\関\xef\xbf\xbd\",\"list\":"
	    "[18446744073709551615,-5,1.234,null,true]}")));
	buf_fini(&buf);
}

static void
json_without_room_says_so(void **state)
{
	struct buf buf;
	struct json json;

	(void)state;
	buf_init(&buf, 10);
	json_init(&json, &buf);
	json_object(&json, NULL);
	json_str(&json, "key", "a long value");
	json_object_end(&json);
	assert_int_equal(json_end(&json), ERR_LIMIT);
	buf_fini(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_span_is_cut_at_a_byte_and_never_overruns),
		cmocka_unit_test(a_number_is_decimal_and_bounded),
		cmocka_unit_test(utf8_is_strict),
		cmocka_unit_test(every_character_survives_encode_and_decode),
		cmocka_unit_test(japanese_takes_two_columns),
		cmocka_unit_test(receipts_grow_even_when_the_clock_goes_back),
		cmocka_unit_test(a_receipt_is_read_as_it_is_written),
		cmocka_unit_test(one_wrong_character_in_a_receipt_is_found),
		cmocka_unit_test(json_is_escaped_and_nested),
		cmocka_unit_test(json_without_room_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
