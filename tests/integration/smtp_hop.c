/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A next hop for tests: smtp_hop ADDRESS PORT FOLDER. It takes mails, a
 * process per connection, and leaves each as FOLDER/N.eml, its envelope as
 * FOLDER/N.env. A recipient's local part says what becomes of him: "refused"
 * 550, "later" 450; with a file FOLDER/busy every greeting is 421.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static FILE *in, *out;
static const char *folder;
static char path[4096];
static char *line;
static size_t room;

static void
die_errno(const char *what)
{
	perror(what);
	exit(4);
}

static void
say(const char *reply)
{
	fprintf(out, "%s\r\n", reply);
	fflush(out);
}

static FILE *
create(const char *suffix)
{
	FILE *file;

	snprintf(path, sizeof(path), "%s/%d%s", folder, (int)getpid(), suffix);
	file = fopen(path, "w");
	if (file == NULL)
		die_errno(path);
	return file;
}

/* Both files appear when they are whole. */
static void
publish(unsigned n, const char *suffix)
{
	char to[4096];

	snprintf(path, sizeof(path), "%s/%d%s", folder, (int)getpid(), suffix);
	snprintf(to, sizeof(to), "%s/%d-%u%s", folder, (int)getpid(), n,
	    suffix + 1);
	if (rename(path, to) == -1)
		die_errno(to);
}

static void
take_text(void)
{
	FILE *mail = create("-.eml");
	ssize_t len;

	say("354 go");
	while ((len = getline(&line, &room, in)) > 0) {
		if (strcmp(line, ".\r\n") == 0)
			break;
		if (fwrite(line + (line[0] == '.'), 1, (size_t)len -
		    (line[0] == '.'), mail) == 0)
			die_errno("write");
	}
	fclose(mail);
	if (len <= 0)
		exit(0);
}

static bool
begins(const char *word)
{
	return strncasecmp(line, word, strlen(word)) == 0;
}

/* How many recipients are left after this one. */
static unsigned
take_recipient(FILE *envelope, unsigned recipients)
{
	if (begins("RCPT TO:<refused"))
		say("550 5.1.1 no such user");
	else if (begins("RCPT TO:<later"))
		say("450 4.2.1 come back later");
	else {
		fputs(line, envelope);
		recipients++;
		say("250 2.1.5 ok");
	}
	return recipients;
}

static void
serve(int fd)
{
	FILE *envelope = NULL;
	unsigned recipients = 0, mails = 0;

	in = fdopen(fd, "r");
	out = fdopen(dup(fd), "w");
	if (in == NULL || out == NULL)
		die_errno("fdopen");
	snprintf(path, sizeof(path), "%s/busy", folder);
	say(access(path, F_OK) == 0 ? "421 4.3.2 busy" : "220 hop ESMTP");
	while (getline(&line, &room, in) > 0) {
		if (begins("EHLO"))
			say("250-hop\r\n250-PIPELINING\r\n250-SIZE\r\n"
			    "250-8BITMIME\r\n250-SMTPUTF8\r\n"
			    "250 ENHANCEDSTATUSCODES");
		else if (begins("MAIL")) {
			envelope = create("-.env");
			fputs(line, envelope);
			recipients = 0;
			say("250 2.1.0 ok");
		} else if (begins("RCPT") && envelope != NULL)
			recipients = take_recipient(envelope, recipients);
		else if (begins("DATA") && recipients == 0)
			say("554 5.5.1 no valid recipients");
		else if (begins("DATA")) {
			take_text();
			fclose(envelope);
			envelope = NULL;
			mails++;
			publish(mails, "-.env");
			publish(mails, "-.eml");
			say("250 2.0.0 taken");
		} else if (begins("QUIT")) {
			say("221 2.0.0 bye");
			exit(0);
		} else
			say("250 2.0.0 ok");
	}
	exit(0);
}

int
main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, fd;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) {
		fputs("usage: smtp_hop ADDRESS PORT FOLDER\n", stderr);
		return 2;
	}
	address.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	folder = argv[3];
	signal(SIGCHLD, SIG_IGN);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) ==
	    -1 || listen(listener, 100) == -1)
		die_errno("listen");
	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (fd == -1)
			die_errno("accept");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (fork() == 0) {
			close(listener);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			serve(fd);
		}
		close(fd);
	}
}
