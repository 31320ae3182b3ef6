/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PNGs of libpng, and the same with one thing changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <zlib.h>

#include "../../../gateway/verify/verify_png.h"
#include "safe_mail.h"

static bool
is_png(const uint8_t *bytes, size_t len, size_t step)
{
	static struct png png;
	struct span s = { bytes, len };

	png_init(&png);
	for (; s.len > 0; s = span_sub(s, step, s.len))
		if (png_write(&png, span_sub(s, 0, step), NULL) != OK)
			return false;
	return png_end(&png, NULL) == OK;
}

static void
what_libpng_writes_is_taken_in_any_split(void **state)
{
	static const int colours[] = { PNG_COLOR_TYPE_GRAY,
		PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_PALETTE,
		PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB_ALPHA };

	(void)state;
	for (size_t i = 0; i < 5; i++)
		for (int level = 0; level <= 9; level += 3) {
			struct out o = make_png(70, 33, colours[i], level);

			assert_true(is_png(o.ptr, o.len, o.len));
			for (size_t step = 1; step < 40; step += 3)
				assert_true(is_png(o.ptr, o.len, step));
			free(o.ptr);
		}
}

static void
a_large_picture_of_many_chunks_is_taken(void **state)
{
	struct out o = make_png(1500, 900, PNG_COLOR_TYPE_RGB, 3);

	(void)state;
	assert_true(o.len > 100000);
	assert_true(is_png(o.ptr, o.len, 5000));
	free(o.ptr);
}

static void
any_changed_bit_is_refused(void **state)
{
	struct out o = make_png(9, 7, PNG_COLOR_TYPE_PALETTE, 6);

	(void)state;
	for (size_t bit = 0; bit < 8 * o.len; bit++) {
		o.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(is_png(o.ptr, o.len, o.len));
		o.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len < o.len; len++)
		assert_false(is_png(o.ptr, len, len + 1));
	put_bytes(&o, "", 1);
	assert_false(is_png(o.ptr, o.len, o.len));
	free(o.ptr);
}

/* ---- pictures put together chunk by chunk ---- */

static void
put_u32(struct out *o, uint32_t v)
{
	uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
		(uint8_t)(v >> 8), (uint8_t)v };

	put_bytes(o, b, 4);
}

static void
put_chunk(struct out *o, const char *type, const void *bytes, size_t len)
{
	size_t at;

	put_u32(o, (uint32_t)len);
	at = o->len;
	put_bytes(o, type, 4);
	put_bytes(o, bytes, len);
	put_u32(o, (uint32_t)crc32(0, o->ptr + at, (uInt)(len + 4)));
}

static void
put_header(struct out *o, uint32_t width, uint32_t height, const char *rest)
{
	struct out head = { NULL, 0, 0 };

	put_bytes(o, "\x89PNG\r\n\x1a\n", 8);
	put_u32(&head, width);
	put_u32(&head, height);
	put_bytes(&head, rest, 5);
	put_chunk(o, "IHDR", head.ptr, head.len);
	free(head.ptr);
}

/* rows as they are before deflate */
static void
put_data(struct out *o, const void *rows, size_t len, const char *more)
{
	uint8_t packed[4096];
	uLongf n = sizeof(packed) - 8;

	assert_int_equal(compress(packed, &n, rows, len), Z_OK);
	memcpy(packed + n, more, strlen(more));
	put_chunk(o, "IDAT", packed, n + strlen(more));
}

#define GREY	"\x08\x00\x00\x00\x00"
#define MAP	"\x08\x03\x00\x00\x00"
#define ROWS	"\x00\x10\x20\x04\x30\x40"	/* 2 x 2, filters 0 and 4 */

static bool
judge_and_free(struct out *o)
{
	bool yes = is_png(o->ptr, o->len, o->len);

	free(o->ptr);
	o->ptr = NULL;
	o->len = o->cap = 0;
	return yes;
}

static void
the_data_are_exactly_the_promised_rows(void **state)
{
	static const struct {
		uint32_t width, height;
		size_t len;
		const char *more;
		bool yes;
	} cases[] = {
		{ 2, 2, 6, "", true }, { 2, 2, 5, "", false },
		{ 2, 2, 7, "", false }, { 2, 2, 6, "x", false },
		{ 2, 3, 6, "", false }, { 2, 1, 6, "", false },
		{ 1, 3, 6, "", false }, { 5, 1, 6, "", true },
		{ 0, 6, 6, "", false }, { 6, 0, 6, "", false },
		{ 30001, 1, 6, "", false }, { 1, 30001, 6, "", false },
		{ 20000, 20000, 6, "", false },
		{ 0xffffffff, 2, 6, "", false },
	};
	struct out o = { NULL, 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put_header(&o, cases[i].width, cases[i].height, GREY);
		put_data(&o, ROWS "\x00", cases[i].len, cases[i].more);
		put_chunk(&o, "IEND", "", 0);
		assert_int_equal(judge_and_free(&o), cases[i].yes);
	}
}

static void
a_filter_is_one_of_five(void **state)
{
	struct out o = { NULL, 0, 0 };

	(void)state;
	for (int filter = 0; filter < 8; filter++) {
		char row[2] = { (char)filter, 1 };

		put_header(&o, 1, 1, GREY);
		put_data(&o, row, 2, "");
		put_chunk(&o, "IEND", "", 0);
		assert_int_equal(judge_and_free(&o), filter <= 4);
	}
}

static void
only_the_listed_kinds_of_pictures_are_taken(void **state)
{
	/* depth, colour, compression, filter, interlace */
	static const char *const bad[] = { "\x10\x00\x00\x00\x00",
		"\x04\x00\x00\x00\x00", "\x08\x01\x00\x00\x00",
		"\x08\x05\x00\x00\x00", "\x08\x07\x00\x00\x00",
		"\x08\x00\x01\x00\x00", "\x08\x00\x00\x01\x00",
		"\x08\x00\x00\x00\x01" };
	struct out o = { NULL, 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		put_header(&o, 2, 2, bad[i]);
		put_data(&o, ROWS, 6, "");
		put_chunk(&o, "IEND", "", 0);
		assert_false(judge_and_free(&o));
	}
}

/* Letters: H header, P palette, T transparency, D data, d half of the data
 * each, E end, X a text chunk, e an IEND with a byte. */
static bool
judge_order(const char *order, const char *kind)
{
	static const uint8_t whole[] = "\x00\x01\x00\x00\x00\x01";
	uint8_t packed[64];
	uLongf n = sizeof(packed);
	struct out o = { NULL, 0, 0 };
	size_t at = 0;

	compress(packed, &n, whole, 6);
	for (; *order != '\0'; order++)
		switch (*order) {
		case 'H':
			put_header(&o, 2, 2, kind);
			break;
		case 'P':
			put_chunk(&o, "PLTE", "abcdef", 6);
			break;
		case 'T':
			put_chunk(&o, "tRNS", "ab", 2);
			break;
		case 'D':
			put_chunk(&o, "IDAT", packed, n);
			break;
		case 'd':
			put_chunk(&o, "IDAT", packed + at,
			    at == 0 ? n / 2 : n - at);
			at = n / 2;
			break;
		case 'E':
			put_chunk(&o, "IEND", "", 0);
			break;
		case 'e':
			put_chunk(&o, "IEND", "x", 1);
			break;
		default:
			put_chunk(&o, "tEXt", "a\0b", 3);
		}
	return judge_and_free(&o);
}

static void
chunks_stand_in_their_order_and_no_others(void **state)
{
	static const char *const bad_grey[] = { "HE", "HDDE", "HDDE", "HXDE",
		"HDXE", "HDEX", "HPDE", "HTDE", "HHDE", "HDe", "HDEE", "HdXdE",
		"HdE", "HDHE" };
	static const char *const bad_map[] = { "HDE", "HDPE", "HPPDE",
		"HTPDE", "HPTTDE", "HPDTE", "HPXDE", "HdPdE" };

	(void)state;
	assert_true(judge_order("HDE", GREY));
	assert_true(judge_order("HddE", GREY));
	assert_true(judge_order("HPDE", MAP));
	assert_true(judge_order("HPTDE", MAP));
	for (size_t i = 0; i < sizeof(bad_grey) / sizeof(*bad_grey); i++)
		if (judge_order(bad_grey[i], GREY))
			fail_msg("taken: %s", bad_grey[i]);
	for (size_t i = 0; i < sizeof(bad_map) / sizeof(*bad_map); i++)
		if (judge_order(bad_map[i], MAP))
			fail_msg("taken: %s", bad_map[i]);
}

static void
an_index_has_a_colour(void **state)
{
	/* 2 x 2; two colours; the second row's filter adds the row above */
	static const struct {
		const char rows[7];
		bool yes;
	} cases[] = {
		{ "\x00\x01\x01\x00\x01\x01", true },
		{ "\x00\x01\x02\x00\x01\x01", false },
		{ "\x00\x01\x01\x02\x00\x00", true },
		{ "\x00\x01\x01\x02\x01\x00", false },
		{ "\x01\x01\x00\x00\x00\x00", true },
		{ "\x01\x01\x01\x00\x00\x00", false },
		{ "\x00\x01\x01\x03\x00\x00", true },
		{ "\x00\x01\x01\x03\x02\x00", false },
		{ "\x00\x01\x01\x04\xff\x01", true },
		{ "\x00\x01\x01\x04\x01\x00", false },
	};
	struct out o = { NULL, 0, 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put_header(&o, 2, 2, MAP);
		put_chunk(&o, "PLTE", "abcdef", 6);
		put_data(&o, cases[i].rows, 6, "");
		put_chunk(&o, "IEND", "", 0);
		if (judge_and_free(&o) != cases[i].yes)
			fail_msg("case %zu", i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_libpng_writes_is_taken_in_any_split),
		cmocka_unit_test(a_large_picture_of_many_chunks_is_taken),
		cmocka_unit_test(any_changed_bit_is_refused),
		cmocka_unit_test(the_data_are_exactly_the_promised_rows),
		cmocka_unit_test(a_filter_is_one_of_five),
		cmocka_unit_test(only_the_listed_kinds_of_pictures_are_taken),
		cmocka_unit_test(chunks_stand_in_their_order_and_no_others),
		cmocka_unit_test(an_index_has_a_colour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
