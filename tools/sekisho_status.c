/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho status, reload, stop: questions to the supervisor itself. What it
 * answers is its business; here are the words of the command line.
 */
#include <getopt.h>
#include <string.h>

#include "control.h"
#include "options.h"

static int
plain(int argc, char **argv, const char *help, enum control_verb verb)
{
	struct control_options options;
	int status = control_options(argc, argv, help, false, &options);

	if (status != -1)
		return status;
	if (optind < argc)
		return usage_error(argv[0], "unexpected '%s'", argv[optind]);
	return control_ask(argv[0], &options, verb, 0, true);
}

static const char help_status[] =
    "usage: sekisho status [--all] [--json] [--state DIR]\n"
    "\n"
    "The processes of the gateway, the rules in force, what the last reload\n"
    "said, whether disk, memory and the kernel still have what was loaded,\n"
    "what is cut, tunables of the kernel that are wrong, and the counters:\n"
    "those that are 0 by --all alone (--json has them always).\n"
    "\n"
    "exit status: 0 it runs well, 1 something needs attention,\n"
    "4 the gateway is not running\n";

int
cmd_status(int argc, char **argv)
{
	struct control_question question = { .verb = CONTROL_STATUS,
	    .fd = -1, .as_lines = true };
	struct control_options options = { .json = false };
	bool all = false;
	const struct option_row rows[] = {
		{ .name = "all", .flag = &all },
		{ .name = "json", .flag = &options.json },
		{ .name = "state", .text = &options.state },
		{ .name = NULL }
	};
	int status = options_read(argc, argv, help_status, rows);

	if (status != -1)
		return status;
	if (optind < argc)
		return usage_error(argv[0], "unexpected '%s'", argv[optind]);
	control_state(&options);
	question.id = all || options.json;
	return control_ask_more("status", &options, &question);
}

int
cmd_reload(int argc, char **argv)
{
	return plain(argc, argv,
	    "usage: sekisho reload [--json] [--state DIR]\n"
	    "\n"
	    "Read the rule file again. If it has errors they are shown and\n"
	    "the old rules stay.\n"
	    "\n"
	    "exit status: 0 the new rules are loaded, 3 they were refused,\n"
	    "4 the gateway is not running\n", CONTROL_RELOAD);
}

int
cmd_stop(int argc, char **argv)
{
	return plain(argc, argv,
	    "usage: sekisho stop [--json] [--state DIR]\n"
	    "\n"
	    "Stop the gateway: it finishes what it has begun. Accepted mails\n"
	    "stay in the spool and go on at the next start.\n"
	    "\n"
	    "exit status: 0 it stops, 4 it is not running\n", CONTROL_STOP);
}
