/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An index with a damage finds what a scan finds, or says what is wrong with
 * it and is made anew: never less without a word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "trial.h"

/* One bit of every page, and each byte of the header. */
static void
no_flipped_bit_hides_a_record(void **state)
{
	struct trial trial;
	struct buf hits;
	unsigned told = 0, n = 0;
	size_t pages;

	(void)state;
	trial_begin(&trial);
	buf_init(&hits, 1 << 20);
	pages = trial.good.len / SEARCH_PAGE_BYTES;
	assert_true(pages > 12);
	for (size_t i = 0; i < 100 + 4 * pages; i++, n++) {
		size_t at = i < 100 ? i : (i - 100) % pages *
		    SEARCH_PAGE_BYTES + i * 2654435761u % SEARCH_PAGE_BYTES;
		size_t wish = i % TRIAL_WISHES;

		trial.good.ptr[at] ^= (uint8_t)(1u << i % 8);
		trial_put(&trial, buf_span(&trial.good));
		trial.good.ptr[at] ^= (uint8_t)(1u << i % 8);
		assert_int_equal(trial_search(&trial, &trial.wishes[wish],
		    &hits), OK);
		if (!trial_is_right(&trial, wish, &hits))
			fail_msg("byte %zu: %zu hits, not %zu", at, hits.len /
			    sizeof(struct search_hit), trial.scans[wish].len /
			    sizeof(struct search_hit));
		told += trial.said > 0;
	}
	/* the header is read each time; of the rest what is needed */
	assert_true(told >= 100 && told < n);
	buf_fini(&hits);
	trial_end(&trial);
}

static void
pages_out_of_place_are_found(void **state)
{
	struct trial trial;
	struct buf hits, other;
	size_t pages;

	(void)state;
	trial_begin(&trial);
	buf_init(&hits, 1 << 20);
	buf_init(&other, 1 << 24);
	pages = trial.good.len / SEARCH_PAGE_BYTES;
	for (size_t i = 1; i + 1 < pages; i++) {
		/* whole, but of another place */
		buf_clear(&other);
		assert_int_equal(buf_add(&other, buf_span(&trial.good)), OK);
		memcpy(other.ptr + i * SEARCH_PAGE_BYTES, trial.good.ptr +
		    (i + 1) * SEARCH_PAGE_BYTES, SEARCH_PAGE_BYTES);
		trial_put(&trial, buf_span(&other));
		assert_int_equal(trial_search(&trial, &trial.wishes[i %
		    TRIAL_WISHES], &hits), OK);
		assert_true(trial_is_right(&trial, i % TRIAL_WISHES, &hits));
	}
	/* the end is gone */
	for (size_t cut = 1; cut < trial.good.len; cut += 7919) {
		trial_put(&trial, span_sub(buf_span(&trial.good), 0,
		    trial.good.len - cut));
		assert_int_equal(trial_search(&trial, &trial.wishes[0],
		    &hits), OK);
		assert_true(trial.said > 0 || cut < SEARCH_PAGE_BYTES);
		assert_true(trial_is_right(&trial, 0, &hits));
	}
	buf_fini(&other);
	buf_fini(&hits);
	trial_end(&trial);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_flipped_bit_hides_a_record),
		cmocka_unit_test(pages_out_of_place_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
