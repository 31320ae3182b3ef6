/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho-verify: the second look at each finished mail. The parent takes
 * sealed memory files from the spool and forks a child for each, which reads
 * it with the strict readers of gateway/verify and answers through a pipe.
 * A child that dies or is late is a no. What a no means (hold, alarm) is the
 * spool's business. Kept tiny, so that a fork costs next to nothing.
 *
 *	sekisho-verify --file FILE [--dsn]	for tests, without a daemon
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/receipt.h"
#include "../proc/counters.h"
#include "../proc/ipc.h"
#include "../proc/role.h"
#include "../verify/limits.h"
#include "../verify/verify.h"

#define SEALS		(F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)
#define WATCHES_MAX	(8 + VERIFY_CHILDREN_MAX)

/* What a child writes; read as a stranger's. */
struct answer {
	uint64_t	bytes;
	uint64_t	offset;
	uint32_t	yes;
	uint32_t	zero;
	uint8_t		sha256[DIGEST_BYTES];
	char		reason[DIAG_WHAT_BYTES_MAX];
};

struct job {
	struct msg_verify message;
	int		 fd;
};

/* A place for one child at a time; its pipe lives as long as we do. */
struct slot {
	struct loop_watch watch;	/* first: the child's pidfd, or -1 */
	struct loop_timer timer;
	int		 pipe[2];
	pid_t		 pid;
	bool		 late;
	struct job	 job;
};

static struct loop *loop;
static struct ipc_channel *supervisor, *peer;
static struct slot slots[VERIFY_CHILDREN_MAX];
static struct job waiting[VERIFY_WAITING_MAX];
static unsigned waiting_first, waiting_n;
static bool stopping;

static void start_children(void);

static void
stop_when_idle(void)
{
	for (unsigned i = 0; i < VERIFY_CHILDREN_MAX; i++)
		if (slots[i].watch.fd != -1)
			return;
	if (stopping && waiting_n == 0)
		loop_stop(loop);
}

static void
send_answer(const struct job *job, const struct answer *answer)
{
	struct msg_verified verified = { .id = job->message.id };
	struct span reason = span_str(answer->reason);
	char receipt[RECEIPT_TEXT_BYTES];

	verified.bytes = answer->bytes;
	verified.offset = answer->offset;
	verified.yes = answer->yes;
	memcpy(verified.sha256, answer->sha256, sizeof(verified.sha256));
	if (answer->yes)
		counter_add(COUNTER_VERIFIED_YES, 1);
	else {
		counter_add(COUNTER_VERIFIED_NO, 1);
		receipt_text(job->message.id, receipt);
		log_alarm("%s is not in the safe form: %s (at byte %" PRIu64
		    ")", receipt, answer->reason, answer->offset);
	}
	/* A peer that is gone asks again by its new channel. */
	if (peer != NULL && ipc_send(peer, MSG_VERIFIED, &verified, reason,
	    NULL, 0) == ERR_AGAIN)
		die(4, "the spool does not read its answers");
}

static void
send_no(const struct job *job, const char *reason)
{
	struct answer answer = { .yes = 0 };

	snprintf(answer.reason, sizeof(answer.reason), "%s", reason);
	send_answer(job, &answer);
}

/* ---- the child ---- */

static NORETURN void
child(const struct slot *slot)
{
	const int keep[2] = { slot->job.fd, slot->pipe[1] };
	struct verify_result result;
	struct answer answer = { .yes = 0 };
	struct diag diag;

	role_close_others(keep, 2);
	if (role_enter_child(ROLE_VERIFY, &diag) != OK)
		_exit(4);
	if (slot->job.message.form == VERIFY_MAIL)
		verify_mail(slot->job.fd, slot->job.message.bytes, &result);
	else
		verify_dsn(slot->job.fd, slot->job.message.bytes, &result);
	answer.bytes = result.bytes;
	answer.offset = result.offset;
	answer.yes = result.yes;
	memcpy(answer.sha256, result.sha256, sizeof(answer.sha256));
	memcpy(answer.reason, result.reason, sizeof(answer.reason));
	if (write(slot->pipe[1], &answer, sizeof(answer)) != sizeof(answer))
		_exit(4);
	_exit(0);
}

/* ---- the parent ---- */

/* True when the answer is one that an honest child could give. */
static bool
read_answer(struct slot *slot, struct answer *answer)
{
	uint8_t bytes[2 * sizeof(*answer)];
	ssize_t n = read(slot->pipe[0], bytes, sizeof(bytes));

	if (n != sizeof(*answer)) {
		while (n > 0)
			n = read(slot->pipe[0], bytes, sizeof(bytes));
		return false;
	}
	memcpy(answer, bytes, sizeof(*answer));
	answer->reason[sizeof(answer->reason) - 1] = '\0';
	for (char *c = answer->reason; *c != '\0'; c++)
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
	return answer->yes == 0 || (answer->yes == 1 &&
	    answer->bytes == slot->job.message.bytes);
}

static void
child_ended(struct loop_watch *watch, uint32_t events)
{
	struct slot *slot = (struct slot *)watch;
	struct answer answer;
	int status = -1;
	bool read_well;

	(void)events;
	loop_timer_cancel(loop, &slot->timer);
	loop_watch_remove(loop, watch);
	close(watch->fd);
	watch->fd = -1;
	while (waitpid(slot->pid, &status, 0) == -1 && errno == EINTR)
		continue;
	read_well = read_answer(slot, &answer);
	if (slot->late)
		send_no(&slot->job, "verifier took too long");
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !read_well)
		send_no(&slot->job, "verifier crashed");
	else
		send_answer(&slot->job, &answer);
	close(slot->job.fd);
	slot->job.fd = -1;
	start_children();
	stop_when_idle();
}

static void
child_is_late(struct loop_timer *timer)
{
	struct slot *slot = (struct slot *)((char *)timer -
	    offsetof(struct slot, timer));

	slot->late = true;
	role_kill_child(slot->watch.fd);
}

/* NULL: a descriptor that nobody can change any more, of the size promised. */
static const char *
what_is_wrong_with(const struct job *job)
{
	struct stat st;
	int seals = fcntl(job->fd, F_GET_SEALS);

	if (job->message.form != VERIFY_MAIL &&
	    job->message.form != VERIFY_DSN)
		return "asked for a form that there is none of";
	if (seals == -1 || (seals & SEALS) != SEALS)
		return "the mail is not sealed";
	if (fstat(job->fd, &st) == -1 || st.st_size < 0 ||
	    (uint64_t)st.st_size != job->message.bytes)
		return "the mail has not the promised length";
	return NULL;
}

/* Takes job.fd. */
static void
start_child(struct slot *slot, const struct job *job)
{
	const char *trouble = what_is_wrong_with(job);
	int pidfd;

	slot->job = *job;
	slot->late = false;
	if (trouble == NULL) {
		slot->pid = role_fork_child(&pidfd);
		if (slot->pid == 0)
			child(slot);
		if (slot->pid == -1)
			trouble = "verifier cannot fork";
	}
	if (trouble != NULL) {
		send_no(job, trouble);
		close(job->fd);
		slot->job.fd = -1;
		return;
	}
	slot->watch.fd = pidfd;
	if (loop_watch_add(loop, &slot->watch, EPOLLIN) != OK ||
	    loop_timer_set(loop, &slot->timer, clock_monotonic_ms() +
	    VERIFY_TIMEOUT_MS) != OK)
		die(4, "cannot watch a child");
}

static void
start_children(void)
{
	for (unsigned i = 0; i < VERIFY_CHILDREN_MAX; i++)
		while (waiting_n > 0 && slots[i].watch.fd == -1) {
			struct job job = waiting[waiting_first];

			waiting_first = (waiting_first + 1) %
			    VERIFY_WAITING_MAX;
			waiting_n--;
			start_child(&slots[i], &job);
		}
}

/* ---- messages ---- */

static void
from_peer(void *arg, struct ipc_channel *channel, struct ipc_message *message)
{
	struct job *job;

	(void)arg;
	(void)channel;
	if (message->kind != MSG_VERIFY)
		die(4, "message %d out of place", (int)message->kind);
	if (waiting_n == VERIFY_WAITING_MAX)
		die(4, "more than %d mails to verify", VERIFY_WAITING_MAX);
	job = &waiting[(waiting_first + waiting_n++) % VERIFY_WAITING_MAX];
	memcpy(&job->message, message->fixed, sizeof(job->message));
	job->fd = message->fds[0];
	message->fds[0] = -1;
	start_children();
}

/* What the old peer asked for is of no use to anybody. */
static void
drop_peer(void)
{
	ipc_close(peer);
	peer = NULL;
	for (; waiting_n > 0; waiting_n--) {
		close(waiting[waiting_first].fd);
		waiting_first = (waiting_first + 1) % VERIFY_WAITING_MAX;
	}
}

static void
peer_closed(void *arg, struct ipc_channel *channel)
{
	(void)arg;
	(void)channel;
	drop_peer();
	stop_when_idle();
}

static void
new_peer(struct ipc_message *message)
{
	const struct ipc_handler handler = { .message = from_peer,
		.closed = peer_closed };
	struct msg_peer fixed;

	memcpy(&fixed, message->fixed, sizeof(fixed));
	if (fixed.role != ROLE_SPOOL && fixed.role != ROLE_TOOL)
		die(4, "a peer of role %u", fixed.role);
	drop_peer();
	peer = ipc_open(loop, message->fds[0], ROLE_VERIFY,
	    (enum role_id)fixed.role, &handler);
	message->fds[0] = -1;
	if (peer == NULL)
		die(4, "no room for a channel");
}

static void
from_supervisor(void *arg, struct ipc_channel *channel,
    struct ipc_message *message)
{
	const struct msg_empty ready = { 0 };

	(void)arg;
	if (message->kind == MSG_PEER)
		new_peer(message);
	else if (message->kind == MSG_STOP) {
		stopping = true;
		stop_when_idle();
	} else if (message->kind == MSG_RULES) {
		/* The safe form is the same under all rules. */
		if (ipc_send(channel, MSG_READY, &ready,
		    (struct span){ NULL, 0 }, NULL, 0) != OK)
			die(4, "the supervisor is gone");
	} else
		die(4, "message %d out of place", (int)message->kind);
}

static void
supervisor_closed(void *arg, struct ipc_channel *channel)
{
	(void)arg;
	(void)channel;
	die(4, "the supervisor is gone");
}

/* ---- start ---- */

static void
make_slots(void)
{
	for (unsigned i = 0; i < VERIFY_CHILDREN_MAX; i++) {
		slots[i].watch.fd = -1;
		slots[i].watch.ready = child_ended;
		slots[i].timer.fire = child_is_late;
		slots[i].job.fd = -1;
		if (pipe2(slots[i].pipe, O_CLOEXEC | O_NONBLOCK) == -1)
			die(4, "pipe: %s", strerror(errno));
	}
}

static void
limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__	/* its shadow is 16 TB of address space */
	const struct rlimit memory = { VERIFY_MEMORY_BYTES,
		VERIFY_MEMORY_BYTES };

	if (setrlimit(RLIMIT_AS, &memory) == -1)
		die(4, "limit memory: %s", strerror(errno));
#endif
}

static int
verify_file(const char *path, bool dsn)
{
	struct verify_result result;
	char hex[DIGEST_HEX_BYTES];
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	log_init("sekisho-verify");
	if (fd == -1 || fstat(fd, &st) == -1)
		die(3, "%s: %s", path, strerror(errno));
	if (dsn)
		verify_dsn(fd, (uint64_t)st.st_size, &result);
	else
		verify_mail(fd, (uint64_t)st.st_size, &result);
	close(fd);
	digest_hex(result.sha256, hex);
	if (result.yes)
		printf("yes %s\n", hex);
	else
		printf("no %" PRIu64 " %s\n", result.offset, result.reason);
	return result.yes ? 0 : 1;
}

int
main(int argc, char **argv)
{
	const struct ipc_handler handler = { .message = from_supervisor,
		.closed = supervisor_closed };
	struct role_start start;
	struct role_state state;
	struct diag diag;

	if (argc >= 3 && argc <= 4 && strcmp(argv[1], "--file") == 0 &&
	    (argc == 3 || strcmp(argv[3], "--dsn") == 0))
		return verify_file(argv[2], argc == 4);
	verify_warm();
	role_start(ROLE_VERIFY, argc, argv, &start, &state);
	loop = loop_new(WATCHES_MAX, VERIFY_CHILDREN_MAX);
	if (loop == NULL)
		die(4, "no memory");
	make_slots();
	limit_memory();
	supervisor = ipc_open(loop, ROLE_FD_SUPERVISOR, ROLE_VERIFY,
	    ROLE_SUPERVISOR, &handler);
	if (supervisor == NULL)
		die(4, "no channel to the supervisor");
	if (loop_run(loop, &diag) != OK)
		die(4, "%s", diag.what);
	return 0;
}
