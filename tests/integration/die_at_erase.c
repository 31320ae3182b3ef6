/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded into a gateway: the process of its audit log ends in the moment
 * before an old file would go, as by kill -9, while there is a file `die` in
 * the folder of the log.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int
unlinkat(int dir, const char *name, int flags)
{
	size_t len = strlen(name);

	if (len > 4 && strcmp(name + len - 4, ".log") == 0 &&
	    syscall(SYS_openat, dir, "die", O_RDONLY) != -1)
		_exit(9);
	return (int)syscall(SYS_unlinkat, dir, name, flags);
}
