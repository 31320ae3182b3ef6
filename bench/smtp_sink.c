/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An SMTP sink for benches: takes every mail at the speed of memory and
 * throws it away. One epoll loop, large reads, one write of replies per read.
 * It counts mails and bytes and notes when the first and the last one came
 * (monotonic clock, so that smtp_source's times can be compared with them).
 *
 *	smtp_sink [-l ADDR] [-p PORT] [-n MAILS] [-r FILE] [-o FILE]
 *
 * The result goes to -r FILE (standard output without) when MAILS have come
 * and again on SIGTERM; -o keeps the bytes of the first mail as received.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../gateway/base/clock.h"
#include "../gateway/base/log.h"
#include "../gateway/base/span.h"

#define READ_BYTES		(512 * 1024)
#define LINE_BYTES_MAX		2048
#define REPLY_BYTES_MAX		8192
#define CONNECTIONS_MAX		4096
#define EVENTS_MAX		256

#define END_OF_DATA		"\r\n.\r\n"
#define END_OF_DATA_BYTES	5

struct connection {
	int	 fd;
	int	 in_data;
	unsigned matched;		/* of END_OF_DATA */
	size_t	 line_len;
	size_t	 reply_len;
	int	 closing;
	char	 line[LINE_BYTES_MAX];
	char	 reply[REPLY_BYTES_MAX];
};

static struct {
	uint64_t mails, bytes, connections, first_ns, last_ns;
	uint64_t wanted;
	const char *result_path;
	FILE	*first_mail;
} sink;

static uint8_t bytes[READ_BYTES];
static struct connection *connections[CONNECTIONS_MAX];

static void
print_result(void)
{
	FILE *f = stdout;
	char path[4096];

	if (sink.result_path != NULL) {
		snprintf(path, sizeof(path), "%s.new", sink.result_path);
		f = fopen(path, "w");
		if (f == NULL)
			die(4, "%s: %s", path, strerror(errno));
	}
	fprintf(f, "mails %" PRIu64 "\nbytes %" PRIu64 "\nconnections %"
	    PRIu64 "\nfirst_ns %" PRIu64 "\nlast_ns %" PRIu64 "\n",
	    sink.mails, sink.bytes, sink.connections, sink.first_ns,
	    sink.last_ns);
	fflush(f);
	if (sink.result_path != NULL) {
		fclose(f);
		if (rename(path, sink.result_path) == -1)
			die(4, "%s: %s", path, strerror(errno));
	}
}

static void
reply(struct connection *c, const char *text)
{
	size_t len = strlen(text);

	if (c->reply_len + len > sizeof(c->reply)) {
		c->closing = 1;		/* it does not read our replies */
		return;
	}
	memcpy(c->reply + c->reply_len, text, len);
	c->reply_len += len;
}

static void
command(struct connection *c)
{
	const char *l = c->line;

	if (strncasecmp(l, "EHLO", 4) == 0)
		reply(c, "250-sink.bench.example\r\n250-PIPELINING\r\n"
		    "250-SIZE 0\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
		    "250 ENHANCEDSTATUSCODES\r\n");
	else if (strncasecmp(l, "HELO", 4) == 0)
		reply(c, "250 sink.bench.example\r\n");
	else if (strncasecmp(l, "MAIL", 4) == 0 ||
	    strncasecmp(l, "RCPT", 4) == 0)
		reply(c, "250 2.1.0 Ok\r\n");
	else if (strncasecmp(l, "DATA", 4) == 0) {
		reply(c, "354 Go on\r\n");
		c->in_data = 1;
		c->matched = 2;		/* an empty mail begins with its dot */
	} else if (strncasecmp(l, "QUIT", 4) == 0) {
		reply(c, "221 2.0.0 Bye\r\n");
		c->closing = 1;
	} else if (strncasecmp(l, "RSET", 4) == 0 ||
	    strncasecmp(l, "NOOP", 4) == 0)
		reply(c, "250 2.0.0 Ok\r\n");
	else
		reply(c, "502 5.5.2 What?\r\n");
}

static void
mail_done(struct connection *c)
{
	reply(c, "250 2.0.0 Taken\r\n");
	c->in_data = 0;
	sink.last_ns = clock_monotonic_ns();
	if (sink.mails++ == 0)
		sink.first_ns = sink.last_ns;
	if (sink.first_mail != NULL) {
		fclose(sink.first_mail);
		sink.first_mail = NULL;
	}
	if (sink.mails == sink.wanted)
		print_result();
}

/* One byte on from `matched` bytes of CRLF . CRLF seen. */
static unsigned
match_step(unsigned matched, uint8_t b)
{
	if (b == (uint8_t)END_OF_DATA[matched])
		return matched + 1;
	return b == '\r';
}

/*
 * Number of bytes that belong to the mail and its final dot; c->matched is
 * END_OF_DATA_BYTES when that dot is among them. memmem() does the bulk, the
 * machine above the seams between two reads.
 */
static size_t
data_bytes(struct connection *c, const uint8_t *p, size_t n)
{
	size_t i = 0;
	const uint8_t *end;

	while (i < n && c->matched > 0 && c->matched < END_OF_DATA_BYTES)
		c->matched = match_step(c->matched, p[i++]);
	if (c->matched == END_OF_DATA_BYTES)
		return i;
	end = memmem(p + i, n - i, END_OF_DATA, END_OF_DATA_BYTES);
	if (end != NULL) {
		c->matched = END_OF_DATA_BYTES;
		return (size_t)(end - p) + END_OF_DATA_BYTES;
	}
	if (n - i >= END_OF_DATA_BYTES)
		i = n - (END_OF_DATA_BYTES - 1);
	while (i < n)
		c->matched = match_step(c->matched, p[i++]);
	return n;
}

static size_t
command_bytes(struct connection *c, const uint8_t *p, size_t n)
{
	const uint8_t *lf = memchr(p, '\n', n);
	size_t len = lf == NULL ? n : (size_t)(lf - p) + 1;

	if (c->line_len + len >= sizeof(c->line)) {
		c->closing = 1;
		return n;
	}
	memcpy(c->line + c->line_len, p, len);
	c->line_len += len;
	if (lf != NULL) {
		c->line[c->line_len] = '\0';
		command(c);
		c->line_len = 0;
	}
	return len;
}

static void
feed(struct connection *c, const uint8_t *p, size_t n)
{
	while (n > 0 && !c->closing) {
		size_t used;

		if (c->in_data) {
			used = data_bytes(c, p, n);
			sink.bytes += used;
			if (sink.first_mail != NULL)
				fwrite(p, 1, used, sink.first_mail);
			if (c->matched == END_OF_DATA_BYTES)
				mail_done(c);
		} else
			used = command_bytes(c, p, n);
		p += used;
		n -= used;
	}
}

static void
connection_close(struct connection *c)
{
	connections[c->fd] = NULL;
	close(c->fd);
	free(c);
}

static void
connection_ready(struct connection *c)
{
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		connection_close(c);
		return;
	}
	feed(c, bytes, (size_t)n);
	if (c->reply_len > 0) {
		/* Replies are short: a peer that lets them pile up is gone. */
		if (send(c->fd, c->reply, c->reply_len, MSG_NOSIGNAL) !=
		    (ssize_t)c->reply_len)
			c->closing = 1;
		c->reply_len = 0;
	}
	if (c->closing)
		connection_close(c);
}

static void
accept_all(int epoll, int listener)
{
	struct epoll_event event = { .events = EPOLLIN };
	int one = 1;

	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
		struct connection *c;

		if (fd == -1)
			return;
		c = fd < CONNECTIONS_MAX ? calloc(1, sizeof(*c)) : NULL;
		if (c == NULL) {
			close(fd);
			continue;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		c->fd = fd;
		connections[fd] = c;
		sink.connections++;
		event.data.fd = fd;
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1 ||
		    send(fd, "220 sink.bench.example ESMTP\r\n", 30,
		    MSG_NOSIGNAL) != 30)
			connection_close(c);
	}
}

static int
listen_on(const char *address, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	int one = 1, room = 1024 * 1024;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		die(2, "not an IPv4 address: %s", address);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 1024) == -1)
		die(4, "listen on %s port %u: %s", address, port,
		    strerror(errno));
	return fd;
}

static NORETURN void
serve(int listener)
{
	struct epoll_event events[EVENTS_MAX];
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(0), signals;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, 0);
	event.data.fd = listener;
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
	event.data.fd = signals;
	epoll_ctl(epoll, EPOLL_CTL_ADD, signals, &event);
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS_MAX, -1);

		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;

			if (fd == signals) {
				print_result();
				exit(0);
			} else if (fd == listener)
				accept_all(epoll, listener);
			else if (connections[fd] != NULL)
				connection_ready(connections[fd]);
		}
	}
}

int
main(int argc, char **argv)
{
	const char *address = "127.0.0.1";
	uint64_t port = 2526;
	int option;

	log_init("smtp_sink");
	while ((option = getopt(argc, argv, "l:p:n:r:o:")) != -1) {
		switch (option) {
		case 'l':
			address = optarg;
			break;
		case 'p':
			if (!span_decimal(span_str(optarg), 65535, &port))
				die(2, "bad port: %s", optarg);
			break;
		case 'n':
			if (!span_decimal(span_str(optarg), UINT32_MAX,
			    &sink.wanted))
				die(2, "bad number: %s", optarg);
			break;
		case 'r':
			sink.result_path = optarg;
			break;
		case 'o':
			sink.first_mail = fopen(optarg, "w");
			break;
		default:
			die(2, "usage: smtp_sink [-l ADDR] [-p PORT] "
			    "[-n MAILS] [-r FILE] [-o FILE]");
		}
	}
	serve(listen_on(address, (uint16_t)port));
}
