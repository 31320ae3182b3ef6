/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole file into a buf; the rest of durable.c is for the crash tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../gateway/base/durable.h"

#define MAX	200000u

static int
file_of(size_t len)
{
	static uint8_t bytes[2 * MAX];
	struct diag diag = { 0 };
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_int_not_equal(fd, -1);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(i * 7);
	assert_int_equal(write_all(fd, (struct span){ bytes, len }, &diag),
	    OK);
	return fd;
}

static void
a_file_of_any_length_is_read_to_its_end(void **state)
{
	static const size_t lens[] = { 0, 1, 65535, 65536, 65537, 131072,
	    MAX - 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct diag diag = { 0 };
		int fd = file_of(lens[i]);
		struct buf bytes;

		buf_init(&bytes, MAX);
		assert_int_equal(pread_whole(fd, &bytes, &diag), OK);
		assert_int_equal(bytes.len, lens[i]);
		for (size_t k = 0; k < lens[i]; k++)
			assert_int_equal(bytes.ptr[k], (uint8_t)(k * 7));
		buf_fini(&bytes);
		close(fd);
	}
}

static void
a_file_longer_than_the_buf_is_refused(void **state)
{
	static const size_t lens[] = { MAX, MAX + 1, 2 * MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct diag diag = { 0 };
		int fd = file_of(lens[i]);
		struct buf bytes;

		buf_init(&bytes, MAX);
		assert_int_equal(pread_whole(fd, &bytes, &diag), ERR_LIMIT);
		assert_string_equal(diag.what, "file too long");
		buf_fini(&bytes);
		close(fd);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_of_any_length_is_read_to_its_end),
		cmocka_unit_test(a_file_longer_than_the_buf_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
