/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TOOLS_CONTROL_H
#define SEKISHO_TOOLS_CONTROL_H

#include <stdbool.h>

#include "../gateway/base/json.h"
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

/* Without --state: the folder of the environment, or the usual one. */
void control_state(struct control_options *options);

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
 * The same with arguments.
 */
struct control_question {
	enum control_verb verb;
	uint64_t	 id;
	bool		 id_is_receipt;
	struct span	 tail;
	int		 fd;		/* -1: none; borrowed */
	bool		 as_lines;
	bool		 keep_file;	/* control_get(): not to options->out */
};
int control_ask_more(const char *command,
    const struct control_options *options,
    const struct control_question *question);

/*
 * Ask only. False: said what went wrong on the way, and the status is what to
 * exit with. control_answer_fini() after every return.
 */
struct control_answer {
	struct buf	rows;		/* as control_show() takes them */
	struct buf	message;
	unsigned	status;		/* of the exit; what the gateway says */
	bool		ended;
	int		file;		/* that came back; -1: none kept */
	struct msg_control_file where;	/* its bytes in it */
};
bool control_get(const char *command, const struct control_options *options,
    const struct control_question *question, struct control_answer *answer);
void control_answer_fini(struct control_answer *answer);

/* The last word of the gateway, about a receipt unless id is 0. */
void control_message(const char *command,
    const struct control_answer *answer, uint64_t id);

/*
 * Text to a new file at path, never over an old one (ERR_POLICY), readable
 * for its owner only.
 */
enum err control_save(const char *path, struct span text, struct diag *diag)
    MUST_CHECK;

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
/* "rows" as a field of an open object. False: they are damaged. */
bool control_json_rows(struct json *json, struct span rows) MUST_CHECK;
/* A number of the first row. False: there is none. */
bool control_number(struct span rows, const char *name, uint64_t *number)
    MUST_CHECK;

#endif
