/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An SMTP client that sends exactly the bytes it is told and shows what comes
 * back: smtp_say SOURCE ADDRESS PORT ITEM... Items, one after the other:
 *
 *	=TEXT	send; \r \n \t \0 \\ and \xNN as in C
 *	*N:TEXT	send it N times	@FILE	send a file
 *	<CODE	read one reply; it must begin so ("<" alone: any)
 *	~MS	wait		+N	open N more connections, up to EHLO
 *	$	the peer must close within 5 s
 *	!	break the connection (RST)
 *	^FILE	touch the file, then wait until it is gone
 *	%N:TO:MARK	N mails to TO; prints "taken MARK-I" for each that was
 *		acknowledged, "later MARK-I" for one that was put off
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY_MS	15000
#define CLOSE_MS	5000

static struct sockaddr_in from = { .sin_family = AF_INET };
static struct sockaddr_in to = { .sin_family = AF_INET };
static int fd;
static char text[65536];
static size_t text_len;

static void
die_errno(const char *what)
{
	perror(what);
	exit(4);
}

static int
open_connection(void)
{
	int s = socket(AF_INET, SOCK_STREAM, 0);

	if (s == -1 || bind(s, (struct sockaddr *)&from, sizeof(from)) == -1 ||
	    connect(s, (struct sockaddr *)&to, sizeof(to)) == -1)
		die_errno("connect");
	return s;
}

/* False: it closed, or nothing came. */
static bool
read_more(int s, int timeout_ms)
{
	struct pollfd p = { .fd = s, .events = POLLIN };
	ssize_t n;

	if (text_len == sizeof(text) - 1 || poll(&p, 1, timeout_ms) != 1)
		return false;
	n = read(s, text + text_len, sizeof(text) - 1 - text_len);
	if (n <= 0)
		return false;
	text_len += (size_t)n;
	text[text_len] = '\0';
	return true;
}

/* A whole reply: lines up to one with a blank behind its code. */
static size_t
reply_length(void)
{
	size_t at = 0;
	const char *lf;

	while ((lf = memchr(text + at, '\n', text_len - at)) != NULL) {
		bool last = lf - (text + at) < 4 || text[at + 3] != '-';

		at = (size_t)(lf - text) + 1;
		if (last)
			return at;
	}
	return 0;
}

static void
expect(int s, const char *code, bool show)
{
	size_t n;

	while ((n = reply_length()) == 0)
		if (!read_more(s, REPLY_MS)) {
			printf("%.*s(no reply, expected %s)\n", (int)text_len,
			    text, code);
			exit(1);
		}
	if (show)
		printf("%.*s", (int)n, text);
	if (strncmp(text, code, strlen(code)) != 0) {
		printf("%s(expected %s)\n", show ? "" : text, code);
		exit(1);
	}
	text_len -= n;
	memmove(text, text + n, text_len);
}

static void
put(const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n <= 0) {
			puts("(cannot send)");
			return;		/* its last words may still come */
		}
		bytes += n;
		len -= (size_t)n;
	}
}

/* In place; gives the length. */
static size_t
unescape(char *s)
{
	char *o = s;

	for (const char *p = s; *p != '\0'; p++) {
		if (*p != '\\') {
			*o++ = *p;
			continue;
		}
		switch (*++p) {
		case 'r': *o++ = '\r'; break;
		case 'n': *o++ = '\n'; break;
		case 't': *o++ = '\t'; break;
		case '0': *o++ = '\0'; break;
		case 'x': {
			const char hex[3] = { p[1], p[2], '\0' };

			*o++ = (char)strtoul(hex, NULL, 16);
			p += 2;
			break;
		}
		default: *o++ = *p; break;
		}
	}
	return (size_t)(o - s);
}

static void
repeat(char *item)
{
	char *end;
	unsigned long n = strtoul(item, &end, 10);
	size_t len = unescape(end + 1);

	while (n-- > 0)
		put(end + 1, len);
}

static void
send_file(const char *path)
{
	static char bytes[65536];
	int file = open(path, O_RDONLY);
	ssize_t n;

	if (file == -1)
		die_errno(path);
	while ((n = read(file, bytes, sizeof(bytes))) > 0)
		put(bytes, (size_t)n);
	close(file);
}

static void
must_close(void)
{
	while (read_more(fd, CLOSE_MS))
		continue;
	printf("%.*s", (int)text_len, text);
	text_len = 0;
	/* 0: closed; EAGAIN: nothing came in time */
	if (recv(fd, &(char){ 0 }, 1, MSG_DONTWAIT) != -1) {
		puts("(closed)");
		return;
	}
	puts("(still open)");
	exit(1);
}

static void
open_more(unsigned long n)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		die_errno("files");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		die_errno("files");
	for (unsigned long i = 0; i < n; i++) {
		int s = open_connection();

		expect(s, "220", false);
		if (send(s, "EHLO x\r\n", 8, MSG_NOSIGNAL) != 8)
			die_errno("send");
		expect(s, "250", false);
	}
	printf("(%lu connections)\n", n);
}

static void
meet(const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT, 0600);

	if (file == -1)
		die_errno(path);
	close(file);
	while (access(path, F_OK) == 0)
		usleep(20000);
}

/* The class of the reply: '2', '3', '4'. */
static char
answer_to(const char *command)
{
	char class;

	put(command, strlen(command));
	while (reply_length() == 0)
		if (!read_more(fd, REPLY_MS)) {
			printf("(no reply to %s)\n", command);
			exit(1);
		}
	class = text[0];
	expect(fd, "", false);
	return class;
}

static void
send_mails(char *item)
{
	char *to_whom, *mark, mail[512];
	unsigned long n = strtoul(item, &to_whom, 10);

	*to_whom++ = '\0';
	mark = strchr(to_whom, ':');
	*mark++ = '\0';
	for (unsigned long i = 1; i <= n; i++) {
		char class = answer_to("MAIL FROM:<a@example.jp>\r\n");

		snprintf(mail, sizeof(mail), "RCPT TO:<%s>\r\n", to_whom);
		if (class == '2')
			class = answer_to(mail);
		if (class == '2')
			class = answer_to("DATA\r\n");
		snprintf(mail, sizeof(mail), "From: a@example.jp\r\n"
		    "Message-ID: <%s-%lu@example.jp>\r\n\r\ntext\r\n.\r\n",
		    mark, i);
		if (class == '3')
			class = answer_to(mail);
		if (class == '5') {
			printf("(refused: %s-%lu)\n", mark, i);
			exit(1);
		}
		printf("%s %s-%lu\n", class == '2' ? "taken" : "later", mark,
		    i);
		if (class != '4')
			continue;
		if (answer_to("RSET\r\n") != '2') {
			printf("(put off, and then %s)\n", text);
			exit(1);
		}
		usleep(20000);
	}
}

static void
do_item(char *item)
{
	struct linger none = { 1, 0 };

	switch (item[0]) {
	case '=': put(item + 1, unescape(item + 1)); break;
	case '*': repeat(item + 1); break;
	case '@': send_file(item + 1); break;
	case '<': expect(fd, item + 1, true); break;
	case '~': usleep((useconds_t)strtoul(item + 1, NULL, 10) * 1000);
		break;
	case '+': open_more(strtoul(item + 1, NULL, 10)); break;
	case '$': must_close(); break;
	case '!':
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
		close(fd);
		break;
	case '^': meet(item + 1); break;
	case '%': send_mails(item + 1); break;
	default:
		fprintf(stderr, "smtp_say: what is '%s'?\n", item);
		exit(2);
	}
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	if (argc < 4 || inet_pton(AF_INET, argv[1], &from.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[2], &to.sin_addr) != 1) {
		fputs("usage: smtp_say SOURCE ADDRESS PORT ITEM...\n", stderr);
		return 2;
	}
	to.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
	fd = open_connection();
	for (int i = 4; i < argc; i++)
		do_item(argv[i]);
	return 0;
}
