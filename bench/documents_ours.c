/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Our own ways with a file, each in a child of the bench: the conversion
 * alone, without a sandbox; and an order to a sekisho-sanitize that is
 * running, as the gateway has it, with all its children.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../gateway/base/clock.h"
#include "../gateway/base/durable.h"
#include "../gateway/base/receipt.h"
#include "../sanitizer/detect.h"
#include "../sanitizer/report.h"
#include "../tests/unit/sanitizer/host_here.h"
#include "../tools/sanitize_run.h"
#include "documents.h"

#define REPORT_BYTES_MAX	(4u * 1024 * 1024)
#define CHOICE_MS_MAX		10000	/* a file that takes longer is not */
#define TRIES_MAX		400

const char ours_rules[] =
    "gateway \"bench.example\"\n"
    "policy rebuild {\n"
    "    body text\n"
    "    pdf rebuild  image rebuild  office rebuild  text rebuild\n"
    "    archive rebuild depth 3\n"
    "    legacy-office convert  encrypted hold  other remove\n"
    "}\n"
    "policy image {\n"
    "    body text\n"
    "    pdf image  image rebuild  office rebuild  text rebuild\n"
    "    archive rebuild depth 3\n"
    "    legacy-office convert  encrypted hold  other remove\n"
    "}\n";

/* ---- the conversion alone ---- */

struct count {
	struct filter	 filter;
	uint64_t	 bytes;
};

static enum err
count_write(struct filter *f, struct span s)
{
	((struct count *)f)->bytes += s.len;
	return OK;
}

static enum err
count_end(struct filter *f)
{
	(void)f;
	return OK;
}

static enum err
whole_file(const struct input *in, struct span name, struct filter *out)
{
	struct sanitizer_job job = { .id = 1, .gateway = SPAN("gw.example"),
	    .helo = SPAN("localhost"), .peer = SPAN("127.0.0.1"),
	    .protocol = SPAN("LOCAL") };
	struct sanitizer_result result;
	struct buf report;
	struct diag diag;
	struct here here;
	enum err err;

	here_init(&here, sanitizer_convert);
	sanitizer_policy_standard(&job.policy);
	buf_init(&report, REPORT_BYTES_MAX);
	err = sanitizer_file(&job, name, in, &here.host, out, &report,
	    &result, &diag);
	buf_fini(&report);
	here_fini(&here);
	return err != OK || result.outcome == MAIL_SAFE ? err : ERR_POLICY;
}

static enum err
convert(const struct convert_order *order, const struct input *in,
    struct span name, struct filter *out)
{
	struct convert_result result = { 0 };
	struct sanitizer_policy policy;
	enum err err;

	if (order->task == 0)
		return whole_file(in, name, out);
	sanitizer_policy_standard(&policy);
	buf_init(&result.removed, REMOVED_BYTES_MAX);
	err = sanitizer_convert(order, in, &policy, out, &result);
	buf_fini(&result.removed);
	return err;
}

static struct span
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return span_str(slash == NULL ? path : slash + 1);
}

void
ours_convert(void *arg, struct said *said)
{
	const struct ours *ours = arg;
	struct count count = { .filter = { count_write, count_end, NULL } };
	struct convert_order order = {
	    .task = (enum convert_task)ours->format->task };
	int fd = open(ours->path, O_RDONLY | O_CLOEXEC);
	struct detected found;
	struct input in;
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		return;
	in = input_fd(fd, 0, (uint64_t)st.st_size);
	sanitizer_warm();
	/* what it is, the mail's child knows before it asks for this one */
	if (detect(&in, name_of(ours->path), &found) != OK)
		return;
	order.kind = found.type->kind;
	said_start(said);
	said->ok = convert(&order, &in, name_of(ours->path),
	    &count.filter) == OK;
	said_end(said);
	said->bytes_out = count.bytes;
}

/* ---- a sekisho-sanitize that is running ---- */

static bool
start(struct sanitize_run *run, const struct ours *ours)
{
	struct rules_run *rules = rules_run_new("bench",
	    span_str(ours_rules), NULL, 0);
	const char *why;
	uint32_t policy;
	int fd = -1;

	if (rules != NULL)
		fd = sanitize_rules(rules, "rebuild", &policy, &why);
	rules_run_free(rules);
	*run = (struct sanitize_run){ .supervisor = -1, .peer = -1 };
	return fd != -1 && sanitize_start(run, ours->program, fd);
}

/* "/Count 12" of our own PDFs. */
static unsigned
count_pages(int fd, uint64_t bytes)
{
	uint8_t *p = bytes == 0 ? MAP_FAILED : mmap(NULL, bytes, PROT_READ,
	    MAP_SHARED, fd, 0);
	const uint8_t *at;
	unsigned pages = 0;

	if (p == MAP_FAILED)
		return 0;
	at = memmem(p, bytes, "/Count ", 7);
	for (at = at == NULL ? p + bytes : at + 7; at < p + bytes &&
	    ascii_is_digit(*at); at++)
		pages = pages * 10 + (unsigned)(*at - '0');
	(void)munmap(p, bytes);
	return pages;
}

/* Was the file made safe by the method that is measured here? */
static bool
by_method(const struct sanitize_run *run, const struct format *format)
{
	static char report[REPORT_BYTES_MAX + 1];
	char wanted[64];
	struct diag diag;
	const char *at;
	size_t got = 0;

	if (run->answer.outcome != SANITIZE_SAFE || run->fds[1] == -1 ||
	    run->answer.report_bytes > REPORT_BYTES_MAX ||
	    pread_all(run->fds[1], (uint8_t *)report,
	    run->answer.report_bytes, 0, &got, &diag) != OK)
		return false;
	report[got] = '\0';
	/* of the first part, which is the file */
	at = strstr(report, "\"method\":");
	snprintf(wanted, sizeof(wanted), "\"method\":\"%s\"",
	    format->method);
	return at != NULL && strncmp(at, wanted, strlen(wanted)) == 0;
}

static bool
ask(struct sanitize_run *run, const struct format *format, const char *path,
    struct said *said)
{
	struct msg_sanitize fixed = { .id = receipt_next(0, clock_wall_ms()),
	    .route = format->policy, .flags = SANITIZE_TOOL | SANITIZE_FILE };
	int fd = sanitize_input(path, &fixed.body_bytes);
	bool ok;

	if (fd == -1)
		return false;
	fixed.received_ms = receipt_time_ms(fixed.id);
	said_start(said);
	ok = sanitize_order(run, &fixed, name_of(path), fd);
	said_end(said);
	close(fd);
	if (!ok)
		return false;
	said->ok = by_method(run, format);
	said->cpu_ms = (double)run->answer.cpu_us / 1e3;
	said->bytes_out = run->answer.safe_bytes;
	if (run->fds[0] != -1 && format->on & ON_PDF)
		said->pages = count_pages(run->fds[0],
		    run->answer.safe_bytes);
	for (unsigned i = 0; i < 2; i++) {
		if (run->fds[i] != -1)
			close(run->fds[i]);
		run->fds[i] = -1;
	}
	return true;
}

void
ours_running(void *arg, struct said *said)
{
	const struct ours *ours = arg;
	struct sanitize_run run;

	if (start(&run, ours))
		(void)ask(&run, ours->format, ours->path, said);
	sanitize_stop(&run);
}

/* From the i-th of the wanted sizes upwards, the first that we make safe. */
static bool
choose_one(struct sanitize_run *run, const struct ours *ours, unsigned i,
    bool *tried)
{
	unsigned n = ours->documents_n;
	unsigned from = (2 * i + 1) * n / (2 * ours->wanted);

	for (unsigned j = 0; j < n && j < TRIES_MAX; j++) {
		unsigned at = (from + j) % n;
		struct said said = { 0 };

		if (tried[at])
			continue;
		tried[at] = true;
		if (!ask(run, ours->format, ours->documents[at].path, &said))
			return false;		/* it must be started anew */
		if (!said.ok || (n > 1 && said.ms > CHOICE_MS_MAX))
			continue;
		ours->documents[at].pages = said.pages;
		ours->chosen[at] = true;
		return true;
	}
	return true;
}

void
ours_choose(void *arg, struct said *said)
{
	const struct ours *ours = arg;
	struct sanitize_run run;
	bool *tried = calloc(ours->documents_n, sizeof(*tried));

	if (tried != NULL && start(&run, ours)) {
		for (unsigned i = 0; i < ours->wanted; i++)
			if (!choose_one(&run, ours, i, tried)) {
				sanitize_stop(&run);
				if (!start(&run, ours))
					break;
			}
		said->ok = true;
	}
	if (tried != NULL)
		sanitize_stop(&run);
	free(tried);
}
