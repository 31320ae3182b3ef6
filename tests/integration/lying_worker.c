/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sekisho-worker that was taken over, for tests: linked from the objects of
 * the real one with sanitizer_mail() wrapped. A mail with a line
 * "X-Test: WORD" in its header is treated as the word says: lies[] changes
 * the finished safe mail, crimes[] does what the sandbox must stop. All other
 * mails are treated as ever. A file to be converted with such a line at its
 * start is the scene of a crime, too: of the child that converts it.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zlib.h>

#include "../../sanitizer/sanitizer.h"

#define MAIL_BYTES_MAX	(1024 * 1024)
#define HEADER_BYTES	4096
#define WORD		"X-Test: "

enum err __real_sanitizer_mail(const struct sanitizer_job *job,
    const struct input *in, struct sanitizer_host *host, struct filter *out,
    struct buf *report, struct sanitizer_result *result, struct diag *diag);
enum err __wrap_sanitizer_mail(const struct sanitizer_job *job,
    const struct input *in, struct sanitizer_host *host, struct filter *out,
    struct buf *report, struct sanitizer_result *result, struct diag *diag);

enum err __real_sanitizer_convert(const struct convert_order *order,
    const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result);
enum err __wrap_sanitizer_convert(const struct convert_order *order,
    const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result);

/* The mail at hand; one per process. */
static uint8_t mail[MAIL_BYTES_MAX];
static size_t mail_len;
static uint8_t header[HEADER_BYTES + 1];

static enum err
collect_write(struct filter *f, struct span s)
{
	(void)f;
	if (s.len > sizeof(mail) - mail_len)
		return ERR_LIMIT;
	memcpy(mail + mail_len, s.ptr, s.len);
	mail_len += s.len;
	return OK;
}

static enum err
collect_end(struct filter *f)
{
	(void)f;
	return OK;
}

/* ---- changes of what is there ---- */

static size_t
find(size_t from, const char *what)
{
	return from + span_find((struct span){ mail + from, mail_len - from },
	    span_str(what));
}

static void
put_at(size_t at, size_t old, const void *bytes, size_t len)
{
	require(at + old <= mail_len && mail_len + len <= sizeof(mail));
	memmove(mail + at + len, mail + at + old, mail_len - at - old);
	memcpy(mail + at, bytes, len);
	mail_len = mail_len - old + len;
}

/* In the first place behind the mark. */
static void
replace(const char *mark, const char *old, const char *with)
{
	size_t at = find(find(0, mark), old);

	require(at < mail_len);		/* or the test tests nothing */
	put_at(at, strlen(old), with, strlen(with));
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "abcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t
decode(size_t at, size_t end, uint8_t *to)
{
	unsigned bits = 0, n = 0;
	size_t len = 0;

	for (; at < end; at++) {
		const char *digit = memchr(digits, mail[at], 64);

		if (digit == NULL)
			continue;
		bits = bits << 6 | (unsigned)(digit - digits);
		n += 6;
		if (n >= 8) {
			n -= 8;
			to[len++] = (uint8_t)(bits >> n);
		}
	}
	return len;
}

static size_t
encode(const uint8_t *from, size_t len, uint8_t *to)
{
	size_t n = 0, column = 0;

	for (size_t i = 0; i < len; i += 3) {
		unsigned v = (unsigned)from[i] << 16;

		v |= i + 1 < len ? (unsigned)from[i + 1] << 8 : 0;
		v |= i + 2 < len ? from[i + 2] : 0;
		for (unsigned k = 0; k < 4; k++)
			to[n++] = i + k > len ? '=' :
			    (uint8_t)digits[v >> (18 - 6 * k) & 63];
		if (++column == 19 || i + 3 >= len) {
			to[n++] = '\r';
			to[n++] = '\n';
			column = 0;
		}
	}
	return n;
}

/* Put bytes into the part behind the mark; at -1: at its end. */
static void
insert(const char *mark, long at, const void *bytes, size_t len)
{
	static uint8_t plain[MAIL_BYTES_MAX], coded[2 * MAIL_BYTES_MAX];
	size_t begin = find(find(0, mark), "\r\n\r\n") + 4;
	size_t end = find(begin, "--"), n;

	require(begin < mail_len);
	n = decode(begin, end, plain);
	if (at == -1)
		at = (long)n;
	memmove(plain + at + len, plain + at, n - (size_t)at);
	memcpy(plain + at, bytes, len);
	n = encode(plain, n + len, coded);
	put_at(begin, end - begin, coded, n);
}

/* ---- lies about a finished mail ---- */

static void
lie_html(void)
{
	replace("boundary=", "text/plain; charset=utf-8",
	    "text/html; charset=utf-8");
}

static void
lie_type(void)
{
	replace("", "Content-Type: image/png",
	    "Content-Type: application/java-archive");
}

static void
lie_name(void)
{
	replace(" name=", "YS5wbmc=", "YS5leGU=");	/* a.png, a.exe */
	replace("filename*", ".png", ".exe");
}

/* A part of another type in front of the last delimiter. */
static void
lie_extra(void)
{
	static const char part[] =
	    "\r\nContent-Type: application/java-archive;\r\n"
	    " name=\"a.zip\"\r\nContent-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment;\r\n filename*=UTF-8''a.zip\r\n"
	    "\r\nUEsDBAo=\r\n";
	size_t at = find(0, "\r\n--=_sekisho_"), end = find(at + 2, "\r\n");
	char delimiter[80] = "";

	require(end - at < sizeof(delimiter));
	memcpy(delimiter, mail + at, end - at);
	at = mail_len - strlen("--\r\n");
	put_at(at, 0, delimiter, strlen(delimiter));
	put_at(at, 0, part, strlen(part));
}

static void
lie_png(void)
{
	uint8_t chunk[] = "\0\0\0\x09tEXtComment\0x....";
	uLong crc = crc32(0, chunk + 4, 13);

	for (unsigned i = 0; i < 4; i++)
		chunk[17 + i] = (uint8_t)(crc >> (24 - 8 * i));
	insert("Content-Type: image/png", 33, chunk, 21);
}

static void
lie_png_tail(void)
{
	insert("Content-Type: image/png", -1, "MZ", 2);
}

static void
lie_jpeg_tail(void)
{
	insert("Content-Type: image/jpeg", -1, "PK\3\4", 4);
}

static void
lie_jpeg_comment(void)
{
	insert("Content-Type: image/jpeg", 2, "\xff\xfe\0\x04hi", 6);
}

static void
lie_bidi(void)
{
	insert("Content-Disposition: inline", -1, "\xe2\x80\xae\r\n", 5);
}

static void
lie_control(void)
{
	insert("Content-Disposition: inline", -1, "\x1b[2J\r\n", 6);
}

static void
lie_utf8(void)
{
	insert("Content-Disposition: inline", -1, "\xff\r\n", 3);
}

static void
lie_boundary(void)
{
	replace("boundary=", "=_sekisho_", "=_sekisho-");
}

static void
lie_header(void)
{
	replace("", "MIME-Version: 1.0", "Bcc: x@evil.example\r\n"
	    "MIME-Version: 1.0");
}

static void
lie_receipt(void)
{
	size_t at = find(0, "X-Sekisho: receipt=") + 19;

	mail[at + 8] = mail[at + 8] == 'A' ? 'B' : 'A';
}

static void
lie_encoding(void)
{
	replace("Content-Disposition: inline", "\r\n\r\n", "\r\n\r\n<b>\r\n");
}

static void
lie_bare_lf(void)
{
	replace("Subject", "\r\n", "\n");
}

static void
lie_smuggling(void)
{
	replace("Content-Disposition: inline", "\r\n\r\n",
	    "\r\n\r\n\n.\r\nMAIL FROM:<a@b.example>\r\n");
}

static void
lie_short(void)
{
	mail_len -= 6;
	memcpy(mail + mail_len - 2, "\r\n", 2);
}

static void
lie_tail(void)
{
	put_at(mail_len, 0, "more\r\n", 6);
}

static void
lie_nothing(void)
{
	memcpy(mail, "Received: from x\r\n", 18);
	mail_len = 18;
}

/* ---- crimes ---- */

static void
crime_segv(void)
{
	volatile int *nowhere = NULL;

	__asm__ volatile("" : "+r"(nowhere));
	*nowhere = 1;
}

static void
crime_abort(void)
{
	abort();
}

static void
crime_hang(void)
{
	/* asleep: its processor time would be used up before its time is */
	for (;;)
		(void)poll(NULL, 0, -1);
}

static void
crime_memory(void)
{
	static volatile uint8_t *p;

	while ((p = malloc(1 << 20)) != NULL)
		for (size_t i = 0; i < 1 << 20; i += 4096)
			p[i] = 1;
	_exit(9);
}

static void
crime_output(void)
{
	int fd = memfd_create("x", 0);

	while (write(fd, mail, sizeof(mail)) > 0)
		continue;
	_exit(9);
}

static void
crime_open(void)
{
	_exit(openat(AT_FDCWD, "/etc/passwd", O_RDONLY) == -1 ? 9 : 0);
}

static void
crime_socket(void)
{
	_exit(socket(AF_INET, SOCK_STREAM, 0) == -1 ? 9 : 0);
}

static void
crime_fork(void)
{
	_exit(fork() == -1 ? 9 : 0);
}

static void
crime_exec(void)
{
	_exit(execl("/bin/sh", "sh", "-c", ":", NULL) == -1 ? 9 : 0);
}

static void
crime_kill(void)
{
	_exit(kill(getppid(), 9) == -1 ? 9 : 0);
}

static void
crime_ptrace(void)
{
	_exit(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == -1 ? 9 : 0);
}

static void
crime_mprotect(void)
{
	_exit(syscall(SYS_mprotect, mail, 4096, PROT_READ | PROT_EXEC) == -1 ?
	    9 : 0);
}

/* Ends as if all were well, and said nothing. */
static void
crime_silence(void)
{
	_exit(0);
}

/* Bytes on its channel that are no message. */
static void
crime_garbage(void)
{
	struct iovec iov = { mail, 100 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	for (int fd = 3; fd < 16; fd++)
		(void)sendmsg(fd, &message, MSG_NOSIGNAL);
	_exit(0);
}

static const struct {
	const char	*word;
	void		(*change)(void);
} lies[] = {
	{ "html", lie_html }, { "type", lie_type }, { "name", lie_name },
	{ "extra", lie_extra }, { "png", lie_png },
	{ "png-tail", lie_png_tail }, { "jpeg-tail", lie_jpeg_tail },
	{ "jpeg-comment", lie_jpeg_comment }, { "bidi", lie_bidi },
	{ "control", lie_control }, { "utf8", lie_utf8 },
	{ "boundary", lie_boundary }, { "header", lie_header },
	{ "receipt", lie_receipt }, { "encoding", lie_encoding },
	{ "bare-lf", lie_bare_lf }, { "smuggling", lie_smuggling },
	{ "short", lie_short }, { "tail", lie_tail },
	{ "nothing", lie_nothing },
}, crimes[] = {
	{ "segv", crime_segv }, { "abort", crime_abort },
	{ "hang", crime_hang }, { "memory", crime_memory },
	{ "output", crime_output }, { "open", crime_open },
	{ "socket", crime_socket }, { "fork", crime_fork },
	{ "exec", crime_exec }, { "kill", crime_kill },
	{ "ptrace", crime_ptrace }, { "mprotect", crime_mprotect },
	{ "silence", crime_silence }, { "garbage", crime_garbage },
};

/* Is it the word of this mail? */
static bool
is_word(const char *word)
{
	const char *at = strstr((const char *)header, WORD);
	size_t len = strlen(word);

	return at != NULL && strncmp(at + strlen(WORD), word, len) == 0 &&
	    at[strlen(WORD) + len] == '\r';
}

/* Behind the signature of a picture, which may have a zero in it. */
enum err
__wrap_sanitizer_convert(const struct convert_order *order,
    const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	uint8_t *at = header;
	size_t got;

	if (input_read(in, 0, header, HEADER_BYTES, &got) == OK &&
	    (at = memmem(header, got, "\r\n" WORD, strlen(WORD) + 2)) !=
	    NULL) {
		memmove(header, at, got - (size_t)(at - header));
		header[got - (size_t)(at - header)] = '\0';
		for (size_t i = 0; i < sizeof(crimes) / sizeof(crimes[0]);
		    i++)
			if (is_word(crimes[i].word))
				crimes[i].change();
	}
	return __real_sanitizer_convert(order, in, policy, out, result);
}

enum err
__wrap_sanitizer_mail(const struct sanitizer_job *job,
    const struct input *in, struct sanitizer_host *host, struct filter *out,
    struct buf *report, struct sanitizer_result *result, struct diag *diag)
{
	struct filter collect = { collect_write, collect_end, NULL };
	size_t got;
	enum err err;

	if (input_read(in, 0, header, HEADER_BYTES, &got) != OK ||
	    strstr((const char *)header, "\r\n" WORD) == NULL)
		return __real_sanitizer_mail(job, in, host, out, report,
		    result, diag);
	for (size_t i = 0; i < sizeof(crimes) / sizeof(crimes[0]); i++)
		if (is_word(crimes[i].word))
			crimes[i].change();
	err = __real_sanitizer_mail(job, in, host, &collect, report, result,
	    diag);
	if (err != OK)
		return err;
	result->outcome = MAIL_SAFE;
	if (is_word("copy")) {
		mail_len = 0;
		err = input_push(in, &collect);
	}
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		if (is_word(lies[i].word))
			lies[i].change();
	if (err == OK)
		err = filter_write(out, (struct span){ mail, mail_len });
	return err == OK ? filter_end(out) : err;
}
