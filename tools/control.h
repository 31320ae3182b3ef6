/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TOOLS_CONTROL_H
#define SEKISHO_TOOLS_CONTROL_H

#include <stdbool.h>

#include "../gateway/proc/msg.h"
#include "commands.h"

/*
 * One question to the running gateway over STATE/control and its answer as
 * a table, as lines "name: value", or as JSON.
 */
#define CONTROL_TIMEOUT_MS	60000	/* without a word from the gateway */
#define CONTROL_ROWS_BYTES_MAX	(192u * 1024 * 1024)
#define CONTROL_CELL_COLUMNS_MAX 60	/* of a table; show and JSON cut not */

struct control_options {
	bool		 json;
	const char	*state;		/* the state folder */
	const char	*out;		/* -o FILE, or NULL */
};

/*
 * Options of a subcommand: --json, --state DIR, --help, and -o FILE when
 * with_out. Returns -1 when optind is at the first argument, else the exit
 * status: help was shown, or an option was wrong.
 */
int control_options(int argc, char **argv, const char *help, bool with_out,
    struct control_options *options);

/*
 * The receipt at argv[i]. False: said what is wrong with it.
 */
bool control_receipt(const char *command, const char *text, uint64_t *id);

/*
 * Ask and show the answer. as_lines: a single row as "name: value". A file
 * that comes back is written to options->out. Returns the exit status.
 */
int control_ask(const char *command, const struct control_options *options,
    enum control_verb verb, uint64_t id, bool as_lines);

/*
 * The same with arguments. text: show a file that comes back, behind the
 * rest, where -o does not say otherwise.
 */
struct control_question {
	enum control_verb verb;
	uint64_t	 id;
	bool		 id_is_receipt;
	struct span	 tail;
	int		 fd;		/* -1: none; borrowed */
	bool		 as_lines;
	bool		 text;
};
int control_ask_more(const char *command,
    const struct control_options *options,
    const struct control_question *question);

/*
 * Ask, and give the rows instead of showing them (in the form below), behind
 * what rows has. What is wrong is said as above. Returns the exit status.
 */
int control_collect(const char *command,
    const struct control_options *options, enum control_verb verb,
    struct buf *rows);

/*
 * sekisho_control_show.c: rows as collected, each a u64 (which fields are
 * numbers) and its tail behind a u32 length.
 */
enum err control_show(struct span rows, bool as_lines, struct buf *out)
    MUST_CHECK;
enum err control_json(struct span rows, struct span message,
    struct buf *out) MUST_CHECK;

#endif
