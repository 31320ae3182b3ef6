/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory files: only sealed ones are mapped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../../gateway/proc/sealed.h"

static int
make(const char *text, size_t len, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void
a_sealed_file_is_mapped_whole(void **state)
{
	int fd = make("safe", 4, SEALED_SEALS);
	struct span bytes;
	struct diag diag;

	(void)state;
	assert_int_equal(sealed_map(fd, 4, &bytes, &diag), OK);
	close(fd);
	assert_true(span_equal(bytes, SPAN("safe")));
	sealed_unmap(bytes);
}

static void
a_part_that_was_let_go_can_be_read_again(void **state)
{
	static char text[20000];
	struct span bytes;
	struct diag diag;
	int fd;

	(void)state;
	memset(text, 'x', sizeof(text));
	fd = make(text, sizeof(text), SEALED_SEALS);
	assert_int_equal(sealed_map(fd, sizeof(text), &bytes, &diag), OK);
	close(fd);
	assert_memory_equal(bytes.ptr, text, sizeof(text));
	sealed_release(span_sub(bytes, 100, 10000));
	assert_memory_equal(bytes.ptr, text, sizeof(text));
	sealed_release(bytes);
	assert_memory_equal(bytes.ptr, text, sizeof(text));
	sealed_release(span_sub(bytes, 5, 5));
	sealed_release((struct span){ NULL, 0 });
	sealed_unmap(bytes);
}

static void
a_file_with_a_seal_missing_is_refused(void **state)
{
	static const int seals[] = {
		0, F_SEAL_WRITE, F_SEAL_WRITE | F_SEAL_GROW,
		F_SEAL_WRITE | F_SEAL_SHRINK, F_SEAL_GROW | F_SEAL_SHRINK,
	};
	struct span bytes;
	struct diag diag;

	(void)state;
	for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
		int fd = make("safe", 4, seals[i]);

		assert_int_equal(sealed_map(fd, 4, &bytes, &diag), ERR_POLICY);
		close(fd);
	}
}

static void
an_empty_or_too_long_file_is_a_limit(void **state)
{
	int empty = make("", 0, SEALED_SEALS);
	int longer = make("12345", 5, SEALED_SEALS);
	struct span bytes;
	struct diag diag;

	(void)state;
	assert_int_equal(sealed_map(empty, 4, &bytes, &diag), ERR_LIMIT);
	assert_int_equal(sealed_map(longer, 4, &bytes, &diag), ERR_LIMIT);
	close(empty);
	close(longer);
}

static void
what_is_no_memory_file_is_refused(void **state)
{
	int fds[2];
	struct span bytes;
	struct diag diag;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(sealed_map(fds[0], 4, &bytes, &diag), ERR_SYSTEM);
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sealed_file_is_mapped_whole),
		cmocka_unit_test(a_part_that_was_let_go_can_be_read_again),
		cmocka_unit_test(a_file_with_a_seal_missing_is_refused),
		cmocka_unit_test(an_empty_or_too_long_file_is_a_limit),
		cmocka_unit_test(what_is_no_memory_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
