/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plays supervisor and spool for a real sekisho-verify: sealed and unsealed
 * files, lengths and forms that are wrong, a child that is killed, many mails
 * at once. Prints what a mail costs.
 *
 *	verify_daemon PROGRAM EMPTY-FOLDER
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "../../gateway/base/clock.h"
#include "../../gateway/proc/counters.h"
#include "../../gateway/proc/ipc.h"
#include "../unit/verify/safe_mail.h"

#define SEALS		(F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)
#define WAIT_MS		30000
#define NOBODY		"65534"
#define MANY		4000

static int supervisor, spool;		/* our ends */
static pid_t daemon_pid;
static unsigned passed, failed;
static char reason[256];
static struct msg_verified verified;

static void
check(const char *what, bool cond)
{
	printf("%s: %s%s%s\n", cond ? "ok" : "NOT OK", what,
	    cond || reason[0] == '\0' ? "" : ": ", cond ? "" : reason);
	if (cond)
		passed++;
	else
		failed++;
}

static void
send_to(int fd, enum msg_kind kind, const void *fixed, const int *fds,
    unsigned fds_n)
{
	struct diag diag;

	if (ipc_send_now(fd, kind, fixed, (struct span){ NULL, 0 }, fds,
	    fds_n, &diag) != OK) {
		printf("NOT OK: send: %s\n", diag.what);
		exit(1);
	}
}

static enum msg_kind
receive_from(int fd, enum role_id self)
{
	static uint8_t bytes[MSG_BYTES_MAX];
	struct ipc_message message;
	struct diag diag;

	if (ipc_receive_now(fd, self, ROLE_VERIFY, bytes, &message, WAIT_MS,
	    &diag) != OK) {
		printf("NOT OK: receive: %s\n", diag.what);
		exit(1);
	}
	if (message.kind == MSG_VERIFIED) {
		memcpy(&verified, message.fixed, sizeof(verified));
		snprintf(reason, sizeof(reason), "%.*s",
		    (int)message.tail.len, (const char *)message.tail.ptr);
	}
	return message.kind;
}

static void
start(const char *program, const char *empty)
{
	const char *id = getuid() == 0 ? NOBODY : "0";
	struct msg_peer peer = { .role = ROLE_SPOOL, .segment = UINT32_MAX };
	int pair[2], channel[2], counters = counters_create();
	struct msg_rules rules = { .generation = 1 };
	int image = memfd_create("rules", MFD_CLOEXEC);
	struct diag diag;

	if (ipc_pair(pair, &diag) != OK || ipc_pair(channel, &diag) != OK ||
	    counters == -1)
		exit(2);
	daemon_pid = fork();
	if (daemon_pid == 0) {
		int own = fcntl(pair[1], F_DUPFD, 100);
		int page = fcntl(counters, F_DUPFD, 100);

		dup2(own, 3);
		dup2(page, 4);
		execl(program, "sekisho-verify", "", "-", id, id,
		    getuid() == 0 ? empty : "", (char *)NULL);
		_exit(127);
	}
	close(pair[1]);
	supervisor = pair[0];
	spool = channel[0];
	check("it says what its sandbox is",
	    receive_from(supervisor, ROLE_SUPERVISOR) == MSG_SANDBOX);
	send_to(supervisor, MSG_RULES, &rules, &image, 1);
	check("it is ready",
	    receive_from(supervisor, ROLE_SUPERVISOR) == MSG_READY);
	send_to(supervisor, MSG_PEER, &peer, &channel[1], 1);
	close(channel[1]);
	close(image);
}

static void
ask(const void *bytes, size_t len, uint64_t promised, uint32_t form,
    int seals)
{
	struct msg_verify message = { .id = 77, .bytes = promised,
		.form = form };
	int fd = memfd_create("mail", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1 || write(fd, bytes, len) != (ssize_t)len)
		exit(2);
	if (seals != 0 && fcntl(fd, F_ADD_SEALS, seals) == -1)
		exit(2);
	send_to(spool, MSG_VERIFY, &message, &fd, 1);
	close(fd);
}

static bool
answer(void)
{
	if (receive_from(spool, ROLE_SPOOL) != MSG_VERIFIED ||
	    verified.id != 77)
		return false;
	return verified.yes == 1;
}

/* The only child of the daemon, by /proc; 0: none. */
static pid_t
child_of_daemon(void)
{
	char path[64], line[64] = "";
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
	    (int)daemon_pid, (int)daemon_pid);
	fd = open(path, O_RDONLY);
	n = fd == -1 ? -1 : read(fd, line, sizeof(line) - 1);
	if (fd != -1)
		close(fd);
	return n > 0 ? (pid_t)strtol(line, NULL, 10) : 0;
}

/* A text of that many bytes, so that there is time to kill its reader. */
static struct out
make_long_mail(size_t bytes)
{
	struct out text = { NULL, 0, 0 }, o = { NULL, 0, 0 };

	while (text.len < bytes)
		put(&text, "%zu 行目のながい本文です。\r\n", text.len);
	put_bytes(&text, "", 1);
	put_top_fields(&o);
	put_single(&o, (char *)text.ptr);
	free(text.ptr);
	return o;
}

static void
kill_a_child(void)
{
	struct out mail = make_long_mail(80 * 1000 * 1000);
	uint64_t begun = clock_monotonic_ms();
	struct rusage usage;
	pid_t pid = 0;

	ask(mail.ptr, mail.len, mail.len, VERIFY_MAIL, SEALS);
	check("a mail of 110 MB is taken", answer());
	printf("    %.0f MB in %" PRIu64 " ms\n", (double)mail.len / 1e6,
	    clock_monotonic_ms() - begun);
	ask(mail.ptr, mail.len, mail.len, VERIFY_MAIL, SEALS);
	for (int i = 0; i < 5000 && pid == 0; i++) {
		pid = child_of_daemon();
		if (pid == 0)
			usleep(100);
	}
	check("a child can be found", pid != 0);
	if (pid != 0)
		kill(pid, SIGKILL);
	check("a killed child is a no", !answer() &&
	    strcmp(reason, "verifier crashed") == 0);
	free(mail.ptr);
	(void)getrusage(RUSAGE_CHILDREN, &usage);
}

static double
cpu_ms(void)
{
	char path[64], line[1024] = "";
	unsigned long user = 0, system = 0, child_user = 0, child_system = 0;
	const char *p;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)daemon_pid);
	f = fopen(path, "r");
	if (f == NULL || fgets(line, sizeof(line), f) == NULL)
		return 0;
	fclose(f);
	p = strrchr(line, ')');
	if (p == NULL || sscanf(p + 2, "%*s %*s %*s %*s %*s %*s %*s %*s %*s "
	    "%*s %*s %lu %lu %lu %lu", &user, &system, &child_user,
	    &child_system) != 4)
		return 0;
	return (double)(user + system + child_user + child_system) * 1000 /
	    (double)sysconf(_SC_CLK_TCK);
}

/* Some always under way, as the spool does it. */
static void
many_mails(const struct out *mail)
{
	uint64_t begun = clock_monotonic_ns();
	double cpu = cpu_ms();
	unsigned sent = 0, answered = 0, yes = 0;

	while (answered < MANY) {
		while (sent < MANY && sent < answered + 8) {
			ask(mail->ptr, mail->len, mail->len, VERIFY_MAIL,
			    SEALS);
			sent++;
		}
		yes += answer();
		answered++;
	}
	check("4,000 mails, 8 at a time, are all taken", yes == MANY);
	printf("    %zu bytes each: %.0f mails/s, %.3f ms of processor "
	    "time a mail\n", mail->len, MANY * 1e9 /
	    (double)(clock_monotonic_ns() - begun), (cpu_ms() - cpu) / MANY);
}

int
main(int argc, char **argv)
{
	struct out small = make_small_mail(), large = make_large_mail();
	const struct msg_empty stop = { 0 };
	uint8_t sha256[DIGEST_BYTES];
	int status = -1;

	if (argc != 3)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	start(argv[1], argv[2]);

	ask(small.ptr, small.len, small.len, VERIFY_MAIL, SEALS);
	check("a safe mail is taken", answer());
	digest_span((struct span){ small.ptr, small.len }, sha256);
	check("the digest is that of the mail", memcmp(sha256,
	    verified.sha256, DIGEST_BYTES) == 0 &&
	    verified.bytes == small.len);
	ask(large.ptr, large.len, large.len, VERIFY_MAIL, SEALS);
	check("a mail with attachments is taken", answer());

	large.ptr[large.len - 3] ^= 1;
	ask(large.ptr, large.len, large.len, VERIFY_MAIL, SEALS);
	check("a changed one is not, and the place is named", !answer() &&
	    verified.offset > 0 && reason[0] != '\0');
	large.ptr[large.len - 3] ^= 1;
	ask(small.ptr, small.len, small.len, VERIFY_MAIL, 0);
	check("an unsealed file is a no", !answer() &&
	    strcmp(reason, "the mail is not sealed") == 0);
	ask(small.ptr, small.len, small.len, VERIFY_MAIL,
	    F_SEAL_SHRINK | F_SEAL_GROW);
	check("one that can be written is a no", !answer());
	ask(small.ptr, small.len, small.len + 1, VERIFY_MAIL, SEALS);
	check("another length is a no", !answer());
	ask(small.ptr, small.len, small.len, VERIFY_DSN, SEALS);
	check("a mail is not a notification", !answer());
	ask(small.ptr, small.len, small.len, 9, SEALS);
	check("an unknown form is a no", !answer());
	ask("", 0, 0, VERIFY_MAIL, SEALS);
	check("an empty file is a no", !answer());
	kill_a_child();
	ask(small.ptr, small.len, small.len, VERIFY_MAIL, SEALS);
	check("the next mail is taken after that", answer());
	many_mails(&small);

	send_to(supervisor, MSG_STOP, &stop, NULL, 0);
	check("it stops when told to", waitpid(daemon_pid, &status, 0) ==
	    daemon_pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	printf("%u passed, %u failed\n", passed, failed);
	free(small.ptr);
	free(large.ptr);
	return failed > 0;
}
