/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho apply, confirm, rollback, history: rules are read here, with
 * the rights of who applies them, and sent as bytes: the gateway opens no
 * path for us. What comes in force, and when, is the gateway's business.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../gateway/base/durable.h"
#include "../gateway/proc/row.h"
#include "../gateway/proc/sealed.h"
#include "control.h"
#include "options.h"
#include "rules_file.h"

#define CONFIRM_S_MAX		3600
#define REASON_BYTES_MAX	1000
#define SEND_BYTES_MAX		(128u * 1024 * 1024)

static const char help_apply[] =
    "usage: sekisho apply [FILE] [--confirm SECONDS] [--reason TEXT]\n"
    "                     [--second] [--base GENERATION]\n"
    "       sekisho apply --approve\n"
    "options: --json, --state DIR\n"
    "\n"
    "Put a rule file (default the one that sekishod was started with, - is\n"
    "standard input) in force as a new generation. Wrong rules change "
    "nothing.\n"
    "\n"
    "--confirm   the old rules return by themselves after so many seconds\n"
    "            (1 to 3600) unless 'sekisho confirm' comes\n"
    "--reason    why, for the history\n"
    "--second    another person (user id) must confirm\n"
    "--base      only if this generation is in force\n"
    "--approve   the second word to what waits, as 'sekisho confirm'\n"
    "\n"
    "exit status: 0 done, 1 nothing waits, 2 usage, 3 refused, 4 the system "
    "failed\n";

static const char help_rollback[] =
    "usage: sekisho rollback [GENERATION] [--reason TEXT] "
    "[--confirm SECONDS]\n"
    "                        [--second]\n"
    "options: --json, --state DIR\n"
    "\n"
    "End what waits for its confirmation or approval. If nothing waits,\n"
    "bring an earlier generation back (default: the one in force before)\n"
    "as a new one.\n"
    "\n"
    "exit status: 0 done, 2 usage, 3 refused, 4 the system failed\n";

struct arguments {
	struct control_options control;
	const char	*reason;
	uint64_t	 confirm;
	uint64_t	 base;
	bool		 second;
	bool		 approve;
};

static bool
number(const char *text, uint64_t max, uint64_t *value)
{
	return span_decimal(span_str(text), max, value) && *value > 0;
}

/* -1: optind is at the first argument; else the exit status. */
static int
arguments(int argc, char **argv, const char *help, struct arguments *a)
{
	const char *confirm = NULL, *base = NULL;
	const struct option_row rows[] = {
		{ .name = "confirm", .text = &confirm },
		{ .name = "reason", .text = &a->reason },
		{ .name = "base", .text = &base },
		{ .name = "second", .flag = &a->second },
		{ .name = "approve", .flag = &a->approve },
		{ .name = "json", .flag = &a->control.json },
		{ .name = "state", .text = &a->control.state },
		{ .name = NULL }
	};
	int status;

	memset(a, 0, sizeof(*a));
	status = options_read(argc, argv, help, rows);
	if (status != -1)
		return status;
	if (confirm != NULL && !number(confirm, CONFIRM_S_MAX, &a->confirm))
		return usage_error(argv[0], "--confirm takes 1 to %d seconds, "
		    "not '%s'", CONFIRM_S_MAX, confirm);
	if (base != NULL && !number(base, UINT32_MAX, &a->base))
		return usage_error(argv[0], "--base takes a generation, not "
		    "'%s'", base);
	if (a->reason != NULL && strlen(a->reason) > REASON_BYTES_MAX)
		return usage_error(argv[0], "--reason is longer than %d bytes",
		    REASON_BYTES_MAX);
	control_state(&a->control);
	return -1;
}

static void
options_row(const struct arguments *a, const char *source, struct row *row)
{
	row_init(row);
	row_clear(row);
	if (a->reason != NULL)
		row_str(row, "reason", a->reason);
	if (source != NULL)
		row_str(row, "source", source);
	if (a->confirm != 0)
		row_number(row, "confirm", a->confirm);
	if (a->base != 0)
		row_number(row, "base", a->base);
	if (a->second)
		row_str(row, "second", "yes");
}

/* ---- apply ---- */

/* A sealed memory file, so that it cannot change while it is read. */
static enum err
pack(const struct rules_file *file, int *fd, struct diag *diag)
{
	struct buf all;
	enum err err;

	buf_init(&all, SEND_BYTES_MAX);
	err = rules_pack(file, &all, diag);
	if (err != OK) {
		buf_fini(&all);
		return err;
	}
	*fd = memfd_create("apply", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd == -1)
		err = diag_system(diag, "make memory file");
	if (err == OK)
		err = write_all(*fd, buf_span(&all), diag);
	if (err == OK && fcntl(*fd, F_ADD_SEALS, SEALED_SEALS) == -1)
		err = diag_system(diag, "seal memory file");
	buf_fini(&all);
	return err;
}

/* To standard error: standard output has the answer, maybe as JSON. */
static void
show_findings(const struct rules_file *file)
{
	struct buf out;

	buf_init(&out, OUTPUT_BYTES_MAX);
	if (rules_file_findings(file, &out) != OK ||
	    write_all(STDERR_FILENO, buf_span(&out), NULL) != OK)
		fprintf(stderr, "sekisho apply: cannot show the findings\n");
	buf_fini(&out);
}

static int
send_rules(const struct arguments *a, const char *source, int fd)
{
	struct control_question question = { .verb = CONTROL_APPLY, .fd = fd,
	    .as_lines = true };
	struct row row;
	int status;

	options_row(a, source, &row);
	question.tail = buf_span(&row.buf);
	status = control_ask_more("apply", &a->control, &question);
	row_fini(&row);
	return status;
}

static int
apply(const char *path, const struct arguments *a)
{
	char full[PATH_MAX] = "-";
	struct rules_file file;
	struct diag diag = { 0 };
	int fd = -1, status;
	enum err err;

	if (strcmp(path, "-") != 0 && realpath(path, full) == NULL) {
		fprintf(stderr, "sekisho apply: %s: %s\n", path,
		    strerror(errno));
		return EXIT_SYSTEM;
	}
	err = rules_file_open(&file, full, &diag);
	if (err == OK) {
		show_findings(&file);
		if (rules_run_errors(file.run) > 0) {
			rules_file_close(&file);
			return EXIT_REFUSED;
		}
		err = pack(&file, &fd, &diag);
	}
	rules_file_close(&file);
	if (err == OK) {
		status = send_rules(a, full, fd);
	} else {
		fprintf(stderr, "sekisho apply: %s: %s\n", path, diag.what);
		status = err == ERR_SYSTEM ? EXIT_SYSTEM : EXIT_REFUSED;
	}
	if (fd != -1)
		close(fd);
	return status;
}

static int
plain(const char *command, const struct control_options *options,
    enum control_verb verb, bool as_lines)
{
	const struct control_question question = { .verb = verb, .fd = -1,
	    .as_lines = as_lines };

	return control_ask_more(command, options, &question);
}

int
cmd_apply(int argc, char **argv)
{
	struct arguments a;
	int status = arguments(argc, argv, help_apply, &a);

	if (status != -1)
		return status;
	if (argc - optind > 1)
		return usage_error("apply", "one file, not %d",
		    argc - optind);
	if (a.approve && (a.confirm != 0 || a.base != 0 || a.second ||
	    a.reason != NULL || optind < argc))
		return usage_error("apply", "--approve takes neither a file "
		    "nor other options");
	if (a.approve)
		return plain("apply", &a.control, CONTROL_CONFIRM, true);
	return optind < argc ? apply(argv[optind], &a) :
	    send_rules(&a, NULL, -1);	/* the gateway's own */
}

/* ---- the others ---- */

int
cmd_confirm(int argc, char **argv)
{
	struct control_options options;
	int status = control_options(argc, argv,
	    "usage: sekisho confirm [--json] [--state DIR]\n"
	    "\n"
	    "Rules on trial stay; rules that wait for a second person's\n"
	    "approval come in force.\n"
	    "\n"
	    "exit status: 0 done, 1 nothing waits, 3 not by the author,\n"
	    "4 the system failed\n", false, &options);

	if (status != -1)
		return status;
	if (optind < argc)
		return usage_error(argv[0], "unexpected '%s'", argv[optind]);
	return plain("confirm", &options, CONTROL_CONFIRM, true);
}

int
cmd_rollback(int argc, char **argv)
{
	struct control_question question = { .verb = CONTROL_ROLLBACK,
	    .fd = -1, .as_lines = true };
	struct arguments a;
	struct row row;
	int status = arguments(argc, argv, help_rollback, &a);

	if (status != -1)
		return status;
	if (a.approve || a.base != 0)
		return usage_error("rollback", "--approve and --base are not "
		    "for this command");
	if (optind < argc && !number(argv[optind], UINT32_MAX, &question.id))
		return usage_error("rollback", "'%s' is not a generation",
		    argv[optind]);
	if (argc - optind > 1)
		return usage_error("rollback", "unexpected '%s'",
		    argv[optind + 1]);
	options_row(&a, NULL, &row);
	question.tail = buf_span(&row.buf);
	status = control_ask_more("rollback", &a.control, &question);
	row_fini(&row);
	return status;
}

int
cmd_history(int argc, char **argv)
{
	struct control_options options;
	int status = control_options(argc, argv,
	    "usage: sekisho history [--json] [--state DIR]\n"
	    "\n"
	    "The generations of the rules, the newest first: what became of\n"
	    "each, who made it, when and why, and who gave the second word.\n"
	    "\n"
	    "exit status: 0 done, 4 the gateway is not running\n", false,
	    &options);

	if (status != -1)
		return status;
	if (optind < argc)
		return usage_error(argv[0], "unexpected '%s'", argv[optind]);
	return plain("history", &options, CONTROL_HISTORY, false);
}
