/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A load source for benches: N connections that hand over mails as fast as
 * the relay takes them. Mails are made ready (dots stuffed, end added) before
 * the clock starts; each sent mail gets a Message-ID of its own in front.
 *
 *	smtp_source [-l ADDR] [-p PORT] [-c CONNECTIONS] [-n MAILS]
 *	    [-m MAILS-PER-CONNECTION] [-1] [-f SENDER] [-t RECIPIENT] FILE...
 *
 * -1: one command at a time, no pipelining (RFC 2920). Mails go round the
 * files. Output, "name value" lines: accepted, refused, first and last moment
 * (monotonic clock), mails/s, latency from MAIL to the 250 of the data.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../gateway/base/clock.h"
#include "../gateway/base/log.h"
#include "../gateway/base/span.h"

#define CONNECTIONS_MAX		4096
#define FILES_MAX		256
#define REPLY_BYTES_MAX		4096
#define HEAD_BYTES_MAX		1024
#define EVENTS_MAX		256
#define REFUSED_MAX		10000
#define QUIET_MS_MAX		30000

enum state {
	GREETING, HELLO, MAIL, RCPT, DATA, BODY, QUIT
};

struct connection {
	int		 fd;
	enum state	 state;		/* whose reply is awaited */
	uint64_t	 begun_ns;
	uint64_t	 sent_here;
	const struct span *mail;
	char		 head[HEAD_BYTES_MAX];	/* commands, or first line */
	size_t		 head_len;
	size_t		 out_at;	/* in head and mail together */
	bool		 writing;
	char		 reply[REPLY_BYTES_MAX];
	size_t		 reply_len;
};

static struct {
	const char	*address, *sender, *recipient;
	uint64_t	 port, connections, mails, per_connection;
	bool		 one_at_a_time;
	struct span	 files[FILES_MAX];
	size_t		 files_n;
} option = { "127.0.0.1", "source@bench.example", "sink@bench.example",
	2525, 20, 1000, 0, false, { { NULL, 0 } }, 0 };

static struct {
	uint64_t begun, accepted, refused, first_ns, last_ns, bytes;
	uint32_t *latency_us;
	size_t	 open;
} run;

static int epoll;
static struct connection *connections[CONNECTIONS_MAX];

static void connection_open(void);
static bool mail_refused(struct connection *, const char *);

/* Stuff dots (RFC 5321 4.5.2), add the end. Start-up: memory is not freed. */
static struct span
load(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY);
	uint8_t *in, *out;
	size_t len, n = 0;

	if (fd == -1 || fstat(fd, &st) == -1)
		die(2, "%s: %s", path, strerror(errno));
	len = (size_t)st.st_size;
	in = malloc(len + 1);
	out = malloc(2 * len + 8);
	if (in == NULL || out == NULL || read(fd, in, len) != (ssize_t)len)
		die(4, "%s: cannot read", path);
	close(fd);
	for (size_t i = 0; i < len; i++) {
		if (in[i] == '.' && (i == 0 || in[i - 1] == '\n'))
			out[n++] = '.';
		out[n++] = in[i];
	}
	if (n < 2 || out[n - 1] != '\n')
		die(2, "%s: does not end with CRLF", path);
	memcpy(out + n, ".\r\n", 3);
	free(in);
	return (struct span){ out, n + 3 };
}

static void
connection_close(struct connection *c)
{
	connections[c->fd] = NULL;
	close(c->fd);
	free(c);
	run.open--;
}

static void
watch(struct connection *c, bool writing)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = c->fd };

	if (c->writing == writing)
		return;
	c->writing = writing;
	if (writing)
		event.events |= EPOLLOUT;
	epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

/* Send what is left of head and mail. False: the connection is closed. */
static bool
flush(struct connection *c)
{
	size_t mail_len = c->state == BODY ? c->mail->len : 0;

	while (c->out_at < c->head_len + mail_len) {
		struct iovec iov[2];
		int iov_n = 0;
		size_t in_mail = 0;
		ssize_t n;

		if (c->out_at < c->head_len)
			iov[iov_n++] = (struct iovec){ c->head + c->out_at,
				c->head_len - c->out_at };
		else
			in_mail = c->out_at - c->head_len;
		if (mail_len > 0)
			iov[iov_n++] = (struct iovec){
				(void *)(uintptr_t)(c->mail->ptr + in_mail),
				mail_len - in_mail };
		n = writev(c->fd, iov, iov_n);
		if (n == -1 && errno == EAGAIN) {
			watch(c, true);
			return true;
		}
		if (n <= 0)
			return mail_refused(c, "connection broken");
		c->out_at += (size_t)n;
	}
	watch(c, false);
	return true;
}

static bool
say(struct connection *c, enum state next, const char *fmt, const char *arg)
{
	char *end = c->head;
	size_t room = sizeof(c->head);

	c->state = next;
	if (next == MAIL && !option.one_at_a_time)
		c->head_len = (size_t)snprintf(end, room,
		    "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n",
		    option.sender, option.recipient);
	else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		c->head_len = (size_t)snprintf(end, room, fmt, arg);
#pragma GCC diagnostic pop
	}
	if (c->head_len >= room)
		die(2, "sender or recipient too long");
	c->out_at = 0;
	return flush(c);
}

static bool
begin_mail(struct connection *c)
{
	if (run.begun == option.mails || (option.per_connection > 0 &&
	    c->sent_here == option.per_connection))
		return say(c, QUIT, "QUIT\r\n%s", "");
	c->mail = &option.files[run.begun++ % option.files_n];
	c->begun_ns = clock_monotonic_ns();
	if (run.first_ns == 0)
		run.first_ns = c->begun_ns;
	return say(c, MAIL, "MAIL FROM:<%s>\r\n", option.sender);
}

static bool
send_body(struct connection *c)
{
	char id[64];

	snprintf(id, sizeof(id), "%" PRIu64 ".%d", c->begun_ns, c->fd);
	return say(c, BODY, "Message-ID: <%s@source.bench.example>\r\n", id);
}

static bool
mail_accepted(struct connection *c)
{
	run.last_ns = clock_monotonic_ns();
	run.latency_us[run.accepted++] =
	    (uint32_t)((run.last_ns - c->begun_ns) / 1000);
	run.bytes += c->mail->len;
	c->sent_here++;
	return begin_mail(c);
}

/* The mail was not taken: it goes back into the pot, by a new connection. */
static bool
mail_refused(struct connection *c, const char *line)
{
	if (run.refused++ < 5)
		log_warn("refused: %s", line);
	if (run.refused > REFUSED_MAX)
		die(1, "too many refusals");
	if (c->state != GREETING && c->state != HELLO && c->state != QUIT)
		run.begun--;
	connection_close(c);
	usleep(1000);
	connection_open();
	return false;
}

/* One whole reply. False: the connection is gone. */
static bool
reply(struct connection *c, const char *line)
{
	char class = line[0];

	if (c->state != QUIT && class != (c->state == DATA ? '3' : '2'))
		return mail_refused(c, line);
	switch (c->state) {
	case GREETING:
		return say(c, HELLO, "EHLO %s\r\n", "source.bench.example");
	case HELLO:
		return begin_mail(c);
	case MAIL:
		if (option.one_at_a_time)
			return say(c, RCPT, "RCPT TO:<%s>\r\n",
			    option.recipient);
		c->state = RCPT;
		return true;
	case RCPT:
		if (option.one_at_a_time)
			return say(c, DATA, "DATA\r\n%s", "");
		c->state = DATA;
		return true;
	case DATA:
		return send_body(c);
	case BODY:
		return mail_accepted(c);
	case QUIT:
		connection_close(c);
		if (run.begun < option.mails)
			connection_open();
		return false;
	}
	return true;
}

static void
readable(struct connection *c)
{
	ssize_t n = recv(c->fd, c->reply + c->reply_len,
	    sizeof(c->reply) - 1 - c->reply_len, 0);
	char *line = c->reply, *lf;

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		mail_refused(c, "connection closed");
		return;
	}
	c->reply_len += (size_t)n;
	c->reply[c->reply_len] = '\0';
	while ((lf = strchr(line, '\n')) != NULL) {
		*lf = '\0';
		/* "250-..." goes on, "250 ..." is the last line */
		if (lf - line >= 3 && line[3] != '-' && !reply(c, line))
			return;
		line = lf + 1;
	}
	c->reply_len -= (size_t)(line - c->reply);
	memmove(c->reply, line, c->reply_len);
	if (c->reply_len >= sizeof(c->reply) - 1)
		die(1, "a reply without end");
}

static void
connection_open(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)option.port) };
	struct epoll_event event = { .events = EPOLLIN };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
	struct connection *c = fd >= 0 && fd < CONNECTIONS_MAX ?
	    calloc(1, sizeof(*c)) : NULL;

	if (c == NULL)
		die(4, "no socket: %s", strerror(errno));
	if (inet_pton(AF_INET, option.address, &sin.sin_addr) != 1)
		die(2, "not an IPv4 address: %s", option.address);
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		die(1, "connect: %s", strerror(errno));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	c->fd = fd;
	event.data.fd = fd;
	connections[fd] = c;
	run.open++;
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static int
by_value(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
print_result(void)
{
	double seconds = (double)(run.last_ns - run.first_ns) / 1e9;
	static const int percents[] = { 50, 90, 99, 100 };

	printf("accepted %" PRIu64 "\nrefused %" PRIu64 "\nbytes %" PRIu64
	    "\nfirst_ns %" PRIu64 "\nlast_ns %" PRIu64 "\n", run.accepted,
	    run.refused, run.bytes, run.first_ns, run.last_ns);
	if (run.accepted == 0)
		return;
	printf("mails_per_s %.1f\n", (double)run.accepted / seconds);
	printf("mb_per_s %.1f\n", (double)run.bytes / seconds / 1e6);
	qsort(run.latency_us, run.accepted, sizeof(*run.latency_us), by_value);
	for (size_t i = 0; i < sizeof(percents) / sizeof(*percents); i++)
		printf("latency_p%d_ms %.2f\n", percents[i],
		    run.latency_us[(run.accepted - 1) *
		    (uint64_t)percents[i] / 100] / 1000.0);
}

static uint64_t
number(const char *text, uint64_t max)
{
	uint64_t value;

	if (!span_decimal(span_str(text), max, &value) || value == 0)
		die(2, "not a number up to %" PRIu64 ": %s", max, text);
	return value;
}

static void
read_options(int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv, "l:p:c:n:m:1f:t:")) != -1) {
		switch (o) {
		case 'l':
			option.address = optarg;
			break;
		case 'p':
			option.port = number(optarg, 65535);
			break;
		case 'c':
			option.connections = number(optarg,
			    CONNECTIONS_MAX - 16);
			break;
		case 'n':
			option.mails = number(optarg, 100000000);
			break;
		case 'm':
			option.per_connection = number(optarg, UINT32_MAX);
			break;
		case '1':
			option.one_at_a_time = true;
			break;
		case 'f':
			option.sender = optarg;
			break;
		case 't':
			option.recipient = optarg;
			break;
		default:
			die(2, "usage: smtp_source [-l ADDR] [-p PORT] "
			    "[-c CONNECTIONS] [-n MAILS] [-m PER-CONNECTION] "
			    "[-1] [-f SENDER] [-t RECIPIENT] FILE...");
		}
	}
	if (optind == argc || argc - optind > FILES_MAX)
		die(2, "give 1 to %d files", FILES_MAX);
	while (optind < argc)
		option.files[option.files_n++] = load(argv[optind++]);
}

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS_MAX];

	log_init("smtp_source");
	read_options(argc, argv);
	run.latency_us = calloc(option.mails, sizeof(*run.latency_us));
	epoll = epoll_create1(0);
	if (run.latency_us == NULL || epoll == -1)
		die(4, "no memory or descriptors");
	for (uint64_t i = 0; i < option.connections; i++)
		connection_open();
	while (run.open > 0) {
		int n = epoll_wait(epoll, events, EVENTS_MAX, QUIET_MS_MAX);

		if (n == 0)
			die(1, "the relay has said nothing for %d s",
			    QUIET_MS_MAX / 1000);
		for (int i = 0; i < n; i++) {
			struct connection *c = connections[events[i].data.fd];

			if (c != NULL && (events[i].events & EPOLLOUT) &&
			    !flush(c))
				continue;
			if (c != NULL && (events[i].events & (EPOLLIN |
			    EPOLLHUP | EPOLLERR)))
				readable(c);
		}
	}
	print_result();
	return run.accepted != option.mails;
}
