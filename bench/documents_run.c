/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One run, watched by a process of its own: it takes over what the run leaves
 * behind, so that processor time and memory of every process are counted, and
 * nothing runs on beside the next one.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../gateway/base/clock.h"
#include "../gateway/base/log.h"
#include "documents.h"

#define ARGUMENTS_MAX	6
#define ENDING_MS	5000	/* for what a program leaves behind */

struct order {
	inside_fn	*work;
	void		*arg;
	const char	*script;
	const char	*const *arguments;
	bool		 one_core;
	int		 limit_ms;
};

static double
cpu_ms(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) *
	    1e3 + (double)(usage->ru_utime.tv_usec +
	    usage->ru_stime.tv_usec) / 1e3;
}

static double
own_cpu_ms(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return cpu_ms(&usage);
}

void
said_start(struct said *said)
{
	said->cpu_ms = own_cpu_ms();
	said->ms = (double)clock_monotonic_ns() / 1e6;
}

void
said_end(struct said *said)
{
	said->ms = (double)clock_monotonic_ns() / 1e6 - said->ms;
	said->cpu_ms = own_cpu_ms() - said->cpu_ms;
}

static _Noreturn void
run_here(const struct order *order, struct said *said)
{
	char *args[ARGUMENTS_MAX + 5] = { (char *)(uintptr_t)"sh",
	    (char *)(uintptr_t)"-c", (char *)(uintptr_t)order->script,
	    (char *)(uintptr_t)"sh" };
	int null = open("/dev/null", O_RDWR);
	cpu_set_t set;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (order->work != NULL) {
		order->work(order->arg, said);
		_exit(said->ok ? 0 : 1);
	}
	for (unsigned i = 0; i < ARGUMENTS_MAX &&
	    order->arguments[i] != NULL; i++)
		args[i + 4] = (char *)(uintptr_t)order->arguments[i];
	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (order->one_core)
		(void)sched_setaffinity(0, sizeof(set), &set);
	execv("/bin/sh", args);
	_exit(127);
}

static void
pause_ms(void)
{
	const struct timespec time = { .tv_nsec = 1000000 };

	(void)nanosleep(&time, NULL);
}

/* Everything that is still below us. */
static void
kill_children(void)
{
	char path[64], line[4096], *at = line;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children",
	    (int)getpid());
	f = fopen(path, "r");
	if (f == NULL)
		return;
	if (fgets(line, sizeof(line), f) != NULL)
		for (long pid; (pid = strtol(at, &at, 10)) > 1; )
			(void)kill((pid_t)pid, SIGKILL);
	fclose(f);
}

/* Wait for all that is left; what does not end by itself is ended. */
static void
reap(bool now)
{
	unsigned waited = 0;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) != -1) {
		if (pid > 0)
			continue;
		if (now || waited++ > ENDING_MS)
			kill_children();
		pause_ms();
	}
}

static _Noreturn void
watch(const struct order *order, struct outcome *outcome)
{
	struct rusage usage;
	struct pollfd fd = { .events = POLLIN };
	uint64_t start;
	int status = -1;
	pid_t pid;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	start = clock_monotonic_ns();
	if ((pid = fork()) == 0)
		run_here(order, &outcome->said);
	if (pid == -1)
		_exit(1);
	fd.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (poll(&fd, 1, order->limit_ms) == 0)
		outcome->late = true;
	outcome->ms = (double)(clock_monotonic_ns() - start) / 1e6;
	if (outcome->late)
		(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	reap(outcome->late);
	(void)getrusage(RUSAGE_CHILDREN, &usage);
	outcome->cpu_ms = cpu_ms(&usage);
	outcome->peak_mb = (double)usage.ru_maxrss / 1024;
	outcome->ok = !outcome->late && status == 0;
	_exit(0);
}

static void
run(const struct order *order, struct outcome *outcome)
{
	static struct outcome *shared;
	pid_t pid;

	if (shared == NULL)
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die(4, "mmap: %s", strerror(errno));
	memset(shared, 0, sizeof(*shared));
	fflush(NULL);
	if ((pid = fork()) == 0)
		watch(order, shared);
	if (pid == -1 || waitpid(pid, NULL, 0) != pid)
		die(4, "fork: %s", strerror(errno));
	*outcome = *shared;
}

void
run_inside(inside_fn *work, void *arg, double limit_s,
    struct outcome *outcome)
{
	const struct order order = { .work = work, .arg = arg,
	    .limit_ms = (int)(limit_s * 1000) };

	run(&order, outcome);
	if (!outcome->ok)
		return;
	outcome->ms = outcome->said.ms;
	outcome->cpu_ms = outcome->said.cpu_ms;
}

void
run_script(const char *script, const char *const *arguments, bool one_core,
    double limit_s, struct outcome *outcome)
{
	const struct order order = { .script = script,
	    .arguments = arguments, .one_core = one_core,
	    .limit_ms = (int)(limit_s * 1000) };

	run(&order, outcome);
}
