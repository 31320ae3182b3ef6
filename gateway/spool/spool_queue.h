/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SPOOL_QUEUE_H
#define SEKISHO_SPOOL_QUEUE_H

#include "spool_store.h"

/*
 * The schedule: which mail is next, which next hop is up, when to try again.
 * It knows names, routes by their number, and times that the caller gives; it
 * opens nothing. Memory is fixed at the start: of each folder the mails that
 * come first are known (a window), the others stay on disk until it is empty.
 */
#define QUEUE_ROUTE_UNKNOWN	UINT32_MAX

struct spool_queue;

struct queue_entry {
	struct spool_name name;
	uint32_t	 route;		/* or QUEUE_ROUTE_UNKNOWN */
};

/* Start-up code. seed: of the jitter, anything. NULL: no memory. */
struct spool_queue *queue_new(uint64_t seed);
void queue_free(struct spool_queue *queue);	/* NULL is allowed */

/*
 * The routes of (new) rules: hops[i] is how many next hops route i has. All
 * hops count as up; what waits is taken anew with its route unknown. What is
 * under way is counted anew by the caller (queue_job_begins()).
 */
void queue_routes(struct spool_queue *queue, const uint32_t *hops, uint32_t n);
/* How many sanitizers may work at once. */
void queue_sanitizers(struct spool_queue *queue, uint32_t n);

/* ---- names ---- */

/*
 * A name was found on disk, or a mail came into being. Ignored when the mail
 * is known already; only noted ("there is more") when it lies beyond the
 * window.
 */
void queue_add(struct spool_queue *queue, const struct queue_entry *entry);

/* Should the folder (SPOOL_QUEUE, SPOOL_DEFERRED) be read (again)? */
bool queue_wants_scan(const struct spool_queue *queue, enum spool_state state);
/* Reading begins: whatever comes first may come in. */
void queue_scan_begins(struct spool_queue *queue, enum spool_state state);

/* Both folders shall be read anew: what the windows hold is forgotten. */
void queue_rescan(struct spool_queue *queue);

/*
 * The next mail to look at, due at now_ms (wall): one that waits and now has
 * room, else (if ahead) in turns of queue/ and of deferred/. It stays known
 * until queue_forget(). False: nothing now.
 */
bool queue_take(struct spool_queue *queue, uint64_t now_ms, uint64_t mono_ms,
    bool ahead, struct queue_entry *entry);
/* Finished, held, or moved: what was known under this number is not. */
void queue_forget(struct spool_queue *queue, uint64_t id);
bool queue_knows(const struct spool_queue *queue, uint64_t id);

/*
 * There is no room for it now (its route is known). False: too many of this
 * route wait, put it off on disk.
 */
bool queue_wait(struct spool_queue *queue, const struct queue_entry *entry);

/* For how long to put it off then. */
uint64_t queue_park_ms(struct spool_queue *queue, uint32_t route,
    uint64_t mono_ms);

/* Wall time when the first deferred mail known is due; UINT64_MAX: none. */
uint64_t queue_due_ms(const struct spool_queue *queue);

/* ---- room ---- */

enum queue_room {
	QUEUE_ROOM = 1,		/* begin it */
	QUEUE_FULL,		/* let it wait */
	QUEUE_DOWN		/* no next hop can be talked to */
};

/*
 * May a mail of this route be begun? QUEUE_DOWN: *retry_ms is in how many ms
 * the first hop may be tried, jitter included.
 */
enum queue_room queue_room(struct spool_queue *queue, uint32_t route,
    uint64_t mono_ms, uint64_t *retry_ms);
void queue_job_begins(struct spool_queue *queue, uint32_t route);
void queue_job_ends(struct spool_queue *queue, uint32_t route);
void queue_sanitize_begins(struct spool_queue *queue);
void queue_sanitize_ends(struct spool_queue *queue);
/* Bytes of safe mails in memory, more or less. */
void queue_safe_bytes(struct spool_queue *queue, int64_t bytes);

/* ---- next hops ---- */

/*
 * The hop for a transaction: the first one that is up, or one whose time to
 * be tried has come (for one mail at a time). tried: bits of hops that this
 * mail found down. QUEUE_ROOM: *hop is taken until queue_hop_ends().
 */
enum queue_room queue_hop_begins(struct spool_queue *queue, uint32_t route,
    uint32_t tried, uint64_t mono_ms, uint32_t *hop, uint64_t *retry_ms);
void queue_hop_ends(struct spool_queue *queue, uint32_t route, uint32_t hop,
    bool failed, uint64_t mono_ms);
/* The answer never came: give the place back, know nothing. */
void queue_hop_unknown(struct spool_queue *queue, uint32_t route,
    uint32_t hop);
/* An administrator knows better: try hops that are down at once. */
void queue_hops_retry(struct spool_queue *queue);
bool queue_hop_up(const struct spool_queue *queue, uint32_t route,
    uint32_t hop);

/* ---- times ---- */

/* How long until a mail with so many attempts behind it is tried again. */
uint64_t queue_retry_ms(struct spool_queue *queue, uint32_t attempts);
/* A time between least and most. */
uint64_t queue_between_ms(struct spool_queue *queue, uint64_t least,
    uint64_t most);

#endif
