/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../../gateway/base/receipt.h"
#include "../../../gateway/search/search_wish.h"

#define HEAD	"{\"seq\":7,\"prev\":\"00000000000000000000000000000000" \
    "00000000000000000000000000000000\",\"time\":" \
    "\"2026-11-27T09:00:00.123+09:00\",\"type\":"

/* Keys as "kind:value" in one line; an address as its bytes in hex. */
struct told {
	char	text[4096];
};

static enum err
take(void *arg, struct span key)
{
	struct told *told = arg;
	size_t at = strlen(told->text);
	bool bytes = key.ptr[0] == SEARCH_ADDRESS ||
	    key.ptr[0] == SEARCH_RECEIPT;

	if (at > sizeof(told->text) / 2)
		return OK;
	at += (size_t)snprintf(told->text + at, sizeof(told->text) - at,
	    "%c:", key.ptr[0]);
	for (size_t i = 1; i < key.len; i++)
		at += (size_t)snprintf(told->text + at, sizeof(told->text) -
		    at, bytes ? "%02x" : "%c", key.ptr[i]);
	snprintf(told->text + at, sizeof(told->text) - at, " ");
	return OK;
}

static enum err
keys_of(const char *record, struct told *told)
{
	const struct search_sink sink = { take, told };
	struct audit_line line;

	memset(told, 0, sizeof(*told));
	assert_true(audit_line_read(span_str(record), &line));
	return search_keys(&line, &sink);
}

static void
a_mail_is_found_by_all_that_it_says(void **state)
{
	struct told told;

	(void)state;
	assert_int_equal(keys_of(HEAD "\"mail\",\"receipt\":\"no-receipt\","
	    "\"outcome\":\"bounced in part\",\"reason\":\"not a key\","
	    "\"route\":\"inbound\",\"generation\":1,\"peer\":"
	    "\"::ffff:192.0.2.5\",\"from\":\"A@Example.JP\",\"to\":["
	    "{\"address\":\"x@Town.jp\",\"result\":\"delivered\"},"
	    "{\"result\":\"a\\\"}b\",\"address\":\"nobody\"}],\"bytes\":1,"
	    "\"report\":{\"receipt\":\"other\",\"name\":\"n\"}}", &told), OK);
	assert_string_equal(told.text, "y:mail r:no-receipt "
	    "o:bounced in part u:inbound a:04c0000205 f:A@example.jp "
	    "F:example.jp t:x@town.jp T:town.jp t:nobody ");
}

static void
a_flow_is_found_by_its_ends_and_its_rule(void **state)
{
	struct told told;

	(void)state;
	assert_int_equal(keys_of(HEAD "\"flow\",\"flow\":{\"start_ms\":1,"
	    "\"rule\":\"town.rules:12\",\"name\":\"web\",\"src\":"
	    "\"10.20.0.7\",\"src_port\":1,\"dst\":\"2001:DB8:0::1\","
	    "\"reason\":\"no-rule\"}}", &told), OK);
	assert_string_equal(told.text, "y:flow u:town.rules:12 u:web "
	    "a:040a140007 a:0620010db8000000000000000000000001 o:no-rule ");
}

static void
an_administrators_act_is_found(void **state)
{
	char text[RECEIPT_TEXT_BYTES], record[512];
	uint64_t id = receipt_next(0, 1795748400000u);
	struct told told;

	(void)state;
	assert_int_equal(keys_of(HEAD "\"admin\",\"act\":\"cut\",\"kind\":"
	    "\"address\",\"name\":\"10.0.0.1\",\"by\":\"root\"}", &told), OK);
	assert_string_equal(told.text, "y:admin o:cut u:10.0.0.1 "
	    "a:040a000001 ");
	receipt_text(id, text);
	snprintf(record, sizeof(record), HEAD "\"admin\",\"act\":"
	    "\"held release\",\"receipt\":\"%s\"}", text);
	assert_int_equal(keys_of(record, &told), OK);
	snprintf(record, sizeof(record), "y:admin o:held release R:%016llx ",
	    (unsigned long long)id);
	assert_string_equal(told.text, record);
}

static void
escapes_are_what_they_mean(void **state)
{
	struct told told;

	(void)state;
	assert_int_equal(keys_of(HEAD "\"mail\",\"from\":\"a\\\"b\\\\c\\u0041"
	    "\\u3042\\n@x.jp\"}", &told), OK);
	assert_string_equal(told.text, "y:mail f:a\"b\\cA\xe3\x81\x82\n@x.jp "
	    "F:x.jp ");
}

static void
what_is_no_record_is_told(void **state)
{
	static const char *const bad[] = {
		HEAD "\"mail\",\"from\":\"a\"x}",
		HEAD "\"mail\",\"from\"}",
		HEAD "\"mail\",\"to\":[}",
		HEAD "\"flow\",\"flow\":{\"src\":}}",
	};
	struct told told;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (keys_of(bad[i], &told) != ERR_INPUT)
			fail_msg("%s", bad[i]);
}

static void
a_record_of_too_many_keys_is_none(void **state)
{
	struct buf text;
	struct audit_line line;
	struct told told = { "" };
	struct search_sink sink = { take, &told };
	enum err err = OK;

	(void)state;
	buf_init(&text, AUDIT_LINE_BYTES_MAX);
	assert_int_equal(buf_add_str(&text, HEAD "\"mail\",\"to\":["), OK);
	for (unsigned i = 0; i < SEARCH_KEYS_MAX + 1 && err == OK; i++)
		err = buf_printf(&text, "%s{\"address\":\"%u\"}", i > 0 ?
		    "," : "", i);
	assert_int_equal(err, OK);
	assert_int_equal(buf_add_str(&text, "]}"), OK);
	assert_true(audit_line_read(buf_span(&text), &line));
	assert_int_equal(search_keys(&line, &sink), ERR_INPUT);
	buf_fini(&text);
}

/* ---- wishes ---- */

static bool
fits(enum search_field field, const char *wish_text, enum search_kind kind,
    const char *value)
{
	struct search_wish wish;
	struct search_key key;

	search_wish_init(&wish);
	assert_int_equal(search_wish_by(&wish, field, wish_text, NULL), OK);
	assert_true(search_key_make(kind, span_str(value), &key));
	return search_range_has(&wish.by[field], search_key_span(&key));
}

static void
a_wish_fits_what_it_names(void **state)
{
	static const struct {
		enum search_field field;
		const char	*wish;
		enum search_kind kind;
		const char	*value;
		bool		 fits;
	} rows[] = {
		{ SEARCH_BY_SENDER, "a@EXAMPLE.jp", SEARCH_SENDER,
		    "a@example.JP", true },
		{ SEARCH_BY_SENDER, "A@example.jp", SEARCH_SENDER,
		    "a@example.jp", false },
		{ SEARCH_BY_SENDER, "a@example.jp", SEARCH_RECIPIENT,
		    "a@example.jp", false },
		{ SEARCH_BY_SENDER, "<>", SEARCH_SENDER, "", true },
		{ SEARCH_BY_SENDER, "@Example.jp", SEARCH_SENDER_DOMAIN,
		    "who@example.jp", true },
		{ SEARCH_BY_SENDER, "@example.jp", SEARCH_SENDER_DOMAIN,
		    "who@sub.example.jp", false },
		{ SEARCH_BY_RECIPIENT, "info@*", SEARCH_RECIPIENT,
		    "info@town.jp", true },
		{ SEARCH_BY_RECIPIENT, "info@*", SEARCH_RECIPIENT,
		    "infoa@town.jp", false },
		{ SEARCH_BY_RECIPIENT, "*", SEARCH_RECIPIENT, "x", true },
		{ SEARCH_BY_RECIPIENT, "*", SEARCH_RECIPIENT_DOMAIN, "x@y",
		    false },
		{ SEARCH_BY_RULE, "a.rules:1", SEARCH_RULE, "a.rules:12",
		    false },
		{ SEARCH_BY_RULE, "a.rules:1*", SEARCH_RULE, "a.rules:12",
		    true },
		{ SEARCH_BY_RULE, "\xff*", SEARCH_RULE, "\xff\xff", true },
		{ SEARCH_BY_RULE, "\xff*", SEARCH_TYPE, "\xff", false },
		{ SEARCH_BY_ADDRESS, "192.0.2.5", SEARCH_ADDRESS,
		    "::ffff:192.0.2.5", true },
		{ SEARCH_BY_ADDRESS, "::ffff:192.0.2.5", SEARCH_ADDRESS,
		    "192.0.2.5", true },
		{ SEARCH_BY_ADDRESS, "::ffff:192.0.2.0/120", SEARCH_ADDRESS,
		    "192.0.2.5", true },
		{ SEARCH_BY_ADDRESS, "2001:db8:0:0::1", SEARCH_ADDRESS,
		    "2001:DB8::1", true },
		{ SEARCH_BY_ADDRESS, "192.0.2.0/24", SEARCH_ADDRESS,
		    "192.0.2.255", true },
		{ SEARCH_BY_ADDRESS, "192.0.2.0/24", SEARCH_ADDRESS,
		    "192.0.3.0", false },
		{ SEARCH_BY_ADDRESS, "172.16.0.0/12", SEARCH_ADDRESS,
		    "172.31.255.255", true },
		{ SEARCH_BY_ADDRESS, "172.16.0.0/12", SEARCH_ADDRESS,
		    "172.32.0.0", false },
		{ SEARCH_BY_ADDRESS, "240.0.0.0/4", SEARCH_ADDRESS,
		    "255.255.255.255", true },
		{ SEARCH_BY_ADDRESS, "0.0.0.0/0", SEARCH_ADDRESS,
		    "203.0.113.1", true },
		{ SEARCH_BY_ADDRESS, "0.0.0.0/0", SEARCH_ADDRESS, "::1",
		    false },
		{ SEARCH_BY_ADDRESS, "2001:db8::/33", SEARCH_ADDRESS,
		    "2001:db8:7fff::", true },
		{ SEARCH_BY_ADDRESS, "2001:db8::/33", SEARCH_ADDRESS,
		    "2001:db8:8000::", false },
		{ SEARCH_BY_OUTCOME, "held", SEARCH_OUTCOME, "held release",
		    false },
		{ SEARCH_BY_TYPE, "mail", SEARCH_TYPE, "mail", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (fits(rows[i].field, rows[i].wish, rows[i].kind,
		    rows[i].value) != rows[i].fits)
			fail_msg("%s beside %s", rows[i].wish, rows[i].value);
}

static void
a_receipt_is_one_in_any_spelling(void **state)
{
	char text[RECEIPT_TEXT_BYTES], other[RECEIPT_TEXT_BYTES];
	size_t n = 0;

	(void)state;
	receipt_text(receipt_next(0, 1795748400000u), text);
	for (const char *c = text; *c != '\0'; c++)
		if (*c != '-')
			other[n++] = (char)ascii_lower((uint8_t)*c);
	other[n] = '\0';
	assert_true(fits(SEARCH_BY_RECEIPT, other, SEARCH_RECEIPT, text));
	receipt_text(receipt_next(0, 1795748400001u), other);
	assert_false(fits(SEARCH_BY_RECEIPT, other, SEARCH_RECEIPT, text));
}

static void
what_nothing_can_be_is_refused(void **state)
{
	struct search_wish wish;
	struct diag diag;

	(void)state;
	search_wish_init(&wish);
	assert_int_equal(search_wish_by(&wish, SEARCH_BY_TYPE, "mails", &diag),
	    ERR_INPUT);
	assert_int_equal(search_wish_by(&wish, SEARCH_BY_ADDRESS, "192.0.2",
	    &diag), ERR_INPUT);
	assert_int_equal(search_wish_by(&wish, SEARCH_BY_ADDRESS,
	    "192.0.2.1/24", &diag), ERR_INPUT);
	assert_int_equal(search_wish_by(&wish, SEARCH_BY_RULE, "", &diag),
	    ERR_INPUT);
}

static void
times_are_read(void **state)
{
	static const struct {
		const char	*text;
		uint64_t	 ms;
	} good[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-27T09:00:00.123+09:00", 1795737600123 },
		{ "2026-11-27T00:00:00.1239Z", 1795737600123 },
		{ "2026-11-26T19:30:00-04:30", 1795737600000 },
		{ "2024-02-29T12:00:00z", 1709208000000 },
	};
	static const char *const bad[] = { "", "2026", "2026-11-27 09:00:00Z",
		"2026-11-27T09:00:00", "2026-13-01T00:00:00Z", "2026-11-27T",
		"2026-11-27T24:00:00Z", "2026-11-27T09:00:00.Z",
		"2026-11-27T09:00:00+0900", "1969-12-31T00:00:00Z",
		"1970-01-01T00:00:00+09:00" };
	uint64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!search_time(span_str(good[i].text), false, &ms))
			fail_msg("%s", good[i].text);
		assert_int_equal(ms, good[i].ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (search_time(span_str(bad[i]), false, &ms))
			fail_msg("%s", bad[i]);
}

static void
a_day_is_that_of_the_machines_zone(void **state)
{
	uint64_t begin, end;

	(void)state;
	assert_int_equal(setenv("TZ", "JST-9", 1), 0);
	tzset();
	assert_true(search_time(SPAN("2026-11-27"), false, &begin));
	assert_true(search_time(SPAN("2026-11-27"), true, &end));
	assert_int_equal(begin, 1795737600000 - 9 * 3600000ll);
	assert_int_equal(end, begin + 86400000);
	assert_true(search_time(SPAN("2026-12-31"), true, &end));
	assert_false(search_time(SPAN("2026-02-30"), false, &begin));
	assert_false(search_time(SPAN("2026-11-00"), false, &begin));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_is_found_by_all_that_it_says),
		cmocka_unit_test(a_flow_is_found_by_its_ends_and_its_rule),
		cmocka_unit_test(an_administrators_act_is_found),
		cmocka_unit_test(escapes_are_what_they_mean),
		cmocka_unit_test(what_is_no_record_is_told),
		cmocka_unit_test(a_record_of_too_many_keys_is_none),
		cmocka_unit_test(a_wish_fits_what_it_names),
		cmocka_unit_test(a_receipt_is_one_in_any_spelling),
		cmocka_unit_test(what_nothing_can_be_is_refused),
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(a_day_is_that_of_the_machines_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
