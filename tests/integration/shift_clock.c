/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded into a program under test: its wall clock is SHIFT_S seconds
 * ahead, so that a mail that came just now is days old; with SHIFT_WHEN from
 * the time on that such a file is there. SHIFT_FILE has that number in it, and
 * may change; it is read in the process SHIFT_PROGRAM alone, as others may
 * open nothing. SHIFT_MAP is such a file for all processes: it is mapped, and
 * written to in place. The monotonic clock stays as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static time_t
from_file(void)
{
	const char *path = getenv("SHIFT_FILE");
	const char *program = getenv("SHIFT_PROGRAM");
	char text[32] = "";
	int fd;

	if (path == NULL || program == NULL ||
	    strcmp(program, program_invocation_short_name) != 0 ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return 0;
	if (read(fd, text, sizeof(text) - 1) == -1)
		text[0] = '\0';
	close(fd);
	return (time_t)strtol(text, NULL, 10);
}

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
	const char *shift = getenv("SHIFT_S"), *when = getenv("SHIFT_WHEN");
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (rc == 0 && id == CLOCK_REALTIME && shift != NULL &&
	    (when == NULL || access(when, F_OK) == 0))
		ts->tv_sec += (time_t)strtol(shift, NULL, 10);
	if (rc == 0 && id == CLOCK_REALTIME)
		ts->tv_sec += from_file();
	if (rc == 0 && id == CLOCK_REALTIME && map != NULL)
		ts->tv_sec += (time_t)strtol(map, NULL, 10);
	return rc;
}
