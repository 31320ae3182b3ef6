/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TOOLS_OPTIONS_H
#define SEKISHO_TOOLS_OPTIONS_H

#include <stdbool.h>

#define OPTION_ROWS_MAX	24

/*
 * An option of a subcommand: without a value it sets *flag, else its value
 * goes to *text. A table of them ends with a row without a name.
 */
struct option_row {
	const char	*name;		/* "json" for --json */
	char		 letter;	/* 'o' for -o; 0: none */
	bool		*flag;		/* or */
	const char	**text;
};

/*
 * Read the options in argv, which may stand anywhere; --help and -h show
 * help. -1: done, optind is at the first argument. Else the exit status:
 * help was shown, or it was said what is wrong. Values are the caller's to
 * check.
 */
int options_read(int argc, char **argv, const char *help,
    const struct option_row *rows);

#endif
