/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time: monotonic for timers, wall for records; both replaceable in tests.
 * The day and month names are ours: strftime would ask the locale.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "clock.h"

static uint64_t (*monotonic_fn)(void);
static uint64_t (*wall_fn)(void);

static uint64_t
now_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t
clock_monotonic_ns(void)
{
	return now_ns(CLOCK_MONOTONIC);
}

uint64_t
clock_monotonic_ms(void)
{
	if (monotonic_fn != NULL)
		return monotonic_fn();
	return now_ns(CLOCK_MONOTONIC) / 1000000;
}

uint64_t
clock_wall_ms(void)
{
	if (wall_fn != NULL)
		return wall_fn();
	return now_ns(CLOCK_REALTIME) / 1000000;
}

void
clock_replace(uint64_t (*monotonic_ms)(void), uint64_t (*wall_ms)(void))
{
	monotonic_fn = monotonic_ms;
	wall_fn = wall_ms;
}

static struct tm
local(uint64_t wall_ms, long *zone_min)
{
	struct tm tm = { 0 };
	time_t t = (time_t)(wall_ms / 1000);

	localtime_r(&t, &tm);
	*zone_min = tm.tm_gmtoff / 60;
	return tm;
}

void
clock_rfc5322(uint64_t wall_ms, char *text, size_t len)
{
	static const char day[7][4] = {
		"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"
	};
	static const char month[12][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
	};
	long zone;
	struct tm tm = local(wall_ms, &zone);

	snprintf(text, len, "%s, %02d %s %d %02d:%02d:%02d %c%02ld%02ld",
	    day[tm.tm_wday], tm.tm_mday, month[tm.tm_mon],
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    zone < 0 ? '-' : '+', labs(zone) / 60, labs(zone) % 60);
}

void
clock_rfc3339(uint64_t wall_ms, char *text, size_t len)
{
	long zone;
	struct tm tm = local(wall_ms, &zone);

	snprintf(text, len, "%04d-%02d-%02dT%02d:%02d:%02d%c%02ld:%02ld",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, zone < 0 ? '-' : '+', labs(zone) / 60,
	    labs(zone) % 60);
}
