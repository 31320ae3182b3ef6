/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A bucket that has not been asked for so long that it is full again says no
 * more than a new one: its place is free. So nothing has to be cleaned up,
 * and a flood from many addresses cannot push out one that is limited.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../base/hash.h"
#include "packet_sample.h"

#define PROBES		8
#define TOKEN_MS	1000u	/* one token, in parts of a millisecond */

struct bucket {
	struct address	src;
	uint64_t	what;
	uint64_t	last_ms;
	uint64_t	missed;
	uint32_t	parts;		/* TOKEN_MS of them are one token */
	bool		used;
};

struct packet_sample {
	uint64_t	seed[2];
	struct bucket	all;
	struct bucket	shared;		/* of those that found no place */
	struct bucket	buckets[SAMPLE_BUCKETS];
};

struct packet_sample *
packet_sample_new(void)
{
	struct packet_sample *sample;

	sample = calloc(1, sizeof(*sample));	/* start-up: once */
	if (sample == NULL)
		return NULL;
	if (getrandom(sample->seed, sizeof(sample->seed), 0) !=
	    sizeof(sample->seed)) {
		free(sample);
		return NULL;
	}
	sample->all.parts = SAMPLE_ALL_BURST * TOKEN_MS;
	sample->shared.parts = SAMPLE_BURST * TOKEN_MS;
	return sample;
}

void
packet_sample_free(struct packet_sample *sample)
{
	free(sample);
}

static void
fill(struct bucket *bucket, uint64_t now_ms, uint32_t per_s, uint32_t burst)
{
	uint64_t ms = now_ms - bucket->last_ms;
	uint64_t room = (uint64_t)burst * TOKEN_MS - bucket->parts;

	bucket->last_ms = now_ms;
	if (ms >= room / per_s + 1)
		bucket->parts = burst * TOKEN_MS;
	else
		bucket->parts += (uint32_t)(ms * per_s);
	if (bucket->parts > burst * TOKEN_MS)
		bucket->parts = burst * TOKEN_MS;
}

static bool
is_free(const struct bucket *bucket, uint64_t now_ms)
{
	return !bucket->used || (bucket->missed == 0 && now_ms -
	    bucket->last_ms >= SAMPLE_BURST * TOKEN_MS / SAMPLE_PER_S) ||
	    now_ms - bucket->last_ms >= 60u * TOKEN_MS;
}

static struct bucket *
find(struct packet_sample *sample, const struct address *src, uint64_t what,
    uint64_t now_ms)
{
	struct bucket *room = NULL;
	uint64_t words[4], at;

	memcpy(words, src->bytes, 16);
	words[2] = src->family;
	words[3] = what;
	at = hash_words(sample->seed, words, 4);
	for (uint64_t i = 0; i < PROBES; i++) {
		struct bucket *b = &sample->buckets[(at + i) %
		    SAMPLE_BUCKETS];

		if (b->used && b->what == what && address_equal(&b->src, src))
			return b;
		if (room == NULL && is_free(b, now_ms))
			room = b;
	}
	if (room == NULL)
		return &sample->shared;
	*room = (struct bucket){ .src = *src, .what = what, .used = true,
		.last_ms = now_ms, .parts = SAMPLE_BURST * TOKEN_MS };
	return room;
}

bool
packet_sample_take(struct packet_sample *sample, const struct address *src,
    uint64_t what, uint64_t now_ms, uint64_t *missed)
{
	struct bucket *bucket = find(sample, src, what, now_ms);

	fill(bucket, now_ms, SAMPLE_PER_S, SAMPLE_BURST);
	fill(&sample->all, now_ms, SAMPLE_ALL_PER_S, SAMPLE_ALL_BURST);
	*missed = bucket->missed;
	if (bucket->parts < TOKEN_MS || sample->all.parts < TOKEN_MS) {
		bucket->missed++;
		return false;
	}
	bucket->parts -= TOKEN_MS;
	sample->all.parts -= TOKEN_MS;
	bucket->missed = 0;
	return true;
}
