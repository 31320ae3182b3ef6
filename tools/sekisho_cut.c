/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho cut, uncut: what the rules allow, but nobody gets for now. The
 * gateway finds out what is meant, and answers when it is in force.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../gateway/proc/row.h"
#include "control.h"
#include "options.h"

#define REASON_BYTES_MAX	1000

static const char help_cut[] =
    "usage: sekisho cut [SEGMENT|RULE [--reason TEXT]]\n"
    "options: --json, --state DIR\n"
    "\n"
    "Cut a segment off, or everything that a rule allows, at once: flows\n"
    "that live end, new ones are refused, mail of the segment waits. Who is\n"
    "let to the gateway by 'manage' keeps working. It lasts until 'sekisho\n"
    "uncut', over restarts and new rules.\n"
    "\n"
    "SEGMENT   its name; segment:NAME where a rule has it, too\n"
    "RULE      its name, '\"NAME\"' where a segment has it, too; or "
    "FILE:LINE.\n"
    "          Rules of one name are cut together\n"
    "\n"
    "Without an argument: what is cut, since when, by whom, and why.\n"
    "\n"
    "exit status: 0 done, 2 usage, 3 no such thing, 4 the system failed\n";

static const char help_uncut[] =
    "usage: sekisho uncut SEGMENT|RULE --reason TEXT\n"
    "options: --json, --state DIR\n"
    "\n"
    "End a cut (see 'sekisho cut'): what the rules allow is possible again.\n"
    "Flows that were cut do not come back, new ones do.\n"
    "\n"
    "exit status: 0 done, 1 it is not cut, 2 usage, 4 the system failed\n";

struct arguments {
	struct control_options control;
	const char	*reason;
};

static int
arguments(int argc, char **argv, const char *help, struct arguments *a)
{
	const struct option_row rows[] = {
		{ .name = "reason", .text = &a->reason },
		{ .name = "json", .flag = &a->control.json },
		{ .name = "state", .text = &a->control.state },
		{ .name = NULL }
	};
	int status;

	memset(a, 0, sizeof(*a));
	status = options_read(argc, argv, help, rows);
	if (status != -1)
		return status;
	if (a->reason != NULL && strlen(a->reason) > REASON_BYTES_MAX)
		return usage_error(argv[0], "--reason is longer than %d bytes",
		    REASON_BYTES_MAX);
	if (argc - optind > 1)
		return usage_error(argv[0], "unexpected '%s'",
		    argv[optind + 1]);
	control_state(&a->control);
	return -1;
}

static int
ask(const char *command, const struct arguments *a, enum control_verb verb,
    const char *name)
{
	struct control_question question = { .verb = verb, .fd = -1 };
	struct row row;
	int status;

	row_init(&row);
	row_clear(&row);
	if (name != NULL)
		row_str(&row, "name", name);
	if (a->reason != NULL)
		row_str(&row, "reason", a->reason);
	question.tail = buf_span(&row.buf);
	status = control_ask_more(command, &a->control, &question);
	row_fini(&row);
	return status;
}

int
cmd_cut(int argc, char **argv)
{
	struct arguments a;
	int status = arguments(argc, argv, help_cut, &a);

	if (status != -1)
		return status;
	if (optind == argc && a.reason != NULL)
		return usage_error("cut", "what to cut is missing");
	return optind == argc ? ask("cut", &a, CONTROL_CUTS, NULL) :
	    ask("cut", &a, CONTROL_CUT, argv[optind]);
}

int
cmd_uncut(int argc, char **argv)
{
	struct arguments a;
	int status = arguments(argc, argv, help_uncut, &a);

	if (status != -1)
		return status;
	if (optind == argc)
		return usage_error("uncut", "what to uncut is missing; "
		    "'sekisho cut' shows what is cut");
	if (a.reason == NULL || a.reason[0] == '\0')
		return usage_error("uncut", "--reason TEXT is missing: why "
		    "may it be open again?");
	return ask("uncut", &a, CONTROL_UNCUT, argv[optind]);
}
