/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SPOOL_MAP_H
#define SEKISHO_SPOOL_MAP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A table from mail numbers to small numbers, of a size fixed at the start
 * (start-up code: it allocates). 0 is never a mail's number.
 */
struct spool_map;

/* Room for items_max; NULL when memory is out. */
struct spool_map *spool_map_new(uint32_t items_max);
void spool_map_free(struct spool_map *map);	/* NULL is allowed */

/* False: the table is full, or the id is there already. */
bool spool_map_add(struct spool_map *map, uint64_t id, uint32_t value);
bool spool_map_get(const struct spool_map *map, uint64_t id, uint32_t *value);
void spool_map_remove(struct spool_map *map, uint64_t id);
uint32_t spool_map_count(const struct spool_map *map);

#endif
