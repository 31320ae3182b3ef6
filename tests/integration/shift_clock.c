/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded into a program under test: its wall clock is SHIFT_S seconds
 * ahead, so that a mail that came just now is days old; with SHIFT_WHEN from
 * the time on that such a file is there. The monotonic clock stays as it is.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	const char *shift = getenv("SHIFT_S"), *when = getenv("SHIFT_WHEN");
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (rc == 0 && id == CLOCK_REALTIME && shift != NULL &&
	    (when == NULL || access(when, F_OK) == 0))
		ts->tv_sec += (time_t)strtol(shift, NULL, 10);
	return rc;
}
