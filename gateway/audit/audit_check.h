/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_AUDIT_CHECK_H
#define SEKISHO_AUDIT_CHECK_H

#include "audit_folder.h"
#include "audit_key.h"

/*
 * Is the log as it was written? The chain of all records, every seal, and the
 * head. What is wrong is told one by one, the first broken record first; the
 * check goes on behind it.
 */
struct audit_finding {
	const char	*file;
	uint64_t	 line;		/* 0: the file as a whole */
	uint64_t	 seq;		/* of the record; 0: none */
	const char	*what;		/* a sentence */
};

struct audit_check {
	const struct audit_key *key;	/* NULL: as the seals name theirs */
	void		(*finding)(void *arg, const struct audit_finding *);
	void		*arg;		/* borrowed */
	/* the result */
	uint64_t	 files, sealed, records, bytes, findings;
	uint64_t	 first;		/* seq of the oldest record */
	uint64_t	erased_by;	/* seq of the record that proves that
					 * those before it were erased */
	struct audit_head last;
	uint64_t	 unsealed;	/* records behind the last signature */
	bool		 torn;		/* the last line has no end */
};

/* ERR_SYSTEM: the folder or a file could not be read. Else OK: see findings. */
enum err audit_check_folder(struct audit_check *check, int dir,
    struct diag *diag) MUST_CHECK;

/*
 * For the writer: the end of one file's chain. *good is the bytes up to the
 * last whole line; *in is where the chain stood before it and moves on.
 * ERR_INPUT: the chain is broken in it, and diag says where.
 */
enum err audit_check_end(int dir, const struct audit_name *name,
    struct audit_head *in, uint64_t *first, uint64_t *good,
    struct diag *diag) MUST_CHECK;

#endif
