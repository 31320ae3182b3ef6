/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_TALLY_H
#define SEKISHO_BASE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What strangers can make happen as often as they like, told seldom: events
 * that are the same (a key of bytes) are counted together, and the first
 * at_once of each may be told alone. So many keys at once as there are
 * places; what finds none is counted in one entry for all others. Nothing is
 * allocated after tally_new(). now_ms is of a clock that does not go back,
 * wall_ms is what is shown.
 */
#define TALLY_KEY_BYTES_MAX	160
#define TALLY_PLACES_MAX	65536

struct tally_entry {
	uint8_t		key[TALLY_KEY_BYTES_MAX];	/* others: zeros */
	bool		others;
	uint64_t	n;		/* counted, and not told */
	uint64_t	first_ms;	/* wall, of these */
	uint64_t	last_ms;
	/* private */
	uint64_t	due_ms;
	uint32_t	at_once;	/* told alone since due was set */
	bool		used;
};

struct tally;

/*
 * key_bytes: a multiple of 8; padding in keys must be zeros. An entry is due
 * every_ms after its first event. NULL: no memory. The hash is keyed by
 * getrandom(2).
 */
struct tally *tally_new(uint32_t places, size_t key_bytes, uint32_t at_once,
    uint64_t every_ms);
void tally_free(struct tally *tally);

/* One more. True: tell it at once, alone; it is not counted then. */
bool tally_add(struct tally *tally, const void *key, uint64_t now_ms,
    uint64_t wall_ms);
/* One that was to be told at once, and could not be: it is counted. */
void tally_count(struct tally *tally, const void *key, uint64_t now_ms,
    uint64_t wall_ms);

/*
 * The next entry with a number to be told; all: though its time has not come.
 * NULL: none is left for now; the next call begins anew. It is the same one
 * until tally_told() has taken the number off.
 */
const struct tally_entry *tally_due(struct tally *tally, uint64_t now_ms,
    bool all);
void tally_told(struct tally *tally, uint64_t now_ms);
/* Nothing is counted that is not told. */
bool tally_is_empty(const struct tally *tally);

#endif
