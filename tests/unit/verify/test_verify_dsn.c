/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A status notification by the letter, and one step beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "safe_mail.h"

static struct out dsn;

static void
make_dsn(unsigned recipients)
{
	static const char text[] = "メールを配信できませんでした。\r\n";
	char receipt[RECEIPT_TEXT_BYTES];

	receipt_text(SAFE_ID, receipt);
	dsn.len = 0;
	put(&dsn, "Date: Sun, 22 Nov 2026 19:00:00 +0900\r\n"
	    "From: <MAILER-DAEMON@gw1.example.lg.jp>\r\n"
	    "To: <yamada@example.jp>\r\n"
	    "Subject: =?UTF-8?B?44Oh44O844Or44KS6YWN5L+h44Gn44GN44G+44Gb44KT"
	    "44Gn44GX44Gf?= (mail not delivered)\r\n"
	    "Message-ID: <dsn-%s@gw1.example.lg.jp>\r\n"
	    "Auto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\r\n"
	    " boundary=\"=_sekisho-dsn-%s\"\r\n\r\n"
	    "--=_sekisho-dsn-%s\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n", receipt, receipt,
	    receipt);
	put_base64(&dsn, text, sizeof(text) - 1, 76);
	put(&dsn, "--=_sekisho-dsn-%s\r\n"
	    "Content-Type: message/delivery-status\r\n\r\n"
	    "Original-Envelope-Id: an id\r\n"
	    "Reporting-MTA: dns; gw1.example.lg.jp\r\n"
	    "Arrival-Date: Sun, 22 Nov 2026 18:00:00 +0900\r\n", receipt);
	for (unsigned i = 0; i < recipients; i++)
		put(&dsn, "\r\nOriginal-Recipient: rfc822; a@b\r\n"
		    "Final-Recipient: rfc822; soumu%u@example.lg.jp\r\n"
		    "Action: delayed\r\nStatus: 4.4.1\r\n"
		    "Diagnostic-Code: smtp; 451 4.4.1\r\n"
		    "Will-Retry-Until: Fri, 27 Nov 2026 18:00:00 +0900\r\n",
		    i);
	put(&dsn, "--=_sekisho-dsn-%s--\r\n", receipt);
}

static bool
is_dsn(const void *bytes, size_t len)
{
	struct verify_result result;
	int fd = bytes_fd(bytes, len);

	verify_dsn(fd, len, &result);
	close(fd);
	return result.yes;
}

static bool
judge_changed(const char *from, const char *to)
{
	struct span whole = { dsn.ptr, dsn.len };
	size_t at = span_find(whole, span_str(from));
	struct out o = { NULL, 0, 0 };
	bool yes;

	if (at == dsn.len)
		fail_msg("no \"%s\"", from);
	put_bytes(&o, dsn.ptr, at);
	put(&o, "%s", to);
	put_bytes(&o, dsn.ptr + at + strlen(from),
	    dsn.len - at - strlen(from));
	yes = is_dsn(o.ptr, o.len);
	free(o.ptr);
	return yes;
}

static void
a_notification_by_the_letter_is_taken(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 100; n += 33) {
		make_dsn(n);
		assert_true(is_dsn(dsn.ptr, dsn.len));
	}
	make_dsn(101);
	assert_false(is_dsn(dsn.ptr, dsn.len));
	make_dsn(0);
	assert_false(is_dsn(dsn.ptr, dsn.len));
}

static void
a_part_of_it_is_none(void **state)
{
	(void)state;
	make_dsn(2);
	for (size_t len = 0; len < dsn.len; len++)
		assert_false(is_dsn(dsn.ptr, len));
	put(&dsn, "\r\n");
	assert_false(is_dsn(dsn.ptr, dsn.len));
}

static void
what_may_be_left_out_may(void **state)
{
	(void)state;
	make_dsn(2);
	assert_true(judge_changed("Original-Envelope-Id: an id\r\n", ""));
	assert_true(judge_changed("Original-Recipient: rfc822; a@b\r\n", ""));
	assert_true(judge_changed("Diagnostic-Code: smtp; 451 4.4.1\r\n", ""));
	assert_true(judge_changed(
	    "Will-Retry-Until: Fri, 27 Nov 2026 18:00:00 +0900\r\n", ""));
	assert_true(judge_changed("To: <yamada@example.jp>",
	    "To: undisclosed-recipients:;"));
	assert_true(judge_changed("rfc822; soumu0@", "utf-8; \\x{5C71}@"));
}

static const struct {
	const char *from, *to;
} changes[] = {
	{ "Date: ", "date: " },
	{ "MAILER-DAEMON", "mailer-daemon" },
	{ "<yamada@example.jp>", "<yamada@example.jp>, <b@c>" },
	{ "<yamada@example.jp>", "<yamada example.jp>" },
	{ "(mail not delivered)", "(mail delivered)" },
	{ "Message-ID: <dsn-", "Message-ID: <DSN-" },
	{ "auto-replied\r\n", "auto-replied\r\nCc: <a@b>\r\n" },
	{ "auto-replied", "no" },
	{ "MIME-Version: 1.0\r\n", "" },
	{ "multipart/report", "multipart/mixed" },
	{ " boundary=\"=_sekisho-dsn-", " boundary=\"=_sekisho_dsn-" },
	{ "text/plain", "text/html" },
	{ "base64\r\n\r\n", "base64\r\n" },
	{ "message/delivery-status", "message/rfc822" },
	{ "Original-Envelope-Id: an", "Original-Envelope-Id:  an" },
	{ "Reporting-MTA: dns; gw1.example.lg.jp", "Reporting-MTA: dns; " },
	{ "Reporting-MTA: dns", "Reporting-MTA: smtp" },
	{ "Final-Recipient: rfc822", "Final-Recipient: x400" },
	{ "soumu0@example.lg.jp", "soumu0@example.lg.jp " },
	{ "Action: delayed", "Action: failed" },	/* but Will-Retry */
	{ "Action: delayed", "Action: expanded" },
	{ "Status: 4.4.1", "Status: 3.4.1" },
	{ "Status: 4.4.1", "Status: 4.4.1000" },
	{ "Status: 4.4.1", "Status: 4.4" },
	{ "smtp; 451 4.4.1", "smtp; 451 4.4.1 <b>text</b>" },
	{ "smtp; 451", "smtp; 45" },
	{ "\r\nFinal", "\r\n Final" },
	{ "--\r\n", "--\r\nx\r\n" },
	{ "Will-Retry-Until: Fri, 27", "Will-Retry-Until: Fri, 270" },
	{ "Status: 4.4.1\r\n", "Status: 4.4.1\r\nX-Note: a\r\n" },
};

static void
one_step_beside_it_is_refused(void **state)
{
	(void)state;
	make_dsn(2);
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
		if (judge_changed(changes[i].from, changes[i].to))
			fail_msg("taken: \"%s\" for \"%s\"", changes[i].to,
			    changes[i].from);
}

static void
a_mail_is_no_notification_and_the_other_way_round(void **state)
{
	struct out mail = make_small_mail();

	(void)state;
	make_dsn(1);
	assert_false(is_dsn(mail.ptr, mail.len));
	assert_false(judge(dsn.ptr, dsn.len).yes);
	free(mail.ptr);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_notification_by_the_letter_is_taken),
		cmocka_unit_test(a_part_of_it_is_none),
		cmocka_unit_test(what_may_be_left_out_may),
		cmocka_unit_test(one_step_beside_it_is_refused),
		cmocka_unit_test(
		    a_mail_is_no_notification_and_the_other_way_round),
	};

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(dsn.ptr);
	return failed;
}
