/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Of each source the last SCAN_TARGETS different destinations, as hashes,
 * with the time of each: when all are young enough it scans. The window
 * slides, so that no scan hides at its border.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../base/hash.h"
#include "packet_scan.h"

#define PROBES	8

struct source {
	struct address	address;
	bool		used;
	bool		scans;		/* it was said */
	uint64_t	last_ms;	/* refused */
	uint64_t	scan_ms;	/* last time that it was one */
	uint32_t	targets[SCAN_TARGETS];
	uint64_t	seen_ms[SCAN_TARGETS];
	uint32_t	targets_n;
};

struct packet_scan {
	uint64_t	seed[2];
	struct source	sources[SCAN_SOURCES];
};

struct packet_scan *
packet_scan_new(void)
{
	struct packet_scan *scan;

	scan = calloc(1, sizeof(*scan));	/* start-up: once */
	if (scan == NULL)
		return NULL;
	if (getrandom(scan->seed, sizeof(scan->seed), 0) !=
	    sizeof(scan->seed)) {
		free(scan);
		return NULL;
	}
	return scan;
}

void
packet_scan_free(struct packet_scan *scan)
{
	free(scan);
}

/* How much would be lost with it; 0: nothing. */
static uint32_t
worth(const struct source *source, uint64_t now_ms)
{
	if (source->scans && now_ms - source->scan_ms < SCAN_QUIET_MS)
		return SCAN_TARGETS + 1;
	if (!source->used || now_ms - source->last_ms >= SCAN_WINDOW_MS)
		return 0;
	return source->targets_n;
}

/* Of two that are worth the same, the one that came last makes room. */
static bool
goes_before(const struct source *a, const struct source *b, uint64_t now_ms)
{
	uint32_t a_worth = worth(a, now_ms), b_worth = worth(b, now_ms);

	return a_worth < b_worth || (a_worth == b_worth &&
	    a->last_ms > b->last_ms);
}

static struct source *
find(struct packet_scan *scan, const struct address *src, uint64_t now_ms)
{
	struct source *room = NULL;
	uint64_t words[3], at;

	memcpy(words, src->bytes, 16);
	words[2] = src->family;
	at = hash_words(scan->seed, words, 3);
	for (uint64_t i = 0; i < PROBES; i++) {
		struct source *s = &scan->sources[(at + i) % SCAN_SOURCES];

		if (s->used && address_equal(&s->address, src))
			return s;
		if (room == NULL || goes_before(s, room, now_ms))
			room = s;
	}
	memset(room, 0, sizeof(*room));
	room->address = *src;
	room->used = true;
	return room;
}

/* Put it in the place of the oldest, or of itself. */
static void
note(struct source *source, uint32_t target, uint64_t now_ms)
{
	uint32_t place = 0;

	for (uint32_t i = 0; i < source->targets_n; i++) {
		if (source->targets[i] == target) {
			source->seen_ms[i] = now_ms;
			return;
		}
		if (source->seen_ms[i] < source->seen_ms[place])
			place = i;
	}
	if (source->targets_n < SCAN_TARGETS)
		place = source->targets_n++;
	source->targets[place] = target;
	source->seen_ms[place] = now_ms;
}

static bool
is_scan(const struct source *source, uint64_t now_ms)
{
	if (source->targets_n < SCAN_TARGETS)
		return false;
	for (uint32_t i = 0; i < SCAN_TARGETS; i++)
		if (now_ms - source->seen_ms[i] >= SCAN_WINDOW_MS)
			return false;
	return true;
}

bool
packet_scan_refused(struct packet_scan *scan, const struct address *src,
    const struct address *dst, uint32_t port, uint64_t now_ms)
{
	struct source *source = find(scan, src, now_ms);
	uint64_t words[3];
	bool quiet;

	memcpy(words, dst->bytes, 16);
	words[2] = (uint64_t)port << 8 | dst->family;
	source->last_ms = now_ms;
	note(source, (uint32_t)hash_words(scan->seed, words, 3), now_ms);
	if (!is_scan(source, now_ms))
		return false;
	quiet = !source->scans || now_ms - source->scan_ms >= SCAN_QUIET_MS;
	source->scans = true;
	source->scan_ms = now_ms;
	return quiet;
}
