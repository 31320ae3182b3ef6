/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A load of small packets and of new connections, for bench_packet.sh.
 *
 *	packet_load sink PORT		UDP is counted, or echoed ("e...");
 *					TCP is accepted, answered, closed
 *	packet_load flood ADDRESS PORT SECONDS	18 bytes each: 60 on Ethernet
 *	packet_load connect ADDRESS PORT SECONDS CONNECTIONS
 *	packet_load ping ADDRESS PORT TIMES new|same
 *
 * Output: "name value" lines. A sink says at SIGTERM what it has received.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../gateway/base/clock.h"
#include "../gateway/base/log.h"
#include "../gateway/base/span.h"

#define BATCH		64
#define SMALL_BYTES	18
#define CONNECTIONS_MAX	1024
#define TIMES_MAX	1000000
/* what a connection says: of a protocol, for rules that look at it */
#define QUESTION	"GET / HTTP/1.1\r\nHost: sink\r\n\r\n"
#define ANSWER		"HTTP/1.1 204 No Content\r\n\r\n"

static uint32_t
number(const char *text, uint32_t most)
{
	uint64_t value;

	if (!span_decimal(span_str(text), most, &value))
		die(2, "not a number up to %u: %s", most, text);
	return (uint32_t)value;
}

static struct sockaddr_in
address_of(const char *text, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(port) };

	if (inet_pton(AF_INET, text, &a.sin_addr) != 1)
		die(2, "not an address: %s", text);
	return a;
}

static int
make_socket(int type)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd == -1)
		die(4, "socket: %s", strerror(errno));
	return fd;
}

/* ---- sink ---- */

static uint64_t received, accepted;

static void
drain_udp(int fd)
{
	static char bytes[BATCH][64];
	struct sockaddr_in from[BATCH];
	struct iovec iovs[BATCH];
	struct mmsghdr m[BATCH];
	int n;

	memset(m, 0, sizeof(m));
	for (unsigned i = 0; i < BATCH; i++) {
		iovs[i] = (struct iovec){ bytes[i], sizeof(bytes[i]) };
		m[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
			.msg_namelen = sizeof(from[i]), .msg_iov = &iovs[i],
			.msg_iovlen = 1 };
	}
	n = recvmmsg(fd, m, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		received++;
		if (bytes[i][0] == 'e')
			(void)sendto(fd, bytes[i], m[i].msg_len, 0,
			    (const struct sockaddr *)&from[i],
			    sizeof(from[i]));
	}
}

static void
drain_tcp(int fd)
{
	char bytes[64];
	int c;

	while ((c = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) != -1) {
		accepted++;
		/* what it asks comes with the handshake or just after */
		if (recv(c, bytes, sizeof(bytes), 0) > 0)
			(void)send(c, ANSWER, sizeof(ANSWER) - 1,
			    MSG_NOSIGNAL);
		close(c);
	}
}

static int
sink(uint16_t port)
{
	struct sockaddr_in any = address_of("0.0.0.0", port);
	struct pollfd fds[3];
	int udp = make_socket(SOCK_DGRAM), one = 1, bytes = 8 << 20;
	int tcp = make_socket(SOCK_STREAM | SOCK_NONBLOCK);
	sigset_t set;

	(void)setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
	    sizeof(bytes));
	(void)setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(udp, (const struct sockaddr *)&any, sizeof(any)) == -1 ||
	    bind(tcp, (const struct sockaddr *)&any, sizeof(any)) == -1 ||
	    listen(tcp, 4096) == -1)
		die(4, "port %u: %s", port, strerror(errno));
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fds[0] = (struct pollfd){ udp, POLLIN, 0 };
	fds[1] = (struct pollfd){ tcp, POLLIN, 0 };
	fds[2] = (struct pollfd){ signalfd(-1, &set, SFD_CLOEXEC), POLLIN, 0 };
	for (;;) {
		if (poll(fds, 3, -1) == -1 && errno != EINTR)
			die(4, "poll: %s", strerror(errno));
		if (fds[0].revents != 0)
			drain_udp(udp);
		if (fds[1].revents != 0)
			drain_tcp(tcp);
		if (fds[2].revents != 0)
			break;
	}
	printf("received %" PRIu64 "\naccepted %" PRIu64 "\n", received,
	    accepted);
	return 0;
}

/* ---- flood ---- */

static int
flood(struct sockaddr_in to, uint32_t seconds)
{
	static char bytes[SMALL_BYTES] = "x";
	uint64_t begin = clock_monotonic_ns(), end, sent = 0;
	struct iovec iov = { bytes, sizeof(bytes) };
	struct mmsghdr m[BATCH];
	int fd = make_socket(SOCK_DGRAM), n;

	memset(m, 0, sizeof(m));
	for (unsigned i = 0; i < BATCH; i++)
		m[i].msg_hdr = (struct msghdr){ .msg_iov = &iov,
			.msg_iovlen = 1 };
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == -1)
		die(4, "connect: %s", strerror(errno));
	end = begin + seconds * UINT64_C(1000000000);
	while (clock_monotonic_ns() < end) {
		n = sendmmsg(fd, m, BATCH, 0);
		if (n > 0)
			sent += (uint64_t)n;
	}
	printf("sent %" PRIu64 "\nseconds %.3f\n", sent,
	    (double)(clock_monotonic_ns() - begin) / 1e9);
	return 0;
}

/* ---- connect ---- */

struct talk {
	int		fd;
	uint64_t	begun_ns;
};

static struct talk talks[CONNECTIONS_MAX];
static int poller;

static void
begin_talk(struct talk *talk, const struct sockaddr_in *to)
{
	struct epoll_event event = { EPOLLOUT, { .ptr = talk } };
	struct linger linger = { 1, 0 };	/* no ports in TIME_WAIT */

	talk->fd = make_socket(SOCK_STREAM | SOCK_NONBLOCK);
	talk->begun_ns = clock_monotonic_ns();
	(void)setsockopt(talk->fd, SOL_SOCKET, SO_LINGER, &linger,
	    sizeof(linger));
	if (connect(talk->fd, (const struct sockaddr *)to, sizeof(*to)) ==
	    -1 && errno != EINPROGRESS)
		die(4, "connect: %s", strerror(errno));
	if (epoll_ctl(poller, EPOLL_CTL_ADD, talk->fd, &event) == -1)
		die(4, "epoll: %s", strerror(errno));
}

/* Connected: ask. Answered: it is done. */
static bool
go_on(struct talk *talk, uint32_t events, uint64_t *failed)
{
	struct epoll_event event = { EPOLLIN, { .ptr = talk } };
	char bytes[8];

	if ((events & (EPOLLERR | EPOLLHUP)) != 0 && (events & EPOLLIN) == 0) {
		(*failed)++;
		return true;
	}
	if ((events & EPOLLOUT) != 0) {
		(void)send(talk->fd, QUESTION, sizeof(QUESTION) - 1,
		    MSG_NOSIGNAL);
		(void)epoll_ctl(poller, EPOLL_CTL_MOD, talk->fd, &event);
		return false;
	}
	if (recv(talk->fd, bytes, sizeof(bytes), 0) <= 0)
		(*failed)++;
	return true;
}

static int
connect_many(struct sockaddr_in to, uint32_t seconds, uint32_t n)
{
	uint64_t begin = clock_monotonic_ns(), end, done = 0, failed = 0;
	struct epoll_event events[BATCH];
	int got;

	poller = epoll_create1(EPOLL_CLOEXEC);
	for (uint32_t i = 0; i < n; i++)
		begin_talk(&talks[i], &to);
	end = begin + seconds * UINT64_C(1000000000);
	while (clock_monotonic_ns() < end) {
		got = epoll_wait(poller, events, BATCH, 100);
		for (int i = 0; i < got; i++) {
			struct talk *talk = events[i].data.ptr;

			if (!go_on(talk, events[i].events, &failed))
				continue;
			done++;
			close(talk->fd);
			begin_talk(talk, &to);
		}
	}
	printf("connections %" PRIu64 "\nfailed %" PRIu64 "\nseconds %.3f\n",
	    done - failed, failed, (double)(clock_monotonic_ns() - begin) /
	    1e9);
	return 0;
}

/* ---- ping ---- */

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int
ping(struct sockaddr_in to, uint32_t times, bool new)
{
	uint64_t *ns = calloc(times, sizeof(*ns)), begun;
	struct pollfd p = { -1, POLLIN, 0 };
	uint32_t n = 0, lost = 0;
	char bytes[64];

	if (ns == NULL)
		die(4, "no memory");
	for (uint32_t i = 0; i < times; i++) {
		if (p.fd == -1) {
			p.fd = make_socket(SOCK_DGRAM);
			if (connect(p.fd, (const struct sockaddr *)&to,
			    sizeof(to)) == -1)
				die(4, "connect: %s", strerror(errno));
		}
		begun = clock_monotonic_ns();
		(void)send(p.fd, "echo echo echo echo", SMALL_BYTES, 0);
		if (poll(&p, 1, 1000) == 1 && recv(p.fd, bytes,
		    sizeof(bytes), 0) > 0)
			ns[n++] = clock_monotonic_ns() - begun;
		else
			lost++;
		if (new) {
			close(p.fd);
			p.fd = -1;
		}
	}
	qsort(ns, n, sizeof(*ns), compare);
	printf("answers %u\nlost %u\n", n, lost);
	if (n > 0)
		printf("p50_us %.1f\np99_us %.1f\np999_us %.1f\n",
		    (double)ns[n / 2] / 1e3, (double)ns[n - 1 - n / 100] /
		    1e3, (double)ns[n - 1 - n / 1000] / 1e3);
	free(ns);
	return 0;
}

int
main(int argc, char **argv)
{
	log_init("packet_load");
	if (argc == 3 && strcmp(argv[1], "sink") == 0)
		return sink((uint16_t)number(argv[2], UINT16_MAX));
	if (argc >= 5) {
		struct sockaddr_in to = address_of(argv[2],
		    (uint16_t)number(argv[3], UINT16_MAX));
		uint32_t n = number(argv[4], TIMES_MAX);

		if (argc == 5 && strcmp(argv[1], "flood") == 0)
			return flood(to, n);
		if (argc == 6 && strcmp(argv[1], "connect") == 0)
			return connect_many(to, n, number(argv[5],
			    CONNECTIONS_MAX));
		if (argc == 6 && strcmp(argv[1], "ping") == 0)
			return ping(to, n, strcmp(argv[5], "new") == 0);
	}
	fprintf(stderr, "usage: packet_load sink|flood|connect|ping ...\n");
	return 2;
}
