/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log on disk: written, gone on with, tampered with, erased. */
/* WRAP: fdatasync unlinkat write */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <time.h>

#include <cmocka.h>

#include "audit_helper.h"

#define FILE1	"audit-00000001-20261127.log"
#define SEAL1	"audit-00000001-20261127.seal"
#define FILE2	"audit-00000002-20261127.log"

/* Calls of these that come next do not work. */
static int no_write, no_sync, no_unlink;
ssize_t __real_write(int fd, const void *bytes, size_t n);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_unlinkat(int dir, const char *name, int flags);
int __wrap_unlinkat(int dir, const char *name, int flags);

ssize_t
__wrap_write(int fd, const void *bytes, size_t n)
{
	if (no_write == 0)
		return __real_write(fd, bytes, n);
	/* half of it fits */
	if (no_write == 2 && n > 1) {
		no_write = 1;
		return __real_write(fd, bytes, n / 2);
	}
	errno = ENOSPC;
	return -1;
}

int
__wrap_fdatasync(int fd)
{
	if (no_sync == 0)
		return __real_fdatasync(fd);
	errno = EIO;
	return -1;
}

/* The power goes before this file, or before this seal. */
int
__wrap_unlinkat(int dir, const char *name, int flags)
{
	if (no_unlink == 0 || (no_unlink == 2 && strstr(name, ".log") != NULL))
		return __real_unlinkat(dir, name, flags);
	errno = EIO;
	return -1;
}

static void
a_log_is_whole(void **state)
{
	struct audit_check check;
	struct told told;
	struct log log;

	(void)state;
	log_begin(&log);
	log.file.bytes_max = 8000;
	log_write(&log, 100, NOON_MS);
	check = log_check(&log, &told);
	assert_string_equal(told.what, "");
	assert_int_equal(check.records, 100);
	assert_int_equal(check.first, 1);
	assert_int_equal(check.last.seq, 100);
	assert_true(check.files > 2);
	assert_int_equal(check.sealed, check.files - 1);
	assert_int_equal(check.unsealed, 0);
	log_end(&log);
}

static void
a_day_is_a_file_even_when_the_clock_goes_back(void **state)
{
	struct audit_check check;
	struct told told;
	struct log log;

	(void)state;
	log_begin(&log);
	log_write(&log, 3, NOON_MS);
	log_write(&log, 3, NOON_MS + DAY_MS);
	/* an hour back over midnight, and on */
	log_write(&log, 3, NOON_MS + DAY_MS / 2 - 3600000);
	log_write(&log, 3, NOON_MS + DAY_MS);
	check = log_check(&log, &told);
	assert_string_equal(told.what, "");
	assert_int_equal(check.files, 4);
	assert_int_equal(faccessat(log.dir, "audit-00000003-20261127.log",
	    F_OK, 0), 0);
	log_end(&log);
}

static void
it_goes_on_where_it_ended(void **state)
{
	struct told told;
	struct log log;
	char *bytes;
	size_t len;
	int fd;

	(void)state;
	log_begin(&log);
	log_write(&log, 10, NOON_MS);
	bytes = slurp(&log, FILE1, &len);
	for (size_t cut = 1; cut < 150; cut += 23) {
		/* the power went in the midst of the last group */
		audit_file_close(&log.file);
		fd = openat(log.dir, FILE1, O_WRONLY | O_APPEND);
		assert_int_not_equal(fd, -1);
		assert_int_equal(write(fd, bytes, cut), (ssize_t)cut);
		close(fd);
		audit_file_init(&log.file, log.dir, log.key);
		assert_int_equal(audit_file_open(&log.file, &log.found, NULL),
		    OK);
		assert_int_equal(log.found.torn_bytes, cut);
		assert_false(log.found.cut);
		assert_int_equal(log.file.head.seq, 10);
	}
	log_write(&log, 5, NOON_MS);
	assert_int_equal(log_check(&log, &told).records, 15);
	assert_int_equal(told.n, 0);
	free(bytes);
	log_end(&log);
}

static void
a_disk_that_takes_nothing_loses_nothing(void **state)
{
	struct told told;
	struct diag diag;
	struct log log;

	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		log_begin(&log);
		log_write(&log, 10, NOON_MS);
		assert_int_equal(audit_file_add(&log.file, AUDIT_MAIL,
		    NOON_MS, SPAN("\"a\":1")), OK);
		no_write = kind;
		no_sync = kind == 0;
		assert_int_equal(audit_file_sync(&log.file, NOON_MS, &diag),
		    ERR_SYSTEM);
		assert_int_equal(diag.errnum, kind == 0 ? EIO : ENOSPC);
		no_write = no_sync = 0;
		assert_int_equal(log.file.fd, -1);
		assert_int_equal(log.file.waiting_n, 0);
		assert_int_equal(audit_file_open(&log.file, &log.found, NULL),
		    OK);
		log_write(&log, 5, NOON_MS);
		assert_int_equal(log_check(&log, &told).last.seq, 15);
		assert_int_equal(told.n, 0);
		log_end(&log);
	}
}

static void
a_file_that_is_taken_away_takes_no_records(void **state)
{
	struct told told;
	struct diag diag;
	struct log log;
	char *bytes;
	size_t len;

	(void)state;
	for (int replaced = 0; replaced < 2; replaced++) {
		log_begin(&log);
		log_write(&log, 10, NOON_MS);
		bytes = slurp(&log, FILE1, &len);
		assert_int_equal(unlinkat(log.dir, FILE1, 0), 0);
		if (replaced != 0)
			spit(&log, FILE1, bytes, len);
		assert_int_equal(audit_file_add(&log.file, AUDIT_MAIL,
		    NOON_MS, SPAN("\"a\":1")), OK);
		assert_int_equal(audit_file_sync(&log.file, NOON_MS, &diag),
		    ERR_SYSTEM);
		assert_int_equal(diag.errnum, replaced != 0 ? 0 : ENOENT);
		/* it goes on behind what was signed */
		assert_int_equal(audit_file_open(&log.file, &log.found, NULL),
		    OK);
		assert_int_equal(log.found.cut, replaced == 0);
		log_write(&log, 5, NOON_MS);
		assert_int_equal(log_check(&log, &told).last.seq, 15);
		assert_int_equal(told.n > 0, replaced == 0);
		free(bytes);
		log_end(&log);
	}
}

/* ---- tampering ---- */

static void
each_flipped_bit_is_found_and_placed(void **state)
{
	struct told told;
	struct log log;
	uint64_t line = 1;
	char *bytes;
	size_t len;

	(void)state;
	log_begin(&log);
	log_write(&log, 12, NOON_MS);
	bytes = slurp(&log, FILE1, &len);
	for (size_t i = 0; i < len; i++) {
		bool end = bytes[i] == '\n';

		bytes[i] = (char)(bytes[i] ^ 1 << i % 7);
		spit(&log, FILE1, bytes, len);
		(void)log_check(&log, &told);
		bytes[i] = (char)(bytes[i] ^ 1 << i % 7);
		if (told.n == 0)
			fail_msg("byte %zu of line %d", i, (int)line);
		/* a prev that is wrong is told of the record it names; a
		 * last line without its end is one that is not there */
		if (i + 1 < len && (told.line + 1 < line ||
		    told.line > line + 1))
			fail_msg("byte %zu of line %d: told of %d: %s", i,
			    (int)line, (int)told.line, told.what);
		line += end;
	}
	free(bytes);
	log_end(&log);
}

static void
records_that_go_or_move_are_found(void **state)
{
	struct place fifth;
	struct told told;
	struct log log;

	(void)state;
	log_begin(&log);
	log_write(&log, 12, NOON_MS);
	fifth = place_of(&log, 5);
	assert_string_equal(fifth.file, FILE1);
	spit_without(&log, &fifth);
	(void)log_check(&log, &told);
	assert_string_equal(told.what,
	    "records 5 to 5 are missing before this line");
	assert_int_equal(told.line, 5);
	spit_swapped(&log, &fifth);
	(void)log_check(&log, &told);
	assert_string_equal(told.what,
	    "records 5 to 5 are missing before this line");
	assert_int_equal(told.line, 5);
	/* the end is cut off: whole lines, or within one */
	for (size_t cut = 1; cut < 600; cut += 37) {
		spit(&log, FILE1, fifth.bytes, fifth.len - cut);
		(void)log_check(&log, &told);
		assert_true(told.n > 0);
		assert_non_null(strstr(told.what, "the end was cut off"));
	}
	/* and the writer says so when it starts */
	audit_file_close(&log.file);
	audit_file_init(&log.file, log.dir, log.key);
	assert_int_equal(audit_file_open(&log.file, &log.found, NULL), OK);
	assert_true(log.found.cut);
	log_write(&log, 2, NOON_MS);
	(void)log_check(&log, &told);
	assert_non_null(strstr(told.what, "are missing before this line"));
	free(fifth.bytes);
	log_end(&log);
}

static void
files_and_seals_belong_together(void **state)
{
	char *seal, *log1, *forged;
	struct audit_key *key;
	size_t seal_len, log_len;
	struct told told;
	struct log log;

	(void)state;
	log_begin(&log);
	log.file.bytes_max = 4000;
	log_write(&log, 60, NOON_MS);
	seal = slurp(&log, SEAL1, &seal_len);
	log1 = slurp(&log, FILE1, &log_len);
	assert_int_equal(unlinkat(log.dir, SEAL1, 0), 0);
	(void)log_check(&log, &told);
	assert_string_equal(told.what, SEAL1 " is missing");
	/* a line behind the seal, and chained */
	spit(&log, SEAL1, seal, seal_len);
	assert_non_null(forged = malloc(2 * log_len));
	memcpy(forged, log1, log_len);
	memcpy(forged + log_len, log1, log_len);
	spit(&log, FILE1, forged, 2 * log_len);
	(void)log_check(&log, &told);
	assert_true(told.n > 0);
	assert_string_equal(told.file, FILE1);
	/* a whole file */
	spit(&log, FILE1, log1, log_len);
	assert_int_equal(unlinkat(log.dir, FILE1, 0), 0);
	(void)log_check(&log, &told);
	assert_non_null(strstr(told.what, "no record says"));
	spit(&log, FILE1, log1, log_len);
	forged[0] = '\0';
	assert_int_equal(unlinkat(log.dir, FILE2, 0), 0);
	(void)log_check(&log, &told);
	assert_non_null(strstr(told.what,
	    "the file numbered 2 before it is missing"));
	/* somebody else's key */
	key = log.key;
	assert_non_null(log.key = audit_key_new());
	(void)log_check(&log, &told);
	assert_non_null(strstr(told.what, "is not signed by the key"));
	audit_key_free(log.key);
	log.key = key;
	free(seal);
	free(log1);
	free(forged);
	log_end(&log);
}

static void
without_its_head_an_end_cannot_be_trusted(void **state)
{
	struct told told;
	struct log log;

	(void)state;
	log_begin(&log);
	log_write(&log, 5, NOON_MS);
	assert_int_equal(unlinkat(log.dir, "audit.head", 0), 0);
	(void)log_check(&log, &told);
	assert_non_null(strstr(told.what, "cannot be said"));
	assert_string_equal(told.file, "audit.head");
	log_end(&log);
}

/* ---- erasing ---- */

/* How many files go. */
static unsigned
erase(struct log *log, const char *day, uint64_t wall_ms)
{
	enum audit_erasure what = ERASURE_DONE;
	struct audit_name name;
	unsigned n = 0;

	while (what == ERASURE_DONE) {
		assert_int_equal(audit_file_erase(&log->file, day, wall_ms,
		    &what, &name, NULL), OK);
		n += what == ERASURE_DONE;
	}
	assert_int_equal(what, ERASURE_NONE);
	assert_int_equal(audit_file_sign(&log->file, wall_ms, NULL), OK);
	return n;
}

static void
what_is_erased_is_a_record(void **state)
{
	struct audit_check check;
	struct told told;
	struct log log;

	(void)state;
	log_begin(&log);
	for (unsigned day = 0; day < 5; day++)
		log_write(&log, 4, NOON_MS + day * DAY_MS);
	assert_int_equal(erase(&log, "20261130", NOON_MS + 4 * DAY_MS), 3);
	check = log_check(&log, &told);
	assert_string_equal(told.what, "");
	assert_int_equal(check.first, 13);
	assert_int_equal(check.last.seq, 23);
	assert_int_equal(check.erased_by, 23);
	assert_int_equal(check.files, 2);
	/* the file that is written stays, however old */
	assert_int_equal(erase(&log, "20991231", NOON_MS + 4 * DAY_MS), 1);
	log_end(&log);
}

/* A record that a file goes, and the file is there: it goes again. */
static void
a_power_cut_while_erasing_does_no_harm(void **state)
{
	struct audit_check check;
	enum audit_erasure what;
	struct audit_name name;
	struct told told;
	struct log log;
	struct diag diag;

	(void)state;
	log_begin(&log);
	for (unsigned day = 0; day < 4; day++)
		log_write(&log, 4, NOON_MS + day * DAY_MS);
	no_unlink = 1;
	assert_int_equal(audit_file_erase(&log.file, "20261128",
	    NOON_MS + 3 * DAY_MS, &what, &name, &diag), ERR_SYSTEM);
	assert_string_equal(name.text, FILE1);
	assert_int_equal(audit_file_open(&log.file, &log.found, NULL), OK);
	assert_int_equal(audit_file_sign(&log.file, NOON_MS, NULL), OK);
	check = log_check(&log, &told);
	assert_string_equal(told.what, "");
	assert_int_equal(check.first, 1);
	assert_int_equal(check.erased_by, 0);
	/* the file goes now, but not its seal */
	no_unlink = 2;
	assert_int_equal(erase(&log, "20261128", NOON_MS + 3 * DAY_MS), 1);
	no_unlink = 0;
	check = log_check(&log, &told);
	assert_string_equal(told.what, "");
	assert_int_equal(check.first, 5);
	assert_int_equal(check.erased_by, 17);
	assert_int_equal(check.records, 14);
	assert_int_equal(faccessat(log.dir, SEAL1, F_OK, 0), 0);
	/* it goes with the next one */
	assert_int_equal(erase(&log, "20261129", NOON_MS + 3 * DAY_MS), 1);
	assert_int_equal(faccessat(log.dir, SEAL1, F_OK, 0), -1);
	(void)log_check(&log, &told);
	assert_string_equal(told.what, "");
	log_end(&log);
}

static void
the_last_day_of_a_file_counts_not_its_first(void **state)
{
	struct audit_name name;
	struct told told;
	struct log log;
	char day[9];

	(void)state;
	log_begin(&log);
	log_write(&log, 1, NOON_MS);
	/* a file that was begun, and written to on a later day */
	spit(&log, "audit-00000002-20261128.log", "", 0);
	audit_file_close(&log.file);
	audit_file_init(&log.file, log.dir, log.key);
	assert_int_equal(audit_file_open(&log.file, &log.found, NULL), OK);
	log_write(&log, 40, NOON_MS + 5 * DAY_MS);
	log_write(&log, 1, NOON_MS + 6 * DAY_MS);
	assert_true(audit_name_read("audit-00000002-20261128.log", &name));
	assert_int_equal(audit_last_day(log.dir, &name, day, NULL), OK);
	assert_string_equal(day, "20261202");
	assert_int_equal(unlinkat(log.dir, FILE1, 0), 0);
	assert_int_equal(erase(&log, "20261202", NOON_MS + 7 * DAY_MS), 0);
	assert_int_equal(erase(&log, "20261203", NOON_MS + 7 * DAY_MS), 2);
	(void)log_check(&log, &told);
	assert_string_equal(told.what, "");
	log_end(&log);
}

static void
the_last_record_is_found_however_long(void **state)
{
	static const size_t sizes[] = { 1, 3800, 4096, 5000, 100000 };
	struct log log;
	struct audit_name name;
	char day[9];
	char *members;

	(void)state;
	assert_non_null(members = malloc(100100));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t n = (size_t)sprintf(members, "\"a\":\"");

		memset(members + n, 'x', sizes[i]);
		strcpy(members + n + sizes[i], "\"");
		log_begin(&log);
		spit(&log, "audit-00000001-20260101.log", "", 0);
		assert_int_equal(audit_file_open(&log.file, &log.found, NULL),
		    OK);
		for (int k = 0; k < 2; k++)
			assert_int_equal(audit_file_add(&log.file, AUDIT_MAIL,
			    NOON_MS, span_str(members)), OK);
		assert_int_equal(audit_file_sync(&log.file, NOON_MS, NULL),
		    OK);
		assert_true(audit_name_read("audit-00000001-20260101.log",
		    &name));
		assert_int_equal(audit_last_day(log.dir, &name, day, NULL),
		    OK);
		assert_string_equal(day, "20261127");
		log_end(&log);
	}
	free(members);
}

static void
what_is_not_sealed_stays_and_is_told(void **state)
{
	enum audit_erasure what;
	struct audit_name name;
	struct log log;

	(void)state;
	log_begin(&log);
	for (unsigned day = 0; day < 3; day++)
		log_write(&log, 4, NOON_MS + day * DAY_MS);
	assert_int_equal(unlinkat(log.dir, SEAL1, 0), 0);
	assert_int_equal(audit_file_erase(&log.file, "20991231", NOON_MS,
	    &what, &name, NULL), OK);
	assert_int_equal(what, ERASURE_STUCK);
	assert_string_equal(name.text, FILE1);
	assert_int_equal(faccessat(log.dir, FILE1, F_OK, 0), 0);
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
		cmocka_unit_test(a_log_is_whole),
		cmocka_unit_test(a_day_is_a_file_even_when_the_clock_goes_back),
		cmocka_unit_test(it_goes_on_where_it_ended),
		cmocka_unit_test(a_disk_that_takes_nothing_loses_nothing),
		cmocka_unit_test(a_file_that_is_taken_away_takes_no_records),
		cmocka_unit_test(each_flipped_bit_is_found_and_placed),
		cmocka_unit_test(records_that_go_or_move_are_found),
		cmocka_unit_test(files_and_seals_belong_together),
		cmocka_unit_test(without_its_head_an_end_cannot_be_trusted),
		cmocka_unit_test(what_is_erased_is_a_record),
		cmocka_unit_test(a_power_cut_while_erasing_does_no_harm),
		cmocka_unit_test(the_last_day_of_a_file_counts_not_its_first),
		cmocka_unit_test(the_last_record_is_found_however_long),
		cmocka_unit_test(what_is_not_sealed_stays_and_is_told),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
