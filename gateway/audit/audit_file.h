/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_AUDIT_FILE_H
#define SEKISHO_AUDIT_FILE_H

#include "audit_folder.h"
#include "audit_key.h"

/*
 * The writer of the log. Records are collected by audit_file_add(), and by
 * one audit_file_sync() all of them are durable or none of them counts: a
 * group costs one fdatasync(). A new day begins a new file, and so does a
 * full one; the finished one is sealed.
 */
struct audit_file {
	int		 dir;		/* borrowed */
	const struct audit_key *key;	/* borrowed; has the secret */
	uint64_t	 bytes_max;	/* of one file */
	/* what is durable */
	int		 fd;		/* -1: none is open */
	struct audit_name name;
	uint64_t	 first, bytes;
	struct audit_head head;
	/* what waits */
	struct buf	 waiting;
	uint64_t	 waiting_n;
	struct audit_head next;
	bool		 head_old;	/* audit.head is behind */
};

/* What was found at the start. */
struct audit_found {
	uint64_t	torn_bytes;	/* of a last line without end, cut */
	bool		damaged;	/* the last file does not end as a log
					 * does: a new one is begun behind it */
	bool		cut;		/* records that were signed are gone */
};

void audit_file_init(struct audit_file *file, int dir,
    const struct audit_key *key);
void audit_file_close(struct audit_file *file);

/*
 * Go on where the log ends; also after an error, which has closed it. Nothing
 * is written yet, but a torn line is taken away (it was never acknowledged).
 */
enum err audit_file_open(struct audit_file *file, struct audit_found *found,
    struct diag *diag) MUST_CHECK;

/* As audit_record_add(). ERR_LIMIT, too: sync first, then again. */
enum err audit_file_add(struct audit_file *file, enum audit_type type,
    uint64_t wall_ms, struct span members) MUST_CHECK;

/*
 * On error what waited is dropped and the file is closed: whoever waited is
 * told so, and the log is opened anew before more is added. Some of it may
 * be found in the log nevertheless.
 */
enum err audit_file_sync(struct audit_file *file, uint64_t wall_ms,
    struct diag *diag) MUST_CHECK;

/* Sign how far it goes, if that is new: once a second is often enough. */
enum err audit_file_sign(struct audit_file *file, uint64_t wall_ms,
    struct diag *diag) MUST_CHECK;

enum audit_erasure {
	ERASURE_NONE,		/* nothing is old enough */
	ERASURE_DONE,		/* a file went; there may be more */
	ERASURE_STUCK		/* one should go, but is not sealed well:
				 * somebody has to look at it */
};

/*
 * audit_erase.c: erase the oldest file if it is sealed and the last day that
 * it has a record of is before this one ("20260101"). That it goes is a
 * record, durable before it goes: when the power goes between the two there
 * is a second such record, which does no harm. name: which one it is about.
 */
enum err audit_file_erase(struct audit_file *file, const char *day,
    uint64_t wall_ms, enum audit_erasure *what, struct audit_name *name,
    struct diag *diag) MUST_CHECK;

/* The day of the last record of a file, or of its name when it has none. */
enum err audit_last_day(int dir, const struct audit_name *name, char day[9],
    struct diag *diag) MUST_CHECK;

#endif
