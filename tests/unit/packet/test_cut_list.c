/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of cuts: what is written is read, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/base/digest.h"
#include "../../../gateway/packet/cut_list.h"

static struct cut_list list, again;

static void
add(enum cut_kind kind, const char *name, const char *reason)
{
	struct cut cut = { .kind = kind, .since_ms = 1790000000000u,
	    .uid = 1000, .who = "tanaka" };

	snprintf(cut.name, sizeof(cut.name), "%s", name);
	snprintf(cut.reason, sizeof(cut.reason), "%s", reason);
	assert_int_equal(cut_list_add(&list, &cut, NULL), OK);
}

static struct buf
printed(void)
{
	struct buf out;

	buf_init(&out, CUT_LIST_BYTES_MAX);
	assert_int_equal(cut_list_print(&list, &out), OK);
	return out;
}

static struct buf
three(void)
{
	list.n = 0;
	add(CUT_SEGMENT, "internet", "ransomware");
	add(CUT_RULE, "\xe9\x9b\xbb\xe5\xad\x90\xe7\x94\xb3\xe5\x91\x8a", "");
	add(CUT_RULE, "internet", "a rule of the same name");
	return printed();
}

/* The digest of these lines behind them. */
static enum err
parse_lines(const char *lines)
{
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	struct buf text;
	enum err err;

	digest_span(span_str(lines), digest);
	digest_hex(digest, hex);
	buf_init(&text, CUT_LIST_BYTES_MAX);
	assert_int_equal(buf_printf(&text, "%ssha256 %s\n", lines, hex), OK);
	err = cut_list_parse(buf_span(&text), &again, NULL);
	buf_fini(&text);
	return err;
}

static void
what_is_written_is_read(void **state)
{
	struct buf text = three();

	(void)state;
	assert_int_equal(cut_list_parse(buf_span(&text), &again, NULL), OK);
	assert_int_equal(again.n, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(again.cuts[i].kind, list.cuts[i].kind);
		assert_string_equal(again.cuts[i].name, list.cuts[i].name);
		assert_string_equal(again.cuts[i].reason,
		    list.cuts[i].reason);
		assert_string_equal(again.cuts[i].who, "tanaka");
		assert_int_equal(again.cuts[i].uid, 1000);
		assert_int_equal(again.cuts[i].since_ms, 1790000000000u);
	}
	buf_fini(&text);
}

static void
no_cuts_are_a_list_too(void **state)
{
	struct buf text;

	(void)state;
	list.n = 0;
	text = printed();
	again.n = 7;
	assert_int_equal(cut_list_parse(buf_span(&text), &again, NULL), OK);
	assert_int_equal(again.n, 0);
	buf_fini(&text);
}

static void
every_truncation_is_damage(void **state)
{
	struct buf text = three();

	(void)state;
	for (size_t len = 0; len < text.len; len++) {
		assert_int_equal(cut_list_parse(span_sub(buf_span(&text), 0,
		    len), &again, NULL), ERR_INPUT);
		assert_int_equal(again.n, 0);
	}
	assert_int_equal(buf_add_byte(&text, '\n'), OK);
	assert_int_equal(cut_list_parse(buf_span(&text), &again, NULL),
	    ERR_INPUT);
	buf_fini(&text);
}

static void
every_changed_byte_is_damage(void **state)
{
	struct buf text = three();

	(void)state;
	for (size_t i = 0; i < text.len; i++) {
		text.ptr[i] ^= 0x20;
		assert_int_equal(cut_list_parse(buf_span(&text), &again,
		    NULL), ERR_INPUT);
		text.ptr[i] ^= 0x20;
	}
	buf_fini(&text);
}

static void
an_unknown_version_is_not_read(void **state)
{
	struct diag diag;
	struct buf text;

	(void)state;
	assert_int_equal(parse_lines("sekisho-cuts 1\n"), OK);
	assert_int_equal(parse_lines("sekisho-cuts 2\n"), ERR_INPUT);
	assert_int_equal(parse_lines(""), ERR_INPUT);
	list.n = 0;
	text = printed();
	text.ptr[0] = 'S';
	assert_int_equal(cut_list_parse(buf_span(&text), &again, &diag),
	    ERR_INPUT);
	buf_fini(&text);
}

#define RULE	"rule a\nsince_ms 1\nby 0 root\nreason r\n"

static void
lines_that_we_do_not_write_are_damage(void **state)
{
	static const char *const bad[] = {
		"sekisho-cuts 1\nrule a\nsince_ms 1\nby 0 root\n",
		"sekisho-cuts 1\nrule a\nsince_ms x\nby 0 root\nreason r\n",
		"sekisho-cuts 1\nrule a\nsince_ms 1\nby root\nreason r\n",
		"sekisho-cuts 1\nrule \nsince_ms 1\nby 0 root\nreason r\n",
		"sekisho-cuts 1\nhost a\nsince_ms 1\nby 0 root\nreason r\n",
		"sekisho-cuts 1\nrule a\nby 0 root\nsince_ms 1\nreason r\n",
		"sekisho-cuts 1\n" RULE RULE,		/* twice the same */
		"sekisho-cuts 1\n" RULE "\n",
	};

	(void)state;
	assert_int_equal(parse_lines("sekisho-cuts 1\n" RULE), OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse_lines(bad[i]), ERR_INPUT);
		assert_int_equal(again.n, 0);
	}
}

static void
a_name_with_a_newline_is_not_taken(void **state)
{
	struct cut cut = { .kind = CUT_RULE, .name = "a\nb" };

	(void)state;
	list.n = 0;
	assert_int_equal(cut_list_add(&list, &cut, NULL), ERR_INPUT);
	assert_int_equal(list.n, 0);
}

static void
a_full_list_takes_no_more(void **state)
{
	struct cut cut = { .kind = CUT_RULE };
	struct buf text;

	(void)state;
	list.n = 0;
	for (unsigned i = 0; i < CUTS_MAX; i++) {
		snprintf(cut.name, sizeof(cut.name), "rule %u", i);
		memset(cut.reason, 'x', sizeof(cut.reason) - 1);
		assert_int_equal(cut_list_add(&list, &cut, NULL), OK);
	}
	snprintf(cut.name, sizeof(cut.name), "one more");
	assert_int_equal(cut_list_add(&list, &cut, NULL), ERR_LIMIT);
	text = printed();
	assert_int_equal(cut_list_parse(buf_span(&text), &again, NULL), OK);
	assert_int_equal(again.n, CUTS_MAX);
	buf_fini(&text);
}

static void
what_is_removed_is_gone_and_the_others_stay(void **state)
{
	struct buf text = three();

	(void)state;
	buf_fini(&text);
	cut_list_remove(&list, CUT_SEGMENT, SPAN("internet"));
	assert_int_equal(list.n, 2);
	assert_null(cut_list_find(&list, CUT_SEGMENT, SPAN("internet")));
	assert_non_null(cut_list_find(&list, CUT_RULE, SPAN("internet")));
	cut_list_remove(&list, CUT_RULE, SPAN("internet"));
	assert_int_equal(list.n, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(no_cuts_are_a_list_too),
		cmocka_unit_test(every_truncation_is_damage),
		cmocka_unit_test(every_changed_byte_is_damage),
		cmocka_unit_test(an_unknown_version_is_not_read),
		cmocka_unit_test(lines_that_we_do_not_write_are_damage),
		cmocka_unit_test(a_name_with_a_newline_is_not_taken),
		cmocka_unit_test(a_full_list_takes_no_more),
		cmocka_unit_test(what_is_removed_is_gone_and_the_others_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
