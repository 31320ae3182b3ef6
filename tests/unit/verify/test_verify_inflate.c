/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inflate against zlib's deflate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <zlib.h>

#include "../../../gateway/verify/verify_inflate.h"
#include "safe_mail.h"

#define BYTES	300000

static uint8_t input[BYTES], packed[2 * BYTES];
static struct out unpacked;
static uint64_t random_state = 1234567;

static uint32_t
next_random(void)
{
	random_state = random_state * 6364136223846793005u +
	    1442695040888963407u;
	return (uint32_t)(random_state >> 33);
}

static enum err
collect(void *arg, struct span s, struct diag *diag)
{
	(void)arg;
	(void)diag;
	put_bytes(&unpacked, s.ptr, s.len);
	return OK;
}

/* Everything, then done; step bytes a call. */
static bool
unpacks(const uint8_t *bytes, size_t len, size_t step)
{
	static struct inflate z;

	unpacked.len = 0;
	inflate_init(&z, collect, NULL);
	for (size_t at = 0; at < len; at += step)
		if (inflate_write(&z, (struct span){ bytes + at,
		    len - at < step ? len - at : step }, NULL) != OK)
			return false;
	return inflate_is_done(&z);
}

/* kind: how the input repeats itself */
static void
fill(unsigned kind, size_t len)
{
	for (size_t i = 0; i < len; i++)
		switch (kind) {
		case 0:
			input[i] = (uint8_t)next_random();
			break;
		case 1:
			input[i] = 0;
			break;
		case 2:
			input[i] = (uint8_t)"abcdefg"[next_random() % 7];
			break;
		case 3:
			input[i] = (uint8_t)(i % 251 * ((i >> 6) + 1));
			break;
		default:
			input[i] = i > 40 && next_random() % 50 > 0 ?
			    input[i - 1 - next_random() % 40] :
			    (uint8_t)next_random();
		}
}

static size_t
pack(size_t len, int level, int strategy)
{
	z_stream z = { 0 };
	size_t n;

	assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 15, 8, strategy),
	    Z_OK);
	z.next_in = input;
	z.avail_in = (uInt)len;
	z.next_out = packed;
	z.avail_out = sizeof(packed);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	n = z.total_out;
	deflateEnd(&z);
	return n;
}

static void
what_zlib_packs_comes_back(void **state)
{
	static const int strategies[] = { Z_DEFAULT_STRATEGY, Z_FILTERED,
		Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED };
	static const size_t lengths[] = { 0, 1, 2, 100, 32767, 32768, 32769,
		70000, BYTES };

	(void)state;
	for (unsigned kind = 0; kind < 5; kind++)
		for (size_t l = 0; l < 9; l++)
			for (int level = 0; level <= 9; level += 3)
				for (size_t s = 0; s < 5; s++) {
					size_t len = lengths[l], n;

					fill(kind, len);
					n = pack(len, level, strategies[s]);
					assert_true(unpacks(packed, n, n));
					assert_int_equal(unpacked.len, len);
					if (len > 0)
						assert_memory_equal(
						    unpacked.ptr, input, len);
				}
}

static void
any_split_gives_the_same(void **state)
{
	size_t n, steps[] = { 1, 2, 3, 7, 100, 4096 };

	(void)state;
	for (unsigned kind = 0; kind < 5; kind++) {
		fill(kind, 50000);
		n = pack(50000, 6, Z_DEFAULT_STRATEGY);
		for (size_t i = 0; i < 6; i++) {
			assert_true(unpacks(packed, n, steps[i]));
			assert_memory_equal(unpacked.ptr, input, 50000);
		}
	}
}

static void
a_stream_cut_short_is_not_done(void **state)
{
	size_t n;

	(void)state;
	fill(2, 5000);
	n = pack(5000, 6, Z_DEFAULT_STRATEGY);
	for (size_t len = 0; len < n; len++)
		assert_false(unpacks(packed, len, len + 1));
}

static void
a_byte_behind_the_end_is_refused(void **state)
{
	size_t n;

	(void)state;
	fill(2, 5000);
	n = pack(5000, 6, Z_DEFAULT_STRATEGY);
	packed[n] = 0;
	assert_false(unpacks(packed, n + 1, n + 1));
	assert_false(unpacks(packed, n + 1, 1));
}

/* Whatever is changed: what we take, zlib takes, and the same comes out. */
static void
a_changed_stream_is_refused_or_read_as_zlib_reads_it(void **state)
{
	static uint8_t out[BYTES];
	unsigned taken = 0;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 40000; i++) {
		uLongf out_len = sizeof(out);

		/* no runs of one byte: any distance reads them right */
		fill(i % 4 == 1 ? 4 : i % 4, 600);
		n = pack(600, (int)(i % 10), i % 3 == 0 ? Z_FIXED :
		    Z_DEFAULT_STRATEGY);
		packed[next_random() % n] ^= (uint8_t)(1u << next_random() % 8);
		if (!unpacks(packed, n, 64))
			continue;
		taken++;
		assert_int_equal(uncompress(out, &out_len, packed, n), Z_OK);
		assert_int_equal(out_len, unpacked.len);
		assert_memory_equal(out, unpacked.ptr, out_len);
	}
	/* a few are none: another distance to the same bytes */
	assert_true(taken < 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_zlib_packs_comes_back),
		cmocka_unit_test(any_split_gives_the_same),
		cmocka_unit_test(a_stream_cut_short_is_not_done),
		cmocka_unit_test(a_byte_behind_the_end_is_refused),
		cmocka_unit_test(
		    a_changed_stream_is_refused_or_read_as_zlib_reads_it),
	};

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(unpacked.ptr);
	return failed;
}
