/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of the log, what may stand in them, and seals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../../gateway/audit/audit_record.h"
#include "../../../gateway/audit/audit_seal.h"

#define ZEROS	"00000000000000000000000000000000" \
		"00000000000000000000000000000000"

static void
lines_are_chained_by_what_sha256sum_says(void **state)
{
	/* printf '%s\n' LINE | sha256sum */
	static const char first[] = "{\"seq\":1,\"prev\":\"" ZEROS "\","
	    "\"time\":\"2026-11-27T12:00:00.042+09:00\",\"type\":\"start\"}\n";
	struct audit_head head = { 0 };
	uint8_t hash[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	struct audit_line line;
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(audit_record_add(&out, &head, AUDIT_START,
	    1795748400042ull, SPAN("")), OK);
	assert_true(span_equal(buf_span(&out), span_str(first)));
	buf_clear(&out);
	assert_int_equal(audit_record_add(&out, &head, AUDIT_MAIL,
	    1795748400043ull, SPAN("\"receipt\":\"R1\",\"parts\":[]")), OK);
	assert_int_equal(head.seq, 2);
	assert_true(audit_line_read(span_sub(buf_span(&out), 0, out.len - 1),
	    &line));
	digest_span(span_str(first), hash);
	assert_memory_equal(line.prev, hash, DIGEST_BYTES);
	digest_hex(hash, hex);
	assert_string_equal(hex, "de8ac9a396d7254e8cbb43c4263ed0ca"
	    "e58802e6463711241b1cd0ad906764f4");
	assert_true(span_equal(line.type, SPAN("mail")));
	assert_true(span_equal(line.members,
	    SPAN("\"receipt\":\"R1\",\"parts\":[]")));
	buf_fini(&out);
}

static void
members_are_json_and_not_ours(void **state)
{
	static const char *const good[] = { "", "\"a\":1", "\"a\":\"\\u3042\"",
		"\"a\":[],\"b\":{}", "\"a\":[1,-2.5e+3,true,null,\"x\"]",
		"\"r\":{\"seq\":1,\"type\":\"x\"}", "\"名\":\"見積\\n\"",
		"\"a\":[[[[{\"b\":[{}]}]]]]", "\"a\":0,\"b\":0.5" };
	static const char *const bad[] = { "a", "\"a\"", "\"a\":", "\"a\":1,",
		",\"a\":1", "\"a\":1}", "\"a\":1]", "\"a\":[1}", "\"a\":{1]",
		"\"a\":1\n", "\"a\":\"\n\"", "\"a\":\"\x7f\"",
		"\"a\":\"\xff\"", "\"a\":\"\\x\"", "\"a\":\"\\u12g4\"",
		"\"a\":\"", "\"a\": 1", "\"seq\":1", "\"a\":1,\"type\":\"x\"",
		"\"prev\":1", "\"time\":1", "\"s\\u0065q\":1", "\"a\":01",
		"\"a\":1.", "\"a\":1e", "\"a\":-", "\"a\":tru", "\"a\":[1,]",
		"\"a\":{\"b\":1,}", "\"a\":[", "\"a\":{", "\"a\":[,1]",
		"\"a\":{,}", "\"a\":1 \"b\":2", "\"a\"1", "\"a\":\"\\" };
	char deep[200];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!audit_members_are_good(span_str(good[i])))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (audit_members_are_good(span_str(bad[i])))
			fail_msg("taken: %s", bad[i]);
	/* the object itself is a level */
	strcpy(deep, "\"a\":");
	memset(deep + 4, '[', AUDIT_DEPTH_MAX);
	memset(deep + 4 + AUDIT_DEPTH_MAX, ']', AUDIT_DEPTH_MAX);
	deep[4 + 2 * AUDIT_DEPTH_MAX] = '\0';
	assert_false(audit_members_are_good(span_str(deep)));
	memmove(deep + 4, deep + 5, strlen(deep + 4));
	deep[strlen(deep) - 1] = '\0';
	assert_true(audit_members_are_good(span_str(deep)));
}

static void
members_are_taken_one_by_one(void **state)
{
	struct span members = SPAN("\"a\":\"x,\\\"y\",\"b\":[1,{\"c\":2}],"
	    "\"d\":-1,\"e\":\"last\""), key, value;
	static const char *const wanted[][2] = { { "a", "\"x,\\\"y\"" },
		{ "b", "[1,{\"c\":2}]" }, { "d", "-1" },
		{ "e", "\"last\"" } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_true(audit_member_next(&members, &key, &value));
		assert_true(span_equal(key, span_str(wanted[i][0])));
		assert_true(span_equal(value, span_str(wanted[i][1])));
	}
	assert_false(audit_member_next(&members, &key, &value));
}

static void
what_is_no_good_changes_nothing(void **state)
{
	struct audit_head head = { .seq = 6 };
	struct buf out;

	(void)state;
	buf_init(&out, 200);
	assert_int_equal(audit_record_add(&out, &head, AUDIT_FLOW, 0,
	    SPAN("\"a\":1},{\"seq\":8")), ERR_INPUT);
	assert_int_equal(audit_record_add(&out, &head, AUDIT_FLOW, 0,
	    SPAN("\"a\":1")), OK);
	assert_int_equal(head.seq, 7);
	assert_int_equal(audit_record_add(&out, &head, AUDIT_FLOW, 0,
	    SPAN("\"a\":2")), ERR_LIMIT);
	assert_int_equal(head.seq, 7);
	assert_int_equal(out.ptr[out.len - 1], '\n');
	buf_fini(&out);
}

static void
a_line_begins_as_records_do(void **state)
{
	static const char *const bad[] = { "", "{}", "{\"seq\":0,\"prev\":\""
	    ZEROS "\",\"time\":\"t\",\"type\":\"x\"}", "{\"seq\":1,\"prev\":\""
	    ZEROS "\",\"time\":\"t\",\"type\":\"x\"", "{\"seq\":1,\"prev\":\"0"
	    ZEROS "\",\"time\":\"t\",\"type\":\"x\"}", "{\"seq\":1,\"prev\":\""
	    ZEROS "\",\"type\":\"x\",\"time\":\"t\"}", "{\"seq\":1,\"prev\":\""
	    ZEROS "\",\"time\":\"t\",\"type\":\"x\",}", "{\"seq\":1,\"prev\":"
	    "\"" ZEROS "\",\"time\":\"t\",\"type\":\"x\" ,\"a\":1}" };
	struct audit_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (audit_line_read(span_str(bad[i]), &line))
			fail_msg("taken: %s", bad[i]);
	assert_true(audit_line_read(SPAN("{\"seq\":1,\"prev\":\"" ZEROS
	    "\",\"time\":\"t\",\"type\":\"x\"}"), &line));
	assert_int_equal(line.members.len, 0);
}

static void
a_seal_is_of_one_key_and_one_text(void **state)
{
	struct audit_key *key = audit_key_new(), *other = audit_key_new();
	struct audit_seal seal = { .file = "audit-00000001-20261127.log",
		.first = 1, .bytes = 900, .last = { .seq = 9 } }, got;
	struct buf text, pem;

	(void)state;
	buf_init(&text, AUDIT_SEAL_BYTES_MAX);
	buf_init(&pem, AUDIT_SEAL_BYTES_MAX);
	assert_int_equal(audit_seal_text(&seal, 0, key, &text), OK);
	assert_int_equal(audit_seal_read(buf_span(&text), key, &got), OK);
	assert_int_equal(got.last.seq, 9);
	assert_string_equal(got.file, seal.file);
	assert_int_equal(audit_seal_read(buf_span(&text), NULL, &got), OK);
	assert_int_equal(audit_seal_read(buf_span(&text), other, &got),
	    ERR_POLICY);
	/* no byte of it can be another one */
	for (size_t i = 0; i < text.len; i++) {
		text.ptr[i] ^= 1;
		assert_int_not_equal(audit_seal_read(buf_span(&text), key,
		    &got), OK);
		text.ptr[i] ^= 1;
	}
	/* the public half by way of its file */
	assert_int_equal(audit_key_pem(key, false, &pem), OK);
	audit_key_free(other);
	assert_non_null(other = audit_key_read(buf_span(&pem)));
	assert_int_equal(audit_seal_read(buf_span(&text), other, &got), OK);
	assert_int_equal(audit_seal_text(&seal, 0, other, &pem), ERR_SYSTEM);
	audit_key_free(key);
	audit_key_free(other);
	buf_fini(&text);
	buf_fini(&pem);
}

static int
setup(void **state)
{
	(void)state;
	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_chained_by_what_sha256sum_says),
		cmocka_unit_test(members_are_json_and_not_ours),
		cmocka_unit_test(members_are_taken_one_by_one),
		cmocka_unit_test(what_is_no_good_changes_nothing),
		cmocka_unit_test(a_line_begins_as_records_do),
		cmocka_unit_test(a_seal_is_of_one_key_and_one_text),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
