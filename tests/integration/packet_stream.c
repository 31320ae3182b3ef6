/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbered messages through the gateway, and questions of time. Addresses are
 * numbers, of IPv4 or IPv6; the last line of the output is one for a shell.
 *
 *	send tcp|udp ADDRESS PORT RATE SECONDS
 *		numbers 0, 1, ... a packet each
 *	receive tcp|udp ADDRESS PORT QUIET N
 *		until number N - 1 has come, or a silence of QUIET s after the
 *		first: received=N lost=N reordered=N gap_ms=N (the longest)
 *	echo ADDRESS PORT	a server that gives back what it gets
 *	probe ADDRESS PORT SECONDS [TEXT]
 *		a new connection every 20 ms until one gives an answer to
 *		TEXT: back_ms=N
 *	cut ADDRESS PORT SECONDS TEXT
 *		says TEXT; 0 if the connection ends then, without a byte of
 *		an answer: cut=reset|closed|silence
 */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE		512		/* bytes; the number, then zeros */
#define ATTEMPT_MS	150		/* for one connection of probe */
#define ATTEMPT_VM_MS	2000		/* in an emulated machine */
#define CLIENTS_MAX	32

static int
attempt_ms(void)
{
	return getenv("IN_VM") != NULL ? ATTEMPT_VM_MS : ATTEMPT_MS;
}

struct peer {
	struct sockaddr_storage address;
	socklen_t	len;
};

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
bad(const char *what)
{
	perror(what);
	exit(2);
}

static struct peer
peer_of(const char *address, const char *port)
{
	struct peer p = { .len = sizeof(struct sockaddr_in) };
	struct sockaddr_in *in4 = (struct sockaddr_in *)&p.address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&p.address;
	uint16_t n = htons((uint16_t)strtoul(port, NULL, 10));

	if (inet_pton(AF_INET, address, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = n;
	} else if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = n;
		p.len = sizeof(*in6);
	} else {
		fprintf(stderr, "no address: %s\n", address);
		exit(2);
	}
	return p;
}

static int
socket_for(const struct peer *p, int type)
{
	int fd = socket(p->address.ss_family, type | SOCK_CLOEXEC, 0);

	if (fd == -1)
		bad("socket");
	return fd;
}

static int
listener(const struct peer *p, int type)
{
	int one = 1, size = 4 << 20, fd = socket_for(p, type);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (const struct sockaddr *)&p->address, p->len) == -1)
		bad("bind");
	if (type == SOCK_STREAM && listen(fd, 64) == -1)
		bad("listen");
	return fd;
}

/* 1: ready, 0: too late. */
static int
wait_io(int fd, short events, int64_t until)
{
	int64_t left = until - now_ms();
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, left > 0 ? (int)left : 0);
}

/* 0, or what the connection failed with (EAGAIN: nothing at all came). */
static int
connect_until(int fd, const struct peer *p, int64_t until)
{
	int error = 0;
	socklen_t len = sizeof(error);

	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (connect(fd, (const struct sockaddr *)&p->address, p->len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (wait_io(fd, POLLOUT, until) <= 0)
		return EAGAIN;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

static int
send_numbers(int type, const struct peer *p, unsigned long rate,
    unsigned long seconds)
{
	uint8_t message[MESSAGE] = { 0 };
	int64_t start = now_ms();
	uint64_t n, total = rate * seconds, be;
	int one = 1, error, fd = socket_for(p, type);

	error = connect_until(fd, p, start + 5000);
	if (error != 0) {
		fprintf(stderr, "connect: %s\n", strerror(error));
		return 1;
	}
	fcntl(fd, F_SETFL, 0);
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (n = 0; n < total; n++) {
		int64_t due = start + (int64_t)(n * 1000 / rate);
		int64_t wait = due - now_ms();

		if (wait > 0)
			usleep((useconds_t)wait * 1000);
		be = htobe64(n);
		memcpy(message, &be, sizeof(be));
		/* a refusal by ICMP is no end of a stream of UDP */
		if (send(fd, message, sizeof(message), MSG_NOSIGNAL) !=
		    sizeof(message) && type == SOCK_STREAM) {
			printf("sent=%llu broken: %s\n",
			    (unsigned long long)n, strerror(errno));
			return 1;
		}
	}
	printf("sent=%llu\n", (unsigned long long)total);
	close(fd);
	return 0;
}

/* One message; its size, 0 at the end of a connection, -1 in silence. */
static ssize_t
next_message(int fd, int type, uint8_t *message, int64_t until)
{
	size_t have = 0;

	while (have < MESSAGE) {
		ssize_t got;

		if (now_ms() >= until || wait_io(fd, POLLIN, until) <= 0)
			return -1;
		got = recv(fd, message + have, MESSAGE - have, 0);
		if (type == SOCK_DGRAM && got != MESSAGE)
			continue;	/* not one of ours */
		if (got <= 0)
			return got == 0 || errno == ECONNRESET ? 0 : -1;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static int
receive_numbers(int type, const struct peer *p, int64_t quiet_ms,
    uint64_t expected)
{
	uint8_t message[MESSAGE];
	uint64_t received = 0, reordered = 0, next = 0, number;
	int64_t last = 0, gap = 0, t;
	int fd = listener(p, type);

	if (type == SOCK_STREAM) {
		fd = accept(fd, NULL, NULL);
		if (fd == -1)
			bad("accept");
	}
	while (next < expected) {
		int64_t until = now_ms() + (received == 0 ? 60000 : quiet_ms);

		if (next_message(fd, type, message, until) <= 0)
			break;
		t = now_ms();
		if (received++ > 0 && t - last > gap)
			gap = t - last;
		last = t;
		memcpy(&number, message, sizeof(number));
		number = be64toh(number);
		if (number < next)
			reordered++;
		else
			next = number + 1;
	}
	printf("received=%llu lost=%lld reordered=%llu gap_ms=%lld\n",
	    (unsigned long long)received, (long long)(expected - received),
	    (unsigned long long)reordered, (long long)gap);
	return received == 0;
}

/* A client that writes much before it reads is waited for, but not long. */
static bool
give_back(int fd, const char *text, size_t len)
{
	struct pollfd writable = { fd, POLLOUT, 0 };
	ssize_t n;

	while (len > 0) {
		n = send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		} else if ((n == -1 && errno != EAGAIN) ||
		    poll(&writable, 1, 5000) != 1) {
			return false;
		}
	}
	return true;
}

static int
echo(const struct peer *p)
{
	struct pollfd fds[CLIENTS_MAX + 1] = { { .events = POLLIN } };
	nfds_t n = 1, i;
	char text[4096];

	fds[0].fd = listener(p, SOCK_STREAM);
	while (poll(fds, n, -1) > 0) {
		for (i = n - 1; i > 0; i--) {
			ssize_t got;

			if (fds[i].revents == 0)
				continue;
			got = recv(fds[i].fd, text, sizeof(text), 0);
			if (got > 0 && give_back(fds[i].fd, text,
			    (size_t)got))
				continue;
			close(fds[i].fd);
			fds[i] = fds[--n];
		}
		if (fds[0].revents == 0)
			continue;
		if (n > CLIENTS_MAX) {	/* the oldest gave up long ago */
			close(fds[1].fd);
			fds[1] = fds[--n];
		}
		fds[n].fd = accept(fds[0].fd, NULL, NULL);
		fds[n].events = POLLIN;
		fds[n].revents = 0;
		n += fds[n].fd != -1;
	}
	return 1;
}

static bool
attempt(const struct peer *p, const char *text)
{
	int64_t until = now_ms() + attempt_ms();
	int fd = socket_for(p, SOCK_STREAM);
	size_t len = strlen(text);
	char answer[64];
	bool good;

	good = connect_until(fd, p, until) == 0 &&
	    send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len &&
	    wait_io(fd, POLLIN, until) > 0 &&
	    recv(fd, answer, sizeof(answer), 0) > 0;
	close(fd);
	return good;
}

static int
probe(const struct peer *p, int64_t limit_ms, const char *text)
{
	int64_t start = now_ms();

	while (now_ms() - start < limit_ms) {
		int64_t began = now_ms();

		if (attempt(p, text)) {
			printf("back_ms=%lld\n", (long long)(began - start));
			return 0;
		}
		while (now_ms() - began < 20)
			usleep(1000);
	}
	puts("back_ms=never");
	return 1;
}

static int
cut(const struct peer *p, int64_t limit_ms, const char *text, size_t len)
{
	int64_t until = now_ms() + limit_ms;
	int error, fd = socket_for(p, SOCK_STREAM);
	const char *how = "silence";
	char answer[256];
	ssize_t got;

	error = connect_until(fd, p, until);
	if (error == 0 && send(fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		error = errno;
	/* a server that greets may have been cut before we look */
	if (error == ECONNRESET || error == EPIPE) {
		printf("cut=reset\n");
		return 0;
	}
	if (error != 0) {
		printf("no connection: %s\n", strerror(error));
		return 1;
	}
	if (wait_io(fd, POLLIN, until) > 0) {
		got = recv(fd, answer, sizeof(answer), 0);
		if (got > 0) {
			printf("an answer: %.*s\n", (int)got, answer);
			return 1;
		}
		how = got == 0 ? "closed" : "reset";
	}
	printf("cut=%s\n", how);
	return strcmp(how, "silence") == 0;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	bool typed = strcmp(what, "send") == 0 || strcmp(what, "receive") == 0;
	char **a = argv + (typed ? 3 : 2);
	int n = argc - (typed ? 3 : 2), type = SOCK_STREAM;
	struct peer p;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (n < 2)
		goto usage;
	if (typed && strcmp(argv[2], "udp") == 0)
		type = SOCK_DGRAM;
	p = peer_of(a[0], a[1]);
	if (strcmp(what, "send") == 0 && n == 4)
		return send_numbers(type, &p, strtoul(a[2], NULL, 10),
		    strtoul(a[3], NULL, 10));
	if (strcmp(what, "receive") == 0 && n == 4)
		return receive_numbers(type, &p, atol(a[2]) * 1000,
		    strtoul(a[3], NULL, 10));
	if (strcmp(what, "echo") == 0)
		return echo(&p);
	if (strcmp(what, "probe") == 0 && n >= 3)
		return probe(&p, atol(a[2]) * 1000, n > 3 ? a[3] : "?");
	if (strcmp(what, "cut") == 0 && n == 4)
		return cut(&p, atol(a[2]) * 1000, a[3], strlen(a[3]));
usage:
	fputs("usage: see the head of packet_stream.c\n", stderr);
	return 2;
}
