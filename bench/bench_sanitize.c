/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast the sanitizer's parts are, each alone, in this process and without
 * its sandbox: base64 both ways, MIME parse, HTML to text, text, JPEG, and a
 * whole mail. TSV: what, bytes, MB/s (median of the rounds, lowest, highest).
 * What they cost inside the relay is bench_mail's business.
 *
 *	bench_sanitize FOLDER		of make_mails; also writes page.html
 *	bench_sanitize FOLDER NAME	only what is called NAME
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../gateway/base/arena.h"
#include "../gateway/base/buf.h"
#include "../gateway/base/clock.h"
#include "../gateway/base/durable.h"
#include "../gateway/base/log.h"
#include "../sanitizer/format_text.h"
#include "../sanitizer/html_text.h"
#include "../sanitizer/mime_parse.h"
#include "../sanitizer/sanitizer.h"
#include "../sanitizer/transfer.h"

#define ROUNDS		7
#define RANDOM_BYTES	(8u * 1024 * 1024)
#define PAGE_BYTES	3500000u
#define BYTES_MAX	(64u * 1024 * 1024)
#define ARENA_BYTES	(32u * 1024 * 1024)

static struct buf random_bytes, base64_text, page, plain_text;
static struct buf mail_4k, mail_5m, photo;
static uint64_t made;		/* by the sink, so that nothing is left out */

static enum err
count_write(struct filter *f, struct span s)
{
	(void)f;
	made += s.len;
	return OK;
}

static enum err
count_end(struct filter *f)
{
	(void)f;
	return OK;
}

static struct filter count = { count_write, count_end, NULL };

/* ---- what is measured ---- */

static enum err
run_base64_encode(void)
{
	struct base64_encoder encoder;
	enum err err;

	base64_encoder_init(&encoder, &count);
	err = filter_write(&encoder.filter, buf_span(&random_bytes));
	return err == OK ? filter_end(&encoder.filter) : err;
}

static enum err
run_base64_decode(void)
{
	struct base64_decoder decoder;
	enum err err;

	base64_decoder_init(&decoder, false, &count);
	err = filter_write(&decoder.filter, buf_span(&base64_text));
	return err == OK ? filter_end(&decoder.filter) : err;
}

static enum err
run_mime_parse(void)
{
	struct arena *arena = arena_new(ARENA_BYTES);
	struct input in = input_span(buf_span(&mail_5m));
	struct mime_tree tree;
	struct diag diag;
	enum err err = ERR_SYSTEM;

	if (arena != NULL)
		err = mime_parse(&in, arena, &tree, &diag);
	arena_free(arena);
	return err;
}

static enum err
run_html_text(void)
{
	static struct html_result result;
	struct buf out;
	enum err err;

	buf_init(&out, BYTES_MAX);
	err = html_text(buf_span(&page), NULL, &out, &result);
	made += out.len;
	buf_fini(&out);
	return err;
}

static enum err
convert(enum part_kind kind, const struct buf *bytes)
{
	const struct convert_order order = { CONVERT_PICTURE, kind, 0 };
	struct input in = input_span(buf_span(bytes));
	struct convert_result result = { 0 };
	struct sanitizer_policy policy;
	enum err err;

	sanitizer_policy_standard(&policy);
	buf_init(&result.removed, 32 * 1024);
	err = sanitizer_convert(&order, &in, &policy, &count, &result);
	buf_fini(&result.removed);
	return err;
}

static enum err
run_text(void)
{
	struct input in = input_span(buf_span(&plain_text));
	struct text_result result;

	return format_text(&in, SPAN("utf-8"), &count, &result);
}

static enum err
run_jpeg(void)
{
	return convert(PART_JPEG, &photo);
}

/* The host of a run without children: conversions in this process. */
static enum err
host_convert(struct sanitizer_host *host, const struct convert_order *order,
    const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	(void)host;
	return sanitizer_convert(order, in, policy, out, result);
}

static enum err
sanitize(const struct buf *mail)
{
	struct sanitizer_host host = { .scratch_fd = memfd_create("scratch",
	    MFD_CLOEXEC), .convert = host_convert };
	struct sanitizer_job job = { .id = 1, .gateway = SPAN("gw.example"),
	    .helo = SPAN("localhost"), .peer = SPAN("127.0.0.1"),
	    .protocol = SPAN("ESMTP") };
	struct input in = input_span(buf_span(mail));
	struct sanitizer_result result;
	struct buf report;
	struct diag diag;
	enum err err;

	sanitizer_policy_standard(&job.policy);
	buf_init(&report, 4 * 1024 * 1024);
	err = sanitizer_mail(&job, &in, &host, &count, &report, &result,
	    &diag);
	buf_fini(&report);
	close(host.scratch_fd);
	return err != OK ? err : result.outcome == MAIL_SAFE ? OK : ERR_POLICY;
}

static enum err
run_mail_4k(void)
{
	return sanitize(&mail_4k);
}

static enum err
run_mail_5m(void)
{
	return sanitize(&mail_5m);
}

static const struct work {
	const char	*name;
	enum err	(*run)(void);
	const struct buf *bytes;
	unsigned	 times;		/* a round */
} works[] = {
	{ "base64-encode", run_base64_encode, &random_bytes, 8 },
	{ "base64-decode", run_base64_decode, &base64_text, 8 },
	{ "mime-parse", run_mime_parse, &mail_5m, 8 },
	{ "html-text", run_html_text, &page, 1 },
	{ "text", run_text, &plain_text, 4 },
	{ "jpeg", run_jpeg, &photo, 8 },
	{ "mail-4k", run_mail_4k, &mail_4k, 500 },
	{ "mail-5m", run_mail_5m, &mail_5m, 2 },
};

/* ---- material ---- */

static void
must(enum err err, const char *what)
{
	if (err != OK)
		die(4, "%s: %s", what, err_name(err));
}

static void
make_random(void)
{
	uint64_t state = 88172645463325252u;
	uint8_t *room;

	buf_init(&random_bytes, RANDOM_BYTES);
	must(buf_reserve(&random_bytes, RANDOM_BYTES, &room), "memory");
	for (size_t i = 0; i < RANDOM_BYTES; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		room[i] = (uint8_t)(state >> 32);
	}
	random_bytes.len = RANDOM_BYTES;
}

static void
make_base64(void)
{
	struct base64_encoder encoder;
	struct buf_sink sink;

	buf_init(&base64_text, 2 * RANDOM_BYTES);
	buf_sink_init(&sink, &base64_text);
	base64_encoder_init(&encoder, &sink.filter);
	must(filter_write(&encoder.filter, buf_span(&random_bytes)),
	    "base64");
	must(filter_end(&encoder.filter), "base64");
}

/* A long page as an office makes it: headings, tables, lists, links. */
static void
make_page(void)
{
	buf_init(&page, 2 * PAGE_BYTES);
	must(buf_add_str(&page, "<!DOCTYPE html><html><head><meta charset="
	    "utf-8><title>点検記録</title><style>td{border:1px solid}"
	    ".note{color:#444;font-size:small}</style></head><body>\n"),
	    "page");
	for (unsigned i = 1; page.len < PAGE_BYTES; i++)
		must(buf_printf(&page,
		    "<h2>%u. 庁舎設備の点検について</h2>\n<p>いつもお世話に"
		    "なっております。<b>第%u回</b>の点検結果を&nbsp;お知らせ"
		    "します。 The results are in the <a href=\"https://www."
		    "example.lg.jp/r/%u\">report &amp; table</a> below."
		    "</p>\n<table><tr><th>番号</th><th>項目</th><th>結果</th>"
		    "</tr>\n<tr><td>%u</td><td>消火器</td><td align=right>"
		    "%u</td></tr>\n<tr><td>%u</td><td>非常灯 lamp</td><td>"
		    "良</td></tr></table>\n<ul><li>担当: 施設課</li><li class="
		    "note>Remarks &lt;none&gt;</li></ul><br>\n", i, i, i, i,
		    i % 97, i + 1), "page");
	must(buf_add_str(&page, "</body></html>\n"), "page");
}

static void
make_text(void)
{
	buf_init(&plain_text, 2 * PAGE_BYTES);
	for (unsigned i = 1; plain_text.len < PAGE_BYTES; i++)
		must(buf_printf(&plain_text, "%u,2026-04-%02u,施設課,消火器"
		    "の点検,良,Fire extinguisher %u checked\r\n", i,
		    i % 30 + 1, i), "text");
}

static void
read_file(const char *folder, const char *name, struct buf *bytes)
{
	char path[4096];
	struct stat st;
	struct diag diag;
	uint8_t *room;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		die(4, "%s: %s", path, strerror(errno));
	buf_init(bytes, BYTES_MAX);
	must(buf_reserve(bytes, (size_t)st.st_size, &room), path);
	must(pread_all(fd, room, (size_t)st.st_size, 0, &bytes->len, &diag),
	    path);
	close(fd);
}

static void
write_page(const char *folder)
{
	char path[4096];
	struct diag diag;
	int fd;

	snprintf(path, sizeof(path), "%s/page.html", folder);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd == -1)
		die(4, "%s: %s", path, strerror(errno));
	must(write_all(fd, buf_span(&page), &diag), path);
	close(fd);
}

/* ---- rounds ---- */

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
measure(const struct work *work)
{
	double rates[ROUNDS], bytes = (double)work->bytes->len * work->times;

	must(work->run(), work->name);		/* warm-up */
	for (unsigned r = 0; r < ROUNDS; r++) {
		uint64_t start = clock_monotonic_ns();

		for (unsigned i = 0; i < work->times; i++)
			must(work->run(), work->name);
		rates[r] = bytes * 1000 /
		    (double)(clock_monotonic_ns() - start);
	}
	qsort(rates, ROUNDS, sizeof(rates[0]), by_size);
	printf("%s\t%zu\t%.1f\t%.1f\t%.1f\t%.3f\n", work->name,
	    work->bytes->len, rates[ROUNDS / 2], rates[0],
	    rates[ROUNDS - 1], (double)work->bytes->len / 1000 /
	    rates[ROUNDS / 2]);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	log_init("bench_sanitize");
	if (argc != 2 && argc != 3)
		die(2, "usage: bench_sanitize FOLDER [NAME]");
	sanitizer_warm();
	make_random();
	make_base64();
	make_page();
	make_text();
	read_file(argv[1], "4k-utf8.eml", &mail_4k);
	read_file(argv[1], "5m.eml", &mail_5m);
	read_file(argv[1], "photo.jpg", &photo);
	write_page(argv[1]);
	printf("what\tbytes\tMB/s\tlowest\thighest\tms\n");
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		if (argc == 2 || strcmp(argv[2], works[i].name) == 0)
			measure(&works[i]);
	return made == 0;
}
