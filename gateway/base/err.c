/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of errors, the diagnosis that travels with one, and the abort for
 * our own bugs. Printing a diag is left to daemons and tools.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"

const char *
err_name(enum err err)
{
	switch (err) {
	case OK:
		return "ok";
	case ERR_AGAIN:
		return "again";
	case ERR_INPUT:
		return "input";
	case ERR_LIMIT:
		return "limit";
	case ERR_POLICY:
		return "policy";
	case ERR_SYSTEM:
		return "system";
	}
	return "unknown";
}

enum err
diag_system(struct diag *diag, const char *what)
{
	int errnum = errno;

	if (diag != NULL) {
		diag->err = ERR_SYSTEM;
		diag->errnum = errnum;
		diag->offset = 0;
		snprintf(diag->what, sizeof(diag->what), "%s: %s", what,
		    strerror(errnum));
	}
	return ERR_SYSTEM;
}

enum err
diag_set(struct diag *diag, enum err err, const char *fmt, ...)
{
	va_list ap;

	if (diag != NULL) {
		diag->err = err;
		diag->errnum = 0;
		diag->offset = 0;
		va_start(ap, fmt);
		vsnprintf(diag->what, sizeof(diag->what), fmt, ap);
		va_end(ap);
	}
	return err;
}

void
require_failed(const char *cond, const char *file, int line)
{
	fprintf(stderr, "%s:%d: bug: not true: %s\n", file, line, cond);
	abort();
}
