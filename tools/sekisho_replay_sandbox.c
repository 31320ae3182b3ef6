/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sandbox of `sekisho replay`: libpcap reads a file of somebody else's
 * under the administrator's account, so before the first byte of it all but
 * reading, writing and memory is given up. The roles of the gateway have
 * theirs in gateway/proc; this is no role, it has no messages.
 */
#include <errno.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "replay.h"

#define DATA_BYTES_MAX	(2ul * 1024 * 1024 * 1024)

/* No call that opens, connects, executes, or reaches another process. */
static const int calls[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev),
	SCMP_SYS(lseek), SCMP_SYS(_llseek), SCMP_SYS(fstat),
	SCMP_SYS(fstat64), SCMP_SYS(newfstatat), SCMP_SYS(close),
	SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(munmap),
	SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(getrandom),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(futex),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
	SCMP_SYS(sysinfo),		/* qsort() asks how much memory */
	/* abort() of require() */
	SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(tgkill),
	SCMP_SYS(rt_sigaction)
};

static bool
limit(int what, rlim_t max)
{
	struct rlimit now;

	if (getrlimit((__rlimit_resource_t)what, &now) == -1)
		return false;
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max < max)
		max = now.rlim_max;
	now = (struct rlimit){ max, max };
	return setrlimit((__rlimit_resource_t)what, &now) == 0;
}

static int
load_filter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int result = filter == NULL ? -ENOMEM : 0;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]) &&
	    result == 0; i++)
		result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i],
		    0);
	/* stdio asks for a terminal, libc for its files: no will do */
	if (result == 0)
		result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOTTY),
		    SCMP_SYS(ioctl), 0);
	if (result == 0)
		result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOENT),
		    SCMP_SYS(openat), 0);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return result;
}

enum err
replay_sandbox(struct diag *diag)
{
	rlim_t data = DATA_BYTES_MAX;
	int result;

#ifdef __SANITIZE_ADDRESS__	/* its shadow is 16 TB of address space */
	data = RLIM_INFINITY;
#endif
	if (!limit(RLIMIT_NOFILE, 0) || !limit(RLIMIT_CORE, 0) ||
	    !limit(RLIMIT_DATA, data))
		return diag_system(diag, "limits");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return diag_system(diag, "no_new_privs");
	result = load_filter();
	if (result != 0) {
		errno = -result;
		return diag_system(diag, "seccomp");
	}
	return OK;
}
