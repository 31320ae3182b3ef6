/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in records are replaced, the rest of a record stays as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../../gateway/audit/audit_mask.h"

#define ALL	(AUDIT_MASK_SENDERS | AUDIT_MASK_RECIPIENTS | \
	AUDIT_MASK_SUBJECTS | AUDIT_MASK_NAMES)

/* openssl dgst -mac HMAC -macopt hexkey:0001...1f of "address\\0taro@a.jp" */
#define KNOWN	"masked-cb4c686fb41a28b6c8b7"

static struct audit_mask mask;
static char text[4096];

static const char *
keep(struct buf *out, enum err err)
{
	assert_int_equal(err, OK);
	assert_true(out->len < sizeof(text));
	if (out->len > 0)
		memcpy(text, out->ptr, out->len);
	text[out->len] = '\0';
	buf_fini(out);
	return text;
}

static const char *
masked(unsigned what, const char *members)
{
	struct buf out;

	buf_init(&out, sizeof(text));
	mask.what = what;
	return keep(&out, audit_mask_members(&mask, span_str(members), &out));
}

static const char *
address(const char *plain)
{
	struct buf out;

	buf_init(&out, sizeof(text));
	return keep(&out, audit_mask_address(&mask, span_str(plain), &out));
}

static int
setup(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(mask.key); i++)
		mask.key[i] = (uint8_t)i;
	return 0;
}


static void
a_name_is_the_beginning_of_an_hmac(void **state)
{
	(void)state;
	assert_string_equal(address("taro@a.jp"), KNOWN "@a.jp");
	assert_string_equal(address("Taro@A.jp"), KNOWN "@A.jp");
	assert_string_not_equal(address("taro@b.jp"), KNOWN "@b.jp");
	assert_string_equal(address(""), "");
	mask.key[0] ^= 1;
	assert_string_not_equal(address("taro@a.jp"), KNOWN "@a.jp");
	mask.key[0] ^= 1;
}

static void
only_what_is_asked_for_is_masked(void **state)
{
	static const char record[] = "\"receipt\":\"R1\","
	    "\"from\":\"taro@a.jp\","
	    "\"to\":[{\"address\":\"taro@a.jp\",\"result\":\"delivered\"}],"
	    "\"subject\":\"taro@a.jp\",\"report\":{\"parts\":[{\"name\":"
	    "\"\",\"out_name\":\"\",\"reason\":\"see taro@a.jp.\"}]},\"n\":1";

	(void)state;
	assert_string_equal(masked(0, record), record);
	assert_string_equal(masked(AUDIT_MASK_NAMES, record), record);
	assert_non_null(strstr(masked(AUDIT_MASK_SENDERS, record),
	    "\"R1\",\"from\":\"" KNOWN "@a.jp\",\"to\":[{\"address\":\"taro@"));
	assert_non_null(strstr(masked(AUDIT_MASK_RECIPIENTS, record),
	    "\"from\":\"taro@a.jp\",\"to\":[{\"address\":\"" KNOWN "@a.jp\","
	    "\"result\":\"delivered\"}],\"subject\":\"taro@a.jp\""));
	assert_null(strstr(masked(ALL, record), "taro"));
	assert_non_null(strstr(text, "\"subject\":\"masked-"));
	assert_non_null(strstr(text, "\"n\":1"));
	assert_true(audit_members_are_good(span_str(text)));
	/* of a flow */
	assert_string_equal(masked(ALL, "\"from\":\"10.20.1.5\""),
	    "\"from\":\"10.20.1.5\"");
}

static void
file_names_keep_their_kind(void **state)
{
	(void)state;
	(void)masked(ALL, "\"report\":{\"name\":\"見積 山田.xlsx\",\"out_name\":\"a.b.c\","
	    "\"removed\":[{\"what\":\"exif\",\"where\":\"RIFF\"},"
	    "{\"what\":\"vba\",\"where\":\"山田.doc\"}],\"x\":\".gz\"},\"name\":\"a.b\"");
	assert_null(strstr(text, "山田"));
	assert_non_null(strstr(text, ".xlsx\",\"out_name\":\"masked-"));
	assert_non_null(strstr(text, ".c\",\"removed\""));
	assert_non_null(strstr(text, "\"where\":\"RIFF\""));
	assert_non_null(strstr(text,
	    ".doc\"}],\"x\":\".gz\"},\"name\":\"a.b\""));
}

static void
how_a_string_is_written_makes_no_difference(void **state)
{
	static const char *const ways[] = {
		"\"from\":\"t\\u0061ro@a.jp\"", "\"from\":\"TARO@a.jp\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		assert_string_equal(masked(ALL, ways[i]),
		    "\"from\":\"" KNOWN "@a.jp\"");
	/* quotes, lone and paired surrogates, controls */
	(void)masked(ALL, "\"from\":\"\\\"a\\\\b\\\"@a.jp\",\"to\":"
	    "\"\\ud83d\\ude00@a.jp\",\"reason\":\"\\ud83d a\\u0001\\\"b\"");
	assert_true(audit_members_are_good(span_str(text)));
	assert_non_null(strstr(text, "a\\u0001\\\"b\""));
}

static void
arrays_are_what_their_key_is(void **state)
{
	(void)state;
	(void)masked(AUDIT_MASK_RECIPIENTS, "\"to\":[\"taro@a.jp\",[\"taro"
	    "@a.jp\"],{\"n\":\"taro@a.jp\"},\"taro@a.jp\"],\"a\":\"taro@\"");
	assert_string_equal(text, "\"to\":[\"" KNOWN "@a.jp\",[\"" KNOWN
	    "@a.jp\"],{\"n\":\"taro@a.jp\"},\"" KNOWN "@a.jp\"],"
	    "\"a\":\"taro@\"");
}

static void
what_is_no_record_is_refused(void **state)
{
	static const char *const bad[] = { "\"from\":\"a", "{", "\"a\":[}",
	    "\"from\"", "\"from\":\"\\u12\"", "\"from\":\"\x80\"" };
	struct buf out;

	(void)state;
	mask.what = ALL;
	buf_init(&out, 100);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(audit_mask_members(&mask, span_str(bad[i]),
		    &out), ERR_INPUT);
	assert_int_equal(audit_mask_members(&mask, SPAN("\"from\":\"a@b\","
	    "\"to\":\"a@b\",\"subject\":\"a\",\"n\":\"c\""),
	    &out), ERR_LIMIT);
	assert_int_equal(out.len, 0);
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_the_beginning_of_an_hmac),
		cmocka_unit_test(only_what_is_asked_for_is_masked),
		cmocka_unit_test(file_names_keep_their_kind),
		cmocka_unit_test(how_a_string_is_written_makes_no_difference),
		cmocka_unit_test(arrays_are_what_their_key_is),
		cmocka_unit_test(what_is_no_record_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
