/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How pixels of a page are put down, byte for byte, and what is refused of a
 * stream of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/base/wire.h"
#include "../../../sanitizer/pixels.h"

#define SIDE	100
#define N	(SIDE * SIDE)
#define WHITE	0xffffffu

static uint32_t page[N];

/* White, then the first n pixels of a colour. */
static struct pixels_way
way_of(uint32_t colour, unsigned n)
{
	for (unsigned i = 0; i < N; i++)
		page[i] = i < n ? colour : 0xff000000 | WHITE;
	return pixels_choose(page, SIDE, SIDE, SIDE);
}

static void
a_page_is_put_down_as_suits_its_colours(void **state)
{
	static const struct {
		uint32_t colour; unsigned n; enum pixels_form form; bool coarse;
	} cases[] = {
		{ WHITE, 0, PIXELS_BILEVEL, true },
		{ 0, 5000, PIXELS_BILEVEL, true },
		/* a few greys are no grey page */
		{ 0x808080, N / 500, PIXELS_BILEVEL, true },
		{ 0x808080, N / 500 + 1, PIXELS_GREY, true },
		/* a photograph has all its greys */
		{ 0x808080, N / 4, PIXELS_GREY, false },
		/* a seal has more than 64 pixels */
		{ 0xff0000, 64, PIXELS_BILEVEL, true },
		{ 0xff0000, 65, PIXELS_INDEXED, true },
		{ 0xff0000, N / 20, PIXELS_INDEXED, true },
		{ 0xff0000, N / 20 + 1, PIXELS_PALETTE, false },
		/* what no eye takes for colour */
		{ 0xe0d0d0, N, PIXELS_GREY, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pixels_way way = way_of(cases[i].colour, cases[i].n);

		assert_int_equal(way.form, cases[i].form);
		assert_int_equal(way.coarse, cases[i].coarse);
	}
}

static void
rows_are_packed_from_the_left(void **state)
{
	/* black, white, light, red, white * 5, grey */
	static const uint32_t row[10] = { 0, WHITE, 0x01eeeeee, 0xff0000,
		WHITE, WHITE, WHITE, WHITE, WHITE, 0x777777 };
	static const struct {
		struct pixels_way way; size_t len; uint8_t bytes[30];
	} cases[] = {
		{ { PIXELS_BILEVEL, true }, 2, { 0x6f, 0xbf } },
		{ { PIXELS_GREY, false }, 5, { 0x0f, 0xe4, 0xff, 0xff, 0xf7 } },
		{ { PIXELS_GREY, true }, 5, { 0x0f, 0xf4, 0xff, 0xff, 0xf6 } },
		{ { PIXELS_INDEXED, false }, 10, { 0, 15, 14, 16 + 5 * 36, 15,
		    15, 15, 15, 15, 7 } },
		{ { PIXELS_INDEXED, true }, 10, { 0, 15, 15, 16 + 5 * 36, 15,
		    15, 15, 15, 15, 6 } },
		/* for which page the table was made is not asked here */
		{ { PIXELS_RGB, false }, 30, { 0, 0, 0, 255, 255, 255, 0xee,
		    0xee, 0xee, 255, 0, 0, 255, 255, 255, 255, 255, 255, 255,
		    255, 255, 255, 255, 255, 255, 255, 255, 0x77, 0x77,
		    0x77 } },
	};
	uint8_t bytes[31];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(bytes, 0xa5, sizeof(bytes));
		assert_int_equal(pixels_row_bytes(cases[i].way.form, 10),
		    cases[i].len);
		pixels_pack(row, 10, cases[i].way, bytes);
		assert_memory_equal(bytes, cases[i].bytes, cases[i].len);
		assert_int_equal(bytes[cases[i].len], 0xa5);
	}
}

/* Colours of a table with shaded cells, and of a photograph. */
static void
few_colours_have_a_table_of_their_own(void **state)
{
	uint8_t rgb[3 * PIXELS_PALETTE_N], row[SIDE];
	struct pixels_way way;

	(void)state;
	for (unsigned i = 0; i < N; i++)
		page[i] = i / SIDE % 8 < 4 ? 0x12c6d9f1 : i % 3 == 0 ?
		    0x34f2dcdb : WHITE;
	page[5] = 0x101010;
	way = pixels_choose(page, SIDE, SIDE, SIDE);
	assert_int_equal(way.form, PIXELS_PALETTE);
	pixels_palette_rgb(rgb);
	/* by frequency */
	assert_memory_equal(rgb, "\xc6\xd9\xf1\xff\xff\xff\xf2\xdc\xdb"
	    "\x10\x10\x10\0\0", 14);
	pixels_pack(page, SIDE, way, row);
	assert_int_equal(row[0], 0);
	assert_int_equal(row[5], 3);
	pixels_pack(page + 4 * SIDE, SIDE, way, row);
	assert_memory_equal(row, "\1\1\2\1\1\2", 6);
	/* a colour of which there is none in the table: the nearest */
	page[0] = 0x203020;
	pixels_pack(page, SIDE, way, row);
	assert_int_equal(row[0], 3);
	for (unsigned i = 0; i < N; i++)
		page[i] = (i % SIDE * 2) << 16 | (i / SIDE * 2) << 8 |
		    (i * 37 & 255);
	assert_int_equal(pixels_choose(page, SIDE, SIDE, SIDE).form,
	    PIXELS_RGB);
}

/* A stream of one page of 4 x 1 indexes, without words. */
static void
build(struct buf *s, uint8_t last, uint32_t pages)
{
	const uint8_t row[4] = { 0, 15, 231, last };

	buf_init(s, 1000);
	assert_int_equal(buf_add_str(s, "SEKISHO-PIXELS 2\n"), OK);
	assert_int_equal(wire_put_u8(s, 1), OK);
	assert_int_equal(wire_put_u8(s, PIXELS_INDEXED), OK);
	assert_int_equal(wire_put_u32(s, 4), OK);
	assert_int_equal(wire_put_u32(s, 1), OK);
	assert_int_equal(wire_put_u16(s, 150), OK);
	assert_int_equal(buf_add(s, (struct span){ row, 4 }), OK);
	assert_int_equal(wire_put_u32(s, 0), OK);
	assert_int_equal(wire_put_u8(s, 2), OK);
	assert_int_equal(wire_put_u32(s, pages), OK);
}

static enum err
read_stream(struct span s)
{
	static struct pixels_reader r;
	struct input in = input_span(s);
	uint32_t words;
	uint8_t row[4];
	bool one;
	enum err err;

	if ((err = pixels_open(&r, &in)) == OK &&
	    (err = pixels_next(&r, &one)) == OK && one &&
	    (err = pixels_rows(&r, row, 1)) == OK &&
	    (err = pixels_words(&r, &words)) == OK)
		err = pixels_next(&r, &one);
	return err == OK && (one || !r.more) ? ERR_INPUT : err;
}

static void
an_index_without_a_colour_is_refused(void **state)
{
	struct buf s;

	(void)state;
	build(&s, 231, 1);
	assert_int_equal(read_stream(buf_span(&s)), OK);
	buf_fini(&s);
	build(&s, 232, 1);
	assert_int_equal(read_stream(buf_span(&s)), ERR_INPUT);
	buf_fini(&s);
}

static void
the_end_counts_the_pages(void **state)
{
	struct input in;
	struct buf s;
	uint32_t pages = 0;
	bool more = false;

	(void)state;
	build(&s, 0, 1);
	in = input_span(buf_span(&s));
	assert_int_equal(pixels_count(&in, &pages, &more), OK);
	assert_int_equal(pages, 1);
	assert_true(more);
	buf_fini(&s);
	build(&s, 0, 2);	/* there are not as many */
	assert_int_equal(read_stream(buf_span(&s)), ERR_INPUT);
	s.ptr[s.len - 5] = 1;
	in = input_span(buf_span(&s));
	assert_int_equal(pixels_count(&in, &pages, &more), ERR_INPUT);
	buf_fini(&s);
	build(&s, 0, 0);
	in = input_span(buf_span(&s));
	assert_int_equal(pixels_count(&in, &pages, &more), ERR_INPUT);
	buf_fini(&s);
	build(&s, 0, PIXELS_PAGES_MAX + 1);
	in = input_span(buf_span(&s));
	assert_int_equal(pixels_count(&in, &pages, &more), ERR_INPUT);
	buf_fini(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_put_down_as_suits_its_colours),
		cmocka_unit_test(rows_are_packed_from_the_left),
		cmocka_unit_test(few_colours_have_a_table_of_their_own),
		cmocka_unit_test(an_index_without_a_colour_is_refused),
		cmocka_unit_test(the_end_counts_the_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
