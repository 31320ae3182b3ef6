/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_LOG_H
#define SEKISHO_BASE_LOG_H

#include "err.h"

/*
 * One line to stderr: "TIME LEVEL program: text". For daemons, workers and
 * tools only: libraries return an enum err and a diag. Control characters in
 * the text are written as \xNN, a line never exceeds LOG_LINE_BYTES_MAX.
 */
#define LOG_LINE_BYTES_MAX	1024

/* The name in front of each line, as "receive@internet"; copied. */
void log_init(const char *program);

void log_info(const char *fmt, ...) PRINTF(1, 2);
void log_warn(const char *fmt, ...) PRINTF(1, 2);

/* Needs a person's attention: something was held, refused or restarted. */
void log_alarm(const char *fmt, ...) PRINTF(1, 2);

/* Cannot start, or cannot go on safely: one line, then exit(status). */
NORETURN void die(int status, const char *fmt, ...) PRINTF(2, 3);

#endif
