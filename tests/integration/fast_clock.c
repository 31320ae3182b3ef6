/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded into a program under test: its monotonic clock runs FACTOR times
 * as fast, so that five minutes of patience are over in five seconds.
 */
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FACTOR	60

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	long long ns;
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (rc != 0 || id != CLOCK_MONOTONIC)
		return rc;
	ns = ((long long)ts->tv_sec % 10000000 * 1000000000 + ts->tv_nsec) *
	    FACTOR;
	ts->tv_sec = (time_t)(ns / 1000000000);
	ts->tv_nsec = (long)(ns % 1000000000);
	return 0;
}

int
epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
	if (timeout > 0)
		timeout = timeout / FACTOR + 1;
	return epoll_pwait(fd, events, max, timeout, NULL);
}
