/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The options of a subcommand from its table, so that what is wrong is said
 * in the same words everywhere. getopt_long(3) does the reading.
 */
#include <getopt.h>
#include <stdio.h>

#include "../gateway/base/err.h"
#include "commands.h"
#include "options.h"

#define VALUE_FIRST	256	/* above all letters */

/* getopt's two tables; returns the number of rows. */
static int
tables(const struct option_row *rows, struct option *longs, char *letters)
{
	int n = 0;

	*letters++ = ':';		/* a missing value is told apart */
	*letters++ = 'h';
	for (; rows[n].name != NULL; n++) {
		require(n < OPTION_ROWS_MAX);
		longs[n] = (struct option){ rows[n].name,
		    rows[n].text != NULL ? required_argument : no_argument,
		    NULL, VALUE_FIRST + n };
		if (rows[n].letter == 0)
			continue;
		*letters++ = rows[n].letter;
		if (rows[n].text != NULL)
			*letters++ = ':';
	}
	*letters = '\0';
	longs[n] = (struct option){ "help", no_argument, NULL, 'h' };
	longs[n + 1] = (struct option){ NULL, 0, NULL, 0 };
	return n;
}

static int
wrong(char **argv, int option)
{
	const char *last = argv[optind - 1];

	if (option == ':')
		return usage_error(argv[0], "'%s' needs a value", last);
	if (optopt >= VALUE_FIRST)
		return usage_error(argv[0], "'%s': this option takes no "
		    "value", last);
	if (optopt != 0 && optopt != 'h')
		return usage_error(argv[0], "unknown option '-%c'", optopt);
	return usage_error(argv[0], "unknown option '%s'", last);
}

int
options_read(int argc, char **argv, const char *help,
    const struct option_row *rows)
{
	struct option longs[OPTION_ROWS_MAX + 2];
	char letters[2 * OPTION_ROWS_MAX + 3];
	int n = tables(rows, longs, letters), option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, letters, longs, NULL)) !=
	    -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_DONE;
		}
		if (option == '?' || option == ':')
			return wrong(argv, option);
		for (int i = 0; i < n; i++) {
			if (option != VALUE_FIRST + i &&
			    option != rows[i].letter)
				continue;
			if (rows[i].text != NULL)
				*rows[i].text = optarg;
			else
				*rows[i].flag = true;
		}
	}
	return -1;
}
