/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_ERR_H
#define SEKISHO_BASE_ERR_H

#include <stdint.h>

/*
 * Expected trouble. A closed set: one table maps it to SMTP replies and to
 * counters. Our own bugs are not here, they abort by require().
 */
enum err {
	OK = 0,
	ERR_AGAIN,	/* not now: try again later, nothing was lost */
	ERR_INPUT,	/* the bytes are not what they should be */
	ERR_LIMIT,	/* a named limit was reached */
	ERR_POLICY,	/* understood, and not allowed */
	ERR_SYSTEM	/* the machine refused: see the errno of the diag */
};

#define MUST_CHECK	__attribute__((warn_unused_result))
/*
 * Of a large buffer on the stack that is filled before it is read: not zeroed
 * first, as our compiler flags have it for everything else.
 */
#define NOT_ZEROED	__attribute__((uninitialized))
#define PRINTF(f, a)	__attribute__((format(printf, f, a)))
#define NORETURN	__attribute__((noreturn))

#define DIAG_WHAT_BYTES_MAX	160

/*
 * Filled once, where the trouble is; printed once, in the daemon or tool.
 */
struct diag {
	enum err	err;
	int		errnum;		/* 0 when no system call was involved */
	uint64_t	offset;		/* in the input, if it has one */
	char		what[DIAG_WHAT_BYTES_MAX];	/* NUL-terminated */
};

/* The name of an error for logs: "ok", "again", "input", ... Never NULL. */
const char *err_name(enum err err);

/*
 * Fill diag (which may be NULL) with ERR_SYSTEM, the present errno and what
 * was tried ("sync draft"). Returns ERR_SYSTEM, so that one can return it.
 */
enum err diag_system(struct diag *diag, const char *what);

/* Fill diag (which may be NULL) with err and a message. Returns err. */
enum err diag_set(struct diag *diag, enum err err, const char *fmt, ...)
    PRINTF(3, 4);

/*
 * Our own bug: say where and abort, in production too. Never used for
 * anything that input, disk or network can cause.
 */
#define require(cond)	((cond) ? (void)0 : \
	require_failed(#cond, __FILE__, __LINE__))
NORETURN void require_failed(const char *cond, const char *file, int line);

#endif
