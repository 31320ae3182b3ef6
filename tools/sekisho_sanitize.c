/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho sanitize: one mail or file through the same engine in the same
 * sandbox, without a daemon: sanitize_run.h has the sekisho-sanitize of one
 * run. This end reads the report, never the content.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../gateway/base/clock.h"
#include "../gateway/base/durable.h"
#include "../gateway/base/receipt.h"
#include "commands.h"
#include "options.h"
#include "report_show.h"
#include "rules_file.h"
#include "sanitize_run.h"

static const char help[] =
    "usage: sekisho sanitize [--rules FILE] [--policy NAME] "
    "[--as mail|file]\n"
    "           [--report OUT.json] [--receipt RECEIPT] IN [-o OUT]\n"
    "\n"
    "Make one mail or file safe with the engine and the sandbox of the\n"
    "gateway. IN and OUT may be - for standard input and output. Without -o\n"
    "a summary is shown and nothing is written.\n"
    "\n"
    "  --rules FILE     policies of this rule file (default: the shipped\n"
    "                   policy \"standard\")\n"
    "  --policy NAME    which of them (default: standard, or the first)\n"
    "  --as mail|file   what IN is (default: as it looks)\n"
    "  --report FILE    write the report as JSON, - is standard output\n"
    "  --receipt R      the receipt number to write into the mail; its time\n"
    "                   is that of the number, so the output can be repeated\n"
    "\n"
    "exit status: 0 a safe form was made, 1 the policy holds it, 2 usage,\n"
    "3 IN cannot be read, 4 the system failed\n";

/* What is used where no rule file is given: design.md section 5. */
static const char standard_rules[] =
    "gateway \"sekisho.localhost\"\n"
    "policy standard {\n"
    "    body text\n"
    "    pdf rebuild  image rebuild  office rebuild  text rebuild\n"
    "    archive rebuild depth 3\n"
    "    legacy-office convert\n"
    "    encrypted hold\n"
    "    other remove\n"
    "}\n";

struct run {
	const char	*in, *out, *report, *rules, *policy;
	uint32_t	 flags;
	uint64_t	 id;
	uint32_t	 policy_index;
	struct sanitize_run run;
};

static int
trouble(const char *what, const char *why, int status)
{
	fprintf(stderr, "sekisho sanitize: %s: %s\n", what, why);
	return status;
}

/* ---- rules ---- */

/* A sealed image of the rules; -1 and a message when there is none. */
static int
seal(const struct rules_run *rules, struct run *run)
{
	const char *why;
	int fd = sanitize_rules(rules, run->policy, &run->policy_index, &why);

	return fd != -1 ? fd : trouble("rules", why, -1);
}

static int
open_rules(struct run *run, int *status)
{
	static struct rules_file file;
	struct rules_run *rules;
	struct diag diag;
	struct buf text;
	int fd = -1;

	*status = EXIT_REFUSED;
	if (run->rules == NULL) {
		rules = rules_run_new("built-in", span_str(standard_rules),
		    NULL, 0);
		if (rules != NULL)
			fd = seal(rules, run);
		rules_run_free(rules);
		return fd;
	}
	if (rules_file_open(&file, run->rules, &diag) != OK) {
		*status = trouble(run->rules, diag.errnum != 0 ?
		    strerror(diag.errnum) : diag.what, EXIT_SYSTEM);
	} else {
		buf_init(&text, OUTPUT_BYTES_MAX);
		if (rules_run_errors(file.run) > 0 &&
		    rules_file_findings(&file, &text) == OK)
			fprintf(stderr, "%.*s", (int)text.len,
			    (const char *)text.ptr);
		buf_fini(&text);
		fd = seal(file.run, run);
	}
	rules_file_close(&file);
	return fd;
}

/* ---- input and output ---- */

static int
write_output(const char *path, int fd)
{
	int to = strcmp(path, "-") == 0 ? STDOUT_FILENO :
	    open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	enum err err;

	if (to == -1)
		return trouble(path, strerror(errno), EXIT_SYSTEM);
	err = lseek(fd, 0, SEEK_SET) == -1 ? ERR_SYSTEM :
	    sanitize_copy(fd, to, LONG_MAX);
	if (err != OK)
		(void)trouble(path, strerror(errno), 0);
	if (to != STDOUT_FILENO && close(to) == -1)
		err = ERR_SYSTEM;
	return err == OK ? EXIT_DONE : EXIT_SYSTEM;
}

/* ---- the answer ---- */

static int
show(const struct run *run)
{
	struct buf report, text;
	uint8_t *room;
	size_t got = 0;
	struct diag diag;
	int status = EXIT_SYSTEM;

	buf_init(&report, OUTPUT_BYTES_MAX);
	buf_init(&text, OUTPUT_BYTES_MAX);
	if (buf_reserve(&report, run->run.answer.report_bytes, &room) == OK &&
	    pread_all(run->run.fds[1], room, run->run.answer.report_bytes, 0,
	    &got, &diag) == OK) {
		report.len += got;
		if (report_show(buf_span(&report), &text) == OK) {
			fwrite(text.ptr, 1, text.len, stdout);
			status = EXIT_DONE;
		}
	}
	buf_fini(&report);
	buf_fini(&text);
	return status;
}

static int
finish(const struct run *run)
{
	int status = EXIT_DONE;

	switch ((enum sanitize_outcome)run->run.answer.outcome) {
	case SANITIZE_SAFE:
	case SANITIZE_HOLD:
		break;
	case SANITIZE_FAILED:
		return trouble(run->in, run->run.reason, EXIT_REFUSED);
	case SANITIZE_CRASHED:
	case SANITIZE_TIMEOUT:
	case SANITIZE_BUSY:
		return trouble(run->in, run->run.reason, EXIT_SYSTEM);
	}
	if (run->report != NULL)
		status = write_output(run->report, run->run.fds[1]);
	if (status == EXIT_DONE && run->out != NULL)
		status = write_output(run->out, run->run.fds[0]);
	else if (status == EXIT_DONE && (run->report == NULL ||
	    strcmp(run->report, "-") != 0))
		status = show(run);
	if (status == EXIT_DONE && run->run.answer.outcome == SANITIZE_HOLD) {
		status = trouble("held", run->run.reason, EXIT_NO);
	}
	return status;
}

static bool
order(struct run *run, int fd, uint64_t bytes)
{
	const struct msg_sanitize fixed = { .id = run->id,
	    .body_bytes = bytes, .received_ms = receipt_time_ms(run->id),
	    .route = run->policy_index,
	    .flags = run->flags | SANITIZE_TOOL };
	const char *name = strrchr(run->in, '/');

	name = name != NULL ? name + 1 : run->in;
	return sanitize_order(&run->run, &fixed,
	    strcmp(name, "-") == 0 ? SPAN("") : span_str(name), fd);
}

static int
sanitize(struct run *run)
{
	uint64_t bytes = 0;
	int status, rules, fd;

	if ((rules = open_rules(run, &status)) == -1)
		return status;
	if ((fd = sanitize_input(run->in, &bytes)) == -1)
		return trouble(run->in, strerror(errno), EXIT_REFUSED);
	if (!sanitize_start(&run->run, NULL, rules) ||
	    !order(run, fd, bytes))
		status = trouble("sekisho-sanitize", run->run.reason,
		    EXIT_SYSTEM);
	else
		status = finish(run);
	sanitize_stop(&run->run);
	return status;
}

/* ---- command line ---- */

static bool
parse_as(const char *word, uint32_t *flags)
{
	*flags &= ~SANITIZE_AUTO;
	if (strcmp(word, "file") == 0)
		*flags |= SANITIZE_FILE;
	return strcmp(word, "file") == 0 || strcmp(word, "mail") == 0;
}

int
cmd_sanitize(int argc, char **argv)
{
	struct run run = { .flags = SANITIZE_AUTO };
	const char *as = NULL, *receipt = NULL;
	const struct option_row rows[] = {
		{ .name = "output", .letter = 'o', .text = &run.out },
		{ .name = "rules", .text = &run.rules },
		{ .name = "policy", .text = &run.policy },
		{ .name = "as", .text = &as },
		{ .name = "report", .text = &run.report },
		{ .name = "receipt", .text = &receipt },
		{ .name = NULL }
	};
	int status = options_read(argc, argv, help, rows);

	if (status != -1)
		return status;
	if (as != NULL && !parse_as(as, &run.flags))
		return usage_error(argv[0], "--as is mail or file");
	run.id = receipt_next(0, clock_wall_ms());
	if (receipt != NULL && !receipt_parse(span_str(receipt), &run.id))
		return usage_error(argv[0], "%s is no receipt number",
		    receipt);
	if (optind + 1 != argc)
		return usage_error(argv[0], "one input is needed");
	run.in = argv[optind];
	return sanitize(&run);
}
