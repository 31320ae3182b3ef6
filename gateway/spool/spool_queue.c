/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The schedule. Each of queue/ and deferred/ has a window: a heap of the
 * names that come first. What lies behind its horizon is on disk only, and is
 * read when the window has run empty. A mail whose route has no room waits in
 * that route's list, so that it is not in the way of others.
 */
#include <stdlib.h>
#include <string.h>

#include "spool_map.h"
#include "spool_queue.h"

/* A full window keeps so many and lets the others go. */
#define WINDOW_KEEP	(SPOOL_WINDOW_MAX / 4 * 3)
/* Mails a second of a route: taken at first, and at least. */
#define RATE_FIRST	1000
#define RATE_LEAST	10
#define KNOWN_MAX	(2 * SPOOL_WINDOW_MAX + SPOOL_WAITING_ALL_MAX + \
			SPOOL_JOBS_MAX)

struct window {
	struct queue_entry *entries;	/* heap; [0] comes first */
	uint32_t	 n;
	uint64_t	 horizon;	/* keys beyond it are on disk only */
	bool		 more;		/* there may be such */
};

struct node {
	struct queue_entry entry;
	uint32_t	 next;		/* counted from 1 */
};

struct hop {
	bool		 down;
	bool		 probing;
	uint32_t	 failures;
	uint32_t	 in_flight;
	uint64_t	 retry_mono_ms;
};

struct route {
	uint32_t	 hops_n;
	uint32_t	 jobs;
	uint32_t	 first, last;	/* of what waits; 0: none */
	uint32_t	 waiting;
	uint32_t	 parked;	/* since the list was last empty */
	uint64_t	 ended;		/* jobs, and at the last look */
	uint64_t	 ended_then;
	uint64_t	 then_ms;
	uint64_t	 rate;		/* jobs a second */
	struct hop	 hops[SPOOL_HOPS_MAX];
};

struct spool_queue {
	struct window	 fresh, deferred;
	bool		 deferred_turn;
	struct spool_map *known;
	struct node	*nodes;		/* [0] is not used */
	uint32_t	 free_first;
	uint32_t	 routes_n;
	uint32_t	 route_turn;
	struct route	 routes[SPOOL_ROUTES_MAX];
	uint32_t	 jobs;
	uint32_t	 sanitizers_max;
	uint32_t	 sanitizing;
	int64_t		 safe_bytes;
	uint64_t	 random;
};

struct spool_queue *
queue_new(uint64_t seed)
{
	/* start-up: once, of a fixed size */
	struct spool_queue *queue = calloc(1, sizeof(*queue));

	if (queue == NULL)
		return NULL;
	queue->random = seed == 0 ? 1 : seed;
	queue->sanitizers_max = 1;
	/* start-up: once, of a fixed size */
	queue->fresh.entries = calloc(SPOOL_WINDOW_MAX,
	    sizeof(*queue->fresh.entries));
	/* start-up: once, of a fixed size */
	queue->deferred.entries = calloc(SPOOL_WINDOW_MAX,
	    sizeof(*queue->deferred.entries));
	/* start-up: once, of a fixed size */
	queue->nodes = calloc(SPOOL_WAITING_ALL_MAX + 1,
	    sizeof(*queue->nodes));
	queue->known = spool_map_new(KNOWN_MAX);
	if (queue->fresh.entries == NULL || queue->deferred.entries == NULL ||
	    queue->nodes == NULL || queue->known == NULL) {
		queue_free(queue);
		return NULL;
	}
	/* nothing is known of the folders yet */
	queue->fresh.more = queue->deferred.more = true;
	for (uint32_t i = SPOOL_WAITING_ALL_MAX; i > 0; i--) {
		queue->nodes[i].next = queue->free_first;
		queue->free_first = i;
	}
	return queue;
}

void
queue_free(struct spool_queue *queue)
{
	if (queue == NULL)
		return;
	free(queue->fresh.entries);
	free(queue->deferred.entries);
	free(queue->nodes);
	spool_map_free(queue->known);
	free(queue);
}

/* ---- windows ---- */

/* Fresh mails by number, that is by age; deferred ones by their time. */
static uint64_t
key_of(const struct queue_entry *entry)
{
	return entry->name.state == SPOOL_DEFERRED ? entry->name.due_ms :
	    entry->name.id;
}

static void
sift_up(struct window *w, uint32_t i)
{
	struct queue_entry entry = w->entries[i];

	while (i > 0 && key_of(&w->entries[(i - 1) / 2]) > key_of(&entry)) {
		w->entries[i] = w->entries[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	w->entries[i] = entry;
}

static void
sift_down(struct window *w, uint32_t i)
{
	struct queue_entry entry = w->entries[i];
	uint32_t child;

	while ((child = 2 * i + 1) < w->n) {
		if (child + 1 < w->n && key_of(&w->entries[child + 1]) <
		    key_of(&w->entries[child]))
			child++;
		if (key_of(&w->entries[child]) >= key_of(&entry))
			break;
		w->entries[i] = w->entries[child];
		i = child;
	}
	w->entries[i] = entry;
}

static int
compare(const void *a, const void *b)
{
	uint64_t ka = key_of(a), kb = key_of(b);

	return ka < kb ? -1 : ka > kb;
}

/* A sorted array is a heap, too. */
static void
window_trim(struct spool_queue *queue, struct window *w)
{
	qsort(w->entries, w->n, sizeof(*w->entries), compare);
	for (uint32_t i = WINDOW_KEEP; i < w->n; i++)
		spool_map_remove(queue->known, w->entries[i].name.id);
	w->n = WINDOW_KEEP;
	w->horizon = key_of(&w->entries[WINDOW_KEEP - 1]);
	w->more = true;
}

static struct window *
window_of(struct spool_queue *queue, enum spool_state state)
{
	require(state == SPOOL_QUEUE || state == SPOOL_DEFERRED);
	return state == SPOOL_QUEUE ? &queue->fresh : &queue->deferred;
}

/*
 * A mail that just came in on a route where nobody waits need not stand
 * behind the long queue of another route.
 */
static bool
add_directly(struct spool_queue *queue, const struct queue_entry *entry)
{
	return entry->name.state == SPOOL_QUEUE &&
	    entry->route < queue->routes_n &&
	    queue->routes[entry->route].waiting == 0 &&
	    queue_wait(queue, entry) &&
	    spool_map_add(queue->known, entry->name.id, 0);
}

void
queue_add(struct spool_queue *queue, const struct queue_entry *entry)
{
	struct window *w = window_of(queue, entry->name.state);

	if (queue_knows(queue, entry->name.id))
		return;
	if (add_directly(queue, entry))
		return;
	if (w->more && w->horizon != 0 && key_of(entry) > w->horizon)
		return;
	if (w->n == SPOOL_WINDOW_MAX) {
		window_trim(queue, w);
		if (key_of(entry) > w->horizon)
			return;
	}
	if (!spool_map_add(queue->known, entry->name.id, 0)) {
		w->more = true;
		return;
	}
	w->entries[w->n] = *entry;
	sift_up(w, w->n++);
}

bool
queue_wants_scan(const struct spool_queue *queue, enum spool_state state)
{
	const struct window *w = state == SPOOL_QUEUE ? &queue->fresh :
	    &queue->deferred;

	return w->more && w->n == 0;
}

void
queue_scan_begins(struct spool_queue *queue, enum spool_state state)
{
	struct window *w = window_of(queue, state);

	w->more = false;
	w->horizon = 0;
}

static void
window_empty(struct spool_queue *queue, struct window *w)
{
	for (uint32_t i = 0; i < w->n; i++)
		spool_map_remove(queue->known, w->entries[i].name.id);
	w->n = 0;
	w->more = true;
}

void
queue_rescan(struct spool_queue *queue)
{
	window_empty(queue, &queue->fresh);
	window_empty(queue, &queue->deferred);
}

static void
window_pop(struct window *w, struct queue_entry *entry)
{
	*entry = w->entries[0];
	w->entries[0] = w->entries[--w->n];
	if (w->n > 0)
		sift_down(w, 0);
}

static bool
take_waiting(struct spool_queue *queue, uint64_t mono_ms,
    struct queue_entry *entry)
{
	uint64_t retry_ms;

	for (uint32_t i = 0; i < queue->routes_n; i++) {
		uint32_t r = (queue->route_turn + i) % queue->routes_n, n;
		struct route *route = &queue->routes[r];

		if (route->first == 0 || queue_room(queue, r, mono_ms,
		    &retry_ms) == QUEUE_FULL)
			continue;
		n = route->first;
		*entry = queue->nodes[n].entry;
		route->first = queue->nodes[n].next;
		if (route->first == 0)
			route->last = 0;
		if (--route->waiting == 0)
			route->parked = 0;
		queue->nodes[n].next = queue->free_first;
		queue->free_first = n;
		queue->route_turn = r + 1;
		return true;
	}
	return false;
}

bool
queue_take(struct spool_queue *queue, uint64_t now_ms, uint64_t mono_ms,
    bool ahead, struct queue_entry *entry)
{
	struct window *fresh = &queue->fresh, *deferred = &queue->deferred;
	bool due = deferred->n > 0 &&
	    deferred->entries[0].name.due_ms <= now_ms;

	if (take_waiting(queue, mono_ms, entry))
		return true;
	if (!ahead)
		return false;
	if (due && (fresh->n == 0 || queue->deferred_turn)) {
		queue->deferred_turn = false;
		window_pop(deferred, entry);
		return true;
	}
	if (fresh->n == 0)
		return false;
	queue->deferred_turn = true;
	window_pop(fresh, entry);
	return true;
}

void
queue_forget(struct spool_queue *queue, uint64_t id)
{
	spool_map_remove(queue->known, id);
}

bool
queue_knows(const struct spool_queue *queue, uint64_t id)
{
	return spool_map_get(queue->known, id, NULL);
}

bool
queue_wait(struct spool_queue *queue, const struct queue_entry *entry)
{
	struct route *route = &queue->routes[entry->route];
	uint32_t n = queue->free_first;

	require(entry->route < queue->routes_n);
	if (n == 0 || route->waiting == SPOOL_WAITING_MAX)
		return false;
	queue->free_first = queue->nodes[n].next;
	queue->nodes[n].entry = *entry;
	queue->nodes[n].next = 0;
	if (route->last != 0)
		queue->nodes[route->last].next = n;
	else
		route->first = n;
	route->last = n;
	route->waiting++;
	return true;
}

/*
 * Behind those that wait and those put off before it, at the pace at which
 * the route gets on: so that they come back in order, and in time.
 */
uint64_t
queue_park_ms(struct spool_queue *queue, uint32_t r, uint64_t mono_ms)
{
	struct route *route = &queue->routes[r];
	uint64_t ahead, delay;

	require(r < queue->routes_n);
	if (route->then_ms == 0) {
		route->then_ms = mono_ms;
		route->ended_then = route->ended;
		route->rate = RATE_FIRST;
	} else if (mono_ms - route->then_ms >= 1000) {
		route->rate = (route->ended - route->ended_then) * 1000 /
		    (mono_ms - route->then_ms);
		route->then_ms = mono_ms;
		route->ended_then = route->ended;
	}
	ahead = (uint64_t)route->waiting + route->parked++;
	delay = ahead * 1000 / (route->rate < RATE_LEAST ? RATE_LEAST :
	    route->rate);
	if (delay < SPOOL_PARK_FIRST_MS)
		delay = SPOOL_PARK_FIRST_MS;
	return delay > SPOOL_PARK_LAST_MS ? queue_between_ms(queue,
	    SPOOL_PARK_LAST_MS / 2, SPOOL_PARK_LAST_MS) : delay;
}

uint64_t
queue_due_ms(const struct spool_queue *queue)
{
	return queue->deferred.n == 0 ? UINT64_MAX :
	    queue->deferred.entries[0].name.due_ms;
}

/* ---- routes ---- */

/* Back to the windows, as if found on disk just now. */
static void
waiting_flush(struct spool_queue *queue, struct route *route)
{
	while (route->first != 0) {
		uint32_t n = route->first;
		struct queue_entry entry = queue->nodes[n].entry;

		route->first = queue->nodes[n].next;
		queue->nodes[n].next = queue->free_first;
		queue->free_first = n;
		entry.route = QUEUE_ROUTE_UNKNOWN;
		queue_forget(queue, entry.name.id);
		queue_add(queue, &entry);
	}
}

void
queue_routes(struct spool_queue *queue, const uint32_t *hops, uint32_t n)
{
	require(n <= SPOOL_ROUTES_MAX);
	for (uint32_t i = 0; i < queue->routes_n; i++)
		waiting_flush(queue, &queue->routes[i]);
	for (uint32_t i = 0; i < queue->fresh.n; i++)
		queue->fresh.entries[i].route = QUEUE_ROUTE_UNKNOWN;
	for (uint32_t i = 0; i < queue->deferred.n; i++)
		queue->deferred.entries[i].route = QUEUE_ROUTE_UNKNOWN;
	memset(queue->routes, 0, sizeof(queue->routes));
	queue->routes_n = n;
	queue->route_turn = 0;
	queue->jobs = 0;
	for (uint32_t i = 0; i < n; i++) {
		require(hops[i] <= SPOOL_HOPS_MAX);
		queue->routes[i].hops_n = hops[i];
	}
}

void
queue_sanitizers(struct spool_queue *queue, uint32_t n)
{
	queue->sanitizers_max = n == 0 ? 1 : n;
}

/*
 * The state of the hops for a mail that was at none of them (tried == 0) or
 * at some. QUEUE_FULL: the one to use is busy, or another mail is trying it.
 */
static enum queue_room
hop_find(struct spool_queue *queue, struct route *route, uint32_t tried,
    uint64_t mono_ms, uint32_t *hop, uint64_t *retry_ms)
{
	uint64_t first = UINT64_MAX;
	bool probing = false;

	for (uint32_t i = 0; i < route->hops_n; i++) {
		struct hop *h = &route->hops[i];

		if ((tried & 1u << i) != 0 && !h->down)
			continue;	/* up again, but not for this mail */
		*hop = i;
		if (!h->down)
			return h->in_flight < SPOOL_HOP_PARALLEL ?
			    QUEUE_ROOM : QUEUE_FULL;
		if (h->probing)
			probing = true;
		else if (h->retry_mono_ms <= mono_ms &&
		    (tried & 1u << i) == 0)
			return QUEUE_ROOM;
		else if (h->retry_mono_ms < first)
			first = h->retry_mono_ms;
	}
	if (probing && tried == 0)
		return QUEUE_FULL;
	if (first == UINT64_MAX || first <= mono_ms)
		first = mono_ms + SPOOL_HOP_RETRY_FIRST_MS;
	*retry_ms = queue_between_ms(queue, first - mono_ms,
	    first - mono_ms + (first - mono_ms) / 5 + 1000);
	return QUEUE_DOWN;
}

enum queue_room
queue_room(struct spool_queue *queue, uint32_t r, uint64_t mono_ms,
    uint64_t *retry_ms)
{
	struct route *route = &queue->routes[r];
	enum queue_room room;
	uint32_t hop = 0;

	require(r < queue->routes_n);
	room = hop_find(queue, route, 0, mono_ms, &hop, retry_ms);
	if (room == QUEUE_DOWN)
		return room;
	if (queue->jobs >= SPOOL_JOBS_MAX ||
	    route->jobs >= SPOOL_JOBS_ROUTE_MAX ||
	    queue->sanitizing >= queue->sanitizers_max ||
	    queue->safe_bytes >= SPOOL_SAFE_BYTES_MAX)
		return QUEUE_FULL;
	/* a hop that was down gets one mail to try it with */
	if (room == QUEUE_ROOM && route->hops[hop].down && route->jobs > 0)
		return QUEUE_FULL;
	return room;
}

void
queue_job_begins(struct spool_queue *queue, uint32_t route)
{
	queue->routes[route].jobs++;
	queue->jobs++;
}

void
queue_job_ends(struct spool_queue *queue, uint32_t route)
{
	require(queue->jobs > 0);
	queue->jobs--;
	/* new rules may have begun to count anew */
	if (route < queue->routes_n && queue->routes[route].jobs > 0) {
		queue->routes[route].jobs--;
		queue->routes[route].ended++;
	}
}

void
queue_sanitize_begins(struct spool_queue *queue)
{
	queue->sanitizing++;
}

void
queue_sanitize_ends(struct spool_queue *queue)
{
	require(queue->sanitizing > 0);
	queue->sanitizing--;
}

void
queue_safe_bytes(struct spool_queue *queue, int64_t bytes)
{
	queue->safe_bytes += bytes;
	require(queue->safe_bytes >= 0);
}

enum queue_room
queue_hop_begins(struct spool_queue *queue, uint32_t r, uint32_t tried,
    uint64_t mono_ms, uint32_t *hop, uint64_t *retry_ms)
{
	struct route *route = &queue->routes[r];
	enum queue_room room;

	require(r < queue->routes_n);
	room = hop_find(queue, route, tried, mono_ms, hop, retry_ms);
	if (room != QUEUE_ROOM)
		return room;
	route->hops[*hop].in_flight++;
	if (route->hops[*hop].down)
		route->hops[*hop].probing = true;
	return QUEUE_ROOM;
}

void
queue_hop_unknown(struct spool_queue *queue, uint32_t r, uint32_t hop)
{
	struct hop *h;

	if (r >= queue->routes_n || hop >= queue->routes[r].hops_n)
		return;
	h = &queue->routes[r].hops[hop];
	if (h->in_flight > 0)
		h->in_flight--;
	h->probing = false;
}

void
queue_hop_ends(struct spool_queue *queue, uint32_t r, uint32_t hop,
    bool failed, uint64_t mono_ms)
{
	struct hop *h;
	uint64_t delay = SPOOL_HOP_RETRY_FIRST_MS;
	bool probing;

	if (r >= queue->routes_n || hop >= queue->routes[r].hops_n)
		return;
	h = &queue->routes[r].hops[hop];
	probing = h->probing;
	queue_hop_unknown(queue, r, hop);
	if (!failed) {
		h->down = false;
		h->failures = 0;
		return;
	}
	if (h->down && !probing)
		return;		/* others of the same moment: one failure */
	h->down = true;
	for (uint32_t i = 0; i < h->failures &&
	    delay < SPOOL_HOP_RETRY_LAST_MS; i++)
		delay *= 2;
	if (delay > SPOOL_HOP_RETRY_LAST_MS)
		delay = SPOOL_HOP_RETRY_LAST_MS;
	h->failures++;
	h->retry_mono_ms = mono_ms + queue_between_ms(queue,
	    delay - delay / 5, delay + delay / 5);
}

void
queue_hops_retry(struct spool_queue *queue)
{
	for (uint32_t i = 0; i < queue->routes_n; i++)
		for (uint32_t k = 0; k < queue->routes[i].hops_n; k++)
			queue->routes[i].hops[k].retry_mono_ms = 0;
}

bool
queue_hop_up(const struct spool_queue *queue, uint32_t route, uint32_t hop)
{
	return route < queue->routes_n && hop < queue->routes[route].hops_n &&
	    !queue->routes[route].hops[hop].down;
}

/* ---- times ---- */

/* xorshift64*: jitter needs no secret */
static uint64_t
next_random(struct spool_queue *queue)
{
	uint64_t x = queue->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	queue->random = x;
	return x * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

uint64_t
queue_between_ms(struct spool_queue *queue, uint64_t least, uint64_t most)
{
	return most <= least ? least :
	    least + next_random(queue) % (most - least + 1);
}

uint64_t
queue_retry_ms(struct spool_queue *queue, uint32_t attempts)
{
	uint64_t delay = SPOOL_RETRY_FIRST_MS;

	for (uint32_t i = 1; i < attempts && delay < SPOOL_RETRY_LAST_MS; i++)
		delay *= 2;
	if (delay > SPOOL_RETRY_LAST_MS)
		delay = SPOOL_RETRY_LAST_MS;
	return queue_between_ms(queue, delay - delay / 5, delay + delay / 5);
}
