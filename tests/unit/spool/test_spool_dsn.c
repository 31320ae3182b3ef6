/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notifications, to the byte; the zone of the test is UTC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../../gateway/base/receipt.h"
#include "../../../gateway/spool/spool_dsn.h"

#define NOW_MS	UINT64_C(1795341600000)		/* 2026-11-22 10:00 UTC */

static struct dsn_recipient refused = {
	.address = SPAN("bob@town.example.lg.jp"),
	.orcpt = SPAN("rfc822;bob@example.org"),
	.reason = DSN_REASON_REFUSED, .code = 550, .status = { 5, 1, 1 },
};

static struct dsn
sample(void)
{
	return (struct dsn){
		.id = receipt_next(0, NOW_MS),
		.about = receipt_next(0, NOW_MS - 1000),
		.now_ms = NOW_MS,
		.arrival_ms = NOW_MS - 1000,
		.retry_until_ms = NOW_MS + 3600000,
		.action = DSN_FAILED,
		.gateway = SPAN("gw1.town.example.lg.jp"),
		.sender = SPAN("alice@example.jp"),
		.envid = SPAN("QQ314159"),
		.recipients = &refused,
		.recipients_n = 1,
	};
}

static char *
written(const struct dsn *dsn)
{
	struct buf buf;
	char *text;

	buf_init(&buf, DSN_BYTES_MAX);
	assert_int_equal(dsn_write(dsn, &buf), OK);
	text = strndup((const char *)buf.ptr, buf.len);
	assert_int_equal(strlen(text), buf.len);
	buf_fini(&buf);
	return text;
}

/* The base64 text between its blank line and the next boundary, decoded. */
static char *
text_of(const char *mail)
{
	const char *p = strstr(mail, "base64\r\n\r\n") + 10;
	const char *end = strstr(p, "--");
	static const char sign[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = calloc(1, 100000);
	size_t n = 0;
	uint32_t v = 0, bits = 0;

	assert_non_null(out);
	for (; p < end; p++) {
		const char *s = *p == '=' ? NULL : strchr(sign, *p);

		if (s == NULL)
			continue;
		v = v << 6 | (uint32_t)(s - sign);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = (char)(v >> bits);
		}
	}
	return out;
}

static void
a_failure_is_written_to_the_byte(void **state)
{
	static const char head[] =
	    "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
	    "From: <MAILER-DAEMON@gw1.town.example.lg.jp>\r\n"
	    "To: <alice@example.jp>\r\n"
	    "Subject: =?UTF-8?B?44Oh44O844Or44KS6YWN5L+h44Gn44GN44G+"
	    "44Gb44KT44Gn44GX44Gf?= (mail not delivered)\r\n"
	    "Message-ID: <dsn-261122-8JN2-000G@gw1.town.example.lg.jp>\r\n"
	    "Auto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\r\n"
	    " boundary=\"=_sekisho-dsn-261122-8JN2-000G\"\r\n"
	    "\r\n"
	    "--=_sekisho-dsn-261122-8JN2-000G\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "\r\n";
	static const char tail[] =
	    "--=_sekisho-dsn-261122-8JN2-000G\r\n"
	    "Content-Type: message/delivery-status\r\n"
	    "\r\n"
	    "Original-Envelope-Id: QQ314159\r\n"
	    "Reporting-MTA: dns; gw1.town.example.lg.jp\r\n"
	    "Arrival-Date: Sun, 22 Nov 2026 09:59:59 +0000\r\n"
	    "\r\n"
	    "Original-Recipient: rfc822; bob@example.org\r\n"
	    "Final-Recipient: rfc822; bob@town.example.lg.jp\r\n"
	    "Action: failed\r\n"
	    "Status: 5.1.1\r\n"
	    "Diagnostic-Code: smtp; 550 5.1.1\r\n"
	    "--=_sekisho-dsn-261122-8JN2-000G--\r\n";
	const struct dsn dsn = sample();
	char *mail = written(&dsn);

	(void)state;
	assert_memory_equal(mail, head, sizeof(head) - 1);
	assert_string_equal(mail + strlen(mail) - (sizeof(tail) - 1), tail);
	free(mail);
}

static void
the_text_says_it_in_japanese_and_english(void **state)
{
	static const char wanted[] =
	    "このメールは、メール無害化ゲートウェイ gw1.town.example.lg.jp が"
	    "自動的にお送りしています。\r\n"
	    "\r\n"
	    "次の宛先にメールを配信できませんでした。\r\n"
	    "このメールが再び送信されることはありません。\r\n"
	    "\r\n"
	    "  bob@town.example.lg.jp\r\n"
	    "    先方のメールサーバーが受け取りを拒否しました (5.1.1)\r\n"
	    "\r\n"
	    "受付番号: 261122-8JMT-600D\r\n"
	    "受付日時: 2026-11-22T09:59:59+00:00\r\n"
	    "お問い合わせの際は、受付番号をお知らせください。\r\n"
	    "\r\n"
	    "--\r\n"
	    "This notice was written by the mail gateway "
	    "gw1.town.example.lg.jp.\r\n"
	    "Your mail could not be delivered to these recipients.\r\n"
	    "It will not be tried again.\r\n"
	    "Receipt number: 261122-8JMT-600D\r\n"
	    "Received: 2026-11-22T09:59:59+00:00\r\n";
	const struct dsn dsn = sample();
	char *mail = written(&dsn), *text = text_of(mail);

	(void)state;
	assert_string_equal(text, wanted);
	free(text);
	free(mail);
}

static void
a_delay_says_until_when_it_is_tried(void **state)
{
	struct dsn dsn = sample();
	char *mail;

	(void)state;
	dsn.action = DSN_DELAYED;
	refused.reason = DSN_REASON_WAITING;
	mail = written(&dsn);
	refused.reason = DSN_REASON_REFUSED;
	assert_non_null(strstr(mail, "Action: delayed\r\n"));
	assert_non_null(strstr(mail,
	    "Will-Retry-Until: Sun, 22 Nov 2026 11:00:00 +0000\r\n"));
	assert_non_null(strstr(mail, "(mail delayed)\r\n"));
	free(mail);
}

/* Nothing that the sender or the recipient is called gets out of its line. */
static void
hostile_addresses_stay_in_their_line(void **state)
{
	struct dsn_recipient recipient = refused;
	struct dsn dsn = sample();
	char *mail;

	(void)state;
	recipient.address = SPAN("\"a\r\nAction: delivered\r\n\"@b");
	recipient.orcpt = SPAN("rfc822;\r\n\r\nx");
	dsn.sender = SPAN("a b<c>@d");
	dsn.envid = SPAN(" \r\n\x1b[31m ");
	dsn.recipients = &recipient;
	mail = written(&dsn);
	assert_non_null(strstr(mail, "To: undisclosed-recipients:;\r\n"));
	assert_non_null(strstr(mail,
	    "Final-Recipient: rfc822; \"a??Action: delivered??\"@b\r\n"));
	assert_null(strstr(mail, "\r\nAction: delivered"));
	assert_non_null(strstr(mail, "Original-Recipient: rfc822; ????x\r\n"));
	assert_non_null(strstr(mail, "Original-Envelope-Id: ????[31m?\r\n"));
	for (const char *p = mail; *p != '\0'; p++)
		assert_true((*p >= 0x20 && *p < 0x7f) || *p == '\r' ||
		    *p == '\n');
	free(mail);
}

static void
an_address_beyond_ascii_is_spelt_out(void **state)
{
	struct dsn_recipient recipient = refused;
	struct dsn dsn = sample();
	char *mail;

	(void)state;
	recipient.address = SPAN("山田@town.example.lg.jp");
	dsn.sender = SPAN("鈴木@example.jp");
	dsn.recipients = &recipient;
	mail = written(&dsn);
	assert_non_null(strstr(mail, "Final-Recipient: utf-8; "
	    "\\x{5C71}\\x{7530}@town.example.lg.jp\r\n"));
	assert_non_null(strstr(mail, "To: undisclosed-recipients:;\r\n"));
	free(mail);
}

static void
what_cannot_be_told_is_refused(void **state)
{
	struct dsn_recipient recipient = refused;
	struct dsn dsn = sample();
	struct buf buf;

	(void)state;
	buf_init(&buf, DSN_BYTES_MAX);
	dsn.sender = (struct span){ NULL, 0 };
	assert_int_equal(dsn_write(&dsn, &buf), ERR_INPUT);
	dsn = sample();
	dsn.recipients_n = 0;
	assert_int_equal(dsn_write(&dsn, &buf), ERR_INPUT);
	dsn = sample();
	dsn.gateway = SPAN("gw\r\nX: y");
	assert_int_equal(dsn_write(&dsn, &buf), ERR_INPUT);
	dsn = sample();
	recipient.status[0] = 3;
	dsn.recipients = &recipient;
	assert_int_equal(dsn_write(&dsn, &buf), ERR_INPUT);
	buf_fini(&buf);
	dsn = sample();
	for (size_t max = 0; max < 2000; max += 97) {
		buf_init(&buf, max);
		assert_int_equal(dsn_write(&dsn, &buf), ERR_LIMIT);
		buf_fini(&buf);
	}
}

static void
no_line_is_longer_than_smtp_allows(void **state)
{
	static uint8_t longest[320];
	struct dsn_recipient recipients[100];
	struct dsn dsn = sample();
	char *mail;
	size_t column = 0;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(longest); i += 3)
		memcpy(longest + i, "\xe5\xb1\xb1", 3);
	for (int i = 0; i < 100; i++) {
		recipients[i] = refused;
		recipients[i].address = (struct span){ longest, 318 };
	}
	dsn.recipients = recipients;
	dsn.recipients_n = 100;
	mail = written(&dsn);
	for (const char *p = mail; *p != '\0'; p++) {
		column = *p == '\n' ? 0 : column + 1;
		assert_in_range(column, 0, 999);
	}
	free(mail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_is_written_to_the_byte),
		cmocka_unit_test(the_text_says_it_in_japanese_and_english),
		cmocka_unit_test(a_delay_says_until_when_it_is_tried),
		cmocka_unit_test(hostile_addresses_stay_in_their_line),
		cmocka_unit_test(an_address_beyond_ascii_is_spelt_out),
		cmocka_unit_test(what_cannot_be_told_is_refused),
		cmocka_unit_test(no_line_is_longer_than_smtp_allows),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
