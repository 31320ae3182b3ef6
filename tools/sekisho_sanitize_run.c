/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One sekisho-sanitize, started, asked and stopped. It has the engine and
 * the sandbox; here nothing of the content is read.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../gateway/base/durable.h"
#include "../gateway/proc/ipc.h"
#include "../gateway/proc/role.h"
#include "commands.h"
#include "sanitize_run.h"

#define PATH_BYTES	4096
#define COPY_BYTES	(256 * 1024)
#define INPUT_BYTES_MAX	(100l * 1024 * 1024)
#define ANSWER_MS	30000
#define START_MS	10000
#define USER_NOBODY	"65534"

/* ---- rules and input ---- */

static bool
find_policy(const struct rules_image *image, const char *name,
    uint32_t *policy_index)
{
	const char *wanted = name != NULL ? name : "standard";
	struct rules_policy policy;

	*policy_index = 0;
	for (uint32_t i = 0; i < rules_policies(image); i++) {
		rules_policy(image, i, &policy);
		if (span_equal(policy.name, span_str(wanted))) {
			*policy_index = i;
			return true;
		}
	}
	return name == NULL && rules_policies(image) > 0;
}

int
sanitize_rules(const struct rules_run *rules, const char *policy,
    uint32_t *policy_index, const char **why)
{
	struct rules_image *image = NULL;
	struct diag diag;
	struct buf bytes;
	int fd = -1;

	buf_init(&bytes, OUTPUT_BYTES_MAX);
	if (rules_run_errors(rules) > 0 ||
	    rules_compile(rules, &bytes) != OK ||
	    rules_image_open(buf_span(&bytes), &image, &diag) != OK)
		*why = "do not compile";
	else if (!find_policy(image, policy, policy_index))
		*why = "have no such policy";
	else if ((fd = memfd_create("rules", MFD_CLOEXEC |
	    MFD_ALLOW_SEALING)) == -1 ||
	    write_all(fd, buf_span(&bytes), &diag) != OK ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK |
	    F_SEAL_GROW | F_SEAL_SEAL) == -1)
		*why = strerror(errno);
	rules_image_close(image);
	buf_fini(&bytes);
	return fd;
}

enum err
sanitize_copy(int from, int to, long bytes_max)
{
	static uint8_t bytes[COPY_BYTES];
	long sum = 0;
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return ERR_SYSTEM;
		if ((sum += n) > bytes_max)
			return ERR_LIMIT;
		if (write_all(to, (struct span){ bytes, (size_t)n }, NULL) !=
		    OK)
			return ERR_SYSTEM;
	}
	return OK;
}

int
sanitize_input(const char *path, uint64_t *bytes)
{
	int from = strcmp(path, "-") == 0 ? STDIN_FILENO :
	    open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int fd = -1;
	struct stat st;
	enum err err = ERR_SYSTEM;

	if (from == -1)
		return -1;
	if (fstat(from, &st) == 0 && S_ISDIR(st.st_mode))
		errno = EISDIR;
	else if ((fd = memfd_create("input", MFD_CLOEXEC |
	    MFD_ALLOW_SEALING)) != -1)
		err = sanitize_copy(from, fd, INPUT_BYTES_MAX);
	if (from != STDIN_FILENO)
		close(from);
	if (err == OK && fstat(fd, &st) == 0) {
		*bytes = (uint64_t)st.st_size;
		return fd;
	}
	if (err == ERR_LIMIT)
		errno = EFBIG;
	if (fd != -1)
		close(fd);
	return -1;
}

/* ---- start ---- */

/* Beside our own program file, or in libexec beside its folder. */
static bool
find_program(char path[PATH_BYTES])
{
	char exe[PATH_BYTES / 2];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (len <= 0)
		return false;
	exe[len] = '\0';
	if ((slash = strrchr(exe, '/')) == NULL)
		return false;
	*slash = '\0';
	snprintf(path, PATH_BYTES, "%s/sekisho-sanitize", exe);
	if (access(path, X_OK) == 0)
		return true;
	snprintf(path, PATH_BYTES,
	    "%s/../libexec/sekisho/sekisho-sanitize", exe);
	return access(path, X_OK) == 0;
}

static _Noreturn void
exec_launcher(const char *path, const char *name, int channel,
    const struct sanitize_run *run)
{
	const char *user = geteuid() == 0 ? USER_NOBODY : "0";
	char *const argv[] = { (char *)(uintptr_t)"sekisho-sanitize",
	    (char *)(uintptr_t)name, (char *)(uintptr_t)"-",
	    (char *)(uintptr_t)user, (char *)(uintptr_t)user,
	    (char *)(uintptr_t)run->empty, NULL };

	if (channel == ROLE_FD_SUPERVISOR)
		(void)fcntl(channel, F_SETFD, 0);
	else if (dup2(channel, ROLE_FD_SUPERVISOR) == -1)
		_exit(127);
	(void)close_range(ROLE_FD_SUPERVISOR + 1, ~0u, 0);
	execv(path, argv);
	_exit(127);
}

/* Wait for a message of this kind from the launcher. */
static bool
expect(const struct sanitize_run *run, enum msg_kind kind)
{
	static _Alignas(16) uint8_t bytes[MSG_BYTES_MAX];
	struct ipc_message message;
	struct diag diag;

	do {
		if (ipc_receive_now(run->supervisor, ROLE_SUPERVISOR,
		    ROLE_SANITIZE, bytes, &message, START_MS, &diag) != OK)
			return false;
		for (unsigned i = 0; i < message.fds_n; i++)
			close(message.fds[i]);
	} while (message.kind != kind);
	return true;
}

static bool
start(struct sanitize_run *run, const char *path, const char *name, int rules)
{
	const struct msg_rules msg_rules = { .generation = 0 };
	const struct msg_peer msg_peer = { .role = ROLE_TOOL,
	    .segment = UINT32_MAX };
	const struct span none = { NULL, 0 };
	int pair[2], peer[2];
	struct diag diag;

	if (geteuid() == 0) {
		snprintf(run->empty, sizeof(run->empty), "/tmp/sekishoXXXXXX");
		if (mkdtemp(run->empty) == NULL)
			run->empty[0] = '\0';
	}
	if (ipc_pair(pair, &diag) != OK || ipc_pair(peer, &diag) != OK)
		return false;
	if ((run->pid = fork()) == 0)
		exec_launcher(path, name, pair[1], run);
	close(pair[1]);
	run->supervisor = pair[0];
	run->peer = peer[0];
	if (run->pid == -1 ||
	    ipc_send_now(pair[0], MSG_RULES, &msg_rules, none, &rules, 1,
	    &diag) != OK || ipc_send_now(pair[0], MSG_PEER, &msg_peer, none,
	    &peer[1], 1, &diag) != OK)
		return false;
	close(peer[1]);
	return expect(run, MSG_READY);
}

bool
sanitize_start(struct sanitize_run *run, const char *program, int rules)
{
	char path[PATH_BYTES];

	*run = (struct sanitize_run){ .supervisor = -1, .peer = -1,
	    .fds = { -1, -1 } };
	snprintf(run->reason, sizeof(run->reason), "is not installed");
	if (program != NULL)
		snprintf(path, sizeof(path), "%s", program);
	else if (!find_program(path))
		return false;
	if (start(run, path, program == NULL ? SANITIZE_ONE_ORDER : "",
	    rules))
		return true;
	snprintf(run->reason, sizeof(run->reason), "does not start");
	return false;
}

void
sanitize_stop(struct sanitize_run *run)
{
	int status;

	if (run->peer != -1)
		close(run->peer);
	if (run->supervisor != -1) {
		const struct msg_empty empty = { 0 };

		/* it may be gone already: then there is nothing to stop */
		if (ipc_send_now(run->supervisor, MSG_STOP, &empty,
		    (struct span){ NULL, 0 }, NULL, 0, NULL) != OK &&
		    run->pid > 0)
			(void)kill(run->pid, SIGKILL);
	}
	if (run->pid > 0)
		(void)waitpid(run->pid, &status, 0);
	if (run->supervisor != -1)
		close(run->supervisor);
	if (run->empty[0] != '\0')
		(void)rmdir(run->empty);
}

bool
sanitize_order(struct sanitize_run *run, const struct msg_sanitize *fixed,
    struct span name, int fd)
{
	static _Alignas(16) uint8_t answer[MSG_BYTES_MAX];
	struct ipc_message message;
	struct diag diag = { .what = "" };

	if (ipc_send_now(run->peer, MSG_SANITIZE, fixed,
	    span_sub(name, 0, 1000), &fd, 1, &diag) != OK ||
	    ipc_receive_now(run->peer, ROLE_TOOL, ROLE_SANITIZE, answer,
	    &message, ANSWER_MS, &diag) != OK ||
	    message.kind != MSG_SANITIZED) {
		snprintf(run->reason, sizeof(run->reason),
		    "gave no answer: %s", diag.what);
		return false;
	}
	memcpy(&run->answer, message.fixed, sizeof(run->answer));
	snprintf(run->reason, sizeof(run->reason), "%.*s",
	    (int)message.tail.len, (const char *)message.tail.ptr);
	for (unsigned i = 0; i < message.fds_n && i < 2; i++)
		run->fds[i] = message.fds[i];
	return true;
}
