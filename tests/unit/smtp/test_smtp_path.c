/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths: what is an address, and what stands behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/smtp/smtp_path.h"

#define L64 \
	"0123456789012345678901234567890123456789012345678901234567890123"
#define LABEL63 \
	"a23456789012345678901234567890123456789012345678901234567890123"

static void
a_path_gives_address_and_domain(void **state)
{
	static const struct {
		const char	*path;
		const char	*whole;
		const char	*domain;
		bool		 utf8;
	} good[] = {
		{ "<>", "", "", false },
		{ "<a@b.example>", "a@b.example", "b.example", false },
		{ "<a+b=c{d}'e@b>", "a+b=c{d}'e@b", "b", false },
		{ "<@x.example,@y:a@b>", "a@b", "b", false },
		{ "<@[192.0.2.1]:a@b>", "a@b", "b", false },
		{ "<a@[192.0.2.1]>", "a@[192.0.2.1]", "[192.0.2.1]", false },
		{ "<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]",
		    "[IPv6:2001:db8::1]", false },
		{ "<\"a b\"@c>", "\"a b\"@c", "c", false },
		{ "<\"a>b@c\"@d>", "\"a>b@c\"@d", "d", false },
		{ "<\"a\\\"b\\\\\"@c>", "\"a\\\"b\\\\\"@c", "c", false },
		{ "<\"\"@c>", "\"\"@c", "c", false },
		{ "<PostMaster>", "PostMaster", "", false },
		{ "<a..b.@docomo.example>", "a..b.@docomo.example",
		    "docomo.example", false },
		{ "<.a@b>", ".a@b", "b", false },
		{ "<\xe5\xb1\xb1@\xe4\xbe\x8b.example>",
		    "\xe5\xb1\xb1@\xe4\xbe\x8b.example",
		    "\xe4\xbe\x8b.example", true },
		{ "<a@x_y.example>", "a@x_y.example", "x_y.example", false },
		{ "<" L64 "@b>", L64 "@b", "b", false },
		{ "<a@" LABEL63 ".jp>", "a@" LABEL63 ".jp", LABEL63 ".jp",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct span rest = span_str(good[i].path);
		struct smtp_address a;

		if (!smtp_path_take(&rest, &a) || rest.len != 0)
			fail_msg("refused: %s", good[i].path);
		assert_true(span_equal(a.whole, span_str(good[i].whole)));
		assert_true(span_equal(a.domain, span_str(good[i].domain)));
		assert_int_equal(a.utf8, good[i].utf8);
		assert_int_equal(smtp_mailbox_parse(a.whole, &a),
		    a.whole.len > 0);
	}
}

static void
what_is_no_path_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "a@b", "<", "<a", "<a@", "<a@b", "<@b>", "<a>", "< a@b>",
		"<a@b >", "<a b@c>", "<a@b@c>", "<a@.b>", "<a@b.>", "<a@b..c>",
		"<a@-b>", "<a@b->", "<a@b,c>", "<a<b@c>", "<a@b<c>", "<(x)a@b>",
		"<a@[192.0.2]>", "<a@[192.0.2.1>", "<a@[]>", "<a@[x:1]>",
		"<a@[2001:db8::1]>", "<a@[IPv6:192.0.2.1]>", "<a@[1.2.3.4]x>",
		"<\"a@b>", "<\"a\"b@c>", "<\"a\\\"@b>", "<\"a\tb\"@c>",
		"<\"a\x7f\"@c>", "<@x@y:a@b>", "<@x,:a@b>", "<@x:>", "<@x>",
		"<@:a@b>", "<a:b@c>", "<a;b@c>", "<a\\b@c>",
		"<" L64 "x@b>", "<a@" LABEL63 "4.jp>",
		/* not UTF-8, controls, invisible and turning characters */
		"<\xff@b>", "<a\xc0\xaf@b>", "<a@b\xed\xa0\x80>",
		"<a\xc2\x85@b>", "<a\xe2\x80\xae@b>", "<a@b\xe2\x80\x8b.jp>",
		"<a\xef\xbb\xbf@b>", "<a\xe2\x80\xa8@b>", "<a\xef\xbf\xbd@b>",
		"<postmaster@>", "<postmaste>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct span rest = span_str(bad[i]);
		struct smtp_address a;

		if (smtp_path_take(&rest, &a) && rest.len == 0)
			fail_msg("accepted: %s", bad[i]);
	}
}

static void
a_domain_is_at_most_255_bytes(void **state)
{
	char text[300];
	struct smtp_address a;
	int n;

	(void)state;
	n = snprintf(text, sizeof(text), "a@%s.%s.%s.%s", LABEL63, LABEL63,
	    LABEL63, LABEL63);
	assert_int_equal(n, 2 + 255);
	assert_true(smtp_mailbox_parse(span_str(text), &a));
	n = snprintf(text, sizeof(text), "a@%s.%s.%s.b.%s", LABEL63, LABEL63,
	    LABEL63, LABEL63);
	assert_int_equal(n, 2 + 257);
	assert_false(smtp_mailbox_parse(span_str(text), &a));
}

static void
what_follows_the_path_stays(void **state)
{
	struct span rest = SPAN("<a@b> SIZE=1");
	struct smtp_address a;

	(void)state;
	assert_true(smtp_path_take(&rest, &a));
	assert_true(span_equal(rest, SPAN(" SIZE=1")));
}

static void
a_hello_name_is_a_name_or_a_literal(void **state)
{
	(void)state;
	assert_true(smtp_hello_check(SPAN("mail.example")));
	assert_true(smtp_hello_check(SPAN("[192.0.2.1]")));
	assert_true(smtp_hello_check(SPAN("[IPv6:2001:db8::1]")));
	assert_true(smtp_hello_check(SPAN("pc_1")));
	assert_false(smtp_hello_check(SPAN("")));
	assert_false(smtp_hello_check(SPAN("a<b")));
	assert_false(smtp_hello_check(SPAN("a(b)")));
	assert_false(smtp_hello_check(SPAN("a\xff")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_gives_address_and_domain),
		cmocka_unit_test(what_is_no_path_is_refused),
		cmocka_unit_test(a_domain_is_at_most_255_bytes),
		cmocka_unit_test(what_follows_the_path_stays),
		cmocka_unit_test(a_hello_name_is_a_name_or_a_literal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
