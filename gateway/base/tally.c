/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An open table with few probes: a place is free again when its time is over
 * and nothing was counted since, so that nothing has to be cleaned up but by
 * the walk that tells. The last entry is that of all others.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "err.h"
#include "hash.h"
#include "tally.h"

#define PROBES	8

struct tally {
	uint64_t	seed[2];
	size_t		key_bytes;
	uint64_t	every_ms;
	uint32_t	places, at_once;
	uint32_t	at;		/* of the walk */
	struct tally_entry entries[];	/* places, and one for others */
};

struct tally *
tally_new(uint32_t places, size_t key_bytes, uint32_t at_once,
    uint64_t every_ms)
{
	struct tally *tally;

	require(places > 0 && places <= TALLY_PLACES_MAX &&
	    key_bytes <= TALLY_KEY_BYTES_MAX && key_bytes % 8 == 0);
	/* start-up: the table has its full size at once */
	tally = calloc(1, sizeof(*tally) +
	    ((size_t)places + 1) * sizeof(tally->entries[0]));
	if (tally == NULL || getrandom(tally->seed, sizeof(tally->seed), 0) !=
	    sizeof(tally->seed)) {
		free(tally);
		return NULL;
	}
	tally->key_bytes = key_bytes;
	tally->every_ms = every_ms;
	tally->places = places;
	tally->at_once = at_once;
	tally->entries[places].others = true;
	return tally;
}

void
tally_free(struct tally *tally)
{
	free(tally);
}

static struct tally_entry *
find(struct tally *tally, const void *key, uint64_t now_ms)
{
	struct tally_entry *room = NULL, *e;
	uint64_t words[TALLY_KEY_BYTES_MAX / 8], at;

	memcpy(words, key, tally->key_bytes);
	at = hash_words(tally->seed, words, (unsigned)tally->key_bytes / 8);
	for (uint64_t i = 0; i < PROBES; i++) {
		e = &tally->entries[(at + i) % tally->places];
		if (e->used && memcmp(e->key, key, tally->key_bytes) == 0)
			return e;
		if (room == NULL && (!e->used || (e->n == 0 &&
		    now_ms >= e->due_ms)))
			room = e;
	}
	if (room == NULL)
		return &tally->entries[tally->places];
	memset(room, 0, sizeof(*room));
	memcpy(room->key, key, tally->key_bytes);
	room->used = true;
	return room;
}

static void
count(struct tally_entry *e, uint64_t wall_ms)
{
	if (e->n++ == 0)
		e->first_ms = wall_ms;
	e->last_ms = wall_ms;
}

/* Nothing has happened for so long that the time begins anew. */
static void
begin(const struct tally *tally, struct tally_entry *e, uint64_t now_ms)
{
	if (e->n > 0 || now_ms < e->due_ms)
		return;
	e->due_ms = now_ms + tally->every_ms;
	e->at_once = 0;
}

bool
tally_add(struct tally *tally, const void *key, uint64_t now_ms,
    uint64_t wall_ms)
{
	struct tally_entry *e = find(tally, key, now_ms);

	begin(tally, e, now_ms);
	if (!e->others && e->at_once < tally->at_once) {
		e->at_once++;
		return true;
	}
	count(e, wall_ms);
	return false;
}

void
tally_count(struct tally *tally, const void *key, uint64_t now_ms,
    uint64_t wall_ms)
{
	struct tally_entry *e = find(tally, key, now_ms);

	begin(tally, e, now_ms);
	count(e, wall_ms);
}

const struct tally_entry *
tally_due(struct tally *tally, uint64_t now_ms, bool all)
{
	for (; tally->at <= tally->places; tally->at++) {
		struct tally_entry *e = &tally->entries[tally->at];

		if (e->n > 0 && (all || now_ms >= e->due_ms))
			return e;
	}
	tally->at = 0;
	return NULL;
}

/* While it goes on, the first ones of the next time are counted, too. */
void
tally_told(struct tally *tally, uint64_t now_ms)
{
	struct tally_entry *e = &tally->entries[tally->at];

	e->n = 0;
	e->due_ms = now_ms + tally->every_ms;
}

bool
tally_is_empty(const struct tally *tally)
{
	for (uint32_t i = 0; i <= tally->places; i++)
		if (tally->entries[i].n > 0)
			return false;
	return true;
}
