/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_TOOLS_COMMANDS_H
#define SEKISHO_TOOLS_COMMANDS_H

#include "../gateway/base/buf.h"

/*
 * The subcommands of `sekisho`, one file each. argv[0] is the subcommand
 * ("check"); the result is the exit status.
 */
#define EXIT_DONE	0	/* done, or yes */
#define EXIT_NO		1	/* a difference, a finding, a held mail */
#define EXIT_USAGE	2
#define EXIT_REFUSED	3	/* refused, or invalid input */
#define EXIT_SYSTEM	4

int cmd_check(int argc, char **argv);
int cmd_print(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_matrix(int argc, char **argv);
int cmd_sanitize(int argc, char **argv);
int cmd_formats(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_queue(int argc, char **argv);
int cmd_held(int argc, char **argv);
int cmd_original(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_apply(int argc, char **argv);
int cmd_confirm(int argc, char **argv);
int cmd_rollback(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_capture(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_cut(int argc, char **argv);
int cmd_uncut(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_metrics(int argc, char **argv);
int cmd_stop(int argc, char **argv);

#define RULES_FILE_DEFAULT	"/etc/sekisho/sekisho.rules"
#define STATE_DIR_DEFAULT	"/var/lib/sekisho"
#define OUTPUT_BYTES_MAX	(256u * 1024 * 1024)

/* Say what is wrong with the command line, and where the help is. */
int usage_error(const char *command, const char *fmt, ...) PRINTF(2, 3);

/* Everything of buf to standard output; frees it. EXIT_SYSTEM on trouble. */
int output(struct buf *buf, int status);

#endif
