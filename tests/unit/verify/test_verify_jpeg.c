/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JPEGs of libjpeg, and the same with one thing changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../../../gateway/verify/verify_jpeg.h"
#include "safe_mail.h"

static bool
is_jpeg(const uint8_t *bytes, size_t len, size_t step)
{
	static struct jpeg jpeg;
	struct span s = { bytes, len };

	jpeg_init(&jpeg);
	for (; s.len > 0; s = span_sub(s, step, s.len))
		if (jpeg_write(&jpeg, span_sub(s, 0, step), NULL) != OK)
			return false;
	return jpeg_end(&jpeg, NULL) == OK;
}

static void
what_libjpeg_writes_is_taken_in_any_split(void **state)
{
	static const unsigned lumas[] = { 0, 0x11, 0x12, 0x21, 0x22, 0x41 };
	static const unsigned sides[][2] = { { 1, 1 }, { 8, 8 }, { 9, 17 },
		{ 100, 75 }, { 333, 8 } };

	(void)state;
	for (size_t l = 0; l < 6; l++)
		for (size_t s = 0; s < 5; s++)
			for (int optimize = 0; optimize < 2; optimize++) {
				struct out o = make_jpeg(sides[s][0],
				    sides[s][1], lumas[l], optimize);

				assert_true(is_jpeg(o.ptr, o.len, o.len));
				assert_true(is_jpeg(o.ptr, o.len, 1));
				assert_true(is_jpeg(o.ptr, o.len, 7));
				free(o.ptr);
			}
}

static void
a_large_picture_is_taken(void **state)
{
	struct out o = make_jpeg(1600, 1200, 0x22, false);

	(void)state;
	assert_true(o.len > 100000);
	assert_true(is_jpeg(o.ptr, o.len, 57 * 128));
	free(o.ptr);
}

static void
nothing_stands_before_or_behind(void **state)
{
	struct out o = make_jpeg(33, 20, 0x22, false);

	(void)state;
	for (size_t len = 0; len < o.len; len++)
		assert_false(is_jpeg(o.ptr, len, len + 1));
	put_bytes(&o, "", 1);
	assert_false(is_jpeg(o.ptr, o.len, o.len));
	o.ptr[o.len - 1] = 0xff;
	assert_false(is_jpeg(o.ptr, o.len, o.len));
	assert_false(is_jpeg(o.ptr + 1, o.len - 2, o.len));
	free(o.ptr);
}

/* o with len bytes of text put in at `at`. */
static bool
judge_with(const struct out *o, size_t at, const char *text, size_t len)
{
	struct out changed = { NULL, 0, 0 };
	bool yes;

	put_bytes(&changed, o->ptr, at);
	put_bytes(&changed, text, len);
	put_bytes(&changed, o->ptr + at, o->len - at);
	yes = is_jpeg(changed.ptr, changed.len, changed.len);
	free(changed.ptr);
	return yes;
}

/* Where the marker stands. */
static size_t
find_marker(const struct out *o, uint8_t marker)
{
	for (size_t i = 0; i + 1 < o->len; i++)
		if (o->ptr[i] == 0xff && o->ptr[i + 1] == marker)
			return i;
	fail_msg("no marker %02x", marker);
	return 0;
}

static void
no_other_marker_is_taken_anywhere(void **state)
{
	static const uint8_t places[] = { 0xe0, 0xdb, 0xc0, 0xc4, 0xda, 0xd9 };
	struct out o = make_jpeg(33, 20, 0x22, false);
	char segment[6] = { (char)0xff, 0, 0, 4, 'a', 'b' };

	(void)state;
	for (size_t p = 0; p < sizeof(places); p++)
		for (unsigned m = 0; m < 256; m++) {
			segment[1] = (char)m;
			assert_false(judge_with(&o,
			    find_marker(&o, places[p]), segment, 6));
		}
	free(o.ptr);
}

static void
fill_bytes_and_restart_markers_are_refused(void **state)
{
	struct out o = make_jpeg(33, 20, 0x22, false);
	size_t scan = find_marker(&o, 0xda) + 14;

	(void)state;
	assert_false(judge_with(&o, find_marker(&o, 0xdb), "\xff", 1));
	assert_false(judge_with(&o, scan + 40, "\xff\xd0", 2));
	assert_false(judge_with(&o, scan, "\xff\xff", 2));
	assert_false(judge_with(&o, o.len - 2, "\xff", 1));
	free(o.ptr);
}

static void
the_scan_holds_exactly_the_promised_blocks(void **state)
{
	struct out o = make_jpeg(40, 40, 0, false);
	size_t frame = find_marker(&o, 0xc0), end = o.len - 2;

	(void)state;
	assert_true(is_jpeg(o.ptr, o.len, o.len));
	assert_false(judge_with(&o, end, "\x00", 1));
	assert_false(judge_with(&o, end, "\xff\x00", 2));
	assert_false(judge_with(&o, end, "PK\x03\x04", 4));
	/* 40 rows are 5 of blocks: 41 are more, 32 are less */
	for (unsigned height = 1; height < 80; height++) {
		o.ptr[frame + 6] = (uint8_t)height;
		assert_int_equal(is_jpeg(o.ptr, o.len, o.len),
		    height > 32 && height <= 40);
	}
	o.ptr[frame + 6] = 40;
	o.ptr[frame + 5] = 0x80;	/* more rows than a side may have */
	assert_false(is_jpeg(o.ptr, o.len, o.len));
	free(o.ptr);
}

/* Bytes of the header that must be as they are, by marker and offset. */
static const struct {
	uint8_t	 marker;
	unsigned offset;
	uint8_t	 value;
} changes[] = {
	{ 0xe0, 4, 'X' }, { 0xe0, 10, 2 }, { 0xe0, 11, 1 }, { 0xe0, 16, 1 },
	{ 0xdb, 4, 0x10 }, { 0xdb, 4, 1 }, { 0xdb, 4, 2 }, { 0xdb, 9, 0 },
	{ 0xc0, 1, 0xc1 }, { 0xc0, 1, 0xc2 }, { 0xc0, 4, 12 }, { 0xc0, 9, 4 },
	{ 0xc0, 9, 1 }, { 0xc0, 10, 0 }, { 0xc0, 11, 0x33 }, { 0xc0, 11, 0 },
	{ 0xc0, 14, 0x21 }, { 0xc0, 12, 2 }, { 0xc4, 4, 0x20 }, { 0xc4, 4, 2 },
	{ 0xc4, 5, 3 }, { 0xc4, 21, 12 }, { 0xda, 4, 2 }, { 0xda, 5, 2 },
	{ 0xda, 6, 0x22 }, { 0xda, 11, 1 }, { 0xda, 12, 62 }, { 0xda, 13, 1 },
};

static void
a_changed_header_is_refused(void **state)
{
	struct out o = make_jpeg(33, 20, 0x22, false);

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		size_t at = find_marker(&o, changes[i].marker) +
		    changes[i].offset;
		uint8_t before = o.ptr[at];

		o.ptr[at] = changes[i].value;
		if (is_jpeg(o.ptr, o.len, o.len))
			fail_msg("taken: change %zu", i);
		o.ptr[at] = before;
	}
	assert_true(is_jpeg(o.ptr, o.len, o.len));
	free(o.ptr);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_libjpeg_writes_is_taken_in_any_split),
		cmocka_unit_test(a_large_picture_is_taken),
		cmocka_unit_test(nothing_stands_before_or_behind),
		cmocka_unit_test(no_other_marker_is_taken_anywhere),
		cmocka_unit_test(fill_bytes_and_restart_markers_are_refused),
		cmocka_unit_test(the_scan_holds_exactly_the_promised_blocks),
		cmocka_unit_test(a_changed_header_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
