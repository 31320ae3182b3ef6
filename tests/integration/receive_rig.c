/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The real sekisho-receive over real sockets, with a spool that is played by
 * a child of this process and says what it is told to.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../gateway/base/clock.h"
#include "../../gateway/base/durable.h"
#include "../../gateway/base/log.h"
#include "../../gateway/proc/counters.h"
#include "../../gateway/spool/spool_record.h"
#include "smtp_rig.h"

#define NOTHING ((struct span){ NULL, 0 })
#define IDLE_SESSIONS	1000
#define IDLE_KIB_MAX	(50 * 1024)
#define LOST_SESSIONS	3900	/* more than a channel of 1 MiB holds */
#define FEW_FILES	256
#define FEW_SESSIONS	80	/* (256 - 64 listeners - 32) / 2 */
#define SPEED_MAILS	5000

#define HELLO SPAN("EHLO c.example\r\n")
#define ENVELOPE SPAN("MAIL FROM:<a@out.example>\r\n" \
	"RCPT TO:<b@town.example>\r\nDATA\r\n")

/* What the spool shall say and what it saw; shared with the child. */
struct scene {
	volatile uint32_t draft_status, commit_status;
	volatile bool	  silent;
	volatile bool	  late;		/* answer this draft with the next */
	volatile uint32_t drafts, commits, drops;
	volatile uint64_t late_id, committed_id, dropped_id;
	volatile uint64_t bytes;	/* of the last committed text */
	volatile bool	  length_fits;
	char		  text[65536];	/* its beginning */
	char		  recipient[64];
	char		  helo[64];
	uint8_t		  protocol;
	uint32_t	  recipients_n;
};

static struct scene *scene;
static struct rig rig;
static uint16_t port, delayed_port;
static pid_t spool_pid;
static unsigned lost_sessions = LOST_SESSIONS;

/* ---- the spool, in a process of its own ---- */

#define DRAFTS_MAX	4096
static int draft_fds[DRAFTS_MAX];

static uint64_t
spool_give(int channel, uint64_t session, uint32_t status)
{
	static uint64_t next_id = UINT64_C(20000) << 35;
	struct msg_draft answer = { .session = session, .status = status };
	int fd = -1;

	if (status == OK) {
		answer.id = ++next_id;
		fd = memfd_create("draft", MFD_CLOEXEC);
		draft_fds[answer.id % DRAFTS_MAX] = fd;
	}
	rig_send(channel, MSG_DRAFT, &answer, NOTHING, &fd, fd != -1);
	return answer.id;
}

static void
spool_draft(int channel, const struct ipc_message *message)
{
	static struct envelope envelope;
	static uint64_t late_session = UINT64_MAX;
	const struct msg_draft_new *fixed = message->fixed;

	if (envelope_decode(message->tail, &envelope) != OK)
		die(4, "rig: envelope");
	snprintf(scene->recipient, sizeof(scene->recipient), "%.*s",
	    (int)envelope.recipients[0].address.len,
	    (const char *)envelope.recipients[0].address.ptr);
	snprintf(scene->helo, sizeof(scene->helo), "%.*s",
	    (int)envelope.helo.len, (const char *)envelope.helo.ptr);
	scene->protocol = envelope.protocol;
	scene->recipients_n = envelope.recipients_n;
	scene->drafts++;
	if (scene->silent)
		return;
	if (scene->late) {
		scene->late = false;
		late_session = fixed->session;
		return;
	}
	if (late_session != UINT64_MAX)
		scene->late_id = spool_give(channel, late_session, OK);
	late_session = UINT64_MAX;
	(void)spool_give(channel, fixed->session, scene->draft_status);
}

static void
spool_commit(int channel, const struct msg_draft_commit *fixed)
{
	struct msg_committed answer = { .session = fixed->session,
	    .id = fixed->id, .status = scene->commit_status };
	int fd = draft_fds[fixed->id % DRAFTS_MAX];
	ssize_t n = pread(fd, scene->text, sizeof(scene->text) - 1, 0);

	scene->text[n < 0 ? 0 : n] = '\0';
	scene->bytes = fixed->body_bytes;
	scene->length_fits = lseek(fd, 0, SEEK_END) ==
	    (off_t)fixed->body_bytes;
	close(fd);
	scene->committed_id = fixed->id;
	scene->commits++;
	if (!scene->silent)
		rig_send(channel, MSG_COMMITTED, &answer, NOTHING, NULL, 0);
}

static void
play_spool(int channel)
{
	struct ipc_message message;

	while (rig_receive(channel, ROLE_SPOOL, ROLE_RECEIVE, &message, 0)) {
		if (message.kind == MSG_DRAFT_NEW)
			spool_draft(channel, &message);
		else if (message.kind == MSG_DRAFT_COMMIT)
			spool_commit(channel, message.fixed);
		else if (message.kind != MSG_REJECTED) {
			const struct msg_draft_drop *drop = message.fixed;

			close(draft_fds[drop->id % DRAFTS_MAX]);
			scene->dropped_id = drop->id;
			scene->drops++;
		}
	}
	_exit(0);
}

static void
spool_up(void)
{
	int channel = rig_peer(&rig, ROLE_SPOOL);

	scene->draft_status = scene->commit_status = OK;
	scene->silent = false;
	spool_pid = fork();
	if (spool_pid == 0) {
		/* the sockets of the clients are not his */
		if (dup2(channel, 3) == -1 || close_range(4, ~0u, 0) == -1)
			_exit(4);
		play_spool(3);
	}
	close(channel);
}

static void
spool_down(void)
{
	kill(spool_pid, SIGKILL);
	waitpid(spool_pid, NULL, 0);
}

/* ---- helpers ---- */

static int
hello(unsigned low)
{
	int fd = client_open(port, low);

	if (!client_says(fd, NOTHING, 1, "220 gw1.town.example ESMTP") ||
	    !client_says(fd, HELLO, 1, "250 CHUNKING"))
		die(4, "rig: no session");
	return fd;
}

static bool
until(bool (*cond)(void))
{
	for (int i = 0; i < 500 && !cond(); i++)
		usleep(10000);
	return cond();
}

static bool a_draft_was_dropped(void) { return scene->drops > 0; }

static bool
no_session_is_open(void)
{
	return rig.counters[COUNTER_SESSIONS_OPEN] == 0;
}

/* ---- tests ---- */

static void
test_mails(void)
{
	int fd = hello(1);
	uint32_t before = scene->commits;

	check(client_says(fd, ENVELOPE, 3, "354 ") &&
	    client_says(fd, SPAN("Subject: x\r\n\r\n..dot\r\n.\r\n"), 1,
	    "250 2.0.0 ") && scene->commits == before + 1 &&
	    strcmp(scene->text, "Subject: x\r\n\r\n.dot\r\n") == 0 &&
	    scene->length_fits && strcmp(scene->recipient,
	    "b@town.example") == 0 && strcmp(scene->helo, "c.example") == 0 &&
	    scene->protocol == PROTOCOL_ESMTP,
	    "a mail reaches the draft as it is, 250 with its receipt");
	check(client_says(fd, SPAN("MAIL FROM:<>\r\nRCPT TO:<c@town.example>"
	    "\r\nBDAT 3\r\na\r\nBDAT 3 LAST\r\nb\r\n"), 4, "250 2.0.0 2") &&
	    strcmp(scene->text, "a\r\nb\r\n") == 0,
	    "chunks come together, a null sender may write");
	check(client_says(fd, SPAN("QUIT\r\n"), 1, "221 ") &&
	    client_closed(fd), "QUIT ends the session");
	close(fd);
}

static void
test_large_mail(void)
{
	size_t len = 900 * 1024;
	char *text = malloc(len + 8);
	int fd = hello(1);

	for (size_t i = 0; i < len; i++)
		text[i] = "abcdefghijklm\r\n"[i % 15];
	memcpy(text + len, "x\r\n.\r\n", 7);
	check(client_says(fd, ENVELOPE, 3, "354 ") &&
	    client_says(fd, (struct span){ (uint8_t *)text, len + 6 }, 1,
	    "250 2.0.0 ") && scene->bytes == len + 3 && scene->length_fits &&
	    memcmp(scene->text, text, sizeof(scene->text) - 1) == 0,
	    "a large mail is whole");
	free(text);
	close(fd);
}

static void
test_size(void)
{
	size_t len = 1200 * 1024;
	char *text = malloc(len + 8);
	int fd = hello(1);
	uint32_t before = scene->commits;

	memset(text, 'x', len);
	memcpy(text + len, "\r\n.\r\n", 6);
	check(client_says(fd, SPAN("MAIL FROM:<a@b> SIZE=2000000\r\n"), 1,
	    "552 5.3.4"), "a size beyond the limit is refused at MAIL");
	check(client_says(fd, ENVELOPE, 3, "354 ") &&
	    client_says(fd, (struct span){ (uint8_t *)text, len + 5 }, 1,
	    "552 5.3.4") && scene->commits == before &&
	    until(a_draft_was_dropped) &&
	    client_says(fd, SPAN("NOOP\r\n"), 1, "250 "),
	    "a text beyond it at its end, the draft is dropped");
	free(text);
	close(fd);
}

static void
test_relay(void)
{
	int fd = hello(1);

	check(client_says(fd, SPAN("MAIL FROM:<a@b>\r\n"
	    "RCPT TO:<x@elsewhere.example>\r\n"), 2, "550 5.7.1") &&
	    client_says(fd, SPAN("RCPT TO:<@town.example:x@elsewhere.example>"
	    "\r\n"), 1, "550 5.7.1") &&
	    client_says(fd, SPAN("RCPT TO:<\"x@elsewhere.example\"@"
	    "town.example.evil.example>\r\n"), 1, "550 5.7.1") &&
	    client_says(fd, SPAN("RCPT TO:<x%elsewhere.example@[127.0.0.1]>"
	    "\r\n"), 1, "550 5.7.1"), "nothing is relayed elsewhere");
	close(fd);
}

static void
test_smuggling(void)
{
	static const struct span marks[] = {
		SPAN("\n.\n"), SPAN("\n.\r\n"), SPAN("\r\n.\n"),
		SPAN("\r.\r"), SPAN("\r.\r\n"), SPAN("\r\n.\r"),
		SPAN("\r\r\n.\r\r\n"), SPAN("\r\n.\r\r\n"),
	};
	uint32_t before = scene->commits;
	bool good = true;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		int fd = hello(2);
		struct buf text;

		buf_init(&text, 4096);
		if (buf_add_str(&text, "Subject: one\r\n\r\none") != OK ||
		    buf_add(&text, marks[i]) != OK ||
		    buf_add_str(&text, "MAIL FROM:<evil@town.example>\r\n"
		    "RCPT TO:<b@town.example>\r\nDATA\r\nSubject: two\r\n"
		    "\r\ntwo\r\n.\r\n") != OK)
			die(4, "rig: memory");
		good = good && client_says(fd, ENVELOPE, 3, "354 ") &&
		    client_says(fd, buf_span(&text), 1, "550 5.6.0") &&
		    client_closed(fd);
		buf_fini(&text);
		close(fd);
	}
	check(good && scene->commits == before &&
	    rig.counters[COUNTER_SMTP_SMUGGLING] >= sizeof(marks) /
	    sizeof(marks[0]),
	    "no false end mark smuggles a mail, the session ends");
	for (int last = 0; last < 2; last++) {
		int fd = hello(2);

		check(client_says(fd, last ? SPAN("MAIL FROM:<>\r\nRCPT TO:"
		    "<c@town.example>\r\nBDAT 4 LAST\r\n\nb\r\n") :
		    SPAN("MAIL FROM:<>\r\nRCPT TO:<c@town.example>\r\n"
		    "BDAT 4\r\na\rb\nRSET\r\n"), 3, "550 5.6.0") &&
		    client_closed(fd) && scene->commits == before,
		    "nor does a bare CR or LF in a chunk pass");
		close(fd);
	}
}

static void
test_early_talker(void)
{
	int fd = client_open(delayed_port, 3);
	uint64_t start = clock_monotonic_ms();

	check(client_says(fd, NOTHING, 1, "220 ") &&
	    clock_monotonic_ms() - start >= 250, "the greeting is delayed");
	close(fd);
	fd = client_open(delayed_port, 3);
	check(client_says(fd, HELLO, 1, "554 5.5.0") && client_closed(fd),
	    "who talks before it is sent away");
	close(fd);
}

static void
test_statuses(void)
{
	int fd = hello(1);

	scene->draft_status = ERR_LIMIT;
	check(client_says(fd, ENVELOPE, 3, "452 4.3.1"),
	    "no room for a draft is 452");
	scene->draft_status = ERR_POLICY;
	check(client_says(fd, ENVELOPE, 3, "550 5.7.1"),
	    "what the spool's rules refuse is 550");
	scene->draft_status = OK;
	scene->commit_status = ERR_SYSTEM;
	check(client_says(fd, ENVELOPE, 3, "354 ") &&
	    client_says(fd, SPAN("x\r\n.\r\n"), 1, "452 4.3.1"),
	    "a commit that did not work is 452");
	scene->commit_status = OK;
	check(client_says(fd, ENVELOPE, 3, "354 ") &&
	    client_says(fd, SPAN("x\r\n.\r\n"), 1, "250 2.0.0"),
	    "and the session goes on");
	close(fd);
}

static void
test_spool_dies(void)
{
	int fd = hello(1), asking = hello(2), committing = hello(3);

	check(client_says(fd, ENVELOPE, 3, "354 ") &&
	    client_says(committing, ENVELOPE, 3, "354 "), "two begin");
	scene->silent = true;
	client_send(asking, ENVELOPE);
	client_send(committing, SPAN("x\r\n.\r\n"));
	usleep(100000);
	spool_down();
	check(client_says(asking, NOTHING, 3, "451 4.3.0") &&
	    client_says(committing, NOTHING, 1, "451 4.3.0") &&
	    client_says(fd, SPAN("x\r\n.\r\n"), 1, "451 4.3.0"),
	    "when the spool dies, all who wait hear 451");
	check(client_says(fd, ENVELOPE, 3, "451 4.3.0"),
	    "without a spool, DATA is answered 451");
	spool_up();
	while (rig.counters[COUNTER_MAILS_DEFERRED_IN] < 100) {
		const char *text;

		client_send(fd, ENVELOPE);	/* is the channel there? */
		text = client_read(fd, 3);
		if (strstr(text, "354 ") != NULL)
			break;
	}
	check(client_says(fd, SPAN("x\r\n.\r\n"), 1, "250 2.0.0"),
	    "when it is back, the same session goes on");
	close(fd);
	close(asking);
	close(committing);
}

static void
test_lost_clients(void)
{
	uint32_t drops;
	int fd = hello(1);

	scene->drops = 0;
	if (!client_says(fd, ENVELOPE, 3, "354 "))
		check(false, "a client begins");
	client_send(fd, SPAN("half a ma"));
	usleep(50000);
	close(fd);
	check(until(a_draft_was_dropped), "a lost client's draft is dropped");
	fd = hello(1);
	drops = scene->drops = 0;
	scene->silent = false;
	client_send(fd, ENVELOPE);
	shutdown(fd, SHUT_WR);
	check(until(a_draft_was_dropped) && drops == 0,
	    "also when it went before the draft was there");
	close(fd);
	check(until(no_session_is_open), "no session is left");
}

/* More drops at once than the channel holds, while the spool is busy. */
static void
test_many_lost_clients(void)
{
	static int fds[LOST_SESSIONS];
	bool good = true;

	for (unsigned i = 0; i < lost_sessions; i++) {
		fds[i] = hello(100 + i / 10);
		good = good && client_says(fds[i], ENVELOPE, 3, "354 ");
	}
	scene->drops = 0;
	kill(spool_pid, SIGSTOP);
	for (unsigned i = 0; i < lost_sessions; i++)
		close(fds[i]);
	good = good && until(no_session_is_open);
	kill(spool_pid, SIGCONT);
	for (int i = 0; i < 500 && scene->drops < lost_sessions; i++)
		usleep(10000);
	check(good && scene->drops == lost_sessions,
	    "a busy spool is told of every draft that nobody wants");
}

static void
test_postmaster(void)
{
	int fd = hello(1);

	check(client_says(fd, SPAN("MAIL FROM:<a@out.example>\r\n"
	    "RCPT TO:<Postmaster>\r\nDATA\r\n"), 3, "354 ") &&
	    client_says(fd, SPAN("x\r\n.\r\n"), 1, "250 2.0.0") &&
	    strcmp(scene->recipient, "Postmaster@town.example") == 0,
	    "postmaster without a domain is the one of the route's domain");
	check(client_says(fd, SPAN("MAIL FROM:<a@out.example>\r\n"
	    "RCPT TO:<root>\r\n"), 2, "501 5.1.3"), "nobody else is");
	close(fd);
}

static void
test_twice(void)
{
	int fd = hello(1);

	check(client_says(fd, SPAN("MAIL FROM:<a@out.example>\r\n"
	    "RCPT TO:<b@town.example>\r\nRCPT TO:<c@town.example>\r\n"
	    "RCPT TO:<b@town.example>\r\nRCPT TO:<b@town.example> "
	    "NOTIFY=NEVER\r\nDATA\r\n"), 6, "354 ") &&
	    client_says(fd, SPAN("x\r\n.\r\n"), 1, "250 2.0.0") &&
	    scene->recipients_n == 3,
	    "a recipient given twice in the same words is one");
	close(fd);
}

static void
test_limits(void)
{
	int fds[21], extra;

	for (unsigned i = 0; i < 20; i++)
		fds[i] = hello(9);
	extra = client_open(port, 9);
	check(client_says(extra, NOTHING, 1, "421 4.7.0") &&
	    client_closed(extra), "one address gets 20 sessions, not 21");
	close(extra);
	extra = client_open(port, 10);
	check(client_says(extra, NOTHING, 1, "220 "), "another gets its own");
	close(extra);
	for (unsigned i = 0; i < 20; i++)
		close(fds[i]);
	extra = client_open(port, 70000);
	check(client_says(extra, NOTHING, 1, "554 5.7.1") &&
	    client_closed(extra), "an address not on the list gets 554");
	close(extra);
}

/* The shortest answer that a mail can have, over and over. */
static void
test_speed(void)
{
	int fd = hello(1);
	uint64_t start = clock_monotonic_ms(), ms;
	char mail[4200];
	bool good = true;

	memset(mail, 'x', 4096);
	for (size_t i = 78; i < 4096; i += 78)
		memcpy(mail + i - 2, "\r\n", 2);
	memcpy(mail + 4096, "\r\n.\r\n", 6);
	for (int i = 0; i < SPEED_MAILS && good; i++)
		good = client_says(fd, ENVELOPE, 3, "354 ") &&
		    client_says(fd, span_str(mail), 1, "250 2.0.0");
	ms = clock_monotonic_ms() - start;
	printf("# %d mails of 4 KB one after the other: %.0f/s\n",
	    SPEED_MAILS, SPEED_MAILS * 1000.0 / (double)(ms + 1));
	check(good, "thousands of mails in one session");
	close(fd);
}

static void
test_idle(void)
{
	static int fds[IDLE_SESSIONS];
	long before = rig_rss_kib(&rig), after;

	for (unsigned i = 0; i < IDLE_SESSIONS; i++)
		fds[i] = hello(100 + i / 10);
	after = rig_rss_kib(&rig);
	printf("# RSS with %d idle sessions: %ld KiB, %ld KiB before\n",
	    IDLE_SESSIONS, after, before);
#ifndef __SANITIZE_ADDRESS__	/* what is freed stays with it for long */
	check(after > 0 && after <= IDLE_KIB_MAX,
	    "1,000 idle sessions fit in 50 MiB");
#endif
	for (unsigned i = 0; i < IDLE_SESSIONS; i++)
		client_send(fds[i], SPAN("MAIL FROM:<a@b>\r\nNOOP no end"));
	for (unsigned i = 0; i < IDLE_SESSIONS; i++)
		(void)client_read(fds[i], 1);
	printf("# with a sender and half a line each: %ld KiB\n",
	    rig_rss_kib(&rig));
	for (unsigned i = 0; i < IDLE_SESSIONS; i++)
		close(fds[i]);
	check(until(no_session_is_open), "all of them end");
}

static void
test_reload(const char *rules_without_delayed)
{
	int fd = hello(1), delayed = client_open(delayed_port, 3);

	(void)client_read(delayed, 1);
	rig_rules(&rig, rules_without_delayed);
	check(client_says(delayed, NOTHING, 1, "421 4.3.2") &&
	    client_closed(delayed),
	    "sessions of a route that is gone are ended");
	check(client_says(fd, ENVELOPE, 3, "354 ") &&
	    client_says(fd, SPAN("x\r\n.\r\n"), 1, "250 2.0.0"),
	    "others go on");
	close(fd);
	close(delayed);
}

static void
test_stop(void)
{
	int idle = hello(1), busy = hello(2);
	int status;

	if (!client_says(busy, ENVELOPE, 3, "354 "))
		check(false, "a mail begins");
	rig_send_stop(&rig);
	check(client_says(idle, NOTHING, 1, "421 4.3.2") &&
	    client_closed(idle), "when stopped, idle sessions hear 421");
	close(idle);
	check(client_says(busy, SPAN("x\r\n.\r\n"), 2, "421 4.3.2"),
	    "a mail under way is taken first");
	check(client_closed(busy), "and then its session ends");
	close(busy);
	status = rig_wait(&rig);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the process ends in order");
}

/* ---- with few descriptors ---- */

static void
test_few_files(void)
{
	static int fds[FEW_SESSIONS];
	int extra;
	bool good = true;

	for (unsigned i = 0; i < FEW_SESSIONS; i++) {
		fds[i] = hello(100 + i / 10);
		good = good && client_says(fds[i], ENVELOPE, 3, "354 ");
	}
	check(good, "as many mails at once as there are descriptors for");
	extra = client_open(port, 99);
	check(client_says(extra, NOTHING, 1, "421 4.3.2") &&
	    client_closed(extra), "and no more");
	close(extra);
	for (unsigned i = 0; i < FEW_SESSIONS; i++)
		good = good && client_says(fds[i], SPAN("x\r\n.\r\n"), 1,
		    "250 2.0.0");
	check(good, "all of them are taken");
}

/* ---- with a clock that runs 60 times as fast ---- */

static void
start(const char *rules, int delayed, int listener)
{
	rig_start(&rig, ROLE_RECEIVE, "internet", 1, rules, -1, "");
	rig_listener(&rig, 0, 0, delayed);
	rig_listener(&rig, 1, 0, listener);
	spool_up();
}

/*
 * One byte at a time; how many seconds until the peer gave up on it. A limit
 * that each byte began anew would need those of all the bytes, 8, beside it.
 */
static double
drip(int fd, const char *text, const char *expected)
{
	uint64_t begin = clock_monotonic_ms();

	for (const char *c = text; *c != '\0'; c++) {
		client_send(fd, (struct span){ (const uint8_t *)c, 1 });
		usleep(200000);
		if (recv(fd, &(char){ 0 }, 1, MSG_PEEK | MSG_DONTWAIT) != -1)
			break;
	}
	if (strncmp(client_read(fd, 1), expected, strlen(expected)) != 0)
		return -1;
	return (double)(clock_monotonic_ms() - begin) / 1000;
}

#define DRIPS "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void
test_patience(void)
{
	static uint8_t block[20000];
	int fd = hello(1);
	uint64_t timeouts = rig.counters[COUNTER_TIMEOUTS];
	bool good;
	double s;

	s = drip(fd, DRIPS, "421 4.4.2");
	check(s > 4 && s < 11 && client_closed(fd) &&
	    rig.counters[COUNTER_TIMEOUTS] == timeouts + 1,
	    "a command that drips in has five minutes in all");
	close(fd);
	fd = hello(1);
	good = client_says(fd, ENVELOPE, 3, "354 ");
	s = drip(fd, DRIPS, "421 4.4.2");
	check(good && s > 2 && s < 9, "a text that drips in has three");
	close(fd);
	fd = hello(1);
	good = client_says(fd, ENVELOPE, 3, "354 ");
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 8; i++) {
		client_send(fd, (struct span){ block, sizeof(block) });
		usleep(800000);
	}
	check(good && client_says(fd, SPAN("\r\n.\r\n"), 1, "250 2.0.0"),
	    "one that is slow but steady has all the time it takes");
	scene->silent = true;
	check(client_says(fd, ENVELOPE, 3, "451 4.3.0"),
	    "a spool that does not answer is 451");
	scene->silent = false;
	scene->late = true;
	check(client_says(fd, ENVELOPE, 3, "451 4.3.0") &&
	    client_says(fd, ENVELOPE, 3, "354 ") &&
	    client_says(fd, SPAN("x\r\n.\r\n"), 1, "250 2.0.0") &&
	    scene->late_id != 0 && scene->committed_id != scene->late_id &&
	    scene->dropped_id == scene->late_id,
	    "one that answers too late does not give the next mail a draft");
	close(fd);
}

static const char rules_head[] =
	"gateway \"gw1.town.example\"\n"
	"segment lgwan tier 2 interface eth1 network 10.20.0.0/16\n"
	"segment internet tier 3 interface eth0 network any\n"
	"host inner in lgwan 10.20.0.25\n"
	"host clients in internet 127.0.0.0/16\n"
	"policy standard { body text }\n";
static const char route_format[] =
	"mail %s from internet to lgwan {\n"
	"    listen 127.0.0.1 port %u\n"
	"    accept from clients\n"
	"    domains town.example\n"
	"    next-hop inner port 25\n"
	"    size 1 MB\n"
	"    greeting-delay %s\n"
	"    sessions-per-peer 20\n"
	"    sessions 5000\n"
	"    policy standard\n"
	"}\n";

int
main(int argc, char **argv)
{
	static char with[8192], without[4096], route[1024];
	struct rlimit files = { 16384, 16384 };
	int listener = listen_here(&port);
	int delayed = listen_here(&delayed_port);

	scene = mmap(NULL, sizeof(*scene), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (scene == MAP_FAILED)
		die(4, "rig: memory");
	/* an ordinary user may get less: then fewer clients are lost */
	if (setrlimit(RLIMIT_NOFILE, &files) == -1 &&
	    getrlimit(RLIMIT_NOFILE, &files) == 0 &&
	    files.rlim_cur < LOST_SESSIONS + 100)
		lost_sessions = 900;
	snprintf(route, sizeof(route), route_format, "first", port, "0 s");
	snprintf(without, sizeof(without), "%s%s", rules_head, route);
	/* in front, so that the other route gets another index */
	snprintf(route, sizeof(route), route_format, "second", delayed_port,
	    "300 ms");
	snprintf(with, sizeof(with), "%s%s%s", rules_head, route,
	    without + strlen(rules_head));
	if (argc > 1 && strcmp(argv[1], "few-files") == 0) {
		files = (struct rlimit){ FEW_FILES, FEW_FILES };
		if (setrlimit(RLIMIT_NOFILE, &files) == -1)
			die(4, "rig: limit");
		start(with, delayed, listener);
		test_few_files();
		kill(rig.pid, SIGKILL);
		spool_down();
		return check_result();
	}
	if (argc > 1) {		/* the library with the fast clock */
		setenv("LD_PRELOAD", argv[1], 1);
		start(with, delayed, listener);
		test_patience();
		kill(rig.pid, SIGKILL);
		spool_down();
		return check_result();
	}
	start(with, delayed, listener);
	test_mails();
	test_large_mail();
	test_size();
	test_relay();
	test_smuggling();
	test_early_talker();
	test_statuses();
	test_spool_dies();
	test_lost_clients();
	test_many_lost_clients();
	test_postmaster();
	test_twice();
	test_limits();
	test_speed();
	test_idle();
	test_reload(without);
	test_stop();
	spool_down();
	return check_result();
}
