/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../../../gateway/verify/verify_base64.h"
#include "safe_mail.h"

static bool
decodes(const char *text)
{
	uint8_t out[256];
	size_t len;

	return base64_decode(span_str(text), out, &len);
}

static void
only_the_canonical_spelling_is_read(void **state)
{
	static const char *const good[] = { "AA==", "AAA=", "AAAA", "Zg==",
		"Zm9v", "Zm9vYg==", "+/+/", "4oCu" };
	static const char *const bad[] = { "", "A", "AA", "AAA", "AAAAA",
		"A===", "====", "AA=A", "A=AA", "=AAA", "AB==", "AAB=",
		"AA==AAAA", "AAA=AAAA", "AA A", "AA\r\n", "AA-_", "AAA\x80",
		"Zm9v=", "AA==AA==" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(decodes(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (decodes(bad[i]))
			fail_msg("taken: \"%s\"", bad[i]);
}

static void
bytes_come_back_whatever_they_are(void **state)
{
	uint8_t bytes[200], out[256];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 151 + 7);
	for (size_t n = 1; n <= sizeof(bytes); n++) {
		struct out text = { NULL, 0, 0 };

		put_base64(&text, bytes, n, 0);
		assert_true(base64_decode((struct span){ text.ptr, text.len },
		    out, &len));
		assert_int_equal(len, n);
		assert_memory_equal(out, bytes, n);
		free(text.ptr);
	}
}

static struct out collected;

static enum err
collect(void *arg, struct span s, struct diag *diag)
{
	(void)arg;
	(void)diag;
	put_bytes(&collected, s.ptr, s.len);
	return OK;
}

static enum err
read_lines(const char *text, uint64_t *offset)
{
	static struct lines lines;
	const struct base64_sink sink = { collect, NULL };
	int fd = bytes_fd(text, strlen(text));
	enum err err;

	collected.len = 0;
	lines_init(&lines, fd, strlen(text));
	err = base64_lines(&lines, &sink, NULL);
	*offset = lines.offset;
	lines_fini(&lines);
	close(fd);
	return err;
}

#define FULL	"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB" \
		"QUFBQUFBQUFBQUFB"

static void
lines_have_76_characters_but_the_last(void **state)
{
	uint64_t offset;

	(void)state;
	assert_int_equal(read_lines(FULL "\r\nQUE=\r\n", &offset), OK);
	assert_int_equal(collected.len, 57 + 2);
	assert_int_equal(read_lines(FULL "\r\n" FULL "\r\n", &offset), OK);
	assert_int_equal(read_lines("QUFB\r\n--x\r\n", &offset), OK);
	assert_int_equal(offset, 6);
	assert_int_equal(read_lines("QUFB\r\n\r\n", &offset), OK);
	assert_int_equal(offset, 6);
	assert_int_not_equal(read_lines("QUFB\r\nQUFB\r\n", &offset), OK);
	assert_int_not_equal(read_lines("QUE=\r\n" FULL "\r\n", &offset), OK);
	assert_int_not_equal(read_lines(FULL "QUFB\r\n", &offset), OK);
	assert_int_not_equal(read_lines("", &offset), OK);
	assert_int_not_equal(read_lines("--x\r\n", &offset), OK);
	assert_int_not_equal(read_lines("QUFB\n", &offset), OK);
	assert_int_not_equal(read_lines("QUFB", &offset), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_canonical_spelling_is_read),
		cmocka_unit_test(bytes_come_back_whatever_they_are),
		cmocka_unit_test(lines_have_76_characters_but_the_last),
	};

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(collected.ptr);
	return failed;
}
