/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hosts around the gateway:
 *	serve PORT		echo by TCP and UDP, of both families
 *	talk tcp|udp SOURCE ADDRESS PORT
 *		prints "connected" or why not; then each line of the standard
 *		input is sent and answered by a line: "echo", "silence", or
 *		what went wrong
 *	ping SOURCE ADDRESS N INTERVAL-MS	prints how many came back
 *	raw SOURCE ADDRESS PORT [lsrr|rh0]	one UDP datagram, any source
 * A wait ends after WAIT_MS.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>

#include "../../gateway/base/address.h"

#define WAIT_MS		700
#define CONNECTIONS_MAX	64
#define LINE_BYTES	4096
#ifndef IPV6_HDRINCL
#define IPV6_HDRINCL	36
#endif

static socklen_t
socket_address(const char *text, const char *port,
    struct sockaddr_storage *ss)
{
	struct address a;

	if (!address_parse(span_str(text), &a))
		errx(2, "no address: %s", text);
	return address_to_sockaddr(&a, (uint16_t)atoi(port), ss);
}

static const char *
trouble(int errnum)
{
	switch (errnum) {
	case ECONNREFUSED: return "refused";
	case ECONNRESET: return "reset";
	case EPIPE: return "reset";
	case ETIMEDOUT: return "timeout";
	case EPERM: return "forbidden";
	default: return strerror(errnum);
	}
}

static int
listener(int type, const char *port)
{
	struct sockaddr_storage ss;
	socklen_t len = socket_address("::", port, &ss);
	int fd = socket(AF_INET6, type, 0), on = 1, off = 0;

	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof(on)) == -1 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
	    &off, sizeof(off)) == -1 ||
	    bind(fd, (struct sockaddr *)&ss, len) == -1 ||
	    (type == SOCK_STREAM && listen(fd, 10) == -1))
		err(4, "listen");
	return fd;
}

static void
serve(const char *port)
{
	struct pollfd fds[CONNECTIONS_MAX] = {
		{ listener(SOCK_STREAM, port), POLLIN, 0 },
		{ listener(SOCK_DGRAM, port), POLLIN, 0 } };
	char bytes[LINE_BYTES];
	nfds_t n = 2;

	while (poll(fds, n, -1) > 0) {
		for (nfds_t i = 2; i < n; i++) {
			ssize_t got;

			if (fds[i].revents == 0)
				continue;
			got = read(fds[i].fd, bytes, sizeof(bytes));
			if (got > 0 && write(fds[i].fd, bytes,
			    (size_t)got) == got)
				continue;
			close(fds[i].fd);
			fds[i--] = fds[--n];
		}
		if (fds[0].revents != 0 && n < CONNECTIONS_MAX)
			fds[n++] = (struct pollfd){ accept(fds[0].fd, NULL,
			    NULL), POLLIN, 0 };
		if (fds[1].revents != 0) {
			struct sockaddr_storage from;
			socklen_t len = sizeof(from);
			ssize_t got = recvfrom(fds[1].fd, bytes,
			    sizeof(bytes), 0, (struct sockaddr *)&from,
			    &len);

			if (got > 0)
				(void)sendto(fds[1].fd, bytes, (size_t)got, 0,
				    (struct sockaddr *)&from, len);
		}
	}
}

/* Connected, or the reason. */
static const char *
connect_to(int fd, const char *address, const char *port)
{
	struct sockaddr_storage ss;
	socklen_t len = socket_address(address, port, &ss);
	struct pollfd wait = { fd, POLLOUT, 0 };
	int errnum = 0;
	socklen_t errnum_len = sizeof(errnum);

	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	if (connect(fd, (struct sockaddr *)&ss, len) == -1 &&
	    errno != EINPROGRESS)
		return trouble(errno);
	if (poll(&wait, 1, WAIT_MS) == 0)
		return "timeout";
	(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &errnum, &errnum_len);
	return errnum == 0 ? "connected" : trouble(errnum);
}

static const char *
say(int fd, const char *line)
{
	struct pollfd wait = { fd, POLLIN, 0 };
	char bytes[LINE_BYTES];
	ssize_t got;

	/* what was late is no answer to this */
	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	if (send(fd, line, strlen(line), MSG_NOSIGNAL) == -1)
		return trouble(errno);
	if (poll(&wait, 1, WAIT_MS) == 0)
		return "silence";
	got = recv(fd, bytes, sizeof(bytes), 0);
	if (got == -1)
		return trouble(errno);
	return got == 0 ? "end" : "echo";
}

static int
talk(char **argv)
{
	struct sockaddr_storage ss;
	socklen_t len = socket_address(argv[1], "0", &ss);
	bool tcp = strcmp(argv[0], "tcp") == 0;
	int fd = socket(ss.ss_family, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
	char line[LINE_BYTES];
	const char *how;

	if (fd == -1 || bind(fd, (struct sockaddr *)&ss, len) == -1)
		err(4, "bind");
	setvbuf(stdout, NULL, _IOLBF, 0);
	how = connect_to(fd, argv[2], argv[3]);
	puts(how);
	while (strcmp(how, "connected") == 0 &&
	    fgets(line, sizeof(line), stdin) != NULL)
		puts(say(fd, line));
	return 0;
}

static uint16_t
checksum(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(at[i] << 8 | at[i + 1]);
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static int
ping(char **argv)
{
	struct sockaddr_storage from, to;
	socklen_t from_len = socket_address(argv[0], "0", &from);
	socklen_t to_len = socket_address(argv[1], "0", &to);
	bool v4 = from.ss_family == AF_INET;
	int n = atoi(argv[2]), back = 0;
	int fd = socket(from.ss_family, SOCK_RAW,
	    v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);

	if (fd == -1 || bind(fd, (struct sockaddr *)&from, from_len) == -1 ||
	    connect(fd, (struct sockaddr *)&to, to_len) == -1)
		err(4, "ping");
	for (int i = 0; i < n; i++) {
		struct icmphdr echo = { .type = v4 ? ICMP_ECHO :
		    ICMP6_ECHO_REQUEST };
		uint8_t bytes[256];
		struct pollfd wait = { fd, POLLIN, 0 };
		size_t at = v4 ? 20 : 0;
		ssize_t got;

		echo.un.echo.id = htons((uint16_t)getpid());
		echo.un.echo.sequence = htons((uint16_t)i);
		if (v4)
			echo.checksum = checksum(&echo, sizeof(echo));
		if (send(fd, &echo, sizeof(echo), 0) == -1)
			warn("send");
		while (poll(&wait, 1, WAIT_MS) > 0) {
			got = recv(fd, bytes, sizeof(bytes), 0);
			if (got < (ssize_t)at + 8 || bytes[at] != (v4 ?
			    ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) ||
			    memcmp(bytes + at + 4, &echo.un, 4) != 0)
				continue;
			back++;
			break;
		}
		usleep((useconds_t)atoi(argv[3]) * 1000);
	}
	printf("%d of %d\n", back, n);
	return 0;
}

static size_t
raw4(uint8_t *bytes, char **argv, const char *option)
{
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64,
	    .protocol = IPPROTO_UDP };
	struct udphdr udp = { .source = htons(4000),
	    .dest = htons((uint16_t)atoi(argv[2])), .len = htons(8) };
	uint8_t lsrr[8] = { 131, 7, 4, 192, 0, 2, 6, 0 };
	size_t len = sizeof(ip);

	if (strcmp(option, "lsrr") == 0) {
		ip.ihl = 7;
		memcpy(bytes + len, lsrr, sizeof(lsrr));
		len += sizeof(lsrr);
	}
	inet_pton(AF_INET, argv[0], &ip.saddr);
	inet_pton(AF_INET, argv[1], &ip.daddr);
	memcpy(bytes, &ip, sizeof(ip));
	memcpy(bytes + len, &udp, sizeof(udp));
	return len + sizeof(udp);
}

static size_t
raw6(uint8_t *bytes, char **argv, const char *option)
{
	struct ip6_hdr ip = { 0 };
	/* no checksum is none in IPv6, but the gateway is no end of it */
	struct udphdr udp = { .source = htons(4000),
	    .dest = htons((uint16_t)atoi(argv[2])), .len = htons(8),
	    .check = htons(1) };
	uint8_t rh0[24] = { IPPROTO_UDP, 2, 0, 1 };
	size_t len = sizeof(ip), more = 0;

	if (strcmp(option, "rh0") == 0) {
		memcpy(bytes + len, rh0, sizeof(rh0));
		more = sizeof(rh0);
	}
	ip.ip6_vfc = 0x60;
	ip.ip6_hlim = 64;
	ip.ip6_nxt = more > 0 ? IPPROTO_ROUTING : IPPROTO_UDP;
	ip.ip6_plen = htons((uint16_t)(more + sizeof(udp)));
	inet_pton(AF_INET6, argv[0], &ip.ip6_src);
	inet_pton(AF_INET6, argv[1], &ip.ip6_dst);
	memcpy(bytes, &ip, sizeof(ip));
	memcpy(bytes + len + more, &udp, sizeof(udp));
	return len + more + sizeof(udp);
}

static int
raw(char **argv, const char *option)
{
	struct sockaddr_storage to;
	socklen_t to_len = socket_address(argv[1], "0", &to);
	int fd = socket(to.ss_family, SOCK_RAW, IPPROTO_RAW), on = 1;
	uint8_t bytes[256] = { 0 };
	size_t len;

	if (fd == -1)
		err(4, "socket");
	if (to.ss_family == AF_INET) {
		len = raw4(bytes, argv, option);
	} else {
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_HDRINCL, &on,
		    sizeof(on));
		len = raw6(bytes, argv, option);
	}
	if (sendto(fd, bytes, len, 0, (struct sockaddr *)&to, to_len) == -1)
		err(4, "sendto");
	return 0;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "serve") == 0 && argc == 3)
		serve(argv[2]);
	else if (strcmp(what, "talk") == 0 && argc == 6)
		return talk(argv + 2);
	else if (strcmp(what, "ping") == 0 && argc == 6)
		return ping(argv + 2);
	else if (strcmp(what, "raw") == 0 && argc >= 5)
		return raw(argv + 2, argc > 5 ? argv[5] : "");
	errx(2, "see the source for how it is called");
}
