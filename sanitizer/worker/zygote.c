/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A zygote: sekisho-worker and sekisho-render are one. It loads its
 * libraries, gives up its rights, and forks a child for each job that the
 * launcher sends. It reads no hostile byte itself: the job's channel goes to
 * the child unread.
 */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../gateway/base/log.h"
#include "../../gateway/proc/ipc.h"
#include "../../gateway/proc/role.h"
#include "limits.h"
#include "zygote.h"

struct child {
	uint64_t	job;
	pid_t		pid;
	int		pidfd;
};

static struct child children[WORKER_CHILDREN_MAX];
static unsigned children_n;
static int launcher = ROLE_FD_SUPERVISOR;
static const struct zygote_program *program;

static void
tell_exit(uint64_t job, int status, const struct rusage *usage)
{
	struct msg_job_exit message = { .job = job };
	struct diag diag;

	message.cpu_us = (uint64_t)(usage->ru_utime.tv_sec +
	    usage->ru_stime.tv_sec) * 1000000 +
	    (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
	message.rss_bytes_max = (uint64_t)usage->ru_maxrss * 1024;
	message.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	message.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (ipc_send_now(launcher, MSG_JOB_EXIT, &message,
	    (struct span){ NULL, 0 }, NULL, 0, &diag) != OK)
		exit(0);		/* the launcher is gone */
}

static void
start(uint64_t job, int channel)
{
	const struct rusage none = { .ru_maxrss = 0 };
	struct child *child = &children[children_n];

	if (children_n == WORKER_CHILDREN_MAX) {
		tell_exit(job, 0x7f00, &none);	/* as of exit(127) */
		return;
	}
	child->job = job;
	child->pid = role_fork_child(&child->pidfd);
	if (child->pid == 0) {
		program->child(channel);
		_exit(127);
	}
	if (child->pid == -1)
		tell_exit(job, 0x7f00, &none);
	else
		children_n++;
}

static void
receive(void)
{
	static uint8_t bytes[MSG_BYTES_MAX];
	struct ipc_message message;
	struct msg_job job;
	struct diag diag;
	enum err err;

	err = ipc_receive_now(launcher, ROLE_WORKER, ROLE_SANITIZE, bytes,
	    &message, 0, &diag);
	if (err != OK) {
		for (unsigned i = 0; i < children_n; i++)
			role_kill_child(children[i].pidfd);
		if (err == ERR_SYSTEM && diag.errnum == 0)
			exit(0);
		die(4, "launcher: %s", diag.what);
	}
	memcpy(&job, message.fixed, sizeof(job));
	if (message.kind == MSG_JOB) {
		start(job.job, message.fds[0]);
	} else if (message.kind == MSG_JOB_KILL) {
		for (unsigned i = 0; i < children_n; i++)
			if (children[i].job == job.job)
				role_kill_child(children[i].pidfd);
	} else {
		die(4, "message %d out of place", (int)message.kind);
	}
	for (unsigned i = 0; i < message.fds_n; i++)
		close(message.fds[i]);
}

static void
reap(unsigned i)
{
	struct child child = children[i];
	struct rusage usage;
	int status;

	if (wait4(child.pid, &status, 0, &usage) != child.pid)
		die(4, "wait: %s", strerror(errno));
	close(child.pidfd);
	children[i] = children[--children_n];
	tell_exit(child.job, status, &usage);
}

/*
 * Memory for the children, before any is forked. What is free between the
 * blocks of the start would be given out first, and each such block lies on
 * a page that is shared with us: the kernel copies it at the first write, one
 * fault for each. So take all of it, for good; then malloc() has only the
 * top of the heap to give, where no page has been used yet. (The sizes are
 * those that malloc() keeps lists of; what is free and larger is cut up.)
 */
static void
heap_settle(void)
{
#ifndef __SANITIZE_ADDRESS__	/* it has a heap of its own */
	static struct block { struct block *next; } *taken, *block;

	(void)mallopt(M_TOP_PAD, WORKER_HEAP_BYTES);
	(void)mallopt(M_TRIM_THRESHOLD, 2 * WORKER_HEAP_BYTES);
	block = malloc(WORKER_HEAP_BYTES / 4);	/* start-up: the top grows */
	free(block);
	for (size_t size = 1040; size >= 16; size -= 16) {
		size_t top = mallinfo2().keepcost;

		for (unsigned i = 0; i < WORKER_HEAP_BYTES / 16 &&
		    mallinfo2().keepcost == top; i++) {
			block = malloc(size);	/* start-up: is never freed */
			if (block == NULL)
				die(4, "no memory");
			block->next = taken;
			taken = block;
		}
	}
#endif
}

void
zygote_main(const struct zygote_program *is, int argc, char **argv)
{
	static struct pollfd fds[WORKER_CHILDREN_MAX + 1];
	struct role_start start_up;
	struct role_state state;
	const struct rusage none = { .ru_maxrss = 0 };

	program = is;
	program->warm();
	role_start(program->role, argc, argv, &start_up, &state);
	heap_settle();
	tell_exit(0, 0, &none);		/* job 0: ready */
	for (;;) {
		unsigned n = children_n;

		fds[0] = (struct pollfd){ launcher, POLLIN, 0 };
		for (unsigned i = 0; i < n; i++)
			fds[i + 1] = (struct pollfd){ children[i].pidfd,
			    POLLIN, 0 };
		if (poll(fds, n + 1, -1) == -1) {
			if (errno == EINTR)
				continue;
			die(4, "poll: %s", strerror(errno));
		}
		/* from the back: reap() moves the last one here */
		for (unsigned i = n; i > 0; i--)
			if (fds[i].revents != 0)
				reap(i - 1);
		if (fds[0].revents != 0)
			receive();
	}
}
