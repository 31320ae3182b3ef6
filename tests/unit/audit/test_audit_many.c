/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A log of 100,000 records in several files, with one thing wrong in it: a bit
 * flipped, a record gone, two in each other's place, the tail cut off. The
 * first thing that the check tells of names the record, its file and line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <inttypes.h>
#include <time.h>

#include <cmocka.h>

#include "audit_helper.h"

#define RECORDS	100000u
#define GROUP	1000u
#define PLACES	5

static void
write_many(struct log *log)
{
	char members[64];

	log->file.bytes_max = 5000000;
	for (unsigned i = 0; i < RECORDS; i++) {
		snprintf(members, sizeof(members), "\"receipt\":\"R%06u\"",
		    i);
		assert_int_equal(audit_file_add(&log->file, AUDIT_MAIL,
		    NOON_MS, span_str(members)), OK);
		if ((i + 1) % GROUP == 0)
			assert_int_equal(audit_file_sync(&log->file, NOON_MS,
			    NULL), OK);
	}
	assert_int_equal(audit_file_sign(&log->file, NOON_MS, NULL), OK);
}

static void
expect(const struct log *log, const struct place *place, uint64_t line,
    const char *fmt, uint64_t seq)
{
	char what[128];
	struct told told;

	(void)log_check(log, &told);
	snprintf(what, sizeof(what), "%s%" PRIu64, fmt, seq);
	if (told.n == 0 || strcmp(told.file, place->file) != 0 ||
	    told.line != line ||
	    strncmp(told.what, what, strlen(what)) != 0)
		fail_msg("%u findings, %s:%" PRIu64 ": %s; wanted %s:%" PRIu64
		    ": %s", told.n, told.file, told.line, told.what,
		    place->file, line, what);
}

static void
one_thing_wrong_in_100000_records_is_found_and_placed(void **state)
{
	static const uint64_t seqs[PLACES] = { 2, 777, 50000, 77777, 99990 };
	struct audit_check check;
	struct told told;
	struct log log;

	(void)state;
	log_begin(&log);
	write_many(&log);
	check = log_check(&log, &told);
	assert_int_equal(told.n, 0);
	assert_int_equal(check.records, RECORDS);
	assert_true(check.files >= 4);
	for (unsigned i = 0; i < PLACES; i++) {
		struct place p = place_of(&log, seqs[i]);
		char *digit = p.next - 4;

		/* a bit of a digit of its receipt */
		*digit = (char)(*digit ^ 1);
		spit(&log, p.file, p.bytes, p.len);
		expect(&log, &p, p.number, "record ", seqs[i]);
		*digit = (char)(*digit ^ 1);
		/* it is gone: the next stands in its line */
		spit_without(&log, &p);
		expect(&log, &p, p.number, "records ", seqs[i]);
		/* it and the one behind it, in each other's place */
		spit_swapped(&log, &p);
		expect(&log, &p, p.number, "records ", seqs[i]);
		spit(&log, p.file, p.bytes, p.len);
		free(p.bytes);
	}
	assert_int_equal(log_check(&log, &told).findings, 0);
	log_end(&log);
}

static void
a_cut_tail_of_100000_records_is_missed(void **state)
{
	struct place last;
	struct told told;
	struct log log;
	size_t whole;

	(void)state;
	log_begin(&log);
	write_many(&log);
	last = place_of(&log, RECORDS);
	whole = last.len;
	for (size_t cut = 1; cut < 2000; cut = cut * 2 + 1) {
		spit(&log, last.file, last.bytes, whole - cut);
		(void)log_check(&log, &told);
		assert_string_equal(told.file, AUDIT_HEAD_NAME);
		assert_non_null(strstr(told.what, "the end was cut off"));
		assert_non_null(strstr(told.what, "100000"));
	}
	free(last.bytes);
	log_end(&log);
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
		cmocka_unit_test(
		    one_thing_wrong_in_100000_records_is_found_and_placed),
		cmocka_unit_test(a_cut_tail_of_100000_records_is_missed),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
