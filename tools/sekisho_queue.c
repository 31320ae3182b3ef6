/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sekisho queue, held, original: questions to the spool, most of them about
 * one mail by its receipt number.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "control.h"

enum receipt_need { RECEIPT_NONE, RECEIPT_MAY, RECEIPT_MUST };

struct action {
	const char	*name;
	enum control_verb verb;
	enum receipt_need receipt;
	bool		 as_lines;
};

static int
act(int argc, char **argv, const char *help, const struct action *actions,
    bool with_out)
{
	struct control_options options;
	uint64_t id = 0;
	int status = control_options(argc, argv, help, with_out, &options);

	if (status != -1)
		return status;
	if (optind == argc)
		return usage_error(argv[0], "what to do is missing");
	for (; actions->name != NULL; actions++)
		if (strcmp(actions->name, argv[optind]) == 0)
			break;
	if (actions->name == NULL)
		return usage_error(argv[0], "unknown '%s'", argv[optind]);
	optind++;
	if (optind < argc && actions->receipt != RECEIPT_NONE) {
		if (!control_receipt(argv[0], argv[optind++], &id))
			return EXIT_USAGE;
	} else if (actions->receipt == RECEIPT_MUST)
		return usage_error(argv[0], "the receipt number is missing");
	if (optind < argc)
		return usage_error(argv[0], "unexpected '%s'", argv[optind]);
	if (with_out && options.out == NULL)
		return usage_error(argv[0], "where to is missing: -o FILE");
	return control_ask(argv[0], &options, actions->verb, id,
	    actions->as_lines);
}

int
cmd_queue(int argc, char **argv)
{
	static const struct action actions[] = {
		{ "list", CONTROL_QUEUE_LIST, RECEIPT_NONE, false },
		{ "show", CONTROL_QUEUE_SHOW, RECEIPT_MUST, true },
		{ "retry", CONTROL_QUEUE_RETRY, RECEIPT_MAY, false },
		{ "drop", CONTROL_QUEUE_DROP, RECEIPT_MUST, false },
		{ NULL, CONTROL_STATUS, RECEIPT_NONE, false }
	};

	return act(argc, argv,
	    "usage: sekisho queue list\n"
	    "       sekisho queue show RECEIPT\n"
	    "       sekisho queue retry [RECEIPT]\n"
	    "       sekisho queue drop RECEIPT\n"
	    "options: --json, --state DIR\n"
	    "\n"
	    "list   all mails that are on their way, and what they wait for\n"
	    "show   one of them, with each recipient\n"
	    "retry  try now: one mail, or all that wait\n"
	    "drop   give one up; its original stays until 'retain' ends\n"
	    "\n"
	    "exit status: 0 done, 1 no such mail, 2 usage, 4 the gateway is "
	    "not running\n", actions, false);
}

int
cmd_held(int argc, char **argv)
{
	static const struct action actions[] = {
		{ "list", CONTROL_HELD_LIST, RECEIPT_NONE, false },
		{ "show", CONTROL_HELD_SHOW, RECEIPT_MUST, true },
		{ "release", CONTROL_HELD_RELEASE, RECEIPT_MUST, false },
		{ "reject", CONTROL_HELD_REJECT, RECEIPT_MUST, false },
		{ NULL, CONTROL_STATUS, RECEIPT_NONE, false }
	};

	return act(argc, argv,
	    "usage: sekisho held list\n"
	    "       sekisho held show RECEIPT\n"
	    "       sekisho held release RECEIPT\n"
	    "       sekisho held reject RECEIPT\n"
	    "options: --json, --state DIR\n"
	    "\n"
	    "list     all mails that someone must decide on, and why\n"
	    "show     one of them, with each recipient\n"
	    "release  deliver its safe form (never the original)\n"
	    "reject   send it back to its sender\n"
	    "\n"
	    "exit status: 0 done, 1 no such mail, 2 usage, 3 it cannot be "
	    "released,\n"
	    "4 the gateway is not running\n", actions, false);
}

int
cmd_original(int argc, char **argv)
{
	static const struct action actions[] = {
		{ "get", CONTROL_ORIGINAL_GET, RECEIPT_MUST, true },
		{ NULL, CONTROL_STATUS, RECEIPT_NONE, false }
	};

	return act(argc, argv,
	    "usage: sekisho original get RECEIPT -o FILE\n"
	    "options: --json, --state DIR\n"
	    "\n"
	    "The mail as it came in, to look at on a machine that may be\n"
	    "infected. FILE must not exist; - is standard output.\n"
	    "\n"
	    "exit status: 0 done, 1 no such mail, 2 usage, 4 the gateway is "
	    "not running\n", actions, true);
}
