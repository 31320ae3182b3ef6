/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Good mails, changed at random, to the verifier: whatever it still takes
 * must be safe in the eyes of others (verify_judges.c), who share no line
 * with it. Two ways to change: bytes of a finished
 * mail, and contents before our own small writer makes a mail of them, so
 * that changes get past base64, CRC and checksums.
 *
 *	verify_mutations [COUNT [SEED [FILE...]]]
 * FILE: finished mails of the sanitizer as further seeds; they must be taken.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>
#include <gmime/gmime.h>
#include <zlib.h>

#include "../unit/verify/safe_mail.h"
#include "verify_judges.h"

#define SEEDS_MAX	1024
#define MAIL_BYTES_MAX	(4 * 1024 * 1024)

static struct span seeds[SEEDS_MAX];
static size_t seeds_n;
static uint8_t mail[MAIL_BYTES_MAX];
static size_t mail_len;
static uint64_t random_state;

static uint64_t
next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static size_t
below(size_t n)
{
	return n == 0 ? 0 : (size_t)(next_random() >> 11) % n;
}

/* ---- changes of a finished mail ---- */

static const char *const injections[] = {
	"\r\nBcc: x@evil.example", "\r\nContent-Type: text/html",
	"\r\n\r\n<script>", "\r\n.\r\n", "\n.\n", "\r", "\n", "\0",
	"Content-Type: text/html\r\n", "\r\n Content-Type: text/html",
	"\r\nX: y", "--", "=?UTF-8?B?4oCu?=", "=?utf-8?Q?=0d=0a?=",
	"\r\n\t", " ", "  ", "\t", "; name=x.exe", "\"", "<a@b>", ",", "A===",
	"====", "\xe2\x80\xae", "\xff", "PK\x03\x04", "MZ", "%PDF-1.4",
	"begin 644 a.exe\r\n", "message/external-body", "application/x-sh",
	"image/svg+xml", "8bit", "quoted-printable", ".exe", "%00", "%0D%0A",
	"%2F", "_0000--", "_0001", "multipart/alternative",
};

static void
replace(size_t at, size_t old, const void *bytes, size_t len)
{
	if (at > mail_len || old > mail_len - at ||
	    mail_len - old + len > sizeof(mail))
		return;
	memmove(mail + at + len, mail + at + old, mail_len - at - old);
	memcpy(mail + at, bytes, len);
	mail_len = mail_len - old + len;
}

static size_t
line_start(size_t at)
{
	while (at > 0 && mail[at - 1] != '\n')
		at--;
	return at;
}

static void
change_bytes(void)
{
	static uint8_t copy[64 * 1024];
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/=";
	const struct span *other = &seeds[below(seeds_n)];
	size_t at = below(mail_len), n = 1 + below(4), from;
	const char *text;

	/* headers are a small part of the bytes, and the larger risk */
	if (below(2) == 0)
		at = below(mail_len < 1500 ? mail_len : 1500);
	switch (below(9)) {
	case 0:
		mail[at] ^= (uint8_t)(1u << below(8));
		break;
	case 1:
		mail[at] = (uint8_t)next_random();
		break;
	case 2:
		mail[at] = (uint8_t)digits[below(sizeof(digits) - 1)];
		break;
	case 3:
		for (size_t i = 0; i < n; i++)
			copy[i] = (uint8_t)next_random();
		replace(at, 0, copy, n);
		break;
	case 4:
		replace(at, n, "", 0);
		break;
	case 5:
		text = injections[below(G_N_ELEMENTS(injections))];
		if (below(3) == 0)
			at = line_start(at);
		replace(at, below(2) * strlen(text), text, strlen(text));
		break;
	case 6:			/* a line doubled, moved or taken out */
		at = line_start(at);
		for (n = 0; at + n < mail_len && mail[at + n] != '\n'; n++)
			continue;
		n = at + n < mail_len && n + 1 < sizeof(copy) ? n + 1 : 0;
		memcpy(copy, mail + at, n);
		if (below(2) == 0)
			replace(at, n, "", 0);
		if (below(2) == 0)
			replace(line_start(below(mail_len)), 0, copy, n);
		break;
	default:		/* from another mail, or from another place */
		from = below(other->len);
		n = below(below(2) == 0 ? 80 : 2000);
		if (n > other->len - from)
			n = other->len - from;
		replace(at, below(2) * n, other->ptr + from, n);
	}
}

/* ---- changes of contents, before a mail is made of them ---- */

static void
change_some(struct out *o, size_t keep)
{
	for (size_t n = 1 + below(3); n > 0 && o->len > keep + 1; n--) {
		size_t at = keep + below(o->len - keep);

		switch (below(4)) {
		case 0:
			o->ptr[at] ^= (uint8_t)(1u << below(8));
			break;
		case 1:
			o->ptr[at] = (uint8_t)next_random();
			break;
		case 2:
			o->len--;
			memmove(o->ptr + at, o->ptr + at + 1, o->len - at);
			break;
		default:
			put_bytes(o, "", 1);
			memmove(o->ptr + at + 1, o->ptr + at,
			    o->len - at - 1);
			o->ptr[at] = (uint8_t)next_random();
		}
	}
}

static void
put_character(struct out *o)
{
	static const uint32_t interesting[] = { 0, 0x1b, 0x7f, 0x85, 0xad,
		0x200b, 0x200d, 0x200e, 0x202e, 0x2028, 0x2066, 0xfeff, 0xfffe,
		0xd800, 0xe0041, 0xe0100, 0xfe0f, 0x1f600, 0x1f468, 0x110000,
		0x180e, 0x61c, 0x600, 0x3000, '\r', '\n', '\t', 0x10ffff };
	uint32_t c = below(3) == 0 ?
	    interesting[below(G_N_ELEMENTS(interesting))] :
	    (uint32_t)below(below(2) == 0 ? 0x10000 : 0x110000);
	uint8_t b[4] = { (uint8_t)(0xf0 | c >> 18),
		(uint8_t)(0x80 | (c >> 12 & 63)),
		(uint8_t)(0x80 | (c >> 6 & 63)), (uint8_t)(0x80 | (c & 63)) };

	if (c >= 0x10000)
		put_bytes(o, b, 4);
	else if (c >= 0x800) {
		b[1] = (uint8_t)(0xe0 | c >> 12);
		put_bytes(o, b + 1, 3);
	} else if (c >= 0x80) {
		b[2] = (uint8_t)(0xc0 | c >> 6);
		put_bytes(o, b + 2, 2);
	} else {
		b[0] = (uint8_t)c;
		put_bytes(o, b, 1);
	}
}

static struct out
changed_text(bool bom)
{
	static const char *const lines[] = { "本文です。\r\n", "\r\n", "a\tb",
		"begin 644 x\r\n", "=ybegin line=128\r\n", "👨‍👩‍👧", "x", "\r\n" };
	struct out o = { NULL, 0, 0 };

	if (bom && below(20) > 0)
		put(&o, "\xef\xbb\xbf");
	for (size_t n = below(6); n > 0; n--)
		if (below(4) == 0)
			put_character(&o);
		else
			put(&o, "%s", lines[below(G_N_ELEMENTS(lines))]);
	if (below(20) > 0)
		put(&o, "\r\n");
	return o;
}

static void
repair_crcs(struct out *o)
{
	for (size_t at = 8; at + 12 <= o->len; ) {
		size_t n = (size_t)o->ptr[at] << 24 | (size_t)o->ptr[at + 1]
		    << 16 | (size_t)o->ptr[at + 2] << 8 | o->ptr[at + 3];
		uint32_t crc;

		if (n > o->len - at - 12)
			return;
		crc = (uint32_t)crc32(0, o->ptr + at + 4, (uInt)(n + 4));
		for (unsigned i = 0; i < 4; i++)
			o->ptr[at + 8 + n + i] = (uint8_t)(crc >> (24 - 8 * i));
		at += n + 12;
	}
}

/* Rows changed before they are deflated, a size beside the right one. */
static struct out
rebuilt_png(void)
{
	static const uint8_t kinds[] = { 0, 2, 3, 4, 6, 1 };
	static const unsigned samples[] = { 1, 0, 3, 1, 2, 0, 4 };
	uint8_t rows[2048], packed[4096], chunk[32] = "IHDR";
	unsigned width = 1 + (unsigned)below(9), height = 1 +
	    (unsigned)below(9);
	uint8_t kind = kinds[below(6)];
	size_t stride = 1 + width * (kind == 1 ? 1 : samples[kind]);
	uLongf n = sizeof(packed) - 4;
	struct out o = { NULL, 0, 0 };
	const uint8_t zero[4] = { 0 };

	for (size_t i = 0; i < stride * height; i++)
		rows[i] = (uint8_t)(i % stride == 0 ? below(5 + below(2)) :
		    below(kind == 3 ? 3 : 256));
	compress2(packed, &n, rows, stride * height + (below(8) == 0) -
	    (below(8) == 0), (int)below(10));
	put_bytes(&o, "\x89PNG\r\n\x1a\n\0\0\0\x0d", 12);
	chunk[7] = (uint8_t)width;
	chunk[11] = (uint8_t)(height + (below(10) == 0));
	chunk[12] = below(20) == 0 ? 16 : 8;
	chunk[13] = kind;
	put_bytes(&o, chunk, 17);
	put_bytes(&o, zero, 4);
	if (kind == 3 && below(10) > 0) {
		put_bytes(&o, "\0\0\0\x09PLTEabcdefghi\0\0\0\0", 21);
		if (below(2) == 0)
			put_bytes(&o, "\0\0\0\x01tRNSa\0\0\0\0", 13);
	}
	if (below(20) == 0)
		put_bytes(&o, "\0\0\0\x03tEXta\0b\0\0\0\0", 15);
	chunk[0] = chunk[1] = 0;
	chunk[2] = (uint8_t)(n >> 8);
	chunk[3] = (uint8_t)n;
	put_bytes(&o, chunk, 4);
	put_bytes(&o, "IDAT", 4);
	put_bytes(&o, packed, n);
	put_bytes(&o, zero, 4);
	put_bytes(&o, "\0\0\0\0IEND\0\0\0\0", 12);
	repair_crcs(&o);
	return o;
}

static struct out
changed_picture(bool png)
{
	static struct out jpegs[4];
	struct out o = { NULL, 0, 0 };
	const struct out *jpeg;

	if (png) {
		o = rebuilt_png();
		if (below(4) == 0) {
			change_some(&o, 8);
			repair_crcs(&o);
		}
		return o;
	}
	if (jpegs[0].len == 0)
		for (unsigned i = 0; i < 4; i++)
			jpegs[i] = make_jpeg(9 + 7 * i, 12 + i, (const
			    unsigned[]){ 0, 0x11, 0x21, 0x22 }[i], i & 1);
	jpeg = &jpegs[below(4)];
	put_bytes(&o, jpeg->ptr, jpeg->len);
	/* the scan is the last third or so: most changes go there */
	change_some(&o, below(3) == 0 ? 0 : o.len - o.len / 4);
	return o;
}

static void
make_changed_mail(void)
{
	static const char *const names[] = { "a.txt", "図.png", "b.jpg",
		"c.eml", "x.exe", "a\u202etxt.exe", ".txt", "a/b.txt",
		"a.txt ", "写真.JPG" };
	struct out o = { NULL, 0, 0 }, text = changed_text(false);
	struct out content;

	put_bytes(&text, "", 1);	/* put_*() take a string of it */
	put_top_fields(&o);
	if (below(3) == 0)
		put_single(&o, (char *)text.ptr);
	else {
		put_multipart(&o, 0, (char *)text.ptr);
		for (size_t n = below(3); n > 0; n--) {
			unsigned kind = (unsigned)below(3);
			const char *name = below(6) == 0 ?
			    names[below(G_N_ELEMENTS(names))] : names[kind];

			content = kind == 0 ? changed_text(true) :
			    changed_picture(kind == 1);
			put_part(&o, 0, (const char *const[]){
			    "text/plain; charset=utf-8", "image/png",
			    "image/jpeg" }[kind], name, content.ptr,
			    content.len);
			free(content.ptr);
		}
		put_delimiter(&o, 0, "--");
	}
	mail_len = o.len;
	memcpy(mail, o.ptr, o.len);
	free(o.ptr);
	free(text.ptr);
}

/* ---- the test ---- */

static void
add_seed(struct out o)
{
	if (seeds_n < SEEDS_MAX)
		seeds[seeds_n++] = (struct span){ o.ptr, o.len };
}

static void
add_file(const char *path)
{
	struct stat st;
	struct out o = { NULL, 0, 0 };
	int fd = open(path, O_RDONLY);

	if (fd == -1 || fstat(fd, &st) == -1 ||
	    st.st_size > MAIL_BYTES_MAX / 2) {
		fprintf(stderr, "%s: cannot read\n", path);
		exit(2);
	}
	o.ptr = malloc((size_t)st.st_size + 1);
	o.len = (size_t)st.st_size;
	if (o.ptr == NULL || read(fd, o.ptr, o.len) != (ssize_t)o.len)
		exit(2);
	close(fd);
	add_seed(o);
}

static bool
is_taken(int fd)
{
	struct verify_result result;

	if (pwrite(fd, mail, mail_len, 0) != (ssize_t)mail_len)
		abort();
	verify_mail(fd, mail_len, &result);
	return result.yes;
}

static void
take_seed(const struct span *seed)
{
	memcpy(mail, seed->ptr, seed->len);
	mail_len = seed->len;
}

static void
save_mail(const char *wrong)
{
	int fd = open("mutant.eml", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	printf("taken, but %s: see ./mutant.eml\n", wrong);
	if (fd != -1 && write(fd, mail, mail_len) >= 0)
		close(fd);
}

/* Every seed is taken, and is safe in the eyes of the judges. */
static unsigned
check_seeds(int fd)
{
	unsigned failed = 0;

	for (size_t i = 0; i < seeds_n; i++) {
		const char *wrong;

		take_seed(&seeds[i]);
		if (!is_taken(fd)) {
			printf("seed %zu is refused\n", i);
			failed++;
		} else if ((wrong = judge_mail(mail, mail_len)) != NULL) {
			save_mail(wrong);
			failed++;
		}
	}
	return failed;
}

int
main(int argc, char **argv)
{
	uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
	uint64_t taken = 0, same = 0, made_taken = 0, made = 0;
	unsigned failed;
	int fd = memfd_create("mail", MFD_CLOEXEC);

	random_state = argc > 2 ? strtoull(argv[2], NULL, 10) :
	    (uint64_t)time(NULL) * 2654435761u + (uint64_t)getpid();
	random_state |= 1;
	printf("seed %" PRIu64 ", %" PRIu64 " mutations\n", random_state,
	    count);
	g_mime_init();
	add_seed(make_small_mail());
	add_seed(make_large_mail());
	for (int i = 3; i < argc; i++)
		add_file(argv[i]);
	failed = check_seeds(fd);
	for (uint64_t i = 0; i < count && failed == 0; i++) {
		const struct span *seed = &seeds[below(seeds_n)];
		bool by_contents = below(2) == 0;
		const char *wrong;

		if (by_contents)
			make_changed_mail();
		else {
			take_seed(seed);
			for (size_t n = 1 + below(3); n > 0; n--)
				change_bytes();
		}
		made += by_contents;
		if (!is_taken(fd))
			continue;
		taken++;
		made_taken += by_contents;
		if (!by_contents && mail_len == seed->len &&
		    memcmp(mail, seed->ptr, mail_len) == 0) {
			same++;
			continue;
		}
		if ((wrong = judge_mail(mail, mail_len)) != NULL) {
			save_mail(wrong);
			failed++;
		}
	}
	printf("taken %" PRIu64 " of %" PRIu64 " (%" PRIu64 " of %" PRIu64
	    " made of changed contents; %" PRIu64 " unchanged), unsafe %u\n",
	    taken, count, made_taken, made, same, failed);
	/* a test that takes nothing, or everything, has tested nothing */
	if (taken == 0 || taken == count)
		failed++;
	printf("%d passed, %u failed\n", failed == 0, failed);
	return failed > 0;
}
