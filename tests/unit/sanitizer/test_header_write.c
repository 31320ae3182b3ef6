/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses, dates and whole headers in the one form that we write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../../sanitizer/header_address.h"
#include "../../../sanitizer/header_date.h"
#include "../../../sanitizer/header_write.h"
#include "../../../sanitizer/report.h"

/* ---- addresses ---- */

static const struct {
	const char	*raw, *wanted;
	unsigned	 dropped;
} lists[] = {
	{ "a@example.jp", "<a@example.jp>", 0 },
	{ "<a@example.jp>", "<a@example.jp>", 0 },
	{ " Taro Yamada <a@example.jp> ", "Taro Yamada <a@example.jp>", 0 },
	{ "\"Yamada, Taro\" <a@example.jp>",
	    "=?UTF-8?B?WWFtYWRhLCBUYXJv?= <a@example.jp>", 0 },
	{ "a@example.jp (Taro)", "Taro <a@example.jp>", 0 },
	{ "(x (y) z) a@example.jp", "=?UTF-8?B?eCAoeSkgeg==?= <a@example.jp>",
	    0 },
	{ "a@example.jp, b@example.jp", "<a@example.jp>, <b@example.jp>", 0 },
	{ "a@example.jp; b@example.jp", "<a@example.jp>, <b@example.jp>", 0 },
	{ "G: a@example.jp, b@example.jp;, c@example.jp",
	    "<a@example.jp>, <b@example.jp>, <c@example.jp>", 0 },
	{ "undisclosed-recipients:;", "", 0 },
	{ "<>", "", 0 },
	{ "<@r.example,@s.example:a@example.jp>", "<a@example.jp>", 0 },
	{ "mailto:a@example.jp", "<a@example.jp>", 0 },
	{ "taro..y.@docomo.example", "<\"taro..y.\"@docomo.example>", 0 },
	{ "\"a b\"@example.jp", "", 1 },
	{ "\"a\\\"b\"@example.jp", "", 1 },
	{ "\"quoted\"@example.jp", "<quoted@example.jp>", 0 },
	{ "a@[192.0.2.1]", "<a@[192.0.2.1]>", 0 },
	{ "a@[IPv6:2001:db8::1]", "<a@[IPv6:2001:db8::1]>", 0 },
	{ "a@example.jp.", "<a@example.jp>", 0 },
	{ "just a name", "", 1 },
	{ "a@exa mple.jp", "", 1 },
	{ "山田@例え.jp", "", 1 },
	{ "a@-_.jp", "<a@-_.jp>", 0 },
	{ "a@.jp", "", 1 },
	{ "=?iso-2022-jp?B?GyRCOzNFRBsoQg==?= <a@example.jp>",
	    "=?UTF-8?B?5bGx55Sw?= <a@example.jp>", 0 },
	{ "\x1b$B;3ED\x1b(B <a@example.jp>",
	    "=?UTF-8?B?5bGx55Sw?= <a@example.jp>", 0 },
	{ "A <a@example.jp> B <b@example.jp>",
	    "A <a@example.jp>, B <b@example.jp>", 0 },
	{ "evil\r\nBcc: x@y <a@example.jp>", NULL, 0 },
};

static void
lists_are_read_as_people_write_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		unsigned written, dropped;
		struct buf out;

		buf_init(&out, 65536);
		assert_int_equal(address_list(span_str(lists[i].raw), 1000,
		    &out, &written, &dropped), OK);
		if (lists[i].wanted != NULL &&
		    (!span_equal(buf_span(&out), span_str(lists[i].wanted)) ||
		    dropped != lists[i].dropped))
			fail_msg("%s: %.*s, %u dropped", lists[i].raw,
			    (int)out.len, (const char *)out.ptr, dropped);
		assert_true(span_find_byte(buf_span(&out), '\n') == out.len);
		buf_fini(&out);
	}
}

static void
an_address_is_never_changed_into_another(void **state)
{
	static const char *const raws[] = { "\"b c\"@example.jp",
	    "\"x y@evil.example\" ", "a@b@example.jp", "a,b@example.jp" };
	static const char *const never[] = { "c@example.jp", "evil.example",
	    "<a@b>", "<a@" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		unsigned written, dropped;
		struct buf out;

		buf_init(&out, 4096);
		assert_int_equal(address_list(span_str(raws[i]), 9, &out,
		    &written, &dropped), OK);
		assert_int_equal(span_find(buf_span(&out),
		    span_str(never[i])), out.len);
		buf_fini(&out);
	}
}

static void
more_than_the_maximum_is_counted(void **state)
{
	unsigned written, dropped;
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(address_list(SPAN("a@x.jp, b@x.jp, c@x.jp"), 1, &out,
	    &written, &dropped), OK);
	assert_true(span_equal(buf_span(&out), SPAN("<a@x.jp>")));
	assert_int_equal(written, 1);
	assert_int_equal(dropped, 2);
	buf_fini(&out);
}

/* ---- dates ---- */

static const struct {
	const char *raw, *wanted;
} dates[] = {
	{ "Sun, 22 Nov 2026 10:00:00 +0900",
	    "Sun, 22 Nov 2026 10:00:00 +0900" },
	{ "Mon, 22 Nov 2026 10:00 JST (Japan)",
	    "Sun, 22 Nov 2026 10:00:00 +0900" },
	{ "22 Nov 26 10:00:00 GMT", "Sun, 22 Nov 2026 10:00:00 +0000" },
	{ "1 January 1999 1:02:03 -0530", "Fri, 01 Jan 1999 01:02:03 -0530" },
	{ "Thu Jan  1 00:00:01 1970", "Thu, 01 Jan 1970 00:00:01 +0000" },
	{ "29 Feb 2024 12:00:60 EST", "Thu, 29 Feb 2024 12:00:60 -0500" },
	{ "22-Nov-2026 10:00:00.123 +0900",
	    "Sun, 22 Nov 2026 10:00:00 +0900" },
	{ "29 Feb 2026 12:00:00 +0000", NULL },
	{ "32 Nov 2026 12:00:00 +0000", NULL },
	{ "22 Nov 2026 24:00:00 +0000", NULL },
	{ "22 Nov 2026 10:00:00 +9999", NULL },
	{ "22 Nov 1899 10:00:00 +0000", NULL },
	{ "22 Nov 2026", NULL }, { "", NULL }, { "soon", NULL },
	{ "2026-11-22T10:00:00Z", NULL },
};

static void
dates_are_read_and_written_anew(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		char text[HEADER_DATE_BYTES] = "";
		bool good = header_date(span_str(dates[i].raw), text);

		if (good != (dates[i].wanted != NULL) ||
		    (good && strcmp(text, dates[i].wanted) != 0))
			fail_msg("%s: %s", dates[i].raw, text);
	}
}

/* ---- headers ---- */

static struct mime_field fields[32];
static size_t fields_n;
static struct mime_part mail;

static int
clear(void **state)
{
	(void)state;
	setenv("TZ", "JST-9", 1);
	tzset();
	fields_n = 0;
	memset(&mail, 0, sizeof(mail));
	return 0;
}

static void
field(const char *name, const char *value)
{
	fields[fields_n] = (struct mime_field){ span_str(name),
	    span_str(value), NULL };
	if (fields_n > 0)
		fields[fields_n - 1].next = &fields[fields_n];
	else
		mail.fields = &fields[0];
	fields_n++;
}

static void
expect(const struct header_summary *top, const char *wanted)
{
	const struct sanitizer_job job = { .id = 0x2812c6c8000001ull,
	    .received_ms = 1795309200000ull, .gateway = SPAN("gw.example.jp"),
	    .helo = SPAN("bad\r\nhelo"), .peer = SPAN("192.0.2.5"),
	    .protocol = SPAN("esmtp") };
	struct buf out, removed;

	buf_init(&out, 65536);
	buf_init(&removed, REMOVED_BYTES_MAX);
	assert_int_equal(header_write(&mail, &job, top, &out, &removed), OK);
	assert_int_equal(buf_add_byte(&out, 0), OK);
	if (strstr((const char *)out.ptr, wanted) == NULL)
		fail_msg("no \"%s\" in \"%s\"", wanted, (char *)out.ptr);
	buf_fini(&out);
	buf_fini(&removed);
}

static const struct header_summary safe = { .outcome = "safe", .kept = 1,
    .flags = 1u << MIME_BARE_CR | 1u << MIME_TWO_BOUNDARIES };

static void
what_is_not_listed_is_not_written(void **state)
{
	struct buf out, removed;
	const struct sanitizer_job job = { .gateway = SPAN("gw") };

	(void)state;
	field("X-Evil", "1");
	field("Bcc", "a@example.jp");
	field("Disposition-Notification-To", "a@example.jp");
	field("Subject", "x");
	buf_init(&out, 65536);
	buf_init(&removed, REMOVED_BYTES_MAX);
	assert_int_equal(header_write(&mail, &job, NULL, &out, &removed), OK);
	assert_true(span_equal(buf_span(&out), SPAN("MIME-Version: 1.0\r\n"
	    "From: <unknown@unknown.invalid>\r\nSubject: x\r\n")));
	buf_fini(&out);
	buf_fini(&removed);
}

static void
our_received_line_trusts_nobody(void **state)
{
	(void)state;
	expect(&safe, "Received: from unknown ([192.0.2.5]) by gw.example.jp "
	    "(Sekisho) with SMTP id\r\n");
	expect(&safe, "; Sun, 22 Nov 2026 10:00:00 +0900\r\n");
}

static void
the_summary_names_the_flags(void **state)
{
	(void)state;
	expect(&safe, "flags=two-boundaries,bare-cr\r\n");
	expect(&safe, "outcome=safe; kept=1; rebuilt=0;");
}

static void
earlier_hops_are_counted_without_their_names(void **state)
{
	(void)state;
	field("Received", "from a by b; Sun, 22 Nov 2026 09:00:00 +0900");
	field("received", "nonsense");
	expect(&safe,
	    "Received: by hop.invalid; Sun, 22 Nov 2026 09:00:00 +0900\r\n"
	    "Received: by hop.invalid; Sun, 22 Nov 2026 10:00:00 +0900\r\n");
}

static void
the_first_of_two_fields_counts(void **state)
{
	(void)state;
	field("From", "a@example.jp");
	field("From", "b@evil.example");
	field("Subject", "one");
	field("Subject", "two");
	expect(NULL, "From: <a@example.jp>\r\nSubject: one\r\n");
}

static void
a_mail_gets_what_it_lacks(void **state)
{
	(void)state;
	expect(&safe, "Date: Sun, 22 Nov 2026 10:00:00 +0900\r\n"
	    "From: <unknown@unknown.invalid>\r\nMessage-ID: <");
	expect(&safe, ".sekisho@gw.example.jp>\r\n");
}

static void
identifiers_are_checked(void **state)
{
	(void)state;
	field("Message-ID", " <a.b$c@x.example> ");
	field("References", "<a@x> junk <b c@x> <c@[192.0.2.1]> <=?x@y>");
	expect(NULL, "Message-ID: <a.b$c@x.example>\r\n"
	    "References: <a@x> <c@[192.0.2.1]>\r\n");
}

static void
list_fields_keep_plain_links_only(void **state)
{
	(void)state;
	field("List-Id", "A list <news.example.jp>");
	field("List-Unsubscribe", "<javascript:x>, <https://example.jp/?a=1>,"
	    " <mailto:x@example.jp>, <ftp://example.jp>");
	expect(NULL, "List-Id: <news.example.jp>\r\nList-Unsubscribe: "
	    "<https://example.jp/?a=1>, <mailto:x@example.jp>\r\n");
}

static void
text_cannot_leave_its_field(void **state)
{
	(void)state;
	field("Subject", "=?utf-8?B?YQ0KQmNjOiB4QHkNCg0KYm9keQ==?=");
	expect(NULL, "Subject: a Bcc: x@y body\r\n");
}

/* The verifier would refuse the whole mail for what it is not. */
static void
the_id_of_a_list_is_a_domain_or_not_there(void **state)
{
	static const char *const ids[][2] = {
		{ "<news@example.jp>", "List-Id: <news.example.jp>\r\n" },
		{ "A (list) <a@b@example.jp>",
		    "List-Id: <a.b.example.jp>\r\n" },
		{ "news.example.jp", "List-Id: <news.example.jp>\r\n" },
		{ "<mailto:leave@example.jp>", NULL },
		{ "<[192.0.2.1]>", NULL }, { "<a@[192.0.2.1]>", NULL },
		{ "<\"a\"@b.jp>", NULL }, { "<@b.jp>", NULL }, { "<>", NULL },
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		clear(state);
		field("List-Id", ids[i][0]);
		if (ids[i][1] != NULL) {
			expect(NULL, ids[i][1]);
			continue;
		}
		field("List-Help", "<https://example.jp/>");
		expect(NULL, "<unknown@unknown.invalid>\r\nList-Help: ");
	}
}

static void
an_id_without_brackets_gets_them(void **state)
{
	(void)state;
	field("Message-ID", " a.b@host ");
	expect(&safe, "\r\nMessage-ID: <a.b@host>\r\n");
}

static bool
lies(void **state, const char *from)
{
	struct buf shown, real;
	bool result;

	clear(state);
	buf_init(&shown, 4096);
	buf_init(&real, 4096);
	field("From", from);
	result = header_lying_sender(&mail, &shown, &real);
	if (result) {
		assert_true(shown.len > 0);
		assert_true(span_ends_nocase(buf_span(&real),
		    SPAN("@evil.example")));
	}
	buf_fini(&shown);
	buf_fini(&real);
	return result;
}

static void
a_lying_sender_is_seen(void **state)
{
	static const char *const lying[] = {
		"\"mayor@town.example.lg.jp\" <x@evil.example>",
		"\"mayor@town.example.lg.jp @\" <x@evil.example>",
		"\"mayor @ town.example.lg.jp\" <x@evil.example>",
		"\"x@evil.example mayor@town.example.lg.jp x@evil.example\""
		    " <x@evil.example>",
		"\"mayor＠ｔｏｗｎ．example.lg.jp\" <x@evil.example>",
		"\"総務課(mayor﹫town。example。lg。jp)\" <x@evil.example>",
		"\"x@еvil.example\" <x@evil.example>",	/* Cyrillic */
		"\"mayor@town\xe2\x80\x8b.example.lg.jp\" <x@evil.example>",
		"=?utf-8?B?bWF5b3JAdG93bi5sZy5qcA0KQmNjOiB4QHk=?= "
		    "<x@evil.example>",
		"mayor@town.example.lg.jp@evil.example",
		"mayor@town.example.lg.jp <x@evil.example>",
	};

	for (size_t i = 0; i < sizeof(lying) / sizeof(lying[0]); i++)
		if (!lies(state, lying[i]))
			fail_msg("not seen: %s", lying[i]);
}

static void
an_honest_sender_is_not_accused(void **state)
{
	static const char *const honest[] = {
		"\"x@Evil.example\" <x@evil.EXAMPLE>",
		"\"x@evil.example(総務課)\" <x@evil.example>",
		"\"総務課。@担当\" <x@evil.example>",
		"\"A @ B\" <x@evil.example>",
		"\"@user\" <x@evil.example>",
		"x@evil.example",
		"総務課 <x@evil.example>",
		"nobody",
	};

	for (size_t i = 0; i < sizeof(honest) / sizeof(honest[0]); i++)
		if (lies(state, honest[i]))
			fail_msg("accused: %s", honest[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read_as_people_write_them),
		cmocka_unit_test(an_address_is_never_changed_into_another),
		cmocka_unit_test(more_than_the_maximum_is_counted),
		cmocka_unit_test(dates_are_read_and_written_anew),
		cmocka_unit_test_setup(what_is_not_listed_is_not_written,
		    clear),
		cmocka_unit_test_setup(our_received_line_trusts_nobody,
		    clear),
		cmocka_unit_test_setup(the_summary_names_the_flags, clear),
		cmocka_unit_test_setup(
		    earlier_hops_are_counted_without_their_names, clear),
		cmocka_unit_test_setup(the_first_of_two_fields_counts, clear),
		cmocka_unit_test_setup(a_mail_gets_what_it_lacks, clear),
		cmocka_unit_test_setup(identifiers_are_checked, clear),
		cmocka_unit_test_setup(list_fields_keep_plain_links_only,
		    clear),
		cmocka_unit_test_setup(text_cannot_leave_its_field, clear),
		cmocka_unit_test_setup(
		    the_id_of_a_list_is_a_domain_or_not_there, clear),
		cmocka_unit_test_setup(an_id_without_brackets_gets_them,
		    clear),
		cmocka_unit_test_setup(a_lying_sender_is_seen, clear),
		cmocka_unit_test_setup(an_honest_sender_is_not_accused, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
