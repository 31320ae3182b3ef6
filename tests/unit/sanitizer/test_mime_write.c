/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The safe form, to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../../sanitizer/limits.h"
#include "../../../sanitizer/mime_write.h"

#define HEADER	SPAN("From: <a@example.jp>\r\n")

static void
expect(const struct safe_mail *mail, const char *wanted)
{
	struct buf_sink sink;
	struct buf out;

	buf_init(&out, 1024 * 1024);
	buf_sink_init(&sink, &out);
	assert_int_equal(mime_write(mail, 0x12abull, &sink.filter), OK);
	assert_int_equal(buf_add_byte(&out, 0), OK);
	assert_string_equal((const char *)out.ptr, wanted);
	buf_fini(&out);
}

static void
a_text_alone_is_one_part(void **state)
{
	const struct safe_mail mail = { HEADER, SPAN("hello\r\n"), NULL };

	(void)state;
	expect(&mail, "From: <a@example.jp>\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "\r\n"
	    "aGVsbG8NCg==\r\n");
}

static void
attachments_make_it_mixed(void **state)
{
	struct safe_part part = { .type = SAFE_PNG, .name = SPAN("図 1.png"),
	    .in = input_span(SPAN("\x89PNG")) };
	const struct safe_mail mail = { HEADER, SPAN("a\r\n"), &part };

	(void)state;
	expect(&mail, "From: <a@example.jp>\r\n"
	    "Content-Type: multipart/mixed; "
	    "boundary=\"=_sekisho_00000000000012ab_0000\"\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n"
	    "\r\n"
	    "--=_sekisho_00000000000012ab_0000\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: inline\r\n"
	    "\r\n"
	    "YQ0K\r\n"
	    "--=_sekisho_00000000000012ab_0000\r\n"
	    "Content-Type: image/png;\r\n"
	    " name=\"=?UTF-8?B?5ZuzIDEucG5n?=\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment;\r\n"
	    " filename*=UTF-8''%E5%9B%B3%201.png\r\n"
	    "\r\n"
	    "iVBORw==\r\n"
	    "--=_sekisho_00000000000012ab_0000--\r\n");
}

static void
long_names_are_several_words(void **state)
{
	struct safe_part part = { .type = SAFE_TEXT,
	    .name = SPAN("一二三四五六七八九十一二三四.txt"),
	    .in = input_span(SPAN("\xef\xbb\xbf" "a\r\n")) };
	const struct safe_mail mail = { HEADER, SPAN("a\r\n"), &part };
	struct buf_sink sink;
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	buf_sink_init(&sink, &out);
	assert_int_equal(mime_write(&mail, 1, &sink.filter), OK);
	assert_true(span_find(buf_span(&out), SPAN(
	    "Content-Type: text/plain; charset=utf-8;\r\n name=\"=?UTF-8?B?"
	    "5LiA5LqM5LiJ5Zub5LqU5YWt5LiD5YWr5Lmd5Y2B5LiA5LqM5LiJ?=\r\n"
	    " =?UTF-8?B?5ZubLnR4dA==?=\"\r\n")) < out.len);
	buf_fini(&out);
}

static void
a_mail_inside_has_a_number_of_its_own(void **state)
{
	struct safe_part leaf = { .type = SAFE_JPEG, .name = SPAN("a.jpg"),
	    .in = input_span(SPAN("x")) };
	const struct safe_mail inner = { HEADER, SPAN("i\r\n"), &leaf };
	struct safe_part nested = { .type = SAFE_MAIL, .name = SPAN("m.eml"),
	    .mail = &inner };
	const struct safe_mail mail = { HEADER, SPAN("o\r\n"), &nested };
	struct buf_sink sink;
	struct span all;
	struct buf out;

	(void)state;
	buf_init(&out, 65536);
	buf_sink_init(&sink, &out);
	assert_int_equal(mime_write(&mail, 1, &sink.filter), OK);
	all = buf_span(&out);
	assert_true(span_find(all, SPAN("Content-Type: message/rfc822;\r\n"
	    " name=\"=?UTF-8?B?bS5lbWw=?=\"\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n")) < all.len);
	/* its last line, its own CRLF, the delimiter's CRLF */
	assert_true(span_find(all, SPAN("_0001--\r\n\r\n--=_sekisho_"
	    "0000000000000001_0000--\r\n")) < all.len);
	buf_fini(&out);
}

static void
nesting_beyond_the_limit_is_refused(void **state)
{
	struct safe_mail mails[NESTING_DEPTH_MAX + 2];
	struct safe_part parts[NESTING_DEPTH_MAX + 2] = { 0 };
	struct buf_sink sink;
	struct buf out;

	(void)state;
	for (size_t i = 0; i < NESTING_DEPTH_MAX + 2; i++) {
		parts[i] = (struct safe_part){ .type = SAFE_MAIL,
		    .name = SPAN("a.eml"), .mail = &mails[i + 1] };
		mails[i] = (struct safe_mail){ HEADER, SPAN("a\r\n"),
		    i < NESTING_DEPTH_MAX + 1 ? &parts[i] : NULL };
	}
	buf_init(&out, 65536);
	buf_sink_init(&sink, &out);
	assert_int_equal(mime_write(&mails[0], 1, &sink.filter), ERR_LIMIT);
	buf_clear(&out);
	assert_int_equal(mime_write(&mails[1], 1, &sink.filter), OK);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_alone_is_one_part),
		cmocka_unit_test(attachments_make_it_mixed),
		cmocka_unit_test(long_names_are_several_words),
		cmocka_unit_test(a_mail_inside_has_a_number_of_its_own),
		cmocka_unit_test(nesting_beyond_the_limit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
