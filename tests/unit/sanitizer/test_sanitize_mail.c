/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole mails, without children: what is held, what a policy changes, what
 * limits do. What the mails look like is tests/golden/mail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../sanitizer/limits.h"
#include "../../../sanitizer/transfer.h"
#include "host_here.h"

#define HEAD	"From: a@example.jp\r\nTo: b@example.jp\r\nSubject: x\r\n" \
		"Date: Sun, 22 Nov 2026 10:00:00 +0900\r\n"
#define JPEG	"--b\r\nContent-Type: image/jpeg; name=a.jpg\r\n\r\n" \
		"\xff\xd8\xff\xe0picture\r\n"
#define MIXED	"Content-Type: multipart/mixed; boundary=b\r\n\r\n"

static struct sanitizer_job job;
static struct sanitizer_result result;
static struct buf out, report;
static unsigned converted;
static enum err convert_err;

static enum err
convert(const struct convert_order *order, const struct input *in,
    const struct sanitizer_policy *policy, struct filter *to,
    struct convert_result *answer)
{
	enum err err;

	(void)policy;
	converted++;
	assert_int_equal(order->task, CONVERT_PICTURE);
	assert_int_equal(order->kind, PART_JPEG);
	assert_int_equal(in->len, 11);
	if (convert_err != OK)
		return convert_err;
	answer->type = SAFE_JPEG;
	answer->outcome = OUTCOME_REBUILT;
	assert_int_equal(removed_add(&answer->removed, "gps", 1,
	    SPAN("APP1")), OK);
	err = filter_write(to, SPAN("NEW PICTURE"));
	return err == OK ? filter_end(to) : err;
}

static int
start(void **state)
{
	(void)state;
	memset(&job, 0, sizeof(job));
	job.id = 0x2812c6c8000001ull;
	job.received_ms = 1795309200000ull;
	job.gateway = SPAN("gw.example.jp");
	job.helo = SPAN("mx.example");
	job.peer = SPAN("192.0.2.5");
	job.protocol = SPAN("ESMTP");
	sanitizer_policy_standard(&job.policy);
	buf_init(&out, 256 * 1024 * 1024);
	buf_init(&report, 16 * 1024 * 1024);
	converted = 0;
	convert_err = OK;
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	buf_fini(&out);
	buf_fini(&report);
	return 0;
}

static enum err
run(struct span mail)
{
	struct input in = input_span(mail);
	struct buf_sink sink;
	struct here here;
	struct diag diag;
	enum err err;

	here_init(&here, convert);
	buf_clear(&out);
	buf_clear(&report);
	buf_sink_init(&sink, &out);
	err = sanitizer_mail(&job, &in, &here.host, &sink.filter, &report,
	    &result, &diag);
	here_fini(&here);
	return err;
}

static bool
has(const struct buf *buf, const char *text)
{
	return span_find(buf_span(buf), span_str(text)) < buf->len;
}

/* All text parts of the safe mail, decoded. */
static bool
text_has(const char *wanted)
{
	struct base64_decoder decoder;
	struct span rest = buf_span(&out), line;
	struct buf_sink sink;
	struct buf text;
	bool body = false, found;

	buf_init(&text, 64 * 1024 * 1024);
	buf_sink_init(&sink, &text);
	base64_decoder_init(&decoder, true, &sink.filter);
	while (span_cut(&rest, '\n', &line)) {
		if (line.len == 1)
			body = true;
		else if (span_begins(line, SPAN("--")))
			body = false;
		else if (body)
			assert_int_equal(filter_write(&decoder.filter, line),
			    OK);
	}
	assert_int_equal(filter_end(&decoder.filter), OK);
	found = span_find(buf_span(&text), span_str(wanted)) < text.len;
	buf_fini(&text);
	return found;
}

/* Parts in all. */
static unsigned
tallied(void)
{
	unsigned sum = 0;

	for (unsigned k = 0; k < PART_KIND_N; k++)
		for (unsigned i = 1; i <= TALLY_HELD; i++)
			sum += result.tally.n[k][i];
	return sum;
}

static void
a_text_mail_is_safe(void **state)
{
	(void)state;
	assert_int_equal(run(SPAN(HEAD "\r\nhello\r\n")), OK);
	assert_int_equal(result.outcome, MAIL_SAFE);
	assert_int_equal(result.out_bytes, out.len);
	assert_true(text_has("hello\r\n"));
	assert_true(has(&report, "\"outcome\":\"delivered\""));
	assert_int_equal(result.tally.n[PART_TEXT][OUTCOME_KEPT], 1);
	assert_int_equal(tallied(), 1);
}

static void
a_picture_goes_through_the_host(void **state)
{
	(void)state;
	assert_int_equal(run(SPAN(HEAD MIXED JPEG "--b--\r\n")), OK);
	assert_int_equal(converted, 1);
	assert_true(text_has("NEW PICTURE"));
	assert_false(text_has("\xe0picture"));
	assert_true(text_has("位置情報"));
	assert_true(has(&report, "\"what\":\"gps\""));
	assert_true(has(&report, "\"outcome\":\"rebuilt\""));
	assert_int_equal(result.tally.n[PART_JPEG][OUTCOME_REBUILT], 1);
	assert_int_equal(tallied(), result.parts);
}

static void
a_picture_that_does_not_convert_is_removed(void **state)
{
	(void)state;
	convert_err = ERR_INPUT;
	assert_int_equal(run(SPAN(HEAD MIXED JPEG "--b--\r\n")), OK);
	assert_int_equal(result.outcome, MAIL_SAFE);
	assert_false(has(&out, "image/jpeg"));
	assert_true(text_has("「a.jpg」(11 B)は削除しました"));
	/* rebuild, then image: the same work is not done again */
	assert_int_equal(converted, 1);
}

static void
a_host_that_is_broken_ends_the_run(void **state)
{
	(void)state;
	convert_err = ERR_SYSTEM;
	assert_int_equal(run(SPAN(HEAD MIXED JPEG "--b--\r\n")), ERR_SYSTEM);
}

static void
a_policy_that_removes_pictures_asks_nobody(void **state)
{
	(void)state;
	job.policy.image = METHOD_REMOVE;
	assert_int_equal(run(SPAN(HEAD MIXED JPEG "--b--\r\n")), OK);
	assert_int_equal(converted, 0);
	assert_true(text_has("受け取らない設定です"));
}

static void
a_policy_that_holds_holds_until_release(void **state)
{
	(void)state;
	job.policy.pdf = METHOD_HOLD;
	assert_int_equal(run(SPAN(HEAD MIXED "--b\r\nContent-Type: x/y\r\n"
	    "\r\n%PDF-1.4\r\n--b--\r\n")), OK);
	assert_int_equal(result.outcome, MAIL_HOLD);
	assert_string_equal(result.reason, "the policy holds pdf");
	assert_true(has(&out, "outcome=held"));
	assert_true(has(&report, "\"outcome\":\"held\""));
	assert_int_equal(result.tally.n[PART_PDF][TALLY_HELD], 1);
	assert_int_equal(result.tally.n[PART_PDF][OUTCOME_REMOVED], 0);
	job.released = true;
	assert_int_equal(run(SPAN(HEAD MIXED "--b\r\nContent-Type: x/y\r\n"
	    "\r\n%PDF-1.4\r\n--b--\r\n")), OK);
	assert_int_equal(result.outcome, MAIL_SAFE);
	assert_true(has(&out, "outcome=released"));
	assert_true(text_has("管理者が確認して配信しました"));
	assert_int_equal(result.tally.n[PART_PDF][TALLY_HELD], 0);
	assert_int_equal(result.tally.n[PART_PDF][OUTCOME_REMOVED], 1);
}

static void
encrypted_files_are_held_or_removed_by_policy(void **state)
{
	const struct span mail = SPAN(HEAD MIXED "--b\r\n"
	    "Content-Type: x/y\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n"
	    "--b--\r\n");

	(void)state;
	assert_int_equal(run(mail), OK);
	assert_int_equal(result.outcome, MAIL_HOLD);
	assert_int_equal(result.tally.n[PART_PGP][TALLY_HELD], 1);
	job.policy.encrypted = METHOD_REMOVE;
	assert_int_equal(run(mail), OK);
	assert_int_equal(result.outcome, MAIL_SAFE);
	assert_int_equal(result.tally.n[PART_PGP][OUTCOME_REMOVED], 1);
}

static void
a_limit_leaves_a_notice_and_a_hold(void **state)
{
	struct buf mail;

	(void)state;
	buf_init(&mail, 16 * 1024 * 1024);
	assert_int_equal(buf_add_str(&mail, HEAD MIXED), OK);
	for (int i = 0; i < MIME_PARTS_MAX + 10; i++)
		assert_int_equal(buf_add_str(&mail, "--b\r\n\r\nSECRET\r\n"),
		    OK);
	assert_int_equal(run(buf_span(&mail)), OK);
	assert_int_equal(result.outcome, MAIL_HOLD);
	assert_true(result.reason[0] != '\0');
	assert_false(text_has("SECRET"));
	assert_true(text_has("中身を取り出せませんでした"));
	/* whose mail it was can be seen all the same */
	assert_true(has(&out, "\r\nFrom: <a@example.jp>\r\n"));
	assert_true(has(&out, "\r\nSubject: x\r\n"));
	buf_fini(&mail);
}

static void
a_clean_body_that_is_kept_has_no_notice(void **state)
{
	(void)state;
	job.policy.body_keep = true;
	assert_int_equal(run(SPAN(HEAD "\r\nhello\r\n")), OK);
	assert_false(text_has("無害化"));
	assert_true(text_has("hello"));
}

static void
the_same_input_and_job_give_the_same_mail(void **state)
{
	struct span mail = SPAN(HEAD MIXED JPEG "--b\r\n"
	    "Content-Type: message/rfc822\r\n\r\n" HEAD "\r\nin\r\n--b--\r\n");
	struct buf first;

	(void)state;
	assert_int_equal(run(mail), OK);
	buf_init(&first, 1024 * 1024);
	assert_int_equal(buf_add(&first, buf_span(&out)), OK);
	assert_int_equal(run(mail), OK);
	assert_true(span_equal(buf_span(&first), buf_span(&out)));
	job.id++;
	assert_int_equal(run(mail), OK);
	assert_false(span_equal(buf_span(&first), buf_span(&out)));
	buf_fini(&first);
}

/* RFC 2046: a reader that decodes uuencode in texts must find none. */
static void
no_line_of_a_body_begins_a_uuencode_block(void **state)
{
	(void)state;
	assert_int_equal(run(SPAN(HEAD "Content-Type: text/html\r\n\r\n"
	    "<p>a</p><p>begin 644 x.exe</p><p>M123</p><p>end</p>\r\n")), OK);
	assert_false(text_has("\r\nbegin "));
}

static void
a_very_long_body_becomes_an_attachment(void **state)
{
	struct buf mail;

	(void)state;
	buf_init(&mail, 16 * 1024 * 1024);
	assert_int_equal(buf_add_str(&mail, HEAD "\r\n"), OK);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(buf_add_str(&mail,
		    "0123456789012345678901234567\r\n"), OK);
	assert_int_equal(run(buf_span(&mail)), OK);
	assert_int_equal(result.outcome, MAIL_SAFE);
	assert_true(has(&out, "filename*=UTF-8''"));
	buf_fini(&mail);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		T(a_text_mail_is_safe),
		T(a_picture_goes_through_the_host),
		T(a_picture_that_does_not_convert_is_removed),
		T(a_host_that_is_broken_ends_the_run),
		T(a_policy_that_removes_pictures_asks_nobody),
		T(a_policy_that_holds_holds_until_release),
		T(encrypted_files_are_held_or_removed_by_policy),
		T(a_limit_leaves_a_notice_and_a_hold),
		T(a_clean_body_that_is_kept_has_no_notice),
		T(the_same_input_and_job_give_the_same_mail),
		T(no_line_of_a_body_begins_a_uuencode_block),
		T(a_very_long_body_becomes_an_attachment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
