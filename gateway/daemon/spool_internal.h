/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_DAEMON_SPOOL_INTERNAL_H
#define SEKISHO_DAEMON_SPOOL_INTERNAL_H

#include "../../rules/rules.h"
#include "../base/log.h"
#include "../base/receipt.h"
#include "../proc/counters.h"
#include "../proc/ipc.h"
#include "../proc/role.h"
#include "../spool/spool_dsn.h"
#include "../spool/spool_map.h"
#include "../spool/spool_queue.h"

/*
 * The parts of sekisho-spool: spool.c (start, rules, peers, rounds),
 * spool_draft.c (receivers), spool_schedule.c (which mail is begun),
 * spool_flow.c (its way through the other processes), spool_outcome.c (what
 * becomes of it), spool_notify.c (status notifications), spool_control.c (the
 * administrator's questions), spool_audit.c (the audit log), spool_census.c
 * (what waits, and for how long).
 */
struct spool_daemon;

/* A route of the present rules, with its name as a string. */
struct daemon_route {
	struct rules_route rules;
	char		name[SPOOL_ROUTE_BYTES_MAX + 1];
};

struct daemon_peer {
	struct spool_daemon *daemon;
	struct ipc_channel *channel;	/* NULL: away */
	enum role_id	role;
	uint32_t	segment;
	uint32_t	drafts_n;	/* that a receiver has */
};

/* What a receiver is writing. */
struct daemon_draft {
	struct spool_draft draft;	/* id 0: free */
	struct daemon_peer *peer;	/* NULL: went away */
	uint64_t	session;
	uint32_t	route;		/* UNKNOWN: new rules came since */
	uint64_t	bytes_max;	/* of its route at the time */
	bool		committing;
	uint64_t	body_bytes;	/* that are being committed */
	uint32_t	free_next;	/* counted from 1 */
};

/*
 * A mail under way:
 *
 *   SANITIZE -> VERIFY -> READY <-> DELIVER -> NOTIFY -> AUDIT -> (moved)
 *
 * READY: waits for a place at the next hop. NOTIFY: waits until the
 * notification about it is in the queue; AUDIT: until the record of its
 * outcome is durable. Only then it moves on.
 */
enum job_state {
	JOB_FREE = 0,
	JOB_SANITIZE,
	JOB_VERIFY,
	JOB_READY,
	JOB_DELIVER,
	JOB_NOTIFY,
	JOB_AUDIT
};

/* What follows when its record is durable. */
enum job_end { JOB_FINISH = 0, JOB_HOLD };

struct job {
	enum job_state	state;
	uint32_t	serial;		/* counts the users of this place */
	struct spool_mail mail;
	uint32_t	route;		/* UNKNOWN: not in the rules */
	bool		counted;	/* in the queue's jobs of the route */
	bool		sanitizing;	/* in the queue's sanitizers */
	int		safe_fd;
	uint64_t	safe_bytes;
	uint8_t		sha256[32];
	bool		verified;	/* the verifier named that digest */
	uint64_t	begun_ns;
	uint64_t	deadline_ms;	/* monotonic; of the present state */
	/* delivery */
	uint32_t	segment;
	uint32_t	hop;
	bool		maildir;	/* the hop is a final store */
	uint32_t	tried;		/* bits of hops found down */
	uint32_t	batch_n;
	uint8_t		batch[SPOOL_TRANSACTION_MAX];	/* recipients */
	bool		attempted[ENVELOPE_RECIPIENTS_MAX];
	char		last_text[SPOOL_TEXT_BYTES_MAX + 1];
	bool		status_dirty;
	bool		results_dirty;
	/* after delivery */
	uint64_t	retry_ms;	/* put off for so long; 0: by count */
	enum dsn_action	notice;		/* being committed */
	uint32_t	notices_done;	/* bits 1 << enum dsn_action */
	uint64_t	notice_id;
	/* of the audit log */
	int		report_fd;	/* sealed; -1: none */
	uint64_t	report_bytes;
	enum job_end	ends;
	bool		audited;
};

#define JOBS_N	(SPOOL_JOBS_MAX + 1)	/* one more, to look into a file */

struct control;

struct spool_daemon {
	struct loop	*loop;
	struct spool_store *store;
	struct spool_queue *queue;
	int		 folder;

	struct rules_image *image;	/* NULL until MSG_RULES */
	struct span	 image_bytes;
	uint64_t	 generation;
	uint32_t	 routes_n;
	struct daemon_route routes[SPOOL_ROUTES_MAX];

	struct daemon_peer supervisor, sanitize, verify, audit;
	bool		 audit_known;	/* it has said whether it is open */
	bool		 audit_open;
	struct daemon_peer deliver[SPOOL_SEGMENTS_MAX];
	struct daemon_peer receive[SPOOL_SEGMENTS_MAX];

	struct spool_map *draft_map;	/* id -> index in drafts */
	struct daemon_draft *drafts;	/* [0] is not used */
	uint32_t	 draft_free;
	uint32_t	 drafts_n;

	struct spool_map *job_map;	/* id -> index in jobs */
	struct job	*jobs;
	uint32_t	 job_hint;
	uint32_t	 parked;	/* had no room, in this tick */

	struct spool_scan scan;
	uint64_t	 scan_names;	/* found so far */
	uint64_t	 rescan_ms;	/* monotonic; 0: need not be */
	int64_t		 clock_offset;	/* of wall and monotonic time */
	uint64_t	 queued, deferred, held;

	struct loop_timer tick, again, record, sweep_timer, census_timer;
	struct spool_sweep sweep;
	bool		 record_due;
	bool		 stopping;
	uint64_t	 stop_ms;	/* monotonic: no longer than that */

	struct control	*controls;
};

#define NO_SPAN		((struct span){ NULL, 0 })
/* For log lines: a span as "%.*s", short enough for a line. */
#define SHOW(s)		(int)((s).len > 200 ? 200 : (s).len), \
			(s).len > 0 ? (const char *)(s).ptr : ""

/* ---- spool.c ---- */
/* Come round again at once: there is more to do. */
void daemon_again(struct spool_daemon *daemon);
/* Tell the supervisor, once there are rules and the log's state is known. */
void daemon_ready(struct spool_daemon *daemon);
/* Sync what was begun and tell those who wait. */
void daemon_sync(struct spool_daemon *daemon);
/* The index of a route by its name, or QUEUE_ROUTE_UNKNOWN. */
uint32_t daemon_route(const struct spool_daemon *daemon, const char *name);
void daemon_gauges(const struct spool_daemon *daemon);
/* What stands behind the last @ of an address. */
struct span address_domain(struct span address);

/* ---- spool_draft.c ---- */
enum err draft_start(struct spool_daemon *daemon) MUST_CHECK;
void draft_new(struct spool_daemon *daemon, struct daemon_peer *peer,
    const struct ipc_message *message);
void draft_commit(struct spool_daemon *daemon, struct daemon_peer *peer,
    const struct msg_draft_commit *commit);
void draft_drop(struct spool_daemon *daemon, struct daemon_peer *peer,
    const struct msg_draft_drop *drop);
/* The receiver is gone: so are its drafts. */
/* Routes have new numbers; drafts go on under the rules they began with. */
void draft_routes(struct spool_daemon *daemon);
void draft_peer_gone(struct spool_daemon *daemon, struct daemon_peer *peer);
/* A commit of one of them was synced (or was not). */
void draft_done(struct spool_daemon *daemon, uint32_t i, enum err err,
    const struct diag *diag);

/* ---- spool_schedule.c ---- */
/* Begin what can be begun; bounded work. */
void schedule_round(struct spool_daemon *daemon);
/* Times that are due, and the clock that they go by. */
void schedule_tick(struct spool_daemon *daemon);
/* A mail could not be moved: it is found again by reading its folder. */
void schedule_again(struct spool_daemon *daemon, uint64_t id);

/* ---- spool_flow.c ---- */
enum err flow_start(struct spool_daemon *daemon) MUST_CHECK;
/* The first step of a mail that was begun. */
void flow_begin(struct spool_daemon *daemon, struct job *job);
void flow_tick(struct spool_daemon *daemon);
void flow_sanitized(struct spool_daemon *daemon, struct ipc_message *message);
void flow_verified(struct spool_daemon *daemon,
    const struct ipc_message *message);
void flow_delivered(struct spool_daemon *daemon,
    const struct daemon_peer *peer, const struct ipc_message *message);
/* Send the next transaction, or end the attempt. */
void flow_deliver(struct spool_daemon *daemon, struct job *job);
/* A place at a hop is free, or a hop is up: those that wait go on. */
void flow_kick(struct spool_daemon *daemon);
/* What the peer had is to be tried again. */
void flow_peer_gone(struct spool_daemon *daemon, struct daemon_peer *peer);
/* New rules: routes have other numbers. */
void flow_routes(struct spool_daemon *daemon);
uint32_t flow_delivering(const struct spool_daemon *daemon);
/* A free place with the mail read into it, or NULL with *err. */
struct job *job_open(struct spool_daemon *daemon,
    const struct spool_name *name, enum err *err, struct diag *diag);
/* Into the table of those under way (until job_free()). */
void job_enter(struct spool_daemon *daemon, struct job *job);
/* The same, and counted in the schedule. */
void job_begin(struct spool_daemon *daemon, struct job *job);
void job_free(struct spool_daemon *daemon, struct job *job);
struct job *job_find(struct spool_daemon *daemon, uint64_t id);

/* ---- spool_outcome.c: each of these ends the job, or leaves it to a
 * notification that is waited for ---- */
/* Every recipient was tried that could be: finish or put off. */
void outcome_attempt_ends(struct spool_daemon *daemon, struct job *job);
void outcome_hold(struct spool_daemon *daemon, struct job *job,
    const char *reason);
/* Not its fault: again in a moment, with nothing recorded. */
void outcome_again(struct spool_daemon *daemon, struct job *job);
/* A peer died over it. */
void outcome_crashed(struct spool_daemon *daemon, struct job *job,
    const char *what);
/* Every recipient that is pending gets this result (REJECTED, ...). */
void outcome_final(struct spool_daemon *daemon, struct job *job,
    enum spool_result_state state);
/* What the hop at hand said, and which one it was: for people. */
void outcome_reason(struct spool_daemon *daemon, struct job *job,
    struct span text);
/* Held, and to be delivered in its safe form all the same. */
void outcome_release(struct spool_daemon *daemon, struct job *job);
/* After a notification, or without one. */
void outcome_settle(struct spool_daemon *daemon, struct job *job);
/* The record of it is durable; or could not be made, and the mail waits. */
void outcome_audited(struct spool_daemon *daemon, struct job *job);
void outcome_unaudited(struct spool_daemon *daemon, struct job *job);
/* The notification could not be written: the mail stays, to be tried again. */
void outcome_untold(struct spool_daemon *daemon, struct job *job);
/* Is it too late for this mail? */
bool outcome_is_expired(const struct spool_daemon *daemon,
    const struct job *job);
/* Put off before it was begun. False: its file stays where it is. */
bool outcome_put_off(struct spool_daemon *daemon,
    const struct queue_entry *entry, uint64_t delay_ms);
void outcome_damaged(struct spool_daemon *daemon,
    const struct spool_name *name, const struct diag *diag);

/* ---- spool_notify.c ---- */
enum notify_answer {
	NOTIFY_NONE = 1,	/* none is left to send */
	NOTIFY_BEGUN,		/* being committed; outcome_settle() follows */
	NOTIFY_LATER		/* could not be written: disk full */
};
/* Begin the next notification that the mail asks for. */
enum notify_answer notify_next(struct spool_daemon *daemon, struct job *job);
/* Its commit was synced (or was not). */
void notify_done(struct spool_daemon *daemon, struct job *job, enum err err,
    const struct diag *diag);
/* The notification's own bytes as a sealed memory file; -1: see diag. */
int notify_memfd(const struct job *job, struct diag *diag);

/* ---- spool_audit.c ---- */
/*
 * Record what becomes of a mail; outcome_audited() or outcome_unaudited()
 * follows. False: the log is closed, and nothing follows.
 */
bool audit_mail(struct spool_daemon *daemon, struct job *job,
    const char *outcome, const char *why);
void audit_done(struct spool_daemon *daemon,
    const struct msg_audited *answer);
/* False: it cannot be recorded, so it must not be done. receipt: or "". */
bool audit_admin(struct spool_daemon *daemon, uint32_t uid, const char *act,
    const char *receipt);
/* Nobody waits for it; what cannot be told is counted (audit-lost). */
void audit_rejected(struct spool_daemon *daemon,
    const struct msg_rejected *rejected, struct span words);
void audit_state(struct spool_daemon *daemon, bool open, struct span why);

/* ---- spool_census.c ---- */
void census_start(void);
/* Go on counting; in how many ms to come again. */
uint64_t census_step(struct spool_daemon *daemon);

/* ---- spool_control.c ---- */
enum err control_start(struct spool_daemon *daemon) MUST_CHECK;
/* Takes fd. */
void control_new(struct spool_daemon *daemon, int fd,
    const struct msg_control *control);

#endif
