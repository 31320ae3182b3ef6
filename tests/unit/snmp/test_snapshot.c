/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A snapshot is read as it was written, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "numbers.h"

#define HEAD	16u		/* bytes before the first table */

static const struct numbers some = { .rows = { [MIB_APPL] = 1,
    [MIB_PROCESSES] = 2, [MIB_PAIRS] = 4, [MIB_ROUTES] = 1 } };

static void
what_was_written_is_read(void **state)
{
	struct snapshot snapshot;
	struct buf bytes;

	(void)state;
	numbers_write(&some, &bytes);
	assert_int_equal(snapshot_read(&snapshot, buf_span(&bytes)), OK);
	assert_int_equal(snapshot.made_ms, 1764201600000u);
	assert_int_equal(snapshot.rows[MIB_PAIRS], 4);
	assert_int_equal(snapshot.rows[MIB_QUEUES], 0);
	assert_int_equal(snapshot_cell(&snapshot, MIB_PAIRS, 3, 4)->number,
	    MIB_PAIRS * 1000 + 34);
	assert_int_equal(snapshot_scalar(&snapshot, MIB_MAIL, "Queued"),
	    MIB_MAIL * 1000 + 15);
	snapshot_fini(&snapshot);
	buf_fini(&bytes);
}

static void
no_shorter_and_no_longer_one_is_taken(void **state)
{
	struct snapshot snapshot;
	struct buf bytes;

	(void)state;
	numbers_write(&some, &bytes);
	for (size_t n = 0; n < bytes.len; n++)
		assert_int_equal(snapshot_read(&snapshot,
		    span_sub(buf_span(&bytes), 0, n)), ERR_INPUT);
	assert_int_equal(buf_add_byte(&bytes, 0), OK);
	assert_int_equal(snapshot_read(&snapshot, buf_span(&bytes)),
	    ERR_INPUT);
	buf_fini(&bytes);
}

static void
a_change_of_the_frame_is_seen(void **state)
{
	struct snapshot snapshot;
	struct buf bytes;

	(void)state;
	numbers_write(&some, &bytes);
	/* magic, version; columns and rows of the first table */
	for (size_t i = 0; i < HEAD + 8; i++) {
		if (i >= 8 && i < HEAD)
			continue;	/* when it was made */
		bytes.ptr[i] ^= 0xff;
		assert_int_equal(snapshot_read(&snapshot, buf_span(&bytes)),
		    ERR_INPUT);
		bytes.ptr[i] ^= 0xff;
	}
	assert_int_equal(snapshot_read(&snapshot, buf_span(&bytes)), OK);
	snapshot_fini(&snapshot);
	buf_fini(&bytes);
}

/* One cell is what arg says; the writer checks no indexes. */
struct wrong {
	enum mib_id	id;
	uint32_t	row;
	unsigned	column;
	uint64_t	number;
};

static void
one_wrong(const struct numbers *numbers, enum mib_id id, uint32_t row,
    unsigned column, uint64_t *number)
{
	const struct wrong *wrong = numbers->arg;

	if (wrong->id == id && wrong->row == row && wrong->column == column)
		*number = wrong->number;
}

static void
indexes_must_rise_and_not_be_0(void **state)
{
	static struct wrong wrong[] = {
		{ MIB_PROCESSES, 1, 0, 2 },	/* as the row before */
		{ MIB_PROCESSES, 1, 0, 1 },	/* below it */
		{ MIB_PROCESSES, 0, 0, 0 },
		{ MIB_PROCESSES, 1, 0, (uint64_t)UINT32_MAX + 1 },
		{ MIB_PAIRS, 1, 1, 1 },
		{ MIB_PAIRS, 3, 0, 1 },
	};
	struct snapshot snapshot;
	struct buf bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct numbers numbers = some;

		numbers.cell = one_wrong;
		numbers.arg = &wrong[i];
		numbers_write(&numbers, &bytes);
		assert_int_equal(snapshot_read(&snapshot, buf_span(&bytes)),
		    ERR_INPUT);
		buf_fini(&bytes);
	}
}

static void
numbers_are_made_to_fit(void **state)
{
	static struct wrong wrong[] = {
		{ MIB_MAIL, 0, 15, UINT64_MAX },	/* gauge */
		{ MIB_MTA, 0, 1, (1ull << 32) + 5 },	/* wraps */
		{ MIB_RULES, 0, 7, (uint64_t)-1 },
		{ MIB_RULES, 0, 7, 1ull << 40 },
		{ MIB_MAIL, 0, 0, UINT64_MAX },		/* as it is */
	};
	static const uint64_t fits[] = { UINT32_MAX, 5, UINT64_MAX,
	    INT32_MAX, UINT64_MAX };
	struct snapshot snapshot;
	struct buf bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct numbers numbers = some;

		numbers.rows[MIB_RULES] = numbers.rows[MIB_MTA] = 1;
		numbers.cell = one_wrong;
		numbers.arg = &wrong[i];
		numbers_write(&numbers, &bytes);
		assert_int_equal(snapshot_read(&snapshot, buf_span(&bytes)),
		    OK);
		assert_int_equal(snapshot_cell(&snapshot, wrong[i].id, 0,
		    wrong[i].column)->number, fits[i]);
		snapshot_fini(&snapshot);
		buf_fini(&bytes);
	}
}

/* The name of the application, behind its index and its own length. */
#define FIRST_TEXT	(HEAD + 8 + 8 + 4)

static void
texts_are_utf_8(void **state)
{
	struct snapshot snapshot;
	struct buf bytes;

	(void)state;
	numbers_write(&some, &bytes);
	assert_memory_equal(bytes.ptr + FIRST_TEXT, "関所", 6);
	bytes.ptr[FIRST_TEXT + 1] = 'x';
	assert_int_equal(snapshot_read(&snapshot, buf_span(&bytes)),
	    ERR_INPUT);
	buf_fini(&bytes);
}

static void
a_long_text_is_cut_at_a_character(void **state)
{
	uint8_t text[3 * 100];
	struct snapshot_writer w;
	struct buf bytes;
	size_t at;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 3)
		memcpy(text + i, "関", 3);
	buf_init(&bytes, 4096);
	snapshot_begin(&w, &bytes, 0);
	snapshot_table(&w, MIB_APPL);
	snapshot_number(&w, 1);
	at = bytes.len;
	snapshot_text(&w, (struct span){ text, sizeof(text) });
	assert_int_equal(bytes.ptr[at], 255);
	assert_int_equal(bytes.len, at + 4 + 255);
	at = bytes.len;
	for (unsigned i = 2; i < 9; i++)
		if (mib_table(MIB_APPL)->columns[i].type != MIB_TEXT)
			snapshot_number(&w, 0);
	snapshot_text(&w, (struct span){ text + 1, sizeof(text) - 1 });
	assert_int_equal(bytes.ptr[bytes.len - 4], 0);	/* not UTF-8 */
	buf_fini(&bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(no_shorter_and_no_longer_one_is_taken),
		cmocka_unit_test(a_change_of_the_frame_is_seen),
		cmocka_unit_test(indexes_must_rise_and_not_be_0),
		cmocka_unit_test(numbers_are_made_to_fit),
		cmocka_unit_test(texts_are_utf_8),
		cmocka_unit_test(a_long_text_is_cut_at_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
