/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many SMTP clients at once, each in the middle of a mail:
 *
 *	smtp_crowd SOURCE ADDRESS PORT NUMBER SENDER RECIPIENT FILE
 *
 * One after the other connects and goes as far as DATA. How many got which
 * last reply is printed ("354 3072"), FILE is touched, and all connections
 * stay open until it is gone. Addresses are IPv4 or IPv6.
 */
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define CLIENTS_MAX	8000

static unsigned codes[1000];

static void
die_errno(const char *what)
{
	perror(what);
	exit(4);
}

static struct addrinfo *
resolve(const char *address, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST }, *found;

	if (getaddrinfo(address, port, &hints, &found) != 0) {
		fprintf(stderr, "not an address: %s\n", address);
		exit(2);
	}
	return found;
}

static int
open_connection(const struct addrinfo *from, const struct addrinfo *to)
{
	struct timeval patience = { .tv_sec = 10 };
	int fd = socket(to->ai_family, SOCK_STREAM, 0);

	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience)) == -1)
		die_errno("socket");
	if (bind(fd, from->ai_addr, from->ai_addrlen) == -1 ||
	    connect(fd, to->ai_addr, to->ai_addrlen) == -1)
		die_errno("connect");
	return fd;
}

/* The code of the last line of one reply; 0: none came. */
static unsigned
read_reply(int fd)
{
	char line[512];
	size_t n = 0;

	while (n < sizeof(line) - 1 && recv(fd, line + n, 1, 0) == 1) {
		if (line[n++] != '\n')
			continue;
		if (n > 4 && line[3] == ' ')
			return (unsigned)strtoul(line, NULL, 10) % 1000;
		n = 0;
	}
	return 0;
}

/* As far as it goes; the code of the last reply. */
static unsigned
talk(int fd, const char *sender, const char *recipient)
{
	char mail[400], rcpt[400];
	const char *const lines[] = { "EHLO crowd.example\r\n", mail, rcpt,
	    "DATA\r\n" };
	unsigned code = read_reply(fd);

	snprintf(mail, sizeof(mail), "MAIL FROM:<%s>\r\n", sender);
	snprintf(rcpt, sizeof(rcpt), "RCPT TO:<%s>\r\n", recipient);
	for (size_t i = 0; i < 4 && code / 100 == 2; i++) {
		if (send(fd, lines[i], strlen(lines[i]), MSG_NOSIGNAL) == -1)
			return 0;
		code = read_reply(fd);
	}
	return code;
}

int
main(int argc, char **argv)
{
	struct rlimit files = { 2 * CLIENTS_MAX, 2 * CLIENTS_MAX };
	struct addrinfo *from, *to;
	unsigned long n;
	int fd;

	if (argc != 8 || (n = strtoul(argv[4], NULL, 10)) > CLIENTS_MAX) {
		fputs("usage: smtp_crowd SOURCE ADDRESS PORT NUMBER SENDER "
		    "RECIPIENT FILE\n", stderr);
		return 2;
	}
	if (setrlimit(RLIMIT_NOFILE, &files) == -1)
		die_errno("setrlimit");
	from = resolve(argv[1], "0");
	to = resolve(argv[2], argv[3]);
	for (unsigned long i = 0; i < n; i++)
		codes[talk(open_connection(from, to), argv[5], argv[6])]++;
	for (unsigned i = 0; i < 1000; i++)
		if (codes[i] > 0)
			printf("%u %u\n", i, codes[i]);
	fflush(stdout);
	fd = open(argv[7], O_WRONLY | O_CREAT, 0600);
	if (fd == -1)
		die_errno(argv[7]);
	close(fd);
	while (access(argv[7], F_OK) == 0)
		usleep(20000);
	freeaddrinfo(from);
	freeaddrinfo(to);
	return 0;
}
