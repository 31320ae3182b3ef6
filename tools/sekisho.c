/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho: the administrator's one tool. This file finds the subcommand in a
 * table and calls it; each subcommand is in a file of its own and parses its
 * own options.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../gateway/base/durable.h"
#include "commands.h"

struct command {
	const char	*name;
	int		(*run)(int argc, char **argv);
	const char	*arguments;
	const char	*what;
};

static const struct command commands[] = {
	{ "check", cmd_check, "[FILE]",
	  "check a rule file without loading it" },
	{ "print", cmd_print, "[FILE]",
	  "print a rule file in its canonical form" },
	{ "explain", cmd_explain, "[FILE] tcp from A to B port N",
	  "which rule decides on a packet, and why" },
	{ "replay", cmd_replay, "[FILE] CAPTURE",
	  "what the rules say about a capture" },
	{ "diff", cmd_diff, "OLD NEW",
	  "what a changed rule file allows and denies otherwise" },
	{ "matrix", cmd_matrix, "[FILE]",
	  "who can reach whom, as a table or a picture" },
	{ "sanitize", cmd_sanitize, "IN [-o OUT]",
	  "make one mail or file safe, without the gateway" },
	{ "formats", cmd_formats, "",
	  "what is made of which kind of file, and how" },
	{ "status", cmd_status, "",
	  "how the gateway is: processes, queue, counters" },
	{ "top", cmd_top, "[--once]",
	  "flows, rates and refusals, as they are now" },
	{ "metrics", cmd_metrics, "",
	  "all numbers, for Prometheus" },
	{ "queue", cmd_queue, "list|show|retry|drop [RECEIPT]",
	  "mails on their way" },
	{ "held", cmd_held, "list|show|release|reject [RECEIPT]",
	  "mails that someone must decide on" },
	{ "original", cmd_original, "get RECEIPT -o FILE",
	  "the mail as it came in" },
	{ "capture", cmd_capture, "list|show|flows|alarms [FILE]",
	  "refused packets, flows that ended, scans" },
	{ "log", cmd_log, "verify|tail [FOLDER]",
	  "is the audit log whole, and what is in it" },
	{ "apply", cmd_apply, "[FILE] [--confirm SECONDS]",
	  "take rules over, for good or on trial" },
	{ "confirm", cmd_confirm, "", "keep, or approve, what was applied" },
	{ "rollback", cmd_rollback, "[GENERATION]",
	  "bring earlier rules back" },
	{ "history", cmd_history, "", "the generations of the rules" },
	{ "show", cmd_show, "GENERATION [--diff [OTHER]]",
	  "one of them, with its text, or what it changed" },
	{ "cut", cmd_cut, "[SEGMENT|RULE] [--reason TEXT]",
	  "cut a segment or a rule off at once" },
	{ "uncut", cmd_uncut, "SEGMENT|RULE --reason TEXT", "end that" },
	{ "reload", cmd_reload, "", "take the rule file as it is now" },
	{ "stop", cmd_stop, "", "stop the gateway cleanly" },
};

#define COMMANDS_N	(sizeof(commands) / sizeof(commands[0]))

static void
help(FILE *out)
{
	fprintf(out, "usage: sekisho [--state DIR] COMMAND [OPTION...] "
	    "[ARGUMENT...]\n\n");
	for (size_t i = 0; i < COMMANDS_N; i++)
		fprintf(out, "  %-9s %-34s %s\n", commands[i].name,
		    commands[i].arguments, commands[i].what);
	fprintf(out, "\n"
	    "  --help after a command explains it, --json makes its answer "
	    "JSON.\n"
	    "  exit status: 0 done or yes, 1 no, 2 usage, 3 refused or "
	    "invalid input,\n"
	    "  4 the system failed. See sekisho(8), sekisho.rules(5).\n");
}

int
usage_error(const char *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "sekisho %s: ", command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nsee: sekisho %s --help\n", command);
	return EXIT_USAGE;
}

int
output(struct buf *buf, int status)
{
	struct diag diag;

	if (write_all(STDOUT_FILENO, buf_span(buf), &diag) != OK) {
		fprintf(stderr, "sekisho: standard output: %s\n", diag.what);
		status = EXIT_SYSTEM;
	}
	buf_fini(buf);
	return status;
}

int
main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "--state") == 0) {
		if (setenv("SEKISHO_STATE", argv[2], 1) == -1)
			return EXIT_SYSTEM;
		argc -= 2;
		argv += 2;
	}
	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		help(stdout);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < COMMANDS_N; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "sekisho: unknown command '%s'\n"
	    "see: sekisho --help\n", argv[1]);
	return EXIT_USAGE;
}
