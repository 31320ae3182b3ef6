/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The end of retention: at the start, when the rules change and each day old
 * files of the log are erased, one a second. A clock that is wrong must not
 * erase what is not old: when it leaps ahead, or stands far behind the last
 * record at the start, nothing goes for a day.
 */
#include <string.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../proc/counters.h"
#include "audit_internal.h"
#include "limits.h"

#define DAY_MS	86400000ull

static uint32_t retain_days;		/* 0: for ever */
static char done[9];			/* this day, all of it */
static uint64_t doubt_ms;		/* monotonic: nothing goes before */

void
retain_policy(uint32_t days)
{
	retain_days = days;
	done[0] = '\0';
}

static void
doubt(const char *why)
{
	doubt_ms = clock_monotonic_ms() + AUDIT_DOUBT_MS;
	if (retain_days > 0)
		log_warn("%s: for a day nothing of the audit log is erased",
		    why);
}

/* The day so many days ago. False: the clock cannot be right. */
static bool
days_ago(uint32_t days, char day[9])
{
	uint64_t now = clock_wall_ms();

	if (now <= days * DAY_MS)
		return false;
	audit_day(now - days * DAY_MS, day);
	return true;
}

void
retain_begin(void)
{
	char last[9], limit[9];
	struct diag diag;

	if (audit_log.name.number > 0 && days_ago(AUDIT_LEAP_DAYS, limit) &&
	    audit_last_day(audit_log.dir, &audit_log.name, last, &diag) ==
	    OK && strcmp(last, limit) < 0)
		doubt("the newest record is over a month old");
}

void
retain_clock(int64_t step_ms)
{
	if (step_ms > (int64_t)DAY_MS)
		doubt("the clock has leapt ahead");
}

void
retain_second(void)
{
	enum audit_erasure what;
	struct audit_name name;
	struct diag diag = { .what = "" };
	char today[9], limit[9];

	audit_day(clock_wall_ms(), today);
	if (retain_days == 0 || strcmp(done, today) == 0 ||
	    clock_monotonic_ms() < doubt_ms || !days_ago(retain_days, limit))
		return;
	if (audit_file_erase(&audit_log, limit, clock_wall_ms(), &what, &name,
	    &diag) != OK) {
		audit_close_log(&diag);
		return;
	}
	switch (what) {
	case ERASURE_DONE:
		counter_add(COUNTER_AUDIT_ERASED, 1);
		counter_add(COUNTER_AUDIT_RECORDS, 1);
		log_info("%s was erased: its last record is older than %u "
		    "days", name.text, (unsigned)retain_days);
		return;			/* and the next one in a second */
	case ERASURE_STUCK:
		log_alarm("%s is older than %u days, but is not sealed as it "
		    "should be: it stays, and all behind it, see sekisho log "
		    "verify", name.text, (unsigned)retain_days);
		break;
	case ERASURE_NONE:
		break;
	}
	memcpy(done, today, sizeof(done));
}
