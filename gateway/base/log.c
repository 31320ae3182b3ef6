/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines to stderr, where the service manager picks them up. One write per
 * line, so that lines of several processes do not mix.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

static char program_name[64] = "sekisho";

void
log_init(const char *program)
{
	snprintf(program_name, sizeof(program_name), "%s", program);
}

/* Escape controls so that hostile text cannot forge a line. */
static size_t
escape(char *out, size_t room, const char *text)
{
	size_t n = 0;

	for (; *text != '\0' && n + 5 < room; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f)
			n += (size_t)snprintf(out + n, room - n, "\\x%02x", c);
		else
			out[n++] = (char)c;
	}
	return n;
}

static void
line(const char *level, const char *fmt, va_list ap)
{
	char when[CLOCK_TEXT_BYTES], text[LOG_LINE_BYTES_MAX];
	char out[LOG_LINE_BYTES_MAX];
	size_t n;

	clock_rfc3339(clock_wall_ms(), when, sizeof(when));
	vsnprintf(text, sizeof(text), fmt, ap);
	n = (size_t)snprintf(out, sizeof(out), "%s %s %s: ", when, level,
	    program_name);
	n += escape(out + n, sizeof(out) - n - 1, text);
	out[n++] = '\n';
	if (write(STDERR_FILENO, out, n) == -1)
		return;		/* there is nowhere else to say it */
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("info", fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("warning", fmt, ap);
	va_end(ap);
}

void
log_alarm(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("alarm", fmt, ap);
	va_end(ap);
}

void
die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("fatal", fmt, ap);
	va_end(ap);
	exit(status);
}
