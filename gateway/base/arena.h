/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_BASE_ARENA_H
#define SEKISHO_BASE_ARENA_H

#include <stddef.h>

#include "err.h"
#include "span.h"

/*
 * A bump allocator with a cap, freed as a whole: one per mail transaction
 * and per worker child. What it gives is zeroed and aligned for any type.
 */
struct arena;

/* NULL when memory is out. max is the sum of all that may be allocated. */
struct arena *arena_new(size_t max);
void arena_free(struct arena *arena);

/* NULL when the cap is reached or memory is out: the caller's ERR_LIMIT. */
void *arena_alloc(struct arena *arena, size_t len) MUST_CHECK;
void *arena_alloc_array(struct arena *arena, size_t n, size_t size) MUST_CHECK;

/* A copy of the bytes. False when there is no room. */
bool arena_dup(struct arena *arena, struct span s, struct span *copy)
    MUST_CHECK;

/* How much was given out, in bytes. */
size_t arena_used(const struct arena *arena);

#endif
