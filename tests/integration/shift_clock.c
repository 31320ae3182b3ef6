/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded into a program under test: its wall clock is SHIFT_S seconds
 * ahead, so that a mail that came just now is days old. SHIFT_MAP names a file
 * of 4096 bytes that begins with such a number, and may be written to in place
 * while the program runs: it is mapped, as most of ours may open nothing
 * (clock_begin and clock_set of lib.sh). The monotonic clock stays as it is.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char *map;

__attribute__((constructor)) static void
map_file(void)
{
	const char *name = getenv("SHIFT_MAP");
	int fd = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
	void *at = fd == -1 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ,
	    MAP_SHARED, fd, 0);

	if (at != MAP_FAILED)
		map = at;
	if (fd != -1)
		close(fd);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	const char *shift = map != NULL ? map : getenv("SHIFT_S");
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (rc == 0 && id == CLOCK_REALTIME && shift != NULL)
		ts->tv_sec += (time_t)strtol(shift, NULL, 10);
	return rc;
}
