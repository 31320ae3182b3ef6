/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Starts a receiver or deliverer as the supervisor would, and talks SMTP
 * over real sockets. What is said and expected is in the test programs.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../gateway/base/clock.h"
#include "../../gateway/base/durable.h"
#include "../../gateway/base/log.h"
#include "../../gateway/proc/counters.h"
#include "../../gateway/proc/role.h"
#include "../../gateway/proc/sealed.h"
#include "../../rules/rules.h"
#include "smtp_rig.h"

#define NOTHING		((struct span){ NULL, 0 })
#define TIMEOUT_MS	5000
#define SPARE_FD	100	/* above those that a role is given */

static unsigned passed_n, failed_n;

static void
must(enum err err, const struct diag *diag, const char *what)
{
	if (err != OK)
		die(4, "rig: %s: %s", what, diag->what);
}

void
check(bool cond, const char *what)
{
	printf("%s: %s\n", cond ? "ok" : "NOT OK", what);
	if (cond)
		passed_n++;
	else
		failed_n++;
	fflush(stdout);
}

int
check_result(void)
{
	printf("%u passed, %u failed, 0 skipped\n", passed_n, failed_n);
	return failed_n > 0;
}

int
sealed_file(struct span bytes)
{
	int fd = memfd_create("rig", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct diag diag = { .what = "memfd" };

	if (fd == -1)
		die(4, "rig: memfd");
	must(write_all(fd, bytes, &diag), &diag, "memfd");
	if (fcntl(fd, F_ADD_SEALS, SEALED_SEALS) == -1)
		die(4, "rig: seal");
	return fd;
}

void
rig_send(int fd, enum msg_kind kind, const void *fixed, struct span tail,
    const int *fds, unsigned fds_n)
{
	struct diag diag = { .what = "" };

	must(ipc_send_now(fd, kind, fixed, tail, fds, fds_n, &diag), &diag,
	    "send");
}

bool
rig_receive(int fd, enum role_id self, enum role_id peer,
    struct ipc_message *message, unsigned timeout_ms)
{
	static _Alignas(16) uint8_t bytes[MSG_BYTES_MAX];
	struct diag diag = { .what = "" };
	enum err err;

	err = ipc_receive_now(fd, self, peer, bytes, message, timeout_ms,
	    &diag);
	if (err == ERR_INPUT)
		die(4, "rig: %s", diag.what);
	return err == OK;
}

void
rig_rules(struct rig *rig, const char *rules)
{
	const struct msg_rules fixed = { .generation = 1 };
	struct rules_run *run = rules_run_new("test.rules", span_str(rules),
	    NULL, 20000);
	struct buf image;
	int fd;

	buf_init(&image, 1 << 20);
	for (uint32_t i = 0; i < rules_run_findings(run); i++) {
		const struct rules_finding *f = rules_run_finding(run, i);

		if (f->severity == RULES_ERROR)
			fprintf(stderr, "%s:%u: %s\n", f->file,
			    (unsigned)f->line, f->text);
	}
	if (rules_compile(run, &image) != OK)
		die(4, "rig: rules");
	fd = sealed_file(buf_span(&image));
	rig_send(rig->supervisor, MSG_RULES, &fixed, NOTHING, &fd, 1);
	close(fd);
	buf_fini(&image);
	rules_run_free(run);
}

static void
expect(struct rig *rig, enum msg_kind kind)
{
	struct ipc_message message;

	if (!rig_receive(rig->supervisor, ROLE_SUPERVISOR, rig->role,
	    &message, TIMEOUT_MS) || message.kind != kind)
		die(4, "rig: the program did not come up");
}

static void
child(enum role_id role, const char *segment, uint32_t index, int channel,
    int counters, int folder, const char *ports)
{
	char path[512], number[16];
	const char *build = getenv("B");
	bool has_folder = folder != -1;

	snprintf(path, sizeof(path), "%s/%s", build == NULL ? "build" : build,
	    role_program(role));
	snprintf(number, sizeof(number), "%u", (unsigned)index);
	channel = fcntl(channel, F_DUPFD, SPARE_FD);
	counters = fcntl(counters, F_DUPFD, SPARE_FD);
	if (has_folder)
		folder = fcntl(folder, F_DUPFD, SPARE_FD);
	if (dup2(channel, ROLE_FD_SUPERVISOR) == -1 ||
	    dup2(counters, ROLE_FD_COUNTERS) == -1 ||
	    (has_folder && dup2(folder, ROLE_FD_FOLDERS_FIRST) == -1))
		_exit(4);
	execl(path, role_program(role), segment, number, "0", "0", "",
	    has_folder ? "1" : "0", ports, (char *)NULL);
	_exit(4);
}

void
rig_start(struct rig *rig, enum role_id role, const char *segment,
    uint32_t index, const char *rules, int folder, const char *ports)
{
	struct diag diag;
	int fds[2], counters = counters_create();

	signal(SIGPIPE, SIG_IGN);
	memset(rig, 0, sizeof(*rig));
	rig->role = role;
	must(ipc_pair(fds, &diag), &diag, "pair");
	rig->counters = counters_map(counters);
	rig->pid = fork();
	if (rig->pid == 0)
		child(role, segment, index, fds[1], counters, folder, ports);
	close(fds[1]);
	close(counters);
	rig->supervisor = fds[0];
	expect(rig, MSG_SANDBOX);
	rig_rules(rig, rules);
	expect(rig, MSG_READY);
}

int
rig_peer(struct rig *rig, enum role_id role)
{
	const struct msg_peer fixed = { .role = role, .segment = UINT32_MAX };
	struct diag diag;
	int fds[2];

	must(ipc_pair(fds, &diag), &diag, "pair");
	rig_send(rig->supervisor, MSG_PEER, &fixed, NOTHING, &fds[1], 1);
	close(fds[1]);
	return fds[0];
}

void
rig_listener(struct rig *rig, uint32_t route, uint32_t listen_index, int fd)
{
	const struct msg_listener fixed = { route, listen_index };

	rig_send(rig->supervisor, MSG_LISTENER, &fixed, NOTHING, &fd, 1);
}

void
rig_send_stop(struct rig *rig)
{
	const struct msg_empty empty = { 0 };

	rig_send(rig->supervisor, MSG_STOP, &empty, NOTHING, NULL, 0);
}

int
rig_wait(struct rig *rig)
{
	uint64_t end = clock_monotonic_ms() + 30000;
	int status = -1;

	while (waitpid(rig->pid, &status, WNOHANG) == 0) {
		if (clock_monotonic_ms() > end) {
			kill(rig->pid, SIGKILL);
			waitpid(rig->pid, &status, 0);
			return -1;
		}
		usleep(10000);
	}
	return status;
}

long
rig_rss_kib(const struct rig *rig)
{
	char path[64], line[256];
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)rig->pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	if (f != NULL)
		fclose(f);
	return kib;
}

static struct sockaddr_in
local_address(uint16_t port, unsigned low)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
	    .sin_port = htons(port), .sin_addr.s_addr =
	    htonl(0x7f000001u + low) };
}

int
listen_here(uint16_t *port)
{
	struct sockaddr_in sin = local_address(0, 0);
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, len) == -1 ||
	    listen(fd, 1024) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		die(4, "rig: listen: %s", strerror(errno));
	*port = ntohs(sin.sin_port);
	return fd;
}

int
client_open(uint16_t port, unsigned low)
{
	struct sockaddr_in from = local_address(0, low);
	struct sockaddr_in to = local_address(port, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 ||
	    bind(fd, (struct sockaddr *)&from, sizeof(from)) == -1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1)
		die(4, "rig: connect: %s", strerror(errno));
	return fd;
}

void
client_send(int fd, struct span bytes)
{
	/* the peer may have closed: what it said tells then */
	if (write_all(fd, bytes, NULL) != OK)
		return;
}

static bool
wait_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, TIMEOUT_MS) == 1;
}

/* Last lines of replies: three digits and a blank. */
static unsigned
count_replies(const char *text)
{
	unsigned n = 0;

	while (*text != '\0') {
		const char *end = strstr(text, "\r\n");

		if (end == NULL)
			break;
		if (end - text > 3 && text[3] == ' ')
			n++;
		text = end + 2;
	}
	return n;
}

const char *
client_read(int fd, unsigned replies)
{
	static char text[65536];
	size_t len = 0;

	text[0] = '\0';
	while (count_replies(text) < replies && wait_readable(fd)) {
		ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);

		if (n <= 0)
			break;
		len += (size_t)n;
		text[len] = '\0';
	}
	return text;
}

bool
client_says(int fd, struct span bytes, unsigned replies, const char *last)
{
	const char *text, *line;

	client_send(fd, bytes);
	text = client_read(fd, replies);
	line = text;
	for (const char *p = text; (p = strstr(p, "\r\n")) != NULL; p += 2)
		if (p[2] != '\0')
			line = p + 2;
	if (count_replies(text) == replies &&
	    strncmp(line, last, strlen(last)) == 0)
		return true;
	fprintf(stderr, "said: %.*s\nanswered: %s\n",
	    (int)(bytes.len < 200 ? bytes.len : 200),
	    (const char *)bytes.ptr, text);
	return false;
}

bool
client_closed(int fd)
{
	char c[4096];
	ssize_t n = 1;

	while (n > 0 && wait_readable(fd))
		n = read(fd, c, sizeof(c));
	return n <= 0;
}
