/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The real sekisho-deliver: this program is its supervisor, its spool and
 * its next hop, one step after the other.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../gateway/base/clock.h"
#include "../../gateway/base/digest.h"
#include "../../gateway/base/durable.h"
#include "../../gateway/base/log.h"
#include "../../gateway/proc/counters.h"
#include "../../gateway/proc/delivery_result.h"
#include "../../gateway/spool/spool_record.h"
#include "smtp_rig.h"

#define NOTHING ((struct span){ NULL, 0 })
#define EXTENSIONS SPAN("250-mx\r\n250-PIPELINING\r\n250 SIZE 20000000\r\n")
#define TAKE_TWO SPAN("250 s\r\n250 r\r\n250 r\r\n354 go\r\n")
#define MAIL SPAN("Subject: x\r\n\r\n.dot\r\nend\r\n")
#define MAIL_WIRE "Subject: x\r\n\r\n..dot\r\nend\r\n.\r\n"
#define HOP_CONNECTIONS	20	/* DELIVER_HOP_CONNECTIONS_MAX */

enum { ROUTE_SMTP = 0, ROUTE_MAILDIR, ROUTE_OTHER };
enum { HOP_UP = 0, HOP_CLOSED };

static struct rig rig;
static int spool, listener;
static char folder[] = "/tmp/sekisho-test-maildir.XXXXXX";

/* ---- the spool ---- */

struct job {
	struct span	mail;
	const char	*recipients[3];
	uint32_t	route, hop;
	bool		wrong_digest;
	bool		unsealed;
};

static uint64_t
send_job(const struct job *job)
{
	static uint64_t number;
	static struct envelope envelope;
	struct msg_deliver fixed = { .id = UINT64_C(20000) << 35 | 1,
	    .job = ++number, .bytes = job->mail.len, .route = job->route,
	    .hop = job->hop, .generation = 1 };
	struct buf tail;
	int fd;

	memset(&envelope, 0, sizeof(envelope));
	envelope.helo = SPAN("mx");
	envelope.peer = (struct address){ 4, { 127, 0, 0, 1 } };
	envelope.protocol = PROTOCOL_ESMTP;
	envelope.sender = SPAN("a@b.example");
	for (; job->recipients[envelope.recipients_n] != NULL;
	    envelope.recipients_n++)
		envelope.recipients[envelope.recipients_n].address =
		    span_str(job->recipients[envelope.recipients_n]);
	buf_init(&tail, MSG_TAIL_BYTES_MAX);
	if (envelope_encode(&envelope, &tail) != OK)
		die(4, "rig: envelope");
	digest_span(job->mail, fixed.sha256);
	if (job->wrong_digest)
		fixed.sha256[31] ^= 1;
	if (job->unsealed) {
		fd = memfd_create("rig", MFD_CLOEXEC);
		if (write_all(fd, job->mail, NULL) != OK)
			die(4, "rig: write");
	} else
		fd = sealed_file(job->mail);
	rig_send(spool, MSG_DELIVER, &fixed, buf_span(&tail), &fd, 1);
	close(fd);
	buf_fini(&tail);
	return number;
}

static const struct job two = {
	.mail = MAIL, .recipients = { "c@d.example", "e@f.example" },
};

/* The results as "2/250 2.0.0 ok;..." and "hop failed;" in front. */
static const char *
results_of(uint64_t number)
{
	static char text[4096];
	const struct msg_delivered *fixed;
	struct delivery_result result;
	struct ipc_message message;
	struct wire_reader reader;
	size_t n = 0;

	if (!rig_receive(spool, ROLE_SPOOL, ROLE_DELIVER, &message, 10000) ||
	    message.kind != MSG_DELIVERED)
		return "no results";
	fixed = message.fixed;
	if (number != 0 && fixed->job != number)
		return "another job";
	if (fixed->hop_failed)
		n = (size_t)snprintf(text, sizeof(text), "hop failed;");
	wire_reader_init(&reader, message.tail);
	for (uint32_t i = 0; i < fixed->results; i++) {
		if (delivery_result_get(&reader, &result) != OK)
			return "bad results";
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%u/%u %.*s;", result.class, result.reply_code,
		    (int)result.text.len, (const char *)result.text.ptr);
	}
	return wire_reader_done(&reader) ? text : "bad results";
}

static bool
results(uint64_t number, const char *expected)
{
	const char *text = results_of(number);

	if (strncmp(text, expected, strlen(expected)) == 0)
		return true;
	fprintf(stderr, "results: %s\nexpected: %s\n", text, expected);
	return false;
}

/* ---- the next hop ---- */

static bool
readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* Read until what came ends with this. */
static bool
hear(int fd, const char *end)
{
	static char text[1 << 20];
	size_t len = 0, end_len = strlen(end);

	for (;;) {
		ssize_t n;

		if (len >= end_len && memcmp(text + len - end_len, end,
		    end_len) == 0)
			return true;
		n = readable(fd, 5000) ? read(fd, text + len,
		    sizeof(text) - 1 - len) : -1;
		if (n <= 0) {
			fprintf(stderr, "heard: %.*s\nexpected: %s\n",
			    (int)len, text, end);
			return false;
		}
		len += (size_t)n;
	}
}

static int
take_connection(void)
{
	int fd = readable(listener, 5000) ? accept(listener, NULL, NULL) : -1;

	if (fd == -1)
		die(4, "rig: nobody connects");
	return fd;
}

/* A connection behind EHLO. */
static int
greet(void)
{
	int fd = take_connection();

	client_send(fd, SPAN("220 mx\r\n"));
	if (!hear(fd, "EHLO gw1.town.example\r\n"))
		die(4, "rig: no EHLO");
	client_send(fd, EXTENSIONS);
	return fd;
}

static bool
take_mail(int fd)
{
	if (!hear(fd, "DATA\r\n"))
		return false;
	client_send(fd, TAKE_TWO);
	if (!hear(fd, MAIL_WIRE))
		return false;
	client_send(fd, SPAN("250 2.0.0 taken\r\n"));
	return true;
}

/* ---- tests ---- */

static void
test_mail_and_reuse(void)
{
	uint64_t first = send_job(&two), second;
	int fd = greet();

	check(take_mail(fd) && results(first,
	    "2/250 2.0.0 taken;2/250 2.0.0 taken;"), "a mail is delivered");
	second = send_job(&two);
	check(take_mail(fd) && results(second,
	    "2/250 2.0.0 taken;2/250 2.0.0 taken;") &&
	    rig.counters[COUNTER_CONNECTIONS_REUSED] == 1,
	    "the next one over the same connection");
	close(fd);
}

static void
test_stale_connection(void)
{
	uint64_t number;
	int fd, again;

	number = send_job(&two);
	fd = greet();
	if (!take_mail(fd) || !results(number, "2/250"))
		check(false, "a first mail");
	number = send_job(&two);
	if (!hear(fd, "DATA\r\n"))
		check(false, "commands of the second");
	close(fd);		/* it had waited too long for our taste */
	again = greet();
	check(take_mail(again) && results(number, "2/250"),
	    "a kept connection that dies costs its mail nothing");
	number = send_job(&two);
	if (!hear(again, "DATA\r\n"))
		check(false, "commands of the third");
	client_send(again, SPAN("421 4.4.2 idle for too long\r\n"));
	close(again);
	fd = greet();
	check(take_mail(fd) && results(number, "2/250"),
	    "nor does a 421 in front of it");
	close(fd);
}

static void
test_digest(void)
{
	static uint8_t large[200 * 1024];
	struct job job = two;
	uint64_t number;

	job.wrong_digest = true;
	number = send_job(&job);
	check(results(number, "4/0 4.3.5 ") && !readable(listener, 200),
	    "a mail with another digest is not sent at all");
	memset(large, 'x', sizeof(large));
	job.wrong_digest = false;
	job.mail = (struct span){ large, sizeof(large) };
	job.unsealed = true;
	number = send_job(&job);
	check(results(number, "4/0 4.3.5 ") && !readable(listener, 200),
	    "nor one that could still be changed");
}

static void
test_hop_failures(void)
{
	static const struct {
		struct span	greeting;
		struct span	hello;
		const char	*expected;
	} cases[] = {
		{ SPAN("554 5.7.1 no\r\n"), SPAN(""), "hop failed;4/554 "
		    "4.0.0 5.7.1 no;4/554" },
		{ SPAN("421 4.3.2 later\r\n"), SPAN(""),
		    "hop failed;4/421 4.3.2 later;4/421" },
		{ SPAN("220 mx\r\n"), SPAN("450 4.7.1 grey\r\n"),
		    "hop failed;4/450 4.7.1 grey;4/450" },
		{ SPAN("garbage\r\n"), SPAN(""),
		    "hop failed;4/0 4.4.2 unintelligible reply" },
		{ SPAN(""), SPAN(""), "hop failed;4/0 4.4.2 connection" },
	};
	struct job job = two;

	job.hop = HOP_CLOSED;
	check(results(send_job(&job), "hop failed;4/0 4.4."),
	    "a refused connection is a failed hop");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t number = send_job(&two);
		int fd = take_connection();

		client_send(fd, cases[i].greeting);
		if (cases[i].hello.len > 0 && hear(fd, "\r\n"))
			client_send(fd, cases[i].hello);
		if (cases[i].greeting.len == 0)
			shutdown(fd, SHUT_RDWR);
		check(results(number, cases[i].expected),
		    "a hop that does not get as far as EHLO has failed");
		close(fd);
	}
}

static void
test_partial(void)
{
	uint64_t number = send_job(&two);
	int fd = greet();

	if (!hear(fd, "DATA\r\n"))
		check(false, "commands");
	client_send(fd, SPAN("250 s\r\n550 5.1.1 who\r\n250 r\r\n354 go\r\n"));
	if (!hear(fd, MAIL_WIRE))
		check(false, "text");
	client_send(fd, SPAN("250 ok\r\n"));
	check(results(number, "5/550 5.1.1 who;2/250 2.0.0 ok;"),
	    "each recipient has a result of his own");
	number = send_job(&two);
	if (!hear(fd, "DATA\r\n"))
		check(false, "commands");
	client_send(fd, SPAN("250 s\r\n550 5.1.1 who\r\n250 r\r\n354 go\r\n"));
	if (!hear(fd, MAIL_WIRE))
		check(false, "text");
	close(fd);
	check(results(number, "5/550 5.1.1 who;4/0 4.4.2 connection"),
	    "a connection lost behind the text: try again, no hop failed");
}

static void
test_large(void)
{
	static uint8_t large[5 * 1024 * 1024];
	static uint8_t wire[sizeof(large) * 2];
	struct job job = { .recipients = { "c@d.example", "e@f.example" } };
	size_t want = 0, len = 0;
	uint64_t number;
	int fd;

	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (uint8_t)".line of text\r\n"[i % 15];
	memcpy(large + sizeof(large) - 3, "x\r\n", 3);
	for (size_t i = 0; i < sizeof(large); i += 15)
		want++;			/* a dot for each line */
	want += sizeof(large) + 3;
	job.mail = (struct span){ large, sizeof(large) };
	number = send_job(&job);
	fd = greet();
	if (!hear(fd, "DATA\r\n"))
		check(false, "commands");
	client_send(fd, TAKE_TWO);
	while (len < want && readable(fd, 5000)) {
		ssize_t n = read(fd, wire + len, sizeof(wire) - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	client_send(fd, SPAN("250 ok\r\n"));
	check(len == want && memcmp(wire, "..line of text\r\n..line", 22) ==
	    0 && memcmp(wire + len - 6, "x\r\n.\r\n", 6) == 0 &&
	    results(number, "2/250 2.0.0 ok;2/250 2.0.0 ok;"),
	    "a large mail is whole, its dots stuffed");
	close(fd);
}

static void
test_addresses(void)
{
	struct job job = { .mail = MAIL, .recipients = {
	    "\xe5\xb1\xb1@d.example", "e@f.example" } };
	uint64_t number = send_job(&job);
	int fd = greet();

	if (!hear(fd, "RCPT TO:<e@f.example>\r\nDATA\r\n"))
		check(false, "commands");
	client_send(fd, SPAN("250 s\r\n250 r\r\n354 go\r\n"));
	if (!hear(fd, MAIL_WIRE))
		check(false, "text");
	client_send(fd, SPAN("250 ok\r\n"));
	check(results(number, "5/0 5.6.7 the next hop does not offer SMTPUTF8 "
	    "for this address;2/250 2.0.0 ok;"),
	    "an address that the hop cannot take does not stop the others");
	close(fd);
}

static void
test_concurrency(void)
{
	int fds[64];
	unsigned n = 0, done = 0;
	bool good = true;

	for (int i = 0; i < 60; i++)
		(void)send_job(&two);
	/* nobody is answered beyond EHLO: more and more connections */
	while (n < 64 && readable(listener, 300))
		fds[n++] = greet();
	check(n == HOP_CONNECTIONS, "a hop gets 20 connections at most");
	for (unsigned i = 0; i < 60 && good; i++) {
		for (unsigned k = 0; k < n && good; k++) {
			if (!readable(fds[k], done < 60 ? 50 : 0))
				continue;
			good = take_mail(fds[k]) && results(0, "2/250");
			done++;
		}
		if (done == 60)
			break;
	}
	check(good && done == 60, "and all that waited are delivered");
	for (unsigned k = 0; k < n; k++)
		close(fds[k]);
}

static void
test_wrong_route(void)
{
	struct job job = two;

	job.route = ROUTE_OTHER;
	check(results(send_job(&job), "4/0 4.4.4 "),
	    "a route to another segment is refused");
	job.route = 99;
	check(results(send_job(&job), "4/0 4.4.4 "), "or none at all");
	job.route = ROUTE_SMTP;
	job.hop = 99;
	check(results(send_job(&job), "4/0 4.4.4 "), "or no such hop");
}

/* The only file of a folder below the Maildir; its name. */
static unsigned
files_in(const char *sub, char path[512])
{
	char dir[256];
	struct dirent *entry;
	unsigned n = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/%s", folder, sub);
	d = opendir(dir);
	if (d == NULL)
		return 99;
	while ((entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.') {
			snprintf(path, 512, "%s/%s", dir, entry->d_name);
			n++;
		}
	closedir(d);
	return n;
}

static void
test_maildir(void)
{
	struct job job = two;
	char path[512] = "", bytes[256];
	ssize_t n;
	int fd;

	job.route = ROUTE_MAILDIR;
	check(results(send_job(&job), "2/0 2.1.5 written"),
	    "a Maildir takes a mail");
	check(files_in("tmp", path) == 0 && files_in("cur", path) == 0 &&
	    files_in("new", path) == 1, "it is in new/, nothing in tmp/");
	fd = open(path, O_RDONLY);
	n = read(fd, bytes, sizeof(bytes));
	check(n == (ssize_t)MAIL.len && memcmp(bytes, MAIL.ptr, MAIL.len) == 0,
	    "exactly the verified bytes");
	close(fd);
	unlink(path);
	(void)send_job(&job);
	check(results(send_job(&job), "another job"),
	    "answers come in order");
	check(strncmp(results_of(0), "2/0", 3) == 0 &&
	    files_in("new", path) == 2, "two mails get two names");
}

static void
test_spool_dies(void)
{
	uint64_t number;
	int fd, other;

	(void)send_job(&two);
	fd = greet();
	if (!hear(fd, "DATA\r\n"))
		check(false, "commands");
	(void)send_job(&two);		/* waits */
	usleep(50000);
	close(spool);
	check(readable(fd, 2000) && read(fd, &(char){ 0 }, 1) <= 0,
	    "when the spool dies, what is not sent yet is given up");
	close(fd);
	while (readable(listener, 300)) {
		fd = take_connection();
		close(fd);
	}
	spool = rig_peer(&rig, ROLE_SPOOL);
	number = send_job(&two);
	other = greet();
	check(take_mail(other) && results(number, "2/250"),
	    "and the new spool's jobs are done, once");
	close(other);
}

static void
test_stop(void)
{
	uint64_t number = send_job(&two);
	int fd = greet(), status;

	if (!hear(fd, "DATA\r\n"))
		check(false, "commands");
	rig_send_stop(&rig);
	usleep(50000);
	client_send(fd, TAKE_TWO);
	if (!hear(fd, MAIL_WIRE))
		check(false, "text");
	client_send(fd, SPAN("250 ok\r\n"));
	check(results(number, "2/250") && hear(fd, "QUIT\r\n"),
	    "when stopped, a mail under way is finished");
	client_send(fd, SPAN("221 bye\r\n"));
	status = rig_wait(&rig);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the process ends in order");
	close(fd);
}

/* With a clock that runs 60 times as fast. */
static void
test_patience(void)
{
	uint64_t number = send_job(&two), begin = clock_monotonic_ms();
	int fd = take_connection();
	uint64_t ms;

	for (int i = 0; i < 40 && !readable(fd, 0); i++) {
		client_send(fd, SPAN("2"));	/* never a line */
		usleep(200000);
	}
	ms = clock_monotonic_ms() - begin;
	check(results(number, "hop failed;4/0 4.4.2 timeout while waiting for "
	    "the greeting") && ms > 4000 && ms < 11000,
	    "a greeting that drips in has five minutes");
	close(fd);
	number = send_job(&two);
	fd = greet();
	begin = clock_monotonic_ms();
	if (!take_mail(fd) || !results(number, "2/250"))
		check(false, "a mail");
	check(hear(fd, "QUIT\r\n") && clock_monotonic_ms() - begin < 20000,
	    "an unused connection ends after ten seconds");
	close(fd);
	number = send_job(&two);
	fd = greet();
	if (!hear(fd, "DATA\r\n"))
		check(false, "commands");
	client_send(fd, TAKE_TWO);
	if (!hear(fd, MAIL_WIRE))
		check(false, "text");
	begin = clock_monotonic_ms();
	usleep(6500000);
	client_send(fd, SPAN("250 late\r\n"));
	check(results(number, "2/250 2.0.0 late"),
	    "the reply to the text may take its time");
	close(fd);
}

static void
remove_folder(void)
{
	static const char *const subs[] = { "tmp", "new", "cur" };
	char path[512];

	for (size_t i = 0; i < 3; i++) {
		while (files_in(subs[i], path) - 1u < 90)
			unlink(path);
		snprintf(path, sizeof(path), "%s/%s", folder, subs[i]);
		rmdir(path);
	}
	rmdir(folder);
}

static const char rules_format[] =
	"gateway \"gw1.town.example\"\n"
	"segment lgwan tier 2 interface eth1 network 127.0.0.0/16\n"
	"segment internet tier 3 interface eth0 network any\n"
	"host inner in lgwan 127.0.0.1\n"
	"host outer in internet 192.0.2.5\n"
	"policy standard { body text }\n"
	"mail one from internet to lgwan {\n"
	"    listen 192.0.2.25 port 25\n"
	"    accept from outer\n"
	"    domains town.example\n"
	"    next-hop inner port %u\n"
	"    next-hop inner port %u\n"
	"    policy standard\n"
	"}\n"
	"mail two from internet to lgwan {\n"
	"    listen 192.0.2.26 port 25\n"
	"    accept from outer\n"
	"    domains town.example\n"
	"    next-hop maildir \"%s\"\n"
	"    policy standard\n"
	"}\n"
	"mail three from lgwan to internet {\n"
	"    listen 127.0.0.9 port 25\n"
	"    accept from inner\n"
	"    sender-domains town.example\n"
	"    next-hop outer port 25\n"
	"    policy standard\n"
	"}\n";

int
main(int argc, char **argv)
{
	uint16_t port, closed_port;
	char rules[4096], ports[16];
	int dir, unused;

	listener = listen_here(&port);
	unused = listen_here(&closed_port);
	close(unused);
	if (mkdtemp(folder) == NULL)
		die(4, "rig: folder");
	dir = open(folder, O_RDONLY | O_DIRECTORY);
	snprintf(rules, sizeof(rules), rules_format, port, closed_port,
	    folder);
	snprintf(ports, sizeof(ports), "%u,%u", port, closed_port);
	if (argc > 1)		/* the library with the fast clock */
		setenv("LD_PRELOAD", argv[1], 1);
	rig_start(&rig, ROLE_DELIVER, "lgwan", 0, rules, dir, ports);
	spool = rig_peer(&rig, ROLE_SPOOL);
	if (argc > 1) {
		test_patience();
		kill(rig.pid, SIGKILL);
		remove_folder();
		return check_result();
	}
	test_mail_and_reuse();
	test_stale_connection();
	test_digest();
	test_hop_failures();
	test_partial();
	test_large();
	test_addresses();
	test_concurrency();
	test_wrong_route();
	test_maildir();
	test_spool_dies();
	test_stop();
	remove_folder();
	return check_result();
}
