/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_AUDIT_FOLDER_H
#define SEKISHO_AUDIT_FOLDER_H

#include "audit_record.h"

/*
 * The folder of the log:
 *
 *	audit-NNNNNNNN-YYYYMMDD.log	records; NNNNNNNN counts from 1, the
 *					day is that of its beginning
 *	audit-NNNNNNNN-YYYYMMDD.seal	its seal (audit_seal.h), once finished
 *	audit.head			the seal of the one being written
 *	audit.pub			the public key, for convenience: who
 *					checks has his own copy
 */
#define AUDIT_HEAD_NAME	"audit.head"

struct audit_name {
	char		text[AUDIT_NAME_BYTES];	/* with .log */
	uint64_t	number;
};

/* False: not a name of ours. */
bool audit_name_read(const char *text, struct audit_name *name);
/* wall_ms: the day in the machine's zone. */
void audit_name_make(struct audit_name *name, uint64_t number,
    uint64_t wall_ms);
/* "20261127" of a time, as it stands in names. */
void audit_day(uint64_t wall_ms, char day[9]);
/* The day that stands in a name. */
void audit_name_day(const struct audit_name *name, char day[9]);
/* The name with .seal in the place of .log. */
void audit_name_seal(const struct audit_name *name,
    char text[AUDIT_NAME_BYTES]);

/* All of them by number, as an array of struct audit_name in names. */
enum err audit_folder_list(int dir, struct buf *names, size_t *n,
    struct diag *diag) MUST_CHECK;

/*
 * Lines of one file, in their order. The span is good until the next call.
 */
struct audit_reader {
	int		 fd;
	uint64_t	 at;		/* offset of the line behind */
	/* private */
	struct buf	 window;
	size_t		 used;
};
/* Takes fd; begins at offset, which must be the beginning of a line. */
void audit_reader_init(struct audit_reader *reader, int fd, uint64_t offset);
void audit_reader_fini(struct audit_reader *reader);
/*
 * line has its newline. ERR_AGAIN: the end. ERR_INPUT: what is left has no
 * newline; ERR_LIMIT: the line is too long; reader->at is where it begins.
 */
enum err audit_reader_next(struct audit_reader *reader, struct span *line,
    struct diag *diag) MUST_CHECK;

#endif
