/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Open addressing with linear probing and backward shift on removal, at most
 * half full, so that a look-up stays short however long the process runs.
 */
#include <stdlib.h>

#include "../base/err.h"
#include "spool_map.h"

struct item {
	uint64_t	id;		/* 0: free */
	uint32_t	value;
};

struct spool_map {
	uint32_t	 mask;
	uint32_t	 count;
	uint32_t	 max;
	struct item	*items;
};

struct spool_map *
spool_map_new(uint32_t items_max)
{
	/* start-up: once, of a fixed size */
	struct spool_map *map = calloc(1, sizeof(*map));
	uint32_t size = 16;

	require(items_max <= UINT32_MAX / 4);
	if (map == NULL)
		return NULL;
	while (size < items_max * 2)
		size *= 2;
	map->mask = size - 1;
	map->max = items_max;
	/* start-up: once, of a fixed size */
	map->items = calloc(size, sizeof(*map->items));
	if (map->items == NULL) {
		free(map);
		return NULL;
	}
	return map;
}

void
spool_map_free(struct spool_map *map)
{
	if (map == NULL)
		return;
	free(map->items);
	free(map);
}

/* Numbers are times: neighbours must not land side by side for long runs. */
static uint32_t
home(const struct spool_map *map, uint64_t id)
{
	return (uint32_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & map->mask;
}

/* Where the id is, or the free place where it would be. */
static uint32_t
find(const struct spool_map *map, uint64_t id)
{
	uint32_t i = home(map, id);

	while (map->items[i].id != 0 && map->items[i].id != id)
		i = (i + 1) & map->mask;
	return i;
}

bool
spool_map_add(struct spool_map *map, uint64_t id, uint32_t value)
{
	uint32_t i = find(map, id);

	require(id != 0);
	if (map->items[i].id == id || map->count == map->max)
		return false;
	map->items[i] = (struct item){ id, value };
	map->count++;
	return true;
}

bool
spool_map_get(const struct spool_map *map, uint64_t id, uint32_t *value)
{
	uint32_t i = find(map, id);

	if (id == 0 || map->items[i].id != id)
		return false;
	if (value != NULL)
		*value = map->items[i].value;
	return true;
}

void
spool_map_remove(struct spool_map *map, uint64_t id)
{
	uint32_t hole = find(map, id), i, h;

	if (id == 0 || map->items[hole].id != id)
		return;
	map->count--;
	for (i = (hole + 1) & map->mask; map->items[i].id != 0;
	    i = (i + 1) & map->mask) {
		h = home(map, map->items[i].id);
		/* may it move to the hole, that is, is its home not between? */
		if (((i - h) & map->mask) >= ((i - hole) & map->mask)) {
			map->items[hole] = map->items[i];
			hole = i;
		}
	}
	map->items[hole] = (struct item){ 0, 0 };
}

uint32_t
spool_map_count(const struct spool_map *map)
{
	return map->count;
}
