/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log is read from any place on, and its records become syslog. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "audit_helper.h"
#include "../../../gateway/audit/audit_follow.h"
#include "../../../gateway/audit/audit_syslog.h"

static const struct audit_position begin = { 1, 0, 0 };

/* How many records follow, one behind the other. */
static unsigned
follow_all(struct audit_follow *follow, const struct log *log)
{
	struct span line;
	unsigned n = 0;
	enum err err;

	while ((err = audit_follow_next(follow, log->file.name.number, &line,
	    NULL)) == OK) {
		uint64_t before = follow->record.seq;

		assert_true(follow->is_record);
		assert_int_equal(line.ptr[line.len - 1], '\n');
		assert_int_equal(follow->at.seq, before);
		n++;
	}
	assert_int_equal(err, ERR_AGAIN);
	return n;
}

static void
it_follows_over_files_while_the_log_grows(void **state)
{
	struct audit_follow follow;
	struct told told;
	struct log log;

	(void)state;
	log_begin(&log);
	log.file.bytes_max = 3000;
	audit_follow_init(&follow, log.dir, &begin);
	assert_int_equal(follow_all(&follow, &log), 0);
	log_write(&log, 5, NOON_MS);
	assert_int_equal(follow_all(&follow, &log), 5);
	assert_int_equal(follow_all(&follow, &log), 0);
	log_write(&log, 70, NOON_MS);
	log_write(&log, 3, NOON_MS + DAY_MS);
	assert_int_equal(follow_all(&follow, &log), 73);
	assert_int_equal(follow.at.seq, 78);
	assert_int_equal(follow.at.number, log.file.name.number);
	assert_int_equal(follow.at.offset, log.file.bytes);
	audit_follow_fini(&follow);
	/* and it has changed nothing */
	(void)log_check(&log, &told);
	assert_string_equal(told.what, "");
	log_end(&log);
}

static void
it_goes_on_from_each_position(void **state)
{
	struct audit_follow follow, other;
	struct log log;
	struct span line;

	(void)state;
	log_begin(&log);
	log.file.bytes_max = 3000;
	log_write(&log, 30, NOON_MS);
	audit_follow_init(&follow, log.dir, &begin);
	for (unsigned i = 0; i <= 30; i++) {
		struct audit_position at;
		struct buf text;

		buf_init(&text, 100);
		assert_int_equal(audit_position_text(&follow.at, &text), OK);
		assert_true(audit_position_read(buf_span(&text), &at));
		buf_fini(&text);
		audit_follow_init(&other, log.dir, &at);
		assert_int_equal(follow_all(&other, &log), 30 - i);
		audit_follow_fini(&other);
		if (i < 30)
			assert_int_equal(audit_follow_next(&follow,
			    log.file.name.number, &line, NULL), OK);
	}
	audit_follow_fini(&follow);
	log_end(&log);
}

static void
what_was_erased_or_torn_is_passed_over(void **state)
{
	struct audit_follow follow;
	struct log log;
	char *bytes;
	size_t len;

	(void)state;
	log_begin(&log);
	for (unsigned day = 0; day < 4; day++)
		log_write(&log, 4, NOON_MS + day * DAY_MS);
	assert_int_equal(unlinkat(log.dir, "audit-00000001-20261127.log", 0),
	    0);
	/* the second ends within a line */
	bytes = slurp(&log, "audit-00000002-20261128.log", &len);
	spit(&log, "audit-00000002-20261128.log", bytes, len - 5);
	free(bytes);
	audit_follow_init(&follow, log.dir, &begin);
	assert_int_equal(follow_all(&follow, &log), 3 + 4 + 4);
	assert_int_equal(follow.at.seq, 16);
	audit_follow_fini(&follow);
	log_end(&log);
}

static void
a_position_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = { "", "1", "1 2", "1 2 3", "1 2 \n",
	    "1 2 3\n\n", "-1 2 3\n", "1 2 3 4\n", "1  2 3\n" };
	struct audit_position at;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(audit_position_read(span_str(bad[i]), &at));
	assert_true(audit_position_read(SPAN("1 2 3\n"), &at));
}

static void
a_record_is_a_message_of_rfc_5424(void **state)
{
	static const char line[] = "{\"seq\":7,\"prev\":"
	    "\"00000000000000000000000000000000000000000000000000000000"
	    "00000000\",\"time\":\"2026-11-27T12:00:00.000+09:00\",\"type\":"
	    "\"crash\",\"process\":\"spool\"}\n";
	const struct audit_syslog syslog = { "gw1.example.jp", 42 };
	char expected[1024], hex[DIGEST_HEX_BYTES];
	uint8_t hash[DIGEST_BYTES];
	struct audit_line record;
	struct buf out;
	int n;

	(void)state;
	digest_span(span_str(line), hash);
	digest_hex(hash, hex);
	/* 13 * 8 + 3 */
	n = snprintf(expected, sizeof(expected), "<107>1 2026-11-27T12:00:00."
	    "000+09:00 gw1.example.jp sekisho 42 crash [sekisho@8072.9999.9999"
	    " seq=\"7\" hash=\"%s\"] \xef\xbb\xbf%.*s", hex,
	    (int)sizeof(line) - 2, line);
	assert_true(audit_line_read(span_sub(span_str(line), 0,
	    sizeof(line) - 2), &record));
	buf_init(&out, 800);
	assert_int_equal(audit_syslog_frame(&syslog, span_str(line), &record,
	    &out), OK);
	assert_int_equal(strtol((const char *)out.ptr, NULL, 10), n);
	assert_int_equal(out.len, (size_t)n + 4);
	assert_memory_equal(out.ptr + 4, expected, (size_t)n);
	/* no room: nothing of it is there */
	assert_int_equal(audit_syslog_frame(&syslog, span_str(line), &record,
	    &out), OK);
	n = (int)out.len;
	assert_int_equal(audit_syslog_frame(&syslog, span_str(line), &record,
	    &out), ERR_LIMIT);
	assert_int_equal(out.len, n);
	/* what is no word of a head does not get into one */
	record.type = SPAN("a b\n<1>");
	record.time = SPAN("");
	buf_clear(&out);
	assert_int_equal(audit_syslog_frame(&syslog, span_str(line), &record,
	    &out), OK);
	assert_memory_equal(out.ptr + 4, "<109>1 - gw1.example.jp sekisho 42 "
	    "- [", 38);
	buf_fini(&out);
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
		cmocka_unit_test(it_follows_over_files_while_the_log_grows),
		cmocka_unit_test(it_goes_on_from_each_position),
		cmocka_unit_test(what_was_erased_or_torn_is_passed_over),
		cmocka_unit_test(a_position_that_is_none_is_refused),
		cmocka_unit_test(a_record_is_a_message_of_rfc_5424),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
