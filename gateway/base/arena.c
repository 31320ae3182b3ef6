/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bump allocator with a cap. Memory comes in chunks; an allocation larger
 * than a chunk gets one of its own. There is no free of a single object.
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "checked.h"

#define ARENA_CHUNK_BYTES	(32 * 1024)
#define ARENA_OWN_BYTES		(128 * 1024)	/* malloc() maps from here */
#define ARENA_ALIGN		_Alignof(max_align_t)

struct chunk {
	struct chunk	*next;
	size_t		 used;
	size_t		 size;
	max_align_t	 data[];
};

struct arena {
	struct chunk	*first;
	size_t		 used;
	size_t		 max;
};

struct arena *
arena_new(size_t max)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena != NULL)
		arena->max = max;
	return arena;
}

void
arena_free(struct arena *arena)
{
	struct chunk *chunk, *next;

	if (arena == NULL)
		return;
	for (chunk = arena->first; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(arena);
}

static struct chunk *
chunk_new(struct arena *arena, size_t len)
{
	struct chunk *chunk;
	bool own = len > ARENA_CHUNK_BYTES;
	size_t least = own ? ARENA_OWN_BYTES : ARENA_CHUNK_BYTES;
	size_t size = len > least ? len : least;
	size_t total;

	if (!size_add(size, sizeof(*chunk), &total))
		return NULL;
	/*
	 * Zeroed as it is given out: what nobody asks for is not touched. One
	 * of its own is long enough to be mapped, and calloc() knows that the
	 * kernel's pages are zero: a table with room for thousands costs what
	 * is used of it.
	 */
	chunk = own ? calloc(1, total) : malloc(total);
	if (chunk == NULL)
		return NULL;
	chunk->used = 0;
	chunk->size = size;
	/* what comes next goes on in the first */
	if (own && arena->first != NULL) {
		chunk->next = arena->first->next;
		arena->first->next = chunk;
	} else {
		chunk->next = arena->first;
		arena->first = chunk;
	}
	return chunk;
}

void *
arena_alloc(struct arena *arena, size_t len)
{
	struct chunk *chunk = arena->first;
	size_t need, used;
	void *ptr;

	if (!size_add(len == 0 ? 1 : len, ARENA_ALIGN - 1, &need))
		return NULL;
	need -= need % ARENA_ALIGN;
	if (!size_add(arena->used, need, &used) || used > arena->max)
		return NULL;
	if (chunk == NULL || chunk->size - chunk->used < need) {
		chunk = chunk_new(arena, need);
		if (chunk == NULL)
			return NULL;
	}
	ptr = (uint8_t *)chunk->data + chunk->used;
	chunk->used += need;
	arena->used = used;
	return need > ARENA_CHUNK_BYTES ? ptr : memset(ptr, 0, need);
}

void *
arena_alloc_array(struct arena *arena, size_t n, size_t size)
{
	size_t len;

	return size_mul(n, size, &len) ? arena_alloc(arena, len) : NULL;
}

bool
arena_dup(struct arena *arena, struct span s, struct span *copy)
{
	uint8_t *ptr = arena_alloc(arena, s.len);

	if (ptr == NULL)
		return false;
	if (s.len > 0)
		memcpy(ptr, s.ptr, s.len);
	*copy = (struct span){ ptr, s.len };
	return true;
}

size_t
arena_used(const struct arena *arena)
{
	return arena->used;
}
