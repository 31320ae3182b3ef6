/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exif blocks, good and hostile; orientation on pixels: test_format_jpeg.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../sanitizer/exif.h"

struct block {
	struct span	tiff;
	bool		good;
	struct exif	exif;
};

static void
blocks_are_read_in_both_byte_orders(void **state)
{
	static const struct block blocks[] = {
		{ SPAN("II*\0\10\0\0\0\1\0\22\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"),
		    true, { 6, false, false } },
		{ SPAN("MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0\3\0\0\0\0\0\0"),
		    true, { 3, false, false } },
		{ SPAN("MM\0*\0\0\0\10\0\1\210\45\0\4\0\0\0\1\0\0\0\11"
		    "\0\0\0\1"), true, { 1, true, true } },
	};
	struct exif exif;

	(void)state;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		assert_int_equal(exif_parse(blocks[i].tiff, &exif),
		    blocks[i].good);
		assert_int_equal(exif.orientation, blocks[i].exif.orientation);
		assert_int_equal(exif.gps, blocks[i].exif.gps);
		assert_int_equal(exif.thumbnail, blocks[i].exif.thumbnail);
	}
}

static void
hostile_blocks_leave_the_picture_as_it_is(void **state)
{
	static const struct span blocks[] = {
		/* value 9, wrong type, directory beyond the end, cut off */
		SPAN("II*\0\10\0\0\0\1\0\22\1\3\0\1\0\0\0\11\0\0\0\0\0\0\0"),
		SPAN("II*\0\10\0\0\0\1\0\22\1\4\0\1\0\0\0\6\0\0\0\0\0\0\0"),
		SPAN("II*\0\377\377\377\377\1\0\22\1\3\0\1\0\0\0\6\0\0\0"),
		SPAN("II*\0\10\0\0\0\377\377"),
		SPAN("II*\0\10\0\0"),
	};
	struct exif exif;

	(void)state;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		assert_true(exif_parse(blocks[i], &exif));
		assert_int_equal(exif.orientation, 1);
		assert_false(exif.thumbnail);
	}
	assert_false(exif_parse(SPAN("IM*\0\10\0\0\0"), &exif));
	assert_false(exif_parse(SPAN(""), &exif));
	assert_int_equal(exif.orientation, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_read_in_both_byte_orders),
		cmocka_unit_test(hostile_blocks_leave_the_picture_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
