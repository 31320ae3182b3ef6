/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_AUDIT_FOLLOW_H
#define SEKISHO_AUDIT_FOLLOW_H

#include "audit_folder.h"

/* Between two lines of the log. */
struct audit_position {
	uint64_t	number;		/* of the file */
	uint64_t	offset;		/* in it, of the line behind */
	uint64_t	seq;		/* of the record before */
};

/* "3 4711 99\n". False: it is none. */
bool audit_position_read(struct span text, struct audit_position *position);
enum err audit_position_text(const struct audit_position *position,
    struct buf *out) MUST_CHECK;

/*
 * The lines of the log from a position on, over files, while it grows. What
 * was erased meanwhile is passed over.
 */
struct audit_follow {
	int		 dir;		/* borrowed */
	struct audit_position at;
	/* of the last line: what it says, if it is a record */
	bool		 is_record;
	struct audit_line record;
	/* private */
	bool		 open;
	struct audit_reader reader;
};

void audit_follow_init(struct audit_follow *follow, int dir,
    const struct audit_position *at);
void audit_follow_fini(struct audit_follow *follow);

/*
 * The next line, with its newline; it is good until the next call. last: the
 * number of the file that is being written, which may grow. ERR_AGAIN: the
 * end. ERR_SYSTEM: see diag; the next call tries again.
 */
enum err audit_follow_next(struct audit_follow *follow, uint64_t last,
    struct span *line, struct diag *diag) MUST_CHECK;

#endif
