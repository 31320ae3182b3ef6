/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notifications: once when it begins, once when it is over, not in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "../../../gateway/snmp/trap.h"
#include "numbers.h"

#define TOLD_MAX	32

/* What the numbers are at this look. */
struct scene {
	uint64_t	process_state, restarts, queued, disk, rules_refused;
	uint64_t	days[2], refused, scans, overruns, unsanitized;
	uint64_t	oldest, held, audit_open, audit_failures, receivers;
};

static const struct scene calm = { .process_state = 4, .rules_refused = 2,
    .disk = 50, .days = { (uint64_t)-1, (uint64_t)-1 },
    .audit_open = 1, .audit_failures = 3 };

static struct trap told[TOLD_MAX];
static unsigned told_n;
static char subject[SNAPSHOT_TEXT_BYTES_MAX + 1];	/* of the last one */
static struct trap_watch watch;
static uint64_t now_ms;
static bool anew;	/* each look is another agent's */

static void
from_scene(const struct numbers *numbers, enum mib_id id, uint32_t row,
    unsigned column, uint64_t *number)
{
	const struct scene *scene = numbers->arg;
	const char *name = mib_table(id)->columns[column].name;

	if (id == MIB_PROCESSES && strcmp(name, "State") == 0)
		*number = scene->process_state;
	else if (id == MIB_PROCESSES && strcmp(name, "Restarts") == 0)
		*number = scene->restarts;
	else if (id == MIB_MAIL && strcmp(name, "Queued") == 0)
		*number = scene->queued;
	else if (id == MIB_MAIL && strcmp(name, "Deferred") == 0)
		*number = 0;
	else if (id == MIB_MAIL && strcmp(name, "OldestSeconds") == 0)
		*number = scene->oldest;
	else if (id == MIB_MAIL && strcmp(name, "OldestHeldSeconds") == 0)
		*number = scene->held;
	else if (id == MIB_AUDIT && strcmp(name, "Open") == 0)
		*number = scene->audit_open;
	else if (id == MIB_AUDIT && strcmp(name, "Failures") == 0)
		*number = scene->audit_failures;
	else if (id == MIB_AUDIT && strcmp(name, "SyslogReceivers") == 0)
		*number = scene->receivers;
	else if (id == MIB_AUDIT && strcmp(name, "SyslogWell") == 0)
		*number = 0;
	else if (id == MIB_DISKS && strcmp(name, "PercentUsed") == 0)
		*number = scene->disk;
	else if (id == MIB_GATEWAY && strcmp(name, "RulesRefused") == 0)
		*number = scene->rules_refused;
	else if (id == MIB_GATEWAY && strcmp(name, "UnsanitizedDelivered") ==
	    0)
		*number = scene->unsanitized;
	else if (id == MIB_RULES && strcmp(name, "DaysLeft") == 0)
		*number = scene->days[row];
	else if (id == MIB_PACKETS && strcmp(name, "Refused") == 0)
		*number = scene->refused;
	else if (id == MIB_PACKETS && strcmp(name, "Scans") == 0)
		*number = scene->scans;
	else if (id == MIB_PACKETS && strcmp(name, "QueueOverruns") == 0)
		*number = scene->overruns;
}

static void
tell(void *arg, const struct trap *trap)
{
	(void)arg;
	assert_true(told_n < TOLD_MAX);
	told[told_n++] = *trap;
	/* it is borrowed from the snapshot */
	memset(subject, 0, sizeof(subject));
	if (trap->subject.len > 0)
		memcpy(subject, trap->subject.ptr, trap->subject.len);
}

/* The agent ends, and another one goes on where it was. */
static void
another_agent(void)
{
	struct buf saved;

	buf_init(&saved, TRAP_SAVED_BYTES);
	assert_int_equal(trap_save(&watch, &saved), OK);
	assert_int_equal(saved.len, TRAP_SAVED_BYTES);
	memset(&watch, 0, sizeof(watch));
	assert_int_equal(trap_restore(&watch, buf_span(&saved)), OK);
	buf_fini(&saved);
}

/* A look a second later; how many were told. */
static unsigned
look(const struct scene *scene)
{
	struct numbers numbers = { .rows = { [MIB_PROCESSES] = 1,
	    [MIB_RULES] = 2, [MIB_DISKS] = 1, [MIB_ROUTES] = 1 },
	    .cell = from_scene,
	    .arg = (void *)(uintptr_t)scene };
	struct snapshot snapshot;
	struct buf bytes;

	numbers_write(&numbers, &bytes);
	assert_int_equal(snapshot_read(&snapshot, buf_span(&bytes)), OK);
	if (anew && watch.looked)
		another_agent();
	told_n = 0;
	now_ms += 1000;
	trap_look(&watch, &snapshot, now_ms, tell, NULL);
	snapshot_fini(&snapshot);
	buf_fini(&bytes);
	return told_n;
}

static int
begin(void **state)
{
	(void)state;
	memset(&watch, 0, sizeof(watch));
	assert_int_equal(look(&calm), 0);
	assert_int_equal(look(&calm), 0);
	return 0;
}

static void
assert_told(enum trap_kind kind, enum trap_state state, uint64_t value)
{
	assert_int_equal(told_n, 1);
	assert_int_equal(told[0].kind, kind);
	assert_int_equal(told[0].state, state);
	assert_int_equal(told[0].value, value);
}

static void
what_is_raised_by_two_looks_is_told_once_and_cleared_once(void **state)
{
	static const struct {
		enum trap_kind	kind;
		size_t		at;
		uint64_t	bad, middle, good;
	} levels[] = {
		{ TRAP_PROCESS_DOWN, offsetof(struct scene, process_state),
		    2, 2, 4 },
		{ TRAP_QUEUE_HIGH, offsetof(struct scene, queued), 10000,
		    7000, 5000 },
		{ TRAP_MAIL_OLD, offsetof(struct scene, oldest), 3600, 3599,
		    1800 },
		{ TRAP_MAIL_HELD, offsetof(struct scene, held), 86400, 43201,
		    43200 },
		{ TRAP_AUDIT_FAILED, offsetof(struct scene, audit_open), 2,
		    2, 1 },
		{ TRAP_SYSLOG_DOWN, offsetof(struct scene, receivers), 1,
		    1, 0 },
		{ TRAP_DISK_HIGH, offsetof(struct scene, disk), 90, 87, 85 },
		{ TRAP_RULES_REFUSED, offsetof(struct scene, rules_refused),
		    1, 1, 2 },
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		struct scene scene = calm;
		uint64_t *number = (uint64_t *)(void *)((char *)&scene +
		    levels[i].at);
		bool fixed = levels[i].kind == TRAP_RULES_REFUSED ||
		    levels[i].kind == TRAP_AUDIT_FAILED;

		begin(state);
		*number = levels[i].bad;
		assert_int_equal(look(&scene), 0);
		look(&scene);
		assert_told(levels[i].kind, TRAP_RAISED, fixed ?
		    told[0].value : levels[i].bad);
		/* neither again, nor cleared by what is between */
		for (unsigned k = 0; k < 5; k++) {
			*number = k % 2 == 0 ? levels[i].middle :
			    levels[i].bad;
			assert_int_equal(look(&scene), 0);
		}
		*number = levels[i].good;
		assert_int_equal(look(&scene), 0);
		look(&scene);
		assert_told(levels[i].kind, TRAP_CLEARED, fixed ?
		    told[0].value : levels[i].good);
		assert_int_equal(look(&scene), 0);
	}
}

static void
a_single_bad_look_is_not_told(void **state)
{
	struct scene scene = calm;

	(void)state;
	scene.disk = 99;
	assert_int_equal(look(&scene), 0);
	assert_int_equal(look(&calm), 0);
	assert_int_equal(look(&scene), 0);
	assert_int_equal(look(&calm), 0);
}

static void
an_old_mail_is_told_with_its_route(void **state)
{
	struct scene scene = calm;

	(void)state;
	scene.oldest = 4000;
	assert_int_equal(look(&scene), 0);
	look(&scene);
	assert_told(TRAP_MAIL_OLD, TRAP_RAISED, 4000);
	assert_string_equal(subject, "関所");
	look(&calm);
	look(&calm);
	assert_told(TRAP_MAIL_OLD, TRAP_CLEARED, 0);
}

static void
that_the_audit_log_is_closed_is_told_with_its_why(void **state)
{
	struct scene scene = calm;

	(void)state;
	scene.audit_open = 2;
	look(&scene);
	look(&scene);
	assert_told(TRAP_AUDIT_FAILED, TRAP_RAISED, 3);
	assert_string_equal(subject, "関所");
}

/* It knows nothing of what it has told: each that is there is told once. */
static void
an_agent_that_is_started_anew_is_no_flood(void **state)
{
	struct scene scene = calm;

	scene.oldest = 4000;
	scene.restarts = 40;
	scene.refused = 1u << 30;
	begin(state);
	look(&scene);
	assert_int_equal(look(&scene), 1);
	memset(&watch, 0, sizeof(watch));
	assert_int_equal(look(&scene), 0);
	assert_int_equal(look(&scene), 1);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(look(&scene), 0);
}

static void
events_are_told_when_their_counter_grows(void **state)
{
	struct scene scene = calm;

	(void)state;
	scene.restarts = 3;
	look(&scene);
	assert_told(TRAP_PROCESS_RESTARTED, TRAP_EVENT, 3);
	assert_string_equal(subject, "関所");
	assert_int_equal(look(&scene), 0);
	scene.scans = 2;
	look(&scene);
	assert_told(TRAP_SCAN, TRAP_EVENT, 2);
	assert_string_equal(subject, "");
	scene.overruns = 7;
	look(&scene);
	assert_told(TRAP_OVERRUN, TRAP_EVENT, 7);
	scene.unsanitized = 1;
	look(&scene);
	assert_told(TRAP_UNSANITIZED, TRAP_EVENT, 1);
	assert_int_equal(look(&scene), 0);
}

static void
what_was_before_the_first_look_is_no_news_but_unsanitized_is(void **state)
{
	struct scene scene = calm;

	(void)state;
	memset(&watch, 0, sizeof(watch));
	scene.restarts = scene.scans = scene.overruns = 9;
	scene.refused = 1000000;
	scene.unsanitized = 2;
	look(&scene);
	assert_told(TRAP_UNSANITIZED, TRAP_EVENT, 2);
}

static void
a_burst_is_a_rate(void **state)
{
	struct scene scene = calm;

	(void)state;
	scene.refused = 200;
	assert_int_equal(look(&scene), 0);
	scene.refused = 400;
	look(&scene);
	assert_told(TRAP_REFUSALS_BURST, TRAP_RAISED, 200);
	for (unsigned i = 0; i < 4; i++) {
		scene.refused += 50;
		assert_int_equal(look(&scene), 0);
	}
	assert_int_equal(look(&scene), 0);
	look(&scene);
	assert_told(TRAP_REFUSALS_BURST, TRAP_CLEARED, 0);
}

static void
rules_that_end_are_told_when_there_is_one_more(void **state)
{
	struct scene scene = calm;

	(void)state;
	scene.days[0] = 31;
	assert_int_equal(look(&scene), 0);
	scene.days[0] = 30;
	look(&scene);
	assert_told(TRAP_RULE_EXPIRES, TRAP_RAISED, 30);
	scene.days[0] = 29;
	assert_int_equal(look(&scene), 0);
	scene.days[1] = 3;
	look(&scene);
	assert_told(TRAP_RULE_EXPIRES, TRAP_RAISED, 3);
	look(&calm);
	assert_told(TRAP_RULE_EXPIRES, TRAP_CLEARED, 0);
}

static void
what_is_no_saved_watch_is_not_restored(void **state)
{
	/* behind 6 numbers the first level: raised, looks */
	static const struct {
		size_t	at;
		uint8_t	byte;
	} bad[] = { { 48, 2 }, { 49, TRAP_LOOKS }, { 12, 1 } };
	struct trap_watch before = watch;
	struct buf saved;

	(void)state;
	buf_init(&saved, TRAP_SAVED_BYTES);
	assert_int_equal(trap_save(&watch, &saved), OK);
	for (size_t n = 0; n < saved.len; n++)
		assert_int_equal(trap_restore(&watch, (struct span){
		    saved.ptr, n }), ERR_INPUT);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint8_t was = saved.ptr[bad[i].at];

		saved.ptr[bad[i].at] = bad[i].byte;
		assert_int_equal(trap_restore(&watch, buf_span(&saved)),
		    ERR_INPUT);
		saved.ptr[bad[i].at] = was;
	}
	assert_memory_equal(&watch, &before, sizeof(watch));
	assert_int_equal(trap_restore(&watch, buf_span(&saved)), OK);
	buf_fini(&saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
	    what_is_raised_by_two_looks_is_told_once_and_cleared_once),
		cmocka_unit_test_setup(an_old_mail_is_told_with_its_route,
		    begin),
		cmocka_unit_test_setup(
		    that_the_audit_log_is_closed_is_told_with_its_why, begin),
		cmocka_unit_test(an_agent_that_is_started_anew_is_no_flood),
		cmocka_unit_test_setup(a_single_bad_look_is_not_told, begin),
		cmocka_unit_test_setup(
		    events_are_told_when_their_counter_grows, begin),
		cmocka_unit_test(
	    what_was_before_the_first_look_is_no_news_but_unsanitized_is),
		cmocka_unit_test_setup(a_burst_is_a_rate, begin),
		cmocka_unit_test_setup(
		    rules_that_end_are_told_when_there_is_one_more, begin),
		cmocka_unit_test_setup(what_is_no_saved_watch_is_not_restored,
		    begin),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	anew = true;
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
