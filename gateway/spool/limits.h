/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SPOOL_LIMITS_H
#define SEKISHO_SPOOL_LIMITS_H

/* Drafts that receivers write at the same time. */
#define SPOOL_DRAFTS_MAX	4096

/* Mails known by name in memory, per folder; the others stay on disk only. */
#define SPOOL_WINDOW_MAX	16384
/* Names read from a folder in one step, so that a round stays short. */
#define SPOOL_SCAN_NAMES_MAX	4096

/* Mails under way at once, of all routes and of one route. */
#define SPOOL_JOBS_MAX		128
#define SPOOL_JOBS_ROUTE_MAX	32
/* Mails of a route that wait in memory for room; more are put off. */
#define SPOOL_WAITING_MAX	16384
#define SPOOL_WAITING_ALL_MAX	32768
/* Safe mails held in memory for next hops: beyond it none is begun. */
#define SPOOL_SAFE_BYTES_MAX	(256u * 1024 * 1024)
/* Files looked into in one round. */
#define SPOOL_LOOK_MAX		256

#define SPOOL_ROUTES_MAX	64
#define SPOOL_HOPS_MAX		16
#define SPOOL_SEGMENTS_MAX	64

/* Transactions at once with one next hop; recipients of one. */
#define SPOOL_HOP_PARALLEL	20
#define SPOOL_TRANSACTION_MAX	50

/* Commits and records that share one round of syncs. */
#define SPOOL_BATCH_MAX		256
/* From so many files on, one sync of the file system is the cheaper way. */
#define SPOOL_SYNCFS_FILES_MIN	4
/* A record alone (no commit waits for an answer) may wait so long. */
#define SPOOL_RECORD_DELAY_MS	10

/* Kept free on disk: below it no mail is accepted. */
#define SPOOL_FREE_BYTES_MIN	(128u * 1024 * 1024)
#define SPOOL_FREE_FILES_MIN	1024
/* How long one look at the free space counts. */
#define SPOOL_SPACE_MS		500

/* Retry of a mail: doubling from first to last, with a fifth of jitter. */
#define SPOOL_RETRY_FIRST_MS	(60 * 1000)
#define SPOOL_RETRY_LAST_MS	(3600 * 1000)
/* A next hop that cannot be talked to: doubling from first to last. */
#define SPOOL_HOP_RETRY_FIRST_MS (5 * 1000)
#define SPOOL_HOP_RETRY_LAST_MS	(10 * 60 * 1000)
/* A mail that finds no room in memory is put off, by the route's pace. */
/* So many in one tick; then none is looked at. */
#define SPOOL_PARKED_MAX	256
#define SPOOL_PARK_FIRST_MS	500
#define SPOOL_PARK_LAST_MS	(300 * 1000)
/* One that the disk does not give is looked at again after so long. */
#define SPOOL_UNREAD_MS		(60 * 1000)
/* No mail is put off for so long: if it seems so, a clock was wrong. */
#define SPOOL_DUE_AHEAD_MS	(2 * SPOOL_RETRY_LAST_MS)
#define SPOOL_CLOCK_BACK_MS	(60 * 1000)	/* is a clock set back */
/* Tell the sender that a mail is late, once. */
#define SPOOL_DELAY_MS		(4 * 3600 * 1000)

/* No answer of a peer for so long: the mail is tried again. */
#define SPOOL_SANITIZE_MS	(180 * 1000)
#define SPOOL_VERIFY_MS		(60 * 1000)
#define SPOOL_AUDIT_MS		(30 * 1000)
#define SPOOL_DELIVER_MS	(45 * 60 * 1000)

/* A peer that dies so often over one mail: the mail is held. */
#define SPOOL_CRASHES_MAX	3
/* A peer that is away or busy: the mail is tried again after so long. */
#define SPOOL_AWAY_MS		(3 * 1000)
/* At a stop: so long for deliveries that have begun. */
#define SPOOL_STOP_MS		(5 * 1000)
/* How often time-outs and times that are due are looked at. */
#define SPOOL_TICK_MS		250

/* The administrator's questions at once; rows a step; a slow reader. */
#define SPOOL_CONTROLS_MAX	8
#define SPOOL_CONTROL_ROWS_MAX	64
#define SPOOL_CONTROL_MS	(30 * 1000)

/* Retention: how often a sweep begins, files looked at in one step. */
#define SPOOL_SWEEP_MS		(3600 * 1000)
#define SPOOL_SWEEP_STEP_MS	50
#define SPOOL_SWEEP_FILES_MAX	64

/* Counting what waits: files looked at in one step, and how often. */
#define SPOOL_CENSUS_FILES_MAX	128
#define SPOOL_CENSUS_STEP_MS	50
#define SPOOL_CENSUS_MS		1000

/* A report is small; a longer one is not kept. */
#define SPOOL_REPORT_BYTES_MAX	(4u * 1024 * 1024)

#endif
