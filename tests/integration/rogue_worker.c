/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In the place of sekisho-worker: zygote and child in one, taken over by the
 * mail it is given. The first word of the mail says what it does to its
 * launcher, which must stay and say what was wrong.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../gateway/proc/ipc.h"
#include "../../gateway/proc/role.h"
#include "../../sanitizer/sanitizer.h"
#include "../../sanitizer/worker/limits.h"

#define FLOOD	50000
#define SEALS	(F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static const struct span none = { NULL, 0 };

static int
memory(const char *text, off_t size)
{
	int fd = memfd_create("rogue", MFD_ALLOW_SEALING);

	if (fd == -1 || write(fd, text, strlen(text)) == -1 ||
	    (size > 0 && ftruncate(fd, size) == -1))
		_exit(9);
	return fd;
}

/* Did it go? The launcher may have closed its end by now: that is fine. */
static bool
done(int channel, uint32_t status, int out, uint64_t bytes, int report,
    uint64_t report_bytes)
{
	const struct msg_job_result result = { .status = status,
	    .bytes = bytes, .report_bytes = report_bytes };
	const int fds[2] = { out, report };

	return ipc_send_now(channel, MSG_JOB_DONE, &result, none, fds,
	    out == -1 ? 0 : report == -1 ? 1 : 2, NULL) == OK;
}

static bool
convert(int channel, uint32_t kind, int fd, uint64_t bytes)
{
	const struct msg_job_convert order = { .task = CONVERT_PICTURE,
	    .kind = kind, .bytes = bytes };

	return ipc_send_now(channel, MSG_JOB_CONVERT, &order, none, &fd, 1,
	    NULL) == OK;
}

/* More messages than any queue holds; nobody listens to the orders. */
static void
flood(int channel)
{
	int fd = memory("x", 0);

	for (unsigned i = 0; i < FLOOD && convert(channel, 9999, fd, 1); i++)
		;
}

static void
act(const char *what, int channel)
{
	int good = memory("Received: from x\r\n", 0), report = memory("{}", 0);
	int pair[2];

	if (pipe(pair) == -1)
		_exit(9);
	if (strcmp(what, "flood") == 0)
		flood(channel);
	else if (strcmp(what, "pipe") == 0)
		done(channel, SANITIZE_SAFE, pair[0], 18, report, 2);
	else if (strcmp(what, "disk") == 0)
		done(channel, SANITIZE_SAFE, open("/proc/self/exe", O_RDONLY),
		    18, report, 2);
	else if (strcmp(what, "mapped") == 0 && mmap(NULL, 18, PROT_READ |
	    PROT_WRITE, MAP_SHARED, good, 0) != MAP_FAILED)
		done(channel, SANITIZE_SAFE, good, 18, report, 2);
	else if (strcmp(what, "length") == 0)
		done(channel, SANITIZE_SAFE, good, 17, report, 2);
	else if (strcmp(what, "huge") == 0)
		done(channel, SANITIZE_SAFE, memory("Received: from x\r\n",
		    JOB_OUTPUT_BYTES_MAX + 1), JOB_OUTPUT_BYTES_MAX + 1,
		    report, 2);
	else if (strcmp(what, "report") == 0)
		done(channel, SANITIZE_SAFE, good, 18, memory("{}",
		    JOB_REPORT_BYTES_MAX + 1), JOB_REPORT_BYTES_MAX + 1);
	else if (strcmp(what, "fewer") == 0)
		done(channel, SANITIZE_SAFE, good, 18, -1, 0);
	else if (strcmp(what, "mail") == 0)
		done(channel, SANITIZE_SAFE, memory("From: x@x.example\r\n",
		    0), 19, report, 2);
	else if (strcmp(what, "outcome") == 0)
		done(channel, 99, good, 18, report, 2);
	else if (strcmp(what, "bytes") == 0)
		(void)send(channel, "rubbish", 7, MSG_NOSIGNAL);
	else if (strcmp(what, "kind") == 0)
		convert(channel, 9999, good, 18);
	else if (strcmp(what, "twice") == 0) {
		done(channel, SANITIZE_SAFE, good, 18, report, 2);
		done(channel, SANITIZE_SAFE, good, 18, report, 2);
	}
	/* somebody is left who writes what was given away */
	if (strcmp(what, "late") == 0 && fork() == 0) {
		close(channel);
		close(ROLE_FD_SUPERVISOR);
		while ((fcntl(good, F_GET_SEALS) & SEALS) != SEALS &&
		    pwrite(good, "Received: from y\r\n", 18, 0) == 18)
			usleep(1000);
		_exit(0);
	}
	if (strcmp(what, "late") == 0)
		done(channel, SANITIZE_SAFE, good, 18, report, 2);
}

static void
tell_exit(uint64_t job)
{
	const struct msg_job_exit message = { .job = job };

	if (ipc_send_now(ROLE_FD_SUPERVISOR, MSG_JOB_EXIT, &message, none,
	    NULL, 0, NULL) != OK)
		_exit(0);
}

static void
job(uint64_t number, int channel)
{
	static _Alignas(16) uint8_t bytes[MSG_BYTES_MAX];
	struct ipc_message message;
	char text[16] = "", what[16] = "";

	if (ipc_receive_now(channel, ROLE_WORKER, ROLE_SANITIZE, bytes,
	    &message, 5000, NULL) == OK && message.fds_n == 1 &&
	    pread(message.fds[0], text, sizeof(text) - 1, 0) > 0 &&
	    sscanf(text, "%15s", what) == 1)
		act(what, channel);
	close(channel);
	tell_exit(number);
}

int
main(void)
{
	static _Alignas(16) uint8_t bytes[MSG_BYTES_MAX];
	struct ipc_message message;
	struct msg_job order;

	tell_exit(0);
	while (ipc_receive_now(ROLE_FD_SUPERVISOR, ROLE_WORKER, ROLE_SANITIZE,
	    bytes, &message, 0, NULL) == OK)
		if (message.kind == MSG_JOB) {
			memcpy(&order, message.fixed, sizeof(order));
			job(order.job, message.fds[0]);
		}
	return 0;
}
