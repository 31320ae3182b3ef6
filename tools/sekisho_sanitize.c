/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho sanitize: one mail or file through the same engine in the same
 * sandbox, without a daemon. This end plays supervisor and spool for one run
 * of sekisho-sanitize; it reads the report, never the content.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../gateway/base/clock.h"
#include "../gateway/base/durable.h"
#include "../gateway/base/receipt.h"
#include "../gateway/proc/ipc.h"
#include "../gateway/proc/role.h"
#include "commands.h"
#include "options.h"
#include "report_show.h"
#include "rules_file.h"

#define PATH_BYTES	4096
#define COPY_BYTES	(256 * 1024)
#define INPUT_BYTES_MAX	(100l * 1024 * 1024)
#define ANSWER_MS	30000
#define START_MS	10000
#define USER_NOBODY	"65534"

static const char help[] =
    "usage: sekisho sanitize [--rules FILE] [--policy NAME] "
    "[--as mail|file]\n"
    "           [--report OUT.json] [--receipt RECEIPT] IN [-o OUT]\n"
    "\n"
    "Make one mail or file safe with the engine and the sandbox of the\n"
    "gateway. IN and OUT may be - for standard input and output. Without -o\n"
    "a summary is shown and nothing is written.\n"
    "\n"
    "  --rules FILE     policies of this rule file (default: the shipped\n"
    "                   policy \"standard\")\n"
    "  --policy NAME    which of them (default: standard, or the first)\n"
    "  --as mail|file   what IN is (default: as it looks)\n"
    "  --report FILE    write the report as JSON, - is standard output\n"
    "  --receipt R      the receipt number to write into the mail; its time\n"
    "                   is that of the number, so the output can be repeated\n"
    "\n"
    "exit status: 0 a safe form was made, 1 the policy holds it, 2 usage,\n"
    "3 IN cannot be read, 4 the system failed\n";

/* What is used where no rule file is given: design.md section 5. */
static const char standard_rules[] =
    "gateway \"sekisho.localhost\"\n"
    "policy standard {\n"
    "    body text\n"
    "    pdf rebuild  image rebuild  office rebuild  text rebuild\n"
    "    archive rebuild depth 3\n"
    "    legacy-office convert\n"
    "    encrypted hold\n"
    "    other remove\n"
    "}\n";

struct run {
	const char	*in, *out, *report, *rules, *policy;
	uint32_t	 flags;
	uint64_t	 id;
	/* the launcher */
	pid_t		 pid;
	int		 supervisor, peer;
	uint32_t	 policy_index;
	char		 empty[32];	/* folder for chroot, "" if none */
	/* the answer */
	struct msg_sanitized answer;
	char		 reason[600];
	int		 fds[2];
};

static int
trouble(const char *what, const char *why, int status)
{
	fprintf(stderr, "sekisho sanitize: %s: %s\n", what, why);
	return status;
}

/* ---- rules ---- */

static enum err
find_policy(const struct rules_image *image, struct run *run)
{
	const char *wanted = run->policy != NULL ? run->policy : "standard";
	struct rules_policy policy;

	for (uint32_t i = 0; i < rules_policies(image); i++) {
		rules_policy(image, i, &policy);
		if (span_equal(policy.name, span_str(wanted))) {
			run->policy_index = i;
			return OK;
		}
	}
	return run->policy == NULL && rules_policies(image) > 0 ? OK :
	    ERR_INPUT;
}

/* A sealed image of the rules; -1 and a message when there is none. */
static int
seal_image(const struct rules_run *rules, struct run *run)
{
	struct rules_image *image = NULL;
	struct diag diag;
	struct buf bytes;
	int fd = -1;

	buf_init(&bytes, OUTPUT_BYTES_MAX);
	if (rules_run_errors(rules) > 0 ||
	    rules_compile(rules, &bytes) != OK ||
	    rules_image_open(buf_span(&bytes), &image, &diag) != OK)
		(void)trouble("rules", "do not compile", 0);
	else if (find_policy(image, run) != OK)
		(void)trouble("rules", "have no such policy", 0);
	else if ((fd = memfd_create("rules", MFD_CLOEXEC |
	    MFD_ALLOW_SEALING)) == -1 ||
	    write_all(fd, buf_span(&bytes), &diag) != OK ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK |
	    F_SEAL_GROW | F_SEAL_SEAL) == -1)
		(void)trouble("rules", strerror(errno), 0);
	rules_image_close(image);
	buf_fini(&bytes);
	return fd;
}

static int
open_rules(struct run *run, int *status)
{
	static struct rules_file file;
	struct rules_run *rules;
	struct diag diag;
	struct buf text;
	int fd = -1;

	*status = EXIT_REFUSED;
	if (run->rules == NULL) {
		rules = rules_run_new("built-in", span_str(standard_rules),
		    NULL, 0);
		if (rules != NULL)
			fd = seal_image(rules, run);
		rules_run_free(rules);
		return fd;
	}
	if (rules_file_open(&file, run->rules, &diag) != OK) {
		*status = trouble(run->rules, diag.errnum != 0 ?
		    strerror(diag.errnum) : diag.what, EXIT_SYSTEM);
	} else {
		buf_init(&text, OUTPUT_BYTES_MAX);
		if (rules_run_errors(file.run) > 0 &&
		    rules_file_findings(&file, &text) == OK)
			fprintf(stderr, "%.*s", (int)text.len,
			    (const char *)text.ptr);
		buf_fini(&text);
		fd = seal_image(file.run, run);
	}
	rules_file_close(&file);
	return fd;
}

/* ---- input and output ---- */

static enum err
copy(int from, int to, long bytes_max)
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

/*
 * In a memory file, so that nothing can change it while it is looked at, and
 * no file of the user's goes to a process that reads hostile bytes.
 */
static int
open_input(const char *path, uint64_t *bytes)
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
		err = copy(from, fd, INPUT_BYTES_MAX);
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

static int
write_output(const char *path, int fd)
{
	int to = strcmp(path, "-") == 0 ? STDOUT_FILENO :
	    open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	enum err err;

	if (to == -1)
		return trouble(path, strerror(errno), EXIT_SYSTEM);
	err = lseek(fd, 0, SEEK_SET) == -1 ? ERR_SYSTEM :
	    copy(fd, to, LONG_MAX);
	if (err != OK)
		(void)trouble(path, strerror(errno), 0);
	if (to != STDOUT_FILENO && close(to) == -1)
		err = ERR_SYSTEM;
	return err == OK ? EXIT_DONE : EXIT_SYSTEM;
}

/* ---- the launcher ---- */

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
exec_launcher(const char *path, int channel, const struct run *run)
{
	const char *user = geteuid() == 0 ? USER_NOBODY : "0";
	char *const argv[] = { (char *)(uintptr_t)"sekisho-sanitize",
	    (char *)(uintptr_t)"", (char *)(uintptr_t)"-",
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
expect(const struct run *run, enum msg_kind kind)
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
start_launcher(struct run *run, int rules)
{
	const struct msg_rules msg_rules = { .generation = 0 };
	const struct msg_peer msg_peer = { .role = ROLE_TOOL,
	    .segment = UINT32_MAX };
	const struct span none = { NULL, 0 };
	char path[PATH_BYTES];
	int pair[2], peer[2];
	struct diag diag;

	if (!find_program(path)) {
		(void)trouble("sekisho-sanitize", "is not installed", 0);
		return false;
	}
	if (geteuid() == 0) {
		snprintf(run->empty, sizeof(run->empty), "/tmp/sekishoXXXXXX");
		if (mkdtemp(run->empty) == NULL)
			run->empty[0] = '\0';
	}
	if (ipc_pair(pair, &diag) != OK || ipc_pair(peer, &diag) != OK)
		return false;
	if ((run->pid = fork()) == 0)
		exec_launcher(path, pair[1], run);
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

static void
stop_launcher(struct run *run)
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

static bool
order(struct run *run, int fd, uint64_t bytes)
{
	static _Alignas(16) uint8_t answer[MSG_BYTES_MAX];
	const struct msg_sanitize fixed = { .id = run->id,
	    .body_bytes = bytes, .received_ms = receipt_time_ms(run->id),
	    .route = run->policy_index,
	    .flags = run->flags | SANITIZE_TOOL };
	const char *name = strrchr(run->in, '/');
	struct ipc_message message;
	struct diag diag = { .what = "" };

	name = name != NULL ? name + 1 : run->in;
	if (ipc_send_now(run->peer, MSG_SANITIZE, &fixed,
	    strcmp(name, "-") == 0 ? SPAN("") :
	    span_sub(span_str(name), 0, 1000), &fd, 1, &diag) != OK ||
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

/* ---- the answer ---- */

static int
show(const struct run *run)
{
	struct buf report, text;
	uint8_t *room;
	size_t got = 0;
	struct diag diag;
	int status = EXIT_SYSTEM;

	buf_init(&report, OUTPUT_BYTES_MAX);
	buf_init(&text, OUTPUT_BYTES_MAX);
	if (buf_reserve(&report, run->answer.report_bytes, &room) == OK &&
	    pread_all(run->fds[1], room, run->answer.report_bytes, 0, &got,
	    &diag) == OK) {
		report.len += got;
		if (report_show(buf_span(&report), &text) == OK) {
			fwrite(text.ptr, 1, text.len, stdout);
			status = EXIT_DONE;
		}
	}
	buf_fini(&report);
	buf_fini(&text);
	return status;
}

static int
finish(const struct run *run)
{
	int status = EXIT_DONE;

	switch ((enum sanitize_outcome)run->answer.outcome) {
	case SANITIZE_SAFE:
	case SANITIZE_HOLD:
		break;
	case SANITIZE_FAILED:
		return trouble(run->in, run->reason, EXIT_REFUSED);
	case SANITIZE_CRASHED:
	case SANITIZE_TIMEOUT:
	case SANITIZE_BUSY:
		return trouble(run->in, run->reason, EXIT_SYSTEM);
	}
	if (run->report != NULL)
		status = write_output(run->report, run->fds[1]);
	if (status == EXIT_DONE && run->out != NULL)
		status = write_output(run->out, run->fds[0]);
	else if (status == EXIT_DONE && (run->report == NULL ||
	    strcmp(run->report, "-") != 0))
		status = show(run);
	if (status == EXIT_DONE && run->answer.outcome == SANITIZE_HOLD) {
		fprintf(stderr, "sekisho sanitize: held: %s\n", run->reason);
		status = EXIT_NO;
	}
	return status;
}

static int
sanitize(struct run *run)
{
	uint64_t bytes = 0;
	int status, rules, fd;

	if ((rules = open_rules(run, &status)) == -1)
		return status;
	if ((fd = open_input(run->in, &bytes)) == -1)
		return trouble(run->in, strerror(errno), EXIT_REFUSED);
	if (!start_launcher(run, rules))
		status = trouble("sekisho-sanitize", "does not start",
		    EXIT_SYSTEM);
	else if (!order(run, fd, bytes))
		status = trouble("sekisho-sanitize", run->reason,
		    EXIT_SYSTEM);
	else
		status = finish(run);
	stop_launcher(run);
	return status;
}

/* ---- command line ---- */

static bool
parse_as(const char *word, uint32_t *flags)
{
	*flags &= ~SANITIZE_AUTO;
	if (strcmp(word, "file") == 0)
		*flags |= SANITIZE_FILE;
	return strcmp(word, "file") == 0 || strcmp(word, "mail") == 0;
}

int
cmd_sanitize(int argc, char **argv)
{
	struct run run = { .flags = SANITIZE_AUTO, .supervisor = -1,
	    .peer = -1, .fds = { -1, -1 } };
	const char *as = NULL, *receipt = NULL;
	const struct option_row rows[] = {
		{ .name = "output", .letter = 'o', .text = &run.out },
		{ .name = "rules", .text = &run.rules },
		{ .name = "policy", .text = &run.policy },
		{ .name = "as", .text = &as },
		{ .name = "report", .text = &run.report },
		{ .name = "receipt", .text = &receipt },
		{ .name = NULL }
	};
	int status = options_read(argc, argv, help, rows);

	if (status != -1)
		return status;
	if (as != NULL && !parse_as(as, &run.flags))
		return usage_error(argv[0], "--as is mail or file");
	run.id = receipt_next(0, clock_wall_ms());
	if (receipt != NULL && !receipt_parse(span_str(receipt), &run.id))
		return usage_error(argv[0], "%s is no receipt number",
		    receipt);
	if (optind + 1 != argc)
		return usage_error(argv[0], "one input is needed");
	run.in = argv[optind];
	return sanitize(&run);
}
