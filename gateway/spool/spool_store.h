/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SPOOL_STORE_H
#define SEKISHO_SPOOL_STORE_H

#include "limits.h"
#include "spool_file.h"

/*
 * Mails on disk. The folder that a file is in is its state; names are enough
 * to know what is to do when. Nothing here decides what becomes of a mail.
 * What a call did is durable after the next spool_store_sync(), not before.
 */
enum spool_state {
	SPOOL_DRAFT = 0,	/* draft/RECEIPT: not acknowledged */
	SPOOL_QUEUE,		/* queue/RECEIPT: to be delivered now */
	SPOOL_DEFERRED,		/* deferred/DUE-RECEIPT: to be tried at DUE */
	SPOOL_HELD,		/* held/RECEIPT: someone must decide */
	SPOOL_ORIGINAL,		/* original/DAY/RECEIPT: done, kept */
	SPOOL_DAMAGED,		/* damaged/NAME: set aside */
	SPOOL_STATE_N
};
const char *spool_state_name(enum spool_state state);	/* "queue" */

/* Where a mail's file is. */
struct spool_name {
	uint64_t	 id;
	uint64_t	 due_ms;	/* wall; SPOOL_DEFERRED only, else 0 */
	enum spool_state state;
};
#define SPOOL_NAME_BYTES	64

struct spool_store;

/*
 * dir is the spool folder (borrowed). Makes the folders that are missing and
 * removes all drafts: nobody was told that they are safe. Start-up only.
 */
enum err spool_store_open(struct spool_store **store, int dir,
    struct diag *diag) MUST_CHECK;
void spool_store_close(struct spool_store *store);	/* NULL is allowed */

/*
 * Is there room for so many bytes more, and the reserve of limits.h besides?
 * ERR_LIMIT: no.
 */
enum err spool_store_room(struct spool_store *store, uint64_t bytes,
    struct diag *diag) MUST_CHECK;

/* ---- from draft to queue ---- */

struct spool_draft {
	uint64_t	id;
	uint32_t	status_offset;
	uint32_t	body_offset;
};

/*
 * Begin a file: file says received_ms, about, kind and route; its id is
 * chosen here. *fd (the caller's) can only append. ERR_LIMIT, ERR_SYSTEM:
 * disk full and the like, nothing is left behind. ERR_INPUT: not an envelope.
 */
enum err spool_store_draft(struct spool_store *store, struct spool_file *file,
    struct span envelope, struct spool_draft *draft, int *fd,
    struct diag *diag) MUST_CHECK;
void spool_store_drop(struct spool_store *store, uint64_t id);

/*
 * Fix the length of the original and let the next sync make the mail part of
 * the queue. cookie comes back there. ERR_INPUT: the file is shorter than
 * that. ERR_AGAIN: SPOOL_BATCH_MAX wait, sync first. The draft is gone on
 * every error but ERR_AGAIN.
 */
enum err spool_store_commit(struct spool_store *store,
    const struct spool_draft *draft, uint64_t body_bytes, uint64_t cookie,
    struct diag *diag) MUST_CHECK;

/* ---- what is in the queue ---- */

/*
 * An open file. buf_init(&mail->front, SPOOL_FILE_FRONT_BYTES_MAX) and fd -1
 * at first; spool_mail_close() keeps the memory for the next one.
 */
struct spool_mail {
	int		  fd;		/* read only */
	struct spool_name name;
	struct buf	  front;
	struct spool_file file;
};
void spool_mail_init(struct spool_mail *mail);
void spool_mail_close(struct spool_mail *mail);
void spool_mail_fini(struct spool_mail *mail);

/*
 * ERR_INPUT: damaged, diag says how; the caller sets it aside. ERR_AGAIN:
 * there is no such file. ERR_SYSTEM: cannot be read now. mail is closed then.
 */
enum err spool_store_read(struct spool_store *store,
    const struct spool_name *name, struct spool_mail *mail, struct diag *diag)
    MUST_CHECK;

/*
 * Write the status (if with_status) and the slots [first, first + n) of
 * mail->file in place.
 */
enum err spool_store_record(struct spool_store *store,
    struct spool_mail *mail, bool with_status, uint32_t first, uint32_t n,
    struct diag *diag) MUST_CHECK;

/*
 * Give the file another state; due_ms for SPOOL_DEFERRED. name is changed on
 * success. ERR_INPUT: a file of that name is there already.
 */
enum err spool_store_move(struct spool_store *store, struct spool_name *name,
    enum spool_state to, uint64_t due_ms, struct diag *diag) MUST_CHECK;

/* Is there a file of this name? */
bool spool_store_exists(struct spool_store *store,
    const struct spool_name *name);

/*
 * Make all that was begun durable: sync files, give the commits their names
 * in queue/, sync folders. done is told about each commit. An error is one
 * of the records and moves: they may be lost in a power cut.
 */
enum err spool_store_sync(struct spool_store *store,
    void (*done)(void *arg, uint64_t id, uint64_t cookie, enum err err,
    const struct diag *diag), void *arg, struct diag *diag) MUST_CHECK;
uint32_t spool_store_commits(const struct spool_store *store);
bool spool_store_dirty(const struct spool_store *store);

/* Keep a report of the sanitizer's: report/DAY/RECEIPT.json. Not synced. */
enum err spool_store_report(struct spool_store *store, uint64_t id, int fd,
    uint64_t bytes, struct diag *diag) MUST_CHECK;

/* ---- names ---- */

/*
 * Read the names of a folder in steps, in no order. What is not a name of
 * that folder is set aside (counted in *strange). *end: it was the last step.
 */
struct spool_scan {
	void		*dir;		/* NULL: not open */
	enum spool_state state;
	uint64_t	 strange;
};
enum err spool_scan_open(struct spool_store *store, enum spool_state state,
    struct spool_scan *scan, struct diag *diag) MUST_CHECK;
enum err spool_scan_next(struct spool_store *store, struct spool_scan *scan,
    uint32_t names_max, void (*name)(void *arg, const struct spool_name *),
    void *arg, bool *end, struct diag *diag) MUST_CHECK;
void spool_scan_close(struct spool_scan *scan);

/* Text of a name inside its folder; false: bytes are not one of state. */
void spool_name_text(const struct spool_name *name,
    char text[SPOOL_NAME_BYTES]);
bool spool_name_parse(enum spool_state state, const char *text,
    struct spool_name *name);

/* ---- retention ---- */

/*
 * Erase what was kept long enough: originals of more than retain_days(route)
 * days of age (UTC days), reports of more than days_max. Zeroed at first;
 * each step looks at SPOOL_SWEEP_FILES_MAX files at most.
 */
struct spool_sweep {
	void		*days;		/* open folders; NULL: none */
	void		*files;
	bool		 reports;
	char		 day_name[16];
	uint32_t	 day;
	uint64_t	 erased;	/* originals */
	uint64_t	 reports_erased;
};
struct spool_retention {
	uint32_t	(*retain_days)(void *arg, const char *route);
	void		*arg;
	uint32_t	 days_min;	/* of all routes */
	uint32_t	 days_max;
};
enum err spool_sweep_step(struct spool_store *store, struct spool_sweep *sweep,
    const struct spool_retention *retention, uint64_t now_ms, bool *end,
    struct diag *diag) MUST_CHECK;
void spool_sweep_close(struct spool_sweep *sweep);

#endif
