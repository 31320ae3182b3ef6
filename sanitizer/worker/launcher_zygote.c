/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The zygotes: sekisho-worker is started once for mails and once for files in
 * them, sekisho-render once for what is drawn, while we may still start
 * programs. After that a zygote forks on our word.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../gateway/base/log.h"
#include "../../gateway/proc/role.h"
#include "launcher.h"

#define PATH_BYTES	4096
#define ARGUMENTS	6

static struct zygote {
	const char		*name;
	const char		*program;
	int			 fd;
	struct ipc_channel	*channel;
} zygotes[ZYGOTE_N] = {
	[ZYGOTE_MAIL] = { "mail", "sekisho-worker", -1, NULL },
	[ZYGOTE_CONVERT] = { "convert", "sekisho-worker", -1, NULL },
	[ZYGOTE_RENDER] = { "render", "sekisho-render", -1, NULL },
};

/*
 * The renderer takes its time to load; what comes for it meanwhile waits in
 * its channel. So nobody else has to wait for it.
 */
#define READY_N		2

/*
 * One order is all that comes: no second sekisho-worker is loaded for the
 * conversions, both are the same program in the same sandbox.
 */
static bool once;
static unsigned ready_n;
static void (*child_ended)(const struct msg_job_exit *);

/* A program beside our own program file. */
static void
program_path(char path[PATH_BYTES], const char *name)
{
	ssize_t len = readlink("/proc/self/exe", path,
	    PATH_BYTES - strlen(name) - 1);

	if (len <= 0)
		die(4, "/proc/self/exe: %s", strerror(errno));
	while (len > 0 && path[len - 1] != '/')
		len--;
	memcpy(path + len, name, strlen(name) + 1);
}

/*
 * Until the first job: the fonts and libraries of the renderer take more
 * processor time than all else that is done with a small file.
 */
static void
wait_for_job(void)
{
	struct pollfd channel = { .fd = ROLE_FD_SUPERVISOR, .events = POLLIN };

	while (poll(&channel, 1, -1) == -1)
		if (errno != EINTR)
			_exit(4);
	if ((channel.revents & (POLLHUP | POLLERR)) != 0)
		_exit(0);		/* the launcher has ended */
}

/* In the new process: channel becomes descriptor 3, nothing else stays. */
static _Noreturn void
run(const char *path, char **argv, int channel, bool wait)
{
	if (channel == ROLE_FD_SUPERVISOR) {
		if (fcntl(channel, F_SETFD, 0) == -1)
			_exit(4);
	} else if (dup2(channel, ROLE_FD_SUPERVISOR) == -1) {
		_exit(4);
	}
	/* until it changes its user; from then on it sees its channel close */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)close_range(ROLE_FD_SUPERVISOR + 1, ~0u, 0);
	if (wait)
		wait_for_job();
	execv(path, argv);
	_exit(4);
}

static void
start(struct zygote *zygote, char **argv, int argc, bool wait)
{
	char path[PATH_BYTES], program[32] = { 0 };
	char *args[ARGUMENTS + 1] = { NULL };
	char none[] = "-", zero[] = "0";
	char empty[] = "", name[16] = { 0 };
	struct diag diag;
	int pair[2];
	pid_t pid;

	memcpy(name, zygote->name, strlen(zygote->name));
	memcpy(program, zygote->program, strlen(zygote->program));
	program_path(path, program);
	args[0] = program;
	args[1] = name;
	args[2] = none;
	args[3] = argc > 3 ? argv[3] : zero;
	args[4] = argc > 4 ? argv[4] : zero;
	args[5] = argc > 5 ? argv[5] : empty;
	if (ipc_pair(pair, &diag) != OK)
		die(4, "%s", diag.what);
	if ((pid = fork()) == -1)
		die(4, "fork: %s", strerror(errno));
	if (pid == 0)
		run(path, args, pair[1], wait);
	close(pair[1]);
	zygote->fd = pair[0];
}

void
zygotes_start(char **argv, int argc)
{
	once = argc > 1 && strcmp(argv[1], SANITIZE_ONE_ORDER) == 0;
	for (unsigned i = 0; i < ZYGOTE_N; i++)
		if (!once || i != ZYGOTE_CONVERT)
			start(&zygotes[i], argv, argc,
			    once && i == ZYGOTE_RENDER);
}

enum zygote_kind
zygote_of_task(enum convert_task task)
{
	switch (task) {
	case CONVERT_RENDER_DRAW:
	case CONVERT_RENDER_PIXELS:
	case CONVERT_RENDER_TEXT:
		return ZYGOTE_RENDER;
	case CONVERT_PICTURE:
	case CONVERT_OFFICE:
	case CONVERT_OFFICE_TEXT:
	case CONVERT_ENTRIES:
	case CONVERT_PDF_CLEAN:
	case CONVERT_PDF_FINISH:
	case CONVERT_PDF_PAGES:
	case CONVERT_PDF_PIXELS:
	case CONVERT_PIXELS_PICTURE:
	case CONVERT_TASK_N:
		break;
	}
	return once ? ZYGOTE_MAIL : ZYGOTE_CONVERT;
}

static void
on_message(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	const struct zygote *zygote = arg;
	struct msg_job_exit fixed;

	(void)channel;
	if (message->kind != MSG_JOB_EXIT)
		die(4, "message %d out of place", (int)message->kind);
	memcpy(&fixed, message->fixed, sizeof(fixed));
	if (fixed.job != 0)
		child_ended(&fixed);
	else if (zygote != &zygotes[ZYGOTE_RENDER] &&
	    ++ready_n == (once ? 1 : READY_N))
		launcher_ready();
}

static void
on_closed(void *arg, struct ipc_channel *channel)
{
	(void)channel;
	die(4, "the %s worker has ended", ((struct zygote *)arg)->name);
}

void
zygotes_watch(struct loop *loop, void (*ended)(const struct msg_job_exit *))
{
	child_ended = ended;
	for (unsigned i = 0; i < ZYGOTE_N; i++) {
		const struct ipc_handler handler = { .message = on_message,
			.closed = on_closed, .arg = &zygotes[i] };

		if (zygotes[i].fd == -1)
			continue;
		zygotes[i].channel = ipc_open(loop, zygotes[i].fd,
		    ROLE_SANITIZE, ROLE_WORKER, &handler);
		if (zygotes[i].channel == NULL)
			die(4, "no room for a channel");
	}
}

enum err
zygote_job(enum zygote_kind kind, uint64_t job, int *channel)
{
	const struct msg_job message = { .job = job };
	int pair[2];
	enum err err;

	/* not ipc_pair(): one for each mail, the usual buffers are enough */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0, pair) == -1)
		return ERR_SYSTEM;
	err = ipc_send(zygotes[kind].channel, MSG_JOB, &message,
	    (struct span){ NULL, 0 }, &pair[1], 1);
	close(pair[1]);
	if (err == OK)
		*channel = pair[0];
	else
		close(pair[0]);
	return err;
}

void
zygote_kill(enum zygote_kind kind, uint64_t job)
{
	const struct msg_job message = { .job = job };

	if (ipc_send(zygotes[kind].channel, MSG_JOB_KILL, &message,
	    (struct span){ NULL, 0 }, NULL, 0) != OK)
		die(4, "the %s worker does not listen", zygotes[kind].name);
}
