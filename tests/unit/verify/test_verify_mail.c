/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The safe form as a whole: what it is, and one step beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "safe_mail.h"

static struct out small, large;

/* The mail with one text in place of another (the first one, if count > 1). */
static struct verify_result
judge_changed(const struct out *mail, const char *from, const char *to)
{
	struct span whole = { mail->ptr, mail->len };
	size_t at = span_find(whole, span_str(from));
	struct out o = { NULL, 0, 0 };
	struct verify_result result;

	if (at == mail->len)
		fail_msg("no \"%s\" in the mail", from);
	put_bytes(&o, mail->ptr, at);
	put_bytes(&o, to, strlen(to));
	put_bytes(&o, mail->ptr + at + strlen(from),
	    mail->len - at - strlen(from));
	result = judge(o.ptr, o.len);
	free(o.ptr);
	return result;
}

static void
assert_yes(struct verify_result result)
{
	if (!result.yes)
		fail_msg("refused at %llu: %s",
		    (unsigned long long)result.offset, result.reason);
	assert_string_equal(result.reason, "");
}

static void
a_small_and_a_large_mail_are_safe(void **state)
{
	uint8_t sha256[DIGEST_BYTES];
	struct verify_result result;

	(void)state;
	assert_yes(judge(small.ptr, small.len));
	result = judge(large.ptr, large.len);
	assert_yes(result);
	digest_span((struct span){ large.ptr, large.len }, sha256);
	assert_memory_equal(result.sha256, sha256, DIGEST_BYTES);
	assert_int_equal(result.bytes, large.len);
}

static void
every_shorter_mail_is_refused(void **state)
{
	(void)state;
	for (size_t len = 0; len < large.len; len++)
		assert_false(judge(large.ptr, len).yes);
	for (size_t len = 0; len < small.len; len++)
		if (judge(small.ptr, len).yes)
			fail_msg("%zu bytes of %zu were taken", len,
			    small.len);
}

static void
the_offset_is_that_of_the_refused_line(void **state)
{
	struct verify_result r = judge_changed(&small, "X-Priority: 3",
	    "X-Priority: 6");
	struct span whole = { small.ptr, small.len };

	(void)state;
	assert_false(r.yes);
	/* the value is judged when the field was read */
	assert_int_equal(r.offset, span_find(whole, SPAN("List-Id:")));
	assert_string_equal(r.reason, "value of the field X-Priority: ");
}

static const struct {
	const char *from, *to;
} safe_changes[] = {
	{ "X-Priority: 3", "X-Priority: 5" },
	{ "Auto-Submitted: no\r\n", "" },
	{ "outcome=safe", "outcome=released" },
	{ "Subject: plain words and 1 mark!\r\n", "" },
	{ "<root@[192.0.2.7]>", "<root@[IPv6:2001:db8::1]>" },
	{ "Subject: plain", "Subject: PLAIN" },
	{ "Received: by hop.invalid; Sun, 22 Nov 2026 18:59:58 +0900\r\n",
	    "" },
	{ "References: <a@b> <c@[d]>\r\n", "References: <a@b>\r\n" },
};

static void
other_mails_of_the_grammar_are_safe(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(safe_changes) / sizeof(*safe_changes);
	    i++)
		assert_yes(judge_changed(&small, safe_changes[i].from,
		    safe_changes[i].to));
}

/* One step beside the grammar each, in the header. */
static const struct {
	const char *from, *to;
} header_changes[] = {
	{ "Received: from", "received: from" },
	{ "Received: from", "Bcc: <a@b.example>\r\nReceived: from" },
	{ "Received: by hop.invalid", "Received: by hop.example" },
	{ "Date: Sun, 22", "Date: Sun, 2" },
	{ "Date: Sun, 22", "Date: Sun, 32" },
	{ "Date: Sun", "Date: sun" },
	{ "MIME-Version: 1.0\r\n", "" },
	{ "MIME-Version: 1.0", "MIME-Version: 1.1" },
	{ "MIME-Version: 1.0\r\n",
	    "MIME-Version: 1.0\r\nMIME-Version: 1.0\r\n" },
	{ "MIME-Version: 1.0\r\n", "MIME-Version: 1.0\r\nX-Other: 1\r\n" },
	{ "outcome=safe", "outcome=fine" },
	{ "kept=1", "kept=01" },
	{ "kept=1", "kept=-1" },
	{ "kept=1", "kept=1000000000" },
	{ "two-boundaries,", "two-boundaries," "," },
	{ "<yamada@example.jp>", "<yamada@example.jp>, " },
	{ "<yamada@example.jp>", "yamada@example.jp" },
	{ "<yamada@example.jp>", "<yamada@example..jp>" },
	{ "<yamada@example.jp>", "<yama<da@example.jp>" },
	{ "<yamada@example.jp>", "<.yamada@example.jp>" },
	{ "=?UTF-8?B?5bGx55Sw?=", "=?UTF-8?B?5bGx55Sw?" },
	{ "=?UTF-8?B?5bGx55Sw?=", "=?UTF-8?Q?5bGx55Sw?=" },
	{ "=?UTF-8?B?5bGx55Sw?=", "=?utf-8?B?5bGx55Sw?=" },
	/* half a character; U+202E; a line end; not filled words */
	{ "=?UTF-8?B?5bGx55Sw?=", "=?UTF-8?B?5bGx5Q==?=" },
	{ "=?UTF-8?B?5bGx55Sw?=", "=?UTF-8?B?4oCu?=" },
	{ "=?UTF-8?B?5bGx55Sw?=", "=?UTF-8?B?YQ0KYg==?=" },
	{ "=?UTF-8?B?5bGx55Sw?=", "=?UTF-8?B?5bGx?= =?UTF-8?B?55Sw?=" },
	{ "=?UTF-8?B?5bGx55Sw?=", "=?UTF-8?B?" "?=" },
	{ "Yamada Taro <", "Yamada  Taro <" },
	{ "Yamada Taro <", "Yamada, Taro <" },
	{ "\"a..b\"", "a..b" },
	{ "\"a..b\"", "\"a\\b\"" },
	{ "\"a..b\"", "\"a\"b\"" },
	{ "Kikaku\r\n <kikaku", "Kikaku <kikaku" },	/* too long a line */
	{ "words and", "words\r\n and" },
	{ "words and", "words and " },
	{ "words and", "words =?and" },
	{ "words and", "words\tand" },
	{ "words and", "words \xe3\x81\x82 and" },
	{ "words and", "words\rand" },
	{ "words and", "words\nand" },
	{ "Message-ID: <20261122.1@example.jp>\r\n", "" },
	{ "<20261122.1@example.jp>", "<20261122.1>" },
	{ "<20261122.1@example.jp>", "<2026@11@example.jp>" },
	{ "<a@b> <c@[d]>", "<a@b>,<c@[d]>" },
	{ "Auto-Submitted: no", "Auto-Submitted: yes" },
	{ "https://example.jp", "javascript:alert(1)" },
	{ "https://example.jp", "HTTPS://example.jp" },
	{ "https://example.jp/u", "https://example.jp/,u" },
	{ "Content-Type: text/plain", "Content-Type: text/html" },
	{ "charset=utf-8", "charset=UTF-8" },
	{ "charset=utf-8", "charset=utf-7" },
	{ "Encoding: base64", "Encoding: 8bit" },
	{ "Encoding: base64\r\n", "Encoding: base64\r\nX: y\r\n" },
};

static void
a_header_one_step_beside_the_grammar_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(header_changes) /
	    sizeof(*header_changes); i++)
		if (judge_changed(&small, header_changes[i].from,
		    header_changes[i].to).yes)
			fail_msg("taken: \"%s\" for \"%s\"",
			    header_changes[i].to, header_changes[i].from);
}

/* The same for parts; the boundary is taken out of the mail. */
static const struct {
	const char *from, *to;
} part_changes[] = {
	{ "multipart/mixed", "multipart/alternative" },
	{ "Encoding: 7bit", "Encoding: 8bit" },
	{ "Disposition: inline", "Disposition: attachment" },
	{ "Content-Disposition: attachment;\r\n",
	    "Content-Disposition: inline;\r\n" },
	{ "image/png", "image/gif" },
	{ "image/png", "image/jpeg" },
	{ "image/png", "application/octet-stream" },
	{ "image/jpeg", "image/png" },
	{ "%E5%9B%B3.png", "%E5%9B%B3.exe" },
	{ "%E5%9B%B3.png", "%e5%9b%b3.png" },
	{ "%E5%9B%B3.png", "%E5%9B%B3%2Epng" },
	{ "%E5%9B%B3.png", "%E5%9B%B3.png%20" },
	{ "UTF-8''", "UTF-8'ja'" },
	{ " name=\"", " name=" },
	{ "\r\n name=", " name=" },
	{ "message/rfc822", "message/partial" },
	{ "--\r\n", "--\r\n\r\n" },
	{ "_0000--", "_0000-- " },
	{ "_0000--\r\n", "_0000--\r\nx\r\n" },
	{ "_0001--\r\n\r\n", "_0001--\r\n" },
	{ "_0001--\r\n\r\n", "_0001--\r\n\r\n\r\n" },
	{ "_0001--\r\n", "" },
	{ "boundary=\"", "boundary=\"x" },
	{ "boundary=\"=_sekisho_", "boundary=\"=_sekisha_" },
	{ "_0001\"", "_0002\"" },
};

static void
a_part_one_step_beside_the_grammar_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(part_changes) / sizeof(*part_changes);
	    i++)
		if (judge_changed(&large, part_changes[i].from,
		    part_changes[i].to).yes)
			fail_msg("taken: \"%s\" for \"%s\"",
			    part_changes[i].to, part_changes[i].from);
}

static struct verify_result
judge_text(const char *text, size_t len)
{
	struct verify_result result;
	struct out o = { NULL, 0, 0 };

	put_top_fields(&o);
	put(&o, "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n");
	put_base64(&o, text, len, 76);
	result = judge(o.ptr, o.len);
	free(o.ptr);
	return result;
}

static void
a_body_must_not_begin_an_encoded_file(void **state)
{
	(void)state;
	assert_yes(judge_text("a begin 644 x\r\n", 15));
	assert_yes(judge_text("beginning\r\n", 11));
	assert_false(judge_text("begin 644 x\r\n", 13).yes);
	assert_false(judge_text("a\r\nBEGIN 644 x\r\n", 16).yes);
	assert_false(judge_text("=ybegin line=128\r\n", 18).yes);
}

static struct verify_result
judge_name(const char *name, const char *second)
{
	static const char text[] = "\xef\xbb\xbf" "a\r\n";
	struct verify_result result;
	struct out o = { NULL, 0, 0 };

	put_top_fields(&o);
	put_multipart(&o, 0, "a\r\n");
	put_part(&o, 0, "text/plain; charset=utf-8", name, text,
	    sizeof(text) - 1);
	if (second != NULL)
		put_part(&o, 0, "text/plain; charset=utf-8", second, text,
		    sizeof(text) - 1);
	put_delimiter(&o, 0, "--");
	result = judge(o.ptr, o.len);
	free(o.ptr);
	return result;
}

static void
a_name_is_clean_and_has_the_extension_of_its_type(void **state)
{
	static const char *const bad[] = {
		".txt", "a.TXT", "a.exe", "a", "a.txt.exe", "a/b.txt",
		"a\\b.txt", "a:b.txt", "a*.txt", "a?.txt", "a\".txt",
		"a<.txt", "a>.txt", "a|.txt", "a\tb.txt", " a.txt", "..txt",
		"a\u202e.txt", "a\u200b.txt", "a\r\nb.txt", "a\x7f.txt",
	};

	(void)state;
	assert_yes(judge_name("a.txt", NULL));
	assert_yes(judge_name("説明 (1).exe.txt", NULL));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (judge_name(bad[i], NULL).yes)
			fail_msg("taken: name %zu", i);
}

static void
two_attachments_have_two_names(void **state)
{
	(void)state;
	assert_yes(judge_name("a.txt", "b.txt"));
	assert_false(judge_name("a.txt", "a.txt").yes);
	assert_false(judge_name("A.txt", "a.txt").yes);
}

/* depth mails inside the top, each in the one before. */
static struct verify_result
judge_nested(unsigned depth)
{
	struct verify_result result;
	struct out o = { NULL, 0, 0 };

	put_top_fields(&o);
	for (unsigned i = 0; i < depth; i++) {
		put_multipart(&o, i, "a\r\n");
		put_delimiter(&o, i, "");
		put_part_header(&o, "message/rfc822", "m.eml");
		put_inner_fields(&o);
	}
	put_single(&o, "a\r\n");
	for (unsigned i = depth; i-- > 0; ) {
		put(&o, "\r\n");
		put_delimiter(&o, i, "--");
	}
	result = judge(o.ptr, o.len);
	free(o.ptr);
	return result;
}

static void
mails_nest_to_eight_and_no_deeper(void **state)
{
	(void)state;
	assert_yes(judge_nested(1));
	assert_yes(judge_nested(8));
	assert_false(judge_nested(9).yes);
	assert_false(judge_nested(500).yes);
}

static struct verify_result
judge_many(unsigned parts)
{
	static const char text[] = "\xef\xbb\xbf" "a\r\n";
	struct verify_result result;
	struct out o = { NULL, 0, 0 };
	char name[16];

	put_top_fields(&o);
	put_multipart(&o, 0, "a\r\n");
	for (unsigned i = 0; i < parts; i++) {
		snprintf(name, sizeof(name), "%u.txt", i);
		put_part(&o, 0, "text/plain; charset=utf-8", name, text,
		    sizeof(text) - 1);
	}
	put_delimiter(&o, 0, "--");
	result = judge(o.ptr, o.len);
	free(o.ptr);
	return result;
}

static void
there_are_one_to_five_hundred_attachments(void **state)
{
	(void)state;
	assert_false(judge_many(0).yes);
	assert_yes(judge_many(500));
	assert_false(judge_many(501).yes);
}

static void
a_file_that_is_shorter_than_promised_is_refused(void **state)
{
	struct verify_result result;
	int fd = bytes_fd(small.ptr, small.len);

	(void)state;
	verify_mail(fd, small.len + 1, &result);
	assert_false(result.yes);
	verify_mail(fd, (uint64_t)151 * 1024 * 1024, &result);
	assert_false(result.yes);
	verify_mail(-1, small.len, &result);
	assert_false(result.yes);
	close(fd);
}

static void
a_long_text_crosses_the_window(void **state)
{
	struct out text = { NULL, 0, 0 };
	static const uint8_t sha_of_nothing[DIGEST_BYTES];
	struct verify_result result;

	(void)state;
	for (unsigned i = 0; i < 20000; i++)
		put(&text, "%u 行目です。\r\n", i);
	result = judge_text((char *)text.ptr, text.len);
	assert_yes(result);
	assert_memory_not_equal(result.sha256, sha_of_nothing, DIGEST_BYTES);
	text.ptr[text.len / 2] = 0xff;
	assert_false(judge_text((char *)text.ptr, text.len).yes);
	free(text.ptr);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_and_a_large_mail_are_safe),
		cmocka_unit_test(every_shorter_mail_is_refused),
		cmocka_unit_test(the_offset_is_that_of_the_refused_line),
		cmocka_unit_test(other_mails_of_the_grammar_are_safe),
		cmocka_unit_test(
		    a_header_one_step_beside_the_grammar_is_refused),
		cmocka_unit_test(
		    a_part_one_step_beside_the_grammar_is_refused),
		cmocka_unit_test(a_body_must_not_begin_an_encoded_file),
		cmocka_unit_test(
		    a_name_is_clean_and_has_the_extension_of_its_type),
		cmocka_unit_test(two_attachments_have_two_names),
		cmocka_unit_test(mails_nest_to_eight_and_no_deeper),
		cmocka_unit_test(there_are_one_to_five_hundred_attachments),
		cmocka_unit_test(
		    a_file_that_is_shorter_than_promised_is_refused),
		cmocka_unit_test(a_long_text_crosses_the_window),
	};

	int failed;

	small = make_small_mail();
	large = make_large_mail();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(small.ptr);
	free(large.ptr);
	return failed;
}
